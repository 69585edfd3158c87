/*
 * ewsget.c: items that are asked for by id, and what an answer reads as
 */
#include "ewspriv.h"

void
ex_ews_found(const struct ex_ews *e, const struct ex_ews_body *b,
    struct ex_arena *a, struct ex_item *item, struct ex_found *f)
{
	struct ex_err why;
	struct ex_str stamp = EX_STR_NONE;

	f->rev = b->rev;
	f->what = EX_FOUND_BAD;
	if (b->what != EX_EWS_ITEM) {
		f->why = ex_arena_str(a, ex_str_of(b->why->msg));
		return;
	}
	if (ex_ewsmap_read(b->got, e->s.kind, a, item, &stamp, &why) == -1) {
		f->why = ex_arena_str(a, ex_str_of(why.msg));
		return;
	}
	f->what = EX_FOUND_ITEM;
	f->item = item;
	f->uid = item->uid;
	f->mark = stamp;
}

struct many {
	struct ex_get get;
	struct ex_ews *e;
	struct ex_arena a;		/* one item */
};

static int
told(void *arg, const struct ex_want *w, const struct ex_ews_body *b,
    struct ex_err *err)
{
	struct many *m = arg;
	struct ex_found f = { .id = w->id };
	struct ex_item item;

	ex_arena_reset(&m->a);
	switch (b->what) {
	case EX_EWS_MISSING:
	case EX_EWS_OTHER:
		return ex_get_gone(&m->get, w->i, err);
	case EX_EWS_FAILED:
		return ex_get_failed(&m->get, w->i, ex_str_of(b->why->msg), err);
	case EX_EWS_BAD:
	case EX_EWS_ITEM:
		break;
	}
	ex_ews_found(m->e, b, &m->a, &item, &f);
	return m->get.done(m->get.arg, w->i, &f, NULL, err);
}

int
ex_ews_read_many(struct ex_store *s, const struct ex_str *id, size_t n,
    ex_read_done *done, void *arg, struct ex_err *err)
{
	struct ex_ews *e = (struct ex_ews *)s;
	struct many m = { .get = { e->place, id, n, 0, done, arg },
	    .e = e, .a = EX_ARENA_INIT };
	struct ex_ews_reading r = { .next = ex_get_next, .told = told,
	    .arg = &m };
	int got = ex_ews_read(e, &r, err);

	ex_arena_free(&m.a);
	return got;
}
