/*
 * stamp.h: when an item was last touched, as it says itself
 *
 * Volatile properties (formats.md 3, rule 12) make no delta; a merged item
 * gets the latest of them, never the clock's.
 */
#ifndef EX_STAMP_H
#define EX_STAMP_H

#include <stddef.h>

#include <ex/member.h>

#define EX_STAMP_NONE	(-0x7fffffffffffffffLL - 1)

/* A date or date-time in any of its forms, in seconds; or _NONE. */
long long	 ex_stamp_seconds(struct ex_str s);

/* REV, or the latest LAST-MODIFIED; _NONE: it does not say. */
long long	 ex_stamp_of(const struct ex_item *item);

/*
 * In each component of an item just mixed: DTSTAMP, LAST-MODIFIED and REV
 * the latest, CREATED the earliest, among the versions; DTSTAMP from
 * LAST-MODIFIED, CREATED or 1970 where nobody has one; PRODID ours;
 * SEQUENCE the highest, one more than the start's where start, end or rule
 * are not its own (formats.md 4).  version[0] is the start.
 */
void	 ex_stamp_mix(struct ex_arena *a, struct ex_item *item,
	    const struct ex_mix *mix, struct ex_flat *const *version, size_t n);

#endif
