/*
 * icalrule.c: recurrence rules as jCal's objects, and back
 *
 * RFC 5545, 3.3.10, and RFC 7265, 3.6.10.  Only the shape is looked at: all
 * parts are kept, known or not, in their order.  Whether a rule means
 * something is for libical to say (ex_ical_check).
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/ical.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/text.h>

enum { MAX_PARTS = 64 };

enum form { RAW, WORD, NUMBERS, WORDS, UNTIL };

static const struct {
	struct ex_str name;
	enum form form;
} parts[] = {
	{ { "freq", 4 }, WORD },
	{ { "until", 5 }, UNTIL },
	{ { "count", 5 }, NUMBERS },
	{ { "interval", 8 }, NUMBERS },
	{ { "bysecond", 8 }, NUMBERS },
	{ { "byminute", 8 }, NUMBERS },
	{ { "byhour", 6 }, NUMBERS },
	{ { "byday", 5 }, WORDS },
	{ { "bymonthday", 10 }, NUMBERS },
	{ { "byyearday", 9 }, NUMBERS },
	{ { "byweekno", 8 }, NUMBERS },
	{ { "bymonth", 7 }, NUMBERS },
	{ { "bysetpos", 8 }, NUMBERS },
	{ { "wkst", 4 }, WORD },
	{ { "rscale", 6 }, WORD },
	{ { "skip", 4 }, WORD },
};

/* What stands before the next sep; the rest stays in *s. */
static struct ex_str
next(struct ex_str *s, char sep)
{
	const char *end = s->n == 0 ? NULL : memchr(s->p, sep, s->n);
	struct ex_str one = *s;

	if (end == NULL) {
		s->p += s->n;
		s->n = 0;
		return ex_line_trim(one);
	}
	one.n = (size_t)(end - s->p);
	s->p = end + 1;
	s->n -= one.n + 1;
	return ex_line_trim(one);
}

static struct ex_json *
atom(enum form form, struct ex_str s, struct ex_arena *a)
{
	struct ex_json *j = NULL;

	if (form == NUMBERS)
		j = ex_ical_integer(s, a);
	return j != NULL ? j : ex_json_text(a, ex_text_upper(s, a));
}

/* A list with more than one member is an array, else the member alone. */
static struct ex_json *
list(enum form form, struct ex_str s, struct ex_arena *a)
{
	struct ex_json *array, **tail;

	if (memchr(s.p, ',', s.n) == NULL)
		return atom(form, s, a);
	array = ex_json_new(a, EX_JSON_ARRAY);
	tail = &array->child;
	while (s.n > 0) {
		*tail = atom(form, next(&s, ','), a);
		tail = &(*tail)->next;
	}
	return array;
}

static struct ex_json *
value(enum form form, struct ex_str s, struct ex_arena *a)
{
	enum ex_ical_type type;
	struct ex_str iso;

	switch (form) {
	case WORD:
		return ex_json_text(a, ex_text_upper(s, a));
	case NUMBERS:
	case WORDS:
		return list(form, s, a);
	case UNTIL:
		if (ex_ical_when(s, a, &iso, &type) == NULL)
			return ex_json_text(a, iso);
		break;
	case RAW:
		break;
	}
	return ex_json_text(a, s);
}

static struct ex_json *
part(struct ex_str name, struct ex_str raw, struct ex_arena *a)
{
	enum form form = RAW;
	struct ex_json *j;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (name.n == parts[i].name.n &&
		    ex_str_is_nocase(name, parts[i].name.p)) {
			form = parts[i].form;
			name = parts[i].name;
			break;
		}
	j = value(form, raw, a);
	j->key = form == RAW ? ex_text_lower(name, a) : name;
	return j;
}

/*
 * Append a part.  The same twice is one; two that differ have no meaning,
 * and no place in an object.
 */
static bool
add(struct ex_json *rule, struct ex_json ***tail, struct ex_json *j)
{
	const struct ex_json *old = rule->child;

	while (old != NULL && !ex_str_eq(old->key, j->key))
		old = old->next;
	if (old != NULL)
		return ex_json_eq(old, j);
	**tail = j;
	*tail = &j->next;
	return true;
}

struct ex_json *
ex_ical_rule_read(struct ex_str raw, struct ex_arena *a)
{
	struct ex_json *rule = ex_json_new(a, EX_JSON_OBJECT);
	struct ex_json **tail = &rule->child;
	struct ex_str one, name;
	bool freq = false;
	size_t n = 0;

	while (raw.n > 0) {
		one = next(&raw, ';');
		if (one.n == 0)
			continue;
		if (memchr(one.p, '=', one.n) == NULL || ++n > MAX_PARTS)
			return NULL;
		name = next(&one, '=');
		if (name.n == 0)
			return NULL;
		one = ex_line_trim(one);
		if (!add(rule, &tail, part(name, one, a)))
			return NULL;
		freq |= ex_str_is_nocase(name, "freq") && one.n > 0;
	}
	return freq ? rule : NULL;
}

static void
write_upper(struct ex_buf *b, struct ex_str s)
{
	char *p = ex_buf_room(b, s.n);
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'a' && s.p[i] <= 'z' ?
		    (char)(s.p[i] - 0x20) : s.p[i];
	b->n += s.n;
}

static void
write_value(struct ex_buf *b, const struct ex_json *j, bool until)
{
	const struct ex_json *c;

	switch (j->type) {
	case EX_JSON_ARRAY:
		for (c = j->child; c != NULL; c = c->next) {
			if (c != j->child)
				ex_buf_putc(b, ',');
			if (c->type == EX_JSON_STRING ||
			    c->type == EX_JSON_NUMBER)
				ex_ical_write_raw(b, c->text);
		}
		break;
	case EX_JSON_STRING:
		if (until)
			ex_ical_write_when(b, j->text);
		else
			ex_ical_write_raw(b, j->text);
		break;
	case EX_JSON_NUMBER:
		ex_buf_str(b, j->text);
		break;
	case EX_JSON_NULL:
	case EX_JSON_FALSE:
	case EX_JSON_TRUE:
	case EX_JSON_OBJECT:
		break;
	}
}

void
ex_ical_rule_write(struct ex_buf *b, const struct ex_json *rule)
{
	const struct ex_json *j;

	for (j = rule->child; j != NULL; j = j->next) {
		if (j != rule->child)
			ex_buf_putc(b, ';');
		write_upper(b, j->key);
		ex_buf_putc(b, '=');
		write_value(b, j, ex_str_is(j->key, "until"));
	}
}
