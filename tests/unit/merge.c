/*
 * merge: ring.md's table of cases at N = 2, 3 and 7, with the folders in
 * every rotation; the laws that lib/sync/merge.c numbers, on generated
 * items
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <ex/canon.h>
#include <ex/json.h>
#include <ex/merge.h>
#include <ex/plan.h>
#include <ex/rec.h>

#include "gen.h"

#define MAX_LINES	4096

static struct ex_canon *canon;
static struct ex_arena arena = EX_ARENA_INIT;
static char path[] = "/tmp/exmergeXXXXXX";
static struct ex_rec_out input;
static FILE *file;

/* What came out: plan lines, and the whole of it. */
static struct ex_plan_line plan[MAX_LINES];
static size_t nplan;
static struct ex_str bytes;

static struct ex_str
quoted(const char *text)
{
	char *p = ex_arena_bytes(&arena, strlen(text) + 1);
	size_t i;

	for (i = 0; i <= strlen(text); i++)
		p[i] = text[i] == '\'' ? '"' : text[i];
	return (struct ex_str){ p, strlen(text) };
}

static size_t nfolders;

static void
begin(const char *policy, const char *const *access, size_t n)
{
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	ex_arena_reset(&arena);
	nfolders = n;
	file = fopen(path, "w");
	assert_non_null(file);
	ex_rec_out_init(&input, file);
	ex_buf_fmt(&b, ",\"kind\":\"contacts\",\"ring\":{\"id\":\"R\","
	    "\"generation\":3,\"conflict\":[%s],\"delete-wins\":%s},"
	    "\"folders\":{", quoted(strcmp(policy, "delete") == 0 ?
	    "'report'" : policy).p, strcmp(policy, "delete") == 0 ? "true" :
	    "false");
	for (i = 0; i < n; i++)
		ex_buf_fmt(&b, "%s\"f%zu\":{\"items\":5,\"access\":\"%s\"}",
		    i > 0 ? "," : "", i, access == NULL ||
		    access[i] == NULL ? "read-write" : access[i]);
	ex_buf_putc(&b, '}');
	ex_rec_begin(&input, "changes", 1, EX_STR_NONE, ex_buf_get(&b));
	ex_buf_fini(&b);
}

static int
merge(struct ex_merge_count *count, struct ex_err *err)
{
	struct ex_merge_options opt = { EX_STR_NONE, NULL };
	const char *one = path;
	struct ex_buf b = EX_BUF_INIT;
	FILE *out = tmpfile();
	size_t i;
	char *p;
	long n;
	int got;

	ex_buf_puts(&b, ",\"parts\":1,\"folders\":{");
	for (i = 0; i < nfolders; i++)
		ex_buf_fmt(&b, "%s\"f%zu\":{\"edited\":0,\"new\":0,"
		    "\"gone\":0,\"unknown\":0}", i > 0 ? "," : "", i);
	ex_buf_putc(&b, '}');
	ex_rec_end(&input, ex_buf_get(&b));
	ex_buf_fini(&b);
	ex_rec_out_fini(&input);
	fclose(file);
	got = ex_merge_run(&opt, &one, 1, out, count, err);
	n = ftell(out);
	rewind(out);
	p = ex_arena_bytes(&arena, (size_t)n + 1);
	bytes = (struct ex_str){ p, fread(p, 1, (size_t)n, out) };
	fclose(out);
	return got;
}

/* The plan read back, as expush reads it. */
static void
read_plan(void)
{
	struct ex_err err = { 0 };
	struct ex_str line;
	struct ex_json *j;
	const char *p = bytes.p, *lf;

	nplan = 0;
	for (; p < bytes.p + bytes.n; p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(bytes.p + bytes.n - p));
		assert_non_null(lf);
		line = (struct ex_str){ p, (size_t)(lf - p) };
		if (!ex_str_starts(line, "{\"rec\":\"plan\""))
			continue;
		if (ex_json_parse(line, &arena, &j, &err) == -1 ||
		    ex_plan_read(j, &arena, &plan[nplan], &err) == -1)
			fail_msg("%s: %.*s", err.msg, EX_STR_ARG(line));
		nplan++;
	}
}

static void
go(struct ex_merge_count *count)
{
	struct ex_err err = { 0 };

	if (merge(count, &err) == -1)
		fail_msg("%s", err.msg);
	read_plan();
}

static struct ex_str
json_text(const struct ex_json *j)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	ex_json_write(&b, j);
	s = ex_arena_str(&arena, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

#define MAX_SIDES	7

struct side {
	const char *is, *base, *shadow, *now;
};

struct ring_case {
	const char *what, *policy, *master;
	bool gone;
	struct side side[3];
	const char *access[3];
	/* expected: */
	const char *result;	/* NULL: deleted; "left" */
	const char *op[3];	/* of the sides given */
	const char *rest;	/* of all others */
	const char *conflicts;	/* what, joined by blanks */
};

#define P(name, v)	"['" name "',{},'text','" v "']"
#define CARD(props)	"['vcard',[['version',{},'text','4.0']," props \
			",['uid',{},'text','u']]]"
#define FN(v)		P("fn", v)
#define NOTE(v)		P("note", v)
#define MAIL(v)		P("email", v)
#define HOME(v)		"['email',{'type':'home'},'text','" v "']"
#define WORK(v)		"['email',{'type':'work'},'text','" v "']"
#define REV(t)		"['rev',{},'timestamp','" t "']"
#define A		CARD(FN("A"))
#define EDIT(now)	{ "edited", NULL, NULL, now }
#define OWED(was, now)	{ "edited", CARD(MAIL(was) "," FN("A")), \
	    CARD(MAIL(was) "," FN("A")), CARD(MAIL(now) "," FN("A")) }
