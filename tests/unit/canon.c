/*
 * canon.c and its kin: what is equal, what is not, rule by rule
 *
 * The rules are those of formats.md 3; the payloads are written out, so
 * that nothing here depends on a codec.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/json.h>

static struct ex_arena arena = EX_ARENA_INIT;
static struct ex_canon *canon;
static struct ex_buf buf = EX_BUF_INIT;

/* The payload of an item that is one component with these properties. */
static struct ex_str
card(const char *props)
{
	return ex_arena_fmt(&arena, "[\"vcard\",[[\"version\",{},\"text\","
	    "\"4.0\"]%s%s]]", *props == '\0' ? "" : ",", props);
}

static struct ex_str
event(const char *props, const char *comps)
{
	return ex_arena_fmt(&arena, "[\"vcalendar\",[[\"version\",{},"
	    "\"text\",\"2.0\"]],[%s%s[\"vevent\",[%s],[]]]]", comps,
	    *comps == '\0' ? "" : ",", props);
}

static struct ex_item
parse(struct ex_str text)
{
	struct ex_item item = { 0 };
	struct ex_err err = { 0 };

	if (ex_item_parse(text, &arena, &item, &err) == -1)
		fail_msg("%.*s: %s", EX_STR_ARG(text), err.msg);
	return item;
}

static struct ex_str
view(struct ex_str text)
{
	struct ex_item item = parse(text);

	ex_buf_clear(&buf);
	ex_canon_view(canon, &item, EX_CANON_HASH, &buf);
	return ex_arena_str(&arena, ex_buf_get(&buf));
}

static const char *
hash(struct ex_str text, enum ex_canon_level level)
{
	struct ex_item item = parse(text);
	char *hex = ex_arena_bytes(&arena, EX_HASH_HEX);

	ex_canon_hash(canon, &item, level, hex);
	assert_int_equal(strlen(hex), EX_HASH_HEX - 1);
	return hex;
}

static void
compare(struct ex_str a, struct ex_str b, bool equal)
{
	bool same = strcmp(hash(a, EX_CANON_HASH), hash(b, EX_CANON_HASH))
	    == 0;

	if (same != equal)
		fail_msg("%s:\n%.*s\n%.*s", equal ? "should be equal" :
		    "should differ", EX_STR_ARG(view(a)),
		    EX_STR_ARG(view(b)));
}

#define C_EQ(a, b)	compare(card(a), card(b), true)
#define C_NE(a, b)	compare(card(a), card(b), false)
#define E_EQ(a, b)	compare(event(a, ""), event(b, ""), true)
#define E_NE(a, b)	compare(event(a, ""), event(b, ""), false)

static void
test_view(void **state)
{
	(void)state;
	assert_true(ex_str_is(view(card("[\"fn\",{},\"text\",\"Jo \\\"x\"],"
	    "[\"email\",{\"type\":[\"WORK\",\"internet\"]},\"text\",\"a@b\"],"
	    "[\"uid\",{},\"text\",\"1\"],[\"rev\",{},\"timestamp\",\"x\"]")),
	    "[\"vcard\",[[\"email\",{\"type\":\"work\"},\"a@b\"],"
	    "[\"fn\",{},\"Jo \\\"x\"]],[]]"));
	assert_true(ex_str_is(view(event("[\"dtstart\",{\"tzid\":"
	    "\"Europe/Berlin\"},\"date-time\",\"2026-03-01T10:00:00\"],"
	    "[\"uid\",{},\"text\",\"1\"],[\"summary\",{},\"text\",\" x \"]",
	    "")), "[\"vcalendar\",[],[[\"vevent\",[[\"dtstart\",{},"
	    "\"2026-03-01T10:00:00[Europe/Berlin]\"],"
	    "[\"summary\",{},\"x\"]],[]]]]"));
}

static void
test_strict(void **state)
{
	struct ex_str a = card("[\"fn\",{},\"text\",\"J\"],"
	    "[\"rev\",{},\"timestamp\",\"x\"]");
	struct ex_str b = card("[\"fn\",{},\"text\",\"J\"],"
	    "[\"rev\",{},\"timestamp\",\"y\"]");

	(void)state;
	assert_string_equal(hash(a, EX_CANON_HASH), hash(b, EX_CANON_HASH));
	assert_string_not_equal(hash(a, EX_CANON_STRICT),
	    hash(b, EX_CANON_STRICT));
	assert_string_equal(hash(a, EX_CANON_STRICT),
	    hash(a, EX_CANON_STRICT));
}

