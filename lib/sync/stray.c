/*
 * stray.c: what is new in a folder, cannot be read and bears no UID
 *
 * Nobody can say which item it is: one that is missing there may have been
 * renamed, or have changed ids with another.  So what is missing beside it is
 * unknown, not gone, and is bound to it: the next runs know by the id that it
 * cannot be read.  When it can, its UID says which item it is, and the others
 * that were bound to it are gone; all are when it goes.
 *
 * What was noted there before was there when the missing one still was.
 * Where absence says nothing yet it is noted by a later run.
 */
#include <string.h>

#include <ex/diag.h>
#include <ex/err.h>
#include <ex/rule.h>
#include <ex/sort.h>

#include "priv.h"

static bool
is_old(const struct ex_diff *d, size_t f, const struct ex_rec *rec)
{
	const struct ex_snap_note *note = ex_diff_note_of(d, f, rec->id);

	return note != NULL && note->uid.p == NULL &&
	    (note->rev.p == NULL || ex_str_eq(note->rev, rec->rev));
}

static int
by_id(const void *a, const void *b)
{
	return ex_str_cmp(((const struct diff_stray *)a)->id,
	    ((const struct diff_stray *)b)->id);
}

static int
find_in(struct ex_diff *d, size_t f, struct ex_err *err)
{
	const struct ex_listing_folder *lf = &d->l.folder[f];
	struct diff_folder *df = &d->folder[f];
	const struct ex_listed *x;
	struct ex_rec rec;
	uint32_t r;

	for (r = lf->first; r < lf->first + lf->n; r++) {
		x = &d->l.rec[r];
		if (x->type != EX_REC_BAD || !ex_sum_none(x->uid) ||
		    x->entry != EX_LISTING_NONE)
			continue;
		if (ex_listing_get(&d->l, r, &d->line, &rec, err) == -1)
			return -1;
		if (!is_old(d, f, &rec)) {
			df->stray = ex_arena_grow(&d->arena, df->stray,
			    df->nstray, sizeof(*df->stray));
			df->stray[df->nstray++] = (struct diff_stray){
			    ex_arena_str(&d->arena, rec.id), r };
			if (!df->whole)
				d->l.rec[r].flags |= REC_NOTED;
		}
		ex_arena_reset(&d->line);
	}
	if (df->nstray > 1)
		ex_sort(df->stray, df->nstray, sizeof(*df->stray), by_id);
	return 0;
}

int
ex_diff_find_strays(struct ex_diff *d, struct ex_err *err)
{
	size_t f;

	for (f = 0; f < d->l.nfolder && EX_RULE("stray"); f++)
		if (!d->folder[f].first && find_in(d, f, err) == -1)
			return -1;
	return 0;
}

bool
ex_diff_is_stray(const struct diff_entry *x, size_t f)
{
	struct diff_folder *df = &x->d->folder[f];

	if (df->nstray == 0)
		return false;
	ex_diff_note_entry(x, df->stray[df->held++ % df->nstray].rec);
	return true;
}

void
ex_diff_say_strays(const struct ex_diff *d)
{
	const struct diff_folder *df;
	struct ex_buf b = EX_BUF_INIT;
	size_t f;

	for (f = 0; f < d->l.nfolder && d->opt.warn != NULL; f++) {
		df = &d->folder[f];
		if (df->held == 0)
			continue;
		ex_buf_clear(&b);
		ex_buf_fmt(&b, "folder %.*s: %zu not there any more, but "
		    "%.*s is new there and cannot be read: not taken as "
		    "deleted until it can, or is gone, too",
		    EX_STR_ARG(d->l.folder[f].name), df->held,
		    EX_STR_ARG(df->stray[0].id));
		ex_buf_putc(&b, '\0');
		d->opt.warn(b.p);
	}
	ex_buf_fini(&b);
}
