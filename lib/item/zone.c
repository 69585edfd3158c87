/*
 * zone.c: what a TZID means, and the VTIMEZONE of a zone
 *
 * A name is looked up once and remembered, found or not.  The order is
 * that of cost: our own list of zones that are their own alias, the file
 * of that name in the system's zoneinfo, ICU, libical (start-up 2 to 4 ms
 * each).  The tables live as long as the process, behind a lock.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libical/ical.h>
#include <unicode/ucal.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/ical.h>
#include <ex/lazy.h>
#include <ex/line.h>
#include <ex/zone.h>

static struct {
	int32_t (*canonical)(const UChar *id, int32_t n, UChar *out,
	    int32_t room, UBool *system, UErrorCode *status);
	int32_t (*windows)(const UChar *id, int32_t n, const char *region,
	    UChar *out, int32_t room, UErrorCode *status);
	int32_t (*windows_of)(const UChar *id, int32_t n, UChar *out,
	    int32_t room, UErrorCode *status);
} icu;

static const struct ex_lazy icu_want[] = {
	EX_LAZY(icu.canonical, ucal_getCanonicalTimeZoneID),
	EX_LAZY(icu.windows, ucal_getTimeZoneIDForWindowsID),
	EX_LAZY(icu.windows_of, ucal_getWindowsTimeZoneID)
};

static struct {
	icaltimezone *(*zone)(const char *name);
	icalcomponent *(*component)(icaltimezone *zone);
	char *(*text)(icalcomponent *c);
} ical;

static const struct ex_lazy ical_want[] = {
	EX_LAZY(ical.zone, icaltimezone_get_builtin_timezone),
	EX_LAZY(ical.component, icaltimezone_get_component),
	EX_LAZY(ical.text, icalcomponent_as_ical_string_r)
};

static pthread_once_t icu_once = PTHREAD_ONCE_INIT;
static pthread_once_t ical_once = PTHREAD_ONCE_INIT;

enum { NAME_MAX_BYTES = 128, BUCKETS = 256, MAX_REMEMBERED = 4096 };

struct zone {
	struct zone *next;
	struct ex_str tzid;
	struct ex_str iana;	/* absent: none that we know */
	struct ex_str text;	/* its VTIMEZONE with this TZID, when asked */
	struct ex_str windows;	/* what Windows calls it, when asked */
	bool asked;		/* windows was looked for */
	bool plain;		/* the TZID is a name of the IANA database */
	bool written;		/* text was made, or could not be */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *buckets[BUCKETS];
static struct ex_arena memory;
static size_t remembered;

/*
 * The zones that most calendars have, and that ICU and the IANA database
 * call by the same name: for them nothing is asked.  Sorted.
 */
static const char *const common[] = {
	"Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos",
	"Africa/Nairobi", "America/Anchorage", "America/Bogota",
	"America/Caracas", "America/Chicago", "America/Denver",
	"America/Edmonton", "America/Halifax", "America/Lima",
	"America/Los_Angeles", "America/Mexico_City", "America/New_York",
	"America/Phoenix", "America/Santiago", "America/Sao_Paulo",
	"America/St_Johns", "America/Toronto", "America/Vancouver",
	"America/Winnipeg", "Asia/Baghdad", "Asia/Bangkok", "Asia/Dubai",
	"Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Karachi",
	"Asia/Manila", "Asia/Riyadh", "Asia/Seoul", "Asia/Shanghai",
	"Asia/Singapore", "Asia/Taipei", "Asia/Tehran", "Asia/Tokyo",
	"Atlantic/Reykjavik", "Australia/Adelaide", "Australia/Brisbane",
	"Australia/Melbourne", "Australia/Perth", "Australia/Sydney",
	"Europe/Amsterdam", "Europe/Athens", "Europe/Belgrade",
	"Europe/Berlin", "Europe/Brussels", "Europe/Bucharest",
	"Europe/Budapest", "Europe/Copenhagen", "Europe/Dublin",
	"Europe/Helsinki", "Europe/Istanbul", "Europe/Lisbon",
	"Europe/London", "Europe/Luxembourg", "Europe/Madrid",
	"Europe/Moscow", "Europe/Oslo", "Europe/Paris", "Europe/Prague",
	"Europe/Riga", "Europe/Rome", "Europe/Sofia", "Europe/Stockholm",
	"Europe/Tallinn", "Europe/Vienna", "Europe/Vilnius",
	"Europe/Warsaw", "Europe/Zurich", "Pacific/Auckland",
	"Pacific/Honolulu",
};

