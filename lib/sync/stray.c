/*
 * stray.c: what is new in a folder, cannot be read and bears no UID
 *
 * Nobody can say which item it is: one that is missing there may have been
 * renamed, or have changed ids with another.  So what is missing beside it is
 * unknown, not gone, and is bound to it: the next runs know by the id that it
 * cannot be read.  When it can, its UID says which item it is, and the others
 * that were bound to it are gone; all are when it goes.  But of several each
 * may be any: while there is one that still cannot be read, they are bound to
 * that.  (Nobody knows the rev of what they are bound to, so theirs is none.)
 *
 * Likewise what cannot be read any more under an id that is bound: that may
 * have changed ids with the missing one before it was damaged.  But where
 * there is a new one, that is likelier.
 *
 * What was noted there before was there when the missing one still was.
 * Where absence says nothing yet it is noted by a later run.
 *
 * Where all ids are new nothing is known of what was there before, so what
 * was in that folder and is not found is not made there while anything bears
 * no UID and cannot be read: it is bound to no id.
 */
#include <string.h>

#include <ex/diag.h>
#include <ex/err.h>
#include <ex/rule.h>
#include <ex/sort.h>

#include "priv.h"

#define LATER	"not taken as deleted until it can, or is gone, too"

/* What is noted of that id there: that it cannot be read, and has no UID? */
static const struct ex_snap_note *
nameless(const struct ex_diff *d, size_t f, struct ex_str id)
{
	const struct ex_snap_note *note = ex_diff_note_of(d, f, id);

	return note != NULL && note->uid.p == NULL &&
	    ex_str_starts(note->why, "bad") ? note : NULL;
}

/* Is that still so? */
static bool
is_still(const struct ex_diff *d, size_t f, const struct ex_snap_note *note)
{
	const struct ex_listed *x;
	uint32_t r;

	r = ex_listing_by_id(&d->l, f, ex_listing_digest(note->id));
	if (r == EX_LISTING_NONE)
		return d->l.folder[f].delta;
	x = &d->l.rec[r];
	return x->type == EX_REC_BAD ? ex_sum_none(x->uid) :
	    ex_diff_in_force(d, note, f);
}

bool
ex_diff_was_stray(const struct ex_diff *d, size_t f,
    const struct ex_snap_binding *b)
{
	return b != NULL && b->id.p != NULL && b->rev.p == NULL &&
	    EX_RULE("stray") && nameless(d, f, b->id) != NULL;
}

void
ex_diff_keep_stray(struct ex_diff *d, size_t f,
    const struct ex_snap_binding *b)
{
	struct diff_folder *df = &d->folder[f];
	const struct ex_snap_note *note;

	note = nameless(d, f, b->id);
	if (!is_still(d, f, note))
		return;
	df->still = ex_arena_grow(&d->arena, df->still, df->nstill,
	    sizeof(*df->still));
	df->still[df->nstill++] = note;
}

static bool
is_old(const struct ex_diff *d, size_t f, const struct ex_rec *rec)
{
	const struct ex_snap_note *note = ex_diff_note_of(d, f, rec->id);

	return note != NULL && !d->folder[f].first && note->uid.p == NULL &&
	    (note->rev.p == NULL || ex_str_eq(note->rev, rec->rev));
}

static int
by_id(const void *a, const void *b)
{
	return ex_str_cmp(((const struct diff_stray *)a)->id,
	    ((const struct diff_stray *)b)->id);
}

static void
push(struct ex_diff *d, struct diff_folder *df, uint32_t r, struct ex_str id)
{
	df->stray = ex_arena_grow(&d->arena, df->stray, df->nstray,
	    sizeof(*df->stray));
	df->stray[df->nstray++] = (struct diff_stray){
	    ex_arena_str(&d->arena, id), r };
	if (!df->whole && !df->first)
		d->l.rec[r].flags |= REC_NOTED;
}