static void
test_params(void **state)	/* rule 2, and the parameters of 12, 13 */
{
	(void)state;
	C_EQ("[\"tel\",{\"type\":[\"HOME\",\"cell\"]},\"text\",\"1\"]",
	    "[\"tel\",{\"type\":[\"Cell\",\"home\",\"home\"]},\"text\",\"1\"]");
	C_EQ("[\"tel\",{\"type\":\"home,cell\"},\"text\",\"1\"]",
	    "[\"tel\",{\"type\":[\"cell\",\"home\"]},\"text\",\"1\"]");
	C_NE("[\"tel\",{\"type\":\"home\"},\"text\",\"1\"]",
	    "[\"tel\",{\"type\":\"work\"},\"text\",\"1\"]");
	C_NE("[\"tel\",{\"type\":\"home\"},\"text\",\"1\"]",
	    "[\"tel\",{},\"text\",\"1\"]");
	C_NE("[\"tel\",{\"x-a\":\"b\"},\"text\",\"1\"]",
	    "[\"tel\",{\"x-a\":\"B\"},\"text\",\"1\"]");
	E_EQ("[\"attendee\",{\"role\":\"REQ-PARTICIPANT\",\"partstat\":"
	    "\"Needs-Action\",\"rsvp\":\"FALSE\",\"cutype\":\"INDIVIDUAL\","
	    "\"schedule-status\":\"1.1\",\"x-num-guests\":\"0\"},"
	    "\"cal-address\",\"MAILTO:Jo@Example.com\"]",
	    "[\"attendee\",{},\"cal-address\",\"mailto:jo@example.com\"]");
	E_NE("[\"attendee\",{\"partstat\":\"ACCEPTED\"},\"cal-address\","
	    "\"mailto:a@b\"]",
	    "[\"attendee\",{},\"cal-address\",\"mailto:a@b\"]");
	E_NE("[\"attendee\",{\"cn\":\"Jo\"},\"cal-address\",\"mailto:a@b\"]",
	    "[\"attendee\",{\"cn\":\"jo\"},\"cal-address\",\"mailto:a@b\"]");
	E_EQ("[\"x-a\",{\"x-vobj-original-tzid\":\"q\"},\"unknown\",\"1\"]",
	    "[\"x-a\",{},\"text\",\"1\"]");
	E_NE("[\"x-a\",{},\"uri\",\"a:b\"]", "[\"x-a\",{},\"text\",\"a:b\"]");
	E_EQ("[\"url\",{},\"uri\",\"a:b\"]", "[\"url\",{},\"text\",\"a:b\"]");
	E_EQ("[\"attendee\",{\"member\":[\"mailto:a@b\",\"mailto:c@d\"]},"
	    "\"cal-address\",\"mailto:e@f\"]",
	    "[\"attendee\",{\"member\":[\"mailto:c@d\",\"MAILTO:A@b\"]},"
	    "\"cal-address\",\"mailto:e@f\"]");
}

static void
test_rrule(void **state)	/* rule 3 */
{
	(void)state;
	E_EQ("[\"rrule\",{},\"recur\",{\"freq\":\"WEEKLY\",\"interval\":1,"
	    "\"wkst\":\"MO\",\"byday\":[\"MO\",\"+1TU\"]}]",
	    "[\"rrule\",{},\"recur\",{\"byday\":[\"1TU\",\"mo\"],"
	    "\"freq\":\"weekly\"}]");
	E_EQ("[\"rrule\",{},\"recur\",{\"freq\":\"DAILY\",\"count\":5,"
	    "\"until\":\"2026-01-01T00:00:00Z\"}]",
	    "[\"rrule\",{},\"unknown\",\"COUNT=05;FREQ=DAILY;"
	    "UNTIL=20260101T000000Z\"]");
	E_EQ("[\"rrule\",{},\"recur\",{\"freq\":\"DAILY\",\"bymonth\":[1]}]",
	    "[\"rrule\",{},\"recur\",{\"freq\":\"DAILY\",\"bymonth\":\"01\"}]");
	E_NE("[\"rrule\",{},\"recur\",{\"freq\":\"DAILY\",\"interval\":2}]",
	    "[\"rrule\",{},\"recur\",{\"freq\":\"DAILY\"}]");
	E_NE("[\"rrule\",{},\"recur\",{\"freq\":\"WEEKLY\",\"byday\":\"-1MO\"}]",
	    "[\"rrule\",{},\"recur\",{\"freq\":\"WEEKLY\",\"byday\":\"1MO\"}]");
	E_NE("[\"rrule\",{},\"recur\",{\"freq\":\"DAILY\",\"count\":10}]",
	    "[\"rrule\",{},\"recur\",{\"freq\":\"DAILY\",\"count\":1}]");
}

