/*
 * mem.c: a store for tests, with quirks and faults on demand
 *
 * "mem:FILE" lives in a small file (memstate.c says how it is written),
 * "mem:" only as long as it is open.  It answers as a server does: after a
 * write its item must be read back.
 *
 * Quirks, besides those of memquirk.c:
 *	norev	a listing has no version marks; read() makes one of the
 *		content
 *	newrev	every listing gives every item a new version mark
 *	rename	a create gets an id of the store's own; its name stands
 *		beside it as the mark
 *	refuse=NAME	items with a property of that name are refused
 *	token	listings have sync tokens, and give only what moved since
 *
 * Faults, each for one write, in order:
 *	stale exists gone denied refused busy	answered; nothing is done
 *	lost	it is done, and answered busy
 *	kill	it is done, and the process killed
 *	none	it is done, as without a fault
 *
 * "short":n makes the next listing miss its last n items and fail, as one
 * that is cut does; "forget":true makes the next one refuse its token and
 * list in full.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ex/diag.h>
#include <ex/sum.h>

#include "priv.h"

static const char *const answers[] = {
	[EX_ANSWER_STORED] = "stored",
	[EX_ANSWER_STALE] = "stale",
	[EX_ANSWER_EXISTS] = "exists",
	[EX_ANSWER_GONE] = "gone",
	[EX_ANSWER_DENIED] = "denied",
	[EX_ANSWER_REFUSED] = "refused",
	[EX_ANSWER_BUSY] = "busy"
};

static struct ex_str
rev_of(const struct ex_mem *m, const struct ex_mem_item *item,
    struct ex_arena *a)
{
	char hex[EX_SUM_HEX];
	struct ex_sum sum;

	if (!ex_mem_is(m, "norev"))
		return ex_arena_fmt(a, "%lld", item->rev);
	sum = ex_sum_of(item->data.p, item->data.n);
	sum.lo += (unsigned long long)item->bad;
	ex_sum_hex(&sum, hex);
	return ex_arena_str(a, ex_str_of(hex));
}

static int
get(const struct ex_mem *m, const struct ex_mem_item *item,
    struct ex_arena *a, struct ex_found *f)
{
	struct ex_item *it = ex_arena_alloc(a, sizeof(*it));
	struct ex_err why;

	*f = (struct ex_found){ .what = EX_FOUND_ITEM, .item = it,
	    .id = ex_arena_str(a, item->id),
	    .mark = ex_arena_str(a, item->mark) };
	f->rev = rev_of(m, item, a);
	if (item->bad > 0) {
		f->what = EX_FOUND_BAD;
		f->item = NULL;
		f->uid = item->bad == 1 ? ex_arena_str(a, item->uid) :
		    EX_STR_NONE;
		f->why = EX_STR("it cannot be read");
		return 0;
	}
	if (ex_item_parse(ex_arena_str(a, item->data), a, it, &why) == 0) {
		f->uid = it->uid;
		return 0;
	}
	f->what = EX_FOUND_BAD;
	f->item = NULL;
	f->why = ex_arena_str(a, ex_str_of(why.msg));
	return 0;
}

static bool
ours(const struct ex_mem *m, const struct ex_mem_item *item)
{
	return m->s.kind == EX_KIND_NONE || item->kind == m->s.kind;
}

static int
tell(struct ex_mem *m, const struct ex_mem_item *item,
    struct ex_store_list *want, struct ex_arena *a, struct ex_err *err)
{
	struct ex_found f;

	get(m, item, a, &f);
	if (ex_mem_is(m, "norev"))
		f.rev = EX_STR_NONE;
	else if (want->known != NULL &&
	    want->known(want->arg, f.id, f.rev))
		f = (struct ex_found){ .what = EX_FOUND_KEPT, .id = f.id,
		    .rev = f.rev };
	return want->found(want->arg, &f, err);
}

/*
 * What went after since, and did not come again.  What we made after since
 * is not named, as RFC 6578 (3.5.2) lets a server do.
 */
static int
tell_gone(struct ex_mem *m, long long since, struct ex_store_list *want,
    struct ex_err *err)
{
	struct ex_found f = { .what = EX_FOUND_GONE };
	size_t i, k;

	for (i = 0; i < m->ngrave; i++) {
		f.id = m->grave[i].id;
		if (m->grave[i].at <= since || m->grave[i].born > since ||
		    ex_mem_find(m, f.id) != NULL)
			continue;
		for (k = i + 1; k < m->ngrave; k++)
			if (ex_str_eq(m->grave[k].id, f.id))
				break;
		if (k == m->ngrave && want->found(want->arg, &f, err) == -1)
			return -1;
	}
	return 0;
}

