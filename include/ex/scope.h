/*
 * scope.h: which items take part
 *
 * meetings = skip: an event or task with an ATTENDEE, or with an ORGANIZER
 * other than the folder's owner; without an owner an ORGANIZER alone is no
 * meeting.  private = skip: a CLASS other than PUBLIC.
 */
#ifndef EX_SCOPE_H
#define EX_SCOPE_H

#include <stdbool.h>

#include <ex/hash.h>
#include <ex/item.h>

enum ex_meetings {
	EX_MEETINGS_SKIP,
	EX_MEETINGS_STRIP,
	EX_MEETINGS_KEEP
};

struct ex_arena;

struct ex_scope {
	enum ex_meetings meetings;
	bool skip_private;
	struct ex_str *owner;	/* addresses, without mailto: */
	size_t nowner;
};

/* Why the item is out of scope ("meeting", "private"), or NULL: it is in. */
const char	*ex_scope_why(const struct ex_scope *s,
		    const struct ex_item *item);

/*
 * The same item without attendees and organizer (strip); shares what did not
 * change with the old one.
 */
struct ex_item	 ex_scope_strip(const struct ex_item *item,
		    struct ex_arena *a);

/* The digest that stands in `scope`; window: as written, or absent. */
void	 ex_scope_digest(const struct ex_scope *s, struct ex_str window,
	    char hex[EX_HASH_HEX]);

#endif