#define NEW(now)	{ "new", NULL, NULL, now }
#define GONE		{ "gone", NULL, NULL, NULL }
#define REPORT		"'report'"
#define PREFER0		"'prefer','f0'"

static const struct ring_case cases[] = {
	{ "nothing", REPORT, A, false, { { NULL } }, { NULL },
	    A, { NULL }, "-", "" },
	{ "one edit", REPORT, A, false, { EDIT(CARD(FN("B"))) }, { NULL },
	    CARD(FN("B")), { "-" }, "update", "" },
	{ "edit/edit, different properties", REPORT,
	    CARD(FN("A") "," NOTE("n") "," P("title", "t")), false,
	    { EDIT(CARD(FN("B") "," NOTE("n") "," P("title", "t"))),
	      EDIT(CARD(FN("A") "," NOTE("m") "," P("title", "t"))) },
	    { NULL }, CARD(FN("B") "," NOTE("m") "," P("title", "t")),
	    { "update", "update" }, "update", "" },
	{ "edit/edit, same set", REPORT,
	    CARD(MAIL("a") "," MAIL("b") "," FN("A")), false,
	    { EDIT(CARD(MAIL("a") "," MAIL("b") "," MAIL("c") "," FN("A"))),
	      EDIT(CARD(MAIL("b") "," FN("A"))) },
	    { NULL }, CARD(MAIL("b") "," MAIL("c") "," FN("A")),
	    { "update", "update" }, "update", "" },
	{ "edit/edit, same single value, equal", REPORT, A, false,
	    { EDIT(CARD(FN("B"))), EDIT(CARD(FN("B"))) }, { NULL },
	    CARD(FN("B")), { "-", "-" }, "update", "" },
	{ "edit/edit, same single value, different", REPORT, A, false,
	    { EDIT(CARD(FN("B"))), EDIT(CARD(FN("C"))) }, { NULL },
	    "left", { "-", "-" }, "-", "n" },
	{ "the same, the greater bytes win", "'newest'", A, false,
	    { EDIT(CARD(FN("B"))), EDIT(CARD(FN("C"))) }, { NULL },
	    CARD(FN("C")), { "update", "-" }, "update", "n" },
	{ "newest: the later REV wins", "'newest'", A, false,
	    { EDIT(CARD(FN("B") "," REV("2021-05-01T00:00:00Z"))),
	      EDIT(CARD(FN("C") "," REV("20210430T235959Z"))) }, { NULL },
	    CARD(FN("B") "," REV("2021-05-01T00:00:00Z")),
	    { "-", "update" }, "update", "n" },
	{ "one member of a set replaced by two", REPORT,
	    CARD(MAIL("a") "," FN("A")), false,
	    { EDIT(CARD(MAIL("b") "," FN("A"))),
	      EDIT(CARD(MAIL("c") "," FN("A"))) }, { NULL },
	    "left", { "-", "-" }, "-", "email" },
	{ "the same, one wins, the other is no new member", "'newest'",
	    CARD(MAIL("a") "," FN("A")), false,
	    { EDIT(CARD(MAIL("b") "," FN("A"))),
	      EDIT(CARD(MAIL("c") "," FN("A"))) }, { NULL },
	    CARD(MAIL("c") "," FN("A")), { "update", "-" }, "update",
	    "email" },
	{ "who has not seen that it was replaced, and who replaces that", REPORT,
	    CARD(MAIL("b") "," FN("A")), false,
	    { { "edited", CARD(MAIL("a") "," FN("A")), CARD(MAIL("a") ","
	      FN("A")), CARD(MAIL("c") "," FN("A")) },
	      EDIT(CARD(MAIL("d") "," FN("A"))) }, { NULL },
	    "left", { "-", "-" }, "-", "email" },
	{ "the same, one wins", "'newest'",
	    CARD(MAIL("b") "," FN("A")), false,
	    { { "edited", CARD(MAIL("a") "," FN("A")), CARD(MAIL("a") ","
	      FN("A")), CARD(MAIL("c") "," FN("A")) },
	      EDIT(CARD(MAIL("d") "," FN("A"))) }, { NULL },
	    CARD(MAIL("d") "," FN("A")), { "update", "-" }, "update",
	    "email" },
	{ "two of other bases that have not seen it", "'newest'",
	    CARD(MAIL("b") "," FN("A")), false,
	    { OWED("a", "d"), OWED("c", "e") }, { NULL },
	    CARD(MAIL("e") "," FN("A")), { "update", "-" },
	    "update", "email" },
	{ "two of one base that have not seen it", "'newest'",
	    CARD(MAIL("b") "," FN("A")), false,
	    { OWED("a", "d"), OWED("a", "e") }, { NULL },
	    CARD(MAIL("e") "," FN("A")), { "update", "-" },
	    "update", "email" },
	{ "what is replaced by who has seen it does not win", "'newest'",
	    CARD(MAIL("z") "," FN("A")), false,
	    { OWED("a", "c"), EDIT(CARD(MAIL("d") "," FN("A"))) }, { NULL },
	    CARD(MAIL("d") "," FN("A")), { "update", "-" },
	    "update", "email" },
	{ "what is removed by who has seen it does not win either", REPORT,
	    CARD(MAIL("z") "," FN("A")), false,
	    { OWED("a", "c"), EDIT(A) }, { NULL },
	    CARD(MAIL("c") "," FN("A")), { "-", "update" }, "update", "" },
	{ "removed by who has not seen its parameters: it stays", REPORT,
	    CARD(HOME("m") "," FN("A")), false,
	    { { "edited", CARD(MAIL("m") "," FN("A")), NULL, A } },
	    { NULL }, CARD(HOME("m") "," FN("A")), { "update" }, "-", "" },
	{ "the same, of two that removed it one has seen them", REPORT,
	    CARD(HOME("m") "," FN("A")), false,
	    { { "edited", CARD(MAIL("m") "," FN("A")), NULL, A }, EDIT(A) },
	    { NULL }, A, { "-", "-" }, "update", "" },
	{ "replaced by who has not seen its parameters: both stay", REPORT,
	    CARD(HOME("m") "," FN("A")), false,
	    { OWED("m", "c") }, { NULL },
	    CARD(MAIL("c") "," HOME("m") "," FN("A")), { "update" },
	    "update", "" },
	{ "parameters that only who removes it has seen do not count",
	    REPORT, CARD(HOME("m") "," FN("A")), false,
	    { { "edited", CARD(MAIL("m") "," FN("A")), NULL,
	      CARD(WORK("m") "," FN("A")) }, EDIT(A) }, { NULL },
	    CARD(WORK("m") "," FN("A")), { "-", "update" }, "update", "" },
	{ "two came, and each of two knows one: the smaller is in its place",
	    "'newest'", CARD(MAIL("a") "," MAIL("b") "," FN("A")), false,
	    { { "edited", CARD(MAIL("a") "," MAIL("x") "," FN("A")),
	      CARD(MAIL("a") "," MAIL("x") "," FN("A")),
	      CARD(MAIL("a") "," MAIL("d") "," FN("A")) },
	      { "edited", CARD(MAIL("b") "," MAIL("x") "," FN("A")),
	      CARD(MAIL("b") "," MAIL("x") "," FN("A")),
	      CARD(MAIL("b") "," MAIL("e") "," FN("A")) } }, { NULL },
	    CARD(MAIL("b") "," MAIL("e") "," FN("A")),
	    { "update", "-" }, "update", "email" },
	{ "a value with other parameters is another matter", "'newest'",
	    CARD(HOME("m") "," MAIL("x") "," FN("A")), false,
	    { { "edited", CARD(HOME("m") "," MAIL("a") "," FN("A")),
	      CARD(HOME("m") "," MAIL("a") "," FN("A")),
	      CARD(HOME("m") "," MAIL("y") "," FN("A")) },
	      EDIT(CARD(HOME("n") "," MAIL("d") "," FN("A"))) }, { NULL },
	    CARD(HOME("n") "," MAIL("y") "," FN("A")),
	    { "update", "update" }, "update", "email" },
	{ "edit/delete", REPORT, A, false,
	    { EDIT(CARD(FN("B"))), GONE }, { NULL },
	    CARD(FN("B")), { "-", "create" }, "update", "item" },
	{ "edit/delete, delete-wins", "delete", A, false,
	    { EDIT(CARD(FN("B"))), GONE }, { NULL },
	    NULL, { "delete", "-" }, "delete", "item" },
	{ "delete", REPORT, A, false, { GONE }, { NULL },
	    NULL, { "-" }, "delete", "" },
	{ "delete/delete", REPORT, A, false, { GONE, GONE }, { NULL },
	    NULL, { "-", "-" }, "delete", "" },
	{ "a deletion that had not seen the last edit", REPORT, A, false,
	    { { "gone", CARD(FN("0")), NULL, NULL } }, { NULL },
	    A, { "create" }, "-", "item" },
	{ "create/create, same UID, equal", REPORT, NULL, false,
	    { NEW(A), NEW(A) }, { NULL }, A, { "-", "-" }, "create", "" },
	{ "create/create, same UID, different: union", REPORT, NULL, false,
	    { NEW(CARD(FN("A") "," NOTE("n"))),
	      NEW(CARD(MAIL("m") "," FN("A"))) }, { NULL },
	    CARD(MAIL("m") "," FN("A") "," NOTE("n")),
	    { "update", "update" }, "create", "" },
	{ "create/create, a single value differs", REPORT, NULL, false,
	    { NEW(A), NEW(CARD(FN("B"))) }, { NULL },
	    "left", { "-", "-" }, "-", "n" },
	{ "a new item that the ring has: union", REPORT, A, false,
	    { NEW(CARD(FN("A") "," NOTE("n"))) }, { NULL },
	    CARD(FN("A") "," NOTE("n")), { "-" }, "update", "" },
	{ "a new item that the ring has otherwise", REPORT, A, false,
	    { NEW(CARD(FN("B"))) }, { NULL },
	    "left", { "-" }, "-", "n" },
	{ "an id renamed, or two swapped", REPORT, A, false,
	    { { "same", NULL, NULL, NULL } }, { NULL }, A, { "-" }, "-",
	    "" },
	{ "a property that the folder cannot store", REPORT,
	    CARD(FN("A") "," NOTE("n")), false,
	    { { "edited", NULL, A, CARD(FN("B")) } }, { NULL },
	    CARD(FN("B") "," NOTE("n")), { "-" }, "update", "" },
	{ "the same, and nothing edited", REPORT,
	    CARD(FN("A") "," NOTE("n")), false,
	    { { "edited", NULL, A, A } }, { NULL },
	    CARD(FN("A") "," NOTE("n")), { "-" }, "-", "" },
	{ "read-only: its edit flows out", REPORT, A, false,
	    { EDIT(CARD(FN("B"))) }, { "read-only" }, CARD(FN("B")),
	    { "-" }, "update", "" },
	{ "read-only: others' edits stay owed", REPORT, A, false,
	    { { "same", NULL, NULL, NULL }, EDIT(CARD(FN("B"))) },
	    { "read-only" }, CARD(FN("B")), { "-", "-" }, "update", "" },
	{ "read-only: an item that it lacks", REPORT, A, false,
	    { { "absent", NULL, NULL, NULL } }, { "read-only" }, A,
	    { "-" }, "-", "" },
	{ "write-only: its edit stays there", REPORT, A, false,
	    { EDIT(CARD(FN("B"))) }, { "write-only" }, A, { "-" }, "-",
	    "" },
	{ "write-only: its deletion counts for nothing", REPORT, A, false,
	    { GONE }, { "write-only" }, A, { "-" }, "-", "" },
	{ "write-only, repair: the edit is taken back", REPORT, A, false,
	    { EDIT(CARD(FN("B"))) }, { "write-only\",\"repair\":true,\"x\":"
	    "\"" }, A, { "update" }, "-", "" },
	{ "write-only, repair: the item is made again", REPORT, A, false,
	    { GONE }, { "write-only\",\"repair\":true,\"x\":\"" }, A,
	    { "create" }, "-", "" },
	{ "write-only: not the ring's, own = remove", REPORT, NULL, false,
	    { NEW(A) }, { "write-only" }, NULL, { "delete" }, "-", "" },
	{ "owed: not there yet", REPORT, A, false,
	    { { "absent", NULL, NULL, NULL } }, { NULL }, A, { "create" },
	    "-", "" },
	{ "owed: behind", REPORT, A, false,
	    { { "behind", CARD(FN("0")), NULL, NULL } }, { NULL }, A,
	    { "update" }, "-", "" },
	{ "unknown: nothing is done there", REPORT, A, false,
	    { { "unknown", NULL, NULL, NULL }, EDIT(CARD(FN("B"))) },
	    { NULL }, CARD(FN("B")), { "-", "-" }, "update", "" },
	{ "behind, and edits what it has not seen", REPORT, A, false,
	    { { "edited", CARD(FN("0")), NULL, CARD(FN("B")) } }, { NULL },
	    "left", { "-" }, "-", "n" },
	{ "the same, but another has seen it and edits, too", REPORT, A,
	    false, { { "edited", CARD(FN("0")), CARD(FN("0")),
	    CARD(FN("B")) }, EDIT(CARD(FN("B"))) }, { NULL },
	    CARD(FN("B")), { "-", "-" }, "update", "" },
	{ "behind, and edits something else", REPORT,
	    CARD(FN("A") "," NOTE("n")), false,
	    { { "edited", CARD(FN("0") "," NOTE("n")),
	    CARD(FN("0") "," NOTE("n")), CARD(FN("0") "," NOTE("m")) } },
	    { NULL }, CARD(FN("A") "," NOTE("m")), { "update" }, "update",
	    "" },
	{ "an edit takes a deleted item back", REPORT, NULL, true,
	    { { "edited", CARD(FN("A") "," NOTE("n")),
	    CARD(FN("A") "," NOTE("n")), CARD(FN("B") "," NOTE("n")) },
	    { "absent", NULL, NULL, NULL } }, { NULL },
	    CARD(FN("B") "," NOTE("n")), { "-", "create" }, "create",
	    "item" },
	{ "deleted: still owed", REPORT, NULL, true,
	    { { "behind", A, NULL, NULL } }, { NULL }, NULL, { "delete" },
	    "-", "" },
	{ "prefer: the folder first named wins", PREFER0, A, false,
	    { EDIT(CARD(FN("B"))), EDIT(CARD(FN("C"))) }, { NULL },
	    "prefer", { "?", "?" }, "update", "n" },
};

