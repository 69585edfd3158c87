/*
 * member.c: an item flattened into components, fields and members
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/json.h>
#include <ex/member.h>

static const struct {
	const char *prop, *field;
	bool card;
} groups[] = {
	{ "completed", "status", false },
	{ "dtend", "dtstart", false },
	{ "dtstart", "dtstart", false },
	{ "due", "dtstart", false },
	{ "duration", "dtstart", false },
	{ "exrule", "dtstart", false },
	{ "fn", "n", true },
	{ "n", "n", true },
	{ "percent-complete", "status", false },
	{ "rrule", "dtstart", false },
	{ "status", "status", false },
};
#define NGROUPS	(sizeof(groups) / sizeof(groups[0]))

static const struct {
	const char *prop;
	enum ex_field kind;
	bool card;
} sets[] = {
	{ "adr", EX_FIELD_SET, true },
	{ "attendee", EX_FIELD_KEYED, false },
	{ "categories", EX_FIELD_SET, true },
	{ "categories", EX_FIELD_SET, false },
	{ "email", EX_FIELD_KEYED, true },
	{ "exdate", EX_FIELD_SET, false },
	{ "impp", EX_FIELD_KEYED, true },
	{ "rdate", EX_FIELD_SET, false },
	{ "tel", EX_FIELD_KEYED, true },
	{ "url", EX_FIELD_KEYED, true },
};
#define NSETS	(sizeof(sets) / sizeof(sets[0]))

struct flattener {
	struct ex_canon *canon;
	struct ex_arena *a;
	const struct ex_item *item;
	struct ex_flat *flat;
	struct ex_member *m;	/* of the component at hand */
	size_t n;
};

/* A component at hand: its key needs its views. */
struct found {
	struct ex_flat_comp c;
	struct ex_view *view;
	size_t nview, place;
};

struct ex_str
ex_field_of(struct ex_str comp, struct ex_str prop)
{
	bool card = ex_str_is(comp, "vcard");
	size_t i;

	for (i = 0; i < NGROUPS; i++)
		if (groups[i].card == card &&
		    ex_str_is(prop, groups[i].prop))
			return ex_str_of(groups[i].field);
	return prop;
}

static enum ex_field
kind_of(struct ex_str comp, struct ex_str prop)
{
	bool card = ex_str_is(comp, "vcard");
	size_t i;

	for (i = 0; i < NGROUPS; i++)
		if (groups[i].card == card &&
		    ex_str_is(prop, groups[i].prop))
			return EX_FIELD_GROUP;
	for (i = 0; i < NSETS; i++)
		if (sets[i].card == card && ex_str_is(prop, sets[i].prop))
			return sets[i].kind;
	return EX_FIELD_OTHER;
}

int
ex_member_cmp_field(const struct ex_member *m, const struct ex_member *o)
{
	int d = ex_str_cmp(m->comp, o->comp);

	return d != 0 ? d : ex_str_cmp(m->name, o->name);
}

int
ex_member_cmp(const struct ex_member *m, const struct ex_member *o)
{
	int d = ex_member_cmp_field(m, o);

	return d != 0 ? d : ex_str_cmp(m->key, o->key);
}

/* By key; then by the value below, so that doubles of a key are in order. */
static int
by_member(const void *a, const void *b)
{
	const struct ex_member *m = a, *o = b;
	int d = ex_member_cmp(m, o);

	return d != 0 ? d : ex_str_cmp(m->rest, o->rest);
}

/* The end of the JSON value that begins at i of a view of ours. */
static size_t
json_end(struct ex_str s, size_t i)
{
	size_t depth = 0;
	bool quoted = false;

	for (; i < s.n; i++) {
		if (quoted) {
			if (s.p[i] == '\\')
				i++;
			else if (s.p[i] == '"')
				quoted = false;
			continue;
		}
		if (s.p[i] == '"')
			quoted = true;
		else if (s.p[i] == '[' || s.p[i] == '{')
			depth++;
		else if (s.p[i] == ',' && depth == 0)
			break;
		else if (s.p[i] == ']' || s.p[i] == '}')
			if (depth-- == 0)
				break;
	}
	return i < s.n ? i : s.n;
}

