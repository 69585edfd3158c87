/*
 * scan.c: blocks of bytes against one byte after the other
 *
 * scanwords.c is the same without SSE2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/scan.h>

#define MOST	100

/* Bytes of which many are such as are looked for. */
static char
any_byte(void)
{
	static const char odd[] = "\r\n\"\\\x1f\x20\x7f\x80\xff,;:^]]AZaz09-_@[`{/";
	unsigned r = (unsigned)rand();

	return r % 9 == 0 ? odd[r / 9 % sizeof(odd)] :
	    "bcdefghijklmnopq"[r % 16];
}

/* At the end of an allocation, so that a sanitizer sees one byte too many. */
static void
each(void (*test)(const char *p, size_t n))
{
	size_t i, n, round;
	char *p;

	srand(7);
	for (round = 0; round < 400; round++)
		for (n = 0; n <= MOST; n++) {
			p = malloc(n + 1);
			assert_non_null(p);
			for (i = 0; i < n; i++)
				p[1 + i] = round % 4 == 0 && i + 1 < n ? 'x' :
				    any_byte();
			test(p + 1, n);
			free(p);
		}
}

static size_t
slowly(const char *p, size_t n, enum ex_scan what)
{
	size_t i;

	for (i = 0; i < n && !ex_scan_hit((unsigned char)p[i], what); i++)
		continue;
	return i;
}

static void
one(const char *p, size_t n, enum ex_scan what, size_t found, bool none,
    size_t copied, const char *copy)
{
	size_t want = slowly(p, n, what);

	assert_int_equal(found, want);
	assert_int_equal(none, want == n);
	assert_int_equal(copied, want);
	assert_memory_equal(copy, p, want);
}

#define EACH_KIND(what)	do {						\
	char copy[MOST + 1];						\
	size_t copied;							\
									\
	memset(copy, '#', sizeof(copy));				\
	copied = ex_scan_copy(copy, p, n, (what));			\
	assert_int_equal(copy[n], '#');					\
	one(p, n, (what), ex_scan(p, n, (what)),			\
	    ex_scan_none(p, n, (what)), copied, copy);			\
} while (0)

static void
all_kinds(const char *p, size_t n)
{
	EACH_KIND(EX_SCAN_EOL);
	EACH_KIND(EX_SCAN_JSON);
	EACH_KIND(EX_SCAN_WIDE);
	EACH_KIND(EX_SCAN_ODD);
	EACH_KIND(EX_SCAN_PARAM);
}

static void
kinds(void **state)
{
	(void)state;
	each(all_kinds);
	/* What the byte by byte test itself must say. */
	assert_true(ex_scan_hit('\r', EX_SCAN_EOL));
	assert_false(ex_scan_hit('"', EX_SCAN_EOL));
	assert_true(ex_scan_hit('"', EX_SCAN_JSON));
	assert_true(ex_scan_hit(0x1f, EX_SCAN_JSON));
	assert_false(ex_scan_hit(0x80, EX_SCAN_JSON));
	assert_true(ex_scan_hit(0x80, EX_SCAN_ODD));
	assert_true(ex_scan_hit(0, EX_SCAN_WIDE));
	assert_false(ex_scan_hit(0x7f, EX_SCAN_WIDE));
	assert_true(ex_scan_hit('^', EX_SCAN_PARAM));
	assert_true(ex_scan_hit(';', EX_SCAN_PARAM));
	assert_true(ex_scan_hit(':', EX_SCAN_PARAM));
}

static void
twice_in(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && (i + 1 == n || p[i] != ']' || p[i + 1] != ']');
	    i++)
		continue;
	assert_int_equal(ex_scan_twice(p, n, ']'), i);
}

static void
twice(void **state)
{
	(void)state;
	each(twice_in);
}

static void
name_in(const char *p, size_t n)
{
	static const char good[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	char low[EX_SCAN_NAME];
	size_t i, got = ex_scan_name(p, n, low);

	for (i = 0; i < n && i < EX_SCAN_NAME && p[i] != '\0' &&
	    strchr(good, p[i]) != NULL; i++)
		assert_int_equal(low[i], p[i] >= 'A' && p[i] <= 'Z' ?
		    p[i] - 'A' + 'a' : p[i]);
	assert_int_equal(got, i);
}

static void
name(void **state)
{
	(void)state;
	each(name_in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds), cmocka_unit_test(twice),
		cmocka_unit_test(name)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
