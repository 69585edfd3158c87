/*
 * show.c, showvalue.c: what a person sees
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/err.h>
#include <ex/show.h>

static struct ex_arena arena = EX_ARENA_INIT;
static struct ex_buf buf = EX_BUF_INIT;
static struct ex_canon *canon;

#define FN(n)		"[\"fn\",{},\"text\",\"" n "\"]"
#define UID		"[\"uid\",{},\"text\",\"u1\"]"
#define CARD(p)		"[\"vcard\",[" FN("Ann") "," UID p "]]"
#define EVENT(p, c)	"[\"vcalendar\",[],[[\"vevent\",[[\"dtstart\",{" \
			"\"tzid\":\"Europe/Berlin\"},\"date-time\"," \
			"\"2026-01-02T10:00:00\"],[\"summary\",{},\"text\"," \
			"\"Tea\"]," UID p "],[" c "]]]]"
#define OVER(p)		"[\"vcalendar\",[],[[\"vevent\",[" UID "],[]]," \
			"[\"vevent\",[[\"recurrence-id\",{},\"date-time\"," \
			"\"2026-02-03T10:00:30Z\"]," UID p "],[]]]]"

static struct ex_item *
item(const char *text)
{
	struct ex_item *it = ex_arena_alloc(&arena, sizeof(*it));
	struct ex_err err = { 0 };

	if (ex_item_parse(ex_str_of(text), &arena, it, &err) == -1)
		fail_msg("%s: %s", text, err.msg);
	return it;
}

static void
shows(const char *old, const char *new, int strict, const char *want)
{
	ex_buf_clear(&buf);
	ex_show_diff(&buf, canon, old == NULL ? NULL : item(old),
	    new == NULL ? NULL : item(new), strict);
	if (!ex_str_is(ex_buf_get(&buf), want))
		fail_msg("got\n%.*s\nwanted\n%s", EX_STR_ARG(ex_buf_get(&buf)),
		    want);
}

static void
value(const char *prop, const char *want)
{
	struct ex_item *it = item(ex_arena_fmt(&arena, "[\"vcard\",[%s]]",
	    prop).p);
	struct ex_str got = ex_show_value(it->root->prop[0], NULL, &arena);

	if (!ex_str_is(got, want))
		fail_msg("got %.*s\nwanted %s", EX_STR_ARG(got), want);
}

static void
values(void **state)
{
	(void)state;
	value("[\"tel\",{\"type\":[\"home\",\"fax\"],\"pref\":\"1\","
	    "\"group\":\"item1\"},\"text\",\"+49\"]",
	    "[pref=1, home, fax] +49");
	value("[\"adr\",{},\"text\",[\"\",\"\",[\"a\",\"b\"],\"c\"]]",
	    ";;a,b;c");
	value("[\"categories\",{},\"text\",\"a\",\"b\"]", "a, b");
	value("[\"rrule\",{},\"recur\",{\"freq\":\"DAILY\",\"byday\":[\"MO\","
	    "\"TU\"],\"count\":3}]", "FREQ=DAILY;BYDAY=MO,TU;COUNT=3");
	value("[\"x\",{},\"date-time\",\"2026-01-02T10:00:00Z\"]",
	    "2026-01-02 10:00Z");
	value("[\"x\",{},\"date-time\",\"2026-01-02T10:00:05\"]",
	    "2026-01-02 10:00:05");
	value("[\"x\",{},\"boolean\",true]", "true");
	value("[\"x\",{},\"text\",\"a\\nb\\u001b[1m\\u202e\"]",
	    "a\\nb?[1m?");
	value("[\"photo\",{},\"uri\",\"data:image/jpeg;base64,AAECAw==\"]",
	    "(image/jpeg, 4 bytes)");
	value("[\"photo\",{},\"uri\",\"DATA:,abc\"]", "(binary, 3 bytes)");
	value("[\"photo\",{},\"uri\",\"data:\"]", "(binary, 0 bytes)");
	value("[\"attach\",{\"fmttype\":\"image/png\"},\"binary\",\"AAEC\"]",
	    "[fmttype=image/png] (image/png, 3 bytes)");
}

static void
blocks(void **state)
{
	(void)state;
	shows(CARD(""), CARD(""), 0, "");
	shows(CARD(",[\"tel\",{},\"text\",\"1\"],[\"tel\",{},\"text\",\"2\"],"
	    "[\"note\",{},\"text\",\"n\"]"),
	    CARD(",[\"tel\",{},\"text\",\"2\"],[\"tel\",{},\"text\",\"3\"],"
	    "[\"org\",{},\"text\",[\"o\",\"p\"]]"), 0,
	    "~ Ann (u1)\n"
	    "    - note: n\n"
	    "    + org: o;p\n"
	    "    - tel: 1\n"
	    "    + tel: 3\n");
	shows(NULL, CARD(""), 0, "+ Ann (u1)\n    + fn: Ann\n");
	shows(CARD(""), NULL, 0, "- Ann (u1)\n    - fn: Ann\n");
	shows(NULL, NULL, 0, "");
}

static void
strict(void **state)
{
	(void)state;
	shows(CARD(",[\"rev\",{},\"timestamp\",\"2026-01-02T10:00:00Z\"]"),
	    CARD(",[\"rev\",{},\"timestamp\",\"2026-01-02T11:00:00Z\"]"), 0,
	    "");
	shows(CARD(",[\"rev\",{},\"timestamp\",\"2026-01-02T10:00:00Z\"]"),
	    CARD(",[\"rev\",{},\"timestamp\",\"2026-01-02T11:00:00Z\"]"), 1,
	    "~ Ann (u1)\n    - rev: 2026-01-02 10:00Z\n"
	    "    + rev: 2026-01-02 11:00Z\n");
	shows(CARD(""), CARD(""), 1, "");
}

static void
components(void **state)
{
	(void)state;
	shows(EVENT("", ""), EVENT("", "[\"valarm\",[[\"action\",{},\"text\","
	    "\"DISPLAY\"],[\"trigger\",{},\"duration\",\"-PT15M\"]],[]]"), 0,
	    "~ Tea (u1)\n"
	    "    + valarm: action: DISPLAY; trigger: -PT15M\n");
	shows(OVER(""), OVER(",[\"location\",{},\"text\",\"x\"]"), 0,
	    "~ (no title) (u1)\n"
	    "  at 2026-02-03 10:00:30Z:\n"
	    "    + location: x\n");
	shows("[\"vcalendar\",[],[[\"vevent\",[" UID "],[]]]]", OVER(""), 0,
	    "~ (no title) (u1)\n"
	    "  at 2026-02-03 10:00:30Z:\n"
	    "    + recurrence-id: 2026-02-03 10:00:30Z\n");
}

#define X60	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X20	"xxxxxxxxxxxxxxxxxxxx"
#define E	"\xe2\x80\xa6"

static void
cuts(void **state)
{
	(void)state;
	shows(NULL, "[\"vcard\",[" FN(X60 "xxxxxxxxx\xc3\xa4yz") "]]", 0,
	    "+ " X60 "\n    + fn: " X60 "xxxxxxxxx\xc3\xa4" E "\n");
	shows("[\"vcard\",[" FN("A") ",[\"note\",{},\"text\",\"" X60 X60
	    "1\"]]]", "[\"vcard\",[" FN("A") ",[\"note\",{},\"text\",\"" X60
	    X60 "2\"]]]", 0,
	    "~ A\n    - note: " E X20 "1\n    + note: " E X20 "2\n");
}

static void
lines(void **state)
{
	static const struct {
		const char *text, *want;
	} v[] = {
		{ CARD(",[\"email\",{\"type\":\"x\"},\"text\",\"a@b\"]"),
		    "Ann, a@b" },
		{ CARD(""), "Ann" },
		{ EVENT("", ""), "Tea, 2026-01-02 10:00" },
		{ "[\"vcard\",[" FN("a\\u0007\\n") "]]", "a??" },
		{ "[\"vcard\",[]]", "(no title)" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		ex_buf_clear(&buf);
		ex_show_line(&buf, item(v[i].text));
		if (!ex_str_is(ex_buf_get(&buf), v[i].want))
			fail_msg("got %.*s, wanted %s",
			    EX_STR_ARG(ex_buf_get(&buf)), v[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(blocks),
		cmocka_unit_test(strict),
		cmocka_unit_test(components),
		cmocka_unit_test(cuts),
		cmocka_unit_test(lines),
	};
	int ret;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	canon = ex_canon_new();
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	ex_canon_free(canon);
	ex_arena_free(&arena);
	ex_buf_fini(&buf);
	return ret;
}
