/*
 * ical: iCalendar and vCalendar in, iCalendar out, the check before writing
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
#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/json.h>

static struct ex_arena arena;
static struct ex_err err;

static int
reset(void **state)
{
	(void)state;
	ex_arena_free(&arena);
	return 0;
}

static struct ex_str
calendar(const char *version, const char *comp, const char *lines)
{
	return ex_arena_fmt(&arena, "BEGIN:VCALENDAR\r\nVERSION:%s\r\n"
	    "BEGIN:%s\r\n%s\r\nEND:%s\r\nEND:VCALENDAR\r\n", version, comp,
	    lines, comp);
}

static struct ex_item
decode(struct ex_str text)
{
	struct ex_item item = { 0 };

	if (ex_ical_decode(text, 1, &arena, &item, &err) == -1)
		fail_msg("%s", err.msg);
	return item;
}

static const char *
json(const struct ex_item *item)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	ex_item_write(&b, item);
	s = ex_arena_str(&arena, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s.p;
}

static const char *
encode(const struct ex_item *item)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	if (ex_ical_encode(item, &arena, &b, &err) == -1)
		fail_msg("%s", err.msg);
	s = ex_arena_str(&arena, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s.p;
}

/* Lines of an event, or of a 1.0 one, and the event's properties in jCal. */
static void
reads(const char *version, const char *lines, const char *want)
{
	struct ex_item item = decode(calendar(version, "VEVENT", lines));
	struct ex_str all = ex_arena_fmt(&arena, "[\"vcalendar\","
	    "[[\"version\",{},\"text\",\"2.0\"]],[[\"vevent\",[%s],[]]]]",
	    want);

	assert_string_equal(json(&item), all.p);
}

static void
refuses(const char *version, const char *lines, const char *message)
{
	struct ex_item item = { 0 };

	assert_int_equal(ex_ical_decode(calendar(version, "VEVENT", lines), 1,
	    &arena, &item, &err), -1);
	assert_int_equal(err.code, EX_ERR_INPUT);
	assert_string_equal(err.msg, message);
}

/* What it is in jCal, and the line it is written as; NULL: as it came. */
struct one {
	const char *line, *jcal, *back;
};

