/*
 * exdiff - what changed in each folder since the folders last agreed, or
 * what differs between two item streams
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ex/compare.h>
#include <ex/diag.h>
#include <ex/diff.h>
#include <ex/err.h>
#include <ex/twins.h>

static int
usage(FILE *fp)
{
	fputs("usage: exdiff [-ipqSv] [-m keys] (-s snapshot [stream ...] | "
	    "old new)\n"
	    "       exdiff -D [-qv] [-m keys] [-s snapshot] [stream ...]\n", fp);
	return EX_EXIT_TROUBLE;
}

static void
warn_text(const char *text)
{
	ex_warn("%s", text);
}

static void
note_text(const char *text)
{
	ex_note("%s", text);
}

static int
since_snapshot(const struct ex_diff_options *opt, int n, char *path[],
    bool verbose)
{
	struct ex_diff_count count;
	struct ex_err err;

	if (ex_diff_run(opt, (const char *const *)path, (size_t)n, stdout,
	    &count, &err) == -1)
		ex_die_err(&err);
	if (verbose)
		ex_note("%zu items changed or are owed to a folder",
		    count.changes);
	return ex_finish(opt->print && count.changes > 0 ? EX_EXIT_NO :
	    EX_EXIT_OK);
}

static int
two_streams(const struct ex_compare_options *opt, const char *old,
    const char *new)
{
	struct ex_err err;
	int got;

	if (strcmp(old, "-") == 0 && strcmp(new, "-") == 0)
		ex_die("one of the two may be standard input, not both");
	if ((got = ex_compare_run(opt, old, new, stdout, &err)) == -1)
		ex_die_err(&err);
	return ex_finish(got == 1 ? EX_EXIT_NO : EX_EXIT_OK);
}

static int
duplicates(struct ex_twins *t, int n, char *path[], bool verbose)
{
	struct ex_err err;

	if (ex_twins_run(t, (const char *const *)path, (size_t)n, stdout,
	    &err) == -1)
		ex_die_err(&err);
	if (verbose)
		ex_note("%zu items seem to be %zu", t->items, t->groups);
	return ex_finish(t->groups > 0 ? EX_EXIT_NO : EX_EXIT_OK);
}

int
main(int argc, char *argv[])
{
	struct ex_diff_options diff = { .warn = warn_text };
	struct ex_compare_options compare = { false, false, false };
	struct ex_twins twins = { .groups = 0 };
	bool verbose = false, doubled = false;
	int ch;

	ex_diag_init("exdiff");
	while ((ch = getopt(argc, argv, "Dhim:pqSs:vV")) != -1)
		switch (ch) {
		case 'D':
			doubled = true;
			break;
		case 'i':
			diff.first_run = true;
			break;
		case 'm':
			diff.match = ex_str_of(optarg);
			break;
		case 'p':
			diff.print = compare.print = true;
			break;
		case 'q':
			compare.quiet = true;
			ex_diag_quiet(true);
			break;
		case 's':
			diff.snapshot = optarg;
			break;
		case 'S':
			compare.strict = true;
			break;
		case 'v':
			verbose = true;
			diff.say = note_text;
			break;
		case 'h':
			usage(stdout);
			return EX_EXIT_OK;
		case 'V':
			return ex_version();
		default:
			return usage(stderr);
		}
	argc -= optind;
	argv += optind;
	twins.keys = diff.match;
	twins.snapshot = diff.snapshot;
	if (doubled && !diff.first_run && !diff.print && !compare.strict)
		return duplicates(&twins, argc, argv, verbose);
	if (diff.snapshot != NULL && !compare.strict && !doubled)
		return since_snapshot(&diff, argc, argv, verbose);
	if (diff.snapshot != NULL || argc != 2 || diff.first_run || doubled ||
	    diff.match.p != NULL)
		return usage(stderr);
	return two_streams(&compare, argv[0], argv[1]);
}
