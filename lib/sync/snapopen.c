/*
 * snapopen.c: the snapshot's file: its tables, opening
 *
 * Bindings are clustered by (uid, folder): exdiff reads them by one scan.
 * binding_id is what exfetch asks, in order of ids.  A body is stored once
 * for each (uid, hash): body_key finds it, and says in `run` which run's log
 * was the last to name it.  A hash is 16 bytes, or none ("": empty content).
 * Only what is open stands in intent.  made has what we created in a folder
 * since its token (snapmade.c).  kind is that of item.h, which is not to be
 * renumbered.
 *
 * Version 1 had no table made: who opens it to write makes that, and for
 * readers nothing is in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/snapshot.h>

#include "snappriv.h"

#define APPLICATION_ID	0x45587230	/* "EXr0" */
#define SCHEMA_VERSION	2
#define BUSY_MS		10000
/* The most bytes of one value: a body is a part of one record. */
#define VALUE_MAX	((int)EX_CAP_RECORD)

#define MADE	"CREATE TABLE made (folder INTEGER, id TEXT," \
	" PRIMARY KEY (folder, id)) WITHOUT ROWID;"

static const char schema[] =
"CREATE TABLE ring (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT,"
" generation INTEGER NOT NULL, config TEXT, canon INTEGER NOT NULL,"
" kind INTEGER NOT NULL);"
"CREATE TABLE folder (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
" identity TEXT, scope TEXT, token TEXT);"
"CREATE TABLE entry (uid TEXT PRIMARY KEY, master BLOB,"
" gone INTEGER NOT NULL) WITHOUT ROWID;"
"CREATE TABLE binding (uid TEXT, folder INTEGER, id TEXT, rev TEXT,"
" own TEXT, form, base BLOB, shadow BLOB, now BLOB,"
" PRIMARY KEY (uid, folder)) WITHOUT ROWID;"
"CREATE INDEX binding_id ON binding (folder, id, rev);"
"CREATE TABLE body (n INTEGER PRIMARY KEY, data BLOB NOT NULL);"
"CREATE TABLE body_key (uid TEXT, hash BLOB, body INTEGER NOT NULL,"
" run INTEGER NOT NULL, PRIMARY KEY (uid, hash)) WITHOUT ROWID;"
"CREATE TABLE note (folder INTEGER, id TEXT, rev TEXT, uid TEXT, mark TEXT,"
" why TEXT, PRIMARY KEY (folder, id)) WITHOUT ROWID;"
"CREATE TABLE intent (uid TEXT, folder INTEGER, run INTEGER,"
" op INTEGER NOT NULL, name TEXT, id TEXT, sent BLOB,"
" PRIMARY KEY (uid, folder, run)) WITHOUT ROWID;"
"CREATE TABLE refused (uid TEXT, folder INTEGER, hash BLOB, why TEXT,"
" PRIMARY KEY (uid, folder)) WITHOUT ROWID;"
"CREATE TABLE conflict (uid TEXT, run INTEGER, left INTEGER NOT NULL,"
" open INTEGER NOT NULL, data TEXT NOT NULL,"
" PRIMARY KEY (uid, run)) WITHOUT ROWID;"
"CREATE TABLE run (n INTEGER PRIMARY KEY);"
"CREATE TABLE log (n INTEGER PRIMARY KEY, uid TEXT NOT NULL,"
" folder INTEGER, op TEXT NOT NULL, was BLOB, master BLOB, before BLOB,"
" after BLOB, id TEXT, rev TEXT, outcome TEXT,"
" again INTEGER NOT NULL, folders TEXT);" MADE;

