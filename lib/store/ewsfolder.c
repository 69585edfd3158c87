/*
 * ewsfolder.c: which folder it is
 *
 *	folder =			means
 *	------------------------------	------------------------------------
 *	(nothing)			the mailbox' own of the ring's kind
 *	contacts			that distinguished folder
 *	contacts/Team/North		a folder below it, by its names
 *	publicfoldersroot/Team		a public folder
 *	AAMkAD...			a FolderId, as exfetch -l gives it
 *	publicfoldersroot/AAMkAD...	a public folder's FolderId; its content
 *					  is where the hierarchy is
 *	My Team				a folder beside the Inbox, by its name
 *
 * A name in a path is compared as Exchange does, capitals or not; %2F stands
 * for '/' in one, and %25 for '%'.
 *
 * (1) Levels are looked through one by one: public folders know no deep
 *     traversal and no SyncFolderHierarchy ("Public folder access with EWS
 *     in Exchange").
 * (2) A folder of another class than the ring's kind is an error before
 *     anything in it is read.
 */
#include <string.h>
#include <strings.h>

#include <ex/cap.h>
#include <ex/trace.h>

#include "ewspriv.h"

/* Of DistinguishedFolderIdNameType in types.xsd, those that hold folders. */
static const char *const distinguished[] = { "calendar", "contacts",
	"deleteditems", "drafts", "inbox", "journal", "notes", "outbox",
	"sentitems", "tasks", "msgfolderroot", "publicfoldersroot", "root",
	"junkemail", "archiveroot", "archivemsgfolderroot",
	"archivedeleteditems", "recipientcache", "quickcontacts",
	"imcontactlist", "peopleconnect", "favorites", "mycontacts" };

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define PAGE		1000

/* PR_REPLICA_LIST: which mailbox has a public folder's content. */
#define REPLICAS	"<t:ExtendedFieldURI PropertyTag=\"26264\" " \
			"PropertyType=\"Binary\"/>"

enum ex_kind
ex_ews_kind(struct ex_str class)
{
	static const enum ex_kind kind[] = { EX_KIND_CONTACTS,
		EX_KIND_EVENTS, EX_KIND_TASKS };
	const char *name;
	size_t i, n;

	for (i = 0; i < COUNT(kind); i++) {
		name = ex_ewsmap_class(kind[i]);
		n = strlen(name);
		if (class.n >= n && strncasecmp(class.p, name, n) == 0 &&
		    (class.n == n || class.p[n] == '.'))
			return kind[i];
	}
	return EX_KIND_NONE;
}

void
ex_ews_put_place(const struct ex_ews *e, const struct ex_ews_place *at,
    struct ex_buf *b)
{
	if (at->name == NULL) {
		ex_ews_put_id(b, "FolderId", at->id, EX_STR_NONE);
		return;
	}
	ex_buf_fmt(b, "<t:DistinguishedFolderId Id=\"%s\">", at->name);
	if (e->mailbox.n > 0 && !e->impersonate &&
	    strcmp(at->name, "publicfoldersroot") != 0) {
		ex_buf_puts(b, "<t:Mailbox><t:EmailAddress>");
		ex_xml_escape(b, e->mailbox);
		ex_buf_puts(b, "</t:EmailAddress></t:Mailbox>");
	}
	ex_buf_puts(b, "</t:DistinguishedFolderId>");
}

void
ex_ews_put_folder(const struct ex_ews *e, struct ex_buf *b)
{
	ex_ews_put_id(b, "FolderId", e->id, EX_STR_NONE);
}

static bool
is_true(struct ex_str s)
{
	return ex_str_is(s, "true") || ex_str_is(s, "1");
}

static bool
is_false(struct ex_str s)
{
	return ex_str_is(s, "false") || ex_str_is(s, "0");
}

static void
read_folder(const struct ex_xml_node *n, struct ex_arena *a,
    struct ex_ews_folder *f)
{
	const struct ex_xml_node *rights = ex_xml_child(n, "EffectiveRights");

	f->id = ex_arena_str(a, ex_xml_attr_of(ex_xml_child(n, "FolderId"),
	    "Id"));
	f->title = ex_arena_str(a, ex_xml_child_text(n, "DisplayName"));
	f->class = ex_arena_str(a, ex_xml_child_text(n, "FolderClass"));
	f->items = ex_str_number(ex_xml_child_text(n, "TotalCount"));
	f->denied = is_false(ex_xml_child_text(rights, "Read"));
	f->fixed = is_false(ex_xml_child_text(rights, "CreateContents"));
	f->replica = ex_arena_str(a, ex_xml_child_text(ex_xml_child(n,
	    "ExtendedProperty"), "Value"));
}

struct asking {
	const struct ex_ews *e;
	struct ex_arena *a;
	struct ex_ews_folder *v;
	size_t n;
	bool last;		/* of the pages */
	long long next;		/* where the next begins */
};

