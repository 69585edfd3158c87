/*
 * exchangezone.c: a zone that an item has of its own, for Exchange
 *
 * Its VTIMEZONE says what its clock shows.  Exchange has only the zones of
 * Windows, so it becomes one that shows the same:
 *
 *	the same offsets in			then
 *	all the item's years			that zone
 *	all the time of its series		that zone
 *	none, and it does not recur		UTC
 *	none; its clock is never changed	UTC, where that is the same day
 *	meanwhile
 *	none					no series
 *
 * So does a zone that the item only names, if the system has one of that
 * name that Windows, or ICU, has not.
 *
 * (1) What an item says of a time is by its own clock, never by the other.
 * (2) An endless series lasts MOST_YEARS here, as any longer one does.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/err.h>
#include <ex/ical.h>
#include <ex/item.h>
#include <ex/json.h>
#include <ex/zone.h>

#include "exchange.h"

enum { MOST_YEARS = 100, MOST_SHIFTS = 10000, MOST_ZONES = 16 };

#define YEAR	(366 * EX_EXCHANGE_DAY)

/* From then on the clock is ahead of UTC by that. */
struct shift {
	long long utc;
	long long local;	/* its clock shows that, or an earlier did */
	long before, after;
};

struct ex_exchange_zone {
	struct ex_str tzid, windows;
	struct shift *v;
	size_t n;
	bool fixed;		/* its clock is not changed in the time */
};

/* The time that an item is about. */
struct span {
	long long from, to;
	bool recurs;
};

struct maker {
	struct ex_arena *a;
	const struct span *span;
	struct ex_exchange_zone *z;
	long before, after;		/* of the observance at hand */
	long long until;
	bool until_utc, over;
};

/* "-05:00", "+01:00:00"; false: it is none. */
static bool
offset_of(const struct ex_comp *c, const char *name, long *out)
{
	struct ex_str s = ex_prop_text(ex_comp_prop(c, name));
	int part[3] = { 0, 0, 0 };
	size_t i;

	if (s.p == NULL || (s.n != 6 && s.n != 9) ||
	    (s.p[0] != '+' && s.p[0] != '-'))
		return false;
	for (i = 1; i < s.n; i++)
		if (i % 3 == 0 ? s.p[i] != ':' :
		    s.p[i] < '0' || s.p[i] > '9')
			return false;
		else if (i % 3 != 0)
			part[i / 3] = part[i / 3] * 10 + (s.p[i] - '0');
	*out = part[0] * 3600L + part[1] * 60L + part[2];
	if (s.p[0] == '-')
		*out = -*out;
	return true;
}

static bool
add_shift(struct maker *m, long long utc)
{
	struct ex_exchange_zone *z = m->z;

	if ((m->over = z->n == MOST_SHIFTS))
		return false;
	z->v = ex_arena_grow(m->a, z->v, z->n, sizeof(*z->v));
	z->v[z->n++] = (struct shift){ utc, 0, m->before,
	    m->after };
	return true;
}

static bool
add_onset(void *arg, const struct ex_ical_moment *t)
{
	struct maker *m = arg;
	long long local = ex_exchange_day(t->year, t->month, t->day) *
	    EX_EXCHANGE_DAY + t->second, utc = local - m->before;

	if (utc > m->span->to + YEAR ||
	    (m->until_utc ? utc : local) > m->until)
		return false;
	return add_shift(m, utc);
}

/* The rule without its end, which libical would compare with no zone. */
static const struct ex_json *
endless(struct maker *m, const struct ex_json *rule, bool *jumps)
{
	struct ex_json *all = ex_json_new(m->a, EX_JSON_OBJECT), *copy;
	struct ex_exchange_time t;
	const struct ex_json *j;

	*jumps = false;
	m->until = m->span->to + 2 * YEAR;
	m->until_utc = true;
	for (j = rule->child; j != NULL; j = j->next) {
		if (ex_str_is(j->key, "until") &&
		    ex_exchange_time(j->text, &t)) {
			m->until = t.sec;
			m->until_utc = t.utc;
			continue;
		}
		if (ex_str_is(j->key, "freq"))
			*jumps = ex_str_is_nocase(j->text, "YEARLY");
		copy = ex_json_new(m->a, j->type);
		*copy = *j;
		copy->next = NULL;
		ex_json_add(all, copy);
	}
	if (ex_json_get(rule, "count") != NULL ||
	    ex_json_get(rule, "interval") != NULL)
		*jumps = false;
	return all;
}

/* Outlook's begin in 1601: the years between need not be walked. */
static struct ex_str
jump(const struct maker *m, struct ex_str start)
{
	int year, month, day;

	ex_exchange_civil(ex_exchange_day_of(m->span->from - 2 * YEAR),
	    &year, &month, &day);
	if (year < 1 || start.n < 10 || ex_str_number((struct ex_str){
	    start.p, 4 }) >= year || memcmp(start.p + 4, "-02-29", 6) == 0)
		return start;
	return ex_arena_fmt(m->a, "%04d%.*s", year, (int)(start.n - 4),
	    start.p + 4);
}

