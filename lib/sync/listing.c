/*
 * listing.c: item streams, indexed: what is in the folders now
 *
 * Records of a folder need not stand together in the stream; the index is
 * put in order of folders once, by counting, so that "all of a folder" is a
 * run.  Equal UIDs are a chain of slots in the table.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/array.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/listing.h>

bool
ex_sum_eq(struct ex_sum a, struct ex_sum b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

bool
ex_sum_none(struct ex_sum a)
{
	return (a.lo | a.hi) == 0;
}

struct ex_sum
ex_listing_digest(struct ex_str s)
{
	struct ex_sum d = EX_SUM_INIT;

	if (s.p != NULL) {
		d = ex_sum_of(s.p, s.n);
		d.lo |= 1;	/* never "none" */
	}
	return d;
}

static int
bad_line(struct ex_listing *l, const struct ex_rec *rec, const char *what,
    struct ex_err *err)
{
	struct ex_str place = ex_rec_place(l->in, rec, l->arena);

	return ex_err_set(err, EX_ERR_INPUT, "%.*s: folder %.*s: %s",
	    EX_STR_ARG(place), EX_STR_ARG(rec->folder), what);
}

static int
read_begin(struct ex_listing *l, const struct ex_rec *rec, struct ex_err *err)
{
	struct ex_listing_folder *f;
	const struct ex_json *ring;
	struct ex_str mode;

	if (l->nfolder == EX_CAP_FOLDERS)
		return bad_line(l, rec, "too many folders", err);
	l->folder = ex_arena_grow(l->arena, l->folder, l->nfolder,
	    sizeof(*f));
	f = &l->folder[l->nfolder++];
	memset(f, 0, sizeof(*f));
	f->name = ex_arena_str(l->arena, rec->folder);
	f->identity = ex_json_get_str(rec->json, "identity");
	f->scope = ex_json_get_str(rec->json, "scope");
	f->since = ex_json_get_str(rec->json, "since");
	f->access = ex_json_get_str(rec->json, "access");
	f->own = ex_json_get_str(rec->json, "own");
	f->kind = ex_kind_of(ex_json_get_str(rec->json, "kind"));
	f->repair = ex_json_get_true(rec->json, "repair");
	mode = ex_json_get_str(rec->json, "mode");
	f->delta = ex_str_is(mode, "delta");
	if (f->identity.p == NULL || f->scope.p == NULL ||
	    (!f->delta && !ex_str_is(mode, "full")))
		return bad_line(l, rec, "begin lacks mode, identity or scope",
		    err);
	if ((ring = ex_json_get(rec->json, "ring")) != NULL) {
		f->ring_json = ring;
		f->ring = ex_json_get_str(ring, "id");
		f->generation = ex_json_get_int(ring, "generation", -1);
		if (f->ring.p == NULL || f->generation < 0)
			return bad_line(l, rec, "ring lacks id or generation",
			    err);
	}
	return 0;
}

static int
read_line(struct ex_listing *l, const struct ex_rec *rec, struct ex_err *err)
{
	struct ex_listed *x;
	size_t i = l->last;

	if (l->nrec == l->size) {
		if (l->size > UINT32_MAX / 8)
			return bad_line(l, rec, "too many records", err);
		l->rec = ex_array_more(l->rec, &l->size, sizeof(*l->rec));
	}
	x = &l->rec[l->nrec++];
	*x = (struct ex_listed){ .id = ex_listing_digest(rec->id),
	    .uid = ex_listing_digest(rec->uid),
	    .rev = ex_listing_digest(rec->rev), .offset = rec->offset,
	    .type = (uint8_t)rec->type, .entry = EX_LISTING_NONE };
	if (rec->id.p == NULL)
		return bad_line(l, rec, "a record without id", err);
	if (rec->type == EX_REC_ITEM && (rec->data.p == NULL ||
	    ex_hash_parse(rec->hash, x->hash) == -1))
		return bad_line(l, rec, "an item without hash or data", err);
	/* Mostly the folder that the last line was of. */
	if (i >= l->nfolder || !ex_str_eq(l->folder[i].name, rec->folder))
		for (i = 0; i < l->nfolder; i++)
			if (ex_str_eq(l->folder[i].name, rec->folder))
				break;
	if (i == l->nfolder)
		return bad_line(l, rec, "no section of it is open", err);
	l->last = i;
	x->folder = (uint16_t)i;
	l->folder[i].n++;
	l->folder[i].items += rec->type == EX_REC_ITEM ||
	    rec->type == EX_REC_KEPT;
	return 0;
}

static int
read_all(struct ex_listing *l, struct ex_err *err)
{
	struct ex_arena line = EX_ARENA_INIT;
	struct ex_rec rec;
	struct ex_listing_folder *f;
	size_t done, all;
	int got;

	while ((got = ex_rec_next(l->in, &line, &rec, err)) == 1) {
		if (rec.type == EX_REC_BEGIN) {
			/* What begin says is kept: its arena is ours. */
			if (ex_rec_at(l->in, rec.offset, l->arena, &rec,
			    err) == -1 || read_begin(l, &rec, err) == -1)
				got = -1;
		} else if (rec.type == EX_REC_END) {
			f = ex_listing_folder(l, rec.folder);
			f->token = ex_arena_str(l->arena,
			    ex_json_get_str(rec.json, "token"));
		} else if (read_line(l, &rec, err) == -1) {
			got = -1;
		}
		if (got == -1)
			break;
		if ((l->nrec & 4095) == 0) {
			ex_rec_progress(l->in, &done, &all);
			ex_progress("reading", done, all);
		}
		ex_arena_reset(&line);
	}
	ex_progress_end();
	ex_arena_free(&line);
	return got;
}

