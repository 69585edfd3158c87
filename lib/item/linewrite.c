/*
 * linewrite.c: content lines into text, and the codings of their values
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/line.h>

#define LINE_OCTETS 75
#define FEW 16		/* parts of a value; a power of two */

size_t
ex_line_start(struct ex_buf *b)
{
	return b->n;
}

/* How many of n bytes at p go into a line with room for that many. */
static size_t
fold_at(const char *p, size_t n, size_t room)
{
	size_t i;

	if (n <= room)
		return n;
	for (i = room; i > 0 && ((unsigned char)p[i] & 0xc0) == 0x80; i--)
		;
	return i > 0 ? i : room;	/* no UTF-8 at all */
}

void
ex_line_end(struct ex_buf *b, size_t start)
{
	size_t n = b->n - start, i, take, more = 2;
	char *from, *to;

	if (b->over)
		return;
	for (i = 0; n > LINE_OCTETS && i < n; i += take) {
		more += i > 0 ? 3 : 0;
		take = fold_at(b->p + start + i, n - i, LINE_OCTETS - (i > 0));
	}
	if (ex_buf_room(b, more) == NULL)
		return;
	/* Moved up by what comes in, then back in pieces: no second copy. */
	to = b->p + start;
	from = to + more;
	b->n += more;
	if (n > LINE_OCTETS)
		memmove(from, to, n);
	for (i = 0; n > LINE_OCTETS && i < n; i += take) {
		if (i > 0) {
			memcpy(to, "\r\n ", 3);
			to += 3;
		}
		take = fold_at(from + i, n - i, LINE_OCTETS - (i > 0));
		memmove(to, from + i, take);
		to += take;
	}
	memcpy(b->p + b->n - 2, "\r\n", 2);
}

static void
param_value_write(struct ex_buf *b, struct ex_str v)
{
	bool quote = false;
	size_t i;

	for (i = 0; i < v.n && !quote; i++)
		quote = v.p[i] == ',' || v.p[i] == ';' || v.p[i] == ':';
	if (v.n > 0)	/* blanks at the ends are trimmed unless quoted */
		quote |= v.p[0] == ' ' || v.p[0] == '\t' ||
		    v.p[v.n - 1] == ' ' || v.p[v.n - 1] == '\t';
	if (quote)
		ex_buf_putc(b, '"');
	for (i = 0; i < v.n; i++)
		switch (v.p[i]) {
		case '^':
			ex_buf_puts(b, "^^");
			break;
		case '"':
			ex_buf_puts(b, "^'");
			break;
		case '\r':
			if (i + 1 < v.n && v.p[i + 1] == '\n')
				break;
			/* FALLTHROUGH */
		case '\n':
			ex_buf_puts(b, "^n");
			break;
		default:
			ex_buf_putc(b, v.p[i]);
		}
	if (quote)
		ex_buf_putc(b, '"');
}

void
ex_line_param_write(struct ex_buf *b, struct ex_str name,
    const struct ex_str *value, size_t nvalue)
{
	size_t i;

	ex_buf_putc(b, ';');
	for (i = 0; i < name.n; i++)
		ex_buf_putc(b, name.p[i] >= 'a' && name.p[i] <= 'z' ?
		    (char)(name.p[i] & ~0x20) : name.p[i]);
	ex_buf_putc(b, '=');
	for (i = 0; i < nvalue; i++) {
		if (i > 0)
			ex_buf_putc(b, ',');
		param_value_write(b, value[i]);
	}
}

struct ex_str
ex_line_unescape(struct ex_str raw, struct ex_arena *a)
{
	const char *at = raw.p, *end = raw.p + raw.n, *bs;
	size_t n = 0;
	char *p;

	if (raw.n == 0 || (bs = memchr(at, '\\', raw.n)) == NULL)
		return raw;
	p = ex_arena_bytes(a, raw.n);
	for (; bs != NULL; bs = memchr(at, '\\', (size_t)(end - at))) {
		memcpy(p + n, at, (size_t)(bs - at));
		n += (size_t)(bs - at);
		at = bs + 1;
		if (at == end) {
			p[n++] = '\\';
			break;
		}
		if (*at == 'n' || *at == 'N')
			p[n++] = '\n';
		else if (*at == '\\' || *at == ',' || *at == ';')
			p[n++] = *at;
		else {
			p[n++] = '\\';
			continue;
		}
		at++;
	}
	memcpy(p + n, at, (size_t)(end - at));
	n += (size_t)(end - at);
	return (struct ex_str){ p, n };
}

