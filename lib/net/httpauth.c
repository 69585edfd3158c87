/*
 * httpauth.c: how a session proves who we are, by libcurl
 *
 * (1) Over plain http to another machine neither passwords (Basic) nor
 *     tokens are sent.
 * (2) Where the kind is left to the server, libcurl takes the best that it
 *     offers; from then on only that one is tried, which saves a refused
 *     request each time.  Without a ticket, Negotiate fails and the next
 *     best is taken; wrong passwords are not tried twice.
 */
#include <string.h>

#include "httppriv.h"

/* Best first, as libcurl picks. */
static const unsigned long best[] = { CURLAUTH_NEGOTIATE, CURLAUTH_DIGEST,
	CURLAUTH_NTLM, CURLAUTH_BASIC };

static unsigned long
bits_of(enum ex_auth_kind kind, bool safe)
{
	switch (kind) {
	case EX_AUTH_NONE:
		return CURLAUTH_NONE;
	case EX_AUTH_ANY:
		return CURLAUTH_NEGOTIATE | CURLAUTH_DIGEST | CURLAUTH_NTLM |
		    (safe ? CURLAUTH_BASIC : 0);
	case EX_AUTH_BASIC:
		return CURLAUTH_BASIC;
	case EX_AUTH_DIGEST:
		return CURLAUTH_DIGEST;
	case EX_AUTH_NTLM:
		return CURLAUTH_NTLM;
	case EX_AUTH_NEGOTIATE:
		return CURLAUTH_NEGOTIATE;
	case EX_AUTH_BEARER:
		return CURLAUTH_BEARER;
	}
	return CURLAUTH_NONE;
}

struct ex_str
http_auth_why(const struct ex_http *h, const struct ex_err *why)
{
	struct ex_str s = ex_str_of(why->msg), place = h->conf.place;

	if (!ex_str_starts(s, place.p) || !ex_str_starts((struct ex_str){
	    s.p + place.n, s.n - place.n }, ": "))
		return s;
	return (struct ex_str){ s.p + place.n + 2, s.n - place.n - 2 };
}

int
http_auth_open(struct ex_http *h, struct ex_err *err)
{
	bool safe = h->url.tls || h->url.loopback;
	struct ex_str secret;

	h->kind = h->conf.auth != NULL ? ex_auth_kind(h->conf.auth) :
	    EX_AUTH_NONE;
	h->bits = bits_of(h->kind, safe);
	if (!safe && (h->kind == EX_AUTH_BASIC || h->kind == EX_AUTH_BEARER))
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: over plain http "
		    "everybody could read the %s: use https",
		    EX_STR_ARG(h->conf.place), h->kind == EX_AUTH_BASIC ?
		    "password" : "token");
	if (h->kind == EX_AUTH_NONE)
		return 0;
	return ex_auth_secret(h->conf.auth, &secret, err);
}

int
http_auth_set(struct http_slot *s, struct ex_err *err)
{
	CURLcode (*set)(CURL *, CURLoption, ...) = s->h->c->easy_setopt;
	struct ex_http *h = s->h;
	struct ex_str user, secret;
	bool old;

	s->r->token = h->token;
	if (h->kind == EX_AUTH_NONE)
		return 0;
	if (ex_auth_secret(h->conf.auth, &secret, err) == -1)
		return -1;
	set(s->easy, CURLOPT_HTTPAUTH, h->bits);
	if (h->kind == EX_AUTH_BEARER) {
		set(s->easy, CURLOPT_XOAUTH2_BEARER, secret.p);
		return 0;
	}
	user = ex_auth_user(h->conf.auth);
	/* An empty one stands for the ticket's. */
	set(s->easy, CURLOPT_USERNAME, user.p != NULL ? user.p : "");
	set(s->easy, CURLOPT_PASSWORD, secret.p != NULL ? secret.p : "");
	/* These two sign a connection in, which HTTP/2 does not have. */
	old = h->bits == CURLAUTH_NTLM || h->bits == CURLAUTH_NEGOTIATE;
	set(s->easy, CURLOPT_HTTP_VERSION, old ? (long)CURL_HTTP_VERSION_1_1 :
	    (long)CURL_HTTP_VERSION_2TLS);
	return 0;
}

/* Of what the server offered, what libcurl took. */
static unsigned long
taken(const struct http_slot *s)
{
	size_t i;

	for (i = 0; i < sizeof(best) / sizeof(best[0]); i++)
		if (s->r->offered & s->h->bits & best[i])
			return best[i];
	return 0;
}

static int
renew(struct http_slot *s)
{
	int got;

	/* Another request has renewed it since this one was sent. */
	if (s->r->token != s->h->token)
		return 1;
	got = ex_auth_renew(s->h->conf.auth, &s->r->err);
	s->h->token += got == 1;
	return got;
}

int
http_auth_again(struct http_slot *s)
{
	struct ex_http *h = s->h;
	unsigned long bit;

	if (h->kind == EX_AUTH_NONE || s->r->status == 0)
		return 0;
	bit = taken(s);
	if (s->r->status != 401) {
		ex_auth_works(h->conf.auth);
		if (bit != 0 && h->kind == EX_AUTH_ANY)
			h->bits = bit;
		return 0;
	}
	if (s->r->auths++ >= 3)
		return 0;
	if (h->kind == EX_AUTH_BEARER)
		return renew(s);
	if (h->kind != EX_AUTH_ANY || bit != CURLAUTH_NEGOTIATE)
		return 0;
	h->bits &= ~bit;
	return 1;
}
