/*
 * snapmade.c: what the snapshot says only until a folder's token or scope
 * is another
 *
 * What the folder has refused may have been out of its scope, and be in it
 * now.
 *
 * What we created is kept since the token, which is from before the push: what
 * the push then creates, and somebody deletes before the next fetch, was not
 * there at the token and is not there now: a server need not name
 * it (RFC 6578, 3.5.2), and as "not listed is same" the deletion would go
 * unseen.  So exfetch asks for each of these that a delta does not list.
 */
#include <sqlite3.h>

#include <ex/arena.h>
#include <ex/snapshot.h>
#include <ex/snapwrite.h>

#include "snappriv.h"

int
ex_snap_put_made(struct ex_snap *s, size_t folder, struct ex_str id,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_PUT_MADE, err);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, s->folder[folder].n);
	snap_bind_str(st, 2, id);
	return snap_run(s, st, err);
}

int
snap_pass(struct ex_snap *s, const struct ex_snap_folder *f,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_PASS_MADE, err);

	if (st == NULL)
		return -1;
	snap_bind_str(st, 1, f->name);
	snap_bind_str(st, 4, f->token);
	if (snap_run(s, st, err) == -1 ||
	    (st = snap_stmt(s, SNAP_PASS_REFUSED, err)) == NULL)
		return -1;
	snap_bind_str(st, 1, f->name);
	snap_bind_str(st, 3, f->scope);
	return snap_run(s, st, err);
}

int
ex_snap_made(struct ex_snap *s, struct ex_str folder, struct ex_arena *a,
    struct ex_str **id, size_t *n, struct ex_err *err)
{
	const struct snap_folder *f;
	struct sqlite3_stmt *st;
	int got = 0;

	*id = NULL;
	*n = 0;
	if (s->version < 2)
		return 0;
	if (snap_map(s, err) == -1 ||
	    (st = snap_stmt(s, SNAP_MADE, err)) == NULL)
		return -1;
	if ((f = snap_folder_of(s, folder)) == NULL)
		return 0;
	sqlite3_bind_int64(st, 1, f->n);
	while ((got = snap_step(s, st, err)) == 1) {
		*id = ex_arena_grow(a, *id, *n, sizeof(**id));
		(*id)[(*n)++] = snap_col_str(st, 0, a);
	}
	return got;
}
