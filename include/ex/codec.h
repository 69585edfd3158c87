/*
 * codec.h: text to items and back, whatever the format
 *
 * The formats, as a record's `as` names them: "vcard 2.1" (in only),
 * "vcard 3.0", "vcard 4.0", "icalendar 2.0", "vcalendar 1.0" (in only).
 */
#ifndef EX_CODEC_H
#define EX_CODEC_H

#include <ex/item.h>

/* What we write as PRODID. */
#define EX_CODEC_PRODID "-//exring//EN"

/*
 * One item: a VCARD, or a VCALENDAR whose components bear one UID (or
 * none).  number is what the first line is called in messages.  A
 * VCALENDAR of more items is EX_ERR_INPUT ("holds 3 items").  Text is
 * borrowed: the item may point into it.
 */
int	 ex_codec_decode(struct ex_str text, unsigned number,
	    struct ex_arena *a, struct ex_item *item, struct ex_err *err);

/*
 * The item as text in the form `as`; what can only be read is written as
 * its successor ("vcard 2.1" as 3.0, "vcalendar 1.0" as "icalendar 2.0"),
 * absent as "vcard 3.0" or "icalendar 2.0".  Written as formats.md 4 says.
 */
int	 ex_codec_encode(const struct ex_item *item, struct ex_str as,
	    struct ex_arena *scratch, struct ex_buf *out, struct ex_err *err);

/* The form that encode would write for `as` and kind. */
struct ex_str	 ex_codec_form(struct ex_str as, enum ex_kind kind);

/* lib/item/vcard.c */
int	 ex_vcard_decode(struct ex_str text, unsigned number,
	    struct ex_arena *a, struct ex_item *item, struct ex_err *err);
int	 ex_vcard_encode(const struct ex_item *item, struct ex_str as,
	    struct ex_arena *scratch, struct ex_buf *out, struct ex_err *err);

/* lib/item/ical.c */
int	 ex_ical_decode(struct ex_str text, unsigned number,
	    struct ex_arena *a, struct ex_item *item, struct ex_err *err);
int	 ex_ical_encode(const struct ex_item *item, struct ex_arena *scratch,
	    struct ex_buf *out, struct ex_err *err);
/*
 * The same without BEGIN/END:VCALENDAR, its own properties and VTIMEZONEs:
 * only the components, for a file that holds many items.
 */
int	 ex_ical_encode_comps(const struct ex_item *item,
	    struct ex_arena *scratch, struct ex_buf *out, struct ex_err *err);
/*
 * BEGIN:VTIMEZONE to END of all zones that the item names: its own, else
 * the system's; a zone that neither knows is left out.
 */
int	 ex_ical_encode_zones(const struct ex_item *item,
	    struct ex_arena *scratch, struct ex_buf *out, struct ex_err *err);
/*
 * The TZIDs that it names, sorted, and one of these zones alone: for a file
 * of many items, where each zone is written once.
 */
size_t	 ex_ical_zones(const struct ex_item *item, struct ex_arena *a,
	    struct ex_str **tzid);
int	 ex_ical_encode_zone(const struct ex_item *item, struct ex_str tzid,
	    struct ex_arena *scratch, struct ex_buf *out, struct ex_err *err);

/*
 * What one component of a VCALENDAR (BEGIN:X to END:X) is and names,
 * without decoding it: for splitting a file of many items.  What is not
 * there is absent; broken lines are passed over, the decoder finds them.
 */
struct ex_ical_scan {
	enum ex_kind kind;	/* _NONE: no item, a VTIMEZONE or another */
	struct ex_str name;	/* lower case */
	struct ex_str uid;	/* as ex_ical_decode() finds it */
	struct ex_str *tzid;	/* named by its properties; a VTIMEZONE: its */
	size_t ntzid;		/* own.  One may stand there twice */
};

void	 ex_ical_scan(struct ex_str comp, struct ex_arena *a,
	    struct ex_ical_scan *out);
/* Only name, kind and UID, a VTIMEZONE's own TZID: reads no further. */
void	 ex_ical_peek(struct ex_str comp, struct ex_arena *a,
	    struct ex_ical_scan *out);

/*
 * ex_codec_check()'s part for VCALENDARs.  Not fit: an event without
 * DTSTART; DTSTART, DTEND, DUE, RECURRENCE-ID, DURATION or RRULE twice or
 * not what it should be (a rule: to libical); DTEND or DUE before DTSTART
 * (at it is fine), of another type, or beside DURATION; a negative
 * DURATION; RRULE without DTSTART.  Real calendars hold such items: they
 * come in and are written all the same, so ask only about what a merge has
 * made, and not where the versions that it was made of are not fit either.
 */
int	 ex_ical_check(const struct ex_item *item, struct ex_arena *scratch,
	    struct ex_err *err);

/*
 * Is the item fit to be written (ring.md 3: "M' is checked")?  Mandatory
 * properties are there, dates and rules are what they should be (libical),
 * start is before end.  err: "PROPERTY: problem".
 */
int	 ex_codec_check(const struct ex_item *item, struct ex_arena *scratch,
	    struct ex_err *err);

#endif
