/*
 * icalvalue.c: values of iCalendar properties as jCal has them, and back
 *
 * A value says itself whether it is a date, a date-time or a period, and
 * real calendars often have the wrong VALUE or none: so the value's own
 * form decides.  What is not understood stays raw, in type "unknown".
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/ical.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/text.h>

#define BOTH	EX_ICAL_DATE_TIME, EX_ICAL_DATE
#define SAME(t)	EX_ICAL_##t, EX_ICAL_##t

/*
 * RFC 5545, 3.7 and 3.8.  Each stands where its length and three of its
 * letters (the first, the third, the last) put it; no two at one place.
 */
#define PLACE(n, a, c, z)	(((n) * 21u + (unsigned char)(a) * 13u + \
	(unsigned char)(c) + (unsigned char)(z)) % 128)
#define DEF(name, a, c, z, ...)	[PLACE(sizeof(name) - 1, a, c, z)] = \
	{ { (name), sizeof(name) - 1 }, __VA_ARGS__ }

static const struct ex_ical_def defs[128] = {
	DEF("due", 'd', 'e', 'e', BOTH, EX_ICAL_STRICT),
	DEF("geo", 'g', 'o', 'o', SAME(FLOAT), EX_ICAL_STRUCT),
	DEF("uid", 'u', 'd', 'd', SAME(TEXT), 0),
	DEF("url", 'u', 'l', 'l', SAME(URI), 0),
	DEF("tzid", 't', 'i', 'd', SAME(TEXT), 0),
	DEF("class", 'c', 'a', 's', SAME(TEXT), 0),
	DEF("dtend", 'd', 'e', 'd', BOTH, EX_ICAL_STRICT),
	DEF("rdate", 'r', 'a', 'e', BOTH, EX_ICAL_MULTI),
	DEF("rrule", 'r', 'u', 'e', SAME(RECUR), EX_ICAL_STRICT),
	DEF("tzurl", 't', 'u', 'l', SAME(URI), 0),
	DEF("action", 'a', 't', 'n', SAME(TEXT), 0),
	DEF("attach", 'a', 't', 'h', SAME(URI), 0),
	DEF("exdate", 'e', 'd', 'e', BOTH, EX_ICAL_MULTI),
	DEF("exrule", 'e', 'r', 'e', SAME(RECUR), 0),
	DEF("method", 'm', 't', 'd', SAME(TEXT), 0),
	DEF("prodid", 'p', 'o', 'd', SAME(TEXT), 0),
	DEF("repeat", 'r', 'p', 't', SAME(INTEGER), 0),
	DEF("status", 's', 'a', 's', SAME(TEXT), 0),
	DEF("transp", 't', 'a', 'p', SAME(TEXT), 0),
	DEF("tzname", 't', 'n', 'e', SAME(TEXT), 0),
	DEF("comment", 'c', 'm', 't', SAME(TEXT), 0),
	DEF("contact", 'c', 'n', 't', SAME(TEXT), 0),
	DEF("created", 'c', 'e', 'd', BOTH, 0),
	DEF("dtstamp", 'd', 's', 'p', BOTH, 0),
	DEF("dtstart", 'd', 's', 't', BOTH, EX_ICAL_STRICT),
	DEF("summary", 's', 'm', 'y', SAME(TEXT), 0),
	DEF("trigger", 't', 'i', 'r', EX_ICAL_DURATION, EX_ICAL_DATE_TIME, 0),
	DEF("version", 'v', 'r', 'n', SAME(TEXT), 0),
	DEF("attendee", 'a', 't', 'e', SAME(CAL_ADDRESS), 0),
	DEF("calscale", 'c', 'l', 'e', SAME(TEXT), 0),
	DEF("duration", 'd', 'r', 'n', SAME(DURATION), EX_ICAL_STRICT),
	DEF("freebusy", 'f', 'e', 'y', SAME(PERIOD), EX_ICAL_MULTI),
	DEF("location", 'l', 'c', 'n', SAME(TEXT), 0),
	DEF("priority", 'p', 'i', 'y', SAME(INTEGER), 0),
	DEF("sequence", 's', 'q', 'e', SAME(INTEGER), 0),
	DEF("completed", 'c', 'm', 'd', BOTH, 0),
	DEF("organizer", 'o', 'g', 'r', SAME(CAL_ADDRESS), 0),
	DEF("resources", 'r', 's', 's', SAME(TEXT), EX_ICAL_MULTI),
	DEF("categories", 'c', 't', 's', SAME(TEXT), EX_ICAL_MULTI),
	DEF("related-to", 'r', 'l', 'o', SAME(TEXT), 0),
	DEF("tzoffsetto", 't', 'o', 'o', SAME(UTC_OFFSET), 0),
	DEF("description", 'd', 's', 'n', SAME(TEXT), 0),
	DEF("tzoffsetfrom", 't', 'o', 'm', SAME(UTC_OFFSET), 0),
	DEF("last-modified", 'l', 's', 'd', BOTH, 0),
	DEF("recurrence-id", 'r', 'c', 'd', BOTH, EX_ICAL_STRICT),
	DEF("request-status", 'r', 'q', 's', SAME(TEXT), EX_ICAL_STRUCT),
	DEF("percent-complete", 'p', 'r', 'e', SAME(INTEGER), 0),
};

