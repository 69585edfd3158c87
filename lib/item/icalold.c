/*
 * icalold.c: what vCalendar 1.0 writes otherwise than iCalendar 2.0
 *
 * Quoted-printable and character sets, a few names and values, and alarms
 * that are properties.  What cannot be said in 2.0 stays as it is, raw.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/err.h>
#include <ex/ical.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/text.h>

static bool
is_value(const struct ex_line_param *p, const char *what)
{
	return p->nvalue == 1 && ex_str_is_nocase(p->value[0], what);
}

/* ENCODING=what, or what alone. */
static bool
encoding(const struct ex_line_param *p, const char *what)
{
	return (p->name.p == NULL || ex_str_is(p->name, "encoding")) &&
	    is_value(p, what);
}

static void
drop(struct ex_line *line, size_t i)
{
	memmove(&line->param[i], &line->param[i + 1],
	    (line->nparam - i - 1) * sizeof(*line->param));
	line->nparam--;
}

/* CRLF and CR to LF, in place of its own. */
static struct ex_str
newlines(struct ex_str s, struct ex_arena *a)
{
	char *p;
	size_t i, n = 0;

	if (s.n == 0 || memchr(s.p, '\r', s.n) == NULL)
		return s;
	p = ex_arena_bytes(a, s.n);
	for (i = 0; i < s.n; i++)
		if (s.p[i] != '\r')
			p[n++] = s.p[i];
		else if (i + 1 == s.n || s.p[i + 1] != '\n')
			p[n++] = '\n';
	s.p = p;
	s.n = n;
	return s;
}

/* Which of its parameters say how the value is written. */
static void
look(const struct ex_line *line, bool *qp, struct ex_str *charset)
{
	const struct ex_line_param *p;
	size_t i;

	*qp = false;
	*charset = EX_STR_NONE;
	for (i = 0; i < line->nparam; i++) {
		p = &line->param[i];
		if (p->name.p != NULL && p->name.n != 7 && p->name.n != 8)
			continue;
		if (encoding(p, "quoted-printable"))
			*qp = true;
		else if (p->name.p != NULL && p->nvalue > 0 &&
		    ex_str_is(p->name, "charset"))
			*charset = p->value[0];
	}
}

/* They were acted upon; a bare BASE64 gets its name. */
static void
settle(struct ex_line *line, bool old, bool qp)
{
	struct ex_line_param *p;
	size_t i;

	for (i = line->nparam; i-- > 0; ) {
		p = &line->param[i];
		if ((p->name.p != NULL && ex_str_is(p->name, "charset")) ||
		    (qp && encoding(p, "quoted-printable")) ||
		    (old && (encoding(p, "8bit") || encoding(p, "7bit"))))
			drop(line, i);
		else if (p->name.p == NULL && encoding(p, "base64"))
			p->name = EX_STR("encoding");
	}
}

int
ex_ical_old_text(struct ex_line *line, bool old, struct ex_arena *a,
    bool *plain, struct ex_err *err)
{
	struct ex_str charset, s = line->value;
	bool qp;

	look(line, &qp, &charset);
	if (!old && !qp)
		return 0;
	if (qp)
		ex_line_qp_decode(s, a, &s);
	if (charset.p != NULL && !ex_str_is_nocase(charset, "utf-8") &&
	    ex_text_utf8(s, charset, a, &s, err) == -1)
		return -1;
	if (qp && !ex_json_utf8(s))
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: not UTF-8",
		    EX_STR_ARG(line->name));
	line->value = qp ? newlines(s, a) : s;
	*plain = qp;
	settle(line, old, qp);
	return 0;
}

static void
set_text(struct ex_prop *p, struct ex_str s, struct ex_arena *a)
{
	p->type = ex_ical_type_name(EX_ICAL_TEXT);
	p->value = ex_json_text(a, s);
}

void
ex_ical_old_prop(struct ex_prop *p, struct ex_arena *a)
{
	struct ex_str s = ex_prop_text(p), iso;
	enum ex_ical_type type;

	if (s.p == NULL)
		return;
	if (ex_str_is(p->name, "status") &&
	    ex_str_is_nocase(s, "needs action"))
		set_text(p, EX_STR("NEEDS-ACTION"), a);
	else if (ex_str_is(p->name, "transp") && ex_str_is(s, "0"))
		set_text(p, EX_STR("OPAQUE"), a);
	else if (ex_str_is(p->name, "transp") && ex_str_number(s) > 0)
		set_text(p, EX_STR("TRANSPARENT"), a);
	else if (ex_str_is(p->name, "dcreated") &&
	    ex_ical_when(s, a, &iso, &type) == NULL) {
		p->name = EX_STR("created");
		p->type = ex_ical_type_name(type);
		p->value = ex_json_text(a, iso);
	}
}

