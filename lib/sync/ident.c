/*
 * ident.c: which entry is each listed record?  (ring.md 2, rules a to c, f)
 *
 *	1. one scan of the snapshot: records found by a binding's id, and
 *	   which entry each UID speaks for (its claim);
 *	2. ids that bear another entry's UID are let go (names swapped);
 *	3. open creates are found by their name or mark;
 *	4. what no id leads to goes where its UID says, else into groups of
 *	   one UID: the new entries.
 *
 * Whether two records of one entry in one folder are copies is decided
 * where their contents are at hand, in side.c.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/rule.h>

#include "priv.h"

/*
 * A claim's rank, when two entries know the same UID: the entry that this
 * folder's binding gives it to, the entry named by it, another folder's.
 */
enum { RANK_OTHER = 1, RANK_ENTRY = 2, RANK_BINDING = 3 };

/* An open create: the name or mark that it may be found by, and its UID. */
struct open_create {
	struct ex_sum name, uid;
	uint32_t entry;
	uint16_t folder;
};

struct ident {
	struct ex_diff *d;
	bool uids;			/* some record has a UID */
	struct open_create *open;
	size_t nopen;
};

void
ex_diff_dirty(struct ex_diff *d, uint32_t entry)
{
	size_t need = entry / 8 + 1;

	if (need > d->dirty_size) {
		need = need < 4096 ? 4096 : need * 2;
		d->dirty = realloc(d->dirty, need);
		if (d->dirty == NULL)
			ex_diag_oom();
		memset(d->dirty + d->dirty_size, 0, need - d->dirty_size);
		d->dirty_size = need;
	}
	if ((d->dirty[entry / 8] & 1 << entry % 8) == 0)
		d->ndirty++;
	d->dirty[entry / 8] |= (unsigned char)(1 << entry % 8);
}

bool
ex_diff_is_dirty(const struct ex_diff *d, uint32_t entry)
{
	return entry / 8 < d->dirty_size &&
	    (d->dirty[entry / 8] & 1 << entry % 8) != 0;
}

size_t
ex_diff_folder_of(const struct ex_diff *d, const struct ex_snap_binding *b)
{
	size_t f = d->seen[b->folder];

	return f == DIFF_NONE || d->folder[f].first ? DIFF_NONE : f;
}

static struct ex_str
uid_of(const struct ex_snap_entry *e, const struct ex_snap_binding *b)
{
	return b->uid.p != NULL ? b->uid : e->uid;
}

static void
claim(struct ident *id, struct ex_str uid, uint32_t entry, size_t folder,
    unsigned here, unsigned elsewhere)
{
	struct ex_listing *l = &id->d->l;
	struct ex_listed *x;
	unsigned rank;
	uint32_t i;

	if (!EX_RULE("uid"))
		return;
	for (i = ex_listing_by_uid(l, ex_listing_digest(uid));
	    i != EX_LISTING_NONE; i = l->next[i]) {
		x = &l->rec[i];
		rank = x->folder == folder ? here : elsewhere;
		if (rank <= (x->flags & REC_RANK))
			continue;
		x->flags = (uint8_t)((x->flags & ~(unsigned)REC_RANK) | rank);
		id->d->claim[i] = entry;
	}
}

/* Does another record of that folder bear this UID? */
static bool
listed_here(const struct ex_listing *l, struct ex_sum uid, size_t folder)
{
	uint32_t i;

	for (i = ex_listing_by_uid(l, uid); i != EX_LISTING_NONE;
	    i = l->next[i])
		if (l->rec[i].folder == folder &&
		    l->rec[i].type != EX_REC_GONE)
			return true;
	return false;
}

/*
 * Does it bear a UID, or cannot be read, and another record of its folder
 * bears the one wanted?
 */
static bool
is_moved(const struct ex_listing *l, const struct ex_listed *x,
    bool unread, struct ex_sum uid)
{
	return (!ex_sum_none(x->uid) || unread || x->type == EX_REC_BAD) &&
	    !ex_sum_eq(x->uid, uid) && listed_here(l, uid, x->folder);
}

