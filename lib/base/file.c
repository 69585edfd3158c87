/*
 * file.c: whole files: read, map, replace atomically, lock
 *
 * _GNU_SOURCE is for syncfs(2) alone: to sync a file system once costs a
 * fraction of syncing each of a thousand files, and sync(2) would wait for
 * every disk of the machine.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/file.h>

#define TEMP_TRIES	10000

/* errno as a code: what callers act on. */
static int
fail(const char *path, struct ex_err *err)
{
	enum ex_errcode code = EX_ERR_SYSTEM;

	if (errno == ENOENT || errno == ENOTDIR)
		code = EX_ERR_GONE;
	else if (errno == EACCES || errno == EPERM || errno == EROFS)
		code = EX_ERR_DENIED;
	return ex_err_set(err, code, "%s:", path);
}

static int
fail_close(int fd, const char *path, struct ex_err *err)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return fail(path, err);
}

/* size is what fstat() said; the file may have changed since. */
static int
read_all(int fd, const char *path, size_t size, size_t cap,
    struct ex_arena *a, struct ex_str *out, struct ex_err *err)
{
	size_t n = 0, room = size + 1;
	char *p = ex_arena_bytes(a, room), *larger;
	ssize_t got;

	while ((got = read(fd, p + n, room - n)) != 0) {
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return fail(path, err);
		n += (size_t)got;
		if (n > cap)
			return ex_err_set(err, EX_ERR_INPUT,
			    "%s: more than %zu bytes", path, cap);
		if (n < room)
			continue;
		larger = ex_arena_bytes(a, room * 2);
		memcpy(larger, p, n);
		p = larger;
		room *= 2;
	}
	p[n] = '\0';
	*out = (struct ex_str){ p, n };
	return 0;
}

int
ex_file_read(int dirfd, const char *path, size_t cap, struct ex_arena *a,
    struct ex_str *out, struct ex_err *err)
{
	struct stat st;
	int fd, got;

	/* O_NONBLOCK: a FIFO of that name must not stop us. */
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return fail(path, err);
	if (fstat(fd, &st) == -1)
		return fail_close(fd, path, err);
	if (!S_ISREG(st.st_mode))
		got = ex_err_set(err, EX_ERR_INPUT, "%s: not a regular file",
		    path);
	else if ((uintmax_t)st.st_size > cap)
		got = ex_err_set(err, EX_ERR_INPUT, "%s: more than %zu bytes",
		    path, cap);
	else
		got = read_all(fd, path, (size_t)st.st_size, cap, a, out, err);
	close(fd);
	return got;
}

/* The directory that path lies in, ended by '/', or "". */
static struct ex_str
dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (struct ex_str){ path,
	    slash == NULL ? 0 : (size_t)(slash - path) + 1 };
}

/*
 * A new file in the directory of path; its name is put in tmp.  The name
 * does not hold path's own, which may be as long as names can be.
 */
static int
temp_beside(const char *path, unsigned mode, struct ex_buf *tmp,
    struct ex_err *err)
{
	struct ex_str dir = dir_of(path);
	int i, fd;

	for (i = 0; i < TEMP_TRIES; i++) {
		ex_buf_clear(tmp);
		ex_buf_str(tmp, dir);
		ex_buf_fmt(tmp, ".ex-%ld-%d", (long)getpid(), i);
		ex_buf_putc(tmp, '\0');
		fd = open(tmp->p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    (mode_t)mode);
		if (fd != -1)
			return fd;
		if (errno != EEXIST)
			break;
	}
	return fail(path, err);
}

/* The new file is the old one's owner's, if we may; and has its mode. */
static int
keep_mode(int fd, const char *path)
{
	struct stat old, new;

	if (stat(path, &old) == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &new) == -1)
		return -1;
	if ((old.st_uid != new.st_uid || old.st_gid != new.st_gid) &&
	    fchown(fd, old.st_uid, old.st_gid) == -1 && errno != EPERM)
		return -1;
	return fchmod(fd, old.st_mode & 07777);
}

