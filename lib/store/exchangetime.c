/*
 * exchangetime.c: days, times and zones, as Exchange and items have them
 *
 * Floating times: Exchange has none.  A time without a zone is written as
 * if it were one of UTC; that it had no zone is for the caller to keep.
 */
#include <stdio.h>

#include <ex/arena.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/json.h>
#include <ex/zone.h>

#include "exchange.h"

enum { DAYS_TO_1970 = 719468, DAYS_OF_400 = 146097 };

/* Years begin in March here, so that the leap day is a year's last. */
long
ex_exchange_day(int year, int month, int day)
{
	long y = month <= 2 ? year - 1L : year;
	long m = (month + 9) % 12;
	long era = (y >= 0 ? y : y - 399) / 400;
	long yoe = y - era * 400;

	return era * DAYS_OF_400 + yoe * 365 + yoe / 4 - yoe / 100 +
	    (153 * m + 2) / 5 + day - 1 - DAYS_TO_1970;
}

void
ex_exchange_civil(long day, int *year, int *month, int *mday)
{
	long z = day + DAYS_TO_1970;
	long era = (z >= 0 ? z : z - DAYS_OF_400 + 1) / DAYS_OF_400;
	long doe = z - era * DAYS_OF_400;
	long yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	long doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	long m = (5 * doy + 2) / 153;

	*mday = (int)(doy - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

int
ex_exchange_weekday(long day)
{
	long d = (day + 4) % 7;

	return (int)(d < 0 ? d + 7 : d);
}

int
ex_exchange_month_length(int year, int month)
{
	static const signed char days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	if (month == 2 && year % 4 == 0 &&
	    (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* n digits at *at, which is moved behind them; -1: they are none. */
static int
digits(struct ex_str s, size_t *at, size_t n)
{
	int v = 0;

	if (s.n - *at < n)
		return -1;
	for (; n > 0; n--, (*at)++) {
		if (s.p[*at] < '0' || s.p[*at] > '9')
			return -1;
		v = v * 10 + (s.p[*at] - '0');
	}
	return v;
}

static bool
literal(struct ex_str s, size_t *at, char c)
{
	if (*at >= s.n || s.p[*at] != c)
		return false;
	(*at)++;
	return true;
}

static bool
read_date(struct ex_str s, size_t *at, long *day)
{
	int year, month, mday;

	year = digits(s, at, 4);
	if (year < 1 || !literal(s, at, '-'))
		return false;
	month = digits(s, at, 2);
	if (month < 1 || month > 12 || !literal(s, at, '-'))
		return false;
	mday = digits(s, at, 2);
	if (mday < 1 || mday > ex_exchange_month_length(year, month))
		return false;
	*day = ex_exchange_day(year, month, mday);
	return true;
}

static bool
read_clock(struct ex_str s, size_t *at, long long *sec)
{
	int h, m, v;

	if ((h = digits(s, at, 2)) < 0 || h > 24 || !literal(s, at, ':'))
		return false;
	if ((m = digits(s, at, 2)) < 0 || m > 59 || !literal(s, at, ':'))
		return false;
	if ((v = digits(s, at, 2)) < 0 || v > 60)
		return false;
	*sec += h * 3600LL + m * 60LL + (v > 59 ? 59 : v);
	if (literal(s, at, '.'))
		while (*at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9')
			(*at)++;
	return true;
}

static bool
read_offset(struct ex_str s, size_t *at, struct ex_exchange_time *t)
{
	int h, m, sign;

	if (*at == s.n)
		return true;
	t->utc = true;
	if (literal(s, at, 'Z'))
		return *at == s.n;
	if (literal(s, at, '-'))
		sign = 1;
	else if (literal(s, at, '+'))
		sign = -1;
	else
		return false;
	if ((h = digits(s, at, 2)) < 0 || h > 14 || !literal(s, at, ':') ||
	    (m = digits(s, at, 2)) < 0 || m > 59)
		return false;
	/* a date is that day wherever it is */
	if (!t->date)
		t->sec += sign * (h * 3600LL + m * 60LL);
	return *at == s.n;
}

bool
ex_exchange_time(struct ex_str s, struct ex_exchange_time *t)
{
	size_t at = 0;
	long day;

	*t = (struct ex_exchange_time){ 0, true, false };
	while (s.n > 0 && (*s.p == ' ' || *s.p == '\n' || *s.p == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\n' ||
	    s.p[s.n - 1] == '\t'))
		s.n--;
	if (!read_date(s, &at, &day))
		return false;
	t->sec = day * EX_EXCHANGE_DAY;
	if (literal(s, &at, 'T')) {
		t->date = false;
		if (!read_clock(s, &at, &t->sec))
			return false;
	}
	return read_offset(s, &at, t);
}

long
ex_exchange_day_of(long long sec)
{
	return (long)((sec >= 0 ? sec : sec - EX_EXCHANGE_DAY + 1) /
	    EX_EXCHANGE_DAY);
}

struct ex_str
ex_exchange_date(struct ex_arena *a, long day)
{
	int y, m, d;

	ex_exchange_civil(day, &y, &m, &d);
	return ex_arena_fmt(a, "%04d-%02d-%02d", y, m, d);
}

static struct ex_str
format(struct ex_arena *a, long long sec, const char *end)
{
	long day = ex_exchange_day_of(sec);
	int y, m, d, rest = (int)(sec - day * EX_EXCHANGE_DAY);

	ex_exchange_civil(day, &y, &m, &d);
	return ex_arena_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02d%s", y, m, d,
	    rest / 3600, rest / 60 % 60, rest % 60, end);
}

bool
ex_exchange_same_time(struct ex_str a, struct ex_str b)
{
	struct ex_exchange_time x, y;

	return ex_exchange_time(a, &x) && ex_exchange_time(b, &y) &&
	    x.sec == y.sec;
}

struct ex_str
ex_exchange_utc(struct ex_arena *a, long long sec)
{
	return format(a, sec, "Z");
}

struct ex_str
ex_exchange_local(struct ex_arena *a, long long sec)
{
	return format(a, sec, "");
}

long
ex_exchange_midnight(long long utc)
{
	return ex_exchange_day_of(utc + EX_EXCHANGE_DAY / 2);
}

/* "DTSTART: what", in upper case as people know it. */
static int
bad(const struct ex_prop *p, struct ex_err *err, const char *what,
    struct ex_str which)
{
	char name[32];
	size_t i;

	for (i = 0; i < p->name.n && i < sizeof(name); i++)
		name[i] = (char)(p->name.p[i] >= 'a' &&
		    p->name.p[i] <= 'z' ? p->name.p[i] - 32 : p->name.p[i]);
	return ex_err_set(err, EX_ERR_INPUT, "%.*s: %s%.*s", (int)i, name,
	    what, (int)(which.n > 64 ? 64 : which.n), which.p);
}

static int
in_zone(const struct ex_prop *p, const struct ex_exchange_zones *zones,
    struct ex_exchange_when *w, struct ex_err *err)
{
	if (ex_exchange_zone_known(w->tzid))
		w->windows = ex_zone_windows(w->tzid);
	else if ((w->own = ex_exchange_zone_find(zones, w->tzid)) != NULL)
		w->windows = ex_exchange_zone_windows(w->own);
	else
		return bad(p, err, "Exchange has no zone like ", w->tzid);
	w->utc = ex_exchange_to_utc(w, w->local);
	return 0;
}

int
ex_exchange_when(const struct ex_prop *p, const struct ex_json *value,
    const struct ex_exchange_zones *zones, struct ex_exchange_when *w,
    struct ex_err *err)
{
	const struct ex_param *tz = ex_prop_param(p, "tzid");
	struct ex_exchange_time t;

	*w = (struct ex_exchange_when){ .tzid = EX_STR_NONE,
	    .windows = EX_STR("UTC") };
	if (value == NULL || value->type != EX_JSON_STRING ||
	    !ex_exchange_time(value->text, &t))
		return bad(p, err, "no such day or time", EX_STR(""));
	w->local = w->utc = t.sec;
	w->date = t.date;
	if (t.date || t.utc)
		return 0;
	if (tz == NULL || tz->value[0].n == 0) {
		w->floating = true;
		return 0;
	}
	w->tzid = tz->value[0];
	return in_zone(p, zones, w, err);
}

/* By how much its clock is ahead of UTC. */
static long
offset_at(const struct ex_exchange_when *w, long long time, bool local)
{
	long offset = 0;

	if (w->own != NULL)
		return ex_exchange_zone_offset(w->own, time, local);
	if (w->tzid.p != NULL)
		ex_zone_offset(w->tzid, time, local, &offset);
	return offset;
}

long long
ex_exchange_to_utc(const struct ex_exchange_when *w, long long local)
{
	return local - offset_at(w, local, true);
}

long long
ex_exchange_to_local(const struct ex_exchange_when *w, long long utc)
{
	return utc + offset_at(w, utc, false);
}
