/*
 * resolveset.c: a set out of the adds and removes of several folders
 *
 *	(start + all adds) - (all removes - all adds)
 *
 *	an editor		a member that it ...
 *	replaces x by y		x is all that it removes and y all that it
 *				adds among those with the same parameters
 *	edits x			has another value below the same key: an add
 *
 * (1) Two that replace one x by different y disagree about x: one y stays.
 *     Has the start meanwhile another one in place of x, then so do all that
 *     replace that, or what it is in place of; and the start is one of them,
 *     if nobody replaces or removes what it has.
 * (2) A member that one edits stays, whoever removes it; so does one that
 *     the start has with another value, which who removes it has not seen.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/resolve.h>
#include <ex/rule.h>

struct event {
	struct ex_str key;
	size_t who;
	const struct ex_member *add;	/* NULL: a remove */
	bool dead;			/* lost: as if not added */
};

struct swap {
	const struct ex_member *x;
	size_t who;
	const struct ex_member *y;
	const struct ex_member *place;	/* x, or what the start has there */
};

struct swaps {
	struct swap *v;
	size_t n;
};

struct set {
	struct ex_resolve *r;
	const struct ex_member *at;
	struct ex_range start;
	bool *start_dead;
	struct event *ev;
	size_t nev;
	struct swaps swap;	/* by the editors */
	struct swaps moved;	/* from their bases to the start */
	struct ex_edit out;
};

static int
by_params(const void *a, const void *b)
{
	const struct ex_member *x = *(const struct ex_member *const *)a;
	const struct ex_member *y = *(const struct ex_member *const *)b;
	int d = ex_str_cmp(x->params, y->params);

	return d != 0 ? d : ex_member_cmp(x, y);
}

/*
 * Pairs of the only one in each list with the same parameters: v and w get
 * sorted.
 */
static void
pair(struct set *s, struct swaps *to, size_t who,
    const struct ex_member **v, size_t n, const struct ex_member **w,
    size_t m)
{
	size_t i, k, ni, nk;
	int d;

	if (n == 0 || m == 0)
		return;
	qsort(v, n, sizeof(struct ex_member *), by_params);
	qsort(w, m, sizeof(struct ex_member *), by_params);
	for (i = k = 0; i < n && k < m; ) {
		d = ex_str_cmp(v[i]->params, w[k]->params);
		for (ni = 1; i + ni < n && ex_str_eq(v[i + ni]->params,
		    v[i]->params); ni++)
			;
		for (nk = 1; k + nk < m && ex_str_eq(w[k + nk]->params,
		    w[k]->params); nk++)
			;
		if (d == 0 && ni == 1 && nk == 1) {
			to->v = ex_arena_grow(s->r->a, to->v, to->n,
			    sizeof(*to->v));
			to->v[to->n++] = (struct swap){ v[i], who, w[k],
			    v[i] };
		}
		i += d <= 0 ? ni : 0;
		k += d >= 0 ? nk : 0;
	}
}

static void
push_event(struct set *s, struct ex_str key, size_t who,
    const struct ex_member *add)
{
	s->ev = ex_arena_grow(s->r->a, s->ev, s->nev, sizeof(*s->ev));
	s->ev[s->nev++] = (struct event){ key, who, add, false };
}

/* What a change does to the set, in the keys that the base has. */
static void
read_touch(struct set *s, const struct ex_touch *t)
{
	const struct ex_editor *ed = &s->r->editor[t->who];
	const struct ex_member **gone, **come, *m;
	const struct ex_change *c;
	size_t i, ngone = 0, ncome = 0;

	gone = ex_arena_array(s->r->a, t->n, sizeof(struct ex_member *));
	come = ex_arena_array(s->r->a, t->n, sizeof(struct ex_member *));
	for (i = 0; i < t->n; i++) {
		c = &t->change[i];
		m = NULL;
		if (c->from != NULL &&
		    (m = ex_change_base(ed->base, ed->d, c->from)) == NULL)
			m = c->from;
		if (m != NULL && (c->to == NULL ||
		    !ex_str_eq(c->to->key, m->key))) {
			push_event(s, m->key, t->who, NULL);
			gone[ngone++] = m;
		}
		if (c->to != NULL) {
			push_event(s, c->to->key, t->who, c->to);
			if (m == NULL || !ex_str_eq(c->to->key, m->key))
				come[ncome++] = c->to;
		}
	}
	pair(s, &s->swap, t->who, gone, ngone, come, ncome);
}

static int
by_swapped(const void *a, const void *b)
{
	const struct swap *x = a, *y = b;
	int d = ex_str_cmp(x->x->key, y->x->key);

	if (d != 0)
		return d;
	return x->who < y->who ? -1 : x->who > y->who;
}

