/*
 * snapshot.h: what the folders last agreed on (ring.md, State)
 *
 * One SQLite file, 0600, WAL, synchronous=FULL, one writer.  Reading is by
 * scans in key order.  Contents are addressed by (entry, hash); equal ones
 * of an entry are stored once.  Every error names the file.
 */
#ifndef EX_SNAPSHOT_H
#define EX_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/cap.h>
#include <ex/item.h>
#include <ex/str.h>

#define EX_SNAP_NAME	(EX_CAP_FOLDER_NAME + 1)

struct ex_snap;

enum ex_snap_mode {
	EX_SNAP_READ,		/* one state throughout: one transaction */
	EX_SNAP_WRITE,		/* with the lock; it must exist */
	EX_SNAP_REHASH,		/* likewise, also if its hashes are older */
	EX_SNAP_CREATE		/* with the lock; made if it does not exist */
};

/*
 * EX_ERR_GONE: there is none; EX_ERR_AGAIN: locked, and by whom;
 * EX_ERR_INPUT: no snapshot of ours, damaged, of a newer exring, or its
 * hashes were made by other rules (ex_snap_rehash()).
 */
int	 ex_snap_open(struct ex_snap **s, const char *path,
	    enum ex_snap_mode mode, struct ex_err *err);
void	 ex_snap_close(struct ex_snap *s);

struct ex_snap_ring {
	struct ex_str id;	/* absent: nothing was ever committed */
	long long generation;	/* 0: likewise */
	struct ex_str config;	/* digest of the ring file */
	int canon;		/* version of the normal form */
	enum ex_kind kind;
};

int	 ex_snap_ring(struct ex_snap *s, struct ex_arena *a,
	    struct ex_snap_ring *ring, struct ex_err *err);

struct ex_snap_folder {
	struct ex_str name, identity, scope;
	struct ex_str token;	/* absent: none */
};

/* In byte order of their names; bindings name them by this index. */
int	 ex_snap_folders(struct ex_snap *s, struct ex_arena *a,
	    struct ex_snap_folder **folder, size_t *n, struct ex_err *err);
/* How many items of that folder are bound to an id: they are counted. */
int	 ex_snap_items(struct ex_snap *s, size_t folder, long long *items,
	    struct ex_err *err);

/* Why something is noted; "hidden: ..." and "bad: ..." say more. */
#define EX_SNAP_ALONE	"left alone"	/* a target's own */
#define EX_SNAP_COPY	"second copy"
#define EX_SNAP_DIFFERS	"second copy, different"

/*
 * Is rev what stands for id in that folder, in a binding or a note?  Asked
 * in byte order of id it is one scan, else look-ups.  false also for an
 * absent rev, for copies that differ (each run has to look at them), and,
 * if alone is not set, for what was left alone (it is not to be any more).
 * *full: there are such, so a listing of what changed is not enough.  An
 * error shows in ex_snap_known_err().
 */
struct ex_snap_known;
int	 ex_snap_known_open(struct ex_snap *s, struct ex_str folder,
	    bool alone, struct ex_snap_known **k, bool *full,
	    struct ex_err *err);
bool	 ex_snap_known(struct ex_snap_known *k, struct ex_str id,
	    struct ex_str rev);
int	 ex_snap_known_err(struct ex_snap_known *k, struct ex_err *err);
void	 ex_snap_known_close(struct ex_snap_known *k);

/*
 * All ids that are known in that folder, of bindings and notes, in byte
 * order: 1, 0 at the end, -1.  An id is valid until the next one is asked
 * for.  *ids NULL: the snapshot has no such folder.
 */
struct ex_snap_ids;
int	 ex_snap_ids_open(struct ex_snap *s, struct ex_str folder,
	    struct ex_snap_ids **ids, struct ex_err *err);
int	 ex_snap_ids_next(struct ex_snap_ids *ids, struct ex_str *id,
	    struct ex_err *err);
void	 ex_snap_ids_close(struct ex_snap_ids *ids);

/* What we created in that folder since its token, by byte order of ids. */
int	 ex_snap_made(struct ex_snap *s, struct ex_str folder,
	    struct ex_arena *a, struct ex_str **id, size_t *n,
	    struct ex_err *err);

enum ex_snap_now {
	EX_SNAP_NOW_NONE,	/* no decision is open */
	EX_SNAP_NOW_GONE,
	EX_SNAP_NOW_ITEM
};

struct ex_snap_binding {
	size_t folder;
	struct ex_str id;	/* absent: left out (ring.md 3, write-only) */
	struct ex_str rev;	/* absent: says nothing */
	struct ex_str uid;	/* absent: the entry's */
	struct ex_str as;
	/*
	 * Hashes of contents.  Absent: the master's (base and shadow are then
	 * the master).  "" : empty, as of a left entry that has no master.
	 */
	struct ex_str base, shadow;
	enum ex_snap_now now;
	struct ex_str now_hash;
};

