/*
 * exchangewalk.c: the days on which Exchange has something recur
 *
 * One period (day, week, month, year) after the other from the rule's
 * start on.  Days before the start, which its first week or month may
 * hold, are passed over.
 */
#include <stdlib.h>

#include "exchange.h"

enum { LAST_DAY = 2932896 };	/* 9999-12-31 */

void
ex_exchange_walk_init(struct ex_exchange_walk *w,
    const struct ex_exchange_rule *r)
{
	*w = (struct ex_exchange_walk){ .r = r };
}

/* The rule's mday or its index-th one of days in that month. */
static long
day_of_month(const struct ex_exchange_rule *r, int year, int month)
{
	int length = ex_exchange_month_length(year, month), left = r->index;
	long first = ex_exchange_day(year, month, 1), day;

	if (r->pattern == EX_EXCHANGE_MONTHLY ||
	    r->pattern == EX_EXCHANGE_YEARLY)
		return first + (r->mday < length ? r->mday : length) - 1;
	if (r->index < 0) {
		for (day = first + length - 1; day > first; day--)
			if (r->days >> ex_exchange_weekday(day) & 1)
				break;
		return day;
	}
	for (day = first; day < first + length - 1; day++)
		if ((r->days >> ex_exchange_weekday(day) & 1) && --left == 0)
			break;
	return day;
}

static long
next_week_day(struct ex_exchange_walk *w)
{
	const struct ex_exchange_rule *r = w->r;
	long start = r->start, week;
	int i;

	start -= (ex_exchange_weekday(start) - r->first + 7) % 7;
	for (;;) {
		week = start + w->period * r->interval * 7;
		for (i = 0; i < 7; i++) {
			if ((w->week >> i & 1) == 0 &&
			    (r->days >> ex_exchange_weekday(week + i) & 1)) {
				w->week |= 1U << i;
				return week + i;
			}
		}
		w->week = 0;
		w->period++;
		if (week > LAST_DAY)
			return week;
	}
}

static long
next_of(struct ex_exchange_walk *w)
{
	const struct ex_exchange_rule *r = w->r;
	int year, month, mday;
	long n;

	ex_exchange_civil(r->start, &year, &month, &mday);
	switch (r->pattern) {
	case EX_EXCHANGE_DAILY:
		return r->start + w->period++ * r->interval;
	case EX_EXCHANGE_WEEKLY:
		return next_week_day(w);
	case EX_EXCHANGE_MONTHLY:
	case EX_EXCHANGE_NTH:
		n = year * 12L + month - 1 + w->period++ * r->interval;
		return n / 12 > 9999 ? LAST_DAY + 1 :
		    day_of_month(r, (int)(n / 12), (int)(n % 12) + 1);
	case EX_EXCHANGE_YEARLY:
	case EX_EXCHANGE_YEARLY_NTH:
		n = year + w->period++ * r->interval;
		return n > 9999 ? LAST_DAY + 1 :
		    day_of_month(r, (int)n, r->month);
	}
	return LAST_DAY + 1;
}

bool
ex_exchange_walk_next(struct ex_exchange_walk *w, long *day)
{
	const struct ex_exchange_rule *r = w->r;

	if (r->count > 0 && w->n >= r->count)
		return false;
	do
		w->day = next_of(w);
	while (w->day < r->start);
	if (w->day > LAST_DAY || (r->ends && w->day > r->end))
		return false;
	w->n++;
	*day = w->day;
	return true;
}

static int
days_in(unsigned days)
{
	int n = 0;

	for (; days != 0; days &= days - 1)
		n++;
	return n;
}

/* The how-many-th of the rule's days it is, from 0; -1: it is none. */
static long
nth_weekly(const struct ex_exchange_rule *r, long day)
{
	int to_start = (ex_exchange_weekday(r->start) - r->first + 7) % 7;
	long since = day - (r->start - to_start), week = since / 7;
	unsigned all = 0;
	int i;

	/* from the week's first day on, whichever that is */
	for (i = 0; i < 7; i++)
		if (r->days >> ((r->first + i) % 7) & 1)
			all |= 1U << i;
	if (week % r->interval != 0 || (all >> since % 7 & 1) == 0)
		return -1;
	return week / r->interval * days_in(all) +
	    days_in(all & ((1U << since % 7) - 1)) -
	    days_in(all & ((1U << to_start) - 1));
}

/* Likewise by months; every: how many there are from one to the next. */
static long
nth_monthly(const struct ex_exchange_rule *r, long day, long every,
    int month)
{
	int y, m, mday, year;
	long n, first;

	ex_exchange_civil(r->start, &year, &m, &mday);
	if (month == 0)
		month = m;
	ex_exchange_civil(day, &y, &m, &mday);
	n = (y - year) * 12L + m - month;
	if (n < 0 || n % every != 0 || day_of_month(r, y, m) != day)
		return -1;
	first = day_of_month(r, year, month);
	return n / every - (first < r->start);
}

static long
nth_of(const struct ex_exchange_rule *r, long day)
{
	switch (r->pattern) {
	case EX_EXCHANGE_DAILY:
		return (day - r->start) % r->interval != 0 ? -1 :
		    (day - r->start) / r->interval;
	case EX_EXCHANGE_WEEKLY:
		return nth_weekly(r, day);
	case EX_EXCHANGE_MONTHLY:
	case EX_EXCHANGE_NTH:
		return nth_monthly(r, day, r->interval, 0);
	case EX_EXCHANGE_YEARLY:
	case EX_EXCHANGE_YEARLY_NTH:
		return nth_monthly(r, day, 12 * r->interval, r->month);
	}
	return -1;
}

long
ex_exchange_rule_nth(const struct ex_exchange_rule *r, long day)
{
	long n;

	if (day < r->start || day > LAST_DAY || (r->ends && day > r->end) ||
	    r->interval < 1)
		return 0;
	n = nth_of(r, day);
	return n >= 0 && (r->count == 0 || n < r->count) ? n + 1 : 0;
}

static int
by_from(const void *x, const void *y)
{
	const struct ex_exchange_move *a = x, *b = y;

	return a->from < b->from ? -1 : a->from > b->from;
}

bool
ex_exchange_in_order(const struct ex_exchange_rule *r,
    struct ex_exchange_move *m, size_t n)
{
	struct ex_exchange_walk w;
	bool moved, was_moved = false, any = false;
	long day, to, last = 0;
	size_t i = 0;

	if (n == 0)
		return true;
	qsort(m, n, sizeof(*m), by_from);
	ex_exchange_walk_init(&w, r);
	/* one more than the last that was moved: it has a neighbour there */
	while ((i < n || was_moved) && ex_exchange_walk_next(&w, &day)) {
		while (i < n && m[i].from < day)
			i++;
		moved = i < n && m[i].from == day;
		if (moved && m[i].gone)
			continue;
		to = moved ? m[i].to : day;
		moved = to != day;
		if (any && (moved || was_moved) && to <= last)
			return false;
		any = true;
		was_moved = moved;
		last = to;
	}
	return true;
}
