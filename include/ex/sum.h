/*
 * sum.h: the streams' sum, the same whatever the order of the lines
 *
 * The sum modulo 2^128 of each line's XXH3-128 (xxHash, seed 0).  It guards
 * against accidents, not against people.
 */
#ifndef EX_SUM_H
#define EX_SUM_H

#include <stddef.h>
#include <stdint.h>

struct ex_sum {
	uint64_t lo, hi;
};

#define EX_SUM_INIT	{ 0, 0 }
#define EX_SUM_HEX	33

void	 ex_sum_line(struct ex_sum *s, const void *p, size_t n);
void	 ex_sum_hex(const struct ex_sum *s, char hex[EX_SUM_HEX]);

/* One run's 128 bits, for indexes in memory. */
struct ex_sum	 ex_sum_of(const void *p, size_t n);

#endif
