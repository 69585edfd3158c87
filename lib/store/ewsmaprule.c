/*
 * ewsmaprule.c: a t:Recurrence, read and written
 *
 * A year's pattern has no Interval in the schema: every k years is every
 * 12 k months.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>

#include "ewsmappriv.h"

enum { MAX_INTERVAL = 9999, MAX_COUNT = 1000000 };

static const char *const days[] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
	"Saturday"
};

static const char *const months[] = {
	"January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December"
};

static const char *const indexes[] = {
	"First", "Second", "Third", "Fourth", "Last"
};

#define N(list)	(sizeof(list) / sizeof(*(list)))

static int
among(const char *const list[], size_t n, struct ex_str s)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ex_str_is(s, list[i]))
			return (int)i;
	return -1;
}

static void
put_day(struct ex_buf *b, unsigned mask)
{
	int i;

	if (mask == EX_EXCHANGE_EVERY) {
		ex_buf_puts(b, "Day");
	} else if (mask == EX_EXCHANGE_WORKDAYS) {
		ex_buf_puts(b, "Weekday");
	} else if (mask == EX_EXCHANGE_WEEKEND) {
		ex_buf_puts(b, "WeekendDay");
	} else {
		for (i = 0; i < 7; i++)
			if (mask >> i & 1)
				ex_buf_puts(b, days[i]);
	}
}

static void
put_interval(struct ex_buf *b, long n)
{
	ex_buf_fmt(b, "<t:Interval>%ld</t:Interval>", n);
}

static void
put_days(struct ex_buf *b, const struct ex_exchange_rule *r)
{
	const char *sep = "";
	int i, day;

	put_interval(b, r->interval);
	ex_buf_puts(b, "<t:DaysOfWeek>");
	for (i = 1; i <= 7; i++) {
		day = i % 7;
		if ((r->days >> day & 1) == 0)
			continue;
		ex_buf_fmt(b, "%s%s", sep, days[day]);
		sep = " ";
	}
	ex_buf_fmt(b, "</t:DaysOfWeek><t:FirstDayOfWeek>%s"
	    "</t:FirstDayOfWeek>", days[r->first]);
}

static void
put_nth(struct ex_buf *b, const struct ex_exchange_rule *r)
{
	ex_buf_puts(b, "<t:DaysOfWeek>");
	put_day(b, r->days);
	ex_buf_fmt(b, "</t:DaysOfWeek><t:DayOfWeekIndex>%s"
	    "</t:DayOfWeekIndex>", indexes[r->index < 0 ? 4 : r->index - 1]);
}

static void
put_pattern(struct ex_buf *b, const struct ex_exchange_rule *r,
    const char *name)
{
	ex_buf_fmt(b, "<t:%s>", name);
	switch (r->pattern) {
	case EX_EXCHANGE_WEEKLY:
		if (!r->regenerates) {
			put_days(b, r);
			break;
		}
		put_interval(b, r->interval);
		break;
	case EX_EXCHANGE_DAILY:
		put_interval(b, r->interval);
		break;
	case EX_EXCHANGE_MONTHLY:
		put_interval(b, r->interval);
		if (!r->regenerates)
			ex_buf_fmt(b, "<t:DayOfMonth>%d</t:DayOfMonth>",
			    r->mday);
		break;
	case EX_EXCHANGE_NTH:
		put_interval(b, r->interval);
		put_nth(b, r);
		break;
	case EX_EXCHANGE_YEARLY:
		if (r->regenerates)
			put_interval(b, r->interval);
		else
			ex_buf_fmt(b, "<t:DayOfMonth>%d</t:DayOfMonth>"
			    "<t:Month>%s</t:Month>", r->mday,
			    months[r->month - 1]);
		break;
	case EX_EXCHANGE_YEARLY_NTH:
		put_nth(b, r);
		ex_buf_fmt(b, "<t:Month>%s</t:Month>",
		    months[r->month - 1]);
		break;
	}
	ex_buf_fmt(b, "</t:%s>", name);
}

static const char *
name_of(const struct ex_exchange_rule *r)
{
	bool again = r->regenerates;

	switch (r->pattern) {
	case EX_EXCHANGE_DAILY:
		return again ? "DailyRegeneration" : "DailyRecurrence";
	case EX_EXCHANGE_WEEKLY:
		return again ? "WeeklyRegeneration" : "WeeklyRecurrence";
	case EX_EXCHANGE_MONTHLY:
		return again ? "MonthlyRegeneration" :
		    "AbsoluteMonthlyRecurrence";
	case EX_EXCHANGE_NTH:
		return "RelativeMonthlyRecurrence";
	case EX_EXCHANGE_YEARLY:
		return again ? "YearlyRegeneration" :
		    "AbsoluteYearlyRecurrence";
	case EX_EXCHANGE_YEARLY_NTH:
		return "RelativeYearlyRecurrence";
	}
	return "";
}

static void
put_date(struct ex_buf *b, const char *name, long day)
{
	int year, month, mday;

	ex_exchange_civil(day, &year, &month, &mday);
	ex_buf_fmt(b, "<t:%s>%04d-%02d-%02d</t:%s>", name, year, month, mday,
	    name);
}

static void
put_range(struct ex_buf *b, const struct ex_exchange_rule *r)
{
	const char *name = r->count > 0 ? "NumberedRecurrence" : r->ends ?
	    "EndDateRecurrence" : "NoEndRecurrence";

	ex_buf_fmt(b, "<t:%s>", name);
	put_date(b, "StartDate", r->start);
	if (r->count > 0)
		ex_buf_fmt(b, "<t:NumberOfOccurrences>%ld"
		    "</t:NumberOfOccurrences>", r->count);
	else if (r->ends)
		put_date(b, "EndDate", r->end);
	ex_buf_fmt(b, "</t:%s>", name);
}

void
ex_ewsmap_rule_put(struct ex_buf *b, const struct ex_exchange_rule *rule)
{
	struct ex_exchange_rule r = *rule;

	if (!r.regenerates && r.interval > 1 &&
	    (r.pattern == EX_EXCHANGE_YEARLY ||
	    r.pattern == EX_EXCHANGE_YEARLY_NTH)) {
		r.interval *= 12;
		r.pattern = r.pattern == EX_EXCHANGE_YEARLY ?
		    EX_EXCHANGE_MONTHLY : EX_EXCHANGE_NTH;
	}
	put_pattern(b, &r, name_of(&r));
	put_range(b, &r);
}

static struct ex_str
word(const struct ex_xml_node *n, const char *name)
{
	struct ex_str s = ex_xml_child_text(n, name);

	while (s.n > 0 && (*s.p == ' ' || *s.p == '\n'))
		s.p++, s.n--;
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\n'))
		s.n--;
	return s;
}

static bool
number(const struct ex_xml_node *n, const char *name, long max, long *out)
{
	long long v = ex_str_number(word(n, name));

	if (v < 1 || v > max)
		return false;
	*out = (long)v;
	return true;
}

/* "Monday Wednesday", "Weekday" */
static bool
read_days(struct ex_str s, unsigned *mask)
{
	struct ex_str one;
	int day;

	*mask = 0;
	while (s.n > 0) {
		one = s;
		for (one.n = 0; one.n < s.n && s.p[one.n] != ' ' &&
		    s.p[one.n] != '\n'; one.n++)
			;
		s.p += one.n + (one.n < s.n);
		s.n -= one.n + (one.n < s.n);
		if (one.n == 0)
			continue;
		if (ex_str_is(one, "Day"))
			*mask |= EX_EXCHANGE_EVERY;
		else if (ex_str_is(one, "Weekday"))
			*mask |= EX_EXCHANGE_WORKDAYS;
		else if (ex_str_is(one, "WeekendDay"))
			*mask |= EX_EXCHANGE_WEEKEND;
		else if ((day = among(days, N(days), one)) >= 0)
			*mask |= 1U << day;
		else
			return false;
	}
	return *mask != 0;
}

