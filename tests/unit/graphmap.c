/*
 * graphmap*.c: items to the fields of Microsoft Graph and back
 *
 * Bodies that are to be sent are written to the file that $EX_GRAPH_BODIES
 * names, "TYPE TAB JSON" a line, for tests/graphmap.t to hold against the
 * schema.  Recorded answers and those of the documentation lie beside the
 * checkout; without them this says so and passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/canon.h>
#include <ex/codec.h>

#include "../../lib/store/ewspriv.h"
#include "graphecho.h"

#define GRAPH	"../shared/material/graph/"
#define N(list)	(sizeof(list) / sizeof(*(list)))

static struct ex_arena a;
static FILE *bodies;

static int
reset(void **state)
{
	(void)state;
	ex_arena_reset(&a);
	return 0;
}

static int
open_bodies(void **state)
{
	const char *path = getenv("EX_GRAPH_BODIES");

	(void)state;
	bodies = path == NULL ? NULL : fopen(path, "w");
	return path != NULL && bodies == NULL ? -1 : 0;
}

static int
close_bodies(void **state)
{
	(void)state;
	ex_arena_free(&a);
	return bodies != NULL && fclose(bodies) != 0 ? -1 : 0;
}

static const char *
str(struct ex_str s)
{
	return ex_arena_str(&a, s.p == NULL ? EX_STR("") : s).p;
}

static const char *
type_of(enum ex_kind kind)
{
	return kind == EX_KIND_CONTACTS ? "contact" :
	    kind == EX_KIND_EVENTS ? "event" : "todoTask";
}

/* Each is JSON, and kept for the schema. */
static void
keep(const char *type, struct ex_str body)
{
	if (body.n == 0)
		return;
	parsed(body, &a);
	if (bodies != NULL)
		fprintf(bodies, "%s\t%.*s\n", type, EX_STR_ARG(body));
}

static struct ex_item
decode(const char *text)
{
	struct ex_item item;
	struct ex_err err = { 0 };

	if (ex_codec_decode(ex_str_of(text), 1, &a, &item, &err) == -1)
		fail_msg("%s", err.msg);
	return item;
}

static const char *
view(const struct ex_item *item)
{
	struct ex_canon *c = ex_canon_new();
	struct ex_buf b = EX_BUF_INIT;
	const char *s;

	ex_canon_view(c, item, EX_CANON_HASH, &b);
	s = str(ex_buf_get(&b));
	ex_buf_fini(&b);
	ex_canon_free(c);
	return s;
}

static struct ex_exmap_send
written(const struct ex_item *item, const struct ex_graph_got *was)
{
	struct ex_exmap_send send;
	struct ex_err err = { 0 };
	size_t i;

	if (ex_graphmap_write(item, was, EX_STR("stamp"), &a, &send, &err) ==
	    -1)
		fail_msg("%s", err.msg);
	keep(type_of(item->kind), send.create);
	keep(type_of(item->kind), send.update);
	keep("openTypeExtension", send.extension);
	for (i = 0; i < send.noccurrence; i++)
		if (!send.occurrence[i].cancel)
			keep("event", send.occurrence[i].update);
	return send;
}

static struct ex_item
read_back(const struct ex_graph_got *got, enum ex_kind kind)
{
	struct ex_item item;
	struct ex_str stamp;
	struct ex_err err = { 0 };

	if (ex_graphmap_read(got, kind, &a, &item, &stamp, &err) == -1)
		fail_msg("%s", err.msg);
	return item;
}

/* There and back: the same, and nothing to be sent again. */
static struct ex_graph_got
whole_item(const struct ex_item *item)
{
	struct ex_exmap_send send = written(item, NULL), again;
	struct ex_graph_got got = echo(&send, NULL, &a);
	struct ex_item back;

	assert_int_equal(send.nlost, 0);
	back = read_back(&got, item->kind);
	assert_string_equal(view(&back), view(item));
	again = written(&back, &got);
	assert_string_equal(str(again.update), "");
	assert_string_equal(str(again.extension), "");
	assert_false(again.anew);
	assert_int_equal(again.nadd + again.ndrop + again.noccurrence, 0);
	return got;
}

static struct ex_graph_got
whole(const char *text)
{
	struct ex_item item = decode(text);

	return whole_item(&item);
}

static void
refused(const char *text, const struct ex_graph_got *was, const char *why)
{
	struct ex_item item = decode(text);
	struct ex_exmap_send send;
	struct ex_err err = { 0 };

	assert_int_equal(ex_graphmap_write(&item, was, EX_STR("s"), &a,
	    &send, &err), -1);
	assert_int_equal(err.code, EX_ERR_INPUT);
	assert_string_equal(err.msg, why);
}

