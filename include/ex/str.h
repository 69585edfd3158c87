/*
 * str.h: a run of bytes that somebody else owns
 *
 * Not ended by NUL, may hold any byte.  p NULL means "absent", which is
 * not the same as empty.  Order is that of the bytes, never the locale's.
 */
#ifndef EX_STR_H
#define EX_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct ex_str {
	const char *p;
	size_t n;
};

#define EX_STR_NONE	((struct ex_str){ NULL, 0 })
/* A string literal as a run of bytes. */
#define EX_STR(lit)	((struct ex_str){ (lit), sizeof(lit) - 1 })
/* For printf's "%.*s". */
#define EX_STR_ARG(s)	(int)(s).n, (s).p

/* s, which ends with NUL (NULL: absent), as a run; nothing is copied. */
struct ex_str	 ex_str_of(const char *s);

/* Absent equals absent only. */
bool	 ex_str_eq(struct ex_str a, struct ex_str b);

/*
 * Is s these bytes?  lit ends with NUL.  Here, so that the compiler knows
 * a literal's length: names are compared a dozen times for each property.
 */
static inline bool
ex_str_is(struct ex_str s, const char *lit)
{
	size_t n = strlen(lit);

	return s.p != NULL && s.n == n && memcmp(s.p, lit, n) == 0;
}

/* As ex_str_is(), A-Z and a-z alike. */
bool	 ex_str_is_nocase(struct ex_str s, const char *lit);

/* Byte order, as memcmp; absent is first. */
int	 ex_str_cmp(struct ex_str a, struct ex_str b);

bool	 ex_str_starts(struct ex_str s, const char *lit);
bool	 ex_str_ends(struct ex_str s, const char *lit);

/* Without blanks, tabs and line ends at both ends. */
struct ex_str	 ex_str_trim(struct ex_str s);

/* The value of a hex digit, whatever its case; -1: it is none. */
int	 ex_str_hex(char c);

/* A decimal number of at most 18 digits and nothing else; -1: it is none. */
long long	 ex_str_number(struct ex_str s);

/* For a table in memory: Bernstein's, not to be kept anywhere. */
unsigned	 ex_str_hash(struct ex_str s);

#endif
