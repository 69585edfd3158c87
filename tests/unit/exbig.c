/*
 * exmap*.c, exchangezone.c: items with very many of something
 *
 * With each looked for among all, one of these takes seconds to minutes.
 * Where a value is put together of many, the memory that it takes says
 * whether what was there is copied for each one more.
 */
#include "ewsecho.h"

#include <ex/buf.h>

#define MEMORY	(48UL << 20)

static struct ex_buf text;

static const char *
take(void)
{
	struct ex_str s = ex_arena_str(&a, ex_buf_get(&text));

	ex_buf_fini(&text);
	return s.p;
}

static void
begin(const char *zone)
{
	ex_buf_fmt(&text, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n%s",
	    zone);
}

/* The n-th day from 2000-01-03 on: "20000103". */
static const char *
day(int n)
{
	struct ex_str s = ex_exchange_date(&a, ex_exchange_day(2000, 1, 3) +
	    n);

	return ex_arena_fmt(&a, "%.4s%.2s%.2s", s.p, s.p + 5, s.p + 8).p;
}

static void
put_event(const char *tzid, const char *more)
{
	ex_buf_fmt(&text, "BEGIN:VEVENT\r\nUID:e1\r\n"
	    "DTSTAMP:20200101T000000Z\r\nSUMMARY:s\r\n"
	    "DTSTART;TZID=%s:20000103T080000\r\n"
	    "DTEND;TZID=%s:20000103T090000\r\n%s", tzid, tzid, more);
}

static void
end(void)
{
	ex_buf_puts(&text, "END:VEVENT\r\nEND:VCALENDAR\r\n");
}

static void
put_exdates(const char *tzid, int from, int n)
{
	int i;

	for (i = from; i < n; i++)
		ex_buf_fmt(&text, "EXDATE;TZID=%s:%sT080000\r\n", tzid,
		    day(i));
}

static void
test_exdates(void **state)
{
	struct ex_exmap_send send;
	struct ex_ews_got got;
	struct ex_item item;

	(void)state;
	begin("");
	put_event("Europe/Rome", "RRULE:FREQ=DAILY\r\n");
	put_exdates("Europe/Rome", 1, 9900);
	end();
	got = whole(take());
	/* a few more, the others are there */
	begin("");
	put_event("Europe/Rome", "RRULE:FREQ=DAILY\r\n");
	put_exdates("Europe/Rome", 1, 9903);
	end();
	item = decode(take());
	send = written(&item, &got);
	assert_false(send.anew);
	assert_int_equal(send.noccurrence, 3);
	/* and one that is not to be: anew, with all that is */
	begin("");
	put_event("Europe/Rome", "RRULE:FREQ=DAILY\r\n");
	put_exdates("Europe/Rome", 2, 9900);
	end();
	item = decode(take());
	send = written(&item, &got);
	assert_true(send.anew);
	assert_int_equal(send.noccurrence, 9898);
}

/* Too many are refused before they take the room of all. */
static void
test_too_many(void **state)
{
	struct ex_arena mine = EX_ARENA_INIT;
	struct ex_exmap_send send;
	struct ex_item item;
	struct ex_err err;
	int i;

	(void)state;
	begin("");
	put_event("Europe/Rome", "RRULE:FREQ=DAILY\r\nEXDATE:20000104T070000Z");
	for (i = 0; i < 400000; i++)
		ex_buf_puts(&text, ",20000104T070000Z");
	ex_buf_puts(&text, "\r\n");
	end();
	item = decode(take());
	assert_int_equal(ex_ewsmap_write(&item, NULL, EX_STR("stamp"), &mine,
	    &send, &err), -1);
	assert_string_equal(err.msg,
	    "has over 10000 properties, EXDATEs and occurrences");
	if (ex_arena_size(&mine) > MEMORY / 4)
		fail_msg("it took %zu bytes", ex_arena_size(&mine));
	ex_arena_free(&mine);
}

static void
test_overrides(void **state)
{
	int i;

	(void)state;
	begin("");
	put_event("Europe/Rome", "RRULE:FREQ=DAILY\r\n");
	ex_buf_puts(&text, "END:VEVENT\r\n");
	for (i = 0; i < 1200; i++)
		ex_buf_fmt(&text, "BEGIN:VEVENT\r\nUID:e1\r\n"
		    "DTSTAMP:20200101T000000Z\r\n"
		    "RECURRENCE-ID;TZID=Europe/Rome:%sT080000\r\n"
		    "DTSTART;TZID=Europe/Rome:%sT100000\r\n"
		    "DTEND;TZID=Europe/Rome:%sT110000\r\n"
		    "SUMMARY:o%d\r\n%s", day(i), day(i), day(i), i,
		    i < 1199 ? "END:VEVENT\r\n" : "");
	end();
	whole(take());
}

