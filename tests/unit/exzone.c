/*
 * exchangezone.c: zones of an item's own, there and back
 */
#include "ewsecho.h"

#include <ex/zone.h>

#define OBSERVANCE(kind, start, from, to, more) \
	"BEGIN:" kind "\r\nDTSTART:" start "\r\nTZOFFSETFROM:" from "\r\n" \
	"TZOFFSETTO:" to "\r\n" more "END:" kind "\r\n"
#define ZONE(lines) \
	"BEGIN:VTIMEZONE\r\nTZID:Mine\r\n" lines "END:VTIMEZONE\r\n"
#define IN(zone, lines) \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" zone \
	"BEGIN:VEVENT\r\nUID:e1\r\nDTSTAMP:20200101T000000Z\r\nSUMMARY:s\r\n" \
	lines "END:VEVENT\r\nEND:VCALENDAR\r\n"
#define START(time)	"DTSTART;TZID=Mine:" time "\r\n"

/* As Outlook writes them. */
#define CENTRAL ZONE( \
	OBSERVANCE("STANDARD", "16010101T030000", "+0200", "+0100", \
	    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n") \
	OBSERVANCE("DAYLIGHT", "16010101T020000", "+0100", "+0200", \
	    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n"))
/* The United States until 2006, for ever. */
#define OLD ZONE( \
	OBSERVANCE("STANDARD", "19671029T020000", "-0400", "-0500", \
	    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n") \
	OBSERVANCE("DAYLIGHT", "19870405T020000", "-0500", "-0400", \
	    "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4\r\n"))
#define FIXED(offset) ZONE(OBSERVANCE("STANDARD", "19700101T000000", offset, \
	    offset, ""))

static const char *
text(struct ex_str s)
{
	return s.p == NULL ? "-" : ex_arena_str(&a, s).p;
}

/* It comes back whole, and is sent as that moment in that zone. */
static void
sent(const char *item, const char *start, const char *zone)
{
	struct ex_ews_got got = whole(item);
	struct ex_item from = decode(item);
	struct ex_exmap_send send = written(&from, NULL);
	const struct ex_xml_node *n = ex_xml_child(got.item,
	    "StartTimeZone");

	assert_string_equal(text(ex_xml_child_text(got.item, "Start")),
	    start);
	assert_string_equal(text(ex_xml_attr_of(n, "Id")), zone);
	assert_string_equal(text(send.zones), text(ex_arena_fmt(&a,
	    "zone Mine is %s there", zone)));
}

static void
refused(const char *item, const char *why)
{
	struct ex_item from = decode(item);
	struct ex_exmap_send send;
	struct ex_err err = { 0 };

	if (ex_ewsmap_write(&from, NULL, EX_STR("s"), &a, &send, &err) != -1)
		fail_msg("not refused: %s", item);
	assert_string_equal(err.msg, why);
}

static void
test_like(void **state)
{
	(void)state;
	sent(IN(CENTRAL, START("20250702T100000")), "2025-07-02T08:00:00Z",
	    "W. Europe Standard Time");
	sent(IN(CENTRAL, START("20251202T100000")), "2025-12-02T09:00:00Z",
	    "W. Europe Standard Time");
	/* there twice, and not there */
	sent(IN(CENTRAL, START("20251026T023000")), "2025-10-26T00:30:00Z",
	    "W. Europe Standard Time");
	sent(IN(CENTRAL, START("20251026T030000")), "2025-10-26T02:00:00Z",
	    "W. Europe Standard Time");
	sent(IN(CENTRAL, START("20250330T023000")), "2025-03-30T01:30:00Z",
	    "W. Europe Standard Time");
	sent(IN(OLD, START("20050702T100000")), "2005-07-02T14:00:00Z",
	    "Eastern Standard Time");
	sent(IN(FIXED("+0545"), START("20050702T100000")),
	    "2005-07-02T04:15:00Z", "Nepal Standard Time");
	sent(IN(FIXED("+0545"), START("20050702T020000")
	    "RRULE:FREQ=WEEKLY;BYDAY=SA\r\n"), "2005-07-01T20:15:00Z",
	    "Nepal Standard Time");
	/* by dates, and by rules that end */
	sent(IN(ZONE(OBSERVANCE("STANDARD", "20061029T020000", "-0400",
	    "-0500", "RDATE:20071104T020000,20081102T020000\r\n")
	    OBSERVANCE("DAYLIGHT", "20060402T020000", "-0500", "-0400",
	    "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4;UNTIL=20060402T070000Z"
	    "\r\n")
	    OBSERVANCE("DAYLIGHT", "20070311T020000", "-0500", "-0400",
	    "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\r\n")),
	    START("20080702T100000") "DTEND;TZID=Mine:20080702T110000\r\n"),
	    "2008-07-02T14:00:00Z", "Eastern Standard Time");
}

