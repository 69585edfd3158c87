/*
 * rec.c, recline.c, sect.c, recwrite.c: what was written is read, and
 * nothing that was cut or changed on the way
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/rec.h>

#define DATA	"[\"vcard\",[[\"fn\",{},\"text\",\"A\"]]]"
#define ITEM	"{\"rec\":\"item\",\"folder\":\"alice\",\"id\":\"1\"," \
		"\"rev\":\"r\",\"uid\":\"u\",\"mark\":\"m\",\"hash\":\"h\"," \
		"\"kind\":\"contacts\",\"as\":\"vcard 3.0\",\"data\":" DATA "}"

static struct ex_arena arena = EX_ARENA_INIT;
static char dir[] = "/tmp/exring-test-XXXXXX";

static void
is(struct ex_str got, const char *want)
{
	if (!ex_str_is(got, want))
		fail_msg("got %.*s\nwanted %s", EX_STR_ARG(got), want);
}

static void
has(struct ex_str got, const char *want)
{
	size_t n = strlen(want), i;

	for (i = 0; got.n >= n && i <= got.n - n; i++)
		if (memcmp(got.p + i, want, n) == 0)
			return;
	fail_msg("got %.*s\nwanted in it %s", EX_STR_ARG(got), want);
}

static void
show(struct ex_buf *b, const struct ex_rec *rec)
{
	const struct ex_str v[] = { rec->folder, rec->id, rec->rev, rec->uid,
	    rec->mark, rec->hash, rec->kind, rec->as, rec->why, rec->data };
	size_t i;

	ex_buf_puts(b, ex_rec_name_of(rec->type));
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		ex_buf_putc(b, ' ');
		if (v[i].p == NULL)
			ex_buf_putc(b, '-');
		else
			ex_json_string(b, v[i]);
	}
}

/* One line, as its members or "ERROR problem". */
static struct ex_str
line(const char *text)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_err err = { 0 };
	struct ex_rec rec;
	struct ex_str s;

	if (ex_rec_parse(ex_str_of(text), &arena, &rec, &err) == -1)
		return ex_arena_fmt(&arena, "ERROR %s", err.msg);
	assert_ptr_equal(rec.line.p, text);
	show(&b, &rec);
	s = ex_arena_str(&arena, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

static void
put(const char *name, struct ex_str text)
{
	FILE *fp = fopen(name, "w");

	assert_non_null(fp);
	assert_int_equal(fwrite(text.p, 1, text.n, fp), text.n);
	assert_int_equal(fclose(fp), 0);
}

/* All of the inputs, records one a line, at the end "ERROR ..." or "OK". */
static struct ex_str
stream_of(const char *const *path, size_t n, const char *stream,
    unsigned flags)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_err err = { 0 };
	struct ex_rec_in *in;
	struct ex_rec rec;
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str s;
	int got;

	if (ex_rec_open(&in, path, n, stream, flags, &err) == -1)
		return ex_arena_fmt(&arena, "ERROR %s", err.msg);
	while ((got = ex_rec_next(in, &a, &rec, &err)) == 1) {
		ex_buf_fmt(&b, "%zu ", rec.lineno);
		show(&b, &rec);
		ex_buf_putc(&b, '\n');
		ex_arena_reset(&a);
	}
	ex_rec_close(in);
	if (got == 0)
		ex_buf_puts(&b, "OK");
	else
		ex_buf_fmt(&b, "ERROR %s", err.msg);
	s = ex_arena_str(&arena, ex_buf_get(&b));
	ex_buf_fini(&b);
	ex_arena_free(&a);
	return s;
}

static struct ex_str
file(struct ex_str text, const char *stream, unsigned flags)
{
	static const char *const in[] = { "in" };

	put("in", text);
	return stream_of(in, 1, stream, flags);
}

/* The same through a pipe, a few bytes at a time, single ones slowly. */
static struct ex_str
piped(struct ex_str text, const char *stream, unsigned flags, size_t piece)
{
	static const char *const in[] = { "fifo" };
	const struct timespec pause = { 0, 100000 };
	struct ex_str s;
	pid_t pid;
	int fd;

	unlink("fifo");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	if ((pid = fork()) == 0) {
		fd = open("fifo", O_WRONLY);
		while (text.n > 0) {
			size_t n = text.n < piece ? text.n : piece;
			ssize_t done = write(fd, text.p, n);

			if (done < 0)
				_exit(1);
			if (piece == 1)
				nanosleep(&pause, NULL);
			text.p += done;
			text.n -= (size_t)done;
		}
		_exit(0);
	}
	s = stream_of(in, 1, stream, flags);
	waitpid(pid, NULL, 0);
	return s;
}