static int
exec(struct ex_snap *s, const char *text, struct ex_err *err)
{
	if (sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return snap_fail(s, err);
}

/* The first column of the first row, as a number. */
static int
ask(struct ex_snap *s, const char *text, long long *out, struct ex_err *err)
{
	sqlite3_stmt *st = snap_prepare(s, text, err);
	int got = -1;

	*out = 0;
	if (st != NULL && (got = snap_step(s, st, err)) == 1)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return got == -1 ? -1 : 0;
}

/* Make the tables: all of them or none. */
static int
build(struct ex_snap *s, struct ex_err *err)
{
	char text[256];

	snprintf(text, sizeof(text), "INSERT INTO ring VALUES"
	    " (1, NULL, 0, NULL, %d, 0); PRAGMA application_id = %d;"
	    " PRAGMA user_version = %d; COMMIT", EX_CANON_VERSION,
	    APPLICATION_ID, SCHEMA_VERSION);
	if (exec(s, "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE", err) == -1)
		return -1;
	s->version = SCHEMA_VERSION;
	if (exec(s, schema, err) == 0 && exec(s, text, err) == 0)
		return 0;
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

static int
upgrade(struct ex_snap *s, struct ex_err *err)
{
	s->version = SCHEMA_VERSION;
	if (exec(s, "BEGIN IMMEDIATE", err) == -1)
		return -1;
	if (exec(s, MADE "PRAGMA user_version = 2; COMMIT", err) == 0)
		return 0;
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/*
 * Is it ours?  One that has no table yet (its maker died early) counts as
 * none.
 */
static int
check(struct ex_snap *s, enum ex_snap_mode mode, struct ex_err *err)
{
	long long id, version, tables;

	if (ask(s, "PRAGMA application_id", &id, err) == -1 ||
	    ask(s, "PRAGMA user_version", &version, err) == -1 ||
	    ask(s, "SELECT count(*) FROM sqlite_schema", &tables, err) == -1)
		return -1;
	if (id == 0 && version == 0 && tables == 0) {
		if (mode == EX_SNAP_CREATE)
			return build(s, err);
		return ex_err_set(err, EX_ERR_GONE, "%s: no snapshot yet",
		    s->path);
	}
	if (id != APPLICATION_ID)
		return ex_err_set(err, EX_ERR_INPUT, "%s: not a snapshot",
		    s->path);
	s->version = (int)version;
	if (version == 1 && mode != EX_SNAP_READ)
		return upgrade(s, err);
	if (version != SCHEMA_VERSION && version != 1)
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s: of another version of exring (%lld)", s->path,
		    version);
	return 0;
}

/* Are its hashes made by our rules, or may they be others' now? */
static int
check_canon(struct ex_snap *s, enum ex_snap_mode mode, int canon,
    struct ex_err *err)
{
	if (canon > EX_CANON_VERSION)
		return ex_err_set(err, EX_ERR_INPUT, "%s: its hashes are of"
		    " version %d of the normal form: made by a newer exring",
		    s->path, canon);
	if (canon < EX_CANON_VERSION && mode != EX_SNAP_REHASH)
		return ex_err_set(err, EX_ERR_INPUT, "%s: its hashes are of"
		    " version %d of the normal form, this program has %d:"
		    " exsnap -s %s rehash", s->path, canon, EX_CANON_VERSION,
		    s->path);
	return 0;
}

static int
check_ring(struct ex_snap *s, enum ex_snap_mode mode, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_ring ring;
	int got = ex_snap_ring(s, &a, &ring, err);

	if (got == 0)
		got = check_canon(s, mode, ring.canon, err);
	if (got == 0)
		s->kind = ring.kind;
	ex_arena_free(&a);
	return got;
}

/* Folders are fetched side by side: nobody counts their memory for us. */
static void
configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int
open_db(struct ex_snap *s, const char *name, int flags, struct ex_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, configure);
	sqlite3_close(s->db);
	if (sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_NOMUTEX,
	    NULL) != SQLITE_OK)
		return snap_fail(s, err);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	if (exec(s, "PRAGMA trusted_schema = OFF; PRAGMA synchronous = FULL",
	    err) == -1)
		return -1;
	/*
	 * Readers scan, and look up in the order of an index, so what they
	 * need twice is the way down: a map of the file would cost a page
	 * fault for a few rows, a large cache one for each page.
	 */
	return exec(s, flags & SQLITE_OPEN_READONLY ?
	    "PRAGMA cache_size = -256" : "PRAGMA cache_size = -8000",
	    err);
}

/*
 * In a directory where we may not write SQLite cannot make the files that
 * readers share.  Where there is no write-ahead log there is no writer
 * either, and the file is all there is.
 */
