/*
 * resolve.c: one version out of the deltas of several folders
 *
 *	touched by		start counts	values		result
 *	nobody			-		-		start's
 *	editors that had seen	no		equal		that value
 *	  the start's value			different	conflict
 *	editors of which none	yes		all equal	that value
 *	  had seen it				different	conflict
 *
 * (1) The order of the editors changes nothing but which of equal values
 *     is carried: that of the least rank, the start's before all.
 * (2) A component that one removed and another touched stays.
 * (3) EXDATE and RDATE are sets as long as nobody else moves what they
 *     count on; else they are part of start, end and rule.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/resolve.h>
#include <ex/rule.h>

struct touches {
	struct ex_touch *v;
	size_t n;
};

const struct ex_claim *
ex_resolve_best(const struct ex_resolve *r, const struct ex_claim *claim,
    size_t n)
{
	const struct ex_claim *best = NULL, *c;
	const struct ex_editor *e;
	size_t i, prefer, most = 0;
	long long stamp, latest = 0;
	int d;

	for (i = 0; i < n; i++) {
		c = &claim[i];
		e = c->who == EX_EDITOR_START ? NULL : &r->editor[c->who];
		prefer = e != NULL ? e->prefer : (size_t)-1;
		stamp = e != NULL ? e->stamp : r->start_stamp;
		d = 0;
		if (best != NULL && r->policy == EX_POLICY_PREFER)
			d = prefer < most ? 1 : -(prefer > most);
		else if (best != NULL && r->policy == EX_POLICY_NEWEST)
			d = stamp > latest ? 1 : -(stamp < latest);
		if (best != NULL && d == 0)
			d = ex_str_cmp(c->view, best->view);
		if (best == NULL || d > 0) {
			best = c;
			most = prefer;
			latest = stamp;
		}
	}
	return best;
}

void
ex_resolve_edit(struct ex_resolve *r, struct ex_edit e)
{
	r->mix.edit = ex_arena_grow(r->a, r->mix.edit, r->mix.nedit,
	    sizeof(e));
	r->mix.edit[r->mix.nedit++] = e;
}

void
ex_resolve_conflict(struct ex_resolve *r, const struct ex_member *at,
    struct ex_str what, const struct ex_claim *claim, size_t n,
    const struct ex_claim *won)
{
	struct ex_conflict *c;
	size_t i;

	r->conflict = ex_arena_grow(r->a, r->conflict, r->nconflict,
	    sizeof(*c));
	c = &r->conflict[r->nconflict++];
	memset(c, 0, sizeof(*c));
	c->comp = at->comp;
	c->what = what;
	c->won = won->who;
	c->claim = ex_arena_array(r->a, n, sizeof(*claim));
	for (i = 0; i < n; i++) {
		if (claim[i].who == EX_EDITOR_START)
			continue;
		c->claim[c->nclaim++] = claim[i];
		if (!ex_str_eq(claim[i].view, won->view))
			r->editor[claim[i].who].lost = true;
	}
}

static void
set_base(struct ex_resolve *r, struct ex_range start)
{
	struct ex_conflict *c = &r->conflict[r->nconflict - 1];
	const struct ex_member **v;
	size_t i;

	v = ex_arena_array(r->a, start.n, sizeof(struct ex_member *));
	for (i = 0; i < start.n; i++)
		v[i] = &start.m[i];
	c->base = v;
	c->nbase = start.n;
}

/* The claim of equal ones that comes first; the start's before all. */
static const struct ex_claim *
carrier(const struct ex_claim *claim, size_t n, const struct ex_claim *start,
    struct ex_str view)
{
	size_t i;

	if (ex_str_eq(start->view, view))
		return start;
	for (i = 0; i < n && !ex_str_eq(claim[i].view, view); i++)
		;
	return i < n ? &claim[i] : start;
}

/*
 * Decide between claims: the editors' in order, with the start's behind
 * them if it counts.  Returns what is carried.
 */
static const struct ex_claim *
settle(struct ex_resolve *r, const struct ex_member *at, struct ex_str what,
    struct ex_claim *claim, size_t n, const struct ex_claim *start,
    bool counts, struct ex_range base)
{
	const struct ex_claim *won;
	size_t i, all = n;

	if (counts)
		claim[all++] = *start;
	for (i = 1; i < all && ex_str_eq(claim[i].view, claim[0].view); i++)
		;
	if (i == all)
		return carrier(claim, n, start, claim[0].view);
	won = ex_resolve_best(r, claim, all);
	ex_resolve_conflict(r, at, what, claim, all, won);
	set_base(r, base);
	return carrier(claim, n, start, won->view);
}

