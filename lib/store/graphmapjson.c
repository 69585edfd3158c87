/*
 * graphmapjson.c: an item's values, read from JSON
 *
 * Null, "", an absent member and one of another type are all no value.  A
 * time is what its timeZone says, whatever zone was asked for.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/json.h>
#include <ex/zone.h>

#include "graphmappriv.h"

enum { LAST = 10 };	/* bytes of "2025-07-02" */

static struct ex_str
clean(struct ex_str s, bool lines, struct ex_arena *a)
{
	return s.p == NULL ? s : ex_exmap_clean(s, lines, a);
}

static const struct ex_json *
nth(const struct ex_json *list, int n)
{
	const struct ex_json *j = list == NULL ||
	    list->type != EX_JSON_ARRAY ? NULL : list->child;

	for (; j != NULL && n > 0; n--)
		j = j->next;
	return j;
}

static struct ex_str
text_of(const struct ex_json *j)
{
	return j != NULL && j->type == EX_JSON_STRING ? j->text :
	    EX_STR_NONE;
}

/* The member of a list of objects whose name is that, whatever its case. */
static const struct ex_json *
named(const struct ex_json *item, const char *list, const char *name,
    const char *value)
{
	const struct ex_json *j = nth(ex_json_get(item, list), 0);

	for (; j != NULL; j = j->next)
		if (ex_str_is_nocase(ex_json_get_str(j, name), value))
			return j;
	return NULL;
}

const struct ex_json *
ex_graphmap_extension(const struct ex_json *item)
{
	return named(item, "extensions", "extensionName",
	    EX_GRAPHMAP_EXTENSION);
}

/* "notStarted" is NotStarted for EWS, and here. */
static struct ex_str
word(struct ex_str s, struct ex_arena *a)
{
	char *p;

	if (s.n == 0)
		return EX_STR_NONE;
	if (ex_str_is(s, "oof"))
		return EX_STR("OOF");
	p = ex_arena_bytes(a, s.n);
	memcpy(p, s.p, s.n);
	if (*p >= 'a' && *p <= 'z')
		*p = (char)(*p - 'a' + 'A');
	return (struct ex_str){ p, s.n };
}

/* A dateTimeTimeZone in UTC and on its own clock. */
static bool
moment(const struct ex_json *j, struct ex_exchange_when *w)
{
	struct ex_str zone = ex_json_get_str(j, "timeZone"), iana;
	struct ex_exchange_time t;

	*w = (struct ex_exchange_when){ .date = false };
	if (j == NULL || j->type != EX_JSON_OBJECT ||
	    !ex_exchange_time(ex_json_get_str(j, "dateTime"), &t))
		return false;
	iana = zone.n == 0 || t.utc ? EX_STR_NONE : ex_zone_iana(zone);
	if (iana.p != NULL && !ex_str_is(iana, "UTC"))
		w->tzid = iana;
	w->local = t.sec;
	w->utc = ex_exchange_to_utc(w, t.sec);
	return true;
}

static struct ex_str
instant(const struct ex_json *j, struct ex_arena *a)
{
	struct ex_exchange_when w;

	return moment(j, &w) ? ex_exchange_utc(a, w.utc) : EX_STR_NONE;
}

/* Midnight somewhere, said in UTC, or a time of that day where it is said. */
static struct ex_str
day(const struct ex_json *j, struct ex_arena *a)
{
	struct ex_exchange_when w;

	if (!moment(j, &w))
		return EX_STR_NONE;
	return ex_exchange_date(a, w.tzid.p != NULL ?
	    ex_exchange_day_of(w.local) : ex_exchange_midnight(w.utc));
}

static struct ex_str
time_of(struct ex_str s, bool noon, struct ex_arena *a)
{
	struct ex_exchange_time t;

	if (s.p == NULL || !ex_exchange_time(s, &t))
		return EX_STR_NONE;
	return noon ? ex_exchange_date(a, ex_exchange_day_of(t.sec)) :
	    ex_exchange_utc(a, t.sec);
}

static struct ex_str
body(const struct ex_json *j, struct ex_arena *a)
{
	struct ex_str s = ex_json_get_str(j, "content");
	struct ex_str type = ex_json_get_str(j, "contentType");

	if (s.p != NULL && ex_str_is_nocase(type, "html"))
		s = ex_graphmap_text(s, a);
	return clean(s, true, a);
}

static struct ex_str
strings(const struct ex_json *list, struct ex_arena *a)
{
	struct ex_str all = EX_STR_NONE, s;
	struct ex_buf b = EX_BUF_INIT;
	const struct ex_json *j;

	for (j = nth(list, 0); j != NULL; j = j->next) {
		s = clean(text_of(j), false, a);
		if (s.n == 0)
			continue;
		ex_buf_puts(&b, b.n > 0 ? "\n" : "");
		ex_buf_str(&b, s);
	}
	if (b.n > 0)
		all = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return all;
}

