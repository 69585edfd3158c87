/*
 * filestore.c: many items in one file
 */
#define _XOPEN_SOURCE 700

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storetest.h"

static const char *
cat(const char *a, const char *b)
{
	return ex_arena_fmt(&arena, "%s%s", a, b).p;
}

#define NOUID	"BEGIN:VCARD\nVERSION:3.0\nFN:No\nN:No;;;;\nEND:VCARD\n"

static void
test_cards(void **state)
{
	struct ex_store *s;
	char hash[40];

	(void)state;
	put("a.vcf", cat(cat(card("a", "Ann"), "\r\n\r\n"),
	    cat(cat(card("b", "Bob"), card("a", "Ann")),
	    cat(NOUID NOUID, card("a", "Eve")))));
	s = opened_as("alice", "file:a.vcf", EX_KIND_CONTACTS);
	assert_non_null(s);
	listed(s, false);
	assert_true(sscanf(strstr(told.p, "item a-2"),
	    "item a-2 uid=a (Ann)\nitem %32s (No)", hash) == 1);
	assert_string_equal(told.p, ex_arena_fmt(&arena,
	    "item a uid=a (Ann)\nitem b uid=b (Bob)\n"
	    "item a-2 uid=a (Ann)\nitem %s (No)\nitem %s-2 (No)\n"
	    "item a-3 uid=a (Eve)\n", hash, hash).p);
	listed(s, true);
	assert_string_equal(told.p, ex_arena_fmt(&arena,
	    "kept a\nkept b\nkept a-2\nkept %s\nkept %s-2\nkept a-3\n",
	    hash, hash).p);
	/* An id that somebody's UID has already is not given again. */
	put("a.vcf", cat(cat(card("a", "One"), card("a-2", "Two")),
	    cat(card("a", "Three"), card("a-2", "Four"))));
	assert_string_equal(listed(s, false),
	    "item a uid=a (One)\nitem a-2 uid=a-2 (Two)\n"
	    "item a-3 uid=a (Three)\nitem a-2-2 uid=a-2 (Four)\n");
	ex_store_close(s);
}

static void
test_write_cards(void **state)
{
	struct ex_store *s;
	struct ex_write w[7];
	const char *odd = "BEGIN:VCARD\nVERSION:3.0\nuid:o\nFN:Odd\n"
	    "N:;;;;\nx-what :ever\nEND:VCARD\n \n";

	(void)state;
	put("a.vcf", cat(cat(card("a", "Ann"), odd), card("c", "Cid")));
	assert_int_equal(chmod("a.vcf", 0640), 0);
	s = opened_as("alice", "file:a.vcf", EX_KIND_CONTACTS);
	w[0] = create("ignored", card("n", "New"));
	w[1] = update("a", rev_of(s, "a"), card("a", "Anna"));
	w[2] = removal("c", rev_of(s, "c"));
	w[3] = create(NULL, card("o", "There"));
	w[4] = update("o", EX_STR("0"), card("o", "No"));
	w[5] = removal("x", EX_STR("0"));
	w[6] = create(NULL, card("n", "Twice"));
	assert_string_equal(wrote(s, w, 7),
	    "0 stored n as vcard 3.0 (New)\n"
	    "1 stored a as vcard 3.0 (Anna)\n"
	    "2 stored c\n"
	    "3 exists why: o: is there already\n"
	    "4 stale why: o: has changed\n"
	    "5 gone why: x: is not there\n"
	    "6 exists why: n: is there already\n");
	assert_string_equal(listed(s, false), "item a uid=a (Anna)\n"
	    "item o uid=o (Odd)\nitem n uid=n (New)\n");
	/* What was not written stays to the byte. */
	assert_non_null(strstr(got_file("a.vcf"), odd));
	assert_int_equal(system("test $(stat -c %a a.vcf) = 640"), 0);
	assert_int_equal(system("test $(ls -A | wc -l) = 1"), 0);
	ex_store_close(s);
}

#define ZONE	"BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\n" \
		"DTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\n" \
		"TZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"

static const char *
event(const char *uid, const char *more, const char *summary)
{
	return ex_arena_fmt(&arena, "BEGIN:VEVENT\r\nUID:%s\r\n%s"
	    "DTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Mine:20260101T100000"
	    "\r\nDTEND;TZID=Mine:20260101T110000\r\n"
	    "SUMMARY:%s\r\nEND:VEVENT\r\n", uid, more, summary).p;
}

