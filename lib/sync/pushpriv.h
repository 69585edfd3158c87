/*
 * pushpriv.h: what the files that carry a plan out share (lib/sync/push*.c)
 */
#ifndef EX_PUSHPRIV_H
#define EX_PUSHPRIV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include <ex/arena.h>
#include <ex/err.h>
#include <ex/hash.h>
#include <ex/json.h>
#include <ex/plan.h>
#include <ex/push.h>
#include <ex/rec.h>
#include <ex/snapwrite.h>

struct ex_canon;

#define PUSH_NONE	SIZE_MAX
#define PUSH_OPS	3

/* A line of the plan; with its uid less than 100 bytes. */
struct push_line {
	struct ex_str uid;
	uint64_t offset;
	bool writes, deletes;	/* has such ops */
	bool left;
	bool unseen;		/* no folder has it: a version that lost */
};

struct push_folder {
	const struct ex_ring_folder *ring;
	bool planned;		/* in the plan's begin */
	struct ex_str identity, scope, token;
	bool first;
	long long items;	/* as the plan has it */
	long long before;	/* that the snapshot has */
	long long edited, gone;
	long long said[PUSH_OPS], counted[PUSH_OPS];
	size_t snap;		/* its index in the snapshot */

	/* While it is being written to; a task at a time. */
	bool busy;
	struct ex_store *store;
	bool closed;		/* nothing more is written: why says it */
	enum ex_answer answer;	/* what every other op gets then */
	struct ex_err err;
	unsigned lists;		/* that looked for what is there already */
	bool told;		/* that it is closed (main thread) */
	struct ex_push_folder count;
};

/* What came of an op. */
enum push_end {
	PUSH_OPEN,		/* nothing yet */
	PUSH_STORED,
	PUSH_NEXT,		/* not written: the next run decides */
	PUSH_BUSY,		/* not now: owed */
	PUSH_UNKNOWN,		/* perhaps written: owed */
	PUSH_DENIED,
	PUSH_REFUSED
};

struct push_job {
	struct ex_str uid;	/* of the entry */
	struct ex_plan_op op;
	struct push_folder *folder;
	struct ex_item item;	/* create, update: as it is to be written */
	struct ex_str hash;	/* of it */
	struct ex_str shadow;	/* update, delete: hash of what it was */

	/* In the task's arena: */
	enum push_end end;
	bool retried;		/* a stale answer was looked into */
	bool go;		/* looked into, and it may go on */
	bool unsure;		/* an earlier try may have been written */
	bool broke;		/* the server broke down at the last try */
	struct ex_str id, rev, as, found_uid;
	struct ex_str after;	/* hash of what the folder made of it */
	struct ex_str data;	/* and that, where the hash is another */
	struct ex_str why;
	struct ex_str lacks;	/* stored: what of it is not; or absent */
};

struct push_chunk {
	struct ex_arena a;	/* lines and items, shared by its tasks */
	size_t tasks;		/* that are not yet done */
};

/* A chunk's ops in one folder: carried out by one thread. */
struct push_task {
	struct push *p;
	struct push_chunk *chunk;
	struct push_folder *folder;
	struct push_job *job;
	size_t njob, size;
	struct ex_arena a;
	bool closed;		/* the folder was, when it was done */
	struct push_task *next;
};

struct push {
	struct ex_push *u;
	struct ex_arena a;	/* as long as the push */
	struct ex_arena line;	/* of one line */
	struct ex_buf buf;
	struct ex_rec_in *in;
	struct ex_canon *canon;	/* the main thread's */
	struct ex_str id;	/* the ring's, in the plan */
	long long generation;
	struct ex_str begin;	/* the ring member, as JSON */
	struct push_line *line_at;
	size_t nline;
	uint64_t *note;
	size_t nnote;
	uint64_t *all;		/* offsets of all lines, to be saved */
	size_t nall;
	struct push_folder *folder;	/* as the ring file's */
	size_t nfolder;
	bool whole;		/* a store of them is written as a whole */
	struct ex_snap *snap;	/* NULL: there is none yet */
	bool fresh;		/* the snapshot knows no entry yet */
	bool refusals;		/* it has some */
	enum {
		PUSH_COPIES_UNKNOWN,
		PUSH_COPIES_NONE,
		PUSH_COPIES
	} copies;		/* are second copies noted in it? */
	struct ex_snap_conflict *open;	/* conflicts, by uid */
	size_t nopen;
	bool wrote;		/* the plan's transaction is committed */
	long long run;		/* 0: nothing to be logged */

	/* The pool. */
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct push_task *todo, **todo_end, *ready;
	size_t chunks;		/* given out and not taken back */
	bool stop;
	pthread_t *thread;
	size_t nthread;

	/* Acknowledgements that are not yet committed. */
	bool acking;
	size_t acks;
	uint64_t answered, ops;	/* of the run, for progress */
	long long since;	/* by clock.h */
	atomic_ulong steps;
};

/* Kill ourselves if this was the transaction or write to stop after. */
void	 push_step(struct push *p);
struct push_folder	*push_folder(struct push *p, struct ex_str name);
/* Record lineno-th of the plan as a line, in arena a. */
int	 push_line(struct push *p, uint64_t offset, struct ex_arena *a,
	    struct ex_plan_line *line, struct ex_err *err);
int	 push_commit(struct push *p, struct ex_err *err);

/* pushplan.c: read the plan, and its account of itself. */
int	 push_load(struct push *p, struct ex_err *err);
/* pushguard.c: may it go on?  -1: no, and the plan is saved. */
int	 push_guard(struct push *p, struct ex_err *err);
/* pushtake.c: what the plan says of the past, and its intents: committed. */
int	 push_take(struct push *p, struct ex_err *err);
/* pushwork.c: carry a task's ops out; in any thread. */
void	 push_work(struct push_task *t, struct ex_canon *canon);
/*
 * pushread.c: read id[i] for job[i]; use() is called once for each.  f NULL:
 * why says it.  job is used up.
 */
typedef void	 push_read_use(void *arg, struct push_job *j,
		    const struct ex_found *f, const struct ex_err *why);
void	 push_read(struct ex_store *s, struct push_job **job,
	    const struct ex_str *id, size_t n, push_read_use *use, void *arg);
/* pushack.c: what came of a task, into the snapshot (in a transaction). */
int	 push_ack(struct push *p, const struct push_task *t,
	    struct ex_err *err);
/* pushpool.c: all ops, deletes or the others. */
int	 push_phase(struct push *p, bool deletes, struct ex_err *err);
#endif
