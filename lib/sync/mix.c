/*
 * mix.c: an item put together from fields of several versions
 *
 * A field that is replaced stands where its members stood in the start;
 * new members come after the one that they follow in their own version.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/canon.h>
#include <ex/json.h>
#include <ex/member.h>

struct zone {
	const struct ex_comp *comp;
	const struct ex_item *item;
	struct ex_str was, is, view;
};

struct mixer {
	struct ex_canon *canon;
	struct ex_arena *a;
	const struct ex_mix *mix;
	size_t nlabel;		/* vCard groups numbered so far */
	struct zone *zone;
	size_t nzone;
	struct ex_comp *to;	/* the component being made */
	struct ex_prop *last;	/* the last one of several values, or NULL */
	struct ex_json *tail;	/* its last value */
	bool regroup;		/* grouped fields are written anew */
	size_t at;		/* the first edit of the component */
};

static int
by_home(const void *a, const void *b)
{
	const struct ex_member *x = *(const struct ex_member *const *)a;
	const struct ex_member *y = *(const struct ex_member *const *)b;
	unsigned p = x->home->flat->rank, q = y->home->flat->rank;

	if (p != q)
		return p < q ? -1 : 1;
	return ex_member_cmp(x, y);
}

static int
by_place(const void *a, const void *b)
{
	const struct ex_member *x = *(const struct ex_member *const *)a;
	const struct ex_member *y = *(const struct ex_member *const *)b;

	if (x->anchor != y->anchor)
		return x->anchor < y->anchor ? -1 : 1;
	if (x->home != y->home)
		return by_home(a, b);
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return ex_member_cmp(x, y);
}

static int
by_order(const void *a, const void *b)
{
	const struct ex_member *x = *(const struct ex_member *const *)a;
	const struct ex_member *y = *(const struct ex_member *const *)b;

	return x->order < y->order ? -1 : x->order > y->order;
}

/*
 * Each member of a field of a version gets the place behind the last
 * member of the start that stands before it there.
 */
static void
anchor(struct mixer *x, const struct ex_flat_comp *home,
    const struct ex_member *like)
{
	struct ex_range r = ex_flat_field(home->flat, like->comp, like->name);
	const struct ex_member *s;
	struct ex_member **m;
	size_t i, at = 0;

	ex_flat_order(r, x->a);
	m = ex_arena_array(x->a, r.n, sizeof(struct ex_member *));
	for (i = 0; i < r.n; i++)
		m[i] = &r.m[i];
	if (r.n > 1)
		qsort(m, r.n, sizeof(struct ex_member *), by_order);
	for (i = 0; i < r.n; i++) {
		s = home->flat == x->mix->start ? m[i] :
		    ex_flat_find(x->mix->start, m[i]->comp, m[i]->name,
		    m[i]->key);
		if (s != NULL)
			at = s->order + 1;
		m[i]->anchor = at;
	}
}

/* The members of a field as they are to be written. */
static const struct ex_member **
in_order(struct mixer *x, const struct ex_edit *e)
{
	const struct ex_member **v;
	struct ex_range r;
	size_t i;

	v = ex_arena_array(x->a, e->n, sizeof(struct ex_member *));
	if (e->n == 0)
		return v;
	memcpy(v, e->m, e->n * sizeof(struct ex_member *));
	if (e->n < 2)
		return v;
	/* the start first: the others are put behind its members */
	r = ex_flat_field(x->mix->start, e->comp, e->name);
	if (r.n > 0)
		anchor(x, r.m[0].home, &r.m[0]);
	qsort(v, e->n, sizeof(struct ex_member *), by_home);
	for (i = 0; i < e->n; i++)
		if (v[i]->home->flat != x->mix->start &&
		    (i == 0 || v[i]->home != v[i - 1]->home))
			anchor(x, v[i]->home, v[i]);
	qsort(v, e->n, sizeof(struct ex_member *), by_place);
	return v;
}

static struct ex_prop *
with_param(struct mixer *x, const struct ex_prop *p, const char *name,
    struct ex_str value)
{
	struct ex_prop *copy = ex_prop_new(x->a, p->name, p->type, p->value);
	struct ex_str *v = ex_arena_alloc(x->a, sizeof(*v));
	size_t i;

