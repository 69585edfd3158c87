/*
 * mergefold.c: the folders' deltas, and the version made of them
 *
 * One editor that had seen the start: the start with its delta, nothing to
 * decide.  A result that nobody has himself is checked; what a merge has
 * broken is one conflict as a whole.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/canon.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/rule.h>
#include <ex/stamp.h>

#include "mergepriv.h"

/* All flats of the line on one level, then its deltas. */
static int
flatten(struct merge *m, struct merge_line *l, struct ex_flat ***out,
    size_t *n, struct ex_err *err)
{
	struct ex_flat **v;
	struct merge_side *s;
	struct merge_ver *ver[3];
	size_t i, k;

	v = ex_arena_array(&m->a, 3 * l->nside + 1, sizeof(struct ex_flat *));
	*n = 0;
	if (merge_flat(m, l, l->master, &v[(*n)++], err) == -1)
		return -1;
	for (i = 0; i < l->nside; i++) {
		s = &l->side[i];
		if (s->now == NULL)
			continue;
		ver[0] = s->base;
		ver[1] = s->shadow;
		ver[2] = s->now;
		for (k = 0; k < 3; k++)
			if (merge_flat(m, l, ver[k], &v[*n + k], err) == -1)
				return -1;
		*n += 3;
	}
	ex_flat_level(v, *n);
	*out = v;
	return 0;
}

/* Base and its own edit. */
static void
apply_own(struct merge *m, struct merge_side *s, const struct ex_delta *d,
    const struct ex_flat *base)
{
	if (ex_delta_empty(d))
		s->after = s->base;
	else if (s->base == s->shadow)
		s->after = s->now;
	else
		s->after = merge_made(m, ex_change_item(m->canon, &m->a,
		    base, d));
}

