/*
 * snapids.c: what the snapshot knows of a folder, id by id
 */
#include <stdlib.h>

#include <sqlite3.h>

#include <ex/diag.h>
#include <ex/snapshot.h>

#include "snappriv.h"

struct ex_snap_ids {
	struct ex_snap *s;
	struct sqlite3_stmt *st;
};

/* Two indexes side by side: nothing is sorted. */
static const char text[] =
    "SELECT id FROM binding WHERE folder = ?1 AND id IS NOT NULL"
    " UNION SELECT id FROM note WHERE folder = ?1 ORDER BY 1";

int
ex_snap_ids_open(struct ex_snap *s, struct ex_str folder,
    struct ex_snap_ids **out, struct ex_err *err)
{
	const struct snap_folder *f;
	struct sqlite3_stmt *st;

	*out = NULL;
	if (snap_map(s, err) == -1)
		return -1;
	if ((f = snap_folder_of(s, folder)) == NULL)
		return 0;
	if ((st = snap_prepare(s, text, err)) == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, f->n);
	if ((*out = malloc(sizeof(**out))) == NULL)
		ex_diag_oom();
	**out = (struct ex_snap_ids){ s, st };
	return 0;
}

int
ex_snap_ids_next(struct ex_snap_ids *ids, struct ex_str *id,
    struct ex_err *err)
{
	int got = snap_step(ids->s, ids->st, err);

	if (got == 1)
		*id = snap_col_here(ids->st, 0);
	return got;
}

void
ex_snap_ids_close(struct ex_snap_ids *ids)
{
	if (ids == NULL)
		return;
	sqlite3_finalize(ids->st);
	free(ids);
}
