/*
 * change.c: the members that differ, and a base with them changed
 *
 *	in from	in to	the delta	applied to a base that lacks it
 *	  -	  y	adds y		y
 *	  x	  -	removes x	nothing
 *	  x	  y	makes x y	y
 *
 * (1) The hash of apply(x, make(x, y)) is that of y.
 * (2) make(x, x) is empty, and apply(x, empty) is x.
 * (3) Of a group (start/end/rule and such) the delta has the whole value;
 *     what from and to both lack stays as the base has it: a store that
 *     cannot hold a rule does not take it away.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/canon.h>
#include <ex/change.h>
#include <ex/delta.h>
#include <ex/member.h>

/* What the last field looked at was found to hold alone: see only_one(). */
struct ex_change_memo {
	const struct ex_flat *base;
	struct ex_str comp, name;
	const struct ex_member *in_base, *in_from;
};

/* Parts of a group that stand for each other: an end is an end. */
static struct ex_str
slot(const struct ex_prop *p)
{
	if (ex_str_is(p->name, "due") || ex_str_is(p->name, "duration"))
		return EX_STR("dtend");
	return p->name;
}

static bool
has_slot(const struct ex_member *m, struct ex_str name)
{
	size_t i;

	for (i = 0; m != NULL && i < m->npart; i++)
		if (ex_str_eq(slot(m->part[i].prop), name))
			return true;
	return false;
}

/* The group's new value on a base: see (3). */
static const struct ex_member *
group_on(struct ex_arena *a, const struct ex_member *base,
    const struct ex_change *c)
{
	struct ex_view *part;
	size_t i, n = 0, more = base != NULL ? base->npart : 0;
	struct ex_str s;

	part = ex_arena_array(a, more + (c->to != NULL ? c->to->npart : 0),
	    sizeof(*part));
	for (i = 0; i < more; i++) {
		s = slot(base->part[i].prop);
		if (!has_slot(c->from, s) && !has_slot(c->to, s))
			part[n++] = base->part[i];
	}
	if (n == 0)
		return c->to;
	for (i = 0; c->to != NULL && i < c->to->npart; i++)
		part[n++] = c->to->part[i];
	return ex_member_group(c->to != NULL ? c->to : base, part, n, a);
}

static void
add_change(struct ex_arena *a, struct ex_delta *d,
    const struct ex_member *from, const struct ex_member *to)
{
	/* a gone component is gone as a whole */
	if (to == NULL && ex_flat_comp(d->to, from->comp) == NULL)
		return;
	d->change = ex_arena_grow(a, d->change, d->nchange,
	    sizeof(*d->change));
	d->change[d->nchange].from = from;
	d->change[d->nchange++].to = to;
}

static void
add_comp(struct ex_arena *a, const struct ex_flat_comp ***v, size_t *n,
    const struct ex_flat_comp *c)
{
	*v = ex_arena_grow(a, *v, *n, sizeof(struct ex_flat_comp *));
	(*v)[(*n)++] = c;
}

static void
diff_comps(struct ex_arena *a, struct ex_delta *d)
{
	size_t i = 0, k = 0;
	int cmp;

	while (i < d->from->ncomp || k < d->to->ncomp) {
		cmp = i == d->from->ncomp ? 1 : k == d->to->ncomp ? -1 :
		    ex_str_cmp(d->from->comp[i].key, d->to->comp[k].key);
		if (cmp < 0)
			add_comp(a, &d->gone, &d->ngone, &d->from->comp[i]);
		if (cmp > 0)
			add_comp(a, &d->came, &d->ncame, &d->to->comp[k]);
		i += cmp <= 0;
		k += cmp >= 0;
	}
}

