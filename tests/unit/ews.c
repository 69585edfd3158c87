/*
 * ews*.c: SOAP answers, and what their codes mean
 *
 * Some of them by eye; all that there are, by a table: ewsanswers.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../lib/store/ewspriv.h"
#include "slurp.h"

static struct ex_arena a;
static const char *material;

/* What was told of one answer, each message on a line: "0 NoError Name". */
struct heard {
	struct ex_buf text;
	size_t n, good;
	struct ex_ews_said fault;
	struct ex_err err;
	char id[512], key[512];	/* the first ItemId in it */
	char state[64];		/* the first bytes of a SyncState */
	char last[8];
	size_t changes;
	long wait;
};

static void
copy(char *to, size_t size, struct ex_str s)
{
	size_t n = s.n < size - 1 ? s.n : size - 1;

	if (s.p != NULL)
		memcpy(to, s.p, n);
	to[s.p != NULL ? n : 0] = '\0';
}

/* The first element of that name below n, at most so deep. */
static const struct ex_xml_node *
seek(const struct ex_xml_node *n, const char *local, unsigned deep)
{
	const struct ex_xml_node *c, *found;

	for (c = n->child; c != NULL; c = c->next) {
		if (ex_str_is(c->name.local, local))
			return c;
		if (deep > 0 && (found = seek(c, local, deep - 1)) != NULL)
			return found;
	}
	return NULL;
}

static int
hear(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	struct heard *h = arg;
	const struct ex_xml_node *n, *c;

	(void)err;
	assert_int_equal(m->i, h->n);
	ex_buf_fmt(&h->text, "%zu %s%.*s %.*s\n", m->i, m->good ? "" : "not ",
	    EX_STR_ARG(m->said.code), EX_STR_ARG(m->node->name.local));
	h->n++;
	h->good += m->good;
	h->wait = m->said.wait;
	if (h->id[0] == '\0' && (n = seek(m->node, "ItemId", 6)) != NULL) {
		copy(h->id, sizeof(h->id), ex_xml_attr_of(n, "Id"));
		copy(h->key, sizeof(h->key), ex_xml_attr_of(n, "ChangeKey"));
	}
	copy(h->state, sizeof(h->state), ex_xml_child_text(m->node,
	    "SyncState"));
	copy(h->last, sizeof(h->last), ex_xml_child_text(m->node,
	    "IncludesLastItemInRange"));
	n = ex_xml_child(m->node, "Changes");
	for (c = n != NULL ? n->child : NULL; c != NULL; c = c->next)
		h->changes++;
	return 0;
}

/* In parts of that many bytes. */
static int
listen(struct ex_str text, size_t part, struct heard *h)
{
	struct ex_ews_xml *x;
	struct ex_ews_said said;
	size_t i;
	int got = 0;

	memset(h, 0, sizeof(*h));
	x = ex_ews_xml_new(hear, h);
	for (i = 0; i < text.n && got == 0; i += part)
		got = ex_ews_xml_feed(x, (struct ex_str){ text.p + i,
		    text.n - i < part ? text.n - i : part }, &h->err);
	if (got == 0)
		got = ex_ews_xml_finish(x, &said, &h->err);
	if (got == 0) {
		h->fault = said;
		h->fault.code = ex_arena_str(&a, said.code);
		h->fault.text = ex_arena_str(&a, said.text);
	}
	ex_ews_xml_free(x);
	return got;
}

static struct ex_str
recorded(const char *name)
{
	return slurp(ex_arena_fmt(&a, "%s/ews/responses/%s", material,
	    name).p, &a);
}

static int
reset(void **state)
{
	(void)state;
	ex_arena_reset(&a);
	return 0;
}

static bool
has_material(void)
{
	struct stat st;

	if (stat(material, &st) == 0)
		return true;
	print_message("# skip: no %s\n", material);
	return false;	/* cmocka's skip() is "not ok" */
}

