/*
 * array.h: arrays that grow, and large ones
 *
 * Freed with free().  Neither returns NULL: without memory the program ends
 * (ex_diag_oom()).  What is new in them is not set.
 */
#ifndef EX_ARRAY_H
#define EX_ARRAY_H

#include <stddef.h>

/* n of them, for an array that may be large and is used from end to end. */
void	*ex_array_new(size_t n, size_t each);

/* p with room for twice as many, at first for 64; *room is set. */
void	*ex_array_more(void *p, size_t *room, size_t each);

#endif