#define OTHER	"BEGIN:VFREEBUSY\r\nDTSTAMP:20260101T000000Z\r\n" \
		"END:VFREEBUSY\r\n"

static void
test_calendar(void **state)
{
	struct ex_store *s, *tasks;
	struct ex_found f;
	struct ex_write w[4];
	struct ex_str rev_b;
	const char *text;

	(void)state;
	put("a.ics", cat(cat("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
	    "PRODID:-//x//y\r\nX-WR-CALNAME:Home\r\n" ZONE,
	    cat(event("a", "", "One"), comp("VTODO", "a", "Task"))),
	    cat(cat(OTHER, event("b", "", "Two")),
	    cat(event("a", "RECURRENCE-ID;TZID=Mine:20260102T100000\r\n",
	    "One moved"), "END:VCALENDAR\r\n"))));
	s = opened_as("alice", "file:a.ics", EX_KIND_EVENTS);
	assert_string_equal(listed(s, false),
	    "item a uid=a (One)\nitem b uid=b (Two)\n");
	assert_string_equal(listed(s, true), "kept a\nkept b\n");
	tasks = opened_as("alice", "file:a.ics", EX_KIND_TASKS);
	assert_string_equal(listed(tasks, false), "item a-2 uid=a (Task)\n");
	ex_store_close(tasks);
	assert_int_equal(s->ops->read(s, EX_STR("a"), &arena, &f, &err), 0);
	/* The zone that it names, and both components. */
	assert_int_equal(f.item->root->ncomp, 3);
	rev_b = rev_of(s, "b");
	w[0] = update("a", f.rev, cat(cat("BEGIN:VCALENDAR\r\n"
	    "VERSION:2.0\r\nPRODID:-//x//y\r\n" ZONE, event("a", "",
	    "Uno")), "END:VCALENDAR\r\n"));
	w[1] = create(NULL, cal(comp("VEVENT", "n", "New")));
	assert_string_equal(wrote(s, w, 2),
	    "0 stored a as icalendar 2.0 (Uno)\n"
	    "1 stored n as icalendar 2.0 (New)\n");
	assert_string_equal(listed(s, false), "item a uid=a (Uno)\n"
	    "item b uid=b (Two)\nitem n uid=n (New)\n");
	assert_true(ex_str_eq(rev_b, rev_of(s, "b")));
	text = got_file("a.ics");
	assert_non_null(strstr(text, "X-WR-CALNAME:Home\r\n" ZONE));
	assert_non_null(strstr(text, OTHER));
	assert_non_null(strstr(text, "SUMMARY:Task"));
	assert_null(strstr(text, "One moved"));
	/* One calendar, one zone. */
	assert_null(strstr(strstr(text, "BEGIN:VCALENDAR") + 1,
	    "BEGIN:VCALENDAR"));
	assert_null(strstr(strstr(text, "TZID:Mine") + 1, "TZID:Mine"));
	w[0] = removal("a", rev_of(s, "a"));
	w[1] = removal("b", rev_of(s, "b"));
	w[2] = removal("n", rev_of(s, "n"));
	wrote(s, w, 3);
	text = got_file("a.ics");
	assert_non_null(strstr(text, ZONE));
	assert_non_null(strstr(text, OTHER));
	assert_null(strstr(text, "VEVENT"));
	ex_store_close(s);
}

/* A zone that is new to the calendar stands before what names it. */
static void
test_new_zone(void **state)
{
	struct ex_store *s;
	struct ex_write w;
	const char *text;

	(void)state;
	put("a.ics", cal(comp("VEVENT", "a", "One")));
	s = opened_as("alice", "file:a.ics", EX_KIND_EVENTS);
	w = update("a", rev_of(s, "a"), cat(cat("BEGIN:VCALENDAR\r\n"
	    "VERSION:2.0\r\nPRODID:-//x//y\r\n" ZONE, event("a", "",
	    "Uno")), "END:VCALENDAR\r\n"));
	assert_string_equal(wrote(s, &w, 1),
	    "0 stored a as icalendar 2.0 (Uno)\n");
	text = got_file("a.ics");
	assert_non_null(strstr(text, "TZID:Mine"));
	assert_true(strstr(text, "TZID:Mine") < strstr(text, "VEVENT"));
	ex_store_close(s);
}

