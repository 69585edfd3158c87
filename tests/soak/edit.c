/*
 * edit.c: a copy of an item while a user edits it
 */
#include <string.h>

#include <ex/diag.h>
#include <ex/json.h>

#include "edit.h"

unsigned
soak_identity(unsigned thing)
{
	return thing;
}

unsigned
edit_token(struct world *w, const struct step *step, unsigned thing,
    unsigned nth, unsigned prop)
{
	unsigned t = THINGS + step->number * 8 + nth;

	w->token[t] = (struct token){ .thing = thing, .prop = prop,
	    .made = true, .dead = w->s->access[step->folder] == WO };
	return t;
}

void
edit_bury(struct world *w, struct ex_str text)
{
	unsigned t;

	for (t = 0; t < TOKENS; t++)
		if (w->token[t].made && soak_has(text, t)) {
			w->token[t].dead = true;
			w->token[t].deleted = false;
		}
}

void
edit_unwritten(struct world *w, struct ex_str data, unsigned token)
{
	if (!soak_has(data, token))
		w->token[token].dead = true;
}

struct ex_str
edit_stamp(struct ex_arena *a, const struct step *step)
{
	return ex_arena_fmt(a, "2026-01-01T00:%02u:00Z", step->number % 60);
}

struct ex_mem_item *
edit_keep(struct ex_mem *m, const struct ex_item *item, struct ex_str id,
    struct ex_str mark)
{
	struct ex_item made;
	struct ex_mem_item new = { .rev = m->serial + 1, .id = id,
	    .mark = mark, .kind = item->kind };

	new.data = ex_mem_make(m, item, &m->a, &made);
	new.uid = ex_arena_str(&m->a, made.uid);
	return ex_mem_put(m, &new);
}

bool
edit_begin(struct edit *e, struct world *w, const struct step *step)
{
	const struct ex_comp *root;
	struct ex_err err;
	size_t i;

	e->w = w;
	e->step = step;
	e->m = soak_open(step->folder);
	e->at = soak_copy(e->m, step->thing);
	/* What cannot be read has an id nevertheless. */
	if (e->at == NULL || (e->at->bad > 0 && step->op != OP_DELETE &&
	    step->op != OP_RENAME && step->op != OP_SWAP)) {
		soak_close(e->m, false);
		return false;
	}
	if (ex_item_parse(e->at->data, &e->m->a, &e->item, &err) == -1)
		ex_die_err(&err);
	root = e->comp = e->item.root;
	for (i = root->ncomp; i-- > 0;)
		if (ex_str_is(root->comp[i]->name, "vtodo") ||
		    (ex_str_is(root->comp[i]->name, "vevent") &&
		    ex_comp_prop(root->comp[i], "recurrence-id") == NULL))
			e->comp = root->comp[i];
	return true;
}

void
edit_drop(struct ex_comp *c, const struct ex_prop *p)
{
	size_t i, n = 0;

	for (i = 0; i < c->nprop; i++)
		if (c->prop[i] != p)
			c->prop[n++] = c->prop[i];
	c->nprop = n;
}

/* The text of a property's values. */
static struct ex_str
text_of(const struct ex_prop *p, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	const struct ex_json *v;
	struct ex_str s;

	for (v = p->value; v != NULL; v = v->next) {
		ex_json_write(&b, v);
		ex_buf_putc(&b, ' ');
	}
	s = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

void
edit_replaced(struct edit *e, const struct ex_prop *p)
{
	if (e->w->s->access[e->step->folder] != WO)
		edit_bury(e->w, text_of(p, &e->m->a));
}

void
edit_put(struct edit *e, struct ex_comp *c, const char *name, unsigned prop)
{
	unsigned token = edit_token(e->w, e->step, e->step->thing, 0, prop);
	struct ex_arena *a = &e->m->a;

	ex_comp_add_prop(a, c, ex_prop_new(a, ex_str_of(name),
	    EX_STR("text"), ex_json_text(a, ex_arena_fmt(a, prop < SINGLES ?
	    "text k%uz" : "k%uz", token))));
}

static void
put_stamp(struct edit *e)
{
	bool card = e->w->s->kind == CONTACTS;
	struct ex_str name = card ? EX_STR("rev") : EX_STR("last-modified");
	struct ex_prop *p = ex_comp_prop(e->comp, name.p);

	if (p != NULL)
		edit_drop(e->comp, p);
	ex_comp_add_prop(&e->m->a, e->comp, ex_prop_new(&e->m->a, name,
	    card ? EX_STR("timestamp") : EX_STR("date-time"),
	    ex_json_text(&e->m->a, edit_stamp(&e->m->a, e->step))));
}

void
edit_end(struct edit *e)
{
	unsigned token = THINGS + e->step->number * 8;
	struct thing *t = &e->w->thing[e->step->thing];

	if (e->w->s->rev)
		put_stamp(e);
	/* They are bound by being equal. */
	t->split |= t->equal && soak_generation() == 0;
	ex_item_sort(&e->item, &e->m->a);
	edit_keep(e->m, &e->item, e->at->id, e->at->mark);
	if (e->w->s->access[e->step->folder] != WO)
		t->must_go = false;
	edit_unwritten(e->w, soak_copy(e->m, e->step->thing)->data, token);
	soak_close(e->m, true);
}
