/*
 * vdir.c: the vdir store on a real file system
 */
#define _XOPEN_SOURCE 700

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "vdirtest.h"

/* A file that has not been touched for an hour, its ctime aside. */
static void
settle(void)
{
	static const struct timespec t = { .tv_sec = 2, .tv_nsec = 100000000 };

	nanosleep(&t, NULL);
}

static void
test_list(void **state)
{
	(void)state;
	assert_string_equal(listed(store, false), "");
	put("b.vcf", card("b", "Bob"));
	put("a.VCF", card("a", "Ann"));
	put(".hidden.vcf", card("h", "H"));
	put("c.vcf.tmp", card("c", "C"));
	put("color", "#fff");
	put("bad.vcf", "junk\n");
	put("empty.vcf", "");
	mkdir("sub.vcf", 0755);
	mkfifo("fifo.vcf", 0644);
	assert_int_equal(symlink("sub.vcf", "dirlink.vcf"), 0);
	assert_int_equal(symlink("nowhere", "lost.vcf"), 0);
	assert_int_equal(symlink("loop.vcf", "loop.vcf"), 0);
	put("../out.vcf", card("o", "Out"));
	assert_int_equal(symlink("../out.vcf", "link.vcf"), 0);
	listed(store, false);
	assert_non_null(strstr(told.p, "bad bad.vcf why: "));
	assert_non_null(strstr(told.p, " raw=5 norev\n"));
	unlink("bad.vcf");
	assert_string_equal(listed(store, false),
	    "item a.VCF uid=a (Ann) norev\n"
	    "item b.vcf uid=b (Bob) norev\n"
	    "bad empty.vcf why: empty raw=0 norev\n"
	    "item link.vcf uid=o (Out) norev\n"
	    "bad loop.vcf why: Too many levels of symbolic links norev\n"
	    "bad lost.vcf why: a symbolic link that leads nowhere norev\n");
}

static void
test_known(void **state)
{
	const struct timespec t[2] = { { .tv_sec = 4000000000 },
	    { .tv_sec = 4000000000 } };
	const struct timespec old[2] = { { .tv_sec = 1000000000 },
	    { .tv_sec = 1000000000 } };

	(void)state;
	put("a.vcf", card("a", "Ann"));
	put("b.vcf", card("b", "Bob"));
	put("z.vcf", "junk\n");
	/* An mtime to come is somebody's whim: ctime says enough. */
	assert_int_equal(utimensat(AT_FDCWD, "b.vcf", t, 0), 0);
	settle();
	listed(store, false);
	assert_null(strstr(told.p, "norev"));
	assert_string_equal(listed(store, true),
	    "kept a.vcf\nkept b.vcf\nkept z.vcf\n");
	put("a.vcf", card("a", "Eve"));
	assert_string_equal(listed(store, true),
	    "item a.vcf uid=a (Eve) norev\nkept b.vcf\nkept z.vcf\n");
	/* An old mtime hides no change of now: ctime shows it. */
	assert_int_equal(utimensat(AT_FDCWD, "a.vcf", old, 0), 0);
	assert_string_equal(listed(store, true),
	    "item a.vcf uid=a (Eve) norev\nkept b.vcf\nkept z.vcf\n");
}

static void
test_ids(void **state)
{
	static const char *const bad[] = { "../x.vcf", "..", "/etc/x.vcf",
	    "%2E%2E%2Fx.vcf", ".x.vcf", "a/b.vcf", "", "%", "%4", "%41.vcf",
	    "%0a.vcf", "x", "x.txt", "%00.vcf", "a%2Fb.vcf", "%2Ex.vcf" };
	struct ex_write w[3];
	struct ex_found f;
	size_t i;

	(void)state;
	put("a%b\t.vcf", card("p", "P"));
	put("\xff.vcf", card("f", "F"));
	put("Zo\xc3\xab \x1b[2J.vcf", card("z", "Z"));
	assert_string_equal(listed(store, false),
	    "item %FF.vcf uid=f (F) norev\n"
	    "item Zo\xc3\xab %1B[2J.vcf uid=z (Z) norev\n"
	    "item a%25b%09.vcf uid=p (P) norev\n");
	w[0] = update("%FF.vcf", rev_of(store, "%FF.vcf"), card("f", "G"));
	w[1] = removal("a%25b%09.vcf", rev_of(store, "a%25b%09.vcf"));
	assert_string_equal(wrote(store, w, 2),
	    "0 stored %FF.vcf as vcard 3.0 (G)\n"
	    "1 stored a%25b%09.vcf\n");
	assert_non_null(strstr(got_file("\xff.vcf"), "FN:G"));
	assert_int_equal(access("a%b\t.vcf", F_OK), -1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(store->ops->read(store, ex_str_of(bad[i]),
		    &arena, &f, &err), -1);
		assert_int_equal(err.code, EX_ERR_GONE);
		w[0] = removal(bad[i], EX_STR("x"));
		w[1] = update(bad[i], EX_STR("x"), card("u", "U"));
		wrote(store, w, 2);
		assert_non_null(strstr(told.p, "0 refused why: "));
		assert_non_null(strstr(told.p, "1 refused why: "));
	}
	assert_int_equal(access("../x.vcf", F_OK), -1);
}

