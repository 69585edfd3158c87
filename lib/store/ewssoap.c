/*
 * ewssoap.c: requests to Exchange, and what is done when it has no time
 *
 *	came				then
 *	------------------------------	------------------------------------
 *	an answer			its messages are told of; a message
 *					  that wants a pause gets one, for all
 *	ErrorExceededConnectionCount	again, and from now on one at a time
 *	ErrorTimeoutExpired		too much; a write: lost
 *	a fault that says busy, 503	again, after the pause that it names,
 *					  five times in all
 *	another transient fault		again, likewise; a write: lost
 *	another fault			it is that
 *	no answer, no SOAP		a write: lost; else the caller asks
 *					  for less
 *
 * (1) A fault says that no item was touched, but for those that come while
 *     the server is at work: then a write is as if its answer was lost.
 * (2) A pause is for all requests: the budget is the mailbox' ("EWS
 *     throttling in Exchange").
 */
#include <stdio.h>
#include <string.h>

#include <ex/auth.h>
#include <ex/clock.h>
#include <ex/http.h>

#include "ewspriv.h"

#define TRIES	5

/* No request goes out for that long. */
static void
pause_for(struct ex_ews *e, long wait, unsigned tries)
{
	long long then = ex_server_pause(&e->server, wait, tries);

	if (then > e->not_before)
		e->not_before = then;
}

void
ex_ews_put_id(struct ex_buf *b, const char *element, struct ex_str id,
    struct ex_str change_key)
{
	ex_buf_fmt(b, "<t:%s Id=\"", element);
	ex_xml_escape(b, id);
	if (change_key.p != NULL) {
		ex_buf_puts(b, "\" ChangeKey=\"");
		ex_xml_escape(b, change_key);
	}
	ex_buf_puts(b, "\"/>");
}

/*
 * Of the time zone: "a dateTime without zone is read in TimeZoneContext", and
 * answers come in it, so that UTC is what all of them are in.
 */
static void
envelope(const struct ex_ews *e, struct ex_ews_call *c)
{
	struct ex_buf *b = &c->text;

	ex_buf_clear(b);
	ex_buf_puts(b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/"
	    "envelope/\" xmlns:m=\"" EX_EWS_MESSAGES "\" xmlns:t=\""
	    EX_EWS_TYPES "\"><s:Header>"
	    "<t:RequestServerVersion Version=\"Exchange2013_SP1\"/>");
	if (e->impersonate) {
		ex_buf_puts(b, "<t:ExchangeImpersonation><t:ConnectingSID>"
		    "<t:PrimarySmtpAddress>");
		ex_xml_escape(b, e->mailbox);
		ex_buf_puts(b, "</t:PrimarySmtpAddress></t:ConnectingSID>"
		    "</t:ExchangeImpersonation>");
	}
	ex_buf_puts(b, "<t:TimeZoneContext><t:TimeZoneDefinition "
	    "Id=\"UTC\"/></t:TimeZoneContext></s:Header><s:Body>");
	ex_buf_str(b, ex_buf_get(&c->body));
	ex_buf_puts(b, "</s:Body></s:Envelope>");
}

static int
told(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	struct ex_ews_call *c = arg;

	if (!m->good && m->said.wait >= 0)
		pause_for(c->e, m->said.wait, 0);
	else if (!m->good && ex_str_is(m->said.code, "ErrorServerBusy"))
		pause_for(c->e, -1, 0);
	if (c->told(c->arg, m, err) == -1) {
		c->stop = true;
		return -1;
	}
	return 0;
}

static int
data(void *arg, struct ex_str part, struct ex_err *err)
{
	struct ex_ews_call *c = arg;
	int got;

	c->e->inside++;
	if (c->xml == NULL)
		c->xml = ex_ews_xml_new(told, c);
	got = ex_ews_xml_feed(c->xml, part, err);
	c->e->inside--;
	if (got == -1) {
		c->broken = true;
		c->why = *err;
	}
	return got;
}

int
ex_ews_fail(const struct ex_ews *e, const char *what,
    const struct ex_ews_said *said, struct ex_err *err)
{
	struct ex_str text = said->text.p != NULL ? said->text : EX_STR("");

	return ex_err_set(err, ex_ews_errcode(said->code), "%s: %s%s%.*s%s"
	    "%.*s%s%.*s", e->place.p, what, what[0] != '\0' ? ": " : "",
	    EX_STR_ARG(said->code), text.n > 0 ? ": " : "",
	    (int)(text.n < 250 ? text.n : 250), text.n > 0 ? text.p : "",
	    said->smtp.p != NULL ? ": use " : "", (int)said->smtp.n,
	    said->smtp.p != NULL ? said->smtp.p : "");
}

