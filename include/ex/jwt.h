/*
 * jwt.h: a signed claim that we are who we say (RFC 7519, RFC 7515)
 *
 * For the client credentials of Microsoft's sign-in with a certificate
 * ("Microsoft identity platform application authentication certificate
 * credentials"): RS256, the certificate named by its SHA-256 (x5t#S256).
 * libcrypto is loaded with the first one.
 */
#ifndef EX_JWT_H
#define EX_JWT_H

#include <ex/str.h>

struct ex_arena;
struct ex_err;

struct ex_jwt {
	struct ex_str pem;	/* a private key of RSA and its certificate */
	struct ex_str audience;	/* URL of who is to believe it */
	struct ex_str issuer;	/* who we are: issuer and subject */
	struct ex_str id;	/* another one each time */
	long long from, until;	/* seconds since 1970 */
};

/* In the arena.  err: what is wrong with the PEM, without a place. */
int	 ex_jwt_sign(const struct ex_jwt *j, struct ex_arena *a,
	    struct ex_str *out, struct ex_err *err);

#endif
