/*
 * snaprehash.c: a snapshot whose hashes were made by other rules, hashed
 * anew from the contents that it holds
 *
 * One transaction.  Where the new rules make two contents of an entry equal
 * one is kept: the master's own, else the older.
 */
#include <sqlite3.h>

#include <ex/arena.h>
#include <ex/canon.h>
#include <ex/err.h>
#include <ex/snapwrite.h>

#include "snappriv.h"

#define NEW(column, table)	column " = coalesce((SELECT new FROM temp.map" \
	" WHERE map.uid = " table ".uid AND old = " column "), " column ")"

/* In this order: the master's old hash says which content it had. */
static const char *const step[] = {
	"CREATE TEMP TABLE kept AS SELECT uid, new, coalesce(max(iif(old ="
	    " (SELECT master FROM entry WHERE entry.uid = map.uid), body,"
	    " NULL)), min(body)) AS body, max(run) AS run FROM temp.map"
	    " GROUP BY uid, new",
	"DELETE FROM body_key",
	"INSERT INTO body_key SELECT uid, new, body, run FROM temp.kept"
	    " ORDER BY uid, new",
	"DELETE FROM body WHERE n NOT IN (SELECT body FROM temp.kept)",
	"UPDATE entry SET " NEW("master", "entry"),
	"UPDATE binding SET " NEW("base", "binding") ", "
	    NEW("shadow", "binding") ", " NEW("now", "binding")
	    " WHERE coalesce(base, shadow, now) IS NOT NULL",
	/* What goes without saying (snapshot.h). */
	"UPDATE binding SET base = NULL WHERE base ="
	    " (SELECT master FROM entry WHERE entry.uid = binding.uid)",
	"UPDATE binding SET shadow = NULL WHERE shadow ="
	    " (SELECT master FROM entry WHERE entry.uid = binding.uid)",
	"UPDATE intent SET " NEW("sent", "intent"),
	"UPDATE refused SET " NEW("hash", "refused"),
	"UPDATE log SET " NEW("was", "log") ", " NEW("master", "log") ", "
	    NEW("before", "log") ", " NEW("after", "log"),
	"DROP TABLE temp.map",
	"DROP TABLE temp.kept",
};

static int
run_text(struct ex_snap *s, const char *text, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_prepare(s, text, err);
	int got = st == NULL ? -1 : snap_run(s, st, err);

	sqlite3_finalize(st);
	return got;
}

/* The content in this row, and what it hashes to now, into the map. */
static int
map_row(struct ex_snap *s, struct sqlite3_stmt *from,
    struct sqlite3_stmt *into, struct ex_canon *canon, struct ex_arena *a,
    struct ex_err *err)
{
	struct ex_str uid = snap_col_str(from, 0, a);
	struct ex_item item;
	char hex[EX_HASH_HEX];

	if (ex_item_parse(snap_col_str(from, 4, a), a, &item, err) == -1)
		return ex_err_at(err, "%s: damaged: entry %.*s", s->path,
		    EX_STR_ARG(uid));
	ex_canon_hash(canon, &item, EX_CANON_HASH, hex);
	sqlite3_reset(into);
	snap_bind_str(into, 1, uid);
	sqlite3_bind_value(into, 2, sqlite3_column_value(from, 1));
	snap_bind_hash(into, 3, ex_str_of(hex));
	sqlite3_bind_value(into, 4, sqlite3_column_value(from, 2));
	sqlite3_bind_value(into, 5, sqlite3_column_value(from, 3));
	return snap_run(s, into, err);
}

static int
make_map(struct ex_snap *s, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_canon *canon = ex_canon_new();
	struct sqlite3_stmt *from, *into = NULL;
	int got = -1;

	from = snap_prepare(s, "SELECT uid, hash, body, run, data"
	    " FROM body_key JOIN body ON n = body ORDER BY uid, hash", err);
	if (from != NULL)
		into = snap_prepare(s, "INSERT INTO temp.map VALUES"
		    " (?1, ?2, ?3, ?4, ?5)", err);
	while (into != NULL && (got = snap_step(s, from, err)) == 1) {
		if ((got = map_row(s, from, into, canon, &a, err)) == -1)
			break;
		ex_arena_reset(&a);
	}
	sqlite3_finalize(from);
	sqlite3_finalize(into);
	ex_canon_free(canon);
	ex_arena_free(&a);
	return got;
}

static int
rehash(struct ex_snap *s, struct ex_snap_ring *ring, struct ex_err *err)
{
	size_t i;

	if (run_text(s, "CREATE TEMP TABLE map (uid TEXT, old BLOB, new BLOB,"
	    " body INTEGER, run INTEGER, PRIMARY KEY (uid, old))"
	    " WITHOUT ROWID", err) == -1 || make_map(s, err) == -1)
		return -1;
	for (i = 0; i < sizeof(step) / sizeof(step[0]); i++)
		if (run_text(s, step[i], err) == -1)
			return -1;
	ring->canon = EX_CANON_VERSION;
	return ex_snap_set_ring(s, ring, err);
}

int
ex_snap_rehash(struct ex_snap *s, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_ring ring;
	int got = ex_snap_ring(s, &a, &ring, err);

	if (got == 0 && ring.canon != EX_CANON_VERSION &&
	    (got = ex_snap_begin(s, err)) == 0) {
		got = rehash(s, &ring, err);
		if (got == 0)
			got = ex_snap_commit(s, err);
		if (got == -1)
			ex_snap_rollback(s);
	}
	ex_arena_free(&a);
	return got;
}
