/*
 * mutate - what changes an item's hash, and what does not
 *
 * Reads names of .vcf and .ics files, one a line.  Each item in them is
 * written in other ways that say the same (folded elsewhere, other line
 * ends, properties, parameters and components shuffled, names and
 * enumerated values in another case, volatile properties changed): its hash
 * must stay.  Then one letter or digit of one value is changed at a time,
 * and values are swapped between components: its hash must change.
 *
 * One line for each kind of change: how many had the right outcome, of how
 * many.  With -v also those that had not, with -d only those, for
 * samehash -d.  Items of vCard 2.1 and
 * vCalendar 1.0, which fold otherwise, are counted only.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/line.h>

#define MOST_ITEMS	10	/* of one file */
#define MOST_CHANGES	60	/* of one item */
#define MOST_BYTES	65536	/* of one item */
#define DEPTH		8

/* A component as logical lines: LINE is without its end, unfolded. */
struct node {
	struct ex_str begin, end;
	struct ex_str *line;
	size_t nline;
	struct node **kid;
	size_t nkid;
	bool ignored;		/* a VTIMEZONE, or in one */
};

enum change {
	FOLDED, ENDS, SHUFFLED, PARAMS, CASE, VOLATILE, VALUE, PARAM, SWAP,
	NCHANGE
};

static const char *const change_name[NCHANGE] = {
	"folded", "line-ends", "shuffled", "parameters-shuffled", "case",
	"volatile", "value-changed", "parameter-changed", "swapped"
};

static struct {
	size_t right, all;
} tally[NCHANGE];
static size_t items, old_items, unread;

static struct ex_arena arena = EX_ARENA_INIT, scratch = EX_ARENA_INIT;
static struct ex_canon *canon;
static struct ex_buf out = EX_BUF_INIT;
static uint32_t seed;
static bool verbose, records;
static struct ex_str item;	/* the one at hand, as it came */
static const char *file;
static char base[EX_HASH_HEX];

