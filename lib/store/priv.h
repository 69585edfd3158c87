/*
 * priv.h: what the backends of lib/store share
 */
#ifndef EX_STORE_PRIV_H
#define EX_STORE_PRIV_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/http.h>
#include <ex/item.h>
#include <ex/spool.h>
#include <ex/store.h>
#include <ex/sum.h>

struct ex_canon;

#define EX_STORE_RAW	(1UL << 20)	/* bytes of a bad item passed on */

extern const struct ex_store_ops ex_vdir_ops, ex_filestore_ops,
    ex_snapstore_ops, ex_mem_ops, ex_carddav_ops, ex_caldav_ops, ex_ews_ops,
    ex_graph_ops;

/* Options of what is on a server, for a store's list of its options. */
#define EX_STORE_NET_OPTIONS "auth", "user", "password-command", \
	"password-file", "password-env", "token-command", "ca-file", \
	"insecure", "silence"

/*
 * server.c: the connection of a store whose folders are on a server.  conf is
 * filled by the options, and by the store, which makes conf.auth.
 */
struct ex_server {
	struct ex_http_conf conf;
	struct ex_http *http;	/* NULL: none yet */
	unsigned long before;	/* requests of an http that is closed */
};

/* Is it one of ca-file, insecure, silence?  Then it is taken. */
bool	 ex_server_option(struct ex_server *v,
	    const struct ex_store_conf *conf, const struct ex_store_opt *o,
	    struct ex_arena *a);
int	 ex_server_connect(struct ex_server *v, struct ex_err *err);
unsigned long	 ex_server_requests(const struct ex_server *v);
/*
 * End what is under way, without a word of it: after an error nothing may
 * come back to what the caller is about to free.
 */
void	 ex_server_abandon(struct ex_server *v);
/* The connection and conf.auth. */
void	 ex_server_close(struct ex_server *v);

#define EX_SERVER_PATIENCE	300000	/* ms of a pause that it names */

/*
 * Until when (clock.h) it is left alone that has no time for us: as long as
 * it wants (wait, in ms; -1: it does not say), or twice as long after each of
 * so many tries.
 */
long long	 ex_server_pause(const struct ex_server *v, long wait,
		    unsigned tries);

/*
 * unsure.c: the stamps of creates that may be there.  Its arena is freed by
 * whoever has it.
 */
struct ex_unsure {
	struct ex_arena a;
	struct ex_str *v;
	size_t n;
};

bool	 ex_unsure_is(const struct ex_unsure *u, struct ex_str stamp);
/*
 * A write has failed; what it counts as.  stamp: of a create; absent: it is
 * none, or has none.  made: it is there, at least a part of it.
 */
enum ex_answer	 ex_unsure_failed(struct ex_unsure *u, struct ex_str stamp,
		    bool made, enum ex_answer what);

/*
 * What is under way, so that all of it can be freed when that ends early:
 * the first member of a struct, in a list of the youngest first.
 */
struct ex_link {
	struct ex_link *older, *newer;
};

static inline void
ex_link_add(struct ex_link **list, struct ex_link *x)
{
	x->newer = NULL;
	x->older = *list;
	if (x->older != NULL)
		x->older->newer = x;
	*list = x;
}

static inline void
ex_link_remove(struct ex_link **list, struct ex_link *x)
{
	if (x->older != NULL)
		x->older->newer = x->newer;
	if (x->newer != NULL)
		x->newer->older = x->older;
	else
		*list = x->older;
}

/* rows.c: what a listing says, in order, in memory that is bounded. */
enum ex_row_what {
	EX_ROW_THERE,
	EX_ROW_GONE
};

struct ex_row {
	enum ex_row_what what;
	struct ex_str id, rev;		/* rev absent: none */
};

struct ex_rows;

struct ex_rows	*ex_rows_new(size_t room);
/* What the snapshot has and no row names may be there all the same. */
void	 ex_rows_may_miss(struct ex_rows *r);
void	 ex_rows_free(struct ex_rows *r);
int	 ex_rows_add(struct ex_rows *r, const struct ex_row *row,
	    struct ex_err *err);
/* No more are added; then, by id, the last of each: 1, 0, -1. */
int	 ex_rows_next(struct ex_rows *r, struct ex_row *row,
	    struct ex_err *err);

/* An item whose body is wanted. */
struct ex_want {
	struct ex_str id, rev;	/* rev: as listed; or absent */
	size_t i;		/* the caller's */
	bool missed;		/* no listing names it: is it there? */
};

/* The same, its text in the arena. */
struct ex_want	 ex_want_keep(const struct ex_want *w, struct ex_arena *a);

/*
 * The next row whose body the listing wants, in the arena: 1, 0, -1.  Those
 * before it are told of: kept, or gone (in a delta).  Also what may have been
 * missed, which counts as gone only if it is asked for in vain.
 */
