/*
 * expush - carry out a plan, or copy items into a store
 *
 * Options, then one call; all that decides or writes is in lib/sync.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/push.h>
#include <ex/trace.h>

static int
usage(FILE *to, int status)
{
	fputs("usage: expush [-nqv] [-d limit] [-j jobs] -r ring -s snapshot"
	    " [plan]\n       expush [-nqv] store [stream]\n", to);
	return status;
}

/* "folder alice: uid X: problem" */
static void
warn(struct ex_str folder, struct ex_str uid, const char *why)
{
	if (uid.p != NULL)
		ex_warn("folder %.*s: uid %.*s: %s", EX_STR_ARG(folder),
		    EX_STR_ARG(uid), why);
	else if (strncmp(why, "folder ", 7) == 0)
		ex_warn("%s", why);
	else
		ex_warn("folder %.*s: %s", EX_STR_ARG(folder), why);
}

/* "all", "updates", or "N P%" in place of max-delete. */
static int
limit(const char *arg, struct ex_push *p)
{
	long long n, percent;
	char *end;

	if (strcmp(arg, "all") == 0) {
		p->all = true;
		return 0;
	}
	if (strcmp(arg, "updates") == 0) {
		p->updates = true;
		return 0;
	}
	errno = 0;
	n = strtoll(arg, &end, 10);
	if (end == arg || *end != ' ' || n < 0 || errno != 0)
		return -1;
	percent = strtoll(end, &end, 10);
	if (*end == '%')
		end++;
	if (*end != '\0' || percent < 0 || percent > 100 || errno != 0)
		return -1;
	p->max_delete.n = n;
	p->max_delete.percent = (int)percent;
	return 0;
}

static unsigned long
number(const char *s, unsigned long max)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0 || n == 0 ||
	    n > max)
		return 0;
	return n;
}

/* EX_ACCOUNT, see <ex/account.h>. */
static void
told(const struct ex_push_folder *f, size_t n)
{
	struct ex_err err;

	if (ex_account_push(getenv("EX_ACCOUNT"), f, n, &err) == -1)
		ex_warn_err(&err);
}

static enum ex_exit
push_status(const struct ex_push *p)
{
	const struct ex_push_count *n = &p->count;

	ex_note("%zu created, %zu updated, %zu deleted, %zu owed, %zu refused,"
	    " %zu conflicts, %zu left", n->created, n->updated, n->deleted,
	    n->owed, n->refused, n->conflicts, n->left);
	if (n->owed > 0)
		return EX_EXIT_AGAIN;
	return n->conflicts + n->refused + n->partly > 0 ? EX_EXIT_NO :
	    EX_EXIT_OK;
}

static int
push(struct ex_push *p, const char *path, bool say)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_ring ring;
	struct ex_err err;
	const char *stop = getenv("EX_STOP_AFTER");
	enum ex_exit status = EX_EXIT_OK;

	if (ex_ring_read(path, &a, &ring, &err) == -1)
		ex_die_err(&err);
	p->ring = &ring;
	p->out = stdout;
	p->warn = warn;
	p->told = told;
	/* The tests' hook, see push_step() in lib/sync/push.c. */
	p->stop_after = stop != NULL ? number(stop, ~0UL) : 0;
	if (ex_push_run(p, &err) == -1) {
		ex_warn_err(&err);
		status = ex_exit_of(&err);
	} else if (!p->dry) {
		ex_diag_quiet(!say);
		status = push_status(p);
	}
	ex_arena_free(&a);
	return ex_finish(status);
}

static int
copy(struct ex_copy *c, const char *operand, bool say)
{
	struct ex_err err;

	c->conf.operand = ex_str_of(operand);
	c->conf.name = EX_STR_NONE;
	c->out = stdout;
	c->warn = warn;
	if (ex_copy_run(c, &err) == -1) {
		ex_warn_err(&err);
		return ex_finish(ex_exit_of(&err));
	}
	ex_diag_quiet(!say);
	ex_note("%zu created, %zu were there, %zu failed, %zu not copied",
	    c->created, c->there, c->failed, c->bad);
	if (c->dry)
		printf("%zu to create, %zu are there, %zu differ\n",
		    c->created, c->there, c->failed);
	return ex_finish(c->failed + c->bad > 0 ? EX_EXIT_NO : EX_EXIT_OK);
}

int
main(int argc, char *argv[])
{
	struct ex_push p = { .max_delete = { -1, 0 } };
	struct ex_copy c = { .dry = false };
	const char *ring = NULL, *const *rest;
	bool quiet = false;
	int ch, level = 0;

	ex_diag_init("expush");
	while ((ch = getopt(argc, argv, "d:hj:nqr:s:Vv")) != -1)
		switch (ch) {
		case 'd':
			if (limit(optarg, &p) == -1)
				ex_die("-d %s: all, updates, or a limit as in"
				    " \"10 20%%\" is wanted", optarg);
			break;
		case 'h':
			usage(stdout, 0);
			return ex_finish(EX_EXIT_OK);
		case 'j':
			if ((p.jobs = (unsigned)number(optarg, 1024)) == 0)
				ex_die("-j %s: a number from 1 to 1024 is"
				    " wanted", optarg);
			break;
		case 'n':
			p.dry = c.dry = true;
			break;
		case 'q':
			quiet = true;
			break;
		case 'r':
			ring = optarg;
			break;
		case 's':
			p.snapshot = optarg;
			break;
		case 'v':
			ex_trace_level(++level);
			p.verbose = true;
			break;
		case 'V':
			return ex_version();
		default:
			return usage(stderr, EX_EXIT_TROUBLE);
		}
	ex_diag_quiet(quiet);
	/* A closed pipe must not cut a push in half. */
	signal(SIGPIPE, SIG_IGN);
	rest = (const char *const *)(argv + optind);
	argc -= optind;
	if ((ring == NULL) != (p.snapshot == NULL) ||
	    argc > (ring == NULL ? 2 : 1) || (ring == NULL && argc < 1))
		return usage(stderr, EX_EXIT_TROUBLE);
	if (ring == NULL) {
		c.path = rest + 1;
		c.npath = (size_t)argc - 1;
		return copy(&c, rest[0], p.verbose && !quiet);
	}
	p.path = rest;
	p.npath = (size_t)argc;
	return push(&p, ring, p.verbose && !quiet);
}
