/*
 * pushwork.c: ops carried out in one folder, and what its answers mean
 *
 *	answer			then
 *	----------------------	----------------------------------------------
 *	stored, and what it	it is what the folder made of it
 *	  reads as
 *	stored			read back at once: what comes is that; what
 *				  cannot be read: refused
 *	stale			read: equal to sent: stored (an answer that
 *				  was lost); equal to what it was: once more on
 *				  the new rev; else the next run
 *	exists			found by the id that the store gave, else by
 *				  UID or mark, and equal: stored; else the next
 *				  run
 *	gone			the next run
 *	not allowed		nothing more is tried in this folder
 *	refused			for good
 *	busy			tried again, five times in all; then owed; see
 *				  pushack.c for a server that breaks down
 *	silence			owed: five times would be too long for a
 *				  person
 *
 * (1) Every write is conditional; one that has no rev to be conditional on
 *     is read and compared first.
 * (2) The folder is listed for `exists` at most LISTS times a run, all that
 *     are looked for at once.
 * (3) What is out of the folder's scope is not written there: refused.
 * (4) Nothing here touches the snapshot or stdout.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/clock.h>
#include <ex/rule.h>
#include <ex/scope.h>

#include "pushpriv.h"

#define TRIES	5
#define PAUSE	50		/* milliseconds before the second try */
#define LISTS	3
#define SLICE	100		/* writes before they are read back at once */

/* What a worker has at hand while it carries out a task. */
struct work {
	struct push_task *t;
	struct ex_store *store;
	struct ex_canon *canon;
	struct ex_arena scratch;
	struct ex_buf buf;
	struct ex_write *w;	/* those being written */
	size_t *of;		/* and whose they are: index of the job */
	size_t n;
	size_t from;		/* where the slice begins that is under way */
	struct push_job **some;	/* those being read */
	struct ex_str *id;	/* and as what */
	size_t nsome;
};

static void
end(struct work *k, struct push_job *j, enum push_end what,
    struct ex_str why)
{
	j->end = what;
	j->unsure |= what == PUSH_BUSY || what == PUSH_UNKNOWN;
	j->why = ex_arena_str(&k->t->a, why.p != NULL ? why :
	    EX_STR("no reason given"));
}

/* The folder now holds item as id: the op is done. */
static void
stored(struct work *k, struct push_job *j, struct ex_str id,
    struct ex_str rev, const struct ex_item *item)
{
	char hex[EX_HASH_HEX];

	j->end = PUSH_STORED;
	j->id = ex_arena_str(&k->t->a, id.p != NULL ? id : j->op.id);
	j->rev = ex_arena_str(&k->t->a, rev);
	if (item == NULL)
		return;
	ex_canon_hash(k->canon, item, EX_CANON_HASH, hex);
	if (!EX_RULE("read-back"))
		memcpy(hex, j->hash.p, sizeof(hex) - 1);
	j->found_uid = ex_arena_str(&k->t->a, item->uid);
	j->after = ex_arena_str(&k->t->a, ex_str_of(hex));
	if (ex_str_eq(j->after, j->hash))
		return;
	ex_buf_clear(&k->buf);
	ex_item_write(&k->buf, item);
	j->data = ex_arena_str(&k->t->a, ex_buf_get(&k->buf));
}

static struct ex_str
hash_of(struct work *k, const struct ex_item *item)
{
	char hex[EX_HASH_HEX];

	ex_canon_hash(k->canon, item, EX_CANON_HASH, hex);
	return ex_arena_str(&k->scratch, ex_str_of(hex));
}

static void
read_later(struct work *k, struct push_job *j, struct ex_str id)
{
	k->some[k->nsome] = j;
	k->id[k->nsome++] = id;
}

static void
read_now(struct work *k, push_read_use *use)
{
	size_t n = k->nsome;

	k->nsome = 0;
	push_read(k->store, k->some, k->id, n, use, k);
}

/*
 * What is there now, against what was sent and what it was.  Sets op.rev
 * and go if the op may go on.
 */
