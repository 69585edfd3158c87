/*
 * exmapover.c: our property exover: what the fields do not hold
 *
 * Base64 (the property is Binary) of a JSON array of entries
 *
 *	{"at":"2025-07-02T08:00:00Z",	of that occurrence; absent: the item
 *	 "s":"HomePhone",		slot; absent: no field has part in it
 *	 "w":"0f...",			what its fields read as, digested
 *	 "p":[...],"c":[...]}		properties and components as JSON
 *
 * and before them {"start":"Europe/Rome","end":...}, where the item calls
 * the zones of Windows by other names than we would.
 *
 * An entry with a slot stands for what these fields read as, as long as
 * they do.  When they read otherwise somebody changed them, and then they
 * count; but the parameters of a number or an address that was changed
 * stay, for only its value is seen there.  A property without a value has
 * that of the field.
 *
 * Blanks and line ends are no part of the digest: servers move them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/sum.h>
#include <ex/text.h>

#include "exmap.h"

enum { DIGEST = 16 };

struct entry {
	struct ex_str at, slot, text;
	struct ex_str lost;		/* the name of what is in it */
	size_t order;
};

struct maker {
	const struct ex_exmap_bits *have, *plain;
	struct ex_arena *a;
	struct entry *entry;
	size_t n;
};

static int
by_text(const void *x, const void *y)
{
	return ex_str_cmp(*(const struct ex_str *)x,
	    *(const struct ex_str *)y);
}

static struct ex_str
bit_text(const struct ex_exmap_bit *bit, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	if (bit->prop != NULL)
		ex_prop_write(&b, bit->prop);
	else
		ex_comp_write(&b, bit->comp);
	s = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

static bool
is_in(const struct ex_exmap_bit *bit, struct ex_str at, struct ex_str slot)
{
	return ex_str_eq(bit->slot, slot) && ex_str_eq(bit->at, at);
}

/* All that is in a slot, in the order of its text. */
static struct ex_str
slot_text(const struct ex_exmap_bits *b, struct ex_str at,
    struct ex_str slot, struct ex_arena *a)
{
	struct ex_buf all = EX_BUF_INIT;
	struct ex_str *v = NULL, s;
	size_t i, n = 0;

	for (i = 0; i < b->n; i++) {
		if (!is_in(&b->v[i], at, slot))
			continue;
		v = ex_arena_grow(a, v, n, sizeof(*v));
		v[n++] = bit_text(&b->v[i], a);
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), by_text);
	for (i = 0; i < n; i++)
		ex_buf_str(&all, v[i]);
	s = ex_arena_str(a, ex_buf_get(&all));
	ex_buf_fini(&all);
	return s;
}

static struct ex_str
digest(struct ex_str text, struct ex_arena *a)
{
	char *p = ex_arena_bytes(a, text.n), hex[EX_SUM_HEX];
	struct ex_sum sum;
	size_t i, n = 0;

	for (i = 0; i < text.n; i++) {
		if (text.p[i] == ' ')
			continue;
		if (text.p[i] == '\\' && i + 1 < text.n) {
			if (strchr("nrt", text.p[i + 1]) != NULL) {
				i++;
				continue;
			}
			p[n++] = text.p[i++];
		}
		p[n++] = text.p[i];
	}
	sum = ex_sum_of(p, n);
	ex_sum_hex(&sum, hex);
	return ex_arena_fmt(a, "%.*s", DIGEST, hex);
}

/* Volatile ones and what is in the item's record are not kept. */
static bool
is_idle(const struct ex_exmap_bit *bit)
{
	return bit->prop != NULL && (ex_canon_volatile(bit->prop->name) ||
	    ex_str_is(bit->prop->name, "uid"));
}

/* ["tel",{...},"text"], with its value if it is not the field's. */
static void
put_prop(struct ex_buf *b, const struct ex_prop *p,
    const struct ex_prop *plain)
{
	struct ex_prop bare = *p;
	const struct ex_json *x = p->value, *y;

	if (plain != NULL && ex_str_eq(p->name, plain->name) &&
	    ex_str_eq(p->type, plain->type)) {
		for (y = plain->value; x != NULL && y != NULL &&
		    ex_json_eq(x, y); y = y->next)
			x = x->next;
		if (x == NULL && y == NULL)
			bare.value = NULL;
	}
	ex_prop_write(b, &bare);
}

