/*
 * ewsput.c, ewsmap.c: every request that writes or asks for items is by
 * Microsoft's schema, and says SendToNone
 *
 * Requests about folders and listings are made where they are sent; those of
 * whole rings are looked at by tests/ewsrequest.t.  The schema lies in
 * ../shared/material/ews; without it this says so and passes.
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

#include <ex/codec.h>

#include "../../lib/store/ewspriv.h"

static struct ex_arena a;
static const char *schema_path;
static xmlSchemaPtr schema;
static xmlSchemaValidCtxtPtr valid;
static unsigned checked;

static void
quiet(void *arg, const char *fmt, ...)
{
	(void)arg;
	(void)fmt;
}

static int
load_schema(void **state)
{
	const char *material = getenv("EX_MATERIAL");
	xmlSchemaParserCtxtPtr p;
	FILE *f;

	(void)state;
	schema_path = ex_arena_fmt(&a, "%s/ews/soap-envelope.xsd", material !=
	    NULL ? material : "../shared/material").p;
	if ((f = fopen(schema_path, "r")) == NULL) {
		print_message("# skip: no %s\n", schema_path);
		return 0;
	}
	fclose(f);
	p = xmlSchemaNewParserCtxt(schema_path);
	schema = xmlSchemaParse(p);
	xmlSchemaFreeParserCtxt(p);
	assert_non_null(schema);
	valid = xmlSchemaNewValidCtxt(schema);
	xmlSchemaSetValidErrors(valid, quiet, quiet, NULL);
	return 0;
}

static int
free_schema(void **state)
{
	(void)state;
	print_message("# %u requests\n", checked);
	xmlSchemaFreeValidCtxt(valid);
	xmlSchemaFree(schema);
	xmlCleanupParser();
	ex_arena_free(&a);
	return 0;
}

/* A whole body; "" if it is by the schema, else how it begins. */
static const char *
why_not(struct ex_str body)
{
	struct ex_str text = ex_arena_fmt(&a, "<s:Envelope xmlns:s=\"http://"
	    "schemas.xmlsoap.org/soap/envelope/\" xmlns:m=\"" EX_EWS_MESSAGES
	    "\" xmlns:t=\"" EX_EWS_TYPES "\"><s:Body>%.*s</s:Body>"
	    "</s:Envelope>", EX_STR_ARG(body));
	xmlDocPtr doc;
	bool good;

	if (valid == NULL)
		return "";
	doc = xmlReadMemory(text.p, (int)text.n, "request", NULL,
	    XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR);
	good = doc != NULL && xmlSchemaValidateDoc(valid, doc) == 0;
	xmlFreeDoc(doc);
	checked++;
	return good ? "" : ex_arena_str(&a, body).p;
}

static void
is_valid(struct ex_str body)
{
	assert_string_equal(why_not(body), "");
}

