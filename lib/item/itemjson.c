/*
 * itemjson.c: items out of jCard (RFC 7095) and jCal (RFC 7265) and back
 *
 * Taken from others, too: names in upper case, a parameter's numbers and
 * booleans, an empty array for an empty object (PHP), a vCard with a third
 * array, an array around one item, a property without a value (one empty
 * one).  Not taken: anything whose type is not what it should be.
 */
#include <stdbool.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/json.h>
#include <ex/scan.h>

struct reader {
	struct ex_arena *a;
	struct ex_err *err;
	size_t nprop;		/* in the whole item */
};

/*
 * A name in lower case; absent: no string, empty or with bytes in it that
 * no name has (they would be structure in the text formats).
 */
static struct ex_str
read_name(struct reader *r, const struct ex_json *j)
{
	struct ex_str s;
	char *low;
	size_t i;
	bool upper = false;

	if (j == NULL || j->type != EX_JSON_STRING || j->text.n == 0)
		return EX_STR_NONE;
	s = j->text;
	for (i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ||
		    strchr(":;,=\"", s.p[i]) != NULL)
			return EX_STR_NONE;
		/* "X-GOOGLE TALK" is seen in real cards (line.c). */
		if (s.p[i] == ' ' && (i < 2 || i + 1 == s.n ||
		    s.p[1] != '-' || (s.p[0] | 0x20) != 'x'))
			return EX_STR_NONE;
		upper |= s.p[i] >= 'A' && s.p[i] <= 'Z';
	}
	if (!upper)
		return s;
	low = ex_arena_bytes(r->a, s.n);
	for (i = 0; i < s.n; i++)
		low[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ?
		    s.p[i] - 'A' + 'a' : s.p[i]);
	return (struct ex_str){ low, s.n };
}

static size_t
count(const struct ex_json *j)
{
	size_t n = 0;

	for (; j != NULL; j = j->next)
		n++;
	return n;
}

/* Room for n members that ex_arena_grow() may be asked to add to. */
static void *
room(struct ex_arena *a, size_t n, size_t size)
{
	size_t all = 1;

	while (all < n)
		all *= 2;
	return n == 0 ? NULL : ex_arena_array(a, all, size);
}

static int
prop_error(struct reader *r, const struct ex_prop *p, const char *what)
{
	size_t i, n = p->name.n > 64 ? 64 : p->name.n;
	char name[64];

	for (i = 0; i < n; i++)
		name[i] = (char)(p->name.p[i] >= 'a' && p->name.p[i] <= 'z' ?
		    p->name.p[i] - 'a' + 'A' : p->name.p[i]);
	return ex_err_set(r->err, EX_ERR_INPUT, "%.*s: %s", (int)n, name,
	    what);
}

static int
param_value(struct reader *r, const struct ex_prop *p,
    const struct ex_json *j, struct ex_str *out)
{
	switch (j->type) {
	case EX_JSON_STRING:
	case EX_JSON_NUMBER:
		*out = j->text;
		return 0;
	case EX_JSON_TRUE:
		*out = EX_STR("true");
		return 0;
	case EX_JSON_FALSE:
		*out = EX_STR("false");
		return 0;
	case EX_JSON_NULL:
	case EX_JSON_ARRAY:
	case EX_JSON_OBJECT:
		break;
	}
	return prop_error(r, p, "a parameter's value is no text");
}

static int
read_param(struct reader *r, const struct ex_prop *p,
    const struct ex_json *j, struct ex_param *param)
{
	const struct ex_json name = { .type = EX_JSON_STRING,
	    .text = j->key }, *v = j;
	size_t i;

	param->name = read_name(r, &name);
	if (param->name.p == NULL)
		return prop_error(r, p, "a parameter has no proper name");
	param->nvalue = j->type == EX_JSON_ARRAY ? count(j->child) : 1;
	if (j->type == EX_JSON_ARRAY)
		v = j->child;
	param->value = ex_arena_array(r->a,
	    param->nvalue > 0 ? param->nvalue : 1, sizeof(*param->value));
	for (i = 0; i < param->nvalue; i++, v = v->next)
		if (param_value(r, p, v, &param->value[i]) == -1)
			return -1;
	if (param->nvalue == 0) {
		param->value[0] = EX_STR("");
		param->nvalue = 1;
	}
	return 0;
}

/* {"TYPE":"a","type":"b"}: one parameter of two values. */
static void
join_param(struct reader *r, struct ex_prop *p, const struct ex_param *add)
{
	struct ex_param *has;
	struct ex_str *value;
	size_t i;

	for (i = 0; i < p->nparam; i++)
		if (ex_str_eq(p->param[i].name, add->name))
			break;
	if (i == p->nparam) {
		p->param[p->nparam++] = *add;
		return;
	}
	has = &p->param[i];
	value = ex_arena_array(r->a, has->nvalue + add->nvalue,
	    sizeof(*value));
	memcpy(value, has->value, has->nvalue * sizeof(*value));
	memcpy(value + has->nvalue, add->value,
	    add->nvalue * sizeof(*value));
	has->value = value;
	has->nvalue += add->nvalue;
}

