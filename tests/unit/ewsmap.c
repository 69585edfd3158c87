/*
 * ewsmap*.c: items to the fields of Exchange and back
 */
#include "ewsecho.h"

static void
refused(const char *text, const char *why)
{
	struct ex_item item = decode(text);
	struct ex_exmap_send send;
	struct ex_err err = { 0 };

	assert_int_equal(ex_ewsmap_write(&item, NULL, EX_STR("s"), &a, &send,
	    &err), -1);
	assert_int_equal(err.code, EX_ERR_INPUT);
	assert_string_equal(err.msg, why);
}

static void
field(const struct ex_ews_got *got, const char *name, const char *want)
{
	struct ex_str s = ex_xml_child_text(got->item, name);

	assert_non_null(s.p);
	assert_string_equal(ex_arena_str(&a, s).p, want);
}

static void
test_contact(void **state)
{
	struct ex_ews_got got;

	(void)state;
	got = whole(CARD("FN:Jane Doe\r\nN:Doe;Jane;Q.;Dr.;Jr.\r\n"
	    "ORG:ACME;Sales;West\r\nTITLE:Boss\r\nROLE:Chief\r\n"
	    "NICKNAME:a,b\r\nNOTE:hello\\nworld\r\nCATEGORIES:x,y\r\n"
	    "BDAY:1970-01-02\r\nURL:http://x.org/\r\nURL;TYPE=HOME:http://h/"
	    "\r\nTEL;TYPE=CELL,VOICE:+1 2\r\nTEL;TYPE=HOME,pref:+3\r\n"
	    "item1.TEL:4\r\nitem1.X-ABLabel:foo\r\nTEL;TYPE=WORK:5\r\n"
	    "TEL;TYPE=WORK:6\r\nTEL;TYPE=WORK:7\r\nTEL;TYPE=WORK,FAX:8\r\n"
	    "EMAIL;TYPE=WORK:a@b\r\nEMAIL:c@d\r\nEMAIL:e@f\r\nEMAIL:g@h\r\n"
	    "ADR;TYPE=HOME:box;ext;1 Road;Paris;IDF;75001;France\r\n"
	    "ADR;TYPE=WORK:;;2 Road;Rome;;;Italy\r\nIMPP:xmpp:a@b\r\n"
	    "CLASS:PRIVATE\r\nX-MS-MANAGER:Max\\, M.\r\nX-FOO;A=b:c\r\n"
	    "X-EVOLUTION-SPOUSE:Joe\r\nGENDER:F\r\nGEO:1;2\r\n"
	    "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQ==\r\n"));
	field(&got, "DisplayName", "Jane Doe");
	field(&got, "FileAs", "Doe, Jane");
	field(&got, "Birthday", "1970-01-02T11:59:00Z");
	field(&got, "Body", "hello\nworld");
	field(&got, "Sensitivity", "Private");
	field(&got, "Manager", "Max, M.");
	field(&got, "SpouseName", "Joe");
	assert_int_equal(got.nfile, 1);
	assert_true(got.file[0].photo);
	whole(CARD("FN:x\r\nBDAY:--0203\r\n"));
	whole(CARD("N:x;;;;\r\n"));
	refused(CARD("FN:x\r\nKIND:group\r\n"),
	    "KIND: a group is no contact in Exchange");
}

