/*
 * match.c: items of first runs, by content, then by keys  (ring.md 2, d, e)
 *
 * A unit is an entry, or a group of new items with one UID; its mask says
 * in which folders it is.  A mover is a group that is only in folders on
 * their first run, or that were relinked; it may become one with a unit that
 * is in none of them.  A unit is known by each content that it has: an entry
 * by its master and its shadows, a group by those of its items, which may
 * differ.
 *
 * By content: equal items are equal, so within one hash the first mover of
 * a folder goes with the first unit that lacks the folder, and so on: one
 * to one, and in the same order whatever the order of the listings.
 * By keys: only where no folder has two; else said, and nothing is done.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/array.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/hash.h>
#include <ex/key.h>
#include <ex/rule.h>
#include <ex/sort.h>
#include <ex/text.h>

#include "priv.h"

#define LOOK_AHEAD 64		/* slots tried for a mover in many folders */

struct unit {
	unsigned char key[16];
	uint64_t order;
	uint32_t target;	/* entry; from nentry on: group */
	bool mover;
};

struct match {
	struct ex_diff *d;
	size_t words;		/* of a mask */
	uint64_t *mask;		/* by target */
	uint32_t *alias;	/* by group: where it went */
	struct unit *unit;
	size_t n, size;
	size_t *from;		/* by folder: first slot that may lack it */
	uint32_t *first;	/* by target: its first record */
};

static uint64_t *
mask_of(const struct match *m, uint32_t target)
{
	return m->mask + (size_t)target * m->words;
}

static void
set_bit(uint64_t *mask, size_t f)
{
	mask[f / 64] |= (uint64_t)1 << f % 64;
}

static bool
has_bit(const uint64_t *mask, size_t f)
{
	return (mask[f / 64] >> f % 64 & 1) != 0;
}

static bool
overlap(const struct match *m, uint32_t a, uint32_t b)
{
	size_t i;

	for (i = 0; i < m->words; i++)
		if ((mask_of(m, a)[i] & mask_of(m, b)[i]) != 0)
			return true;
	return false;
}

/* Where a target has gone to by now. */
static uint32_t
root(const struct match *m, uint32_t t)
{
	while (t >= m->d->nentry && m->alias[t - m->d->nentry] != t)
		t = m->alias[t - m->d->nentry];
	return t;
}

static void
join(struct match *m, uint32_t mover, uint32_t into)
{
	size_t i;

	for (i = 0; i < m->words; i++)
		mask_of(m, into)[i] |= mask_of(m, mover)[i];
	m->alias[mover - m->d->nentry] = into;
	if (into < m->d->nentry)
		ex_diff_dirty(m->d, into);
}

static struct unit *
add(struct match *m, uint32_t target)
{
	if (m->n == m->size)
		m->unit = ex_array_more(m->unit, &m->size, sizeof(*m->unit));
	m->unit[m->n] = (struct unit){ .target = target, .order = target };
	return &m->unit[m->n++];
}

static void
entry_units(struct match *m, const struct ex_snap_entry *e, uint32_t k)
{
	struct ex_snap_binding *b;
	size_t i, j, f;

	for (i = 0; i < e->nbinding; i++)
		if ((f = ex_diff_folder_of(m->d, &e->binding[i])) !=
		    DIFF_NONE && (e->binding[i].id.p != NULL ||
		    m->d->folder[f].leaves_out))
			set_bit(mask_of(m, k), f);
	if (e->gone || e->master.p == NULL)
		return;
	ex_hash_parse(e->master, add(m, k)->key);
	for (i = 0; i < e->nbinding; i++) {
		b = &e->binding[i];
		if (b->shadow.p == NULL || b->shadow.n == 0)
			continue;
		for (j = 0; j < i; j++)
			if (ex_str_eq(e->binding[j].shadow, b->shadow))
				break;
		if (j == i)
			ex_hash_parse(b->shadow, add(m, k)->key);
	}
}

