/*
 * merge.c: what becomes of an entry, over all its folders together
 *
 *	E	folders with a delta, or with a new item
 *	D	folders that had it and lost it, seen whole: none, one whose
 *		base was the master (agreed), only others (stale)
 *	U	folders of which nothing is known
 *	M	the master: none (a new entry), an item, a tombstone
 *
 * The table `decide` has a row for each combination; U never changes what
 * an item or a tombstone becomes, but nothing is written there, and a new
 * entry is not given up while it may be in one.
 *
 * (1) Swapping folders changes nothing but their names in the plan.
 * (2) Without E and D the result is M, and only what is owed is written.
 * (3) With one editor that had seen M the result is its version, in the
 *     form that M has.
 * (4) An item is deleted only if someone deleted what all last agreed on,
 *     or (delete-wins) if the ring file says so.
 * (5) No op in U, none to a read-only folder, none that was refused, none
 *     where the base is the result.
 */
#include <string.h>

#include <ex/err.h>
#include <ex/json.h>
#include <ex/plan.h>
#include <ex/rule.h>

#include "mergepriv.h"

enum row_e { E_NONE, E_SOME };
enum row_d { D_NONE, D_AGREED, D_STALE };
enum row_u { U_NONE, U_SOME };
enum row_m { M_NONE, M_ITEM, M_GONE };

enum action {
	KEEP = 1,	/* the master stays */
	KEEP_SAID,	/* and a deletion met an edit it had not seen */
	DELETE,		/* a tombstone */
	MERGE,		/* the deltas on the master */
	MERGE_SAID,	/* and an edit met a deletion: delete-wins asked */
	LEAVE		/* nothing is known that could be written */
};

static const enum action decide[3][2][3][2] = {
	[M_NONE][E_NONE][D_NONE][U_NONE] = DELETE,
	[M_NONE][E_NONE][D_NONE][U_SOME] = LEAVE,
	[M_NONE][E_NONE][D_AGREED][U_NONE] = DELETE,
	[M_NONE][E_NONE][D_AGREED][U_SOME] = LEAVE,
	[M_NONE][E_NONE][D_STALE][U_NONE] = DELETE,
	[M_NONE][E_NONE][D_STALE][U_SOME] = LEAVE,
	[M_NONE][E_SOME][D_NONE][U_NONE] = MERGE,
	[M_NONE][E_SOME][D_NONE][U_SOME] = MERGE,
	[M_NONE][E_SOME][D_AGREED][U_NONE] = MERGE_SAID,
	[M_NONE][E_SOME][D_AGREED][U_SOME] = MERGE_SAID,
	[M_NONE][E_SOME][D_STALE][U_NONE] = MERGE_SAID,
	[M_NONE][E_SOME][D_STALE][U_SOME] = MERGE_SAID,
	[M_ITEM][E_NONE][D_NONE][U_NONE] = KEEP,
	[M_ITEM][E_NONE][D_NONE][U_SOME] = KEEP,
	[M_ITEM][E_NONE][D_AGREED][U_NONE] = DELETE,
	[M_ITEM][E_NONE][D_AGREED][U_SOME] = DELETE,
	[M_ITEM][E_NONE][D_STALE][U_NONE] = KEEP_SAID,
	[M_ITEM][E_NONE][D_STALE][U_SOME] = KEEP_SAID,
	[M_ITEM][E_SOME][D_NONE][U_NONE] = MERGE,
	[M_ITEM][E_SOME][D_NONE][U_SOME] = MERGE,
	[M_ITEM][E_SOME][D_AGREED][U_NONE] = MERGE_SAID,
	[M_ITEM][E_SOME][D_AGREED][U_SOME] = MERGE_SAID,
	[M_ITEM][E_SOME][D_STALE][U_NONE] = MERGE_SAID,
	[M_ITEM][E_SOME][D_STALE][U_SOME] = MERGE_SAID,
	[M_GONE][E_NONE][D_NONE][U_NONE] = DELETE,
	[M_GONE][E_NONE][D_NONE][U_SOME] = DELETE,
	[M_GONE][E_NONE][D_AGREED][U_NONE] = DELETE,
	[M_GONE][E_NONE][D_AGREED][U_SOME] = DELETE,
	[M_GONE][E_NONE][D_STALE][U_NONE] = DELETE,
	[M_GONE][E_NONE][D_STALE][U_SOME] = DELETE,
	[M_GONE][E_SOME][D_NONE][U_NONE] = MERGE_SAID,
	[M_GONE][E_SOME][D_NONE][U_SOME] = MERGE_SAID,
	[M_GONE][E_SOME][D_AGREED][U_NONE] = MERGE_SAID,
	[M_GONE][E_SOME][D_AGREED][U_SOME] = MERGE_SAID,
	[M_GONE][E_SOME][D_STALE][U_NONE] = MERGE_SAID,
	[M_GONE][E_SOME][D_STALE][U_SOME] = MERGE_SAID,
};

