/*
 * exmapways.c: the ways to reach a contact: numbers, addresses, pages
 *
 * Each has a place of its own in Exchange.  A property goes to the one that
 * is for its TYPEs; if that is taken or there is none, to the next that is
 * not wrong (a fax number to no telephone); else it stands in exover alone.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/json.h>

#include "exmap.h"

enum { EMAILS = 3, IMS = 3, TELS = 23, ADRS = 3, ADR_PARTS = 5 };

/* A home's, a business', another's page and post office box. */
enum {
	HOME_PAGE = EX_FLD_EXTENDED + 4, BOX = EX_FLD_EXTENDED + 1
};

/* Where the parts of an ADR stand (RFC 6350, 6.3.1). */
static const size_t adr_part[ADR_PARTS] = { 2, 3, 4, 6, 5 };

/* What a place of these TYPEs may hold of others, the best first. */
static const struct {
	const char *type, *place;
} next_best[] = {
	{ "fax", "fax,work" }, { "fax", "fax,home" }, { "fax", "fax" },
	{ "pager", "pager" }, { "cell", "cell" }, { "car", "car" },
	{ "main-number", "main-number" }, { "isdn", "isdn" },
	{ "textphone", "textphone" }, { "x-callback", "x-callback" },
	{ "x-assistant", "x-assistant" }, { "work", "work" },
	{ "home", "home" }, { "", "" },
};

#define N(list)	(sizeof(list) / sizeof(*(list)))

static bool
has(struct ex_str types, const char *type)
{
	size_t n = strlen(type), i;

	if (n == 0)
		return true;
	for (i = 0; i + n <= types.n; i++)
		if (memcmp(types.p + i, type, n) == 0 &&
		    (i == 0 || types.p[i - 1] == ',') &&
		    (i + n == types.n || types.p[i + n] == ','))
			return true;
	return false;
}

static bool
is_free(int i, const struct ex_exmap_bits *b,
    const struct ex_exmap_values *was, const struct ex_exmap_values *v)
{
	unsigned flags = b->server->flags(i);

	return v->v[i].p == NULL && flags != 0 &&
	    ((flags & EX_EXF_LATE) == 0 ||
	    (was != NULL && was->v[i].p != NULL));
}

/* A number without "tel:", which is for programs. */
static struct ex_str
number(const struct ex_prop *p, struct ex_arena *a)
{
	struct ex_str s = ex_exmap_text(p, a);

	if (s.n > 4 && ex_str_is_nocase((struct ex_str){ s.p, 4 }, "tel:")) {
		s.p += 4;
		s.n -= 4;
	}
	return s.p == NULL ? s : ex_exmap_clean(s, false, a);
}

static bool
place(struct ex_exmap_bit *bit, const char *types,
    const struct ex_exmap_bits *b, const struct ex_exmap_values *was,
    struct ex_exmap_values *v)
{
	struct ex_str s = number(bit->prop, b->a);
	int i;

	for (i = EX_FLD_TEL; s.p != NULL && i < EX_FLD_TEL + TELS; i++) {
		if (strcmp(ex_exmap_arg(i), types) != 0 ||
		    !is_free(i, b, was, v))
			continue;
		v->v[i] = s;
		bit->slot = ex_str_of(ex_exmap_key(i));
		return true;
	}
	return false;
}

static void
place_next(struct ex_exmap_bit *bit, const struct ex_exmap_bits *b,
    const struct ex_exmap_values *was, struct ex_exmap_values *v)
{
	struct ex_str types = ex_exmap_types(bit->prop, b->a);
	bool voice = !has(types, "fax") && !has(types, "pager");
	size_t i;

	for (i = 0; i < N(next_best); i++)
		if (has(types, next_best[i].type) &&
		    (voice || has(ex_str_of(next_best[i].place), "fax") ||
		    has(ex_str_of(next_best[i].place), "pager")) &&
		    place(bit, next_best[i].place, b, was, v))
			return;
}

static bool
is_open(const struct ex_exmap_bits *b, size_t i, const char *name)
{
	return b->v[i].slot.p == NULL && b->v[i].prop != NULL &&
	    ex_str_is(b->v[i].prop->name, name);
}

static void
fill_tel(struct ex_exmap_bits *b, const struct ex_exmap_values *was,
    struct ex_exmap_values *v)
{
	struct ex_str types;
	char exact[64];
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (!is_open(b, i, "tel"))
			continue;
		types = ex_exmap_types(b->v[i].prop, b->a);
		if (types.n >= sizeof(exact))
			continue;
		memcpy(exact, types.p, types.n);
		exact[types.n] = '\0';
		place(&b->v[i], exact, b, was, v);
	}
	for (i = 0; i < b->n; i++)
		if (is_open(b, i, "tel"))
			place_next(&b->v[i], b, was, v);
}