int	 ex_rows_wanted(struct ex_rows *r, struct ex_store_list *list,
	    struct ex_arena *a, struct ex_want *w, struct ex_err *err);
/* One that went; in a full listing nobody need be told. */
int	 ex_list_gone(struct ex_store_list *list, struct ex_str id,
	    struct ex_err *err);

/*
 * get.c: what a server's read_many() is made of: the ids that are asked for,
 * and whom to tell.  It is at the beginning of the arg of a reading.
 */
struct ex_get {
	struct ex_str place;
	const struct ex_str *id;
	size_t n, at;
	ex_read_done *done;
	void *arg;
};

/* The next that is wanted, in the arena: 1, 0. */
int	 ex_get_next(void *get, struct ex_arena *a, struct ex_want *w,
	    struct ex_err *err);
/* Tell that the i-th is not there, or not to be had now. */
int	 ex_get_gone(const struct ex_get *g, size_t i, struct ex_err *err);
int	 ex_get_failed(const struct ex_get *g, size_t i, struct ex_str what,
	    struct ex_err *err);
/* read() of a store that has a read_many(): that, of one. */
int	 ex_get_one(struct ex_store *s, struct ex_str id, struct ex_arena *a,
	    struct ex_found *f, struct ex_err *err);

/* What stands in front of every message: "folder alice". */
struct ex_str	 ex_store_place(const struct ex_store_conf *conf,
		    struct ex_arena *a);
/* What stands behind the scheme. */
struct ex_str	 ex_store_where(const struct ex_store_conf *conf);
/* The same as a path, with base in front if it is relative. */
const char	*ex_store_path(const struct ex_store_conf *conf,
		    struct ex_arena *a);

/* "300" to seconds, up to a day; 0: it is no such number. */
unsigned	 ex_store_seconds(struct ex_str value);

/*
 * peek.c: the kind of an item's text by its first component of a kind that
 * we know, at the cost of finding line starts; _NONE: none in it.
 */
enum ex_kind	 ex_peek_kind(struct ex_str text);

/* answer.c: what errno means for one write. */
enum ex_answer	 ex_answer_of(int error);

/*
 * temp.c: .exring-PID-N.tmp, a file that is to be moved to its place.  Its
 * name lives in the arena; -1 with errno.  serial counts up.
 */
int	 ex_temp_open(int dirfd, unsigned long *serial, struct ex_arena *a,
	    const char **name);
/* Mode and, if we may, owner of the file that it will replace. */
int	 ex_temp_mode(int fd, const struct stat *old);
/* The next name for one, in the arena; nothing is made. */
const char	*ex_temp_name(unsigned long *serial, struct ex_arena *a);
/* Remove it again; -1, and errno stays. */
int	 ex_temp_drop(int dirfd, const char *name);
/* Remove those that killed runs have left. */
void	 ex_temp_sweep(int dirfd);

/*
 * place.c: temp to a name that nothing has; in the place of name, or name
 * removed, if that is still what was looked at.  1 done, 0 somebody has
 * written, and it stays; -1 errno.  temp is no more the caller's.
 */
int	 ex_place_new(int dirfd, const char *temp, const char *name);
int	 ex_place_swap(int dirfd, const char *temp, const char *name,
	    const struct stat *looked);
int	 ex_place_remove(int dirfd, const char *name,
	    const struct stat *looked, unsigned long *serial,
	    struct ex_arena *a);

/* vdirname.c: file names, ids and version marks of vdir. */
enum ex_vdir_ext {
	EX_VDIR_EXT_NONE,
	EX_VDIR_EXT_VCF,
	EX_VDIR_EXT_ICS
};

#define EX_VDIR_REV	64
#define EX_VDIR_NAME	255	/* bytes of a file name (NAME_MAX) */

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

/* vdir.c: does it take part, as far as its name says? */
enum ex_vdir_takes {
	EX_VDIR_NOT_OURS,	/* hidden, or it ends otherwise */
	EX_VDIR_NOT_KIND,	/* an item of another kind */
	EX_VDIR_OURS
};

enum ex_vdir_takes ex_vdir_takes(const struct ex_vdir *v, struct ex_str name);
/* The folder, opened once more; NULL: errno. */
DIR	*ex_vdir_again(const struct ex_vdir *v);

/* vdirtoken.c: what a listing saw, for a token. */
struct ex_vdir_seen {
	struct timespec start;	/* of the listing */
	struct ex_sum sum;
	bool unsure;
};

/* One file; st NULL: it may change and look as it did. */
void	 ex_vdir_saw(struct ex_vdir_seen *seen, const char *name,
	    const struct stat *st);
/* dir: the folder, before its names were read.  Absent: there is none. */
struct ex_str	 ex_vdir_token(const struct ex_vdir_seen *seen,
		    const struct stat *dir, struct ex_arena *a);
