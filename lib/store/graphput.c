/*
 * graphput.c: what is sent so that items become what they are to be
 *
 *	step		request
 *	--------------	------------------------------------------------------
 *	FIND		GET items?$filter (ex_graphmap_find_stamp)
 *	DELETE		DELETE items/ID: it goes to Deleted Items
 *	CREATE		POST items
 *	UPDATE		PATCH items/ID
 *	EXTEND		POST or PATCH items/ID/extensions
 *	DROP		DELETE items/ID/attachments/FILE
 *	ADD		POST items/ID/attachments; PUT items/ID/photo/$value
 *	SEEK		GET items/ID/instances, of that minute
 *	CHANGE		PATCH or DELETE items/OCCURRENCE
 *
 * (1) If-Match goes with what changes an item that was read: that Graph looks
 *     at it is said by no page, but its 412 has been seen.  So it is read
 *     just before, too.
 * (2) Nothing here has an attendee, so that nobody is sent a mail.
 */
#include <string.h>

#include <ex/line.h>

#include "exchange.h"
#include "graphpriv.h"

static void
put_path(struct ex_graph_job *j, const char *method, struct ex_str id)
{
	struct ex_graph_call *c = &j->call;

	ex_buf_clear(&c->url);
	ex_buf_clear(&c->body);
	c->method = method;
	c->type = NULL;
	c->match = EX_STR_NONE;
	c->write = strcmp(method, "GET") != 0;
	c->alone = c->bytes = false;
	c->tries = 0;
	c->due = 0;
	ex_buf_str(&c->url, j->k->g->items);
	if (id.n > 0) {
		ex_buf_putc(&c->url, '/');
		ex_graph_encode(&c->url, id);
	}
}

static void
put_find(struct ex_graph_job *j)
{
	put_path(j, "GET", EX_STR_NONE);
	ex_buf_puts(&j->call.url, "?$select=id&");
	ex_graphmap_find_stamp(&j->call.url, j->k->g->s.kind, j->stamp);
}

static void
put_extension(struct ex_graph_job *j)
{
	put_path(j, j->send.extension_new ? "POST" : "PATCH", j->id);
	ex_buf_puts(&j->call.url, "/extensions");
	if (!j->send.extension_new)
		ex_buf_puts(&j->call.url, "/" EX_GRAPHMAP_EXTENSION);
	ex_buf_str(&j->call.body, j->send.extension);
}

static void
put_file(struct ex_graph_job *j)
{
	const struct ex_exmap_file *f = &j->send.add[j->at];
	struct ex_graph_call *c = &j->call;

	if (f->photo) {
		put_path(j, "PUT", j->id);
		ex_buf_puts(&c->url, "/photo/$value");
		ex_buf_str(&c->body, f->content);
		c->type = f->type.n > 0 ? ex_arena_str(&j->a, f->type).p :
		    "image/jpeg";
		c->write = false;	/* twice is as good as once */
		return;
	}
	put_path(j, "POST", j->id);
	ex_buf_puts(&c->url, "/attachments");
	ex_buf_puts(&c->body, "{\"@odata.type\":"
	    "\"#microsoft.graph.fileAttachment\"");
	ex_json_member(&c->body, "name", f->name.n > 0 ? f->name :
	    EX_STR("file"));
	ex_json_member(&c->body, "contentType", f->type.n > 0 ? f->type :
	    EX_STR_NONE);
	ex_buf_puts(&c->body, ",\"contentBytes\":\"");
	ex_line_base64_encode(&c->body, f->content);
	ex_buf_puts(&c->body, "\"}");
}

/* Who begins in that minute. */
static int
put_seek(struct ex_graph_job *j, struct ex_err *err)
{
	struct ex_exchange_time t;
	struct ex_str from, to;

	if (!ex_exchange_time(j->send.occurrence[j->at].start, &t))
		return ex_err_set(err, EX_ERR_INPUT, "%s: %.*s: an "
		    "occurrence without a start", j->k->g->place.p,
		    EX_STR_ARG(j->id));
	from = ex_exchange_local(&j->a, t.sec);
	to = ex_exchange_local(&j->a, t.sec + 60);
	put_path(j, "GET", j->id);
	ex_buf_fmt(&j->call.url, "/instances?startDateTime=%sZ&endDateTime="
	    "%sZ&$select=id,changeKey,type,start,originalStart", from.p,
	    to.p);
	return 0;
}

static void
put_occurrence(struct ex_graph_job *j)
{
	const struct ex_exmap_occurrence *o = &j->send.occurrence[j->at];

	put_path(j, o->cancel ? "DELETE" : "PATCH", j->occ_id);
	j->call.match = j->occ_etag;
	if (!o->cancel)
		ex_buf_str(&j->call.body, o->update);
}

int
ex_graph_put(struct ex_graph_job *j, struct ex_err *err)
{
	switch (j->step) {
	case EX_GRAPH_FIND:
		put_find(j);
		break;
	case EX_GRAPH_DELETE:
		put_path(j, "DELETE", j->id);
		j->call.match = j->etag;
		break;
	case EX_GRAPH_CREATE:
		put_path(j, "POST", EX_STR_NONE);
		ex_buf_str(&j->call.body, j->send.create);
		break;
	case EX_GRAPH_UPDATE:
		put_path(j, "PATCH", j->id);
		j->call.match = j->etag;
		ex_buf_str(&j->call.body, j->send.update);
		break;
	case EX_GRAPH_EXTEND:
		put_extension(j);
		break;
	case EX_GRAPH_DROP:
		put_path(j, "DELETE", j->id);
		ex_buf_puts(&j->call.url, "/attachments/");
		ex_graph_encode(&j->call.url, j->drop[j->at]);
		break;
	case EX_GRAPH_ADD:
		put_file(j);
		break;
	case EX_GRAPH_SEEK:
		return put_seek(j, err);
	case EX_GRAPH_CHANGE:
		put_occurrence(j);
		break;
	case EX_GRAPH_READ:
	case EX_GRAPH_DONE:
		break;
	}
	return 0;
}
