/*
 * exmaplack.c: what of an item a server does not keep, a list for people
 */
#include <ex/arena.h>

#include "exmap.h"

#define LONG	200	/* bytes; what comes behind is only said to be there */
#define MORE	", and more"

void
ex_exmap_lack(struct ex_str *list, struct ex_str what, struct ex_arena *a)
{
	if (list->p == NULL)
		*list = ex_arena_fmt(a, "not kept there: %.*s",
		    EX_STR_ARG(what));
	else if (list->n < LONG)
		*list = ex_arena_fmt(a, "%.*s, %.*s", EX_STR_ARG(*list),
		    EX_STR_ARG(what));
	else if (!ex_str_ends(*list, MORE))
		*list = ex_arena_fmt(a, "%.*s" MORE, EX_STR_ARG(*list));
}

static void
lack_part(struct ex_str *list, struct ex_str part, struct ex_str why,
    struct ex_arena *a)
{
	ex_exmap_lack(list, ex_arena_fmt(a, "%.*s (%.*s)", EX_STR_ARG(part),
	    (int)(why.n < 100 ? why.n : 100), why.p), a);
}

void
ex_exmap_lack_file(struct ex_str *list, bool photo, bool removal,
    struct ex_str why, struct ex_arena *a)
{
	lack_part(list, ex_arena_fmt(a, "%s%s", removal ? "the removal of " :
	    "", photo ? "a photo" : "an attachment"), why, a);
}

void
ex_exmap_lack_occurrence(struct ex_str *list,
    const struct ex_exmap_occurrence *o, struct ex_str why,
    struct ex_arena *a)
{
	lack_part(list, ex_arena_fmt(a, "%s of %.*s", o->cancel ? "EXDATE" :
	    "RECURRENCE-ID", EX_STR_ARG(o->start)), why, a);
}

void
ex_exmap_lack_lost(struct ex_str *list, const struct ex_exmap_send *send,
    struct ex_arena *a)
{
	size_t i;

	for (i = 0; i < send->nlost; i++)
		ex_exmap_lack(list, send->lost[i], a);
	if (send->zones.p != NULL)
		*list = list->p == NULL ? send->zones : ex_arena_fmt(a,
		    "%.*s; %.*s", EX_STR_ARG(*list), EX_STR_ARG(send->zones));
}
