/*
 * vcard.c: vCard 2.1, 3.0 and 4.0 to the normal form: cards and parameters
 *
 * The payload is 4.0's whatever came in (formats.md 2).  What is no content
 * line, broken structure and bytes that are not UTF-8 are errors; a value
 * that is not what its property says stays as it is, of type "unknown".
 * vcardvalue.c reads the values.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/vcard.h>

#define NPARAM 8	/* more than that go to the arena */

/* The card's form, or NONE. */
static enum ex_vcard_form
form_of(struct ex_str version)
{
	version = ex_line_trim(version);
	if (ex_str_is(version, "4.0"))
		return EX_VCARD_40;
	if (ex_str_is(version, "3.0"))
		return EX_VCARD_30;
	return ex_str_is(version, "2.1") ? EX_VCARD_21 : EX_VCARD_NONE;
}

/*
 * What the first VERSION says, wherever it stands (in 2.1 anywhere);
 * without one a card is read as 3.0.
 */
static int
find_form(struct ex_vcard_in *in, unsigned number, struct ex_err *err)
{
	struct ex_str line = EX_STR_NONE, version;
	size_t pos = 0;

	in->form = EX_VCARD_30;
	while (pos < in->text.n) {
		pos = ex_line_physical(in->text, pos, &line);
		if (ex_line_starts(line, "version:"))
			break;
		number++;
	}
	if (!ex_line_starts(line, "version:"))
		return 0;
	version.p = line.p + sizeof("version:") - 1;
	version.n = line.n - (sizeof("version:") - 1);
	if ((in->form = form_of(version)) == EX_VCARD_NONE)
		return ex_err_set(err, EX_ERR_INPUT,
		    "line %u: VERSION: neither 2.1 nor 3.0 nor 4.0", number);
	return 0;
}

int
ex_vcard_bad(const struct ex_line *line, struct ex_err *err,
    const char *what)
{
	size_t i, n = line->name.n < 40 ? line->name.n : 40;
	char name[41];

	for (i = 0; i < n; i++)
		name[i] = line->name.p[i] >= 'a' && line->name.p[i] <= 'z' ?
		    (char)(line->name.p[i] & ~0x20) : line->name.p[i];
	name[n] = '\0';
	return ex_err_set(err, EX_ERR_INPUT, "line %u: %s: %s", line->number,
	    name, what);
}