#define ZONE(id, off)	ZONE2(id, off, off)
#define ZONE2(id, from, to) \
	"[\"vtimezone\",[[\"tzid\",{},\"text\",\"" id "\"]]," \
	"[[\"standard\",[[\"dtstart\",{},\"date-time\",\"1970-01-01T00:00:00\"]," \
	"[\"tzoffsetfrom\",{},\"utc-offset\",\"" from "\"]," \
	"[\"tzoffsetto\",{},\"utc-offset\",\"" to "\"]],[]]]]"
#define AT(zone) "[\"dtstart\",{\"tzid\":\"" zone "\"},\"date-time\"," \
	"\"2026-03-01T10:00:00\"]"

static void
test_zones(void **state)	/* rule 4 */
{
	(void)state;
	E_EQ(AT("Europe/Kiev"), AT("Europe/Kyiv"));
	E_EQ(AT("/freeassociation.sourceforge.net/Europe/Berlin"),
	    AT("Europe/Berlin"));
	E_EQ(AT("W. Europe Standard Time"), AT("Europe/Berlin"));
	E_NE(AT("Europe/London"), AT("Europe/Berlin"));
	E_EQ(AT("Etc/UTC"), "[\"dtstart\",{},\"date-time\","
	    "\"2026-03-01T10:00:00Z\"]");
	E_NE("[\"dtstart\",{},\"date-time\",\"2026-03-01T10:00:00\"]",
	    AT("Europe/Berlin"));
	E_NE(AT("My Zone"), AT("Your Zone"));
	compare(event(AT("Europe/Berlin"), ZONE("Europe/Berlin", "+01:00")),
	    event(AT("Europe/Berlin"), ""), true);
	compare(event(AT("A zone"), ZONE("A zone", "+01:00")),
	    event(AT("B zone"), ZONE("B zone", "+0100")), true);
	compare(event(AT("A zone"), ZONE("A zone", "+01:00")),
	    event(AT("A zone"), ZONE("A zone", "+02:00")), false);
	compare(event(AT("A zone"), ZONE("A zone", "+01:00")),
	    event(AT("A zone"), ZONE2("A zone", "+01:00", "+02:00")), false);
	compare(event(AT("A zone"), ZONE("A zone", "+01:00")),
	    event(AT("A zone"), ZONE2("A zone", "+02:00", "+01:00")), false);
	compare(event(AT("A zone"), ZONE("A zone", "+01:00")),
	    event(AT("A zone"), ""), false);
}

/* A zone that names itself in its own times must come to an end. */
static void
test_zone_in_zone(void **state)
{
	(void)state;
	assert_non_null(view(event(AT("Mine"), "[\"vtimezone\",[[\"tzid\",{},"
	    "\"text\",\"Mine\"]],[[\"standard\",[[\"dtstart\","
	    "{\"tzid\":\"Mine\"},"
	    "\"date-time\",\"1970-01-01T00:00:00\"]],[]]]]")).p);
}

