/*
 * delta: the laws that lib/sync/delta.c numbers, on generated items, and
 * the cases that have no law
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/canon.h>
#include <ex/delta.h>

#include "gen.h"

#define ROUNDS	3000

static struct ex_canon *canon;
static struct ex_arena arena = EX_ARENA_INIT;

static const struct ex_item *
item(const char *text)
{
	struct ex_item *i = ex_arena_alloc(&arena, sizeof(*i));
	struct ex_err err = { 0 };
	char *p = ex_arena_bytes(&arena, strlen(text) + 1);
	size_t k;

	for (k = 0; k <= strlen(text); k++)
		p[k] = text[k] == '\'' ? '"' : text[k];
	if (ex_item_parse(ex_str_of(p), &arena, i, &err) == -1)
		fail_msg("%s: %s", err.msg, text);
	return i;
}

static struct ex_item
gen_item(struct gen *g, bool card, struct ex_arena *a)
{
	struct ex_item i;
	struct ex_err err = { 0 };

	if (ex_item_parse(gen_text(g, card, a), a, &i, &err) == -1)
		fail_msg("%s: %.*s", err.msg, (int)g->b.n, g->b.p);
	return i;
}

static const char *
text(const struct ex_item *i)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;
	char *p;
	size_t k;

	ex_item_write(&b, i);
	s = ex_arena_str(&arena, ex_buf_get(&b));
	ex_buf_fini(&b);
	p = ex_arena_bytes(&arena, s.n + 1);
	for (k = 0; k <= s.n; k++)
		p[k] = s.p[k] == '"' ? '\'' : s.p[k];
	return p;
}

static void
same_hash(const struct ex_item *x, const struct ex_item *y, unsigned seed)
{
	char h[2][EX_HASH_HEX];

	ex_canon_hash(canon, x, EX_CANON_HASH, h[0]);
	ex_canon_hash(canon, y, EX_CANON_HASH, h[1]);
	if (strcmp(h[0], h[1]) != 0)
		fail_msg("seed %u:\n%s\n%s", seed, text(x), text(y));
}

static void
test_laws(void **state)
{
	struct gen g = { 0, EX_BUF_INIT, "" };
	struct ex_item x, y;
	struct ex_delta *d;
	const struct ex_item *z;
	unsigned i;

	(void)state;
	for (i = 1; i <= ROUNDS; i++) {
		g.seed = i * 0x9E3779B97F4A7C15ULL;
		x = gen_item(&g, i % 2, &arena);
		y = gen_item(&g, i % 2, &arena);
		d = ex_delta_make(canon, &arena, &x, &y);
		same_hash(ex_delta_apply(canon, &arena, &x, d), &y, i);
		/* once more: nothing is left to do */
		z = ex_delta_apply(canon, &arena, &x, d);
		assert_true(ex_delta_empty(ex_delta_make(canon, &arena, z,
		    &y)));
		same_hash(ex_delta_apply(canon, &arena, z, d), &y, i);
		d = ex_delta_make(canon, &arena, &x, &x);
		assert_true(ex_delta_empty(d));
		assert_ptr_equal(ex_delta_apply(canon, &arena, &x, d), &x);
		/* from nothing */
		d = ex_delta_make(canon, &arena, NULL, &x);
		z = ex_delta_apply(canon, &arena, NULL, d);
		same_hash(z, &x, i);
		/* a zone that nothing names is left out */
		if (i % 2 || strstr(text(&x), "'tzid':") != NULL)
			assert_string_equal(text(z), text(&x));
		ex_arena_reset(&arena);
	}
	ex_buf_fini(&g.b);
}

/* less(sent, now): what it has, now has; diff(it, now) removes nothing. */
static void
test_less_laws(void **state)
{
	struct gen g = { 0, EX_BUF_INIT, "" };
	struct ex_item x, y;
	const struct ex_item *z;
	unsigned i;

	(void)state;
	for (i = 1; i <= ROUNDS / 3; i++) {
		g.seed = i * 0x9E3779B97F4A7C15ULL;
		x = gen_item(&g, i % 2, &arena);
		y = gen_item(&g, i % 2, &arena);
		same_hash(ex_delta_less(canon, &arena, &x, &x), &x, i);
		z = ex_delta_less(canon, &arena, &x, &y);
		same_hash(ex_delta_less(canon, &arena, z, &y), z, i);
		same_hash(ex_delta_apply(canon, &arena, z, ex_delta_make(
		    canon, &arena, z, &y)), &y, i);
		/* all that was sent arrived: old becomes what was sent */
		same_hash(ex_delta_ours(canon, &arena, &x, &x, &y, &y), &y,
		    i);
		ex_arena_reset(&arena);
	}
	ex_buf_fini(&g.b);
}

