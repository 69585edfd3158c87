/*
 * member.h: an item as a flat list of what can change on its own
 *
 * A component has fields, a field has members.  A field is what ring.md 3
 * calls an atomic group (one member), a set by key (its members have a
 * value below the key), a set of whole values, or any other property: one
 * value, unless it stands more than once in one of the versions looked at
 * together, then a set of whole values (ex_flat_level()).  Equality is
 * that of views (canon.h); what is carried are the payload's properties.
 */
#ifndef EX_MEMBER_H
#define EX_MEMBER_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/item.h>
#include <ex/str.h>

struct ex_canon;
struct ex_flat;
struct ex_view;

enum ex_field {
	EX_FIELD_GROUP,		/* start/end/rule, status, name */
	EX_FIELD_KEYED,		/* EMAIL by value, ATTENDEE by address ... */
	EX_FIELD_SET,		/* CATEGORIES, EXDATE, ADR, unknown parts */
	EX_FIELD_OTHER
};

struct ex_member {
	struct ex_str comp;	/* key of its component */
	struct ex_str name;	/* of the field; "/" in front: a component */
	struct ex_str key;	/* "": the only one of its field */
	struct ex_str rest;	/* the value below the key */
	struct ex_str params;	/* "replaces" looks among equal ones */
	struct ex_str alt;	/* an alarm's other key; absent: none */
	enum ex_field kind;
	const struct ex_view *part;	/* properties, single values */
	size_t npart;
	const struct ex_comp *whole;	/* or a component; else NULL */
	const struct ex_flat_comp *home;
	size_t order;		/* in its field, once ex_flat_order() ran */
	size_t anchor;		/* scratch of ex_mix_item() */
};

/* "" is the root, "vevent" a master, with a RECURRENCE-ID an override. */
struct ex_flat_comp {
	struct ex_str key;
	const struct ex_comp *comp;
	const struct ex_flat *flat;
	struct ex_member *member;	/* by name and key */
	size_t nmember;
	struct ex_label *label;	/* its vCard groups, by name */
	size_t nlabel;
};

struct ex_label {
	struct ex_str group;
	int rank;
	/* What belongs to the group's members, and is none itself. */
	const struct ex_prop **mate;
	size_t nmate;
	struct ex_str is;	/* scratch of ex_mix_item() */
	const void *owner;
};

struct ex_flat {
	const struct ex_item *item;	/* NULL: empty */
	struct ex_flat_comp *comp;	/* by key */
	size_t ncomp;
	struct ex_member *member;	/* of all components */
	size_t nmember;
	unsigned rank;		/* the caller's: who comes first in order */
};

/* item may be NULL; it must outlive what is made of it. */
struct ex_flat	*ex_flat_make(struct ex_canon *c, struct ex_arena *a,
		    const struct ex_item *item);

/*
 * See to it that each field is the same kind of thing in all of them: one
 * value, or a set.  Returns how many were changed for that.
 */
size_t	 ex_flat_level(struct ex_flat *const *flat, size_t n);

const struct ex_flat_comp	*ex_flat_comp(const struct ex_flat *f,
				    struct ex_str key);

struct ex_range {
	struct ex_member *m;
	size_t n;
};

/* The members of a field, by key; none: n 0. */
struct ex_range	 ex_flat_field(const struct ex_flat *f, struct ex_str comp,
		    struct ex_str name);
/* One member; NULL: it is not there. */
struct ex_member	*ex_flat_find(const struct ex_flat *f,
			    struct ex_str comp, struct ex_str name,
			    struct ex_str key);

/* Number the members of a field by where they stand in the item. */
void	 ex_flat_order(struct ex_range field, struct ex_arena *a);

/* A component that is one of the flat ones: the root, an event, ... */
bool	 ex_flat_is_part(const struct ex_item *item, const struct ex_comp *c);
/* The group that a property is in; NULL: none. */
struct ex_label	*ex_flat_label(const struct ex_flat_comp *c,
		    const struct ex_prop *p);

/* The field that a property of a component belongs to. */
struct ex_str	 ex_field_of(struct ex_str comp, struct ex_str prop);

/* By component, field, key; and without the key. */
int	 ex_member_cmp(const struct ex_member *m, const struct ex_member *o);
int	 ex_member_cmp_field(const struct ex_member *m,
	    const struct ex_member *o);

/* A group's member of other parts, in the order of the views. */
struct ex_member	*ex_member_group(const struct ex_member *like,
			    const struct ex_view *part, size_t npart,
			    struct ex_arena *a);

/* What a field is to hold instead. */
struct ex_edit {
	struct ex_str comp, name;
	const struct ex_member **m;
	size_t n;
};

/*
 * An item put together: the fields of start but for those that an edit
 * replaces; the components named, each from its home in one of the
 * versions (start's own first).
 */
struct ex_mix {
	const struct ex_flat *start;
	struct ex_edit *edit;		/* by component and field */
	size_t nedit;
	const struct ex_flat_comp **comp;	/* by key */
	size_t ncomp;
	struct ex_comp **made;	/* out: what they became; may be changed */
};

/* In normal form; NULL if no component is left. */
struct ex_item	*ex_mix_item(struct ex_canon *c, struct ex_arena *a,
		    struct ex_mix *mix);

#endif