static void
test_text(void **state)		/* rules 5, 10, 18 */
{
	(void)state;
	E_EQ("[\"summary\",{},\"text\",\"a\\r\\nb \"]",
	    "[\"summary\",{},\"text\",\" a\\nb\"]");
	E_EQ("[\"summary\",{},\"text\",\"a\\\\:b\"]",
	    "[\"summary\",{},\"text\",\"a:b\"]");
	E_EQ("[\"x-a\",{},\"unknown\",\" a\\\\n\"]",
	    "[\"x-a\",{},\"unknown\",\"a\"]");
	E_EQ("[\"summary\",{},\"text\",\"say \\\\\\\"a\\\\\\\"\"]",
	    "[\"summary\",{},\"text\",\"say \\\"a\\\"\"]");
	E_EQ("[\"x-a\",{},\"unknown\",\"a\\\\\\\\:b\"]",
	    "[\"x-a\",{},\"unknown\",\"a:b\"]");
	E_NE("[\"summary\",{},\"text\",\"a\\\\nb\"]",
	    "[\"summary\",{},\"text\",\"a\\nb\"]");
	E_EQ("[\"x-a\",{},\"unknown\",\"a\\\\nb\\\\,\\\\;\\\\\\\\\"]",
	    "[\"x-a\",{},\"text\",\"a\\nb,;\\\\\"]");
	E_EQ("[\"summary\",{},\"text\",\"Mu\xcc\x88ller\"]",
	    "[\"summary\",{},\"text\",\"M\xc3\xbcller\"]");
	E_NE("[\"summary\",{},\"text\",\"Muller\"]",
	    "[\"summary\",{},\"text\",\"M\xc3\xbcller\"]");
	E_NE("[\"summary\",{},\"text\",\"a  b\"]",
	    "[\"summary\",{},\"text\",\"a b\"]");
	E_NE("[\"summary\",{},\"text\",\"a\"]",
	    "[\"summary\",{},\"text\",\"A\"]");
	E_EQ("[\"description\",{\"language\":\"de\"},\"text\",\" \\n\"],"
	    "[\"x-b\",{},\"unknown\",\"\"]", "");
	E_EQ("[\"comment\",{},\"text\",\"a\"],[\"comment\",{},\"text\",\"b\"],"
	    "[\"comment\",{},\"text\",\"a\"]",
	    "[\"comment\",{},\"text\",\"b\"],[\"comment\",{},\"text\",\"a\"]");
}

static void
test_lists(void **state)	/* rule 6 */
{
	(void)state;
	E_EQ("[\"categories\",{},\"text\",\"a\",\"b\",\"a\"]",
	    "[\"categories\",{},\"text\",\"b\"],"
	    "[\"categories\",{},\"text\",\"a\"]");
	E_NE("[\"categories\",{},\"text\",\"a\",\"b\"]",
	    "[\"categories\",{},\"text\",\"a,b\"]");
	E_EQ("[\"exdate\",{},\"date\",\"2026-01-01\",\"2026-01-02\"]",
	    "[\"exdate\",{},\"date\",\"20260102\"],"
	    "[\"exdate\",{},\"date\",\"2026-01-01\"]");
	E_EQ("[\"rdate\",{\"tzid\":\"Europe/Berlin\"},\"period\","
	    "[\"2026-01-01T10:00:00\",\"P0DT1H\"]]",
	    "[\"rdate\",{\"tzid\":\"Europe/Berlin\"},\"period\","
	    "\"20260101T100000/PT60M\"]");
	E_NE("[\"rdate\",{},\"period\",[\"2026-01-01T10:00:00Z\",\"PT1H\"]]",
	    "[\"rdate\",{},\"period\",[\"2026-01-01T10:00:00Z\",\"PT2H\"]]");
	E_NE("[\"x-c\",{},\"text\",\"a\",\"b\"]",
	    "[\"x-c\",{},\"text\",\"b\",\"a\"]");
}

