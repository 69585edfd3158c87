/*
 * ewspriv.h: what the files of the Exchange store share (ews*.c)
 *
 * ewsmap.c knows what an item's fields are called and what they mean, and
 * sends nothing; ews.c and its like send and read, and know no field.
 */
#ifndef EX_EWSPRIV_H
#define EX_EWSPRIV_H

#include <ex/xmltree.h>

#include "exmap.h"
#include "priv.h"

struct ex_auth;
struct ex_http;
struct ex_http_answer;

#define EX_EWS_TYPES	"http://schemas.microsoft.com/exchange/services/2006/types"
#define EX_EWS_MESSAGES	\
	"http://schemas.microsoft.com/exchange/services/2006/messages"

/* What a server holds of one item, as GetItem gave it. */
struct ex_ews_got {
	/* t:Contact, t:CalendarItem or t:Task */
	const struct ex_xml_node *item;
	/* Of a series: a t:CalendarItem for each ModifiedOccurrence. */
	const struct ex_xml_node *const *changed;
	size_t nchanged;
	const struct ex_exmap_file *file;
	size_t nfile;
};

/* The t:ItemClass that a folder of that kind has: "IPF.Contact". */
const char	*ex_ewsmap_class(enum ex_kind kind);

/*
 * The inside of t:AdditionalProperties that asks for all that _read looks
 * at, by name.  occurrence: for a changed occurrence of a series.
 */
void	 ex_ewsmap_shape(struct ex_buf *b, enum ex_kind kind, bool occurrence);

/*
 * To an item in its normal form.  stamp: our named property, the name of
 * the create that made it; absent: none, or one that belongs to another
 * item (a copy, see ewsmap.c).  err: "Start: no such day", EX_ERR_INPUT.
 */
int	 ex_ewsmap_read(const struct ex_ews_got *got, enum ex_kind kind,
	    struct ex_arena *a, struct ex_item *item, struct ex_str *stamp,
	    struct ex_err *err);

/*
 * From an item.  was: what the server holds; NULL: nothing, then stamp is
 * written too.  err: "RRULE: Exchange has no BYWEEKNO", EX_ERR_INPUT: this
 * item is refused.
 */
int	 ex_ewsmap_write(const struct ex_item *item, const struct ex_ews_got *was,
	    struct ex_str stamp, struct ex_arena *a, struct ex_exmap_send *send,
	    struct ex_err *err);

/* The inside of an m:Restriction that finds what has that stamp. */
void	 ex_ewsmap_find_stamp(struct ex_buf *b, struct ex_str stamp);

/* ewsanswer.c: what a ResponseCode means, for a write and for the rest. */
enum ex_answer	 ex_ews_answer(enum ex_write_op op, struct ex_str code);
enum ex_errcode	 ex_ews_errcode(struct ex_str code);
/* May the same request fare better in a moment? */
bool	 ex_ews_is_transient(struct ex_str code);

/* What a server says of a request, or of a part of one. */
struct ex_ews_said {
	struct ex_str code;	/* "NoError"; absent: nothing was said */
	struct ex_str text;	/* in words; or absent */
	struct ex_str smtp;	/* the address it wants instead; or absent */
	long wait;		/* BackOffMilliseconds; -1: none */
};

/* One of m:ResponseMessages. */
struct ex_ews_message {
	size_t i;		/* the first is 0 */
	bool good;		/* Success, or Success with a Warning */
	struct ex_ews_said said;
	const struct ex_xml_node *node;	/* m:GetItemResponseMessage */
};

/*
 * ewsxml.c: a SOAP answer, whose messages are told of as they come.  Elements
 * may stand in any order, and unknown ones are passed over.
 */
struct ex_ews_xml;

typedef int	 ex_ews_told(void *arg, const struct ex_ews_message *m,
		    struct ex_err *err);

struct ex_ews_xml *ex_ews_xml_new(ex_ews_told *told, void *arg);
void	 ex_ews_xml_free(struct ex_ews_xml *x);
int	 ex_ews_xml_feed(struct ex_ews_xml *x, struct ex_str part,
	    struct ex_err *err);
/*
 * Was it whole, and a SOAP answer?  fault: lives until x is freed; its code
 * is absent where there is none.
 */
int	 ex_ews_xml_finish(struct ex_ews_xml *x, struct ex_ews_said *fault,
	    struct ex_err *err);

/* ews.c */
struct ex_ews {
	struct ex_store s;
	struct ex_arena a;		/* as long as it is open */
	struct ex_str place;
	struct ex_str url;		/* "https://host/EWS/Exchange.asmx" */
	struct ex_server server;
	struct ex_str mailbox, folder;	/* options; or absent */
	bool impersonate;
	bool browse;			/* only its folders are wanted */

