/*
 * diff.c: item streams and a snapshot in, a change stream out
 *
 * First all is read and every record is given to its entry (ident.c), then
 * the entries that may differ are written one by one (side.c): those of
 * the snapshot in its order, then the new ones by UID.  Contents stay where
 * they are until their line is written.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/hash.h>
#include <ex/json.h>
#include <ex/key.h>
#include <ex/sort.h>

#include "priv.h"

struct writing {
	struct ex_diff *d;
	struct ex_rec_out out;
	struct ex_buf rest, line;
	struct ex_diff_count *count;
	const struct diff_extra *extra;	/* the next ones to be used */
};

static int
refuse(const struct ex_listing_folder *f, enum ex_errcode code,
    const char *what, struct ex_err *err)
{
	return ex_err_set(err, code, "folder %.*s: %s", EX_STR_ARG(f->name),
	    what);
}

/* Is this section of this ring, and of what the snapshot is now? */
static int
check_section(const struct ex_diff *d, const struct ex_listing_folder *f,
    struct ex_err *err)
{
	if (f->ring.p == NULL)
		return refuse(f, EX_ERR_INPUT, "this was listed without "
		    "-s, and says nothing of what the ring knows: fetch with "
		    "-r and -s", err);
	if (!ex_str_eq(f->ring, d->l.folder[0].ring) ||
	    f->generation != d->l.folder[0].generation)
		return refuse(f, EX_ERR_AGAIN, "was fetched from another "
		    "state of the ring than the folders before it: fetch "
		    "again", err);
	if (d->snap == NULL)
		return f->generation == 0 ? 0 : refuse(f, EX_ERR_INPUT,
		    "a first run takes only what was fetched before there "
		    "was a snapshot", err);
	if (!ex_str_eq(f->ring, d->ring.id))
		return refuse(f, EX_ERR_INPUT, "was fetched for another "
		    "ring", err);
	if (f->generation != d->ring.generation)
		return refuse(f, EX_ERR_AGAIN, "the ring has moved on "
		    "since it was fetched: fetch again", err);
	return 0;
}

/* Kept lines mean something only where the snapshot saw the same. */
static int
check_kept(const struct ex_diff *d, size_t i, bool same, struct ex_err *err)
{
	const struct ex_listing_folder *f = &d->l.folder[i];
	uint32_t r;

	for (r = f->first; !same && r < f->first + f->n; r++)
		if (d->l.rec[r].type == EX_REC_KEPT)
			return refuse(f, EX_ERR_INPUT, "it has kept lines "
			    "under another scope: fetch with -a", err);
	return 0;
}

static int
understand(struct ex_diff *d, size_t i, struct ex_err *err)
{
	const struct ex_listing_folder *f = &d->l.folder[i];
	struct diff_folder *df = &d->folder[i];
	const struct ex_snap_folder *sf = NULL;
	size_t k;

	df->snap = DIFF_NONE;
	for (k = 0; k < d->nsf; k++)
		if (ex_str_eq(d->sf[k].name, f->name))
			df->snap = k;
	if (df->snap != DIFF_NONE) {
		sf = &d->sf[df->snap];
		d->seen[df->snap] = i;
	}
	/* Without an identity it was relinked: whatever is there is it. */
	df->first = sf == NULL || (sf->identity.p != NULL &&
	    !ex_str_eq(sf->identity, f->identity));
	df->scope = sf != NULL && ex_str_eq(sf->scope, f->scope);
	df->whole = !df->first && df->scope && (!f->delta ||
	    (f->since.p != NULL && ex_str_eq(f->since, sf->token)));
	/* What is absent now would be the same in a delta since this one. */
	df->woken = !df->first && !df->whole;
	df->reads = !ex_str_is(f->access, "write-only");
	df->writes = !ex_str_is(f->access, "read-only");
	df->leaves_out = !df->reads && !f->repair;
	if (df->first && f->delta)
		return refuse(f, EX_ERR_INPUT, "a folder's first run "
		    "wants a full listing: fetch with -a", err);
	return check_kept(d, i, !df->first && df->scope, err);
}

/* What is one item would be two, and be written twice. */
static int
check_places(const struct ex_diff *d, struct ex_err *err)
{
	const struct ex_listing_folder *f = d->l.folder;
	size_t i, j;

	for (i = 0; i < d->l.nfolder; i++)
		for (j = 0; j < i; j++)
			if (ex_str_eq(f[i].identity, f[j].identity))
				return ex_err_set(err, EX_ERR_INPUT, "folder"
				    " %.*s: is the same place as folder %.*s,"
				    " %.*s: take one out of the ring",
				    EX_STR_ARG(f[i].name),
				    EX_STR_ARG(f[j].name),
				    EX_STR_ARG(f[i].identity));
	return 0;
}

