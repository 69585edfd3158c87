/*
 * filewrite.c: writes to a file of many items
 *
 * All of a call are one replacement of the file: its bytes with the edits
 * go to a temporary file beside it, which is synced and takes its place
 * (place.c).  Whoever has written to the file meanwhile makes it begin anew,
 * on what is there now; after a few times the writes are left for a later
 * run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/canon.h>
#include <ex/diag.h>
#include <ex/file.h>

#include "priv.h"

#define TRIES	3

static void
answer_all(struct ex_file_plan *p, struct ex_file_job *job, size_t n,
    enum ex_answer what, const char *why)
{
	size_t i;

	for (i = 0; i < n; i++) {
		job[i].edits = false;
		job[i].r = (struct ex_wrote){ .answer = what,
		    .why = ex_arena_fmt(&p->a, "%s: %s", p->f->path, why) };
	}
}

/* The same, of those that were not answered before. */
static void
answer_errno(struct ex_file_plan *p, struct ex_file_job *job, size_t n,
    int error)
{
	enum ex_answer what = ex_answer_of(error);
	size_t i;

	if (what == EX_ANSWER_GONE || what == EX_ANSWER_EXISTS)
		what = EX_ANSWER_BUSY;
	for (i = 0; i < n; i++)
		if (job[i].edits)
			answer_all(p, &job[i], 1, what, strerror(error));
}

struct key {
	struct ex_sum id;
	size_t i;
};

static int
by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->id.hi != y->id.hi)
		return x->id.hi < y->id.hi ? -1 : 1;
	if (x->id.lo != y->id.lo)
		return x->id.lo < y->id.lo ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* Of several writes with one id only the first is carried out. */
static void
mark_again(struct ex_file_job *job, size_t n)
{
	struct key *key = calloc(n + 1, sizeof(*key));
	size_t i;

	if (key == NULL)
		ex_diag_oom();
	for (i = 0; i < n; i++)
		key[i] = (struct key){ ex_sum_of(job[i].id.p, job[i].id.n),
		    i };
	qsort(key, n, sizeof(*key), by_key);
	for (i = 1; i < n; i++)
		job[key[i].i].again = key[i].id.lo == key[i - 1].id.lo &&
		    key[i].id.hi == key[i - 1].id.hi;
	free(key);
}

static struct ex_str
id_of(struct ex_file_plan *p, const struct ex_write *w)
{
	char hex[EX_HASH_HEX];

	if (w->op != EX_WRITE_CREATE)
		return w->id;
	if (w->item->uid.p != NULL)
		return w->item->uid;
	if (p->f->canon == NULL)
		p->f->canon = ex_canon_new();
	ex_canon_hash(p->f->canon, w->item, EX_CANON_HASH, hex);
	return ex_arena_str(&p->a, ex_str_of(hex));
}

/* The file's bytes with the edits; -1 with errno. */
static int
put_out(const struct ex_file_plan *p, int fd)
{
	struct ex_str map = p->f->spool.map;
	struct ex_buf b = { .cap = 1UL << 31 };
	struct ex_err err;
	uint64_t pos = 0;
	size_t i;
	int got = 0;

	for (i = 0; i <= p->nedit && got == 0; i++) {
		uint64_t to = i < p->nedit ? p->edit[i].off : map.n;

		errno = 0;
		if (to - pos > (1U << 18) || b.n > (1U << 18)) {
			got = ex_file_write(fd, b.p, b.n, "", &err);
			ex_buf_clear(&b);
			if (got == 0)
				got = ex_file_write(fd, map.p + pos,
				    (size_t)(to - pos), "", &err);
		} else
			ex_buf_add(&b, map.p + pos, (size_t)(to - pos));
		if (i == p->nedit)
			break;
		ex_buf_str(&b, p->edit[i].text);
		pos = to + p->edit[i].len;
	}
	if (got == 0)
		got = ex_file_write(fd, b.p, b.n, "", &err);
	ex_buf_fini(&b);
	return got;
}

static int
open_dir(const struct ex_filestore *f, struct ex_arena *a,
    const char **name)
{
	const char *slash = strrchr(f->path, '/');
	struct ex_str dir = { f->path, slash == f->path ? 1 :
	    (size_t)(slash - f->path) };

	*name = slash + 1;
	return open(ex_arena_str(a, dir).p,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Is the file still what the edits were made for? */
static bool
unchanged(const struct ex_filestore *f, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0) == -1)
		return errno == ENOENT && !f->there;
	return f->there && ex_filestore_same(&st, &f->st);
}

/* The temporary file written: 0, or -1 with errno. */
static int
temp_write(struct ex_file_plan *p, int dir, const char **temp)
{
	struct ex_filestore *f = p->f;
	unsigned long serial = 0;
	int fd, got, error;

	ex_temp_sweep(dir);
	if ((fd = ex_temp_open(dir, &serial, &p->a, temp)) == -1)
		return -1;
	got = f->there ? ex_temp_mode(fd, &f->st) : 0;
	if (got == 0 && (put_out(p, fd) == -1 || fsync(fd) == -1))
		got = -1;
	error = errno;
	if (close(fd) == -1 && got == 0) {
		got = -1;
		error = errno;
	}
	errno = error;
	return got == 0 ? 0 : ex_temp_drop(dir, *temp);
}