static void
compare(void *arg, struct push_job *j, const struct ex_found *f,
    const struct ex_err *why)
{
	struct work *k = arg;
	struct ex_str hash;

	j->retried = true;
	ex_arena_reset(&k->scratch);
	if (f == NULL) {
		end(k, j, why->code == EX_ERR_GONE ? PUSH_NEXT : PUSH_BUSY,
		    why->code == EX_ERR_GONE ? EX_STR("gone") :
		    ex_str_of(why->msg));
		return;
	}
	if (f->what != EX_FOUND_ITEM) {
		end(k, j, PUSH_NEXT, f->why);
		return;
	}
	hash = hash_of(k, f->item);
	if (ex_str_eq(hash, j->shadow) || !EX_RULE("conditional")) {
		j->op.rev = ex_arena_str(&k->t->a, f->rev);
		j->retried = false;
		j->go = true;
		return;
	}
	if (j->op.op == EX_WRITE_UPDATE && ex_str_eq(hash, j->hash)) {
		j->as = ex_arena_str(&k->t->a, f->item->as);
		stored(k, j, j->op.id, f->rev, f->item);
	} else {
		end(k, j, PUSH_NEXT, EX_STR("changed meanwhile"));
	}
}

/* A store that does not say what it made of it is asked. */
static void
read_back(void *arg, struct push_job *j, const struct ex_found *f,
    const struct ex_err *why)
{
	struct work *k = arg;

	ex_arena_reset(&k->scratch);
	if (f == NULL)
		end(k, j, PUSH_UNKNOWN, ex_str_of(why->msg));
	else if (f->what != EX_FOUND_ITEM)
		/* It will not read any better the next time. */
		end(k, j, PUSH_REFUSED, f->why);
	else
		stored(k, j, f->id, f->rev, f->item);
}

static int
answered(void *arg, size_t i, const struct ex_wrote *r, struct ex_err *err)
{
	struct work *k = arg;
	struct push_job *j = &k->t->job[k->of[k->from + i]];

	(void)err;
	switch (r->answer) {
	case EX_ANSWER_STORED:
		j->as = ex_arena_str(&k->t->a, r->as);
		j->lacks = ex_arena_str(&k->t->a, r->why);
		stored(k, j, r->id, r->rev, r->after);
		push_step(k->t->p);
		break;
	case EX_ANSWER_STALE:
	case EX_ANSWER_EXISTS:
	case EX_ANSWER_GONE:
		end(k, j, PUSH_NEXT, r->why);
		/* compare() or find() may know better. */
		j->retried |= r->answer == EX_ANSWER_GONE;
		if (r->answer == EX_ANSWER_EXISTS)
			j->id = ex_arena_str(&k->t->a, r->id);
		break;
	case EX_ANSWER_DENIED:
		end(k, j, PUSH_DENIED, r->why);
		break;
	case EX_ANSWER_REFUSED:
		end(k, j, PUSH_REFUSED, r->why);
		break;
	case EX_ANSWER_BUSY:
		end(k, j, r->silent ? PUSH_UNKNOWN : PUSH_BUSY, r->why);
		j->broke = r->broke;
		break;
	}
	return 0;
}

/* Nothing more is written to this folder: every op left gets that answer. */
static void
close_folder(struct push_folder *f, enum ex_answer answer,
    const struct ex_err *err)
{
	f->closed = true;
	f->answer = answer;
	f->err = *err;
}

static void
add(struct work *k, size_t i)
{
	const struct push_job *j = &k->t->job[i];

	k->of[k->n] = i;
	k->w[k->n++] = (struct ex_write){ .op = j->op.op, .id = j->op.id,
	    .rev = j->op.rev, .name = j->op.name, .as = j->op.as,
	    .item = j->op.op == EX_WRITE_DELETE ? NULL : &j->item };
}

/* One slice; those without an answer are unknown. */
static void
write_slice(struct work *k, size_t n)
{
	struct push_job *j;
	struct ex_err err;
	size_t i;
	int got;

	got = k->store->ops->write(k->store, k->w + k->from, n, answered, k,
	    &err);
	if (got == -1)
		close_folder(k->t->folder, err.code == EX_ERR_DENIED ?
		    EX_ANSWER_DENIED : EX_ANSWER_BUSY, &err);
	for (i = k->from; i < k->from + n; i++) {
		j = &k->t->job[k->of[i]];
		if (j->end == PUSH_OPEN)
			end(k, j, PUSH_UNKNOWN, got == -1 ?
			    ex_str_of(err.msg) : EX_STR("no answer"));
		if (j->end == PUSH_DENIED && !k->t->folder->closed) {
			ex_err_set(&err, EX_ERR_DENIED, "%.*s",
			    EX_STR_ARG(j->why));
			close_folder(k->t->folder, EX_ANSWER_DENIED, &err);
		}
		if (j->end == PUSH_STORED && j->op.op != EX_WRITE_DELETE &&
		    j->after.p == NULL)
			read_later(k, j, j->id);
	}
	read_now(k, read_back);
}