static int
tell_all(struct ex_mem *m, struct ex_store_list *want, long long since,
    size_t miss, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	size_t i;
	int got = 0;

	for (i = 0; i + miss < m->n && got == 0; i++) {
		if (!ours(m, &m->item[i]) ||
		    (want->delta && m->item[i].rev <= since))
			continue;
		got = tell(m, &m->item[i], want, &a, err);
		ex_arena_reset(&a);
	}
	ex_arena_free(&a);
	if (got == 0 && want->delta && miss == 0)
		got = tell_gone(m, since, want, err);
	return got;
}

static void
take_token(struct ex_mem *m, struct ex_store_list *want, long long *since)
{
	want->delta = false;
	want->token = EX_STR_NONE;
	*since = 0;
	if (!ex_mem_is(m, "token"))
		return;
	snprintf(m->token, sizeof(m->token), "t%lld", m->serial);
	want->token = ex_str_of(m->token);
	if (!m->forget && want->since.p != NULL && want->since.n > 1 &&
	    want->since.p[0] == 't') {
		*since = ex_str_number((struct ex_str){ want->since.p + 1,
		    want->since.n - 1 });
		want->delta = *since >= 0;
	}
	m->forget = false;
}

static int
list(struct ex_store *s, struct ex_store_list *want, struct ex_err *err)
{
	struct ex_mem *m = (struct ex_mem *)s;
	long long since;
	size_t i, miss;

	if (ex_mem_load(m, err) == -1)
		return -1;
	if (m->s.kind != EX_KIND_NONE && m->kind != EX_KIND_NONE &&
	    m->s.kind != m->kind)
		return ex_err_set(err, EX_ERR_INPUT, "%s: holds %s, not %s",
		    m->place.p, ex_kind_name(m->kind),
		    ex_kind_name(m->s.kind));
	if (ex_mem_is(m, "newrev"))
		for (i = 0; i < m->n; i++)
			m->item[i].rev = ++m->serial;
	take_token(m, want, &since);
	miss = m->shorten > 0 ? (size_t)m->shorten : 0;
	m->shorten = 0;
	m->s.requests++;
	ex_mem_did(m, "list", want->delta ? want->since : EX_STR_NONE,
	    NULL);
	if (ex_mem_save(m, err) == -1 ||
	    tell_all(m, want, since, miss, err) == -1)
		return -1;
	if (miss == 0)
		return 0;
	return ex_err_set(err, EX_ERR_AGAIN, "%s: the listing was cut",
	    m->place.p);
}

static int
read_one(struct ex_store *s, struct ex_str id, struct ex_arena *a,
    struct ex_found *f, struct ex_err *err)
{
	struct ex_mem *m = (struct ex_mem *)s;
	const struct ex_mem_item *item;

	if (ex_mem_load(m, err) == -1)
		return -1;
	m->s.requests++;
	ex_mem_did(m, "read", id, NULL);
	if (ex_mem_save(m, err) == -1)
		return -1;
	if ((item = ex_mem_find(m, id)) == NULL || !ours(m, item))
		return ex_err_set(err, EX_ERR_GONE, "%s: %.*s: is not there",
		    m->place.p, EX_STR_ARG(id));
	return get(m, item, a, f);
}

static bool
taken(struct ex_mem *m, const struct ex_write *w, struct ex_str uid,
    struct ex_str id)
{
	size_t i;

	if (ex_mem_find(m, id) != NULL)
		return true;
	for (i = 0; i < m->n; i++)
		if ((uid.p != NULL && ex_str_eq(m->item[i].uid, uid)) ||
		    (w->name.p != NULL &&
		    ex_str_eq(m->item[i].mark, w->name)))
			return true;
	return false;
}

static enum ex_answer
create(struct ex_mem *m, const struct ex_write *w, struct ex_arena *a,
    struct ex_wrote *r)
{
	struct ex_mem_item item = { .rev = m->serial + 1 };
	struct ex_item made;

	item.data = ex_arena_str(&m->a, ex_mem_make(m, w->item, a, &made));
	item.uid = ex_arena_str(&m->a, made.uid);
	item.kind = w->item->kind;
	if (!ex_mem_is(m, "rename") && w->name.p != NULL)
		item.id = ex_arena_str(&m->a, w->name);
	else if (!ex_mem_is(m, "rename") && w->item->uid.p != NULL)
		item.id = ex_arena_str(&m->a, w->item->uid);
	else
		item.id = ex_arena_fmt(&m->a, "m%lld", item.rev);
	if (taken(m, w, item.uid, item.id))
		return EX_ANSWER_EXISTS;
	if (ex_mem_is(m, "rename"))
		item.mark = ex_arena_str(&m->a, w->name);
	item.born = item.rev;
	ex_mem_put(m, &item);
	r->id = item.id;
	r->rev = rev_of(m, &item, a);
	return EX_ANSWER_STORED;
}

static enum ex_answer
change(struct ex_mem *m, const struct ex_write *w, struct ex_arena *a,
    struct ex_wrote *r)
{
	struct ex_mem_item *item = ex_mem_find(m, w->id);
	struct ex_item made;

