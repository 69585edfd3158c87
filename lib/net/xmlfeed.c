/*
 * xmlfeed.c: the bytes that the XML parser is given, looked at before
 *
 * UTF-8 (RFC 3629) without NUL; anything else is an error.  CDATA becomes
 * escaped text, for libxml2 keeps a section until it is whole.  A lenient
 * one puts U+FFFD for what XML 1.0 (2.2) cannot hold and servers send all
 * the same: control bytes, and references to them ("&#x1F;"); in CDATA a
 * reference is plain text.  It all works across feeds:
 *
 *	state		what is held back
 *	-------------------------------------------------------
 *	XML_PLAIN	nothing
 *	XML_OPEN	`match` bytes of "<![CDATA["
 *	XML_DASH	"<!-"
 *	XML_COMMENT	nothing; `match` dashes came last
 *	XML_CDATA	`match` of "]]"
 *	XML_AMP		"&"
 *	XML_NUMBER	a reference, its value in `number`
 */
#include <string.h>

#include <ex/buf.h>
#include <ex/xml.h>

#include "priv.h"

#define REPLACEMENT	"\xef\xbf\xbd"

static const char cdata[] = "<![CDATA[";

/* May XML hold that character (XML 1.0, 2.2)? */
static bool
is_char(unsigned long c)
{
	return c == '\t' || c == '\n' || c == '\r' ||
	    (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
	    (c >= 0x10000 && c <= 0x10ffff);
}

/* The first byte of a character of more than one. */
static bool
begin(struct xml_feed *f, unsigned char c)
{
	if (c < 0xc2 || c > 0xf4)
		return false;
	f->need = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	f->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	f->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	return true;
}

/* How many bytes are good; less than n: why says what comes then. */
static size_t
check(struct xml_feed *f, const unsigned char *p, size_t n, const char **why)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (f->need == 0 && p[i] < 0x80) {
			if (p[i] != '\0')
				continue;
			*why = "a NUL byte";
			return i;
		}
		if (f->need == 0 ? !begin(f, p[i]) :
		    p[i] < f->low || p[i] > f->high) {
			*why = "it is not UTF-8";
			return i;
		}
		if (p[i] < 0xc0) {
			f->need--;
			f->low = 0x80;
			f->high = 0xbf;
		}
	}
	return n;
}

/* A whole reference, by its number. */
static void
reference(const struct xml_feed *f, struct ex_buf *b)
{
	if (is_char(f->number))
		ex_buf_fmt(b, "&#%lu;", f->number);
	else
		ex_buf_puts(b, REPLACEMENT);
}

static int
digit(char c, unsigned base)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* In a reference; false: c belongs to it no more. */
static bool
in_reference(struct xml_feed *f, char c, struct ex_buf *b)
{
	int d;

	if (f->state == XML_AMP && c == '#') {
		f->state = XML_NUMBER;
		f->base = 10;
		f->number = 0;
		f->digits = false;
		return true;
	}
	if (f->state == XML_NUMBER && c == 'x' && f->base == 10 &&
	    !f->digits) {
		f->base = 16;
		return true;
	}
	if (f->state == XML_NUMBER && (d = digit(c, f->base)) >= 0) {
		f->digits = true;
		if (f->number <= 0x10ffff)
			f->number = f->number * f->base + (unsigned)d;
		return true;
	}
	if (f->state == XML_NUMBER && c == ';' && f->digits) {
		f->state = XML_PLAIN;
		reference(f, b);
		return true;
	}
	/* No number: the parser says so. */
	ex_buf_puts(b, f->state == XML_AMP ? "&" : "&#");
	f->state = XML_PLAIN;
	return false;
}

static void
put(const struct xml_feed *f, char c, struct ex_buf *b)
{
	if (f->lenient && !is_char((unsigned char)c))
		ex_buf_puts(b, REPLACEMENT);
	else
		ex_buf_putc(b, c);
}

/* Behind '<'; false: c is not known yet. */
static bool
in_open(struct xml_feed *f, char c, struct ex_buf *b)
{
	if (f->state == XML_OPEN && c == cdata[f->match]) {
		if (cdata[++f->match] != '\0')
			return true;
		f->state = XML_CDATA;
		f->match = 0;
		return true;
	}
	if (f->state == XML_OPEN && f->match == 2 && c == '-') {
		f->state = XML_DASH;
		return true;
	}
	if (f->state == XML_DASH && c == '-') {
		ex_buf_puts(b, "<!--");
		f->state = XML_COMMENT;
		f->match = 0;
		return true;
	}
	if (f->state == XML_DASH)
		ex_buf_puts(b, "<!-");
	else
		ex_buf_add(b, cdata, f->match);
	f->state = XML_PLAIN;
	f->match = 0;
	return false;
}