/* A field of one value: what it is in one version. */
static struct ex_claim
one_value(size_t who, const struct ex_member **m, size_t n)
{
	return (struct ex_claim){ who, n > 0 ? m[0]->rest : EX_STR_NONE, m,
	    n };
}

static struct ex_claim
start_value(struct ex_resolve *r, struct ex_range field)
{
	const struct ex_member **m;
	size_t i;

	m = ex_arena_array(r->a, field.n, sizeof(struct ex_member *));
	for (i = 0; i < field.n; i++)
		m[i] = &field.m[i];
	return one_value(EX_EDITOR_START, m, field.n);
}

static void
resolve_one(struct ex_resolve *r, const struct ex_touch *t, size_t n)
{
	const struct ex_member *at = ex_change_at(t->change);
	struct ex_range field = ex_flat_field(r->start, at->comp, at->name);
	struct ex_claim start = start_value(r, field), *claim;
	const struct ex_claim *won;
	const struct ex_editor *ed;
	struct ex_range base;
	struct ex_edit e;
	bool counts = true;
	size_t i;

	claim = ex_arena_array(r->a, n + 1, sizeof(*claim));
	for (i = 0; i < n; i++) {
		ed = &r->editor[t[i].who];
		e = ex_change_apply(r->a, ed->base, ed->d, t[i].change,
		    t[i].n);
		claim[i] = one_value(t[i].who, e.m, e.n);
		base = ex_flat_field(ed->base, at->comp, at->name);
		if (base.n == field.n && (base.n == 0 ||
		    ex_str_eq(base.m[0].rest, field.m[0].rest)))
			counts = false;
	}
	won = settle(r, at, at->name, claim, n, &start, counts &&
	    EX_RULE("seen"), field);
	r->changed |= !ex_str_eq(won->view, start.view);
	ex_resolve_edit(r, (struct ex_edit){ at->comp, at->name, won->m,
	    won->n });
}

static bool
is_one(const struct ex_member *m)
{
	return m->kind == EX_FIELD_GROUP ||
	    (m->kind == EX_FIELD_OTHER && m->key.n == 0);
}

/* Start, end and rule with the dates that count on them, as one value. */
static const char *const times[] = { "dtstart", "exdate", "rdate" };
#define NTIMES	(sizeof(times) / sizeof(times[0]))

/* The members of the three fields, in order, and their views as one. */
static struct ex_claim
times_value(struct ex_resolve *r, size_t who, struct ex_edit e[NTIMES])
{
	struct ex_claim c = { who, EX_STR(""), NULL, 0 };
	size_t i, k, len = 0;
	char *p;

	for (i = 0; i < NTIMES; i++)
		for (k = 0; k < e[i].n; k++)
			len += e[i].m[k]->key.n + e[i].m[k]->rest.n;
	c.view.p = p = ex_arena_bytes(r->a, len + 1);
	c.view.n = len;
	for (i = 0; i < NTIMES; i++)
		for (k = 0; k < e[i].n; k++) {
			c.m = ex_arena_grow(r->a, c.m, c.n,
			    sizeof(struct ex_member *));
			c.m[c.n++] = e[i].m[k];
			memcpy(p, e[i].m[k]->key.p, e[i].m[k]->key.n);
			p += e[i].m[k]->key.n;
			memcpy(p, e[i].m[k]->rest.p, e[i].m[k]->rest.n);
			p += e[i].m[k]->rest.n;
		}
	return c;
}

static struct ex_edit
as_it_is(struct ex_resolve *r, const struct ex_flat *f, struct ex_str comp,
    const char *name)
{
	struct ex_range field = ex_flat_field(f, comp, ex_str_of(name));
	struct ex_claim c = start_value(r, field);

	return (struct ex_edit){ comp, ex_str_of(name), c.m, c.n };
}

static struct ex_claim
times_of(struct ex_resolve *r, const struct ex_flat *f, struct ex_str comp)
{
	struct ex_edit e[NTIMES];
	size_t i;

	for (i = 0; i < NTIMES; i++)
		e[i] = as_it_is(r, f, comp, times[i]);
	return times_value(r, EX_EDITOR_START, e);
}