/* The op of a folder in a plan line. */
static const char *
op_of(const struct ex_plan_line *l, const char *folder)
{
	size_t i;

	for (i = 0; i < l->nop; i++)
		if (ex_str_is(l->op[i].folder, folder))
			return ex_plan_op_name(l->op[i].op);
	return "-";
}

static void
put_side(struct ex_buf *b, size_t f, const struct side *s)
{
	const char *const name[] = { "base", "shadow", "now" };
	const char *v[3];
	size_t i;

	v[0] = s->base;
	v[1] = s->shadow != NULL || s->base == NULL ? s->shadow : s->base;
	v[2] = s->now;
	ex_buf_fmt(b, "\"f%zu\":{\"is\":\"%s\"", f, s->is);
	if (strcmp(s->is, "absent") != 0)
		ex_buf_fmt(b, ",\"id\":\"i%zu\"", f);
	for (i = 0; i < 3; i++)
		if (v[i] != NULL)
			ex_buf_fmt(b, ",\"%s\":%s", name[i],
			    quoted(v[i]).p);
	ex_buf_putc(b, '}');
}

/* The case with n folders, its own beginning with folder first. */
static void
put_case(const struct ring_case *c, size_t n, size_t first)
{
	const struct side same = { "same", NULL, NULL, NULL };
	const struct side absent = { "absent", NULL, NULL, NULL };
	const char *access[MAX_SIDES] = { NULL };
	struct ex_buf b = EX_BUF_INIT;
	size_t i, k;

	for (i = 0; i < 3; i++)
		if (c->access[i] != NULL)
			access[(first + i) % n] = c->access[i];
	begin(c->policy, access, n);
	ex_buf_fmt(&b, "{\"rec\":\"change\",\"uid\":\"u\",\"kind\":"
	    "\"contacts\",\"gone\":%s,\"master\":%s,\"folders\":{",
	    c->gone ? "true" : "false", c->master != NULL ?
	    quoted(c->master).p : "null");
	for (i = 0; i < n; i++) {
		k = (i + n - first) % n;
		if (i > 0)
			ex_buf_putc(&b, ',');
		put_side(&b, i, k < 3 && c->side[k].is != NULL ?
		    &c->side[k] : c->master != NULL ? &same : &absent);
	}
	ex_buf_puts(&b, "}}");
	ex_rec_line(&input, ex_buf_get(&b));
	ex_buf_fini(&b);
}

