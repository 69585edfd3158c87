/*
 * snapread.c: reading a snapshot
 *
 * Entries, bindings, intents and refusals are four scans in order of uid
 * that go side by side.
 */
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include <ex/arena.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/snapshot.h>

#include "snappriv.h"

/* How far to walk before it is cheaper to look an id up. */
#define WALK	64

int
ex_snap_ring(struct ex_snap *s, struct ex_arena *a, struct ex_snap_ring *ring,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_RING, err);
	int got;

	if (st == NULL || (got = snap_step(s, st, err)) == -1)
		return -1;
	if (got == 0)
		return ex_err_set(err, EX_ERR_INPUT, "%s: damaged: no ring",
		    s->path);
	ring->id = snap_col_str(st, 0, a);
	ring->generation = sqlite3_column_int64(st, 1);
	ring->config = snap_col_str(st, 2, a);
	ring->canon = sqlite3_column_int(st, 3);
	ring->kind = (enum ex_kind)sqlite3_column_int(st, 4);
	sqlite3_reset(st);
	if (ring->kind > EX_KIND_JOURNALS)
		return ex_err_set(err, EX_ERR_INPUT, "%s: damaged: no such"
		    " kind", s->path);
	return 0;
}

int
snap_map(struct ex_snap *s, struct ex_err *err)
{
	struct sqlite3_stmt *st;
	struct snap_folder *f;
	size_t n = 0;
	int got, len;

	if (s->mapped)
		return 0;
	if ((st = snap_stmt(s, SNAP_FOLDERS, err)) == NULL)
		return -1;
	while ((got = snap_step(s, st, err)) == 1) {
		f = realloc(s->folder, (n + 1) * sizeof(*f));
		if (f == NULL)
			ex_diag_oom();
		s->folder = f;
		f += n++;
		f->n = sqlite3_column_int64(st, 0);
		memset(f->name, 0, sizeof(f->name));
		len = sqlite3_column_bytes(st, 1);
		if (len > 0 && len < (int)sizeof(f->name))
			memcpy(f->name, sqlite3_column_blob(st, 1),
			    (size_t)len);
		if (n > EX_CAP_FOLDERS) {
			got = ex_err_set(err, EX_ERR_INPUT,
			    "%s: damaged: more than %d folders", s->path,
			    EX_CAP_FOLDERS);
			break;
		}
	}
	sqlite3_reset(st);
	s->nfolder = n;
	s->mapped = got == 0;
	return got;
}

const struct snap_folder *
snap_folder_of(const struct ex_snap *s, struct ex_str name)
{
	size_t i;

	for (i = 0; i < s->nfolder; i++)
		if (ex_str_is(name, s->folder[i].name))
			return &s->folder[i];
	return NULL;
}

int
snap_index(struct ex_snap *s, long long n, size_t *index, struct ex_err *err)
{
	for (*index = 0; *index < s->nfolder; (*index)++)
		if (s->folder[*index].n == n)
			return 0;
	return ex_err_set(err, EX_ERR_INPUT, "%s: damaged: no folder %lld",
	    s->path, n);
}

int
ex_snap_items(struct ex_snap *s, size_t folder, long long *items,
    struct ex_err *err)
{
	struct sqlite3_stmt *st;

	if (snap_map(s, err) == -1 ||
	    (st = snap_stmt(s, SNAP_FOLDER_ITEMS, err)) == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, s->folder[folder].n);
	if (snap_step(s, st, err) == -1)
		return -1;
	*items = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return 0;
}

int
ex_snap_folders(struct ex_snap *s, struct ex_arena *a,
    struct ex_snap_folder **folder, size_t *n, struct ex_err *err)
{
	struct sqlite3_stmt *st;
	struct ex_snap_folder *f;
	int got = 0;
	size_t i;

