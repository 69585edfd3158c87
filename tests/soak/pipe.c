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
#include <ex/settle.h>
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

static int
fetch(const struct ex_ring *ring, unsigned folders, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_fetch f = { .ring = ring, .snapshot = "ring.snap",
	    .form = EX_EXPORT_RECORDS, .jobs = 1 };
	FILE *fp = create("items");
	size_t i;
	int got;

	f.folder = ex_arena_array(&a, ring->nfolder, sizeof(*f.folder));
	for (i = 0; i < ring->nfolder; i++) {
		if ((folders >> (ring->folder[i].store.name.p[1] - '0') &
		    1) == 0)
			continue;
		f.folder[f.nfolder].ring = &ring->folder[i];
		f.folder[f.nfolder++].conf = ring->folder[i].store;
	}
	got = ex_fetch_run(&f, fp, err);
	fclose(fp);
	ex_arena_free(&a);
	return got;
}

static int
diff(const char *from, const char *to, struct ex_err *err)
{
	struct ex_diff_options opt = { .snapshot = "ring.snap",
	    .first_run = soak_generation() == 0, .warn = quiet };
	struct ex_diff_count count;
	FILE *fp = create(to);
	int got = ex_diff_run(&opt, &from, 1, fp, &count, err);

	fclose(fp);
	return got;
}

static int
merge(const char *from, const char *to, struct ex_err *err)
{
	struct ex_merge_options opt = { .policy = EX_STR_NONE };
	struct ex_merge_count count;
	FILE *fp = create(to);
	int got = ex_merge_run(&opt, &from, 1, fp, &count, err);

	fclose(fp);
	return got;
}

/* P6: the same bytes, whatever the order. */
static int
other_order(struct world *w)
{
	struct ex_err err;

	shuffle(w, "items", "items2");
	if (diff("items2", "changes2", &err) == -1)
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
static bool
is_whole(const char *path)
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
plan(struct world *w, const struct ex_ring *ring, unsigned folders)
{
	struct ex_err err;

	if (fetch(ring, folders, &err) == -1) {
		if (err.code != EX_ERR_AGAIN)
			return soak_fail(w, "fetch: %s", err.msg);
		if (!is_whole("items") &&
		    diff("items", "changes", &err) == 0)
			return soak_fail(w, "a cut listing was taken");
		return 0;
	}
	if (diff("items", "changes", &err) == -1)
		return soak_fail(w, "diff: %s", err.msg);
	if (merge("changes", "plan", &err) == -1)
		return soak_fail(w, "merge: %s", err.msg);
	w->generation = soak_generation();
	w->planned = true;
	return soak_below(&w->rng, 3) == 0 ? other_order(w) : 0;
}

static int
with_ring(struct ex_arena *a, struct ex_ring *ring)
{
	struct ex_err err;

	if (ex_ring_read("ring.conf", a, ring, &err) == -1)
		ex_die_err(&err);
	return 0;
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
		if ((folders >> f & 1) != 0)
			snprintf(names + strlen(names), 16, " f%u", f);
	got = command("%s/exfetch -q -r ring.conf -s ring.snap%s "
	    "2>/dev/null | %s/exdiff %s -q -s ring.snap 2>/dev/null | "
	    "%s/exmerge -q >plan 2>/dev/null", w->programs, names,
	    w->programs, soak_generation() == 0 ? "-i" : "", w->programs);
	if (got != 0 && got != 1 && got != 2 && got != 3)
		return soak_fail(w, "the pipe's status is %d", got);
	w->generation = soak_generation();
	w->planned = got < 2;
	return 0;
}

int
soak_fetch(struct world *w, unsigned folders)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_ring ring;
	int got;

	w->planned = false;
	w->first_done = true;
	w->runs++;
	if (w->programs != NULL)
		return real_plan(w, folders);
	with_ring(&a, &ring);
	got = plan(w, &ring, folders);
	ex_arena_free(&a);
	return got;
}

