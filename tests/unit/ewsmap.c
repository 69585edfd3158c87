/*
 * ewsmap*.c: items to the fields of Exchange and back
 *
 * A server's part is played by an echo: what is to be made is read as if a
 * server gave it back, with what recordings show that it adds.  Every
 * request is checked against Microsoft's schema; it and the corpus lie
 * beside the checkout, and without them this says so and passes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <ex/canon.h>
#include <ex/codec.h>
#include <ex/json.h>
#include <ex/line.h>

#include "../../lib/store/ewsmappriv.h"

#define EWS	"../shared/material/ews/"

static struct ex_arena a;
static xmlSchemaPtr schema;
static xmlSchemaValidCtxtPtr valid;

static int
reset(void **state)
{
	(void)state;
	ex_arena_reset(&a);
	return 0;
}

static void
quiet(void *arg, const char *fmt, ...)
{
	(void)arg;
	(void)fmt;
}

static int
load_schema(void **state)
{
	xmlSchemaParserCtxtPtr p;
	FILE *f = fopen(EWS "soap-envelope.xsd", "r");

	(void)state;
	if (f == NULL) {
		print_message("# no " EWS ": requests are not checked\n");
		return 0;
	}
	fclose(f);
	p = xmlSchemaNewParserCtxt(EWS "soap-envelope.xsd");
	schema = xmlSchemaParse(p);
	xmlSchemaFreeParserCtxt(p);
	assert_non_null(schema);
	valid = xmlSchemaNewValidCtxt(schema);
	return 0;
}

static int
free_schema(void **state)
{
	(void)state;
	xmlSchemaFreeValidCtxt(valid);
	xmlSchemaFree(schema);
	xmlCleanupParser();
	ex_arena_free(&a);
	return 0;
}

#define HEAD \
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" " \
	"xmlns:t=\"" EX_EWS_TYPES "\" xmlns:m=\"" EX_EWS_MESSAGES "\">" \
	"<s:Body>"
#define TAIL	"</s:Body></s:Envelope>"

static void
check_request(const char *before, struct ex_str inside, const char *behind)
{
	struct ex_str text = ex_arena_fmt(&a, HEAD "%s%.*s%s" TAIL, before,
	    EX_STR_ARG(inside), behind);
	xmlDocPtr doc;

	if (valid == NULL)
		return;
	doc = xmlReadMemory(text.p, (int)text.n, "request", NULL,
	    XML_PARSE_NONET | XML_PARSE_HUGE);
	assert_non_null(doc);
	xmlSchemaSetValidErrors(valid, NULL, quiet, NULL);
	if (xmlSchemaValidateDoc(valid, doc) != 0)
		fail_msg("not valid: %.2000s", text.p);
	xmlFreeDoc(doc);
}

static void
check_send(const struct ex_exmap_send *send)
{
	size_t i;

	if (send->create.n > 0)
		check_request("<m:CreateItem SendMeetingInvitations="
		    "\"SendToNone\"><m:Items>", send->create,
		    "</m:Items></m:CreateItem>");
#define UPDATE	"<m:UpdateItem ConflictResolution=\"NeverOverwrite\" " \
	"SendMeetingInvitationsOrCancellations=\"SendToNone\">" \
	"<m:ItemChanges><t:ItemChange><t:ItemId Id=\"A\" ChangeKey=\"B\"/>" \
	"<t:Updates>"
	if (send->update.n > 0)
		check_request(UPDATE, send->update, "</t:Updates>"
		    "</t:ItemChange></m:ItemChanges></m:UpdateItem>");
	for (i = 0; i < send->noccurrence; i++)
		if (!send->occurrence[i].cancel)
			check_request(UPDATE, send->occurrence[i].update,
			    "</t:Updates></t:ItemChange></m:ItemChanges>"
			    "</m:UpdateItem>");
}

static struct ex_xml_node *
tree(struct ex_str xml)
{
	struct ex_err err = { 0 };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_xml_node *n;

	ex_buf_puts(&b, "<x xmlns:t=\"" EX_EWS_TYPES "\">");
	ex_buf_str(&b, xml);
	ex_buf_puts(&b, "</x>");
	n = ex_xml_tree_parse(ex_buf_get(&b), true, &a, &err);
	if (n == NULL)
		fail_msg("%s: %.500s", err.msg, b.p);
	ex_buf_fini(&b);
	return n->child;
}

static struct ex_xml_node *
copy_node(const struct ex_xml_node *n)
{
	struct ex_xml_node *c = ex_arena_alloc(&a, sizeof(*c));

	*c = *n;
	c->next = NULL;
	return c;
}

/* Take out what stands at a path, and put with what is in `new` there. */
static void
set(struct ex_xml_node *item, const struct ex_xml_node *path,
    const struct ex_xml_node *new)
{
	struct ex_xml_node **at, *n, *keep = NULL, **tail = &keep;
	struct ex_str uri = ex_xml_attr_of(path, "FieldURI");
	struct ex_str index = ex_xml_attr_of(path, "FieldIndex");
	const char *colon = uri.p == NULL ? NULL : strrchr(uri.p, ':');
	bool hit;

	(void)at;
	for (n = item->child; n != NULL; n = n->next) {
		hit = false;
		if (index.p == NULL && colon != NULL)
			hit = ex_str_is(n->name.local, colon + 1);
		else if (index.p == NULL && ex_str_is(n->name.local,
		    "ExtendedProperty"))
			hit = ex_str_eq(ex_xml_attr_of(n->child,
			    "PropertyName"), ex_xml_attr_of(path,
			    "PropertyName")) && ex_str_eq(ex_xml_attr_of(
			    n->child, "PropertyTag"), ex_xml_attr_of(path,
			    "PropertyTag")) && ex_str_eq(ex_xml_attr_of(
			    n->child, "PropertyId"), ex_xml_attr_of(path,
			    "PropertyId"));
		if (hit)
			continue;
		*tail = copy_node(n);
		tail = &(*tail)->next;
	}
	if (new != NULL)
		*tail = copy_node(new);
	item->child = keep;
}

