/*
 * line: content lines in and out
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/line.h>

static struct ex_arena arena;

static int
reset(void **state)
{
	(void)state;
	ex_arena_free(&arena);
	return 0;
}

static void
is(struct ex_str got, const char *want)
{
	struct ex_str s = ex_arena_str(&arena, got);

	assert_non_null(s.p);
	assert_string_equal(s.p, want);
}

/* All lines as NUMBER|group.name;param=v1/v2|value, one a line. */
static void
lines(struct ex_str text, const char *want)
{
	struct ex_err err = { 0 };
	struct ex_buf out = EX_BUF_INIT;
	struct ex_lines in;
	struct ex_line l;
	size_t i, j;
	int got;

	ex_lines_init(&in, text, 1);
	while ((got = ex_lines_next(&in, &arena, &l, &err)) == 1) {
		ex_buf_fmt(&out, "%u|", l.number);
		if (l.group.p != NULL)
			ex_buf_fmt(&out, "%.*s.", EX_STR_ARG(l.group));
		ex_buf_str(&out, l.name);
		for (i = 0; i < l.nparam; i++) {
			ex_buf_putc(&out, ';');
			if (l.param[i].name.p != NULL)
				ex_buf_fmt(&out, "%.*s=",
				    EX_STR_ARG(l.param[i].name));
			for (j = 0; j < l.param[i].nvalue; j++) {
				if (j > 0)
					ex_buf_putc(&out, '/');
				ex_buf_str(&out, l.param[i].value[j]);
			}
		}
		ex_buf_putc(&out, '|');
		ex_buf_str(&out, l.value);
		ex_buf_putc(&out, '\n');
	}
	if (got == -1)
		ex_buf_fmt(&out, "error: %s\n", err.msg);
	ex_buf_putc(&out, '\0');
	assert_string_equal(out.p, want);
	ex_buf_fini(&out);
}

static void
line_ends(void **state)
{
	const char *want = "1|a|1\n2|b|2 3\n5|c|\n";

	(void)state;
	lines(EX_STR("A:1\r\nB:2\r\n  3\r\n\r\nC:\r\n"), want);
	lines(EX_STR("A:1\nB:2\n  3\n \t\nC:"), "1|a|1\n2|b|2 3\t\n5|c|\n");
	lines(EX_STR("A:1\rB:2\r  3\r\rC:\r"), want);
	lines(EX_STR("\xef\xbb\xbf" "A:1\r\nB:2\r\n\t 3\r\n\r\nC:"), want);
	lines(EX_STR("A:1\r\r\n 2\r\r\nB:3"), "1|a|12\n5|b|3\n");
	lines(EX_STR(""), "");
	lines(EX_STR("\n\n  \n"), "");
	lines(EX_STR("  A:1\n"), "1|a|1\n");
}

static void
heads(void **state)
{
	(void)state;
	lines(EX_STR("item1.X-ABLabel:_$!<Home>!$_"),
	    "1|item1.x-ablabel|_$!<Home>!$_\n");
	lines(EX_STR("TEL;HOME;VOICE;:1"), "1|tel;HOME;VOICE|1\n");
	lines(EX_STR("TEL;Type=home;TYPE=work , cell:1"),
	    "1|tel;type=home;type=work/cell|1\n");
	lines(EX_STR("T;TYPE=\"a,b:c;d\",e:1:2"), "1|t;type=a,b:c;d/e|1:2\n");
	lines(EX_STR("T;X=^^^n^'^x:1"), "1|t;x=^\n\"^x|1\n");
	lines(EX_STR("T;X=\"a^'b\":1"), "1|t;x=a\"b|1\n");
	lines(EX_STR("T;X=\"ab:c"), "1|t;x=\"ab|c\n");
	lines(EX_STR("T;X=a\"b:c \"d\""), "1|t;x=a\"b|c \"d\"\n");
	lines(EX_STR("T;X=:v"), "1|t;x=|v\n");
	lines(EX_STR("T;\r\n X=\r\n  1;Y=\"2\r\n \r\n 3\":\r\n v"),
	    "1|t;x=1;y=23|v\n");
	lines(EX_STR(".X:foo"), "1|.x|foo\n");
	lines(EX_STR("FN :foo"), "1|fn|foo\n");
	lines(EX_STR("X-GOOGLE TALK;A=b:foo"), "1|x-google talk;a=b|foo\n");
	lines(EX_STR("ADR;LABEL=\"Mr. John Q. Public, Esq.\":a;b"),
	    "1|adr;label=Mr. John Q. Public, Esq.|a;b\n");
}

