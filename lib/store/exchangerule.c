/*
 * exchangerule.c: an RRULE as one of Exchange's patterns, and back
 *
 *	RRULE (RFC 5545, 3.3.10)		pattern
 *	DAILY					daily
 *	DAILY;BYDAY=MO,TU			weekly on these days
 *	WEEKLY;BYDAY=MO,TU;WKST=SU		weekly, first day of the week
 *	MONTHLY;BYMONTHDAY=n, n < 29		monthly on that day
 *	MONTHLY;BYMONTHDAY=-1			the last one of all days
 *	MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1	monthly on day 30, or the
 *						month's last (28,29: day 29)
 *	MONTHLY;BYDAY=2TU, -1FR			the 2nd, the last of that day
 *	MONTHLY;BYDAY=TU,...;BYSETPOS=2		likewise, of one day, of the
 *						working days, the weekend, all
 *	MONTHLY;BYDAY=TU			weekly on Tuesdays
 *	YEARLY;BYMONTH=m;BYMONTHDAY=n		yearly on that day
 *	YEARLY;BYMONTH=m;BYDAY=2TU		yearly, the 2nd of that day
 *
 * (1) The days of both sides are the same, all of them, or it is an error.
 * (2) The first of them is DTSTART's, for Exchange begins a series there.
 * (3) Reading what was written gives the same days again.
 */
#include <stdio.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/ical.h>
#include <ex/item.h>
#include <ex/json.h>

#include "exchange.h"

/*
 * Microsoft's pages on the elements of a Recurrence: Interval is 1 to 999
 * of a DailyRecurrence, 1 to 99 of the others.
 */
enum { MAX_LIST = 8, MAX_INTERVAL = 99, MAX_DAILY = 999, MAX_MONTHS = 4800 };

static const char *const week[] = { "SU", "MO", "TU", "WE", "TH", "FR", "SA" };

/* What an RRULE says, part by part. */
struct parts {
	struct ex_str freq, until;
	long interval, count;
	int first;
	unsigned days;			/* of BYDAY, with or without numbers */
	long number[MAX_LIST];		/* of BYDAY, 0: none */
	size_t nday;
	long mday[MAX_LIST], month[MAX_LIST], setpos[MAX_LIST];
	size_t nmday, nmonth, nsetpos;
};

static int
no(struct ex_err *err, const char *what)
{
	return ex_err_set(err, EX_ERR_INPUT, "RRULE: Exchange has no %s",
	    what);
}

static bool
read_long(struct ex_str s, long *out)
{
	bool minus = s.n > 0 && s.p[0] == '-';
	long long v;

	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
		s.p++;
		s.n--;
	}
	v = ex_str_number(s);
	if (v < 0 || v > 1000000)
		return false;
	*out = (long)(minus ? -v : v);
	return true;
}

static int
weekday_of(struct ex_str s)
{
	int i;

	for (i = 0; i < 7; i++)
		if (ex_str_is_nocase(s, week[i]))
			return i;
	return -1;
}

static bool
read_day(struct parts *p, struct ex_str s)
{
	struct ex_str name = s;
	int day;

	if (s.n < 2 || p->nday == MAX_LIST)
		return false;
	name.p += s.n - 2;
	name.n = 2;
	s.n -= 2;
	day = weekday_of(name);
	p->number[p->nday] = 0;
	if (day < 0 || (s.n > 0 && (!read_long(s, &p->number[p->nday]) ||
	    p->number[p->nday] == 0)))
		return false;
	p->days |= 1U << day;
	p->nday++;
	return true;
}

static bool
read_list(struct parts *p, const struct ex_json *j)
{
	const struct ex_json *v = j->type == EX_JSON_ARRAY ? j->child : j;
	long *to;
	size_t *n;

	if (ex_str_is(j->key, "byday")) {
		for (; v != NULL; v = v == j ? NULL : v->next)
			if (!read_day(p, v->text))
				return false;
		return true;
	}
	to = ex_str_is(j->key, "bymonthday") ? p->mday :
	    ex_str_is(j->key, "bymonth") ? p->month : p->setpos;
	n = to == p->mday ? &p->nmday : to == p->month ? &p->nmonth :
	    &p->nsetpos;
	for (; v != NULL; v = v == j ? NULL : v->next)
		if (*n == MAX_LIST || !read_long(v->text, &to[(*n)++]))
			return false;
	return true;
}

