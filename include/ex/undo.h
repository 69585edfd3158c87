/*
 * undo.h: the plan that takes a run back (exmerge -R)
 *
 * For every item that the run decided on, and whose master is still what
 * the run made of it, the plan's master is what it was before.  Its ops are
 * conditional as any plan's, so what somebody has edited since stays.
 */
#ifndef EX_UNDO_H
#define EX_UNDO_H

#include <stddef.h>
#include <stdio.h>

struct ex_err;

struct ex_undo {
	const char *snapshot;
	const char *ring;	/* file; NULL: every folder may be written */
	/*
	 * A run's number, a file of results or "-"; NULL: the last one
	 * that changed an item.
	 */
	const char *what;
	/* An item that is not taken back, and why. */
	void (*warn)(const char *text);
	size_t items, skipped, create, update, delete;	/* what came of it */
};

/* Write the plan to out.  Fails without an end record. */
int	 ex_undo_run(struct ex_undo *u, FILE *out, struct ex_err *err);

#endif
