/*
 * http.c: requests to one server, several under way at once
 *
 * A request is queued, then active (it has one of `flight` slots), then
 * done; one that is to be tried later is parked meanwhile and holds no
 * slot, so that others go on.
 *
 * (1) What is done is out of all lists before its done() is called, which
 *     may therefore send others; they are only queued.
 * (2) At most WAITING times `flight` are begun and not done.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/cap.h>
#include <ex/clock.h>
#include <ex/diag.h>
#include <ex/sum.h>

#include "httppriv.h"

#define FLIGHT	4
#define WAITING	4
#define CONNECT	30
#define SILENCE	300
#define PAUSE	250
#define POLL	1000		/* milliseconds at most */

static void
push(struct http_list *l, struct http_req *r)
{
	r->next = NULL;
	*l->last = r;
	l->last = &r->next;
	l->n++;
}

/* Take out the one that at points to. */
static struct http_req *
pull(struct http_list *l, struct http_req **at)
{
	struct http_req *r = *at;

	*at = r->next;
	if (r->next == NULL)
		l->last = at;
	l->n--;
	return r;
}

static void
free_req(struct http_req *r)
{
	ex_buf_fini(&r->head);
	ex_buf_fini(&r->body);
	ex_arena_free(&r->a);
	free(r);
}

static int
done(struct ex_http *h, struct http_req *r, const struct ex_http_answer *a,
    struct ex_err *err)
{
	int got;

	h->inside = true;
	got = r->ask.done(r->ask.arg, a, err);
	h->inside = false;
	free_req(r);
	return got;
}

/*
 * A try cannot even begin: there is no token any more.  The request fares as
 * the one that met this first, by a 401 (httpend.c, no_token()).
 */
static int
cannot(struct ex_http *h, struct http_req *r, const struct ex_err *why,
    struct ex_err *err)
{
	bool again = why->code == EX_ERR_AGAIN;
	struct ex_http_answer a = { .status = again ? 0 : 401,
	    .again = again, .why = http_auth_why(h, why), .url = r->url,
	    .wait = -1 };

	return done(h, r, &a, err);
}

static struct http_slot *
free_slot(struct ex_http *h)
{
	size_t i;

	for (i = 0; h->slot[i].r != NULL; i++)
		;
	return &h->slot[i];
}

/* Start what may be started. */
static int
fill(struct ex_http *h, struct ex_err *err)
{
	struct http_req **at = &h->parked.first;
	long long now = h->parked.n > 0 ? ex_clock_ms() : 0;
	struct http_slot *s;
	struct http_req *r;
	struct ex_err why;

	while (*at != NULL)
		if ((*at)->due <= now)
			push(&h->queue, pull(&h->parked, at));
		else
			at = &(*at)->next;
	while (h->queue.n > 0 && h->nactive < h->conf.flight) {
		s = free_slot(h);
		s->r = r = pull(&h->queue, &h->queue.first);
		if (http_try(s, &why) == 0) {
			h->nactive++;
			continue;
		}
		s->r = NULL;
		if (cannot(h, r, &why, err) == -1)
			return -1;
	}
	return 0;
}

static int
finish(struct ex_http *h, struct http_slot *s, CURLcode code,
    struct ex_err *err)
{
	struct ex_http_answer answer;
	struct http_req *r = s->r;
	enum http_next next = http_end(s, code, &answer);

	h->c->multi_remove_handle(h->multi, s->easy);
	h->nactive--;
	s->r = NULL;
	switch (next) {
	case HTTP_GO:
		push(&h->queue, r);
		return 0;
	case HTTP_LATER:
		push(&h->parked, r);
		return 0;
	case HTTP_DONE:
		break;
	}
	return done(h, r, &answer, err);
}

/* How long there is nothing to do but to wait for the server. */
static long long
patience(const struct ex_http *h)
{
	const struct http_req *r;
	long long now = ex_clock_ms(), ms = POLL;

	for (r = h->parked.first; r != NULL; r = r->next)
		if (r->due - now < ms)
			ms = r->due - now;
	return ms;
}

/* One round; wait: for something to happen. */
static int
step(struct ex_http *h, bool wait, struct ex_err *err)
{
	struct http_slot *s;
	CURLMsg *m;
	bool any = false;
	char *p;
	int n;

	if (fill(h, err) == -1)
		return -1;
	http_wait_due(h);
	while ((m = h->c->multi_info_read(h->multi, &n)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		any = true;
		h->c->easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &p);
		s = (struct http_slot *)(void *)p;
		if (finish(h, s, m->data.result, err) == -1)
			return -1;
	}
	if (wait && !any && h->nactive + h->parked.n > 0)
		http_wait(h, patience(h));
	return 0;
}

