/*
 * exmap.h: what an item's fields are in Exchange, for EWS and Graph
 *
 * Values are the middle: an item's fields as text, in one form whether they
 * come from an item or from a server, so that what is equal there need not
 * be sent.  exmapcontact.c, exmapevent.c, exmaptask.c, exmapcommon.c: values
 * in properties; exmapover.c: what no field holds; exmapitem.c: whole items.
 * ewsmap*.c have the values in XML, graphmap*.c in JSON.
 */
#ifndef EX_EXMAP_H
#define EX_EXMAP_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/item.h>
#include <ex/str.h>

#include "exchange.h"

struct ex_arena;
struct ex_buf;
struct ex_err;
struct ex_json;

/*
 * The property set of what is ours, chosen at random once; the names in it
 * are exuid, exstamp and exover.
 */
#define EX_EXMAP_SET	"829e20bb-bb19-4d5e-a020-a0abf4654eb0"

enum ex_exmap_flag {
	EX_EXF_CONTACT = 1,	/* contacts have it */
	EX_EXF_EVENT = 2,
	EX_EXF_TASK = 4,
	EX_EXF_READ = 8,	/* never written */
	EX_EXF_ONCE = 16,	/* written when made, then left alone */
	EX_EXF_ALWAYS = 32,	/* never cleared */
	EX_EXF_SERIES = 64,	/* an occurrence has it not of its own */
	EX_EXF_WHEN = 128,	/* sent together or not at all */
	EX_EXF_LATE = 256	/* newer than Exchange 2013: only where it is */
};

enum {
	EX_FLD_SUBJECT, EX_FLD_SENSITIVITY, EX_FLD_BODY, EX_FLD_CATEGORIES,
	EX_FLD_IMPORTANCE, EX_FLD_CREATED, EX_FLD_DUEBY, EX_FLD_REMINDER,
	EX_FLD_MINUTES, EX_FLD_UID_OWN, EX_FLD_STAMP, EX_FLD_OVER,
	EX_FLD_EXTENDED,		/* a contact's */
	EX_FLD_MODIFIED = EX_FLD_EXTENDED + 10,
	EX_FLD_FILEAS, EX_FLD_FN, EX_FLD_GIVEN, EX_FLD_MIDDLE,
	EX_FLD_NICKNAME, EX_FLD_COMPANY,
	EX_FLD_EMAIL,
	EX_FLD_ADR = EX_FLD_EMAIL + 3,
	EX_FLD_TEL = EX_FLD_ADR + 15,
	EX_FLD_ASSISTANT = EX_FLD_TEL + 23,
	EX_FLD_BDAY, EX_FLD_URL, EX_FLD_CHILDREN, EX_FLD_DEPARTMENT,
	EX_FLD_GENERATION,
	EX_FLD_IM,
	EX_FLD_TITLE = EX_FLD_IM + 3,
	EX_FLD_MANAGER, EX_FLD_OFFICE, EX_FLD_POSTAL, EX_FLD_ROLE,
	EX_FLD_SPOUSE, EX_FLD_SURNAME, EX_FLD_WEDDING,
	EX_FLD_UID, EX_FLD_DTSTAMP, EX_FLD_START, EX_FLD_END,
	EX_FLD_ORIGINAL, EX_FLD_ALLDAY, EX_FLD_BUSY, EX_FLD_LOCATION,
	EX_FLD_MEETING, EX_FLD_CANCELLED, EX_FLD_ORGANIZER,
	EX_FLD_REQUIRED, EX_FLD_OPTIONAL, EX_FLD_RESOURCES,
	EX_FLD_RRULE, EX_FLD_DELETED, EX_FLD_STARTZONE, EX_FLD_ENDZONE,
	EX_FLD_COMPLETED, EX_FLD_DUE, EX_FLD_PERCENT, EX_FLD_TASKRULE,
	EX_FLD_STARTDATE, EX_FLD_STATUS,
	EX_FLD_N
};

/* Absent: it has none, or was not asked for. */
struct ex_exmap_values {
	struct ex_str v[EX_FLD_N];
};

/* The flag of a kind's fields. */
unsigned	 ex_exmap_flag(enum ex_kind kind);
/*
 * Of a way to reach a contact: its key in exover ("HomePhone"), and which of
 * its property's it is ("home"; exmapfield.h has them).  NULL: it is none.
 */
const char	*ex_exmap_key(int field);
const char	*ex_exmap_arg(int field);

/* An attachment: a contact's photo, or a file of an event. */
struct ex_exmap_file {
	struct ex_str id;	/* absent: to be made */
	struct ex_str name, type;
	struct ex_str content;	/* decoded */
	bool photo;
};

