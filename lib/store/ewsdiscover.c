/*
 * ewsdiscover.c: Autodiscover, in its plain XML form ("POX Autodiscover
 * service reference")
 *
 *	asked for		at			what is taken
 *	----------------------	----------------------	--------------------
 *	a mailbox		autodiscover.DOMAIN,	EwsUrl of EXPR, else
 *				then DOMAIN		of EXHTTP, EXCH
 *	a mailbox		the EWS host		PublicFolderInformation
 *	that address		the EWS host		Server of EXCH
 *	GUID@DOMAIN		the EWS host		AutoDiscoverSMTPAddress
 *
 * The last three say where requests about public folders go ("Route public
 * folder hierarchy requests", "Route public folder content requests").
 *
 * (1) Passwords go to hosts in the mailbox' own domain over https, and to
 *     those that these name; never where plain http or DNS alone leads to.
 *     autodiscover.DOMAIN is first: a web site at DOMAIN is often another's.
 * (2) RedirectAddr and RedirectUrl are followed HOPS times.
 */
#include <string.h>

#include <ex/auth.h>
#include <ex/cap.h>
#include <ex/http.h>
#include <ex/line.h>
#include <ex/trace.h>

#include "ewspriv.h"

#define HOPS	4
#define PATH	"/autodiscover/autodiscover.xml"
#define OUTLOOK	"http://schemas.microsoft.com/exchange/autodiscover/outlook/"

struct found {
	struct ex_str url;		/* of EWS */
	struct ex_str smtp;		/* AutoDiscoverSMTPAddress */
	struct ex_str public;		/* PublicFolderInformation */
	struct ex_str server;		/* of EXCH */
	struct ex_str to_address, to_url;
};

static struct ex_str
below(const struct ex_xml_node *n, const char *outer, const char *inner)
{
	return ex_xml_child_text(ex_xml_child(n, outer), inner);
}

/* The better of the two. */
static void
read_protocol(const struct ex_xml_node *p, int *best, struct found *f)
{
	static const char *const type[] = { "EXCH", "EXHTTP", "EXPR" };
	struct ex_str is = ex_xml_child_text(p, "Type");
	struct ex_str url = ex_xml_child_text(p, "EwsUrl");
	int i;

	if (ex_str_is(is, "EXCH"))
		f->server = ex_xml_child_text(p, "Server");
	for (i = 0; i < 3; i++)
		if (ex_str_is(is, type[i]) && url.n > 0 && i + 1 > *best) {
			*best = i + 1;
			f->url = url;
		}
}

/* false: it is an error, or nothing of Autodiscover's. */
static bool
read_answer(struct ex_str text, struct ex_arena *a, struct found *f)
{
	const struct ex_xml_node *root, *response, *account, *p;
	struct ex_err err;
	int best = 0;

	*f = (struct found){ .url = EX_STR_NONE };
	root = ex_xml_tree_parse(text, true, a, &err);
	if (root == NULL || !ex_str_is(root->name.local, "Autodiscover"))
		return false;
	response = ex_xml_child(root, "Response");
	account = ex_xml_child(response, "Account");
	if (account == NULL)
		return false;
	f->to_address = ex_xml_child_text(account, "RedirectAddr");
	f->to_url = ex_xml_child_text(account, "RedirectUrl");
	f->smtp = below(response, "User", "AutoDiscoverSMTPAddress");
	f->public = below(account, "PublicFolderInformation", "SmtpAddress");
	for (p = account->child; p != NULL; p = p->next)
		if (ex_str_is(p->name.local, "Protocol"))
			read_protocol(p, &best, f);
	return true;
}

/* One question; false: why says it. */
static bool
ask(struct ex_http *http, struct ex_str url, struct ex_str address,
    struct ex_arena *a, struct found *f, struct ex_err *why)
{
	static const char *const header[] = {
	    "Content-Type: text/xml; charset=utf-8", NULL };
	struct ex_http_request r = { .method = "POST", .url = url,
	    .header = header, .again = true, .cap = EX_CAP_ERROR };
	struct ex_http_answer answer;
	struct ex_buf b = EX_BUF_INIT;
	int got;

