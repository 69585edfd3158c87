/*
 * graph*.c: answers of Graph and what they mean, batches, the gate, tokens
 *
 * Every answer in ../shared/material/graph is read: those recorded, and
 * Microsoft's examples.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <ex/jwt.h>
#include <ex/line.h>

#include "../../lib/store/graphpriv.h"
#include "slurp.h"

static struct ex_arena a;
static const char *material;

static int
reset(void **state)
{
	(void)state;
	ex_arena_reset(&a);
	return 0;
}

static struct ex_json *
parse(struct ex_str text)
{
	struct ex_json *j;
	struct ex_err err;

	if (ex_json_parse(text, &a, &j, &err) == -1)
		fail_msg("%s", err.msg);
	return j;
}

static struct ex_json *
of_file(const char *name)
{
	return parse(slurp(ex_arena_fmt(&a, "%s/graph/%s", material,
	    name).p, &a));
}

static bool
has_material(void)
{
	struct stat st;

	if (stat(ex_arena_fmt(&a, "%s/graph", material).p, &st) == 0)
		return true;
	print_message("# skip: no %s/graph\n", material);
	return false;	/* cmocka's skip() is "not ok" */
}

static void
same(struct ex_str got, const char *want)
{
	if (!ex_str_is(got, want))
		fail_msg("\"%.*s\" and not \"%s\"", (int)got.n,
		    got.p != NULL ? got.p : "", want);
}

/* Contacts that a server has sent, each with a rev. */
static void
test_recorded(void **state)
{
	static const char *const file[] = { "recorded/contacts.json",
	    "recorded/contacts-next-page.json",
	    "recorded/contacts-minimal-json.json" };
	const struct ex_json *c;
	size_t i, n = 0;
	struct ex_str rev;

	(void)state;
	if (!has_material())
		return;
	for (i = 0; i < 3; i++)
		for (c = ex_json_get(of_file(file[i]), "value")->child;
		    c != NULL; c = c->next) {
			rev = ex_graph_rev(c, &a);
			if (i < 2)
				assert_true(rev.n > 20);
			assert_false(ex_graph_rev_is_series(rev));
			n++;
		}
	assert_int_equal(n, 30);
	c = ex_json_get(of_file(file[0]), "value")->child;
	same(ex_graph_rev(c, &a), ex_json_get_str(c, "changeKey").p);
}

static const struct ex_json *
observed(const char *start)
{
	const struct ex_json *c = of_file("recorded/observed-behaviour.json")
	    ->child;

	for (; c != NULL; c = c->next)
		if (ex_str_starts(c->key, start))
			return c;
	fail_msg("no %s among what was observed", start);
	return NULL;
}

