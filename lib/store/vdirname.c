/*
 * vdirname.c: file names, ids and version marks of vdir
 *
 *	name in the folder	id
 *	Zoë.vcf			Zoë.vcf
 *	a%b<TAB>.vcf		a%25b%09.vcf
 *	<FF>.vcf		%FF.vcf
 *
 * (1) name(id(x)) = x, and no two names have one id.
 * (2) A name that comes from an id lies in the folder itself, is not
 *     hidden and ends as an item does: nothing else is ever written to.
 * (3) Two UIDs never get one name: one that cannot be a name as it stands
 *     gets a digest behind '~', which no other name of ours holds.
 */
#include <string.h>
#include <strings.h>

#include <ex/cap.h>
#include <ex/hash.h>
#include <ex/sum.h>

#include "priv.h"

#define NAME_ROOM	200	/* of the 255 bytes that a name may have */
#define NAME_STEM	80	/* what is kept of one that is cut */
#define RACY_NS		2000000000LL	/* the coarsest clocks: FAT's */

static const char hex_digit[] = "0123456789ABCDEF";

enum ex_vdir_ext
ex_vdir_ext(struct ex_str name)
{
	if (name.n < 5)
		return EX_VDIR_EXT_NONE;
	if (strncasecmp(name.p + name.n - 4, ".vcf", 4) == 0)
		return EX_VDIR_EXT_VCF;
	if (strncasecmp(name.p + name.n - 4, ".ics", 4) == 0)
		return EX_VDIR_EXT_ICS;
	return EX_VDIR_EXT_NONE;
}

/* How many bytes of UTF-8 (RFC 3629, 4) begin at p; 0: none. */
static size_t
utf8(const unsigned char *p, size_t n)
{
	size_t len, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (n < len)
		return 0;
	for (i = 1; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return len;
}

/* Without a branch: a loop of these takes many bytes at a time. */
static bool
plain(unsigned char c)
{
	return (c >= 0x20) & (c < 0x7F) & (c != '%');
}

struct ex_str
ex_vdir_id(struct ex_str name, struct ex_arena *a)
{
	const unsigned char *p = (const unsigned char *)name.p;
	size_t i, n = 0, len;
	unsigned char odd = 0;
	char *id;

	for (i = 0; i < name.n; i++)
		odd |= (unsigned char)!plain(p[i]);
	if (!odd)
		return ex_arena_str(a, name);
	id = ex_arena_bytes(a, 3 * name.n + 1);
	for (i = 0; i < name.n; i += len) {
		len = utf8(p + i, name.n - i);
		if (len > 1 || plain(p[i])) {
			memcpy(id + n, p + i, len);
			n += len;
			continue;
		}
		id[n++] = '%';
		id[n++] = hex_digit[p[i] >> 4];
		id[n++] = hex_digit[p[i] & 15];
		len = 1;
	}
	id[n] = '\0';
	return (struct ex_str){ id, n };
}

static int
hex_value(char c)
{
	const char *at = c != '\0' ? strchr(hex_digit, c) : NULL;

	return at == NULL ? -1 : (int)(at - hex_digit);
}

const char *
ex_vdir_name(struct ex_str id, struct ex_arena *a)
{
	char *name = ex_arena_bytes(a, id.n + 1);
	struct ex_str as;
	size_t i, n = 0;
	int hi, lo;

	if (id.p == NULL || id.n > EX_CAP_ID)
		return NULL;
	for (i = 0; i < id.n; i++) {
		if (id.p[i] != '%') {
			name[n++] = id.p[i];
			continue;
		}
		if (id.n - i < 3 || (hi = hex_value(id.p[i + 1])) == -1 ||
		    (lo = hex_value(id.p[i + 2])) == -1)
			return NULL;
		name[n++] = (char)(hi * 16 + lo);
		i += 2;
	}
	name[n] = '\0';
	as = (struct ex_str){ name, n };
	if (n == 0 || name[0] == '.' || memchr(name, '/', n) != NULL ||
	    memchr(name, '\0', n) != NULL ||
	    ex_vdir_ext(as) == EX_VDIR_EXT_NONE)
		return NULL;
	/* (1): no second way to write an id. */
	return ex_str_eq(ex_vdir_id(as, a), id) ? name : NULL;
}

static bool
safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("-_.@+=", c));
}

