/*
 * ewsmapxml.c: an item's values in XML, read and written
 *
 * Written strictly, in the schema's order; read whatever the order, the
 * namespaces and the zones of dates are.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/json.h>

#include "ewsmappriv.h"

/* What is done for each child of a name, in order. */
typedef void	 each(const struct ex_xml_node *n, struct ex_buf *b,
		    struct ex_arena *a);

static struct ex_str
list(const struct ex_xml_node *n, const char *name, each *one,
    struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	for (n = n->child; n != NULL; n = n->next)
		if (ex_str_is(n->name.local, name))
			one(n, &b, a);
	s = b.n == 0 ? EX_STR_NONE : ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	if (s.n > 0)
		s.n--;
	return s;
}

static void
one_string(const struct ex_xml_node *n, struct ex_buf *b,
    struct ex_arena *a)
{
	struct ex_str s = ex_exmap_clean(n->text, false, a);

	if (s.n > 0) {
		ex_buf_str(b, s);
		ex_buf_putc(b, '\n');
	}
}

static void
one_start(const struct ex_xml_node *n, struct ex_buf *b, struct ex_arena *a)
{
	struct ex_exchange_time t;
	struct ex_str s = ex_xml_child_text(n, "Start");

	if (s.p == NULL || !ex_exchange_time(s, &t))
		return;
	ex_buf_str(b, ex_exchange_utc(a, t.sec));
	ex_buf_putc(b, '\n');
}

/* No tab in it, which stands between the parts. */
static void
put_part(struct ex_buf *b, struct ex_str s, struct ex_arena *a)
{
	size_t i;

	s = ex_exmap_clean(s.p == NULL ? EX_STR("") : s, false, a);
	for (i = 0; i < s.n; i++)
		ex_buf_putc(b, s.p[i] == '\t' ? ' ' : s.p[i]);
}

static void
one_person(const struct ex_xml_node *n, struct ex_buf *b,
    struct ex_arena *a)
{
	const struct ex_xml_node *box = ex_str_is(n->name.local, "Mailbox") ?
	    n : ex_xml_child(n, "Mailbox");

	if (box == NULL || ex_xml_child_text(box, "EmailAddress").n == 0)
		return;
	put_part(b, ex_xml_child_text(box, "EmailAddress"), a);
	ex_buf_putc(b, '\t');
	put_part(b, ex_xml_child_text(n, "ResponseType"), a);
	ex_buf_putc(b, '\t');
	put_part(b, ex_xml_child_text(box, "Name"), a);
	ex_buf_putc(b, '\n');
}

static const struct ex_xml_node *
entry(const struct ex_xml_node *item, const char *dictionary,
    const char *key)
{
	const struct ex_xml_node *n = ex_xml_child(item, dictionary);

	for (n = n == NULL ? NULL : n->child; n != NULL; n = n->next)
		if (ex_str_is(n->name.local, "Entry") &&
		    ex_str_is(ex_xml_attr_of(n, "Key"), key))
			return n;
	return NULL;
}

/* Does attrs, as the table has them, hold NAME="value", any case? */
static bool
attr_is(const char *attrs, struct ex_xml_attr attr)
{
	const char *at;
	size_t n = attr.name.local.n;
	struct ex_str value;

	for (at = attrs; *at != '\0'; at++) {
		if (strncmp(at, attr.name.local.p, n) != 0 || at[n] != '=')
			continue;
		at += n + 2;
		value = attr.value;
		if (strcspn(at, "\"") != value.n)
			return false;
		for (; value.n > 0; value.n--, value.p++, at++)
			if ((*at | 0x20) != (*value.p | 0x20))
				return false;
		return true;
	}
	return false;
}

static bool
is_path(const struct ex_xml_node *n, const char *attrs)
{
	size_t i, same = 0, set = 0;

	for (i = 0; i < n->nattr; i++) {
		if (ex_str_is(n->attr[i].name.local, "PropertyType"))
			continue;
		set++;
		same += attr_is(attrs, n->attr[i]);
	}
	return set > 0 && same == set;
}

static struct ex_str
extended(const struct ex_xml_node *item, const struct ex_ewsmap_field *f)
{
	const struct ex_xml_node *n, *path;

	for (n = item->child; n != NULL; n = n->next) {
		if (!ex_str_is(n->name.local, "ExtendedProperty"))
			continue;
		path = ex_xml_child(n, "ExtendedFieldURI");
		if (path != NULL && is_path(path, f->uri))
			return ex_xml_child_text(n, "Value");
	}
	return EX_STR_NONE;
}