static bool
add_dates(struct maker *m, const struct ex_prop *p)
{
	const struct ex_json *v;
	struct ex_exchange_time t;
	struct ex_str s;
	const char *slash;

	for (v = p->value; v != NULL; v = v->next) {
		s = v->text;
		if (v->type != EX_JSON_STRING)
			return false;
		/* of a period that it begins */
		if ((slash = memchr(s.p, '/', s.n)) != NULL)
			s.n = (size_t)(slash - s.p);
		if (!ex_exchange_time(s, &t) ||
		    !add_shift(m, t.utc ? t.sec : t.sec - m->before))
			return false;
	}
	return true;
}

/* false: it says nothing that could be gone by. */
static bool
add_observance(struct maker *m, const struct ex_comp *c)
{
	struct ex_str start = ex_prop_text(ex_comp_prop(c, "dtstart"));
	const struct ex_json *rule;
	struct ex_exchange_time t;
	bool jumps;
	size_t i;

	if (start.p == NULL || !ex_exchange_time(start, &t) ||
	    !offset_of(c, "tzoffsetfrom", &m->before) ||
	    !offset_of(c, "tzoffsetto", &m->after) ||
	    !add_shift(m, t.utc ? t.sec : t.sec - m->before))
		return false;
	for (i = 0; i < c->nprop; i++) {
		if (ex_str_is(c->prop[i]->name, "rdate") &&
		    !add_dates(m, c->prop[i]))
			return false;
		if (!ex_str_is(c->prop[i]->name, "rrule"))
			continue;
		if (c->prop[i]->value->type != EX_JSON_OBJECT)
			return false;
		rule = endless(m, c->prop[i]->value, &jumps);
		if (!ex_ical_walk(rule, jumps ? jump(m, start) : start,
		    add_onset, m) || m->over)
			return false;
	}
	return true;
}

static int
by_time(const void *x, const void *y)
{
	const struct shift *a = x, *b = y;

	if (a->utc != b->utc)
		return a->utc < b->utc ? -1 : 1;
	return a->after < b->after ? -1 : a->after > b->after;
}

/*
 * Only those that change something; when each is by its own clock: of a
 * local time that is there twice the first is meant, one that is not there
 * is by the offset before the gap (RFC 5545, 3.3.5).
 */
static void
settle(struct ex_exchange_zone *z)
{
	long offset = z->v[0].before;
	long long local;
	struct shift *s;
	size_t i, n = 0;

	for (i = 0; i < z->n; i++) {
		if (n > 0 && z->v[i].after == offset)
			continue;
		s = &z->v[n];
		*s = z->v[i];
		local = s->utc + (offset > s->after ? offset : s->after);
		s->local = n > 0 && z->v[n - 1].local > local ?
		    z->v[n - 1].local : local;
		offset = s->after;
		n++;
	}
	z->n = n;
}

static bool
read_zone(struct ex_exchange_zone *z, const struct ex_comp *own,
    const struct span *span, struct ex_arena *a)
{
	struct maker m = { .a = a, .span = span, .z = z };
	size_t i;

	for (i = 0; i < own->ncomp; i++)
		if ((ex_str_is(own->comp[i]->name, "standard") ||
		    ex_str_is(own->comp[i]->name, "daylight")) &&
		    !add_observance(&m, own->comp[i]))
			return false;
	if (z->n == 0)
		return false;
	qsort(z->v, z->n, sizeof(*z->v), by_time);
	settle(z);
	return true;
}