static void
test_event(void **state)
{
	struct ex_ews_got got;

	(void)state;
	got = whole(EVENT("DTSTART;TZID=Europe/Rome:20250702T100000\r\n"
	    "DURATION:PT1H\r\nSUMMARY:hi\r\nLOCATION:there\r\nGEO:1.0;2.0\r\n"
	    "DESCRIPTION:a\\nb\r\nCATEGORIES:a,b\r\nPRIORITY:3\r\n"
	    "STATUS:CONFIRMED\r\nX-FOO:bar\r\nBEGIN:VALARM\r\nACTION:DISPLAY"
	    "\r\nTRIGGER:-PT5M\r\nDESCRIPTION:x\r\nEND:VALARM\r\n"
	    "ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=text/plain:aGk=\r\n"
	    "ATTACH:http://x/\r\n"));
	field(&got, "Start", "2025-07-02T08:00:00Z");
	field(&got, "End", "2025-07-02T09:00:00Z");
	field(&got, "UID", "e1");
	field(&got, "ReminderMinutesBeforeStart", "5");
	field(&got, "Importance", "High");
	assert_int_equal(got.nfile, 1);
	got = whole(EVENT("DTSTART;VALUE=DATE:20250702\r\nSUMMARY:day\r\n"
	    "TRANSP:TRANSPARENT\r\n"));
	field(&got, "IsAllDayEvent", "true");
	field(&got, "End", "2025-07-03T00:00:00Z");
	field(&got, "LegacyFreeBusyStatus", "Free");
	field(&got, "ReminderIsSet", "false");
	/* Exchange knows whole days only */
	got = whole(EVENT("DTSTART;VALUE=DATE:20250702\r\n"
	    "DURATION:PT1H\r\n"));
	field(&got, "End", "2025-07-03T00:00:00Z");
	whole(EVENT("DTSTART:20250702T100000\r\nDTEND:20250702T110000\r\n"));
	whole(EVENT("DTSTART:20250702T100000Z\r\nSTATUS:TENTATIVE\r\n"));
}

static void
test_series(void **state)
{
	static const char text[] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
	    "PRODID:x\r\nBEGIN:VEVENT\r\nUID:e1\r\n"
	    "DTSTART;TZID=Europe/Berlin:20250321T100000\r\n"
	    "DTEND;TZID=Europe/Berlin:20250321T110000\r\n"
	    "RRULE:FREQ=WEEKLY;UNTIL=20250430T215959Z\r\nSUMMARY:s\r\n"
	    "EXDATE;TZID=Europe/Berlin:20250328T100000,20250404T100000\r\n"
	    "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:e1\r\n"
	    "RECURRENCE-ID;TZID=Europe/Berlin:20250411T100000\r\n"
	    "DTSTART;TZID=Europe/Berlin:20250412T120000\r\n"
	    "DTEND;TZID=Europe/Berlin:20250412T130000\r\nSUMMARY:moved\r\n"
	    "X-A:b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
	struct ex_item item = decode(text), back;
	struct ex_exmap_send send;
	struct ex_ews_got got;

	(void)state;
	got = whole(text);
	/* what exover has of an exception that is none any more is nothing */
	got.nchanged = 0;
	back = read_back(&got, EX_KIND_EVENTS);
	assert_int_equal(back.root->ncomp, 1);
	got.nchanged = 1;
	send = written(&item, NULL);
	assert_int_equal(send.noccurrence, 3);
	assert_true(send.occurrence[0].cancel);
	/* summer time begins on the 30th of March */
	assert_string_equal(ex_arena_str(&a, send.occurrence[0].start).p,
	    "2025-03-28T09:00:00Z");
	assert_string_equal(ex_arena_str(&a, send.occurrence[2].start).p,
	    "2025-04-11T08:00:00Z");
	/* an EXDATE less: the series has to be made anew */
	item = decode(EVENT("DTSTART;TZID=Europe/Berlin:20250321T100000\r\n"
	    "DTEND;TZID=Europe/Berlin:20250321T110000\r\nSUMMARY:s\r\n"
	    "RRULE:FREQ=WEEKLY;UNTIL=20250430T215959Z\r\n"
	    "EXDATE;TZID=Europe/Berlin:20250328T100000\r\n"));
	send = written(&item, &got);
	assert_true(send.anew);
	assert_int_equal(send.noccurrence, 1);
	/* likewise another rule, whatever became of each date */
	item = decode(ex_arena_fmt(&a, "%.*sRRULE:FREQ=WEEKLY%s",
	    (int)(strstr(text, "RRULE") - text), text,
	    strstr(text, "\r\nSUMMARY")).p);
	send = written(&item, &got);
	assert_true(send.anew);
	assert_int_equal(send.noccurrence, 3);
}

#define SERIES(start, rule, others) \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n" \
	"UID:e1\r\nDTSTAMP:20250101T000000Z\r\nSUMMARY:s\r\n" start \
	"RRULE:" rule "\r\n" others "END:VEVENT\r\nEND:VCALENDAR\r\n"
#define OVERRIDE(rid, start) \
	"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:e1\r\n" \
	"DTSTAMP:20250101T000000Z\r\nSUMMARY:s\r\nRECURRENCE-ID" rid \
	"\r\nDTSTART" start "\r\n"
