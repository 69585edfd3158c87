/*
 * ewsmap.c: each row of its table, both ways
 *
 * An item of each kind has a property for each row that is written, and no
 * field's value says more than the property, so that nothing of it stands in
 * exover: what comes back has come by the fields.  What a server alone
 * writes is put beside.  A row without an example here fails.
 */
#include "ewsecho.h"

enum { CONTACT, EVENT_, TASK, MORE_CONTACT, MORE_EVENT, MORE_TASK, N_ITEM };

static const char *const item[N_ITEM] = {
	[CONTACT] = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u1\r\n"
	    "FN:Jane Doe\r\nN:Doe;Jane;Q.;Dr.;Jr.\r\nNICKNAME:Jay\r\n"
	    "X-EVOLUTION-FILE-AS:Doe\\, J.\r\nORG:ACME;Sales\r\n"
	    "X-EVOLUTION-OFFICE:4.12\r\nTITLE:Boss\r\nROLE:Chief\r\n"
	    "NOTE:hello\\nworld\r\nCATEGORIES:x,y\r\nCLASS:PRIVATE\r\n"
	    "BDAY:19700102\r\nANNIVERSARY:19950607\r\nGENDER:F\r\n"
	    "HOBBY:chess\r\nX-PHONETIC-FIRST-NAME:Jein\r\n"
	    "X-PHONETIC-LAST-NAME:Dou\r\nX-PHONETIC-ORG:Ekmi\r\n"
	    "URL:http://x.org/\r\nURL;TYPE=home:http://h.org/\r\n"
	    "X-MS-ASSISTANT:Ann\r\nX-MS-MANAGER:Max\r\n"
	    "RELATED;TYPE=child;VALUE=text:Kim\r\n"
	    "RELATED;TYPE=spouse;VALUE=text:Joe\r\n"
	    "EMAIL:a@x.org\r\nEMAIL:b@x.org\r\nEMAIL:c@x.org\r\n"
	    "IMPP:xmpp:a@x.org\r\nIMPP:xmpp:b@x.org\r\nIMPP:sip:c@x.org\r\n"
	    "ADR;TYPE=home:PB 1;;1 Road;Paris;IDF;75001;France\r\n"
	    "ADR;TYPE=work;PREF=1:PB 2;;2 Road;Rome;RM;00100;Italy\r\n"
	    "ADR:PB 3;;3 Road;Bern;BE;3000;Schweiz\r\n"
	    "TEL;TYPE=work:101\r\nTEL;TYPE=work:102\r\nTEL;TYPE=home:103\r\n"
	    "TEL;TYPE=home:104\r\nTEL;TYPE=cell:105\r\nTEL;TYPE=pager:107\r\n"
	    "TEL;TYPE=\"fax,work\":108\r\nTEL;TYPE=\"fax,home\":109\r\n"
	    "TEL;TYPE=fax:110\r\nTEL:111\r\nTEL;TYPE=car:112\r\n"
	    "TEL;TYPE=main-number:113\r\nTEL;TYPE=textphone:114\r\n"
	    "TEL;TYPE=isdn:115\r\nTEL;TYPE=x-callback:116\r\n"
	    "TEL;TYPE=x-assistant:117\r\nTEL;TYPE=x-radio:118\r\n"
	    "TEL;TYPE=x-telex:119\r\nTEL;TYPE=x-primary:120\r\n"
	    "END:VCARD\r\n",
	[EVENT_] = EVENT("DTSTART;TZID=Europe/Berlin:20250701T100000"
	    "\r\nDTEND;TZID=Europe/London:20250701T100000\r\nSUMMARY:hi\r\n"
	    "LOCATION:there\r\nDESCRIPTION:a\\nb\r\nCATEGORIES:x,y\r\n"
	    "CLASS:CONFIDENTIAL\r\nPRIORITY:1\r\nTRANSP:TRANSPARENT\r\n"
	    "RRULE:FREQ=DAILY;COUNT=5\r\n"
	    "ATTENDEE;CN=Bob:mailto:bob@x.org\r\n"
	    "ATTENDEE;CN=Cy;ROLE=OPT-PARTICIPANT:mailto:cy@x.org\r\n"
	    "ATTENDEE;CN=Room;CUTYPE=RESOURCE:mailto:room@x.org\r\n"
	    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\n"
	    "TRIGGER:-PT5M\r\nEND:VALARM\r\n"),
	[TASK] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
	    "BEGIN:VTODO\r\nUID:t1\r\nDTSTAMP:20250101T000000Z\r\n"
	    "SUMMARY:do\r\nDESCRIPTION:a\\nb\r\nCATEGORIES:x,y\r\n"
	    "CLASS:PRIVATE\r\nPRIORITY:9\r\nDTSTART;VALUE=DATE:20250701\r\n"
	    "DUE;VALUE=DATE:20250705\r\nSTATUS:IN-PROCESS\r\n"
	    "PERCENT-COMPLETE:40\r\nRRULE:FREQ=DAILY;COUNT=5\r\n"
	    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\n"
	    "TRIGGER;VALUE=DATE-TIME:20250701T080000Z\r\nEND:VALARM\r\n"
	    "END:VTODO\r\nEND:VCALENDAR\r\n",
	/* with what no field holds */
	[MORE_CONTACT] = CARD("FN:Jane\r\nX-FOO:bar\r\n"),
	[MORE_EVENT] = EVENT("DTSTART:20250701T100000Z\r\nX-FOO:bar\r\n"),
	[MORE_TASK] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
	    "BEGIN:VTODO\r\nUID:t1\r\nDTSTAMP:20250101T000000Z\r\n"
	    "SUMMARY:do\r\nX-FOO:bar\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
};