/* What the writer makes: text of it is in memory till the next call. */
static char *made;
static size_t nmade;
static struct ex_rec_out out;

static void
start(void)
{
	free(made);
	made = NULL;
	ex_rec_out_init(&out, open_memstream(&made, &nmade));
}

static struct ex_str
stop(void)
{
	FILE *fp = out.fp;

	ex_rec_out_fini(&out);
	fclose(fp);
	return ex_arena_str(&arena, (struct ex_str){ made, nmade });
}

static void
gone(const char *folder, const char *id)
{
	ex_rec_start(&out, "gone");
	ex_rec_str(&out, "folder", ex_str_of(folder));
	ex_rec_str(&out, "id", ex_str_of(id));
	ex_rec_stop(&out);
}

static struct ex_str
folder(const char *name)
{
	start();
	ex_rec_begin(&out, "items", 0, ex_str_of(name), EX_STR_NONE);
	gone(name, "1");
	gone(name, "2");
	ex_rec_end(&out, EX_STR(",\"token\":\"t\""));
	return stop();
}

static struct ex_str
part(unsigned k, unsigned parts, const char *rest)
{
	struct ex_str end = EX_STR("");

	start();
	ex_rec_begin(&out, "plan", k, EX_STR_NONE, ex_str_of(rest));
	ex_rec_start(&out, "plan");
	ex_rec_str(&out, "uid", ex_str_of("u"));
	ex_rec_raw(&out, "ops", EX_STR("[]"));
	ex_rec_stop(&out);
	if (parts != 0)
		end = ex_arena_fmt(&arena, ",\"parts\":%u", parts);
	ex_rec_end(&out, end);
	return stop();
}

static struct ex_str
cat(struct ex_str a, struct ex_str b)
{
	return ex_arena_fmt(&arena, "%.*s%.*s", EX_STR_ARG(a), EX_STR_ARG(b));
}

static struct ex_str
replaced(struct ex_str s, const char *from, const char *to)
{
	size_t n = strlen(from), i;

	for (i = 0; i + n <= s.n; i++)
		if (memcmp(s.p + i, from, n) == 0)
			return ex_arena_fmt(&arena, "%.*s%s%.*s", (int)i, s.p,
			    to, (int)(s.n - i - n), s.p + i + n);
	fail_msg("no %s in %.*s", from, EX_STR_ARG(s));
	return s;
}

static void
writer(void **state)
{
	(void)state;
	start();
	ex_rec_begin(&out, "items", 0, EX_STR("alice"),
	    EX_STR(",\"kind\":\"contacts\""));
	ex_rec_start(&out, "item");
	ex_rec_str(&out, "folder", EX_STR("alice"));
	ex_rec_str(&out, "id", EX_STR("a\n\"1\""));
	ex_rec_str(&out, "rev", EX_STR_NONE);
	ex_rec_raw(&out, "none", EX_STR_NONE);
	ex_rec_name(&out, "n");
	ex_buf_puts(&out.line, "[1]");
	ex_rec_raw(&out, "data", EX_STR(DATA));
	ex_rec_stop(&out);
	ex_rec_line(&out, EX_STR("{\"rec\":\"x\"}"));
	ex_rec_end(&out, EX_STR(",\"token\":\"t\""));
	is(stop(), "{\"rec\":\"begin\",\"stream\":\"items\",\"form\":1,"
	    "\"folder\":\"alice\",\"kind\":\"contacts\"}\n"
	    "{\"rec\":\"item\",\"folder\":\"alice\",\"id\":\"a\\n\\\"1\\\"\","
	    "\"n\":[1],\"data\":" DATA "}\n{\"rec\":\"x\"}\n"
	    "{\"rec\":\"end\",\"folder\":\"alice\",\"count\":2,\"sum\":"
	    "\"1caa3555c5e34f5ea3aed6c50231e5f0\",\"token\":\"t\"}\n");
}

