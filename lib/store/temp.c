/*
 * temp.c: temporary files beside what they will replace
 *
 * Hidden and with an ending that every reader of a vdir passes over.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "priv.h"

#define PREFIX	".exring-"
#define SUFFIX	".tmp"
#define TRIES	100000
#define OLD	86400	/* seconds: then nobody writes it any more */

const char *
ex_temp_name(unsigned long *serial, struct ex_arena *a)
{
	return ex_arena_fmt(a, PREFIX "%ld-%lu" SUFFIX, (long)getpid(),
	    (*serial)++).p;
}

int
ex_temp_open(int dirfd, unsigned long *serial, struct ex_arena *a,
    const char **name)
{
	const char *temp;
	int i, fd;

	for (i = 0; i < TRIES; i++) {
		temp = ex_temp_name(serial, a);
		fd = openat(dirfd, temp,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd != -1)
			*name = temp;
		if (fd != -1 || errno != EEXIST)
			return fd;
	}
	return -1;
}

int
ex_temp_drop(int dirfd, const char *name)
{
	int error = errno;

	unlinkat(dirfd, name, 0);
	errno = error;
	return -1;
}

int
ex_temp_mode(int fd, const struct stat *old)
{
	if ((old->st_uid != geteuid() || old->st_gid != getegid()) &&
	    fchown(fd, old->st_uid, old->st_gid) == -1 && errno != EPERM)
		return -1;
	return fchmod(fd, old->st_mode & 07777);
}

/* Is name one that a killed run of ours has left? */
static bool
left_over(int dirfd, const char *name)
{
	struct timespec now;
	struct stat st;
	char *end;
	long pid;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return false;
	pid = strtol(name + strlen(PREFIX), &end, 10);
	if (pid <= 0 || *end != '-')
		return false;
	end += 1 + strspn(end + 1, "0123456789");
	if (strcmp(end, SUFFIX) != 0)
		return false;
	/*
	 * The process may live on another machine, or its number be used
	 * again: a file taken from under a living writer is missed when it
	 * is moved to its place, and its item is written by a later run.
	 */
	if (kill((pid_t)pid, 0) == -1 && errno == ESRCH)
		return true;
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    clock_gettime(CLOCK_REALTIME, &now) == 0 &&
	    now.tv_sec - st.st_mtim.tv_sec > OLD;
}

void
ex_temp_sweep(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	while ((e = readdir(dir)) != NULL)
		if (left_over(dirfd, e->d_name))
			unlinkat(dirfd, e->d_name, 0);
	closedir(dir);
}
