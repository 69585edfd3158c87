/*
 * graphstep.c: one write, from step to step
 *
 * graphwrite.c has the table of steps, and of what comes of one.
 */
#include <string.h>

#include <ex/scope.h>

#include "graphpriv.h"

#define FILE_SIZE	((size_t)3 << 20)
#define PHOTO		((size_t)4 << 20)

static int
answer(struct ex_graph_job *j, struct ex_wrote *r, struct ex_err *err)
{
	struct ex_graph_writing *k = j->k;

	j->step = EX_GRAPH_DONE;
	return k->done(k->arg, (size_t)(j - k->job), r, err);
}

static int
stored(struct ex_graph_job *j, struct ex_err *err)
{
	struct ex_wrote r = { .answer = EX_ANSWER_STORED, .id = j->id };

	if (j->w->op != EX_WRITE_DELETE)
		ex_exmap_lack_lost(&j->lacks, &j->send, &j->a);
	r.why = j->lacks;
	return answer(j, &r, err);
}

/* a: the answer that says so; NULL: it is ours. */
static int
refuse(struct ex_graph_job *j, enum ex_answer what, struct ex_str why,
    const struct ex_graph_answer *a, struct ex_err *err)
{
	struct ex_wrote r = { .answer = ex_unsure_failed(&j->k->g->unsure,
	    j->stamp, j->made, what),
	    .why = ex_exmap_why(j->id, why, &j->a) };

	if (a != NULL) {
		r.broke = a->lost && a->status >= 500;
		r.silent = a->silent;
	}
	return answer(j, &r, err);
}

/*
 * Files that no single request takes ("Attach large files to Outlook messages
 * or events", "Update profilePhoto") are not sent: an upload session goes to
 * a URL on another host, which is the server's to choose.
 */
static void
pass_large(struct ex_graph_job *j)
{
	const struct ex_exmap_file *f;

	for (; j->at < j->send.nadd; j->at++) {
		f = &j->send.add[j->at];
		if (f->content.n <= (f->photo ? PHOTO : FILE_SIZE))
			break;
		ex_exmap_lack_file(&j->lacks, f->photo, false, f->photo ?
		    EX_STR("larger than 4 MB") : EX_STR("larger than 3 MB"),
		    &j->a);
	}
}

/* The next step of an item that is there; at: parts of this step done. */
static int
go_on(struct ex_graph_job *j, struct ex_err *err)
{
	if (j->step < EX_GRAPH_EXTEND && j->w->op != EX_WRITE_DELETE &&
	    j->step != EX_GRAPH_CREATE && j->send.extension.n > 0) {
		j->step = EX_GRAPH_EXTEND;
		return 0;
	}
	if (j->step < EX_GRAPH_DROP)
		j->at = 0;
	if (j->step <= EX_GRAPH_DROP && j->at < j->send.ndrop) {
		j->step = EX_GRAPH_DROP;
		return 0;
	}
	if (j->step < EX_GRAPH_ADD)
		j->at = 0;
	if (j->step <= EX_GRAPH_ADD) {
		pass_large(j);
		if (j->at < j->send.nadd) {
			j->step = EX_GRAPH_ADD;
			return 0;
		}
		j->at = 0;
	}
	if (j->at < j->send.noccurrence) {
		j->step = EX_GRAPH_SEEK;
		return 0;
	}
	return stored(j, err);
}

static int
next_part(struct ex_graph_job *j, struct ex_err *err)
{
	j->at++;
	return go_on(j, err);
}

/* One that is to go: that it is not there is as it should be. */
static bool
is_to_go(const struct ex_graph_job *j)
{
	return j->step == EX_GRAPH_DROP || (j->step >= EX_GRAPH_SEEK &&
	    j->send.occurrence[j->at].cancel);
}

/* A part that the server will not have. */
static int
leave_out(struct ex_graph_job *j, struct ex_str why, struct ex_err *err)
{
	struct ex_exmap_send *s = &j->send;

	if (j->step == EX_GRAPH_DROP || j->step == EX_GRAPH_ADD)
		ex_exmap_lack_file(&j->lacks, j->step == EX_GRAPH_ADD &&
		    s->add[j->at].photo, j->step == EX_GRAPH_DROP, why,
		    &j->a);
	else
		ex_exmap_lack_occurrence(&j->lacks, &s->occurrence[j->at],
		    why, &j->a);
	return next_part(j, err);
}

static bool
brings_photo(const struct ex_exmap_send *s)
{
	size_t i;

	for (i = 0; i < s->nadd; i++)
		if (s->add[i].photo)
			return true;
	return false;
}

/*
 * The files that go, by their ids.  A contact's photo can be replaced, not
 * taken away ("Delete profilePhoto").
 */
