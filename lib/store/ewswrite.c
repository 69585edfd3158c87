/*
 * ewswrite.c: writes, step by step, many at once
 *
 *	op		steps
 *	------------	------------------------------------------------------
 *	create		CREATE, ADD, SEEK and CHANGE
 *	... once more	FIND: there: READ, then as an update; not: CREATE
 *	update		READ: another ChangeKey: stale; UPDATE, DROP, ADD,
 *			SEEK and CHANGE
 *	... anew	READ, DELETE, CREATE, ADD, SEEK and CHANGE
 *	delete		LOOK: another ChangeKey: stale; DELETE or MOVE
 *
 *	came of a step		then
 *	----------------------	----------------------------------------------
 *	good			the next step
 *	an error of the item	its answer (ewsanswer.c)
 *	a fault about the	in two halves; one alone is refused, and its
 *	  request		  occurrences go alone
 *	no answer		busy; a create: whether it was made is found
 *				out by its stamp when it is tried again
 *
 * (1) CreateItem knows no condition, so it is not sent a second time before
 *     its stamp has been looked for.
 * (2) DeleteItem compares no ChangeKey, so that it is read just before; what
 *     goes, goes to Deleted Items.
 * (3) A create of which only a part was stored is not refused any more: it
 *     is there.  What the server will not have of it (an attachment that is
 *     too large) is its loss, which is said.
 * (4) A series is made anew by deleting it first: stopped there, it is gone
 *     where a newer version is owed, and so comes back.
 */
#include <stdlib.h>

#include <ex/diag.h>

#include "ewspriv.h"

#define WEIGHT	((size_t)4 << 20)	/* bytes, unless one alone is more */

struct writing {
	struct ex_ews_writing *w;
	struct ex_link *live;
	/* For reading: */
	enum ex_ews_step step;
	size_t at;
};

struct batch {
	struct ex_link link;	/* in live */
	struct writing *k;
	enum ex_ews_step step;
	struct ex_ews_call call;
	struct ex_ews_job *job[EX_EWS_MOST];
	bool told[EX_EWS_MOST];
	size_t n;
	bool many;		/* occurrences of the one job */
};

static bool
is_single(enum ex_ews_step step)
{
	return step != EX_EWS_CREATE && step != EX_EWS_UPDATE &&
	    step != EX_EWS_DELETE && step != EX_EWS_MOVE;
}

static int
next_read(void *arg, struct ex_arena *a, struct ex_want *w,
    struct ex_err *err)
{
	struct writing *k = arg;

	(void)err;
	while (k->at < k->w->n && k->w->job[k->at].step != k->step)
		k->at++;
	if (k->at == k->w->n)
		return 0;
	*w = (struct ex_want){ .id = ex_arena_str(a,
	    k->w->job[k->at].id), .i = k->at };
	k->at++;
	return 1;
}

static int
was_read(void *arg, const struct ex_want *w, const struct ex_ews_body *b,
    struct ex_err *err)
{
	struct writing *k = arg;

	return ex_ews_job_read(k->w, &k->w->job[w->i], b, err);
}

static int
read_step(struct writing *k, enum ex_ews_step step, struct ex_err *err)
{
	const struct ex_ews_reading r = { .next = next_read,
	    .told = was_read, .arg = k, .ids = step == EX_EWS_LOOK };

	k->step = step;
	k->at = 0;
	return ex_ews_read(k->w->e, &r, err);
}

static int
told(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	struct batch *b = arg;
	size_t i = is_single(b->step) ? 0 : m->i;

	if (b->many)
		return ex_ews_job_told(b->k->w, b->job[0], m, err);
	/* Of the attachments that go, each has a message: the first counts. */
	if (i >= b->n || b->told[i])
		return 0;
	b->told[i] = true;
	return ex_ews_job_told(b->k->w, b->job[i], m, err);
}

static struct batch *
new_batch(struct writing *k, enum ex_ews_step step)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		ex_diag_oom();
	b->k = k;
	b->step = step;
	ex_link_add(&k->live, &b->link);
	return b;
}

static void
free_batch(struct batch *b)
{
	ex_link_remove(&b->k->live, &b->link);
	ex_ews_call_fini(&b->call);
	free(b);
}

static int	 send_batch(struct batch *b, struct ex_err *err);

static int
halves(struct batch *b, struct ex_err *err)
{
	struct batch *to = NULL;
	size_t i, half = (b->n + 1) / 2;
	int got = 0;

	for (i = 0; i < b->n && got == 0; i++) {
		if (to == NULL)
			to = new_batch(b->k, b->step);
		to->job[to->n++] = b->job[i];
		if (to->n == half || i + 1 == b->n) {
			got = send_batch(to, err);
			to = NULL;
		}
	}
	return got;
}

