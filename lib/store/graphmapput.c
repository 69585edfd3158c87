/*
 * graphmapput.c: an item's values, written as JSON
 *
 * Only declared members; those that are one member there (a list, an
 * address) are written whole if any part of them changes.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/json.h>

#include "graphmappriv.h"

/* An object that is being written. */
struct object {
	struct ex_buf *b;
	struct ex_arena a;
	enum ex_kind kind;
	const struct ex_exmap_values *was;	/* NULL: a new item */
	const struct ex_exmap_values *v;
	bool occurrence;
	bool when, name;			/* these change */
};

static const struct ex_graphmap_field *
row(const struct object *o, int i)
{
	return ex_graphmap_row(o->kind, i);
}

static bool
differs(const struct object *o, int i)
{
	return !ex_str_eq(o->was->v[i], o->v->v[i]);
}

/* Has a field to be sent? */
static bool
wanted(const struct object *o, int i)
{
	const struct ex_graphmap_field *f = row(o, i);
	bool there = o->v->v[i].p != NULL;

	if (f == NULL || (f->flags & EX_EXF_READ) != 0)
		return false;
	if (o->was == NULL)
		return there;
	if ((f->flags & EX_EXF_ONCE) != 0 ||
	    ((f->flags & EX_EXF_SERIES) != 0 && o->occurrence) ||
	    ((f->flags & EX_EXF_ALWAYS) != 0 && !there))
		return false;
	return differs(o, i) || (there && ((o->when &&
	    (f->flags & EX_EXF_WHEN) != 0) || (o->name && i == EX_FLD_FN)));
}

/* Do these change that others are sent with? */
static void
look(struct object *o)
{
	static const int name[] = {
		EX_FLD_SURNAME, EX_FLD_GIVEN, EX_FLD_MIDDLE, EX_FLD_EXTENDED,
		EX_FLD_GENERATION, EX_FLD_COMPANY
	};
	const struct ex_graphmap_field *f;
	size_t k;
	int i;

	for (i = 0; o->was != NULL && i < EX_FLD_N; i++)
		if ((f = row(o, i)) != NULL && (f->flags & EX_EXF_WHEN) != 0)
			o->when |= differs(o, i);
	/* Graph makes displayName anew of these */
	for (k = 0; o->was != NULL && k < sizeof(name) / sizeof(*name); k++)
		o->name |= differs(o, name[k]);
}

static void
key(struct ex_buf *b, const char *name)
{
	ex_buf_fmt(b, "%s\"%s\":", b->p[b->n - 1] == '{' ? "" : ",", name);
}

static void
comma(struct ex_buf *b)
{
	if (b->p[b->n - 1] != '[')
		ex_buf_putc(b, ',');
}

static void
put_text(struct ex_buf *b, struct ex_str s)
{
	if (s.p == NULL)
		ex_buf_puts(b, "null");
	else
		ex_json_string(b, s);
}

static void
put_with(struct ex_buf *b, struct ex_str s, const char *behind)
{
	if (s.p == NULL)
		ex_buf_puts(b, "null");
	else
		ex_buf_fmt(b, "\"%.*s%s\"", EX_STR_ARG(s), behind);
}

static void
put_word(struct ex_buf *b, struct ex_str s)
{
	if (ex_str_is(s, "OOF"))
		s = EX_STR("oof");
	ex_buf_fmt(b, "\"%c%.*s\"", *s.p | 0x20, (int)s.n - 1, s.p + 1);
}

static void
put_strings(struct ex_buf *b, struct ex_str s)
{
	ex_buf_putc(b, '[');
	while (s.n > 0) {
		comma(b);
		ex_json_string(b, ex_exmap_line(&s));
	}
	ex_buf_putc(b, ']');
}

static void
put_zoned(struct ex_buf *b, struct ex_str time, struct ex_str zone)
{
	ex_buf_puts(b, "{");
	ex_json_member(b, "dateTime", time);
	ex_json_member(b, "timeZone", zone);
	ex_buf_puts(b, "}");
}

