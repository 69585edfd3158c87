/*
 * davfind.c: from a URL to the collection that is meant
 *
 *	the URL is			then
 *	------------------------------	--------------------------------------
 *	a collection of our sort	it is it: one request
 *	a host				its well-known URL (RFC 6764, 5), then
 *					as below
 *	a principal			its home sets (RFC 4791, 6.2.1)
 *	a collection that has some	it is the home
 *	anything else			the principal that we are to it
 *
 * Behind a home one collection is meant: the one called `folder`, by its
 * display name or the last part of its path, else the only one of the kind.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/buf.h>
#include <ex/cap.h>

#include "davpriv.h"

struct one {
	struct ex_arena *a;
	struct ex_dav_props *p;
	bool got;
};

struct many {
	struct ex_dav *d;
	struct ex_arena *a;
	struct ex_dav_folder *v;
	size_t n;
};

static void
copy(struct ex_arena *a, struct ex_dav_props *to,
    const struct ex_dav_props *from)
{
	size_t i;

	*to = *from;
	to->etag = to->type = to->data = EX_STR_NONE;
	to->name = ex_arena_str(a, from->name);
	to->token = ex_arena_str(a, from->token);
	to->ctag = ex_arena_str(a, from->ctag);
	to->principal = ex_arena_str(a, from->principal);
	to->home = ex_arena_array(a, from->nhome, sizeof(*to->home));
	for (i = 0; i < from->nhome; i++)
		to->home[i] = ex_arena_str(a, from->home[i]);
}

static int
take_one(void *arg, const struct ex_dav_response *r, struct ex_err *err)
{
	struct one *o = arg;

	(void)err;
	if (!o->got && r->found) {
		o->got = true;
		copy(o->a, o->p, &r->p);
	}
	return 0;
}

/* all: with what is only of use once it is the one that is meant. */
static struct ex_str
query(const struct ex_dav *d, bool all, struct ex_arena *a)
{
	return ex_arena_fmt(a, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<D:propfind xmlns:D=\"DAV:\" xmlns:C=\"%s\"><D:prop>"
	    "<D:resourcetype/><D:displayname/>"
	    "<D:current-user-privilege-set/>%s%s</D:prop></D:propfind>",
	    d->cal ? "urn:ietf:params:xml:ns:caldav" :
	    "urn:ietf:params:xml:ns:carddav",
	    d->cal ? "<C:supported-calendar-component-set/>" :
	    "<C:supported-address-data/>", !all ? "" : d->cal ?
	    "<D:current-user-principal/><D:supported-report-set/>"
	    "<D:sync-token/><C:max-resource-size/><C:calendar-home-set/>" :
	    "<D:current-user-principal/><D:supported-report-set/>"
	    "<D:sync-token/><C:max-resource-size/>"
	    "<C:addressbook-home-set/>");
}

static struct ex_str
as_folder(struct ex_str path, struct ex_arena *a)
{
	return ex_str_ends(path, "/") ? path :
	    ex_arena_fmt(a, "%.*s/", EX_STR_ARG(path));
}

/*
 * The properties of what is at path, and the path that answered: 1; 0:
 * another status, which why says.
 */
static int
look(struct ex_dav *d, struct ex_str *path, struct ex_dav_props *p,
    struct ex_err *why, struct ex_err *err)
{
	struct one one = { &d->a, p, false };
	struct ex_dav_ask q = { .method = "PROPFIND", .path = *path,
	    .depth = "Depth: 0", .response = take_one, .arg = &one };
	struct ex_dav_uri u;
	const char *what;

	*p = (struct ex_dav_props){ .max_size = -1 };
	q.body = query(d, true, &d->a);
	if (ex_dav_ask(d, &q, &d->a, err) == -1)
		return -1;
	if (q.status != 207) {
		*why = q.why;
		return 0;
	}
	if (!one.got) {
		ex_err_set(why, EX_ERR_GONE, "%s: %s%s: has no properties "
		    "that we may read", d->place.p, d->uri.origin.p, path->p);
		return 0;
	}
	/* Redirects are within the origin. */
	if (q.url.n > 0 && ex_dav_uri_parse(q.url, &d->a, &u, &what) == 0)
		*path = u.path;
	return 1;
}

static bool
ours(const struct ex_dav *d, const struct ex_dav_props *p)
{
	return d->cal ? p->calendar : p->book;
}

static const char *
sort_name(const struct ex_dav *d)
{
	return d->cal ? "calendar" : "address book";
}

