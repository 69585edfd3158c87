/*
 * graphsign.c: a token for Graph
 *
 *	there is		POST to LOGIN/TENANT/oauth2/v2.0/token
 *	----------------------	----------------------------------------------
 *	a token in the cache,	nothing, unless the server has refused it
 *	  not run out
 *	certificate		client_credentials, client_assertion (jwt.h)
 *	a secret		client_credentials, client_secret
 *	device, a refresh token	refresh_token
 *	  in the cache
 *	device, a person	a code that the person enters elsewhere, asked
 *				for until that was done ("device_code")
 *	device, nobody there	an error that says how
 *
 * Sources: "OAuth 2.0 client credentials flow", "OAuth 2.0 device
 * authorization grant" (RFC 8628) and "certificate credentials" of the
 * Microsoft identity platform.
 *
 * One thread at a time: what one has got, the next finds in the cache.
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <ex/auth.h>
#include <ex/jwt.h>
#include <ex/sum.h>
#include <ex/trace.h>

#include "graphpriv.h"

#define EARLY		120	/* seconds before a token runs out */
#define LIFE		540	/* of an assertion: "5-10 minutes" */
#define SCOPES		"offline_access Contacts.ReadWrite " \
			"Calendars.ReadWrite Tasks.ReadWrite"
/*
 * "Get Outlook contacts in a shared folder", "Get shared or delegated Outlook
 * calendar and its events"; for To Do none does ("List lists").
 */
#define SHARED		" Contacts.ReadWrite.Shared Calendars.ReadWrite.Shared"

static pthread_mutex_t signing = PTHREAD_MUTEX_INITIALIZER;

struct signing {
	const struct ex_graph_sign *s;
	struct ex_http *http;
	struct ex_arena a;
	struct ex_buf form;
};

/* application/x-www-form-urlencoded */
static void
put(struct signing *k, const char *name, struct ex_str value)
{
	if (k->form.n > 0)
		ex_buf_putc(&k->form, '&');
	ex_buf_fmt(&k->form, "%s=", name);
	ex_graph_encode(&k->form, value);
}

static void
begin(struct signing *k, const char *grant)
{
	ex_buf_clear(&k->form);
	put(k, "client_id", k->s->client);
	if (grant != NULL)
		put(k, "grant_type", ex_str_of(grant));
}

static struct ex_str
url_of(struct signing *k, const char *what)
{
	return ex_arena_fmt(&k->a, "%.*s/%.*s/oauth2/v2.0/%s",
	    EX_STR_ARG(k->s->login), EX_STR_ARG(k->s->tenant), what);
}

/* What a person may do about it: RFC 6749, 5.2, RFC 8628, 3.5. */
static const struct {
	const char *code, *what;
} advice[] = {
	{ "invalid_client", ": check the secret or the certificate: it may "
	    "have run out" },
	{ "unauthorized_client", ": check client-id and tenant" },
	{ "invalid_request", ": check tenant and client-id" },
	{ "invalid_scope", ": check cloud and login" },
	{ "temporarily_unavailable", ": run again later" },
	{ "authorization_declined", ": sign in again, and accept" },
	{ "expired_token", ": sign in again, and enter the code sooner" }
};