static const struct one ones[] = {
	/* dates: the value's own form decides */
	{ "DTSTART:20200229T101112Z",
	    "[\"dtstart\",{},\"date-time\",\"2020-02-29T10:11:12Z\"]", NULL },
	{ "DTSTART;VALUE=DATE:20200101",
	    "[\"dtstart\",{},\"date\",\"2020-01-01\"]", NULL },
	{ "dtstart:20200101", "[\"dtstart\",{},\"date\",\"2020-01-01\"]",
	    "DTSTART;VALUE=DATE:20200101" },
	{ "DTSTART;VALUE=DATE:20200101T101112",
	    "[\"dtstart\",{},\"date-time\",\"2020-01-01T10:11:12\"]",
	    "DTSTART:20200101T101112" },
	{ "DTSTART;TZID=Europe/Berlin:20200101t1000 ",
	    "[\"dtstart\",{\"tzid\":\"Europe/Berlin\"},\"date-time\","
	    "\"2020-01-01T10:00:00\"]",
	    "DTSTART;TZID=Europe/Berlin:20200101T100000" },
	{ "DTSTART:2020-01-01T10:11:12.000z",
	    "[\"dtstart\",{},\"date-time\",\"2020-01-01T10:11:12Z\"]",
	    "DTSTART:20200101T101112Z" },
	{ "CREATED:yesterday", "[\"created\",{},\"unknown\",\"yesterday\"]",
	    NULL },
	{ "EXDATE:20200101T100000Z,20200102T100000Z",
	    "[\"exdate\",{},\"date-time\",\"2020-01-01T10:00:00Z\","
	    "\"2020-01-02T10:00:00Z\"]", NULL },
	{ "EXDATE:20200101,20200102T100000Z",
	    "[\"exdate\",{},\"unknown\",\"20200101,20200102T100000Z\"]",
	    NULL },
	{ "RDATE;VALUE=PERIOD:20200101T100000Z/PT1H,"
	    "20200102T100000Z/20200102T110000Z",
	    "[\"rdate\",{},\"period\",[\"2020-01-01T10:00:00Z\",\"PT1H\"],"
	    "[\"2020-01-02T10:00:00Z\",\"2020-01-02T11:00:00Z\"]]", NULL },
	/* text */
	{ "SUMMARY:a\\, b\\; c\\\\d\\ne", "[\"summary\",{},\"text\","
	    "\"a, b; c\\\\d\\ne\"]", NULL },
	{ "LOCATION:Brighton, United Kingdom", "[\"location\",{},\"text\","
	    "\"Brighton, United Kingdom\"]",
	    "LOCATION:Brighton\\, United Kingdom" },
	{ "SUMMARY:C:\\temp", "[\"summary\",{},\"text\",\"C:\\\\temp\"]",
	    "SUMMARY:C:\\\\temp" },
	{ "CATEGORIES:A,B\\,C,D", "[\"categories\",{},\"text\",\"A\","
	    "\"B,C\",\"D\"]", NULL },
	{ "CATEGORIES:A,,B", "[\"categories\",{},\"text\",\"A\",\"\","
	    "\"B\"]", NULL },
	{ "REQUEST-STATUS:2.8;Success\\, \\;but;DTEND:x",
	    "[\"request-status\",{},\"text\",[\"2.8\",\"Success, ;but\","
	    "\"DTEND:x\"]]", NULL },
	/* numbers come back from a double, or they are raw */
	{ "PRIORITY:+007", "[\"priority\",{},\"integer\",7]", "PRIORITY:7" },
	{ "PRIORITY:-0", "[\"priority\",{},\"integer\",0]", "PRIORITY:0" },
	{ "PRIORITY:high", "[\"priority\",{},\"unknown\",\"high\"]", NULL },
	{ "SEQUENCE:123456789012345",
	    "[\"sequence\",{},\"integer\",123456789012345]", NULL },
	{ "SEQUENCE:1234567890123456",
	    "[\"sequence\",{},\"unknown\",\"1234567890123456\"]", NULL },
	{ "GEO:37.386013;-122.0829", "[\"geo\",{},\"float\","
	    "[37.386013,-122.0829]]", NULL },
	{ "GEO:+037.50; 2.0", "[\"geo\",{},\"float\",[37.5,2]]",
	    "GEO:37.5;2" },
	{ "GEO:0.00001;1", "[\"geo\",{},\"unknown\",\"0.00001;1\"]", NULL },
	{ "GEO:1.23456789012345678;1", "[\"geo\",{},\"unknown\","
	    "\"1.23456789012345678;1\"]", NULL },
	{ "GEO:5", "[\"geo\",{},\"unknown\",\"5\"]", NULL },
	/* rules: all parts are kept, known or not */
	{ "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "[\"rrule\",{},\"recur\","
	    "{\"freq\":\"YEARLY\",\"bymonth\":3,\"byday\":\"2SU\"}]", NULL },
	{ "RRULE:freq=weekly;byday=mo,we;until=20200101T000000Z;",
	    "[\"rrule\",{},\"recur\",{\"freq\":\"WEEKLY\",\"byday\":[\"MO\","
	    "\"WE\"],\"until\":\"2020-01-01T00:00:00Z\"}]",
	    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20200101T000000Z" },
	{ "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20200101;X-FOO=a,b;BYMONTH=5L",
	    "[\"rrule\",{},\"recur\",{\"freq\":\"DAILY\",\"count\":3,"
	    "\"until\":\"2020-01-01\",\"x-foo\":\"a,b\","
	    "\"bymonth\":\"5L\"}]", NULL },
	{ "EXRULE:nothing", "[\"exrule\",{},\"unknown\",\"nothing\"]",
	    NULL },
	/* what has no meaning to us stays as it is, to the byte */
	{ "X-Foo;X-P=\"a;b\":a\\,b\\nc,;", "[\"x-foo\",{\"x-p\":\"a;b\"},"
	    "\"unknown\",\"a\\\\,b\\\\nc,;\"]",
	    "X-FOO;X-P=\"a;b\":a\\,b\\nc,;" },
	{ "X-N;VALUE=INTEGER:105", "[\"x-n\",{},\"integer\",105]", NULL },
	{ "X-N;VALUE=INTEGER:no", "[\"x-n\",{},\"unknown\",\"no\"]",
	    "X-N:no" },
	{ "X-T;VALUE=TEXT:a\\,b", "[\"x-t\",{},\"text\",\"a,b\"]", NULL },
	{ "X-O;VALUE=UTC-OFFSET:-0530", "[\"x-o\",{},\"utc-offset\","
	    "\"-05:30\"]", NULL },
	{ "X-T;VALUE=TIME:230000Z", "[\"x-t\",{},\"time\",\"23:00:00Z\"]",
	    NULL },
	{ "X-B;VALUE=BOOLEAN:TRUE", "[\"x-b\",{},\"boolean\",true]", NULL },
	{ "DTSTAMP;VALUE=X-SO:a\\,b", "[\"dtstamp\",{},\"x-so\","
	    "\"a\\\\,b\"]", NULL },
	{ "STRUCTURED-DATA;FMTTYPE=a/b:{\"a\":1}", "[\"structured-data\","
	    "{\"fmttype\":\"a/b\"},\"unknown\",\"{\\\"a\\\":1}\"]", NULL },
	{ "group1.X-T:v", "[\"group1.x-t\",{},\"unknown\",\"v\"]",
	    "GROUP1.X-T:v" },
	/* parameters */
	{ "ATTENDEE;MEMBER=\"mailto:a@b\",\"mailto:c@d\":mailto:e@f",
	    "[\"attendee\",{\"member\":[\"mailto:a@b\",\"mailto:c@d\"]},"
	    "\"cal-address\",\"mailto:e@f\"]", NULL },
	{ "ATTENDEE;X-A=1;X-A=2:mailto:e@f", "[\"attendee\",{\"x-a\":[\"1\","
	    "\"2\"]},\"cal-address\",\"mailto:e@f\"]",
	    "ATTENDEE;X-A=1,2:mailto:e@f" },
	{ "ATTENDEE;CN=a^nb^'c:mailto:e@f", "[\"attendee\",{\"cn\":"
	    "\"a\\nb\\\"c\"},\"cal-address\",\"mailto:e@f\"]", NULL },
	{ "SUMMARY;FOO:x", "[\"summary\",{\"foo\":\"\"},\"text\",\"x\"]",
	    "SUMMARY;FOO=:x" },
	{ "SUMMARY;a b=c;VALUE=x y:z", "[\"summary\",{\"x-bare\":"
	    "[\"a b=c\",\"value=x y\"]},\"text\",\"z\"]",
	    "SUMMARY;X-BARE=a b=c,value=x y:z" },
	{ "ATTACH;ENCODING=BASE64;VALUE=BINARY:Zm9v", "[\"attach\","
	    "{\"encoding\":\"BASE64\"},\"binary\",\"Zm9v\"]",
	    "ATTACH;VALUE=BINARY;ENCODING=BASE64:Zm9v" },
	{ "DURATION:pt1h", "[\"duration\",{},\"duration\",\"PT1H\"]",
	    "DURATION:PT1H" },
	{ "DURATION:P1W2D", "[\"duration\",{},\"duration\",\"P1W2D\"]",
	    NULL },
	{ "SUMMARY;ENCODING=QUOTED-PRINTABLE:a=C3=A4=0D=0Ab",
	    "[\"summary\",{},\"text\",\"a\xc3\xa4\\nb\"]",
	    "SUMMARY:a\xc3\xa4\\nb" },
};

static void
properties(void **state)
{
	const char *back;
	struct ex_item item;
	struct ex_str line;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ones) / sizeof(*ones); i++) {
		reads("2.0", ones[i].line, ones[i].jcal);
		item = decode(calendar("2.0", "VEVENT", ones[i].line));
		back = ones[i].back == NULL ? ones[i].line : ones[i].back;
		line = ex_arena_fmt(&arena, "\r\n%s\r\n", back);
		if (strstr(encode(&item), line.p) == NULL)
			fail_msg("%s not in %s", back, encode(&item));
		ex_arena_reset(&arena);
	}
}

