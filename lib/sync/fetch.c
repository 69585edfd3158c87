/*
 * fetch.c: one folder to a section of an item stream
 *
 * What the snapshot knows under the same identity and scope is a `kept`
 * line; what takes no part is hidden; what cannot be read is bad.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/canon.h>
#include <ex/clock.h>
#include <ex/diag.h>
#include <ex/fetch.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/rec.h>
#include <ex/rule.h>
#include <ex/snapshot.h>
#include <ex/version.h>

#include "priv.h"

struct work {
	struct ex_fetch *f;
	struct ex_fetch_folder *folder;
	struct ex_store *store;
	struct ex_store_list list;
	struct ex_snap *snap;		/* NULL: none */
	struct ex_snap_known *known;	/* NULL: all bodies are wanted */
	bool seen;			/* the snapshot has seen this folder */
	struct ex_snap_ids *ids;	/* once they are asked for */
	struct ex_str *made;		/* by us since the token, by id */
	bool *listed;			/* and which of these came */
	size_t nmade;
	struct ex_snap_ring ring;	/* of the snapshot */
	struct ex_arena keep;		/* what the snapshot says */
	struct ex_arena arena;		/* of one item */
	struct ex_canon *canon;
	struct ex_rec_out out;
	struct ex_export *export;
	struct ex_buf buf;
	struct ex_ahead *ahead;		/* NULL: each item at once */
	bool begun;
};

/* The begin line; late, for only the first answer says full or delta. */
static void
begin(struct work *w)
{
	const struct ex_ring_folder *rf = w->folder->ring;
	struct ex_scope none = { .meetings = EX_MEETINGS_KEEP };
	char digest[EX_HASH_HEX];
	struct ex_buf *b = &w->buf;

	w->begun = true;
	if (w->export != NULL)
		return;
	if (rf == NULL)
		ex_scope_digest(&none, EX_STR_NONE, digest);
	ex_buf_clear(b);
	if (w->store->kind != EX_KIND_NONE)
		ex_json_member(b, "kind", ex_str_of(ex_kind_name(w->store->kind)));
	ex_json_member(b, "mode", w->list.delta ? EX_STR("delta") : EX_STR("full"));
	ex_json_member(b, "identity", w->store->identity);
	ex_json_member(b, "scope", ex_str_of(rf != NULL ? rf->scope_digest : digest));
	if (w->list.delta)
		ex_json_member(b, "since", w->list.since);
	if (rf != NULL) {
		ex_json_member(b, "access", ex_str_of(ex_access_name(rf->access)));
		ex_json_member(b, "own", rf->own_remove ? EX_STR("remove") :
		    EX_STR("leave"));
		ex_buf_fmt(b, ",\"repair\":%s", rf->repair ? "true" : "false");
	}
	if (w->f->ring != NULL && w->f->snapshot != NULL) {
		ex_buf_puts(b, ",\"ring\":");
		ex_ring_write(b, w->f->ring, w->ring.id.p != NULL ?
		    w->ring.id : ex_str_of(w->f->ring->id),
		    w->ring.generation);
	}
	ex_json_member(b, "store", ex_str_of(w->store->ops->by));
	ex_json_member(b, "by", EX_STR("exfetch " EX_VERSION));
	ex_rec_begin(&w->out, "items", 0, w->folder->conf.name,
	    ex_buf_get(b));
}

static void
start(struct work *w, const char *rec, const struct ex_found *f)
{
	ex_rec_start(&w->out, rec);
	ex_rec_str(&w->out, "folder", w->folder->conf.name);
	ex_rec_str(&w->out, "id", f->id);
	ex_rec_str(&w->out, "rev", f->rev);
}

static void
put_hidden(struct work *w, const struct ex_found *f, struct ex_str why)
{
	w->folder->count.hidden++;
	start(w, "hidden", f);
	ex_rec_str(&w->out, "uid", f->uid);
	ex_rec_str(&w->out, "mark", f->mark);
	ex_rec_str(&w->out, "why", why);
	ex_rec_stop(&w->out);
}

/* The store's word for it is said when it is first seen: then it is kept. */
static void
put_other(struct work *w, const struct ex_found *f)
{
	struct ex_str id = ex_arena_str(&w->arena, f->id);

	if (w->f->warn != NULL)
		w->f->warn(w->folder->conf.name.p, id.p, ex_arena_fmt(
		    &w->arena, "left alone: %.*s", EX_STR_ARG(f->why)).p);
	if (w->export == NULL)
		put_hidden(w, f, f->why);
}

