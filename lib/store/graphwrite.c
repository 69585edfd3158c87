/*
 * graphwrite.c: writes, step by step, many at once
 *
 *	op		steps
 *	------------	------------------------------------------------------
 *	create		CREATE, ADD, SEEK and CHANGE
 *	... once more	FIND: there: READ, then as an update; not: CREATE
 *	update		READ: another rev: stale; UPDATE, EXTEND, DROP, ADD,
 *			SEEK and CHANGE
 *	... anew	READ, DELETE, CREATE, ADD, SEEK and CHANGE
 *	delete		READ: another rev: stale; DELETE
 *
 *	came of a step		then
 *	----------------------	----------------------------------------------
 *	2xx			the next step
 *	an error		its answer (graphanswer.c)
 *	no answer		busy; a create: whether it was made is found
 *				out by its stamp when it is tried again
 *
 * (1) POST knows no condition, so it is not sent a second time before its
 *     stamp has been looked for.
 * (2) What has attendees on the server is not touched: Graph would mail them,
 *     and no header keeps it from that.
 * (3) A create of which only a part was stored is not refused any more: it
 *     is there.  What the server will not have of it is its loss, which
 *     reading it back shows.
 * (4) What is read is written soon: SLICE items at a time.
 */
#include <stdlib.h>

#include <ex/diag.h>

#include "graphpriv.h"

#define SLICE	100

/* The jobs from begin to end. */
struct slice {
	struct ex_graph_writing *w;
	size_t begin, end, at;
};

static int	 told(void *arg, const struct ex_graph_answer *a,
		    struct ex_err *err);

/* The request of its step, if that is one. */
static int
send(struct ex_graph_job *j, struct ex_err *err)
{
	if (j->step == EX_GRAPH_SEEK)
		ex_graph_job_known(j);
	if (j->step == EX_GRAPH_DONE || j->step == EX_GRAPH_READ ||
	    (j->step == EX_GRAPH_FIND && j->k->g->s.kind == EX_KIND_TASKS))
		return 0;
	if (ex_graph_put(j, err) == -1)
		return -1;
	j->call.done = told;
	j->call.arg = j;
	return ex_graph_send(j->k->g, &j->call, err);
}

static int
told(void *arg, const struct ex_graph_answer *a, struct ex_err *err)
{
	struct ex_graph_job *j = arg;

	return ex_graph_job_told(j, a, err) == -1 ? -1 : send(j, err);
}

static int
next_read(void *arg, struct ex_arena *a, struct ex_want *w,
    struct ex_err *err)
{
	struct slice *s = arg;

	(void)err;
	while (s->at < s->end && s->w->job[s->at].step != EX_GRAPH_READ)
		s->at++;
	if (s->at == s->end)
		return 0;
	*w = (struct ex_want){ .id = ex_arena_str(a, s->w->job[s->at].id),
	    .rev = ex_arena_str(a, s->w->job[s->at].w->rev), .i = s->at };
	s->at++;
	return 1;
}

static int
was_read(void *arg, const struct ex_want *w, const struct ex_graph_body *b,
    struct ex_err *err)
{
	struct slice *s = arg;

	return ex_graph_job_read(&s->w->job[w->i], b, err);
}

static bool
any(const struct slice *s, enum ex_graph_step step)
{
	size_t i;

	for (i = s->begin; i < s->end; i++)
		if (s->w->job[i].step == step)
			return true;
	return false;
}

static int
read_step(struct slice *s, struct ex_err *err)
{
	const struct ex_graph_reading r = { .next = next_read,
	    .told = was_read, .arg = s };

	s->at = s->begin;
	return ex_graph_read(s->w->g, &r, err);
}

/* No filter finds a task's stamp: all of them are looked at. */
static int
task_row(void *arg, const struct ex_json *row, struct ex_err *err)
{
	struct slice *s = arg;
	struct ex_graph_got got = { .item = row };
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str stamp = EX_STR_NONE;
	struct ex_graph_job *j;
	struct ex_item item;
	struct ex_err why;
	size_t i;

	(void)err;
	if (ex_graphmap_read(&got, EX_KIND_TASKS, &a, &item, &stamp, &why) ==
	    0 && stamp.p != NULL)
		for (i = s->begin; i < s->end; i++) {
			j = &s->w->job[i];
			if (j->step == EX_GRAPH_FIND &&
			    ex_str_eq(j->stamp, stamp))
				ex_graph_job_there(j, ex_json_get_str(row,
				    "id"));
		}
	ex_arena_free(&a);
	return 0;
}

static int
find_tasks(struct slice *s, struct ex_err *err)
{
	struct ex_graph_pages p = { .row = task_row, .arg = s };
	struct ex_buf url = EX_BUF_INIT;
	size_t i;
	int got;

	ex_buf_str(&url, s->w->g->items);
	ex_buf_putc(&url, '?');
	ex_graphmap_query(&url, EX_KIND_TASKS, false);
	got = ex_graph_pages(s->w->g, &p, ex_buf_get(&url), err);
	ex_arena_free(&p.a);
	ex_buf_fini(&url);
	for (i = s->begin; i < s->end && got == 0; i++)
		if (s->w->job[i].step == EX_GRAPH_FIND)
			got = ex_graph_job_nowhere(&s->w->job[i], err);
	return got;
}

static int
all_steps(struct slice *s, struct ex_err *err)
{
	struct ex_graph *g = s->w->g;
	bool more = true;
	size_t i;
	int got = 0;

	while (more && got == 0) {
		if (g->s.kind == EX_KIND_TASKS && any(s, EX_GRAPH_FIND))
			got = find_tasks(s, err);
		if (got == 0 && any(s, EX_GRAPH_READ))
			got = read_step(s, err);
		for (i = s->begin; i < s->end && got == 0; i++)
			got = send(&s->w->job[i], err);
		if (got == 0)
			got = ex_graph_run(g, err);
		more = false;
		for (i = s->begin; i < s->end; i++)
			more |= s->w->job[i].step != EX_GRAPH_DONE;
	}
	return got;
}

static int
one_slice(struct ex_graph_writing *w, size_t begin, struct ex_err *err)
{
	struct slice s = { .w = w, .begin = begin,
	    .end = begin + SLICE < w->n ? begin + SLICE : w->n };
	size_t i;
	int got = 0;

	for (i = s.begin; i < s.end && got == 0; i++)
		got = ex_graph_job_begin(&w->job[i], err);
	if (got == 0)
		got = all_steps(&s, err);
	if (got == -1)
		ex_graph_abandon(w->g);
	for (i = s.begin; i < s.end; i++) {
		ex_graph_call_fini(&w->job[i].call);
		ex_arena_free(&w->job[i].a);
	}
	return got;
}

int
ex_graph_write(struct ex_store *s, const struct ex_write *write, size_t n,
    ex_write_done *done, void *arg, struct ex_err *err)
{
	struct ex_graph_writing w = { .g = (struct ex_graph *)s, .n = n,
	    .done = done, .arg = arg };
	size_t i;
	int got = ex_graph_items(w.g, err);

	if ((w.job = calloc(n + 1, sizeof(*w.job))) == NULL)
		ex_diag_oom();
	for (i = 0; i < n; i++) {
		w.job[i].k = &w;
		w.job[i].w = &write[i];
		w.job[i].step = EX_GRAPH_DONE;
	}
	for (i = 0; i < n && got == 0; i += SLICE)
		got = one_slice(&w, i, err);
	free(w.job);
	s->requests = ex_server_requests(&w.g->server);
	return got;
}
