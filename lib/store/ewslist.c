/*
 * ewslist.c: what is in a folder, or what moved in it
 *
 *	since		SyncFolderItems says	then
 *	--------------	----------------------	------------------------------
 *	a SyncState	NoError			a delta
 *	none		NoError			in full
 *	any		no folder, no right,	the listing fails: nothing of
 *			  no time		  it may read as a deletion
 *	any, public	is not asked (a)	FindItem, in full
 *	a SyncState	another error (Error-	in full, from no state
 *			  InvalidSyncStateData)
 *	none		another error		FindItem, in full, without a
 *						  state (a search folder)
 *
 * (1) The state is given only if each item could be read or said for good
 *     why not, and when all pages have come.
 * (2) FindItem counts by position, so that what is deleted meanwhile hides
 *     another: each page begins with the last item of the one before, and
 *     where that is another item, or the count is not what the server says,
 *     the listing is begun again, and fails in the end.  No order is promised,
 *     so that what is edited meanwhile may still be hidden: what the snapshot
 *     has and no page, is asked for by id.  An item that was moved has another
 *     id; one that a search folder does not find any more is there, for it was
 *     not deleted.
 * (3) Memory does not grow with the number of items (rows.c).
 * (4) Occurrences are not listed: the folder has masters, "SyncFolderItems
 *     does not include any calendaring logic".
 *
 * (a) "SyncFolderItems operation": not supported against public folders; on
 *     them FindItem and GetItem are to be used.
 */
#include <string.h>

#include <ex/cap.h>
#include <ex/trace.h>

#include "ewspriv.h"

#define ROOM	((size_t)4 << 20)
#define MOST	512	/* of MaxChangesReturned, types.xsd */
#define LEAST	16
#define PAGE	500	/* of FindItem */
#define ROUNDS	4

struct listing {
	struct ex_ews *e;
	struct ex_store_list *want;
	struct ex_rows *rows;
	struct ex_arena a;		/* as long as the listing */
	struct ex_arena scratch;	/* one item */
	bool unsure;			/* an item was not to be had now */
	/* Of the page that came: */
	struct ex_str state, code;
	struct ex_ews_said said;
	bool last;
	size_t nrows;			/* of all pages */
	long long next, total;
	struct ex_buf edge;		/* the last id of the page before */
	bool moved;			/* (2) */
};

static void
begin(struct listing *l)
{
	ex_rows_free(l->rows);
	l->rows = ex_rows_new(ROOM);
	l->nrows = 0;
	l->total = -1;
	l->moved = false;
	ex_buf_clear(&l->edge);
}

static int
add(struct listing *l, const struct ex_xml_node *id, bool gone,
    struct ex_err *err)
{
	struct ex_row row = { .what = gone ? EX_ROW_GONE : EX_ROW_THERE,
	    .id = ex_xml_attr_of(id, "Id"),
	    .rev = ex_xml_attr_of(id, "ChangeKey") };

	if (row.id.n == 0 || row.id.n > EX_CAP_ID || row.rev.n > EX_CAP_ID)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: %.*s: a listing "
		    "with an ItemId of %zu bytes", l->e->place.p,
		    EX_STR_ARG(l->e->title), row.id.n);
	if (row.rev.n == 0)
		row.rev = EX_STR_NONE;
	l->nrows++;
	return ex_rows_add(l->rows, &row, err);
}

static bool
is_true(struct ex_str s)
{
	return ex_str_is(s, "true") || ex_str_is(s, "1");
}

static int
sync_told(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	struct listing *l = arg;
	const struct ex_xml_node *c = ex_xml_child(m->node, "Changes");
	const struct ex_xml_node *item;
	struct ex_str state = ex_xml_child_text(m->node, "SyncState");
	int got = 0;

	l->code = ex_arena_str(&l->a, m->said.code);
	if (!m->good) {
		ex_ews_fail(l->e, "SyncFolderItems", &m->said, err);
		/* A folder that is gone is no folder without items. */
		if (err->code == EX_ERR_GONE)
			err->code = EX_ERR_REMOTE;
		return -1;
	}
	l->last = is_true(ex_xml_child_text(m->node,
	    "IncludesLastItemInRange"));
	if (state.n == 0 || state.n > EX_CAP_EWS_STATE)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: a SyncState of "
		    "%zu bytes", l->e->place.p, state.n);
	l->state = ex_arena_str(&l->a, state);
	for (c = c != NULL ? c->child : NULL; c != NULL && got == 0;
	    c = c->next) {
		if (ex_str_is(c->name.local, "Delete"))
			got = add(l, ex_xml_child(c, "ItemId"), true, err);
		else if ((ex_str_is(c->name.local, "Create") ||
		    ex_str_is(c->name.local, "Update")) && (item = c->child)
		    != NULL)
			got = add(l, ex_xml_child(item, "ItemId"), false,
			    err);
	}
	return got;
}