static void
check_conflicts(const struct ring_case *c, size_t n)
{
	const struct ex_json *j;
	char got[256] = "";

	if (plan[0].conflicts != NULL)
		for (j = plan[0].conflicts->child; j != NULL; j = j->next)
			snprintf(got + strlen(got), sizeof(got) -
			    strlen(got), "%s%.*s", *got != '\0' ? " " : "",
			    EX_STR_ARG(ex_json_get_str(j, "what")));
	if (strcmp(got, c->conflicts) != 0)
		fail_msg("%s, N %zu: conflicts: %s", c->what, n, got);
}

static void
check_ops(const struct ring_case *c, size_t n, size_t first)
{
	const char *want, *got;
	char name[24];
	size_t i, k;

	for (i = 0; i < n; i++) {
		k = (i + n - first) % n;
		snprintf(name, sizeof(name), "f%zu", i);
		got = op_of(&plan[0], name);
		want = k < 3 && c->side[k].is != NULL ? c->op[k] : c->rest;
		if (strcmp(want, "?") != 0 && strcmp(got, want) != 0)
			fail_msg("%s, N %zu, first %zu: %s: %s\n%.*s",
			    c->what, n, first, name, got,
			    EX_STR_ARG(bytes));
	}
}

static void
check_master(const struct ring_case *c, size_t n, size_t first)
{
	struct ex_str got;
	const char *want = c->result;

	if (want != NULL && strcmp(want, "prefer") == 0)
		want = first == 0 ? CARD(FN("B")) : first == n - 1 ?
		    CARD(FN("C")) : CARD(FN("C"));
	if (want != NULL && strcmp(want, "left") == 0) {
		assert_true(plan[0].left);
		return;
	}
	assert_false(plan[0].left);
	if (want == NULL) {
		assert_null(plan[0].master);
		return;
	}
	if (plan[0].master == NULL)
		fail_msg("%s, N %zu: deleted", c->what, n);
	got = json_text(plan[0].master);
	if (!ex_str_eq(got, quoted(want)))
		fail_msg("%s, N %zu, first %zu:\n%.*s\n%s", c->what, n,
		    first, EX_STR_ARG(got), want);
}