static bool
is_online(struct ex_str url)
{
	static const char *const host[] = { "outlook.office365.com/",
		"outlook.office.com/", "outlook.live.com/" };
	size_t i, at, n;

	for (i = 0; i < sizeof(host) / sizeof(host[0]); i++)
		for (n = strlen(host[i]), at = 0; at + n <= url.n; at++)
			if (memcmp(url.p + at, host[i], n) == 0)
				return true;
	return false;
}

/* An answer that is no SOAP, with what it may mean. */
static void
http_why(const struct ex_ews *e, const struct ex_http_answer *a,
    struct ex_err *why)
{
	enum ex_auth_kind kind = ex_auth_kind(e->server.conf.auth);
	const char *more = NULL;
	size_t n;

	ex_http_fail(e->server.http, a, why);
	if (a->status == 403 && is_online(a->url))
		more = "Exchange Online takes no EWS any more: use graph:";
	else if (a->status == 401 && (kind == EX_AUTH_NTLM ||
	    kind == EX_AUTH_NEGOTIATE))
		/* curl's lib/vauth: channel bindings since 8.10.0. */
		more = "libcurl can do that since 8.10, and never with NTLM: "
		    "auth = basic over https works too";
	else if (a->status == 404)
		more = "is there an Exchange at that address?";
	n = strlen(why->msg);
	if (more != NULL)
		snprintf(why->msg + n, sizeof(why->msg) - n, ": %s", more);
}

static void
queue(struct ex_ews *e, struct ex_ews_call *c)
{
	c->next = NULL;
	if (e->first == NULL)
		e->last = &e->first;
	*e->last = c;
	e->last = &c->next;
}

/* Once more, if that may help; false: it was tried often enough. */
static bool
again(struct ex_ews_call *c, long wait)
{
	if (++c->tries >= TRIES)
		return false;
	pause_for(c->e, wait, c->tries - 1);
	ex_ews_xml_free(c->xml);
	c->xml = NULL;
	c->broken = false;
	queue(c->e, c);
	return true;
}

static int
finish(struct ex_ews_call *c, enum ex_ews_end how, struct ex_str code,
    struct ex_err *err)
{
	return c->done(c->arg, how, code, &c->why, err);
}

static int
faulted(struct ex_ews_call *c, const struct ex_ews_said *fault,
    struct ex_err *err)
{
	struct ex_ews *e = c->e;
	bool busy = ex_str_is(fault->code, "ErrorServerBusy"), many, slow;

	many = ex_str_is(fault->code, "ErrorExceededConnectionCount");
	slow = ex_str_is(fault->code, "ErrorTimeoutExpired");
	ex_ews_fail(e, "", fault, &c->why);
	if (many)
		e->alone = true;
	if (slow && !c->write)
		return finish(c, EX_EWS_TOO_MUCH, fault->code, err);
	if (!slow && (busy || many || !c->write) &&
	    ex_ews_is_transient(fault->code) && again(c, fault->wait))
		return 0;
	if (c->write && !busy && !many && ex_ews_is_transient(fault->code))
		return finish(c, EX_EWS_LOST, fault->code, err);
	return finish(c, EX_EWS_FAULT, fault->code, err);
}

/* An error status: is there a fault in its body? */
static bool
read_fault(struct ex_ews_call *c, const struct ex_http_answer *a,
    struct ex_ews_said *fault)
{
	struct ex_err why;

	if (a->status != 500 || c->xml != NULL)
		return false;
	c->xml = ex_ews_xml_new(told, c);
	return ex_ews_xml_feed(c->xml, a->body, &why) == 0 &&
	    ex_ews_xml_finish(c->xml, fault, &why) == 0 &&
	    fault->code.p != NULL;
}

static int
no_soap(struct ex_ews_call *c, const struct ex_http_answer *a,
    struct ex_err *err)
{
	struct ex_ews *e = c->e;
	bool sent = a->status != 0 || a->sent;

	if (c->broken) {
		ex_err_at(&c->why, "%s: %.*s: no good answer", e->place.p,
		    EX_STR_ARG(e->url));
		c->why.code = EX_ERR_AGAIN;
		return finish(c, EX_EWS_LOST, EX_STR_NONE, err);
	}
	http_why(e, a, &c->why);
	/* 4xx and 503: nobody behind it has seen the request. */
	if (!sent || a->status == 503 || a->status / 100 == 4)
		return finish(c, EX_EWS_FAULT, EX_STR_NONE, err);
	return finish(c, EX_EWS_LOST, EX_STR_NONE, err);
}

