/*
 * trace.c: what passes between us and servers, on stderr
 *
 * The level belongs to the process's one stderr, as diag.c's state does.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <ex/diag.h>
#include <ex/trace.h>

#define LINE_BYTES	1024

static int level;

void
ex_trace_level(int n)
{
	level = n;
}

bool
ex_trace_on(int n)
{
	return level >= n;
}

static void __attribute__((format(printf, 2, 0)))
say(void (*how)(const char *fmt, ...), const char *fmt, va_list ap)
{
	char line[2 * LINE_BYTES];

	vsnprintf(line, sizeof(line), fmt, ap);
	how("%s", line);
}

void
ex_trace(const char *fmt, ...)
{
	va_list ap;

	if (level < 1)
		return;
	va_start(ap, fmt);
	say(ex_note, fmt, ap);
	va_end(ap);
}

void
ex_trace_text(const char *mark, struct ex_str text)
{
	const char *lf;
	size_t n;

	if (level < 2)
		return;
	for (; text.n > 0; text.p += n, text.n -= n) {
		lf = memchr(text.p, '\n', text.n);
		n = lf != NULL ? (size_t)(lf - text.p) + 1 : text.n;
		if (n > LINE_BYTES)
			n = LINE_BYTES;
		ex_note("%s%.*s", mark, (int)(lf == text.p + n - 1 ?
		    n - 1 - (n > 1 && lf[-1] == '\r') : n), text.p);
	}
}

void
ex_trace_caution(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(ex_warn, fmt, ap);
	va_end(ap);
}
