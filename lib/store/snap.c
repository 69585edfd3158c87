/*
 * snap.c: the master copies that a snapshot holds, as a folder to read
 *
 * id is the entry's uid and rev the hash of its master, so that a snapshot
 * is also a backup that can be exported and compared.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/diag.h>
#include <ex/snapshot.h>

#include "priv.h"

struct snap {
	struct ex_store s;
	struct ex_arena a;
	struct ex_str place;
	const char *path;
	struct ex_snap *snap;
};

/* A master as an item; what is wrong with it: a bad one. */
static int
get(struct snap *s, const struct ex_snap_entry *e, struct ex_arena *a,
    struct ex_found *f, struct ex_err *err)
{
	struct ex_item *item = ex_arena_alloc(a, sizeof(*item));
	struct ex_str data;
	struct ex_err why;

	*f = (struct ex_found){ .what = EX_FOUND_ITEM, .id = e->uid,
	    .rev = e->master, .item = item };
	if (ex_snap_body(s->snap, e->uid, e->master, a, &data, err) == -1)
		return -1;
	if (ex_item_parse(data, a, item, &why) == 0) {
		f->uid = item->uid;
		return 0;
	}
	f->what = EX_FOUND_BAD;
	f->item = NULL;
	f->why = ex_arena_str(a, ex_str_of(why.msg));
	return 0;
}

static int
one(struct snap *s, const struct ex_snap_entry *e,
    struct ex_store_list *want, struct ex_arena *a, struct ex_err *err)
{
	struct ex_found f = { .what = EX_FOUND_KEPT, .id = e->uid,
	    .rev = e->master };

	if ((want->known == NULL ||
	    !want->known(want->arg, f.id, f.rev)) &&
	    get(s, e, a, &f, err) == -1)
		return -1;
	return want->found(want->arg, &f, err);
}

static int
list(struct ex_store *store, struct ex_store_list *want, struct ex_err *err)
{
	struct snap *s = (struct snap *)store;
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_scan *scan;
	struct ex_snap_entry e;
	int got;

	want->delta = false;
	want->token = EX_STR_NONE;
	if (ex_snap_scan_open(s->snap, &scan, err) == -1)
		return -1;
	while ((got = ex_snap_scan_next(scan, &a, &e, err)) == 1) {
		if (e.master.p != NULL && !e.gone &&
		    one(s, &e, want, &a, err) == -1) {
			got = -1;
			break;
		}
		ex_arena_reset(&a);
	}
	ex_snap_scan_close(scan);
	ex_arena_free(&a);
	return got;
}

static int
read_one(struct ex_store *store, struct ex_str id, struct ex_arena *a,
    struct ex_found *f, struct ex_err *err)
{
	struct snap *s = (struct snap *)store;
	struct ex_snap_entry e;
	int got = ex_snap_entry(s->snap, id, a, &e, err);

	if (got == -1)
		return -1;
	if (got == 0 || e.gone || e.master.p == NULL)
		return ex_err_set(err, EX_ERR_GONE, "%s: %.*s: is not there",
		    s->place.p, EX_STR_ARG(id));
	return get(s, &e, a, f, err);
}

static int
write_none(struct ex_store *store, const struct ex_write *w, size_t n,
    ex_write_done *done, void *arg, struct ex_err *err)
{
	const struct ex_wrote r = { .answer = EX_ANSWER_DENIED,
	    .why = EX_STR("a snapshot is only read") };
	size_t i;

	(void)store;
	(void)w;
	for (i = 0; i < n; i++)
		if (done(arg, i, &r, err) == -1)
			return -1;
	return 0;
}

static void
snap_close(struct ex_store *store)
{
	struct snap *s = (struct snap *)store;

	if (s->snap != NULL)
		ex_snap_close(s->snap);
	ex_arena_free(&s->a);
	free(s);
}

static int
open_snap(struct snap *s, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	struct ex_snap_ring ring;

	s->place = ex_store_place(conf, &s->a);
	s->path = ex_store_path(conf, &s->a);
	if (ex_snap_open(&s->snap, s->path, EX_SNAP_READ, err) == -1 ||
	    ex_snap_ring(s->snap, &s->a, &ring, err) == -1)
		return ex_err_at(err, "%s", s->place.p);
	if (conf->kind != EX_KIND_NONE && ring.kind != EX_KIND_NONE &&
	    conf->kind != ring.kind)
		return ex_err_set(err, EX_ERR_INPUT, "%s: holds %s, not %s",
		    s->place.p, ex_kind_name(ring.kind),
		    ex_kind_name(conf->kind));
	s->s.ops = &ex_snapstore_ops;
	s->s.identity = ring.id.p != NULL ? ring.id : EX_STR("");
	s->s.name = ex_arena_str(&s->a, conf->name);
	s->s.kind = ring.kind;
	return 0;
}

static int
snap_open(const struct ex_store_conf *conf, struct ex_store **store,
    struct ex_err *err)
{
	struct snap *s = calloc(1, sizeof(*s));

	if (s == NULL)
		ex_diag_oom();
	if (open_snap(s, conf, err) == -1) {
		snap_close(&s->s);
		return -1;
	}
	*store = &s->s;
	return 0;
}

const struct ex_store_ops ex_snapstore_ops = {
	.scheme = "snap",
	.by = "snap",
	.open = snap_open,
	.list = list,
	.read = read_one,
	.write = write_none,
	.close = snap_close
};
