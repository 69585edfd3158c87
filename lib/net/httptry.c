/*
 * httptry.c: one try of a request: what libcurl is told, and what it tells
 *
 * (1) Options are set anew for each try on a handle that is never reset:
 *     libcurl keeps a server's Digest challenge in it.
 * (2) libcurl sends a request again by itself when a connection that had
 *     been kept turns out to be closed.  The server may have carried it out
 *     all the same, so it is let do so only where `again` says that this is
 *     no harm.  A request that a 401 answers in between is another matter.
 * (3) Headers, and the body as unpacked, have caps.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/cap.h>
#include <ex/clock.h>
#include <ex/diag.h>
#include <ex/trace.h>
#include <ex/version.h>

#include "httppriv.h"

static bool
has_control(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (((unsigned char)p[i] < 0x20 && p[i] != '\t') ||
		    p[i] == 0x7f)
			return true;
	return false;
}

/* "HTTP/1.1 200 OK" begins an answer; those of 1xx are no answers. */
static void
begin(struct http_req *r, const char *p, size_t n)
{
	const char *sp = memchr(p, ' ', n);

	r->status = sp != NULL ? atoi(sp + 1) : 0;
	r->answers += r->status >= 200;
	ex_buf_clear(&r->head);
	ex_buf_clear(&r->body);
	r->nbody = 0;
}

/* libcurl ends each run that it gives with a NUL behind the header. */
static size_t
header(char *p, size_t size, size_t n, void *arg)
{
	struct http_slot *s = arg;
	struct http_req *r = s->r;
	size_t len = n * size;

	r->nhead += len;
	while (len > 0 && (p[len - 1] == '\n' || p[len - 1] == '\r'))
		len--;
	if (r->nhead > EX_CAP_HEADERS)
		r->bad = "its headers are too long";
	else if (has_control(p, len))
		r->bad = "a header with control bytes";
	if (r->bad != NULL)
		return 0;
	if (len >= 5 && memcmp(p, "HTTP/", 5) == 0)
		begin(r, p, len);
	if (len > 0) {
		ex_buf_add(&r->head, p, len);
		ex_buf_putc(&r->head, '\n');
	}
	return n * size;
}

static size_t
take(struct http_req *r, struct ex_str part)
{
	size_t cap = r->ask.cap != 0 ? r->ask.cap : EX_CAP_ANSWER;

	if (r->status / 100 != 2 && cap > EX_CAP_ERROR)
		cap = EX_CAP_ERROR;
	if (part.n > cap - r->nbody) {
		r->bad = "its answer is too long";
		return 0;
	}
	r->nbody += part.n;
	if (r->ask.data == NULL || r->status / 100 != 2) {
		r->body.cap = cap;
		ex_buf_str(&r->body, part);
		return part.n;
	}
	r->fed = true;
	if (r->ask.data(r->ask.arg, part, &r->err) == -1) {
		r->refused = true;
		return 0;
	}
	return part.n;
}

static size_t
body(char *p, size_t size, size_t n, void *arg)
{
	struct http_slot *s = arg;
	struct ex_str part = { p, size * n };
	size_t took;
	char mark[300];

	if (ex_trace_on(2) && !s->r->ask.hush) {
		snprintf(mark, sizeof(mark), "%.*s: #%lu << ",
		    (int)(s->h->conf.place.n < 200 ? s->h->conf.place.n :
		    200), s->h->conf.place.p, s->r->serial);
		ex_trace_text(mark, part);
	}
	s->h->inside = true;
	took = part.n > 0 ? take(s->r, part) : 0;
	s->h->inside = false;
	return took;
}

/* Before each request that goes out, also those of a handshake: see (2). */
static int
issue(void *arg, char *ip, char *local, int port, int local_port)
{
	struct http_slot *s = arg;

	(void)ip;
	(void)local;
	(void)port;
	(void)local_port;
	s->h->requests++;
	if (s->r->issued++ > s->r->answers && !s->r->ask.again) {
		s->h->requests--;
		s->r->lost = true;
		return CURL_PREREQFUNC_ABORT;
	}
	return CURL_PREREQFUNC_OK;
}

