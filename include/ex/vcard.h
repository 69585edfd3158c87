/*
 * vcard.h: what the properties of a vCard hold
 *
 * Shared by the reader and the writer, so that the writer knows what a
 * reader makes of a value (RFC 6350, 6474, 6715, 8605, 9554; RFC 2426).
 */
#ifndef EX_VCARD_H
#define EX_VCARD_H

#include <stdbool.h>

#include <ex/line.h>
#include <ex/str.h>

struct ex_arena;
struct ex_buf;
struct ex_comp;
struct ex_err;
struct ex_prop;

enum ex_vcard_shape {
	EX_VCARD_ONE,		/* one value; a comma is a comma */
	EX_VCARD_LIST,		/* values with commas between */
	EX_VCARD_PARTS,		/* parts with ';', lists with ',' in them */
	EX_VCARD_FIELDS		/* parts with ';'; one alone is a string */
};

struct ex_vcard_prop {
	struct ex_str name;
	struct ex_str type;	/* what it holds without VALUE in 4.0 */
	enum ex_vcard_shape shape;
};

/* NULL: not known. */
const struct ex_vcard_prop	*ex_vcard_prop(struct ex_str name);

/* PHOTO, LOGO, SOUND, KEY: bytes, or where they are. */
bool	 ex_vcard_is_media(const struct ex_vcard_prop *p);

/*
 * The type that a raw value has without VALUE; unknown where it does not
 * parse as what it should be.  p NULL: a property that is not known.
 */
struct ex_str	 ex_vcard_infer(const struct ex_vcard_prop *p,
		    struct ex_str raw, struct ex_arena *a);

/* Does s begin with a URI's scheme and ':' (RFC 3986, 3.1)? */
bool	 ex_vcard_has_scheme(struct ex_str s);

/*
 * A value of one of the types of dates, times and offsets, in whatever form
 * vCard 2.1 to 4.0 have them, in jCard's (RFC 7095, 3.5.3 to 3.5.7).
 * false: it is none.
 */
bool	 ex_vcard_date(struct ex_str type, struct ex_str raw,
	    struct ex_arena *a, struct ex_str *out);

/* jCard's form in 4.0's, which is without '-' and ':' where it can be. */
struct ex_str	 ex_vcard_date_basic(struct ex_str type, struct ex_str value,
		    struct ex_arena *a);

/* Is it one of the types that ex_vcard_date() reads? */
bool	 ex_vcard_is_date(struct ex_str type);

/* Reading, vcard.c and vcardvalue.c: a card on its way in. */
enum ex_vcard_form {
	EX_VCARD_NONE,
	EX_VCARD_21,
	EX_VCARD_30,
	EX_VCARD_40
};

struct ex_vcard_in {
	struct ex_str text;
	struct ex_arena *a;
	struct ex_lines lines;
	enum ex_vcard_form form;
	bool utf8;		/* the whole text is */
	bool agent;		/* the value is another card */
};

/* What the parameters say about how to read the value; absent: nothing. */
struct ex_vcard_coding {
	struct ex_str encoding, charset, type;
};

/* p's type and value from the line's. */
int	 ex_vcard_value(struct ex_vcard_in *in,
	    const struct ex_vcard_prop *known, struct ex_prop *p,
	    const struct ex_vcard_coding *how, const struct ex_line *line,
	    struct ex_err *err);

/* "line 7: NOTE: what" */
int	 ex_vcard_bad(const struct ex_line *line, struct ex_err *err,
	    const char *what);

/*
 * The media type of bytes whose TYPE is format (absent: none), as a reader
 * finds it.
 */
struct ex_str	 ex_vcard_media_type(const struct ex_vcard_prop *known,
		    struct ex_str format, struct ex_str base64,
		    struct ex_arena *a);

/* Would a reader give this LABEL to that property? */
bool	 ex_vcard_label_of(const struct ex_prop *adr,
	    const struct ex_prop *lab);

/* The same, A-Z and a-z alike. */
bool	 ex_vcard_same_word(struct ex_str a, struct ex_str b);

/*
 * The FN, which every card must have, of a card that has none: from N, ORG,
 * NICKNAME, EMAIL or TEL, into out, which is cleared.  It is written with
 * the parameter X-EXRING-MADE, and one that still says the same is left out
 * when it is read again.
 */
void	 ex_vcard_made_fn(const struct ex_comp *card, struct ex_buf *out);

#endif