	if (snap_map(s, err) == -1 ||
	    (st = snap_stmt(s, SNAP_FOLDERS, err)) == NULL)
		return -1;
	f = ex_arena_array(a, s->nfolder, sizeof(*f));
	for (i = 0; i < s->nfolder && (got = snap_step(s, st, err)) == 1; i++) {
		f[i].name = snap_col_str(st, 1, a);
		f[i].identity = snap_col_str(st, 2, a);
		f[i].scope = snap_col_str(st, 3, a);
		f[i].token = snap_col_str(st, 4, a);
	}
	sqlite3_reset(st);
	*folder = f;
	*n = s->nfolder;
	return got == -1 ? -1 : 0;
}

int
ex_snap_body(struct ex_snap *s, struct ex_str uid, struct ex_str hash,
    struct ex_arena *a, struct ex_str *data, struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_stmt(s, SNAP_BODY, err);
	int got;

	if (st == NULL)
		return -1;
	snap_bind_str(st, 1, uid);
	snap_bind_hash(st, 2, hash);
	if ((got = snap_step(s, st, err)) == -1)
		return -1;
	if (got == 0)
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s: damaged: entry %.*s: no content %.*s", s->path,
		    EX_STR_ARG(uid), EX_STR_ARG(hash));
	*data = snap_col_str(st, 0, a);
	sqlite3_reset(st);
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct ex_snap_note *x = a, *y = b;

	return x->folder == y->folder ? ex_str_cmp(x->id, y->id) :
	    x->folder < y->folder ? -1 : 1;
}

int
ex_snap_notes(struct ex_snap *s, struct ex_arena *a,
    struct ex_snap_note **note, size_t *n, struct ex_err *err)
{
	struct sqlite3_stmt *st;
	struct ex_snap_note *v = NULL;
	int got;

	*n = 0;
	if (snap_map(s, err) == -1 ||
	    (st = snap_stmt(s, SNAP_NOTES, err)) == NULL)
		return -1;
	while ((got = snap_step(s, st, err)) == 1) {
		v = ex_arena_grow(a, v, *n, sizeof(*v));
		if (snap_index(s, sqlite3_column_int64(st, 0),
		    &v[*n].folder, err) == -1) {
			got = -1;
			break;
		}
		v[*n].id = snap_col_str(st, 1, a);
		v[*n].rev = snap_col_str(st, 2, a);
		v[*n].uid = snap_col_str(st, 3, a);
		v[*n].mark = snap_col_str(st, 4, a);
		v[*n].why = snap_col_str(st, 5, a);
		++*n;
	}
	sqlite3_reset(st);
	if (*n > 1)	/* the table has folders in order of their numbers */
		qsort(v, *n, sizeof(*v), by_place);
	*note = v;
	return got;
}

/* One of the two tables that know ids; id and rev are of its row. */
struct walk {
	struct sqlite3_stmt *st;
	enum { FRESH, ROW, END } at;
	struct ex_str id, rev;
};

struct ex_snap_known {
	struct ex_snap *s;
	long long folder;
	struct walk walk[2];	/* bindings, notes */
	bool failed;
	struct ex_err err;
};

/* Notes that do not stand for the body: `alone` is ?3, a folder ?1. */
#define LOOK_AGAIN	"(why = '" EX_SNAP_DIFFERS "' OR (why = '" \
	EX_SNAP_ALONE "' AND NOT ?3))"

/* Are there notes of the folder whose items have to be looked at? */
static int
look_again(struct ex_snap_known *k, bool alone, bool *full,
    struct ex_err *err)
{
	struct sqlite3_stmt *st = snap_prepare(k->s, "SELECT 1 FROM note"
	    " WHERE folder = ?1 AND " LOOK_AGAIN " LIMIT 1", err);
	int got;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, k->folder);
	sqlite3_bind_int(st, 3, alone);
	got = snap_step(k->s, st, err);
	*full = got == 1;
	sqlite3_finalize(st);
	return got == -1 ? -1 : 0;
}