/* Those under ids that are bound, or those that are not. */
static int
find_in(struct ex_diff *d, size_t f, bool bound, struct ex_err *err)
{
	const struct ex_listing_folder *lf = &d->l.folder[f];
	struct diff_folder *df = &d->folder[f];
	const struct ex_listed *x;
	struct ex_rec rec;
	uint32_t r;

	for (r = lf->first; r < lf->first + lf->n; r++) {
		x = &d->l.rec[r];
		if (x->type != EX_REC_BAD || !ex_sum_none(x->uid))
			continue;
		df->unread = true;
		if ((x->entry != EX_LISTING_NONE) != bound)
			continue;
		if (ex_listing_get(&d->l, r, &d->line, &rec, err) == -1)
			return -1;
		if (!is_old(d, f, &rec))
			push(d, df, r, rec.id);
		ex_arena_reset(&d->line);
	}
	if (df->nstray > 1)
		ex_sort(df->stray, df->nstray, sizeof(*df->stray), by_id);
	return 0;
}

int
ex_diff_find_strays(struct ex_diff *d, struct ex_err *err)
{
	const struct ex_snap_note *note;
	size_t f, i;

	if (!EX_RULE("stray"))
		return 0;
	for (f = 0; f < d->l.nfolder; f++)
		if (find_in(d, f, false, err) == -1 ||
		    (d->folder[f].unread && d->folder[f].nstray == 0 &&
		    find_in(d, f, true, err) == -1))
			return -1;
	for (i = 0; i < d->nnote; i++) {
		note = &d->note[i];
		f = d->seen[note->folder];
		if (f != DIFF_NONE && !d->folder[f].first &&
		    nameless(d, f, note->id) != NULL && is_still(d, f, note))
			d->folder[f].unread = true;
	}
	return 0;
}

bool
ex_diff_is_stray(const struct diff_entry *x, size_t f,
    const struct ex_snap_binding *b)
{
	struct diff_folder *df = &x->d->folder[f];

	if (df->nstray > 0)
		ex_diff_note_entry(x, df->stray[df->held++ % df->nstray].rec);
	else if (df->nstill > 0 && ex_diff_was_stray(x->d, f, b))
		ex_diff_note_again(x, df->still[df->held++ % df->nstill]);
	else
		return false;
	return true;
}

bool
ex_diff_waits(const struct diff_entry *x, size_t f)
{
	struct diff_folder *df = &x->d->folder[f];

	df->waits += df->unread;
	return df->unread;
}

/* n of that folder are missing, or not found, for that one is unreadable. */
static void
say(const struct ex_diff *d, size_t f, size_t n, const char *missing,
    struct ex_str id, const char *then)
{
	struct ex_buf b = EX_BUF_INIT;

	ex_buf_fmt(&b, "folder %.*s: %zu not %s, but %.*s %s",
	    EX_STR_ARG(d->l.folder[f].name), n, missing, EX_STR_ARG(id), then);
	ex_buf_putc(&b, '\0');
	d->opt.warn(b.p);
	ex_buf_fini(&b);
}

void
ex_diff_say_strays(const struct ex_diff *d)
{
	const struct diff_folder *df;
	size_t f;

	for (f = 0; f < d->l.nfolder && d->opt.warn != NULL; f++) {
		df = &d->folder[f];
		if (df->nstray > 0 && (df->waits > 0 ||
		    (df->first && df->held > 0)))
			say(d, f, df->first ? df->held : df->waits,
			    "found there", df->stray[0].id, "cannot be read: "
			    "not made there until it can, or is gone");
		if (df->first || df->held == 0)
			continue;
		if (df->nstray > 0)
			say(d, f, df->held, "there any more", df->stray[0].id,
			    d->l.rec[df->stray[0].rec].entry != EX_LISTING_NONE
			    ? "cannot be read any more: " LATER :
			    "is new there and cannot be read: " LATER);
		else
			say(d, f, df->held, "there any more", df->still[0]->id,
			    "is there and cannot be read: " LATER);
	}
}
