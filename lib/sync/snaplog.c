/*
 * snaplog.c: what a snapshot tells of the past: runs and conflicts
 *
 * Rows of the log are numbered run << SNAP_RUN_SHIFT | seq, so a run is a
 * range of them.  A folder that has left the ring is called "?".
 */
#include <stdlib.h>

#include <sqlite3.h>

#include <ex/arena.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/snapshot.h>

#include "snappriv.h"

static void
read_conflict(struct sqlite3_stmt *st, struct ex_arena *a,
    struct ex_snap_conflict *c)
{
	c->run = sqlite3_column_int64(st, 0);
	c->uid = snap_col_str(st, 1, a);
	c->left = sqlite3_column_int(st, 2) != 0;
	c->open = sqlite3_column_int(st, 3) != 0;
	c->data = snap_col_str(st, 4, a);
}

int
ex_snap_conflict(struct ex_snap *s, struct ex_str uid, struct ex_arena *a,
    struct ex_snap_conflict *conflict, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_CONFLICT, err);
	int got;

	if (st == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	if ((got = snap_step(s, st, err)) == 1) {
		read_conflict(st, a, conflict);
		sqlite3_reset(st);
	}
	return got;
}

int
ex_snap_conflicts(struct ex_snap *s, bool all, struct ex_arena *a,
    struct ex_snap_conflict **conflict, size_t *n, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_CONFLICTS, err);
	struct ex_snap_conflict *v = NULL;
	int got;

	*n = 0;
	if (st == NULL)
		return -1;
	sqlite3_bind_int(st, 1, all);
	while ((got = snap_step(s, st, err)) == 1) {
		v = ex_arena_grow(a, v, *n, sizeof(*v));
		read_conflict(st, a, &v[(*n)++]);
	}
	*conflict = v;
	return got;
}

int
ex_snap_runs(struct ex_snap *s, struct ex_arena *a, long long **run,
    size_t *n, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_RUNS, err);
	int got;

	*n = 0;
	*run = NULL;
	if (st == NULL)
		return -1;
	while ((got = snap_step(s, st, err)) == 1) {
		*run = ex_arena_grow(a, *run, *n, sizeof(**run));
		(*run)[(*n)++] = sqlite3_column_int64(st, 0);
	}
	return got;
}

int
ex_snap_failed_before(struct ex_snap *s, struct ex_str uid, size_t folder,
    struct ex_str end, bool *failed, struct ex_err *err)
{
	struct sqlite3_stmt *st;
	int got;

	if (snap_map(s, err) == -1 ||
	    (st = snap_stmt(s, SNAP_FAILED, err)) == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	sqlite3_bind_int64(st, 2, s->folder[folder].n);
	sqlite3_bind_int64(st, 3, s->run);
	snap_bind_str(st, 4, end);
	if ((got = snap_step(s, st, err)) == 1)
		sqlite3_reset(st);
	*failed = got == 1;
	return got == -1 ? -1 : 0;
}

struct ex_snap_runlog {
	struct ex_snap *s;
	struct sqlite3_stmt *st;
};

int
ex_snap_log_open(struct ex_snap *s, long long run,
    struct ex_snap_runlog **out, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_LOG, err);
	struct ex_snap_runlog *log;

	if (st == NULL)
		return -1;
	if ((log = calloc(1, sizeof(*log))) == NULL)
		ex_diag_oom();
	log->s = s;
	log->st = st;
	sqlite3_bind_int64(st, 1, run << SNAP_RUN_SHIFT);
	sqlite3_bind_int64(st, 2, ((run + 1) << SNAP_RUN_SHIFT) - 1);
	*out = log;
	return 0;
}

int
ex_snap_log_next(struct ex_snap_runlog *log, struct ex_arena *a,
    struct ex_snap_log *row, struct ex_err *err)
{
	struct sqlite3_stmt *st = log->st;
	int got = st == NULL ? 0 : snap_step(log->s, st, err);

	if (got != 1) {
		log->st = NULL;
		return got;
	}
	row->uid = snap_col_str(st, 0, a);
	row->op = snap_col_str(st, 1, a);
	row->folder = snap_col_str(st, 2, a);
	row->was = snap_col_hash(st, 3, a);
	row->master = snap_col_hash(st, 4, a);
	row->before = snap_col_hash(st, 5, a);
	row->after = snap_col_hash(st, 6, a);
	row->id = snap_col_str(st, 7, a);
	row->rev = snap_col_str(st, 8, a);
	row->outcome = snap_col_str(st, 9, a);
	row->again = sqlite3_column_int(st, 10) != 0;
	row->folders = snap_col_str(st, 11, a);
	return 1;
}

void
ex_snap_log_close(struct ex_snap_runlog *log)
{
	if (log != NULL && log->st != NULL)
		sqlite3_reset(log->st);
	free(log);
}
