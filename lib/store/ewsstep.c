/*
 * ewsstep.c: one write, from step to step
 *
 * ewswrite.c has the table of steps, and of what comes of one.
 */
#include <string.h>

#include <ex/auth.h>

#include "ewspriv.h"
#include "exchange.h"

static int
answer(struct ex_ews_writing *k, struct ex_ews_job *j, struct ex_wrote *r,
    struct ex_err *err)
{
	j->step = EX_EWS_DONE;
	return k->done(k->arg, (size_t)(j - k->job), r, err);
}

int
ex_ews_job_refuse(struct ex_ews_writing *k, struct ex_ews_job *j, enum ex_answer what,
    struct ex_str why, struct ex_err *err)
{
	struct ex_wrote r = { .answer = ex_unsure_failed(&k->e->unsure,
	    j->stamp, j->made, what),
	    .why = ex_exmap_why(j->id, why, &j->a) };

	return answer(k, j, &r, err);
}

static int
refuse_said(struct ex_ews_writing *k, struct ex_ews_job *j,
    const struct ex_ews_said *said, struct ex_err *err)
{
	struct ex_str why = ex_arena_fmt(&j->a, "%.*s%s%.*s",
	    EX_STR_ARG(said->code), said->text.n > 0 ? ": " : "",
	    (int)said->text.n, said->text.n > 0 ? said->text.p : "");

	return ex_ews_job_refuse(k, j, ex_ews_answer(j->w->op, said->code), why, err);
}

/* How many occurrences from at on go at once. */
static void
begin_many(struct ex_ews_job *j)
{
	const struct ex_exmap_occurrence *o = j->send.occurrence;
	size_t n = 0;

	while (n < EX_EWS_MOST && j->at + n < j->send.noccurrence &&
	    o[j->at + n].cancel && o[j->at + n].nth > 0)
		n++;
	j->many = n > 1 ? n : 0;
	if (j->many > 0 && j->one == NULL)
		j->one = ex_arena_array(&j->a, EX_EWS_MOST, sizeof(*j->one));
	if (j->many > 0)
		memset(j->one, 0, EX_EWS_MOST * sizeof(*j->one));
}

void
ex_ews_job_alone(struct ex_ews_job *j)
{
	size_t i;

	for (i = 0; i < j->many; i++)
		j->send.occurrence[j->at + i].nth = 0;
	j->step = EX_EWS_SEEK;
	j->many = 0;
}

/* The next step of an item that is there; at: parts of this step done. */
static int
go_on(struct ex_ews_writing *k, struct ex_ews_job *j, struct ex_err *err)
{
	struct ex_wrote r = { .answer = EX_ANSWER_STORED, .id = j->id };

	if (j->step < EX_EWS_DROP && j->send.ndrop > 0) {
		j->step = EX_EWS_DROP;
		return 0;
	}
	if (j->step < EX_EWS_ADD)
		j->at = 0;
	if (j->step <= EX_EWS_ADD && j->at < j->send.nadd) {
		j->step = EX_EWS_ADD;
		return 0;
	}
	if (j->step <= EX_EWS_ADD)
		j->at = 0;
	if (j->at < j->send.noccurrence) {
		j->step = EX_EWS_SEEK;
		begin_many(j);
		return 0;
	}
	ex_exmap_lack_lost(&j->lacks, &j->send, &j->a);
	r.why = j->lacks;
	return answer(k, j, &r, err);
}

/* An attachment or an occurrence that the server will not have. */
static int
leave_out(struct ex_ews_writing *k, struct ex_ews_job *j, struct ex_str why,
    struct ex_err *err)
{
	if (j->step == EX_EWS_ADD)
		ex_exmap_lack_file(&j->lacks, j->send.add[j->at].photo, false,
		    why, &j->a);
	else
		ex_exmap_lack_occurrence(&j->lacks,
		    &j->send.occurrence[j->at], why, &j->a);
	j->at++;
	return go_on(k, j, err);
}

