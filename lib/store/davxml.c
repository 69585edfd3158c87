/*
 * davxml.c: a multistatus (RFC 4918, 13) as a stream of responses
 *
 * One response is held at a time, so memory does not grow with their
 * number; what it has besides an item may take EX_CAP_DAV_RESPONSE.
 * Properties count only from a propstat of 2xx, which may say so
 * before or behind them.  What is not known is passed over.  The body of an
 * error (RFC 4918, 16) is read by the same reader.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/xml.h>

#include "davpriv.h"

#define DAV	"DAV:"
#define CAL	"urn:ietf:params:xml:ns:caldav"
#define CARD	"urn:ietf:params:xml:ns:carddav"
#define CS	"http://calendarserver.org/ns/"

enum el {
	EL_OTHER, EL_MULTISTATUS, EL_RESPONSE, EL_PROPSTAT, EL_PROP,
	EL_STATUS, EL_HREF, EL_ERROR, EL_TOKEN, EL_ETAG, EL_TYPE, EL_NAME,
	EL_RESOURCETYPE, EL_COLLECTION, EL_BOOK, EL_CALENDAR, EL_PRINCIPAL,
	EL_ME, EL_HOME, EL_PRIVILEGES, EL_PRIVILEGE, EL_COMPS, EL_COMP,
	EL_ADDRESS, EL_CONTENT, EL_MAX, EL_REPORTS, EL_SYNC, EL_CTAG, EL_DATA,
	EL_NONE			/* above the root */
};

static const struct {
	const char *ns, *local;
	enum el el;
} names[] = {
	{ DAV, "multistatus", EL_MULTISTATUS },
	{ DAV, "response", EL_RESPONSE },
	{ DAV, "propstat", EL_PROPSTAT },
	{ DAV, "prop", EL_PROP },
	{ DAV, "status", EL_STATUS },
	{ DAV, "href", EL_HREF },
	{ DAV, "error", EL_ERROR },
	{ DAV, "getetag", EL_ETAG },
	{ DAV, "getcontenttype", EL_TYPE },
	{ DAV, "resourcetype", EL_RESOURCETYPE },
	{ DAV, "collection", EL_COLLECTION },
	{ DAV, "sync-token", EL_TOKEN },
	{ DAV, "displayname", EL_NAME },
	{ DAV, "principal", EL_PRINCIPAL },
	{ DAV, "current-user-principal", EL_ME },
	{ DAV, "current-user-privilege-set", EL_PRIVILEGES },
	{ DAV, "privilege", EL_PRIVILEGE },
	{ DAV, "supported-report-set", EL_REPORTS },
	{ DAV, "sync-collection", EL_SYNC },
	{ CAL, "calendar-data", EL_DATA },
	{ CAL, "calendar", EL_CALENDAR },
	{ CAL, "calendar-home-set", EL_HOME },
	{ CAL, "supported-calendar-component-set", EL_COMPS },
	{ CAL, "comp", EL_COMP },
	{ CAL, "max-resource-size", EL_MAX },
	{ CARD, "address-data", EL_DATA },
	{ CARD, "addressbook", EL_BOOK },
	{ CARD, "addressbook-home-set", EL_HOME },
	{ CARD, "supported-address-data", EL_ADDRESS },
	{ CARD, "address-data-type", EL_CONTENT },
	{ CARD, "content-type", EL_CONTENT },
	{ CARD, "max-resource-size", EL_MAX },
	{ CS, "getctag", EL_CTAG }
};

struct ex_dav_xml {
	struct ex_xml *xml;
	int (*response)(void *arg, const struct ex_dav_response *r,
	    struct ex_err *err);
	void *arg;
	unsigned char stack[EX_CAP_XML_DEPTH + 2];
	size_t depth;
	bool take;		/* text goes to `text` */
	size_t take_depth;
	bool taking_data;
	struct ex_buf text, data;
	struct ex_arena a;	/* of one response */
	struct ex_arena own;	/* token, top-level error */
	struct ex_dav_response r;
	struct ex_dav_props pend;	/* of one propstat */
	int pend_status;
	bool in_response;
	struct ex_str token;
	struct ex_dav_error error;
};

