/*
 * ewsmap.c: which field of Exchange is which property
 *
 * The table has a row for each field, in the schema's order (types.xsd), in
 * which it must be sent.  `prop` and `arg` say what it holds; what is said
 * there is done in exmapcontact.c, exmapevent.c, exmaptask.c and
 * exmapcommon.c.
 *
 * What no field holds as the item has it is kept in a property of our own,
 * exover: the properties, and for those that a field holds in part what
 * that field read as when it was written.  So
 *
 * (1) an item that nobody changed there comes back as it was sent;
 * (2) a field that reads otherwise now was changed there, and wins over
 *     what exover has for it; the rest of exover stands;
 * (3) what Exchange adds or rounds on its own is written out by us (the
 *     reminder, Busy, the importance) or is not read (FileAs that is made of
 *     the name, Subject of a contact, Organizer of what is no meeting), and
 *     so is no change.
 *
 * The UID of an event is its own field; a copy made in Outlook has another,
 * by which it is told that exstamp is not its own.  Contacts and tasks have
 * no such field.  exuid is there to find them by, but is not read as the
 * item's UID: a user's copy bears it too, and is a new item (ring.md 2).
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/json.h>
#include <ex/line.h>

#include "ewsmappriv.h"
#include "exmapfield.h"

#define C	EX_EXF_CONTACT
#define E	EX_EXF_EVENT
#define T	EX_EXF_TASK
#define ALL	(C | E | T)
#define OWN(name) \
	"PropertySetId=\"" EX_EXMAP_SET "\" PropertyName=\"" name "\""
#define TAG(tag)	"PropertyTag=\"" tag "\""
#define ADDRESS(id) \
	"DistinguishedPropertySetId=\"Address\" PropertyId=\"" id "\""
#define EXT(attrs, type, flags, prop, arg) \
	{ attrs, type, "ExtendedProperty", EX_EXF_EXTENDED, flags, prop, arg }
#define ITEM(name, form, flags, prop, arg) \
	{ "item:" name, NULL, name, EX_EXF_##form, flags, prop, arg }
#define CONTACT(name, form, prop, arg) \
	{ "contacts:" name, NULL, name, EX_EXF_##form, C, prop, arg }
#define EVENT(name, form, flags, prop) \
	{ "calendar:" name, NULL, name, EX_EXF_##form, E | (flags), prop, \
	    NULL }
#define TASK(name, form, flags, prop) \
	{ "task:" name, NULL, name, EX_EXF_##form, T | (flags), prop, NULL }
#define EMAIL(key, types) \
	{ "contacts:EmailAddress", key, "EmailAddresses", EX_EXF_ENTRY, C, \
	    "email", types },
#define IM(key, types) \
	{ "contacts:ImAddress", key, "ImAddresses", EX_EXF_ENTRY, C, \
	    "impp", types },
#define TEL(key, types) \
	{ "contacts:PhoneNumber", key, "PhoneNumbers", EX_EXF_ENTRY, C, \
	    "tel", types },
/* Not in the list of keys of Microsoft's page, only in the newer schema. */
#define TELNEW(key, types) \
	{ "contacts:PhoneNumber", key, "PhoneNumbers", EX_EXF_ENTRY, \
	    C | EX_EXF_LATE, "tel", types },
#define PART(key, name, types) \
	{ "contacts:PhysicalAddress:" name, key, name, EX_EXF_ADDRESS, C, \
	    "adr", types }
#define ADR(key, types) \
	PART(key, "Street", types), PART(key, "City", types), \
	PART(key, "State", types), PART(key, "CountryOrRegion", types), \
	PART(key, "PostalCode", types),