	*v = value;
	copy->param = ex_arena_array(x->a, p->nparam + 1,
	    sizeof(*copy->param));
	memcpy(copy->param, p->param, p->nparam * sizeof(*copy->param));
	copy->nparam = p->nparam;
	for (i = 0; i < p->nparam; i++)
		if (ex_str_is(p->param[i].name, name)) {
			copy->param[i].value = v;
			copy->param[i].nvalue = 1;
		}
	return copy;
}

static const struct ex_comp *
find_zone(const struct ex_item *item, struct ex_str tzid)
{
	const struct ex_comp *root = item->root;
	size_t i;

	for (i = 0; i < root->ncomp; i++)
		if (ex_str_is(root->comp[i]->name, "vtimezone") &&
		    ex_str_eq(ex_prop_text(ex_comp_prop(root->comp[i],
		    "tzid")), tzid))
			return root->comp[i];
	return NULL;
}

/* A name for the zone that no other zone of the result has. */
static struct ex_str
zone_name(struct mixer *x, const struct zone *z)
{
	struct ex_str name = z->was;
	size_t i, k;

	for (k = 2; ; k++) {
		for (i = 0; i < x->nzone; i++)
			if (ex_str_eq(x->zone[i].is, name))
				break;
		if (i == x->nzone)
			return name;
		name = ex_arena_fmt(x->a, "%.*s-%zu", EX_STR_ARG(z->was), k);
	}
}

/* The result's name for the zone that p of item names; absent: as it is. */
static struct ex_str
use_zone(struct mixer *x, const struct ex_item *item,
    const struct ex_prop *p)
{
	const struct ex_param *tzid = ex_prop_param(p, "tzid");
	struct zone z = { NULL, item, EX_STR_NONE, EX_STR_NONE, EX_STR_NONE };
	size_t i;

	if (tzid == NULL ||
	    (z.comp = find_zone(item, tzid->value[0])) == NULL)
		return EX_STR_NONE;
	for (i = 0; i < x->nzone; i++)
		if (x->zone[i].comp == z.comp)
			return x->zone[i].is;
	z.was = tzid->value[0];
	z.view = ex_canon_comp(x->canon, item, z.comp, x->a);
	for (i = 0; i < x->nzone; i++)
		if (ex_str_eq(x->zone[i].was, z.was) &&
		    ex_str_eq(x->zone[i].view, z.view))
			return x->zone[i].is;
	z.is = zone_name(x, &z);
	x->zone = ex_arena_grow(x->a, x->zone, x->nzone, sizeof(z));
	x->zone[x->nzone++] = z;
	return z.is;
}

static struct ex_prop *
with_zone(struct mixer *x, const struct ex_item *item,
    const struct ex_prop *p)
{
	struct ex_str name = use_zone(x, item, p);

	if (name.p == NULL ||
	    ex_str_eq(name, ex_prop_param(p, "tzid")->value[0]))
		return (struct ex_prop *)p;
	return with_param(x, p, "tzid", name);
}

/* The zones that a component names in it; they keep their names. */
static void
use_zones(struct mixer *x, const struct ex_item *item,
    const struct ex_comp *c, unsigned depth)
{
	size_t i;

	for (i = 0; i < c->nprop; i++)
		use_zone(x, item, c->prop[i]);
	for (i = 0; depth < 8 && i < c->ncomp; i++)
		use_zones(x, item, c->comp[i], depth + 1);
}

static void
put_prop(struct mixer *x, struct ex_prop *p)
{
	ex_comp_add_prop(x->a, x->to, p);
	x->last = NULL;
}

static bool
same_params(const struct ex_prop *p, const struct ex_prop *q)
{
	size_t i, k;

	if (p->nparam != q->nparam || !ex_str_eq(p->name, q->name) ||
	    !ex_str_eq(p->type, q->type))
		return false;
	for (i = 0; i < p->nparam; i++) {
		if (!ex_str_eq(p->param[i].name, q->param[i].name) ||
		    p->param[i].nvalue != q->param[i].nvalue)
			return false;
		for (k = 0; k < p->param[i].nvalue; k++)
			if (!ex_str_eq(p->param[i].value[k],
			    q->param[i].value[k]))
				return false;
	}
	return true;
}

