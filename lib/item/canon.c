/*
 * canon.c: the view of a component, of an item, and its hash
 *
 * (1) A component's view is its name, its members and its subcomponents,
 *     both sorted by bytes and each there once.
 * (2) So two items have one view exactly if they have the same components
 *     with the same members.
 * (3) A VTIMEZONE is no part of it: it stands in the times that name it.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/array.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/item.h>
#include <ex/text.h>

#include "priv.h"

#define FEW	24	/* members that are sorted by insertion */

/* The codecs and ex_item_parse() do not nest deeper. */
#define DEPTH	(EX_CAP_NESTING + 4)

struct ex_canon *
ex_canon_new(void)
{
	struct ex_canon *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		ex_diag_oom();
	/* A view is at most six times its payload, a control byte in JSON. */
	c->text.cap = c->out.cap = c->params.cap = c->tmp.cap =
	    8 * EX_CAP_RECORD;
	c->hash = ex_hash_new();
	ex_canon_slots(c);
	return c;
}

void
ex_canon_free(struct ex_canon *c)
{
	if (c == NULL)
		return;
	ex_buf_fini(&c->text);
	ex_buf_fini(&c->out);
	ex_buf_fini(&c->params);
	ex_buf_fini(&c->tmp);
	ex_arena_free(&c->scratch);
	ex_hash_free(c->hash);
	free(c->member);
	free(c->list);
	free(c);
}

struct ex_canon_member *
ex_canon_push(struct ex_canon *c)
{
	if (c->nmember == c->size)
		c->member = ex_array_more(c->member, &c->size,
		    sizeof(*c->member));
	return &c->member[c->nmember++];
}

void
ex_canon_list_add(struct ex_canon *c, struct ex_str s)
{
	if (c->nlist == c->list_size)
		c->list = ex_array_more(c->list, &c->list_size,
		    sizeof(*c->list));
	c->list[c->nlist++] = s;
}

static int
cmp_str(const void *a, const void *b)
{
	return ex_str_cmp(*(const struct ex_str *)a,
	    *(const struct ex_str *)b);
}

size_t
ex_canon_sort(struct ex_str *v, size_t n)
{
	size_t i, k;

	if (n < 2)
		return n;
	for (i = 1; i < n && ex_str_cmp(v[i - 1], v[i]) < 0; i++)
		;
	if (i == n)
		return n;
	qsort(v, n, sizeof(*v), cmp_str);
	for (i = k = 1; i < n; i++)
		if (!ex_str_eq(v[i], v[k - 1]))
			v[k++] = v[i];
	return k;
}

/* By view; of equal ones that which came first. */
static int
cmp_member(const void *a, const void *b)
{
	const struct ex_canon_member *m = a, *o = b;
	size_t n = m->view.n < o->view.n ? m->view.n : o->view.n;
	int d = memcmp(m->view.p, o->view.p, n);

	if (d != 0)
		return d;
	if (m->view.n != o->view.n)
		return m->view.n < o->view.n ? -1 : 1;
	return m->at < o->at ? -1 : m->at > o->at;
}

static void
insertion_sort(struct ex_canon_member *m, size_t n)
{
	struct ex_canon_member one;
	size_t i, k;

	for (i = 1; i < n; i++) {
		if (cmp_member(&m[i - 1], &m[i]) < 0)
			continue;
		one = m[i];
		for (k = i; k > 0 && cmp_member(&m[k - 1], &one) > 0; k--)
			m[k] = m[k - 1];
		m[k] = one;
	}
}

/* The members from `from` on, whose views lie in text: sort, drop doubles. */
static void
sort_members(struct ex_canon *c, const char *text, size_t from)
{
	struct ex_canon_member *m = c->member + from;
	size_t i, k, n = c->nmember - from;

	for (i = 0; i < n; i++)
		m[i].view.p = text + m[i].at;
	if (n < 2)
		return;
	if (n <= FEW)
		insertion_sort(m, n);
	else
		qsort(m, n, sizeof(*m), cmp_member);
	for (i = k = 1; i < n; i++)
		if (m[i].view.n != m[k - 1].view.n || memcmp(m[i].view.p,
		    m[k - 1].view.p, m[i].view.n) != 0)
			m[k++] = m[i];
	c->nmember = from + k;
}

static int
cmp_group(const void *a, const void *b)
{
	const struct ex_canon_member *m = *(struct ex_canon_member *const *)a;
	const struct ex_canon_member *o = *(struct ex_canon_member *const *)b;
	int d = ex_str_cmp(m->group, o->group);

	return d != 0 ? d : cmp_member(m, o);
}

