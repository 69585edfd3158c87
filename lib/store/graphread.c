/*
 * graphread.c: items, many at once, with what they need beside their GET
 *
 *	stage		asks for			then
 *	--------------	------------------------------	----------------------
 *	MISSED		its iCalUId (4)			PLACE
 *	PLACE		which events of the calendar	ITEM, or it is nothing
 *			  have that one			  of ours
 *	ITEM		the item			SERIES, FILES or told
 *	SERIES		it with what was changed in it	FILES or told
 *	FILES		its attachments, or its photo	told
 *
 *	came			then
 *	----------------------	----------------------------------------------
 *	2xx			the next stage
 *	404, a malformed id	it is not there
 *	in another folder, an	it is nothing of ours
 *	  occurrence
 *	401, 403, no folder	the reading fails
 *	  in PLACE
 *	busy, no answer		not to be had now; BAD in a row: the reading
 *				fails
 *	another			unreadable: only this one
 *
 * (1) told() is called once for each that next() gave, unless the reading
 *     fails.
 * (2) An item whose files are not to be had is not to be had itself: what
 *     lacks a part would read as if it was taken out.
 * (3) An id stays when its item is moved (immutable ids), to Deleted Items
 *     too: a contact has to say that it is in this folder.
 * (4) An event cannot say it.  One that is not in the listing, so that it may
 *     have been moved, is asked for in a listing of those with its iCalUId.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/line.h>

#include "graphpriv.h"

#define BAD	12	/* answers in a row that were no good */

struct reading {
	struct ex_graph *g;
	const struct ex_graph_reading *r;
	struct ex_link *live;
	unsigned bad;
};

enum stage {
	MISSED,
	PLACE,
	ITEM,
	SERIES,
	FILES
};

struct held {
	struct ex_link link;		/* in live */
	struct reading *k;
	enum stage stage;
	struct ex_graph_call call;
	struct ex_want want;
	struct ex_str uid;		/* PLACE: its iCalUId */
	const struct ex_json *item;
	struct ex_exmap_file *file;
	size_t nfile;
	struct ex_arena a;
};

static int	 done(void *arg, const struct ex_graph_answer *a,
		    struct ex_err *err);

static void
free_held(struct held *h)
{
	ex_link_remove(&h->k->live, &h->link);
	ex_graph_call_fini(&h->call);
	ex_arena_free(&h->a);
	free(h);
}

static void
put_id(struct held *h)
{
	struct ex_buf *b = &h->call.url;

	ex_buf_str(b, h->k->g->items);
	ex_buf_putc(b, '/');
	ex_graph_encode(b, h->want.id);
}

static void
put_place(struct held *h)
{
	struct ex_buf filter = EX_BUF_INIT;

	ex_buf_puts(&filter, "iCalUId eq ");
	ex_graphmap_quote(&filter, h->uid);
	ex_buf_str(&h->call.url, h->k->g->items);
	ex_buf_puts(&h->call.url, "?$select=id&$top=100&$filter=");
	ex_graph_encode(&h->call.url, ex_buf_get(&filter));
	ex_buf_fini(&filter);
}

static void
put_files(struct held *h)
{
	struct ex_graph_call *c = &h->call;

	put_id(h);
	if (h->k->g->s.kind == EX_KIND_CONTACTS) {
		ex_buf_puts(&c->url, "/photo/$value");
		c->bytes = true;
	} else {
		ex_buf_puts(&c->url, "/attachments");
		c->alone = true;
	}
}