static void
prefix(void **state)
{
	(void)state;
	is(line(ITEM), "item \"alice\" \"1\" \"r\" \"u\" \"m\" \"h\" "
	    "\"contacts\" \"vcard 3.0\" - \"[\\\"vcard\\\",[[\\\"fn\\\",{},"
	    "\\\"text\\\",\\\"A\\\"]]]\"");
	is(line("{\"rec\":\"kept\",\"folder\":\"a\",\"id\":\"\\u00e4\\n\"}"),
	    "kept \"a\" \"\xc3\xa4\\n\" - - - - - - - -");
	is(line("{\"rec\":\"note\",\"x\":[{\"y\":\"]\\\"}\"},-1],\"z\":null,"
	    "\"folder\":\"a\",\"id\":\"1\",\"why\":null,\"w\":\"\\\"\"}"),
	    "note \"a\" \"1\" - - - - - - - -");
	is(line("{\"rec\":\"change\",\"master\":[[\"]\"]],\"uid\":\"u\","
	    "\"folders\":{\"a\":{\"id\":\"7\"}}}"),
	    "change - - - \"u\" - - - - - -");
	is(line("{\"rec\":\"failed\",\"folder\":\"a\",\"uid\":\"\","
	    "\"again\":false}"), "failed \"a\" - - \"\" - - - - - -");
}

/* Whatever way a line is written, it says the same. */
static void
both_ways(void **state)
{
	static const char *const same[] = {
		" " ITEM,
		ITEM " ",
		"{\"folder\":\"alice\",\"rec\":\"item\",\"data\":" DATA ","
		"\"id\":\"1\",\"rev\":\"r\",\"uid\":\"u\",\"mark\":\"m\","
		"\"hash\":\"h\",\"kind\":\"contacts\",\"as\":\"vcard 3.0\"}",
		"{\"rec\":\"item\",\"as\":\"vcard 3.0\",\"id\":\"1\","
		"\"rev\":\"r\",\"uid\":\"u\",\"x\":[[]],\"mark\":\"m\","
		"\"hash\":\"h\",\"kind\":\"contacts\",\"folder\":\"alice\","
		"\"data\":" DATA "}",
		"{\"rec\":\"item\",\"folder\":\"alice\",\"id\":\"1\","
		"\"rev\":\"r\",\"uid\":\"u\",\"mark\":\"m\",\"hash\":\"h\","
		"\"kind\":\"contacts\",\"data\":" DATA ","
		"\"as\":\"vcard 3.0\"}",
		"{\"rec\":\"item\",\"folder\":\"alice\",\"id\":\"1\","
		"\"rev\":\"r\",\"uid\":\"u\",\"mark\":\"m\",\"hash\":\"h\","
		"\"kind\":\"contacts\",\"as\":\"vcard 3.0\",\"data\":" DATA ","
		"\"tags\":[\"x\"]}",
		"{\"rec\":\"item\",\"folder\":\"alice\",\"id\":\"1\","
		"\"rev\":\"r\",\"mark\":\"m\",\"hash\":\"h\","
		"\"kind\":\"contacts\",\"as\":\"vcard 3.0\",\"data\":" DATA ","
		"\"uid\":\"u\",\"tags\":[[\"x\"]]}",
		"{\"rec\":\"item\",\"folder\":\"alice\",\"id\":\"1\","
		"\"rev\":\"r\",\"mark\":\"m\",\"hash\":\"h\","
		"\"kind\":\"contacts\",\"as\":\"vcard 3.0\",\"data\":" DATA " ,"
		"\"uid\":\"u\",\"tags\":[[\"x\"]]}",
		"{\"rec\":\"item\",\"folder\":\"alice\",\"id\":\"1\","
		"\"rev\":\"r\",\"uid\":\"u\",\"mark\":\"m\",\"hash\":\"h\","
		"\"kind\":\"contacts\",\"as\":\"vcard 3.0\",\"data\": "
		"[\"vcard\", [[\"fn\",{},\"text\",\"A\"]]]}",
		"{\"rec\":\"\\u0069tem\",\"folder\":\"\\u0061lice\","
		"\"id\":\"1\",\"rev\":\"r\",\"uid\":\"u\",\"mark\":\"m\","
		"\"hash\":\"\\u0068\",\"kind\":\"contacts\","
		"\"as\":\"vcard 3.0\",\"data\":" DATA "}",
		"{\"rec\":\"item\",\"folder\":\"alice\",\"id\":\"1\","
		"\"rev\":\"r\",\"uid\":\"u\",\"mark\":\"m\",\"hash\":\"h\","
		"\"kind\":\"contacts\",\"as\":\"vcard 3.0\",\"\\u0064ata\":"
		DATA "}",
	};
	struct ex_str want = line(ITEM);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		is(line(same[i]), want.p);
}

