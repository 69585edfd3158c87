/*
 * graphlist.c: what is in a folder, or what moved in it
 *
 *	contacts, tasks, since	the server says		then
 *	----------------------	----------------------	----------------------
 *	a deltaLink		pages, a deltaLink	a delta
 *	a deltaLink		410, SyncStateNotFound	in full, from the start
 *				  and its like
 *	none			pages, a deltaLink	in full
 *	none			410 and its like	once more from the start
 *	any			another error, or no	the listing fails:
 *				  deltaLink at the end	nothing of it may read
 *							as a deletion
 *
 *	events			all masters and single events, page by page;
 *				of each series what was changed in it, 20 in a
 *				request; then, by id, what is known and no
 *				page has (2); unless it is known that nothing
 *				moved (graphwindow.c)
 *
 * (1) The token is given only if each item could be read or said for good
 *     why not, and when all pages have come.
 * (2) The pages of events count by position ($skip), so that what is deleted
 *     meanwhile hides another, and what is made at the same time hides that
 *     from each count: absence proves nothing.  What the snapshot has is asked
 *     for by id (graphread.c), what is new comes with the next listing.
 * (3) Memory does not grow with the number of items (rows.c).
 * (4) Where all bodies are wanted they are read by pages first
 *     (graphbulk.c): a request for each would use up what an app may ask of a
 *     mailbox, "10,000 API requests in a 10 minute period".
 * (5) A row of a delta may lack what did not change, and comes again at
 *     times: it only says that something is to be read.
 * (6) Items that are not there when they are read may be so because their
 *     folder is not: before they are told of as gone for good, by the end of
 *     the listing, it is asked for once more.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/trace.h>

#include "graphpriv.h"

#define ROOM	((size_t)4 << 20)
#define PAGE	500	/* rows that are asked for */
#define ROUNDS	4
#define FEW	20	/* items that one $batch brings */

struct listing {
	struct ex_graph *g;
	struct ex_store_list *want;
	struct ex_rows *rows;
	struct ex_arena scratch;	/* one item */
	struct ex_link *series;		/* that are asked for */
	size_t nrows;
	struct ex_graph_seen seen;	/* ids that were told of in bulk */
	bool unsure;			/* an item was not to be had now */
	bool missing;			/* one was not there: (6) */
};

/* A series whose changed occurrences are asked for. */
struct series {
	struct ex_link link;
	struct listing *l;
	struct ex_graph_call call;
	struct ex_str id;
	struct ex_arena a;
};

static void
begin(struct listing *l)
{
	ex_rows_free(l->rows);
	l->rows = ex_rows_new(ROOM);
	l->nrows = 0;
}

static int
add(struct listing *l, struct ex_str id, struct ex_str rev, bool gone,
    struct ex_err *err)
{
	struct ex_row row = { .what = gone ? EX_ROW_GONE : EX_ROW_THERE,
	    .id = id, .rev = rev };

	if (id.n == 0 || id.n > EX_CAP_ID)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: a listing with an "
		    "id of %zu bytes", l->g->place.p, id.n);
	if (rev.n == 0 || rev.n > EX_CAP_ID)
		row.rev = EX_STR_NONE;
	l->nrows++;
	return ex_rows_add(l->rows, &row, err);
}

static int
delta_row(void *arg, const struct ex_json *row, struct ex_err *err)
{
	struct listing *l = arg;
	struct ex_graph *g = l->g;
	struct ex_str parent = ex_json_get_str(row, "parentFolderId");

	ex_arena_reset(&l->scratch);
	if (g->parent.p == NULL && parent.n > 0)
		g->parent = ex_arena_str(&g->a, parent);
	return add(l, ex_json_get_str(row, "id"), ex_graph_rev(row,
	    &l->scratch), ex_json_get(row, "@removed") != NULL, err);
}

/* All pages after url; lost: the server does not know the state any more. */
static int
delta(struct listing *l, struct ex_str url, struct ex_str *token, bool *lost,
    struct ex_err *err)
{
	struct ex_graph_pages p = { .row = delta_row, .arg = l,
	    .page = PAGE };
	int got;

	begin(l);
	got = ex_graph_pages(l->g, &p, url, err);
	*lost = got == -1 && ex_graph_lost_state(p.answer.status,
	    p.answer.code);
	if (got == 0 && p.delta.n == 0)
		got = ex_err_set(err, EX_ERR_AGAIN, "%s: the pages of its "
		    "listing end without a deltaLink", l->g->place.p);
	if (got == -1)
		ex_graph_no_folder(p.answer.code, err);
	*token = p.delta.n <= EX_CAP_URL ? ex_arena_str(&l->g->a, p.delta) :
	    EX_STR_NONE;
	ex_arena_free(&p.a);
	return got;
}

/* Rows of contacts or tasks, and the token that goes with them. */
static int
moved(struct listing *l, struct ex_str *token, struct ex_err *err)
{
	struct ex_graph *g = l->g;
	struct ex_str url;
	bool lost = true;
	int tries;

	if (ex_graph_is_link(g, l->want->since)) {
		l->want->delta = true;
		if (delta(l, l->want->since, token, &lost, err) == 0)
			return 0;
		if (!lost)
			return -1;
		ex_trace("%s: the server does not know the sync state any "
		    "more: a full listing", g->place.p);
	}
	l->want->delta = false;
	if (ex_graph_items(g, err) == -1)
		return -1;
	url = ex_arena_fmt(&g->a, "%.*s/delta%s", EX_STR_ARG(g->items),
	    g->s.kind == EX_KIND_CONTACTS ?
	    "?$select=id,changeKey,parentFolderId" : "");
	for (tries = 0; tries < ROUNDS; tries++) {
		if (delta(l, url, token, &lost, err) == 0)
			return 0;
		if (!lost)
			return -1;
	}
	err->code = EX_ERR_AGAIN;
	return -1;
}

