/*
 * davread.c: the bodies of members, many at once
 *
 * By multiget in batches, several under way.
 *
 *	a batch's answer		then
 *	------------------------------	--------------------------------------
 *	207, whole			who is not in it is read alone
 *	413, 5xx, no answer, cut	what it still lacks in two halves, and
 *					no batch is larger; one alone: GET
 *	another				the server has no multiget: GET
 *
 *	a GET's answer			then
 *	------------------------------	--------------------------------------
 *	200				it is that
 *	404 410				it is not there any more
 *	401 429 503, none		the reading fails
 *	5xx				not to be had now: only this one
 *	another				unreadable: only this one
 *
 * (1) told() is called once for each that next() gave, unless the reading
 *     fails.
 * (2) After MOST answers that were no good in a row the server is left
 *     alone; one that it kept us waiting for in vain counts as WAITED.
 *     Until one is good again only one more is under way: the first few and
 *     all halves of one batch are fewer than MOST.
 * (3) Each batch that came whole lets the next one be larger by one: it may
 *     have been one member at which the server broke down.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/http.h>

#include "davpriv.h"

#define BATCH	100
#define MOST	12
#define WAITED	3

struct reading {
	struct ex_dav *d;
	const struct ex_dav_reading *r;
	struct ex_link *live;	/* all that are not yet freed */
	struct batch *again;	/* of these: to be asked once more */
	size_t most;		/* members of a batch */
	unsigned bad;		/* answers in a row that were no good */
	struct ex_arena scratch;	/* one item */
	bool drained;		/* next() has no more */
};

struct batch {
	struct ex_link link;	/* in live */
	struct reading *k;
	struct batch *next;		/* in again */
	struct ex_want want[BATCH];	/* by id */
	bool told[BATCH];
	size_t n, left;
	bool alone;		/* by GET */
	bool broken;		/* the answer is no multistatus */
	bool truncated;		/* it says that it lacks some */
	struct ex_err why;
	struct ex_dav_xml *xml;
	struct ex_buf body;
	struct ex_arena a;
};

static struct batch *
new_batch(struct reading *k)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		ex_diag_oom();
	b->k = k;
	ex_link_add(&k->live, &b->link);
	return b;
}

static void
free_batch(struct batch *b)
{
	ex_link_remove(&b->k->live, &b->link);
	ex_dav_xml_free(b->xml);
	ex_buf_fini(&b->body);
	ex_arena_free(&b->a);
	free(b);
}

static void
push(struct reading *k, struct batch *b)
{
	b->next = k->again;
	k->again = b;
}

static int
tell(struct batch *b, size_t i, struct ex_dav_body *body,
    struct ex_err *err)
{
	b->told[i] = true;
	b->left--;
	return b->k->r->told(b->k->r->arg, &b->want[i], body, err);
}

static int
tell_bad(struct batch *b, size_t i, enum ex_dav_got got, struct ex_str text,
    const struct ex_err *why, struct ex_err *err)
{
	struct ex_dav_body body = { .id = b->want[i].id,
	    .rev = b->want[i].rev, .got = got, .why = why };

	if (text.p != NULL && text.n <= EX_STORE_RAW)
		body.text = text;
	return tell(b, i, &body, err);
}

/* Here is its text. */
static int
deliver(struct batch *b, size_t i, struct ex_str id, struct ex_str etag,
    struct ex_str text, struct ex_err *err)
{
	struct reading *k = b->k;
	struct ex_arena *a = &k->scratch;
	struct ex_dav_body body = { .rev = b->want[i].rev };
	struct ex_err why;

	ex_arena_reset(a);
	text = ex_arena_str(a, text);
	body.id = ex_arena_str(a, id);
	if (etag.p != NULL && etag.n > 0 && etag.n <= EX_CAP_ID)
		body.rev = ex_arena_str(a, etag);
	else if (body.rev.p == NULL)
		body.rev = ex_dav_sum(text, a);
	if (text.n > EX_CAP_ITEM) {
		ex_err_set(&why, EX_ERR_INPUT, "more than %lu bytes",
		    EX_CAP_ITEM);
		body.got = EX_DAV_BAD;
	} else {
		body.got = ex_dav_decode(k->d, text, a, &body.item, &why);
	}
	body.why = body.got == EX_DAV_BAD ? &why : NULL;
	if (text.n <= EX_STORE_RAW)
		body.text = text;
	return tell(b, i, &body, err);
}

static int
by_id(const void *a, const void *b)
{
	return ex_str_cmp(((const struct ex_want *)a)->id,
	    ((const struct ex_want *)b)->id);
}

