/*
 * empty.c: a folder is emptied, and a guard must stop that
 *
 * Without -d all nothing is written, nor taken over; with it the run goes
 * on as any other.
 */
#include "soak.h"

static size_t
items(unsigned folder)
{
	struct ex_mem *m = soak_open(folder);
	size_t n = m->n;

	soak_close(m, false);
	return n;
}

/* A thing may be there more than once: a second copy, a version that lost. */
static void
delete_all(struct world *w, const struct step *step)
{
	struct step one = *step;

	one.op = OP_DELETE;
	while (items(step->folder) > 0)
		for (one.thing = 0; one.thing < THINGS; one.thing++)
			soak_user(w, &one);
}

int
soak_empty(struct world *w, const struct step *step)
{
	size_t before;
	int got;

	if (w->s->access[step->folder] != RW || w->programs != NULL)
		return 0;
	soak_calm(w);
	w->kill_pending = false;
	if (soak_run(w, ~0u, 0) == -1)
		return -1;
	if (soak_bound(step->folder) < 2)
		return 0;
	delete_all(w, step);
	before = soak_writes(w);
	if (soak_fetch(w, ~0u) == -1)
		return -1;
	got = soak_push_guarded();
	if (got != 2 || soak_generation() != w->generation ||
	    soak_writes(w) != before)
		return soak_fail(w, "guard: f%u was emptied: status %d",
		    step->folder, got);
	return soak_push(w, 0);
}
