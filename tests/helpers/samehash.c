/*
 * samehash - which items keep their hash when others write them again
 *
 * Reads what tests/rewriters/rewrite.py writes: "LABEL NAME N M" and two
 * texts of N and M bytes.  For each label one line: how many had the same
 * hash, of how many, and how many of either text were no item to us.
 * With -v also the names, and with -d the views, of those that differ.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/codec.h>
#include <ex/diag.h>
#include <ex/err.h>

#define LABELS	16

struct tally {
	char label[32];
	unsigned same, all, strict, bad, lost;
};

struct side {
	struct ex_str text;
	struct ex_item item;
	struct ex_err err;
	bool ok;
	char hash[EX_HASH_HEX], strict[EX_HASH_HEX];
};

static struct ex_canon *canon;
static struct ex_arena arena = EX_ARENA_INIT;
static bool names, views;

static struct tally *
tally_of(struct tally *t, const char *label)
{
	size_t i;

	for (i = 0; i < LABELS; i++) {
		if (t[i].label[0] == '\0')
			snprintf(t[i].label, sizeof(t[i].label), "%s", label);
		if (strcmp(t[i].label, label) == 0)
			return &t[i];
	}
	ex_die("too many labels");
}

static void
read_side(struct side *s, size_t n)
{
	char *p = ex_arena_bytes(&arena, n + 1);

	if (fread(p, 1, n, stdin) != n)
		ex_die("stdin: cut");
	s->text = (struct ex_str){ p, n };
	s->ok = ex_codec_decode(s->text, 1, &arena, &s->item, &s->err) == 0;
	if (!s->ok)
		return;
	ex_canon_hash(canon, &s->item, EX_CANON_HASH, s->hash);
	ex_canon_hash(canon, &s->item, EX_CANON_STRICT, s->strict);
}

/* A view with each member on a line of its own. */
static void
print_view(const struct ex_item *item, const char *mark)
{
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	ex_canon_view(canon, item, EX_CANON_HASH, &b);
	fputs(mark, stdout);
	for (i = 0; i < b.n; i++) {
		putchar(b.p[i]);
		if (b.p[i] == ',' && i + 1 < b.n && b.p[i + 1] == '[')
			printf("\n%s", mark);
	}
	putchar('\n');
	ex_buf_fini(&b);
}

static void
judge(struct tally *t, const char *name, const struct side side[2])
{
	if (!side[0].ok) {
		t->bad++;
		if (names)
			printf("bad %s %s\n", name, side[0].err.msg);
		return;
	}
	t->all++;
	if (!side[1].ok) {
		t->lost++;
		if (names)
			printf("%s %s lost %s\n", t->label, name,
			    side[1].err.msg);
		return;
	}
	t->strict += strcmp(side[0].strict, side[1].strict) == 0;
	if (strcmp(side[0].hash, side[1].hash) == 0) {
		t->same++;
		return;
	}
	if (names)
		printf("%s %s differs\n", t->label, name);
	if (views) {
		print_view(&side[0].item, "- ");
		print_view(&side[1].item, "+ ");
	}
}

int
main(int argc, char *argv[])
{
	struct tally t[LABELS] = { 0 }, *one;
	struct side side[2];
	char label[32], name[1024];
	size_t n, m, i;
	int ch;

	ex_diag_init("samehash");
	while ((ch = getopt(argc, argv, "dv")) != -1) {
		names = true;
		views |= ch == 'd';
	}
	canon = ex_canon_new();
	while (scanf("%31s %1023s %zu %zu", label, name, &n, &m) == 4 &&
	    getchar() == '\n') {
		memset(side, 0, sizeof(side));
		read_side(&side[0], n);
		read_side(&side[1], m);
		judge(tally_of(t, label), name, side);
		ex_arena_reset(&arena);
	}
	if (!feof(stdin))
		ex_die("stdin: no such record");
	for (i = 0; i < LABELS && t[i].label[0] != '\0'; i++) {
		one = &t[i];
		printf("%s same %u of %u (strict %u, not read by us %u, "
		    "not read any more %u)\n", one->label, one->same,
		    one->all, one->strict, one->bad, one->lost);
	}
	ex_canon_free(canon);
	ex_arena_free(&arena);
	return ex_finish(EX_EXIT_OK);
}