/* A change of a zone is a change of the items that name it. */
static void
test_zone_rev(void **state)
{
	struct ex_store *s;
	char *zone;

	(void)state;
	put("a.ics", cat(cat("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" ZONE,
	    cat(event("a", "", "One"), comp("VEVENT", "u", "Utc"))),
	    "END:VCALENDAR\r\n"));
	s = opened_as("alice", "file:a.ics", EX_KIND_NONE);
	listed(s, false);
	zone = strdup(got_file("a.ics"));
	strstr(zone, "TZOFFSETTO:+01")[13] = '2';
	put("a.ics", zone);
	free(zone);
	assert_string_equal(listed(s, true),
	    "item a uid=a (One)\nkept u\n");
	ex_store_close(s);
}

static void
test_new_file(void **state)
{
	struct ex_store *s;
	struct ex_write w[2];

	(void)state;
	s = opened_as(NULL, "file:new.ics", EX_KIND_NONE);
	assert_non_null(s);
	listed(s, false);
	assert_non_null(strstr(told.p, "ERROR file:new.ics: /"));
	assert_non_null(strstr(told.p, "new.ics: no such file\n"));
	assert_int_equal(err.code, EX_ERR_GONE);
	w[0] = create(NULL, cat(cat("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
	    ZONE, event("a", "", "One")), "END:VCALENDAR\r\n"));
	w[1] = create(NULL, cal(comp("VTODO", "t", "Task")));
	assert_string_equal(wrote(s, w, 2),
	    "0 stored a as icalendar 2.0 (One)\n"
	    "1 stored t as icalendar 2.0 (Task)\n");
	assert_string_equal(listed(s, false),
	    "item a uid=a (One)\nitem t uid=t (Task)\n");
	assert_non_null(strstr(got_file("new.ics"), ZONE));
	w[0] = create(NULL, card("c", "Card"));
	assert_string_equal(wrote(s, w, 1),
	    "0 refused why: c: is of another kind\n");
	ex_store_close(s);
	assert_null(opened_as(NULL, "file:x.txt", EX_KIND_NONE));
	assert_string_equal(err.msg, "file:x.txt: x.txt: ends neither with "
	    ".vcf nor .ics nor .jsonl");
	assert_null(opened_as(NULL, "file:no/x.vcf", EX_KIND_NONE));
	mkdir("d.vcf", 0755);
	s = opened_as(NULL, "file:d.vcf", EX_KIND_NONE);
	listed(s, false);
	assert_non_null(strstr(told.p, "d.vcf: not a regular file\n"));
	ex_store_close(s);
}

static void
test_other_kind(void **state)
{
	struct ex_store *s;

	(void)state;
	put("a.ics", cal(comp("VTODO", "t", "Task")));
	s = opened_as("alice", "file:a.ics", EX_KIND_EVENTS);
	assert_string_equal(listed(s, false), "ERROR folder alice: holds no "
	    "events, but 1 item of another kind\n");
	ex_store_close(s);
	put("e.vcf", "");
	s = opened_as("alice", "file:e.vcf", EX_KIND_EVENTS);
	assert_string_equal(listed(s, false), "");
	ex_store_close(s);
}

/* What may hide items is never a listing in full. */
static void
test_damaged(void **state)
{
	struct ex_write w;
	struct ex_store *s;
	const char *two;

	(void)state;
	put("a.vcf", cat(card("a", "Ann"), "junk\nUID:lost\n"));
	s = opened_as("alice", "file:a.vcf", EX_KIND_NONE);
	assert_string_equal(listed(s, false), "item a uid=a (Ann)\n"
	    "bad lost why: line 7: no BEGIN raw=14\n");
	put("a.vcf", cat(card("a", "Ann"),
	    "BEGIN:VCARD\nUID:b\nFN:Bob\n"));
	assert_string_equal(listed(s, false), "item a uid=a (Ann)\n"
	    "bad b why: line 7: BEGIN:VCARD has no END raw=25\n"
	    "ERROR folder alice: line 7: BEGIN:VCARD has no END\n");
	w = create(NULL, card("n", "New"));
	wrote(s, &w, 1);
	assert_non_null(strstr(told.p, "0 busy why: "));
	ex_store_close(s);
	two = cat(comp("VEVENT", "a", "A"), comp("VEVENT", "b", "B"));
	put("a.ics", cat("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", two));
	s = opened_as("alice", "file:a.ics", EX_KIND_NONE);
	listed(s, false);
	assert_non_null(strstr(told.p, "bad "));
	assert_non_null(strstr(told.p, "ERROR folder alice: line 1: "));
	put("a.ics", cal("BEGIN:VEVENT\r\nUID:a\r\nBEGIN:VEVENT\r\n"
	    "UID:b\r\nEND:VEVENT\r\n"));
	listed(s, false);
	assert_non_null(strstr(told.p,
	    "ERROR folder alice: line 4: BEGIN:VEVENT has no END\n"));
	ex_store_close(s);
}