static struct ex_json *
one_value(struct mixer *x, const struct ex_json *value)
{
	struct ex_json *v = ex_arena_alloc(x->a, sizeof(*v));

	*v = *value;
	v->next = NULL;
	return v;
}

/* One value of p: behind the values before it, if they are alike. */
static void
put_value(struct mixer *x, const struct ex_prop *p,
    const struct ex_json *value)
{
	struct ex_json *v = one_value(x, value);
	struct ex_prop *copy;

	if (x->last != NULL && same_params(x->last, p)) {
		x->tail = x->tail->next = v;
		return;
	}
	copy = ex_prop_new(x->a, p->name, p->type, v);
	copy->param = p->param;
	copy->nparam = p->nparam;
	put_prop(x, copy);
	x->last = copy;
	x->tail = v;
}

/*
 * A property of a group, under the group's new name, with what else is in
 * the group and belongs to it (once).
 */
static void
put_grouped(struct mixer *x, const struct ex_member *m,
    const struct ex_prop *p, const struct ex_json *value,
    struct ex_label *l)
{
	struct ex_prop *copy;
	size_t i;
	bool first = l->owner != x->to;

	if (first) {
		l->owner = x->to;
		l->is = ex_arena_fmt(x->a, "item%zu", ++x->nlabel);
	}
	copy = with_param(x, p, "group", l->is);
	if (value != NULL)
		copy->value = one_value(x, value);
	put_prop(x, copy);
	for (i = 0; first && i < l->nmate; i++)
		put_prop(x, with_param(x, with_zone(x, m->home->flat->item,
		    l->mate[i]), "group", l->is));
}

static void
put_part(struct mixer *x, const struct ex_member *m, const struct ex_view *v)
{
	const struct ex_prop *p = with_zone(x, m->home->flat->item, v->prop);
	struct ex_label *l = ex_flat_label(m->home, p);

	if (l != NULL)
		put_grouped(x, m, p, v->value, l);
	else if (v->value != NULL)
		put_value(x, p, v->value);
	else
		put_prop(x, (struct ex_prop *)p);
}

static void
put_member(struct mixer *x, const struct ex_member *m)
{
	size_t i;

	if (m->whole != NULL) {
		use_zones(x, m->home->flat->item, m->whole, 0);
		ex_comp_add_comp(x->a, x->to, (struct ex_comp *)m->whole);
		return;
	}
	for (i = 0; i < m->npart; i++)
		put_part(x, m, &m->part[i]);
}

/* Is the field what home has there itself? */
static bool
own(const struct ex_edit *e, const struct ex_flat_comp *home)
{
	struct ex_range r = ex_flat_field(home->flat, e->comp, e->name);
	size_t i;

	if (r.n != e->n)
		return false;
	for (i = 0; i < e->n; i++)
		if (e->m[i] < r.m || e->m[i] >= r.m + r.n)
			return false;
	return true;
}

static int
by_field(const void *key, const void *elem)
{
	const struct ex_str *name = key;

	return ex_str_cmp(*name, ((const struct ex_edit *)elem)->name);
}

/* Copy from home what no edit replaces. */
static void
put_home(struct mixer *x, const struct ex_flat_comp *home,
    const struct ex_edit *e, size_t n)
{
	const struct ex_comp *c = home->comp;
	struct ex_str name;
	size_t i;

	for (i = 0; i < c->nprop; i++) {
		name = ex_field_of(c->name, c->prop[i]->name);
		if (n > 0 && bsearch(&name, e, n, sizeof(*e), by_field))
			continue;
		if (x->regroup && ex_flat_label(home, c->prop[i]) != NULL &&
		    !ex_canon_volatile(c->prop[i]->name))
			continue;
		put_prop(x, with_zone(x, home->flat->item, c->prop[i]));
	}
	for (i = 0; i < c->ncomp; i++) {
		name = ex_arena_fmt(x->a, "/%.*s",
		    EX_STR_ARG(c->comp[i]->name));
		if (ex_str_is(c->comp[i]->name, "vtimezone") ||
		    ex_flat_is_part(home->flat->item, c->comp[i]) ||
		    (n > 0 && bsearch(&name, e, n, sizeof(*e), by_field)))
			continue;
		use_zones(x, home->flat->item, c->comp[i], 0);
		ex_comp_add_comp(x->a, x->to, c->comp[i]);
	}
}

