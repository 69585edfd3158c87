/*
 * davhttp.c: one request with an XML body, and the multistatus it brings
 */
#include <ex/cap.h>
#include <ex/http.h>

#include "davpriv.h"

struct asking {
	struct ex_dav *d;
	struct ex_dav_ask *q;
	struct ex_dav_xml *xml;
	struct ex_arena *a;
	bool bad;		/* the body is no multistatus of ours */
	struct ex_err why;
};

static int
data(void *arg, struct ex_str part, struct ex_err *err)
{
	struct asking *k = arg;

	if (ex_dav_xml_feed(k->xml, part, err) == 0)
		return 0;
	k->bad = true;
	k->why = *err;
	return -1;
}

static int
done(void *arg, const struct ex_http_answer *answer, struct ex_err *err)
{
	struct asking *k = arg;
	struct ex_dav_ask *q = k->q;

	q->status = answer->status;
	q->url = ex_arena_str(k->a, answer->url);
	if (k->bad) {
		*err = k->why;
		return -1;
	}
	if (answer->status == 0)
		return ex_http_fail(k->d->server.http, answer, err);
	if (answer->status != 207) {
		ex_http_fail(k->d->server.http, answer, &q->why);
		ex_dav_error(answer->body, k->a, &q->error);
		return 0;
	}
	if (ex_dav_xml_finish(k->xml, err) == -1)
		return -1;
	q->token = ex_arena_str(k->a, ex_dav_xml_token(k->xml));
	return 0;
}

/* A multistatus that is no XML or was cut may be whole the next time. */
static int
malformed(const struct ex_dav *d, const struct ex_dav_ask *q,
    struct ex_err *err)
{
	if (err->code != EX_ERR_INPUT)
		return -1;
	err->code = EX_ERR_AGAIN;
	return ex_err_at(err, "%s: %s%s: no good answer to %s", d->place.p,
	    d->uri.origin.p, q->path.p, q->method);
}

int
ex_dav_ask(struct ex_dav *d, struct ex_dav_ask *q, struct ex_arena *a,
    struct ex_err *err)
{
	struct asking k = { .d = d, .q = q, .a = a };
	const char *header[] = { "Content-Type: application/xml; "
	    "charset=utf-8", NULL, NULL };
	struct ex_http_request r = { .method = q->method, .url = q->path,
	    .header = header, .body = q->body, .again = true, .data = data,
	    .done = done, .arg = &k };
	int got;

	q->status = 0;
	if (q->depth != NULL)
		header[1] = q->depth;
	k.xml = ex_dav_xml_new(q->response, q->arg);
	got = ex_http_send(d->server.http, &r, err);
	if (got == 0)
		got = ex_http_wait(d->server.http, err);
	if (k.bad) {
		got = -1;
		*err = k.why;
	}
	ex_dav_xml_free(k.xml);
	if (got == -1)
		ex_server_abandon(&d->server);
	d->s.requests = ex_server_requests(&d->server);
	return got == -1 ? malformed(d, q, err) : 0;
}

int
ex_dav_ask_fail(const struct ex_dav_ask *q, struct ex_err *err)
{
	*err = q->why;
	return -1;
}
