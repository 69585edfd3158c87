/*
 * icalread.c: a VCALENDAR of one item to jCal (RFC 5545, RFC 7265)
 *
 * One pass over the content lines builds the tree; then what the normal
 * form leaves out is taken away and the item's kind and UID are found.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/ical.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/text.h>
#include <ex/zone.h>

struct reader {
	struct ex_lines in;
	struct ex_ical_in x;
	struct ex_comp *root;
	struct ex_comp *open[EX_CAP_NESTING];
	size_t room[EX_CAP_NESTING];	/* for properties of these */
	unsigned since[EX_CAP_NESTING];	/* the lines of their BEGIN */
	size_t depth;
	size_t nprop;
	bool versed;		/* VERSION was seen, or looked for */
};

static bool
is_kind(struct ex_str comp)
{
	return ex_str_is(comp, "vevent") || ex_str_is(comp, "vtodo") ||
	    ex_str_is(comp, "vjournal");
}

/*
 * The first component begins and no VERSION was seen: 1.0 may say so
 * behind it.
 */
static void
look_for_version(struct reader *r)
{
	static const char key[] = "\nVERSION:1.0";
	const char *p = r->in.text.p, *end = p + r->in.text.n;

	r->versed = true;
	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		if ((size_t)(end - p) < sizeof(key) - 1)
			return;
		if (memcmp(p, key, sizeof(key) - 1) == 0) {
			r->x.old = true;
			return;
		}
		p++;
	}
}

/* A component's name in lower case; nearly all are these. */
static struct ex_str
comp_name(struct ex_str value, struct ex_arena *a)
{
	static const struct {
		const char *said;
		struct ex_str name;
	} common[] = {
		{ "VCALENDAR", { "vcalendar", 9 } },
		{ "VEVENT", { "vevent", 6 } },
		{ "VALARM", { "valarm", 6 } },
		{ "VTODO", { "vtodo", 5 } },
		{ "VTIMEZONE", { "vtimezone", 9 } },
		{ "STANDARD", { "standard", 8 } },
		{ "DAYLIGHT", { "daylight", 8 } },
	};
	size_t i;

	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (value.n == common[i].name.n &&
		    memcmp(value.p, common[i].said, value.n) == 0)
			return common[i].name;
	return ex_text_lower(ex_line_trim(value), a);
}

static int
begin(struct reader *r, const struct ex_line *line)
{
	struct ex_str name = comp_name(line->value, r->x.a);
	struct ex_comp *c;

	if (r->depth == 0 && r->root != NULL)
		return ex_ical_bad(&r->x, line->number, name,
		    "something behind END:VCALENDAR");
	if (r->depth == 0 && !ex_str_is(name, "vcalendar"))
		return ex_ical_bad(&r->x, line->number, name,
		    "not in a VCALENDAR");
	if (r->depth == EX_CAP_NESTING)
		return ex_ical_bad(&r->x, line->number, name, "too deep");
	if (!ex_line_is_name(name) || (r->x.foreign && !ex_json_utf8(name)))
		return ex_ical_bad(&r->x, line->number, line->name,
		    "not a name");
	if (++r->nprop > EX_CAP_PROPS)
		return ex_ical_bad(&r->x, line->number, name,
		    "too many components");
	c = ex_comp_new(r->x.a, name);
	if (r->depth == 0)
		r->root = c;
	else
		ex_comp_add_comp(r->x.a, r->open[r->depth - 1], c);
	if (r->depth == 1 && !r->versed)
		look_for_version(r);
	r->since[r->depth] = line->number;
	r->room[r->depth] = 0;
	r->open[r->depth++] = c;
	r->x.strict = is_kind(name);
	return 0;
}

static int
end(struct reader *r, const struct ex_line *line)
{
	struct ex_str name = comp_name(line->value, r->x.a);
	struct ex_comp *c;

	if (r->depth == 0 || !ex_str_eq(r->open[r->depth - 1]->name, name))
		return ex_ical_bad(&r->x, line->number, name,
		    "END without BEGIN");
	c = r->open[--r->depth];
	if (r->x.old)
		ex_ical_old_comp(c, r->x.a);
	r->x.strict = r->depth > 0 && is_kind(r->open[r->depth - 1]->name);
	return 0;
}

/* As ex_comp_add_prop(), but with room for as many as most have. */
static void
add(struct reader *r, struct ex_prop *p)
{
	struct ex_comp *c = r->open[r->depth - 1];
	size_t *room = &r->room[r->depth - 1];
	struct ex_prop **old = c->prop;

	if (c->nprop == *room) {
		*room = *room == 0 ? 16 : *room * 2;
		c->prop = ex_arena_array(r->x.a, *room,
		    sizeof(struct ex_prop *));
		if (c->nprop > 0)
			memcpy(c->prop, old, c->nprop *
			    sizeof(struct ex_prop *));
	}
	c->prop[c->nprop++] = p;
}