static void
run_cases(size_t n)
{
	struct ex_merge_count count;
	size_t i, first;

	for (i = 0; i < GEN_N(cases); i++)
		for (first = 0; first < n; first++) {
			put_case(&cases[i], n, first);
			go(&count);
			assert_int_equal(nplan, 1);
			check_master(&cases[i], n, first);
			check_ops(&cases[i], n, first);
			check_conflicts(&cases[i], n);
		}
}

static void
test_cases_2(void **state)
{
	(void)state;
	run_cases(2);
}

static void
test_cases_3(void **state)
{
	(void)state;
	run_cases(3);
}

static void
test_cases_7(void **state)
{
	(void)state;
	run_cases(7);
}

/*
 * Three edits in three folders: of three properties; of one value, which two
 * have not seen come in place of theirs.
 */
static const struct ring_case three[] = {
	{ "three properties", REPORT,
	    CARD(MAIL("a") "," FN("A") "," NOTE("n")), false,
	    { EDIT(CARD(MAIL("b") "," FN("A") "," NOTE("n"))),
	      EDIT(CARD(MAIL("a") "," FN("B") "," NOTE("n"))),
	      EDIT(CARD(MAIL("a") "," FN("A") "," NOTE("m"))) },
	    { NULL }, CARD(MAIL("b") "," FN("B") "," NOTE("m")),
	    { "update", "update", "update" }, "update", "" },
	{ "one value, the last wins", "'newest'", CARD(MAIL("b") "," FN("A")),
	    false, { OWED("a", "e"), EDIT(CARD(MAIL("d") "," FN("A"))),
	      OWED("c", "f") }, { NULL }, CARD(MAIL("f") "," FN("A")),
	    { "update", "update", "-" }, "update", "email" },
	{ "one value, the first wins", "'newest'",
	    CARD(MAIL("b") "," FN("A")), false,
	    { OWED("a", "f"), EDIT(CARD(MAIL("d") "," FN("A"))),
	      OWED("c", "e") }, { NULL }, CARD(MAIL("f") "," FN("A")),
	    { "-", "update", "update" }, "update", "email" },
	{ "one value, replaced, removed, and replaced unseen", "'newest'",
	    CARD(MAIL("z") "," FN("A")), false,
	    { OWED("a", "e"), EDIT(CARD(MAIL("d") "," FN("A"))), EDIT(A) },
	    { NULL }, CARD(MAIL("e") "," FN("A")),
	    { "-", "update", "update" }, "update", "email" },
	{ "one value, removed, and what came for it won over none",
	    "'newest'", CARD(MAIL("z") "," FN("A")), false,
	    { OWED("a", "e"), EDIT(A), OWED("c", "d") }, { NULL },
	    CARD(MAIL("e") "," FN("A")), { "-", "update", "update" },
	    "update", "email" },
	{ "one value, who has seen it wins", "'newest'",
	    CARD(MAIL("b") "," FN("A")), false,
	    { OWED("a", "e"), EDIT(CARD(MAIL("f") "," FN("A"))),
	      OWED("c", "d") }, { NULL }, CARD(MAIL("f") "," FN("A")),
	    { "update", "-", "update" }, "update", "email" },
};