static int
take_folder(void *arg, const struct ex_dav_response *r, struct ex_err *err)
{
	struct many *m = arg;
	struct ex_dav_folder *f;
	struct ex_str path;
	const char *why;

	if (!r->found || r->nhref == 0 || !ours(m->d, &r->p) ||
	    ex_dav_uri_resolve(&m->d->uri, r->href[0], m->a, &path,
	    &why) == -1)
		return 0;
	if (m->n == EX_CAP_DAV_FOLDERS)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: %s%s: "
		    "more than %d collections", m->d->place.p,
		    m->d->uri.origin.p, m->d->uri.path.p,
		    EX_CAP_DAV_FOLDERS);
	m->v = ex_arena_grow(m->a, m->v, m->n, sizeof(*m->v));
	f = &m->v[m->n++];
	f->path = as_folder(path, m->a);
	copy(m->a, &f->props, &r->p);
	f->name = f->props.name.p != NULL ? f->props.name :
	    ex_dav_uri_name(f->path, m->a);
	return 0;
}

static int
children(struct many *m, struct ex_str path, struct ex_err *err)
{
	struct ex_dav_ask q = { .method = "PROPFIND",
	    .path = as_folder(path, m->a), .depth = "Depth: 1",
	    .response = take_folder, .arg = m };

	q.body = query(m->d, false, m->a);
	if (ex_dav_ask(m->d, &q, m->a, err) == -1)
		return -1;
	return q.status == 207 ? 0 : ex_dav_ask_fail(&q, err);
}

/* An href in a property, as a path on this host. */
static int
leads(const struct ex_dav *d, const char *what, struct ex_str href,
    struct ex_str *path, struct ex_arena *a, struct ex_err *err)
{
	const char *why;

	if (ex_dav_uri_resolve(&d->uri, href, a, path, &why) == 0)
		return 0;
	return ex_err_set(err, EX_ERR_REMOTE, "%s: %s: %s %.*s: %s; if it is "
	    "right, make it the store", d->place.p, d->uri.origin.p, what,
	    EX_STR_ARG(href), why);
}

static int
homes(struct many *m, const struct ex_dav_props *p, struct ex_err *err)
{
	struct ex_str path;
	size_t i;

	for (i = 0; i < p->nhome; i++)
		if (leads(m->d, "its home", p->home[i], &path, m->a,
		    err) == -1 || children(m, path, err) == -1)
			return -1;
	return 0;
}

static int
by_principal(struct many *m, struct ex_err *err)
{
	struct ex_dav *d = m->d;
	struct ex_dav_props p;
	struct ex_str path;
	struct ex_err why;
	int got;

	if (d->props.principal.p == NULL)
		return 0;
	if (leads(d, "our principal", d->props.principal, &path, m->a,
	    err) == -1)
		return -1;
	if ((got = look(d, &path, &p, &why, err)) != 1) {
		if (got == 0)
			*err = why;
		return -1;
	}
	return homes(m, &p, err);
}

static int
by_path(const void *a, const void *b)
{
	return ex_str_cmp(((const struct ex_dav_folder *)a)->path,
	    ((const struct ex_dav_folder *)b)->path);
}

int
ex_dav_folders_find(struct ex_dav *d, struct ex_arena *a,
    struct ex_dav_folder **v, size_t *n, struct ex_err *err)
{
	struct many m = { d, a, NULL, 0 };
	size_t i, k = 0;
	int got = 0;

	if (ours(d, &d->props)) {
		m.v = ex_arena_array(a, 1, sizeof(*m.v));
		m.v[m.n++] = (struct ex_dav_folder){ as_folder(d->uri.path, a),
		    d->props.name.p != NULL ? d->props.name :
		    ex_dav_uri_name(d->uri.path, a), d->props };
	} else if (d->props.nhome > 0) {
		got = homes(&m, &d->props, err);
	} else {
		if (!ex_str_is(d->uri.path, "/"))
			got = children(&m, d->uri.path, err);
		if (got == 0 && m.n == 0)
			got = by_principal(&m, err);
	}
	if (got == -1)
		return -1;
	if (m.n > 1)
		qsort(m.v, m.n, sizeof(*m.v), by_path);
	/* Two homes may be one. */
	for (i = 0; i < m.n; i++)
		if (k == 0 || !ex_str_eq(m.v[k - 1].path, m.v[i].path))
			m.v[k++] = m.v[i];
	*v = m.v;
	*n = k;
	return 0;
}

bool
ex_dav_may_hold(const struct ex_dav *d, const struct ex_dav_props *p,
    enum ex_kind kind)
{
	if (!d->cal)
		return kind == EX_KIND_NONE || kind == EX_KIND_CONTACTS;
	if (kind == EX_KIND_CONTACTS)
		return false;
	/* RFC 4791, 5.2.3: without the property it takes all. */
	return kind == EX_KIND_NONE || !p->has_comps ||
	    (p->comps & 1U << kind) != 0;
}

