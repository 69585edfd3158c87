/*
 * filestdout.c: file:- to write to: items as they come, on standard output
 *
 * Cards one after the other; of calendars one VCALENDAR for each item, for
 * nobody says which write is the last (RFC 5545, 3.4 allows several).
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <ex/codec.h>
#include <ex/file.h>

#include "priv.h"

static int
print(const struct ex_write *w, struct ex_arena *a, struct ex_buf *text,
    struct ex_wrote *r)
{
	struct ex_item *after = ex_arena_alloc(a, sizeof(*after));
	struct ex_err why;

	if (w->op != EX_WRITE_CREATE) {
		r->answer = EX_ANSWER_DENIED;
		r->why = EX_STR("standard output: nothing in it can change");
		return 0;
	}
	r->as = ex_codec_form(w->as, w->item->kind);
	ex_buf_clear(text);
	r->answer = EX_ANSWER_REFUSED;
	if (ex_codec_encode(w->item, r->as, a, text, &why) == -1 ||
	    ex_codec_decode(ex_arena_str(a, ex_buf_get(text)), 1, a, after,
	    &why) == -1) {
		r->as = EX_STR_NONE;
		r->why = ex_arena_str(a, ex_str_of(why.msg));
		return 0;
	}
	if (ex_file_write(STDOUT_FILENO, text->p, text->n, "standard output",
	    &why) == -1) {
		*r = (struct ex_wrote){ .answer = EX_ANSWER_BUSY,
		    .why = ex_arena_str(a, ex_str_of(why.msg)) };
		return -1;
	}
	r->answer = EX_ANSWER_STORED;
	r->id = w->item->uid.p != NULL ? w->item->uid : EX_STR("-");
	r->after = after;
	return 0;
}

int
ex_filestore_print(struct ex_store *s, const struct ex_write *w, size_t n,
    ex_write_done *done, void *arg, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_buf text = EX_BUF_INIT;
	struct ex_wrote r;
	bool broken = false;
	size_t i;
	int got = 0;

	(void)s;
	for (i = 0; i < n && got == 0 && !broken; i++) {
		r = (struct ex_wrote){ .answer = EX_ANSWER_BUSY };
		broken = print(&w[i], &a, &text, &r) == -1;
		got = done(arg, i, &r, err);
		if (broken && got == 0)
			got = ex_err_set(err, EX_ERR_SYSTEM, "%.*s",
			    EX_STR_ARG(r.why));
		ex_arena_reset(&a);
	}
	ex_buf_fini(&text);
	ex_arena_free(&a);
	return got;
}