/* The members of a field that the other version lacks. */
static const struct ex_member **
lacking(struct set *s, const struct ex_flat *f, const struct ex_flat *other,
    size_t *n)
{
	struct ex_range r = ex_flat_field(f, s->at->comp, s->at->name);
	const struct ex_member **v;
	size_t i;

	v = ex_arena_array(s->r->a, r.n, sizeof(struct ex_member *));
	for (i = *n = 0; i < r.n; i++)
		if (ex_flat_find(other, r.m[i].comp, r.m[i].name,
		    r.m[i].key) == NULL)
			v[(*n)++] = &r.m[i];
	return v;
}

/* What has been replaced between an editor's base and the start. */
static void
read_moved(struct set *s, size_t who)
{
	const struct ex_flat *base = s->r->editor[who].base;
	const struct ex_member **v, **w;
	size_t n, m;

	if (base == s->r->start)
		return;
	v = lacking(s, base, s->r->start, &n);
	w = lacking(s, s->r->start, base, &m);
	pair(s, &s->moved, who, v, n, w, m);
}

/* Has the start another member in place of x, which the editor replaces? */
static const struct ex_member *
start_swap(struct set *s, const struct swap *w)
{
	const struct swap *m;

	m = s->moved.n == 0 ? NULL : bsearch(w, s->moved.v, s->moved.n,
	    sizeof(*m), by_swapped);
	return m != NULL ? m->y : NULL;
}

static int
by_key(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	int d = ex_str_cmp(x->key, y->key);

	if (d != 0)
		return d;
	return x->who < y->who ? -1 : x->who > y->who;
}