#define CARD(props)	"['vcard',[['version',{},'text','4.0']," props "]]"
#define FN		"['fn',{},'text','A']"
#define EMAIL(x)	"['email',{},'text','" x "']"
#define NOTE(x)		"['note',{},'text','" x "']"
#define EVENT(props)	"['vcalendar',[['version',{},'text','2.0']]," \
			"[['vevent',[" props "],[]]]]"
#define START(d)	"['dtstart',{},'date-time','2020-01-0" d \
			"T10:00:00Z']"
#define END(d)		"['dtend',{},'date-time','2020-01-0" d \
			"T11:00:00Z']"
#define RULE		"['rrule',{},'recur',{'freq':'DAILY'}]"

struct apply_case {
	const char *what, *from, *to, *base, *result;
};

static const struct apply_case apply_cases[] = {
	{ "a property that the store dropped stays",
	    CARD(FN), CARD("['fn',{},'text','B']"), CARD(FN "," NOTE("n")),
	    CARD("['fn',{},'text','B']," NOTE("n")) },
	{ "a set's members are added and removed one by one",
	    CARD(EMAIL("a") "," EMAIL("b")), CARD(EMAIL("b") "," EMAIL("c")),
	    CARD(EMAIL("a") "," EMAIL("b") "," EMAIL("x")),
	    CARD(EMAIL("b") "," EMAIL("c") "," EMAIL("x")) },
	{ "new members stand where they stood",
	    CARD(EMAIL("b") "," EMAIL("c")),
	    CARD(EMAIL("x") "," EMAIL("b") "," EMAIL("y") "," EMAIL("c")),
	    CARD(EMAIL("b") "," EMAIL("c")),
	    CARD(EMAIL("x") "," EMAIL("b") "," EMAIL("y") "," EMAIL("c")) },
	{ "a rule that the store cannot hold stays when the start moves",
	    EVENT(START("1") "," END("1")), EVENT(START("2") "," END("2")),
	    EVENT(END("1") "," START("1") "," RULE),
	    EVENT(END("2") "," START("2") "," RULE) },
	{ "an end is an end, as DTEND or as DURATION",
	    EVENT(START("1") ",['duration',{},'duration','PT1H']"),
	    EVENT(START("2") ",['duration',{},'duration','PT1H']"),
	    EVENT(END("1") "," START("1")),
	    EVENT(START("2") ",['duration',{},'duration','PT1H']") },
	{ "a member that the store rewrote is found again",
	    CARD("['adr',{},'text',['','','s 1','','','','']]"),
	    CARD("['adr',{},'text',['','','s 2','','','','']]"),
	    CARD("['adr',{'label':'L'},'text',['','','S 1','','','','']]"),
	    CARD("['adr',{},'text',['','','s 2','','','','']]") },
	{ "a default is no value: setting one takes its place",
	    CARD(FN), CARD("['class',{},'text','PRIVATE']," FN),
	    CARD("['class',{},'text','PUBLIC']," FN),
	    CARD("['class',{},'text','PRIVATE']," FN) },
	{ "values of one property are joined to those there",
	    CARD("['categories',{},'text','a','b']"),
	    CARD("['categories',{},'text','b','c']"),
	    CARD("['categories',{},'text','a','b','d']"),
	    CARD("['categories',{},'text','b','c','d']") },
	{ "a group goes with its label",
	    CARD(FN), CARD("['email',{'group':'x'},'text','a']," FN
	    ",['x-ablabel',{'group':'x'},'text','L']"),
	    CARD("['email',{'group':'g'},'text','b']," FN
	    ",['x-ablabel',{'group':'g'},'text','M']"),
	    CARD("['email',{'group':'item1'},'text','a'],"
	    "['email',{'group':'item2'},'text','b']," FN
	    ",['x-ablabel',{'group':'item1'},'text','L'],"
	    "['x-ablabel',{'group':'item2'},'text','M']") },
	{ "an equal value is the base's own",
	    CARD(FN), CARD(FN "," NOTE("n ")), CARD(FN "," NOTE("n")),
	    CARD(FN "," NOTE("n")) },
};