struct row {
	enum row_e e;
	enum row_d d;
	enum row_u u;
	enum row_m m;
};

static bool
is_bound(const struct merge_side *s)
{
	switch (s->is) {
	case MERGE_SAME:
	case MERGE_EDITED:
	case MERGE_NEW:
	case MERGE_BEHIND:
		return s->id.p != NULL;
	case MERGE_GONE:
	case MERGE_ABSENT:
	case MERGE_UNKNOWN:
		break;
	}
	return false;
}

/* Bound for the first time in a target that does not repair: as edited. */
static bool
is_left_as_is(const struct merge_side *s)
{
	return s->is == MERGE_NEW && !s->f->reads && !s->f->repair;
}

/* Gone from a target that does not repair: left out until M changes. */
static bool
is_left_out(const struct merge_line *l, const struct merge_side *s)
{
	switch (s->is) {
	case MERGE_GONE:
		return !l->gone && s->f != NULL && !s->f->reads &&
		    !s->f->repair;
	case MERGE_SAME:
	case MERGE_BEHIND:
		return !l->gone && s->id.p == NULL;
	case MERGE_EDITED:
	case MERGE_NEW:
	case MERGE_ABSENT:
	case MERGE_UNKNOWN:
		break;
	}
	return false;
}

static int
row_of(struct merge *m, struct merge_line *l, struct row *row,
    struct ex_err *err)
{
	struct merge_side *s;
	size_t i;

	memset(row, 0, sizeof(*row));
	row->m = l->master != NULL ? M_ITEM : l->gone ? M_GONE : M_NONE;
	for (i = 0; i < l->nside; i++) {
		s = &l->side[i];
		s->left_out = is_left_out(l, s);
		if (s->d != NULL && (EX_RULE("edit-wins") || !l->gone))
			row->e = E_SOME;
		if (s->is == MERGE_UNKNOWN)
			row->u = U_SOME;
		/* bound, but nobody has said to what: as good as unknown */
		if (row->m == M_NONE && s->d == NULL && is_bound(s) &&
		    s->f->reads)
			row->u = U_SOME;
		if (s->is != MERGE_GONE || !s->f->reads)
			continue;
		if (merge_equal(m, l, s->base, l->master, &s->agreed,
		    err) == -1)
			return -1;
		if (s->agreed || !EX_RULE("stale-deletion"))
			row->d = D_AGREED;
		else if (row->d == D_NONE)
			row->d = D_STALE;
	}
	return 0;
}

static void
say_item(struct merge_line *l, const char *why, struct ex_str won)
{
	l->item_why = ex_str_of(why);
	l->item_won = won;
	l->item_base = l->master;
	l->master_won = won.p == NULL;
}

/* A new item under an old UID is no answer to the deletion. */
static bool
answers(const struct merge_line *l)
{
	size_t i;

	for (i = 0; i < l->nside; i++)
		if (l->side[i].is == MERGE_GONE || (l->side[i].d != NULL &&
		    l->side[i].is == MERGE_EDITED && l->gone))
			return true;
	return false;
}