static void
errors(void **state)
{
	(void)state;
	refuses("2.0", "DTSTART:20200230", "line 4: DTSTART: no such day");
	refuses("2.0", "DTSTART:19000229", "line 4: DTSTART: no such day");
	refuses("2.0", "DTEND:20200101T250000",
	    "line 4: DTEND: no such time");
	refuses("2.0", "SUMMARY:x\r\nDTSTART:tomorrow",
	    "line 5: DTSTART: not a date");
	refuses("2.0", "RECURRENCE-ID:20200101T13000Z",
	    "line 4: RECURRENCE-ID: not a date");
	refuses("2.0", "DURATION:PT", "line 4: DURATION: not a duration");
	refuses("2.0", "RRULE:COUNT=3", "line 4: RRULE: not a rule");
	refuses("2.0", "RRULE:FREQ=DAILY;COUNT=3;COUNT=4",
	    "line 4: RRULE: not a rule");
	refuses("2.0", "BEGIN:VALARM", "line 5: VEVENT: END without BEGIN");
	refuses("2.0", "END:VEVENT\r\nEND:VCALENDAR\r\nX:y",
	    "line 6: X: not in a VCALENDAR");
	refuses("2.0", "SUMMARY:\xff", "line 4: SUMMARY: not UTF-8");
	refuses("2.0", "X-A;\xff=b:c", "line 4: A PARAMETER: not UTF-8");
	refuses("2.0", "BEGIN:V\xff", "line 4: BEGIN: not a name");
	refuses("2.0", "BEGIN:A B", "line 4: BEGIN: not a name");
	refuses("1.0", "RRULE:D1 MO", "line 4: RRULE: not a rule");
}