	ex_buf_puts(&b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<Autodiscover xmlns=\"" OUTLOOK "requestschema/2006\"><Request>"
	    "<EMailAddress>");
	ex_xml_escape(&b, address);
	ex_buf_puts(&b, "</EMailAddress><AcceptableResponseSchema>" OUTLOOK
	    "responseschema/2006a</AcceptableResponseSchema></Request>"
	    "</Autodiscover>");
	r.body = ex_buf_get(&b);
	got = ex_http_call(http, &r, a, &answer, why);
	ex_buf_fini(&b);
	if (got == -1)
		return false;
	if (answer.status != 200) {
		ex_http_fail(http, &answer, why);
		return false;
	}
	if (read_answer(answer.body, a, f))
		return true;
	ex_err_set(why, EX_ERR_REMOTE, "%.*s: no answer of Autodiscover",
	    EX_STR_ARG(url));
	return false;
}

/* At that URL, with a connection of its own. */
static bool
ask_at(struct ex_ews *e, struct ex_str url, struct ex_str address,
    struct found *f, struct ex_err *why)
{
	struct ex_http_conf conf = e->server.conf;
	struct ex_http *http;
	bool good;

	conf.url = url;
	conf.flight = 1;
	conf.connect = 10;
	if (ex_http_open(&conf, &http, why) == -1)
		return false;
	good = ask(http, url, address, &e->a, f, why);
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

/* Of the address; 0, 1: where it is asked for. */
static struct ex_str
endpoint(struct ex_str address, int k, struct ex_arena *a)
{
	return ex_arena_fmt(a, k == 0 ? "https://autodiscover.%.*s" PATH :
	    "https://%.*s" PATH, EX_STR_ARG(domain_of(address)));
}

static bool
ask_all(struct ex_ews *e, struct ex_str address, struct found *f,
    struct ex_err *why)
{
	struct ex_err second;

	if (ask_at(e, endpoint(address, 0, &e->a), address, f, why))
		return true;
	return ask_at(e, endpoint(address, 1, &e->a), address, f, &second);
}

static int
follow(struct ex_ews *e, struct ex_str address, struct found *f,
    struct ex_err *err)
{
	struct ex_str url = EX_STR_NONE;
	int hops;

	for (hops = 0; hops <= HOPS; hops++) {
		if (url.p == NULL ? !ask_all(e, address, f, err) :
		    !ask_at(e, url, address, f, err))
			return ex_err_at(err, "%s: %.*s: no Autodiscover: "
			    "give the server's URL", e->place.p,
			    EX_STR_ARG(address));
		if (f->to_address.n > 0) {
			address = f->to_address;
			url = EX_STR_NONE;
		} else if (f->to_url.n > 0) {
			url = f->to_url;
			if (!ex_str_starts(url, "https://"))
				return ex_err_set(err, EX_ERR_REMOTE,
				    "%s: Autodiscover leads to %.*s, which "
				    "is not https", e->place.p,
				    EX_STR_ARG(url));
		} else {
			return 0;
		}
	}
	return ex_err_set(err, EX_ERR_REMOTE, "%s: %.*s: Autodiscover leads "
	    "on and on", e->place.p, EX_STR_ARG(address));
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
    struct ex_str address, struct ex_err *err)
{
	struct found f;

	if (ex_auth_new(conf, with_user(address, &e->a), &e->server.conf.auth,
	    err) == -1 || follow(e, address, &f, err) == -1)
		return -1;
	if (f.url.n == 0)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: %.*s: Autodiscover "
		    "names no EWS: is it switched off for this mailbox?",
		    e->place.p, EX_STR_ARG(address));
	if (!ex_str_starts(f.url, "https://"))
		return ex_err_set(err, EX_ERR_REMOTE, "%s: Autodiscover leads "
		    "to %.*s, which is not https", e->place.p,
		    EX_STR_ARG(f.url));
	e->url = ex_arena_str(&e->a, f.url);
	ex_trace("%s: %.*s is at %.*s", e->place.p, EX_STR_ARG(address),
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
ask_here(struct ex_ews *e, struct ex_str address, struct found *f)
{
	struct ex_err why;

	if (ask(e->server.http, EX_STR(PATH), address, &e->a, f, &why))
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
	struct found user, box;

	if (who(e).p == NULL || !ask_here(e, who(e), &user) ||
	    user.public.n == 0 || !ask_here(e, user.public, &box))
		return;
	set_headers(e, user.public, box.server);
}

void
ex_ews_route_content(struct ex_ews *e, struct ex_str replica)
{
	struct ex_str guid, address;
	struct found f;

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