/* Errors that a server has sent: what they mean for each. */
static void
test_errors(void **state)
{
	static const struct {
		const char *start, *code;
		enum ex_answer create, change;
		enum ex_errcode reading;
		bool state;
	} want[] = {
		{ "410 SyncStateNotFound", "SyncStateNotFound",
		    EX_ANSWER_DENIED, EX_ANSWER_GONE, EX_ERR_GONE, true },
		{ "412 ErrorIrresolvable", "ErrorIrresolvableConflict",
		    EX_ANSWER_REFUSED, EX_ANSWER_STALE, EX_ERR_AGAIN, false },
		{ "429 TooManyRequests", "TooManyRequests", EX_ANSWER_BUSY,
		    EX_ANSWER_BUSY, EX_ERR_AGAIN, false },
		{ "403 Authorization", "Authorization_RequestDenied",
		    EX_ANSWER_DENIED, EX_ANSWER_DENIED, EX_ERR_DENIED,
		    false },
		{ "400 To Do recurrence", "invalidRequest",
		    EX_ANSWER_REFUSED, EX_ANSWER_REFUSED, EX_ERR_REMOTE,
		    false },
		{ "400 ErrorInvalidRequest", "ErrorInvalidRequest",
		    EX_ANSWER_REFUSED, EX_ANSWER_REFUSED, EX_ERR_REMOTE,
		    false }
	};
	struct ex_graph g = { .place = EX_STR("folder g") };
	struct ex_graph_answer got;
	const struct ex_json *j;
	size_t i;

	(void)state;
	if (!has_material())
		return;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		j = observed(want[i].start);
		memset(&got, 0, sizeof(got));
		got.status = (int)ex_json_get_int(j, "status", 0);
		ex_graph_explain(&g, "GET", EX_STR("/me/contacts/x?$top=1"),
		    ex_json_get(j, "body"), EX_STR_NONE, &got);
		same(got.code, want[i].code);
		assert_int_equal(ex_graph_answer_of(EX_WRITE_CREATE,
		    got.status, got.code), want[i].create);
		assert_int_equal(ex_graph_answer_of(EX_WRITE_UPDATE,
		    got.status, got.code), want[i].change);
		assert_int_equal(got.why.code, want[i].reading);
		assert_int_equal(ex_graph_lost_state(got.status, got.code),
		    want[i].state);
	}
	j = observed("403 Authorization");
	got.status = 403;
	ex_graph_explain(&g, "GET", EX_STR("/me/contacts?$top=1"),
	    ex_json_get(j, "body"), EX_STR_NONE, &got);
	same(ex_str_of(got.why.msg), "folder g: GET /me/contacts: 403 "
	    "Authorization_RequestDenied: Insufficient privileges to complete "
	    "the operation. (request-id 31c91f39-f97b-4f8b-8f6f-"
	    "c4c00c1a8fe9): the app lacks a permission, or its scope leaves "
	    "this mailbox out: see exring(5)");
	assert_true(got.say.p == strstr(got.why.msg, "403 "));
}

/* What to do is said, however long the server's words are. */
static void
test_advice(void **state)
{
	static const struct {
		int status;
		const char *code, *say;
	} want[] = {
		{ 404, "MailboxNotEnabledForRESTAPI", ": the user has no "
		    "mailbox in Exchange Online: it needs a licence, or is on "
		    "premises" },
		{ 404, "ErrorInvalidUser", ": the tenant has no such mailbox: "
		    "check mailbox and tenant" },
		{ 401, "InvalidAuthenticationToken", ": the token is not one "
		    "for this: check tenant and cloud, or what token-command "
		    "prints" },
		{ 403, "ErrorAccessDenied", ": the app lacks a permission, or "
		    "its scope leaves this mailbox out: see exring(5)" },
		{ 429, "TooManyRequests", ": the server wants a pause: run "
		    "again later" },
		{ 400, "ErrorIncorrectRoutingHint", ": a person has no tasks "
		    "of another's mailbox: lists shared with them are among "
		    "their own" },
		{ 404, "ErrorItemNotFound", ")" }
	};
	struct ex_graph g = { .place = EX_STR("folder that has a name") };
	struct ex_graph_answer got;
	struct ex_buf b = EX_BUF_INIT, url = EX_BUF_INIT;
	size_t i, n;

	(void)state;
	for (i = 0; i < 50; i++)
		ex_buf_puts(&url, "/lists/AAMkADA");
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ex_buf_clear(&b);
		ex_buf_fmt(&b, "{\"error\":{\"code\":\"%s\",\"message\":"
		    "\"%0300d\",\"innerError\":{\"request-id\":\"31c91f39-"
		    "f97b-4f8b-8f6f-c4c00c1a8fe9\"}}}", want[i].code, 7);
		memset(&got, 0, sizeof(got));
		got.status = want[i].status;
		ex_graph_explain(&g, "PATCH", ex_buf_get(&url),
		    parse(ex_buf_get(&b)), EX_STR_NONE, &got);
		assert_non_null(strstr(got.why.msg, "(request-id 31c91f39-"));
		n = strlen(got.why.msg) - strlen(want[i].say);
		assert_string_equal(got.why.msg + n, want[i].say);
	}
	ex_buf_fini(&b);
	ex_buf_fini(&url);
}

