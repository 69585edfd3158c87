/*
 * delta.c: what changed between two versions of an item, and back
 */
#include <ex/arena.h>
#include <ex/canon.h>
#include <ex/change.h>
#include <ex/delta.h>
#include <ex/member.h>

struct ex_delta *
ex_delta_make(struct ex_canon *c, struct ex_arena *a,
    const struct ex_item *from, const struct ex_item *to)
{
	struct ex_flat *f[2];

	f[0] = ex_flat_make(c, a, from);
	f[1] = ex_flat_make(c, a, to);
	f[1]->rank = 1;
	ex_flat_level(f, 2);
	return ex_delta_flat(a, f[0], f[1]);
}

bool
ex_delta_empty(const struct ex_delta *d)
{
	return d->nchange == 0 && d->ngone == 0 && d->ncame == 0;
}

const struct ex_item *
ex_delta_apply(struct ex_canon *c, struct ex_arena *a,
    const struct ex_item *item, const struct ex_delta *d)
{
	struct ex_flat *f[3];

	f[0] = ex_flat_make(c, a, item);
	f[1] = d->from;
	f[2] = d->to;
	if (ex_flat_level(f, 3) > 0)
		d = ex_delta_flat(a, f[1], f[2]);
	return ex_change_item(c, a, f[0], d);
}