	/* The folder, as GetFolder has it. */
	struct ex_str id, class, title;
	long long items;		/* -1: not known */
	bool public;
	struct ex_str replica;		/* of a public one; or absent */
	/* Headers: "X-AnchorMailbox: alice@example.com"; absent: none. */
	struct ex_str anchor, public_box;

	/* ewssoap.c's */
	struct ex_ews_call *first, **last;	/* to be sent */
	unsigned inside;		/* of a callback */
	bool alone;			/* one request at a time */
	long long not_before;		/* by clock.h */

	size_t batch;			/* items that one request asks for */

	struct ex_unsure unsure;
};

/* ex_server_abandon(), and forget what was to be sent. */
void	 ex_ews_abandon(struct ex_ews *e);

/*
 * ewssoap.c: requests.
 *
 * What a call came to.  Without `write` what is transient was tried five
 * times; with it only what was certainly not carried out.
 */
enum ex_ews_end {
	EX_EWS_ANSWERED,	/* told() had what came, perhaps not all */
	EX_EWS_TOO_MUCH,	/* it took too long: less is to be asked for */
	EX_EWS_FAULT,		/* nothing of it was done: why */
	EX_EWS_LOST		/* it may have been done, or not: why */
};

/* Filled by the caller, who keeps it until done() and frees what it holds. */
struct ex_ews_call {
	struct ex_buf body;		/* m:GetItem, whole */
	bool write;			/* twice is not as good as once */
	ex_ews_told *told;
	/* code: of a fault; absent: it was none.  -1 ends the run. */
	int (*done)(void *arg, enum ex_ews_end how, struct ex_str code,
	    const struct ex_err *why, struct ex_err *err);
	void *arg;

	/* ewssoap.c's */
	struct ex_ews *e;
	struct ex_ews_call *next;
	struct ex_ews_xml *xml;
	struct ex_buf text;		/* the envelope */
	unsigned tries;
	bool broken;			/* the answer is no SOAP */
	bool stop;			/* told() said so */
	struct ex_err why;
};

/* Begin "<m:OP ATTRS>"; the caller ends it. */
void	 ex_ews_call_begin(struct ex_ews_call *c, const char *op,
	    const char *attrs);
void	 ex_ews_call_fini(struct ex_ews_call *c);
/* Send it, at once or, from told() or done(), in the next ex_ews_run(). */
int	 ex_ews_send(struct ex_ews *e, struct ex_ews_call *c,
	    struct ex_err *err);
/* Until all that were sent are done. */
int	 ex_ews_run(struct ex_ews *e, struct ex_err *err);
/*
 * One call and its answer: 0 if it was answered; done is not used.  -1: err
 * says what was not good, code (may be NULL; in the store's arena) of a
 * fault.
 */
int	 ex_ews_ask(struct ex_ews *e, struct ex_ews_call *c,
	    struct ex_str *code, struct ex_err *err);
/* Fill err for a message that is not good, or a fault: "place: what: why". */
int	 ex_ews_fail(const struct ex_ews *e, const char *what,
	    const struct ex_ews_said *said, struct ex_err *err);

/* <t:ItemId Id="..." ChangeKey="..."/>; absent ones are left out. */
void	 ex_ews_put_id(struct ex_buf *b, const char *element, struct ex_str id,
	    struct ex_str change_key);

/* ewsfolder.c: folders, as GetFolder and FindFolder tell of them. */
struct ex_ews_folder {
	struct ex_str id, title, class;	/* class: may be absent */
	long long items;		/* -1: not said */
	bool denied;			/* it may not be read */
	bool fixed;			/* nothing may be created in it */
	struct ex_str replica;		/* PR_REPLICA_LIST, base64; or absent */
};

/* Where folders are looked for: one of both. */
struct ex_ews_place {
	const char *name;		/* "msgfolderroot"; NULL: it has an id */
	struct ex_str id;
};

/* Those in it, level by level only: public folders know nothing else. */
int	 ex_ews_children(struct ex_ews *e, const struct ex_ews_place *at,
	    struct ex_arena *a, struct ex_ews_folder **v, size_t *n,
	    struct ex_err *err);
/* Which folder the options mean; fills e->id and its like. */
int	 ex_ews_find_folder(struct ex_ews *e, enum ex_kind kind,
	    struct ex_err *err);
/* Where browsing begins. */
int	 ex_ews_find_root(struct ex_ews *e, struct ex_ews_place *at,
	    struct ex_err *err);