static int
put_item(struct work *w, const struct ex_found *f, struct ex_err *err)
{
	const struct ex_ring_folder *rf = w->folder->ring;
	const char *why = NULL;
	char hash[EX_HASH_HEX];

	if (rf != NULL && (why = ex_scope_why(&rf->scope, f->item)) != NULL) {
		put_hidden(w, f, ex_str_of(why));
		return 0;
	}
	w->folder->count.items++;
	if (w->export != NULL)
		return ex_export_item(w->export, f->item, err);
	ex_canon_hash(w->canon, f->item, EX_CANON_HASH, hash);
	start(w, "item", f);
	ex_rec_str(&w->out, "uid", f->uid);
	ex_rec_str(&w->out, "mark", f->mark);
	ex_rec_str(&w->out, "hash", ex_str_of(hash));
	ex_rec_str(&w->out, "kind", ex_str_of(ex_kind_name(f->item->kind)));
	ex_rec_str(&w->out, "as", f->item->as);
	ex_rec_name(&w->out, "data");
	ex_item_write(&w->out.line, f->item);
	ex_rec_stop(&w->out);
	return 0;
}

static void
put_bad(struct work *w, const struct ex_found *f, struct ex_str why)
{
	struct ex_str id = ex_arena_str(&w->arena, f->id);

	w->folder->count.bad++;
	why = ex_arena_str(&w->arena, why);
	if (w->f->warn != NULL)
		w->f->warn(w->folder->conf.name.p, id.p, why.p);
	if (w->export != NULL)
		return;
	start(w, "bad", f);
	ex_rec_str(&w->out, "uid", f->uid);
	ex_rec_str(&w->out, "mark", f->mark);
	ex_rec_str(&w->out, "why", why);
	if (f->raw.p != NULL) {
		ex_buf_clear(&w->buf);
		ex_line_base64_encode(&w->buf, f->raw);
		ex_rec_str(&w->out, "raw", ex_buf_get(&w->buf));
	}
	ex_rec_stop(&w->out);
}

static int
by_id(const void *a, const void *b)
{
	return ex_str_cmp(*(const struct ex_str *)a,
	    *(const struct ex_str *)b);
}

static void
was_listed(struct work *w, struct ex_str id)
{
	const struct ex_str *at;

	if (w->nmade > 0 && (at = bsearch(&id, w->made, w->nmade,
	    sizeof(*w->made), by_id)) != NULL)
		w->listed[at - w->made] = true;
}

static int
found(void *arg, const struct ex_found *f, struct ex_err *err)
{
	struct work *w = arg;
	struct ex_err why;

	if (!w->begun)
		begin(w);
	was_listed(w, f->id);
	ex_progress("fetching", atomic_fetch_add(&w->f->seen, 1) + 1, 0);
	switch (f->what) {
	case EX_FOUND_ITEM:
		if (put_item(w, f, &why) == -1) {
			w->folder->count.items--;
			put_bad(w, f, ex_str_of(why.msg));
		}
		break;
	case EX_FOUND_HIDDEN:
		put_other(w, f);
		break;
	case EX_FOUND_BAD:
		put_bad(w, f, f->why);
		break;
	case EX_FOUND_KEPT:
	case EX_FOUND_GONE:
		*(f->what == EX_FOUND_KEPT ? &w->folder->count.kept :
		    &w->folder->count.gone) += 1;
		start(w, f->what == EX_FOUND_KEPT ? "kept" : "gone", f);
		ex_rec_stop(&w->out);
		break;
	}
	ex_arena_reset(&w->arena);
	if (w->out.line.over)
		return ex_err_set(err, EX_ERR_INPUT, "folder %s: a record is "
		    "too large", w->folder->conf.name.p);
	if (ferror(w->out.fp))
		return ex_err_set(err, EX_ERR_SYSTEM, "output:");
	return 0;
}

/* What the store calls; all else is done in found(). */
static int
listed(void *arg, const struct ex_found *f, struct ex_err *err)
{
	struct work *w = arg;

	return w->ahead != NULL ? ex_ahead_put(w->ahead, f, err) :
	    found(w, f, err);
}

static bool
known(void *arg, struct ex_str id, struct ex_str rev)
{
	struct work *w = arg;

	return ex_snap_known(w->known, id, rev);
}

static int
next_id(void *arg, struct ex_str *id, struct ex_err *err)
{
	struct work *w = arg;

	if (w->ids == NULL && ex_snap_ids_open(w->snap,
	    w->folder->conf.name, &w->ids, err) == -1)
		return -1;
	return w->ids == NULL ? 0 : ex_snap_ids_next(w->ids, id, err);
}

