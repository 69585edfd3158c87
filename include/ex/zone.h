/*
 * zone.h: time zone names
 *
 * ICU says which Windows zone is which IANA zone and what its aliases are;
 * libical says which names are zones at all and writes VTIMEZONEs.  Both
 * are asked once a name and process: a table remembers (a lock guards it).
 */
#ifndef EX_ZONE_H
#define EX_ZONE_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/str.h>

struct ex_arena;
struct ex_buf;

/*
 * The IANA zone that a TZID means: prefixes (/freeassociation.../,
 * /softwarestudio.org/Olson_*'/, /citadel..., a bare /) stripped, names of
 * Windows and what it shows for them mapped, America_New_York for
 * America/New_York, aliases folded to one name (Europe/Kiev = Europe/Kyiv),
 * aliases of UTC to "UTC".  Absent: it is none that we know.  The result
 * lives as long as the process.
 */
struct ex_str	 ex_zone_iana(struct ex_str tzid);

/* Is the TZID itself, as written, a name in the IANA database? */
bool	 ex_zone_plain(struct ex_str tzid);

/*
 * What Windows calls the zone that a TZID means: "W. Europe Standard Time"
 * (CLDR's table, by ICU).  Absent: it has no name for it.  The result lives
 * as long as the process.
 */
struct ex_str	 ex_zone_windows(struct ex_str tzid);

/*
 * Seconds that the zone is ahead of UTC at a time in seconds since 1970 of
 * UTC, or of its own clock (local).  A local time that is there twice is
 * the first one, one that is not there is by the offset before the gap
 * (RFC 5545, 3.3.5).  false: the zone is not known, *offset is 0.
 */
bool	 ex_zone_offset(struct ex_str tzid, long long time, bool local,
	    long *offset);

/* When its offset changes next; false: never again, or it is not known. */
bool	 ex_zone_change(struct ex_str tzid, long long after,
	    long long *when);

/*
 * zonename.c: the Windows zone that Windows shows people as that, "(UTC-05:00)
 * Eastern Time (US & Canada)" or the like.  Absent: none.
 */
struct ex_str	 ex_zone_shown(struct ex_str tzid);

/*
 * All names of zones of Windows that ex_zone_windows() gives, sorted; they
 * live as long as the process.
 */
size_t	 ex_zone_windows_all(const struct ex_str **names);

/*
 * The VTIMEZONE of an IANA zone as content lines, with TZID:tzid in it.
 * false: not known.
 */
bool	 ex_zone_write(struct ex_buf *out, struct ex_str tzid,
	    struct ex_arena *scratch);

#endif
