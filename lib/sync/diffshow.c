/*
 * diffshow.c: a change line, for people
 */
#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/diff.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/json.h>
#include <ex/show.h>

/* The item of a member; NULL: there is none, or it is null. */
static int
item_of(const struct ex_json *j, const char *name, struct ex_arena *a,
    struct ex_item **out, struct ex_err *err)
{
	const struct ex_json *v = ex_json_get(j, name);

	*out = NULL;
	if (v == NULL || v->type == EX_JSON_NULL)
		return 0;
	*out = ex_arena_alloc(a, sizeof(**out));
	return ex_item_of_json(v, a, *out, err);
}

int
ex_diff_show(const struct ex_json *change, struct ex_canon *c,
    struct ex_arena *a, struct ex_buf *out, struct ex_err *err)
{
	const struct ex_json *folders = ex_json_get(change, "folders"), *f;
	struct ex_item *master, *shadow, *now, *titled;
	struct ex_str is;

	if (item_of(change, "master", a, &master, err) == -1)
		return -1;
	for (f = folders != NULL ? folders->child : NULL; f != NULL;
	    f = f->next) {
		is = ex_json_get_str(f, "is");
		if (ex_str_is(is, "same") || ex_str_is(is, "absent"))
			continue;
		if (item_of(f, "now", a, &now, err) == -1 ||
		    item_of(f, "shadow", a, &shadow, err) == -1)
			return -1;
		titled = now != NULL ? now : master;
		ex_buf_fmt(out, "%.*s: %.*s", EX_STR_ARG(f->key),
		    EX_STR_ARG(is));
		if (now != NULL && ex_str_is(is, "edited")) {
			ex_buf_putc(out, '\n');
			ex_show_diff(out, c, shadow != NULL ? shadow : master,
			    now, 0);
		} else if (titled != NULL) {
			ex_buf_putc(out, ' ');
			ex_show_line(out, titled);
			ex_buf_putc(out, '\n');
		} else {
			ex_buf_putc(out, '\n');
		}
	}
	return 0;
}