/* What the snapshot says of this folder holds only for what it saw. */
static int
use_folder(struct work *w, struct ex_err *err)
{
	const struct ex_ring_folder *rf = w->folder->ring;
	struct ex_snap_folder *sf;
	bool alone, full;
	size_t n, i;

	if (ex_snap_folders(w->snap, &w->keep, &sf, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (ex_str_eq(sf[i].name, w->folder->conf.name))
			break;
	if (i == n || !ex_str_eq(sf[i].identity, w->store->identity) ||
	    !ex_str_is(sf[i].scope, rf->scope_digest))
		return 0;
	w->seen = true;
	if (w->f->all || w->ring.canon != EX_CANON_VERSION)
		return 0;
	alone = rf->access == EX_ACCESS_WRITE && !rf->own_remove;
	if (ex_snap_known_open(w->snap, w->folder->conf.name, alone,
	    &w->known, &full, err) == -1)
		return -1;
	if (full || sf[i].token.p == NULL)
		return 0;
	w->list.since = sf[i].token;
	if (ex_snap_made(w->snap, sf[i].name, &w->keep, &w->made, &w->nmade,
	    err) == -1)
		return -1;
	w->listed = ex_arena_array(&w->keep, w->nmade, sizeof(*w->listed));
	return 0;
}

static int
use_snapshot(struct work *w, struct ex_err *err)
{
	if (ex_snap_open(&w->snap, w->f->snapshot, EX_SNAP_READ, err) == -1) {
		w->snap = NULL;
		if (err->code != EX_ERR_GONE)
			return -1;
		memset(err, 0, sizeof(*err));	/* a first run */
		return 0;
	}
	if (ex_snap_ring(w->snap, &w->keep, &w->ring, err) == -1)
		return -1;
	if (w->ring.generation == 0)
		return 0;
	if (w->ring.kind != w->f->ring->kind)
		return ex_err_set(err, EX_ERR_INPUT, "%s: the snapshot is of "
		    "%s, the ring of %s", w->f->snapshot,
		    ex_kind_name(w->ring.kind),
		    ex_kind_name(w->f->ring->kind));
	return use_folder(w, err);
}

/* One that we created since the token, and a delta does not list. */
static int
ask(struct work *w, struct ex_str id, struct ex_err *err)
{
	struct ex_found f = { .what = EX_FOUND_GONE };
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_err why;
	int got;

	got = w->store->ops->read(w->store, id, &a, &f, &why);
	if (got == -1 && why.code != EX_ERR_GONE) {
		*err = why;
	} else if (got == -1) {
		f = (struct ex_found){ .what = EX_FOUND_GONE, .id = id };
		got = 0;
	} else if (known(w, f.id, f.rev)) {
		f.what = EX_FOUND_KEPT;
	}
	if (got == 0)
		got = found(w, &f, err);
	ex_arena_free(&a);
	return got;
}

static int
ask_made(struct work *w, struct ex_err *err)
{
	size_t i;
	int got = 0;

	if (!w->list.delta || !EX_RULE("made"))
		return 0;
	for (i = 0; i < w->nmade && got == 0; i++)
		if (!w->listed[i])
			got = ask(w, w->made[i], err);
	return got;
}

static int
list(struct work *w, struct ex_err *err)
{
	struct ex_err late;
	int got;

	w->list.found = listed;
	w->list.arg = w;
	if (w->known != NULL)
		w->list.known = known;
	if (w->seen)
		w->list.next = next_id;
	/* Of several folders each has a thread already. */
	if (w->f->nfolder == 1 && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		w->ahead = ex_ahead_new(found, w);
	got = w->store->ops->list(w->store, &w->list, err);
	if (w->ahead != NULL && ex_ahead_end(w->ahead, &late) == -1 &&
	    got == 0) {
		*err = late;
		got = -1;
	}
	w->ahead = NULL;
	if (got == 0)
		got = ask_made(w, err);
	if (got == 0 && w->known != NULL)
		got = ex_snap_known_err(w->known, err);
	w->folder->count.delta = w->list.delta;
	if (got == 0 && !w->begun)
		begin(w);
	if (got == 0 && w->export == NULL) {
		ex_buf_clear(&w->buf);
		ex_json_member(&w->buf, "token", w->list.token);
		ex_rec_end(&w->out, ex_buf_get(&w->buf));
	}
	return got;
}

int
ex_fetch_folder(struct ex_fetch *f, struct ex_fetch_folder *folder,
    FILE *out)
{
	struct work w = { .f = f, .folder = folder };
	struct ex_err *err = &folder->err;
	long long began = ex_clock_ms();
	int got;

	folder->count.at = time(NULL);
	w.canon = ex_canon_new();
	ex_rec_out_init(&w.out, out);
	if (f->form != EX_EXPORT_RECORDS)
		w.export = ex_export_new(out, f->form);
	got = ex_store_open(&folder->conf, &w.store, err);
	/* An export has all that is there, known or not. */
	if (got == 0 && f->snapshot != NULL && w.export == NULL)
		got = use_snapshot(&w, err);
	if (got == 0)
		got = list(&w, err);
	if (w.known != NULL)
		ex_snap_known_close(w.known);
	ex_snap_ids_close(w.ids);
	if (w.snap != NULL)
		ex_snap_close(w.snap);
	if (w.store != NULL) {
		folder->count.requests = w.store->requests;
		ex_store_close(w.store);
	}
	folder->count.ms = ex_clock_ms() - began;
	if (w.export != NULL)
		ex_export_end(w.export);
	ex_rec_out_fini(&w.out);
	ex_canon_free(w.canon);
	ex_buf_fini(&w.buf);
	ex_arena_free(&w.arena);
	ex_arena_free(&w.keep);
	/* Code 0 says that it is complete; who tried in vain may have set it. */
	if (got == 0)
		memset(err, 0, sizeof(*err));
	return got;
}