/* What the mapping gave may point into what was read, which goes. */
static void
pin(struct ex_ews_job *j, const struct ex_ews_got *was)
{
	struct ex_exmap_send *s = &j->send;
	struct ex_arena *a = &j->a;
	size_t i;

	ex_exmap_send_keep(s, a);
	j->drop = ex_arena_array(a, s->ndrop, sizeof(*j->drop));
	for (i = 0; i < s->ndrop; i++)
		j->drop[i] = ex_arena_str(a, s->drop[i]->id);
	if (was == NULL)
		return;
	j->uid = ex_arena_str(a, ex_xml_child_text(was->item, "UID"));
	for (i = 0; i < was->nchanged; i++)
		ex_exmap_known_add(&j->known, ex_xml_child_text(
		    was->changed[i], "OriginalStart"), ex_xml_attr_of(
		    ex_xml_child(was->changed[i], "ItemId"), "Id"),
		    EX_STR_NONE, a);
	ex_exmap_known_sort(&j->known);
}

/* was NULL: nothing is there. */
static int
prepare(struct ex_ews_writing *k, struct ex_ews_job *j,
    const struct ex_ews_got *was, struct ex_err *err)
{
	struct ex_err why;

	if (ex_ewsmap_write(j->w->item, was, j->stamp, &j->a, &j->send,
	    &why) == -1)
		return ex_ews_job_refuse(k, j, EX_ANSWER_REFUSED, ex_str_of(why.msg),
		    err);
	j->uid = j->w->item->uid;
	pin(j, was);
	if (was == NULL) {
		j->step = EX_EWS_CREATE;
	} else if (j->send.anew) {
		j->known.n = 0;
		j->step = EX_EWS_DELETE;
	} else if (j->send.update.n > 0) {
		j->step = EX_EWS_UPDATE;
	} else {
		j->step = EX_EWS_UPDATE;
		return go_on(k, j, err);
	}
	return 0;
}

/* A delegate may not delete, but move ("DeleteItem operation"). */
static bool
is_delegate(const struct ex_ews *e)
{
	struct ex_str user = ex_auth_user(e->server.conf.auth);

	return e->mailbox.n > 0 && !e->impersonate && !e->public &&
	    user.n > 0 && memchr(user.p, '@', user.n) != NULL &&
	    !ex_str_is_nocase(user, e->mailbox.p);
}

int
ex_ews_job_begin(struct ex_ews_writing *k, struct ex_ews_job *j, const struct ex_write *w,
    struct ex_err *err)
{
	j->w = w;
	j->id = w->id;
	switch (w->op) {
	case EX_WRITE_CREATE:
		j->stamp = w->name.p != NULL ? w->name : w->item->uid;
		if (j->stamp.p == NULL || !ex_unsure_is(&k->e->unsure,
		    j->stamp))
			return prepare(k, j, NULL, err);
		j->step = EX_EWS_FIND;
		break;
	case EX_WRITE_UPDATE:
		j->step = EX_EWS_READ;
		break;
	case EX_WRITE_DELETE:
		j->step = EX_EWS_LOOK;
		break;
	}
	return 0;
}

int
ex_ews_job_read(struct ex_ews_writing *k, struct ex_ews_job *j,
    const struct ex_ews_body *b, struct ex_err *err)
{
	switch (b->what) {
	case EX_EWS_MISSING:
	case EX_EWS_OTHER:
		return ex_ews_job_refuse(k, j, EX_ANSWER_GONE, EX_STR("is not there"),
		    err);
	case EX_EWS_BAD:
	case EX_EWS_FAILED:
		return ex_ews_job_refuse(k, j, EX_ANSWER_BUSY, ex_str_of(b->why->msg),
		    err);
	case EX_EWS_ITEM:
		break;
	}
	if (j->w->op != EX_WRITE_CREATE && !ex_str_eq(b->rev, j->w->rev))
		return ex_ews_job_refuse(k, j, EX_ANSWER_STALE, EX_STR("has changed"),
		    err);
	j->key = ex_arena_str(&j->a, b->rev);
	if (j->step == EX_EWS_READ)
		return prepare(k, j, b->got, err);
	j->step = is_delegate(k->e) ? EX_EWS_MOVE : EX_EWS_DELETE;
	return 0;
}

/* The first element of m:Items has it. */
static void
take_id(struct ex_ews_job *j, const struct ex_ews_message *m)
{
	const struct ex_xml_node *items = ex_xml_child(m->node, "Items");
	const struct ex_xml_node *id = items != NULL ?
	    ex_xml_child(items->child, "ItemId") : NULL;

	if (id == NULL)
		return;
	j->id = ex_arena_str(&j->a, ex_xml_attr_of(id, "Id"));
	j->key = ex_arena_str(&j->a, ex_xml_attr_of(id, "ChangeKey"));
}

