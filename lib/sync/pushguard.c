/*
 * pushguard.c: stop before a disaster (ring.md 4)
 *
 *	in one folder				stops, if
 *	---------------------------------	------------------------------
 *	all of its items gone			there was more than one
 *	deletions seen in it			above both of max-delete
 *	deletions owed to it			above both of max-delete
 *	edits seen in it, not on its first run	above both of max-update
 *
 * Its items are those that the snapshot has bound; on its first run those
 * that were listed.  Nothing has been written when a guard stops.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ex/buf.h>
#include <ex/file.h>
#include <ex/rule.h>

#include "pushpriv.h"

static bool
above(long long n, long long of, const struct ex_limit *limit)
{
	return n > limit->n && n * 100 > of * limit->percent;
}

static int
stop(const struct push_folder *f, const char *what, long long n,
    long long of, const char *option, struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_REMOTE,
	    "folder %.*s: %s %lld of %lld items, too many: nothing is "
	    "written; -d %s goes on", EX_STR_ARG(f->ring->store.name), what,
	    n, of, option);
}

/* What was seen in the folder. */
static int
guard_seen(const struct push *p, const struct push_folder *f,
    const struct ex_limit *del, struct ex_err *err)
{
	long long of = f->before > 0 ? f->before : f->items;

	if (!p->u->all && f->before > 1 && f->gone >= f->before &&
	    EX_RULE("guard-emptied"))
		return ex_err_set(err, EX_ERR_REMOTE, "folder %.*s: emptied:"
		    " all of its %lld items are gone: nothing is written; "
		    "-d all goes on",
		    EX_STR_ARG(f->ring->store.name), f->before);
	if (!p->u->all && above(f->gone, of, del) && EX_RULE("guard-deleted"))
		return stop(f, "deleted there were", f->gone, of, "all", err);
	if (!p->u->updates && !f->first && f->before > 0 &&
	    above(f->edited, of, &p->u->ring->max_update) &&
	    EX_RULE("guard-edited"))
		return stop(f, "edited there were", f->edited, of, "updates",
		    err);
	return 0;
}

static int
guard_owed(const struct push *p, const struct push_folder *f,
    const struct ex_limit *del, struct ex_err *err)
{
	long long of = f->before > 0 ? f->before : f->items;
	long long owed = f->counted[EX_WRITE_DELETE];

	if (p->u->all || !above(owed, of, del) || !EX_RULE("guard-owed"))
		return 0;
	return stop(f, "to be deleted there are", owed, of, "all", err);
}

/* May the number of its items decide?  To count them is a scan. */
static bool
matters(const struct push *p, const struct push_folder *f,
    const struct ex_limit *del)
{
	return f->gone > 1 || f->gone > del->n ||
	    f->edited > p->u->ring->max_update.n ||
	    f->counted[EX_WRITE_DELETE] > del->n;
}

static int
count_before(struct push *p, const struct ex_limit *del, struct ex_err *err)
{
	struct ex_snap_folder *v;
	struct push_folder *f;
	size_t i, n;

	if (p->snap == NULL)
		return 0;
	if (ex_snap_folders(p->snap, &p->a, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		f = push_folder(p, v[i].name);
		if (f != NULL && matters(p, f, del) && (!f->planned ||
		    v[i].identity.p == NULL ||
		    ex_str_eq(f->identity, v[i].identity)) &&
		    ex_snap_items(p->snap, i, &f->before, err) == -1)
			return -1;
	}
	return 0;
}

/* The cause before what would come of it: a person looks there first. */
static int
guard(const struct push *p, const struct ex_limit *del, struct ex_err *err)
{
	size_t i;

	for (i = 0; i < p->nfolder; i++)
		if (guard_seen(p, &p->folder[i], del, err) == -1)
			return -1;
	for (i = 0; i < p->nfolder; i++)
		if (guard_owed(p, &p->folder[i], del, err) == -1)
			return -1;
	return 0;
}

static int
write_lines(struct push *p, FILE *fp, struct ex_err *err)
{
	struct ex_rec rec;
	size_t i;

	for (i = 0; i < p->nall; i++) {
		ex_arena_reset(&p->line);
		if (ex_rec_at(p->in, p->all[i], &p->line, &rec, err) == -1)
			return -1;
		fwrite(rec.line.p, 1, rec.line.n, fp);
		putc('\n', fp);
	}
	if (fflush(fp) == EOF || ferror(fp) || fsync(fileno(fp)) == -1)
		return ex_err_set(err, EX_ERR_SYSTEM, "%s.plan:",
		    p->u->snapshot);
	return 0;
}

/* A person may look at it, and go on with it. */
static int
save(struct push *p, struct ex_err *err)
{
	struct ex_buf name = EX_BUF_INIT;
	FILE *fp = NULL;
	int fd, got = -1;

	ex_buf_puts(&name, p->u->snapshot);
	ex_buf_puts(&name, ".plan");
	ex_buf_putc(&name, '\0');
	unlink(name.p);
	fd = open(name.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd != -1)
		fp = fdopen(fd, "w");
	if (fp == NULL)
		ex_err_set(err, EX_ERR_SYSTEM, "%s:", name.p);
	else
		got = write_lines(p, fp, err);
	if (fp != NULL)
		fclose(fp);
	ex_buf_fini(&name);
	return got;
}

int
push_guard(struct push *p, struct ex_err *err)
{
	const struct ex_limit *del = &p->u->max_delete;
	struct ex_err other;
	size_t n;

	if (del->n == -1)
		del = &p->u->ring->max_delete;
	if (count_before(p, del, err) == -1)
		return -1;
	if (guard(p, del, err) == 0)
		return 0;
	n = strlen(err->msg);
	if (p->u->dry)
		return -1;
	if (save(p, &other) == -1)
		snprintf(err->msg + n, sizeof(err->msg) - n,
		    " (the plan could not be saved: %s)", other.msg);
	else
		snprintf(err->msg + n, sizeof(err->msg) - n,
		    " (the plan is in %s.plan)", p->u->snapshot);
	return -1;
}