static void
test_codes(void **state)
{
	(void)state;
	assert_true(ex_graph_lost_state(400, EX_STR("resyncRequired")));
	assert_true(ex_graph_lost_state(404, EX_STR("syncStateInvalid")));
	assert_true(ex_graph_lost_state(404, EX_STR("SyncStateNotFound")));
	assert_true(ex_graph_lost_state(410, EX_STR("")));
	assert_false(ex_graph_lost_state(404, EX_STR("ErrorItemNotFound")));
	assert_false(ex_graph_lost_state(500, EX_STR("resyncRequired")));
	assert_int_equal(ex_graph_answer_of(EX_WRITE_CREATE, 409,
	    EX_STR("ErrorDuplicateTransactionId")), EX_ANSWER_EXISTS);
	assert_int_equal(ex_graph_answer_of(EX_WRITE_UPDATE, 409,
	    EX_STR("ErrorIrresolvableConflict")), EX_ANSWER_STALE);
	assert_int_equal(ex_graph_answer_of(EX_WRITE_UPDATE, 0, EX_STR_NONE),
	    EX_ANSWER_BUSY);
	assert_int_equal(ex_graph_answer_of(EX_WRITE_DELETE, 204,
	    EX_STR_NONE), EX_ANSWER_STORED);
	assert_int_equal(ex_graph_answer_of(EX_WRITE_CREATE, 501,
	    EX_STR_NONE), EX_ANSWER_REFUSED);
}

/* Microsoft's examples of answers: rows, links, errors. */
static void
test_examples(void **state)
{
	struct ex_graph g = { .place = EX_STR("g") };
	struct ex_graph_answer got;
	const struct ex_json *j, *body, *c;
	size_t rows = 0, etags = 0, next = 0, delta = 0, errors = 0;

	(void)state;
	if (!has_material())
		return;
	for (j = of_file("docs-examples.json")->child; j != NULL;
	    j = j->next) {
		body = ex_json_get(j, "body");
		if (body == NULL || body->type != EX_JSON_OBJECT)
			continue;
		next += ex_json_get_str(body, "@odata.nextLink").n > 0;
		delta += ex_json_get_str(body, "@odata.deltaLink").n > 0;
		if (ex_json_get(body, "error") != NULL) {
			memset(&got, 0, sizeof(got));
			got.status = 400;
			ex_graph_explain(&g, "GET", EX_STR("/x"), body,
			    EX_STR_NONE, &got);
			errors += got.code.n > 0;
		}
		c = ex_json_get(body, "value");
		if (c == NULL || c->type != EX_JSON_ARRAY)
			continue;
		for (c = c->child; c != NULL; c = c->next) {
			rows++;
			etags += ex_graph_rev(c, &a).n > 0;
		}
	}
	assert_int_equal(rows, 68);
	assert_int_equal(etags, 20);
	assert_int_equal(next, 9);
	assert_int_equal(delta, 10);
	assert_int_equal(errors, 3);
}

