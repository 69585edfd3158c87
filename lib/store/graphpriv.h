/*
 * graphpriv.h: what the files of the Microsoft Graph store share (graph*.c)
 *
 * graphmap.c knows what an item's fields are called and what they mean, and
 * sends nothing; graph.c and its like send and read, and know of fields only
 * those by which an item is found and compared: id, changeKey, type,
 * parentFolderId, attendees.
 */
#ifndef EX_GRAPHPRIV_H
#define EX_GRAPHPRIV_H

#include <ex/json.h>
#include <ex/sum.h>

#include "graphmap.h"
#include "priv.h"

struct ex_auth;

/*
 * graphgate.c: how many requests of one app in one tenant are under way, in
 * all folders of this process together.
 */
struct ex_graph_gate;

struct ex_graph_gate	*ex_graph_gate_open(struct ex_str key);
void	 ex_graph_gate_close(struct ex_graph_gate *gate);
/* One more, if it may be now. */
bool	 ex_graph_gate_try(struct ex_graph_gate *gate);
/* Until it may be; not while some of the caller's own are under way. */
void	 ex_graph_gate_wait(struct ex_graph_gate *gate);
void	 ex_graph_gate_done(struct ex_graph_gate *gate);

/* graphsign.c: a token, and how it is got. */
struct ex_graph_sign {
	struct ex_str place;
	struct ex_str graph;		/* "https://graph.microsoft.com" */
	struct ex_str login;		/* "https://login.microsoftonline.com" */
	struct ex_str tenant, client;
	struct ex_str certificate;	/* path of a PEM file; absent: none */
	bool device;			/* a person signs in elsewhere */
	bool shared;			/* for what others share with them */
	bool asked;			/* for a person: one may be asked */
	struct ex_auth *secret;		/* of the client; NULL: none */
	struct ex_server *server;	/* ca-file, insecure, silence, and where
					   requests are counted */
	struct ex_sum last;		/* of the token that was given out */
};

int	 ex_graph_token(void *sign, bool again, struct ex_buf *token,
	    struct ex_err *err);
/*
 * graphcache.c: a token in a file of its own, for the next run.  A file that
 * is not ours alone, or no good, is as none.
 */
struct ex_graph_cached {
	struct ex_str token, refresh;	/* refresh: absent: none */
	long long until;		/* seconds since 1970 */
};

void	 ex_graph_cache_get(const struct ex_graph_sign *s, struct ex_arena *a,
	    struct ex_graph_cached *c);
void	 ex_graph_cache_put(const struct ex_graph_sign *s,
	    const struct ex_graph_cached *c);

/* graph.c */
struct ex_graph {
	struct ex_store s;
	struct ex_arena a;		/* as long as it is open */
	struct ex_str place;
	struct ex_str origin;		/* "https://graph.microsoft.com" */
	struct ex_str who;		/* "/me", "/users/alice@example.com" */
	struct ex_server server;
	struct ex_graph_sign sign;
	struct ex_graph_gate *gate;
	struct ex_str mailbox, folder;	/* options; or absent */
	struct ex_buf query;		/* options but folder: "mailbox=...&" */
	bool strip;			/* no attendees, either way */
	bool window;			/* graphwindow.c's: so many days */
	long before, after;

	/* "/me/contacts"; absent: to be asked for, by ex_graph_items(). */
	struct ex_str items;
	/* parentFolderId of what is in it; absent: not known. */
	struct ex_str parent;

	/* graphqueue.c's */
	struct ex_graph_call *first, **last;	/* to be sent */
	size_t queued;
	struct ex_link *live;		/* requests that are under way */
	size_t under_way;
	unsigned inside;		/* of a callback */
	unsigned long serial;

	struct ex_unsure unsure;
};

/* End what is under way, and forget what was to be sent. */
void	 ex_graph_abandon(struct ex_graph *g);
/* What may stand in a path as it is stays; all else is %XX. */
static inline void
ex_graph_encode(struct ex_buf *b, struct ex_str s)
{
	ex_http_encode(b, s, "");
}


/* graphanswer.c: what a status and a code mean. */
enum ex_answer	 ex_graph_answer_of(enum ex_write_op op, int status,
		    struct ex_str code);
enum ex_errcode	 ex_graph_errcode(int status, struct ex_str code);
/* Is that the end of a sync token? */
bool	 ex_graph_lost_state(int status, struct ex_str code);