static const struct ex_str types[] = {
	[EX_ICAL_UNKNOWN] = { "unknown", 7 },
	[EX_ICAL_BINARY] = { "binary", 6 },
	[EX_ICAL_BOOLEAN] = { "boolean", 7 },
	[EX_ICAL_CAL_ADDRESS] = { "cal-address", 11 },
	[EX_ICAL_DATE] = { "date", 4 },
	[EX_ICAL_DATE_TIME] = { "date-time", 9 },
	[EX_ICAL_DURATION] = { "duration", 8 },
	[EX_ICAL_FLOAT] = { "float", 5 },
	[EX_ICAL_INTEGER] = { "integer", 7 },
	[EX_ICAL_PERIOD] = { "period", 6 },
	[EX_ICAL_RECUR] = { "recur", 5 },
	[EX_ICAL_TEXT] = { "text", 4 },
	[EX_ICAL_TIME] = { "time", 4 },
	[EX_ICAL_URI] = { "uri", 3 },
	[EX_ICAL_UTC_OFFSET] = { "utc-offset", 10 },
};

const struct ex_ical_def *
ex_ical_def(struct ex_str name)
{
	const struct ex_ical_def *def;

	if (name.n < 3)
		return NULL;
	def = &defs[PLACE(name.n, name.p[0], name.p[2], name.p[name.n - 1])];
	return def->name.n == name.n &&
	    memcmp(def->name.p, name.p, name.n) == 0 ? def : NULL;
}

struct ex_str
ex_ical_type_name(enum ex_ical_type type)
{
	return type == EX_ICAL_OTHER ? EX_STR_NONE : types[type];
}

enum ex_ical_type
ex_ical_type_of(struct ex_str name)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (ex_str_is_nocase(name, types[i].p))
			return (enum ex_ical_type)i;
	return EX_ICAL_OTHER;
}

/*
 * A decimal as a number that comes back from a double as it is: no sign or
 * zeros that say nothing, at most 15 significant digits, none so small that
 * it is printed with an exponent.
 */
