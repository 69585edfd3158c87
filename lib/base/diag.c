/*
 * diag.c: what a program says on stderr, and how it ends
 *
 * The state here belongs to the process's one stderr: its name, what was
 * asked with -q, and the progress line that stands there.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/clock.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/version.h>

#define LINE_MAX_BYTES	4096

static const char *program = "exring";
static bool quiet, terminal;

static struct {
	pthread_mutex_t lock;
	char what[48];
	uint64_t start, shown;	/* milliseconds; 0: nothing runs */
	int width;		/* of the line that stands there */
} progress = { .lock = PTHREAD_MUTEX_INITIALIZER };

/*
 * A descriptor that the caller closed would be given to the next file that
 * is opened, and messages would be written into it.  This one fails.
 */
static void
fill_fd(int fd, int mode)
{
	if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
	    open("/dev/null", mode) != fd)
		_exit(EX_EXIT_TROUBLE);
}

/* A failure to write to stderr has nowhere to be said. */
static void
put(const char *s, size_t n)
{
	if (write(STDERR_FILENO, s, n) == -1)
		return;
}

/*
 * Files are mapped, and somebody may cut one short meanwhile.  Only calls
 * that are safe in a handler.
 */
static void
input_lost(int sig, siginfo_t *info, void *context)
{
	static const char text[] = ": a file was cut short while it was read,"
	    " or its disk has failed\n";

	(void)context;
	if (info->si_code != BUS_ADRERR) {
		signal(sig, SIG_DFL);
		return;
	}
	put(program, strlen(program));
	put(text, sizeof(text) - 1);
	_exit(EX_EXIT_AGAIN);
}

void
ex_diag_init(const char *name)
{
	struct sigaction lost = { .sa_sigaction = input_lost,
	    .sa_flags = SA_SIGINFO };

	fill_fd(STDIN_FILENO, O_WRONLY);
	fill_fd(STDOUT_FILENO, O_RDONLY);
	fill_fd(STDERR_FILENO, O_RDONLY);
	program = name;
	sigaction(SIGBUS, &lost, NULL);
	terminal = isatty(STDERR_FILENO) == 1;
	setlocale(LC_ALL, "C");
	setenv("TZ", "UTC", 1);
	tzset();
}

const char *
ex_diag_program(void)
{
	return program;
}

void
ex_diag_quiet(bool on)
{
	quiet = on;
}

/*
 * The bytes of the UTF-8 sequence at s that may reach a terminal; 0: none
 * (RFC 3629; C0, DEL and C1 controls).
 */
