/*
 * graphhttp.c: requests to Graph, and what is done when it has no time
 *
 * Calls wait in a queue; those that may go into a $batch go there, up to 20,
 * writes and reads apart; all others, and one that is alone, go as they are.
 *
 *	came of a call		then
 *	----------------------	----------------------------------------------
 *	2xx			done
 *	424			again: one before it in the batch failed
 *	429, 503		again, this call alone, after the pause that it
 *				  names, or one that grows; TRIES in all
 *	500, 502, 504		a write: lost; else again, likewise
 *	401 in a batch		again: the next one renews the token
 *	no answer to the batch	a write: lost; else http.c has tried it five
 *				  times
 *	a 4xx to the batch	each again, alone: one of them may be at fault
 *	another			it is that
 *
 * (1) A request is under way for the gate from before it is sent until its
 *     answer is here (graphgate.c).
 * (2) What goes alone was tried five times by http.c already.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/line.h>
#include <ex/sum.h>
#include <ex/trace.h>

#include "graphpriv.h"

#define MOST	20			/* calls in a batch */
#define WEIGHT	((size_t)3 << 20)	/* bytes of their bodies: "4 MB" */
#define TRIES	8
#define PAUSE	250			/* milliseconds, doubled each time */
#define PATIENCE 300000			/* of a pause that the server names */
#define ANSWER	((size_t)128 << 20)	/* bytes of one */

struct batch {
	struct ex_link link;		/* in g->live */
	struct ex_graph *g;
	struct ex_graph_call *call[MOST];
	size_t n;
	struct ex_buf text;
	struct ex_arena a;
};

static long long
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
sleep_until(long long then)
{
	long long ms = then - now();
	struct timespec ts = { (time_t)(ms / 1000),
	    (long)(ms % 1000) * 1000000 };

	if (ms > 0)
		nanosleep(&ts, NULL);
}

void
ex_graph_call_fini(struct ex_graph_call *c)
{
	ex_buf_fini(&c->url);
	ex_buf_fini(&c->body);
}

static void
queue(struct ex_graph *g, struct ex_graph_call *c)
{
	c->next = NULL;
	*g->last = c;
	g->last = &c->next;
	g->queued++;
}

static bool
goes_alone(const struct ex_graph_call *c)
{
	return c->alone || c->type != NULL || c->body.n > WEIGHT ||
	    (c->url.n > 0 && c->url.p[0] != '/');
}

static void
free_batch(struct batch *b)
{
	ex_link_remove(&b->g->live, &b->link);
	ex_buf_fini(&b->text);
	ex_arena_free(&b->a);
	b->g->under_way--;
	ex_graph_gate_done(b->g->gate);
	free(b);
}

void
ex_graph_abandon(struct ex_graph *g)
{
	ex_server_abandon(&g->server);
	while (g->live != NULL)
		free_batch((struct batch *)g->live);
	g->first = NULL;
	g->last = &g->first;
	g->queued = 0;
	g->inside = 0;
}

/* Once more, after a pause; false: it was tried often enough. */
static bool
again(struct ex_graph *g, struct ex_graph_call *c, long wait)
{
	if (++c->tries >= TRIES || wait > PATIENCE)
		return false;
	c->due = now() + (wait >= 0 ? wait : PAUSE << (c->tries - 1));
	if (wait >= 1000)
		ex_trace("%s: the server wants a pause of %ld s", g->place.p,
		    wait / 1000);
	queue(g, c);
	return true;
}

/* It is done, or queued again. */
static int
settle(struct ex_graph *g, struct ex_graph_call *c,
    const struct ex_graph_part *p, long wait, struct ex_arena *a,
    struct ex_err *err)
{
	struct ex_graph_answer answer = { .status = p->status };
	int status = p->status;

