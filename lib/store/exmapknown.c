/*
 * exmapknown.c: the occurrences of a series that the server has changed
 */
#include <stdlib.h>

#include <ex/arena.h>

#include "exmap.h"

static int
by_start(const void *a, const void *b)
{
	const struct ex_exmap_occ *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

void
ex_exmap_known_add(struct ex_exmap_known *k, struct ex_str start,
    struct ex_str id, struct ex_str etag, struct ex_arena *a)
{
	struct ex_exchange_time t;

	if (!ex_exchange_time(start, &t))
		return;
	k->v = ex_arena_grow(a, k->v, k->n, sizeof(*k->v));
	k->v[k->n++] = (struct ex_exmap_occ){ t.sec, ex_arena_str(a, id),
	    ex_arena_str(a, etag) };
}

void
ex_exmap_known_sort(struct ex_exmap_known *k)
{
	if (k->n > 1)
		qsort(k->v, k->n, sizeof(*k->v), by_start);
}

const struct ex_exmap_occ *
ex_exmap_known_find(const struct ex_exmap_known *k, struct ex_str start)
{
	struct ex_exmap_occ key = { .start = 0 };
	struct ex_exchange_time t;

	if (k->n == 0 || !ex_exchange_time(start, &t))
		return NULL;
	key.start = t.sec;
	return bsearch(&key, k->v, k->n, sizeof(key), by_start);
}
