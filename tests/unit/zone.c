/*
 * zone: what time zone names mean, and their VTIMEZONEs
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/zone.h>

static struct ex_arena arena;

static void
is(const char *tzid, const char *want)
{
	struct ex_str got = ex_zone_iana(ex_str_of(tzid));

	if (want == NULL ? got.p != NULL : !ex_str_is(got, want))
		fail_msg("%s is %.*s", tzid, got.p == NULL ? 4 : (int)got.n,
		    got.p == NULL ? "none" : got.p);
}

static void
same(const char *a, const char *b)
{
	struct ex_str x = ex_zone_iana(ex_str_of(a));

	assert_non_null(x.p);
	is(b, ex_arena_str(&arena, x).p);
}

static void
names(void **state)
{
	(void)state;
	is("Europe/Berlin", "Europe/Berlin");
	is("UTC", "UTC");
	is("Etc/GMT", "UTC");
	is("Zulu", "UTC");
	same("Europe/Kiev", "Europe/Kyiv");
	same("America_New_York", "America/New_York");
	same("Asia/Calcutta", "Asia/Kolkata");
	same("US/Eastern", "America/New_York");
	is("W. Europe Standard Time", "Europe/Berlin");
	is("Pacific Standard Time", "America/Los_Angeles");
	is("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin");
	is("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin",
	    "Europe/Berlin");
	is("/softwarestudio.org/Olson_20011030_5/America/New_York",
	    "America/New_York");
	is("/citadel.org/20190914_1/America/Argentina/Buenos_Aires",
	    "America/Buenos_Aires");
	is("/mozilla.org/20050126_1/UTC", "UTC");
	is("", NULL);
	is("/", NULL);
	is("Mine", NULL);
	is("Customized Time Zone", NULL);
	is("../../../etc/passwd", NULL);
	is("Europe/../Europe/Berlin", NULL);
	is("Europe", NULL);
	is("Europe/Berlin/", NULL);
	is("tzdata.zi", NULL);
	is("Factory", NULL);
}

/*
 * What real events without a VTIMEZONE have (../shared/material/corpus).
 * Those that are none could be several zones, or are somebody's invention:
 * an offset without the dates when the clock is changed, a name in one of
 * many languages, a list of towns that no version of Windows has.
 */
static void
found_alone(void **state)
{
	(void)state;
	is("/Europe/Stockholm", "Europe/Stockholm");
	is("/America/New_York", "America/New_York");
	is("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York");
	is("(UTC-05:00) Eastern Time (US and Canada)", "America/New_York");
	is("(GMT+10:00) Canberra, Melbourne, Sydney", "Australia/Sydney");
	is("(GMT +01:00)", NULL);
	is("GMT-05.00/-04.00", NULL);
	is("Mitteleurop\xc3\xa4ische Zeit", NULL);
	is("Western/Central Europe", NULL);
	is("Amsterdam, Belgrade, Berlin, Brussels, Budapest, Madrid, Paris, "
	    "Prague, Stockholm", NULL);
	is("Europe/Germany", NULL);
	is("tzone://Microsoft/Custom", NULL);
	is("Customized Time Zone 1", NULL);
	is("CUSTOM_tzid", NULL);
	is("LOLOLOL", NULL);
	is("FOO", NULL);
	is("foo", NULL);
	is("1", NULL);
}

static void
shown(void **state)
{
	(void)state;
	is("(UTC) Coordinated Universal Time", "UTC");
	is("(GMT) Coordinated Universal Time", "UTC");
	is("(UTC-05:00) Turks and Caicos", "America/Grand_Turk");
	same("(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi",
	    "Asia/Kolkata");
	/* no other offset, nothing less and nothing more */
	is("(UTC+01:00) Eastern Time (US & Canada)", NULL);
	is("(UTX-05:00) Eastern Time (US & Canada)", NULL);
	is("Eastern Time (US & Canada)", NULL);
	is("(UTC-05:00) Eastern Time (US & Canada", NULL);
	is("(UTC-05:00) Eastern Time (US & Canada) ", NULL);
	is("(UTC-05:00) Eastern Time (US an", NULL);
	is("(UTC-05:00) Turks & Caicos", NULL);
	is("(GMT", NULL);
	is("(UTC-05:00)", NULL);
	assert_false(ex_zone_plain(EX_STR("(UTC-05:00) Eastern Time "
	    "(US & Canada)")));
	assert_false(ex_zone_plain(EX_STR("/Europe/Stockholm")));
}

/* The value of an attribute of the element at p. */
static char *
attribute(const char *p, const char *name, char out[128])
{
	const char *end = strchr(p, '>');
	char *amp;

	p = strstr(p, name);
	assert_true(p != NULL && p < end);
	assert_int_equal(sscanf(p + strlen(name), "\"%127[^\"]", out), 1);
	if ((amp = strstr(out, "&amp;")) != NULL)
		memmove(amp + 1, amp + 5, strlen(amp + 5) + 1);
	return out;
}