/* On the clock of its zone, which is what Graph remembers it in. */
static void
put_when(struct object *o, struct ex_str time, struct ex_str zone)
{
	struct ex_exchange_when w = { .tzid = zone };
	struct ex_exchange_time t;

	if (time.p == NULL || !ex_exchange_time(time, &t))
		ex_buf_puts(o->b, "null");
	else
		put_zoned(o->b, ex_exchange_local(&o->a,
		    ex_exchange_to_local(&w, t.sec)), zone);
}

static void
put_instant(struct object *o, struct ex_str s)
{
	struct ex_exchange_time t;

	if (s.p == NULL || !ex_exchange_time(s, &t))
		ex_buf_puts(o->b, "null");
	else
		put_zoned(o->b, ex_exchange_local(&o->a, t.sec),
		    EX_STR("UTC"));
}

static void
put_rule(struct ex_buf *b, struct ex_str s)
{
	struct ex_exchange_rule r;

	if (s.p != NULL && ex_exmap_rule_parse(s, &r))
		ex_graphmap_rule_put(b, &r);
	else
		ex_buf_puts(b, "null");
}

static void
put_body(struct ex_buf *b, struct ex_str s)
{
	ex_buf_puts(b, "{\"contentType\":\"text\",\"content\":");
	ex_json_string(b, s);
	ex_buf_putc(b, '}');
}

/* A list's or an object's, from field i up to end. */
static void
put_group(struct ex_buf *b, const struct object *o, int i, int end)
{
	bool part = row(o, i)->form == EX_GRF_PART;
	bool email = row(o, i)->form == EX_GRF_EMAIL;

	ex_buf_putc(b, part ? '{' : '[');
	for (; i < end; i++) {
		if (part) {
			key(b, row(o, i)->part);
			put_text(b, o->v->v[i]);
		} else if (o->v->v[i].p != NULL) {
			comma(b);
			ex_buf_puts(b, email ? "{\"address\":" : "");
			ex_json_string(b, o->v->v[i]);
			ex_buf_puts(b, email ? "}" : "");
		}
	}
	ex_buf_putc(b, part ? '}' : ']');
}

static void
put_value(struct object *o, int i, int end)
{
	struct ex_str s = o->v->v[i];

	switch (row(o, i)->form) {
	case EX_GRF_BODY:
		put_body(o->b, s);
		break;
	case EX_GRF_WORD:
		put_word(o->b, s);
		break;
	case EX_GRF_FLAG:
	case EX_GRF_NUMBER:
		ex_buf_str(o->b, s);
		break;
	case EX_GRF_NOON:
		put_with(o->b, s, "T11:59:00Z");
		break;
	case EX_GRF_WHEN:
		put_when(o, s, o->v->v[i == EX_FLD_START ? EX_FLD_STARTZONE :
		    EX_FLD_ENDZONE]);
		break;
	case EX_GRF_INSTANT:
	case EX_GRF_DAY:
		put_instant(o, s);
		break;
	case EX_GRF_STRINGS:
		put_strings(o->b, s);
		break;
	case EX_GRF_ENTRY:
	case EX_GRF_EMAIL:
	case EX_GRF_PART:
		put_group(o->b, o, i, end);
		break;
	case EX_GRF_RULE:
		put_rule(o->b, s);
		break;
	case EX_GRF_TEXT:
	case EX_GRF_LINES:
	case EX_GRF_TIME:
	case EX_GRF_ZONE:
	case EX_GRF_PEOPLE:
	case EX_GRF_MEETING:
	case EX_GRF_CANCELLED:
	case EX_GRF_EXT:
	case EX_GRF_EXT_NUMBER:
	case EX_GRF_EXT_NOON:
	case EX_GRF_EXT_CODE:
	case EX_GRF_OPEN:
		put_text(o->b, s);
		break;
	}
}

static bool
is_member(const struct ex_graphmap_field *f)
{
	return f != NULL && !ex_graphmap_is_extended(f) &&
	    f->form != EX_GRF_OPEN && f->form != EX_GRF_ZONE;
}

static void
put_members(struct object *o)
{
	int i, end;
	bool any;

	for (i = 0; i < EX_FLD_N; i = end) {
		end = i + 1;
		if (!is_member(row(o, i)))
			continue;
		any = wanted(o, i);
		for (; end < EX_FLD_N && is_member(row(o, end)) &&
		    strcmp(row(o, end)->name, row(o, i)->name) == 0; end++)
			any |= wanted(o, end);
		if (!any)
			continue;
		key(o->b, row(o, i)->name);
		put_value(o, i, end);
	}
}