/* The values that stand in single answers, looked at by eye. */
static void
test_sync(void **state)
{
	struct heard h;

	(void)state;
	if (!has_material())
		return;
	assert_int_equal(listen(recorded("recorded/APITest."
	    "testListItemChanges.02.SyncFolderItemsResponse.xml"), 4096, &h),
	    0);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.good, 1);
	assert_int_equal(h.changes, 1);
	assert_string_equal(h.last, "true");
	assert_memory_equal(h.state, "H4sIAAAAAAAEAGNgYGcAAotq", 24);
	assert_string_equal(h.key, "DwAAABYAAAC30utV9Qm1Tp6i563HuBDKAAER7Bmo");
	ex_buf_fini(&h.text);

	listen(recorded("synthetic/SyncFolderItemsResponse-page1-of-2.xml"), 4096, &h);
	assert_int_equal(h.changes, 3);
	assert_string_equal(h.last, "false");
	assert_string_equal(h.state, "c3RhdGUtMQ==");
	assert_string_equal(h.id, "AAMk1=");
	ex_buf_fini(&h.text);

	listen(recorded("synthetic/SyncFolderItemsResponse-"
	    "ErrorInvalidSyncStateData.xml"), 4096, &h);
	assert_int_equal(h.good, 0);
	assert_string_equal(ex_arena_str(&a, ex_buf_get(&h.text)).p,
	    "0 not ErrorInvalidSyncStateData SyncFolderItemsResponseMessage\n");
	ex_buf_fini(&h.text);
}

static void
test_faults(void **state)
{
	struct heard h;

	(void)state;
	if (!has_material())
		return;
	assert_int_equal(listen(recorded("synthetic/"
	    "HTTP500-Fault-ErrorServerBusy.xml"), 11, &h), 0);
	assert_int_equal(h.n, 0);
	assert_true(ex_str_is(h.fault.code, "ErrorServerBusy"));
	assert_int_equal(h.fault.wait, 1500);
	assert_true(ex_str_starts(h.fault.text, "The server cannot service"));
	assert_int_equal(listen(recorded("docs/"
	    "Fault--addimgroup-operation-02.xml"), 4096, &h), 0);
	assert_true(ex_str_is(h.fault.code, "ErrorSchemaValidation"));
	assert_int_equal(h.fault.wait, -1);
}

static const char *
say(const char *body)
{
	struct ex_str text = ex_arena_fmt(&a, "<Envelope><Body>%s</Body>"
	    "</Envelope>", body);
	struct heard h;

	if (listen(text, text.n, &h) == -1)
		return ex_arena_str(&a, ex_str_of(h.err.msg)).p;
	if (h.fault.code.p != NULL)
		ex_buf_fmt(&h.text, "fault %.*s %ld\n",
		    EX_STR_ARG(h.fault.code), h.fault.wait);
	text = ex_arena_str(&a, ex_buf_get(&h.text));
	ex_buf_fini(&h.text);
	return text.p;
}

/* What no server is known to have sent, but any of them may. */
static void
test_odd(void **state)
{
	(void)state;
	/* Elements that are not known, before and behind. */
	assert_string_equal(say("<R><New/><ResponseMessages><M ResponseClass="
	    "\"Success\"><New>x</New><ResponseCode> NoError </ResponseCode>"
	    "</M></ResponseMessages><New/></R>"), "0 NoError M\n");
	/* One that stopped the batch is no success. */
	assert_string_equal(say("<R><ResponseMessages><M ResponseClass="
	    "\"Warning\"><ResponseCode>ErrorBatchProcessingStopped"
	    "</ResponseCode></M><M/></ResponseMessages></R>"),
	    "0 not ErrorBatchProcessingStopped M\n"
	    "1 not ErrorInternalServerError M\n");
	/* ErrorInternalServerError around what it was. */
	assert_string_equal(say("<R><ResponseMessages><M ResponseClass="
	    "\"Error\"><ResponseCode>ErrorInternalServerError"
	    "</ResponseCode><MessageXml><Value Name=\"InnerErrorResponseCode"
	    "\">ErrorServerBusy</Value></MessageXml></M></ResponseMessages>"
	    "</R>"), "0 not ErrorServerBusy M\n");
	/* A fault without Exchange's own part. */
	assert_string_equal(say("<Fault><faultcode>s:Client</faultcode>"
	    "</Fault>"), "fault Client -1\n");
	assert_string_equal(say("<Fault/>"), "fault Fault -1\n");
	assert_string_equal(say("<Fault><faultcode>a:ErrorServerBusy"
	    "</faultcode><detail><MessageXml><Value Name=\""
	    "BackOffMilliseconds\">99999999999</Value></MessageXml></detail>"
	    "</Fault>"), "fault ErrorServerBusy 3600000\n");
	/* A character that XML cannot hold. */
	assert_string_equal(say("<R><ResponseMessages><M ResponseClass="
	    "\"Success\"><ResponseCode>NoError</ResponseCode><T>&#x1;</T>"
	    "</M></ResponseMessages></R>"), "0 NoError M\n");
	/* Nothing is told of a body that stands elsewhere. */
	assert_string_equal(say("<X><Fault/></X>"), "");
}

