/*
 * copy.c: an item stream into one store, each item created if it is absent
 *
 * The stream is read to its end before the store is touched.  What the store
 * holds is kept as digests of UID and of content, 64 bytes an item; of the
 * stream 8 bytes an item.  So it may be run again: what it made counts as
 * done, an item without UID by its content, for writing may have given it
 * one.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/hash.h>
#include <ex/json.h>
#include <ex/push.h>
#include <ex/rec.h>
#include <ex/sum.h>
#include <ex/version.h>

#define BATCH		1000
#define BATCH_BYTES	((size_t)8 << 20)
/* Of a store that is written as a whole each time. */
#define WHOLE		65536
#define WHOLE_BYTES	((size_t)12 << 20)

/* What is there: open addressing by digest of the UID or, without, hash. */
struct there {
	struct ex_sum key, hash;	/* key 0: free */
};

enum { CREATE, THERE, OTHER };

struct job {
	struct ex_rec rec;
	struct ex_item item;
	char hash[EX_HASH_HEX];
	int what;		/* CREATE, THERE, OTHER */
	bool answered, stored;
	struct ex_str id, rev, why, after;	/* after: JSON */
};

struct copy {
	struct ex_copy *u;
	struct ex_rec_in *in;
	struct ex_store *store;
	struct ex_canon *canon;
	struct ex_arena a;	/* of all */
	struct ex_arena batch;
	struct ex_buf buf;
	struct ex_rec_out out;
	unsigned part;
	uint64_t *item;		/* offsets */
	size_t nitem;
	struct there *there;
	size_t size, used;
	struct job *job;
	size_t batch_n, batch_bytes;	/* limits of a batch */
	size_t njob;
	size_t *of;		/* which job a write is of */
};

static struct there *
slot(struct copy *c, struct ex_sum key)
{
	size_t i = (size_t)key.lo & (c->size - 1);

	while (c->there[i].key.lo != 0 && (c->there[i].key.lo != key.lo ||
	    c->there[i].key.hi != key.hi))
		i = (i + 1) & (c->size - 1);
	return &c->there[i];
}

static void
larger(struct copy *c)
{
	struct there *old = c->there;
	size_t i, n = c->size;

	c->size = n == 0 ? 1024 : n * 2;
	c->there = calloc(c->size, sizeof(*c->there));
	if (c->there == NULL)
		ex_diag_oom();
	for (i = 0; i < n; i++)
		if (old[i].key.lo != 0)
			*slot(c, old[i].key) = old[i];
	free(old);
}

/* By UID; where there is none (p NULL) by content. */
static struct ex_sum
key_of(struct ex_str uid, const char *hash)
{
	struct ex_sum key = uid.p != NULL ? ex_sum_of(uid.p, uid.n) :
	    ex_sum_of(hash, EX_HASH_HEX);	/* with its NUL: no UID */

	key.lo |= key.lo == 0;
	return key;
}

static void
remember(struct copy *c, struct ex_str uid, const char *hash)
{
	struct ex_sum key = key_of(uid, hash);
	struct there *t;

	if (c->used * 2 >= c->size)
		larger(c);
	t = slot(c, key);
	if (t->key.lo != 0)
		return;
	c->used++;
	t->key = key;
	t->hash = ex_sum_of(hash, EX_HASH_HEX - 1);
}

static int
found(void *arg, const struct ex_found *f, struct ex_err *err)
{
	struct copy *c = arg;
	char hash[EX_HASH_HEX];

	(void)err;
	if (f->what != EX_FOUND_ITEM)
		return 0;
	ex_canon_hash(c->canon, f->item, EX_CANON_HASH, hash);
	remember(c, f->item->uid, hash);
	if (f->item->uid.p != NULL)
		remember(c, EX_STR_NONE, hash);
	return 0;
}

static void
warn(struct copy *c, const struct ex_rec *rec, struct ex_str why)
{
	c->u->warn(rec->folder, rec->uid.p != NULL ? rec->uid : rec->id,
	    ex_arena_str(&c->batch, why).p);
}

static int
read_rec(struct copy *c, const struct ex_rec *rec, struct ex_err *err)
{
	struct ex_str kind;

	if (rec->type == EX_REC_BEGIN) {
		kind = ex_json_get_str(rec->json, "kind");
		if (c->u->conf.kind == EX_KIND_NONE && kind.p != NULL)
			c->u->conf.kind = ex_kind_of(kind);
	} else if (rec->type == EX_REC_ITEM) {
		c->item = ex_arena_grow(&c->a, c->item, c->nitem,
		    sizeof(*c->item));
		c->item[c->nitem++] = rec->offset;
	} else if (rec->type == EX_REC_BAD || rec->type == EX_REC_HIDDEN) {
		c->u->bad++;
		warn(c, rec, rec->why.p != NULL ? rec->why :
		    EX_STR("not copied"));
	} else if (rec->type != EX_REC_END) {
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: not a full"
		    " listing: fetch without -s",
		    EX_STR_ARG(ex_rec_place(c->in, rec, &c->batch)));
	}
	return 0;
}