/* Does it list what it listed when it gave that token? */
bool	 ex_vdir_still(struct ex_vdir *v, struct ex_str token,
	    const struct timespec *start);

/* vdirfolders.c */
int	 ex_vdir_folders(struct ex_store *s,
	    int (*found)(void *arg, struct ex_str name, enum ex_kind kind,
	    long long items, const char *rights, struct ex_str operand),
	    void *arg, struct ex_err *err);

/* vdirwrite.c */
int	 ex_vdir_write(struct ex_store *s, const struct ex_write *w, size_t n,
	    ex_write_done *done, void *arg, struct ex_err *err);

/*
 * A file of many items: an index of what is where in it (fileindex.c), at
 * 80 bytes an item and 6 to 12 for the table of ids.  The text itself is
 * mapped.
 */
enum ex_file_form {
	EX_FILE_LOOK,		/* to be found by looking */
	EX_FILE_VCF,
	EX_FILE_ICS,
	EX_FILE_JSONL
};

enum ex_file_flag {
	EX_FILE_HEAD = 1,	/* begins an item */
	EX_FILE_PART = 2,	/* belongs to the item of a head */
	EX_FILE_NOUID = 4,	/* its id is a hash */
	EX_FILE_JUNK = 8	/* no component: bad, and never touched */
};

#define EX_FILE_NONE	UINT32_MAX

/* A component; of a stream: a line. */
struct ex_file_ent {
	struct ex_sum id, rev;	/* of the item, in its head */
	uint64_t off, len;
	uint32_t line;		/* where it begins, from 1 */
	uint32_t next, tail;	/* components of one item, in order */
	uint32_t cal;		/* the VCALENDAR it is in, or _NONE */
	uint32_t dup;		/* n: the id ends with -n; 0: as it is */
	uint32_t last;		/* the last dup given behind this id */
	uint8_t kind, flags;
};

struct ex_file_zone {
	struct ex_str tzid, text;
	struct ex_sum sum;
};

/* A line, or a few, of a VCALENDAR's own. */
struct ex_file_span {
	struct ex_str text;
	uint32_t line;
};

struct ex_file_cal {
	struct ex_str text;		/* BEGIN to END */
	uint32_t line;
	uint64_t comps;			/* where its first component begins */
	uint64_t end;			/* where its END line begins */
	struct ex_file_span *own;	/* properties, in order */
	size_t nown;
	struct ex_file_zone *zone;	/* by name */
	size_t nzone;
	size_t items;
};

struct ex_filestore {
	struct ex_store s;
	struct ex_arena a;
	struct ex_str place;
	const char *path;	/* real; "-" */
	enum ex_file_form as;	/* as its name says */
	bool std;

	/* What is loaded: */
	bool loaded;
	bool there;		/* false: there is no such file */
	bool stream;		/* .jsonl: records, and not plain items */
	struct stat st;
	struct ex_spool spool;
	enum ex_file_form form;
	struct ex_str cut;	/* there: why absence says nothing */
	struct ex_file_ent *ent;
	size_t nent, room;
	uint32_t *slot;		/* by id: index into ent, or _NONE */
	size_t nslot, nhead;
	struct ex_file_cal *cal;
	size_t ncal, calroom;
	struct ex_arena index, scratch;
	struct ex_canon *canon;	/* made when an item has no UID */
};

/* fileindex.c: the index of a loaded text. */
int	 ex_fileindex_make(struct ex_filestore *f, struct ex_err *err);
void	 ex_fileindex_free(struct ex_filestore *f);
/* The head of the item with that id, or _NONE. */
uint32_t ex_fileindex_find(const struct ex_filestore *f, struct ex_str id);
/*
 * A new entry, and its id: base, or without one (absent) what its content
 * says.
 */
uint32_t ex_fileindex_add(struct ex_filestore *f,
		    const struct ex_file_ent *ent);
void	 ex_fileindex_put(struct ex_filestore *f, uint32_t at,
	    struct ex_str base);
/* fileical.c: a VCALENDAR, component by component. */
void	 ex_fileical_add(struct ex_filestore *f, struct ex_str text,
	    uint32_t line);
/* The zone of that name in it, or NULL. */
const struct ex_file_zone *ex_fileical_zone(const struct ex_file_cal *cal,
		    struct ex_str tzid);
/* The item that at begins as a VCALENDAR of its own, in the arena. */
int	 ex_fileical_text(const struct ex_filestore *f, uint32_t at,
	    struct ex_arena *a, struct ex_str *text, struct ex_err *err);
/* "line N" of that text as a line of the file. */
void	 ex_fileical_place(const struct ex_filestore *f, uint32_t at,
	    struct ex_arena *a, struct ex_err *err);
