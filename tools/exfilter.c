/*
 * exfilter - seal a stream that a person edited
 *
 * One pass; a section's new count and sum are known at its end.
 */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/rec.h>
#include <ex/seal.h>

static int
usage(FILE *to, int status)
{
	fputs("usage: exfilter -e [-qv] [stream]\n", to);
	return status;
}

static void
seal(const char *const *path, size_t n, bool verbose)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_seal *s = ex_seal_new(stdout);
	struct ex_err err = { 0 };
	struct ex_rec_in *in;
	struct ex_rec rec;
	struct ex_str say;
	bool edited;
	size_t done, all;
	int got;

	if (ex_rec_open(&in, path, n, NULL, EX_REC_LOOSE, &err) == -1)
		ex_die_err(&err);
	while ((got = ex_rec_next(in, &a, &rec, &err)) == 1) {
		if (ex_seal_line(s, in, &rec, &a, &say, &edited, &err) == -1)
			ex_die_err(&err);
		if (say.p != NULL && (edited || verbose))
			ex_note("%.*s", EX_STR_ARG(say));
		ex_rec_progress(in, &done, &all);
		ex_progress("sealing", done, all);
		ex_arena_reset(&a);
	}
	ex_progress_end();
	if (got == -1)
		ex_die_err(&err);
	ex_rec_close(in);
	ex_seal_free(s);
	ex_arena_free(&a);
}

int
main(int argc, char *argv[])
{
	bool edited = false, verbose = false;
	int ch;

	ex_diag_init("exfilter");
	while ((ch = getopt(argc, argv, "ehqvV")) != -1)
		switch (ch) {
		case 'e':
			edited = true;
			break;
		case 'h':
			usage(stdout, 0);
			return ex_finish(EX_EXIT_OK);
		case 'q':
			ex_diag_quiet(true);
			break;
		case 'v':
			verbose = true;
			break;
		case 'V':
			return ex_version();
		default:
			return usage(stderr, EX_EXIT_TROUBLE);
		}
	if (!edited) {
		ex_warn("expressions come with a later version: "
		    "so far there is only -e");
		return usage(stderr, EX_EXIT_TROUBLE);
	}
	if (argc - optind > 1)
		return usage(stderr, EX_EXIT_TROUBLE);
	seal((const char *const *)(argv + optind), (size_t)(argc - optind),
	    verbose);
	return ex_finish(EX_EXIT_OK);
}