/* The rev of a series is another with each occurrence that is. */
static void
test_rev(void **state)
{
	struct ex_str one, two, three, turned;

	(void)state;
	same(ex_graph_rev(parse(EX_STR("{\"@odata.etag\":\"W/\\\"abc==\\\"\""
	    "}")), &a), "abc==");
	same(ex_graph_rev(parse(EX_STR("{\"@odata.etag\":\"W/\\\"x\\\"\","
	    "\"changeKey\":\"k\"}")), &a), "k");
	assert_null(ex_graph_rev(parse(EX_STR("{\"id\":\"1\"}")), &a).p);
	one = ex_graph_rev(parse(EX_STR("{\"type\":\"seriesMaster\","
	    "\"changeKey\":\"k\",\"cancelledOccurrences\":[\"OID.1.2026-01-01"
	    "\"],\"exceptionOccurrences\":[{\"id\":\"1\",\"changeKey\":\"a\"}"
	    ",{\"id\":\"2\",\"changeKey\":\"b\"}]}")), &a);
	turned = ex_graph_rev(parse(EX_STR("{\"type\":\"seriesMaster\","
	    "\"changeKey\":\"k\",\"exceptionOccurrences\":[{\"changeKey\":"
	    "\"b\",\"id\":\"2\",\"subject\":\"x\"},{\"id\":\"1\","
	    "\"changeKey\":\"a\"}],\"cancelledOccurrences\":"
	    "[\"OID.1.2026-01-01\"]}")), &a);
	two = ex_graph_rev(parse(EX_STR("{\"type\":\"seriesMaster\","
	    "\"changeKey\":\"k\",\"cancelledOccurrences\":[\"OID.1.2026-01-01"
	    "\"],\"exceptionOccurrences\":[{\"id\":\"1\",\"changeKey\":\"a\"}"
	    ",{\"id\":\"2\",\"changeKey\":\"c\"}]}")), &a);
	three = ex_graph_rev(parse(EX_STR("{\"type\":\"seriesMaster\","
	    "\"changeKey\":\"k\"}")), &a);
	assert_true(ex_graph_rev_is_series(one));
	assert_true(ex_graph_rev_is_series(three));
	assert_true(ex_str_eq(one, turned));
	assert_false(ex_str_eq(one, two));
	assert_false(ex_str_eq(one, three));
}

static void
put(struct ex_graph_call *c, const char *method, const char *url,
    const char *body)
{
	memset(c, 0, sizeof(*c));
	c->method = method;
	ex_buf_puts(&c->url, url);
	ex_buf_puts(&c->body, body);
}

static void
test_batch(void **state)
{
	struct ex_graph_call one, two, *call[] = { &one, &two };
	struct ex_graph_part part[3];
	struct ex_buf b = EX_BUF_INIT;
	struct ex_err err;

	(void)state;
	put(&one, "GET", "/me/contacts/a", "");
	put(&two, "PATCH", "/me/contacts/b", "{\"x\":1}");
	two.match = EX_STR("W/\"k\"");
	ex_graph_batch_put(&b, call, 2);
	same(ex_buf_get(&b), "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\","
	    "\"url\":\"/me/contacts/a\",\"headers\":{\"Prefer\":\"IdType="
	    "\\\"ImmutableId\\\", outlook.timezone=\\\"UTC\\\", "
	    "outlook.body-content-type=\\\"text\\\"\"}},{\"id\":\"2\","
	    "\"method\":\"PATCH\",\"url\":\"/me/contacts/b\",\"dependsOn\":"
	    "[\"1\"],\"headers\":{\"Prefer\":\"IdType=\\\"ImmutableId\\\", "
	    "outlook.timezone=\\\"UTC\\\", outlook.body-content-type="
	    "\\\"text\\\"\",\"If-Match\":\"W/\\\"k\\\"\",\"Content-Type\":"
	    "\"application/json\"},\"body\":{\"x\":1}}]}");
	ex_graph_call_fini(&one);
	ex_graph_call_fini(&two);
	ex_buf_fini(&b);
	/* In any order, one missing, one that was not asked for. */
	assert_int_equal(ex_graph_batch_read(parse(EX_STR("{\"responses\":["
	    "{\"id\":\"3\",\"status\":429,\"headers\":{\"retry-after\":"
	    "\"2.128\",\"Request-Id\":\"r\"},\"body\":{\"error\":{\"code\":"
	    "\"TooManyRequests\"}}},{\"id\":\"9\",\"status\":200},"
	    "{\"id\":\"1\",\"status\":204,\"body\":null},{\"id\":\"1\","
	    "\"status\":500}]}")), part, 3, &err), 0);
	assert_int_equal(part[0].status, 204);
	assert_null(part[0].body);
	assert_int_equal(part[1].status, 0);
	assert_int_equal(part[2].status, 429);
	same(part[2].wait, "2.128");
	same(part[2].request, "r");
	assert_int_equal(ex_graph_batch_read(parse(EX_STR("{}")), part, 3,
	    &err), -1);
}

