/*
 * icalprop.c: a content line to a property of jCal (RFC 7265, 3.4 and 3.5)
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/ical.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/text.h>

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

int
ex_ical_bad(const struct ex_ical_in *r, unsigned line, struct ex_str name,
    const char *why)
{
	name = shout(name, r->a);
	if (name.n > 64)
		name.n = 64;
	return ex_err_set(r->err, EX_ERR_INPUT, "line %u: %.*s: %s", line,
	    EX_STR_ARG(name), why);
}

static int
check_utf8(const struct ex_ical_in *r, const struct ex_line *line)
{
	const struct ex_line_param *p;
	size_t i, k;

	for (i = 0; i < line->nparam; i++) {
		p = &line->param[i];
		for (k = 0; k < p->nvalue && ex_json_utf8(p->value[k]); k++)
			continue;
		if (k < p->nvalue || !ex_json_utf8(p->name))
			return ex_ical_bad(r, line->number,
			    EX_STR("a parameter"), "not UTF-8");
	}
	if (!ex_json_utf8(line->name) || !ex_json_utf8(line->group))
		return ex_ical_bad(r, line->number, EX_STR("a name"),
		    "not UTF-8");
	if (!ex_json_utf8(line->value))
		return ex_ical_bad(r, line->number, line->name, "not UTF-8");
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
add_param(const struct ex_ical_in *r, struct ex_prop *p, struct ex_str name,
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
add_odd(const struct ex_ical_in *r, struct ex_prop *p,
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
add_bare(const struct ex_ical_in *r, struct ex_prop *p,
    const struct ex_line_param *from)
{
	struct ex_str name;

	if (from->nvalue == 0)
		return;
	name = ex_text_lower(from->value[0], r->a);
	if (r->old)
		add_param(r, p, EX_STR("type"), from->value, from->nvalue);
	else if (!ex_line_is_name(name) || ex_str_is(name, "value"))
		add_param(r, p, EX_STR("x-bare"), from->value, from->nvalue);
	else
		add_param(r, p, name, NULL, 0);
}

/* All but VALUE, which becomes the type. */
static void
params(const struct ex_ical_in *r, const struct ex_line *line,
    struct ex_prop *p, struct ex_str *value)
{
	const struct ex_line_param *from;
	size_t i;

	*value = EX_STR_NONE;
	for (i = 0; i < line->nparam; i++) {
		from = &line->param[i];
		if (from->name.p == NULL)
			add_bare(r, p, from);
		else if (!ex_line_is_name(from->name))
			add_odd(r, p, from);
		else if (!ex_str_is(from->name, "value"))
			add_param(r, p, from->name, from->value,
			    from->nvalue);
		else if (value->p != NULL || from->nvalue == 0 ||
		    !ex_line_is_name(from->value[0]))
			add_odd(r, p, from);
		else
			*value = ex_text_lower(from->value[0], r->a);
	}
}

/* What a group is to vCards is part of the name here. */
static struct ex_str
full_name(const struct ex_ical_in *r, const struct ex_line *line)
{
	struct ex_str s;

	if (line->group.p == NULL)
		return line->name;
	s = ex_arena_fmt(r->a, "%.*s.%.*s", EX_STR_ARG(line->group),
	    EX_STR_ARG(line->name));
	return ex_text_lower(s, r->a);
}

static void
old_value(const struct ex_ical_in *r, struct ex_line *line,
    const struct ex_ical_def *def, struct ex_prop *p)
{
	enum ex_ical_type type = def == NULL ? EX_ICAL_TEXT : def->type;

	p->value = ex_json_text(r->a, line->value);
	p->type = ex_ical_type_name(type == EX_ICAL_CAL_ADDRESS ||
	    type == EX_ICAL_URI ? type : EX_ICAL_TEXT);
}

/* A rule of 1.0 looks like none of 2.0; some write 2.0's all the same. */
static bool
old_rule(const struct ex_ical_in *r, const struct ex_ical_def *def,
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
fatal(const struct ex_ical_in *r, const struct ex_ical_def *def,
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
read_value(const struct ex_ical_in *r, struct ex_line *line,
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
		return ex_ical_bad(r, line->number, line->name,
		    reason(def, why));
	return 0;
}


struct ex_prop *
ex_ical_prop(const struct ex_ical_in *r, struct ex_line *line)
{
	struct ex_str name = full_name(r, line);
	const struct ex_ical_def *def = ex_ical_def(name);
	struct ex_prop *p = ex_prop_new(r->a, def != NULL ? def->name : name,
	    EX_STR_NONE, NULL);

	p->line = line->number;
	if (read_value(r, line, def, p) == -1)
		return NULL;
	if (r->old)
		ex_ical_old_prop(p, r->a);
	return p;
}
