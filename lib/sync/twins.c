/*
 * twins.c: items of the listed folders that seem to be one and the same
 *
 * Each item gets two digests: of its keys, and of what it is known as: its
 * entry's UID where the snapshot has bound it, else its own UID, else its
 * place.  Sorted by both, twins are runs of one key with more than one of
 * the other; and inside one folder two of one UID are twins as well.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/array.h>
#include <ex/buf.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/key.h>
#include <ex/listing.h>
#include <ex/show.h>
#include <ex/snapshot.h>
#include <ex/text.h>
#include <ex/twins.h>

struct twin {
	struct ex_sum key, known;
	uint64_t order;		/* of equal ones: the place */
	uint32_t rec;
};

/* A binding of the snapshot: where, and what it is known as. */
struct bound {
	struct ex_sum place, known;
};

struct twins {
	struct ex_twins *u;
	struct ex_listing l;
	struct ex_arena arena, a;
	struct ex_buf buf;
	struct bound *bound;
	size_t nbound, bound_size;
	struct twin *twin;
	size_t n;
	FILE *out;
};

static int
by_sum(struct ex_sum x, struct ex_sum y)
{
	if (x.hi != y.hi)
		return x.hi < y.hi ? -1 : 1;
	return x.lo < y.lo ? -1 : x.lo > y.lo;
}

static int
by_place(const void *a, const void *b)
{
	const struct bound *x = a, *y = b;

	return by_sum(x->place, y->place);
}

static int
by_key(const void *a, const void *b)
{
	const struct twin *x = a, *y = b;
	int c = by_sum(x->key, y->key);

	if (c == 0)
		c = by_sum(x->known, y->known);
	if (c == 0 && x->order != y->order)
		c = x->order < y->order ? -1 : 1;
	return c;
}

static struct ex_sum
place_of(struct twins *t, struct ex_str folder, struct ex_str id)
{
	ex_buf_clear(&t->buf);
	ex_buf_str(&t->buf, folder);
	ex_buf_putc(&t->buf, '/');
	ex_buf_str(&t->buf, id);
	return ex_listing_digest(ex_buf_get(&t->buf));
}

static void
add_bound(struct twins *t, const struct ex_snap_folder *f,
    const struct ex_snap_entry *e)
{
	const struct ex_snap_binding *b;
	struct ex_sum known = ex_listing_digest(e->uid);
	size_t i;

	for (i = 0; i < e->nbinding; i++) {
		b = &e->binding[i];
		if (b->id.p == NULL)
			continue;
		if (t->nbound == t->bound_size)
			t->bound = ex_array_more(t->bound, &t->bound_size,
			    sizeof(*t->bound));
		t->bound[t->nbound].place = place_of(t, f[b->folder].name,
		    b->id);
		t->bound[t->nbound++].known = known;
	}
}

static int
read_bindings(struct twins *t, struct ex_err *err)
{
	struct ex_snap_scan *scan;
	struct ex_snap_folder *f;
	struct ex_snap_entry e;
	struct ex_snap *s;
	size_t n;
	int got;

	if (t->u->snapshot == NULL)
		return 0;
	if (ex_snap_open(&s, t->u->snapshot, EX_SNAP_READ, err) == -1)
		return -1;
	got = ex_snap_folders(s, &t->arena, &f, &n, err);
	if (got == 0)
		got = ex_snap_scan_open(s, &scan, err);
	if (got == 0) {
		while ((got = ex_snap_scan_next(scan, &t->a, &e, err)) == 1) {
			add_bound(t, f, &e);
			ex_arena_reset(&t->a);
		}
		ex_snap_scan_close(scan);
	}
	ex_snap_close(s);
	if (t->nbound > 0)
		qsort(t->bound, t->nbound, sizeof(*t->bound), by_place);
	return got;
}

static struct ex_sum
known_as(struct twins *t, const struct ex_rec *rec)
{
	struct bound key = { .place = place_of(t, rec->folder, rec->id) };
	const struct bound *b = NULL;

	if (t->nbound > 0)
		b = bsearch(&key, t->bound, t->nbound, sizeof(*t->bound),
		    by_place);
	if (b != NULL)
		return b->known;
	return rec->uid.p != NULL ? ex_listing_digest(rec->uid) : key.place;
}

static struct ex_str
keys_of(const struct twins *t, enum ex_kind kind)
{
	if (t->u->keys.p != NULL)
		return t->u->keys;
	switch (kind) {
	case EX_KIND_EVENTS:
	case EX_KIND_JOURNALS:
		return EX_STR("summary+start");
	case EX_KIND_TASKS:
		return EX_STR("summary");
	case EX_KIND_NONE:
	case EX_KIND_CONTACTS:
		break;
	}
	return EX_STR("name");
}