static int
read_stream(struct copy *c, struct ex_err *err)
{
	struct ex_rec rec;
	int got;

	if (ex_rec_open(&c->in, c->u->path, c->u->npath, "items",
	    EX_REC_WHOLE | EX_REC_SPOOL, err) == -1)
		return -1;
	while ((got = ex_rec_next(c->in, &c->batch, &rec, err)) == 1) {
		if (read_rec(c, &rec, err) == -1)
			return -1;
		ex_arena_reset(&c->batch);
	}
	return got;
}

/* Whether an item of this UID and hash is there. */
static int
look(struct copy *c, struct ex_str uid, const char *hash)
{
	const struct there *t = slot(c, key_of(uid, hash));
	struct ex_sum sum = ex_sum_of(hash, EX_HASH_HEX - 1);

	if (t->key.lo == 0)
		return CREATE;
	return t->hash.lo == sum.lo && t->hash.hi == sum.hi ? THERE : OTHER;
}

/* The same of what it becomes when it is written (FN is made, a UID). */
static int
look_written(struct copy *c, const struct job *j, int what)
{
	char hash[EX_HASH_HEX];
	struct ex_item back;
	struct ex_err err = { 0 };
	struct ex_str text;

	ex_buf_clear(&c->buf);
	if (ex_codec_encode(&j->item, j->rec.as, &c->batch, &c->buf,
	    &err) == -1)
		return what;
	text = ex_arena_str(&c->batch, ex_buf_get(&c->buf));
	if (ex_codec_decode(text, 1, &c->batch, &back, &err) == -1)
		return what;
	ex_canon_hash(c->canon, &back, EX_CANON_HASH, hash);
	return look(c, j->item.uid, hash);
}

static int
make_job(struct copy *c, uint64_t offset, struct ex_err *err)
{
	struct job *j = &c->job[c->njob];

	memset(j, 0, sizeof(*j));
	if (ex_rec_at(c->in, offset, &c->batch, &j->rec, err) == -1)
		return -1;
	if (ex_item_parse(j->rec.data, &c->batch, &j->item, err) == -1)
		return ex_err_at(err, "%.*s",
		    EX_STR_ARG(ex_rec_place(c->in, &j->rec, &c->batch)));
	ex_canon_hash(c->canon, &j->item, EX_CANON_HASH, j->hash);
	j->what = look(c, j->item.uid, j->hash);
	if (j->what == OTHER || (j->what == CREATE && j->item.uid.p == NULL))
		j->what = look_written(c, j, j->what);
	if (j->what == CREATE)
		remember(c, j->item.uid, j->hash);
	c->njob++;
	return 0;
}

static int
answered(void *arg, size_t i, const struct ex_wrote *r, struct ex_err *err)
{
	struct copy *c = arg;
	struct job *j = &c->job[c->of[i]];

	(void)err;
	j->answered = true;
	j->stored = r->answer == EX_ANSWER_STORED;
	j->why = ex_arena_str(&c->batch, r->why.p != NULL ? r->why :
	    EX_STR("not stored"));
	j->id = ex_arena_str(&c->batch, r->id);
	j->rev = ex_arena_str(&c->batch, r->rev);
	if (r->after != NULL) {
		ex_buf_clear(&c->buf);
		ex_item_write(&c->buf, r->after);
		j->after = ex_arena_str(&c->batch, ex_buf_get(&c->buf));
	}
	return 0;
}

static int
write_batch(struct copy *c, struct ex_err *err)
{
	struct ex_write *w = ex_arena_array(&c->batch, c->njob,
	    sizeof(*w));
	struct job *j;
	size_t i, n = 0;

	for (i = 0; i < c->njob; i++) {
		j = &c->job[i];
		if (j->what != CREATE)
			continue;
		c->of[n] = i;
		w[n++] = (struct ex_write){ .op = EX_WRITE_CREATE,
		    .as = j->rec.as, .item = &j->item };
	}
	if (n == 0 || c->u->dry)
		return 0;
	return c->store->ops->write(c->store, w, n, answered, c, err);
}

