/*
 * fetch.h: folders to item streams, side by side
 *
 * Each folder is listed in a thread of its own; the first writes to its
 * place at once, the others to an unlinked file until it is their turn, so
 * that the output is the same however fast each of them is.
 */
#ifndef EX_FETCH_H
#define EX_FETCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <ex/err.h>
#include <ex/export.h>
#include <ex/ring.h>

/* What a folder came to, for messages. */
struct ex_fetch_count {
	size_t items, kept, gone, hidden, bad;
	bool delta;		/* only what moved is counted */
	unsigned long requests;
	long long ms;
	time_t at;		/* when the listing began */
};

struct ex_fetch_folder {
	struct ex_store_conf conf;
	const struct ex_ring_folder *ring;	/* NULL: no ring */
	struct ex_fetch_count count;		/* filled in */
	struct ex_err err;			/* code 0: complete */
};

struct ex_fetch {
	const struct ex_ring *ring;	/* NULL: none */
	const char *snapshot;		/* NULL: none asked for */
	bool all;			/* no kept lines, no tokens */
	enum ex_export_form form;
	unsigned jobs;			/* threads; 0: one a folder, up to 8 */
	struct ex_fetch_folder *folder;
	size_t nfolder;
	atomic_size_t seen;		/* items of all folders; for progress */
	/* An item that does not go into the form, or is bad: say so. */
	void (*warn)(const char *folder, const char *id, const char *why);
};

/*
 * All folders to out, in their order.  A folder that fails has its err set
 * and no end record; the others are written all the same.  -1: some
 * folder failed (err: the first one's), or out did.
 */
int	 ex_fetch_run(struct ex_fetch *f, FILE *out, struct ex_err *err);

#endif