enum ex_kind	 ex_ews_kind(struct ex_str class);
/* The folder, as a request names it: <t:FolderId .../>. */
void	 ex_ews_put_folder(const struct ex_ews *e, struct ex_buf *b);
/* "deleteditems" of the mailbox, likewise. */
void	 ex_ews_put_place(const struct ex_ews *e,
	    const struct ex_ews_place *at, struct ex_buf *b);

/* ewsauto.c: an answer of Autodiscover; absent: it says nothing of that. */
struct ex_ews_auto {
	struct ex_str url;		/* of EWS */
	struct ex_str smtp;		/* AutoDiscoverSMTPAddress */
	struct ex_str public;		/* PublicFolderInformation */
	struct ex_str server;		/* of EXCH */
	struct ex_str to_address, to_url;	/* ask there instead */
	struct ex_str error;		/* why it says nothing else */
};

/* One question, in the form that the URL's end says; false: why says it. */
bool	 ex_ews_auto_ask(struct ex_http *http, struct ex_str url,
	    struct ex_str address, struct ex_arena *a, struct ex_ews_auto *f,
	    struct ex_err *why);

/*
 * ewsdiscover.c: the URL of the server that has that mailbox to e->url, and
 * e->server.conf.auth.  The mailbox may turn out to have another address.
 */
int	 ex_ews_discover(struct ex_ews *e, const struct ex_store_conf *conf,
	    struct ex_str *address, struct ex_err *err);
/*
 * Where requests about public folders go: those about the hierarchy, and
 * those about the content of a folder with that PR_REPLICA_LIST.  A server
 * that does not say gets none of the headers.
 */
void	 ex_ews_route_hierarchy(struct ex_ews *e);
void	 ex_ews_route_content(struct ex_ews *e, struct ex_str replica);

/* ewsfolders.c */
int	 ex_ews_folders(struct ex_store *s,
	    int (*found)(void *arg, struct ex_str name, enum ex_kind kind,
	    long long items, const char *rights, struct ex_str operand),
	    void *arg, struct ex_err *err);

/* ewslist.c, ewsget.c, ewswrite.c: as store.h has them. */
int	 ex_ews_list(struct ex_store *s, struct ex_store_list *want,
	    struct ex_err *err);
int	 ex_ews_read_many(struct ex_store *s, const struct ex_str *id,
	    size_t n, ex_read_done *done, void *arg, struct ex_err *err);
int	 ex_ews_write(struct ex_store *s, const struct ex_write *w, size_t n,
	    ex_write_done *done, void *arg, struct ex_err *err);

/* ewsread.c: items, many at once. */
enum ex_ews_what {
	EX_EWS_ITEM,
	EX_EWS_BAD,		/* unreadable; why says it */
	EX_EWS_OTHER,		/* nothing of our kind: why says it; NULL: none */
	EX_EWS_MISSING,		/* not there any more */
	EX_EWS_FAILED		/* not to be had now; why says it */
};

struct ex_ews_body {
	enum ex_ews_what what;
	struct ex_str id, rev;	/* as it is now */
	const struct ex_ews_got *got;	/* ITEM: what the server has */
	const struct ex_err *why;
};

/*
 * Read them, many at once.  told() is called once for each that next() gave
 * (1, 0, -1; it copies into the arena), unless the reading fails; -1 ends it.
 * All in a body lives until told() returns.
 */
struct ex_ews_reading {
	int (*next)(void *arg, struct ex_arena *a, struct ex_want *w,
	    struct ex_err *err);
	int (*told)(void *arg, const struct ex_want *w,
	    const struct ex_ews_body *b, struct ex_err *err);
	void *arg;
	bool ids;		/* only id and rev are wanted; no got */
};

int	 ex_ews_read(struct ex_ews *e, const struct ex_ews_reading *r,
	    struct ex_err *err);

/* ewsget.c: what came as the caller's, in the arena; f->id is kept. */
void	 ex_ews_found(const struct ex_ews *e, const struct ex_ews_body *b,
	    struct ex_arena *a, struct ex_item *item, struct ex_found *f);

/* ewspart.c: items that wait for what they need beside GetItem. */
struct ex_ews_held {
	struct ex_link link;	/* in parts.held */
	struct ex_want want;
	struct ex_str rev;
	struct ex_ews_got got;
	const struct ex_xml_node **changed;
	struct ex_exmap_file *file;
	size_t lacks;			/* parts that are not there yet */
	bool failed;			/* one is not to be had: why */
	struct ex_err why;
	struct ex_arena a;
};

