/*
 * exchange*.c: days, zones and recurrences, as Exchange has them
 *
 * Each row of the mapping of rules, both ways: an RRULE, the element of EWS
 * that it becomes, and the RRULE that this is read as.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/ical.h>
#include <ex/item.h>
#include <ex/json.h>
#include <ex/zone.h>

#include "../../lib/store/ewsmappriv.h"

#define BERLIN	"Europe/Berlin"

static struct ex_arena a;

static int
reset(void **state)
{
	(void)state;
	ex_arena_reset(&a);
	return 0;
}

static int
release(void **state)
{
	(void)state;
	ex_arena_free(&a);
	return 0;
}

/* "2025-07-01T10:00:00"; tzid NULL: none. */
static int
when(const char *text, const char *tzid, struct ex_exchange_when *w,
    struct ex_err *err)
{
	struct ex_prop *p = ex_prop_new(&a, EX_STR("dtstart"),
	    strchr(text, 'T') == NULL ? EX_STR("date") : EX_STR("date-time"),
	    ex_json_text(&a, ex_str_of(text)));
	struct ex_str zone;

	if (tzid != NULL) {
		zone = ex_str_of(tzid);
		ex_prop_add_param(&a, p, EX_STR("tzid"), &zone, 1);
	}
	return ex_exchange_when(p, p->value, NULL, w, err);
}

static struct ex_exchange_when
start_of(const char *text, const char *tzid)
{
	struct ex_exchange_when w;
	struct ex_err err = { 0 };

	if (when(text, tzid, &w, &err) == -1)
		fail_msg("%s: %s", text, err.msg);
	return w;
}

static const char *
text_of(struct ex_buf *b)
{
	struct ex_str s = ex_arena_str(&a, ex_buf_get(b));

	ex_buf_fini(b);
	return s.p == NULL ? "" : s.p;
}

static struct ex_xml_node *
recurrence(struct ex_str inside)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_err err = { 0 };
	struct ex_xml_node *n;

	ex_buf_puts(&b, "<t:Recurrence xmlns:t=\"" EX_EWS_TYPES "\">");
	ex_buf_str(&b, inside);
	ex_buf_puts(&b, "</t:Recurrence>");
	n = ex_xml_tree_parse(ex_buf_get(&b), false, &a, &err);
	ex_buf_fini(&b);
	if (n == NULL)
		fail_msg("%s", err.msg);
	return n;
}

/* "DailyRecurrence Interval=1 NoEndRecurrence StartDate=2025-07-01" */
static const char *
flat(const struct ex_xml_node *n)
{
	struct ex_buf b = EX_BUF_INIT;
	const struct ex_xml_node *c, *v;

	for (c = n->child; c != NULL; c = c->next) {
		ex_buf_fmt(&b, "%s%.*s", b.n > 0 ? " " : "",
		    EX_STR_ARG(c->name.local));
		for (v = c->child; v != NULL; v = v->next)
			ex_buf_fmt(&b, " %.*s=%.*s", EX_STR_ARG(
			    v->name.local), EX_STR_ARG(v->text));
	}
	return text_of(&b);
}

static const char *
rrule(const struct ex_exchange_rule *rule,
    const struct ex_exchange_when *start)
{
	struct ex_exchange_rule r = *rule;
	struct ex_buf b = EX_BUF_INIT;

	ex_exchange_rule_fold(&r);
	ex_ical_rule_write(&b, ex_exchange_rule_value(&r, start, &a));
	return text_of(&b);
}

static int
rule_of(const char *text, const struct ex_exchange_when *start,
    struct ex_exchange_rule *r, struct ex_err *err)
{
	struct ex_json *rule = ex_ical_rule_read(ex_str_of(text), &a);

	if (rule == NULL)
		fail_msg("%s is no rule", text);
	return ex_exchange_rule_of(rule, start, r, err);
}

/* back NULL: the same again. */
struct row {
	const char *start, *rrule, *ews, *back;
};

