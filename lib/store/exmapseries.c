/*
 * exmapseries.c: occurrences of a series that are not as the others
 *
 * Exchange has them by their OriginalStart: those that were changed, as
 * items that inherit from the series what they do not have of their own,
 * and those that were cancelled, as times alone.
 *
 *	on the server	the item has		then
 *	nothing		EXDATE			cancel it
 *	nothing		an override		set what differs from the series
 *	changed		an override		set what differs from that
 *	changed		EXDATE			cancel it
 *	changed		nothing			(1)
 *	cancelled	EXDATE			nothing
 *	cancelled	an override, nothing	(1)
 *	any		another rule or start	(1)
 *
 * (1) Neither can be taken back, and what a new rule does to them is not
 *     documented: the series is made anew.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/json.h>

#include "exmap.h"

static struct ex_str
slot_of(struct ex_str at, struct ex_arena *a)
{
	return ex_arena_fmt(a, "exdate:%.*s", EX_STR_ARG(at));
}

static struct ex_prop *
when_of(const struct ex_exmap_values *v, const struct ex_exmap_zones *z,
    const char *name, struct ex_str time, struct ex_arena *a)
{
	return ex_exmap_when_prop(name, time, v->v[EX_FLD_STARTZONE],
	    z->start, ex_str_is(v->v[EX_FLD_ALLDAY], "true"), a);
}

static void
take_deleted(struct ex_str at, const struct ex_exmap_values *v,
    const struct ex_exmap_zones *z, struct ex_exmap_bits *b)
{
	ex_exmap_bit_prop(b, slot_of(at, b->a), when_of(v, z, "exdate", at,
	    b->a));
}

static void
take_changed(struct ex_str at, const struct ex_exmap_values *v,
    const struct ex_exmap_values *one, const struct ex_exmap_zones *z,
    struct ex_exmap_bits *b)
{
	b->at = at;
	ex_exmap_event_take(one, z, b);
	ex_exmap_bit_prop(b, EX_STR("rid"), when_of(v, z, "recurrence-id",
	    at, b->a));
	b->at = EX_STR("");
}

int
ex_exmap_series_take(const struct ex_exmap_held *held,
    const struct ex_exmap_zones *z, struct ex_exmap_bits *b,
    struct ex_err *err)
{
	const struct ex_exmap_values *v = &held->v;
	struct ex_str deleted = v->v[EX_FLD_DELETED];
	struct ex_exmap_values one;
	size_t i;

	for (i = 0; deleted.n > 0; i++) {
		if (i == EX_CAP_EX_DELETED)
			return ex_err_set(err, EX_ERR_INPUT, "over %d dates "
			    "are taken out of the series", EX_CAP_EX_DELETED);
		take_deleted(ex_exmap_line(&deleted), v, z, b);
	}
	for (i = 0; i < held->nchanged; i++) {
		one = held->changed[i];
		if (one.v[EX_FLD_ORIGINAL].p == NULL ||
		    one.v[EX_FLD_START].p == NULL)
			return ex_err_set(err, EX_ERR_INPUT, "OriginalStart: "
			    "a changed occurrence has no such time");
		one.v[EX_FLD_RRULE] = EX_STR_NONE;
		take_changed(one.v[EX_FLD_ORIGINAL], v, &one, z, b);
	}
	return 0;
}

static const struct ex_exmap_values *
was_of(const struct ex_exmap_job *j)
{
	return j->was == NULL ? NULL : &j->was->v;
}

/* "RDATE:" and "EXDATE:" are of no date, so they say nothing. */
static bool
is_no_date(const struct ex_json *v)
{
	return v->text.n == 0 && v->type == EX_JSON_STRING;
}

/* One EXDATE of each value of one; of too many no more than says so. */
static void
split_exdate(struct ex_exmap_job *j, const struct ex_prop *p)
{
	const struct ex_json *v;
	struct ex_json *copy;
	struct ex_prop *one;

	for (v = p->value; v != NULL && j->have.n <= EX_CAP_EX_BITS;
	    v = v->next) {
		if (is_no_date(v))
			continue;
		copy = ex_json_text(j->a, v->text);
		copy->type = v->type;
		one = ex_prop_new(j->a, p->name, p->type, copy);
		one->param = p->param;
		one->nparam = p->nparam;
		ex_exmap_bit_prop(&j->have, EX_STR_NONE, one);
	}
}

static int
override_bits(struct ex_exmap_job *j, const struct ex_comp *c,
    struct ex_err *err)
{
	const struct ex_prop *p = ex_comp_prop(c, "recurrence-id");
	struct ex_exchange_when w;
	struct ex_str zone;
	size_t from = j->have.from, *first;

