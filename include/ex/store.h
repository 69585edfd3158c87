/*
 * store.h: folders, wherever they are
 *
 * A store operand is "scheme:where"; a backend is a table of functions.
 * Nobody outside store.c asks which backend it is.
 *
 *	vdir:DIR	one item a file, NAME.vcf or NAME.ics (vdir.c)
 *	file:PATH	many in one file: .vcf, .ics, or .jsonl, which is an
 *			item stream (then it can only be read) or a jCard or
 *			jCal a line (filestore.c); "-": standard input to
 *			read, standard output to write
 *	carddav:URL,	a collection on a server, or what leads to one
 *	caldav:URL	(dav.c)
 *	ews:URL		a folder on Exchange (ews.c)
 *	graph:[URL]	a folder on Exchange Online (graph.c)
 *	snap:FILE	the masters of a snapshot, read only (snap.c)
 *	mem:[FILE]	for tests, with quirks and faults (mem.c, and
 *			memstate.c for the file)
 *
 * A struct ex_store is for one thread at a time; several may be open at
 * once, each in a thread of its own.
 */
#ifndef EX_STORE_H
#define EX_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <ex/item.h>
#include <ex/storeconf.h>

struct ex_store;

enum ex_found_what {
	EX_FOUND_ITEM,
	EX_FOUND_KEPT,		/* known() said so; only id and rev */
	EX_FOUND_GONE,		/* only in a delta; only id */
	EX_FOUND_HIDDEN,	/* there, and takes no part: why says it */
	EX_FOUND_BAD		/* there, but unreadable */
};

/* Lives until the callback returns, or in the arena given to read. */
struct ex_found {
	enum ex_found_what what;
	struct ex_str id;
	struct ex_str rev;	/* absent: says nothing (a racy file) */
	struct ex_str uid;	/* absent: none, or not known */
	struct ex_str mark;	/* the name of the create, where kept */
	const struct ex_item *item;
	struct ex_str why;	/* bad: "line 7: DTSTART: no such day";
				   hidden: "DistributionList" */
	struct ex_str raw;	/* bad: its bytes; absent: not to be had */
	/*
	 * Where all of it lies that does not live until the listing is over:
	 * the callback may take what is in it and leave another in its
	 * place.  NULL: it may not.
	 */
	struct ex_arena *arena;
};

struct ex_store_list {
	struct ex_str since;	/* sync token; absent: list in full */
	/*
	 * Is rev what the snapshot has for id?  Then the body is not
	 * wanted.  Fastest if asked in byte order of id.  NULL: never.
	 */
	bool (*known)(void *arg, struct ex_str id, struct ex_str rev);
	/*
	 * The next of all ids that the snapshot has, in byte order: 1, 0, -1;
	 * valid until the next call.  For a store whose full listing may miss
	 * an item.  NULL: there are none, or absence is not asked for.
	 */
	int (*next)(void *arg, struct ex_str *id, struct ex_err *err);
	int (*found)(void *arg, const struct ex_found *f,
	    struct ex_err *err);	/* -1 stops the listing */
	void *arg;
	/*
	 * What came of it, valid until the store is closed.  token may be
	 * since itself.
	 */
	bool delta;		/* only what moved after since */
	struct ex_str token;	/* absent: there is none now */
};

enum ex_write_op {
	EX_WRITE_CREATE,
	EX_WRITE_UPDATE,
	EX_WRITE_DELETE
};

struct ex_write {
	enum ex_write_op op;
	struct ex_str id;	/* update, delete */
	/*
	 * Update, delete: only if the item still is this, as list or read
	 * gave it.  A racy file has none in a listing: then the caller reads
	 * it first, compares, and gives what read returned.
	 */
	struct ex_str rev;
	struct ex_str name;	/* create: the plan's; absent: from the UID */
	struct ex_str as;	/* create, update: the form to write */
	const struct ex_item *item;	/* with the UID that it is to have */
};

/* What came of one write (ring.md 5, the table of answers). */
enum ex_answer {
	EX_ANSWER_STORED,
	EX_ANSWER_STALE,	/* another has changed it meanwhile */
	EX_ANSWER_EXISTS,	/* create: the name or UID is taken */
	EX_ANSWER_GONE,		/* update, delete: nothing is there */
	EX_ANSWER_DENIED,	/* not allowed: the folder is skipped */
	EX_ANSWER_REFUSED,	/* this item, for good */
	EX_ANSWER_BUSY		/* not now; a later run may */
};

