/*
 * pipe.c: fetch, diff, merge and push, killed or not
 *
 * The programs' own code in this process, streams as files; or the real
 * programs.  A kill is a process that ends there.  P5 and P6 are looked at
 * on the way: each stream is made once more from shuffled lines.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ex/diag.h>
#include <ex/diff.h>
#include <ex/fetch.h>
#include <ex/file.h>
#include <ex/merge.h>
#include <ex/push.h>
#include <ex/snapshot.h>

#include <fcntl.h>

#include "soak.h"

struct lines {
	struct ex_str *line;
	size_t n;
};

static void
quiet(const char *text)
{
	(void)text;
}

static void
quiet_push(struct ex_str folder, struct ex_str uid, const char *why)
{
	(void)folder;
	(void)uid;
	(void)why;
}

static struct ex_str
slurp(const char *path, struct ex_arena *a)
{
	struct ex_str s = EX_STR_NONE;
	struct ex_err err;

	if (ex_file_read(AT_FDCWD, path, (size_t)64 << 20, a, &s, &err) == -1)
		ex_die_err(&err);
	return s;
}

static FILE *
create(const char *path)
{
	FILE *fp = fopen(path, "w");

	if (fp == NULL)
		ex_die("%s: cannot be written", path);
	return fp;
}

static void
split(struct ex_str text, struct ex_arena *a, struct lines *l)
{
	const char *end;

	*l = (struct lines){ NULL, 0 };
	while (text.n > 0) {
		end = memchr(text.p, '\n', text.n);
		l->line = ex_arena_grow(a, l->line, l->n, sizeof(*l->line));
		l->line[l->n].p = text.p;
		l->line[l->n].n = end == NULL ? text.n :
		    (size_t)(end - text.p);
		text.n -= l->line[l->n].n + (end != NULL);
		text.p += l->line[l->n++].n + 1;
	}
}

/*
 * The same stream with its lines in another order: sections anywhere, lines
 * anywhere between their begin and their end.
 */
static void
shuffle(struct world *w, const char *from, const char *to)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct lines l;
	struct ex_str swap;
	FILE *fp = create(to);
	size_t i, k, first;

	split(slurp(from, &a), &a, &l);
	for (i = 0; i < l.n; i++) {
		if (!ex_str_starts(l.line[i], "{\"rec\":\"begin\""))
			continue;
		for (first = ++i; i < l.n &&
		    !ex_str_starts(l.line[i], "{\"rec\":\"end\""); i++) {
			k = first + soak_below(&w->rng,
			    (unsigned)(i - first) + 1);
			swap = l.line[i];
			l.line[i] = l.line[k];
			l.line[k] = swap;
		}
	}
	/* Whole sections the other way round. */
	for (first = l.n; first > 0; first = i) {
		for (i = first - 1; !ex_str_starts(l.line[i],
		    "{\"rec\":\"begin\""); i--)
			;
		for (k = i; k < first; k++)
			fprintf(fp, "%.*s\n", EX_STR_ARG(l.line[k]));
	}
	fclose(fp);
	ex_arena_free(&a);
}

static int
by_line(const void *a, const void *b)
{
	return ex_str_cmp(*(const struct ex_str *)a,
	    *(const struct ex_str *)b);
}

/* Are these the same bytes, or (sorted) the same lines? */
static bool
same(const char *x, const char *y, bool sorted)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str s = slurp(x, &a), t = slurp(y, &a);
	struct lines l, m;
	bool equal = ex_str_eq(s, t);
	size_t i;

	if (sorted && !equal && s.n == t.n) {
		split(s, &a, &l);
		split(t, &a, &m);
		qsort(l.line, l.n, sizeof(*l.line), by_line);
		qsort(m.line, m.n, sizeof(*m.line), by_line);
		equal = l.n == m.n;
		for (i = 0; i < l.n && equal; i++)
			equal = ex_str_eq(l.line[i], m.line[i]);
	}
	ex_arena_free(&a);
	return equal;
}

long long
soak_generation(void)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_ring ring = { .generation = 0 };
	struct ex_snap *s;
	struct ex_err err;

	if (ex_snap_open(&s, "ring.snap", EX_SNAP_READ, &err) == -1)
		return 0;
	if (ex_snap_ring(s, &a, &ring, &err) == -1)
		ex_die_err(&err);
	ex_snap_close(s);
	ex_arena_free(&a);
	return ring.generation;
}

static void
with_ring(struct ex_arena *a, struct ex_ring *ring)
{
	struct ex_err err;

	if (ex_ring_read("ring.conf", a, ring, &err) == -1)
		ex_die_err(&err);
}

int
soak_fetch_to(unsigned folders, FILE *to, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_ring ring;
	struct ex_fetch f = { .ring = &ring, .snapshot = "ring.snap",
	    .form = EX_EXPORT_RECORDS, .jobs = 1 };
	size_t i;
	int got;

	with_ring(&a, &ring);
	f.folder = ex_arena_array(&a, ring.nfolder, sizeof(*f.folder));
	for (i = 0; i < ring.nfolder; i++) {
		if ((folders >> (ring.folder[i].store.name.p[1] - '0') &
		    1) == 0)
			continue;
		f.folder[f.nfolder].ring = &ring.folder[i];
		f.folder[f.nfolder++].conf = ring.folder[i].store;
	}
	got = ex_fetch_run(&f, to, err);
	ex_arena_free(&a);
	return got;
}