/* They all are 0 the whole year and have no other history. */
static const char *const utc[] = {
	"Etc/GMT", "Etc/GMT+0", "Etc/GMT-0", "Etc/GMT0", "Etc/Greenwich",
	"Etc/UCT", "Etc/UTC", "Etc/Universal", "Etc/Zulu", "GMT", "GMT+0",
	"GMT-0", "GMT0", "Greenwich", "UCT", "UTC", "Universal", "Z", "Zulu",
	"tzone://Microsoft/Utc",
};

static bool
among(const char *const list[], size_t n, struct ex_str s)
{
	size_t lo = 0, hi = n, mid;
	int d;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		d = ex_str_cmp(s, ex_str_of(list[mid]));
		if (d == 0)
			return true;
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

#define AMONG(list, s)	among((list), sizeof(list) / sizeof(*(list)), (s))

/* Could it be a name: parts that begin with a capital? */
static bool
wellformed(struct ex_str s)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-";
	bool begins = true;
	size_t i;

	if (s.n == 0 || s.n >= NAME_MAX_BYTES)
		return false;
	for (i = 0; i < s.n; i++) {
		if (begins && (s.p[i] < 'A' || s.p[i] > 'Z'))
			return false;
		begins = s.p[i] == '/';
		if (!begins && (s.p[i] == '\0' || !strchr(ok, s.p[i])))
			return false;
	}
	return !begins && !ex_str_is(s, "Factory");
}

static bool
has_file(struct ex_str name)
{
	static const char dir[] = "/usr/share/zoneinfo/";
	char path[sizeof(dir) + NAME_MAX_BYTES];
	struct stat st;

	memcpy(path, dir, sizeof(dir) - 1);
	memcpy(path + sizeof(dir) - 1, name.p, name.n);
	path[sizeof(dir) - 1 + name.n] = '\0';
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static void
load_icu(void)
{
	ex_lazy_need(EX_LAZY_ICU("i18n"), icu_want,
	    sizeof(icu_want) / sizeof(icu_want[0]));
}

static void
load_ical(void)
{
	ex_lazy_need(EX_LAZY_ICAL, ical_want,
	    sizeof(ical_want) / sizeof(ical_want[0]));
}

/* For ICU; false: no name has such bytes or is so long. */
static bool
to_uchar(struct ex_str s, UChar out[NAME_MAX_BYTES])
{
	size_t i;

	if (s.n == 0 || s.n >= NAME_MAX_BYTES)
		return false;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
		out[i] = (UChar)s.p[i];
	}
	return true;
}

static struct ex_str
of_uchar(const UChar *u, int32_t n)
{
	char *p;
	int32_t i;

	if (n <= 0 || n >= NAME_MAX_BYTES)
		return EX_STR_NONE;
	p = ex_arena_bytes(&memory, (size_t)n + 1);
	for (i = 0; i < n; i++)
		p[i] = (char)u[i];
	p[n] = '\0';
	return (struct ex_str){ p, (size_t)n };
}

/* ICU's name for a zone and all its aliases; absent: it knows none. */
static struct ex_str
icu_canonical(struct ex_str name)
{
	UChar in[NAME_MAX_BYTES], out[NAME_MAX_BYTES];
	UErrorCode status = U_ZERO_ERROR;
	UBool system = 0;
	int32_t n;

	if (!to_uchar(name, in))
		return EX_STR_NONE;
	pthread_once(&icu_once, load_icu);
	n = icu.canonical(in, (int32_t)name.n, out,
	    NAME_MAX_BYTES, &system, &status);
	return U_FAILURE(status) || !system ? EX_STR_NONE : of_uchar(out, n);
}