/* The snapshot's entries; with keys, by what their masters are called. */
static int
entries(struct match *m, struct ex_err *err)
{
	struct ex_diff *d = m->d;
	struct ex_snap_scan *scan;
	struct ex_snap_entry e;
	uint32_t k;
	int got;

	if (d->snap == NULL)
		return 0;
	if (ex_snap_scan_open(d->snap, &scan, err) == -1)
		return -1;
	for (k = 0; (got = ex_snap_scan_next(scan, &d->line, &e, err)) == 1;
	    k++) {
		entry_units(m, &e, k);
		ex_arena_reset(&d->line);
	}
	ex_snap_scan_close(scan);
	return got;
}

/* What is new there may be what the ring has: a first run, or a relink. */
static bool
moves_in(const struct ex_diff *d, size_t f)
{
	return d->folder[f].first || d->folder[f].relinked;
}

/* A group is known by one content more. */
static void
also(struct match *m, size_t first, const struct ex_listed *x)
{
	const struct unit *u = &m->unit[first + x->entry - m->d->nentry];
	struct unit *v;

	if (memcmp(u->key, x->hash, 16) == 0)
		return;
	v = add(m, x->entry);
	memcpy(v->key, x->hash, 16);
}

/* Groups, by their hashes; masks of all that records were assigned to. */
static void
groups(struct match *m)
{
	struct ex_diff *d = m->d;
	const struct ex_listed *x;
	struct unit *u;
	size_t first = m->n, g;
	uint32_t i;

	for (g = 0; g < d->nnew; g++) {
		u = add(m, d->nentry + (uint32_t)g);
		u->mover = true;
		u->order = UINT64_MAX;
		m->alias[g] = u->target;
	}
	for (i = 0; i < d->l.nrec; i++) {
		x = &d->l.rec[i];
		if (x->entry == EX_LISTING_NONE || x->type == EX_REC_GONE)
			continue;
		set_bit(mask_of(m, x->entry), x->folder);
		if (x->entry < d->nentry)
			continue;
		u = &m->unit[first + x->entry - d->nentry];
		if (!moves_in(d, x->folder))
			u->mover = false;
		if (x->type != EX_REC_ITEM)
			continue;
		if (u->order == UINT64_MAX)
			memcpy(u->key, x->hash, 16);
		if (x->id.lo < u->order)
			u->order = x->id.lo;
		also(m, first, x);
	}
	for (g = first + d->nnew; g < m->n; g++) {
		u = &m->unit[first + m->unit[g].target - d->nentry];
		m->unit[g].mover = u->mover;
		m->unit[g].order = u->order;
	}
}

/* By key; entries, then what stays, then movers; then their own order. */
static int
by_key(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;
	int c = memcmp(x->key, y->key, 16);

	if (c != 0)
		return c;
	if (x->mover != y->mover)
		return x->mover ? 1 : -1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->target < y->target ? -1 : x->target > y->target;
}

static size_t
lowest(const struct match *m, uint32_t target)
{
	size_t f;

	for (f = 0; f < m->d->l.nfolder; f++)
		if (has_bit(mask_of(m, target), f))
			break;
	return f;
}

/*
 * One mover of a class: slots are the units before it that still stand.  By
 * another content it may have gone to one already; that stands for it then.
 */
static void
place(struct match *m, struct unit *slot, size_t *nslot, struct unit u)
{
	size_t f = lowest(m, u.target), i, tried = 0;
	bool gone = root(m, u.target) != u.target;
	uint32_t into;

	for (i = m->from[f]; !gone && i < *nslot && tried < LOOK_AHEAD; i++) {
		into = root(m, slot[i].target);
		if (has_bit(mask_of(m, into), f)) {
			if (i == m->from[f])
				m->from[f]++;
			continue;
		}
		if (!overlap(m, into, u.target)) {
			join(m, u.target, into);
			return;
		}
		tried++;
	}
	slot[(*nslot)++] = u;
}

static void
same_content(struct match *m)
{
	size_t i = 0, end, nslot, f;

	for (; i < m->n; i = end) {
		for (end = i + 1; end < m->n && memcmp(m->unit[i].key,
		    m->unit[end].key, 16) == 0; end++)
			;
		if (end == i + 1 || !m->unit[end - 1].mover)
			continue;
		for (f = 0; f < m->d->l.nfolder; f++)
			m->from[f] = 0;
		nslot = 0;
		for (f = i; f < end; f++)
			if (m->unit[f].mover)
				place(m, m->unit + i, &nslot, m->unit[f]);
			else
				m->unit[i + nslot++] = m->unit[f];
	}
}

