/*
 * jsonpriv.h: what the two ways to read JSON share (json.c, jsonquick.c)
 */
#ifndef EX_ITEM_JSONPRIV_H
#define EX_ITEM_JSONPRIV_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/json.h>

/* The bytes of the number at p, by RFC 8259's grammar; 0: it is none. */
size_t	 json_number_length(const char *p, const char *end);
/* The key that stands twice in an object of n members, or absent. */
struct ex_str	 json_doubled_key(const struct ex_json *object, size_t n,
		    struct ex_arena *a);

/*
 * jsonquick.c: the tree of a text without blanks and \u escapes, as we
 * write it.  NULL: it is another one, or none at all, which json.c says.
 */
struct ex_json	*json_quick(struct ex_str text, struct ex_arena *a);

#endif
