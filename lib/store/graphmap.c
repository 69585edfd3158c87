/*
 * graphmap.c: which field of Microsoft Graph is which property
 *
 * The table has a row for each field of exmap.h that Graph has, as a member
 * of its JSON or as the MAPI property behind it.  What is done with the
 * values is what is done for EWS (ewsmap.c says it): what no field holds as
 * the item has it stands in exover, in the same property of MAPI, so that
 * EWS and Graph see one another's.
 *
 * What Graph has not, against EWS:
 *
 * (1) Two business and two home numbers and one mobile; the others are MAPI
 *     properties without a member of their own.
 * (2) Tasks: no percent, no class, no MAPI properties: exover is in an open
 *     extension there.  Their recurrence can be read but not written.
 * (3) Attendees can be written, but Graph would mail them: never here.
 * (4) An event's UID is the server's.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/http.h>
#include <ex/json.h>
#include <ex/text.h>

#include "graphmappriv.h"

#define IN_FILTER "(),$=:"	/* stays as it is in a URL */

#define C	EX_EXF_CONTACT
#define E	EX_EXF_EVENT
#define T	EX_EXF_TASK
#define ALWAYS	EX_EXF_ALWAYS
#define READ	EX_EXF_READ
#define ONCE	EX_EXF_ONCE
#define SERIES	EX_EXF_SERIES
#define WHEN	(EX_EXF_WHEN | EX_EXF_ALWAYS)

