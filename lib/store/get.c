/*
 * get.c: items on a server that are asked for by id
 */
#include "priv.h"

int
ex_get_next(void *get, struct ex_arena *a, struct ex_want *w,
    struct ex_err *err)
{
	struct ex_get *g = get;

	(void)err;
	if (g->at == g->n)
		return 0;
	*w = (struct ex_want){ .id = ex_arena_str(a, g->id[g->at]),
	    .i = g->at };
	g->at++;
	return 1;
}

int
ex_get_gone(const struct ex_get *g, size_t i, struct ex_err *err)
{
	struct ex_err why;

	ex_err_set(&why, EX_ERR_GONE, "%.*s: %.*s: is not there",
	    EX_STR_ARG(g->place), EX_STR_ARG(g->id[i]));
	return g->done(g->arg, i, NULL, &why, err);
}

int
ex_get_failed(const struct ex_get *g, size_t i, struct ex_str what,
    struct ex_err *err)
{
	struct ex_err why;

	ex_err_set(&why, EX_ERR_AGAIN, "%.*s: %.*s: %.*s",
	    EX_STR_ARG(g->place), EX_STR_ARG(g->id[i]), EX_STR_ARG(what));
	return g->done(g->arg, i, NULL, &why, err);
}

/* One item, which is to outlive the answer. */
struct one {
	struct ex_arena *a;
	struct ex_found *f;
	struct ex_err why;		/* code 0: there is one */
};

/* An item may point into what came; its JSON has all that is in it. */
static int
copy(struct one *o, const struct ex_item *item, struct ex_err *err)
{
	struct ex_item *to = ex_arena_alloc(o->a, sizeof(*to));
	struct ex_buf b = EX_BUF_INIT;
	int got;

	ex_item_write(&b, item);
	got = ex_item_parse(ex_arena_str(o->a, ex_buf_get(&b)), o->a, to,
	    err);
	ex_buf_fini(&b);
	to->as = ex_arena_str(o->a, item->as);
	o->f->item = to;
	return got;
}

static int
keep(void *arg, size_t i, const struct ex_found *f, const struct ex_err *why,
    struct ex_err *err)
{
	struct one *o = arg;
	struct ex_found *to = o->f;

	(void)i;
	if (f == NULL) {
		o->why = *why;
		return 0;
	}
	o->why.code = 0;
	*to = (struct ex_found){ .what = f->what,
	    .id = ex_arena_str(o->a, f->id),
	    .rev = ex_arena_str(o->a, f->rev),
	    .uid = ex_arena_str(o->a, f->uid),
	    .mark = ex_arena_str(o->a, f->mark),
	    .why = ex_arena_str(o->a, f->why),
	    .raw = ex_arena_str(o->a, f->raw) };
	return f->item != NULL ? copy(o, f->item, err) : 0;
}

int
ex_get_one(struct ex_store *s, struct ex_str id, struct ex_arena *a,
    struct ex_found *f, struct ex_err *err)
{
	struct one o = { .a = a, .f = f };

	ex_err_set(&o.why, EX_ERR_AGAIN, "no answer");
	if (s->ops->read_many(s, &id, 1, keep, &o, err) == -1)
		return -1;
	if (o.why.code == 0)
		return 0;
	*err = o.why;
	return -1;
}
