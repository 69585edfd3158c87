/*
 * canonvalue.c: one value as it stands in a view
 *
 * Every scalar becomes a JSON string, so that 5 and "5" are equal.  Most
 * values are plain ASCII and are copied; everything else goes through tmp
 * (formats.md 3, rules 5, 8, 11, 14, 15, 18).
 */
#include <string.h>

#include <ex/json.h>
#include <ex/line.h>
#include <ex/scan.h>
#include <ex/text.h>

#include "priv.h"

/* s in quotes; false: some byte of it may not stand there as it is. */
static bool
quoted(struct ex_buf *b, struct ex_str s)
{
	char *p = ex_buf_room(b, s.n + 2);

	if (p == NULL)
		return true;
	if (ex_scan_copy(p + 1, s.p, s.n, EX_SCAN_ODD) < s.n)
		return false;
	p[0] = p[s.n + 1] = '"';
	b->n += s.n + 2;
	return true;
}

/*
 * What the backslash at s[*i] and what follows it mean.  Nothing asks for
 * one before ":" or '"'; some write it (Google), some take it away (vobject).
 * In raw text the escapes of RFC 5545, 3.3.11 are undone too, so that "\\:"
 * is "\:" and therefore ":".  Other backslashes stay.
 */
static char
escape(struct ex_str s, size_t *i, bool raw)
{
	char next = *i + 1 < s.n ? s.p[*i + 1] : '\0';

	if (raw && next == '\\' && *i + 2 < s.n &&
	    (s.p[*i + 2] == ':' || s.p[*i + 2] == '"')) {
		*i += 2;
		return s.p[*i];
	}
	if (raw && (next == 'n' || next == 'N')) {
		(*i)++;
		return '\n';
	}
	if (next == ':' || next == '"' ||
	    (raw && (next == ',' || next == ';' || next == '\\'))) {
		(*i)++;
		return next;
	}
	return '\\';
}

/*
 * Line ends become LF, and escapes are undone.  Returns whether there is
 * more than ASCII in it.
 */
static bool
soften(struct ex_buf *out, struct ex_str s, bool raw)
{
	bool wide = false;
	size_t i, n;
	char *p, ch;

	if ((p = ex_buf_room(out, s.n)) == NULL)
		return false;
	for (i = 0; i < s.n; i++) {
		n = ex_scan(s.p + i, s.n - i, EX_SCAN_ODD);
		memcpy(p, s.p + i, n);
		p += n;
		if ((i += n) == s.n)
			break;
		ch = s.p[i];
		wide |= (unsigned char)ch >= 0x80;
		if (ch == '\r') {
			if (i + 1 < s.n && s.p[i + 1] == '\n')
				continue;
			ch = '\n';
		} else if (ch == '\\')
			ch = escape(s, &i, raw);
		*p++ = ch;
	}
	out->n = (size_t)(p - out->p);
	return wide;
}

bool
ex_canon_text(struct ex_canon *c, struct ex_buf *b, struct ex_str s, bool raw)
{
	size_t mark = c->tmp.n;
	bool wide;

	s = ex_str_trim(s);
	if (quoted(b, s))
		return s.n > 0;
	wide = soften(&c->tmp, s, raw);
	s = (struct ex_str){ c->tmp.p + mark, c->tmp.n - mark };
	s = ex_str_trim(s);
	if (wide)
		s = ex_text_nfc(s, &c->scratch);
	ex_json_string(b, s);
	c->tmp.n = mark;
	return s.n > 0;
}

bool
ex_canon_fold(struct ex_buf *b, struct ex_str s)
{
	size_t i;
	char *p;

	s = ex_str_trim(s);
	if (!ex_scan_none(s.p, s.n, EX_SCAN_ODD)) {
		ex_json_string(b, s);
		return true;
	}
	if ((p = ex_buf_room(b, s.n + 2)) == NULL)
		return false;
	*p++ = '"';
	for (i = 0; i < s.n; i++)
		*p++ = s.p[i] >= 'A' && s.p[i] <= 'Z' ?
		    (char)(s.p[i] + 32) : s.p[i];
	*p = '"';
	b->n += s.n + 2;
	return s.n > 0;
}

/* How many bytes the scheme has (RFC 3986, 3.1), without ':'; 0: none. */
static size_t
scheme(struct ex_str s)
{
	size_t i;

	for (i = 0; i < s.n && s.p[i] != ':'; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') ||
		    (s.p[i] >= 'A' && s.p[i] <= 'Z') || (i > 0 &&
		    ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '+' ||
		    s.p[i] == '-' || s.p[i] == '.'))))
			return 0;
	return i < s.n ? i : 0;
}

static void
lower(char *p, size_t n)
{
	for (; n > 0; p++, n--)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
}

static bool
separator(char ch)
{
	return ch == ':' || ch == ',' || ch == ';';
}