static struct ex_str
time_value(const struct ex_ewsmap_field *f, struct ex_str s,
    struct ex_arena *a)
{
	struct ex_exchange_time t;

	if (!ex_exchange_time(s, &t))
		return EX_STR_NONE;
	if (f->form == EX_EXF_TIME)
		return ex_exchange_utc(a, t.sec);
	return ex_exchange_date(a, f->form == EX_EXF_DAY && !t.date ?
	    ex_exchange_midnight(t.sec) : ex_exchange_day_of(t.sec));
}

static struct ex_str
rule_value(const struct ex_xml_node *n, struct ex_arena *a)
{
	struct ex_exchange_rule r;

	if (!ex_ewsmap_rule_read(n, &r))
		return EX_STR_NONE;
	ex_exchange_rule_fold(&r);
	return ex_exmap_rule_text(&r, a);
}

/* Of a field that is an element of its own. */
static struct ex_str
element(const struct ex_xml_node *n, const struct ex_ewsmap_field *f,
    struct ex_arena *a)
{
	switch (f->form) {
	case EX_EXF_BODY:
		return ex_exmap_clean(n->text, true, a);
	case EX_EXF_TIME:
	case EX_EXF_DAY:
	case EX_EXF_NOON:
		return time_value(f, n->text, a);
	case EX_EXF_STRINGS:
		return list(n, "String", one_string, a);
	case EX_EXF_ZONE:
		return ex_xml_attr_of(n, "Id");
	case EX_EXF_RULE:
		return rule_value(n, a);
	case EX_EXF_PEOPLE:
		return list(n, (f->flags & EX_EXF_READ) ? "Mailbox" :
		    "Attendee", one_person, a);
	case EX_EXF_STARTS:
		return list(n, "DeletedOccurrence", one_start, a);
	case EX_EXF_TEXT:
	case EX_EXF_WORD:
	case EX_EXF_EXTENDED:
	case EX_EXF_ENTRY:
	case EX_EXF_ADDRESS:
		break;
	}
	return ex_exmap_clean(n->text, false, a);
}

static struct ex_str
value(const struct ex_xml_node *item, const struct ex_ewsmap_field *f,
    struct ex_arena *a)
{
	const struct ex_xml_node *n;
	struct ex_str s;

	switch (f->form) {
	case EX_EXF_EXTENDED:
		s = extended(item, f);
		return s.p == NULL ? s : ex_exmap_clean(s, false, a);
	case EX_EXF_ENTRY:
		n = entry(item, f->elem, f->key);
		return n == NULL ? EX_STR_NONE :
		    ex_exmap_clean(n->text, false, a);
	case EX_EXF_ADDRESS:
		n = entry(item, "PhysicalAddresses", f->key);
		s = n == NULL ? EX_STR_NONE : ex_xml_child_text(n, f->elem);
		return s.p == NULL ? s : ex_exmap_clean(s, true, a);
	case EX_EXF_TEXT:
	case EX_EXF_BODY:
	case EX_EXF_WORD:
	case EX_EXF_TIME:
	case EX_EXF_DAY:
	case EX_EXF_NOON:
	case EX_EXF_STRINGS:
	case EX_EXF_ZONE:
	case EX_EXF_RULE:
	case EX_EXF_PEOPLE:
	case EX_EXF_STARTS:
		break;
	}
	n = ex_xml_child(item, f->elem);
	return n == NULL ? EX_STR_NONE : element(n, f, a);
}

void
ex_ewsmap_values(const struct ex_xml_node *item, enum ex_kind kind,
    struct ex_arena *a, struct ex_exmap_values *v)
{
	unsigned flag = ex_exmap_flag(kind);
	struct ex_str s;
	int i;

	memset(v, 0, sizeof(*v));
	for (i = 0; i < EX_FLD_N; i++) {
		if ((ex_ewsmap_table[i].flags & flag) == 0)
			continue;
		s = value(item, &ex_ewsmap_table[i], a);
		v->v[i] = s.n > 0 ? s : EX_STR_NONE;
	}
}

