/*
 * buf.h: growing bytes with a cap
 *
 * Appending never fails in the caller's face: past the cap nothing more
 * is added and `over` is set, which the caller looks at once, at the end.
 * A failed allocation ends the program with status 2.
 */
#ifndef EX_BUF_H
#define EX_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <ex/str.h>

struct ex_buf {
	char *p;
	size_t n;		/* bytes in use */
	size_t size;		/* bytes allocated */
	size_t cap;		/* 0: EX_CAP_RECORD */
	bool over;
};

#define EX_BUF_INIT	{ NULL, 0, 0, 0, false }

/* For the functions below: room for n bytes more, more than size has. */
char	*ex_buf_grow(struct ex_buf *b, size_t n);

/*
 * Room for n more bytes behind b->n, to be written by the caller, who then
 * adds to b->n.  NULL past the cap.
 */
static inline char *
ex_buf_room(struct ex_buf *b, size_t n)
{
	if (b->p == NULL || n > b->size - b->n)
		return ex_buf_grow(b, n);
	return b->p + b->n;
}

static inline void
ex_buf_add(struct ex_buf *b, const void *p, size_t n)
{
	char *to;

	if (n == 0 || (to = ex_buf_room(b, n)) == NULL)
		return;
	memcpy(to, p, n);
	b->n += n;
}

static inline void
ex_buf_str(struct ex_buf *b, struct ex_str s)
{
	ex_buf_add(b, s.p, s.n);
}

static inline void
ex_buf_puts(struct ex_buf *b, const char *s)
{
	ex_buf_add(b, s, strlen(s));
}

static inline void
ex_buf_putc(struct ex_buf *b, char c)
{
	char *to = ex_buf_room(b, 1);

	if (to != NULL) {
		*to = c;
		b->n++;
	}
}

void	 ex_buf_fmt(struct ex_buf *b, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* What it holds (never absent); valid until the next call with b. */
static inline struct ex_str
ex_buf_get(const struct ex_buf *b)
{
	return (struct ex_str){ b->p != NULL ? b->p : "", b->n };
}

void	 ex_buf_clear(struct ex_buf *b);	/* keeps the memory */
void	 ex_buf_fini(struct ex_buf *b);

#endif
