/*
 * authsource.c: where secrets come from
 *
 * They are read into memory that is never moved, and wiped when it is
 * freed.  Commands run one at a time: they may ask a person something.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>

#include "priv.h"

extern char **environ;

static pthread_mutex_t running = PTHREAD_MUTEX_INITIALIZER;

/* A compiler may leave out memset() before free(), but not this. */
void
secret_wipe(void *p, size_t n)
{
	volatile char *v = p;

	while (n > 0)
		v[--n] = '\0';
}

void
secret_free(struct secret *s)
{
	if (s->p != NULL)
		secret_wipe(s->p, s->n);
	free(s->p);
	s->p = NULL;
	s->n = 0;
}

void
secret_set(struct secret *s, const char *p, size_t n)
{
	secret_free(s);
	if ((s->p = malloc(n + 1)) == NULL)
		ex_diag_oom();
	memcpy(s->p, p, n);
	s->p[n] = '\0';
	s->n = n;
}

/* The first line. */
static int
take(struct secret *s, const char *p, size_t n, const char *what,
    struct ex_err *err)
{
	const char *lf = memchr(p, '\n', n);

	if (lf != NULL)
		n = (size_t)(lf - p);
	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (n == 0)
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s: its first line is empty", what);
	if (memchr(p, '\0', n) != NULL)
		return ex_err_set(err, EX_ERR_INPUT, "%s: a NUL byte", what);
	secret_set(s, p, n);
	return 0;
}

/* -2: it is too long, and the rest was not read. */
static int
take_fd(struct secret *s, int fd, const char *what, struct ex_err *err)
{
	char *text = malloc(EX_CAP_SECRET + 1);
	size_t n = 0;
	ssize_t got;
	int result;

	if (text == NULL)
		ex_diag_oom();
	while (n <= EX_CAP_SECRET && ((got = read(fd, text + n,
	    EX_CAP_SECRET + 1 - n)) > 0 || (got == -1 && errno == EINTR)))
		n += got > 0 ? (size_t)got : 0;
	if (n > EX_CAP_SECRET)
		result = ex_err_set(err, EX_ERR_INPUT, "%s: over %lu bytes",
		    what, EX_CAP_SECRET) - 1;
	else if (got == -1)
		result = ex_err_set(err, EX_ERR_SYSTEM, "%s:", what);
	else
		result = take(s, text, n, what, err);
	secret_wipe(text, EX_CAP_SECRET + 1);
	free(text);
	return result;
}

static int
spawn(const char *command, int out, pid_t *pid)
{
	char *const argv[] = { (char *)(size_t)"sh", (char *)(size_t)"-c",
	    (char *)(size_t)command, NULL };
	posix_spawn_file_actions_t a;
	posix_spawnattr_t attr;
	sigset_t set;
	int got;

	posix_spawn_file_actions_init(&a);
	posix_spawn_file_actions_addopen(&a, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&a, out, 1);
	/* expush ignores SIGPIPE; what it runs should not. */
	posix_spawnattr_init(&attr);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	posix_spawnattr_setsigdefault(&attr, &set);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	got = posix_spawn(pid, "/bin/sh", &a, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&a);
	return got;
}

/* A keyring that is locked, a token server that is down: perhaps later. */
static int
ended(int status, const char *what, struct ex_err *err)
{
	if (WIFSIGNALED(status))
		return ex_err_set(err, EX_ERR_AGAIN, "%s: killed by signal %d",
		    what, WTERMSIG(status));
	if (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127)
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s: there is no such command", what);
	return ex_err_set(err, EX_ERR_AGAIN, "%s: exit status %d", what,
	    WEXITSTATUS(status));
}

static int
run(struct secret *s, const char *what, const char *command,
    struct ex_err *err)
{
	int fd[2], status, got;
	struct ex_err why;
	pid_t pid;

	if (pipe(fd) == -1)
		return ex_err_set(err, EX_ERR_SYSTEM, "%s:", what);
	fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	fcntl(fd[1], F_SETFD, FD_CLOEXEC);
	errno = spawn(command, fd[1], &pid);
	close(fd[1]);
	if (errno != 0) {
		ex_err_set(err, EX_ERR_SYSTEM, "%s: /bin/sh:", what);
		close(fd[0]);
		return -1;
	}
	got = take_fd(s, fd[0], what, &why);
	close(fd[0]);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return ex_err_set(err, EX_ERR_SYSTEM, "%s:", what);
	/* It may have died of it that we read no more. */
	if (status != 0 && got != -2) {
		secret_free(s);
		return ended(status, what, err);
	}
	if (got < 0)
		*err = why;
	return got < 0 ? -1 : 0;
}

int
secret_command(struct secret *s, const char *what, const char *command,
    struct ex_err *err)
{
	int got;

	pthread_mutex_lock(&running);
	got = run(s, what, command, err);
	pthread_mutex_unlock(&running);
	return got;
}

int
secret_open(const char *path, struct ex_err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd == -1)
		return ex_err_set(err, errno == ENOENT ? EX_ERR_GONE :
		    EX_ERR_SYSTEM, "%s:", path);
	if (fstat(fd, &st) == -1)
		ex_err_set(err, EX_ERR_SYSTEM, "%s:", path);
	else if (!S_ISREG(st.st_mode))
		ex_err_set(err, EX_ERR_INPUT, "%s: it is no file", path);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		ex_err_set(err, EX_ERR_DENIED, "%s: it is somebody else's",
		    path);
	else if ((st.st_mode & 077) != 0)
		ex_err_set(err, EX_ERR_DENIED, "%s: others may read it: "
		    "chmod 600", path);
	else
		return fd;
	close(fd);
	return -1;
}

int
secret_file(struct secret *s, const char *path, struct ex_err *err)
{
	int fd = secret_open(path, err), got;

	if (fd == -1)
		return -1;
	got = take_fd(s, fd, path, err);
	close(fd);
	return got < 0 ? -1 : 0;
}

int
secret_env(struct secret *s, const char *name, struct ex_err *err)
{
	const char *value = getenv(name);

	if (value == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "password-env: %s is not set", name);
	return take(s, value, strlen(value), name, err);
}
