/*
 * httppriv.h: what the files of http share, and libcurl for them
 */
#ifndef EX_NET_HTTPPRIV_H
#define EX_NET_HTTPPRIV_H

#include <poll.h>

#include <curl/curl.h>

#include <ex/arena.h>
#include <ex/auth.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/http.h>

#if LIBCURL_VERSION_NUM < 0x075800
#error "libcurl 7.88 or later is needed"
#endif

/*
 * httpcurl.c: libcurl, loaded when the first session opens.  It and the 30
 * libraries that it brings cost a program's start more than all its own.
 */
struct http_curl {
	CURLcode (*global_init)(long flags);
	void (*free)(void *p);
	time_t (*getdate)(const char *p, const time_t *unused);
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
	void (*easy_cleanup)(CURL *easy);
	CURLM *(*multi_init)(void);
	CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
	CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
	CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
	CURLMcode (*multi_socket_action)(CURLM *multi, curl_socket_t fd,
	    int what, int *running);
	CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
	CURLMcode (*multi_cleanup)(CURLM *multi);
	struct curl_slist *(*slist_append)(struct curl_slist *list,
	    const char *s);
	void (*slist_free_all)(struct curl_slist *list);
	CURLU *(*url)(void);
	void (*url_cleanup)(CURLU *u);
	CURLUcode (*url_get)(const CURLU *u, CURLUPart part, char **s,
	    unsigned flags);
	CURLUcode (*url_set)(CURLU *u, CURLUPart part, const char *s,
	    unsigned flags);
};

/* NULL: it cannot be loaded, or is too old, as err says. */
const struct http_curl *http_curl(struct ex_err *err);

/* httpurl.c */
struct http_url {
	struct ex_str full;	/* without user, password and fragment */
	struct ex_str origin;	/* "https://host:443", lower case */
	bool tls;
	bool loopback;
};

/* ref as it stands, or as base has it.  -1: it is no http or https URL. */
int	 http_url(const struct http_curl *c, const char *base,
	    struct ex_str ref, struct ex_arena *a, struct http_url *u);
/* The same on the origin of base; quick where ref is a plain path. */
int	 http_url_of(const struct http_curl *c, const struct http_url *base,
	    struct ex_str ref, struct ex_arena *a, struct http_url *u);
/* For messages: what may be a secret in its query is masked. */
struct ex_str	 http_url_show(struct ex_str url, struct ex_arena *a);

struct http_slot {
	struct ex_http *h;
	CURL *easy;
	struct curl_slist *list;
	struct http_req *r;	/* NULL: free */
	char error[CURL_ERROR_SIZE];
};

struct ex_http_head {
	struct ex_str text;	/* lines, each ended by LF, without CR */
};

struct http_req {
	struct http_req *next;
	struct ex_arena a;
	struct ex_http_request ask;
	struct ex_str url;	/* that is asked now */
	unsigned long serial;
	unsigned tries;		/* that ended */
	unsigned hops;		/* redirects followed */
	unsigned auths;		/* tries that were refused by 401 */
	unsigned long token;	/* which token it was sent with */
	unsigned long offered;	/* CURLAUTH_*, by a 401 */
	long long due;		/* parked: when it goes on */

	/* Of the try under way: */
	struct ex_buf head;	/* of the last answer */
	struct ex_buf body;
	size_t nhead;		/* bytes of all headers */
	size_t nbody;
	int status;
	unsigned issued, answers;	/* requests sent, and answered */
	bool fed;		/* data() had something */
	bool lost;		/* libcurl would have sent it again */
	const char *bad;	/* why we ended it */
	bool refused;		/* data() ended it: err says why */
	struct ex_err err;
	long long began;
};

struct http_list {
	struct http_req *first, **last;
	size_t n;
};

struct ex_http {
	const struct http_curl *c;
	struct ex_arena a;
	struct ex_http_conf conf;
	struct http_url url;
	CURLM *multi;
	struct pollfd *fd;	/* that libcurl waits for */
	size_t nfd, room;
	long long alarm;	/* when it wants to go on: -1 never, 0 now */
	struct http_slot *slot;
	size_t nactive;
	struct http_list queue, parked;
	bool inside;		/* in a callback of the caller's */
	unsigned long serial, requests;
	unsigned salt;		/* of pauses */
	enum ex_auth_kind kind;
	unsigned long bits;	/* CURLAUTH_* that may be used */
	unsigned long token;	/* counts tokens */
};

/* httpauth.c */
int	 http_auth_open(struct ex_http *h, struct ex_err *err);
int	 http_auth_set(struct http_slot *s, struct ex_err *err);
/*
 * After a try: is it to be tried again at once?  -1: a new token is not to be
 * had, as the request's err says.
 */
int	 http_auth_again(struct http_slot *s);
/* What an error says but the place, which ex_http_fail() says. */
struct ex_str	 http_auth_why(const struct ex_http *h,
		    const struct ex_err *why);

/* httpwait.c: libcurl does what it can do by now; for at most ms: waits. */
void	 http_wait_open(struct ex_http *h);
void	 http_wait_due(struct ex_http *h);
void	 http_wait(struct ex_http *h, long long ms);

/* httptry.c: one try of a request. */
int	 http_try(struct http_slot *s, struct ex_err *err);

/* httphead.c */
struct ex_str	 http_head(struct ex_str text, const char *name);
/* Milliseconds, or -1: none that is understood. */
long	 http_retry_after(const struct http_curl *c, struct ex_str text);
/* "404 Not Found: first words" */
struct ex_str	 http_why(const struct ex_http *h, const struct http_req *r,
		    struct ex_arena *a);

/* httpend.c: what came of a try, and what is done then. */
enum http_next {
	HTTP_DONE,
	HTTP_GO,		/* again, at once */
	HTTP_LATER		/* again, when due */
};

enum http_next	 http_end(struct http_slot *s, CURLcode code,
		    struct ex_http_answer *answer);

#endif
