/*
 * push.c: carry a plan out (ring.md 5), from its first line to its last
 * acknowledgement
 *
 *	1. the plan is read whole; ring, generation and ring file are right
 *	2. the guards
 *	3. one transaction: what the plan says of the past, and its intents
 *	4. creates and updates, in all folders
 *	5. deletes, in all folders
 *	6. what came of it, as a result stream
 *
 * Killed anywhere, the next run goes on from what 3 and the
 * acknowledgements of 4 and 5 have left in the snapshot.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/diag.h>
#include <ex/rule.h>

#include "pushpriv.h"

/*
 * EX_STOP_AFTER=N in expush's environment: the tests' way to die at every
 * place.  Counted are commits and writes that a store has acknowledged.
 */
void
push_step(struct push *p)
{
	if (p->u->stop_after > 0 &&
	    atomic_fetch_add(&p->steps, 1) + 1 == p->u->stop_after)
		raise(SIGKILL);
}

int
push_commit(struct push *p, struct ex_err *err)
{
	if (ex_snap_commit(p->snap, err) == -1)
		return -1;
	push_step(p);
	return 0;
}

static int
check_state(struct push *p, struct ex_err *err)
{
	struct ex_snap_ring ring;
	const char *id = p->u->ring->id;

	if (ex_snap_ring(p->snap, &p->a, &ring, err) == -1)
		return -1;
	if (ring.id.p != NULL ? !ex_str_eq(ring.id, p->id) :
	    !ex_str_is(p->id, id))
		return ex_err_set(err, EX_ERR_INPUT, "%s: of another ring than"
		    " the plan", p->u->snapshot);
	if (ring.generation != p->generation && EX_RULE("generation"))
		return ex_err_set(err, EX_ERR_AGAIN, "%s: is of generation"
		    " %lld, the plan of %lld: fetch again", p->u->snapshot,
		    ring.generation, p->generation);
	if (ring.id.p != NULL && ring.kind != p->u->ring->kind)
		return ex_err_set(err, EX_ERR_INPUT, "%s: holds %s, not %s",
		    p->u->snapshot, ex_kind_name(ring.kind),
		    ex_kind_name(p->u->ring->kind));
	return 0;
}

/* Left NULL if there is none and the plan does not expect one. */
static int
open_snapshot(struct push *p, enum ex_snap_mode mode, struct ex_err *err)
{
	if (ex_snap_open(&p->snap, p->u->snapshot, mode, err) == -1) {
		p->snap = NULL;
		if (err->code != EX_ERR_GONE || p->generation > 0)
			return -1;
		if (ex_str_is(p->id, p->u->ring->id))
			return 0;
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: not the ring that"
		    " the plan is of", EX_STR_ARG(p->u->ring->path));
	}
	return check_state(p, err);
}

static int
report_line(struct push *p, const struct push_line *at, struct ex_err *err)
{
	struct ex_plan_line line;
	const struct ex_plan_op *op;
	size_t i;

	ex_arena_reset(&p->line);
	if (push_line(p, at->offset, &p->line, &line, err) == -1)
		return -1;
	if (line.left)
		fprintf(p->u->out, "leave %.*s for a person\n",
		    EX_STR_ARG(line.uid));
	for (i = 0; i < line.nop; i++) {
		op = &line.op[i];
		fprintf(p->u->out, "%s %.*s in %.*s\n",
		    ex_plan_op_name(op->op), EX_STR_ARG(line.uid),
		    EX_STR_ARG(op->folder));
	}
	p->u->count.conflicts += line.left || line.conflicts != NULL;
	p->u->count.left += line.left;
	return 0;
}