static void
test_names(void **state)
{
	static const char *const bad[] = { "../up", ".dot", "", "a/b", "a\nb",
	    "a%b", "\xff", "a\x1b[0m" };
	char longer[300];
	struct ex_write w[4];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		w[0] = create(bad[i], card("u", "U"));
		assert_string_equal(wrote(store, w, 1), "0 refused why: "
		    "item: its name cannot be a file's\n");
	}
	w[0] = create("the-name-1", card("u", "U"));
	assert_string_equal(wrote(store, w, 1),
	    "0 stored the-name-1.vcf as vcard 3.0 (U)\n");
	assert_int_equal(files(), 1);
	/* Without a plan: from the UID; two UIDs never meet. */
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	w[0] = create(NULL, card("a@b", "A"));
	w[1] = create(NULL, card("../a b", "A"));
	w[2] = create(NULL, card("../a_b", "A"));
	w[3] = create(NULL, card(longer, "A"));
	wrote(store, w, 4);
	assert_non_null(strstr(told.p, "0 stored a@b.vcf as"));
	assert_non_null(strstr(told.p, "1 stored _._a_b~"));
	assert_non_null(strstr(told.p, "2 stored _._a_b~"));
	assert_non_null(strstr(told.p, "3 stored xxxxxxxxxxxxxxxxxxxxxx"));
	assert_int_equal(files(), 5);
	w[0] = create(NULL, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:N\r\n"
	    "N:N;;;;\r\nEND:VCARD\r\n");
	w[1] = w[0];
	wrote(store, w, 1);
	assert_int_equal(files(), 6);
	assert_non_null(strstr(wrote(store, w + 1, 1), "0 exists"));
	assert_int_equal(files(), 6);
}

static void
test_conditions(void **state)
{
	struct ex_write w[8];
	struct ex_str old;

	(void)state;
	put("a.vcf", card("a", "Ann"));
	put("b.vcf", card("b", "Bob"));
	put("c.vcf", card("c", "Cid"));
	chmod("b.vcf", 0640);
	old = rev_of(store, "a.vcf");
	put("a.vcf", card("a", "Ann of her own"));
	w[0] = update("a.vcf", old, card("a", "No"));
	w[1] = removal("a.vcf", old);
	w[2] = update("nix.vcf", old, card("a", "No"));
	w[3] = removal("nix.vcf", old);
	w[4] = create("a", card("a2", "No"));
	w[5] = update("b.vcf", rev_of(store, "b.vcf"), card("b", "Bo"));
	w[6] = removal("c.vcf", rev_of(store, "c.vcf"));
	w[7] = update("b.vcf", EX_STR_NONE, card("b", "No"));
	assert_string_equal(wrote(store, w, 8),
	    "0 stale why: a.vcf: has changed\n"
	    "1 stale why: a.vcf: has changed\n"
	    "2 gone why: nix.vcf: No such file or directory\n"
	    "3 gone why: nix.vcf: No such file or directory\n"
	    "4 exists why: a.vcf: File exists\n"
	    "5 stored b.vcf as vcard 3.0 (Bo)\n"
	    "6 stored c.vcf\n"
	    "7 stale why: b.vcf: has changed\n");
	assert_string_equal(listed(store, false),
	    "item a.vcf uid=a (Ann of her own) norev\n"
	    "item b.vcf uid=b (Bo) norev\n");
	assert_int_equal(files(), 2);
	/* Both are absent when looked for: link(2) lets only one in. */
	w[0] = create("n", card("n", "First"));
	w[1] = create("n", card("n", "Second"));
	assert_string_equal(wrote(store, w, 2),
	    "0 stored n.vcf as vcard 3.0 (First)\n"
	    "1 exists why: n.vcf: File exists\n");
	assert_non_null(strstr(got_file("n.vcf"), "FN:First"));
	assert_int_equal(files(), 3);
}