/* A line is told as one of the file, and not of what we made of it. */
static void
test_bad_line(void **state)
{
	struct ex_store *s;
	const char *at;
	unsigned line = 0;

	(void)state;
	put("a.ics", cal(cat(comp("VEVENT", "a", "A"),
	    "BEGIN:VEVENT\r\nUID:b\r\n\xff\xfe\r\nEND:VEVENT\r\n")));
	s = opened_as("alice", "file:a.ics", EX_KIND_NONE);
	listed(s, false);
	at = strstr(told.p, "bad b why: line ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "bad b why: line %u", &line), 1);
	assert_int_equal(line, 12);
	ex_store_close(s);
}

static void
test_disk_full(void **state)
{
	struct rlimit old, small = { 200, 200 };
	struct ex_store *s;
	struct ex_write w[3];
	const char *was;
	int i;

	(void)state;
	put("a.vcf", card("a", "Ann"));
	was = got_file("a.vcf");
	s = opened_as("alice", "file:a.vcf", EX_KIND_CONTACTS);
	for (i = 0; i < 3; i++)
		w[i] = create(NULL, card(ex_arena_fmt(&arena, "u%d", i).p,
		    "Somebody"));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	wrote(s, w, 3);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(told.p, "0 busy why: "));
	assert_non_null(strstr(told.p, "2 busy why: "));
	assert_non_null(strstr(told.p, "a.vcf: File too large\n"));
	assert_string_equal(got_file("a.vcf"), was);
	assert_int_equal(system("test $(ls -A | wc -l) = 1"), 0);
	ex_store_close(s);
}

