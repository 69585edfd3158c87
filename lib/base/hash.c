/*
 * hash.c: the content hash, by libcrypto
 *
 * By its SHA256 functions, old but there in every version: the EVP ones,
 * which are to come in their place, take two milliseconds to find SHA-256
 * and more time for the call than for the bytes of a short item.
 */
#include <stdlib.h>
#include <string.h>

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <ex/diag.h>
#include <ex/hash.h>

struct ex_hash {
	SHA256_CTX ctx;
};

struct ex_hash *
ex_hash_new(void)
{
	struct ex_hash *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		ex_diag_oom();
	return h;
}

void
ex_hash_free(struct ex_hash *h)
{
	free(h);
}

void
ex_hash_bin(struct ex_hash *h, const void *p, size_t n, unsigned char out[16])
{
	unsigned char md[SHA256_DIGEST_LENGTH];

	if (SHA256_Init(&h->ctx) != 1 || SHA256_Update(&h->ctx, p, n) != 1 ||
	    SHA256_Final(md, &h->ctx) != 1)
		ex_die("libcrypto: no SHA-256");
	memcpy(out, md, 16);
}

void
ex_hash_hex(struct ex_hash *h, const void *p, size_t n,
    char hex[EX_HASH_HEX])
{
	static const char digit[] = "0123456789abcdef";
	unsigned char bin[16];
	size_t i;

	ex_hash_bin(h, p, n, bin);
	for (i = 0; i < sizeof(bin); i++) {
		hex[2 * i] = digit[bin[i] >> 4];
		hex[2 * i + 1] = digit[bin[i] & 15];
	}
	hex[EX_HASH_HEX - 1] = '\0';
}

/* Of a digit its value and 16; 0: no digit. */
static const unsigned char digit_of[256] = {
	['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20,
	['5'] = 21, ['6'] = 22, ['7'] = 23, ['8'] = 24, ['9'] = 25,
	['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30,
	['f'] = 31
};

int
ex_hash_parse(struct ex_str hex, unsigned char out[16])
{
	const unsigned char *p = (const unsigned char *)hex.p;
	unsigned hi, lo, all = 16;
	size_t i;

	if (hex.n != EX_HASH_HEX - 1)
		return -1;
	for (i = 0; i < 16; i++) {
		hi = digit_of[p[2 * i]];
		lo = digit_of[p[2 * i + 1]];
		all &= hi & lo;
		out[i] = (unsigned char)(hi << 4 | (lo & 15));
	}
	return all != 0 ? 0 : -1;
}

bool
ex_hash_is(const unsigned char bin[16], struct ex_str hex)
{
	unsigned char other[16];

	return ex_hash_parse(hex, other) == 0 && memcmp(bin, other, 16) == 0;
}
