/*
 * memberfind.c: looking into flat items
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/json.h>
#include <ex/member.h>

const struct ex_flat_comp *
ex_flat_comp(const struct ex_flat *f, struct ex_str key)
{
	size_t lo = 0, n = f->ncomp, mid;
	int d;

	while (n > 0) {
		mid = lo + n / 2;
		if ((d = ex_str_cmp(key, f->comp[mid].key)) == 0)
			return &f->comp[mid];
		if (d > 0) {
			lo = mid + 1;
			n -= n / 2 + 1;
		} else {
			n /= 2;
		}
	}
	return NULL;
}

/* The first member of a component that is not before name and key. */
static size_t
lower(const struct ex_flat_comp *c, struct ex_str name, struct ex_str key)
{
	size_t lo = 0, n = c->nmember, mid;
	int d;

	while (n > 0) {
		mid = lo + n / 2;
		d = ex_str_cmp(c->member[mid].name, name);
		if (d == 0)
			d = ex_str_cmp(c->member[mid].key, key);
		if (d < 0) {
			lo = mid + 1;
			n -= n / 2 + 1;
		} else {
			n /= 2;
		}
	}
	return lo;
}

struct ex_range
ex_flat_field(const struct ex_flat *f, struct ex_str comp,
    struct ex_str name)
{
	const struct ex_flat_comp *c = ex_flat_comp(f, comp);
	struct ex_range r = { NULL, 0 };
	size_t i;

	if (c == NULL)
		return r;
	i = lower(c, name, EX_STR_NONE);
	r.m = c->member + i;
	while (i + r.n < c->nmember && ex_str_eq(r.m[r.n].name, name))
		r.n++;
	return r;
}

struct ex_member *
ex_flat_find(const struct ex_flat *f, struct ex_str comp,
    struct ex_str name, struct ex_str key)
{
	const struct ex_flat_comp *c = ex_flat_comp(f, comp);
	size_t i;

	if (c == NULL)
		return NULL;
	i = lower(c, name, key);
	if (i == c->nmember || !ex_str_eq(c->member[i].name, name) ||
	    !ex_str_eq(c->member[i].key, key))
		return NULL;
	return &c->member[i];
}

/* A field that is a set here is one in all the others, too. */
static size_t
spread(struct ex_flat *const *flat, size_t n, const struct ex_member *many)
{
	struct ex_range r;
	size_t i, changed = 0;

	for (i = 0; i < n; i++) {
		r = ex_flat_field(flat[i], many->comp, many->name);
		if (r.n != 1 || r.m->key.n > 0)
			continue;
		r.m->key = r.m->rest;
		r.m->rest = EX_STR("");
		changed++;
	}
	return changed;
}

size_t
ex_flat_level(struct ex_flat *const *flat, size_t n)
{
	const struct ex_member *m;
	size_t i, k, changed = 0;

	for (i = 0; i < n; i++)
		for (k = 0; k < flat[i]->nmember; k++) {
			m = &flat[i]->member[k];
			if (m->kind == EX_FIELD_OTHER && m->key.n > 0 &&
			    (k == 0 || ex_member_cmp_field(m - 1, m) != 0))
				changed += spread(flat, n, m);
		}
	return changed;
}

/* Where a part stands: its property, and which of its values it is. */
struct spot {
	const struct ex_prop *prop;
	const struct ex_json *value;
	struct ex_member *m;
};

static int
by_address(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;
	uintptr_t p = (uintptr_t)x->prop, q = (uintptr_t)y->prop;

	if (p == q) {
		p = (uintptr_t)x->value;
		q = (uintptr_t)y->value;
	}
	return p < q ? -1 : p > q;
}

static void
visit(const struct spot *v, size_t n, const struct ex_prop *prop,
    const struct ex_json *value, size_t *next)
{
	struct spot key = { prop, value, NULL };
	const struct spot *s;

	s = bsearch(&key, v, n, sizeof(*v), by_address);
	if (s != NULL && s->m->order == SIZE_MAX)
		s->m->order = (*next)++;
}

void
ex_flat_order(struct ex_range field, struct ex_arena *a)
{
	const struct ex_comp *c;
	const struct ex_json *value;
	struct spot *v;
	size_t i, k, n = 0, next = 0;

	if (field.n == 0 || field.m[0].whole != NULL)
		return;
	for (i = 0; i < field.n; i++)
		n += field.m[i].npart;
	v = ex_arena_array(a, n, sizeof(*v));
	for (i = n = 0; i < field.n; i++) {
		field.m[i].order = SIZE_MAX;
		for (k = 0; k < field.m[i].npart; k++, n++) {
			v[n].prop = field.m[i].part[k].prop;
			v[n].value = field.m[i].part[k].value;
			v[n].m = &field.m[i];
		}
	}
	qsort(v, n, sizeof(*v), by_address);
	c = field.m[0].home->comp;
	for (i = 0; i < c->nprop; i++) {
		if (!ex_str_eq(ex_field_of(c->name, c->prop[i]->name),
		    field.m[0].name))
			continue;
		visit(v, n, c->prop[i], NULL, &next);
		for (value = c->prop[i]->value; value != NULL;
		    value = value->next)
			visit(v, n, c->prop[i], value, &next);
	}
}

static int
by_view(const void *a, const void *b)
{
	return ex_str_cmp(((const struct ex_view *)a)->view,
	    ((const struct ex_view *)b)->view);
}

struct ex_member *
ex_member_group(const struct ex_member *like, const struct ex_view *part,
    size_t npart, struct ex_arena *a)
{
	struct ex_member *m = ex_arena_alloc(a, sizeof(*m));
	struct ex_view *v = ex_arena_array(a, npart, sizeof(*v));
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	*m = *like;
	memcpy(v, part, npart * sizeof(*v));
	qsort(v, npart, sizeof(*v), by_view);
	for (i = 0; i < npart; i++)
		ex_buf_str(&b, v[i].view);
	m->part = v;
	m->npart = npart;
	m->rest = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return m;
}