struct ex_wrote {
	enum ex_answer answer;
	struct ex_str id;	/* stored: its id now; exists: of what is in
				   the way, or absent: not known */
	struct ex_str rev;	/* stored: absent where there is none yet */
	/*
	 * Stored by a store that keeps bytes: what it reads as.  NULL: it
	 * must be read back.
	 */
	const struct ex_item *after;
	struct ex_str as;	/* the form that was written */
	struct ex_str why;	/* not stored: the reason; stored: absent,
				   or what of it is not kept there */
	bool broke;		/* busy: the server broke down at this very
				   write, and may do so each time */
	bool silent;		/* busy: after so long that it is not to be
				   tried again now */
};

/* w[i] has its answer.  All in it lives until the callback returns. */
typedef int	 ex_write_done(void *arg, size_t i, const struct ex_wrote *r,
		    struct ex_err *err);

/*
 * What came of reading the i-th id.  f NULL: why says it, EX_ERR_GONE if
 * nothing is there.  f->id is another than asked for where the store gave a
 * create of the last write a name of its own.
 */
typedef int	 ex_read_done(void *arg, size_t i, const struct ex_found *f,
		    const struct ex_err *why, struct ex_err *err);

struct ex_store_ops {
	const char *scheme;	/* "vdir" serves "vdir:DIR" */
	const char *by;		/* what stands in `store`: "vdir" */
	/* Its options in a ring file, ended by NULL.  NULL: none. */
	const char *const *options;
	bool whole;		/* each call of write replaces all that is
				   there: few large ones are wanted */
	bool mails;		/* to attendees, whatever it is told: it is
				   never to be given one */
	bool bare;		/* "mem:" says where it is, with nothing
				   behind the scheme */

	int	(*open)(const struct ex_store_conf *conf, struct ex_store **s,
		    struct ex_err *err);

	/*
	 * List the folder.  Each item fails alone (a bad one); an error
	 * that could hide an item fails the whole (-1), also after items
	 * were found.  In a full listing what next() has and is not told of
	 * is not there: where pages may hide an item that the folder has,
	 * the store asks for it by id before it is silent about it.  What is
	 * new may be told of the next time.  EX_ERR_GONE: there is none yet,
	 * but write would make it (a file).
	 */
	int	(*list)(struct ex_store *s, struct ex_store_list *want,
		    struct ex_err *err);

	/* One item now; rev always given.  EX_ERR_GONE: it is not there. */
	int	(*read)(struct ex_store *s, struct ex_str id,
		    struct ex_arena *a, struct ex_found *f,
		    struct ex_err *err);

	/*
	 * n items now, in any order, as read would; done() is called once
	 * for each.  NULL: the store has no faster way than one by one.
	 * Fails only if nothing more can be read at all.
	 */
	int	(*read_many)(struct ex_store *s, const struct ex_str *id,
		    size_t n, ex_read_done *done, void *arg,
		    struct ex_err *err);

	/*
	 * Carry out n writes, in any order, several at a time where the
	 * store can.  done() is called once for each, when it is on the
	 * disk or acknowledged.  Fails only if nothing more can be written
	 * at all; writes that had no answer by then are unknown.
	 */
	int	(*write)(struct ex_store *s, const struct ex_write *w,
		    size_t n, ex_write_done *done, void *arg,
		    struct ex_err *err);

	/*
	 * The folders behind it (exfetch -l), each as name, kind (or _NONE),
	 * items (-1: not known), rights ("read-write"), operand.  May be
	 * NULL: only itself.
	 */
	int	(*folders)(struct ex_store *s,
		    int (*found)(void *arg, struct ex_str name,
		    enum ex_kind kind, long long items, const char *rights,
		    struct ex_str operand), void *arg, struct ex_err *err);

	void	(*close)(struct ex_store *s);
};

/* A backend's struct begins with this one. */
struct ex_store {
	const struct ex_store_ops *ops;
	struct ex_str identity;	/* records.md: for vdir and file the real
				   path; snap: the ring's id */
	struct ex_str name;	/* of the folder */
	enum ex_kind kind;	/* of what it lists; _NONE: several */
	bool writable;		/* false: the store itself says read-only */
	unsigned long requests;	/* sent; without a server: folders and files
				   read and written */
};

/* err: "folder alice: problem" or "vdir:DIR: problem". */
int	 ex_store_open(const struct ex_store_conf *conf, struct ex_store **s,
	    struct ex_err *err);
void	 ex_store_close(struct ex_store *s);

/* Is it a store that each call of write writes as a whole? */
bool	 ex_store_is_whole(struct ex_str operand);

/* Is it a store that mails the attendees of what is written to it? */
bool	 ex_store_mails(struct ex_str operand);

/* Does the operand begin with a known scheme? */
bool	 ex_store_is(struct ex_str operand);

/* Is it such a scheme with nothing behind it that says where? */
bool	 ex_store_is_nowhere(struct ex_str operand);

/* Is that key one of a folder's options that some store knows? */
bool	 ex_store_option(struct ex_str key);

#endif