	if (status / 100 == 2) {
		answer.json = p->body;
		if (c->bytes && p->body != NULL &&
		    ex_line_base64_decode(p->body->text, a, &answer.bytes) ==
		    -1)
			answer.bytes = EX_STR_NONE;
		return c->done(c->arg, &answer, err);
	}
	if (status == 424 || status == 429 || status == 503 ||
	    status == 401 || (!c->write && (status == 500 ||
	    status == 502 || status == 504 || status == 0)))
		if (again(g, c, status == 424 ? 0 : wait))
			return 0;
	answer.lost = c->write && (status == 0 || (status >= 500 &&
	    status != 501 && status != 503));
	ex_graph_explain(g, c->method, ex_buf_get(&c->url), p->body,
	    p->request, &answer);
	return c->done(c->arg, &answer, err);
}

/* A 424 is no try, if another call of its batch was one. */
static void
forgive(struct batch *b, const struct ex_graph_part *part)
{
	size_t i, n = 0;

	for (i = 0; i < b->n; i++)
		n += part[i].status == 424;
	for (i = 0; i < b->n && n < b->n; i++)
		if (part[i].status == 424)
			b->call[i]->tries--;
}

static int
parts_done(struct batch *b, const struct ex_graph_part *part,
    struct ex_err *err)
{
	struct ex_graph *g = b->g;
	size_t i;
	int got = 0;

	forgive(b, part);
	for (i = 0; i < b->n && got == 0; i++)
		got = settle(g, b->call[i], &part[i], part[i].wait.p != NULL ?
		    ex_http_pause(g->server.http, part[i].wait) : -1, &b->a,
		    err);
	return got;
}

static struct ex_str
without_place(const struct ex_graph *g, const struct ex_err *why)
{
	struct ex_str s = ex_str_of(why->msg);
	size_t n = g->place.n + 2;

	return s.n > n && memcmp(s.p, g->place.p, g->place.n) == 0 ?
	    (struct ex_str){ s.p + n, s.n - n } : s;
}

/* No answer that is one: to all of them, why. */
static int
all_failed(struct batch *b, const struct ex_http_answer *a,
    const struct ex_err *why, struct ex_err *err)
{
	struct ex_graph_answer answer = { .silent = a->silent };
	bool sent = a->status != 0 || a->sent;
	size_t i;
	int got = 0;

	for (i = 0; i < b->n && got == 0; i++) {
		answer.lost = b->call[i]->write && sent &&
		    a->status / 100 != 4 && a->status != 503;
		answer.status = a->status / 100 == 2 ? 0 : a->status;
		answer.why = *why;
		answer.say = without_place(b->g, &answer.why);
		got = b->call[i]->done(b->call[i]->arg, &answer, err);
	}
	return got;
}

/* The parse's text, or an error of the whole. */
static int
batch_done(struct batch *b, const struct ex_http_answer *a,
    const struct ex_json *j, struct ex_err *err)
{
	struct ex_graph_part part[MOST];
	struct ex_err why;
	size_t i;

	if (a->status == 200 && j != NULL &&
	    ex_graph_batch_read(j, part, b->n, &why) == 0)
		return parts_done(b, part, err);
	if (a->status / 100 == 4 && a->status != 401 && a->status != 403 &&
	    a->status != 429) {
		for (i = 0; i < b->n; i++) {
			b->call[i]->alone = true;
			queue(b->g, b->call[i]);
		}
		return 0;
	}
	if (a->status == 200)
		ex_err_set(&why, EX_ERR_AGAIN, "%s: $batch: this is no "
		    "answer to it", b->g->place.p);
	else
		ex_http_fail(b->g->server.http, a, &why);
	return all_failed(b, a, &why, err);
}

static int
single_done(struct batch *b, const struct ex_http_answer *a,
    const struct ex_json *j, struct ex_err *err)
{
	struct ex_graph_call *c = b->call[0];
	struct ex_graph_answer answer = { .status = a->status, .json = j };
	struct ex_err why;

	if (a->status / 100 == 2 && c->bytes) {
		answer.json = NULL;
		answer.bytes = a->body;
		return c->done(c->arg, &answer, err);
	}
	if (a->status / 100 == 2 && (j != NULL || a->body.n == 0))
		return c->done(c->arg, &answer, err);
	if (a->status / 100 == 2) {
		ex_err_set(&why, EX_ERR_AGAIN, "%s: %s %.*s: its answer is "
		    "no JSON", b->g->place.p, c->method,
		    (int)(c->url.n < 200 ? c->url.n : 200), c->url.p);
		return all_failed(b, a, &why, err);
	}
	if (a->status == 0 || ex_json_get(j, "error") == NULL) {
		ex_http_fail(b->g->server.http, a, &why);
		return all_failed(b, a, &why, err);
	}
	answer.json = NULL;
	answer.lost = c->write && a->status >= 500 && a->status != 501 &&
	    a->status != 503;
	ex_graph_explain(b->g, c->method, ex_buf_get(&c->url), j,
	    ex_http_header(a, "request-id"), &answer);
	return c->done(c->arg, &answer, err);
}