static int
property(struct reader *r, struct ex_line *line)
{
	struct ex_prop *p;

	if (r->depth == 0)
		return ex_ical_bad(&r->x, line->number, line->name,
		    "not in a VCALENDAR");
	if (++r->nprop > EX_CAP_PROPS)
		return ex_ical_bad(&r->x, line->number, line->name,
		    "too many properties");
	if (r->depth == 1 && line->group.p == NULL &&
	    ex_str_is(line->name, "version")) {
		r->versed = true;
		r->x.old = ex_str_is(ex_line_trim(line->value), "1.0");
	}
	if ((p = ex_ical_prop(&r->x, line)) == NULL)
		return -1;
	add(r, p);
	return 0;
}

/*
 * The next line, if it is one that calendars say again and again: its
 * property is added.  What such a line means must hang on nothing else.
 */
static bool
often(struct reader *r, struct ex_str line)
{
	struct ex_prop *p;

	if (r->depth == 0 || !r->versed || r->x.old || r->x.foreign ||
	    r->nprop >= EX_CAP_PROPS || (p = ex_ical_often(line)) == NULL)
		return false;
	r->nprop++;
	add(r, p);
	return true;
}

static int
line_of(struct reader *r, struct ex_line *line)
{
	if (line->name.n == 5 && ex_str_is(line->name, "begin"))
		return begin(r, line);
	if (line->name.n == 3 && ex_str_is(line->name, "end"))
		return end(r, line);
	return property(r, line);
}

/* The next line, if it is all in one piece: 1; 0: it is not. */
static int
quick(struct reader *r)
{
	struct ex_line line = { .number = r->in.number };
	struct ex_str s;
	size_t next;
	int got = 0;

	if (!ex_lines_whole(&r->in, &s, &next))
		return 0;
	line.value = s;
	if (s.n > 6 && memcmp(s.p, "BEGIN:", 6) == 0) {
		line.name = EX_STR("begin");
		line.value.p += 6;
		line.value.n -= 6;
		got = begin(r, &line);
	} else if (s.n > 4 && memcmp(s.p, "END:", 4) == 0) {
		line.value.p += 4;
		line.value.n -= 4;
		got = end(r, &line);
	} else if (!often(r, s)) {
		got = ex_lines_take(&r->in, s, next, r->x.a, &line, r->x.err);
		return got == -1 || line_of(r, &line) == -1 ? -1 : 1;
	}
	r->in.pos = next;
	r->in.number++;
	return got == -1 ? -1 : 1;
}

static int
read_tree(struct reader *r)
{
	struct ex_line line;
	int got;

	do {
		if ((got = quick(r)) != 0)
			continue;
		got = ex_lines_next(&r->in, r->x.a, &line, r->x.err);
		if (got != 1)
			break;
		got = line_of(r, &line);
	} while (got != -1);
	if (got == -1)
		return -1;
	if (r->depth > 0)
		return ex_ical_bad(&r->x, r->since[r->depth - 1],
		    r->open[r->depth - 1]->name, "BEGIN without END");
	if (r->root == NULL)
		return ex_err_set(r->x.err, EX_ERR_INPUT,
		    "line %u: no VCALENDAR", r->in.number);
	return 0;
}

static struct ex_str
uid_of(const struct ex_comp *c)
{
	struct ex_str uid = ex_prop_text(ex_comp_prop(c, "uid"));

	return uid.n == 0 ? EX_STR_NONE : uid;
}

static int
by_name_and_uid(const void *a, const void *b)
{
	const struct ex_comp *const *x = a, *const *y = b;
	int d = ex_str_cmp((*x)->name, (*y)->name);

	return d != 0 ? d : ex_str_cmp(uid_of(*x), uid_of(*y));
}

/* How many items n components are; those without UID are one each. */
static size_t
count_items(struct ex_comp **all, size_t n)
{
	size_t i, items = 0;

	qsort(all, n, sizeof(*all), by_name_and_uid);
	for (i = 0; i < n; i++)
		if (i == 0 || uid_of(all[i]).p == NULL ||
		    by_name_and_uid(&all[i - 1], &all[i]) != 0)
			items++;
	return items;
}