/* Through a symbolic link the file that it leads to is written. */
static void
test_link(void **state)
{
	struct ex_store *s;
	struct ex_write w;
	struct stat st;

	(void)state;
	put("real.vcf", card("a", "Ann"));
	assert_int_equal(symlink("real.vcf", "l.vcf"), 0);
	s = opened_as(NULL, "file:l.vcf", EX_KIND_NONE);
	w = create(NULL, card("n", "New"));
	wrote(s, &w, 1);
	assert_int_equal(lstat("l.vcf", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_non_null(strstr(got_file("real.vcf"), "FN:New"));
	ex_store_close(s);
}

/* Another writes between our listing and our write. */
static void
test_others(void **state)
{
	struct ex_store *s;
	struct ex_write w[2];
	struct ex_str a, b;

	(void)state;
	put("a.vcf", cat(card("a", "Ann"), card("b", "Bob")));
	s = opened_as(NULL, "file:a.vcf", EX_KIND_NONE);
	a = rev_of(s, "a");
	b = rev_of(s, "b");
	put("a.vcf", cat(card("z", "Zoe"), cat(card("a", "Ann"),
	    card("b", "Bobby"))));
	w[0] = update("a", a, card("a", "Anna"));
	w[1] = update("b", b, card("b", "No"));
	assert_string_equal(wrote(s, w, 2),
	    "0 stored a as vcard 3.0 (Anna)\n1 stale why: b: has changed\n");
	assert_string_equal(listed(s, false), "item z uid=z (Zoe)\n"
	    "item a uid=a (Anna)\nitem b uid=b (Bobby)\n");
	ex_store_close(s);
}

static void
test_jsonl(void **state)
{
	struct ex_store *s;
	struct ex_write w[3];
	const char *a = "[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],"
	    "[\"uid\",{},\"text\",\"a\"],[\"fn\",{},\"text\",\"Ann\"]]]\n";
	const char *b = "[\"vcard\",[[\"version\",{},\"text\",\"4.0\"],"
	    "[\"uid\",{},\"text\",\"b\"],[\"fn\",{},\"text\",\"Bob\"]]]\n";

	(void)state;
	put("a.jsonl", cat(cat(a, "oops\n"), b));
	s = opened_as(NULL, "file:a.jsonl", EX_KIND_CONTACTS);
	listed(s, false);
	assert_non_null(strstr(told.p, "item a uid=a (Ann)\nbad bad-"));
	assert_non_null(strstr(told.p, "why: line 2: "));
	assert_non_null(strstr(told.p, "item b uid=b (Bob)\n"));
	put("a.jsonl", cat(a, b));
	w[0] = removal("a", rev_of(s, "a"));
	w[1] = create(NULL, card("n", "New"));
	w[2] = update("b", rev_of(s, "b"), card("b", "Bobby"));
	wrote(s, w, 3);
	assert_string_equal(listed(s, false),
	    "item b uid=b (Bobby)\nitem n uid=n (New)\n");
	ex_store_close(s);
	/* A stream that is cut is no listing. */
	put("c.jsonl", "{\"rec\":\"begin\",\"stream\":\"items\",\"form\":1,"
	    "\"folder\":\"f\",\"kind\":\"contacts\",\"mode\":\"full\"}\n");
	s = opened_as(NULL, "file:c.jsonl", EX_KIND_CONTACTS);
	listed(s, false);
	assert_non_null(strstr(told.p, "ERROR file:c.jsonl:"));
	assert_null(strstr(told.p, "/dev/fd"));
	ex_store_close(s);
}

/* Many of one UID, many calendars: nothing is quadratic. */
static void
test_many(void **state)
{
	struct ex_store *s;
	FILE *fp;
	const char *p;
	int i, n = 0;

	(void)state;
	fp = fopen("a.vcf", "w");
	for (i = 0; i < 60000; i++)
		fputs("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:same\r\nFN:X\r\n"
		    "N:X;;;;\r\nEND:VCARD\r\n", fp);
	fclose(fp);
	s = opened_as(NULL, "file:a.vcf", EX_KIND_NONE);
	listed(s, false);
	for (p = told.p; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	assert_int_equal(n, 60000);
	assert_non_null(strstr(told.p, "item same-60000 uid=same"));
	ex_store_close(s);
}

static void
test_stdio(void **state)
{
	struct ex_store *s;
	struct ex_write w;
	int in = dup(0), out = dup(1), fds[2];
	const char *text = card("a", "Ann");

	(void)state;
	fflush(stdout);
	assert_int_equal(pipe(fds), 0);
	assert_true(write(fds[1], text, strlen(text)) > 0);
	close(fds[1]);
	dup2(fds[0], 0);
	close(fds[0]);
	s = opened_as(NULL, "file:-", EX_KIND_NONE);
	assert_string_equal(listed(s, false), "item a uid=a (Ann)\n");
	assert_true(ex_str_is(s->identity, "-"));
	fds[0] = open("out", O_CREAT | O_WRONLY, 0600);
	dup2(fds[0], 1);
	w = create(NULL, card("b", "Bob"));
	wrote(s, &w, 1);
	dup2(out, 1);
	assert_string_equal(told.p, "0 stored b as vcard 3.0 (Bob)\n");
	assert_non_null(strstr(got_file("out"), "FN:Bob"));
	close(fds[0]);
	fds[0] = open("/dev/full", O_WRONLY);
	dup2(fds[0], 1);
	wrote(s, &w, 1);
	dup2(out, 1);
	assert_string_equal(told.p,
	    "0 busy why: standard output: No space left on device\n"
	    "ERROR standard output: No space left on device\n");
	close(fds[0]);
	ex_store_close(s);
	dup2(in, 0);
	close(in);
	close(out);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, in_new_dir, out_of_it)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_cards), TEST(test_write_cards),
		TEST(test_calendar), TEST(test_new_zone),
		TEST(test_zone_rev),
		TEST(test_new_file), TEST(test_other_kind),
		TEST(test_damaged), TEST(test_bad_line),
		TEST(test_disk_full), TEST(test_link), TEST(test_others),
		TEST(test_jsonl), TEST(test_many), TEST(test_stdio)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
