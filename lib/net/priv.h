/*
 * priv.h: what the files of lib/net share
 */
#ifndef EX_NET_PRIV_H
#define EX_NET_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/str.h>

struct ex_buf;
struct ex_err;

/*
 * A password or token, and a NUL that is not counted; p NULL: none.  Fixed
 * memory, that is wiped before it is freed.
 */
struct secret {
	char *p;
	size_t n;
};

/* authsource.c.  What fails says what it was, not where. */
void	 secret_free(struct secret *s);
void	 secret_set(struct secret *s, const char *p, size_t n);
void	 secret_wipe(void *p, size_t n);
/* The first line of what a command prints, of a file, of a variable. */
int	 secret_command(struct secret *s, const char *what,
	    const char *command, struct ex_err *err);
int	 secret_file(struct secret *s, const char *path,
	    struct ex_err *err);
int	 secret_env(struct secret *s, const char *name, struct ex_err *err);
/* A regular file that only its owner, who we are or root, may read? */
int	 secret_open(const char *path, struct ex_err *err);

/*
 * authnetrc.c: what $NETRC or ~/.netrc says of host, and of user if it is
 * not absent; 1: found, 0: nothing there, -1: the file is no good.
 */
int	 netrc_find(struct ex_str host, struct ex_str user,
	    struct secret *login, struct secret *password,
	    struct ex_err *err);

/* xmlfeed.c: XML's bytes before the parser sees them. */
enum xml_state {
	XML_PLAIN,
	XML_OPEN,		/* behind '<' */
	XML_DASH,		/* behind "<!-" */
	XML_COMMENT,
	XML_CDATA,
	XML_AMP,		/* behind '&' */
	XML_NUMBER		/* behind "&#" */
};

struct xml_feed {
	bool lenient;
	unsigned char need, low, high;	/* bytes of UTF-8 that are to come */
	enum xml_state state;
	unsigned match;
	unsigned base;
	bool digits;
	unsigned long number;
};

/*
 * What the parser gets of the next bytes, in b.  why is set if what follows
 * is not to be had.
 */
struct ex_str	 xml_feed(struct xml_feed *f, struct ex_str part,
		    struct ex_buf *b, const char **why);
/* Is nothing left half? */
bool	 xml_feed_done(const struct xml_feed *f);

#endif