#define ROW(name, form, flags, prop) \
	{ name, NULL, 0, EX_GRF_##form, flags, prop }
#define PART(name, part, flags, prop) \
	{ name, part, 0, EX_GRF_PART, flags, prop }
#define AT(name, at, form, prop) \
	{ name, NULL, at, EX_GRF_##form, C, prop }
#define EXT(id, prop)	{ id, NULL, 0, EX_GRF_EXT, C, prop }
#define TAG(tag, prop)	EXT("String " tag, prop)
#define CODE(id, words, prop) \
	{ id, words, 0, EX_GRF_EXT_CODE, C | ALWAYS, prop }
#define OWN(type, name, flags, prop) \
	{ type " {" EX_EXMAP_SET "} Name " name, NULL, 0, EX_GRF_EXT, \
	    C | E | SERIES | (flags), prop }
#define OPEN(name, flags, prop) \
	{ name, NULL, 0, EX_GRF_OPEN, T | (flags), prop }
#define PEOPLE(name, type, prop) \
	{ name, type, 0, EX_GRF_PEOPLE, E | READ, prop }
#define ADR(name, prop) \
	PART(name, "street", C, prop), PART(name, "city", C, prop), \
	PART(name, "state", C, prop), \
	PART(name, "countryOrRegion", C, prop), \
	PART(name, "postalCode", C, prop)

/* [MS-OXPROPS] PSETID_Address */
#define ADDRESS(type, id) \
	type " {00062004-0000-0000-C000-000000000046} Id " id

static const struct ex_graphmap_field table[EX_FLD_N] = {
	[EX_FLD_SUBJECT] = ROW("subject", TEXT, E, "summary"),
	[EX_FLD_SENSITIVITY] = ROW("sensitivity", WORD, E | ALWAYS, "class"),
	[EX_FLD_BODY] = ROW("body", BODY, E | T, "description"),
	[EX_FLD_CATEGORIES] =
	ROW("categories", STRINGS, C | E | T, "categories"),
	[EX_FLD_IMPORTANCE] =
	ROW("importance", WORD, E | T | ALWAYS, "priority"),
	[EX_FLD_CREATED] =
	ROW("createdDateTime", TIME, E | T | READ, "created"),
	[EX_FLD_DUEBY] =
	ROW("reminderDateTime", INSTANT, T | ALWAYS, "valarm"),
	[EX_FLD_REMINDER] =
	ROW("isReminderOn", FLAG, E | T | ALWAYS, "valarm"),
	[EX_FLD_MINUTES] =
	ROW("reminderMinutesBeforeStart", NUMBER, E | ALWAYS, "valarm"),
	[EX_FLD_UID_OWN] = OWN("String", "exuid", ONCE, "uid"),
	[EX_FLD_STAMP] = OWN("String", "exstamp", ONCE, NULL),
	[EX_FLD_OVER] = OWN("Binary", "exover", 0, "all others"),

	[EX_FLD_EXTENDED] =
	ROW("title", TEXT, C, "n"),
	TAG("0x3A5E", "adr"), EXT(ADDRESS("String", "0x804A"), "adr"),
	TAG("0x3A64", "adr"), TAG("0x3A50", "url"),
	ROW("Short 0x3A4D", EXT_NUMBER, C, "gender"),
	TAG("0x3A43", "hobby"),
	ROW("yomiGivenName", TEXT, C, "x-phonetic-first-name"),
	ROW("yomiSurname", TEXT, C, "x-phonetic-last-name"),
	ROW("yomiCompanyName", TEXT, C, "x-phonetic-org"),
	[EX_FLD_MODIFIED] =
	ROW("lastModifiedDateTime", TIME, C | E | T | READ,
	    "rev, last-modified"),

	[EX_FLD_FILEAS] = ROW("fileAs", TEXT, C, "x-evolution-file-as"),
	[EX_FLD_FN] = ROW("displayName", TEXT, C, "fn"),
	[EX_FLD_GIVEN] = ROW("givenName", TEXT, C, "n"),
	[EX_FLD_MIDDLE] = ROW("middleName", TEXT, C, "n"),
	[EX_FLD_NICKNAME] = ROW("nickName", TEXT, C, "nickname"),
	[EX_FLD_COMPANY] = ROW("companyName", TEXT, C, "org"),
	[EX_FLD_EMAIL] =
	AT("emailAddresses", 0, EMAIL, "email"),
	AT("emailAddresses", 1, EMAIL, "email"),
	AT("emailAddresses", 2, EMAIL, "email"),
	[EX_FLD_ADR] =
	ADR("homeAddress", "adr"), ADR("businessAddress", "adr"),
	ADR("otherAddress", "adr"),
	/* in the order of EWS' keys; Graph has not all of them */
	[EX_FLD_TEL] =
	AT("businessPhones", 0, ENTRY, "tel"),
	AT("businessPhones", 1, ENTRY, "tel"),
	AT("homePhones", 0, ENTRY, "tel"), AT("homePhones", 1, ENTRY, "tel"),
	ROW("mobilePhone", TEXT, C, "tel"),
	[EX_FLD_TEL + 6] =
	TAG("0x3A21", "tel"), TAG("0x3A24", "tel"), TAG("0x3A25", "tel"),
	TAG("0x3A23", "tel"), TAG("0x3A1F", "tel"), TAG("0x3A1E", "tel"),
	TAG("0x3A57", "tel"), TAG("0x3A4B", "tel"), TAG("0x3A2D", "tel"),
	TAG("0x3A02", "tel"), TAG("0x3A2E", "tel"), TAG("0x3A1D", "tel"),
	TAG("0x3A2C", "tel"), TAG("0x3A1A", "tel"),
	[EX_FLD_ASSISTANT] =
	ROW("assistantName", TEXT, C, "x-ms-assistant"),
	[EX_FLD_BDAY] = ROW("birthday", NOON, C, "bday"),
	[EX_FLD_URL] = ROW("businessHomePage", TEXT, C, "url"),
	[EX_FLD_CHILDREN] = ROW("children", STRINGS, C, "related"),
	[EX_FLD_DEPARTMENT] = ROW("department", TEXT, C, "org"),
	[EX_FLD_GENERATION] = ROW("generation", TEXT, C, "n"),
	[EX_FLD_IM] =
	AT("imAddresses", 0, ENTRY, "impp"),
	AT("imAddresses", 1, ENTRY, "impp"),
	AT("imAddresses", 2, ENTRY, "impp"),
	[EX_FLD_TITLE] = ROW("jobTitle", TEXT, C, "title"),
	[EX_FLD_MANAGER] = ROW("manager", TEXT, C, "x-ms-manager"),
	[EX_FLD_OFFICE] =
	ROW("officeLocation", TEXT, C, "x-evolution-office"),
	/* [MS-OXOCNTC] PidLidPostalAddressId */
	[EX_FLD_POSTAL] =
	CODE(ADDRESS("Integer", "0x8022"), "None Home Business Other", "adr"),
	[EX_FLD_ROLE] = ROW("profession", TEXT, C, "role"),
	[EX_FLD_SPOUSE] = ROW("spouseName", TEXT, C, "related"),
	[EX_FLD_SURNAME] = ROW("surname", TEXT, C, "n"),
	[EX_FLD_WEDDING] =
	ROW("SystemTime 0x3A41", EXT_NOON, C, "anniversary"),

	[EX_FLD_UID] = ROW("iCalUId", TEXT, E | READ | SERIES, "uid"),
	[EX_FLD_START] = ROW("start", WHEN, E | WHEN, "dtstart"),
	[EX_FLD_END] = ROW("end", WHEN, E | WHEN, "dtend"),
	[EX_FLD_ORIGINAL] =
	ROW("originalStart", TIME, E | READ, "recurrence-id"),
	[EX_FLD_ALLDAY] = ROW("isAllDay", FLAG, E | WHEN, "dtstart"),
	[EX_FLD_BUSY] = ROW("showAs", WORD, E | ALWAYS,
	    "transp, status, x-microsoft-cdo-busystatus"),
	[EX_FLD_LOCATION] = PART("location", "displayName", E, "location"),
	[EX_FLD_MEETING] =
	ROW("attendees", MEETING, E | READ, "organizer, attendee"),
	[EX_FLD_CANCELLED] = ROW("isCancelled", FLAG, E | READ, "status"),
	[EX_FLD_ORGANIZER] = PEOPLE("organizer", NULL, "organizer"),
	[EX_FLD_REQUIRED] = PEOPLE("attendees", "required", "attendee"),
	[EX_FLD_OPTIONAL] = PEOPLE("attendees", "optional", "attendee"),
	[EX_FLD_RESOURCES] = PEOPLE("attendees", "resource", "attendee"),
	[EX_FLD_RRULE] = ROW("recurrence", RULE, E | SERIES, "rrule"),
	[EX_FLD_DELETED] =
	ROW("cancelledOccurrences", CANCELLED, E | READ | SERIES, "exdate"),
	[EX_FLD_STARTZONE] =
	ROW("originalStartTimeZone", ZONE, E | WHEN, "dtstart"),
	[EX_FLD_ENDZONE] =
	ROW("originalEndTimeZone", ZONE, E | WHEN, "dtend"),

	[EX_FLD_COMPLETED] =
	ROW("completedDateTime", INSTANT, T | READ, "completed"),
	[EX_FLD_DUE] = ROW("dueDateTime", DAY, T, "due"),
	[EX_FLD_TASKRULE] = ROW("recurrence", RULE, T | READ, "rrule"),
	[EX_FLD_STARTDATE] = ROW("startDateTime", DAY, T, "dtstart"),
	[EX_FLD_STATUS] = ROW("status", WORD, T | ALWAYS, "status"),
};

/* What one kind has elsewhere than another. */
static const struct {
	int field;
	struct ex_graphmap_field row;
} elsewhere[] = {
	{ EX_FLD_SUBJECT, ROW("title", TEXT, T, "summary") },
	/* [MS-OXCMSG] PidTagSensitivity */
	{ EX_FLD_SENSITIVITY, CODE("Integer 0x0036",
	    "Normal Personal Private Confidential", "class") },
	{ EX_FLD_BODY, ROW("personalNotes", LINES, C, "note") },
	{ EX_FLD_UID_OWN, OPEN("uid", ONCE, "uid") },
	{ EX_FLD_STAMP, OPEN("stamp", ONCE, NULL) },
	{ EX_FLD_OVER, OPEN("over", 0, "all others") },
};

#define N(list)	(sizeof(list) / sizeof(*(list)))

const struct ex_graphmap_field *
ex_graphmap_row(enum ex_kind kind, int field)
{
	unsigned flag = ex_exmap_flag(kind);
	size_t i;

	if (table[field].flags & flag)
		return &table[field];
	for (i = 0; i < N(elsewhere); i++)
		if (elsewhere[i].field == field &&
		    (elsewhere[i].row.flags & flag))
			return &elsewhere[i].row;
	return NULL;
}

bool
ex_graphmap_is_extended(const struct ex_graphmap_field *f)
{
	return f->form >= EX_GRF_EXT && f->form <= EX_GRF_EXT_CODE;
}

struct ex_str
ex_graphmap_word(const char *words, long long n)
{
	for (; n > 0 && *words != '\0'; n--) {
		words += strcspn(words, " ");
		words += *words == ' ';
	}
	return n != 0 || *words == '\0' ? EX_STR_NONE :
	    (struct ex_str){ words, strcspn(words, " ") };
}

static unsigned
flags(int field)
{
	unsigned all = table[field].flags;
	size_t i;

	for (i = 0; i < N(elsewhere); i++)
		if (elsewhere[i].field == field)
			all |= elsewhere[i].row.flags;
	return all;
}

/* $select takes each name once. */
static void
put_select(struct ex_buf *b, enum ex_kind kind, bool changed)
{
	const struct ex_graphmap_field *f;
	const char *last = "";
	int i;

	ex_buf_puts(b, kind == EX_KIND_TASKS ? "$select=id" :
	    "$select=id,changeKey");
	if (kind == EX_KIND_CONTACTS)
		ex_buf_puts(b, ",parentFolderId");
	if (kind == EX_KIND_EVENTS)
		ex_buf_puts(b, ",type,hasAttachments");
	if (changed)
		ex_buf_puts(b, ",exceptionOccurrences");
	for (i = 0; i < EX_FLD_N; i++) {
		f = ex_graphmap_row(kind, i);
		if (f == NULL || ex_graphmap_is_extended(f) ||
		    f->form == EX_GRF_OPEN || strcmp(f->name, last) == 0 ||
		    (f->form == EX_GRF_PEOPLE && f->part != NULL) ||
		    (f->form == EX_GRF_CANCELLED && !changed))
			continue;
		last = f->name;
		ex_buf_fmt(b, ",%s", f->name);
	}
}

void
ex_graphmap_query(struct ex_buf *b, enum ex_kind kind, bool changed)
{
	const struct ex_graphmap_field *f;
	struct ex_buf filter = EX_BUF_INIT;
	int i;

	put_select(b, kind, changed);
	ex_buf_puts(b, "&$expand=");
	if (kind == EX_KIND_TASKS) {
		ex_buf_puts(b, "extensions");
		return;
	}
	if (changed)
		ex_buf_puts(b, "exceptionOccurrences,");
	if (kind == EX_KIND_CONTACTS)
		ex_buf_puts(&filter, "id eq '" EX_GRAPHMAP_PICTURE "'");
	for (i = 0; i < EX_FLD_N; i++) {
		f = ex_graphmap_row(kind, i);
		if (f != NULL && ex_graphmap_is_extended(f))
			ex_buf_fmt(&filter, "%sid eq '%s'", filter.n > 0 ?
			    " or " : "", f->name);
	}
	ex_buf_puts(b, "singleValueExtendedProperties($filter=");
	ex_http_encode(b, ex_buf_get(&filter), IN_FILTER);
	ex_buf_putc(b, ')');
	ex_buf_fini(&filter);
}

void
ex_graphmap_quote(struct ex_buf *b, struct ex_str s)
{
	size_t i;

	ex_buf_putc(b, '\'');
	for (i = 0; i < s.n; i++)
		ex_buf_fmt(b, s.p[i] == '\'' ? "''" : "%c", s.p[i]);
	ex_buf_putc(b, '\'');
}

void
ex_graphmap_find_stamp(struct ex_buf *b, enum ex_kind kind,
    struct ex_str stamp)
{
	struct ex_buf filter = EX_BUF_INIT;

	if (kind == EX_KIND_TASKS)
		return;
	ex_buf_fmt(&filter, "singleValueExtendedProperties/Any(ep: ep/id eq "
	    "'%s' and ep/value eq ", table[EX_FLD_STAMP].name);
	ex_graphmap_quote(&filter, stamp);
	ex_buf_putc(&filter, ')');
	ex_buf_puts(b, "$filter=");
	ex_http_encode(b, ex_buf_get(&filter), IN_FILTER);
	ex_buf_fini(&filter);
}

static size_t
count(struct ex_str lines)
{
	size_t n = 0;

	for (; lines.n > 0; n++)
		ex_exmap_line(&lines);
	return n;
}

/* What is not understood would be lost without a word. */
static int
check(const struct ex_json *item, enum ex_kind kind,
    const struct ex_exmap_values *v, struct ex_err *err)
{
	const struct ex_json *j = ex_json_get(item, "recurrence");
	size_t n = 0;

	if (item->type != EX_JSON_OBJECT)
		return ex_err_set(err, EX_ERR_INPUT, "item: is no object");
	if (kind == EX_KIND_CONTACTS)
		return 0;
	if (j != NULL && j->type != EX_JSON_NULL &&
	    v->v[EX_FLD_RRULE].p == NULL && v->v[EX_FLD_TASKRULE].p == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "recurrence: not one that we know");
	j = ex_json_get(item, "cancelledOccurrences");
	for (j = j == NULL ? NULL : j->child; j != NULL; j = j->next)
		n++;
	if (n != count(v->v[EX_FLD_DELETED]))
		return ex_err_set(err, EX_ERR_INPUT, "cancelledOccurrences: "
		    "one does not end with a date");
	return 0;
}

static void
hold(const struct ex_graph_got *got, enum ex_kind kind, struct ex_arena *a,
    struct ex_exmap_held *held)
{
	size_t i;

	*held = (struct ex_exmap_held){ .nchanged = got->nchanged,
	    .file = got->file, .nfile = got->nfile };
	ex_graphmap_values(got->item, kind, a, &held->v);
	held->changed = ex_arena_array(a, got->nchanged,
	    sizeof(*held->changed));
	for (i = 0; i < got->nchanged; i++)
		ex_graphmap_values(got->changed[i], kind, a,
		    &held->changed[i]);
}

int
ex_graphmap_read(const struct ex_graph_got *got, enum ex_kind kind,
    struct ex_arena *a, struct ex_item *item, struct ex_str *stamp,
    struct ex_err *err)
{
	struct ex_exmap_held held;

	hold(got, kind, a, &held);
	if (check(got->item, kind, &held.v, err) == -1)
		return -1;
	*stamp = held.v.v[EX_FLD_STAMP];
	return ex_exmap_read(&held, kind, a, item, err);
}

/* Writing. */

/* An ORGANIZER alone is not sent, and stands in exover. */
static int
check_people(const struct ex_item *item, struct ex_err *err)
{
	const struct ex_comp *root = item->root;
	size_t i;

	for (i = 0; i < root->ncomp; i++)
		if (ex_comp_prop(root->comp[i], "attendee") != NULL)
			return ex_err_set(err, EX_ERR_INPUT,
			    "ATTENDEE: Graph would mail them");
	return 0;
}

static int
may_write(const struct ex_exmap_job *j, struct ex_err *err)
{
	const struct ex_exmap_values *was = j->was == NULL ? NULL :
	    &j->was->v;

	if (was != NULL && ex_str_is(was->v[EX_FLD_MEETING], "true"))
		return ex_err_set(err, EX_ERR_INPUT, "attendees: the server's "
		    "item has some, and Graph would mail them");
	if (j->kind == EX_KIND_TASKS && !ex_str_eq(j->v.v[EX_FLD_TASKRULE],
	    was == NULL ? EX_STR_NONE : was->v[EX_FLD_TASKRULE]))
		return ex_err_set(err, EX_ERR_INPUT, "RRULE: Graph does not "
		    "let a task's recurrence be written");
	return 0;
}

/* What of a task is in its extension, which a PATCH of it does not reach. */
static void
send_extension(const struct ex_exmap_job *j, const struct ex_json *item)
{
	const struct ex_exmap_values *was = &j->was->v;
	struct ex_exmap_values v = *was;
	struct ex_buf b = EX_BUF_INIT;

	v.v[EX_FLD_OVER] = j->v.v[EX_FLD_OVER];
	if (ex_str_eq(v.v[EX_FLD_OVER], was->v[EX_FLD_OVER]))
		return;
	ex_graphmap_put_extension(&b, &v);
	j->send->extension = ex_arena_str(j->a, ex_buf_get(&b));
	j->send->extension_new = ex_graphmap_extension(item) == NULL;
	ex_buf_fini(&b);
}

int
ex_graphmap_write(const struct ex_item *item,
    const struct ex_graph_got *was, struct ex_str stamp, struct ex_arena *a,
    struct ex_exmap_send *send, struct ex_err *err)
{
	static const struct ex_exmap_server server = { flags, true,
	    may_write, ex_graphmap_create, ex_graphmap_update };
	struct ex_exmap_job j = { .server = &server, .a = a, .send = send };
	struct ex_exmap_held held;

	if (check_people(item, err) == -1)
		return -1;
	if (was != NULL) {
		hold(was, item->kind, a, &held);
		j.was = &held;
	}
	if (ex_exmap_write(&j, item, stamp, err) == -1)
		return -1;
	if (was != NULL && item->kind == EX_KIND_TASKS)
		send_extension(&j, was->item);
	return 0;
}