/* All that an Exchange server shows, but what ICU or the table leaves out. */
static void
recorded(void **state)
{
	static const char path[] = "../shared/material/ews/responses/recorded/"
	    "APITest.testGetServerTimezones.00.GetServerTimeZonesResponse.xml";
	static char text[1 << 20];
	char name[128], id[128];
	struct ex_str zone;
	const char *p;
	size_t n = 0;
	FILE *f = fopen(path, "r");

	(void)state;
	if (f == NULL) {
		print_message("# skip: no %s\n", path);
		return;	/* cmocka's skip() is "not ok" */
	}
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	for (p = text; (p = strstr(p, "<t:TimeZoneDefinition ")) != NULL;
	    p++) {
		attribute(p, " Name=", name);
		attribute(p, " Id=", id);
		zone = ex_zone_iana(ex_str_of(id));
		if (zone.p == NULL || strstr(name, " - Old") != NULL)
			continue;
		is(name, ex_arena_str(&arena, zone).p);
		n++;
	}
	if (n < 130)
		fail_msg("only %zu", n);
}

static void
plain(void **state)
{
	(void)state;
	assert_true(ex_zone_plain(EX_STR("Europe/Berlin")));
	assert_true(ex_zone_plain(EX_STR("Europe/Kyiv")));
	assert_true(ex_zone_plain(EX_STR("US/Eastern")));
	assert_true(ex_zone_plain(EX_STR("UTC")));
	assert_false(ex_zone_plain(EX_STR("W. Europe Standard Time")));
	assert_false(ex_zone_plain(EX_STR("/x/y/Europe/Berlin")));
	assert_false(ex_zone_plain(EX_STR("Mine")));
}

/* A calendar with that zone is one that our own reader takes. */
static void
written(const char *tzid, bool known)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_item item = { 0 };
	struct ex_err err = { 0 };
	struct ex_str line = ex_arena_fmt(&arena, "\r\nTZID:%s\r\n", tzid);

	ex_buf_puts(&b, "BEGIN:VCALENDAR\r\n");
	assert_int_equal(ex_zone_write(&b, ex_str_of(tzid), &arena), known);
	ex_buf_puts(&b, "BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n"
	    "END:VCALENDAR\r\n");
	ex_buf_putc(&b, '\0');
	if (known) {
		assert_non_null(strstr(b.p, line.p));
		assert_null(strstr(b.p, "X-LIC"));
		assert_null(strstr(b.p, "freeassociation"));
	}
	b.n--;
	if (ex_ical_decode(ex_buf_get(&b), 1, &arena, &item, &err) == -1)
		fail_msg("%s", err.msg);
	ex_buf_fini(&b);
}

static void
write_zones(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {	/* the second out of the table */
		written("Europe/Berlin", true);
		written("America/Argentina/Buenos_Aires", true);
		written("W. Europe Standard Time", true);
		written("/softwarestudio.org/Olson_20011030_5/Asia/Tokyo",
		    true);
		written("Etc/UTC", true);
		written("Mine", false);
	}
}

/* More names than are remembered are still answered. */
static void
many(void **state)
{
	char name[64];
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "Nowhere/Else%d", i);
		is(name, NULL);
	}
	is("Europe/Vaduz", ex_arena_str(&arena,
	    ex_zone_iana(EX_STR("Europe/Vaduz"))).p);
	is("/a/b/Asia/Tokyo", "Asia/Tokyo");
	written("Europe/Lisbon", true);
	written("Africa/Cairo", true);
}

static void *
ask(void *arg)
{
	static const char *const tzid[] = {
		"Europe/Paris", "Asia/Kolkata", "Tokyo Standard Time", "No"
	};
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_buf b = EX_BUF_INIT;
	size_t i, known = 0;

	for (i = 0; i < 400; i++) {
		ex_buf_clear(&b);
		known += ex_zone_write(&b, ex_str_of(tzid[i % 4]), &a);
	}
	*(size_t *)arg = known;
	ex_buf_fini(&b);
	ex_arena_free(&a);
	return NULL;
}

static void
threads(void **state)
{
	pthread_t t[4];
	size_t known[4], i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, ask, &known[i]),
		    0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(t[i], NULL), 0);
		assert_int_equal(known[i], 300);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(found_alone),
		cmocka_unit_test(shown),
		cmocka_unit_test(recorded),
		cmocka_unit_test(plain),
		cmocka_unit_test(threads),
		cmocka_unit_test(write_zones),
		cmocka_unit_test(many),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ex_arena_free(&arena);
	return failed;
}
