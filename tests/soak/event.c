/*
 * event.c: what users do with events only: overrides, times, meetings
 *
 * A recurring event has nine days; an override is of the second to the
 * ninth.  What leaves no value that is nowhere else (a value put in another
 * place, an override taken away, or one whose value the store drops, a time)
 * makes the thing `blind`: who deletes it then may not have seen that.
 */
#include <stdio.h>
#include <string.h>

#include <ex/err.h>
#include <ex/json.h>

#include "edit.h"

bool
soak_recurs(const struct world *w, unsigned thing)
{
	return w->s->kind == EVENTS && thing % 3 != 0;
}

/* The nth override, counted round; NULL: there is none. */
static struct ex_comp *
override(const struct edit *e, unsigned nth)
{
	const struct ex_comp *root = e->item.root;
	unsigned n = 0, k = 0;
	size_t i;

	for (i = 0; i < root->ncomp; i++)
		n += ex_comp_prop(root->comp[i], "recurrence-id") != NULL;
	for (i = 0; n > 0 && i < root->ncomp; i++)
		if (ex_comp_prop(root->comp[i], "recurrence-id") != NULL &&
		    k++ == nth % n)
			return root->comp[i];
	return NULL;
}

struct ex_comp *
edit_part(const struct edit *e)
{
	struct ex_comp *c = NULL;

	if (e->w->s->kind == EVENTS && (e->step->arg >> 12 & 2) != 0)
		c = override(e, e->step->other);
	return c != NULL ? c : e->comp;
}

static void
put(struct edit *e, struct ex_comp *c, const char *name, const char *type,
    struct ex_str text)
{
	ex_comp_add_prop(&e->m->a, c, ex_prop_new(&e->m->a, ex_str_of(name),
	    ex_str_of(type), ex_json_text(&e->m->a, text)));
}

static void
drop_named(struct ex_comp *c, const char *name)
{
	struct ex_prop *p = ex_comp_prop(c, name);

	if (p != NULL)
		edit_drop(c, p);
}

static bool
add_override(struct edit *e)
{
	unsigned day = 6 + e->step->other % 8;
	struct ex_arena *a = &e->m->a;
	struct ex_str id = ex_arena_fmt(a, "2026-01-%02uT10:00:00", day);
	struct ex_comp *c, *old;
	unsigned i;

	for (i = 0; (old = override(e, i)) != NULL && i < 9; i++)
		if (ex_str_eq(ex_prop_text(ex_comp_prop(old,
		    "recurrence-id")), id))
			return false;
	c = ex_comp_new(a, EX_STR("vevent"));
	if (e->item.uid.p != NULL)
		put(e, c, "uid", "text", e->item.uid);
	put(e, c, "dtstamp", "date-time", EX_STR("2026-01-01T00:00:00Z"));
	put(e, c, "recurrence-id", "date-time", id);
	put(e, c, "dtstart", "date-time", id);
	put(e, c, "dtend", "date-time", ex_arena_fmt(a,
	    "2026-01-%02uT11:00:00", day));
	edit_put(e, c, soak_single[EVENTS][0], 0);
	ex_comp_add_comp(a, e->item.root, c);
	return true;
}

/* What a store has dropped from it nobody sees go. */
static void
bury_dropped(struct edit *e)
{
	const struct setting *s = e->w->s;
	unsigned f = e->step->folder, t;

	for (t = 0; t < TOKENS; t++)
		if ((s->quirk[f] & Q_DROP) != 0 && e->w->token[t].thing ==
		    e->step->thing && e->w->token[t].prop == s->drop[f])
			e->w->token[t].dead = true;
}

static bool
remove_override(struct edit *e)
{
	struct ex_comp *root = e->item.root, *c = override(e, e->step->other);
	size_t i, n = 0;

	if (c == NULL)
		return false;
	for (i = 0; i < c->nprop; i++)
		edit_replaced(e, c->prop[i]);
	if (e->w->s->access[e->step->folder] != WO)
		bury_dropped(e);
	for (i = 0; i < root->ncomp; i++)
		if (root->comp[i] != c)
			root->comp[n++] = root->comp[i];
	root->ncomp = n;
	return true;
}

/* The master's value and the override's change places. */
static bool
exchange(struct edit *e)
{
	const char *name = soak_single[EVENTS][e->step->arg % SINGLES];
	struct ex_comp *c = override(e, e->step->other);
	struct ex_prop *x, *y;
	struct ex_json *v;

	if (c == NULL || (x = ex_comp_prop(c, name)) == NULL ||
	    (y = ex_comp_prop(e->comp, name)) == NULL)
		return false;
	v = x->value;
	x->value = y->value;
	y->value = v;
	return true;
}