static bool
read_nth(const struct ex_xml_node *n, struct ex_exchange_rule *r)
{
	int index = among(indexes, N(indexes), word(n, "DayOfWeekIndex"));

	r->index = index == 4 ? -1 : index + 1;
	return index >= 0 && read_days(word(n, "DaysOfWeek"), &r->days);
}

static bool
read_month(const struct ex_xml_node *n, struct ex_exchange_rule *r)
{
	r->month = among(months, N(months), word(n, "Month")) + 1;
	return r->month > 0;
}

static bool
read_mday(const struct ex_xml_node *n, struct ex_exchange_rule *r)
{
	long day;

	if (!number(n, "DayOfMonth", 31, &day))
		return false;
	r->mday = (int)day;
	return true;
}

static bool
read_pattern(const struct ex_xml_node *n, struct ex_exchange_rule *r)
{
	struct ex_str first = word(n, "FirstDayOfWeek");
	int day = among(days, N(days), first);

	/* answers to requests of 2007's form have none: Outlook's default */
	r->first = first.n == 0 ? 0 : day;
	if (!number(n, "Interval", MAX_INTERVAL, &r->interval))
		r->interval = 1;
	switch (r->pattern) {
	case EX_EXCHANGE_DAILY:
		return true;
	case EX_EXCHANGE_WEEKLY:
		return r->regenerates || (r->first >= 0 &&
		    read_days(word(n, "DaysOfWeek"), &r->days));
	case EX_EXCHANGE_MONTHLY:
		return r->regenerates || read_mday(n, r);
	case EX_EXCHANGE_NTH:
		return read_nth(n, r);
	case EX_EXCHANGE_YEARLY:
		return r->regenerates || (read_mday(n, r) &&
		    read_month(n, r));
	case EX_EXCHANGE_YEARLY_NTH:
		return read_nth(n, r) && read_month(n, r);
	}
	return false;
}