#define THREADS	8
#define TURNS	200

struct turns {
	struct ex_graph_gate *gate;
	pthread_mutex_t lock;
	int now, most;
};

static void *
take_turns(void *arg)
{
	struct turns *t = arg;
	int i;

	for (i = 0; i < TURNS; i++) {
		while (!ex_graph_gate_try(t->gate))
			ex_graph_gate_wait(t->gate);
		pthread_mutex_lock(&t->lock);
		if (++t->now > t->most)
			t->most = t->now;
		pthread_mutex_unlock(&t->lock);
		sched_yield();
		pthread_mutex_lock(&t->lock);
		t->now--;
		pthread_mutex_unlock(&t->lock);
		ex_graph_gate_done(t->gate);
	}
	return NULL;
}

/* Never more than four, and all come to an end. */
static void
test_gate(void **state)
{
	struct turns t = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct ex_graph_gate *other, *again;
	pthread_t thread[THREADS];
	size_t i;

	(void)state;
	t.gate = ex_graph_gate_open(EX_STR("app tenant"));
	again = ex_graph_gate_open(EX_STR("app tenant"));
	other = ex_graph_gate_open(EX_STR("app another"));
	assert_ptr_equal(t.gate, again);
	assert_ptr_not_equal(t.gate, other);
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, take_turns, &t);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_in_range(t.most, 1, 4);
	for (i = 0; i < 4; i++)
		assert_true(ex_graph_gate_try(other));
	assert_false(ex_graph_gate_try(other));
	assert_true(ex_graph_gate_try(t.gate));
	ex_graph_gate_close(again);
	ex_graph_gate_close(t.gate);
	ex_graph_gate_close(other);
}

static void
run(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static struct ex_str
plain_base64(struct ex_str s)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str out;
	size_t i;

	for (i = 0; i < s.n; i++)
		ex_buf_putc(&b, s.p[i] == '-' ? '+' : s.p[i] == '_' ? '/' :
		    s.p[i]);
	while (b.n % 4 != 0)
		ex_buf_putc(&b, '=');
	if (ex_line_base64_decode(ex_buf_get(&b), &a, &out) == -1)
		fail_msg("%.*s is no base64", (int)s.n, s.p);
	ex_buf_fini(&b);
	return out;
}

static void
spill(const char *path, struct ex_str s)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(s.p, 1, s.n, f), s.n);
	assert_int_equal(fclose(f), 0);
}

/* The parts of a token. */
static void
split(struct ex_str t, struct ex_str part[3])
{
	const char *one = memchr(t.p, '.', t.n), *two;

	assert_non_null(one);
	two = memchr(one + 1, '.', t.n - (size_t)(one + 1 - t.p));
	assert_non_null(two);
	part[0] = (struct ex_str){ t.p, (size_t)(one - t.p) };
	part[1] = (struct ex_str){ one + 1, (size_t)(two - one) - 1 };
	part[2] = (struct ex_str){ two + 1, t.n - (size_t)(two + 1 - t.p) };
}