static void
test_three(void **state)
{
	struct ex_merge_count count;
	size_t n, first, i;

	(void)state;
	for (i = 0; i < sizeof(three) / sizeof(*three); i++)
		for (n = 3; n <= 7; n += 2)
			for (first = 0; first < n; first++) {
				put_case(&three[i], n, first);
				go(&count);
				check_master(&three[i], n, first);
				check_ops(&three[i], n, first);
				check_conflicts(&three[i], n);
			}
}

/* Policy "both": the loser is an item of its own, the same in every run. */
static void
test_both(void **state)
{
	static const struct ring_case both = { "both", "'both'", A, false,
	    { EDIT(CARD(FN("B"))), EDIT(CARD(FN("C"))) }, { NULL },
	    CARD(FN("C")), { "update", "-" }, "update", "n" };
	struct ex_merge_count count;
	struct ex_str uid = EX_STR_NONE;
	size_t first;

	(void)state;
	for (first = 0; first < 3; first++) {
		put_case(&both, 3, first);
		go(&count);
		assert_int_equal(nplan, 2);
		check_master(&both, 3, first);
		check_ops(&both, 3, first);
		assert_int_equal(plan[1].nop, 3);
		assert_true(ex_str_starts(plan[1].uid, "u-"));
		assert_non_null(strstr(json_text(plan[1].master).p,
		    "\"fn\",{},\"text\",\"B\""));
		if (first == 0)
			uid = (struct ex_str){ strndup(plan[1].uid.p,
			    plan[1].uid.n), plan[1].uid.n };
		assert_true(ex_str_eq(uid, plan[1].uid));
	}
	free((char *)uid.p);
}

#define CAL(more, props)	"['vcalendar',[['version',{},'text','2.0']],[" \
	"['vevent',[" props ",['uid',{},'text','u']],[]]" more "]]"
#define DT(name, d)	"['" name "',{},'date-time','2020-01-0" d \
	"T10:00:00Z']"
#define SEQ(n)		"['sequence',{},'integer'," n "]"
#define RULE		"['rrule',{},'recur',{'freq':'DAILY'}]"
#define INST(d, s)	",['vevent',[" DT("dtstart", d) "," \
	DT("recurrence-id", d) "," \
	P("summary", s) ",['uid',{},'text','u']],[]]"

struct cal_case {
	const char *what, *master;
	const char *now[2];
	const char *has[3], *hasnt[2];	/* in the master; NULL: left */
};

static const struct cal_case cal_cases[] = {
	{ "stamps: the latest, and CREATED the earliest",
	    CAL("", DT("created", "5") "," DT("dtstamp", "2") ","
	    DT("dtstart", "1") "," DT("last-modified", "4")),
	    { CAL("", DT("created", "6") "," DT("dtstamp", "3") ","
	    DT("dtstart", "1") "," DT("last-modified", "3") ","
	    P("summary", "s")), NULL },
	    { DT("dtstamp", "3") "," DT("dtstart", "1") ","
	    DT("last-modified", "4"), DT("created", "5"),
	    "['prodid',{},'text','-//exring" }, { NULL } },
	{ "no DTSTAMP: LAST-MODIFIED",
	    CAL("", DT("dtstart", "1")),
	    { CAL("", DT("dtstart", "1") "," DT("last-modified", "7")),
	    CAL("", DT("dtstart", "1") "," P("summary", "s")) },
	    { DT("dtstart", "1"), NULL }, { "dtstamp','7" } },
	{ "no DTSTAMP, no LAST-MODIFIED: 1970",
	    CAL("", DT("dtstart", "1")),
	    { CAL("", DT("dtstart", "1") "," P("summary", "s")), NULL },
	    { "['dtstamp',{},'date-time','1970-01-01T00:00:00Z']" },
	    { "sequence" } },
	{ "SEQUENCE goes up when the start moves",
	    CAL("", DT("dtstart", "1") "," SEQ("4")),
	    { CAL("", DT("dtstart", "2") "," SEQ("4")), NULL },
	    { SEQ("5") }, { NULL } },
	{ "but not where its editor has done that",
	    CAL("", DT("dtstart", "1") "," SEQ("4")),
	    { CAL("", DT("dtstart", "2") "," SEQ("6")), NULL },
	    { SEQ("6") }, { NULL } },
	{ "nor when something else changes",
	    CAL("", DT("dtstart", "1") "," SEQ("4")),
	    { CAL("", DT("dtstart", "1") "," SEQ("4") ","
	    P("summary", "s")), NULL }, { SEQ("4") }, { NULL } },
	{ "excluded dates of two folders",
	    CAL("", DT("dtstart", "1") "," RULE),
	    { CAL("", DT("dtstart", "1") "," DT("exdate", "2") "," RULE),
	    CAL("", DT("dtstart", "1") "," DT("exdate", "3") "," RULE) },
	    { "'2020-01-02T10:00:00Z'", "'2020-01-03T10:00:00Z'" },
	    { NULL } },
	{ "an excluded date, and the start moved elsewhere: left",
	    CAL("", DT("dtstart", "1") "," RULE),
	    { CAL("", DT("dtstart", "1") "," DT("exdate", "2") "," RULE),
	    CAL("", DT("dtstart", "3") "," RULE) }, { NULL }, { NULL } },
	{ "start and end are one value: left",
	    CAL("", DT("dtend", "5") "," DT("dtstart", "1")),
	    { CAL("", DT("dtend", "5") "," DT("dtstart", "2")),
	    CAL("", DT("dtend", "6") "," DT("dtstart", "1")) },
	    { NULL }, { NULL } },
	{ "an instance removed here and edited there stays",
	    CAL(INST("2", "a"), DT("dtstart", "1") "," RULE),
	    { CAL("", DT("dtstart", "1") "," RULE),
	    CAL(INST("2", "b"), DT("dtstart", "1") "," RULE) },
	    { P("summary", "b") }, { P("summary", "a") } },
	{ "an instance removed here, the series edited there",
	    CAL(INST("2", "a"), DT("dtstart", "1") "," RULE),
	    { CAL("", DT("dtstart", "1") "," RULE),
	    CAL(INST("2", "a"), DT("dtstart", "1") "," RULE ","
	    P("summary", "s")) },
	    { P("summary", "s") }, { "recurrence-id" } },
	{ "two instances",
	    CAL("", DT("dtstart", "1") "," RULE),
	    { CAL(INST("2", "a"), DT("dtstart", "1") "," RULE),
	    CAL(INST("3", "b"), DT("dtstart", "1") "," RULE) },
	    { P("summary", "a"), P("summary", "b") }, { NULL } },
};

