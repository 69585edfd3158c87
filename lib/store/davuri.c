/*
 * davuri.c: URLs of collections, hrefs of their members
 *
 * A path has one form: each segment decoded and encoded again, all but
 * RFC 3986's unreserved characters, for servers write one href in several
 * ways ("@" and "%40").  No segment is empty, "." or "..".
 *
 *	href					in /a/b/ at https://x
 *	/a/b/c.vcf, https://x:443/a/b/c.vcf	c.vcf
 *	c.vcf					c.vcf
 *	/a/b/, /a/b				the collection itself
 *	/a/b/d/, /a/b/d/e.vcf			deeper: no item
 *	/a/c.vcf, /a/b/../c.vcf			outside: refused
 *	https://y/a/b/c.vcf, //y/a/b/c.vcf	another host: refused
 *
 * (1) Whatever a server sends, a request goes to our origin, to a path that
 *     holds no dot segment and no control byte.
 * (2) An id is the member's name, decoded, written as vdir writes names; no
 *     two names have one id, and a name comes back from its id.
 */
#include <string.h>

#include <ex/cap.h>

#include "davpriv.h"

static bool
unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~';
}

static size_t
encode(char *to, const char *p, size_t n)
{
	static const char digit[] = "0123456789ABCDEF";
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (unreserved((unsigned char)p[i])) {
			to[k++] = p[i];
			continue;
		}
		to[k++] = '%';
		to[k++] = digit[(unsigned char)p[i] >> 4];
		to[k++] = digit[(unsigned char)p[i] & 15];
	}
	return k;
}

/* A %XX that is none stands for itself, as browsers have it. */
static size_t
decode(char *to, struct ex_str s)
{
	size_t i, k = 0;
	int hi, lo;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && s.n - i > 2 &&
		    (hi = ex_str_hex(s.p[i + 1])) != -1 &&
		    (lo = ex_str_hex(s.p[i + 2])) != -1) {
			to[k++] = (char)(hi * 16 + lo);
			i += 2;
		} else {
			to[k++] = s.p[i];
		}
	}
	return k;
}

/* One segment to its form, behind to; -1: it may not be. */
static int
segment(char *to, size_t *k, struct ex_str s, struct ex_arena *a,
    const char **why)
{
	char *raw = ex_arena_bytes(a, s.n + 1);
	size_t n = decode(raw, s);

	if ((n == 1 && raw[0] == '.') ||
	    (n == 2 && raw[0] == '.' && raw[1] == '.')) {
		*why = "a dot segment in its path";
		return -1;
	}
	if (memchr(raw, '\0', n) != NULL || memchr(raw, '/', n) != NULL) {
		*why = "a NUL or slash in a name";
		return -1;
	}
	*k += encode(to + *k, raw, n);
	return 0;
}

/* The path of it, which begins with '/', in its form. */
static int
normal(struct ex_str path, struct ex_arena *a, struct ex_str *out,
    const char **why)
{
	char *to = ex_arena_bytes(a, 3 * path.n + 2);
	size_t i, end, k = 0;

	for (i = 0; i < path.n; i = end) {
		if (path.p[i] == '/') {
			end = i + 1;
			continue;
		}
		for (end = i; end < path.n && path.p[end] != '/'; end++)
			;
		to[k++] = '/';
		if (segment(to, &k, (struct ex_str){ path.p + i, end - i },
		    a, why) == -1)
			return -1;
	}
	if (k == 0 || path.p[path.n - 1] == '/')
		to[k++] = '/';
	to[k] = '\0';
	*out = (struct ex_str){ to, k };
	return 0;
}

/* What no URL may hold as it stands. */
static int
plain(struct ex_str s, const char **why)
{
	size_t i;

	*why = NULL;
	if (s.n > EX_CAP_ID)
		*why = "too long";
	for (i = 0; i < s.n && *why == NULL; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
			*why = "a control byte in it";
		else if (s.p[i] == '?' || s.p[i] == '#')
			*why = "a query or fragment in it";
	}
	return *why == NULL ? 0 : -1;
}