static uint32_t
chance(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static bool
hash_of(struct ex_str text, char hex[EX_HASH_HEX])
{
	struct ex_item got;
	struct ex_err err;
	bool ok;

	ex_arena_reset(&scratch);
	ok = ex_codec_decode(text, 1, &scratch, &got, &err) == 0;
	if (ok)
		ex_canon_hash(canon, &got, EX_CANON_HASH, hex);
	return ok;
}

/* Judge what stands in out; what cannot be read any more has changed. */
static void
judge(enum change what, struct ex_str where)
{
	char hex[EX_HASH_HEX] = "unread";
	bool same;

	hash_of(ex_buf_get(&out), hex);
	same = strcmp(hex, base) == 0;
	tally[what].all++;
	if (same == (what < VALUE))
		tally[what].right++;
	else if (records) {
		printf("%s %s %zu %zu\n", change_name[what], file, item.n,
		    out.n);
		fwrite(item.p, 1, item.n, stdout);
		fwrite(out.p, 1, out.n, stdout);
	} else if (verbose)
		printf("%s: %s: %.*s\n", file, change_name[what],
		    where.n > 120 ? 120 : (int)where.n, where.p);
}

static bool
starts(struct ex_str s, const char *upper)
{
	size_t n = strlen(upper);

	return s.n >= n && ex_str_is_nocase((struct ex_str){ s.p, n }, upper);
}

/* Length of the line end at p; of a fold, with its blank, in *fold. */
static size_t
line_end(const char *p, size_t n, size_t *fold)
{
	size_t k;

	*fold = 0;
	if (p[0] != '\r' && p[0] != '\n')
		return 0;
	k = p[0] == '\r' && n > 1 && p[1] == '\n' ? 2 : 1;
	if (k < n && (p[k] == ' ' || p[k] == '\t'))
		*fold = k + 1;
	return k;
}

/* The next logical line, unfolded into the arena. */
static struct ex_str
unfolded(struct ex_str *text)
{
	size_t i, k, end = 0, fold;
	struct ex_str line;
	char *p;

	for (i = 0; i < text->n; i += fold > 0 ? fold : 1)
		if ((end = line_end(text->p + i, text->n - i, &fold)) > 0 &&
		    fold == 0)
			break;
	p = ex_arena_bytes(&arena, i + 1);
	line = (struct ex_str){ p, 0 };
	for (k = 0; k < i; k += fold > 0 ? fold : 1)
		if (line_end(text->p + k, text->n - k, &fold) == 0)
			p[line.n++] = text->p[k];
	if (i < text->n)
		i += end;
	text->p += i;
	text->n -= i;
	return line;
}

static struct ex_str property(struct ex_str line);
static bool quoted_printable(struct ex_str line);

/*
 * NULL: a line is folded in a way that only the reader forgives, or is
 * quoted-printable, where '=' at the end of a line folds.
 */
static struct node *
parse(struct ex_str *text, struct ex_str begin, int depth)
{
	struct node *n = ex_arena_alloc(&arena, sizeof(*n)), *kid;
	struct ex_str line;

	n->begin = begin;
	n->ignored = starts(begin, "BEGIN:VTIMEZONE");
	while (text->n > 0) {
		line = unfolded(text);
		if (starts(line, "END:")) {
			n->end = line;
			return n;
		}
		if (starts(line, "BEGIN:")) {
			if (depth == DEPTH ||
			    (kid = parse(text, line, depth + 1)) == NULL)
				return NULL;
			n->kid = ex_arena_grow(&arena, n->kid, n->nkid,
			    sizeof(struct node *));
			n->kid[n->nkid++] = kid;
		} else if (line.n > 0 && (property(line).n == 0 ||
		    quoted_printable(line))) {
			return NULL;
		} else if (line.n > 0) {
			n->line = ex_arena_grow(&arena, n->line, n->nline,
			    sizeof(*n->line));
			n->line[n->nline++] = line;
		}
	}
	return NULL;
}

static void
put(struct ex_str line)
{
	ex_buf_str(&out, line);
	ex_buf_puts(&out, "\r\n");
}

static void
put_node(const struct node *n)
{
	size_t i;

	put(n->begin);
	for (i = 0; i < n->nline; i++)
		put(n->line[i]);
	for (i = 0; i < n->nkid; i++)
		put_node(n->kid[i]);
	put(n->end);
}

static void
rewrite(const struct node *root)
{
	ex_buf_clear(&out);
	put_node(root);
}

/*
 * Folded anywhere, in the middle of a character too; but VERSION, and the
 * names of properties, stay whole: nobody folds there, and behind a base64
 * value that is not folded (vCard 2.1) a line without ':' is more of it.
 */
static void
put_folded(const struct node *n, const char *end)
{
	size_t i, k, left;
	struct ex_str s;

	ex_buf_str(&out, n->begin);
	ex_buf_puts(&out, end);
	for (i = 0; i < n->nline; i++) {
		s = n->line[i];
		left = 32 + chance(44);
		for (k = 0; k < s.n; k++, left--) {
			if (left == 0 && k > 0) {
				ex_buf_puts(&out, end);
				ex_buf_putc(&out, ' ');
				left = 1 + chance(70);
			}
			ex_buf_putc(&out, s.p[k]);
		}
		ex_buf_puts(&out, end);
	}
	for (i = 0; i < n->nkid; i++)
		put_folded(n->kid[i], end);
	ex_buf_str(&out, n->end);
	ex_buf_puts(&out, end);
}

/* vCard's VERSION stays first, for it says how to read the rest. */
static void
put_shuffled(const struct node *n)
{
	size_t i, k, at = 0;
	struct ex_str s;
	struct node *kid;

	for (i = 0; i < n->nline; i++)
		if (starts(n->line[i], "VERSION") && i > 0) {
			s = n->line[i];
			n->line[i] = n->line[0];
			n->line[0] = s;
		}
	at = n->nline > 0 && starts(n->line[0], "VERSION");
	for (i = n->nline; i > at + 1; i--) {
		k = at + chance((uint32_t)(i - at));
		s = n->line[i - 1];
		n->line[i - 1] = n->line[k];
		n->line[k] = s;
	}
	for (i = n->nkid; i > 1; i--) {
		k = chance((uint32_t)i);
		kid = n->kid[i - 1];
		n->kid[i - 1] = n->kid[k];
		n->kid[k] = kid;
	}
	for (i = 0; i < n->nkid; i++)
		put_shuffled(n->kid[i]);
}

/* NAME, each ;PARAM=VALUE, and where the value begins (s.n: nowhere). */
struct split {
	struct ex_str part[16];
	size_t n, value;
};

static void
split_line(struct ex_str s, struct split *sp)
{
	bool quoted = false;
	size_t i, from = 0;

	sp->n = 0;
	sp->value = s.n;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		if (s.p[i] == '\\' && !quoted)
			break;		/* ';' may or may not be one */
		if (quoted || (s.p[i] != ';' && s.p[i] != ':'))
			continue;
		if (sp->n == 16)
			return;
		sp->part[sp->n++] = (struct ex_str){ s.p + from, i - from };
		from = i + 1;
		if (s.p[i] == ':') {
			sp->value = i + 1;
			return;
		}
	}
	sp->n = 0;
}