int
ex_snap_known_open(struct ex_snap *s, struct ex_str folder, bool alone,
    struct ex_snap_known **out, bool *full, struct ex_err *err)
{
	static const char *const text[2] = {
		"SELECT id, rev FROM binding WHERE folder = ?1 AND id >= ?2"
		    " ORDER BY id",
		/* Not left out: a look-up would walk over all of those. */
		"SELECT id, CASE WHEN " LOOK_AGAIN " THEN NULL ELSE rev END"
		    " FROM note WHERE folder = ?1 AND id >= ?2 ORDER BY id"
	};
	const struct snap_folder *f;
	struct ex_snap_known *k;
	size_t i;

	if (snap_map(s, err) == -1)
		return -1;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		ex_diag_oom();
	k->s = s;
	if ((f = snap_folder_of(s, folder)) != NULL)
		k->folder = f->n;
	for (i = 0; i < 2; i++)
		if ((k->walk[i].st = snap_prepare(s, text[i], err)) == NULL) {
			ex_snap_known_close(k);
			return -1;
		}
	sqlite3_bind_int(k->walk[1].st, 3, alone);
	if (look_again(k, alone, full, err) == -1) {
		ex_snap_known_close(k);
		return -1;
	}
	*out = k;
	return 0;
}

static bool
move(struct ex_snap_known *k, struct walk *w)
{
	int got = snap_step(k->s, w->st, &k->err);

	k->failed |= got == -1;
	w->at = END;
	if (got != 1)
		return false;
	w->at = ROW;
	w->id = snap_col_here(w->st, 0);
	w->rev = snap_col_here(w->st, 1);
	return true;
}

/* Put the walk on the first row that is not before id. */
static bool
seek(struct ex_snap_known *k, struct walk *w, struct ex_str id)
{
	sqlite3_reset(w->st);
	sqlite3_bind_int64(w->st, 1, k->folder);
	sqlite3_bind_text64(w->st, 2, id.p, id.n, SQLITE_TRANSIENT,
	    SQLITE_UTF8);
	return move(k, w);
}

/*
 * A walk that stands behind id may have skipped it only if id is not in
 * order; the look-up then finds out.
 */
static bool
has(struct ex_snap_known *k, struct walk *w, struct ex_str id,
    struct ex_str rev)
{
	int order, steps;

	if (w->at != ROW || ex_str_cmp(w->id, id) > 0) {
		if (!seek(k, w, id))
			return false;
	}
	for (steps = 0; (order = ex_str_cmp(w->id, id)) < 0; steps++)
		if (steps < WALK ? !move(k, w) : !seek(k, w, id))
			return false;
	return order == 0 && w->rev.p != NULL && ex_str_eq(rev, w->rev);
}

bool
ex_snap_known(struct ex_snap_known *k, struct ex_str id, struct ex_str rev)
{
	if (k->failed || rev.p == NULL || k->folder == 0)
		return false;
	return has(k, &k->walk[0], id, rev) || has(k, &k->walk[1], id, rev);
}

int
ex_snap_known_err(struct ex_snap_known *k, struct ex_err *err)
{
	if (!k->failed)
		return 0;
	*err = k->err;
	return -1;
}

void
ex_snap_known_close(struct ex_snap_known *k)
{
	if (k == NULL)
		return;
	sqlite3_finalize(k->walk[0].st);
	sqlite3_finalize(k->walk[1].st);
	free(k);
}

enum { ENTRY, BINDING, INTENT, REFUSED, NSCAN };

struct ex_snap_scan {
	struct ex_snap *s;
	struct sqlite3_stmt *st[NSCAN];
	bool row[NSCAN];
};

/* In all four the uid is column 0 and the folder column 1. */
static const char *const scan_all[NSCAN] = {
	"SELECT uid, master, gone FROM entry ORDER BY uid",
	"SELECT uid, folder, id, rev, own, form, base, shadow, now"
	    " FROM binding ORDER BY uid, folder",
	"SELECT uid, folder, run, op, name, id, sent FROM intent"
	    " ORDER BY uid, folder, run",
	"SELECT uid, folder, hash, why FROM refused ORDER BY uid, folder"
};

