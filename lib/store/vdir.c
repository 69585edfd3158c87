/*
 * vdir.c: a folder with one item a file, as khal, khard and vdirsyncer
 * keep it: reading
 *
 * An item is NAME.vcf or NAME.ics.  What begins with a dot, ends otherwise
 * (so *.tmp, and vdirsyncer's color and displayname), or is no file (a
 * folder, a FIFO) is other people's and left alone.  A symbolic link to a
 * file is read as the file; a write puts a file in the link's place and
 * leaves what it led to as it is, for nothing outside the folder is ours.
 *
 *	stat	open	decode	kind	told as
 *	gone	-	-	-	nothing: it is not there
 *	link to nothing	-	-	bad: its target may come back
 *	known	-	-	-	kept
 *	file	fails	-	-	bad
 *	file	ok	fails	-	bad
 *	file	ok	-	another	nothing, as if it were not there
 *	file	ok	ok	ours	item
 *
 * (1) A file that was there all the time is told of, whatever others do
 *     meanwhile: names are read again when the folder changed under us.
 * (2) Where the token still holds (vdirtoken.c), nobody is told of.
 *
 * _XOPEN_SOURCE is for realpath(3) alone.
 */
#define _XOPEN_SOURCE 700

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/array.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/diag.h>

#include "priv.h"

#define TRIES	3

struct names {
	struct ex_str *id;	/* sorted, each once */
	size_t n, room;
	size_t other;		/* items of another kind by their ending */
	struct stat dir;	/* the folder, before they were read */
	struct ex_arena a;
};

struct listing {
	struct ex_vdir *v;
	struct ex_store_list *want;
	struct ex_vdir_seen seen;
	struct ex_arena scratch;	/* one item */
	struct ex_buf text;
	size_t ours, bad, other;
	bool vanished;
};

static int
by_bytes(const void *a, const void *b)
{
	return ex_str_cmp(*(const struct ex_str *)a,
	    *(const struct ex_str *)b);
}

enum ex_vdir_takes
ex_vdir_takes(const struct ex_vdir *v, struct ex_str name)
{
	enum ex_vdir_ext ext = ex_vdir_ext(name);

	if (name.p[0] == '.' || ext == EX_VDIR_EXT_NONE)
		return EX_VDIR_NOT_OURS;
	if (v->s.kind != EX_KIND_NONE && (v->s.kind == EX_KIND_CONTACTS) !=
	    (ext == EX_VDIR_EXT_VCF))
		return EX_VDIR_NOT_KIND;
	return EX_VDIR_OURS;
}

DIR *
ex_vdir_again(const struct ex_vdir *v)
{
	int fd = openat(v->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd == -1)
		return NULL;
	if ((dir = fdopendir(fd)) == NULL)
		close(fd);
	return dir;
}

static void
add(struct names *names, struct ex_str id)
{
	if (names->n == names->room)
		names->id = ex_array_more(names->id, &names->room,
		    sizeof(*names->id));
	names->id[names->n++] = id;
}

static void
names_free(struct names *names)
{
	free(names->id);
	ex_arena_free(&names->a);
}

/* One pass over the folder, added to what names holds. */
static int
scan(struct ex_vdir *v, struct names *names, struct ex_err *err)
{
	struct ex_str name;
	struct dirent *e;
	DIR *dir;

	names->other = 0;
	v->s.requests++;
	if ((dir = ex_vdir_again(v)) == NULL)
		return ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:", v->place.p,
		    v->path);
	while (errno = 0, (e = readdir(dir)) != NULL) {
		name = ex_str_of(e->d_name);
		switch (ex_vdir_takes(v, name)) {
		case EX_VDIR_OURS:
			add(names, ex_vdir_id(name, &names->a));
			break;
		case EX_VDIR_NOT_KIND:
			names->other++;
			break;
		case EX_VDIR_NOT_OURS:
			break;
		}
	}
	if (errno != 0) {
		ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:", v->place.p,
		    v->path);
		closedir(dir);
		return -1;
	}
	closedir(dir);
	return 0;
}

