/*
 * snappriv.h: what the files of the snapshot share (lib/sync/snap*.c)
 */
#ifndef EX_SNAPPRIV_H
#define EX_SNAPPRIV_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/item.h>
#include <ex/snapshot.h>
#include <ex/str.h>

struct sqlite3;
struct sqlite3_stmt;

/* A row of the log is numbered run << SNAP_RUN_SHIFT | its place. */
#define SNAP_RUN_SHIFT	32

/* Statements that are prepared once, at their first use. */
enum snap_sql {
	SNAP_BEGIN_READ,
	SNAP_BEGIN,
	SNAP_COMMIT,
	SNAP_ROLLBACK,
	SNAP_RING,
	SNAP_FOLDERS,
	SNAP_FOLDER_ITEMS,
	SNAP_NOTES,
	SNAP_BODY,
	SNAP_BODY_IS,
	SNAP_GENERATION,
	SNAP_SET_RING,
	SNAP_SET_FOLDER,
	SNAP_PUT_MADE,
	SNAP_MADE,
	SNAP_PASS_MADE,
	SNAP_PASS_REFUSED,
	SNAP_FORGET_MADE,
	SNAP_DROP_FOLDER,
	SNAP_RENAME_FOLDER,
	SNAP_UNLINK_FOLDER,
	SNAP_UNLINK_BINDINGS,
	SNAP_FORGET_BINDINGS,
	SNAP_FORGET_NOTES,
	SNAP_FORGET_REFUSED,
	SNAP_FORGET_INTENTS,
	SNAP_FORGET_UIDS,
	SNAP_PUT_ENTRY,
	SNAP_PUT_BINDING,
	SNAP_DROP_BINDING,
	SNAP_HAS_COPIES,
	SNAP_COPY_OF,
	SNAP_PASS_BINDING,
	SNAP_PUT_BODY,
	SNAP_PUT_BODY_KEY,
	SNAP_TOUCH_BODY,
	SNAP_PUT_NOTE,
	SNAP_DROP_NOTE,
	SNAP_PUT_INTENT,
	SNAP_CLOSE_INTENTS,
	SNAP_PUT_REFUSED,
	SNAP_DROP_REFUSED,
	SNAP_PUT_CONFLICT,
	SNAP_CLOSE_CONFLICT,
	SNAP_CONFLICT,
	SNAP_CONFLICTS,
	SNAP_PUT_LOG,
	SNAP_PUT_RUN,
	SNAP_LAST_SETTLED,
	SNAP_RUNS,
	SNAP_LOG,
	SNAP_FAILED,
	SNAP_TRIM_RUN,
	SNAP_TRIM_UIDS,
	SNAP_TRIM_LOG,
	SNAP_TRIM_CONFLICTS,
	SNAP_TIDY_ENTRY,
	SNAP_TIDY_OWED,		/* with no regard to what is owed */
	SNAP_TIDY_REFUSED,
	SNAP_DEAD_BODIES,
	SNAP_DROP_BODY,
	SNAP_DROP_BODY_KEY,
	SNAP_NSQL
};

struct snap_folder {
	long long n;		/* its number in the file */
	char name[EX_SNAP_NAME];
};

struct ex_snap {
	struct sqlite3 *db;
	char *path;
	int lock;		/* descriptor, or -1 */
	int version;		/* of its tables */
	bool writing;		/* a transaction of ours is open */
	bool mapped;		/* folder is what the file says */
	struct snap_folder *folder;	/* in byte order of names */
	size_t nfolder;
	enum ex_kind kind;
	long long run;		/* that is being written; 0: none yet */
	long long seq;		/* of its next log row */
	struct ex_snap_scan *one;	/* for ex_snap_entry() */
	struct sqlite3_stmt *stmt[SNAP_NSQL];
};

/* What SQLite has just said, as an error of ours; always -1. */
int	 snap_fail(struct ex_snap *s, struct ex_err *err);

/* Ready to be bound; NULL: err is filled. */
struct sqlite3_stmt	*snap_stmt(struct ex_snap *s, enum snap_sql which,
			    struct ex_err *err);
/* A statement of the caller's own, to be finalized by him. */
struct sqlite3_stmt	*snap_prepare(struct ex_snap *s, const char *sql,
			    struct ex_err *err);
/* 1: a row, 0: no more (and reset), -1. */
int	 snap_step(struct ex_snap *s, struct sqlite3_stmt *st,
	    struct ex_err *err);
/* A statement that gives no rows. */
int	 snap_run(struct ex_snap *s, struct sqlite3_stmt *st,
	    struct ex_err *err);

/* Parameters count from 1.  Bytes are borrowed until the next step. */
void	 snap_bind_str(struct sqlite3_stmt *st, int i, struct ex_str str);
void	 snap_bind_hash(struct sqlite3_stmt *st, int i, struct ex_str hex);
void	 snap_bind_as(struct sqlite3_stmt *st, int i, struct ex_str as);
/* Columns count from 0.  As it lies in the row until the next step. */
struct ex_str	 snap_col_here(struct sqlite3_stmt *st, int i);
/* Copied into the arena. */
struct ex_str	 snap_col_str(struct sqlite3_stmt *st, int i,
		    struct ex_arena *a);
struct ex_str	 snap_col_hash(struct sqlite3_stmt *st, int i,
		    struct ex_arena *a);
struct ex_str	 snap_col_as(struct sqlite3_stmt *st, int i,
		    struct ex_arena *a);

/* Read the folders' numbers, if need be. */
int	 snap_map(struct ex_snap *s, struct ex_err *err);
/* Of a snapshot that is mapped, by name; NULL: it has none such. */
const struct snap_folder	*snap_folder_of(const struct ex_snap *s,
				    struct ex_str name);
/* The index of a folder's number; -1: the file is damaged. */
int	 snap_index(struct ex_snap *s, long long n, size_t *index,
	    struct ex_err *err);

/* snapmade.c: the folder's token and scope are about to be these. */
int	 snap_pass(struct ex_snap *s, const struct ex_snap_folder *f,
	    struct ex_err *err);

/* "file:PATH?immutable=1" and a NUL, into uri. */
void	 snap_immutable(const char *path, struct ex_buf *uri);

#endif