struct ex_ews_part {
	struct ex_ews_part *next;
	struct ex_ews_held *held;
	size_t at;			/* in its changed or file */
	struct ex_str id;		/* ItemId or AttachmentId */
	long long size;			/* -1: not known */
	bool file;
};

struct ex_ews_parts {
	struct ex_link *held;		/* struct ex_ews_held */
	struct ex_ews_part *file, *changed;	/* to be asked for */
};

/* 1: it is held, and its parts are in the lists; 0: it has none; -1. */
int	 ex_ews_hold(struct ex_ews_parts *parts,
	    const struct ex_want *want, const struct ex_xml_node *item,
	    struct ex_str rev, struct ex_err *why);
void	 ex_ews_held_free(struct ex_ews_parts *parts, struct ex_ews_held *h);
/* From m:Attachments or m:Items (NULL: there are none). */
int	 ex_ews_part_take(struct ex_ews_part *p,
	    const struct ex_xml_node *list, struct ex_err *why);
/* why: it is not to be had.  true: it was the last that was lacking. */
bool	 ex_ews_part_done(struct ex_ews_part *p, const struct ex_err *why);
struct ex_xml_node	*ex_ews_copy(const struct ex_xml_node *n,
			    struct ex_arena *a);

/* ewswrite.c: a write goes through some of these steps, in this order. */
enum ex_ews_step {
	EX_EWS_FIND,		/* a create whose answer was lost: is it there? */
	EX_EWS_READ,		/* what is there, before it is changed */
	EX_EWS_LOOK,		/* its ChangeKey, before it is deleted */
	EX_EWS_DELETE,
	EX_EWS_MOVE,		/* to Deleted Items, where DELETE may not */
	EX_EWS_CREATE,
	EX_EWS_UPDATE,
	EX_EWS_DROP,		/* attachments that go */
	EX_EWS_ADD,		/* the attachment `at' */
	EX_EWS_SEEK,		/* the id of the occurrence `at', or of many */
	EX_EWS_CHANGE,		/* that occurrence, or these */
	EX_EWS_DONE
};

#define EX_EWS_MOST	25	/* things that one request writes */

/* What a server said of one occurrence of many. */
struct ex_ews_one {
	bool told;
	enum ex_answer what;
	struct ex_str id;		/* what SEEK found; or absent */
	struct ex_str why;
};

struct ex_ews_job {
	const struct ex_write *w;
	enum ex_ews_step step;
	struct ex_str id, key;		/* of the item, as it is now */
	struct ex_str stamp;
	struct ex_str uid;		/* of a series */
	struct ex_exmap_send send;
	struct ex_str *drop;		/* AttachmentIds */
	struct ex_exmap_known known;
	bool made;			/* a create that is there: it cannot be
					   refused any more */
	size_t at;
	struct ex_str occ_id, occ_key;	/* what SEEK found; or absent */
	size_t many;			/* occurrences from at on that go at
					   once; 0: `at' alone */
	struct ex_ews_one *one;		/* what was said of these */
	struct ex_str lacks;		/* what is not kept there; or absent */
	struct ex_arena a;
};

struct ex_ews_writing {
	struct ex_ews *e;
	struct ex_ews_job *job;
	size_t n;
	ex_write_done *done;
	void *arg;
};

/* ewsstep.c: each leaves the job at its next step, or answers it. */
int	 ex_ews_job_begin(struct ex_ews_writing *k, struct ex_ews_job *j,
	    const struct ex_write *w, struct ex_err *err);
int	 ex_ews_job_read(struct ex_ews_writing *k, struct ex_ews_job *j,
	    const struct ex_ews_body *b, struct ex_err *err);
int	 ex_ews_job_told(struct ex_ews_writing *k, struct ex_ews_job *j,
	    const struct ex_ews_message *m, struct ex_err *err);
/* The answer about many was whole. */
int	 ex_ews_job_many(struct ex_ews_writing *k, struct ex_ews_job *j,
	    struct ex_err *err);
/* They are not to be had at once: each goes alone. */
void	 ex_ews_job_alone(struct ex_ews_job *j);
int	 ex_ews_job_refuse(struct ex_ews_writing *k, struct ex_ews_job *j,
	    enum ex_answer what, struct ex_str why, struct ex_err *err);

/*
 * ewsput.c: the request of a step, for n jobs (FIND, DROP, ADD, SEEK and
 * CHANGE: one).
 */
void	 ex_ews_put(const struct ex_ews *e, enum ex_ews_step step,
	    struct ex_ews_job *const *job, size_t n, struct ex_ews_call *c);

#endif