/* What a server holds of one item. */
struct ex_exmap_held {
	struct ex_exmap_values v;
	/* Of a series: of each occurrence that was changed. */
	struct ex_exmap_values *changed;
	size_t nchanged;
	const struct ex_exmap_file *file;
	size_t nfile;
};

/* One occurrence of a series that is to be changed or taken out. */
struct ex_exmap_occurrence {
	struct ex_str start;	/* as it was: "2025-07-02T08:00:00Z" */
	bool cancel;		/* delete it */
	long nth;		/* of the series, by our count; 0: not known */
	struct ex_str update;	/* else as ex_exmap_send has it */
};

/*
 * What has to be sent so that a server holds an item.  In this order: the
 * item, its extension, its files, its occurrences.
 */
struct ex_exmap_send {
	struct ex_str create;	/* a new one, whole, as the server has it */
	/*
	 * One that is there: what changes it, as the server wants it told;
	 * "": nothing.
	 */
	struct ex_str update;
	/*
	 * Of Graph's tasks, beside update: our open extension as it is to
	 * be; "": as it is.  extension_new: there is none yet.
	 */
	struct ex_str extension;
	bool extension_new;
	struct ex_exmap_file *add;
	size_t nadd;
	const struct ex_exmap_file *const *drop;	/* of what was got */
	size_t ndrop;
	struct ex_exmap_occurrence *occurrence;
	size_t noccurrence;
	/*
	 * An occurrence that is to be as the series again cannot be made so
	 * but by a new series: delete and create (then create is filled).
	 */
	bool anew;
	/* Names of properties that Exchange will not give back, once each. */
	struct ex_str *lost;
	size_t nlost;
	/* What zones of the item's own are there; or absent. */
	struct ex_str zones;
};

/* exmapknown.c: occurrences that the server has changed, by their start. */
struct ex_exmap_known {
	struct ex_exmap_occ {
		long long start;
		struct ex_str id, etag;
	} *v;
	size_t n;
};

/* Copied; one whose start is none is passed over. */
void	 ex_exmap_known_add(struct ex_exmap_known *k, struct ex_str start,
	    struct ex_str id, struct ex_str etag, struct ex_arena *a);
/* When all are there; only then one is found, or NULL. */
void	 ex_exmap_known_sort(struct ex_exmap_known *k);
const struct ex_exmap_occ	*ex_exmap_known_find(
				    const struct ex_exmap_known *k,
				    struct ex_str start);

/* exmapsend.c: its text, but for files, to the arena. */
void	 ex_exmap_send_keep(struct ex_exmap_send *s, struct ex_arena *a);

/*
 * exmapname.c: a folder below path (empty: at the top), as the option folder
 * has it, in the arena.
 */
struct ex_str	 ex_exmap_below(struct ex_str path, struct ex_str name,
	    struct ex_arena *a);
/* The other way: the name in front of a '/', which path is moved behind. */
struct ex_str	 ex_exmap_next_name(struct ex_str *path, struct ex_arena *a);

/* exmapid.c: may it be an id?  Base64, and longer than a person's names. */
bool	 ex_exmap_is_id(struct ex_str s, size_t least);
/* Why a write failed, in the arena: "AAAl8NqHZ1E=: ErrorItemSave: ..." */
struct ex_str	 ex_exmap_why(struct ex_str id, struct ex_str why,
		    struct ex_arena *a);

struct ex_exmap_job;

/* How a server holds values: ewsmapxml.c, graphmapjson.c. */
struct ex_exmap_server {
	/* Those of enum ex_exmap_flag; 0: it has no such field. */
	unsigned (*flags)(int field);
	/* It drops what is no e-mail address, and takes images for photos. */
	bool strict;
	/* May these values be written?  NULL: they may. */
	int (*check)(const struct ex_exmap_job *j, struct ex_err *err);
	void (*create)(struct ex_buf *b, enum ex_kind kind,
	    const struct ex_exmap_values *v);
	/* What makes was to v, nothing if that is nothing. */
	void (*update)(struct ex_buf *b, enum ex_kind kind,
	    const struct ex_exmap_values *was,
	    const struct ex_exmap_values *v, bool occurrence);
};

/* exmapindex.c: numbers by two texts, in an arena; begins with only that. */
struct ex_exmap_index {
	struct ex_arena *a;
	struct ex_exmap_cell *v;
	size_t n, size;
};

/* The number there, 0 if it is new; valid until the next call with x. */
size_t	*ex_exmap_index_at(struct ex_exmap_index *x, struct ex_str at,
	    struct ex_str slot);

