/*
 * exfetch - what is in the folders now, as a stream of records
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/account.h>
#include <ex/arena.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/fetch.h>
#include <ex/trace.h>

struct options {
	const char *ring_path;
	bool list;
	int verbose;
	enum ex_kind kind;
};

static int
usage(FILE *to)
{
	fputs("usage: exfetch [-alqv] [-j jobs] [-k kind] "
	    "[-o records|vcf|ics|json]\n"
	    "               [-s snapshot] (-r ring [folder ...] | "
	    "[name=]store ...)\n", to);
	return to == stdout ? ex_finish(EX_EXIT_OK) : EX_EXIT_TROUBLE;
}

static void
warn_item(const char *folder, const char *id, const char *why)
{
	ex_warn("folder %s: %s: %s", folder, id, why);
}

static bool
taken(const struct ex_fetch *f, struct ex_str name)
{
	size_t i;

	for (i = 0; i < f->nfolder; i++)
		if (ex_str_eq(f->folder[i].conf.name, name))
			return true;
	return false;
}

/* The folders of the ring that are asked for; none: all. */
static void
ring_folders(struct ex_fetch *f, const struct ex_ring *ring, int n,
    char *name[], struct ex_arena *a)
{
	const struct ex_ring_folder *rf;
	size_t i;

	f->folder = ex_arena_array(a, ring->nfolder + (size_t)n,
	    sizeof(*f->folder));
	for (i = 0; i < (n > 0 ? (size_t)n : ring->nfolder); i++) {
		rf = n == 0 ? &ring->folder[i] :
		    ex_ring_folder(ring, ex_str_of(name[i]));
		if (rf == NULL)
			ex_die("%s: no folder %s in it", ring->path.p,
			    name[i]);
		if (taken(f, rf->store.name))
			ex_die("folder %s is there twice", name[i]);
		f->folder[f->nfolder].ring = rf;
		f->folder[f->nfolder++].conf = rf->store;
	}
}

/* What a folder's name is made of, as in a ring file. */
static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789_.-";

/*
 * A folder's name for messages and records: the last part of its place,
 * without options behind a '?'; of a store without one, its scheme.
 */
static struct ex_str
name_of(struct ex_str operand, struct ex_arena *a)
{
	struct ex_str name;
	char *p;
	size_t i, end = operand.n, start;

	while (end > 0 && operand.p[end - 1] == '/')
		end--;
	for (start = end; start > 0 && operand.p[start - 1] != '/' &&
	    operand.p[start - 1] != ':'; start--)
		if (operand.p[start - 1] == '?')
			end = start - 1;
	if (start == end && !ex_str_is(operand, "file:"))
		for (start = end = 0; end < operand.n && operand.p[end] != ':';
		    end++)
			;
	if (end - start > EX_CAP_FOLDER_NAME)
		end = start + EX_CAP_FOLDER_NAME;
	name = (struct ex_str){ operand.p + start, end - start };
	if (name.n == 0 || ex_str_is(name, "-"))
		return EX_STR("stdin");
	name = ex_arena_str(a, name);
	p = ex_arena_bytes(a, name.n + 1);
	memcpy(p, name.p, name.n + 1);
	for (i = 0; i < name.n; i++)
		if (strchr(good, p[i]) == NULL)
			p[i] = '_';
	return (struct ex_str){ p, name.n };
}

/* One operand: "[name=]store". */
static void
add_store(struct ex_fetch *f, const char *arg, enum ex_kind kind,
    struct ex_arena *a)
{
	struct ex_store_conf *conf = &f->folder[f->nfolder].conf;
	const char *eq = strchr(arg, '=');
	struct ex_str name;
	int n;

	conf->kind = kind;
	if (eq != NULL && ex_store_is(ex_str_of(eq + 1))) {
		if (eq == arg || eq - arg > EX_CAP_FOLDER_NAME ||
		    strspn(arg, good) != (size_t)(eq - arg))
			ex_die("%s: a folder's name is 1 to 32 of A-Z a-z "
			    "0-9 _ . -", arg);
		conf->operand = ex_str_of(eq + 1);
		conf->name = ex_arena_str(a,
		    (struct ex_str){ arg, (size_t)(eq - arg) });
		if (taken(f, conf->name))
			ex_die("two folders are called %s", conf->name.p);
	} else {
		conf->operand = ex_str_of(arg);
		name = name_of(conf->operand, a);
		conf->name = name;
		for (n = 2; taken(f, conf->name); n++)
			conf->name = ex_arena_fmt(a, "%.*s-%d",
			    (int)(name.n < 28 ? name.n : 28), name.p, n);
	}
	if (!ex_store_is(conf->operand))
		ex_die("%s: no store of ours: one begins with vdir:, file:, "
		    "snap: ... (exring(7))", arg);
	f->nfolder++;
}

