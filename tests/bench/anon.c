/*
 * anon.c: the most memory of its own (RssAnon) that a program had
 *
 *	anon FILE COMMAND [ARGUMENT ...]
 *
 * The kernel keeps no high-water mark of it: VmHWM counts the pages of
 * mapped files too.  But it only falls in a system call that gives memory
 * back, or at the end; so we stop the command before each of those (every
 * thread of it), and the largest value seen there is the peak.  It goes to
 * FILE, in KiB; the exit status is the command's.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

static long peak;

static void
look(pid_t pid)
{
	char path[64], text[128];
	FILE *fp;
	long kib;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if ((fp = fopen(path, "r")) == NULL)
		return;
	while (fgets(text, sizeof(text), fp) != NULL)
		if (sscanf(text, "RssAnon: %ld", &kib) == 1 && kib > peak)
			peak = kib;
	fclose(fp);
}

/* Is the thread about to give memory back? */
static int
gives_back(pid_t pid)
{
	struct ptrace_syscall_info info;

	memset(&info, 0, sizeof(info));
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) == -1 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return 0;
	switch (info.entry.nr) {
	case SYS_brk:
	case SYS_mmap:		/* MAP_FIXED over something */
	case SYS_mremap:
	case SYS_munmap:
	case SYS_madvise:
	case SYS_exit:
	case SYS_exit_group:
		return 1;
	}
	return 0;
}

/* Until the command is gone; its status. */
static int
trace(pid_t child)
{
	pid_t pid;
	int status, sig;

	for (;;) {
		if ((pid = waitpid(-1, &status, __WALL)) == -1)
			return -1;
		if (!WIFSTOPPED(status)) {
			if (pid == child)
				return status;
			continue;
		}
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80)) {
			if (gives_back(pid))
				look(pid);
			sig = 0;
		} else if (sig == SIGTRAP || sig == SIGSTOP) {
			sig = 0;	/* events, and threads that begin */
		}
		ptrace(PTRACE_SYSCALL, pid, 0, sig);
	}
}

int
main(int argc, char *argv[])
{
	pid_t child;
	FILE *fp;
	int status;

	if (argc < 3) {
		fputs("usage: anon FILE COMMAND [ARGUMENT ...]\n", stderr);
		return 2;
	}
	if ((child = fork()) == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (child == -1 || waitpid(child, &status, 0) == -1 ||
	    ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD |
	    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	    PTRACE_O_EXITKILL) == -1 ||
	    ptrace(PTRACE_SYSCALL, child, 0, 0) == -1) {
		perror("anon");
		return 2;
	}
	status = trace(child);
	if ((fp = fopen(argv[1], "w")) == NULL) {
		perror(argv[1]);
		return 2;
	}
	fprintf(fp, "%ld\n", peak);
	fclose(fp);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
