/*
 * sort.c: qsort(3) without its memory
 *
 * What is small goes to qsort(3); the rest is sorted by a heap in place.
 * The hole that the largest leaves goes down to a leaf by one comparison a
 * level, for what fills it comes from there and belongs near there.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/sort.h>

#define SMALL	((size_t)1 << 20)

struct heap {
	char *v;
	size_t size;
	int (*cmp)(const void *a, const void *b);
};

static char *
at(const struct heap *h, size_t i)
{
	return h->v + i * h->size;
}

/* Put `one` where it belongs in the heap of n below the hole at top. */
static void
fill(const struct heap *h, size_t top, size_t n, const char *one)
{
	size_t i = top, child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n &&
		    h->cmp(at(h, child), at(h, child + 1)) < 0)
			child++;
		memcpy(at(h, i), at(h, child), h->size);
		i = child;
	}
	while (i > top && h->cmp(at(h, (i - 1) / 2), one) < 0) {
		memcpy(at(h, i), at(h, (i - 1) / 2), h->size);
		i = (i - 1) / 2;
	}
	memcpy(at(h, i), one, h->size);
}

void
ex_sort(void *v, size_t n, size_t size,
    int (*cmp)(const void *a, const void *b))
{
	const struct heap h = { v, size, cmp };
	_Alignas(max_align_t) char one[EX_SORT_ONE];
	size_t i;

	if (n < 2)
		return;
	if (size > EX_SORT_ONE || n <= SMALL / size) {
		qsort(v, n, size, cmp);
		return;
	}
	for (i = n / 2; i-- > 0;) {
		memcpy(one, at(&h, i), size);
		fill(&h, i, n, one);
	}
	for (i = n; --i > 0;) {
		memcpy(one, at(&h, i), size);
		memcpy(at(&h, i), at(&h, 0), size);
		fill(&h, 0, i, one);
	}
}