/* BYHOUR=9 of a series at 9 o'clock says nothing. */
static bool
is_idle(const struct ex_json *j, const struct ex_exchange_when *start)
{
	long long sec = start->local % EX_EXCHANGE_DAY;
	long v;

	if (sec < 0)
		sec += EX_EXCHANGE_DAY;
	if (start->date || j->type == EX_JSON_ARRAY ||
	    !read_long(j->text, &v))
		return false;
	return ex_str_is(j->key, "byhour") ? v == sec / 3600 :
	    ex_str_is(j->key, "byminute") ? v == sec / 60 % 60 :
	    ex_str_is(j->key, "bysecond") && v == sec % 60;
}

static int
unknown_part(const struct ex_json *j, struct ex_err *err)
{
	char name[24];
	size_t i;

	for (i = 0; i < j->key.n && i < sizeof(name) - 1; i++)
		name[i] = (char)(j->key.p[i] >= 'a' && j->key.p[i] <= 'z' ?
		    j->key.p[i] - 32 : j->key.p[i]);
	name[i] = '\0';
	return no(err, name);
}

static int
read_part(struct parts *p, const struct ex_json *j,
    const struct ex_exchange_when *start, struct ex_err *err)
{
	bool ok = true;

	if (ex_str_is(j->key, "freq"))
		p->freq = j->text;
	else if (ex_str_is(j->key, "until"))
		p->until = j->text;
	else if (ex_str_is(j->key, "interval"))
		ok = read_long(j->text, &p->interval) && p->interval > 0;
	else if (ex_str_is(j->key, "count"))
		ok = read_long(j->text, &p->count) && p->count > 0;
	else if (ex_str_is(j->key, "wkst"))
		ok = (p->first = weekday_of(j->text)) >= 0;
	else if (ex_str_is(j->key, "byday") ||
	    ex_str_is(j->key, "bymonthday") ||
	    ex_str_is(j->key, "bymonth") || ex_str_is(j->key, "bysetpos"))
		ok = read_list(p, j);
	else if (!is_idle(j, start))
		return unknown_part(j, err);
	return ok ? 0 : ex_err_set(err, EX_ERR_INPUT,
	    "RRULE: Exchange cannot express its %.*s",
	    (int)(j->key.n > 24 ? 24 : j->key.n), j->key.p);
}

static bool
has_numbers(const struct parts *p)
{
	size_t i;

	for (i = 0; i < p->nday; i++)
		if (p->number[i] != 0)
			return true;
	return false;
}

static int
weekly(const struct parts *p, struct ex_exchange_rule *r,
    struct ex_err *err)
{
	if (has_numbers(p) || p->nsetpos > 0 || p->nmday > 0)
		return no(err, "numbers in the BYDAY of weeks");
	r->pattern = EX_EXCHANGE_WEEKLY;
	if (p->nday > 0)
		r->days = p->days;
	return 0;
}

static int
daily(const struct parts *p, struct ex_exchange_rule *r, struct ex_err *err)
{
	if (p->nmday > 0 || p->nsetpos > 0)
		return no(err, "BYMONTHDAY or BYSETPOS of days");
	if (p->nday == 0)
		return 0;
	if (r->interval != 1)
		return no(err, "BYDAY of days with an INTERVAL");
	return weekly(p, r, err);
}

/* The index-th of days of a month, from BYDAY=2TU or BYSETPOS=2. */
static int
nth(const struct parts *p, struct ex_exchange_rule *r, struct ex_err *err)
{
	unsigned d = p->days;
	long index = p->number[0];

	if (p->nsetpos == 1 && !has_numbers(p)) {
		index = p->setpos[0];
		if ((d & (d - 1)) != 0 && d != EX_EXCHANGE_EVERY &&
		    d != EX_EXCHANGE_WORKDAYS && d != EX_EXCHANGE_WEEKEND)
			return no(err, "BYSETPOS of such days");
	} else if (p->nsetpos > 0 || p->nday != 1) {
		return no(err, "several of the BYDAY of a month");
	}
	if (index != -1 && (index < 1 || index > 4))
		return no(err, "BYDAY or BYSETPOS but 1 to 4 and -1");
	r->pattern = EX_EXCHANGE_NTH;
	r->days = d;
	r->index = (int)index;
	return 0;
}

/* BYMONTHDAY=28,29,30;BYSETPOS=-1: day 30, or the last there is. */
static bool
is_clamped(const struct parts *p, int *mday)
{
	unsigned days = 0;
	size_t i;

	if (p->nsetpos != 1 || p->setpos[0] != -1)
		return false;
	for (i = 0; i < p->nmday; i++)
		if (p->mday[i] < 28 || p->mday[i] > 30)
			return false;
		else
			days |= 1U << (p->mday[i] - 28);
	*mday = days == 7 ? 30 : 29;
	return days == 7 || days == 3;
}

