/*
 * pushack.c: what came of the ops, into the snapshot
 *
 * An answer that says that nothing was written closes the intent, as an
 * acknowledgement does; after any other the intent stays open, and the next
 * run looks for what the write may have left (ring.md 2).
 *
 * A server that breaks down at an item (HTTP 500) may do so at every try, and
 * nothing in the answer tells that from trouble of its own.  So it is owed,
 * and tried in each run; but where two runs on end got that same answer, and
 * the second had other writes taken by that folder, it is the item's fault:
 * it counts as refused.
 */
#include <ex/rule.h>

#include "pushpriv.h"

static int
ack_write(struct push *p, const struct push_job *j, struct ex_err *err)
{
	struct ex_snap_binding b = { .folder = j->folder->snap, .id = j->id,
	    .rev = j->rev, .as = j->as.p != NULL ? j->as : j->op.as };

	if (!ex_str_eq(j->after, j->hash)) {
		if (ex_snap_put_body(p->snap, j->uid, j->after, j->data,
		    err) == -1)
			return -1;
		b.shadow = j->after;
	}
	if (j->found_uid.p != NULL && !ex_str_eq(j->found_uid, j->uid))
		b.uid = j->found_uid;
	return ex_snap_put_binding(p->snap, j->uid, &b, err);
}

/* A second copy there takes its place, and is next (snapcopy.c). */
static int
ack_delete(struct push *p, const struct push_job *j, struct ex_err *err)
{
	bool some;
	int got = 0;

	if (p->copies == PUSH_COPIES_UNKNOWN) {
		if (ex_snap_has_copies(p->snap, &some, err) == -1)
			return -1;
		p->copies = some ? PUSH_COPIES : PUSH_COPIES_NONE;
	}
	if (p->copies == PUSH_COPIES && EX_RULE("second-copy"))
		got = ex_snap_pass_binding(p->snap, j->uid, j->folder->snap,
		    err);
	if (got != 0)
		return got == -1 ? -1 : 0;
	return ex_snap_drop_binding(p->snap, j->uid, j->folder->snap, err);
}

static int
ack_stored(struct push *p, const struct push_job *j, struct ex_err *err)
{
	struct ex_push_count *n = &p->u->count;
	int got;

	if (j->op.op == EX_WRITE_DELETE)
		got = ack_delete(p, j, err);
	else
		got = ack_write(p, j, err);
	if (got == 0 && j->op.op == EX_WRITE_CREATE &&
	    (j->folder->token.p != NULL || !j->folder->planned))
		got = ex_snap_put_made(p->snap, j->folder->snap, j->id, err);
	n->created += j->op.op == EX_WRITE_CREATE;
	n->updated += j->op.op == EX_WRITE_UPDATE;
	n->deleted += j->op.op == EX_WRITE_DELETE;
	j->folder->count.created += j->op.op == EX_WRITE_CREATE;
	j->folder->count.updated += j->op.op == EX_WRITE_UPDATE;
	j->folder->count.deleted += j->op.op == EX_WRITE_DELETE;
	if (got == 0 && p->refusals)
		got = ex_snap_drop_refused(p->snap, j->uid, j->folder->snap,
		    err);
	return got;
}

static int
ack_refused(struct push *p, const struct push_job *j, struct ex_err *err)
{
	struct ex_snap_refused r = { j->folder->snap, j->hash, j->why };

	p->refusals = true;
	return ex_snap_put_refused(p->snap, j->uid, &r, err);
}

/* An answer without the name in front: a create has another each time. */
static struct ex_str
behind_name(struct ex_str why)
{
	size_t i;

	for (i = 0; i + 2 < why.n; i++)
		if (why.p[i] == ':' && why.p[i + 1] == ' ')
			return (struct ex_str){ why.p + i + 2, why.n - i - 2 };
	return why;
}

/* Is it the item at which the server breaks down?  Then it is refused. */
static int
judge(struct push *p, struct push_job *j, struct ex_err *err)
{
	const struct ex_push_folder *n = &j->folder->count;
	bool failed;

	if (j->end != PUSH_BUSY || !j->broke || n->created + n->updated == 0)
		return 0;
	if (ex_snap_failed_before(p->snap, j->uid, j->folder->snap,
	    behind_name(j->why), &failed, err) == -1)
		return -1;
	if (failed)
		j->end = PUSH_REFUSED;
	return 0;
}

static int
ack_log(struct push *p, const struct push_job *j, struct ex_err *err)
{
	struct ex_snap_log row = { .uid = j->uid,
	    .op = ex_str_of(ex_plan_op_name(j->op.op)),
	    .folder = j->folder->ring->store.name, .before = j->shadow };

	if (j->end == PUSH_STORED) {
		row.id = j->id;
		row.rev = j->rev;
		if (!ex_str_eq(j->after, j->hash))
			row.after = j->after;
	} else {
		row.outcome = j->why;
		row.again = j->end != PUSH_REFUSED;
	}
	return ex_snap_put_log(p->snap, &row, err);
}

/*
 * Is it known what is there?  What a create met may be what an earlier try
 * of it left.
 */
static bool
is_closed(const struct push_job *j)
{
	switch (j->end) {
	case PUSH_STORED:
		return true;
	case PUSH_REFUSED:
	case PUSH_DENIED:
		return !j->unsure;
	case PUSH_NEXT:
		return !j->unsure && j->op.op != EX_WRITE_CREATE;
	case PUSH_OPEN:
	case PUSH_BUSY:
	case PUSH_UNKNOWN:
		break;
	}
	return false;
}

static int
ack_job(struct push *p, const struct push_job *j, struct ex_err *err)
{
	int got = 0;

	if (j->end == PUSH_STORED)
		got = ack_stored(p, j, err);
	else if (j->end == PUSH_REFUSED)
		got = ack_refused(p, j, err);
	if (got == -1)
		return -1;
	if (j->end == PUSH_REFUSED || j->end == PUSH_DENIED) {
		p->u->count.refused++;
		j->folder->count.refused++;
	} else if (j->end != PUSH_STORED) {
		p->u->count.owed++;
		j->folder->count.owed++;
	}
	if (is_closed(j) && ex_snap_close_intents(p->snap, j->uid,
	    j->folder->snap, err) == -1)
		return -1;
	if (ack_log(p, j, err) == -1)
		return -1;
	if (j->op.op != EX_WRITE_CREATE || j->end != PUSH_STORED)
		return ex_snap_tidy(p->snap, j->uid, err);
	return 0;
}

/* Those that were stored, or the others. */
static int
ack_some(struct push *p, const struct push_task *t, bool stored,
    struct ex_err *err)
{
	struct push_job *j;
	size_t i;

	for (i = 0; i < t->njob; i++) {
		j = &t->job[i];
		if ((j->end == PUSH_STORED) != stored)
			continue;
		if (judge(p, j, err) == -1)
			return -1;
		if (stored && j->lacks.p != NULL) {
			p->u->count.partly++;
			p->u->warn(t->folder->ring->store.name, j->uid,
			    j->lacks.p);
		}
		/* One message for a folder that is closed to us. */
		if (!stored && !t->folder->told)
			p->u->warn(t->folder->ring->store.name, t->closed ?
			    EX_STR_NONE : j->uid, j->why.p);
		t->folder->told |= !stored && t->closed;
		if (ack_job(p, j, err) == -1)
			return -1;
	}
	return 0;
}

int
push_ack(struct push *p, const struct push_task *t, struct ex_err *err)
{
	if (ack_some(p, t, true, err) == -1)
		return -1;
	return ack_some(p, t, false, err);
}
