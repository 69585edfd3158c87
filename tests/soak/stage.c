/*
 * stage.c: a fetch, diff or merge is killed while it writes
 *
 * The stage runs in a process of its own, and what it writes comes through
 * a pipe; behind so many bytes it gets a SIGKILL.  What has come is all that
 * the next program sees, and that must refuse it, and nothing may have
 * changed; but for an item stream that ends behind the end of a folder.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ex/diag.h>

#include "soak.h"

static const char *const file[] = { "items", "changes", "plan" };

static int
write_stage(const struct world *w, enum stage stage, FILE *to)
{
	struct ex_err err;

	switch (stage) {
	case STAGE_FETCH:
		return soak_fetch_to(~0u, to, &err);
	case STAGE_DIFF:
		return soak_diff_to(w, "items", to, &err);
	case STAGE_MERGE:
		break;
	}
	return soak_merge_to("changes", to, &err);
}

/* Its first bytes into its file: is that not all of it? */
static bool
killed(const struct world *w, enum stage stage, size_t bytes)
{
	char buf[512];
	FILE *to, *out = fopen(file[stage], "w");
	int fd[2], status;
	ssize_t n = 1;
	pid_t pid;

	fflush(NULL);
	if (out == NULL || pipe(fd) == -1 || (pid = fork()) == -1)
		ex_die("%s: cannot be made", file[stage]);
	if (pid == 0) {
		close(fd[0]);
		if ((to = fdopen(fd[1], "w")) == NULL)
			_exit(2);
		status = write_stage(w, stage, to) == -1;
		fclose(to);
		_exit(status);
	}
	close(fd[1]);
	while (bytes > 0 && n > 0) {
		n = read(fd[0], buf, bytes < sizeof(buf) ? bytes :
		    sizeof(buf));
		if (n > 0) {
			fwrite(buf, 1, (size_t)n, out);
			bytes -= (size_t)n;
		}
	}
	kill(pid, SIGKILL);
	close(fd[0]);
	fclose(out);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return bytes == 0 || WIFSIGNALED(status);
}

/* A whole stage; false: it fails, as after a listing that was cut. */
static bool
whole(const struct world *w, enum stage stage)
{
	FILE *to = fopen(file[stage], "w");
	bool good;

	if (to == NULL)
		ex_die("%s: cannot be written", file[stage]);
	good = write_stage(w, stage, to) == 0;
	fclose(to);
	return good;
}

int
soak_stage(struct world *w, const struct step *step)
{
	enum stage last = (enum stage)(step->arg % 3), s;
	size_t before = soak_writes(w), bytes = step->other % 6000;
	struct ex_err err;

	w->planned = false;
	w->first_done = true;
	for (s = STAGE_FETCH; s < last; s++)
		if (!whole(w, s))
			return 0;
	if (!killed(w, last, bytes) || soak_is_whole(file[last]))
		return 0;
	w->kills++;
	for (s = last + 1; s <= STAGE_MERGE; s++)
		if (whole(w, s))
			return soak_fail(w, "killed: %s were cut, and taken",
			    file[last]);
	w->generation = soak_generation();
	if (soak_push_guarded(&err) == 0)
		return soak_fail(w, "killed: a plan of cut %s was carried "
		    "out", file[last]);
	if (soak_writes(w) != before || soak_generation() != w->generation)
		return soak_fail(w, "killed: %s were cut, and it wrote",
		    file[last]);
	return 0;
}