/* What is the same for all requests of a session. */
static void
set_session(struct http_slot *s)
{
	CURLcode (*set)(CURL *, CURLoption, ...) = s->h->c->easy_setopt;
	const struct ex_http_conf *c = &s->h->conf;

	set(s->easy, CURLOPT_ERRORBUFFER, s->error);
	set(s->easy, CURLOPT_PRIVATE, s);
	set(s->easy, CURLOPT_NOSIGNAL, 1L);
	set(s->easy, CURLOPT_PROTOCOLS_STR, s->h->url.tls ? "https" : "http");
	set(s->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	set(s->easy, CURLOPT_PIPEWAIT, s->h->url.tls ? 1L : 0L);
	set(s->easy, CURLOPT_USERAGENT, "exring/" EX_VERSION);
	set(s->easy, CURLOPT_ACCEPT_ENCODING, "");
	set(s->easy, CURLOPT_HEADERFUNCTION, header);
	set(s->easy, CURLOPT_HEADERDATA, s);
	set(s->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	set(s->easy, CURLOPT_WRITEFUNCTION, body);
	set(s->easy, CURLOPT_WRITEDATA, s);
	set(s->easy, CURLOPT_BUFFERSIZE, 131072L);
	set(s->easy, CURLOPT_PREREQFUNCTION, issue);
	set(s->easy, CURLOPT_PREREQDATA, s);
	set(s->easy, CURLOPT_CONNECTTIMEOUT, (long)c->connect);
	set(s->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	set(s->easy, CURLOPT_LOW_SPEED_TIME, (long)c->silence);
	set(s->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	set(s->easy, CURLOPT_SSL_VERIFYPEER, c->insecure ? 0L : 1L);
	set(s->easy, CURLOPT_SSL_VERIFYHOST, c->insecure ? 0L : 2L);
	if (c->ca_file.p != NULL) {
		set(s->easy, CURLOPT_CAINFO, c->ca_file.p);
		set(s->easy, CURLOPT_CAPATH, NULL);
	}
	/* A proxy has no business between us and ourselves. */
	if (s->h->url.loopback)
		set(s->easy, CURLOPT_PROXY, "");
}

static void
set_body(struct http_slot *s)
{
	CURLcode (*set)(CURL *, CURLoption, ...) = s->h->c->easy_setopt;
	const struct ex_http_request *ask = &s->r->ask;

	set(s->easy, CURLOPT_HTTPGET, 1L);
	if (strcmp(ask->method, "HEAD") == 0)
		set(s->easy, CURLOPT_NOBODY, 1L);
	if (ask->body.p != NULL) {
		set(s->easy, CURLOPT_POSTFIELDS, ask->body.p);
		set(s->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)ask->body.n);
	}
	set(s->easy, CURLOPT_CUSTOMREQUEST, strcmp(ask->method, "GET") == 0 ||
	    strcmp(ask->method, "HEAD") == 0 ? NULL : ask->method);
}

static void
add_header(struct http_slot *s, const char *text)
{
	struct curl_slist *list = s->h->c->slist_append(s->list, text);

	if (list == NULL)
		ex_diag_oom();
	s->list = list;
}

static void
set_headers(struct http_slot *s)
{
	const char *const *h = s->r->ask.header;
	bool typed = false;

	s->h->c->slist_free_all(s->list);
	s->list = NULL;
	add_header(s, "Expect:");
	for (; h != NULL && *h != NULL; h++) {
		typed |= ex_str_is_nocase((struct ex_str){ *h,
		    strcspn(*h, ":") }, "Content-Type");
		add_header(s, *h);
	}
	if (!typed && s->r->ask.body.p != NULL)
		add_header(s, "Content-Type:");
	s->h->c->easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->list);
	s->h->c->easy_setopt(s->easy, CURLOPT_HEADEROPT,
	    (long)CURLHEADER_SEPARATE);
}

static void
forget(struct http_req *r)
{
	ex_buf_clear(&r->head);
	ex_buf_clear(&r->body);
	r->head.cap = EX_CAP_HEADERS + 1024;
	r->nhead = r->nbody = 0;
	r->status = 0;
	r->issued = r->answers = 0;
	r->fed = r->lost = r->refused = false;
	r->bad = NULL;
	r->began = ex_clock_ms();
}

static void
trace(const struct http_slot *s)
{
	const struct http_req *r = s->r;
	struct ex_arena a = EX_ARENA_INIT;
	char mark[300];

	ex_trace("%.*s: #%lu > %s %s", EX_STR_ARG(s->h->conf.place),
	    r->serial, r->ask.method, http_url_show(r->url, &a).p);
	ex_arena_free(&a);
	if (!ex_trace_on(2) || r->ask.hush || r->ask.body.p == NULL)
		return;
	snprintf(mark, sizeof(mark), "%.*s: #%lu >> ",
	    (int)(s->h->conf.place.n < 200 ? s->h->conf.place.n : 200),
	    s->h->conf.place.p, r->serial);
	ex_trace_text(mark, r->ask.body);
}

int
http_try(struct http_slot *s, struct ex_err *err)
{
	struct ex_http *h = s->h;

	if (s->easy == NULL) {
		if ((s->easy = h->c->easy_init()) == NULL)
			ex_diag_oom();
		set_session(s);
	}
	forget(s->r);
	h->c->easy_setopt(s->easy, CURLOPT_URL, s->r->url.p);
	set_body(s);
	set_headers(s);
	s->error[0] = '\0';
	if (http_auth_set(s, err) == -1)
		return -1;
	if (ex_trace_on(1))
		trace(s);
	if (h->c->multi_add_handle(h->multi, s->easy) != CURLM_OK)
		ex_diag_oom();
	return 0;
}