static int
on_mday(const struct parts *p, struct ex_exchange_rule *r,
    struct ex_err *err)
{
	r->pattern = EX_EXCHANGE_MONTHLY;
	if (is_clamped(p, &r->mday))
		return 0;
	if (p->nsetpos > 0 || p->nmday > 1)
		return no(err, "several of BYMONTHDAY");
	if (p->nmday == 0)
		return 0;
	if (p->mday[0] == -1) {
		r->pattern = EX_EXCHANGE_NTH;
		r->days = EX_EXCHANGE_EVERY;
		r->index = -1;
		return 0;
	}
	if (p->mday[0] < 1 || p->mday[0] > 31)
		return no(err, "BYMONTHDAY but 1 to 31 and -1");
	r->mday = (int)p->mday[0];
	return 0;
}

static int
monthly(const struct parts *p, struct ex_exchange_rule *r,
    struct ex_err *err)
{
	if (p->nday > 0 && p->nmday > 0)
		return no(err, "BYDAY together with BYMONTHDAY");
	if (p->nday == 0)
		return on_mday(p, r, err);
	if (p->nsetpos == 0 && !has_numbers(p) && r->interval == 1 &&
	    ex_str_is_nocase(p->freq, "MONTHLY"))
		return weekly(p, r, err);
	return nth(p, r, err);
}

static int
yearly(const struct parts *p, struct ex_exchange_rule *r,
    struct ex_err *err)
{
	if (p->nday > 0 && p->nmonth == 0)
		return no(err, "BYDAY of years without BYMONTH");
	if (p->nmday > 0 && p->nmonth == 0)
		return no(err, "BYMONTHDAY of years without BYMONTH");
	if (monthly(p, r, err) == -1)
		return -1;
	r->pattern = r->pattern == EX_EXCHANGE_NTH ? EX_EXCHANGE_YEARLY_NTH :
	    EX_EXCHANGE_YEARLY;
	return 0;
}

static int
pattern(const struct parts *p, struct ex_exchange_rule *r,
    struct ex_err *err)
{
	int year;

	if (p->nmonth > 1)
		return no(err, "several of BYMONTH");
	ex_exchange_civil(r->start, &year, &r->month, &r->mday);
	r->days = 1U << ex_exchange_weekday(r->start);
	if (p->nmonth == 1 && (p->month[0] < 1 || p->month[0] > 12))
		return no(err, "such BYMONTH");
	if (p->nmonth == 1)
		r->month = (int)p->month[0];
	if (ex_str_is_nocase(p->freq, "YEARLY"))
		return yearly(p, r, err);
	if (p->nmonth > 0)
		return no(err, "BYMONTH but of years");
	if (ex_str_is_nocase(p->freq, "MONTHLY"))
		return monthly(p, r, err);
	if (ex_str_is_nocase(p->freq, "WEEKLY"))
		return weekly(p, r, err);
	if (ex_str_is_nocase(p->freq, "DAILY"))
		return daily(p, r, err);
	return ex_err_set(err, EX_ERR_INPUT,
	    "RRULE: Exchange has no FREQ=%.*s",
	    (int)(p->freq.n > 16 ? 16 : p->freq.n), p->freq.p);
}

/* Exchange knows days only: that of the last occurrence not after UNTIL. */
static int
until(const struct parts *p, const struct ex_exchange_when *start,
    struct ex_exchange_rule *r, struct ex_err *err)
{
	long long time = start->local - r->start * EX_EXCHANGE_DAY, sec;
	struct ex_exchange_walk w;
	struct ex_exchange_time t;
	long day, last = r->start - 1;

	if (!ex_exchange_time(p->until, &t))
		return ex_err_set(err, EX_ERR_INPUT,
		    "RRULE: UNTIL: no such day or time");
	sec = t.utc ? ex_exchange_to_local(start, t.sec) : t.sec;
	r->ends = true;
	r->end = ex_exchange_day_of(sec - (t.date ? 0 : time));
	ex_exchange_walk_init(&w, r);
	while (ex_exchange_walk_next(&w, &day))
		last = day;
	if (last < r->start)
		return ex_err_set(err, EX_ERR_INPUT,
		    "RRULE: UNTIL lies before DTSTART");
	r->end = last;
	return 0;
}