/* Days from 1970-01-01 of an ISO date (proleptic Gregorian). */
static long long
days(const char *iso)
{
	long long y = ex_str_number((struct ex_str){ iso, 4 });
	long long m = ex_str_number((struct ex_str){ iso + 5, 2 });
	long long d = ex_str_number((struct ex_str){ iso + 8, 2 });

	if (m <= 2) {
		y--;
		m += 12;
	}
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m - 457) / 5 + d -
	    719469;
}

static long long
seconds(struct ex_str iso)
{
	return days(iso.p) * 86400 +
	    ex_str_number((struct ex_str){ iso.p + 11, 2 }) * 3600 +
	    ex_str_number((struct ex_str){ iso.p + 14, 2 }) * 60 +
	    ex_str_number((struct ex_str){ iso.p + 17, 2 });
}

/*
 * When the alarm goes off: at a time in UTC, or as far from a start that
 * is in the same, unknown, zone.  NULL: it cannot be said.
 */
static struct ex_prop *
trigger(const struct ex_comp *c, struct ex_str raw, struct ex_arena *a)
{
	struct ex_str iso, start;
	enum ex_ical_type type;
	long long d;

	if (ex_ical_when(raw, a, &iso, &type) != NULL ||
	    type != EX_ICAL_DATE_TIME)
		return NULL;
	if (iso.n == 20)
		return ex_prop_new(a, EX_STR("trigger"),
		    ex_ical_type_name(type), ex_json_text(a, iso));
	start = ex_prop_text(ex_comp_prop(c, "dtstart"));
	if (start.n != 19 || start.p[10] != 'T')
		return NULL;
	d = seconds(iso) - seconds(start);
	return ex_prop_new(a, EX_STR("trigger"),
	    ex_ical_type_name(EX_ICAL_DURATION), ex_json_text(a,
	    ex_arena_fmt(a, "%sPT%lldS", d < 0 ? "-" : "", d < 0 ? -d : d)));
}

static struct ex_str
part(struct ex_str *v, size_t n, size_t i)
{
	return i < n ? ex_line_trim(v[i]) : EX_STR_NONE;
}

/* [DA]ALARM:run time;snooze time;repeat count;text or sound. */
static struct ex_comp *
alarm_of(const struct ex_comp *c, const struct ex_prop *p,
    struct ex_arena *a)
{
	bool sound = ex_str_is(p->name, "aalarm");
	struct ex_comp *alarm = ex_comp_new(a, EX_STR("valarm"));
	struct ex_str *v, s, count, what;
	struct ex_prop *when;
	size_t n;

	n = ex_line_split(ex_prop_text(p), ';', a, &v);
	if ((when = trigger(c, part(v, n, 0), a)) == NULL || n > 4)
		return NULL;
	what = part(v, n, 3);
	if (sound && what.n > 0 && memchr(what.p, ':', what.n) == NULL)
		return NULL;
	ex_comp_add_prop(a, alarm, ex_prop_new(a, EX_STR("action"),
	    EX_STR("text"), ex_json_text(a, sound ? EX_STR("AUDIO") :
	    EX_STR("DISPLAY"))));
	ex_comp_add_prop(a, alarm, when);
	s = part(v, n, 1);
	count = part(v, n, 2);
	if (ex_ical_is_duration(s) && ex_str_number(count) > 0) {
		ex_comp_add_prop(a, alarm, ex_prop_new(a, EX_STR("duration"),
		    EX_STR("duration"), ex_json_text(a, s)));
		ex_comp_add_prop(a, alarm, ex_prop_new(a, EX_STR("repeat"),
		    EX_STR("integer"), ex_json_int(a, ex_str_number(count))));
	}
	if (what.n > 0)
		ex_comp_add_prop(a, alarm, sound ?
		    ex_prop_new(a, EX_STR("attach"), EX_STR("uri"),
		    ex_json_text(a, what)) :
		    ex_prop_new(a, EX_STR("description"), EX_STR("text"),
		    ex_json_text(a, ex_line_unescape(what, a))));
	return alarm;
}

static void
alarms(struct ex_comp *c, struct ex_arena *a)
{
	struct ex_comp *alarm;
	struct ex_prop *p;
	size_t i, n = 0, all = c->nprop;

	for (i = 0; i < all; i++) {
		p = c->prop[i];
		if ((ex_str_is(p->name, "dalarm") ||
		    ex_str_is(p->name, "aalarm")) &&
		    ex_prop_text(p).p != NULL &&
		    (alarm = alarm_of(c, p, a)) != NULL)
			ex_comp_add_comp(a, c, alarm);
		else
			c->prop[n++] = p;
	}
	c->nprop = n;
}

void
ex_ical_old_comp(struct ex_comp *c, struct ex_arena *a)
{
	struct ex_prop *p;

	if (!ex_str_is(c->name, "vcalendar"))
		alarms(c, a);
	else if ((p = ex_comp_prop(c, "version")) != NULL)
		set_text(p, EX_STR("2.0"), a);
}
