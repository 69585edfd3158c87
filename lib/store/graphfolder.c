/*
 * graphfolder.c: which folder it is
 *
 *	folder =		means
 *	----------------------	--------------------------------------------
 *	(nothing)		the mailbox' own of the ring's kind
 *	contacts, calendar,	the same
 *	  tasks
 *	Team/North		contacts: a folder below the own one, by its
 *				names; contacts/Team/North too
 *	Team			events, tasks: a calendar, a list, by its name
 *	AAMkAD...		an id, as exfetch -l gives it
 *
 * A name is compared capitals or not; %2F stands for '/' in one, and %25 for
 * '%'.  The own one's name may stand in front of others: calendar/Calendar is
 * one of that name beside the own one.
 *
 * (1) The own folders are asked for by what every mailbox calls them, which
 *     takes no request: /contacts, /calendar.  The own list of tasks has no
 *     such name; its id is asked for when it is needed (ex_graph_items()).
 * (2) A folder's identity is its path, with the id in it.
 * (3) Lists of one name may be made side by side: which is meant nobody can
 *     know, and the other one tomorrow would be another folder.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ex/cap.h>

#include "graphpriv.h"

struct asking {
	struct ex_graph *g;
	enum ex_kind kind;
	struct ex_arena *a;
	struct ex_graph_folder *v;
	size_t n;
};

static bool
is_false(const struct ex_json *j)
{
	return j != NULL && j->type == EX_JSON_FALSE;
}

static int
told(void *arg, const struct ex_json *row, struct ex_err *err)
{
	struct asking *k = arg;
	struct ex_graph_folder f = { .kind = k->kind };
	const char *name = k->kind == EX_KIND_EVENTS ? "name" : "displayName";

	if (k->n == EX_CAP_EWS_FOLDERS)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: more than %d "
		    "folders in one", k->g->place.p, EX_CAP_EWS_FOLDERS);
	f.id = ex_arena_str(k->a, ex_json_get_str(row, "id"));
	f.name = ex_arena_str(k->a, ex_json_get_str(row, name));
	f.fixed = is_false(ex_json_get(row, "canEdit"));
	f.standard = ex_json_get_true(row, "isDefaultCalendar") ||
	    ex_str_is(ex_json_get_str(row, "wellknownListName"),
	    "defaultList");
	/* "flaggedEmails: tasks are mails; created and deleted there". */
	if (ex_str_is(ex_json_get_str(row, "wellknownListName"),
	    "flaggedEmails"))
		f.fixed = true;
	if (f.id.n == 0 || f.id.n > EX_CAP_ID || f.name.p == NULL)
		return 0;
	k->v = ex_arena_grow(k->a, k->v, k->n, sizeof(*k->v));
	k->v[k->n++] = f;
	return 0;
}

static void
put_children(struct ex_buf *b, const struct ex_graph *g, enum ex_kind kind,
    struct ex_str id)
{
	ex_buf_str(b, g->who);
	switch (kind) {
	case EX_KIND_CONTACTS:
		ex_buf_puts(b, "/contactFolders");
		if (id.n > 0) {
			ex_buf_putc(b, '/');
			ex_graph_encode(b, id);
			ex_buf_puts(b, "/childFolders");
		}
		ex_buf_puts(b, "?$select=id,displayName,parentFolderId"
		    "&$top=100");
		break;
	case EX_KIND_EVENTS:
		ex_buf_puts(b, "/calendars?$select=id,name,canEdit,"
		    "isDefaultCalendar&$top=100");
		break;
	case EX_KIND_TASKS:
	case EX_KIND_JOURNALS:
	case EX_KIND_NONE:
		ex_buf_puts(b, "/todo/lists");
		break;
	}
}

void
ex_graph_no_folder(struct ex_str code, struct ex_err *err)
{
	size_t n = strlen(err->msg);

	if (err->code != EX_ERR_GONE)
		return;
	err->code = EX_ERR_REMOTE;
	if (ex_str_is(code, "ErrorItemNotFound"))
		snprintf(err->msg + n, sizeof(err->msg) - n, ": the folder is "
		    "not there (exfetch -l lists what there is)");
}

