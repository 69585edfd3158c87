/*
 * exmaptask.c: the dates, state and reminder of a task, both ways
 *
 * Tasks have days: the time of day stands in exover.  A task that is done
 * is at 100 percent, and the other way round (Exchange sees to that too).
 * One that comes again some time after it was done has no word in
 * iCalendar: X-EXRING-REGENERATE:TRUE beside its RRULE.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/err.h>
#include <ex/json.h>

#include "exmap.h"

static const struct {
	const char *field, *status;
} states[] = {
	{ "NotStarted", "NEEDS-ACTION" }, { "InProgress", "IN-PROCESS" },
	{ "Completed", "COMPLETED" }, { "Deferred", "CANCELLED" },
	/* iCalendar has no word for it */
	{ "WaitingOnOthers", "IN-PROCESS" },
};

#define N(list)	(sizeof(list) / sizeof(*(list)))

static int
fill_state(struct ex_exmap_bits *b, const struct ex_exmap_values *was,
    struct ex_exmap_values *v, struct ex_err *err)
{
	struct ex_exmap_bit *status = ex_exmap_free(b, "status");
	struct ex_exmap_bit *percent = ex_exmap_free(b,
	    "percent-complete");
	struct ex_exmap_bit *completed = ex_exmap_free(b, "completed");
	struct ex_str s = EX_STR_NONE, *to = &v->v[EX_FLD_STATUS];
	long long n = 0;
	size_t i;

	*to = EX_STR("NotStarted");
	if (status != NULL) {
		status->slot = EX_STR("state");
		s = ex_prop_text(status->prop);
	}
	/* Exchange sets its own CompleteDate, which counts if no other does */
	if (completed != NULL)
		completed->slot = EX_STR("state");
	if (percent != NULL) {
		percent->slot = EX_STR("state");
		n = ex_str_number(percent->prop->value->text);
	}
	if (n < 0 || n > 100)
		return ex_err_set(err, EX_ERR_INPUT,
		    "PERCENT-COMPLETE: is none");
	for (i = 0; s.p != NULL && i < N(states) - 1; i++)
		if (ex_str_is_nocase(s, states[i].status))
			*to = ex_str_of(states[i].field);
	if (s.p == NULL && completed != NULL)
		*to = EX_STR("Completed");
	if (ex_str_is(*to, "NotStarted") && n > 0)
		*to = EX_STR("InProgress");
	if (n == 100)
		*to = EX_STR("Completed");
	if (ex_str_is(*to, "Completed"))
		n = 100;
	if (was != NULL && ex_str_is(*to, "InProgress") &&
	    ex_str_is(was->v[EX_FLD_STATUS], "WaitingOnOthers"))
		*to = EX_STR("WaitingOnOthers");
	v->v[EX_FLD_PERCENT] = ex_arena_fmt(b->a, "%lld", n);
	return 0;
}

/* "50", "50.0": its whole part. */
static long long
percent_of(struct ex_str s)
{
	size_t n;

	for (n = 0; n < s.n && s.p[n] != '.'; n++)
		;
	return s.p == NULL ? -1 : ex_str_number((struct ex_str){ s.p, n });
}

static void
take_state(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	long long n = percent_of(v->v[EX_FLD_PERCENT]);
	size_t i;

	for (i = 0; i < N(states); i++)
		if (ex_str_is(v->v[EX_FLD_STATUS], states[i].field))
			ex_exmap_put(b, "state", "status", "text",
			    ex_str_of(states[i].status));
	if (n > 0 && n <= 100)
		ex_exmap_bit_prop(b, EX_STR("state"), ex_prop_new(b->a,
		    EX_STR("percent-complete"), EX_STR("integer"),
		    ex_json_int(b->a, n)));
	if (v->v[EX_FLD_COMPLETED].p != NULL &&
	    ex_str_is(v->v[EX_FLD_STATUS], "Completed"))
		ex_exmap_put(b, "completed", "completed", "date-time",
		    v->v[EX_FLD_COMPLETED]);
}

/* The day of DTSTART or DUE, in the item's own zone. */
static int
fill_day(struct ex_exmap_bits *b, const char *name, int field,
    struct ex_exmap_values *v, struct ex_exchange_when *w, bool *is,
    struct ex_err *err)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, name);

	*is = bit != NULL;
	if (bit == NULL)
		return 0;
	bit->slot = ex_str_of(name);
	if (ex_exchange_when(bit->prop, bit->prop->value, &b->zones, w,
	    err) == -1)
		return -1;
	v->v[field] = ex_exchange_date(b->a, ex_exchange_day_of(w->local));
	return 0;
}

/* DTSTART and DURATION (RFC 5545, 3.6.2): the two move together. */
static int
fill_length(struct ex_exmap_bits *b, struct ex_exmap_values *v,
    const struct ex_exchange_when *start, struct ex_err *err)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, "duration");
	long long length;

	if (bit == NULL)
		return 0;
	bit->slot = EX_STR("due");
	if (!ex_exmap_duration(ex_prop_text(bit->prop), &length) ||
	    length < 0)
		return ex_err_set(err, EX_ERR_INPUT, "DURATION: is none");
	v->v[EX_FLD_DUE] = ex_exchange_date(b->a, ex_exchange_day_of(
	    start->local + length));
	return 0;
}