/* What an editor makes of the three. */
static struct ex_claim
times_edited(struct ex_resolve *r, size_t who, struct ex_str comp,
    const struct touches t[NTIMES])
{
	const struct ex_editor *ed = &r->editor[who];
	struct ex_edit e[NTIMES];
	size_t i, k;

	for (i = 0; i < NTIMES; i++) {
		for (k = 0; k < t[i].n && t[i].v[k].who != who; k++)
			;
		e[i] = k < t[i].n ? ex_change_apply(r->a, ed->base, ed->d,
		    t[i].v[k].change, t[i].v[k].n) :
		    as_it_is(r, ed->base, comp, times[i]);
	}
	return times_value(r, who, e);
}

/*
 * Does one who touches the dates find the group moved by another, in this
 * run or in the start?
 */
static bool
moved(const struct ex_resolve *r, struct ex_str comp,
    const struct touches t[NTIMES])
{
	struct ex_range now, was;
	size_t i, k, g;

	now = ex_flat_field(r->start, comp, EX_STR("dtstart"));
	for (i = 1; i < NTIMES; i++)
		for (k = 0; k < t[i].n; k++) {
			for (g = 0; g < t[0].n; g++)
				if (t[0].v[g].who != t[i].v[k].who)
					return true;
			was = ex_flat_field(r->editor[t[i].v[k].who].base,
			    comp, EX_STR("dtstart"));
			if (now.n > 0 && was.n > 0 &&
			    !ex_str_eq(now.m[0].rest, was.m[0].rest))
				return true;
		}
	return false;
}

static void
resolve_times(struct ex_resolve *r, struct ex_str comp,
    const struct touches t[NTIMES])
{
	struct ex_claim start = times_of(r, r->start, comp), *claim;
	const struct ex_claim *won;
	const struct ex_member *at = NULL;
	bool counts = true, here;
	struct ex_edit e;
	size_t i, k, who, n = 0;

	claim = ex_arena_array(r->a, r->neditor + 1, sizeof(*claim));
	for (who = 0; who < r->neditor; who++) {
		here = false;
		for (i = 0; i < NTIMES; i++)
			for (k = 0; k < t[i].n; k++)
				if (t[i].v[k].who == who) {
					here = true;
					at = ex_change_at(t[i].v[k].change);
				}
		if (!here)
			continue;
		claim[n++] = times_edited(r, who, comp, t);
		if (ex_str_eq(times_of(r, r->editor[who].base, comp).view,
		    start.view))
			counts = false;
	}
	won = settle(r, at, EX_STR("dtstart"), claim, n, &start, counts,
	    ex_flat_field(r->start, comp, EX_STR("dtstart")));
	r->changed |= !ex_str_eq(won->view, start.view);
	for (i = k = 0; i < NTIMES; i++) {
		e = (struct ex_edit){ comp, ex_str_of(times[i]), won->m + k,
		    0 };
		while (k < won->n && ex_str_eq(won->m[k]->name, e.name)) {
			e.n++;
			k++;
		}
		ex_resolve_edit(r, e);
	}
}

static int
by_field(const void *a, const void *b)
{
	const struct ex_touch *x = a, *y = b;
	int d = ex_member_cmp_field(ex_change_at(x->change),
	    ex_change_at(y->change));

	if (d != 0)
		return d;
	return x->who < y->who ? -1 : x->who > y->who;
}

static struct touches
gather(struct ex_resolve *r)
{
	struct touches t = { NULL, 0 };
	const struct ex_delta *d;
	size_t i, k, n;

	for (i = 0; i < r->neditor; i++) {
		d = r->editor[i].d;
		for (k = 0; k < d->nchange; k += n) {
			n = ex_change_field(d->change + k, d->nchange - k);
			t.v = ex_arena_grow(r->a, t.v, t.n, sizeof(*t.v));
			t.v[t.n++] = (struct ex_touch){ i, d->change + k, n };
		}
	}
	if (r->neditor > 1)
		qsort(t.v, t.n, sizeof(*t.v), by_field);
	return t;
}

/* The touches of one field that begin at i. */
static size_t
field_run(struct touches t, size_t i)
{
	size_t k = i + 1;

	while (k < t.n && ex_member_cmp_field(ex_change_at(t.v[k].change),
	    ex_change_at(t.v[i].change)) == 0)
		k++;
	return k - i;
}