static int
sync_dir(const char *path, struct ex_err *err)
{
	struct ex_str dir = dir_of(path);
	struct ex_buf name = EX_BUF_INIT;
	int fd, got = 0;

	ex_buf_str(&name, dir.n > 0 ? dir : EX_STR("."));
	ex_buf_putc(&name, '\0');
	fd = open(name.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* EINVAL: this file system does not sync directories. */
	if (fd == -1 || (fsync(fd) == -1 && errno != EINVAL))
		got = fail(path, err);
	if (fd != -1)
		close(fd);
	ex_buf_fini(&name);
	return got;
}

/* Closes fd. */
static int
fill(int fd, const char *path, struct ex_str text, struct ex_err *err)
{
	int got = ex_file_write(fd, text.p, text.n, path, err);

	if (got == 0 && (keep_mode(fd, path) == -1 || fsync(fd) == -1))
		got = fail(path, err);
	if (close(fd) == -1 && got == 0)
		got = fail(path, err);
	return got;
}

int
ex_file_replace(const char *path, struct ex_str text, unsigned mode,
    struct ex_err *err)
{
	struct ex_buf tmp = EX_BUF_INIT;
	int fd, got;

	if ((fd = temp_beside(path, mode, &tmp, err)) == -1) {
		ex_buf_fini(&tmp);
		return -1;
	}
	got = fill(fd, path, text, err);
	if (got == 0 && rename(tmp.p, path) == -1)
		got = fail(path, err);
	if (got == -1)
		unlink(tmp.p);
	else
		got = sync_dir(path, err);
	ex_buf_fini(&tmp);
	return got;
}

int
ex_file_map(int fd, const char *path, struct ex_str *out, struct ex_err *err)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) == -1)
		return fail(path, err);
	if (!S_ISREG(st.st_mode))
		return ex_err_set(err, EX_ERR_INPUT, "%s: not a regular file",
		    path);
	*out = EX_STR("");
	if (st.st_size == 0)
		return 0;
	if ((uintmax_t)st.st_size > SIZE_MAX) {
		errno = EFBIG;
		return fail(path, err);
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return fail(path, err);
	*out = (struct ex_str){ p, (size_t)st.st_size };
	return 0;
}

void
ex_file_unmap(struct ex_str map)
{
	if (map.n > 0)
		munmap((void *)map.p, map.n);
}

int
ex_file_temp(struct ex_err *err)
{
	const char *dir = getenv("TMPDIR");
	struct ex_buf name = EX_BUF_INIT;
	int fd;

	if (dir == NULL || dir[0] == '\0')
		dir = "/tmp";
	ex_buf_puts(&name, dir);
	ex_buf_puts(&name, "/exring-XXXXXX");
	ex_buf_putc(&name, '\0');
	if ((fd = mkstemp(name.p)) == -1) {
		fail(dir, err);
	} else {
		unlink(name.p);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	ex_buf_fini(&name);
	return fd;
}

/* Who has it, from what the file says: always returns -1. */
static int
held(int fd, const char *path, struct ex_err *err)
{
	char who[128];
	ssize_t n;

	n = pread(fd, who, sizeof(who) - 1, 0);
	who[n > 0 ? n : 0] = '\0';
	who[strcspn(who, "\n")] = '\0';
	close(fd);
	return ex_err_set(err, EX_ERR_AGAIN, "%s: locked by %s", path,
	    who[0] != '\0' ? who : "another process");
}

/* The one place that asks the clock: for the person who finds the lock. */
static int
sign(int fd, const char *path, struct ex_err *err)
{
	char host[256] = "", since[32], line[512];
	time_t now = time(NULL);
	struct tm tm;
	int n;

	if (gethostname(host, sizeof(host) - 1) == -1 || host[0] == '\0')
		snprintf(host, sizeof(host), "localhost");
	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		since[0] = '\0';
	n = snprintf(line, sizeof(line), "%s %ld on %s since %s\n",
	    ex_diag_program(), (long)getpid(), host, since);
	if (ftruncate(fd, 0) == -1)
		return fail(path, err);
	return ex_file_write(fd, line, (size_t)n, path, err);
}

int
ex_file_lock(const char *path, struct ex_err *err)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644)) == -1)
		return fail(path, err);
	if (fcntl(fd, F_SETLK, &l) == -1) {
		if (errno == EAGAIN || errno == EACCES)
			return held(fd, path, err);
		return fail_close(fd, path, err);
	}
	if (sign(fd, path, err) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
ex_file_write(int fd, const void *p, size_t n, const char *path,
    struct ex_err *err)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	const char *c = p;
	ssize_t got;

	while (n > 0) {
		if ((got = write(fd, c, n)) != -1) {
			c += got;
			n -= (size_t)got;
		} else if (errno == EAGAIN) {
			/* Who shares the pipe may have made it so. */
			poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			return fail(path, err);
		}
	}
	return 0;
}

int
ex_file_sync(int fd, const char *path, struct ex_err *err)
{
	return syncfs(fd) == -1 ? fail(path, err) : 0;
}