static void
digest_key(struct unit *u, struct ex_str key)
{
	struct ex_sum s = ex_listing_digest(key);

	memcpy(u->key, &s.lo, 8);
	memcpy(u->key + 8, &s.hi, 8);
}

static int
key_unit(struct match *m, struct ex_str data, uint32_t target, bool mover,
    struct ex_err *err)
{
	struct ex_diff *d = m->d;
	struct ex_item item;
	struct ex_str key;
	struct unit *u;

	if (ex_item_parse(data, &d->line, &item, err) == -1)
		return -1;
	key = ex_key_of(&item, d->opt.match, &d->line);
	if (key.p == NULL)
		return 0;
	u = add(m, target);
	digest_key(u, key);
	u->mover = mover;
	return 0;
}

static int
entry_keys(struct match *m, struct ex_err *err)
{
	struct ex_diff *d = m->d;
	struct ex_snap_scan *scan;
	struct ex_snap_entry e;
	struct ex_str data;
	uint32_t k;
	int got = 0;

	if (d->snap == NULL)
		return 0;
	if (ex_snap_scan_open(d->snap, &scan, err) == -1)
		return -1;
	for (k = 0; (got = ex_snap_scan_next(scan, &d->line, &e, err)) == 1;
	    k++) {
		if (!e.gone && e.master.p != NULL &&
		    (ex_snap_body(d->snap, e.uid, e.master, &d->line, &data,
		    err) == -1 || key_unit(m, data, k, false, err) == -1)) {
			got = -1;
			break;
		}
		ex_arena_reset(&d->line);
	}
	ex_snap_scan_close(scan);
	return got;
}

/* The new items that are still on their own, by keys. */
static int
group_keys(struct match *m, const bool *mover, struct ex_err *err)
{
	struct ex_diff *d = m->d;
	const struct ex_listed *x;
	struct ex_rec rec;
	bool *done;
	uint32_t i, g;
	int got = 0;

	if ((done = calloc((size_t)d->nnew + 1, sizeof(*done))) == NULL)
		ex_diag_oom();
	for (i = 0; i < d->l.nrec && got == 0; i++) {
		x = &d->l.rec[i];
		if (x->type != EX_REC_ITEM || x->entry < d->nentry ||
		    x->entry == EX_LISTING_NONE)
			continue;
		g = x->entry - d->nentry;
		if (done[g] || root(m, x->entry) != x->entry)
			continue;
		done[g] = true;
		got = ex_listing_get(&d->l, i, &d->line, &rec, err);
		if (got == 0)
			got = key_unit(m, rec.data, x->entry, mover[g], err);
		ex_arena_reset(&d->line);
	}
	free(done);
	return got;
}

/* The first record of each target: where its place and title are. */
static uint32_t *
first_records(const struct match *m)
{
	const struct ex_diff *d = m->d;
	size_t i, n = (size_t)d->nentry + d->nnew;
	uint32_t *first, r;

	if ((first = malloc((n + 1) * sizeof(*first))) == NULL)
		ex_diag_oom();
	for (i = 0; i < n; i++)
		first[i] = EX_LISTING_NONE;
	for (r = d->l.nrec; r-- > 0;)
		if (d->l.rec[r].entry != EX_LISTING_NONE)
			first[d->l.rec[r].entry] = r;
	return first;
}

