/*
 * davlist.c: what is in a collection, or what moved in it
 *
 *	since		the server has	then
 *	--------------	--------------	--------------------------------------
 *	sync token	the same		nothing moved: no request more
 *	sync token	another		sync-collection: a delta; refused: in full
 *	ctag		the same	nothing moved
 *	ctag		another		in full
 *	none		tokens		sync-collection from nothing: in full
 *	none		none		PROPFIND, with the ctag from before it
 *
 * (1) A listing that is cut, malformed, or truncated with no way to go on
 *     fails as a whole: nothing in it may read as a deletion.
 * (2) The token is no younger than the listing.  It is given only if each
 *     member could be read or said for good why not.
 * (3) An href outside the collection or on another host fails the listing;
 *     one below a member's own path is no item.
 * (4) Memory does not grow with the number of members.
 */
#include <string.h>
#include <strings.h>

#include <ex/cap.h>
#include <ex/xml.h>

#include "davpriv.h"

#define ROOM	((size_t)4 << 20)
#define SYNC	"sync:"
#define CTAG	"ctag:"

struct listing {
	struct ex_dav *d;
	struct ex_store_list *want;
	struct ex_rows *rows;
	struct ex_arena a;		/* as long as the listing */
	struct ex_arena scratch;	/* one response */
	bool truncated;			/* the answer says it lacks some */
	size_t nrows;
	bool unsure;			/* a member was not to be had now */
};

static bool
begins(struct ex_str s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && strncasecmp(s.p, with, n) == 0;
}

static bool
ends(struct ex_str s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && strncasecmp(s.p + s.n - n, with, n) == 0;
}

/*
 * May it be one of our items?  Type and name have to speak against it: what
 * is passed over reads as absent.
 */
static bool
may_be(const struct ex_dav *d, const struct ex_dav_props *p,
    struct ex_str id)
{
	if (p->collection)
		return false;
	if (p->type.p == NULL || begins(p->type, "text/plain") ||
	    begins(p->type, "application/octet-stream"))
		return !(d->cal ? ends(id, ".vcf") : ends(id, ".ics"));
	if (d->cal)
		return begins(p->type, "text/calendar") || ends(id, ".ics");
	return begins(p->type, "text/vcard") ||
	    begins(p->type, "text/x-vcard") ||
	    begins(p->type, "text/directory") || ends(id, ".vcf");
}

static int
outside(const struct listing *l, struct ex_str href, const char *why,
    struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_REMOTE, "%s: %s%s: an href %s: %.*s",
	    l->d->place.p, l->d->uri.origin.p, l->d->uri.path.p, why,
	    (int)(href.n < 200 ? href.n : 200), href.p);
}

static int
member(struct listing *l, const struct ex_dav_response *r,
    struct ex_str href, struct ex_err *err)
{
	struct ex_row row = { .what = EX_ROW_THERE };
	struct ex_str path;
	const char *why;

	ex_arena_reset(&l->scratch);
	if (ex_dav_uri_resolve(&l->d->uri, href, &l->scratch, &path,
	    &why) == -1)
		return outside(l, href, why, err);
	switch (ex_dav_uri_member(&l->d->uri, path, &l->scratch, &row.id)) {
	case EX_DAV_OUTSIDE:
		return outside(l, href, "leads outside", err);
	case EX_DAV_SELF:
		l->truncated |= r->status == 507 || r->failed == 507;
		return 0;
	case EX_DAV_DEEPER:
		return 0;
	case EX_DAV_MEMBER:
		break;
	}
	if (r->status == 404 || r->status == 410 ||
	    !may_be(l->d, &r->p, row.id))
		row.what = EX_ROW_GONE;
	else if (r->p.etag.p != NULL && r->p.etag.n <= EX_CAP_ID)
		row.rev = r->p.etag;
	l->nrows++;
	return ex_rows_add(l->rows, &row, err);
}

static int
response(void *arg, const struct ex_dav_response *r, struct ex_err *err)
{
	struct listing *l = arg;
	size_t i;

	for (i = 0; i < r->nhref; i++)
		if (member(l, r, r->href[i], err) == -1)
			return -1;
	return 0;
}

static void
begin(struct listing *l)
{
	ex_rows_free(l->rows);
	l->rows = ex_rows_new(ROOM);
	l->nrows = 0;
}