static struct ex_str
icu_windows(struct ex_str name)
{
	UChar in[NAME_MAX_BYTES], out[NAME_MAX_BYTES];
	UErrorCode status = U_ZERO_ERROR;
	int32_t n;

	if (!to_uchar(name, in))
		return EX_STR_NONE;
	pthread_once(&icu_once, load_icu);
	n = icu.windows(in, (int32_t)name.n, NULL, out,
	    NAME_MAX_BYTES, &status);
	return U_FAILURE(status) ? EX_STR_NONE : of_uchar(out, n);
}

/* The other way. */
static struct ex_str
icu_windows_of(struct ex_str iana)
{
	UChar in[NAME_MAX_BYTES], out[NAME_MAX_BYTES];
	UErrorCode status = U_ZERO_ERROR;
	int32_t n;

	if (!to_uchar(iana, in))
		return EX_STR_NONE;
	pthread_once(&icu_once, load_icu);
	n = icu.windows_of(in, (int32_t)iana.n, out,
	    NAME_MAX_BYTES, &status);
	return U_FAILURE(status) ? EX_STR_NONE : of_uchar(out, n);
}

/* The one name of a zone by any of its names; absent: it is no name. */
static struct ex_str
fold(struct ex_str name)
{
	struct ex_str iana;

	if (AMONG(utc, name))
		return EX_STR("UTC");
	if (!wellformed(name))
		return EX_STR_NONE;
	if (AMONG(common, name))
		return ex_arena_str(&memory, name);
	iana = icu_canonical(name);
	if (iana.p != NULL)
		return AMONG(utc, iana) ? EX_STR("UTC") : iana;
	return has_file(name) ? ex_arena_str(&memory, name) : EX_STR_NONE;
}

/*
 * A TZID that begins with '/' is some registry's, version and name:
 * /freeassociation.sourceforge.net/Tzfile/Europe/Berlin; or a name alone.
 * The longest end of it that is a name is meant.
 */
static struct ex_str
registered(struct ex_str s)
{
	struct ex_str iana = EX_STR_NONE;
	const char *slash;
	size_t depth;

	for (depth = 0; iana.p == NULL && depth < 6; depth++) {
		if ((slash = memchr(s.p, '/', s.n)) == NULL)
			break;
		s.n -= (size_t)(slash + 1 - s.p);
		s.p = slash + 1;
		iana = fold(s);
	}
	return iana;
}

/* "America_New_York": a name whose slash could not stand where it was. */
static struct ex_str
underscored(struct ex_str s)
{
	char name[NAME_MAX_BYTES];
	char *at;

	if (s.n >= sizeof(name) || memchr(s.p, '/', s.n) != NULL)
		return EX_STR_NONE;
	memcpy(name, s.p, s.n);
	if ((at = memchr(name, '_', s.n)) == NULL)
		return EX_STR_NONE;
	*at = '/';
	return fold((struct ex_str){ name, s.n });
}

static struct ex_str
meaning(struct ex_str tzid)
{
	struct ex_str iana, windows;

	if (tzid.n > 1 && tzid.p[0] == '/')
		return registered(tzid);
	if ((iana = fold(tzid)).p != NULL ||
	    (iana = underscored(tzid)).p != NULL)
		return iana;
	windows = ex_zone_shown(tzid);
	iana = icu_windows(windows.p != NULL ? windows : tzid);
	return iana.p == NULL ? iana : fold(iana);
}

/* Within the lock.  NULL: the table is full; *other is filled instead. */
static struct zone *
look_up(struct ex_str tzid, struct zone *other)
{
	struct zone *z, **bucket;

	bucket = &buckets[ex_str_hash(tzid) % BUCKETS];
	for (z = *bucket; z != NULL; z = z->next)
		if (ex_str_eq(z->tzid, tzid))
			return z;
	if (remembered == MAX_REMEMBERED || tzid.n > NAME_MAX_BYTES)
		z = other;
	else
		z = ex_arena_alloc(&memory, sizeof(*z));
	z->iana = meaning(tzid);
	z->plain = z->iana.p != NULL && (wellformed(tzid) || tzid.n < 2) &&
	    fold(tzid).p != NULL;
	if (z == other)
		return z;
	z->tzid = ex_arena_str(&memory, tzid);
	z->next = *bucket;
	*bucket = z;
	remembered++;
	return z;
}

