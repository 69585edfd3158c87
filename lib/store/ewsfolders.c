/*
 * ewsfolders.c: the folders behind a mailbox, or behind the public ones
 *
 * A public one is told of by its path: which mailbox has its content is known
 * to those alone who come by the hierarchy.
 */
#include <ex/cap.h>

#include "ewspriv.h"

#define IN_QUERY "/@:"	/* RFC 3986, 3.4, without & = + */

static struct ex_str
operand(const struct ex_ews *e, struct ex_str id, struct ex_str path,
    struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	ex_buf_fmt(&b, "ews:%.*s?", EX_STR_ARG(e->url));
	if (e->mailbox.n > 0) {
		ex_buf_puts(&b, "mailbox=");
		ex_http_encode(&b, e->mailbox, IN_QUERY);
		ex_buf_putc(&b, '&');
	}
	ex_buf_puts(&b, e->public ? "folder=publicfoldersroot/" : "folder=");
	ex_http_encode(&b, e->public ? path : id, IN_QUERY);
	s = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

/* A folder whose own folders are still to be asked for. */
struct level {
	struct ex_ews_place at;
	struct ex_str path;
};

struct walking {
	struct ex_ews *e;
	struct ex_arena a;
	struct level *v;
	size_t n, done;
};

static void
push(struct walking *w, struct ex_ews_place at, struct ex_str path)
{
	w->v = ex_arena_grow(&w->a, w->v, w->n, sizeof(*w->v));
	w->v[w->n++] = (struct level){ at, path };
}

int
ex_ews_folders(struct ex_store *s,
    int (*found)(void *arg, struct ex_str name, enum ex_kind kind,
    long long items, const char *rights, struct ex_str operand), void *arg,
    struct ex_err *err)
{
	struct walking w = { .e = (struct ex_ews *)s, .a = EX_ARENA_INIT };
	struct ex_ews_place at;
	struct ex_ews_folder *v;
	struct ex_str path;
	size_t i, n;
	int got = ex_ews_find_root(w.e, &at, err);

	if (got == 0)
		push(&w, at, EX_STR(""));
	while (got == 0 && w.done < w.n) {
		path = w.v[w.done].path;
		got = ex_ews_children(w.e, &w.v[w.done++].at, &w.a, &v, &n,
		    err);
		for (i = 0; got == 0 && i < n; i++) {
			struct ex_str name = ex_exmap_below(path,
			    v[i].title, &w.a);

			if (w.n > EX_CAP_EWS_FOLDERS)
				got = ex_err_set(err, EX_ERR_REMOTE, "%s: "
				    "more than %d folders", w.e->place.p,
				    EX_CAP_EWS_FOLDERS);
			push(&w, (struct ex_ews_place){ NULL, v[i].id },
			    name);
			if (got == 0 && ex_ews_kind(v[i].class) !=
			    EX_KIND_NONE)
				got = found(arg, name,
				    ex_ews_kind(v[i].class), v[i].items,
				    v[i].denied ? "none" : v[i].fixed ?
				    "read-only" : "read-write",
				    operand(w.e, v[i].id, name, &w.a));
		}
	}
	ex_arena_free(&w.a);
	return got;
}
