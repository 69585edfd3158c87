/*
 * canonprop.c: the members that one property has in a view
 *
 * A member is ["name",{parameters},value]; formats.md 3, rules 2, 6, 10,
 * 12, 13 and 16.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/hash.h>
#include <ex/item.h>
#include <ex/json.h>
#include <ex/text.h>

#include "priv.h"

/*
 * Longer parameters of a property that holds many values are digested, for
 * each of its members has them.
 */
#define LONG_PARAMS	512

/* What the parameters say beside what is written as they come. */
struct seen {
	struct ex_str prop;	/* the property's name */
	bool binary;
	bool timed;
	bool typed;		/* TYPE has been written */
	bool first;		/* TYPE=pref */
	const struct ex_param *pref;
};

static void
open_param(struct ex_canon *c, const struct ex_canon_param *e,
    struct ex_str name)
{
	if (c->params.n > 1)
		ex_buf_putc(&c->params, ',');
	if (e == NULL) {
		ex_canon_text(c, &c->params, name, false);
		ex_buf_putc(&c->params, ':');
		return;
	}
	ex_buf_putc(&c->params, '"');
	ex_buf_str(&c->params, name);
	ex_buf_add(&c->params, "\":", 2);
}

/* The values on the list from 0 on, sorted: none, one, or an array. */
static void
put_set(struct ex_canon *c, const struct ex_canon_param *e)
{
	size_t i, n = ex_canon_sort(c->list, c->nlist);

	c->nlist = 0;
	if (n == 0)
		return;
	open_param(c, e, e->name);
	if (n > 1)
		ex_buf_putc(&c->params, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			ex_buf_putc(&c->params, ',');
		if (e->class == EX_CANON_PURISET)
			ex_canon_uri(c, &c->params, c->list[i]);
		else
			ex_canon_text(c, &c->params, c->list[i], false);
	}
	if (n > 1)
		ex_buf_putc(&c->params, ']');
}

/* One by one, in their order. */
static void
put_values(struct ex_canon *c, const struct ex_canon_param *e,
    const struct ex_param *p)
{
	enum ex_canon_pclass class = e == NULL ? EX_CANON_PTEXT : e->class;
	size_t mark = c->params.n, i;
	bool any = false;

	open_param(c, e, p->name);
	if (p->nvalue > 1)
		ex_buf_putc(&c->params, '[');
	for (i = 0; i < p->nvalue; i++) {
		if (i > 0)
			ex_buf_putc(&c->params, ',');
		if (class == EX_CANON_PFOLD)
			any |= ex_canon_fold(&c->params, p->value[i]);
		else if (class == EX_CANON_PURI)
			any |= ex_canon_uri(c, &c->params, p->value[i]);
		else
			any |= ex_canon_text(c, &c->params, p->value[i],
			    false);
	}
	if (p->nvalue > 1)
		ex_buf_putc(&c->params, ']');
	if (!any)
		c->params.n = mark;
}

/* TYPE="home,work" is two values (RFC 6350, 5.6 writes it so). */
static void
gather_types(struct ex_canon *c, struct seen *seen, const struct ex_param *p)
{
	struct ex_str s, one;
	const char *comma;
	size_t i;

	for (i = 0; i < p->nvalue; i++) {
		s = ex_text_lower(p->value[i], &c->scratch);
		while (s.n > 0) {
			one = s;
			if ((comma = memchr(s.p, ',', s.n)) != NULL)
				one.n = (size_t)(comma - s.p);
			s.p += one.n;
			s.n -= one.n;
			if (comma != NULL) {
				s.p++;
				s.n--;
			}
			one = ex_str_trim(one);
			if (ex_str_is(one, "pref"))
				seen->first = true;
			else if (one.n > 0 &&
			    !ex_canon_idle_type(seen->prop, one))
				ex_canon_list_add(c, one);
		}
	}
}

static void
put_types(struct ex_canon *c, struct seen *seen, const struct ex_prop *prop,
    const struct ex_canon_param *e)
{
	size_t i;

	if (seen->typed || seen->binary)
		return;
	seen->typed = true;
	for (i = 0; i < prop->nparam; i++)
		if (ex_str_is(prop->param[i].name, "type"))
			gather_types(c, seen, &prop->param[i]);
	put_set(c, e);
}

