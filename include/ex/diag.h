/*
 * diag.h: what a program says on stderr, and how it ends
 *
 * Messages are "program: place: problem", one line, one write(2); control
 * bytes and bytes that are not UTF-8 become '?'.  Only tools call these
 * (lib may call ex_diag_oom() and the progress functions, and has trace.h).
 */
#ifndef EX_DIAG_H
#define EX_DIAG_H

#include <stdbool.h>
#include <stdint.h>

struct ex_err;

enum ex_exit {
	EX_EXIT_OK = 0,
	EX_EXIT_NO = 1,		/* done, and the answer is no */
	EX_EXIT_TROUBLE = 2,	/* the output may be incomplete */
	EX_EXIT_AGAIN = 3	/* as 2, but it may work later */
};

/*
 * The program's name for messages; sets the C locale and UTC.  A mapped file
 * that is cut short ends the program from then on, with a message and 3.
 */
void	 ex_diag_init(const char *program);

/* That name, "exring" if none was set. */
const char	*ex_diag_program(void);

/* -q: only errors, that is, no ex_note(). */
void	 ex_diag_quiet(bool quiet);

/* Something a person should know; left out with -q. */
void	 ex_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Something is wrong, and the program goes on. */
void	 ex_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 ex_warn_err(const struct ex_err *err);
/* Something is wrong, and the program ends, with 2, or 3 for EX_ERR_AGAIN. */
void	 ex_die(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2), noreturn));
void	 ex_die_err(const struct ex_err *err) __attribute__((noreturn));
void	 ex_diag_oom(void) __attribute__((noreturn));

/* The exit status that goes with an error. */
enum ex_exit	 ex_exit_of(const struct ex_err *err);

/*
 * Flush and close stdout and return status; output that did not get out
 * (disk full, closed pipe) is said and returns 2 instead.
 */
int	 ex_finish(enum ex_exit status);

/* -V: the program's name and version on stdout; returns the exit status. */
int	 ex_version(void);

/*
 * One line on stderr, if that is a terminal, once work has lasted over a
 * second, then at most ten times a second: what, done of all (0: unknown),
 * rate, time left.  ex_progress_end() takes it away; messages do that too.
 * Safe to call from several threads.
 */
void	 ex_progress(const char *what, uint64_t done, uint64_t all);
void	 ex_progress_end(void);

#endif