/* Empty values decide nothing and are no error; they are not written. */
static void
empty(void **state)
{
	struct ex_item item;

	(void)state;
	reads("2.0", "DESCRIPTION:\r\nDTEND:\r\nX-A:",
	    "[\"description\",{},\"text\",\"\"],"
	    "[\"dtend\",{},\"unknown\",\"\"],[\"x-a\",{},\"unknown\",\"\"]");
	item = decode(calendar("2.0", "VEVENT", "DESCRIPTION:\r\nX-A:"));
	assert_null(strstr(encode(&item), "DESCRIPTION"));
	assert_null(strstr(encode(&item), "X-A"));
}

#define CAL(...)	ex_str_of("BEGIN:VCALENDAR\nVERSION:2.0\n" \
	__VA_ARGS__ "END:VCALENDAR\n")
#define EVENT(...)	"BEGIN:VEVENT\n" __VA_ARGS__ "END:VEVENT\n"
#define ZONE(id)	"BEGIN:VTIMEZONE\nTZID:" id "\nBEGIN:STANDARD\n" \
	"DTSTART:19700101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0300\n" \
	"END:STANDARD\nEND:VTIMEZONE\n"

static void
count(struct ex_str text, const char *message)
{
	struct ex_item item = { 0 };

	assert_int_equal(ex_ical_decode(text, 7, &arena, &item, &err), -1);
	assert_string_equal(err.msg, message);
}