static int
fill_rule(struct ex_exmap_bits *b, const struct ex_exchange_when *start,
    struct ex_exmap_values *v, struct ex_err *err)
{
	static const char *const none[] = { "rdate", "exrule", "exdate" };
	struct ex_exmap_bit *bit = ex_exmap_free(b, "rrule"), *again;
	struct ex_exchange_rule r;
	struct ex_str s;
	size_t i;

	for (i = 0; i < N(none); i++)
		if (ex_exmap_free(b, none[i]) != NULL)
			return ex_err_set(err, EX_ERR_INPUT, "%s: Exchange "
			    "has none of tasks", i == 0 ? "RDATE" : i == 1 ?
			    "EXRULE" : "EXDATE");
	if (bit == NULL)
		return 0;
	bit->slot = EX_STR("rrule");
	if (ex_exmap_free(b, "rrule") != NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "RRULE: Exchange has one only");
	if (start == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "RRULE: of a task without DTSTART and DUE");
	if (ex_exchange_rule_of(bit->prop->value, start, &r, err) == -1)
		return -1;
	again = ex_exmap_free(b, "x-exring-regenerate");
	s = again == NULL ? EX_STR_NONE : ex_prop_text(again->prop);
	if (s.p != NULL && ex_str_is_nocase(s, "true") &&
	    r.pattern != EX_EXCHANGE_NTH &&
	    r.pattern != EX_EXCHANGE_YEARLY_NTH) {
		again->slot = EX_STR("rrule");
		r.regenerates = true;
	}
	v->v[EX_FLD_TASKRULE] = ex_exmap_rule_text(&r, b->a);
	return 0;
}

static void
take_rule(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	struct ex_exchange_when start = { .date = true };
	struct ex_exchange_rule r;
	struct ex_exchange_time t;

	if (v->v[EX_FLD_TASKRULE].p == NULL || !ex_exmap_rule_parse(
	    v->v[EX_FLD_TASKRULE], &r))
		return;
	if (r.regenerates) {
		r.days = 1U << ex_exchange_weekday(r.start);
		ex_exchange_civil(r.start, &(int){ 0 }, &r.month, &r.mday);
		ex_exmap_put(b, "rrule", "x-exring-regenerate", "unknown",
		    EX_STR("TRUE"));
	}
	ex_exchange_rule_fold(&r);
	if (v->v[EX_FLD_STARTDATE].p != NULL &&
	    ex_exchange_time(v->v[EX_FLD_STARTDATE], &t))
		start.local = start.utc = t.sec;
	ex_exmap_bit_prop(b, EX_STR("rrule"), ex_prop_new(b->a,
	    EX_STR("rrule"), EX_STR("recur"), ex_exchange_rule_value(&r,
	    &start, b->a)));
}

static void
fill_alarm(struct ex_exmap_bits *b, const struct ex_exchange_when *start,
    struct ex_exmap_values *v)
{
	struct ex_exchange_when none = { .date = true };
	struct ex_exmap_bit *bit;
	long long lead;

	v->v[EX_FLD_REMINDER] = EX_STR("false");
	bit = ex_exmap_alarm(b, start == NULL ? &none : start, false, &lead);
	if (bit == NULL || (start == NULL && !ex_str_is(ex_comp_prop(
	    bit->comp, "trigger")->type, "date-time")))
		return;
	bit->slot = EX_STR("alarm");
	v->v[EX_FLD_REMINDER] = EX_STR("true");
	v->v[EX_FLD_DUEBY] = ex_exchange_utc(b->a, (start == NULL ? 0 :
	    start->utc) - lead);
}

static void
take_alarm(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	if (!ex_str_is(v->v[EX_FLD_REMINDER], "true") ||
	    v->v[EX_FLD_DUEBY].p == NULL)
		return;
	ex_exmap_bit_comp(b, EX_STR("alarm"), ex_exmap_display_alarm(
	    ex_prop_new(b->a, EX_STR("trigger"), EX_STR("date-time"),
	    ex_json_text(b->a, v->v[EX_FLD_DUEBY])), b->a));
}

int
ex_exmap_task_fill(struct ex_exmap_bits *b,
    const struct ex_exmap_values *was, struct ex_exmap_values *v,
    struct ex_err *err)
{
	struct ex_exchange_when start, due, *first;
	bool starts, ends;

	if (fill_day(b, "dtstart", EX_FLD_STARTDATE, v, &start, &starts,
	    err) == -1 || fill_day(b, "due", EX_FLD_DUE, v, &due, &ends,
	    err) == -1 || (starts && fill_length(b, v, &start, err) == -1))
		return -1;
	first = starts ? &start : ends ? &due : NULL;
	if (fill_rule(b, first, v, err) == -1 ||
	    fill_state(b, was, v, err) == -1)
		return -1;
	ex_exmap_common_fill(b, EX_KIND_TASKS, was, v);
	fill_alarm(b, first, v);
	return 0;
}

static void
take_day(const struct ex_exmap_values *v, int field, const char *name,
    struct ex_exmap_bits *b)
{
	if (v->v[field].p != NULL)
		ex_exmap_put(b, name, name, "date", v->v[field]);
}

void
ex_exmap_task_take(const struct ex_exmap_values *v,
    struct ex_exmap_bits *b)
{
	take_day(v, EX_FLD_STARTDATE, "dtstart", b);
	take_day(v, EX_FLD_DUE, "due", b);
	take_rule(v, b);
	take_state(v, b);
	ex_exmap_common_take(v, EX_KIND_TASKS, b);
	take_alarm(v, b);
}
