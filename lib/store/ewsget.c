/*
 * ewsget.c: items that are asked for by id, and what an answer reads as
 */
#include <string.h>

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
	struct ex_ews *e;
	const struct ex_str *id;
	size_t n, at;
	ex_read_done *done;
	void *arg;
	struct ex_arena a;		/* one item */
};

static int
next(void *arg, struct ex_arena *a, struct ex_want *w,
    struct ex_err *err)
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
told(void *arg, const struct ex_want *w, const struct ex_ews_body *b,
    struct ex_err *err)
{
	struct many *m = arg;
	struct ex_found f = { .id = w->id };
	struct ex_item item;
	struct ex_err why;

	ex_arena_reset(&m->a);
	switch (b->what) {
	case EX_EWS_MISSING:
	case EX_EWS_OTHER:
		ex_err_set(&why, EX_ERR_GONE, "%s: %.*s: is not there",
		    m->e->place.p, EX_STR_ARG(w->id));
		return m->done(m->arg, w->i, NULL, &why, err);
	case EX_EWS_FAILED:
		ex_err_set(&why, EX_ERR_AGAIN, "%s: %.*s: %s",
		    m->e->place.p, EX_STR_ARG(w->id), b->why->msg);
		return m->done(m->arg, w->i, NULL, &why, err);
	case EX_EWS_BAD:
	case EX_EWS_ITEM:
		break;
	}
	ex_ews_found(m->e, b, &m->a, &item, &f);
	return m->done(m->arg, w->i, &f, NULL, err);
}

int
ex_ews_read_many(struct ex_store *s, const struct ex_str *id, size_t n,
    ex_read_done *done, void *arg, struct ex_err *err)
{
	struct many m = { .e = (struct ex_ews *)s, .id = id, .n = n,
	    .done = done, .arg = arg, .a = EX_ARENA_INIT };
	struct ex_ews_reading r = { .next = next, .told = told, .arg = &m };
	int got = ex_ews_read(m.e, &r, err);

	ex_arena_free(&m.a);
	return got;
}

struct one {
	struct ex_ews *e;
	struct ex_str id;
	struct ex_arena *a;
	struct ex_found *f;
	bool taken, there;
};

static int
next_one(void *arg, struct ex_arena *a, struct ex_want *w,
    struct ex_err *err)
{
	struct one *o = arg;

	(void)err;
	if (o->taken)
		return 0;
	o->taken = true;
	*w = (struct ex_want){ .id = ex_arena_str(a, o->id) };
	return 1;
}

/* What the server gave lives until told() returns, the item longer. */
static struct ex_ews_got *
keep(const struct ex_ews_got *got, struct ex_arena *a)
{
	struct ex_ews_got *to = ex_arena_alloc(a, sizeof(*to));
	const struct ex_xml_node **changed = ex_arena_array(a, got->nchanged,
	    sizeof(struct ex_xml_node *));
	struct ex_exmap_file *file = ex_arena_array(a, got->nfile,
	    sizeof(*file));
	size_t i;

	for (i = 0; i < got->nchanged; i++)
		changed[i] = ex_ews_copy(got->changed[i], a);
	for (i = 0; i < got->nfile; i++) {
		file[i].id = ex_arena_str(a, got->file[i].id);
		file[i].name = ex_arena_str(a, got->file[i].name);
		file[i].type = ex_arena_str(a, got->file[i].type);
		file[i].content = ex_arena_str(a, got->file[i].content);
		file[i].photo = got->file[i].photo;
	}
	*to = (struct ex_ews_got){ ex_ews_copy(got->item, a), changed,
	    got->nchanged, file, got->nfile };
	return to;
}

static int
told_one(void *arg, const struct ex_want *w, const struct ex_ews_body *b,
    struct ex_err *err)
{
	struct one *o = arg;
	struct ex_ews_body kept = *b;

	(void)w;
	if (b->what == EX_EWS_MISSING || b->what == EX_EWS_OTHER)
		return 0;
	if (b->what == EX_EWS_FAILED)
		return ex_err_set(err, EX_ERR_AGAIN, "%s: %.*s: %s",
		    o->e->place.p, EX_STR_ARG(o->id), b->why->msg);
	o->there = true;
	if (b->what == EX_EWS_ITEM)
		kept.got = keep(b->got, o->a);
	kept.rev = ex_arena_str(o->a, b->rev);
	ex_ews_found(o->e, &kept, o->a, ex_arena_alloc(o->a,
	    sizeof(struct ex_item)), o->f);
	return 0;
}

int
ex_ews_read_one(struct ex_store *s, struct ex_str id, struct ex_arena *a,
    struct ex_found *f, struct ex_err *err)
{
	struct one o = { .e = (struct ex_ews *)s, .id = id, .a = a, .f = f };
	struct ex_ews_reading r = { .next = next_one, .told = told_one,
	    .arg = &o };

	*f = (struct ex_found){ .id = ex_arena_str(a, id) };
	if (ex_ews_read(o.e, &r, err) == -1)
		return -1;
	if (!o.there)
		return ex_err_set(err, EX_ERR_GONE, "%s: %.*s: is not there",
		    o.e->place.p, EX_STR_ARG(id));
	return 0;
}