/* Is there anything about this binding that wants a closer look? */
static bool
differs(const struct ex_diff *d, const struct ex_snap_entry *e,
    const struct ex_snap_binding *b, size_t f, uint32_t rec)
{
	const struct ex_listed *x;

	if (b->now != EX_SNAP_NOW_NONE || b->base.p != NULL || e->gone)
		return true;
	if (b->id.p == NULL)
		return !d->folder[f].leaves_out;
	if (rec == EX_LISTING_NONE)
		return d->folder[f].whole && !d->l.folder[f].delta;
	x = &d->l.rec[rec];
	if (x->type == EX_REC_KEPT)
		return false;
	if (x->type != EX_REC_ITEM)
		return x->type == EX_REC_GONE;
	return !ex_sum_eq(x->rev, ex_listing_digest(b->rev)) ||
	    !ex_hash_is(x->hash, b->shadow.p != NULL ? b->shadow : e->master);
}

static void
scan_binding(struct ident *id, const struct ex_snap_entry *e, uint32_t k,
    const struct ex_snap_binding *b, size_t f)
{
	struct ex_listing *l = &id->d->l;
	struct ex_str uid = uid_of(e, b);
	uint32_t rec = EX_LISTING_NONE;
	struct ex_listed *x;
	bool stray = ex_diff_was_stray(id->d, f, b);

	if (b->id.p == NULL && !id->d->folder[f].leaves_out)
		id->d->folder[f].relinked = true;
	if (b->id.p != NULL)
		rec = ex_listing_by_id(l, f, ex_listing_digest(b->id));
	/* A stray is first of all what was bound to its id before. */
	if (rec != EX_LISTING_NONE && (!stray ||
	    l->rec[rec].entry == EX_LISTING_NONE)) {
		x = &l->rec[rec];
		x->entry = k;
		x->flags &= (uint8_t)~REC_MOVED;
		if (is_moved(l, x, stray, ex_listing_digest(uid)))
			x->flags |= REC_MOVED;
	}
	if (stray)
		ex_diff_keep_stray(id->d, f, b);
	if (differs(id->d, e, b, f, rec))
		ex_diff_dirty(id->d, k);
	if (!id->uids)
		return;
	if (b->uid.p == NULL)
		claim(id, e->uid, k, f, RANK_BINDING, RANK_ENTRY);
	else
		claim(id, b->uid, k, f, RANK_BINDING, RANK_OTHER);
}

static void
add_open(struct ident *id, uint32_t k, size_t f, struct ex_str name,
    struct ex_str uid)
{
	id->open = ex_arena_grow(&id->d->arena, id->open, id->nopen,
	    sizeof(*id->open));
	id->open[id->nopen++] = (struct open_create){
	    ex_listing_digest(name), ex_listing_digest(uid), k, (uint16_t)f };
}

/* Is a folder that was seen without a binding: is a create owed to it? */
static bool
lacks(const struct ex_diff *d, const struct ex_snap_entry *e, uint64_t *bound)
{
	size_t f, i;

	if (e->gone || e->master.p == NULL)
		return false;
	for (f = 0; f < d->l.nfolder; f++) {
		if ((bound[f / 64] >> f % 64 & 1) != 0 ||
		    !d->folder[f].writes)
			continue;
		for (i = 0; i < e->nrefused; i++)
			if (d->seen[e->refused[i].folder] == f &&
			    d->folder[f].scope &&
			    ex_str_eq(e->refused[i].hash, e->master))
				break;
		if (i == e->nrefused)
			return true;
	}
	return false;
}

