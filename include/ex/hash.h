/*
 * hash.h: the content hash, SHA-256 cut to its first 128 bits
 *
 * FIPS 180-4, by libcrypto.  A context is for one thread at a time.  A
 * libcrypto without SHA-256 is a broken machine and ends the program with 2.
 */
#ifndef EX_HASH_H
#define EX_HASH_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/str.h>

#define EX_HASH_HEX	33	/* 32 digits and a NUL */

struct ex_hash;

struct ex_hash	*ex_hash_new(void);
void	 ex_hash_free(struct ex_hash *h);

/* 32 hex digits, lower case, and a NUL, of n bytes at p. */
void	 ex_hash_hex(struct ex_hash *h, const void *p, size_t n,
	    char hex[EX_HASH_HEX]);
/* The same 16 bytes as they are. */
void	 ex_hash_bin(struct ex_hash *h, const void *p, size_t n,
	    unsigned char out[16]);

/* 32 hex digits, lower case, to the 16 bytes; -1: they are none. */
int	 ex_hash_parse(struct ex_str hex, unsigned char out[16]);
/* Are the 16 bytes what hex says? */
bool	 ex_hash_is(const unsigned char bin[16], struct ex_str hex);

#endif
