/*
 * token.c: the sync tokens of vdir: and file:, on a real file system
 *
 * Each row has a folder of its own, where one thing happens between two
 * listings.
 */
#define _GNU_SOURCE	/* renameat2(2) */

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "storetest.h"

static const struct timespec early[2] = { { .tv_sec = 1000000000 },
    { .tv_sec = 1000000000 } };

static void
nothing(void)
{
}

static void
written(void)
{
	put("a.vcf", card("a", "Eve"));
}

static void
written_and_dated_back(void)
{
	written();
	assert_int_equal(utimensat(AT_FDCWD, "a.vcf", early, 0), 0);
}

static void
replaced(void)
{
	put("x.tmp", card("a", "Eve"));
	assert_int_equal(utimensat(AT_FDCWD, "x.tmp", early, 0), 0);
	assert_int_equal(rename("x.tmp", "a.vcf"), 0);
}

static void
renamed(void)
{
	assert_int_equal(rename("a.vcf", "c.vcf"), 0);
}

static void
swapped(void)
{
	assert_int_equal(renameat2(AT_FDCWD, "a.vcf", AT_FDCWD, "b.vcf",
	    RENAME_EXCHANGE), 0);
}

static void
removed(void)
{
	assert_int_equal(unlink("a.vcf"), 0);
}

static void
come(void)
{
	put("n.vcf", card("n", "New"));
}

static void
come_and_gone(void)
{
	come();
	assert_int_equal(unlink("n.vcf"), 0);
}

static void
closed_to_others(void)
{
	assert_int_equal(chmod("a.vcf", 0600), 0);
}

static void
hint_written(void)
{
	put("color", "#000");
}

static void
hint_come(void)
{
	put("displayname", "Ann's");
}

static void
event_written(void)
{
	put("e.ics", "junk");
}

static void
event_in_a_card_written(void)
{
	put("other.vcf", card("o", "No event any more"));
}

static void
below_written(void)
{
	put("sub.vcf/n.vcf", card("n", "New"));
}

static void
target_written(void)
{
	put("target", card("l", "Eve"));
}

struct row {
	const char *what;
	void (*happens)(void);
	bool vdir, file;	/* does the token hold? */
};

static const struct row row[] = {
	{ "nothing", nothing, true, true },
	{ "written in place", written, false, false },
	{ "and dated back", written_and_dated_back, false, false },
	{ "replaced", replaced, false, false },
	{ "renamed", renamed, false, false },
	{ "swapped", swapped, false, false },
	{ "removed", removed, false, false },
	{ "a new one", come, false, true },
	{ "come and gone", come_and_gone, false, true },
	{ "chmod", closed_to_others, false, false },
	{ "another's file written", hint_written, true, true },
	{ "another's file come", hint_come, false, true },
	{ "of another kind", event_written, true, true },
	{ "of another kind by its text", event_in_a_card_written, false,
	    true },
	{ "below a folder", below_written, true, true },
	{ "behind a link", target_written, false, true },
};

#define ROWS	(sizeof(row) / sizeof(row[0]))

/* The row's folder, made if it is not there. */
static void
enter(size_t i)
{
	char name[32];

	assert_int_equal(chdir(new_dir), 0);
	snprintf(name, sizeof(name), "%zu", i);
	if (mkdir(name, 0755) == 0) {
		assert_int_equal(chdir(name), 0);
		put("a.vcf", card("a", "Ann"));
		put("b.vcf", card("b", "Bob"));
		put("bad.vcf", "junk\n");
		put("e.ics", cal(comp("VEVENT", "e", "Event")));
		put("other.vcf", cal(comp("VEVENT", "o", "Event")));
		put("color", "#fff");
		put("target", card("l", "Lee"));
		assert_int_equal(symlink("target", "link.vcf"), 0);
		assert_int_equal(mkdir("sub.vcf", 0755), 0);
	} else {
		assert_int_equal(chdir(name), 0);
	}
}

/* Past the time in which a file is racy. */
static void
settle(void)
{
	static const struct timespec t = { .tv_sec = 2, .tv_nsec = 100000000 };

	nanosleep(&t, NULL);
}

/* What it lists after `since`, as text; what came of it in *want. */
static const char *
after(struct ex_store *s, struct ex_str since, struct ex_store_list *want)
{
	*want = (struct ex_store_list){ .since = since, .found = tell_found };
	ex_buf_clear(&told);
	assert_int_equal(s->ops->list(s, want, &err), 0);
	want->token = ex_arena_str(&arena, want->token);
	return text_of(&told);
}

static struct ex_str
token_of(const char *operand, struct ex_str since, bool *delta)
{
	struct ex_store *s = opened_as("f", operand, EX_KIND_CONTACTS);
	struct ex_store_list want;
	const char *text;

	assert_non_null(s);
	text = after(s, since, &want);
	ex_store_close(s);
	if (want.delta) {
		assert_string_equal(text, "");
		assert_true(ex_str_eq(want.token, since));
	}
	*delta = want.delta;
	return want.token;
}

