/*
 * place.c: somebody writes between our look at a file and its replacement
 *
 * renameat2(2) is ours here: before each call somebody does what the test
 * has given for it.  So is linkat(2), which FAT has not.
 */
#define _DEFAULT_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vdirtest.h"

static void (*before[4])(void);
static size_t calls;
static int refused;	/* this errno instead of an exchange */

int	renameat2(int, const char *, int, const char *, unsigned);

int
renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	size_t i = calls++;

	if (i < sizeof(before) / sizeof(before[0]) && before[i] != NULL)
		before[i]();
	if (refused != 0) {
		errno = refused;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

static bool no_links;
static void (*before_link)(void);

int
linkat(int from, const char *old, int to, const char *new, int flags)
{
	if (before_link != NULL)
		before_link();
	if (no_links) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_linkat, from, old, to, new, flags);
}

static int
setup(void **state)
{
	no_links = false;
	before_link = NULL;
	memset(before, 0, sizeof(before));
	calls = 0;
	refused = 0;
	return in_new_vdir(state);
}

/* As editors do: beside it, and renamed. */
static void
saves(const char *name)
{
	put("new", card("a", name));
	assert_int_equal(rename("new", "a.vcf"), 0);
}

static void
saves_eve(void)
{
	saves("Eve");
}

static void
saves_fay(void)
{
	saves("Fay");
}

static void
writes_eve(void)
{
	put("a.vcf", card("a", "Eve the Second"));
}

static void
removes(void)
{
	assert_int_equal(unlink("a.vcf"), 0);
}

static const char *
updated(void)
{
	struct ex_write w;

	put("a.vcf", card("a", "Ann"));
	w = update("a.vcf", rev_of(store, "a.vcf"), card("a", "Bob"));
	return wrote(store, &w, 1);
}

static const char *
removed(void)
{
	struct ex_write w;

	put("a.vcf", card("a", "Ann"));
	w = removal("a.vcf", rev_of(store, "a.vcf"));
	return wrote(store, &w, 1);
}

#define STORED	"0 stored a.vcf as vcard 3.0 (Bob)\n"
#define STALE	"0 stale why: a.vcf: has changed\n"

static bool
has(const char *path, const char *name)
{
	return strstr(got_file(path), ex_arena_fmt(&arena, "FN:%s\r\n",
	    name).p) != NULL;
}

static void
is_left(const char *name)
{
	assert_true(has("a.vcf", name));
	assert_int_equal(files(), 1);
}

static void
test_nobody(void **state)
{
	(void)state;
	assert_string_equal(updated(), STORED);
	is_left("Bob");
	assert_string_equal(removed(), "0 stored a.vcf\n");
	assert_int_equal(files(), 0);
	assert_int_equal(calls, 2);
}

static void
test_update(void **state)
{
	(void)state;
	before[0] = saves_eve;
	assert_string_equal(updated(), STALE);
	is_left("Eve");
	assert_int_equal(calls, 2);
}

static void
test_update_in_place(void **state)
{
	(void)state;
	before[0] = writes_eve;
	assert_string_equal(updated(), STALE);
	is_left("Eve the Second");
}

/* Eve's comes out, Fay's is there when it goes back. */
static void
test_update_twice(void **state)
{
	(void)state;
	before[0] = saves_eve;
	before[1] = saves_fay;
	assert_string_equal(updated(), STALE);
	is_left("Fay");
	assert_int_equal(calls, 3);
}

static void
test_update_thrice(void **state)
{
	(void)state;
	before[0] = saves_eve;
	before[1] = saves_fay;
	before[2] = saves_eve;
	assert_string_equal(updated(), STALE);
	is_left("Eve");
	assert_int_equal(calls, 4);
}

/* Ours is deleted while Eve's is out. */
static void
test_update_removed(void **state)
{
	(void)state;
	before[0] = saves_eve;
	before[1] = removes;
	assert_string_equal(updated(), STALE);
	is_left("Eve");
}

static void
test_update_gone(void **state)
{
	(void)state;
	before[0] = removes;
	assert_string_equal(updated(),
	    "0 busy why: a.vcf: No such file or directory\n");
	assert_int_equal(files(), 0);
}

static void
test_remove(void **state)
{
	(void)state;
	before[0] = saves_eve;
	assert_string_equal(removed(), STALE);
	is_left("Eve");
}

