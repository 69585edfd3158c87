/*
 * base.c: the base layer's modules, each for itself
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
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/hash.h>
#include <ex/spool.h>
#include <ex/str.h>
#include <ex/sum.h>

#define S(lit)	EX_STR(lit)

static char dir[] = "/tmp/exring-unit-XXXXXX";

/* A path in the test's own directory; the caller's until the next call. */
static const char *
at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
str_compares_bytes(void **state)
{
	(void)state;
	assert_true(ex_str_eq(EX_STR_NONE, EX_STR_NONE));
	assert_false(ex_str_eq(EX_STR_NONE, S("")));
	assert_false(ex_str_eq(S("ab"), S("a")));
	assert_false(ex_str_eq(S("a"), S("ab")));
	assert_true(ex_str_is(S("ab"), "ab"));
	assert_false(ex_str_is(S("ab"), "abc"));
	assert_false(ex_str_is(EX_STR_NONE, ""));
	assert_true(ex_str_is_nocase(S("aB-"), "Ab-"));
	assert_false(ex_str_is_nocase(S("a"), "ab"));
	assert_false(ex_str_is_nocase(S("ab"), "a"));
	assert_false(ex_str_is_nocase(S("@"), "`"));
	assert_false(ex_str_is_nocase(S("a\0b"), "a"));
	assert_true(ex_str_cmp(EX_STR_NONE, S("")) < 0);
	assert_true(ex_str_cmp(S("a"), S("ab")) < 0);
	assert_true(ex_str_cmp(S("b"), S("ab")) > 0);
	assert_true(ex_str_cmp(S("\xff"), S("a")) > 0);
	assert_int_equal(ex_str_cmp(S("a"), S("a")), 0);
	assert_true(ex_str_starts(S("abc"), "ab"));
	assert_false(ex_str_starts(S("a"), "ab"));
	assert_true(ex_str_ends(S("abc"), "bc"));
	assert_false(ex_str_ends(S("c"), "bc"));
	assert_null(ex_str_of(NULL).p);
	assert_int_equal(ex_str_of("ab").n, 2);
}

static void
str_reads_numbers(void **state)
{
	(void)state;
	assert_int_equal(ex_str_number(S("0")), 0);
	assert_int_equal(ex_str_number(S("007")), 7);
	assert_true(ex_str_number(S("999999999999999999")) ==
	    999999999999999999LL);
	assert_int_equal(ex_str_number(S("1000000000000000000")), -1);
	assert_int_equal(ex_str_number(S("")), -1);
	assert_int_equal(ex_str_number(EX_STR_NONE), -1);
	assert_int_equal(ex_str_number(S("-1")), -1);
	assert_int_equal(ex_str_number(S("1 ")), -1);
}

/* Small and large by turns: none overlaps another, all keep their bytes. */
static void
arena_gives_each_its_own(void **state)
{
	struct ex_arena a = EX_ARENA_INIT;
	unsigned char *p[300];
	size_t n[300], i, k;
	int round;

	(void)state;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 300; i++) {
			n[i] = i % 50 == 49 ? 200000 : i * 7 % 1000;
			p[i] = ex_arena_alloc(&a, n[i]);
			assert_int_equal((uintptr_t)p[i] %
			    _Alignof(max_align_t), 0);
			for (k = 0; k < n[i]; k++)
				assert_int_equal(p[i][k], 0);
			memset(p[i], (int)i & 0xff, n[i]);
			ex_arena_bytes(&a, 1)[0] = 'x';
		}
		for (i = 0; i < 300; i++)
			for (k = 0; k < n[i]; k++)
				assert_int_equal(p[i][k], i & 0xff);
		ex_arena_reset(&a);
	}
	ex_arena_free(&a);
	assert_null(a.chunk);
}

static void
arena_reset_keeps_the_largest(void **state)
{
	struct ex_arena a = EX_ARENA_INIT;
	char *large;
	int i;

	(void)state;
	ex_arena_reset(&a);
	/* Past the end of the first chunk, a byte at a time. */
	for (i = 0; i < 70000; i++) {
		*ex_arena_bytes(&a, 1) = 'x';
		assert_true(a.free <= a.end);
	}
	large = ex_arena_bytes(&a, (size_t)8 << 20);
	ex_arena_bytes(&a, 10);
	ex_arena_reset(&a);
	assert_ptr_equal(ex_arena_bytes(&a, 10), large);
	ex_arena_free(&a);
}

