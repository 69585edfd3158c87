/*
 * priv.h: what the files of the view (canon*.c) share
 *
 * One property goes through them so: canontable.c says what its name
 * means, canonprop.c writes its members, canonvalue.c and canontime.c the
 * values in them, canonzone.c says which zone a TZID is; canon.c sorts the
 * members and puts components together.
 */
#ifndef EX_ITEM_PRIV_H
#define EX_ITEM_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/str.h>

/* What a value is; AUTO: what the property's type says. */
enum ex_canon_class {
	EX_CANON_AUTO,
	EX_CANON_DROP,		/* volatile */
	EX_CANON_UID,
	EX_CANON_TEXT,
	EX_CANON_RAW,		/* text of unknown type, escapes in it */
	EX_CANON_FOLD,		/* enumerated */
	EX_CANON_PARTS,		/* N, ADR, ORG */
	EX_CANON_JOINED,	/* GENDER, CLIENTPIDMAP */
	EX_CANON_TIME,		/* date, date-time, duration, period */
	EX_CANON_DAY,		/* BDAY: midnight is no time */
	EX_CANON_RRULE,
	EX_CANON_GEO,
	EX_CANON_TEL,
	EX_CANON_OFFSET,
	EX_CANON_INT,
	EX_CANON_URI,
	EX_CANON_BINARY
};

enum ex_canon_flag {
	EX_CANON_LIST = 1,	/* each value is a member */
	EX_CANON_URI_DEFAULT = 2 /* VALUE=uri need not be said */
};

struct ex_canon_name {
	struct ex_str name;
	enum ex_canon_class class;
	unsigned flags;
	const char *otherwise;	/* the default, as it stands in a view */
};

enum ex_canon_pclass {
	EX_CANON_PTEXT,
	EX_CANON_PDROP,
	EX_CANON_PFOLD,
	EX_CANON_PSET,		/* folded, sorted, each once */
	EX_CANON_PURI,
	EX_CANON_PURISET,
	EX_CANON_PTYPE,
	EX_CANON_PPREF,
	EX_CANON_PTZID,
	EX_CANON_PGROUP,
	EX_CANON_PENCODING
};

struct ex_canon_param {
	struct ex_str name;
	enum ex_canon_pclass class;
	const char *otherwise;
};

/* A member being built: its view is n bytes at `at` in canon.text. */
struct ex_canon_member {
	struct ex_str view;	/* p is set when all members are there */
	size_t at;
	const struct ex_prop *prop;
	const struct ex_json *value;
	struct ex_str group;
};

struct ex_canon_zone {
	char tzid[64];
	size_t n;
	struct ex_str name;
};

#define EX_CANON_ZONES	16	/* remembered */
#define EX_CANON_SLOTS	256	/* of the hash tables of names */

struct ex_canon {
	const struct ex_item *item;	/* the one at hand */
	/*
	 * Stacks: a component pushes its members and pops them when its
	 * view is written.
	 */
	struct ex_buf text;
	struct ex_canon_member *member;
	size_t nmember, size;

	struct ex_buf out;		/* the item's view */
	struct ex_buf params;		/* of the property at hand */
	struct ex_buf tmp;		/* of the value at hand */
	struct ex_str *list;		/* values to be sorted */
	size_t nlist, list_size;
	struct ex_str zone;		/* of the property at hand */
	struct ex_str group;		/* likewise */

	struct ex_hash *hash;
	struct ex_arena scratch;	/* until the item is done */

	unsigned char name_slot[EX_CANON_SLOTS];
	unsigned char param_slot[EX_CANON_SLOTS];

	struct ex_canon_zone iana[EX_CANON_ZONES];
	struct ex_canon_zone own[EX_CANON_ZONES];	/* of this item */
	unsigned iana_next, own_next;
	bool in_zone;			/* taking a VTIMEZONE's fingerprint */
};

/* canontable.c */
void	 ex_canon_slots(struct ex_canon *c);
const struct ex_canon_name	*ex_canon_name(const struct ex_canon *c,
				    struct ex_str name);
const struct ex_canon_param	*ex_canon_param(const struct ex_canon *c,
				    struct ex_str name);
/* The class of a type, where the name says none; *said: it must be said. */
enum ex_canon_class	 ex_canon_type(struct ex_str type, bool *said);
/* TYPE values that say nothing on a property (rule 16). */
bool	 ex_canon_idle_type(struct ex_str prop, struct ex_str type);

/* canon.c: push the members of a component, sorted; pop by setting back. */
size_t	 ex_canon_collect(struct ex_canon *c, const struct ex_comp *comp);
struct ex_canon_member	*ex_canon_push(struct ex_canon *c);
/* Sort, and drop what is there twice; returns how many are left. */
size_t	 ex_canon_sort(struct ex_str *v, size_t n);
void	 ex_canon_list_add(struct ex_canon *c, struct ex_str s);

/* canonprop.c: push the members of one property, unsorted, without groups. */
void	 ex_canon_prop(struct ex_canon *c, const struct ex_prop *prop,
	    bool skip_uid);

/*
 * canonvalue.c, canontime.c: append one value as JSON to c->text.  False:
 * it is empty.
 */
bool	 ex_canon_value(struct ex_canon *c, enum ex_canon_class class,
	    const struct ex_json *v);
bool	 ex_canon_text(struct ex_canon *c, struct ex_buf *b, struct ex_str s,
	    bool raw);
bool	 ex_canon_fold(struct ex_buf *b, struct ex_str s);
bool	 ex_canon_uri(struct ex_canon *c, struct ex_buf *b, struct ex_str s);
/* The base64 in a data: URI; absent: it is none. */
struct ex_str	 ex_canon_data_uri(struct ex_str s);

bool	 ex_canon_time(struct ex_canon *c, const struct ex_json *v, bool day);
/* A date or date-time in ISO's extended form, into tmp; 0: it is none. */
size_t	 ex_canon_iso(struct ex_str s, char out[40], bool *floats);
bool	 ex_canon_rrule(struct ex_canon *c, const struct ex_json *v);
bool	 ex_canon_offset(struct ex_canon *c, struct ex_str s);
bool	 ex_canon_geo(struct ex_canon *c, const struct ex_json *v);

/*
 * canonzone.c: what stands behind a local time: an IANA name, "Z", "#" and
 * a digest of the observances, else the name itself.
 */
struct ex_str	 ex_canon_tzid(struct ex_canon *c, struct ex_str tzid);

#endif
