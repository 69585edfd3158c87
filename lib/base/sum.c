/*
 * sum.c: the streams' sum, by xxHash
 */
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
	static const char digit[] = "0123456789abcdef";
	int i;

	for (i = 0; i < 16; i++) {
		hex[i] = digit[s->hi >> (60 - 4 * i) & 15];
		hex[16 + i] = digit[s->lo >> (60 - 4 * i) & 15];
	}
	hex[32] = '\0';
}