static void
arena_copies_and_formats(void **state)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str s;
	char from[] = "a\0b";

	(void)state;
	s = ex_arena_str(&a, (struct ex_str){ from, 3 });
	from[0] = 'x';
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "a\0b", 4);
	assert_null(ex_arena_str(&a, EX_STR_NONE).p);
	assert_non_null(ex_arena_str(&a, S("")).p);
	s = ex_arena_fmt(&a, "%d-%s", 7, "x");
	assert_string_equal(s.p, "7-x");
	s = ex_arena_fmt(&a, "%0300000d", 1);
	assert_int_equal(s.n, 300000);
	assert_int_equal(s.p[299999], '1');
	assert_int_equal(strlen(s.p), s.n);
	ex_arena_free(&a);
}

/* Alone an array grows in place; two that take turns must move. */
static void
arena_grows_arrays(void **state)
{
	struct ex_arena a = EX_ARENA_INIT;
	size_t *v = NULL, *w = NULL, *one = NULL, i;

	(void)state;
	memset(ex_arena_bytes(&a, 60000), 0xff, 60000);
	ex_arena_reset(&a);
	for (i = 0; i < 1000; i++) {
		one = ex_arena_grow(&a, one, i, sizeof(*one));
		assert_int_equal(one[i], 0);
		one[i] = 1;
	}
	for (i = 0; i < 10000; i++) {
		v = ex_arena_grow(&a, v, i, sizeof(*v));
		w = ex_arena_grow(&a, w, i, sizeof(*w));
		assert_int_equal(v[i], 0);
		assert_int_equal(w[i], 0);
		v[i] = i + 1;
		w[i] = i * 3 + 1;
	}
	for (i = 0; i < 10000; i++) {
		assert_int_equal(v[i], i + 1);
		assert_int_equal(w[i], i * 3 + 1);
	}
	ex_arena_free(&a);
}

static void
buf_holds_what_was_added(void **state)
{
	struct ex_buf b = EX_BUF_INIT;
	char large[1000];
	int i;

	(void)state;
	assert_int_equal(ex_buf_get(&b).n, 0);
	assert_non_null(ex_buf_get(&b).p);
	ex_buf_add(&b, NULL, 0);
	ex_buf_str(&b, EX_STR_NONE);
	for (i = 0; i < 1000; i++) {
		ex_buf_putc(&b, 'a');
		ex_buf_puts(&b, "bc");
		ex_buf_str(&b, S("d"));
		ex_buf_fmt(&b, "%04d", i);
	}
	assert_int_equal(b.n, 8000);
	assert_memory_equal(b.p + 7992, "abcd0999", 8);
	assert_false(b.over);
	ex_buf_clear(&b);
	assert_int_equal(b.n, 0);
	ex_buf_fmt(&b, "%s", "");
	assert_int_equal(b.n, 0);
	ex_buf_fini(&b);
	assert_null(b.p);
	memset(large, 'x', sizeof(large));
	ex_buf_add(&b, large, sizeof(large));
	ex_buf_fmt(&b, "%d", 42);
	assert_int_equal(b.n, sizeof(large) + 2);
	assert_memory_equal(b.p + sizeof(large) - 1, "x42", 3);
	ex_buf_fini(&b);
}

