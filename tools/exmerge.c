/*
 * exmerge - decide what becomes of each item that changed
 *
 * A change stream in, a plan stream out; one line in memory.  With -R the
 * plan that undoes a run.
 */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <ex/diag.h>
#include <ex/err.h>
#include <ex/merge.h>
#include <ex/undo.h>

static int
usage(FILE *to, int status)
{
	fputs("usage: exmerge [-qv] [-c policy] [stream ...]\n"
	    "       exmerge -R [-qv] [-r ring] -s snapshot [run | stream]\n", to);
	return status;
}

static void
say(const char *text)
{
	ex_note("%s", text);
}

static int
merge(const struct ex_merge_options *opt, char *const *path, size_t n,
    bool verbose)
{
	struct ex_merge_count count;
	struct ex_err err = { 0 };

	if (ex_merge_run(opt, (const char *const *)path, n, stdout, &count,
	    &err) == -1)
		ex_die_err(&err);
	if (verbose)
		ex_note("%zu items: %zu to create, %zu to update, %zu to"
		    " delete; %zu conflicts, %zu left", count.items,
		    count.create, count.update, count.delete,
		    count.conflicts, count.left);
	return ex_finish(count.conflicts + count.left > 0 ? EX_EXIT_NO :
	    EX_EXIT_OK);
}

static void
warn(const char *text)
{
	ex_warn("%s", text);
}

static int
take_back(struct ex_undo *u, bool verbose)
{
	struct ex_err err = { 0 };

	u->warn = warn;
	if (ex_undo_run(u, stdout, &err) == -1)
		ex_die_err(&err);
	if (verbose)
		ex_note("%zu items: %zu to create, %zu to update, %zu to"
		    " delete; %zu not taken back", u->items, u->create,
		    u->update, u->delete, u->skipped);
	return ex_finish(u->skipped > 0 ? EX_EXIT_NO : EX_EXIT_OK);
}

int
main(int argc, char *argv[])
{
	struct ex_merge_options opt = { EX_STR_NONE, NULL };
	struct ex_undo back = { .snapshot = NULL };
	bool verbose = false, undo = false;
	int ch;

	ex_diag_init("exmerge");
	while ((ch = getopt(argc, argv, "c:hqRr:s:vV")) != -1)
		switch (ch) {
		case 'c':
			opt.policy = ex_str_of(optarg);
			break;
		case 'h':
			return usage(stdout, EX_EXIT_OK);
		case 'q':
			ex_diag_quiet(true);
			break;
		case 'R':
			undo = true;
			break;
		case 'r':
			back.ring = optarg;
			break;
		case 's':
			back.snapshot = optarg;
			break;
		case 'v':
			verbose = true;
			opt.say = say;
			break;
		case 'V':
			return ex_version();
		default:
			return usage(stderr, EX_EXIT_TROUBLE);
		}
	if (undo != (back.snapshot != NULL) || (undo && (opt.policy.p != NULL ||
	    argc - optind > 1)) || (!undo && back.ring != NULL))
		return usage(stderr, EX_EXIT_TROUBLE);
	if (undo) {
		back.what = argv[optind];
		return take_back(&back, verbose);
	}
	return merge(&opt, argv + optind, (size_t)(argc - optind), verbose);
}
