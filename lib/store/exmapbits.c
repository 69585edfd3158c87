/*
 * exmapbits.c: the properties of an item, each with what holds it
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/sum.h>
#include <ex/text.h>

#include "exmap.h"

enum { DIGEST = 16 };

static struct ex_exmap_bit *
add(struct ex_exmap_bits *b, struct ex_str slot)
{
	struct ex_exmap_bit *bit;

	b->v = ex_arena_grow(b->a, b->v, b->n, sizeof(*b->v));
	bit = &b->v[b->n++];
	*bit = (struct ex_exmap_bit){ .slot = slot, .at = b->at };
	return bit;
}

void
ex_exmap_bit_prop(struct ex_exmap_bits *b, struct ex_str slot,
    struct ex_prop *p)
{
	add(b, slot)->prop = p;
}

void
ex_exmap_bit_comp(struct ex_exmap_bits *b, struct ex_str slot,
    struct ex_comp *c)
{
	add(b, slot)->comp = c;
}

struct ex_prop *
ex_exmap_put(struct ex_exmap_bits *b, const char *slot, const char *name,
    const char *type, struct ex_str value)
{
	struct ex_buf text = EX_BUF_INIT;
	struct ex_prop *p;

	/* the codec leaves what it does not know escaped */
	if (strcmp(type, "unknown") == 0) {
		ex_line_escape(&text, value);
		value = ex_arena_str(b->a, ex_buf_get(&text));
		ex_buf_fini(&text);
	}
	p = ex_prop_new(b->a, ex_str_of(name), ex_str_of(type),
	    ex_json_text(b->a, value));
	ex_exmap_bit_prop(b, ex_str_of(slot), p);
	return p;
}

struct ex_str
ex_exmap_text(const struct ex_prop *p, struct ex_arena *a)
{
	struct ex_str s = ex_prop_text(p);

	return s.p != NULL && ex_str_is(p->type, "unknown") ?
	    ex_line_unescape(s, a) : s;
}

void
ex_exmap_set_types(struct ex_prop *p, const char *types,
    struct ex_arena *a)
{
	struct ex_str value[4];
	const char *end;
	size_t n = 0;

	for (; *types != '\0' && n < 4; types = *end ? end + 1 : end) {
		end = types + strcspn(types, ",");
		value[n++] = (struct ex_str){ types, (size_t)(end - types) };
	}
	if (n > 0)
		ex_prop_add_param(a, p, EX_STR("type"), value, n);
}

bool
ex_exmap_has_type(const struct ex_prop *p, const char *type)
{
	const struct ex_param *param = ex_prop_param(p, "type");
	size_t i;

	for (i = 0; param != NULL && i < param->nvalue; i++)
		if (ex_str_is_nocase(param->value[i], type))
			return true;
	return false;
}

/* Values that say nothing (formats.md 3, rule 16). */
static bool
is_idle(struct ex_str type)
{
	static const char *const idle[] = {
		"voice", "internet", "pref", "postal", "parcel", "intl",
		"dom", "other", ""
	};
	size_t i;

	for (i = 0; i < sizeof(idle) / sizeof(*idle); i++)
		if (ex_str_is(type, idle[i]))
			return true;
	return false;
}

/* "x-evolution-callback" and "x-callback" mean the same. */
static struct ex_str
plain_type(struct ex_str s, struct ex_arena *a)
{
	static const char prefix[] = "x-evolution-";

	s = ex_text_lower(s, a);
	if (!ex_str_starts(s, prefix))
		return s;
	s.p += sizeof(prefix) - 1;
	s.n -= sizeof(prefix) - 1;
	if (ex_str_is(s, "company"))
		return EX_STR("main-number");
	if (ex_str_is(s, "ttytdd"))
		return EX_STR("textphone");
	return ex_arena_fmt(a, "x-%.*s", EX_STR_ARG(s));
}

static int
by_text(const void *x, const void *y)
{
	return ex_str_cmp(*(const struct ex_str *)x,
	    *(const struct ex_str *)y);
}

struct ex_str
ex_exmap_types(const struct ex_prop *p, struct ex_arena *a)
{
	const struct ex_param *param = ex_prop_param(p, "type");
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str *v, all;
	size_t i;

	if (param == NULL)
		return EX_STR("");
	v = ex_arena_array(a, param->nvalue, sizeof(*v));
	for (i = 0; i < param->nvalue; i++)
		v[i] = plain_type(param->value[i], a);
	qsort(v, param->nvalue, sizeof(*v), by_text);
	for (i = 0; i < param->nvalue; i++) {
		if (is_idle(v[i]) || (i > 0 && ex_str_eq(v[i - 1], v[i])))
			continue;
		if (b.n > 0)
			ex_buf_putc(&b, ',');
		ex_buf_str(&b, v[i]);
	}
	all = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return all;
}