#define NOEND(day)	" NoEndRecurrence StartDate=2025-" day
#define UPTO(day)	" EndDateRecurrence StartDate=2025-07-01 EndDate=" day
#define WEEKDAYS	"Monday Tuesday Wednesday Thursday Friday"
#define TUESDAYS \
	"WeeklyRecurrence Interval=1 DaysOfWeek=Tuesday FirstDayOfWeek=Monday"

/* The first of July is a Tuesday.  All at ten in Berlin. */
static const struct row rows[] = {
	{ "07-01", "FREQ=DAILY", "DailyRecurrence Interval=1" NOEND("07-01"),
	    NULL },
	{ "07-01", "FREQ=DAILY;COUNT=5;INTERVAL=3", "DailyRecurrence "
	    "Interval=3 NumberedRecurrence StartDate=2025-07-01 "
	    "NumberOfOccurrences=5", NULL },
	{ "07-01", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "WeeklyRecurrence "
	    "Interval=1 DaysOfWeek=" WEEKDAYS " FirstDayOfWeek=Monday"
	    NOEND("07-01"), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR" },
	{ "07-01", "FREQ=WEEKLY", TUESDAYS NOEND("07-01"),
	    "FREQ=WEEKLY;BYDAY=TU" },
	{ "07-01", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
	    "WeeklyRecurrence Interval=2 DaysOfWeek=Tuesday Sunday "
	    "FirstDayOfWeek=Sunday" NOEND("07-01"), NULL },
	{ "07-01", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU",
	    "WeeklyRecurrence Interval=2 DaysOfWeek=Tuesday Sunday "
	    "FirstDayOfWeek=Monday" NOEND("07-01"), NULL },
	{ "07-01", "FREQ=WEEKLY;BYDAY=TU;BYHOUR=10;BYMINUTE=0",
	    TUESDAYS NOEND("07-01"), "FREQ=WEEKLY;BYDAY=TU" },
	{ "07-01", "FREQ=MONTHLY", "AbsoluteMonthlyRecurrence Interval=1 "
	    "DayOfMonth=1" NOEND("07-01"), "FREQ=MONTHLY;BYMONTHDAY=1" },
	{ "07-15", "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=15",
	    "AbsoluteMonthlyRecurrence Interval=2 DayOfMonth=15"
	    NOEND("07-15"), NULL },
	{ "07-08", "FREQ=MONTHLY;BYDAY=2TU", "RelativeMonthlyRecurrence "
	    "Interval=1 DaysOfWeek=Tuesday DayOfWeekIndex=Second"
	    NOEND("07-08"), NULL },
	{ "07-08", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2",
	    "RelativeMonthlyRecurrence Interval=1 DaysOfWeek=Tuesday "
	    "DayOfWeekIndex=Second" NOEND("07-08"), "FREQ=MONTHLY;BYDAY=2TU" },
	{ "07-25", "FREQ=MONTHLY;BYDAY=-1FR", "RelativeMonthlyRecurrence "
	    "Interval=1 DaysOfWeek=Friday DayOfWeekIndex=Last"
	    NOEND("07-25"), NULL },
	{ "07-01", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
	    "RelativeMonthlyRecurrence Interval=1 DaysOfWeek=Weekday "
	    "DayOfWeekIndex=First" NOEND("07-01"), NULL },
	{ "07-27", "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=-1",
	    "RelativeMonthlyRecurrence Interval=1 DaysOfWeek=WeekendDay "
	    "DayOfWeekIndex=Last" NOEND("07-27"), NULL },
	{ "07-02", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=2",
	    "AbsoluteMonthlyRecurrence Interval=1 DayOfMonth=2"
	    NOEND("07-02"), "FREQ=MONTHLY;BYMONTHDAY=2" },
	{ "07-31", "FREQ=MONTHLY;BYMONTHDAY=-1", "RelativeMonthlyRecurrence "
	    "Interval=1 DaysOfWeek=Day DayOfWeekIndex=Last" NOEND("07-31"),
	    NULL },
	{ "07-30", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
	    "AbsoluteMonthlyRecurrence Interval=1 DayOfMonth=30"
	    NOEND("07-30"), NULL },
	{ "07-29", "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1",
	    "AbsoluteMonthlyRecurrence Interval=1 DayOfMonth=29"
	    NOEND("07-29"), NULL },
	{ "07-01", "FREQ=MONTHLY;BYDAY=TU", TUESDAYS NOEND("07-01"),
	    "FREQ=WEEKLY;BYDAY=TU" },
	{ "07-01", "FREQ=MONTHLY;INTERVAL=12", "AbsoluteYearlyRecurrence "
	    "DayOfMonth=1 Month=July" NOEND("07-01"),
	    "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1" },
	{ "07-01", "FREQ=YEARLY", "AbsoluteYearlyRecurrence DayOfMonth=1 "
	    "Month=July" NOEND("07-01"),
	    "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1" },
	{ "07-31", "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=31",
	    "AbsoluteYearlyRecurrence DayOfMonth=31 Month=July"
	    NOEND("07-31"), NULL },
	{ "07-01", "FREQ=YEARLY;BYMONTH=7;BYDAY=1TU",
	    "RelativeYearlyRecurrence DaysOfWeek=Tuesday "
	    "DayOfWeekIndex=First Month=July" NOEND("07-01"), NULL },
	{ "02-28", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1",
	    "RelativeYearlyRecurrence DaysOfWeek=Day DayOfWeekIndex=Last "
	    "Month=February" NOEND("02-28"), NULL },
	{ "07-01", "FREQ=YEARLY;INTERVAL=2", "AbsoluteMonthlyRecurrence "
	    "Interval=24 DayOfMonth=1" NOEND("07-01"),
	    "FREQ=YEARLY;INTERVAL=2;BYMONTH=7;BYMONTHDAY=1" },
	{ "07-01", "FREQ=YEARLY;INTERVAL=3;BYMONTH=7;BYDAY=1TU",
	    "RelativeMonthlyRecurrence Interval=36 DaysOfWeek=Tuesday "
	    "DayOfWeekIndex=First" NOEND("07-01"), NULL },
	/* UNTIL: the day, there, of the last occurrence */
	{ "07-01", "FREQ=WEEKLY;UNTIL=20250729T080000Z;BYDAY=TU",
	    TUESDAYS UPTO("2025-07-29"), NULL },
	{ "07-01", "FREQ=WEEKLY;UNTIL=20250729T075959Z;BYDAY=TU",
	    TUESDAYS UPTO("2025-07-22"),
	    "FREQ=WEEKLY;UNTIL=20250722T080000Z;BYDAY=TU" },
	{ "07-01", "FREQ=WEEKLY;UNTIL=20250801T000000Z;BYDAY=TU",
	    TUESDAYS UPTO("2025-07-29"),
	    "FREQ=WEEKLY;UNTIL=20250729T080000Z;BYDAY=TU" },
	{ "07-01", "FREQ=WEEKLY;UNTIL=20250729;BYDAY=TU",
	    TUESDAYS UPTO("2025-07-29"),
	    "FREQ=WEEKLY;UNTIL=20250729T080000Z;BYDAY=TU" },
	/* winter time has begun */
	{ "07-01", "FREQ=WEEKLY;UNTIL=20251028T090000Z;BYDAY=TU",
	    TUESDAYS UPTO("2025-10-28"), NULL },
	{ "07-01", "FREQ=WEEKLY;UNTIL=20251028T080000Z;BYDAY=TU",
	    TUESDAYS UPTO("2025-10-21"),
	    "FREQ=WEEKLY;UNTIL=20251021T080000Z;BYDAY=TU" },
};

static void
row_is(const char *start, const char *tzid, const struct row *row)
{
	struct ex_exchange_when w = start_of(start, tzid);
	struct ex_exchange_rule r, read;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_err err = { 0 };
	const struct ex_xml_node *n;

	if (rule_of(row->rrule, &w, &r, &err) == -1)
		fail_msg("%s: %s", row->rrule, err.msg);
	ex_ewsmap_rule_put(&b, &r);
	n = recurrence(ex_str_of(text_of(&b)));
	assert_string_equal(flat(n), row->ews);
	assert_true(ex_ewsmap_rule_read(n, &read));
	assert_string_equal(rrule(&read, &w), row->back == NULL ?
	    row->rrule : row->back);
}

static void
test_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		row_is(ex_arena_fmt(&a, "2025-%sT10:00:00",
		    rows[i].start).p, BERLIN, &rows[i]);
}