static struct ex_str
sync_body(struct listing *l, struct ex_str token)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str body;

	ex_buf_puts(&b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<D:sync-collection xmlns:D=\"DAV:\"><D:sync-token>");
	ex_xml_escape(&b, token);
	ex_buf_puts(&b, "</D:sync-token><D:sync-level>1</D:sync-level>"
	    "<D:prop><D:getetag/><D:resourcetype/><D:getcontenttype/>"
	    "</D:prop></D:sync-collection>");
	body = ex_arena_str(&l->a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return body;
}

/* May the server want another kind of question, or is it in trouble? */
static bool
is_trouble(int status)
{
	return status == 401 || status == 408 || status == 429 ||
	    status == 502 || status == 503 || status == 504;
}

static int
endless(const struct listing *l, struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_REMOTE, "%s: %s%s: the pages of its "
	    "listing do not end", l->d->place.p, l->d->uri.origin.p,
	    l->d->uri.path.p);
}

/*
 * All pages (RFC 6578, 3.6): 1, with the token behind them; 0: the server
 * does not take this question; -1.
 */
static int
sync(struct listing *l, struct ex_str *token, struct ex_err *err)
{
	struct ex_dav_ask q = { .method = "REPORT", .depth = "Depth: 0",
	    .path = l->d->uri.path, .response = response, .arg = l };
	size_t rows, pages;

	begin(l);
	for (pages = 0;; pages++) {
		rows = l->nrows;
		l->truncated = false;
		q.body = sync_body(l, *token);
		if (ex_dav_ask(l->d, &q, &l->a, err) == -1)
			return -1;
		if (q.status != 207 && (pages > 0 || is_trouble(q.status)))
			return ex_dav_ask_fail(&q, err);
		if (q.status != 207 || q.token.n == 0 ||
		    q.token.n > EX_CAP_ID)
			return pages > 0 ? endless(l, err) : 0;
		if (!l->truncated)
			break;
		if (rows == l->nrows || pages == EX_CAP_DAV_PAGES ||
		    ex_str_eq(*token, q.token))
			return endless(l, err);
		*token = q.token;
	}
	*token = q.token;
	return 1;
}

static int
propfind(struct listing *l, struct ex_err *err)
{
	struct ex_dav_ask q = { .method = "PROPFIND", .depth = "Depth: 1",
	    .path = l->d->uri.path, .response = response, .arg = l };

	begin(l);
	l->truncated = false;
	q.body = EX_STR("<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<D:propfind xmlns:D=\"DAV:\"><D:prop><D:getetag/>"
	    "<D:resourcetype/><D:getcontenttype/></D:prop></D:propfind>");
	if (ex_dav_ask(l->d, &q, &l->a, err) == -1)
		return -1;
	if (q.status != 207)
		return ex_dav_ask_fail(&q, err);
	if (l->truncated)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: %s%s: the server "
		    "lists only a part of it", l->d->place.p,
		    l->d->uri.origin.p, l->d->uri.path.p);
	return 0;
}

static int
take_ctag(void *arg, const struct ex_dav_response *r, struct ex_err *err)
{
	struct listing *l = arg;

	(void)err;
	if (r->found && r->p.ctag.p != NULL && r->p.ctag.n <= EX_CAP_ID)
		l->d->props.ctag = ex_arena_str(&l->d->a, r->p.ctag);
	return 0;
}

/* Where there are no tokens: into props.ctag, if it has one. */
static int
ask_ctag(struct listing *l, struct ex_err *err)
{
	struct ex_dav_ask q = { .method = "PROPFIND", .depth = "Depth: 0",
	    .path = l->d->uri.path, .response = take_ctag, .arg = l };

	l->d->props.ctag = EX_STR_NONE;
	q.body = EX_STR("<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<D:propfind xmlns:D=\"DAV:\" "
	    "xmlns:S=\"http://calendarserver.org/ns/\"><D:prop>"
	    "<S:getctag/></D:prop></D:propfind>");
	if (ex_dav_ask(l->d, &q, &l->a, err) == -1)
		return -1;
	return q.status == 401 ? ex_dav_ask_fail(&q, err) : 0;
}

static struct ex_str
behind(struct ex_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return ex_str_starts(s, prefix) ?
	    (struct ex_str){ s.p + n, s.n - n } : EX_STR_NONE;
}

/* Rows, and the token that goes with them. */
static int
rows_read(struct listing *l, struct ex_str since, struct ex_str *token,
    struct ex_err *err)
{
	struct ex_dav *d = l->d;
	struct ex_str t = behind(since, SYNC), c = behind(since, CTAG);
	bool tokens = d->props.sync || d->props.token.p != NULL;
	int got = 0;

	/* What open() saw; a later listing has to ask. */
	struct ex_str now = d->props.token;

