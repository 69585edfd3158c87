/*
 * snapshot: what is put in comes out, and nothing else does
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/snapwrite.h>

#define S(lit)	EX_STR(lit)
#define H1	"00112233445566778899aabbccddeeff"
#define H2	"ffeeddccbbaa99887766554433221100"
#define H3	"0123456789abcdef0123456789abcdef"

static struct ex_arena arena;
static struct ex_err err;
static char dir[64], path[128];

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/ex-snap-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/r%%1?.snap", dir);
	return 0;
}

static int
teardown(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	ex_arena_free(&arena);
	return system(cmd);
}

static struct ex_snap *
get(enum ex_snap_mode mode)
{
	struct ex_snap *s = NULL;

	err.msg[0] = '\0';
	if (ex_snap_open(&s, path, mode, &err) == -1)
		fail_msg("%s", err.msg);
	return s;
}

static void
refuse(enum ex_snap_mode mode, enum ex_errcode code)
{
	struct ex_snap *s = NULL;

	assert_int_equal(ex_snap_open(&s, path, mode, &err), -1);
	if (err.code != code)
		fail_msg("%d, not %d: %s", err.code, code, err.msg);
	assert_non_null(strstr(err.msg, path));
}

static void
ok(int got)
{
	if (got == -1)
		fail_msg("%s", err.msg);
}

static void
same(struct ex_str a, struct ex_str b)
{
	if (!ex_str_eq(a, b))
		fail_msg("%.*s, not %.*s", EX_STR_ARG(a), EX_STR_ARG(b));
}

static struct ex_snap *
fill(void)
{
	struct ex_snap_ring ring = { S("ring-id"), 0, S("digest"),
	    EX_CANON_VERSION, EX_KIND_TASKS };
	struct ex_snap_folder f = { S("zoe"), S("/z"), S("sc"), EX_STR_NONE };
	struct ex_snap *s = get(EX_SNAP_CREATE);

	ok(ex_snap_begin(s, &err));
	ok(ex_snap_set_ring(s, &ring, &err));
	ok(ex_snap_set_folder(s, &f, &err));
	f.name = S("amy");
	f.token = S("t1");
	ok(ex_snap_set_folder(s, &f, &err));
	ok(ex_snap_run_begin(s, &err));
	return s;
}

static void
test_none(void **state)
{
	char cmd[256];

	(void)state;
	refuse(EX_SNAP_READ, EX_ERR_GONE);
	refuse(EX_SNAP_WRITE, EX_ERR_GONE);
	snprintf(cmd, sizeof(cmd), "test -z \"$(ls -A %s)\"", dir);
	assert_int_equal(system(cmd), 0);
	/* A maker that died at once leaves an empty file. */
	snprintf(cmd, sizeof(cmd), ": >'%s'", path);
	assert_int_equal(system(cmd), 0);
	refuse(EX_SNAP_READ, EX_ERR_GONE);
	ex_snap_close(get(EX_SNAP_CREATE));
}

static void
test_ring(void **state)
{
	struct ex_snap_ring r, other = { S("other"), 7, S("d2"),
	    EX_CANON_VERSION, EX_KIND_EVENTS };
	struct ex_snap *s = get(EX_SNAP_CREATE);
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	ok(ex_snap_ring(s, &arena, &r, &err));
	assert_null(r.id.p);
	assert_int_equal(r.generation, 0);
	ex_snap_close(s);
	s = fill();
	ok(ex_snap_commit(s, &err));
	ok(ex_snap_begin(s, &err));
	ok(ex_snap_set_ring(s, &other, &err));
	ok(ex_snap_commit(s, &err));
	ok(ex_snap_begin(s, &err));
	ex_snap_rollback(s);
	ex_snap_close(s);
	s = get(EX_SNAP_READ);
	ok(ex_snap_ring(s, &arena, &r, &err));
	same(r.id, S("ring-id"));
	same(r.config, S("d2"));
	assert_int_equal(r.kind, EX_KIND_TASKS);
	assert_int_equal(r.generation, 2);
	ex_snap_close(s);
}