/* The fields of the component that begins at i; returns where it ends. */
static size_t
resolve_comp(struct ex_resolve *r, struct touches t, size_t i)
{
	struct ex_str comp = ex_change_at(t.v[i].change)->comp;
	struct touches of[NTIMES] = { { NULL, 0 } };
	const struct ex_member *at;
	size_t k, n, f, end = i;
	bool one;

	for (k = i; k < t.n; k += n) {
		at = ex_change_at(t.v[k].change);
		if (!ex_str_eq(at->comp, comp))
			break;
		n = field_run(t, k);
		for (f = 0; f < NTIMES; f++)
			if (ex_str_is(at->name, times[f]))
				of[f] = (struct touches){ t.v + k, n };
		end = k + n;
	}
	one = of[1].n + of[2].n > 0 && moved(r, comp, of);
	for (k = i; k < end; k += n) {
		n = field_run(t, k);
		for (f = 0; f < NTIMES && of[f].v != t.v + k; f++)
			;
		if (one && f < NTIMES)
			continue;
		if (is_one(ex_change_at(t.v[k].change)))
			resolve_one(r, t.v + k, n);
		else
			ex_resolve_set(r, t.v + k, n);
	}
	if (one)
		resolve_times(r, comp, of);
	return end;
}

static void
push_comp(struct ex_resolve *r, const struct ex_flat_comp *c)
{
	r->mix.comp = ex_arena_grow(r->a, r->mix.comp, r->mix.ncomp,
	    sizeof(struct ex_flat_comp *));
	r->mix.comp[r->mix.ncomp++] = c;
}

/* Does the editor change or add anything in the component? */
static bool
touches_comp(const struct ex_editor *e, struct ex_str key)
{
	size_t i, lo = 0, n = e->d->nchange, mid;

	for (i = 0; i < e->d->ncame; i++)
		if (ex_str_eq(e->d->came[i]->key, key))
			return true;
	while (n > 0) {
		mid = lo + n / 2;
		if (ex_str_cmp(ex_change_at(&e->d->change[mid])->comp,
		    key) < 0) {
			lo = mid + 1;
			n -= n / 2 + 1;
		} else {
			n /= 2;
		}
	}
	return lo < e->d->nchange &&
	    ex_str_eq(ex_change_at(&e->d->change[lo])->comp, key);
}

/* (2) */
static bool
dropped(const struct ex_resolve *r, struct ex_str key)
{
	bool gone = false;
	size_t i, k;

	for (i = 0; i < r->neditor; i++) {
		for (k = 0; k < r->editor[i].d->ngone; k++)
			gone |= ex_str_eq(r->editor[i].d->gone[k]->key, key);
		if (touches_comp(&r->editor[i], key))
			return false;
	}
	return gone;
}

static int
by_key(const void *a, const void *b)
{
	const struct ex_flat_comp *x = *(const struct ex_flat_comp *const *)a;
	const struct ex_flat_comp *y = *(const struct ex_flat_comp *const *)b;
	int d = ex_str_cmp(x->key, y->key);

	if (d != 0 || x == y)
		return d;
	return x->flat->rank < y->flat->rank ? -1 : 1;
}

/*
 * The components of the result: the start's, then those that an editor has
 * and touches, each from the first that has it.
 */
static void
resolve_comps(struct ex_resolve *r)
{
	const struct ex_flat *f;
	size_t i, k, n = 0;

	for (i = 0; i < r->start->ncomp; i++)
		if (!dropped(r, r->start->comp[i].key))
			push_comp(r, &r->start->comp[i]);
	r->changed |= r->mix.ncomp != r->start->ncomp;
	for (i = 0; i < r->neditor; i++) {
		f = r->editor[i].d->to;
		for (k = 0; k < f->ncomp; k++)
			if (ex_flat_comp(r->start, f->comp[k].key) == NULL &&
			    touches_comp(&r->editor[i], f->comp[k].key)) {
				push_comp(r, &f->comp[k]);
				r->changed = true;
			}
	}
	if (r->mix.ncomp > 1)
		qsort(r->mix.comp, r->mix.ncomp,
		    sizeof(struct ex_flat_comp *), by_key);
	for (i = 0; i < r->mix.ncomp; i++)
		if (n == 0 || !ex_str_eq(r->mix.comp[n - 1]->key,
		    r->mix.comp[i]->key))
			r->mix.comp[n++] = r->mix.comp[i];
	r->mix.ncomp = n;
}

static int
by_place(const void *a, const void *b)
{
	const struct ex_edit *x = a, *y = b;
	int d = ex_str_cmp(x->comp, y->comp);

	return d != 0 ? d : ex_str_cmp(x->name, y->name);
}

void
ex_resolve(struct ex_resolve *r)
{
	struct touches t = gather(r);
	size_t i = 0;

	r->mix.start = r->start;
	while (i < t.n)
		i = resolve_comp(r, t, i);
	if (r->mix.nedit > 1)
		qsort(r->mix.edit, r->mix.nedit, sizeof(*r->mix.edit),
		    by_place);
	resolve_comps(r);
}