static int
read_params(struct reader *r, struct ex_prop *p, const struct ex_json *j)
{
	struct ex_param param;
	const struct ex_json *m;
	size_t n;

	if (j == NULL || (j->type != EX_JSON_OBJECT &&
	    (j->type != EX_JSON_ARRAY || j->child != NULL)))
		return prop_error(r, p, "its parameters are no object");
	n = count(j->child);
	if (n > EX_CAP_PARAMS)
		return prop_error(r, p, "too many parameters");
	p->param = room(r->a, n, sizeof(*p->param));
	for (m = j->child; m != NULL; m = m->next) {
		if (read_param(r, p, m, &param) == -1)
			return -1;
		/* RFC 7095, 3.4: VALUE is the type and stands nowhere else */
		if (!ex_str_is(param.name, "value"))
			join_param(r, p, &param);
	}
	return 0;
}

static bool
has_null(const struct ex_json *j)
{
	for (; j != NULL; j = j->next)
		if (j->type == EX_JSON_NULL || has_null(j->child))
			return true;
	return false;
}

static int
read_prop(struct reader *r, const struct ex_json *j, struct ex_prop **out)
{
	struct ex_prop *p = ex_prop_new(r->a, EX_STR_NONE, EX_STR_NONE, NULL);
	const struct ex_json *m;

	*out = p;
	if (++r->nprop > EX_CAP_PROPS)
		return ex_err_set(r->err, EX_ERR_INPUT,
		    "more than %d properties", EX_CAP_PROPS);
	if (j->type != EX_JSON_ARRAY)
		return ex_err_set(r->err, EX_ERR_INPUT,
		    "a property is no array");
	p->name = read_name(r, m = j->child);
	if (p->name.p == NULL)
		return ex_err_set(r->err, EX_ERR_INPUT,
		    "a property has no proper name");
	if (read_params(r, p, m = m->next) == -1)
		return -1;
	p->type = read_name(r, m = m->next);
	if (p->type.p == NULL)
		return prop_error(r, p, "its type is no name");
	if (has_null(m->next))
		return prop_error(r, p, "null is no value");
	/* the tree is not written to: items share what does not change */
	p->value = m->next != NULL ? (struct ex_json *)m->next :
	    ex_json_text(r->a, EX_STR(""));
	return 0;
}

static int	 read_comp(struct reader *r, const struct ex_json *j,
		    unsigned depth, struct ex_comp **out);

static int
read_members(struct reader *r, const struct ex_json *props,
    const struct ex_json *comps, unsigned depth, struct ex_comp *c)
{
	const struct ex_json *m;

	c->prop = room(r->a, count(props), sizeof(*c->prop));
	for (m = props; m != NULL; m = m->next)
		if (read_prop(r, m, &c->prop[c->nprop++]) == -1)
			return -1;
	c->comp = room(r->a, count(comps), sizeof(*c->comp));
	for (m = comps; m != NULL; m = m->next)
		if (read_comp(r, m, depth + 1, &c->comp[c->ncomp++]) == -1)
			return -1;
	return 0;
}

/* [name, [property...], [component...]] */
static int
read_comp(struct reader *r, const struct ex_json *j, unsigned depth,
    struct ex_comp **out)
{
	const struct ex_json *props, *comps;
	struct ex_str name;

	if (depth >= EX_CAP_NESTING)
		return ex_err_set(r->err, EX_ERR_INPUT,
		    "components nested too deep");
	name = j->type == EX_JSON_ARRAY ? read_name(r, j->child) :
	    EX_STR_NONE;
	if (name.p == NULL)
		return ex_err_set(r->err, EX_ERR_INPUT,
		    "a component has no proper name");
	*out = ex_comp_new(r->a, name);
	props = j->child->next;
	comps = props == NULL ? NULL : props->next;
	if (props == NULL || props->type != EX_JSON_ARRAY ||
	    (comps != NULL && (comps->type != EX_JSON_ARRAY ||
	    comps->next != NULL)))
		return ex_err_set(r->err, EX_ERR_INPUT,
		    "%.*s: not an array of properties and one of components",
		    (int)(name.n > 64 ? 64 : name.n), name.p);
	return read_members(r, props->child, comps == NULL ? NULL :
	    comps->child, depth, *out);
}

/*
 * The UID of the first component that has one; VCALENDAR's own (RFC 7986,
 * 5.3) is the calendar's.
 */
static struct ex_str
find_uid(const struct ex_comp *root)
{
	struct ex_str uid = EX_STR_NONE;
	size_t i;

	if (ex_str_is(root->name, "vcard"))
		uid = ex_prop_text(ex_comp_prop(root, "uid"));
	else
		for (i = 0; uid.n == 0 && i < root->ncomp; i++)
			if (!ex_str_is(root->comp[i]->name, "vtimezone"))
				uid = ex_prop_text(ex_comp_prop(
				    root->comp[i], "uid"));
	return uid.n > 0 ? uid : EX_STR_NONE;
}

