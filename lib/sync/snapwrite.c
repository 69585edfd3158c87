/*
 * snapwrite.c: changing a snapshot
 */
#include <sqlite3.h>

#include <ex/arena.h>
#include <ex/err.h>
#include <ex/rule.h>
#include <ex/snapwrite.h>

#include "snappriv.h"

/* A statement whose only parameter, if any, is a number. */
static int
run_number(struct ex_snap *s, enum snap_sql which, long long n,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, which, err);

	if (st == NULL)
		return -1;
	if (sqlite3_bind_parameter_count(st) > 0)
		sqlite3_bind_int64(st, 1, n);
	return snap_run(s, st, err);
}

int
ex_snap_begin(struct ex_snap *s, struct ex_err *err)
{
	if (run_number(s, SNAP_BEGIN, 0, err) == -1)
		return -1;
	s->writing = true;
	return 0;
}

int
ex_snap_commit(struct ex_snap *s, struct ex_err *err)
{
	if (run_number(s, SNAP_GENERATION, 0, err) == -1 ||
	    run_number(s, SNAP_COMMIT, 0, err) == -1)
		return -1;
	s->writing = false;
	return 0;
}

void
ex_snap_rollback(struct ex_snap *s)
{
	struct ex_err err;

	if (!s->writing)
		return;
	run_number(s, SNAP_ROLLBACK, 0, &err);
	s->writing = false;
	s->mapped = false;
}

int
ex_snap_set_ring(struct ex_snap *s, const struct ex_snap_ring *ring,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_SET_RING, err);

	if (st == NULL)
		return -1;
	snap_bind_str(st, 1, ring->id);
	sqlite3_bind_int(st, 2, (int)ring->kind);
	snap_bind_str(st, 3, ring->config);
	sqlite3_bind_int(st, 4, ring->canon);
	s->kind = ring->kind;
	return snap_run(s, st, err);
}

int
ex_snap_set_folder(struct ex_snap *s, const struct ex_snap_folder *f,
    struct ex_err *err)
{
	struct sqlite3_stmt *st;

	if (snap_pass(s, f, err) == -1 ||
	    (st = snap_stmt(s, SNAP_SET_FOLDER, err)) == NULL)
		return -1;
	snap_bind_str(st, 1, f->name);
	snap_bind_str(st, 2, f->identity);
	snap_bind_str(st, 3, f->scope);
	snap_bind_str(st, 4, f->token);
	s->mapped = false;
	return snap_run(s, st, err);
}

int
ex_snap_rename_folder(struct ex_snap *s, size_t folder, struct ex_str name,
    struct ex_err *err)
{
	struct sqlite3_stmt *st;

	if (snap_map(s, err) == -1)
		return -1;
	if (snap_folder_of(s, name) != NULL)
		return ex_err_set(err, EX_ERR_INPUT, "%s: there is a folder "
		    "%.*s", s->path, EX_STR_ARG(name));
	if ((st = snap_stmt(s, SNAP_RENAME_FOLDER, err)) == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, s->folder[folder].n);
	snap_bind_str(st, 2, name);
	s->mapped = false;
	return snap_run(s, st, err);
}

int
ex_snap_unlink_folder(struct ex_snap *s, size_t folder, struct ex_err *err)
{
	static const enum snap_sql all[] = { SNAP_UNLINK_BINDINGS,
		SNAP_FORGET_NOTES, SNAP_FORGET_REFUSED, SNAP_FORGET_MADE,
		SNAP_UNLINK_FOLDER };
	size_t i;

	if (snap_map(s, err) == -1)
		return -1;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (run_number(s, all[i], s->folder[folder].n, err) == -1)
			return -1;
	return 0;
}

int
ex_snap_folder_index(struct ex_snap *s, struct ex_str name, size_t *index,
    struct ex_err *err)
{
	if (snap_map(s, err) == -1)
		return -1;
	for (*index = 0; *index < s->nfolder; (*index)++)
		if (ex_str_is(name, s->folder[*index].name))
			return 0;
	return ex_err_set(err, EX_ERR_GONE, "%s: no folder %.*s", s->path,
	    EX_STR_ARG(name));
}

/* Statement which, with the uid and the folder as its first parameters. */
static struct sqlite3_stmt *
of_binding(struct ex_snap *s, enum snap_sql which, struct ex_str uid,
    size_t folder, struct ex_err *err)
{
	struct sqlite3_stmt *st;

	if (snap_map(s, err) == -1 || (st = snap_stmt(s, which, err)) == NULL)
		return NULL;
	snap_bind_str(st, 1, uid);
	sqlite3_bind_int64(st, 2, s->folder[folder].n);
	return st;
}

