/*
 * pushpool.c: ops handed to threads, their answers taken back
 *
 * Lines are read in chunks; a chunk's ops in one folder are a task, and a
 * folder has one task at a time.  Two chunks are under way, so that no
 * folder waits while the next one is read.  Only the main thread reads the
 * plan and touches the snapshot; it commits what was acknowledged after ACKS
 * or a second.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ex/array.h>
#include <ex/canon.h>
#include <ex/clock.h>
#include <ex/diag.h>

#include "pushpriv.h"

#define CHUNKS		2
#define CHUNK_LINES	1000
#define CHUNK_BYTES	((size_t)8 << 20)
/* Where a store is written as a whole each time. */
#define WHOLE_LINES	16384
#define WHOLE_BYTES	((size_t)12 << 20)
#define ACKS		1000
#define ACK_MS		1000
#define JOBS		8

/* The first task whose folder is free, out of the list; NULL. */
static struct push_task *
take_task(struct push *p)
{
	struct push_task **at, *t;

	for (at = &p->todo; (t = *at) != NULL; at = &t->next)
		if (!t->folder->busy) {
			*at = t->next;
			if (t->next == NULL)
				p->todo_end = at;
			t->folder->busy = true;
			return t;
		}
	return NULL;
}

static void *
worker(void *arg)
{
	struct push *p = arg;
	struct ex_canon *canon = ex_canon_new();
	struct push_task *t;
	long long began;

	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		if ((t = take_task(p)) == NULL) {
			pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		began = ex_clock_ms();
		push_work(t, canon);
		t->folder->count.ms += ex_clock_ms() - began;
		t->closed = t->folder->closed;
		pthread_mutex_lock(&p->lock);
		t->folder->busy = false;
		t->next = p->ready;
		p->ready = t;
		pthread_cond_signal(&p->done);
		pthread_cond_broadcast(&p->work);
	}
	pthread_mutex_unlock(&p->lock);
	ex_canon_free(canon);
	return NULL;
}

static int
start(struct push *p, struct ex_err *err)
{
	size_t n = p->u->jobs > 0 ? p->u->jobs : JOBS;

	if (n > p->nfolder)
		n = p->nfolder;
	p->stop = false;
	p->todo_end = &p->todo;
	p->thread = ex_arena_array(&p->a, n, sizeof(*p->thread));
	for (p->nthread = 0; p->nthread < n; p->nthread++) {
		errno = pthread_create(&p->thread[p->nthread], NULL, worker,
		    p);
		if (errno != 0)
			break;
	}
	return p->nthread > 0 ? 0 :
	    ex_err_set(err, EX_ERR_SYSTEM, "thread:");
}

static void
finish(struct push *p)
{
	size_t i;

	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < p->nthread; i++)
		pthread_join(p->thread[i], NULL);
}

static struct push_task *
new_task(struct push *p, struct push_chunk *c, struct push_folder *f)
{
	struct push_task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		ex_diag_oom();
	t->p = p;
	t->chunk = c;
	t->folder = f;
	c->tasks++;
	return t;
}

static void
free_task(struct push_task *t)
{
	if (--t->chunk->tasks == 0) {
		ex_arena_free(&t->chunk->a);
		free(t->chunk);
		t->p->chunks--;
	}
	ex_arena_free(&t->a);
	free(t->job);
	free(t);
}

static struct push_job *
add_job(struct push_task *t)
{
	if (t->njob == t->size)
		t->job = ex_array_more(t->job, &t->size, sizeof(*t->job));
	memset(&t->job[t->njob], 0, sizeof(*t->job));
	return &t->job[t->njob++];
}

/* What an update or a delete must find there, and in which form it was. */
static void
from_binding(const struct ex_snap_entry *e, struct push_job *j)
{
	const struct ex_snap_binding *b;
	size_t i;

	for (i = 0; i < e->nbinding; i++) {
		b = &e->binding[i];
		if (b->folder != j->folder->snap)
			continue;
		j->shadow = b->shadow.p != NULL ? b->shadow : e->master;
		if (j->op.as.p == NULL)
			j->op.as = b->as;
		if (j->op.uid.p == NULL)
			j->op.uid = b->uid;
	}
}

