/*
 * exchange.h: what EWS and Graph share: days, zones, recurrences
 *
 * Both speak to one store, which knows seven patterns of recurrence and the
 * zones of Windows.
 */
#ifndef EX_EXCHANGE_H
#define EX_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/str.h>

struct ex_arena;
struct ex_comp;
struct ex_err;
struct ex_exchange_zone;
struct ex_json;
struct ex_prop;

#define EX_EXCHANGE_DAY	86400LL

/* The day that a time in seconds lies on. */
long	 ex_exchange_day_of(long long sec);
/* Days since 1970-01-01 and back; the day of the week, 0 is Sunday. */
long	 ex_exchange_day(int year, int month, int day);
void	 ex_exchange_civil(long day, int *year, int *month, int *mday);
int	 ex_exchange_weekday(long day);
int	 ex_exchange_month_length(int year, int month);

/* A time as XML Schema, jCal or JSON write it. */
struct ex_exchange_time {
	long long sec;		/* since 1970, of UTC if it has an offset */
	bool date;		/* it has no time of day */
	bool utc;		/* it ended with Z or an offset */
};

/*
 * "2025-07-02", "2025-07-02Z", "2025-07-02T08:00:00.000-08:00": parts of a
 * second are dropped, an offset is taken off.  false: it is none, or
 * beyond the years 1 to 9999.
 */
bool	 ex_exchange_time(struct ex_str s, struct ex_exchange_time *t);
/* Do these two name the same moment? */
bool	 ex_exchange_same_time(struct ex_str a, struct ex_str b);
/* "2025-07-02T08:00:00Z", "2025-07-02T08:00:00", "2025-07-02". */
struct ex_str	 ex_exchange_utc(struct ex_arena *a, long long sec);
struct ex_str	 ex_exchange_local(struct ex_arena *a, long long sec);
struct ex_str	 ex_exchange_date(struct ex_arena *a, long day);

/*
 * The day that is meant by midnight somewhere, given in UTC: what lies from
 * noon on is the next day (zones east of Greenwich).
 */
long	 ex_exchange_midnight(long long utc);

/*
 * exchangezone.c: the zones that an item has of its own, with what Windows'
 * zone each is there.  They live as long as the arena and the item.
 */
struct ex_exchange_zones {
	struct ex_exchange_zone *v;
	size_t n;
};

/*
 * Those of a VCALENDAR that no name of a zone says already, and those that
 * only the system has.
 */
void	 ex_exchange_zones_of(const struct ex_comp *root, struct ex_arena *a,
	    struct ex_exchange_zones *zones);
/* Has Exchange a zone of that name, and do we know what it shows? */
bool	 ex_exchange_zone_known(struct ex_str tzid);
/* NULL: there is none of that name. */
const struct ex_exchange_zone	*ex_exchange_zone_find(
				    const struct ex_exchange_zones *zones,
				    struct ex_str tzid);
/* exchangesystem.c: the VTIMEZONE of the system's zone, or NULL. */
const struct ex_comp	*ex_exchange_zone_system(struct ex_str tzid,
			    struct ex_arena *a);
/* What it is there; "UTC" where nothing shows the same. */
struct ex_str	 ex_exchange_zone_windows(const struct ex_exchange_zone *z);
/* As ex_zone_offset(). */
long	 ex_exchange_zone_offset(const struct ex_exchange_zone *z,
	    long long time, bool local);
/* "zone Mine is Romance Standard Time there"; absent: there are none. */
struct ex_str	 ex_exchange_zones_say(const struct ex_exchange_zones *zones,
		    struct ex_arena *a);

/* A DATE or DATE-TIME of an item. */
struct ex_exchange_when {
	bool date;
	bool floating;		/* no zone: read as if of UTC */
	struct ex_str tzid;	/* as the item has it; absent: UTC, none */
	const struct ex_exchange_zone *own;	/* that; NULL: by its name */
	struct ex_str windows;	/* never absent; "UTC" for a date */
	long long local;	/* seconds since 1970 of its own clock */
	long long utc;
};

