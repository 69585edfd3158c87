/*
 * plan: lines are read as they are, or refused; names of creates
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/err.h>
#include <ex/hash.h>
#include <ex/json.h>
#include <ex/plan.h>

static struct ex_arena arena;
static struct ex_plan_line line;
static struct ex_err err;

static int
get(const char *text)
{
	struct ex_json *j;

	if (ex_json_parse(ex_str_of(text), &arena, &j, &err) == -1)
		fail_msg("%s", err.msg);
	return ex_plan_read(j, &arena, &line, &err);
}

static void
is(struct ex_str s, const char *want)
{
	if (!ex_str_is(s, want))
		fail_msg("%.*s, not %s", EX_STR_ARG(s), want);
}

#define LINE(left, master, seen, ops) "{\"rec\":\"plan\",\"uid\":\"u\"," \
	"\"kind\":\"contacts\",\"left\":" left ",\"master\":" master "," \
	"\"seen\":" seen ",\"ops\":" ops ",\"conflicts\":[]}"

static void
test_read(void **state)
{
	(void)state;
	assert_int_equal(get(LINE("false", "[\"vcard\",[]]",
	    "{\"alice\":{\"id\":\"1\",\"rev\":\"2\",\"base\":[1]},"
	    "\"bob\":null,\"carol\":{}}",
	    "[{\"op\":\"update\",\"folder\":\"bob\",\"id\":\"9\"},"
	    "{\"op\":\"create\",\"folder\":\"dora\",\"name\":\"n\"}]")), 0);
	is(line.uid, "u");
	assert_int_equal(line.kind, EX_KIND_CONTACTS);
	assert_non_null(line.master);
	assert_null(line.conflicts);
	assert_int_equal(line.nseen, 3);
	is(line.seen[0].rev, "2");
	assert_non_null(line.seen[0].base);
	assert_null(line.seen[0].shadow);
	assert_true(line.seen[1].gone);
	assert_false(line.seen[2].gone);
	assert_null(line.seen[2].id.p);
	assert_int_equal(line.nop, 2);
	assert_int_equal(line.op[0].op, EX_WRITE_UPDATE);
	assert_null(line.op[0].rev.p);
	is(line.op[1].name, "n");

	assert_int_equal(get(LINE("true", "null",
	    "{\"alice\":{\"id\":\"1\",\"now\":null},"
	    "\"bob\":{\"id\":\"2\",\"now\":[]}}", "[]")), 0);
	assert_true(line.left);
	assert_int_equal(line.seen[0].now->type, EX_JSON_NULL);
}

static void
refused(const char *text, const char *why)
{
	assert_int_equal(get(text), -1);
	assert_int_equal(err.code, EX_ERR_INPUT);
	if (strstr(err.msg, why) == NULL)
		fail_msg("%s, not %s", err.msg, why);
}

static void
test_refused(void **state)
{
	(void)state;
	refused("{}", "no uid");
	refused("{\"uid\":7}", "uid: not a string");
	refused("{\"uid\":\"u\"}", "uid u: no kind");
	refused("{\"uid\":\"u\",\"kind\":\"contacts\"}", "no master");
	refused(LINE("false", "7", "{}", "[]"), "no master");
	refused(LINE("false", "null", "[]", "[]"), "seen: not an object");
	refused(LINE("false", "null", "{\"a\":7}", "[]"),
	    "seen: a: not an object");
	refused(LINE("false", "[]", "{\"a\":{\"base\":7}}", "[]"),
	    "seen: a: base: not an item");
	refused(LINE("true", "null", "{\"a\":{\"now\":7}}", "[]"),
	    "seen: a: now: not an item");
	refused(LINE("false", "null", "{}", "{}"), "ops: not an array");
	refused(LINE("false", "null", "{}", "[{\"op\":\"erase\"}]"),
	    "ops: no such op");
	refused(LINE("false", "null", "{}", "[{\"op\":\"delete\"}]"),
	    "ops: delete: no folder");
	refused(LINE("false", "null", "{}",
	    "[{\"op\":\"delete\",\"folder\":\"a\"}]"), "ops: delete: no id");
	refused(LINE("false", "[]", "{}",
	    "[{\"op\":\"create\",\"folder\":\"a\",\"id\":\"1\"}]"),
	    "ops: create: no name");
	refused(LINE("false", "[]", "{}",
	    "[{\"op\":\"delete\",\"folder\":\"a\",\"id\":\"1\"}]"),
	    "ops: delete with a master");
	refused(LINE("false", "null", "{}",
	    "[{\"op\":\"update\",\"folder\":\"a\",\"id\":\"1\"}]"),
	    "ops: update without a master");
	refused(LINE("false", "null", "{}",
	    "[{\"op\":\"delete\",\"folder\":\"a\",\"id\":\"1\"},"
	    "{\"op\":\"delete\",\"folder\":\"a\",\"id\":\"2\"}]"),
	    "ops: two for folder a");
	refused(LINE("true", "null", "{}",
	    "[{\"op\":\"delete\",\"folder\":\"a\",\"id\":\"1\"}]"),
	    "left");
}

static void
test_name(void **state)
{
	struct ex_hash *h = ex_hash_new();
	char uid[300];
	struct ex_str a, b;

	(void)state;
	a = ex_plan_name(h, &arena, EX_STR("r"), 1, EX_STR("f"),
	    EX_STR("../a\nb c\0d"));
	assert_int_equal(a.n, 10 + 1 + 16);
	assert_memory_equal(a.p, "_._a_b_c_d-", 11);
	b = ex_plan_name(h, &arena, EX_STR("r"), 2, EX_STR("f"),
	    EX_STR("../a\nb c\0d"));
	assert_memory_not_equal(a.p, b.p, a.n);
	b = ex_plan_name(h, &arena, EX_STR("r"), 1, EX_STR("g"),
	    EX_STR("../a\nb c\0d"));
	assert_memory_not_equal(a.p, b.p, a.n);
	b = ex_plan_name(h, &arena, EX_STR("q"), 1, EX_STR("f"),
	    EX_STR("../a\nb c\0d"));
	assert_memory_not_equal(a.p, b.p, a.n);
	memset(uid, 'x', sizeof(uid));
	a = ex_plan_name(h, &arena, EX_STR("r"), 1, EX_STR("f"),
	    (struct ex_str){ uid, sizeof(uid) });
	assert_int_equal(a.n, 100 + 1 + 16);
	b = ex_plan_name(h, &arena, EX_STR("r"), 1, EX_STR("f"),
	    (struct ex_str){ uid, sizeof(uid) - 1 });
	assert_memory_not_equal(a.p, b.p, a.n);
	ex_hash_free(h);
}

static int
teardown(void **state)
{
	(void)state;
	ex_arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_read, teardown),
		cmocka_unit_test_teardown(test_refused, teardown),
		cmocka_unit_test_teardown(test_name, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
