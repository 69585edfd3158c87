/*
 * mem.c: the store for tests keeps what its quirks and faults promise
 */
#define _XOPEN_SOURCE 700

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storetest.h"

static char path[64], operand[80];

static int
setup(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/exring-mem-%ld", (long)getpid());
	snprintf(operand, sizeof(operand), "mem:%s", path);
	unlink(path);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	ex_arena_free(&arena);
	return 0;
}

#define CARD(uid, fn)	"[\"vcard\",[[\"version\",{},\"text\",\"4.0\"]," \
	"[\"fn\",{},\"text\",\"" fn "\"],[\"uid\",{},\"text\",\"" uid "\"]]]"
#define ITEM(uid, fn)	"{\"id\":\"" uid "\",\"data\":" CARD(uid, fn) "}\n"

static void
test_plain(void **state)
{
	struct ex_store *s = opened_as("alice", operand, EX_KIND_CONTACTS);
	struct ex_write w[5];

	(void)state;
	assert_string_equal(listed(s, false), "");
	w[0] = create("n1", card("a", "Ann"));
	w[1] = create("n2", card("b", "Bob"));
	w[2] = create("n3", card("a", "Twin"));
	w[3] = update("n1", EX_STR("1"), card("a", "Anna"));
	w[4] = update("n1", EX_STR("1"), card("a", "No"));
	assert_string_equal(wrote(s, w, 5), "0 stored n1\n1 stored n2\n"
	    "2 exists why: exists\n3 stored n1\n4 stale why: stale\n");
	w[0] = removal("n2", EX_STR("2"));
	w[1] = removal("n2", EX_STR("2"));
	w[2] = create("e", cal(comp("VEVENT", "e", "E")));
	assert_string_equal(wrote(s, w, 3), "0 stored n2\n1 gone why: gone\n"
	    "2 refused why: refused\n");
	ex_store_close(s);
	/* It outlives the process. */
	s = opened_as("alice", operand, EX_KIND_CONTACTS);
	assert_string_equal(listed(s, false), "item n1 uid=a (Anna)\n");
	assert_string_equal(listed(s, true), "kept n1\n");
	assert_non_null(strstr(got_file(path),
	    "{\"did\":\"update\",\"id\":\"n1\",\"answer\":\"stale\"}\n"));
	ex_store_close(s);
	s = opened_as("alice", "mem:", EX_KIND_CONTACTS);
	w[0] = create("n1", card("a", "Ann"));
	wrote(s, w, 1);
	assert_string_equal(listed(s, false), "item n1 uid=a (Ann)\n");
	ex_store_close(s);
}

static void
test_quirks(void **state)
{
	struct ex_store *s;
	struct ex_found f;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_write w;

	(void)state;
	put(path, "{\"quirks\":[\"drop=note\",\"upper=fn\",\"add=X-OWN:1\","
	    "\"rename\",\"nouid\"]}\n");
	s = opened_as("alice", operand, EX_KIND_CONTACTS);
	w = create("plan-1", "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\n"
	    "FN:Ann\r\nN:Ann;;;;\r\nNOTE:n\r\nEND:VCARD\r\n");
	assert_string_equal(wrote(s, &w, 1), "0 stored m1\n");
	assert_string_equal(listed(s, false),
	    "item m1 mark=plan-1 (ANN)\n");
	assert_string_equal(wrote(s, &w, 1), "0 exists why: exists\n");
	assert_int_equal(s->ops->read(s, EX_STR("m1"), &arena, &f, &err), 0);
	ex_item_write(&b, f.item);
	assert_non_null(strstr(text_of(&b),
	    "[\"x-own\",{},\"text\",\"1\"]"));
	assert_null(strstr(b.p, "note"));
	ex_buf_clear(&b);
	w = update("m1", f.rev, card("a", "Eve"));
	w.item = f.item;
	assert_string_equal(wrote(s, &w, 1), "0 stored m1\n");
	assert_int_equal(s->ops->read(s, EX_STR("m1"), &arena, &f, &err), 0);
	ex_item_write(&b, f.item);
	/* Its own property is added once. */
	assert_null(strstr(strstr(text_of(&b), "x-own") + 1, "x-own"));
	ex_buf_fini(&b);
	ex_store_close(s);
}

static void
test_revs(void **state)
{
	struct ex_store *s;
	struct ex_write w;
	struct ex_str rev;

	(void)state;
	put(path, "{\"quirks\":[\"norev\"]}\n" ITEM("a", "Ann"));
	s = opened_as("alice", operand, EX_KIND_NONE);
	assert_string_equal(listed(s, false), "item a uid=a (Ann) norev\n");
	assert_string_equal(listed(s, true), "item a uid=a (Ann) norev\n");
	rev = rev_of(s, "a");
	w = update("a", rev, card("a", "Eve"));
	assert_string_equal(wrote(s, &w, 1), "0 stored a\n");
	assert_string_equal(wrote(s, &w, 1), "0 stale why: stale\n");
	ex_store_close(s);
	put(path, "{\"quirks\":[\"newrev\"]}\n" ITEM("a", "Ann"));
	s = opened_as("alice", operand, EX_KIND_NONE);
	listed(s, false);
	assert_string_equal(listed(s, true), "item a uid=a (Ann)\n");
	ex_store_close(s);
}