static enum el
element(struct ex_xml_name name)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ex_xml_is(name, names[i].ns, names[i].local))
			return names[i].el;
	return EL_OTHER;
}

/* What the n-th element around the present one is; 0: itself. */
static enum el
around(const struct ex_dav_xml *x, size_t n)
{
	return x->depth > n ? (enum el)x->stack[x->depth - 1 - n] : EL_NONE;
}

/* Is the present element a property of a propstat? */
static bool
is_prop(const struct ex_dav_xml *x)
{
	return around(x, 1) == EL_PROP && around(x, 2) == EL_PROPSTAT &&
	    around(x, 3) == EL_RESPONSE;
}

static struct ex_str
attribute(const struct ex_xml_attr *attr, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (attr[i].name.ns.p == NULL &&
		    ex_str_is(attr[i].name.local, name))
			return attr[i].value;
	return EX_STR_NONE;
}

static void
take_text(struct ex_dav_xml *x, bool data)
{
	struct ex_buf *b = data ? &x->data : &x->text;

	x->take = true;
	x->taking_data = data;
	x->take_depth = x->depth;
	ex_buf_clear(b);
	b->over = false;
}

/* The first element in an <error> says what it is about. */
static void
take_error(struct ex_dav_xml *x, struct ex_xml_name name)
{
	struct ex_dav_error *e = x->in_response ? &x->r.error : &x->error;
	struct ex_arena *a = x->in_response ? &x->a : &x->own;

	if (e->what.p != NULL)
		return;
	e->what = ex_arena_str(a, name.local);
	e->dav = ex_str_is(name.ns, DAV);
}

static void
start_prop(struct ex_dav_xml *x, enum el el)
{
	if (el == EL_RESOURCETYPE)
		x->pend.typed = true;
	else if (el == EL_PRIVILEGES)
		x->pend.rights = true;
	else if (el == EL_COMPS)
		x->pend.has_comps = true;
	else if (el == EL_ADDRESS)
		x->pend.has_versions = true;
	else if (el == EL_ETAG || el == EL_TYPE || el == EL_NAME ||
	    el == EL_TOKEN || el == EL_CTAG || el == EL_MAX)
		take_text(x, false);
	else if (el == EL_DATA)
		take_text(x, true);
}

static void
start_type(struct ex_dav_xml *x, enum el el)
{
	x->pend.collection |= el == EL_COLLECTION;
	x->pend.book |= el == EL_BOOK;
	x->pend.calendar |= el == EL_CALENDAR;
	x->pend.is_principal |= el == EL_PRINCIPAL;
}

static bool
writes(struct ex_str privilege)
{
	return ex_str_is(privilege, "all") || ex_str_is(privilege, "write") ||
	    ex_str_is(privilege, "write-content") ||
	    ex_str_is(privilege, "bind");
}

static void
start_content(struct ex_dav_xml *x, const struct ex_xml_attr *attr,
    size_t n)
{
	struct ex_str type = attribute(attr, n, "content-type");
	struct ex_str version = attribute(attr, n, "version");

	if (type.p != NULL && !ex_str_is_nocase(type, "text/vcard") &&
	    !ex_str_is_nocase(type, "text/x-vcard"))
		return;
	/* RFC 6352, 6.2.2: without a version it is 3.0. */
	if (version.p == NULL || ex_str_is(version, "3.0"))
		x->pend.v3 = true;
	else if (ex_str_is(version, "4.0"))
		x->pend.v4 = true;
}