struct ex_delta *
ex_delta_flat(struct ex_arena *a, struct ex_flat *from, struct ex_flat *to)
{
	struct ex_delta *d = ex_arena_alloc(a, sizeof(*d));
	size_t i = 0, k = 0;
	int cmp;

	d->from = from;
	d->to = to;
	d->memo = ex_arena_alloc(a, sizeof(*d->memo));
	diff_comps(a, d);
	while (i < from->nmember || k < to->nmember) {
		cmp = i == from->nmember ? 1 : k == to->nmember ? -1 :
		    ex_member_cmp(&from->member[i], &to->member[k]);
		if (cmp < 0)
			add_change(a, d, &from->member[i], NULL);
		else if (cmp > 0)
			add_change(a, d, NULL, &to->member[k]);
		else if (!ex_str_eq(from->member[i].rest,
		    to->member[k].rest))
			add_change(a, d, &from->member[i], &to->member[k]);
		i += cmp <= 0;
		k += cmp >= 0;
	}
	return d;
}

size_t
ex_change_field(const struct ex_change *change, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (ex_member_cmp_field(ex_change_at(&change[0]),
		    ex_change_at(&change[i])) != 0)
			break;
	return i < n ? i : n;
}

/* The only member of a field that the other version lacks; or NULL. */
static const struct ex_member *
only_one(const struct ex_flat *f, const struct ex_flat *other,
    const struct ex_member *like)
{
	struct ex_range r = ex_flat_field(f, like->comp, like->name);
	const struct ex_member *one = NULL;
	size_t i;

	for (i = 0; i < r.n; i++) {
		if (ex_flat_find(other, r.m[i].comp, r.m[i].name,
		    r.m[i].key) != NULL)
			continue;
		if (one != NULL)
			return NULL;
		one = &r.m[i];
	}
	return one;
}

const struct ex_member *
ex_change_base(const struct ex_flat *base, const struct ex_delta *d,
    const struct ex_member *from)
{
	struct ex_change_memo *memo = d->memo;
	const struct ex_member *m;
	struct ex_range r;
	size_t i;

	m = ex_flat_find(base, from->comp, from->name, from->key);
	if (m != NULL || base == d->from || from->key.n == 0)
		return m;
	if (from->alt.p != NULL) {
		r = ex_flat_field(base, from->comp, from->name);
		for (i = 0; i < r.n; i++)
			if (ex_str_eq(r.m[i].alt, from->alt) &&
			    ex_flat_find(d->from, from->comp, from->name,
			    r.m[i].key) == NULL)
				return &r.m[i];
	}
	/* all that the store has made of it, by the rule of "replaces" */
	if (memo->base != base || !ex_str_eq(memo->comp, from->comp) ||
	    !ex_str_eq(memo->name, from->name)) {
		*memo = (struct ex_change_memo){ base, from->comp,
		    from->name, only_one(base, d->from, from),
		    only_one(d->from, base, from) };
	}
	return memo->in_from == from ? memo->in_base : NULL;
}

static int
by_key(const void *a, const void *b)
{
	return ex_member_cmp(*(const struct ex_member *const *)a,
	    *(const struct ex_member *const *)b);
}

/* What is not to stay of the base: removed, replaced, made of it. */
static const struct ex_member **
dropped(struct ex_arena *a, const struct ex_flat *base,
    const struct ex_delta *d, const struct ex_change *c, size_t n,
    size_t *ndrop)
{
	const struct ex_member **v = ex_arena_array(a, 2 * n, sizeof(*v));
	const struct ex_member *m;
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (c[i].from != NULL &&
		    (m = ex_change_base(base, d, c[i].from)) != NULL)
			v[k++] = m;
		if (c[i].to != NULL && (m = ex_flat_find(base, c[i].to->comp,
		    c[i].to->name, c[i].to->key)) != NULL)
			v[k++] = m;
	}
	if (k > 1)
		qsort(v, k, sizeof(struct ex_member *), by_key);
	*ndrop = k;
	return v;
}