static const char *
json(const struct ex_json *j)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_json bare;
	const char *s;

	if (j == NULL)
		return "";
	bare = *j;
	bare.key = EX_STR_NONE;
	bare.next = NULL;
	ex_json_write(&b, &bare);
	s = str(ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

#define CARD(lines) \
	"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u1\r\n" lines "END:VCARD\r\n"
#define EVENT(lines) \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n" \
	"UID:e1\r\nDTSTAMP:20200101T000000Z\r\n" lines \
	"END:VEVENT\r\nEND:VCALENDAR\r\n"
#define TASK(lines) \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTODO\r\n" \
	"UID:t1\r\nDTSTAMP:20200101T000000Z\r\n" lines \
	"END:VTODO\r\nEND:VCALENDAR\r\n"

#define SERIES(more) \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n" \
	"UID:e1\r\nDTSTART;TZID=Europe/Berlin:20250321T100000\r\n" \
	"DTEND;TZID=Europe/Berlin:20250321T110000\r\n" \
	"RRULE:FREQ=WEEKLY;UNTIL=20250430T215959Z\r\nSUMMARY:s\r\n" \
	more "END:VEVENT\r\n"
#define MOVED \
	"BEGIN:VEVENT\r\nUID:e1\r\n" \
	"RECURRENCE-ID;TZID=Europe/Berlin:20250411T100000\r\n" \
	"DTSTART;TZID=Europe/Berlin:20250412T120000\r\n" \
	"DTEND;TZID=Europe/Berlin:20250412T130000\r\nSUMMARY:moved\r\n" \
	"X-A:b\r\nEND:VEVENT\r\n"

/* Where a row's value stands in what is sent. */
static const char *
placed(const struct ex_json *item, const struct ex_graphmap_field *f)
{
	const struct ex_json *j = ex_json_get(item,
	    ex_graphmap_is_extended(f) ? "singleValueExtendedProperties" :
	    f->form == EX_GRF_OPEN ? "extensions" : f->name);
	int n = f->at;

	if (f->form == EX_GRF_PART)
		return json(ex_json_get(j, f->part));
	if (f->form == EX_GRF_OPEN)
		return json(ex_json_get(j == NULL ? NULL : j->child,
		    f->name));
	if (f->form != EX_GRF_ENTRY && f->form != EX_GRF_EMAIL &&
	    !ex_graphmap_is_extended(f))
		return json(j);
	for (j = j == NULL ? NULL : j->child; j != NULL; j = j->next)
		if (ex_graphmap_is_extended(f)) {
			if (ex_str_is(ex_json_get_str(j, "id"), f->name))
				return json(ex_json_get(j, "value"));
		} else if (n-- == 0) {
			return json(j);
		}
	return "";
}

/* A field, the lines that fill it, and its value there. */
struct row {
	int field;
	const char *lines, *value;
};

/* EWS' key of each field from EX_FLD_TEL on is a TYPE here. */
static const struct row contact_rows[] = {
	{ EX_FLD_SENSITIVITY, "CLASS:PRIVATE\r\n", "\"2\"" },
	{ EX_FLD_SENSITIVITY, "CLASS:CONFIDENTIAL\r\n", "\"3\"" },
	{ EX_FLD_SENSITIVITY, "", "" },
	{ EX_FLD_BODY, "NOTE:a\\nb\r\n", "\"a\\nb\"" },
	{ EX_FLD_CATEGORIES, "CATEGORIES:x,y\r\n", "[\"x\",\"y\"]" },
	{ EX_FLD_EXTENDED, "N:;;;Dr.;\r\n", "\"Dr.\"" },
	{ EX_FLD_EXTENDED + 1, "ADR;TYPE=home:12;;1 Road;;;;\r\n",
	    "\"12\"" },
	{ EX_FLD_EXTENDED + 2, "ADR;TYPE=work:12;;1 Road;;;;\r\n",
	    "\"12\"" },
	{ EX_FLD_EXTENDED + 3, "ADR:12;;1 Road;;;;\r\n", "\"12\"" },
	{ EX_FLD_EXTENDED + 4, "URL;TYPE=home:http://h/\r\n",
	    "\"http://h/\"" },
	{ EX_FLD_EXTENDED + 5, "GENDER:F\r\n", "\"1\"" },
	{ EX_FLD_EXTENDED + 5, "GENDER:M\r\n", "\"2\"" },
	{ EX_FLD_EXTENDED + 6, "HOBBY:chess\r\n", "\"chess\"" },
	{ EX_FLD_EXTENDED + 7, "X-PHONETIC-FIRST-NAME:a\r\n", "\"a\"" },
	{ EX_FLD_EXTENDED + 8, "X-PHONETIC-LAST-NAME:a\r\n", "\"a\"" },
	{ EX_FLD_EXTENDED + 9, "X-PHONETIC-ORG:a\r\n", "\"a\"" },
	{ EX_FLD_FILEAS, "X-EVOLUTION-FILE-AS:else\r\n", "\"else\"" },
	{ EX_FLD_FN, "", "\"Jane\"" },
	{ EX_FLD_GIVEN, "N:;Ann;;;\r\n", "\"Ann\"" },
	{ EX_FLD_MIDDLE, "N:;;Bea;;\r\n", "\"Bea\"" },
	{ EX_FLD_NICKNAME, "NICKNAME:ja\r\n", "\"ja\"" },
	{ EX_FLD_COMPANY, "ORG:ACME\r\n", "\"ACME\"" },
	{ EX_FLD_EMAIL, "EMAIL:a@b\r\n", "{\"address\":\"a@b\"}" },
	{ EX_FLD_EMAIL + 1, "EMAIL:a@b\r\nEMAIL:c@d\r\n",
	    "{\"address\":\"c@d\"}" },
	{ EX_FLD_EMAIL + 2, "EMAIL:a@b\r\nEMAIL:c@d\r\nEMAIL:e@f\r\n",
	    "{\"address\":\"e@f\"}" },
#define ADDRESS(n, type) \
	{ EX_FLD_ADR + n, "ADR" type ":;;1 Road;;;;\r\n", "\"1 Road\"" }, \
	{ EX_FLD_ADR + n + 1, "ADR" type ":;;;Rome;;;\r\n", "\"Rome\"" }, \
	{ EX_FLD_ADR + n + 2, "ADR" type ":;;;;RM;;\r\n", "\"RM\"" }, \
	{ EX_FLD_ADR + n + 3, "ADR" type ":;;;;;;Italy\r\n", "\"Italy\"" }, \
	{ EX_FLD_ADR + n + 4, "ADR" type ":;;;;;00118;\r\n", "\"00118\"" }
	ADDRESS(0, ";TYPE=home"), ADDRESS(5, ";TYPE=work"), ADDRESS(10, ""),
#define TEL(n, type) \
	{ EX_FLD_TEL + n, "TEL;TYPE=" type ":+1\r\n", "\"+1\"" }
	TEL(0, "work"),
	{ EX_FLD_TEL + 1, "TEL;TYPE=work:1\r\nTEL;TYPE=work:2\r\n",
	    "\"2\"" },
	TEL(2, "home"),
	{ EX_FLD_TEL + 3, "TEL;TYPE=home:1\r\nTEL;TYPE=home:2\r\n",
	    "\"2\"" },
	TEL(4, "cell"), TEL(6, "pager"), TEL(7, "\"fax,work\""),
	TEL(8, "\"fax,home\""), TEL(9, "fax"),
	{ EX_FLD_TEL + 10, "TEL:+1\r\n", "\"+1\"" },
	TEL(11, "car"), TEL(12, "main-number"), TEL(13, "textphone"),
	TEL(14, "isdn"), TEL(15, "x-callback"), TEL(16, "x-assistant"),
	TEL(17, "x-radio"), TEL(18, "x-telex"), TEL(19, "x-primary"),
	{ EX_FLD_ASSISTANT, "X-MS-ASSISTANT:al\r\n", "\"al\"" },
	{ EX_FLD_BDAY, "BDAY:19700102\r\n", "\"1970-01-02T11:59:00Z\"" },
	{ EX_FLD_BDAY, "BDAY:--0102\r\n", "\"1604-01-02T11:59:00Z\"" },
	{ EX_FLD_URL, "URL:http://x/\r\n", "\"http://x/\"" },
	{ EX_FLD_CHILDREN, "RELATED;VALUE=text;TYPE=child:Jo\r\n"
	    "RELATED;VALUE=text;TYPE=child:Al\r\n", "[\"Jo\",\"Al\"]" },
	{ EX_FLD_DEPARTMENT, "ORG:ACME;Sales\r\n", "\"Sales\"" },
	{ EX_FLD_GENERATION, "N:;;;;Jr.\r\n", "\"Jr.\"" },
	{ EX_FLD_IM, "IMPP:xmpp:a@b\r\n", "\"xmpp:a@b\"" },
	{ EX_FLD_IM + 1, "IMPP:xmpp:a@b\r\nIMPP:sip:c\r\n", "\"sip:c\"" },
	{ EX_FLD_IM + 2, "IMPP:xmpp:a\r\nIMPP:sip:c\r\nIMPP:sip:d\r\n",
	    "\"sip:d\"" },
	{ EX_FLD_TITLE, "TITLE:Boss\r\n", "\"Boss\"" },
	{ EX_FLD_MANAGER, "X-MS-MANAGER:Max\r\n", "\"Max\"" },
	{ EX_FLD_OFFICE, "X-EVOLUTION-OFFICE:7\r\n", "\"7\"" },
	{ EX_FLD_POSTAL, "ADR;PREF=1:;;1 Road;;;;\r\n", "\"3\"" },
	{ EX_FLD_ROLE, "ROLE:Chief\r\n", "\"Chief\"" },
	{ EX_FLD_SPOUSE, "RELATED;VALUE=text;TYPE=spouse:Jo\r\n",
	    "\"Jo\"" },
	{ EX_FLD_SURNAME, "N:Doe;;;;\r\n", "\"Doe\"" },
	{ EX_FLD_WEDDING, "ANNIVERSARY:20100501\r\n",
	    "\"2010-05-01T11:59:00Z\"" },
};

#define WHEN	"DTSTART;TZID=Europe/Berlin:20250702T100000\r\n" \
	"DTEND;TZID=Europe/Berlin:20250702T110000\r\n"
#define BERLIN	"W. Europe Standard Time"

static const struct row event_rows[] = {
	{ EX_FLD_SUBJECT, WHEN "SUMMARY:s\r\n", "\"s\"" },
	{ EX_FLD_SENSITIVITY, WHEN, "\"normal\"" },
	{ EX_FLD_SENSITIVITY, WHEN "CLASS:CONFIDENTIAL\r\n",
	    "\"confidential\"" },
	{ EX_FLD_SENSITIVITY, WHEN "CLASS:PRIVATE\r\n", "\"private\"" },
	{ EX_FLD_BODY, WHEN "DESCRIPTION:a\\nb\r\n",
	    "{\"contentType\":\"text\",\"content\":\"a\\nb\"}" },
	{ EX_FLD_CATEGORIES, WHEN "CATEGORIES:x,y\r\n", "[\"x\",\"y\"]" },
	{ EX_FLD_IMPORTANCE, WHEN "PRIORITY:1\r\n", "\"high\"" },
	{ EX_FLD_IMPORTANCE, WHEN "PRIORITY:9\r\n", "\"low\"" },
	{ EX_FLD_IMPORTANCE, WHEN, "\"normal\"" },
	{ EX_FLD_REMINDER, WHEN, "false" },
#define ALARM(trigger) \
	"BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\n" \
	"TRIGGER" trigger "\r\nEND:VALARM\r\n"
	{ EX_FLD_REMINDER, WHEN ALARM(":-PT5M"), "true" },
	{ EX_FLD_MINUTES, WHEN ALARM(":-P1D"), "1440" },
	{ EX_FLD_START, WHEN, "{\"dateTime\":\"2025-07-02T10:00:00\","
	    "\"timeZone\":\"" BERLIN "\"}" },
	{ EX_FLD_END, WHEN, "{\"dateTime\":\"2025-07-02T11:00:00\","
	    "\"timeZone\":\"" BERLIN "\"}" },
	{ EX_FLD_ALLDAY, WHEN, "false" },
	{ EX_FLD_ALLDAY, "DTSTART;VALUE=DATE:20250702\r\n"
	    "DTEND;VALUE=DATE:20250703\r\n", "true" },
	{ EX_FLD_BUSY, WHEN, "\"busy\"" },
	{ EX_FLD_BUSY, WHEN "TRANSP:TRANSPARENT\r\n", "\"free\"" },
	{ EX_FLD_BUSY, WHEN "STATUS:TENTATIVE\r\n", "\"tentative\"" },
	{ EX_FLD_BUSY, WHEN "X-MICROSOFT-CDO-BUSYSTATUS:OOF\r\n",
	    "\"oof\"" },
	{ EX_FLD_BUSY, WHEN "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE\r\n",
	    "\"workingElsewhere\"" },
	{ EX_FLD_LOCATION, WHEN "LOCATION:there\r\n", "\"there\"" },
	{ EX_FLD_RRULE, WHEN "RRULE:FREQ=DAILY\r\n",
	    "{\"pattern\":{\"type\":\"daily\",\"interval\":1},"
	    "\"range\":{\"type\":\"noEnd\",\"startDate\":\"2025-07-02\"}}" },
};

#define OPEN	"STATUS:NEEDS-ACTION\r\n"

static const struct row task_rows[] = {
	{ EX_FLD_SUBJECT, OPEN "SUMMARY:s\r\n", "\"s\"" },
	{ EX_FLD_BODY, OPEN "DESCRIPTION:a\r\n",
	    "{\"contentType\":\"text\",\"content\":\"a\"}" },
	{ EX_FLD_CATEGORIES, OPEN "CATEGORIES:x\r\n", "[\"x\"]" },
	{ EX_FLD_IMPORTANCE, OPEN "PRIORITY:1\r\n", "\"high\"" },
	{ EX_FLD_REMINDER, OPEN, "false" },
	{ EX_FLD_REMINDER, OPEN ALARM(";VALUE=DATE-TIME:20250702T080000Z"),
	    "true" },
	{ EX_FLD_DUEBY, OPEN ALARM(";VALUE=DATE-TIME:20250702T080000Z"),
	    "{\"dateTime\":\"2025-07-02T08:00:00\",\"timeZone\":\"UTC\"}" },
	{ EX_FLD_DUE, OPEN "DUE;VALUE=DATE:20250702\r\n",
	    "{\"dateTime\":\"2025-07-02T00:00:00\",\"timeZone\":\"UTC\"}" },
	{ EX_FLD_STARTDATE, OPEN "DTSTART;VALUE=DATE:20250701\r\n",
	    "{\"dateTime\":\"2025-07-01T00:00:00\",\"timeZone\":\"UTC\"}" },
	{ EX_FLD_STATUS, "STATUS:NEEDS-ACTION\r\n", "\"notStarted\"" },
	{ EX_FLD_STATUS, "STATUS:IN-PROCESS\r\n", "\"inProgress\"" },
	{ EX_FLD_STATUS, "STATUS:CANCELLED\r\n", "\"deferred\"" },
};

/* Fields that hold no property, or one that is shown elsewhere here. */
static bool
is_ours(int field)
{
	return field == EX_FLD_UID_OWN || field == EX_FLD_STAMP ||
	    field == EX_FLD_OVER || field == EX_FLD_STARTZONE ||
	    field == EX_FLD_ENDZONE;
}

static const char *
text_of(enum ex_kind kind, const char *lines)
{
	const char *name = kind == EX_KIND_EVENTS ? "VEVENT" : "VTODO";

	if (kind == EX_KIND_CONTACTS)
		return str(ex_arena_fmt(&a, "BEGIN:VCARD\r\nVERSION:4.0\r\n"
		    "UID:u1\r\nFN:Jane\r\n%sEND:VCARD\r\n", lines));
	return str(ex_arena_fmt(&a, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
	    "PRODID:x\r\nBEGIN:%s\r\nUID:e1\r\n%sEND:%s\r\n"
	    "END:VCALENDAR\r\n", name, lines, name));
}

/* Each row both ways, by its field alone; and there is a row for each. */
static void
rows(enum ex_kind kind, const struct row *row, size_t n)
{
	const struct ex_graphmap_field *f, *over = ex_graphmap_row(kind,
	    EX_FLD_OVER);
	bool seen[EX_FLD_N] = { false };
	const struct ex_json *sent;
	struct ex_item item;
	size_t i;
	int k;

	for (i = 0; i < n; i++) {
		item = decode(text_of(kind, row[i].lines));
		whole_item(&item);
		sent = parsed(written(&item, NULL).create, &a);
		f = ex_graphmap_row(kind, row[i].field);
		assert_non_null(f);
		assert_string_equal(placed(sent, f), row[i].value);
		if (strncmp(placed(sent, over), "\"", 2) != 0 &&
		    strcmp(placed(sent, over), "") != 0 &&
		    strcmp(placed(sent, over), "\"\"") != 0)
			fail_msg("%s: is in exover: %s", row[i].lines,
			    placed(sent, over));
		seen[row[i].field] = true;
	}
	for (k = 0; k < EX_FLD_N; k++) {
		f = ex_graphmap_row(kind, k);
		if (f != NULL && !seen[k] && !is_ours(k) &&
		    (f->flags & EX_EXF_READ) == 0)
			fail_msg("%s: no example", f->name);
	}
}

static void
test_rows(void **state)
{
	(void)state;
	rows(EX_KIND_CONTACTS, contact_rows, N(contact_rows));
	rows(EX_KIND_EVENTS, event_rows, N(event_rows));
	rows(EX_KIND_TASKS, task_rows, N(task_rows));
}

static void
test_refused(void **state)
{
	struct ex_graph_got got = { 0 };

	(void)state;
	refused(CARD("FN:x\r\nKIND:group\r\n"), NULL,
	    "KIND: a group is no contact in Exchange");
	refused(EVENT(WHEN "ATTENDEE:mailto:a@b\r\n"), NULL,
	    "ATTENDEE: Graph would mail them");
	refused(EVENT(WHEN "RRULE:FREQ=YEARLY;BYWEEKNO=3\r\n"), NULL,
	    "RRULE: Exchange has no BYWEEKNO");
	refused(EVENT(WHEN "RRULE:FREQ=DAILY\r\nRDATE:20250301T100000Z"
	    "\r\n"), NULL, "RDATE: Exchange has none");
	refused(TASK("DUE;VALUE=DATE:20250702\r\nRRULE:FREQ=DAILY\r\n"),
	    NULL, "RRULE: Graph does not let a task's recurrence be written");
	got.item = parsed(EX_STR("{\"subject\":\"s\",\"start\":{\"dateTime\":"
	    "\"2025-07-02T08:00:00\",\"timeZone\":\"UTC\"},\"attendees\":[{"
	    "\"emailAddress\":{\"address\":\"a@b\"},\"type\":\"required\"}]}"),
	    &a);
	refused(EVENT(WHEN), &got, "attendees: the server's item has some, "
	    "and Graph would mail them");
}

/* What no field holds comes back all the same. */
static void
test_overflow(void **state)
{
	struct ex_graph_got got;

	(void)state;
	whole(CARD("FN:Jane Doe\r\nN:Doe,Roe;Jane;Q.;Dr.;Jr.\r\n"
	    "ORG:ACME;Sales;West\r\nTITLE;LANGUAGE=de:Boss\r\n"
	    "NICKNAME:a,b\r\nTEL;TYPE=cell:1\r\nTEL;TYPE=cell:2\r\n"
	    "TEL;TYPE=work:5\r\nTEL;TYPE=work:6\r\nTEL;TYPE=work:7\r\n"
	    "EMAIL;TYPE=work:a@b\r\nEMAIL:c@d\r\nEMAIL:e@f\r\nEMAIL:g@h\r\n"
	    "ADR;TYPE=home:box;ext;1 Road;Paris;IDF;75001;France\r\n"
	    "ADR;TYPE=home:;;2 Road;Rome;;;Italy\r\nGEO:geo:1,2\r\n"
	    "KEY:data:application/pgp-keys;base64,AAAA\r\nX-FOO;A=b:c\r\n"
	    "PHOTO:data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ==\r\n"));
	whole(EVENT("DTSTART;TZID=Europe/Rome:20250702T100000\r\n"
	    "DURATION:PT1H\r\nSUMMARY:hi\r\nURL:http://x/\r\nPRIORITY:3\r\n"
	    "STATUS:CONFIRMED\r\nX-FOO:bar\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\n"
	    "TRIGGER;RELATED=END:PT5M\r\nEND:VALARM\r\n"
	    "ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=text/plain:aGk=\r\n"
	    "ATTACH:http://x/\r\n"));
	whole(EVENT("DTSTART:20250702T100000\r\nDTEND:20250702T110000\r\n"));
	whole("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
	    "BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\n"
	    "DTSTART:19700101T000000\r\nTZOFFSETFROM:+0545\r\n"
	    "TZOFFSETTO:+0545\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
	    "BEGIN:VEVENT\r\nUID:e1\r\nDTSTAMP:20200101T000000Z\r\n"
	    "DTSTART;TZID=Mine:20250702T030000\r\nRRULE:FREQ=WEEKLY\r\n"
	    "END:VEVENT\r\nEND:VCALENDAR\r\n");
	whole(TASK("DTSTART:20250701T100000Z\r\nDUE:20250702T140000Z\r\n"
	    "SUMMARY:s\r\nPERCENT-COMPLETE:30\r\nCLASS:PRIVATE\r\n"
	    "RELATED-TO:x\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\n"
	    "DESCRIPTION:x\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"));
	whole(TASK("SUMMARY:s\r\nSTATUS:COMPLETED\r\n"
	    "COMPLETED:20250702T000000Z\r\nPERCENT-COMPLETE:100\r\n"));
	whole(TASK(""));
	/* what Graph would drop or refuse */
	got = whole(CARD("FN:x\r\nEMAIL:none\r\nEMAIL:a@b\r\n"
	    "PHOTO:data:text/plain;base64,AAAA\r\n"));
	assert_string_equal(json(ex_json_get(got.item, "emailAddresses")),
	    "[{\"address\":\"a@b\"}]");
	assert_int_equal(got.nfile, 0);
	/* nobody is invited, so nobody is mailed */
	whole(EVENT(WHEN "ORGANIZER:mailto:a@b\r\n"));
	/* Graph has no place for such a number, but one that is not wrong */
	got = whole(CARD("FN:x\r\nTEL;TYPE=cell,work:1\r\n"));
	assert_string_equal(placed(got.item, ex_graphmap_row(
	    EX_KIND_CONTACTS, EX_FLD_TEL + 4)), "\"1\"");
}

static const char *
lost(const struct ex_exmap_send *send)
{
	struct ex_str all = EX_STR("");
	size_t i;

	for (i = 0; i < send->nlost; i++)
		all = ex_arena_fmt(&a, "%.*s %.*s", EX_STR_ARG(all),
		    EX_STR_ARG(send->lost[i]));
	return str(all);
}

/* exover has an end: the largest goes first, and is told of. */
static void
test_lost(void **state)
{
	static const char series[] = SERIES("") "BEGIN:VEVENT\r\nUID:e1\r\n"
	    "RECURRENCE-ID;TZID=Europe/Berlin:20250411T100000\r\n"
	    "DTSTART;TZID=Europe/Berlin:20250411T100000\r\nDURATION:PT1H\r\n"
	    "SUMMARY:s\r\nX-A:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
	static char big[31001];
	struct ex_item item, back;
	struct ex_exmap_send send;
	struct ex_graph_got got;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	item = decode(str(ex_arena_fmt(&a, CARD("FN:x\r\nX-A:%s\r\nX-B:b\r\n"
	    "TITLE;LANGUAGE=de;X-C=%s:t\r\n"), big, big)));
	send = written(&item, NULL);
	assert_string_equal(lost(&send), " X-A TITLE");
	got = echo(&send, NULL, &a);
	back = read_back(&got, item.kind);
	item = decode(CARD("FN:x\r\nX-B:b\r\nTITLE:t\r\n"));
	assert_string_equal(view(&back), view(&item));
	/* what comes in its place is told of, too */
	item = decode(str(ex_arena_fmt(&a, EVENT("DTSTART:20250702T100000Z"
	    "\r\nDURATION;X-C=%s:PT1H\r\n"), big)));
	send = written(&item, NULL);
	assert_string_equal(lost(&send), " DTSTART DURATION DTEND");
	/* an occurrence without its times would be none */
	item = decode(str(ex_arena_fmt(&a, series, big)));
	send = written(&item, NULL);
	assert_int_equal(send.noccurrence, 0);
	assert_string_equal(lost(&send),
	    " DTSTART DURATION RECURRENCE-ID SUMMARY X-A");
	got = echo(&send, NULL, &a);
	back = read_back(&got, item.kind);
	item = decode(SERIES("") "END:VCALENDAR\r\n");
	assert_string_equal(view(&back), view(&item));
}

/* The mark of a create: by it, it is found again. */
static void
test_stamp(void **state)
{
	static const char *const text[] = {
		CARD("FN:x\r\n"), EVENT(WHEN), TASK("SUMMARY:x\r\n"),
	};
	struct ex_buf b = EX_BUF_INIT;
	struct ex_graph_got got;
	struct ex_item item;
	struct ex_str stamp;
	struct ex_err err;
	size_t i;

	(void)state;
	for (i = 0; i < N(text); i++) {
		got = whole(text[i]);
		stamp = EX_STR_NONE;
		assert_int_equal(ex_graphmap_read(&got, i == 0 ?
		    EX_KIND_CONTACTS : i == 1 ? EX_KIND_EVENTS :
		    EX_KIND_TASKS, &a, &item, &stamp, &err), 0);
		assert_string_equal(str(stamp), "stamp");
		assert_string_equal(json(ex_json_get(got.item,
		    "transactionId")), i == 1 ? "\"stamp\"" : "");
	}
	ex_graphmap_find_stamp(&b, EX_KIND_EVENTS, EX_STR("a'b"));
	assert_string_equal(str(ex_buf_get(&b)),
	    "$filter=singleValueExtendedProperties%2FAny(ep:%20ep%2Fid%20eq"
	    "%20%27String%20%7B" EX_EXMAP_SET "%7D%20Name%20exstamp%27%20and"
	    "%20ep%2Fvalue%20eq%20%27a%27%27b%27)");
	ex_buf_clear(&b);
	ex_graphmap_find_stamp(&b, EX_KIND_TASKS, EX_STR("a"));
	assert_int_equal(b.n, 0);
	ex_buf_fini(&b);
}

static const char *
query(enum ex_kind kind, bool changed)
{
	struct ex_buf b = EX_BUF_INIT;
	const char *s;

	ex_graphmap_query(&b, kind, changed);
	s = str(ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

static void
test_query(void **state)
{
	const char *s;

	(void)state;
	assert_string_equal(query(EX_KIND_TASKS, false), "$select=id,title,"
	    "body,categories,importance,createdDateTime,reminderDateTime,"
	    "isReminderOn,lastModifiedDateTime,completedDateTime,dueDateTime,"
	    "recurrence,startDateTime,status&$expand=extensions");
	s = query(EX_KIND_EVENTS, false);
	assert_non_null(strstr(s, "$select=id,changeKey,"));
	assert_null(strstr(s, "Occurrences"));
	assert_int_equal(count(s, "attendees"), 1);
	s = query(EX_KIND_EVENTS, true);
	assert_non_null(strstr(s, "$expand=exceptionOccurrences,single"));
	assert_int_equal(count(s, ",exceptionOccurrences,"), 1);
	assert_int_equal(count(s, ",cancelledOccurrences,"), 1);
	assert_non_null(strstr(s, "%20or%20id%20eq%20%27Binary%20%7B"
	    EX_EXMAP_SET "%7D%20Name%20exover%27)"));
	s = query(EX_KIND_CONTACTS, false);
	assert_non_null(strstr(s, "$filter=id%20eq%20%27Boolean%20%7B"));
	assert_int_equal(count(s, "emailAddresses"), 1);
	assert_null(strchr(s, ' '));
}

/* What Graph and EWS have in exover is one, so either reads the other's. */
static void
same_over(const char *text)
{
	struct ex_item item = decode(text);
	struct ex_graph_got got = whole_item(&item);
	struct ex_exmap_values v;
	struct ex_exmap_send send;
	struct ex_err err;

	ex_graphmap_values(got.item, item.kind, &a, &v);
	assert_non_null(ex_exmap_over_parse(v.v[EX_FLD_OVER], &a));
	assert_int_equal(ex_ewsmap_write(&item, NULL, EX_STR("s"), &a, &send,
	    &err), 0);
	assert_non_null(strstr(str(send.create), str(ex_arena_fmt(&a,
	    "PropertyName=\"exover\" PropertyType=\"Binary\"/><t:Value>%.*s"
	    "</t:Value>", EX_STR_ARG(v.v[EX_FLD_OVER])))));
}

static void
test_same_over(void **state)
{
	(void)state;
	same_over(CARD("FN:x\r\nTITLE;LANGUAGE=de:Boss\r\nX-FOO:c\r\n"
	    "TEL;TYPE=cell:1\r\nTEL;TYPE=cell:2\r\nTEL;TYPE=fax:3\r\n"));
	same_over(EVENT("DTSTART;TZID=Europe/Rome:20250702T100000\r\n"
	    "DURATION:PT1H\r\nPRIORITY:3\r\nX-FOO:c\r\n"));
}

struct when {
	const char *zone, *start, *allday, *want;
};

static void
test_when(void **state)
{
	/* whatever zone a day is said in, and whichever it was made in */
	static const struct when t[] = {
		{ BERLIN, "2025-03-30T08:00:00.0000000\",\"timeZone\":\"UTC",
		    "false", ";TZID=Europe/Berlin:20250330T100000" },
		{ BERLIN, "2025-03-29T08:00:00.0000000\",\"timeZone\":\"UTC",
		    "false", ";TZID=Europe/Berlin:20250329T090000" },
		{ "Europe/Berlin", "2025-07-02T10:00:00\",\"timeZone\":\""
		    BERLIN, "false", ";TZID=Europe/Berlin:20250702T100000" },
		{ "UTC", "2025-07-02T08:00:00\",\"timeZone\":\"UTC", "false",
		    ":20250702T080000Z" },
		{ "tzone://Microsoft/Custom", "2025-07-02T08:00:00\","
		    "\"timeZone\":\"UTC", "false", ":20250702T080000Z" },
		{ "Pacific Standard Time", "2025-07-02T00:00:00\","
		    "\"timeZone\":\"UTC", "true", ";VALUE=DATE:20250702" },
		{ "New Zealand Standard Time", "2025-07-02T00:00:00\","
		    "\"timeZone\":\"UTC", "true", ";VALUE=DATE:20250702" },
		{ "New Zealand Standard Time", "2025-07-01T12:00:00\","
		    "\"timeZone\":\"UTC", "true", ";VALUE=DATE:20250702" },
		{ BERLIN, "2025-07-01T22:00:00\",\"timeZone\":\"UTC", "true",
		    ";VALUE=DATE:20250702" },
	};
	struct ex_graph_got got = { 0 };
	struct ex_item item;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_err err;
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		got.item = parsed(ex_arena_fmt(&a, "{\"isAllDay\":%s,"
		    "\"originalStartTimeZone\":\"%s\","
		    "\"originalEndTimeZone\":\"%s\",\"start\":{"
		    "\"dateTime\":\"%s\"},\"end\":{\"dateTime\":\"%s\"}}",
		    t[i].allday, t[i].zone, t[i].zone, t[i].start,
		    t[i].start), &a);
		item = read_back(&got, EX_KIND_EVENTS);
		ex_buf_clear(&b);
		assert_int_equal(ex_codec_encode(&item, EX_STR_NONE, &a, &b,
		    &err), 0);
		assert_non_null(strstr(str(ex_buf_get(&b)), str(ex_arena_fmt(
		    &a, "\r\nDTSTART%s\r\n", t[i].want))));
		/* no day ends as it begins */
		assert_int_equal(strstr(str(written(&item, &got).update),
		    "dateTime") != NULL, strcmp(t[i].allday, "true") == 0);
	}
	ex_buf_fini(&b);
	/* the clock shows 02:30 twice that night */
	whole(EVENT("DTSTART;TZID=Europe/Berlin:20251026T023000\r\n"
	    "DTEND;TZID=Europe/Berlin:20251026T033000\r\n"));
	whole(EVENT("DTSTART;VALUE=DATE:20250330\r\n"));
	whole(EVENT("DTSTART;VALUE=DATE:20250330\r\nRRULE:FREQ=WEEKLY\r\n"
	    "EXDATE;VALUE=DATE:20250406\r\n"));
}

/* The rows of the table of recurrences, both ways. */
static void
test_rules(void **state)
{
#define PATTERN(type, more)	"\"pattern\":{\"type\":\"" type "\"," more "}"
	static const struct {
		const char *start, *rule, *pattern, *range;
	} t[] = {
		{ "20250702", "FREQ=DAILY;INTERVAL=3", PATTERN("daily",
		    "\"interval\":3"), "noEnd" },
		{ "20250702", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU",
		    PATTERN("weekly", "\"interval\":2,\"daysOfWeek\":["
		    "\"monday\",\"wednesday\"],\"firstDayOfWeek\":"
		    "\"sunday\""), "noEnd" },
		{ "20250702", "FREQ=MONTHLY;BYMONTHDAY=2", PATTERN(
		    "absoluteMonthly", "\"interval\":1,\"dayOfMonth\":2"),
		    "noEnd" },
		{ "20250708", "FREQ=MONTHLY;BYDAY=2TU", PATTERN(
		    "relativeMonthly", "\"interval\":1,\"daysOfWeek\":["
		    "\"tuesday\"],\"index\":\"second\""), "noEnd" },
		{ "20250731", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
		    PATTERN("relativeMonthly", "\"interval\":1,\"daysOfWeek\":"
		    "[\"monday\",\"tuesday\",\"wednesday\",\"thursday\","
		    "\"friday\"],\"index\":\"last\""), "noEnd" },
		{ "20250702", "FREQ=YEARLY;INTERVAL=2;BYMONTH=7;BYMONTHDAY=2",
		    PATTERN("absoluteYearly", "\"interval\":2,\"dayOfMonth\":2"
		    ",\"month\":7"), "noEnd" },
		{ "20250708", "FREQ=YEARLY;BYMONTH=7;BYDAY=2TU", PATTERN(
		    "relativeYearly", "\"interval\":1,\"daysOfWeek\":["
		    "\"tuesday\"],\"index\":\"second\",\"month\":7"),
		    "noEnd" },
		{ "20250731", "FREQ=MONTHLY;BYMONTHDAY=-1", PATTERN(
		    "relativeMonthly", "\"interval\":1,\"daysOfWeek\":["
		    "\"monday\",\"tuesday\",\"wednesday\",\"thursday\","
		    "\"friday\",\"saturday\",\"sunday\"],\"index\":\"last\""),
		    "noEnd" },
		{ "20250702", "FREQ=DAILY;COUNT=5", PATTERN("daily",
		    "\"interval\":1"), "numbered" },
		{ "20250702", "FREQ=DAILY;UNTIL=20250705T080000Z", PATTERN(
		    "daily", "\"interval\":1"), "endDate" },
	};
	struct ex_graph_got got;
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		got = whole(str(ex_arena_fmt(&a, EVENT("DTSTART;TZID="
		    "Europe/Berlin:%sT100000\r\nRRULE:%s\r\n"), t[i].start,
		    t[i].rule)));
		text = json(ex_json_get(got.item, "recurrence"));
		if (strstr(text, t[i].pattern) == NULL ||
		    strstr(text, t[i].range) == NULL)
			fail_msg("%s: %s", t[i].rule, text);
	}
	assert_non_null(strstr(text, "\"endDate\":\"2025-07-05\""));
}

static void
test_series(void **state)
{
	static const char text[] = SERIES("EXDATE;TZID=Europe/Berlin:"
	    "20250328T100000,20250404T100000\r\n") MOVED
	    "END:VCALENDAR\r\n";
	struct ex_item item = decode(text);
	struct ex_exmap_send send;
	struct ex_graph_got got = whole(text);

	(void)state;
	send = written(&item, NULL);
	assert_int_equal(send.noccurrence, 3);
	assert_true(send.occurrence[0].cancel);
	/* summer time begins on the 30th of March */
	assert_string_equal(str(send.occurrence[0].start),
	    "2025-03-28T09:00:00Z");
	assert_string_equal(str(send.occurrence[1].start),
	    "2025-04-04T08:00:00Z");
	assert_string_equal(str(send.occurrence[2].update),
	    "{\"subject\":\"moved\",\"start\":{\"dateTime\":"
	    "\"2025-04-12T12:00:00\",\"timeZone\":\"" BERLIN "\"},\"end\":{"
	    "\"dateTime\":\"2025-04-12T13:00:00\",\"timeZone\":\"" BERLIN
	    "\"},\"isAllDay\":false}");
	assert_string_equal(json(ex_json_get(got.item,
	    "cancelledOccurrences")), "[\"OID.AAMk=.2025-03-28\","
	    "\"OID.AAMk=.2025-04-04\"]");
	/* an EXDATE less: the series has to be made anew */
	item = decode(SERIES("EXDATE;TZID=Europe/Berlin:20250328T100000\r\n")
	    MOVED "END:VCALENDAR\r\n");
	send = written(&item, &got);
	assert_true(send.anew);
	assert_true(send.create.n > 0);
	assert_int_equal(send.noccurrence, 2);
}

/* What cannot be understood is no item, instead of a part of one. */
static void
test_unreadable(void **state)
{
#define START	"\"start\":{\"dateTime\":\"2025-07-02T08:00:00\"," \
	"\"timeZone\":\"UTC\"}"
	static const char *const t[][2] = {
		{ "{\"subject\":\"s\"}", "Start: no such day or time" },
		{ "{" START ",\"recurrence\":{\"pattern\":{\"type\":\"hourly\""
		    "}}}", "recurrence: not one that we know" },
		{ "{" START ",\"cancelledOccurrences\":[\"OID.x\"]}",
		    "cancelledOccurrences: one does not end with a date" },
	};
	struct ex_graph_got got = { 0 };
	struct ex_item item;
	struct ex_str stamp;
	struct ex_err err;
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		got.item = parsed(ex_str_of(t[i][0]), &a);
		assert_int_equal(ex_graphmap_read(&got, EX_KIND_EVENTS, &a,
		    &item, &stamp, &err), -1);
		assert_int_equal(err.code, EX_ERR_INPUT);
		assert_string_equal(err.msg, t[i][1]);
	}
}