static void
take_tel(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	int i;

	for (i = EX_FLD_TEL; i < EX_FLD_TEL + TELS; i++)
		if (v->v[i].p != NULL)
			ex_exmap_set_types(ex_exmap_put(b, ex_exmap_key(i),
			    "tel", "text", v->v[i]), ex_exmap_arg(i), b->a);
}

/* "local@domain" (RFC 5321, 4.1.2), as far as a server looks. */
static bool
is_address(struct ex_str s)
{
	const char *at = memchr(s.p, '@', s.n);

	return at != NULL && at > s.p && at < s.p + s.n - 1 &&
	    memchr(s.p, ' ', s.n) == NULL;
}

/* The first n texts of that name, to fields from at on. */
static void
fill_row(struct ex_exmap_bits *b, const char *name, int at, int n,
    struct ex_exmap_values *v)
{
	struct ex_str s;
	size_t i;

	for (i = 0; i < b->n && n > 0; i++) {
		if (!is_open(b, i, name))
			continue;
		s = ex_exmap_text(b->v[i].prop, b->a);
		/* our mark for what has no scheme there */
		if (at == EX_FLD_IM && s.n > 3 && ex_str_starts(s, "im:")) {
			s.p += 3;
			s.n -= 3;
		}
		s = s.p == NULL ? s : ex_exmap_clean(s, false, b->a);
		if (s.p == NULL || (at < EX_FLD_EMAIL + EMAILS &&
		    b->server->strict && !is_address(s)))
			continue;
		v->v[at] = s;
		b->v[i].slot = ex_str_of(ex_exmap_key(at));
		at++;
		n--;
	}
}

static bool
has_scheme(struct ex_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == ':')
			return i > 0;
		else if ((s.p[i] | 0x20) < 'a' || (s.p[i] | 0x20) > 'z')
			return false;
	return false;
}

static void
take_rows(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	struct ex_str s;
	int i;

	for (i = EX_FLD_EMAIL; i < EX_FLD_EMAIL + EMAILS; i++)
		if (v->v[i].p != NULL)
			ex_exmap_put(b, ex_exmap_key(i), "email",
			    "text", v->v[i]);
	for (i = EX_FLD_IM; i < EX_FLD_IM + IMS; i++) {
		if ((s = v->v[i]).p == NULL)
			continue;
		if (!has_scheme(s))
			s = ex_arena_fmt(b->a, "im:%.*s", EX_STR_ARG(s));
		ex_exmap_put(b, ex_exmap_key(i), "impp", "uri", s);
	}
}

static const char *
adr_key(int k)
{
	return ex_exmap_key(EX_FLD_ADR + k * ADR_PARTS);
}

/* Put an ADR at the k-th place, if it is free and something fits there. */
static bool
place_adr(struct ex_exmap_bit *bit, int k, struct ex_arena *a,
    struct ex_exmap_values *v)
{
	int at = EX_FLD_ADR + k * ADR_PARTS, i;
	struct ex_str s[ADR_PARTS], box;
	bool any = false;

	if (v->v[BOX + k].p != NULL)
		return false;
	for (i = 0; i < ADR_PARTS; i++) {
		if (v->v[at + i].p != NULL)
			return false;
		s[i] = ex_exmap_part_clean(bit->prop, adr_part[i], ", ",
		    true, a);
		any |= s[i].p != NULL;
	}
	box = ex_exmap_part_clean(bit->prop, 0, ", ", false, a);
	if (!any && box.p == NULL)
		return false;
	memcpy(&v->v[at], s, sizeof(s));
	v->v[BOX + k] = box;
	bit->slot = ex_arena_fmt(a, "adr%s", adr_key(k));
	if (ex_prop_param(bit->prop, "pref") != NULL &&
	    ex_str_is(ex_prop_param(bit->prop, "pref")->value[0], "1"))
		v->v[EX_FLD_POSTAL] = ex_str_of(adr_key(k));
	return true;
}

static void
fill_adr(struct ex_exmap_bits *b, struct ex_exmap_values *v)
{
	struct ex_str types;
	size_t i;
	int k;

	v->v[EX_FLD_POSTAL] = EX_STR("None");
	for (i = 0; i < b->n; i++) {
		if (!is_open(b, i, "adr"))
			continue;
		types = ex_exmap_types(b->v[i].prop, b->a);
		for (k = 0; k < ADRS; k++)
			if (ex_str_is(types, ex_exmap_arg(EX_FLD_ADR +
			    k * ADR_PARTS)) &&
			    place_adr(&b->v[i], k, b->a, v))
				break;
	}
	for (i = 0; i < b->n; i++) {
		if (!is_open(b, i, "adr"))
			continue;
		types = ex_exmap_types(b->v[i].prop, b->a);
		if ((!has(types, "work") || !place_adr(&b->v[i], 1, b->a, v)) &&
		    (!has(types, "home") || !place_adr(&b->v[i], 0, b->a, v)))
			place_adr(&b->v[i], 2, b->a, v);
	}
}

