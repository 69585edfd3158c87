/*
 * resolve.h: one version out of N deltas, and what they disagree about
 *
 * ring.md 3: the values of each property that some delta touches.
 */
#ifndef EX_RESOLVE_H
#define EX_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/change.h>
#include <ex/ring.h>
#include <ex/str.h>

/* One who edited; index 0 of nothing: editors come in order of rank. */
struct ex_editor {
	struct ex_str name;
	const struct ex_flat *base;	/* before its own edit */
	const struct ex_delta *d;
	size_t prefer;			/* place in the policy's list */
	long long stamp;		/* seconds; least: none */
	bool lost;			/* out: a value of its did not win */
};

#define EX_EDITOR_START	((size_t)-1)	/* the start's own value */

struct ex_claim {
	size_t who;			/* editor, or EX_EDITOR_START */
	struct ex_str view;		/* absent: it has none */
	const struct ex_member **m;
	size_t n;
};

struct ex_conflict {
	struct ex_str comp, what;
	const struct ex_member *const *base;	/* the start's */
	size_t nbase;
	struct ex_claim *claim;		/* of editors, in their order */
	size_t nclaim;
	size_t won;			/* as who of a claim */
};

struct ex_resolve {
	struct ex_canon *canon;
	struct ex_arena *a;
	enum ex_policy policy;
	struct ex_flat *start;
	long long start_stamp;
	struct ex_editor *editor;	/* of ranks 1, 2, ... */
	size_t neditor;
	/* out: */
	struct ex_mix mix;
	struct ex_conflict *conflict;
	size_t nconflict;
	bool changed;			/* the result is not the start */
};

/* All flats must be on one level. */
void	 ex_resolve(struct ex_resolve *r);

/*
 * The claim that wins: by the policy, then by the bytes of its view.
 * Never by its place.
 */
const struct ex_claim	*ex_resolve_best(const struct ex_resolve *r,
			    const struct ex_claim *claim, size_t n);

/* lib/sync/resolveset.c: for ex_resolve() alone. */
struct ex_touch {
	size_t who;
	const struct ex_change *change;	/* n of one field */
	size_t n;
};
void	 ex_resolve_set(struct ex_resolve *r, const struct ex_touch *touch,
	    size_t n);

/* Also for both: put a field into the result; note a conflict. */
void	 ex_resolve_edit(struct ex_resolve *r, struct ex_edit e);
void	 ex_resolve_conflict(struct ex_resolve *r, const struct ex_member *at,
	    struct ex_str what, const struct ex_claim *claim, size_t n,
	    const struct ex_claim *won);

#endif
