/*
 * key.h: what items of a first run may be matched by (exdiff -m)
 *
 * Keys are joined by '+': name email phone org birthday for contacts,
 * summary start end due location for the others.
 */
#ifndef EX_KEY_H
#define EX_KEY_H

#include <ex/item.h>

/* Are these keys that exist?  err names the one that does not. */
int	 ex_key_check(struct ex_str keys, struct ex_err *err);

/*
 * What the item is matched by: case, blanks and punctuation that people
 * vary are levelled.  Absent: it lacks one of the keys, and matches nothing.
 */
struct ex_str	 ex_key_of(const struct ex_item *item, struct ex_str keys,
		    struct ex_arena *a);

#endif