/* Each month, day of the week and week of the month by its name. */
static void
test_names(void **state)
{
	static const char *const month[] = { "January", "February", "March",
	    "April", "May", "June", "July", "August", "September", "October",
	    "November", "December" };
	static const char *const day[][2] = { { "TU", "Tuesday" },
	    { "WE", "Wednesday" }, { "TH", "Thursday" }, { "FR", "Friday" },
	    { "SA", "Saturday" }, { "SU", "Sunday" }, { "MO", "Monday" } };
	static const char *const week[] = { "First", "Second", "Third",
	    "Fourth" };
	struct row row = { .back = NULL };
	int i;

	(void)state;
	for (i = 1; i <= 12; i++) {
		row.rrule = ex_arena_fmt(&a, "FREQ=YEARLY;BYMONTH=%d;"
		    "BYMONTHDAY=3", i).p;
		row.ews = ex_arena_fmt(&a, "AbsoluteYearlyRecurrence "
		    "DayOfMonth=3 Month=%s NoEndRecurrence StartDate="
		    "2025-%02d-03", month[i - 1], i).p;
		row_is(ex_arena_fmt(&a, "2025-%02d-03T10:00:00", i).p, BERLIN,
		    &row);
	}
	/* the first of July is a Tuesday */
	for (i = 1; i <= 28; i++) {
		row.rrule = ex_arena_fmt(&a, "FREQ=MONTHLY;BYDAY=%d%s",
		    (i - 1) / 7 + 1, day[(i - 1) % 7][0]).p;
		row.ews = ex_arena_fmt(&a, "RelativeMonthlyRecurrence "
		    "Interval=1 DaysOfWeek=%s DayOfWeekIndex=%s "
		    "NoEndRecurrence StartDate=2025-07-%02d",
		    day[(i - 1) % 7][1], week[(i - 1) / 7], i).p;
		row_is(ex_arena_fmt(&a, "2025-07-%02dT10:00:00", i).p, BERLIN,
		    &row);
	}
}