struct ex_str
ex_zone_iana(struct ex_str tzid)
{
	struct zone other = { 0 };
	struct ex_str iana;

	pthread_mutex_lock(&lock);
	iana = look_up(tzid, &other)->iana;
	pthread_mutex_unlock(&lock);
	return iana;
}

bool
ex_zone_plain(struct ex_str tzid)
{
	struct zone other = { 0 };
	bool plain;

	pthread_mutex_lock(&lock);
	plain = look_up(tzid, &other)->plain;
	pthread_mutex_unlock(&lock);
	return plain;
}

struct ex_str
ex_zone_windows(struct ex_str tzid)
{
	struct zone other = { 0 }, *z;
	struct ex_str name;

	pthread_mutex_lock(&lock);
	z = look_up(tzid, &other);
	if (!z->asked && z->iana.p != NULL)
		z->windows = icu_windows_of(z->iana);
	z->asked = true;
	name = z->windows;
	pthread_mutex_unlock(&lock);
	return name;
}

static void
write_tzid(struct ex_buf *b, struct ex_str tzid)
{
	size_t start = ex_line_start(b);

	ex_buf_puts(b, "TZID:");
	ex_line_escape(b, tzid);
	ex_line_end(b, start);
}

static void
write_utc(struct ex_buf *b, struct ex_str tzid)
{
	ex_buf_puts(b, "BEGIN:VTIMEZONE\r\n");
	write_tzid(b, tzid);
	ex_buf_puts(b, "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
	    "TZNAME:UTC\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\n"
	    "END:STANDARD\r\nEND:VTIMEZONE\r\n");
}

/* libical's text, its TZID replaced and its own X- property left out. */
static void
rewrite(struct ex_buf *b, const char *text, struct ex_str tzid)
{
	const char *p = text, *end;
	bool skip = false;

	for (; *p != '\0'; p = end) {
		end = strchr(p, '\n');
		end = end == NULL ? p + strlen(p) : end + 1;
		if (*p != ' ' && *p != '\t') {
			skip = strncmp(p, "TZID:", 5) == 0;
			if (skip)
				write_tzid(b, tzid);
			skip |= strncmp(p, "X-LIC-LOCATION", 14) == 0;
		}
		if (!skip)
			ex_buf_add(b, p, (size_t)(end - p));
	}
}

static void
ask_libical(struct ex_buf *b, struct ex_str name, struct ex_str tzid)
{
	char copy[NAME_MAX_BYTES + 1];
	icaltimezone *zone;
	icalcomponent *c;
	char *text;

	if (name.n > NAME_MAX_BYTES)
		return;
	memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	pthread_once(&ical_once, load_ical);
	ex_ical_lock();
	zone = ical.zone(copy);
	c = zone == NULL ? NULL : ical.component(zone);
	text = c == NULL ? NULL : ical.text(c);
	ex_ical_unlock();
	if (text == NULL)
		return;
	if (strlen(text) <= EX_CAP_ZONE)
		rewrite(b, text, tzid);
	free(text);
}

/* As the TZID calls it, else by the name that all aliases have. */
static void
make(struct zone *z, struct ex_str tzid, struct ex_buf *b)
{
	if (z->iana.p == NULL)
		return;
	if (ex_str_is(z->iana, "UTC")) {
		write_utc(b, tzid);
		return;
	}
	if (z->plain)
		ask_libical(b, tzid, tzid);
	if (b->n == 0)
		ask_libical(b, z->iana, tzid);
}

bool
ex_zone_write(struct ex_buf *out, struct ex_str tzid,
    struct ex_arena *scratch)
{
	struct ex_buf b = EX_BUF_INIT;
	struct zone other = { 0 }, *z;
	struct ex_str text;

	pthread_mutex_lock(&lock);
	z = look_up(tzid, &other);
	if (!z->written) {
		make(z, tzid, &b);
		z->text = ex_arena_str(z == &other ? scratch : &memory,
		    b.n == 0 ? EX_STR_NONE : ex_buf_get(&b));
		z->written = true;
		ex_buf_fini(&b);
	}
	text = z->text;
	pthread_mutex_unlock(&lock);
	if (text.p != NULL)
		ex_buf_str(out, text);
	return text.p != NULL;
}
