/*
 * dav*.c: hrefs, multistatus, the rows of a listing, DNS, answers to writes
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/cap.h>

#include "../../lib/store/davpriv.h"

static struct ex_arena a;

static int
reset(void **state)
{
	(void)state;
	ex_arena_reset(&a);
	return 0;
}

static void
same(struct ex_str got, const char *want)
{
	if (want == NULL) {
		assert_null(got.p);
		return;
	}
	assert_non_null(got.p);
	assert_string_equal(ex_arena_str(&a, got).p, want);
}

static struct ex_dav_uri
uri(const char *text)
{
	struct ex_dav_uri u;
	const char *why;

	assert_int_equal(ex_dav_uri_parse(ex_str_of(text), &a, &u, &why), 0);
	return u;
}

static void
test_urls(void **state)
{
	static const char *const bad[] = { "", "x", "ftp://x/", "http://",
		"http://u@/", "https://x/a\nb", "https://x/a?b",
		"https://x/a#b", "https://x/a/../b", "https://x/%2e%2E/b",
		"https://x/a%2Fb", "https://x/a%00b" };
	struct ex_dav_uri u = uri("HTTPS://al%40x@Dav.Example:443/a//b c/");
	const char *why;
	size_t i;

	(void)state;
	same(u.origin, "https://dav.example");
	same(u.user, "al%40x");
	same(u.path, "/a/b%20c/");
	same(uri("http://x:80").origin, "http://x");
	same(uri("http://x:8080").origin, "http://x:8080");
	same(uri("http://x").path, "/");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(ex_dav_uri_parse(ex_str_of(bad[i]), &a, &u,
		    &why), -1);
}

/* Where an href leads in https://x/a/b/: "id", "self", "deeper" or why not. */
static const char *
leads(const char *href)
{
	struct ex_dav_uri u = uri("https://x/a/b/");
	struct ex_str path, id;
	const char *why;

	if (ex_dav_uri_resolve(&u, ex_str_of(href), &a, &path, &why) == -1)
		return why;
	switch (ex_dav_uri_member(&u, path, &a, &id)) {
	case EX_DAV_SELF:
		return "self";
	case EX_DAV_DEEPER:
		return "deeper";
	case EX_DAV_OUTSIDE:
		return "outside";
	case EX_DAV_MEMBER:
		break;
	}
	/* (2) a name comes back from its id, to the same path. */
	same(ex_dav_uri_of(&u, id, &a), ex_arena_str(&a, path).p);
	return ex_arena_str(&a, id).p;
}

static void
test_hrefs(void **state)
{
	static const char *const row[][2] = {
		{ "/a/b/c.vcf", "c.vcf" },
		{ " \n/a/b/c.vcf\n", "c.vcf" },
		{ "https://x:443/a/b/c.vcf", "c.vcf" },
		{ "//x/a/b/c.vcf", "c.vcf" },
		{ "c.vcf", "c.vcf" },
		{ "/a/b/p%40q.vcf", "p@q.vcf" },
		{ "/a/b/p@q.vcf", "p@q.vcf" },
		{ "/a/b/%E2%82%AC", "\xe2\x82\xac" },
		{ "/a/b/100%25", "100%25" },
		{ "/a/b/%0A", "%0A" },
		{ "/a/b/", "self" }, { "/a/b", "self" },
		{ "/a/b/d/", "deeper" }, { "/a/b/d/e", "deeper" },
		{ "/a/c", "outside" }, { "/a/bc", "outside" },
		{ "/a/b/../c", "a dot segment in its path" },
		{ "/a/b/%2e%2e/c", "a dot segment in its path" },
		{ "/a/b/x%2Fy", "a NUL or slash in a name" },
		{ "/a/b/x%00", "a NUL or slash in a name" },
		{ "https://y/a/b/c", "leads to another host" },
		{ "https://x:444/a/b/c", "leads to another host" },
		{ "//y/a/b/c", "leads to another host" },
		{ "/a/b/c\x01", "a control byte in it" },
		{ "", "is empty" },
	};
	struct ex_dav_uri u = uri("https://x/a/b/");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(*row); i++)
		assert_string_equal(leads(row[i][0]), row[i][1]);
	assert_string_equal(leads(ex_arena_fmt(&a, "/a/b/%0*d",
	    EX_CAP_ID - 4, 1).p), "too long");
	same(ex_dav_uri_of(&u, EX_STR(".."), &a), NULL);
	same(ex_dav_uri_of(&u, EX_STR("x%2Fy"), &a), NULL);
	same(ex_dav_uri_of(&u, EX_STR(""), &a), NULL);
	same(ex_dav_uri_name(EX_STR("/a/b%20c/"), &a), "b c");
}