#define DAY	";VALUE=DATE:"
#define NEWYORK	";TZID=America/New_York:"

/* That is what is sent of each occurrence: "-" for one that goes. */
static void
sent(const char *text, const char *want)
{
	struct ex_item item = decode(text);
	struct ex_exmap_send send = written(&item, NULL);
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	whole(text);
	for (i = 0; i < send.noccurrence; i++)
		ex_buf_fmt(&b, "%s%.*s ", send.occurrence[i].cancel ? "-" :
		    "", EX_STR_ARG(send.occurrence[i].start));
	assert_string_equal(ex_arena_str(&a, ex_buf_get(&b)).p, want);
	ex_buf_fini(&b);
}

/* Days without times, clocks that are changed, what COUNT counts. */
static void
test_occurrences(void **state)
{
	(void)state;
	sent(SERIES("DTSTART" DAY "20250701\r\n", "FREQ=WEEKLY;COUNT=4",
	    "EXDATE" DAY "20250708\r\n"
	    OVERRIDE(DAY "20250715", DAY "20250717")),
	    "-2025-07-08T00:00:00Z 2025-07-15T00:00:00Z ");
	/* two days, over the end of a month */
	sent(SERIES("DTSTART" DAY "20250731\r\nDTEND" DAY "20250802\r\n",
	    "FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20251231",
	    "EXDATE" DAY "20250930\r\n"), "-2025-09-30T00:00:00Z ");
	/* at ten in New York: in winter at three, in summer at two in UTC */
	sent(SERIES("DTSTART" NEWYORK "20250304T100000\r\nDTEND" NEWYORK
	    "20250304T110000\r\n", "FREQ=WEEKLY;UNTIL=20250401T140000Z",
	    "EXDATE" NEWYORK "20250311T100000\r\n"
	    OVERRIDE(NEWYORK "20250318T100000", NEWYORK "20250319T080000")
	    "DTEND" NEWYORK "20250319T090000\r\n"),
	    "-2025-03-11T14:00:00Z 2025-03-18T14:00:00Z ");
	/* the same moments, said in UTC */
	sent(SERIES("DTSTART" NEWYORK "20250304T100000\r\nDTEND" NEWYORK
	    "20250304T110000\r\n", "FREQ=WEEKLY;COUNT=5",
	    "EXDATE:20250304T150000Z,20250401T140000Z\r\n"),
	    "-2025-03-04T15:00:00Z -2025-04-01T14:00:00Z ");
	/* the last that is counted is moved, one before is cancelled */
	sent(SERIES("DTSTART:20250701T100000Z\r\n", "FREQ=DAILY;COUNT=3",
	    "EXDATE:20250702T100000Z\r\n"
	    OVERRIDE(":20250703T100000Z", ":20250710T120000Z")),
	    "-2025-07-02T10:00:00Z 2025-07-03T10:00:00Z ");
	/* a date that is said twice, and one that has an override */
	sent(SERIES("DTSTART:20250701T100000Z\r\n", "FREQ=DAILY;COUNT=4",
	    "EXDATE:20250702T100000Z\r\nEXDATE:20250702T100000Z,"
	    "20250703T100000Z\r\n"
	    OVERRIDE(":20250703T100000Z", ":20250703T120000Z")),
	    "-2025-07-02T10:00:00Z 2025-07-03T10:00:00Z ");
	/* some that say no date */
	sent(SERIES("DTSTART:20250701T100000Z\r\n", "FREQ=DAILY;COUNT=4",
	    "EXDATE:\r\nRDATE:\r\nEXDATE;VALUE=DATE:\r\n"
	    "EXDATE:20250702T100000Z\r\n"), "-2025-07-02T10:00:00Z ");
	/* to the day of one that is cancelled */
	sent(SERIES("DTSTART:20250701T100000Z\r\n", "FREQ=DAILY;COUNT=4",
	    "EXDATE:20250702T100000Z\r\n"
	    OVERRIDE(":20250703T100000Z", ":20250702T090000Z")),
	    "-2025-07-02T10:00:00Z 2025-07-03T10:00:00Z ");
}