static int
ask(struct held *h, struct ex_err *err)
{
	struct ex_graph *g = h->k->g;
	struct ex_graph_call *c = &h->call;

	ex_buf_clear(&c->url);
	c->method = "GET";
	c->done = done;
	c->arg = h;
	c->tries = 0;
	c->due = 0;
	c->alone = c->bytes = false;
	switch (h->stage) {
	case MISSED:
		put_id(h);
		ex_buf_puts(&c->url, "?$select=id,iCalUId");
		break;
	case PLACE:
		put_place(h);
		break;
	case ITEM:
	case SERIES:
		put_id(h);
		ex_buf_putc(&c->url, '?');
		ex_graphmap_query(&c->url, g->s.kind, h->stage == SERIES);
		break;
	case FILES:
		put_files(h);
		break;
	}
	return ex_graph_send(g, c, err);
}

/* The next page of what was asked for. */
static int
follow(struct held *h, struct ex_str link, struct ex_err *err)
{
	ex_buf_clear(&h->call.url);
	ex_buf_str(&h->call.url, link);
	h->call.tries = 0;
	return ex_graph_send(h->k->g, &h->call, err);
}

static int
tell(struct held *h, const struct ex_graph_body *body, struct ex_err *err)
{
	const struct ex_graph_reading *r = h->k->r;
	int got = r->told(r->arg, &h->want, body, err);

	free_held(h);
	return got;
}

static int
tell_what(struct held *h, enum ex_graph_what what, struct ex_str why,
    struct ex_err *err)
{
	const struct ex_graph_body body = { .what = what,
	    .rev = h->want.rev, .why = why };

	return tell(h, &body, err);
}

static int
tell_item(struct held *h, struct ex_err *err)
{
	const struct ex_json *list = ex_json_get(h->item,
	    "exceptionOccurrences"), *c;
	struct ex_graph_got got = { .item = h->item, .file = h->file,
	    .nfile = h->nfile };
	struct ex_graph_body body = { .what = EX_GRAPH_ITEM, .got = &got,
	    .rev = ex_graph_rev(h->item, &h->a),
	    .etag = ex_json_get_str(h->item, "@odata.etag") };
	const struct ex_json **changed;

	c = list != NULL ? list->child : NULL;
	for (; c != NULL; c = c->next)
		got.nchanged++;
	if (got.nchanged > EX_CAP_EWS_CHANGED)
		return tell_what(h, EX_GRAPH_BAD, EX_STR("it has more "
		    "exceptions than we take"), err);
	changed = ex_arena_array(&h->a, got.nchanged, sizeof(*changed));
	got.changed = changed;
	for (c = list != NULL ? list->child : NULL; c != NULL; c = c->next)
		*changed++ = c;
	if (body.rev.n > EX_CAP_ID)
		body.rev = EX_STR_NONE;
	return tell(h, &body, err);
}

static bool
has_picture(const struct ex_json *item)
{
	const struct ex_json *c = ex_json_get(item,
	    "singleValueExtendedProperties");

	for (c = c != NULL ? c->child : NULL; c != NULL; c = c->next)
		if (ex_str_is_nocase(ex_json_get_str(c, "id"),
		    EX_GRAPHMAP_PICTURE))
			return ex_str_is_nocase(ex_json_get_str(c, "value"),
			    "true");
	return false;
}

static bool
has_files(const struct ex_graph *g, const struct ex_json *item)
{
	switch (g->s.kind) {
	case EX_KIND_CONTACTS:
		return has_picture(item);
	case EX_KIND_EVENTS:
		return ex_json_get_true(item, "hasAttachments");
	case EX_KIND_TASKS:
	case EX_KIND_JOURNALS:
	case EX_KIND_NONE:
		break;
	}
	return false;
}

static bool
is_ours(const struct ex_graph *g, const struct ex_json *item)
{
	struct ex_str parent = ex_json_get_str(item, "parentFolderId");
	struct ex_str type = ex_json_get_str(item, "type");

	if (g->s.kind == EX_KIND_CONTACTS)
		return g->parent.p == NULL || parent.p == NULL ||
		    ex_str_eq(parent, g->parent);
	return !ex_str_is(type, "occurrence") && !ex_str_is(type,
	    "exception");
}