/*
 * A property or component, and the name of what holds it: of one field or
 * of some that change together.  Absent: no field, it stands in exover.
 */
struct ex_exmap_bit {
	struct ex_str slot;
	struct ex_str at;	/* the component: "" or its start */
	struct ex_prop *prop;	/* or; neither: it was taken out */
	struct ex_comp *comp;
	size_t next;		/* in its slot, from 1; 0: the last */
};

/* Those of a component that is looked at stand together. */
struct ex_exmap_bits {
	struct ex_arena *a;
	struct ex_str at;	/* of what is added and looked for */
	size_t from;		/* where those of at begin */
	const struct ex_exmap_server *server;	/* of what is filled */
	struct ex_exchange_zones zones;		/* the item's own */
	struct ex_exmap_bit *v;
	size_t n;
	struct ex_exmap_index slots;	/* the first of each */
};

/* exmapbits.c: making and finding. */
void	 ex_exmap_bit_prop(struct ex_exmap_bits *b, struct ex_str slot,
	    struct ex_prop *p);
void	 ex_exmap_bit_comp(struct ex_exmap_bits *b, struct ex_str slot,
	    struct ex_comp *c);
/*
 * A new property of one text value, in a slot; of type "unknown" it is
 * escaped, as the codec has it.  Names are literals.
 */
struct ex_prop	*ex_exmap_put(struct ex_exmap_bits *b, const char *slot,
		    const char *name, const char *type, struct ex_str value);
/* The other way: its first value's text, unescaped; absent: none. */
struct ex_str	 ex_exmap_text(const struct ex_prop *p, struct ex_arena *a);
/* TYPE of a list with commas (a literal), nothing of "". */
void	 ex_exmap_set_types(struct ex_prop *p, const char *types,
	    struct ex_arena *a);
/* Is that among the values of its TYPE? */
bool	 ex_exmap_has_type(const struct ex_prop *p, const char *type);
/* TYPE's values but those that say nothing, sorted: "fax,home". */
struct ex_str	 ex_exmap_types(const struct ex_prop *p,
		    struct ex_arena *a);
/* Bits of all a component's own properties and components, in no slot. */
void	 ex_exmap_bits_of(struct ex_exmap_bits *b, const struct ex_comp *c);
/* The i-th, if it is one of at's; NULL: there are no more. */
struct ex_exmap_bit	*ex_exmap_here(const struct ex_exmap_bits *b,
			    size_t i);
/* The first without a slot that is a property of that name, or NULL. */
struct ex_exmap_bit	*ex_exmap_free(struct ex_exmap_bits *b,
			    const char *name);
/* The next from *i on, which is moved behind it. */
struct ex_exmap_bit	*ex_exmap_free_next(struct ex_exmap_bits *b,
			    const char *name, size_t *i);

/* Its JSON. */
struct ex_str	 ex_exmap_bit_text(const struct ex_exmap_bit *bit,
		    struct ex_arena *a);
/* From now on slots are looked into, and no bit's own is another. */
void	 ex_exmap_slots(struct ex_exmap_bits *b);
/* What is in a slot, one after the other; NULL: there is no more. */
struct ex_exmap_bit	*ex_exmap_slot(struct ex_exmap_bits *b,
			    struct ex_str at, struct ex_str slot);
struct ex_exmap_bit	*ex_exmap_slot_next(const struct ex_exmap_bits *b,
			    const struct ex_exmap_bit *bit);
/* One more in its slot: the last bit of all, which was just made. */
void	 ex_exmap_slot_add(struct ex_exmap_bits *b);
void	 ex_exmap_slot_clear(struct ex_exmap_bits *b, struct ex_str at,
	    struct ex_str slot);
/* All in it as text, whatever its order; its only bit, if a property. */
struct ex_str	 ex_exmap_slot_text(struct ex_exmap_bits *b,
		    struct ex_str at, struct ex_str slot,
		    struct ex_arena *a);
struct ex_exmap_bit	*ex_exmap_only_in(struct ex_exmap_bits *b,
			    struct ex_str at, struct ex_str slot);
/* A digest of such a text, without what servers move. */
struct ex_str	 ex_exmap_digest(struct ex_str text, struct ex_arena *a);

/*
 * From a component (its bits, which get their slots) to values and back.
 * The other way only values that are there make bits.
 */
int	 ex_exmap_contact_fill(const struct ex_comp *card,
	    struct ex_exmap_bits *b, const struct ex_exmap_values *was,
	    struct ex_exmap_values *v, struct ex_err *err);
