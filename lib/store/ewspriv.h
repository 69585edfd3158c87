/*
 * ewspriv.h: what the files of the Exchange store share (ews*.c)
 *
 * ewsmap.c knows what an item's fields are called and what they mean, and
 * sends nothing; ews.c and its like send and read, and know no field.
 */
#ifndef EX_EWSPRIV_H
#define EX_EWSPRIV_H

#include <ex/xmltree.h>

#include "priv.h"

#define EX_EWS_TYPES	"http://schemas.microsoft.com/exchange/services/2006/types"
#define EX_EWS_MESSAGES	\
	"http://schemas.microsoft.com/exchange/services/2006/messages"

/* An attachment: a contact's photo, or a file of an event. */
struct ex_ews_file {
	struct ex_str id;	/* AttachmentId; absent: to be made */
	struct ex_str name, type;
	struct ex_str content;	/* decoded */
	bool photo;
};

/* What a server holds of one item, as GetItem gave it. */
struct ex_ews_got {
	/* t:Contact, t:CalendarItem or t:Task */
	const struct ex_xml_node *item;
	/* Of a series: a t:CalendarItem for each ModifiedOccurrence. */
	const struct ex_xml_node *const *changed;
	size_t nchanged;
	const struct ex_ews_file *file;
	size_t nfile;
};

/* One occurrence of a series that is to be changed or taken out. */
struct ex_ews_occurrence {
	struct ex_str start;	/* its OriginalStart: "2025-07-02T08:00:00Z" */
	bool cancel;		/* DeleteItem it */
	struct ex_str updates;	/* else the inside of its t:Updates */
};

/*
 * What has to be sent so that a server holds an item.  In this order: the
 * item, its files, its occurrences.
 */
struct ex_ews_send {
	struct ex_str create;	/* a new one: a whole t:Contact, ... */
	/* One that is there: the inside of t:Updates; "": nothing. */
	struct ex_str updates;
	struct ex_ews_file *add;
	size_t nadd;
	const struct ex_ews_file *const *drop;	/* of what was got */
	size_t ndrop;
	struct ex_ews_occurrence *occurrence;
	size_t noccurrence;
	/*
	 * An occurrence that is to be as the series again cannot be made so
	 * but by a new series: delete and create (then create is filled).
	 */
	bool anew;
	/* Names of properties that Exchange will not give back, once each. */
	struct ex_str *lost;
	size_t nlost;
};

/* The t:ItemClass that a folder of that kind has: "IPF.Contact". */
const char	*ex_ewsmap_class(enum ex_kind kind);

/*
 * The inside of t:AdditionalProperties that asks for all that _read looks
 * at, by name.  occurrence: for a changed occurrence of a series.
 */
void	 ex_ewsmap_shape(struct ex_buf *b, enum ex_kind kind, bool occurrence);

/*
 * To an item in its normal form.  stamp: our named property, the name of
 * the create that made it; absent: none, or one that belongs to another
 * item (a copy, see ewsmap.c).  err: "Start: no such day", EX_ERR_INPUT.
 */
int	 ex_ewsmap_read(const struct ex_ews_got *got, enum ex_kind kind,
	    struct ex_arena *a, struct ex_item *item, struct ex_str *stamp,
	    struct ex_err *err);

/*
 * From an item.  was: what the server holds; NULL: nothing, then stamp is
 * written too.  err: "RRULE: Exchange has no BYWEEKNO", EX_ERR_INPUT: this
 * item is refused.
 */
int	 ex_ewsmap_write(const struct ex_item *item, const struct ex_ews_got *was,
	    struct ex_str stamp, struct ex_arena *a, struct ex_ews_send *send,
	    struct ex_err *err);

/*
 * The inside of an m:Restriction that finds what has that UID (contacts and
 * tasks by our property, events by GlobalObjectId), or that stamp.
 */
void	 ex_ewsmap_find_uid(struct ex_buf *b, enum ex_kind kind,
	    struct ex_str uid);
void	 ex_ewsmap_find_stamp(struct ex_buf *b, struct ex_str stamp);

#endif