/* What follows `data` is seen wherever it begins. */
static void
behind_data(void **state)
{
	char pad[32];
	struct ex_str s;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(pad); n++) {
		memset(pad, 'x', sizeof(pad));
		s = ex_arena_fmt(&arena, "{\"rec\":\"item\",\"folder\":\"a\","
		    "\"id\":\"1\",\"hash\":\"h\",\"kind\":\"k\",\"data\":"
		    "[[\"%.*s\"]],\"uid\":\"u\",\"x\":[[%s]]}", (int)n,
		    pad, n % 2 == 0 ? "" : "1,2,3,4,5,6,7,8,9");
		has(line(s.p), "item \"a\" \"1\" - \"u\" ");
	}
}

static void
bad_lines(void **state)
{
	(void)state;
	has(line(""), "ERROR column 1");
	has(line("{"), "ERROR column 1");
	has(line("garbage}"), "ERROR column");
	has(line("{\"rec\":\"item\"}"), "ERROR no kind");
	has(file(ex_arena_fmt(&arena, "%s\n", "{\"rec\":\"item\",\"kind\":"
	    "\"\",\"folder\":\"a\",\"id\":\"1\",\"data\":[]}"), NULL, 0),
	    "ERROR in:1: no hash");
	has(line("{\"rec\":\"kept\",\"folder\":\"a\"}"), "ERROR no id");
	has(line("{\"rec\":\"kept\",\"id\":\"a\"}"), "ERROR no folder");
	has(line("{\"rec\":\"plan\"}"), "ERROR no uid");
	has(line("{\"rec\":\"kept\",\"folder\":\"a\",\"id\":1}"),
	    "ERROR id: no string");
	has(line("{\"rec\":\"kept\",\"folder\":\"a\",\"id\":\"1\","
	    "\"id\":\"2\"}"), "ERROR the key \"id\" stands twice");
	has(line("{\"rec\":\"kept\",\"rec\":\"gone\",\"folder\":\"a\","
	    "\"id\":\"2\"}"), "ERROR the key \"rec\" stands twice");
	has(line("{\"rec\":\"zap\"}"), "ERROR no record is called \"zap\"");
	has(line("{\"cer\":\"item\"}"), "ERROR no record");
	has(line("[]"), "ERROR no record");
	has(line("{\"rec\":\"kept\",\"folder\":\"a\",\"id\":\"\xff\"}"),
	    "not UTF-8");
	has(line("{\"rec\":\"kept\",\"folder\":\"a\",\"id\":\"\x01\"}"),
	    "a control byte");
	has(line("{\"rec\":\"kept\",\"folder\":\"a\",\"id\":\"1\",}"),
	    "ERROR column");
	has(line("{\"rec\":\"kept\",\"folder\":\"a\",\"id\":\"1\"}}"),
	    "ERROR column");
	has(line("{\"rec\":\"kept\",\"folder\":\"a\",\"id\":\"1}"),
	    "ERROR column");
	has(line("{\"rec\":\"kept\",\"folder\":\"a\",\"id\":\"1\",\"x\":[}"),
	    "ERROR column");
}

static void
long_id(void **state)
{
	char *p = ex_arena_alloc(&arena, EX_CAP_ID + 100);

	(void)state;
	strcpy(p, "{\"rec\":\"gone\",\"folder\":\"a\",\"id\":\"");
	memset(p + strlen(p), 'x', EX_CAP_ID + 1);
	strcat(p, "\"}");
	has(line(p), "ERROR id, rev, uid, mark or entry is over 4096 "
	    "bytes");
}