/* filejson.c */
int	 ex_filejson_index(struct ex_filestore *f, struct ex_err *err);
/* What stands in records as its id and its rev. */
struct ex_str	 ex_fileindex_id(struct ex_filestore *f, uint32_t at,
		    struct ex_arena *a);
/* Is that its id?  At a small part of what finding it costs. */
bool	 ex_fileindex_is(const struct ex_file_ent *e, struct ex_str id);
struct ex_str	 ex_fileindex_rev(const struct ex_file_ent *e,
		    struct ex_arena *a);
struct ex_str	 ex_fileindex_text(const struct ex_filestore *f,
		    const struct ex_file_ent *e);

/* filepeek.c: the UID of a card. */
struct ex_str	 ex_filepeek_card(struct ex_str text, struct ex_arena *a);

/* fileitem.c: an entry decoded; what is wrong with it: a bad f. */
void	 ex_fileitem_get(struct ex_filestore *f, uint32_t at,
	    struct ex_arena *a, struct ex_found *found);

/* filestore.c: what is in the file now.  There may be none: f->there. */
int	 ex_filestore_load(struct ex_filestore *f, struct ex_err *err);
void	 ex_filestore_drop(struct ex_filestore *f);
/* One file, and nobody has written to it between. */
bool	 ex_filestore_same(const struct stat *a, const struct stat *b);

/* fileplan.c: writes as edits of the file's bytes. */
struct ex_file_edit {
	uint64_t off, len;	/* what goes */
	struct ex_str text;	/* what comes */
	size_t seq;
};

struct ex_file_job {
	const struct ex_write *w;
	struct ex_str id;
	bool again;		/* another write before it has that id */
	bool edits;		/* it is carried out by edits */
	struct ex_wrote r;
};

/* What a VCALENDAR gets. */
struct ex_file_into {
	const struct ex_file_cal *cal;	/* NULL: it is a new one */
	struct ex_buf zones, comps;
	struct ex_str *put;		/* names of the zones */
	size_t nput;
};

struct ex_file_plan {
	struct ex_filestore *f;
	struct ex_file_edit *edit;	/* by offset */
	size_t nedit;
	bool edits;			/* there is something to write */
	bool lf;			/* the file's lines end with LF */
	struct ex_file_into *into;	/* by calendar; the last: a new one */
	struct ex_buf text, end;
	struct ex_arena a, scratch;
};

void	 ex_fileplan_make(struct ex_file_plan *p, struct ex_file_job *job,
	    size_t n);

/* filewrite.c, filestdout.c */
int	 ex_filestore_write(struct ex_store *s, const struct ex_write *w,
	    size_t n, ex_write_done *done, void *arg, struct ex_err *err);
int	 ex_filestore_print(struct ex_store *s, const struct ex_write *w,
	    size_t n, ex_write_done *done, void *arg, struct ex_err *err);

/* A store for tests (mem.c), and its file (memstate.c). */
struct ex_mem_item {
	struct ex_str id, uid, mark, data;
	long long rev, born;		/* born 0: by a user */
	long long bad;			/* 1: unreadable; 2: its UID too */
	enum ex_kind kind;
};

struct ex_mem_grave {
	struct ex_str id;
	long long at, born;
};

struct ex_mem {
	struct ex_store s;
	struct ex_arena own, a;		/* a: what was loaded */
	struct ex_str place;
	const char *path;		/* NULL: only in memory */
	struct ex_mem_item *item;	/* by id */
	struct ex_mem_grave *grave;
	struct ex_str *quirk, *fault;
	size_t n, ngrave, nquirk, nfault;
	long long serial, shorten;
	bool forget;
	enum ex_kind kind;
	struct ex_buf journal;
	char token[32];
};

int	 ex_mem_load(struct ex_mem *m, struct ex_err *err);
int	 ex_mem_save(struct ex_mem *m, struct ex_err *err);
struct ex_mem_item *ex_mem_find(struct ex_mem *m, struct ex_str id);
struct ex_mem_item *ex_mem_put(struct ex_mem *m,
		    const struct ex_mem_item *item);
void	 ex_mem_remove(struct ex_mem *m, struct ex_str id);
void	 ex_mem_bury(struct ex_mem *m, struct ex_str id, long long at,
	    long long born);
void	 ex_mem_did(struct ex_mem *m, const char *what, struct ex_str id,
	    const char *answer);
/* From *from on, which is moved behind it: its value, or absent. */
struct ex_str	 ex_mem_quirk(const struct ex_mem *m, const char *name,
		    size_t *from);
bool	 ex_mem_is(const struct ex_mem *m, const char *name);
/* memquirk.c: the data that is stored for an item, and what it reads as. */
struct ex_str	 ex_mem_make(const struct ex_mem *m,
		    const struct ex_item *item, struct ex_arena *a,
		    struct ex_item *made);
bool	 ex_mem_refuses(const struct ex_mem *m, const struct ex_item *item);

#endif