static int
open_read(struct ex_snap *s, struct ex_err *err)
{
	struct ex_buf name = EX_BUF_INIT;
	struct stat st;
	long long n;
	int got;

	got = open_db(s, s->path, SQLITE_OPEN_READONLY, err);
	if (got == 0 && (got = ask(s, "SELECT count(*) FROM sqlite_schema",
	    &n, err)) == 0)
		return 0;
	if (sqlite3_errcode(s->db) != SQLITE_CANTOPEN &&
	    sqlite3_errcode(s->db) != SQLITE_READONLY)
		return -1;
	ex_buf_puts(&name, s->path);
	ex_buf_puts(&name, "-wal");
	ex_buf_putc(&name, '\0');
	if (stat(name.p, &st) == -1 ? errno == ENOENT : st.st_size == 0) {
		ex_buf_clear(&name);
		snap_immutable(s->path, &name);
		got = open_db(s, name.p,
		    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
	}
	ex_buf_fini(&name);
	return got;
}

static int
lock(struct ex_snap *s, struct ex_err *err)
{
	struct ex_buf name = EX_BUF_INIT;

	ex_buf_puts(&name, s->path);
	ex_buf_puts(&name, ".lock");
	ex_buf_putc(&name, '\0');
	s->lock = ex_file_lock(name.p, err);
	ex_buf_fini(&name);
	return s->lock == -1 ? -1 : 0;
}

/*
 * A file that is something else is left alone before a lock is made beside
 * it: the name may be mistyped, and lead into a folder.
 */
static bool
is_other(const char *path)
{
	static const char magic[] = "SQLite format 3";
	char head[sizeof(magic)];
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		n = read(fd, head, sizeof(head));
		close(fd);
	}
	return n > 0 && ((size_t)n < sizeof(head) ||
	    memcmp(head, magic, sizeof(head)) != 0);
}

/* The file is there, is a file, and nobody else ever could read it. */
static int
find(const char *path, enum ex_snap_mode mode, struct ex_err *err)
{
	struct stat st;
	int fd;

	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return ex_err_set(err, EX_ERR_INPUT,
			    "%s: not a regular file", path);
		return !is_other(path) ? 0 : ex_err_set(err, EX_ERR_INPUT,
		    "%s: not a snapshot", path);
	}
	if (errno != ENOENT)
		return ex_err_set(err, EX_ERR_SYSTEM, "%s:", path);
	if (mode != EX_SNAP_CREATE)
		return ex_err_set(err, EX_ERR_GONE, "%s: no such snapshot",
		    path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return ex_err_set(err, EX_ERR_SYSTEM, "%s:", path);
	close(fd);
	return 0;
}

static int
open_as(struct ex_snap *s, enum ex_snap_mode mode, struct ex_err *err)
{
	struct sqlite3_stmt *st;

	if (mode != EX_SNAP_CREATE && find(s->path, mode, err) == -1)
		return -1;
	if (mode != EX_SNAP_READ &&
	    (lock(s, err) == -1 || find(s->path, mode, err) == -1))
		return -1;
	if (mode == EX_SNAP_READ ? open_read(s, err) == -1 :
	    open_db(s, s->path, SQLITE_OPEN_READWRITE, err) == -1)
		return -1;
	if (check(s, mode, err) == -1)
		return -1;
	if (mode == EX_SNAP_READ &&
	    ((st = snap_stmt(s, SNAP_BEGIN_READ, err)) == NULL ||
	    snap_run(s, st, err) == -1))
		return -1;
	return check_ring(s, mode, err);
}

int
ex_snap_open(struct ex_snap **out, const char *path, enum ex_snap_mode mode,
    struct ex_err *err)
{
	struct ex_snap *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->path = strdup(path)) == NULL)
		ex_diag_oom();
	s->lock = -1;
	if (open_as(s, mode, err) == -1) {
		ex_snap_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void
ex_snap_close(struct ex_snap *s)
{
	int i;

	if (s == NULL)
		return;
	ex_snap_scan_close(s->one);
	for (i = 0; i < SNAP_NSQL; i++)
		sqlite3_finalize(s->stmt[i]);
	sqlite3_close(s->db);
	if (s->lock != -1)
		close(s->lock);
	free(s->folder);
	free(s->path);
	free(s);
}
