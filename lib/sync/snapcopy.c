/*
 * snapcopy.c: what becomes of a second copy when the first one is deleted
 *
 * A folder has an item twice: one is bound, the other noted (ring.md 2).  It
 * is deleted elsewhere, so the bound one is deleted here.  The other is the
 * same item: it takes the place of the bound one, as it does when somebody
 * deletes that, and the next run deletes it, too, unless it has been edited.
 * Left noted, it would be an item that is nowhere else, and with its next
 * touch the deleted item would come back.
 */
#include <sqlite3.h>

#include <ex/arena.h>
#include <ex/snapshot.h>
#include <ex/snapwrite.h>

#include "snappriv.h"

int
ex_snap_has_copies(struct ex_snap *s, bool *copies, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_HAS_COPIES, err);
	int got;

	if (st == NULL || (got = snap_step(s, st, err)) == -1)
		return -1;
	*copies = got == 1;
	if (got == 1)
		sqlite3_reset(st);
	return 0;
}

static int
pass(struct ex_snap *s, struct ex_str uid, size_t folder, struct ex_str id,
    struct ex_str rev, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_PASS_BINDING, err);

	if (st == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	sqlite3_bind_int64(st, 2, s->folder[folder].n);
	snap_bind_str(st, 3, id);
	snap_bind_str(st, 4, rev);
	if (snap_run(s, st, err) == -1)
		return -1;
	return ex_snap_drop_note(s, folder, id, err);
}

int
ex_snap_pass_binding(struct ex_snap *s, struct ex_str uid, size_t folder,
    struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str id, rev;
	struct sqlite3_stmt *st;
	int got;

	if (snap_map(s, err) == -1 ||
	    (st = snap_stmt(s, SNAP_COPY_OF, err)) == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	sqlite3_bind_int64(st, 2, s->folder[folder].n);
	if ((got = snap_step(s, st, err)) != 1)
		return got;
	id = snap_col_str(st, 0, &a);
	rev = snap_col_str(st, 1, &a);
	sqlite3_reset(st);
	got = pass(s, uid, folder, id, rev, err) == -1 ? -1 : 1;
	ex_arena_free(&a);
	return got;
}
