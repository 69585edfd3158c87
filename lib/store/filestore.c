/*
 * filestore.c: many items in one file: .vcf, .ics, .jsonl, standard input
 *
 * The file is mapped (a pipe spooled) and indexed; only the index is in
 * memory.  It stays for as long as the file's stat is the same.
 *
 * (1) A file that is not there is an empty folder to those who write, and
 *     an error to those who list.
 * (2) A file that is written to while it is listed fails the listing: what
 *     was told of may be neither what it was nor what it has become.
 * (3) What could hide an item (a file that is cut) fails the listing, at
 *     its end, so that what can be read is told of.
 * (4) The sync token is the file's rev: while it is the same, the file is
 *     not even opened.  A racy file has none.
 *
 * _XOPEN_SOURCE is for realpath(3) alone.
 */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/diag.h>

#include "priv.h"

bool
ex_filestore_same(const struct stat *a, const struct stat *b)
{
	char one[EX_VDIR_REV], two[EX_VDIR_REV];

	ex_vdir_rev(a, one);
	ex_vdir_rev(b, two);
	return a->st_dev == b->st_dev && strcmp(one, two) == 0;
}

void
ex_filestore_drop(struct ex_filestore *f)
{
	if (!f->loaded)
		return;
	ex_fileindex_free(f);
	if (f->there)
		ex_spool_close(&f->spool);
	f->loaded = f->there = f->stream = false;
}

/* Is what is loaded what is there now? */
static bool
current(const struct ex_filestore *f)
{
	struct stat st;

	if (!f->loaded || f->std)
		return f->loaded;
	if (stat(f->path, &st) == -1)
		return errno == ENOENT && !f->there;
	return f->there && ex_filestore_same(&st, &f->st);
}

static int
load(struct ex_filestore *f, struct ex_err *err)
{
	struct stat st;

	/* A FIFO or a folder of that name is none of ours to open. */
	if (!f->std && stat(f->path, &st) == 0 && !S_ISREG(st.st_mode))
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s: %s: not a regular file", f->place.p, f->path);
	if (ex_spool_open(&f->spool, f->path, err) == -1) {
		if (err->code != EX_ERR_GONE)
			return ex_err_at(err, "%s", f->place.p);
		f->loaded = true;
		f->form = f->as;
		return 0;
	}
	f->loaded = f->there = true;
	if (fstat(f->spool.fd, &f->st) == -1)
		return ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:", f->place.p,
		    f->path);
	return ex_fileindex_make(f, err);
}

int
ex_filestore_load(struct ex_filestore *f, struct ex_err *err)
{
	if (current(f))
		return 0;
	ex_filestore_drop(f);
	f->s.requests++;
	if (load(f, err) == 0)
		return 0;
	ex_filestore_drop(f);
	return -1;
}

/* Is the entry something that this listing tells of? */
static bool
ours(const struct ex_filestore *f, const struct ex_file_ent *e)
{
	return (e->flags & EX_FILE_HEAD) != 0 && (e->kind == EX_KIND_NONE ||
	    f->s.kind == EX_KIND_NONE || e->kind == f->s.kind);
}

static int
tell(struct ex_filestore *f, uint32_t at, struct ex_store_list *want,
    struct ex_arena *a, struct ex_err *err)
{
	struct ex_str id = EX_STR_NONE, rev;
	struct ex_found found = { .what = EX_FOUND_KEPT };

	rev = ex_fileindex_rev(&f->ent[at], a);
	if (want->known == NULL) {
		ex_fileitem_get(f, at, a, &found);
		if (ex_fileindex_is(&f->ent[at], found.uid))
			id = found.uid;
	}
	if (id.p == NULL)
		id = ex_fileindex_id(f, at, a);
	if (want->known != NULL && !want->known(want->arg, id, rev))
		ex_fileitem_get(f, at, a, &found);
	found.id = id;
	found.rev = rev;
	found.arena = a;
	return want->found(want->arg, &found, err);
}