/* Of requests that may mail: nobody. */
static void
is_silent(struct ex_str body)
{
	const char *p = ex_arena_str(&a, body).p, *at;
	unsigned n = 0;

	for (at = p; (at = strstr(at, "=\"SendTo")) != NULL; at++, n++)
		assert_memory_equal(at, "=\"SendToNone\"", 13);
	assert_int_equal(n, strstr(p, "<m:CreateItem ") != NULL ||
	    strstr(p, "<m:UpdateItem ") != NULL ||
	    strstr(p, "<m:DeleteItem ") != NULL);
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

/* What a server has behind that request. */
static struct ex_ews_got *
held(const struct ex_exmap_send *send)
{
	struct ex_ews_got *got = ex_arena_alloc(&a, sizeof(*got));
	struct ex_err err = { 0 };
	struct ex_str x = ex_arena_fmt(&a, "<x xmlns:t=\"" EX_EWS_TYPES
	    "\">%.*s</x>", EX_STR_ARG(send->create));
	struct ex_xml_node *n = ex_xml_tree_parse(x, true, &a, &err);
	size_t i;

	assert_non_null(n);
	*got = (struct ex_ews_got){ .item = n->child, .file = send->add,
	    .nfile = send->nadd };
	for (i = 0; i < send->nadd; i++)
		send->add[i].id = ex_arena_fmt(&a, "file<%zu>", i);
	return got;
}

static struct ex_ews_job *
job(const struct ex_item *item, const struct ex_ews_got *was)
{
	struct ex_ews_job *j = ex_arena_alloc(&a, sizeof(*j));
	struct ex_err err = { 0 };
	size_t i;

	memset(j, 0, sizeof(*j));
	j->id = EX_STR("id&\"1\"");
	j->key = EX_STR("key<1>");
	j->stamp = EX_STR("stamp \"&<");
	if (ex_ewsmap_write(item, was, j->stamp, &a, &j->send, &err) == -1)
		fail_msg("%s", err.msg);
	j->drop = ex_arena_array(&a, j->send.ndrop, sizeof(*j->drop));
	for (i = 0; i < j->send.ndrop; i++)
		j->drop[i] = j->send.drop[i]->id;
	return j;
}

static struct ex_str
put(const struct ex_ews *e, enum ex_ews_step step, struct ex_ews_job *j)
{
	struct ex_ews_job *const two[2] = { j, j };
	struct ex_ews_call c = { .told = NULL };
	struct ex_str s;

	ex_ews_put(e, step, two, 2, &c);
	s = ex_arena_str(&a, ex_buf_get(&c.body));
	ex_ews_call_fini(&c);
	is_valid(s);
	is_silent(s);
	return s;
}

static bool
has(struct ex_str s, const char *part)
{
	return strstr(s.p, part) != NULL;
}

static const struct ex_ews own = { .id = { "folder&<1>", 10 } };

/* Made, and all that was made changed to the other, and to nothing. */
static void
all_ways(const char *first, const char *second, const char *bare)
{
	struct ex_item one = decode(first), two = decode(second),
	    none = decode(bare);
	struct ex_ews_job *made = job(&one, NULL), *j;
	struct ex_ews_got *got;
	size_t i;

	put(&own, EX_EWS_CREATE, made);
	for (i = 0; i < made->send.nadd; i++) {
		made->at = i;
		put(&own, EX_EWS_ADD, made);
	}
	for (i = 0; i < made->send.noccurrence; i++) {
		made->at = i;
		made->occ_id = EX_STR("occurrence");
		made->occ_key = i % 2 ? EX_STR("key") : EX_STR_NONE;
		put(&own, EX_EWS_SEEK, made);
		put(&own, EX_EWS_CHANGE, made);
	}
	got = held(&made->send);
	j = job(&two, got);
	assert_true(j->send.update.n > 0);
	put(&own, EX_EWS_UPDATE, j);
	j = job(&none, got);
	assert_true(has(j->send.update, "<t:DeleteItemField>"));
	put(&own, EX_EWS_UPDATE, j);
	if (j->send.ndrop > 0)
		put(&own, EX_EWS_DROP, j);
}

#define CARD(lines) \
	"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u1\r\n" lines "END:VCARD\r\n"
#define EVENT(lines) \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n" \
	"UID:e1\r\nDTSTAMP:20200101T000000Z\r\n" lines \
	"END:VEVENT\r\nEND:VCALENDAR\r\n"
#define TASK(lines) \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTODO\r\n" \
	"UID:t1\r\nDTSTAMP:20200101T000000Z\r\n" lines \
	"END:VTODO\r\nEND:VCALENDAR\r\n"

static void
test_contact(void **state)
{
	struct ex_item one, none;
	struct ex_ews_job *j;

	(void)state;
	all_ways(CARD("FN:J & <D>\r\nN:Doe;Jane;Q.;Dr.;Jr.\r\n"
	    "ORG:ACME;Sales;West\r\nTITLE:Boss\r\nROLE:Chief\r\n"
	    "NICKNAME:a,b\r\nNOTE:a\\nb\r\nCATEGORIES:x,y\r\nBDAY:1970-01-02"
	    "\r\nURL:http://x.org/?a&b\r\nURL;TYPE=HOME:http://h/\r\n"
	    "TEL;TYPE=CELL:1\r\nTEL;TYPE=HOME:2\r\nTEL;TYPE=HOME:3\r\n"
	    "TEL;TYPE=WORK:4\r\nTEL;TYPE=WORK:5\r\nTEL;TYPE=WORK,FAX:6\r\n"
	    "TEL;TYPE=HOME,FAX:7\r\nTEL;TYPE=FAX:8\r\nTEL;TYPE=PAGER:9\r\n"
	    "TEL;TYPE=CAR:10\r\nTEL;TYPE=ISDN:11\r\nTEL:12\r\n"
	    "EMAIL:a@b\r\nEMAIL:c@d\r\nEMAIL:e@f\r\nEMAIL:g@h\r\n"
	    "IMPP:xmpp:a@b\r\nIMPP:sip:c@d\r\nIMPP:aim:e\r\n"
	    "ADR;TYPE=HOME:box;ext;1 Road;Paris;IDF;75001;France\r\n"
	    "ADR;TYPE=WORK:box;;2 Road;Rome;R;2;Italy\r\n"
	    "ADR:box;;3 Road;Bern;B;3;Suisse\r\nCLASS:PRIVATE\r\n"
	    "X-MS-MANAGER:Max\r\nX-MS-ASSISTANT:Ann\r\nX-EVOLUTION-SPOUSE:J"
	    "\r\nX-EVOLUTION-ANNIVERSARY:2000-01-02\r\nGENDER:F\r\n"
	    "X-PHONETIC-FIRST-NAME:j\r\nX-FOO;A=b:c\r\nGEO:1;2\r\n"
	    "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQ==\r\n"),
	    CARD("FN:Other\r\nN:Other;;;;\r\nTEL;TYPE=CELL:2\r\n"
	    "EMAIL:a@b\r\nEMAIL:x@y\r\nADR;TYPE=HOME:;;9 Road;Paris;;;\r\n"
	    "IMPP:sip:z\r\nCLASS:CONFIDENTIAL\r\nBDAY:1971-01-02\r\n"),
	    CARD("FN:x\r\n"));
	/* A dictionary's entries one by one, set and taken out. */
	one = decode(CARD("FN:x\r\nEMAIL:a@b\r\nADR;TYPE=HOME:;;1;;;;\r\n"
	    "TEL;TYPE=CELL:1\r\n"));
	none = decode(CARD("FN:x\r\nTEL;TYPE=HOME:1\r\n"));
	j = job(&none, held(&job(&one, NULL)->send));
	assert_true(has(j->send.update, "<t:DeleteItemField>"
	    "<t:IndexedFieldURI FieldURI=\"contacts:EmailAddress\" "
	    "FieldIndex=\"EmailAddress1\"/></t:DeleteItemField>"));
	assert_true(has(j->send.update, "<t:DeleteItemField>"
	    "<t:IndexedFieldURI FieldURI=\"contacts:PhysicalAddress:Street\" "
	    "FieldIndex=\"Home\"/></t:DeleteItemField>"));
	assert_true(has(j->send.update, "<t:SetItemField>"
	    "<t:IndexedFieldURI FieldURI=\"contacts:PhoneNumber\" "
	    "FieldIndex=\"HomePhone\"/><t:Contact><t:PhoneNumbers><t:Entry "
	    "Key=\"HomePhone\">1</t:Entry></t:PhoneNumbers></t:Contact>"
	    "</t:SetItemField>"));
}

static void
test_event(void **state)
{
	(void)state;
	all_ways("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
	    "BEGIN:VEVENT\r\nUID:e1\r\nSUMMARY:a & <b>\r\nLOCATION:x\r\n"
	    "DTSTART;TZID=Europe/Berlin:20250321T100000\r\n"
	    "DTEND;TZID=Europe/Berlin:20250321T110000\r\nCLASS:PRIVATE\r\n"
	    "DESCRIPTION:a\\nb\r\nCATEGORIES:a,b\r\nPRIORITY:1\r\nX-FOO:b\r\n"
	    "RRULE:FREQ=WEEKLY;UNTIL=20250530T215959Z\r\nTRANSP:TRANSPARENT"
	    "\r\nEXDATE;TZID=Europe/Berlin:20250328T100000,20250404T100000\r\n"
	    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\n"
	    "DESCRIPTION:x\r\nEND:VALARM\r\n"
	    "ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=text/plain;"
	    "FILENAME=\"a&b.txt\":aGk=\r\n"
	    "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:e1\r\n"
	    "RECURRENCE-ID;TZID=Europe/Berlin:20250411T100000\r\n"
	    "DTSTART;TZID=Europe/Berlin:20250412T120000\r\n"
	    "DTEND;TZID=Europe/Berlin:20250412T130000\r\nSUMMARY:moved\r\n"
	    "LOCATION:there\r\nX-A:b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
	    EVENT("DTSTART;VALUE=DATE:20250321\r\nSUMMARY:b\r\n"
	    "RRULE:FREQ=MONTHLY;BYDAY=3FR;COUNT=4\r\nLOCATION:y\r\n"),
	    EVENT("DTSTART:20250702T100000\r\nDTEND:20250702T110000\r\n"));
}

/* Each kind of rule that Exchange has. */
static void
test_rules(void **state)
{
	static const char *const rule[] = { "FREQ=DAILY;INTERVAL=3",
		"FREQ=WEEKLY;BYDAY=MO,FR;WKST=SU;COUNT=9",
		"FREQ=MONTHLY;BYMONTHDAY=3", "FREQ=MONTHLY;BYDAY=1MO",
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
		"FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=2",
		"FREQ=YEARLY;BYMONTH=2;BYDAY=1MO;UNTIL=20300101T000000Z" };
	struct ex_item item;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rule) / sizeof(rule[0]); i++) {
		item = decode(ex_arena_fmt(&a, EVENT("DTSTART:20250203T100000Z"
		    "\r\nSUMMARY:x\r\nRRULE:%s\r\n"), rule[i]).p);
		put(&own, EX_EWS_CREATE, job(&item, NULL));
		item = decode(ex_arena_fmt(&a, TASK("DTSTART;VALUE=DATE:"
		    "20250203\r\nDUE;VALUE=DATE:20250204\r\nSUMMARY:x\r\n"
		    "RRULE:%s\r\n"), rule[i]).p);
		put(&own, EX_EWS_CREATE, job(&item, NULL));
		/* those that can begin anew when the last one is done */
		item = decode(ex_arena_fmt(&a, TASK("DTSTART;VALUE=DATE:"
		    "20250203\r\nDUE;VALUE=DATE:20250204\r\nSUMMARY:x\r\n"
		    "X-EXRING-REGENERATE:TRUE\r\nRRULE:%s\r\n"), rule[i]).p);
		assert_int_equal(has(put(&own, EX_EWS_CREATE, job(&item,
		    NULL)), "Regeneration>"), strstr(rule[i], "BYDAY=1MO") ==
		    NULL && strstr(rule[i], "BYSETPOS") == NULL);
	}
}