bool
ex_graph_is_whole(const struct ex_graph *g, const struct ex_json *item)
{
	return is_ours(g, item) && !ex_graph_is_series(item) &&
	    !has_files(g, item);
}

/* An event that is in no listing, but somewhere. */
static int
missed_came(struct held *h, const struct ex_json *item, struct ex_err *err)
{
	struct ex_str uid = ex_json_get_str(item, "iCalUId");

	if (uid.n == 0 || uid.n > EX_CAP_ID)
		return tell_what(h, EX_GRAPH_BAD, EX_STR("it is not said "
		    "whether it is in this calendar"), err);
	h->uid = ex_arena_str(&h->a, uid);
	h->stage = PLACE;
	return ask(h, err);
}

static int
place_came(struct held *h, const struct ex_json *page, struct ex_err *err)
{
	const struct ex_json *c = ex_json_get(page, "value");
	struct ex_str next = ex_json_get_str(page, "@odata.nextLink");

	if (c == NULL || c->type != EX_JSON_ARRAY)
		return tell_what(h, EX_GRAPH_FAILED, EX_STR("a listing of its "
		    "calendar has no value"), err);
	for (c = c->child; c != NULL; c = c->next)
		if (ex_str_eq(ex_json_get_str(c, "id"), h->want.id)) {
			h->stage = ITEM;
			return ask(h, err);
		}
	if (next.n == 0)
		return tell_what(h, EX_GRAPH_OTHER, EX_STR_NONE, err);
	return follow(h, next, err);
}

static int
item_came(struct held *h, const struct ex_json *item, struct ex_err *err)
{
	bool series, files;

	if (item == NULL || item->type != EX_JSON_OBJECT)
		return tell_what(h, EX_GRAPH_BAD, EX_STR("its answer has "
		    "nothing in it"), err);
	if (!is_ours(h->k->g, item))
		return tell_what(h, EX_GRAPH_OTHER, EX_STR_NONE, err);
	series = h->stage == ITEM && ex_graph_is_series(item);
	files = !h->k->r->bare && has_files(h->k->g, item);
	h->item = item;
	if (!series && !files)
		return tell_item(h, err);
	h->item = ex_graph_copy(item, &h->a);
	h->stage = series ? SERIES : FILES;
	return ask(h, err);
}

static struct ex_str
image_type(struct ex_str bytes)
{
	if (ex_str_starts(bytes, "\x89PNG"))
		return EX_STR("image/png");
	if (ex_str_starts(bytes, "GIF8"))
		return EX_STR("image/gif");
	return EX_STR("image/jpeg");
}

static int
photo_came(struct held *h, const struct ex_graph_answer *a,
    struct ex_err *err)
{
	struct ex_exmap_file *f;

	if (a->status / 100 != 2)
		return tell_item(h, err);
	f = ex_arena_alloc(&h->a, sizeof(*f));
	f->id = EX_STR("photo");
	f->content = ex_arena_str(&h->a, a->bytes);
	f->type = image_type(f->content);
	f->photo = true;
	h->file = f;
	h->nfile = f->content.n > 0;
	return tell_item(h, err);
}

/* One of the attachments; those that are no files are not for us. */
static int
take_file(struct held *h, const struct ex_json *row)
{
	struct ex_exmap_file *f;
	struct ex_str text = ex_json_get_str(row, "contentBytes");

	if (!ex_str_is(ex_json_get_str(row, "@odata.type"),
	    "#microsoft.graph.fileAttachment"))
		return 0;
	if (h->nfile == EX_CAP_EWS_FILES)
		return -1;
	h->file = ex_arena_grow(&h->a, h->file, h->nfile, sizeof(*h->file));
	f = &h->file[h->nfile++];
	memset(f, 0, sizeof(*f));
	f->id = ex_arena_str(&h->a, ex_json_get_str(row, "id"));
	f->name = ex_arena_str(&h->a, ex_json_get_str(row, "name"));
	f->type = ex_arena_str(&h->a, ex_json_get_str(row, "contentType"));
	return ex_line_base64_decode(text.p != NULL ? text : EX_STR(""),
	    &h->a, &f->content);
}

