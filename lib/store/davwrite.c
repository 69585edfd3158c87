/*
 * davwrite.c: PUT and DELETE, several under way
 *
 *	op	rev is		the condition
 *	------	--------------	--------------------------------------------
 *	create	-		If-None-Match: *
 *	change	a strong ETag	If-Match
 *	change	weak, or a sum	GET first: is it still that?  Where it brings
 *				no ETag, PROPFIND, as the listing did.  Then
 *				If-Match if that is a strong one, else none:
 *				weak ones do not do for it (RFC 9110, 13.1.1)
 *
 * (1) What an ETag in the answer says is not believed: servers rewrite what
 *     they store.  The caller reads it back.
 * (2) No answer is `busy': the caller's next try meets what came of it.
 *     After SILENT of them in a row that the server kept us waiting for, it
 *     is left alone.
 * (3) No write makes a server mail: see davitem.c; a delete says
 *     Schedule-Reply: F (RFC 6638, 8.1).
 */
#include <stdlib.h>
#include <string.h>

#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/http.h>

#include "davpriv.h"

#define SILENT	4

struct job {
	struct writing *k;
	struct job *older, *newer;
	const struct ex_write *w;
	size_t i;
	struct ex_str id, path, as;
	struct ex_str match;		/* the ETag to give; absent: none */
	struct ex_dav_xml *xml;		/* of a PROPFIND for the ETag */
	struct ex_str etag;		/* that it told; absent: none */
	struct ex_buf text;
	struct ex_arena a;
};

struct writing {
	struct ex_dav *d;
	struct job *live;
	ex_write_done *done;
	void *arg;
	unsigned silent;		/* in a row */
};

static struct job *
new_job(struct writing *k, const struct ex_write *w, size_t i)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		ex_diag_oom();
	j->k = k;
	j->w = w;
	j->i = i;
	j->older = k->live;
	if (j->older != NULL)
		j->older->newer = j;
	k->live = j;
	return j;
}

static void
free_job(struct job *j)
{
	if (j->older != NULL)
		j->older->newer = j->newer;
	if (j->newer != NULL)
		j->newer->older = j->older;
	else
		j->k->live = j->older;
	ex_dav_xml_free(j->xml);
	ex_buf_fini(&j->text);
	ex_arena_free(&j->a);
	free(j);
}

/* Its answer; the job is done with. */
static int
answer(struct job *j, struct ex_wrote *r, struct ex_err *err)
{
	int got = j->k->done(j->k->arg, j->i, r, err);

	free_job(j);
	return got;
}

/* As answer(), of a request: is the server silent? */
static int
answered(struct job *j, struct ex_wrote *r, const struct ex_http_answer *a,
    struct ex_err *err)
{
	struct writing *k = j->k;

	r->silent = a->silent;
	k->silent = a->silent ? k->silent + 1 : 0;
	if (answer(j, r, err) == -1)
		return -1;
	return k->silent < SILENT ? 0 : ex_http_fail(k->d->server.http, a, err);
}

static int
refuse(struct job *j, enum ex_answer what, const char *why,
    struct ex_err *err)
{
	struct ex_str id = j->id.p != NULL ? j->id : EX_STR("item");
	struct ex_wrote r = { .answer = what };

	r.why = ex_arena_fmt(&j->a, "%.*s: %s", EX_STR_ARG(id), why);
	return answer(j, &r, err);
}

/* RFC 9110, 8.8.3: may it stand in If-Match? */
static bool
is_strong(struct ex_str etag)
{
	size_t i;

	if (etag.n < 2 || etag.p[0] != '"' || etag.p[etag.n - 1] != '"')
		return false;
	for (i = 1; i < etag.n - 1; i++)
		if ((unsigned char)etag.p[i] <= 0x20 || etag.p[i] == '"' ||
		    etag.p[i] == 0x7F)
			return false;
	return true;
}

/* An ETag without W/ and quotes, which some servers leave out in XML. */
static struct ex_str
opaque(struct ex_str etag)
{
	if (ex_str_starts(etag, "W/")) {
		etag.p += 2;
		etag.n -= 2;
	}
	if (etag.n >= 2 && etag.p[0] == '"' && etag.p[etag.n - 1] == '"') {
		etag.p++;
		etag.n -= 2;
	}
	return etag;
}

/* The member that a Location or an error's href names. */
static struct ex_str
id_of(struct job *j, struct ex_str href)
{
	const struct ex_dav_uri *u = &j->k->d->uri;
	struct ex_str path, id;
	const char *why;

	if (href.n == 0 ||
	    ex_dav_uri_resolve(u, href, &j->a, &path, &why) == -1 ||
	    ex_dav_uri_member(u, path, &j->a, &id) != EX_DAV_MEMBER)
		return EX_STR_NONE;
	return id;
}

