/*
 * json.c: JSON to a tree and back; the one place that knows cJSON
 *
 * What our own programs write is read by jsonquick.c, all else here.
 *
 * cJSON reads the grammar.  What it lets through or spoils is looked at
 * before it gets the text (formats.md 7):
 *
 *	\u0000, \u and no hex digits	it cuts the string there
 *	raw control bytes, bad UTF-8	it takes them
 *	01, 1., +1			it takes them
 *	blanks that are none		it takes every byte up to 0x20
 *	a BOM, bytes behind the value	it passes over them
 *	depth				its limit is 1000
 *	numbers				it makes doubles of them
 *	doubled keys			it keeps both
 *
 * Numbers keep the digits they were written with: the nth number of the
 * text is the nth number node of the tree.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/scan.h>

#include "jsonpriv.h"

size_t
ex_json_plain(const char *p, size_t n)
{
	return ex_scan(p, n, EX_SCAN_JSON);
}

/* The length of the UTF-8 sequence at p; 0: it is none (RFC 3629). */
static size_t
utf8_length(const unsigned char *p, size_t n)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t len, i;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return p[0] > 0 && p[0] < 0x80;
	if (p[0] == 0xe0)
		lo = 0xa0;	/* overlong */
	if (p[0] == 0xed)
		hi = 0x9f;	/* surrogates */
	if (p[0] == 0xf0)
		lo = 0x90;
	if (p[0] == 0xf4)
		hi = 0x8f;	/* over U+10FFFF */
	if (n < len || p[1] < lo || p[1] > hi)
		return 0;
	for (i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* Where s stops being UTF-8 without NUL; s.n if it does not. */
static size_t
utf8_run(struct ex_str s)
{
	size_t i = 0, len;

	while ((i += ex_scan(s.p + i, s.n - i, EX_SCAN_WIDE)) < s.n) {
		len = utf8_length((const unsigned char *)s.p + i, s.n - i);
		if (len == 0)
			break;
		i += len;
	}
	return i;
}

bool
ex_json_utf8(struct ex_str s)
{
	return utf8_run(s) == s.n;
}

/* The text on its way to cJSON. */
struct scan {
	const char *p, *start, *end;
	unsigned depth;
	size_t nodes;
};

static int
bad(const char *at, const char *start, struct ex_err *err, const char *what)
{
	return ex_err_set(err, EX_ERR_INPUT, "column %zu: %s",
	    (size_t)(at - start) + 1, what);
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	    (c >= 'A' && c <= 'F');
}

/* A backslash and what belongs to it; surrogates are cJSON's to check. */
static int
scan_escape(struct scan *s, struct ex_err *err)
{
	const char *p = s->p;

	if (s->end - p < 2)
		return bad(p, s->start, err, "the string does not end");
	s->p += 2;
	if (p[1] != 'u')
		return 0;
	if (s->end - p < 6 || !is_hex(p[2]) || !is_hex(p[3]) ||
	    !is_hex(p[4]) || !is_hex(p[5]))
		return bad(p, s->start, err, "\\u without four digits");
	if (memcmp(p + 2, "0000", 4) == 0)
		return bad(p, s->start, err, "a NUL in a string");
	s->p += 4;
	return 0;
}

/* From the opening quote to behind the closing one. */
static int
scan_string(struct scan *s, struct ex_err *err)
{
	const char *open = s->p++;

	for (;;) {
		s->p += ex_json_plain(s->p, (size_t)(s->end - s->p));
		if (s->p == s->end)
			return bad(open, s->start, err,
			    "the string does not end");
		if (*s->p == '"')
			break;
		if (*s->p != '\\')
			return bad(s->p, s->start, err,
			    "a control byte in a string");
		if (scan_escape(s, err) == -1)
			return -1;
	}
	s->p++;
	return 0;
}

static size_t
digits(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && *q >= '0' && *q <= '9')
		q++;
	return (size_t)(q - p);
}

size_t
json_number_length(const char *p, const char *end)
{
	const char *q = p;
	size_t n;

	if (q < end && *q == '-')
		q++;
	if ((n = digits(q, end)) == 0 || (n > 1 && *q == '0'))
		return 0;
	q += n;
	if (q < end && *q == '.') {
		if ((n = digits(++q, end)) == 0)
			return 0;
		q += n;
	}
	if (q < end && (*q == 'e' || *q == 'E')) {
		if (++q < end && (*q == '+' || *q == '-'))
			q++;
		if ((n = digits(q, end)) == 0)
			return 0;
		q += n;
	}
	return (size_t)(q - p);
}

