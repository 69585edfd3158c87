/*
 * httpend.c: what came of a try, and what is done then
 *
 *	came			again?
 *	----------------------	----------------------------------------------
 *	401, another token or	at once (httpauth.c)
 *	  way to sign in
 *	401, and none is to be	no: why the sign-in failed is told instead
 *	  had
 *	301, 302, 307, 308	at once, the same method and body, within the
 *				  origin, five times (RFC 9110, 15.4: only
 *				  POST may become GET, and need not)
 *	303			as these for GET, HEAD, PROPFIND, REPORT; of a
 *				  write it says that it was carried out
 *	429, 503		later
 *	502, 504		later, if it is safe to repeat
 *	connection lost, or	later, if it is safe to repeat and data() had
 *	  refused		  nothing
 *	a proxy's 5xx, no	later, if it is safe to repeat
 *	  tunnel
 *	no such host, silence	no: a person would wait for too long
 *	all else		no
 *
 * (1) Five tries in all.
 * (2) A pause is twice the one before and a bit more, by folder and
 *     request, so that many do not come back at once; never less than what
 *     Retry-After says.
 */
#include <string.h>

#include <ex/clock.h>
#include <ex/text.h>
#include <ex/trace.h>

#include "httppriv.h"

#define TRIES	5
#define HOPS	5
#define PATIENCE 120000		/* milliseconds of Retry-After */

/* Curl's code in our words; again: a later run may fare better. */
static const struct {
	CURLcode code;
	bool again, repeat;
	const char *why;
} meaning[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, true, false, "no such host" },
	{ CURLE_COULDNT_RESOLVE_PROXY, true, false, "no such proxy" },
	{ CURLE_COULDNT_CONNECT, true, true, NULL },
	{ CURLE_OPERATION_TIMEDOUT, true, false, NULL },
	{ CURLE_SEND_ERROR, true, true, "the connection was lost" },
	{ CURLE_RECV_ERROR, true, true, "the connection was lost" },
	{ CURLE_GOT_NOTHING, true, true, "the connection was lost" },
	{ CURLE_PARTIAL_FILE, true, true, "the connection was lost" },
	{ CURLE_HTTP2, true, true, "the connection was lost" },
	{ CURLE_HTTP2_STREAM, true, true, "the connection was lost" },
	{ CURLE_SSL_CONNECT_ERROR, true, false, NULL },
	{ CURLE_PEER_FAILED_VERIFICATION, false, false, NULL },
	{ CURLE_SSL_CACERT_BADFILE, false, false,
	    "the ca-file cannot be read" },
	/* what it says when a line has more than 100 KB */
	{ CURLE_OUT_OF_MEMORY, false, false,
	    "a line of its headers is too long" },
	{ CURLE_BAD_CONTENT_ENCODING, false, false,
	    "its answer cannot be unpacked" },
	{ CURLE_WEIRD_SERVER_REPLY, false, false, "this is no HTTP" },
	{ CURLE_UNSUPPORTED_PROTOCOL, false, false, "this is no HTTP" }
};

#define MEANINGS	(sizeof(meaning) / sizeof(meaning[0]))

/* Which of them; _MEANINGS: none. */
static size_t
find(CURLcode code)
{
	size_t i;

	for (i = 0; i < MEANINGS && meaning[i].code != code; i++)
		;
	return i;
}

static struct ex_str
refused(const struct http_slot *s, struct ex_arena *a)
{
	char why[128];
	long os = 0;

	s->h->c->easy_getinfo(s->easy, CURLINFO_OS_ERRNO, &os);
	if (os == 0 || strerror_r((int)os, why, sizeof(why)) != 0)
		return EX_STR("cannot connect");
	return ex_text_lower(ex_arena_str(a, ex_str_of(why)), a);
}

static bool
connected(const struct http_slot *s)
{
	curl_off_t us = 0;

	s->h->c->easy_getinfo(s->easy, CURLINFO_PRETRANSFER_TIME_T, &us);
	return us > 0;
}

/*
 * What a proxy answered that made no tunnel; 0: none did.  libcurl takes it
 * for a lost connection.
 */
