/*
 * httphead.c: how long a server wants to be left alone
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ex/err.h>
#include <ex/http.h>

static void
pauses(void **state)
{
	static const struct {
		const char *value;
		long ms;
	} row[] = {
		{ "0", 0 }, { "1", 1000 }, { "120", 120000 },
		/* microsoft-graph-docs, throttling: "Retry-After: 2.128" */
		{ "2.128", 2128 }, { "0.128", 128 }, { "1.5", 1500 },
		{ "0.05", 50 }, { "1.0005", 1000 }, { "1.", 1000 },
		{ "", -1 }, { ".5", -1 }, { "1.2.3", -1 }, { "-1", -1 },
		{ "1s", -1 }, { "soon", -1 },
		/* RFC 9110, 5.6.7: all three forms; what is past is now. */
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 0 },
		{ "Sun Nov  6 08:49:37 1994", 0 },
		/* Far away is too far. */
		{ "Fri, 31 Dec 2100 23:59:59 GMT", 1000000000 },
		{ "Sun, 36 Nov 1994 08:49:37 GMT", -1 }
	};
	struct ex_http_conf conf = { .url = EX_STR("http://127.0.0.1:1/"),
	    .place = EX_STR("x") };
	struct ex_http *h;
	struct ex_err err;
	size_t i;

	(void)state;
	assert_int_equal(ex_http_open(&conf, &h, &err), 0);
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_int_equal(ex_http_pause(h, ex_str_of(row[i].value)),
		    row[i].ms);
	ex_http_close(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
