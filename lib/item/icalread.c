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
	struct ex_arena *a;
	struct ex_err *err;
	struct ex_comp *root;
	struct ex_comp *open[EX_CAP_NESTING];
	unsigned since[EX_CAP_NESTING];	/* the lines of their BEGIN */
	size_t depth;
	size_t nprop;
	bool versed;		/* VERSION was seen, or looked for */
	bool old;		/* vCalendar 1.0 */
	bool foreign;		/* holds bytes that are not UTF-8 */
	bool strict;		/* in an event, a task or a journal entry */
};

/* A name as it stands in calendars, for messages. */
static struct ex_str
shout(struct ex_str name, struct ex_arena *a)
{
	char *p = ex_arena_bytes(a, name.n);
	size_t i;

	for (i = 0; i < name.n; i++)
		p[i] = name.p[i] >= 'a' && name.p[i] <= 'z' ?
		    (char)(name.p[i] - 0x20) : name.p[i];
	name.p = p;
	return name;
}

static int
bad(struct reader *r, unsigned line, struct ex_str name, const char *why)
{
	name = shout(name, r->a);
	if (name.n > 64)
		name.n = 64;
	return ex_err_set(r->err, EX_ERR_INPUT, "line %u: %.*s: %s", line,
	    EX_STR_ARG(name), why);
}

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
			r->old = true;
			return;
		}
		p++;
	}
}

/* Can it be a name in jCal (itemjson.c looks again) and be written? */
static bool
proper(struct ex_str name)
{
	size_t i;
	char c;

	for (i = 0; i < name.n; i++) {
		c = name.p[i];
		if ((unsigned char)c <= ' ' || c == 0x7f || c == '"' ||
		    c == ',' || c == ':' || c == ';' || c == '=')
			return false;
	}
	return name.n > 0;
}

static int
begin(struct reader *r, const struct ex_line *line)
{
	struct ex_str name = ex_text_lower(ex_line_trim(line->value), r->a);
	struct ex_comp *c;

	if (r->depth == 0 && r->root != NULL)
		return bad(r, line->number, name,
		    "something behind END:VCALENDAR");
	if (r->depth == 0 && !ex_str_is(name, "vcalendar"))
		return bad(r, line->number, name, "not in a VCALENDAR");
	if (r->depth == EX_CAP_NESTING)
		return bad(r, line->number, name, "too deep");
	if (!proper(name) || (r->foreign && !ex_json_utf8(name)))
		return bad(r, line->number, line->name, "not a name");
	if (++r->nprop > EX_CAP_PROPS)
		return bad(r, line->number, name, "too many components");
	c = ex_comp_new(r->a, name);
	if (r->depth == 0)
		r->root = c;
	else
		ex_comp_add_comp(r->a, r->open[r->depth - 1], c);
	if (r->depth == 1 && !r->versed)
		look_for_version(r);
	r->since[r->depth] = line->number;
	r->open[r->depth++] = c;
	r->strict = is_kind(name);
	return 0;
}

static int
end(struct reader *r, const struct ex_line *line)
{
	struct ex_str name = ex_text_lower(ex_line_trim(line->value), r->a);
	struct ex_comp *c;

	if (r->depth == 0 || !ex_str_eq(r->open[r->depth - 1]->name, name))
		return bad(r, line->number, name, "END without BEGIN");
	c = r->open[--r->depth];
	if (r->old)
		ex_ical_old_comp(c, r->a);
	r->strict = r->depth > 0 && is_kind(r->open[r->depth - 1]->name);
	return 0;
}

static int
check_utf8(struct reader *r, const struct ex_line *line)
{
	const struct ex_line_param *p;
	size_t i, k;

	for (i = 0; i < line->nparam; i++) {
		p = &line->param[i];
		for (k = 0; k < p->nvalue && ex_json_utf8(p->value[k]); k++)
			continue;
		if (k < p->nvalue || !ex_json_utf8(p->name))
			return bad(r, line->number, EX_STR("a parameter"),
			    "not UTF-8");
	}
	if (!ex_json_utf8(line->name) || !ex_json_utf8(line->group))
		return bad(r, line->number, EX_STR("a name"), "not UTF-8");
	if (!ex_json_utf8(line->value))
		return bad(r, line->number, line->name, "not UTF-8");
	return 0;
}

static struct ex_param *
find(struct ex_prop *p, struct ex_str name)
{
	size_t i;

	for (i = 0; i < p->nparam; i++)
		if (ex_str_eq(p->param[i].name, name))
			return &p->param[i];
	return NULL;
}