/* Whose href is it?  n: none that was asked for. */
static int
whose(struct batch *b, struct ex_str href, size_t *i, struct ex_err *err)
{
	struct ex_dav *d = b->k->d;
	struct ex_want key = { .rev = EX_STR_NONE }, *at;
	struct ex_str path;
	const char *why;

	*i = b->n;
	if (ex_dav_uri_resolve(&d->uri, href, &b->k->scratch, &path,
	    &why) == -1)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: %s%s: an href %s: "
		    "%.*s", d->place.p, d->uri.origin.p, d->uri.path.p, why,
		    EX_STR_ARG(href));
	if (ex_dav_uri_member(&d->uri, path, &b->k->scratch,
	    &key.id) != EX_DAV_MEMBER)
		return 0;
	at = bsearch(&key, b->want, b->n, sizeof(*b->want), by_id);
	if (at != NULL)
		*i = (size_t)(at - b->want);
	return 0;
}

/*
 * Does it hold U+FFFD?  That may stand for a byte that XML cannot hold, so
 * the member is read alone, by GET.
 */
static bool
is_replaced(struct ex_str text)
{
	const char *p = text.p, *end = text.p + text.n;

	while ((p = memchr(p, 0xef, (size_t)(end - p))) != NULL) {
		if (end - p >= 3 && memcmp(p, "\xef\xbf\xbd", 3) == 0)
			return true;
		p++;
	}
	return false;
}

static int
response(void *arg, const struct ex_dav_response *r, struct ex_err *err)
{
	struct batch *b = arg;
	struct ex_err why;
	size_t h, i;
	int got = 0;

	b->truncated |= r->status == 507;
	for (h = 0; h < r->nhref && got == 0; h++) {
		ex_arena_reset(&b->k->scratch);
		if (whose(b, r->href[h], &i, err) == -1)
			return -1;
		if (i == b->n || b->told[i])
			continue;
		if (r->status == 404 || r->status == 410) {
			got = tell_bad(b, i, EX_DAV_MISSING, EX_STR_NONE,
			    NULL, err);
		} else if (r->p.too_large) {
			ex_err_set(&why, EX_ERR_INPUT, "more than %lu bytes",
			    EX_CAP_ITEM);
			got = tell_bad(b, i, EX_DAV_BAD, EX_STR_NONE, &why,
			    err);
		} else if (r->found && r->p.data.p != NULL &&
		    !is_replaced(r->p.data)) {
			got = deliver(b, i, b->want[i].id, r->p.etag,
			    r->p.data, err);
		}
	}
	return got;
}

static int
data(void *arg, struct ex_str part, struct ex_err *err)
{
	struct batch *b = arg;

	if (ex_dav_xml_feed(b->xml, part, err) == 0)
		return 0;
	b->broken = true;
	b->why = *err;
	return -1;
}

/* The server's own doing, in a row: one is no reason to give up. */
static int
count_bad(struct reading *k, const struct ex_http_answer *answer,
    struct ex_err *err)
{
	k->bad += answer->silent ? WAITED : 1;
	if (k->bad < MOST)
		return 0;
	return ex_http_fail(k->d->server.http, answer, err);
}

/* What it still lacks, in two halves, or alone. */
static void
again(struct batch *b, bool alone)
{
	struct batch *to = NULL;
	size_t i, half = (b->left + 1) / 2;

	if (half > b->k->most)
		half = b->k->most;
	for (i = 0; i < b->n; i++) {
		if (b->told[i])
			continue;
		if (to == NULL || to->n == (alone ? 1 : half)) {
			to = new_batch(b->k);
			to->alone = alone || half == 1;
			push(b->k, to);
		}
		to->want[to->n++] = ex_want_keep(&b->want[i], &to->a);
		to->left++;
	}
}

/* It was too much for the server, or was not to be had. */
static int
too_many(struct batch *b, const struct ex_http_answer *answer,
    struct ex_err *err)
{
	struct reading *k = b->k;

	if (k->most > (b->left + 1) / 2)
		k->most = (b->left + 1) / 2;
	again(b, false);
	return count_bad(k, answer, err);
}

static int
batch_done(struct batch *b, const struct ex_http_answer *answer,
    struct ex_err *err)
{
	struct reading *k = b->k;
	int status = answer->status;

	if (b->broken && b->why.code != EX_ERR_INPUT) {
		*err = b->why;
		return -1;
	}
	if (status == 207 && !b->broken &&
	    ex_dav_xml_finish(b->xml, &b->why) == 0) {
		k->bad = 0;
		k->most += k->most < BATCH;
		again(b, !b->truncated);
		return 0;
	}
	if (status == 401 || status == 429 || status == 503 ||
	    (status == 0 && !answer->sent && !b->broken))
		return ex_http_fail(k->d->server.http, answer, err);
	if (status == 0 || status == 207 || status == 408 || status == 413 ||
	    (status >= 500 && status != 501 && status != 505))
		return too_many(b, answer, err);
	k->d->no_multiget = true;
	again(b, true);
	return 0;
}

