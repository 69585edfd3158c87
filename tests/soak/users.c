/*
 * users.c: what users do, and what they had seen when they did it
 *
 * Every value that is written is a token that is written nowhere else.  One
 * that stood in the copy that a user replaced, cleared or deleted is dead:
 * it may vanish.  All others must be found at the end (P2).
 */
#include <string.h>

#include <ex/diag.h>
#include <ex/json.h>

#include "soak.h"

/* A copy that is being edited. */
struct edit {
	struct world *w;
	const struct step *step;
	struct ex_mem *m;
	struct ex_mem_item *at;
	struct ex_item item;
	struct ex_comp *comp;
};

unsigned
soak_identity(unsigned thing)
{
	return thing;
}

static unsigned
new_token(struct world *w, const struct step *step, unsigned thing,
    unsigned nth, unsigned prop)
{
	unsigned t = THINGS + step->number * 8 + nth;

	w->token[t] = (struct token){ .thing = thing, .prop = prop,
	    .made = true, .dead = w->s->access[step->folder] == WO };
	return t;
}

/* All that stands in text has been seen by somebody who did away with it. */
static void
bury(struct world *w, struct ex_str text)
{
	unsigned t;

	for (t = 0; t < TOKENS; t++)
		if (w->token[t].made && soak_has(text, t))
			w->token[t].dead = true;
}

/* What the store has not kept was never written. */
static void
unwritten(struct world *w, struct ex_str data, unsigned token)
{
	if (!soak_has(data, token))
		w->token[token].dead = true;
}

static struct ex_str
stamp(struct ex_arena *a, const struct step *step)
{
	return ex_arena_fmt(a, "2026-01-01T00:%02u:00Z", step->number % 60);
}

static void
put_text(struct ex_buf *b, const char *name, const char *type,
    struct ex_str text)
{
	ex_buf_fmt(b, ",[\"%s\",{},\"%s\",", name, type);
	ex_json_string(b, text);
	ex_buf_putc(b, ']');
}

/* A new item as its writer wants it. */
static struct ex_str
draft(struct world *w, const struct step *step, unsigned thing,
    struct ex_str uid, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str text;
	bool tasks = w->s->tasks;
	unsigned i;

	ex_buf_puts(&b, tasks ? "[\"vcalendar\",[[\"version\",{},\"text\","
	    "\"2.0\"],[\"prodid\",{},\"text\",\"soak\"]],[[\"vtodo\","
	    "[[\"dtstamp\",{},\"date-time\",\"2026-01-01T00:00:00Z\"]" :
	    "[\"vcard\",[[\"version\",{},\"text\",\"4.0\"]");
	if (!tasks)
		put_text(&b, "fn", "text", EX_STR("A Name"));
	put_text(&b, "x-soak", "unknown", ex_arena_fmt(a, "k%uz",
	    soak_identity(thing)));
	for (i = 0; i < SINGLES; i++)
		if ((step->arg >> i & 1) != 0)
			put_text(&b, soak_single[tasks][i], "text",
			    ex_arena_fmt(a, "text k%uz", new_token(w, step,
			    thing, i, i)));
	if ((step->arg >> 3 & 1) != 0)
		put_text(&b, "categories", "text", ex_arena_fmt(a, "k%uz",
		    new_token(w, step, thing, SINGLES, SINGLES)));
	if (w->s->rev)
		put_text(&b, tasks ? "last-modified" : "rev", tasks ?
		    "date-time" : "timestamp", stamp(a, step));
	if (uid.p != NULL)
		put_text(&b, "uid", "text", uid);
	ex_buf_puts(&b, tasks ? "],[]]]]" : "]]");
	text = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return text;
}

/* Put what a user made of an item into the store, as the store has it. */
static struct ex_mem_item *
keep(struct ex_mem *m, const struct ex_item *item, struct ex_str id,
    struct ex_str mark)
{
	struct ex_item made;
	struct ex_mem_item new = { .rev = m->serial + 1, .id = id,
	    .mark = mark, .kind = item->kind };

	new.data = ex_mem_make(m, item, &m->a, &made);
	new.uid = ex_arena_str(&m->a, made.uid);
	return ex_mem_put(m, &new);
}

static void
make(struct world *w, const struct step *step, unsigned folder,
    struct ex_str data)
{
	struct ex_mem *m = soak_open(folder);
	struct thing *t = &w->thing[step->thing];
	unsigned identity = soak_identity(step->thing), i;
	struct ex_mem_item *at;
	struct ex_item item;
	struct ex_err err;