/* A claim signed with a new key, looked at by another program. */
static void
test_jwt(void **state)
{
	struct ex_jwt j = { .audience = EX_STR("https://login/t/oauth2/v2.0/"
	    "token"), .issuer = EX_STR("client"), .id = EX_STR("one"),
	    .from = 1000, .until = 1540 };
	struct ex_str token, part[3], head;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_err err;
	const char *dir = *state;
	size_t i;

	assert_int_equal(chdir(dir), 0);
	run("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=t "
	    "-keyout key.pem -out cert.pem 2>/dev/null && "
	    "cat key.pem cert.pem >both.pem && "
	    "openssl x509 -in cert.pem -outform DER | "
	    "openssl dgst -sha256 -binary >sum");
	j.pem = slurp("both.pem", &a);
	assert_int_equal(ex_jwt_sign(&j, &a, &token, &err), 0);
	/* RFC 7515, 2: safe in a URL, without padding. */
	for (i = 0; i < token.n; i++)
		assert_null(strchr("+/=", token.p[i]));
	split(token, part);
	head = plain_base64(part[0]);
	same(ex_json_get_str(parse(head), "alg"), "RS256");
	assert_true(ex_str_eq(plain_base64(ex_json_get_str(parse(head),
	    "x5t#S256")), slurp("sum", &a)));
	same(plain_base64(part[1]), "{\"aud\":\"https://login/t/oauth2/v2.0/"
	    "token\",\"iss\":\"client\",\"sub\":\"client\",\"jti\":\"one\","
	    "\"nbf\":1000,\"exp\":1540}");
	ex_buf_str(&b, part[0]);
	ex_buf_putc(&b, '.');
	ex_buf_str(&b, part[1]);
	spill("text", ex_buf_get(&b));
	ex_buf_fini(&b);
	spill("sig", plain_base64(part[2]));
	run("openssl x509 -in cert.pem -pubkey -noout >pub.pem && "
	    "openssl dgst -sha256 -verify pub.pem -signature sig text "
	    ">/dev/null");
}

/* What is no good says so, and asks nobody. */
static void
test_jwt_bad(void **state)
{
	static const struct {
		const char *make, *why;
	} bad[] = {
		{ "cat cert.pem", "there is no private key of RSA in it" },
		{ "cat key.pem", "there is no certificate in it" },
		{ "openssl genrsa 2048 2>/dev/null; cat cert.pem",
		    "the private key is not that of the first certificate" },
		{ "openssl ecparam -name prime256v1 -genkey -noout; cat "
		    "cert.pem", "there is no private key of RSA in it" },
		{ "openssl pkey -in key.pem -aes256 -passout pass:x; cat "
		    "cert.pem", "the private key is encrypted: take its "
		    "password away" },
		{ "echo nothing", "there is no private key of RSA in it" }
	};
	struct ex_jwt j = { .audience = EX_STR("a"), .issuer = EX_STR("b"),
	    .id = EX_STR("c") };
	struct ex_str token;
	struct ex_err err;
	size_t i;

	assert_int_equal(chdir(*state), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		run(ex_arena_fmt(&a, "(%s) >bad.pem", bad[i].make).p);
		j.pem = slurp("bad.pem", &a);
		assert_int_equal(ex_jwt_sign(&j, &a, &token, &err), -1);
		same(ex_str_of(err.msg), bad[i].why);
	}
}