static void
sort(struct names *names)
{
	size_t i, n = 0;

	if (names->n == 0)
		return;
	qsort(names->id, names->n, sizeof(*names->id), by_bytes);
	for (i = 1; i < names->n; i++)
		if (!ex_str_eq(names->id[n], names->id[i]))
			names->id[++n] = names->id[i];
	names->n = n + 1;
}

/*
 * POSIX lets readdir() miss a file when others are created or renamed
 * beside it; missed would read as deleted.  So the passes are put together
 * until the folder holds still during one; a name too many does no harm.
 */
static int
names_read(struct ex_vdir *v, struct names *names, struct ex_err *err)
{
	struct stat after;
	int i;

	for (i = 0; i < TRIES; i++) {
		if (fstat(v->fd, &names->dir) == -1)
			return ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:",
			    v->place.p, v->path);
		if (scan(v, names, err) == -1)
			return -1;
		if (fstat(v->fd, &after) == -1)
			return ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:",
			    v->place.p, v->path);
		if (names->dir.st_mtim.tv_sec == after.st_mtim.tv_sec &&
		    names->dir.st_mtim.tv_nsec == after.st_mtim.tv_nsec)
			break;
	}
	sort(names);
	return 0;
}

/* Text to f; EX_VDIR_OTHER: an item of another kind. */
static enum ex_vdir_got
decode(const struct ex_vdir *v, struct ex_str text, struct ex_arena *a,
    struct ex_found *f, struct ex_err *why)
{
	enum ex_kind kind = ex_peek_kind(text);
	struct ex_item *item;

	if (v->s.kind != EX_KIND_NONE && kind != EX_KIND_NONE &&
	    kind != v->s.kind)
		return EX_VDIR_OTHER;
	if (text.n == 0) {
		ex_err_set(why, EX_ERR_INPUT, "empty");
		return EX_VDIR_BAD;
	}
	item = ex_arena_alloc(a, sizeof(*item));
	if (ex_codec_decode(text, 1, a, item, why) == -1)
		return EX_VDIR_BAD;
	f->what = EX_FOUND_ITEM;
	f->item = item;
	f->uid = item->uid;
	return EX_VDIR_TEXT;
}

static void
make_bad(struct ex_found *f, struct ex_str text, const struct ex_err *why)
{
	f->what = EX_FOUND_BAD;
	f->why = ex_str_of(why->msg);
	if (text.p != NULL && text.n <= EX_STORE_RAW)
		f->raw = text;
}

/* Open it, decode it, tell of it. */
static int
open_one(struct listing *l, struct ex_found *f, const char *name,
    struct ex_err *err)
{
	struct ex_str text = EX_STR_NONE;
	char rev[EX_VDIR_REV];
	struct ex_err why;
	struct stat st;
	enum ex_vdir_got got;

	memset(&st, 0, sizeof(st));
	l->v->s.requests++;
	got = ex_vdir_fetch(l->v, name, &st, &l->text, &why);
	if (got == EX_VDIR_TEXT) {
		text = ex_buf_get(&l->text);
		got = decode(l->v, text, &l->scratch, f, &why);
	}
	switch (got) {
	case EX_VDIR_GONE:
		l->vanished = true;
		return 0;
	case EX_VDIR_OTHER:
		ex_vdir_saw(&l->seen, name, &st);
		l->other++;
		return 0;
	case EX_VDIR_FAIL:
		*err = why;
		return -1;
	case EX_VDIR_BAD:
	case EX_VDIR_CHANGED:
		l->bad++;
		make_bad(f, text, &why);
		break;
	case EX_VDIR_TEXT:
		l->ours++;
		break;
	}
	f->rev = EX_STR_NONE;
	ex_vdir_rev(&st, rev);
	if (st.st_ino != 0 && got != EX_VDIR_CHANGED &&
	    !ex_vdir_racy(&st, &l->seen.start))
		f->rev = ex_str_of(rev);
	ex_vdir_saw(&l->seen, name, f->rev.p != NULL ? &st : NULL);
	return l->want->found(l->want->arg, f, err);
}

