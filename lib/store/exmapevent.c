/*
 * exmapevent.c: the times, reminder and people of an event, both ways
 *
 * A date without a time is midnight in UTC here, with the zone that says
 * so; one that Outlook made is midnight in the zone that it says, and is
 * left in that.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/zone.h>

#include "exmap.h"

enum { MAX_MINUTES = 2629800 };	/* types.xsd */

static long long
seconds(struct ex_str value)
{
	struct ex_exchange_time t;

	return value.p != NULL && ex_exchange_time(value, &t) ? t.sec : 0;
}

/* "P1DT2H", "-PT15M" in seconds; false: it is no duration. */
bool
ex_exmap_duration(struct ex_str s, long long *out)
{
	static const char unit[] = "WDHMS";
	static const int size[] = { 604800, 86400, 3600, 60, 1 };
	bool minus = s.n > 0 && s.p[0] == '-';
	long long n = -1;
	const char *at;
	size_t i;

	*out = 0;
	i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
	if (i >= s.n || s.p[i] != 'P')
		return false;
	for (i++; i < s.n; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9') {
			n = (n < 0 ? 0 : n) * 10 + (s.p[i] - '0');
			if (n > 100000000)
				return false;
		} else if (s.p[i] != 'T') {
			at = s.p[i] == '\0' ? NULL : strchr(unit, s.p[i]);
			if (at == NULL || n < 0)
				return false;
			*out += n * size[at - unit];
			n = -1;
		}
	}
	if (minus)
		*out = -*out;
	return n < 0;
}

/* Days in their zone's midnight: that of the server's item, else UTC. */
static long long
midnight(long day, const struct ex_exmap_values *was, struct ex_str *zone)
{
	struct ex_exchange_when w = { .tzid = EX_STR_NONE };
	struct ex_str z = was == NULL ? EX_STR_NONE :
	    was->v[EX_FLD_STARTZONE];

	*zone = EX_STR("UTC");
	if (z.p == NULL || !ex_str_is(was->v[EX_FLD_ALLDAY], "true") ||
	    ex_zone_iana(z).p == NULL)
		return day * EX_EXCHANGE_DAY;
	*zone = z;
	w.tzid = z;
	return ex_exchange_to_utc(&w, day * EX_EXCHANGE_DAY);
}

struct ex_str
ex_exmap_utc(const struct ex_exchange_when *w,
    const struct ex_exmap_values *was, struct ex_arena *a,
    struct ex_str *zone)
{
	long long utc = w->utc;

	if (w->date)
		utc = midnight(ex_exchange_day_of(w->local), was, zone);
	else
		*zone = w->windows;
	return ex_exchange_utc(a, utc);
}

/* When it ends, from DTEND, DURATION or neither (RFC 5545, 3.6.1). */
static int
end_of(struct ex_exmap_bits *b, const struct ex_exchange_when *start,
    struct ex_exchange_when *end, struct ex_err *err)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, "dtend");
	long long length = 0;

	*end = *start;
	if (bit != NULL) {
		bit->slot = EX_STR("when");
		if (ex_exchange_when(bit->prop, bit->prop->value,
		    &b->zones, end, err) == -1)
			return -1;
		if (end->date != start->date)
			return ex_err_set(err, EX_ERR_INPUT,
			    "DTEND: a date and a time do not go together");
	} else if ((bit = ex_exmap_free(b, "duration")) != NULL) {
		bit->slot = EX_STR("when");
		if (!ex_exmap_duration(ex_prop_text(bit->prop), &length))
			return ex_err_set(err, EX_ERR_INPUT,
			    "DURATION: is none");
		/* RFC 5545, 3.8.2.5: of a date it is days */
		if (start->date)
			length = ex_exchange_day_of(length +
			    EX_EXCHANGE_DAY - 1) * EX_EXCHANGE_DAY;
	}
	if (bit == NULL || ex_str_is(bit->prop->name, "duration")) {
		end->local += length;
		end->utc = ex_exchange_to_utc(end, end->local);
	}
	if (end->utc < start->utc)
		return ex_err_set(err, EX_ERR_INPUT,
		    "DTEND: lies before DTSTART");
	/* an all-day event of no day is one of one */
	if (start->date && end->local == start->local)
		end->local = end->utc = start->local + EX_EXCHANGE_DAY;
	return 0;
}

