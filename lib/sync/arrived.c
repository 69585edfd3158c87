/*
 * arrived.c: what of an item that was sent is really there (ring.md 2)
 *
 * After a write whose answer was lost: less() takes out of what was sent
 * what the folder now lacks; ours() takes into an older version what the
 * folder now has as it was sent.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/canon.h>
#include <ex/change.h>
#include <ex/delta.h>
#include <ex/member.h>

static void
push_edit(struct ex_arena *a, struct ex_mix *mix, struct ex_edit e)
{
	mix->edit = ex_arena_grow(a, mix->edit, mix->nedit, sizeof(e));
	mix->edit[mix->nedit++] = e;
}

static void
push_comp(struct ex_arena *a, struct ex_mix *mix,
    const struct ex_flat_comp *c)
{
	mix->comp = ex_arena_grow(a, mix->comp, mix->ncomp,
	    sizeof(struct ex_flat_comp *));
	mix->comp[mix->ncomp++] = c;
}

/* The parts of a group whose properties now has, too. */
static const struct ex_member *
group_less(struct ex_arena *a, const struct ex_member *m,
    const struct ex_member *now)
{
	struct ex_view *part = ex_arena_array(a, m->npart, sizeof(*part));
	size_t i, k, n = 0;

	for (i = 0; now != NULL && i < m->npart; i++) {
		for (k = 0; k < now->npart; k++)
			if (ex_str_eq(now->part[k].prop->name,
			    m->part[i].prop->name))
				break;
		if (k < now->npart)
			part[n++] = m->part[i];
	}
	if (n == m->npart)
		return m;
	return n > 0 ? ex_member_group(m, part, n, a) : NULL;
}

/* A field of sent less the members that now lacks. */
static struct ex_edit
field_less(struct ex_arena *a, struct ex_range r, const struct ex_flat *now)
{
	struct ex_edit e = { r.m[0].comp, r.m[0].name, NULL, 0 };
	const struct ex_member *m;
	size_t i;

	e.m = ex_arena_array(a, r.n, sizeof(struct ex_member *));
	for (i = 0; i < r.n; i++) {
		m = ex_flat_find(now, r.m[i].comp, r.m[i].name, r.m[i].key);
		if (r.m[i].kind == EX_FIELD_GROUP)
			m = group_less(a, &r.m[i], m);
		else if (m != NULL)
			m = &r.m[i];
		if (m != NULL)
			e.m[e.n++] = m;
	}
	return e;
}

const struct ex_item *
ex_delta_less(struct ex_canon *c, struct ex_arena *a,
    const struct ex_item *sent, const struct ex_item *now)
{
	struct ex_mix mix = { 0 };
	struct ex_flat *f[2];
	struct ex_range r;
	size_t i, k;

	f[0] = ex_flat_make(c, a, sent);
	f[1] = ex_flat_make(c, a, now);
	f[1]->rank = 1;
	ex_flat_level(f, 2);
	mix.start = f[0];
	for (i = 0; i < f[0]->ncomp; i++)
		if (ex_flat_comp(f[1], f[0]->comp[i].key) != NULL)
			push_comp(a, &mix, &f[0]->comp[i]);
	for (i = 0; i < f[0]->nmember; i += r.n) {
		r.m = &f[0]->member[i];
		for (k = i + 1; k < f[0]->nmember &&
		    ex_member_cmp_field(r.m, &f[0]->member[k]) == 0; k++)
			;
		r.n = k - i;
		push_edit(a, &mix, field_less(a, r, f[1]));
	}
	return ex_mix_item(c, a, &mix);
}

enum { OLD, SHADOW, SENT, NOW, NVERSIONS };

/* Is a field with one value in now what was sent (both may lack it)? */
static bool
same(const struct ex_member *m, const struct ex_member *o)
{
	if (m == NULL || o == NULL)
		return m == o;
	return ex_str_eq(m->rest, o->rest);
}

/* Was this member of a set sent by us, as an add or a remove? */
static bool
we_sent(const struct ex_member *shadow, const struct ex_member *sent)
{
	return !same(shadow, sent);
}

static void
find_key(struct ex_flat *const *f, const struct ex_member *at,
    const struct ex_member *v[NVERSIONS])
{
	size_t i;

	for (i = 0; i < NVERSIONS; i++)
		v[i] = ex_flat_find(f[i], at->comp, at->name, at->key);
}

/*
 * One key of a field: of old, or what was sent if now shows it.  A value
 * counts if it is there as sent, a member of a set only if we changed it.
 */