/* The only bit of a slot, if it is a property; else NULL. */
static const struct ex_prop *
only(const struct ex_exmap_bits *b, struct ex_str at, struct ex_str slot)
{
	const struct ex_prop *p = NULL;
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (!is_in(&b->v[i], at, slot))
			continue;
		if (p != NULL || b->v[i].prop == NULL)
			return NULL;
		p = b->v[i].prop;
	}
	return p;
}

static void
put_bits(struct ex_buf *b, const struct maker *m, struct ex_str at,
    struct ex_str slot, bool comps)
{
	const struct ex_prop *plain = NULL;
	const struct ex_exmap_bit *bit;
	bool more = false;
	size_t i;

	if (only(m->have, at, slot) != NULL)
		plain = only(m->plain, at, slot);
	for (i = 0; i < m->have->n; i++) {
		bit = &m->have->v[i];
		if (!is_in(bit, at, slot) || (bit->comp != NULL) != comps)
			continue;
		if (more)
			ex_buf_putc(b, ',');
		more = true;
		if (comps)
			ex_comp_write(b, bit->comp);
		else
			put_prop(b, bit->prop, plain);
	}
}

static struct entry *
new_entry(struct maker *m, const struct ex_exmap_bit *bit)
{
	struct entry *e;

	m->entry = ex_arena_grow(m->a, m->entry, m->n, sizeof(*m->entry));
	e = &m->entry[m->n];
	*e = (struct entry){ .at = bit->at, .slot = bit->slot,
	    .order = m->n };
	m->n++;
	e->lost = bit->prop != NULL ? bit->prop->name : bit->comp->name;
	return e;
}

static void
open_entry(struct ex_buf *b, const struct entry *e, struct ex_str was)
{
	ex_buf_putc(b, '{');
	if (e->at.n > 0)
		ex_json_member(b, "at", e->at);
	ex_json_member(b, "s", e->slot);
	ex_json_member(b, "w", was);
}

/*
 * Exchange says of what is done when that was.  The item's own COMPLETED,
 * or that it has none, counts as long as it stays done.
 */
static bool
is_done(const struct ex_exmap_bit *bit, struct ex_str text)
{
	static const char word[] = "\"COMPLETED\"";
	size_t i;

	for (i = 0; ex_str_is(bit->slot, "state") &&
	    i + sizeof(word) - 1 <= text.n; i++)
		if (memcmp(text.p + i, word, sizeof(word) - 1) == 0)
			return true;
	return false;
}

/* A slot that the fields alone do not give back. */
static void
slot_entry(struct maker *m, const struct ex_exmap_bit *bit)
{
	struct ex_str have, plain;
	struct ex_buf b = EX_BUF_INIT;
	struct entry *e;
	size_t i;

	for (i = 0; i < m->n; i++)
		if (ex_str_eq(m->entry[i].slot, bit->slot) &&
		    ex_str_eq(m->entry[i].at, bit->at))
			return;
	have = slot_text(m->have, bit->at, bit->slot, m->a);
	plain = slot_text(m->plain, bit->at, bit->slot, m->a);
	if (ex_str_eq(have, plain) && !is_done(bit, have))
		return;
	e = new_entry(m, bit);
	open_entry(&b, e, digest(plain, m->a));
	ex_buf_puts(&b, ",\"p\":[");
	put_bits(&b, m, e->at, e->slot, false);
	ex_buf_puts(&b, "],\"c\":[");
	put_bits(&b, m, e->at, e->slot, true);
	ex_buf_puts(&b, "]}");
	e->text = ex_arena_str(m->a, ex_buf_get(&b));
	ex_buf_fini(&b);
}

static void
free_entry(struct maker *m, const struct ex_exmap_bit *bit)
{
	struct entry *e = new_entry(m, bit);
	struct ex_buf b = EX_BUF_INIT;

	open_entry(&b, e, EX_STR_NONE);
	ex_buf_puts(&b, b.n > 1 ? "," : "");
	ex_buf_puts(&b, bit->prop != NULL ? "\"p\":[" : "\"c\":[");
	ex_buf_str(&b, bit_text(bit, m->a));
	ex_buf_puts(&b, "]}");
	e->text = ex_arena_str(m->a, ex_buf_get(&b));
	ex_buf_fini(&b);
}

static void
lost(struct ex_exmap_send *send, struct ex_str name,
    struct ex_arena *a)
{
	size_t i;

	name = ex_text_upper(name, a);
	for (i = 0; i < send->nlost; i++)
		if (ex_str_eq(send->lost[i], name))
			return;
	send->lost = ex_arena_grow(a, send->lost, send->nlost,
	    sizeof(*send->lost));
	send->lost[send->nlost++] = name;
}