static int
fill_when(struct ex_exmap_bits *b, const struct ex_exmap_values *was,
    struct ex_exmap_values *v, struct ex_exchange_when *start,
    struct ex_err *err)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, "dtstart");
	struct ex_exchange_when end;

	if (bit == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "DTSTART: Exchange has no event without a start");
	bit->slot = EX_STR("when");
	if (ex_exchange_when(bit->prop, bit->prop->value, &b->zones, start,
	    err) == -1 ||
	    end_of(b, start, &end, err) == -1)
		return -1;
	v->v[EX_FLD_ALLDAY] = start->date ? EX_STR("true") :
	    EX_STR("false");
	v->v[EX_FLD_START] = ex_exmap_utc(start, was, b->a,
	    &v->v[EX_FLD_STARTZONE]);
	v->v[EX_FLD_END] = ex_exmap_utc(&end, was, b->a,
	    &v->v[EX_FLD_ENDZONE]);
	return 0;
}

/* The TZID for a zone of Windows: the item's, if it is one of that zone. */
static struct ex_str
tzid_of(struct ex_str windows, struct ex_str wanted)
{
	if (windows.p == NULL)
		return EX_STR("UTC");
	if (wanted.p != NULL && ex_str_eq(ex_zone_windows(wanted), windows))
		return wanted;
	return ex_zone_iana(windows).p != NULL ? ex_zone_iana(windows) :
	    EX_STR("UTC");
}

/* When a field's time is, in a zone of Windows or of the item. */
static struct ex_exchange_when
when_of(struct ex_str time, struct ex_str windows, struct ex_str wanted,
    bool allday)
{
	struct ex_exchange_when w = { .date = allday, .utc = seconds(time) };
	struct ex_str tzid = tzid_of(windows, wanted);

	if (!ex_str_is(tzid, "UTC"))
		w.tzid = tzid;
	w.local = ex_exchange_to_local(&w, w.utc);
	if (allday) {
		w.local = ex_exchange_midnight(w.local) * EX_EXCHANGE_DAY;
		w.tzid = EX_STR_NONE;
	}
	return w;
}

/* A date or time as a property. */
static struct ex_prop *
when_prop(const char *name, const struct ex_exchange_when *w,
    struct ex_arena *a)
{
	struct ex_prop *p;

	p = ex_prop_new(a, ex_str_of(name), w->date ? EX_STR("date") :
	    EX_STR("date-time"), ex_json_text(a, w->date ?
	    ex_exchange_date(a, ex_exchange_day_of(w->local)) :
	    w->tzid.p != NULL ? ex_exchange_local(a, w->local) :
	    ex_exchange_utc(a, w->utc)));
	if (w->tzid.p != NULL)
		ex_prop_add_param(a, p, EX_STR("tzid"), &w->tzid, 1);
	return p;
}

struct ex_prop *
ex_exmap_when_prop(const char *name, struct ex_str time,
    struct ex_str windows, struct ex_str tzid, bool allday,
    struct ex_arena *a)
{
	struct ex_exchange_when w = when_of(time, windows, tzid, allday);

	return when_prop(name, &w, a);
}

static void
take_when(const struct ex_exmap_values *v, const struct ex_exmap_zones *z,
    struct ex_exmap_bits *b, struct ex_exchange_when *start)
{
	bool allday = ex_str_is(v->v[EX_FLD_ALLDAY], "true");
	struct ex_exchange_when end;

	*start = when_of(v->v[EX_FLD_START], v->v[EX_FLD_STARTZONE],
	    z->start, allday);
	end = when_of(v->v[EX_FLD_END], v->v[EX_FLD_ENDZONE].p != NULL ?
	    v->v[EX_FLD_ENDZONE] : v->v[EX_FLD_STARTZONE], z->end, allday);
	ex_exmap_bit_prop(b, EX_STR("when"), when_prop("dtstart", start,
	    b->a));
	if (v->v[EX_FLD_END].p != NULL)
		ex_exmap_bit_prop(b, EX_STR("when"), when_prop("dtend",
		    &end, b->a));
}

/*
 * Whether it takes time: TRANSP and what Microsoft adds to iCalendar for
 * it ([MS-OXCICAL] X-MICROSOFT-CDO-BUSYSTATUS, which has no name for what
 * calendars in the wild call WORKINGELSEWHERE), else a tentative STATUS.
 */
static const struct {
	const char *field, *cdo;
} busy[] = {
	{ "Free", "FREE" }, { "Tentative", "TENTATIVE" }, { "Busy", "BUSY" },
	{ "OOF", "OOF" }, { "WorkingElsewhere", "WORKINGELSEWHERE" },
};