/* "AADSTS7000215: Invalid client secret provided. Trace ID: ..." */
static int
refused(const struct ex_json *j, struct ex_err *err)
{
	struct ex_str code = ex_json_get_str(j, "error");
	struct ex_str text = ex_json_get_str(j, "error_description");
	const char *what = "";
	size_t n = 0, i;

	while (n < text.n && n < 250 && text.p[n] != '\r' &&
	    text.p[n] != '\n')
		n++;
	for (i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		if (ex_str_is(code, advice[i].code))
			what = advice[i].what;
	return ex_err_set(err, ex_str_is(code, "temporarily_unavailable") ?
	    EX_ERR_AGAIN : EX_ERR_DENIED, "sign-in: %.*s%s%.*s%s",
	    (int)(code.n < 60 ? code.n : 60), code.p, n > 0 ? ": " : "", (int)n,
	    text.p != NULL ? text.p : "", what);
}

/* Without the place, which the caller puts in front. */
static int
bare(const struct signing *k, struct ex_err *err)
{
	size_t n = k->s->place.n + 2;

	if (ex_str_starts(ex_str_of(err->msg), k->s->place.p))
		memmove(err->msg, err->msg + n, strlen(err->msg + n) + 1);
	return -1;
}

/*
 * The form is sent.  0: *out is what came; an error that RFC 6749, 5.2,
 * knows is no failure where wait is.
 */
static int
ask(struct signing *k, const char *what, bool wait, struct ex_json **out,
    struct ex_err *err)
{
	static const char *const header[] = {
	    "Content-Type: application/x-www-form-urlencoded",
	    "Accept: application/json", NULL };
	struct ex_http_request r = { .method = "POST",
	    .url = url_of(k, what), .header = header,
	    .body = ex_buf_get(&k->form), .again = true, .hush = true,
	    .cap = 1 << 20 };
	struct ex_http_answer answer;
	struct ex_err why;

	if (ex_http_call(k->http, &r, &k->a, &answer, err) == -1)
		return -1;
	if (ex_json_parse(answer.body.p != NULL ? answer.body : EX_STR(""),
	    &k->a, out, &why) == 0 && (answer.status == 200 ||
	    ex_json_get_str(*out, "error").n > 0))
		return answer.status == 200 || wait ? 0 :
		    refused(*out, err);
	ex_http_fail(k->http, &answer, err);
	/* A host that is no sign-in is nobody's lack of rights. */
	if (err->code == EX_ERR_GONE)
		err->code = EX_ERR_REMOTE;
	bare(k, err);
	return ex_err_at(err, "sign-in");
}

/* The token of an answer, to the cache too. */
static int
take(struct signing *k, const struct ex_json *j, struct ex_graph_cached *c,
    struct ex_err *err)
{
	struct ex_str refresh = ex_json_get_str(j, "refresh_token");

	c->token = ex_json_get_str(j, "access_token");
	c->until = (long long)time(NULL) + ex_json_get_int(j, "expires_in",
	    0);
	if (refresh.n > 0)
		c->refresh = refresh;
	if (c->token.n == 0)
		return ex_err_set(err, EX_ERR_REMOTE, "sign-in: an answer "
		    "without a token");
	ex_graph_cache_put(k->s, c);
	return 0;
}

static int
put_assertion(struct signing *k, struct ex_err *err)
{
	struct ex_jwt j = { .audience = url_of(k, "token"),
	    .issuer = k->s->client, .from = (long long)time(NULL) };
	struct ex_str text, id;
	struct ex_sum sum;
	struct timespec ts;
	char hex[EX_SUM_HEX];

	if (ex_auth_file(k->s->certificate.p, &k->a, &j.pem, err) == -1)
		return -1;
	clock_gettime(CLOCK_REALTIME, &ts);
	id = ex_arena_fmt(&k->a, "%lld.%09ld %ld %p", (long long)ts.tv_sec,
	    ts.tv_nsec, (long)getpid(), (void *)k);
	sum = ex_sum_of(id.p, id.n);
	ex_sum_hex(&sum, hex);
	j.id = ex_str_of(hex);
	j.until = j.from + LIFE;
	if (ex_jwt_sign(&j, &k->a, &text, err) == -1)
		return ex_err_at(err, "certificate: %s",
		    k->s->certificate.p);
	put(k, "client_assertion_type", EX_STR("urn:ietf:params:oauth:"
	    "client-assertion-type:jwt-bearer"));
	put(k, "client_assertion", text);
	return 0;
}

/* The app itself, for whatever mailbox it may have. */
static int
as_app(struct signing *k, struct ex_graph_cached *c, struct ex_err *err)
{
	struct ex_str secret;
	struct ex_json *j;

	begin(k, "client_credentials");
	put(k, "scope", ex_arena_fmt(&k->a, "%.*s/.default",
	    EX_STR_ARG(k->s->graph)));
	if (k->s->certificate.p != NULL) {
		if (put_assertion(k, err) == -1)
			return -1;
	} else {
		if (ex_auth_secret(k->s->secret, &secret, err) == -1)
			return bare(k, err);
		put(k, "client_secret", secret);
	}
	if (ask(k, "token", false, &j, err) == -1)
		return -1;
	return take(k, j, c, err);
}

static void
put_scopes(struct signing *k)
{
	put(k, "scope", k->s->shared ? EX_STR(SCOPES SHARED) :
	    EX_STR(SCOPES));
}

/* RFC 8628, 3.5: until the person has done it, or it is too late. */
static int
poll_device(struct signing *k, const struct ex_json *told,
    struct ex_graph_cached *c, struct ex_err *err)
{
	long long every = ex_json_get_int(told, "interval", 5);
	long long left = ex_json_get_int(told, "expires_in", 900);
	struct ex_str code = ex_json_get_str(told, "device_code"), what;
	struct ex_json *j;

	for (; left > 0; left -= every + 1) {
		sleep((unsigned)(every < 1 ? 1 : every > 60 ? 60 : every));
		begin(k, "urn:ietf:params:oauth:grant-type:device_code");
		put(k, "device_code", code);
		if (ask(k, "token", true, &j, err) == -1)
			return -1;
		what = ex_json_get_str(j, "error");
		if (what.n == 0)
			return take(k, j, c, err);
		if (ex_str_is(what, "slow_down"))
			every += 5;
		else if (!ex_str_is(what, "authorization_pending"))
			return refused(j, err);
	}
	return ex_err_set(err, EX_ERR_DENIED, "sign-in: nobody has entered "
	    "the code in time");
}

/* By what the last one left: 1; 0: it is not taken, as why says. */
static int
refresh(struct signing *k, struct ex_graph_cached *c, struct ex_err *why,
    struct ex_err *err)
{
	struct ex_json *j;

	begin(k, "refresh_token");
	put_scopes(k);
	put(k, "refresh_token", c->refresh);
	if (ask(k, "token", true, &j, err) == -1)
		return -1;
	if (ex_json_get_str(j, "error").n == 0)
		return take(k, j, c, err) == -1 ? -1 : 1;
	refused(j, why);
	if (why->code != EX_ERR_AGAIN)
		return 0;
	*err = *why;
	return -1;
}

static int
as_person(struct signing *k, struct ex_graph_cached *c, struct ex_err *err)
{
	struct ex_str code, at, message;
	struct ex_err why = { .msg = "" };
	struct ex_json *j;
	int got = c->refresh.n > 0 ? refresh(k, c, &why, err) : 0;

	if (got != 0)
		return got == 1 ? 0 : -1;
	if (!k->s->asked && isatty(STDERR_FILENO) != 1)
		return ex_err_set(err, EX_ERR_DENIED, "%s%sauth = device: "
		    "nobody is here to sign in: run \"exfetch -l\" with this "
		    "folder once on a terminal", why.msg,
		    why.msg[0] != '\0' ? ": " : "");
	begin(k, NULL);
	put_scopes(k);
	if (ask(k, "devicecode", false, &j, err) == -1)
		return -1;
	code = ex_json_get_str(j, "user_code");
	at = ex_json_get_str(j, "verification_uri");
	message = ex_json_get_str(j, "message");
	if (code.n == 0 || ex_json_get_str(j, "device_code").n == 0)
		return ex_err_set(err, EX_ERR_REMOTE, "sign-in: an answer "
		    "without a code");
	if (message.n > 0)
		ex_trace_caution("%s: %.*s", k->s->place.p,
		    EX_STR_ARG(message));
	else
		ex_trace_caution("%s: to sign in, open %.*s and enter the "
		    "code %.*s", k->s->place.p, EX_STR_ARG(at),
		    EX_STR_ARG(code));
	return poll_device(k, j, c, err);
}

static int
sign_in(struct signing *k, struct ex_graph_cached *c, struct ex_err *err)
{
	struct ex_http_conf conf = k->s->server->conf;
	int got;

	conf.url = k->s->login;
	conf.auth = NULL;
	conf.flight = 1;
	if (ex_http_open(&conf, &k->http, err) == -1)
		return -1;
	got = k->s->device ? as_person(k, c, err) : as_app(k, c, err);
	k->s->server->before += ex_http_requests(k->http);
	ex_http_close(k->http);
	return got;
}

static bool
same(struct ex_sum a, struct ex_sum b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

int
ex_graph_token(void *arg, bool again, struct ex_buf *token,
    struct ex_err *err)
{
	struct ex_graph_sign *s = arg;
	struct signing k = { .s = s, .a = EX_ARENA_INIT, .form = EX_BUF_INIT };
	struct ex_graph_cached c;
	int got = 0;

	pthread_mutex_lock(&signing);
	ex_graph_cache_get(s, &k.a, &c);
	if (c.token.n == 0 || c.until < (long long)time(NULL) + EARLY ||
	    (again && same(ex_sum_of(c.token.p, c.token.n), s->last)))
		got = sign_in(&k, &c, err);
	if (got == 0) {
		s->last = ex_sum_of(c.token.p, c.token.n);
		ex_buf_str(token, c.token);
	}
	pthread_mutex_unlock(&signing);
	ex_buf_fini(&k.form);
	ex_arena_free(&k.a);
	return got;
}