void
ex_ewsmap_path(struct ex_buf *b, const struct ex_ewsmap_field *f)
{
	if (f->form == EX_EXF_EXTENDED)
		ex_buf_fmt(b, "<t:ExtendedFieldURI %s PropertyType=\"%s\"/>",
		    f->uri, f->key);
	else if (f->key != NULL)
		ex_buf_fmt(b, "<t:IndexedFieldURI FieldURI=\"%s\" "
		    "FieldIndex=\"%s\"/>", f->uri, f->key);
	else
		ex_buf_fmt(b, "<t:FieldURI FieldURI=\"%s\"/>", f->uri);
}

static void
put_strings(struct ex_buf *b, struct ex_str s)
{
	while (s.n > 0) {
		ex_buf_puts(b, "<t:String>");
		ex_xml_escape(b, ex_exmap_line(&s));
		ex_buf_puts(b, "</t:String>");
	}
}

static void
put_people(struct ex_buf *b, struct ex_str s)
{
	struct ex_str line, address;

	while (s.n > 0) {
		line = ex_exmap_line(&s);
		address = ex_exmap_cut(&line, '\t');
		ex_exmap_cut(&line, '\t');
		ex_buf_puts(b, "<t:Attendee><t:Mailbox>");
		if (line.n > 0) {
			ex_buf_puts(b, "<t:Name>");
			ex_xml_escape(b, line);
			ex_buf_puts(b, "</t:Name>");
		}
		ex_buf_puts(b, "<t:EmailAddress>");
		ex_xml_escape(b, address);
		ex_buf_puts(b, "</t:EmailAddress></t:Mailbox></t:Attendee>");
	}
}

static void
put_inside(struct ex_buf *b, const struct ex_ewsmap_field *f,
    struct ex_str s)
{
	struct ex_exchange_rule r;

	switch (f->form) {
	case EX_EXF_STRINGS:
		put_strings(b, s);
		break;
	case EX_EXF_PEOPLE:
		put_people(b, s);
		break;
	case EX_EXF_RULE:
		if (ex_exmap_rule_parse(s, &r))
			ex_ewsmap_rule_put(b, &r);
		break;
	case EX_EXF_DAY:
		ex_buf_str(b, s);
		ex_buf_puts(b, "T00:00:00Z");
		break;
	case EX_EXF_NOON:
		ex_buf_str(b, s);
		ex_buf_puts(b, "T11:59:00Z");
		break;
	case EX_EXF_TEXT:
	case EX_EXF_BODY:
	case EX_EXF_WORD:
	case EX_EXF_TIME:
	case EX_EXF_ZONE:
	case EX_EXF_STARTS:
	case EX_EXF_EXTENDED:
	case EX_EXF_ENTRY:
	case EX_EXF_ADDRESS:
		ex_xml_escape(b, s);
		break;
	}
}

/* The element itself; of an entry: without its dictionary. */
static void
put_field(struct ex_buf *b, const struct ex_ewsmap_field *f,
    struct ex_str s)
{
	if (f->form == EX_EXF_ZONE) {
		ex_buf_fmt(b, "<t:%s Id=\"", f->elem);
		ex_xml_escape(b, s);
		ex_buf_puts(b, "\"/>");
		return;
	}
	if (f->form == EX_EXF_ENTRY)
		ex_buf_fmt(b, "<t:Entry Key=\"%s\">", f->key);
	else if (f->form == EX_EXF_BODY)
		ex_buf_puts(b, "<t:Body BodyType=\"Text\">");
	else
		ex_buf_fmt(b, "<t:%s>", f->elem);
	if (f->form == EX_EXF_EXTENDED) {
		ex_ewsmap_path(b, f);
		ex_buf_puts(b, "<t:Value>");
	}
	put_inside(b, f, s);
	if (f->form == EX_EXF_EXTENDED)
		ex_buf_puts(b, "</t:Value>");
	ex_buf_fmt(b, "</t:%s>", f->form == EX_EXF_ENTRY ? "Entry" :
	    f->elem);
}

/* What stands around a field that is not the item itself. */
static const char *
dictionary(const struct ex_ewsmap_field *f)
{
	return f == NULL ? NULL : f->form == EX_EXF_ENTRY ? f->elem :
	    f->form == EX_EXF_ADDRESS ? "PhysicalAddresses" : NULL;
}

static const char *
address(const struct ex_ewsmap_field *f)
{
	return f != NULL && f->form == EX_EXF_ADDRESS ? f->key : NULL;
}

