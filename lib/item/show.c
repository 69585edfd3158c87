/*
 * show.c: an item in one line, and what differs between two in a block
 *
 * What differs is what the normal form says (canon.h): a value only in the
 * old item gets a -, one only in the new a +.  Components are set against
 * each other by name and RECURRENCE-ID; those that have neither a kind nor
 * a place of their own (alarms, unknown ones) are values as a whole.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/json.h>
#include <ex/show.h>
#include <ex/text.h>

#define COLUMNS		70	/* of a value */
#define TITLE		60	/* bytes of a title */
#define LEAD		20	/* columns kept before what differs */

/* One thing that can be in one item and not in the other. */
struct entry {
	struct ex_str name, view;
	const struct ex_prop *prop;	/* NULL: a component */
	const struct ex_json *value;
	const struct ex_comp *comp;
};

/* A component with what is in it. */
struct part {
	const struct ex_comp *comp;
	struct ex_str recur;		/* view of its RECURRENCE-ID */
	size_t place;			/* in the item */
	struct entry *entry;
	size_t n;
};

struct shower {
	struct ex_buf *out;
	struct ex_canon *c;
	struct ex_arena a;
	bool strict;
};

static int
by_entry(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = ex_str_cmp(x->name, y->name);

	return order != 0 ? order : ex_str_cmp(x->view, y->view);
}

static int
by_part(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int order = ex_str_cmp(x->comp->name, y->comp->name);

	return order != 0 ? order : ex_str_cmp(x->recur, y->recur);
}

/* The same for one item's, in an order that is always the same. */
static int
by_place(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int order = by_part(x, y);

	return order != 0 ? order : x->place < y->place ? -1 : 1;
}

/* The bytes of a component as they are. */
static struct ex_str
raw_view(struct shower *s, const struct ex_comp *c)
{
	struct ex_item item = { .root = (struct ex_comp *)c };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str view;

	ex_item_write(&b, &item);
	view = ex_arena_str(&s->a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return view;
}

static struct entry *
add_entry(struct shower *s, struct part *part)
{
	part->entry = ex_arena_grow(&s->a, part->entry, part->n,
	    sizeof(*part->entry));
	return &part->entry[part->n++];
}

static void
strict_props(struct shower *s, struct part *part)
{
	struct ex_prop *one;
	struct ex_comp c = { .name = EX_STR("x"), .prop = &one, .nprop = 1 };
	struct entry *e;
	size_t i;

	for (i = 0; i < part->comp->nprop; i++) {
		one = part->comp->prop[i];
		e = add_entry(s, part);
		e->name = one->name;
		e->prop = one;
		e->view = raw_view(s, &c);
	}
}

static void
canon_props(struct shower *s, const struct ex_item *item, struct part *part)
{
	struct ex_view *v;
	struct entry *e;
	size_t i, n;

	n = ex_canon_members(s->c, item, part->comp, &s->a, &v);
	for (i = 0; i < n; i++) {
		e = add_entry(s, part);
		e->name = v[i].prop->name;
		e->prop = v[i].prop;
		e->value = v[i].value;
		e->view = v[i].view;
	}
}

static void
fill_part(struct shower *s, const struct ex_item *item, struct part *part)
{
	const struct ex_comp *c;
	struct entry *e;
	size_t i;

	if (s->strict)
		strict_props(s, part);
	else
		canon_props(s, item, part);
	for (i = 0; i < part->n; i++)
		if (ex_str_is(part->entry[i].name, "recurrence-id"))
			part->recur = part->entry[i].view;
	for (i = 0; i < part->comp->ncomp; i++) {
		c = part->comp->comp[i];
		if (part->comp == item->root && (!s->strict ||
		    !ex_str_is(c->name, "vtimezone")))
			continue;	/* a part, or in TZID's view */
		e = add_entry(s, part);
		e->name = c->name;
		e->comp = c;
		e->view = s->strict ? raw_view(s, c) :
		    ex_canon_comp(s->c, item, c, &s->a);
	}
	if (part->n > 0)
		qsort(part->entry, part->n, sizeof(*part->entry), by_entry);
}

/* The root first, then the components that are no time zones. */
static size_t
parts_of(struct shower *s, const struct ex_item *item, struct part **out)
{
	const struct ex_comp *root;
	struct part *v;
	size_t i, n = 0;

	*out = NULL;
	if (item == NULL)
		return 0;
	root = item->root;
	v = ex_arena_array(&s->a, root->ncomp + 1, sizeof(*v));
	v[n++].comp = root;
	for (i = 0; i < root->ncomp; i++)
		if (!ex_str_is(root->comp[i]->name, "vtimezone"))
			v[n++].comp = root->comp[i];
	for (i = 0; i < n; i++) {
		v[i].place = i;
		fill_part(s, item, &v[i]);
	}
	qsort(v + 1, n - 1, sizeof(*v), by_place);
	*out = v;
	return n;
}

/* "action: DISPLAY; trigger: -PT15M" */
static struct ex_str
comp_value(struct shower *s, const struct ex_comp *c)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str value;
	size_t i;

	for (i = 0; i < c->nprop && b.n < 4 * COLUMNS; i++) {
		if (i > 0)
			ex_buf_puts(&b, "; ");
		ex_buf_str(&b, c->prop[i]->name);
		ex_buf_puts(&b, ": ");
		ex_buf_str(&b, ex_show_value(c->prop[i], NULL, &s->a));
	}
	value = ex_text_print(ex_buf_get(&b), b.n, &s->a);
	ex_buf_fini(&b);
	return value;
}

