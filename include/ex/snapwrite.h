/*
 * snapwrite.h: changing a snapshot
 *
 * Only between ex_snap_begin() and ex_snap_commit(), on a snapshot opened
 * with EX_SNAP_WRITE or EX_SNAP_CREATE.  Folders are named by their index in
 * ex_snap_folders(); ex_snap_set_folder() may change the indexes, so all
 * folders come first.  Fastest in byte order of uid.
 */
#ifndef EX_SNAPWRITE_H
#define EX_SNAPWRITE_H

#include <ex/snapshot.h>

int	 ex_snap_begin(struct ex_snap *s, struct ex_err *err);
/* On the disk when it returns.  The generation goes up by one. */
int	 ex_snap_commit(struct ex_snap *s, struct ex_err *err);
/* Nothing since ex_snap_begin() was.  Does nothing where none is open. */
void	 ex_snap_rollback(struct ex_snap *s);

/* id and kind only once, at the first commit; generation is not looked at. */
int	 ex_snap_set_ring(struct ex_snap *s, const struct ex_snap_ring *ring,
	    struct ex_err *err);

/* We have created id there; forgotten when the folder's token changes. */
int	 ex_snap_put_made(struct ex_snap *s, size_t folder, struct ex_str id,
	    struct ex_err *err);

/* Make or change the folder of that name; items is not looked at. */
int	 ex_snap_set_folder(struct ex_snap *s, const struct ex_snap_folder *f,
	    struct ex_err *err);
/*
 * Every binding, note, refusal and intent of the folder is void: another
 * identity, or the folder leaves the ring.  Then the folder itself is
 * dropped if leave is set; the items stay where they are.
 */
int	 ex_snap_forget_folder(struct ex_snap *s, size_t folder, bool leave,
	    struct ex_err *err);
/* A folder has another name; the new one must be free. */
int	 ex_snap_rename_folder(struct ex_snap *s, size_t folder,
	    struct ex_str name, struct ex_err *err);
/*
 * Its items have other ids now: bindings keep what they say, but for id and
 * rev; notes and refusals are void, identity and token are not known.
 */
int	 ex_snap_unlink_folder(struct ex_snap *s, size_t folder,
	    struct ex_err *err);
/* Index by name; -1: there is none. */
int	 ex_snap_folder_index(struct ex_snap *s, struct ex_str name,
	    size_t *index, struct ex_err *err);

/* master is a hash; absent: none yet, or with gone a tombstone. */
int	 ex_snap_put_entry(struct ex_snap *s, struct ex_str uid,
	    struct ex_str master, bool gone, struct ex_err *err);
/* A body comes before what refers to it; known ones are not stored again. */
int	 ex_snap_put_body(struct ex_snap *s, struct ex_str uid,
	    struct ex_str hash, struct ex_str data, struct ex_err *err);
int	 ex_snap_put_binding(struct ex_snap *s, struct ex_str uid,
	    const struct ex_snap_binding *b, struct ex_err *err);
int	 ex_snap_drop_binding(struct ex_snap *s, struct ex_str uid,
	    size_t folder, struct ex_err *err);
/* Are second copies noted, in any folder? */
int	 ex_snap_has_copies(struct ex_snap *s, bool *copies,
	    struct ex_err *err);
/*
 * To the item of a second copy that is noted there, whose note goes.  1: so
 * it is; 0: there is none, and nothing was done.
 */
int	 ex_snap_pass_binding(struct ex_snap *s, struct ex_str uid,
	    size_t folder, struct ex_err *err);
int	 ex_snap_put_note(struct ex_snap *s, const struct ex_snap_note *note,
	    struct ex_err *err);
int	 ex_snap_drop_note(struct ex_snap *s, size_t folder, struct ex_str id,
	    struct ex_err *err);
/* Of this run; intent->run is not looked at. */
int	 ex_snap_put_intent(struct ex_snap *s, struct ex_str uid,
	    const struct ex_snap_intent *intent, struct ex_err *err);
/* All that the entry has open in that folder. */
int	 ex_snap_close_intents(struct ex_snap *s, struct ex_str uid,
	    size_t folder, struct ex_err *err);
int	 ex_snap_put_refused(struct ex_snap *s, struct ex_str uid,
	    const struct ex_snap_refused *refused, struct ex_err *err);
int	 ex_snap_drop_refused(struct ex_snap *s, struct ex_str uid,
	    size_t folder, struct ex_err *err);
/* An open one of that entry is replaced; left ones stay open. */
int	 ex_snap_put_conflict(struct ex_snap *s, struct ex_str uid, bool left,
	    struct ex_str data, struct ex_err *err);
int	 ex_snap_close_conflict(struct ex_snap *s, struct ex_str uid,
	    struct ex_err *err);

/*
 * Hash all contents anew, by the rules of this program; a transaction of
 * its own.  On a snapshot opened with EX_SNAP_REHASH.
 */
int	 ex_snap_rehash(struct ex_snap *s, struct ex_err *err);

/*
 * A run begins in the open transaction; its number is the generation that
 * this transaction makes.
 */
int	 ex_snap_run_begin(struct ex_snap *s, struct ex_err *err);
/*
 * Likewise, but if the last run has nothing else in its log than rows
 * "settled", these go on: who settles fifty items makes one run of it.
 */
int	 ex_snap_run_settle(struct ex_snap *s, struct ex_err *err);
/* Runs older than the last `keep` are dropped: after all else. */
int	 ex_snap_run_keep(struct ex_snap *s, long long keep,
	    struct ex_err *err);
int	 ex_snap_put_log(struct ex_snap *s, const struct ex_snap_log *row,
	    struct ex_err *err);

/*
 * After the last change of an entry in this transaction: bodies that nothing
 * refers to go, and the entry itself if it is a tombstone (or has no
 * master) without binding and open intent.
 */
int	 ex_snap_tidy(struct ex_snap *s, struct ex_str uid,
	    struct ex_err *err);

#endif