/* The begin or the end moves; what both are then is a pair of its own. */
static bool
move_time(struct edit *e)
{
	struct ex_comp *c = edit_part(e);
	unsigned m = 1 + e->step->number % 59, i;
	bool end = (e->step->arg >> 8 & 1) != 0;
	const char *name = end ? "dtend" : "dtstart";
	struct ex_prop *p = ex_comp_prop(c, name);
	struct ex_str old;
	struct world *w = e->w;

	if (p == NULL || (c == e->comp && soak_recurs(w, e->step->thing)))
		return false;
	old = ex_prop_text(p);
	edit_drop(c, p);
	put(e, c, name, "date-time", ex_arena_fmt(&e->m->a, "%.*sT%s:%02u:00",
	    10, old.p, end ? "11" : "09", m));
	i = w->ntime++ % TIMES;
	w->time_of[i] = e->step->thing;
	soak_time(c, w->time[i]);
	return true;
}

void
soak_time(const struct ex_comp *c, char text[12])
{
	struct ex_str from = ex_prop_text(ex_comp_prop(c, "dtstart"));
	struct ex_str to = ex_prop_text(ex_comp_prop(c, "dtend"));

	text[0] = '\0';
	if (from.n == 19 && to.n == 19)
		snprintf(text, 12, "%.5s-%.5s", from.p + 11, to.p + 11);
}

/* Others take part, or no longer. */
static bool
turn_meeting(struct edit *e)
{
	if (ex_comp_prop(e->comp, "attendee") != NULL)
		drop_named(e->comp, "attendee");
	else
		put(e, e->comp, "attendee", "cal-address",
		    EX_STR("mailto:a@example.org"));
	return true;
}

static bool
turn_private(struct edit *e)
{
	if (ex_comp_prop(e->comp, "class") != NULL)
		drop_named(e->comp, "class");
	else
		put(e, e->comp, "class", "text", EX_STR("PRIVATE"));
	return true;
}

static bool
change(struct edit *e)
{
	switch (e->step->op) {
	case OP_OVERRIDE:
		return soak_recurs(e->w, e->step->thing) && add_override(e);
	case OP_SINGLE_OUT:
		return remove_override(e);
	case OP_EXCHANGE:
		return exchange(e);
	case OP_TIME:
		return move_time(e);
	case OP_MEETING:
		return turn_meeting(e);
	case OP_PRIVATE:
		return turn_private(e);
	default:
		return false;
	}
}

/* Has the store dropped the one value of a new override? */
static bool
is_bare(const struct world *w, const struct step *step)
{
	return (w->s->quirk[step->folder] & Q_DROP) != 0 &&
	    w->s->drop[step->folder] == 0;
}

void
edit_event(struct world *w, const struct step *step)
{
	struct thing *t = &w->thing[step->thing];
	struct edit e;

	if (w->s->kind != EVENTS || !edit_begin(&e, w, step))
		return;
	if (!change(&e)) {
		soak_close(e.m, false);
		return;
	}
	edit_end(&e);
	t->blind |= step->op != OP_OVERRIDE || is_bare(w, step);
}

/* Has a user set that, in this item or in one that it may be a copy of? */
static bool
is_set(const struct world *w, const char *is, const struct ex_mem_item *at)
{
	const struct thing *t;
	unsigned i;

	for (i = 0; i < w->ntime && i < TIMES; i++) {
		t = &w->thing[w->time_of[i]];
		if (strcmp(is, w->time[i]) == 0 && (t->copied ||
		    soak_has(at->data, soak_identity(w->time_of[i]))))
			return true;
	}
	return strcmp(is, "10:00-11:00") == 0;
}

int
soak_check_times(struct world *w, struct ex_mem *m, unsigned f)
{
	struct ex_item item;
	struct ex_err err;
	char is[12];
	size_t i, k;

	for (i = 0; w->s->kind == EVENTS && i < m->n; i++) {
		if (ex_item_parse(m->item[i].data, &m->a, &item,
		    &err) == -1)
			return soak_fail(w, "%s", err.msg);
		for (k = 0; k < item.root->ncomp; k++) {
			soak_time(item.root->comp[k], is);
			if (!is_set(w, is, &m->item[i]))
				return soak_fail(w, "P2: %s in f%u: nobody "
				    "set that", is, f);
		}
	}
	return 0;
}
