/*
 * clock.h: time that passes, whatever the date is said to be
 */
#ifndef EX_CLOCK_H
#define EX_CLOCK_H

/* Milliseconds since some time. */
long long	 ex_clock_ms(void);

/* Until ex_clock_ms() is that; not at all if it has been. */
void	 ex_clock_sleep(long long until);

#endif