/* What counts is the day of the series' own clock. */
static void
test_local_dates(void **state)
{
	(void)state;
	row_is("2025-07-01T23:30:00", "America/New_York", &(struct row){ "",
	    "FREQ=DAILY;UNTIL=20250706T033000Z", "DailyRecurrence Interval=1"
	    UPTO("2025-07-05"), NULL });
	row_is("2025-07-01T00:30:00", BERLIN, &(struct row){ "",
	    "FREQ=DAILY;UNTIL=20250705T223000Z", "DailyRecurrence Interval=1"
	    UPTO("2025-07-06"), NULL });
	row_is("2025-07-01", NULL, &(struct row){ "",
	    "FREQ=DAILY;UNTIL=20250706", "DailyRecurrence Interval=1"
	    UPTO("2025-07-06"), NULL });
	row_is("2025-07-01T10:00:00", NULL, &(struct row){ "",
	    "FREQ=DAILY;UNTIL=20250706T100000", "DailyRecurrence Interval=1"
	    UPTO("2025-07-06"), NULL });
	row_is("2025-07-01T10:00:00Z", NULL, &(struct row){ "",
	    "FREQ=DAILY;UNTIL=20250706T095959Z", "DailyRecurrence Interval=1"
	    UPTO("2025-07-05"), "FREQ=DAILY;UNTIL=20250705T100000Z" });
}