/* "KEYS: WHAT (TITLE): FOLDER:ID FOLDER:ID", a few of many. */
static void
tell(struct match *m, size_t from, size_t end, const char *what,
    void (*say)(const char *text))
{
	struct ex_diff *d = m->d;
	struct ex_buf b = EX_BUF_INIT, who = EX_BUF_INIT;
	struct ex_item item;
	struct ex_rec rec;
	struct ex_err err;
	size_t i;
	uint32_t r;

	for (i = from; i < end && i < from + 4; i++) {
		r = m->first[m->unit[i].target];
		if (r == EX_LISTING_NONE ||
		    ex_listing_get(&d->l, r, &d->line, &rec, &err) == -1)
			continue;
		ex_buf_fmt(&who, " %.*s:%.*s", EX_STR_ARG(rec.folder),
		    EX_STR_ARG(rec.id));
		if (b.n == 0 && rec.data.p != NULL && ex_item_parse(rec.data,
		    &d->line, &item, &err) == 0)
			ex_buf_str(&b, ex_text_print(ex_item_title(&item), 60,
			    &d->line));
	}
	if (say != NULL)
		say(ex_arena_fmt(&d->line, "%.*s: %s (%.*s):%.*s%s",
		    EX_STR_ARG(d->opt.match), what, (int)b.n, b.p != NULL ?
		    b.p : "", (int)who.n, who.p != NULL ? who.p : "",
		    i < end ? " ..." : "").p);
	ex_buf_fini(&who);
	ex_buf_fini(&b);
	ex_arena_reset(&d->line);
}

/* All of one key become one, if they are one a folder and one at most stays. */
static void
one_key(struct match *m, size_t from, size_t end)
{
	uint32_t into = m->unit[from].target;
	size_t i, j;

	for (i = from; i < end; i++)
		for (j = from; j < i; j++)
			if ((!m->unit[i].mover && !m->unit[j].mover) ||
			    overlap(m, m->unit[i].target,
			    m->unit[j].target)) {
				tell(m, from, end, "not matched, ambiguous",
				    m->d->opt.warn);
				return;
			}
	if (m->d->opt.say != NULL)
		tell(m, from, end, "matched", m->d->opt.say);
	for (i = from + 1; i < end; i++)
		join(m, m->unit[i].target, into);
}

static int
same_keys(struct match *m, struct ex_err *err)
{
	bool *mover;
	size_t i, end;
	int got;

	if ((mover = calloc((size_t)m->d->nnew + 1, sizeof(bool))) == NULL)
		ex_diag_oom();
	for (i = 0; i < m->n; i++)
		if (m->unit[i].target >= m->d->nentry && m->unit[i].mover)
			mover[m->unit[i].target - m->d->nentry] = true;
	m->n = 0;
	got = entry_keys(m, err);
	if (got == 0)
		got = group_keys(m, mover, err);
	free(mover);
	if (got == -1)
		return -1;
	m->first = first_records(m);
	ex_sort(m->unit, m->n, sizeof(*m->unit), by_key);
	for (i = 0; i < m->n; i = end) {
		for (end = i + 1; end < m->n && memcmp(m->unit[i].key,
		    m->unit[end].key, 16) == 0; end++)
			;
		if (end > i + 1 && m->unit[end - 1].mover)
			one_key(m, i, end);
	}
	free(m->first);
	return 0;
}

/* Records follow where their groups went. */
static void
follow(struct match *m)
{
	struct ex_diff *d = m->d;
	uint32_t i;

	for (i = 0; i < d->l.nrec; i++)
		if (d->l.rec[i].entry != EX_LISTING_NONE)
			d->l.rec[i].entry = root(m, d->l.rec[i].entry);
}

int
ex_match(struct ex_diff *d, struct ex_err *err)
{
	struct match m = { .d = d };
	size_t f, targets = (size_t)d->nentry + d->nnew;
	bool first = false;
	int got;

	for (f = 0; f < d->l.nfolder; f++)
		first = first || moves_in(d, f);
	if (!first || !EX_RULE("match") || d->nnew == 0 ||
	    (d->nentry == 0 && d->l.nfolder < 2))
		return 0;
	m.words = d->l.nfolder / 64 + 1;
	m.mask = calloc(targets * m.words, sizeof(*m.mask));
	m.alias = malloc(((size_t)d->nnew + 1) * sizeof(*m.alias));
	m.from = calloc(d->l.nfolder + 1, sizeof(*m.from));
	if (m.mask == NULL || m.alias == NULL || m.from == NULL)
		ex_diag_oom();
	got = entries(&m, err);
	if (got == 0) {
		groups(&m);
		ex_sort(m.unit, m.n, sizeof(*m.unit), by_key);
		same_content(&m);
		if (d->opt.match.p != NULL && EX_RULE("keys"))
			got = same_keys(&m, err);
		follow(&m);
	}
	free(m.mask);
	free(m.alias);
	free(m.from);
	free(m.unit);
	return got;
}
