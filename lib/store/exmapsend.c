/*
 * exmapsend.c: what is to be sent, kept until it is
 *
 * It may point into what was read, which goes.
 */
#include <ex/arena.h>

#include "exmap.h"

void
ex_exmap_send_keep(struct ex_exmap_send *s, struct ex_arena *a)
{
	struct ex_exmap_occurrence *o = s->occurrence;
	size_t i;

	s->create = ex_arena_str(a, s->create);
	s->update = ex_arena_str(a, s->update);
	s->extension = ex_arena_str(a, s->extension);
	s->zones = ex_arena_str(a, s->zones);
	for (i = 0; i < s->noccurrence; i++) {
		o[i].start = ex_arena_str(a, o[i].start);
		o[i].update = ex_arena_str(a, o[i].update);
	}
}