int
ex_snap_put_entry(struct ex_snap *s, struct ex_str uid, struct ex_str master,
    bool gone, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_PUT_ENTRY, err);

	if (st == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	snap_bind_hash(st, 2, master);
	sqlite3_bind_int(st, 3, gone);
	return snap_run(s, st, err);
}

/* 1: the entry has that body, 0, -1. */
static int
has_body(struct ex_snap *s, struct ex_str uid, struct ex_str hash,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_BODY_IS, err);
	int got;

	if (st == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	snap_bind_hash(st, 2, hash);
	got = snap_step(s, st, err);
	sqlite3_reset(st);
	return got;
}

int
ex_snap_put_body(struct ex_snap *s, struct ex_str uid, struct ex_str hash,
    struct ex_str data, struct ex_err *err)
{
	struct sqlite3_stmt *st;
	int got = has_body(s, uid, hash, err);

	if (got != 0)
		return got == -1 ? -1 : 0;
	if ((st = snap_stmt(s, SNAP_PUT_BODY, err)) == NULL)
		return -1;
	sqlite3_bind_blob64(st, 1, data.p, data.n, SQLITE_STATIC);
	if (snap_run(s, st, err) == -1)
		return -1;
	if ((st = snap_stmt(s, SNAP_PUT_BODY_KEY, err)) == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	snap_bind_hash(st, 2, hash);
	sqlite3_bind_int64(st, 3, sqlite3_last_insert_rowid(s->db));
	sqlite3_bind_int64(st, 4, 0);
	return snap_run(s, st, err);
}

int
ex_snap_put_binding(struct ex_snap *s, struct ex_str uid,
    const struct ex_snap_binding *b, struct ex_err *err)
{
	struct sqlite3_stmt *st = of_binding(s, SNAP_PUT_BINDING, uid,
	    b->folder, err);

	if (st == NULL)
		return -1;
	snap_bind_str(st, 3, b->id);
	snap_bind_str(st, 4, b->rev);
	snap_bind_str(st, 5, b->uid);
	snap_bind_as(st, 6, b->as);
	snap_bind_hash(st, 7, b->base);
	snap_bind_hash(st, 8, b->shadow);
	if (b->now == EX_SNAP_NOW_GONE)
		sqlite3_bind_int(st, 9, 0);
	else
		snap_bind_hash(st, 9, b->now == EX_SNAP_NOW_ITEM ?
		    b->now_hash : EX_STR_NONE);
	return snap_run(s, st, err);
}

int
ex_snap_drop_binding(struct ex_snap *s, struct ex_str uid, size_t folder,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = of_binding(s, SNAP_DROP_BINDING, uid, folder,
	    err);

	return st == NULL ? -1 : snap_run(s, st, err);
}

int
ex_snap_put_note(struct ex_snap *s, const struct ex_snap_note *note,
    struct ex_err *err)
{
	struct sqlite3_stmt *st;

	if (snap_map(s, err) == -1 ||
	    (st = snap_stmt(s, SNAP_PUT_NOTE, err)) == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, s->folder[note->folder].n);
	snap_bind_str(st, 2, note->id);
	snap_bind_str(st, 3, note->rev);
	snap_bind_str(st, 4, note->uid);
	snap_bind_str(st, 5, note->mark);
	snap_bind_str(st, 6, note->why);
	return snap_run(s, st, err);
}

int
ex_snap_drop_note(struct ex_snap *s, size_t folder, struct ex_str id,
    struct ex_err *err)
{
	struct sqlite3_stmt *st;

	if (snap_map(s, err) == -1 ||
	    (st = snap_stmt(s, SNAP_DROP_NOTE, err)) == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, s->folder[folder].n);
	snap_bind_str(st, 2, id);
	return snap_run(s, st, err);
}

int
ex_snap_put_intent(struct ex_snap *s, struct ex_str uid,
    const struct ex_snap_intent *in, struct ex_err *err)
{
	struct sqlite3_stmt *st = of_binding(s, SNAP_PUT_INTENT, uid,
	    in->folder, err);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 3, s->run);
	sqlite3_bind_int(st, 4, (int)in->op);
	snap_bind_str(st, 5, in->name);
	snap_bind_str(st, 6, in->id);
	snap_bind_hash(st, 7, in->sent);
	return snap_run(s, st, err);
}

int
ex_snap_close_intents(struct ex_snap *s, struct ex_str uid, size_t folder,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = of_binding(s, SNAP_CLOSE_INTENTS, uid,
	    folder, err);

	return st == NULL ? -1 : snap_run(s, st, err);
}

