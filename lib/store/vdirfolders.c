/*
 * vdirfolders.c: the folders that a directory of vdirs holds
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "priv.h"

#define PEEK_FILES	8	/* how many say what a folder's kind is */
#define PEEK_BYTES	16384

struct folder {
	struct ex_str name;
	enum ex_kind kind;
	long long items;
	const char *rights;
};

struct folders {
	struct folder *v;
	size_t n;
	struct ex_arena a;
};

static enum ex_kind
peek(int dirfd, const char *name)
{
	char text[PEEK_BYTES];
	ssize_t n;
	int fd;

	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return EX_KIND_NONE;
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n <= 0)
		return EX_KIND_NONE;
	return ex_peek_kind((struct ex_str){ text, (size_t)n });
}

/* Count the items in dir; takes ownership of it. */
static void
count(DIR *dir, struct folder *f)
{
	enum ex_kind kind;
	struct dirent *e;
	struct stat st;
	int peeked = 0;

	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.' ||
		    ex_vdir_ext(ex_str_of(e->d_name)) == EX_VDIR_EXT_NONE ||
		    fstatat(dirfd(dir), e->d_name, &st, 0) == -1 ||
		    !S_ISREG(st.st_mode))
			continue;
		f->items++;
		if (peeked == PEEK_FILES || (peeked > 0 &&
		    f->kind == EX_KIND_NONE))
			continue;
		kind = peek(dirfd(dir), e->d_name);
		if (kind == EX_KIND_NONE)
			continue;
		/* Kinds that differ: it is of none. */
		f->kind = peeked++ == 0 || kind == f->kind ? kind :
		    EX_KIND_NONE;
	}
	closedir(dir);
}

static bool
look(int at, const char *name, struct folder *f)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd == -1)
		return false;
	f->rights = faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0 ?
	    "read-write" : "read-only";
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return false;
	}
	count(dir, f);
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return ex_str_cmp(((const struct folder *)a)->name,
	    ((const struct folder *)b)->name);
}

static void
add(struct folders *all, const struct folder *f, const char *name)
{
	all->v = ex_arena_grow(&all->a, all->v, all->n, sizeof(*all->v));
	all->v[all->n] = *f;
	all->v[all->n++].name = ex_arena_str(&all->a, ex_str_of(name));
}

static int
subfolders(struct ex_vdir *v, struct folders *all, struct ex_err *err)
{
	int fd = openat(v->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct folder f;
	struct dirent *e;

	if (dir == NULL) {
		ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:", v->place.p, v->path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	while ((e = readdir(dir)) != NULL) {
		f = (struct folder){ .kind = EX_KIND_NONE };
		if (e->d_name[0] != '.' && look(v->fd, e->d_name, &f))
			add(all, &f, e->d_name);
	}
	closedir(dir);
	if (all->n > 0)
		qsort(all->v, all->n, sizeof(*all->v), by_name);
	return 0;
}

/* The directory itself where it holds items or no folders, then those. */
int
ex_vdir_folders(struct ex_store *s,
    int (*found)(void *arg, struct ex_str name, enum ex_kind kind,
    long long items, const char *rights, struct ex_str operand), void *arg,
    struct ex_err *err)
{
	struct ex_vdir *v = (struct ex_vdir *)s;
	struct folders all = { .a = EX_ARENA_INIT };
	struct folder self = { .kind = EX_KIND_NONE };
	const char *base = strrchr(v->path, '/') + 1;
	struct ex_str operand;
	size_t i;
	int got;

	got = subfolders(v, &all, err);
	if (got == 0 && look(v->fd, ".", &self) &&
	    (self.items > 0 || all.n == 0))
		got = found(arg, ex_str_of(base), self.kind, self.items,
		    self.rights, ex_arena_fmt(&all.a, "vdir:%s", v->path));
	for (i = 0; i < all.n && got == 0; i++) {
		operand = ex_arena_fmt(&all.a, "vdir:%s/%s",
		    v->path[1] == '\0' ? "" : v->path, all.v[i].name.p);
		got = found(arg, all.v[i].name, all.v[i].kind,
		    all.v[i].items, all.v[i].rights, operand);
	}
	ex_arena_free(&all.a);
	return got;
}