const struct ex_ewsmap_field ex_ewsmap_table[EX_FLD_N] = {
	[EX_FLD_SUBJECT] =
	ITEM("Subject", TEXT, E | T, "summary", NULL),
	ITEM("Sensitivity", WORD, ALL | EX_EXF_ALWAYS, "class", NULL),
	ITEM("Body", BODY, ALL, "description, note", NULL),
	ITEM("Categories", STRINGS, ALL, "categories", NULL),
	ITEM("Importance", WORD, E | T | EX_EXF_ALWAYS, "priority", NULL),
	ITEM("DateTimeCreated", TIME, E | T | EX_EXF_READ, "created", NULL),
	ITEM("ReminderDueBy", TIME, T | EX_EXF_ALWAYS, "valarm", NULL),
	ITEM("ReminderIsSet", WORD, E | T | EX_EXF_ALWAYS, "valarm", NULL),
	ITEM("ReminderMinutesBeforeStart", WORD, E | EX_EXF_ALWAYS,
	    "valarm", NULL),
	EXT(OWN("exuid"), "String", ALL | EX_EXF_ONCE | EX_EXF_SERIES,
	    "uid", NULL),
	EXT(OWN("exstamp"), "String", ALL | EX_EXF_ONCE | EX_EXF_SERIES,
	    NULL, NULL),
	EXT(OWN("exover"), "Binary", ALL | EX_EXF_SERIES, "all others",
	    NULL),

	[EX_FLD_EXTENDED] =
	EXT(TAG("0x3A45"), "String", C, "n", "3"),
	EXT(TAG("0x3A5E"), "String", C, "adr", "home"),
	EXT(ADDRESS("32842"), "String", C, "adr", "work"),
	EXT(TAG("0x3A64"), "String", C, "adr", ""),
	EXT(TAG("0x3A50"), "String", C, "url", "home"),
	EXT(TAG("0x3A4D"), "Short", C, "gender", NULL),
	EXT(TAG("0x3A43"), "String", C, "hobby", NULL),
	EXT(ADDRESS("32812"), "String", C, "x-phonetic-first-name", NULL),
	EXT(ADDRESS("32813"), "String", C, "x-phonetic-last-name", NULL),
	EXT(ADDRESS("32814"), "String", C, "x-phonetic-org", NULL),
	[EX_FLD_MODIFIED] =
	ITEM("LastModifiedTime", TIME, ALL | EX_EXF_READ,
	    "rev, last-modified", NULL),

	CONTACT("FileAs", TEXT, "x-evolution-file-as", NULL),
	CONTACT("DisplayName", TEXT, "fn", NULL),
	CONTACT("GivenName", TEXT, "n", "1"),
	CONTACT("MiddleName", TEXT, "n", "2"),
	CONTACT("Nickname", TEXT, "nickname", NULL),
	CONTACT("CompanyName", TEXT, "org", "0"),
	[EX_FLD_EMAIL] =
	EX_EXMAP_EMAILS(EMAIL)
	[EX_FLD_ADR] =
	EX_EXMAP_ADRS(ADR)
	[EX_FLD_TEL] =
	EX_EXMAP_TELS(TEL, TELNEW)
	[EX_FLD_ASSISTANT] =
	/* as Exchange exports it ([MS-OXVCARD] 2.1.3.9.9), and x-ms-manager */
	CONTACT("AssistantName", TEXT, "x-ms-assistant", NULL),
	CONTACT("Birthday", NOON, "bday", NULL),
	CONTACT("BusinessHomePage", TEXT, "url", ""),
	CONTACT("Children", STRINGS, "related", "child"),
	CONTACT("Department", TEXT, "org", "1"),
	CONTACT("Generation", TEXT, "n", "4"),
	[EX_FLD_IM] =
	EX_EXMAP_IMS(IM)
	[EX_FLD_TITLE] =
	CONTACT("JobTitle", TEXT, "title", NULL),
	CONTACT("Manager", TEXT, "x-ms-manager", NULL),
	CONTACT("OfficeLocation", TEXT, "x-evolution-office", NULL),
	{ "contacts:PostalAddressIndex", NULL, "PostalAddressIndex",
	    EX_EXF_WORD, C | EX_EXF_ALWAYS, "adr", "pref" },
	CONTACT("Profession", TEXT, "role", NULL),
	CONTACT("SpouseName", TEXT, "related", "spouse"),
	CONTACT("Surname", TEXT, "n", "0"),
	CONTACT("WeddingAnniversary", NOON, "anniversary", NULL),

	[EX_FLD_UID] =
	EVENT("UID", TEXT, EX_EXF_ONCE | EX_EXF_SERIES, "uid"),
	EVENT("DateTimeStamp", TIME, EX_EXF_READ, "dtstamp"),
	EVENT("Start", TIME, EX_EXF_WHEN | EX_EXF_ALWAYS, "dtstart"),
	EVENT("End", TIME, EX_EXF_WHEN | EX_EXF_ALWAYS, "dtend"),
	EVENT("OriginalStart", TIME, EX_EXF_READ, "recurrence-id"),
	EVENT("IsAllDayEvent", WORD, EX_EXF_WHEN | EX_EXF_ALWAYS,
	    "dtstart"),
	EVENT("LegacyFreeBusyStatus", WORD, EX_EXF_ALWAYS,
	    "transp, status, x-microsoft-cdo-busystatus"),
	EVENT("Location", TEXT, 0, "location"),
	EVENT("IsMeeting", WORD, EX_EXF_READ, "organizer, attendee"),
	EVENT("IsCancelled", WORD, EX_EXF_READ, "status"),
	EVENT("Organizer", PEOPLE, EX_EXF_READ, "organizer"),
	EVENT("RequiredAttendees", PEOPLE, 0, "attendee"),
	EVENT("OptionalAttendees", PEOPLE, 0, "attendee"),
	EVENT("Resources", PEOPLE, 0, "attendee"),
	EVENT("Recurrence", RULE, EX_EXF_SERIES, "rrule"),
	EVENT("DeletedOccurrences", STARTS, EX_EXF_READ | EX_EXF_SERIES,
	    "exdate"),
	EVENT("StartTimeZone", ZONE, EX_EXF_WHEN | EX_EXF_ALWAYS,
	    "dtstart"),
	EVENT("EndTimeZone", ZONE, EX_EXF_WHEN | EX_EXF_ALWAYS, "dtend"),

	[EX_FLD_COMPLETED] =
	TASK("CompleteDate", TIME, EX_EXF_READ, "completed"),
	TASK("DueDate", DAY, 0, "due"),
	TASK("PercentComplete", WORD, EX_EXF_ALWAYS, "percent-complete"),
	TASK("Recurrence", RULE, 0, "rrule"),
	TASK("StartDate", DAY, 0, "dtstart"),
	TASK("Status", WORD, EX_EXF_ALWAYS, "status"),
};