/* The folder was closed before this one was tried, or cannot be opened. */
static void
give_up(struct work *k, struct push_job *j)
{
	const struct push_folder *f = k->t->folder;

	end(k, j, f->answer == EX_ANSWER_DENIED ? PUSH_DENIED : PUSH_BUSY,
	    ex_str_of(f->err.msg));
}

/*
 * Write what has been added: at once, or in slices where it has to be read
 * back, which is to follow its write closely.
 */
static void
write_added(struct work *k)
{
	size_t slice = k->store->ops->read_many != NULL ? SLICE : k->n;
	size_t i;

	for (i = 0; i < k->n; i++)
		k->t->job[k->of[i]].end = PUSH_OPEN;
	for (k->from = 0; k->from < k->n && !k->t->folder->closed;
	    k->from += slice)
		write_slice(k, k->n - k->from < slice ? k->n - k->from :
		    slice);
	for (i = 0; i < k->n; i++)
		if (k->t->job[k->of[i]].end == PUSH_OPEN)
			give_up(k, &k->t->job[k->of[i]]);
}

/* Longer each time, and not the same for all folders. */
static void
pause_before(const struct work *k, int try)
{
	long ms = (long)PAUSE << (try - 1);

	ms += ms * (long)(k->t->folder->ring->line % 8) / 8;
	ex_clock_sleep(ex_clock_ms() + ms);
}

/* Add those that may go on. */
static void
add_going(struct work *k)
{
	size_t i;

	k->n = 0;
	for (i = 0; i < k->t->njob; i++)
		if (k->t->job[i].go)
			add(k, i);
}

/* Those in that state; what has no rev is read first. */
static void
add_all(struct work *k, enum push_end state)
{
	struct push_job *j;
	size_t i;

	for (i = 0; i < k->t->njob; i++) {
		j = &k->t->job[i];
		j->go = j->end == state;
		if (!j->go || j->op.op == EX_WRITE_CREATE ||
		    j->op.rev.p != NULL)
			continue;
		j->go = false;
		read_later(k, j, j->op.id);
	}
	read_now(k, compare);
	add_going(k);
}

static bool
is_busy(const struct push_task *t)
{
	size_t i;

	for (i = 0; i < t->njob; i++)
		if (t->job[i].end != PUSH_BUSY)
			return false;
	return true;
}

static void
try_again(struct work *k)
{
	struct ex_err err;
	size_t i;
	int try;

	for (try = 1; try < TRIES && !k->t->folder->closed; try++) {
		k->n = 0;
		for (i = 0; i < k->t->njob; i++)
			if (k->t->job[i].end == PUSH_BUSY)
				k->n++;
		if (k->n == 0)
			return;
		pause_before(k, try);
		add_all(k, PUSH_BUSY);
		if (k->n > 0)
			write_added(k);
	}
	/* All of them, and five times: do not wait for each task so. */
	if (k->n == k->t->njob && !k->t->folder->closed &&
	    is_busy(k->t)) {
		ex_err_set(&err, EX_ERR_AGAIN, "%.*s",
		    EX_STR_ARG(k->t->job[0].why));
		close_folder(k->t->folder, EX_ANSWER_BUSY, &err);
	}
}

/* Answers `stale`: once more where only the rev is another. */
static void
stale(struct work *k)
{
	struct push_job *j;
	size_t i;

	for (i = 0; i < k->t->njob; i++) {
		j = &k->t->job[i];
		j->go = false;
		if (j->end == PUSH_NEXT && !j->retried &&
		    j->op.op != EX_WRITE_CREATE)
			read_later(k, j, j->op.id);
	}
	read_now(k, compare);
	add_going(k);
	if (k->n > 0)
		write_added(k);
}

/* Creates that met something: what is it? */
struct find {
	struct work *k;
	struct push_job **job;	/* by uid of the item */
	size_t n;
};

static int
job_by_uid(const void *a, const void *b)
{
	struct push_job *const *x = a, *const *y = b;

	return ex_str_cmp((*x)->item.uid, (*y)->item.uid);
}

static void
found_it(struct work *k, struct push_job *j, const struct ex_found *f)
{
	ex_arena_reset(&k->scratch);
	if (j->end != PUSH_NEXT ||
	    !ex_str_eq(hash_of(k, f->item), j->hash))
		return;
	j->as = ex_arena_str(&k->t->a, f->item->as);
	stored(k, j, f->id, f->rev, f->item);
}