static int
tell_bad(struct listing *l, struct ex_found *f, const struct ex_err *why,
    struct ex_err *err)
{
	l->bad++;
	l->seen.unsure = true;
	make_bad(f, EX_STR_NONE, why);
	return l->want->found(l->want->arg, f, err);
}

static int
one(struct listing *l, struct ex_str id, struct ex_err *err)
{
	struct ex_found f = { .id = id };
	char rev[EX_VDIR_REV];
	const char *name = id.p;
	struct ex_err why;
	struct stat st;

	ex_arena_reset(&l->scratch);
	if (memchr(id.p, '%', id.n) != NULL &&
	    (name = ex_vdir_name(id, &l->scratch)) == NULL)
		return 0;
	switch (ex_vdir_look(l->v, name, &st, &why)) {
	case EX_VDIR_GONE:
		l->vanished = true;
		return 0;
	case EX_VDIR_OTHER:
		return 0;
	case EX_VDIR_FAIL:
		*err = why;
		return -1;
	case EX_VDIR_BAD:
		return tell_bad(l, &f, &why, err);
	case EX_VDIR_CHANGED:
		return open_one(l, &f, name, err);
	case EX_VDIR_TEXT:
		break;
	}
	if (l->want->known == NULL || ex_vdir_racy(&st, &l->seen.start))
		return open_one(l, &f, name, err);
	ex_vdir_rev(&st, rev);
	f.rev = ex_str_of(rev);
	if (!l->want->known(l->want->arg, id, f.rev))
		return open_one(l, &f, name, err);
	ex_vdir_saw(&l->seen, name, &st);
	l->ours++;
	f.what = EX_FOUND_KEPT;
	return l->want->found(l->want->arg, &f, err);
}

/*
 * A file that vanished may have been renamed to a name that was not there
 * yet when names were read: whoever is new now is told of too (1).
 */
static int
newcomers(struct listing *l, struct names *told, struct ex_err *err)
{
	struct names now = { .a = EX_ARENA_INIT };
	size_t i, n = told->n;
	int got;

	got = names_read(l->v, &now, err);
	for (i = 0; i < now.n && got == 0; i++) {
		if (n > 0 && bsearch(&now.id[i], told->id, n,
		    sizeof(*told->id), by_bytes) != NULL)
			continue;
		add(told, ex_arena_str(&told->a, now.id[i]));
		got = one(l, now.id[i], err);
	}
	sort(told);
	names_free(&now);
	return got;
}

static int
list_names(struct listing *l, struct ex_err *err)
{
	struct names names = { .a = EX_ARENA_INIT };
	int i, got;
	size_t k;

	got = names_read(l->v, &names, err);
	l->other = names.other;
	for (k = 0; k < names.n && got == 0; k++)
		got = one(l, names.id[k], err);
	for (i = 0; i < TRIES && got == 0 && l->vanished; i++) {
		l->vanished = false;
		l->seen.unsure = true;
		got = newcomers(l, &names, err);
	}
	l->want->token = ex_vdir_token(&l->seen, &names.dir, &l->v->a);
	names_free(&names);
	return got;
}

static int
list(struct ex_store *s, struct ex_store_list *want, struct ex_err *err)
{
	struct listing l = { .v = (struct ex_vdir *)s, .want = want,
	    .scratch = EX_ARENA_INIT, .text = EX_BUF_INIT };
	int got;

	clock_gettime(CLOCK_REALTIME, &l.seen.start);
	want->delta = ex_vdir_still(l.v, want->since, &l.seen.start);
	want->token = want->since;
	if (want->delta)
		return 0;
	l.text.cap = EX_CAP_ITEM + 8192;
	got = list_names(&l, err);
	ex_buf_fini(&l.text);
	ex_arena_free(&l.scratch);
	if (got == 0 && l.ours == 0 && l.bad == 0 && l.other > 0)
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s: %s: holds no %s, but %zu item%s of another kind",
		    l.v->place.p, l.v->path, ex_kind_name(s->kind), l.other,
		    l.other == 1 ? "" : "s");
	return got;
}

