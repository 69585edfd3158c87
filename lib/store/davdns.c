/*
 * davdns.c: SRV and TXT records out of a DNS packet (RFC 1035, 4; RFC 2782)
 *
 * Nothing in a packet is believed: each length is held against what is
 * there, and a compressed name may jump only backwards, so it ends.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "davpriv.h"

#define HEADER	12
#define SRV	33
#define TXT	16
#define IN	1

struct packet {
	const unsigned char *p;
	size_t n, at;
};

struct record {
	unsigned type, class;
	size_t at, n;		/* of its data */
};

static int
number(struct packet *k, size_t bytes, unsigned long *out)
{
	unsigned long v = 0;

	if (k->n - k->at < bytes)
		return -1;
	while (bytes-- > 0)
		v = v << 8 | k->p[k->at++];
	*out = v;
	return 0;
}

/* A name at k->at, which is moved behind it; to NULL: passed over. */
static int
name(struct packet *k, char *to, size_t size)
{
	size_t at = k->at, end = 0, n = 0, len, low = k->at;

	for (;;) {
		if (at >= k->n)
			return -1;
		len = k->p[at];
		if (len >= 0xC0) {
			if (k->n - at < 2)
				return -1;
			if (end == 0)
				end = at + 2;
			at = (len & 0x3F) << 8 | k->p[at + 1];
			if (at >= low)
				return -1;
			low = at;
			continue;
		}
		if (len > 63 || k->n - at - 1 < len)
			return -1;
		at++;
		if (len == 0)
			break;
		if (n + len + 2 > 256)
			return -1;
		if (to != NULL) {
			if (n + len + 2 > size || memchr(k->p + at, '\0',
			    len) != NULL)
				return -1;
			if (n > 0)
				to[n++] = '.';
			memcpy(to + n, k->p + at, len);
		} else if (n > 0) {
			n++;
		}
		n += len;
		at += len;
	}
	if (to != NULL)
		to[n] = '\0';
	k->at = end != 0 ? end : at;
	return 0;
}

/* To the answers: their number, or -1. */
static long
answers(struct packet *k, struct ex_str text)
{
	unsigned long v, questions, n;

	*k = (struct packet){ (const unsigned char *)text.p, text.n, 0 };
	if (text.n < HEADER || number(k, 2, &v) == -1 ||
	    number(k, 2, &v) == -1)
		return -1;
	/* Not cut, and no error. */
	if ((v & 0x8000) == 0 || (v & 0x0200) != 0 || (v & 0x000F) != 0)
		return -1;
	if (number(k, 2, &questions) == -1 || number(k, 2, &n) == -1 ||
	    number(k, 4, &v) == -1)
		return -1;
	for (; questions > 0; questions--)
		if (name(k, NULL, 0) == -1 || number(k, 4, &v) == -1)
			return -1;
	return (long)n;
}

static int
record(struct packet *k, struct record *r)
{
	unsigned long type, class, ttl, n;

	if (name(k, NULL, 0) == -1 || number(k, 2, &type) == -1 ||
	    number(k, 2, &class) == -1 || number(k, 4, &ttl) == -1 ||
	    number(k, 2, &n) == -1 || k->n - k->at < n)
		return -1;
	*r = (struct record){ (unsigned)type, (unsigned)class, k->at, n };
	k->at += n;
	return 0;
}

static int
srv(const struct packet *k, const struct record *r, struct ex_dns_srv *v)
{
	/* Names in it may point to what is in front of it. */
	struct packet in = { k->p, r->at + r->n, r->at };
	unsigned long priority, weight, port;

	if (number(&in, 2, &priority) == -1 ||
	    number(&in, 2, &weight) == -1 || number(&in, 2, &port) == -1 ||
	    name(&in, v->target, sizeof(v->target)) == -1 ||
	    in.at != in.n)
		return -1;
	v->priority = (unsigned)priority;
	v->weight = (unsigned)weight;
	v->port = (unsigned)port;
	return 0;
}

/* The same every time: RFC 2782's dice are for spreading load. */
static int
better(const void *a, const void *b)
{
	const struct ex_dns_srv *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return strcmp(x->target, y->target);
}

int
ex_dns_srv(struct ex_str text, struct ex_dns_srv *v, size_t max)
{
	struct packet k;
	struct record r;
	long n = answers(&k, text);
	size_t got = 0;

	if (n == -1)
		return -1;
	for (; n > 0; n--) {
		if (record(&k, &r) == -1)
			return -1;
		if (r.type != SRV || r.class != IN || got == max)
			continue;
		if (srv(&k, &r, &v[got]) == -1)
			return -1;
		got++;
	}
	if (got > 1)
		qsort(v, got, sizeof(*v), better);
	return (int)got;
}

int
ex_dns_path(struct ex_str text, char *path, size_t size)
{
	struct packet k;
	struct record r;
	long n = answers(&k, text);
	size_t at, len;

	path[0] = '\0';
	if (n == -1)
		return -1;
	for (; n > 0; n--) {
		if (record(&k, &r) == -1)
			return -1;
		for (at = r.at; r.type == TXT && r.class == IN &&
		    at < r.at + r.n; at += 1 + len) {
			len = k.p[at];
			if (len > r.at + r.n - at - 1)
				return -1;
			if (path[0] != '\0' || len < 6 || len - 5 >= size ||
			    strncasecmp((const char *)k.p + at + 1, "path=",
			    5) != 0 || memchr(k.p + at + 1, '\0',
			    len) != NULL)
				continue;
			memcpy(path, k.p + at + 6, len - 5);
			path[len - 5] = '\0';
		}
	}
	return 0;
}