/* Only what changed is sent. */
static void
updates(const char *before, const char *after, const char *want)
{
	struct ex_graph_got got = whole(before);
	struct ex_item item = decode(after), back;
	struct ex_exmap_send send = written(&item, &got);

	assert_string_equal(str(send.update), want);
	got = echo(&send, &got, &a);
	back = read_back(&got, item.kind);
	assert_string_equal(view(&back), view(&item));
	assert_string_equal(str(written(&item, &got).update), "");
}

static void
test_updates(void **state)
{
	(void)state;
	updates(CARD("FN:x\r\nTITLE:a\r\nNOTE:b\r\n"),
	    CARD("FN:x\r\nTITLE:c\r\nNOTE:b\r\n"), "{\"jobTitle\":\"c\"}");
	updates(CARD("FN:x\r\nTITLE:a\r\n"), CARD("FN:x\r\n"),
	    "{\"jobTitle\":null}");
	updates(CARD("FN:x\r\nEMAIL:a@b\r\nEMAIL:c@d\r\n"),
	    CARD("FN:x\r\nEMAIL:a@b\r\nEMAIL:e@f\r\n"), "{\"emailAddresses\":"
	    "[{\"address\":\"a@b\"},{\"address\":\"e@f\"}]}");
	updates(CARD("FN:x\r\nEMAIL:a@b\r\n"), CARD("FN:x\r\n"),
	    "{\"emailAddresses\":[]}");
	updates(CARD("FN:x\r\nADR;TYPE=home:;;1 Road;Rome;;;\r\n"),
	    CARD("FN:x\r\nADR;TYPE=home:;;2 Road;Rome;;;\r\n"),
	    "{\"homeAddress\":{\"street\":\"2 Road\",\"city\":\"Rome\","
	    "\"state\":null,\"countryOrRegion\":null,\"postalCode\":null}}");
	updates(CARD("FN:x\r\nTEL;TYPE=pager:1\r\n"), CARD("FN:x\r\n"),
	    "{\"singleValueExtendedProperties\":[{\"id\":\"String 0x3A21\","
	    "\"value\":null}]}");
	updates(CARD("FN:x\r\nGENDER:F\r\nCLASS:PRIVATE\r\n"),
	    CARD("FN:x\r\n"), "{\"singleValueExtendedProperties\":[{\"id\":"
	    "\"Integer 0x0036\",\"value\":\"0\"},{\"id\":\"Short 0x3A4D\","
	    "\"value\":\"0\"}]}");
	/* displayName would be made anew of the name */
	updates(CARD("FN:x\r\nN:Doe;Jane;;;\r\n"),
	    CARD("FN:x\r\nN:Doe;Joan;;;\r\n"), "{\"fileAs\":\"Doe, Joan\","
	    "\"displayName\":\"x\",\"givenName\":\"Joan\"}");
	updates(EVENT(WHEN "SUMMARY:a\r\nDESCRIPTION:b\r\n"),
	    EVENT(WHEN "SUMMARY:a\r\n"),
	    "{\"body\":{\"contentType\":\"text\",\"content\":\"\"}}");
	updates(EVENT(WHEN), EVENT("DTSTART;TZID=Europe/Berlin:"
	    "20250702T103000\r\nDTEND;TZID=Europe/Berlin:20250702T110000\r\n"),
	    "{\"start\":{\"dateTime\":\"2025-07-02T10:30:00\",\"timeZone\":\""
	    BERLIN "\"},\"end\":{\"dateTime\":\"2025-07-02T11:00:00\","
	    "\"timeZone\":\"" BERLIN "\"},\"isAllDay\":false}");
	updates(EVENT(WHEN "RRULE:FREQ=DAILY\r\n"), EVENT(WHEN),
	    "{\"recurrence\":null}");
	updates(EVENT(WHEN ALARM(":-PT5M")), EVENT(WHEN),
	    "{\"isReminderOn\":false}");
	updates(TASK("DUE;VALUE=DATE:20250702\r\nSTATUS:NEEDS-ACTION\r\n"),
	    TASK("STATUS:COMPLETED\r\nCOMPLETED:20250702T000000Z\r\n"
	    "PERCENT-COMPLETE:100\r\n"),
	    "{\"dueDateTime\":null,\"status\":\"completed\"}");
}