/* Listed or, if those are more, bound before. */
static void
count_items(struct ex_diff *d)
{
	struct diff_folder *df;
	size_t i;

	for (i = 0; i < d->l.nfolder; i++) {
		df = &d->folder[i];
		df->items = d->l.folder[i].items;
		if (df->snap != DIFF_NONE && !df->first &&
		    d->bound[df->snap] > df->items)
			df->items = d->bound[df->snap];
	}
}

/* The snapshot, or that there is none, as -i says. */
static int
open_snapshot(struct ex_diff *d, struct ex_err *err)
{
	const char *path = d->opt.snapshot;

	if (ex_snap_open(&d->snap, path, EX_SNAP_READ, err) == -1) {
		d->snap = NULL;
		if (err->code != EX_ERR_GONE)
			return -1;
		return d->opt.first_run ? 0 : ex_err_set(err, EX_ERR_INPUT,
		    "%s: there is no snapshot: is the path right?  For a "
		    "first run give -i", path);
	}
	if (ex_snap_ring(d->snap, &d->arena, &d->ring, err) == -1)
		return -1;
	if (d->ring.generation == 0) {
		ex_snap_close(d->snap);
		d->snap = NULL;
		return d->opt.first_run ? 0 : ex_err_set(err, EX_ERR_INPUT,
		    "%s: nothing is in this snapshot yet; for a first run "
		    "give -i", path);
	}
	if (d->opt.first_run)
		return ex_err_set(err, EX_ERR_INPUT, "%s: there is a snapshot "
		    "already: go on without -i", path);
	if (d->ring.canon != EX_CANON_VERSION)
		return ex_err_set(err, EX_ERR_INPUT, "%s: it was made under "
		    "other rules for equality (version %d, ours is %d)", path,
		    d->ring.canon, EX_CANON_VERSION);
	if (ex_snap_folders(d->snap, &d->arena, &d->sf, &d->nsf, err) == -1)
		return -1;
	return ex_diff_read_notes(d, err);
}

static int
prepare(struct ex_diff *d, const char *const *path, size_t n,
    struct ex_err *err)
{
	size_t i;

	if (d->opt.match.p != NULL && ex_key_check(d->opt.match, err) == -1)
		return -1;
	if (ex_listing_open(&d->l, path, n, &d->arena, err) == -1 ||
	    open_snapshot(d, err) == -1)
		return -1;
	d->folder = ex_arena_array(&d->arena, d->l.nfolder,
	    sizeof(*d->folder));
	d->seen = ex_arena_array(&d->arena, d->nsf + 1, sizeof(*d->seen));
	d->bound = ex_arena_array(&d->arena, d->nsf + 1, sizeof(*d->bound));
	for (i = 0; i < d->nsf; i++)
		d->seen[i] = DIFF_NONE;
	for (i = 0; i < d->l.nfolder; i++)
		if (check_section(d, &d->l.folder[i], err) == -1 ||
		    understand(d, i, err) == -1)
			return -1;
	if (check_places(d, err) == -1 || ex_ident(d, err) == -1)
		return -1;
	count_items(d);
	return 0;
}

static const char *
json_bool(bool b)
{
	return b ? "true" : "false";
}

static void
put_begin(struct writing *w)
{
	const struct ex_diff *d = w->d;
	const struct ex_listing_folder *f;
	struct ex_buf *b = &w->rest;
	size_t i;

	ex_buf_clear(b);
	ex_json_member(b, "kind", ex_str_of(ex_kind_name(d->l.folder[0].kind)));
	ex_buf_puts(b, ",\"ring\":");
	ex_json_write(b, d->l.folder[0].ring_json);
	ex_buf_puts(b, ",\"folders\":{");
	for (i = 0; i < d->l.nfolder; i++) {
		f = &d->l.folder[i];
		if (i > 0)
			ex_buf_putc(b, ',');
		ex_json_string(b, f->name);
		ex_buf_fmt(b, ":{\"items\":%zu,\"whole\":%s,\"first\":%s",
		    d->folder[i].items, json_bool(d->folder[i].whole),
		    json_bool(d->folder[i].first));
		ex_json_member(b, "identity", f->identity);
		ex_json_member(b, "scope", f->scope);
		if (!d->folder[i].woken)
			ex_json_member(b, "token", f->token);
		ex_json_member(b, "access", f->access);
		ex_json_member(b, "own", f->own);
		ex_buf_fmt(b, ",\"repair\":%s}", json_bool(f->repair));
	}
	ex_buf_putc(b, '}');
	ex_rec_begin(&w->out, "changes", w->out.part + 1, EX_STR_NONE,
	    ex_buf_get(b));
}

