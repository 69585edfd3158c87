/*
 * zoneclock.c: what the clocks of a zone show, by ICU
 *
 * ICU's clock of a zone is opened once and remembered, as long as the
 * process lives, behind a lock.
 */
#include <pthread.h>
#include <stdlib.h>

#include <unicode/ucal.h>

#include <ex/arena.h>
#include <ex/lazy.h>
#include <ex/zone.h>

static struct {
	int32_t (*canonical)(const UChar *id, int32_t n, UChar *out,
	    int32_t room, UBool *system, UErrorCode *status);
	UCalendar *(*open)(const UChar *id, int32_t n, const char *locale,
	    UCalendarType type, UErrorCode *status);
	void (*set)(UCalendar *clock, UDate time, UErrorCode *status);
	int32_t (*get)(const UCalendar *clock, UCalendarDateFields field,
	    UErrorCode *status);
	void (*from_local)(const UCalendar *clock,
	    UTimeZoneLocalOption gap, UTimeZoneLocalOption twice,
	    int32_t *raw, int32_t *dst, UErrorCode *status);
	UBool (*change)(const UCalendar *clock, UTimeZoneTransitionType type,
	    UDate *when, UErrorCode *status);
	UEnumeration *(*names)(USystemTimeZoneType type, const char *region,
	    const int32_t *offset, UErrorCode *status);
	const char *(*next)(UEnumeration *names, int32_t *n,
	    UErrorCode *status);
	void (*end)(UEnumeration *names);
} icu;

static const struct ex_lazy want[] = {
	EX_LAZY(icu.canonical, ucal_getCanonicalTimeZoneID),
	EX_LAZY(icu.open, ucal_open),
	EX_LAZY(icu.set, ucal_setMillis),
	EX_LAZY(icu.get, ucal_get),
	EX_LAZY(icu.from_local, ucal_getTimeZoneOffsetFromLocal),
	EX_LAZY(icu.change, ucal_getTimeZoneTransitionDate),
	EX_LAZY(icu.names, ucal_openTimeZoneIDEnumeration),
	EX_LAZY(icu.next, uenum_next),
	EX_LAZY(icu.end, uenum_close)
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

enum { NAME_MAX_BYTES = 128, BUCKETS = 256 };

/* Of a name that the IANA database has: there are some hundred of them. */
struct entry {
	struct entry *next;
	struct ex_str iana;
	UCalendar *clock;	/* NULL: ICU has none */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *buckets[BUCKETS];
static struct ex_arena memory;
static struct ex_str *windows;
static size_t nwindows;

static void
load(void)
{
	ex_lazy_need(EX_LAZY_ICU("i18n"), want, sizeof(want) / sizeof(want[0]));
}

static UCalendar *
open_clock(struct ex_str iana)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar id[NAME_MAX_BYTES], name[NAME_MAX_BYTES];
	UCalendar *clock;
	UBool system = 0;
	size_t i;

	if (iana.n >= NAME_MAX_BYTES)
		return NULL;
	for (i = 0; i < iana.n; i++)
		id[i] = (UChar)iana.p[i];
	pthread_once(&once, load);
	/* one of a name that it does not know would be GMT's */
	icu.canonical(id, (int32_t)iana.n, name, NAME_MAX_BYTES, &system,
	    &status);
	if (U_FAILURE(status) || !system)
		return NULL;
	clock = icu.open(id, (int32_t)iana.n, "", UCAL_GREGORIAN, &status);
	return U_FAILURE(status) ? NULL : clock;
}

/* Within the lock.  NULL: there is none. */
static UCalendar *
clock_of(struct ex_str iana)
{
	struct entry *e, **bucket;

	if (iana.p == NULL)
		return NULL;
	bucket = &buckets[ex_str_hash(iana) % BUCKETS];
	for (e = *bucket; e != NULL; e = e->next)
		if (ex_str_eq(e->iana, iana))
			return e->clock;
	e = ex_arena_alloc(&memory, sizeof(*e));
	e->iana = ex_arena_str(&memory, iana);
	e->clock = open_clock(iana);
	e->next = *bucket;
	*bucket = e;
	return e->clock;
}

/* Of two readings of a local time ICU's FORMER is RFC 5545's (3.3.5). */
static bool
ask_offset(UCalendar *clock, long long time, bool local, long *offset)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t raw = 0, dst = 0;

	icu.set(clock, (UDate)time * 1000, &status);
	if (local) {
		icu.from_local(clock, UCAL_TZ_LOCAL_FORMER,
		    UCAL_TZ_LOCAL_FORMER, &raw, &dst, &status);
	} else {
		raw = icu.get(clock, UCAL_ZONE_OFFSET, &status);
		dst = icu.get(clock, UCAL_DST_OFFSET, &status);
	}
	*offset = (raw + dst) / 1000;
	return !U_FAILURE(status);
}

bool
ex_zone_offset(struct ex_str tzid, long long time, bool local, long *offset)
{
	UCalendar *clock;
	struct ex_str iana;
	bool known;

	*offset = 0;
	if (ex_str_is(tzid, "UTC"))
		return true;
	iana = ex_zone_iana(tzid);
	pthread_mutex_lock(&lock);
	clock = clock_of(iana);
	known = clock != NULL && ask_offset(clock, time, local, offset);
	pthread_mutex_unlock(&lock);
	return known;
}

bool
ex_zone_change(struct ex_str tzid, long long after, long long *when)
{
	UErrorCode status = U_ZERO_ERROR;
	struct ex_str iana = ex_zone_iana(tzid);
	UCalendar *clock;
	UDate next = 0;
	bool is = false;

	pthread_mutex_lock(&lock);
	clock = clock_of(iana);
	if (clock != NULL) {
		icu.set(clock, (UDate)after * 1000, &status);
		is = icu.change(clock, UCAL_TZ_TRANSITION_NEXT, &next,
		    &status) && !U_FAILURE(status);
	}
	pthread_mutex_unlock(&lock);
	*when = (long long)(next / 1000);
	return is;
}

static int
by_name(const void *x, const void *y)
{
	return ex_str_cmp(*(const struct ex_str *)x,
	    *(const struct ex_str *)y);
}

/* All names that ICU's zones have with Windows, sorted, each once. */
static void
list_windows(void)
{
	UErrorCode status = U_ZERO_ERROR;
	UEnumeration *names;
	struct ex_str s;
	const char *name;
	size_t i, n = 0;

	pthread_once(&once, load);
	names = icu.names(UCAL_ZONE_TYPE_CANONICAL, NULL, NULL, &status);
	while (!U_FAILURE(status) &&
	    (name = icu.next(names, NULL, &status)) != NULL) {
		s = ex_zone_windows(ex_str_of(name));
		if (s.p == NULL)
			continue;
		windows = ex_arena_grow(&memory, windows, nwindows,
		    sizeof(*windows));
		windows[nwindows++] = s;
	}
	if (names != NULL)
		icu.end(names);
	if (nwindows > 1)
		qsort(windows, nwindows, sizeof(*windows), by_name);
	for (i = 0; i < nwindows; i++)
		if (n == 0 || !ex_str_eq(windows[n - 1], windows[i]))
			windows[n++] = windows[i];
	nwindows = n;
}

size_t
ex_zone_windows_all(const struct ex_str **names)
{
	pthread_mutex_lock(&lock);
	if (windows == NULL)
		list_windows();
	pthread_mutex_unlock(&lock);
	*names = windows;
	return nwindows;
}