/* No tab in it, which stands between the parts. */
static void
put_part(struct ex_buf *b, struct ex_str s, struct ex_arena *a)
{
	size_t i;

	s = clean(s, false, a);
	for (i = 0; i < s.n; i++)
		ex_buf_putc(b, s.p[i] == '\t' ? ' ' : s.p[i]);
}

static const char *
response_of(const struct ex_json *person)
{
	static const char *const words[][2] = {
		{ "accepted", "Accept" }, { "declined", "Decline" },
		{ "tentativelyAccepted", "Tentative" },
		{ "organizer", "Organizer" },
	};
	struct ex_str s = ex_json_get_str(ex_json_get(person, "status"),
	    "response");
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (ex_str_is(s, words[i][0]))
			return words[i][1];
	return "";
}

static void
put_person(struct ex_buf *b, const struct ex_json *person,
    struct ex_arena *a)
{
	const struct ex_json *box = ex_json_get(person, "emailAddress");

	if (ex_json_get_str(box, "address").n == 0)
		return;
	ex_buf_puts(b, b->n > 0 ? "\n" : "");
	put_part(b, ex_json_get_str(box, "address"), a);
	ex_buf_fmt(b, "\t%s\t", response_of(person));
	put_part(b, ex_json_get_str(box, "name"), a);
}

static struct ex_str
people(const struct ex_json *j, const char *type, struct ex_arena *a)
{
	struct ex_str all = EX_STR_NONE;
	struct ex_buf b = EX_BUF_INIT;

	if (type == NULL && j != NULL)
		put_person(&b, j, a);
	for (j = type == NULL ? NULL : nth(j, 0); j != NULL; j = j->next)
		if (ex_str_is_nocase(ex_json_get_str(j, "type"), type))
			put_person(&b, j, a);
	if (b.n > 0)
		all = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return all;
}

static struct ex_str
rule(const struct ex_json *j, struct ex_arena *a)
{
	struct ex_exchange_rule r;

	if (j == NULL || !ex_graphmap_rule_read(j, &r))
		return EX_STR_NONE;
	ex_exchange_rule_fold(&r);
	return ex_exmap_rule_text(&r, a);
}

static struct ex_str
extended(const struct ex_json *item, const struct ex_graphmap_field *f,
    struct ex_arena *a)
{
	struct ex_str s = ex_json_get_str(named(item,
	    "singleValueExtendedProperties", "id", f->name), "value");

	if (f->form == EX_GRF_EXT_NOON)
		return time_of(s, true, a);
	if (f->form == EX_GRF_EXT_CODE)
		return ex_graphmap_word(f->part, s.n == 0 ? 0 :
		    ex_str_number(s));
	if (f->form == EX_GRF_EXT_NUMBER && ex_str_is(s, "0"))
		return EX_STR_NONE;
	return clean(s, false, a);
}

static struct ex_str
value(const struct ex_json *item, const struct ex_graphmap_field *f,
    struct ex_arena *a)
{
	const struct ex_json *j = ex_json_get(item, f->name);

	switch (f->form) {
	case EX_GRF_TEXT:
	case EX_GRF_ZONE:
		return clean(text_of(j), false, a);
	case EX_GRF_LINES:
		return clean(text_of(j), true, a);
	case EX_GRF_BODY:
		return body(j, a);
	case EX_GRF_WORD:
		return word(text_of(j), a);
	case EX_GRF_FLAG:
		return j == NULL ? EX_STR_NONE : j->type == EX_JSON_TRUE ?
		    EX_STR("true") : j->type == EX_JSON_FALSE ?
		    EX_STR("false") : EX_STR_NONE;
	case EX_GRF_NUMBER:
		return j != NULL && j->type == EX_JSON_NUMBER ? j->text :
		    EX_STR_NONE;
	case EX_GRF_TIME:
	case EX_GRF_NOON:
		return time_of(text_of(j), f->form == EX_GRF_NOON, a);
	case EX_GRF_WHEN:
	case EX_GRF_INSTANT:
		return instant(j, a);
	case EX_GRF_DAY:
		return day(j, a);
	case EX_GRF_STRINGS:
		return strings(j, a);
	case EX_GRF_ENTRY:
		return clean(text_of(nth(j, f->at)), false, a);
	case EX_GRF_EMAIL:
		return clean(ex_json_get_str(nth(j, f->at), "address"),
		    false, a);
	case EX_GRF_PART:
		return clean(ex_json_get_str(j, f->part), strcmp(f->name,
		    "location") != 0, a);
	case EX_GRF_RULE:
		return rule(j, a);
	case EX_GRF_PEOPLE:
		return people(j, f->part, a);
	case EX_GRF_MEETING:
		return nth(j, 0) != NULL ? EX_STR("true") : EX_STR("false");
	case EX_GRF_CANCELLED:
		return EX_STR_NONE;	/* when the zone is known */
	case EX_GRF_EXT:
	case EX_GRF_EXT_NUMBER:
	case EX_GRF_EXT_NOON:
	case EX_GRF_EXT_CODE:
		return extended(item, f, a);
	case EX_GRF_OPEN:
		return clean(ex_json_get_str(ex_graphmap_extension(item),
		    f->name), false, a);
	}
	return EX_STR_NONE;
}