int
ex_snap_put_refused(struct ex_snap *s, struct ex_str uid,
    const struct ex_snap_refused *r, struct ex_err *err)
{
	struct sqlite3_stmt *st = of_binding(s, SNAP_PUT_REFUSED, uid,
	    r->folder, err);

	if (st == NULL)
		return -1;
	snap_bind_hash(st, 3, r->hash);
	snap_bind_str(st, 4, r->why);
	return snap_run(s, st, err);
}

int
ex_snap_drop_refused(struct ex_snap *s, struct ex_str uid, size_t folder,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = of_binding(s, SNAP_DROP_REFUSED, uid, folder,
	    err);

	return st == NULL ? -1 : snap_run(s, st, err);
}

int
ex_snap_close_conflict(struct ex_snap *s, struct ex_str uid,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_CLOSE_CONFLICT, err);

	if (st == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	return snap_run(s, st, err);
}

int
ex_snap_put_conflict(struct ex_snap *s, struct ex_str uid, bool left,
    struct ex_str data, struct ex_err *err)
{
	struct sqlite3_stmt *st;

	if (ex_snap_close_conflict(s, uid, err) == -1 ||
	    (st = snap_stmt(s, SNAP_PUT_CONFLICT, err)) == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	sqlite3_bind_int64(st, 2, s->run);
	sqlite3_bind_int(st, 3, left);
	snap_bind_str(st, 4, data);
	return snap_run(s, st, err);
}

/* Bodies that nothing refers to. */
static int
drop_bodies(struct ex_snap *s, struct ex_str uid, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_DEAD_BODIES, err);
	struct ex_arena a = EX_ARENA_INIT;
	struct { struct ex_str hash; long long body; } *v = NULL;
	size_t i, n = 0;
	int got;

	if (st == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	while ((got = snap_step(s, st, err)) == 1) {
		v = ex_arena_grow(&a, v, n, sizeof(*v));
		v[n].hash = snap_col_hash(st, 0, &a);
		v[n++].body = sqlite3_column_int64(st, 1);
	}
	for (i = 0; i < n && got == 0; i++) {
		got = run_number(s, SNAP_DROP_BODY, v[i].body, err);
		st = snap_stmt(s, SNAP_DROP_BODY_KEY, err);
		if (got == -1 || st == NULL)
			break;
		snap_bind_str(st, 1, uid);
		snap_bind_hash(st, 2, v[i].hash);
		got = snap_run(s, st, err);
	}
	ex_arena_free(&a);
	return i == n ? got : -1;
}

int
ex_snap_tidy(struct ex_snap *s, struct ex_str uid, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, EX_RULE("tombstone") ?
	    SNAP_TIDY_ENTRY : SNAP_TIDY_OWED, err);

	if (st == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	if (snap_run(s, st, err) == -1)
		return -1;
	if (sqlite3_changes(s->db) > 0) {
		if ((st = snap_stmt(s, SNAP_TIDY_REFUSED, err)) == NULL)
			return -1;
		snap_bind_str(st, 1, uid);
		if (snap_run(s, st, err) == -1)
			return -1;
	}
	return drop_bodies(s, uid, err);
}

/* uids that statement which gives for parameter n, each tidied by then. */
static int
collect(struct ex_snap *s, enum snap_sql which, long long n,
    struct ex_arena *a, struct ex_str **uid, size_t *nuid, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, which, err);
	int got;

	*uid = NULL;
	*nuid = 0;
	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, n);
	while ((got = snap_step(s, st, err)) == 1) {
		*uid = ex_arena_grow(a, *uid, *nuid, sizeof(**uid));
		(*uid)[(*nuid)++] = snap_col_str(st, 0, a);
	}
	return got;
}

static int
tidy_all(struct ex_snap *s, const struct ex_str *uid, size_t n,
    struct ex_err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ex_snap_tidy(s, uid[i], err) == -1)
			return -1;
	return 0;
}

int
ex_snap_forget_folder(struct ex_snap *s, size_t folder, bool leave,
    struct ex_err *err)
{
	static const enum snap_sql all[] = { SNAP_FORGET_BINDINGS,
		SNAP_FORGET_NOTES, SNAP_FORGET_REFUSED, SNAP_FORGET_MADE,
		SNAP_FORGET_INTENTS };
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str *uid;
	long long n;
	size_t i, nuid;
	int got;

