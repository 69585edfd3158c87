/*
 * item.c: the model: its parts made, found and put in order
 *
 * Arrays that grow have room for the next power of two of members, as
 * ex_arena_grow() wants it; whoever makes one at once (itemjson.c) keeps
 * to that.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/cap.h>
#include <ex/item.h>
#include <ex/json.h>

static const struct {
	enum ex_kind kind;
	const char *name, *comp;
} kinds[] = {
	{ EX_KIND_CONTACTS, "contacts", "vcard" },
	{ EX_KIND_EVENTS, "events", "vevent" },
	{ EX_KIND_TASKS, "tasks", "vtodo" },
	{ EX_KIND_JOURNALS, "journals", "vjournal" },
};
#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

const char *
ex_kind_name(enum ex_kind kind)
{
	size_t i;

	for (i = 0; i < NKINDS; i++)
		if (kinds[i].kind == kind)
			return kinds[i].name;
	return "none";
}

enum ex_kind
ex_kind_of(struct ex_str name)
{
	size_t i;

	for (i = 0; i < NKINDS; i++)
		if (ex_str_is(name, kinds[i].name))
			return kinds[i].kind;
	return EX_KIND_NONE;
}

enum ex_kind
ex_kind_of_comp(struct ex_str comp)
{
	size_t i;

	for (i = 0; i < NKINDS; i++)
		if (ex_str_is(comp, kinds[i].comp))
			return kinds[i].kind;
	return EX_KIND_NONE;
}

struct ex_comp *
ex_comp_new(struct ex_arena *a, struct ex_str name)
{
	struct ex_comp *c = ex_arena_alloc(a, sizeof(*c));

	c->name = name;
	return c;
}

struct ex_prop *
ex_prop_new(struct ex_arena *a, struct ex_str name, struct ex_str type,
    struct ex_json *value)
{
	struct ex_prop *p = ex_arena_alloc(a, sizeof(*p));

	p->name = name;
	p->type = type;
	p->value = value;
	return p;
}

void
ex_comp_add_prop(struct ex_arena *a, struct ex_comp *c, struct ex_prop *p)
{
	c->prop = ex_arena_grow(a, c->prop, c->nprop,
	    sizeof(struct ex_prop *));
	c->prop[c->nprop++] = p;
}

void
ex_comp_add_comp(struct ex_arena *a, struct ex_comp *c,
    struct ex_comp *child)
{
	c->comp = ex_arena_grow(a, c->comp, c->ncomp,
	    sizeof(struct ex_comp *));
	c->comp[c->ncomp++] = child;
}

void
ex_prop_add_param(struct ex_arena *a, struct ex_prop *p, struct ex_str name,
    const struct ex_str *value, size_t nvalue)
{
	struct ex_param *param;

	p->param = ex_arena_grow(a, p->param, p->nparam, sizeof(*param));
	param = &p->param[p->nparam++];
	param->name = name;
	param->nvalue = nvalue;
	param->value = ex_arena_array(a, nvalue, sizeof(*value));
	if (nvalue > 0)
		memcpy(param->value, value, nvalue * sizeof(*value));
}

struct ex_prop *
ex_comp_prop(const struct ex_comp *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nprop; i++)
		if (ex_str_is(c->prop[i]->name, name))
			return c->prop[i];
	return NULL;
}

const struct ex_param *
ex_prop_param(const struct ex_prop *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nparam; i++)
		if (ex_str_is(p->param[i].name, name))
			return &p->param[i];
	return NULL;
}

struct ex_str
ex_prop_text(const struct ex_prop *p)
{
	if (p == NULL || p->value == NULL ||
	    p->value->type != EX_JSON_STRING)
		return EX_STR_NONE;
	return p->value->text;
}

/* An order of what the pointers point to. */
typedef int order(const void *a, const void *b);

/* Merge from[lo..mid) and from[mid..hi) to to[lo..hi). */
static void
merge_runs(void *const *from, void **to, size_t lo, size_t mid, size_t hi,
    order *cmp)
{
	size_t i = lo, k = mid, n;

	for (n = lo; n < hi; n++)
		if (k == hi || (i < mid && cmp(from[i], from[k]) <= 0))
			to[n] = from[i++];
		else
			to[n] = from[k++];
}

/* Up to so many are sorted in place. */
enum { FEW = 64 };