/* What would be done, for a person. */
static int
report(struct push *p, struct ex_err *err)
{
	const struct push_folder *f;
	FILE *out = p->u->out;
	size_t i;

	if (!p->u->verbose)
		p->u->out = fopen("/dev/null", "w");
	if (p->u->out == NULL)
		return ex_err_set(err, EX_ERR_SYSTEM, "/dev/null:");
	for (i = 0; i < p->nline; i++)
		if (report_line(p, &p->line_at[i], err) == -1)
			break;
	if (!p->u->verbose)
		fclose(p->u->out);
	p->u->out = out;
	if (i < p->nline)
		return -1;
	for (i = 0; i < p->nfolder; i++) {
		f = &p->folder[i];
		fprintf(out, "folder %.*s: %lld to create, %lld to update,"
		    " %lld to delete\n", EX_STR_ARG(f->ring->store.name),
		    f->counted[EX_WRITE_CREATE], f->counted[EX_WRITE_UPDATE],
		    f->counted[EX_WRITE_DELETE]);
	}
	fprintf(out, "left for a person: %zu\n", p->u->count.left);
	return 0;
}

static bool
any(const struct push *p, bool deletes)
{
	size_t i;

	for (i = 0; i < p->nline; i++)
		if (deletes ? p->line_at[i].deletes : p->line_at[i].writes)
			return true;
	return false;
}

/* What came of it. */
static int
results(struct push *p, struct ex_err *err)
{
	struct ex_str *left = ex_arena_array(&p->a, p->nline,
	    sizeof(*left));
	size_t i, n = 0;

	for (i = 0; i < p->nline; i++)
		if (p->line_at[i].left)
			left[n++] = p->line_at[i].uid;
	return ex_push_log(p->snap, p->run, left, n, p->begin, p->u->out,
	    err);
}

static int
carry_out(struct push *p, struct ex_err *err)
{
	if (p->snap == NULL &&
	    (ex_snap_open(&p->snap, p->u->snapshot, EX_SNAP_CREATE,
	    err) == -1 || check_state(p, err) == -1))
		return -1;
	p->refusals = p->generation > 0;
	if (push_take(p, err) == -1)
		return -1;
	if (any(p, false) && push_phase(p, false, err) == -1)
		return -1;
	if (any(p, true) && push_phase(p, true, err) == -1)
		return -1;
	return results(p, err);
}

static int
run(struct push *p, struct ex_err *err)
{
	if (push_load(p, err) == -1)
		return -1;
	if (open_snapshot(p, p->u->dry ? EX_SNAP_READ : EX_SNAP_WRITE,
	    err) == -1 || push_guard(p, err) == -1)
		return -1;
	return p->u->dry ? report(p, err) : carry_out(p, err);
}

static void
tell_folders(struct push *p)
{
	struct ex_push_folder *v = ex_arena_array(&p->a, p->nfolder + 1,
	    sizeof(*v));
	struct push_folder *f;
	size_t i;

	for (i = 0; i < p->nfolder; i++) {
		f = &p->folder[i];
		v[i] = f->count;
		v[i].name = f->ring->store.name;
		if (f->store != NULL)
			v[i].requests = f->store->requests;
	}
	p->u->told(v, p->nfolder);
}

int
ex_push_run(struct ex_push *u, struct ex_err *err)
{
	struct push p = { .u = u, .canon = ex_canon_new() };
	size_t i;
	int got;

	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.work, NULL);
	pthread_cond_init(&p.done, NULL);
	memset(&u->count, 0, sizeof(u->count));
	got = run(&p, err);
	if (u->told != NULL && !u->dry)
		tell_folders(&p);
	for (i = 0; i < p.nfolder; i++)
		if (p.folder[i].store != NULL)
			ex_store_close(p.folder[i].store);
	ex_snap_close(p.snap);
	ex_rec_close(p.in);
	ex_canon_free(p.canon);
	pthread_cond_destroy(&p.work);
	pthread_cond_destroy(&p.done);
	pthread_mutex_destroy(&p.lock);
	ex_buf_fini(&p.buf);
	ex_arena_free(&p.line);
	ex_arena_free(&p.a);
	return got;
}