static bool
has(struct ex_str text, const char *what)
{
	return strstr(ex_arena_str(&arena, text).p, quoted(what).p) != NULL;
}

static void
check_cal(const struct cal_case *c)
{
	struct ex_str got;
	size_t i;

	if (plan[0].left != (c->has[0] == NULL))
		fail_msg("%s: %.*s", c->what, EX_STR_ARG(bytes));
	if (plan[0].left)
		return;
	got = json_text(plan[0].master);
	for (i = 0; i < 3; i++)
		if (c->has[i] != NULL && !has(got, c->has[i]))
			fail_msg("%s: no %s in\n%.*s", c->what, c->has[i],
			    EX_STR_ARG(got));
	for (i = 0; i < 2; i++)
		if (c->hasnt[i] != NULL && has(got, c->hasnt[i]))
			fail_msg("%s: %s in\n%.*s", c->what, c->hasnt[i],
			    EX_STR_ARG(got));
}

static void
test_calendars(void **state)
{
	const struct cal_case *c;
	struct ex_merge_count count;
	size_t i, turn;

	(void)state;
	for (i = 0; i < GEN_N(cal_cases); i++)
		for (turn = 0; turn < 2; turn++) {
			c = &cal_cases[i];
			begin(REPORT, NULL, 2);
			ex_rec_line(&input, ex_arena_fmt(&arena, "{\"rec\":"
			    "\"change\",\"uid\":\"u\",\"kind\":\"events\","
			    "\"gone\":false,\"master\":%s,\"folders\":{"
			    "\"f%zu\":{\"is\":\"edited\",\"id\":\"a\","
			    "\"now\":%s},\"f%zu\":{\"is\":\"%s\",\"id\":"
			    "\"b\"%s%s}}}", quoted(c->master).p, turn,
			    quoted(c->now[0]).p, 1 - turn, c->now[1] != NULL ?
			    "edited" : "same", c->now[1] != NULL ?
			    ",\"now\":" : "", c->now[1] != NULL ?
			    quoted(c->now[1]).p : ""));
			go(&count);
			assert_int_equal(nplan, 1);
			check_cal(c);
		}
}

/* Two edits that are fine each and make no item together: left whole. */
static void
test_invalid(void **state)
{
	struct ex_merge_count count;

	(void)state;
	begin(REPORT, NULL, 2);
	ex_rec_line(&input, ex_arena_fmt(&arena, "{\"rec\":\"change\","
	    "\"uid\":\"u\",\"kind\":\"events\",\"gone\":false,\"master\":"
	    "%s,\"folders\":{\"f0\":{\"is\":\"edited\",\"id\":\"a\","
	    "\"now\":%s},\"f1\":{\"is\":\"edited\",\"id\":\"b\","
	    "\"base\":%s,\"shadow\":%s,\"now\":%s}}}",
	    quoted(CAL("", DT("dtend", "3") "," DT("dtstart", "2"))).p,
	    quoted(CAL("", DT("dtend", "3") "," DT("dtstart", "2") ","
	    P("summary", "s"))).p,
	    quoted(CAL("", DT("dtend", "3") "," DT("dtstart", "2"))).p,
	    quoted(CAL("", DT("dtend", "3"))).p,
	    quoted(CAL("", DT("dtend", "1"))).p));
	go(&count);
	assert_true(plan[0].left);
	assert_true(has(bytes, "'why':'invalid'"));
}

static void
hash_of(const struct ex_json *j, char hex[EX_HASH_HEX])
{
	struct ex_item item;
	struct ex_err err = { 0 };

	assert_int_equal(ex_item_of_json(j, &arena, &item, &err), 0);
	ex_canon_hash(canon, &item, EX_CANON_HASH, hex);
}

/* One editor: its version is the result, and nothing is owed to it. */
static void
test_one_editor(void **state)
{
	struct gen g = { 0, EX_BUF_INIT, "" };
	struct ex_merge_count count;
	char want[500][EX_HASH_HEX], got[EX_HASH_HEX];
	struct ex_json *j;
	struct ex_err err = { 0 };
	struct ex_str x, y;
	size_t i;

	(void)state;
	begin(REPORT, NULL, 3);
	for (i = 0; i < 500; i++) {
		g.seed = (i + 1) * 0x9E3779B97F4A7C15ULL;
		x = gen_text(&g, i % 2, &arena);
		y = gen_text(&g, i % 2, &arena);
		assert_int_equal(ex_json_parse(y, &arena, &j, &err), 0);
		hash_of(j, want[i]);
		ex_rec_line(&input, ex_arena_fmt(&arena, "{\"rec\":\"change\""
		    ",\"uid\":\"%05zu\",\"kind\":\"events\",\"gone\":false,"
		    "\"master\":%.*s,\"folders\":{\"f0\":{\"is\":\"edited\","
		    "\"id\":\"a\",\"now\":%.*s},\"f1\":{\"is\":\"same\","
		    "\"id\":\"b\"},\"f2\":{\"is\":\"same\",\"id\":\"c\"}}}",
		    i, EX_STR_ARG(x), EX_STR_ARG(y)));
	}
	go(&count);
	assert_int_equal(nplan, 500);
	assert_int_equal(count.conflicts, 0);
	for (i = 0; i < nplan; i++) {
		hash_of(plan[i].master, got);
		assert_string_equal(got, want[i]);
		assert_string_equal(op_of(&plan[i], "f0"), "-");
		assert_null(plan[i].seen[0].base);
		assert_null(plan[i].seen[0].shadow);
	}
	ex_buf_fini(&g.b);
}