/* Elements below a property. */
static void
start_below(struct ex_dav_xml *x, enum el el, struct ex_xml_name name,
    const struct ex_xml_attr *attr, size_t n)
{
	enum ex_kind kind;

	switch (around(x, 1)) {
	case EL_RESOURCETYPE:
		start_type(x, el);
		break;
	case EL_PRIVILEGE:
		x->pend.write |= writes(name.local);
		break;
	case EL_COMPS:
		if (el != EL_COMP)
			break;
		kind = ex_dav_comp(attribute(attr, n, "name"));
		if (kind != EX_KIND_NONE)
			x->pend.comps |= 1U << kind;
		break;
	case EL_ADDRESS:
		if (el == EL_CONTENT)
			start_content(x, attr, n);
		break;
	case EL_ME:
	case EL_HOME:
		if (el == EL_HREF)
			take_text(x, false);
		break;
	default:
		x->pend.sync |= el == EL_SYNC && around(x, 4) == EL_REPORTS;
		break;
	}
}

static void
start_response(struct ex_dav_xml *x)
{
	ex_arena_reset(&x->a);
	x->r = (struct ex_dav_response){ .p = { .max_size = -1 } };
	x->in_response = true;
}

static int
start(void *arg, struct ex_xml_name name, const struct ex_xml_attr *attr,
    size_t nattr, struct ex_err *err)
{
	struct ex_dav_xml *x = arg;
	enum el el = element(name), up = around(x, 0);

	if (x->depth == 0 && el != EL_MULTISTATUS && el != EL_ERROR)
		return ex_err_set(err, EX_ERR_INPUT, "no multistatus");
	if (x->depth >= sizeof(x->stack))
		return ex_err_set(err, EX_ERR_INPUT, "elements too deep");
	x->stack[x->depth++] = (unsigned char)el;
	if (up == EL_ERROR && (x->depth == 2 || x->in_response))
		take_error(x, name);
	else if (el == EL_RESPONSE && x->depth == 2)
		start_response(x);
	else if (el == EL_PROPSTAT && up == EL_RESPONSE) {
		x->pend = (struct ex_dav_props){ .max_size = -1 };
		x->pend_status = 0;
	} else if (el == EL_TOKEN && up == EL_MULTISTATUS)
		take_text(x, false);
	else if ((el == EL_HREF && (up == EL_RESPONSE ||
	    around(x, 2) == EL_ERROR)) || (el == EL_STATUS &&
	    (up == EL_RESPONSE || up == EL_PROPSTAT)))
		take_text(x, false);
	else if (is_prop(x))
		start_prop(x, el);
	else if (x->in_response)
		start_below(x, el, name, attr, nattr);
	return 0;
}

static int
text(void *arg, struct ex_str part, struct ex_err *err)
{
	struct ex_dav_xml *x = arg;

	if (!x->take)
		return 0;
	ex_buf_str(x->taking_data ? &x->data : &x->text, part);
	if (!x->taking_data && x->text.over)
		return ex_err_set(err, EX_ERR_INPUT, "a value is too long");
	return 0;
}

/* "HTTP/1.1 404 Not Found"; 0: none. */
static int
status_of(struct ex_str s)
{
	size_t i;

	for (i = 0; i < s.n && s.p[i] != ' '; i++)
		;
	if (s.n - i < 4)
		return 0;
	i = (size_t)ex_str_number((struct ex_str){ s.p + i + 1, 3 });
	return i >= 100 && i <= 999 ? (int)i : 0;
}

static struct ex_str
trimmed(const struct ex_buf *b)
{
	struct ex_str s = ex_buf_get(b);

	while (s.n > 0 && (unsigned char)s.p[0] <= ' ') {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (unsigned char)s.p[s.n - 1] <= ' ')
		s.n--;
	return s;
}

static void
add_href(struct ex_dav_xml *x, struct ex_str s)
{
	x->r.href = ex_arena_grow(&x->a, x->r.href, x->r.nhref,
	    sizeof(*x->r.href));
	x->r.href[x->r.nhref++] = ex_arena_str(&x->a, s);
}