/* Only Exchange's tasks have these; DAILY and the like are nearest. */
static void
test_regeneration(void **state)
{
	static const char *const name[][2] = {
		{ "Daily", "FREQ=DAILY;COUNT=4;INTERVAL=2" },
		{ "Weekly", "FREQ=WEEKLY;COUNT=4;INTERVAL=2" },
		{ "Monthly", "FREQ=MONTHLY;COUNT=4;INTERVAL=2" },
		{ "Yearly", "FREQ=YEARLY;COUNT=4;INTERVAL=2" }
	};
	struct ex_exchange_when w = start_of("2025-07-01", NULL);
	struct ex_exchange_rule r;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str xml;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		xml = ex_arena_fmt(&a, "<t:%sRegeneration><t:Interval>2"
		    "</t:Interval></t:%sRegeneration><t:NumberedRecurrence>"
		    "<t:StartDate>2025-07-01</t:StartDate>"
		    "<t:NumberOfOccurrences>4</t:NumberOfOccurrences>"
		    "</t:NumberedRecurrence>", name[i][0], name[i][0]);
		assert_true(ex_ewsmap_rule_read(recurrence(xml), &r));
		assert_true(r.regenerates);
		assert_string_equal(rrule(&r, &w), name[i][1]);
		ex_ewsmap_rule_put(&b, &r);
		assert_string_equal(text_of(&b), xml.p);
		b = (struct ex_buf)EX_BUF_INIT;
	}
}

static const struct {
	const char *rrule, *why;
} refused[] = {
	{ "FREQ=SECONDLY", "Exchange has no FREQ=SECONDLY" },
	{ "FREQ=MINUTELY", "Exchange has no FREQ=MINUTELY" },
	{ "FREQ=HOURLY", "Exchange has no FREQ=HOURLY" },
	{ "FREQ=DAILY;BYHOUR=9,17", "Exchange has no BYHOUR" },
	{ "FREQ=DAILY;BYHOUR=11", "Exchange has no BYHOUR" },
	{ "FREQ=DAILY;BYMINUTE=30", "Exchange has no BYMINUTE" },
	{ "FREQ=DAILY;BYSECOND=30", "Exchange has no BYSECOND" },
	{ "FREQ=DAILY;INTERVAL=2;BYDAY=TU",
	    "Exchange has no BYDAY of days with an INTERVAL" },
	{ "FREQ=DAILY;BYMONTHDAY=1",
	    "Exchange has no BYMONTHDAY or BYSETPOS of days" },
	{ "FREQ=DAILY;INTERVAL=1000", "Exchange has no INTERVAL over 999 "
	    "there" },
	{ "FREQ=WEEKLY;INTERVAL=100", "Exchange has no INTERVAL over 99 "
	    "there" },
	{ "FREQ=WEEKLY;BYDAY=1TU",
	    "Exchange has no numbers in the BYDAY of weeks" },
	{ "FREQ=MONTHLY;BYMONTH=7", "Exchange has no BYMONTH but of years" },
	{ "FREQ=MONTHLY;BYMONTHDAY=1,15",
	    "Exchange has no several of BYMONTHDAY" },
	{ "FREQ=MONTHLY;BYMONTHDAY=-2",
	    "Exchange has no BYMONTHDAY but 1 to 31 and -1" },
	{ "FREQ=MONTHLY;BYDAY=1TU,3TU",
	    "Exchange has no several of the BYDAY of a month" },
	{ "FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=1",
	    "Exchange has no BYSETPOS of such days" },
	{ "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1,2",
	    "Exchange has no several of the BYDAY of a month" },
	{ "FREQ=MONTHLY;BYDAY=5TU",
	    "Exchange has no BYDAY or BYSETPOS but 1 to 4 and -1" },
	{ "FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=1",
	    "Exchange has no BYDAY together with BYMONTHDAY" },
	{ "FREQ=YEARLY;BYWEEKNO=27", "Exchange has no BYWEEKNO" },
	{ "FREQ=YEARLY;BYYEARDAY=182", "Exchange has no BYYEARDAY" },
	{ "FREQ=YEARLY;BYMONTH=7,8", "Exchange has no several of BYMONTH" },
	{ "FREQ=YEARLY;BYDAY=1TU",
	    "Exchange has no BYDAY of years without BYMONTH" },
	{ "FREQ=YEARLY;BYMONTHDAY=1",
	    "Exchange has no BYMONTHDAY of years without BYMONTH" },
	{ "FREQ=YEARLY;INTERVAL=9", "Exchange has no INTERVAL over 8 there" },
	{ "FREQ=DAILY;UNTIL=20250630T000000Z", "UNTIL lies before DTSTART" },
};