static void
items(void **state)
{
	struct ex_item item;

	(void)state;
	count(CAL(), "line 7: holds no item");
	count(CAL(ZONE("X")), "line 7: holds no item");
	count(CAL("BEGIN:VFREEBUSY\nUID:1\nEND:VFREEBUSY\n"),
	    "line 7: holds no item");
	count(CAL(EVENT("UID:1\n") EVENT("UID:2\n") EVENT("UID:1\n")),
	    "line 7: holds 2 items");
	count(CAL(EVENT() EVENT() EVENT("UID:1\n")),
	    "line 7: holds 3 items");
	count(CAL(EVENT("UID:1\n") "BEGIN:VTODO\nUID:1\nEND:VTODO\n"),
	    "line 7: holds 2 items");
	count(ex_str_of(""), "line 7: no VCALENDAR");
	item = decode(CAL("METHOD:PUBLISH\nX-WR-CALNAME:n\n"
	    EVENT("UID:a\\,b\nRECURRENCE-ID:20200102\n")
	    EVENT("UID:a\\,b\n")));
	assert_true(ex_str_is(item.uid, "a,b"));
	assert_int_equal(item.kind, EX_KIND_EVENTS);
	assert_true(ex_str_is(item.as, "icalendar 2.0"));
	assert_string_equal(json(&item), "[\"vcalendar\",["
	    "[\"version\",{},\"text\",\"2.0\"],"
	    "[\"x-wr-calname\",{},\"unknown\",\"n\"]],["
	    "[\"vevent\",[[\"uid\",{},\"text\",\"a,b\"]],[]],"
	    "[\"vevent\",[[\"recurrence-id\",{},\"date\",\"2020-01-02\"],"
	    "[\"uid\",{},\"text\",\"a,b\"]],[]]]]");
}

/* Only zones that are named, and that are no IANA zones, are the item's. */
static void
zones(void **state)
{
	struct ex_item item;
	const char *text;
	struct ex_str *tzid;

	(void)state;
	item = decode(CAL(ZONE("Mine") ZONE("Europe/Berlin") ZONE("Other")
	    ZONE("W. Europe Standard Time") ZONE("Mine")
	    EVENT("DTSTART;TZID=Mine:20200101T100000\n"
	    "DTEND;TZID=Europe/Berlin:20200101T100000\n"
	    "X-A;TZID=W. Europe Standard Time:x\n")));
	assert_int_equal(item.root->ncomp, 2);
	assert_true(ex_str_is(ex_prop_text(ex_comp_prop(item.root->comp[0],
	    "tzid")), "Mine"));
	assert_int_equal(ex_ical_zones(&item, &arena, &tzid), 3);
	text = encode(&item);
	assert_non_null(strstr(text, "TZID:Mine\r\nBEGIN:STANDARD\r\n"
	    "DTSTART:19700101T000000\r\nTZOFFSETFROM:+0300\r\n"
	    "TZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"));
	assert_non_null(strstr(text, "\r\nTZID:Europe/Berlin\r\n"));
	assert_non_null(strstr(text, "\r\nTZID:W. Europe Standard Time\r\n"));
	assert_null(strstr(text, "freeassociation"));
	assert_null(strstr(text, "TZID:Other"));
}

static void
old(void **state)
{
	struct ex_item item;

	(void)state;
	item = decode(calendar("1.0", "VEVENT", "SUMMARY:x"));
	assert_true(ex_str_is(item.as, "vcalendar 1.0"));
	reads("1.0", "SUMMARY;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:=E4=\r\n"
	    "b=0D=0Ac", "[\"summary\",{},\"text\",\"\xc3\xa4" "b\\nc\"]");
	reads("1.0", "SUMMARY;CHARSET=ISO-8859-1:\xe4",
	    "[\"summary\",{},\"text\",\"\xc3\xa4\"]");
	reads("1.0", "STATUS:NEEDS ACTION",
	    "[\"status\",{},\"text\",\"NEEDS-ACTION\"]");
	reads("1.0", "TRANSP:1", "[\"transp\",{},\"text\",\"TRANSPARENT\"]");
	reads("1.0", "CATEGORIES:A;B",
	    "[\"categories\",{},\"text\",\"A\",\"B\"]");
	reads("1.0", "DCREATED:20200101T100000Z",
	    "[\"created\",{},\"date-time\",\"2020-01-01T10:00:00Z\"]");
	reads("1.0", "MALARM:20200101T100000Z;;;a@b;x",
	    "[\"malarm\",{},\"unknown\",\"20200101T100000Z;;;a@b;x\"]");
	reads("1.0", "ATTENDEE;OWNER:a@b",
	    "[\"attendee\",{\"type\":\"OWNER\"},\"cal-address\",\"a@b\"]");
}

