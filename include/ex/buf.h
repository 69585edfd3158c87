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

#include <ex/str.h>

struct ex_buf {
	char *p;
	size_t n;		/* bytes in use */
	size_t size;		/* bytes allocated */
	size_t cap;		/* 0: EX_CAP_RECORD */
	bool over;
};

#define EX_BUF_INIT	{ NULL, 0, 0, 0, false }

void	 ex_buf_add(struct ex_buf *b, const void *p, size_t n);
void	 ex_buf_str(struct ex_buf *b, struct ex_str s);
void	 ex_buf_puts(struct ex_buf *b, const char *s);
void	 ex_buf_putc(struct ex_buf *b, char c);
void	 ex_buf_fmt(struct ex_buf *b, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Room for n more bytes behind b->n, to be written by the caller, who then
 * adds to b->n.  NULL past the cap.
 */
char	*ex_buf_room(struct ex_buf *b, size_t n);

/* What it holds; valid until the next call with b. */
struct ex_str	 ex_buf_get(const struct ex_buf *b);

void	 ex_buf_clear(struct ex_buf *b);	/* keeps the memory */
void	 ex_buf_fini(struct ex_buf *b);

#endif
