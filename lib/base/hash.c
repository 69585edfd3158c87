/*
 * hash.c: the content hash, by libcrypto
 *
 * libcrypto takes a millisecond to find its SHA-256: not before something is
 * to be hashed.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <ex/diag.h>
#include <ex/hash.h>

struct ex_hash {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

static void
broken(void)
{
	ex_die("libcrypto: no SHA-256");
}

struct ex_hash *
ex_hash_new(void)
{
	struct ex_hash *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		ex_diag_oom();
	return h;
}

static void
fetch(struct ex_hash *h)
{
	h->ctx = EVP_MD_CTX_new();
	h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (h->ctx == NULL || h->md == NULL)
		broken();
}

void
ex_hash_free(struct ex_hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->md);
	free(h);
}

void
ex_hash_bin(struct ex_hash *h, const void *p, size_t n, unsigned char out[16])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	size_t i;

	if (h->md == NULL)
		fetch(h);
	if (EVP_DigestInit_ex2(h->ctx, h->md, NULL) != 1 ||
	    EVP_DigestUpdate(h->ctx, p, n) != 1 ||
	    EVP_DigestFinal_ex(h->ctx, md, NULL) != 1)
		broken();
	for (i = 0; i < 16; i++)
		out[i] = md[i];
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