static int
scan_token(struct scan *s, struct ex_err *err)
{
	size_t n;

	switch (*s->p) {
	case '"':
		return scan_string(s, err);
	case '[':
	case '{':
		if (++s->depth > EX_CAP_JSON_DEPTH)
			return bad(s->p, s->start, err, "nested too deep");
		s->nodes++;
		break;
	case ']':
	case '}':
		if (s->depth-- == 0)
			return bad(s->p, s->start, err, "not JSON");
		break;
	case ',':
		s->nodes++;
		break;
	case ' ': case '\t': case '\n': case '\r': case ':':
		break;
	default:
		if (*s->p >= 'a' && *s->p <= 'z')
			break;	/* true, false, null: cJSON's to check */
		if ((n = json_number_length(s->p, s->end)) == 0)
			return bad(s->p, s->start, err, "not JSON");
		s->p += n - 1;
	}
	s->p++;
	return 0;
}

static int
scan_text(struct ex_str text, struct ex_err *err)
{
	struct scan s = { text.p, text.p, text.p + text.n, 0, 0 };
	size_t n = utf8_run(text);

	if (n != text.n)
		return bad(text.p + n, text.p, err,
		    text.p[n] == '\0' ? "a NUL" : "not UTF-8");
	while (s.p < s.end)
		if (scan_token(&s, err) == -1)
			return -1;
	if (s.nodes > EX_CAP_JSON_NODES)
		return bad(text.p, text.p, err, "too many values");
	return 0;
}

/* The tree on its way from cJSON into the arena. */
struct copy {
	struct ex_arena *a;
	struct ex_str text;
	size_t pos;		/* the numbers before it are done */
};

/* The next number of the text, which scan_text() has been through. */
static struct ex_str
next_number(struct copy *c)
{
	struct scan s = { c->text.p + c->pos, c->text.p,
	    c->text.p + c->text.n, 0, 0 };
	struct ex_err err;
	struct ex_str tok = EX_STR_NONE;

	while (s.p < s.end) {
		if (*s.p == '"') {
			if (scan_string(&s, &err) == -1)
				break;
		} else if (*s.p == '-' || (*s.p >= '0' && *s.p <= '9')) {
			tok.p = s.p;
			tok.n = json_number_length(s.p, s.end);
			s.p += tok.n;
			break;
		} else {
			s.p++;
		}
	}
	c->pos = (size_t)(s.p - s.start);
	return ex_arena_str(c->a, tok);
}

static int
by_key(const void *a, const void *b)
{
	const struct ex_json *const *x = a, *const *y = b;

	return ex_str_cmp((*x)->key, (*y)->key);
}

struct ex_str
json_doubled_key(const struct ex_json *object, size_t n, struct ex_arena *a)
{
	const struct ex_json **v, *m;
	size_t i = 0, k;

	if (n < 2)
		return EX_STR_NONE;
	v = ex_arena_array(a, n, sizeof(const struct ex_json *));
	for (m = object->child; m != NULL; m = m->next) {
		for (k = 0; n <= 8 && k < i; k++)
			if (ex_str_eq(v[k]->key, m->key))
				return m->key;
		v[i++] = m;
	}
	if (n <= 8)
		return EX_STR_NONE;
	qsort(v, n, sizeof(const struct ex_json *), by_key);
	for (i = 1; i < n; i++)
		if (ex_str_eq(v[i - 1]->key, v[i]->key))
			return v[i]->key;
	return EX_STR_NONE;
}

static int	 copy_children(struct copy *c, const cJSON *from,
		    struct ex_json *to, struct ex_err *err);

/* No deeper than EX_CAP_JSON_DEPTH: scan_text() has seen to that. */
static int
copy_node(struct copy *c, const cJSON *from, struct ex_json **out,
    struct ex_err *err)
{
	struct ex_json *j = ex_json_new(c->a, EX_JSON_NULL);

	*out = j;
	if (from->string != NULL)
		j->key = ex_arena_str(c->a, ex_str_of(from->string));
	switch (from->type & 0xff) {
	case cJSON_False:
		j->type = EX_JSON_FALSE;
		break;
	case cJSON_True:
		j->type = EX_JSON_TRUE;
		break;
	case cJSON_Number:
		j->type = EX_JSON_NUMBER;
		j->text = next_number(c);
		break;
	case cJSON_String:
		j->type = EX_JSON_STRING;
		j->text = ex_arena_str(c->a, ex_str_of(from->valuestring));
		break;
	case cJSON_Array:
		j->type = EX_JSON_ARRAY;
		return copy_children(c, from, j, err);
	case cJSON_Object:
		j->type = EX_JSON_OBJECT;
		return copy_children(c, from, j, err);
	}
	return 0;
}

