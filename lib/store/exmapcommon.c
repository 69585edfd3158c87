/*
 * exmapcommon.c: what several kinds of items have in the same fields
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/json.h>

#include "exmap.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct ex_str
ex_exmap_clean(struct ex_str s, bool lines, struct ex_arena *a)
{
	size_t i, n = 0;
	char *p, c;

	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	while (!lines && s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	if (s.n == 0)
		return EX_STR_NONE;
	p = ex_arena_bytes(a, s.n);
	for (i = 0; i < s.n; i++) {
		c = s.p[i];
		if (c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			continue;
		if (c == '\r')
			c = '\n';
		if (c == '\n' && !lines)
			c = ' ';
		/* XML 1.0, 2.2 has no other of these */
		if ((unsigned char)c < ' ' && c != '\n' && c != '\t')
			continue;
		p[n++] = c;
	}
	return n == 0 ? EX_STR_NONE : (struct ex_str){ p, n };
}

void
ex_exmap_fill_text(struct ex_exmap_bits *b, int field, const char *name,
    struct ex_exmap_values *v)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, name);
	bool lines = field == EX_FLD_BODY;
	struct ex_str s;

	if (bit == NULL)
		return;
	s = ex_exmap_text(bit->prop, b->a);
	if (s.p == NULL || (s = ex_exmap_clean(s, lines, b->a)).p == NULL)
		return;
	bit->slot = ex_str_of(name);
	v->v[field] = s;
}

void
ex_exmap_take_text(const struct ex_exmap_values *v, int field,
    const char *name, struct ex_exmap_bits *b)
{
	if (v->v[field].p != NULL)
		ex_exmap_put(b, name, name, name[0] == 'x' &&
		    name[1] == '-' ? "unknown" : "text", v->v[field]);
}

struct ex_str
ex_exmap_cut(struct ex_str *s, char sep)
{
	const char *end = memchr(s->p, sep, s->n);
	struct ex_str part = { s->p, end == NULL ? s->n :
	    (size_t)(end - s->p) };

	s->p += part.n + (end != NULL);
	s->n -= part.n + (end != NULL);
	return part;
}

struct ex_str
ex_exmap_line(struct ex_str *s)
{
	return ex_exmap_cut(s, '\n');
}

struct ex_str
ex_exmap_lines_of(struct ex_buf *b, struct ex_arena *a)
{
	struct ex_str s = b->n == 0 ? EX_STR_NONE : ex_arena_str(a,
	    ex_buf_get(b));

	ex_buf_fini(b);
	return s;
}

static void
fill_categories(struct ex_exmap_bits *b, struct ex_exmap_values *v)
{
	struct ex_exmap_index seen = { .a = b->a };
	struct ex_buf all = EX_BUF_INIT;
	struct ex_exmap_bit *bit;
	const struct ex_json *j;
	size_t i = b->from;
	struct ex_str s;

	while ((bit = ex_exmap_free_next(b, "categories", &i)) != NULL) {
		bit->slot = EX_STR("categories");
		for (j = bit->prop->value; j != NULL; j = j->next) {
			if (j->type != EX_JSON_STRING)
				continue;
			s = ex_exmap_clean(j->text, false, b->a);
			if (s.p == NULL || (*ex_exmap_index_at(&seen, s,
			    EX_STR_NONE))++ > 0)
				continue;
			if (all.n > 0)
				ex_buf_putc(&all, '\n');
			ex_buf_str(&all, s);
		}
	}
	v->v[EX_FLD_CATEGORIES] = ex_exmap_lines_of(&all, b->a);
}

struct ex_json *
ex_exmap_lines(struct ex_str s, struct ex_arena *a)
{
	struct ex_json *first = NULL, **tail = &first;

	while (s.n > 0) {
		*tail = ex_json_text(a, ex_exmap_line(&s));
		tail = &(*tail)->next;
	}
	return first;
}