static void
pin_drop(struct ex_graph_job *j)
{
	struct ex_exmap_send *s = &j->send;
	size_t i, n = 0;

	j->drop = ex_arena_array(&j->a, s->ndrop, sizeof(*j->drop));
	for (i = 0; i < s->ndrop; i++)
		if (!s->drop[i]->photo)
			j->drop[n++] = ex_arena_str(&j->a, s->drop[i]->id);
		else if (!brings_photo(s))
			ex_exmap_lack_file(&j->lacks, true, true,
			    EX_STR("Graph has no way to"), &j->a);
	s->ndrop = n;
}

/* What the mapping gave may point into what was read, which goes. */
static void
pin(struct ex_graph_job *j, const struct ex_graph_got *was)
{
	size_t i;

	ex_exmap_send_keep(&j->send, &j->a);
	pin_drop(j);
	if (was == NULL)
		return;
	for (i = 0; i < was->nchanged; i++)
		ex_exmap_known_add(&j->known,
		    ex_json_get_str(was->changed[i], "originalStart"),
		    ex_json_get_str(was->changed[i], "id"),
		    ex_json_get_str(was->changed[i], "@odata.etag"), &j->a);
	ex_exmap_known_sort(&j->known);
}

/* was NULL: nothing is there. */
static int
prepare(struct ex_graph_job *j, const struct ex_graph_got *was,
    struct ex_err *err)
{
	struct ex_item item = *j->w->item;
	struct ex_err why;

	j->lacks = EX_STR_NONE;
	if (j->k->g->strip)
		item = ex_scope_strip(&item, &j->a);
	if (ex_graphmap_write(&item, was, j->stamp, &j->a, &j->send,
	    &why) == -1)
		return refuse(j, EX_ANSWER_REFUSED, ex_str_of(why.msg), NULL,
		    err);
	pin(j, was);
	if (was == NULL) {
		j->step = EX_GRAPH_CREATE;
		return 0;
	}
	if (j->send.anew) {
		j->known.n = 0;
		j->step = EX_GRAPH_DELETE;
		return 0;
	}
	j->step = EX_GRAPH_UPDATE;
	return j->send.update.n > 0 ? 0 : go_on(j, err);
}

int
ex_graph_job_begin(struct ex_graph_job *j, struct ex_err *err)
{
	j->id = j->w->id;
	if (j->w->op != EX_WRITE_CREATE) {
		j->step = EX_GRAPH_READ;
		return 0;
	}
	j->stamp = j->w->name.p != NULL ? j->w->name : j->w->item->uid;
	if (j->stamp.p == NULL || !ex_unsure_is(&j->k->g->unsure,
	    j->stamp))
		return prepare(j, NULL, err);
	j->step = EX_GRAPH_FIND;
	return 0;
}

static bool
has_attendees(const struct ex_json *event)
{
	const struct ex_json *list = ex_json_get(event, "attendees");

	return list != NULL && list->child != NULL;
}

/* "When an event is updated, the server sends updates to all attendees". */
static bool
would_mail(const struct ex_graph_got *got)
{
	size_t i;

	for (i = 0; i < got->nchanged; i++)
		if (has_attendees(got->changed[i]))
			return true;
	return has_attendees(got->item);
}

int
ex_graph_job_read(struct ex_graph_job *j, const struct ex_graph_body *b,
    struct ex_err *err)
{
	switch (b->what) {
	case EX_GRAPH_MISSING:
	case EX_GRAPH_OTHER:
		return refuse(j, EX_ANSWER_GONE, EX_STR("is not there"),
		    NULL, err);
	case EX_GRAPH_BAD:
	case EX_GRAPH_FAILED:
		return refuse(j, EX_ANSWER_BUSY, b->why, NULL, err);
	case EX_GRAPH_ITEM:
		break;
	}
	if (j->w->op != EX_WRITE_CREATE && !ex_str_eq(b->rev, j->w->rev))
		return refuse(j, EX_ANSWER_STALE, EX_STR("has changed"),
		    NULL, err);
	if (would_mail(b->got))
		return refuse(j, EX_ANSWER_REFUSED, EX_STR("it has attendees "
		    "there: Graph would send them a mail"), NULL, err);
	j->etag = ex_arena_str(&j->a, b->etag);
	if (j->w->op != EX_WRITE_DELETE)
		return prepare(j, b->got, err);
	j->step = EX_GRAPH_DELETE;
	return 0;
}

/* An item with our stamp; several: a person has made copies. */
static int
found(struct ex_graph_job *j, const struct ex_graph_answer *a,
    struct ex_err *err)
{
	const struct ex_json *list = ex_json_get(a->json, "value"), *c;

	c = list != NULL ? list->child : NULL;
	if (c == NULL && j->sought)
		return refuse(j, EX_ANSWER_REFUSED, EX_STR("another item has "
		    "its transactionId"), NULL, err);
	if (c == NULL)
		return prepare(j, NULL, err);
	if (c->next != NULL)
		return refuse(j, EX_ANSWER_EXISTS, EX_STR("several items "
		    "bear its mark"), NULL, err);
	ex_graph_job_there(j, ex_json_get_str(c, "id"));
	return 0;
}