static void
end_href(struct ex_dav_xml *x, struct ex_str s)
{
	struct ex_dav_props *p = &x->pend;
	struct ex_dav_error *e = x->in_response ? &x->r.error : &x->error;

	switch (around(x, 1)) {
	case EL_RESPONSE:
		add_href(x, s);
		break;
	case EL_ME:
		p->principal = ex_arena_str(&x->a, s);
		break;
	case EL_HOME:
		p->home = ex_arena_grow(&x->a, p->home, p->nhome,
		    sizeof(*p->home));
		p->home[p->nhome++] = ex_arena_str(&x->a, s);
		break;
	default:
		if (e->href.p == NULL)
			e->href = ex_arena_str(
			    x->in_response ? &x->a : &x->own, s);
		break;
	}
}

/* Nothing in it is as if it were not there. */
static struct ex_str
filled(struct ex_dav_xml *x, struct ex_str s)
{
	return s.n == 0 ? EX_STR_NONE : ex_arena_str(&x->a, s);
}

static void
end_text(struct ex_dav_xml *x, enum el el)
{
	struct ex_dav_props *p = &x->pend;
	struct ex_str s = trimmed(&x->text);

	if (el == EL_HREF)
		end_href(x, s);
	else if (el == EL_STATUS && around(x, 1) == EL_PROPSTAT)
		x->pend_status = status_of(s);
	else if (el == EL_STATUS)
		x->r.status = status_of(s);
	else if (el == EL_TOKEN && around(x, 1) == EL_MULTISTATUS)
		x->token = ex_arena_str(&x->own, s);
	else if (el == EL_TOKEN)
		p->token = filled(x, s);
	else if (el == EL_CTAG)
		p->ctag = filled(x, s);
	else if (el == EL_ETAG)
		p->etag = filled(x, s);
	else if (el == EL_TYPE)
		p->type = filled(x, s);
	else if (el == EL_NAME)
		p->name = filled(x, s);
	else if (el == EL_MAX)
		p->max_size = ex_str_number(s);
	else if (el == EL_DATA) {
		p->data = ex_buf_get(&x->data);
		p->too_large = x->data.over;
	}
}

#define MOVE(member)	if (from->member.p != NULL) to->member = from->member

static void
merge(struct ex_dav_props *to, const struct ex_dav_props *from)
{
	MOVE(etag);
	MOVE(type);
	MOVE(name);
	MOVE(token);
	MOVE(ctag);
	MOVE(principal);
	MOVE(data);
	if (from->nhome > 0) {
		to->home = from->home;
		to->nhome = from->nhome;
	}
	if (from->max_size >= 0)
		to->max_size = from->max_size;
	to->typed |= from->typed;
	to->collection |= from->collection;
	to->book |= from->book;
	to->calendar |= from->calendar;
	to->is_principal |= from->is_principal;
	to->rights |= from->rights;
	to->write |= from->write;
	to->has_comps |= from->has_comps;
	to->comps |= from->comps;
	to->has_versions |= from->has_versions;
	to->v3 |= from->v3;
	to->v4 |= from->v4;
	to->sync |= from->sync;
	to->too_large |= from->too_large;
}

static void
end_propstat(struct ex_dav_xml *x)
{
	if (x->pend_status / 100 == 2) {
		merge(&x->r.p, &x->pend);
		x->r.found = true;
	} else if (x->r.failed == 0) {
		x->r.failed = x->pend_status;
	}
}

static bool
keeps_much(const struct ex_dav_xml *x)
{
	return ex_arena_size(&x->a) > EX_CAP_DAV_RESPONSE ||
	    ex_arena_size(&x->own) > EX_CAP_DAV_RESPONSE;
}

