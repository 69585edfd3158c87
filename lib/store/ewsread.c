/*
 * ewsread.c: items, many at once, with what they need beside GetItem
 *
 *	a batch's answer		then
 *	------------------------------	--------------------------------------
 *	whole				who is not in it, or was left out for
 *					  now, is asked for again, TRIES times
 *	it took too long, it was cut	in two halves, and smaller batches
 *					  from then on; one alone, again
 *	a fault about the request	in two halves; one alone is unreadable
 *	no right, no time, no folder	the reading fails
 *
 *	a message			then
 *	------------------------------	--------------------------------------
 *	an item				it is that
 *	... with attachments, or a	these are asked for, those of many
 *	  series with exceptions	  items at once, before it is told of
 *	ErrorItemNotFound		it is not there any more
 *	busy, the batch was stopped	again
 *	another				unreadable: only this one
 *
 * (1) told() is called once for each that next() gave, unless the reading
 *     fails.
 * (2) An item whose attachment or exception is not to be had is not to be
 *     had itself: what lacks a part would read as if it was taken out.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/cap.h>
#include <ex/diag.h>

#include "ewspriv.h"

#define MOST	100	/* in a batch */
#define TRIES	8
#define BAD	12	/* answers in a row that were no good */
#define WEIGHT	(4 << 20)	/* bytes of attachments asked for at once */

struct reading {
	struct ex_ews *e;
	const struct ex_ews_reading *r;
	struct ex_link *live;	/* all that are not yet freed */
	struct ex_ews_parts parts;
	unsigned bad;		/* answers in a row that were no good */
	bool drained;		/* next() has no more */
};

enum what {
	ITEMS,
	FILES,			/* parts: attachments */
	CHANGED			/* parts: occurrences */
};

struct batch {
	struct ex_link link;	/* in live */
	struct reading *k;
	enum what what;
	struct ex_ews_call call;
	size_t n, left;
	struct ex_want want[MOST];
	unsigned tries[MOST];
	struct ex_ews_part *part[MOST];
	bool told[MOST];
	struct ex_arena a;
};

static int	 send_batch(struct batch *b, struct ex_err *err);

static const char *
element(enum ex_kind kind)
{
	return kind == EX_KIND_CONTACTS ? "Contact" :
	    kind == EX_KIND_EVENTS ? "CalendarItem" : "Task";
}

static struct batch *
new_batch(struct reading *k, enum what what)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		ex_diag_oom();
	b->k = k;
	b->what = what;
	ex_link_add(&k->live, &b->link);
	return b;
}

static void
free_batch(struct batch *b)
{
	ex_link_remove(&b->k->live, &b->link);
	ex_ews_call_fini(&b->call);
	ex_arena_free(&b->a);
	free(b);
}

static int
tell(struct batch *b, size_t i, const struct ex_ews_body *body,
    struct ex_err *err)
{
	b->told[i] = true;
	b->left--;
	return b->k->r->told(b->k->r->arg, &b->want[i], body, err);
}

static int
tell_why(struct batch *b, size_t i, enum ex_ews_what what,
    const struct ex_err *why, struct ex_err *err)
{
	const struct ex_ews_body body = { .what = what,
	    .id = b->want[i].id, .rev = b->want[i].rev, .why = why };

	return tell(b, i, &body, err);
}

static int
deliver(struct batch *b, size_t i, const struct ex_xml_node *node,
    struct ex_err *err)
{
	const struct ex_ews_reading *r = b->k->r;
	const struct ex_xml_node *id = ex_xml_child(node, "ItemId");
	struct ex_ews_got got = { .item = node };
	struct ex_ews_body body = { .what = EX_EWS_ITEM,
	    .id = b->want[i].id, .rev = ex_xml_attr_of(id, "ChangeKey"),
	    .got = &got };
	struct ex_err why;

	if (!ex_str_is(node->name.local, element(b->k->e->s.kind))) {
		ex_err_set(&why, EX_ERR_INPUT, "it is a %.*s, no %s",
		    (int)(node->name.local.n < 64 ? node->name.local.n : 64),
		    node->name.local.p, element(b->k->e->s.kind));
		return tell_why(b, i, EX_EWS_OTHER, &why, err);
	}
	if (body.rev.n > EX_CAP_ID)
		body.rev = EX_STR_NONE;
	if (r->ids)
		return tell(b, i, &body, err);
	switch (ex_ews_hold(&b->k->parts, &b->want[i], node, body.rev,
	    &why)) {
	case -1:
		return tell_why(b, i, EX_EWS_BAD, &why, err);
	case 0:
		return tell(b, i, &body, err);
	}
	b->told[i] = true;
	b->left--;
	return 0;
}

/* A message that brings no item. */
static int
no_item(struct batch *b, size_t i, const struct ex_ews_said *said,
    struct ex_err *err)
{
	struct ex_err why;