int
ex_graph_children(struct ex_graph *g, enum ex_kind kind, struct ex_str id,
    struct ex_arena *a, struct ex_graph_folder **v, size_t *n,
    struct ex_err *err)
{
	struct asking k = { .g = g, .kind = kind, .a = a };
	struct ex_graph_pages p = { .row = told, .arg = &k };
	struct ex_buf url = EX_BUF_INIT;
	int got;

	put_children(&url, g, kind, id);
	got = ex_graph_pages(g, &p, ex_buf_get(&url), err);
	if (got == -1)
		ex_graph_no_folder(p.answer.code, err);
	ex_buf_fini(&url);
	ex_arena_free(&p.a);
	*v = k.v;
	*n = k.n;
	return got;
}

/* An id of Exchange: base64 that begins as they all do, and is long. */
static bool
is_id(struct ex_str s)
{
	return ex_exmap_is_id(s, 40) && (ex_str_starts(s, "AA") ||
	    ex_str_starts(s, "AQ"));
}

const char *
ex_graph_own_name(enum ex_kind kind)
{
	return kind == EX_KIND_CONTACTS ? "contacts" :
	    kind == EX_KIND_EVENTS ? "calendar" : "tasks";
}

/* The items of the folder of that id; absent: the own one. */
static void
settle(struct ex_graph *g, struct ex_str id)
{
	enum ex_kind kind = g->s.kind;
	struct ex_buf b = EX_BUF_INIT;

	ex_buf_str(&b, g->who);
	if (id.n == 0)
		ex_buf_puts(&b, kind == EX_KIND_CONTACTS ? "/contacts" :
		    kind == EX_KIND_EVENTS ? "/calendar/events" :
		    "/todo/lists/defaultList");
	else
		ex_buf_puts(&b, kind == EX_KIND_CONTACTS ?
		    "/contactFolders/" : kind == EX_KIND_EVENTS ?
		    "/calendars/" : "/todo/lists/");
	ex_graph_encode(&b, id);
	if (id.n > 0)
		ex_buf_puts(&b, kind == EX_KIND_CONTACTS ? "/contacts" :
		    kind == EX_KIND_EVENTS ? "/events" : "/tasks");
	if (g->s.identity.p == NULL)
		g->s.identity = ex_arena_fmt(&g->a, "%.*s%.*s",
		    EX_STR_ARG(g->origin), (int)b.n, b.p);
	if (id.n > 0 || kind != EX_KIND_TASKS)
		g->items = ex_arena_str(&g->a, ex_buf_get(&b));
	ex_buf_fini(&b);
}

static bool
same_name(struct ex_str a, struct ex_str b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

/* How many have that name, if beside without the own one; *at is the last. */
static size_t
named(const struct ex_graph_folder *v, size_t n, struct ex_str name,
    bool beside, size_t *at)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		if (same_name(v[i].name, name) && !(beside && v[i].standard)) {
			*at = i;
			found++;
		}
	return found;
}

/* (3) */
static int
not_one(const struct ex_graph *g, struct ex_str name, size_t found,
    struct ex_err *err)
{
	if (found == 0)
		return ex_err_set(err, EX_ERR_INPUT, "%s: folder %.*s: there "
		    "is no \"%.*s\" (exfetch -l lists what there is)",
		    g->place.p, EX_STR_ARG(g->folder), EX_STR_ARG(name));
	return ex_err_set(err, EX_ERR_INPUT, "%s: folder %.*s: there are %zu "
	    "called \"%.*s\": give the id of one (exfetch -l lists them)",
	    g->place.p, EX_STR_ARG(g->folder), found, EX_STR_ARG(name));
}

/* *id is moved to the one of that name. */
static int
step(struct ex_graph *g, struct ex_str name, bool beside, struct ex_str *id,
    struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_graph_folder *v;
	size_t at = 0, n, found;
	int got = ex_graph_children(g, g->s.kind, *id, &a, &v, &n, err);

	if (got == 0 && (found = named(v, n, name, beside, &at)) != 1)
		got = not_one(g, name, found, err);
	if (got == 0) {
		*id = ex_arena_str(&g->a, v[at].id);
		g->s.writable = !v[at].fixed;
	}
	ex_arena_free(&a);
	return got;
}

