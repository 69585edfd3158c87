/*
 * snapshot.c: the snapshot's file: its tables, opening, statements
 *
 * Bindings are clustered by (uid, folder): exdiff reads them by one scan.
 * binding_id is what exfetch asks, in order of ids.  A body is stored once
 * for each (uid, hash): body_key finds it, and says in `run` which run's log
 * was the last to name it.  A hash is 16 bytes, or none ("": empty content).
 * Only what is open stands in intent.  kind is that of item.h, which is not
 * to be renumbered.
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
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/snapshot.h>

#include "snappriv.h"

#define APPLICATION_ID	0x45587230	/* "EXr0" */
#define SCHEMA_VERSION	1
#define BUSY_MS		10000
/* The most bytes of one value: a body is a part of one record. */
#define VALUE_MAX	((int)EX_CAP_RECORD)

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
" again INTEGER NOT NULL, folders TEXT);";

static const char *const sql[SNAP_NSQL] = {
	[SNAP_BEGIN_READ] = "BEGIN",
	[SNAP_BEGIN] = "BEGIN IMMEDIATE",
	[SNAP_COMMIT] = "COMMIT",
	[SNAP_ROLLBACK] = "ROLLBACK",
	[SNAP_RING] = "SELECT id, generation, config, canon, kind FROM ring",
	[SNAP_FOLDERS] =
	    "SELECT n, name, identity, scope, token FROM folder ORDER BY name",
	[SNAP_FOLDER_ITEMS] = "SELECT count(*) FROM binding"
	    " WHERE folder = ?1 AND id IS NOT NULL",
	[SNAP_NOTES] = "SELECT folder, id, rev, uid, mark, why FROM note"
	    " ORDER BY folder, id",
	[SNAP_BODY] = "SELECT data FROM body_key JOIN body ON n = body"
	    " WHERE uid = ?1 AND hash = ?2",
	[SNAP_BODY_IS] = "SELECT body FROM body_key"
	    " WHERE uid = ?1 AND hash = ?2",
	[SNAP_GENERATION] = "UPDATE ring SET generation = generation + 1",
	[SNAP_SET_RING] = "UPDATE ring SET id = coalesce(id, ?1),"
	    " kind = iif(id IS NULL, ?2, kind), config = ?3, canon = ?4",
	[SNAP_SET_FOLDER] = "INSERT INTO folder (name, identity, scope, token)"
	    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE SET"
	    " identity = ?2, scope = ?3, token = ?4",
	[SNAP_DROP_FOLDER] = "DELETE FROM folder WHERE n = ?1",
	[SNAP_RENAME_FOLDER] = "UPDATE folder SET name = ?2 WHERE n = ?1",
	[SNAP_UNLINK_FOLDER] =
	    "UPDATE folder SET identity = NULL, token = NULL WHERE n = ?1",
	[SNAP_UNLINK_BINDINGS] =
	    "UPDATE binding SET id = NULL, rev = NULL WHERE folder = ?1",
	[SNAP_FORGET_BINDINGS] = "DELETE FROM binding WHERE folder = ?1",
	[SNAP_FORGET_NOTES] = "DELETE FROM note WHERE folder = ?1",
	[SNAP_FORGET_REFUSED] = "DELETE FROM refused WHERE folder = ?1",
	[SNAP_FORGET_INTENTS] = "DELETE FROM intent WHERE folder = ?1",
	[SNAP_FORGET_UIDS] = "SELECT uid FROM binding WHERE folder = ?1"
	    " UNION SELECT uid FROM intent WHERE folder = ?1 ORDER BY uid",
	[SNAP_PUT_ENTRY] = "INSERT INTO entry VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (uid) DO UPDATE SET master = ?2, gone = ?3",
	[SNAP_PUT_BINDING] = "INSERT INTO binding VALUES"
	    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
	    " ON CONFLICT (uid, folder) DO UPDATE SET id = ?3, rev = ?4,"
	    " own = ?5, form = ?6, base = ?7, shadow = ?8, now = ?9",
	[SNAP_DROP_BINDING] =
	    "DELETE FROM binding WHERE uid = ?1 AND folder = ?2",
	[SNAP_PUT_BODY] = "INSERT INTO body (data) VALUES (?1)",
	[SNAP_PUT_BODY_KEY] = "INSERT INTO body_key VALUES (?1, ?2, ?3, ?4)",
	[SNAP_TOUCH_BODY] = "UPDATE body_key SET run = ?3"
	    " WHERE uid = ?1 AND hash = ?2 AND run < ?3",
	[SNAP_PUT_NOTE] = "INSERT OR REPLACE INTO note VALUES"
	    " (?1, ?2, ?3, ?4, ?5, ?6)",
	[SNAP_DROP_NOTE] = "DELETE FROM note WHERE folder = ?1 AND id = ?2",
	[SNAP_PUT_INTENT] = "INSERT OR REPLACE INTO intent VALUES"
	    " (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[SNAP_CLOSE_INTENTS] =
	    "DELETE FROM intent WHERE uid = ?1 AND folder = ?2",
	[SNAP_PUT_REFUSED] = "INSERT OR REPLACE INTO refused VALUES"
	    " (?1, ?2, ?3, ?4)",
	[SNAP_DROP_REFUSED] =
	    "DELETE FROM refused WHERE uid = ?1 AND folder = ?2",
	[SNAP_PUT_CONFLICT] = "INSERT OR REPLACE INTO conflict VALUES"
	    " (?1, ?2, ?3, ?3, ?4)",
	[SNAP_CLOSE_CONFLICT] =
	    "UPDATE conflict SET open = 0 WHERE uid = ?1 AND open = 1",
	[SNAP_CONFLICTS] = "SELECT run, uid, left, open, data FROM conflict"
	    " WHERE open OR ?1 ORDER BY uid, run",
	[SNAP_PUT_LOG] = "INSERT INTO log VALUES"
	    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
	[SNAP_PUT_RUN] = "INSERT INTO run VALUES (?1)",
	[SNAP_RUNS] = "SELECT n FROM run ORDER BY n",
	[SNAP_LOG] = "SELECT uid, op, name, was, master, before, after, id,"
	    " rev, outcome, again, folders FROM log LEFT JOIN folder"
	    " ON folder.n = folder WHERE log.n BETWEEN ?1 AND ?2"
	    " ORDER BY uid, op <> 'taken', name",
	[SNAP_TRIM_RUN] = "DELETE FROM run WHERE n <="
	    " (SELECT n FROM run ORDER BY n DESC LIMIT 1 OFFSET ?1)"
	    " RETURNING n",
	[SNAP_TRIM_UIDS] = "SELECT DISTINCT uid FROM log WHERE n < ?1"
	    " ORDER BY uid",
	[SNAP_TRIM_LOG] = "DELETE FROM log WHERE n < ?1",
	[SNAP_TRIM_CONFLICTS] =
	    "DELETE FROM conflict WHERE run <= ?1 AND NOT open",
	[SNAP_TIDY_ENTRY] = "DELETE FROM entry WHERE uid = ?1"
	    " AND master IS NULL"
	    " AND NOT EXISTS (SELECT 1 FROM binding WHERE uid = ?1)"
	    " AND NOT EXISTS (SELECT 1 FROM intent WHERE uid = ?1)",
	[SNAP_TIDY_REFUSED] = "DELETE FROM refused WHERE uid = ?1",
	[SNAP_DEAD_BODIES] = "SELECT hash, body FROM body_key WHERE uid = ?1"
	    " AND run < (SELECT coalesce(min(n), 9e18) FROM run)"
	    " AND NOT EXISTS (SELECT 1 FROM entry WHERE uid = ?1"
	    "  AND master = hash)"
	    " AND NOT EXISTS (SELECT 1 FROM binding WHERE uid = ?1"
	    "  AND (base = hash OR shadow = hash OR now = hash))"
	    " AND NOT EXISTS (SELECT 1 FROM intent WHERE uid = ?1"
	    "  AND sent = hash)",
	[SNAP_DROP_BODY] = "DELETE FROM body WHERE n = ?1",
	[SNAP_DROP_BODY_KEY] =
	    "DELETE FROM body_key WHERE uid = ?1 AND hash = ?2",
};