/*
 * One value of a property of an item with such zones (NULL: none); only
 * says "NAME: what" in err, EX_ERR_INPUT: no date, or a zone that nobody
 * knows.
 */
int	 ex_exchange_when(const struct ex_prop *p, const struct ex_json *value,
	    const struct ex_exchange_zones *zones,
	    struct ex_exchange_when *w, struct ex_err *err);
/* May a series begin so: is it there as it is here all the time? */
int	 ex_exchange_zone_recurs(const struct ex_exchange_when *start,
	    struct ex_err *err);

/* Its clock's time in UTC and back, by its zone. */
long long	 ex_exchange_to_utc(const struct ex_exchange_when *w,
		    long long local);
long long	 ex_exchange_to_local(const struct ex_exchange_when *w,
		    long long utc);

/*
 * The patterns.  A day of the month that a month has not is its last one
 * (Microsoft's page on DayOfMonth); RFC 5545 leaves such a month out.
 */
enum ex_exchange_pattern {
	EX_EXCHANGE_DAILY,
	EX_EXCHANGE_WEEKLY,	/* on days */
	EX_EXCHANGE_MONTHLY,	/* on mday */
	EX_EXCHANGE_NTH,	/* on the index-th of days */
	EX_EXCHANGE_YEARLY,	/* in month, on mday */
	EX_EXCHANGE_YEARLY_NTH
};

struct ex_exchange_rule {
	enum ex_exchange_pattern pattern;
	long interval;		/* days, weeks, months or years */
	unsigned days;		/* 1 << 0: Sunday ... 1 << 6: Saturday */
	int first;		/* of the week, 0: Sunday */
	int index;		/* 1 to 4, -1: the last */
	int mday, month;
	bool regenerates;	/* tasks: after the last one was done */
	long start;		/* day of the first occurrence */
	long count;		/* 0: it is not counted */
	long end;		/* day of the last one, if ends */
	bool ends;
};

#define EX_EXCHANGE_EVERY	0x7fU	/* every day of the week */
#define EX_EXCHANGE_WORKDAYS	0x3eU
#define EX_EXCHANGE_WEEKEND	0x41U

/*
 * Of an RRULE's value, start being when its DTSTART is.  Exact or not at
 * all: EX_ERR_INPUT "RRULE: Exchange has no BYWEEKNO".
 */
int	 ex_exchange_rule_of(const struct ex_json *rrule,
	    const struct ex_exchange_when *start, struct ex_exchange_rule *r,
	    struct ex_err *err);
/*
 * The RRULE's value, as the codec would read it; start as above.  UNTIL is
 * the start of the last occurrence, in UTC if start has a zone.
 */
struct ex_json	*ex_exchange_rule_value(const struct ex_exchange_rule *r,
		    const struct ex_exchange_when *start,
		    struct ex_arena *a);
/* Fold patterns that mean the same to one of them. */
void	 ex_exchange_rule_fold(struct ex_exchange_rule *r);

/* exchangewalk.c: the days of a rule, one after the other. */
struct ex_exchange_walk {
	const struct ex_exchange_rule *r;
	long period;		/* which one is next */
	long day;		/* the last that was found */
	long n;			/* how many were found */
	unsigned week;		/* weekly: days left of this week */
};

void	 ex_exchange_walk_init(struct ex_exchange_walk *w,
	    const struct ex_exchange_rule *r);
/* false: there are no more (or none within the years up to 9999). */
bool	 ex_exchange_walk_next(struct ex_exchange_walk *w, long *day);
/* The how-many-th occurrence is on that day, from 1; 0: there is none. */
long	 ex_exchange_rule_nth(const struct ex_exchange_rule *r, long day);

/* What became of the occurrence on a day of the rule. */
struct ex_exchange_move {
	long from, to;
	bool gone;		/* cancelled: `to' says nothing */
};

/*
 * Are the occurrences still one after the other, each on a day of its own?
 * Others Exchange does not take (ErrorOccurrenceCrossingBoundary).  Those
 * that m does not name are on their day; m is sorted by this.
 */
bool	 ex_exchange_in_order(const struct ex_exchange_rule *r,
	    struct ex_exchange_move *m, size_t n);

#endif
