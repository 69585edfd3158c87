/*
 * account.h: what each folder came to, for whoever runs the programs
 *
 * A program that finds EX_ACCOUNT in its environment appends to that file a
 * line of JSON for each folder: what it did there, in how many requests and
 * milliseconds, and when.  Never in a stream: those do not change with the
 * clock.
 */
#ifndef EX_ACCOUNT_H
#define EX_ACCOUNT_H

#include <stddef.h>

#include <ex/str.h>

struct ex_err;
struct ex_fetch;

/* What expush did in one folder. */
struct ex_push_folder {
	struct ex_str name;
	size_t created, updated, deleted, owed, refused, conflicts;
	unsigned long requests;
	long long ms;
};

/* path NULL: nothing. */
int	 ex_account_fetch(const char *path, const struct ex_fetch *f,
	    struct ex_err *err);
int	 ex_account_push(const char *path, const struct ex_push_folder *f,
	    size_t n, struct ex_err *err);

#endif