/* Up to the cap all of it, past it nothing, and nothing smaller after it. */
static void
buf_stops_at_its_cap(void **state)
{
	struct ex_buf b = EX_BUF_INIT;

	(void)state;
	b.cap = 10;
	ex_buf_puts(&b, "12345");
	ex_buf_fmt(&b, "%s", "67890");
	assert_false(b.over);
	assert_true(ex_str_is(ex_buf_get(&b), "1234567890"));
	ex_buf_putc(&b, 'x');
	assert_true(b.over);
	ex_buf_clear(&b);
	assert_false(b.over);
	ex_buf_puts(&b, "1234");
	ex_buf_puts(&b, "1234567");
	assert_true(b.over);
	ex_buf_putc(&b, 'x');
	ex_buf_fmt(&b, "x");
	assert_null(ex_buf_room(&b, 1));
	assert_true(ex_str_is(ex_buf_get(&b), "1234"));
	ex_buf_clear(&b);
	ex_buf_fmt(&b, "%011d", 1);
	assert_true(b.over);
	assert_int_equal(b.n, 0);
	assert_null(ex_buf_room(&b, SIZE_MAX));
	ex_buf_fini(&b);
}

static void
err_says_what_and_why(void **state)
{
	struct ex_err e;
	int i;

	(void)state;
	errno = ENOENT;
	assert_int_equal(ex_err_set(&e, EX_ERR_GONE, "%s:", "x.vcf"), -1);
	assert_string_equal(e.msg, "x.vcf: No such file or directory");
	assert_int_equal(e.code, EX_ERR_GONE);
	assert_int_equal(errno, ENOENT);
	ex_err_set(&e, EX_ERR_INPUT, "line %d: no", 3);
	assert_int_equal(ex_err_at(&e, "%s", "x.vcf"), -1);
	assert_string_equal(e.msg, "x.vcf: line 3: no");
	assert_int_equal(e.code, EX_ERR_INPUT);
	for (i = 0; i < 100; i++)
		ex_err_at(&e, "longer and longer");
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	assert_int_equal(ex_exit_of(&e), EX_EXIT_TROUBLE);
	e.code = EX_ERR_AGAIN;
	assert_int_equal(ex_exit_of(&e), EX_EXIT_AGAIN);
}