/* More than could be written, from a server. */
static void
test_read(void **state)
{
	enum { N = 4000 };
	struct ex_exmap_held held = { .nchanged = N };
	struct ex_exmap_values *v = ex_arena_array(&a, N, sizeof(*v));
	struct ex_item item;
	struct ex_err err;
	int i;

	(void)state;
	held.changed = v;
	held.v.v[EX_FLD_START] = EX_STR("2000-01-03T08:00:00Z");
	held.v.v[EX_FLD_END] = EX_STR("2000-01-03T09:00:00Z");
	held.v.v[EX_FLD_RRULE] = EX_STR("0 1 0 0 0 0 0 0 10959 0 0 0");
	for (i = 0; i < N; i++) {
		v[i] = held.v;
		v[i].v[EX_FLD_ORIGINAL] = ex_exchange_utc(&a,
		    (10959LL + i) * EX_EXCHANGE_DAY + 8 * 3600);
		v[i].v[EX_FLD_START] = v[i].v[EX_FLD_ORIGINAL];
		v[i].v[EX_FLD_SUBJECT] = EX_STR("o");
		v[i].v[EX_FLD_BUSY] = EX_STR("Tentative");
		ex_buf_fmt(&text, "%s%.*s", i > 0 ? "\n" : "",
		    EX_STR_ARG(ex_exchange_utc(&a, (20000LL + i) *
		    EX_EXCHANGE_DAY)));
	}
	held.v.v[EX_FLD_DELETED] = ex_str_of(take());
	if (ex_exmap_read(&held, EX_KIND_EVENTS, &a, &item, &err) == -1)
		fail_msg("%s", err.msg);
	assert_int_equal(item.root->ncomp, N + 1);
}

/* So many dates taken out that we would not write them: no room for all. */
static void
test_read_deleted(void **state)
{
	static const int count[] = { 10000, 10001, 1000000 };
	struct ex_exmap_held held = { .nchanged = 0 };
	struct ex_item item;
	struct ex_err err;
	size_t i;
	int n;

	(void)state;
	held.v.v[EX_FLD_START] = EX_STR("2000-01-03T08:00:00Z");
	held.v.v[EX_FLD_END] = EX_STR("2000-01-03T09:00:00Z");
	held.v.v[EX_FLD_RRULE] = EX_STR("0 1 0 0 0 0 0 0 10959 0 0 0");
	for (i = 0; i < 3; i++) {
		struct ex_arena mine = EX_ARENA_INIT;

		for (n = 0; n < count[i]; n++)
			ex_buf_fmt(&text, "%s%.*s", n > 0 ? "\n" : "",
			    EX_STR_ARG(ex_exchange_utc(&mine, (10959LL + n) *
			    EX_EXCHANGE_DAY + 8 * 3600)));
		ex_arena_reset(&mine);
		held.v.v[EX_FLD_DELETED] = ex_str_of(take());
		assert_int_equal(ex_exmap_read(&held, EX_KIND_EVENTS, &mine,
		    &item, &err), i == 0 ? 0 : -1);
		if (i > 0)
			assert_string_equal(err.msg, "over 10000 dates are "
			    "taken out of the series");
		if (ex_arena_size(&mine) > MEMORY)
			fail_msg("%d took %zu bytes", count[i],
			    ex_arena_size(&mine));
		ex_arena_free(&mine);
	}
}

/* A clock that is set ten thousand times, mostly to what it shows. */
static void
test_shifts(void **state)
{
	struct ex_buf zone = EX_BUF_INIT;
	int i;

	(void)state;
	ex_buf_puts(&zone, "BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD"
	    "\r\nDTSTART:19900101T000000\r\nTZOFFSETFROM:+0300\r\n"
	    "TZOFFSETTO:+0300\r\n");
	for (i = 0; i < 9900; i++)
		ex_buf_fmt(&zone, "RDATE:%sT000000\r\n", day(i));
	ex_buf_puts(&zone, "END:STANDARD\r\nEND:VTIMEZONE\r\n");
	begin(ex_arena_str(&a, ex_buf_get(&zone)).p);
	ex_buf_fini(&zone);
	put_event("Mine", "RRULE:FREQ=DAILY;COUNT=5000\r\n");
	put_exdates("Mine", 1, 4000);
	end();
	decode(ex_arena_str(&a, ex_buf_get(&text)).p);
	written((struct ex_item[]){ decode(take()) }, NULL);
}

/* Zones that find no room, and who names each. */
static void
test_zones(void **state)
{
	struct ex_exmap_send send;
	struct ex_item item;
	int i;

	(void)state;
	begin("");
	for (i = 0; i < 3000; i++)
		ex_buf_fmt(&text, "BEGIN:VTIMEZONE\r\nTZID:Mine %d\r\n"
		    "BEGIN:STANDARD\r\nDTSTART:19900101T000000\r\n"
		    "TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\n"
		    "END:STANDARD\r\nEND:VTIMEZONE\r\n", i);
	put_event("Europe/Rome", "");
	for (i = 0; i < 3000; i++)
		ex_buf_fmt(&text, "X-A%d;TZID=Mine %d:x\r\n", i, i);
	end();
	item = decode(take());
	send = written(&item, NULL);
	/* the smallest fit, and no one whose zone does not */
	assert_true(send.nlost > 2500);
	assert_true(ex_str_is(send.lost[0], "VTIMEZONE"));
}

