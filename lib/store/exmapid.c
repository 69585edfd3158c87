/*
 * exmapid.c: the ids of Exchange
 */
#include <string.h>

#include <ex/arena.h>

#include "exmap.h"

#define SHORT	24	/* of an id */
#define TEXT	400	/* of why */

bool
ex_exmap_is_id(struct ex_str s, size_t least)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
		    "wxyz0123456789+/=-_", s.p[i]) == NULL)
			return false;
	return s.n >= least;
}

struct ex_str
ex_exmap_why(struct ex_str id, struct ex_str why, struct ex_arena *a)
{
	if (id.p == NULL)
		id = EX_STR("item");
	/* Ids of Exchange differ in their last part. */
	if (id.n > SHORT) {
		id.p += id.n - SHORT;
		id.n = SHORT;
	}
	return ex_arena_fmt(a, "%.*s: %.*s", EX_STR_ARG(id),
	    (int)(why.n < TEXT ? why.n : TEXT), why.p);
}