static void
remember(struct job *j, struct ex_str id)
{
	struct ex_dav *d = j->k->d;

	d->made = ex_arena_grow(&d->made_arena, d->made, d->nmade,
	    sizeof(*d->made));
	d->made[d->nmade++] = (struct ex_dav_made){
	    ex_arena_str(&d->made_arena, id),
	    ex_arena_str(&d->made_arena, j->w->item->uid) };
}

static void
stored(struct job *j, const struct ex_http_answer *a, struct ex_wrote *r)
{
	struct ex_str at;

	r->id = j->id;
	if (j->w->op == EX_WRITE_DELETE)
		return;
	r->as = j->as;
	if (j->w->op != EX_WRITE_CREATE)
		return;
	at = id_of(j, ex_http_header(a, "Location"));
	if (at.p != NULL)
		r->id = at;
	remember(j, r->id);
}

static int
wrote(void *arg, const struct ex_http_answer *a, struct ex_err *err)
{
	struct job *j = arg;
	struct ex_wrote r = { .answer = EX_ANSWER_BUSY };
	struct ex_dav_error e = { .dav = false };
	int status = a->status, inner = 0;

	if (status != 0)
		inner = ex_dav_error(a->body, &j->a, &e);
	/* Xandikos says so of what it cannot take. */
	if (status == 207)
		status = inner >= 400 ? inner : 400;
	r.answer = ex_dav_answer(j->w->op, status, &e);
	r.broke = status == 500;
	if (r.answer == EX_ANSWER_STORED) {
		stored(j, a, &r);
		return answered(j, &r, a, err);
	}
	if (r.answer == EX_ANSWER_EXISTS) {
		r.id = id_of(j, e.href);
		/* The name is taken; of a UID that is, nobody knows where. */
		if (r.id.p == NULL && status == 412 &&
		    !ex_str_is(e.what, "no-uid-conflict"))
			r.id = j->id;
	}
	r.why = ex_arena_fmt(&j->a, "%.*s: %.*s%s%.*s", EX_STR_ARG(j->id),
	    (int)(a->why.n < 300 ? a->why.n : 300), a->why.p,
	    e.what.p != NULL ? ": " : "", (int)e.what.n,
	    e.what.p != NULL ? e.what.p : "");
	return answered(j, &r, a, err);
}

static int
send(struct job *j, struct ex_err *err)
{
	const char *header[5] = { NULL };
	struct ex_http_request r = { .url = j->path, .header = header,
	    .done = wrote, .arg = j };
	size_t n = 0;

	if (j->w->op == EX_WRITE_DELETE) {
		r.method = "DELETE";
		if (j->k->d->cal)
			header[n++] = "Schedule-Reply: F";
	} else {
		r.method = "PUT";
		r.body = ex_buf_get(&j->text);
		header[n++] = j->w->item->kind == EX_KIND_CONTACTS ?
		    "Content-Type: text/vcard; charset=utf-8" :
		    "Content-Type: text/calendar; charset=utf-8";
	}
	if (j->w->op == EX_WRITE_CREATE)
		header[n++] = "If-None-Match: *";
	else if (j->match.p != NULL)
		header[n++] = ex_arena_fmt(&j->a, "If-Match: %.*s",
		    EX_STR_ARG(j->match)).p;
	return ex_http_send(j->k->d->server.http, &r, err);
}

/* What is there is what is meant, or not; the ETag is of it, or absent. */
static int
go_on(struct job *j, bool same, struct ex_str etag, struct ex_err *err)
{
	if (!same)
		return refuse(j, EX_ANSWER_STALE, "has changed", err);
	if (is_strong(etag))
		j->match = ex_arena_str(&j->a, etag);
	return send(j, err);
}

/* An answer that does not say what is there. */
static int
not_said(struct job *j, const struct ex_http_answer *a, struct ex_err *err)
{
	const struct ex_dav_error e = { .dav = false };
	struct ex_wrote r = { .answer = ex_dav_answer(j->w->op,
	    a->status / 100 == 2 ? 500 : a->status, &e) };

	r.why = ex_arena_fmt(&j->a, "%.*s: %.*s", EX_STR_ARG(j->id),
	    EX_STR_ARG(a->why));
	return answered(j, &r, a, err);
}

static int
take_etag(void *arg, const struct ex_dav_response *r, struct ex_err *err)
{
	struct job *j = arg;

	(void)err;
	if (r->found && j->etag.p == NULL)
		j->etag = ex_arena_str(&j->a, r->p.etag);
	return 0;
}