static enum ex_kind
find_kind(const struct ex_comp *root)
{
	enum ex_kind kind = ex_kind_of_comp(root->name);
	size_t i;

	for (i = 0; kind == EX_KIND_NONE && i < root->ncomp; i++)
		kind = ex_kind_of_comp(root->comp[i]->name);
	return kind;
}

int
ex_item_of_json(const struct ex_json *j, struct ex_arena *a,
    struct ex_item *item, struct ex_err *err)
{
	struct reader r = { a, err, 0 };

	memset(item, 0, sizeof(*item));
	if (j->type == EX_JSON_ARRAY && j->child != NULL &&
	    j->child->type == EX_JSON_ARRAY && j->child->next == NULL)
		j = j->child;
	if (read_comp(&r, j, 0, &item->root) == -1)
		return -1;
	if (!ex_str_is(item->root->name, "vcard") &&
	    !ex_str_is(item->root->name, "vcalendar"))
		return ex_err_set(err, EX_ERR_INPUT,
		    "neither a vcard nor a vcalendar");
	ex_item_sort(item, a);
	item->kind = find_kind(item->root);
	item->uid = find_uid(item->root);
	return 0;
}

int
ex_item_parse(struct ex_str data, struct ex_arena *a, struct ex_item *item,
    struct ex_err *err)
{
	struct ex_json *j;

	if (ex_json_parse(data, a, &j, err) == -1)
		return -1;
	return ex_item_of_json(j, a, item, err);
}

static void
write_params(struct ex_buf *b, const struct ex_prop *p)
{
	size_t i, k;

	ex_buf_putc(b, '{');
	for (i = 0; i < p->nparam; i++) {
		const struct ex_param *param = &p->param[i];

		if (i > 0)
			ex_buf_putc(b, ',');
		ex_json_string(b, param->name);
		ex_buf_putc(b, ':');
		if (param->nvalue != 1)
			ex_buf_putc(b, '[');
		for (k = 0; k < param->nvalue; k++) {
			if (k > 0)
				ex_buf_putc(b, ',');
			ex_json_string(b, param->value[k]);
		}
		if (param->nvalue != 1)
			ex_buf_putc(b, ']');
	}
	ex_buf_putc(b, '}');
}

/*
 * ["name",{},"type" in one go, as nearly every property begins; false: a
 * name that needs escapes, nothing is written.
 */
static bool
write_plain_head(struct ex_buf *b, struct ex_str name, struct ex_str type)
{
	char *start = ex_buf_room(b, name.n + type.n + 10), *p = start;

	if (p == NULL)
		return true;
	*p++ = '[';
	*p++ = '"';
	if (ex_scan_copy(p, name.p, name.n, EX_SCAN_JSON) < name.n)
		return false;
	p += name.n;
	memcpy(p, "\",{},\"", 6);
	p += 6;
	if (ex_scan_copy(p, type.p, type.n, EX_SCAN_JSON) < type.n)
		return false;
	p += type.n;
	*p++ = '"';
	b->n += (size_t)(p - start);
	return true;
}

void
ex_prop_write(struct ex_buf *b, const struct ex_prop *p)
{
	const struct ex_json *v;

	if (p->ready != NULL) {
		ex_buf_str(b, p->ready->json);
		return;
	}
	if (p->nparam > 0 || !write_plain_head(b, p->name, p->type)) {
		ex_buf_putc(b, '[');
		ex_json_string(b, p->name);
		ex_buf_putc(b, ',');
		write_params(b, p);
		ex_buf_putc(b, ',');
		ex_json_string(b, p->type);
	}
	for (v = p->value; v != NULL; v = v->next) {
		ex_buf_putc(b, ',');
		if (v->type == EX_JSON_STRING)
			ex_json_string(b, v->text);
		else
			ex_json_write(b, v);
	}
	ex_buf_putc(b, ']');
}

/* No deeper than EX_CAP_NESTING: whoever makes components sees to that. */
void
ex_comp_write(struct ex_buf *b, const struct ex_comp *c)
{
	size_t i;

	ex_buf_putc(b, '[');
	ex_json_string(b, c->name);
	ex_buf_puts(b, ",[");
	for (i = 0; i < c->nprop; i++) {
		if (i > 0)
			ex_buf_putc(b, ',');
		ex_prop_write(b, c->prop[i]);
	}
	ex_buf_putc(b, ']');
	/* RFC 7095, 3.2: a jCard is an array of two */
	if (c->ncomp > 0 || !ex_str_is(c->name, "vcard")) {
		ex_buf_puts(b, ",[");
		for (i = 0; i < c->ncomp; i++) {
			if (i > 0)
				ex_buf_putc(b, ',');
			ex_comp_write(b, c->comp[i]);
		}
		ex_buf_putc(b, ']');
	}
	ex_buf_putc(b, ']');
}

void
ex_item_write(struct ex_buf *b, const struct ex_item *item)
{
	ex_comp_write(b, item->root);
}
