/*
 * compare.h: two item streams against each other: the audit
 *
 * Folders of one name are compared, or the only one of each.  Items are
 * paired by UID, without one by id.  What is hidden or bad on one side is
 * unknown, never gone.
 */
#ifndef EX_COMPARE_H
#define EX_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

struct ex_err;

struct ex_compare_options {
	bool print;		/* for people; else a change stream */
	bool strict;		/* every byte of a value counts (-S) */
	bool quiet;		/* no output at all */
};

/* Paths as in ex_rec_open().  1: they differ, 0: they do not, -1. */
int	 ex_compare_run(const struct ex_compare_options *opt,
	    const char *old, const char *new, FILE *out, struct ex_err *err);

#endif
