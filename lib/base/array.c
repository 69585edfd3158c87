/*
 * array.c: arrays that grow, and large ones
 *
 * Large arrays are asked for in huge pages: a page fault costs a few
 * hundred cycles, and many thousands where the machine is a guest whose
 * page tables its host shadows.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE		/* madvise() */
#endif
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <ex/array.h>
#include <ex/diag.h>

#define HUGE_PAGE	((size_t)2 << 20)

/*
 * Whole huge pages, of which the kernel is told; a hint: where it is not
 * taken all is as before.  What was outgrown goes back to the system at once:
 * left to itself glibc would come to keep it (mallopt(3), M_MMAP_THRESHOLD).
 */
static void *
in_huge_pages(void *old, size_t used, size_t n)
{
	void *p;

	if (n > SIZE_MAX - HUGE_PAGE)
		return NULL;
	n = (n + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, HUGE_PAGE);
#endif
	if ((p = aligned_alloc(HUGE_PAGE, n)) == NULL)
		return NULL;
#ifdef MADV_HUGEPAGE
	madvise(p, n, MADV_HUGEPAGE);
#endif
	if (used > 0)
		memcpy(p, old, used);
	free(old);
	return p;
}

static void *
sized(void *p, size_t used, size_t n, size_t each)
{
	if (n > SIZE_MAX / each)
		ex_diag_oom();
	p = n * each < HUGE_PAGE ? realloc(p, n * each) :
	    in_huge_pages(p, used * each, n * each);
	if (p == NULL)
		ex_diag_oom();
	return p;
}

void *
ex_array_new(size_t n, size_t each)
{
	return sized(NULL, 0, n == 0 ? 1 : n, each);
}

void *
ex_array_more(void *p, size_t *room, size_t each)
{
	size_t used = *room;

	*room = used == 0 ? 64 : used * 2;
	return sized(p, used, *room, each);
}