/* How many of its shifts are over by then. */
static size_t
gone_by(const struct ex_exchange_zone *z, long long time, bool local)
{
	size_t lo = 0, hi = z->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (time < (local ? z->v[mid].local : z->v[mid].utc))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

long
ex_exchange_zone_offset(const struct ex_exchange_zone *z, long long time,
    bool local)
{
	size_t n = gone_by(z, time, local);

	return n == 0 ? z->v[0].before : z->v[n - 1].after;
}

/* When its offset is another next; false: not before to. */
static bool
next_change(const struct ex_exchange_zone *z, long long after, long long to,
    long long *when)
{
	size_t n = gone_by(z, after, false);

	/* the first may change nothing */
	n += n == 0 && z->v[0].before == z->v[0].after;
	if (n >= z->n || z->v[n].utc > to)
		return false;
	*when = z->v[n].utc;
	return true;
}

/* Does Windows' zone show the same, from the one time to the other? */
static bool
is_like(const struct ex_exchange_zone *z, struct ex_str iana, long long from,
    long long to)
{
	long long t = from, mine, theirs;
	long offset;

	for (;;) {
		if (!ex_zone_offset(iana, t, false, &offset) ||
		    offset != ex_exchange_zone_offset(z, t, false))
			return false;
		if (!next_change(z, t, to, &mine))
			mine = to + 1;
		if (!ex_zone_change(iana, t, &theirs) || theirs <= t)
			theirs = to + 1;
		t = mine < theirs ? mine : theirs;
		if (t > to)
			return true;
	}
}

/* Of those that show the same: the one that most people have. */
static const char *const usual[] = {
	"W. Europe Standard Time", "GMT Standard Time",
	"Eastern Standard Time", "Central Standard Time",
	"Mountain Standard Time", "Pacific Standard Time",
	"Tokyo Standard Time", "China Standard Time", "India Standard Time",
	"SE Asia Standard Time", "Russian Standard Time",
	"E. South America Standard Time", "AUS Eastern Standard Time", "UTC"
};

static struct ex_str
find_like(const struct ex_exchange_zone *z, long long from, long long to)
{
	const struct ex_str *all;
	struct ex_str name;
	size_t i, n;

	for (i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
		name = ex_str_of(usual[i]);
		if (is_like(z, ex_zone_iana(name), from, to))
			return name;
	}
	n = ex_zone_windows_all(&all);
	for (i = 0; i < n; i++) {
		name = ex_zone_iana(all[i]);
		if (name.p != NULL && is_like(z, name, from, to))
			return all[i];
	}
	return EX_STR_NONE;
}

static long long
new_year(long long sec, int years)
{
	int year, month, day;

	ex_exchange_civil(ex_exchange_day_of(sec), &year, &month, &day);
	return ex_exchange_day(year + years, 1, 1) * EX_EXCHANGE_DAY;
}

static void
choose(struct ex_exchange_zone *z, const struct span *span)
{
	long long change;

	z->windows = find_like(z, new_year(span->from, 0),
	    new_year(span->to, 1) - 1);
	if (z->windows.p == NULL && span->recurs)
		z->windows = find_like(z, span->from, span->to);
	z->fixed = !next_change(z, span->from, span->to, &change);
}

/* About how long a rule goes on, rather too long than too short. */
static long long
length_of(const struct ex_json *rule)
{
	static const struct {
		const char *freq;
		int days;
	} each[] = { { "DAILY", 1 }, { "WEEKLY", 7 }, { "MONTHLY", 31 } };
	struct ex_str freq = ex_json_get_str(rule, "freq");
	const struct ex_json *count = ex_json_get(rule, "count");
	const struct ex_json *every = ex_json_get(rule, "interval");
	long long n = count == NULL ? -1 : ex_str_number(count->text);
	long long k = every == NULL ? 1 : ex_str_number(every->text);
	long long most = MOST_YEARS * YEAR, days = 366;
	size_t i;

	for (i = 0; freq.p != NULL && i < sizeof(each) / sizeof(*each); i++)
		if (ex_str_is_nocase(freq, each[i].freq))
			days = each[i].days;
	if (n < 0 || k < 0 || n > 1000000 || k > 1000000 ||
	    n * k > most / (days * EX_EXCHANGE_DAY))
		return most;
	return n * k * days * EX_EXCHANGE_DAY;
}

static void
stretch(struct span *s, long long from, long long to)
{
	/* whatever zone it is in */
	from -= EX_EXCHANGE_DAY;
	to += EX_EXCHANGE_DAY;
	if (from < s->from)
		s->from = from;
	if (to > s->to)
		s->to = to;
}

static void
stretch_rule(struct span *s, const struct ex_comp *c,
    const struct ex_prop *p)
{
	struct ex_str start = ex_prop_text(ex_comp_prop(c, "dtstart"));
	struct ex_exchange_time t, until;

	s->recurs = true;
	if (p->value == NULL || p->value->type != EX_JSON_OBJECT ||
	    start.p == NULL || !ex_exchange_time(start, &t))
		return;
	if (!ex_exchange_time(ex_json_get_str(p->value, "until"), &until))
		until.sec = t.sec + length_of(p->value);
	if (until.sec > t.sec + MOST_YEARS * YEAR)
		until.sec = t.sec + MOST_YEARS * YEAR;
	stretch(s, t.sec, until.sec);
}

/* The properties of it that have a time, and its rule. */
static void
stretch_comp(struct span *s, const struct ex_comp *c)
{
	const struct ex_json *v;
	struct ex_exchange_time t;
	size_t i;

	for (i = 0; i < c->nprop; i++) {
		if (ex_str_is(c->prop[i]->name, "rrule"))
			stretch_rule(s, c, c->prop[i]);
		if (ex_prop_param(c->prop[i], "tzid") == NULL)
			continue;
		for (v = c->prop[i]->value; v != NULL; v = v->next)
			if (v->type == EX_JSON_STRING &&
			    ex_exchange_time(v->text, &t))
				stretch(s, t.sec, t.sec);
	}
}

bool
ex_exchange_zone_known(struct ex_str tzid)
{
	long offset;

	return ex_zone_windows(tzid).p != NULL &&
	    ex_zone_offset(tzid, 0, false, &offset);
}

const struct ex_exchange_zone *
ex_exchange_zone_find(const struct ex_exchange_zones *zones,
    struct ex_str tzid)
{
	size_t i;

	for (i = 0; zones != NULL && i < zones->n; i++)
		if (ex_str_eq(zones->v[i].tzid, tzid))
			return &zones->v[i];
	return NULL;
}

/* One more, unless it says nothing. */
static void
add_zone(struct ex_exchange_zones *zones, struct ex_str tzid,
    const struct ex_comp *own, const struct span *span, struct ex_arena *a)
{
	struct ex_exchange_zone *z;

	zones->v = ex_arena_grow(a, zones->v, zones->n, sizeof(*zones->v));
	z = &zones->v[zones->n];
	*z = (struct ex_exchange_zone){ .tzid = tzid };
	if (!read_zone(z, own, span, a))
		return;
	choose(z, span);
	zones->n++;
}

/* The zones that the properties of a component name. */
static void
add_named(struct ex_exchange_zones *zones, const struct ex_comp *c,
    const struct span *span, struct ex_arena *a)
{
	const struct ex_comp *own;
	const struct ex_param *tz;
	size_t i;

	for (i = 0; i < c->nprop && zones->n < MOST_ZONES; i++) {
		tz = ex_prop_param(c->prop[i], "tzid");
		if (tz == NULL || ex_exchange_zone_known(tz->value[0]) ||
		    ex_exchange_zone_find(zones, tz->value[0]) != NULL ||
		    (own = ex_exchange_zone_system(tz->value[0],
		    a)) == NULL)
			continue;
		add_zone(zones, tz->value[0], own, span, a);
	}
}

void
ex_exchange_zones_of(const struct ex_comp *root, struct ex_arena *a,
    struct ex_exchange_zones *zones)
{
	struct span span = { 0x7fffffffffffLL, -0x7fffffffffffLL, false };
	struct ex_str tzid;
	size_t i;

	*zones = (struct ex_exchange_zones){ NULL, 0 };
	for (i = 0; i < root->ncomp; i++)
		if (!ex_str_is(root->comp[i]->name, "vtimezone"))
			stretch_comp(&span, root->comp[i]);
	if (span.from > span.to)
		return;
	for (i = 0; i < root->ncomp && zones->n < MOST_ZONES; i++) {
		tzid = ex_prop_text(ex_comp_prop(root->comp[i], "tzid"));
		if (ex_str_is(root->comp[i]->name, "vtimezone") &&
		    tzid.p != NULL && !ex_exchange_zone_known(tzid))
			add_zone(zones, tzid, root->comp[i], &span, a);
	}
	for (i = 0; i < root->ncomp; i++)
		if (!ex_str_is(root->comp[i]->name, "vtimezone"))
			add_named(zones, root->comp[i], &span, a);
}

struct ex_str
ex_exchange_zone_windows(const struct ex_exchange_zone *z)
{
	return z->windows.p != NULL ? z->windows : EX_STR("UTC");
}

int
ex_exchange_zone_recurs(const struct ex_exchange_when *start,
    struct ex_err *err)
{
	const struct ex_exchange_zone *z = start->own;

	if (z == NULL || z->windows.p != NULL || (z->fixed &&
	    ex_exchange_day_of(start->local) ==
	    ex_exchange_day_of(start->utc)))
		return 0;
	return ex_err_set(err, EX_ERR_INPUT, "DTSTART: Exchange has no zone "
	    "like %.*s in all the time of its series",
	    (int)(z->tzid.n > 64 ? 64 : z->tzid.n), z->tzid.p);
}

struct ex_str
ex_exchange_zones_say(const struct ex_exchange_zones *zones,
    struct ex_arena *a)
{
	struct ex_str s = EX_STR_NONE, tzid, windows;
	size_t i;

	for (i = 0; i < zones->n; i++) {
		tzid = zones->v[i].tzid;
		windows = ex_exchange_zone_windows(&zones->v[i]);
		s = ex_arena_fmt(a, "%.*s%szone %.*s is %.*s there",
		    s.p == NULL ? 0 : (int)s.n, s.p == NULL ? "" : s.p,
		    s.p == NULL ? "" : ", ",
		    (int)(tzid.n > 64 ? 64 : tzid.n), tzid.p,
		    EX_STR_ARG(windows));
	}
	return s;
}