int
soak_diff_to(const struct world *w, const char *from, FILE *to,
    struct ex_err *err)
{
	struct ex_diff_options opt = { .snapshot = "ring.snap",
	    .first_run = soak_generation() == 0, .warn = quiet };
	struct ex_diff_count count;

	if (opt.first_run && w->s->match)
		opt.match = EX_STR("summary");
	return ex_diff_run(&opt, &from, 1, to, &count, err);
}

int
soak_merge_to(const char *from, FILE *to, struct ex_err *err)
{
	struct ex_merge_options opt = { .policy = EX_STR_NONE };
	struct ex_merge_count count;

	return ex_merge_run(&opt, &from, 1, to, &count, err);
}

static int
fetch(unsigned folders, struct ex_err *err)
{
	FILE *fp = create("items");
	int got = soak_fetch_to(folders, fp, err);

	fclose(fp);
	return got;
}

static int
diff(const struct world *w, const char *from, const char *to,
    struct ex_err *err)
{
	FILE *fp = create(to);
	int got = soak_diff_to(w, from, fp, err);

	fclose(fp);
	return got;
}

static int
merge(const char *from, const char *to, struct ex_err *err)
{
	FILE *fp = create(to);
	int got = soak_merge_to(from, fp, err);

	fclose(fp);
	return got;
}

/* P6: the same bytes, whatever the order. */
static int
other_order(struct world *w)
{
	struct ex_err err;

	shuffle(w, "items", "items2");
	if (diff(w, "items2", "changes2", &err) == -1)
		return soak_fail(w, "P6: diff of shuffled items: %s",
		    err.msg);
	if (!same("changes", "changes2", false))
		return soak_fail(w, "P6: shuffled items, other changes");
	shuffle(w, "changes", "changes2");
	if (merge("changes2", "plan2", &err) == -1)
		return soak_fail(w, "P6: merge of shuffled changes: %s",
		    err.msg);
	if (!same("plan", "plan2", true))
		return soak_fail(w, "P6: shuffled changes, another plan");
	if (w->cut_done || w->s->seed % 40 != 0)
		return 0;
	w->cut_done = true;
	if (soak_cut(w, "items", "items") == -1 ||
	    soak_cut(w, "changes", "changes") == -1)
		return -1;
	return soak_cut(w, "plan", "plan");
}

/* Has every section that begins its end? */
bool
soak_is_whole(const char *path)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct lines l;
	size_t i, open = 0;

	split(slurp(path, &a), &a, &l);
	for (i = 0; i < l.n; i++)
		if (ex_str_starts(l.line[i], "{\"rec\":\"begin\""))
			open++;
		else if (ex_str_starts(l.line[i], "{\"rec\":\"end\""))
			open--;
	ex_arena_free(&a);
	return open == 0;
}

static int
plan(struct world *w, unsigned folders)
{
	struct ex_err err;

	if (fetch(folders, &err) == -1) {
		if (err.code != EX_ERR_AGAIN)
			return soak_fail(w, "fetch: %s", err.msg);
		if (!soak_is_whole("items") &&
		    diff(w, "items", "changes", &err) == 0)
			return soak_fail(w, "a cut listing was taken");
		return 0;
	}
	if (diff(w, "items", "changes", &err) == -1)
		return soak_fail(w, "diff: %s", err.msg);
	if (merge("changes", "plan", &err) == -1)
		return soak_fail(w, "merge: %s", err.msg);
	w->generation = soak_generation();
	w->planned = true;
	return soak_below(&w->rng, 3) == 0 ? other_order(w) : 0;
}