static void
sync_body(struct listing *l, struct ex_ews_call *c, struct ex_str state,
    int most)
{
	ex_ews_call_begin(c, "SyncFolderItems", "");
	ex_buf_puts(&c->body, "<m:ItemShape><t:BaseShape>IdOnly"
	    "</t:BaseShape></m:ItemShape><m:SyncFolderId>");
	ex_ews_put_folder(l->e, &c->body);
	ex_buf_puts(&c->body, "</m:SyncFolderId>");
	if (state.n > 0) {
		ex_buf_puts(&c->body, "<m:SyncState>");
		ex_xml_escape(&c->body, state);
		ex_buf_puts(&c->body, "</m:SyncState>");
	}
	ex_buf_fmt(&c->body, "<m:MaxChangesReturned>%d"
	    "</m:MaxChangesReturned><m:SyncScope>NormalItems</m:SyncScope>"
	    "</m:SyncFolderItems>", most);
}

/* One page; it is asked for again, in less, if it takes too long. */
static int
page(struct listing *l, struct ex_str state, int *most, struct ex_err *err)
{
	struct ex_ews_call c;
	struct ex_str code;
	int got;

	for (;;) {
		c = (struct ex_ews_call){ .told = sync_told, .arg = l };
		code = l->code = EX_STR_NONE;
		sync_body(l, &c, state, *most);
		got = ex_ews_ask(l->e, &c, &code, err);
		ex_ews_call_fini(&c);
		if (code.p != NULL)
			l->code = code;
		if (got == 0 || *most <= LEAST ||
		    !ex_str_is(l->code, "ErrorTimeoutExpired"))
			return got;
		*most /= 2;
	}
}

static int
endless(const struct listing *l, struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_REMOTE, "%s: the pages of its listing "
	    "do not end", l->e->place.p);
}

/* All pages after that state, which is moved behind them. */
static int
sync(struct listing *l, struct ex_str *state, struct ex_err *err)
{
	size_t pages;
	int most = MOST;

	begin(l);
	l->last = false;
	for (pages = 0; !l->last; pages++) {
		if (page(l, *state, &most, err) == -1)
			return -1;
		if (l->state.p == NULL || pages == EX_CAP_EWS_PAGES ||
		    (!l->last && ex_str_eq(*state, l->state)))
			return endless(l, err);
		*state = l->state;
		l->state = EX_STR_NONE;
	}
	return 0;
}

static int
find_told(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	struct listing *l = arg;
	const struct ex_xml_node *root = ex_xml_child(m->node, "RootFolder");
	const struct ex_xml_node *c = ex_xml_child(root, "Items");
	struct ex_str id;
	int got = 0;

	if (!m->good || root == NULL) {
		ex_ews_fail(l->e, "FindItem", &m->said, err);
		if (err->code == EX_ERR_GONE)
			err->code = EX_ERR_REMOTE;
		return -1;
	}
	l->last = is_true(ex_xml_attr_of(root, "IncludesLastItemInRange"));
	l->next = ex_str_number(ex_xml_attr_of(root, "IndexedPagingOffset"));
	l->total = ex_str_number(ex_xml_attr_of(root, "TotalItemsInView"));
	c = c != NULL ? c->child : NULL;
	if (l->edge.n > 0) {
		id = ex_xml_attr_of(ex_xml_child(c, "ItemId"), "Id");
		l->moved |= !ex_str_eq(id, ex_buf_get(&l->edge));
		c = c != NULL ? c->next : NULL;
	}
	for (; c != NULL && got == 0; c = c->next) {
		id = ex_xml_attr_of(ex_xml_child(c, "ItemId"), "Id");
		got = add(l, ex_xml_child(c, "ItemId"), false, err);
		ex_buf_clear(&l->edge);
		ex_buf_str(&l->edge, id);
	}
	return got;
}