static int
told(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	struct asking *k = arg;
	const struct ex_xml_node *page = ex_xml_child(m->node, "RootFolder");
	const struct ex_xml_node *c = ex_xml_child(page != NULL ? page :
	    m->node, "Folders");
	struct ex_str last = ex_xml_attr_of(page, "IncludesLastItemInRange");

	if (!m->good) {
		ex_ews_fail(k->e, "folder", &m->said, err);
		/* One that is not there is not one without items. */
		if (err->code == EX_ERR_GONE)
			err->code = EX_ERR_REMOTE;
		return -1;
	}
	k->last = page == NULL || last.p == NULL || is_true(last);
	k->next = ex_str_number(ex_xml_attr_of(page, "IndexedPagingOffset"));
	for (c = c != NULL ? c->child : NULL; c != NULL; c = c->next) {
		if (k->n == EX_CAP_EWS_FOLDERS)
			return ex_err_set(err, EX_ERR_REMOTE, "%s: more than "
			    "%d folders in one", k->e->place.p,
			    EX_CAP_EWS_FOLDERS);
		k->v = ex_arena_grow(k->a, k->v, k->n, sizeof(*k->v));
		k->v[k->n] = (struct ex_ews_folder){ .items = -1 };
		read_folder(c, k->a, &k->v[k->n]);
		if (k->v[k->n].id.n > 0 && k->v[k->n].id.n <= EX_CAP_ID)
			k->n++;
	}
	return 0;
}

static void
shape(struct ex_buf *b, bool public)
{
	ex_buf_puts(b, "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>"
	    "<t:AdditionalProperties>"
	    "<t:FieldURI FieldURI=\"folder:FolderClass\"/>"
	    "<t:FieldURI FieldURI=\"folder:DisplayName\"/>"
	    "<t:FieldURI FieldURI=\"folder:TotalCount\"/>"
	    "<t:FieldURI FieldURI=\"folder:EffectiveRights\"/>");
	if (public)
		ex_buf_puts(b, REPLICAS);
	ex_buf_puts(b, "</t:AdditionalProperties></m:FolderShape>");
}

/* That folder itself, in the arena. */
static int
get_folder(struct ex_ews *e, const struct ex_ews_place *at,
    struct ex_arena *a, struct ex_ews_folder *f, struct ex_err *err)
{
	struct asking k = { .e = e, .a = a };
	struct ex_ews_call c = { .told = told, .arg = &k };
	int got;

	ex_ews_call_begin(&c, "GetFolder", "");
	shape(&c.body, e->public);
	ex_buf_puts(&c.body, "<m:FolderIds>");
	ex_ews_put_place(e, at, &c.body);
	ex_buf_puts(&c.body, "</m:FolderIds></m:GetFolder>");
	got = ex_ews_ask(e, &c, NULL, err);
	ex_ews_call_fini(&c);
	if (got == -1)
		return -1;
	if (k.n != 1)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: %.*s: GetFolder "
		    "found %zu folders", e->place.p, EX_STR_ARG(e->url), k.n);
	*f = k.v[0];
	return 0;
}

int
ex_ews_children(struct ex_ews *e, const struct ex_ews_place *at,
    struct ex_arena *a, struct ex_ews_folder **v, size_t *n,
    struct ex_err *err)
{
	struct asking k = { .e = e, .a = a };
	struct ex_ews_call c;
	long long from = 0;
	int got;

	do {
		c = (struct ex_ews_call){ .told = told, .arg = &k };
		ex_ews_call_begin(&c, "FindFolder", "Traversal=\"Shallow\"");
		shape(&c.body, e->public);
		ex_buf_fmt(&c.body, "<m:IndexedPageFolderView "
		    "MaxEntriesReturned=\"%d\" Offset=\"%lld\" "
		    "BasePoint=\"Beginning\"/><m:ParentFolderIds>", PAGE,
		    from);
		ex_ews_put_place(e, at, &c.body);
		ex_buf_puts(&c.body, "</m:ParentFolderIds></m:FindFolder>");
		got = ex_ews_ask(e, &c, NULL, err);
		ex_ews_call_fini(&c);
		if (got == 0 && !k.last && k.next <= from)
			got = ex_err_set(err, EX_ERR_REMOTE, "%s: the pages "
			    "of its folders do not end", e->place.p);
		from = k.next;
	} while (got == 0 && !k.last);
	*v = k.v;
	*n = k.n;
	return got;
}

/* A FolderId: base64, and longer than any name that a person gives. */
static bool
is_id(struct ex_str s)
{
	return ex_exmap_is_id(s, 60);
}

static const char *
known_name(struct ex_str s)
{
	size_t i;

	for (i = 0; i < COUNT(distinguished); i++)
		if (ex_str_is_nocase(s, distinguished[i]))
			return distinguished[i];
	return NULL;
}

