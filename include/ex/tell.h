/*
 * tell.h: what a snapshot holds, for people
 */
#ifndef EX_TELL_H
#define EX_TELL_H

#include <stdbool.h>
#include <stdio.h>

#include <ex/str.h>

struct ex_err;
struct ex_snap;

/*
 * Conflicts that are open, or all that the log knows of: who it is, which
 * property, and the values.
 */
int	 ex_tell_conflicts(struct ex_snap *s, bool all, FILE *out,
	    struct ex_err *err);

/* A line for each run of the log. */
int	 ex_tell_runs(struct ex_snap *s, FILE *out, struct ex_err *err);

/* What a run did: each item with what changed in it, and where. */
int	 ex_tell_run(struct ex_snap *s, long long run, FILE *out,
	    struct ex_err *err);

/*
 * The versions of a left item as files in a directory that is there: base.*
 * (what the folders last agreed on, if they ever did) and in/FOLDER.* for
 * each folder that has it, with .vcf or .ics.  EX_ERR_GONE: it is not left.
 */
int	 ex_tell_versions(struct ex_snap *s, struct ex_str uid,
	    const char *directory, struct ex_err *err);

#endif