/* The first event of a key, or where it would stand. */
static struct event *
events_of(const struct set *s, struct ex_str key)
{
	size_t lo = 0, n = s->nev, half;

	while (n > 0) {
		half = n / 2;
		if (ex_str_cmp(s->ev[lo + half].key, key) < 0) {
			lo += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return s->ev + lo;
}

/* Where that editor adds that member. */
static struct event *
event_of(const struct set *s, size_t who, const struct ex_member *m)
{
	struct event *e = events_of(s, m->key);

	for (; e < s->ev + s->nev && ex_str_eq(e->key, m->key); e++)
		if (e->who == who && e->add == m)
			return e;
	return NULL;
}

/* Had that editor seen the value that the start has below the key? */
static bool
has_seen(const struct set *s, const struct event *ev,
    const struct ex_member *start)
{
	const struct ex_member *base;

	if (start == NULL)
		return false;
	base = ex_flat_find(s->r->editor[ev->who].base, s->at->comp,
	    s->at->name, ev->key);
	return base != NULL && ex_str_eq(base->rest, start->rest);
}

/* Does one remove what the start has, and has seen it? */
static bool
is_removed(const struct set *s, const struct ex_member *start)
{
	const struct event *e = events_of(s, start->key);

	for (; e < s->ev + s->nev && ex_str_eq(e->key, start->key); e++)
		if (e->add == NULL && has_seen(s, e, start))
			return true;
	return false;
}

static void
bury(struct set *s, const struct ex_claim *c, struct ex_str won)
{
	struct event *e;

	if (ex_str_eq(c->view, won))
		return;
	if (c->who == EX_EDITOR_START)
		s->start_dead[c->m[0] - s->start.m] = true;
	else if ((e = event_of(s, c->who, c->m[0])) != NULL)
		e->dead = true;
}

static void
set_base(struct set *s, const struct ex_member *m)
{
	struct ex_conflict *c = &s->r->conflict[s->r->nconflict - 1];
	const struct ex_member **v;

	if (m == NULL)
		return;
	v = ex_arena_alloc(s->r->a, sizeof(struct ex_member *));
	*v = m;
	c->base = v;
	c->nbase = 1;
}

static struct ex_claim
claim_of(struct set *s, size_t who, const struct ex_member *m,
    struct ex_str view)
{
	const struct ex_member **v;

	v = ex_arena_alloc(s->r->a, sizeof(struct ex_member *));
	*v = m;
	return (struct ex_claim){ who, view, v, 1 };
}

/* (1), all that replace what has one place. */
static void
resolve_swap(struct set *s, const struct swap *w, size_t n)
{
	const struct ex_member *base = w->x;
	const struct ex_claim *won;
	struct ex_claim *claim;
	size_t i;
	bool same = true, start = true;

	claim = ex_arena_array(s->r->a, n + 1, sizeof(*claim));
	for (i = 0; i < n; i++) {
		claim[i] = claim_of(s, w[i].who, w[i].y, w[i].y->key);
		if (w[i].place != w[i].x)
			base = w[i].place;
		start = start && !ex_str_eq(w[i].x->key, w->place->key);
	}
	if (start && !is_removed(s, base))
		claim[n++] = claim_of(s, EX_EDITOR_START, base, base->key);
	for (i = 1; i < n; i++)
		same = same && ex_str_eq(claim[i].view, claim[0].view);
	if (same)
		return;
	won = ex_resolve_best(s->r, claim, n);
	ex_resolve_conflict(s->r, s->at, s->at->name, claim, n, won);
	/* What the start has stands as the base: else it is in no record. */
	set_base(s, base);
	for (i = 0; i < n; i++)
		bury(s, &claim[i], won->view);
}

static int
by_place(const void *a, const void *b)
{
	const struct swap *x = a, *y = b;
	int d = ex_str_cmp(x->place->key, y->place->key);

	if (d != 0)
		return d;
	return x->who < y->who ? -1 : x->who > y->who;
}

/* All that replace one x are in one place, the smallest that one finds. */
static void
find_places(struct set *s)
{
	const struct ex_member *place, *m;
	struct swap *w = s->swap.v, *end = w + s->swap.n, *next;

	for (; w < end; w = next) {
		place = NULL;
		for (next = w; next < end && ex_str_eq(next->x->key,
		    w->x->key); next++) {
			m = start_swap(s, next);
			if (m != NULL && (place == NULL ||
			    ex_str_cmp(m->key, place->key) < 0))
				place = m;
		}
		for (; place != NULL && w < next; w++)
			w->place = place;
	}
}

static void
resolve_swaps(struct set *s)
{
	struct swap *w = s->swap.v, *end = w + s->swap.n, *next;

	if (s->swap.n > 1)
		qsort(w, s->swap.n, sizeof(*w), by_swapped);
	if (s->moved.n > 1)
		qsort(s->moved.v, s->moved.n, sizeof(*s->moved.v),
		    by_swapped);
	find_places(s);
	if (s->swap.n > 1)
		qsort(w, s->swap.n, sizeof(*w), by_place);
	for (; w < end; w = next) {
		for (next = w + 1; next < end && ex_str_eq(next->place->key,
		    w->place->key); next++)
			;
		resolve_swap(s, w, (size_t)(next - w));
	}
}

/* The value below a key that n events add; start's, if there, else NULL. */
static const struct ex_member *
resolve_value(struct set *s, const struct event *ev, size_t n,
    const struct ex_member *start)
{
	struct ex_claim *claim = ex_arena_array(s->r->a, n + 1,
	    sizeof(*claim));
	const struct ex_claim *won;
	bool counts = start != NULL, removed = false, same = true;
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (ev[i].dead)
			continue;
		if (has_seen(s, &ev[i], start)) {
			counts = false;
			removed |= ev[i].add == NULL;
		}
		if (ev[i].add != NULL)
			claim[k++] = claim_of(s, ev[i].who, ev[i].add,
			    ev[i].add->rest);
	}
	if (k == 0)
		return removed ? NULL : start;
	if (counts)
		claim[k++] = claim_of(s, EX_EDITOR_START, start, start->rest);
	for (i = 1; i < k; i++)
		same = same && ex_str_eq(claim[i].view, claim[0].view);
	won = ex_resolve_best(s->r, claim, k);
	if (!same) {
		ex_resolve_conflict(s->r, s->at, s->at->name, claim, k, won);
		set_base(s, start);
	}
	if (start != NULL && ex_str_eq(start->rest, won->view))
		return start;
	for (i = 0; i < k && !ex_str_eq(claim[i].view, won->view); i++)
		;
	return claim[i].m[0];
}

static void
keep(struct set *s, const struct ex_member *m)
{
	s->out.m = ex_arena_grow(s->r->a, s->out.m, s->out.n,
	    sizeof(struct ex_member *));
	s->out.m[s->out.n++] = m;
}

static void
build(struct set *s)
{
	const struct ex_member *m, *start;
	size_t i = 0, k = 0, n;
	int d;

	while (i < s->start.n || k < s->nev) {
		d = i == s->start.n ? 1 : k == s->nev ? -1 :
		    ex_str_cmp(s->start.m[i].key, s->ev[k].key);
		start = d <= 0 && !s->start_dead[i] ? &s->start.m[i] : NULL;
		for (n = 0; d >= 0 && k + n < s->nev &&
		    ex_str_eq(s->ev[k + n].key, s->ev[k].key); n++)
			;
		m = n == 0 ? start : resolve_value(s, s->ev + k, n, start);
		if (m != NULL)
			keep(s, m);
		s->r->changed |= d <= 0 ? m == NULL || !ex_str_eq(m->rest,
		    s->start.m[i].rest) : m != NULL;
		i += d <= 0;
		k += n;
	}
}

void
ex_resolve_set(struct ex_resolve *r, const struct ex_touch *touch, size_t n)
{
	struct set s = { .r = r, .at = ex_change_at(touch->change) };
	size_t i;

	s.start = ex_flat_field(r->start, s.at->comp, s.at->name);
	s.start_dead = ex_arena_array(r->a, s.start.n + 1, sizeof(bool));
	s.out.comp = s.at->comp;
	s.out.name = s.at->name;
	for (i = 0; i < n; i++) {
		read_touch(&s, &touch[i]);
		read_moved(&s, touch[i].who);
	}
	if (s.nev > 1)
		qsort(s.ev, s.nev, sizeof(*s.ev), by_key);
	if (EX_RULE("replaces"))
		resolve_swaps(&s);
	build(&s);
	ex_resolve_edit(r, s.out);
}