/* "Attachments change the parent's ChangeKey": it is given back. */
static void
take_root(struct ex_ews_job *j, const struct ex_xml_node *n)
{
	struct ex_str key = ex_xml_attr_of(n, "RootItemChangeKey");

	if (key.n > 0)
		j->key = ex_arena_str(&j->a, key);
}

/* An item with our stamp; several: a person has made copies. */
static int
found(struct ex_ews_writing *k, struct ex_ews_job *j,
    const struct ex_ews_message *m, struct ex_err *err)
{
	const struct ex_xml_node *items = ex_xml_child(ex_xml_child(m->node,
	    "RootFolder"), "Items");
	const struct ex_xml_node *c = items != NULL ? items->child : NULL;

	if (c == NULL)
		return prepare(k, j, NULL, err);
	if (c->next != NULL)
		return ex_ews_job_refuse(k, j, EX_ANSWER_EXISTS, EX_STR("several items "
		    "bear its mark"), err);
	j->id = ex_arena_str(&j->a, ex_xml_attr_of(ex_xml_child(c,
	    "ItemId"), "Id"));
	j->made = true;
	j->step = EX_EWS_READ;
	return 0;
}

/* Is that item the occurrence that begins then? */
static bool
begins(const struct ex_ews_job *j, const struct ex_xml_node *c,
    struct ex_str start)
{
	return ex_exchange_same_time(ex_xml_child_text(c, "Start"), start) &&
	    ex_str_eq(ex_xml_child_text(c, "UID"), j->uid);
}

/*
 * Many are told of.  Whether an occurrence that was deleted keeps its number,
 * and the next ones theirs, no page says ("a deleted index answers
 * ErrorCalendarOccurrenceIsDeletedFromRecurrence" is all): the number is where
 * to look, and only what begins when it should is what is looked for.
 */
static int
one_told(struct ex_ews_job *j, const struct ex_ews_message *m)
{
	const struct ex_xml_node *c = ex_xml_child(m->node, "Items");
	const struct ex_exmap_occurrence *o;
	struct ex_ews_one *one;

	if (m->i >= j->many)
		return 0;
	o = &j->send.occurrence[j->at + m->i];
	one = &j->one[m->i];
	one->told = true;
	one->what = m->good ? EX_ANSWER_STORED :
	    ex_ews_answer(EX_WRITE_UPDATE, m->said.code);
	one->why = ex_arena_str(&j->a, m->said.code);
	if (j->step != EX_EWS_SEEK || !m->good || c == NULL)
		return 0;
	c = c->child;
	if (ex_exmap_known_find(&j->known, o->start) != NULL ||
	    begins(j, c, o->start))
		one->id = ex_arena_str(&j->a, ex_xml_attr_of(ex_xml_child(c,
		    "ItemId"), "Id"));
	return 0;
}

/* Those that were found stand in front; the others go alone, behind them. */
static int
sought_many(struct ex_ews_writing *k, struct ex_ews_job *j,
    struct ex_err *err)
{
	struct ex_exmap_occurrence *o = &j->send.occurrence[j->at], swap;
	size_t i, n = 0;

	for (i = 0; i < j->many; i++) {
		if (j->one[i].id.n == 0) {
			o[i].nth = 0;
			continue;
		}
		swap = o[n];
		o[n] = o[i];
		o[i] = swap;
		j->one[n++].id = j->one[i].id;
	}
	if (n == 0)
		return go_on(k, j, err);
	j->many = n;
	for (i = 0; i < n; i++)
		j->one[i].told = false;
	j->step = EX_EWS_CHANGE;
	return 0;
}

int
ex_ews_job_many(struct ex_ews_writing *k, struct ex_ews_job *j,
    struct ex_err *err)
{
	const struct ex_ews_one *one;
	size_t i, n = j->many;

	if (j->step == EX_EWS_SEEK)
		return sought_many(k, j, err);
	for (i = 0; i < n; i++) {
		one = &j->one[i];
		if (!one->told)
			return ex_ews_job_refuse(k, j, EX_ANSWER_BUSY,
			    EX_STR("the server said nothing of it"), err);
		if (one->what == EX_ANSWER_REFUSED)
			ex_exmap_lack_occurrence(&j->lacks,
			    &j->send.occurrence[j->at + i], one->why, &j->a);
		else if (one->what != EX_ANSWER_STORED &&
		    one->what != EX_ANSWER_GONE)
			return ex_ews_job_refuse(k, j, one->what, one->why,
			    err);
	}
	j->at += n;
	return go_on(k, j, err);
}