static void
test_extension(void **state)
{
	struct ex_graph_got got = { .item = parsed(EX_STR("{\"title\":\"s\","
	    "\"importance\":\"normal\",\"isReminderOn\":false,\"status\":"
	    "\"notStarted\"}"), &a) };
	struct ex_item item = decode(TASK("SUMMARY:s\r\n"
	    "STATUS:NEEDS-ACTION\r\nX-A:b\r\n")), back;
	struct ex_exmap_send send;

	(void)state;
	send = written(&item, &got);
	assert_string_equal(str(send.update), "");
	assert_true(send.extension_new);
	assert_string_equal(str(ex_json_get_str(parsed(send.extension, &a),
	    "extensionName")), "exring");
	got = echo(&send, &got, &a);
	back = read_back(&got, item.kind);
	assert_string_equal(view(&back), view(&item));
	/* and it goes again */
	item = decode(TASK("SUMMARY:s\r\nSTATUS:NEEDS-ACTION\r\n"));
	send = written(&item, &got);
	assert_false(send.extension_new);
	assert_string_equal(json(ex_json_get(parsed(send.extension, &a),
	    "over")), "\"\"");
	got = echo(&send, &got, &a);
	back = read_back(&got, item.kind);
	assert_string_equal(view(&back), view(&item));
	assert_string_equal(str(written(&item, &got).extension), "");
}

