/*
 * copies.c: two items of one UID in one folder: what is said of them, and
 * what is not to be believed of them
 */
#include <string.h>

#include <ex/text.h>

#include "priv.h"

void
ex_diff_say_copies(const struct diff_entry *x, size_t f, const uint32_t *rec,
    size_t n)
{
	struct ex_diff *d = x->d;
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_item item;
	struct ex_rec r;
	struct ex_err err;
	size_t i;

	ex_buf_fmt(&b, "folder %.*s: uid %.*s is there more than once, and "
	    "they differ; left alone there:",
	    EX_STR_ARG(d->l.folder[f].name), EX_STR_ARG(x->e->uid));
	for (i = 0; i < n && i < 4; i++) {
		if (ex_listing_get(&d->l, rec[i], &a, &r, &err) == -1)
			continue;
		ex_buf_puts(&b, i > 0 ? ", " : " ");
		if (r.data.p != NULL &&
		    ex_item_parse(r.data, &a, &item, &err) == 0) {
			ex_buf_str(&b, ex_text_print(ex_item_title(&item), 60,
			    &a));
			ex_buf_putc(&b, ' ');
		}
		ex_buf_putc(&b, '(');
		ex_buf_str(&b, r.id);
		ex_buf_putc(&b, ')');
	}
	ex_buf_putc(&b, '\0');
	if (d->opt.warn != NULL)
		d->opt.warn(b.p);
	ex_buf_fini(&b);
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