	if (item == NULL || !ours(m, item))
		return EX_ANSWER_GONE;
	if (!ex_str_eq(w->rev, rev_of(m, item, a)))
		return EX_ANSWER_STALE;
	r->id = item->id;
	if (w->op == EX_WRITE_DELETE) {
		ex_mem_remove(m, w->id);
		return EX_ANSWER_STORED;
	}
	item->data = ex_arena_str(&m->a, ex_mem_make(m, w->item, a, &made));
	item->uid = ex_arena_str(&m->a, made.uid);
	item->rev = ++m->serial;
	r->rev = rev_of(m, item, a);
	return EX_ANSWER_STORED;
}

/* The next fault, taken from the queue; absent: none. */
static struct ex_str
next_fault(struct ex_mem *m)
{
	struct ex_str fault;

	if (m->nfault == 0)
		return EX_STR_NONE;
	fault = m->fault[0];
	memmove(m->fault, m->fault + 1, --m->nfault * sizeof(*m->fault));
	return fault;
}

static enum ex_answer
carry_out(struct ex_mem *m, const struct ex_write *w, struct ex_str fault,
    struct ex_arena *a, struct ex_wrote *r)
{
	enum ex_answer got;
	size_t i;

	for (i = EX_ANSWER_STALE; i <= EX_ANSWER_BUSY; i++)
		if (fault.p != NULL && ex_str_is(fault, answers[i]))
			return (enum ex_answer)i;
	if (w->op != EX_WRITE_DELETE && m->s.kind != EX_KIND_NONE &&
	    w->item->kind != m->s.kind)
		return EX_ANSWER_REFUSED;
	if (w->op != EX_WRITE_DELETE && ex_mem_refuses(m, w->item))
		return EX_ANSWER_REFUSED;
	got = w->op == EX_WRITE_CREATE ? create(m, w, a, r) :
	    change(m, w, a, r);
	if (fault.p != NULL && ex_str_is(fault, "lost"))
		return EX_ANSWER_BUSY;
	return got;
}

static int
one(struct ex_mem *m, const struct ex_write *w, struct ex_arena *a,
    struct ex_wrote *r, struct ex_err *err)
{
	static const char *const ops[] = { "create", "update", "delete" };
	struct ex_str fault = next_fault(m), name;

	*r = (struct ex_wrote){ .answer = EX_ANSWER_STORED };
	r->answer = carry_out(m, w, fault, a, r);
	name = w->op == EX_WRITE_CREATE ? w->name : w->id;
	m->s.requests++;
	ex_mem_did(m, ops[w->op], name, fault.p != NULL ?
	    ex_arena_str(a, fault).p : answers[r->answer]);
	if (ex_mem_save(m, err) == -1)
		return -1;
	if (fault.p != NULL && ex_str_is(fault, "kill"))
		raise(SIGKILL);
	if (r->answer != EX_ANSWER_STORED)
		*r = (struct ex_wrote){ .answer = r->answer,
		    .why = ex_str_of(answers[r->answer]) };
	return 0;
}

static int
write_all(struct ex_store *s, const struct ex_write *w, size_t n,
    ex_write_done *done, void *arg, struct ex_err *err)
{
	struct ex_mem *m = (struct ex_mem *)s;
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_wrote r;
	size_t i;
	int got = 0;

	for (i = 0; i < n && got == 0; i++) {
		got = ex_mem_load(m, err);
		if (got == 0)
			got = one(m, &w[i], &a, &r, err);
		if (got == 0)
			got = done(arg, i, &r, err);
		ex_arena_reset(&a);
	}
	ex_arena_free(&a);
	return got;
}

static void
mem_close(struct ex_store *s)
{
	struct ex_mem *m = (struct ex_mem *)s;

	ex_buf_fini(&m->journal);
	ex_arena_free(&m->a);
	ex_arena_free(&m->own);
	free(m);
}

static int
mem_open(const struct ex_store_conf *conf, struct ex_store **s,
    struct ex_err *err)
{
	struct ex_mem *m = calloc(1, sizeof(*m));

	if (m == NULL)
		ex_diag_oom();
	m->place = ex_store_place(conf, &m->own);
	if (ex_store_where(conf).n > 0)
		m->path = ex_store_path(conf, &m->own);
	m->s.ops = &ex_mem_ops;
	m->s.identity = ex_arena_str(&m->own, conf->operand);
	m->s.name = ex_arena_str(&m->own, conf->name);
	m->s.kind = conf->kind;
	m->s.writable = true;
	if (ex_mem_load(m, err) == -1) {
		mem_close(&m->s);
		return -1;
	}
	*s = &m->s;
	return 0;
}

const struct ex_store_ops ex_mem_ops = {
	.scheme = "mem",
	.by = "mem",
	.bare = true,
	.open = mem_open,
	.list = list,
	.read = read_one,
	.write = write_all,
	.close = mem_close
};
