/*
 * item.h: one contact, event, task or journal: the model
 *
 * A tree in an arena that is jCard (RFC 7095) or jCal (RFC 7265) one to
 * one: all that is known of an item is in it, what we do not understand
 * too, and nothing else.  Names of components, properties and parameters
 * are lower case; a group is the parameter "group" (RFC 7095, 3.3.1.2).
 *
 * The normal form (formats.md 2): the root is "vcard", or a "vcalendar"
 * that holds all components with one UID, with the VTIMEZONEs that they
 * name and that are no plain IANA zones, and no METHOD.  Properties stand
 * in order of their names, "version" first, the source's order within one
 * name; parameters by name; components: vtimezone by TZID, the master,
 * overrides by RECURRENCE-ID.
 */
#ifndef EX_ITEM_H
#define EX_ITEM_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/str.h>

struct ex_arena;
struct ex_buf;
struct ex_err;
struct ex_json;

enum ex_kind {
	EX_KIND_NONE,
	EX_KIND_CONTACTS,
	EX_KIND_EVENTS,
	EX_KIND_TASKS,
	EX_KIND_JOURNALS
};

struct ex_param {
	struct ex_str name;
	struct ex_str *value;	/* decoded (RFC 6868); at least one */
	size_t nvalue;
};

/* What is ready made of a property that many items share. */
struct ex_ready {
	struct ex_str json;	/* as ex_prop_write() puts it */
	struct ex_str view;	/* its member of a view (canon.h); empty: it
				   has none; absent: that hangs on the item */
};

struct ex_prop {
	struct ex_str name;
	struct ex_param *param;	/* by name; no "value", that is type */
	size_t nparam;
	struct ex_str type;	/* "text", "date-time", "unknown", ... */
	/*
	 * The values, chained by next: strings, numbers, booleans, an
	 * array for a structured one, an object for a recurrence rule.
	 */
	struct ex_json *value;
	unsigned line;		/* where it came from; 0: from JSON, or from
				   many places */
	const struct ex_ready *ready;	/* NULL: nothing */
};

struct ex_comp {
	struct ex_str name;
	struct ex_prop **prop;
	size_t nprop;
	struct ex_comp **comp;
	size_t ncomp;
};

struct ex_item {
	enum ex_kind kind;
	struct ex_str uid;	/* absent: it has none */
	struct ex_str as;	/* "vcard 3.0"; absent: the store's own */
	struct ex_comp *root;
};

const char	*ex_kind_name(enum ex_kind kind);	/* "contacts" */
enum ex_kind	 ex_kind_of(struct ex_str name);	/* or _NONE */
/* "vcard", "vevent", "vtodo", "vjournal", the other way likewise. */
enum ex_kind	 ex_kind_of_comp(struct ex_str comp);

struct ex_comp	*ex_comp_new(struct ex_arena *a, struct ex_str name);
struct ex_prop	*ex_prop_new(struct ex_arena *a, struct ex_str name,
		    struct ex_str type, struct ex_json *value);
void	 ex_comp_add_prop(struct ex_arena *a, struct ex_comp *c,
	    struct ex_prop *p);
void	 ex_comp_add_comp(struct ex_arena *a, struct ex_comp *c,
	    struct ex_comp *child);
void	 ex_prop_add_param(struct ex_arena *a, struct ex_prop *p,
	    struct ex_str name, const struct ex_str *value, size_t nvalue);

/* The first of that name, or NULL. */
struct ex_prop	*ex_comp_prop(const struct ex_comp *c, const char *name);
const struct ex_param	*ex_prop_param(const struct ex_prop *p,
			    const char *name);
/* Its first value's text, if that is a string; else absent. */
struct ex_str	 ex_prop_text(const struct ex_prop *p);

/* Put properties, parameters and components in the normal form's order. */
void	 ex_item_sort(struct ex_item *item, struct ex_arena *a);

/*
 * JSON (`data`) to an item and back.  Reading takes any jCard or jCal of
 * ours or of others, checks its shape, and sorts; kind and uid are found
 * in it, as is absent.  err: "PROPERTY: problem" or as ex_json_parse().
 * An item of a tree shares its strings and values.
 */
int	 ex_item_parse(struct ex_str data, struct ex_arena *a,
	    struct ex_item *item, struct ex_err *err);
int	 ex_item_of_json(const struct ex_json *j, struct ex_arena *a,
	    struct ex_item *item, struct ex_err *err);
void	 ex_item_write(struct ex_buf *b, const struct ex_item *item);
/* A property or component of an item, for records that name one. */
void	 ex_prop_write(struct ex_buf *b, const struct ex_prop *p);
void	 ex_comp_write(struct ex_buf *b, const struct ex_comp *c);

/*
 * The same item under another UID (in every component that has one; added
 * where there is none).  Shares what did not change with the old one.
 * Absent: without one.
 */
struct ex_item	 ex_item_with_uid(const struct ex_item *item,
		    struct ex_str uid, struct ex_arena *a);

/* A title for people: FN or SUMMARY; "(no title)".  May hold anything. */
struct ex_str	 ex_item_title(const struct ex_item *item);

#endif
