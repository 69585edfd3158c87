/*
 * canon.h: when two items, or two properties, are equal
 *
 * A view is compact JSON derived from the payload by the rules of
 * formats.md 3; equal view = equal.  It is never stored: stored is its
 * hash, and the version of the rules beside it.
 *
 * A component's view is ["name",[members],[subcomponents]], both sorted by
 * bytes and each there once.  A member's is ["name",{parameters},value], or
 * ["name",{parameters},value,"digest"] where other properties share its
 * group: the digest is that of all members in the group.  So two items have
 * one hash exactly if they have the same components with the same members.
 * A local time has its zone in the value: "2026-03-01T10:00:00[Europe/Rome]".
 * VTIMEZONEs and the UID of the item are in no view.
 */
#ifndef EX_CANON_H
#define EX_CANON_H

#include <ex/hash.h>
#include <ex/item.h>

/*
 * The version of the rules.  Whatever changes the view of any payload
 * raises it.  A snapshot that was made under another version is hashed
 * anew, from the masters and shadows that it holds, before anything is
 * compared: another hash then means other rules, and not an edit.
 */
#define EX_CANON_VERSION 3

enum ex_canon_level {
	EX_CANON_HASH,		/* all rules */
	/*
	 * Rule 1 only, for checking backups: the payload as it is, with
	 * UID, volatile properties and the order within one name.
	 */
	EX_CANON_STRICT
};

struct ex_canon;		/* buffers and tables, made once a thread */

struct ex_canon	*ex_canon_new(void);
void	 ex_canon_free(struct ex_canon *c);

/* The hash of an item's view. */
void	 ex_canon_hash(struct ex_canon *c, const struct ex_item *item,
	    enum ex_canon_level level, char hex[EX_HASH_HEX]);

/* The view itself, appended to out: for tests and for people. */
void	 ex_canon_view(struct ex_canon *c, const struct ex_item *item,
	    enum ex_canon_level level, struct ex_buf *out);

/*
 * One member of a component's view: a property, or one value of a property
 * that holds several (CATEGORIES and the like, rule 6).
 */
struct ex_view {
	const struct ex_prop *prop;
	const struct ex_json *value;	/* NULL: the whole property */
	struct ex_str view;
};

/*
 * The members of a component that count, by name and then view, each once:
 * without volatile properties, UID, empty ones and defaults.  item is the
 * one that comp is in (its VTIMEZONEs say what a TZID means).  Sub-
 * components are not in it.
 */
size_t	 ex_canon_members(struct ex_canon *c, const struct ex_item *item,
	    const struct ex_comp *comp, struct ex_arena *a,
	    struct ex_view **out);

/* The view of a whole component with all in it (an alarm, an unknown one). */
struct ex_str	 ex_canon_comp(struct ex_canon *c, const struct ex_item *item,
		    const struct ex_comp *comp, struct ex_arena *a);

/* Properties that never make a difference (rule 12). */
bool	 ex_canon_volatile(struct ex_str name);

#endif