/* ["name",{params},value,"digest of its group"] into its last three. */
static void
split(struct ex_str view, struct ex_str *params, struct ex_str *value,
    struct ex_str *group)
{
	size_t name = json_end(view, 1), p, v;

	p = json_end(view, name + 1);
	v = json_end(view, p + 1);
	*params = (struct ex_str){ view.p + name + 1, p - name - 1 };
	*value = (struct ex_str){ view.p + p + 1, v - p - 1 };
	*group = (struct ex_str){ view.p + v, view.n - v - 1 };
}

static struct ex_str
join(struct ex_arena *a, struct ex_str s, struct ex_str t)
{
	char *p;

	if (t.n == 0)
		return s;
	p = ex_arena_bytes(a, s.n + t.n);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	memcpy(p + s.n, t.p, t.n);
	return (struct ex_str){ p, s.n + t.n };
}

static struct ex_member *
push(struct flattener *f, struct ex_str name, enum ex_field kind)
{
	struct ex_member *m;

	f->m = ex_arena_grow(f->a, f->m, f->n, sizeof(*f->m));
	m = &f->m[f->n++];
	memset(m, 0, sizeof(*m));
	m->name = name;
	m->kind = kind;
	m->key = m->rest = m->params = EX_STR("");
	return m;
}

static void
push_prop(struct flattener *f, const struct ex_comp *comp,
    const struct ex_view *v)
{
	enum ex_field kind = kind_of(comp->name, v->prop->name);
	struct ex_member *m = push(f, ex_field_of(comp->name, v->prop->name),
	    kind);
	struct ex_str value, group;

	m->part = v;
	m->npart = 1;
	split(v->view, &m->params, &value, &group);
	switch (kind) {
	case EX_FIELD_KEYED:
		m->key = value;
		m->rest = m->params = join(f->a, m->params, group);
		break;
	case EX_FIELD_SET:
		m->params = join(f->a, m->params, group);
		m->key = v->view;
		break;
	case EX_FIELD_GROUP:
		m->rest = v->view;
		break;
	case EX_FIELD_OTHER:
		m->key = v->view;
		break;
	}
}

/* TRIGGER and ACTION: which alarm it is where there is no UID. */
static struct ex_str
alarm_key(struct flattener *f, const struct ex_comp *alarm)
{
	struct ex_view *v;
	struct ex_str s = EX_STR("-");
	size_t i, n = ex_canon_members(f->canon, f->item, alarm, f->a, &v);

	for (i = 0; i < n; i++)
		if (ex_str_is(v[i].prop->name, "action") ||
		    ex_str_is(v[i].prop->name, "trigger"))
			s = join(f->a, s, v[i].view);
	return s;
}

static void
push_comp(struct flattener *f, const struct ex_comp *comp, size_t place)
{
	bool alarm = ex_str_is(comp->name, "valarm");
	struct ex_member *m = push(f, join(f->a, EX_STR("/"), comp->name),
	    alarm ? EX_FIELD_KEYED : EX_FIELD_SET);
	struct ex_str uid = ex_prop_text(ex_comp_prop(comp, "uid"));

	m->whole = comp;
	m->order = place;
	m->key = ex_canon_comp(f->canon, f->item, comp, f->a);
	if (!alarm)
		return;
	m->rest = m->key;
	m->alt = alarm_key(f, comp);
	m->key = uid.n > 0 ? join(f->a, EX_STR("+"), uid) : m->alt;
}

/* What stands beside the others of a group: X- properties, labels last. */
static int
group_rank(struct ex_str name)
{
	if (ex_str_is(name, "x-ablabel") || ex_str_is(name, "x-abadr"))
		return 2;
	return ex_str_starts(name, "x-");
}

static int
by_label(const void *a, const void *b)
{
	const struct ex_label *x = a, *y = b;
	int d = ex_str_cmp(x->group, y->group);

	return d != 0 ? d : x->rank - y->rank;
}

static struct ex_str
group_of(const struct ex_prop *p)
{
	const struct ex_param *g = ex_prop_param(p, "group");

	return g != NULL ? g->value[0] : EX_STR_NONE;
}

static int
by_group(const void *a, const void *b)
{
	return ex_str_cmp(((const struct ex_label *)a)->group,
	    ((const struct ex_label *)b)->group);
}

