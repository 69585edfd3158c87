/*
 * httphead.c: what an answer's headers, and the begin of its body, say
 */
#include <string.h>

#include <ex/text.h>

#include "httppriv.h"

#define WORDS	120		/* bytes of a body in a message */

static struct ex_str
trim(struct ex_str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = (struct ex_str){ s.p + 1, s.n - 1 };
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* The next line of s, which is moved behind it. */
static struct ex_str
next(struct ex_str *s)
{
	const char *lf = memchr(s->p, '\n', s->n);
	struct ex_str one = { s->p, lf != NULL ? (size_t)(lf - s->p) : s->n };

	s->p += one.n + (lf != NULL);
	s->n -= one.n + (lf != NULL);
	return one;
}

struct ex_str
http_head(struct ex_str text, const char *name)
{
	struct ex_str found = EX_STR_NONE, one;
	const char *colon;

	while (text.n > 0) {
		one = next(&text);
		colon = memchr(one.p, ':', one.n);
		if (colon != NULL && ex_str_is_nocase((struct ex_str){ one.p,
		    (size_t)(colon - one.p) }, name))
			found = trim((struct ex_str){ colon + 1,
			    one.n - (size_t)(colon - one.p) - 1 });
	}
	return found;
}

struct ex_str
ex_http_header(const struct ex_http_answer *a, const char *name)
{
	return a->head != NULL ? http_head(a->head->text, name) : EX_STR_NONE;
}

/* "1", "1.5"; servers that throttle send fractions, too. */
static long
seconds(struct ex_str s)
{
	long ms = 0, unit = 1000;
	bool dot = false;
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '.' && !dot && i > 0) {
			dot = true;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		if (ms > 1000000000)
			return ms;
		if (dot)
			ms += (unit /= 10) * (s.p[i] - '0');
		else
			ms = ms * 10 + 1000 * (s.p[i] - '0');
	}
	return s.n > 0 ? ms : -1;
}

/* RFC 9110, 10.2.3.  A date is one of the server's clock, if it says it. */
long
http_retry_after(const struct http_curl *c, struct ex_str text)
{
	struct ex_str s = http_head(text, "Retry-After");
	struct ex_str d = http_head(text, "Date");
	char at[64], now[64];
	time_t t, from = -1;
	long ms;

	if (s.p == NULL || s.n >= sizeof(at))
		return -1;
	if ((ms = seconds(s)) >= 0)
		return ms;
	snprintf(at, sizeof(at), "%.*s", EX_STR_ARG(s));
	if ((t = c->getdate(at, NULL)) == -1)
		return -1;
	if (d.p != NULL && d.n < sizeof(now)) {
		snprintf(now, sizeof(now), "%.*s", EX_STR_ARG(d));
		from = c->getdate(now, NULL);
	}
	if (from == -1)
		from = time(NULL);
	if (t <= from)
		return 0;
	return t - from > 1000000 ? 1000000000 : (long)(t - from) * 1000;
}

long
ex_http_pause(const struct ex_http *h, struct ex_str value)
{
	struct ex_arena a = EX_ARENA_INIT;
	long ms = -1;

	if (value.n > 0 && value.n < 64)
		ms = http_retry_after(h->c, ex_arena_fmt(&a,
		    "Retry-After: %.*s\n", EX_STR_ARG(value)));
	ex_arena_free(&a);
	return ms;
}

/* A body without its tags, as one line. */
static struct ex_str
words(struct ex_str body, struct ex_arena *a)
{
	char *p = ex_arena_bytes(a, WORDS);
	bool tag = false, gap = false;
	size_t i, n = 0;
	char c;

	for (i = 0; i < body.n && i < 8192 && n + 1 < WORDS; i++) {
		c = body.p[i];
		if (c == '<' || (unsigned char)c <= ' ' || (tag && c == '>')) {
			tag = c == '<' || (tag && c != '>');
			gap = true;
		} else if (!tag) {
			if (gap && n > 0)
				p[n++] = ' ';
			gap = false;
			p[n++] = c;
		}
	}
	return ex_text_print((struct ex_str){ p, n }, WORDS, a);
}

static bool
has(struct ex_str s, struct ex_str what)
{
	size_t i;

	for (i = 0; what.n > 0 && s.n >= what.n && i <= s.n - what.n; i++)
		if (memcmp(s.p + i, what.p, what.n) == 0)
			return true;
	return false;
}

/* A server that shows us our own secret shows it to nobody else. */
static bool
tells(const struct ex_http *h, struct ex_str s)
{
	struct ex_str secret;
	struct ex_err err;

	return h->kind != EX_AUTH_NONE && ex_auth_secret(h->conf.auth,
	    &secret, &err) == 0 && secret.p != NULL && has(s, secret);
}

static const char *
about_auth(const struct ex_http *h, const struct http_req *r)
{
	if (r->status != 401)
		return "";
	if (h->kind == EX_AUTH_NONE)
		return ": no user and password are given";
	if (h->kind == EX_AUTH_ANY && (r->offered & CURLAUTH_BASIC) &&
	    !h->url.tls && !h->url.loopback)
		return ": the server wants Basic, which goes over https only";
	if (h->kind != EX_AUTH_ANY && h->kind != EX_AUTH_BEARER &&
	    r->offered != 0 && !(r->offered & h->bits))
		return ": the server offers another way to sign in";
	if (h->kind == EX_AUTH_NTLM || h->kind == EX_AUTH_NEGOTIATE)
		return ": refused, or the server wants Extended Protection";
	return ": refused";
}

/* HTTP/2 has no phrases (RFC 9113, 8.3.2); these are RFC 9110's. */
static const char *
phrase(int status)
{
	switch (status) {
	case 200:
		return " OK";
	case 201:
		return " Created";
	case 204:
		return " No Content";
	case 207:
		return " Multi-Status";
	case 400:
		return " Bad Request";
	case 401:
		return " Unauthorized";
	case 403:
		return " Forbidden";
	case 404:
		return " Not Found";
	case 412:
		return " Precondition Failed";
	case 429:
		return " Too Many Requests";
	case 500:
		return " Internal Server Error";
	case 502:
		return " Bad Gateway";
	case 503:
		return " Service Unavailable";
	case 507:
		return " Insufficient Storage";
	default:
		return "";
	}
}

struct ex_str
http_why(const struct ex_http *h, const struct http_req *r,
    struct ex_arena *a)
{
	struct ex_str text = ex_buf_get(&r->head), status, body;
	const char *sp;

	/* "HTTP/1.1 404 Not Found": without the version. */
	status = next(&text);
	sp = memchr(status.p, ' ', status.n);
	if (sp != NULL)
		status = trim((struct ex_str){ sp, status.n -
		    (size_t)(sp - status.p) });
	status = status.n > 3 ? ex_text_print(status, 60, a) :
	    ex_arena_fmt(a, "%.*s%s", EX_STR_ARG(status), phrase(r->status));
	if (r->status / 100 == 2)
		return status;
	body = words(ex_buf_get(&r->body), a);
	if (body.n == 0 || tells(h, ex_buf_get(&r->body)))
		return ex_arena_fmt(a, "%.*s%s", EX_STR_ARG(status),
		    about_auth(h, r));
	return ex_arena_fmt(a, "%.*s%s: %.*s", EX_STR_ARG(status),
	    about_auth(h, r), EX_STR_ARG(body));
}
