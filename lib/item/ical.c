/*
 * ical.c: is an item fit to be written: what RFC 5545 asks of it, by libical
 *
 * libical never sees an item, only single values (formats.md 6), and only
 * between ex_ical_lock() and ex_ical_unlock(): its switches are plain
 * statics.
 */
#include <pthread.h>
#include <string.h>

#include <libical/ical.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/ical.h>
#include <ex/json.h>
#include <ex/lazy.h>
#include <ex/zone.h>

static struct {
	void (*fatal)(int fatal);
	void (*builtin)(int builtin);
	icaltimezone *(*zone)(const char *name);
	icaltimezone *(*utc)(void);
	void (*convert)(struct icaltimetype *t, icaltimezone *from,
	    icaltimezone *to);
	struct icaltimetype (*time)(const char *s);
	int (*no_time)(struct icaltimetype t);
	int (*compare)(struct icaltimetype a, struct icaltimetype b);
	struct icalrecurrencetype (*rule)(const char *s);
} ical;

static const struct ex_lazy want[] = {
	EX_LAZY(ical.fatal, icalerror_set_errors_are_fatal),
	EX_LAZY(ical.builtin, icaltimezone_set_builtin_tzdata),
	EX_LAZY(ical.zone, icaltimezone_get_builtin_timezone),
	EX_LAZY(ical.utc, icaltimezone_get_utc_timezone),
	EX_LAZY(ical.convert, icaltimezone_convert_time),
	EX_LAZY(ical.time, icaltime_from_string),
	EX_LAZY(ical.no_time, icaltime_is_null_time),
	EX_LAZY(ical.compare, icaltime_compare),
	EX_LAZY(ical.rule, icalrecurrencetype_from_string)
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
set_up(void)
{
	ex_lazy_need(EX_LAZY_ICAL, want, sizeof(want) / sizeof(want[0]));
	ical.fatal(false);
	ical.builtin(false);
}

void
ex_ical_lock(void)
{
	pthread_once(&once, set_up);
	pthread_mutex_lock(&lock);
}

void
ex_ical_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

static int
bad(struct ex_err *err, const char *name, const char *why)
{
	return ex_err_set(err, EX_ERR_INPUT, "%s: %s", name, why);
}

/* The one property of that name; NULL: none, or an empty one. */
static int
one(const struct ex_comp *c, const char *name, const char *shown,
    const struct ex_prop **out, struct ex_err *err)
{
	const struct ex_prop *p;
	size_t i;

	*out = NULL;
	for (i = 0; i < c->nprop; i++) {
		p = c->prop[i];
		if (!ex_str_is(p->name, name) || p->value == NULL ||
		    (p->value->type == EX_JSON_STRING &&
		    p->value->text.n == 0))
			continue;
		if (*out != NULL)
			return bad(err, shown, "stands there twice");
		*out = p;
	}
	return 0;
}

static int
moment(const struct ex_comp *c, const char *name, const char *shown,
    const struct ex_prop **out, struct ex_arena *a, struct ex_err *err)
{
	enum ex_ical_type type;
	struct ex_str iso;
	const char *why;

	if (one(c, name, shown, out, err) == -1)
		return -1;
	if (*out == NULL)
		return 0;
	iso = ex_prop_text(*out);
	if (iso.p == NULL)
		return bad(err, shown, "not a date");
	if ((why = ex_ical_when(iso, a, &iso, &type)) != NULL)
		return bad(err, shown, why);
	if (!ex_str_eq((*out)->type, ex_ical_type_name(type)))
		return bad(err, shown, "not of its type");
	return 0;
}

static struct ex_str
tzid_of(const struct ex_prop *p)
{
	const struct ex_param *q = ex_prop_param(p, "tzid");

	return q == NULL || q->nvalue == 0 ? EX_STR_NONE : q->value[0];
}

static bool
is_utc(struct ex_str s)
{
	return s.n > 0 && s.p[s.n - 1] == 'Z';
}

static struct ex_str
zone_of(const struct ex_prop *p)
{
	struct ex_str tzid = tzid_of(p);

	return tzid.p == NULL ? tzid : ex_zone_iana(tzid);
}

/* In UTC by libical; false: its zone is not known, or it has none. */
static bool
to_utc(const struct ex_prop *p, struct ex_str iana, struct icaltimetype *out)
{
	struct ex_str s = ex_prop_text(p);
	struct ex_buf b = EX_BUF_INIT;
	icaltimezone *zone = NULL;
	char name[128];

	if (!is_utc(s)) {
		if (iana.p == NULL || iana.n >= sizeof(name))
			return false;
		memcpy(name, iana.p, iana.n);
		name[iana.n] = '\0';
		zone = ical.zone(name);
		if (zone == NULL)
			return false;
	}
	ex_ical_write_when(&b, s);
	ex_buf_putc(&b, '\0');
	*out = ical.time(b.p);
	ex_buf_fini(&b);
	if (ical.no_time(*out))
		return false;
	if (zone != NULL)
		ical.convert(out, zone,
		    ical.utc());
	return true;
}

/*
 * In different zones: only libical knows.  0 where nobody does.  zone.c
 * takes its lock before this one, so names are looked up outside.
 */
static int
compare_zones(const struct ex_prop *x, const struct ex_prop *y)
{
	struct ex_str xz = zone_of(x), yz = zone_of(y);
	struct icaltimetype a, b;
	int d = 0;

	ex_ical_lock();
	if (to_utc(x, xz, &a) && to_utc(y, yz, &b))
		d = ical.compare(a, b);
	ex_ical_unlock();
	return d;
}

static int
in_order(const struct ex_prop *start, const struct ex_prop *end,
    const char *shown, struct ex_err *err)
{
	struct ex_str x, y;
	int d;

	if (start == NULL || end == NULL)
		return 0;
	if (!ex_str_eq(start->type, end->type))
		return bad(err, shown, "not of DTSTART's type");
	x = ex_prop_text(start);
	y = ex_prop_text(end);
	if (ex_str_is(start->type, "date") || (is_utc(x) && is_utc(y)) ||
	    (!is_utc(x) && !is_utc(y) &&
	    ex_str_eq(tzid_of(start), tzid_of(end))))
		d = ex_str_cmp(x, y);
	else
		d = compare_zones(start, end);
	return d > 0 ? bad(err, shown, "before DTSTART") : 0;
}

static int
rule(const struct ex_comp *c, const struct ex_prop *start,
    struct ex_err *err)
{
	struct ex_buf b = EX_BUF_INIT;
	struct icalrecurrencetype r;
	const struct ex_prop *p;
	bool ok;

	if (one(c, "rrule", "RRULE", &p, err) == -1)
		return -1;
	if (p == NULL)
		return 0;
	if (start == NULL)
		return bad(err, "RRULE", "without DTSTART");
	if (p->value->type != EX_JSON_OBJECT)
		return bad(err, "RRULE", "not a rule");
	b.cap = EX_CAP_FIELD;
	ex_ical_rule_write(&b, p->value);
	ex_buf_putc(&b, '\0');
	ex_ical_lock();
	ok = !b.over && strlen(b.p) + 1 == b.n;
	if (ok) {
		r = ical.rule(b.p);
		ok = r.freq != ICAL_NO_RECURRENCE;
	}
	ex_ical_unlock();
	ex_buf_fini(&b);
	return ok ? 0 : bad(err, "RRULE", "not a rule");
}

static int
length(const struct ex_comp *c, const struct ex_prop *end,
    const char *shown, struct ex_err *err)
{
	const struct ex_prop *p;
	struct ex_str s;

	if (one(c, "duration", "DURATION", &p, err) == -1)
		return -1;
	if (p == NULL)
		return 0;
	s = ex_prop_text(p);
	if (s.p == NULL || !ex_ical_is_duration(s))
		return bad(err, "DURATION", "not a duration");
	if (s.p[0] == '-')
		return bad(err, "DURATION", "below zero");
	if (end != NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "DURATION: stands beside %s", shown);
	return 0;
}

static int
check_comp(const struct ex_comp *c, struct ex_arena *a, struct ex_err *err)
{
	const struct ex_prop *start, *end, *id;
	bool event = ex_str_is(c->name, "vevent");
	const char *shown = event ? "DTEND" : "DUE";

	if (moment(c, "dtstart", "DTSTART", &start, a, err) == -1 ||
	    moment(c, event ? "dtend" : "due", shown, &end, a, err) == -1 ||
	    moment(c, "recurrence-id", "RECURRENCE-ID", &id, a, err) == -1)
		return -1;
	if (event && start == NULL)
		return bad(err, "DTSTART", "is not there");
	if (in_order(start, end, shown, err) == -1 ||
	    length(c, end, shown, err) == -1)
		return -1;
	return rule(c, start, err);
}

int
ex_ical_check(const struct ex_item *item, struct ex_arena *scratch,
    struct ex_err *err)
{
	size_t i, n = 0;

	for (i = 0; i < item->root->ncomp; i++) {
		if (ex_kind_of_comp(item->root->comp[i]->name) ==
		    EX_KIND_NONE)
			continue;
		n++;
		if (check_comp(item->root->comp[i], scratch, err) == -1)
			return -1;
	}
	return n > 0 ? 0 : bad(err, "VCALENDAR", "holds no item");
}