static int
copy_children(struct copy *c, const cJSON *from, struct ex_json *to,
    struct ex_err *err)
{
	struct ex_json **tail = &to->child;
	const cJSON *m;
	struct ex_str twice;
	size_t n = 0;

	for (m = from->child; m != NULL; m = m->next, n++) {
		if (copy_node(c, m, tail, err) == -1)
			return -1;
		tail = &(*tail)->next;
	}
	if (to->type != EX_JSON_OBJECT)
		return 0;
	twice = json_doubled_key(to, n, c->a);
	if (twice.p != NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "the key \"%.*s\" stands twice in one object",
		    (int)(twice.n > 64 ? 64 : twice.n), twice.p);
	return 0;
}

int
ex_json_parse(struct ex_str text, struct ex_arena *a, struct ex_json **out,
    struct ex_err *err)
{
	struct copy c = { a, text, 0 };
	const char *end = NULL;
	cJSON *tree;
	size_t n;
	int ret;

	*out = NULL;
	if (text.n == 0)
		return ex_err_set(err, EX_ERR_INPUT, "column 1: no value");
	if ((*out = json_quick(text, a)) != NULL)
		return 0;
	if (scan_text(text, err) == -1)
		return -1;
	tree = cJSON_ParseWithLengthOpts(text.p, text.n, &end, 0);
	if (tree == NULL)
		return bad(end == NULL ? text.p : end, text.p, err,
		    "not JSON");
	n = (size_t)(end - text.p);
	while (n < text.n && strchr(" \t\r\n", text.p[n]) != NULL)
		n++;
	if (n < text.n)
		ret = bad(text.p + n, text.p, err,
		    "something behind the value");
	else
		ret = copy_node(&c, tree, out, err);
	cJSON_Delete(tree);
	return ret;
}

static void
write_escape(struct ex_buf *b, char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	char esc[6] = { '\\', 'u', '0', '0', '0', '0' };
	size_t i;

	for (i = 0; i + 1 < sizeof(names); i += 2)
		if (names[i] == c) {
			esc[1] = names[i + 1];
			ex_buf_add(b, esc, 2);
			return;
		}
	esc[4] = hex[((unsigned char)c >> 4) & 15];
	esc[5] = hex[(unsigned char)c & 15];
	ex_buf_add(b, esc, 6);
}

void
ex_json_string(struct ex_buf *b, struct ex_str s)
{
	char *to = ex_buf_room(b, s.n + 2);
	size_t n;

	if (to == NULL)
		return;
	*to++ = '"';
	b->n++;
	while ((n = ex_scan_copy(to, s.p, s.n, EX_SCAN_JSON)) < s.n) {
		b->n += n;
		write_escape(b, s.p[n]);
		s.p += n + 1;
		s.n -= n + 1;
		if ((to = ex_buf_room(b, s.n + 1)) == NULL)
			return;
	}
	to[n] = '"';
	b->n += n + 1;
}

/* Trees are no deeper than what they were read from or made of. */
void
ex_json_write(struct ex_buf *b, const struct ex_json *j)
{
	static const char *const word[] = {
		[EX_JSON_NULL] = "null",
		[EX_JSON_FALSE] = "false",
		[EX_JSON_TRUE] = "true",
	};
	const struct ex_json *c;

	switch (j->type) {
	case EX_JSON_NULL:
	case EX_JSON_FALSE:
	case EX_JSON_TRUE:
		ex_buf_puts(b, word[j->type]);
		break;
	case EX_JSON_NUMBER:
		ex_buf_str(b, j->text);
		break;
	case EX_JSON_STRING:
		ex_json_string(b, j->text);
		break;
	case EX_JSON_ARRAY:
	case EX_JSON_OBJECT:
		ex_buf_putc(b, j->type == EX_JSON_ARRAY ? '[' : '{');
		for (c = j->child; c != NULL; c = c->next) {
			if (c != j->child)
				ex_buf_putc(b, ',');
			if (j->type == EX_JSON_OBJECT) {
				ex_json_string(b, c->key);
				ex_buf_putc(b, ':');
			}
			ex_json_write(b, c);
		}
		ex_buf_putc(b, j->type == EX_JSON_ARRAY ? ']' : '}');
		break;
	}
}

void
ex_json_member(struct ex_buf *b, const char *name, struct ex_str s)
{
	if (s.p == NULL)
		return;
	if (b->n == 0 || b->p[b->n - 1] != '{')
		ex_buf_putc(b, ',');
	ex_buf_putc(b, '"');
	ex_buf_puts(b, name);
	ex_buf_puts(b, "\":");
	ex_json_string(b, s);
}