static void
test_remove_twice(void **state)
{
	(void)state;
	before[0] = saves_eve;
	before[1] = saves_fay;
	assert_string_equal(removed(), STALE);
	is_left("Fay");
}

/* A name of ours that a process of our number has left is not overwritten. */
static void
test_remove_left_over(void **state)
{
	const char *left = ex_arena_fmt(&arena, ".exring-%ld-0.tmp",
	    (long)getpid()).p;

	(void)state;
	put(left, "of another");
	assert_string_equal(removed(), "0 stored a.vcf\n");
	assert_string_equal(got_file(left), "of another");
	assert_int_equal(files(), 1);
}

/* The same, and somebody has made another by then. */
static void
test_update_made_anew(void **state)
{
	(void)state;
	before[0] = saves_eve;
	before[1] = removes;
	before[2] = saves_fay;
	assert_string_equal(updated(), STALE);
	is_left("Fay");
}

static void
test_no_links(void **state)
{
	struct ex_write w = create("a", card("a", "Ann"));

	(void)state;
	no_links = true;
	assert_string_equal(wrote(store, &w, 1),
	    "0 stored a.vcf as vcard 3.0 (Ann)\n");
	is_left("Ann");
	before[0] = saves_eve;
	before[1] = removes;
	assert_string_equal(updated(), STALE);
	is_left("Eve");
	assert_string_equal(wrote(store, &w, 1),
	    "0 exists why: a.vcf: File exists\n");
	is_left("Eve");
}

/* What a file system without exchange answers. */
static void
test_without(void **state)
{
	(void)state;
	refused = EINVAL;
	assert_string_equal(updated(), STORED);
	is_left("Bob");
	assert_string_equal(removed(), "0 stored a.vcf\n");
	assert_int_equal(files(), 0);
	refused = EIO;
	assert_string_equal(updated(),
	    "0 busy why: a.vcf: Input/output error\n");
	is_left("Ann");
	assert_string_equal(removed(),
	    "0 busy why: a.vcf: Input/output error\n");
	is_left("Ann");
}

static void
saves_both(void)
{
	put("new", ex_arena_fmt(&arena, "%s%s", card("a", "Ann"),
	    card("e", "Eve")).p);
	assert_int_equal(rename("new", "f.vcf"), 0);
	before[0] = NULL;
}

/* A file of many items: begun anew on what is there now. */
static void
test_file(void **state)
{
	struct ex_store *s;
	struct ex_write w;

	(void)state;
	put("f.vcf", card("a", "Ann"));
	s = opened_as(NULL, "file:f.vcf", EX_KIND_CONTACTS);
	assert_non_null(s);
	w = update("a", rev_of(s, "a"), card("a", "Bob"));
	before[0] = saves_both;
	assert_string_equal(wrote(s, &w, 1),
	    "0 stored a as vcard 3.0 (Bob)\n");
	assert_true(has("f.vcf", "Bob"));
	assert_true(has("f.vcf", "Eve"));
	assert_int_equal(files(), 1);
	assert_int_equal(calls, 3);
	ex_store_close(s);
}

static void
makes_eve(void)
{
	put("f.vcf", card("e", "Eve"));
	before_link = NULL;
}

/* There was none, and then there is one. */
static void
test_file_made(void **state)
{
	struct ex_store *s = opened_as(NULL, "file:f.vcf", EX_KIND_CONTACTS);
	struct ex_write w = create("a", card("a", "Ann"));

	(void)state;
	assert_non_null(s);
	before_link = makes_eve;
	assert_string_equal(wrote(s, &w, 1),
	    "0 stored a as vcard 3.0 (Ann)\n");
	assert_true(has("f.vcf", "Ann"));
	assert_true(has("f.vcf", "Eve"));
	assert_int_equal(files(), 1);
	ex_store_close(s);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, out_of_vdir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nobody),
		TEST(test_update),
		TEST(test_update_in_place),
		TEST(test_update_twice),
		TEST(test_update_thrice),
		TEST(test_update_removed),
		TEST(test_update_gone),
		TEST(test_remove),
		TEST(test_remove_twice),
		TEST(test_remove_left_over),
		TEST(test_update_made_anew),
		TEST(test_no_links),
		TEST(test_without),
		TEST(test_file),
		TEST(test_file_made),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