static int
push_here(unsigned long stop, bool all, struct ex_err *err)
{
	static const char *const path = "plan";
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_ring ring;
	struct ex_push p = { .ring = &ring, .snapshot = "ring.snap",
	    .path = &path, .npath = 1, .all = all, .updates = true,
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
soak_push_guarded(void)
{
	struct ex_err err;

	return push_here(0, false, &err) == 0 ? 0 : (int)ex_exit_of(&err);
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

int
soak_push(struct world *w, unsigned long stop)
{
	bool stale = soak_generation() != w->generation;
	struct ex_err err = { .msg = "see there" };
	struct ex_buf aside;
	int got;

	if (!w->planned)
		return 0;
	w->pushes++;
	aside = soak_aside(w);
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
	got = check_aside(w, aside.p);
	ex_buf_fini(&aside);
	return got;
}

int
soak_run(struct world *w, unsigned folders, unsigned long stop)
{
	if (soak_fetch(w, folders) == -1)
		return -1;
	return soak_push(w, stop);
}

/* The entry of the thing: by the folder's id of it. */
static bool
find_entry(struct ex_snap *s, size_t folder, struct ex_str id,
    struct ex_arena *a, struct ex_snap_entry *e)
{
	struct ex_snap_scan *scan;
	struct ex_err err;
	bool found = false;
	size_t i;

	if (ex_snap_scan_open(s, &scan, &err) == -1)
		ex_die_err(&err);
	while (!found && ex_snap_scan_next(scan, a, e, &err) == 1)
		for (i = 0; i < e->nbinding; i++)
			found |= e->binding[i].folder == folder &&
			    ex_str_eq(e->binding[i].id, id);
	ex_snap_scan_close(scan);
	return found;
}

size_t
soak_folder_index(struct ex_snap *s, unsigned folder, struct ex_arena *a)
{
	struct ex_snap_folder *v;
	struct ex_err err;
	char name[4];
	size_t i, n;

	snprintf(name, sizeof(name), "f%u", folder);
	if (ex_snap_folders(s, a, &v, &n, &err) == -1)
		ex_die_err(&err);
	for (i = 0; i < n; i++)
		if (ex_str_is(v[i].name, name))
			return i;
	return SIZE_MAX;
}

size_t
soak_bound(unsigned folder)
{
	struct ex_arena a = EX_ARENA_INIT;
	long long n = 0;
	struct ex_snap *s;
	struct ex_err err;
	size_t f;

	if (ex_snap_open(&s, "ring.snap", EX_SNAP_READ, &err) == -1)
		return 0;
	f = soak_folder_index(s, folder, &a);
	if (f != SIZE_MAX && ex_snap_items(s, f, &n, &err) == -1)
		ex_die_err(&err);
	ex_snap_close(s);
	ex_arena_free(&a);
	return (size_t)n;
}

bool
soak_is_bound(unsigned folder, struct ex_str id)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_entry e;
	struct ex_snap *s;
	struct ex_err err;
	bool bound;

	if (ex_snap_open(&s, "ring.snap", EX_SNAP_READ, &err) == -1)
		return false;
	bound = find_entry(s, soak_folder_index(s, folder, &a), id, &a, &e);
	ex_snap_close(s);
	ex_arena_free(&a);
	return bound;
}

/* What a person chose is what all have seen: the rest is dead. */
static void
settled(struct world *w, unsigned folder, struct ex_str chosen)
{
	struct ex_mem *m = soak_open(folder);
	struct ex_mem_item *at;
	unsigned t, i;

	for (t = 0; t < THINGS; t++) {
		at = soak_copy(m, t);
		if (at == NULL || !ex_str_eq(at->id, chosen))
			continue;
		w->thing[t].must_go = false;
		for (i = 0; i < TOKENS; i++)
			if (w->token[i].thing == t && !soak_has(at->data, i))
				w->token[i].dead = true;
	}
	soak_close(m, false);
}

/* The first left item is to be what that folder has. */
static int
settle(struct world *w, const struct step *step, struct ex_snap *s,
    struct ex_arena *a)
{
	struct ex_snap_conflict *c;
	struct ex_snap_entry e;
	struct ex_err err;
	size_t n, i, f = soak_folder_index(s, step->folder, a);
	char name[4];

	if (ex_snap_conflicts(s, false, a, &c, &n, &err) == -1)
		return soak_fail(w, "settle: %s", err.msg);
	for (i = 0; i < n && !c[i].left; i++)
		;
	if (i == n || ex_snap_entry(s, c[i].uid, a, &e, &err) != 1)
		return 0;
	snprintf(name, sizeof(name), "f%u", step->folder);
	for (n = 0; n < e.nbinding; n++)
		if (e.binding[n].folder == f && e.binding[n].id.p != NULL &&
		    e.binding[n].now != EX_SNAP_NOW_GONE)
			break;
	if (n == e.nbinding)
		return 0;
	if (ex_settle(s, c[i].uid, ex_str_of(name), NULL, &err) == -1)
		return soak_fail(w, "settle: %s", err.msg);
	settled(w, step->folder, e.binding[n].id);
	return 0;
}

int
soak_settle(struct world *w, const struct step *step)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap *s;
	struct ex_err err;
	int got;

	/* So that what the snapshot knows is what there is. */
	soak_calm(w);
	w->kill_pending = false;
	if (soak_run(w, ~0u, 0) == -1)
		return -1;
	if (w->s->access[step->folder] != RW || soak_generation() == 0)
		return 0;
	if (ex_snap_open(&s, "ring.snap", EX_SNAP_WRITE, &err) == -1)
		return soak_fail(w, "settle: %s", err.msg);
	got = settle(w, step, s, &a);
	ex_snap_close(s);
	ex_arena_free(&a);
	return got;
}