/* What a row holds of an item; "*": something (unit/exchange.c has what). */
static const struct written {
	int item;
	const char *row, *value;
} writes[] = {
	{ CONTACT, "item:Sensitivity", "Private" },
	{ CONTACT, "item:Body", "hello\nworld" },
	{ CONTACT, "item:Categories", "x\ny" },
	{ CONTACT, "exuid", "u1" },
	{ CONTACT, "exstamp", "stamp" },
	{ CONTACT, "0x3A45", "Dr." },
	{ CONTACT, "0x3A5E", "PB 1" },
	{ CONTACT, "32842", "PB 2" },
	{ CONTACT, "0x3A64", "PB 3" },
	{ CONTACT, "0x3A50", "http://h.org/" },
	{ CONTACT, "0x3A4D", "1" },
	{ CONTACT, "0x3A43", "chess" },
	{ CONTACT, "32812", "Jein" },
	{ CONTACT, "32813", "Dou" },
	{ CONTACT, "32814", "Ekmi" },
	{ CONTACT, "contacts:FileAs", "Doe, J." },
	{ CONTACT, "contacts:DisplayName", "Jane Doe" },
	{ CONTACT, "contacts:GivenName", "Jane" },
	{ CONTACT, "contacts:MiddleName", "Q." },
	{ CONTACT, "contacts:Nickname", "Jay" },
	{ CONTACT, "contacts:CompanyName", "ACME" },
	{ CONTACT, "contacts:EmailAddress/EmailAddress1", "a@x.org" },
	{ CONTACT, "contacts:EmailAddress/EmailAddress2", "b@x.org" },
	{ CONTACT, "contacts:EmailAddress/EmailAddress3", "c@x.org" },
	{ CONTACT, "contacts:PhysicalAddress:Street/Home", "1 Road" },
	{ CONTACT, "contacts:PhysicalAddress:City/Home", "Paris" },
	{ CONTACT, "contacts:PhysicalAddress:State/Home", "IDF" },
	{ CONTACT, "contacts:PhysicalAddress:CountryOrRegion/Home",
	    "France" },
	{ CONTACT, "contacts:PhysicalAddress:PostalCode/Home", "75001" },
	{ CONTACT, "contacts:PhysicalAddress:Street/Business",
	    "2 Road" },
	{ CONTACT, "contacts:PhysicalAddress:City/Business", "Rome" },
	{ CONTACT, "contacts:PhysicalAddress:State/Business", "RM" },
	{ CONTACT, "contacts:PhysicalAddress:CountryOrRegion/Business",
	    "Italy" },
	{ CONTACT, "contacts:PhysicalAddress:PostalCode/Business",
	    "00100" },
	{ CONTACT, "contacts:PhysicalAddress:Street/Other", "3 Road" },
	{ CONTACT, "contacts:PhysicalAddress:City/Other", "Bern" },
	{ CONTACT, "contacts:PhysicalAddress:State/Other", "BE" },
	{ CONTACT, "contacts:PhysicalAddress:CountryOrRegion/Other",
	    "Schweiz" },
	{ CONTACT, "contacts:PhysicalAddress:PostalCode/Other", "3000" },
	{ CONTACT, "contacts:PhoneNumber/BusinessPhone", "101" },
	{ CONTACT, "contacts:PhoneNumber/BusinessPhone2", "102" },
	{ CONTACT, "contacts:PhoneNumber/HomePhone", "103" },
	{ CONTACT, "contacts:PhoneNumber/HomePhone2", "104" },
	{ CONTACT, "contacts:PhoneNumber/MobilePhone", "105" },
	{ CONTACT, "contacts:PhoneNumber/Pager", "107" },
	{ CONTACT, "contacts:PhoneNumber/BusinessFax", "108" },
	{ CONTACT, "contacts:PhoneNumber/HomeFax", "109" },
	{ CONTACT, "contacts:PhoneNumber/OtherFax", "110" },
	{ CONTACT, "contacts:PhoneNumber/OtherTelephone", "111" },
	{ CONTACT, "contacts:PhoneNumber/CarPhone", "112" },
	{ CONTACT, "contacts:PhoneNumber/CompanyMainPhone", "113" },
	{ CONTACT, "contacts:PhoneNumber/TtyTddPhone", "114" },
	{ CONTACT, "contacts:PhoneNumber/Isdn", "115" },
	{ CONTACT, "contacts:PhoneNumber/Callback", "116" },
	{ CONTACT, "contacts:PhoneNumber/AssistantPhone", "117" },
	{ CONTACT, "contacts:PhoneNumber/RadioPhone", "118" },
	{ CONTACT, "contacts:PhoneNumber/Telex", "119" },
	{ CONTACT, "contacts:PhoneNumber/PrimaryPhone", "120" },
	{ CONTACT, "contacts:AssistantName", "Ann" },
	{ CONTACT, "contacts:Birthday", "1970-01-02" },
	{ CONTACT, "contacts:BusinessHomePage", "http://x.org/" },
	{ CONTACT, "contacts:Children", "Kim" },
	{ CONTACT, "contacts:Department", "Sales" },
	{ CONTACT, "contacts:Generation", "Jr." },
	{ CONTACT, "contacts:ImAddress/ImAddress1", "xmpp:a@x.org" },
	{ CONTACT, "contacts:ImAddress/ImAddress2", "xmpp:b@x.org" },
	{ CONTACT, "contacts:ImAddress/ImAddress3", "sip:c@x.org" },
	{ CONTACT, "contacts:JobTitle", "Boss" },
	{ CONTACT, "contacts:Manager", "Max" },
	{ CONTACT, "contacts:OfficeLocation", "4.12" },
	{ CONTACT, "contacts:PostalAddressIndex", "Business" },
	{ CONTACT, "contacts:Profession", "Chief" },
	{ CONTACT, "contacts:SpouseName", "Joe" },
	{ CONTACT, "contacts:Surname", "Doe" },
	{ CONTACT, "contacts:WeddingAnniversary", "1995-06-07" },
	{ EVENT_, "item:Subject", "hi" },
	{ EVENT_, "item:Sensitivity", "Confidential" },
	{ EVENT_, "item:Body", "a\nb" },
	{ EVENT_, "item:Categories", "x\ny" },
	{ EVENT_, "item:Importance", "High" },
	{ EVENT_, "item:ReminderIsSet", "true" },
	{ EVENT_, "item:ReminderMinutesBeforeStart", "5" },
	{ EVENT_, "exuid", "e1" },
	{ EVENT_, "exstamp", "stamp" },
	{ EVENT_, "calendar:UID", "e1" },
	{ EVENT_, "calendar:Start", "2025-07-01T08:00:00Z" },
	{ EVENT_, "calendar:End", "2025-07-01T09:00:00Z" },
	{ EVENT_, "calendar:IsAllDayEvent", "false" },
	{ EVENT_, "calendar:LegacyFreeBusyStatus", "Free" },
	{ EVENT_, "calendar:Location", "there" },
	{ EVENT_, "calendar:RequiredAttendees", "bob@x.org\t\tBob" },
	{ EVENT_, "calendar:OptionalAttendees", "cy@x.org\t\tCy" },
	{ EVENT_, "calendar:Resources", "room@x.org\t\tRoom" },
	{ EVENT_, "calendar:Recurrence", "*" },
	{ EVENT_, "calendar:StartTimeZone", "W. Europe Standard Time" },
	{ EVENT_, "calendar:EndTimeZone", "GMT Standard Time" },
	{ TASK, "item:Subject", "do" },
	{ TASK, "item:Sensitivity", "Private" },
	{ TASK, "item:Body", "a\nb" },
	{ TASK, "item:Categories", "x\ny" },
	{ TASK, "item:Importance", "Low" },
	{ TASK, "item:ReminderDueBy", "2025-07-01T08:00:00Z" },
	{ TASK, "item:ReminderIsSet", "true" },
	{ TASK, "exuid", "t1" },
	{ TASK, "exstamp", "stamp" },
	{ TASK, "task:DueDate", "2025-07-05" },
	{ TASK, "task:PercentComplete", "40" },
	{ TASK, "task:Recurrence", "*" },
	{ TASK, "task:StartDate", "2025-07-01" },
	{ TASK, "task:Status", "InProgress" },
	{ MORE_CONTACT, "exover", "*" },
	{ MORE_EVENT, "exover", "*" },
	{ MORE_TASK, "exover", "*" },
};