	if (snap_map(s, err) == -1)
		return -1;
	n = s->folder[folder].n;
	got = collect(s, SNAP_FORGET_UIDS, n, &a, &uid, &nuid, err);
	for (i = 0; i < sizeof(all) / sizeof(all[0]) && got == 0; i++)
		got = run_number(s, all[i], n, err);
	if (got == 0 && leave) {
		got = run_number(s, SNAP_DROP_FOLDER, n, err);
		s->mapped = false;
	}
	if (got == 0)
		got = tidy_all(s, uid, nuid, err);
	ex_arena_free(&a);
	return got;
}

/* Drop the log of all runs up to `last`, and what only it kept alive. */
static int
trim(struct ex_snap *s, long long last, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str *uid;
	long long below = (last + 1) << SNAP_RUN_SHIFT;
	size_t n;
	int got;

	got = collect(s, SNAP_TRIM_UIDS, below, &a, &uid, &n, err);
	if (got == 0)
		got = run_number(s, SNAP_TRIM_LOG, below, err);
	if (got == 0)
		got = run_number(s, SNAP_TRIM_CONFLICTS, last, err);
	if (got == 0)
		got = tidy_all(s, uid, n, err);
	ex_arena_free(&a);
	return got;
}

int
ex_snap_run_begin(struct ex_snap *s, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_ring ring;
	int got = ex_snap_ring(s, &a, &ring, err);

	ex_arena_free(&a);
	if (got == -1)
		return -1;
	s->run = ring.generation + 1;
	s->seq = 0;
	return run_number(s, SNAP_PUT_RUN, s->run, err);
}

int
ex_snap_run_settle(struct ex_snap *s, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_LAST_SETTLED, err);
	int got;

	if (st == NULL)
		return -1;
	if ((got = snap_step(s, st, err)) != 1)
		return got == -1 ? -1 : ex_snap_run_begin(s, err);
	s->run = sqlite3_column_int64(st, 0);
	s->seq = sqlite3_column_int64(st, 1);
	sqlite3_reset(st);
	return 0;
}

int
ex_snap_run_keep(struct ex_snap *s, long long keep, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_TRIM_RUN, err);
	long long last = 0;
	int got;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, keep > 0 ? keep : 1);
	while ((got = snap_step(s, st, err)) == 1)
		if (sqlite3_column_int64(st, 0) > last)
			last = sqlite3_column_int64(st, 0);
	if (got == 0 && last > 0)
		got = trim(s, last, err);
	return got;
}

/* The log names these bodies: they stay as long as this run's log. */
static int
touch(struct ex_snap *s, struct ex_str uid, struct ex_str hash,
    struct ex_err *err)
{
	struct sqlite3_stmt *st;

	if (hash.n == 0)
		return 0;
	if ((st = snap_stmt(s, SNAP_TOUCH_BODY, err)) == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	snap_bind_hash(st, 2, hash);
	sqlite3_bind_int64(st, 3, s->run);
	return snap_run(s, st, err);
}

static int
touch_row(struct ex_snap *s, const struct ex_snap_log *row,
    struct ex_err *err)
{
	if (touch(s, row->uid, row->was, err) == -1 ||
	    touch(s, row->uid, row->master, err) == -1 ||
	    touch(s, row->uid, row->before, err) == -1)
		return -1;
	return touch(s, row->uid, row->after, err);
}

int
ex_snap_put_log(struct ex_snap *s, const struct ex_snap_log *row,
    struct ex_err *err)
{
	struct sqlite3_stmt *st;
	size_t folder = 0;

	if (row->folder.p != NULL &&
	    ex_snap_folder_index(s, row->folder, &folder, err) == -1)
		return -1;
	if (touch_row(s, row, err) == -1 ||
	    (st = snap_stmt(s, SNAP_PUT_LOG, err)) == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, s->run << SNAP_RUN_SHIFT | s->seq++);
	snap_bind_str(st, 2, row->uid);
	if (row->folder.p != NULL)
		sqlite3_bind_int64(st, 3, s->folder[folder].n);
	else
		sqlite3_bind_null(st, 3);
	snap_bind_str(st, 4, row->op);
	snap_bind_hash(st, 5, row->was);
	snap_bind_hash(st, 6, row->master);
	snap_bind_hash(st, 7, row->before);
	snap_bind_hash(st, 8, row->after);
	snap_bind_str(st, 9, row->id);
	snap_bind_str(st, 10, row->rev);
	snap_bind_str(st, 11, row->outcome);
	sqlite3_bind_int(st, 12, row->again);
	snap_bind_str(st, 13, row->folders);
	return snap_run(s, st, err);
}