void
ex_graph_job_there(struct ex_graph_job *j, struct ex_str id)
{
	j->id = ex_arena_str(&j->a, id);
	j->made = true;
	j->step = EX_GRAPH_READ;
}

int
ex_graph_job_nowhere(struct ex_graph_job *j, struct ex_err *err)
{
	return prepare(j, NULL, err);
}

static void
take_id(struct ex_graph_job *j, const struct ex_json *item)
{
	struct ex_str id = ex_json_get_str(item, "id");
	struct ex_str parent = ex_json_get_str(item, "parentFolderId");
	struct ex_graph *g = j->k->g;

	if (id.n > 0)
		j->id = ex_arena_str(&j->a, id);
	j->etag = ex_arena_str(&j->a, ex_json_get_str(item, "@odata.etag"));
	if (g->s.kind == EX_KIND_CONTACTS && g->parent.p == NULL &&
	    j->w->op == EX_WRITE_CREATE)
		g->parent = ex_arena_str(&g->a, parent);
}

static int
created(struct ex_graph_job *j, const struct ex_json *item,
    struct ex_err *err)
{
	j->made |= j->w->op == EX_WRITE_CREATE;
	take_id(j, item);
	if (j->id.n == 0)
		return refuse(j, EX_ANSWER_BUSY, EX_STR("a create was "
		    "answered without an id"), NULL, err);
	return go_on(j, err);
}

/* The id of the occurrence, among those of its minute. */
static int
sought(struct ex_graph_job *j, const struct ex_json *list,
    struct ex_err *err)
{
	struct ex_str start = j->send.occurrence[j->at].start, at;
	const struct ex_json *c = ex_json_get(list, "value");

	for (c = c != NULL ? c->child : NULL; c != NULL; c = c->next) {
		at = ex_json_get_str(c, "originalStart");
		if (at.n == 0)
			at = ex_json_get_str(ex_json_get(c, "start"),
			    "dateTime");
		if (!ex_exchange_same_time(at, start))
			continue;
		j->occ_id = ex_arena_str(&j->a, ex_json_get_str(c, "id"));
		j->occ_etag = ex_arena_str(&j->a, ex_json_get_str(c,
		    "@odata.etag"));
		j->step = EX_GRAPH_CHANGE;
		return 0;
	}
	if (is_to_go(j))
		return next_part(j, err);
	return leave_out(j, EX_STR("there is no such occurrence"), err);
}

static int
good(struct ex_graph_job *j, const struct ex_graph_answer *a,
    struct ex_err *err)
{
	j->touched |= j->call.write;
	switch (j->step) {
	case EX_GRAPH_FIND:
		return found(j, a, err);
	case EX_GRAPH_DELETE:
		if (j->w->op == EX_WRITE_DELETE)
			return stored(j, err);
		j->id = EX_STR_NONE;
		j->step = EX_GRAPH_CREATE;
		return 0;
	case EX_GRAPH_CREATE:
		return created(j, a->json, err);
	case EX_GRAPH_UPDATE:
		take_id(j, a->json);
		return go_on(j, err);
	case EX_GRAPH_SEEK:
		return sought(j, a->json, err);
	case EX_GRAPH_DROP:
	case EX_GRAPH_ADD:
	case EX_GRAPH_CHANGE:
		return next_part(j, err);
	case EX_GRAPH_EXTEND:
		return go_on(j, err);
	case EX_GRAPH_READ:
	case EX_GRAPH_DONE:
		break;
	}
	return 0;
}

int
ex_graph_job_told(struct ex_graph_job *j, const struct ex_graph_answer *a,
    struct ex_err *err)
{
	enum ex_answer what;

	if (a->status / 100 == 2)
		return good(j, a, err);
	what = ex_graph_answer_of(j->step == EX_GRAPH_CREATE ?
	    EX_WRITE_CREATE : EX_WRITE_UPDATE, a->status, a->code);
	if (a->lost)
		what = EX_ANSWER_BUSY;
	/* Its transactionId is there: who has it? */
	if (j->step == EX_GRAPH_CREATE && what == EX_ANSWER_EXISTS &&
	    !j->sought) {
		j->sought = true;
		j->step = EX_GRAPH_FIND;
		return 0;
	}
	if (j->step >= EX_GRAPH_DROP && what == EX_ANSWER_GONE &&
	    is_to_go(j))
		return next_part(j, err);
	if (j->step >= EX_GRAPH_DROP && (what == EX_ANSWER_REFUSED ||
	    what == EX_ANSWER_GONE))
		return leave_out(j, a->code.n > 0 ? a->code : a->say, err);
	return refuse(j, what, a->say, a, err);
}

void
ex_graph_job_known(struct ex_graph_job *j)
{
	const struct ex_exmap_occ *known = ex_exmap_known_find(&j->known,
	    j->send.occurrence[j->at].start);

	if (known == NULL)
		return;
	j->occ_id = known->id;
	/* What we have written may have made it another. */
	j->occ_etag = j->touched ? EX_STR_NONE : known->etag;
	j->step = EX_GRAPH_CHANGE;
}
