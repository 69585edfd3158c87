/*
 * seal.h: a stream that a person edited, made whole again
 *
 * Each section gets the count and the sum of the lines that it has now; an
 * item the hash of the data that it has now.  So that what was left out is
 * listed again, the folders' tokens are taken out of change and plan
 * streams, and out of an item section that was edited.  What a plan's end
 * says is owed is counted anew.  Read with EX_REC_LOOSE.
 */
#ifndef EX_SEAL_H
#define EX_SEAL_H

#include <stdbool.h>
#include <stdio.h>

#include <ex/str.h>

struct ex_arena;
struct ex_err;
struct ex_rec;
struct ex_rec_in;
struct ex_seal;

struct ex_seal	*ex_seal_new(FILE *out);
void	 ex_seal_free(struct ex_seal *s);

/*
 * Write the line of a record.  At the end of a section say tells a person
 * what became of it (else it is absent), and edited whether anything did.
 */
int	 ex_seal_line(struct ex_seal *s, const struct ex_rec_in *in,
	    const struct ex_rec *rec, struct ex_arena *a, struct ex_str *say,
	    bool *edited, struct ex_err *err);

#endif