	if (p == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "UID: two components have it without RECURRENCE-ID");
	if (j->kind != EX_KIND_EVENTS)
		return ex_err_set(err, EX_ERR_INPUT, "RECURRENCE-ID: "
		    "Exchange has no changed occurrences of tasks");
	if (ex_prop_param(p, "range") != NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "RECURRENCE-ID: Exchange has no RANGE");
	if (ex_exchange_when(p, p->value, &j->have.zones, &w, err) == -1)
		return -1;
	j->have.at = ex_exmap_utc(&w, was_of(j), j->a, &zone);
	first = ex_exmap_index_at(&j->override, j->have.at, EX_STR_NONE);
	if (*first > 0)
		return ex_err_set(err, EX_ERR_INPUT,
		    "RECURRENCE-ID: stands in two components");
	*first = j->have.n + 1;
	j->have.from = j->have.n;
	ex_exmap_bits_of(&j->have, c);
	ex_exmap_free(&j->have, "recurrence-id")->slot = EX_STR("rid");
	j->have.at = EX_STR("");
	j->have.from = from;
	return 0;
}

int
ex_exmap_series_bits(struct ex_exmap_job *j, const struct ex_comp *root,
    const struct ex_comp *master, struct ex_err *err)
{
	size_t i;

	j->override = (struct ex_exmap_index){ .a = j->a };
	for (i = 0; i < master->nprop; i++)
		if (ex_str_is(master->prop[i]->name, "exdate"))
			split_exdate(j, master->prop[i]);
		else if (!ex_str_is(master->prop[i]->name, "rdate") ||
		    !is_no_date(master->prop[i]->value))
			ex_exmap_bit_prop(&j->have, EX_STR_NONE,
			    master->prop[i]);
	for (i = 0; i < master->ncomp; i++)
		if (master != root)
			ex_exmap_bit_comp(&j->have, EX_STR_NONE,
			    master->comp[i]);
	for (i = 0; master != root && i < root->ncomp; i++)
		if (root->comp[i] != master &&
		    ex_str_eq(root->comp[i]->name, master->name) &&
		    override_bits(j, root->comp[i], err) == -1)
			return -1;
	return 0;
}

/* The series that is being written. */
struct series {
	struct ex_exmap_job *j;
	struct ex_exchange_rule rule;
	struct ex_exchange_when start;
	bool is;			/* it is one */
	bool fresh;			/* what the server has of it is void */
	size_t ngone, nother;		/* cancelled and changed there */
	struct ex_exmap_index there;	/* which one is that, from 1 */
	bool *used;			/* gone, then other: still so */
	struct ex_exmap_index cancelled;	/* EXDATEs that are done */
	struct ex_exchange_move *move;	/* all that is to differ there */
	size_t nmove;
};

#define GONE	EX_STR("gone")
#define OTHER	EX_STR("other")

/* Of several of one time the first counts. */
static void
is_there(struct series *s, struct ex_str at, struct ex_str how, size_t i)
{
	size_t *n = ex_exmap_index_at(&s->there, at, how);

	if (*n == 0)
		*n = i + 1;
}

static void
load_was(struct series *s)
{
	const struct ex_exmap_held *was = s->j->was;
	struct ex_arena *a = s->j->a;
	struct ex_str d;
	size_t i;

	s->there = (struct ex_exmap_index){ .a = a };
	if (was == NULL)
		return;
	d = was->v.v[EX_FLD_DELETED];
	while (d.n > 0)
		is_there(s, ex_exmap_line(&d), GONE, s->ngone++);
	s->nother = was->nchanged;
	for (i = 0; i < s->nother; i++)
		is_there(s, was->changed[i].v[EX_FLD_ORIGINAL], OTHER, i);
	s->used = ex_arena_array(a, s->ngone + s->nother,
	    sizeof(*s->used));
	for (i = 0; i < s->nother; i++)
		s->used[s->ngone + i] =
		    was->changed[i].v[EX_FLD_ORIGINAL].p == NULL;
}

/* Does that stand there, and may it stay? */
static bool
find(struct series *s, struct ex_str at, struct ex_str how, size_t *i)
{
	*i = *ex_exmap_index_at(&s->there, at, how);
	return !s->fresh && (*i)-- > 0;
}