#define N(list)	(sizeof(list) / sizeof(*(list)))

static void
fill_busy(struct ex_exmap_bits *b, struct ex_exmap_values *v)
{
	struct ex_exmap_bit *transp = ex_exmap_free(b, "transp");
	struct ex_exmap_bit *cdo = ex_exmap_free(b,
	    "x-microsoft-cdo-busystatus");
	struct ex_exmap_bit *status = ex_exmap_free(b, "status");
	struct ex_str s, *to = &v->v[EX_FLD_BUSY];
	size_t i;

	*to = EX_STR("Busy");
	if (status != NULL && ex_prop_text(status->prop).p != NULL &&
	    ex_str_is_nocase(ex_prop_text(status->prop), "tentative")) {
		status->slot = EX_STR("busy");
		*to = EX_STR("Tentative");
	}
	if (transp != NULL) {
		transp->slot = EX_STR("busy");
		s = ex_prop_text(transp->prop);
		if (s.p != NULL && ex_str_is_nocase(s, "transparent"))
			*to = EX_STR("Free");
	}
	if (cdo == NULL)
		return;
	cdo->slot = EX_STR("busy");
	s = ex_prop_text(cdo->prop);
	for (i = 0; s.p != NULL && i < N(busy); i++)
		if (ex_str_is_nocase(s, busy[i].cdo))
			*to = ex_str_of(busy[i].field);
}

static void
take_busy(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	struct ex_str s = v->v[EX_FLD_BUSY];

	if (ex_str_is(s, "Free"))
		ex_exmap_put(b, "busy", "transp", "text",
		    EX_STR("TRANSPARENT"));
	else if (ex_str_is(s, "Tentative"))
		ex_exmap_put(b, "busy", "status", "text",
		    EX_STR("TENTATIVE"));
	else if (ex_str_is(s, "OOF") || ex_str_is(s, "WorkingElsewhere"))
		ex_exmap_put(b, "busy", "x-microsoft-cdo-busystatus",
		    "unknown", ex_str_is(s, "OOF") ? EX_STR("OOF") :
		    EX_STR("WORKINGELSEWHERE"));
	if (ex_str_is(v->v[EX_FLD_CANCELLED], "true"))
		ex_exmap_put(b, "status", "status", "text",
		    EX_STR("CANCELLED"));
}

/*
 * Seconds that an alarm goes off before a start, or after it (negative);
 * false: it is none that shows something then.
 */
static bool
alarm_lead(const struct ex_comp *alarm,
    const struct ex_exchange_when *start, long long *lead)
{
	const struct ex_prop *p = ex_comp_prop(alarm, "trigger");
	struct ex_str action = ex_prop_text(ex_comp_prop(alarm, "action"));
	const struct ex_param *related;
	struct ex_exchange_time t;

	if (p == NULL || !ex_str_is(alarm->name, "valarm") ||
	    ex_prop_text(p).p == NULL || action.p == NULL ||
	    (!ex_str_is_nocase(action, "display") &&
	    !ex_str_is_nocase(action, "audio")))
		return false;
	related = ex_prop_param(p, "related");
	if (related != NULL && ex_str_is_nocase(related->value[0], "end"))
		return false;
	if (ex_exmap_duration(ex_prop_text(p), lead)) {
		*lead = -*lead;
		return true;
	}
	if (!ex_exchange_time(ex_prop_text(p), &t) || t.date || !t.utc)
		return false;
	*lead = start->utc - t.sec;
	return true;
}

struct ex_exmap_bit *
ex_exmap_alarm(struct ex_exmap_bits *b,
    const struct ex_exchange_when *start, bool minutes, long long *lead)
{
	struct ex_exmap_bit *bit;
	size_t i;

	for (i = b->from; (bit = ex_exmap_here(b, i)) != NULL; i++)
		if (bit->comp != NULL && bit->slot.p == NULL &&
		    alarm_lead(bit->comp, start, lead) && (!minutes ||
		    (*lead >= 0 && *lead % 60 == 0 &&
		    *lead / 60 <= MAX_MINUTES)))
			return bit;
	return NULL;
}