/* The scheme, and all of a mail address. */
static void
lower_uri(char *p, size_t n)
{
	size_t k = scheme((struct ex_str){ p, n });

	lower(p, k);
	if (k == 6 && memcmp(p, "mailto", 6) == 0)
		lower(p + k, n - k);
}

/* Rule 14. */
bool
ex_canon_uri(struct ex_canon *c, struct ex_buf *b, struct ex_str s)
{
	size_t mark = c->tmp.n, i, end;
	struct ex_str out;
	bool wide = false;
	char *p;

	s = ex_str_trim(s);
	if (quoted(b, s)) {
		if (s.n > 0 && !b->over)
			lower_uri(b->p + b->n - s.n - 1, s.n);
		return s.n > 0;
	}
	if ((p = ex_buf_room(&c->tmp, s.n)) == NULL)
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '\\') {
			/* Escaped, perhaps more than once. */
			for (end = i; end < s.n && s.p[end] == '\\'; end++)
				;
			if (end == s.n || !separator(s.p[end]))
				p = (char *)memcpy(p, s.p + i, end - i) +
				    (end - i);
			i = end - 1;
			continue;
		}
		wide |= (unsigned char)s.p[i] >= 0x80;
		*p++ = s.p[i];
	}
	c->tmp.n = (size_t)(p - c->tmp.p);
	out = (struct ex_str){ c->tmp.p + mark, c->tmp.n - mark };
	lower_uri(c->tmp.p + mark, out.n);
	if (wide)
		out = ex_text_nfc(out, &c->scratch);
	ex_json_string(b, out);
	c->tmp.n = mark;
	return out.n > 0;
}

struct ex_str
ex_canon_data_uri(struct ex_str s)
{
	static const char mark[] = ";base64";
	size_t i, m = sizeof(mark) - 1;

	s = ex_str_trim(s);
	if (s.n < 5 || !ex_str_is_nocase((struct ex_str){ s.p, 5 }, "data:"))
		return EX_STR_NONE;
	/* Type and parameters are short; the data need not be looked at. */
	for (i = 5; i < s.n && i < 1024 && s.p[i] != ','; i++)
		;
	if (i == s.n || s.p[i] != ',' || i < 5 + m || !ex_str_is_nocase(
	    (struct ex_str){ s.p + i - m, m }, mark))
		return EX_STR_NONE;
	return (struct ex_str){ s.p + i + 1, s.n - i - 1 };
}

/* Rule 15: base64 by what it means; what is none stays text. */
static bool
binary(struct ex_canon *c, struct ex_str s)
{
	char hex[EX_HASH_HEX];
	struct ex_str bytes;

	if (ex_line_base64_decode(s, &c->scratch, &bytes) == -1)
		return ex_canon_text(c, &c->text, s, false);
	if (bytes.n == 0)
		return false;
	ex_hash_hex(c->hash, bytes.p, bytes.n, hex);
	ex_buf_puts(&c->text, "\"sha256:");
	ex_buf_add(&c->text, hex, EX_HASH_HEX - 1);
	ex_buf_putc(&c->text, '"');
	return true;
}

/* Rule 11: digits without a sign and leading zeros. */
static bool
integer(struct ex_canon *c, struct ex_str s)
{
	struct ex_str t = ex_str_trim(s);
	bool minus = false;
	size_t i;

	if (t.n > 0 && (t.p[0] == '+' || t.p[0] == '-')) {
		minus = t.p[0] == '-';
		t.p++;
		t.n--;
	}
	for (i = 0; i < t.n; i++)
		if (t.p[i] < '0' || t.p[i] > '9')
			return ex_canon_text(c, &c->text, s, false);
	while (t.n > 1 && t.p[0] == '0') {
		t.p++;
		t.n--;
	}
	if (t.n == 0)
		return false;
	ex_buf_putc(&c->text, '"');
	if (minus && t.p[0] != '0')
		ex_buf_putc(&c->text, '-');
	ex_buf_str(&c->text, t);
	ex_buf_putc(&c->text, '"');
	return true;
}

/* `tel:` says nothing on a TEL (rule 16). */
static bool
tel(struct ex_canon *c, struct ex_str s)
{
	s = ex_str_trim(s);
	if (s.n >= 4 && ex_str_is_nocase((struct ex_str){ s.p, 4 }, "tel:")) {
		s.p += 4;
		s.n -= 4;
	}
	return ex_canon_uri(c, &c->text, s);
}