static int
read_item(struct twins *t, uint32_t r, struct ex_err *err)
{
	struct ex_item item;
	struct ex_rec rec;
	struct ex_str key;
	struct twin *w;

	if (ex_listing_get(&t->l, r, &t->a, &rec, err) == -1)
		return -1;
	if (ex_item_parse(rec.data, &t->a, &item, err) == -1)
		return ex_err_at(err, "%.*s", EX_STR_ARG(ex_rec_place(
		    t->l.in, &rec, &t->a)));
	key = ex_key_of(&item, keys_of(t, item.kind), &t->a);
	if (key.p == NULL)
		return 0;
	w = &t->twin[t->n++];
	w->key = ex_listing_digest(key);
	w->known = known_as(t, &rec);
	w->order = t->l.rec[r].id.lo;
	w->rec = r;
	return 0;
}

static int
read_items(struct twins *t, struct ex_err *err)
{
	uint32_t r;

	t->twin = calloc((size_t)t->l.nrec + 1, sizeof(*t->twin));
	if (t->twin == NULL)
		ex_diag_oom();
	for (r = 0; r < t->l.nrec; r++) {
		if (t->l.rec[r].type == EX_REC_KEPT)
			return ex_err_set(err, EX_ERR_INPUT, "folder %.*s: it"
			    " has kept lines, which leave out what is in an"
			    " item: fetch without -s, or with -a", EX_STR_ARG(
			    t->l.folder[t->l.rec[r].folder].name));
		if (t->l.rec[r].type == EX_REC_ITEM &&
		    read_item(t, r, err) == -1)
			return -1;
		ex_arena_reset(&t->a);
	}
	if (t->n > 1)
		qsort(t->twin, t->n, sizeof(*t->twin), by_key);
	return 0;
}

/* Are two that are known as one in one folder? */
static bool
twice(const struct twins *t, size_t from, size_t end)
{
	size_t i, k;

	for (i = from; i < end; i++)
		for (k = from; k < i; k++)
			if (t->l.rec[t->twin[i].rec].folder ==
			    t->l.rec[t->twin[k].rec].folder)
				return true;
	return false;
}

/* Of those of one key: is there more than one item? */
static bool
is_group(const struct twins *t, size_t from, size_t end)
{
	if (end - from < 2)
		return false;
	if (by_sum(t->twin[from].known, t->twin[end - 1].known) != 0)
		return true;
	/* One for each folder, or there is one twice. */
	return end - from > t->l.nfolder || twice(t, from, end);
}

static int
show(struct twins *t, size_t from, size_t end, struct ex_err *err)
{
	struct ex_item item;
	struct ex_rec rec;
	size_t i;

	for (i = from; i < end; i++) {
		if (ex_listing_get(&t->l, t->twin[i].rec, &t->a, &rec,
		    err) == -1 || ex_item_parse(rec.data, &t->a, &item,
		    err) == -1)
			return -1;
		ex_buf_clear(&t->buf);
		if (i == from || by_sum(t->twin[i].known,
		    t->twin[i - 1].known) != 0) {
			ex_buf_puts(&t->buf, i == from ? "" : "and ");
			ex_show_line(&t->buf, &item);
			ex_buf_putc(&t->buf, '\n');
			t->u->items++;
		}
		ex_buf_fmt(&t->buf, "    %.*s: ", EX_STR_ARG(rec.folder));
		ex_buf_str(&t->buf, ex_text_print(rec.id, rec.id.n, &t->a));
		if (rec.uid.p != NULL) {
			ex_buf_puts(&t->buf, " (uid ");
			ex_buf_str(&t->buf, ex_text_print(rec.uid, rec.uid.n,
			    &t->a));
			ex_buf_putc(&t->buf, ')');
		}
		ex_buf_putc(&t->buf, '\n');
		fwrite(t->buf.p, 1, t->buf.n, t->out);
		ex_arena_reset(&t->a);
	}
	return 0;
}

static int
find(struct twins *t, struct ex_err *err)
{
	size_t i, end;

	for (i = 0; i < t->n; i = end) {
		for (end = i + 1; end < t->n && by_sum(t->twin[i].key,
		    t->twin[end].key) == 0; end++)
			;
		if (!is_group(t, i, end))
			continue;
		if (t->u->groups++ > 0)
			putc('\n', t->out);
		if (show(t, i, end, err) == -1)
			return -1;
	}
	return 0;
}

int
ex_twins_run(struct ex_twins *u, const char *const *path, size_t n, FILE *out,
    struct ex_err *err)
{
	struct twins t = { .u = u, .out = out };
	int got = 0;

	u->groups = u->items = 0;
	if (u->keys.p != NULL)
		got = ex_key_check(u->keys, err);
	if (got == 0)
		got = ex_listing_open(&t.l, path, n, &t.arena, err);
	if (got == 0)
		got = read_bindings(&t, err);
	if (got == 0)
		got = read_items(&t, err);
	if (got == 0)
		got = find(&t, err);
	ex_listing_close(&t.l);
	free(t.twin);
	free(t.bound);
	ex_buf_fini(&t.buf);
	ex_arena_free(&t.a);
	ex_arena_free(&t.arena);
	return got;
}
