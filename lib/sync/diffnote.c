/*
 * diffnote.c: notes of what is listed but not bound, or not readable
 *
 * In order of folder and id; what the snapshot says already is left out,
 * and what it says no longer is said to be dropped.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/err.h>

#include "priv.h"

/* One note: what is there but not bound, or not readable. */
struct told {
	struct ex_str folder, id, rev, uid, mark, why, entry;
	bool drop;
};

static int
by_place(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	int c = ex_str_cmp(x->folder, y->folder);

	if (c == 0)
		c = ex_str_cmp(x->id, y->id);
	return c != 0 ? c : ex_str_cmp(x->entry, y->entry);
}

/* Does the snapshot say so already? */
static bool
known_note(const struct ex_diff *d, size_t f, const struct told *t)
{
	const struct ex_snap_note *n = ex_diff_note_of(d, f, t->id);

	return n != NULL && ex_str_eq(n->rev, t->rev) &&
	    ex_str_eq(n->uid, t->uid) && ex_str_eq(n->why, t->why);
}

static struct told *
tell(struct ex_diff *d, struct told **v, size_t *n)
{
	*v = ex_arena_grow(&d->arena, *v, *n, sizeof(**v));
	memset(&(*v)[*n], 0, sizeof(**v));
	return &(*v)[(*n)++];
}

static void
tell_again(struct ex_diff *d, const struct diff_note *note, struct told **v,
    size_t *n)
{
	const struct ex_snap_note *old = note->old;

	*tell(d, v, n) = (struct told){ d->sf[old->folder].name, old->id,
	    old->rev, old->uid, old->mark, old->why, note->entry, false };
}

static int
tell_record(struct ex_diff *d, const struct diff_note *note, struct told **v,
    size_t *n, struct ex_err *err)
{
	struct ex_rec rec;
	struct told *t;
	size_t f;

	if (note->old != NULL) {
		tell_again(d, note, v, n);
		return 0;
	}
	f = d->l.rec[note->rec].folder;
	if (ex_listing_get(&d->l, note->rec, &d->arena, &rec, err) == -1)
		return -1;
	t = tell(d, v, n);
	t->folder = d->l.folder[f].name;
	t->id = rec.id;
	t->rev = rec.rev;
	t->uid = rec.uid;
	t->mark = rec.mark;
	t->entry = note->entry;
	t->why = note->why != NULL ? ex_str_of(note->why) : ex_arena_fmt(
	    &d->arena, "%s: %.*s", rec.type == EX_REC_HIDDEN ? "hidden" :
	    "bad", EX_STR_ARG(rec.why));
	if (!d->folder[f].first && t->entry.p == NULL && known_note(d, f, t))
		--*n;
	return 0;
}

/*
 * Notes of what is not there any more, or is bound now.  A stale copy is
 * noted as one that differs: such are read in every run.
 */
static void
tell_changed(struct ex_diff *d, struct told **v, size_t *n)
{
	const struct ex_snap_note *note;
	const struct ex_listed *x;
	struct told *t;
	uint32_t r;
	size_t i, f;
	bool drop;

	for (i = 0; i < d->nnote; i++) {
		note = &d->note[i];
		if ((f = d->seen[note->folder]) == DIFF_NONE)
			continue;
		r = ex_listing_by_id(&d->l, f, ex_listing_digest(note->id));
		x = r == EX_LISTING_NONE ? NULL : &d->l.rec[r];
		drop = d->woken[i] || (x == NULL ? !d->l.folder[f].delta :
		    x->type == EX_REC_GONE || (x->flags & REC_TAKEN) != 0);
		if (!drop && (!d->stale[i] ||
		    !ex_diff_in_force(d, note, f)))
			continue;
		t = tell(d, v, n);
		*t = (struct told){ .folder = d->l.folder[f].name,
		    .id = note->id, .drop = drop };
		if (!drop) {
			t->rev = note->rev;
			t->uid = note->uid;
			t->mark = note->mark;
			t->why = EX_STR(EX_SNAP_DIFFERS);
		}
	}
}

static void
put_note(struct ex_rec_out *out, const struct told *t)
{
	ex_rec_start(out, "note");
	ex_rec_str(out, "folder", t->folder);
	ex_rec_str(out, "id", t->id);
	ex_rec_str(out, "rev", t->rev);
	ex_rec_str(out, "uid", t->uid);
	ex_rec_str(out, "mark", t->mark);
	ex_rec_str(out, "entry", t->entry);
	if (t->drop)
		ex_rec_raw(out, "why", EX_STR("null"));
	else
		ex_rec_str(out, "why", t->why);
	ex_rec_stop(out);
}

int
ex_diff_notes(struct ex_diff *d, struct ex_rec_out *out,
    void (*room)(void *arg), void *arg, struct ex_err *err)
{
	struct told *v = NULL;
	size_t n = 0, i;
	struct diff_note aside = { 0 };
	const struct ex_listed *x;

	for (i = 0; i < d->nnoted; i++)
		if (tell_record(d, &d->noted[i], &v, &n, err) == -1)
			return -1;
	for (; aside.rec < d->l.nrec; aside.rec++) {
		x = &d->l.rec[aside.rec];
		if ((x->type == EX_REC_HIDDEN || x->type == EX_REC_BAD) &&
		    (x->flags & REC_NOTED) == 0 &&
		    tell_record(d, &aside, &v, &n, err) == -1)
			return -1;
	}
	tell_changed(d, &v, &n);
	if (n > 0)
		qsort(v, n, sizeof(*v), by_place);
	for (i = 0; i < n; i++) {
		room(arg);
		put_note(out, &v[i]);
	}
	return 0;
}
