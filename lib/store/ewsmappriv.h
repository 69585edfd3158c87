/*
 * ewsmappriv.h: what the files of the mapping (ewsmap*.c) share
 *
 * Values are the middle: an item's fields as text, in one form whether they
 * come from an item or from a server, so that what is equal there need not
 * be sent.  ewsmap.c has the table of fields; ewsmapxml.c values in XML;
 * ewsmapcontact.c, ewsmapevent.c, ewsmaptask.c, ewsmapcommon.c values in
 * properties; ewsmapover.c what no field holds.
 */
#ifndef EX_EWSMAPPRIV_H
#define EX_EWSMAPPRIV_H

#include "ewspriv.h"
#include "exchange.h"

struct ex_json;

/*
 * The property set of what is ours, chosen at random once; the names in it
 * are exuid, exstamp and exover.
 */
#define EX_EWSMAP_SET	"829e20bb-bb19-4d5e-a020-a0abf4654eb0"

enum ex_ewsmap_form {
	EX_EWSF_TEXT,		/* one line */
	EX_EWSF_BODY,		/* lines; BodyType Text */
	EX_EWSF_WORD,		/* true, Busy, 15, the Id of a zone */
	EX_EWSF_TIME,		/* "2025-07-02T08:00:00Z" */
	EX_EWSF_DAY,		/* "2025-07-02", sent as midnight UTC */
	EX_EWSF_NOON,		/* likewise, as 11:59 UTC */
	EX_EWSF_STRINGS,	/* one a line */
	EX_EWSF_ZONE,		/* in the attribute Id */
	EX_EWSF_RULE,		/* the inside of a Recurrence, as we write it */
	EX_EWSF_PEOPLE,		/* "address TAB response TAB name" a line */
	EX_EWSF_STARTS,		/* of DeletedOccurrences: a time a line */
	EX_EWSF_EXTENDED,	/* a MAPI property */
	EX_EWSF_ENTRY,		/* of a dictionary */
	EX_EWSF_ADDRESS		/* a part of an entry */
};

enum ex_ewsmap_flag {
	EX_EWSF_CONTACT = 1,	/* t:Contact has it */
	EX_EWSF_EVENT = 2,
	EX_EWSF_TASK = 4,
	EX_EWSF_READ = 8,	/* never written */
	EX_EWSF_ONCE = 16,	/* written when made, then left alone */
	EX_EWSF_ALWAYS = 32,	/* never cleared */
	EX_EWSF_SERIES = 64,	/* an occurrence has it not of its own */
	EX_EWSF_WHEN = 128,	/* sent together or not at all */
	EX_EWSF_LATE = 256	/* newer than Exchange 2013: only where it is */
};

struct ex_ewsmap_field {
	const char *uri;	/* FieldURI; extended: its attributes */
	const char *key;	/* of an entry; extended: its type */
	const char *elem;	/* element; of an entry: the dictionary's */
	enum ex_ewsmap_form form;
	unsigned flags;
	const char *prop;	/* property, for people and for the code */
	const char *arg;	/* TYPE, place in N, ADR, ORG */
};

