/*
 * buf.c: growing bytes with a cap
 *
 * size never exceeds the cap, so that the inline paths of buf.h need to
 * look at size alone.  Past the cap size is set to what is in use: then
 * every later addition comes here too, and is dropped.  One byte more than
 * size is allocated, for the NUL of vsnprintf().
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/diag.h>

#define FIRST_SIZE	256

char *
ex_buf_grow(struct ex_buf *b, size_t n)
{
	size_t cap = b->cap != 0 ? b->cap : EX_CAP_RECORD, size;
	char *p;

	if (b->over || n > cap || b->n > cap - n) {
		b->over = true;
		b->size = b->n;
		return NULL;
	}
	size = b->size > cap / 2 ? cap : b->size * 2;
	if (size < FIRST_SIZE)
		size = cap < FIRST_SIZE ? cap : FIRST_SIZE;
	if (size < b->n + n)
		size = b->n + n;
	if ((p = realloc(b->p, size + 1)) == NULL)
		ex_diag_oom();
	b->p = p;
	b->size = size;
	return p + b->n;
}

void
ex_buf_fmt(struct ex_buf *b, const char *fmt, ...)
{
	char *room, none[1];
	va_list ap;
	size_t left = b->size - b->n;
	int n;

	va_start(ap, fmt);
	n = b->p == NULL ? vsnprintf(none, sizeof(none), fmt, ap) :
	    vsnprintf(b->p + b->n, left + 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		ex_diag_oom();
	if (b->p == NULL || (size_t)n > left) {
		if ((room = ex_buf_room(b, (size_t)n)) == NULL)
			return;
		va_start(ap, fmt);
		vsnprintf(room, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->n += (size_t)n;
}

void
ex_buf_clear(struct ex_buf *b)
{
	b->n = 0;
	b->over = false;
}

void
ex_buf_fini(struct ex_buf *b)
{
	free(b->p);
	b->p = NULL;
	b->n = b->size = 0;
	b->over = false;
}