static void
not_lines(void **state)
{
	(void)state;
	lines(EX_STR("A:1\nfoo\nB:2"), "1|a|1\nerror: line 2: no ':'\n");
	lines(EX_STR("A;X=1"), "error: line 1: no ':'\n");
	lines(EX_STR(":x"), "error: line 1: no property name\n");
	lines(EX_STR("a b:x"), "error: line 1: no property name\n");
	lines(EX_STR("a\001:x"), "error: line 1: no property name\n");
}

static void
quoted_printable(void **state)
{
	struct ex_str s;

	(void)state;
	lines(EX_STR("N;QUOTED-PRINTABLE:a=\r\nb:c=\r\n  d\r\nX:y"),
	    "1|n;QUOTED-PRINTABLE|ab:c  d\n4|x|y\n");
	lines(EX_STR("N;ENCODING=quoted-printable:a=\nb=\n\nX:y"),
	    "1|n;encoding=quoted-printable|ab\n4|x|y\n");
	lines(EX_STR("N;X=\"a:quoted-printable\":a=\nX:y"),
	    "1|n;x=a:quoted-printable|a=\n2|x|y\n");
	lines(EX_STR("N;X=quoted-printable:a=\n b"),
	    "1|n;x=quoted-printable|a=b\n");
	lines(EX_STR("N:a;quoted-printable=\nX:y"),
	    "1|n|a;quoted-printable=\n2|x|y\n");
	ex_line_qp_decode(EX_STR("a=3Db=c3=A4=zz=4"), &arena, &s);
	is(s, "a=b\xc3\xa4=zz=4");
	ex_line_qp_decode(EX_STR("a=20="), &arena, &s);
	is(s, "a ");
}

static void
base64(void **state)
{
	static const char *const good[][2] = {
		{ "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" },
		{ "Zm9v", "foo" }, { "Zm9vYg", "foob" },
		{ " Zm9v\r\n YmFy", "foobar" }
	};
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;
	size_t i;

	(void)state;
	lines(EX_STR("P;BASE64:\r\nab+/\r\ncd==\r\n\r\nX:y"),
	    "1|p;BASE64|ab+/cd==\n5|x|y\n");
	lines(EX_STR("P;ENCODING=b:ab\nX:y"), "1|p;encoding=b|ab\n2|x|y\n");
	lines(EX_STR("P;ENCODING=b:ab\nEND:VCARD"),
	    "1|p;encoding=b|ab\n2|end|VCARD\n");
	lines(EX_STR("P:\nabcd"), "1|p|\nerror: line 2: no ':'\n");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(ex_line_base64_decode(
		    ex_str_of(good[i][0]), &arena, &s), 0);
		is(s, good[i][1]);
	}
	assert_int_equal(ex_line_base64_decode(EX_STR("Zm9vY"), &arena, &s),
	    -1);
	assert_int_equal(ex_line_base64_decode(EX_STR("Z=g="), &arena, &s),
	    -1);
	assert_int_equal(ex_line_base64_decode(EX_STR("Zm9*"), &arena, &s),
	    -1);
	ex_line_base64_encode(&b, EX_STR("\xff\xfe\xfd"));
	ex_line_base64_encode(&b, EX_STR("fo"));
	ex_line_base64_encode(&b, EX_STR("f"));
	is(ex_buf_get(&b), "//79Zm8=Zg==");
	ex_buf_fini(&b);
}

