/*
 * json.c: what is read comes back as it was written; what cJSON spoils is
 * refused
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/json.h>

static struct ex_arena arena = EX_ARENA_INIT;
static struct ex_buf buf = EX_BUF_INIT;

static struct ex_str
again(struct ex_str text)
{
	struct ex_err err = { 0 };
	struct ex_json *j;

	if (ex_json_parse(text, &arena, &j, &err) == -1)
		return ex_arena_fmt(&arena, "ERROR %s", err.msg);
	ex_buf_clear(&buf);
	ex_json_write(&buf, j);
	return ex_buf_get(&buf);
}

static void
is(struct ex_str got, const char *want)
{
	if (!ex_str_is(got, want))
		fail_msg("got %.*s\nwanted %s", EX_STR_ARG(got), want);
}

static void
same(const char *text)
{
	is(again(ex_str_of(text)), text);
}

static void
becomes(const char *text, const char *want)
{
	is(again(ex_str_of(text)), want);
}

static void
values(void **state)
{
	(void)state;
	same("null");
	same("true");
	same("false");
	same("[]");
	same("{}");
	same("\"\"");
	same("[[],{},[[null]],\"a\",{\"a\":{\"b\":[false,1]}}]");
	same("{\"A\":1,\"a\":2,\"\":3}");
	same("\"Zo\xc3\xab \xf0\x9f\x8e\x82 \x7f/\"");
	becomes(" [ 1 ,\t2\r\n] ", "[1,2]");
}

static void
escapes(void **state)
{
	(void)state;
	same("\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"");
	same("\"0123456789\\n0123456789abcdef\\\\0123456789\"");
	becomes("\"\\/\\u0041\\u00eb\\ud83c\\udf82\\u000A\"",
	    "\"/A\xc3\xab\xf0\x9f\x8e\x82\\n\"");
	becomes("{\"\\u0061\\n\":1}", "{\"a\\n\":1}");
}

static void
numbers(void **state)
{
	(void)state;
	same("[0,-0,0.0,1.50,1e3,1E+03,-1.5e-10,9007199254740993]");
	same("[12345678901234567890123,0.1000000000000000055511151231,1e999]");
	same("{\"1\":2,\"-3\":[4,\"5\",\"\\\"6\",true,7],\"8\":9}");
	becomes("01", "ERROR column 1: not JSON");
	becomes("[1.]", "ERROR column 2: not JSON");
	becomes("[+1]", "ERROR column 2: not JSON");
	becomes("[-]", "ERROR column 2: not JSON");
	becomes("[.5]", "ERROR column 2: not JSON");
	becomes("1e", "ERROR column 1: not JSON");
	becomes("NaN", "ERROR column 1: not JSON");
}

static void
refused(void **state)
{
	(void)state;
	becomes("", "ERROR column 1: no value");
	becomes(" ", "ERROR column 1: not JSON");
	becomes("[1,]", "ERROR column 4: not JSON");
	becomes("{\"a\"}", "ERROR column 5: not JSON");
	becomes("[1 2]", "ERROR column 4: not JSON");
	becomes("[", "ERROR column 1: not JSON");
	becomes("]", "ERROR column 1: not JSON");
	becomes("nul", "ERROR column 1: not JSON");
	becomes("truex", "ERROR column 5: something behind the value");
	becomes("[] []", "ERROR column 4: something behind the value");
	becomes("\xef\xbb\xbf[]", "ERROR column 1: not JSON");
	becomes("[\x01]", "ERROR column 2: not JSON");
	becomes("\"a", "ERROR column 1: the string does not end");
	becomes("\"a\\", "ERROR column 3: the string does not end");
	becomes("\"a\nb\"", "ERROR column 3: a control byte in a string");
	becomes("\"\\u0000\"", "ERROR column 2: a NUL in a string");
	becomes("\"\\u00zz\"", "ERROR column 2: \\u without four digits");
	becomes("\"\\u12\"", "ERROR column 2: \\u without four digits");
	assert_true(ex_str_starts(again(EX_STR("\"\\ud800\"")), "ERROR"));
	assert_true(ex_str_starts(again(EX_STR("\"\\ude00a\"")), "ERROR"));
	assert_true(ex_str_starts(again(EX_STR("\"\\x\"")), "ERROR"));
	is(again(EX_STR("\"a\0b\"")), "ERROR column 3: a NUL");
	is(again(EX_STR("[]\0")), "ERROR column 3: a NUL");
}

static void
not_utf8(void **state)
{
	(void)state;
	becomes("\"\xff\"", "ERROR column 2: not UTF-8");
	becomes("\"12345678\xc3\"", "ERROR column 10: not UTF-8");
	becomes("\"\xc0\xaf\"", "ERROR column 2: not UTF-8");
	becomes("\"\xed\xa0\x80\"", "ERROR column 2: not UTF-8");
	becomes("\"\xf4\x90\x80\x80\"", "ERROR column 2: not UTF-8");
	becomes("\"\xe0\x80\x80\"", "ERROR column 2: not UTF-8");
	becomes("\"\xf0\x80\x80\x80\"", "ERROR column 2: not UTF-8");
	assert_true(ex_json_utf8(EX_STR("")));
	assert_true(ex_json_utf8(EX_STR("\xf4\x8f\xbf\xbf\xed\x9f\xbf")));
	assert_false(ex_json_utf8(EX_STR("12345\0" "78")));
	assert_false(ex_json_utf8(EX_STR("1234567\xe2\x82")));
}

static void
doubled(void **state)
{
	size_t i;

	(void)state;
	becomes("[{\"a\":1,\"b\":2,\"\\u0061\":3}]",
	    "ERROR the key \"a\" stands twice in one object");
	ex_buf_clear(&buf);
	ex_buf_putc(&buf, '{');
	for (i = 0; i < 40000; i++)
		ex_buf_fmt(&buf, "\"k%zu\":1,", (i * 7919) % 40000);
	ex_buf_puts(&buf, "\"k12345\":2}");
	is(again(ex_arena_str(&arena, ex_buf_get(&buf))),
	    "ERROR the key \"k12345\" stands twice in one object");
}

static void
depth(void **state)
{
	size_t n;

	(void)state;
	for (n = EX_CAP_JSON_DEPTH; n <= EX_CAP_JSON_DEPTH + 1; n++) {
		char *p = ex_arena_bytes(&arena, 2 * n);

		memset(p, '[', n);
		memset(p + n, ']', n);
		assert_int_equal(n > EX_CAP_JSON_DEPTH, ex_str_is(
		    again((struct ex_str){ p, 2 * n }),
		    "ERROR column 201: nested too deep"));
	}
}

static void
asking(void **state)
{
	struct ex_err err = { 0 };
	struct ex_json *j, *o;

	(void)state;
	assert_int_equal(ex_json_parse(EX_STR("{\"s\":\"x\",\"n\":-12,"
	    "\"f\":1.5,\"t\":true,\"no\":false,\"a\":[1]}"), &arena, &j,
	    &err), 0);
	is(ex_json_get_str(j, "s"), "x");
	assert_null(ex_json_get_str(j, "n").p);
	assert_null(ex_json_get_str(j, "S").p);
	assert_int_equal(ex_json_get_int(j, "n", 5), -12);
	assert_int_equal(ex_json_get_int(j, "f", 5), 5);
	assert_int_equal(ex_json_get_int(j, "s", 5), 5);
	assert_int_equal(ex_json_get_int(j, "zz", 5), 5);
	assert_true(ex_json_get_true(j, "t"));
	assert_false(ex_json_get_true(j, "no"));
	assert_null(ex_json_get(ex_json_get(j, "a"), "s"));
	assert_null(ex_json_get(NULL, "s"));

	o = ex_json_new(&arena, EX_JSON_OBJECT);
	ex_json_put(o, "i", ex_json_int(&arena, -7));
	ex_json_put(o, "t", ex_json_text(&arena, EX_STR("q\"")));
	ex_buf_clear(&buf);
	ex_json_write(&buf, o);
	is(ex_buf_get(&buf), "{\"i\":-7,\"t\":\"q\\\"\"}");
}

static bool
eq(const char *x, const char *y)
{
	struct ex_err err = { 0 };
	struct ex_json *a, *b;

	assert_int_equal(ex_json_parse(ex_str_of(x), &arena, &a, &err), 0);
	assert_int_equal(ex_json_parse(ex_str_of(y), &arena, &b, &err), 0);
	return ex_json_eq(a, b);
}

static void
equal(void **state)
{
	(void)state;
	assert_true(eq("[1,{\"a\":null}]", " [1, {\"a\": null}]"));
	assert_false(eq("[1]", "[1,2]"));
	assert_false(eq("[1,2]", "[1]"));
	assert_false(eq("1", "\"1\""));
	assert_false(eq("{\"a\":1}", "{\"b\":1}"));
	assert_false(eq("[\"a\"]", "[\"b\"]"));
	assert_true(ex_json_eq(NULL, NULL));
}

/* The escape scan looks at eight bytes at a time: every byte everywhere. */
static void
every_byte(void **state)
{
	char p[24];
	size_t at, n;
	unsigned c;

	(void)state;
	for (n = 1; n <= sizeof(p); n++)
		for (at = 0; at < n; at++)
			for (c = 1; c < 128; c++) {
				struct ex_str s = { p, n }, out;
				struct ex_json *j;
				struct ex_err err = { 0 };

				memset(p, 'x', sizeof(p));
				p[at] = (char)c;
				ex_buf_clear(&buf);
				ex_json_string(&buf, s);
				out = ex_buf_get(&buf);
				assert_int_equal(ex_json_parse(out, &arena,
				    &j, &err), 0);
				assert_true(ex_str_eq(j->text, s));
				ex_arena_reset(&arena);
			}
}