static int
edit_and_delete(struct merge *m, struct merge_line *l, struct ex_err *err)
{
	size_t i;

	if (!answers(l))
		return merge_fold(m, l, err);
	if (m->delete_wins || !EX_RULE("edit-wins")) {
		if (EX_RULE("edit-wins"))
			say_item(l, "deleted", EX_STR_NONE);
		l->result = NULL;
		l->master_won = false;
		return 0;
	}
	if (merge_fold(m, l, err) == -1)
		return -1;
	if (l->left || l->item_why.p != NULL)
		return 0;
	say_item(l, "edited", EX_STR_NONE);
	l->master_won = false;
	for (i = 0; i < l->nside && l->side[i].d == NULL; i++)
		;
	if (i < l->nside)
		l->item_won = l->side[i].name;
	return 0;
}

static int
act(struct merge *m, struct merge_line *l, enum action what,
    struct ex_err *err)
{
	switch (what) {
	case KEEP:
		l->result = l->master;
		return 0;
	case KEEP_SAID:
		if (m->delete_wins) {
			say_item(l, "deleted", EX_STR_NONE);
			l->result = NULL;
			l->master_won = false;
			return 0;
		}
		say_item(l, "edited", EX_STR_NONE);
		l->result = l->master;
		return 0;
	case DELETE:
		l->result = NULL;
		return 0;
	case MERGE:
		return merge_fold(m, l, err);
	case MERGE_SAID:
		return edit_and_delete(m, l, err);
	case LEAVE:
		l->left = true;
		return 0;
	}
	return ex_err_set(err, EX_ERR_INPUT, "%.*s: uid %.*s: no decision",
	    EX_STR_ARG(l->place), EX_STR_ARG(l->uid));
}

static void
owe(struct merge *m, struct merge_line *l, enum ex_write_op op,
    struct merge_side *s)
{
	struct merge_op *o;

	o = &l->op[l->nop++];
	o->op = op;
	o->side = s;
	s->f->op[op]++;
	if (op == EX_WRITE_CREATE)
		o->name = ex_plan_name(m->hash, &m->a, m->ring_id,
		    m->generation, s->name, l->uid);
}

static int
owe_side(struct merge *m, struct merge_line *l, struct merge_side *s,
    struct ex_err *err)
{
	bool equal;

	if ((s->is == MERGE_UNKNOWN && EX_RULE("unknown")) ||
	    s->f == NULL || !s->f->writes)
		return 0;
	if (l->result == NULL) {
		if (is_bound(s))
			owe(m, l, EX_WRITE_DELETE, s);
		return 0;
	}
	if (s->refused.p != NULL) {
		if (merge_item(m, l, l->result, err) == -1)
			return -1;
		if (ex_str_eq(s->refused, merge_hash(m, l->result)))
			return 0;
	}
	if (!is_bound(s) && !s->left_out) {
		owe(m, l, EX_WRITE_CREATE, s);
		return 0;
	}
	if (merge_equal(m, l, s->after, l->result, &equal, err) == -1)
		return -1;
	if (!equal)
		owe(m, l, is_bound(s) ? EX_WRITE_UPDATE : EX_WRITE_CREATE, s);
	return 0;
}

int
merge_decide(struct merge *m, struct merge_line *l, struct ex_err *err)
{
	struct row row;
	size_t i;

	if (merge_deltas(m, l, err) == -1 || row_of(m, l, &row, err) == -1 ||
	    act(m, l, decide[row.m][row.e][row.d][row.u], err) == -1)
		return -1;
	if (l->left)
		return 0;
	l->op = ex_arena_array(&m->a, l->nside, sizeof(*l->op));
	for (i = 0; i < l->nside; i++) {
		if (l->result != NULL && is_left_as_is(&l->side[i]))
			l->side[i].after = l->result;
		if (owe_side(m, l, &l->side[i], err) == -1)
			return -1;
	}
	return 0;
}