static void
flip(char *p, size_t n)
{
	for (; n > 0; p++, n--)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
			*p = (char)(*p ^ 32);
}

static bool
one_of(struct ex_str s, const char *const *names)
{
	for (; *names != NULL; names++)
		if (ex_str_is_nocase(s, *names))
			return true;
	return false;
}

/* The name of a property without its group, or of a parameter. */
static struct ex_str
bare_name(struct ex_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '=')
			return (struct ex_str){ s.p, i };
		if (s.p[i] == '.')
			return (struct ex_str){ s.p + i + 1, s.n - i - 1 };
	}
	return s;
}

static const char *const enum_props[] = {
	"status", "class", "transp", "action", "kind", NULL
};
static const char *const enum_params[] = {
	"type", "role", "partstat", "rsvp", "cutype", "reltype", "related",
	"range", "fbtype", "value", "encoding", NULL
};

/* Parameters in another order, or everything that may be in another case. */
static struct ex_str
other_params(struct ex_str s, bool swap)
{
	struct split sp;
	struct ex_str t;
	char *p;
	size_t i, k, at = 0, n;

	split_line(s, &sp);
	if (sp.n == 0)
		return s;
	for (i = sp.n; !swap && i > 2; i--) {
		k = 1 + chance((uint32_t)(i - 1));
		t = sp.part[i - 1];
		sp.part[i - 1] = sp.part[k];
		sp.part[k] = t;
	}
	p = ex_arena_bytes(&arena, s.n);
	for (i = 0; i < sp.n; i++) {
		memcpy(p + at, sp.part[i].p, sp.part[i].n);
		t = bare_name(sp.part[i]);
		n = i == 0 || one_of(t, enum_params) ? sp.part[i].n : t.n;
		if (swap)
			flip(p + at, n);
		at += sp.part[i].n;
		p[at++] = i + 1 < sp.n ? ';' : ':';
	}
	memcpy(p + at, s.p + at, s.n - at);
	if (swap && one_of(bare_name(sp.part[0]), enum_props))
		flip(p + at, s.n - at);
	return (struct ex_str){ p, s.n };
}

static void
change_params(const struct node *n, bool swap)
{
	size_t i;

	for (i = 0; i < n->nline; i++)
		n->line[i] = other_params(n->line[i], swap);
	for (i = 0; i < n->nkid; i++)
		change_params(n->kid[i], swap);
}