/* The same parameter again: its values behind those of the first. */
static void
join(struct ex_param *to, const struct ex_str *value, size_t nvalue,
    struct ex_arena *a)
{
	struct ex_str *v = ex_arena_array(a, to->nvalue + nvalue, sizeof(*v));

	memcpy(v, to->value, to->nvalue * sizeof(*v));
	memcpy(v + to->nvalue, value, nvalue * sizeof(*v));
	to->value = v;
	to->nvalue += nvalue;
}

static void
add_param(struct reader *r, struct ex_prop *p, struct ex_str name,
    const struct ex_str *value, size_t nvalue)
{
	static const struct ex_str empty = { "", 0 };
	struct ex_param *old = find(p, name);

	if (nvalue == 0) {
		value = &empty;
		nvalue = 1;
	}
	if (old != NULL)
		join(old, value, nvalue, r->a);
	else
		ex_prop_add_param(r->a, p, name, value, nvalue);
}

/* One that has no place of its own is kept whole as X-BARE. */
static void
add_odd(struct reader *r, struct ex_prop *p,
    const struct ex_line_param *from)
{
	struct ex_str s;
	size_t i;

	for (i = 0; i < from->nvalue; i++) {
		s = ex_arena_fmt(r->a, "%.*s=%.*s", EX_STR_ARG(from->name),
		    EX_STR_ARG(from->value[i]));
		add_param(r, p, EX_STR("x-bare"), &s, 1);
	}
}

/*
 * One without a name.  In vCalendar 1.0 it is a TYPE; in 2.0, where none
 * should be, it is kept as a name without a value, if it can be one.
 */
static void
add_bare(struct reader *r, struct ex_prop *p,
    const struct ex_line_param *from)
{
	struct ex_str name;

	if (from->nvalue == 0)
		return;
	name = ex_text_lower(from->value[0], r->a);
	if (r->old)
		add_param(r, p, EX_STR("type"), from->value, from->nvalue);
	else if (!proper(name) || ex_str_is(name, "value"))
		add_param(r, p, EX_STR("x-bare"), from->value, from->nvalue);
	else
		add_param(r, p, name, NULL, 0);
}

/* All but VALUE, which becomes the type. */
static void
params(struct reader *r, const struct ex_line *line, struct ex_prop *p,
    struct ex_str *value)
{
	const struct ex_line_param *from;
	size_t i;

	*value = EX_STR_NONE;
	for (i = 0; i < line->nparam; i++) {
		from = &line->param[i];
		if (from->name.p == NULL)
			add_bare(r, p, from);
		else if (!proper(from->name))
			add_odd(r, p, from);
		else if (!ex_str_is(from->name, "value"))
			add_param(r, p, from->name, from->value,
			    from->nvalue);
		else if (value->p != NULL || from->nvalue == 0 ||
		    !proper(from->value[0]))
			add_odd(r, p, from);
		else
			*value = ex_text_lower(from->value[0], r->a);
	}
}

/* What a group is to vCards is part of the name here. */
static struct ex_str
full_name(struct reader *r, const struct ex_line *line)
{
	struct ex_str s;

	if (line->group.p == NULL)
		return line->name;
	s = ex_arena_fmt(r->a, "%.*s.%.*s", EX_STR_ARG(line->group),
	    EX_STR_ARG(line->name));
	return ex_text_lower(s, r->a);
}

static void
old_value(struct reader *r, struct ex_line *line,
    const struct ex_ical_def *def, struct ex_prop *p)
{
	enum ex_ical_type type = def == NULL ? EX_ICAL_TEXT : def->type;

	p->value = ex_json_text(r->a, line->value);
	p->type = ex_ical_type_name(type == EX_ICAL_CAL_ADDRESS ||
	    type == EX_ICAL_URI ? type : EX_ICAL_TEXT);
}

/* A rule of 1.0 looks like none of 2.0; some write 2.0's all the same. */
static bool
old_rule(struct reader *r, const struct ex_ical_def *def,
    const struct ex_line *line, struct ex_prop *p)
{
	if (def == NULL || def->type != EX_ICAL_RECUR ||
	    memchr(line->value.p, '=', line->value.n) != NULL)
		return false;
	p->value = ex_ical_rule_old(ex_line_trim(line->value), r->a);
	p->type = ex_ical_type_name(EX_ICAL_RECUR);
	return p->value != NULL;
}

/* The ring decides by this value, and it is none. */
static bool
fatal(const struct reader *r, const struct ex_ical_def *def,
    const struct ex_prop *p)
{
	return r->strict && def != NULL && def->flags & EX_ICAL_STRICT &&
	    ex_str_is(p->type, "unknown") &&
	    ex_line_trim(p->value->text).n > 0;
}

