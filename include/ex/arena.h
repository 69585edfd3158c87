/*
 * arena.h: memory that dies with its record
 *
 * Allocation is a bump of a pointer; nothing is freed singly.  A failed
 * allocation ends the program with status 2 (sizes from outside are
 * capped before they get here).
 */
#ifndef EX_ARENA_H
#define EX_ARENA_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <ex/str.h>

struct ex_arena_chunk;

struct ex_arena {
	struct ex_arena_chunk *chunk;	/* the one in use; older behind it */
	char *free, *end;
};

#define EX_ARENA_INIT	{ NULL, NULL, NULL }

/* n bytes, set to zero, aligned for any type. */
static inline void	*ex_arena_alloc(struct ex_arena *a, size_t n);

/* count times size bytes, set to zero; the product is checked. */
void	*ex_arena_array(struct ex_arena *a, size_t count, size_t size);

/* n bytes, not set, not aligned. */
char	*ex_arena_bytes(struct ex_arena *a, size_t n);

/* A copy with a NUL behind it that is not counted; absent stays absent. */
struct ex_str	 ex_arena_str(struct ex_arena *a, struct ex_str s);

/* printf into the arena. */
struct ex_str	 ex_arena_fmt(struct ex_arena *a, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/*
 * A larger array in place of old, which has n of size bytes each: doubled
 * when n is 0 or a power of two, else old itself.  So an array grows by
 * "v = ex_arena_grow(a, v, n, sizeof(*v)); v[n++] = x;".
 */
void	*ex_arena_grow(struct ex_arena *a, void *old, size_t n, size_t size);

/* For ex_arena_alloc(). */
void	*ex_arena_alloc_slow(struct ex_arena *a, size_t n);

/*
 * Here, so that the compiler knows a struct's size: dozens are made of
 * each item.  The sanitizer has to be told of memory in use, in arena.c.
 */
static inline void *
ex_arena_alloc(struct ex_arena *a, size_t n)
{
#ifndef __SANITIZE_ADDRESS__
	size_t pad = (0 - (uintptr_t)a->free) & (_Alignof(max_align_t) - 1);
	char *p = a->free;

	if (p != NULL && pad <= (size_t)(a->end - p) &&
	    n <= (size_t)(a->end - p) - pad) {
		a->free = p + pad + n;
		return memset(p + pad, 0, n);
	}
#endif
	return ex_arena_alloc_slow(a, n);
}

/* Bytes that it has from the system. */
size_t	 ex_arena_size(const struct ex_arena *a);

/* Forget everything; one chunk is kept for what comes next. */
void	 ex_arena_reset(struct ex_arena *a);

/* Forget everything and give the memory back. */
void	 ex_arena_free(struct ex_arena *a);

#endif