static struct ex_json *
number(struct ex_str s, bool integer, struct ex_arena *a)
{
	bool minus = s.n > 0 && s.p[0] == '-';
	size_t i = minus || (s.n > 0 && s.p[0] == '+'), whole, n = 0;
	struct ex_json *j;
	char *p;

	while (i + 1 < s.n && s.p[i] == '0' && s.p[i + 1] != '.')
		i++;
	for (whole = i; whole < s.n && s.p[whole] >= '0' &&
	    s.p[whole] <= '9'; whole++)
		continue;
	if (whole == i || (integer && whole < s.n))
		return NULL;
	if (whole < s.n) {
		if (s.p[whole] != '.' || whole + 1 == s.n)
			return NULL;
		for (n = whole + 1; n < s.n; n++)
			if (s.p[n] < '0' || s.p[n] > '9')
				return NULL;
		while (s.p[s.n - 1] == '0')
			s.n--;
		if (s.p[s.n - 1] == '.')
			s.n--;
	}
	if (s.n - i > 15 || (s.n - i > 5 &&
	    memcmp(s.p + i, "0.0000", 6) == 0))
		return NULL;
	if (s.n - i == 1 && s.p[i] == '0')
		minus = false;
	p = ex_arena_bytes(a, s.n - i + 1);
	p[0] = '-';
	memcpy(p + minus, s.p + i, s.n - i);
	j = ex_json_new(a, EX_JSON_NUMBER);
	j->text.p = p;
	j->text.n = s.n - i + minus;
	return j;
}

struct ex_json *
ex_ical_integer(struct ex_str s, struct ex_arena *a)
{
	return number(s, true, a);
}

static struct ex_json *
boolean(struct ex_str s, struct ex_arena *a)
{
	if (ex_str_is_nocase(s, "true"))
		return ex_json_new(a, EX_JSON_TRUE);
	if (ex_str_is_nocase(s, "false"))
		return ex_json_new(a, EX_JSON_FALSE);
	return NULL;
}

/* RFC 7265, 3.6.9: [start, end or duration]. */
static struct ex_json *
period(struct ex_str s, struct ex_arena *a)
{
	const char *slash = memchr(s.p, '/', s.n);
	struct ex_str start, end;
	enum ex_ical_type type;
	struct ex_json *j;

	if (slash == NULL)
		return NULL;
	start.p = s.p;
	start.n = (size_t)(slash - s.p);
	end.p = slash + 1;
	end.n = s.n - start.n - 1;
	if (ex_ical_when(start, a, &start, &type) != NULL ||
	    type != EX_ICAL_DATE_TIME)
		return NULL;
	if (ex_ical_is_duration(end))
		end = ex_text_upper(end, a);
	else if (ex_ical_when(end, a, &end, &type) != NULL ||
	    type != EX_ICAL_DATE_TIME)
		return NULL;
	j = ex_json_new(a, EX_JSON_ARRAY);
	j->child = ex_json_text(a, start);
	j->child->next = ex_json_text(a, end);
	return j;
}

static struct ex_json *
when(enum ex_ical_type type, struct ex_str s, struct ex_arena *a,
    const char **why)
{
	enum ex_ical_type got;
	struct ex_str iso;
	const char *wrong = ex_ical_when(s, a, &iso, &got);

	if (wrong != NULL) {
		*why = wrong;
		return NULL;
	}
	return got == type ? ex_json_text(a, iso) : NULL;
}

static struct ex_json *
text(bool ok, struct ex_str s, struct ex_arena *a)
{
	return ok ? ex_json_text(a, s) : NULL;
}

