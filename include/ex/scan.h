/*
 * scan.h: the first byte of a text that needs a closer look
 *
 * Nearly all bytes of nearly all texts need none, so whole blocks are looked
 * at: sixteen bytes where the compiler has SSE2 (every x86-64), else eight
 * in a word (EX_SCAN_WORDS, for tests: there too), as "Determine if a word
 * has a byte less than n" has it (Sean Anderson, Bit Twiddling Hacks).
 */
#ifndef EX_SCAN_H
#define EX_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(EX_SCAN_WORDS)
#define EX_SCAN_SSE2
#include <emmintrin.h>
#define EX_SCAN_BLOCK	16
typedef __m128i ex_block;
#else
#define EX_SCAN_BLOCK	8
typedef uint64_t ex_block;
#endif

enum ex_scan {
	EX_SCAN_EOL,		/* CR or LF */
	EX_SCAN_JSON,		/* '"', '\\', controls: escaped in JSON */
	EX_SCAN_WIDE,		/* NUL, or not ASCII */
	EX_SCAN_ODD,		/* as _JSON, or not ASCII */
	EX_SCAN_PARAM		/* , ; : '"' ^: of a parameter's value */
};

/* So that each `what` is known, and only its own tests are made. */
#define EX_SCAN_INLINE	static inline __attribute__((always_inline))

#ifdef EX_SCAN_SSE2
EX_SCAN_INLINE ex_block
ex_block_at(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

EX_SCAN_INLINE ex_block
ex_block_is(ex_block x, char c)
{
	return _mm_cmpeq_epi8(x, _mm_set1_epi8(c));
}

EX_SCAN_INLINE ex_block
ex_block_both(ex_block x, ex_block y)
{
	return _mm_and_si128(x, y);
}

/* Not 0 in each byte that `what` names. */
EX_SCAN_INLINE ex_block
ex_block_hits(ex_block x, enum ex_scan what)
{
	const ex_block top = _mm_set1_epi8(0x1f);
	ex_block json;

	if (what == EX_SCAN_EOL)
		return _mm_or_si128(ex_block_is(x, '\r'),
		    ex_block_is(x, '\n'));
	if (what == EX_SCAN_WIDE)
		return _mm_or_si128(x, ex_block_is(x, '\0'));
	if (what == EX_SCAN_PARAM)	/* ':' and ';' differ in one bit */
		return _mm_or_si128(_mm_or_si128(ex_block_is(x, ','),
		    ex_block_is(_mm_or_si128(x, _mm_set1_epi8(1)), ';')),
		    _mm_or_si128(ex_block_is(x, '"'), ex_block_is(x, '^')));
	json = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(x, top), x),
	    _mm_or_si128(ex_block_is(x, '"'), ex_block_is(x, '\\')));
	return what == EX_SCAN_JSON ? json : _mm_or_si128(json, x);
}

/* The index of the first; EX_SCAN_BLOCK: there is none. */
EX_SCAN_INLINE size_t
ex_block_first(ex_block hits)
{
	unsigned mask = (unsigned)_mm_movemask_epi8(hits);

	return (size_t)__builtin_ctz(mask | 1U << EX_SCAN_BLOCK);
}
EX_SCAN_INLINE bool
ex_block_any(ex_block hits)
{
	return _mm_movemask_epi8(hits) != 0;
}

/* Letters made small; not 0 in `good`: a letter, a digit, '-' or '_'. */
EX_SCAN_INLINE ex_block
ex_block_lower(ex_block x, ex_block *good)
{
	/* Signed: bytes over 0x7f are below all others. */
	ex_block upper = _mm_and_si128(
	    _mm_cmpgt_epi8(x, _mm_set1_epi8('A' - 1)),
	    _mm_cmplt_epi8(x, _mm_set1_epi8('Z' + 1)));
	ex_block low = _mm_or_si128(x, _mm_and_si128(upper,
	    _mm_set1_epi8(0x20)));
	ex_block letter = _mm_and_si128(
	    _mm_cmpgt_epi8(low, _mm_set1_epi8('a' - 1)),
	    _mm_cmplt_epi8(low, _mm_set1_epi8('z' + 1)));
	ex_block digit = _mm_and_si128(
	    _mm_cmpgt_epi8(x, _mm_set1_epi8('0' - 1)),
	    _mm_cmplt_epi8(x, _mm_set1_epi8('9' + 1)));

	*good = _mm_or_si128(_mm_or_si128(letter, digit),
	    _mm_or_si128(ex_block_is(x, '-'), ex_block_is(x, '_')));
	return low;
}
#else
#define EX_SCAN_ONES	UINT64_C(0x0101010101010101)

