/*
 * davpriv.h: what the files of the CardDAV and CalDAV store share (dav*.c)
 */
#ifndef EX_DAVPRIV_H
#define EX_DAVPRIV_H

#include "priv.h"

struct ex_auth;
struct ex_http;
struct ex_http_answer;
struct ex_http_request;

/* davuri.c */
struct ex_dav_uri {
	struct ex_str scheme, host;	/* lower case; the port, if another */
	struct ex_str origin;		/* "https://host:8443" */
	struct ex_str path;		/* in its form, from '/' on */
	struct ex_str user;		/* as written, %XX too; or absent */
};

enum ex_dav_where {
	EX_DAV_OUTSIDE,
	EX_DAV_SELF,
	EX_DAV_MEMBER,
	EX_DAV_DEEPER
};

/* -1: why says what is wrong with it.  Results in the arena. */
int	 ex_dav_uri_parse(struct ex_str text, struct ex_arena *a,
	    struct ex_dav_uri *u, const char **why);
/* An href that a server sent to a path on its own origin. */
int	 ex_dav_uri_resolve(const struct ex_dav_uri *base, struct ex_str href,
	    struct ex_arena *a, struct ex_str *path, const char **why);
/* Where a path in its form lies, seen from the collection base. */
enum ex_dav_where ex_dav_uri_member(const struct ex_dav_uri *base,
		    struct ex_str path, struct ex_arena *a,
		    struct ex_str *id);
/* The path of the member with that id; absent: no id of ours. */
struct ex_str	 ex_dav_uri_of(const struct ex_dav_uri *base,
		    struct ex_str id, struct ex_arena *a);
/* The last segment of a path, decoded. */
struct ex_str	 ex_dav_uri_name(struct ex_str path, struct ex_arena *a);

/* davxml.c */
struct ex_dav_props {
	struct ex_str etag, type, name, token, ctag, principal, data;
	struct ex_str *home;
	size_t nhome;
	long long max_size;		/* -1: not said */
	bool typed;			/* resourcetype was there */
	bool collection, book, calendar, is_principal;
	bool rights, write;		/* rights: what we may do was there */
	bool has_comps;
	unsigned comps;			/* 1 << kind */
	bool has_versions, v3, v4;	/* of vCards */
	bool sync;			/* it knows sync-collection */
	bool too_large;			/* data is over our cap, and cut */
};

/* A precondition that an error names: "no-uid-conflict". */
struct ex_dav_error {
	struct ex_str what, href;
	bool dav;			/* it is one of DAV: */
};

struct ex_dav_response {
	struct ex_str *href;
	size_t nhref;
	int status;			/* of the whole; 0: none */
	bool found;			/* some propstat was good */
	int failed;			/* the first status that was not */
	struct ex_dav_props p;
	struct ex_dav_error error;
};

struct ex_dav_xml;

/* What response() is given lives until it returns; -1 ends the reading. */
struct ex_dav_xml *ex_dav_xml_new(int (*response)(void *arg,
		    const struct ex_dav_response *r, struct ex_err *err),
		    void *arg);
void	 ex_dav_xml_free(struct ex_dav_xml *x);
int	 ex_dav_xml_feed(struct ex_dav_xml *x, struct ex_str part,
	    struct ex_err *err);
/* Was it whole? */
int	 ex_dav_xml_finish(struct ex_dav_xml *x, struct ex_err *err);
/* The multistatus' own sync-token, until freed. */
struct ex_str	 ex_dav_xml_token(const struct ex_dav_xml *x);
/*
 * The body of an answer that says no, or of a 207 to a write: the precondition
 * and, of a 207, the status (0: none).
 */
int	 ex_dav_error(struct ex_str body, struct ex_arena *a,
	    struct ex_dav_error *e);
/* "VEVENT" to events. */
enum ex_kind	 ex_dav_comp(struct ex_str name);

/* dav.c */
struct ex_dav {
	struct ex_store s;
	struct ex_arena a;		/* as long as it is open */
	struct ex_str place;
	bool cal;			/* caldav: */
	bool browse;			/* only its folders are wanted */
	struct ex_server server;
	struct ex_dav_uri uri;		/* the collection; browse: what was
					   asked for */
	struct ex_dav_props props;	/* of it */
	struct ex_str opened;		/* its sync token then; or absent */
	struct ex_str folder;		/* option; absent: none */
	bool no_multiget;		/* the server has said so */

	/* The creates of the last write: a server may rename them. */
	struct ex_arena made_arena;
	struct ex_dav_made {
		struct ex_str id, uid;
	} *made;
	size_t nmade;
};

/* davhttp.c: one request with an XML body, and its multistatus. */
struct ex_dav_ask {
	const char *method;
	struct ex_str path;
	const char *depth;		/* "0", "1"; NULL: none */
	struct ex_str body;
	int (*response)(void *arg, const struct ex_dav_response *r,
	    struct ex_err *err);
	void *arg;
	/* What came of it, in the arena: */
	int status;
	struct ex_str url;		/* that answered */
	struct ex_dav_error error;
	struct ex_str token;
	struct ex_err why;		/* status is not 207 */
};

/*
 * 0 with status 207: it was whole, each response was told of.  0 with another
 * status: it is for the caller to say.  -1: no answer, no XML, or response()
 * failed.
 */
int	 ex_dav_ask(struct ex_dav *d, struct ex_dav_ask *q,
	    struct ex_arena *a, struct ex_err *err);