static void
test_refused(void **state)
{
	struct ex_exchange_when w = start_of("2025-07-01T10:00:00", BERLIN);
	struct ex_exchange_rule r;
	struct ex_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		memset(&err, 0, sizeof(err));
		if (rule_of(refused[i].rrule, &w, &r, &err) != -1)
			fail_msg("%s was taken", refused[i].rrule);
		assert_int_equal(err.code, EX_ERR_INPUT);
		assert_string_equal(err.msg, ex_arena_fmt(&a, "RRULE: %s",
		    refused[i].why).p);
	}
	assert_int_equal(rule_of("FREQ=WEEKLY;BYDAY=WE", &w, &r, &err), -1);
	assert_string_equal(err.msg, "DTSTART: is none of the RRULE's days, "
	    "and Exchange would begin at another");
	/* the 31st, to which RFC 5545 gives no day in a short month */
	w = start_of("2025-07-31T10:00:00", BERLIN);
	assert_int_equal(rule_of("FREQ=MONTHLY", &w, &r, &err), -1);
	assert_string_equal(err.msg, "RRULE: Exchange moves day 31 into "
	    "months that have not that many");
	/* but August is as long */
	assert_int_equal(rule_of("FREQ=MONTHLY;COUNT=2", &w, &r, &err), 0);
}

static void
moment(const char *text, const char *tzid, const char *windows,
    const char *utc)
{
	struct ex_exchange_when w = start_of(text, tzid);

	assert_true(ex_str_is(w.windows, windows));
	assert_string_equal(ex_exchange_utc(&a, w.utc).p, utc);
}

/* Summer time, its gap and its hour that is there twice (RFC 5545, 3.3.5). */
static void
test_zones(void **state)
{
	struct ex_exchange_when w;
	struct ex_err err = { 0 };
	long long sec;
	int day;

	(void)state;
#define W_EUROPE	"W. Europe Standard Time"
	moment("2025-03-29T10:00:00", BERLIN, W_EUROPE,
	    "2025-03-29T09:00:00Z");
	moment("2025-03-30T02:30:00", BERLIN, W_EUROPE,
	    "2025-03-30T01:30:00Z");
	moment("2025-03-30T10:00:00", BERLIN, W_EUROPE,
	    "2025-03-30T08:00:00Z");
	moment("2025-10-26T02:30:00", BERLIN, W_EUROPE,
	    "2025-10-26T00:30:00Z");
	moment("2025-10-26T10:00:00", BERLIN, W_EUROPE,
	    "2025-10-26T09:00:00Z");
	moment("2025-01-15T12:00:00", "Australia/Sydney",
	    "AUS Eastern Standard Time", "2025-01-15T01:00:00Z");
	moment("2025-07-15T12:00:00", "Australia/Sydney",
	    "AUS Eastern Standard Time", "2025-07-15T02:00:00Z");
	moment("2025-07-15T12:00:00", "Asia/Kolkata", "India Standard Time",
	    "2025-07-15T06:30:00Z");
	moment("2025-07-15T12:00:00", "Eastern Standard Time",
	    "Eastern Standard Time", "2025-07-15T16:00:00Z");
	moment("2025-07-15T12:00:00", NULL, "UTC", "2025-07-15T12:00:00Z");
	moment("2025-07-15", NULL, "UTC", "2025-07-15T00:00:00Z");
	assert_int_equal(when("2025-07-15T12:00:00", "Nowhere/City", &w,
	    &err), -1);
	assert_string_equal(err.msg,
	    "DTSTART: Exchange has no zone like Nowhere/City");
	/* each day of a year, there and back */
	w = start_of("2025-01-01T10:00:00", BERLIN);
	for (day = 0; day < 365; day++) {
		sec = w.local + day * EX_EXCHANGE_DAY;
		assert_true(ex_exchange_to_local(&w, ex_exchange_to_utc(&w,
		    sec)) == sec);
	}
}

