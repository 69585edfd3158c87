/*
 * mergepriv.h: what the files of exmerge share (lib/sync/merge*.c)
 */
#ifndef EX_MERGEPRIV_H
#define EX_MERGEPRIV_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/hash.h>
#include <ex/merge.h>
#include <ex/rec.h>
#include <ex/resolve.h>
#include <ex/ring.h>
#include <ex/store.h>

/* One version of an item, read no further than it must be. */
struct merge_ver {
	const struct ex_json *json;	/* as the line has it, or NULL */
	const struct ex_item *item;	/* NULL: not parsed, or empty */
	struct ex_flat *flat;
	struct ex_str text;		/* as it is written */
	struct ex_str hash;
};

enum merge_is {
	MERGE_SAME,
	MERGE_EDITED,
	MERGE_NEW,
	MERGE_GONE,
	MERGE_ABSENT,
	MERGE_BEHIND,
	MERGE_UNKNOWN
};

/* A folder of the ring, by the stream's begin. */
struct merge_folder {
	struct ex_str name;
	bool reads, writes, repair;
	size_t prefer;			/* in the policy; else (size_t)-1 */
	size_t op[3];			/* owed, of this part */
	long long items, edited, new, gone, unknown;
};

/* An entry in one folder. */
struct merge_side {
	struct merge_folder *f;		/* NULL: not of this run, unknown */
	struct ex_str name;
	enum merge_is is;
	struct ex_str id, rev, uid, as, refused;
	struct merge_ver *base, *shadow, *now;	/* NULL: empty */
	struct merge_ver *after;	/* base with its own edit */
	const struct ex_delta *d;	/* NULL: not in E */
	bool agreed;			/* in D, and base was the master */
	bool left_out;			/* bound without an id */
	size_t editor;			/* in E: its index */
};

struct merge_op {
	enum ex_write_op op;
	struct merge_side *side;
	struct ex_str name;
};

/* The line at hand. */
struct merge_line {
	struct ex_str uid, place;
	enum ex_kind kind;
	bool gone;			/* a tombstone */
	struct merge_ver *master;	/* NULL: none */
	struct merge_side *side;	/* by name */
	size_t nside;
	/* decided: */
	struct merge_ver *result;	/* NULL: delete */
	bool left;
	struct ex_resolve r;
	struct ex_str item_why;		/* a conflict of the whole item */
	struct ex_str item_won, problem;
	struct merge_ver *item_base;
	bool master_won;
	struct merge_op *op;
	size_t nop;
};

struct merge {
	const struct ex_merge_options *opt;
	struct ex_merge_count *count;
	struct ex_rec_in *in;
	struct ex_rec_out out;
	struct ex_canon *canon;
	struct ex_hash *hash;
	struct ex_arena ring_a;		/* of the section */
	struct ex_arena a;		/* of the line */
	struct ex_buf buf;
	struct ex_str ring_id;
	long long generation;
	enum ex_policy policy;
	struct ex_str *prefer;
	size_t nprefer;
	bool delete_wins;
	struct merge_folder *folder;	/* by name */
	size_t nfolder;
	unsigned part;
};

/* lib/sync/mergein.c */
int	 merge_read(struct merge *m, const struct ex_rec *rec,
	    struct merge_line *l, struct ex_err *err);
int	 merge_begin(struct merge *m, const struct ex_rec *rec,
	    struct ex_err *err);
struct merge_folder	*merge_folder(const struct merge *m,
			    struct ex_str name);
/* Parse, flatten, hash, write: each at most once.  NULL is empty. */
int	 merge_item(struct merge *m, const struct merge_line *l,
	    struct merge_ver *v, struct ex_err *err);
int	 merge_flat(struct merge *m, const struct merge_line *l,
	    struct merge_ver *v, struct ex_flat **out, struct ex_err *err);
struct ex_str	 merge_hash(struct merge *m, struct merge_ver *v);
int	 merge_equal(struct merge *m, const struct merge_line *l,
	    struct merge_ver *v, struct merge_ver *w, bool *out,
	    struct ex_err *err);
struct ex_str	 merge_text(struct merge *m, struct merge_ver *v);
struct merge_ver	*merge_made(struct merge *m,
			    const struct ex_item *item);

/* lib/sync/mergefold.c: the deltas, and the version made of them. */
int	 merge_deltas(struct merge *m, struct merge_line *l,
	    struct ex_err *err);
int	 merge_fold(struct merge *m, struct merge_line *l,
	    struct ex_err *err);

/* lib/sync/merge.c */
int	 merge_decide(struct merge *m, struct merge_line *l,
	    struct ex_err *err);

/* lib/sync/mergeout.c */
int	 merge_write(struct merge *m, struct merge_line *l,
	    struct ex_err *err);
/* An item of its own, made of what an editor has lost: policy "both". */
void	 merge_write_loser(struct merge *m, const struct merge_line *l,
	    const struct merge_side *side);

#endif