/* The first byte lowest; compilers know this for one load. */
EX_SCAN_INLINE ex_block
ex_block_at(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	    (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	    (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	    (uint64_t)p[7] << 56;
}

/* The top bit of a byte that is c; above such a one others may be wrong. */
EX_SCAN_INLINE ex_block
ex_block_is(ex_block x, char c)
{
	x ^= EX_SCAN_ONES * (unsigned char)c;
	return (x - EX_SCAN_ONES) & ~x;
}

EX_SCAN_INLINE ex_block
ex_block_both(ex_block x, ex_block y)
{
	return x & y;
}

EX_SCAN_INLINE ex_block
ex_block_hits(ex_block x, enum ex_scan what)
{
	ex_block json;

	if (what == EX_SCAN_EOL)
		return ex_block_is(x, '\r') | ex_block_is(x, '\n');
	if (what == EX_SCAN_WIDE)
		return x | ex_block_is(x, '\0');
	if (what == EX_SCAN_PARAM)
		return ex_block_is(x, ',') | ex_block_is(x, ';') |
		    ex_block_is(x, ':') | ex_block_is(x, '"') |
		    ex_block_is(x, '^');
	json = ((x - EX_SCAN_ONES * 0x20) & ~x) | ex_block_is(x, '"') |
	    ex_block_is(x, '\\');
	return what == EX_SCAN_JSON ? json : json | x;
}

EX_SCAN_INLINE size_t
ex_block_first(ex_block hits)
{
	hits &= EX_SCAN_ONES * 0x80;
	if (hits == 0)
		return EX_SCAN_BLOCK;
	hits &= ~hits + 1;
	/* 0x80 << 8 * i: count the bytes below. */
	return (size_t)(((hits - 1) & EX_SCAN_ONES) * EX_SCAN_ONES >> 56) - 1;
}

EX_SCAN_INLINE bool
ex_block_any(ex_block hits)
{
	return (hits & EX_SCAN_ONES * 0x80) != 0;
}
#endif

EX_SCAN_INLINE bool
ex_scan_hit(unsigned char c, enum ex_scan what)
{
	bool json = c < 0x20 || c == '"' || c == '\\';

	switch (what) {
	case EX_SCAN_EOL:
		return c == '\r' || c == '\n';
	case EX_SCAN_JSON:
		return json;
	case EX_SCAN_WIDE:
		return c == '\0' || c >= 0x80;
	case EX_SCAN_ODD:
		return json || c >= 0x80;
	case EX_SCAN_PARAM:
		return c == ',' || c == ';' || c == ':' || c == '"' ||
		    c == '^';
	}
	return true;
}

/* The index of the first such byte among n at p; n: there is none. */
EX_SCAN_INLINE size_t
ex_scan(const char *p, size_t n, enum ex_scan what)
{
	size_t i, at;

	for (i = 0; n - i >= EX_SCAN_BLOCK; i += EX_SCAN_BLOCK) {
		at = ex_block_first(ex_block_hits(ex_block_at(p + i), what));
		if (at < EX_SCAN_BLOCK)
			return i + at;
	}
	/* What is left, looked at together with what stands before it. */
	if (i > 0 && !ex_block_any(ex_block_hits(ex_block_at(p + n -
	    EX_SCAN_BLOCK), what)))
		return n;
	while (i < n && !ex_scan_hit((unsigned char)p[i], what))
		i++;
	return i;
}

/* 1 to EX_SCAN_BLOCK - 1 bytes as a block that has nothing else. */
EX_SCAN_INLINE ex_block
ex_block_few(const char *p, size_t n)
{
	unsigned char c[4];
	uint32_t half[2];
#ifdef EX_SCAN_SSE2
	ex_block x;

	if (n >= 8)
		return _mm_unpacklo_epi64(
		    _mm_loadl_epi64((const __m128i *)(const void *)p),
		    _mm_loadl_epi64((const __m128i *)(const void *)
		    (p + n - 8)));
#endif
	if (n >= 4) {
		memcpy(half, p, 4);
		memcpy(half + 1, p + n - 4, 4);
	} else {
		memcpy(c, p, 1);
		memcpy(c + 1, p + n / 2, 1);
		memcpy(c + 2, p + n - 1, 1);
		half[0] = c[0] | (uint32_t)c[1] << 8 | (uint32_t)c[2] << 16 |
		    (uint32_t)c[2] << 24;
		half[1] = half[0];
	}
#ifdef EX_SCAN_SSE2
	x = _mm_unpacklo_epi32(_mm_cvtsi32_si128((int)half[0]),
	    _mm_cvtsi32_si128((int)half[1]));
	return _mm_unpacklo_epi64(x, x);
#else
	return half[0] | (uint64_t)half[1] << 32;
#endif
}

/* Is there no such byte at all? */
EX_SCAN_INLINE bool
ex_scan_none(const char *p, size_t n, enum ex_scan what)
{
	size_t i;

	if (n < EX_SCAN_BLOCK)
		return n == 0 || !ex_block_any(ex_block_hits(
		    ex_block_few(p, n), what));
	for (i = 0; n - i > EX_SCAN_BLOCK; i += EX_SCAN_BLOCK)
		if (ex_block_any(ex_block_hits(ex_block_at(p + i), what)))
			return false;
	return !ex_block_any(ex_block_hits(ex_block_at(p + n -
	    EX_SCAN_BLOCK), what));
}

/*
 * Copy up to the first such byte; returns how many.  What is behind them at
 * `to`, up to n bytes, means nothing.
 */
EX_SCAN_INLINE size_t
ex_scan_copy(char *to, const char *p, size_t n, enum ex_scan what)
{
	size_t i, at;

	if (n >= EX_SCAN_BLOCK) {
		for (i = 0; n - i > EX_SCAN_BLOCK; i += EX_SCAN_BLOCK) {
			memcpy(to + i, p + i, EX_SCAN_BLOCK);
			at = ex_block_first(ex_block_hits(ex_block_at(p + i),
			    what));
			if (at < EX_SCAN_BLOCK)
				return i + at;
		}
		i = n - EX_SCAN_BLOCK;
		memcpy(to + i, p + i, EX_SCAN_BLOCK);
		at = ex_block_first(ex_block_hits(ex_block_at(p + i), what));
		return at == EX_SCAN_BLOCK ? n : i + at;
	}
	if (n >= 8) {
		memcpy(to, p, 8);
		memcpy(to + n - 8, p + n - 8, 8);
	} else if (n >= 4) {
		memcpy(to, p, 4);
		memcpy(to + n - 4, p + n - 4, 4);
	} else if (n > 0) {
		to[0] = p[0];
		to[n / 2] = p[n / 2];
		to[n - 1] = p[n - 1];
	} else {
		return 0;
	}
	if (!ex_block_any(ex_block_hits(ex_block_few(p, n), what)))
		return n;
	for (i = 0; !ex_scan_hit((unsigned char)p[i], what); i++)
		continue;
	return i;
}

/* The index of the first c that another one follows; n: there is none. */
EX_SCAN_INLINE size_t
ex_scan_twice(const char *p, size_t n, char c)
{
	size_t i, at;

	for (i = 0; n - i > EX_SCAN_BLOCK; i += EX_SCAN_BLOCK) {
		at = ex_block_first(ex_block_both(ex_block_is(
		    ex_block_at(p + i), c), ex_block_is(
		    ex_block_at(p + i + 1), c)));
		/* Of a word, those above the first may be wrong. */
		for (; at < EX_SCAN_BLOCK; at++)
			if (p[i + at] == c && p[i + at + 1] == c)
				return i + at;
	}
	for (; i + 1 < n; i++)
		if (p[i] == c && p[i + 1] == c)
			return i;
	return n;
}

/* A byte of a plain name, a letter made small; 0: another byte. */
EX_SCAN_INLINE char
ex_scan_name_byte(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 0x20);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_' ? c : '\0';
}

/*
 * How many of n bytes at p are letters, digits, '-' or '_', at most
 * EX_SCAN_NAME; low gets them with small letters.
 */
#define EX_SCAN_NAME	64

EX_SCAN_INLINE size_t
ex_scan_name(const char *p, size_t n, char low[EX_SCAN_NAME])
{
	size_t i = 0;

	if (n > EX_SCAN_NAME)
		n = EX_SCAN_NAME;
#ifdef EX_SCAN_SSE2
	if (n >= EX_SCAN_BLOCK) {
		ex_block good, x = ex_block_lower(ex_block_at(p), &good);

		_mm_storeu_si128((__m128i *)(void *)low, x);
		i = (size_t)__builtin_ctz(~(unsigned)
		    _mm_movemask_epi8(good));
		if (i < EX_SCAN_BLOCK)
			return i;
	}
#endif
	while (i < n && (low[i] = ex_scan_name_byte(p[i])) != '\0')
		i++;
	return i;
}

#endif
