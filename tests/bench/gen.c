/*
 * gen.c: cards and events made by chance, each of one size
 *
 *	gen cards|events N SEED [DIR]
 *
 * Without DIR one file on standard output; with it a file an item, named
 * by its UID, as a vdir has them.  A card is 617 bytes, an event in its
 * VCALENDAR 565 (or a little more): the last text is as long as is left
 * for it.  An event has stamps, states, alarms, rules, guests and the like
 * about as often as the corpus events of 350 to 800 bytes.  The same
 * arguments give the same bytes.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(v) ((unsigned)(sizeof(v) / sizeof((v)[0])))

static const char *const given[] = { "Anna", "Björn", "Chloé", "David",
	"Elif", "Farid", "Greta", "Hanna", "Igor", "Jana", "Kofi", "Lena" };
static const char *const family[] = { "Adler", "Brandt", "Costa", "Dvořák",
	"Evans", "Fischer", "García", "Hansen", "Ivanov", "Jansen", "Müller" };
static const char *const org[] = { "Acme Works", "Blue Harbour Ltd",
	"City Library", "Dorn & Söhne", "Elm Street Clinic" };
static const char *const city[] = { "Berlin", "Lyon", "Porto", "Kraków",
	"Leeds", "Graz", "Utrecht" };
static const char *const word[] = { "meeting", "the", "budget", "and",
	"plans", "for", "next", "quarter\\, then", "lunch", "with", "all",
	"who", "came", "über", "notes\\n", "to", "follow", "by", "post" };
static const char *const zone[] = { "Europe/Berlin", "America/New_York",
	"Asia/Tokyo", "Europe/Lisbon" };
static const char *const rule[] = { "FREQ=WEEKLY;BYDAY=MO,WE",
	"FREQ=MONTHLY;BYMONTHDAY=15;COUNT=12", "FREQ=DAILY;INTERVAL=2" };

struct item {
	uint64_t seed;
	char text[1024];
	size_t n;
	char uid[40];
};

static unsigned
chance(struct item *it, unsigned n)
{
	it->seed ^= it->seed << 13;
	it->seed ^= it->seed >> 7;
	it->seed ^= it->seed << 17;
	return (unsigned)((it->seed >> 11) % n);
}

#define ONE_OF(it, v) ((v)[chance((it), COUNT(v))])

static void line(struct item *it, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
line(struct item *it, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	it->n += (size_t)vsnprintf(it->text + it->n,
	    sizeof(it->text) - it->n - 2, fmt, ap);
	va_end(ap);
	memcpy(it->text + it->n, "\r\n", 2);
	it->n += 2;
}

static void
put_char(struct item *it, char c, size_t *column)
{
	/* No fold inside of a character. */
	if (*column >= 73 && (c & 0xc0) != 0x80) {
		memcpy(it->text + it->n, "\r\n ", 3);
		it->n += 3;
		*column = 1;
	}
	it->text[it->n++] = c;
	++*column;
}

/* A text of words, folded, that makes the item `size` bytes in all. */
static void
fill(struct item *it, const char *name, size_t size)
{
	const char *w = name;
	size_t column = 0;

	/* Room for the longest word and a fold. */
	while (*w != '\0' || it->n + 30 < size) {
		if (*w == '\0') {
			put_char(it, ' ', &column);
			w = ONE_OF(it, word);
		}
		put_char(it, *w++, &column);
	}
	while (it->n + 2 < size)
		it->text[it->n++] = '.';
	memcpy(it->text + it->n, "\r\n", 2);
	it->n += 2;
}

static void
card(struct item *it, unsigned i)
{
	static const char end[] = "END:VCARD\r\n";
	const char *g = ONE_OF(it, given), *f = ONE_OF(it, family);

	snprintf(it->uid, sizeof(it->uid), "%08x-%04x-4e2a-%08u",
	    chance(it, 0xffffffff), chance(it, 0xffff), i);
	line(it, "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s", it->uid);
	line(it, "FN:%s %s", g, f);
	line(it, "N:%s;%s;;;", f, g);
	line(it, "ORG:%s;Room %u", ONE_OF(it, org), chance(it, 300));
	line(it, "EMAIL;TYPE=INTERNET,WORK:user%u@example.com", i);
	if (chance(it, 2) == 0)
		line(it, "EMAIL;TYPE=HOME:%u.home@example.net", i);
	line(it, "TEL;TYPE=CELL:+49 170 %07u", chance(it, 9999999));
	line(it, "TEL;TYPE=WORK,VOICE:+49 30 %06u", chance(it, 999999));
	line(it, "ADR;TYPE=HOME:;;%u Long Street;%s;;%05u;Europe",
	    chance(it, 200), ONE_OF(it, city), chance(it, 99999));
	line(it, "BDAY:19%02u-%02u-%02u", chance(it, 100),
	    1 + chance(it, 12), 1 + chance(it, 28));
	line(it, "CATEGORIES:friends,team %u", chance(it, 9));
	if (chance(it, 3) == 0)
		line(it, "URL:https://example.org/~u%u", i);
	line(it, "REV:2024-0%u-11T09:30:00Z", 1 + chance(it, 9));
	fill(it, "NOTE:", 617 - (sizeof(end) - 1));
	line(it, "END:VCARD");
}

