/*
 * http.h: requests to one server, several under way at once
 *
 * A struct ex_http is for one thread.  It holds connections to the origin
 * (scheme, host and port) of its conf, and gives credentials to nobody else:
 * a redirect is followed only within that origin; another one is an error
 * that names it.  TLS certificates are always checked, unless conf says
 * otherwise, which ex_store_open() says on stderr on every run.  Over plain
 * http, passwords and tokens go to a loopback address only.
 *
 * Time-outs are for connecting and for silence; a slow answer that goes on
 * coming is waited for.  What is safe to repeat is repeated, see `again`.
 *
 * Requests stand in the trace (trace.h); their secrets do not.
 */
#ifndef EX_HTTP_H
#define EX_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/str.h>

struct ex_arena;
struct ex_auth;
struct ex_buf;
struct ex_err;
struct ex_http;
struct ex_http_head;

struct ex_http_conf {
	struct ex_str place;	/* "folder alice", in front of messages */
	struct ex_str url;	/* absolute, http: or https:; its origin counts */
	struct ex_auth *auth;	/* NULL: none; borrowed */
	struct ex_str ca_file;	/* PEM; absent: the system's */
	bool insecure;		/* do not check certificates */
	unsigned flight;	/* requests under way at once; 0: 4 */
	unsigned connect;	/* seconds to connect in; 0: 30 */
	unsigned silence;	/* seconds without a byte; 0: 300 */
	unsigned pause;		/* milliseconds before a second try; 0: 250 */
};

/* What came of one request.  Valid until the callback returns. */
struct ex_http_answer {
	int status;		/* 200; 0: there was no answer, see why; 401
				   also where no token is to be had, for good */
	bool sent;		/* no answer: the server may have done it */
	bool again;		/* no answer: a later run may get one */
	bool silent;		/* no answer, after `silence` seconds */
	struct ex_str why;	/* no answer: "connection refused"; else "404
				   Not Found" and the first words of the body */
	struct ex_str url;	/* that answered, after redirects */
	struct ex_str body;	/* what `data` was not given */
	long wait;		/* Retry-After in milliseconds; -1: none */
	const struct ex_http_head *head;
};

/* The last header of that name, blanks trimmed; absent: there is none. */
struct ex_str	 ex_http_header(const struct ex_http_answer *a,
		    const char *name);

struct ex_http_request {
	const char *method;
	struct ex_str url;	/* absolute, or with a leading '/' */
	const char *const *header;	/* "Depth: 1" ..., NULL; may be NULL */
	struct ex_str body;	/* absent: none; borrowed until done */
	/*
	 * It does no harm if it is carried out twice: then 429, 502, 503,
	 * 504 and lost connections are tried five times in all, with growing
	 * pauses and Retry-After obeyed, as long as data() had nothing.
	 * Without it only 429 and 503, which say that nothing was done.
	 * A server that wants a longer pause than two minutes gets none.
	 */
	bool again;
	size_t cap;		/* bytes of the body, unpacked; 0: EX_CAP_ANSWER */
	bool hush;		/* the bodies hold secrets: no trace of them */
	/*
	 * A body with a status of 2xx as it comes, never a first part twice.
	 * -1 ends the request: done() gets no answer, and err's why.
	 */
	int (*data)(void *arg, struct ex_str part, struct ex_err *err);
	/* -1 ends the run: ex_http_wait() returns it. */
	int (*done)(void *arg, const struct ex_http_answer *a,
	    struct ex_err *err);
	void *arg;
};

int	 ex_http_open(const struct ex_http_conf *conf, struct ex_http **h,
	    struct ex_err *err);
/* Requests under way are ended without an answer. */
void	 ex_http_close(struct ex_http *h);

/*
 * Begin a request; waits while as many as may be are under way.  method,
 * url and header are copied.  done() may call this, but not wait or call.
 * A url of another origin, or a control byte in a header: EX_ERR_INPUT, and
 * nothing was begun.  -1 is also what another request's done() returned.
 */
int	 ex_http_send(struct ex_http *h, const struct ex_http_request *r,
	    struct ex_err *err);
/* Until all that were begun are done. */
int	 ex_http_wait(struct ex_http *h, struct ex_err *err);
/*
 * One request and its answer, which lives in the arena; r's data, done and
 * arg are not used.
 */
int	 ex_http_call(struct ex_http *h, const struct ex_http_request *r,
	    struct ex_arena *a, struct ex_http_answer *answer,
	    struct ex_err *err);

/*
 * What a Retry-After says that stood elsewhere, in a body: milliseconds; -1:
 * nothing that is understood.
 */
long	 ex_http_pause(const struct ex_http *h, struct ex_str value);

/* Requests that went out so far, repeated ones counted again. */
unsigned long	 ex_http_requests(const struct ex_http *h);

/*
 * A part of a URL without its %XX (RFC 3986, 2.1), in the arena; control
 * bytes stay encoded.
 */
struct ex_str	 ex_http_decode(struct ex_str s, struct ex_arena *a);

/*
 * The other way: what is not unreserved (RFC 3986, 2.3) nor in also is %XX.
 */
void	 ex_http_encode(struct ex_buf *b, struct ex_str s, const char *also);

/*
 * Fill err for an answer that is no good to the caller: place, url, why.
 * 401 and 403: _DENIED; 404 and 410: _GONE; 412: _STALE; 408, 425, 429, 5xx
 * but 501, 505 and 507, or no answer with again: _AGAIN; else _REMOTE.
 */
int	 ex_http_fail(const struct ex_http *h, const struct ex_http_answer *a,
	    struct ex_err *err);

#endif
