/*
 * line.c: content lines out of foreign text
 *
 * (1) No byte is looked at more than a fixed number of times: CR and LF are
 *     searched at once, so that a text without the one or the other costs
 *     no more than another.
 * (2) A line that is neither folded nor quoted is handed out as it lies in
 *     the text; only what must be put together is copied.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/line.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct ex_str
ex_line_trim(struct ex_str s)
{
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	return s;
}

bool
ex_line_is_name(struct ex_str s)
{
	size_t i;
	char c;

	for (i = 0; i < s.n; i++) {
		c = s.p[i];
		if ((unsigned char)c <= ' ' || c == 0x7f || c == '"' ||
		    c == ',' || c == ':' || c == ';' || c == '=')
			return false;
	}
	return s.n > 0;
}

static char
fold_case(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static struct ex_str
lower(struct ex_str s, struct ex_arena *a)
{
	char *p = ex_arena_bytes(a, s.n);
	size_t i;

	for (i = 0; i < s.n; i++)
		p[i] = fold_case(s.p[i]);
	return (struct ex_str){ p, s.n };
}

static bool
has_bom(struct ex_str text, size_t pos)
{
	return text.n - pos >= 3 &&
	    memcmp(text.p + pos, "\xef\xbb\xbf", 3) == 0;
}

void
ex_lines_init(struct ex_lines *in, struct ex_str text, unsigned number)
{
	in->text = text;
	in->pos = has_bom(text, 0) ? 3 : 0;
	in->number = number;
}

/*
 * Does the head of a line say QUOTED-PRINTABLE?  Asked only where a line
 * ends in '=', which may be a soft break (RFC 2045, 6.7 (5)).
 */
static bool
head_is_qp(struct ex_str line)
{
	static const char word[] = "quoted-printable";
	struct ex_str rest;
	bool quoted = false;
	size_t i;

	for (i = 0; i < line.n && (quoted || line.p[i] != ':'); i++) {
		if (line.p[i] == '"')
			quoted = !quoted;
		if (line.p[i] != ';' || quoted)
			continue;
		rest = (struct ex_str){ line.p + i + 1, line.n - i - 1 };
		if (ex_line_starts(rest, "encoding=")) {
			rest.p += sizeof("encoding=") - 1;
			rest.n -= sizeof("encoding=") - 1;
		}
		if (ex_line_starts(rest, word) && rest.n >= sizeof(word) &&
		    (rest.p[sizeof(word) - 1] == ';' ||
		    rest.p[sizeof(word) - 1] == ':'))
			return true;
	}
	return false;
}

/*
 * What the physical line at pos adds to the line before it, prev: true if
 * it does.  soft: prev's '=' at the end is to go.  Empty lines between
 * (the ones that CR CR LF makes) are passed over, but only to a fold.
 */
static bool
continued(struct ex_str text, struct ex_str prev, bool *qp, int *known,
    size_t *pos, unsigned *number, struct ex_str head, struct ex_str *seg)
{
	size_t at = *pos;
	unsigned passed = 0;

	*qp = false;
	if (at >= text.n)
		return false;
	if (prev.n > 0 && prev.p[prev.n - 1] == '=') {
		if (*known < 0)
			*known = head_is_qp(head);
		if (*known > 0) {
			*qp = true;
			*pos = ex_line_physical(text, at, seg);
			++*number;
			return true;
		}
	}
	while (at < text.n && (text.p[at] == '\r' || text.p[at] == '\n')) {
		at = ex_line_physical(text, at, seg);
		passed++;
	}
	if (at >= text.n || !is_blank(text.p[at]))
		return false;
	*pos = ex_line_physical(text, at, seg);
	*number += passed + 1;
	seg->p++;
	seg->n--;
	return true;
}

/*
 * Unfold (RFC 6350, 3.2): first the length, then the bytes.  -1: too long.
 */
static int
unfold(struct ex_lines *in, struct ex_str first, struct ex_arena *a,
    struct ex_str *out)
{
	struct ex_str prev = first, seg;
	size_t pos = in->pos, total = first.n, n = 0;
	unsigned number = in->number;
	int known = -1;
	char *p;
	bool qp;

	while (continued(in->text, prev, &qp, &known, &pos, &number, first,
	    &seg)) {
		total = total - qp + seg.n;
		if (total > EX_CAP_LINE)
			return -1;
		prev = seg;
	}
	*out = first;
	if (pos == in->pos)
		return total > EX_CAP_LINE ? -1 : 0;
	p = ex_arena_bytes(a, total + 1);
	memcpy(p, first.p, first.n);
	n = first.n;
	prev = first;
	while (continued(in->text, prev, &qp, &known, &in->pos, &in->number,
	    first, &seg)) {
		n -= qp;
		memcpy(p + n, seg.p, seg.n);
		n += seg.n;
		prev = seg;
	}
	*out = (struct ex_str){ p, n };
	return 0;
}