static bool
same(const char *x, const char *y)
{
	return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

/* Close what was around the last field and is not around f, and open. */
static void
step(struct ex_buf *b, const struct ex_ewsmap_field *last,
    const struct ex_ewsmap_field *f)
{
	bool other = !same(dictionary(last), dictionary(f));

	if (address(last) != NULL && !same(address(last), address(f)))
		ex_buf_puts(b, "</t:Entry>");
	if (other && dictionary(last) != NULL)
		ex_buf_fmt(b, "</t:%s>", dictionary(last));
	if (other && dictionary(f) != NULL)
		ex_buf_fmt(b, "<t:%s>", dictionary(f));
	if (address(f) != NULL && !same(address(last), address(f)))
		ex_buf_fmt(b, "<t:Entry Key=\"%s\">", address(f));
}

void
ex_ewsmap_create(struct ex_buf *b, enum ex_kind kind,
    const struct ex_exmap_values *v)
{
	const char *elem = ex_ewsmap_elem(kind);
	const struct ex_ewsmap_field *f, *last = NULL;
	int i;

	ex_buf_fmt(b, "<%s>", elem);
	for (i = 0; i < EX_FLD_N; i++) {
		f = &ex_ewsmap_table[i];
		if ((f->flags & ex_exmap_flag(kind)) == 0 ||
		    (f->flags & EX_EXF_READ) || v->v[i].p == NULL)
			continue;
		step(b, last, f);
		put_field(b, f, v->v[i]);
		last = f;
	}
	step(b, last, NULL);
	ex_buf_fmt(b, "</%s>", elem);
}

static void
set_field(struct ex_buf *b, const char *elem,
    const struct ex_ewsmap_field *f, struct ex_str s)
{
	ex_buf_puts(b, "<t:SetItemField>");
	ex_ewsmap_path(b, f);
	ex_buf_fmt(b, "<%s>", elem);
	step(b, NULL, f);
	put_field(b, f, s);
	step(b, f, NULL);
	ex_buf_fmt(b, "</%s></t:SetItemField>", elem);
}

/* What people answered is not ours to write. */
static bool
same_people(struct ex_str x, struct ex_str y)
{
	struct ex_str lx, ly;

	while (x.n > 0 && y.n > 0) {
		lx = ex_exmap_line(&x);
		ly = ex_exmap_line(&y);
		if (!ex_str_eq(ex_exmap_cut(&lx, '\t'), ex_exmap_cut(&ly, '\t')))
			return false;
	}
	return x.n == 0 && y.n == 0;
}

static bool
differs(int i, const struct ex_exmap_values *was,
    const struct ex_exmap_values *v)
{
	const struct ex_ewsmap_field *f = &ex_ewsmap_table[i];

	if ((f->flags & (EX_EXF_READ | EX_EXF_ONCE)) != 0 ||
	    ((f->flags & EX_EXF_ALWAYS) && v->v[i].p == NULL))
		return false;
	if (f->form == EX_EXF_PEOPLE && v->v[i].p != NULL &&
	    was->v[i].p != NULL)
		return !same_people(was->v[i], v->v[i]);
	return !ex_str_eq(was->v[i], v->v[i]);
}

void
ex_ewsmap_updates(struct ex_buf *b, enum ex_kind kind,
    const struct ex_exmap_values *was, const struct ex_exmap_values *v,
    bool occurrence)
{
	unsigned flag = ex_exmap_flag(kind), flags;
	bool when = false;
	int i;

	for (i = 0; i < EX_FLD_N; i++)
		when |= (ex_ewsmap_table[i].flags & EX_EXF_WHEN) != 0 &&
		    differs(i, was, v);
	for (i = 0; i < EX_FLD_N; i++) {
		flags = ex_ewsmap_table[i].flags;
		if ((flags & flag) == 0 ||
		    (occurrence && (flags & EX_EXF_SERIES)))
			continue;
		if (!differs(i, was, v) && (!when || v->v[i].p == NULL ||
		    (flags & EX_EXF_WHEN) == 0))
			continue;
		if (v->v[i].p != NULL) {
			set_field(b, ex_ewsmap_elem(kind),
			    &ex_ewsmap_table[i], v->v[i]);
			continue;
		}
		ex_buf_puts(b, "<t:DeleteItemField>");
		ex_ewsmap_path(b, &ex_ewsmap_table[i]);
		ex_buf_puts(b, "</t:DeleteItemField>");
	}
}