static size_t
printable(const unsigned char *s, size_t n)
{
	size_t len, i;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || len > n)
		return 0;
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xc2 && s[1] < 0xa0) ||
	    (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

static void
clean(char *s, size_t n)
{
	size_t i = 0, len;

	while (i < n) {
		len = printable((const unsigned char *)s + i, n - i);
		if (len == 0) {
			s[i] = '?';
			len = 1;
		}
		i += len;
	}
}

/* The caller holds the lock. */
static void
wipe(void)
{
	char line[128];
	int n;

	if (progress.width == 0)
		return;
	n = snprintf(line, sizeof(line), "\r%*s\r", progress.width, "");
	put(line, (size_t)n);
	progress.width = 0;
}

static void
say(const char *text)
{
	char line[LINE_MAX_BYTES];
	size_t n;

	snprintf(line, sizeof(line) - 1, "%s: %s", program, text);
	n = strlen(line);
	clean(line, n);
	line[n] = '\n';
	pthread_mutex_lock(&progress.lock);
	wipe();
	put(line, n + 1);
	pthread_mutex_unlock(&progress.lock);
}

static void __attribute__((format(printf, 1, 0)))
vsay(const char *fmt, va_list ap)
{
	int saved = errno;
	char text[LINE_MAX_BYTES];
	size_t n = strlen(fmt), used;

	vsnprintf(text, sizeof(text), fmt, ap);
	if (n > 0 && fmt[n - 1] == ':') {
		used = strlen(text);
		snprintf(text + used, sizeof(text) - used, " %s",
		    strerror(saved));
	}
	say(text);
}

void
ex_note(const char *fmt, ...)
{
	va_list ap;

	if (quiet)
		return;
	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

void
ex_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

void
ex_warn_err(const struct ex_err *err)
{
	say(err->msg);
}

void
ex_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	exit(EX_EXIT_TROUBLE);
}

void
ex_die_err(const struct ex_err *err)
{
	say(err->msg);
	exit(ex_exit_of(err));
}

/* _exit(): another thread may hold what exit() would flush. */
void
ex_diag_oom(void)
{
	say("out of memory");
	_exit(EX_EXIT_TROUBLE);
}

enum ex_exit
ex_exit_of(const struct ex_err *err)
{
	return err->code == EX_ERR_AGAIN ? EX_EXIT_AGAIN : EX_EXIT_TROUBLE;
}

int
ex_finish(enum ex_exit status)
{
	bool failed = ferror(stdout) != 0;

	ex_progress_end();
	errno = 0;
	if (fclose(stdout) != 0)
		failed = true;
	if (!failed)
		return (int)status;
	/* Whoever ends in trouble has said why. */
	if (status == EX_EXIT_TROUBLE)
		return EX_EXIT_TROUBLE;
	if (errno != 0)
		ex_warn("standard output:");
	else
		ex_warn("standard output: write error");
	return EX_EXIT_TROUBLE;
}

int
ex_version(void)
{
	printf("%s %s\n", program, EX_VERSION);
	return ex_finish(EX_EXIT_OK);
}

static uint64_t
now_ms(void)
{
	return (uint64_t)ex_clock_ms() + 1;
}

/* "bob: 1200 of 5000, 800/s, 0:04 left"; returns the bytes it took. */
static int
progress_text(char *line, size_t size, uint64_t ms, uint64_t done,
    uint64_t all)
{
	uint64_t rate = done * 1000 / ms, left;
	int n;

	n = snprintf(line, size, "%s: %llu", progress.what,
	    (unsigned long long)done);
	if (all > 0)
		n += snprintf(line + n, size - (size_t)n, " of %llu",
		    (unsigned long long)all);
	n += snprintf(line + n, size - (size_t)n, ", %llu/s",
	    (unsigned long long)rate);
	if (all > done && rate > 0) {
		left = (all - done) / rate;
		n += snprintf(line + n, size - (size_t)n,
		    ", %llu:%02llu left", (unsigned long long)(left / 60),
		    (unsigned long long)(left % 60));
	}
	clean(line, (size_t)n);
	return n;
}

static void
progress_show(const char *what, uint64_t now, uint64_t done, uint64_t all)
{
	char text[192], line[256];
	int n, width;

	if (progress.start == 0 || strncmp(progress.what, what,
	    sizeof(progress.what) - 1) != 0) {
		snprintf(progress.what, sizeof(progress.what), "%s", what);
		progress.start = progress.shown = now;
		return;
	}
	if (now - progress.start < 1000 || now - progress.shown < 100)
		return;
	progress.shown = now;
	width = progress_text(text, sizeof(text), now - progress.start, done,
	    all);
	if (width > 79)
		width = 79;
	n = snprintf(line, sizeof(line), "\r%-*.*s", progress.width, width,
	    text);
	put(line, (size_t)n);
	progress.width = width;
}

void
ex_progress(const char *what, uint64_t done, uint64_t all)
{
	if (!terminal || quiet)
		return;
	pthread_mutex_lock(&progress.lock);
	progress_show(what, now_ms(), done, all);
	pthread_mutex_unlock(&progress.lock);
}

void
ex_progress_end(void)
{
	pthread_mutex_lock(&progress.lock);
	wipe();
	progress.start = 0;
	pthread_mutex_unlock(&progress.lock);
}
