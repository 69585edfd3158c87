/*
 * noted.c: what the snapshot's notes say of items that were not read again
 *
 * A note is in force where its item is listed as kept under the note's rev,
 * or, in a listing of what changed, not at all.  What is hidden, cannot be
 * read or is one of several that differ makes its entry unknown in that
 * folder, in every run; so no second item of its UID is made beside it.
 *
 * What a target had before the ring has an item of that UID is left alone
 * and not read.  When the ring has one, its note is let go (woken) and its
 * folder's token too: the next run reads and binds it.  That of a second copy
 * whose entry changes is stale: the next run has to look; when its entry is
 * deleted it is next (snapcopy.c).
 */
#include <stdlib.h>
#include <string.h>

#include <ex/array.h>
#include <ex/rule.h>

#include "priv.h"

static int
by_uid(const void *a, const void *b)
{
	const struct ex_snap_note *x = *(const struct ex_snap_note *const *)a;
	const struct ex_snap_note *y = *(const struct ex_snap_note *const *)b;
	int c = ex_str_cmp(x->uid, y->uid);

	return c != 0 ? c : ex_str_cmp(x->id, y->id);
}

int
ex_diff_read_notes(struct ex_diff *d, struct ex_err *err)
{
	size_t i;

	if (ex_snap_notes(d->snap, &d->arena, &d->note, &d->nnote, err) == -1)
		return -1;
	d->by_uid = ex_arena_array(&d->arena, d->nnote + 1,
	    sizeof(*d->by_uid));
	d->woken = ex_arena_array(&d->arena, d->nnote + 1,
	    sizeof(*d->woken));
	d->stale = ex_arena_array(&d->arena, d->nnote + 1,
	    sizeof(*d->stale));
	for (i = 0; i < d->nnote; i++)
		if (d->note[i].uid.p != NULL)
			d->by_uid[d->nby_uid++] = &d->note[i];
	if (d->nby_uid > 0)
		qsort(d->by_uid, d->nby_uid, sizeof(*d->by_uid), by_uid);
	return 0;
}