/* What is read of what a server has besides, or instead. */
#define MEETING \
	"<t:IsMeeting>true</t:IsMeeting><t:Organizer><t:Mailbox><t:Name>Al" \
	"</t:Name><t:EmailAddress>al@x.org</t:EmailAddress></t:Mailbox>" \
	"</t:Organizer>"
#define PHONE(key) \
	"<t:PhoneNumbers><t:Entry Key=\"" key "\">7</t:Entry>" \
	"</t:PhoneNumbers>"
#define MOMENT(name) \
	"<t:" name ">2025-01-02T03:04:05Z</t:" name ">"

static const struct found {
	int item;
	const char *row, *xml, *json;
} reads[] = {
	{ CONTACT, "item:LastModifiedTime", MOMENT("LastModifiedTime"),
	    "[\"rev\",{},\"timestamp\",\"2025-01-02T03:04:05Z\"]" },
	{ CONTACT, "contacts:PhoneNumber/BusinessMobile",
	    PHONE("BusinessMobile"), "[\"tel\",{\"type\":[\"cell\",\"work\"]}," },
	{ CONTACT, "contacts:PhoneNumber/IPPhone", PHONE("IPPhone"),
	    "[\"tel\",{\"type\":\"x-ip\"}," },
	{ CONTACT, "contacts:PhoneNumber/Mms", PHONE("Mms"),
	    "[\"tel\",{\"type\":\"x-mms\"}," },
	{ CONTACT, "contacts:PhoneNumber/Msn", PHONE("Msn"),
	    "[\"tel\",{\"type\":\"x-msn\"}," },
	{ EVENT_, "item:LastModifiedTime", MOMENT("LastModifiedTime"),
	    "[\"last-modified\",{},\"date-time\",\"2025-01-02T03:04:05Z\"]" },
	{ EVENT_, "item:DateTimeCreated", MOMENT("DateTimeCreated"),
	    "[\"created\",{},\"date-time\",\"2025-01-02T03:04:05Z\"]" },
	{ EVENT_, "calendar:DateTimeStamp", MOMENT("DateTimeStamp"),
	    "[\"dtstamp\",{},\"date-time\",\"2025-01-02T03:04:05Z\"]" },
	{ EVENT_, "calendar:IsMeeting", MEETING,
	    "[\"organizer\",{\"cn\":\"Al\"},\"cal-address\","
	    "\"mailto:al@x.org\"]" },
	{ EVENT_, "calendar:Organizer", MEETING,
	    "[\"organizer\",{\"cn\":\"Al\"},\"cal-address\","
	    "\"mailto:al@x.org\"]" },
	{ EVENT_, "calendar:IsCancelled", "<t:IsCancelled>true"
	    "</t:IsCancelled>", "[\"status\",{},\"text\",\"CANCELLED\"]" },
	{ EVENT_, "calendar:DeletedOccurrences", "<t:DeletedOccurrences>"
	    "<t:DeletedOccurrence><t:Start>2025-07-03T08:00:00Z</t:Start>"
	    "</t:DeletedOccurrence></t:DeletedOccurrences>",
	    "[\"exdate\",{\"tzid\":\"Europe/Berlin\"},\"date-time\","
	    "\"2025-07-03T10:00:00\"]" },
	{ EVENT_, "calendar:OriginalStart", "<t:OriginalStart>"
	    "2025-07-02T08:00:00Z</t:OriginalStart>", "[\"recurrence-id\","
	    "{\"tzid\":\"Europe/Berlin\"},\"date-time\","
	    "\"2025-07-02T10:00:00\"]" },
	{ TASK, "item:LastModifiedTime", MOMENT("LastModifiedTime"),
	    "[\"last-modified\",{},\"date-time\",\"2025-01-02T03:04:05Z\"]" },
	{ TASK, "item:DateTimeCreated", MOMENT("DateTimeCreated"),
	    "[\"created\",{},\"date-time\",\"2025-01-02T03:04:05Z\"]" },
	{ TASK, "task:CompleteDate", "<t:Status>Completed</t:Status>"
	    "<t:PercentComplete>100</t:PercentComplete><t:CompleteDate>2025-01-02T00:00:00Z</t:CompleteDate>",
	    "[\"completed\",{},\"date-time\",\"2025-01-02T00:00:00Z\"]" },
};

