/*
 * scope.c: which items take part
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/scope.h>

static struct ex_arena arena = EX_ARENA_INIT;
static struct ex_str alice[] = { { "alice@example.com", 17 },
    { "MAILTO:Al@example.com", 21 } };
static const struct ex_scope all = { EX_MEETINGS_SKIP, true, NULL, 0 };
static const struct ex_scope hers = { EX_MEETINGS_SKIP, true, alice, 2 };

#define ATTENDEE	"[\"attendee\",{},\"cal-address\",\"mailto:b@x\"]"
#define ORGANIZER(a)	"[\"organizer\",{},\"cal-address\",\"" a "\"]"
#define CLASS(c)	"[\"class\",{},\"text\",\"" c "\"]"
#define EVENT(p)	"[\"vcalendar\",[],[[\"vevent\",[],[]],[\"vevent\"," \
			"[" p "],[]]]]"

static const char *
why(const struct ex_scope *s, const char *text)
{
	struct ex_err err = { 0 };
	struct ex_item item;
	const char *w;

	if (ex_item_parse(ex_str_of(text), &arena, &item, &err) == -1)
		fail_msg("%s", err.msg);
	w = ex_scope_why(s, &item);
	return w == NULL ? "in" : w;
}

static void
meetings(void **state)
{
	struct ex_scope strip = { EX_MEETINGS_STRIP, false, NULL, 0 };
	struct ex_scope keep = { EX_MEETINGS_KEEP, false, NULL, 0 };

	(void)state;
	assert_string_equal(why(&all, EVENT("")), "in");
	assert_string_equal(why(&all, EVENT(ATTENDEE)), "meeting");
	assert_string_equal(why(&hers, EVENT(ATTENDEE)), "meeting");
	assert_string_equal(why(&all, EVENT(ORGANIZER("mailto:b@x"))), "in");
	assert_string_equal(why(&hers, EVENT(ORGANIZER("mailto:b@x"))),
	    "meeting");
	assert_string_equal(why(&hers,
	    EVENT(ORGANIZER("Mailto:ALICE@example.com"))), "in");
	assert_string_equal(why(&hers, EVENT(ORGANIZER("al@example.com"))),
	    "in");
	assert_string_equal(why(&hers, EVENT(ORGANIZER("al@example.co"))),
	    "meeting");
	assert_string_equal(why(&strip, EVENT(ATTENDEE)), "in");
	assert_string_equal(why(&keep, EVENT(ATTENDEE)), "in");
	/* who is mailed by an alarm is at no meeting */
	assert_string_equal(why(&all, "[\"vcalendar\",[],[[\"vtodo\",[],"
	    "[[\"valarm\",[" ATTENDEE "],[]]]]]]"), "in");
}

/* Each component without its people; alarms, and the item itself, stay. */
static void
stripped(void **state)
{
	static const char text[] = "[\"vcalendar\",[],[[\"vevent\",["
	    ATTENDEE "," ATTENDEE "," CLASS("PUBLIC") ","
	    ORGANIZER("mailto:b@x") "],[[\"valarm\",[" ATTENDEE "],[]]]],"
	    "[\"vevent\",[" ORGANIZER("mailto:c@x") "],[]]]]";
	static const char want[] = "[\"vcalendar\",[],[[\"vevent\",["
	    CLASS("PUBLIC") "],[[\"valarm\",[" ATTENDEE "],[]]]],"
	    "[\"vevent\",[],[]]]]";
	struct ex_buf before = EX_BUF_INIT, after = EX_BUF_INIT,
	    is = EX_BUF_INIT;
	struct ex_item item, to;
	struct ex_err err;

	(void)state;
	if (ex_item_parse(ex_str_of(text), &arena, &item, &err) == -1)
		fail_msg("%s", err.msg);
	ex_item_write(&before, &item);
	to = ex_scope_strip(&item, &arena);
	ex_item_write(&is, &to);
	assert_true(ex_str_is(ex_buf_get(&is), want));
	ex_item_write(&after, &item);
	assert_true(ex_str_eq(ex_buf_get(&before), ex_buf_get(&after)));
	ex_buf_fini(&before);
	ex_buf_fini(&after);
	ex_buf_fini(&is);
}

static void
privates(void **state)
{
	struct ex_scope open = { EX_MEETINGS_SKIP, false, NULL, 0 };

	(void)state;
	assert_string_equal(why(&all, EVENT(CLASS("private"))), "private");
	assert_string_equal(why(&all, EVENT(CLASS("CONFIDENTIAL"))),
	    "private");
	assert_string_equal(why(&all, EVENT(CLASS("X-SECRET"))), "private");
	assert_string_equal(why(&all, EVENT(CLASS("Public"))), "in");
	assert_string_equal(why(&all, EVENT(CLASS(""))), "in");
	assert_string_equal(why(&open, EVENT(CLASS("PRIVATE"))), "in");
	assert_string_equal(why(&all, "[\"vcard\",[" CLASS("PRIVATE") "]]"),
	    "private");
	assert_string_equal(why(&all, EVENT(CLASS("PRIVATE") "," ATTENDEE)),
	    "meeting");
}

static void
digest(void **state)
{
	struct ex_str other[] = { { "AL@example.com", 14 },
	    { "alice@example.COM", 17 }, { "mailto:alice@example.com", 24 } };
	struct ex_scope same = { EX_MEETINGS_SKIP, true, other, 3 };
	struct ex_scope s = hers;
	char a[EX_HASH_HEX], b[EX_HASH_HEX];

	(void)state;
	ex_scope_digest(&hers, EX_STR_NONE, a);
	assert_int_equal(strlen(a), EX_HASH_HEX - 1);
	ex_scope_digest(&same, EX_STR_NONE, b);
	assert_string_equal(a, b);
	ex_scope_digest(&s, EX_STR("-30d +1y"), b);
	assert_string_not_equal(a, b);
	s.meetings = EX_MEETINGS_STRIP;
	ex_scope_digest(&s, EX_STR_NONE, b);
	assert_string_not_equal(a, b);
	s = hers;
	s.skip_private = false;
	ex_scope_digest(&s, EX_STR_NONE, b);
	assert_string_not_equal(a, b);
	s = hers;
	s.nowner = 1;
	ex_scope_digest(&s, EX_STR_NONE, b);
	assert_string_not_equal(a, b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meetings),
		cmocka_unit_test(stripped),
		cmocka_unit_test(privates),
		cmocka_unit_test(digest),
	};
	int ret;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	ex_arena_free(&arena);
	return ret;
}