static const char *const scan_one[NSCAN] = {
	"SELECT uid, master, gone FROM entry WHERE uid = ?1",
	"SELECT uid, folder, id, rev, own, form, base, shadow, now"
	    " FROM binding WHERE uid = ?1 ORDER BY folder",
	"SELECT uid, folder, run, op, name, id, sent FROM intent"
	    " WHERE uid = ?1 ORDER BY folder, run",
	"SELECT uid, folder, hash, why FROM refused WHERE uid = ?1"
	    " ORDER BY folder"
};

static int
scan_open(struct ex_snap *s, const char *const text[NSCAN],
    struct ex_snap_scan **out, struct ex_err *err)
{
	struct ex_snap_scan *scan = calloc(1, sizeof(*scan));
	int i;

	if (scan == NULL)
		ex_diag_oom();
	scan->s = s;
	for (i = 0; i < NSCAN; i++)
		if ((scan->st[i] = snap_prepare(s, text[i], err)) == NULL) {
			ex_snap_scan_close(scan);
			return -1;
		}
	*out = scan;
	return 0;
}

static int
advance(struct ex_snap_scan *scan, int which, struct ex_err *err)
{
	int got = snap_step(scan->s, scan->st[which], err);

	scan->row[which] = got == 1;
	return got;
}

int
ex_snap_scan_open(struct ex_snap *s, struct ex_snap_scan **out,
    struct ex_err *err)
{
	int i;

	if (snap_map(s, err) == -1 ||
	    scan_open(s, scan_all, out, err) == -1)
		return -1;
	for (i = 0; i < NSCAN; i++)
		if (advance(*out, i, err) == -1) {
			ex_snap_scan_close(*out);
			return -1;
		}
	return 0;
}

static int
read_binding(struct ex_snap_scan *scan, struct ex_arena *a,
    struct ex_snap_binding *b, struct ex_err *err)
{
	struct sqlite3_stmt *st = scan->st[BINDING];

	b->id = snap_col_str(st, 2, a);
	b->rev = snap_col_str(st, 3, a);
	b->uid = snap_col_str(st, 4, a);
	b->as = snap_col_as(st, 5, a);
	b->base = snap_col_hash(st, 6, a);
	b->shadow = snap_col_hash(st, 7, a);
	b->now = EX_SNAP_NOW_NONE;
	b->now_hash = EX_STR_NONE;
	if (sqlite3_column_type(st, 8) == SQLITE_INTEGER) {
		b->now = EX_SNAP_NOW_GONE;
	} else if (sqlite3_column_type(st, 8) == SQLITE_BLOB) {
		b->now = EX_SNAP_NOW_ITEM;
		b->now_hash = snap_col_hash(st, 8, a);
	}
	return snap_index(scan->s, sqlite3_column_int64(st, 1), &b->folder,
	    err);
}

static int
read_intent(struct ex_snap_scan *scan, struct ex_arena *a,
    struct ex_snap_intent *in, struct ex_err *err)
{
	struct sqlite3_stmt *st = scan->st[INTENT];

	in->run = sqlite3_column_int64(st, 2);
	in->op = (enum ex_snap_op)sqlite3_column_int(st, 3);
	in->name = snap_col_str(st, 4, a);
	in->id = snap_col_str(st, 5, a);
	in->sent = snap_col_hash(st, 6, a);
	return snap_index(scan->s, sqlite3_column_int64(st, 1), &in->folder,
	    err);
}

static int
read_refused(struct ex_snap_scan *scan, struct ex_arena *a,
    struct ex_snap_refused *r, struct ex_err *err)
{
	struct sqlite3_stmt *st = scan->st[REFUSED];

	r->hash = snap_col_hash(st, 2, a);
	r->why = snap_col_str(st, 3, a);
	return snap_index(scan->s, sqlite3_column_int64(st, 1), &r->folder,
	    err);
}

/* All three structs begin with the folder's index. */
static int
by_folder(const void *x, const void *y)
{
	size_t a = *(const size_t *)x, b = *(const size_t *)y;

	return (a > b) - (a < b);
}