/* What a folder has refused is not tried again, but what comes of it is. */
static void
test_refused(void **state)
{
	struct ex_merge_count count;
	char hex[EX_HASH_HEX];
	struct ex_json *j;
	struct ex_err err = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin(REPORT, NULL, 3);
		assert_int_equal(ex_json_parse(quoted(A), &arena, &j, &err),
		    0);
		hash_of(j, hex);
		ex_rec_line(&input, ex_arena_fmt(&arena, "{\"rec\":"
		    "\"change\",\"uid\":\"u\",\"kind\":\"contacts\","
		    "\"gone\":false,\"master\":%s,\"folders\":{\"f0\":{"
		    "\"is\":\"absent\",\"refused\":\"%s\"},\"f1\":{"
		    "\"is\":\"%s\",\"id\":\"b\"%s}}}", quoted(A).p, hex,
		    i == 0 ? "same" : "edited", i == 0 ? "" :
		    ex_arena_fmt(&arena, ",\"now\":%s",
		    quoted(CARD(FN("B"))).p).p));
		go(&count);
		assert_string_equal(op_of(&plan[0], "f0"), i == 0 ? "-" :
		    "create");
	}
}

/*
 * Three editors, names turned around: the same masters.  Under a policy
 * every item gets one, and it is fit for a second round: nobody edits, and
 * nothing changes.
 */
static void
test_permuted(void **state)
{
	static const size_t turn[3][3] = { { 0, 1, 2 }, { 2, 0, 1 },
	    { 1, 0, 2 } };
	struct gen g = { 0, EX_BUF_INIT, "" };
	struct ex_merge_count count;
	struct ex_str v[4], *first;
	size_t i, k, t;

	(void)state;
	first = calloc(300, sizeof(*first));
	for (t = 0; t < 3; t++) {
		begin("'newest'", NULL, 3);
		for (i = 0; i < 300; i++) {
			g.seed = (i + 1) * 0x9E3779B97F4A7C15ULL;
			for (k = 0; k < 4; k++)
				v[k] = gen_text(&g, i % 2, &arena);
			ex_rec_line(&input, ex_arena_fmt(&arena, "{\"rec\":"
			    "\"change\",\"uid\":\"%05zu\",\"kind\":"
			    "\"events\",\"gone\":false,\"master\":%.*s,"
			    "\"folders\":{\"f%zu\":{\"is\":\"edited\","
			    "\"id\":\"a\",\"now\":%.*s},\"f%zu\":{\"is\":"
			    "\"edited\",\"id\":\"b\",\"now\":%.*s},\"f%zu\":"
			    "{\"is\":\"edited\",\"id\":\"c\",\"now\":%.*s}}}",
			    i, EX_STR_ARG(v[3]), turn[t][0],
			    EX_STR_ARG(v[0]), turn[t][1], EX_STR_ARG(v[1]),
			    turn[t][2], EX_STR_ARG(v[2])));
		}
		go(&count);
		assert_int_equal(nplan, 300);
		for (i = 0; i < nplan; i++) {
			struct ex_str s = plan[i].master == NULL ?
			    EX_STR("null") : json_text(plan[i].master);

			if (t == 0)
				first[i] = (struct ex_str){ strndup(s.p,
				    s.n), s.n };
			else if (!ex_str_eq(first[i], s))
				fail_msg("item %zu:\n%.*s\n%.*s", i,
				    EX_STR_ARG(first[i]), EX_STR_ARG(s));
		}
	}
	begin(REPORT, NULL, 3);
	for (i = 0; i < 300; i++)
		ex_rec_line(&input, ex_arena_fmt(&arena, "{\"rec\":\"change\""
		    ",\"uid\":\"%05zu\",\"kind\":\"events\",\"gone\":%s,"
		    "\"master\":%.*s,\"folders\":{\"f1\":{\"is\":\"same\","
		    "\"id\":\"x\"}}}", i, ex_str_is(first[i], "null") ?
		    "true" : "false", EX_STR_ARG(first[i])));
	go(&count);
	assert_int_equal(count.update + count.create, 0);
	for (i = 0; i < 300; i++) {
		if (plan[i].master != NULL)
			assert_true(ex_str_eq(json_text(plan[i].master),
			    first[i]));
		free((char *)first[i].p);
	}
	free(first);
	ex_buf_fini(&g.b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases_2),
		cmocka_unit_test(test_cases_3),
		cmocka_unit_test(test_cases_7),
		cmocka_unit_test(test_three),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_calendars),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_one_editor),
		cmocka_unit_test(test_permuted),
		cmocka_unit_test(test_refused),
	};
	int failed, fd = mkstemp(path);

	if (fd == -1)
		return 2;
	close(fd);
	canon = ex_canon_new();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ex_canon_free(canon);
	ex_arena_free(&arena);
	unlink(path);
	return failed;
}
