/*
 * soak.c: histories one after the other; shrinks one that fails
 *
 *	soak [-vx] [-p programs] [-s seed] [-n seeds] [-j jobs]
 *	soak -k steps [-q quirks] -s seed
 *
 * The second runs that seed's history with no other steps than those (their
 * numbers, separated by commas) in the current directory, and leaves all
 * there; with the quirks of the folders named (a digit each) only.
 *
 * Each history runs in a process and a directory of its own, below $TMPDIR
 * or /dev/shm.  With -p every hundredth or so goes through the programs that
 * lie there.  -x ends at the first that fails, as it is.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ex/diag.h>

#include "soak.h"

struct options {
	const char *programs;
	uint64_t seed, n;
	unsigned jobs;
	bool verbose;
	bool first;		/* end at the first that fails */
};

/* A kill is not a power cut, and nobody is waited for. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

int
nanosleep(const struct timespec *want, struct timespec *left)
{
	(void)want;
	(void)left;
	return 0;
}

static int
take(struct world *w, const struct step *step)
{
	unsigned all = ~0u;

	switch (step->op) {
	case OP_FETCH:
		return soak_fetch(w, all);
	case OP_PUSH:
		return soak_push(w, 0);
	case OP_RUN:
		return soak_run(w, all, 0);
	case OP_KILL:
		return soak_run(w, all, 1 + step->arg % 12);
	case OP_SOME:
		all = ((1u << w->s->nfolder) - 1) & ~w->s->out;
		return (step->arg & all) == 0 || soak_generation() == 0 ? 0 :
		    soak_run(w, step->arg & all, 0);
	case OP_SETTLE:
		return soak_settle(w, step);
	case OP_EMPTY:
		return soak_empty(w, step);
	case OP_SCOPE:
	case OP_JOIN:
	case OP_LEAVE:
	case OP_NAME:
	case OP_MOVE:
		soak_turn(w, step);
		return 0;
	case OP_STAGE:
		return soak_stage(w, step);
	default:
		if (!soak_is_out(w->s, step->folder))
			soak_user(w, step);
		return 0;
	}
}

/* One history, in the current directory. */
static int
history(struct setting *s, const char *programs, char why[WHY])
{
	struct world *w = calloc(1, sizeof(*w));
	unsigned i;

	if (w == NULL)
		ex_diag_oom();
	w->s = s;
	w->programs = programs;
	w->rng = s->seed;
	soak_begin(w);
	for (i = 0; i < s->nstep && w->fail[0] == '\0'; i++) {
		take(w, &s->step[i]);
		if (s->step[i].op >= OP_PUSH)
			soak_lost(w);
	}
	if (w->fail[0] == '\0')
		soak_check(w);
	memcpy(why, w->fail, WHY);
	ex_arena_free(&w->attic);
	free(w);
	return why[0] == '\0' ? 0 : -1;
}

static void
sweep(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[400];

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
}