/* What came of one call.  Valid until done() returns. */
struct ex_graph_answer {
	int status;			/* 0: there was none */
	bool lost;			/* it may have been done, or not */
	bool silent;			/* after as long as we wait for one */
	const struct ex_json *json;	/* what came with 2xx; NULL: nothing */
	struct ex_str bytes;		/* with 2xx, where bytes are wanted */
	/* Without 2xx: the server's code and words, or absent; and all of it
	   as a message. */
	struct ex_str code, text, request;
	struct ex_str say;		/* "404 ErrorItemNotFound: ..."; or all
					   of why */
	struct ex_err why;
};

/* How much of a URL a message has: the path. */
int	 ex_graph_shown(struct ex_str url);
/* graphanswer.c: code, text and why of an answer that is not 2xx. */
void	 ex_graph_explain(const struct ex_graph *g, const char *method,
	    struct ex_str url, const struct ex_json *body,
	    struct ex_str request, struct ex_graph_answer *a);

/*
 * graphqueue.c: calls, many in a $batch.
 *
 * Filled by the caller, who keeps it until done() and frees what it holds.
 */
struct ex_graph_call {
	const char *method;
	struct ex_buf url;		/* "/me/contacts"; or a link, whole */
	struct ex_buf body;		/* JSON, or of type; n 0: none */
	const char *type;		/* NULL: JSON; else it goes alone */
	struct ex_str match;		/* If-Match; or absent */
	unsigned page;			/* odata.maxpagesize; 0: not said */
	bool write;			/* twice is not as good as once */
	bool alone;			/* not in a batch */
	bool bytes;			/* what comes is no JSON */
	int (*done)(void *arg, const struct ex_graph_answer *a,
	    struct ex_err *err);	/* -1 ends the run */
	void *arg;

	/* graphqueue.c's */
	struct ex_graph_call *next;
	unsigned tries;
	long long due;			/* by clock.h */
};

void	 ex_graph_call_fini(struct ex_graph_call *c);
/* To be sent: at once if a batch is full, or in ex_graph_run(). */
int	 ex_graph_send(struct ex_graph *g, struct ex_graph_call *c,
	    struct ex_err *err);
/* Until all that were sent are done. */
int	 ex_graph_run(struct ex_graph *g, struct ex_err *err);
/*
 * GET that one path (or link, whole), and the answer in the arena: 0 if it
 * is 2xx.  -1: err says what it was, answer (may be NULL) too.  What waits for
 * its batch to be full goes on waiting.
 */
int	 ex_graph_get(struct ex_graph *g, struct ex_str url, unsigned page,
	    struct ex_arena *a, struct ex_graph_answer *answer,
	    struct ex_err *err);

/* What goes in one request: one call, or a $batch of them. */
#define EX_GRAPH_MOST	20

struct ex_graph_batch {
	struct ex_link link;		/* in g->live */
	struct ex_graph *g;
	struct ex_graph_call *call[EX_GRAPH_MOST];
	size_t n;
	struct ex_buf text;
	struct ex_arena a;
};

/* To wait for its turn, from within a callback too. */
void	 ex_graph_queue(struct ex_graph *g, struct ex_graph_call *c);
/*
 * Once more, after a pause (wait: what the server names, or -1); false: it
 * was tried often enough.
 */
bool	 ex_graph_again(struct ex_graph *g, struct ex_graph_call *c,
	    long wait);
void	 ex_graph_batch_free(struct ex_graph_batch *b);
/* graphhttp.c: send it; each of its calls is done, or queued again. */
int	 ex_graph_post(struct ex_graph_batch *b, struct ex_err *err);

/*
 * graphpage.c: the rows of all pages, from url on.  row() may send calls; -1
 * ends it.  Freed by the caller.
 */
struct ex_graph_pages {
	struct ex_arena a;
	int (*row)(void *arg, const struct ex_json *row, struct ex_err *err);
	void *arg;
	unsigned page;			/* odata.maxpagesize; 0: not said */
	/* What came of it: */
	struct ex_str delta;		/* the deltaLink; absent: none */
	size_t rows;
	struct ex_graph_answer answer;	/* the last one */
};

int	 ex_graph_pages(struct ex_graph *g, struct ex_graph_pages *p,
	    struct ex_str url, struct ex_err *err);

/* Is that a link of the server's own? */
bool	 ex_graph_is_link(const struct ex_graph *g, struct ex_str url);