	d->props.token = EX_STR_NONE;
	d->props.sync = tokens;
	if (t.p != NULL && ex_str_eq(t, now)) {
		begin(l);
		l->want->delta = true;
		*token = since;
		return 0;
	}
	if (t.p != NULL && (got = sync(l, &t, err)) == 1)
		l->want->delta = true;
	if (got == 0 && tokens) {
		t = EX_STR("");
		got = sync(l, &t, err);
	}
	if (got != 0) {
		if (got == 1)
			*token = ex_arena_fmt(&d->a, SYNC "%.*s",
			    EX_STR_ARG(t));
		return got == 1 ? 0 : -1;
	}
	if (ask_ctag(l, err) == -1)
		return -1;
	if (d->props.ctag.p != NULL)
		*token = ex_arena_fmt(&d->a, CTAG "%.*s",
		    EX_STR_ARG(d->props.ctag));
	if (c.p != NULL && ex_str_eq(c, d->props.ctag)) {
		begin(l);
		l->want->delta = true;
		return 0;
	}
	return propfind(l, err);
}

static int
next(void *arg, struct ex_arena *a, struct ex_want *w, struct ex_err *err)
{
	struct listing *l = arg;

	return ex_rows_wanted(l->rows, l->want, a, w, err);
}

static int
told(void *arg, const struct ex_want *w, const struct ex_dav_body *b,
    struct ex_err *err)
{
	struct listing *l = arg;
	struct ex_found f = { .what = EX_FOUND_ITEM, .id = w->id,
	    .rev = b->rev, .item = b->item };

	switch (b->got) {
	case EX_DAV_MISSING:
	case EX_DAV_OTHER:
		return ex_list_gone(l->want, w->id, err);
	case EX_DAV_ITEM:
		f.uid = b->item->uid;
		/* A sum is the first that we hear of its version. */
		if (w->rev.p == NULL && l->want->known != NULL &&
		    l->want->known(l->want->arg, f.id, f.rev)) {
			f = (struct ex_found){ .what = EX_FOUND_KEPT,
			    .id = w->id, .rev = b->rev };
		}
		break;
	case EX_DAV_FAILED:
		l->unsure = true;
		f.rev = EX_STR_NONE;
		/* FALLTHROUGH */
	case EX_DAV_BAD:
		f.what = EX_FOUND_BAD;
		f.why = ex_str_of(b->why->msg);
		f.raw = b->text;
		break;
	}
	return l->want->found(l->want->arg, &f, err);
}

int
ex_dav_list(struct ex_store *s, struct ex_store_list *want,
    struct ex_err *err)
{
	struct listing l = { .d = (struct ex_dav *)s, .want = want,
	    .a = EX_ARENA_INIT, .scratch = EX_ARENA_INIT };
	struct ex_dav_reading r = { .next = next, .told = told, .arg = &l };
	struct ex_str token = EX_STR_NONE;
	int got;

	want->delta = false;
	want->token = EX_STR_NONE;
	got = rows_read(&l, want->since, &token, err);
	if (got == 0)
		got = ex_dav_read(l.d, &r, err);
	if (got == 0 && !l.unsure)
		want->token = token;
	ex_rows_free(l.rows);
	ex_arena_free(&l.a);
	ex_arena_free(&l.scratch);
	return got;
}

struct ex_str
ex_dav_since_opened(struct ex_dav *d)
{
	/* What open() saw is what it is compared with no more. */
	d->props.sync |= d->props.token.p != NULL;
	d->props.token = EX_STR_NONE;
	return d->opened.n == 0 ? EX_STR_NONE :
	    ex_arena_fmt(&d->a, SYNC "%.*s", EX_STR_ARG(d->opened));
}

long long
ex_dav_count(struct ex_dav *d, struct ex_str path, struct ex_arena *a)
{
	struct listing l = { .d = d, .a = EX_ARENA_INIT,
	    .scratch = EX_ARENA_INIT };
	const struct ex_dav_uri was = d->uri;
	struct ex_str token = EX_STR("");
	struct ex_row row;
	struct ex_err err;
	long long n = 0;
	int got;

	d->uri.path = ex_arena_str(a, path);
	if ((got = sync(&l, &token, &err)) == 0)
		got = propfind(&l, &err) == 0 ? 1 : -1;
	while (got == 1 && (got = ex_rows_next(l.rows, &row,
	    &err)) == 1)
		n += row.what == EX_ROW_THERE;
	d->uri = was;
	ex_rows_free(l.rows);
	ex_arena_free(&l.a);
	ex_arena_free(&l.scratch);
	return got == 0 ? n : -1;
}
