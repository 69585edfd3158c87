/*
 * vf: libvformat behind its envelope, and its opinion on our splitter
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/show.h>

#define CORPUS "../shared/material/corpus/vcard"

static struct ex_arena arena;

static int
reset(void **state)
{
	(void)state;
	ex_arena_free(&arena);
	return 0;
}

/* A field of a property, as "=text"; "absent". */
static void
field(const char *line, const char *name, unsigned n, const char *want)
{
	struct ex_err err = { 0 };
	struct ex_item item;
	struct ex_str s;

	s = ex_arena_fmt(&arena, "BEGIN:VCARD\nVERSION:4.0\n%s\nEND:VCARD\n",
	    line);
	if (ex_vcard_decode(s, 1, &arena, &item, &err) == -1)
		fail_msg("%s: %s", line, err.msg);
	s = ex_vf_field(&item, name, n, &arena);
	if (s.p == NULL)
		assert_string_equal("absent", want);
	else
		assert_string_equal(ex_arena_fmt(&arena, "=%.*s",
		    EX_STR_ARG(s)).p, want);
}

static void
fields(void **state)
{
	(void)state;
	field("N:Doe;J\\;ohn;Q,R;;Jr.", "n", 0, "=Doe");
	field("N:Doe;J\\;ohn;Q,R;;Jr.", "n", 1, "=J;ohn");
	field("N:Doe;J\\;ohn;Q,R;;Jr.", "n", 2, "=Q,R");
	field("N:Doe;J\\;ohn;Q,R;;Jr.", "n", 4, "=Jr.");
	field("N:a\\nb", "n", 0, "=a b");
	field("ORG:a", "org", 0, "=a");
	field("N:a", "adr", 0, "absent");
	field("N:a", "n", 9, "absent");
}

/* What crashes it bare (formats.md 5) is never shown to it. */
static void
envelope(void **state)
{
	char *long_line = malloc(EX_CAP_FIELD + 10);

	(void)state;
	field("ADR;LABEL=\"Mr. J. Q. Public, Esq.\":;;1.2.3", "adr", 2,
	    "=1.2.3");
	field("a.N;X=b.c;D=e.f:v;w", "n", 1, "=w");
	field(".X:foo", ".x", 0, "absent");
	field("X-BASE64:====", "x-base64", 0, "absent");
	field("X-QUOTED-PRINTABLE:=%", "x-quoted-printable", 0, "absent");
	field("X-8BIT:a", "x-8bit", 0, "absent");
	field("N:BEGIN:VCARD", "n", 0, "=BEGIN:VCARD");
	field("ORG:QUOTED-PRINTABLE=%;BASE64", "org", 1, "=BASE64");
	assert_non_null(long_line);
	memset(long_line, 'x', EX_CAP_FIELD + 9);
	memcpy(long_line, "ORG:", 4);
	long_line[4 + EX_CAP_FIELD + 1] = '\0';
	field(long_line, "org", 0, "absent");
	free(long_line);
}

static struct ex_str
joined(const struct ex_json *j)
{
	struct ex_str s = j->text, t;
	const struct ex_json *one;
	char *p;
	size_t i;

	if (j->type == EX_JSON_ARRAY) {
		s = j->child->text;
		for (one = j->child->next; one != NULL; one = one->next)
			s = ex_arena_fmt(&arena, "%.*s,%.*s", EX_STR_ARG(s),
			    EX_STR_ARG(one->text));
	}
	p = ex_arena_bytes(&arena, s.n);
	for (i = 0; i < s.n; i++)
		p[i] = s.p[i] == '\n' ? ' ' : s.p[i];
	t.p = p;
	t.n = s.n;
	return t;
}

static unsigned
compare(const char *path, const struct ex_item *item, const char *name)
{
	const struct ex_prop *p = ex_comp_prop(item->root, name);
	const struct ex_json *j;
	struct ex_str theirs, ours;
	unsigned n = 0;

	if (p == NULL || p->value->type != EX_JSON_ARRAY)
		return 0;
	for (j = p->value->child; j != NULL; j = j->next, n++) {
		ours = joined(j);
		theirs = ex_vf_field(item, name, n, &arena);
		if (!(ours.n == 0 && theirs.p == NULL) &&
		    !ex_str_eq(ours, theirs))
			fail_msg("%s: %s %u: ours '%.*s', theirs '%.*s'",
			    path, name, n, EX_STR_ARG(ours),
			    (int)theirs.n, theirs.n > 0 ? theirs.p : "");
	}
	return n;
}

static unsigned
file(const char *path)
{
	struct ex_err err = { 0 };
	struct ex_str text, one;
	struct ex_item item;
	unsigned number = 1, first = 0, n = 0;
	size_t pos = 0;
	int got;

	if (ex_file_read(AT_FDCWD, path, EX_CAP_ITEM, &arena, &text, &err))
		fail_msg("%s", err.msg);
	while ((got = ex_lines_comp(text, &pos, &number, &one, &first,
	    &err)) != 0)
		if (got == 1 && ex_vcard_decode(one, first, &arena, &item,
		    &err) == 0) {
			n += compare(path, &item, "n");
			n += compare(path, &item, "adr");
			n += compare(path, &item, "org");
		}
	ex_arena_reset(&arena);
	return n;
}

static unsigned
walk(const char *dir, unsigned depth)
{
	struct dirent **list;
	char path[1024];
	int i, n = scandir(dir, &list, NULL, alphasort);
	unsigned sum = 0;

	for (i = 0; i < n; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir,
		    list[i]->d_name) >= (int)sizeof(path))
			fail_msg("%s: too deep", dir);
		if (ex_str_ends(ex_str_of(path), ".vcf"))
			sum += file(path);
		else if (list[i]->d_name[0] != '.' && depth < 10)
			sum += walk(path, depth + 1);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return sum;
}

static void
corpus(void **state)
{
	DIR *d = opendir(CORPUS);
	unsigned n;

	(void)state;
	if (d == NULL) {
		print_message("# skip: no " CORPUS "\n");
		return;	/* cmocka's skip() is "not ok" */
	}
	closedir(d);
	n = walk(CORPUS, 0);
	print_message("# %u fields alike\n", n);
	assert_true(n > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(fields, reset),
		cmocka_unit_test_teardown(envelope, reset),
		cmocka_unit_test_teardown(corpus, reset)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