enum {
	EX_EWS_SUBJECT, EX_EWS_SENSITIVITY, EX_EWS_BODY, EX_EWS_CATEGORIES,
	EX_EWS_IMPORTANCE, EX_EWS_CREATED, EX_EWS_DUEBY, EX_EWS_REMINDER,
	EX_EWS_MINUTES, EX_EWS_UID_OWN, EX_EWS_STAMP, EX_EWS_OVER,
	EX_EWS_EXTENDED,		/* a contact's */
	EX_EWS_MODIFIED = EX_EWS_EXTENDED + 10,
	EX_EWS_FILEAS, EX_EWS_FN, EX_EWS_GIVEN, EX_EWS_MIDDLE,
	EX_EWS_NICKNAME, EX_EWS_COMPANY,
	EX_EWS_EMAIL,
	EX_EWS_ADR = EX_EWS_EMAIL + 3,
	EX_EWS_TEL = EX_EWS_ADR + 15,
	EX_EWS_ASSISTANT = EX_EWS_TEL + 23,
	EX_EWS_BDAY, EX_EWS_URL, EX_EWS_CHILDREN, EX_EWS_DEPARTMENT,
	EX_EWS_GENERATION,
	EX_EWS_IM,
	EX_EWS_TITLE = EX_EWS_IM + 3,
	EX_EWS_MANAGER, EX_EWS_OFFICE, EX_EWS_POSTAL, EX_EWS_ROLE,
	EX_EWS_SPOUSE, EX_EWS_SURNAME, EX_EWS_WEDDING,
	EX_EWS_UID, EX_EWS_DTSTAMP, EX_EWS_START, EX_EWS_END,
	EX_EWS_ORIGINAL, EX_EWS_ALLDAY, EX_EWS_BUSY, EX_EWS_LOCATION,
	EX_EWS_MEETING, EX_EWS_CANCELLED, EX_EWS_ORGANIZER,
	EX_EWS_REQUIRED, EX_EWS_OPTIONAL, EX_EWS_RESOURCES,
	EX_EWS_RRULE, EX_EWS_DELETED, EX_EWS_STARTZONE, EX_EWS_ENDZONE,
	EX_EWS_COMPLETED, EX_EWS_DUE, EX_EWS_PERCENT, EX_EWS_TASKRULE,
	EX_EWS_STARTDATE, EX_EWS_STATUS,
	EX_EWS_N
};

extern const struct ex_ewsmap_field ex_ewsmap_table[EX_EWS_N];

/* Absent: it has none, or was not asked for. */
struct ex_ewsmap_values {
	struct ex_str v[EX_EWS_N];
};

/* The flag of a kind's fields, and its element: "t:Contact". */
unsigned	 ex_ewsmap_flag(enum ex_kind kind);
const char	*ex_ewsmap_elem(enum ex_kind kind);

/*
 * A property or component, and the name of what holds it: of one field or
 * of some that change together.  Absent: no field, it stands in exover.
 */
struct ex_ewsmap_bit {
	struct ex_str slot;
	struct ex_str at;	/* the component: "" or its OriginalStart */
	struct ex_prop *prop;	/* or */
	struct ex_comp *comp;
};

struct ex_ewsmap_bits {
	struct ex_arena *a;
	struct ex_str at;	/* of what is added and looked for */
	struct ex_ewsmap_bit *v;
	size_t n;
};

/* ewsmapxml.c */
/* a: of what is made of the text, which the values point into. */
void	 ex_ewsmap_values(const struct ex_xml_node *item, enum ex_kind kind,
	    struct ex_arena *a, struct ex_ewsmap_values *v);
void	 ex_ewsmap_create(struct ex_buf *b, enum ex_kind kind,
	    const struct ex_ewsmap_values *v);
/* The inside of t:Updates that makes was to v. */
void	 ex_ewsmap_updates(struct ex_buf *b, enum ex_kind kind,
	    const struct ex_ewsmap_values *was,
	    const struct ex_ewsmap_values *v, bool occurrence);
/* t:FieldURI and its like, for a field. */
void	 ex_ewsmap_path(struct ex_buf *b, const struct ex_ewsmap_field *f);
/* Text as a line of XML can hold it; lines: line ends stay. */
struct ex_str	 ex_ewsmap_clean(struct ex_str s, bool lines,
		    struct ex_arena *a);

/* ewsmaprule.c: the inside of a t:Recurrence. */
struct ex_str	 ex_ewsmap_rule_text(const struct ex_exchange_rule *r,
		    struct ex_arena *a);
bool	 ex_ewsmap_rule_read(const struct ex_xml_node *n,
	    struct ex_exchange_rule *r);
/* What _text wrote. */
bool	 ex_ewsmap_rule_parse(struct ex_str text, struct ex_arena *a,
	    struct ex_exchange_rule *r);

/* ewsmapbits.c: making and finding. */
void	 ex_ewsmap_bit_prop(struct ex_ewsmap_bits *b, struct ex_str slot,
	    struct ex_prop *p);
void	 ex_ewsmap_bit_comp(struct ex_ewsmap_bits *b, struct ex_str slot,
	    struct ex_comp *c);
/*
 * A new property of one text value, in a slot; of type "unknown" it is
 * escaped, as the codec has it.  Names are literals.
 */
struct ex_prop	*ex_ewsmap_put(struct ex_ewsmap_bits *b, const char *slot,
		    const char *name, const char *type, struct ex_str value);