/* Which occurrence is at that time of the series' own clock?  0: none. */
static long
nth_at(const struct series *s, struct ex_str at)
{
	struct ex_exchange_when day = { .date = true };
	struct ex_exchange_time t;
	struct ex_str zone;
	long long local;

	if (!s->is || !ex_exchange_time(at, &t))
		return 0;
	local = ex_exchange_to_local(&s->start, t.sec);
	if (s->start.date) {
		local = ex_exchange_midnight(local) * EX_EXCHANGE_DAY;
		/* a time of that day is no name of it */
		day.local = local;
		if (!ex_str_eq(at, ex_exmap_utc(&day, was_of(s->j),
		    s->j->a, &zone)))
			return 0;
	}
	return (local - s->start.local) % EX_EXCHANGE_DAY != 0 ? 0 :
	    ex_exchange_rule_nth(&s->rule, ex_exchange_day_of(local));
}

/* The day of the series' own clock; date: at is a midnight. */
static long
day_of(const struct series *s, struct ex_str at, bool date)
{
	struct ex_exchange_time t;
	long long local;

	ex_exchange_time(at, &t);
	local = ex_exchange_to_local(&s->start, t.sec);
	return date ? ex_exchange_midnight(local) :
	    ex_exchange_day_of(local);
}

/* v: what it becomes; NULL: cancelled. */
static void
move(struct series *s, struct ex_str at, const struct ex_exmap_values *v)
{
	s->move = ex_arena_grow(s->j->a, s->move, s->nmove,
	    sizeof(*s->move));
	s->move[s->nmove++] = (struct ex_exchange_move){
	    day_of(s, at, s->start.date), v == NULL ? 0 : day_of(s,
	    v->v[EX_FLD_START], ex_str_is(v->v[EX_FLD_ALLDAY], "true")),
	    v == NULL };
}

static struct ex_exmap_occurrence *
occurrence(struct series *s, struct ex_str at)
{
	struct ex_exmap_send *send = s->j->send;
	struct ex_exmap_occurrence *o;

	send->occurrence = ex_arena_grow(s->j->a, send->occurrence,
	    send->noccurrence, sizeof(*send->occurrence));
	o = &send->occurrence[send->noccurrence++];
	*o = (struct ex_exmap_occurrence){ .start = at,
	    .update = EX_STR("") };
	return o;
}

static int
fill_exdate(struct series *s, struct ex_exmap_bit *bit, struct ex_err *err)
{
	struct ex_exmap_job *j = s->j;
	struct ex_exmap_occurrence *o;
	struct ex_exchange_when w;
	struct ex_str at, zone;
	long nth;
	size_t i;

	if (ex_exchange_when(bit->prop, bit->prop->value, &j->have.zones, &w,
	    err) == -1)
		return -1;
	at = ex_exmap_utc(&w, was_of(j), j->a, &zone);
	nth = nth_at(s, at);
	/* what excludes nothing stands in exover only */
	if (w.date != s->start.date || nth == 0 ||
	    *ex_exmap_index_at(&j->override, at, EX_STR_NONE) > 0 ||
	    (*ex_exmap_index_at(&s->cancelled, at, EX_STR_NONE))++ > 0)
		return 0;
	bit->slot = slot_of(at, j->a);
	take_deleted(at, &j->v, &j->zones, &j->plain);
	move(s, at, NULL);
	if (find(s, at, GONE, &i)) {
		s->used[i] = true;
		return 0;
	}
	if (find(s, at, OTHER, &i))
		s->used[s->ngone + i] = true;
	o = occurrence(s, at);
	o->cancel = true;
	o->nth = nth;
	return 0;
}

/* What an occurrence is that was never touched. */
static struct ex_exmap_values
inherited(const struct series *s, struct ex_str at)
{
	struct ex_exmap_values v = s->j->v;
	struct ex_exchange_time start, end, now;

	ex_exchange_time(v.v[EX_FLD_START], &start);
	ex_exchange_time(v.v[EX_FLD_END], &end);
	ex_exchange_time(at, &now);
	v.v[EX_FLD_START] = at;
	v.v[EX_FLD_END] = ex_exchange_utc(s->j->a, now.sec + end.sec -
	    start.sec);
	return v;
}

/*
 * What the server has of it.  A field that changes in the series may change
 * here too, so it is sent.
 */
static struct ex_exmap_values
standing(const struct series *s, size_t i)
{
	const struct ex_exmap_job *j = s->j;
	struct ex_exmap_values v = j->was->changed[i];
	int f;

	for (f = 0; f < EX_FLD_N; f++)
		if (!ex_str_eq(j->v.v[f], j->was->v.v[f]) &&
		    (j->server->flags(f) & EX_EXF_READ) == 0)
			v.v[f] = EX_STR("\1");
	return v;
}