static void
time_is(const char *text, const char *utc, bool date, bool has_zone)
{
	struct ex_exchange_time t;

	if (!ex_exchange_time(ex_str_of(text), &t))
		fail_msg("%s is no time", text);
	assert_string_equal(ex_exchange_utc(&a, t.sec).p, utc);
	assert_int_equal(t.date, date);
	assert_int_equal(t.utc, has_zone);
}

static void
test_times(void **state)
{
	static const char *const none[] = { "", "2025", "2025-13-01",
	    "2025-02-29", "2025-07-01T25:00:00", "2025-07-01T10:00:00+15:00",
	    "2025-07-01 10:00:00", "2025-07-01T10:00:00X", "0000-01-01" };
	struct ex_exchange_time t;
	int year, month, mday;
	size_t i;
	long day;

	(void)state;
	time_is("2025-07-02", "2025-07-02T00:00:00Z", true, false);
	time_is("2025-07-02Z", "2025-07-02T00:00:00Z", true, true);
	time_is("2025-07-02+02:00", "2025-07-02T00:00:00Z", true, true);
	time_is("2025-07-02T10:00:00", "2025-07-02T10:00:00Z", false, false);
	time_is("2025-07-02T10:00:00.123Z", "2025-07-02T10:00:00Z", false,
	    true);
	time_is("2025-07-02T10:00:00-08:00", "2025-07-02T18:00:00Z", false,
	    true);
	time_is("2025-07-02T01:00:00+05:30", "2025-07-01T19:30:00Z", false,
	    true);
	for (i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (ex_exchange_time(ex_str_of(none[i]), &t))
			fail_msg("%s is a time", none[i]);
	for (day = -800000; day < 2900000; day += 101) {
		ex_exchange_civil(day, &year, &month, &mday);
		assert_int_equal(ex_exchange_day(year, month, mday), day);
	}
	assert_int_equal(ex_exchange_weekday(ex_exchange_day(2025, 7, 1)), 2);
	assert_int_equal(ex_exchange_month_length(2024, 2), 29);
	assert_int_equal(ex_exchange_month_length(1900, 2), 28);
	/* midnight, of Sydney and of New York */
	day = ex_exchange_day(2025, 7, 2);
	assert_int_equal(ex_exchange_midnight(day * EX_EXCHANGE_DAY -
	    10 * 3600), day);
	assert_int_equal(ex_exchange_midnight(day * EX_EXCHANGE_DAY +
	    4 * 3600), day);
}

/* Weekly on Tuesdays, six times: which moves does Exchange take? */
static void
test_order(void **state)
{
	struct ex_exchange_when w = start_of("2025-07-01T10:00:00", BERLIN);
	struct ex_exchange_rule r;
	struct ex_err err = { 0 };
	long d;

	(void)state;
	assert_int_equal(rule_of("FREQ=WEEKLY;COUNT=6", &w, &r, &err), 0);
	d = r.start;
#define ORDER(...) \
	ex_exchange_in_order(&r, (struct ex_exchange_move[]){ __VA_ARGS__ }, \
	    sizeof((struct ex_exchange_move[]){ __VA_ARGS__ }) / \
	    sizeof(struct ex_exchange_move))
	assert_true(ORDER({ d + 7, d + 8, false }));
	assert_true(ORDER({ d + 7, d + 13, false }));
	assert_false(ORDER({ d + 7, d + 14, false }));
	assert_false(ORDER({ d + 7, d + 15, false }));
	assert_true(ORDER({ d + 7, d + 1, false }));
	assert_false(ORDER({ d + 7, d, false }));
	assert_false(ORDER({ d + 7, d - 1, false }));
	/* the first and the last have a neighbour less */
	assert_true(ORDER({ d, d - 30, false }));
	assert_true(ORDER({ d + 35, d + 90, false }));
	/* past one that is gone, or that makes room */
	assert_true(ORDER({ d + 14, 0, true }, { d + 7, d + 15, false }));
	assert_true(ORDER({ d + 14, d + 16, false },
	    { d + 7, d + 15, false }));
	assert_false(ORDER({ d + 14, d + 15, false },
	    { d + 7, d + 15, false }));
	assert_true(ORDER({ d + 7, d + 7, false }));
}

/* The days that it says it has, and their numbers, are those of a walk. */
static void
has_walked(const struct ex_exchange_rule *r)
{
	struct ex_exchange_walk w;
	long day = r->start - 40, next;
	int n;

	ex_exchange_walk_init(&w, r);
	for (n = 0; n < 40 && ex_exchange_walk_next(&w, &next); n++) {
		for (; day < next; day++)
			assert_int_equal(ex_exchange_rule_nth(r, day), 0);
		if (ex_exchange_rule_nth(r, day) != n + 1)
			fail_msg("pattern %d interval %ld days %x first %d "
			    "index %d mday %d month %d start %ld: not %ld",
			    (int)r->pattern, r->interval, r->days, r->first,
			    r->index, r->mday, r->month, r->start, day);
		day++;
	}
	if (n < 40)
		for (n = 0; n < 400; n++)
			assert_int_equal(ex_exchange_rule_nth(r, day + n),
			    0);
}

static void
test_has(void **state)
{
	struct ex_exchange_rule r = { .interval = 1 };
	unsigned x = 1;
	long day;
	int i;

	(void)state;
#define RANDOM(n)	((int)((x = x * 1103515245 + 12345) >> 16) % (n))
	for (i = 0; i < 600; i++) {
		r.pattern = (enum ex_exchange_pattern)(i % 6);
		r.interval = 1 + RANDOM(3);
		r.days = 1U + (unsigned)RANDOM(127);
		r.first = RANDOM(7);
		r.index = RANDOM(5) == 0 ? -1 : 1 + RANDOM(4);
		r.mday = 1 + RANDOM(31);
		r.month = 1 + RANDOM(12);
		r.start = 18000 + RANDOM(1500);
		r.count = RANDOM(3) == 0 ? 1 + RANDOM(20) : 0;
		r.ends = r.count == 0 && RANDOM(3) == 0;
		r.end = r.start + RANDOM(900);
		has_walked(&r);
	}
	/* from anywhere, at no cost: to walk there would take hours */
	r = (struct ex_exchange_rule){ .interval = 1, .count = 2500000 };
	for (day = 0; day < 2600000; day++)
		assert_int_equal(ex_exchange_rule_nth(&r, day),
		    day < 2500000 ? day + 1 : 0);
	r.interval = 0;
	assert_int_equal(ex_exchange_rule_nth(&r, 1), 0);
#undef RANDOM
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rows, reset),
		cmocka_unit_test_setup(test_names, reset),
		cmocka_unit_test_setup(test_local_dates, reset),
		cmocka_unit_test_setup(test_regeneration, reset),
		cmocka_unit_test_setup(test_refused, reset),
		cmocka_unit_test_setup(test_zones, reset),
		cmocka_unit_test_setup(test_times, reset),
		cmocka_unit_test_setup(test_order, reset),
		cmocka_unit_test_setup(test_has, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, release);
}
