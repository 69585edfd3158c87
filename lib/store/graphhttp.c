/*
 * graphhttp.c: a request to Graph, and what came of each call in it
 *
 *	came of a call		then
 *	----------------------	----------------------------------------------
 *	2xx			done
 *	424			again: one before it in the batch failed
 *	429, 503		again, this call alone, after the pause that it
 *				  names, or one that grows; eight in all
 *	500, 502, 504		a write: lost; else again, likewise
 *	401 in a batch		again: the next one renews the token
 *	no answer to the batch	a write: lost; else http.c has tried it five
 *				  times
 *	a 4xx to the batch	each again, alone: one of them may be at fault
 *	another			it is that
 *
 * What goes alone was tried five times by http.c already.
 */
#include <string.h>

#include <ex/clock.h>
#include <ex/line.h>
#include <ex/sum.h>

#include "graphpriv.h"

#define ANSWER	((size_t)128 << 20)	/* bytes of one */

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
		if (ex_graph_again(g, c, status == 424 ? 0 : wait))
			return 0;
	answer.lost = c->write && (status == 0 || (status >= 500 &&
	    status != 501 && status != 503));
	ex_graph_explain(g, c->method, ex_buf_get(&c->url), p->body,
	    p->request, &answer);
	return c->done(c->arg, &answer, err);
}

/* A 424 is no try, if another call of its batch was one. */
static void
forgive(struct ex_graph_batch *b, const struct ex_graph_part *part)
{
	size_t i, n = 0;

	for (i = 0; i < b->n; i++)
		n += part[i].status == 424;
	for (i = 0; i < b->n && n < b->n; i++)
		if (part[i].status == 424)
			b->call[i]->tries--;
}

static int
parts_done(struct ex_graph_batch *b, const struct ex_graph_part *part,
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
all_failed(struct ex_graph_batch *b, const struct ex_http_answer *a,
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
batch_done(struct ex_graph_batch *b, const struct ex_http_answer *a,
    const struct ex_json *j, struct ex_err *err)
{
	struct ex_graph_part part[EX_GRAPH_MOST];
	struct ex_err why;
	size_t i;

	if (a->status == 200 && j != NULL &&
	    ex_graph_batch_read(j, part, b->n, &why) == 0)
		return parts_done(b, part, err);
	if (a->status / 100 == 4 && a->status != 401 && a->status != 403 &&
	    a->status != 429) {
		for (i = 0; i < b->n; i++) {
			b->call[i]->alone = true;
			ex_graph_queue(b->g, b->call[i]);
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
single_done(struct ex_graph_batch *b, const struct ex_http_answer *a,
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
		    ex_graph_shown(ex_buf_get(&c->url)), c->url.p);
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
	struct ex_graph_batch *b = arg;
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
	ex_graph_batch_free(b);
	return got;
}

/* A GUID that nobody else has: client-request-id. */
static const char *
request_id(struct ex_graph *g, struct ex_arena *a)
{
	struct ex_str text = ex_arena_fmt(a, "%lld %p %lu", ex_clock_ms(),
	    (void *)g, ++g->serial);
	struct ex_sum sum = ex_sum_of(text.p, text.n);
	char hex[EX_SUM_HEX];

	ex_sum_hex(&sum, hex);
	return ex_arena_fmt(a, "client-request-id: %.8s-%.4s-4%.3s-a%.3s-"
	    "%.12s", hex, hex + 8, hex + 13, hex + 17, hex + 20).p;
}

int
ex_graph_post(struct ex_graph_batch *b, struct ex_err *err)
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
