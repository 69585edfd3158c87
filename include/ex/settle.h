/*
 * settle.h: what a person decides about a snapshot
 *
 * Each is one transaction on a snapshot opened with EX_SNAP_WRITE; the next
 * run carries it out.
 */
#ifndef EX_SETTLE_H
#define EX_SETTLE_H

#include <ex/snapwrite.h>

/*
 * A left item is to be what that folder holds (gone there: deleted), or
 * item if it is not NULL; deleted if both are absent.  Every folder counts
 * as having seen all of them.
 * EX_ERR_GONE: there is no such entry, or it is not left.
 */
int	 ex_settle(struct ex_snap *s, struct ex_str uid, struct ex_str folder,
	    const struct ex_item *item, struct ex_err *err);

/* The folder leaves the ring; its items stay where they are. */
int	 ex_settle_leave(struct ex_snap *s, struct ex_str folder,
	    struct ex_err *err);

/* The folder has another name in the ring file. */
int	 ex_settle_rename(struct ex_snap *s, struct ex_str folder,
	    struct ex_str name, struct ex_err *err);

/*
 * The folder is the same under another identity (a directory that was
 * moved): its bindings stay, and it is listed in full.  Without an identity
 * (absent) it may be any, and its items have other ids: the next run finds
 * them by UID and content, and makes those that are not there.
 */
int	 ex_settle_relink(struct ex_snap *s, struct ex_str folder,
	    struct ex_str identity, struct ex_err *err);

#endif
