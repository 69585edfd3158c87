/*
 * graphmaprule.c: a patternedRecurrence, read and written
 */
#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/json.h>

#include "graphmappriv.h"

enum { MAX_INTERVAL = 9999, MAX_COUNT = 1000000 };

static const char *const days[] = {
	"sunday", "monday", "tuesday", "wednesday", "thursday", "friday",
	"saturday"
};

static const char *const indexes[] = {
	"first", "second", "third", "fourth", "last"
};

/* In the order of enum ex_exchange_pattern. */
static const char *const patterns[] = {
	"daily", "weekly", "absoluteMonthly", "relativeMonthly",
	"absoluteYearly", "relativeYearly"
};

#define N(list)	(sizeof(list) / sizeof(*(list)))

static int
among(const char *const list[], size_t n, struct ex_str s)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ex_str_is_nocase(s, list[i]))
			return (int)i;
	return -1;
}

static bool
read_days(const struct ex_json *j, unsigned *mask)
{
	int day;

	*mask = 0;
	j = ex_json_get(j, "daysOfWeek");
	for (j = j == NULL ? NULL : j->child; j != NULL; j = j->next) {
		if (j->type != EX_JSON_STRING ||
		    (day = among(days, N(days), j->text)) < 0)
			return false;
		*mask |= 1U << day;
	}
	return *mask != 0;
}

static bool
read_nth(const struct ex_json *j, struct ex_exchange_rule *r)
{
	struct ex_str s = ex_json_get_str(j, "index");
	int index = s.n == 0 ? 0 : among(indexes, N(indexes), s);

	r->index = index == 4 ? -1 : index + 1;
	return index >= 0 && read_days(j, &r->days);
}

static bool
read_number(const struct ex_json *j, const char *name, int max, int *out)
{
	long long n = ex_json_get_int(j, name, 0);

	*out = n >= 1 && n <= max ? (int)n : 0;
	return *out > 0;
}

static bool
read_pattern(const struct ex_json *j, struct ex_exchange_rule *r)
{
	int type = among(patterns, N(patterns), ex_json_get_str(j, "type"));
	struct ex_str first = ex_json_get_str(j, "firstDayOfWeek");
	int interval;

	if (type < 0)
		return false;
	r->pattern = (enum ex_exchange_pattern)type;
	r->interval = read_number(j, "interval", MAX_INTERVAL, &interval) ?
	    interval : 1;
	r->first = first.n == 0 ? 0 : among(days, N(days), first);
	switch (r->pattern) {
	case EX_EXCHANGE_DAILY:
		return true;
	case EX_EXCHANGE_WEEKLY:
		return r->first >= 0 && read_days(j, &r->days);
	case EX_EXCHANGE_MONTHLY:
		return read_number(j, "dayOfMonth", 31, &r->mday);
	case EX_EXCHANGE_NTH:
		return read_nth(j, r);
	case EX_EXCHANGE_YEARLY:
		return read_number(j, "dayOfMonth", 31, &r->mday) &&
		    read_number(j, "month", 12, &r->month);
	case EX_EXCHANGE_YEARLY_NTH:
		return read_nth(j, r) && read_number(j, "month", 12,
		    &r->month);
	}
	return false;
}

static bool
read_day(const struct ex_json *j, const char *name, long *day)
{
	struct ex_str s = ex_json_get_str(j, name);
	struct ex_exchange_time t;

	if (s.p == NULL || !ex_exchange_time(s, &t))
		return false;
	*day = ex_exchange_day_of(t.sec);
	return true;
}

static bool
read_range(const struct ex_json *j, struct ex_exchange_rule *r)
{
	struct ex_str type = ex_json_get_str(j, "type");
	int count;

	if (!read_day(j, "startDate", &r->start))
		return false;
	if (ex_str_is_nocase(type, "noEnd"))
		return true;
	if (ex_str_is_nocase(type, "numbered")) {
		if (!read_number(j, "numberOfOccurrences", MAX_COUNT, &count))
			return false;
		r->count = count;
		return true;
	}
	r->ends = ex_str_is_nocase(type, "endDate");
	return r->ends && read_day(j, "endDate", &r->end);
}

bool
ex_graphmap_rule_read(const struct ex_json *j, struct ex_exchange_rule *r)
{
	*r = (struct ex_exchange_rule){ .interval = 1 };
	return read_pattern(ex_json_get(j, "pattern"), r) &&
	    read_range(ex_json_get(j, "range"), r);
}

static void
put_days(struct ex_buf *b, unsigned mask)
{
	const char *sep = "";
	int i;

	ex_buf_puts(b, ",\"daysOfWeek\":[");
	for (i = 1; i <= 7; i++) {
		if ((mask >> i % 7 & 1) == 0)
			continue;
		ex_buf_fmt(b, "%s\"%s\"", sep, days[i % 7]);
		sep = ",";
	}
	ex_buf_putc(b, ']');
}

static void
put_nth(struct ex_buf *b, const struct ex_exchange_rule *r)
{
	put_days(b, r->days);
	ex_buf_fmt(b, ",\"index\":\"%s\"",
	    indexes[r->index < 0 ? 4 : r->index - 1]);
}

static void
put_pattern(struct ex_buf *b, const struct ex_exchange_rule *r)
{
	ex_buf_fmt(b, "\"pattern\":{\"type\":\"%s\",\"interval\":%ld",
	    patterns[r->pattern], r->interval);
	switch (r->pattern) {
	case EX_EXCHANGE_DAILY:
		break;
	case EX_EXCHANGE_WEEKLY:
		put_days(b, r->days);
		ex_buf_fmt(b, ",\"firstDayOfWeek\":\"%s\"", days[r->first]);
		break;
	case EX_EXCHANGE_MONTHLY:
		ex_buf_fmt(b, ",\"dayOfMonth\":%d", r->mday);
		break;
	case EX_EXCHANGE_NTH:
		put_nth(b, r);
		break;
	case EX_EXCHANGE_YEARLY:
		ex_buf_fmt(b, ",\"dayOfMonth\":%d,\"month\":%d", r->mday,
		    r->month);
		break;
	case EX_EXCHANGE_YEARLY_NTH:
		put_nth(b, r);
		ex_buf_fmt(b, ",\"month\":%d", r->month);
		break;
	}
	ex_buf_putc(b, '}');
}

static void
put_day(struct ex_buf *b, const char *name, long day)
{
	int year, month, mday;

	ex_exchange_civil(day, &year, &month, &mday);
	ex_buf_fmt(b, ",\"%s\":\"%04d-%02d-%02d\"", name, year, month, mday);
}

void
ex_graphmap_rule_put(struct ex_buf *b, const struct ex_exchange_rule *r)
{
	ex_buf_putc(b, '{');
	put_pattern(b, r);
	ex_buf_fmt(b, ",\"range\":{\"type\":\"%s\"", r->count > 0 ?
	    "numbered" : r->ends ? "endDate" : "noEnd");
	put_day(b, "startDate", r->start);
	if (r->count > 0)
		ex_buf_fmt(b, ",\"numberOfOccurrences\":%ld", r->count);
	else if (r->ends)
		put_day(b, "endDate", r->end);
	ex_buf_puts(b, "}}");
}
