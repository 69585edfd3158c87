/*
 * change.h: a delta, open: for those that put several together
 */
#ifndef EX_CHANGE_H
#define EX_CHANGE_H

#include <ex/delta.h>
#include <ex/member.h>

/* from NULL: added, to NULL: removed; else another value below the key. */
struct ex_change {
	const struct ex_member *from, *to;
};

/* Components that went or came; a gone one's members make no changes. */
struct ex_delta {
	struct ex_flat *from, *to;
	struct ex_change *change;	/* by component, field, key */
	size_t nchange;
	const struct ex_flat_comp **gone, **came;	/* by key */
	size_t ngone, ncame;
	struct ex_change_memo *memo;	/* scratch of ex_change_base() */
};

static inline const struct ex_member *
ex_change_at(const struct ex_change *c)
{
	return c->to != NULL ? c->to : c->from;
}

/* The two must be on one level (ex_flat_level()). */
struct ex_delta	*ex_delta_flat(struct ex_arena *a, struct ex_flat *from,
		    struct ex_flat *to);

/* The first n changes of change[] that are of one field. */
size_t	 ex_change_field(const struct ex_change *change, size_t n);

/*
 * What a field holds when the changes are made to it, by key.  Changes of a
 * member that the store has rewritten (it stands in the delta's from, but
 * not in base) find the one that it was made of.
 */
struct ex_edit	 ex_change_apply(struct ex_arena *a,
		    const struct ex_flat *base, const struct ex_delta *d,
		    const struct ex_change *change, size_t n);

/*
 * The member of base that a member of d->from is, or was made of; NULL:
 * there is none.
 */
const struct ex_member	*ex_change_base(const struct ex_flat *base,
			    const struct ex_delta *d,
			    const struct ex_member *from);

/* base + d; both on one level with d. */
const struct ex_item	*ex_change_item(struct ex_canon *c,
			    struct ex_arena *a, const struct ex_flat *base,
			    const struct ex_delta *d);

#endif
