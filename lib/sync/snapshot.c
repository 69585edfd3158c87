/*
 * snapshot.c: the snapshot's statements, what is bound and what they bring
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include <ex/arena.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/snapshot.h>

#include "snappriv.h"

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
	[SNAP_PUT_MADE] = "INSERT OR IGNORE INTO made VALUES (?1, ?2)",
	[SNAP_MADE] = "SELECT id FROM made WHERE folder = ?1 ORDER BY id",
	[SNAP_PASS_MADE] = "DELETE FROM made WHERE folder ="
	    " (SELECT n FROM folder WHERE name = ?1 AND token IS NOT ?4)",
	[SNAP_FORGET_MADE] = "DELETE FROM made WHERE folder = ?1",
	[SNAP_DROP_FOLDER] = "DELETE FROM folder WHERE n = ?1",
	[SNAP_RENAME_FOLDER] = "UPDATE folder SET name = ?2 WHERE n = ?1",
	[SNAP_UNLINK_FOLDER] =
	    "UPDATE folder SET identity = NULL, token = NULL WHERE n = ?1",
	[SNAP_UNLINK_BINDINGS] =
	    "UPDATE binding SET id = NULL, rev = NULL WHERE folder = ?1",
	[SNAP_FORGET_BINDINGS] = "DELETE FROM binding WHERE folder = ?1",
	[SNAP_FORGET_NOTES] = "DELETE FROM note WHERE folder = ?1",
	[SNAP_FORGET_REFUSED] = "DELETE FROM refused WHERE folder = ?1",
	[SNAP_PASS_REFUSED] = "DELETE FROM refused WHERE folder ="
	    " (SELECT n FROM folder WHERE name = ?1 AND scope IS NOT ?3)",
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
	[SNAP_HAS_COPIES] = "SELECT 1 FROM note WHERE why IN"
	    " ('" EX_SNAP_COPY "', '" EX_SNAP_DIFFERS "') LIMIT 1",
	[SNAP_COPY_OF] = "SELECT note.id, note.rev FROM binding"
	    " JOIN note ON note.folder = ?2"
	    " AND note.uid = coalesce(binding.own, ?1) AND why IN"
	    " ('" EX_SNAP_COPY "', '" EX_SNAP_DIFFERS "')"
	    " WHERE binding.uid = ?1 AND binding.folder = ?2"
	    " ORDER BY note.id LIMIT 1",
	[SNAP_PASS_BINDING] = "UPDATE binding SET id = ?3, rev = ?4"
	    " WHERE uid = ?1 AND folder = ?2",
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
	[SNAP_CONFLICT] = "SELECT run, uid, left, open, data FROM conflict"
	    " WHERE uid = ?1 AND open",
	[SNAP_CONFLICTS] = "SELECT run, uid, left, open, data FROM conflict"
	    " WHERE open OR ?1 ORDER BY uid, run",
	[SNAP_PUT_LOG] = "INSERT INTO log VALUES"
	    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
	[SNAP_PUT_RUN] = "INSERT INTO run VALUES (?1)",
	[SNAP_LAST_SETTLED] = "SELECT n >> 32, (n & 0xffffffff) + 1 FROM"
	    " (SELECT n, op FROM log ORDER BY n DESC LIMIT 1)"
	    " WHERE op = 'settled' AND n >> 32 = (SELECT max(n) FROM run)",
	[SNAP_RUNS] = "SELECT n FROM run ORDER BY n",
	[SNAP_LOG] = "SELECT uid, op, iif(folder IS NULL, NULL,"
	    " coalesce(name, '?')), was, master, before, after, id,"
	    " rev, outcome, again, folders FROM log LEFT JOIN folder"
	    " ON folder.n = folder WHERE log.n BETWEEN ?1 AND ?2"
	    " ORDER BY uid, op NOT IN ('taken', 'settled'), name",
	[SNAP_FAILED] = "SELECT 1 FROM log WHERE n BETWEEN"
	    " (SELECT max(n) FROM run WHERE n < ?3) << 32 AND (?3 << 32) - 1"
	    " AND uid = ?1 AND folder = ?2"
	    " AND substr(outcome, -length(?4)) = ?4",
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
	[SNAP_TIDY_OWED] =
	    "DELETE FROM entry WHERE uid = ?1 AND master IS NULL",
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

/*
 * Asking for the value once is cheaper than for its parts, one by one; a
 * snapshot is used by one thread at a time.
 */
struct ex_str
snap_col_here(struct sqlite3_stmt *st, int i)
{
	sqlite3_value *v = sqlite3_column_value(st, i);
	const char *p;

	if (sqlite3_value_type(v) == SQLITE_NULL)
		return EX_STR_NONE;
	p = sqlite3_value_blob(v);
	/* An empty one has no address. */
	return (struct ex_str){ p != NULL ? p : "",
	    (size_t)sqlite3_value_bytes(v) };
}

struct ex_str
snap_col_str(struct sqlite3_stmt *st, int i, struct ex_arena *a)
{
	return ex_arena_str(a, snap_col_here(st, i));
}

struct ex_str
snap_col_hash(struct sqlite3_stmt *st, int i, struct ex_arena *a)
{
	static const char hex[] = "0123456789abcdef";
	struct ex_str s = snap_col_here(st, i);
	const unsigned char *bin = (const unsigned char *)s.p;
	size_t k;
	char *p;

	if (bin == NULL)
		return EX_STR_NONE;
	if (s.n != 16)
		return EX_STR("");
	p = ex_arena_bytes(a, 33);
	for (k = 0; k < s.n; k++) {
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
