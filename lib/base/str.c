/*
 * str.c: runs of bytes that somebody else owns
 */
#include <stdint.h>
#include <string.h>

#include <ex/str.h>

struct ex_str
ex_str_of(const char *s)
{
	if (s == NULL)
		return EX_STR_NONE;
	return (struct ex_str){ s, strlen(s) };
}

bool
ex_str_eq(struct ex_str a, struct ex_str b)
{
	if (a.p == NULL || b.p == NULL)
		return a.p == b.p;
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* tolower() would ask the locale. */
static unsigned char
lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

bool
ex_str_is_nocase(struct ex_str s, const char *lit)
{
	size_t i;

	if (s.p == NULL)
		return false;
	for (i = 0; i < s.n; i++)
		if (lit[i] == '\0' || lower(s.p[i]) != lower(lit[i]))
			return false;
	return lit[i] == '\0';
}

/* A number in the order of the bytes. */
static uint64_t
eight(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 |
	    (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32 |
	    (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
	    (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

int
ex_str_cmp(struct ex_str a, struct ex_str b)
{
	uint64_t x, y;
	int c;

	if (a.p == NULL || b.p == NULL)
		return (a.p != NULL) - (b.p != NULL);
	/* Mostly the first eight bytes say it, without a call. */
	if (a.n >= 8 && b.n >= 8 && (x = eight(a.p)) != (y = eight(b.p)))
		return x < y ? -1 : 1;
	c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

bool
ex_str_starts(struct ex_str s, const char *lit)
{
	size_t n = strlen(lit);

	return s.p != NULL && s.n >= n && memcmp(s.p, lit, n) == 0;
}

bool
ex_str_ends(struct ex_str s, const char *lit)
{
	size_t n = strlen(lit);

	return s.p != NULL && s.n >= n &&
	    memcmp(s.p + s.n - n, lit, n) == 0;
}

long long
ex_str_number(struct ex_str s)
{
	long long v = 0;
	size_t i;

	if (s.n == 0 || s.n > 18)
		return -1;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return v;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct ex_str
ex_str_trim(struct ex_str s)
{
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	return s;
}

int
ex_str_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

unsigned
ex_str_hash(struct ex_str s)
{
	unsigned h = 5381;
	size_t i;

	for (i = 0; i < s.n; i++)
		h = h * 33 + (unsigned char)s.p[i];
	return h;
}