static int
files_came(struct held *h, const struct ex_graph_answer *a,
    struct ex_err *err)
{
	const struct ex_json *c = ex_json_get(a->json, "value");
	struct ex_str next = ex_json_get_str(a->json, "@odata.nextLink");

	for (c = c != NULL ? c->child : NULL; c != NULL; c = c->next)
		if (take_file(h, c) == -1)
			return tell_what(h, EX_GRAPH_BAD, EX_STR("an "
			    "attachment has no content, or there are too "
			    "many"), err);
	if (next.n == 0)
		return tell_item(h, err);
	return follow(h, next, err);
}

static int
no_item(struct held *h, const struct ex_graph_answer *a, struct ex_err *err)
{
	enum ex_errcode what = a->why.code;

	if (what == EX_ERR_AGAIN)
		h->k->bad += a->silent ? BAD : 1;
	if (what == EX_ERR_DENIED || h->k->bad >= BAD ||
	    (what == EX_ERR_GONE && h->stage == PLACE)) {
		*err = a->why;
		ex_graph_no_folder(a->code, err);
		return -1;
	}
	if (what == EX_ERR_GONE || ex_str_is(a->code,
	    "ErrorInvalidIdMalformed"))
		return tell_what(h, h->stage == FILES || h->stage == PLACE ?
		    EX_GRAPH_FAILED : EX_GRAPH_MISSING, a->say, err);
	return tell_what(h, what == EX_ERR_AGAIN ? EX_GRAPH_FAILED :
	    EX_GRAPH_BAD, a->say, err);
}

static int
done(void *arg, const struct ex_graph_answer *a, struct ex_err *err)
{
	struct held *h = arg;

	/* No photo, whatever the contact says of it. */
	if (h->stage == FILES && h->call.bytes && a->status == 404)
		return photo_came(h, a, err);
	if (a->status / 100 != 2)
		return no_item(h, a, err);
	h->k->bad = 0;
	switch (h->stage) {
	case MISSED:
		return missed_came(h, a->json, err);
	case PLACE:
		return place_came(h, a->json, err);
	case ITEM:
	case SERIES:
		return item_came(h, a->json, err);
	case FILES:
		break;
	}
	return h->call.bytes ? photo_came(h, a, err) : files_came(h, a, err);
}

/* The next one, with its request not yet sent; NULL: no more, or it failed. */
static struct held *
next(struct reading *k, int *got, struct ex_err *err)
{
	struct held *h = calloc(1, sizeof(*h));

	if (h == NULL)
		ex_diag_oom();
	h->k = k;
	ex_link_add(&k->live, &h->link);
	*got = k->r->next(k->r->arg, &h->a, &h->want, err);
	if (*got == 1) {
		h->stage = h->want.missed && k->g->s.kind == EX_KIND_EVENTS ?
		    MISSED : ex_graph_rev_is_series(h->want.rev) ? SERIES :
		    ITEM;
		return h;
	}
	free_held(h);
	return NULL;
}

int
ex_graph_read(struct ex_graph *g, const struct ex_graph_reading *r,
    struct ex_err *err)
{
	struct reading k = { .g = g, .r = r };
	struct held *h;
	int got = 0;

	while (got != -1 && (h = next(&k, &got, err)) != NULL) {
		got = ex_graph_items(g, err);
		if (got == 0)
			got = ex_graph_parent(g, err);
		if (got == 0)
			got = ask(h, err);
	}
	if (got != -1)
		got = ex_graph_run(g, err);
	if (got == -1)
		ex_graph_abandon(g);
	while (k.live != NULL)
		free_held((struct held *)k.live);
	g->s.requests = ex_server_requests(&g->server);
	return got;
}