/*
 * A blank in front makes it go the other way (jsonquick.c): the same tree,
 * or both refuse.
 */
static bool
both_ways(const char *p, size_t n)
{
	struct ex_err err = { 0 };
	struct ex_json *quick, *slow;
	bool good;

	good = ex_json_parse((struct ex_str){ p + 1, n - 1 }, &arena, &quick,
	    &err) == 0;
	assert_int_equal(ex_json_parse((struct ex_str){ p, n }, &arena, &slow,
	    &err), good ? 0 : -1);
	if (good && !ex_json_eq(quick, slow))
		fail_msg("read in two ways: %.*s", (int)n, p);
	return good;
}

/* One byte of it made another, put in or left out. */
static size_t
spoil(char *p, size_t n)
{
	static const char some[] = "[]{},:\"\\/bfnrtu0019-.eE+ \t\x01\x7f\xc3"
	    "\xab" "atrueflsn";
	size_t at = 1 + (size_t)rand() % (n - 1);
	char c = some[(size_t)rand() % (sizeof(some) - 1)];

	switch (rand() % 3) {
	case 0:
		memmove(p + at + 1, p + at, n - at);
		p[at] = c;
		return n + 1;
	case 1:
		memmove(p + at, p + at + 1, n - at - 1);
		return n - 1;
	default:
		p[at] = c;
		return n;
	}
}