static const char *
reason(const struct ex_ical_def *def, const char *why)
{
	if (def->type == EX_ICAL_RECUR)
		return "not a rule";
	if (def->type == EX_ICAL_DURATION)
		return "not a duration";
	return why;
}

static int
read_value(struct reader *r, struct ex_line *line,
    const struct ex_ical_def *def, struct ex_prop *p)
{
	struct ex_str value;
	const char *why = NULL;
	bool plain = false;
	char sep = ',';

	if (line->nparam > 0 &&
	    ex_ical_old_text(line, r->old, r->a, &plain, r->err) == -1)
		return ex_err_at(r->err, "line %u", line->number);
	if (r->foreign && check_utf8(r, line) == -1)
		return -1;
	params(r, line, p, &value);
	if (r->old && old_rule(r, def, line, p))
		return 0;
	if (plain && (def == NULL || def->flags == 0)) {
		old_value(r, line, def, p);
		return 0;
	}
	if (r->old && def != NULL && def->flags & EX_ICAL_MULTI &&
	    memchr(line->value.p, ';', line->value.n) != NULL)
		sep = ';';
	p->value = ex_ical_read(def, value, line->value, sep, r->a, &p->type,
	    &why);
	if (why != NULL && fatal(r, def, p))
		return bad(r, line->number, line->name, reason(def, why));
	return 0;
}

static int
property(struct reader *r, struct ex_line *line)
{
	const struct ex_ical_def *def;
	struct ex_prop *p;
	struct ex_str name = full_name(r, line);

	if (r->depth == 0)
		return bad(r, line->number, name, "not in a VCALENDAR");
	if (++r->nprop > EX_CAP_PROPS)
		return bad(r, line->number, name, "too many properties");
	if (r->depth == 1 && ex_str_is(name, "version")) {
		r->versed = true;
		r->old = ex_str_is(ex_line_trim(line->value), "1.0");
	}
	def = ex_ical_def(name);
	p = ex_prop_new(r->a, def != NULL ? def->name : name, EX_STR_NONE,
	    NULL);
	p->line = line->number;
	if (read_value(r, line, def, p) == -1)
		return -1;
	if (r->old)
		ex_ical_old_prop(p, r->a);
	ex_comp_add_prop(r->a, r->open[r->depth - 1], p);
	return 0;
}

static int
read_tree(struct reader *r)
{
	struct ex_line line;
	int got;

	while ((got = ex_lines_next(&r->in, r->a, &line, r->err)) == 1) {
		if (line.name.n == 5 && ex_str_is(line.name, "begin"))
			got = begin(r, &line);
		else if (line.name.n == 3 && ex_str_is(line.name, "end"))
			got = end(r, &line);
		else
			got = property(r, &line);
		if (got == -1)
			return -1;
	}
	if (got == -1)
		return -1;
	if (r->depth > 0)
		return bad(r, r->since[r->depth - 1],
		    r->open[r->depth - 1]->name, "BEGIN without END");
	if (r->root == NULL)
		return ex_err_set(r->err, EX_ERR_INPUT,
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

	own = ex_arena_array(r->a, r->root->ncomp + 1, sizeof(*own));
	for (i = 0; i < r->root->ncomp; i++) {
		c = r->root->comp[i];
		if (is_kind(c->name))
			own[n++] = c;
	}
	if (n == 0)
		return ex_err_set(r->err, EX_ERR_INPUT,
		    "line %u: holds no item", number);
	if (n > 1 && (items = count_items(own, n)) > 1)
		return ex_err_set(r->err, EX_ERR_INPUT,
		    "line %u: holds %zu items", number, items);
	item->kind = ex_kind_of_comp(own[0]->name);
	item->uid = uid_of(own[0]);
	if (item->uid.n > EX_CAP_ID)
		return ex_err_set(r->err, EX_ERR_INPUT,
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
	struct reader r = { .a = a, .err = err };

	if (text.n > EX_CAP_ITEM)
		return ex_err_set(err, EX_ERR_INPUT,
		    "line %u: over %lu MiB", number, EX_CAP_ITEM >> 20);
	ex_lines_init(&r.in, text, number);
	r.foreign = !ex_json_utf8(text);
	if (read_tree(&r) == -1 || identify(&r, number, item) == -1)
		return -1;
	item->root = r.root;
	item->as = r.old ? EX_STR("vcalendar 1.0") : EX_STR("icalendar 2.0");
	ex_item_sort(item, a);
	prune(r.root, a);
	return 0;
}