static void
test_mode(void **state)
{
	struct ex_write w[2];
	struct stat st;

	(void)state;
	put("b.vcf", card("b", "Bob"));
	assert_int_equal(chmod("b.vcf", 0640), 0);
	assert_int_equal(chown("b.vcf", 65534, 65534) == 0 ||
	    geteuid() != 0, 1);
	w[0] = update("b.vcf", rev_of(store, "b.vcf"), card("b", "Bo"));
	w[1] = create("n", card("n", "New"));
	wrote(store, w, 2);
	assert_int_equal(stat("b.vcf", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	if (geteuid() == 0)
		assert_int_equal(st.st_uid, 65534);
	assert_int_equal(stat("n.vcf", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* Nothing outside the folder is written to. */
static void
test_links(void **state)
{
	const char *out = card("o", "Out");
	struct ex_write w[3];
	struct stat st;

	(void)state;
	put("../out.vcf", out);
	assert_int_equal(symlink("../out.vcf", "l.vcf"), 0);
	assert_int_equal(symlink("../out.vcf", "m.vcf"), 0);
	assert_int_equal(symlink("../made.vcf", "d.vcf"), 0);
	w[0] = update("l.vcf", rev_of(store, "l.vcf"), card("o", "In"));
	w[1] = removal("m.vcf", rev_of(store, "m.vcf"));
	w[2] = create("d", card("d", "D"));
	assert_string_equal(wrote(store, w, 3),
	    "0 stored l.vcf as vcard 3.0 (In)\n"
	    "1 stored m.vcf\n"
	    "2 exists why: d.vcf: File exists\n");
	assert_string_equal(got_file("../out.vcf"), out);
	assert_int_equal(access("../made.vcf", F_OK), -1);
	assert_int_equal(lstat("l.vcf", &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void
test_kinds(void **state)
{
	struct ex_store *events = opened_as(NULL, "vdir:.", EX_KIND_EVENTS);
	struct ex_store *any = opened_as(NULL, "vdir:.", EX_KIND_NONE);
	struct ex_write w;

	(void)state;
	put("a.vcf", card("a", "Ann"));
	assert_string_equal(listed(store, false),
	    "item a.vcf uid=a (Ann) norev\n");
	listed(events, false);
	assert_non_null(strstr(told.p, "ERROR vdir:.: /"));
	assert_non_null(strstr(told.p,
	    "holds no events, but 1 item of another kind\n"));
	put("t.ics", cal(comp("VTODO", "t", "Task")));
	listed(events, false);
	assert_non_null(strstr(told.p, "but 2 items of another kind\n"));
	put("e.ics", cal(comp("VEVENT", "e", "Event")));
	assert_string_equal(listed(events, false),
	    "item e.ics uid=e (Event) norev\n");
	assert_string_equal(listed(any, false),
	    "item a.vcf uid=a (Ann) norev\n"
	    "item e.ics uid=e (Event) norev\n"
	    "item t.ics uid=t (Task) norev\n");
	w = create("no", card("no", "No"));
	assert_string_equal(wrote(events, &w, 1),
	    "0 refused why: item: is of another kind\n");
	w = create("new", cal(comp("VEVENT", "n", "New")));
	assert_string_equal(wrote(events, &w, 1),
	    "0 stored new.ics as icalendar 2.0 (New)\n");
	ex_store_close(events);
	ex_store_close(any);
}

static void
test_caps(void **state)
{
	FILE *fp;

	(void)state;
	fp = fopen("big.vcf", "w");
	assert_non_null(fp);
	assert_int_equal(ftruncate(fileno(fp), (64L << 20) + 1), 0);
	fclose(fp);
	fp = fopen("raw.vcf", "w");
	assert_non_null(fp);
	assert_int_equal(ftruncate(fileno(fp), (1L << 20) + 1), 0);
	fclose(fp);
	listed(store, false);
	assert_non_null(strstr(told.p,
	    "bad big.vcf why: more than 67108864 bytes norev\n"));
	assert_non_null(strstr(told.p, "bad raw.vcf why: "));
	assert_null(strstr(told.p, "raw=1"));
}

static void
test_disk_full(void **state)
{
	struct rlimit old, small = { 100, 100 };
	struct ex_write w[3];

	(void)state;
	put("a.vcf", card("a", "Ann"));
	w[0] = create("n", cal(comp("VEVENT", "n", "X")));
	w[0] = create("n", card("n", "A name that does not fit in the hundred "
	    "bytes that a file may have here, which is a full disk to us"));
	w[1] = update("a.vcf", rev_of(store, "a.vcf"), w[0].item == NULL ?
	    "" : card("a", "A name that does not fit in the hundred bytes "
	    "that a file may have here, which is a full disk to us"));
	w[2] = removal("a.vcf", rev_of(store, "a.vcf"));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	wrote(store, w, 2);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_string_equal(told.p,
	    "0 busy why: n.vcf: File too large\n"
	    "1 busy why: a.vcf: File too large\n");
	assert_string_equal(got_file("a.vcf"), card("a", "Ann"));
	assert_int_equal(files(), 1);
}

/* As another user, for root may write everywhere. */
static void
test_denied(void **state)
{
	struct ex_store *s;
	struct ex_write w[2];

	(void)state;
	if (geteuid() != 0) {
		print_message("# skip: it needs root\n");
		return;	/* cmocka's skip() is "not ok" */
	}
	put("a.vcf", card("a", "Ann"));
	put("s.vcf", card("s", "Secret"));
	chmod("s.vcf", 0600);
	chmod("..", 0755);
	assert_int_equal(seteuid(65534), 0);
	s = opened_as("alice", "vdir:.", EX_KIND_CONTACTS);
	assert_non_null(s);
	assert_false(s->writable);
	w[0] = create("n", card("n", "N"));
	w[1] = removal("a.vcf", rev_of(s, "a.vcf"));
	wrote(s, w, 2);
	assert_string_equal(told.p,
	    "0 denied why: n.vcf: Permission denied\n"
	    "1 denied why: a.vcf: Permission denied\n");
	assert_string_equal(listed(s, false),
	    "item a.vcf uid=a (Ann) norev\n"
	    "bad s.vcf why: Permission denied norev\n");
	ex_store_close(s);
	assert_int_equal(seteuid(0), 0);
	chmod(".", 0);
	assert_int_equal(seteuid(65534), 0);
	assert_null(opened_as("alice", "vdir:.", EX_KIND_CONTACTS));
	assert_string_equal(err.msg, "folder alice: .: Permission denied");
	assert_int_equal(seteuid(0), 0);
	chmod(".", 0755);
}

static void
test_left_over(void **state)
{
	char mine[64];
	struct ex_write w;

	(void)state;
	snprintf(mine, sizeof(mine), ".exring-%ld-0.tmp", (long)getpid());
	put(mine, "of a living process");
	put(".exring-999999999-3.tmp", "of a dead one");
	put(".exring-999999999-x.tmp", "somebody else's");
	put(".exring-999999999-3.tmp2", "somebody else's");
	w = create("n", card("n", "N"));
	assert_string_equal(wrote(store, &w, 1),
	    "0 stored n.vcf as vcard 3.0 (N)\n");
	assert_int_equal(access(".exring-999999999-3.tmp", F_OK), -1);
	assert_int_equal(files(), 4);
	assert_string_equal(got_file(mine), "of a living process");
}

static void
test_many(void **state)
{
	struct ex_write *w = calloc(2500, sizeof(*w));
	char uid[32];
	size_t i, n = 0;
	const char *p;

	(void)state;
	for (i = 0; i < 2500; i++) {
		snprintf(uid, sizeof(uid), "u%zu", i);
		w[i] = create(NULL, card(uid, uid));
	}
	wrote(store, w, 2500);
	for (p = told.p; (p = strstr(p, " stored ")) != NULL; p++)
		n++;
	assert_int_equal(n, 2500);
	assert_int_equal(files(), 2500);
	free(w);
}

static int
vanish(void *arg, const struct ex_found *f, struct ex_err *e)
{
	if (ex_str_is(f->id, "a.vcf")) {
		unlink("b.vcf");
		rename("c.vcf", "a0.vcf");
	}
	return tell_found(arg, f, e);
}

/* b is deleted and c renamed while we list: c must not read as deleted. */
static void
test_vanish(void **state)
{
	struct ex_store_list want = { .found = vanish };

	(void)state;
	put("a.vcf", card("a", "Ann"));
	put("b.vcf", card("b", "Bob"));
	put("c.vcf", card("c", "Cid"));
	put("d.vcf", card("d", "Dan"));
	ex_buf_clear(&told);
	assert_int_equal(store->ops->list(store, &want, &err), 0);
	assert_string_equal(text_of(&told),
	    "item a.vcf uid=a (Ann) norev\n"
	    "item d.vcf uid=d (Dan) norev\n"
	    "item a0.vcf uid=c (Cid) norev\n");
}

static volatile bool stop;

static void *
scribble(void *arg)
{
	int fd = open("a.vcf", O_WRONLY | O_APPEND);

	(void)arg;
	while (!stop)
		if (write(fd, "x", 1) != 1)
			break;
	close(fd);
	return NULL;
}

static void
test_changes(void **state)
{
	pthread_t thread;
	int i;

	(void)state;
	put("a.vcf", card("a", "Ann"));
	assert_int_equal(truncate("a.vcf", 30L << 20), 0);
	stop = false;
	assert_int_equal(pthread_create(&thread, NULL, scribble, NULL), 0);
	for (i = 0; i < 50; i++)
		if (strcmp(listed(store, false),
		    "bad a.vcf why: changes while it is read norev\n") == 0)
			break;
	stop = true;
	pthread_join(thread, NULL);
	assert_true(i < 50);
}

static void
test_open(void **state)
{
	struct ex_store *s;

	(void)state;
	assert_null(opened_as("alice", "vdir:none", EX_KIND_NONE));
	assert_int_equal(err.code, EX_ERR_GONE);
	assert_string_equal(err.msg,
	    "folder alice: none: No such file or directory");
	assert_null(opened_as(NULL, "vdir:none", EX_KIND_NONE));
	assert_string_equal(err.msg, "vdir:none: No such file or directory");
	assert_null(opened_as(NULL, "nothing", EX_KIND_NONE));
	assert_null(opened_as(NULL, "graph:https://x/", EX_KIND_NONE));
	assert_string_equal(err.msg,
	    "graph:https://x/: https://x/: who signs in there? give login");
	assert_null(opened_as(NULL, "what:ever", EX_KIND_NONE));
	assert_true(ex_store_is(EX_STR("vdir:x")));
	assert_true(ex_store_is(EX_STR("ews:x")));
	assert_false(ex_store_is(EX_STR("team.conf")));
	assert_false(ex_store_is(EX_STR("c:\\x")));
	assert_true(ex_store_option(EX_STR("mailbox")));
	assert_false(ex_store_option(EX_STR("mailboxes")));
	assert_int_equal(symlink(".", "again"), 0);
	s = opened_as(NULL, "vdir:again", EX_KIND_NONE);
	assert_non_null(s);
	assert_true(ex_str_eq(s->identity, store->identity));
	assert_true(s->writable);
	ex_store_close(s);
}

static int
tell_folder(void *arg, struct ex_str name, enum ex_kind kind,
    long long items, const char *rights, struct ex_str operand)
{
	(void)arg;
	(void)operand;
	ex_buf_fmt(&told, "%.*s %s %lld %s\n", EX_STR_ARG(name),
	    kind == EX_KIND_NONE ? "-" : ex_kind_name(kind), items, rights);
	return 0;
}

static void
test_folders(void **state)
{
	(void)state;
	mkdir("work", 0755);
	mkdir("home", 0755);
	mkdir(".git", 0755);
	mkdir("empty", 0755);
	put("work/a.ics", cal(comp("VEVENT", "a", "A")));
	put("work/b.ics", cal(comp("VEVENT", "b", "B")));
	put("home/a.vcf", card("a", "A"));
	put("notes.txt", "x");
	ex_buf_clear(&told);
	assert_int_equal(store->ops->folders(store, tell_folder, NULL, &err),
	    0);
	assert_string_equal(text_of(&told),
	    "empty - 0 read-write\n"
	    "home contacts 1 read-write\n"
	    "work events 2 read-write\n");
	put("a.vcf", card("a", "A"));
	ex_buf_clear(&told);
	assert_int_equal(store->ops->folders(store, tell_folder, NULL, &err),
	    0);
	assert_int_equal(strncmp(text_of(&told),
	    "d contacts 1 read-write\nempty ", 30), 0);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, in_new_vdir, out_of_vdir)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_list), TEST(test_known), TEST(test_ids),
		TEST(test_names), TEST(test_conditions), TEST(test_mode),
		TEST(test_links), TEST(test_kinds), TEST(test_caps),
		TEST(test_disk_full), TEST(test_denied), TEST(test_left_over),
		TEST(test_many), TEST(test_vanish), TEST(test_changes),
		TEST(test_open), TEST(test_folders)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
