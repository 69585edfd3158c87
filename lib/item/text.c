/*
 * text.c: what Unicode asks for: NFC, case, terminals
 *
 * ICU's C interface normalises UTF-16 only, so most text must not come that
 * far: what holds only code points that neither decompose nor compose nor
 * reorder (UAX #15: NFC_QC=Yes, ccc=0) is NFC already.
 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <ex/arena.h>
#include <ex/lazy.h>
#include <ex/scan.h>
#include <ex/text.h>

static struct {
	const UNormalizer2 *(*nfc)(UErrorCode *code);
	UBool (*is)(const UNormalizer2 *n, const UChar *s, int32_t len,
	    UErrorCode *code);
	int32_t (*normalize)(const UNormalizer2 *n, const UChar *s,
	    int32_t len, UChar *out, int32_t room, UErrorCode *code);
	UChar *(*from_utf8)(UChar *out, int32_t room, int32_t *len,
	    const char *s, int32_t n, UErrorCode *code);
	char *(*to_utf8)(char *out, int32_t room, int32_t *len,
	    const UChar *s, int32_t n, UErrorCode *code);
} icu;

static const struct ex_lazy want[] = {
	EX_LAZY(icu.nfc, unorm2_getNFCInstance),
	EX_LAZY(icu.is, unorm2_isNormalized),
	EX_LAZY(icu.normalize, unorm2_normalize),
	EX_LAZY(icu.from_utf8, u_strFromUTF8),
	EX_LAZY(icu.to_utf8, u_strToUTF8)
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
load(void)
{
	ex_lazy_need(EX_LAZY_ICU("uc"), want, sizeof(want) / sizeof(want[0]));
}

/* Ranges of such code points, by first code point. */
static const struct {
	uint32_t first, last;
} inert[] = {
	{ 0x0000, 0x02ff },	/* Latin */
	{ 0x0400, 0x0482 },	/* Cyrillic */
	{ 0x048a, 0x0530 },
	{ 0x05d0, 0x05ea },	/* Hebrew letters */
	{ 0x1e00, 0x1e99 },	/* Latin with diacritics, Vietnamese */
	{ 0x1ea0, 0x1eff },
	{ 0x2002, 0x20cf },	/* punctuation, currency */
	{ 0x3001, 0x3029 },
	{ 0x3041, 0x3096 },	/* Hiragana, Katakana */
	{ 0x30a1, 0x30fa },
	{ 0x3400, 0x9fff },	/* CJK */
	{ 0xac00, 0xd7a3 },	/* Hangul syllables */
	{ 0xff01, 0xff60 },
	{ 0x1f300, 0x1faff }	/* pictographs */
};

/*
 * The code point at s[*i], which is moved behind it; UINT32_MAX for bytes
 * that are not UTF-8 (RFC 3629), one byte passed.
 */
static uint32_t
next_point(struct ex_str s, size_t *i)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s.p + *i;
	size_t left = s.n - *i, n, k;
	uint32_t cp;

	(*i)++;
	if (p[0] < 0x80)
		return p[0];
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
		return UINT32_MAX;
	cp = p[0] & (0x7fU >> n);
	for (k = 1; k < n; k++) {
		if ((p[k] & 0xc0) != 0x80)
			return UINT32_MAX;
		cp = cp << 6 | (p[k] & 0x3fU);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return UINT32_MAX;
	*i += n - 1;
	return cp;
}

static bool
is_inert(uint32_t cp)
{
	size_t lo = 0, hi = sizeof(inert) / sizeof(inert[0]);

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (cp < inert[mid].first)
			hi = mid;
		else
			lo = mid;
	}
	return cp >= inert[lo].first && cp <= inert[lo].last;
}

/* Surely NFC?  False also where only ICU knows. */
static bool
surely_nfc(struct ex_str s)
{
	size_t i = 0;

	while ((i += ex_scan(s.p + i, s.n - i, EX_SCAN_WIDE)) < s.n)
		if (!is_inert(next_point(s, &i)))
			return false;
	return true;
}

/* s through ICU; absent if it cannot (not UTF-8, too long for it). */
static struct ex_str
by_icu(struct ex_str s, struct ex_arena *a)
{
	const UNormalizer2 *nfc;
	UErrorCode code = U_ZERO_ERROR;
	UChar *wide, *norm;
	int32_t n = 0, m;
	char *out;

	pthread_once(&once, load);
	/* UTF-8 becomes at most as many units; NFC at most three times. */
	if (s.n > INT32_MAX / 12 ||
	    U_FAILURE((nfc = icu.nfc(&code), code)))
		return EX_STR_NONE;
	wide = ex_arena_array(a, s.n + 1, sizeof(*wide));
	icu.from_utf8(wide, (int32_t)s.n + 1, &n, s.p, (int32_t)s.n, &code);
	if (U_FAILURE(code))
		return EX_STR_NONE;
	if (icu.is(nfc, wide, n, &code))
		return s;
	norm = ex_arena_array(a, 3 * (size_t)n + 1, sizeof(*norm));
	m = icu.normalize(nfc, wide, n, norm, 3 * n + 1, &code);
	out = ex_arena_bytes(a, 3 * (size_t)(m > 0 ? m : 0) + 1);
	icu.to_utf8(out, 3 * m + 1, &n, norm, m, &code);
	if (U_FAILURE(code))
		return EX_STR_NONE;
	return (struct ex_str){ out, (size_t)n };
}

struct ex_str
ex_text_nfc(struct ex_str s, struct ex_arena *a)
{
	struct ex_str out;

	if (surely_nfc(s))
		return s;
	out = by_icu(s, a);
	return out.p != NULL ? out : s;
}

struct ex_str
ex_text_upper(struct ex_str s, struct ex_arena *a)
{
	char *p;
	size_t i;

	for (i = 0; i < s.n && (s.p[i] < 'a' || s.p[i] > 'z'); i++)
		continue;
	if (i == s.n)
		return s;
	p = memcpy(ex_arena_bytes(a, s.n), s.p, s.n);
	for (; i < s.n; i++)
		if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 0x20);
	s.p = p;
	return s;
}

struct ex_str
ex_text_lower(struct ex_str s, struct ex_arena *a)
{
	size_t i, k;
	char *out;

	for (i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			break;
	if (i == s.n)
		return s;
	out = ex_arena_bytes(a, s.n);
	memcpy(out, s.p, i);
	for (k = i; k < s.n; k++) {
		char ch = s.p[k];

		out[k] = ch >= 'A' && ch <= 'Z' ? (char)(ch + 32) : ch;
	}
	return (struct ex_str){ out, s.n };
}

/*
 * Controls (C0, DEL, C1), what turns the direction of writing (UAX #9, 2)
 * or ends the line.
 */
static bool
unsafe(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == UINT32_MAX ||
	    cp == 0x61c || cp == 0x200e || cp == 0x200f ||
	    (cp >= 0x2028 && cp <= 0x202e) ||
	    (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

struct ex_str
ex_text_print(struct ex_str s, size_t max, struct ex_arena *a)
{
	size_t i = 0, n = 0, from, len;
	char *out;

	out = ex_arena_bytes(a, s.n < max ? s.n : max);
	while (i < s.n) {
		from = i;
		if (unsafe(next_point(s, &i))) {
			if (n == max)
				break;
			out[n++] = '?';
			continue;
		}
		len = i - from;
		if (len > max - n)
			break;
		memcpy(out + n, s.p + from, len);
		n += len;
	}
	return (struct ex_str){ out, n };
}