/* What a multistatus says, an href and some of its properties a response. */
static struct ex_buf seen;
static int stop_at;

static int
response(void *arg, const struct ex_dav_response *r, struct ex_err *err)
{
	size_t i;

	(void)arg;
	if (stop_at > 0 && --stop_at == 0)
		return ex_err_set(err, EX_ERR_REMOTE, "enough");
	for (i = 0; i < r->nhref; i++)
		ex_buf_fmt(&seen, "%.*s,", EX_STR_ARG(r->href[i]));
	ex_buf_fmt(&seen, "%d,%d,%d", r->status, r->found, r->failed);
	if (r->p.etag.p != NULL)
		ex_buf_fmt(&seen, ",etag %.*s", EX_STR_ARG(r->p.etag));
	if (r->p.data.p != NULL)
		ex_buf_fmt(&seen, ",data %.*s", EX_STR_ARG(r->p.data));
	if (r->p.collection)
		ex_buf_puts(&seen, ",collection");
	if (r->error.what.p != NULL)
		ex_buf_fmt(&seen, ",error %.*s", EX_STR_ARG(r->error.what));
	ex_buf_putc(&seen, ';');
	return 0;
}

static int
feed(const char *text, size_t n, size_t cut, char token[64],
    struct ex_err *err)
{
	struct ex_dav_xml *x = ex_dav_xml_new(response, NULL);
	int got = ex_dav_xml_feed(x, (struct ex_str){ text, cut }, err);

	if (got == 0)
		got = ex_dav_xml_feed(x, (struct ex_str){ text + cut,
		    n - cut }, err);
	if (got == 0)
		got = ex_dav_xml_finish(x, err);
	if (token != NULL)
		snprintf(token, 64, "%.*s",
		    EX_STR_ARG(ex_dav_xml_token(x)));
	ex_dav_xml_free(x);
	return got;
}

static const char listing[] =
    "<?xml version='1.0'?><d:multistatus xmlns:d='DAV:' "
    "xmlns:c='urn:ietf:params:xml:ns:carddav'>"
    "<d:response><d:href>/b/</d:href><d:propstat><d:prop>"
    "<d:resourcetype><d:collection/></d:resourcetype></d:prop>"
    "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>\n"
    "<d:response><d:href>/b/1</d:href><d:propstat>"
    "<d:status>HTTP/1.1 200 OK</d:status><d:prop><d:getetag>&quot;1"
    "&quot;</d:getetag><c:address-data>BEGIN&#13;\nx<![CDATA[<]]>"
    "</c:address-data><d:x><d:getetag>no</d:getetag></d:x></d:prop>"
    "</d:propstat><d:propstat><d:prop><d:getcontenttype/></d:prop>"
    "<d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>"
    "</d:response><d:response><d:href>/b/2</d:href><d:href>/b/3</d:href>"
    "<d:status>HTTP/1.1 404 gone</d:status></d:response>"
    "<d:response><d:href>/b/</d:href><d:status>HTTP/1.1 507 I</d:status>"
    "<d:error><d:number-of-matches-within-limits/></d:error></d:response>"
    "<d:sync-token>t&amp;1</d:sync-token></d:multistatus>";

static const char listed[] = "/b/,0,1,0,collection;"
    "/b/1,0,1,404,etag \"1\",data BEGIN\r\nx<;"
    "/b/2,/b/3,404,0,0;"
    "/b/,507,0,0,error number-of-matches-within-limits;";

static void
test_multistatus(void **state)
{
	struct ex_err err;
	char token[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(listing); i++) {
		ex_buf_clear(&seen);
		assert_int_equal(feed(listing, sizeof(listing) - 1, i, token,
		    &err), 0);
		same(ex_buf_get(&seen), listed);
		assert_string_equal(token, "t&1");
	}
	/* Cut at any byte it is not whole. */
	for (i = 0; i < sizeof(listing) - 1; i++)
		assert_int_equal(feed(listing, i, i, NULL, &err), -1);
	for (i = 1; i <= 4; i++) {
		stop_at = (int)i;
		assert_int_equal(feed(listing, sizeof(listing) - 1, 9, NULL,
		    &err), -1);
		assert_string_equal(err.msg, "enough");
	}
	stop_at = 0;
}

static void
test_no_multistatus(void **state)
{
	static const char *const bad[] = { "<html/>", "",
		"<multistatus/>", "{}", "<d:response xmlns:d='DAV:'/>",
		"<!DOCTYPE x><d:multistatus xmlns:d='DAV:'/>" };
	struct ex_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(feed(bad[i], strlen(bad[i]), 0, NULL, &err),
		    -1);
}

