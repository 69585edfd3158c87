/*
 * icaloldrule.c: the recurrence grammar of vCalendar 1.0 as a rule of 2.0
 *
 *	D2 #10		every 2nd day, 10 times (without: 2 times, #0: forever)
 *	W1 MO WE	weekdays
 *	MP1 2+ TU 1- FR	the 2nd Tuesday, the last Friday of the month
 *	MD1 1 15 2- LD	days of the month, of its end, its last
 *	YM1 6 YD1 100	months, days of the year
 *
 * Several rules in one, and times of day, cannot be said in one rule of
 * 2.0: they are refused.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/ical.h>
#include <ex/json.h>

struct old_rule {
	struct ex_arena *a;
	struct ex_json *rule;
	struct ex_json *by;	/* the BY-part, an array until the end */
	struct ex_str nth;	/* "2+" that the next weekdays are for */
	bool ended;
};

static const struct {
	char letters[3];
	const char *freq;
	const char *by;
} kinds[] = {
	{ "MP", "MONTHLY", "byday" },
	{ "MD", "MONTHLY", "bymonthday" },
	{ "YM", "YEARLY", "bymonth" },
	{ "YD", "YEARLY", "byyearday" },
	{ "D", "DAILY", NULL },
	{ "W", "WEEKLY", "byday" },
};

static struct ex_str
word(struct ex_str *s)
{
	struct ex_str w;

	while (s->n > 0 && s->p[0] == ' ') {
		s->p++;
		s->n--;
	}
	w.p = s->p;
	w.n = 0;
	while (w.n < s->n && w.p[w.n] != ' ')
		w.n++;
	s->p += w.n;
	s->n -= w.n;
	return w;
}

/* "2+" and "2" to 2, "2-" to -2; 0: neither. */
static long long
ordinal(struct ex_str w)
{
	bool minus = w.n > 1 && w.p[w.n - 1] == '-';
	long long n;

	if (w.n > 1 && (minus || w.p[w.n - 1] == '+'))
		w.n--;
	if (w.n > 3 || (n = ex_str_number(w)) < 1)
		return 0;
	return minus ? -n : n;
}

static bool
weekday(struct ex_str w)
{
	static const char days[] = "MO TU WE TH FR SA SU";
	size_t i;

	for (i = 0; i < sizeof(days); i += 3)
		if (w.n == 2 && memcmp(w.p, days + i, 2) == 0)
			return true;
	return false;
}

/* The last word: how often, or until when. */
static bool
ending(struct old_rule *r, struct ex_str w)
{
	enum ex_ical_type type;
	struct ex_str iso;
	long long n;

	if (w.n > 1 && w.p[0] == '#') {
		w.p++;
		w.n--;
		if ((n = ex_str_number(w)) < 0)
			return false;
		if (n > 0)
			ex_json_put(r->rule, "count", ex_json_int(r->a, n));
	} else {
		if (ex_ical_when(w, r->a, &iso, &type) != NULL)
			return false;
		ex_json_put(r->rule, "until", ex_json_text(r->a, iso));
	}
	r->ended = true;
	return true;
}

static bool
by_day(struct old_rule *r, struct ex_str w, bool weekly)
{
	long long n;

	if (weekday(w)) {
		if (weekly) {
			ex_json_add(r->by, ex_json_text(r->a, w));
			return true;
		}
		if ((n = ordinal(r->nth)) == 0)
			return false;
		ex_json_add(r->by, ex_json_text(r->a, ex_arena_fmt(r->a,
		    "%lld%.*s", n, EX_STR_ARG(w))));
		return true;
	}
	r->nth = w;
	return !weekly && w.n > 1 && ordinal(w) != 0 &&
	    (w.p[w.n - 1] == '+' || w.p[w.n - 1] == '-');
}

static bool
by_number(struct old_rule *r, struct ex_str w)
{
	long long n = ordinal(w);

	if (w.n == 2 && memcmp(w.p, "LD", 2) == 0)
		n = -1;
	if (n == 0)
		return false;
	ex_json_add(r->by, ex_json_int(r->a, n));
	return true;
}

static bool
words(struct old_rule *r, size_t kind, struct ex_str s)
{
	struct ex_str w;
	size_t n = 0;

	for (w = word(&s); w.n > 0; w = word(&s)) {
		if (r->ended || ++n > 64)
			return false;
		if (w.p[0] == '#' || w.n >= 8) {
			if (!ending(r, w))
				return false;
		} else if (kinds[kind].by == NULL)
			return false;
		else if (strcmp(kinds[kind].by, "byday") == 0 ?
		    !by_day(r, w, kinds[kind].letters[0] == 'W') :
		    !by_number(r, w))
			return false;
	}
	return true;
}

struct ex_json *
ex_ical_rule_old(struct ex_str raw, struct ex_arena *a)
{
	struct old_rule r = { .a = a, .nth = { "", 0 } };
	struct ex_str head = word(&raw);
	long long interval;
	size_t i, n = 0;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		n = strlen(kinds[i].letters);
		if (head.n > n && memcmp(head.p, kinds[i].letters, n) == 0)
			break;
	}
	if (i == sizeof(kinds) / sizeof(*kinds))
		return NULL;
	head.p += n;
	head.n -= n;
	if (head.n > 4 || (interval = ex_str_number(head)) < 1)
		return NULL;
	r.rule = ex_json_new(a, EX_JSON_OBJECT);
	r.by = ex_json_new(a, EX_JSON_ARRAY);
	ex_json_put(r.rule, "freq", ex_json_text(a,
	    ex_str_of(kinds[i].freq)));
	if (interval > 1)
		ex_json_put(r.rule, "interval", ex_json_int(a, interval));
	if (!words(&r, i, raw))
		return NULL;
	if (!r.ended)
		ex_json_put(r.rule, "count", ex_json_int(a, 2));
	if (r.by->child != NULL)
		ex_json_put(r.rule, kinds[i].by, r.by->child->next == NULL ?
		    r.by->child : r.by);
	return r.rule;
}