/* 1: all of it; 0: it was changed meanwhile; -1. */
static int
find_round(struct listing *l, struct ex_err *err)
{
	struct ex_ews_call c;
	long long from = 0;
	int got;

	begin(l);
	ex_rows_may_miss(l->rows);
	do {
		c = (struct ex_ews_call){ .told = find_told, .arg = l };
		ex_ews_call_begin(&c, "FindItem", "Traversal=\"Shallow\"");
		ex_buf_fmt(&c.body, "<m:ItemShape><t:BaseShape>IdOnly"
		    "</t:BaseShape></m:ItemShape><m:IndexedPageItemView "
		    "MaxEntriesReturned=\"%d\" Offset=\"%lld\" BasePoint="
		    "\"Beginning\"/><m:ParentFolderIds>", PAGE,
		    l->edge.n > 0 ? from - 1 : from);
		ex_ews_put_folder(l->e, &c.body);
		ex_buf_puts(&c.body, "</m:ParentFolderIds></m:FindItem>");
		got = ex_ews_ask(l->e, &c, NULL, err);
		ex_ews_call_fini(&c);
		if (got == -1)
			return -1;
		if (l->moved)
			return 0;
		if (!l->last && l->next <= from)
			return endless(l, err);
		from = l->next;
	} while (!l->last);
	return l->total == -1 || (long long)l->nrows == l->total;
}

static int
find_all(struct listing *l, struct ex_err *err)
{
	int round, got;

	for (round = 0; round < ROUNDS; round++)
		if ((got = find_round(l, err)) != 0)
			return got == 1 ? 0 : -1;
	return ex_err_set(err, EX_ERR_AGAIN, "%s: the folder changes while "
	    "it is listed", l->e->place.p);
}

/* Is it this way of listing that the server refused? */
static bool
may_go_on(const struct listing *l, const struct ex_err *err)
{
	return err->code == EX_ERR_REMOTE && l->code.p != NULL &&
	    ex_ews_errcode(l->code) == EX_ERR_REMOTE;
}

/* Rows, and the state that goes with them. */
static int
rows_read(struct listing *l, struct ex_str since, struct ex_str *token,
    struct ex_err *err)
{
	l->want->delta = false;
	*token = EX_STR_NONE;
	if (l->e->public)
		return find_all(l, err);
	*token = since;
	if (since.n > 0) {
		l->want->delta = true;
		if (sync(l, token, err) == 0)
			return 0;
		if (!may_go_on(l, err))
			return -1;
		ex_trace("%s: the server does not take the sync state: a "
		    "full listing: %s", l->e->place.p, err->msg);
	}
	l->want->delta = false;
	*token = EX_STR("");
	if (sync(l, token, err) == 0)
		return 0;
	if (!may_go_on(l, err))
		return -1;
	*token = EX_STR_NONE;
	return find_all(l, err);
}

static int
next(void *arg, struct ex_arena *a, struct ex_want *w, struct ex_err *err)
{
	struct listing *l = arg;

	return ex_rows_wanted(l->rows, l->want, a, w, err);
}

static int
told(void *arg, const struct ex_want *w, const struct ex_ews_body *b,
    struct ex_err *err)
{
	struct listing *l = arg;
	struct ex_item item;
	struct ex_found f = { .id = w->id };

	ex_arena_reset(&l->scratch);
	switch (b->what) {
	case EX_EWS_OTHER:
		if (b->why != NULL) {
			f.what = EX_FOUND_HIDDEN;
			f.rev = w->rev;
			f.why = ex_str_of(b->why->msg);
			return l->want->found(l->want->arg, &f, err);
		}
		return ex_list_gone(l->want, w->id, err);
	case EX_EWS_MISSING:
		return ex_list_gone(l->want, w->id, err);
	case EX_EWS_FAILED:
		l->unsure = true;
		break;
	case EX_EWS_BAD:
	case EX_EWS_ITEM:
		break;
	}
	ex_ews_found(l->e, b, &l->scratch, &item, &f);
	if (b->what == EX_EWS_FAILED)
		f.rev = EX_STR_NONE;
	return l->want->found(l->want->arg, &f, err);
}

int
ex_ews_list(struct ex_store *s, struct ex_store_list *want,
    struct ex_err *err)
{
	struct listing l = { .e = (struct ex_ews *)s, .want = want,
	    .a = EX_ARENA_INIT, .scratch = EX_ARENA_INIT };
	struct ex_ews_reading r = { .next = next, .told = told, .arg = &l };
	struct ex_str token;
	int got;

	want->delta = false;
	want->token = EX_STR_NONE;
	got = rows_read(&l, want->since, &token, err);
	if (got == 0)
		got = ex_ews_read(l.e, &r, err);
	if (got == 0 && !l.unsure && token.n > 0)
		want->token = ex_arena_str(&l.e->a, token);
	ex_rows_free(l.rows);
	ex_arena_free(&l.a);
	ex_arena_free(&l.scratch);
	ex_buf_fini(&l.edge);
	return got;
}