const char *
ex_ewsmap_elem(enum ex_kind kind)
{
	return kind == EX_KIND_CONTACTS ? "t:Contact" :
	    kind == EX_KIND_EVENTS ? "t:CalendarItem" : "t:Task";
}

const char *
ex_ewsmap_class(enum ex_kind kind)
{
	switch (kind) {
	case EX_KIND_CONTACTS:
		return "IPF.Contact";
	case EX_KIND_EVENTS:
		return "IPF.Appointment";
	case EX_KIND_TASKS:
		return "IPF.Task";
	case EX_KIND_JOURNALS:
		return "IPF.Journal";
	case EX_KIND_NONE:
		break;
	}
	return "";
}

static void
put_uri(struct ex_buf *b, const char *uri)
{
	ex_buf_fmt(b, "<t:FieldURI FieldURI=\"%s\"/>", uri);
}

/* Dictionaries are asked for whole; their names are the entries' with s. */
static void
put_dictionaries(struct ex_buf *b)
{
	put_uri(b, "contacts:EmailAddresses");
	put_uri(b, "contacts:PhysicalAddresses");
	put_uri(b, "contacts:PhoneNumbers");
	put_uri(b, "contacts:ImAddresses");
}

void
ex_ewsmap_shape(struct ex_buf *b, enum ex_kind kind, bool occurrence)
{
	const struct ex_ewsmap_field *f;
	int i;

	for (i = 0; i < EX_FLD_N; i++) {
		f = &ex_ewsmap_table[i];
		if ((f->flags & ex_exmap_flag(kind)) == 0 ||
		    f->form == EX_EXF_ENTRY || f->form == EX_EXF_ADDRESS ||
		    (occurrence && (f->flags & EX_EXF_SERIES)) ||
		    (!occurrence && i == EX_FLD_ORIGINAL))
			continue;
		ex_ewsmap_path(b, f);
	}
	if (kind == EX_KIND_CONTACTS)
		put_dictionaries(b);
	if (kind == EX_KIND_EVENTS && !occurrence)
		put_uri(b, "calendar:ModifiedOccurrences");
	if (kind != EX_KIND_TASKS && !occurrence)
		put_uri(b, "item:Attachments");
}