static bool
known_encoding(const struct ex_param *p)
{
	static const char *const known[] = {
		"b", "base64", "q", "quoted-printable", "7bit", "8bit"
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (ex_str_is_nocase(p->value[0], known[i]))
			return true;
	return false;
}

static void
put_sorted(struct ex_canon *c, const struct ex_canon_param *e,
    const struct ex_param *p)
{
	size_t i;

	for (i = 0; i < p->nvalue; i++)
		ex_canon_list_add(c, e->class == EX_CANON_PURISET ?
		    p->value[i] : ex_text_lower(p->value[i], &c->scratch));
	put_set(c, e);
}

static void
put_param(struct ex_canon *c, struct seen *seen, const struct ex_prop *prop,
    const struct ex_param *p)
{
	const struct ex_canon_param *e = ex_canon_param(c, p->name);

	switch (e == NULL ? EX_CANON_PTEXT : e->class) {
	case EX_CANON_PDROP:
		return;
	case EX_CANON_PENCODING:
		if (!known_encoding(p))
			put_values(c, e, p);
		return;
	case EX_CANON_PGROUP:
		c->group = ex_text_lower(p->value[0], &c->scratch);
		return;
	case EX_CANON_PTZID:
		if (!seen->timed)
			put_values(c, e, p);
		return;
	case EX_CANON_PPREF:
		seen->pref = p;
		return;
	case EX_CANON_PTYPE:
		put_types(c, seen, prop, e);
		return;
	case EX_CANON_PSET:
	case EX_CANON_PURISET:
		put_sorted(c, e, p);
		return;
	case EX_CANON_PFOLD:
		if (e->otherwise != NULL && p->nvalue == 1 &&
		    ex_str_is_nocase(p->value[0], e->otherwise))
			return;
		if (seen->binary && ex_str_is(e->name, "mediatype"))
			return;
		put_values(c, e, p);
		return;
	case EX_CANON_PTEXT:
	case EX_CANON_PURI:
		put_values(c, e, p);
		return;
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct ex_param *p = a, *q = b;

	return ex_str_cmp(p->name, q->name);
}

/* The parameters by name; the normal form has them so. */
static const struct ex_param *
sorted(struct ex_canon *c, const struct ex_prop *prop)
{
	struct ex_param *copy;
	size_t i;

	for (i = 1; i < prop->nparam; i++)
		if (ex_str_cmp(prop->param[i - 1].name,
		    prop->param[i].name) > 0)
			break;
	if (i >= prop->nparam)
		return prop->param;
	copy = ex_arena_array(&c->scratch, prop->nparam, sizeof(*copy));
	memcpy(copy, prop->param, prop->nparam * sizeof(*copy));
	qsort(copy, prop->nparam, sizeof(*copy), by_name);
	return copy;
}

/* {"name":value,...} into c->params; what TYPE may say too stands last. */
static void
put_params(struct ex_canon *c, struct seen *seen, const struct ex_prop *prop,
    bool said)
{
	const struct ex_param *param;
	size_t i;

	ex_buf_clear(&c->params);
	ex_buf_putc(&c->params, '{');
	if (prop->nparam > 0) {
		param = sorted(c, prop);
		for (i = 0; i < prop->nparam; i++)
			if (param[i].nvalue > 0)
				put_param(c, seen, prop, &param[i]);
	}
	if (seen->pref != NULL)
		put_values(c, NULL, seen->pref);
	else if (seen->first) {
		open_param(c, NULL, EX_STR("pref"));
		ex_buf_puts(&c->params, "\"1\"");
	}
	if (said) {
		open_param(c, NULL, EX_STR("value"));
		ex_canon_fold(&c->params, prop->type);
	}
	ex_buf_putc(&c->params, '}');
}

static void
digest_params(struct ex_canon *c)
{
	char hex[EX_HASH_HEX];

	if (c->params.n <= LONG_PARAMS)
		return;
	ex_hash_hex(c->hash, c->params.p, c->params.n, hex);
	ex_buf_clear(&c->params);
	ex_buf_puts(&c->params, "{\"#\":\"");
	ex_buf_add(&c->params, hex, EX_HASH_HEX - 1);
	ex_buf_puts(&c->params, "\"}");
}

/* v and, unless one, all behind it, as one value. */
static bool
put_value(struct ex_canon *c, enum ex_canon_class class,
    const struct ex_json *v, bool one)
{
	bool any = false;

	if (one || v->next == NULL)
		return ex_canon_value(c, class, v);
	ex_buf_putc(&c->text, '[');
	for (;;) {
		any |= ex_canon_value(c, class, v);
		if ((v = v->next) == NULL)
			break;
		ex_buf_putc(&c->text, ',');
	}
	ex_buf_putc(&c->text, ']');
	return any;
}

/* Rule 13, where no parameter makes it more than the default. */
static bool
is_default(const struct ex_canon *c, const struct ex_canon_name *e,
    size_t from)
{
	struct ex_str s = { c->text.p + from, c->text.n - from };

	return e != NULL && e->otherwise != NULL && c->params.n == 2 &&
	    ex_str_is(s, e->otherwise);
}

/* ["name",{parameters}, */
static void
put_head(struct ex_canon *c, const struct ex_canon_name *e,
    struct ex_str name)
{
	char *p;

	if (e == NULL) {
		ex_buf_putc(&c->text, '[');
		ex_canon_text(c, &c->text, name, false);
		ex_buf_putc(&c->text, ',');
	} else {
		if ((p = ex_buf_room(&c->text, name.n + 4)) == NULL)
			return;
		p[0] = '[';
		p[1] = '"';
		memcpy(p + 2, name.p, name.n);
		p[name.n + 2] = '"';
		p[name.n + 3] = ',';
		c->text.n += name.n + 4;
	}
	if ((p = ex_buf_room(&c->text, c->params.n + 1)) == NULL)
		return;
	memcpy(p, c->params.p, c->params.n);
	p[c->params.n] = ',';
	c->text.n += c->params.n + 1;
}

/*
 * Rule 10: what is empty is not there, but for an ADR that is all in its
 * label (RFC 7095, 3.3.1.3 writes unstructured addresses so).
 */
static void
put_member(struct ex_canon *c, const struct ex_canon_name *e,
    const struct ex_prop *prop, enum ex_canon_class class,
    const struct ex_json *v, bool one)
{
	struct ex_canon_member *m;
	size_t at = c->text.n, from;
	bool any;

	put_head(c, e, prop->name);
	from = c->text.n;
	any = put_value(c, class, v, one);
	if (!any && class == EX_CANON_PARTS)
		any = ex_prop_param(prop, "label") != NULL;
	if (!any || is_default(c, e, from)) {
		c->text.n = at;
		return;
	}
	ex_buf_putc(&c->text, ']');
	m = ex_canon_push(c);
	m->at = at;
	m->view = (struct ex_str){ NULL, c->text.n - at };
	m->prop = prop;
	m->value = one ? v : NULL;
	m->group = c->group;
}

static struct ex_str
zone_of(struct ex_canon *c, const struct ex_prop *prop)
{
	size_t i;

	for (i = 0; i < prop->nparam; i++)
		if (ex_str_is(prop->param[i].name, "tzid") &&
		    prop->param[i].nvalue > 0)
			return ex_canon_tzid(c, prop->param[i].value[0]);
	return EX_STR_NONE;
}

static void
put_ready(struct ex_canon *c, const struct ex_prop *prop)
{
	struct ex_str view = prop->ready->view;
	struct ex_canon_member *m;

	if (view.n == 0)
		return;
	m = ex_canon_push(c);
	*m = (struct ex_canon_member){ .view = { NULL, view.n },
	    .at = c->text.n, .prop = prop };
	ex_buf_str(&c->text, view);
}

void
ex_canon_prop(struct ex_canon *c, const struct ex_prop *prop, bool skip_uid)
{
	const struct ex_canon_name *e;
	enum ex_canon_class class;
	const struct ex_json *v = prop->value;
	struct seen seen = { .prop = prop->name };
	struct ex_json bytes;
	bool said = false;

	if (prop->ready != NULL && prop->ready->view.p != NULL) {
		put_ready(c, prop);
		return;
	}
	e = ex_canon_name(c, prop->name);
	class = e == NULL ? EX_CANON_AUTO : e->class;
	if (v == NULL || class == EX_CANON_DROP ||
	    (class == EX_CANON_UID && skip_uid))
		return;
	if (class == EX_CANON_AUTO || class == EX_CANON_UID)
		class = ex_canon_type(prop->type, &said);
	if (e != NULL && (e->flags & EX_CANON_URI_DEFAULT) != 0 &&
	    class == EX_CANON_URI)
		said = false;
	if (class == EX_CANON_URI && v->type == EX_JSON_STRING &&
	    v->next == NULL) {
		bytes = *v;
		bytes.text = ex_canon_data_uri(v->text);
		if (bytes.text.p != NULL) {
			v = &bytes;
			class = EX_CANON_BINARY;
			said = false;
		}
	}
	seen.binary = class == EX_CANON_BINARY;
	seen.timed = class == EX_CANON_TIME || class == EX_CANON_DAY;
	c->zone = seen.timed && prop->nparam > 0 ? zone_of(c, prop) :
	    EX_STR_NONE;
	c->group = EX_STR_NONE;
	put_params(c, &seen, prop, said);
	if (e == NULL || (e->flags & EX_CANON_LIST) == 0) {
		put_member(c, e, prop, class, v, false);
		return;
	}
	digest_params(c);
	for (; v != NULL; v = v->next)
		put_member(c, e, prop, class, v, true);
}