static int
done(void *arg, const struct ex_http_answer *a, struct ex_err *err)
{
	struct ex_ews_call *c = arg;
	struct ex_ews *e = c->e;	/* outlives the call */
	struct ex_ews_said fault = { .wait = -1 };
	int got;

	if (c->stop) {
		*err = c->why;
		return -1;
	}
	e->inside++;
	if (a->status == 200 && c->xml != NULL && !c->broken &&
	    ex_ews_xml_finish(c->xml, &fault, &c->why) == -1)
		c->broken = true;
	if (a->status == 200 && c->xml != NULL && !c->broken)
		got = fault.code.p != NULL ? faulted(c, &fault, err) :
		    finish(c, EX_EWS_ANSWERED, EX_STR_NONE, err);
	else if (read_fault(c, a, &fault))
		got = faulted(c, &fault, err);
	else
		got = no_soap(c, a, err);
	e->inside--;
	return got;
}

static int
put(struct ex_ews *e, struct ex_ews_call *c, struct ex_err *err)
{
	const char *header[4] = { "Content-Type: text/xml; charset=utf-8" };
	struct ex_http_request r = { .method = "POST", .url = e->url,
	    .header = header, .again = !c->write, .data = data, .done = done,
	    .arg = c };
	size_t n = 1;

	if (e->anchor.p != NULL)
		header[n++] = e->anchor.p;
	if (e->public_box.p != NULL)
		header[n++] = e->public_box.p;
	c->e = e;
	envelope(e, c);
	r.body = ex_buf_get(&c->text);
	if ((e->alone || e->not_before > ex_clock_ms()) &&
	    ex_http_wait(e->server.http, err) == -1)
		return -1;
	ex_clock_sleep(e->not_before);
	return ex_http_send(e->server.http, &r, err);
}

/* Those that callbacks have left here. */
static int
put_queued(struct ex_ews *e, struct ex_err *err)
{
	struct ex_ews_call *c;

	while ((c = e->first) != NULL) {
		e->first = c->next;
		if (put(e, c, err) == -1)
			return -1;
	}
	return 0;
}

int
ex_ews_send(struct ex_ews *e, struct ex_ews_call *c, struct ex_err *err)
{
	if (e->inside > 0) {
		queue(e, c);
		return 0;
	}
	return put_queued(e, err) == -1 ? -1 : put(e, c, err);
}

int
ex_ews_run(struct ex_ews *e, struct ex_err *err)
{
	do {
		if (put_queued(e, err) == -1 ||
		    ex_http_wait(e->server.http, err) == -1)
			return -1;
	} while (e->first != NULL);
	return 0;
}

void
ex_ews_call_begin(struct ex_ews_call *c, const char *op, const char *attrs)
{
	ex_buf_fmt(&c->body, "<m:%s%s%s>", op, attrs[0] != '\0' ? " " : "",
	    attrs);
}

void
ex_ews_call_fini(struct ex_ews_call *c)
{
	ex_ews_xml_free(c->xml);
	ex_buf_fini(&c->body);
	ex_buf_fini(&c->text);
}

/* told() has the caller's arg, done() needs ours. */
struct asked {
	struct ex_ews *e;
	ex_ews_told *told;
	void *arg;
	struct ex_str *code;
};

static int
asked_told(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	struct asked *k = arg;

	return k->told(k->arg, m, err);
}

static int
asked_done(void *arg, enum ex_ews_end how, struct ex_str code,
    const struct ex_err *why, struct ex_err *err)
{
	struct asked *k = arg;

	if (k->code != NULL)
		*k->code = ex_arena_str(&k->e->a, code);
	if (how == EX_EWS_ANSWERED)
		return 0;
	*err = *why;
	return -1;
}

int
ex_ews_ask(struct ex_ews *e, struct ex_ews_call *c, struct ex_str *code,
    struct ex_err *err)
{
	struct asked k = { e, c->told, c->arg, code };
	int got;

	c->told = asked_told;
	c->done = asked_done;
	c->arg = &k;
	got = ex_ews_send(e, c, err);
	if (got == 0)
		got = ex_ews_run(e, err);
	c->told = k.told;
	c->arg = k.arg;
	if (got == -1)
		ex_ews_abandon(e);
	e->s.requests = ex_server_requests(&e->server);
	return got;
}