/* Fill err for an answer that was not 207. */
int	 ex_dav_ask_fail(const struct ex_dav_ask *q, struct ex_err *err);

/* davfind.c: the collection that the URL leads to, in d->uri and d->props. */
int	 ex_dav_find(struct ex_dav *d, enum ex_kind kind,
	    struct ex_err *err);

/* A collection of the store's sort. */
struct ex_dav_folder {
	struct ex_str path, name;
	struct ex_dav_props props;
};

/* Those behind d->uri, sorted by path, in the arena. */
int	 ex_dav_folders_find(struct ex_dav *d, struct ex_arena *a,
	    struct ex_dav_folder **v, size_t *n, struct ex_err *err);
/* What it holds: _NONE, several. */
enum ex_kind	 ex_dav_kind(const struct ex_dav *d,
		    const struct ex_dav_props *p);
bool	 ex_dav_may_hold(const struct ex_dav *d, const struct ex_dav_props *p,
	    enum ex_kind kind);

/* davfolders.c */
int	 ex_dav_folders(struct ex_store *s,
	    int (*found)(void *arg, struct ex_str name, enum ex_kind kind,
	    long long items, const char *rights, struct ex_str operand),
	    void *arg, struct ex_err *err);

/* davlist.c */
int	 ex_dav_list(struct ex_store *s, struct ex_store_list *want,
	    struct ex_err *err);
/* Of ex_dav_list()'s since: what moved after the collection was opened. */
struct ex_str	 ex_dav_since_opened(struct ex_dav *d);
/* How many items a collection has; -1: not known. */
long long	 ex_dav_count(struct ex_dav *d, struct ex_str path,
		    struct ex_arena *a);

/* davread.c: bodies. */
enum ex_dav_got {
	EX_DAV_ITEM,
	EX_DAV_BAD,		/* unreadable; why says it */
	EX_DAV_OTHER,		/* of another kind */
	EX_DAV_MISSING,		/* not there any more */
	EX_DAV_FAILED		/* not to be had now; why says it */
};

struct ex_dav_body {
	struct ex_str id;	/* may be another than asked: renamed */
	struct ex_str rev;
	enum ex_dav_got got;
	const struct ex_item *item;
	struct ex_str text;
	const struct ex_err *why;
};

/*
 * Read them, many at once.  told() is called once for each i; -1 ends it.
 * Rows come from next() (1, 0, -1), which copies into the arena it is given.
 */
struct ex_dav_reading {
	int (*next)(void *arg, struct ex_arena *a, struct ex_want *w,
	    struct ex_err *err);
	int (*told)(void *arg, const struct ex_want *w,
	    const struct ex_dav_body *b, struct ex_err *err);
	void *arg;
};

int	 ex_dav_read(struct ex_dav *d, const struct ex_dav_reading *r,
	    struct ex_err *err);

/* davget.c: items that are asked for by id. */
int	 ex_dav_read_many(struct ex_store *s, const struct ex_str *id,
	    size_t n, ex_read_done *done, void *arg, struct ex_err *err);

/* In place of a version mark: of what was read, where the server gives none. */
#define EX_DAV_SUM	"sum:"

/* davitem.c: text to an item of ours, and an item to text. */
enum ex_dav_got	 ex_dav_decode(const struct ex_dav *d, struct ex_str text,
		    struct ex_arena *a, const struct ex_item **item,
		    struct ex_err *why);
/*
 * What stands in for a version mark that the server does not give.  CR is no
 * part of it: in XML it is lost (XML 1.0, 2.11), in the answer to a GET not.
 */
struct ex_str	 ex_dav_sum(struct ex_str text, struct ex_arena *a);
/* The text to PUT; -1: why says it cannot be. */
int	 ex_dav_encode(const struct ex_dav *d, const struct ex_write *w,
	    struct ex_arena *a, struct ex_buf *out, struct ex_str *as,
	    struct ex_err *why);

/* davwrite.c */
int	 ex_dav_write(struct ex_store *s, const struct ex_write *w, size_t n,
	    ex_write_done *done, void *arg, struct ex_err *err);
/* davanswer.c: what an answer to a write means. */
enum ex_answer	 ex_dav_answer(enum ex_write_op op, int status,
		    const struct ex_dav_error *e);

/* davdns.c: where a domain has its service (RFC 6764). */
struct ex_dns_srv {
	unsigned priority, weight, port;
	char target[256];
};

/* A packet's SRV records, best first; -1: it is malformed. */
int	 ex_dns_srv(struct ex_str packet, struct ex_dns_srv *v, size_t max);
/* "path=" of a packet's TXT records to path; -1: it is malformed. */
int	 ex_dns_path(struct ex_str packet, char *path, size_t size);
/*
 * davsrv.c: ask the resolver.  1: the best of a domain's _SERVICE._tcp, whose
 * target is "" if the domain has no such service; 0: nothing is said.
 */
int	 ex_dns_lookup(const char *service, struct ex_str domain,
	    struct ex_arena *a, struct ex_dns_srv *srv);
/* Is it the domain, or in it?  No other host gets a password unasked. */
bool	 ex_dns_is_within(struct ex_str host, struct ex_str domain);
/*
 * The URL in the arena, absent if the domain does not say.  -1: it has none,
 * or one that we do not follow.
 */
int	 ex_dav_lookup(struct ex_str domain, bool cal, struct ex_arena *a,
	    struct ex_str *url, struct ex_err *err);

#endif