static void
test_errors(void **state)
{
	struct ex_dav_error e;

	(void)state;
	ex_dav_error(EX_STR("<error xmlns='DAV:'><C:no-uid-conflict "
	    "xmlns:C='urn:ietf:params:xml:ns:caldav'><href>/b/9</href>"
	    "</C:no-uid-conflict></error>"), &a, &e);
	same(e.what, "no-uid-conflict");
	same(e.href, "/b/9");
	assert_false(e.dav);
	ex_dav_error(EX_STR("<error xmlns='DAV:'><quota-not-exceeded/>"
	    "</error>"), &a, &e);
	same(e.what, "quota-not-exceeded");
	assert_true(e.dav);
	ex_dav_error(EX_STR("Access denied"), &a, &e);
	same(e.what, NULL);
	assert_int_equal(ex_dav_error(EX_STR("<multistatus xmlns='DAV:'>"
	    "<response><href>/b/1</href><status>HTTP/1.1 412 P</status>"
	    "</response></multistatus>"), &a, &e), 412);
}

/* Many rows in little room: sorted by id, the last of each. */
static void
test_rows(void **state)
{
	struct ex_rows *rows = ex_rows_new(4096);
	struct ex_row row;
	struct ex_err err;
	unsigned i, n = 0;
	char id[16], last[16] = "", rev[16];

	(void)state;
	for (i = 0; i < 20000; i++) {
		snprintf(id, sizeof(id), "%05u", i * 7919 % 5000);
		snprintf(rev, sizeof(rev), "%u", i);
		row = (struct ex_row){ i % 3 == 0 ? EX_ROW_GONE :
		    EX_ROW_THERE, ex_str_of(id), i % 3 == 0 ? EX_STR_NONE :
		    ex_str_of(rev) };
		assert_int_equal(ex_rows_add(rows, &row, &err), 0);
	}
	while (ex_rows_next(rows, &row, &err) == 1) {
		snprintf(id, sizeof(id), "%.*s", EX_STR_ARG(row.id));
		assert_true(strcmp(last, id) < 0);
		strcpy(last, id);
		/* It was added last in the fourth round of 5000. */
		for (i = 15000; i * 7919 % 5000 != (unsigned)atoi(id); i++)
			;
		assert_int_equal(row.what, i % 3 == 0 ? EX_ROW_GONE :
		    EX_ROW_THERE);
		if (i % 3 != 0)
			assert_int_equal(ex_str_number(row.rev), i);
		n++;
	}
	assert_int_equal(n, 5000);
	ex_rows_free(rows);
}

/* An answer with one question and two SRV records (RFC 2782). */
static const char packet[] =
    "\x12\x34\x81\x80\0\1\0\2\0\0\0\0"
    "\x08_caldavs\x04_tcp\x07" "example\0\0\x21\0\1"
    "\xc0\x0c\0\x21\0\1\0\0\0\1\0\x0d\0\1\0\5\x01\xbb\4late\xc0\x1a"
    "\xc0\x0c\0\x21\0\1\0\0\0\1\0\x0c\0\0\0\1\x20\xfb\3dav\xc0\x1a";

static void
test_srv(void **state)
{
	const struct ex_str whole = { packet, sizeof(packet) - 1 };
	struct ex_dns_srv v[4];
	char bytes[sizeof(packet)];
	size_t i;

	(void)state;
	assert_int_equal(ex_dns_srv(whole, v, 4), 2);
	assert_string_equal(v[0].target, "dav.example");
	assert_int_equal(v[0].port, 8443);
	assert_string_equal(v[1].target, "late.example");
	assert_int_equal(v[1].port, 443);
	assert_int_equal(ex_dns_srv(whole, v, 1), 1);
	for (i = 0; i < whole.n; i++)
		assert_int_equal(ex_dns_srv((struct ex_str){ packet, i }, v,
		    4), -1);
	/* Any one byte another: never a loop, never out of bounds. */
	for (i = 0; i < whole.n; i++) {
		memcpy(bytes, packet, sizeof(bytes));
		bytes[i] = (char)~bytes[i];
		ex_dns_srv((struct ex_str){ bytes, whole.n }, v, 4);
		bytes[i] = (char)0xc0;
		ex_dns_srv((struct ex_str){ bytes, whole.n }, v, 4);
	}
	/* A name that points to itself. */
	memcpy(bytes, packet, sizeof(bytes));
	memcpy(bytes + 12, "\xc0\x0c", 2);
	assert_int_equal(ex_dns_srv((struct ex_str){ bytes, whole.n }, v, 4),
	    -1);
}

