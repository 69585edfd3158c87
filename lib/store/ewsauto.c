/*
 * ewsauto.c: what Autodiscover is asked, in either of its forms
 *
 *	at	asked for		what is taken
 *	----	----------------------	--------------------------------------
 *	.svc	GetUserSettings		ExternalEwsUrl, else InternalEwsUrl
 *	.xml	the mailbox		EwsUrl of EXPR, else of EXHTTP, EXCH;
 *					what says where public folders are
 *	both				where it leads to, by address or URL
 *
 * "GetUserSettings operation (SOAP)" and "POX Autodiscover service reference".
 * Exchange 2007 has only the plain form, which cannot be asked for a few.
 */
#include <string.h>

#include <ex/cap.h>
#include <ex/http.h>

#include "ewspriv.h"

#define SCHEMAS	"http://schemas.microsoft.com/exchange/"
#define OUTLOOK	SCHEMAS "autodiscover/outlook/"
#define SOAP	SCHEMAS "2010/Autodiscover"

static struct ex_str
below(const struct ex_xml_node *n, const char *outer, const char *inner)
{
	return ex_xml_child_text(ex_xml_child(n, outer), inner);
}

/* The better of the two. */
static void
read_protocol(const struct ex_xml_node *p, int *best, struct ex_ews_auto *f)
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
read_plain(struct ex_str text, struct ex_arena *a, struct ex_ews_auto *f)
{
	const struct ex_xml_node *root, *response, *account, *p;
	struct ex_err err;
	int best = 0;

	*f = (struct ex_ews_auto){ .url = EX_STR_NONE };
	root = ex_xml_tree_parse(text, true, a, &err);
	if (root == NULL || !ex_str_is(root->name.local, "Autodiscover"))
		return false;
	response = ex_xml_child(root, "Response");
	account = ex_xml_child(response, "Account");
	f->error = below(response, "Error", "Message");
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

/* As read_plain(); of the one mailbox that we ask for. */
static bool
read_soap(struct ex_str text, struct ex_arena *a, struct ex_ews_auto *f)
{
	static const char *const path[] = { "Body",
	    "GetUserSettingsResponseMessage", "Response", "UserResponses",
	    "UserResponse", NULL };
	const struct ex_xml_node *n, *c;
	struct ex_str code, to, name, value;
	struct ex_err err;
	size_t i;

	*f = (struct ex_ews_auto){ .url = EX_STR_NONE };
	n = ex_xml_tree_parse(text, true, a, &err);
	for (i = 0; n != NULL && path[i] != NULL; i++)
		n = ex_xml_child(n, path[i]);
	if (n == NULL)
		return false;
	code = ex_str_trim(ex_xml_child_text(n, "ErrorCode"));
	to = ex_str_trim(ex_xml_child_text(n, "RedirectTarget"));
	if (ex_str_is(code, "RedirectAddress"))
		f->to_address = to;
	else if (ex_str_is(code, "RedirectUrl"))
		f->to_url = to;
	else if (!ex_str_is(code, "NoError"))
		f->error = code;
	n = ex_xml_child(n, "UserSettings");
	for (c = n != NULL ? n->child : NULL; c != NULL; c = c->next) {
		name = ex_str_trim(ex_xml_child_text(c, "Name"));
		value = ex_str_trim(ex_xml_child_text(c, "Value"));
		if (value.n > 0 && (ex_str_is(name, "ExternalEwsUrl") ||
		    (f->url.n == 0 && ex_str_is(name, "InternalEwsUrl"))))
			f->url = value;
	}
	return ex_str_is(code, "NoError") || to.n > 0;
}

static void
put_soap(struct ex_buf *b, struct ex_str url, struct ex_str address)
{
	ex_buf_puts(b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/"
	    "\" xmlns:w=\"http://www.w3.org/2005/08/addressing\" xmlns:a=\""
	    SOAP "\"><s:Header><a:RequestedServerVersion>Exchange2013"
	    "</a:RequestedServerVersion><w:Action>" SOAP "/Autodiscover/"
	    "GetUserSettings</w:Action><w:To>");
	ex_xml_escape(b, url);
	ex_buf_puts(b, "</w:To></s:Header><s:Body>"
	    "<a:GetUserSettingsRequestMessage><a:Request><a:Users><a:User>"
	    "<a:Mailbox>");
	ex_xml_escape(b, address);
	ex_buf_puts(b, "</a:Mailbox></a:User></a:Users><a:RequestedSettings>"
	    "<a:Setting>ExternalEwsUrl</a:Setting>"
	    "<a:Setting>InternalEwsUrl</a:Setting></a:RequestedSettings>"
	    "</a:Request></a:GetUserSettingsRequestMessage></s:Body>"
	    "</s:Envelope>");
}

static void
put_plain(struct ex_buf *b, struct ex_str address)
{
	ex_buf_puts(b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<Autodiscover xmlns=\"" OUTLOOK "requestschema/2006\"><Request>"
	    "<EMailAddress>");
	ex_xml_escape(b, address);
	ex_buf_puts(b, "</EMailAddress><AcceptableResponseSchema>" OUTLOOK
	    "responseschema/2006a</AcceptableResponseSchema></Request>"
	    "</Autodiscover>");
}

/* A redirect of HTTP to another server is one of Autodiscover's to a URL. */
static bool
leads(const struct ex_http_answer *answer, struct ex_arena *a,
    struct ex_ews_auto *f)
{
	struct ex_str to = ex_http_header(answer, "Location");

	*f = (struct ex_ews_auto){ .url = EX_STR_NONE };
	if ((answer->status != 301 && answer->status != 302) ||
	    to.n == 0 || memchr(to.p, ':', to.n) == NULL)
		return false;
	f->to_url = ex_arena_str(a, to);
	return true;
}

bool
ex_ews_auto_ask(struct ex_http *http, struct ex_str url,
    struct ex_str address, struct ex_arena *a, struct ex_ews_auto *f,
    struct ex_err *why)
{
	static const char *const header[] = {
	    "Content-Type: text/xml; charset=utf-8", NULL };
	struct ex_http_request r = { .method = "POST", .url = url,
	    .header = header, .again = true, .cap = EX_CAP_ERROR };
	struct ex_http_answer answer;
	struct ex_buf b = EX_BUF_INIT;
	bool soap = ex_str_ends(url, ".svc");
	int got;

	if (soap)
		put_soap(&b, url, address);
	else
		put_plain(&b, address);
	r.body = ex_buf_get(&b);
	got = ex_http_call(http, &r, a, &answer, why);
	ex_buf_fini(&b);
	if (got == -1)
		return false;
	if (answer.status != 200) {
		ex_http_fail(http, &answer, why);
		return leads(&answer, a, f);
	}
	if (soap ? read_soap(answer.body, a, f) : read_plain(answer.body, a,
	    f))
		return true;
	ex_err_set(why, EX_ERR_REMOTE, "%.*s: %s%.*s", EX_STR_ARG(url),
	    f->error.n > 0 ? "it says " : "no answer of Autodiscover",
	    f->error.n < 100 ? (int)f->error.n : 100, f->error.n > 0 ?
	    f->error.p : "");
	return false;
}
