/*
 * davget.c: items that are asked for by id
 *
 * A create that is not where it was put was renamed by the server: then it
 * is looked for by its UID.  A server that does not answer that question
 * (Xandikos 0.2.8, of cards) is asked once, for all that are looked for, what
 * is new since the collection was opened; in full, where it does not know that.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/buf.h>
#include <ex/xml.h>

#include "davpriv.h"

struct many {
	struct ex_get get;
	struct ex_dav *d;
	size_t *lost;			/* those that are not there */
	size_t nlost;
	struct ex_arena a;
};

/* Renamed creates that a listing is looked through for, by UID. */
struct listed {
	struct many *m;
	struct sought {
		struct ex_str uid;
		size_t i;
		bool told;
	} *v;
	size_t n;
};

struct by_uid {
	struct ex_dav *d;
	struct many *m;
	size_t i;
	struct ex_str uid;
	struct ex_arena a;
	bool told;
};

static struct ex_found
found_of(const struct ex_dav_body *b)
{
	struct ex_found f = { .what = EX_FOUND_ITEM, .id = b->id,
	    .rev = b->rev, .item = b->item };

	if (b->got == EX_DAV_ITEM) {
		f.uid = b->item->uid;
		return f;
	}
	f.what = EX_FOUND_BAD;
	f.why = ex_str_of(b->why->msg);
	f.raw = b->text;
	return f;
}

static int
next(void *arg, struct ex_arena *a, struct ex_want *w, struct ex_err *err)
{
	struct many *m = arg;
	int got;

	while ((got = ex_get_next(&m->get, a, w, err)) == 1 &&
	    ex_dav_uri_of(&m->d->uri, w->id, a).p == NULL)
		if (ex_get_gone(&m->get, w->i, err) == -1)
			return -1;
	return got;
}

static int
told(void *arg, const struct ex_want *w, const struct ex_dav_body *b,
    struct ex_err *err)
{
	struct many *m = arg;
	struct ex_found f;

	switch (b->got) {
	case EX_DAV_MISSING:
		m->lost[m->nlost++] = w->i;
		return 0;
	case EX_DAV_OTHER:
		return ex_get_gone(&m->get, w->i, err);
	case EX_DAV_FAILED:
		return ex_get_failed(&m->get, w->i, ex_str_of(b->why->msg),
		    err);
	case EX_DAV_ITEM:
	case EX_DAV_BAD:
		break;
	}
	f = found_of(b);
	return m->get.done(m->get.arg, w->i, &f, NULL, err);
}

/* A member that the server says has the UID; if it is true. */
static int
response(void *arg, const struct ex_dav_response *r, struct ex_err *err)
{
	struct by_uid *u = arg;
	struct ex_dav_body b = { .got = EX_DAV_ITEM };
	struct ex_str path, text;
	struct ex_found f;
	struct ex_err why;
	const char *what;

	if (u->told || r->nhref == 0 || r->p.data.p == NULL ||
	    r->p.too_large || ex_dav_uri_resolve(&u->d->uri, r->href[0],
	    &u->a, &path, &what) == -1 || ex_dav_uri_member(&u->d->uri, path,
	    &u->a, &b.id) != EX_DAV_MEMBER)
		return 0;
	text = ex_arena_str(&u->a, r->p.data);
	if (ex_dav_decode(u->d, text, &u->a, &b.item, &why) != EX_DAV_ITEM ||
	    !ex_str_eq(b.item->uid, u->uid))
		return 0;
	b.rev = r->p.etag.p != NULL ? r->p.etag : ex_dav_sum(text, &u->a);
	u->told = true;
	f = found_of(&b);
	return u->m->get.done(u->m->get.arg, u->i, &f, NULL, err);
}

static const char *
component(const struct ex_dav *d)
{
	return d->s.kind == EX_KIND_TASKS ? "VTODO" :
	    d->s.kind == EX_KIND_JOURNALS ? "VJOURNAL" : "VEVENT";
}