static void
test_task(void **state)
{
	(void)state;
	all_ways(TASK("SUMMARY:a\r\nDESCRIPTION:b\r\nDTSTART:20250701T100000Z"
	    "\r\nDUE:20250702T140000Z\r\nSTATUS:IN-PROCESS\r\n"
	    "PERCENT-COMPLETE:30\r\nCATEGORIES:a,b\r\nPRIORITY:9\r\n"
	    "RRULE:FREQ=WEEKLY;COUNT=3\r\nRELATED-TO:x\r\nBEGIN:VALARM\r\n"
	    "ACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:x\r\n"
	    "END:VALARM\r\n"),
	    TASK("SUMMARY:b\r\nDUE;VALUE=DATE:20250703\r\nSTATUS:COMPLETED\r\n"
	    "COMPLETED:20250702T000000Z\r\nPERCENT-COMPLETE:100\r\n"),
	    TASK("SUMMARY:c\r\n"));
}

/* What is in another's mailbox, or in a public folder. */
static void
test_places(void **state)
{
	struct ex_ews public = own, others = own, as = own;
	struct ex_item item = decode(CARD("FN:x\r\n"));
	struct ex_ews_job *j = job(&item, NULL);
	struct ex_str s;

	(void)state;
	public.public = true;
	others.mailbox = EX_STR("t&<eam>@example.com");
	as.mailbox = others.mailbox;
	as.impersonate = true;
	put(&own, EX_EWS_FIND, j);
	assert_true(has(put(&own, EX_EWS_DELETE, j), "MoveToDeletedItems"));
	assert_true(has(put(&public, EX_EWS_DELETE, j), "SoftDelete"));
	s = put(&others, EX_EWS_MOVE, j);
	assert_true(has(s, "<t:EmailAddress>t&amp;&lt;eam"));
	s = put(&as, EX_EWS_MOVE, j);
	assert_false(has(s, "EmailAddress"));
}