void
ex_exmap_bits_of(struct ex_exmap_bits *b, const struct ex_comp *c)
{
	size_t i;

	for (i = 0; i < c->nprop; i++)
		ex_exmap_bit_prop(b, EX_STR_NONE, c->prop[i]);
	for (i = 0; i < c->ncomp; i++)
		ex_exmap_bit_comp(b, EX_STR_NONE, c->comp[i]);
}

struct ex_exmap_bit *
ex_exmap_here(const struct ex_exmap_bits *b, size_t i)
{
	return i < b->n && ex_str_eq(b->v[i].at, b->at) ? &b->v[i] : NULL;
}

struct ex_exmap_bit *
ex_exmap_free_next(struct ex_exmap_bits *b, const char *name, size_t *i)
{
	struct ex_exmap_bit *bit;

	while ((bit = ex_exmap_here(b, *i)) != NULL) {
		(*i)++;
		if (bit->slot.p == NULL && bit->prop != NULL &&
		    ex_str_is(bit->prop->name, name))
			return bit;
	}
	return NULL;
}

struct ex_exmap_bit *
ex_exmap_free(struct ex_exmap_bits *b, const char *name)
{
	size_t i = b->from;

	return ex_exmap_free_next(b, name, &i);
}

struct ex_str
ex_exmap_bit_text(const struct ex_exmap_bit *bit, struct ex_arena *a)
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

/* To the front of its slot's. */
static void
link_bit(struct ex_exmap_bits *b, size_t i)
{
	size_t *first = ex_exmap_index_at(&b->slots, b->v[i].at,
	    b->v[i].slot);

	b->v[i].next = *first;
	*first = i + 1;
}

void
ex_exmap_slots(struct ex_exmap_bits *b)
{
	size_t i;

	b->slots = (struct ex_exmap_index){ .a = b->a };
	/* the first is to be the first */
	for (i = b->n; i-- > 0; )
		if (b->v[i].slot.p != NULL)
			link_bit(b, i);
}

void
ex_exmap_slot_add(struct ex_exmap_bits *b)
{
	link_bit(b, b->n - 1);
}

static struct ex_exmap_bit *
numbered(const struct ex_exmap_bits *b, size_t n)
{
	return n == 0 ? NULL : &b->v[n - 1];
}

struct ex_exmap_bit *
ex_exmap_slot(struct ex_exmap_bits *b, struct ex_str at, struct ex_str slot)
{
	return numbered(b, *ex_exmap_index_at(&b->slots, at, slot));
}

struct ex_exmap_bit *
ex_exmap_slot_next(const struct ex_exmap_bits *b,
    const struct ex_exmap_bit *bit)
{
	return numbered(b, bit->next);
}

void
ex_exmap_slot_clear(struct ex_exmap_bits *b, struct ex_str at,
    struct ex_str slot)
{
	struct ex_exmap_bit *bit = ex_exmap_slot(b, at, slot);

	for (; bit != NULL; bit = ex_exmap_slot_next(b, bit)) {
		bit->prop = NULL;
		bit->comp = NULL;
	}
	*ex_exmap_index_at(&b->slots, at, slot) = 0;
}

struct ex_str
ex_exmap_slot_text(struct ex_exmap_bits *b, struct ex_str at,
    struct ex_str slot, struct ex_arena *a)
{
	const struct ex_exmap_bit *bit = ex_exmap_slot(b, at, slot);
	struct ex_buf all = EX_BUF_INIT;
	struct ex_str *v = NULL, s;
	size_t i, n = 0;

	for (; bit != NULL; bit = ex_exmap_slot_next(b, bit)) {
		v = ex_arena_grow(a, v, n, sizeof(*v));
		v[n++] = ex_exmap_bit_text(bit, a);
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), by_text);
	for (i = 0; i < n; i++)
		ex_buf_str(&all, v[i]);
	s = ex_arena_str(a, ex_buf_get(&all));
	ex_buf_fini(&all);
	return s;
}

struct ex_exmap_bit *
ex_exmap_only_in(struct ex_exmap_bits *b, struct ex_str at,
    struct ex_str slot)
{
	struct ex_exmap_bit *bit = ex_exmap_slot(b, at, slot);

	return bit != NULL && bit->next == 0 && bit->prop != NULL ? bit :
	    NULL;
}

struct ex_str
ex_exmap_digest(struct ex_str text, struct ex_arena *a)
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
