/*
 * icaldate.c: dates, times, durations and offsets, from RFC 5545's form to
 * jCal's and back
 *
 * Read digit by digit into the arena: no library, no locale, no time_t.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/ical.h>

/* Two digits at p; -1: they are none. */
static int
two(const char *p)
{
	unsigned a = (unsigned)(unsigned char)p[0] - '0';
	unsigned b = (unsigned)(unsigned char)p[1] - '0';

	return a > 9 || b > 9 ? -1 : (int)(a * 10 + b);
}

static bool
day_exists(int year, int month, int day)
{
	static const signed char days[] = {
		0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	if (month < 1 || month > 12 || day < 1)
		return false;
	if (month == 2 && day == 29)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return day <= days[month];
}

/* YYYYMMDD or YYYY-MM-DD to the latter.  How many bytes; 0: no date. */
static size_t
date(struct ex_str s, char iso[10], const char **why)
{
	bool dash = s.n >= 10 && s.p[4] == '-' && s.p[7] == '-';
	int century, year, month, day;

	if (s.n < 8)
		return 0;
	century = two(s.p);
	year = two(s.p + 2);
	month = two(s.p + (dash ? 5 : 4));
	day = two(s.p + (dash ? 8 : 6));
	if (century < 0 || year < 0 || month < 0 || day < 0)
		return 0;
	if (!day_exists(century * 100 + year, month, day)) {
		*why = "no such day";
		return 0;
	}
	memcpy(iso, s.p, 4);
	iso[4] = iso[7] = '-';
	memcpy(iso + 5, s.p + (dash ? 5 : 4), 2);
	memcpy(iso + 8, s.p + (dash ? 8 : 6), 2);
	return dash ? 10 : 8;
}

/*
 * HHMM[SS] or HH:MM[:SS] to HH:MM:SS.  How many bytes were read; 0: no
 * time.  Seconds that are not there are 00, which many calendars write;
 * a fraction of nothing (".000") is passed over.
 */
static size_t
clock_time(struct ex_str s, char iso[8], const char **why)
{
	bool colon = s.n >= 5 && s.p[2] == ':';
	size_t at = colon ? 5 : 4;
	int hour, minute, second = 0;

	if (s.n < at)
		return 0;
	hour = two(s.p);
	minute = two(s.p + at - 2);
	memcpy(iso, s.p, 2);
	memcpy(iso + 3, s.p + at - 2, 2);
	memcpy(iso + 6, "00", 2);
	iso[2] = iso[5] = ':';
	if (colon && s.n >= at + 3 && s.p[at] == ':')
		at++;
	if (s.n >= at + 2 && (second = two(s.p + at)) >= 0) {
		memcpy(iso + 6, s.p + at, 2);
		at += 2;
	} else
		second = 0;
	if (hour < 0 || minute < 0)
		return 0;
	if (hour > 23 || minute > 59 || second > 60) {
		*why = "no such time";
		return 0;
	}
	if (at + 1 < s.n && s.p[at] == '.')
		for (at++; at < s.n && s.p[at] == '0'; at++)
			continue;
	return at;
}

const char *
ex_ical_when(struct ex_str raw, struct ex_arena *a, struct ex_str *iso,
    enum ex_ical_type *type)
{
	const char *why = "not a date";
	char buf[20];
	size_t used, n = 10;

	if ((used = date(raw, buf, &why)) == 0)
		return why;
	raw.p += used;
	raw.n -= used;
	*type = EX_ICAL_DATE;
	if (raw.n > 0) {
		if (raw.p[0] != 'T' && raw.p[0] != 't' && raw.p[0] != ' ')
			return why;
		raw.p++;
		raw.n--;
		buf[10] = 'T';
		if ((used = clock_time(raw, buf + 11, &why)) == 0)
			return why;
		n = 19;
		if (used + 1 == raw.n && (raw.p[used] | 0x20) == 'z') {
			buf[n++] = 'Z';
			used++;
		}
		if (used != raw.n)
			return "not a date";
		*type = EX_ICAL_DATE_TIME;
	}
	iso->p = memcpy(ex_arena_bytes(a, n), buf, n);
	iso->n = n;
	return NULL;
}

bool
ex_ical_time(struct ex_str raw, struct ex_arena *a, struct ex_str *iso)
{
	const char *why;
	char buf[9];
	size_t used, n = 8;

	if ((used = clock_time(raw, buf, &why)) == 0)
		return false;
	if (used + 1 == raw.n && (raw.p[used] | 0x20) == 'z') {
		buf[n++] = 'Z';
		used++;
	}
	if (used != raw.n)
		return false;
	iso->p = memcpy(ex_arena_bytes(a, n), buf, n);
	iso->n = n;
	return true;
}

bool
ex_ical_offset(struct ex_str raw, struct ex_arena *a, struct ex_str *iso)
{
	bool seconds = raw.n == 7;
	char *p;

	if ((raw.n != 5 && raw.n != 7) || (raw.p[0] != '+' && raw.p[0] != '-'))
		return false;
	if (two(raw.p + 1) < 0 || two(raw.p + 3) < 0 || two(raw.p + 3) > 59)
		return false;
	if (seconds && (two(raw.p + 5) < 0 || two(raw.p + 5) > 59))
		return false;
	iso->n = seconds ? 9 : 6;
	iso->p = p = ex_arena_bytes(a, iso->n);
	memcpy(p, raw.p, 3);
	p[3] = ':';
	memcpy(p + 4, raw.p + 3, 2);
	if (seconds) {
		p[6] = ':';
		memcpy(p + 7, raw.p + 5, 2);
	}
	return true;
}

/*
 * Numbers with units out of `units`, in that order, each at most once, from
 * *i on.  False: something else is there.
 */
static bool
amounts(struct ex_str s, size_t *i, const char *units, bool *any)
{
	size_t digits;
	const char *unit;

	*any = false;
	while (*i < s.n && (s.p[*i] | 0x20) != 't') {
		for (digits = 0; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9';
		    digits++)
			++*i;
		if (digits == 0 || digits > 9 || *i == s.n)
			return false;
		unit = strchr(units, s.p[*i] & ~0x20);
		if (unit == NULL || *unit == '\0')
			return false;
		units = unit + 1;
		*any = true;
		++*i;
	}
	return true;
}

bool
ex_ical_is_duration(struct ex_str s)
{
	bool date_part, time_part = false;
	size_t i = 0;

	if (s.n > 0 && (s.p[0] == '+' || s.p[0] == '-'))
		i++;
	if (i == s.n || (s.p[i] | 0x20) != 'p')
		return false;
	i++;
	if (!amounts(s, &i, "WD", &date_part))
		return false;
	if (i < s.n) {
		i++;
		if (!amounts(s, &i, "HMS", &time_part) || !time_part)
			return false;
	}
	return i == s.n && (date_part || time_part);
}

/* Is s of pattern's shape, where 0 stands for a digit? */
static bool
shaped(struct ex_str s, const char *pattern)
{
	size_t i;

	if (s.n != strlen(pattern))
		return false;
	for (i = 0; i < s.n; i++)
		if (pattern[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' :
		    s.p[i] != pattern[i])
			return false;
	return true;
}

void
ex_ical_write_when(struct ex_buf *b, struct ex_str iso)
{
	struct ex_str local = iso;
	size_t i;

	if (local.n > 0 && local.p[local.n - 1] == 'Z')
		local.n--;
	if (!shaped(iso, "0000-00-00") && !shaped(local, "00:00:00") &&
	    !shaped(local, "0000-00-00T00:00:00")) {
		ex_ical_write_raw(b, iso);
		return;
	}
	for (i = 0; i < iso.n; i++)
		if (iso.p[i] != '-' && iso.p[i] != ':')
			ex_buf_putc(b, iso.p[i]);
}

void
ex_ical_write_offset(struct ex_buf *b, struct ex_str iso)
{
	struct ex_str rest = iso;
	size_t i;

	if (iso.n > 0 && (iso.p[0] == '+' || iso.p[0] == '-')) {
		rest.p++;
		rest.n--;
	}
	if (!shaped(rest, "00:00") && !shaped(rest, "00:00:00")) {
		ex_ical_write_raw(b, iso);
		return;
	}
	for (i = 0; i < iso.n; i++)
		if (iso.p[i] != ':')
			ex_buf_putc(b, iso.p[i]);
}
