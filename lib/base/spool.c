/*
 * spool.c: input that can be read twice
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ex/err.h>
#include <ex/file.h>
#include <ex/spool.h>

/* What is left in from, to the end of to. */
static int
copy(int from, const char *name, int to, struct ex_err *err)
{
	char part[65536];
	ssize_t n;

	for (;;) {
		n = read(from, part, sizeof(part));
		if (n == 0)
			return 0;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return ex_err_set(err, EX_ERR_SYSTEM, "%s:", name);
		if (ex_file_write(to, part, (size_t)n, "temporary file",
		    err) == -1)
			return -1;
	}
}

static void
close_input(int fd)
{
	if (fd != STDIN_FILENO)
		close(fd);
}

/* Can be mapped as it is: a regular file of which nothing was read. */
static int
mappable(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    lseek(fd, 0, SEEK_CUR) == 0;
}

static int
spool_in(struct ex_spool *s, int from, struct ex_err *err)
{
	if ((s->fd = ex_file_temp(err)) == -1)
		return -1;
	if (copy(from, s->name, s->fd, err) == 0 &&
	    ex_file_map(s->fd, s->name, &s->map, err) == 0)
		return 0;
	close(s->fd);
	s->fd = -1;
	return -1;
}

int
ex_spool_open(struct ex_spool *s, const char *path, struct ex_err *err)
{
	int fd = STDIN_FILENO, got;

	*s = (struct ex_spool){ .name = path, .fd = -1 };
	if (strcmp(path, "-") == 0)
		s->name = "stdin";
	else if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return ex_err_set(err, errno == ENOENT ? EX_ERR_GONE :
		    EX_ERR_SYSTEM, "%s:", path);
	if (!mappable(fd)) {
		got = spool_in(s, fd, err);
		close_input(fd);
		return got;
	}
	if (ex_file_map(fd, s->name, &s->map, err) == -1) {
		close_input(fd);
		return -1;
	}
	s->fd = fd;
	return 0;
}

void
ex_spool_close(struct ex_spool *s)
{
	ex_file_unmap(s->map);
	s->map = EX_STR_NONE;
	if (s->fd != -1)
		close_input(s->fd);
	s->fd = -1;
}