static void
caps(void **state)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_err err = { 0 };
	struct ex_lines in;
	struct ex_line l;
	size_t i;

	(void)state;
	ex_buf_puts(&b, "T");
	for (i = 0; i < EX_CAP_PARAMS + 1; i++)
		ex_buf_puts(&b, ";X=1");
	ex_buf_puts(&b, ":\n");
	lines(ex_buf_get(&b), "error: line 1: more than 100 parameters\n");
	ex_buf_clear(&b);
	ex_buf_puts(&b, "NOTE:");
	while (b.n <= EX_CAP_LINE)
		ex_buf_puts(&b, "0123456789012345678901234567890\n "
		    "0123456789012345678901234567890");
	ex_lines_init(&in, ex_buf_get(&b), 1);
	assert_int_equal(ex_lines_next(&in, &arena, &l, &err), 1);
	while (b.n <= EX_CAP_LINE / 8 * 9)
		ex_buf_puts(&b, "0123456789012345678901234567890\n "
		    "0123456789012345678901234567890");
	ex_lines_init(&in, ex_buf_get(&b), 1);
	assert_int_equal(ex_lines_next(&in, &arena, &l, &err), -1);
	assert_string_equal(err.msg, "line 1: a line of more than 16 MiB");
	ex_buf_fini(&b);
}

/* Components as FIRST-NEXT:bytes, or !message:bytes. */
static void
comps(const char *text, const char *want)
{
	struct ex_err err = { 0 };
	struct ex_buf out = EX_BUF_INIT;
	struct ex_str one;
	unsigned number = 1, first = 0;
	size_t pos = 0;
	int got;

	while ((got = ex_lines_comp(ex_str_of(text), &pos, &number, &one,
	    &first, &err)) != 0)
		if (got == 1)
			ex_buf_fmt(&out, "%u-%u:%zu\n", first, number, one.n);
		else
			ex_buf_fmt(&out, "!%s:%zu\n", err.msg, one.n);
	ex_buf_putc(&out, '\0');
	assert_string_equal(out.p, want);
	ex_buf_fini(&out);
}

static void
components(void **state)
{
	(void)state;
	comps("", "");
	comps("\xef\xbb\xbf\n \nBEGIN:VCARD\nFN:x\nEND:VCARD\n\n\x1a",
	    "3-6:27\n");
	comps("BEGIN:VCARD\r\nEND:VCARD\r\nbegin:vcard \r\nend:VCARD",
	    "1-3:24\n3-5:23\n");
	comps("BEGIN:VCARD\rX:1\rEND:VCARD\rBEGIN:VCARD\rEND:VCARD\r",
	    "1-4:26\n4-6:22\n");
	comps("BEGIN:A\nBEGIN:B\nEND:B\nEND:A\n", "1-5:28\n");
	/* a fold is no END, and one BEGIN's lost END is not another's */
	comps("BEGIN:VCARD\nX:1\n END:VCARD\nEND:VCARD\n", "1-5:37\n");
	comps("BEGIN:VCARD\nX:1\nBEGIN:VCARD\nEND:VCARD\n",
	    "!line 1: BEGIN:VCARD has no END:16\n3-5:22\n");
	comps("BEGIN:VCARD\nX:1\n", "!line 1: BEGIN:VCARD has no END:16\n");
	comps("foo\nbar\nBEGIN:A\nEND:A\nEND:A\n",
	    "!line 1: no BEGIN:8\n3-5:14\n!line 5: no BEGIN:6\n");
	/* vCard 2.1: a card in a card */
	comps("BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD\n",
	    "1-6:51\n");
	comps("BEGIN:VCARD\nAGENT:BEGIN:VCARD\nEND:VCARD\nEND:VCARD\n",
	    "1-5:50\n");
	comps("BEGIN:VCARD\nAGENT:BEGIN:VCARD\n END:VCARD\nEND:VCARD\n",
	    "1-5:51\n");
}

static void
written(const char *raw, const char *want)
{
	struct ex_buf b = EX_BUF_INIT;
	size_t start;

	ex_buf_puts(&b, "before\r\n");
	start = ex_line_start(&b);
	ex_buf_puts(&b, raw);
	ex_line_end(&b, start);
	ex_buf_putc(&b, '\0');
	assert_string_equal(b.p + 8, want);
	ex_buf_fini(&b);
}

#define TEN "1234567890"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

