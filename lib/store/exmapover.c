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
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/text.h>

#include "exmap.h"

struct entry {
	struct ex_str at, slot, text;
	struct ex_str name;		/* of what is in it, without a slot */
	struct ex_str zone;		/* a VTIMEZONE: how others name it */
	size_t order, weight;
};

struct maker {
	struct ex_exmap_bits *have, *plain;
	struct ex_arena *a;
	struct entry *entry;
	size_t n;
	struct ex_exmap_index told;	/* slots that are done, names lost */
	struct ex_exmap_index nowhere;	/* zones that do not fit */
};

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

static void
put_bits(struct ex_buf *b, const struct maker *m, struct ex_str at,
    struct ex_str slot, bool comps)
{
	const struct ex_exmap_bit *bit, *plain = NULL;
	bool more = false;

	if (ex_exmap_only_in(m->have, at, slot) != NULL)
		plain = ex_exmap_only_in(m->plain, at, slot);
	for (bit = ex_exmap_slot(m->have, at, slot); bit != NULL;
	    bit = ex_exmap_slot_next(m->have, bit)) {
		if ((bit->comp != NULL) != comps)
			continue;
		if (more)
			ex_buf_putc(b, ',');
		more = true;
		if (comps)
			ex_comp_write(b, bit->comp);
		else
			put_prop(b, bit->prop, plain == NULL ? NULL :
			    plain->prop);
	}
}

