/*
 * sect.h: the account of a stream's sections
 *
 * A section is what one `begin` opens: a folder's, in an item stream, or a
 * part, in the others.  Folders' sections may be interleaved; of parts one
 * is open at a time.  Each must be closed in the input that it was opened
 * in.  rec.h reads with it; messages say "folder alice: problem", the
 * caller puts the input and the line in front.
 */
#ifndef EX_SECT_H
#define EX_SECT_H

#include <stdbool.h>

struct ex_err;
struct ex_rec;
struct ex_sect;

/* stream, which is borrowed, and flags are those of ex_rec_open(). */
struct ex_sect	*ex_sect_new(const char *stream, unsigned flags);
void	 ex_sect_free(struct ex_sect *in);

/* A record was read.  Is it in its place? */
int	 ex_sect_line(struct ex_sect *in, const struct ex_rec *rec,
	    struct ex_err *err);

/* An input is at its end; all: it was the last.  Is everything there? */
int	 ex_sect_end(const struct ex_sect *in, bool all, struct ex_err *err);

/* Put the section's name in front, if only one is open.  Returns -1. */
int	 ex_sect_at(const struct ex_sect *in, struct ex_err *err);

#endif