	if (ex_ews_answer(EX_WRITE_UPDATE, said->code) == EX_ANSWER_GONE)
		return tell_why(b, i, EX_EWS_MISSING, NULL, err);
	ex_err_set(&why, EX_ERR_REMOTE, "%.*s%s%.*s", EX_STR_ARG(said->code),
	    said->text.n > 0 ? ": " : "", (int)said->text.n,
	    said->text.n > 0 ? said->text.p : "");
	/* done() looks how often. */
	return ex_ews_is_transient(said->code) ? 0 :
	    tell_why(b, i, EX_EWS_BAD, &why, err);
}

static int
item_told(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	struct batch *b = arg;
	const struct ex_xml_node *items = ex_xml_child(m->node, "Items");

	if (m->i >= b->n || b->told[m->i])
		return 0;
	if (!m->good)
		return no_item(b, m->i, &m->said, err);
	if (items == NULL || items->child == NULL)
		return tell_why(b, m->i, EX_EWS_OTHER, NULL, err);
	return deliver(b, m->i, items->child, err);
}

/* A part has come, or why it has not. */
static int
part_here(struct batch *b, size_t i, const struct ex_err *why,
    struct ex_err *err)
{
	struct ex_ews_held *h = b->part[i]->held;
	const struct ex_ews_reading *r = b->k->r;
	struct ex_ews_body body = { .what = EX_EWS_ITEM };
	int got;

	b->told[i] = true;
	b->left--;
	if (!ex_ews_part_done(b->part[i], why))
		return 0;
	body.id = h->want.id;
	body.rev = h->rev;
	body.got = &h->got;
	if (h->failed) {
		body.what = EX_EWS_FAILED;
		body.why = &h->why;
	}
	got = r->told(r->arg, &h->want, &body, err);
	ex_ews_held_free(&b->k->parts, h);
	return got;
}

static int
part_told(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	struct batch *b = arg;
	const struct ex_xml_node *list = ex_xml_child(m->node,
	    b->what == FILES ? "Attachments" : "Items");
	struct ex_err why;

	if (m->i >= b->n || b->told[m->i])
		return 0;
	if (!m->good && ex_ews_is_transient(m->said.code))
		return 0;
	if (m->good && ex_ews_part_take(b->part[m->i], list, &why) == 0)
		return part_here(b, m->i, NULL, err);
	if (!m->good)
		ex_err_set(&why, EX_ERR_REMOTE, "%s: %.*s", b->what == FILES ?
		    "an attachment" : "an exception",
		    EX_STR_ARG(m->said.code));
	return part_here(b, m->i, &why, err);
}

/* What it still lacks, again, in parts of at most that many. */
static int
again(struct batch *b, size_t most, struct ex_err *err)
{
	struct batch *to = NULL;
	size_t i;
	int got = 0;

	for (i = 0; i < b->n && got == 0; i++) {
		if (b->told[i])
			continue;
		if (to == NULL)
			to = new_batch(b->k, b->what);
		to->part[to->n] = b->part[i];
		to->tries[to->n] = b->tries[i];
		to->want[to->n] = ex_want_keep(&b->want[i], &to->a);
		to->n++;
		if (to->n == most) {
			got = send_batch(to, err);
			to = NULL;
		}
	}
	if (to != NULL && got == 0)
		got = send_batch(to, err);
	return got;
}

static int
give_up(struct batch *b, size_t i, enum ex_ews_what what,
    const struct ex_err *why, struct ex_err *err)
{
	struct ex_str place = b->k->e->place;
	struct ex_err bare = *why;
	size_t n = strlen(bare.msg);

	/* The place is the caller's to say. */
	if (n > place.n + 2 && memcmp(bare.msg, place.p, place.n) == 0)
		memmove(bare.msg, bare.msg + place.n + 2, n - place.n - 1);
	if (b->what != ITEMS)
		return part_here(b, i, &bare, err);
	return tell_why(b, i, what, &bare, err);
}

/* Who was left out is asked for again, but not for ever. */
static int
answered(struct batch *b, struct ex_err *err)
{
	struct ex_err why;
	size_t i;
	int got = 0;

	b->k->bad = 0;
	ex_err_set(&why, EX_ERR_AGAIN, "the server has left it out %d times",
	    TRIES);
	for (i = 0; i < b->n && got == 0; i++)
		if (!b->told[i] && ++b->tries[i] >= TRIES)
			got = give_up(b, i, EX_EWS_FAILED, &why, err);
	return got == 0 ? again(b, b->n, err) : -1;
}

static int
not_answered(struct batch *b, enum ex_ews_end how, const struct ex_err *why,
    struct ex_err *err)
{
	struct ex_ews *e = b->k->e;