static void
folding(void **state)
{
	(void)state;
	written("A:1", "A:1\r\n");
	written(SEVENTY "12345", SEVENTY "12345\r\n");
	written(SEVENTY "123456", SEVENTY "12345\r\n 6\r\n");
	written(SEVENTY "12345" SEVENTY "12345",
	    SEVENTY "12345\r\n " SEVENTY "1234\r\n 5\r\n");
	written(SEVENTY "123\xe2\x82\xac" "56",
	    SEVENTY "123\r\n \xe2\x82\xac" "56\r\n");
	written(SEVENTY "12\xe2\x82\xac" "56",
	    SEVENTY "12\xe2\x82\xac\r\n 56\r\n");
}

static void
values(void **state)
{
	struct ex_str v[2] = { EX_STR("a,b"), EX_STR("^\"\n") }, *part;
	struct ex_buf b = EX_BUF_INIT, many = EX_BUF_INIT;
	size_t i;

	(void)state;
	is(ex_line_unescape(EX_STR("a\\nb\\Nc\\,\\;\\\\n\\:\\x\\"), &arena),
	    "a\nb\nc,;\\n\\:\\x\\");
	ex_line_escape(&b, EX_STR("a\nb,;\\n\r\nc\rd"));
	is(ex_buf_get(&b), "a\\nb\\,\\;\\\\n\\nc\\nd");
	ex_buf_clear(&b);
	ex_line_param_write(&b, EX_STR("x-foo"), v, 2);
	is(ex_buf_get(&b), ";X-FOO=\"a,b\",^^^'^n");
	ex_buf_fini(&b);
	assert_int_equal(ex_line_split(EX_STR("a;b\\;c;;"), ';', &arena,
	    &part), 4);
	is(part[0], "a");
	is(part[1], "b\\;c");
	is(part[2], "");
	is(part[3], "");
	assert_int_equal(ex_line_split(EX_STR(""), ',', &arena, &part), 1);
	for (i = 0; i < 100; i++)
		ex_buf_fmt(&many, "%s%zu", i > 0 ? "," : "", i);
	for (i = 100; i > 0; i--) {
		struct ex_str s = ex_buf_get(&many);

		assert_int_equal(ex_line_split(s, ',', &arena, &part), i);
		assert_int_equal(ex_str_number(part[i - 1]), i - 1);
		assert_int_equal(ex_str_number(part[0]), 0);
		many.n -= part[i - 1].n + (i > 1);
	}
	ex_buf_fini(&many);
}

static void
raw_lines(void **state)
{
	struct ex_lines in;
	struct ex_line l;
	struct ex_err err = { 0 };
	struct ex_str s;

	(void)state;
	ex_lines_init(&in, EX_STR("FN:x\r\n  y\r\nEND:VCARD\r\nX:1"), 5);
	assert_int_equal(ex_lines_raw(&in, "VCARD", &arena, &s), 0);
	is(s, "FN:x\n  y\nEND:VCARD\n");
	assert_int_equal(ex_lines_next(&in, &arena, &l, &err), 1);
	assert_int_equal(l.number, 8);
	ex_lines_init(&in, EX_STR("FN:x"), 1);
	assert_int_equal(ex_lines_raw(&in, "VCARD", &arena, &s), -1);
}

/* Folding takes no more room than what is folded needs. */
static void
folding_within_cap(void **state)
{
	struct ex_buf b = { .cap = 1000 };
	size_t i, start;

	(void)state;
	start = ex_line_start(&b);
	for (i = 0; i < 949; i++)
		ex_buf_putc(&b, 'x');
	ex_line_end(&b, start);
	assert_false(b.over);
	assert_int_equal(b.n, 949 + 12 * 3 + 2);
	ex_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(line_ends, reset),
		cmocka_unit_test_teardown(heads, reset),
		cmocka_unit_test_teardown(not_lines, reset),
		cmocka_unit_test_teardown(quoted_printable, reset),
		cmocka_unit_test_teardown(base64, reset),
		cmocka_unit_test_teardown(caps, reset),
		cmocka_unit_test_teardown(components, reset),
		cmocka_unit_test_teardown(folding, reset),
		cmocka_unit_test_teardown(folding_within_cap, reset),
		cmocka_unit_test_teardown(values, reset),
		cmocka_unit_test_teardown(raw_lines, reset)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
