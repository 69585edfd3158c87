/*
 * lazy.h: a library that is loaded when it is first needed
 *
 * Linked in, libical, ICU and libxml2 take a program more time to start
 * (45,000 relocations) than most of them run.  So the one file that may
 * include such a library has a table of what it calls there:
 *
 *	static struct {
 *		UConverter *(*open)(const char *name, UErrorCode *status);
 *	} icu;
 *	static const struct ex_lazy want[] = {
 *		EX_LAZY(icu.open, ucnv_open)
 *	};
 *
 * and the Makefile does not link the library, so that a call past the table
 * is an error of the linker.
 */
#ifndef EX_LAZY_H
#define EX_LAZY_H

#include <stddef.h>

struct ex_err;

struct ex_lazy {
	const char *name;	/* of the function */
	void *at;		/* the pointer to it */
};

/* A member of another type than the function's does not compile. */
#define EX_LAZY(member, function) \
	{ EX_LAZY_NAME(function), (char *)&(member) + \
	    0 * sizeof((member) = (function)) }
/* ICU's names are macros, for they end in its version. */
#define EX_LAZY_NAME(function)	EX_LAZY_TEXT(function)
#define EX_LAZY_TEXT(name)	#name

/* Libraries of which more than one file has a part, and their packages. */
#define EX_LAZY_ICAL	"libical.so.3", "libical3"
#define EX_LAZY_ICU(part) \
	"libicu" part ".so." EX_LAZY_NAME(U_ICU_VERSION_MAJOR_NUM), \
	"libicu" EX_LAZY_NAME(U_ICU_VERSION_MAJOR_NUM)

/*
 * Load it ("libxml2.so.2") for good and fill the n pointers.  package is
 * what to install on Debian.  Not for two threads at once: pthread_once.
 * EX_ERR_SYSTEM: it is not there, or lacks a function.
 */
int	 ex_lazy_load(const char *library, const char *package,
	    const struct ex_lazy *want, size_t n, struct ex_err *err);
/*
 * The same for what nothing goes without: like a lack of memory, a lack of
 * it ends the program with 2.
 */
void	 ex_lazy_need(const char *library, const char *package,
	    const struct ex_lazy *want, size_t n);

#endif