static void
two_ways(void **state)
{
	static const char *const text[] = {
		" {\"rec\":\"plan\",\"uid\":\"a\\\"b\",\"left\":false,"
		    "\"n\":-1.5e3,"
		    "\"o\":{\"a\":1,\"b\":true,\"c\":null}}",
		" [\"vcard\",[[\"fn\",{},\"text\","
		    "\"Zo\xc3\xab\\n\\\\\\t\\/\"],[\"n\","
		    "{\"a\":[\"\",\"x\"]},\"text\",[\"\",\"\\b\\f\\r\"]]]]",
		" \"\\u00ebx\\u0001\"", " [0,-0,10,[],{},\"\",[[[{}]]]]"
	};
	char p[256];
	size_t i, n, k, good = 0;

	(void)state;
	srand(11);
	for (i = 0; i < 200000; i++) {
		n = strlen(text[i % 4]);
		memcpy(p, text[i % 4], n);
		for (k = i / 4 % 4; k > 0; k--)
			n = spoil(p, n);
		if (n > 1)
			good += both_ways(p, n);
		ex_arena_reset(&arena);
	}
	assert_in_range(good, 60000, 199999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(escapes),
		cmocka_unit_test(numbers),
		cmocka_unit_test(refused),
		cmocka_unit_test(not_utf8),
		cmocka_unit_test(doubled),
		cmocka_unit_test(depth),
		cmocka_unit_test(asking),
		cmocka_unit_test(equal),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(two_ways),
	};
	int ret;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	ex_arena_free(&arena);
	ex_buf_fini(&buf);
	return ret;
}