/* In `percent` of the items, if there is room. */
#define SOMETIMES(it, percent, ...) do {				\
	if (chance((it), 100) < (percent) && (it)->n < 480)		\
		line((it), __VA_ARGS__);				\
} while (0)

/* The shares are those of real events of that size. */
static void
event_more(struct item *it, unsigned i, const char *z, unsigned month)
{
	SOMETIMES(it, 17, "RRULE:%s", ONE_OF(it, rule));
	SOMETIMES(it, 5, "EXDATE;TZID=%s:2025%02u15T090000", z, month);
	SOMETIMES(it, 51, "LOCATION:%s\\, room %u", ONE_OF(it, city),
	    chance(it, 300));
	SOMETIMES(it, 12, "CATEGORIES:WORK,team %u", chance(it, 9));
	SOMETIMES(it, 30, "ORGANIZER;CN=%s:mailto:o%u@example.com\r\n"
	    "ATTENDEE;PARTSTAT=ACCEPTED;CN=%s:mailto:a%u@example.com\r\n"
	    "ATTENDEE;RSVP=TRUE:mailto:b%u@example.com", ONE_OF(it, given),
	    i, ONE_OF(it, family), i, i);
	SOMETIMES(it, 22, "URL:https://example.org/e%u", i);
	SOMETIMES(it, 18, "BEGIN:VALARM\r\nTRIGGER:-PT15M\r\n"
	    "ACTION:DISPLAY\r\nDESCRIPTION:soon\r\nEND:VALARM");
}

static void
event(struct item *it, unsigned i)
{
	static const char end[] = "END:VEVENT\r\nEND:VCALENDAR\r\n";
	const char *z = ONE_OF(it, zone);
	unsigned month = 1 + chance(it, 12), day = 1 + chance(it, 28);
	unsigned hour = 8 + chance(it, 10);

	snprintf(it->uid, sizeof(it->uid), "%08x-%04x-4e2a-%08u",
	    chance(it, 0xffffffff), chance(it, 0xffff), i);
	line(it, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
	    "PRODID:-//Example//Calendar 4.2//EN\r\nBEGIN:VEVENT\r\nUID:%s",
	    it->uid);
	line(it, "DTSTAMP:2024%02u11T093000Z", month);
	line(it, "DTSTART;TZID=%s:2025%02u%02uT%02u0000", z, month, day,
	    hour);
	line(it, "DTEND;TZID=%s:2025%02u%02uT%02u3000", z, month, day, hour);
	line(it, "SUMMARY:%s with %s", ONE_OF(it, org), ONE_OF(it, given));
	SOMETIMES(it, 19, "CREATED:2024%02u02T080000Z", month);
	SOMETIMES(it, 55, "SEQUENCE:%u", chance(it, 4));
	SOMETIMES(it, 33, "LAST-MODIFIED:2024%02u11T093000Z", month);
	SOMETIMES(it, 45, "STATUS:CONFIRMED");
	SOMETIMES(it, 46, "CLASS:PUBLIC");
	SOMETIMES(it, 20, "TRANSP:%s",
	    chance(it, 4) ? "OPAQUE" : "TRANSPARENT");
	event_more(it, i, z, month);
	if (it->n + 60 < 565)
		fill(it, "DESCRIPTION:", 565 - (sizeof(end) - 1));
	line(it, "END:VEVENT\r\nEND:VCALENDAR");
}

static int
put(const struct item *it, const char *dir, const char *ending)
{
	char path[4096];
	FILE *fp = stdout;
	int got;

	if (dir != NULL) {
		snprintf(path, sizeof(path), "%s/%s.%s", dir, it->uid,
		    ending);
		if ((fp = fopen(path, "w")) == NULL)
			return -1;
	}
	got = fwrite(it->text, 1, it->n, fp) == it->n ? 0 : -1;
	if (dir != NULL && fclose(fp) == EOF)
		got = -1;
	return got;
}

int
main(int argc, char *argv[])
{
	struct item it = { .n = 0 };
	unsigned long n, i;
	int cards;

	if (argc < 4) {
		fputs("usage: gen cards|events N SEED [DIR]\n", stderr);
		return 2;
	}
	cards = strcmp(argv[1], "cards") == 0;
	n = strtoul(argv[2], NULL, 10);
	it.seed = strtoul(argv[3], NULL, 10) * 0x9e3779b97f4a7c15 + 1;
	for (i = 0; i < n; i++) {
		it.n = 0;
		if (cards)
			card(&it, (unsigned)i);
		else
			event(&it, (unsigned)i);
		if (put(&it, argc > 4 ? argv[4] : NULL,
		    cards ? "vcf" : "ics") == -1) {
			perror("gen");
			return 2;
		}
	}
	return fflush(stdout) == EOF ? 2 : 0;
}