static void
test_lock(void **state)
{
	struct ex_snap *s = get(EX_SNAP_CREATE);
	int status;
	pid_t pid;

	(void)state;
	/* Locks are the process's: another one must ask. */
	if ((pid = fork()) == 0) {
		struct ex_snap *t;

		if (ex_snap_open(&t, path, EX_SNAP_WRITE, &err) != -1)
			_exit(1);
		_exit(err.code == EX_ERR_AGAIN &&
		    strstr(err.msg, "locked by") != NULL ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	ex_snap_close(get(EX_SNAP_READ));
	ex_snap_close(s);
}

static void
bind(struct ex_snap *s, const char *uid, size_t folder, const char *id,
    const char *rev)
{
	struct ex_snap_binding b = { .folder = folder, .id = ex_str_of(id),
	    .rev = ex_str_of(rev) };

	ok(ex_snap_put_binding(s, ex_str_of(uid), &b, &err));
}

static void
test_entry(void **state)
{
	struct ex_snap_binding b = { 0, S("a.vcf"), S("r"), S("own"),
	    S("vcard 3.0"), S(H2), S(""), EX_SNAP_NOW_ITEM, S(H3) };
	struct ex_snap_intent in = { .folder = 1, .op = EX_SNAP_CREATE_OP,
	    .name = S("u-1"), .sent = S(H1) };
	struct ex_snap_refused ref = { 1, S(H1), S("507") };
	struct ex_snap_entry e;
	struct ex_snap_scan *scan;
	struct ex_snap *s = fill();
	struct ex_str data;

	(void)state;
	ok(ex_snap_put_body(s, S("u"), S(H1), S("[1]"), &err));
	ok(ex_snap_put_body(s, S("u"), S(H1), S("[other]"), &err));
	ok(ex_snap_put_entry(s, S("u"), S(H1), false, &err));
	bind(s, "u", 1, NULL, NULL);
	ok(ex_snap_put_binding(s, S("u"), &b, &err));
	ok(ex_snap_put_intent(s, S("u"), &in, &err));
	ok(ex_snap_put_refused(s, S("u"), &ref, &err));
	ok(ex_snap_put_entry(s, S("b"), EX_STR_NONE, true, &err));
	b.now = EX_SNAP_NOW_GONE;
	b.as = S("strange");
	ok(ex_snap_put_binding(s, S("b"), &b, &err));
	ok(ex_snap_commit(s, &err));
	ex_snap_close(s);

	s = get(EX_SNAP_READ);
	ok(ex_snap_scan_open(s, &scan, &err));
	assert_int_equal(ex_snap_scan_next(scan, &arena, &e, &err), 1);
	same(e.uid, S("b"));
	assert_true(e.gone);
	assert_null(e.master.p);
	assert_int_equal(e.nbinding, 1);
	same(e.binding[0].as, S("strange"));
	assert_int_equal(e.binding[0].now, EX_SNAP_NOW_GONE);
	assert_int_equal(ex_snap_scan_next(scan, &arena, &e, &err), 1);
	same(e.uid, S("u"));
	same(e.master, S(H1));
	assert_int_equal(e.kind, EX_KIND_TASKS);
	assert_int_equal(e.nbinding, 2);
	same(e.binding[0].id, S("a.vcf"));
	same(e.binding[0].uid, S("own"));
	same(e.binding[0].as, S("vcard 3.0"));
	same(e.binding[0].base, S(H2));
	same(e.binding[0].shadow, S(""));
	assert_int_equal(e.binding[0].now, EX_SNAP_NOW_ITEM);
	same(e.binding[0].now_hash, S(H3));
	assert_null(e.binding[1].id.p);
	assert_null(e.binding[1].base.p);
	assert_int_equal(e.binding[1].now, EX_SNAP_NOW_NONE);
	assert_int_equal(e.nintent, 1);
	assert_int_equal(e.intent[0].folder, 1);
	assert_int_equal(e.intent[0].run, 1);
	same(e.intent[0].name, S("u-1"));
	same(e.intent[0].sent, S(H1));
	assert_int_equal(e.nrefused, 1);
	same(e.refused[0].why, S("507"));
	assert_int_equal(ex_snap_scan_next(scan, &arena, &e, &err), 0);
	ex_snap_scan_close(scan);
	ok(ex_snap_body(s, S("u"), S(H1), &arena, &data, &err));
	same(data, S("[1]"));
	assert_int_equal(ex_snap_body(s, S("u"), S(H2), &arena, &data, &err),
	    -1);
	assert_int_equal(ex_snap_entry(s, S("b"), &arena, &e, &err), 1);
	assert_int_equal(ex_snap_entry(s, S("c"), &arena, &e, &err), 0);
	assert_int_equal(ex_snap_entry(s, S("u"), &arena, &e, &err), 1);
	assert_int_equal(e.nbinding, 2);
	ex_snap_close(s);
}

static long long
items(struct ex_snap *s, size_t folder)
{
	long long n;

	ok(ex_snap_items(s, folder, &n, &err));
	return n;
}

/* Folders keep their bindings when another one comes before them by name. */
static void
test_folders(void **state)
{
	struct ex_snap_folder *f, add = { S("bob"), S("/b"), S(""), S("t9") };
	struct ex_snap_entry e;
	struct ex_snap *s = fill();
	size_t n;

	(void)state;
	ok(ex_snap_put_entry(s, S("u"), S(H1), false, &err));
	bind(s, "u", 1, "z.vcf", "1");
	bind(s, "u", 0, NULL, NULL);
	ok(ex_snap_set_folder(s, &add, &err));
	ok(ex_snap_commit(s, &err));
	ok(ex_snap_folders(s, &arena, &f, &n, &err));
	assert_int_equal(n, 3);
	same(f[0].name, S("amy"));
	assert_int_equal(items(s, 0), 0);
	same(f[1].token, S("t9"));
	same(f[2].name, S("zoe"));
	assert_int_equal(items(s, 2), 1);
	assert_null(f[2].token.p);
	assert_int_equal(ex_snap_entry(s, S("u"), &arena, &e, &err), 1);
	assert_int_equal(e.binding[1].folder, 2);
	ok(ex_snap_begin(s, &err));
	ok(ex_snap_forget_folder(s, 2, true, &err));
	ok(ex_snap_commit(s, &err));
	ok(ex_snap_folders(s, &arena, &f, &n, &err));
	assert_int_equal(n, 2);
	assert_int_equal(ex_snap_entry(s, S("u"), &arena, &e, &err), 1);
	assert_int_equal(e.nbinding, 1);
	ex_snap_close(s);
}

static void
test_known(void **state)
{
	struct ex_snap_note note = { 0, S("m"), S("9"), EX_STR_NONE,
	    EX_STR_NONE, S("bad") };
	bool full;
	struct ex_snap_known *k;
	struct ex_snap_note *v;
	struct ex_snap *s = fill();
	char id[16], rev[16], uid[16];
	size_t n;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		snprintf(uid, sizeof(uid), "%03d", i * 7 % 1000);
		snprintf(id, sizeof(id), "i%03d", i);
		snprintf(rev, sizeof(rev), "r%d", i);
		bind(s, uid, 0, id, i == 5 ? NULL : rev);
	}
	ok(ex_snap_put_note(s, &note, &err));
	note.folder = 1;
	ok(ex_snap_put_note(s, &note, &err));
	ok(ex_snap_drop_note(s, 1, S("m"), &err));
	ok(ex_snap_commit(s, &err));
	ok(ex_snap_known_open(s, S("amy"), true, &k, &full,
	    &err));
	for (i = 0; i < 1000; i++) {
		snprintf(id, sizeof(id), "i%03d", i);
		snprintf(rev, sizeof(rev), "r%d", i);
		assert_int_equal(ex_snap_known(k, ex_str_of(id),
		    ex_str_of(rev)), i != 5);
		assert_false(ex_snap_known(k, ex_str_of(id), S("x")));
	}
	assert_false(ex_snap_known(k, S("z"), S("r1")));
	assert_true(ex_snap_known(k, S("i900"), S("r900")));
	assert_true(ex_snap_known(k, S("i001"), S("r1")));
	assert_true(ex_snap_known(k, S("i800"), S("r800")));
	assert_true(ex_snap_known(k, S("m"), S("9")));
	assert_false(ex_snap_known(k, S("i"), S("r1")));
	assert_false(ex_snap_known(k, S("i001"), EX_STR_NONE));
	assert_true(ex_snap_known(k, S("i001"), S("r1")));
	assert_int_equal(ex_snap_known_err(k, &err), 0);
	ex_snap_known_close(k);
	ok(ex_snap_known_open(s, S("zoe"), true, &k, &full,
	    &err));
	assert_false(ex_snap_known(k, S("i001"), S("r1")));
	assert_false(ex_snap_known(k, S("m"), S("9")));
	ex_snap_known_close(k);
	ok(ex_snap_known_open(s, S("nobody"), true, &k, &full,
	    &err));
	assert_false(ex_snap_known(k, S("i001"), S("r1")));
	ex_snap_known_close(k);
	ok(ex_snap_notes(s, &arena, &v, &n, &err));
	assert_int_equal(n, 1);
	same(v[0].why, S("bad"));
	ex_snap_close(s);
}

static bool
has(struct ex_snap *s, const char *hash)
{
	struct ex_str data;

	return ex_snap_body(s, S("u"), ex_str_of(hash), &arena, &data,
	    &err) == 0;
}

/* Bodies go with the last that refers to them: entry, binding, intent, log. */
static void
test_tidy(void **state)
{
	struct ex_snap_binding b = { .folder = 0, .id = S("i"),
	    .shadow = S(H2), .now = EX_SNAP_NOW_ITEM, .now_hash = S(H3) };
	struct ex_snap_log log = { .uid = S("u"), .op = S("taken"),
	    .was = S(H2), .master = S(H1) };
	struct ex_snap_intent in = { .folder = 1, .sent = S(H3) };
	struct ex_snap_entry e;
	struct ex_snap *s = fill();

	(void)state;
	ok(ex_snap_put_body(s, S("u"), S(H1), S("1"), &err));
	ok(ex_snap_put_body(s, S("u"), S(H2), S("2"), &err));
	ok(ex_snap_put_body(s, S("u"), S(H3), S("3"), &err));
	ok(ex_snap_put_entry(s, S("u"), S(H1), false, &err));
	ok(ex_snap_put_binding(s, S("u"), &b, &err));
	ok(ex_snap_put_log(s, &log, &err));
	ok(ex_snap_tidy(s, S("u"), &err));
	assert_true(has(s, H1) && has(s, H2) && has(s, H3));
	ok(ex_snap_put_intent(s, S("u"), &in, &err));
	bind(s, "u", 0, "i", "r");
	ok(ex_snap_tidy(s, S("u"), &err));
	assert_true(has(s, H1) && has(s, H2) && has(s, H3));
	ok(ex_snap_close_intents(s, S("u"), 1, &err));
	ok(ex_snap_tidy(s, S("u"), &err));
	assert_true(has(s, H1) && has(s, H2) && !has(s, H3));
	ok(ex_snap_commit(s, &err));

	/* keep = 2: the first run's log goes with the third. */
	ok(ex_snap_begin(s, &err));
	ok(ex_snap_run_begin(s, &err));
	ok(ex_snap_run_keep(s, 2, &err));
	ok(ex_snap_commit(s, &err));
	assert_true(has(s, H2));
	ok(ex_snap_begin(s, &err));
	ok(ex_snap_run_begin(s, &err));
	assert_true(has(s, H2));
	ok(ex_snap_run_keep(s, 2, &err));
	assert_false(has(s, H2));
	assert_true(has(s, H1));

	ok(ex_snap_put_entry(s, S("u"), EX_STR_NONE, true, &err));
	ok(ex_snap_tidy(s, S("u"), &err));
	assert_int_equal(ex_snap_entry(s, S("u"), &arena, &e, &err), 1);
	assert_false(has(s, H1));
	ok(ex_snap_put_intent(s, S("u"), &in, &err));
	ok(ex_snap_drop_binding(s, S("u"), 0, &err));
	ok(ex_snap_tidy(s, S("u"), &err));
	assert_int_equal(ex_snap_entry(s, S("u"), &arena, &e, &err), 1);
	ok(ex_snap_close_intents(s, S("u"), 1, &err));
	ok(ex_snap_tidy(s, S("u"), &err));
	assert_int_equal(ex_snap_entry(s, S("u"), &arena, &e, &err), 0);
	ok(ex_snap_commit(s, &err));
	ex_snap_close(s);
}

static void
test_log(void **state)
{
	struct ex_snap_log row = { .uid = S("u"), .op = S("taken"),
	    .master = S(H1), .folders = S("{}") };
	struct ex_snap_conflict *c;
	struct ex_snap_runlog *log;
	struct ex_snap *s = fill();
	long long *run;
	size_t n;

	(void)state;
	ok(ex_snap_put_log(s, &row, &err));
	row.op = S("update");
	row.folder = S("zoe");
	row.outcome = S("507");
	ok(ex_snap_put_log(s, &row, &err));
	ok(ex_snap_put_conflict(s, S("u"), true, S("[1]"), &err));
	ok(ex_snap_put_conflict(s, S("a"), false, S("[2]"), &err));
	ok(ex_snap_commit(s, &err));
	ok(ex_snap_runs(s, &arena, &run, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(run[0], 1);
	ok(ex_snap_log_open(s, 1, &log, &err));
	assert_int_equal(ex_snap_log_next(log, &arena, &row, &err), 1);
	same(row.op, S("taken"));
	assert_null(row.folder.p);
	assert_null(row.was.p);
	same(row.master, S(H1));
	same(row.folders, S("{}"));
	assert_int_equal(ex_snap_log_next(log, &arena, &row, &err), 1);
	same(row.folder, S("zoe"));
	same(row.outcome, S("507"));
	assert_int_equal(ex_snap_log_next(log, &arena, &row, &err), 0);
	ex_snap_log_close(log);
	ok(ex_snap_conflicts(s, false, &arena, &c, &n, &err));
	assert_int_equal(n, 1);
	same(c[0].uid, S("u"));
	ok(ex_snap_conflicts(s, true, &arena, &c, &n, &err));
	assert_int_equal(n, 2);
	ok(ex_snap_begin(s, &err));
	ok(ex_snap_close_conflict(s, S("u"), &err));
	ok(ex_snap_commit(s, &err));
	ok(ex_snap_conflicts(s, false, &arena, &c, &n, &err));
	assert_int_equal(n, 0);
	ex_snap_close(s);
}

static void
spoil(size_t at, struct ex_str whole)
{
	char wal[160];

	snprintf(wal, sizeof(wal), "%s-wal", path);
	unlink(wal);
	snprintf(wal, sizeof(wal), "%s-shm", path);
	unlink(wal);
	if (at == 0)
		whole = S("not a snapshot, but it is long enough for one\n");
	else
		((char *)(uintptr_t)whole.p)[at] ^= 0x55;
	ok(ex_file_replace(path, whole, 0600, &err));
	if (at != 0)
		((char *)(uintptr_t)whole.p)[at] ^= 0x55;
}

/* Whatever byte is wrong: an answer or an error, no crash. */
static void
test_damaged(void **state)
{
	struct ex_snap_folder *f;
	struct ex_snap_entry e;
	struct ex_snap_scan *scan;
	struct ex_snap *s = fill();
	struct ex_str whole;
	char uid[16];
	size_t i, n;

	(void)state;
	for (i = 0; i < 100; i++) {
		snprintf(uid, sizeof(uid), "%03d", (int)i);
		ok(ex_snap_put_entry(s, ex_str_of(uid), S(H1), false, &err));
		bind(s, uid, i % 2, uid, uid);
	}
	ok(ex_snap_commit(s, &err));
	ex_snap_close(s);
	ok(ex_file_read(-100, path, 1 << 24, &arena, &whole, &err));
	for (i = 1; i < whole.n; i += i < 200 ? 1 : 97) {
		spoil(i, whole);
		if (ex_snap_open(&s, path, EX_SNAP_READ, &err) == -1) {
			assert_non_null(strstr(err.msg, path));
			continue;
		}
		if (ex_snap_folders(s, &arena, &f, &n, &err) == 0 &&
		    ex_snap_scan_open(s, &scan, &err) == 0) {
			while (ex_snap_scan_next(scan, &arena, &e, &err) == 1)
				;
			ex_snap_scan_close(scan);
		}
		ex_snap_close(s);
	}
	spoil(0, whole);
	refuse(EX_SNAP_READ, EX_ERR_INPUT);
	refuse(EX_SNAP_CREATE, EX_ERR_INPUT);
}

static void
test_canon(void **state)
{
	struct ex_snap_ring r = { S("id"), 0, S(""), EX_CANON_VERSION + 1,
	    EX_KIND_EVENTS };
	struct ex_snap *s = get(EX_SNAP_CREATE);

	(void)state;
	ok(ex_snap_begin(s, &err));
	ok(ex_snap_set_ring(s, &r, &err));
	ok(ex_snap_commit(s, &err));
	ex_snap_close(s);
	refuse(EX_SNAP_READ, EX_ERR_INPUT);
	assert_non_null(strstr(err.msg, "normal form"));
}

int
main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_none), T(test_ring), T(test_lock), T(test_entry),
		T(test_folders), T(test_known), T(test_tidy), T(test_log),
		T(test_damaged), T(test_canon),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