static void
read_back(void **state)
{
	struct ex_str text = folder("alice");
	static const char want[] =
	    "1 begin \"alice\" - - - - - - - - -\n"
	    "2 gone \"alice\" \"1\" - - - - - - - -\n"
	    "3 gone \"alice\" \"2\" - - - - - - - -\n"
	    "4 end \"alice\" - - - - - - - - -\nOK";

	(void)state;
	is(file(text, "items", 0), want);
	is(file(text, NULL, EX_REC_SPOOL), want);
	is(piped(text, "items", 0, 1), want);
	is(piped(text, "items", 0, 7), want);
	is(piped(text, "items", EX_REC_SPOOL, 1000), want);
}

/* P3: cut at every byte, it is never the end. */
static void
cut(void **state)
{
	struct ex_str text = cat(folder("alice"), folder("bob")), s;
	size_t n, half = folder("alice").n;

	(void)state;
	for (n = 0; n < text.n; n++) {
		s = file((struct ex_str){ text.p, n }, "items", 0);
		if (n == half)
			continue;	/* one whole stream */
		has(s, "ERROR in");
		has(s, n == 0 ? "no begin record" : "the stream was cut");
	}
	has(piped((struct ex_str){ text.p, text.n - 1 }, "items", 0, 99),
	    "ERROR fifo:8: folder bob: the stream was cut: the line has no "
	    "end");
	has(file(replaced(text, "{\"rec\":\"gone\",\"folder\":\"alice\","
	    "\"id\":\"2\"}\n", ""), "items", 0),
	    "ERROR in:3: folder alice: the stream was cut: 1 lines of 2");
	s = folder("alice");
	s.n = (size_t)(strstr(s.p, "{\"rec\":\"end") - s.p);
	has(file(s, "items", 0),
	    "ERROR in: folder alice: the stream was cut: no end record");
}

static void
changed(void **state)
{
	struct ex_str text = folder("alice");

	(void)state;
	has(file(replaced(text, "\"id\":\"2\"", "\"id\":\"3\""), "items", 0),
	    "ERROR in:4: folder alice: the stream was changed: its lines");
	has(file(replaced(text, "\"form\":1", "\"form\":1,\"x\":1"), "items",
	    0), "the stream was changed: its lines");
	has(file(replaced(text, "\"count\":2", "\"count\":1"), "items", 0),
	    "the stream was changed: 2 lines, its end says 1");
	has(file(replaced(text, "\"count\":2,", ""), "items", 0),
	    "folder alice: end: no count");
	has(file(replaced(text, "\"sum\"", "\"mus\""), "items", 0),
	    "the stream was changed: its lines");
	has(file(replaced(text, "\"form\":1", "\"form\":2"), "items", 0),
	    "ERROR in:1: begin: not in form 1");
	has(file(replaced(text, "\"items\"", "\"foos\""), "items", 0),
	    "begin: no stream that is known");
	has(file(text, "plan", 0), "a stream of items, not of plan");
	has(file(replaced(text, "\"alice\"", "\"a/b\""), "items", 0),
	    "begin: no proper folder name");
	has(file(replaced(text, ",\"folder\":\"alice\"", ""), "items", 0),
	    "begin: no proper folder name");
	has(file(replaced(text, "\n{\"rec\":\"gone\"", "\n\n{\"rec\":"
	    "\"gone\""), "items", 0), "ERROR in:2: folder alice: column 1");
	has(file(replaced(text, "\"id\":\"2\"}", "\"id\":\"2\"} x"), "items",
	    0), "ERROR in:3: folder alice: column");
	/* the order of the lines does not matter */
	has(file(replaced(replaced(replaced(text, "\"1\"", "\"x\""), "\"2\"",
	    "\"1\""), "\"x\"", "\"2\""), "items", 0), "\nOK");
}