static void
test_times(void **state)	/* rules 7, 9 */
{
	(void)state;
	E_EQ("[\"duration\",{},\"duration\",\"P0DT0H15M0S\"]",
	    "[\"duration\",{},\"duration\",\"PT15M\"]");
	E_EQ("[\"duration\",{},\"duration\",\"P1W\"]",
	    "[\"duration\",{},\"duration\",\"+P7D\"]");
	E_NE("[\"trigger\",{},\"duration\",\"-PT15M\"]",
	    "[\"trigger\",{},\"duration\",\"PT15M\"]");
	E_EQ("[\"trigger\",{\"related\":\"START\"},\"duration\",\"-PT0M\"]",
	    "[\"trigger\",{},\"duration\",\"PT0S\"]");
	E_EQ("[\"dtstart\",{\"tzid\":\"Europe/Berlin\"},\"date\","
	    "\"2026-01-01\"]", "[\"dtstart\",{},\"date\",\"20260101\"]");
	E_NE("[\"dtstart\",{},\"date\",\"2026-01-01\"]",
	    "[\"dtstart\",{},\"date-time\",\"2026-01-01T00:00:00\"]");
	C_EQ("[\"bday\",{},\"date-and-or-time\",\"1980-02-03T00:00:00Z\"]",
	    "[\"bday\",{},\"date\",\"19800203\"]");
	C_NE("[\"bday\",{},\"date-and-or-time\",\"1980-02-03T01:00:00Z\"]",
	    "[\"bday\",{},\"date\",\"19800203\"]");
	C_NE("[\"bday\",{},\"text\",\"circa 1800\"]",
	    "[\"bday\",{},\"text\",\"circa 1900\"]");
	E_NE("[\"dtstart\",{\"tzid\":\"Europe/Berlin\"},\"date-time\","
	    "\"junk\"]", "[\"dtstart\",{\"tzid\":\"Europe/Rome\"},"
	    "\"date-time\",\"junk\"]");
}

static void
test_parts(void **state)	/* rule 8 */
{
	(void)state;
	C_EQ("[\"n\",{},\"text\",[\"Doe\",\"John\",\"\",\"\",\"\"]]",
	    "[\"n\",{},\"text\",[\"Doe\",\"John \"]]");
	C_EQ("[\"n\",{},\"text\",[\"Doe\",[\"A\",\"B\"]]]",
	    "[\"n\",{},\"text\",[\"Doe\",\"A,B\"]]");
	C_NE("[\"n\",{},\"text\",[\"Doe\",\"\",\"John\"]]",
	    "[\"n\",{},\"text\",[\"Doe\",\"John\"]]");
	C_EQ("[\"org\",{},\"text\",\"ABC\"]", "[\"org\",{},\"text\",[\"ABC\"]]");
	C_NE("[\"org\",{},\"text\",\"A;B\"]",
	    "[\"org\",{},\"text\",[\"A\",\"B\"]]");
	C_EQ("[\"adr\",{},\"text\",[\"\",\"\",\"\",\"\",\"\",\"\",\"\"]]", "");
	C_NE("[\"adr\",{\"label\":\"Here 1\"},\"text\",[\"\",\"\"]]", "");
	C_EQ("[\"gender\",{},\"text\",[\"M\",\"manly\"]]",
	    "[\"gender\",{},\"text\",\"M;manly\"]");
	C_NE("[\"gender\",{},\"text\",\"M\"]",
	    "[\"gender\",{},\"text\",\"F\"]");
}

static void
test_small(void **state)	/* rules 11, 13 */
{
	(void)state;
	E_EQ("[\"priority\",{},\"integer\",5]",
	    "[\"priority\",{},\"integer\",\"+05\"]");
	E_NE("[\"priority\",{},\"integer\",5]",
	    "[\"priority\",{},\"integer\",6]");
	E_EQ("[\"geo\",{},\"float\",[37.386013,-122.0829322]]",
	    "[\"geo\",{},\"float\",[\"37.3860130\",\"-122.082932\"]]");
	C_EQ("[\"geo\",{},\"uri\",\"geo:37.386013,-122.082932\"]",
	    "[\"geo\",{},\"unknown\",\"37.386013;-122.0829320\"]");
	E_NE("[\"geo\",{},\"float\",[37.386013,-122.082932]]",
	    "[\"geo\",{},\"float\",[37.386014,-122.082932]]");
	E_EQ("[\"x-a\",{},\"boolean\",true]",
	    "[\"x-a\",{},\"boolean\",\"TRUE\"]");
	E_EQ("[\"class\",{},\"text\",\"PUBLIC\"],[\"transp\",{},\"text\","
	    "\"opaque\"],[\"priority\",{},\"integer\",0],"
	    "[\"percent-complete\",{},\"integer\",\"0\"]", "");
	C_EQ("[\"kind\",{},\"text\",\"Individual\"]", "");
	C_NE("[\"kind\",{},\"text\",\"group\"]", "");
	E_NE("[\"class\",{},\"text\",\"PRIVATE\"]", "");
	E_EQ("[\"status\",{},\"text\",\"Confirmed\"]",
	    "[\"status\",{},\"text\",\"CONFIRMED\"]");
	E_NE("[\"status\",{},\"text\",\"CONFIRMED\"]", "");
}