/* The programs: their status. */
static int command(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

static int
command(const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int got;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	got = system(text);
	if (WIFSIGNALED(got))
		return 128 + WTERMSIG(got);
	return WEXITSTATUS(got);
}

static int
real_plan(struct world *w, unsigned folders)
{
	char names[8 * FOLDERS + 16] = "";
	unsigned f;
	int got;

	for (f = 0; f < w->s->nfolder; f++)
		if ((folders >> f & 1) != 0 && !soak_is_out(w->s, f))
			snprintf(names + strlen(names), 16, " %s",
			    soak_name(w->s, f).p);
	got = command("%s/exfetch -q -r ring.conf -s ring.snap%s "
	    "2>/dev/null | %s/exdiff %s%s -q -s ring.snap 2>/dev/null | "
	    "%s/exmerge -q >plan 2>/dev/null", w->programs, names,
	    w->programs, soak_generation() == 0 ? "-i" : "",
	    soak_generation() == 0 && w->s->match ? " -m summary" : "",
	    w->programs);
	if (got != 0 && got != 1 && got != 2 && got != 3)
		return soak_fail(w, "the pipe's status is %d", got);
	w->generation = soak_generation();
	w->planned = got < 2;
	return 0;
}

int
soak_fetch(struct world *w, unsigned folders)
{
	w->planned = w->turned = false;
	w->first_done = true;
	w->runs++;
	if (w->programs != NULL)
		return real_plan(w, folders);
	return plan(w, folders);
}

static int
push_here(unsigned long stop, bool all, struct ex_err *err)
{
	static const char *const path = "plan";
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_ring ring;
	struct ex_push p = { .ring = &ring, .snapshot = "ring.snap",
	    .path = &path, .npath = 1, .all = all, .updates = all,
	    .max_delete = { -1, 0 }, .jobs = 1, .stop_after = stop,
	    .warn = quiet_push };
	int got;

	with_ring(&a, &ring);
	p.out = create("results");
	got = ex_push_run(&p, err);
	fclose(p.out);
	ex_arena_free(&a);
	return got;
}

int
soak_push_guarded(struct ex_err *err)
{
	return push_here(0, false, err) == 0 ? 0 : (int)ex_exit_of(err);
}

/* In a process of its own, that may be killed: 0, 2 or 3, or 128 + n. */
static int
push_apart(struct world *w, unsigned long stop)
{
	struct ex_err err;
	pid_t pid;
	int status;

	fflush(NULL);
	if ((pid = fork()) == 0)
		_exit(push_here(stop, true, &err) == -1 ?
		    (int)ex_exit_of(&err) : 0);
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		ex_die("fork");
	w->kill_pending = true;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		w->kills++;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

/* 3 of a plan that was begun: its last writes are owed. */
static int
push_real(struct world *w, unsigned long stop)
{
	long long before = soak_generation();
	char set[40] = "";
	int got;

	if (stop > 0)
		snprintf(set, sizeof(set), "EX_STOP_AFTER=%lu", stop);
	got = command("%s %s/expush -q -d all -r ring.conf -s ring.snap "
	    "plan >results 2>push.err", set, w->programs);
	return got == 1 || (got == 3 && soak_generation() != before) ? 0 :
	    got;
}

/* What took no part before is there, as it was: each line is. */
static int
check_aside(struct world *w, const char *before)
{
	struct ex_buf after = soak_aside(w);
	struct ex_arena a = EX_ARENA_INIT;
	const char *p, *end;

	for (p = before; (end = strchr(p, '\n')) != NULL; p = end + 1)
		if (strstr(after.p, ex_arena_str(&a, (struct ex_str){ p,
		    (size_t)(end - p) + 1 }).p) == NULL)
			soak_fail(w, "hidden: it was written, or deleted: "
			    "%.*s", (int)(end - p), p);
	ex_buf_fini(&after);
	ex_arena_free(&a);
	return w->fail[0] == '\0' ? 0 : -1;
}

/* Which things are in which folders: a bit each. */
static void
holdings(const struct world *w, uint32_t has[FOLDERS])
{
	struct ex_mem *m;
	unsigned f, t;

	for (f = 0; f < w->s->nfolder; f++) {
		has[f] = 0;
		m = soak_open(f);
		for (t = 0; t < THINGS; t++)
			has[f] |= (uint32_t)(soak_copy(m, t) != NULL) << t;
		soak_close(m, false);
	}
}

/*
 * P3: nothing is deleted that no user has ever deleted.  What came again may
 * meet the deletion still, and one of several may be all that a folder has.
 */
static void
check_holdings(struct world *w, const uint32_t before[FOLDERS])
{
	uint32_t after[FOLDERS];
	unsigned f, t;

	holdings(w, after);
	for (f = 0; f < w->s->nfolder; f++)
		for (t = 0; t < THINGS; t++)
			if ((before[f] & ~after[f]) >> t & 1 &&
			    !w->token[soak_identity(t)].dead &&
			    !w->thing[t].deleted && w->s->access[f] != WO)
				soak_fail(w, "P3: u%u was deleted in f%u, by "
				    "nobody", t, f);
}

int
soak_push(struct world *w, unsigned long stop)
{
	bool stale = soak_generation() != w->generation || w->turned;
	struct ex_err err = { .msg = "see there" };
	uint32_t before[FOLDERS];
	struct ex_buf aside;
	int got;

	if (!w->planned)
		return 0;
	w->pushes++;
	aside = soak_aside(w);
	holdings(w, before);
	if (w->programs != NULL)
		got = push_real(w, stop);
	else if (stop > 0 || w->kill_pending)
		got = push_apart(w, stop);
	else
		got = push_here(0, true, &err) == 0 ? 0 : (int)ex_exit_of(&err);
	if (stale && got != 3)
		soak_fail(w, "a plan of another generation: status %d", got);
	if (!stale && got != 0 && got != 128 + SIGKILL &&
	    !(w->programs != NULL && got == 3))
		soak_fail(w, "push: status %d: %s", got, err.msg);
	check_holdings(w, before);
	got = check_aside(w, aside.p);
	ex_buf_fini(&aside);
	return got;
}

int
soak_run(struct world *w, unsigned folders, unsigned long stop)
{
	if (soak_fetch(w, folders) == -1 || soak_push(w, stop) == -1)
		return -1;
	return stop == 0 ? soak_command(w) : 0;
}