static long
refused_tunnel(const struct http_slot *s)
{
	long status = 0;

	s->h->c->easy_getinfo(s->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status / 100 == 2 ? 0 : status;
}

static struct ex_str
why_none(const struct http_slot *s, CURLcode code, struct ex_arena *a)
{
	size_t i = find(code);

	if (i < MEANINGS && meaning[i].why != NULL)
		return ex_str_of(meaning[i].why);
	switch ((int)code) {
	case CURLE_COULDNT_CONNECT:
		return refused(s, a);
	case CURLE_OPERATION_TIMEDOUT:
		return connected(s) ? ex_arena_fmt(a, "nothing came for %u "
		    "seconds", s->h->conf.silence) : ex_arena_fmt(a,
		    "no connection within %u seconds", s->h->conf.connect);
	default:
		return s->error[0] != '\0' ? ex_arena_str(a,
		    ex_str_of(s->error)) : ex_arena_fmt(a, "libcurl's error "
		    "%d", (int)code);
	}
}

static void
no_answer(const struct http_slot *s, CURLcode code,
    struct ex_http_answer *answer)
{
	struct http_req *r = s->r;
	size_t i = find(code);
	long proxy;

	answer->status = 0;
	answer->head = NULL;
	answer->body = EX_STR_NONE;
	answer->wait = -1;
	/* What asked a proxy for a tunnel is no request of ours. */
	answer->sent = r->issued > 0 || r->lost;
	if (r->refused) {
		answer->again = r->err.code == EX_ERR_AGAIN;
		answer->why = ex_str_of(r->err.msg);
	} else if (r->bad != NULL) {
		answer->why = ex_str_of(r->bad);
	} else if (r->lost) {
		answer->again = true;
		answer->why = EX_STR("the connection was lost");
	} else if ((proxy = refused_tunnel(s)) != 0) {
		answer->again = proxy >= 500;
		answer->why = ex_arena_fmt(&r->a, "the proxy's answer is %ld",
		    proxy);
	} else {
		answer->again = i < MEANINGS && meaning[i].again;
		answer->silent = code == CURLE_OPERATION_TIMEDOUT &&
		    connected(s);
		answer->why = why_none(s, code, &r->a);
	}
}

static void
an_answer(const struct http_slot *s, struct ex_http_answer *answer)
{
	struct http_req *r = s->r;
	struct ex_http_head *head = ex_arena_alloc(&r->a, sizeof(*head));
	long offered = 0;

	s->h->c->easy_getinfo(s->easy, CURLINFO_HTTPAUTH_AVAIL, &offered);
	r->offered = (unsigned long)offered;
	head->text = ex_buf_get(&r->head);
	answer->status = r->status;
	answer->sent = true;
	answer->why = http_why(s->h, r, &r->a);
	answer->body = ex_buf_get(&r->body);
	answer->wait = http_retry_after(s->h->c, head->text);
	answer->head = head;
}

static bool
is_read(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
	    strcmp(method, "PROPFIND") == 0 || strcmp(method, "REPORT") == 0;
}

static bool
redirects(const struct http_req *r)
{
	return r->status == 301 || r->status == 302 || r->status == 307 ||
	    r->status == 308 || (r->status == 303 && is_read(r->ask.method));
}

/* Follow it, or say in why what keeps us. */
static bool
follow(const struct http_slot *s, struct ex_http_answer *answer)
{
	struct http_req *r = s->r;
	struct ex_str to = http_head(ex_buf_get(&r->head), "Location");
	struct http_url u = { .tls = false };

	if (to.p == NULL)
		return false;
	if (http_url(s->h->c, r->url.p, to, &r->a, &u) == -1) {
		answer->why = ex_arena_fmt(&r->a, "%.*s, to no URL",
		    EX_STR_ARG(answer->why));
		return false;
	}
	if (!ex_str_eq(u.origin, s->h->url.origin)) {
		answer->why = ex_arena_fmt(&r->a, "%.*s, to another server, "
		    "which is not followed: %.*s", EX_STR_ARG(answer->why),
		    EX_STR_ARG(http_url_show(u.full, &r->a)));
		return false;
	}
	if (r->hops++ == HOPS) {
		answer->why = ex_arena_fmt(&r->a, "%.*s, after %d others",
		    EX_STR_ARG(answer->why), HOPS);
		return false;
	}
	r->url = u.full;
	return true;
}

static bool
repeats(const struct http_slot *s, CURLcode code,
    const struct ex_http_answer *answer)
{
	const struct http_req *r = s->r;
	size_t i = find(code);

	if (r->tries >= TRIES || answer->wait > PATIENCE)
		return false;
	if (answer->status == 429 || answer->status == 503)
		return true;
	if (!r->ask.again)
		return false;
	if (answer->status != 0)
		return answer->status == 502 || answer->status == 504;
	return i < MEANINGS && meaning[i].repeat && answer->again &&
	    !r->fed && !r->refused;
}

static long long
pause(const struct ex_http *h, const struct http_req *r, long wait)
{
	long ms = (long)h->conf.pause << (r->tries - 1);

	ms += ms * (long)((h->salt + r->serial) % 8) / 8;
	return wait > 0 ? wait + (long)h->conf.pause *
	    (long)((h->salt + r->serial) % 8) / 8 : ms;
}

/*
 * 401, and no other token is to be had: why is what a person can do something
 * about.  If that may be otherwise later, so may the answer.
 */
static void
no_token(const struct http_slot *s, struct ex_http_answer *answer)
{
	answer->why = http_auth_why(s->h, &s->r->err);
	answer->body = EX_STR_NONE;
	if (s->r->err.code != EX_ERR_AGAIN)
		return;
	answer->status = 0;
	answer->head = NULL;
	answer->sent = false;
	answer->again = true;
}

static void
trace(const struct http_slot *s, const struct ex_http_answer *answer)
{
	const struct http_req *r = s->r;

	ex_trace("%.*s: #%lu < %.*s, %zu bytes, %lld ms",
	    EX_STR_ARG(s->h->conf.place), r->serial,
	    EX_STR_ARG(answer->why), r->nbody, ex_clock_ms() - r->began);
}

enum http_next
http_end(struct http_slot *s, CURLcode code, struct ex_http_answer *answer)
{
	struct http_req *r = s->r;
	int auth;

	memset(answer, 0, sizeof(*answer));
	answer->url = r->url;
	r->tries++;
	if (code == CURLE_OK && r->status != 0)
		an_answer(s, answer);
	else
		no_answer(s, code, answer);
	if (ex_trace_on(1))
		trace(s, answer);
	auth = code == CURLE_OK ? http_auth_again(s) : 0;
	if (auth == 1) {
		r->tries--;
		return HTTP_GO;
	}
	if (auth == -1) {
		no_token(s, answer);
		return HTTP_DONE;
	}
	if (redirects(r) && answer->status != 0 && follow(s, answer)) {
		r->tries--;
		return HTTP_GO;
	}
	if (!repeats(s, code, answer))
		return HTTP_DONE;
	r->due = ex_clock_ms() + pause(s->h, r, answer->wait);
	return HTTP_LATER;
}