/* The grouped members of fields that are not edited: written anew, too. */
static void
put_regrouped(struct mixer *x, const struct ex_flat_comp *home,
    const struct ex_edit *e, size_t n)
{
	const struct ex_member *m;
	size_t i, k;

	for (i = 0; x->regroup && i < home->nmember; i++) {
		m = &home->member[i];
		if (n > 0 && bsearch(&m->name, e, n, sizeof(*e), by_field))
			continue;
		for (k = 0; k < m->npart; k++)
			if (ex_flat_label(home, m->part[k].prop) != NULL)
				put_part(x, m, &m->part[k]);
	}
}

static bool
is_grouped(const struct ex_edit *e, const struct ex_flat_comp *home)
{
	size_t i;

	if (home->nlabel > 0)
		return true;
	for (i = 0; i < e->n; i++)
		if (e->m[i]->home->nlabel > 0)
			return true;
	return false;
}

static struct ex_comp *
mix_comp(struct mixer *x, const struct ex_flat_comp *home)
{
	const struct ex_mix *mix = x->mix;
	const struct ex_member **m;
	struct ex_edit *e;
	size_t i, k, n = 0;

	x->to = ex_comp_new(x->a, home->comp->name);
	x->regroup = false;
	while (x->at < mix->nedit &&
	    ex_str_cmp(mix->edit[x->at].comp, home->key) < 0)
		x->at++;
	for (i = x->at; i < mix->nedit &&
	    ex_str_eq(mix->edit[i].comp, home->key); i++)
		;
	e = ex_arena_array(x->a, i - x->at, sizeof(*e));
	for (; x->at < mix->nedit &&
	    ex_str_eq(mix->edit[x->at].comp, home->key); x->at++)
		if (!own(&mix->edit[x->at], home)) {
			e[n++] = mix->edit[x->at];
			x->regroup |= is_grouped(&mix->edit[x->at], home);
		}
	put_home(x, home, e, n);
	for (i = 0; i < n; i++) {
		m = in_order(x, &e[i]);
		for (k = 0; k < e[i].n; k++)
			put_member(x, m[k]);
		x->last = NULL;
	}
	put_regrouped(x, home, e, n);
	return x->to;
}

static struct ex_comp *
zone_comp(struct mixer *x, const struct zone *z)
{
	struct ex_comp *c;
	size_t i;

	if (ex_str_eq(z->was, z->is))
		return (struct ex_comp *)z->comp;
	c = ex_comp_new(x->a, z->comp->name);
	c->comp = z->comp->comp;
	c->ncomp = z->comp->ncomp;
	for (i = 0; i < z->comp->nprop; i++)
		ex_comp_add_prop(x->a, c,
		    !ex_str_is(z->comp->prop[i]->name, "tzid") ?
		    z->comp->prop[i] : ex_prop_new(x->a, EX_STR("tzid"),
		    z->comp->prop[i]->type, ex_json_text(x->a, z->is)));
	return c;
}

struct ex_item *
ex_mix_item(struct ex_canon *c, struct ex_arena *a, struct ex_mix *mix)
{
	struct mixer x = { .canon = c, .a = a, .mix = mix };
	struct ex_item *item;
	struct ex_comp *root = NULL, *part;
	size_t i;

	mix->made = ex_arena_array(a, mix->ncomp, sizeof(struct ex_comp *));
	for (i = 0; i < mix->ncomp; i++) {
		part = mix->made[i] = mix_comp(&x, mix->comp[i]);
		if (i == 0)
			root = part;
		else
			ex_comp_add_comp(a, root, part);
	}
	if (root == NULL)
		return NULL;
	for (i = 0; i < x.nzone; i++)
		ex_comp_add_comp(a, root, zone_comp(&x, &x.zone[i]));
	item = ex_arena_alloc(a, sizeof(*item));
	*item = *mix->comp[0]->flat->item;
	item->root = root;
	ex_item_sort(item, a);
	return item;
}