/* The id of the occurrence, by GetItem or among those in a view. */
static int
sought(struct ex_ews_writing *k, struct ex_ews_job *j,
    const struct ex_ews_message *m, struct ex_err *err)
{
	const struct ex_xml_node *root = ex_xml_child(m->node, "RootFolder");
	const struct ex_xml_node *c = ex_xml_child(root != NULL ? root :
	    m->node, "Items"), *id;
	struct ex_str start = j->send.occurrence[j->at].start;

	for (c = c != NULL ? c->child : NULL; c != NULL; c = c->next) {
		id = ex_xml_child(c, "ItemId");
		if (root != NULL && !begins(j, c, start))
			continue;
		j->occ_id = ex_arena_str(&j->a, ex_xml_attr_of(id, "Id"));
		j->occ_key = ex_arena_str(&j->a, ex_xml_attr_of(id,
		    "ChangeKey"));
		j->step = EX_EWS_CHANGE;
		return 0;
	}
	/* One that is to go and is not there is as it should be. */
	if (j->send.occurrence[j->at].cancel) {
		j->at++;
		return go_on(k, j, err);
	}
	return leave_out(k, j, EX_STR("there is no such occurrence"), err);
}

static int
good(struct ex_ews_writing *k, struct ex_ews_job *j, const struct ex_ews_message *m,
    struct ex_err *err)
{
	struct ex_wrote r = { .answer = EX_ANSWER_STORED, .id = j->id };
	const struct ex_xml_node *n;

	switch (j->step) {
	case EX_EWS_FIND:
		return found(k, j, m, err);
	case EX_EWS_DELETE:
	case EX_EWS_MOVE:
		if (j->w->op == EX_WRITE_DELETE)
			return answer(k, j, &r, err);
		j->step = EX_EWS_CREATE;
		return 0;
	case EX_EWS_CREATE:
		j->made |= j->w->op == EX_WRITE_CREATE;
		take_id(j, m);
		return go_on(k, j, err);
	case EX_EWS_UPDATE:
		take_id(j, m);
		return go_on(k, j, err);
	case EX_EWS_DROP:
		take_root(j, ex_xml_child(m->node, "RootItemId"));
		return go_on(k, j, err);
	case EX_EWS_ADD:
		n = ex_xml_child(m->node, "Attachments");
		n = n != NULL ? n->child : NULL;
		take_root(j, ex_xml_child(n, "AttachmentId"));
		j->at++;
		return go_on(k, j, err);
	case EX_EWS_SEEK:
		return sought(k, j, m, err);
	case EX_EWS_CHANGE:
		j->at++;
		return go_on(k, j, err);
	case EX_EWS_READ:
	case EX_EWS_LOOK:
	case EX_EWS_DONE:
		break;
	}
	return 0;
}

int
ex_ews_job_told(struct ex_ews_writing *k, struct ex_ews_job *j,
    const struct ex_ews_message *m, struct ex_err *err)
{
	enum ex_answer what;

	if (j->many > 0)
		return one_told(j, m);
	if (m->good)
		return good(k, j, m, err);
	what = ex_ews_answer(EX_WRITE_UPDATE, m->said.code);
	if (j->step == EX_EWS_DELETE && ex_str_is(m->said.code,
	    "ErrorCannotDeleteObject")) {
		j->step = EX_EWS_MOVE;
		return 0;
	}
	/* It went while we looked; then it need not. */
	if (j->step == EX_EWS_DROP && what == EX_ANSWER_GONE)
		return go_on(k, j, err);
	if (j->step >= EX_EWS_SEEK && what == EX_ANSWER_GONE &&
	    j->send.occurrence[j->at].cancel) {
		j->at++;
		return go_on(k, j, err);
	}
	if (j->step >= EX_EWS_ADD && (what == EX_ANSWER_REFUSED ||
	    what == EX_ANSWER_GONE))
		return leave_out(k, j, m->said.code, err);
	return refuse_said(k, j, &m->said, err);
}