static int
gone(const struct ex_vdir *v, struct ex_str id, struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_GONE, "%s: %.*s: is not there",
	    v->place.p, EX_STR_ARG(id));
}

static int
read_one(struct ex_store *s, struct ex_str id, struct ex_arena *a,
    struct ex_found *f, struct ex_err *err)
{
	struct ex_vdir *v = (struct ex_vdir *)s;
	struct ex_buf buf = EX_BUF_INIT;
	struct ex_str text = EX_STR_NONE;
	char rev[EX_VDIR_REV];
	const char *name;
	struct ex_err why;
	struct stat st;
	enum ex_vdir_got got;

	*f = (struct ex_found){ .id = ex_arena_str(a, id) };
	if ((name = ex_vdir_name(id, a)) == NULL)
		return gone(v, id, err);
	memset(&st, 0, sizeof(st));
	buf.cap = EX_CAP_ITEM + 8192;
	s->requests++;
	got = ex_vdir_fetch(v, name, &st, &buf, &why);
	if (got == EX_VDIR_TEXT) {
		text = ex_arena_str(a, ex_buf_get(&buf));
		got = decode(v, text, a, f, &why);
	}
	ex_buf_fini(&buf);
	if (got == EX_VDIR_GONE || got == EX_VDIR_OTHER)
		return gone(v, id, err);
	if (got == EX_VDIR_FAIL) {
		*err = why;
		return -1;
	}
	if (got != EX_VDIR_TEXT) {
		make_bad(f, text, &why);
		f->why = ex_arena_str(a, f->why);
	}
	ex_vdir_rev(&st, rev);
	f->rev = ex_arena_str(a, ex_str_of(rev));
	return 0;
}

static void
vdir_close(struct ex_store *s)
{
	struct ex_vdir *v = (struct ex_vdir *)s;

	if (v->fd != -1)
		close(v->fd);
	ex_arena_free(&v->a);
	free(v);
}

static int
open_folder(struct ex_vdir *v, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	const char *path = ex_store_path(conf, &v->a);
	enum ex_errcode code;
	char *real;

	v->place = ex_store_place(conf, &v->a);
	v->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->fd == -1 || (real = realpath(path, NULL)) == NULL) {
		code = errno == ENOENT ? EX_ERR_GONE :
		    errno == EACCES ? EX_ERR_DENIED : EX_ERR_SYSTEM;
		if (conf->name.n == 0)
			return ex_err_set(err, code, "%s:", v->place.p);
		return ex_err_set(err, code, "%s: %s:", v->place.p, path);
	}
	v->path = ex_arena_str(&v->a, ex_str_of(real)).p;
	free(real);
	v->s.ops = &ex_vdir_ops;
	v->s.identity = ex_str_of(v->path);
	v->s.name = ex_arena_str(&v->a, conf->name);
	v->s.kind = conf->kind;
	v->s.writable = faccessat(v->fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
	return 0;
}

static int
vdir_open(const struct ex_store_conf *conf, struct ex_store **s,
    struct ex_err *err)
{
	struct ex_vdir *v = calloc(1, sizeof(*v));

	if (v == NULL)
		ex_diag_oom();
	v->fd = -1;
	if (open_folder(v, conf, err) == -1) {
		vdir_close(&v->s);
		return -1;
	}
	*s = &v->s;
	return 0;
}

const struct ex_store_ops ex_vdir_ops = {
	.scheme = "vdir",
	.by = "vdir",
	.open = vdir_open,
	.list = list,
	.read = read_one,
	.write = ex_vdir_write,
	.folders = ex_vdir_folders,
	.close = vdir_close
};