static int
end(void *arg, struct ex_xml_name name, struct ex_err *err)
{
	struct ex_dav_xml *x = arg;
	enum el el = around(x, 0);
	int got = 0;

	(void)name;
	if (x->take && x->take_depth == x->depth) {
		x->take = false;
		end_text(x, el);
		if (keeps_much(x))
			return ex_err_set(err, EX_ERR_INPUT,
			    "a response is too long");
	} else if (el == EL_PROPSTAT && around(x, 1) == EL_RESPONSE) {
		end_propstat(x);
	} else if (el == EL_RESPONSE && x->depth == 2) {
		x->in_response = false;
		if (x->error.what.p == NULL && x->r.error.what.p != NULL)
			x->error.what = ex_arena_str(&x->own,
			    x->r.error.what);
		got = x->response == NULL ? 0 :
		    x->response(x->arg, &x->r, err);
	}
	x->depth--;
	return got;
}

struct ex_dav_xml *
ex_dav_xml_new(int (*response)(void *arg, const struct ex_dav_response *r,
    struct ex_err *err), void *arg)
{
	static const struct ex_xml_ops ops = { start, text, end };
	struct ex_dav_xml *x = calloc(1, sizeof(*x));

	if (x == NULL)
		ex_diag_oom();
	x->response = response;
	x->arg = arg;
	x->text.cap = EX_CAP_DAV_TEXT;
	x->data.cap = EX_CAP_ITEM;
	x->xml = ex_xml_new(&ops, x, true);
	return x;
}

void
ex_dav_xml_free(struct ex_dav_xml *x)
{
	if (x == NULL)
		return;
	ex_xml_free(x->xml);
	ex_buf_fini(&x->text);
	ex_buf_fini(&x->data);
	ex_arena_free(&x->a);
	ex_arena_free(&x->own);
	free(x);
}

int
ex_dav_xml_feed(struct ex_dav_xml *x, struct ex_str part,
    struct ex_err *err)
{
	return ex_xml_feed(x->xml, part, err);
}

int
ex_dav_xml_finish(struct ex_dav_xml *x, struct ex_err *err)
{
	return ex_xml_finish(x->xml, err);
}

struct ex_str
ex_dav_xml_token(const struct ex_dav_xml *x)
{
	return x->token;
}

struct last {
	struct ex_arena *a;
	int status;
	struct ex_dav_error *e;
};

static int
first_response(void *arg, const struct ex_dav_response *r,
    struct ex_err *err)
{
	struct last *l = arg;

	(void)err;
	if (l->status == 0)
		l->status = r->status != 0 ? r->status : r->failed;
	if (l->e->what.p == NULL && r->error.what.p != NULL) {
		l->e->what = ex_arena_str(l->a, r->error.what);
		l->e->href = ex_arena_str(l->a, r->error.href);
		l->e->dav = r->error.dav;
	}
	return 0;
}

int
ex_dav_error(struct ex_str body, struct ex_arena *a, struct ex_dav_error *e)
{
	struct last l = { a, 0, e };
	struct ex_dav_xml *x = ex_dav_xml_new(first_response, &l);
	struct ex_err err;

	*e = (struct ex_dav_error){ .dav = false };
	/* What was read before it turned out to be no XML counts. */
	if (body.n > 0 && ex_dav_xml_feed(x, body, &err) == 0 &&
	    ex_dav_xml_finish(x, &err) == 0 && e->what.p == NULL &&
	    x->error.what.p != NULL) {
		e->what = ex_arena_str(a, x->error.what);
		e->href = ex_arena_str(a, x->error.href);
		e->dav = x->error.dav;
	}
	ex_dav_xml_free(x);
	return l.status;
}

enum ex_kind
ex_dav_comp(struct ex_str name)
{
	if (ex_str_is_nocase(name, "vevent"))
		return EX_KIND_EVENTS;
	if (ex_str_is_nocase(name, "vtodo"))
		return EX_KIND_TASKS;
	return ex_str_is_nocase(name, "vjournal") ? EX_KIND_JOURNALS :
	    EX_KIND_NONE;
}
