/*
 * clock.c: time that passes, whatever the date is said to be
 */
#include <time.h>

#include <ex/clock.h>

long long
ex_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
ex_clock_sleep(long long until)
{
	long long ms = until - ex_clock_ms();
	struct timespec t = { (time_t)(ms / 1000),
	    (long)(ms % 1000) * 1000000 };

	if (ms > 0)
		nanosleep(&t, NULL);
}