/* Does Exchange move a day into a month that has not that many? */
static int
moves_none(const struct ex_exchange_rule *r, struct ex_err *err)
{
	struct ex_exchange_walk w;
	int n, year, month, mday;
	long day;

	if (r->mday < 29 || (r->pattern != EX_EXCHANGE_MONTHLY &&
	    r->pattern != EX_EXCHANGE_YEARLY))
		return 0;
	ex_exchange_walk_init(&w, r);
	for (n = 0; n < MAX_MONTHS && ex_exchange_walk_next(&w, &day); n++) {
		ex_exchange_civil(day, &year, &month, &mday);
		if (mday != r->mday)
			return ex_err_set(err, EX_ERR_INPUT,
			    "RRULE: Exchange moves day %d into months that "
			    "have not that many", r->mday);
	}
	return 0;
}

static int
interval(const struct ex_exchange_rule *r, struct ex_err *err)
{
	bool years = r->pattern == EX_EXCHANGE_YEARLY ||
	    r->pattern == EX_EXCHANGE_YEARLY_NTH;
	long max = r->pattern == EX_EXCHANGE_DAILY ? MAX_DAILY :
	    years ? MAX_INTERVAL / 12 : MAX_INTERVAL;

	return r->interval <= max ? 0 : ex_err_set(err, EX_ERR_INPUT,
	    "RRULE: Exchange has no INTERVAL over %ld there", max);
}

int
ex_exchange_rule_of(const struct ex_json *rrule,
    const struct ex_exchange_when *start, struct ex_exchange_rule *r,
    struct ex_err *err)
{
	struct parts p = { .interval = 1, .first = 1 };
	const struct ex_json *j;
	struct ex_exchange_walk w;
	long day;
	int none;

	memset(r, 0, sizeof(*r));
	if (rrule == NULL || rrule->type != EX_JSON_OBJECT)
		return ex_err_set(err, EX_ERR_INPUT, "RRULE: is no rule");
	for (j = rrule->child; j != NULL; j = j->next)
		if (read_part(&p, j, start, err) == -1)
			return -1;
	r->interval = p.interval;
	r->count = p.count;
	r->first = p.first;
	r->start = ex_exchange_day_of(start->local);
	if (pattern(&p, r, err) == -1 || interval(r, err) == -1)
		return -1;
	ex_exchange_walk_init(&w, r);
	if (!ex_exchange_walk_next(&w, &day) || day != r->start)
		return ex_err_set(err, EX_ERR_INPUT, "DTSTART: is none of "
		    "the RRULE's days, and Exchange would begin at another");
	if (p.until.p != NULL && until(&p, start, r, err) == -1)
		return -1;
	if (!is_clamped(&p, &none) && moves_none(r, err) == -1)
		return -1;
	ex_exchange_rule_fold(r);
	return 0;
}

/*
 * The last one of all days is that, however it is said; every twelfth
 * month is every year.
 */
void
ex_exchange_rule_fold(struct ex_exchange_rule *r)
{
	int year, month, mday;

	if (r->regenerates)
		return;
	ex_exchange_civil(r->start, &year, &month, &mday);
	if (r->pattern == EX_EXCHANGE_NTH && r->days == EX_EXCHANGE_EVERY &&
	    r->index > 0) {
		r->pattern = EX_EXCHANGE_MONTHLY;
		r->mday = r->index;
	}
	if ((r->pattern == EX_EXCHANGE_MONTHLY ||
	    r->pattern == EX_EXCHANGE_NTH) && r->interval % 12 == 0) {
		r->interval /= 12;
		r->month = month;
		r->pattern = r->pattern == EX_EXCHANGE_NTH ?
		    EX_EXCHANGE_YEARLY_NTH : EX_EXCHANGE_YEARLY;
	}
	if ((r->pattern == EX_EXCHANGE_MONTHLY && r->mday == 31) ||
	    (r->pattern == EX_EXCHANGE_YEARLY && r->month == 2 &&
	    r->mday > 28)) {
		r->pattern = r->pattern == EX_EXCHANGE_MONTHLY ?
		    EX_EXCHANGE_NTH : EX_EXCHANGE_YEARLY_NTH;
		r->days = EX_EXCHANGE_EVERY;
		r->index = -1;
	}
	if (r->pattern == EX_EXCHANGE_YEARLY &&
	    r->mday > ex_exchange_month_length(2000, r->month))
		r->mday = ex_exchange_month_length(2000, r->month);
	if (r->pattern == EX_EXCHANGE_WEEKLY && r->interval == 1)
		r->first = 1;
}