/* A parameter of 2.1 without its name says which it is by its value. */
static struct ex_str
name_bare(struct ex_str value)
{
	static const char *const encoding[] = {
		"quoted-printable", "base64", "8bit", "7bit", "b"
	};
	static const char *const where[] = {
		"inline", "url", "content-id", "cid"
	};
	size_t i;

	for (i = 0; i < sizeof(encoding) / sizeof(encoding[0]); i++)
		if (ex_str_is_nocase(value, encoding[i]))
			return EX_STR("encoding");
	for (i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		if (ex_str_is_nocase(value, where[i]))
			return EX_STR("value");
	return EX_STR("type");
}

static struct ex_str
fold(struct ex_str s, struct ex_arena *a)
{
	size_t i;
	char *p;

	for (i = 0; i < s.n && !(s.p[i] >= 'A' && s.p[i] <= 'Z'); i++)
		;
	if (i == s.n)
		return s;
	p = ex_arena_bytes(a, s.n);
	for (i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ?
		    (char)(s.p[i] | 0x20) : s.p[i];
	return (struct ex_str){ p, s.n };
}

static struct ex_param *
find_param(struct ex_prop *p, struct ex_str name)
{
	size_t i;

	for (i = 0; i < p->nparam; i++)
		if (ex_str_eq(p->param[i].name, name))
			return &p->param[i];
	return NULL;
}

/* Append to the values of a parameter, which is made if need be. */
static void
add_value(struct ex_arena *a, struct ex_prop *p, struct ex_str name,
    struct ex_str value)
{
	struct ex_param *param = find_param(p, name);

	if (param == NULL) {
		ex_prop_add_param(a, p, name, &value, 1);
		return;
	}
	param->value = ex_arena_grow(a, param->value, param->nvalue,
	    sizeof(value));
	param->value[param->nvalue++] = value;
}

/* RFC 6350's erratum 3000: a quoted list is a list all the same. */
static void
add_list(struct ex_arena *a, struct ex_prop *p, struct ex_str name,
    struct ex_str list, bool *pref)
{
	bool type = ex_str_is(name, "type");
	const char *comma;
	struct ex_str one;

	do {
		comma = list.n > 0 ? memchr(list.p, ',', list.n) : NULL;
		one = list;
		if (comma != NULL) {
			one.n = (size_t)(comma - list.p);
			list.n -= one.n + 1;
			list.p = comma + 1;
		}
		one = ex_line_trim(one);
		if (type && ex_str_is_nocase(one, "pref"))
			*pref = true;
		else if (one.n > 0 || !type)
			add_value(a, p, name, one);
	} while (comma != NULL);
}

/*
 * RFC 6350 writes \n in LABEL, which is no escape of parameters; it is what
 * was meant.  So a backslash of ours is doubled there.
 */
static struct ex_str
label(struct ex_str s, struct ex_arena *a)
{
	size_t i, n = 0;
	char *p;

	if (s.n == 0 || memchr(s.p, '\\', s.n) == NULL)
		return s;
	p = ex_arena_bytes(a, s.n);
	for (i = 0; i < s.n; i++) {
		p[n] = s.p[i];
		if (s.p[i] == '\\' && i + 1 < s.n) {
			if ((s.p[i + 1] | 0x20) == 'n') {
				p[n] = '\n';
				i++;
			} else if (s.p[i + 1] == '\\')
				i++;
		}
		n++;
	}
	return (struct ex_str){ p, n };
}

/* A parameter with a name that can be none is kept as a TYPE. */
static void
add_odd(struct ex_vcard_in *in, struct ex_prop *p,
    const struct ex_line_param *lp, bool *pref)
{
	size_t i;

	add_list(in->a, p, EX_STR("type"), ex_arena_fmt(in->a,
	    "%.*s=%.*s", EX_STR_ARG(lp->name), EX_STR_ARG(lp->value[0])),
	    pref);
	for (i = 1; i < lp->nvalue; i++)
		add_list(in->a, p, EX_STR("type"), lp->value[i], pref);
}

/* One parameter: what says how to read the value, or one of the payload. */
static void
add_param(struct ex_vcard_in *in, struct ex_prop *p,
    struct ex_vcard_coding *how, const struct ex_line_param *lp, bool *pref)
{
	struct ex_str name = lp->name, first = lp->value[0];
	size_t i;

	if (name.p == NULL)
		name = name_bare(first);
	if (ex_str_is(name, "encoding"))
		how->encoding = first;
	else if (ex_str_is(name, "charset"))
		how->charset = first;
	else if (ex_str_is(name, "value"))
		how->type = ex_line_is_name(first) ? fold(first, in->a) :
		    EX_STR_NONE;
	else if (!ex_line_is_name(name))
		add_odd(in, p, lp, pref);
	else if (ex_str_is(name, "type") || ex_str_is(name, "sort-as"))
		for (i = 0; i < lp->nvalue; i++)
			add_list(in->a, p, name, lp->value[i], pref);
	else
		for (i = 0; i < lp->nvalue; i++)
			add_value(in->a, p, ex_str_is(name, "group") ?
			    EX_STR("x-group") : name,
			    ex_str_is(name, "label") ?
			    label(lp->value[i], in->a) : lp->value[i]);
}

static void
add_params(struct ex_vcard_in *in, struct ex_prop *p,
    struct ex_vcard_coding *how, const struct ex_line *line)
{
	struct ex_str group = line->group, one = EX_STR("1");
	bool pref = false;
	size_t i;

	for (i = 0; i < line->nparam; i++)
		add_param(in, p, how, &line->param[i], &pref);
	if (pref && find_param(p, EX_STR("pref")) == NULL)
		ex_prop_add_param(in->a, p, EX_STR("pref"), &one, 1);
	if (group.p != NULL) {
		group = fold(group, in->a);
		ex_prop_add_param(in->a, p, EX_STR("group"), &group, 1);
	}
}

/* Only asked where the whole text is not UTF-8; a CHARSET excuses a value. */
static bool
line_is_utf8(const struct ex_line *line)
{
	bool charset = false;
	size_t i, j;

	if (!ex_json_utf8(line->name) ||
	    (line->group.p != NULL && !ex_json_utf8(line->group)))
		return false;
	for (i = 0; i < line->nparam; i++) {
		if (line->param[i].name.p != NULL) {
			if (!ex_json_utf8(line->param[i].name))
				return false;
			charset |= ex_str_is(line->param[i].name, "charset");
		}
		for (j = 0; j < line->param[i].nvalue; j++)
			if (!ex_json_utf8(line->param[i].value[j]))
				return false;
	}
	return charset || ex_json_utf8(line->value);
}

/*
 * 2.1: the card of an AGENT, which is kept as text.  One without END is an
 * error here, or many of them would each be searched to the end.
 */
static int
read_agent(struct ex_vcard_in *in, struct ex_line *line, struct ex_err *err)
{
	struct ex_str value = ex_line_trim(line->value), raw;
	struct ex_lines at = in->lines;
	struct ex_line next;
	struct ex_err none;

	if (value.n == 0) {
		if (ex_lines_next(&at, in->a, &next, &none) != 1 ||
		    !ex_str_is(next.name, "begin") ||
		    !ex_str_is_nocase(ex_line_trim(next.value), "vcard"))
			return 0;
	} else if (!ex_str_is_nocase(value, "begin:vcard"))
		return 0;
	if (ex_lines_raw(&at, "VCARD", in->a, &raw) == -1)
		return ex_vcard_bad(line, err, "a card without END");
	in->lines = at;
	line->value = ex_arena_fmt(in->a, "BEGIN:VCARD\n%.*s",
	    EX_STR_ARG(raw));
	in->agent = true;
	return 0;
}

static int
add_line(struct ex_vcard_in *in, struct ex_comp *card, struct ex_line *line,
    struct ex_err *err)
{
	struct ex_vcard_coding how = { EX_STR_NONE, EX_STR_NONE, EX_STR_NONE };
	const struct ex_vcard_prop *known = ex_vcard_prop(line->name);
	struct ex_prop *p;

	if (card->nprop == EX_CAP_PROPS)
		return ex_err_set(err, EX_ERR_INPUT,
		    "line %u: more than %d properties", line->number,
		    EX_CAP_PROPS);
	in->agent = false;
	if (known != NULL && ex_str_is(known->name, "agent") &&
	    read_agent(in, line, err) == -1)
		return -1;
	if (!in->utf8 && !line_is_utf8(line))
		return ex_vcard_bad(line, err, "not UTF-8");
	p = ex_prop_new(in->a, known != NULL ? known->name : line->name,
	    EX_STR("unknown"), NULL);
	p->line = line->number;
	if (line->nparam > 0 || line->group.p != NULL)
		add_params(in, p, &how, line);
	if (ex_vcard_value(in, known, p, &how, line, err) == -1)
		return -1;
	ex_comp_add_prop(in->a, card, p);
	return 0;
}

/* Do two properties have the same TYPEs (whatever the case) and group? */
static bool
same_types(const struct ex_prop *x, const struct ex_prop *y)
{
	const struct ex_param *t = ex_prop_param(x, "type");
	const struct ex_param *u = ex_prop_param(y, "type");
	const struct ex_param *g = ex_prop_param(x, "group");
	const struct ex_param *h = ex_prop_param(y, "group");
	size_t i, j;

	if ((g == NULL) != (h == NULL) ||
	    (g != NULL && !ex_str_eq(g->value[0], h->value[0])))
		return false;
	if (t == NULL || u == NULL)
		return t == u;
	if (t->nvalue != u->nvalue || t->nvalue > NPARAM)
		return false;
	for (i = 0; i < t->nvalue; i++) {
		for (j = 0; j < u->nvalue; j++)
			if (ex_vcard_same_word(t->value[i], u->value[j]))
				break;
		if (j == u->nvalue)
			return false;
	}
	return true;
}

bool
ex_vcard_label_of(const struct ex_prop *adr, const struct ex_prop *lab)
{
	size_t i;

	for (i = 0; i < lab->nparam; i++)
		if (!ex_str_is(lab->param[i].name, "type") &&
		    !ex_str_is(lab->param[i].name, "group") &&
		    !ex_str_is(lab->param[i].name, "pref"))
			return false;
	return ex_str_is(adr->name, "adr") &&
	    ex_prop_param(adr, "label") == NULL && same_types(adr, lab);
}

/*
 * 2.1's and 3.0's LABEL to the parameter of the first ADR of the same TYPEs
 * that has none; a LABEL without one stays.
 */
static void
labels(struct ex_vcard_in *in, struct ex_comp *card)
{
	size_t i, j, n = 0, tries = 0;
	struct ex_prop *p;

	for (i = 0; i < card->nprop; i++) {
		p = card->prop[i];
		if (ex_str_is(p->name, "label") &&
		    ex_str_is(p->type, "text") && p->value->text.n > 0 &&
		    tries < EX_CAP_PARAMS) {
			for (j = 0; j < card->nprop; j++)
				if (ex_vcard_label_of(card->prop[j], p))
					break;
			tries++;	/* so that it is not quadratic */
			if (j < card->nprop) {
				ex_prop_add_param(in->a, card->prop[j],
				    EX_STR("label"), &p->value->text, 1);
				continue;
			}
		}
		card->prop[n++] = p;
	}
	card->nprop = n;
}

/*
 * An FN that we made where there was none, if nobody has changed it since;
 * else it is a person's, and only the mark goes.
 */
static void
unmake_fn(struct ex_comp *card)
{
	struct ex_prop *fn = ex_comp_prop(card, "fn");
	struct ex_buf made = EX_BUF_INIT;
	size_t i;

	if (fn == NULL || ex_prop_param(fn, "x-exring-made") == NULL)
		return;
	ex_vcard_made_fn(card, &made);
	if (ex_str_eq(ex_prop_text(fn), ex_buf_get(&made))) {
		for (i = 0; card->prop[i] != fn; i++)
			;
		for (card->nprop--; i < card->nprop; i++)
			card->prop[i] = card->prop[i + 1];
	} else {
		for (i = 0; !ex_str_is(fn->param[i].name, "x-exring-made");)
			i++;
		for (fn->nparam--; i < fn->nparam; i++)
			fn->param[i] = fn->param[i + 1];
	}
	ex_buf_fini(&made);
}

static int
read_lines(struct ex_vcard_in *in, struct ex_comp *card, struct ex_err *err)
{
	struct ex_line line;
	bool label_seen = false;
	int got;

	while ((got = ex_lines_next(&in->lines, in->a, &line, err)) == 1) {
		if (ex_str_is(line.name, "end") && line.group.p == NULL) {
			if (!ex_str_is_nocase(ex_line_trim(line.value),
			    "vcard"))
				return ex_err_set(err, EX_ERR_INPUT,
				    "line %u: END of what was not begun",
				    line.number);
			if (label_seen)
				labels(in, card);
			return 0;
		}
		if (ex_str_is(line.name, "begin") && line.group.p == NULL)
			return ex_err_set(err, EX_ERR_INPUT,
			    "line %u: BEGIN inside of a card", line.number);
		if (ex_str_is(line.name, "version"))
			continue;
		label_seen |= ex_str_is(line.name, "label");
		if (add_line(in, card, &line, err) == -1)
			return -1;
	}
	return got == -1 ? -1 : ex_err_set(err, EX_ERR_INPUT,
	    "line %u: no END:VCARD", in->lines.number);
}

static struct ex_comp *
new_card(struct ex_vcard_in *in)
{
	struct ex_comp *card = ex_comp_new(in->a, EX_STR("vcard"));

	ex_comp_add_prop(in->a, card, ex_prop_new(in->a, EX_STR("version"),
	    EX_STR("text"), ex_json_text(in->a, EX_STR("4.0"))));
	return card;
}

int
ex_vcard_decode(struct ex_str text, unsigned number, struct ex_arena *a,
    struct ex_item *item, struct ex_err *err)
{
	static const struct ex_str as[] = {
		{ NULL, 0 }, { "vcard 2.1", 9 }, { "vcard 3.0", 9 },
		{ "vcard 4.0", 9 }
	};
	struct ex_vcard_in in = { .text = text, .a = a };
	struct ex_comp *card;
	struct ex_line line;
	struct ex_err none;
	int got;

	if (text.n > EX_CAP_ITEM)
		return ex_err_set(err, EX_ERR_INPUT,
		    "line %u: a card of more than %lu MiB", number,
		    EX_CAP_ITEM >> 20);
	in.utf8 = ex_json_utf8(text);
	ex_lines_init(&in.lines, text, number);
	if ((got = ex_lines_next(&in.lines, a, &line, err)) == -1)
		return -1;
	if (got == 0 || !ex_str_is(line.name, "begin") ||
	    !ex_str_is_nocase(ex_line_trim(line.value), "vcard"))
		return ex_err_set(err, EX_ERR_INPUT,
		    "line %u: no BEGIN:VCARD", number);
	if (find_form(&in, number, err) == -1)
		return -1;
	card = new_card(&in);
	if (read_lines(&in, card, err) == -1)
		return -1;
	number = in.lines.number;
	if (ex_lines_next(&in.lines, a, &line, &none) != 0)
		return ex_err_set(err, EX_ERR_INPUT,
		    "line %u: something behind END:VCARD", number);
	*item = (struct ex_item){ EX_KIND_CONTACTS,
	    ex_prop_text(ex_comp_prop(card, "uid")), as[in.form], card };
	ex_item_sort(item, a);
	unmake_fn(card);
	return 0;
}
