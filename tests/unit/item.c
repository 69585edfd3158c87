/*
 * item.c, itemjson.c: the model, its order, jCard and jCal in and out
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/json.h>

static struct ex_arena arena = EX_ARENA_INIT;
static struct ex_buf buf = EX_BUF_INIT;
static struct ex_item item;

static struct ex_str
written(const struct ex_item *it)
{
	ex_buf_clear(&buf);
	ex_item_write(&buf, it);
	return ex_buf_get(&buf);
}

static struct ex_str
again(const char *text)
{
	struct ex_err err = { 0 };

	if (ex_item_parse(ex_str_of(text), &arena, &item, &err) == -1)
		return ex_arena_fmt(&arena, "ERROR %s", err.msg);
	return written(&item);
}

static void
is(struct ex_str got, const char *want)
{
	if (!ex_str_is(got, want))
		fail_msg("got %.*s\nwanted %s", EX_STR_ARG(got), want);
}

static void
becomes(const char *text, const char *want)
{
	is(again(text), want);
}

static void
same(const char *text)
{
	becomes(text, text);
}

static void
cards(void **state)
{
	(void)state;
	same("[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],"
	    "[\"adr\",{\"label\":\"x\"},\"text\",[\"\",\"\",[\"a\",\"b\"]]],"
	    "[\"tel\",{\"pref\":\"1\",\"type\":[\"home\",\"fax\"]},\"uri\","
	    "\"tel:1\"],[\"uid\",{},\"text\",\"u1\"],"
	    "[\"x-n\",{},\"unknown\",true,1.50,\"a\"]]]");
	assert_int_equal(item.kind, EX_KIND_CONTACTS);
	is(item.uid, "u1");
	assert_null(item.as.p);
	same("[\"vcard\",[],[[\"x-c\",[],[]]]]");
	assert_null(item.uid.p);
}

static void
calendars(void **state)
{
	(void)state;
	same("[\"vcalendar\",[[\"uid\",{},\"text\",\"calendar\"]],"
	    "[[\"vtimezone\",[[\"uid\",{},\"text\",\"zone\"]],[]],"
	    "[\"vtodo\",[[\"uid\",{},\"text\",\"u\"]],"
	    "[[\"valarm\",[[\"x\",{},\"recur\",{\"freq\":\"DAILY\"}]],[]]]]]]");
	assert_int_equal(item.kind, EX_KIND_TASKS);
	is(item.uid, "u");
	again("[\"vcalendar\",[],[[\"vfreebusy\",[],[]]]]");
	assert_int_equal(item.kind, EX_KIND_NONE);
}

static void
order(void **state)
{
	(void)state;
	becomes("[\"vcard\",[[\"tel\",{\"type\":\"b\",\"pref\":\"1\"},"
	    "\"text\",\"2\"],[\"fn\",{},\"text\",\"F\"],[\"tel\",{},\"text\","
	    "\"1\"],[\"version\",{},\"text\",\"4.0\"],[\"adr\",{},\"text\","
	    "\"\"]]]",
	    "[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],[\"adr\",{},"
	    "\"text\",\"\"],[\"fn\",{},\"text\",\"F\"],[\"tel\",{\"pref\":"
	    "\"1\",\"type\":\"b\"},\"text\",\"2\"],[\"tel\",{},\"text\","
	    "\"1\"]]]");
	becomes("[\"vcalendar\",[],[[\"x-a\",[],[]],"
	    "[\"vevent\",[[\"recurrence-id\",{},\"date\",\"2026-02-01\"]],[]],"
	    "[\"vtimezone\",[[\"tzid\",{},\"text\",\"B\"]],[]],"
	    "[\"vevent\",[[\"recurrence-id\",{},\"date\",\"2026-01-01\"]],[]],"
	    "[\"vevent\",[],[]],"
	    "[\"vtimezone\",[[\"tzid\",{},\"text\",\"A\"]],[]]]]",
	    "[\"vcalendar\",[],["
	    "[\"vtimezone\",[[\"tzid\",{},\"text\",\"A\"]],[]],"
	    "[\"vtimezone\",[[\"tzid\",{},\"text\",\"B\"]],[]],"
	    "[\"vevent\",[],[]],"
	    "[\"vevent\",[[\"recurrence-id\",{},\"date\",\"2026-01-01\"]],[]],"
	    "[\"vevent\",[[\"recurrence-id\",{},\"date\",\"2026-02-01\"]],[]],"
	    "[\"x-a\",[],[]]]]");
}

static void
others_ways(void **state)
{
	(void)state;
	becomes("[[\"VCARD\",[[\"FN\",[],\"TEXT\",\"F\"]],[]]]",
	    "[\"vcard\",[[\"fn\",{},\"text\",\"F\"]]]");
	becomes("[\"vcard\",[[\"tel\",{\"TYPE\":\"a\",\"PREF\":1,\"X-B\":true,"
	    "\"x-e\":[],\"type\":[\"b\"],\"value\":\"uri\"},\"text\"]]]",
	    "[\"vcard\",[[\"tel\",{\"pref\":\"1\",\"type\":[\"a\",\"b\"],"
	    "\"x-b\":\"true\",\"x-e\":\"\"},\"text\",\"\"]]]");
	becomes("[\"vcalendar\",[]]", "[\"vcalendar\",[],[]]");
}

static void
refused(void **state)
{
	(void)state;
	becomes("{}", "ERROR a component has no proper name");
	becomes("[]", "ERROR a component has no proper name");
	becomes("[\"vevent\",[],[]]", "ERROR neither a vcard nor a vcalendar");
	becomes("[\"vcard\"]", "ERROR vcard: not an array of properties and "
	    "one of components");
	becomes("[\"vcard\",{}]", "ERROR vcard: not an array of properties "
	    "and one of components");
	becomes("[\"vcalendar\",[],[],[]]", "ERROR vcalendar: not an array of "
	    "properties and one of components");
	becomes("[\"vcalendar\",[],[\"vevent\"]]",
	    "ERROR a component has no proper name");
	becomes("[\"vcard\",[\"fn\"]]", "ERROR a property is no array");
	becomes("[\"vcard\",[[]]]", "ERROR a property has no proper name");
	becomes("[\"vcard\",[[\"a\\nb\",{},\"text\",\"\"]]]",
	    "ERROR a property has no proper name");
	becomes("[\"vcard\",[[\"fn\"]]]",
	    "ERROR FN: its parameters are no object");
	becomes("[\"vcard\",[[\"fn\",[\"x\"],\"text\",\"\"]]]",
	    "ERROR FN: its parameters are no object");
	becomes("[\"vcard\",[[\"fn\",{}]]]", "ERROR FN: its type is no name");
	becomes("[\"vcard\",[[\"fn\",{},1,\"x\"]]]",
	    "ERROR FN: its type is no name");
	becomes("[\"vcard\",[[\"fn\",{\"a\":null},\"text\",\"x\"]]]",
	    "ERROR FN: a parameter's value is no text");
	becomes("[\"vcard\",[[\"fn\",{\"a;b\":\"\"},\"text\",\"x\"]]]",
	    "ERROR FN: a parameter has no proper name");
	becomes("[\"vcard\",[[\"fn\",{},\"text\",[\"x\",[null]]]]]",
	    "ERROR FN: null is no value");
	becomes("[\"vcard\",[", "ERROR column 10: not JSON");
}

static void
caps(void **state)
{
	struct ex_buf b = EX_BUF_INIT;
	size_t i, n;

	(void)state;
	for (n = EX_CAP_NESTING; n <= EX_CAP_NESTING + 1; n++) {
		ex_buf_clear(&b);
		for (i = 0; i < n; i++)
			ex_buf_puts(&b, "[\"vcalendar\",[],[");
		for (i = 0; i < n; i++)
			ex_buf_puts(&b, "]]");
		ex_buf_add(&b, "", 1);
		assert_int_equal(n > EX_CAP_NESTING, ex_str_is(again(b.p),
		    "ERROR components nested too deep"));
	}
	ex_buf_clear(&b);
	ex_buf_puts(&b, "[\"vcard\",[[\"fn\",{\"p\":\"\"");
	for (i = 0; i < EX_CAP_PARAMS; i++)
		ex_buf_fmt(&b, ",\"p%zu\":\"\"", i);
	ex_buf_puts(&b, "},\"text\",\"\"]]]");
	ex_buf_add(&b, "", 1);
	is(again(b.p), "ERROR FN: too many parameters");
	ex_buf_clear(&b);
	ex_buf_puts(&b, "[\"vcard\",[[\"fn\",{},\"text\",\"\"]");
	for (i = 0; i < EX_CAP_PROPS; i++)
		ex_buf_puts(&b, ",[\"fn\",{},\"text\",\"\"]");
	ex_buf_puts(&b, "]]");
	ex_buf_add(&b, "", 1);
	is(again(b.p), "ERROR more than 65536 properties");
	ex_buf_fini(&b);
}

/* Stable and not quadratic: the numbers stay in order within one name. */
static void
long_order(void **state)
{
	struct ex_comp *c = ex_comp_new(&arena, EX_STR("vcard"));
	struct ex_item it = { .kind = EX_KIND_CONTACTS, .root = c };
	struct ex_str was[26] = { { NULL, 0 } };
	static const char names[] = "zyxwvutsrqponmlkjihgfedcba";
	size_t i;

	(void)state;
	for (i = 0; i < EX_CAP_PROPS; i++)
		ex_comp_add_prop(&arena, c, ex_prop_new(&arena,
		    (struct ex_str){ &names[i * 7 % 26], 1 }, EX_STR("text"),
		    ex_json_text(&arena, ex_arena_fmt(&arena, "%06zu", i))));
	ex_item_sort(&it, &arena);
	assert_int_equal(c->nprop, EX_CAP_PROPS);
	for (i = 0; i < c->nprop; i++) {
		struct ex_str *w = &was[c->prop[i]->name.p[0] - 'a'];

		if (i > 0)
			assert_true(ex_str_cmp(c->prop[i - 1]->name,
			    c->prop[i]->name) <= 0);
		assert_true(ex_str_cmp(*w, c->prop[i]->value->text) < 0);
		*w = c->prop[i]->value->text;
	}
}