static size_t
under_way(const struct ex_http *h)
{
	return h->nactive + h->queue.n + h->parked.n;
}

static void
defaults(struct ex_http_conf *c)
{
	if (c->flight == 0)
		c->flight = FLIGHT;
	if (c->connect == 0)
		c->connect = CONNECT;
	if (c->silence == 0)
		c->silence = SILENCE;
	if (c->pause == 0)
		c->pause = PAUSE;
}

static int
open_session(struct ex_http *h, const struct ex_http_conf *conf,
    struct ex_err *err)
{
	size_t i;

	h->conf = *conf;
	defaults(&h->conf);
	h->conf.place = ex_arena_str(&h->a, conf->place);
	h->conf.ca_file = ex_arena_str(&h->a, conf->ca_file);
	h->salt = (unsigned)(ex_sum_of(conf->place.p, conf->place.n).lo % 8);
	if ((h->c = http_curl(err)) == NULL)
		return -1;
	if (http_url(h->c, NULL, conf->url, &h->a, &h->url) == -1)
		return ex_err_set(err, EX_ERR_INPUT,
		    "%.*s: no URL of http or https",
		    EX_STR_ARG(h->conf.place));
	if (http_auth_open(h, err) == -1)
		return -1;
	if ((h->multi = h->c->multi_init()) == NULL)
		ex_diag_oom();
	http_wait_open(h);
	h->c->multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
	    (long)h->conf.flight);
	h->c->multi_setopt(h->multi, CURLMOPT_MAXCONNECTS,
	    (long)h->conf.flight);
	h->slot = ex_arena_array(&h->a, h->conf.flight, sizeof(*h->slot));
	for (i = 0; i < h->conf.flight; i++)
		h->slot[i].h = h;
	return 0;
}

int
ex_http_open(const struct ex_http_conf *conf, struct ex_http **out,
    struct ex_err *err)
{
	struct ex_http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		ex_diag_oom();
	h->queue.last = &h->queue.first;
	h->parked.last = &h->parked.first;
	*out = NULL;
	if (open_session(h, conf, err) == -1) {
		ex_http_close(h);
		return -1;
	}
	*out = h;
	return 0;
}

static void
free_list(struct http_list *l)
{
	while (l->n > 0)
		free_req(pull(l, &l->first));
}

/* The active one in that slot is ended. */
static void
stop(struct ex_http *h, struct http_slot *s)
{
	h->c->multi_remove_handle(h->multi, s->easy);
	h->nactive--;
	free_req(s->r);
	s->r = NULL;
}

void
ex_http_close(struct ex_http *h)
{
	struct http_slot *s;

	if (h == NULL)
		return;
	for (s = h->slot; s != NULL && s < h->slot + h->conf.flight; s++) {
		if (s->r != NULL)
			stop(h, s);
		if (s->easy != NULL)
			h->c->easy_cleanup(s->easy);
		h->c->slist_free_all(s->list);
	}
	if (h->multi != NULL)
		h->c->multi_cleanup(h->multi);
	free(h->fd);
	free_list(&h->queue);
	free_list(&h->parked);
	ex_arena_free(&h->a);
	free(h);
}

static int
copy_headers(struct http_req *r, const char *const *header)
{
	const char **copy;
	size_t n = 0, i;
	const char *p;

	while (header != NULL && header[n] != NULL)
		n++;
	copy = ex_arena_array(&r->a, n + 1, sizeof(*copy));
	for (i = 0; i < n; i++) {
		for (p = header[i]; *p != '\0'; p++)
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				return -1;
		copy[i] = ex_arena_str(&r->a, ex_str_of(header[i])).p;
	}
	r->ask.header = copy;
	return 0;
}

/* What a request needs that the caller may forget meanwhile. */
static int
take(struct ex_http *h, struct http_req *r, struct ex_err *err)
{
	struct http_url u = { .tls = false };
	const char *why = NULL;

	if (http_url_of(h->c, &h->url, r->ask.url, &r->a, &u) == -1)
		why = "no URL of http or https";
	else if (!ex_str_eq(u.origin, h->url.origin))
		why = "of another server than the folder's URL";
	else if (copy_headers(r, r->ask.header) == -1)
		why = "a control byte in a header for it";
	if (why != NULL)
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: %.*s: %s",
		    EX_STR_ARG(h->conf.place),
		    (int)(r->ask.url.n < 300 ? r->ask.url.n : 300),
		    http_url_show(r->ask.url, &r->a).p, why);
	r->ask.method = ex_arena_str(&r->a, ex_str_of(r->ask.method)).p;
	r->url = r->ask.url = u.full;
	return 0;
}