static int
by_name(const void *a, const void *b)
{
	return ex_str_cmp(((const struct ex_listing_folder *)a)->name,
	    ((const struct ex_listing_folder *)b)->name);
}

/* Folders by name, and records by folder. */
static void
arrange(struct ex_listing *l)
{
	struct ex_listing_folder *f;
	struct ex_listed *sorted;
	uint16_t *where;
	uint32_t at = 0, i;
	size_t k;
	bool done = true;

	/* first is the old place until the folders are sorted. */
	for (k = 0; k < l->nfolder; k++)
		l->folder[k].first = (uint32_t)k;
	if (l->nfolder > 1)
		qsort(l->folder, l->nfolder, sizeof(*l->folder), by_name);
	where = ex_arena_array(l->arena, l->nfolder + 1, sizeof(*where));
	for (k = 0; k < l->nfolder; k++) {
		f = &l->folder[k];
		where[f->first] = (uint16_t)k;
		f->first = at;
		at += f->n;
	}
	for (i = 0; i < l->nrec; i++) {
		l->rec[i].folder = where[l->rec[i].folder];
		done = done && (i == 0 ||
		    l->rec[i - 1].folder <= l->rec[i].folder);
	}
	if (done)
		return;
	sorted = ex_array_new(l->size, sizeof(*sorted));
	for (i = 0; i < l->nrec; i++)
		sorted[l->folder[l->rec[i].folder].first++] = l->rec[i];
	for (k = 0; k < l->nfolder; k++)
		l->folder[k].first -= l->folder[k].n;
	free(l->rec);
	l->rec = sorted;
}

static uint32_t
slot_of_id(const struct ex_listing *l, size_t folder, struct ex_sum id)
{
	return (uint32_t)(id.lo ^ folder * 0x9e3779b9U) & l->mask;
}

/* Where a UID's first record stands, or a free slot. */
static uint32_t
slot_of_uid(const struct ex_listing *l, struct ex_sum uid)
{
	uint32_t s = (uint32_t)uid.hi & l->mask;

	while (l->by_uid[s] != EX_LISTING_NONE &&
	    !ex_sum_eq(l->rec[l->by_uid[s]].uid, uid))
		s = (s + 1) & l->mask;
	return s;
}

static int
index_all(struct ex_listing *l, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_listed *x;
	struct ex_rec rec;
	uint32_t i, s;
	size_t n = 2;

	while (n < (size_t)l->nrec * 3 / 2)
		n *= 2;
	l->mask = (uint32_t)(n - 1);
	l->by_id = ex_array_new(n, sizeof(uint32_t));
	l->by_uid = ex_array_new(n, sizeof(uint32_t));
	l->next = ex_array_new(l->nrec, sizeof(uint32_t));
	memset(l->by_id, 0xff, n * sizeof(uint32_t));
	memset(l->by_uid, 0xff, n * sizeof(uint32_t));
	/* From the last to the first: chains are then in the order of rec. */
	for (i = l->nrec; i-- > 0;) {
		x = &l->rec[i];
		for (s = slot_of_id(l, x->folder, x->id);
		    l->by_id[s] != EX_LISTING_NONE; s = (s + 1) & l->mask)
			if (ex_sum_eq(l->rec[l->by_id[s]].id, x->id) &&
			    l->rec[l->by_id[s]].folder == x->folder) {
				ex_rec_at(l->in, x->offset, &a, &rec, err);
				bad_line(l, &rec, "this id is there twice",
				    err);
				ex_arena_free(&a);
				return -1;
			}
		l->by_id[s] = i;
		if (ex_sum_none(x->uid))
			continue;
		s = slot_of_uid(l, x->uid);
		l->next[i] = l->by_uid[s];
		l->by_uid[s] = i;
	}
	return 0;
}

int
ex_listing_open(struct ex_listing *l, const char *const *path, size_t n,
    struct ex_arena *a, struct ex_err *err)
{
	*l = (struct ex_listing){ .arena = a };
	if (ex_rec_open(&l->in, path, n, "items", EX_REC_SPOOL, err) == -1) {
		l->in = NULL;
		return -1;
	}
	if (read_all(l, err) == -1)
		return -1;
	arrange(l);
	return index_all(l, err);
}

void
ex_listing_close(struct ex_listing *l)
{
	if (l->in != NULL)
		ex_rec_close(l->in);
	free(l->rec);
	free(l->by_id);
	free(l->by_uid);
	free(l->next);
}

uint32_t
ex_listing_by_id(const struct ex_listing *l, size_t folder, struct ex_sum id)
{
	uint32_t s, i;

	for (s = slot_of_id(l, folder, id);
	    (i = l->by_id[s]) != EX_LISTING_NONE; s = (s + 1) & l->mask)
		if (ex_sum_eq(l->rec[i].id, id) && l->rec[i].folder == folder)
			return i;
	return EX_LISTING_NONE;
}

uint32_t
ex_listing_by_uid(const struct ex_listing *l, struct ex_sum uid)
{
	return ex_sum_none(uid) ? EX_LISTING_NONE :
	    l->by_uid[slot_of_uid(l, uid)];
}

int
ex_listing_get(struct ex_listing *l, uint32_t rec, struct ex_arena *a,
    struct ex_rec *out, struct ex_err *err)
{
	return ex_rec_at(l->in, l->rec[rec].offset, a, out, err);
}

struct ex_listing_folder *
ex_listing_folder(const struct ex_listing *l, struct ex_str name)
{
	size_t i;

	for (i = 0; i < l->nfolder; i++)
		if (ex_str_eq(l->folder[i].name, name))
			return &l->folder[i];
	return NULL;
}