void	 ex_exmap_contact_take(const struct ex_exmap_values *v,
	    struct ex_exmap_bits *b);

/* The n-th part of a structured value, sep between several in it. */
struct ex_str	 ex_exmap_part(const struct ex_prop *p, size_t n,
		    const char *sep, struct ex_arena *a);
/* As a field can hold it; absent: empty. */
struct ex_str	 ex_exmap_part_clean(const struct ex_prop *p, size_t n,
		    const char *sep, bool lines, struct ex_arena *a);
/* exmapways.c */
void	 ex_exmap_ways_fill(struct ex_exmap_bits *b,
	    const struct ex_exmap_values *was, struct ex_exmap_values *v);
void	 ex_exmap_ways_take(const struct ex_exmap_values *v,
	    struct ex_exmap_bits *b);

/* What a series' zones are called by its item; absent: by Windows' name. */
struct ex_exmap_zones {
	struct ex_str start, end;
};

/* at of the bits: "" or an occurrence's start, then of its master's rule. */
int	 ex_exmap_event_fill(struct ex_exmap_bits *b,
	    const struct ex_exmap_values *was, struct ex_exmap_values *v,
	    struct ex_err *err);
void	 ex_exmap_event_take(const struct ex_exmap_values *v,
	    const struct ex_exmap_zones *z, struct ex_exmap_bits *b);
/* "P1DT2H", "-PT15M" in seconds; false: it is no duration. */
bool	 ex_exmap_duration(struct ex_str s, long long *out);
/*
 * The first VALARM without a slot that shows something, and how many
 * seconds before start; minutes: whole ones, and not after it.
 */
struct ex_exmap_bit	*ex_exmap_alarm(struct ex_exmap_bits *b,
			    const struct ex_exchange_when *start,
			    bool minutes, long long *lead);
/* A VALARM that shows something. */
struct ex_comp	*ex_exmap_display_alarm(struct ex_prop *trigger,
		    struct ex_arena *a);
/* exmappeople.c */
void	 ex_exmap_people_fill(struct ex_exmap_bits *b,
	    struct ex_exmap_values *v);
void	 ex_exmap_people_take(const struct ex_exmap_values *v,
	    struct ex_exmap_bits *b);
int	 ex_exmap_task_fill(struct ex_exmap_bits *b,
	    const struct ex_exmap_values *was, struct ex_exmap_values *v,
	    struct ex_err *err);
void	 ex_exmap_task_take(const struct ex_exmap_values *v,
	    struct ex_exmap_bits *b);

/*
 * exmapfile.c: what stands in files: PHOTO and ATTACH of bytes.  The files
 * that bits ask for are appended to file, in b's arena.
 */
struct ex_exmap_files {
	struct ex_exmap_file *v;
	size_t n;
};

void	 ex_exmap_files_fill(struct ex_exmap_bits *b, enum ex_kind kind,
	    struct ex_exmap_files *f);
void	 ex_exmap_files_take(const struct ex_exmap_file *file, size_t n,
	    enum ex_kind kind, struct ex_exmap_bits *b);
/* What has to be made and to go, so that was becomes want. */
void	 ex_exmap_files_send(const struct ex_exmap_files *want,
	    const struct ex_exmap_held *was, enum ex_kind kind,
	    struct ex_arena *a, struct ex_exmap_send *send);

/* exmapcommon.c: what events and tasks both have, and contacts some of. */
void	 ex_exmap_common_fill(struct ex_exmap_bits *b, enum ex_kind kind,
	    const struct ex_exmap_values *was, struct ex_exmap_values *v);
void	 ex_exmap_common_take(const struct ex_exmap_values *v,
	    enum ex_kind kind, struct ex_exmap_bits *b);

/* Text as a line of XML can hold it; lines: line ends stay. */
struct ex_str	 ex_exmap_clean(struct ex_str s, bool lines,
		    struct ex_arena *a);
/* What of s stands before sep; s is moved behind that. */
struct ex_str	 ex_exmap_cut(struct ex_str *s, char sep);
/* A line of a value, which is moved behind it. */
struct ex_str	 ex_exmap_line(struct ex_str *s);
/* One text of that name, in the slot of that name, to a field and back. */
void	 ex_exmap_fill_text(struct ex_exmap_bits *b, int field,
	    const char *name, struct ex_exmap_values *v);
void	 ex_exmap_take_text(const struct ex_exmap_values *v, int field,
	    const char *name, struct ex_exmap_bits *b);
