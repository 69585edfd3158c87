/*
 * graphbulk.c: all items of a folder by pages
 *
 * What they lack (a series' occurrences, files) and what slips through
 * between two pages is read by id afterwards, so that nothing depends on
 * these pages: a server that does not give them costs only time.
 */
#include <stdlib.h>

#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/sum.h>
#include <ex/trace.h>

#include "graphpriv.h"

#define TOP	200	/* items of a page */

struct bulk {
	struct ex_graph *g;
	const struct ex_graph_reading *r;
	struct ex_graph_seen *seen;
	struct ex_arena a;		/* one item */
	bool stop;			/* told() said so */
};

/* Where it is, or where it would be; size is a power of two. */
static struct ex_sum *
slot(const struct ex_graph_seen *s, struct ex_sum sum)
{
	size_t i = (size_t)sum.lo & (s->size - 1);

	while ((s->v[i].lo | s->v[i].hi) != 0 && (s->v[i].lo != sum.lo ||
	    s->v[i].hi != sum.hi))
		i = (i + 1) & (s->size - 1);
	return &s->v[i];
}

static void
grow(struct ex_graph_seen *s)
{
	struct ex_graph_seen to = { .n = s->n,
	    .size = s->size == 0 ? 256 : s->size * 2 };
	size_t i;

	if ((to.v = calloc(to.size, sizeof(*to.v))) == NULL)
		ex_diag_oom();
	for (i = 0; i < s->size; i++)
		if ((s->v[i].lo | s->v[i].hi) != 0)
			*slot(&to, s->v[i]) = s->v[i];
	free(s->v);
	*s = to;
}

bool
ex_graph_seen(const struct ex_graph_seen *seen, struct ex_str id)
{
	struct ex_sum *at;

	if (seen->n == 0)
		return false;
	at = slot(seen, ex_sum_of(id.p, id.n));
	return (at->lo | at->hi) != 0;
}

void
ex_graph_seen_free(struct ex_graph_seen *seen)
{
	free(seen->v);
}

/* false: it was there. */
static bool
remember(struct ex_graph_seen *s, struct ex_str id)
{
	struct ex_sum *at, sum = ex_sum_of(id.p, id.n);

	if (2 * s->n >= s->size)
		grow(s);
	at = slot(s, sum);
	if ((at->lo | at->hi) != 0)
		return false;
	*at = sum;
	s->n++;
	return true;
}

static int
row(void *arg, const struct ex_json *item, struct ex_err *err)
{
	struct bulk *b = arg;
	struct ex_graph_got got = { .item = item };
	struct ex_graph_body body = { .what = EX_GRAPH_ITEM, .got = &got };
	struct ex_want w = { .id = ex_json_get_str(item, "id") };

	if (w.id.n == 0 || w.id.n > EX_CAP_ID ||
	    !ex_graph_is_whole(b->g, item) || !remember(b->seen, w.id))
		return 0;
	ex_arena_reset(&b->a);
	body.rev = w.rev = ex_graph_rev(item, &b->a);
	if (body.rev.n > EX_CAP_ID)
		body.rev = EX_STR_NONE;
	b->stop = b->r->told(b->r->arg, &w, &body, err) == -1;
	return b->stop ? -1 : 0;
}

int
ex_graph_bulk(struct ex_graph *g, const struct ex_graph_reading *r,
    struct ex_graph_seen *seen, struct ex_err *err)
{
	struct bulk b = { .g = g, .r = r, .seen = seen,
	    .a = EX_ARENA_INIT };
	struct ex_graph_pages p = { .row = row, .arg = &b };
	struct ex_buf url = EX_BUF_INIT;
	int got = ex_graph_items(g, err);

	if (got == 0) {
		ex_buf_str(&url, g->items);
		ex_buf_putc(&url, '?');
		ex_graphmap_query(&url, g->s.kind, false);
		ex_buf_fmt(&url, "&$top=%d", TOP);
		got = ex_graph_pages(g, &p, ex_buf_get(&url), err);
	}
	if (got == -1 && !b.stop && err->code == EX_ERR_REMOTE) {
		ex_trace("%s: one by one then", err->msg);
		got = 0;
	} else if (got == -1 && !b.stop) {
		ex_graph_no_folder(p.answer.code, err);
	}
	ex_arena_free(&p.a);
	ex_arena_free(&b.a);
	ex_buf_fini(&url);
	return got;
}