static void
test_not_there(void **state)
{
	(void)state;
#define MOVED	"RECURRENCE-ID: Exchange moves no occurrence past another, " \
	"or to its day"
	refused(SERIES("DTSTART:20250701T100000Z\r\n", "FREQ=DAILY;COUNT=4",
	    OVERRIDE(":20250702T100000Z", ":20250703T090000Z")), MOVED);
	refused(SERIES("DTSTART" DAY "20250701\r\n", "FREQ=WEEKLY",
	    OVERRIDE(DAY "20250708", DAY "20250716")), MOVED);
#undef MOVED
#define NONE	"RECURRENCE-ID: the series has no occurrence then"
	refused(SERIES("DTSTART:20250701T100000Z\r\n", "FREQ=WEEKLY",
	    OVERRIDE(":20250702T100000Z", ":20250702T090000Z")), NONE);
	refused(SERIES("DTSTART:20250701T100000Z\r\n", "FREQ=WEEKLY",
	    OVERRIDE(":20250708T110000Z", ":20250708T090000Z")), NONE);
	refused(SERIES("DTSTART:20250701T100000Z\r\n", "FREQ=DAILY;COUNT=2",
	    OVERRIDE(":20250703T100000Z", ":20250703T090000Z")), NONE);
	refused(SERIES("DTSTART" DAY "20250701\r\n", "FREQ=DAILY",
	    OVERRIDE(";TZID=Asia/Tokyo:20250703T000000", DAY "20250703")),
	    NONE);
	refused(EVENT("DTSTART:20250701T100000Z\r\n"
	    OVERRIDE(":20250702T100000Z", ":20250702T090000Z")), NONE);
	refused(EVENT("RECURRENCE-ID:20250701T100000Z\r\n"
	    "DTSTART:20250701T090000Z\r\n"
	    OVERRIDE(":20250702T100000Z", ":20250702T090000Z")),
	    "RECURRENCE-ID: there is no series that has such occurrences");
	refused(SERIES("DTSTART:20250701T100000Z\r\n", "FREQ=DAILY",
	    OVERRIDE(";RANGE=THISANDFUTURE:20250702T100000Z",
	    ":20250702T090000Z")), "RECURRENCE-ID: Exchange has no RANGE");
}

static void
test_task(void **state)
{
	struct ex_ews_got got;

	(void)state;
	got = whole("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
	    "BEGIN:VTODO\r\nUID:t1\r\nDTSTART:20250701T100000Z\r\n"
	    "DUE:20250702T140000Z\r\nSUMMARY:s\r\nSTATUS:COMPLETED\r\n"
	    "COMPLETED:20250702T000000Z\r\nPERCENT-COMPLETE:100\r\n"
	    "RRULE:FREQ=WEEKLY;COUNT=3\r\nRELATED-TO:x\r\nBEGIN:VALARM\r\n"
	    "ACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:x\r\n"
	    "END:VALARM\r\nEND:VTODO\r\nEND:VCALENDAR\r\n");
	field(&got, "DueDate", "2025-07-02T00:00:00Z");
	field(&got, "Status", "Completed");
	field(&got, "ReminderDueBy", "2025-07-01T09:45:00Z");
	got = whole("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
	    "BEGIN:VTODO\r\nUID:t1\r\nDTSTART;VALUE=DATE:20250701\r\n"
	    "SUMMARY:s\r\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3\r\n"
	    "X-EXRING-REGENERATE:TRUE\r\nEND:VTODO\r\nEND:VCALENDAR\r\n");
	assert_non_null(ex_xml_child(ex_xml_child(got.item, "Recurrence"),
	    "WeeklyRegeneration"));
}