static enum ex_answer
answer_of(const struct ex_ews_job *j, struct ex_str code,
    const struct ex_err *why)
{
	if (code.p != NULL)
		return ex_ews_answer(j->w->op, code);
	return why->code == EX_ERR_DENIED ? EX_ANSWER_DENIED :
	    why->code == EX_ERR_REMOTE || why->code == EX_ERR_INPUT ?
	    EX_ANSWER_REFUSED : EX_ANSWER_BUSY;
}

static int
done(void *arg, enum ex_ews_end how, struct ex_str code,
    const struct ex_err *why, struct ex_err *err)
{
	struct batch *b = arg;
	struct ex_str text = how == EX_EWS_ANSWERED ?
	    EX_STR("the server said nothing of it") : ex_str_of(why->msg);
	enum ex_answer what = EX_ANSWER_BUSY;
	size_t i;
	int got = 0;

	if (how == EX_EWS_FAULT && (b->n > 1 || b->many) &&
	    answer_of(b->job[0], code, why) == EX_ANSWER_REFUSED) {
		if (b->n > 1)
			got = halves(b, err);
		else
			ex_ews_job_alone(b->job[0]);
		free_batch(b);
		return got;
	}
	if (how == EX_EWS_ANSWERED && b->many) {
		got = ex_ews_job_many(b->k->w, b->job[0], err);
		free_batch(b);
		return got;
	}
	for (i = 0; i < b->n && got == 0; i++) {
		if (b->told[i])
			continue;
		if (how == EX_EWS_FAULT)
			what = answer_of(b->job[i], code, why);
		got = ex_ews_job_refuse(b->k->w, b->job[i], what, text,
		    err);
	}
	free_batch(b);
	return got;
}

static int
send_batch(struct batch *b, struct ex_err *err)
{
	b->call.told = told;
	b->call.done = done;
	b->call.arg = b;
	b->many = is_single(b->step) && b->job[0]->many > 0;
	b->call.write = b->step != EX_EWS_FIND && b->step != EX_EWS_SEEK;
	ex_ews_put(b->k->w->e, b->step, b->job, b->n, &b->call);
	return ex_ews_send(b->k->w->e, &b->call, err);
}

static int
send_step(struct writing *k, enum ex_ews_step step, struct ex_err *err)
{
	size_t i, most = is_single(step) ? 1 : EX_EWS_MOST, weight = 0, more;
	struct batch *b = NULL;
	int got = 0;

	for (i = 0; i < k->w->n && got == 0; i++) {
		if (k->w->job[i].step != step)
			continue;
		more = step == EX_EWS_CREATE ? k->w->job[i].send.create.n :
		    k->w->job[i].send.update.n;
		if (b != NULL && (b->n == most || weight + more > WEIGHT)) {
			got = send_batch(b, err);
			b = NULL;
		}
		if (b == NULL) {
			b = new_batch(k, step);
			weight = 0;
		}
		b->job[b->n++] = &k->w->job[i];
		weight += more;
	}
	if (got == 0 && b != NULL)
		got = send_batch(b, err);
	return got == 0 ? ex_ews_run(k->w->e, err) : -1;
}

static bool
any(const struct writing *k, enum ex_ews_step step)
{
	size_t i;

	for (i = 0; i < k->w->n; i++)
		if (k->w->job[i].step == step)
			return true;
	return false;
}

static int
all_steps(struct writing *k, struct ex_err *err)
{
	enum ex_ews_step step;
	bool more = true;
	int got = 0;

	while (more && got == 0) {
		more = false;
		for (step = EX_EWS_FIND; step < EX_EWS_DONE && got == 0;
		    step++) {
			if (!any(k, step))
				continue;
			more = true;
			got = step == EX_EWS_READ || step == EX_EWS_LOOK ?
			    read_step(k, step, err) :
			    send_step(k, step, err);
		}
	}
	return got;
}

int
ex_ews_write(struct ex_store *s, const struct ex_write *write, size_t n,
    ex_write_done *done_one, void *arg, struct ex_err *err)
{
	struct ex_ews_writing w = { .e = (struct ex_ews *)s, .n = n,
	    .done = done_one, .arg = arg };
	struct writing k = { .w = &w };
	size_t i;
	int got = 0;

	if ((w.job = calloc(n + 1, sizeof(*w.job))) == NULL)
		ex_diag_oom();
	for (i = 0; i < n; i++)
		w.job[i].step = EX_EWS_DONE;
	for (i = 0; i < n && got == 0; i++)
		got = ex_ews_job_begin(&w, &w.job[i], &write[i], err);
	if (got == 0)
		got = all_steps(&k, err);
	if (got == -1)
		ex_ews_abandon(w.e);
	while (k.live != NULL)
		free_batch((struct batch *)k.live);
	for (i = 0; i < n; i++)
		ex_arena_free(&w.job[i].a);
	free(w.job);
	w.e->s.requests = ex_server_requests(&w.e->server);
	return got;
}