static void
growing(void **state)
{
	size_t i;

	(void)state;
	again("[\"vcard\",[[\"a\",{\"a\":\"\",\"b\":\"\",\"c\":\"\"},\"text\","
	    "\"\"],[\"b\",{},\"text\",\"\"],[\"c\",{},\"text\",\"\"]]]");
	for (i = 0; i < 100; i++) {
		struct ex_str v = EX_STR("v");

		ex_comp_add_prop(&arena, item.root, ex_prop_new(&arena,
		    EX_STR("d"), EX_STR("text"), ex_json_int(&arena, 1)));
		ex_prop_add_param(&arena, item.root->prop[0], EX_STR("p"), &v,
		    1);
		ex_comp_add_comp(&arena, item.root, ex_comp_new(&arena,
		    EX_STR("x")));
	}
	assert_int_equal(item.root->nprop, 103);
	assert_int_equal(item.root->prop[0]->nparam, 103);
	is(item.root->prop[2]->name, "c");
}

static void
other_uid(void **state)
{
	struct ex_item it;

	(void)state;
	again("[\"vcard\",[[\"fn\",{},\"text\",\"F\"],[\"url\",{},\"uri\","
	    "\"x\"]]]");
	it = ex_item_with_uid(&item, EX_STR("u"), &arena);
	is(it.uid, "u");
	is(written(&it), "[\"vcard\",[[\"fn\",{},\"text\",\"F\"],[\"uid\",{},"
	    "\"text\",\"u\"],[\"url\",{},\"uri\",\"x\"]]]");
	is(written(&item), "[\"vcard\",[[\"fn\",{},\"text\",\"F\"],"
	    "[\"url\",{},\"uri\",\"x\"]]]");
	again("[\"vcard\",[[\"uid\",{\"x\":\"1\"},\"uri\",\"urn:a\"]]]");
	it = ex_item_with_uid(&item, EX_STR("urn:b"), &arena);
	is(written(&it),
	    "[\"vcard\",[[\"uid\",{\"x\":\"1\"},\"uri\",\"urn:b\"]]]");
	it = ex_item_with_uid(&item, EX_STR("b"), &arena);
	is(written(&it),
	    "[\"vcard\",[[\"uid\",{\"x\":\"1\"},\"text\",\"b\"]]]");
	it = ex_item_with_uid(&it, EX_STR_NONE, &arena);
	is(written(&it), "[\"vcard\",[]]");
	assert_null(it.uid.p);
	again("[\"vcalendar\",[],[[\"vtimezone\",[],[]],[\"vevent\",[[\"uid\","
	    "{},\"text\",\"a\"]],[]],[\"vevent\",[],[]],[\"x-a\",[],[]]]]");
	it = ex_item_with_uid(&item, EX_STR("b"), &arena);
	is(written(&it), "[\"vcalendar\",[],[[\"vtimezone\",[],[]],"
	    "[\"vevent\",[[\"uid\",{},\"text\",\"b\"]],[]],[\"vevent\","
	    "[[\"uid\",{},\"text\",\"b\"]],[]],[\"x-a\",[],[]]]]");
}

