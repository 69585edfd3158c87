/*
 * spool.h: input that can be read twice
 *
 * A regular file is mapped as it is; anything else (a pipe) is copied to
 * an unlinked file in $TMPDIR first, and that is mapped.  Memory does not
 * grow with the input.
 */
#ifndef EX_SPOOL_H
#define EX_SPOOL_H

#include <ex/str.h>

struct ex_err;

struct ex_spool {
	struct ex_str map;
	const char *name;	/* for messages: the path, or "stdin" */
	int fd;
};

/* path "-" is standard input.  path is borrowed until ex_spool_close(). */
int	 ex_spool_open(struct ex_spool *s, const char *path,
	    struct ex_err *err);
void	 ex_spool_close(struct ex_spool *s);

#endif
