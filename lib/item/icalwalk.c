/*
 * icalwalk.c: the times of a recurrence rule, one after the other, by libical
 */
#include <string.h>

#include <libical/ical.h>

#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/ical.h>
#include <ex/json.h>
#include <ex/lazy.h>

static struct {
	struct icaltimetype (*time)(const char *s);
	int (*no_time)(struct icaltimetype t);
	struct icalrecurrencetype (*rule)(const char *s);
	icalrecur_iterator *(*begin)(struct icalrecurrencetype rule,
	    struct icaltimetype start);
	struct icaltimetype (*next)(icalrecur_iterator *i);
	void (*end)(icalrecur_iterator *i);
} ical;

static const struct ex_lazy want[] = {
	EX_LAZY(ical.time, icaltime_from_string),
	EX_LAZY(ical.no_time, icaltime_is_null_time),
	EX_LAZY(ical.rule, icalrecurrencetype_from_string),
	EX_LAZY(ical.begin, icalrecur_iterator_new),
	EX_LAZY(ical.next, icalrecur_iterator_next),
	EX_LAZY(ical.end, icalrecur_iterator_free)
};

/* Within the lock; NULL: it is none. */
static icalrecur_iterator *
begin(const char *rule, const char *start)
{
	static bool loaded;
	struct icalrecurrencetype r;
	struct icaltimetype t;

	if (!loaded)
		ex_lazy_need(EX_LAZY_ICAL, want,
		    sizeof(want) / sizeof(want[0]));
	loaded = true;
	r = ical.rule(rule);
	t = ical.time(start);
	return r.freq == ICAL_NO_RECURRENCE || ical.no_time(t) ? NULL :
	    ical.begin(r, t);
}

static void
walk(icalrecur_iterator *i, ex_ical_each *each, void *arg)
{
	struct icaltimetype t;
	struct ex_ical_moment m;

	do {
		t = ical.next(i);
		if (ical.no_time(t))
			return;
		m = (struct ex_ical_moment){ t.year, t.month, t.day,
		    t.hour * 3600L + t.minute * 60L + t.second };
	} while (each(arg, &m));
}

bool
ex_ical_walk(const struct ex_json *rule, struct ex_str start,
    ex_ical_each *each, void *arg)
{
	struct ex_buf text = EX_BUF_INIT, from = EX_BUF_INIT;
	icalrecur_iterator *i = NULL;

	text.cap = from.cap = EX_CAP_FIELD;
	ex_ical_rule_write(&text, rule);
	ex_buf_putc(&text, '\0');
	ex_ical_write_when(&from, start);
	ex_buf_putc(&from, '\0');
	ex_ical_lock();
	if (!text.over && !from.over && strlen(text.p) + 1 == text.n)
		i = begin(text.p, from.p);
	if (i != NULL) {
		walk(i, each, arg);
		ical.end(i);
	}
	ex_ical_unlock();
	ex_buf_fini(&text);
	ex_buf_fini(&from);
	return i != NULL;
}