/* qsort is not stable: intents of one folder keep their runs' order. */
static int
by_run(const void *x, const void *y)
{
	const struct ex_snap_intent *a = x, *b = y;

	if (a->folder != b->folder)
		return by_folder(x, y);
	return (a->run > b->run) - (a->run < b->run);
}

static int
read_row(struct ex_snap_scan *scan, int which, struct ex_arena *a,
    struct ex_snap_entry *e, struct ex_err *err)
{
	switch (which) {
	case BINDING:
		e->binding = ex_arena_grow(a, e->binding, e->nbinding,
		    sizeof(*e->binding));
		return read_binding(scan, a, &e->binding[e->nbinding++], err);
	case INTENT:
		e->intent = ex_arena_grow(a, e->intent, e->nintent,
		    sizeof(*e->intent));
		return read_intent(scan, a, &e->intent[e->nintent++], err);
	default:
		e->refused = ex_arena_grow(a, e->refused, e->nrefused,
		    sizeof(*e->refused));
		return read_refused(scan, a, &e->refused[e->nrefused++], err);
	}
}

/* The rows of one scan that belong to the entry; those before it are lost. */
static int
read_rows(struct ex_snap_scan *scan, int which, struct ex_arena *a,
    struct ex_snap_entry *e, struct ex_err *err)
{
	int order;

	while (scan->row[which] && (order = ex_str_cmp(snap_col_here(
	    scan->st[which], 0), e->uid)) <= 0) {
		if (order < 0)
			return ex_err_set(err, EX_ERR_INPUT, "%s: damaged: a"
			    " row without its entry", scan->s->path);
		if (read_row(scan, which, a, e, err) == -1 ||
		    advance(scan, which, err) == -1)
			return -1;
	}
	return 0;
}

int
ex_snap_scan_next(struct ex_snap_scan *scan, struct ex_arena *a,
    struct ex_snap_entry *e, struct ex_err *err)
{
	struct sqlite3_stmt *st = scan->st[ENTRY];
	int i;

	if (!scan->row[ENTRY])
		return 0;
	memset(e, 0, sizeof(*e));
	e->uid = snap_col_str(st, 0, a);
	e->kind = scan->s->kind;
	e->master = snap_col_hash(st, 1, a);
	e->gone = sqlite3_column_int(st, 2) != 0;
	for (i = BINDING; i < NSCAN; i++)
		if (read_rows(scan, i, a, e, err) == -1)
			return -1;
	if (e->nbinding > 1)
		qsort(e->binding, e->nbinding, sizeof(*e->binding), by_folder);
	if (e->nintent > 1)
		qsort(e->intent, e->nintent, sizeof(*e->intent), by_run);
	if (e->nrefused > 1)
		qsort(e->refused, e->nrefused, sizeof(*e->refused), by_folder);
	return advance(scan, ENTRY, err) == -1 ? -1 : 1;
}

void
ex_snap_scan_close(struct ex_snap_scan *scan)
{
	int i;

	if (scan == NULL)
		return;
	for (i = 0; i < NSCAN; i++)
		sqlite3_finalize(scan->st[i]);
	free(scan);
}

int
ex_snap_entry(struct ex_snap *s, struct ex_str uid, struct ex_arena *a,
    struct ex_snap_entry *e, struct ex_err *err)
{
	struct ex_snap_scan *one;
	int i, got = 0;

	if (snap_map(s, err) == -1 || (s->one == NULL &&
	    scan_open(s, scan_one, &s->one, err) == -1))
		return -1;
	one = s->one;
	for (i = 0; i < NSCAN && got != -1; i++) {
		sqlite3_reset(one->st[i]);
		snap_bind_str(one->st[i], 1, uid);
		got = advance(one, i, err);
	}
	if (got != -1)
		got = ex_snap_scan_next(one, a, e, err);
	for (i = 0; i < NSCAN; i++)
		sqlite3_reset(one->st[i]);
	return got;
}
