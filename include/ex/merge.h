/*
 * merge.h: one decision for each item, over all folders together
 *
 * A change stream in, a plan stream out: ring.md 3.  Pure: no clock, no
 * snapshot, no store; one line at a time, part by part.
 */
#ifndef EX_MERGE_H
#define EX_MERGE_H

#include <stddef.h>
#include <stdio.h>

#include <ex/str.h>

struct ex_err;

struct ex_merge_options {
	struct ex_str policy;	/* -c: instead of the ring's; absent: none */
	/* An item left or with a conflict, for people.  NULL: not said. */
	void (*say)(const char *text);
};

struct ex_merge_count {
	size_t items, conflicts, left;
	size_t create, update, delete;
};

/*
 * Read change streams (n 0: standard input), write the plan to out.  Fails
 * without an end record.
 */
int	 ex_merge_run(const struct ex_merge_options *opt,
	    const char *const *path, size_t n, FILE *out,
	    struct ex_merge_count *count, struct ex_err *err);

#endif