static void
test_txt(void **state)
{
	static const char text[] = "\x12\x34\x81\x80\0\0\0\1\0\0\0\0"
	    "\1x\0\0\x10\0\1\0\0\0\1\0\x0e\3a=b\x09PATH=/dav";
	char path[64];
	size_t i;

	(void)state;
	assert_int_equal(ex_dns_path((struct ex_str){ text,
	    sizeof(text) - 1 }, path, sizeof(path)), 0);
	assert_string_equal(path, "/dav");
	assert_int_equal(ex_dns_path((struct ex_str){ text,
	    sizeof(text) - 1 }, path, 4), 0);
	assert_string_equal(path, "");
	for (i = 0; i < sizeof(text) - 1; i++)
		assert_int_equal(ex_dns_path((struct ex_str){ text, i }, path,
		    sizeof(path)), -1);
}

static void
test_answers(void **state)
{
	static const struct {
		int status;
		const char *what;
		bool dav;
		enum ex_answer create, update, delete;
	} row[] = {
#define R(c, u, d) EX_ANSWER_##c, EX_ANSWER_##u, EX_ANSWER_##d
		{ 201, NULL, false, R(STORED, STORED, STORED) },
		{ 204, NULL, false, R(STORED, STORED, STORED) },
		{ 401, NULL, false, R(DENIED, DENIED, DENIED) },
		{ 405, NULL, false, R(DENIED, DENIED, DENIED) },
		{ 403, NULL, false, R(DENIED, DENIED, DENIED) },
		{ 403, "need-privileges", true, R(DENIED, DENIED, DENIED) },
		{ 403, "valid-calendar-data", false,
		    R(REFUSED, REFUSED, REFUSED) },
		{ 412, "valid-calendar-data", false,
		    R(REFUSED, REFUSED, REFUSED) },
		{ 409, "supported-address-data", false,
		    R(REFUSED, REFUSED, REFUSED) },
		{ 403, "calendar-collection-location-ok", false,
		    R(DENIED, DENIED, DENIED) },
		{ 403, "quota-not-exceeded", true, R(BUSY, BUSY, BUSY) },
		{ 403, "no-uid-conflict", false, R(EXISTS, REFUSED, REFUSED) },
		{ 409, "no-uid-conflict", false, R(EXISTS, REFUSED, REFUSED) },
		{ 404, NULL, false, R(DENIED, GONE, GONE) },
		{ 410, NULL, false, R(DENIED, GONE, GONE) },
		{ 409, NULL, false, R(EXISTS, STALE, STALE) },
		{ 412, NULL, false, R(EXISTS, STALE, STALE) },
		{ 400, NULL, false, R(REFUSED, REFUSED, REFUSED) },
		{ 413, NULL, false, R(REFUSED, REFUSED, REFUSED) },
		{ 415, NULL, false, R(REFUSED, REFUSED, REFUSED) },
		{ 422, NULL, false, R(REFUSED, REFUSED, REFUSED) },
		{ 423, NULL, false, R(BUSY, BUSY, BUSY) },
		{ 429, NULL, false, R(BUSY, BUSY, BUSY) },
		{ 500, NULL, false, R(BUSY, BUSY, BUSY) },
		{ 503, NULL, false, R(BUSY, BUSY, BUSY) },
		{ 507, NULL, false, R(BUSY, BUSY, BUSY) },
		{ 501, NULL, false, R(REFUSED, REFUSED, REFUSED) },
		{ 0, NULL, false, R(BUSY, BUSY, BUSY) }
#undef R
	};
	struct ex_dav_error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		e = (struct ex_dav_error){ .what = ex_str_of(row[i].what),
		    .dav = row[i].dav };
		assert_int_equal(ex_dav_answer(EX_WRITE_CREATE,
		    row[i].status, &e), row[i].create);
		assert_int_equal(ex_dav_answer(EX_WRITE_UPDATE,
		    row[i].status, &e), row[i].update);
		assert_int_equal(ex_dav_answer(EX_WRITE_DELETE,
		    row[i].status, &e), row[i].delete);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_urls, reset),
		cmocka_unit_test_setup(test_hrefs, reset),
		cmocka_unit_test_setup(test_multistatus, reset),
		cmocka_unit_test_setup(test_no_multistatus, reset),
		cmocka_unit_test_setup(test_errors, reset),
		cmocka_unit_test_setup(test_rows, reset),
		cmocka_unit_test_setup(test_srv, reset),
		cmocka_unit_test_setup(test_txt, reset),
		cmocka_unit_test_setup(test_answers, reset)
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ex_buf_fini(&seen);
	ex_arena_free(&a);
	return failed;
}