int
ex_http_send(struct ex_http *h, const struct ex_http_request *ask,
    struct ex_err *err)
{
	struct http_req *r;

	while (!h->inside && (h->nactive + h->queue.n >= h->conf.flight ||
	    under_way(h) >= (size_t)WAITING * h->conf.flight))
		if (step(h, true, err) == -1)
			return -1;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		ex_diag_oom();
	r->ask = *ask;
	if (take(h, r, err) == -1) {
		free_req(r);
		return -1;
	}
	r->serial = ++h->serial;
	push(&h->queue, r);
	return h->inside ? 0 : step(h, false, err);
}

int
ex_http_wait(struct ex_http *h, struct ex_err *err)
{
	while (under_way(h) > 0)
		if (step(h, true, err) == -1)
			return -1;
	return 0;
}

struct call {
	struct ex_arena *a;
	struct ex_http_answer *answer;
	bool done;
};

static int
called(void *arg, const struct ex_http_answer *got, struct ex_err *err)
{
	struct call *call = arg;
	struct ex_http_head *head;

	(void)err;
	call->done = true;
	*call->answer = *got;
	call->answer->why = ex_arena_str(call->a, got->why);
	call->answer->url = ex_arena_str(call->a, got->url);
	call->answer->body = ex_arena_str(call->a, got->body);
	if (got->head == NULL)
		return 0;
	head = ex_arena_alloc(call->a, sizeof(*head));
	head->text = ex_arena_str(call->a, got->head->text);
	call->answer->head = head;
	return 0;
}

/* Forget the request that calls, wherever it is. */
static void
forget(struct ex_http *h, const struct call *call)
{
	struct http_list *list[] = { &h->queue, &h->parked };
	struct http_req **at;
	size_t i;

	for (i = 0; i < h->conf.flight; i++)
		if (h->slot[i].r != NULL && h->slot[i].r->ask.arg == call)
			stop(h, &h->slot[i]);
	for (i = 0; i < 2; i++)
		for (at = &list[i]->first; *at != NULL; at = &(*at)->next)
			if ((*at)->ask.arg == call) {
				free_req(pull(list[i], at));
				break;
			}
}

int
ex_http_call(struct ex_http *h, const struct ex_http_request *r,
    struct ex_arena *a, struct ex_http_answer *answer, struct ex_err *err)
{
	struct call call = { .a = a, .answer = answer };
	struct ex_http_request ask = *r;
	int got;

	ask.data = NULL;
	ask.done = called;
	ask.arg = &call;
	got = ex_http_send(h, &ask, err);
	while (got == 0 && !call.done)
		got = step(h, true, err);
	if (got == -1)
		forget(h, &call);
	return got;
}

unsigned long
ex_http_requests(const struct ex_http *h)
{
	return h->requests;
}

static enum ex_errcode
code_of(const struct ex_http_answer *a)
{
	switch (a->status) {
	case 0:
		return a->again ? EX_ERR_AGAIN : EX_ERR_REMOTE;
	case 401:
	case 403:
		return EX_ERR_DENIED;
	case 404:
	case 410:
		return EX_ERR_GONE;
	case 412:
		return EX_ERR_STALE;
	case 408:
	case 425:
	case 429:
		return EX_ERR_AGAIN;
	case 501:
	case 505:
	case 507:
		return EX_ERR_REMOTE;
	default:
		return a->status >= 500 ? EX_ERR_AGAIN : EX_ERR_REMOTE;
	}
}

int
ex_http_fail(const struct ex_http *h, const struct ex_http_answer *a,
    struct ex_err *err)
{
	struct ex_arena scratch = EX_ARENA_INIT;
	struct ex_str url = http_url_show(a->url, &scratch);

	ex_err_set(err, code_of(a), "%.*s: %.*s: %.*s",
	    EX_STR_ARG(h->conf.place), (int)(url.n < 200 ? url.n : 200),
	    url.p, EX_STR_ARG(a->why));
	ex_arena_free(&scratch);
	return -1;
}
