/*
 * graphget.c: items that are asked for by id, and what an answer reads as
 */
#include <ex/scope.h>

#include "graphpriv.h"

void
ex_graph_found(const struct ex_graph *g, const struct ex_graph_body *b,
    struct ex_arena *a, struct ex_item *item, struct ex_found *f)
{
	struct ex_err why;
	struct ex_str stamp = EX_STR_NONE;

	f->rev = b->rev;
	f->what = EX_FOUND_BAD;
	if (b->what != EX_GRAPH_ITEM) {
		f->why = ex_arena_str(a, b->why);
		return;
	}
	if (ex_graphmap_read(b->got, g->s.kind, a, item, &stamp, &why) ==
	    -1) {
		f->why = ex_arena_str(a, ex_str_of(why.msg));
		return;
	}
	if (g->strip)
		*item = ex_scope_strip(item, a);
	f->what = EX_FOUND_ITEM;
	f->item = item;
	f->uid = item->uid;
	f->mark = stamp;
}

struct many {
	struct ex_get get;
	struct ex_graph *g;
	struct ex_arena a;		/* one item */
};

static int
told(void *arg, const struct ex_want *w, const struct ex_graph_body *b,
    struct ex_err *err)
{
	struct many *m = arg;
	struct ex_found f = { .id = w->id };
	struct ex_item item;

	ex_arena_reset(&m->a);
	switch (b->what) {
	case EX_GRAPH_MISSING:
	case EX_GRAPH_OTHER:
		return ex_get_gone(&m->get, w->i, err);
	case EX_GRAPH_FAILED:
		return ex_get_failed(&m->get, w->i, b->why, err);
	case EX_GRAPH_BAD:
	case EX_GRAPH_ITEM:
		break;
	}
	ex_graph_found(m->g, b, &m->a, &item, &f);
	return m->get.done(m->get.arg, w->i, &f, NULL, err);
}

int
ex_graph_read_many(struct ex_store *s, const struct ex_str *id, size_t n,
    ex_read_done *done, void *arg, struct ex_err *err)
{
	struct ex_graph *g = (struct ex_graph *)s;
	struct many m = { .get = { g->place, id, n, 0, done, arg },
	    .g = g, .a = EX_ARENA_INIT };
	struct ex_graph_reading r = { .next = ex_get_next, .told = told,
	    .arg = &m };
	int got = ex_graph_read(g, &r, err);

	ex_arena_free(&m.a);
	return got;
}