static int
fill_override(struct series *s, struct ex_str at, struct ex_err *err)
{
	struct ex_exmap_job *j = s->j;
	struct ex_exmap_values v = { 0 }, base;
	struct ex_buf b = EX_BUF_INIT;
	bool there = false;
	size_t i;

	if (nth_at(s, at) == 0)
		return ex_err_set(err, EX_ERR_INPUT,
		    "RECURRENCE-ID: the series has no occurrence then");
	j->have.at = at;
	j->have.from = *ex_exmap_index_at(&j->override, at, EX_STR_NONE) - 1;
	if (ex_exmap_event_fill(&j->have, was_of(j), &v, err) == -1)
		return -1;
	ex_exmap_only(j, &v);
	j->have.at = EX_STR("");
	if (v.v[EX_FLD_RRULE].p != NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "RRULE: in a component with RECURRENCE-ID");
	move(s, at, &v);
	base = inherited(s, at);
	if (find(s, at, OTHER, &i)) {
		s->used[s->ngone + i] = there = true;
		base = standing(s, i);
	}
	j->server->update(&b, EX_KIND_EVENTS, &base, &v, true);
	if (b.n > 0)
		occurrence(s, at)->update = ex_arena_str(j->a,
		    ex_buf_get(&b));
	if (b.n > 0 || there)
		take_changed(at, &j->v, &v, &j->zones, &j->plain);
	ex_buf_fini(&b);
	return 0;
}

static int
fill_all(struct series *s, struct ex_err *err)
{
	struct ex_exmap_bits *b = &s->j->have;
	size_t i, from = b->from;

	s->cancelled = (struct ex_exmap_index){ .a = s->j->a };
	for (i = 0; i < b->n; i++)
		if (b->v[i].at.n == 0 && b->v[i].slot.p == NULL &&
		    b->v[i].prop != NULL &&
		    ex_str_is(b->v[i].prop->name, "exdate") &&
		    fill_exdate(s, &b->v[i], err) == -1)
			return -1;
	for (i = 0; i < b->n; i++)
		if (b->v[i].at.n > 0 && b->v[i].slot.p != NULL &&
		    ex_str_is(b->v[i].slot, "rid") &&
		    fill_override(s, b->v[i].at, err) == -1)
			return -1;
	b->from = from;
	if (!ex_exchange_in_order(&s->rule, s->move, s->nmove))
		return ex_err_set(err, EX_ERR_INPUT, "RECURRENCE-ID: "
		    "Exchange moves no occurrence past another, or to its "
		    "day");
	return 0;
}

/* Does something stand there that cannot be taken back? */
static bool
needs_anew(const struct series *s)
{
	static const int decide[] = {
		EX_FLD_RRULE, EX_FLD_START, EX_FLD_ALLDAY, EX_FLD_STARTZONE
	};
	const struct ex_exmap_job *j = s->j;
	size_t i;

	if (s->ngone + s->nother == 0)
		return false;
	for (i = 0; i < sizeof(decide) / sizeof(*decide); i++)
		if (!ex_str_eq(j->v.v[decide[i]], j->was->v.v[decide[i]]))
			return true;
	for (i = 0; i < s->ngone + s->nother; i++)
		if (!s->used[i])
			return true;
	return false;
}

static void
forget(struct series *s, size_t nplain)
{
	struct ex_exmap_bits *b = &s->j->have;
	size_t i;

	s->fresh = true;
	s->nmove = 0;
	s->j->send->occurrence = NULL;
	s->j->send->noccurrence = 0;
	s->j->plain.n = nplain;
	for (i = 0; i < b->n; i++)
		if (b->v[i].at.n > 1 ? !ex_str_is(b->v[i].slot, "rid") :
		    b->v[i].slot.p != NULL &&
		    ex_str_starts(b->v[i].slot, "exdate:"))
			b->v[i].slot = EX_STR_NONE;
}

int
ex_exmap_series_fill(struct ex_exmap_job *j, struct ex_err *err)
{
	struct series s = { .j = j };
	size_t nplain = j->plain.n;
	const struct ex_prop *p = NULL;
	size_t i;

	if (j->kind != EX_KIND_EVENTS)
		return 0;
	s.is = j->v.v[EX_FLD_RRULE].p != NULL && ex_exmap_rule_parse(
	    j->v.v[EX_FLD_RRULE], &s.rule);
	for (i = 0; i < j->have.n && p == NULL; i++)
		if (j->have.v[i].at.n == 0 && j->have.v[i].prop != NULL &&
		    ex_str_is(j->have.v[i].prop->name, "dtstart"))
			p = j->have.v[i].prop;
	if (p == NULL || ex_exchange_when(p, p->value, &j->have.zones,
	    &s.start, err) == -1)
		return -1;
	load_was(&s);
	if (fill_all(&s, err) == -1)
		return -1;
	if (j->was == NULL || !needs_anew(&s))
		return 0;
	j->send->anew = true;
	forget(&s, nplain);
	return fill_all(&s, err);
}