static struct ex_str
from_uid(struct ex_str uid, struct ex_arena *a)
{
	char digest[EX_HASH_HEX], *stem;
	struct ex_hash *h;
	size_t i, n;

	for (i = 0; i < uid.n && safe(uid.p[i]); i++)
		;
	if (i == uid.n && uid.n > 0 && uid.n <= NAME_ROOM && uid.p[0] != '.' &&
	    uid.p[0] != '-')
		return uid;
	n = uid.n < NAME_STEM ? uid.n : NAME_STEM;
	stem = ex_arena_bytes(a, n + 1);
	for (i = 0; i < n; i++)
		stem[i] = safe(uid.p[i]) && !(i == 0 && (uid.p[0] == '.' ||
		    uid.p[0] == '-')) ?
		    uid.p[i] : '_';
	stem[n] = '\0';
	h = ex_hash_new();
	ex_hash_hex(h, uid.p, uid.n, digest);
	ex_hash_free(h);
	return ex_arena_fmt(a, "%s~%s", stem, digest);
}

/* Without a UID: of the bytes, so that a second try finds the first. */
static struct ex_str
from_text(struct ex_str text, struct ex_arena *a)
{
	struct ex_sum sum = ex_sum_of(text.p, text.n);
	char digits[EX_SUM_HEX];

	ex_sum_hex(&sum, digits);
	return ex_arena_fmt(a, "~%s", digits);
}

/*
 * The plan's name is taken as it is or not at all: under another one the
 * next run could not tell that the item is ours (ring.md 2, a).
 */
static bool
usable(struct ex_str name)
{
	const unsigned char *p = (const unsigned char *)name.p;
	size_t i, len;

	if (name.n == 0 || name.n > 250 || p[0] == '.')
		return false;
	for (i = 0; i < name.n; i += len)
		if ((len = utf8(p + i, name.n - i)) == 0 ||
		    (len == 1 && (!plain(p[i]) || p[i] == '/')))
			return false;
	return true;
}

const char *
ex_vdir_new_name(const struct ex_write *w, struct ex_str text,
    struct ex_arena *a)
{
	const char *ext = w->item->kind == EX_KIND_CONTACTS ? ".vcf" : ".ics";
	struct ex_str stem;

	if (w->name.p != NULL) {
		if (!usable(w->name))
			return NULL;
		stem = w->name;
	} else if (w->item->uid.p != NULL)
		stem = from_uid(w->item->uid, a);
	else
		stem = from_text(text, a);
	return ex_arena_fmt(a, "%.*s%s", EX_STR_ARG(stem), ext).p;
}

static char *
number(char *p, uint64_t v)
{
	static const char digit[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char part[16];
	size_t n = sizeof(part);

	do
		part[--n] = digit[v % 36];
	while ((v /= 36) != 0);
	memcpy(p, part + n, sizeof(part) - n);
	return p + sizeof(part) - n;
}

static int64_t
nanoseconds(const struct timespec *t)
{
	/* Unsigned: a time that no clock shows may wrap, it only compares. */
	return (int64_t)((uint64_t)t->tv_sec * 1000000000U +
	    (uint64_t)t->tv_nsec);
}

void
ex_vdir_rev(const struct stat *st, char rev[EX_VDIR_REV])
{
	int64_t m = nanoseconds(&st->st_mtim), c = nanoseconds(&st->st_ctim);
	char *p = number(rev, (uint64_t)m);
	size_t n = (size_t)(p - rev);

	*p++ = '-';
	/* Of a file as it was written they are the same. */
	if (c == m) {
		memcpy(p, rev, n);
		p += n;
	} else {
		p = number(p, (uint64_t)c);
	}
	*p++ = '-';
	p = number(p, (uint64_t)st->st_size);
	*p++ = '-';
	p = number(p, (uint64_t)st->st_ino);
	*p = '\0';
}

bool
ex_vdir_racy(const struct stat *st, const struct timespec *now)
{
	int64_t t = nanoseconds(now), m = nanoseconds(&st->st_mtim);

	/* A file may be given any mtime, so one to come says nothing. */
	return nanoseconds(&st->st_ctim) > t - RACY_NS ||
	    (m > t - RACY_NS && m <= t + RACY_NS);
}
