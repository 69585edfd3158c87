/*
 * ewsdiscover.c: where a mailbox' server is, by Autodiscover
 *
 *	place			as
 *	----------------------	----------------------------------------------
 *	autodiscover.DOMAIN	GetUserSettings (SOAP), else the plain form
 *	DOMAIN			likewise
 *	the SRV record		likewise; only a host in DOMAIN, and port 443
 *	_autodiscover._tcp
 *
 * The first that answers has the word ("Autodiscover for Exchange"); its two
 * forms are in ewsauto.c.  What Active Directory has (SCP) is not looked for.
 *
 * (1) Passwords go to hosts in the mailbox' own domain over https, and to
 *     those that these name; never where plain http or DNS alone leads to.
 *     So http://autodiscover.DOMAIN is not asked, and a host elsewhere that
 *     an SRV record names is only named to the person.  autodiscover.DOMAIN
 *     is first: a web site at DOMAIN is often another's.
 * (2) One that does not take the password, or that cannot be reached, is not
 *     asked in the other form: accounts are locked after a few.
 * (3) To another address, by which all begins again, or to another https
 *     URL it may lead HOPS times ("Handling Autodiscover error messages").
 *
 * Where requests about public folders go ("Route public folder hierarchy
 * requests", "Route public folder content requests") the EWS host says:
 *
 *	asked for		what is taken
 *	----------------------	----------------------
 *	a mailbox		PublicFolderInformation
 *	that address		Server of EXCH
 *	GUID@DOMAIN		AutoDiscoverSMTPAddress
 */
#include <string.h>
#include <strings.h>

#include <ex/auth.h>
#include <ex/http.h>
#include <ex/line.h>
#include <ex/trace.h>

#include "davpriv.h"
#include "ewspriv.h"

#define HOPS	4
#define SOAP	"/autodiscover/autodiscover.svc"
#define PLAIN	"/autodiscover/autodiscover.xml"

/* At that URL, with a connection of its own. */
static bool
ask_at(struct ex_ews *e, struct ex_str url, struct ex_str address,
    struct ex_ews_auto *f, struct ex_err *why)
{
	struct ex_http_conf conf = e->server.conf;
	struct ex_http *http;
	bool good;

	conf.url = url;
	conf.flight = 1;
	conf.connect = 10;
	if (ex_http_open(&conf, &http, why) == -1)
		return false;
	good = ex_ews_auto_ask(http, url, address, &e->a, f, why);
	e->server.before += ex_http_requests(http);
	ex_http_close(http);
	return good;
}

static struct ex_str
domain_of(struct ex_str address)
{
	size_t i = address.n;

	while (i > 0 && address.p[i - 1] != '@')
		i--;
	return (struct ex_str){ address.p + i, address.n - i };
}

/* At "https://host", in both forms. */
static bool
ask_host(struct ex_ews *e, struct ex_str origin, struct ex_str address,
    struct ex_ews_auto *f, struct ex_err *why)
{
	struct ex_err plain;

	if (ask_at(e, ex_arena_fmt(&e->a, "%.*s" SOAP, EX_STR_ARG(origin)),
	    address, f, why))
		return true;
	if (why->code == EX_ERR_DENIED || why->code == EX_ERR_AGAIN)
		return false;
	if (ask_at(e, ex_arena_fmt(&e->a, "%.*s" PLAIN, EX_STR_ARG(origin)),
	    address, f, &plain))
		return true;
	if (plain.code == EX_ERR_DENIED)
		*why = plain;
	return false;
}

/* Where the domain's SRV record leads, if (1) lets us; absent: nowhere. */
static struct ex_str
by_srv(struct ex_ews *e, struct ex_str address, struct ex_err *why)
{
	struct ex_str domain = domain_of(address);
	struct ex_dns_srv srv;
	struct ex_err before = *why;

	if (ex_dns_lookup("autodiscover", domain, &e->a, &srv) == 0 ||
	    srv.target[0] == '\0' || srv.port != 443)
		return EX_STR_NONE;
	if (ex_dns_is_within(ex_str_of(srv.target), domain))
		return ex_arena_fmt(&e->a, "https://%s", srv.target);
	ex_err_set(why, before.code, "DNS alone names %s, which gets no "
	    "password unasked; if that is right, give ews:https://%s: %s",
	    srv.target, srv.target, before.msg);
	return EX_STR_NONE;
}

/* why: of the first, but who refused us is of more interest. */
static bool
ask_all(struct ex_ews *e, struct ex_str address, struct ex_ews_auto *f,
    struct ex_err *why)
{
	struct ex_str domain = domain_of(address), origin;
	struct ex_err other;

	origin = ex_arena_fmt(&e->a, "https://autodiscover.%.*s",
	    EX_STR_ARG(domain));
	if (ask_host(e, origin, address, f, why))
		return true;
	origin = ex_arena_fmt(&e->a, "https://%.*s", EX_STR_ARG(domain));
	if (ask_host(e, origin, address, f, &other))
		return true;
	if (other.code == EX_ERR_DENIED && why->code != EX_ERR_DENIED)
		*why = other;
	origin = by_srv(e, address, why);
	return origin.n > 0 && ask_host(e, origin, address, f, &other);
}

