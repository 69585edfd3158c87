/*
 * vdirtoken.c: the sync token of a vdir
 *
 *	rev of the folder itself, '.', sum over stat and name of each file
 *
 * While both are what they were, the folder lists what it listed then.
 *
 * (1) What was created, renamed or deleted shows in the folder's own times,
 *     also where it came and went again between two listings; what was
 *     written in place shows in the sum.
 * (2) There is no token where a change may not show: while the folder or a
 *     file is racy, and with a file that says no rev.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "priv.h"

void
ex_vdir_saw(struct ex_vdir_seen *seen, const char *name,
    const struct stat *st)
{
	struct {
		int64_t of[6];		/* what a rev is made of */
		char name[EX_VDIR_NAME];
	} line;
	size_t n = strlen(name);

	if (st == NULL || n > sizeof(line.name) ||
	    ex_vdir_racy(st, &seen->start)) {
		seen->unsure = true;
		return;
	}
	line.of[0] = st->st_mtim.tv_sec;
	line.of[1] = st->st_mtim.tv_nsec;
	line.of[2] = st->st_ctim.tv_sec;
	line.of[3] = st->st_ctim.tv_nsec;
	line.of[4] = st->st_size;
	line.of[5] = (int64_t)st->st_ino;
	memcpy(line.name, name, n);
	ex_sum_line(&seen->sum, &line, sizeof(line.of) + n);
}

struct ex_str
ex_vdir_token(const struct ex_vdir_seen *seen, const struct stat *dir,
    struct ex_arena *a)
{
	char rev[EX_VDIR_REV], sum[EX_SUM_HEX];

	if (seen->unsure || ex_vdir_racy(dir, &seen->start))
		return EX_STR_NONE;
	ex_vdir_rev(dir, rev);
	ex_sum_hex(&seen->sum, sum);
	return ex_arena_fmt(a, "%s.%s", rev, sum);
}

/* Has the folder the times that it had when the token was given? */
static bool
same_times(struct ex_str token, const struct stat *dir)
{
	char rev[EX_VDIR_REV];
	size_t n;

	ex_vdir_rev(dir, rev);
	n = strlen(rev);
	return token.n > n && memcmp(token.p, rev, n) == 0 &&
	    token.p[n] == '.';
}

static void
see(const struct ex_vdir *v, struct ex_vdir_seen *seen, const char *name)
{
	struct ex_err why;
	struct stat st;

	switch (ex_vdir_look(v, name, &st, &why)) {
	case EX_VDIR_TEXT:
		ex_vdir_saw(seen, name, &st);
		break;
	case EX_VDIR_OTHER:
		break;
	default:
		seen->unsure = true;
	}
}

/* Names are not kept: if the token does not hold, they are read again. */
bool
ex_vdir_still(struct ex_vdir *v, struct ex_str token,
    const struct timespec *start)
{
	struct ex_vdir_seen seen = { .start = *start };
	struct dirent *e;
	struct stat st;
	DIR *dir;

	if (token.p == NULL || fstat(v->fd, &st) == -1 ||
	    !same_times(token, &st) || (dir = ex_vdir_again(v)) == NULL)
		return false;
	v->s.requests++;
	while (errno = 0, !seen.unsure && (e = readdir(dir)) != NULL)
		if (ex_vdir_takes(v, ex_str_of(e->d_name)) == EX_VDIR_OURS)
			see(v, &seen, e->d_name);
	seen.unsure |= errno != 0;
	closedir(dir);
	return ex_str_eq(token, ex_vdir_token(&seen, &st, &v->a));
}