struct ex_label *
ex_flat_label(const struct ex_flat_comp *c, const struct ex_prop *p)
{
	struct ex_label key = { .group = EX_STR_NONE };

	if (c->nlabel == 0 || (key.group = group_of(p)).n == 0)
		return NULL;
	return bsearch(&key, c->label, c->nlabel, sizeof(key), by_group);
}

static bool
is_mate(const struct ex_flat_comp *c, const struct ex_prop *p)
{
	const struct ex_label *l = ex_flat_label(c, p);

	return l != NULL && group_rank(p->name) > l->rank;
}

/*
 * The groups of a card, with the least rank in each: what has a higher one
 * belongs to those that have it.
 */
static void
find_labels(struct flattener *f, struct ex_flat_comp *x)
{
	const struct ex_comp *c = x->comp;
	struct ex_label *v = NULL, *l;
	struct ex_str g;
	size_t i, k = 0, n = 0;

	for (i = 0; ex_str_is(c->name, "vcard") && i < c->nprop; i++) {
		if ((g = group_of(c->prop[i])).n == 0)
			continue;
		v = ex_arena_grow(f->a, v, n, sizeof(*v));
		memset(&v[n], 0, sizeof(*v));
		v[n].group = g;
		v[n++].rank = group_rank(c->prop[i]->name);
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), by_label);
	for (i = 0; i < n; i++)
		if (k == 0 || !ex_str_eq(v[k - 1].group, v[i].group))
			v[k++] = v[i];
	x->label = v;
	x->nlabel = k;
	for (i = 0; k > 0 && i < c->nprop; i++)
		if (is_mate(x, c->prop[i])) {
			l = ex_flat_label(x, c->prop[i]);
			l->mate = ex_arena_grow(f->a, l->mate, l->nmate,
			    sizeof(struct ex_prop *));
			l->mate[l->nmate++] = c->prop[i];
		}
}

/* Members k to n of one key (or group) become the first of them. */
static void
unite(struct flattener *f, struct ex_member *m, size_t n)
{
	struct ex_view *part = ex_arena_array(f->a, n, sizeof(*part));
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	for (i = 0; i < n; i++) {
		if (m[i].npart > 0)
			part[i] = *m[i].part;
		ex_buf_str(&b, m[i].rest);
	}
	m->rest = ex_arena_str(f->a, ex_buf_get(&b));
	ex_buf_fini(&b);
	if (m->whole == NULL) {
		m->part = part;
		m->npart = n;
	}
	if (m->kind == EX_FIELD_KEYED)
		m->params = m->rest;
}

/* The members of a component in order, each key once. */
static void
settle(struct flattener *f)
{
	struct ex_member *m = f->m;
	size_t i, j, k = 0, n = f->n;

	if (n > 1)
		qsort(m, n, sizeof(*m), by_member);
	for (i = 0; i < n; i = j) {
		for (j = i + 1; j < n && ex_member_cmp(&m[i], &m[j]) == 0; j++)
			;
		if (j - i > 1 && m[i].whole == NULL)
			unite(f, &m[i], j - i);
		m[k++] = m[i];
		/* Two alarms of one key: the second is one by its view. */
		for (i++; m[k - 1].whole != NULL && i < j; i++)
			if (!ex_str_eq(m[i].rest, m[k - 1].rest)) {
				m[k] = m[i];
				m[k++].key = m[i].rest;
			}
	}
	f->n = k;
	for (i = 0; i < k; i = j) {
		for (j = i + 1; j < k &&
		    ex_member_cmp_field(&m[i], &m[j]) == 0; j++)
			;
		if (m[i].kind == EX_FIELD_OTHER && j - i == 1) {
			m[i].rest = m[i].key;
			m[i].key = EX_STR("");
		}
		/* as their keys may just have been changed */
		if (m[i].whole != NULL && j - i > 1)
			qsort(&m[i], j - i, sizeof(*m), by_member);
	}
}

bool
ex_flat_is_part(const struct ex_item *item, const struct ex_comp *c)
{
	return c == item->root || ex_kind_of_comp(c->name) != EX_KIND_NONE;
}

