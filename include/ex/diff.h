/*
 * diff.h: what changed in each folder since the folders last agreed
 *
 * Item streams and a snapshot in, a change stream out: ring.md 2.  Pure:
 * nothing is written but the stream, and the same lines in another order
 * give the same bytes.
 */
#ifndef EX_DIFF_H
#define EX_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <ex/str.h>

struct ex_err;

struct ex_diff_options {
	const char *snapshot;
	bool first_run;		/* -i: there must be no snapshot yet */
	struct ex_str match;	/* -m: keys joined by '+'; absent: none */
	bool print;		/* -p: for people, no stream */
	/* Two items of one UID that differ, an ambiguous match. */
	void (*warn)(const char *text);
	/* What was matched by keys.  NULL: not said. */
	void (*say)(const char *text);
};

/* What was found, for the exit status. */
struct ex_diff_count {
	size_t changes;
};

/*
 * Read the item streams (n 0: standard input), compare, write to out.
 * Fails without an end record.
 */
int	 ex_diff_run(const struct ex_diff_options *opt,
	    const char *const *path, size_t n, FILE *out,
	    struct ex_diff_count *count, struct ex_err *err);

/* A change line, for people. */
struct ex_arena;
struct ex_buf;
struct ex_canon;
struct ex_json;
int	 ex_diff_show(const struct ex_json *change, struct ex_canon *c,
	    struct ex_arena *a, struct ex_buf *out, struct ex_err *err);

#endif