static int
identify(struct reader *r, unsigned number, struct ex_item *item)
{
	struct ex_comp **own, *c;
	size_t i, n = 0, items;

	own = ex_arena_array(r->x.a, r->root->ncomp + 1, sizeof(*own));
	for (i = 0; i < r->root->ncomp; i++) {
		c = r->root->comp[i];
		if (is_kind(c->name))
			own[n++] = c;
	}
	if (n == 0)
		return ex_err_set(r->x.err, EX_ERR_INPUT,
		    "line %u: holds no item", number);
	if (n > 1 && (items = count_items(own, n)) > 1)
		return ex_err_set(r->x.err, EX_ERR_INPUT,
		    "line %u: holds %zu items", number, items);
	item->kind = ex_kind_of_comp(own[0]->name);
	item->uid = uid_of(own[0]);
	if (item->uid.n > EX_CAP_ID)
		return ex_err_set(r->x.err, EX_ERR_INPUT,
		    "line %u: UID: over %d bytes",
		    ex_comp_prop(own[0], "uid")->line, EX_CAP_ID);
	return 0;
}

static int
by_str(const void *a, const void *b)
{
	return ex_str_cmp(*(const struct ex_str *)a,
	    *(const struct ex_str *)b);
}

struct names {
	struct ex_str *v;
	size_t n;
};

static void
collect(const struct ex_comp *c, struct names *to, struct ex_arena *a)
{
	const struct ex_param *p;
	size_t i, k;

	for (i = 0; i < c->nprop; i++) {
		if (c->prop[i]->nparam == 0 || (p =
		    ex_prop_param(c->prop[i], "tzid")) == NULL)
			continue;
		for (k = 0; k < p->nvalue; k++) {
			if (p->value[k].n == 0 || (to->n > 0 &&
			    ex_str_eq(to->v[to->n - 1], p->value[k])))
				continue;
			to->v = ex_arena_grow(a, to->v, to->n,
			    sizeof(*to->v));
			to->v[to->n++] = p->value[k];
		}
	}
	for (i = 0; i < c->ncomp; i++)
		if (!ex_str_is(c->comp[i]->name, "vtimezone"))
			collect(c->comp[i], to, a);
}

size_t
ex_ical_tzids(const struct ex_comp *root, struct ex_arena *a,
    struct ex_str **out)
{
	struct names all = { NULL, 0 };
	size_t i, n = 0;

	collect(root, &all, a);
	if (all.n > 1)
		qsort(all.v, all.n, sizeof(*all.v), by_str);
	for (i = 0; i < all.n; i++)
		if (n == 0 || !ex_str_eq(all.v[n - 1], all.v[i]))
			all.v[n++] = all.v[i];
	*out = all.v;
	return n;
}

/* A VTIMEZONE that something names and that is no plain IANA zone. */
static bool
needed(struct ex_str tzid, const struct ex_str *named, size_t n)
{
	return tzid.p != NULL && n > 0 &&
	    bsearch(&tzid, named, n, sizeof(*named), by_str) != NULL &&
	    ex_zone_iana(tzid).p == NULL;
}

/*
 * METHOD goes, and VTIMEZONEs that are not needed, or that stand there
 * twice (formats.md 2).  They come first, sorted by TZID.
 */
static void
prune(struct ex_comp *root, struct ex_arena *a)
{
	struct ex_str tzid, before = EX_STR_NONE, *named = NULL;
	size_t i, n = 0, nnamed = 0;

	for (i = 0; i < root->nprop; i++)
		if (!ex_str_is(root->prop[i]->name, "method"))
			root->prop[n++] = root->prop[i];
	root->nprop = n;
	for (i = n = 0; i < root->ncomp; i++) {
		if (ex_str_is(root->comp[i]->name, "vtimezone")) {
			if (i == 0)
				nnamed = ex_ical_tzids(root, a, &named);
			tzid = ex_prop_text(ex_comp_prop(root->comp[i],
			    "tzid"));
			if (!needed(tzid, named, nnamed) ||
			    ex_str_eq(tzid, before))
				continue;
			before = tzid;
		}
		root->comp[n++] = root->comp[i];
	}
	root->ncomp = n;
}

int
ex_ical_decode(struct ex_str text, unsigned number, struct ex_arena *a,
    struct ex_item *item, struct ex_err *err)
{
	struct reader r = { .x = { .a = a, .err = err } };

	if (text.n > EX_CAP_ITEM)
		return ex_err_set(err, EX_ERR_INPUT,
		    "line %u: over %lu MiB", number, EX_CAP_ITEM >> 20);
	ex_lines_init(&r.in, text, number);
	r.x.foreign = !ex_json_utf8(text);
	if (read_tree(&r) == -1 || identify(&r, number, item) == -1)
		return -1;
	item->root = r.root;
	item->as = r.x.old ? EX_STR("vcalendar 1.0") : EX_STR("icalendar 2.0");
	ex_item_sort(item, a);
	prune(r.root, a);
	return 0;
}