	if (ex_item_parse(data, &m->a, &item, &err) == -1)
		ex_die_err(&err);
	at = keep(m, &item, ex_arena_fmt(&m->a, "i%u-%u", step->number,
	    folder), EX_STR_NONE);
	if (!t->created) {
		t->born = folder;
		t->nouid = (w->s->quirk[folder] & Q_NOUID) != 0;
		t->target = w->s->access[folder] == WO;
	}
	t->mixed |= t->created;
	t->created = true;
	t->must_go = t->must_go && w->s->access[folder] == WO;
	if (w->s->access[folder] != WO)
		t->target = false;
	if (w->s->access[folder] != WO || !w->token[identity].made)
		w->token[identity] = (struct token){ .thing = step->thing,
		    .prop = NOPROP, .made = true, .dead = t->target };
	for (i = 0; i < 8; i++)
		unwritten(w, at->data, THINGS + step->number * 8 + i);
	soak_close(m, true);
}

/*
 * Where there are no UIDs nobody can know that it is the same item; so
 * only where all of its makers can.
 */
static void
create(struct world *w, const struct step *step)
{
	const struct thing *t = &w->thing[step->thing];
	struct ex_mem *m = soak_open(step->folder);
	bool there = soak_copy(m, step->thing) != NULL;
	struct ex_arena a = EX_ARENA_INIT;

	soak_close(m, false);
	if (!there && (!t->created || (!t->nouid && !t->equal &&
	    (w->s->quirk[step->folder] & Q_NOUID) == 0)))
		make(w, step, step->folder, draft(w, step, step->thing,
		    ex_arena_fmt(&a, "u%u", step->thing), &a));
	ex_arena_free(&a);
}

/* What a store makes of items by itself makes equal ones differ. */
static bool
is_plain(const struct world *w, unsigned folder)
{
	return (w->s->quirk[folder] & (Q_DROP | Q_UPPER | Q_ADD)) == 0 &&
	    w->s->access[folder] != WO;
}

static void
create_equal(struct world *w, const struct step *step)
{
	unsigned n = w->s->nfolder;
	unsigned other = (step->folder + 1 + step->other % (n - 1)) % n;
	struct ex_arena a = EX_ARENA_INIT;
	const struct thing *t = &w->thing[step->thing];

	if (w->first_done || t->created || !is_plain(w, step->folder) ||
	    !is_plain(w, other))
		return;
	make(w, step, step->folder, draft(w, step, step->thing,
	    ex_arena_fmt(&a, "u%u", step->thing), &a));
	make(w, step, other, draft(w, step, step->thing,
	    ex_arena_fmt(&a, "u%u-b", step->thing), &a));
	w->thing[step->thing].equal = true;
	ex_arena_free(&a);
}

/* Open the copy to edit it; false: there is none. */
static bool
edit_begin(struct edit *e, struct world *w, const struct step *step)
{
	struct ex_err err;
	size_t i;

	e->w = w;
	e->step = step;
	e->m = soak_open(step->folder);
	e->at = soak_copy(e->m, step->thing);
	if (e->at == NULL) {
		soak_close(e->m, false);
		return false;
	}
	if (ex_item_parse(e->at->data, &e->m->a, &e->item, &err) == -1)
		ex_die_err(&err);
	e->comp = e->item.root;
	for (i = 0; i < e->item.root->ncomp; i++)
		if (ex_str_is(e->item.root->comp[i]->name, "vtodo"))
			e->comp = e->item.root->comp[i];
	return true;
}

static void
drop_prop(struct ex_comp *c, const struct ex_prop *p)
{
	size_t i, n = 0;

	for (i = 0; i < c->nprop; i++)
		if (c->prop[i] != p)
			c->prop[n++] = c->prop[i];
	c->nprop = n;
}