/* One that a server has of an occurrence, with its id. */
static struct ex_xml_node *
changed(const char *item, const char *start, const char *id)
{
	struct ex_err err = { 0 };
	struct ex_xml_node *n = ex_xml_tree_parse(ex_arena_fmt(&a, "<x "
	    "xmlns:t=\"" EX_EWS_TYPES "\"><t:CalendarItem><t:ItemId Id=\"%s"
	    "\"/>%s<t:OriginalStart>%s</t:OriginalStart></t:CalendarItem>"
	    "</x>", id, item, start), true, &a, &err);

	assert_non_null(n);
	return n->child;
}

#define AT(day, title) \
	"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:e1\r\n" \
	"DTSTAMP:20200101T000000Z\r\nSUMMARY:" title "\r\n" \
	"RECURRENCE-ID:202507" day "T100000Z\r\n" \
	"DTSTART:202507" day "T100000Z\r\nDTEND:202507" day "T110000Z\r\n"
#define DAYS(title) EVENT("SUMMARY:s\r\nDTSTART:20250701T100000Z\r\n" \
	"DTEND:20250701T110000Z\r\nRRULE:FREQ=DAILY;COUNT=9\r\n" \
	AT("02", title) AT("03", title) AT("04", title) AT("05", title))

/* Exceptions that a server names in no order: each is found by its start. */
static void
test_known(void **state)
{
	static const char *const day[] = { "04", "02", "05", "03" };
	struct ex_item was = decode(DAYS("one")), item = decode(DAYS("two"));
	struct ex_ews_got *got = held(&job(&was, NULL)->send);
	struct ex_ews e = own;
	struct ex_write w = { .op = EX_WRITE_UPDATE, .item = &item,
	    .id = EX_STR("id"), .rev = EX_STR("rev") };
	struct ex_ews_job *j = job(&was, NULL);
	struct ex_ews_writing k = { .e = &e, .job = j, .n = 1 };
	const struct ex_ews_body b = { .what = EX_EWS_ITEM, .got = got,
	    .rev = EX_STR("rev") };
	struct ex_err err = { 0 };
	const struct ex_xml_node *c[4];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		c[i] = changed(ex_arena_fmt(&a, "<t:Subject>one</t:Subject>"
		    "<t:Start>2025-07-%sT10:00:00Z</t:Start><t:End>2025-07-"
		    "%sT11:00:00Z</t:End>", day[i], day[i]).p,
		    ex_arena_fmt(&a, "2025-07-%sT10:00:00Z", day[i]).p,
		    ex_arena_fmt(&a, "id-%s", day[i]).p);
	got->changed = c;
	got->nchanged = 4;
	j->w = &w;
	j->step = EX_EWS_READ;
	assert_int_equal(ex_ews_job_read(&k, j, &b, &err), 0);
	assert_int_equal(j->send.noccurrence, 4);
	for (j->at = 0; j->at < 4; j->at++)
		assert_true(has(put(&own, EX_EWS_SEEK, j), ex_arena_fmt(&a,
		    "\"id-%.2s\"", j->send.occurrence[j->at].start.p + 8).p));
	ex_arena_free(&j->a);
}