static int
add_line(struct push *p, struct push_chunk *c, struct push_task **task,
    const struct push_line *at, struct ex_err *err)
{
	struct ex_plan_line line;
	struct ex_item master;
	struct ex_snap_entry e = { 0 };
	struct push_folder *f;
	struct push_job *j;
	size_t i;

	if (push_line(p, at->offset, &c->a, &line, err) == -1)
		return -1;
	if (line.master != NULL && ex_item_of_json(line.master, &c->a,
	    &master, err) == -1)
		return -1;
	if (ex_snap_entry(p->snap, line.uid, &c->a, &e, err) == -1)
		return -1;
	for (i = 0; i < line.nop; i++) {
		f = push_folder(p, line.op[i].folder);
		if (task[f - p->folder] == NULL)
			task[f - p->folder] = new_task(p, c, f);
		j = add_job(task[f - p->folder]);
		j->uid = line.uid;
		j->op = line.op[i];
		j->folder = f;
		from_binding(&e, j);
		if (line.master == NULL)
			continue;
		j->hash = e.master;	/* pushtake.c has just put it there */
		j->item = ex_item_with_uid(&master, j->op.uid.p != NULL ?
		    j->op.uid : line.uid, &c->a);
	}
	return 0;
}

static void
give_out(struct push *p, struct push_task **task)
{
	size_t i;

	pthread_mutex_lock(&p->lock);
	for (i = 0; i < p->nfolder; i++) {
		if (task[i] == NULL)
			continue;
		task[i]->next = NULL;
		*p->todo_end = task[i];
		p->todo_end = &task[i]->next;
	}
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
}

/* The next lines that have such ops: 1, 0 there are no more, -1. */
static int
next_chunk(struct push *p, bool deletes, size_t *cursor, struct ex_err *err)
{
	struct push_task **task = calloc(p->nfolder, sizeof(*task));
	struct push_chunk *c = calloc(1, sizeof(*c));
	const struct push_line *at;
	size_t i, lines = 0, first = 0;
	size_t most = p->whole ? WHOLE_LINES : CHUNK_LINES;
	size_t bytes = p->whole ? WHOLE_BYTES : CHUNK_BYTES;
	int got = 0;

	if (task == NULL || c == NULL)
		ex_diag_oom();
	for (; *cursor < p->nline && lines < most; ++*cursor) {
		at = &p->line_at[*cursor];
		if (deletes ? !at->deletes : !at->writes)
			continue;
		/* Lines lie one after the other, as a rule. */
		first = lines++ == 0 ? at->offset : first;
		if (at->offset - first > bytes && lines > 1)
			break;
		if ((got = add_line(p, c, task, at, err)) == -1)
			break;
	}
	if (c->tasks > 0)
		p->chunks++;
	if (got == 0 && c->tasks > 0) {
		give_out(p, task);
		got = 1;
	} else if (c->tasks > 0) {
		for (i = 0; i < p->nfolder; i++)
			if (task[i] != NULL)
				free_task(task[i]);
	} else {
		ex_arena_free(&c->a);
		free(c);
	}
	free(task);
	return got;
}

/* A task that is done; NULL: a second has passed. */
static struct push_task *
wait_task(struct push *p)
{
	struct push_task *t;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ACK_MS / 1000;
	pthread_mutex_lock(&p->lock);
	while (p->ready == NULL)
		if (pthread_cond_timedwait(&p->done, &p->lock, &until) != 0)
			break;
	if ((t = p->ready) != NULL)
		p->ready = t->next;
	pthread_mutex_unlock(&p->lock);
	return t;
}

static int
commit_acks(struct push *p, struct ex_err *err)
{
	if (!p->acking)
		return 0;
	p->acking = false;
	p->acks = 0;
	return push_commit(p, err);
}

static int
acknowledge(struct push *p, const struct push_task *t, struct ex_err *err)
{
	if (!p->acking) {
		if (ex_snap_begin(p->snap, err) == -1)
			return -1;
		p->acking = true;
		p->since = ex_clock_ms();
	}
	p->acks += t->njob;
	p->answered += t->njob;
	ex_progress("writing", p->answered, p->ops);
	return push_ack(p, t, err);
}

/*
 * After an error nothing new is given out, but what is under way is waited
 * for: no store is left in the middle of a write.
 */
int
push_phase(struct push *p, bool deletes, struct ex_err *err)
{
	struct push_task *t;
	struct ex_err first;
	size_t cursor = 0;
	int got = 1, failed = 0;

	if (start(p, err) == -1)
		return -1;
	for (;;) {
		while (got == 1 && !failed && p->chunks < CHUNKS)
			got = next_chunk(p, deletes, &cursor, err);
		if (got == -1 && !failed) {
			failed = 1;
			first = *err;
		}
		if (p->chunks == 0)
			break;
		if ((t = wait_task(p)) != NULL) {
			if (!failed && acknowledge(p, t, err) == -1) {
				failed = 1;
				first = *err;
			}
			free_task(t);
		}
		if (!failed && p->acking && (p->acks >= ACKS ||
		    ex_clock_ms() - p->since >= ACK_MS) &&
		    commit_acks(p, err) == -1) {
			failed = 1;
			first = *err;
		}
	}
	finish(p);
	ex_progress_end();
	if (!failed)
		return commit_acks(p, err);
	ex_snap_rollback(p->snap);
	*err = first;
	return -1;
}