/* Has the file been written to, not replaced, since it was loaded? */
static int
unchanged(const struct ex_filestore *f, struct ex_err *err)
{
	struct stat st;

	if (fstat(f->spool.fd, &st) == -1)
		return ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:", f->place.p,
		    f->path);
	if (st.st_size == f->st.st_size &&
	    st.st_mtim.tv_sec == f->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == f->st.st_mtim.tv_nsec)
		return 0;
	return ex_err_set(err, EX_ERR_AGAIN, "%s: %s: changed while it was"
	    " read", f->place.p, f->path);
}

static int
of_another_kind(const struct ex_filestore *f, size_t n, struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_INPUT,
	    "%s: holds no %s, but %zu item%s of another kind", f->place.p,
	    ex_kind_name(f->s.kind), n, n == 1 ? "" : "s");
}

static struct ex_str
token(struct ex_filestore *f, const struct stat *st,
    const struct timespec *start)
{
	char rev[EX_VDIR_REV];

	if (f->std || ex_vdir_racy(st, start))
		return EX_STR_NONE;
	ex_vdir_rev(st, rev);
	return ex_arena_str(&f->a, ex_str_of(rev));
}

static int
list(struct ex_store *s, struct ex_store_list *want, struct ex_err *err)
{
	struct ex_filestore *f = (struct ex_filestore *)s;
	struct ex_arena a = EX_ARENA_INIT;
	struct timespec start;
	struct stat st;
	size_t told = 0;
	uint32_t i;
	int got = 0;

	clock_gettime(CLOCK_REALTIME, &start);
	want->token = want->since;
	want->delta = want->since.p != NULL && stat(f->path, &st) == 0 &&
	    ex_str_eq(want->since, token(f, &st, &start));
	if (want->delta)
		return 0;
	if (ex_filestore_load(f, err) == -1)
		return -1;
	if (!f->there)
		return ex_err_set(err, EX_ERR_GONE, "%s: %s: no such file",
		    f->place.p, f->path);
	for (i = 0; i < f->nent && got == 0; i++) {
		if (!ours(f, &f->ent[i]))
			continue;
		got = tell(f, i, want, &a, err);
		told++;
		ex_arena_reset(&a);
	}
	ex_arena_free(&a);
	want->token = token(f, &f->st, &start);
	if (got == 0 && unchanged(f, err) == -1)
		return -1;
	if (got == 0 && f->cut.p != NULL)
		return ex_err_set(err, EX_ERR_INPUT, "%s: %s", f->place.p,
		    f->cut.p);
	if (got == 0 && told == 0 && f->nhead > 0)
		return of_another_kind(f, f->nhead, err);
	return got;
}

static int
read_one(struct ex_store *s, struct ex_str id, struct ex_arena *a,
    struct ex_found *found, struct ex_err *err)
{
	struct ex_filestore *f = (struct ex_filestore *)s;
	uint32_t at;

	if (ex_filestore_load(f, err) == -1)
		return -1;
	at = ex_fileindex_find(f, id);
	if (at == EX_FILE_NONE || !ours(f, &f->ent[at]))
		return ex_err_set(err, EX_ERR_GONE, "%s: %.*s: is not there",
		    f->place.p, EX_STR_ARG(id));
	ex_fileitem_get(f, at, a, found);
	found->id = ex_arena_str(a, id);
	found->rev = ex_fileindex_rev(&f->ent[at], a);
	return 0;
}

static int
folders(struct ex_store *s, int (*found)(void *arg, struct ex_str name,
    enum ex_kind kind, long long items, const char *rights,
    struct ex_str operand), void *arg, struct ex_err *err)
{
	struct ex_filestore *f = (struct ex_filestore *)s;
	const char *base = strrchr(f->path, '/');
	enum ex_kind kind = EX_KIND_NONE;
	long long n = 0;
	bool mixed = false;
	size_t i;

	if (ex_filestore_load(f, err) == -1)
		return -1;
	for (i = 0; i < f->nent; i++) {
		if (!ours(f, &f->ent[i]))
			continue;
		mixed = mixed || (n > 0 && f->ent[i].kind != kind);
		kind = (enum ex_kind)f->ent[i].kind;
		n++;
	}
	return found(arg, ex_str_of(base == NULL ? f->path : base + 1),
	    mixed ? EX_KIND_NONE : kind, n,
	    s->writable ? "read-write" : "read-only",
	    ex_arena_fmt(&f->a, "file:%s", f->path));
}