struct ex_comp *
ex_exmap_display_alarm(struct ex_prop *trigger, struct ex_arena *a)
{
	struct ex_comp *c = ex_comp_new(a, EX_STR("valarm"));

	ex_comp_add_prop(a, c, ex_prop_new(a, EX_STR("action"),
	    EX_STR("text"), ex_json_text(a, EX_STR("DISPLAY"))));
	ex_comp_add_prop(a, c, ex_prop_new(a, EX_STR("description"),
	    EX_STR("text"), ex_json_text(a, EX_STR("Reminder"))));
	ex_comp_add_prop(a, c, trigger);
	return c;
}

static void
fill_alarm(struct ex_exmap_bits *b, const struct ex_exchange_when *start,
    struct ex_exmap_values *v)
{
	long long lead;
	struct ex_exmap_bit *bit = ex_exmap_alarm(b, start, true, &lead);

	v->v[EX_FLD_REMINDER] = bit != NULL ? EX_STR("true") :
	    EX_STR("false");
	if (bit == NULL)
		return;
	bit->slot = EX_STR("alarm");
	v->v[EX_FLD_MINUTES] = ex_arena_fmt(b->a, "%lld", lead / 60);
}

static void
take_alarm(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	long long n = ex_str_number(v->v[EX_FLD_MINUTES]);
	struct ex_str s;

	if (!ex_str_is(v->v[EX_FLD_REMINDER], "true") || n < 0 ||
	    n > MAX_MINUTES)
		return;
	s = n == 0 ? EX_STR("PT0S") : n % 1440 == 0 ? ex_arena_fmt(b->a,
	    "-P%lldD", n / 1440) : n % 60 == 0 ? ex_arena_fmt(b->a,
	    "-PT%lldH", n / 60) : ex_arena_fmt(b->a, "-PT%lldM", n);
	ex_exmap_bit_comp(b, EX_STR("alarm"), ex_exmap_display_alarm(
	    ex_prop_new(b->a, EX_STR("trigger"), EX_STR("duration"),
	    ex_json_text(b->a, s)), b->a));
}

static int
fill_rule(struct ex_exmap_bits *b, const struct ex_exchange_when *start,
    struct ex_exmap_values *v, struct ex_err *err)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, "rrule");
	struct ex_exchange_rule r;

	if (ex_exmap_free(b, "rdate") != NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "RDATE: Exchange has none");
	if (ex_exmap_free(b, "exrule") != NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "EXRULE: Exchange has none");
	if (bit == NULL)
		return 0;
	bit->slot = EX_STR("rrule");
	if (ex_exmap_free(b, "rrule") != NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "RRULE: Exchange has one only");
	if (ex_exchange_zone_recurs(start, err) == -1 ||
	    ex_exchange_rule_of(bit->prop->value, start, &r, err) == -1)
		return -1;
	v->v[EX_FLD_RRULE] = ex_exmap_rule_text(&r, b->a);
	return 0;
}

static void
take_rule(const struct ex_exmap_values *v,
    const struct ex_exchange_when *start, struct ex_exmap_bits *b)
{
	struct ex_exchange_rule r;

	if (v->v[EX_FLD_RRULE].p == NULL || !ex_exmap_rule_parse(
	    v->v[EX_FLD_RRULE], &r))
		return;
	ex_exchange_rule_fold(&r);
	ex_exmap_bit_prop(b, EX_STR("rrule"), ex_prop_new(b->a,
	    EX_STR("rrule"), EX_STR("recur"), ex_exchange_rule_value(&r,
	    start, b->a)));
}

int
ex_exmap_event_fill(struct ex_exmap_bits *b,
    const struct ex_exmap_values *was, struct ex_exmap_values *v,
    struct ex_err *err)
{
	struct ex_exchange_when start;

	if (fill_when(b, was, v, &start, err) == -1 ||
	    fill_rule(b, &start, v, err) == -1)
		return -1;
	ex_exmap_common_fill(b, EX_KIND_EVENTS, was, v);
	ex_exmap_fill_text(b, EX_FLD_LOCATION, "location", v);
	fill_busy(b, v);
	fill_alarm(b, &start, v);
	ex_exmap_people_fill(b, v);
	return 0;
}

void
ex_exmap_event_take(const struct ex_exmap_values *v,
    const struct ex_exmap_zones *z, struct ex_exmap_bits *b)
{
	struct ex_exchange_when start;

	take_when(v, z, b, &start);
	take_rule(v, &start, b);
	ex_exmap_common_take(v, EX_KIND_EVENTS, b);
	ex_exmap_take_text(v, EX_FLD_LOCATION, "location", b);
	take_busy(v, b);
	take_alarm(v, b);
	ex_exmap_people_take(v, b);
}