/* Forms take one byte in the file; the list only grows at its end. */
static const char *const form[] = { "vcard 3.0", "vcard 4.0",
	"icalendar 2.0", "vcard 2.1", "vcalendar 1.0" };
#define NFORM	((int)(sizeof(form) / sizeof(form[0])))

int
snap_fail(struct ex_snap *s, struct ex_err *err)
{
	const char *msg = sqlite3_errmsg(s->db);

	switch (sqlite3_errcode(s->db)) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ex_err_set(err, EX_ERR_AGAIN, "%s: %s", s->path, msg);
	case SQLITE_NOMEM:
		ex_diag_oom();
	case SQLITE_NOTADB:
		return ex_err_set(err, EX_ERR_INPUT, "%s: not a snapshot",
		    s->path);
	case SQLITE_CORRUPT:
	case SQLITE_ERROR:	/* a table or column is not there */
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
		return ex_err_set(err, EX_ERR_INPUT, "%s: damaged: %s",
		    s->path, msg);
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return ex_err_set(err, EX_ERR_DENIED, "%s: %s", s->path, msg);
	default:
		return ex_err_set(err, EX_ERR_SYSTEM, "%s: %s", s->path, msg);
	}
}

struct sqlite3_stmt *
snap_prepare(struct ex_snap *s, const char *text, struct ex_err *err)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT,
	    &st, NULL) == SQLITE_OK)
		return st;
	snap_fail(s, err);
	return NULL;
}