static struct ex_str
name_of(const struct ex_exmap_bit *bit)
{
	return bit->prop != NULL ? bit->prop->name : bit->comp->name;
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
	e->name = name_of(bit);
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

/* Was it asked before? */
static bool
is_told(struct maker *m, struct ex_str at, struct ex_str slot)
{
	return (*ex_exmap_index_at(&m->told, at, slot))++ > 0;
}

/* A slot that the fields alone do not give back. */
static void
slot_entry(struct maker *m, const struct ex_exmap_bit *bit)
{
	struct ex_str have, plain;
	struct ex_buf b = EX_BUF_INIT;
	struct entry *e;

	if (is_told(m, bit->at, bit->slot))
		return;
	have = ex_exmap_slot_text(m->have, bit->at, bit->slot, m->a);
	plain = ex_exmap_slot_text(m->plain, bit->at, bit->slot, m->a);
	if (ex_str_eq(have, plain) && !is_done(bit, have))
		return;
	e = new_entry(m, bit);
	open_entry(&b, e, ex_exmap_digest(plain, m->a));
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
	ex_buf_str(&b, ex_exmap_bit_text(bit, m->a));
	ex_buf_puts(&b, "]}");
	e->text = ex_arena_str(m->a, ex_buf_get(&b));
	if (bit->comp != NULL && ex_str_is(e->name, "vtimezone") &&
	    ex_prop_text(ex_comp_prop(bit->comp, "tzid")).n > 0) {
		ex_buf_clear(&b);
		ex_json_member(&b, "tzid", ex_prop_text(ex_comp_prop(
		    bit->comp, "tzid")));
		e->zone = ex_arena_str(m->a, ex_buf_get(&b));
		/* without its comma */
		e->zone.p++;
		e->zone.n--;
	}
	ex_buf_fini(&b);
}

static void
lost(struct maker *m, struct ex_exmap_send *send, struct ex_str name)
{
	name = ex_text_upper(name, m->a);
	if (is_told(m, name, EX_STR_NONE))
		return;
	send->lost = ex_arena_grow(m->a, send->lost, send->nlost,
	    sizeof(*send->lost));
	send->lost[send->nlost++] = name;
}

static void
lost_slot(struct maker *m, struct ex_exmap_bits *b, const struct entry *e,
    struct ex_exmap_send *send)
{
	const struct ex_exmap_bit *bit = ex_exmap_slot(b, e->at, e->slot);

	for (; bit != NULL; bit = ex_exmap_slot_next(b, bit))
		lost(m, send, name_of(bit));
}

/* All that will not be read as it is in the item. */
static void
lost_entry(struct maker *m, const struct entry *e,
    struct ex_exmap_send *send)
{
	if (e->slot.p == NULL) {
		lost(m, send, e->name);
		return;
	}
	lost_slot(m, m->have, e, send);
	lost_slot(m, m->plain, e, send);
}

static int
by_at(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	return ex_str_cmp(a->at, b->at);
}

static int
by_weight(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int d = by_at(x, y);

	if (a->weight != b->weight)
		return a->weight < b->weight ? -1 : 1;
	return d != 0 ? d : a->order < b->order ? -1 : a->order > b->order;
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
		return by_at(x, y);
	return a->order < b->order ? -1 : a->order > b->order;
}

/* The entries from i on that stay or go together: an occurrence's. */
static size_t
unit(const struct maker *m, size_t i, size_t *weight)
{
	size_t k = i;

	for (*weight = 0; k == i || (k < m->n && m->entry[i].at.n > 1 &&
	    by_at(&m->entry[i], &m->entry[k]) == 0); k++)
		*weight += m->entry[k].text.n + 1;
	return k;
}

/* How JSON has it that a zone is named; ended by its quotation mark. */
static const char tzid[] = "\"tzid\":\"";

/* The first such part of *s, which is moved behind it; absent: none. */
static struct ex_str
next_zone(struct ex_str *s)
{
	size_t i, begin, n = sizeof(tzid) - 1;
	struct ex_str zone;

	for (begin = 0; begin + n <= s->n; begin++)
		if (memcmp(s->p + begin, tzid, n) == 0)
			break;
	if (begin + n > s->n)
		return EX_STR_NONE;
	for (i = begin + n; i < s->n && s->p[i] != '"'; i++)
		i += s->p[i] == '\\';
	zone = (struct ex_str){ s->p + begin, i + 1 - begin };
	if (i >= s->n)
		return EX_STR_NONE;
	s->p += i + 1;
	s->n -= i + 1;
	return zone;
}

/* Do they fit, and the zones that they name? */
static bool
fits(struct maker *m, size_t i, size_t end, size_t size)
{
	struct ex_str s, zone;

	if (size > EX_CAP_EX_OVER)
		return false;
	for (; i < end; i++) {
		s = m->entry[i].text;
		while ((zone = next_zone(&s)).p != NULL)
			if (*ex_exmap_index_at(&m->nowhere, zone,
			    EX_STR_NONE) > 0)
				return false;
	}
	return true;
}

static void
leave(struct maker *m, const struct entry *e, struct ex_exmap_send *send)
{
	lost_entry(m, e, send);
	if (e->zone.p != NULL)
		*ex_exmap_index_at(&m->nowhere, e->zone, EX_STR_NONE) = 1;
}

/*
 * The smallest first, so that as many as can be are kept, but zones before
 * what is in them; an occurrence whole or not at all, for a part of one is
 * none.
 */
static void
fit(struct maker *m, size_t size, struct ex_exmap_send *send)
{
	size_t i, end, weight, n = 0;

	qsort(m->entry, m->n, sizeof(*m->entry), by_at);
	for (i = 0; i < m->n; )
		for (end = unit(m, i, &weight); i < end; i++)
			m->entry[i].weight = m->entry[i].zone.p != NULL ? 0 :
			    weight;
	qsort(m->entry, m->n, sizeof(*m->entry), by_weight);
	for (i = 0; i < m->n; i = end) {
		end = unit(m, i, &weight);
		if (!fits(m, i, end, size + weight)) {
			for (; i < end; i++)
				leave(m, &m->entry[i], send);
			continue;
		}
		size += weight;
		for (; i < end; i++)
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
ex_exmap_over_make(struct ex_exmap_bits *have, struct ex_exmap_bits *plain,
    const struct ex_exmap_zones *z, struct ex_arena *a,
    struct ex_exmap_send *send)
{
	struct maker m = { .have = have, .plain = plain, .a = a,
	    .told = { .a = a }, .nowhere = { .a = a } };
	struct ex_buf b = EX_BUF_INIT, base64 = EX_BUF_INIT;
	struct ex_str s;
	size_t i;

	ex_exmap_slots(have);
	ex_exmap_slots(plain);
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
