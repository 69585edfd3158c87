/*
 * httpurl.c: URLs of one origin, RFC 3986
 */
#include <string.h>

#include <ex/cap.h>
#include <ex/text.h>

#include "httppriv.h"

static struct ex_str
part(const struct http_curl *c, const CURLU *u, CURLUPart what,
    unsigned flags, struct ex_arena *a)
{
	struct ex_str s;
	char *p;

	if (c->url_get(u, what, &p, flags) != CURLUE_OK)
		return EX_STR_NONE;
	s = ex_arena_str(a, ex_str_of(p));
	c->free(p);
	return s;
}

/* RFC 6761, 6.3; RFC 5735, 3; libcurl has numbers in their one form. */
static bool
is_loopback(struct ex_str host)
{
	return ex_str_is_nocase(host, "localhost") ||
	    ex_str_is(host, "[::1]") || (ex_str_starts(host, "127.") &&
	    strspn(host.p, "0123456789.") == host.n);
}

static int
take(const struct http_curl *c, CURLU *u, struct ex_arena *a,
    struct http_url *url)
{
	static const CURLUPart off[] = { CURLUPART_USER, CURLUPART_PASSWORD,
	    CURLUPART_OPTIONS, CURLUPART_FRAGMENT };
	struct ex_str scheme, host, port;
	size_t i;

	for (i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		c->url_set(u, off[i], NULL, 0);
	scheme = part(c, u, CURLUPART_SCHEME, 0, a);
	host = part(c, u, CURLUPART_HOST, 0, a);
	port = part(c, u, CURLUPART_PORT, CURLU_DEFAULT_PORT, a);
	url->full = part(c, u, CURLUPART_URL, 0, a);
	url->tls = ex_str_is(scheme, "https");
	if ((!url->tls && !ex_str_is(scheme, "http")) || host.p == NULL ||
	    port.p == NULL || url->full.p == NULL)
		return -1;
	url->loopback = is_loopback(host);
	url->origin = ex_text_lower(ex_arena_fmt(a, "%s://%s:%s", scheme.p,
	    host.p, port.p), a);
	return 0;
}

int
http_url(const struct http_curl *c, const char *base, struct ex_str ref,
    struct ex_arena *a, struct http_url *u)
{
	const unsigned flags = CURLU_URLENCODE | CURLU_ALLOW_SPACE;
	CURLU *parsed;
	int got = -1;

	if (ref.n > EX_CAP_URL || memchr(ref.p, '\0', ref.n) != NULL ||
	    (parsed = c->url()) == NULL)
		return -1;
	if ((base == NULL ||
	    c->url_set(parsed, CURLUPART_URL, base, 0) == CURLUE_OK) &&
	    c->url_set(parsed, CURLUPART_URL, ex_arena_str(a, ref).p,
	    flags) == CURLUE_OK)
		got = take(c, parsed, a, u);
	c->url_cleanup(parsed);
	return got;
}

/* A path that means what it says: no dots to be worked out, no query. */
static bool
is_plain_path(struct ex_str s)
{
	size_t i;

	if (s.n == 0 || s.n > EX_CAP_URL || s.p[0] != '/')
		return false;
	for (i = 1; i < s.n; i++) {
		if (s.p[i - 1] == '/' && strchr("/.%", s.p[i]) != NULL)
			return false;
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') &&
		    !(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') &&
		    (s.p[i] == '\0' || strchr("/-._~%@", s.p[i]) == NULL))
			return false;
	}
	return true;
}

int
http_url_of(const struct http_curl *c, const struct http_url *base,
    struct ex_str ref, struct ex_arena *a, struct http_url *u)
{
	const char *host = strstr(base->full.p, "://") + 3;

	if (!is_plain_path(ref))
		return http_url(c, base->full.p, ref, a, u);
	*u = *base;
	u->full = ex_arena_fmt(a, "%.*s%.*s", (int)(host - base->full.p) +
	    (int)strcspn(host, "/?"), base->full.p, EX_STR_ARG(ref));
	return 0;
}

/* Names of query parameters that hold secrets have one of these in them. */
static bool
is_secret(struct ex_str name)
{
	static const char *const words[] = { "token", "key", "secret",
	    "pass", "sig", "auth", "code" };
	size_t i, k;

	for (i = 0; i < name.n; i++)
		for (k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			if (strlen(words[k]) <= name.n - i &&
			    ex_str_is_nocase((struct ex_str){ name.p + i,
			    strlen(words[k]) }, words[k]))
				return true;
	return false;
}

struct ex_str
http_url_show(struct ex_str url, struct ex_arena *a)
{
	const char *q = memchr(url.p, '?', url.n), *end = url.p + url.n;
	const char *next, *eq;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str out;

	if (q == NULL)
		return url;
	ex_buf_add(&b, url.p, (size_t)(q - url.p));
	for (; q < end; q = next) {
		next = memchr(q + 1, '&', (size_t)(end - q - 1));
		if (next == NULL)
			next = end;
		eq = memchr(q, '=', (size_t)(next - q));
		if (eq == NULL || !is_secret((struct ex_str){ q + 1,
		    (size_t)(eq - q - 1) }))
			eq = next;
		ex_buf_add(&b, q, (size_t)(eq - q));
		if (eq < next)
			ex_buf_puts(&b, "=...");
	}
	out = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return out;
}

struct ex_str
ex_http_decode(struct ex_str s, struct ex_arena *a)
{
	char *p = ex_arena_bytes(a, s.n + 1);
	size_t i, n = 0;
	int c;

	for (i = 0; i < s.n; i++) {
		c = s.p[i] == '%' && s.n - i > 2 &&
		    ex_str_hex(s.p[i + 1]) >= 0 &&
		    ex_str_hex(s.p[i + 2]) >= 0 ?
		    ex_str_hex(s.p[i + 1]) * 16 + ex_str_hex(s.p[i + 2]) : -1;
		if (c >= 0x20) {
			p[n++] = (char)c;
			i += 2;
		} else {
			p[n++] = s.p[i];
		}
	}
	p[n] = '\0';
	return (struct ex_str){ p, n };
}

void
ex_http_encode(struct ex_buf *b, struct ex_str s, const char *also)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] != '\0' && (strchr(safe, s.p[i]) != NULL ||
		    strchr(also, s.p[i]) != NULL))
			ex_buf_putc(b, s.p[i]);
		else
			ex_buf_fmt(b, "%%%02X", (unsigned char)s.p[i]);
}