static void
test_cache(void **state)
{
	struct ex_graph_sign s = { .place = EX_STR("g"),
	    .graph = EX_STR("https://graph"), .login = EX_STR("https://l"),
	    .tenant = EX_STR("t"), .client = EX_STR("c") }, other = s;
	struct ex_graph_cached c = { EX_STR("tok\"en"), EX_STR_NONE, 42 };
	struct ex_graph_cached got;
	struct stat st;

	assert_int_equal(chdir(*state), 0);
	setenv("XDG_CACHE_HOME", ex_arena_fmt(&a, "%s/deep/cache",
	    (char *)*state).p, 1);
	ex_graph_cache_get(&s, &a, &got);
	assert_null(got.token.p);
	ex_graph_cache_put(&s, &c);
	ex_graph_cache_get(&s, &a, &got);
	same(got.token, "tok\"en");
	assert_null(got.refresh.p);
	assert_int_equal(got.until, 42);
	other.tenant = EX_STR("u");
	ex_graph_cache_get(&other, &a, &got);
	assert_null(got.token.p);
	/* A person's is none of the app's. */
	other = s;
	other.device = true;
	ex_graph_cache_get(&other, &a, &got);
	assert_null(got.token.p);
	assert_int_equal(stat("deep/cache/exring", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	run("test \"$(stat -c %a deep/cache/exring/*)\" = 600");
	/* One that others may read is as none, and does not stay so. */
	run("chmod 644 deep/cache/exring/*");
	ex_graph_cache_get(&s, &a, &got);
	assert_null(got.token.p);
	ex_graph_cache_put(&s, &c);
	run("test \"$(stat -c %a deep/cache/exring/*)\" = 600");
	/* A file that says it is for another. */
	run("sed -i 's/ t c/ t d/' deep/cache/exring/*");
	ex_graph_cache_get(&s, &a, &got);
	assert_null(got.token.p);
	run("echo '{' >\"$(echo deep/cache/exring/*)\"");
	ex_graph_cache_get(&s, &a, &got);
	assert_null(got.token.p);
}

/* Of an own calendar, with an option and its value; NULL: it fails. */
static struct ex_graph *
opened(const char *key, const char *value, struct ex_err *err)
{
	struct ex_store_opt opt[] = {
		{ EX_STR("tenant"), EX_STR("t"), 0 },
		{ EX_STR("client-id"), EX_STR("c"), 0 },
		{ EX_STR("token-command"), EX_STR("echo x"), 0 },
		{ ex_str_of(key), ex_str_of(value), 0 }
	};
	struct ex_store_conf conf = { .name = EX_STR("g"),
	    .operand = EX_STR("graph:"), .kind = EX_KIND_EVENTS, .opt = opt,
	    .nopt = sizeof(opt) / sizeof(opt[0]) };
	struct ex_store *s;

	return ex_graph_ops.open(&conf, &s, err) == 0 ?
	    (struct ex_graph *)s : NULL;
}

/* "National cloud deployments": who is asked, who signs in, for whom. */
static void
test_clouds(void **state)
{
	static const struct {
		const char *name, *graph, *login;
	} want[] = {
		{ "global", "https://graph.microsoft.com",
		    "https://login.microsoftonline.com" },
		{ "us", "https://graph.microsoft.us",
		    "https://login.microsoftonline.us" },
		{ "dod", "https://dod-graph.microsoft.us",
		    "https://login.microsoftonline.us" },
		{ "china", "https://microsoftgraph.chinacloudapi.cn",
		    "https://login.partner.microsoftonline.cn" }
	};
	struct ex_graph *g;
	struct ex_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		if ((g = opened("cloud", want[i].name, &err)) == NULL)
			fail_msg("%s", err.msg);
		same(g->origin, want[i].graph);
		same(g->sign.graph, want[i].graph);
		same(g->sign.login, want[i].login);
		ex_graph_ops.close(&g->s);
	}
	assert_null(opened("cloud", "mars", &err));
	same(ex_str_of(err.msg), "folder g: cloud: global, us, dod or china "
	    "is wanted");
}

static int
make_dir(void **state)
{
	static char dir[] = "/tmp/exring-graph.XXXXXX";

	*state = mkdtemp(dir);
	return *state == NULL ? -1 : 0;
}

static int
remove_dir(void **state)
{
	struct ex_str s = ex_arena_fmt(&a, "rm -r '%s'", (char *)*state);

	return chdir("/") == 0 && system(s.p) == 0 ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_recorded, reset),
		cmocka_unit_test_setup(test_errors, reset),
		cmocka_unit_test_setup(test_advice, reset),
		cmocka_unit_test_setup(test_codes, reset),
		cmocka_unit_test_setup(test_examples, reset),
		cmocka_unit_test_setup(test_rev, reset),
		cmocka_unit_test_setup(test_batch, reset),
		cmocka_unit_test_setup(test_gate, reset),
		cmocka_unit_test(test_jwt),
		cmocka_unit_test(test_jwt_bad),
		cmocka_unit_test(test_cache),
		cmocka_unit_test_setup(test_clouds, reset)
	};
	int got;

	material = getenv("EX_MATERIAL");
	if (material == NULL)
		material = "../shared/material";
	cmocka_set_message_output(CM_OUTPUT_TAP);
	got = cmocka_run_group_tests_name("graph", tests, make_dir,
	    remove_dir);
	ex_arena_free(&a);
	return got;
}