static struct ex_str
lower(struct ex_str s, struct ex_arena *a)
{
	char *p = ex_arena_bytes(a, s.n + 1);
	size_t i;

	for (i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ?
		    (char)(s.p[i] + ('a' - 'A')) : s.p[i];
	p[s.n] = '\0';
	return (struct ex_str){ p, s.n };
}

/* Where the authority of scheme://authority/path begins; 0: there is none. */
static size_t
authority_at(struct ex_str s)
{
	size_t i;

	if (ex_str_starts(s, "//"))
		return 2;
	for (i = 0; i < s.n && s.p[i] != '/'; i++)
		if (s.p[i] == ':' && s.n - i >= 3 && s.p[i + 1] == '/' &&
		    s.p[i + 2] == '/')
			return i + 3;
	return 0;
}

/* "Host:443" of https to "host"; the scheme stays out of it. */
static struct ex_str
host_of(struct ex_str scheme, struct ex_str authority, struct ex_arena *a)
{
	struct ex_str host = lower(authority, a);
	const char *port = ex_str_is(scheme, "https") ? ":443" : ":80";

	if (ex_str_ends(host, port))
		host.n -= strlen(port);
	else if (ex_str_ends(host, ":"))
		host.n--;
	return host;
}

static int
split(struct ex_str s, size_t at, struct ex_str *authority,
    struct ex_str *path)
{
	size_t end = at;

	while (end < s.n && s.p[end] != '/')
		end++;
	*authority = (struct ex_str){ s.p + at, end - at };
	*path = (struct ex_str){ s.p + end, s.n - end };
	return authority->n > 0 ? 0 : -1;
}

int
ex_dav_uri_parse(struct ex_str text, struct ex_arena *a,
    struct ex_dav_uri *u, const char **why)
{
	struct ex_str scheme, authority, path;
	size_t at = authority_at(text), i;

	*u = (struct ex_dav_uri){ .origin = EX_STR_NONE };
	if (plain(text, why) == -1)
		return -1;
	*why = "is no http: or https: URL";
	if (at < 4)
		return -1;
	scheme = lower((struct ex_str){ text.p, at - 3 }, a);
	if (!ex_str_is(scheme, "http") && !ex_str_is(scheme, "https"))
		return -1;
	if (split(text, at, &authority, &path) == -1)
		return -1;
	for (i = authority.n; i > 0 && authority.p[i - 1] != '@'; i--)
		;
	if (i > 0)
		u->user = (struct ex_str){ authority.p, i - 1 };
	authority.p += i;
	authority.n -= i;
	if (authority.n == 0)
		return -1;
	u->scheme = scheme;
	u->host = host_of(scheme, authority, a);
	u->origin = ex_arena_fmt(a, "%.*s://%.*s", EX_STR_ARG(scheme),
	    EX_STR_ARG(u->host));
	return normal(path, a, &u->path, why);
}

int
ex_dav_uri_resolve(const struct ex_dav_uri *base, struct ex_str href,
    struct ex_arena *a, struct ex_str *path, const char **why)
{
	struct ex_str s = ex_str_trim(href), scheme = base->scheme, authority;
	size_t at = authority_at(s), dir;

	if (plain(s, why) == -1)
		return -1;
	if (s.n == 0) {
		*why = "is empty";
		return -1;
	}
	if (at > 0) {
		if (at > 2)
			scheme = lower((struct ex_str){ s.p, at - 3 }, a);
		if (split(s, at, &authority, &s) == -1 ||
		    !ex_str_eq(host_of(scheme, authority, a), base->host)) {
			*why = "leads to another host";
			return -1;
		}
	} else if (s.p[0] != '/') {
		for (dir = base->path.n; dir > 0 &&
		    base->path.p[dir - 1] != '/'; dir--)
			;
		s = ex_arena_fmt(a, "%.*s%.*s", (int)dir, base->path.p,
		    EX_STR_ARG(s));
	}
	return normal(s, a, path, why);
}

enum ex_dav_where
ex_dav_uri_member(const struct ex_dav_uri *base, struct ex_str path,
    struct ex_arena *a, struct ex_str *id)
{
	struct ex_str dir = base->path, name;
	char *raw;

	if (dir.n > 0 && dir.p[dir.n - 1] == '/')
		dir.n--;
	if (path.n < dir.n || memcmp(path.p, dir.p, dir.n) != 0 ||
	    (path.n > dir.n && path.p[dir.n] != '/'))
		return EX_DAV_OUTSIDE;
	if (path.n <= dir.n + 1)
		return EX_DAV_SELF;
	name = (struct ex_str){ path.p + dir.n + 1, path.n - dir.n - 1 };
	if (memchr(name.p, '/', name.n) != NULL)
		return EX_DAV_DEEPER;
	raw = ex_arena_bytes(a, name.n + 1);
	name = (struct ex_str){ raw, decode(raw, name) };
	*id = ex_vdir_id(name, a);
	return EX_DAV_MEMBER;
}

struct ex_str
ex_dav_uri_of(const struct ex_dav_uri *base, struct ex_str id,
    struct ex_arena *a)
{
	char *raw = ex_arena_bytes(a, id.n + 1), *to;
	size_t n = decode(raw, id), dir = base->path.n;
	struct ex_str name = { raw, n };

	if (n == 0 || id.n > EX_CAP_ID || memchr(raw, '/', n) != NULL ||
	    memchr(raw, '\0', n) != NULL || ex_str_is(name, ".") ||
	    ex_str_is(name, ".."))
		return EX_STR_NONE;
	to = ex_arena_bytes(a, dir + 3 * n + 2);
	memcpy(to, base->path.p, dir);
	if (dir == 0 || to[dir - 1] != '/')
		to[dir++] = '/';
	n = dir + encode(to + dir, raw, n);
	to[n] = '\0';
	return (struct ex_str){ to, n };
}

/* The last segment of a collection's path, decoded: a name for people. */
struct ex_str
ex_dav_uri_name(struct ex_str path, struct ex_arena *a)
{
	size_t start, n = path.n;
	char *raw;

	while (n > 0 && path.p[n - 1] == '/')
		n--;
	for (start = n; start > 0 && path.p[start - 1] != '/'; start--)
		;
	raw = ex_arena_bytes(a, n - start + 1);
	return (struct ex_str){ raw, decode(raw,
	    (struct ex_str){ path.p + start, n - start }) };
}