static bool
read_range(const struct ex_xml_node *n, struct ex_exchange_rule *r)
{
	struct ex_exchange_time t;

	if (!ex_exchange_time(ex_xml_child_text(n, "StartDate"), &t))
		return false;
	r->start = ex_exchange_day_of(t.sec);
	if (ex_str_is(n->name.local, "NumberedRecurrence"))
		return number(n, "NumberOfOccurrences", MAX_COUNT,
		    &r->count);
	r->ends = ex_str_is(n->name.local, "EndDateRecurrence");
	if (r->ends && !ex_exchange_time(ex_xml_child_text(n, "EndDate"),
	    &t))
		return false;
	r->end = ex_exchange_day_of(t.sec);
	return true;
}

static bool
is_pattern(struct ex_exchange_rule *r, struct ex_str name)
{
	struct ex_exchange_rule try = *r;
	int p;

	for (p = 0; p <= 2 * EX_EXCHANGE_YEARLY_NTH + 1; p++) {
		try.pattern = (enum ex_exchange_pattern)(p / 2);
		try.regenerates = p % 2 != 0;
		if (ex_str_is(name, name_of(&try))) {
			*r = try;
			return true;
		}
	}
	return false;
}

bool
ex_ewsmap_rule_read(const struct ex_xml_node *n, struct ex_exchange_rule *r)
{
	bool pattern = false, range = false;

	memset(r, 0, sizeof(*r));
	for (n = n->child; n != NULL; n = n->next) {
		if (ex_str_ends(n->name.local, "Recurrence") &&
		    ex_xml_child(n, "StartDate") != NULL)
			range = read_range(n, r);
		else if (is_pattern(r, n->name.local))
			pattern = read_pattern(n, r);
	}
	return pattern && range;
}
