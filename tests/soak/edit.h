/*
 * edit.h: a copy of an item while a user edits it
 *
 * Every value that is written is a token that is written nowhere else.  One
 * that stood in the copy that a user replaced, cleared or deleted is dead:
 * it may vanish.  All others must be found at the end (P2).
 */
#ifndef SOAK_EDIT_H
#define SOAK_EDIT_H

#include "soak.h"

struct edit {
	struct world *w;
	const struct step *step;
	struct ex_mem *m;
	struct ex_mem_item *at;
	struct ex_item item;
	struct ex_comp *comp;	/* the card, the to-do, the master */
};

unsigned edit_token(struct world *w, const struct step *step,
	    unsigned thing, unsigned nth, unsigned prop);
/* All that stands in text has been seen by somebody who did away with it. */
void	 edit_bury(struct world *w, struct ex_str text);
/* What the store has not kept was never written. */
void	 edit_unwritten(struct world *w, struct ex_str data, unsigned token);
struct ex_str	 edit_stamp(struct ex_arena *a, const struct step *step);
/* Put what a user made of an item into the store, as the store has it. */
struct ex_mem_item	*edit_keep(struct ex_mem *m,
	    const struct ex_item *item, struct ex_str id, struct ex_str mark);

/* Open the copy to edit it; false: there is none that can be read. */
bool	 edit_begin(struct edit *e, struct world *w, const struct step *step);
void	 edit_drop(struct ex_comp *c, const struct ex_prop *p);
/* The property's value is done away with. */
void	 edit_replaced(struct edit *e, const struct ex_prop *p);
/* A property with a new token. */
void	 edit_put(struct edit *e, struct ex_comp *c, const char *name,
	    unsigned prop);
/* Into the store, which is closed; what it did not keep is not written. */
void	 edit_end(struct edit *e);

/* event.c: what users do with events only. */
void	 edit_event(struct world *w, const struct step *step);
/* The step's part of the event: often the master. */
struct ex_comp	*edit_part(const struct edit *e);

#endif
