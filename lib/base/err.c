/*
 * err.c: what failed
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <ex/err.h>

int
ex_err_set(struct ex_err *err, enum ex_errcode code, const char *fmt, ...)
{
	int saved = errno;
	char why[128];
	va_list ap;
	size_t n = strlen(fmt), used;

	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	if (n > 0 && fmt[n - 1] == ':') {
		if (strerror_r(saved, why, sizeof(why)) != 0)
			snprintf(why, sizeof(why), "error %d", saved);
		used = strlen(err->msg);
		snprintf(err->msg + used, sizeof(err->msg) - used, " %s", why);
	}
	errno = saved;
	return -1;
}

int
ex_err_at(struct ex_err *err, const char *fmt, ...)
{
	char old[sizeof(err->msg)];
	va_list ap;
	size_t used;

	memcpy(old, err->msg, sizeof(old));
	old[sizeof(old) - 1] = '\0';
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	used = strlen(err->msg);
	snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", old);
	return -1;
}