static void
test_unlike(void **state)
{
	(void)state;
	/* in 2010 summer began earlier than that zone has it */
	sent(IN(OLD, START("20100320T100000") "DURATION:PT1H\r\n"),
	    "2010-03-20T15:00:00Z", "UTC");
	sent(IN(OLD, START("20100520T100000")), "2010-05-20T14:00:00Z", "UTC");
	/* nowhere is it that much later */
	sent(IN(FIXED("+0537"), START("20100520T103700")),
	    "2010-05-20T05:00:00Z", "UTC");
	sent(IN(FIXED("+0537"), START("20100520T103700")
	    "RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20110520T050000Z\r\n"),
	    "2010-05-20T05:00:00Z", "UTC");
#define WHY	"DTSTART: Exchange has no zone like Mine in all the time of " \
	"its series"
	/* a Thursday that is a Wednesday in UTC */
	refused(IN(FIXED("+0537"), START("20100520T033700")
	    "RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20110520T050000Z\r\n"), WHY);
	refused(IN(OLD, START("20050702T100000") "RRULE:FREQ=DAILY\r\n"),
	    WHY);
	refused(IN(OLD, START("20050702T100000")
	    "RRULE:FREQ=WEEKLY;COUNT=100\r\n"), WHY);
	refused(IN(OLD, START("20090302T100000")
	    "RRULE:FREQ=DAILY;UNTIL=20091220T150000Z\r\n"), WHY);
	/* but until it begins to differ, and after */
	sent(IN(OLD, START("20050702T100000")
	    "RRULE:FREQ=WEEKLY;COUNT=60\r\n"), "2005-07-02T14:00:00Z",
	    "Eastern Standard Time");
	sent(IN(OLD, START("20090702T100000")
	    "RRULE:FREQ=WEEKLY;COUNT=4\r\n"), "2009-07-02T14:00:00Z",
	    "Eastern Standard Time");
#undef WHY
}

static void
test_series(void **state)
{
	static const char series[] = IN(CENTRAL, START("20250321T100000")
	    "DTEND;TZID=Mine:20250321T110000\r\nRRULE:FREQ=WEEKLY;COUNT=6\r\n"
	    "EXDATE;TZID=Mine:20250328T100000,20250404T100000\r\n"
	    "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:e1\r\n"
	    "DTSTAMP:20200101T000000Z\r\nSUMMARY:s\r\n"
	    "RECURRENCE-ID;TZID=Mine:20250411T100000\r\n"
	    START("20250412T120000") "DTEND;TZID=Mine:20250412T130000\r\n");
	struct ex_item item = decode(series);
	struct ex_exmap_send send;

	(void)state;
	sent(series, "2025-03-21T09:00:00Z", "W. Europe Standard Time");
	send = written(&item, NULL);
	assert_int_equal(send.noccurrence, 3);
	assert_string_equal(text(send.occurrence[0].start),
	    "2025-03-28T09:00:00Z");
	assert_string_equal(text(send.occurrence[2].start),
	    "2025-04-11T08:00:00Z");
	assert_non_null(strstr(text(send.occurrence[2].update),
	    "2025-04-12T10:00:00Z"));
}

/* A clock that is set to what it shows is not changed. */
static void
test_idle(void **state)
{
	(void)state;
	sent(IN(ZONE(OBSERVANCE("STANDARD", "19700101T000000", "+0007",
	    "+0007", "RDATE:20250705T000000\r\n")),
	    START("20250702T100000") "RRULE:FREQ=DAILY;COUNT=9\r\n"),
	    "2025-07-02T09:53:00Z", "UTC");
}

/* Tasks have days: those of their own clock, whatever it is. */
static void
test_task(void **state)
{
	struct ex_ews_got got;

	(void)state;
	got = whole("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
	    FIXED("+0537") "BEGIN:VTODO\r\nUID:t1\r\nSUMMARY:s\r\n"
	    START("20250701T013000") "RRULE:FREQ=WEEKLY;BYDAY=TU;"
	    "UNTIL=20250721T195300Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n");
	assert_string_equal(text(ex_xml_child_text(got.item, "StartDate")),
	    "2025-07-01T00:00:00Z");
	assert_string_equal(text(ex_xml_child_text(ex_xml_child(ex_xml_child(
	    got.item, "Recurrence"), "EndDateRecurrence"), "EndDate")),
	    "2025-07-22");
}

