/*
 * arena.c: memory that dies with its record
 *
 * Chunks of 64 KiB, doubled up to 4 MiB.  What is too large for the next
 * chunk gets one of its own, which stands behind the one in use, so that
 * the rest of that is not lost.  Under the address sanitizer memory that
 * is not handed out is poisoned: use after a reset is seen.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)		((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n)	((void)(p), (void)(n))
#endif

#include <ex/arena.h>
#include <ex/diag.h>

#define CHUNK_MIN	((size_t)64 << 10)
#define CHUNK_MAX	((size_t)4 << 20)
#define ALIGN		_Alignof(max_align_t)

struct ex_arena_chunk {
	struct ex_arena_chunk *older;
	size_t size;
	_Alignas(max_align_t) char data[];
};

static struct ex_arena_chunk *
chunk_new(size_t size)
{
	struct ex_arena_chunk *c;

	if (size > SIZE_MAX - sizeof(*c) ||
	    (c = malloc(sizeof(*c) + size)) == NULL)
		ex_diag_oom();
	c->older = NULL;
	c->size = size;
	ASAN_POISON_MEMORY_REGION(c->data, size);
	return c;
}

static void
chunk_free(struct ex_arena_chunk *c)
{
	ASAN_UNPOISON_MEMORY_REGION(c->data, c->size);
	free(c);
}

static void
chunk_use(struct ex_arena *a, struct ex_arena_chunk *c)
{
	a->chunk = c;
	a->free = c->data;
	a->end = c->data + c->size;
}

/* n bytes that do not fit into the chunk in use. */
static char *
bytes_slow(struct ex_arena *a, size_t n)
{
	struct ex_arena_chunk *c;
	size_t size = CHUNK_MIN;

	if (a->chunk != NULL && a->chunk->size >= CHUNK_MIN)
		size = a->chunk->size < CHUNK_MAX / 2 ?
		    a->chunk->size * 2 : CHUNK_MAX;
	if (n > size / 4 && a->chunk != NULL) {
		c = chunk_new(n);
		c->older = a->chunk->older;
		a->chunk->older = c;
		ASAN_UNPOISON_MEMORY_REGION(c->data, n);
		return c->data;
	}
	c = chunk_new(n > size ? n : size);
	c->older = a->chunk;
	chunk_use(a, c);
	a->free += n;
	ASAN_UNPOISON_MEMORY_REGION(c->data, n);
	return c->data;
}

char *
ex_arena_bytes(struct ex_arena *a, size_t n)
{
	char *p = a->free;

	if (p == NULL || n > (size_t)(a->end - p))
		return bytes_slow(a, n);
	a->free += n;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
}

size_t
ex_arena_size(const struct ex_arena *a)
{
	const struct ex_arena_chunk *c;
	size_t n = 0;

	for (c = a->chunk; c != NULL; c = c->older)
		n += c->size;
	return n;
}

void *
ex_arena_alloc_slow(struct ex_arena *a, size_t n)
{
	size_t pad = (0 - (uintptr_t)a->free) & (ALIGN - 1);
	char *p;

	if (a->free == NULL || pad > (size_t)(a->end - a->free) ||
	    n > (size_t)(a->end - a->free) - pad) {
		p = bytes_slow(a, n);
	} else {
		p = a->free + pad;
		a->free = p + n;
		ASAN_UNPOISON_MEMORY_REGION(p, n);
	}
	return memset(p, 0, n);
}

void *
ex_arena_array(struct ex_arena *a, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		ex_diag_oom();
	return ex_arena_alloc(a, count * size);
}

struct ex_str
ex_arena_str(struct ex_arena *a, struct ex_str s)
{
	char *p;

	if (s.p == NULL)
		return s;
	p = ex_arena_bytes(a, s.n + 1);
	memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct ex_str){ p, s.n };
}

struct ex_str
ex_arena_fmt(struct ex_arena *a, const char *fmt, ...)
{
	char small[256], *p;
	va_list ap;
	size_t n;
	int got;

	va_start(ap, fmt);
	got = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (got < 0)
		ex_diag_oom();
	n = (size_t)got;
	p = ex_arena_bytes(a, n + 1);
	if (n < sizeof(small)) {
		memcpy(p, small, n + 1);
	} else {
		va_start(ap, fmt);
		vsnprintf(p, n + 1, fmt, ap);
		va_end(ap);
	}
	return (struct ex_str){ p, n };
}

void *
ex_arena_grow(struct ex_arena *a, void *old, size_t n, size_t size)
{
	size_t have = n * size;
	char *p;

	if (n == 0)
		return ex_arena_alloc(a, size);
	if ((n & (n - 1)) != 0)
		return old;
	if (n > SIZE_MAX / 2 / size)
		ex_diag_oom();
	/* The newest thing in its chunk grows where it is. */
	if ((char *)old + have == a->free &&
	    have <= (size_t)(a->end - a->free)) {
		ASAN_UNPOISON_MEMORY_REGION(a->free, have);
		memset(a->free, 0, have);
		a->free += have;
		return old;
	}
	p = ex_arena_alloc(a, have * 2);
	return memcpy(p, old, have);
}

void
ex_arena_reset(struct ex_arena *a)
{
	struct ex_arena_chunk *c, *older, *keep = a->chunk;

	if (keep == NULL)
		return;
	for (c = a->chunk; c != NULL; c = c->older)
		if (c->size > keep->size)
			keep = c;
	for (c = a->chunk; c != NULL; c = older) {
		older = c->older;
		if (c != keep)
			chunk_free(c);
	}
	keep->older = NULL;
	ASAN_POISON_MEMORY_REGION(keep->data, keep->size);
	chunk_use(a, keep);
}

void
ex_arena_free(struct ex_arena *a)
{
	struct ex_arena_chunk *c, *older;

	for (c = a->chunk; c != NULL; c = older) {
		older = c->older;
		chunk_free(c);
	}
	*a = (struct ex_arena)EX_ARENA_INIT;
}