	if (how == EX_EWS_FAULT && why->code != EX_ERR_REMOTE) {
		*err = *why;
		return -1;
	}
	if (++b->k->bad >= BAD) {
		*err = *why;
		return -1;
	}
	if (b->n == 1 && how == EX_EWS_TOO_MUCH && ++b->tries[0] < TRIES)
		return again(b, 1, err);
	if (b->n == 1)
		return give_up(b, 0, how == EX_EWS_FAULT ? EX_EWS_BAD :
		    EX_EWS_FAILED, why, err);
	if (how == EX_EWS_TOO_MUCH && e->batch > b->n / 2)
		e->batch = b->n / 2;
	return again(b, (b->n + 1) / 2, err);
}

/* Ask for the parts that items of this batch were found to have. */
static int
send_parts(struct reading *k, enum what what, struct ex_err *err)
{
	struct ex_ews_part **list = what == FILES ? &k->parts.file :
	    &k->parts.changed, *p;
	struct batch *b;
	long long weight;
	int got = 0;

	while (*list != NULL && got == 0) {
		b = new_batch(k, what);
		weight = 0;
		while ((p = *list) != NULL && b->n < k->e->batch &&
		    (b->n == 0 || weight + p->size < WEIGHT)) {
			*list = p->next;
			b->part[b->n++] = p;
			weight += p->size > 0 ? p->size : 0;
		}
		got = send_batch(b, err);
	}
	return got;
}

static int
done(void *arg, enum ex_ews_end how, struct ex_str code,
    const struct ex_err *why, struct ex_err *err)
{
	struct batch *b = arg;
	struct reading *k = b->k;
	int got;

	(void)code;
	got = how == EX_EWS_ANSWERED ? answered(b, err) :
	    not_answered(b, how, why, err);
	if (got == 0)
		got = send_parts(k, FILES, err);
	if (got == 0)
		got = send_parts(k, CHANGED, err);
	free_batch(b);
	return got;
}

static void
put_ids(struct batch *b)
{
	struct ex_ews *e = b->k->e;
	struct ex_buf *body = &b->call.body;
	size_t i;

	ex_ews_call_begin(&b->call, "GetItem", "");
	ex_buf_puts(body, "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>");
	if (!b->k->r->ids) {
		ex_buf_puts(body, "<t:BodyType>Text</t:BodyType>"
		    "<t:AdditionalProperties>");
		ex_ewsmap_shape(body, e->s.kind, b->what == CHANGED);
		ex_buf_puts(body, "</t:AdditionalProperties>");
	}
	ex_buf_puts(body, "</m:ItemShape><m:ItemIds>");
	for (i = 0; i < b->n; i++)
		ex_ews_put_id(body, "ItemId", b->what == ITEMS ?
		    b->want[i].id : b->part[i]->id, EX_STR_NONE);
	ex_buf_puts(body, "</m:ItemIds></m:GetItem>");
}

static int
send_batch(struct batch *b, struct ex_err *err)
{
	struct ex_buf *body = &b->call.body;
	size_t i;

	b->left = b->n;
	b->call.told = b->what == ITEMS ? item_told : part_told;
	b->call.done = done;
	b->call.arg = b;
	if (b->what != FILES) {
		put_ids(b);
	} else {
		ex_ews_call_begin(&b->call, "GetAttachment", "");
		ex_buf_puts(body, "<m:AttachmentIds>");
		for (i = 0; i < b->n; i++)
			ex_ews_put_id(body, "AttachmentId", b->part[i]->id,
			    EX_STR_NONE);
		ex_buf_puts(body, "</m:AttachmentIds></m:GetAttachment>");
	}
	return ex_ews_send(b->k->e, &b->call, err);
}

/* The next batch; NULL: there is none, or it failed. */
static struct batch *
next(struct reading *k, int *got, struct ex_err *err)
{
	size_t most = k->r->ids ? MOST : k->e->batch;
	struct batch *b;

	*got = 0;
	if (k->drained)
		return NULL;
	b = new_batch(k, ITEMS);
	while (b->n < most && (*got = k->r->next(k->r->arg, &b->a,
	    &b->want[b->n], err)) == 1)
		b->n++;
	k->drained = *got == 0;
	if (*got != -1 && b->n > 0) {
		*got = 0;
		return b;
	}
	free_batch(b);
	return NULL;
}

int
ex_ews_read(struct ex_ews *e, const struct ex_ews_reading *r,
    struct ex_err *err)
{
	struct reading k = { .e = e, .r = r };
	struct batch *b;
	int got = 0;

	while (got != -1 && (b = next(&k, &got, err)) != NULL)
		got = send_batch(b, err);
	if (got != -1)
		got = ex_ews_run(e, err);
	if (got == -1)
		ex_ews_abandon(e);
	while (k.live != NULL)
		free_batch((struct batch *)k.live);
	while (k.parts.held != NULL)
		ex_ews_held_free(&k.parts,
		    (struct ex_ews_held *)k.parts.held);
	e->s.requests = ex_server_requests(&e->server);
	return got;
}