/* One value of a type; NULL: it is none. */
static struct ex_json *
read_one(enum ex_ical_type type, struct ex_str raw, struct ex_arena *a,
    const char **why)
{
	struct ex_str s = ex_line_trim(raw);

	switch (type) {
	case EX_ICAL_BOOLEAN:
		return boolean(s, a);
	case EX_ICAL_DATE:
	case EX_ICAL_DATE_TIME:
		return when(type, s, a, why);
	case EX_ICAL_DURATION:
		return text(ex_ical_is_duration(s), ex_text_upper(s, a), a);
	case EX_ICAL_FLOAT:
		return number(s, false, a);
	case EX_ICAL_INTEGER:
		return number(s, true, a);
	case EX_ICAL_PERIOD:
		return period(s, a);
	case EX_ICAL_RECUR:
		return ex_ical_rule_read(s, a);
	case EX_ICAL_TEXT:
		return ex_json_text(a, ex_line_unescape(raw, a));
	case EX_ICAL_TIME:
		return text(ex_ical_time(s, a, &s), s, a);
	case EX_ICAL_UTC_OFFSET:
		return text(ex_ical_offset(s, a, &s), s, a);
	case EX_ICAL_BINARY:
	case EX_ICAL_CAL_ADDRESS:
	case EX_ICAL_URI:
	case EX_ICAL_UNKNOWN:
	case EX_ICAL_OTHER:
		break;
	}
	return ex_json_text(a, raw);
}

/* All parts between sep, chained; NULL: one of them is not of the type. */
static struct ex_json *
read_list(enum ex_ical_type type, struct ex_str raw, char sep,
    struct ex_arena *a, const char **why)
{
	struct ex_json *head = NULL, **tail = &head;
	struct ex_str *part;
	size_t i, n;

	if (memchr(raw.p, sep, raw.n) == NULL)
		return read_one(type, raw, a, why);
	n = ex_line_split(raw, sep, a, &part);
	for (i = 0; i < n; i++) {
		if ((*tail = read_one(type, part[i], a, why)) == NULL)
			return NULL;
		tail = &(*tail)->next;
	}
	return head;
}

/* GEO and REQUEST-STATUS: one array, whatever stands in it. */
static struct ex_json *
read_struct(enum ex_ical_type type, struct ex_str raw, struct ex_arena *a,
    const char **why)
{
	struct ex_json *list, *j;

	if ((list = read_list(type, raw, ';', a, why)) == NULL)
		return NULL;
	if (list->next == NULL && type != EX_ICAL_TEXT)
		return NULL;
	j = ex_json_new(a, EX_JSON_ARRAY);
	j->child = list;
	return j;
}

static struct ex_json *
try(const struct ex_ical_def *def, enum ex_ical_type type, struct ex_str raw,
    char sep, struct ex_arena *a, const char **why)
{
	unsigned flags = def == NULL ? 0 : def->flags;

	if (flags & EX_ICAL_STRUCT && type == def->type)
		return read_struct(type, raw, a, why);
	if (flags & EX_ICAL_MULTI && (type == def->type ||
	    type == EX_ICAL_DATE || type == EX_ICAL_PERIOD))
		return read_list(type, raw, sep, a, why);
	return read_one(type, raw, a, why);
}

struct ex_json *
ex_ical_read(const struct ex_ical_def *def, struct ex_str value,
    struct ex_str raw, char sep, struct ex_arena *a, struct ex_str *type,
    const char **why)
{
	enum ex_ical_type order[4];
	struct ex_json *j;
	size_t i, n = 0;

	*why = NULL;
	if (value.p != NULL &&
	    (def == NULL || !(def->flags & EX_ICAL_STRICT))) {
		if ((order[0] = ex_ical_type_of(value)) == EX_ICAL_OTHER) {
			*type = value;
			return ex_json_text(a, raw);
		}
		n++;
	}
	if (def != NULL) {
		order[n++] = def->type;
		if (def->other != def->type)
			order[n++] = def->other;
		if (def->other == EX_ICAL_DATE && def->flags & EX_ICAL_MULTI)
			order[n++] = EX_ICAL_PERIOD;
	}
	for (i = 0; i < n; i++)
		if ((j = try(def, order[i], raw, sep, a, why)) != NULL) {
			*type = types[order[i]];
			return j;
		}
	if (*why == NULL && n > 0)
		*why = "not understood";
	*type = types[EX_ICAL_UNKNOWN];
	return ex_json_text(a, raw);
}