size_t
ex_diff_first_note(const struct ex_diff *d, struct ex_str uid)
{
	size_t lo = 0, hi = d->nby_uid, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (ex_str_cmp(d->by_uid[mid]->uid, uid) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool
ex_diff_in_force(const struct ex_diff *d, const struct ex_snap_note *note, size_t f)
{
	const struct ex_listed *x;
	uint32_t r;

	if (d->seen[note->folder] != f || d->folder[f].first)
		return false;
	r = ex_listing_by_id(&d->l, f, ex_listing_digest(note->id));
	if (r == EX_LISTING_NONE)
		return d->l.folder[f].delta;
	x = &d->l.rec[r];
	return x->type == EX_REC_KEPT &&
	    ex_sum_eq(x->rev, ex_listing_digest(note->rev));
}

/* Is that item hidden or bad? */
static bool
is_unknown(const struct ex_snap_note *note)
{
	return ex_str_starts(note->why, "hidden") ||
	    ex_str_starts(note->why, "bad");
}

const struct ex_snap_note *
ex_diff_note_of(const struct ex_diff *d, size_t f, struct ex_str id)
{
	size_t lo = 0, hi = d->nnote, mid;
	int c;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		c = ex_str_cmp(d->sf[d->note[mid].folder].name,
		    d->l.folder[f].name);
		if (c == 0)
			c = ex_str_cmp(d->note[mid].id, id);
		if (c == 0)
			return &d->note[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static bool
noted_id(const struct ex_diff *d, size_t f, struct ex_str id)
{
	const struct ex_snap_note *note = ex_diff_note_of(d, f, id);

	return note != NULL && is_unknown(note) &&
	    ex_diff_in_force(d, note, f);
}

bool
ex_diff_is_noted(const struct ex_diff *d, size_t f, struct ex_str id,
    struct ex_str uid)
{
	const struct ex_snap_note *note;
	size_t i;

	if (d->nnote == 0)
		return false;
	if (id.p != NULL && noted_id(d, f, id))
		return true;
	for (i = ex_diff_first_note(d, uid); i < d->nby_uid &&
	    ex_str_eq(d->by_uid[i]->uid, uid); i++) {
		note = d->by_uid[i];
		if (!ex_diff_in_force(d, note, f))
			continue;
		if (id.p == NULL ? !ex_str_is(note->why, EX_SNAP_COPY) :
		    is_unknown(note) || ex_str_is(note->why, EX_SNAP_DIFFERS))
			return true;
	}
	return false;
}

struct ex_str
ex_diff_stem(struct ex_str id)
{
	size_t i = id.n;

	while (i > 0 && id.p[i - 1] != '/')
		i--;
	id.p += i;
	id.n -= i;
	for (i = id.n; i > 0; i--)
		if (id.p[i - 1] == '.') {
			id.n = i - 1;
			break;
		}
	return id;
}

static int
by_name(const void *a, const void *b)
{
	const struct diff_named *x = a, *y = b;

	return ex_str_cmp(x->name, y->name);
}

/* Few runs ask for them, so they are not there before. */
static void
name_notes(struct ex_diff *d)
{
	const struct ex_snap_note *note;
	size_t i;

	d->has_named = true;
	d->named = ex_arena_array(&d->arena, 3 * d->nnote + 1,
	    sizeof(*d->named));
	for (i = 0; i < d->nnote; i++) {
		note = &d->note[i];
		if (!is_unknown(note))
			continue;
		d->named[d->nnamed++] = (struct diff_named){ note->id, note };
		d->named[d->nnamed++] = (struct diff_named){
		    ex_diff_stem(note->id), note };
		if (note->mark.p != NULL)
			d->named[d->nnamed++] = (struct diff_named){
			    note->mark, note };
	}
	if (d->nnamed > 1)
		qsort(d->named, d->nnamed, sizeof(*d->named), by_name);
}

bool
ex_diff_is_noted_name(struct ex_diff *d, size_t f, struct ex_str name)
{
	size_t lo = 0, hi, mid;

	if (!d->has_named)
		name_notes(d);
	for (hi = d->nnamed; lo < hi; ) {
		mid = (lo + hi) / 2;
		if (ex_str_cmp(d->named[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < d->nnamed && ex_str_eq(d->named[lo].name, name); lo++)
		if (ex_diff_in_force(d, d->named[lo].note, f))
			return true;
	return false;
}

static void
wake(struct ex_diff *d, const struct ex_snap_note *note)
{
	size_t f = d->seen[note->folder];

	if (f == DIFF_NONE || !ex_str_is(note->why, EX_SNAP_ALONE) ||
	    !ex_diff_in_force(d, note, f))
		return;
	d->woken[note - d->note] = true;
	d->folder[f].woken = true;
}

void
ex_diff_wake_uid(struct ex_diff *d, struct ex_str uid)
{
	size_t i;

	for (i = ex_diff_first_note(d, uid); i < d->nby_uid &&
	    ex_str_eq(d->by_uid[i]->uid, uid); i++)
		wake(d, d->by_uid[i]);
}

static void
stale_copies(struct ex_diff *d, struct ex_str uid)
{
	size_t i;

	for (i = ex_diff_first_note(d, uid); i < d->nby_uid &&
	    ex_str_eq(d->by_uid[i]->uid, uid); i++)
		if (ex_str_is(d->by_uid[i]->why, EX_SNAP_COPY))
			d->stale[d->by_uid[i] - d->note] = true;
}

void
ex_diff_stale_copies(struct ex_diff *d, const struct ex_snap_entry *e)
{
	size_t i;

	if (d->nby_uid == 0)
		return;
	stale_copies(d, e->uid);
	for (i = 0; i < e->nbinding; i++)
		if (e->binding[i].uid.p != NULL)
			stale_copies(d, e->binding[i].uid);
}

void
ex_diff_wake_listed(struct ex_diff *d)
{
	uint32_t r;
	size_t i;

	for (i = 0; i < d->nby_uid; i++) {
		if (!ex_str_is(d->by_uid[i]->why, EX_SNAP_ALONE))
			continue;
		r = ex_listing_by_uid(&d->l,
		    ex_listing_digest(d->by_uid[i]->uid));
		for (; r != EX_LISTING_NONE; r = d->l.next[r])
			if (d->l.rec[r].type == EX_REC_ITEM &&
			    d->folder[d->l.rec[r].folder].reads)
				wake(d, d->by_uid[i]);
	}
}

static struct diff_note *
one_more(struct ex_diff *d)
{
	if (d->nnoted == d->noted_size)
		d->noted = ex_array_more(d->noted, &d->noted_size,
		    sizeof(*d->noted));
	return &d->noted[d->nnoted++];
}

void
ex_diff_note(struct ex_diff *d, uint32_t rec, const char *why)
{
	d->l.rec[rec].flags |= REC_NOTED;
	*one_more(d) = (struct diff_note){ .rec = rec, .why = why,
	    .entry = EX_STR_NONE };
}

void
ex_diff_note_entry(const struct diff_entry *x, uint32_t rec)
{
	struct ex_diff *d = x->d;

	ex_diff_note(d, rec, d->l.rec[rec].type == EX_REC_ITEM ?
	    EX_SNAP_DIFFERS : NULL);
	d->noted[d->nnoted - 1].entry = ex_arena_str(&d->arena, x->e->uid);
}

void
ex_diff_note_again(const struct diff_entry *x,
    const struct ex_snap_note *note)
{
	struct ex_diff *d = x->d;

	*one_more(d) = (struct diff_note){ .rec = EX_LISTING_NONE,
	    .old = note, .entry = ex_arena_str(&d->arena, x->e->uid) };
}

void
ex_diff_bind_aside(const struct diff_entry *x,
    const struct ex_snap_binding *b, const uint32_t *rec, size_t n)
{
	struct ex_diff *d = x->d;
	struct ex_sum uid = ex_listing_digest(x->e->uid);
	size_t i;

	for (i = 0; i < n && EX_RULE("aside"); i++) {
		if (ex_sum_none(d->l.rec[rec[i]].uid) ||
		    (b == NULL && ex_sum_eq(d->l.rec[rec[i]].uid, uid)))
			continue;
		ex_diff_note_entry(x, rec[i]);
	}
}