/* The other way: its first value's text, unescaped; absent: none. */
struct ex_str	 ex_ewsmap_text(const struct ex_prop *p, struct ex_arena *a);
/* TYPE of a list with commas (a literal), nothing of "". */
void	 ex_ewsmap_set_types(struct ex_prop *p, const char *types,
	    struct ex_arena *a);
/* Is that among the values of its TYPE? */
bool	 ex_ewsmap_has_type(const struct ex_prop *p, const char *type);
/* TYPE's values but those that say nothing, sorted: "fax,home". */
struct ex_str	 ex_ewsmap_types(const struct ex_prop *p,
		    struct ex_arena *a);
/* Bits of all a component's own properties and components, in no slot. */
void	 ex_ewsmap_bits_of(struct ex_ewsmap_bits *b, const struct ex_comp *c);
/* The first without a slot that is a property of that name, or NULL. */
struct ex_ewsmap_bit	*ex_ewsmap_free(struct ex_ewsmap_bits *b,
			    const char *name);

/*
 * From a component (its bits, which get their slots) to values and back.
 * The other way only values that are there make bits.
 */
int	 ex_ewsmap_contact_fill(const struct ex_comp *card,
	    struct ex_ewsmap_bits *b, const struct ex_ewsmap_values *was,
	    struct ex_ewsmap_values *v, struct ex_err *err);
void	 ex_ewsmap_contact_take(const struct ex_ewsmap_values *v,
	    struct ex_ewsmap_bits *b);

/* The n-th part of a structured value, sep between several in it. */
struct ex_str	 ex_ewsmap_part(const struct ex_prop *p, size_t n,
		    const char *sep, struct ex_arena *a);
/* As a field can hold it; absent: empty. */
struct ex_str	 ex_ewsmap_part_clean(const struct ex_prop *p, size_t n,
		    const char *sep, bool lines, struct ex_arena *a);
/* ewsmapways.c */
void	 ex_ewsmap_ways_fill(struct ex_ewsmap_bits *b,
	    const struct ex_ewsmap_values *was, struct ex_ewsmap_values *v);
void	 ex_ewsmap_ways_take(const struct ex_ewsmap_values *v,
	    struct ex_ewsmap_bits *b);

/* What a series' zones are called by its item; absent: by Windows' name. */
struct ex_ewsmap_zones {
	struct ex_str start, end;
};

/* at of the bits: "" or an occurrence's start, then of its master's rule. */
int	 ex_ewsmap_event_fill(struct ex_ewsmap_bits *b,
	    const struct ex_ewsmap_values *was, struct ex_ewsmap_values *v,
	    struct ex_err *err);
void	 ex_ewsmap_event_take(const struct ex_ewsmap_values *v,
	    const struct ex_ewsmap_zones *z, struct ex_ewsmap_bits *b);
/* "P1DT2H", "-PT15M" in seconds; false: it is no duration. */
bool	 ex_ewsmap_duration(struct ex_str s, long long *out);
/*
 * The first VALARM without a slot that shows something, and how many
 * seconds before start; minutes: whole ones, and not after it.
 */
struct ex_ewsmap_bit	*ex_ewsmap_alarm(struct ex_ewsmap_bits *b,
			    const struct ex_exchange_when *start,
			    bool minutes, long long *lead);
/* A VALARM that shows something. */
struct ex_comp	*ex_ewsmap_display_alarm(struct ex_prop *trigger,
		    struct ex_arena *a);
/* ewsmappeople.c */
void	 ex_ewsmap_people_fill(struct ex_ewsmap_bits *b,
	    struct ex_ewsmap_values *v);
void	 ex_ewsmap_people_take(const struct ex_ewsmap_values *v,
	    struct ex_ewsmap_bits *b);
int	 ex_ewsmap_task_fill(struct ex_ewsmap_bits *b,
	    const struct ex_ewsmap_values *was, struct ex_ewsmap_values *v,
	    struct ex_err *err);
void	 ex_ewsmap_task_take(const struct ex_ewsmap_values *v,
	    struct ex_ewsmap_bits *b);

/*
 * ewsmapfile.c: what stands in files: PHOTO and ATTACH of bytes.  The files
 * that bits ask for are appended to file, in b's arena.
 */
