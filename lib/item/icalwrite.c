/*
 * icalwrite.c: an item as iCalendar 2.0 (RFC 5545, formats.md 4)
 *
 * What is not known is written as it came.  What every reader wants and
 * the item lacks is added, always the same: a DTSTAMP out of the item's
 * own times, a DURATION of nothing for an event that only starts (it means
 * that already, RFC 5545 3.6.1), a VTIMEZONE for each TZID.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/hash.h>
#include <ex/ical.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/zone.h>

/* In capitals.  Whoever made the item saw to it that it is a name. */
static void
write_name(struct ex_buf *b, struct ex_str name)
{
	char *p = ex_buf_room(b, name.n);
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < name.n; i++)
		p[i] = name.p[i] >= 'a' && name.p[i] <= 'z' ?
		    (char)(name.p[i] - 0x20) : name.p[i];
	b->n += name.n;
}

static void
write_mark(struct ex_buf *b, const char *mark, struct ex_str name)
{
	size_t start = ex_line_start(b);

	ex_buf_puts(b, mark);
	write_name(b, name);
	ex_line_end(b, start);
}

static void
write_simple(struct ex_buf *b, const char *name, struct ex_str raw)
{
	size_t start = ex_line_start(b);

	ex_buf_puts(b, name);
	ex_buf_putc(b, ':');
	ex_line_escape(b, raw);
	ex_line_end(b, start);
}

/* Nothing but empty strings (an array in an array is no value of ours). */
static bool
is_empty(const struct ex_json *j)
{
	const struct ex_json *c;

	for (; j != NULL; j = j->next) {
		if (j->type == EX_JSON_STRING ? j->text.n > 0 :
		    j->type != EX_JSON_ARRAY && j->type != EX_JSON_NULL)
			return false;
		if (j->type != EX_JSON_ARRAY)
			continue;
		for (c = j->child; c != NULL; c = c->next)
			if (c->type != EX_JSON_STRING || c->text.n > 0)
				return false;
	}
	return true;
}

/* Is there one that will be written? */
static bool
has(const struct ex_comp *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nprop; i++)
		if (ex_str_is(c->prop[i]->name, name) &&
		    !is_empty(c->prop[i]->value))
			return true;
	return false;
}

/* Its VALUE where it is not the one that goes without saying. */
static void
write_type(struct ex_buf *b, const struct ex_prop *p)
{
	const struct ex_ical_def *def = ex_ical_def(p->name);
	enum ex_ical_type type = ex_ical_type_of(p->type), usual;

	usual = def == NULL ? EX_ICAL_UNKNOWN : def->type;
	if (type == EX_ICAL_UNKNOWN || type == usual || p->type.n == 0)
		return;
	ex_buf_puts(b, ";VALUE=");
	write_name(b, p->type);
}

static void
write_prop(struct ex_buf *b, const struct ex_prop *p)
{
	const struct ex_param *q;
	size_t i, start;

	if (is_empty(p->value))
		return;
	start = ex_line_start(b);
	write_name(b, p->name);
	write_type(b, p);
	for (i = 0; i < p->nparam; i++) {
		q = &p->param[i];
		ex_line_param_write(b, q->name, q->value, q->nvalue);
	}
	ex_buf_putc(b, ':');
	ex_ical_write(b, p);
	ex_line_end(b, start);
}

static bool
is_utc(struct ex_str s)
{
	return s.n == 20 && s.p[10] == 'T' && s.p[19] == 'Z';
}

static void
add_stamp(struct ex_buf *b, const struct ex_comp *c)
{
	struct ex_str s = ex_prop_text(ex_comp_prop(c, "last-modified"));
	size_t start;

	if (has(c, "dtstamp"))
		return;
	if (!is_utc(s))
		s = ex_prop_text(ex_comp_prop(c, "created"));
	if (!is_utc(s))
		s = EX_STR("1970-01-01T00:00:00Z");
	start = ex_line_start(b);
	ex_buf_puts(b, "DTSTAMP:");
	ex_ical_write_when(b, s);
	ex_line_end(b, start);
}

/* iCloud answers 404 to a timed event that does not say when it ends. */
static void
add_duration(struct ex_buf *b, const struct ex_comp *c)
{
	const struct ex_prop *start = ex_comp_prop(c, "dtstart");

	if (ex_str_is(c->name, "vevent") && start != NULL &&
	    ex_str_is(start->type, "date-time") &&
	    !has(c, "dtend") && !has(c, "duration"))
		ex_buf_puts(b, "DURATION:PT0S\r\n");
}

