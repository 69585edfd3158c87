/*
 * priv.h: what the backends of lib/store share
 */
#ifndef EX_STORE_PRIV_H
#define EX_STORE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/store.h>

#define EX_STORE_RAW	(1UL << 20)	/* bytes of a bad item passed on */

extern const struct ex_store_ops ex_vdir_ops;

/* store.c: what stands in front of every message: "folder alice". */
struct ex_str	 ex_store_place(const struct ex_store_conf *conf,
		    struct ex_arena *a);
/* What stands behind the scheme. */
struct ex_str	 ex_store_where(const struct ex_store_conf *conf);
/* The same as a path, with base in front if it is relative. */
const char	*ex_store_path(const struct ex_store_conf *conf,
		    struct ex_arena *a);

/*
 * peek.c: the kind of an item's text by its first component of a kind that
 * we know, at the cost of finding line starts; _NONE: none in it.
 */
enum ex_kind	 ex_peek_kind(struct ex_str text);

/* answer.c: what errno means for one write. */
enum ex_answer	 ex_answer_of(int error);

/* vdirname.c: file names, ids and version marks of vdir. */
enum ex_vdir_ext {
	EX_VDIR_EXT_NONE,
	EX_VDIR_EXT_VCF,
	EX_VDIR_EXT_ICS
};

#define EX_VDIR_REV	64

enum ex_vdir_ext ex_vdir_ext(struct ex_str name);
/* A name in the folder as an id: in the arena, with a NUL behind it. */
struct ex_str	 ex_vdir_id(struct ex_str name, struct ex_arena *a);
/* NULL: no id of ours, or one that leads out of the folder. */
const char	*ex_vdir_name(struct ex_str id, struct ex_arena *a);
/* The name of a new item with that text; NULL: w->name is no file name. */
const char	*ex_vdir_new_name(const struct ex_write *w, struct ex_str text,
		    struct ex_arena *a);
void	 ex_vdir_rev(const struct stat *st, char rev[EX_VDIR_REV]);
/* May it have been changed at now and look as it did? */
bool	 ex_vdir_racy(const struct stat *st, const struct timespec *now);

struct ex_vdir {
	struct ex_store s;
	struct ex_arena a;	/* what lives as long as it is open */
	struct ex_str place;
	const char *path;	/* real */
	int fd;			/* of the folder */
	bool swept;		/* left-over temporary files were removed */
};

/* vdirfile.c */
enum ex_vdir_got {
	EX_VDIR_TEXT,
	EX_VDIR_GONE,
	EX_VDIR_OTHER,		/* no file: none of ours */
	EX_VDIR_BAD,		/* why says what is wrong with it */
	EX_VDIR_CHANGED,	/* it changed while it was read */
	EX_VDIR_FAIL		/* not this item's fault: the listing fails */
};

/* Only its stat, links followed; _TEXT: it is a file. */
enum ex_vdir_got ex_vdir_look(const struct ex_vdir *v, const char *name,
		    struct stat *st, struct ex_err *why);
/* All that it holds, and the stat that goes with it. */
enum ex_vdir_got ex_vdir_fetch(const struct ex_vdir *v, const char *name,
		    struct stat *st, struct ex_buf *text,
		    struct ex_err *why);

/* vdirfolders.c */
int	 ex_vdir_folders(struct ex_store *s,
	    int (*found)(void *arg, struct ex_str name, enum ex_kind kind,
	    long long items, const char *rights, struct ex_str operand),
	    void *arg, struct ex_err *err);

/* vdirwrite.c */
int	 ex_vdir_write(struct ex_store *s, const struct ex_write *w, size_t n,
	    ex_write_done *done, void *arg, struct ex_err *err);

#endif