static void
put_end(struct writing *w, bool last)
{
	const struct ex_diff *d = w->d;
	const struct diff_folder *f;
	struct ex_buf *b = &w->rest;
	size_t i;

	ex_buf_clear(b);
	if (last) {
		ex_buf_fmt(b, ",\"parts\":%u,\"folders\":{", w->out.part);
		for (i = 0; i < d->l.nfolder; i++) {
			f = &d->folder[i];
			if (i > 0)
				ex_buf_putc(b, ',');
			ex_json_string(b, d->l.folder[i].name);
			ex_buf_fmt(b, ":{\"edited\":%zu,\"new\":%zu,"
			    "\"gone\":%zu,\"unknown\":%zu}", f->edited,
			    f->new, f->gone, f->unknown);
		}
		ex_buf_putc(b, '}');
	}
	ex_rec_end(&w->out, ex_buf_get(b));
}

/* Room in this part for one more line. */
static void
room(void *arg)
{
	struct writing *w = arg;

	if (w->out.count < EX_CAP_PART)
		return;
	put_end(w, false);
	put_begin(w);
}

static int
print_line(struct writing *w, struct ex_str line, struct ex_err *err)
{
	struct ex_diff *d = w->d;
	struct ex_json *j;

	if (ex_json_parse(line, &d->line, &j, err) == -1)
		return -1;
	ex_buf_clear(&w->rest);
	if (ex_diff_show(j, d->canon, &d->line, &w->rest, err) == -1)
		return -1;
	fwrite(w->rest.p, 1, w->rest.n, w->out.fp);
	return 0;
}

static int
put_entry(struct writing *w, const struct ex_snap_entry *e, uint32_t number,
    struct ex_err *err)
{
	struct ex_diff *d = w->d;
	const struct diff_extra *end = d->extra + d->nextra, *first;
	struct ex_buf *line = &w->line;
	int got;

	while (w->extra < end && w->extra->entry < number)
		w->extra++;
	for (first = w->extra; w->extra < end && w->extra->entry == number;)
		w->extra++;
	ex_buf_clear(line);
	got = ex_diff_line(d, e, number, first, (size_t)(w->extra - first),
	    line, err);
	if (got == 1 && line->over)
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: its change line "
		    "is too large", EX_STR_ARG(e->uid));
	if (got == 1) {
		w->count->changes++;
		if (d->opt.print) {
			got = print_line(w, ex_buf_get(line), err);
		} else {
			room(w);
			ex_rec_line(&w->out, ex_buf_get(line));
		}
	}
	ex_arena_reset(&d->line);
	return got == -1 ? -1 : 0;
}

/* The entries of the snapshot that may differ, in its order. */
static int
put_old(struct writing *w, struct ex_err *err)
{
	struct ex_diff *d = w->d;
	struct ex_snap_scan *scan;
	struct ex_snap_entry e;
	uint32_t k = 0;
	int got = 0;

	if (d->ndirty == 0)
		return 0;
	if (ex_snap_scan_open(d->snap, &scan, err) == -1)
		return -1;
	while ((got = ex_snap_scan_next(scan, &d->line, &e, err)) == 1) {
		if (ex_diff_is_dirty(d, k)) {
			if (put_entry(w, &e, k, err) == -1) {
				got = -1;
				break;
			}
			ex_progress("writing changes", w->count->changes,
			    d->ndirty);
		} else {
			ex_arena_reset(&d->line);
		}
		k++;
	}
	ex_snap_scan_close(scan);
	return got;
}

/* A new entry, with the UID of its items (records.md). */
struct fresh {
	struct ex_str uid;
	size_t extra;
	uint32_t number;
	enum ex_kind kind;
};

/* Nobody gave it a UID: one made of where it is, the same in every run. */
static struct ex_str
made_uid(struct ex_diff *d, struct ex_hash *h, const struct ex_rec *rec,
    uint32_t r)
{
	struct ex_buf b = EX_BUF_INIT;
	char hex[EX_HASH_HEX];

	ex_buf_str(&b, d->l.folder[d->l.rec[r].folder].identity);
	ex_buf_putc(&b, '\0');
	ex_buf_str(&b, rec->id);
	ex_hash_hex(h, b.p, b.n, hex);
	ex_buf_fini(&b);
	return ex_arena_fmt(&d->arena, "ex-%s", hex);
}

/* Smaller by (identity, id)? */
static bool
before(const struct ex_diff *d, uint32_t r, struct ex_str id, uint32_t best,
    struct ex_str best_id)
{
	int c = ex_str_cmp(d->l.folder[d->l.rec[r].folder].identity,
	    d->l.folder[d->l.rec[best].folder].identity);

	return c < 0 || (c == 0 && ex_str_cmp(id, best_id) < 0);
}

/* What stands in the line as it is lasts as long as the listing. */
static struct ex_str
lasting(struct ex_diff *d, const struct ex_rec *rec, struct ex_str s)
{
	if (s.p >= rec->line.p && s.p < rec->line.p + rec->line.n)
		return s;
	return ex_arena_str(&d->arena, s);
}