static int
write_comp(struct ex_buf *b, const struct ex_comp *c, struct ex_str uid,
    size_t depth, struct ex_err *err)
{
	bool own = depth == 0 && ex_kind_of_comp(c->name) != EX_KIND_NONE;
	size_t i;

	if (depth == EX_CAP_NESTING)
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: too deep",
		    EX_STR_ARG(c->name));
	write_mark(b, "BEGIN:", c->name);
	if (own && uid.p != NULL && !has(c, "uid"))
		write_simple(b, "UID", uid);
	if (own)
		add_stamp(b, c);
	for (i = 0; i < c->nprop; i++)
		write_prop(b, c->prop[i]);
	if (own)
		add_duration(b, c);
	for (i = 0; i < c->ncomp; i++)
		if (write_comp(b, c->comp[i], uid, depth + 1, err) == -1)
			return -1;
	write_mark(b, "END:", c->name);
	return 0;
}

static bool
is_zone(const struct ex_comp *c)
{
	return ex_str_is(c->name, "vtimezone");
}

static int
done(const struct ex_buf *b, struct ex_err *err)
{
	return b->over ? ex_err_set(err, EX_ERR_INPUT, "too large") : 0;
}

static int
write_comps(struct ex_buf *b, const struct ex_item *item, struct ex_str uid,
    struct ex_err *err)
{
	const struct ex_comp *root = item->root;
	size_t i;

	for (i = 0; i < root->ncomp; i++)
		if (!is_zone(root->comp[i]) &&
		    write_comp(b, root->comp[i], uid, 0, err) == -1)
			return -1;
	return done(b, err);
}

int
ex_ical_encode_comps(const struct ex_item *item, struct ex_arena *scratch,
    struct ex_buf *out, struct ex_err *err)
{
	(void)scratch;
	return write_comps(out, item, EX_STR_NONE, err);
}

/* In the normal form VTIMEZONEs come first, sorted by TZID. */
static int
by_tzid(const void *key, const void *elem)
{
	const struct ex_comp *c = *(struct ex_comp *const *)elem;

	if (!is_zone(c))
		return -1;
	return ex_str_cmp(*(const struct ex_str *)key,
	    ex_prop_text(ex_comp_prop(c, "tzid")));
}

/* The item's own VTIMEZONE of that name, which goes before any other. */
static const struct ex_comp *
own_zone(const struct ex_item *item, struct ex_str tzid)
{
	struct ex_comp *const *c = NULL;

	if (item->root->ncomp > 0)
		c = bsearch(&tzid, item->root->comp, item->root->ncomp,
		    sizeof(*c), by_tzid);
	return c == NULL ? NULL : *c;
}

size_t
ex_ical_zones(const struct ex_item *item, struct ex_arena *a,
    struct ex_str **tzid)
{
	return ex_ical_tzids(item->root, a, tzid);
}

int
ex_ical_encode_zone(const struct ex_item *item, struct ex_str tzid,
    struct ex_arena *scratch, struct ex_buf *out, struct ex_err *err)
{
	const struct ex_comp *c = own_zone(item, tzid);

	if (c != NULL && write_comp(out, c, EX_STR_NONE, 1, err) == -1)
		return -1;
	if (c == NULL)
		(void)ex_zone_write(out, tzid, scratch);
	return done(out, err);
}

int
ex_ical_encode_zones(const struct ex_item *item, struct ex_arena *scratch,
    struct ex_buf *out, struct ex_err *err)
{
	struct ex_str *tzid;
	size_t i, n = ex_ical_zones(item, scratch, &tzid);

	for (i = 0; i < n; i++)
		if (ex_ical_encode_zone(item, tzid[i], scratch, out,
		    err) == -1)
			return -1;
	return done(out, err);
}

/* For an item that has none: one that is the same in every run. */
static struct ex_str
invented_uid(const struct ex_item *item, struct ex_arena *scratch)
{
	struct ex_hash *h = ex_hash_new();
	struct ex_buf b = EX_BUF_INIT;
	char hex[EX_HASH_HEX];

	ex_item_write(&b, item);
	ex_hash_hex(h, b.p, b.n, hex);
	ex_buf_fini(&b);
	ex_hash_free(h);
	return ex_arena_fmt(scratch, "ex-%s", hex);
}

int
ex_ical_encode(const struct ex_item *item, struct ex_arena *scratch,
    struct ex_buf *out, struct ex_err *err)
{
	const struct ex_comp *root = item->root;
	const struct ex_prop *p;
	struct ex_str uid = item->uid;
	size_t i;

	if (uid.n == 0)
		uid = invented_uid(item, scratch);
	ex_buf_puts(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
	    "PRODID:" EX_CODEC_PRODID "\r\n");
	for (i = 0; i < root->nprop; i++) {
		p = root->prop[i];
		if (!ex_str_is(p->name, "version") &&
		    !ex_str_is(p->name, "prodid") &&
		    !ex_str_is(p->name, "method"))
			write_prop(out, p);
	}
	if (ex_ical_encode_zones(item, scratch, out, err) == -1 ||
	    write_comps(out, item, uid, err) == -1)
		return -1;
	ex_buf_puts(out, "END:VCALENDAR\r\n");
	return done(out, err);
}