static int
done(void *arg, const struct ex_http_answer *a, struct ex_err *err)
{
	struct batch *b = arg;
	struct ex_graph *g = b->g;
	struct ex_json *j = NULL;
	struct ex_err why;
	int got;

	g->inside++;
	if (a->body.n > 0 && !(b->call[0]->bytes && b->n == 1 &&
	    a->status / 100 == 2) &&
	    ex_json_parse(a->body, &b->a, &j, &why) == -1)
		j = NULL;
	got = b->n > 1 ? batch_done(b, a, j, err) : single_done(b, a, j, err);
	g->inside--;
	free_batch(b);
	return got;
}

/* A GUID that nobody else has: client-request-id. */
static const char *
request_id(struct ex_graph *g, struct ex_arena *a)
{
	struct ex_str text = ex_arena_fmt(a, "%lld %p %lu", now(),
	    (void *)g, ++g->serial);
	struct ex_sum sum = ex_sum_of(text.p, text.n);
	char hex[EX_SUM_HEX];

	ex_sum_hex(&sum, hex);
	return ex_arena_fmt(a, "client-request-id: %.8s-%.4s-4%.3s-a%.3s-"
	    "%.12s", hex, hex + 8, hex + 13, hex + 17, hex + 20).p;
}

static int
post(struct batch *b, struct ex_err *err)
{
	struct ex_graph_call *c = b->call[0];
	struct ex_graph *g = b->g;
	struct ex_buf *prefer = &b->text;
	const char *header[6];
	struct ex_http_request r = { .header = header, .again = !c->write,
	    .cap = ANSWER, .done = done, .arg = b };
	size_t n = 0;

	header[n++] = request_id(g, &b->a);
	header[n++] = "Accept: application/json";
	if (b->n > 1) {
		ex_graph_batch_put(&b->text, b->call, b->n);
		r.method = "POST";
		r.url = EX_STR("/v1.0/$batch");
		r.body = ex_buf_get(&b->text);
		header[n++] = "Content-Type: application/json";
		header[n] = NULL;
		return ex_http_send(g->server.http, &r, err);
	}
	r.method = c->method;
	r.url = ex_buf_get(&c->url);
	if (r.url.p[0] == '/')
		r.url = ex_arena_fmt(&b->a, "/v1.0%.*s", EX_STR_ARG(r.url));
	ex_buf_puts(prefer, "Prefer: ");
	ex_graph_prefer(prefer, c->page);
	header[n++] = ex_arena_str(&b->a, ex_buf_get(prefer)).p;
	if (c->bytes)
		header[1] = "Accept: */*";
	if (c->match.p != NULL)
		header[n++] = ex_arena_fmt(&b->a, "If-Match: %.*s",
		    EX_STR_ARG(c->match)).p;
	if (c->body.n > 0) {
		r.body = ex_buf_get(&c->body);
		header[n++] = ex_arena_fmt(&b->a, "Content-Type: %s",
		    c->type != NULL ? c->type : "application/json").p;
	}
	header[n] = NULL;
	return ex_http_send(g->server.http, &r, err);
}

/* Those that may go now into one request; NULL: none. */
static struct batch *
gather(struct ex_graph *g)
{
	struct ex_graph_call **at = &g->first, *c;
	struct batch *b = NULL;
	long long t = now();
	size_t weight = 0;

	while ((c = *at) != NULL && (b == NULL || b->n < MOST)) {
		if (c->due > t || (b != NULL && (goes_alone(c) ||
		    c->write != b->call[0]->write ||
		    weight + c->body.n > WEIGHT))) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		if (c->next == NULL)
			g->last = at;
		g->queued--;
		if (b == NULL) {
			if ((b = calloc(1, sizeof(*b))) == NULL)
				ex_diag_oom();
			b->g = g;
		}
		weight += c->body.n;
		b->call[b->n++] = c;
		if (goes_alone(c))
			break;
	}
	return b;
}