#define N(list)	(sizeof(list) / sizeof(*(list)))

static enum ex_kind
kind_of(int i)
{
	static const enum ex_kind kinds[] = { EX_KIND_CONTACTS,
	    EX_KIND_EVENTS, EX_KIND_TASKS };

	return kinds[i % 3];
}

/* Is the row called so?  An extended property by what is in its path. */
static bool
is_row(int f, const char *name)
{
	const struct ex_ewsmap_field *row = &ex_ewsmap_table[f];

	if (row->form == EX_EXF_EXTENDED)
		return strstr(row->uri, ex_arena_fmt(&a, "\"%s\"",
		    name).p) != NULL;
	return strcmp(name, row->key == NULL ? row->uri : ex_arena_fmt(&a,
	    "%s/%s", row->uri, row->key).p) == 0;
}

static void
test_written(void **state)
{
	struct ex_exmap_values v[N_ITEM];
	const struct written *w;
	struct ex_ews_got got;
	size_t i, hits;
	int f;

	(void)state;
	for (f = 0; f < N_ITEM; f++) {
		got = whole(item[f]);
		ex_ewsmap_values(got.item, kind_of(f), &a, &v[f]);
		if ((v[f].v[EX_FLD_OVER].p != NULL) != (f >= MORE_CONTACT))
			fail_msg("item %d has what it should not: %.*s", f,
			    EX_STR_ARG(v[f].v[EX_FLD_OVER]));
	}
	for (i = 0; i < N(writes); i++) {
		w = &writes[i];
		for (f = 0, hits = 0; f < EX_FLD_N; f++) {
			if (!is_row(f, w->row) || (ex_ewsmap_table[f].flags &
			    ex_exmap_flag(kind_of(w->item))) == 0)
				continue;
			hits++;
			if (v[w->item].v[f].p == NULL)
				fail_msg("%s: nothing", w->row);
			if (strcmp(w->value, "*") != 0)
				assert_string_equal(ex_arena_str(&a,
				    v[w->item].v[f]).p, w->value);
		}
		if (hits != 1)
			fail_msg("%s is %zu rows", w->row, hits);
	}
}

