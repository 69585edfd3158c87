/*
 * sort.h: qsort(3) without its memory
 *
 * glibc's merges through a copy of the whole array, which for a million
 * records is more than all that is kept of them otherwise.
 */
#ifndef EX_SORT_H
#define EX_SORT_H

#include <stddef.h>

#define EX_SORT_ONE	64	/* bytes of an element, at most */

/* As qsort(3), and not stable either; cmp has to be a total order. */
void	 ex_sort(void *v, size_t n, size_t size,
	    int (*cmp)(const void *a, const void *b));

#endif