static int
leads(const struct ex_ews *e, struct ex_str where, const char *why,
    struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_REMOTE, "%s: Autodiscover leads to "
	    "%.*s%s", e->place.p, EX_STR_ARG(where), why);
}

/* *address is the mailbox' in the end. */
static int
follow(struct ex_ews *e, struct ex_str *address, struct ex_ews_auto *f,
    struct ex_err *err)
{
	struct ex_str url = EX_STR_NONE;
	int hops;

	for (hops = 0; hops <= HOPS; hops++) {
		if (url.p == NULL ? !ask_all(e, *address, f, err) :
		    !ask_at(e, url, *address, f, err))
			return ex_err_at(err, "%s: %.*s: no Autodiscover: "
			    "give the server's URL", e->place.p,
			    EX_STR_ARG(*address));
		if (f->to_address.n > 0) {
			if (ex_str_eq(f->to_address, *address) ||
			    memchr(f->to_address.p, '@', f->to_address.n) ==
			    NULL)
				return leads(e, f->to_address, ", which is "
				    "no other mailbox", err);
			*address = f->to_address;
			url = EX_STR_NONE;
		} else if (f->to_url.n > 0) {
			url = f->to_url;
			if (!ex_str_starts(url, "https://"))
				return leads(e, url, ", which is not https",
				    err);
		} else {
			return 0;
		}
	}
	return leads(e, *address, ", on and on", err);
}

/* "https://alice%40example.com@example.com/": who it is, for auth.c. */
static struct ex_str
with_user(struct ex_str address, struct ex_arena *a)
{
	struct ex_str domain = domain_of(address);

	return ex_arena_fmt(a, "https://%.*s%%40%.*s@%.*s/",
	    (int)(address.n - domain.n - 1), address.p, EX_STR_ARG(domain),
	    EX_STR_ARG(domain));
}

int
ex_ews_discover(struct ex_ews *e, const struct ex_store_conf *conf,
    struct ex_str *address, struct ex_err *err)
{
	struct ex_ews_auto f;

	if (ex_auth_new(conf, with_user(*address, &e->a),
	    &e->server.conf.auth, err) == -1 ||
	    follow(e, address, &f, err) == -1)
		return -1;
	if (f.url.n == 0)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: %.*s: Autodiscover "
		    "names no EWS: is it switched off for this mailbox?",
		    e->place.p, EX_STR_ARG(*address));
	if (!ex_str_starts(f.url, "https://"))
		return leads(e, f.url, ", which is not https", err);
	e->url = ex_arena_str(&e->a, f.url);
	ex_trace("%s: %.*s is at %.*s", e->place.p, EX_STR_ARG(*address),
	    EX_STR_ARG(e->url));
	return 0;
}

/* Whose public folders; absent: not known. */
static struct ex_str
who(const struct ex_ews *e)
{
	struct ex_str user = ex_auth_user(e->server.conf.auth);

	if (e->mailbox.n > 0)
		return e->mailbox;
	return user.n > 0 && memchr(user.p, '@', user.n) != NULL ? user :
	    EX_STR_NONE;
}

static bool
ask_here(struct ex_ews *e, struct ex_str address, struct ex_ews_auto *f)
{
	struct ex_err why;

	if (ex_ews_auto_ask(e->server.http, EX_STR(PLAIN), address, &e->a, f,
	    &why))
		return true;
	ex_trace("%s: public folders: %s", e->place.p, why.msg);
	return false;
}

static void
set_headers(struct ex_ews *e, struct ex_str anchor, struct ex_str box)
{
	if (anchor.n > 0)
		e->anchor = ex_arena_fmt(&e->a, "X-AnchorMailbox: %.*s",
		    EX_STR_ARG(anchor));
	if (box.n > 0)
		e->public_box = ex_arena_fmt(&e->a,
		    "X-PublicFolderMailbox: %.*s", EX_STR_ARG(box));
}

void
ex_ews_route_hierarchy(struct ex_ews *e)
{
	struct ex_ews_auto user, box;

	if (who(e).p == NULL || !ask_here(e, who(e), &user) ||
	    user.public.n == 0 || !ask_here(e, user.public, &box))
		return;
	set_headers(e, user.public, box.server);
}

void
ex_ews_route_content(struct ex_ews *e, struct ex_str replica)
{
	struct ex_str guid, address;
	struct ex_ews_auto f;

	if (who(e).p == NULL || replica.n == 0 ||
	    ex_line_base64_decode(replica, &e->a, &guid) == -1 ||
	    guid.n < 36)
		return;
	/* A GUID as text, and a NUL behind it. */
	address = ex_arena_fmt(&e->a, "%.36s@%.*s", guid.p,
	    EX_STR_ARG(domain_of(who(e))));
	if (ask_here(e, address, &f) && f.smtp.n > 0)
		set_headers(e, f.smtp, f.smtp);
}
