/*
 * jwt.c: a signed claim that we are who we say, by libcrypto
 *
 * Loaded and not linked: what of it signs is several megabytes.  libcurl has
 * it in memory anyway.
 */
#include <pthread.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/jwt.h>
#include <ex/lazy.h>
#include <ex/line.h>

#include "priv.h"

static struct {
	BIO *(*bio_new)(const void *p, int n);
	int (*bio_free)(BIO *b);
	EVP_PKEY *(*read_key)(BIO *b, EVP_PKEY **x, pem_password_cb *cb,
	    void *arg);
	X509 *(*read_cert)(BIO *b, X509 **x, pem_password_cb *cb, void *arg);
	void (*key_free)(EVP_PKEY *k);
	void (*cert_free)(X509 *x);
	int (*key_is)(const EVP_PKEY *k, const char *name);
	int (*digest)(const X509 *x, const EVP_MD *type, unsigned char *md,
	    unsigned *n);
	int (*match)(const X509 *x, const EVP_PKEY *k);
	const EVP_MD *(*sha256)(void);
	EVP_MD_CTX *(*ctx_new)(void);
	void (*ctx_free)(EVP_MD_CTX *c);
	int (*sign_init)(EVP_MD_CTX *c, EVP_PKEY_CTX **p, const EVP_MD *type,
	    ENGINE *e, EVP_PKEY *k);
	int (*sign)(EVP_MD_CTX *c, unsigned char *sig, size_t *n,
	    const unsigned char *p, size_t len);
} crypto;

static void
load(void)
{
	static const struct ex_lazy want[] = {
		EX_LAZY(crypto.bio_new, BIO_new_mem_buf),
		EX_LAZY(crypto.bio_free, BIO_free),
		EX_LAZY(crypto.read_key, PEM_read_bio_PrivateKey),
		EX_LAZY(crypto.read_cert, PEM_read_bio_X509),
		EX_LAZY(crypto.key_free, EVP_PKEY_free),
		EX_LAZY(crypto.cert_free, X509_free),
		EX_LAZY(crypto.key_is, EVP_PKEY_is_a),
		EX_LAZY(crypto.digest, X509_digest),
		EX_LAZY(crypto.match, X509_check_private_key),
		EX_LAZY(crypto.sha256, EVP_sha256),
		EX_LAZY(crypto.ctx_new, EVP_MD_CTX_new),
		EX_LAZY(crypto.ctx_free, EVP_MD_CTX_free),
		EX_LAZY(crypto.sign_init, EVP_DigestSignInit),
		EX_LAZY(crypto.sign, EVP_DigestSign)
	};

	ex_lazy_need("libcrypto.so.3", "libssl3", want,
	    sizeof(want) / sizeof(want[0]));
}

/* RFC 7515, 2: without '=', and safe in a URL. */
static void
put_base64(struct ex_buf *b, const void *p, size_t n)
{
	size_t at = b->n;

	ex_line_base64_encode(b, (struct ex_str){ p, n });
	while (b->n > at && b->p[b->n - 1] == '=')
		b->n--;
	for (; at < b->n; at++)
		b->p[at] = b->p[at] == '+' ? '-' : b->p[at] == '/' ? '_' :
		    b->p[at];
}

/* A key with a password would ask a person on the terminal. */
static int
no_password(char *buf, int size, int write, void *arg)
{
	(void)buf;
	(void)size;
	(void)write;
	*(bool *)arg = true;
	return -1;
}

struct pair {
	EVP_PKEY *key;
	X509 *cert;
};

/* Both may stand in either order, so each is looked for from the start. */
static int
read_pair(struct ex_str pem, struct pair *pair, struct ex_err *err)
{
	BIO *bio = crypto.bio_new(pem.p, (int)pem.n);
	bool locked = false;

	pair->key = crypto.read_key(bio, NULL, no_password, &locked);
	crypto.bio_free(bio);
	bio = crypto.bio_new(pem.p, (int)pem.n);
	pair->cert = crypto.read_cert(bio, NULL, no_password, &locked);
	crypto.bio_free(bio);
	if (locked && pair->key == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "the private key is "
		    "encrypted: take its password away");
	if (pair->key == NULL || !crypto.key_is(pair->key, "RSA"))
		return ex_err_set(err, EX_ERR_INPUT, "there is no private "
		    "key of RSA in it");
	if (pair->cert == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "there is no "
		    "certificate in it");
	if (crypto.match(pair->cert, pair->key) != 1)
		return ex_err_set(err, EX_ERR_INPUT, "the private key is "
		    "not that of the first certificate");
	return 0;
}

static void
put_member(struct ex_buf *b, const char *name, long long n)
{
	ex_buf_fmt(b, ",\"%s\":%lld", name, n);
}

/* What is signed: head and claims. */
static int
put_claims(const struct ex_jwt *j, const struct pair *pair, struct ex_buf *b,
    struct ex_err *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	struct ex_buf text = EX_BUF_INIT;
	unsigned n = 0;

	if (crypto.digest(pair->cert, crypto.sha256(), md, &n) != 1)
		return ex_err_set(err, EX_ERR_SYSTEM, "libcrypto: no "
		    "SHA-256");
	ex_buf_puts(&text, "{\"alg\":\"RS256\",\"typ\":\"JWT\","
	    "\"x5t#S256\":\"");
	put_base64(&text, md, n);
	ex_buf_puts(&text, "\"}");
	put_base64(b, text.p, text.n);
	ex_buf_putc(b, '.');
	ex_buf_clear(&text);
	ex_buf_putc(&text, '{');
	ex_json_member(&text, "aud", j->audience);
	ex_json_member(&text, "iss", j->issuer);
	ex_json_member(&text, "sub", j->issuer);
	ex_json_member(&text, "jti", j->id);
	put_member(&text, "nbf", j->from);
	put_member(&text, "exp", j->until);
	ex_buf_putc(&text, '}');
	put_base64(b, text.p, text.n);
	ex_buf_fini(&text);
	return 0;
}

static int
put_signature(const struct pair *pair, struct ex_buf *b, struct ex_err *err)
{
	EVP_MD_CTX *ctx = crypto.ctx_new();
	const unsigned char *text = (const unsigned char *)b->p;
	unsigned char sig[2048];
	size_t n = sizeof(sig);
	int good;

	good = ctx != NULL && crypto.sign_init(ctx, NULL, crypto.sha256(),
	    NULL, pair->key) == 1 &&
	    crypto.sign(ctx, sig, &n, text, b->n) == 1;
	crypto.ctx_free(ctx);
	if (!good)
		return ex_err_set(err, EX_ERR_INPUT, "libcrypto cannot sign "
		    "with its private key");
	ex_buf_putc(b, '.');
	put_base64(b, sig, n);
	return 0;
}

int
ex_jwt_sign(const struct ex_jwt *j, struct ex_arena *a, struct ex_str *out,
    struct ex_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct pair pair = { NULL, NULL };
	struct ex_buf b = EX_BUF_INIT;
	int got;

	pthread_once(&once, load);
	got = read_pair(j->pem, &pair, err);
	if (got == 0)
		got = put_claims(j, &pair, &b, err);
	if (got == 0)
		got = put_signature(&pair, &b, err);
	if (got == 0)
		*out = ex_arena_str(a, ex_buf_get(&b));
	crypto.key_free(pair.key);
	crypto.cert_free(pair.cert);
	ex_buf_fini(&b);
	return got;
}