struct ex_snap_intent {
	size_t folder;
	long long run;
	enum ex_snap_op { EX_SNAP_CREATE_OP, EX_SNAP_UPDATE_OP,
	    EX_SNAP_DELETE_OP } op;
	struct ex_str name;	/* create: the plan's name or mark */
	struct ex_str id;	/* update, delete */
	struct ex_str sent;	/* hash of what was sent; delete: absent */
};

struct ex_snap_refused {
	size_t folder;
	struct ex_str hash, why;
};

struct ex_snap_entry {
	struct ex_str uid;
	enum ex_kind kind;
	struct ex_str master;	/* hash; absent: a tombstone, or none yet */
	bool gone;		/* a tombstone */
	struct ex_snap_binding *binding;	/* by folder */
	size_t nbinding;
	struct ex_snap_intent *intent;		/* open ones, by folder */
	size_t nintent;
	struct ex_snap_refused *refused;	/* by folder */
	size_t nrefused;
};

/* All entries in byte order of uid: one scan.  1, 0, -1. */
struct ex_snap_scan;
int	 ex_snap_scan_open(struct ex_snap *s, struct ex_snap_scan **scan,
	    struct ex_err *err);
int	 ex_snap_scan_next(struct ex_snap_scan *scan, struct ex_arena *a,
	    struct ex_snap_entry *e, struct ex_err *err);
void	 ex_snap_scan_close(struct ex_snap_scan *scan);

/* One entry by its uid: 1, 0 there is none, -1. */
int	 ex_snap_entry(struct ex_snap *s, struct ex_str uid,
	    struct ex_arena *a, struct ex_snap_entry *e, struct ex_err *err);

/* The content (JSON, `data`) of an entry by its hash. */
int	 ex_snap_body(struct ex_snap *s, struct ex_str uid, struct ex_str hash,
	    struct ex_arena *a, struct ex_str *data, struct ex_err *err);

struct ex_snap_note {
	size_t folder;
	struct ex_str id, rev, uid, mark, why;
};

/* All notes by folder and id. */
int	 ex_snap_notes(struct ex_snap *s, struct ex_arena *a,
	    struct ex_snap_note **note, size_t *n, struct ex_err *err);

/* Conflicts left for a person, by uid: those that are open, or all. */
struct ex_snap_conflict {
	long long run;
	struct ex_str uid;
	bool left, open;
	struct ex_str data;	/* JSON, as `conflicts` of a plan line */
};

int	 ex_snap_conflicts(struct ex_snap *s, bool all, struct ex_arena *a,
	    struct ex_snap_conflict **conflict, size_t *n,
	    struct ex_err *err);

/* The open one of an item: 1, 0 there is none, -1. */
int	 ex_snap_conflict(struct ex_snap *s, struct ex_str uid,
	    struct ex_arena *a, struct ex_snap_conflict *conflict,
	    struct ex_err *err);

/* The runs that the log still has, the oldest first. */
int	 ex_snap_runs(struct ex_snap *s, struct ex_arena *a, long long **run,
	    size_t *n, struct ex_err *err);

/*
 * The log of one run, by uid: for each line of the plan that changed the
 * master, had ops or met a conflict a row "taken" (no folder; was and
 * master), then one for each op ("create", "update", "delete") that was
 * answered, by folder; for what a person settled a row "settled", as
 * "taken".  Hashes are those of bodies that ex_snap_body() still has; an
 * absent `after` of a create or update is the master.
 */
struct ex_snap_log {
	struct ex_str uid, op;
	struct ex_str folder;	/* name; absent: taken or settled */
	struct ex_str was, master;	/* hashes; absent: none or deleted */
	struct ex_str before, after;
	struct ex_str id, rev;	/* as the run left them */
	struct ex_str outcome;	/* absent: done; else why not */
	bool again;		/* not done: the next run tries it */
	struct ex_str folders;	/* taken: JSON {"alice":{"id":..,"rev":..}} */
};

/*
 * Did the last run before this one fail there too, with an answer that ends
 * like that?
 */
int	 ex_snap_failed_before(struct ex_snap *s, struct ex_str uid,
	    size_t folder, struct ex_str end, bool *failed,
	    struct ex_err *err);

struct ex_snap_runlog;
int	 ex_snap_log_open(struct ex_snap *s, long long run,
	    struct ex_snap_runlog **log, struct ex_err *err);
int	 ex_snap_log_next(struct ex_snap_runlog *log, struct ex_arena *a,
	    struct ex_snap_log *row, struct ex_err *err);
void	 ex_snap_log_close(struct ex_snap_runlog *log);

#endif