/*
 * n members of one group, sorted: each gets the digest of them all behind
 * its value.  One alone is as good as without a group.
 */
static void
put_group(struct ex_canon *c, struct ex_canon_member **v, size_t n)
{
	char hex[EX_HASH_HEX];
	size_t i, at, mark = c->text.n, distinct = 0;

	for (i = 0; i < n; i++) {
		if (i > 0 && v[i]->view.n == v[i - 1]->view.n &&
		    memcmp(c->text.p + v[i]->at, c->text.p + v[i - 1]->at,
		    v[i]->view.n) == 0)
			continue;
		distinct++;
		if (ex_buf_room(&c->text, v[i]->view.n) != NULL)
			ex_buf_add(&c->text, c->text.p + v[i]->at,
			    v[i]->view.n);
	}
	if (distinct > 1)
		ex_hash_hex(c->hash, c->text.p + mark, c->text.n - mark, hex);
	c->text.n = mark;
	for (i = 0; distinct > 1 && i < n; i++) {
		at = c->text.n;
		if (ex_buf_room(&c->text, v[i]->view.n + 40) == NULL)
			return;
		ex_buf_add(&c->text, c->text.p + v[i]->at,
		    v[i]->view.n - 1);
		ex_buf_puts(&c->text, ",\"");
		ex_buf_add(&c->text, hex, EX_HASH_HEX - 1);
		ex_buf_puts(&c->text, "\"]");
		v[i]->at = at;
		v[i]->view.n = c->text.n - at;
	}
}

/* Rule 17: the label of a group says nothing, what is in it does. */
static void
put_groups(struct ex_canon *c, size_t from)
{
	struct ex_canon_member **v;
	size_t i, k, n = 0;

	for (i = from; i < c->nmember; i++)
		n += c->member[i].group.n > 0;
	if (n < 2)
		return;
	v = ex_arena_array(&c->scratch, n, sizeof(*v));
	for (i = from, n = 0; i < c->nmember; i++)
		if (c->member[i].group.n > 0) {
			c->member[i].view.p = c->text.p + c->member[i].at;
			v[n++] = &c->member[i];
		}
	qsort(v, n, sizeof(struct ex_canon_member *), cmp_group);
	for (i = 0; i < n; i = k) {
		for (k = i + 1; k < n &&
		    ex_str_eq(v[k]->group, v[i]->group); k++)
			;
		if (k - i > 1)
			put_group(c, v + i, k - i);
	}
}

/*
 * The components whose UID names the item, which is the record's business;
 * an alarm's is its own (RFC 9074, 4).
 */
static bool
bears_uid(struct ex_str comp)
{
	return ex_kind_of_comp(comp) != EX_KIND_NONE ||
	    ex_str_is(comp, "vfreebusy") || ex_str_is(comp, "vcalendar");
}

/*
 * Rule 13: an event that starts at a time and has no DTEND ends at that
 * time (RFC 5545, 3.6.1), so DURATION:PT0S, which we write, says nothing.
 */
static bool
ends_at_start(const struct ex_comp *comp, const struct ex_prop *p)
{
	const struct ex_prop *start;
	struct ex_str s;
	size_t i;

	if (p->name.n != 8 || !ex_str_is(p->name, "duration") ||
	    !ex_str_is(comp->name, "vevent"))
		return false;
	s = ex_prop_text(p);
	for (i = 0; i < s.n; i++)
		if (s.p[i] >= '1' && s.p[i] <= '9')
			return false;
	start = ex_comp_prop(comp, "dtstart");
	return s.n > 0 && ex_str_is(p->type, "duration") && start != NULL &&
	    ex_str_is(start->type, "date-time") &&
	    ex_comp_prop(comp, "dtend") == NULL;
}

size_t
ex_canon_collect(struct ex_canon *c, const struct ex_comp *comp)
{
	bool skip_uid = bears_uid(comp->name);
	size_t i, from = c->nmember;

	for (i = 0; i < comp->nprop; i++)
		if (!ends_at_start(comp, comp->prop[i]))
			ex_canon_prop(c, comp->prop[i], skip_uid);
	put_groups(c, from);
	sort_members(c, c->text.p, from);
	return from;
}

/* Push a subcomponent's view, which stands in out from `at` on. */
static void
push_comp(struct ex_canon *c, size_t at)
{
	struct ex_canon_member *m = ex_canon_push(c);

	memset(m, 0, sizeof(*m));
	m->at = at;
	m->view.n = c->out.n - at;
}