static void
scan_entry(struct ident *id, const struct ex_snap_entry *e, uint32_t k,
    uint64_t *bound)
{
	struct ex_diff *d = id->d;
	size_t i, f;

	memset(bound, 0, (d->l.nfolder / 64 + 1) * sizeof(*bound));
	if (id->uids)
		claim(id, e->uid, k, DIFF_NONE, RANK_ENTRY, RANK_ENTRY);
	for (i = 0; i < e->nbinding; i++) {
		d->bound[e->binding[i].folder] += e->binding[i].id.p != NULL;
		f = ex_diff_folder_of(d, &e->binding[i]);
		/* Not seen, or another store now: its UID counts even so. */
		if (f == DIFF_NONE && id->uids && e->binding[i].uid.p != NULL)
			claim(id, e->binding[i].uid, k, d->seen[
			    e->binding[i].folder], RANK_BINDING, RANK_OTHER);
		if (f == DIFF_NONE)
			continue;
		bound[f / 64] |= (uint64_t)1 << f % 64;
		scan_binding(id, e, k, &e->binding[i], f);
	}
	for (i = 0; i < e->nintent; i++) {
		ex_diff_dirty(d, k);
		f = d->seen[e->intent[i].folder];
		if (f != DIFF_NONE && e->intent[i].op == EX_SNAP_CREATE_OP)
			add_open(id, k, f, e->intent[i].name, e->uid);
	}
	if (lacks(d, e, bound)) {
		ex_diff_dirty(d, k);
		ex_diff_wake_uid(d, e->uid);
	}
}

static int
scan(struct ident *id, struct ex_err *err)
{
	struct ex_diff *d = id->d;
	struct ex_snap_scan *scan;
	struct ex_snap_entry e;
	uint64_t *bound;
	int got;

	bound = ex_arena_array(&d->arena, d->l.nfolder / 64 + 1,
	    sizeof(*bound));
	if (ex_snap_scan_open(d->snap, &scan, err) == -1)
		return -1;
	while ((got = ex_snap_scan_next(scan, &d->line, &e, err)) == 1) {
		scan_entry(id, &e, d->nentry++, bound);
		if ((d->nentry & 4095) == 0)
			ex_progress("comparing", d->nentry, 0);
		ex_arena_reset(&d->line);
	}
	ex_snap_scan_close(scan);
	ex_progress_end();
	return got;
}