static int
name_fresh(struct ex_diff *d, struct fresh *fr, size_t from, size_t end,
    struct ex_hash *h, struct ex_err *err)
{
	struct ex_rec rec, best_rec = { .id = EX_STR_NONE };
	uint32_t r, best = EX_LISTING_NONE;
	size_t i;

	fr->uid = EX_STR_NONE;
	for (i = from; i < end; i++) {
		r = d->extra[i].rec;
		if (d->l.rec[r].type != EX_REC_ITEM)
			continue;
		if (ex_listing_get(&d->l, r, &d->line, &rec, err) == -1)
			return -1;
		if (fr->kind == EX_KIND_NONE)
			fr->kind = ex_kind_of(rec.kind);
		if (rec.uid.p != NULL && (fr->uid.p == NULL ||
		    ex_str_cmp(rec.uid, fr->uid) < 0))
			fr->uid = lasting(d, &rec, rec.uid);
		if (best == EX_LISTING_NONE ||
		    before(d, r, rec.id, best, best_rec.id)) {
			best = r;
			best_rec = rec;
		}
	}
	if (fr->uid.p == NULL)
		fr->uid = made_uid(d, h, &best_rec, best);
	ex_arena_reset(&d->line);
	return 0;
}

static int
by_fresh_uid(const void *a, const void *b)
{
	const struct fresh *x = a, *y = b;
	int c = ex_str_cmp(x->uid, y->uid);

	return c != 0 ? c : x->number < y->number ? -1 : 1;
}

static int
put_fresh(struct writing *w, struct fresh *fr, size_t n, struct ex_err *err)
{
	struct ex_diff *d = w->d;
	struct ex_snap_entry e;
	size_t i;

	ex_sort(fr, n, sizeof(*fr), by_fresh_uid);
	for (i = 0; i < n; i++) {
		e = (struct ex_snap_entry){ .uid = fr[i].uid,
		    .kind = fr[i].kind };
		w->extra = d->extra + fr[i].extra;
		if (put_entry(w, &e, fr[i].number, err) == -1)
			return -1;
		ex_progress("writing new items", i, n);
	}
	return 0;
}

static int
put_new(struct writing *w, struct ex_err *err)
{
	struct ex_diff *d = w->d;
	struct ex_hash *h = ex_hash_new();
	struct fresh *fr;
	size_t i = 0, end, n = 0;
	int got = 0;

	while (i < d->nextra && d->extra[i].entry < d->nentry)
		i++;
	fr = calloc((size_t)d->nnew + 1, sizeof(*fr));
	if (fr == NULL)
		ex_diag_oom();
	for (; i < d->nextra && got == 0; i = end) {
		for (end = i + 1; end < d->nextra &&
		    d->extra[end].entry == d->extra[i].entry; end++)
			;
		fr[n].number = d->extra[i].entry;
		fr[n].extra = i;
		got = name_fresh(d, &fr[n++], i, end, h, err);
	}
	if (got == 0)
		got = put_fresh(w, fr, n, err);
	free(fr);
	ex_hash_free(h);
	return got;
}

static int
write_all(struct ex_diff *d, FILE *out, struct ex_diff_count *count,
    struct ex_err *err)
{
	struct writing w = { .d = d, .count = count, .extra = d->extra };
	int got;

	ex_rec_out_init(&w.out, out);
	if (!d->opt.print)
		put_begin(&w);
	got = put_old(&w, err);
	if (got == 0)
		got = put_new(&w, err);
	if (got == 0)
		ex_diff_say_strays(d);
	if (got == 0 && !d->opt.print) {
		got = ex_diff_notes(d, &w.out, room, &w, err);
		if (got == 0)
			put_end(&w, true);
	}
	ex_progress_end();
	ex_rec_out_fini(&w.out);
	ex_buf_fini(&w.rest);
	ex_buf_fini(&w.line);
	return got;
}

int
ex_diff_run(const struct ex_diff_options *opt, const char *const *path,
    size_t n, FILE *out, struct ex_diff_count *count, struct ex_err *err)
{
	struct ex_diff d = { .opt = *opt };
	int got;

	*count = (struct ex_diff_count){ 0 };
	d.canon = ex_canon_new();
	got = prepare(&d, path, n, err);
	if (got == 0)
		got = write_all(&d, out, count, err);
	ex_listing_close(&d.l);
	if (d.snap != NULL)
		ex_snap_close(d.snap);
	free(d.claim);
	free(d.dirty);
	free(d.extra);
	free(d.noted);
	ex_canon_free(d.canon);
	ex_arena_free(&d.line);
	ex_arena_free(&d.arena);
	return got;
}