struct ex_edit
ex_change_apply(struct ex_arena *a, const struct ex_flat *base,
    const struct ex_delta *d, const struct ex_change *c, size_t n)
{
	const struct ex_member *at = ex_change_at(c), **drop, *m;
	struct ex_range r = ex_flat_field(base, at->comp, at->name);
	struct ex_edit e = { at->comp, at->name, NULL, 0 };
	size_t i, ndrop;

	e.m = ex_arena_array(a, r.n + n, sizeof(struct ex_member *));
	if (at->kind == EX_FIELD_GROUP) {
		if ((m = group_on(a, r.n > 0 ? r.m : NULL, c)) != NULL)
			e.m[e.n++] = m;
		return e;
	}
	drop = dropped(a, base, d, c, n, &ndrop);
	for (i = 0; i < r.n; i++) {
		m = &r.m[i];
		if (ndrop == 0 || bsearch(&m, drop, ndrop,
		    sizeof(struct ex_member *), by_key) == NULL)
			e.m[e.n++] = m;
	}
	for (i = 0; i < n; i++) {
		if (c[i].to == NULL)
			continue;
		/* of equal ones the base keeps its own */
		m = ex_flat_find(base, at->comp, at->name, c[i].to->key);
		e.m[e.n++] = m != NULL && ex_str_eq(m->rest, c[i].to->rest) ?
		    m : c[i].to;
	}
	if (e.n > 1)
		qsort(e.m, e.n, sizeof(struct ex_member *), by_key);
	return e;
}

static bool
is_gone(const struct ex_delta *d, struct ex_str key)
{
	size_t i;

	for (i = 0; i < d->ngone; i++)
		if (ex_str_eq(d->gone[i]->key, key))
			return true;
	return false;
}

static int
by_comp(const void *a, const void *b)
{
	const struct ex_flat_comp *x = *(const struct ex_flat_comp *const *)a;
	const struct ex_flat_comp *y = *(const struct ex_flat_comp *const *)b;

	return ex_str_cmp(x->key, y->key);
}

/* The components of base + d; one that d changes is there in any case. */
static void
mix_comps(struct ex_arena *a, const struct ex_flat *base,
    const struct ex_delta *d, struct ex_mix *mix)
{
	const struct ex_flat_comp *c;
	size_t i;

	for (i = 0; i < base->ncomp; i++)
		if (!is_gone(d, base->comp[i].key))
			add_comp(a, &mix->comp, &mix->ncomp, &base->comp[i]);
	for (i = 0; i < d->ncame; i++)
		if (ex_flat_comp(base, d->came[i]->key) == NULL)
			add_comp(a, &mix->comp, &mix->ncomp, d->came[i]);
	for (i = 0; i < d->nchange; i++) {
		if (d->change[i].to == NULL)
			continue;
		c = d->change[i].to->home;
		if (ex_flat_comp(base, c->key) != NULL ||
		    (mix->ncomp > 0 && mix->comp[mix->ncomp - 1] == c) ||
		    ex_flat_comp(d->from, c->key) == NULL)
			continue;
		add_comp(a, &mix->comp, &mix->ncomp, c);
	}
	if (mix->ncomp > 1)
		qsort(mix->comp, mix->ncomp,
		    sizeof(struct ex_flat_comp *), by_comp);
}

const struct ex_item *
ex_change_item(struct ex_canon *c, struct ex_arena *a,
    const struct ex_flat *base, const struct ex_delta *d)
{
	struct ex_mix mix = { .start = base };
	size_t i, n;

	if (ex_delta_empty(d))
		return base->item;
	mix_comps(a, base, d, &mix);
	mix.edit = ex_arena_array(a, d->nchange, sizeof(*mix.edit));
	for (i = 0; i < d->nchange; i += n) {
		n = ex_change_field(d->change + i, d->nchange - i);
		mix.edit[mix.nedit++] = ex_change_apply(a, base, d,
		    d->change + i, n);
	}
	return ex_mix_item(c, a, &mix);
}