/* In a process of its own: 0, or why not. */
static int
apart(struct setting *s, const char *dir, const char *programs,
    char why[WHY])
{
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	sweep(dir);
	fflush(NULL);
	if (pipe(fd) == -1 || (pid = fork()) == -1)
		ex_die("fork: %s", strerror(errno));
	if (pid == 0) {
		close(fd[0]);
		if (chdir(dir) == -1 || setenv("TMPDIR", dir, 1) == -1)
			_exit(2);
		alarm(900);
		if (history(s, programs, why) == 0)
			_exit(0);
		n = write(fd[1], why, strlen(why));
		_exit(n < 0 ? 2 : 1);
	}
	close(fd[1]);
	memset(why, 0, WHY);
	n = read(fd[0], why, WHY - 1);
	close(fd[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (status == 0)
		return 0;
	if (n <= 0)
		snprintf(why, WHY, WIFSIGNALED(status) ?
		    "killed by signal %d" : "status %d", WIFSIGNALED(status) ?
		    WTERMSIG(status) : WEXITSTATUS(status));
	return -1;
}

static bool
without(const struct setting *s, unsigned from, unsigned n, const char *dir,
    const char *programs, struct setting *out, char why[WHY])
{
	char new[WHY];

	*out = *s;
	memmove(&out->step[from], &out->step[from + n],
	    (s->nstep - from - n) * sizeof(*out->step));
	out->nstep -= n;
	if (apart(out, dir, programs, new) == 0 || strncmp(new, why, 3) != 0)
		return false;
	memcpy(why, new, WHY);
	return true;
}

/* Quirks and ways that it fails without, too. */
static void
simpler(struct setting *s, const char *dir, const char *programs,
    char why[WHY])
{
	struct setting try;
	unsigned f, q;
	char new[WHY];

	for (f = 0; f < s->nfolder; f++)
		for (q = 0; q <= QUIRKS; q++) {
			try = *s;
			if (q < QUIRKS)
				try.quirk[f] &= ~(1u << q);
			else
				try.access[f] = RW;
			if (memcmp(&try, s, sizeof(try)) == 0 ||
			    apart(&try, dir, programs, new) == 0 ||
			    strncmp(new, why, 3) != 0)
				continue;
			*s = try;
			memcpy(why, new, WHY);
		}
	while (s->nfolder > 2) {
		try = *s;
		try.nfolder--;
		for (f = q = 0; f < s->nstep; f++)
			q |= s->step[f].folder >= try.nfolder;
		if (q != 0 || apart(&try, dir, programs, new) == 0)
			return;
		*s = try;
		memcpy(why, new, WHY);
	}
}

static void
shrink(struct setting *s, const char *dir, const char *programs,
    char why[WHY])
{
	struct setting try;
	unsigned size, from;
	bool any = true;

	for (size = s->nstep / 2; size > 0; size = size > 1 || !any ?
	    size / 2 : 1) {
		any = false;
		for (from = 0; from + size <= s->nstep;) {
			if (without(s, from, size, dir, programs, &try,
			    why)) {
				*s = try;
				any = true;
			} else {
				from += size;
			}
		}
	}
	simpler(s, dir, programs, why);
}

static bool
one(const struct options *o, uint64_t seed, const char *dir)
{
	struct setting s;
	const char *programs = seed % 101 == 50 ? o->programs : NULL;
	char why[WHY] = "";

	soak_plan(&s, seed);
	if (o->verbose)
		soak_print(stdout, &s);
	if (apart(&s, dir, programs, why) == 0)
		return true;
	printf("# seed %llu: %s\n", (unsigned long long)seed, why);
	fflush(stdout);
	if (o->first)
		return false;
	shrink(&s, dir, programs, why);
	soak_print(stdout, &s);
	printf("# %s\n#\n", why);
	fflush(stdout);
	return false;
}

/* Every jobs-th seed: how many failed. */
static unsigned
work(const struct options *o, unsigned job)
{
	const char *tmp = getenv("TMPDIR");
	struct stat st;
	char dir[300];
	unsigned failed = 0;
	uint64_t i;

	if (tmp == NULL)
		tmp = stat("/dev/shm", &st) == 0 ? "/dev/shm" : "/tmp";
	snprintf(dir, sizeof(dir), "%s/soak.XXXXXX", tmp);
	if (mkdtemp(dir) == NULL)
		ex_die("%s: %s", dir, strerror(errno));
	for (i = job; i < o->n && (failed == 0 || !o->first); i += o->jobs)
		failed += !one(o, o->seed + i, dir);
	sweep(dir);
	rmdir(dir);
	return failed > 100 ? 100 : failed;
}

static unsigned
work_all(const struct options *o)
{
	unsigned failed = 0, i;
	int status;

	if (o->jobs == 1)
		return work(o, 0);
	fflush(NULL);
	for (i = 0; i < o->jobs; i++)
		if (fork() == 0) {
			i = work(o, i);
			fflush(NULL);
			_exit((int)i);
		}
	while (wait(&status) > 0)
		failed += WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) :
		    1;
	return failed;
}

/* A history of some steps only, to be looked at. */
static int
look(uint64_t seed, const char *steps, const char *quirks)
{
	struct setting s;
	char why[WHY] = "", want[8];
	unsigned i, f, n = 0;

	soak_plan(&s, seed);
	for (i = 0; i < s.nstep; i++) {
		snprintf(want, sizeof(want), ",%u,", s.step[i].number);
		if (strstr(steps, want) != NULL)
			s.step[n++] = s.step[i];
	}
	s.nstep = n;
	for (f = 0; f < s.nfolder; f++)
		if (quirks != NULL && strchr(quirks, (int)('0' + f)) == NULL)
			s.quirk[f] = 0;
	soak_print(stdout, &s);
	fflush(stdout);
	n = history(&s, NULL, why) == -1;
	printf("# %s\n", why);
	return (int)n;
}

int
main(int argc, char *argv[])
{
	struct options o = { .seed = 1, .n = 100, .jobs = 1 };
	const char *steps = NULL, *quirks = NULL;
	unsigned failed;
	int ch;

	ex_diag_init("soak");
	ex_diag_quiet(true);
	while ((ch = getopt(argc, argv, "j:k:n:p:q:s:vx")) != -1)
		switch (ch) {
		case 'j':
			o.jobs = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'k':
			steps = optarg;
			break;
		case 'q':
			quirks = optarg;
			break;
		case 'n':
			o.n = strtoull(optarg, NULL, 10);
			break;
		case 'p':
			o.programs = optarg;
			break;
		case 's':
			o.seed = strtoull(optarg, NULL, 10);
			break;
		case 'v':
			o.verbose = true;
			break;
		case 'x':
			o.first = true;
			break;
		default:
			fputs("usage: soak [-vx] [-j jobs] [-n seeds] "
			    "[-p programs] [-s seed]\n", stderr);
			return 2;
		}
	if (steps != NULL)
		return look(o.seed, steps, quirks);
	if (o.jobs == 0)
		o.jobs = 1;
	failed = work_all(&o);
	printf("%u of %llu histories failed\n", failed,
	    (unsigned long long)o.n);
	return failed > 0;
}