int
merge_deltas(struct merge *m, struct merge_line *l, struct ex_err *err)
{
	struct merge_side *s;
	struct ex_delta *d;
	struct ex_flat **v;
	size_t i, n, k = 1;

	for (i = 0; i < l->nside && l->side[i].now == NULL; i++)
		;
	if (i == l->nside)
		return 0;
	if (flatten(m, l, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < l->nside; i++) {
		s = &l->side[i];
		if (s->now == NULL)
			continue;
		/* ranks are given later; only that they differ counts here */
		v[k + 2]->rank = 1;
		d = ex_delta_flat(&m->a, v[k + 1], v[k + 2]);
		if ((s->f->reads || !EX_RULE("target")) &&
		    !ex_delta_empty(d))
			s->d = d;
		if (s->f->reads || s->f->repair)
			apply_own(m, s, d, v[k]);
		k += 3;
	}
	return 0;
}

struct ranked {
	struct merge_side *s;
	struct ex_str text;
};

static int
by_text(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int d = ex_str_cmp(x->text, y->text);

	return d != 0 ? d : ex_str_cmp(x->s->name, y->s->name);
}

/* The editors in an order that their names do not decide. */
static struct ranked *
rank(struct merge *m, struct merge_line *l, size_t *n)
{
	struct ranked *v = ex_arena_array(&m->a, l->nside, sizeof(*v));
	size_t i;

	*n = 0;
	for (i = 0; i < l->nside; i++)
		if (l->side[i].d != NULL) {
			v[*n].s = &l->side[i];
			v[(*n)++].text = EX_STR_NONE;
		}
	if (*n < 2)
		return v;
	for (i = 0; i < *n; i++)
		v[i].text = merge_text(m, v[i].s->now);
	qsort(v, *n, sizeof(*v), by_text);
	return v;
}

/*
 * Where a tombstone is taken back: the bases of the editors, each value the
 * greatest, sets all of them.
 */
static int
start_of_bases(struct merge *m, struct merge_line *l,
    const struct ranked *v, size_t n, struct merge_ver **out,
    struct ex_err *err)
{
	struct ex_claim *c = ex_arena_array(&m->a, n, sizeof(*c)), swap;
	const struct ex_claim *best;
	const struct ex_item *item = NULL;
	size_t i, left;

	*out = NULL;
	for (i = left = 0; i < n; i++) {
		if (v[i].s->base == NULL)
			continue;
		if (merge_item(m, l, v[i].s->base, err) == -1)
			return -1;
		c[left].who = i;
		c[left++].view = merge_text(m, v[i].s->base);
	}
	/* the greatest last: its values stay */
	for (i = 0; i < left; i++) {
		best = ex_resolve_best(&l->r, c, left - i);
		swap = *best;
		c[best - c] = c[left - i - 1];
		c[left - i - 1] = swap;
	}
	for (i = 0; i < left; i++)
		item = ex_delta_apply(m->canon, &m->a, item,
		    ex_delta_make(m->canon, &m->a, NULL,
		    v[c[i].who].s->base->item));
	*out = merge_made(m, item);
	return 0;
}

/*
 * The delta without what the start has lost since: a component that the
 * editor still had is all new to it.
 */
static const struct ex_delta *
regained(struct merge *m, const struct ex_flat *start,
    const struct ex_delta *d)
{
	struct ex_flat *from;
	size_t i, k;

	for (i = 0; i < d->nchange; i++)
		if (d->change[i].from != NULL &&
		    ex_flat_comp(start, d->change[i].from->comp) == NULL)
			break;
	if (i == d->nchange)
		return d;
	from = ex_arena_alloc(&m->a, sizeof(*from));
	*from = *d->from;
	from->comp = ex_arena_array(&m->a, from->ncomp, sizeof(*from->comp));
	from->member = ex_arena_array(&m->a, from->nmember,
	    sizeof(*from->member));
	from->ncomp = from->nmember = 0;
	for (i = 0; i < d->from->ncomp; i++)
		if (ex_flat_comp(start, d->from->comp[i].key) != NULL)
			from->comp[from->ncomp++] = d->from->comp[i];
	for (k = 0; k < d->from->nmember; k++)
		if (ex_flat_comp(start, d->from->member[k].comp) != NULL)
			from->member[from->nmember++] = d->from->member[k];
	return ex_delta_flat(&m->a, from, d->to);
}

static int
set_editors(struct merge *m, struct merge_line *l, const struct ranked *v,
    size_t n, struct ex_err *err)
{
	struct ex_editor *e;
	struct ex_flat *base;
	size_t i;

	l->r.editor = ex_arena_array(&m->a, n, sizeof(*e));
	l->r.neditor = n;
	for (i = 0; i < n; i++) {
		e = &l->r.editor[i];
		if (merge_flat(m, l, v[i].s->base, &base, err) == -1)
			return -1;
		v[i].s->editor = i;
		e->name = v[i].s->name;
		e->base = base;
		e->d = v[i].s->d;
		e->prefer = v[i].s->f->prefer;
		e->stamp = ex_stamp_of(v[i].s->now->item);
	}
	return 0;
}

/* Start, editors and policy; everything on one level. */
static int
prepare(struct merge *m, struct merge_line *l, const struct ranked *v,
    size_t n, struct merge_ver **start, struct ex_err *err)
{
	struct ex_resolve *r = &l->r;
	struct ex_flat **f;
	size_t i, k = 0;

	r->canon = m->canon;
	r->a = &m->a;
	r->policy = m->policy;
	if (set_editors(m, l, v, n, err) == -1)
		return -1;
	*start = l->master;
	if (l->gone && start_of_bases(m, l, v, n, start, err) == -1)
		return -1;
	if (merge_flat(m, l, *start, &r->start, err) == -1)
		return -1;
	r->start_stamp = ex_stamp_of(*start != NULL ? (*start)->item : NULL);
	f = ex_arena_array(&m->a, 3 * n + 1, sizeof(struct ex_flat *));
	f[k++] = r->start;
	for (i = 0; i < n; i++) {
		f[k++] = (struct ex_flat *)r->editor[i].base;
		f[k++] = r->editor[i].d->from;
		f[k++] = r->editor[i].d->to;
	}
	k = ex_flat_level(f, k);
	r->start->rank = 0;
	for (i = 0; i < n; i++) {
		if (k > 0)
			r->editor[i].d = ex_delta_flat(&m->a,
			    r->editor[i].d->from, r->editor[i].d->to);
		r->editor[i].d = regained(m, r->start, r->editor[i].d);
		r->editor[i].d->to->rank = (unsigned)(i + 1);
	}
	return 0;
}

static struct merge_ver *
mix(struct merge *m, struct merge_line *l)
{
	struct ex_resolve *r = &l->r;
	struct ex_item *item = ex_mix_item(m->canon, &m->a, &r->mix), *named;
	struct ex_flat **v;
	size_t i;

	if (item == NULL)
		return NULL;
	v = ex_arena_array(&m->a, r->neditor + 1, sizeof(struct ex_flat *));
	v[0] = r->start;
	for (i = 0; i < r->neditor; i++)
		v[i + 1] = r->editor[i].d->to;
	ex_stamp_mix(&m->a, item, &r->mix, v, r->neditor + 1);
	named = ex_arena_alloc(&m->a, sizeof(*named));
	*named = ex_item_with_uid(item, l->uid, &m->a);
	return merge_made(m, named);
}

/* The whole versions of the editors, those that are fit to be written. */
static size_t
fit(struct merge *m, struct merge_line *l, const struct ranked *v, size_t n,
    struct ex_claim *claim)
{
	struct ex_err err;
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (v[i].s->after == NULL || v[i].s->after->item == NULL ||
		    ex_codec_check(v[i].s->after->item, &m->a, &err) == -1)
			continue;
		claim[k].who = i;
		claim[k++].view = merge_text(m, v[i].s->after);
	}
	(void)l;
	return k;
}