static void
put_days(struct ex_buf *b, unsigned days, const char *number)
{
	bool more = false;
	int i, day;

	ex_buf_puts(b, ";BYDAY=");
	for (i = 1; i <= 7; i++) {
		day = i % 7;
		if ((days >> day & 1) == 0)
			continue;
		if (more)
			ex_buf_putc(b, ',');
		ex_buf_puts(b, number);
		ex_buf_puts(b, week[day]);
		more = true;
	}
}

static void
put_mday(struct ex_buf *b, const struct ex_exchange_rule *r)
{
	bool clamps = r->pattern == EX_EXCHANGE_MONTHLY;

	if (clamps && r->mday == 29)
		ex_buf_puts(b, ";BYMONTHDAY=28,29;BYSETPOS=-1");
	else if (clamps && r->mday == 30)
		ex_buf_puts(b, ";BYMONTHDAY=28,29,30;BYSETPOS=-1");
	else
		ex_buf_fmt(b, ";BYMONTHDAY=%d", r->mday);
}

static void
put_nth(struct ex_buf *b, const struct ex_exchange_rule *r)
{
	char number[16];

	if (r->days == EX_EXCHANGE_EVERY && r->index == -1) {
		ex_buf_puts(b, ";BYMONTHDAY=-1");
	} else if ((r->days & (r->days - 1)) != 0) {
		put_days(b, r->days, "");
		ex_buf_fmt(b, ";BYSETPOS=%d", r->index);
	} else {
		snprintf(number, sizeof(number), "%d", r->index);
		put_days(b, r->days, number);
	}
}

static void
put_pattern(struct ex_buf *b, const struct ex_exchange_rule *r)
{
	switch (r->pattern) {
	case EX_EXCHANGE_DAILY:
		break;
	case EX_EXCHANGE_WEEKLY:
		put_days(b, r->days, "");
		if (r->first != 1)
			ex_buf_fmt(b, ";WKST=%s", week[r->first]);
		break;
	case EX_EXCHANGE_YEARLY:
		ex_buf_fmt(b, ";BYMONTH=%d", r->month);
		put_mday(b, r);
		break;
	case EX_EXCHANGE_MONTHLY:
		put_mday(b, r);
		break;
	case EX_EXCHANGE_YEARLY_NTH:
		ex_buf_fmt(b, ";BYMONTH=%d", r->month);
		put_nth(b, r);
		break;
	case EX_EXCHANGE_NTH:
		put_nth(b, r);
		break;
	}
}

static void
put_range(struct ex_buf *b, const struct ex_exchange_rule *r,
    const struct ex_exchange_when *start, struct ex_arena *a)
{
	long long end = r->end * EX_EXCHANGE_DAY + start->local -
	    ex_exchange_day_of(start->local) * EX_EXCHANGE_DAY;

	if (r->count > 0) {
		ex_buf_fmt(b, ";COUNT=%ld", r->count);
	} else if (r->ends) {
		ex_buf_puts(b, ";UNTIL=");
		ex_buf_str(b, start->date ? ex_exchange_date(a, r->end) :
		    start->floating ? ex_exchange_local(a, end) :
		    ex_exchange_utc(a, ex_exchange_to_utc(start, end)));
	}
}

struct ex_json *
ex_exchange_rule_value(const struct ex_exchange_rule *r,
    const struct ex_exchange_when *start, struct ex_arena *a)
{
	static const char *const freq[] = {
		[EX_EXCHANGE_DAILY] = "DAILY",
		[EX_EXCHANGE_WEEKLY] = "WEEKLY",
		[EX_EXCHANGE_MONTHLY] = "MONTHLY",
		[EX_EXCHANGE_NTH] = "MONTHLY",
		[EX_EXCHANGE_YEARLY] = "YEARLY",
		[EX_EXCHANGE_YEARLY_NTH] = "YEARLY"
	};
	struct ex_buf b = EX_BUF_INIT;
	struct ex_json *rule;

	ex_buf_fmt(&b, "FREQ=%s", freq[r->pattern]);
	put_range(&b, r, start, a);
	if (r->interval > 1)
		ex_buf_fmt(&b, ";INTERVAL=%ld", r->interval);
	if (!r->regenerates)
		put_pattern(&b, r);
	rule = ex_ical_rule_read(ex_arena_str(a, ex_buf_get(&b)), a);
	ex_buf_fini(&b);
	return rule;
}
