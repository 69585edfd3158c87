/*
 * graphget.c: items that are asked for by id, and what an answer reads as
 */
#include <string.h>

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
	struct ex_graph *g;
	const struct ex_str *id;
	size_t n, at;
	ex_read_done *done;
	void *arg;
	struct ex_arena a;		/* one item */
};

static int
next(void *arg, struct ex_arena *a, struct ex_want *w, struct ex_err *err)
{
	struct many *m = arg;

	(void)err;
	if (m->at == m->n)
		return 0;
	*w = (struct ex_want){ .id = ex_arena_str(a, m->id[m->at]),
	    .i = m->at };
	m->at++;
	return 1;
}

static int
told(void *arg, const struct ex_want *w, const struct ex_graph_body *b,
    struct ex_err *err)
{
	struct many *m = arg;
	struct ex_found f = { .id = w->id };
	struct ex_item item;
	struct ex_err why;

	ex_arena_reset(&m->a);
	switch (b->what) {
	case EX_GRAPH_MISSING:
	case EX_GRAPH_OTHER:
		ex_err_set(&why, EX_ERR_GONE, "%s: %.*s: is not there",
		    m->g->place.p, EX_STR_ARG(w->id));
		return m->done(m->arg, w->i, NULL, &why, err);
	case EX_GRAPH_FAILED:
		ex_err_set(&why, EX_ERR_AGAIN, "%s: %.*s: %.*s",
		    m->g->place.p, EX_STR_ARG(w->id), EX_STR_ARG(b->why));
		return m->done(m->arg, w->i, NULL, &why, err);
	case EX_GRAPH_BAD:
	case EX_GRAPH_ITEM:
		break;
	}
	ex_graph_found(m->g, b, &m->a, &item, &f);
	return m->done(m->arg, w->i, &f, NULL, err);
}

int
ex_graph_read_many(struct ex_store *s, const struct ex_str *id, size_t n,
    ex_read_done *done, void *arg, struct ex_err *err)
{
	struct many m = { .g = (struct ex_graph *)s, .id = id, .n = n,
	    .done = done, .arg = arg, .a = EX_ARENA_INIT };
	struct ex_graph_reading r = { .next = next, .told = told, .arg = &m };
	int got = ex_graph_read(m.g, &r, err);

	ex_arena_free(&m.a);
	return got;
}

/* The same for one, whose item is to outlive the answer. */
struct one {
	struct ex_graph *g;
	struct ex_arena *a;
	struct ex_found *f;
	struct ex_err why;		/* code 0: there is one */
};

/* What the mapping makes may point into what came. */
static struct ex_graph_got *
keep(const struct ex_graph_got *got, struct ex_arena *a)
{
	struct ex_graph_got *to = ex_arena_alloc(a, sizeof(*to));
	struct ex_exmap_file *file = ex_arena_array(a, got->nfile,
	    sizeof(*file));
	const struct ex_json **changed = ex_arena_array(a, got->nchanged,
	    sizeof(*changed));
	size_t i;

	for (i = 0; i < got->nchanged; i++)
		changed[i] = ex_graph_copy(got->changed[i], a);
	for (i = 0; i < got->nfile; i++) {
		file[i] = got->file[i];
		file[i].id = ex_arena_str(a, got->file[i].id);
		file[i].name = ex_arena_str(a, got->file[i].name);
		file[i].type = ex_arena_str(a, got->file[i].type);
		file[i].content = ex_arena_str(a, got->file[i].content);
	}
	*to = (struct ex_graph_got){ ex_graph_copy(got->item, a), changed,
	    got->nchanged, file, got->nfile };
	return to;
}

static int
next_one(void *arg, struct ex_arena *a, struct ex_want *w,
    struct ex_err *err)
{
	struct one *o = arg;

	(void)err;
	if (o->why.code != 0)
		return 0;
	ex_err_set(&o->why, EX_ERR_GONE, "%s: %.*s: is not there",
	    o->g->place.p, EX_STR_ARG(o->f->id));
	*w = (struct ex_want){ .id = ex_arena_str(a, o->f->id) };
	return 1;
}

static int
told_one(void *arg, const struct ex_want *w, const struct ex_graph_body *b,
    struct ex_err *err)
{
	struct one *o = arg;
	struct ex_graph_body kept = *b;

	(void)err;
	if (b->what == EX_GRAPH_MISSING || b->what == EX_GRAPH_OTHER)
		return 0;
	if (b->what == EX_GRAPH_FAILED) {
		ex_err_set(&o->why, EX_ERR_AGAIN, "%s: %.*s: %.*s",
		    o->g->place.p, EX_STR_ARG(w->id), EX_STR_ARG(b->why));
		return 0;
	}
	memset(&o->why, 0, sizeof(o->why));
	if (b->what == EX_GRAPH_ITEM)
		kept.got = keep(b->got, o->a);
	kept.rev = ex_arena_str(o->a, b->rev);
	ex_graph_found(o->g, &kept, o->a, ex_arena_alloc(o->a,
	    sizeof(struct ex_item)), o->f);
	return 0;
}

int
ex_graph_read_one(struct ex_store *s, struct ex_str id, struct ex_arena *a,
    struct ex_found *f, struct ex_err *err)
{
	struct one o = { .g = (struct ex_graph *)s, .a = a, .f = f };
	struct ex_graph_reading r = { .next = next_one, .told = told_one,
	    .arg = &o };

	*f = (struct ex_found){ .id = ex_arena_str(a, id) };
	if (ex_graph_read(o.g, &r, err) == -1)
		return -1;
	if (o.why.code != 0) {
		*err = o.why;
		return -1;
	}
	return 0;
}
