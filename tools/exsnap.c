/*
 * exsnap - what a snapshot holds, and what a person decides about it
 *
 * Each word has a function; lines of JSON go to stdout.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/json.h>
#include <ex/push.h>
#include <ex/settle.h>
#include <ex/snapsay.h>
#include <ex/tell.h>

struct args {
	struct ex_snap *s;
	struct ex_arena a;
	struct ex_buf line;
	bool verbose, people;
	char **operand;
};

static int
usage(FILE *to, int status)
{
	fputs("usage: exsnap [-pqv] -s snapshot folders | owed | conflicts |"
	    " log [run]\n"
	    "       exsnap [-qv] -s snapshot versions uid directory\n"
	    "       exsnap [-qv] -s snapshot settle uid folder | file\n"
	    "       exsnap [-qv] -s snapshot delete uid\n"
	    "       exsnap [-qv] -s snapshot leave folder\n"
	    "       exsnap [-qv] -s snapshot rename folder name\n"
	    "       exsnap [-qv] -s snapshot relink folder [identity]\n"
	    "       exsnap [-qv] -s snapshot rehash\n", to);
	return status;
}

static int
folders(struct args *g, struct ex_err *err)
{
	return ex_snapsay_folders(g->s, stdout, err);
}

static int
owed(struct args *g, struct ex_err *err)
{
	return ex_snapsay_owed(g->s, stdout, err);
}

static int
conflicts(struct args *g, struct ex_err *err)
{
	if (g->people)
		return ex_tell_conflicts(g->s, g->verbose, stdout, err);
	return ex_snapsay_conflicts(g->s, g->verbose, stdout, err);
}

/* A run that the log has. */
static int
find_run(struct args *g, const char *operand, long long *run,
    struct ex_err *err)
{
	long long *all;
	size_t i, n;

