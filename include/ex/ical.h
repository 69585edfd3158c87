/*
 * ical.h: what the parts of the iCalendar codec share
 *
 * Values of properties as jCal has them (RFC 7265, 3.6) and back, rules of
 * recurrence, and what vCalendar 1.0 does differently.  Others include
 * codec.h.
 */
#ifndef EX_ICAL_H
#define EX_ICAL_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/item.h>
#include <ex/str.h>

struct ex_arena;
struct ex_buf;
struct ex_err;
struct ex_json;
struct ex_line;

enum ex_ical_type {
	EX_ICAL_UNKNOWN,	/* raw, to the byte */
	EX_ICAL_BINARY,
	EX_ICAL_BOOLEAN,
	EX_ICAL_CAL_ADDRESS,
	EX_ICAL_DATE,
	EX_ICAL_DATE_TIME,
	EX_ICAL_DURATION,
	EX_ICAL_FLOAT,
	EX_ICAL_INTEGER,
	EX_ICAL_PERIOD,
	EX_ICAL_RECUR,
	EX_ICAL_TEXT,
	EX_ICAL_TIME,
	EX_ICAL_URI,
	EX_ICAL_UTC_OFFSET,
	EX_ICAL_OTHER		/* a VALUE that we do not know: raw too */
};

enum ex_ical_flags {
	EX_ICAL_MULTI = 1,	/* several values, with commas between */
	EX_ICAL_STRUCT = 2,	/* one value of parts, semicolons between */
	EX_ICAL_STRICT = 4	/* the ring decides by it: it must parse */
};

/* What is known of a property. */
struct ex_ical_def {
	struct ex_str name;
	enum ex_ical_type type;	/* without VALUE */
	enum ex_ical_type other;	/* what else its value may look like */
	unsigned flags;
};

/* By name in lower case; NULL: not one of RFC 5545's. */
const struct ex_ical_def	*ex_ical_def(struct ex_str name);

struct ex_str	 ex_ical_type_name(enum ex_ical_type type);
/* Any case; _OTHER: none that we know. */
enum ex_ical_type	 ex_ical_type_of(struct ex_str name);

/*
 * A raw value as jCal's.  value is its VALUE parameter or absent, sep what
 * stands between several values (',').  *type becomes what it is.  A value
 * that is not what it should be comes back whole and raw in type
 * "unknown"; *why then says what is wrong with it ("no such day").
 */
struct ex_json	*ex_ical_read(const struct ex_ical_def *def,
		    struct ex_str value, struct ex_str raw, char sep,
		    struct ex_arena *a, struct ex_str *type,
		    const char **why);

/* A property's values as they stand behind its colon. */
void	 ex_ical_write(struct ex_buf *b, const struct ex_prop *p);

/* Raw bytes; line ends, which would begin a new line, become "\n". */
void	 ex_ical_write_raw(struct ex_buf *b, struct ex_str raw);

/*
 * A DATE or DATE-TIME, basic or extended, to ISO extended.  NULL, or what
 * is wrong with it.
 */
const char	*ex_ical_when(struct ex_str raw, struct ex_arena *a,
		    struct ex_str *iso, enum ex_ical_type *type);
/* A TIME and an UTC-OFFSET likewise; false: it is none. */
bool	 ex_ical_time(struct ex_str raw, struct ex_arena *a,
	    struct ex_str *iso);
bool	 ex_ical_offset(struct ex_str raw, struct ex_arena *a,
	    struct ex_str *iso);

/* A date or time, an offset: extended to basic; anything else as it is. */
void	 ex_ical_write_when(struct ex_buf *b, struct ex_str iso);
void	 ex_ical_write_offset(struct ex_buf *b, struct ex_str iso);

/* Is it a DURATION (RFC 5545, 3.3.6; weeks may stand with days)? */
bool	 ex_ical_is_duration(struct ex_str s);

/* An integer of at most 15 digits as a number node; NULL: it is none. */
struct ex_json	*ex_ical_integer(struct ex_str s, struct ex_arena *a);

/* A recurrence rule (RFC 5545, 3.3.10); NULL: it has not the shape. */
struct ex_json	*ex_ical_rule_read(struct ex_str raw, struct ex_arena *a);
void	 ex_ical_rule_write(struct ex_buf *b, const struct ex_json *rule);

/* A time of some clock: what it shows, and the second of the day. */
struct ex_ical_moment {
	int year, month, day;
	long second;
};
/* false: that is enough. */
typedef bool	 ex_ical_each(void *arg, const struct ex_ical_moment *m);

/*
 * icalwalk.c: the times of a rule whose DTSTART is start (extended), by the
 * clock of that; each is called for one after the other, and may call
 * nothing that asks libical.  false: it is no rule, or no time.
 */
bool	 ex_ical_walk(const struct ex_json *rule, struct ex_str start,
	    ex_ical_each *each, void *arg);

/* vCalendar 1.0's ("MP1 2+ TU #4"); NULL: not one that we can express. */
struct ex_json	*ex_ical_rule_old(struct ex_str raw, struct ex_arena *a);

/* Where a line stands, as far as it counts for what the line means. */
struct ex_ical_in {
	struct ex_arena *a;
	struct ex_err *err;
	bool old;		/* vCalendar 1.0 */
	bool foreign;		/* the text holds bytes that are not UTF-8 */
	bool strict;		/* in an event, a task or a journal entry */
};

/* A line that is no BEGIN or END; NULL: err says "line 7: DTSTART: ...". */
struct ex_prop	*ex_ical_prop(const struct ex_ical_in *in,
		    struct ex_line *line);
/* "line 7: NAME: why" into in->err; returns -1. */
int	 ex_ical_bad(const struct ex_ical_in *in, unsigned line,
	    struct ex_str name, const char *why);

/*
 * The property that this line of a calendar of version 2.0 is, if such a
 * line was seen often in this process; else NULL, and it is counted.  It
 * lives as long as the process.  line: as ex_lines_whole() gives it.
 */
struct ex_prop	*ex_ical_often(struct ex_str line);

/*
 * A value in quoted-printable, which iCalendar 2.0 no longer has but some
 * calendars do, and in vCalendar 1.0 (old) one in another CHARSET, is made
 * UTF-8; the parameters that said so go.  *plain: it may hold line ends.
 */
int	 ex_ical_old_text(struct ex_line *line, bool old, struct ex_arena *a,
	    bool *plain, struct ex_err *err);

/* vCalendar 1.0: its names, values and alarms as iCalendar 2.0 has them. */
void	 ex_ical_old_prop(struct ex_prop *p, struct ex_arena *a);
void	 ex_ical_old_comp(struct ex_comp *c, struct ex_arena *a);

/* The TZIDs that properties of an item name, sorted, each once. */
size_t	 ex_ical_tzids(const struct ex_comp *root, struct ex_arena *a,
	    struct ex_str **out);

/* libical is called only between these two; the first call sets it up. */
void	 ex_ical_lock(void);
void	 ex_ical_unlock(void);

#endif