/* A field that somebody edits there wins; the rest stands. */
static void
test_edit(void **state)
{
	struct ex_graph_got got = whole(CARD("FN:Jane\r\nTITLE;LANGUAGE=de:a"
	    "\r\nROLE;LANGUAGE=de:b\r\nX-FOO:c\r\n"));
	struct ex_item item, want;

	(void)state;
	got.item = patched(got.item, EX_STR("{\"jobTitle\":\"new\"}"), &a);
	item = read_back(&got, EX_KIND_CONTACTS);
	want = decode(CARD("FN:Jane\r\nTITLE:new\r\n"
	    "ROLE;LANGUAGE=de:b\r\nX-FOO:c\r\n"));
	assert_string_equal(view(&item), view(&want));
}

/* What a server says beside what was written is no change. */
static void
test_server(void **state)
{
	struct ex_graph_got got = whole(EVENT(WHEN "SUMMARY:s\r\n"));
	struct ex_item item, want = decode(EVENT(WHEN "SUMMARY:s\r\n"
	    "DESCRIPTION:a & b\\n\\nc\r\n"));

	(void)state;
	got.item = patched(got.item, EX_STR("{\"iCalUId\":\"040000\","
	    "\"createdDateTime\":\"2023-09-04T10:12:47.1985121Z\","
	    "\"lastModifiedDateTime\":\"2023-09-04T10:12:48.2173253Z\","
	    "\"organizer\":{\"emailAddress\":{\"name\":\"A\",\"address\":"
	    "\"a@b\"}},\"attendees\":[],\"body\":{\"contentType\":\"html\","
	    "\"content\":\"<html><head><title>t</title></head>\\r\\n<body>"
	    "<style>x{}</style><p>a &amp;&#32;b<br>\\r\\n</p>c</body></html>\\r\\n\"}}"), &a);
	item = read_back(&got, EX_KIND_EVENTS);
	assert_string_equal(view(&item), view(&want));
	assert_string_equal(str(item.uid), "040000");
	assert_string_equal(str(written(&item, &got).update), "");
}