	*run = ex_str_number(ex_str_of(operand));
	if (ex_snap_runs(g->s, &g->a, &all, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (all[i] == *run)
			return 0;
	return ex_err_set(err, EX_ERR_GONE, "run %s: not in the log",
	    operand);
}

static int
show_runs(struct args *g, struct ex_err *err)
{
	long long *run;
	size_t i, n;

	if (g->people)
		return ex_tell_runs(g->s, stdout, err);
	if (ex_snap_runs(g->s, &g->a, &run, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		printf("{\"run\":%lld}\n", run[i]);
	return 0;
}

static int
show_log(struct args *g, struct ex_err *err)
{
	struct ex_snap_ring ring;
	long long run;

	if (g->operand[0] == NULL)
		return show_runs(g, err);
	if (find_run(g, g->operand[0], &run, err) == -1 ||
	    ex_snap_ring(g->s, &g->a, &ring, err) == -1)
		return -1;
	if (g->people)
		return ex_tell_run(g->s, run, stdout, err);
	ex_buf_puts(&g->line, "{\"id\":");
	ex_json_string(&g->line, ring.id);
	ex_buf_fmt(&g->line, ",\"generation\":%lld}", ring.generation);
	return ex_push_log(g->s, run, NULL, 0, ex_buf_get(&g->line), stdout,
	    err);
}

/* The versions of a left item, as files. */
static int
versions(struct args *g, struct ex_err *err)
{
	return ex_tell_versions(g->s, ex_str_of(g->operand[0]), g->operand[1],
	    err);
}

/* The operand is a folder's name, or else a file that holds one item. */
static int
settle(struct args *g, struct ex_err *err)
{
	struct ex_str text, uid = ex_str_of(g->operand[0]);
	struct ex_str name = ex_str_of(g->operand[1]);
	struct ex_item item;
	size_t index;

	if (ex_snap_folder_index(g->s, name, &index, err) == 0)
		return ex_settle(g->s, uid, name, NULL, err);
	if (err->code != EX_ERR_GONE)
		return -1;
	if (ex_file_read(AT_FDCWD, g->operand[1], EX_CAP_ITEM, &g->a, &text,
	    err) == -1)
		return err->code != EX_ERR_GONE ? -1 : ex_err_set(err,
		    EX_ERR_GONE, "%s: neither a folder of the ring nor a file",
		    g->operand[1]);
	if (ex_codec_decode(text, 1, &g->a, &item, err) == -1)
		return ex_err_at(err, "%s", g->operand[1]);
	return ex_settle(g->s, uid, EX_STR_NONE, &item, err);
}

static int
delete(struct args *g, struct ex_err *err)
{
	return ex_settle(g->s, ex_str_of(g->operand[0]), EX_STR_NONE, NULL,
	    err);
}

static int
leave(struct args *g, struct ex_err *err)
{
	return ex_settle_leave(g->s, ex_str_of(g->operand[0]), err);
}

static int
relink(struct args *g, struct ex_err *err)
{
	return ex_settle_relink(g->s, ex_str_of(g->operand[0]),
	    ex_str_of(g->operand[1]), err);
}

static int
rename_folder(struct args *g, struct ex_err *err)
{
	return ex_settle_rename(g->s, ex_str_of(g->operand[0]),
	    ex_str_of(g->operand[1]), err);
}

static int
rehash(struct args *g, struct ex_err *err)
{
	return ex_snap_rehash(g->s, err);
}

static const struct word {
	const char *name;
	int least, most;	/* operands */
	enum ex_snap_mode mode;
	int (*run)(struct args *g, struct ex_err *err);
} words[] = {
	{ "folders", 0, 0, EX_SNAP_READ, folders },
	{ "owed", 0, 0, EX_SNAP_READ, owed },
	{ "conflicts", 0, 0, EX_SNAP_READ, conflicts },
	{ "log", 0, 1, EX_SNAP_READ, show_log },
	{ "versions", 2, 2, EX_SNAP_READ, versions },
	{ "settle", 2, 2, EX_SNAP_WRITE, settle },
	{ "delete", 1, 1, EX_SNAP_WRITE, delete },
	{ "leave", 1, 1, EX_SNAP_WRITE, leave },
	{ "rename", 2, 2, EX_SNAP_WRITE, rename_folder },
	{ "relink", 1, 2, EX_SNAP_WRITE, relink },
	{ "rehash", 0, 0, EX_SNAP_REHASH, rehash },
	{ NULL, 0, 0, EX_SNAP_READ, NULL }
};

static int
run(const struct word *w, const char *path, struct args *g)
{
	struct ex_err err;
	int status = EX_EXIT_OK;

	if (ex_snap_open(&g->s, path, w->mode, &err) == -1)
		ex_die_err(&err);
	if (w->run(g, &err) == -1) {
		ex_warn_err(&err);
		status = ex_exit_of(&err);
	}
	ex_snap_close(g->s);
	ex_buf_fini(&g->line);
	ex_arena_free(&g->a);
	return ex_finish(status);
}

int
main(int argc, char *argv[])
{
	struct args g = { .verbose = false };
	const struct word *w;
	const char *path = NULL;
	int ch;

	ex_diag_init("exsnap");
	while ((ch = getopt(argc, argv, "hpqs:vV")) != -1)
		switch (ch) {
		case 'h':
			usage(stdout, 0);
			return ex_finish(EX_EXIT_OK);
		case 'p':
			g.people = true;
			break;
		case 'q':
			ex_diag_quiet(true);
			break;
		case 's':
			path = optarg;
			break;
		case 'v':
			g.verbose = true;
			break;
		case 'V':
			return ex_version();
		default:
			return usage(stderr, EX_EXIT_TROUBLE);
		}
	if (path == NULL || optind == argc)
		return usage(stderr, EX_EXIT_TROUBLE);
	for (w = words; w->name != NULL; w++)
		if (ex_str_is(ex_str_of(argv[optind]), w->name))
			break;
	argc -= optind + 1;
	if (w->name == NULL || argc < w->least || argc > w->most)
		return usage(stderr, EX_EXIT_TROUBLE);
	g.operand = argv + optind + 1;
	return run(w, path, &g);
}