static const char *
since(struct ex_store *s, const char *token, struct ex_store_list *want)
{
	*want = (struct ex_store_list){ .found = tell_found,
	    .since = ex_str_of(token) };
	ex_buf_clear(&told);
	if (s->ops->list(s, want, &err) == -1)
		ex_buf_fmt(&told, "ERROR %s\n", err.msg);
	return text_of(&told);
}

static void
test_token(void **state)
{
	struct ex_store_list want;
	struct ex_store *s;
	struct ex_write w[3];
	const char *token;

	(void)state;
	put(path, "{\"quirks\":[\"token\"]}\n" ITEM("a", "Ann")
	    ITEM("b", "Bob") ITEM("c", "Cid"));
	s = opened_as("alice", operand, EX_KIND_NONE);
	since(s, NULL, &want);
	assert_false(want.delta);
	token = ex_arena_str(&arena, want.token).p;
	w[0] = update("a", rev_of(s, "a"), card("a", "Anna"));
	w[1] = removal("b", rev_of(s, "b"));
	w[2] = create("d", card("d", "Dan"));
	wrote(s, w, 3);
	assert_string_equal(since(s, token, &want),
	    "item a uid=a (Anna)\nitem d uid=d (Dan)\ngone b norev\n");
	assert_true(want.delta);
	token = ex_arena_str(&arena, want.token).p;
	assert_string_equal(since(s, token, &want), "");
	ex_store_close(s);
	put(path, "{\"quirks\":[\"token\"],\"forget\":true}\n"
	    ITEM("a", "Ann"));
	s = opened_as("alice", operand, EX_KIND_NONE);
	assert_string_equal(since(s, token, &want), "item a uid=a (Ann)\n");
	assert_false(want.delta);
	since(s, token, &want);
	assert_true(want.delta);
	ex_store_close(s);
}

static void
test_faults(void **state)
{
	struct ex_store *s;
	struct ex_write w[8];
	size_t i;

	(void)state;
	put(path, "{\"faults\":[\"stale\",\"exists\",\"gone\",\"denied\","
	    "\"refused\",\"busy\",\"lost\",\"none\"],\"short\":1}\n"
	    ITEM("y", "Yan") ITEM("z", "Zoe"));
	s = opened_as("alice", operand, EX_KIND_NONE);
	for (i = 0; i < 8; i++)
		w[i] = create(ex_arena_fmt(&arena, "n%zu", i).p,
		    card(ex_arena_fmt(&arena, "u%zu", i).p, "New"));
	assert_string_equal(wrote(s, w, 8),
	    "0 stale why: stale\n1 exists why: exists\n2 gone why: gone\n"
	    "3 denied why: denied\n4 refused why: refused\n"
	    "5 busy why: busy\n6 busy why: busy\n7 stored n7\n");
	assert_string_equal(listed(s, false), "item n6 uid=u6 (New)\n"
	    "item n7 uid=u7 (New)\nitem y uid=y (Yan)\n"
	    "ERROR folder alice: the listing was cut\n");
	assert_int_equal(err.code, EX_ERR_AGAIN);
	listed(s, false);
	assert_non_null(strstr(told.p, "item z uid=z (Zoe)\n"));
	ex_store_close(s);
}

static void
test_kill(void **state)
{
	struct ex_store *s;
	struct ex_write w[2];
	int status;
	pid_t pid;

	(void)state;
	put(path, "{\"faults\":[\"kill\"]}\n");
	w[0] = create("a", card("a", "Ann"));
	w[1] = create("b", card("b", "Bob"));
	if ((pid = fork()) == 0) {
		s = opened_as("alice", operand, EX_KIND_NONE);
		wrote(s, w, 2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	s = opened_as("alice", operand, EX_KIND_NONE);
	assert_string_equal(listed(s, false), "item a uid=a (Ann)\n");
	ex_store_close(s);
}

static void
test_broken(void **state)
{
	char want[160];

	(void)state;
	put(path, ITEM("a", "Ann") "{\"id\":\"b\"}\n");
	assert_null(opened_as("alice", operand, EX_KIND_NONE));
	assert_string_equal(err.msg, "folder alice: line 2: no data");
	put(path, "nonsense\n");
	assert_null(opened_as(NULL, operand, EX_KIND_NONE));
	snprintf(want, sizeof(want), "%s: line 1: ", operand);
	assert_int_equal(strncmp(err.msg, want, strlen(want)), 0);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_plain), TEST(test_quirks), TEST(test_revs),
		TEST(test_token), TEST(test_faults), TEST(test_kill),
		TEST(test_broken)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