/* What is no zone is none, and costs little. */
static void
test_none(void **state)
{
#define WHY	"DTSTART: Exchange has no zone like Mine"
	(void)state;
	refused(IN("", START("20250702T100000")), WHY);
	refused(IN(ZONE(""), START("20250702T100000")), WHY);
	refused(IN(ZONE("BEGIN:STANDARD\r\nDTSTART:20000101T000000\r\n"
	    "TZOFFSETTO:+0100\r\nEND:STANDARD\r\n"),
	    START("20250702T100000")), WHY);
	refused(IN(FIXED("one"), START("20250702T100000")), WHY);
	refused(IN(ZONE(OBSERVANCE("STANDARD", "20000101T000000", "+0100",
	    "+0100", "RRULE:FREQ=SOMETIMES\r\n")),
	    START("20250702T100000")), WHY);
	refused(IN(ZONE(OBSERVANCE("STANDARD", "20000101T000000", "+0100",
	    "+0100", "RRULE:FREQ=SECONDLY\r\n")),
	    START("20250702T100000")), WHY);
#undef WHY
}

/* A zone that only the system has, by its name alone. */
static void
test_system(void **state)
{
	static const char zone[] = "America/Ciudad_Juarez";
	const char *item = IN("", "DTSTART;TZID=America/Ciudad_Juarez:"
	    "20250702T100000\r\nDTEND;TZID=America/Ciudad_Juarez:"
	    "20250702T110000\r\nRRULE:FREQ=WEEKLY;BYDAY=WE\r\n");
	struct ex_str like = EX_STR("Mountain Standard Time");
	struct ex_item from = decode(item);
	struct ex_exmap_send send;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_ews_got got;

	(void)state;
	if (!ex_zone_write(&b, ex_str_of(zone), &a)) {
		print_message("# skip: the system has no %s\n", zone);
		ex_buf_fini(&b);
		return;
	}
	ex_buf_fini(&b);
	/* a newer ICU may know it itself */
	if (ex_zone_windows(ex_str_of(zone)).p != NULL)
		like = ex_zone_windows(ex_str_of(zone));
	got = whole(item);
	assert_string_equal(text(ex_xml_child_text(got.item, "Start")),
	    "2025-07-02T16:00:00Z");
	assert_string_equal(text(ex_xml_attr_of(ex_xml_child(got.item,
	    "StartTimeZone"), "Id")), text(like));
	send = written(&from, NULL);
	if (ex_zone_windows(ex_str_of(zone)).p == NULL)
		assert_string_equal(text(send.zones), "zone America/"
		    "Ciudad_Juarez is Mountain Standard Time there");
}

/* A zone that finds no room takes with it what names it. */
static void
test_large(void **state)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_exmap_send send;
	struct ex_ews_got got;
	struct ex_str list = EX_STR_NONE;
	struct ex_item item, back;
	int i;

	(void)state;
	ex_buf_puts(&b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
	    "BEGIN:VTIMEZONE\r\nTZID:Mine\r\n");
	for (i = 0; i < 1000; i++)
		ex_buf_fmt(&b, "COMMENT:a long line, the %dth one\r\n", i);
	ex_buf_puts(&b, OBSERVANCE("STANDARD", "19700101T000000", "+0300",
	    "+0300", "") "END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:e1\r\n"
	    "SUMMARY:s\r\nX-A:kept\r\n" START("20250702T100000")
	    "DTEND;TZID=Mine:20250702T110000\r\nEND:VEVENT\r\n"
	    "END:VCALENDAR\r\n");
	item = decode(ex_arena_str(&a, ex_buf_get(&b)).p);
	ex_buf_fini(&b);
	send = written(&item, NULL);
	ex_exmap_lack_lost(&list, &send, &a);
	assert_string_equal(text(list),
	    "not kept there: VTIMEZONE, DTEND, DTSTART; "
	    "zone Mine is Russian Standard Time there");
	got = echo(&send, NULL);
	back = read_back(&got, EX_KIND_EVENTS);
	assert_non_null(strstr(text(view(&back)),
	    "2025-07-02T10:00:00[Europe/Moscow]"));
	assert_non_null(strstr(text(view(&back)), "kept"));
}

/* More than anybody has, and than are asked of a server. */
static void
test_many(void **state)
{
	struct ex_buf b = EX_BUF_INIT;
	int i;

	(void)state;
	ex_buf_puts(&b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
	    "BEGIN:VEVENT\r\nUID:e1\r\nDTSTART:20250702T100000Z\r\n");
	for (i = 0; i < 10001; i++)
		ex_buf_fmt(&b, "X-N:%d\r\n", i);
	ex_buf_puts(&b, "END:VEVENT\r\nEND:VCALENDAR\r\n");
	refused(ex_arena_str(&a, ex_buf_get(&b)).p,
	    "has over 10000 properties, EXDATEs and occurrences");
	ex_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_like, reset),
		cmocka_unit_test_setup(test_unlike, reset),
		cmocka_unit_test_setup(test_series, reset),
		cmocka_unit_test_setup(test_idle, reset),
		cmocka_unit_test_setup(test_task, reset),
		cmocka_unit_test_setup(test_none, reset),
		cmocka_unit_test_setup(test_system, reset),
		cmocka_unit_test_setup(test_large, reset),
		cmocka_unit_test_setup(test_many, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, load_schema, free_schema);
}
