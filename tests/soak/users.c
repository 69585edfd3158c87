/*
 * users.c: what users do, and what they had seen when they did it
 */
#include <string.h>

#include <ex/diag.h>
#include <ex/json.h>

#include "edit.h"

static void
put_text(struct ex_buf *b, const char *name, const char *type,
    struct ex_str text)
{
	ex_buf_fmt(b, ",[\"%s\",{},\"%s\",", name, type);
	ex_json_string(b, text);
	ex_buf_putc(b, ']');
}

static const char *const head[] = {
	"[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],"
	    "[\"fn\",{},\"text\",\"A Name\"]",
	"[\"vcalendar\",[[\"version\",{},\"text\",\"2.0\"],"
	    "[\"prodid\",{},\"text\",\"soak\"]],[[\"vtodo\","
	    "[[\"dtstamp\",{},\"date-time\",\"2026-01-01T00:00:00Z\"]",
	"[\"vcalendar\",[[\"version\",{},\"text\",\"2.0\"],"
	    "[\"prodid\",{},\"text\",\"soak\"]],[[\"vevent\","
	    "[[\"dtstamp\",{},\"date-time\",\"2026-01-01T00:00:00Z\"],"
	    "[\"dtstart\",{},\"date-time\",\"2026-01-05T10:00:00\"],"
	    "[\"dtend\",{},\"date-time\",\"2026-01-05T11:00:00\"]"
};

/* A new item as its writer wants it. */
static struct ex_str
draft(struct world *w, const struct step *step, unsigned thing,
    struct ex_str uid, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str text;
	enum kind kind = w->s->kind;
	unsigned i;

	ex_buf_puts(&b, head[kind]);
	put_text(&b, "x-soak", "unknown", ex_arena_fmt(a, "k%uz",
	    soak_identity(thing)));
	if (soak_recurs(w, thing))
		ex_buf_puts(&b, ",[\"rrule\",{},\"recur\","
		    "{\"freq\":\"DAILY\",\"count\":9}]");
	for (i = 0; i < SINGLES; i++)
		if ((step->arg >> i & 1) != 0)
			put_text(&b, soak_single[kind][i], "text",
			    ex_arena_fmt(a, "text k%uz", edit_token(w, step,
			    thing, i, i)));
	if ((step->arg >> 3 & 1) != 0)
		put_text(&b, "categories", "text", ex_arena_fmt(a, "k%uz",
		    edit_token(w, step, thing, SINGLES, SINGLES)));
	if (w->s->rev && kind == CONTACTS)
		put_text(&b, "rev", "timestamp", edit_stamp(a, step));
	else if (w->s->rev)
		put_text(&b, "last-modified", "date-time", edit_stamp(a,
		    step));
	if (uid.p != NULL)
		put_text(&b, "uid", "text", uid);
	ex_buf_puts(&b, kind == CONTACTS ? "]]" : "],[]]]]");
	text = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return text;
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
	at = edit_keep(m, &item, ex_arena_fmt(&m->a, "i%u-%u", step->number,
	    folder), EX_STR_NONE);
	if (!t->created) {
		t->born = folder;
		t->nouid = (w->s->quirk[folder] & Q_NOUID) != 0;
		t->target = w->s->access[folder] == WO;
	}
	for (i = 0; i < 2; i++)
		t->mixed[i] |= t->created;
	t->created = true;
	t->must_go = t->must_go && w->s->access[folder] == WO;
	if (w->s->access[folder] != WO)
		t->target = false;
	if (w->s->access[folder] != WO || !w->token[identity].made)
		w->token[identity] = (struct token){ .thing = step->thing,
		    .prop = NOPROP, .made = true, .dead = t->target };
	for (i = 0; i < 8; i++)
		edit_unwritten(w, at->data, THINGS + step->number * 8 + i);
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
	struct step first = *step, second;

	if (w->first_done || t->created || !is_plain(w, step->folder) ||
	    !is_plain(w, other))
		return;
	first.arg |= w->s->match;
	second = first;
	make(w, &first, step->folder, draft(w, &first, step->thing,
	    ex_arena_fmt(&a, "u%u", step->thing), &a));
	/* With -m they may differ in all but the summary. */
	if (w->s->match)
		second.arg &= step->other | 1;
	make(w, &second, other, draft(w, &second, step->thing,
	    ex_arena_fmt(&a, "u%u-b", step->thing), &a));
	w->thing[step->thing].equal = true;
	ex_arena_free(&a);
}

