/*
 * copies.c: two items of one UID in one folder: what is said of them, and
 * what is not to be believed of them
 */
#include <string.h>

#include <ex/text.h>

#include "priv.h"

/* "Title (id)", or "(id)" where no content is to be had. */
static void
say_one(struct ex_buf *b, struct ex_str data, struct ex_str id,
    struct ex_arena *a)
{
	struct ex_item item;
	struct ex_err err;

	ex_buf_puts(b, b->p[b->n - 1] == ':' ? " " : ", ");
	if (data.p != NULL && ex_item_parse(data, a, &item, &err) == 0) {
		ex_buf_str(b, ex_text_print(ex_item_title(&item), 60, a));
		ex_buf_putc(b, ' ');
	}
	ex_buf_putc(b, '(');
	ex_buf_str(b, id);
	ex_buf_putc(b, ')');
}

/* What the bound one held when it was read last; absent: not known. */
static struct ex_str
last_read(const struct diff_entry *x, const struct ex_snap_binding *b,
    struct ex_arena *a)
{
	struct ex_str hash = ex_diff_held(x, b), data;
	struct ex_err err;

	return hash.n > 0 && ex_snap_body(x->d->snap, x->e->uid, hash, a,
	    &data, &err) == 0 ? data : EX_STR_NONE;
}

void
ex_diff_say_copies(const struct diff_entry *x, size_t f,
    const struct ex_snap_binding *b, bool there, const uint32_t *rec,
    size_t n)
{
	struct ex_diff *d = x->d;
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_buf text = EX_BUF_INIT;
	struct ex_rec r;
	struct ex_err err;
	size_t i;

	ex_buf_fmt(&text, "folder %.*s: uid %.*s is there more than once, "
	    "and they differ; left alone there:",
	    EX_STR_ARG(d->l.folder[f].name), EX_STR_ARG(x->e->uid));
	if (there)
		say_one(&text, last_read(x, b, &a), b->id, &a);
	for (i = 0; i < n && i < 4; i++) {
		if (ex_listing_get(&d->l, rec[i], &a, &r, &err) == -1)
			continue;
		if (r.data.p == NULL && b != NULL && ex_str_eq(r.id, b->id))
			r.data = last_read(x, b, &a);
		say_one(&text, r.data, r.id, &a);
	}
	ex_buf_putc(&text, '\0');
	if (d->opt.warn != NULL)
		d->opt.warn(text.p);
	ex_buf_fini(&text);
	ex_arena_free(&a);
}

bool
ex_diff_is_mover(const struct diff_side *s)
{
	return s->is == NEW || s->is == EDITED || s->is == BEHIND;
}

/* Will the folder hold what it holds now? */
static bool
is_last_word(const struct diff_entry *x, const struct diff_side *s, size_t f)
{
	size_t i;

	for (i = 0; i < x->d->l.nfolder; i++)
		if (i != f && ex_diff_is_mover(&s[i]))
			return false;
	return (s[f].is == NEW && x->e->master.p == NULL) ||
	    (s[f].is == EDITED && !s[f].base.given);
}

void
ex_diff_doubt_copies(const struct diff_entry *x, const struct diff_side *s,
    size_t from)
{
	struct diff_note *note;
	size_t i;

	for (i = from; i < x->d->nnoted; i++) {
		note = &x->d->noted[i];
		if (note->why != NULL && strcmp(note->why, EX_SNAP_COPY) == 0 &&
		    !is_last_word(x, s, x->d->l.rec[note->rec].folder))
			note->why = EX_SNAP_DIFFERS;
	}
}