static void
in_comment(struct xml_feed *f, char c, struct ex_buf *b)
{
	put(f, c, b);
	if (c == '>' && f->match >= 2) {
		f->state = XML_PLAIN;
		f->match = 0;
	} else {
		f->match = c == '-' ? f->match + (f->match < 2) : 0;
	}
}

static void
in_cdata(struct xml_feed *f, char c, struct ex_buf *b)
{
	if (c == ']' && f->match < 2) {
		f->match++;
		return;
	}
	if (c == ']') {
		ex_buf_putc(b, c);
		return;
	}
	if (c == '>' && f->match == 2) {
		f->state = XML_PLAIN;
		f->match = 0;
		return;
	}
	ex_buf_add(b, "]]", f->match);
	f->match = 0;
	if (c == '&')
		ex_buf_puts(b, "&amp;");
	else if (c == '<')
		ex_buf_puts(b, "&lt;");
	else if (c == '>')
		ex_buf_puts(b, "&gt;");
	else
		put(f, c, b);
}

static void
one(struct xml_feed *f, char c, struct ex_buf *b)
{
	if ((f->state == XML_OPEN || f->state == XML_DASH) &&
	    in_open(f, c, b))
		return;
	if ((f->state == XML_AMP || f->state == XML_NUMBER) &&
	    in_reference(f, c, b))
		return;
	if (f->state == XML_CDATA) {
		in_cdata(f, c, b);
	} else if (f->state == XML_COMMENT) {
		in_comment(f, c, b);
	} else if (c == '<') {
		f->state = XML_OPEN;
		f->match = 1;
	} else if (c == '&' && f->lenient) {
		f->state = XML_AMP;
	} else {
		put(f, c, b);
	}
}

static void
rewrite(struct xml_feed *f, struct ex_str part, struct ex_buf *b)
{
	size_t i, from;

	for (i = 0; i < part.n; i++) {
		from = i;
		while ((f->state == XML_PLAIN || f->state == XML_CDATA) &&
		    f->match == 0 && i < part.n && part.p[i] != '<' &&
		    part.p[i] != '&' && part.p[i] != ']' &&
		    part.p[i] != '>' && (unsigned char)part.p[i] >= 0x20)
			i++;
		ex_buf_add(b, part.p + from, i - from);
		if (i < part.n)
			one(f, part.p[i], b);
	}
}

struct ex_str
xml_feed(struct xml_feed *f, struct ex_str part, struct ex_buf *b,
    const char **why)
{
	part.n = check(f, (const unsigned char *)part.p, part.n, why);
	rewrite(f, part, b);
	return ex_buf_get(b);
}

bool
xml_feed_done(const struct xml_feed *f)
{
	return f->need == 0 && f->state == XML_PLAIN;
}

/* The bytes of the character at p that XML may hold; 0: it is none. */
static size_t
whole(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	struct xml_feed f = { .lenient = false };
	const char *why;
	size_t i;

	if (u[0] < 0x80)
		return is_char(u[0]);
	for (i = 0; i < n && check(&f, u + i, 1, &why) == 1; i++)
		if (f.need == 0)
			return i == 2 && u[0] == 0xef && u[1] == 0xbf &&
			    u[2] >= 0xbe ? 0 : i + 1;
	return 0;
}

void
ex_xml_escape(struct ex_buf *b, struct ex_str text)
{
	size_t i, len;

	for (i = 0; i < text.n; i += len > 0 ? len : 1) {
		len = 1;
		switch (text.p[i]) {
		case '&':
			ex_buf_puts(b, "&amp;");
			break;
		case '<':
			ex_buf_puts(b, "&lt;");
			break;
		case '>':
			ex_buf_puts(b, "&gt;");
			break;
		case '"':
			ex_buf_puts(b, "&quot;");
			break;
		case '\r':
			ex_buf_puts(b, "&#13;");
			break;
		default:
			len = whole(text.p + i, text.n - i);
			if (len == 0)
				ex_buf_puts(b, REPLACEMENT);
			else
				ex_buf_add(b, text.p + i, len);
		}
	}
}
