/*
 * place.c: a file takes its place, free or another's, or another goes
 *
 * That only if it is still the one that was looked at.  Between a look and a
 * rename(2) somebody may write, which would be lost; so what is there comes
 * out under a temporary name, is looked at once more, and goes back if it
 * is not what was to be replaced: renameat2(2), of Linux.  On a file system
 * that cannot exchange two names the few microseconds stay.
 *
 * (1) What somebody has written meanwhile is there at the end, the last of
 *     it if there is more.
 * (2) Each further round takes another write in the microseconds of the one
 *     before.
 * (3) Killed between, a temporary file is left, which may be theirs: for
 *     that, they must have written and we been killed in the same moment.
 *
 * _GNU_SOURCE is for renameat2(2) alone.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "priv.h"

#define TRIES	10000

/* Without ctime, which a rename changes. */
static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* As the one that looked did, through a link if it leads anywhere. */
static int
look(int dir, const char *name, struct stat *st)
{
	return fstatat(dir, name, st, 0) == 0 ? 0 :
	    fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW);
}

static bool
cannot_exchange(void)
{
	return errno == EINVAL || errno == ENOSYS;
}

/* Without hard links (FAT) there is no create that cannot overwrite. */
static int
move_in(int dir, const char *temp, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		errno = EEXIST;
	else if (errno == ENOENT && renameat(dir, temp, dir, name) == 0)
		return 1;
	return ex_temp_drop(dir, temp);
}

int
ex_place_new(int dir, const char *temp, const char *name)
{
	int got;

	if (linkat(dir, temp, dir, name, 0) == 0) {
		unlinkat(dir, temp, 0);
		return 1;
	}
	got = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS ||
	    errno == EMLINK ? move_in(dir, temp, name) :
	    ex_temp_drop(dir, temp);
	return got == -1 && errno == EEXIST ? 0 : got;
}

/* Where two names cannot be exchanged. */
static int
move_over(int dir, const char *temp, const char *name)
{
	return cannot_exchange() && renameat(dir, temp, dir, name) == 0 ? 1 :
	    ex_temp_drop(dir, temp);
}

/* Somebody's, under temp, back to its name: 1 if it is there. */
static int
give_back(int dir, const char *temp, const char *name)
{
	if (errno != ENOENT)
		return -1;
	if (renameat2(dir, temp, dir, name, RENAME_NOREPLACE) == 0)
		return 1;
	return errno == EEXIST ? 0 : -1;
}

int
ex_place_swap(int dir, const char *temp, const char *name,
    const struct stat *looked)
{
	struct stat want = *looked, put, out;
	bool ours = true;	/* what is under temp */
	int got;

	for (;;) {
		if (look(dir, temp, &put) == -1)
			return -1;
		if (renameat2(dir, temp, dir, name, RENAME_EXCHANGE) == 0) {
			if (look(dir, temp, &out) == -1)
				return -1;
			if (same(&out, &want))
				break;
			want = put;
			ours = false;
		} else if (ours)
			return move_over(dir, temp, name);
		else if ((got = give_back(dir, temp, name)) != 0)
			return got == 1 ? 0 : -1;
	}
	unlinkat(dir, temp, 0);
	return ours;
}

/* Under a name that nothing has: *temp. */
static int
take_out(int dir, const char *name, unsigned long *serial, struct ex_arena *a,
    const char **temp)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		*temp = ex_temp_name(serial, a);
		if (renameat2(dir, name, dir, *temp, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -1;
}

int
ex_place_remove(int dir, const char *name, const struct stat *looked,
    unsigned long *serial, struct ex_arena *a)
{
	const char *temp;
	struct stat out;
	int error;

	if (take_out(dir, name, serial, a, &temp) == -1)
		return cannot_exchange() && unlinkat(dir, name, 0) == 0 ?
		    1 : -1;
	if (look(dir, temp, &out) == 0 && same(&out, looked)) {
		if (unlinkat(dir, temp, 0) == 0)
			return 1;
		error = errno;
		renameat2(dir, temp, dir, name, RENAME_NOREPLACE);
		errno = error;
		return -1;
	}
	if (renameat2(dir, temp, dir, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	/* Who has made one of that name since then wrote over it. */
	unlinkat(dir, temp, 0);
	return 0;
}