static bool
is_volatile(struct ex_str name)
{
	char *p = ex_arena_bytes(&arena, name.n + 1);
	size_t i;

	for (i = 0; i < name.n; i++)
		p[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ?
		    (char)(name.p[i] + 32) : name.p[i];
	return ex_canon_volatile((struct ex_str){ p, name.n });
}

static struct ex_str
property(struct ex_str line)
{
	struct split sp;

	split_line(line, &sp);
	return sp.n == 0 ? EX_STR_NONE : bare_name(sp.part[0]);
}

static bool
quoted_printable(struct ex_str line)
{
	struct split sp;
	size_t i;

	split_line(line, &sp);
	for (i = 1; i < sp.n; i++)
		if (starts(sp.part[i], "ENCODING=Q") ||
		    starts(sp.part[i], "QUOTED-PRINTABLE"))
			return true;
	return false;
}

/* Drop what is volatile but VERSION, and put other such lines in. */
static void
put_volatile(const struct node *n, const char *more)
{
	size_t i;

	put(n->begin);
	for (i = 0; i < n->nline; i++)
		if (starts(n->line[i], "VERSION") ||
		    !is_volatile(property(n->line[i])))
			put(n->line[i]);
	ex_buf_puts(&out, more);
	for (i = 0; i < n->nkid; i++)
		put_volatile(n->kid[i], n->kid[i]->ignored ||
		    starts(n->begin, "BEGIN:VTIMEZONE") ? "" :
		    "DTSTAMP:20010203T040506Z\r\nX-WR-THING:1\r\n"
		    "SEQUENCE:77\r\n");
	put(n->end);
}

/*
 * Values that may change unseen: the UID; what a time zone's definition
 * says when its name is known; the time of day of a BDAY at midnight.
 */
static bool
may_change(struct ex_str name)
{
	return name.n == 0 || is_volatile(name) ||
	    ex_str_is_nocase(name, "uid");
}

static char
other(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch == '9' ? '1' : (char)(ch + 1);
	if (ch == 'z' || ch == 'Z')
		return 'b';
	return (ch >= 'a' && ch <= 'y') || (ch >= 'A' && ch <= 'Y') ?
	    (char)(ch + 1) : '\0';
}

/* Change one letter or digit of *line between from and to, and judge. */
static void
change_one(const struct node *root, struct ex_str *line, size_t from,
    size_t to, enum change what)
{
	struct ex_str was = *line;
	char *p;
	size_t at, tries;

	for (tries = 0; from < to && tries < 8; tries++) {
		at = from + chance((uint32_t)(to - from));
		/* The letter of an escape has more to it than itself. */
		if (other(was.p[at]) == '\0' ||
		    (at > 0 && was.p[at - 1] == '\\'))
			continue;
		p = ex_arena_bytes(&arena, was.n);
		memcpy(p, was.p, was.n);
		p[at] = other(p[at]);
		*line = (struct ex_str){ p, was.n };
		rewrite(root);
		judge(what, *line);
		*line = was;
		return;
	}
}

static const char *const idle_params[] = {
	"value", "encoding", "charset", "schedule-status", "schedule-agent",
	"schedule-force-send", "x-num-guests", "x-evolution-ui-slot",
	"x-evolution-enddate", "tzid", "fmttype", "mediatype", NULL
};

/* Rules 10 and 15: an empty property, and how a binary one is called. */
static bool
idle(struct ex_str line, const struct split *sp, struct ex_str param)
{
	size_t i;

	for (i = sp->value; i < line.n; i++)
		if (line.p[i] != ';' && line.p[i] != ' ')
			break;
	if (i == line.n)
		return true;
	if (!ex_str_is_nocase(param, "type"))
		return false;
	for (i = 1; i < sp->n; i++)
		if (starts(sp->part[i], "ENCODING=B"))
			return true;
	return false;
}

static void
change_line(const struct node *root, struct ex_str *line)
{
	struct ex_str name = property(*line);
	struct split sp;
	size_t i, from;

	if (may_change(name))
		return;
	split_line(*line, &sp);
	if (sp.n == 0)
		return;
	from = sp.value;
	if (starts((struct ex_str){ line->p + from, line->n - from }, "data:"))
		while (from < line->n && line->p[from] != ',')
			from++;
	change_one(root, line, from, line->n, VALUE);
	for (i = 1; i < sp.n; i++) {
		name = bare_name(sp.part[i]);
		if (one_of(name, idle_params) || idle(*line, &sp, name) ||
		    name.n == sp.part[i].n || (name.n > 7 &&
		    starts(name, "X-VOBJ-")))
			continue;
		from = (size_t)(sp.part[i].p - line->p) + name.n + 1;
		change_one(root, line, from,
		    (size_t)(sp.part[i].p - line->p) + sp.part[i].n, PARAM);
	}
}

static void
change_values(const struct node *root, const struct node *n, size_t *left)
{
	size_t i;

	if (n->ignored)
		return;
	for (i = 0; i < n->nline && *left > 0; i++, (*left)--)
		change_line(root, &n->line[i]);
	for (i = 0; i < n->nkid; i++)
		change_values(root, n->kid[i], left);
}

static struct ex_str *
find(const struct node *n, const char *name)
{
	size_t i;

	for (i = 0; i < n->nline; i++)
		if (ex_str_is_nocase(property(n->line[i]), name))
			return &n->line[i];
	return NULL;
}

/* Swap a line of one name between two components of one item. */
static void
swap_lines(const struct node *root, const struct node *a,
    const struct node *b)
{
	struct ex_str *one, *two, t;
	struct ex_str name;
	char text[64];
	size_t i;

	for (i = 0; i < a->nline; i++) {
		one = &a->line[i];
		name = property(*one);
		if (may_change(name) || name.n >= sizeof(text) ||
		    ex_str_is_nocase(name, "recurrence-id"))
			continue;
		snprintf(text, sizeof(text), "%.*s", EX_STR_ARG(name));
		if ((two = find(b, text)) == NULL || ex_str_eq(*one, *two) ||
		    find(a, text) != one)
			continue;
		t = *one;
		*one = *two;
		*two = t;
		rewrite(root);
		judge(SWAP, *one);
		*two = *one;
		*one = t;
	}
}

static void
swap_all(const struct node *root)
{
	size_t i, k;

	for (i = 0; i < root->nkid; i++)
		for (k = i + 1; k < root->nkid && k < i + 4; k++)
			if (!root->kid[i]->ignored && !root->kid[k]->ignored &&
			    (find(root->kid[i], "recurrence-id") != NULL) !=
			    (find(root->kid[k], "recurrence-id") != NULL))
				swap_lines(root, root->kid[i], root->kid[k]);
}

static void
say_otherwise(const struct node *root)
{
	static const char *const end[] = { "\r\n", "\n", "\r" };
	size_t i;

	for (i = 0; i < 3; i++) {
		ex_buf_clear(&out);
		put_folded(root, end[i]);
		judge(i == 0 ? FOLDED : ENDS, EX_STR(""));
	}
	ex_buf_clear(&out);
	ex_buf_puts(&out, "\xef\xbb\xbf");
	put_node(root);
	judge(ENDS, EX_STR("BOM"));
	ex_buf_clear(&out);
	put_volatile(root, "PRODID:-//Somebody//Else//\r\nX-WR-X:y\r\n");
	judge(VOLATILE, EX_STR(""));
	change_params(root, false);
	rewrite(root);
	judge(PARAMS, EX_STR(""));
	change_params(root, true);
	rewrite(root);
	judge(CASE, EX_STR(""));
	put_shuffled(root);
	rewrite(root);
	judge(SHUFFLED, EX_STR(""));
}

static void
one_item(struct ex_str text)
{
	struct ex_str rest = text, first;
	struct node *root;
	size_t left = MOST_CHANGES;

	item = text;
	if (!hash_of(text, base)) {
		unread++;
		return;
	}
	first = unfolded(&rest);
	if ((root = parse(&rest, first, 0)) == NULL || root->nline == 0) {
		unread++;
		return;
	}
	items++;
	if (find(root, "version") != NULL && (
	    ex_str_ends(*find(root, "version"), ":2.1") ||
	    ex_str_ends(*find(root, "version"), ":1.0"))) {
		items--;
		old_items++;
		return;
	}
	say_otherwise(root);
	/* The order is another one now, but nothing else. */
	change_values(root, root, &left);
	swap_all(root);
}

static void
one_file(const char *path)
{
	struct ex_str text, one;
	struct ex_err err;
	unsigned number = 1, first;
	size_t pos = 0, n = 0;

	file = path;
	seed = 1;
	ex_arena_reset(&arena);
	if (ex_file_read(AT_FDCWD, path, EX_CAP_ITEM, &arena, &text, &err) == -1)
		ex_die_err(&err);
	while (n < MOST_ITEMS && ex_lines_comp(text, &pos, &number, &one,
	    &first, &err) == 1) {
		n++;
		if (one.n <= MOST_BYTES)
			one_item(one);
	}
}

int
main(int argc, char *argv[])
{
	char path[4096];
	size_t i;

	ex_diag_init("mutate");
	verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	records = argc > 1 && strcmp(argv[1], "-d") == 0;
	canon = ex_canon_new();
	while (fgets(path, sizeof(path), stdin) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		one_file(path);
	}
	if (records)
		return ex_finish(EX_EXIT_OK);
	printf("items: %zu, of old forms: %zu, not read: %zu\n", items,
	    old_items, unread);
	for (i = 0; i < NCHANGE; i++)
		printf("%s: %zu of %zu\n", change_name[i], tally[i].right,
		    tally[i].all);
	ex_canon_free(canon);
	ex_buf_fini(&out);
	ex_arena_free(&arena);
	ex_arena_free(&scratch);
	return ex_finish(EX_EXIT_OK);
}