static void
edit(struct world *w, const struct step *step)
{
	unsigned prop = step->arg % SINGLES;
	const char *name = soak_single[w->s->kind][prop];
	struct ex_comp *c;
	struct ex_prop *p;
	struct edit e;

	if (!edit_begin(&e, w, step))
		return;
	c = edit_part(&e);
	if ((p = ex_comp_prop(c, name)) != NULL) {
		edit_replaced(&e, p);
		edit_drop(c, p);
	}
	if (step->op == OP_EDIT)
		edit_put(&e, c, name, prop);
	w->thing[step->thing].blind |= step->op == OP_CLEAR;
	edit_end(&e);
}

static void
edit_set(struct world *w, const struct step *step)
{
	const char *name = soak_set[w->s->kind][step->arg % 2];
	struct ex_comp *c;
	struct ex_prop *p;
	struct edit e;

	if (!edit_begin(&e, w, step))
		return;
	c = step->op == OP_REPLACE ? e.comp : edit_part(&e);
	/* A second value beside the first; or ring.md, P7. */
	w->thing[step->thing].mixed[step->arg % 2] |= step->op == OP_ADD ||
	    (w->thing[step->thing].lost >> step->folder & 1) != 0;
	w->thing[step->thing].blind |= step->op == OP_REMOVE;
	if (step->op == OP_REPLACE) {
		if ((p = ex_comp_prop(c, name)) == NULL ||
		    p->value->next != NULL) {
			soak_close(e.m, false);
			return;
		}
		edit_replaced(&e, p);
		edit_drop(c, p);
	}
	if (step->op == OP_ADD || step->op == OP_REPLACE) {
		edit_put(&e, c, name, SINGLES + step->arg % 2);
	} else if ((p = ex_comp_prop(c, name)) != NULL) {
		/* The first of its values, or the property with its one. */
		if (p->value->next != NULL) {
			struct ex_json *rest = p->value->next;

			p->value->next = NULL;
			edit_replaced(&e, p);
			p->value = rest;
		} else {
			edit_replaced(&e, p);
			edit_drop(c, p);
		}
	}
	edit_end(&e);
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

/* Has a value ever been written that this folder's store drops? */
static bool
is_dropped(const struct world *w, unsigned folder, unsigned thing)
{
	unsigned t;

	for (t = 0; t < TOKENS; t++)
		if (w->token[t].made && w->token[t].thing == thing &&
		    (w->s->quirk[folder] & Q_DROP) != 0 &&
		    w->token[t].prop == w->s->drop[folder])
			return true;
	return false;
}

/*
 * Must it go everywhere?  Not if somebody may have changed what cannot be
 * seen here, nor where the ring does not know yet that it was here.
 */
static bool
must_go(struct world *w, unsigned f, unsigned thing,
    const struct ex_mem_item *at)
{
	const struct thing *t = &w->thing[thing];

	return !t->split && !is_dropped(w, f, thing) && !soak_is_fresh(w) &&
	    soak_is_bound(f, at->id) && saw_all(w, thing, at->data) &&
	    (!t->blind || soak_alike(w, f, thing));
}

/*
 * Is it alive in another copy here?  Versions that lost under the policy both
 * are items of their own: what goes with one here and with another elsewhere
 * may have been in all that had it.
 */
static bool
is_spared(struct world *w, const struct ex_mem_item *other, unsigned token)
{
	bool before = w->token[token].spared;

	if (other == NULL || !soak_has(other->data, token))
		return false;
	w->token[token].spared = w->s->policy == 3;
	return !before;
}

/* What is in the text is dead, but for what another copy here has. */
static void
bury_all(struct world *w, const struct edit *e, struct ex_str text)
{
	const struct ex_mem_item *other = soak_copy(e->m, e->step->thing);
	unsigned f = e->step->folder, i;

	for (i = 0; i < TOKENS; i++)
		if (w->token[i].made && (soak_has(text, i) ||
		    (w->token[i].thing == e->step->thing &&
		    (w->s->quirk[f] & Q_DROP) != 0 &&
		    w->token[i].prop == w->s->drop[f])) &&
		    !is_spared(w, other, i)) {
			w->token[i].deleted |= !w->token[i].dead;
			w->token[i].dead = true;
		}
}

/* One of several copies goes: the item stays. */
static void
delete_copy(struct world *w, struct edit *e, struct ex_str text)
{
	struct thing *t = &w->thing[e->step->thing];

	if (t->twin[e->step->folder] > 0)
		t->twin[e->step->folder]--;
	if (w->s->access[e->step->folder] == WO)
		return;
	t->must_go = false;
	bury_all(w, e, text);
}

static void
delete(struct world *w, const struct step *step)
{
	struct thing *t = &w->thing[step->thing];
	unsigned f = step->folder, i;
	struct ex_str text;
	struct edit e;
	bool go;

	if (!edit_begin(&e, w, step))
		return;
	soak_trash(w, step->thing);
	text = e.at->data;
	go = must_go(w, f, step->thing, e.at);
	t->deleted = true;
	ex_mem_remove(e.m, e.at->id);
	if (soak_copies(e.m, step->thing) > 0) {
		delete_copy(w, &e, text);
	} else if (w->s->access[f] != WO) {
		t->must_go = go;
		/* An edit beside it takes it back, with all of them. */
		for (i = 0; i < 2; i++)
			t->mixed[i] = true;
		t->excused = (t->lost >> f & 1) != 0 || t->rewritten != 0;
		bury_all(w, &e, text);
	}
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

/*
 * What the ring has made there, and does not know yet, is known by the name
 * that it was given: under another one somebody may have made it (lost.c).
 */
static void
renamed(struct world *w, unsigned thing, unsigned f, struct ex_str id)
{
	struct thing *t = &w->thing[thing];

	if ((t->lost >> f & 1) == 0 || soak_is_bound(f, id))
		return;
	t->rewritten |= 1u << f;
	t->blind = true;
	t->excused |= t->must_go;
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
	renamed(w, step->thing, step->folder, was.id);
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
		renamed(w, step->thing, step->folder, x.id);
		renamed(w, step->other % THINGS, step->folder, y.id);
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
	edit_keep(e.m, &item, ex_arena_fmt(&e.m->a, "c%u", step->number),
	    e.at->mark);
	t->created = w->thing[step->thing].copied = true;
	t->born = step->folder;
	t->nouid = (w->s->quirk[step->folder] & Q_NOUID) != 0;
	t->target = w->s->access[step->folder] == WO;
	/* Both bear the name of one create that is still open. */
	if (soak_open_mark(step->folder, e.at->mark)) {
		t->marked |= 1u << step->folder;
		w->thing[step->thing].marked |= 1u << step->folder;
	}
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
	w->thing[step->thing].twin[step->folder]++;
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

/*
 * It cannot be read any more, or can again.  Its UID neither, where the
 * snapshot knows the id: of what is not bound and has no UID nobody can say
 * what it is, nor that it is in the way of a create.  (With a second copy it
 * is not bound for long.)
 */
static void
bad(const struct step *step)
{
	struct ex_mem *m = soak_open(step->folder);
	struct ex_mem_item *at = soak_copy(m, step->thing);

	if (at != NULL) {
		at->bad = at->bad > 0 ? 0 : (step->arg & 1) != 0 &&
		    soak_copies(m, step->thing) == 1 &&
		    soak_is_bound(step->folder, at->id) ? 2 : 1;
		at->rev = ++m->serial;
	}
	soak_close(m, true);
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
	case OP_RESTORE:
		soak_restore(w, step);
		break;
	case OP_FAULT:
	case OP_SHORT:
	case OP_FORGET:
		fault(w, step);
		break;
	case OP_OVERRIDE:
	case OP_SINGLE_OUT:
	case OP_EXCHANGE:
	case OP_TIME:
	case OP_MEETING:
	case OP_PRIVATE:
		edit_event(w, step);
		break;
	case OP_BAD:
		bad(step);
		break;
	case OP_FETCH:
	case OP_PUSH:
	case OP_RUN:
	case OP_KILL:
	case OP_SOME:
	case OP_SETTLE:
	case OP_EMPTY:
	case OP_SCOPE:
	case OP_JOIN:
	case OP_LEAVE:
	case OP_NAME:
	case OP_MOVE:
	case OP_STAGE:
	case OP_LAST:
		break;
	}
}