static void
filestore_close(struct ex_store *s)
{
	struct ex_filestore *f = (struct ex_filestore *)s;

	ex_filestore_drop(f);
	if (f->canon != NULL)
		ex_canon_free(f->canon);
	ex_arena_free(&f->scratch);
	ex_arena_free(&f->index);
	ex_arena_free(&f->a);
	free(f);
}

static int
form_of(struct ex_filestore *f, struct ex_str path, struct ex_err *err)
{
	if (ex_str_is(path, "-")) {
		f->std = true;
		f->as = EX_FILE_LOOK;
		return 0;
	}
	if (path.n > 4 && ex_str_is_nocase((struct ex_str){
	    path.p + path.n - 4, 4 }, ".vcf"))
		f->as = EX_FILE_VCF;
	else if (path.n > 4 && ex_str_is_nocase((struct ex_str){
	    path.p + path.n - 4, 4 }, ".ics"))
		f->as = EX_FILE_ICS;
	else if (ex_str_ends(path, ".jsonl"))
		f->as = EX_FILE_JSONL;
	else
		return ex_err_set(err, EX_ERR_INPUT, "%s: %.*s: ends neither "
		    "with .vcf nor .ics nor .jsonl", f->place.p,
		    EX_STR_ARG(path));
	return 0;
}

/*
 * The real path; of a file that is not there that of its directory, with
 * the name behind it.
 */
static const char *
real(const char *path, struct ex_arena *a)
{
	const char *slash = strrchr(path, '/'), *name = path;
	struct ex_str dir = EX_STR(".");
	char *got = realpath(path, NULL), *whole = got;

	if (got == NULL && errno == ENOENT) {
		if (slash != NULL) {
			dir = ex_arena_str(a, (struct ex_str){ path,
			    slash == path ? 1 : (size_t)(slash - path) });
			name = slash + 1;
		}
		got = realpath(dir.p, NULL);
	}
	if (got == NULL)
		return NULL;
	if (whole != NULL)
		path = ex_arena_str(a, ex_str_of(got)).p;
	else
		path = ex_arena_fmt(a, "%s/%s", got[1] == '\0' ? "" : got,
		    name).p;
	free(got);
	return path;
}

static bool
may_write(const char *path, struct ex_arena *a)
{
	const char *slash = strrchr(path, '/');
	struct ex_str dir = { path, slash == path ? 1 :
	    (size_t)(slash - path) };

	/* It is replaced, so its folder counts; and what its mode says. */
	return faccessat(AT_FDCWD, ex_arena_str(a, dir).p, W_OK | X_OK,
	    AT_EACCESS) == 0 && (faccessat(AT_FDCWD, path, W_OK,
	    AT_EACCESS) == 0 || errno == ENOENT);
}

static int
open_file(struct ex_filestore *f, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	struct ex_str where = ex_store_where(conf);
	const char *path = ex_store_path(conf, &f->a);

	f->place = ex_store_place(conf, &f->a);
	f->s.ops = &ex_filestore_ops;
	f->s.name = ex_arena_str(&f->a, conf->name);
	f->s.kind = conf->kind;
	if (form_of(f, where, err) == -1)
		return -1;
	if (f->std) {
		f->path = "-";
		f->s.writable = true;
	} else if ((f->path = real(path, &f->a)) == NULL)
		return ex_err_set(err, errno == ENOENT ? EX_ERR_GONE :
		    EX_ERR_SYSTEM, "%s: %s:", f->place.p, path);
	else
		f->s.writable = may_write(f->path, &f->a);
	f->s.identity = ex_str_of(f->path);
	return 0;
}

static int
filestore_open(const struct ex_store_conf *conf, struct ex_store **s,
    struct ex_err *err)
{
	struct ex_filestore *f = calloc(1, sizeof(*f));

	if (f == NULL)
		ex_diag_oom();
	if (open_file(f, conf, err) == -1) {
		filestore_close(&f->s);
		return -1;
	}
	*s = &f->s;
	return 0;
}

const struct ex_store_ops ex_filestore_ops = {
	.scheme = "file",
	.whole = true,
	.by = "file",
	.open = filestore_open,
	.list = list,
	.read = read_one,
	.write = ex_filestore_write,
	.folders = folders,
	.close = filestore_close
};