static void
edit_end(struct edit *e)
{
	const char *name = e->w->s->tasks ? "last-modified" : "rev";
	struct ex_prop *p = ex_comp_prop(e->comp, name);
	struct thing *t = &e->w->thing[e->step->thing];

	if (e->w->s->rev) {
		if (p != NULL)
			drop_prop(e->comp, p);
		ex_comp_add_prop(&e->m->a, e->comp, ex_prop_new(&e->m->a,
		    ex_str_of(name), ex_str_of(e->w->s->tasks ?
		    "date-time" : "timestamp"), ex_json_text(&e->m->a,
		    stamp(&e->m->a, e->step))));
	}
	/* They were bound by being equal. */
	t->twin |= t->equal && !e->w->first_done;
	ex_item_sort(&e->item, &e->m->a);
	keep(e->m, &e->item, e->at->id, e->at->mark);
	if (e->w->s->access[e->step->folder] != WO)
		t->must_go = false;
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

static void
replaced(struct edit *e, const struct ex_prop *p)
{
	if (e->w->s->access[e->step->folder] != WO)
		bury(e->w, text_of(p, &e->m->a));
}

static void
put_token(struct edit *e, const char *name, unsigned prop)
{
	unsigned token = new_token(e->w, e->step, e->step->thing, 0, prop);
	struct ex_arena *a = &e->m->a;

	ex_comp_add_prop(a, e->comp, ex_prop_new(a, ex_str_of(name),
	    EX_STR("text"), ex_json_text(a, ex_arena_fmt(a, prop < SINGLES ?
	    "text k%uz" : "k%uz", token))));
}

static void
written(struct edit *e)
{
	unsigned token = THINGS + e->step->number * 8;

	edit_end(e);
	unwritten(e->w, soak_copy(e->m, e->step->thing)->data, token);
	soak_close(e->m, true);
}

static void
edit(struct world *w, const struct step *step)
{
	unsigned prop = step->arg % SINGLES;
	const char *name = soak_single[w->s->tasks][prop];
	struct ex_prop *p;
	struct edit e;

	if (!edit_begin(&e, w, step))
		return;
	if ((p = ex_comp_prop(e.comp, name)) != NULL) {
		replaced(&e, p);
		drop_prop(e.comp, p);
	}
	if (step->op == OP_EDIT)
		put_token(&e, name, prop);
	written(&e);
}

static void
edit_set(struct world *w, const struct step *step)
{
	const char *name = soak_set[w->s->tasks][step->arg % 2];
	struct ex_prop *p;
	struct edit e;

	if (!edit_begin(&e, w, step))
		return;
	w->thing[step->thing].mixed |= step->op != OP_REPLACE ||
	    soak_open_intent(w, step->folder, step->thing);
	if (step->op == OP_REPLACE) {
		if ((p = ex_comp_prop(e.comp, name)) == NULL ||
		    p->value->next != NULL) {
			soak_close(e.m, false);
			return;
		}
		replaced(&e, p);
		drop_prop(e.comp, p);
	}
	if (step->op == OP_ADD || step->op == OP_REPLACE) {
		put_token(&e, name, SINGLES + step->arg % 2);
	} else if ((p = ex_comp_prop(e.comp, name)) != NULL) {
		/* The first of its values, or the property with its one. */
		if (p->value->next != NULL) {
			struct ex_json *rest = p->value->next;

			p->value->next = NULL;
			replaced(&e, p);
			p->value = rest;
		} else {
			replaced(&e, p);
			drop_prop(e.comp, p);
		}
	}
	written(&e);
}

/* Did they see all that is alive of it, and nothing else? */
static bool
saw_all(const struct world *w, unsigned thing, struct ex_str data)
{
	unsigned t;

	for (t = 0; t < TOKENS; t++)
		if (w->token[t].made && (w->token[t].dead ?
		    soak_has(data, t) : w->token[t].thing == thing &&
		    !soak_has(data, t)))
			return false;
	return true;
}

static void
delete(struct world *w, const struct step *step)
{
	struct thing *t = &w->thing[step->thing];
	unsigned f = step->folder, i;
	struct edit e;

	if (!edit_begin(&e, w, step))
		return;
	if (w->s->access[f] != WO) {
		/* What the store has dropped nobody saw change. */
		t->must_go = (w->s->quirk[f] & Q_DROP) == 0 &&
		    saw_all(w, step->thing, e.at->data);
		t->deleted = t->mixed = true;
		t->excused |= soak_open_intent(w, f, step->thing);
		bury(w, e.at->data);
		for (i = 0; i < TOKENS; i++)
			if (w->token[i].thing == step->thing &&
			    (w->s->quirk[f] & Q_DROP) != 0 &&
			    w->token[i].prop == w->s->drop[f])
				w->token[i].dead = true;
	}
	ex_mem_remove(e.m, e.at->id);
	soak_close(e.m, true);
}

/* Put a copy of an item under another id into its store. */
static void
put_copy(struct edit *e, const struct ex_mem_item *from, struct ex_str id)
{
	struct ex_mem_item new = *from;

	new.id = id;
	new.rev = e->m->serial + 1;
	ex_mem_put(e->m, &new);
}

static void
rename_id(struct world *w, const struct step *step)
{
	struct ex_mem_item was;
	struct edit e;

	if ((w->s->quirk[step->folder] & Q_NOUID) != 0 ||
	    !edit_begin(&e, w, step))
		return;
	was = *e.at;
	ex_mem_remove(e.m, was.id);
	put_copy(&e, &was, ex_arena_fmt(&e.m->a, "r%u", step->number));
	soak_close(e.m, true);
}

static void
swap(struct world *w, const struct step *step)
{
	struct ex_mem_item x, y, *other;
	struct edit e;

	if ((w->s->quirk[step->folder] & Q_NOUID) != 0 ||
	    !edit_begin(&e, w, step))
		return;
	other = soak_copy(e.m, step->other % THINGS);
	if (other != NULL && other != e.at) {
		x = *e.at;
		y = *other;
		put_copy(&e, &x, y.id);
		put_copy(&e, &y, x.id);
	}
	soak_close(e.m, true);
}

/* The UID and the identity are new, the rest stays, the mark too. */
static void
copy(struct world *w, const struct step *step)
{
	struct thing *t = &w->thing[step->other];
	struct ex_item item;
	struct ex_prop *p;
	struct edit e;

	if (step->other >= THINGS || t->created || !edit_begin(&e, w, step))
		return;
	p = ex_comp_prop(e.comp, "x-soak");
	p->value = ex_json_text(&e.m->a, ex_arena_fmt(&e.m->a, "k%uz",
	    soak_identity(step->other)));
	item = ex_item_with_uid(&e.item, ex_arena_fmt(&e.m->a, "u%u",
	    step->other), &e.m->a);
	keep(e.m, &item, ex_arena_fmt(&e.m->a, "c%u", step->number),
	    e.at->mark);
	t->created = t->mixed = true;
	t->born = step->folder;
	t->nouid = (w->s->quirk[step->folder] & Q_NOUID) != 0;
	t->target = w->s->access[step->folder] == WO;
	/* Both bear the name of one create that is still open. */
	if (soak_open_intent(w, step->folder, step->thing))
		t->twin = w->thing[step->thing].twin = true;
	w->token[soak_identity(step->other)] = (struct token){
	    .thing = step->other, .prop = NOPROP, .made = true,
	    .dead = t->target };
	soak_close(e.m, true);
}

static void
twin(struct world *w, const struct step *step)
{
	struct edit e;

	if ((w->s->quirk[step->folder] & Q_NOUID) != 0 ||
	    w->s->access[step->folder] == WO || !edit_begin(&e, w, step))
		return;
	put_copy(&e, e.at, ex_arena_fmt(&e.m->a, "t%u", step->number));
	w->thing[step->thing].twin = true;
	soak_close(e.m, true);
}

static void
touch(struct world *w, const struct step *step)
{
	struct edit e;

	if (!edit_begin(&e, w, step))
		return;
	e.at->rev = ++e.m->serial;
	soak_close(e.m, true);
}

static void
fault(struct world *w, const struct step *step)
{
	struct ex_mem *m = soak_open(step->folder);
	const char *what = soak_fault[step->arg % 12];
	unsigned n = step->other % 7 == 0 ? 6 : 1;

	if (step->op == OP_SHORT)
		m->shorten = 1 + step->arg % 3;
	else if (step->op == OP_FORGET)
		m->forget = true;
	else
		for (; n > 0; n--) {
			m->fault = ex_arena_grow(&m->a, m->fault, m->nfault,
			    sizeof(*m->fault));
			m->fault[m->nfault++] = ex_str_of(what);
			if (strcmp(what, "lost") == 0)
				what = "busy";
		}
	w->kill_pending |= strcmp(what, "kill") == 0;
	soak_close(m, true);
}

void
soak_user(struct world *w, const struct step *step)
{
	switch (step->op) {
	case OP_CREATE:
		create(w, step);
		break;
	case OP_EQUAL:
		create_equal(w, step);
		break;
	case OP_EDIT:
	case OP_CLEAR:
		edit(w, step);
		break;
	case OP_ADD:
	case OP_REMOVE:
	case OP_REPLACE:
		edit_set(w, step);
		break;
	case OP_DELETE:
		delete(w, step);
		break;
	case OP_RENAME:
		rename_id(w, step);
		break;
	case OP_SWAP:
		swap(w, step);
		break;
	case OP_COPY:
		copy(w, step);
		break;
	case OP_TWIN:
		twin(w, step);
		break;
	case OP_TOUCH:
		touch(w, step);
		break;
	case OP_FAULT:
	case OP_SHORT:
	case OP_FORGET:
		fault(w, step);
		break;
	case OP_FETCH:
	case OP_PUSH:
	case OP_RUN:
	case OP_KILL:
	case OP_SOME:
	case OP_SETTLE:
	case OP_EMPTY:
	case OP_LAST:
		break;
	}
}
