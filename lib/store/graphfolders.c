/*
 * graphfolders.c: the folders behind a mailbox
 *
 * Each is told of by what the option folder may have, beside the operand.
 */
#include <ex/cap.h>

#include "graphpriv.h"

typedef int	 found_folder(void *arg, struct ex_str name,
		    enum ex_kind kind, long long items, const char *rights,
		    struct ex_str operand);

/* A folder whose own folders are still to be asked for. */
struct level {
	struct ex_str id, path;
};

struct walking {
	struct ex_graph *g;
	struct ex_arena a;
	struct level *v;
	size_t n, done;
	found_folder *found;
	void *arg;
};

static void
push(struct walking *w, struct ex_str id, struct ex_str path)
{
	w->v = ex_arena_grow(&w->a, w->v, w->n, sizeof(*w->v));
	w->v[w->n++] = (struct level){ id, path };
}

static int
tell(struct walking *w, struct ex_str name, enum ex_kind kind, bool fixed,
    struct ex_str id)
{
	struct ex_graph *g = w->g;
	struct ex_buf b = EX_BUF_INIT;
	int got;

	ex_buf_fmt(&b, "graph:%.*s?", EX_STR_ARG(g->origin));
	ex_buf_str(&b, ex_buf_get(&g->query));
	ex_buf_puts(&b, "folder=");
	ex_graph_encode(&b, id);
	got = w->found(w->arg, name, kind, -1, fixed ? "read-only" :
	    "read-write", ex_buf_get(&b));
	ex_buf_fini(&b);
	return got;
}

/* Its name behind the path; without one, alone, if it means no other. */
static struct ex_str
named(struct walking *w, struct ex_str path, const struct ex_graph_folder *f)
{
	const char *own = ex_graph_own_name(f->kind);

	if (path.n == 0 && !f->standard && ex_str_is_nocase(f->name, own))
		path = ex_str_of(own);
	return ex_exmap_below(path, f->name, &w->a);
}

/* All folders of contacts but the own one, level by level. */
static int
contacts(struct walking *w, struct ex_err *err)
{
	struct ex_graph_folder *v;
	struct ex_str path, name;
	size_t i, n;
	int got = 0;

	push(w, EX_STR_NONE, EX_STR("contacts"));
	while (got == 0 && w->done < w->n) {
		path = w->v[w->done].path;
		got = ex_graph_children(w->g, EX_KIND_CONTACTS,
		    w->v[w->done++].id, &w->a, &v, &n, err);
		for (i = 0; got == 0 && i < n; i++) {
			if (w->n > EX_CAP_EWS_FOLDERS)
				return ex_err_set(err, EX_ERR_REMOTE, "%s: "
				    "more than %d folders", w->g->place.p,
				    EX_CAP_EWS_FOLDERS);
			name = named(w, path, &v[i]);
			push(w, v[i].id, name);
			got = tell(w, name, EX_KIND_CONTACTS, false,
			    v[i].id);
		}
	}
	return got;
}

static int
others(struct walking *w, enum ex_kind kind, struct ex_err *err)
{
	struct ex_graph_folder *v;
	size_t i, n;
	int got = ex_graph_children(w->g, kind, EX_STR_NONE, &w->a, &v, &n,
	    err);

	for (i = 0; got == 0 && i < n; i++)
		got = tell(w, named(w, EX_STR_NONE, &v[i]), kind,
		    v[i].fixed, v[i].id);
	return got;
}

int
ex_graph_folders(struct ex_store *s, found_folder *found, void *arg,
    struct ex_err *err)
{
	struct walking w = { .g = (struct ex_graph *)s, .a = EX_ARENA_INIT,
	    .found = found, .arg = arg };
	enum ex_kind kind = s->kind;
	bool all = kind == EX_KIND_NONE;
	int got = 0;

	if (all || kind == EX_KIND_CONTACTS) {
		got = tell(&w, EX_STR("contacts"), EX_KIND_CONTACTS, false,
		    EX_STR("contacts"));
		if (got == 0)
			got = contacts(&w, err);
	}
	if (got == 0 && (all || kind == EX_KIND_EVENTS))
		got = others(&w, EX_KIND_EVENTS, err);
	if (got == 0 && (all || kind == EX_KIND_TASKS))
		got = others(&w, EX_KIND_TASKS, err);
	ex_arena_free(&w.a);
	return got;
}