/* 1, 0 the file has changed, -1 errno. */
static int
replace(struct ex_file_plan *p, int dir, const char *name)
{
	struct ex_filestore *f = p->f;
	const char *temp;

	f->s.requests++;
	if (temp_write(p, dir, &temp) == -1)
		return -1;
	if (!unchanged(f, dir, name)) {
		unlinkat(dir, temp, 0);
		return 0;
	}
	return f->there ? ex_place_swap(dir, temp, name, &f->st) :
	    ex_place_new(dir, temp, name);
}

/* 1: carried out; 0: the file has changed; -1: err. */
static int
carry_out(struct ex_file_plan *p, struct ex_file_job *job, size_t n,
    struct ex_err *err)
{
	const char *name;
	int dir, got;

	if ((dir = open_dir(p->f, &p->a, &name)) == -1) {
		answer_errno(p, job, n, errno);
		return 1;
	}
	got = replace(p, dir, name);
	if (got == -1) {
		answer_errno(p, job, n, errno);
		got = 1;
	} else if (got == 1 && fsync(dir) == -1 && errno != EINVAL)
		got = ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:",
		    p->f->place.p, p->f->path);
	close(dir);
	return got;
}

/* What was stored, as it reads now. */
static void
read_back(struct ex_filestore *f, struct ex_file_job *j, struct ex_arena *a)
{
	struct ex_found found;
	uint32_t at;

	j->r.answer = EX_ANSWER_STORED;
	j->r.id = j->id;
	if (j->w->op == EX_WRITE_DELETE)
		return;
	at = ex_fileindex_find(f, j->id);
	if (at == EX_FILE_NONE && j->w->item->uid.p != NULL) {
		j->r.id = j->w->item->uid;
		at = ex_fileindex_find(f, j->r.id);
	}
	if (at == EX_FILE_NONE)
		return;
	ex_fileitem_get(f, at, a, &found);
	j->r.rev = ex_fileindex_rev(&f->ent[at], a);
	if (found.what != EX_FOUND_ITEM)
		return;
	j->r.after = found.item;
	j->r.as = found.item->as;
}

static int
tell(struct ex_file_plan *p, struct ex_file_job *job, size_t n,
    ex_write_done *done, void *arg, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	bool edits = false;
	size_t i;
	int got = 0;

	for (i = 0; i < n; i++)
		edits = edits || job[i].edits;
	if (edits)
		got = ex_filestore_load(p->f, err);
	for (i = 0; i < n && got == 0; i++) {
		if (job[i].edits)
			read_back(p->f, &job[i], &a);
		got = done(arg, i, &job[i].r, err);
		ex_arena_reset(&a);
	}
	ex_arena_free(&a);
	return got;
}

static void
plan_clear(struct ex_file_plan *p)
{
	struct ex_filestore *f = p->f;

	ex_buf_fini(&p->text);
	ex_buf_fini(&p->end);
	ex_arena_free(&p->a);
	ex_arena_free(&p->scratch);
	*p = (struct ex_file_plan){ .f = f };
}

/* One try: 1 done, 0 the file changed meanwhile, -1. */
static int
try(struct ex_file_plan *p, struct ex_file_job *job, size_t n,
    struct ex_err *err)
{
	size_t i;

	if (ex_filestore_load(p->f, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		job[i].edits = job[i].again = false;
		job[i].r = (struct ex_wrote){ .answer = EX_ANSWER_BUSY };
		job[i].id = id_of(p, job[i].w);
	}
	if (p->f->cut.p != NULL) {
		answer_all(p, job, n, EX_ANSWER_BUSY, p->f->cut.p);
		return 1;
	}
	if (p->f->stream) {
		answer_all(p, job, n, EX_ANSWER_DENIED,
		    "an item stream can only be read");
		return 1;
	}
	mark_again(job, n);
	ex_fileplan_make(p, job, n);
	return p->edits ? carry_out(p, job, n, err) : 1;
}

static int
write_file(struct ex_file_plan *p, const struct ex_write *w, size_t n,
    ex_write_done *done, void *arg, struct ex_err *err)
{
	struct ex_file_job *job = calloc(n + 1, sizeof(*job));
	size_t i;
	int tries, got = 0;

	if (job == NULL)
		ex_diag_oom();
	for (i = 0; i < n; i++)
		job[i].w = &w[i];
	for (tries = 0; tries < TRIES && got == 0; tries++) {
		plan_clear(p);
		got = try(p, job, n, err);
	}
	if (got == 0)
		answer_all(p, job, n, EX_ANSWER_BUSY,
		    "changes while it is written");
	if (got != -1)
		got = tell(p, job, n, done, arg, err);
	free(job);
	return got;
}

int
ex_filestore_write(struct ex_store *s, const struct ex_write *w, size_t n,
    ex_write_done *done, void *arg, struct ex_err *err)
{
	struct ex_file_plan p = { .f = (struct ex_filestore *)s };
	int got;

	if (n == 0)
		return 0;
	if (p.f->std)
		return ex_filestore_print(s, w, n, done, arg, err);
	got = write_file(&p, w, n, done, arg, err);
	plan_clear(&p);
	return got;
}