static void
test_volatile(void **state)	/* rule 12 */
{
	static const char *const names[] = {
		"prodid", "version", "calscale", "method", "dtstamp",
		"created", "last-modified", "rev", "sequence",
		"request-status", "x-lic-error", "x-lic-location",
		"x-moz-generation", "x-moz-lastack", "x-radicale-name",
		"x-wr-calname", "x-published-ttl", "x-evolution-webdav-etag",
		"x-sogo-x"
	};
	struct ex_str p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(ex_canon_volatile(ex_str_of(names[i])));
		p = ex_arena_fmt(&arena, "[\"%s\",{},\"text\",\"x\"]",
		    names[i]);
		E_EQ(p.p, "");
	}
	assert_false(ex_canon_volatile(EX_STR("uid")));
	assert_false(ex_canon_volatile(EX_STR("x-wr")));
	assert_false(ex_canon_volatile(EX_STR("summary")));
	assert_false(ex_canon_volatile(EX_STR("")));
	E_EQ("[\"uid\",{},\"text\",\"1\"]", "[\"uid\",{},\"text\",\"2\"]");
}

static void
test_uris(void **state)		/* rules 14, 15, 16 */
{
	(void)state;
	C_EQ("[\"url\",{},\"uri\",\"HTTP\\\\://a/B\"]",
	    "[\"url\",{},\"uri\",\"http://a/B\"]");
	C_NE("[\"url\",{},\"uri\",\"http://a/B\"]",
	    "[\"url\",{},\"uri\",\"http://a/b\"]");
	C_EQ("[\"photo\",{\"type\":\"JPEG\"},\"uri\","
	    "\"data:image/jpeg;base64,SGFs bG8=\"]",
	    "[\"photo\",{\"mediatype\":\"image/gif\"},\"binary\","
	    "\"SGFsbG8=\"]");
	C_NE("[\"photo\",{},\"binary\",\"SGFsbG8=\"]",
	    "[\"photo\",{},\"binary\",\"SGFsbHA=\"]");
	C_NE("[\"photo\",{},\"uri\",\"data:,hello\"]",
	    "[\"photo\",{},\"uri\",\"data:,hallo\"]");
	C_EQ("[\"tel\",{\"type\":[\"pref\",\"voice\",\"home\"]},\"uri\","
	    "\"tel:+1-2\"]",
	    "[\"tel\",{\"pref\":\"1\",\"type\":\"home\"},\"text\",\"+1-2\"]");
	C_NE("[\"tel\",{\"pref\":\"1\"},\"text\",\"+1-2\"]",
	    "[\"tel\",{\"pref\":\"2\"},\"text\",\"+1-2\"]");
	C_EQ("[\"email\",{\"type\":\"INTERNET\"},\"text\",\"a@b\"]",
	    "[\"email\",{},\"text\",\"a@b\"]");
	C_NE("[\"tel\",{\"type\":\"internet\"},\"text\",\"1\"]",
	    "[\"tel\",{},\"text\",\"1\"]");
	C_EQ("[\"adr\",{\"type\":[\"intl\",\"postal\",\"parcel\",\"dom\"]},"
	    "\"text\",[\"\",\"\",\"x\"]]",
	    "[\"adr\",{},\"text\",[\"\",\"\",\"x\"]]");
}

#define G(name, group, value) \
	"[\"" name "\",{\"group\":\"" group "\"},\"text\",\"" value "\"]"

static void
test_groups(void **state)	/* rule 17 */
{
	(void)state;
	C_EQ(G("tel", "item1", "1") "," G("x-ablabel", "item1", "L"),
	    G("tel", "ITEM7", "1") "," G("x-ablabel", "item7", "L"));
	C_NE(G("tel", "a", "1") "," G("x-ablabel", "a", "L") ","
	    G("tel", "b", "2") "," G("x-ablabel", "b", "M"),
	    G("tel", "a", "1") "," G("x-ablabel", "b", "L") ","
	    G("tel", "b", "2") "," G("x-ablabel", "a", "M"));
	C_NE(G("tel", "a", "1") "," G("x-ablabel", "a", "L"),
	    G("tel", "a", "1") "," G("x-ablabel", "b", "L"));
	C_EQ(G("tel", "a", "1") "," G("rev", "a", "L"),
	    "[\"tel\",{},\"text\",\"1\"]");
	C_EQ(G("tel", "a", "1") "," G("tel", "a", "1"),
	    "[\"tel\",{},\"text\",\"1\"]");
}

