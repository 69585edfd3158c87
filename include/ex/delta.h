/*
 * delta.h: what changed between two versions of one item
 *
 * Property by property, by their views (canon.h): single values, sets as
 * (adds, removes), atomic groups as one value; components by their key.
 * ring.md 3 says which property is which.  A NULL item is an empty one.
 * All results live in the arena; payload values are shared with the items
 * they come from.
 */
#ifndef EX_DELTA_H
#define EX_DELTA_H

#include <stdbool.h>

#include <ex/item.h>

struct ex_canon;
struct ex_delta;

struct ex_delta	*ex_delta_make(struct ex_canon *c, struct ex_arena *a,
		    const struct ex_item *from, const struct ex_item *to);

/* Nothing but volatile properties and order differs. */
bool	 ex_delta_empty(const struct ex_delta *d);

/* item + delta, in normal form.  The delta of another base may be applied. */
const struct ex_item	*ex_delta_apply(struct ex_canon *c,
			    struct ex_arena *a, const struct ex_item *item,
			    const struct ex_delta *d);

/*
 * Recovery of an open create (ring.md 2): sent less what now lacks.  So
 * diff(result, now) holds no removals.
 */
const struct ex_item	*ex_delta_less(struct ex_canon *c,
			    struct ex_arena *a, const struct ex_item *sent,
			    const struct ex_item *now);

/*
 * Recovery of an open update: old (a base or a shadow) where each property
 * whose value in now is what was sent takes that value; of a set the adds
 * and removes that we sent (shadow to sent) and that now shows; removes not,
 * where we sent adds and now has none of them.
 */
const struct ex_item	*ex_delta_ours(struct ex_canon *c,
			    struct ex_arena *a, const struct ex_item *old,
			    const struct ex_item *shadow,
			    const struct ex_item *sent,
			    const struct ex_item *now);

#endif