struct ex_ewsmap_files {
	struct ex_ews_file *v;
	size_t n;
};

void	 ex_ewsmap_files_fill(struct ex_ewsmap_bits *b, enum ex_kind kind,
	    struct ex_ewsmap_files *f);
void	 ex_ewsmap_files_take(const struct ex_ews_file *file, size_t n,
	    enum ex_kind kind, struct ex_ewsmap_bits *b);
/* What has to be made and to go, so that was becomes want. */
void	 ex_ewsmap_files_send(const struct ex_ewsmap_files *want,
	    const struct ex_ews_got *was, struct ex_arena *a,
	    struct ex_ews_send *send);

/* ewsmapcommon.c: what events and tasks both have, and contacts some of. */
void	 ex_ewsmap_common_fill(struct ex_ewsmap_bits *b, enum ex_kind kind,
	    const struct ex_ewsmap_values *was, struct ex_ewsmap_values *v);
void	 ex_ewsmap_common_take(const struct ex_ewsmap_values *v,
	    enum ex_kind kind, struct ex_ewsmap_bits *b);

/* A line of a value, which is moved behind it. */
struct ex_str	 ex_ewsmap_line(struct ex_str *s);
/* One text of that name, in the slot of that name, to a field and back. */
void	 ex_ewsmap_fill_text(struct ex_ewsmap_bits *b, int field,
	    const char *name, struct ex_ewsmap_values *v);
void	 ex_ewsmap_take_text(const struct ex_ewsmap_values *v, int field,
	    const char *name, struct ex_ewsmap_bits *b);
/* Lines as values of a property; NULL: none. */
struct ex_json	*ex_ewsmap_lines(struct ex_str s, struct ex_arena *a);

/*
 * ewsmapover.c: our property exover.  have: the item's bits; plain: what
 * the fields alone would read as.  Names of what does not fit go to send.
 */
struct ex_str	 ex_ewsmap_over_make(const struct ex_ewsmap_bits *have,
		    const struct ex_ewsmap_bits *plain,
		    const struct ex_ewsmap_zones *z, struct ex_arena *a,
		    struct ex_ews_send *send);
/* The value as JSON, which is not trusted; NULL: there is none. */
struct ex_json	*ex_ewsmap_over_parse(struct ex_str over, struct ex_arena *a);
void	 ex_ewsmap_over_zones(const struct ex_json *over,
	    struct ex_ewsmap_zones *z);
/* plain becomes what the item is by both. */
void	 ex_ewsmap_over_apply(const struct ex_json *over,
	    struct ex_ewsmap_bits *plain);

/*
 * ewsmapseries.c: the occurrences of a series that are not as the others.
 * An item on its way out:
 */
struct ex_ewsmap_job {
	enum ex_kind kind;
	const struct ex_ews_got *was;	/* NULL: there is none */
	struct ex_arena *a;
	struct ex_ews_send *send;
	struct ex_ewsmap_bits have, plain;
	struct ex_ewsmap_values v, old;	/* of the item itself, and of was */
	struct ex_ewsmap_zones zones;
};

/* Bits of what got has changed and cancelled. */
int	 ex_ewsmap_series_take(const struct ex_ews_got *got,
	    const struct ex_ewsmap_values *v,
	    const struct ex_ewsmap_zones *z, struct ex_ewsmap_bits *b,
	    struct ex_err *err);
/* Each EXDATE alone; each override's bits at its OriginalStart. */
int	 ex_ewsmap_series_bits(struct ex_ewsmap_job *j,
	    const struct ex_comp *root, const struct ex_comp *master,
	    struct ex_err *err);
/* Fills send->occurrence and anew, and adds to plain. */
int	 ex_ewsmap_series_fill(struct ex_ewsmap_job *j, struct ex_err *err);

/* ewsmapevent.c: the time that a date or time of an item is sent as. */
struct ex_str	 ex_ewsmap_utc(const struct ex_exchange_when *w,
		    const struct ex_ewsmap_values *was, struct ex_arena *a,
		    struct ex_str *zone);
/* A date or time of the server as a property of an item. */
struct ex_prop	*ex_ewsmap_when_prop(const char *name, struct ex_str time,
		    struct ex_str windows, struct ex_str tzid, bool allday,
		    struct ex_arena *a);

#endif