/* RFC 4791, 7.8 and RFC 6352, 8.6. */
static struct ex_str
query(const struct ex_dav *d, struct ex_str uid, struct ex_buf *b)
{
	ex_buf_puts(b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>");
	if (d->cal)
		ex_buf_fmt(b, "<C:calendar-query xmlns:D=\"DAV:\" "
		    "xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:prop>"
		    "<D:getetag/><C:calendar-data/></D:prop><C:filter>"
		    "<C:comp-filter name=\"VCALENDAR\"><C:comp-filter "
		    "name=\"%s\"><C:prop-filter name=\"UID\"><C:text-match "
		    "collation=\"i;octet\">", component(d));
	else
		ex_buf_puts(b, "<C:addressbook-query xmlns:D=\"DAV:\" "
		    "xmlns:C=\"urn:ietf:params:xml:ns:carddav\"><D:prop>"
		    "<D:getetag/><C:address-data/></D:prop><C:filter>"
		    "<C:prop-filter name=\"UID\"><C:text-match "
		    "collation=\"i;unicode-casemap\" match-type=\"equals\">");
	ex_xml_escape(b, uid);
	ex_buf_puts(b, "</C:text-match></C:prop-filter>");
	ex_buf_puts(b, d->cal ? "</C:comp-filter></C:comp-filter></C:filter>"
	    "</C:calendar-query>" : "</C:filter></C:addressbook-query>");
	return ex_buf_get(b);
}

/* 1: told of it, or that it is not there; 0: the server does not say; -1. */
static int
look_for(struct many *m, size_t i, struct ex_str uid, struct ex_err *err)
{
	struct by_uid u = { m->d, m, i, uid, EX_ARENA_INIT, false };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_dav_ask q = { .method = "REPORT", .path = m->d->uri.path,
	    .depth = "Depth: 1", .response = response, .arg = &u };
	int got;

	q.body = query(m->d, uid, &b);
	got = ex_dav_ask(m->d, &q, &u.a, err);
	if (got == 0 && q.status == 207)
		got = u.told || ex_get_gone(&m->get, i, err) == 0 ? 1 : -1;
	ex_buf_fini(&b);
	ex_arena_free(&u.a);
	return got;
}

static int
by_uid(const void *a, const void *b)
{
	const struct sought *x = a, *y = b;

	return ex_str_cmp(x->uid, y->uid);
}

static int
found(void *arg, const struct ex_found *f, struct ex_err *err)
{
	struct listed *l = arg;
	struct sought key = { .uid = f->uid }, *at;

	if (f->what != EX_FOUND_ITEM || f->uid.p == NULL ||
	    (at = bsearch(&key, l->v, l->n, sizeof(*l->v), by_uid)) == NULL ||
	    at->told)
		return 0;
	at->told = true;
	return l->m->get.done(l->m->get.arg, at->i, f, NULL, err);
}

static int
look_through(struct listed *l, struct ex_err *err)
{
	struct ex_store_list want = { .found = found, .arg = l };
	size_t i;
	int got;

	if (l->n == 0)
		return 0;
	want.since = ex_dav_since_opened(l->m->d);
	qsort(l->v, l->n, sizeof(*l->v), by_uid);
	got = ex_dav_list(&l->m->d->s, &want, err);
	for (i = 0; i < l->n && got == 0; i++)
		if (!l->v[i].told)
			got = ex_get_gone(&l->m->get, l->v[i].i, err);
	return got;
}

/* The UID with which we created that id; absent: we did not. */
static struct ex_str
made_as(const struct ex_dav *d, struct ex_str id)
{
	size_t k;

	for (k = 0; k < d->nmade; k++)
		if (ex_str_eq(d->made[k].id, id))
			return d->made[k].uid;
	return EX_STR_NONE;
}

static int
lost(struct many *m, struct ex_err *err)
{
	struct listed l = { m, ex_arena_array(&m->a, m->nlost,
	    sizeof(*l.v)), 0 };
	struct ex_str uid;
	size_t i;
	int got = 0;

	for (i = 0; i < m->nlost && got != -1; i++) {
		uid = made_as(m->d, m->get.id[m->lost[i]]);
		if (uid.p == NULL) {
			got = ex_get_gone(&m->get, m->lost[i], err);
			continue;
		}
		got = l.n > 0 ? 0 : look_for(m, m->lost[i], uid, err);
		if (got == 0)
			l.v[l.n++] = (struct sought){ uid, m->lost[i],
			    false };
	}
	return got == -1 ? -1 : look_through(&l, err);
}

int
ex_dav_read_many(struct ex_store *s, const struct ex_str *id, size_t n,
    ex_read_done *done, void *arg, struct ex_err *err)
{
	struct ex_dav *d = (struct ex_dav *)s;
	struct many m = { .get = { d->place, id, n, 0, done, arg }, .d = d,
	    .a = EX_ARENA_INIT };
	struct ex_dav_reading r = { .next = next, .told = told, .arg = &m };
	int got;

	m.lost = ex_arena_array(&m.a, n, sizeof(*m.lost));
	got = ex_dav_read(d, &r, err);
	if (got == 0)
		got = lost(&m, err);
	ex_arena_free(&m.a);
	return got;
}
