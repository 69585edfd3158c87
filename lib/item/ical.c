/*
 * ical.c: is an item fit to be written: what RFC 5545 asks of it, by libical
 *
 * libical never sees an item, only single values (formats.md 6).
 */
#include <pthread.h>

#include <libical/ical.h>

#include <ex/ical.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
set_up(void)
{
	icalerror_set_errors_are_fatal(false);
	icaltimezone_set_builtin_tzdata(false);
}

void
ex_ical_lock(void)
{
	pthread_mutex_lock(&lock);
	pthread_once(&once, set_up);
}

void
ex_ical_unlock(void)
{
	pthread_mutex_unlock(&lock);
}