static void
test_apply(void **state)
{
	const struct apply_case *c = apply_cases;
	const struct ex_item *got;
	size_t i;

	(void)state;
	for (i = 0; i < GEN_N(apply_cases); i++, c++) {
		got = ex_delta_apply(canon, &arena, item(c->base),
		    ex_delta_make(canon, &arena, item(c->from),
		    item(c->to)));
		if (strcmp(text(got), text(item(c->result))) != 0)
			fail_msg("%s:\n%s\n%s", c->what, text(got),
			    text(item(c->result)));
		ex_arena_reset(&arena);
	}
}

/* Two zones of one name in one item: the second gets another name. */
static void
test_zones(void **state)
{
#define ZONE(o)	"['vtimezone',[['tzid',{},'text','Own']],[['standard'," \
	"[['dtstart',{},'date-time','1970-01-01T00:00:00']," \
	"['tzoffsetfrom',{},'utc-offset','+01:00']," \
	"['tzoffsetto',{},'utc-offset','+0" o ":07']],[]]]]"
#define AT(name, id)	"['" name "',{'tzid':'Own'},'date-time'," \
	"'2020-01-0" id "T10:00:00']"
#define CAL(o, props)	"['vcalendar',[]," "[" ZONE(o) "," \
	"['vevent',[" props "],[]]]]"
	const struct ex_item *x = item(CAL("1", AT("dtstart", "1")));
	const struct ex_item *y = item(CAL("2", AT("dtstart", "1") ","
	    AT("exdate", "3")));
	const struct ex_item *z = item(CAL("2", AT("dtstart", "1")));
	const struct ex_item *got;

	(void)state;
	got = ex_delta_apply(canon, &arena, x, ex_delta_make(canon, &arena,
	    z, y));
	assert_non_null(strstr(text(got), "'tzid',{},'text','Own-2'"));
	assert_non_null(strstr(text(got), "'exdate',{'tzid':'Own-2'}"));
	assert_non_null(strstr(text(got), "'dtstart',{'tzid':'Own'}"));
	ex_arena_reset(&arena);
}

static void
test_instances(void **state)
{
#define INST(id, s)	"['vevent',[['recurrence-id',{},'date-time'," \
	"'2020-01-0" id "T10:00:00Z'],['summary',{},'text','" s "']],[]]"
#define SERIES(more)	"['vcalendar',[],[['vevent',[" START("1") "," RULE \
	"],[]]" more "]]"
	const struct ex_item *two = item(SERIES("," INST("2", "a") ","
	    INST("3", "b")));
	const struct ex_item *one = item(SERIES("," INST("3", "b")));
	const struct ex_item *edit = item(SERIES("," INST("2", "x") ","
	    INST("3", "b")));

	(void)state;
	assert_string_equal(text(ex_delta_apply(canon, &arena, edit,
	    ex_delta_make(canon, &arena, two, one))), text(one));
	/* edited where the base has lost it: it is taken back */
	assert_string_equal(text(ex_delta_apply(canon, &arena, one,
	    ex_delta_make(canon, &arena, two, edit))), text(edit));
	ex_arena_reset(&arena);
}