static int
alone_done(struct batch *b, const struct ex_http_answer *answer,
    struct ex_err *err)
{
	struct reading *k = b->k;
	int status = answer->status;
	struct ex_err why;

	if (status == 200) {
		k->bad = 0;
		return deliver(b, 0, b->want[0].id,
		    ex_http_header(answer, "ETag"), answer->body, err);
	}
	if (status == 404 || status == 410)
		return tell_bad(b, 0, EX_DAV_MISSING, EX_STR_NONE, NULL, err);
	if (status == 401 || status == 429 || status == 503 ||
	    (status == 0 && answer->again))
		return ex_http_fail(k->d->server.http, answer, err);
	ex_err_set(&why, EX_ERR_REMOTE, "%.*s", EX_STR_ARG(answer->why));
	if (status < 500)
		return tell_bad(b, 0, EX_DAV_BAD, EX_STR_NONE, &why, err);
	if (count_bad(k, answer, err) == -1)
		return -1;
	return tell_bad(b, 0, EX_DAV_FAILED, EX_STR_NONE, &why, err);
}

static int
done(void *arg, const struct ex_http_answer *answer, struct ex_err *err)
{
	struct batch *b = arg;
	int got = b->alone ? alone_done(b, answer, err) :
	    batch_done(b, answer, err);

	free_batch(b);
	return got;
}

static void
add_hrefs(struct batch *b)
{
	const struct ex_dav *d = b->k->d;
	const char *ns = d->cal ? "urn:ietf:params:xml:ns:caldav" :
	    "urn:ietf:params:xml:ns:carddav";
	const char *report = d->cal ? "calendar-multiget" :
	    "addressbook-multiget";
	size_t i;

	ex_buf_fmt(&b->body, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<C:%s xmlns:D=\"DAV:\" xmlns:C=\"%s\"><D:prop><D:getetag/>"
	    "<C:%s/></D:prop>", report, ns,
	    d->cal ? "calendar-data" : "address-data");
	for (i = 0; i < b->n; i++) {
		ex_buf_puts(&b->body, "<D:href>");
		/* Nothing in it needs to be escaped. */
		ex_buf_str(&b->body, ex_dav_uri_of(&d->uri, b->want[i].id,
		    &b->a));
		ex_buf_puts(&b->body, "</D:href>");
	}
	ex_buf_fmt(&b->body, "</C:%s>", report);
}

static int
send(struct batch *b, struct ex_err *err)
{
	static const char *const header[] = {
	    "Content-Type: application/xml; charset=utf-8", "Depth: 1", NULL };
	struct ex_dav *d = b->k->d;
	struct ex_http_request r = { .again = true, .done = done, .arg = b };

	if (b->alone) {
		r.method = "GET";
		r.cap = EX_CAP_ITEM + 8192;
		r.url = ex_dav_uri_of(&d->uri, b->want[0].id, &b->a);
	} else {
		b->xml = ex_dav_xml_new(response, b);
		add_hrefs(b);
		r.method = "REPORT";
		r.url = d->uri.path;
		r.header = header;
		r.body = ex_buf_get(&b->body);
		r.data = data;
	}
	return ex_http_send(d->server.http, &r, err);
}

/* The next batch; NULL: there is none, or it failed. */
static struct batch *
next(struct reading *k, int *got, struct ex_err *err)
{
	size_t most = k->d->no_multiget ? 1 : k->most;
	struct batch *b = k->again;

	*got = 0;
	if (b != NULL) {
		k->again = b->next;
		return b;
	}
	if (k->drained)
		return NULL;
	b = new_batch(k);
	b->alone = most == 1;
	while (b->n < most && (*got = k->r->next(k->r->arg, &b->a,
	    &b->want[b->n], err)) == 1)
		b->n++;
	b->left = b->n;
	k->drained = *got == 0;
	if (*got != -1 && b->n > 0) {
		qsort(b->want, b->n, sizeof(*b->want), by_id);
		return b;
	}
	free_batch(b);
	return NULL;
}

int
ex_dav_read(struct ex_dav *d, const struct ex_dav_reading *r,
    struct ex_err *err)
{
	struct reading k = { .d = d, .r = r, .most = BATCH,
	    .scratch = EX_ARENA_INIT };
	struct batch *b;
	int got = 0;

	while (got != -1) {
		if (k.bad > 0 && (got = ex_http_wait(d->server.http,
		    err)) == -1)
			break;
		if ((b = next(&k, &got, err)) != NULL)
			got = send(b, err);
		else if (got == 0 && (got = ex_http_wait(d->server.http,
		    err)) == 0 && k.again == NULL)
			break;
	}
	if (got == -1)
		ex_server_abandon(&d->server);
	while (k.live != NULL)
		free_batch((struct batch *)k.live);
	ex_arena_free(&k.scratch);
	d->s.requests = ex_server_requests(&d->server);
	return got;
}