static void
title(void **state)
{
	(void)state;
	again("[\"vcard\",[[\"fn\",{},\"text\",\"F\"]]]");
	is(ex_item_title(&item), "F");
	again("[\"vcard\",[[\"fn\",{},\"text\",\"\"]]]");
	is(ex_item_title(&item), "(no title)");
	again("[\"vcalendar\",[],[[\"vtimezone\",[[\"summary\",{},\"text\","
	    "\"Z\"]],[]],[\"vtodo\",[[\"summary\",{},\"text\",\"S\"]],[]]]]");
	is(ex_item_title(&item), "S");
}

static void
kinds(void **state)
{
	(void)state;
	assert_string_equal(ex_kind_name(EX_KIND_JOURNALS), "journals");
	assert_string_equal(ex_kind_name(EX_KIND_NONE), "none");
	assert_int_equal(ex_kind_of(EX_STR("events")), EX_KIND_EVENTS);
	assert_int_equal(ex_kind_of(EX_STR("event")), EX_KIND_NONE);
	assert_int_equal(ex_kind_of_comp(EX_STR("vcard")), EX_KIND_CONTACTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cards),
		cmocka_unit_test(calendars),
		cmocka_unit_test(order),
		cmocka_unit_test(others_ways),
		cmocka_unit_test(refused),
		cmocka_unit_test(caps),
		cmocka_unit_test(long_order),
		cmocka_unit_test(growing),
		cmocka_unit_test(other_uid),
		cmocka_unit_test(title),
		cmocka_unit_test(kinds),
	};
	int ret;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	ex_arena_free(&arena);
	ex_buf_fini(&buf);
	return ret;
}