/* graphwindow.c: the option window; false: it is none. */
bool	 ex_graph_window_set(struct ex_graph *g, struct ex_str text);
/*
 * Has nothing moved there since?  false: perhaps something has, all has to be
 * listed.  token: for the next time, or absent.
 */
bool	 ex_graph_window_still(struct ex_graph *g, struct ex_str since,
	    struct ex_str *token);

/* graphbatch.c: a $batch in JSON, and what it answers. */
void	 ex_graph_batch_put(struct ex_buf *b,
	    struct ex_graph_call *const *call, size_t n);
/* The Prefer header of a request. */
void	 ex_graph_prefer(struct ex_buf *b, unsigned page);

struct ex_graph_part {
	int status;			/* 0: it is not in the answer */
	const struct ex_json *body;	/* or NULL */
	struct ex_str wait;		/* Retry-After; or absent */
	struct ex_str request;		/* request-id; or absent */
};

/* n parts, in the order of the calls; -1: it is no such answer. */
int	 ex_graph_batch_read(const struct ex_json *answer,
	    struct ex_graph_part *part, size_t n, struct ex_err *err);

/* graphfolder.c: which folder it is; items is filled if it is known. */
int	 ex_graph_find_folder(struct ex_graph *g, enum ex_kind kind,
	    struct ex_err *err);
/*
 * Of an error of a listing, and its code: no folder, no mailbox is not the
 * same as nothing in it.
 */
void	 ex_graph_no_folder(struct ex_str code, struct ex_err *err);
/* Is it still there?  -1: no, or nobody can tell, as err says. */
int	 ex_graph_there(struct ex_graph *g, struct ex_err *err);
/* items, asked for if need be. */
int	 ex_graph_items(struct ex_graph *g, struct ex_err *err);

/* A folder as the server tells of it. */
struct ex_graph_folder {
	struct ex_str id, name;
	enum ex_kind kind;
	bool standard;			/* the kind's own */
	bool fixed;			/* nothing may be written to it */
};

/* "contacts", "calendar", "tasks" */
const char	*ex_graph_own_name(enum ex_kind kind);

/*
 * Those of a kind; of contacts, those in the folder of that id (absent: at
 * the top).  The standard folder of contacts is in no listing.
 */
int	 ex_graph_children(struct ex_graph *g, enum ex_kind kind,
	    struct ex_str id, struct ex_arena *a, struct ex_graph_folder **v,
	    size_t *n, struct ex_err *err);
/* graphfolders.c */
int	 ex_graph_folders(struct ex_store *s,
	    int (*found)(void *arg, struct ex_str name, enum ex_kind kind,
	    long long items, const char *rights, struct ex_str operand),
	    void *arg, struct ex_err *err);

/* graphlist.c, graphget.c, graphwrite.c: as store.h has them. */
int	 ex_graph_list(struct ex_store *s, struct ex_store_list *want,
	    struct ex_err *err);
int	 ex_graph_read_many(struct ex_store *s, const struct ex_str *id,
	    size_t n, ex_read_done *done, void *arg, struct ex_err *err);
int	 ex_graph_write(struct ex_store *s, const struct ex_write *w,
	    size_t n, ex_write_done *done, void *arg, struct ex_err *err);

/* graphread.c: items, many at once, with what they need beside their GET. */
enum ex_graph_what {
	EX_GRAPH_ITEM,
	EX_GRAPH_BAD,		/* unreadable; why says it */
	EX_GRAPH_OTHER,		/* nothing of this folder */
	EX_GRAPH_MISSING,	/* not there any more */
	EX_GRAPH_FAILED		/* not to be had now; why says it */
};

struct ex_graph_body {
	enum ex_graph_what what;
	struct ex_str rev;		/* as it is now */
	struct ex_str etag;		/* for If-Match; or absent */
	const struct ex_graph_got *got;	/* ITEM */
	struct ex_str why;		/* BAD, FAILED; without the place */
};

/*
 * Read them, many at once.  told() is called once for each that next() gave
 * (1, 0, -1; it copies into the arena), unless the reading fails; -1 ends it.
 * All in a body lives until told() returns.
 */
struct ex_graph_reading {
	int (*next)(void *arg, struct ex_arena *a, struct ex_want *w,
	    struct ex_err *err);
	int (*told)(void *arg, const struct ex_want *w,
	    const struct ex_graph_body *b, struct ex_err *err);
	void *arg;
	bool bare;		/* files are not wanted */
};

