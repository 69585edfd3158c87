/*
 * turn.c: the ring itself changes between runs
 *
 *	scope	meetings or private items take part from now on, or do not
 *	join	a folder comes, an empty one; or one that has left comes back
 *	leave	a folder goes (exring leave); nothing is written to it then
 *	name	a folder has another name (exring rename)
 *	move	a folder is another store: moved as it is, or all ids are
 *		new (exring relink); or nobody has said so
 *
 * What a folder that leaves, comes back or moves has not told yet of its
 * deletions is told by nobody: the items may come again, and what was
 * removed from a set.  A folder without UIDs is moved as it is only, and
 * stays away: nobody can say what its items are.  So does one with an item
 * that cannot be read and bears no UID; moved it may be.
 */
#include <stdlib.h>

#include <ex/diag.h>
#include <ex/settle.h>
#include <ex/snapshot.h>

#include "soak.h"

/* Has it what cannot be known again under another id, nor be read? */
static bool
is_unread(unsigned folder)
{
	struct ex_mem *m = soak_open(folder);
	bool any = false;
	size_t i;

	for (i = 0; i < m->n; i++)
		any |= m->item[i].bad == 2;
	soak_close(m, false);
	return any;
}

static bool
is_nameless(const struct world *w, unsigned folder)
{
	return (w->s->quirk[folder] & Q_NOUID) != 0;
}

/* Deletions, and removals from sets, may be undone. */
static void
forget(struct world *w)
{
	unsigned t, i;

	for (t = 0; t < THINGS; t++) {
		w->thing[t].must_go = false;
		for (i = 0; i < 2; i++)
			w->thing[t].mixed[i] = true;
	}
}

static void
join(struct world *w, const struct step *step)
{
	struct setting *s = w->s;
	unsigned f = s->nfolder;

	if (s->out != 0) {
		for (f = 0; !soak_is_out(s, f); f++)
			;
		if (is_nameless(w, f) || is_unread(f) || s->access[f] != RW)
			return;
		s->out &= ~(1u << f);
		forget(w);
	} else if (f < FOLDERS) {
		s->nfolder++;
		s->quirk[f] = step->arg & (Q_DROP | Q_UPPER | Q_NOREV |
		    Q_RENAME | Q_TOKEN);
		s->drop[f] = step->other % (SINGLES + 2);
		s->order[f] = f;
		soak_store(s, f);
	}
}

/* The first two stay: one that reads, and another that writes. */
static void
leave(struct world *w, unsigned f, struct ex_snap *s)
{
	struct ex_err err;

	if (f < 2)
		return;
	if (ex_settle_leave(s, soak_name(w->s, f), &err) == -1) {
		soak_fail(w, "leave: %s", err.msg);
		return;
	}
	w->s->out |= 1u << f;
	forget(w);
}

static void
rename_folder(struct world *w, unsigned f, struct ex_snap *s)
{
	struct ex_str was = soak_name(w->s, f), is;
	struct ex_err err;

	w->s->letter[f] ^= 'f' ^ 'g';
	is = soak_name(w->s, f);
	if (ex_settle_rename(s, was, is, &err) == -1)
		soak_fail(w, "rename: %s", err.msg);
}

/* The same items in the same order, and all ids are new. */
static void
new_ids(struct world *w, unsigned f, unsigned number)
{
	struct ex_mem *m = soak_open(f);
	struct ex_mem_item *item;
	size_t n = m->n, i;
	struct ex_str was;
	unsigned t;

	item = ex_arena_array(&m->a, n + 1, sizeof(*item));
	for (i = 0; i < n; i++)
		item[i] = m->item[i];
	m->n = m->ngrave = 0;
	for (i = 0; i < n; i++) {
		was = item[i].id;
		item[i].id = ex_arena_fmt(&m->a, "v%u-%zu", number, i);
		for (t = 0; t < THINGS; t++)
			if (ex_str_eq(w->trash[t][f].id, was))
				w->trash[t][f].id = ex_arena_str(&w->attic,
				    item[i].id);
		item[i].rev = m->serial + 1;
		item[i].born = 0;
		ex_mem_put(m, &item[i]);
	}
	soak_close(m, true);
}

static void
move(struct world *w, const struct step *step, struct ex_snap *s)
{
	unsigned f = step->folder, how = step->arg % 3;
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_err err;
	int got = 0;

	if (how > 0 && is_nameless(w, f))
		how = 0;
	w->s->moved[f]++;
	if (how > 0) {
		new_ids(w, f, step->number);
		forget(w);
	}
	/* The second: without a word. */
	if (how < 2)
		got = ex_settle_relink(s, soak_name(w->s, f), how == 0 ?
		    soak_operand(w->s, f, &a) : EX_STR_NONE, &err);
	if (got == -1)
		soak_fail(w, "relink: %s", err.msg);
	ex_arena_free(&a);
}

static void
turn(struct world *w, const struct step *step)
{
	struct ex_snap *s = NULL;
	struct ex_err err;

	if (step->op == OP_SCOPE) {
		w->s->scope[step->folder] ^= 1 + step->arg % 3;
		/* Who hides it has not deleted it, nor seen what comes. */
		forget(w);
	} else if (step->op == OP_JOIN) {
		join(w, step);
	} else if (ex_snap_open(&s, "ring.snap", EX_SNAP_WRITE, &err) == -1) {
		soak_fail(w, "turn: %s", err.msg);
	} else if (step->op == OP_LEAVE) {
		leave(w, step->folder, s);
	} else if (step->op == OP_NAME) {
		rename_folder(w, step->folder, s);
	} else {
		move(w, step, s);
	}
	if (s != NULL)
		ex_snap_close(s);
}

void
soak_turn(struct world *w, const struct step *step)
{
	if (soak_generation() == 0 || soak_is_out(w->s, step->folder))
		return;
	turn(w, step);
	/* A plan made under another ring file is refused. */
	w->turned |= soak_conf(w->s);
}
