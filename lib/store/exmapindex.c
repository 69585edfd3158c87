/*
 * exmapindex.c: numbers by two texts, so that nothing is looked for in lists
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/sum.h>

#include "exmap.h"

struct ex_exmap_cell {
	struct ex_str at, slot;
	size_t value;
	bool taken;
};

enum { FIRST = 64 };

static struct ex_exmap_cell *
cell_of(const struct ex_exmap_index *x, struct ex_str at, struct ex_str slot)
{
	size_t i = (size_t)(ex_sum_of(at.p, at.n).lo ^
	    ex_sum_of(slot.p, slot.n).hi) & (x->size - 1);

	while (x->v[i].taken && !(ex_str_eq(x->v[i].at, at) &&
	    ex_str_eq(x->v[i].slot, slot)))
		i = (i + 1) & (x->size - 1);
	return &x->v[i];
}

static void
grow(struct ex_exmap_index *x)
{
	struct ex_exmap_index old = *x;
	size_t i;

	x->size = old.size == 0 ? FIRST : 2 * old.size;
	x->v = ex_arena_array(x->a, x->size, sizeof(*x->v));
	for (i = 0; i < old.size; i++)
		if (old.v[i].taken)
			*cell_of(x, old.v[i].at, old.v[i].slot) = old.v[i];
}

size_t *
ex_exmap_index_at(struct ex_exmap_index *x, struct ex_str at,
    struct ex_str slot)
{
	struct ex_exmap_cell *c;

	if (2 * x->n >= x->size)
		grow(x);
	c = cell_of(x, at, slot);
	if (!c->taken) {
		*c = (struct ex_exmap_cell){ at, slot, 0, true };
		x->n++;
	}
	return &c->value;
}
