/*
 * twins.h: items of the listed folders that seem to be one and the same
 *
 * Two items are twins if they have the same keys (key.h) and are not known
 * to be one: bound to one entry of a snapshot, or of one UID in two
 * folders.
 */
#ifndef EX_TWINS_H
#define EX_TWINS_H

#include <stddef.h>
#include <stdio.h>

#include <ex/str.h>

struct ex_err;

struct ex_twins {
	struct ex_str keys;	/* absent: by kind */
	const char *snapshot;	/* NULL: none */
	size_t groups, items;	/* what was found */
};

/* Item streams, listed in full (n 0: standard input); for people to out. */
int	 ex_twins_run(struct ex_twins *t, const char *const *path, size_t n,
	    FILE *out, struct ex_err *err);

#endif