static enum ex_kind
kind_named(struct ex_str folder)
{
	return ex_str_is_nocase(folder, "contacts") ? EX_KIND_CONTACTS :
	    ex_str_is_nocase(folder, "calendar") ? EX_KIND_EVENTS :
	    ex_str_is_nocase(folder, "tasks") ? EX_KIND_TASKS : EX_KIND_NONE;
}

int
ex_graph_find_folder(struct ex_graph *g, enum ex_kind kind,
    struct ex_err *err)
{
	struct ex_str rest = g->folder, id = EX_STR_NONE, name;
	bool first = true, beside = false;

	g->s.kind = kind != EX_KIND_NONE ? kind : kind_named(g->folder);
	if (g->s.kind == EX_KIND_NONE)
		return ex_err_set(err, EX_ERR_INPUT, "%s: which folder? Give "
		    "its kind with -k (exfetch -l lists what there is)",
		    g->place.p);
	kind = g->s.kind;
	if (rest.n == 0 || ex_str_is_nocase(rest, ex_graph_own_name(kind))) {
		settle(g, EX_STR_NONE);
		return 0;
	}
	if (is_id(rest)) {
		settle(g, rest);
		return 0;
	}
	for (; rest.n > 0; first = false) {
		name = ex_exmap_next_name(&rest, &g->a);
		if (first && rest.n > 0)
			beside = ex_str_is_nocase(name,
			    ex_graph_own_name(kind));
		if (name.n == 0 || (first && beside))
			continue;
		if (kind != EX_KIND_CONTACTS && id.p != NULL)
			return ex_err_set(err, EX_ERR_INPUT, "%s: folder "
			    "%.*s: only folders of contacts lie in each "
			    "other; write %%2F for a slash in a name",
			    g->place.p, EX_STR_ARG(g->folder));
		if (step(g, name, beside, &id, err) == -1)
			return -1;
	}
	settle(g, id);
	return 0;
}

int
ex_graph_items(struct ex_graph *g, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_graph_folder *v;
	size_t i, n;
	int got;

	if (g->items.p != NULL)
		return 0;
	got = ex_graph_children(g, EX_KIND_TASKS, EX_STR_NONE, &a, &v, &n,
	    err);
	for (i = 0; got == 0 && i < n && !v[i].standard; i++)
		;
	if (got == 0 && i == n)
		got = ex_err_set(err, EX_ERR_REMOTE, "%s: the mailbox has no "
		    "list of tasks of its own", g->place.p);
	if (got == 0)
		settle(g, v[i].id);
	ex_arena_free(&a);
	return got;
}

/* One item, if there are any; no folder is an error. */
static int
first(struct ex_graph *g, const char *select, struct ex_arena *a,
    const struct ex_json **item, struct ex_err *err)
{
	struct ex_graph_answer answer;
	const struct ex_json *value;

	*item = NULL;
	if (ex_graph_get(g, ex_arena_fmt(a, "%.*s?%s$top=1",
	    EX_STR_ARG(g->items), select), 0, a, &answer, err) == -1) {
		ex_graph_no_folder(answer.code, err);
		return -1;
	}
	value = ex_json_get(answer.json, "value");
	if (value != NULL)
		*item = value->child;
	return 0;
}

int
ex_graph_there(struct ex_graph *g, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	const struct ex_json *item;
	int got = first(g, g->s.kind == EX_KIND_TASKS ? "" : "$select=id&",
	    &a, &item, err);

	ex_arena_free(&a);
	return got;
}

int
ex_graph_parent(struct ex_graph *g, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	const struct ex_json *item;
	struct ex_str id;
	int got;

	if (g->s.kind != EX_KIND_CONTACTS || g->parent.p != NULL)
		return 0;
	got = first(g, "$select=id,parentFolderId&", &a, &item, err);
	id = got == 0 && item != NULL ? ex_json_get_str(item,
	    "parentFolderId") : EX_STR_NONE;
	if (id.n > 0)
		g->parent = ex_arena_str(&g->a, id);
	ex_arena_free(&a);
	return got;
}