static void
test_ours(void **state)
{
	(void)state;
	/* note arrived, fn did not; c was added, a not yet removed */
	assert_string_equal(text(ex_delta_ours(canon, &arena,
	    item(CARD(EMAIL("a") "," EMAIL("b") "," FN)),
	    item(CARD(EMAIL("a") "," EMAIL("b") "," FN)),
	    item(CARD(EMAIL("b") "," EMAIL("c") ",['fn',{},'text','B'],"
	    NOTE("n"))),
	    item(CARD(EMAIL("a") "," EMAIL("b") "," EMAIL("c") "," FN ","
	    NOTE("n"))))),
	    text(item(CARD(EMAIL("a") "," EMAIL("b") "," EMAIL("c") "," FN
	    "," NOTE("n")))));
	/* what a user has added meanwhile is not ours */
	assert_string_equal(text(ex_delta_ours(canon, &arena,
	    item(CARD(FN)), item(CARD(FN)), item(CARD(FN "," EMAIL("a"))),
	    item(CARD(FN "," EMAIL("a") "," EMAIL("z"))))),
	    text(item(CARD(EMAIL("a") "," FN))));
	/* a was to be replaced by b, and a user has replaced it by z */
	assert_string_equal(text(ex_delta_ours(canon, &arena,
	    item(CARD(EMAIL("a") "," FN)), item(CARD(EMAIL("a") "," FN)),
	    item(CARD(EMAIL("b") "," FN)), item(CARD(EMAIL("z") "," FN)))),
	    text(item(CARD(EMAIL("a") "," FN))));
	/* a was to go, and is not there */
	assert_string_equal(text(ex_delta_ours(canon, &arena,
	    item(CARD(EMAIL("a") "," FN)), item(CARD(EMAIL("a") "," FN)),
	    item(CARD(FN)), item(CARD(EMAIL("z") "," FN)))),
	    text(item(CARD(FN))));
	/* a member that the store has added itself is none of ours */
	assert_string_equal(text(ex_delta_ours(canon, &arena,
	    item(CARD(FN)), item(CARD(EMAIL("c") "," FN)),
	    item(CARD(EMAIL("c") "," FN)), item(CARD(EMAIL("c") "," FN)))),
	    text(item(CARD(FN))));
	/* sent without the note, and it is gone */
	assert_string_equal(text(ex_delta_ours(canon, &arena,
	    item(CARD(FN "," NOTE("n"))), item(CARD(FN "," NOTE("n"))),
	    item(CARD(FN)), item(CARD("['fn',{},'text','U']")))),
	    text(item(CARD(FN))));
	ex_arena_reset(&arena);
}

/* The store has kept the new instance without its summary: nobody's edit. */
static void
test_ours_instance(void **state)
{
	const struct ex_item *old = item(SERIES(""));
	const struct ex_item *bare = item(SERIES(",['vevent',["
	    "['recurrence-id',{},'date-time','2020-01-02T10:00:00Z']],[]]"));

	(void)state;
	assert_string_equal(text(ex_delta_ours(canon, &arena, old, old,
	    item(SERIES("," INST("2", "a"))), bare)), text(bare));
	ex_arena_reset(&arena);
}

static void
test_less(void **state)
{
	(void)state;
	assert_string_equal(text(ex_delta_less(canon, &arena,
	    item(EVENT(END("1") "," RULE "," START("1") ",['summary',{},"
	    "'text','s'],['x-a',{},'text','a']")),
	    item(EVENT(END("2") "," START("1") ",['summary',{},'text',"
	    "'t']")))),
	    text(item(EVENT(END("1") "," START("1") ",['summary',{},'text',"
	    "'s']"))));
	ex_arena_reset(&arena);
}

/* Nothing is quadratic: 60,000 properties, twice. */
static void
test_large(void **state)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_item x[2];
	struct ex_err err = { 0 };
	unsigned i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		ex_buf_clear(&b);
		ex_buf_puts(&b, "[\"vcard\",[");
		for (i = 0; i < 60000; i++)
			ex_buf_fmt(&b, "%s[\"%s\",{\"group\":\"g%u\"},"
			    "\"text\",\"%u\"]", i > 0 ? "," : "",
			    i % 2 ? "tel" : "x-many", i / 2, i + k * 30000);
		ex_buf_puts(&b, "]]");
		assert_int_equal(ex_item_parse(ex_arena_str(&arena,
		    ex_buf_get(&b)), &arena, &x[k], &err), 0);
	}
	ex_buf_fini(&b);
	same_hash(ex_delta_apply(canon, &arena, &x[0], ex_delta_make(canon,
	    &arena, &x[0], &x[1])), &x[1], 0);
	ex_arena_reset(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_laws),
		cmocka_unit_test(test_less_laws),
		cmocka_unit_test(test_apply),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_ours_instance),
		cmocka_unit_test(test_less),
		cmocka_unit_test(test_large),
	};
	int failed;

	canon = ex_canon_new();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ex_canon_free(canon);
	ex_arena_free(&arena);
	return failed;
}