/* Rule (b): an id that bears another's UID is not this binding's any more. */
static void
let_go(struct ex_diff *d)
{
	struct ex_listed *x;
	uint32_t i;

	for (i = 0; i < d->l.nrec; i++) {
		x = &d->l.rec[i];
		if (x->entry == EX_LISTING_NONE || (ex_sum_none(x->uid) &&
		    x->type != EX_REC_BAD && (x->flags & REC_MOVED) == 0))
			continue;
		if (d->claim[i] != EX_LISTING_NONE ?
		    d->claim[i] == x->entry : (x->flags & REC_MOVED) == 0)
			continue;
		ex_diff_dirty(d, x->entry);
		x->entry = EX_LISTING_NONE;
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct open_create *x = a, *y = b;

	if (x->name.hi != y->name.hi)
		return x->name.hi < y->name.hi ? -1 : 1;
	if (x->name.lo != y->name.lo)
		return x->name.lo < y->name.lo ? -1 : 1;
	return x->folder < y->folder ? -1 : x->folder > y->folder;
}

static const struct open_create *
find_open(const struct ident *id, struct ex_str name, size_t folder)
{
	struct open_create key = { .name = ex_listing_digest(name),
	    .folder = (uint16_t)folder };

	return name.p == NULL ? NULL :
	    bsearch(&key, id->open, id->nopen, sizeof(key), by_name);
}

/*
 * Rule (a).  A mark counts only on an item that has no binding, and neither
 * it nor a name on one that bears another entry's UID (names were swapped),
 * or a new one while the create's is listed elsewhere there.
 * What is hidden or cannot be read is found so, too: it is there, and not
 * to be made once more.
 */
static int
find_creates(struct ident *id, struct ex_err *err)
{
	struct ex_diff *d = id->d;
	const struct open_create *o;
	struct ex_listed *x;
	struct ex_rec rec;
	uint32_t i;

	if (id->nopen == 0 || !EX_RULE("name"))
		return 0;
	qsort(id->open, id->nopen, sizeof(*id->open), by_name);
	for (i = 0; i < d->l.nrec; i++) {
		x = &d->l.rec[i];
		if (x->entry != EX_LISTING_NONE || x->type == EX_REC_GONE ||
		    x->type == EX_REC_KEPT)
			continue;
		if (ex_listing_get(&d->l, i, &d->line, &rec, err) == -1)
			return -1;
		o = find_open(id, ex_diff_stem(rec.id), x->folder);
		if (o == NULL)
			o = find_open(id, rec.id, x->folder);
		if (o == NULL)
			o = find_open(id, rec.mark, x->folder);
		if (o != NULL && (d->claim[i] == EX_LISTING_NONE ?
		    !is_moved(&d->l, x, false, o->uid) :
		    d->claim[i] == o->entry)) {
			x->entry = o->entry;
			x->flags |= REC_EXTRA | REC_NAMED;
		}
		ex_arena_reset(&d->line);
	}
	return 0;
}

/* A group of what has this record's UID and nobody's id: a new entry. */
static void
group(struct ex_diff *d, uint32_t first)
{
	uint32_t g = d->nentry + d->nnew++, i;
	struct ex_listed *x = &d->l.rec[first];

	x->entry = g;
	x->flags |= REC_EXTRA;
	for (i = ex_listing_by_uid(&d->l, x->uid); i != EX_LISTING_NONE;
	    i = d->l.next[i]) {
		x = &d->l.rec[i];
		/* A kept line has no UID, but who knows who wrote this one. */
		if (x->entry != EX_LISTING_NONE || x->type == EX_REC_GONE ||
		    x->type == EX_REC_KEPT)
			continue;
		x->entry = g;
		x->flags |= REC_EXTRA;
	}
}

/* Rules (c) and (f). */
static void
by_uid(struct ex_diff *d)
{
	struct ex_listed *x;
	uint32_t i;

	for (i = 0; i < d->l.nrec; i++) {
		x = &d->l.rec[i];
		if (x->entry != EX_LISTING_NONE || x->type == EX_REC_GONE ||
		    x->type == EX_REC_KEPT ||
		    d->claim[i] == EX_LISTING_NONE)
			continue;
		x->entry = d->claim[i];
		x->flags |= REC_EXTRA;
		ex_diff_dirty(d, x->entry);
	}
	for (i = 0; i < d->l.nrec; i++)
		if (d->l.rec[i].entry == EX_LISTING_NONE &&
		    d->l.rec[i].type == EX_REC_ITEM)
			group(d, i);
}

static int
by_entry(const void *a, const void *b)
{
	const struct diff_extra *x = a, *y = b;

	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	return x->rec < y->rec ? -1 : x->rec > y->rec;
}

/* rec[] stands in order of folders, so this is by entry and folder. */
static void
collect(struct ex_diff *d)
{
	uint32_t i;
	size_t n = 0;

	for (i = 0; i < d->l.nrec; i++)
		n += (d->l.rec[i].flags & REC_EXTRA) != 0;
	d->extra = calloc(n + 1, sizeof(*d->extra));
	if (d->extra == NULL)
		ex_diag_oom();
	for (i = 0; i < d->l.nrec; i++)
		if ((d->l.rec[i].flags & REC_EXTRA) != 0)
			d->extra[d->nextra++] = (struct diff_extra){
			    d->l.rec[i].entry, i };
	qsort(d->extra, d->nextra, sizeof(*d->extra), by_entry);
}

int
ex_ident(struct ex_diff *d, struct ex_err *err)
{
	struct ident id = { .d = d };
	uint32_t i;

	for (i = 0; i < d->l.nrec && !id.uids; i++)
		id.uids = !ex_sum_none(d->l.rec[i].uid);
	d->claim = malloc((d->l.nrec + 1) * sizeof(*d->claim));
	if (d->claim == NULL)
		ex_diag_oom();
	memset(d->claim, 0xff, (d->l.nrec + 1) * sizeof(*d->claim));
	if (d->snap != NULL && scan(&id, err) == -1)
		return -1;
	if (id.uids && EX_RULE("swapped"))
		let_go(d);
	if (find_creates(&id, err) == -1)
		return -1;
	by_uid(d);
	ex_diff_wake_listed(d);
	if (ex_match(d, err) == -1)
		return -1;
	collect(d);
	return ex_diff_find_strays(d, err);
}