static void
old_rules(void **state)
{
	static const char *const rules[][2] = {
		{ "D1 #10", "{\"freq\":\"DAILY\",\"count\":10}" },
		{ "D2", "{\"freq\":\"DAILY\",\"interval\":2,\"count\":2}" },
		{ "D1 #0", "{\"freq\":\"DAILY\"}" },
		{ "W2 MO WE 19991231T000000Z", "{\"freq\":\"WEEKLY\","
		    "\"interval\":2,\"until\":\"1999-12-31T00:00:00Z\","
		    "\"byday\":[\"MO\",\"WE\"]}" },
		{ "MP1 2+ TU 1- FR #0", "{\"freq\":\"MONTHLY\","
		    "\"byday\":[\"2TU\",\"-1FR\"]}" },
		{ "MD1 15 2- LD #0", "{\"freq\":\"MONTHLY\","
		    "\"bymonthday\":[15,-2,-1]}" },
		{ "YM1 6 #3", "{\"freq\":\"YEARLY\",\"count\":3,"
		    "\"bymonth\":6}" },
		{ "YD1 100 #0", "{\"freq\":\"YEARLY\",\"byyearday\":100}" },
		{ "FREQ=DAILY", "{\"freq\":\"DAILY\"}" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		reads("1.0", ex_arena_fmt(&arena, "RRULE:%s",
		    rules[i][0]).p, ex_arena_fmt(&arena,
		    "[\"rrule\",{},\"recur\",%s]", rules[i][1]).p);
}

static void
old_alarms(void **state)
{
	struct ex_item item;
	const char *text;

	(void)state;
	item = decode(calendar("1.0", "VEVENT",
	    "DTSTART:20200301T100000\r\n"
	    "DALARM:20200229T095000;PT5M;2;Wake up; now\r\n"
	    "DALARM:20200229T095000;PT5M;2;Wake up\r\n"
	    "AALARM:20200301T094500Z;;;file:///a.wav"));
	text = json(&item);
	assert_non_null(strstr(text, "[\"dalarm\",{},\"unknown\","
	    "\"20200229T095000;PT5M;2;Wake up; now\"]"));
	assert_non_null(strstr(text, "[\"valarm\",["
	    "[\"action\",{},\"text\",\"DISPLAY\"],"
	    "[\"description\",{},\"text\",\"Wake up\"],"
	    "[\"duration\",{},\"duration\",\"PT5M\"],"
	    "[\"repeat\",{},\"integer\",2],"
	    "[\"trigger\",{},\"duration\",\"-PT87000S\"]],[]]"));
	assert_non_null(strstr(text, "[\"valarm\",["
	    "[\"action\",{},\"text\",\"AUDIO\"],"
	    "[\"attach\",{},\"uri\",\"file:///a.wav\"],"
	    "[\"trigger\",{},\"date-time\",\"2020-03-01T09:45:00Z\"]],[]]"));
}

static void
added(void **state)
{
	struct ex_item item;

	(void)state;
	item = decode(CAL("METHOD:REQUEST\nPRODID:theirs\n"
	    EVENT("UID:1\nDTSTART:20200101T100000Z\n"
	    "CREATED:20200101T000000Z\n")));
	assert_string_equal(encode(&item),
	    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//exring//EN\r\n"
	    "BEGIN:VEVENT\r\nDTSTAMP:20200101T000000Z\r\n"
	    "CREATED:20200101T000000Z\r\nDTSTART:20200101T100000Z\r\n"
	    "UID:1\r\nDURATION:PT0S\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
	item = decode(CAL("BEGIN:VTODO\nSUMMARY:x\nEND:VTODO\n"));
	assert_non_null(strstr(encode(&item), "BEGIN:VTODO\r\nUID:ex-"));
	assert_non_null(strstr(encode(&item),
	    "DTSTAMP:19700101T000000Z\r\n"));
	assert_null(strstr(encode(&item), "DURATION"));
	item = decode(calendar("2.0", "VEVENT", "DTSTART:20200101T100000\r\n"
	    "DTSTAMP:\r\nDTEND:\r\nUID:"));
	assert_non_null(strstr(encode(&item), "DTSTAMP:1970"));
	assert_non_null(strstr(encode(&item), "DURATION:PT0S"));
	assert_non_null(strstr(encode(&item), "UID:ex-"));
}

static const char *
hash(const char *lines)
{
	struct ex_item item = decode(calendar("2.0", "VEVENT", lines));
	struct ex_canon *c = ex_canon_new();
	char hex[EX_HASH_HEX];

	ex_canon_hash(c, &item, EX_CANON_HASH, hex);
	ex_canon_free(c);
	return ex_arena_str(&arena, ex_str_of(hex)).p;
}

#define TIMED	"DTSTART:20200101T100000Z\r\n"

/* The DURATION that is added is no difference; any other is. */
static void
no_duration(void **state)
{
	(void)state;
	assert_string_equal(hash(TIMED), hash(TIMED "DURATION:PT0S"));
	assert_string_equal(hash(TIMED), hash(TIMED "DURATION:P0D"));
	assert_string_not_equal(hash(TIMED), hash(TIMED "DURATION:PT10S"));
	assert_string_not_equal(hash("DTSTART:20200101"),
	    hash("DTSTART:20200101\r\nDURATION:PT0S"));
}

/* Nothing that comes out of JSON can begin a line of its own. */
static void
injection(void **state)
{
	struct ex_item item = { 0 };
	const char *text;

	(void)state;
	if (ex_item_parse(ex_str_of("[\"vcalendar\",[],[[\"vevent\",["
	    "[\"summary\",{\"cn\":\"a\\nEND:C\"},"
	    "\"text\",\"a\\r\\nEND:VEVENT\"],"
	    "[\"x-a\",{},\"unknown\",\"a\\nEND:VEVENT\\r\"],"
	    "[\"rrule\",{},\"recur\",{\"freq\":\"DAILY\\nEND:V\"}],"
	    "[\"dtstart\",{},\"date-time\",\"2020\\nEND:VEVENT\"]"
	    "],[]]]]"), &arena, &item, &err) == -1)
		fail_msg("%s", err.msg);
	text = encode(&item);
	assert_non_null(strstr(text, "\nEND:VEVENT"));
	assert_string_equal(strstr(text, "\nEND:"),
	    "\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}

static void
nested(void **state)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_item item = { 0 };
	int i;

	(void)state;
	ex_buf_puts(&b, "BEGIN:VCALENDAR\n");
	for (i = 0; i < 100000; i++)
		ex_buf_puts(&b, "BEGIN:VEVENT\n");
	assert_int_equal(ex_ical_decode(ex_buf_get(&b), 1, &arena, &item,
	    &err), -1);
	assert_string_equal(err.msg, "line 33: VEVENT: too deep");
	ex_buf_clear(&b);
	ex_buf_puts(&b, "BEGIN:VCALENDAR\nBEGIN:VEVENT\n");
	for (i = 0; i < EX_CAP_PROPS + 1; i++)
		ex_buf_puts(&b, "A:\n");
	assert_int_equal(ex_ical_decode(ex_buf_get(&b), 1, &arena, &item,
	    &err), -1);
	assert_string_equal(err.msg, "line 65537: A: too many properties");
	ex_buf_fini(&b);
}

static void
check(const char *lines, const char *message)
{
	struct ex_item item = decode(calendar("2.0", "VEVENT", lines));
	int got = ex_ical_check(&item, &arena, &err);

	if (got == -1 && message == NULL)
		fail_msg("%s: %s", lines, err.msg);
	if (message == NULL)
		return;
	assert_int_equal(got, -1);
	assert_string_equal(err.msg, message);
}

static void
checks(void **state)
{
	(void)state;
	check("DTSTART:20200101T100000Z", NULL);
	check("DTSTART:20200101T100000Z\r\nDTEND:20200101T100000Z", NULL);
	check("DTSTART:20200101\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU", NULL);
	check("SUMMARY:x", "DTSTART: is not there");
	check("DTSTART:20200101\r\nDTSTART:20200102",
	    "DTSTART: stands there twice");
	check("DTSTART:20200101\r\nDTEND:20200102T100000",
	    "DTEND: not of DTSTART's type");
	check("DTSTART:20200102\r\nDTEND:20200101", "DTEND: before DTSTART");
	check("DTSTART;TZID=Europe/Berlin:20200101T100000\r\n"
	    "DTEND;TZID=America/New_York:20200101T050000", NULL);
	check("DTSTART;TZID=America/New_York:20200101T100000\r\n"
	    "DTEND;TZID=Europe/Berlin:20200101T150000",
	    "DTEND: before DTSTART");
	check("DTSTART;TZID=Nowhere:20200101T100000\r\n"
	    "DTEND;TZID=Europe/Berlin:20200101T050000", NULL);
	check("DTSTART:20200101T100000Z\r\nDTEND:20200102T100000Z\r\n"
	    "DURATION:PT1H", "DURATION: stands beside DTEND");
	check("DTSTART:20200101T100000Z\r\nDURATION:-PT1H",
	    "DURATION: below zero");
	check("DTSTART:20200101\r\nRRULE:FREQ=SOMETIMES",
	    "RRULE: not a rule");
	check("DTSTART:20200101\r\nRRULE:FREQ=DAILY;COUNT=2;UNTIL=20210101",
	    "RRULE: not a rule");
}

static void
scanned(void **state)
{
	struct ex_ical_scan s;

	(void)state;
	ex_ical_scan(ex_str_of("BEGIN:VEVENT\r\nSUMMARY;X=1:a;TZID=No:x\r\n"
	    "DTSTART;\r\n TZID=A:20200101T100000\r\n"
	    "DTEND;X=y;tzid=\"B;C\":20200101T100000\r\n"
	    "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:x=\r\nUID:no=\r\n\r\n"
	    "BEGIN:VALARM\r\nUID:inner\r\nTRIGGER;TZID=D:x\r\nEND:VALARM\r\n"
	    "U\r\n ID:out\\,\r\n er\r\nEND:VEVENT\r\n"), &arena, &s);
	assert_int_equal(s.kind, EX_KIND_EVENTS);
	assert_true(ex_str_is(s.name, "vevent"));
	assert_true(ex_str_is(s.uid, "out,er"));
	assert_int_equal(s.ntzid, 3);
	assert_true(ex_str_is(s.tzid[0], "A"));
	assert_true(ex_str_is(s.tzid[1], "B;C"));
	assert_true(ex_str_is(s.tzid[2], "D"));
	ex_ical_scan(ex_str_of("BEGIN:VTIMEZONE\rX-A:b\r"
	    "TZID:Z\rEND:VTIMEZONE\r"),
	    &arena, &s);
	assert_int_equal(s.kind, EX_KIND_NONE);
	assert_true(ex_str_is(s.name, "vtimezone"));
	assert_null(s.uid.p);
	assert_int_equal(s.ntzid, 1);
	assert_true(ex_str_is(s.tzid[0], "Z"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(properties, reset),
		cmocka_unit_test_teardown(errors, reset),
		cmocka_unit_test_teardown(empty, reset),
		cmocka_unit_test_teardown(items, reset),
		cmocka_unit_test_teardown(zones, reset),
		cmocka_unit_test_teardown(old, reset),
		cmocka_unit_test_teardown(old_rules, reset),
		cmocka_unit_test_teardown(old_alarms, reset),
		cmocka_unit_test_teardown(added, reset),
		cmocka_unit_test_teardown(no_duration, reset),
		cmocka_unit_test_teardown(injection, reset),
		cmocka_unit_test_teardown(nested, reset),
		cmocka_unit_test_teardown(checks, reset),
		cmocka_unit_test_teardown(scanned, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