/* What is asked for: each kind, whole, and an exception of a series. */
static void
test_shapes(void **state)
{
	struct ex_buf b = EX_BUF_INIT;
	int kind, k;

	(void)state;
	for (kind = EX_KIND_CONTACTS; kind <= EX_KIND_TASKS; kind++)
		for (k = 0; k < 2; k++) {
			ex_buf_clear(&b);
			ex_buf_puts(&b, "<m:GetItem><m:ItemShape><t:BaseShape>"
			    "IdOnly</t:BaseShape><t:BodyType>Text"
			    "</t:BodyType><t:AdditionalProperties>");
			ex_ewsmap_shape(&b, (enum ex_kind)kind, k == 1);
			ex_buf_puts(&b, "</t:AdditionalProperties>"
			    "</m:ItemShape><m:ItemIds>");
			ex_ews_put_id(&b, "ItemId", EX_STR("a\"&<"),
			    EX_STR("b\"&<"));
			ex_buf_puts(&b, "</m:ItemIds></m:GetItem>");
			is_valid(ex_buf_get(&b));
		}
	ex_buf_fini(&b);
}

/* The schema does refuse something. */
static void
test_refused(void **state)
{
	(void)state;
	if (valid == NULL)
		return;
	assert_string_not_equal(why_not(EX_STR("<m:DeleteItem "
	    "DeleteType=\"Hard\"><m:ItemIds><t:ItemId Id=\"a\"/></m:ItemIds>"
	    "</m:DeleteItem>")), "");
	assert_string_not_equal(why_not(EX_STR("<m:GetItem/>")), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contact),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_refused)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ewsput", tests, load_schema,
	    free_schema);
}