static int
by_size(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->text.n != b->text.n)
		return a->text.n < b->text.n ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* By slot, so that the order of an item's properties says nothing. */
static int
by_order(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int d = ex_str_cmp(b->slot, a->slot);

	if (d != 0)
		return d;
	if (a->slot.p != NULL)
		return ex_str_cmp(a->at, b->at);
	return a->order < b->order ? -1 : a->order > b->order;
}

/* The smallest first, so that as many as can be are kept. */
static void
fit(struct maker *m, size_t size, struct ex_exmap_send *send)
{
	size_t i, n = 0;

	qsort(m->entry, m->n, sizeof(*m->entry), by_size);
	for (i = 0; i < m->n; i++) {
		if (size + m->entry[i].text.n + 1 > EX_CAP_EWS_OVER) {
			lost(send, m->entry[i].lost, m->a);
			continue;
		}
		size += m->entry[i].text.n + 1;
		m->entry[n++] = m->entry[i];
	}
	m->n = n;
	qsort(m->entry, m->n, sizeof(*m->entry), by_order);
}

static void
put_zones(struct ex_buf *b, const struct ex_exmap_zones *z)
{
	if (z->start.p == NULL && z->end.p == NULL)
		return;
	ex_buf_puts(b, "[{");
	ex_json_member(b, "start", z->start);
	ex_json_member(b, "end", z->end);
	ex_buf_putc(b, '}');
}

struct ex_str
ex_exmap_over_make(const struct ex_exmap_bits *have,
    const struct ex_exmap_bits *plain, const struct ex_exmap_zones *z,
    struct ex_arena *a, struct ex_exmap_send *send)
{
	struct maker m = { have, plain, a, NULL, 0 };
	struct ex_buf b = EX_BUF_INIT, base64 = EX_BUF_INIT;
	struct ex_str s;
	size_t i;

	for (i = 0; i < have->n; i++)
		if (have->v[i].slot.p != NULL)
			slot_entry(&m, &have->v[i]);
		else if (!is_idle(&have->v[i]))
			free_entry(&m, &have->v[i]);
	for (i = 0; i < plain->n; i++)
		if (plain->v[i].slot.p != NULL && !is_idle(&plain->v[i]))
			slot_entry(&m, &plain->v[i]);
	put_zones(&b, z);
	if (m.n > 0)
		fit(&m, b.n + 1, send);
	for (i = 0; i < m.n; i++) {
		ex_buf_putc(&b, b.n == 0 ? '[' : ',');
		ex_buf_str(&b, m.entry[i].text);
	}
	if (b.n == 0)
		return EX_STR_NONE;
	ex_buf_putc(&b, ']');
	ex_line_base64_encode(&base64, ex_buf_get(&b));
	s = ex_arena_str(a, ex_buf_get(&base64));
	ex_buf_fini(&b);
	ex_buf_fini(&base64);
	return s;
}

/* Reading. */

static struct ex_json *
array_of(struct ex_arena *a, const struct ex_json *j)
{
	struct ex_json *array = ex_json_new(a, EX_JSON_ARRAY);

	if (j != NULL && j->type == EX_JSON_ARRAY)
		array->child = j->child;
	return array;
}

/* What an entry holds, checked as any item of others is. */
static struct ex_comp *
held(const struct ex_json *e, struct ex_arena *a)
{
	struct ex_json *root = ex_json_new(a, EX_JSON_ARRAY);
	struct ex_item item;
	struct ex_err err;

	ex_json_add(root, ex_json_text(a, EX_STR("vcalendar")));
	ex_json_add(root, array_of(a, ex_json_get(e, "p")));
	ex_json_add(root, array_of(a, ex_json_get(e, "c")));
	return ex_item_of_json(root, a, &item, &err) == -1 ? NULL :
	    item.root;
}

/* Its only property is written without a value. */
static bool
is_bare(const struct ex_json *e)
{
	const struct ex_json *p = ex_json_get(e, "p"), *c;

	if (p == NULL || p->child == NULL || p->child->next != NULL)
		return false;
	for (c = p->child->child; c != NULL && c->next != NULL; c = c->next)
		;
	c = p->child->child;
	return c != NULL && c->next != NULL && c->next->next != NULL &&
	    c->next->next->next == NULL;
}

static void
remove_slot(struct ex_exmap_bits *b, struct ex_str at, struct ex_str slot)
{
	size_t i, n = 0;

	for (i = 0; i < b->n; i++)
		if (!is_in(&b->v[i], at, slot))
			b->v[n++] = b->v[i];
	b->n = n;
}

