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

struct args {
	struct ex_snap *s;
	struct ex_arena a;
	struct ex_buf line;
	bool verbose;
	char **operand;
};

static int
usage(FILE *to, int status)
{
	fputs("usage: exsnap [-qv] -s snapshot folders | owed | conflicts |"
	    " log [run]\n"
	    "       exsnap [-qv] -s snapshot settle uid folder | file\n"
	    "       exsnap [-qv] -s snapshot leave folder\n"
	    "       exsnap [-qv] -s snapshot relink folder identity\n", to);
	return status;
}

/* A member of the line; an absent string is left out. */
static void
put(struct args *g, const char *name, struct ex_str s)
{
	if (s.p == NULL)
		return;
	ex_buf_fmt(&g->line, "%c\"%s\":", g->line.n == 0 ? '{' : ',', name);
	ex_json_string(&g->line, s);
}

static void
put_number(struct args *g, const char *name, long long n)
{
	ex_buf_fmt(&g->line, "%c\"%s\":%lld", g->line.n == 0 ? '{' : ',',
	    name, n);
}

static void
stop(struct args *g)
{
	ex_buf_puts(&g->line, "}\n");
	fwrite(g->line.p, 1, g->line.n, stdout);
	ex_buf_clear(&g->line);
}

static int
folders(struct args *g, struct ex_err *err)
{
	struct ex_snap_folder *f;
	size_t i, n;

	if (ex_snap_folders(g->s, &g->a, &f, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		put(g, "folder", f[i].name);
		put_number(g, "items", f[i].items);
		put(g, "identity", f[i].identity);
		put(g, "scope", f[i].scope);
		put(g, "token", f[i].token);
		stop(g);
	}
	return 0;
}

static void
owed_line(struct args *g, const struct ex_snap_entry *e,
    const struct ex_snap_folder *f, size_t folder, const char *op)
{
	size_t i;

	put(g, "uid", e->uid);
	put(g, "folder", f[folder].name);
	put(g, "op", ex_str_of(op));
	for (i = 0; i < e->nintent; i++)
		if (e->intent[i].folder == folder)
			put_number(g, "intent", e->intent[i].run);
	for (i = 0; i < e->nrefused; i++)
		if (e->refused[i].folder == folder &&
		    ex_str_eq(e->refused[i].hash, e->master))
			put(g, "refused", e->refused[i].why);
	stop(g);
}

static void
owed_entry(struct args *g, const struct ex_snap_entry *e,
    const struct ex_snap_folder *f, size_t n)
{
	const struct ex_snap_binding *b;
	size_t i, at = 0;

	for (i = 0; i < n; i++) {
		b = NULL;
		if (at < e->nbinding && e->binding[at].folder == i)
			b = &e->binding[at++];
		if (e->gone && b != NULL && b->id.p != NULL)
			owed_line(g, e, f, i, "delete");
		else if (e->master.p != NULL && b == NULL)
			owed_line(g, e, f, i, "create");
		else if (e->master.p != NULL && b != NULL &&
		    b->id.p != NULL && b->base.p != NULL)
			owed_line(g, e, f, i, "update");
	}
}

static int
owed(struct args *g, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_folder *f;
	struct ex_snap_entry e;
	struct ex_snap_scan *scan;
	size_t n;
	int got;

	if (ex_snap_folders(g->s, &g->a, &f, &n, err) == -1 ||
	    ex_snap_scan_open(g->s, &scan, err) == -1)
		return -1;
	while ((got = ex_snap_scan_next(scan, &a, &e, err)) == 1) {
		owed_entry(g, &e, f, n);
		ex_arena_reset(&a);
	}
	ex_snap_scan_close(scan);
	ex_arena_free(&a);
	return got;
}

static int
conflicts(struct args *g, struct ex_err *err)
{
	struct ex_snap_conflict *c;
	size_t i, n;

	if (ex_snap_conflicts(g->s, g->verbose, &g->a, &c, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		put(g, "uid", c[i].uid);
		put_number(g, "run", c[i].run);
		ex_buf_fmt(&g->line, ",\"left\":%s,\"open\":%s,\"conflicts\":",
		    c[i].left ? "true" : "false", c[i].open ? "true" :
		    "false");
		ex_buf_str(&g->line, c[i].data);
		stop(g);
	}
	return 0;
}

static int
show_log(struct args *g, struct ex_err *err)
{
	struct ex_snap_ring ring;
	long long *run, which;
	size_t i, n;

	if (ex_snap_runs(g->s, &g->a, &run, &n, err) == -1 ||
	    ex_snap_ring(g->s, &g->a, &ring, err) == -1)
		return -1;
	if (g->operand[0] == NULL) {
		for (i = 0; i < n; i++)
			printf("{\"run\":%lld}\n", run[i]);
		return 0;
	}
	which = ex_str_number(ex_str_of(g->operand[0]));
	for (i = 0; i < n && run[i] != which; i++)
		;
	if (i == n)
		return ex_err_set(err, EX_ERR_GONE, "run %s: not in the log",
		    g->operand[0]);
	put(g, "id", ring.id);
	put_number(g, "generation", ring.generation);
	ex_buf_putc(&g->line, '}');
	return ex_push_log(g->s, which, ex_buf_get(&g->line), stdout, err);
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
	if (err->code != EX_ERR_GONE ||
	    ex_file_read(AT_FDCWD, g->operand[1], EX_CAP_ITEM, &g->a, &text,
	    err) == -1)
		return -1;
	if (ex_codec_decode(text, 1, &g->a, &item, err) == -1)
		return ex_err_at(err, "%s", g->operand[1]);
	return ex_settle(g->s, uid, EX_STR_NONE, &item, err);
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
	{ "settle", 2, 2, EX_SNAP_WRITE, settle },
	{ "leave", 1, 1, EX_SNAP_WRITE, leave },
	{ "relink", 2, 2, EX_SNAP_WRITE, relink },
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
	while ((ch = getopt(argc, argv, "hqs:vV")) != -1)
		switch (ch) {
		case 'h':
			usage(stdout, 0);
			return ex_finish(EX_EXIT_OK);
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