/* Nobody writes an entry of exover twice but who means ill. */
static void
test_twice(void **state)
{
	static const char text[] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
	    "PRODID:x\r\nBEGIN:VTODO\r\nUID:t1\r\nSUMMARY:s\r\n"
	    "STATUS:COMPLETED\r\nCOMPLETED:20250702T000000Z\r\n"
	    "END:VTODO\r\nEND:VCALENDAR\r\n";
	struct ex_ews_got got = whole(text);
	struct ex_exmap_values v;
	struct ex_item item = decode(text), back;
	struct ex_str over;
	struct ex_buf b = EX_BUF_INIT;

	(void)state;
	ex_ewsmap_values(got.item, EX_KIND_TASKS, &a, &v);
	assert_int_equal(ex_line_base64_decode(v.v[EX_FLD_OVER], &a, &over),
	    0);
	over = ex_arena_fmt(&a, "[%.*s,%.*s]", (int)over.n - 2, over.p + 1,
	    (int)over.n - 2, over.p + 1);
	ex_line_base64_encode(&b, over);
	got.item = updated(got.item, ex_arena_fmt(&a, "<t:SetItemField>"
	    "<t:ExtendedFieldURI PropertyName=\"exover\"/><t:Task>"
	    "<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId=\""
	    EX_EXMAP_SET "\" PropertyName=\"exover\" PropertyType=\"Binary"
	    "\"/><t:Value>%.*s</t:Value></t:ExtendedProperty></t:Task>"
	    "</t:SetItemField>", EX_STR_ARG(ex_buf_get(&b))));
	ex_buf_fini(&b);
	back = read_back(&got, EX_KIND_TASKS);
	assert_string_equal(view(&back).p, view(&item).p);
}

#define ALARM(trigger) EVENT("DTSTART:20250702T100000Z\r\n" \
	"DTEND:20250702T110000Z\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\n" \
	"DESCRIPTION:Reminder\r\nTRIGGER:" trigger "\r\nEND:VALARM\r\n")

/* Outlook's day begins at its zone's midnight, and is left there. */
static void
test_all_day(void **state)
{
	struct ex_ews_got got = whole(EVENT("DTSTART;VALUE=DATE:20250702"
	    "\r\n"));
	struct ex_item item;
	struct ex_exmap_send send;

	(void)state;
	field(&got, "End", "2025-07-03T00:00:00Z");
#define SET(name, value) "<t:SetItemField><t:FieldURI FieldURI=\"calendar:" \
	name "\"/><t:CalendarItem>" value "</t:CalendarItem></t:SetItemField>"
	got.item = updated(got.item, EX_STR(
	    SET("Start", "<t:Start>2025-07-01T22:00:00Z</t:Start>")
	    SET("End", "<t:End>2025-07-02T22:00:00Z</t:End>")
	    SET("StartTimeZone", "<t:StartTimeZone Id=\"W. Europe Standard "
	    "Time\"/>")
	    SET("EndTimeZone", "<t:EndTimeZone Id=\"W. Europe Standard Time"
	    "\"/>")));
	item = read_back(&got, EX_KIND_EVENTS);
	assert_non_null(strstr(view(&item).p, "2025-07-02"));
	send = written(&item, &got);
	assert_string_equal(ex_arena_str(&a, send.update).p, "");
}

/* One that fits a place exactly has it before one that only may be there. */
static void
test_places(void **state)
{
	struct ex_item item = decode(CARD("FN:x\r\nTEL;TYPE=FAX,X-A:1\r\n"
	    "TEL;TYPE=WORK,FAX:2\r\n"));
	struct ex_exmap_send send = written(&item, NULL);

	(void)state;
	assert_non_null(strstr(ex_arena_str(&a, send.create).p,
	    "<t:Entry Key=\"BusinessFax\">2<"));
}

/* What was kept gives way to what a field has now. */
static void
test_status(void **state)
{
	struct ex_ews_got got = whole(EVENT("DTSTART:20250702T100000Z\r\n"
	    "STATUS:CONFIRMED\r\n"));
	struct ex_item item;
	struct ex_str json;
	struct ex_buf b = EX_BUF_INIT;

	(void)state;
	got.item = updated(got.item, EX_STR("<t:SetItemField><t:FieldURI "
	    "FieldURI=\"calendar:LegacyFreeBusyStatus\"/><t:CalendarItem>"
	    "<t:LegacyFreeBusyStatus>Tentative</t:LegacyFreeBusyStatus>"
	    "</t:CalendarItem></t:SetItemField>"));
	item = read_back(&got, EX_KIND_EVENTS);
	ex_item_write(&b, &item);
	json = ex_arena_str(&a, ex_buf_get(&b));
	ex_buf_fini(&b);
	assert_non_null(strstr(json.p, "TENTATIVE"));
	assert_null(strstr(json.p, "CONFIRMED"));
}

