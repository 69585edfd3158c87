/*
 * priv.h: between the files of lib/sync that do one job together
 *
 * fetchall.c, fetch.c and ahead.c; diff.c, ident.c, match.c, side.c,
 * recover.c, noted.c, stray.c, copies.c, diffnote.c.
 */
#ifndef EX_SYNC_PRIV_H
#define EX_SYNC_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/diff.h>
#include <ex/fetch.h>
#include <ex/listing.h>
#include <ex/snapshot.h>
#include <ex/store.h>

/*
 * ahead.c: found(arg, ...) for each ex_ahead_put(), in their order; perhaps
 * later and in another thread, but never two at once, and all before
 * ex_ahead_end(), which frees.  -1: one of them has failed.
 */
struct ex_ahead;

struct ex_ahead	*ex_ahead_new(int (*found)(void *arg,
		    const struct ex_found *f, struct ex_err *err), void *arg);
int	 ex_ahead_put(struct ex_ahead *h, const struct ex_found *f,
	    struct ex_err *err);
int	 ex_ahead_end(struct ex_ahead *h, struct ex_err *err);

/* One folder to out; its err says what failed. */
int	 ex_fetch_folder(struct ex_fetch *f,
	    struct ex_fetch_folder *folder, FILE *out);

/* ex_listed.flags */
enum {
	REC_RANK = 3,		/* of its claim, see ident.c */
	REC_MOVED = 4,		/* its bound UID is listed elsewhere here */
	REC_EXTRA = 8,		/* assigned, but not by a binding's id */
	REC_NAMED = 16,		/* an open create's name or mark led to it */
	REC_TAKEN = 32,		/* it stands for its entry in its folder */
	REC_NOTED = 64		/* what is to be noted of it stands in noted */
};

/* What cannot be read, which is new, and has no UID: stray.c. */
struct diff_stray {
	struct ex_str id;
	uint32_t rec;
};

/* What a section means (ring.md 1, records.md). */
struct diff_folder {
	size_t snap;		/* index of the snapshot's folder, or NONE */
	bool first;		/* not in the snapshot under this identity */
	bool whole;		/* absence, or gone, means deleted */
	bool scope;		/* is the snapshot's */
	bool reads, writes;	/* edits count; may be written to */
	bool leaves_out;	/* what was deleted here is not put back */
	bool relinked;		/* has bindings to no id */
	bool woken;		/* the next listing is to be full */
	struct diff_stray *stray;	/* by id */
	const struct ex_snap_note **still;	/* strays of earlier runs */
	size_t nstray, nstill;
	size_t held, waits;	/* missing, or not made, beside them */
	bool unread;		/* something there cannot be read: no UID */
	size_t items;
	size_t edited, new, gone, unknown;
};

#define DIFF_NONE	SIZE_MAX

/* A record that belongs to an entry without a binding's id saying so. */
struct diff_extra {
	uint32_t entry;		/* from nentry on: a new one */
	uint32_t rec;
};

/* What a noted item may be called by: its mark, its id, its id's stem. */
struct diff_named {
	struct ex_str name;
	const struct ex_snap_note *note;
};

/* What is to be noted of a record. */
struct diff_note {
	uint32_t rec;
	const char *why;	/* NULL: as its record says */
	const struct ex_snap_note *old;	/* once more, in place of rec */
	struct ex_str entry;	/* that is bound to it from now on */
};

struct ex_diff {
	struct ex_diff_options opt;
	struct ex_arena arena;		/* as long as the diff */
	struct ex_arena line;		/* of one entry */
	struct ex_listing l;
	struct ex_canon *canon;
	struct ex_snap *snap;		/* NULL: first run */
	struct ex_snap_ring ring;
	struct ex_snap_folder *sf;
	size_t nsf;
	size_t *seen;			/* of sf: its listing folder, or NONE */
	size_t *bound;			/* of sf: bindings to an id */
	struct diff_folder *folder;	/* of l.folder */
	struct ex_snap_note *note;	/* by folder and id */
	size_t nnote;
	const struct ex_snap_note **by_uid;	/* those with one */
	size_t nby_uid;
	struct diff_named *named;	/* hidden and bad ones, by name */
	size_t nnamed;
	bool has_named;			/* it was asked for */
	bool *woken;			/* of note: it is to be dropped */
	bool *stale;			/* of note: a copy that may be none */
	uint32_t nentry;		/* entries in the snapshot */
	uint32_t nnew;			/* groups of new items */
	uint32_t *claim;		/* of rec: the entry of its UID */
	unsigned char *dirty;		/* bits, of entries to be looked at */
	size_t dirty_size;
	size_t ndirty;
	struct diff_extra *extra;	/* by entry, folder */
	size_t nextra;
	struct diff_note *noted;
	size_t nnoted, noted_size;
};

void	 ex_diff_dirty(struct ex_diff *d, uint32_t entry);
bool	 ex_diff_is_dirty(const struct ex_diff *d, uint32_t entry);

/* The binding's folder in the listing, if its ids still mean something. */
size_t	 ex_diff_folder_of(const struct ex_diff *d,
	    const struct ex_snap_binding *b);

/* ident.c: every record to its entry (ring.md 2). */
int	 ex_ident(struct ex_diff *d, struct ex_err *err);

/* noted.c: the snapshot's notes. */
int	 ex_diff_read_notes(struct ex_diff *d, struct ex_err *err);
/* What the snapshot notes of that id in folder f of the listing, or NULL. */
const struct ex_snap_note	*ex_diff_note_of(const struct ex_diff *d,
	    size_t f, struct ex_str id);
