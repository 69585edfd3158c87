/*
 * vdirfile.c: one file of a vdir, read as one state of it
 *
 * What was read is what the file held at one time: it had the same stat
 * before and after.  A file that others write all the while is bad, and
 * said to change, after a few tries.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <ex/cap.h>

#include "priv.h"

#define TRIES	3

/* The file's error is in errno: is it there at all? */
static enum ex_vdir_got
missing(const struct ex_vdir *v, const char *name, struct ex_err *why)
{
	int error = errno;
	struct stat st;

	if (error == EMFILE || error == ENFILE || error == ENOMEM) {
		ex_err_set(why, EX_ERR_AGAIN, "%s: %s:", v->place.p, name);
		return EX_VDIR_FAIL;
	}
	if (error == ENOENT) {
		if (fstatat(v->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			return EX_VDIR_GONE;
		if (!S_ISLNK(st.st_mode))
			return EX_VDIR_CHANGED;
		ex_err_set(why, EX_ERR_SYSTEM,
		    "a symbolic link that leads nowhere");
		return EX_VDIR_BAD;
	}
	ex_err_set(why, EX_ERR_SYSTEM, "%s", strerror(error));
	return EX_VDIR_BAD;
}

enum ex_vdir_got
ex_vdir_look(const struct ex_vdir *v, const char *name, struct stat *st,
    struct ex_err *why)
{
	if (fstatat(v->fd, name, st, 0) == -1)
		return missing(v, name, why);
	return S_ISREG(st->st_mode) ? EX_VDIR_TEXT : EX_VDIR_OTHER;
}

/* All that fd has; -1 with errno. */
static int
slurp(int fd, size_t size, struct ex_buf *text)
{
	size_t room = size + 1;
	ssize_t n;
	char *p;

	ex_buf_clear(text);
	do {
		if ((p = ex_buf_room(text, room)) == NULL) {
			errno = EFBIG;
			return -1;
		}
		n = read(fd, p, room);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0)
			text->n += (size_t)n;
		room = 4096;
	} while (n != 0);
	return 0;
}

static bool
same(const struct stat *a, const struct stat *b)
{
	char one[EX_VDIR_REV], two[EX_VDIR_REV];

	ex_vdir_rev(a, one);
	ex_vdir_rev(b, two);
	return strcmp(one, two) == 0;
}

static enum ex_vdir_got
take(int fd, struct stat *st, struct ex_buf *text, struct ex_err *why)
{
	struct stat after;

	if (fstat(fd, st) == -1) {
		ex_err_set(why, EX_ERR_SYSTEM, "%s", strerror(errno));
		return EX_VDIR_BAD;
	}
	if (!S_ISREG(st->st_mode))
		return EX_VDIR_OTHER;
	if ((uintmax_t)st->st_size > EX_CAP_ITEM) {
		ex_err_set(why, EX_ERR_INPUT, "more than %lu bytes",
		    EX_CAP_ITEM);
		return EX_VDIR_BAD;
	}
	if (slurp(fd, (size_t)st->st_size, text) == -1 ||
	    fstat(fd, &after) == -1) {
		ex_err_set(why, EX_ERR_SYSTEM, "%s", strerror(errno));
		return EX_VDIR_BAD;
	}
	return same(st, &after) ? EX_VDIR_TEXT : EX_VDIR_CHANGED;
}

enum ex_vdir_got
ex_vdir_fetch(const struct ex_vdir *v, const char *name, struct stat *st,
    struct ex_buf *text, struct ex_err *why)
{
	enum ex_vdir_got got = EX_VDIR_CHANGED;
	int i, fd;

	for (i = 0; i < TRIES && got == EX_VDIR_CHANGED; i++) {
		/* O_NONBLOCK: it may have become a FIFO since the stat. */
		fd = openat(v->fd, name,
		    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd == -1) {
			got = missing(v, name, why);
			continue;
		}
		got = take(fd, st, text, why);
		close(fd);
	}
	if (got == EX_VDIR_CHANGED)
		ex_err_set(why, EX_ERR_AGAIN, "changes while it is read");
	return got;
}