/* Outlook's Personal is PRIVATE here, and stays what it is there. */
static void
test_personal(void **state)
{
	struct ex_ews_got got = whole(EVENT("DTSTART:20250702T100000Z\r\n"
	    "CLASS:PRIVATE\r\n"));
	struct ex_item item;
	struct ex_exmap_send send;

	(void)state;
	field(&got, "Sensitivity", "Private");
	got.item = updated(got.item, EX_STR("<t:SetItemField><t:FieldURI "
	    "FieldURI=\"item:Sensitivity\"/><t:CalendarItem>"
	    "<t:Sensitivity>Personal</t:Sensitivity></t:CalendarItem>"
	    "</t:SetItemField>"));
	item = read_back(&got, EX_KIND_EVENTS);
	assert_non_null(strstr(view(&item).p, "private"));
	send = written(&item, &got);
	assert_null(strstr(ex_arena_str(&a, send.update).p, "Sensitivity"));
}

/* Whole minutes before the start; another stands beside the fields. */
static void
test_reminder(void **state)
{
	struct ex_ews_got got = whole(ALARM("-PT15M"));
	struct ex_item item;

	(void)state;
	field(&got, "ReminderIsSet", "true");
	field(&got, "ReminderMinutesBeforeStart", "15");
	/* switched off in Outlook, which leaves the minutes */
	got.item = updated(got.item, EX_STR("<t:SetItemField><t:FieldURI "
	    "FieldURI=\"item:ReminderIsSet\"/><t:CalendarItem>"
	    "<t:ReminderIsSet>false</t:ReminderIsSet></t:CalendarItem>"
	    "</t:SetItemField>"));
	item = read_back(&got, EX_KIND_EVENTS);
	assert_null(strstr(view(&item).p, "valarm"));
	got = whole(ALARM("-P1W"));
	field(&got, "ReminderMinutesBeforeStart", "10080");
	got = whole(ALARM("-PT90S"));
	field(&got, "ReminderIsSet", "false");
	got = whole(ALARM("PT15M"));
	field(&got, "ReminderIsSet", "false");
	got = whole(ALARM("PT0S"));
	field(&got, "ReminderMinutesBeforeStart", "0");
}

static void
test_refused(void **state)
{
#define RULE(rule, start, why) \
	refused(EVENT("DTSTART:" start "\r\nRRULE:" rule "\r\n"), why)
	(void)state;
	RULE("FREQ=YEARLY;BYWEEKNO=3", "20250114T100000Z",
	    "RRULE: Exchange has no BYWEEKNO");
	RULE("FREQ=HOURLY", "20250114T100000Z",
	    "RRULE: Exchange has no FREQ=HOURLY");
	RULE("FREQ=WEEKLY;BYDAY=MO", "20250114T100000Z",
	    "DTSTART: is none of the RRULE's days, and Exchange would begin "
	    "at another");
	RULE("FREQ=MONTHLY", "20250131T100000Z", "RRULE: Exchange moves day "
	    "31 into months that have not that many");
	RULE("FREQ=DAILY\r\nRDATE:20250301T100000Z", "20250114T100000Z",
	    "RDATE: Exchange has none");
	refused(EVENT("DTSTART:20250702T100000Z\r\n"
	    "DTEND:20250702T090000Z\r\n"), "DTEND: lies before DTSTART");
	refused(SERIES("DTSTART:20250701T100000Z\r\n", "FREQ=DAILY",
	    OVERRIDE(":20250703T100000Z", ":20250703T120000Z")
	    OVERRIDE(":20250703T100000Z", ":20250703T130000Z")),
	    "RECURRENCE-ID: stands in two components");
}

/* A field that somebody edits there wins; the rest stands. */
static void
test_edit(void **state)
{
	struct ex_ews_got got = whole(CARD("FN:Jane\r\nTITLE;LANGUAGE=de:a"
	    "\r\nROLE;LANGUAGE=de:b\r\nX-FOO:c\r\n"));
	struct ex_item item;

	(void)state;
	got.item = updated(got.item, EX_STR("<t:SetItemField><t:FieldURI "
	    "FieldURI=\"contacts:JobTitle\"/><t:Contact><t:JobTitle>new"
	    "</t:JobTitle></t:Contact></t:SetItemField>"));
	item = read_back(&got, EX_KIND_CONTACTS);
	assert_string_equal(view(&item).p, view(&(struct ex_item){
	    .root = decode(CARD("FN:Jane\r\nTITLE:new\r\n"
	    "ROLE;LANGUAGE=de:b\r\nX-FOO:c\r\n")).root }).p);
}