/* That in place of what the item has. */
static struct ex_ews_got
besides(const struct ex_ews_got *was, const struct found *r)
{
	static const struct ex_xml_node *changed[1];
	const struct ex_xml_node *n;
	struct ex_ews_got got = *was;
	struct ex_xml_node *to = copy_node(got.item);

	for (n = tree(ex_str_of(r->xml)); n != NULL; n = n->next)
		set(to, tree(ex_arena_fmt(&a, "<t:FieldURI FieldURI=\"x:%.*s"
		    "\"/>", EX_STR_ARG(n->name.local))), n);
	if (strcmp(r->row, "calendar:OriginalStart") == 0) {
		changed[0] = to;
		got.changed = changed;
		got.nchanged = 1;
	} else {
		got.item = to;
	}
	return got;
}

static void
test_read(void **state)
{
	struct ex_ews_got was, got;
	const struct found *r;
	struct ex_exmap_send again;
	struct ex_item back;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;
	size_t i;

	(void)state;
	for (i = 0; i < N(reads); i++) {
		r = &reads[i];
		was = whole(item[r->item]);
		got = besides(&was, r);
		back = read_back(&got, kind_of(r->item));
		ex_buf_clear(&b);
		ex_item_write(&b, &back);
		s = ex_arena_str(&a, ex_buf_get(&b));
		if (strstr(s.p, r->json) == NULL)
			fail_msg("%s: no %s in %s", r->row, r->json, s.p);
		/* and no field is sent again, to clear it least of all */
		if (got.nchanged > 0)
			continue;
		again = written(&back, &got);
		s = ex_arena_str(&a, again.update);
		if (again.anew || again.noccurrence > 0 ||
		    strstr(s.p, "<t:FieldURI") != NULL ||
		    strstr(s.p, "<t:IndexedFieldURI") != NULL)
			fail_msg("%s: sent again: %s", r->row, s.p);
	}
	ex_buf_fini(&b);
}