int	 ex_graph_read(struct ex_graph *g, const struct ex_graph_reading *r,
	    struct ex_err *err);
/* Is it ours, and does it need nothing beside its GET? */
bool	 ex_graph_is_whole(const struct ex_graph *g,
	    const struct ex_json *item);
/*
 * graphbulk.c: all items of the folder by pages, far fewer requests than one
 * each.  told() is called for those that need nothing more, each once; their
 * ids are remembered.  -1 only for what reading them by id would meet too.
 */
struct ex_graph_seen {
	struct ex_sum *v;	/* of ids; all zero: free */
	size_t n, size;
};

int	 ex_graph_bulk(struct ex_graph *g, const struct ex_graph_reading *r,
	    struct ex_graph_seen *seen, struct ex_err *err);
bool	 ex_graph_seen(const struct ex_graph_seen *seen, struct ex_str id);
void	 ex_graph_seen_free(struct ex_graph_seen *seen);
/* parent, asked for if need be and there is something that can tell. */
int	 ex_graph_parent(struct ex_graph *g, struct ex_err *err);
/* graphrev.c: the rev of an item, in the arena; absent: it has none. */
struct ex_str	 ex_graph_rev(const struct ex_json *item, struct ex_arena *a);
/* Could that be the rev of a series? */
bool	 ex_graph_rev_is_series(struct ex_str rev);
bool	 ex_graph_is_series(const struct ex_json *item);
/* A tree that lives as long as the arena. */
struct ex_json	*ex_graph_copy(const struct ex_json *j, struct ex_arena *a);
/* graphget.c: what came as the caller's, in the arena; f->id is kept. */
void	 ex_graph_found(const struct ex_graph *g,
	    const struct ex_graph_body *b, struct ex_arena *a,
	    struct ex_item *item, struct ex_found *f);

/* graphwrite.c: a write goes through some of these steps, in this order. */
enum ex_graph_step {
	EX_GRAPH_FIND,		/* a create whose answer was lost */
	EX_GRAPH_READ,		/* what is there, before it is changed */
	EX_GRAPH_DELETE,
	EX_GRAPH_CREATE,
	EX_GRAPH_UPDATE,
	EX_GRAPH_EXTEND,	/* a task's open extension */
	EX_GRAPH_DROP,		/* the file `at' that goes */
	EX_GRAPH_ADD,		/* the file `at' */
	EX_GRAPH_SEEK,		/* the id of the occurrence `at' */
	EX_GRAPH_CHANGE,	/* that occurrence */
	EX_GRAPH_DONE
};

struct ex_graph_writing;

struct ex_graph_job {
	struct ex_graph_writing *k;
	const struct ex_write *w;
	enum ex_graph_step step;
	struct ex_graph_call call;
	struct ex_str id, etag;		/* of the item, as it is now */
	struct ex_str stamp;
	struct ex_exmap_send send;
	struct ex_str *drop;		/* ids of files */
	struct ex_exmap_known known;
	bool made;			/* a create that is there: it cannot be
					   refused any more */
	bool sought;			/* for its transactionId is taken */
	bool touched;			/* something of it has been written */
	size_t at;
	struct ex_str occ_id, occ_etag;	/* what SEEK found */
	struct ex_str lacks;		/* what is not kept there; or absent */
	struct ex_arena a;
};

struct ex_graph_writing {
	struct ex_graph *g;
	struct ex_graph_job *job;
	size_t n;
	ex_write_done *done;
	void *arg;
};

/* graphstep.c: each leaves the job at its next step, or answers it. */
int	 ex_graph_job_begin(struct ex_graph_job *j, struct ex_err *err);
int	 ex_graph_job_read(struct ex_graph_job *j,
	    const struct ex_graph_body *b, struct ex_err *err);
int	 ex_graph_job_told(struct ex_graph_job *j,
	    const struct ex_graph_answer *a, struct ex_err *err);
/* FIND without a filter: it is there, or nowhere. */
void	 ex_graph_job_there(struct ex_graph_job *j, struct ex_str id);
int	 ex_graph_job_nowhere(struct ex_graph_job *j, struct ex_err *err);
/* SEEK: is it one that was changed before?  Then it is CHANGE. */
void	 ex_graph_job_known(struct ex_graph_job *j);
/* graphput.c: the request of its step. */
int	 ex_graph_put(struct ex_graph_job *j, struct ex_err *err);

#endif