/*
 * Put the views pushed from `from` on, which fill out from `at` on, in
 * order, with commas between.
 */
static void
join_comps(struct ex_canon *c, size_t from, size_t at)
{
	size_t i, mark = c->text.n;

	if (c->nmember - from > 1) {
		sort_members(c, c->out.p, from);
		for (i = from; i < c->nmember; i++) {
			if (i > from)
				ex_buf_putc(&c->text, ',');
			ex_buf_add(&c->text, c->member[i].view.p,
			    c->member[i].view.n);
		}
		c->out.n = at;
		ex_buf_add(&c->out, c->text.p + mark, c->text.n - mark);
		c->text.n = mark;
	}
	c->nmember = from;
}

static void
put_members(struct ex_canon *c, const struct ex_comp *comp)
{
	size_t i, n, mark = c->text.n, from = ex_canon_collect(c, comp);
	const struct ex_canon_member *m;
	char *p;

	for (n = 0, i = from; i < c->nmember; i++)
		n += c->member[i].view.n + 1;
	if (n > 0 && (p = ex_buf_room(&c->out, n)) != NULL) {
		for (i = from; i < c->nmember; i++) {
			m = &c->member[i];
			memcpy(p, m->view.p, m->view.n);
			p += m->view.n;
			*p++ = ',';
		}
		c->out.n += n - 1;	/* no comma behind the last */
	}
	c->nmember = from;
	c->text.n = mark;
}

static void
put_comp(struct ex_canon *c, const struct ex_comp *comp, int depth)
{
	size_t i, at, one, from;

	ex_buf_putc(&c->out, '[');
	ex_canon_text(c, &c->out, comp->name, false);
	ex_buf_add(&c->out, ",[", 2);
	put_members(c, comp);
	ex_buf_add(&c->out, "],[", 3);
	from = c->nmember;
	at = c->out.n;
	for (i = 0; i < comp->ncomp && depth < DEPTH; i++) {
		if (ex_str_is(comp->comp[i]->name, "vtimezone"))
			continue;
		one = c->out.n;
		put_comp(c, comp->comp[i], depth + 1);
		push_comp(c, one);
	}
	join_comps(c, from, at);
	ex_buf_add(&c->out, "]]", 2);
}

/* Begin with another item: nothing of the last one is left. */
static void
begin(struct ex_canon *c, const struct ex_item *item)
{
	size_t i;

	ex_arena_reset(&c->scratch);
	ex_buf_clear(&c->text);
	ex_buf_clear(&c->out);
	ex_buf_clear(&c->tmp);
	c->nmember = c->nlist = 0;
	for (i = 0; c->own_next > 0 && i < EX_CANON_ZONES; i++)
		c->own[i].n = 0;
	c->own_next = 0;
	c->item = item;
}

static void
view(struct ex_canon *c, const struct ex_item *item,
    enum ex_canon_level level)
{
	begin(c, item);
	switch (level) {
	case EX_CANON_HASH:
		put_comp(c, item->root, 0);
		break;
	case EX_CANON_STRICT:
		ex_item_write(&c->out, item);
		break;
	}
}

void
ex_canon_hash(struct ex_canon *c, const struct ex_item *item,
    enum ex_canon_level level, char hex[EX_HASH_HEX])
{
	view(c, item, level);
	ex_hash_hex(c->hash, c->out.p, c->out.n, hex);
}

void
ex_canon_view(struct ex_canon *c, const struct ex_item *item,
    enum ex_canon_level level, struct ex_buf *out)
{
	view(c, item, level);
	ex_buf_add(out, c->out.p, c->out.n);
}

size_t
ex_canon_members(struct ex_canon *c, const struct ex_item *item,
    const struct ex_comp *comp, struct ex_arena *a, struct ex_view **out)
{
	struct ex_canon_member *m;
	struct ex_view *v;
	size_t i, n, from;

	begin(c, item);
	from = ex_canon_collect(c, comp);
	n = c->nmember - from;
	v = ex_arena_array(a, n + 1, sizeof(*v));
	for (i = 0; i < n; i++) {
		m = &c->member[from + i];
		v[i].prop = m->prop;
		v[i].value = m->value;
		v[i].view = ex_arena_str(a, m->view);
	}
	*out = v;
	return n;
}

struct ex_str
ex_canon_comp(struct ex_canon *c, const struct ex_item *item,
    const struct ex_comp *comp, struct ex_arena *a)
{
	begin(c, item);
	put_comp(c, comp, 0);
	return ex_arena_str(a, ex_buf_get(&c->out));
}