/* A value of the lines in b, which is let go; absent: none. */
struct ex_str	 ex_exmap_lines_of(struct ex_buf *b, struct ex_arena *a);
/* Lines as values of a property; NULL: none. */
struct ex_json	*ex_exmap_lines(struct ex_str s, struct ex_arena *a);

/*
 * exmapover.c: our property exover.  have: the item's bits; plain: what
 * the fields alone would read as.  Names of what does not fit go to send.
 */
struct ex_str	 ex_exmap_over_make(struct ex_exmap_bits *have,
		    struct ex_exmap_bits *plain,
		    const struct ex_exmap_zones *z, struct ex_arena *a,
		    struct ex_exmap_send *send);
/* exmapread.c: the value as JSON; NULL: there is none. */
struct ex_json	*ex_exmap_over_parse(struct ex_str over, struct ex_arena *a);
void	 ex_exmap_over_zones(const struct ex_json *over,
	    struct ex_exmap_zones *z);
/* plain becomes what the item is by both. */
void	 ex_exmap_over_apply(const struct ex_json *over,
	    struct ex_exmap_bits *plain);

/*
 * exmapseries.c: the occurrences of a series that are not as the others.
 * An item on its way out:
 */
struct ex_exmap_job {
	enum ex_kind kind;
	const struct ex_exmap_server *server;
	const struct ex_exmap_held *was;	/* NULL: there is none */
	struct ex_arena *a;
	struct ex_exmap_send *send;
	struct ex_exmap_bits have, plain;
	struct ex_exmap_index override;	/* by start: its first bit, from 1 */
	struct ex_exmap_values v;		/* of the item itself */
	struct ex_exmap_zones zones;
};

/* Bits of what is changed and cancelled there. */
int	 ex_exmap_series_take(const struct ex_exmap_held *held,
	    const struct ex_exmap_zones *z, struct ex_exmap_bits *b,
	    struct ex_err *err);
/* Each EXDATE alone; each override's bits at its OriginalStart. */
int	 ex_exmap_series_bits(struct ex_exmap_job *j,
	    const struct ex_comp *root, const struct ex_comp *master,
	    struct ex_err *err);
/* Fills send->occurrence and anew, and adds to plain. */
int	 ex_exmap_series_fill(struct ex_exmap_job *j, struct ex_err *err);

/* exmaprule.c: a rule as a value, and back; false: it is none. */
struct ex_str	 ex_exmap_rule_text(const struct ex_exchange_rule *r,
		    struct ex_arena *a);
bool	 ex_exmap_rule_parse(struct ex_str text, struct ex_exchange_rule *r);

/*
 * exmapitem.c: to an item in its normal form.  err: EX_ERR_INPUT, "Start: no
 * such day".
 */
int	 ex_exmap_read(const struct ex_exmap_held *held, enum ex_kind kind,
	    struct ex_arena *a, struct ex_item *item, struct ex_err *err);
/*
 * From an item to j->send and j->v; server, was, a and send are the
 * caller's.  stamp is written with what is new.  err: "RRULE: Exchange has
 * no BYWEEKNO", EX_ERR_INPUT: this item is refused.
 */
int	 ex_exmap_write(struct ex_exmap_job *j, const struct ex_item *item,
	    struct ex_str stamp, struct ex_err *err);
/* What the server has no field for is none of its values. */
void	 ex_exmap_only(const struct ex_exmap_job *j,
	    struct ex_exmap_values *v);

/*
 * exmaplack.c: what of an item is not kept there, a list for people (absent:
 * nothing yet) that gets one more.  why: in the server's words.
 */
void	 ex_exmap_lack(struct ex_str *list, struct ex_str what,
	    struct ex_arena *a);
void	 ex_exmap_lack_file(struct ex_str *list, bool photo, bool removal,
	    struct ex_str why, struct ex_arena *a);
void	 ex_exmap_lack_occurrence(struct ex_str *list,
	    const struct ex_exmap_occurrence *o, struct ex_str why,
	    struct ex_arena *a);
/* send->lost, and what send->zones says. */
void	 ex_exmap_lack_lost(struct ex_str *list,
	    const struct ex_exmap_send *send, struct ex_arena *a);

/* exmapevent.c: the time that a date or time of an item is sent as. */
struct ex_str	 ex_exmap_utc(const struct ex_exchange_when *w,
		    const struct ex_exmap_values *was, struct ex_arena *a,
		    struct ex_str *zone);
/* A date or time of the server as a property of an item. */
struct ex_prop	*ex_exmap_when_prop(const char *name, struct ex_str time,
		    struct ex_str windows, struct ex_str tzid, bool allday,
		    struct ex_arena *a);

#endif