static int
print_folder(void *arg, struct ex_str name, enum ex_kind kind,
    long long items, const char *rights, struct ex_str operand)
{
	char count[24] = "?";

	(void)arg;
	if (items >= 0)
		snprintf(count, sizeof(count), "%lld", items);
	printf("%.*s\t%s\t%s\t%s\t%.*s\n", EX_STR_ARG(name),
	    kind == EX_KIND_NONE ? "?" : ex_kind_name(kind), count, rights,
	    EX_STR_ARG(operand));
	return 0;
}

/* -l: the folders behind each store, a line each, by tabs. */
static int
list_folders(const struct ex_fetch *f)
{
	struct ex_store_conf *conf;
	struct ex_store *s;
	struct ex_err err;
	size_t i;
	int got;

	for (i = 0; i < f->nfolder; i++) {
		conf = &f->folder[i].conf;
		conf->browse = true;
		if (ex_store_open(conf, &s, &err) == -1)
			ex_die_err(&err);
		got = s->ops->folders != NULL ?
		    s->ops->folders(s, print_folder, NULL, &err) :
		    print_folder(NULL, s->name, s->kind, -1,
		    s->writable ? "read-write" : "read-only", conf->operand);
		if (got == -1)
			ex_die_err(&err);
		ex_store_close(s);
	}
	return ex_finish(EX_EXIT_OK);
}

static int
fetch(struct ex_fetch *f, bool verbose)
{
	const struct ex_fetch_count *c;
	struct ex_err err, why;
	size_t i, bad = 0;
	int got;

	got = ex_fetch_run(f, stdout, &err);
	ex_progress_end();
	if (ex_account_fetch(getenv("EX_ACCOUNT"), f, &why) == -1)
		ex_warn_err(&why);
	for (i = 0; i < f->nfolder; i++) {
		c = &f->folder[i].count;
		bad += c->bad;
		if (f->folder[i].err.code != 0)
			ex_warn_err(&f->folder[i].err);
		else if (verbose)
			ex_note("folder %s: %s%zu items, %zu kept, %zu gone, "
			    "%zu hidden, %zu bad", f->folder[i].conf.name.p,
			    c->delta ? "since the last run: " : "",
			    c->items, c->kept, c->gone, c->hidden, c->bad);
	}
	if (got == -1)
		return ex_finish(ex_exit_of(&err));
	return ex_finish(bad > 0 ? EX_EXIT_NO : EX_EXIT_OK);
}

static void
option(int ch, struct options *o, struct ex_fetch *f)
{
	int form;

	switch (ch) {
	case 'j':
		if (ex_str_number(ex_str_of(optarg)) < 1)
			ex_die("-j %s: a number from 1 is wanted", optarg);
		f->jobs = (unsigned)ex_str_number(ex_str_of(optarg));
		break;
	case 'k':
		o->kind = ex_kind_of(ex_str_of(optarg));
		if (o->kind == EX_KIND_NONE)
			ex_die("-k %s: contacts, events, tasks or journals "
			    "is wanted", optarg);
		break;
	case 'o':
		if ((form = ex_export_form_of(optarg)) == -1)
			ex_die("-o %s: records, vcf, ics or json is wanted",
			    optarg);
		f->form = (enum ex_export_form)form;
		break;
	}
}

int
main(int argc, char *argv[])
{
	struct ex_fetch f = { .form = EX_EXPORT_RECORDS, .warn = warn_item };
	struct options o = { NULL, false, 0, EX_KIND_NONE };
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_ring ring;
	struct ex_err err;
	int ch, got;

	ex_diag_init("exfetch");
	while ((ch = getopt(argc, argv, "ahj:k:lo:qr:s:vV")) != -1)
		switch (ch) {
		case 'a':
			f.all = true;
			break;
		case 'l':
			o.list = true;
			break;
		case 'q':
			ex_diag_quiet(true);
			break;
		case 'r':
			o.ring_path = optarg;
			break;
		case 's':
			f.snapshot = optarg;
			break;
		case 'v':
			ex_trace_level(++o.verbose);
			break;
		case 'h':
			return usage(stdout);
		case 'V':
			return ex_version();
		case '?':
			return usage(stderr);
		default:
			option(ch, &o, &f);
		}
	if (o.ring_path != NULL) {
		if (o.kind != EX_KIND_NONE)
			ex_die("-k is for stores; a ring file says its kind");
		if (ex_ring_read(o.ring_path, &a, &ring, &err) == -1)
			ex_die_err(&err);
		f.ring = &ring;
		ring_folders(&f, &ring, argc - optind, argv + optind, &a);
	} else {
		if (optind == argc || f.snapshot != NULL)
			return usage(stderr);
		f.folder = ex_arena_array(&a, (size_t)(argc - optind),
		    sizeof(*f.folder));
		for (; optind < argc; optind++)
			add_store(&f, argv[optind], o.kind, &a);
	}
	got = o.list ? list_folders(&f) : fetch(&f, o.verbose > 0);
	ex_arena_free(&a);
	return got;
}