/* RFC 5545, 3.8.1.3: a class that is not known is PRIVATE. */
static void
fill_class(struct ex_exmap_bits *b, const struct ex_exmap_values *was,
    struct ex_exmap_values *v)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, "class");
	struct ex_str s = bit == NULL ? EX_STR_NONE :
	    ex_prop_text(bit->prop);
	const char *to;

	if (bit != NULL)
		bit->slot = EX_STR("class");
	if (s.n == 0 || ex_str_is_nocase(s, "public"))
		to = "Normal";
	else if (ex_str_is_nocase(s, "confidential"))
		to = "Confidential";
	else if (was != NULL &&
	    ex_str_is(was->v[EX_FLD_SENSITIVITY], "Personal"))
		to = "Personal";	/* iCalendar has no word for it */
	else
		to = "Private";
	v->v[EX_FLD_SENSITIVITY] = ex_str_of(to);
}

static void
take_class(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	struct ex_str s = v->v[EX_FLD_SENSITIVITY];

	if (ex_str_is(s, "Confidential"))
		ex_exmap_put(b, "class", "class", "text",
		    EX_STR("CONFIDENTIAL"));
	else if (ex_str_is(s, "Private") || ex_str_is(s, "Personal"))
		ex_exmap_put(b, "class", "class", "text",
		    EX_STR("PRIVATE"));
}

/* RFC 5545, 3.8.1.9: 1 to 4 are high, 6 to 9 low. */
static void
fill_priority(struct ex_exmap_bits *b, struct ex_exmap_values *v)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, "priority");
	long long n = 0;

	if (bit != NULL) {
		bit->slot = EX_STR("priority");
		n = ex_str_number(bit->prop->value->text);
	}
	v->v[EX_FLD_IMPORTANCE] = n >= 1 && n <= 4 ? EX_STR("High") :
	    n >= 6 && n <= 9 ? EX_STR("Low") : EX_STR("Normal");
}

static void
take_priority(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	struct ex_str s = v->v[EX_FLD_IMPORTANCE];
	long long n = ex_str_is(s, "High") ? 1 : ex_str_is(s, "Low") ? 9 : 0;

	if (n > 0)
		ex_exmap_bit_prop(b, EX_STR("priority"), ex_prop_new(b->a,
		    EX_STR("priority"), EX_STR("integer"),
		    ex_json_int(b->a, n)));
}

/* What stands beside a DESCRIPTION says the same in other words. */
static void
fill_alternatives(struct ex_exmap_bits *b)
{
	struct ex_exmap_bit *bit;
	size_t i = b->from;

	while ((bit = ex_exmap_free_next(b, "x-alt-desc", &i)) != NULL)
		bit->slot = EX_STR("description");
}

void
ex_exmap_common_fill(struct ex_exmap_bits *b, enum ex_kind kind,
    const struct ex_exmap_values *was, struct ex_exmap_values *v)
{
	fill_class(b, was, v);
	fill_categories(b, v);
	if (kind == EX_KIND_CONTACTS) {
		ex_exmap_fill_text(b, EX_FLD_BODY, "note", v);
		return;
	}
	ex_exmap_fill_text(b, EX_FLD_SUBJECT, "summary", v);
	ex_exmap_fill_text(b, EX_FLD_BODY, "description", v);
	fill_alternatives(b);
	fill_priority(b, v);
}

void
ex_exmap_common_take(const struct ex_exmap_values *v, enum ex_kind kind,
    struct ex_exmap_bits *b)
{
	take_class(v, b);
	if (v->v[EX_FLD_CATEGORIES].p != NULL)
		ex_exmap_bit_prop(b, EX_STR("categories"), ex_prop_new(b->a,
		    EX_STR("categories"), EX_STR("text"),
		    ex_exmap_lines(v->v[EX_FLD_CATEGORIES], b->a)));
	if (kind == EX_KIND_CONTACTS) {
		ex_exmap_take_text(v, EX_FLD_BODY, "note", b);
		return;
	}
	ex_exmap_take_text(v, EX_FLD_SUBJECT, "summary", b);
	ex_exmap_take_text(v, EX_FLD_BODY, "description", b);
	take_priority(v, b);
}
