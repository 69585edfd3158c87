/*
 * snapsay.h: what a snapshot holds, as lines of JSON
 */
#ifndef EX_SNAPSAY_H
#define EX_SNAPSAY_H

#include <stdbool.h>
#include <stdio.h>

struct ex_err;
struct ex_snap;

int	 ex_snapsay_folders(struct ex_snap *s, FILE *out, struct ex_err *err);
/* Also what a read-only folder lacks: the snapshot does not know of those. */
int	 ex_snapsay_owed(struct ex_snap *s, FILE *out, struct ex_err *err);
/* Those that are open, or all that the log knows of. */
int	 ex_snapsay_conflicts(struct ex_snap *s, bool all, FILE *out,
	    struct ex_err *err);

#endif