#define OVER(id, text)	"[\"vevent\",[[\"recurrence-id\",{},\"date\",\"" id \
	"\"],[\"summary\",{},\"text\",\"" text "\"]],[]]"
#define ALARM(props)	"[\"vcalendar\",[],[[\"vevent\",[[\"uid\",{},\"text\"," \
	"\"1\"]],[" props "]]]]"
#define BELL(uid, at) "[\"valarm\",[[\"uid\",{},\"text\",\"" uid "\"]," \
	"[\"trigger\",{},\"duration\",\"" at "\"]],[]]"

static void
test_components(void **state)
{
	(void)state;
	/* swapped values, swapped order */
	compare(event("[\"summary\",{},\"text\",\"a\"]",
	    OVER("2026-01-01", "b")),
	    event("[\"summary\",{},\"text\",\"b\"]",
	    OVER("2026-01-01", "a")), false);
	compare(event("", OVER("2026-01-01", "a") "," OVER("2026-01-02", "b")),
	    event("", OVER("20260102", "b") "," OVER("20260101", "a")), true);
	compare(event("", OVER("2026-01-01", "a") "," OVER("2026-01-02", "b")),
	    event("", OVER("2026-01-01", "b") "," OVER("2026-01-02", "a")),
	    false);
	/* alarms, with their own UID */
	compare(EX_STR(ALARM(BELL("x", "PT1M") "," BELL("y", "PT2M"))),
	    EX_STR(ALARM(BELL("y", "PT120S") "," BELL("x", "PT1M"))), true);
	compare(EX_STR(ALARM(BELL("x", "PT1M"))),
	    EX_STR(ALARM(BELL("y", "PT1M"))), false);
	compare(EX_STR(ALARM(BELL("x", "PT1M") "," BELL("x", "PT1M"))),
	    EX_STR(ALARM(BELL("x", "PT1M"))), true);
	compare(EX_STR(ALARM(BELL("x", "PT1M"))), EX_STR(ALARM("")), false);
	compare(EX_STR(ALARM("[\"x-comp\",[],[]]")), EX_STR(ALARM("")), false);
}

static void
test_members(void **state)
{
	struct ex_item item = parse(card("[\"uid\",{},\"text\",\"1\"],"
	    "[\"nickname\",{},\"text\",\"b\",\"a\"],"
	    "[\"fn\",{},\"text\",\"F\"],[\"note\",{},\"text\",\"\"],"
	    "[\"email\",{},\"text\",\"z\"],[\"email\",{},\"text\",\"y\"],"
	    "[\"email\",{},\"text\",\"z\"],[\"kind\",{},\"text\","
	    "\"individual\"]"));
	static const char *const want[] = {
		"[\"email\",{},\"y\"]", "[\"email\",{},\"z\"]",
		"[\"fn\",{},\"F\"]", "[\"nickname\",{},\"a\"]",
		"[\"nickname\",{},\"b\"]"
	};
	struct ex_view *v;
	size_t i, n;

	(void)state;
	n = ex_canon_members(canon, &item, item.root, &arena, &v);
	assert_int_equal(n, 5);
	for (i = 0; i < n; i++)
		if (!ex_str_is(v[i].view, want[i]))
			fail_msg("%.*s", EX_STR_ARG(v[i].view));
	assert_null(v[0].value);
	assert_true(ex_str_is(ex_prop_text(v[1].prop), "z"));
	/* of two equal ones the first */
	for (i = 0; item.root->prop[i] != v[1].prop; i++)
		assert_false(ex_str_is(ex_prop_text(item.root->prop[i]), "z"));
	assert_true(ex_str_is(v[3].value->text, "a"));
	assert_true(ex_str_is(v[4].value->text, "b"));
	assert_true(ex_str_is(ex_canon_comp(canon, &item, item.root, &arena),
	    "[\"vcard\",[[\"email\",{},\"y\"],[\"email\",{},\"z\"],"
	    "[\"fn\",{},\"F\"],[\"nickname\",{},\"a\"],"
	    "[\"nickname\",{},\"b\"]],[]]"));
}