/* What a scalar says, as bytes; an array or object in an odd place: JSON. */
static struct ex_str
scalar(struct ex_canon *c, const struct ex_json *v)
{
	size_t mark = c->tmp.n;
	struct ex_str s;

	switch (v->type) {
	case EX_JSON_NULL:
		return EX_STR("");
	case EX_JSON_FALSE:
		return EX_STR("false");
	case EX_JSON_TRUE:
		return EX_STR("true");
	case EX_JSON_NUMBER:
	case EX_JSON_STRING:
		return v->text;
	case EX_JSON_ARRAY:
	case EX_JSON_OBJECT:
		break;
	}
	ex_json_write(&c->tmp, v);
	s = ex_arena_str(&c->scratch,
	    (struct ex_str){ c->tmp.p + mark, c->tmp.n - mark });
	c->tmp.n = mark;
	return s;
}

/*
 * One part of N, ADR, ORG: "," and several values are alike (rule 8).  The
 * text is put together in params, which is not in use any more.
 */
static bool
part(struct ex_canon *c, const struct ex_json *v, bool raw)
{
	const struct ex_json *k;
	struct ex_buf *all = &c->params;
	size_t mark = all->n;
	bool any;

	if (v->type != EX_JSON_ARRAY)
		return ex_canon_text(c, &c->text, scalar(c, v), raw);
	for (k = v->child; k != NULL; k = k->next) {
		if (k != v->child)
			ex_buf_putc(all, ',');
		ex_buf_str(all, ex_str_trim(scalar(c, k)));
	}
	any = ex_canon_text(c, &c->text,
	    (struct ex_str){ all->p + mark, all->n - mark }, raw);
	all->n = mark;
	return any;
}

static bool
parts(struct ex_canon *c, const struct ex_json *v, bool raw)
{
	const struct ex_json *k, *first;
	size_t end;

	ex_buf_putc(&c->text, '[');
	end = c->text.n;
	first = v->type == EX_JSON_ARRAY ? v->child : v;
	for (k = first; k != NULL; k = k->next) {
		if (k != first)
			ex_buf_putc(&c->text, ',');
		if (part(c, k, raw))
			end = c->text.n;
		if (first == v)
			break;
	}
	c->text.n = end;
	ex_buf_putc(&c->text, ']');
	return c->text.p[end - 1] != '[';
}

/*
 * GENDER and CLIENTPIDMAP: ";" and "\;" are alike too, for their first part
 * cannot hold one.
 */
static bool
joined(struct ex_canon *c, const struct ex_json *v)
{
	const struct ex_json *k;
	struct ex_buf *all = &c->params;
	struct ex_str s;
	size_t mark = all->n;
	bool any;

	if (v->type != EX_JSON_ARRAY)
		s = scalar(c, v);
	else {
		for (k = v->child; k != NULL; k = k->next) {
			if (k != v->child)
				ex_buf_putc(all, ';');
			ex_buf_str(all, ex_str_trim(scalar(c, k)));
		}
		s = (struct ex_str){ all->p + mark, all->n - mark };
	}
	while (s.n > 0 && s.p[s.n - 1] == ';')
		s.n--;
	any = ex_canon_text(c, &c->text, s, false);
	all->n = mark;
	return any;
}

static bool
string(struct ex_canon *c, enum ex_canon_class class, struct ex_str s)
{
	switch (class) {
	case EX_CANON_AUTO:
	case EX_CANON_DROP:
	case EX_CANON_UID:
	case EX_CANON_TEXT:
	case EX_CANON_PARTS:
	case EX_CANON_JOINED:
	case EX_CANON_TIME:
	case EX_CANON_DAY:
	case EX_CANON_RRULE:
	case EX_CANON_GEO:
		break;
	case EX_CANON_RAW:
		return ex_canon_text(c, &c->text, s, true);
	case EX_CANON_FOLD:
		return ex_canon_fold(&c->text, s);
	case EX_CANON_TEL:
		return tel(c, s);
	case EX_CANON_OFFSET:
		return ex_canon_offset(c, s);
	case EX_CANON_INT:
		return integer(c, s);
	case EX_CANON_URI:
		return ex_canon_uri(c, &c->text, s);
	case EX_CANON_BINARY:
		return binary(c, s);
	}
	return ex_canon_text(c, &c->text, s, false);
}

bool
ex_canon_value(struct ex_canon *c, enum ex_canon_class class,
    const struct ex_json *v)
{
	size_t mark = c->tmp.n;
	bool any;

	if (class == EX_CANON_TIME || class == EX_CANON_DAY)
		any = ex_canon_time(c, v, class == EX_CANON_DAY);
	else if (class == EX_CANON_RRULE)
		any = ex_canon_rrule(c, v);
	else if (class == EX_CANON_GEO)
		any = ex_canon_geo(c, v);
	else if (class == EX_CANON_JOINED)
		any = joined(c, v);
	else if (class == EX_CANON_PARTS || v->type == EX_JSON_ARRAY)
		any = parts(c, v, class == EX_CANON_RAW);
	else
		any = string(c, class, scalar(c, v));
	c->tmp.n = mark;
	return any;
}