/* Null takes it away; a number is 0 then. */
static void
put_extended(struct ex_buf *b, const struct ex_graphmap_field *f,
    struct ex_str s)
{
	int n;

	ex_buf_fmt(b, "{\"id\":\"%s\",\"value\":", f->name);
	if (f->form == EX_GRF_EXT_NOON) {
		put_with(b, s, "T11:59:00Z");
	} else if (f->form == EX_GRF_EXT_CODE) {
		for (n = 0; ex_graphmap_word(f->part, n).p != NULL &&
		    !ex_str_eq(ex_graphmap_word(f->part, n), s); n++)
			;
		ex_buf_fmt(b, "\"%d\"", n);
	} else if (f->form == EX_GRF_EXT_NUMBER && s.p == NULL) {
		ex_buf_puts(b, "\"0\"");
	} else {
		put_text(b, s);
	}
	ex_buf_putc(b, '}');
}

/* What a new item is without being told. */
static bool
is_default(const struct object *o, int i)
{
	const struct ex_graphmap_field *f = row(o, i);

	return o->was == NULL && f->form == EX_GRF_EXT_CODE &&
	    ex_str_eq(ex_graphmap_word(f->part, 0), o->v->v[i]);
}

static void
put_properties(struct object *o)
{
	const struct ex_graphmap_field *f;
	bool any = false;
	int i;

	for (i = 0; i < EX_FLD_N; i++) {
		f = row(o, i);
		if (f == NULL || !ex_graphmap_is_extended(f) ||
		    !wanted(o, i) || is_default(o, i))
			continue;
		if (!any) {
			key(o->b, "singleValueExtendedProperties");
			ex_buf_putc(o->b, '[');
		}
		any = true;
		comma(o->b);
		put_extended(o->b, f, o->v->v[i]);
	}
	if (any)
		ex_buf_putc(o->b, ']');
}

void
ex_graphmap_put_extension(struct ex_buf *b, const struct ex_exmap_values *v)
{
	static const int fields[] = { EX_FLD_UID_OWN, EX_FLD_STAMP };
	struct ex_str over = v->v[EX_FLD_OVER];
	size_t i;

	ex_buf_puts(b, "{\"@odata.type\":\"microsoft.graph.openTypeExtension"
	    "\",\"extensionName\":\"" EX_GRAPHMAP_EXTENSION "\"");
	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		ex_json_member(b, ex_graphmap_row(EX_KIND_TASKS,
		    fields[i])->name, v->v[fields[i]]);
	ex_json_member(b, "over", over.p == NULL ? EX_STR("") : over);
	ex_buf_putc(b, '}');
}

static void
put(struct object *o)
{
	look(o);
	put_members(o);
	put_properties(o);
	ex_arena_free(&o->a);
}

void
ex_graphmap_create(struct ex_buf *b, enum ex_kind kind,
    const struct ex_exmap_values *v)
{
	struct object o = { .b = b, .a = EX_ARENA_INIT, .kind = kind,
	    .v = v };

	ex_buf_putc(b, '{');
	put(&o);
	/* the server makes no second event of one name */
	if (kind == EX_KIND_EVENTS && v->v[EX_FLD_STAMP].p != NULL)
		ex_json_member(b, "transactionId", v->v[EX_FLD_STAMP]);
	if (kind == EX_KIND_TASKS) {
		key(b, "extensions");
		ex_buf_putc(b, '[');
		ex_graphmap_put_extension(b, v);
		ex_buf_putc(b, ']');
	}
	ex_buf_putc(b, '}');
}

void
ex_graphmap_update(struct ex_buf *b, enum ex_kind kind,
    const struct ex_exmap_values *was, const struct ex_exmap_values *v,
    bool occurrence)
{
	struct object o = { .b = b, .a = EX_ARENA_INIT, .kind = kind,
	    .was = was, .v = v, .occurrence = occurrence };
	size_t n = b->n;

	ex_buf_putc(b, '{');
	put(&o);
	if (b->n == n + 1)
		b->n = n;
	else
		ex_buf_putc(b, '}');
}