static void
sections(void **state)
{
	static const char *const both[] = { "a", "b" };
	struct ex_str a = folder("alice"), b = folder("bob"), mixed;
	size_t la = (size_t)(strchr(a.p, '\n') - a.p) + 1;
	size_t lb = (size_t)(strchr(b.p, '\n') - b.p) + 1;

	(void)state;
	has(file(cat(a, b), "items", 0), "\nOK");
	has(file(cat(a, a), "items", 0),
	    "ERROR in:5: folder alice: its section comes twice");
	mixed = ex_arena_fmt(&arena, "%.*s%.*s%s%s", (int)la, a.p, (int)lb,
	    b.p, a.p + la, b.p + lb);
	has(file(mixed, "items", 0), "\nOK");
	mixed = ex_arena_fmt(&arena, "%.*s%.*s%s%s", (int)la, a.p, (int)lb,
	    b.p, b.p + lb, a.p + la);
	has(file(mixed, "items", 0), "\nOK");
	has(file(cat(a, EX_STR("{\"rec\":\"gone\",\"folder\":\"alice\","
	    "\"id\":\"9\"}\n")), "items", 0),
	    "ERROR in:5: folder alice: gone: behind the end of its section");
	has(file(cat(EX_STR("{\"rec\":\"gone\",\"folder\":\"eve\","
	    "\"id\":\"9\"}\n"), a), "items", 0),
	    "ERROR in:1: folder eve: gone: no section of this folder");
	has(file(replaced(a, "\"gone\"", "\"note\""), "items", 0),
	    "note: no part is open here");
	put("a", a);
	put("b", b);
	has(stream_of(both, 2, "items", EX_REC_WHOLE), "\nOK");
	/* a section ends in the input that it began in */
	put("a", (struct ex_str){ a.p, la });
	put("b", (struct ex_str){ a.p + la, a.n - la });
	has(stream_of(both, 2, "items", 0),
	    "ERROR a: folder alice: the stream was cut: no end record");
	assert_int_equal(unlink("b"), 0);
	put("a", a);
	has(stream_of(both, 2, "items", 0), "ERROR b: ");
}

static void
parts(void **state)
{
	struct ex_str p1 = part(1, 0, ""), p2 = part(2, 0, "");
	struct ex_str p3 = part(3, 3, ""), all = cat(cat(p1, p2), p3);

	(void)state;
	has(file(all, "plan", EX_REC_WHOLE), "plan - - - \"u\"");
	has(file(all, "plan", EX_REC_WHOLE), "\nOK");
	has(file(cat(cat(p3, p1), p2), "plan", EX_REC_WHOLE), "\nOK");
	has(file(cat(p1, p3), "plan", 0), "\nOK");
	has(file(cat(p1, p3), "plan", EX_REC_WHOLE),
	    "ERROR in: the stream was cut: part 2 of 3 is missing");
	has(file(cat(p1, p2), "plan", EX_REC_WHOLE),
	    "ERROR in: the stream was cut: its last part is missing");
	has(file(cat(p2, p2), "plan", 0), "ERROR in:4: part 2 comes twice");
	has(file(cat(part(4, 0, ""), p3), "plan", 0),
	    "ERROR in: part 4, and an end says that there are 3");
	has(file(cat(p3, part(4, 4, "")), "plan", 0), "a second or no proper");
	has(file(cat(p1, part(2, 2, ",\"ring\":{}")), "plan", 0),
	    "part 2 is not of the stream before it");
	has(file(cat(p1, (struct ex_str){ p2.p, p2.n / 2 }), "plan", 0),
	    "ERROR in:5: part 2: the stream was cut");
	has(file(replaced(all, "\"end\",\"part\":1", "\"end\",\"part\":2"),
	    "plan", 0), "the end of another part");
	has(file(cat((struct ex_str){ p1.p, (size_t)(strchr(p1.p, '\n') -
	    p1.p) + 1 }, p2), "plan", 0), "part 2 begins before the end of "
	    "part 1: the stream was cut");
	has(file(replaced(p1, ",\"part\":1}", "}"), "plan", 0),
	    "begin: no part number");
	has(file(replaced(p1, "\"part\":1", "\"part\":0"), "plan", 0),
	    "begin: no part number");
	has(file(replaced(p1, "\"part\":1", "\"part\":99999999"), "plan", 0),
	    "begin: no part number");
	has(file(replaced(p1, "\"plan\",\"uid\"", "\"change\",\"uid\""),
	    "plan", 0), "change: not in a stream of plan");
	has(file(replaced(p1, "\"plan\",\"uid\"", "\"item\",\"folder\":\"a\","
	    "\"id\":\"\",\"hash\":\"\",\"kind\":\"\",\"data\":[[\"\"]],"
	    "\"uid\""), "plan", 0), "folder a: item: no section of this");
}