/* Unquoted and RFC 6868 decoded: ^n ^^ ^' */
static struct ex_str
param_clean(struct ex_str s, bool quoted, struct ex_arena *a)
{
	size_t i, n = 0;
	char *p;

	if (!quoted && memchr(s.p, '^', s.n) == NULL)
		return s;
	p = ex_arena_bytes(a, s.n + 1);
	for (i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '"')
			continue;
		if (s.p[i] != '^' || i + 1 == s.n ||
		    strchr("n^'", s.p[i + 1]) == NULL || s.p[i + 1] == '\0') {
			p[n++] = s.p[i];
			continue;
		}
		i++;
		p[n++] = s.p[i] == 'n' ? '\n' : s.p[i] == '^' ? '^' : '"';
	}
	return (struct ex_str){ p, n };
}

/*
 * The parameter value at s[i]: up to ',', ';' or ':' outside of quotes.  A
 * quote that is not at the beginning, or not closed, is a byte like others.
 */
static size_t
param_value(struct ex_str s, size_t i, struct ex_arena *a,
    struct ex_str *out)
{
	bool quoted = false;
	size_t from = i;
	const char *q;

	i += ex_scan(s.p + i, s.n - i, EX_SCAN_PARAM);
	if (i < s.n && s.p[i] != '"' && s.p[i] != '^') {
		*out = ex_line_trim((struct ex_str){ s.p + from, i - from });
		return i;
	}
	i = from;
	while (i < s.n && is_blank(s.p[i]))
		i++;
	if (i < s.n && s.p[i] == '"' &&
	    (q = memchr(s.p + i + 1, '"', s.n - i - 1)) != NULL) {
		quoted = true;
		from = i;
		i = (size_t)(q - s.p);
	}
	while (i < s.n && s.p[i] != ',' && s.p[i] != ';' && s.p[i] != ':')
		i++;
	*out = param_clean((struct ex_str){ s.p + from, i - from }, quoted, a);
	if (!quoted)
		*out = ex_line_trim(*out);
	return i;
}

/* The parameter at s[i], which is behind a ';'. */
static size_t
param(struct ex_str s, size_t i, struct ex_arena *a,
    struct ex_line_param *out)
{
	struct ex_str value, *v = NULL;
	char low[EX_SCAN_NAME];
	size_t from = i, n = 0;

	i += ex_scan_name(s.p + i, s.n - i, low);
	while (i < s.n && s.p[i] != '=' && s.p[i] != ';' && s.p[i] != ':')
		i++;
	value = ex_line_trim((struct ex_str){ s.p + from, i - from });
	out->name = EX_STR_NONE;
	if (i < s.n && s.p[i] == '=') {
		out->name = lower(value, a);
		do {
			i = param_value(s, i + 1, a, &value);
			v = ex_arena_grow(a, v, n, sizeof(*v));
			v[n++] = value;
		} while (i < s.n && s.p[i] == ',');
	} else if (value.n > 0) {
		v = ex_arena_alloc(a, sizeof(*v));
		v[n++] = value;
	}
	out->value = v;
	out->nvalue = n;
	return i;
}

/* Everything from the first ';' to the ':'. */
static int
params(struct ex_str s, size_t *i, struct ex_arena *a,
    struct ex_line *line, struct ex_err *err)
{
	struct ex_line_param one, *v = NULL;
	size_t n = 0;

	while (*i < s.n && s.p[*i] == ';') {
		*i = param(s, *i + 1, a, &one);
		if (one.nvalue == 0)
			continue;
		if (n == EX_CAP_PARAMS)
			return ex_err_set(err, EX_ERR_INPUT,
			    "line %u: more than %d parameters", line->number,
			    EX_CAP_PARAMS);
		v = ex_arena_grow(a, v, n, sizeof(*v));
		v[n++] = one;
	}
	line->param = v;
	line->nparam = n;
	return 0;
}

/*
 * More than RFC 6350 has, for it is only kept; blanks in X- names alone
 * ("X-GOOGLE TALK"), for other lines with blanks are the rest of a text.
 */
static bool
name_is_good(struct ex_str name)
{
	size_t i;
	char c;

	for (i = 0; i < name.n; i++) {
		c = name.p[i];
		if ((unsigned char)c < ' ' || c == 0x7f || c == '"' ||
		    c == ',' || c == '=' ||
		    (c == ' ' && !ex_line_starts(name, "x-")))
			return false;
	}
	return name.n > 0;
}

/*
 * The name at the beginning of s, if it is a plain one and all: then
 * nothing more need be looked at.  Its length; 0: look closer.
 */
static size_t
plain_name(struct ex_str s, struct ex_arena *a, struct ex_str *name)
{
	char low[EX_SCAN_NAME];
	size_t i = ex_scan_name(s.p, s.n, low);
	char *p;

	if (i == 0 || i == s.n || (s.p[i] != ':' && s.p[i] != ';'))
		return 0;
	p = ex_arena_bytes(a, i > 16 ? i : 16);
	memcpy(p, low, 16);
	if (i > 16)
		memcpy(p + 16, low + 16, i - 16);
	*name = (struct ex_str){ p, i };
	return i;
}