static void
free_series(struct series *s)
{
	ex_link_remove(&s->l->series, &s->link);
	ex_graph_call_fini(&s->call);
	ex_arena_free(&s->a);
	free(s);
}

static int
series_done(void *arg, const struct ex_graph_answer *a, struct ex_err *err)
{
	struct series *s = arg;
	struct listing *l = s->l;
	int got = 0;

	if (a->status / 100 == 2 && a->json != NULL) {
		got = add(l, s->id, ex_graph_rev(a->json, &s->a), false, err);
	} else if (a->status == 404) {
		l->missing = true;
	} else {
		*err = a->why;
		got = -1;
	}
	free_series(s);
	return got;
}

static int
ask_series(struct listing *l, struct ex_str id, struct ex_err *err)
{
	struct series *s = calloc(1, sizeof(*s));

	if (s == NULL)
		ex_diag_oom();
	s->l = l;
	s->id = ex_arena_str(&s->a, id);
	ex_link_add(&l->series, &s->link);
	s->call.method = "GET";
	s->call.done = series_done;
	s->call.arg = s;
	ex_buf_str(&s->call.url, l->g->items);
	ex_buf_putc(&s->call.url, '/');
	ex_graph_encode(&s->call.url, id);
	ex_buf_puts(&s->call.url, "?$select=id,changeKey,type,"
	    "cancelledOccurrences&$expand=exceptionOccurrences");
	return ex_graph_send(l->g, &s->call, err);
}

static int
event_row(void *arg, const struct ex_json *row, struct ex_err *err)
{
	struct listing *l = arg;
	struct ex_str type = ex_json_get_str(row, "type");
	struct ex_str id = ex_json_get_str(row, "id");

	if (ex_str_is(type, "occurrence") || ex_str_is(type, "exception"))
		return 0;
	if (ex_graph_is_series(row) && id.n > 0 && id.n <= EX_CAP_ID)
		return ask_series(l, id, err);
	ex_arena_reset(&l->scratch);
	return add(l, id, ex_graph_rev(row, &l->scratch), false, err);
}

static int
events(struct listing *l, struct ex_str *token, struct ex_err *err)
{
	struct ex_graph *g = l->g;
	struct ex_graph_pages p = { .row = event_row, .arg = l };
	int got;

	if (ex_graph_items(g, err) == -1)
		return -1;
	begin(l);
	if (g->window && ex_graph_window_still(g, l->want->since, token)) {
		l->want->delta = true;
		return 0;
	}
	ex_rows_may_miss(l->rows);
	got = ex_graph_pages(g, &p, ex_arena_fmt(&g->a, "%.*s?$select=id,"
	    "changeKey,type&$top=%d", EX_STR_ARG(g->items), PAGE), err);
	if (got == 0)
		got = ex_graph_run(g, err);
	if (got == -1) {
		ex_graph_abandon(g);
		ex_graph_no_folder(p.answer.code, err);
	}
	while (l->series != NULL)
		free_series((struct series *)l->series);
	ex_arena_free(&p.a);
	return got;
}

static int
next(void *arg, struct ex_arena *a, struct ex_want *w, struct ex_err *err)
{
	struct listing *l = arg;
	int got;

	do
		got = ex_rows_wanted(l->rows, l->want, a, w, err);
	while (got == 1 && ex_graph_seen(&l->seen, w->id));
	return got;
}

static int
told(void *arg, const struct ex_want *w, const struct ex_graph_body *b,
    struct ex_err *err)
{
	struct listing *l = arg;
	struct ex_item item;
	struct ex_found f = { .id = w->id };

	ex_arena_reset(&l->scratch);
	if (b->what == EX_GRAPH_MISSING || b->what == EX_GRAPH_OTHER) {
		l->missing = true;
		return ex_list_gone(l->want, w->id, err);
	}
	ex_graph_found(l->g, b, &l->scratch, &item, &f);
	if (b->what == EX_GRAPH_FAILED) {
		l->unsure = true;
		f.rev = EX_STR_NONE;
	}
	return l->want->found(l->want->arg, &f, err);
}

int
ex_graph_list(struct ex_store *s, struct ex_store_list *want,
    struct ex_err *err)
{
	struct listing l = { .g = (struct ex_graph *)s, .want = want,
	    .scratch = EX_ARENA_INIT };
	struct ex_graph_reading r = { .next = next, .told = told,
	    .arg = &l };
	struct ex_str token = EX_STR_NONE;
	int got;

	want->delta = false;
	want->token = EX_STR_NONE;
	got = s->kind == EX_KIND_EVENTS ? events(&l, &token, err) :
	    moved(&l, &token, err);
	/* The first time all of them are wanted; a few go into a batch. */
	if (got == 0 && want->known == NULL && !want->delta &&
	    l.nrows > FEW)
		got = ex_graph_bulk(l.g, &r, &l.seen, err);
	if (got == 0)
		got = ex_graph_read(l.g, &r, err);
	if (got == 0 && l.missing)
		got = ex_graph_there(l.g, err);
	if (got == 0 && !l.unsure && token.n > 0)
		want->token = token;
	ex_rows_free(l.rows);
	ex_graph_seen_free(&l.seen);
	ex_arena_free(&l.scratch);
	return got;
}