void
ex_ical_write_raw(struct ex_buf *b, struct ex_str raw)
{
	size_t i, from = 0;

	for (i = 0; i < raw.n; i++) {
		if (raw.p[i] != '\n' && raw.p[i] != '\r')
			continue;
		ex_buf_add(b, raw.p + from, i - from);
		if (raw.p[i] == '\n' || i + 1 == raw.n || raw.p[i + 1] != '\n')
			ex_buf_puts(b, "\\n");
		from = i + 1;
	}
	ex_buf_add(b, raw.p + from, raw.n - from);
}

/* "start/end" in one string, as RFC 7265's own example has it. */
static void
write_period(struct ex_buf *b, struct ex_str s)
{
	const char *slash = s.n == 0 ? NULL : memchr(s.p, '/', s.n);
	struct ex_str start = s;

	if (slash != NULL) {
		start.n = (size_t)(slash - s.p);
		ex_ical_write_when(b, start);
		ex_buf_putc(b, '/');
		s.p = slash + 1;
		s.n -= start.n + 1;
	}
	ex_ical_write_when(b, s);
}

static void
write_string(struct ex_buf *b, enum ex_ical_type type, struct ex_str s)
{
	switch (type) {
	case EX_ICAL_TEXT:
		ex_line_escape(b, s);
		return;
	case EX_ICAL_PERIOD:
		write_period(b, s);
		return;
	case EX_ICAL_DATE:
	case EX_ICAL_DATE_TIME:
	case EX_ICAL_TIME:
		ex_ical_write_when(b, s);
		return;
	case EX_ICAL_UTC_OFFSET:
		ex_ical_write_offset(b, s);
		return;
	case EX_ICAL_UNKNOWN:
	case EX_ICAL_BINARY:
	case EX_ICAL_BOOLEAN:
	case EX_ICAL_CAL_ADDRESS:
	case EX_ICAL_DURATION:
	case EX_ICAL_FLOAT:
	case EX_ICAL_INTEGER:
	case EX_ICAL_RECUR:
	case EX_ICAL_URI:
	case EX_ICAL_OTHER:
		break;
	}
	ex_ical_write_raw(b, s);
}

static void
write_atom(struct ex_buf *b, enum ex_ical_type type, const struct ex_json *j)
{
	switch (j->type) {
	case EX_JSON_NULL:
	case EX_JSON_ARRAY:
		break;
	case EX_JSON_FALSE:
		ex_buf_puts(b, "FALSE");
		break;
	case EX_JSON_TRUE:
		ex_buf_puts(b, "TRUE");
		break;
	case EX_JSON_NUMBER:
		ex_buf_str(b, j->text);
		break;
	case EX_JSON_STRING:
		write_string(b, type, j->text);
		break;
	case EX_JSON_OBJECT:
		ex_ical_rule_write(b, j);
		break;
	}
}

/* An array: parts with ';' (a period '/') between, lists in it with ','. */
static void
write_array(struct ex_buf *b, enum ex_ical_type type, const struct ex_json *j)
{
	const struct ex_json *c, *d;

	for (c = j->child; c != NULL; c = c->next) {
		if (c != j->child)
			ex_buf_putc(b, type == EX_ICAL_PERIOD ? '/' : ';');
		if (c->type != EX_JSON_ARRAY) {
			write_atom(b, type, c);
			continue;
		}
		for (d = c->child; d != NULL; d = d->next) {
			if (d != c->child)
				ex_buf_putc(b, ',');
			write_atom(b, type, d);
		}
	}
}

void
ex_ical_write(struct ex_buf *b, const struct ex_prop *p)
{
	enum ex_ical_type type = ex_ical_type_of(p->type);
	const struct ex_json *j;

	for (j = p->value; j != NULL; j = j->next) {
		if (j != p->value)
			ex_buf_putc(b, ',');
		if (j->type == EX_JSON_ARRAY)
			write_array(b, type, j);
		else
			write_atom(b, type, j);
	}
}