static int
take_turn(struct ex_graph *g, struct ex_err *err)
{
	while (!ex_graph_gate_try(g->gate)) {
		if (g->under_way == 0)
			ex_graph_gate_wait(g->gate);
		else if (ex_http_wait(g->server.http, err) == -1)
			return -1;
	}
	return 0;
}

/* One request, if there is one to be sent: 1, 0, -1. */
static int
pump(struct ex_graph *g, struct ex_err *err)
{
	struct ex_graph_call *c;
	long long t = now();
	struct batch *b;

	for (c = g->first; c != NULL && c->due > t; c = c->next)
		;
	if (c == NULL)
		return 0;
	if (take_turn(g, err) == -1)
		return -1;
	if ((b = gather(g)) == NULL) {
		ex_graph_gate_done(g->gate);
		return 0;
	}
	ex_link_add(&g->live, &b->link);
	g->under_way++;
	return post(b, err) == -1 ? -1 : 1;
}

int
ex_graph_send(struct ex_graph *g, struct ex_graph_call *c,
    struct ex_err *err)
{
	int got = 1;

	queue(g, c);
	while (got == 1 && g->inside == 0 && g->first != NULL &&
	    (g->queued >= MOST || goes_alone(g->first)))
		got = pump(g, err);
	/* A server that wants pauses is not given ever more to do. */
	if (got != -1 && g->inside == 0 && g->queued > 4 * MOST)
		got = ex_graph_run(g, err);
	return got == -1 ? -1 : 0;
}

/* Until the first of those that wait may go on. */
static void
rest(const struct ex_graph *g)
{
	const struct ex_graph_call *c = g->first;
	long long then = c->due;

	for (; c != NULL; c = c->next)
		if (c->due < then)
			then = c->due;
	sleep_until(then);
}

int
ex_graph_run(struct ex_graph *g, struct ex_err *err)
{
	int got;

	while (g->first != NULL || g->under_way > 0) {
		while ((got = pump(g, err)) == 1)
			;
		if (got == -1 || (g->under_way > 0 &&
		    ex_http_wait(g->server.http, err) == -1))
			return -1;
		if (g->under_way == 0 && g->first != NULL)
			rest(g);
	}
	return 0;
}

struct asked {
	struct ex_arena *a;
	struct ex_graph_answer *answer;
};

static int
asked_done(void *arg, const struct ex_graph_answer *a, struct ex_err *err)
{
	struct asked *k = arg;

	*k->answer = *a;
	k->answer->json = a->json != NULL ? ex_graph_copy(a->json, k->a) :
	    NULL;
	k->answer->bytes = k->answer->say = EX_STR_NONE;
	k->answer->code = ex_arena_str(k->a, a->code);
	k->answer->text = ex_arena_str(k->a, a->text);
	k->answer->request = ex_arena_str(k->a, a->request);
	(void)err;
	return 0;
}

int
ex_graph_get(struct ex_graph *g, struct ex_str url, unsigned page,
    struct ex_arena *a, struct ex_graph_answer *answer, struct ex_err *err)
{
	struct ex_graph_answer mine;
	struct asked k = { a, answer != NULL ? answer : &mine };
	struct ex_graph_call c = { .method = "GET", .page = page,
	    .alone = true, .done = asked_done, .arg = &k };
	int got;

	ex_buf_str(&c.url, url);
	*k.answer = (struct ex_graph_answer){ .status = 0 };
	got = ex_graph_send(g, &c, err);
	if (got == 0)
		got = ex_graph_run(g, err);
	ex_graph_call_fini(&c);
	if (got == -1)
		ex_graph_abandon(g);
	g->s.requests = ex_server_requests(&g->server);
	if (got == 0 && k.answer->status / 100 != 2) {
		*err = k.answer->why;
		return -1;
	}
	return got;
}