enum ex_kind
ex_dav_kind(const struct ex_dav *d, const struct ex_dav_props *p)
{
	if (!d->cal)
		return EX_KIND_CONTACTS;
	if (p->comps == 1U << EX_KIND_EVENTS)
		return EX_KIND_EVENTS;
	if (p->comps == 1U << EX_KIND_TASKS)
		return EX_KIND_TASKS;
	return p->comps == 1U << EX_KIND_JOURNALS ? EX_KIND_JOURNALS :
	    EX_KIND_NONE;
}

static bool
is_meant(const struct ex_dav *d, const struct ex_dav_folder *f,
    enum ex_kind kind, struct ex_arena *a)
{
	if (!ex_dav_may_hold(d, &f->props, kind))
		return false;
	return d->folder.p == NULL || ex_str_eq(f->name, d->folder) ||
	    ex_str_eq(ex_dav_uri_name(f->path, a), d->folder);
}

/* None or several: say what is there. */
static int
not_one(const struct ex_dav *d, const struct ex_dav_folder *v, size_t n,
    size_t hits, struct ex_err *err)
{
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	ex_buf_fmt(&b, "%s: %s%s: ", d->place.p, d->uri.origin.p,
	    d->uri.path.p);
	if (n == 0)
		ex_buf_fmt(&b, "no %s there", sort_name(d));
	else if (d->folder.p != NULL)
		ex_buf_fmt(&b, "%s %s there is %.*s; there are",
		    hits == 0 ? "no" : "more than one", sort_name(d),
		    EX_STR_ARG(d->folder));
	else
		ex_buf_fmt(&b, "say which %s is meant, by `folder' or its "
		    "URL; there are", sort_name(d));
	for (i = 0; i < n; i++)
		ex_buf_fmt(&b, "%s %.*s (%.*s)", i == 0 ? "" : ",",
		    EX_STR_ARG(v[i].path), EX_STR_ARG(v[i].name));
	ex_err_set(err, EX_ERR_INPUT, "%.*s", (int)b.n, b.p);
	ex_buf_fini(&b);
	return -1;
}

static int
choose(struct ex_dav *d, enum ex_kind kind, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	const struct ex_dav_folder *hit = NULL;
	struct ex_dav_folder *v = NULL;
	size_t i, n = 0, hits = 0;
	struct ex_err why;
	int got;

	got = ex_dav_folders_find(d, &a, &v, &n, err);
	for (i = 0; i < n && got == 0; i++)
		if (is_meant(d, &v[i], kind, &a)) {
			hit = &v[i];
			hits++;
		}
	if (got == 0 && hits != 1)
		got = not_one(d, v, n, hits, err);
	if (got == 0) {
		d->uri.path = ex_arena_str(&d->a, hit->path);
		got = look(d, &d->uri.path, &d->props, &why, err);
		if (got == 0)
			*err = why;
		got = got == 1 ? 0 : -1;
	}
	ex_arena_free(&a);
	return got;
}

/* What is at the URL. */
static int
first(struct ex_dav *d, struct ex_err *err)
{
	struct ex_str path = d->cal ? EX_STR("/.well-known/caldav") :
	    EX_STR("/.well-known/carddav");
	struct ex_err why;
	int got;

	if (ex_str_is(d->uri.path, "/")) {
		got = look(d, &path, &d->props, &why, err);
		/* Only where it led somewhere: some answer it themselves. */
		if (got == 1 && !ex_str_starts(path, "/.well-known/")) {
			d->uri.path = path;
			return 0;
		}
		if (got == -1)
			return -1;
	}
	got = look(d, &d->uri.path, &d->props, &why, err);
	if (got == 0)
		*err = why;
	return got == 1 ? 0 : -1;
}

int
ex_dav_find(struct ex_dav *d, enum ex_kind kind, struct ex_err *err)
{
	if (first(d, err) == -1)
		return -1;
	if (d->browse)
		return 0;
	if (d->cal ? d->props.book : d->props.calendar)
		return ex_err_set(err, EX_ERR_INPUT, "%s: %s%s: is %s: the "
		    "store is %s:", d->place.p, d->uri.origin.p,
		    d->uri.path.p, d->cal ? "an address book" : "a calendar",
		    d->cal ? "carddav" : "caldav");
	if (!ours(d, &d->props) && choose(d, kind, err) == -1)
		return -1;
	d->uri.path = as_folder(d->uri.path, &d->a);
	if (!ex_dav_may_hold(d, &d->props, kind))
		return ex_err_set(err, EX_ERR_INPUT, "%s: %s%s: holds no %s",
		    d->place.p, d->uri.origin.p, d->uri.path.p,
		    ex_kind_name(kind));
	return 0;
}