static struct ex_str
slurp(const char *path)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s = EX_STR_NONE;
	FILE *f = fopen(path, "rb");
	size_t n;
	char *p;

	if (f == NULL) {
		print_message("# no %s: not read\n", path);
		return s;
	}
	while ((p = ex_buf_room(&b, 65536)) != NULL &&
	    (n = fread(p, 1, 65536, f)) > 0)
		b.n += n;
	fclose(f);
	s = ex_arena_str(&a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

/* Members of a recorded contact, and the line that each is. */
static void
recorded(const struct ex_json *j)
{
	static const char *const lines[][2] = {
		{ "displayName", "FN:" }, { "jobTitle", "TITLE:" },
		{ "officeLocation", "X-EVOLUTION-OFFICE:" },
		{ "mobilePhone", "TEL;TYPE=cell:" },
		{ "nickName", "NICKNAME:" }, { "companyName", "ORG:" },
	};
	struct ex_graph_got got = { .item = j };
	struct ex_item item = read_back(&got, EX_KIND_CONTACTS);
	struct ex_buf b = EX_BUF_INIT;
	const struct ex_json *mail = ex_json_get(j, "emailAddresses");
	const char *text;
	struct ex_err err;
	struct ex_str s;
	size_t i;

	assert_int_equal(ex_codec_encode(&item, EX_STR("vcard 4.0"), &a, &b,
	    &err), 0);
	text = str(ex_buf_get(&b));
	for (i = 0; i < N(lines); i++) {
		s = ex_json_get_str(j, lines[i][0]);
		assert_int_equal(count(text, str(ex_arena_fmt(&a,
		    "\r\n%s%.*s\r\n", lines[i][1], EX_STR_ARG(s)))), s.n > 0);
	}
	for (mail = mail->child; mail != NULL; mail = mail->next)
		assert_int_equal(count(text, str(ex_arena_fmt(&a,
		    "\r\nEMAIL:%.*s\r\n", EX_STR_ARG(ex_json_get_str(mail,
		    "address"))))), 1);
	assert_int_equal(count(text, str(ex_arena_fmt(&a,
	    "\r\nN:%.*s;%.*s;;;\r\n", EX_STR_ARG(ex_json_get_str(j,
	    "surname")), EX_STR_ARG(ex_json_get_str(j, "givenName"))))), 1);
	ex_buf_fini(&b);
	/* a create that was made of it, and what is made of that */
	whole_item(&item);
}

static void
test_recorded(void **state)
{
	static const char *const files[] = {
		"contacts.json", "contacts-next-page.json",
	};
	const struct ex_json *j;
	size_t i, n = 0;
	struct ex_str s;

	(void)state;
	for (i = 0; i < N(files); i++) {
		s = slurp(str(ex_arena_fmt(&a, GRAPH "recorded/%s",
		    files[i])));
		if (s.p == NULL)
			return;
		j = ex_json_get(parsed(s, &a), "value");
		for (j = j->child; j != NULL; j = j->next, n++)
			recorded(j);
	}
	assert_int_equal(n, 20);
}

/* Is it a whole item, as the documentation shows it? */
static enum ex_kind
kind_of(const struct ex_json *j, struct ex_str page)
{
	if (j == NULL || ex_json_get(j, "id") == NULL)
		return EX_KIND_NONE;
	if (ex_json_get(j, "givenName") != NULL &&
	    ex_json_get(j, "emailAddresses") != NULL)
		return EX_KIND_CONTACTS;
	if (ex_json_get(j, "start") != NULL && ex_json_get(j, "end") != NULL)
		return EX_KIND_EVENTS;
	return ex_json_get(j, "title") != NULL &&
	    ex_json_get(j, "importance") != NULL && strstr(str(page),
	    "todotask") != NULL ? EX_KIND_TASKS : EX_KIND_NONE;
}

/* Placeholders ("datetime-value") are no times, and no item of ours. */
static void
example(const struct ex_json *j, struct ex_str page, size_t n[])
{
	struct ex_graph_got got = { .item = j };
	enum ex_kind kind = kind_of(j, page);
	struct ex_item item;
	struct ex_str stamp;
	struct ex_err err = { 0 };

	if (kind == EX_KIND_NONE || strstr(json(j), "-value\"") != NULL)
		return;
	if (ex_graphmap_read(&got, kind, &a, &item, &stamp, &err) == -1)
		fail_msg("%s: %s: %s", str(page), err.msg, json(j));
	n[kind]++;
}

static void
test_examples(void **state)
{
	struct ex_str s = slurp(GRAPH "docs-examples.json"), page;
	const struct ex_json *e, *body, *j;
	size_t n[8] = { 0 };

	(void)state;
	if (s.p == NULL)
		return;
	for (e = parsed(s, &a)->child; e != NULL; e = e->next) {
		page = ex_json_get_str(e, "src");
		body = ex_json_get(e, "body");
		example(body, page, n);
		j = ex_json_get(body, "value");
		if (j != NULL && j->type == EX_JSON_ARRAY)
			for (j = j->child; j != NULL; j = j->next)
				example(j, page, n);
	}
	print_message("# %zu contacts, %zu events, %zu tasks\n",
	    n[EX_KIND_CONTACTS], n[EX_KIND_EVENTS], n[EX_KIND_TASKS]);
	assert_true(n[EX_KIND_CONTACTS] > 0 && n[EX_KIND_EVENTS] > 0 &&
	    n[EX_KIND_TASKS] > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rows, reset),
		cmocka_unit_test_setup(test_refused, reset),
		cmocka_unit_test_setup(test_overflow, reset),
		cmocka_unit_test_setup(test_lost, reset),
		cmocka_unit_test_setup(test_stamp, reset),
		cmocka_unit_test_setup(test_query, reset),
		cmocka_unit_test_setup(test_same_over, reset),
		cmocka_unit_test_setup(test_when, reset),
		cmocka_unit_test_setup(test_rules, reset),
		cmocka_unit_test_setup(test_series, reset),
		cmocka_unit_test_setup(test_unreadable, reset),
		cmocka_unit_test_setup(test_updates, reset),
		cmocka_unit_test_setup(test_extension, reset),
		cmocka_unit_test_setup(test_edit, reset),
		cmocka_unit_test_setup(test_server, reset),
		cmocka_unit_test_setup(test_recorded, reset),
		cmocka_unit_test_setup(test_examples, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_bodies, close_bodies);
}
