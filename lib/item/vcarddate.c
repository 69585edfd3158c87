/*
 * vcarddate.c: dates, times and offsets, vCard's forms and jCard's
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/line.h>
#include <ex/vcard.h>

/* What is read, and what is made of it. */
struct conv {
	const char *p, *end;
	char out[48];		/* the longest is 26 */
	size_t n;
};

static void
put(struct conv *c, const char *p, size_t n)
{
	if (c->n + n <= sizeof(c->out)) {
		memcpy(c->out + c->n, p, n);
		c->n += n;
	}
}

/* n digits of value lo to hi, written as they are; -1: they are not there. */
static int
digits(struct conv *c, size_t n, int lo, int hi)
{
	int value = 0;
	size_t i;

	if ((size_t)(c->end - c->p) < n)
		return -1;
	for (i = 0; i < n; i++) {
		if (c->p[i] < '0' || c->p[i] > '9')
			return -1;
		value = value * 10 + (c->p[i] - '0');
	}
	if (value < lo || value > hi)
		return -1;
	put(c, c->p, n);
	c->p += n;
	return value;
}

static bool
skip(struct conv *c, char ch)
{
	if (c->p < c->end && *c->p == ch) {
		c->p++;
		return true;
	}
	return false;
}

static bool
at_digit(const struct conv *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

static bool
day_exists(int year, int month, int day)
{
	static const int days[] = {
		31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	if (month == 2 && day == 29 && year >= 0)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month < 0 || day <= days[month - 1];
}

/* RFC 6350, 4.3.1: --MMDD, --MM, ---DD; RFC 7095, 3.5.3 with '-'. */
static bool
short_date(struct conv *c)
{
	int month;

	put(c, "--", 2);
	if (skip(c, '-')) {
		put(c, "-", 1);
		return digits(c, 2, 1, 31) >= 0;
	}
	if ((month = digits(c, 2, 1, 12)) < 0)
		return false;
	if (!skip(c, '-') && !at_digit(c))
		return true;
	put(c, "-", 1);
	return day_exists(-1, month, digits(c, 2, 1, 31)) &&
	    c->out[c->n - 1] != '-';
}

/* YYYYMMDD, YYYY-MM-DD, YYYY-MM, YYYY and the short ones. */
static bool
date(struct conv *c)
{
	int year, month, day;
	bool hyphen;

	if (c->end - c->p > 2 && c->p[0] == '-' && c->p[1] == '-') {
		c->p += 2;
		return short_date(c);
	}
	if ((year = digits(c, 4, 0, 9999)) < 0)
		return false;
	hyphen = skip(c, '-');
	if (!hyphen && !at_digit(c))
		return true;
	put(c, "-", 1);
	if ((month = digits(c, 2, 1, 12)) < 0)
		return false;
	if (hyphen && !skip(c, '-'))
		return true;
	put(c, "-", 1);
	day = digits(c, 2, 1, 31);
	return day >= 0 && day_exists(year, month, day);
}

/* Z, +HH, +HHMM, +HH:MM */
static bool
offset(struct conv *c)
{
	if (c->p == c->end || (*c->p != '+' && *c->p != '-'))
		return false;
	put(c, c->p++, 1);
	if (digits(c, 2, 0, 23) < 0)
		return false;
	if (!skip(c, ':') && !at_digit(c))
		return true;
	put(c, ":", 1);
	return digits(c, 2, 0, 59) >= 0;
}

static bool
zone(struct conv *c)
{
	if (c->p < c->end && (*c->p | 0x20) == 'z') {
		c->p++;
		put(c, "Z", 1);
		return true;
	}
	return c->p == c->end || offset(c);
}

/*
 * HHMMSS, HHMM, HH, -MMSS, -MM, --SS (RFC 6350, 4.3.2), a zone behind it.
 * whole: after a whole date a minute is given its second, as RFC 7095's
 * own example has it.
 */
static bool
time_of_day(struct conv *c, bool whole)
{
	if (skip(c, '-')) {
		put(c, "-", 1);
		if (skip(c, '-')) {
			put(c, "-", 1);
			return digits(c, 2, 0, 60) >= 0 && zone(c);
		}
	} else {
		if (digits(c, 2, 0, 23) < 0)
			return false;
		if (!skip(c, ':') && !at_digit(c))
			return zone(c);
		put(c, ":", 1);
	}
	if (digits(c, 2, 0, 59) < 0)
		return false;
	if (skip(c, ':') || at_digit(c)) {
		put(c, ":", 1);
		if (digits(c, 2, 0, 60) < 0)
			return false;
	} else if (whole)
		put(c, ":00", 3);
	return zone(c);
}

static bool
skip_t(struct conv *c)
{
	return skip(c, 'T') || skip(c, 't');
}

static bool
date_and_or_time(struct conv *c)
{
	if (skip_t(c)) {
		put(c, "T", 1);
		return time_of_day(c, false);
	}
	if (!date(c))
		return false;
	if (!skip_t(c))
		return true;
	put(c, "T", 1);
	return time_of_day(c, c->n == sizeof("YYYY-MM-DDT") - 1 &&
	    c->out[0] != '-');
}

/* Is it a whole date with a time behind it? */
static bool
is_date_time(const struct conv *c)
{
	return c->n >= sizeof("YYYY-MM-DDTHH:MM:SS") - 1 &&
	    c->out[10] == 'T' && c->out[0] != '-';
}

bool
ex_vcard_date(struct ex_str type, struct ex_str raw, struct ex_arena *a,
    struct ex_str *out)
{
	struct conv c = { NULL, NULL, { 0 }, 0 };
	bool good;

	raw = ex_line_trim(raw);
	if (raw.n == 0 || raw.n > 32)
		return false;
	c.p = raw.p;
	c.end = raw.p + raw.n;
	if (ex_str_is(type, "utc-offset"))
		good = offset(&c);
	else if (ex_str_is(type, "time"))
		good = time_of_day(&c, false);
	else
		good = date_and_or_time(&c);
	if (!good || c.p != c.end)
		return false;
	if ((ex_str_is(type, "timestamp") || ex_str_is(type, "date-time")) &&
	    !is_date_time(&c))
		return false;
	if (ex_str_is(type, "date") && memchr(c.out, 'T', c.n) != NULL)
		return false;
	out->p = raw.p;
	out->n = raw.n;
	if (c.n != raw.n || memcmp(c.out, raw.p, raw.n) != 0)
		*out = ex_arena_str(a, (struct ex_str){ c.out, c.n });
	return true;
}

/* Bytes of value from *i up to stop without ch. */
static void
without(struct conv *c, struct ex_str value, size_t *i, size_t stop, char ch)
{
	for (; *i < stop; ++*i)
		if (value.p[*i] != ch)
			put(c, value.p + *i, 1);
}

struct ex_str
ex_vcard_date_basic(struct ex_str type, struct ex_str value,
    struct ex_arena *a)
{
	struct conv c = { NULL, NULL, { 0 }, 0 };
	struct ex_str ext;
	const char *t;
	size_t i = 0, n;

	if (!ex_vcard_date(type, value, a, &ext))
		return value;
	value = ext;
	t = memchr(value.p, 'T', value.n);
	n = t != NULL ? (size_t)(t - value.p) : value.n;
	if (ex_str_is(type, "time") || ex_str_is(type, "utc-offset"))
		n = 0;
	if (n == sizeof("YYYY-MM-DD") - 1)
		without(&c, value, &i, n, '-');
	else if (n == sizeof("--MM-DD") - 1 && value.p[0] == '-') {
		put(&c, "--", 2);
		i = 2;
		without(&c, value, &i, n, '-');
	} else
		without(&c, value, &i, n, '\0');
	without(&c, value, &i, value.n, ':');
	return ex_arena_str(a, (struct ex_str){ c.out, c.n });
}