/* Many members, long parameters: no work that grows with their product. */
static void
test_many(void **state)
{
	struct ex_buf a = EX_BUF_INIT, b = EX_BUF_INIT;
	size_t i, n = 60000;

	(void)state;
	ex_buf_puts(&a, "[\"categories\",{\"x-a\":\"");
	for (i = 0; i < 100000; i++)
		ex_buf_putc(&a, 'p');
	ex_buf_puts(&a, "\"},\"text\"");
	for (i = 0; i < n; i++)
		ex_buf_fmt(&a, ",\"%zu\"", n - i);
	ex_buf_putc(&a, ']');
	for (i = 0; i < n; i++)
		ex_buf_fmt(&b, "%s[\"email\",{\"group\":\"g%zu\"},\"text\","
		    "\"%zu\"]", i > 0 ? "," : "", i % 7, n - i);
	ex_buf_putc(&a, '\0');
	ex_buf_putc(&b, '\0');
	assert_true(view(card(a.p)).n > n);
	assert_true(view(card(a.p)).n < n * 100);
	assert_true(view(card(b.p)).n > n);
	ex_buf_fini(&a);
	ex_buf_fini(&b);
}

/* Values of every shape under names and types that want another. */
static void
test_odd(void **state)
{
	static const char *const names[] = {
		"n", "tel", "gender", "dtstart", "rdate", "rrule", "geo", "tz",
		"priority", "status", "categories", "photo", "trigger", "bday",
		"attendee", "x-odd", "uid", "summary", "duration"
	};
	static const char *const types[] = {
		"text", "unknown", "date-time", "uri", "period", "recur",
		"binary", "integer", "boolean", "utc-offset", "x-odd"
	};
	static const char *const values[] = {
		"null", "true", "-0", "1e3", "\"\"", "\"\\\\\"",
		"\"a\\\\\"", "\"\\u0001\\\"\"", "[]", "[[],[[\"x\"]]]",
		"[null,{\"a\":[1]}]", "{}", "{\"freq\":[],\"\":\"\"}",
		"{\"freq\":{\"a\":1},\"until\":[\"+\"]}", "\"/\"",
		"\"2026-01-01T/P\"", "[\"2026-01-01T10:00:00\",\"P\"]",
		"\"-P99999999999999999999D\"", "\"2026-01-01T10:00:00.\"",
		"\"20260101T100000.5+9\"", "\"data:;base64,\"",
		"\"data:;base64,%%%\"", "\"geo:1e999,2\"", "\"1;\"", "\"+\"",
		"[1,2]", "[\"1\",\"0x2\"]", "\"mailto:\"", "\":\"", "\"=;,\"",
		"\"FREQ=;;=A;B\"", "\"+1:0\"", "\"\\n \\t\"", "\"tel:\""
	};
	struct ex_str one, two;
	struct ex_item item;
	struct ex_err err;
	size_t i, k, v, read = 0;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (k = 0; k < sizeof(types) / sizeof(types[0]); k++)
			for (v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
				one = ex_arena_fmt(&arena, "[\"%s\",{\"tzid\":"
				    "\"Q\",\"type\":[\"\",\",\"]},\"%s\",%s]",
				    names[i], types[k], values[v]);
				/* The model takes no null, and what else? */
				if (ex_item_parse(event(one.p, ""), &arena,
				    &item, &err) == -1)
					continue;
				read++;
				two = view(event(one.p, ""));
				assert_true(ex_json_utf8(two));
				assert_true(ex_str_eq(two,
				    view(event(one.p, ""))));
			}
	assert_true(read > 5000);
}

static int
setup(void **state)
{
	(void)state;
	canon = ex_canon_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ex_canon_free(canon);
	ex_buf_fini(&buf);
	ex_arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_view),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_rrule),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_zone_in_zone),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_volatile),
		cmocka_unit_test(test_uris),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_components),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_odd)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