/* Any other: with a group, with blanks around it, or none at all. */
static int
closer(struct ex_str s, size_t *end, struct ex_arena *a,
    struct ex_line *line)
{
	struct ex_str name;
	size_t i, dot = 0;

	for (i = 0; i < s.n && s.p[i] != ':' && s.p[i] != ';'; i++)
		if (s.p[i] == '.' && dot == 0)
			dot = i;
	*end = i;
	name = ex_line_trim((struct ex_str){ s.p, i });
	if (dot > 0 && dot + 1 < name.n) {
		line->group = (struct ex_str){ name.p, dot };
		name.p += dot + 1;
		name.n -= dot + 1;
	}
	line->name = lower(name, a);
	return name_is_good(name) && (line->group.p == NULL ||
	    name_is_good(line->group)) ? 0 : -1;
}

static int
parse(struct ex_str s, struct ex_arena *a, struct ex_line *line,
    struct ex_err *err)
{
	int good = 0;
	size_t i;

	line->group = EX_STR_NONE;
	if ((i = plain_name(s, a, &line->name)) == 0)
		good = closer(s, &i, a, line);
	line->param = NULL;
	line->nparam = 0;
	if (s.n > i && s.p[i] == ';' && params(s, &i, a, line, err) == -1)
		return -1;
	if (i >= s.n)
		return ex_err_set(err, EX_ERR_INPUT, "line %u: no ':'",
		    line->number);
	line->value = (struct ex_str){ s.p + i + 1, s.n - i - 1 };
	if (good == -1)
		return ex_err_set(err, EX_ERR_INPUT,
		    "line %u: no property name", line->number);
	return 0;
}

static bool
is_base64(const struct ex_line *line)
{
	size_t i;

	for (i = 0; i < line->nparam; i++)
		if ((line->param[i].name.p == NULL ||
		    ex_str_is(line->param[i].name, "encoding")) &&
		    (ex_str_is_nocase(line->param[i].value[0], "base64") ||
		    ex_str_is_nocase(line->param[i].value[0], "b")))
			return true;
	return false;
}

static bool
base64_only(struct ex_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= 'a' && s.p[i] <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    s.p[i] != '+' && s.p[i] != '/' && s.p[i] != '=')
			return false;
	return s.n > 0;
}

/*
 * 2.1's base64 without a blank in front of its lines: they go on up to an
 * empty one.  None of them can be mistaken, for base64 has no ':'.
 */
static int
base64_block(struct ex_lines *in, struct ex_arena *a, struct ex_str *value)
{
	struct ex_str seg;
	size_t pos = in->pos, next, total = value->n, n = value->n;
	char *p;

	while (pos < in->text.n) {
		next = ex_line_physical(in->text, pos, &seg);
		if (!base64_only(ex_line_trim(seg)))
			break;
		total += seg.n;
		if (total > EX_CAP_LINE)
			return -1;
		pos = next;
	}
	if (pos == in->pos)
		return 0;
	p = ex_arena_bytes(a, total);
	memcpy(p, value->p, value->n);
	while (in->pos < pos) {
		in->pos = ex_line_physical(in->text, in->pos, &seg);
		in->number++;
		memcpy(p + n, seg.p, seg.n);
		n += seg.n;
	}
	*value = (struct ex_str){ p, n };
	return 0;
}

/* Only then can what follows belong to the line. */
static bool
may_go_on(const struct ex_lines *in, struct ex_str line)
{
	char c;

	if (in->pos >= in->text.n)
		return false;
	c = in->text.p[in->pos];
	return is_blank(c) || c == '\r' || c == '\n' ||
	    line.p[line.n - 1] == '=';
}

static int
too_long(const struct ex_line *line, struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_INPUT,
	    "line %u: a line of more than %lu MiB", line->number,
	    EX_CAP_LINE >> 20);
}

/* An unfolded line, and what of base64 may follow it. */
static int
take(struct ex_lines *in, struct ex_str s, struct ex_arena *a,
    struct ex_line *line, struct ex_err *err)
{
	if (parse(s, a, line, err) == -1)
		return -1;
	if (line->nparam > 0 && is_base64(line) &&
	    base64_block(in, a, &line->value) == -1)
		return too_long(line, err);
	return 1;
}

int
ex_lines_take(struct ex_lines *in, struct ex_str whole, size_t next,
    struct ex_arena *a, struct ex_line *line, struct ex_err *err)
{
	line->number = in->number++;
	in->pos = next;
	return take(in, whole, a, line, err);
}

int
ex_lines_next(struct ex_lines *in, struct ex_arena *a, struct ex_line *line,
    struct ex_err *err)
{
	struct ex_str s;

	do {
		if (in->pos >= in->text.n)
			return 0;
		line->number = in->number++;
		in->pos = ex_line_physical(in->text, in->pos, &s);
	} while (s.n == 0 || (is_blank(s.p[0]) && ex_line_trim(s).n == 0));
	while (is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	if (!may_go_on(in, s)) {
		if (s.n > EX_CAP_LINE)
			return too_long(line, err);
	} else if (unfold(in, s, a, &s) == -1)
		return too_long(line, err);
	return take(in, s, a, line, err);
}