static void
is_equal(struct ex_buf *b, struct ex_str value)
{
	ex_buf_puts(b, "<t:FieldURIOrConstant><t:Constant Value=\"");
	ex_xml_escape(b, value);
	ex_buf_puts(b, "\"/></t:FieldURIOrConstant></t:IsEqualTo>");
}

void
ex_ewsmap_find_stamp(struct ex_buf *b, struct ex_str stamp)
{
	ex_buf_puts(b, "<t:IsEqualTo>");
	ex_ewsmap_path(b, &ex_ewsmap_table[EX_FLD_STAMP]);
	is_equal(b, stamp);
}

/* What is not text in a text would be lost without a word. */
static int
check(const struct ex_ews_got *got, enum ex_kind kind,
    const struct ex_exmap_values *v, struct ex_err *err)
{
	struct ex_str name = got->item->name.local;

	if (!ex_str_is(name, ex_ewsmap_elem(kind) + 2))
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: is none of the "
		    "folder's kind", (int)(name.n > 64 ? 64 : name.n),
		    name.p);
	if (ex_xml_child(got->item, "Recurrence") != NULL &&
	    v->v[EX_FLD_RRULE].p == NULL && v->v[EX_FLD_TASKRULE].p == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "Recurrence: not one that we know");
	return 0;
}

static void
hold(const struct ex_ews_got *got, enum ex_kind kind, struct ex_arena *a,
    struct ex_exmap_held *held)
{
	size_t i;

	*held = (struct ex_exmap_held){ .nchanged = got->nchanged,
	    .file = got->file, .nfile = got->nfile };
	ex_ewsmap_values(got->item, kind, a, &held->v);
	held->changed = ex_arena_array(a, got->nchanged,
	    sizeof(*held->changed));
	for (i = 0; i < got->nchanged; i++)
		ex_ewsmap_values(got->changed[i], kind, a, &held->changed[i]);
}

int
ex_ewsmap_read(const struct ex_ews_got *got, enum ex_kind kind,
    struct ex_arena *a, struct ex_item *item, struct ex_str *stamp,
    struct ex_err *err)
{
	struct ex_exmap_held held;

	hold(got, kind, a, &held);
	if (check(got, kind, &held.v, err) == -1 ||
	    ex_exmap_read(&held, kind, a, item, err) == -1)
		return -1;
	*stamp = held.v.v[EX_FLD_STAMP];
	if (item->uid.p != NULL && !ex_str_eq(item->uid,
	    held.v.v[EX_FLD_UID_OWN]))
		*stamp = EX_STR_NONE;
	return 0;
}

static unsigned
flags(int field)
{
	return ex_ewsmap_table[field].flags;
}

int
ex_ewsmap_write(const struct ex_item *item, const struct ex_ews_got *was,
    struct ex_str stamp, struct ex_arena *a, struct ex_exmap_send *send,
    struct ex_err *err)
{
	static const struct ex_exmap_server server = { flags, false, NULL,
	    ex_ewsmap_create, ex_ewsmap_updates };
	struct ex_exmap_job j = { .server = &server, .a = a, .send = send };
	struct ex_exmap_held held;

	if (was != NULL) {
		hold(was, item->kind, a, &held);
		j.was = &held;
	}
	return ex_exmap_write(&j, item, stamp, err);
}