static void
line_begin(struct copy *c, const char *rec)
{
	if (c->out.count == EX_CAP_PART) {
		ex_rec_end(&c->out, EX_STR(""));
		ex_rec_begin(&c->out, "results", ++c->part, EX_STR_NONE,
		    EX_STR(",\"by\":\"expush " EX_VERSION "\""));
	}
	ex_rec_start(&c->out, rec);
	ex_rec_raw(&c->out, "op", EX_STR("\"create\""));
}

static void
put_failed(struct copy *c, const struct job *j, struct ex_str why)
{
	c->u->failed++;
	warn(c, &j->rec, why);
	line_begin(c, "failed");
	ex_rec_str(&c->out, "folder", j->rec.folder);
	ex_rec_str(&c->out, "uid", j->item.uid);
	ex_rec_str(&c->out, "why", why);
	ex_rec_raw(&c->out, "again", EX_STR("false"));
	ex_rec_stop(&c->out);
}

static void
put_result(struct copy *c, const struct job *j)
{
	if (j->what == OTHER) {
		put_failed(c, j, EX_STR("another item with that UID is"
		    " there"));
		return;
	}
	if (j->what == CREATE && !c->u->dry && !j->stored) {
		put_failed(c, j, j->answered ? j->why : EX_STR("no answer"));
		return;
	}
	c->u->created += j->what == CREATE;
	c->u->there += j->what == THERE;
	if (c->u->dry)
		return;
	line_begin(c, "done");
	ex_rec_str(&c->out, "folder", j->rec.folder);
	ex_rec_str(&c->out, "uid", j->item.uid);
	ex_rec_str(&c->out, "id", j->id);
	ex_rec_str(&c->out, "rev", j->rev);
	if (j->after.p != NULL)
		ex_rec_raw(&c->out, "after", j->after);
	ex_rec_stop(&c->out);
}

static int
flush(struct copy *c, struct ex_err *err)
{
	int got = write_batch(c, err);
	size_t i;

	for (i = 0; i < c->njob; i++)
		put_result(c, &c->job[i]);
	c->njob = 0;
	ex_arena_reset(&c->batch);
	return got;
}

static int
copy_all(struct copy *c, struct ex_err *err)
{
	size_t i, first = 0;

	for (i = 0; i < c->nitem; i++) {
		if (c->njob == 0)
			first = c->item[i];
		if (make_job(c, c->item[i], err) == -1)
			return -1;
		ex_progress("items", i, c->nitem);
		if ((c->njob == c->batch_n ||
		    c->item[i] - first > c->batch_bytes) &&
		    flush(c, err) == -1)
			return -1;
	}
	return flush(c, err);
}

static int
run(struct copy *c, struct ex_err *err)
{
	struct ex_store_list want = { .found = found, .arg = c };
	char rest[64];

	if (read_stream(c, err) == -1 ||
	    ex_store_open(&c->u->conf, &c->store, err) == -1)
		return -1;
	if (!c->store->writable)
		return ex_err_set(err, EX_ERR_DENIED, "%.*s: read-only",
		    EX_STR_ARG(c->u->conf.operand));
	c->batch_n = c->store->ops->whole ? WHOLE : BATCH;
	c->batch_bytes = c->store->ops->whole ? WHOLE_BYTES : BATCH_BYTES;
	c->job = ex_arena_array(&c->a, c->batch_n, sizeof(*c->job));
	c->of = ex_arena_array(&c->a, c->batch_n, sizeof(*c->of));
	larger(c);
	/* A file that is not there yet is an empty folder to us. */
	if (c->store->ops->list(c->store, &want, err) == -1 &&
	    err->code != EX_ERR_GONE)
		return -1;
	if (c->u->dry)
		return copy_all(c, err);
	ex_rec_begin(&c->out, "results", c->part = 1, EX_STR_NONE,
	    EX_STR(",\"by\":\"expush " EX_VERSION "\""));
	if (copy_all(c, err) == -1)
		return -1;
	snprintf(rest, sizeof(rest), ",\"parts\":%u", c->part);
	ex_rec_end(&c->out, ex_str_of(rest));
	return 0;
}

int
ex_copy_run(struct ex_copy *u, struct ex_err *err)
{
	struct copy *c = calloc(1, sizeof(*c));
	int got;

	if (c == NULL)
		ex_diag_oom();
	c->u = u;
	c->canon = ex_canon_new();
	ex_rec_out_init(&c->out, u->out);
	u->created = u->there = u->failed = u->bad = 0;
	got = run(c, err);
	ex_progress_end();
	ex_store_close(c->store);
	ex_rec_close(c->in);
	ex_rec_out_fini(&c->out);
	ex_canon_free(c->canon);
	ex_buf_fini(&c->buf);
	ex_arena_free(&c->batch);
	ex_arena_free(&c->a);
	free(c->there);
	free(c);
	return got;
}