static void
take_adr(const struct ex_exmap_values *v, int k, struct ex_exmap_bits *b)
{
	int at = EX_FLD_ADR + k * ADR_PARTS, i;
	struct ex_str s[7] = { v->v[BOX + k] };
	struct ex_json *array = ex_json_new(b->a, EX_JSON_ARRAY);
	struct ex_json **tail = &array->child;
	bool any = s[0].p != NULL;
	struct ex_prop *p;
	const struct ex_str one = EX_STR("1");

	for (i = 0; i < ADR_PARTS; i++) {
		s[adr_part[i]] = v->v[at + i];
		any |= v->v[at + i].p != NULL;
	}
	if (!any)
		return;
	for (i = 0; i < 7; i++) {
		*tail = ex_json_text(b->a, s[i].p ? s[i] : EX_STR(""));
		tail = &(*tail)->next;
	}
	p = ex_prop_new(b->a, EX_STR("adr"), EX_STR("text"), array);
	if (ex_str_is(v->v[EX_FLD_POSTAL], adr_key(k)))
		ex_prop_add_param(b->a, p, EX_STR("pref"), &one, 1);
	ex_exmap_set_types(p, ex_exmap_arg(at), b->a);
	ex_exmap_bit_prop(b, ex_arena_fmt(b->a, "adr%s", adr_key(k)), p);
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' &&
	    (c | 0x20) <= 'f');
}

/* RFC 3986's characters, and those of an IRI: else the schema refuses it. */
static bool
is_uri(struct ex_str s)
{
	static const char ok[] = "-._~:/?#@!$&'()*+,;=%";
	size_t i, marks = 0;
	char c;

	for (i = 0; i < s.n; i++) {
		c = s.p[i];
		if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' &&
		    (c | 0x20) <= 'z') || (unsigned char)c >= 0x80)
			continue;
		if (c == '\0' || strchr(ok, c) == NULL)
			return false;
		marks += c == '#';
		if (c == '%' && (i + 2 >= s.n || !is_hex(s.p[i + 1]) ||
		    !is_hex(s.p[i + 2])))
			return false;
	}
	return marks < 2;
}

static bool
place_url(struct ex_exmap_bit *bit, int field, const char *slot,
    struct ex_arena *a, struct ex_exmap_values *v)
{
	struct ex_str s = ex_prop_text(bit->prop);

	s = s.p == NULL ? s : ex_exmap_clean(s, false, a);
	if (v->v[field].p != NULL || s.p == NULL ||
	    (field == EX_FLD_URL && !is_uri(s)))
		return false;
	v->v[field] = s;
	bit->slot = ex_str_of(slot);
	return true;
}

static void
fill_url(struct ex_exmap_bits *b, struct ex_exmap_values *v)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (is_open(b, i, "url") &&
		    ex_exmap_has_type(b->v[i].prop, "home"))
			place_url(&b->v[i], HOME_PAGE, "page", b->a, v);
	for (i = 0; i < b->n; i++)
		if (is_open(b, i, "url") &&
		    !place_url(&b->v[i], EX_FLD_URL, "url", b->a, v))
			place_url(&b->v[i], HOME_PAGE, "page", b->a, v);
}

void
ex_exmap_ways_fill(struct ex_exmap_bits *b,
    const struct ex_exmap_values *was, struct ex_exmap_values *v)
{
	fill_tel(b, was, v);
	fill_row(b, "email", EX_FLD_EMAIL, EMAILS, v);
	fill_row(b, "impp", EX_FLD_IM, IMS, v);
	fill_adr(b, v);
	fill_url(b, v);
}

void
ex_exmap_ways_take(const struct ex_exmap_values *v,
    struct ex_exmap_bits *b)
{
	int k;

	take_tel(v, b);
	take_rows(v, b);
	for (k = 0; k < ADRS; k++)
		take_adr(v, k, b);
	if (v->v[EX_FLD_URL].p != NULL)
		ex_exmap_put(b, "url", "url", "uri", v->v[EX_FLD_URL]);
	if (v->v[HOME_PAGE].p != NULL)
		ex_exmap_set_types(ex_exmap_put(b, "page", "url", "uri",
		    v->v[HOME_PAGE]), "home", b->a);
}