static int
step(struct ex_ews *e, struct ex_ews_place *at, struct ex_str name,
    struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_ews_folder *v;
	size_t i, n;
	int got = ex_ews_children(e, at, &a, &v, &n, err);

	for (i = 0; got == 0 && i < n; i++)
		if (v[i].title.n == name.n &&
		    strncasecmp(v[i].title.p, name.p, name.n) == 0)
			break;
	if (got == 0 && i == n)
		got = ex_err_set(err, EX_ERR_INPUT, "%s: folder %.*s: there "
		    "is no \"%.*s\" (exfetch -l lists what there is)",
		    e->place.p, EX_STR_ARG(e->folder), EX_STR_ARG(name));
	if (got == 0) {
		at->name = NULL;
		at->id = ex_arena_str(&e->a, v[i].id);
		e->replica = ex_arena_str(&e->a, v[i].replica);
	}
	ex_arena_free(&a);
	return got;
}

/* The place that the option means; its last step may be an id. */
static int
walk(struct ex_ews *e, const char *standard, struct ex_ews_place *at,
    struct ex_err *err)
{
	struct ex_str rest = e->folder, name;

	at->name = standard;
	if (rest.n == 0)
		return 0;
	name = ex_exmap_next_name(&rest, &e->a);
	at->name = known_name(name);
	/* An id may have slashes, but none behind such a name. */
	if (at->name == NULL && is_id(e->folder)) {
		at->id = e->folder;
		return 0;
	}
	if (at->name == NULL) {
		at->name = "msgfolderroot";
		rest = e->folder;
	}
	e->public = strcmp(at->name, "publicfoldersroot") == 0;
	if (e->public)
		ex_ews_route_hierarchy(e);
	if (is_id(rest)) {
		at->name = NULL;
		at->id = rest;
		return 0;
	}
	while (rest.n > 0)
		if ((name = ex_exmap_next_name(&rest, &e->a)).n > 0 &&
		    step(e, at, name, err) == -1)
			return -1;
	return 0;
}

int
ex_ews_find_root(struct ex_ews *e, struct ex_ews_place *at,
    struct ex_err *err)
{
	struct ex_str rest = e->folder;
	bool public = rest.n > 0 && ex_str_is_nocase(
	    ex_exmap_next_name(&rest, &e->a),
	    "publicfoldersroot");

	e->folder = public ? EX_STR("publicfoldersroot") : EX_STR_NONE;
	return walk(e, "msgfolderroot", at, err);
}

static const char *
own_folder(enum ex_kind kind)
{
	switch (kind) {
	case EX_KIND_CONTACTS:
		return "contacts";
	case EX_KIND_EVENTS:
		return "calendar";
	case EX_KIND_TASKS:
		return "tasks";
	case EX_KIND_JOURNALS:
	case EX_KIND_NONE:
		break;
	}
	return NULL;
}

static int
check(struct ex_ews *e, enum ex_kind kind, const struct ex_ews_folder *f,
    struct ex_err *err)
{
	enum ex_kind is = ex_ews_kind(f->class);

	if (is == EX_KIND_NONE || (kind != EX_KIND_NONE && kind != is))
		return ex_err_set(err, EX_ERR_INPUT, "%s: %.*s is a folder "
		    "of class %.*s, not of %s", e->place.p,
		    EX_STR_ARG(f->title), f->class.n > 0 ? (int)f->class.n :
		    4, f->class.n > 0 ? f->class.p : "none",
		    kind != EX_KIND_NONE ? ex_kind_name(kind) :
		    "contacts, events or tasks");
	if (f->denied)
		return ex_err_set(err, EX_ERR_DENIED, "%s: %.*s: it may not "
		    "be read: its owner has to share it", e->place.p,
		    EX_STR_ARG(f->title));
	e->s.kind = is;
	return 0;
}

int
ex_ews_find_folder(struct ex_ews *e, enum ex_kind kind, struct ex_err *err)
{
	struct ex_ews_place at = { own_folder(kind), EX_STR_NONE };
	struct ex_ews_folder f = { .items = -1 };

	if (e->folder.n == 0 && at.name == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "%s: which folder? Give "
		    "its kind with -k, or folder= behind the URL (exfetch -l "
		    "lists what there is)", e->place.p);
	if (walk(e, at.name, &at, err) == -1)
		return -1;
	if (e->replica.p != NULL)
		ex_ews_route_content(e, e->replica);
	if (get_folder(e, &at, &e->a, &f, err) == -1 ||
	    check(e, kind, &f, err) == -1)
		return -1;
	if (e->public && e->replica.p == NULL)
		ex_ews_route_content(e, f.replica);
	e->id = f.id;
	e->class = f.class;
	e->title = f.title;
	e->items = f.items;
	e->s.writable = !f.fixed;
	return 0;
}
