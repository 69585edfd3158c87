/*
 * sum.c: the streams' sum, by xxHash
 */
#include <inttypes.h>
#include <stdio.h>

#include <xxhash.h>

#include <ex/sum.h>

struct ex_sum
ex_sum_of(const void *p, size_t n)
{
	XXH128_hash_t x = XXH3_128bits(p, n);

	return (struct ex_sum){ x.low64, x.high64 };
}

void
ex_sum_line(struct ex_sum *s, const void *p, size_t n)
{
	XXH128_hash_t x = XXH3_128bits(p, n);

	s->lo += x.low64;
	s->hi += x.high64 + (s->lo < x.low64);
}

void
ex_sum_hex(const struct ex_sum *s, char hex[EX_SUM_HEX])
{
	snprintf(hex, EX_SUM_HEX, "%016" PRIx64 "%016" PRIx64, s->hi, s->lo);
}