static void
flatten_comp(struct flattener *f, struct found *x)
{
	const struct ex_comp *c = x->c.comp;
	size_t i;

	f->m = NULL;
	f->n = 0;
	find_labels(f, &x->c);
	for (i = 0; i < x->nview; i++)
		if (!ex_str_is(x->view[i].prop->name, "recurrence-id") &&
		    !is_mate(&x->c, x->view[i].prop))
			push_prop(f, c, &x->view[i]);
	for (i = 0; i < c->ncomp; i++)
		if (!ex_str_is(c->comp[i]->name, "vtimezone") &&
		    (c != f->item->root ||
		    !ex_flat_is_part(f->item, c->comp[i])))
			push_comp(f, c->comp[i], i);
	for (i = 0; i < f->n; i++)
		f->m[i].comp = x->c.key;
	settle(f);
}

/* Its name and, of an override, the view of its RECURRENCE-ID. */
static struct ex_str
comp_key(struct flattener *f, const struct found *x)
{
	struct ex_str key;
	size_t i;

	if (x->c.comp == f->item->root)
		return EX_STR("");
	key = x->c.comp->name;
	for (i = 0; i < x->nview; i++)
		if (ex_str_is(x->view[i].prop->name, "recurrence-id"))
			key = join(f->a, key, x->view[i].view);
	return key;
}

static int
by_key(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int d = ex_str_cmp(x->c.key, y->c.key);

	if (d != 0)
		return d;
	return x->place < y->place ? -1 : x->place > y->place;
}

static void
add_found(struct flattener *f, struct found *x, const struct ex_comp *comp,
    size_t place)
{
	x->c.comp = comp;
	x->place = place;
	x->nview = ex_canon_members(f->canon, f->item, comp, f->a, &x->view);
	x->c.key = comp_key(f, x);
}

/* Two of one key (no item should have them): by their place. */
static void
number_doubles(struct flattener *f, struct found *v, size_t n)
{
	struct ex_str key;
	size_t i, j, k;

	for (i = 0; i < n; i = j) {
		key = v[i].c.key;
		for (j = i + 1; j < n && ex_str_eq(v[j].c.key, key); j++)
			;
		for (k = i + 1; k < j; k++)
			v[k].c.key = ex_arena_fmt(f->a, "%.*s#%06zu",
			    EX_STR_ARG(key), k - i);
	}
	qsort(v, n, sizeof(*v), by_key);
}

static struct found *
find_comps(struct flattener *f, size_t *n)
{
	const struct ex_comp *root = f->item->root;
	struct found *v = ex_arena_array(f->a, root->ncomp + 1, sizeof(*v));
	size_t i;

	add_found(f, &v[0], root, 0);
	*n = 1;
	for (i = 0; i < root->ncomp; i++)
		if (ex_flat_is_part(f->item, root->comp[i]))
			add_found(f, &v[(*n)++], root->comp[i], i + 1);
	qsort(v, *n, sizeof(*v), by_key);
	number_doubles(f, v, *n);
	return v;
}

/* All members in one array, as the components point into it. */
static void
gather(struct flattener *f, struct found *v, size_t n)
{
	struct ex_flat *flat = f->flat;
	struct ex_member *m;
	size_t i, k;

	for (i = 0; i < n; i++)
		flat->nmember += v[i].c.nmember;
	m = flat->member = ex_arena_array(f->a, flat->nmember, sizeof(*m));
	flat->comp = ex_arena_array(f->a, n, sizeof(*flat->comp));
	for (i = 0; i < n; i++) {
		flat->comp[i] = v[i].c;
		flat->comp[i].flat = flat;
		for (k = 0; k < v[i].c.nmember; k++) {
			m[k] = v[i].c.member[k];
			m[k].home = &flat->comp[i];
		}
		flat->comp[i].member = m;
		m += v[i].c.nmember;
	}
	flat->ncomp = n;
}

struct ex_flat *
ex_flat_make(struct ex_canon *c, struct ex_arena *a,
    const struct ex_item *item)
{
	struct flattener f = { c, a, item, NULL, NULL, 0 };
	struct found *v;
	size_t i, n;

	f.flat = ex_arena_alloc(a, sizeof(*f.flat));
	f.flat->item = item;
	if (item == NULL)
		return f.flat;
	v = find_comps(&f, &n);
	for (i = 0; i < n; i++) {
		flatten_comp(&f, &v[i]);
		v[i].c.member = f.m;
		v[i].c.nmember = f.n;
	}
	gather(&f, v, n);
	return f.flat;
}