/* Of a value of many: is it there, and what did it take? */
static void
small(const char *item, const char *element, size_t n)
{
	struct ex_item from = decode(item);
	struct ex_exmap_send send;
	const struct ex_xml_node *c;
	struct ex_arena mine = EX_ARENA_INIT;
	struct ex_err err;

	if (ex_ewsmap_write(&from, NULL, EX_STR("stamp"), &mine, &send,
	    &err) == -1)
		fail_msg("%s", err.msg);
	if (ex_arena_size(&mine) > MEMORY)
		fail_msg("%s took %zu bytes", element, ex_arena_size(&mine));
	for (c = ex_xml_child(tree(send.create), element)->child; c != NULL;
	    c = c->next)
		n--;
	assert_int_equal(n, 0);
	ex_arena_free(&mine);
}

static void
test_values(void **state)
{
	int i;

	(void)state;
	begin("");
	put_event("Europe/Rome", "CATEGORIES:");
	for (i = 0; i < 12000; i++)
		ex_buf_fmt(&text, "category %d,", i / 2);
	ex_buf_puts(&text, "last\r\n");
	for (i = 0; i < 6000; i++)
		ex_buf_fmt(&text, "CATEGORIES:category %d\r\n", i);
	end();
	small(take(), "Categories", 6001);
	begin("");
	put_event("Europe/Rome", "ORGANIZER:mailto:o@example.org\r\n");
	for (i = 0; i < 6000; i++)
		ex_buf_fmt(&text, "ATTENDEE;CN=Person %d:"
		    "mailto:p%d@example.org\r\n", i, i);
	end();
	small(take(), "RequiredAttendees", 6000);
	ex_buf_puts(&text, "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u1\r\nFN:f\r\n");
	for (i = 0; i < 6000; i++)
		ex_buf_fmt(&text, "RELATED;VALUE=text;TYPE=child:"
		    "a child of the name of %d\r\n", i);
	ex_buf_puts(&text, "END:VCARD\r\n");
	small(take(), "Children", 6000);
	ex_buf_puts(&text, "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u1\r\nFN:f\r\n"
	    "TEL;TYPE=\"home");
	for (i = 0; i < 8000; i++)
		ex_buf_fmt(&text, ",x-a-type-%d", i);
	ex_buf_puts(&text, "\":1\r\nN:f");
	for (i = 0; i < 8000; i++)
		ex_buf_fmt(&text, ",given %d", i);
	ex_buf_puts(&text, ";;;;\r\nEND:VCARD\r\n");
	small(take(), "Surname", 0);
}

/* Each word of what it is filed as is looked for in the names. */
static void
test_filed(void **state)
{
	struct ex_item item;
	int i;

	(void)state;
	ex_buf_puts(&text, "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u1\r\nFN:f");
	for (i = 0; i < 200000; i++)
		ex_buf_fmt(&text, " n%d", i);
	ex_buf_puts(&text, "\r\nX-EVOLUTION-FILE-AS:f");
	for (i = 200000; i > 0; i--)
		ex_buf_fmt(&text, " n%d", i - 1);
	ex_buf_puts(&text, "\r\nEND:VCARD\r\n");
	item = decode(take());
	written(&item, NULL);
}

/* Files that differ in their last bytes. */
static void
test_files(void **state)
{
	struct ex_exmap_send send;
	struct ex_ews_got got;
	struct ex_item item;
	int i;

	(void)state;
	begin("");
	put_event("Europe/Rome", "");
	for (i = 0; i < 9000; i++)
		ex_buf_fmt(&text, "ATTACH;ENCODING=BASE64;VALUE=BINARY:"
		    "AAAAAAAA%04d\r\n", i / 2);
	end();
	item = decode(take());
	send = written(&item, NULL);
	assert_int_equal(send.nadd, 4500);
	got = echo(&send, NULL);
	send = written(&item, &got);
	assert_int_equal(send.nadd + send.ndrop, 0);
	got.nfile -= 2;
	send = written(&item, &got);
	assert_int_equal(send.nadd, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_exdates, reset),
		cmocka_unit_test_setup(test_too_many, reset),
		cmocka_unit_test_setup(test_overrides, reset),
		cmocka_unit_test_setup(test_read, reset),
		cmocka_unit_test_setup(test_read_deleted, reset),
		cmocka_unit_test_setup(test_shifts, reset),
		cmocka_unit_test_setup(test_zones, reset),
		cmocka_unit_test_setup(test_values, reset),
		cmocka_unit_test_setup(test_filed, reset),
		cmocka_unit_test_setup(test_files, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, load_schema, free_schema);
}