static void
add_held(struct ex_exmap_bits *b, struct ex_str at, struct ex_str slot,
    const struct ex_comp *c)
{
	struct ex_str here = b->at;
	size_t i;

	b->at = at;
	for (i = 0; i < c->nprop; i++)
		ex_exmap_bit_prop(b, slot, c->prop[i]);
	for (i = 0; i < c->ncomp; i++)
		ex_exmap_bit_comp(b, slot, c->comp[i]);
	b->at = here;
}

static void
replace(struct ex_exmap_bits *b, const struct ex_prop *old,
    struct ex_prop *new)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->v[i].prop == old)
			b->v[i].prop = new;
}

/*
 * The value of the field with the parameters that were kept: not those that
 * say again what the address is.
 */
static void
keep_params(struct ex_prop *p, const struct ex_prop *kept,
    struct ex_arena *a)
{
	static const char *const names[] = { "email", "tel", "impp", "url",
	    "adr" };
	struct ex_prop old = *p;
	struct ex_str name;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (ex_str_is(p->name, names[i]))
			break;
	if (i == sizeof(names) / sizeof(*names) ||
	    !ex_str_eq(p->name, kept->name))
		return;
	p->param = NULL;
	p->nparam = 0;
	for (i = 0; i < kept->nparam; i++) {
		name = kept->param[i].name;
		if (!ex_str_is(name, "label") && !ex_str_is(name, "geo"))
			ex_prop_add_param(a, p, name, kept->param[i].value,
			    kept->param[i].nvalue);
	}
	for (i = 0; i < old.nparam; i++)
		if (!ex_str_is(old.param[i].name, "type"))
			if (ex_prop_param(p, "pref") == NULL)
				ex_prop_add_param(a, p, old.param[i].name,
				    old.param[i].value, old.param[i].nvalue);
}

static void
apply_entry(const struct ex_json *e, struct ex_exmap_bits *b)
{
	struct ex_str at = ex_json_get_str(e, "at");
	struct ex_str slot = ex_json_get_str(e, "s");
	struct ex_comp *c = held(e, b->a);
	const struct ex_prop *plain;

	if (c == NULL)
		return;
	if (at.p == NULL)
		at = EX_STR("");
	if (slot.p == NULL) {
		/* the mailbox's owner is not who the item says */
		if (ex_comp_prop(c, "organizer") != NULL)
			remove_slot(b, at, EX_STR("organizer"));
		add_held(b, at, slot, c);
		return;
	}
	plain = only(b, at, slot);
	if (!ex_str_eq(ex_json_get_str(e, "w"), digest(slot_text(b, at, slot,
	    b->a), b->a))) {
		if (plain != NULL && c->nprop == 1)
			keep_params((struct ex_prop *)plain, c->prop[0],
			    b->a);
		return;
	}
	if (is_bare(e) && plain != NULL)
		c->prop[0]->value = plain->value;
	/* in its place: the order of e-mail addresses is one that people see */
	if (plain != NULL && c->nprop == 1 && c->ncomp == 0 &&
	    !ex_str_is(slot, "state")) {
		replace(b, plain, c->prop[0]);
		return;
	}
	remove_slot(b, at, slot);
	if (ex_str_is(slot, "state"))
		remove_slot(b, at, EX_STR("completed"));
	add_held(b, at, slot, c);
}

struct ex_json *
ex_exmap_over_parse(struct ex_str over, struct ex_arena *a)
{
	struct ex_json *j;
	struct ex_str text;
	struct ex_err err;

	if (over.n == 0 || over.n > 2UL * EX_CAP_EWS_OVER ||
	    ex_line_base64_decode(over, a, &text) == -1 ||
	    ex_json_parse(text, a, &j, &err) == -1 ||
	    j->type != EX_JSON_ARRAY)
		return NULL;
	return j;
}

void
ex_exmap_over_zones(const struct ex_json *over, struct ex_exmap_zones *z)
{
	const struct ex_json *e = over == NULL ? NULL : over->child;

	z->start = e == NULL ? EX_STR_NONE : ex_json_get_str(e, "start");
	z->end = e == NULL ? EX_STR_NONE : ex_json_get_str(e, "end");
}

void
ex_exmap_over_apply(const struct ex_json *over,
    struct ex_exmap_bits *plain)
{
	const struct ex_json *e = over == NULL ? NULL : over->child;

	for (; e != NULL; e = e->next)
		if (ex_json_get(e, "p") != NULL || ex_json_get(e, "c") != NULL)
			apply_entry(e, plain);
}
