/*
 * push.h: carry a plan out, or copy items into a store (ring.md 4, 5)
 */
#ifndef EX_PUSH_H
#define EX_PUSH_H

#include <stdbool.h>
#include <stdio.h>

#include <ex/account.h>
#include <ex/ring.h>

struct ex_err;

/* What came of it, in ops and lines of the plan. */
struct ex_push_count {
	size_t taken, created, updated, deleted;
	size_t conflicts, left;	/* lines with conflicts; of them left */
	size_t refused;		/* for good, or the folder is not to be
				   written to */
	size_t owed;		/* the next run tries it */
	size_t partly;		/* done, but not all of it is kept there */
};

struct ex_push {
	const struct ex_ring *ring;
	const char *snapshot;
	const char *const *path;	/* the plan; npath 0: standard input */
	size_t npath;
	bool dry;		/* check, guard, count; change nothing */
	bool all, updates;	/* -d all, -d updates: past the guards */
	struct ex_limit max_delete;	/* n -1: the ring file's */
	unsigned jobs;		/* folders written at once; 0: up to 8 */
	unsigned long stop_after;	/* 0, or see push_step() */
	FILE *out;		/* the result stream; dry: the report */
	/* A person should know this, and it goes on. */
	void (*warn)(struct ex_str folder, struct ex_str uid,
	    const char *why);
	bool verbose;		/* dry: one line an op */
	struct ex_push_count count;
	/* What came of it in each folder, at the end; NULL: not wanted. */
	void (*told)(const struct ex_push_folder *f, size_t n);
};

/*
 * -1 before the first write: nothing was written.  EX_ERR_AGAIN: the plan is
 * of another generation or ring file, or the snapshot is locked.
 * EX_ERR_REMOTE: a guard stopped it, and the plan was saved.  -1 after it:
 * what is not in the result stream is owed or in the snapshot's log.
 */
int	 ex_push_run(struct ex_push *p, struct ex_err *err);

struct ex_snap;

/*
 * A run of the snapshot's log as a result stream (run 0: an empty one); ring:
 * the JSON object of that name in its begin.  left: uids, sorted, whose
 * conflicts belong to it although a run before has met them first.
 */
int	 ex_push_log(struct ex_snap *snap, long long run,
	    const struct ex_str *left, size_t nleft, struct ex_str ring,
	    FILE *out, struct ex_err *err);

struct ex_copy {
	struct ex_store_conf conf;	/* where to */
	const char *const *path;	/* the items; npath 0: standard input */
	size_t npath;
	bool dry;
	FILE *out;
	void (*warn)(struct ex_str folder, struct ex_str uid,
	    const char *why);
	size_t created, there, failed, bad;
};

/*
 * Create each item in the store if it is absent: one whose UID (without UID:
 * whose content) is there with the same content counts as done, with another
 * content as failed.  The stream is read to its end first.
 */
int	 ex_copy_run(struct ex_copy *c, struct ex_err *err);

#endif
