/*
 * graphqueue.c: calls that wait, and which of them go together
 *
 * Those that may go into a $batch go there, up to EX_GRAPH_MOST, writes and
 * reads apart; all others, and one that is alone, go as they are.
 *
 * A request is under way for the gate from before it is sent until its
 * answer is here (graphgate.c).
 */
#include <stdlib.h>

#include <ex/clock.h>
#include <ex/diag.h>

#include "graphpriv.h"

#define WEIGHT	((size_t)3 << 20)	/* bytes of their bodies: "4 MB" */
#define TRIES	8

void
ex_graph_call_fini(struct ex_graph_call *c)
{
	ex_buf_fini(&c->url);
	ex_buf_fini(&c->body);
}

void
ex_graph_queue(struct ex_graph *g, struct ex_graph_call *c)
{
	c->next = NULL;
	*g->last = c;
	g->last = &c->next;
	g->queued++;
}

bool
ex_graph_again(struct ex_graph *g, struct ex_graph_call *c, long wait)
{
	if (++c->tries >= TRIES || wait > EX_SERVER_PATIENCE)
		return false;
	c->due = ex_server_pause(&g->server, wait, c->tries - 1);
	ex_graph_queue(g, c);
	return true;
}

void
ex_graph_batch_free(struct ex_graph_batch *b)
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
		ex_graph_batch_free((struct ex_graph_batch *)g->live);
	g->first = NULL;
	g->last = &g->first;
	g->queued = 0;
	g->inside = 0;
}

static bool
goes_alone(const struct ex_graph_call *c)
{
	return c->alone || c->type != NULL || c->body.n > WEIGHT ||
	    (c->url.n > 0 && c->url.p[0] != '/');
}

/* Those that may go now into one request; NULL: none. */
static struct ex_graph_batch *
gather(struct ex_graph *g)
{
	struct ex_graph_call **at = &g->first, *c;
	struct ex_graph_batch *b = NULL;
	long long t = ex_clock_ms();
	size_t weight = 0;

	while ((c = *at) != NULL && (b == NULL || b->n < EX_GRAPH_MOST)) {
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
	long long t = ex_clock_ms();
	struct ex_graph_batch *b;

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
	return ex_graph_post(b, err) == -1 ? -1 : 1;
}

int
ex_graph_send(struct ex_graph *g, struct ex_graph_call *c,
    struct ex_err *err)
{
	int got = 1;

	ex_graph_queue(g, c);
	while (got == 1 && g->inside == 0 && g->first != NULL &&
	    (g->queued >= EX_GRAPH_MOST || goes_alone(g->first)))
		got = pump(g, err);
	/* A server that wants pauses is not given ever more to do. */
	if (got != -1 && g->inside == 0 && g->queued > 4 * EX_GRAPH_MOST)
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
	ex_clock_sleep(then);
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
	struct ex_graph_call *rest = g->first, **last = g->last;
	size_t n = g->queued;
	int got;

	g->first = NULL;
	g->last = &g->first;
	g->queued = 0;
	ex_buf_str(&c.url, url);
	*k.answer = (struct ex_graph_answer){ .status = 0 };
	got = ex_graph_send(g, &c, err);
	if (got == 0)
		got = ex_graph_run(g, err);
	ex_graph_call_fini(&c);
	if (got == -1) {
		ex_graph_abandon(g);
	} else if (rest != NULL) {
		*g->last = rest;
		g->last = last;
		g->queued += n;
	}
	g->s.requests = ex_server_requests(&g->server);
	if (got == 0 && k.answer->status / 100 != 2) {
		*err = k.answer->why;
		return -1;
	}
	return got;
}