static bool
has_example(int f, enum ex_kind kind)
{
	size_t i;

	for (i = 0; i < N(writes); i++)
		if (kind_of(writes[i].item) == kind &&
		    is_row(f, writes[i].row))
			return true;
	for (i = 0; i < N(reads); i++)
		if (kind_of(reads[i].item) == kind && is_row(f, reads[i].row))
			return true;
	return false;
}

static void
test_all_rows(void **state)
{
	static const enum ex_kind kinds[] = { EX_KIND_CONTACTS,
	    EX_KIND_EVENTS, EX_KIND_TASKS };
	size_t k;
	int f;

	(void)state;
	for (f = 0; f < EX_FLD_N; f++)
		for (k = 0; k < N(kinds); k++)
			if ((ex_ewsmap_table[f].flags &
			    ex_exmap_flag(kinds[k])) != 0 &&
			    !has_example(f, kinds[k]))
				fail_msg("no example of %s %s",
				    ex_ewsmap_table[f].uri,
				    ex_ewsmap_table[f].key == NULL ? "" :
				    ex_ewsmap_table[f].key);
}

/* How a request names the row: what has keys is asked for whole. */
static const char *
asked_as(const struct ex_ewsmap_field *row)
{
	if (row->form == EX_EXF_EXTENDED)
		return row->uri;
	if (row->form == EX_EXF_ADDRESS)
		return "\"contacts:PhysicalAddresses\"";
	return ex_arena_fmt(&a, "\"%s\"", row->form != EX_EXF_ENTRY ?
	    row->uri : ex_arena_fmt(&a, "contacts:%s", row->elem).p).p;
}

/* Of an item and of an exception: all that they can have, nothing else. */
static void
test_asked(void **state)
{
	const struct ex_ewsmap_field *row;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str shape;
	bool is, ought;
	int f, k;

	(void)state;
	for (k = 0; k < 6; k++) {
		ex_buf_clear(&b);
		ex_ewsmap_shape(&b, kind_of(k), k > 2);
		shape = ex_arena_str(&a, ex_buf_get(&b));
		for (f = 0; f < EX_FLD_N; f++) {
			row = &ex_ewsmap_table[f];
			ought = (row->flags & ex_exmap_flag(kind_of(k))) &&
			    (k > 2 ? (row->flags & EX_EXF_SERIES) == 0 :
			    f != EX_FLD_ORIGINAL);
			is = strstr(shape.p, asked_as(row)) != NULL;
			if (k <= 2 ? is != ought : ought && !is &&
			    kind_of(k) == EX_KIND_EVENTS)
				fail_msg("%s: %s", asked_as(row), is ?
				    "is asked for" : "is not asked for");
		}
		assert_int_equal(strstr(shape.p, "\"item:Attachments\"") !=
		    NULL, k < 2);
		assert_int_equal(strstr(shape.p,
		    "\"calendar:ModifiedOccurrences\"") != NULL, k == 1);
	}
	ex_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_written, reset),
		cmocka_unit_test_setup(test_read, reset),
		cmocka_unit_test_setup(test_all_rows, reset),
		cmocka_unit_test_setup(test_asked, reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, load_schema, free_schema);
}
