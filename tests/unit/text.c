/*
 * text.c: NFC, case, text for terminals
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/text.h>

static struct ex_arena arena = EX_ARENA_INIT;

static void
is(struct ex_str got, const char *want)
{
	if (!ex_str_is(got, want))
		fail_msg("got %.*s\nwanted %s", EX_STR_ARG(got), want);
}

static void
nfc(const char *from, const char *want)
{
	is(ex_text_nfc(ex_str_of(from), &arena), want);
}

/* What is NFC comes back as it is, not as a copy. */
static void
stays(const char *text)
{
	struct ex_str s = ex_str_of(text);

	assert_ptr_equal(ex_text_nfc(s, &arena).p, s.p);
	is(ex_text_nfc(s, &arena), text);
}

static void
test_nfc(void **state)
{
	(void)state;
	stays("");
	stays("plain ASCII");
	stays("M\xc3\xbcller, \xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd");
	stays("\xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x8e\x82");
	/* u + combining diaeresis; o + horn + dot below, reordered */
	nfc("Mu\xcc\x88ller", "M\xc3\xbcller");
	nfc("o\xcc\xa3\xcc\x9b", "\xe1\xbb\xa3");
	/* Kelvin sign, Angstrom sign, Greek question mark: singletons */
	nfc("\xe2\x84\xaa\xe2\x84\xab\xcd\xbe", "K\xc3\x85;");
	/* ga of ka and a voiced mark; Hangul of its letters */
	nfc("\xe3\x81\x8b\xe3\x82\x99", "\xe3\x81\x8c");
	nfc("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c");
	nfc("\xed\x95\x98\xe1\x86\xab", "\xed\x95\x9c");
	/* not UTF-8: untouched */
	stays("a\xff\xcc\x88");
	stays("\xc3");
}

static void
test_lower(void **state)
{
	struct ex_str s = EX_STR("already lower 1 \xc3\x84");

	(void)state;
	assert_ptr_equal(ex_text_lower(s, &arena).p, s.p);
	is(ex_text_lower(EX_STR("MiXeD[@Z`"), &arena), "mixed[@z`");
	is(ex_text_lower(EX_STR(""), &arena), "");
}

static void
printed(struct ex_str from, size_t max, const char *want)
{
	is(ex_text_print(from, max, &arena), want);
}

static void
test_print(void **state)
{
	(void)state;
	printed(EX_STR("plain"), 80, "plain");
	printed(EX_STR("\x1b[31mred\nline\x7f"), 80, "?[31mred?line?");
	printed(EX_STR("a\0b"), 80, "a?b");
	printed(EX_STR("\xc2\x9b""31m"), 80, "?31m");
	printed(EX_STR("\xe2\x80\xae""abc\xe2\x81\xa6"), 80, "?abc?");
	printed(EX_STR("\xe2\x80\xa8"), 80, "?");
	printed(EX_STR("\xff\xc3z\xed\xa0\x80"), 80, "??z???");
	printed(EX_STR("\xc3\xa4\xc3\xb6\xc3\xbc"), 5, "\xc3\xa4\xc3\xb6");
	printed(EX_STR("abcdef"), 3, "abc");
	printed(EX_STR("\n\n\n"), 2, "??");
	printed(EX_STR(""), 80, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nfc),
		cmocka_unit_test(test_lower),
		cmocka_unit_test(test_print)
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ex_arena_free(&arena);
	return failed;
}