/*
 * ring.md 3: M' is checked.  What was no better before, or what no version
 * has better, is not the merge's doing and stays as it is.
 */
static void
check(struct merge *m, struct merge_line *l, const struct ranked *v,
    size_t n)
{
	struct ex_claim *claim = ex_arena_array(&m->a, n, sizeof(*claim));
	const struct ex_claim *best;
	struct ex_err err, was;
	size_t i, k;

	if (l->result == NULL ||
	    ex_codec_check(l->result->item, &m->a, &err) == 0 ||
	    (l->master != NULL && ex_codec_check(l->master->item, &m->a,
	    &was) == -1) || (k = fit(m, l, v, n, claim)) == 0)
		return;
	best = ex_resolve_best(&l->r, claim, k);
	l->item_why = EX_STR("invalid");
	l->problem = ex_arena_str(&m->a, ex_str_of(err.msg));
	l->item_base = l->master;
	l->item_won = v[best->who].s->name;
	if (m->policy == EX_POLICY_REPORT || m->policy == EX_POLICY_COMMAND) {
		l->left = true;
		return;
	}
	for (i = 0; i < n; i++)
		l->r.editor[i].lost |= i != best->who;
	l->result = v[best->who].s->after;
}

int
merge_fold(struct merge *m, struct merge_line *l, struct ex_err *err)
{
	struct merge_ver *start;
	struct ranked *v;
	bool alone;
	size_t n;

	v = rank(m, l, &n);
	if (prepare(m, l, v, n, &start, err) == -1)
		return -1;
	ex_resolve(&l->r);
	if (l->r.nconflict > 0 && (m->policy == EX_POLICY_REPORT ||
	    m->policy == EX_POLICY_COMMAND)) {
		l->left = true;
		return 0;
	}
	alone = n == 1 && v[0].s->base == start;
	l->result = !l->r.changed && start != NULL ? start : mix(m, l);
	if (alone && v[0].s->base == v[0].s->shadow)
		v[0].s->after = l->result;
	else if (!alone && l->r.changed)
		check(m, l, v, n);
	return 0;
}