static void
sort_few(void *v, size_t n, order *cmp)
{
	void **p = v, *x;
	size_t i, lo, hi, mid;

	for (i = 1; i < n; i++) {
		x = p[i];
		if (cmp(p[i - 1], x) <= 0)
			continue;
		for (lo = 0, hi = i - 1; lo < hi; ) {
			mid = lo + (hi - lo) / 2;
			if (cmp(p[mid], x) <= 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		memmove(p + lo + 1, p + lo, (i - lo) * sizeof(*p));
		p[lo] = x;
	}
}

/* Sort n pointers; v is an array of pointers of any one type. */
static void
sort_many(void *v, size_t n, struct ex_arena *a, order *cmp)
{
	void **from = ex_arena_array(a, n, sizeof(void *));
	void **to = ex_arena_array(a, n, sizeof(void *)), **swap;
	size_t width, lo, mid, hi;

	memcpy(from, v, n * sizeof(void *));
	for (width = 1; width < n; width *= 2) {
		for (lo = 0; lo < n; lo = hi) {
			mid = n - lo > width ? lo + width : n;
			hi = n - mid > width ? mid + width : n;
			merge_runs(from, to, lo, mid, hi, cmp);
		}
		swap = from;
		from = to;
		to = swap;
	}
	memcpy(v, from, n * sizeof(void *));
}

static void
sort_stable(void *v, size_t n, struct ex_arena *a, order *cmp)
{
	if (n <= FEW)
		sort_few(v, n, cmp);
	else
		sort_many(v, n, a, cmp);
}

static bool
is_version(struct ex_str name)
{
	return name.n == 7 && name.p[0] == 'v' &&
	    memcmp(name.p, "version", 7) == 0;
}

/* Asked often: names that the codecs know are shared, most differ soon. */
static int
by_prop_name(const void *a, const void *b)
{
	const struct ex_prop *x = a, *y = b;
	unsigned char cx, cy;
	bool xv, yv;

	if (x->name.p == y->name.p && x->name.n == y->name.n)
		return 0;
	cx = x->name.n > 0 ? (unsigned char)x->name.p[0] : 0;
	cy = y->name.n > 0 ? (unsigned char)y->name.p[0] : 0;
	if (cx == 'v' || cy == 'v') {
		xv = is_version(x->name);
		yv = is_version(y->name);
		if (xv || yv)
			return yv - xv;
	}
	if (cx != cy)
		return cx < cy ? -1 : 1;
	return ex_str_cmp(x->name, y->name);
}

static int
by_param_name(const void *a, const void *b)
{
	const struct ex_param *x = a, *y = b;

	return ex_str_cmp(x->name, y->name);
}

/* VTIMEZONEs by TZID, the master, overrides by RECURRENCE-ID, the rest. */
static int
rank_of(const struct ex_comp *c)
{
	if (ex_str_is(c->name, "vtimezone"))
		return 0;
	return ex_kind_of_comp(c->name) != EX_KIND_NONE ? 1 : 2;
}

static int
by_comp(const void *a, const void *b)
{
	static const char *const key[] = { "tzid", "recurrence-id" };
	const struct ex_comp *x = a, *y = b;
	int rank = rank_of(x);

	if (rank != rank_of(y))
		return rank - rank_of(y);
	if (rank == 2)
		return 0;
	return ex_str_cmp(ex_prop_text(ex_comp_prop(x, key[rank])),
	    ex_prop_text(ex_comp_prop(y, key[rank])));
}

static void
sort_params(struct ex_prop *p, struct ex_arena *a)
{
	struct ex_param *sorted;
	void **v;
	size_t i;

	for (i = 1; i < p->nparam; i++)
		if (by_param_name(&p->param[i - 1], &p->param[i]) > 0)
			break;
	if (i >= p->nparam)
		return;
	v = ex_arena_array(a, p->nparam, sizeof(*v));
	sorted = ex_arena_array(a, p->nparam, sizeof(*sorted));
	for (i = 0; i < p->nparam; i++)
		v[i] = &p->param[i];
	sort_stable(v, p->nparam, a, by_param_name);
	for (i = 0; i < p->nparam; i++)
		sorted[i] = *(struct ex_param *)v[i];
	memcpy(p->param, sorted, p->nparam * sizeof(*sorted));
}

/* Big end first, so that numbers order as bytes do. */
static uint32_t
four(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* The first eight bytes of a name; nearly all names differ in them. */
static uint64_t
name_key(struct ex_str s)
{
	uint32_t low = 0;
	size_t i;

	if (s.n >= 8)
		return (uint64_t)four(s.p) << 32 | four(s.p + 4);
	if (is_version(s))
		return 0;
	if (s.n > 4)
		low = four(s.p + s.n - 4) << 8 * (8 - s.n);
	if (s.n >= 4)
		return (uint64_t)four(s.p) << 32 | low;
	for (i = 0; i < s.n; i++)
		low |= (uint32_t)(unsigned char)s.p[i] << (24 - 8 * i);
	return (uint64_t)low << 32;
}

static void
sort_few_props(struct ex_prop **v, size_t n)
{
	struct {
		uint64_t key;
		struct ex_prop *p;
	} by[FEW], x;
	size_t i, k;

	for (i = 0; i < n; i++) {
		x.key = name_key(v[i]->name);
		x.p = v[i];
		for (k = i; k > 0 && (by[k - 1].key > x.key ||
		    (by[k - 1].key == x.key &&
		    by_prop_name(by[k - 1].p, x.p) > 0)); k--)
			by[k] = by[k - 1];
		by[k] = x;
	}
	for (i = 0; i < n; i++)
		v[i] = by[i].p;
}

static void
sort_props(struct ex_comp *c, struct ex_arena *a)
{
	size_t i;

	for (i = 0; i < c->nprop; i++)
		if (c->prop[i]->nparam > 1)
			sort_params(c->prop[i], a);
	if (c->nprop <= FEW) {
		sort_few_props(c->prop, c->nprop);
		return;
	}
	for (i = 1; i < c->nprop; i++)
		if (by_prop_name(c->prop[i - 1], c->prop[i]) > 0)
			break;
	if (i < c->nprop)
		sort_many(c->prop, c->nprop, a, by_prop_name);
}

static void
sort_comp(struct ex_comp *c, struct ex_arena *a, unsigned depth)
{
	size_t i;

	sort_props(c, a);
	if (depth == EX_CAP_NESTING)
		return;
	for (i = 0; i < c->ncomp; i++)
		sort_comp(c->comp[i], a, depth + 1);
}

void
ex_item_sort(struct ex_item *item, struct ex_arena *a)
{
	struct ex_comp *root = item->root;
	size_t i;

	sort_comp(root, a, 0);
	for (i = 1; i < root->ncomp; i++)
		if (by_comp(root->comp[i - 1], root->comp[i]) > 0)
			break;
	if (i < root->ncomp)
		sort_stable(root->comp, root->ncomp, a, by_comp);
}

/* Does a UID in this component of the root name the item? */
static bool
bears_uid(const struct ex_comp *c)
{
	return ex_kind_of_comp(c->name) != EX_KIND_NONE ||
	    (!ex_str_is(c->name, "vtimezone") &&
	    ex_comp_prop(c, "uid") != NULL);
}

/* RFC 6350 6.7.6: a URI unless it says text; RFC 5545: always text. */
static struct ex_str
uid_type(const struct ex_comp *c, const struct ex_prop *old,
    struct ex_str uid)
{
	bool uri = ex_str_starts(uid, "urn:");

	if (old != NULL && (uri || !ex_str_is(old->type, "uri")))
		return old->type;
	return uri && ex_str_is(c->name, "vcard") ? EX_STR("uri") :
	    EX_STR("text");
}

static struct ex_prop *
uid_prop(const struct ex_comp *c, const struct ex_prop *old,
    struct ex_str uid, struct ex_arena *a)
{
	struct ex_prop *p = ex_prop_new(a, EX_STR("uid"),
	    uid_type(c, old, uid), ex_json_text(a, uid));

	if (old != NULL) {
		p->param = old->param;
		p->nparam = old->nparam;
	}
	return p;
}

/* A copy of c that has this UID once, in its place; absent: none. */
static struct ex_comp *
comp_with_uid(const struct ex_comp *c, struct ex_str uid, struct ex_arena *a)
{
	struct ex_comp *copy = ex_comp_new(a, c->name);
	struct ex_prop *p = uid_prop(c, ex_comp_prop(c, "uid"), uid, a);
	bool done = uid.p == NULL;
	size_t i;

	copy->comp = c->comp;
	copy->ncomp = c->ncomp;
	for (i = 0; i < c->nprop; i++) {
		if (!done && by_prop_name(p, c->prop[i]) <= 0) {
			ex_comp_add_prop(a, copy, p);
			done = true;
		}
		if (!ex_str_is(c->prop[i]->name, "uid"))
			ex_comp_add_prop(a, copy, c->prop[i]);
	}
	if (!done)
		ex_comp_add_prop(a, copy, p);
	return copy;
}

struct ex_item
ex_item_with_uid(const struct ex_item *item, struct ex_str uid,
    struct ex_arena *a)
{
	struct ex_item out = *item;
	const struct ex_comp *root = item->root;
	struct ex_comp *copy;
	size_t i;

	out.uid = ex_arena_str(a, uid);
	if (ex_str_is(root->name, "vcard")) {
		out.root = comp_with_uid(root, out.uid, a);
		return out;
	}
	copy = ex_comp_new(a, root->name);
	copy->prop = root->prop;
	copy->nprop = root->nprop;
	for (i = 0; i < root->ncomp; i++)
		ex_comp_add_comp(a, copy, bears_uid(root->comp[i]) ?
		    comp_with_uid(root->comp[i], out.uid, a) :
		    root->comp[i]);
	out.root = copy;
	return out;
}

struct ex_str
ex_item_title(const struct ex_item *item)
{
	const struct ex_comp *root = item->root;
	struct ex_str s;
	size_t i;

	s = ex_prop_text(ex_comp_prop(root, "fn"));
	for (i = 0; s.n == 0 && i < root->ncomp; i++)
		if (ex_kind_of_comp(root->comp[i]->name) != EX_KIND_NONE)
			s = ex_prop_text(ex_comp_prop(root->comp[i],
			    "summary"));
	return s.n > 0 ? s : EX_STR("(no title)");
}