/* Where by_uid[] begins to have that UID. */
size_t	 ex_diff_first_note(const struct ex_diff *d, struct ex_str uid);
/*
 * Does a note say that nothing is known of the item bound to id (absent: to
 * none) in folder f?
 */
bool	 ex_diff_is_noted(const struct ex_diff *d, size_t f, struct ex_str id,
	    struct ex_str uid);
/* An id without its path and its ending. */
struct ex_str	 ex_diff_stem(struct ex_str id);
/* Does one say so of what bears that name or mark? */
bool	 ex_diff_is_noted_name(struct ex_diff *d, size_t f,
	    struct ex_str name);
/* Does the note still stand for what is in folder f? */
bool	 ex_diff_in_force(const struct ex_diff *d,
	    const struct ex_snap_note *note, size_t f);
/* The entry's content moves: what were copies of it may be none now. */
void	 ex_diff_stale_copies(struct ex_diff *d,
	    const struct ex_snap_entry *e);
/* The ring has that UID, or those listed: what is left alone is read again. */
void	 ex_diff_wake_uid(struct ex_diff *d, struct ex_str uid);
void	 ex_diff_wake_listed(struct ex_diff *d);

/* That record is to be noted; why NULL: as it says itself. */
void	 ex_diff_note(struct ex_diff *d, uint32_t rec, const char *why);

/* diffnote.c: the notes, each after a call of room(). */
int	 ex_diff_notes(struct ex_diff *d, struct ex_rec_out *out,
	    void (*room)(void *arg), void *arg, struct ex_err *err);

/* match.c: items of first runs by content, then by keys. */
int	 ex_match(struct ex_diff *d, struct ex_err *err);

/* What became of an entry in a folder: side.c. */
enum diff_is { SAME, EDITED, NEW, GONE, ABSENT, BEHIND, UNKNOWN };

/* A version of the item: by hash, or as JSON that was made here. */
struct diff_version {
	bool given;		/* else it is the master */
	struct ex_str hash;	/* "": empty; absent: see json */
	struct ex_str json;
};

struct diff_side {
	enum diff_is is;
	bool differs;		/* a reason for a line */
	bool recovered;		/* base and shadow are not the snapshot's */
	struct ex_str id, rev, uid, as;
	struct diff_version base, shadow;
	struct ex_str now;	/* JSON */
	struct ex_str now_hash;	/* of the binding's `now`: to be fetched */
	struct ex_str refused;
};

struct diff_entry {
	struct ex_diff *d;
	const struct ex_snap_entry *e;
	uint32_t number;
	const struct diff_extra *extra;
	size_t nextra;
	struct ex_err *err;
};

/*
 * noted.c: n records of one folder that take no part, or that differ, and to
 * which no id leads, are the entry's.  They bind where that is a rename; and
 * where only a binding gives the entry their UID, perhaps one that is void
 * now, or their content did: by their notes the next run could not know it,
 * and would have the entry made there once more.
 */
void	 ex_diff_bind_aside(const struct diff_entry *x,
	    const struct ex_snap_binding *b, const uint32_t *rec, size_t n);

/* That record is to be noted, and the entry to be bound to it. */
void	 ex_diff_note_entry(const struct diff_entry *x, uint32_t rec);
/* Likewise what is noted already. */
void	 ex_diff_note_again(const struct diff_entry *x,
	    const struct ex_snap_note *note);

/* stray.c: what is new, cannot be read and has no UID. */
int	 ex_diff_find_strays(struct ex_diff *d, struct ex_err *err);
/* Was the entry with that binding missing there, and bound to one? */
bool	 ex_diff_was_stray(const struct ex_diff *d, size_t f,
	    const struct ex_snap_binding *b);
/* Such a binding: keep the one it leads to, if it still is one. */
void	 ex_diff_keep_stray(struct ex_diff *d, size_t f,
	    const struct ex_snap_binding *b);
/*
 * The entry is missing in folder f: may one of them be it?  Binds it.  b: its
 * binding there, or NULL.
 */
bool	 ex_diff_is_stray(const struct diff_entry *x, size_t f,
	    const struct ex_snap_binding *b);
/* It had been in folder f, whose ids are new, and was not found again. */
bool	 ex_diff_waits(const struct diff_entry *x, size_t f);
/* Say in which folders there were such. */
void	 ex_diff_say_strays(const struct ex_diff *d);

/* recover.c: a version's content, and what an open write made of it. */
int	 ex_diff_body(const struct diff_entry *x, struct ex_str hash,
	    struct ex_str *json);
int	 ex_diff_recover(const struct diff_entry *x,
	    const struct ex_snap_intent *in, struct diff_side *s);

/* side.c: what the binding's folder held when last seen. */
struct ex_str	 ex_diff_held(const struct diff_entry *x,
		    const struct ex_snap_binding *b);

/*
 * copies.c: n of one UID that differ, and (there) the bound one, which is not
 * among them: a person must look.  b NULL: none is bound.
 */
void	 ex_diff_say_copies(const struct diff_entry *x, size_t f,
	    const struct ex_snap_binding *b, bool there,
	    const uint32_t *rec, size_t n);
/* May the folder change what the others hold? */
bool	 ex_diff_is_mover(const struct diff_side *s);
/*
 * What was noted as a copy, from noted[from] on, may be none any more when
 * the bound one has been written.
 */
void	 ex_diff_doubt_copies(const struct diff_entry *x,
	    const struct diff_side *s, size_t from);

/*
 * side.c: an entry's change line, if it is owed one: 1; else 0.  extra: its
 * records that no binding's id leads to.
 */
int	 ex_diff_line(struct ex_diff *d, const struct ex_snap_entry *e,
	    uint32_t entry, const struct diff_extra *extra, size_t nextra,
	    struct ex_buf *out, struct ex_err *err);

#endif