static void
loose(void **state)
{
	struct ex_str text = folder("alice");

	(void)state;
	text = replaced(text, "\"count\":2", "\"count\":9");
	text = replaced(text, "\"}\n{", "\"} \r\n\n{");
	text.n--;
	has(file(text, "items", EX_REC_LOOSE), "5 end \"alice\"");
	has(file(text, "items", EX_REC_LOOSE), "\nOK");
	text.n -= 2;
	has(file(text, "items", EX_REC_LOOSE), "ERROR in:5: folder alice: ");
	has(file(EX_STR("\n\n"), "items", EX_REC_LOOSE), "no begin record");
}

/* Lines longer than any buffer, through a pipe and from a file. */
static void
long_lines(void **state)
{
	struct ex_str big = { NULL, 0 }, text;
	char *p = malloc(3000000);
	size_t i;

	(void)state;
	memset(p, 'x', 3000000);
	big = (struct ex_str){ p, 3000000 };
	start();
	ex_rec_begin(&out, "items", 0, EX_STR("a"), EX_STR_NONE);
	for (i = 0; i < 3; i++) {
		gone("a", "1");
		ex_rec_start(&out, "bad");
		ex_rec_str(&out, "folder", EX_STR("a"));
		ex_rec_str(&out, "id", EX_STR("2"));
		ex_rec_str(&out, "raw", big);
		ex_rec_stop(&out);
	}
	ex_rec_line(&out, ex_arena_fmt(&arena, "{\"rec\":\"bad\",\"folder\":"
	    "\"a\",\"id\":\"2\",\"raw\":\"%.*s\"}", EX_STR_ARG(big)));
	ex_rec_end(&out, EX_STR_NONE);
	text = stop();
	has(file(text, "items", 0), "end \"a\" - - - - - - - - -\nOK");
	has(piped(text, "items", 0, 100000),
	    "end \"a\" - - - - - - - - -\nOK");
	free(p);
}

static void
again(void **state)
{
	static const char *const both[] = { "a", "b" };
	struct ex_err err = { 0 };
	struct ex_rec_in *in;
	struct ex_rec rec;
	struct ex_json *j;
	size_t offset[8], n = 0, done, all;

	(void)state;
	put("a", folder("alice"));
	put("b", folder("bob"));
	assert_int_equal(ex_rec_open(&in, both, 2, "items", EX_REC_SPOOL,
	    &err), 0);
	while (ex_rec_next(in, &arena, &rec, &err) == 1)
		offset[n++] = rec.offset;
	assert_int_equal(n, 8);
	ex_rec_progress(in, &done, &all);
	assert_int_equal(done, all);
	assert_int_equal(done, folder("alice").n + folder("bob").n);
	assert_int_equal(ex_rec_at(in, offset[6], &arena, &rec, &err), 0);
	is(rec.folder, "bob");
	is(rec.id, "2");
	is(ex_rec_place(in, &rec, &arena), "b:3");
	assert_int_equal(ex_rec_json(in, &rec, &arena, &j, &err), 0);
	is(ex_json_get_str(j, "rec"), "gone");
	assert_int_equal(ex_rec_at(in, offset[0], &arena, &rec, &err), 0);
	is(rec.folder, "alice");
	assert_int_equal(rec.type, EX_REC_BEGIN);
	is(ex_rec_place(in, &rec, &arena), "a:1");
	ex_rec_close(in);
}

static void
nothing(void **state)
{
	static const char *const none[] = { "none" };

	(void)state;
	is(file(EX_STR(""), "items", 0),
	    "ERROR in: the stream was cut: no begin record");
	is(stream_of(none, 1, "items", 0),
	    "ERROR none: No such file or directory");
	has(file(EX_STR("\0\0\0\n"), "items", 0), "ERROR in:1: column 1");
}

static int
enter(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL || chdir(dir) == -1;
}

static int
leave(void **state)
{
	(void)state;
	unlink("in");
	unlink("fifo");
	unlink("a");
	unlink("b");
	free(made);
	ex_arena_free(&arena);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writer),
		cmocka_unit_test(prefix),
		cmocka_unit_test(both_ways),
		cmocka_unit_test(behind_data),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(long_id),
		cmocka_unit_test(read_back),
		cmocka_unit_test(cut),
		cmocka_unit_test(changed),
		cmocka_unit_test(sections),
		cmocka_unit_test(parts),
		cmocka_unit_test(loose),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(again),
		cmocka_unit_test(nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, enter, leave);
}
