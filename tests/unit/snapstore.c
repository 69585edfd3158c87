/*
 * snapstore.c: a snapshot as a folder to read
 */
#define _XOPEN_SOURCE 700

#include <unistd.h>

#include <ex/canon.h>
#include <ex/snapshot.h>
#include <ex/snapwrite.h>

#include "storetest.h"

#define HASH_A	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define CARD(uid, fn)	"[\"vcard\",[[\"version\",{},\"text\",\"4.0\"]," \
	"[\"fn\",{},\"text\",\"" fn "\"],[\"uid\",{},\"text\",\"" uid "\"]]]"

static void
make(void)
{
	struct ex_snap_ring ring = { .id = EX_STR("ring-id"),
	    .config = EX_STR("c"), .canon = EX_CANON_VERSION,
	    .kind = EX_KIND_CONTACTS };
	struct ex_snap_folder folder = { .name = EX_STR("alice"),
	    .identity = EX_STR("i"), .scope = EX_STR("s") };
	struct ex_snap_binding b = { .id = EX_STR("x") };
	struct ex_snap *s;

	assert_int_equal(ex_snap_open(&s, "t.snap", EX_SNAP_CREATE, &err), 0);
	assert_int_equal(ex_snap_begin(s, &err), 0);
	assert_int_equal(ex_snap_set_ring(s, &ring, &err), 0);
	assert_int_equal(ex_snap_set_folder(s, &folder, &err), 0);
	assert_int_equal(ex_snap_put_entry(s, EX_STR("a"), EX_STR(HASH_A),
	    false, &err), 0);
	assert_int_equal(ex_snap_put_body(s, EX_STR("a"), EX_STR(HASH_A),
	    EX_STR(CARD("a", "Ann")), &err), 0);
	assert_int_equal(ex_snap_put_entry(s, EX_STR("b"), EX_STR(HASH_B),
	    false, &err), 0);
	assert_int_equal(ex_snap_put_body(s, EX_STR("b"), EX_STR(HASH_B),
	    EX_STR(CARD("b", "Bob")), &err), 0);
	/* A tombstone that is still bound, and an entry without master. */
	assert_int_equal(ex_snap_put_entry(s, EX_STR("t"), EX_STR_NONE, true,
	    &err), 0);
	assert_int_equal(ex_snap_put_binding(s, EX_STR("t"), &b, &err), 0);
	assert_int_equal(ex_snap_put_entry(s, EX_STR("n"), EX_STR_NONE,
	    false, &err), 0);
	assert_int_equal(ex_snap_commit(s, &err), 0);
	ex_snap_close(s);
}

static void
test_list(void **state)
{
	struct ex_store *s;
	struct ex_write w;
	struct ex_found f;

	(void)state;
	make();
	s = opened_as(NULL, "snap:t.snap", EX_KIND_NONE);
	assert_non_null(s);
	assert_true(ex_str_is(s->identity, "ring-id"));
	assert_int_equal(s->kind, EX_KIND_CONTACTS);
	assert_false(s->writable);
	assert_string_equal(listed(s, false),
	    "item a uid=a (Ann)\nitem b uid=b (Bob)\n");
	assert_string_equal(listed(s, true), "kept a\nkept b\n");
	assert_int_equal(s->ops->read(s, EX_STR("b"), &arena, &f, &err), 0);
	assert_true(ex_str_is(f.rev, HASH_B));
	assert_int_equal(s->ops->read(s, EX_STR("t"), &arena, &f, &err), -1);
	assert_int_equal(err.code, EX_ERR_GONE);
	w = removal("a", EX_STR(HASH_A));
	assert_string_equal(wrote(s, &w, 1),
	    "0 denied why: a snapshot is only read\n");
	ex_store_close(s);
	assert_null(opened_as("x", "snap:t.snap", EX_KIND_TASKS));
	assert_string_equal(err.msg, "folder x: holds contacts, not tasks");
	assert_null(opened_as("x", "snap:none.snap", EX_KIND_TASKS));
	assert_int_equal(err.code, EX_ERR_GONE);
	assert_int_equal(access("none.snap", F_OK), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_list, in_new_dir, out_of_it)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