static int
feed(void *arg, struct ex_str part, struct ex_err *err)
{
	struct job *j = arg;

	return ex_dav_xml_feed(j->xml, part, err);
}

static int
asked(void *arg, const struct ex_http_answer *a, struct ex_err *err)
{
	struct job *j = arg;
	struct ex_err why;

	if (a->status != 207 || ex_dav_xml_finish(j->xml, &why) == -1)
		return not_said(j, a, err);
	return go_on(j, j->etag.p != NULL && ex_str_eq(opaque(j->etag),
	    opaque(j->w->rev)), j->etag, err);
}

static int
ask(struct job *j, struct ex_err *err)
{
	static const char *const header[] = {
	    "Content-Type: application/xml; charset=utf-8", "Depth: 0", NULL };
	const struct ex_http_request r = { .method = "PROPFIND",
	    .url = j->path, .header = header, .again = true, .data = feed,
	    .done = asked, .arg = j,
	    .body = EX_STR("<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<D:propfind xmlns:D=\"DAV:\"><D:prop><D:getetag/></D:prop>"
	    "</D:propfind>") };

	j->xml = ex_dav_xml_new(take_etag, j);
	return ex_http_send(j->k->d->server.http, &r, err);
}

/* What is there, before a change that cannot be conditional otherwise. */
static int
looked(void *arg, const struct ex_http_answer *a, struct ex_err *err)
{
	struct job *j = arg;
	struct ex_str etag;

	if (a->status != 200)
		return not_said(j, a, err);
	etag = ex_http_header(a, "ETag");
	if (ex_str_starts(j->w->rev, EX_DAV_SUM))
		return go_on(j, ex_str_eq(ex_dav_sum(a->body, &j->a),
		    j->w->rev), etag, err);
	if (etag.p == NULL)
		return ask(j, err);
	return go_on(j, ex_str_eq(opaque(etag), opaque(j->w->rev)), etag, err);
}

static int
look(struct job *j, struct ex_err *err)
{
	const struct ex_http_request r = { .method = "GET", .url = j->path,
	    .again = true, .cap = EX_CAP_ITEM + 8192, .done = looked,
	    .arg = j };

	return ex_http_send(j->k->d->server.http, &r, err);
}

static int
begin_create(struct job *j, struct ex_err *err)
{
	const char *name = ex_vdir_new_name(j->w, ex_buf_get(&j->text),
	    &j->a);

	if (name == NULL)
		return refuse(j, EX_ANSWER_REFUSED,
		    "its name cannot be a resource's", err);
	j->id = ex_vdir_id(ex_str_of(name), &j->a);
	j->path = ex_dav_uri_of(&j->k->d->uri, j->id, &j->a);
	return send(j, err);
}

/* Takes ownership of the job. */
static int
begin(struct job *j, struct ex_err *err)
{
	const struct ex_dav *d = j->k->d;
	struct ex_err why;

	if (j->w->op != EX_WRITE_CREATE) {
		j->id = ex_arena_str(&j->a, j->w->id);
		j->path = ex_dav_uri_of(&d->uri, j->id, &j->a);
		if (j->path.p == NULL)
			return refuse(j, EX_ANSWER_REFUSED,
			    "no id of this folder", err);
	}
	if (j->w->op != EX_WRITE_DELETE && ex_dav_encode(d, j->w, &j->a,
	    &j->text, &j->as, &why) == -1)
		return refuse(j, EX_ANSWER_REFUSED, why.msg, err);
	if (j->w->op == EX_WRITE_CREATE)
		return begin_create(j, err);
	if (!is_strong(j->w->rev))
		return look(j, err);
	j->match = j->w->rev;
	return send(j, err);
}

int
ex_dav_write(struct ex_store *s, const struct ex_write *w, size_t n,
    ex_write_done *done, void *arg, struct ex_err *err)
{
	struct writing k = { (struct ex_dav *)s, NULL, done, arg, 0 };
	size_t i;
	int got = 0;

	ex_arena_reset(&k.d->made_arena);
	k.d->made = NULL;
	k.d->nmade = 0;
	for (i = 0; i < n && got == 0; i++)
		got = begin(new_job(&k, &w[i], i), err);
	if (got == 0)
		got = ex_http_wait(k.d->server.http, err);
	if (got == -1)
		ex_server_abandon(&k.d->server);
	while (k.live != NULL)
		free_job(k.live);
	k.d->s.requests = ex_server_requests(&k.d->server);
	return got;
}
