/*
 * err.h: what failed
 *
 * The library returns 0 or -1 (readers: 1, 0 at the end, -1) and fills the
 * caller's struct.  The lowest function that knows the place (file, line,
 * property) writes it into the message; callers pass it up untouched.
 */
#ifndef EX_ERR_H
#define EX_ERR_H

enum ex_errcode {
	EX_ERR_INPUT = 1,	/* the data is malformed; a retry cannot help */
	EX_ERR_SYSTEM,		/* a system call failed */
	EX_ERR_REMOTE,		/* the server refused, for good */
	EX_ERR_STALE,		/* the item changed since it was fetched */
	EX_ERR_EXISTS,		/* something is there already */
	EX_ERR_GONE,		/* nothing is there any more */
	EX_ERR_DENIED,		/* not allowed */
	EX_ERR_AGAIN		/* the same call may work later */
};

struct ex_err {
	enum ex_errcode code;
	char msg[512];		/* "old.exi:42: DTSTART: no such day" */
};

/*
 * Fill err.  Always returns -1, to be returned in turn.  A format that ends
 * in ':' gets a blank and the text of errno behind it.
 */
int	 ex_err_set(struct ex_err *err, enum ex_errcode code,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Put "fmt: " in front of the message.  Always returns -1.  Only for a
 * place that the lower function could not know.
 */
int	 ex_err_at(struct ex_err *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
