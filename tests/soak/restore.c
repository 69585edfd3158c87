/*
 * restore.c: what was deleted comes back, out of a folder's trash
 *
 * When a user deletes an item in one folder, what the others have of it
 * then is in their trashes: as it was, or as it was before the last edits.
 * A user puts that back, under its UID, its mark and its id, or another id.
 *
 * Where the ring knows that it was gone there it is a new item, and must
 * stay with all that is in it.  Else it has never been away, and what others
 * did to theirs counts.  (So it does where a run had deleted it there, and
 * was killed before it could say so: nobody can tell, ring.md, P7.)
 */
#include <ex/diag.h>

#include "edit.h"

void
soak_trash(struct world *w, unsigned thing)
{
	const struct ex_mem_item *at;
	struct trash *t;
	struct ex_mem *m;
	unsigned f;

	for (f = 0; f < w->s->nfolder; f++) {
		m = soak_open(f);
		t = &w->trash[thing][f];
		if ((at = soak_copy(m, thing)) != NULL && at->bad == 0) {
			t->id = ex_arena_str(&w->attic, at->id);
			t->mark = ex_arena_str(&w->attic, at->mark);
			t->data = ex_arena_str(&w->attic, at->data);
		}
		soak_close(m, false);
	}
}

/* Folders that have a copy. */
static unsigned
copies(const struct world *w, unsigned thing)
{
	struct ex_mem *m;
	unsigned f, n = 0;

	for (f = 0; f < w->s->nfolder; f++) {
		m = soak_open(f);
		n += !soak_is_out(w->s, f) && soak_copy(m, thing) != NULL;
		soak_close(m, false);
	}
	return n;
}

/*
 * What nobody can know again by its UID comes back only where it is gone
 * from all folders, and no plan may still bring it.
 */
static bool
may_come(const struct world *w, unsigned f, unsigned thing)
{
	const struct thing *t = &w->thing[thing];

	if (w->trash[thing][f].data.p == NULL || w->s->access[f] == WO)
		return false;
	return (!t->nouid && !t->equal && !t->split && !t->copied &&
	    (w->s->quirk[f] & Q_NOUID) == 0) ||
	    (!w->planned && copies(w, thing) == 0);
}

/* The first that lies there and not in the folder; THINGS: none. */
static unsigned
pick(const struct world *w, const struct step *step, struct ex_mem *m)
{
	unsigned i, thing;

	for (i = 0; i < THINGS; i++) {
		thing = (step->thing + i) % THINGS;
		if (soak_copy(m, thing) == NULL &&
		    may_come(w, step->folder, thing))
			return thing;
	}
	return THINGS;
}

/* Have all other folders that value? */
static bool
is_everywhere(const struct world *w, unsigned but, unsigned thing,
    unsigned token)
{
	const struct ex_mem_item *at;
	bool all = true;
	struct ex_mem *m;
	unsigned f;

	for (f = 0; f < w->s->nfolder && all; f++) {
		if (f == but || soak_is_out(w->s, f))
			continue;
		m = soak_open(f);
		at = soak_copy(m, thing);
		all = at != NULL && soak_has(at->data, token);
		soak_close(m, false);
	}
	return all;
}

/* Its values count again, but for those that edits did away with. */
static void
revive(struct world *w, unsigned f, unsigned thing)
{
	const struct trash *t = &w->trash[thing][f];
	bool known = !soak_is_bound(f, t->id);
	unsigned i;

	for (i = 0; i < TOKENS; i++)
		if (w->token[i].made && w->token[i].deleted &&
		    soak_has(t->data, i) &&
		    (known || is_everywhere(w, f, thing, i)))
			w->token[i].dead = w->token[i].deleted = false;
}

void
soak_restore(struct world *w, const struct step *step)
{
	struct ex_mem *m = soak_open(step->folder);
	unsigned thing = pick(w, step, m), i;
	struct ex_item item;
	struct trash *t;
	struct ex_err err;

	if (thing < THINGS) {
		t = &w->trash[thing][step->folder];
		if (ex_item_parse(t->data, &m->a, &item, &err) == -1)
			ex_die_err(&err);
		revive(w, step->folder, thing);
		/* Its id may be another's now. */
		edit_keep(m, &item, (step->arg & 1) != 0 &&
		    ex_mem_find(m, t->id) == NULL ? t->id :
		    ex_arena_fmt(&m->a, "b%u", step->number), t->mark);
		w->thing[thing].must_go = false;
		w->thing[thing].nouid |= (w->s->quirk[step->folder] &
		    Q_NOUID) != 0;
		for (i = 0; i < 2; i++)
			w->thing[thing].mixed[i] = true;
	}
	soak_close(m, thing < THINGS);
}