/*
 * By Windows' name, as EWS has it; Graph gives back what a client said, which
 * may be IANA's, or tzone://Microsoft/Custom for what has none.
 */
static struct ex_str
zone(struct ex_str said, const struct ex_json *item)
{
	struct ex_str s = said.n > 0 ? ex_zone_windows(said) : EX_STR_NONE;

	if (s.n == 0) {
		said = ex_json_get_str(ex_json_get(ex_json_get(item,
		    "recurrence"), "range"), "recurrenceTimeZone");
		s = said.n > 0 ? ex_zone_windows(said) : EX_STR_NONE;
	}
	return s.n > 0 ? s : EX_STR("UTC");
}

static bool
is_midnight(struct ex_str utc)
{
	struct ex_exchange_time t;

	return utc.p != NULL && ex_exchange_time(utc, &t) &&
	    t.sec % EX_EXCHANGE_DAY == 0;
}

/*
 * "OID.AAMk...2025-07-02": the day of the series' own clock that an
 * occurrence would have begun on.
 */
static struct ex_str
cancelled(const struct ex_json *list, const struct ex_exmap_values *v,
    struct ex_arena *a)
{
	struct ex_exchange_when w = { .tzid = v->v[EX_FLD_STARTZONE] };
	struct ex_exchange_time start, t;
	struct ex_str all = EX_STR_NONE, s;
	struct ex_buf b = EX_BUF_INIT;
	const struct ex_json *j;
	long long clock;

	if (v->v[EX_FLD_START].p == NULL ||
	    !ex_exchange_time(v->v[EX_FLD_START], &start))
		return all;
	clock = ex_exchange_to_local(&w, start.sec);
	clock -= ex_exchange_day_of(clock) * EX_EXCHANGE_DAY;
	for (j = nth(list, 0); j != NULL; j = j->next) {
		s = text_of(j);
		if (s.n < LAST || !ex_exchange_time((struct ex_str){ s.p +
		    s.n - LAST, LAST }, &t) || !t.date)
			continue;
		ex_buf_puts(&b, b.n > 0 ? "\n" : "");
		ex_buf_str(&b, ex_exchange_utc(a, ex_exchange_to_utc(&w,
		    t.sec + clock)));
	}
	if (b.n > 0)
		all = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return all;
}

/*
 * A day is midnight in the zone that was asked for, or in its own: the first
 * is taken as one of UTC, which it is.
 */
static void
settle(const struct ex_json *item, struct ex_arena *a,
    struct ex_exmap_values *v)
{
	v->v[EX_FLD_STARTZONE] = zone(v->v[EX_FLD_STARTZONE], item);
	v->v[EX_FLD_ENDZONE] = zone(v->v[EX_FLD_ENDZONE], item);
	if (ex_str_is(v->v[EX_FLD_ALLDAY], "true") &&
	    is_midnight(v->v[EX_FLD_START]))
		v->v[EX_FLD_STARTZONE] = v->v[EX_FLD_ENDZONE] =
		    EX_STR("UTC");
	v->v[EX_FLD_DELETED] = cancelled(ex_json_get(item,
	    "cancelledOccurrences"), v, a);
}

void
ex_graphmap_values(const struct ex_json *item, enum ex_kind kind,
    struct ex_arena *a, struct ex_exmap_values *v)
{
	const struct ex_graphmap_field *f;
	struct ex_str s;
	int i;

	memset(v, 0, sizeof(*v));
	for (i = 0; i < EX_FLD_N; i++) {
		if ((f = ex_graphmap_row(kind, i)) == NULL)
			continue;
		s = value(item, f, a);
		v->v[i] = s.n > 0 ? s : EX_STR_NONE;
	}
	if (kind == EX_KIND_EVENTS)
		settle(item, a, v);
}