/* A zone of Windows has many names: the item's stays when it is moved. */
static void
test_zone_name(void **state)
{
	struct ex_ews_got got = whole(EVENT("DTSTART;TZID=America/Toronto:"
	    "20250702T100000\r\nDTEND;TZID=America/Toronto:20250702T110000"
	    "\r\n"));
	struct ex_item item;

	(void)state;
	got.item = updated(got.item, EX_STR("<t:SetItemField><t:FieldURI "
	    "FieldURI=\"calendar:Start\"/><t:CalendarItem><t:Start>"
	    "2025-07-02T13:00:00Z</t:Start></t:CalendarItem>"
	    "</t:SetItemField>"));
	item = read_back(&got, EX_KIND_EVENTS);
	assert_non_null(strstr(view(&item).p,
	    "2025-07-02T09:00:00[America/Toronto]"));
}

/* One of tomorrow would read as none. */
static void
test_unknown(void **state)
{
	struct ex_ews_got got = whole(EVENT("DTSTART:20250702T100000Z\r\n"));
	struct ex_item item;
	struct ex_str stamp;
	struct ex_err err = { 0 };

	(void)state;
	got.item = updated(got.item, EX_STR("<t:SetItemField><t:FieldURI "
	    "FieldURI=\"calendar:Recurrence\"/><t:CalendarItem>"
	    "<t:Recurrence><t:LunarRecurrence/><t:NoEndRecurrence>"
	    "<t:StartDate>2025-07-02</t:StartDate></t:NoEndRecurrence>"
	    "</t:Recurrence></t:CalendarItem></t:SetItemField>"));
	assert_int_equal(ex_ewsmap_read(&got, EX_KIND_EVENTS, &a, &item,
	    &stamp, &err), -1);
	assert_string_equal(err.msg, "Recurrence: not one that we know");
}

static const char *
stamp_of(const struct ex_ews_got *got, enum ex_kind kind)
{
	struct ex_item item;
	struct ex_str stamp;
	struct ex_err err = { 0 };

	if (ex_ewsmap_read(got, kind, &a, &item, &stamp, &err) == -1)
		fail_msg("%s", err.msg);
	return stamp.p == NULL ? "-" : ex_arena_str(&a, stamp).p;
}

/* A copy of an event has a UID of its own, and a mark that is not. */
static void
test_stamp(void **state)
{
	struct ex_ews_got got = whole(EVENT("DTSTART:20250702T100000Z\r\n"));

	(void)state;
	assert_string_equal(stamp_of(&got, EX_KIND_EVENTS), "stamp");
	got.item = updated(got.item, EX_STR("<t:SetItemField><t:FieldURI "
	    "FieldURI=\"calendar:UID\"/><t:CalendarItem><t:UID>another"
	    "</t:UID></t:CalendarItem></t:SetItemField>"));
	assert_string_equal(stamp_of(&got, EX_KIND_EVENTS), "-");
	/* contacts have no other UID */
	got = whole(CARD("FN:Jane\r\n"));
	assert_string_equal(stamp_of(&got, EX_KIND_CONTACTS), "stamp");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_contact, reset),
		cmocka_unit_test_setup(test_event, reset),
		cmocka_unit_test_setup(test_series, reset),
		cmocka_unit_test_setup(test_occurrences, reset),
		cmocka_unit_test_setup(test_not_there, reset),
		cmocka_unit_test_setup(test_task, reset),
		cmocka_unit_test_setup(test_all_day, reset),
		cmocka_unit_test_setup(test_places, reset),
		cmocka_unit_test_setup(test_status, reset),
		cmocka_unit_test_setup(test_personal, reset),
		cmocka_unit_test_setup(test_twice, reset),
		cmocka_unit_test_setup(test_reminder, reset),
		cmocka_unit_test_setup(test_refused, reset),
		cmocka_unit_test_setup(test_edit, reset),
		cmocka_unit_test_setup(test_zone_name, reset),
		cmocka_unit_test_setup(test_unknown, reset),
		cmocka_unit_test_setup(test_stamp, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, load_schema, free_schema);
}