struct sqlite3_stmt *
snap_stmt(struct ex_snap *s, enum snap_sql which, struct ex_err *err)
{
	if (s->stmt[which] == NULL)
		s->stmt[which] = snap_prepare(s, sql[which], err);
	else
		sqlite3_reset(s->stmt[which]);
	return s->stmt[which];
}

int
snap_step(struct ex_snap *s, struct sqlite3_stmt *st, struct ex_err *err)
{
	switch (sqlite3_step(st)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		sqlite3_reset(st);
		return 0;
	default:
		snap_fail(s, err);
		sqlite3_reset(st);
		return -1;
	}
}

int
snap_run(struct ex_snap *s, struct sqlite3_stmt *st, struct ex_err *err)
{
	int got;

	while ((got = snap_step(s, st, err)) == 1)
		;
	return got;
}

void
snap_bind_str(struct sqlite3_stmt *st, int i, struct ex_str str)
{
	if (str.p == NULL)
		sqlite3_bind_null(st, i);
	else
		sqlite3_bind_text64(st, i, str.p, str.n, SQLITE_STATIC,
		    SQLITE_UTF8);
}

static unsigned char
digit(char c)
{
	return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

void
snap_bind_hash(struct sqlite3_stmt *st, int i, struct ex_str hex)
{
	unsigned char bin[16];
	size_t k;

	if (hex.p == NULL) {
		sqlite3_bind_null(st, i);
	} else if (hex.n != 2 * sizeof(bin)) {
		sqlite3_bind_zeroblob(st, i, 0);
	} else {
		for (k = 0; k < sizeof(bin); k++)
			bin[k] = (unsigned char)(digit(hex.p[2 * k]) << 4 |
			    digit(hex.p[2 * k + 1]));
		sqlite3_bind_blob(st, i, bin, sizeof(bin), SQLITE_TRANSIENT);
	}
}

void
snap_bind_as(struct sqlite3_stmt *st, int i, struct ex_str as)
{
	int k;

	for (k = 0; k < NFORM; k++)
		if (ex_str_is(as, form[k])) {
			sqlite3_bind_int(st, i, k);
			return;
		}
	snap_bind_str(st, i, as);
}

struct ex_str
snap_col_str(struct sqlite3_stmt *st, int i, struct ex_arena *a)
{
	const char *p;

	if (sqlite3_column_type(st, i) == SQLITE_NULL)
		return EX_STR_NONE;
	p = sqlite3_column_blob(st, i);
	return ex_arena_str(a, (struct ex_str){ p != NULL ? p : "",
	    (size_t)sqlite3_column_bytes(st, i) });
}

struct ex_str
snap_col_hash(struct sqlite3_stmt *st, int i, struct ex_arena *a)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *bin;
	size_t k, n;
	char *p;

	if (sqlite3_column_type(st, i) == SQLITE_NULL)
		return EX_STR_NONE;
	bin = sqlite3_column_blob(st, i);
	n = (size_t)sqlite3_column_bytes(st, i);
	if (bin == NULL || n != 16)
		return EX_STR("");
	p = ex_arena_bytes(a, 33);
	for (k = 0; k < n; k++) {
		p[2 * k] = hex[bin[k] >> 4];
		p[2 * k + 1] = hex[bin[k] & 15];
	}
	p[32] = '\0';
	return (struct ex_str){ p, 32 };
}

struct ex_str
snap_col_as(struct sqlite3_stmt *st, int i, struct ex_arena *a)
{
	int k;

	if (sqlite3_column_type(st, i) != SQLITE_INTEGER)
		return snap_col_str(st, i, a);
	k = sqlite3_column_int(st, i);
	return k < 0 || k >= NFORM ? EX_STR_NONE : ex_str_of(form[k]);
}

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
	if (exec(s, schema, err) == 0 && exec(s, text, err) == 0)
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
	if (version != SCHEMA_VERSION)
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
	/* Readers scan: pages are looked at where they lie, not copied. */
	return exec(s, flags & SQLITE_OPEN_READONLY ?
	    "PRAGMA mmap_size = 4294967296" : "PRAGMA cache_size = -8000",
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
		return 0;
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