static void
test_rows(void **state)
{
	struct ex_str vdir[ROWS], file[ROWS], now;
	bool delta;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS; i++) {
		enter(i);
		now = token_of("vdir:.", EX_STR_NONE, &delta);
		assert_null(now.p);	/* all of it is racy */
		now = token_of("file:a.vcf", EX_STR_NONE, &delta);
		assert_null(now.p);
	}
	settle();
	for (i = 0; i < ROWS; i++) {
		enter(i);
		vdir[i] = token_of("vdir:.", EX_STR_NONE, &delta);
		assert_false(delta);
		file[i] = token_of("file:a.vcf", EX_STR_NONE, &delta);
		assert_false(delta);
		assert_non_null(vdir[i].p);
		assert_non_null(file[i].p);
		row[i].happens();
	}
	for (i = 0; i < ROWS; i++) {
		enter(i);
		now = token_of("vdir:.", vdir[i], &delta);
		if (delta != row[i].vdir)
			fail_msg("vdir: %s: %d", row[i].what, delta);
		if (!delta && now.p != NULL)
			fail_msg("vdir: %s: a racy token", row[i].what);
		if (access("a.vcf", F_OK) == -1)
			continue;
		now = token_of("file:a.vcf", file[i], &delta);
		if (delta != row[i].file)
			fail_msg("file: %s: %d", row[i].what, delta);
		if (!delta && now.p != NULL)
			fail_msg("file: %s: a racy token", row[i].what);
	}
	settle();
	for (i = 0; i < ROWS; i++) {
		enter(i);
		now = token_of("vdir:.", vdir[i], &delta);
		if (now.p == NULL || delta != ex_str_eq(now, vdir[i]) ||
		    delta != row[i].vdir)
			fail_msg("vdir: %s: later", row[i].what);
	}
}

/* What nobody gave, and what is cut, is asked for in full. */
static void
test_wrong(void **state)
{
	struct ex_str token, wrong;
	bool delta;

	(void)state;
	enter(0);
	settle();
	token = token_of("vdir:.", EX_STR_NONE, &delta);
	assert_non_null(token.p);
	for (wrong = token; wrong.n > 0;) {
		wrong.n--;
		assert_true(ex_str_eq(token_of("vdir:.", wrong, &delta),
		    token));
		assert_false(delta);
	}
	wrong = ex_arena_fmt(&arena, "%.*sx", EX_STR_ARG(token));
	token_of("vdir:.", wrong, &delta);
	assert_false(delta);
}

/* It is the same whether the snapshot knows the items or not. */
static void
test_kept(void **state)
{
	struct ex_store *s = NULL;
	struct ex_store_list want = { .found = tell_found,
	    .known = is_known };
	struct ex_str token;
	bool delta;

	(void)state;
	enter(0);
	settle();
	token = token_of("vdir:.", EX_STR_NONE, &delta);
	assert_non_null(token.p);
	s = opened_as("f", "vdir:.", EX_KIND_CONTACTS);
	listed(s, false);
	ex_buf_clear(&told);
	assert_int_equal(s->ops->list(s, &want, &err), 0);
	assert_string_equal(text_of(&told), "kept a.vcf\nkept b.vcf\n"
	    "kept bad.vcf\nkept link.vcf\n");
	assert_true(ex_str_eq(want.token, token));
	ex_store_close(s);
}

/* With what may become readable and look as it did there is none. */
static void
test_unreadable(void **state)
{
	struct ex_str token;
	bool delta;

	(void)state;
	enter(0);
	assert_int_equal(symlink("nowhere", "lost.vcf"), 0);
	settle();
	token = token_of("vdir:.", EX_STR_NONE, &delta);
	assert_null(token.p);
	assert_int_equal(unlink("lost.vcf"), 0);
	settle();
	token = token_of("vdir:.", EX_STR_NONE, &delta);
	assert_non_null(token.p);
}

/* A file that has been opened may not be read while the token holds. */
static void
test_not_opened(void **state)
{
	struct ex_store *s;
	struct ex_store_list want;
	struct ex_str token;

	(void)state;
	enter(0);
	settle();
	s = opened_as("f", "file:a.vcf", EX_KIND_CONTACTS);
	after(s, EX_STR_NONE, &want);
	token = want.token;
	ex_store_close(s);
	s = opened_as("f", "file:a.vcf", EX_KIND_CONTACTS);
	after(s, token, &want);
	assert_true(want.delta);
	assert_int_equal(s->requests, 0);
	ex_store_close(s);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, in_new_dir, out_of_it)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rows),
		TEST(test_wrong),
		TEST(test_kept),
		TEST(test_unreadable),
		TEST(test_not_opened),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