static void
test_no_soap(void **state)
{
	static const char *const bad[] = { "", "<html><body/></html>",
		"<Envelope/>", "<Envelope><Body>", "<Envelope><Header>"
		"</Header></Envelope>", "hello" };
	struct heard h;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(listen(ex_str_of(bad[i]), 5, &h), -1);
		assert_int_equal(h.err.code, EX_ERR_INPUT);
	}
}

/* One that says stop is obeyed. */
static int
refuse(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	(void)arg;
	(void)m;
	return ex_err_set(err, EX_ERR_DENIED, "enough");
}

static void
test_stop(void **state)
{
	struct ex_ews_xml *x = ex_ews_xml_new(refuse, NULL);
	struct ex_err err;

	(void)state;
	assert_int_equal(ex_ews_xml_feed(x, EX_STR("<Envelope><Body><R>"
	    "<ResponseMessages><M/>"), &err), -1);
	assert_string_equal(err.msg, "enough");
	assert_int_equal(err.code, EX_ERR_DENIED);
	ex_ews_xml_free(x);
}

static void
test_codes(void **state)
{
	static const struct {
		const char *code;
		enum ex_answer create, change;
		enum ex_errcode reading;
	} want[] = {
		{ "NoError", EX_ANSWER_STORED, EX_ANSWER_STORED,
		    EX_ERR_REMOTE },
		{ "ErrorIrresolvableConflict", EX_ANSWER_REFUSED,
		    EX_ANSWER_STALE, EX_ERR_AGAIN },
		{ "ErrorStaleObject", EX_ANSWER_REFUSED, EX_ANSWER_STALE,
		    EX_ERR_AGAIN },
		{ "ErrorChangeKeyRequiredForWriteOperations",
		    EX_ANSWER_REFUSED, EX_ANSWER_STALE, EX_ERR_AGAIN },
		{ "ErrorItemNotFound", EX_ANSWER_REFUSED, EX_ANSWER_GONE,
		    EX_ERR_GONE },
		{ "ErrorFolderNotFound", EX_ANSWER_DENIED, EX_ANSWER_DENIED,
		    EX_ERR_GONE },
		{ "ErrorSyncFolderNotFound", EX_ANSWER_DENIED,
		    EX_ANSWER_DENIED, EX_ERR_GONE },
		{ "ErrorAccessDenied", EX_ANSWER_DENIED, EX_ANSWER_DENIED,
		    EX_ERR_DENIED },
		{ "ErrorServerBusy", EX_ANSWER_BUSY, EX_ANSWER_BUSY,
		    EX_ERR_AGAIN },
		{ "ErrorQuotaExceeded", EX_ANSWER_BUSY, EX_ANSWER_BUSY,
		    EX_ERR_AGAIN },
		{ "ErrorUnsupportedRecurrence", EX_ANSWER_REFUSED,
		    EX_ANSWER_REFUSED, EX_ERR_REMOTE },
		{ "ErrorOfTomorrow", EX_ANSWER_REFUSED, EX_ANSWER_REFUSED,
		    EX_ERR_REMOTE }
	};
	struct ex_str code;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		code = ex_str_of(want[i].code);
		assert_int_equal(ex_ews_answer(EX_WRITE_CREATE, code),
		    want[i].create);
		assert_int_equal(ex_ews_answer(EX_WRITE_UPDATE, code),
		    want[i].change);
		assert_int_equal(ex_ews_answer(EX_WRITE_DELETE, code),
		    want[i].change);
		assert_int_equal(ex_ews_errcode(code), want[i].reading);
	}
	assert_true(ex_ews_is_transient(EX_STR("ErrorServerBusy")));
	assert_false(ex_ews_is_transient(EX_STR("ErrorQuotaExceeded")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_sync, reset),
		cmocka_unit_test_setup(test_faults, reset),
		cmocka_unit_test_setup(test_odd, reset),
		cmocka_unit_test_setup(test_no_soap, reset),
		cmocka_unit_test_setup(test_stop, reset),
		cmocka_unit_test_setup(test_codes, reset)
	};
	int got;

	material = getenv("EX_MATERIAL");
	if (material == NULL)
		material = "../shared/material";
	cmocka_set_message_output(CM_OUTPUT_TAP);
	got = cmocka_run_group_tests_name("ews", tests, NULL, NULL);
	ex_arena_free(&a);
	return got;
}