static int
found(void *arg, const struct ex_found *f, struct ex_err *err)
{
	struct find *find = arg;
	struct push_job key = { .item = { .uid = f->uid } };
	struct push_job *keyp = &key, **at;
	size_t i;

	(void)err;
	if (f->what != EX_FOUND_ITEM)
		return 0;
	for (i = 0; f->mark.p != NULL && i < find->n; i++)
		if (ex_str_eq(find->job[i]->op.name, f->mark))
			found_it(find->k, find->job[i], f);
	if (f->uid.p == NULL)
		return 0;
	at = bsearch(&keyp, find->job, find->n, sizeof(*find->job),
	    job_by_uid);
	if (at != NULL)
		found_it(find->k, *at, f);
	return 0;
}

/* The store has said what is in the way. */
static void
in_the_way(void *arg, struct push_job *j, const struct ex_found *f,
    const struct ex_err *why)
{
	(void)why;
	if (f != NULL && f->what == EX_FOUND_ITEM)
		found_it(arg, j, f);
}

static void
exists(struct work *k)
{
	struct find find = { .k = k };
	struct ex_store_list want = { .found = found, .arg = &find };
	struct push_job *j;
	struct ex_err err;
	size_t i;

	find.job = ex_arena_array(&k->t->a, k->t->njob, sizeof(*find.job));
	for (i = 0; i < k->t->njob; i++) {
		j = &k->t->job[i];
		if (j->end != PUSH_NEXT || j->op.op != EX_WRITE_CREATE)
			continue;
		if (j->id.p != NULL)
			read_later(k, j, j->id);
		else
			find.job[find.n++] = j;
	}
	read_now(k, in_the_way);
	if (find.n == 0 || k->t->folder->lists++ >= LISTS)
		return;
	qsort(find.job, find.n, sizeof(*find.job), job_by_uid);
	/* If it fails they stay what they are: the next run's. */
	k->store->ops->list(k->store, &want, &err);
}

/* (3) Nor would it be told from others' items of that kind then. */
static void
keep_out(struct work *k)
{
	const struct ex_scope *scope = &k->t->folder->ring->scope;
	struct push_job *j;
	const char *why;
	size_t i;

	for (i = 0; i < k->t->njob; i++) {
		j = &k->t->job[i];
		if (j->op.op != EX_WRITE_DELETE && EX_RULE("scope") &&
		    (why = ex_scope_why(scope, &j->item)) != NULL)
			end(k, j, PUSH_REFUSED, ex_arena_fmt(&k->t->a,
			    "it is out of the folder's scope: %s", why));
	}
}

static void
carry_out(struct work *k)
{
	keep_out(k);
	add_all(k, PUSH_OPEN);
	if (k->n > 0)
		write_added(k);
	try_again(k);
	if (!k->t->folder->closed)
		stale(k);
	if (!k->t->folder->closed)
		exists(k);
}

static void
open_store(struct push_folder *f)
{
	struct ex_err err;

	if (f->store != NULL || f->closed)
		return;
	if (ex_store_open(&f->ring->store, &f->store, &err) == -1) {
		close_folder(f, err.code == EX_ERR_DENIED ?
		    EX_ANSWER_DENIED : EX_ANSWER_BUSY, &err);
	} else if (!ex_str_eq(f->store->identity, f->identity) &&
	    f->planned) {
		ex_err_set(&err, EX_ERR_AGAIN, "folder %.*s: another folder"
		    " than the plan's", EX_STR_ARG(f->ring->store.name));
		close_folder(f, EX_ANSWER_BUSY, &err);
	} else if (!f->store->writable) {
		ex_err_set(&err, EX_ERR_DENIED, "folder %.*s: read-only",
		    EX_STR_ARG(f->ring->store.name));
		close_folder(f, EX_ANSWER_DENIED, &err);
	}
}

void
push_work(struct push_task *t, struct ex_canon *canon)
{
	struct work k = { .t = t, .canon = canon, .buf = EX_BUF_INIT,
	    .scratch = EX_ARENA_INIT };
	size_t i;

	open_store(t->folder);
	if (t->folder->closed) {
		for (i = 0; i < t->njob; i++)
			give_up(&k, &t->job[i]);
		return;
	}
	k.store = t->folder->store;
	k.w = ex_arena_array(&t->a, t->njob, sizeof(*k.w));
	k.of = ex_arena_array(&t->a, t->njob, sizeof(*k.of));
	k.some = ex_arena_array(&t->a, t->njob, sizeof(struct push_job *));
	k.id = ex_arena_array(&t->a, t->njob, sizeof(*k.id));
	carry_out(&k);
	ex_arena_free(&k.scratch);
	ex_buf_fini(&k.buf);
}