static struct ex_str
value_of(struct shower *s, const struct entry *e)
{
	return e->prop != NULL ? ex_show_value(e->prop, e->value, &s->a) :
	    comp_value(s, e->comp);
}

static bool
is_inside(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* COLUMNS of a value from byte `from` on, with what says that more is. */
static void
put_cut(struct ex_buf *b, struct ex_str s, size_t from)
{
	size_t i = from, n;

	if (from > 0)
		ex_buf_puts(b, "\xe2\x80\xa6");
	for (n = 0; n < COLUMNS && i < s.n; n++)
		for (i++; i < s.n && is_inside(s.p[i]); i++)
			;
	ex_buf_add(b, s.p + from, i - from);
	if (i < s.n)
		ex_buf_puts(b, "\xe2\x80\xa6");
}

/* Where to begin, so that what differs in two long values is seen. */
static size_t
lead(struct ex_str a, struct ex_str b)
{
	size_t i = 0, n = a.n < b.n ? a.n : b.n;

	if (a.n <= COLUMNS && b.n <= COLUMNS)
		return 0;
	while (i < n && a.p[i] == b.p[i])
		i++;
	if (i <= 2 * LEAD)
		return 0;
	for (i -= LEAD; i > 0 && is_inside(a.p[i]); i--)
		;
	return i;
}

static void
put_entry(struct shower *s, char sign, const struct entry *e,
    struct ex_str value, size_t from)
{
	ex_buf_fmt(s->out, "    %c ", sign);
	ex_buf_str(s->out, ex_text_print(e->name, TITLE, &s->a));
	ex_buf_puts(s->out, ": ");
	put_cut(s->out, value, from);
	ex_buf_putc(s->out, '\n');
}

/* All of one name: what is gone, then what came. */
static void
put_name(struct shower *s, const struct entry **gone, size_t ngone,
    const struct entry **came, size_t ncame)
{
	struct ex_str x, y;
	size_t i, from = 0;

	if (ngone == 1 && ncame == 1) {
		x = value_of(s, gone[0]);
		y = value_of(s, came[0]);
		from = lead(x, y);
		put_entry(s, '-', gone[0], x, from);
		put_entry(s, '+', came[0], y, from);
		return;
	}
	for (i = 0; i < ngone; i++)
		put_entry(s, '-', gone[i], value_of(s, gone[i]), 0);
	for (i = 0; i < ncame; i++)
		put_entry(s, '+', came[i], value_of(s, came[i]), 0);
}

/* Entries of v that are not in w; both in order. */
static size_t
only_in(struct shower *s, const struct part *v, const struct part *w,
    const struct entry ***out)
{
	const struct entry **list;
	size_t i, k = 0, n = 0;
	int order;

	list = ex_arena_array(&s->a, v == NULL ? 1 : v->n + 1,
	    sizeof(*list));
	for (i = 0; v != NULL && i < v->n; i++) {
		order = 1;
		while (w != NULL && k < w->n && (order =
		    by_entry(&w->entry[k], &v->entry[i])) < 0)
			k++;
		if (w != NULL && k < w->n && order == 0)
			k++;
		else
			list[n++] = &v->entry[i];
	}
	*out = list;
	return n;
}

static size_t
same_name(const struct entry **v, size_t n, struct ex_str name)
{
	size_t i;

	for (i = 0; i < n && ex_str_eq(v[i]->name, name); i++)
		;
	return i;
}

/* "  at 2026-02-03 10:00:" above what differs in an override. */
static void
put_heading(struct shower *s, const struct part *part)
{
	const struct ex_prop *p = ex_comp_prop(part->comp, "recurrence-id");

	if (p != NULL) {
		ex_buf_puts(s->out, "  at ");
		put_cut(s->out, ex_show_value(p, NULL, &s->a), 0);
	} else if (ex_kind_of_comp(part->comp->name) == EX_KIND_NONE &&
	    !ex_str_is(part->comp->name, "vcalendar")) {
		ex_buf_puts(s->out, "  in ");
		ex_buf_str(s->out, ex_text_print(part->comp->name, TITLE,
		    &s->a));
	} else {
		return;
	}
	ex_buf_puts(s->out, ":\n");
}

static void
put_part(struct shower *s, const struct part *old, const struct part *new)
{
	const struct entry **gone, **came;
	size_t ngone, ncame, i, k;
	struct ex_str name;

	ngone = only_in(s, old, new, &gone);
	ncame = only_in(s, new, old, &came);
	if (ngone + ncame == 0 && old != NULL && new != NULL)
		return;
	put_heading(s, old != NULL ? old : new);
	while (ngone + ncame > 0) {
		name = ncame == 0 || (ngone > 0 && ex_str_cmp(gone[0]->name,
		    came[0]->name) < 0) ? gone[0]->name : came[0]->name;
		i = same_name(gone, ngone, name);
		k = same_name(came, ncame, name);
		put_name(s, gone, i, came, k);
		gone += i;
		ngone -= i;
		came += k;
		ncame -= k;
	}
}

static void
put_parts(struct shower *s, const struct ex_item *old,
    const struct ex_item *new)
{
	struct part *v, *w;
	size_t nv = parts_of(s, old, &v), nw = parts_of(s, new, &w);
	size_t i = 0, k = 0;
	int order;

	while (i < nv || k < nw) {
		order = i == nv ? 1 : k == nw ? -1 : i == 0 && k == 0 ? 0 :
		    by_part(&v[i], &w[k]);
		put_part(s, order <= 0 ? &v[i] : NULL,
		    order >= 0 ? &w[k] : NULL);
		i += order <= 0;
		k += order >= 0;
	}
}

static void
put_title(struct shower *s, char sign, const struct ex_item *item)
{
	ex_buf_fmt(s->out, "%c ", sign);
	ex_buf_str(s->out, ex_text_print(ex_item_title(item), TITLE, &s->a));
	if (item->uid.p != NULL) {
		ex_buf_puts(s->out, " (");
		ex_buf_str(s->out, ex_text_print(item->uid, 4 * TITLE,
		    &s->a));
		ex_buf_putc(s->out, ')');
	}
	ex_buf_putc(s->out, '\n');
}

void
ex_show_diff(struct ex_buf *out, struct ex_canon *c,
    const struct ex_item *old, const struct ex_item *new, int strict)
{
	struct shower s = { out, c, EX_ARENA_INIT, strict != 0 };
	size_t start = out->n, body;

	if (old == NULL && new == NULL)
		return;
	put_title(&s, old == NULL ? '+' : new == NULL ? '-' : '~',
	    new != NULL ? new : old);
	body = out->n;
	put_parts(&s, old, new);
	if (out->n == body && old != NULL && new != NULL)
		out->n = start;
	ex_arena_free(&s.a);
}

/* What tells an item from others with its title. */
static const struct ex_prop *
telling(const struct ex_item *item)
{
	static const char *const names[] = { "email", "tel", "dtstart",
	    "due" };
	const struct ex_comp *root = item->root;
	const struct ex_prop *p = NULL;
	size_t i, k;

	for (i = 0; p == NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		p = ex_comp_prop(root, names[i]);
		for (k = 0; p == NULL && k < root->ncomp; k++)
			if (ex_kind_of_comp(root->comp[k]->name) !=
			    EX_KIND_NONE)
				p = ex_comp_prop(root->comp[k], names[i]);
	}
	return p;
}

void
ex_show_line(struct ex_buf *out, const struct ex_item *item)
{
	const struct ex_prop *p = telling(item);
	struct ex_prop bare;
	struct ex_arena a = EX_ARENA_INIT;

	ex_buf_str(out, ex_text_print(ex_item_title(item), TITLE, &a));
	if (p != NULL) {
		bare = *p;
		bare.nparam = 0;
		ex_buf_puts(out, ", ");
		put_cut(out, ex_show_value(&bare, NULL, &a), 0);
	}
	ex_arena_free(&a);
}