static const struct ex_member *
key_ours(struct ex_flat *const *f, const struct ex_member *at, bool removes,
    bool *took)
{
	const struct ex_member *v[NVERSIONS];

	find_key(f, at, v);
	if (same(v[NOW], v[SENT]) && !same(v[OLD], v[SENT]) &&
	    (at->key.n == 0 || (we_sent(v[SHADOW], v[SENT]) &&
	    (removes || v[SENT] != NULL)))) {
		*took = true;
		return v[SENT];
	}
	return v[OLD];
}

/* The least member of the three from which the next key is taken. */
static const struct ex_member *
next_key(struct ex_flat *const *f, size_t at[NVERSIONS])
{
	const struct ex_member *m, *least = NULL;
	size_t i;

	for (i = 0; i < NVERSIONS; i++) {
		if (at[i] == f[i]->nmember)
			continue;
		m = &f[i]->member[at[i]];
		if (least == NULL || ex_member_cmp(m, least) < 0)
			least = m;
	}
	for (i = 0; least != NULL && i < NVERSIONS; i++)
		if (at[i] < f[i]->nmember &&
		    ex_member_cmp(&f[i]->member[at[i]], least) == 0)
			at[i]++;
	return least;
}

/*
 * Do removes that now shows say that they are ours?  Not where we sent adds,
 * too, and none of them is there: a user may have replaced what we were to
 * replace, and that is a conflict.
 */
static bool
removes_count(struct ex_flat *const *f, const struct ex_member *first,
    const size_t after[NVERSIONS])
{
	const struct ex_member *v[NVERSIONS], *key = first;
	size_t at[NVERSIONS];
	bool adds = false;

	memcpy(at, after, sizeof(at));
	for (; key != NULL && ex_member_cmp_field(key, first) == 0;
	    key = next_key(f, at)) {
		find_key(f, key, v);
		if (v[SENT] == NULL || !we_sent(v[SHADOW], v[SENT]))
			continue;
		if (same(v[NOW], v[SENT]))
			return true;
		adds = true;
	}
	return !adds;
}

static void
ours_fields(struct ex_arena *a, struct ex_flat *const *f, struct ex_mix *mix)
{
	size_t at[NVERSIONS] = { 0 };
	const struct ex_member *m, *key = next_key(f, at), *first;
	struct ex_edit e;
	bool took, removes;

	while (key != NULL) {
		first = key;
		took = false;
		removes = removes_count(f, first, at);
		e = (struct ex_edit){ key->comp, key->name, NULL, 0 };
		for (; key != NULL && ex_member_cmp_field(key, first) == 0;
		    key = next_key(f, at)) {
			if ((m = key_ours(f, key, removes, &took)) == NULL)
				continue;
			e.m = ex_arena_grow(a, e.m, e.n,
			    sizeof(struct ex_member *));
			e.m[e.n++] = m;
		}
		/* A component that only we sent brings nothing by itself. */
		if (took || ex_flat_comp(f[OLD], first->comp) == NULL)
			push_edit(a, mix, e);
	}
}

/* Components likewise: there if old has it, or sent and now have it. */
static void
ours_comps(struct ex_arena *a, struct ex_flat *const *f, struct ex_mix *mix)
{
	const struct ex_flat_comp *c;
	size_t i = 0, k = 0;
	int cmp;

	while (i < f[OLD]->ncomp || k < f[SENT]->ncomp) {
		cmp = i == f[OLD]->ncomp ? 1 : k == f[SENT]->ncomp ? -1 :
		    ex_str_cmp(f[OLD]->comp[i].key, f[SENT]->comp[k].key);
		c = cmp <= 0 ? &f[OLD]->comp[i] : &f[SENT]->comp[k];
		/* we took it out, and it is not there; or we put it in */
		if (cmp < 0 ? ex_flat_comp(f[NOW], c->key) != NULL ||
		    ex_flat_comp(f[SHADOW], c->key) == NULL : cmp == 0 ||
		    ex_flat_comp(f[NOW], c->key) != NULL)
			push_comp(a, mix, c);
		i += cmp <= 0;
		k += cmp >= 0;
	}
}

const struct ex_item *
ex_delta_ours(struct ex_canon *c, struct ex_arena *a,
    const struct ex_item *old, const struct ex_item *shadow,
    const struct ex_item *sent, const struct ex_item *now)
{
	const struct ex_item *item[NVERSIONS] = { old, shadow, sent, now };
	struct ex_flat *f[NVERSIONS];
	struct ex_mix mix = { 0 };
	unsigned i;

	for (i = 0; i < NVERSIONS; i++) {
		f[i] = ex_flat_make(c, a, item[i]);
		f[i]->rank = i;
	}
	ex_flat_level(f, NVERSIONS);
	mix.start = f[OLD];
	ours_fields(a, f, &mix);
	ours_comps(a, f, &mix);
	return ex_mix_item(c, a, &mix);
}
