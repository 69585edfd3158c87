/*
 * text.h: what Unicode and character sets ask for
 */
#ifndef EX_TEXT_H
#define EX_TEXT_H

#include <stdbool.h>

#include <ex/str.h>

struct ex_arena;
struct ex_err;

/*
 * NFC (UAX #15), by ICU; ASCII and text that is NFC already is returned as
 * it is, without touching ICU for ASCII.
 */
struct ex_str	 ex_text_nfc(struct ex_str s, struct ex_arena *a);

/*
 * Text in a character set that vCard 2.1's CHARSET names, as UTF-8.  An
 * unknown set or bytes that are none of it: EX_ERR_INPUT.
 */
int	 ex_text_utf8(struct ex_str s, struct ex_str charset,
	    struct ex_arena *a, struct ex_str *out, struct ex_err *err);

/* A-Z to a-z, in the arena only if something changes. */
struct ex_str	 ex_text_lower(struct ex_str s, struct ex_arena *a);
/* The other way. */
struct ex_str	 ex_text_upper(struct ex_str s, struct ex_arena *a);

/*
 * Safe on a terminal and in one line: control bytes, C1, bidi controls and
 * bytes that are not UTF-8 become '?', at most max bytes.
 */
struct ex_str	 ex_text_print(struct ex_str s, size_t max,
		    struct ex_arena *a);

#endif
