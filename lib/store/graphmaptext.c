/*
 * graphmaptext.c: the text of a body in HTML
 *
 * Text is what we ask for and write.  Where a server gives HTML all the same
 * its words are better than nothing: they are read, and as long as nobody
 * changes them the HTML stays there.  No parser: a tag is from '<' to '>'.
 */
#include <string.h>

#include <ex/arena.h>

#include "graphmappriv.h"

enum { MAX_NAME = 10 };

struct text {
	struct ex_str in;	/* what is left */
	char *out;
	size_t n;
};

/* UTF-8 (RFC 3629) of a code point, at most as long as "&#N;". */
static void
put_code(struct text *t, long code)
{
	if (code < 0x80) {
		t->out[t->n++] = (char)code;
		return;
	}
	if (code < 0x800) {
		t->out[t->n++] = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			t->out[t->n++] = (char)(0xe0 | code >> 12);
		} else {
			t->out[t->n++] = (char)(0xf0 | code >> 18);
			t->out[t->n++] = (char)(0x80 | (code >> 12 & 0x3f));
		}
		t->out[t->n++] = (char)(0x80 | (code >> 6 & 0x3f));
	}
	t->out[t->n++] = (char)(0x80 | (code & 0x3f));
}

static long
code_of(struct ex_str name)
{
	static const struct {
		const char *name;
		long code;
	} known[] = {
		{ "amp", '&' }, { "lt", '<' }, { "gt", '>' },
		{ "quot", '"' }, { "apos", '\'' }, { "nbsp", ' ' },
	};
	bool hex = name.n > 1 && (name.p[1] | 0x20) == 'x';
	long code = 0;
	size_t i;
	int digit;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (ex_str_is(name, known[i].name))
			return known[i].code;
	if (name.n < 2 || name.p[0] != '#')
		return -1;
	for (i = hex ? 2 : 1; i < name.n; i++) {
		digit = ex_str_hex(name.p[i]);
		if (digit < 0 || (!hex && digit > 9) || code > 0x10ffff)
			return -1;
		code = code * (hex ? 16 : 10) + digit;
	}
	return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ||
	    code == 0 ? -1 : code == 0xa0 ? ' ' : code;
}

/* "&amp;"; what is none stands for itself. */
static void
entity(struct text *t)
{
	size_t max = t->in.n < MAX_NAME ? t->in.n : MAX_NAME;
	const char *end = memchr(t->in.p, ';', max);
	long code = end == NULL ? -1 : code_of((struct ex_str){ t->in.p + 1,
	    (size_t)(end - t->in.p) - 1 });
	size_t n = code < 0 ? 1 : (size_t)(end - t->in.p) + 1;

	if (code < 0)
		t->out[t->n++] = '&';
	else
		put_code(t, code);
	t->in.p += n;
	t->in.n -= n;
}

static bool
is_tag(struct ex_str tag, const char *name)
{
	size_t n = strlen(name);

	return tag.n >= n && ex_str_is_nocase((struct ex_str){ tag.p, n },
	    name) && (tag.n == n || strchr(" \t\r\n/>", tag.p[n]) != NULL);
}

/* Up to a '>', or all that is left. */
static struct ex_str
tag(struct text *t)
{
	const char *end = memchr(t->in.p, '>', t->in.n);
	struct ex_str s = { t->in.p + 1, end == NULL ? t->in.n - 1 :
	    (size_t)(end - t->in.p) - 1 };
	size_t n = end == NULL ? t->in.n : s.n + 2;

	t->in.p += n;
	t->in.n -= n;
	return s;
}

/* What stands in these is not shown. */
static void
pass(struct text *t, const char *end)
{
	const char *at;

	while (t->in.n > 0) {
		at = memchr(t->in.p, '<', t->in.n);
		t->in.n -= at == NULL ? t->in.n : (size_t)(at - t->in.p);
		t->in.p = at == NULL ? t->in.p : at;
		if (t->in.n > 0 && is_tag(tag(t), end))
			return;
	}
}

static void
element(struct text *t)
{
	static const char *const lines[] = {
		"br", "/p", "/div", "/li", "/tr", "/h1", "/h2", "/h3"
	};
	struct ex_str s = tag(t);
	size_t i;

	if (is_tag(s, "head"))
		pass(t, "/head");
	else if (is_tag(s, "style"))
		pass(t, "/style");
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (is_tag(s, lines[i]))
			t->out[t->n++] = '\n';
}

struct ex_str
ex_graphmap_text(struct ex_str html, struct ex_arena *a)
{
	struct text t = { html, ex_arena_bytes(a, html.n + 1), 0 };
	char c;

	while (t.in.n > 0) {
		c = *t.in.p;
		if (c == '<') {
			element(&t);
			continue;
		}
		if (c == '&') {
			entity(&t);
			continue;
		}
		/* a line end there is a blank, and two are one */
		if (c == '\r' || c == '\n' || c == '\t')
			c = ' ';
		if (c != ' ' || (t.n > 0 && strchr(" \n", t.out[t.n - 1]) ==
		    NULL))
			t.out[t.n++] = c;
		t.in.p++;
		t.in.n--;
	}
	while (t.n > 0 && strchr(" \n", t.out[t.n - 1]) != NULL)
		t.n--;
	return (struct ex_str){ t.out, t.n };
}