/* What the child says on stderr, and its exit status. */
static int
child_says(void (*run)(void), char *out, size_t size)
{
	int fd[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	fflush(stdout);
	if ((pid = fork()) == 0) {
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		close(fd[1]);
		run();
		_exit(99);
	}
	close(fd[1]);
	while ((got = read(fd[0], out + n, size - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
says_dirty(void)
{
	ex_diag_init("exdiff");
	ex_note("a\x1b[1m\n\x7f \xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7");
	ex_warn("\xff \xc0\x80 \xc2\x9b \xed\xa0\x80 \xf4\x90\x80\x80 \xc3");
	ex_diag_quiet(true);
	ex_note("not this");
	errno = EACCES;
	ex_warn("x:");
	_exit(0);
}

static void
diag_keeps_the_terminal_clean(void **state)
{
	char got[512];

	(void)state;
	assert_int_equal(child_says(says_dirty, got, sizeof(got)), 0);
	assert_string_equal(got,
	    "exdiff: a?[1m?? \xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7\n"
	    "exdiff: ? ?? ?? ??? ???? ?\n"
	    "exdiff: x: Permission denied\n");
}

static void
dies_again(void)
{
	struct ex_err e;

	ex_err_set(&e, EX_ERR_AGAIN, "later");
	ex_diag_init("expush");
	ex_die_err(&e);
}

static void
finishes_on_a_full_disk(void)
{
	ex_diag_init("exfetch");
	if (freopen("/dev/full", "w", stdout) == NULL)
		_exit(98);
	printf("x");
	_exit(ex_finish(EX_EXIT_OK));
}

static void
finishes_without_stdout(void)
{
	close(STDOUT_FILENO);
	ex_diag_init("exfetch");
	printf("x");
	_exit(ex_finish(EX_EXIT_OK));
}

static void
diag_ends_with_the_right_status(void **state)
{
	char got[512];

	(void)state;
	assert_int_equal(child_says(dies_again, got, sizeof(got)), 3);
	assert_string_equal(got, "expush: later\n");
	assert_int_equal(child_says(finishes_on_a_full_disk, got,
	    sizeof(got)), 2);
	assert_string_equal(got,
	    "exfetch: standard output: No space left on device\n");
	assert_int_equal(child_says(finishes_without_stdout, got,
	    sizeof(got)), 2);
	assert_string_equal(got,
	    "exfetch: standard output: Bad file descriptor\n");
}

/* FIPS 180-4's examples: "abc", the two-block message, a million "a". */
static void
hash_is_sha256(void **state)
{
	struct ex_hash *h = ex_hash_new();
	char hex[EX_HASH_HEX], *million;
	unsigned char bin[16];

	(void)state;
	ex_hash_hex(h, "abc", 3, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223");
	ex_hash_hex(h, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmn"
	    "lmnomnopnopq", 56, hex);
	assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039");
	million = malloc(1000000);
	assert_non_null(million);
	memset(million, 'a', 1000000);
	ex_hash_hex(h, million, 1000000, hex);
	assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67");
	free(million);
	ex_hash_bin(h, "", 0, bin);
	assert_memory_equal(bin, "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14"
	    "\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24", 16);
	ex_hash_free(h);
}

static void
sum_is_order_independent(void **state)
{
	static const char *const line[] = { "one", "two", "three", "" };
	struct ex_sum a = EX_SUM_INIT, b = EX_SUM_INIT, c = EX_SUM_INIT, one;
	char x[EX_SUM_HEX], y[EX_SUM_HEX];
	size_t i;

	(void)state;
	/* XXH3-128 of nothing, as its specification has it. */
	ex_sum_line(&a, "", 0);
	ex_sum_hex(&a, x);
	assert_string_equal(x, "99aa06d3014798d86001c324468d497f");
	one = ex_sum_of("", 0);
	assert_true(one.lo == a.lo && one.hi == a.hi);
	a = (struct ex_sum)EX_SUM_INIT;
	for (i = 0; i < 4; i++) {
		ex_sum_line(&a, line[i], strlen(line[i]));
		ex_sum_line(&b, line[3 - i], strlen(line[3 - i]));
		if (i != 2)
			ex_sum_line(&c, line[i], strlen(line[i]));
	}
	ex_sum_hex(&a, x);
	ex_sum_hex(&b, y);
	assert_string_equal(x, y);
	ex_sum_hex(&c, y);
	assert_string_not_equal(x, y);
	/* Lines that come twice do not cancel out. */
	b = a;
	ex_sum_line(&b, "x", 1);
	ex_sum_line(&b, "x", 1);
	assert_true(a.lo != b.lo || a.hi != b.hi);
}

/* 2^64 - 1 in the low half, and any line: the carry must reach the high. */
static void
sum_carries(void **state)
{
	struct ex_sum s = { UINT64_MAX, 5 }, one = ex_sum_of("x", 1);

	(void)state;
	ex_sum_line(&s, "x", 1);
	assert_true(s.lo == one.lo - 1);
	assert_true(s.hi == one.hi + 6);
}

static void
file_reads_whole_files(void **state)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_err e;
	struct ex_str s;

	(void)state;
	assert_int_equal(ex_file_replace(at("r"), S("12345"), 0600, &e), 0);
	assert_int_equal(ex_file_read(AT_FDCWD, at("r"), 5, &a, &s, &e), 0);
	assert_true(ex_str_is(s, "12345"));
	assert_int_equal(ex_file_read(AT_FDCWD, at("r"), 4, &a, &s, &e), -1);
	assert_int_equal(e.code, EX_ERR_INPUT);
	assert_non_null(strstr(e.msg, "/r: more than 4 bytes"));
	assert_int_equal(ex_file_read(AT_FDCWD, at("none"), 4, &a, &s, &e),
	    -1);
	assert_int_equal(e.code, EX_ERR_GONE);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(ex_file_read(AT_FDCWD, at("fifo"), 4, &a, &s, &e),
	    -1);
	assert_int_equal(e.code, EX_ERR_INPUT);
	assert_int_equal(ex_file_read(AT_FDCWD, dir, 4, &a, &s, &e), -1);
	unlink(at("fifo"));
	unlink(at("r"));
	ex_arena_free(&a);
}

/* Files in the test's directory. */
static int
count_files(void)
{
	char cmd[128], out[32];
	FILE *p;
	int n;

	snprintf(cmd, sizeof(cmd), "ls -A %s | wc -l", dir);
	p = popen(cmd, "r");
	assert_non_null(p);
	assert_non_null(fgets(out, sizeof(out), p));
	n = (int)strtol(out, NULL, 10);
	pclose(p);
	return n;
}

/* A reader that has the old file open still has all of it. */
static void
file_is_replaced_whole(void **state)
{
	char old[8] = "";
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_err e;
	struct ex_str s;
	struct stat st;
	int fd, before = count_files();

	(void)state;
	assert_int_equal(ex_file_replace(at("f"), S("old"), 0600, &e), 0);
	assert_int_equal(stat(at("f"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(at("f"), 0640), 0);
	fd = open(at("f"), O_RDONLY);
	assert_int_equal(ex_file_replace(at("f"), S("new"), 0600, &e), 0);
	assert_int_equal(read(fd, old, sizeof(old)), 3);
	assert_string_equal(old, "old");
	close(fd);
	assert_int_equal(ex_file_read(AT_FDCWD, at("f"), 9, &a, &s, &e), 0);
	assert_true(ex_str_is(s, "new"));
	assert_int_equal(stat(at("f"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(count_files(), before + 1);
	unlink(at("f"));
	/* What cannot be replaced leaves nothing behind. */
	assert_int_equal(mkdir(at("d"), 0700), 0);
	assert_int_equal(ex_file_replace(at("d"), S("x"), 0600, &e), -1);
	assert_int_equal(count_files(), before + 1);
	rmdir(at("d"));
	assert_int_equal(ex_file_replace(at("no/f"), S("x"), 0600, &e), -1);
	assert_int_equal(e.code, EX_ERR_GONE);
	ex_arena_free(&a);
}

static void
wants_the_lock(void)
{
	struct ex_err e;

	if (ex_file_lock(at("lock"), &e) == -1)
		ex_die_err(&e);
	_exit(0);
}

static void
file_lock_says_who(void **state)
{
	char got[512], want[64];
	struct ex_err e;
	int fd;

	(void)state;
	fd = ex_file_lock(at("lock"), &e);
	assert_true(fd != -1);
	assert_int_equal(child_says(wants_the_lock, got, sizeof(got)), 3);
	snprintf(want, sizeof(want), "/lock: locked by exring %ld on ",
	    (long)getpid());
	assert_non_null(strstr(got, want));
	assert_non_null(strstr(got, " since 2"));
	close(fd);
	assert_int_equal(child_says(wants_the_lock, got, sizeof(got)), 0);
	assert_string_equal(got, "");
	unlink(at("lock"));
}

/* A pipe that takes a part at a time, and says EAGAIN in between. */
static void
file_writes_all_of_it(void **state)
{
	static unsigned char out[300000];
	unsigned char got[1000];
	struct ex_err e;
	int fd[2], status;
	size_t i, seen = 0;
	ssize_t n, k;
	pid_t pid;

	(void)state;
	for (i = 0; i < sizeof(out); i++)
		out[i] = (unsigned char)(i % 251);
	assert_int_equal(pipe(fd), 0);
	fflush(stdout);
	if ((pid = fork()) == 0) {
		close(fd[1]);
		while ((n = read(fd[0], got, sizeof(got))) > 0)
			for (k = 0; k < n; k++)
				if (got[k] != seen++ % 251)
					_exit(1);
		_exit(seen == sizeof(out) ? 0 : 2);
	}
	close(fd[0]);
	assert_int_equal(fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(ex_file_write(fd[1], out, sizeof(out), "p", &e), 0);
	close(fd[1]);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	fd[0] = open("/dev/full", O_WRONLY);
	assert_int_equal(ex_file_write(fd[0], "x", 1, "p", &e), -1);
	assert_string_equal(e.msg, "p: No space left on device");
	close(fd[0]);
}

static void
file_syncs(void **state)
{
	struct ex_err e;
	int fd = ex_file_temp(&e);

	(void)state;
	assert_true(fd != -1);
	assert_int_equal(ex_file_sync(fd, "x", &e), 0);
	close(fd);
	assert_int_equal(ex_file_sync(fd, "x", &e), -1);
	assert_string_equal(e.msg, "x: Bad file descriptor");
}

static void
spool_maps_files(void **state)
{
	struct ex_spool s;
	struct ex_err e;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s", at("s"));
	assert_int_equal(ex_file_replace(path, S("a\nb\n"), 0600, &e), 0);
	assert_int_equal(ex_spool_open(&s, path, &e), 0);
	assert_true(ex_str_is(s.map, "a\nb\n"));
	assert_string_equal(s.name, path);
	ex_spool_close(&s);
	assert_int_equal(ex_file_replace(path, S(""), 0600, &e), 0);
	assert_int_equal(ex_spool_open(&s, path, &e), 0);
	assert_int_equal(s.map.n, 0);
	ex_spool_close(&s);
	unlink(path);
	assert_int_equal(ex_spool_open(&s, path, &e), -1);
	assert_int_equal(e.code, EX_ERR_GONE);
	assert_int_equal(ex_spool_open(&s, dir, &e), -1);
	assert_non_null(strstr(e.msg, "Is a directory"));
}

/* n bytes down a pipe to stdin, then read as "-". */
static void
spool_from_pipe(size_t n)
{
	struct ex_spool s;
	struct ex_err e;
	int fd[2], saved = dup(STDIN_FILENO), status;
	size_t i;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	fflush(stdout);
	if ((pid = fork()) == 0) {
		close(fd[0]);
		for (i = 0; i < n; i++)
			if (write(fd[1], i % 2 ? "b" : "a", 1) != 1)
				_exit(1);
		_exit(0);
	}
	close(fd[1]);
	dup2(fd[0], STDIN_FILENO);
	close(fd[0]);
	assert_int_equal(ex_spool_open(&s, "-", &e), 0);
	assert_string_equal(s.name, "stdin");
	assert_int_equal(s.map.n, n);
	for (i = 0; i < n; i++)
		assert_int_equal(s.map.p[i], i % 2 ? 'b' : 'a');
	ex_spool_close(&s);
	waitpid(pid, &status, 0);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static void
spool_copies_pipes(void **state)
{
	(void)state;
	spool_from_pipe(0);
	spool_from_pipe(1);
	spool_from_pipe(150001);
}

/* Somebody read the first line already: what is left is the input. */
static void
spool_begins_where_stdin_stands(void **state)
{
	struct ex_spool s;
	struct ex_err e;
	int fd, saved = dup(STDIN_FILENO);

	(void)state;
	assert_int_equal(ex_file_replace(at("s"), S("a\nb\n"), 0600, &e), 0);
	fd = open(at("s"), O_RDONLY);
	dup2(fd, STDIN_FILENO);
	close(fd);
	lseek(STDIN_FILENO, 2, SEEK_SET);
	assert_int_equal(ex_spool_open(&s, "-", &e), 0);
	assert_true(ex_str_is(s.map, "b\n"));
	ex_spool_close(&s);
	dup2(saved, STDIN_FILENO);
	close(saved);
	unlink(at("s"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(str_compares_bytes),
		cmocka_unit_test(str_reads_numbers),
		cmocka_unit_test(arena_gives_each_its_own),
		cmocka_unit_test(arena_reset_keeps_the_largest),
		cmocka_unit_test(arena_copies_and_formats),
		cmocka_unit_test(arena_grows_arrays),
		cmocka_unit_test(buf_holds_what_was_added),
		cmocka_unit_test(buf_stops_at_its_cap),
		cmocka_unit_test(err_says_what_and_why),
		cmocka_unit_test(diag_keeps_the_terminal_clean),
		cmocka_unit_test(diag_ends_with_the_right_status),
		cmocka_unit_test(hash_is_sha256),
		cmocka_unit_test(sum_is_order_independent),
		cmocka_unit_test(sum_carries),
		cmocka_unit_test(file_reads_whole_files),
		cmocka_unit_test(file_is_replaced_whole),
		cmocka_unit_test(file_lock_says_who),
		cmocka_unit_test(file_writes_all_of_it),
		cmocka_unit_test(file_syncs),
		cmocka_unit_test(spool_maps_files),
		cmocka_unit_test(spool_copies_pipes),
		cmocka_unit_test(spool_begins_where_stdin_stands),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (mkdtemp(dir) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(dir);
	return failed;
}