/* As a server carries out updates of what is no dictionary. */
static struct ex_xml_node *
updated(const struct ex_xml_node *item, struct ex_str updates)
{
	struct ex_xml_node *copy = copy_node(item), *n;

	for (n = tree(updates); n != NULL; n = n->next) {
		assert_null(ex_xml_attr_of(n->child, "FieldIndex").p);
		set(copy, n->child, ex_str_is(n->name.local, "SetItemField") ?
		    n->child->next->child : NULL);
	}
	return copy;
}

/* What a server has after it was sent that. */
static struct ex_ews_got
echo(const struct ex_exmap_send *send, const struct ex_xml_node *was)
{
	struct ex_ews_got got = { 0 };
	const struct ex_xml_node **changed;
	struct ex_buf b = EX_BUF_INIT, xml = EX_BUF_INIT;
	const struct ex_exmap_occurrence *o;
	struct ex_xml_node *n, *last;
	struct ex_exchange_time s, e, at;
	size_t i;

	got.item = was != NULL && send->create.n == 0 ?
	    updated(was, send->update) : tree(send->create);
	got.file = send->add;
	got.nfile = send->nadd;
	changed = ex_arena_array(&a, send->noccurrence + 1,
	    sizeof(*changed));
	got.changed = changed;
	for (i = 0; i < send->noccurrence; i++) {
		o = &send->occurrence[i];
		if (o->cancel) {
			ex_buf_fmt(&b, "<t:DeletedOccurrence><t:Start>%.*s"
			    "</t:Start></t:DeletedOccurrence>",
			    EX_STR_ARG(o->start));
			continue;
		}
		assert_true(ex_exchange_time(ex_xml_child_text(got.item,
		    "Start"), &s) && ex_exchange_time(ex_xml_child_text(
		    got.item, "End"), &e) && ex_exchange_time(o->start,
		    &at));
		n = copy_node(got.item);
		ex_buf_clear(&xml);
		ex_buf_fmt(&xml, "<t:SetItemField><t:FieldURI FieldURI="
		    "\"calendar:Start\"/><t:I><t:Start>%.*s</t:Start></t:I>"
		    "</t:SetItemField><t:SetItemField><t:FieldURI FieldURI="
		    "\"calendar:End\"/><t:I><t:End>%.*s</t:End></t:I>"
		    "</t:SetItemField><t:SetItemField><t:FieldURI FieldURI="
		    "\"calendar:OriginalStart\"/><t:I><t:OriginalStart>%.*s"
		    "</t:OriginalStart></t:I></t:SetItemField>",
		    EX_STR_ARG(o->start), EX_STR_ARG(ex_exchange_utc(&a,
		    at.sec + e.sec - s.sec)), EX_STR_ARG(o->start));
		n = updated(n, ex_arena_str(&a, ex_buf_get(&xml)));
		changed[got.nchanged++] = updated(n, o->update);
	}
	if (b.n > 0) {
		for (last = got.item->child; last->next != NULL; )
			last = last->next;
		last->next = tree(ex_arena_fmt(&a, "<t:DeletedOccurrences>"
		    "%.*s</t:DeletedOccurrences>",
		    EX_STR_ARG(ex_buf_get(&b))));
	}
	ex_buf_fini(&b);
	ex_buf_fini(&xml);
	return got;
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

static struct ex_str
view(const struct ex_item *item)
{
	struct ex_canon *c = ex_canon_new();
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	ex_canon_view(c, item, EX_CANON_HASH, &b);
	s = ex_arena_str(&a, ex_buf_get(&b));
	ex_buf_fini(&b);
	ex_canon_free(c);
	return s;
}

static struct ex_exmap_send
written(const struct ex_item *item, const struct ex_ews_got *was)
{
	struct ex_exmap_send send;
	struct ex_err err = { 0 };

	if (ex_ewsmap_write(item, was, EX_STR("stamp"), &a, &send, &err) ==
	    -1)
		fail_msg("%s", err.msg);
	check_send(&send);
	return send;
}

static struct ex_item
read_back(const struct ex_ews_got *got, enum ex_kind kind)
{
	struct ex_item item;
	struct ex_str stamp;
	struct ex_err err = { 0 };

	if (ex_ewsmap_read(got, kind, &a, &item, &stamp, &err) == -1)
		fail_msg("%s", err.msg);
	return item;
}

/* There and back: the same, and nothing to be sent again. */
static struct ex_ews_got
whole(const char *text)
{
	struct ex_item item = decode(text), back;
	struct ex_exmap_send send = written(&item, NULL), again;
	struct ex_ews_got got = echo(&send, NULL);

	assert_int_equal(send.nlost, 0);
	back = read_back(&got, item.kind);
	assert_string_equal(view(&back).p, view(&item).p);
	again = written(&back, &got);
	assert_string_equal(ex_arena_str(&a, again.update).p, "");
	assert_false(again.anew);
	assert_int_equal(again.nadd + again.ndrop + again.noccurrence, 0);
	return got;
}

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

#define CARD(lines) \
	"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u1\r\n" lines "END:VCARD\r\n"

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

#define EVENT(lines) \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n" \
	"UID:e1\r\nDTSTAMP:20200101T000000Z\r\n" lines \
	"END:VEVENT\r\nEND:VCALENDAR\r\n"

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
	struct ex_item item = decode(text);
	struct ex_exmap_send send;
	struct ex_ews_got got;

	(void)state;
	got = whole(text);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_contact, reset),
		cmocka_unit_test_setup(test_event, reset),
		cmocka_unit_test_setup(test_series, reset),
		cmocka_unit_test_setup(test_task, reset),
		cmocka_unit_test_setup(test_refused, reset),
		cmocka_unit_test_setup(test_edit, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, load_schema, free_schema);
}