void
ex_line_escape(struct ex_buf *b, struct ex_str text)
{
	size_t i, from = 0;
	char c;

	for (i = 0; i < text.n; i++) {
		c = text.p[i];
		if (c != '\\' && c != ',' && c != ';' && c != '\n' &&
		    c != '\r')
			continue;
		ex_buf_add(b, text.p + from, i - from);
		from = i + 1;
		if (c == '\r' && from < text.n && text.p[from] == '\n')
			continue;
		ex_buf_putc(b, '\\');
		ex_buf_putc(b, c == '\r' || c == '\n' ? 'n' : c);
	}
	if (from < text.n)
		ex_buf_add(b, text.p + from, text.n - from);
}

size_t
ex_line_split(struct ex_str raw, char sep, struct ex_arena *a,
    struct ex_str **parts)
{
	struct ex_str few[FEW], *v = few;
	size_t i, k = 0, from = 0;

	for (i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\\')
			i++;
		else if (raw.p[i] == sep) {
			if (k == FEW)
				v = memcpy(ex_arena_array(a, 2 * FEW,
				    sizeof(*v)), few, sizeof(few));
			else if (k > FEW)
				v = ex_arena_grow(a, v, k, sizeof(*v));
			v[k++] = (struct ex_str){ raw.p + from, i - from };
			from = i + 1;
		}
	}
	*parts = ex_arena_array(a, k + 1, sizeof(*v));
	if (k > 0)
		memcpy(*parts, v, k * sizeof(*v));
	(*parts)[k] = (struct ex_str){ raw.p + from, raw.n - from };
	return k + 1;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

void
ex_line_qp_decode(struct ex_str raw, struct ex_arena *a, struct ex_str *out)
{
	size_t i, n = 0;
	int hi, lo;
	char *p;

	*out = raw;
	if (raw.n == 0 || memchr(raw.p, '=', raw.n) == NULL)
		return;
	p = ex_arena_bytes(a, raw.n);
	for (i = 0; i < raw.n; i++) {
		if (raw.p[i] != '=') {
			p[n++] = raw.p[i];
			continue;
		}
		if (i + 1 == raw.n)
			break;		/* a soft break to nowhere */
		hi = i + 2 < raw.n ? hex_digit(raw.p[i + 1]) : -1;
		lo = hi >= 0 ? hex_digit(raw.p[i + 2]) : -1;
		if (lo < 0) {
			p[n++] = '=';
			continue;
		}
		p[n++] = (char)(hi << 4 | lo);
		i += 2;
	}
	*out = (struct ex_str){ p, n };
}

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int
ex_line_base64_decode(struct ex_str raw, struct ex_arena *a,
    struct ex_str *out)
{
	size_t i, n = 0, digits = 0, pads = 0;
	unsigned long bits = 0;
	char *p = ex_arena_bytes(a, raw.n / 4 * 3 + 3);
	int d;

	for (i = 0; i < raw.n; i++) {
		if (raw.p[i] == ' ' || raw.p[i] == '\t' ||
		    raw.p[i] == '\r' || raw.p[i] == '\n')
			continue;
		if (raw.p[i] == '=') {
			pads++;
			continue;
		}
		if ((d = base64_digit(raw.p[i])) < 0 || pads > 0)
			return -1;
		bits = bits << 6 | (unsigned long)d;
		if (++digits % 4 == 0) {
			p[n++] = (char)(bits >> 16 & 0xff);
			p[n++] = (char)(bits >> 8 & 0xff);
			p[n++] = (char)(bits & 0xff);
		}
	}
	if (digits % 4 == 1 || pads > 2)
		return -1;
	if (digits % 4 == 2)
		p[n++] = (char)(bits >> 4 & 0xff);
	if (digits % 4 == 3) {
		p[n++] = (char)(bits >> 10 & 0xff);
		p[n++] = (char)(bits >> 2 & 0xff);
	}
	*out = (struct ex_str){ p, n };
	return 0;
}

void
ex_line_base64_encode(struct ex_buf *b, struct ex_str bytes)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = (const unsigned char *)bytes.p;
	unsigned long bits;
	size_t i, left;
	char *p;

	if ((p = ex_buf_room(b, (bytes.n + 2) / 3 * 4)) == NULL)
		return;
	for (i = 0; i < bytes.n; i += 3) {
		left = bytes.n - i;
		bits = (unsigned long)s[i] << 16;
		if (left > 1)
			bits |= (unsigned long)s[i + 1] << 8;
		if (left > 2)
			bits |= s[i + 2];
		*p++ = digit[bits >> 18];
		*p++ = digit[bits >> 12 & 63];
		*p++ = left > 1 ? digit[bits >> 6 & 63] : '=';
		*p++ = left > 2 ? digit[bits & 63] : '=';
		b->n += 4;
	}
}
