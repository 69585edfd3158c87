/*
 * icalcorpus: every calendar of the corpus in, out and in again, and jCal
 * as others write it
 *
 * The corpus lies beside the checkout; without it this says so and passes.
 * tests/corpus-bad.tsv names the files that hold something that is not
 * well-formed, tests/jcal-differs.tsv where our jCal differs; each with
 * its reason.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/zone.h>

#define CORPUS "../shared/material/corpus/"

static struct ex_arena files, arena;	/* names and lists; one file's */
static struct ex_str *names;		/* all .ics and .vcs, sorted */
static size_t nnames;

static struct ex_str
slurp(const char *path, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s = EX_STR_NONE;
	FILE *f = fopen(path, "rb");
	size_t n;
	char *p;

	if (f == NULL)
		return s;
	while ((p = ex_buf_room(&b, 65536)) != NULL &&
	    (n = fread(p, 1, 65536, f)) > 0)
		b.n += n;
	fclose(f);
	s = ex_arena_str(a, b.n == 0 ? EX_STR("") : ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

static void
find(const char *dir, int depth)
{
	struct dirent *e;
	struct ex_str path;
	struct stat st;
	DIR *d = opendir(dir);

	if (d == NULL || depth == 16)
		return;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		path = ex_arena_fmt(&files, "%s%s", dir, e->d_name);
		if (stat(path.p, &st) == 0 && S_ISDIR(st.st_mode)) {
			find(ex_arena_fmt(&files, "%s/", path.p).p,
			    depth + 1);
			continue;
		}
		if (!ex_str_ends(path, ".ics") && !ex_str_ends(path, ".vcs"))
			continue;
		names = ex_arena_grow(&files, names, nnames, sizeof(*names));
		names[nnames++] = path;
	}
	closedir(d);
}

static int
by_name(const void *a, const void *b)
{
	return ex_str_cmp(*(const struct ex_str *)a,
	    *(const struct ex_str *)b);
}

/* The row of a list that begins with key and a tab? */
static bool
listed(struct ex_str list, struct ex_str key)
{
	const char *p = list.p, *end = p + list.n;
	size_t n;

	while (p < end) {
		n = strcspn(p, "\t\n");
		if (n == key.n && memcmp(p, key.p, n) == 0)
			return true;
		p += strcspn(p, "\n");
		p += p < end;
	}
	return false;
}

typedef void each(struct ex_str text, struct ex_item *item, void *arg);

struct seen {
	size_t items, bad;
	char why[512];		/* of the first bad one */
};

static void
bad(struct seen *s, const char *why)
{
	if (s->bad++ == 0)
		(void)snprintf(s->why, sizeof(s->why), "%s", why);
}

static void
one_item(struct ex_str text, struct seen *s, each *call, void *arg)
{
	struct ex_item item = { 0 };
	struct ex_err err = { 0 };

	if (ex_ical_decode(text, 1, &arena, &item, &err) == -1) {
		bad(s, strncmp(err.msg, "line 1: holds", 13) == 0 ?
		    err.msg + 8 : err.msg);
		return;
	}
	s->items++;
	if (call != NULL)
		call(text, &item, arg);
}

struct part {
	struct ex_ical_scan scan;
	struct ex_str text;
	bool taken;
};

/* What stands between the components, and the components. */
static size_t
parts_of(struct ex_str cal, struct ex_buf *head, struct part **out)
{
	struct part *v = NULL;
	struct ex_str line, one;
	struct ex_err err;
	size_t n = 0, pos = 0, next;
	unsigned number = 1, first;

	while (pos < cal.n) {
		next = ex_line_physical(cal, pos, &line);
		if (n == 0 && head->n == 0) {	/* BEGIN:VCALENDAR */
			ex_buf_fmt(head, "%.*s\n", EX_STR_ARG(line));
			pos = next;
			continue;
		}
		if (!ex_line_starts(line, "begin:")) {
			if (!ex_line_starts(line, "end:vcalendar"))
				ex_buf_fmt(head, "%.*s\n", EX_STR_ARG(line));
			pos = next;
			continue;
		}
		if (ex_lines_comp(cal, &pos, &number, &one, &first,
		    &err) != 1)
			return 0;
		v = ex_arena_grow(&arena, v, n, sizeof(*v));
		v[n].text = one;
		v[n].taken = false;
		ex_ical_scan(one, &arena, &v[n].scan);
		n++;
	}
	*out = v;
	return n;
}

static void
gather(struct part *v, size_t n, size_t i, struct ex_buf *b)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (ex_str_is(v[k].scan.name, "vtimezone"))
			ex_buf_fmt(b, "%.*s\n", EX_STR_ARG(v[k].text));
	for (k = i; k < n; k++) {
		if (k != i && (v[i].scan.uid.p == NULL || v[k].taken ||
		    v[k].scan.kind != v[i].scan.kind ||
		    !ex_str_eq(v[k].scan.uid, v[i].scan.uid)))
			continue;
		v[k].taken = true;
		ex_buf_fmt(b, "%.*s\n", EX_STR_ARG(v[k].text));
	}
	ex_buf_puts(b, "END:VCALENDAR\n");
}

/* Split by UID, as a file of many items is. */
static void
split(struct ex_str cal, struct seen *s, each *call, void *arg)
{
	struct ex_buf head = EX_BUF_INIT, b = EX_BUF_INIT;
	struct part *v = NULL;
	size_t n = parts_of(cal, &head, &v), i;

	for (i = 0; i < n; i++) {
		if (v[i].taken || v[i].scan.kind == EX_KIND_NONE)
			continue;
		ex_buf_clear(&b);
		ex_buf_str(&b, ex_buf_get(&head));
		gather(v, n, i, &b);
		one_item(ex_arena_str(&arena, ex_buf_get(&b)), s, call, arg);
	}
	ex_buf_fini(&head);
	ex_buf_fini(&b);
}

static void
read_file(struct ex_str path, struct seen *s, each *call, void *arg)
{
	struct ex_str text = slurp(path.p, &arena), cal;
	struct ex_item item = { 0 };
	struct ex_err err = { 0 };
	size_t pos = 0;
	unsigned number = 1, first;
	int got;

	memset(s, 0, sizeof(*s));
	while ((got = ex_lines_comp(text, &pos, &number, &cal, &first,
	    &err)) != 0) {
		if (got == -1)
			bad(s, err.msg);
		else if (ex_ical_decode(cal, first, &arena, &item,
		    &err) == -1 && strstr(err.msg, ": holds ") != NULL &&
		    strstr(err.msg, "no item") == NULL)
			split(cal, s, call, arg);
		else
			one_item(cal, s, call, arg);
	}
}

static bool
there(void)
{
	if (nnames > 0)
		return true;
	print_message("skipped: no %s\n", CORPUS);
	return false;
}

static void
wellformed(void **state)
{
	struct ex_str list = slurp("tests/corpus-bad.tsv", &files), name;
	bool regen = getenv("EX_REGEN") != NULL;
	size_t i, items = 0, wrong = 0;
	struct seen s;

	(void)state;
	if (!there())
		return;
	for (i = 0; i < nnames; i++) {
		read_file(names[i], &s, NULL, NULL);
		items += s.items;
		name.p = names[i].p + strlen(CORPUS);
		name.n = names[i].n - strlen(CORPUS);
		if (regen && s.bad > 0)
			printf("%s\t%s\n", name.p, s.why);
		else if (listed(list, name) != (s.bad > 0)) {
			print_message("# %s: %s\n", name.p, s.bad == 0 ?
			    "listed, but all well" : s.why);
			wrong++;
		}
		ex_arena_reset(&arena);
	}
	assert_true(items > 2000);
	assert_int_equal(wrong, 0);
}

static bool same(const struct ex_json *x, const struct ex_json *y);

/* Members of an object in any order. */
static bool
same_object(const struct ex_json *x, const struct ex_json *y)
{
	const struct ex_json *c, *d;
	size_t n = 0, m = 0;

	for (c = y->child; c != NULL; c = c->next)
		m++;
	for (c = x->child; c != NULL; c = c->next, n++) {
		for (d = y->child; d != NULL && !ex_str_eq(c->key, d->key); )
			d = d->next;
		if (d == NULL || !same(c, d))
			return false;
	}
	return n == m;
}

static bool
same(const struct ex_json *x, const struct ex_json *y)
{
	const struct ex_json *c, *d;

	if (x->type != y->type)
		return false;
	if (x->type == EX_JSON_OBJECT)
		return same_object(x, y);
	if (x->type != EX_JSON_ARRAY)
		return ex_str_eq(x->text, y->text);
	for (c = x->child, d = y->child; c != NULL && d != NULL;
	    c = c->next, d = d->next)
		if (!same(c, d))
			return false;
	return c == d;
}

static bool
same_prop(const struct ex_prop *p, const struct ex_prop *q)
{
	const struct ex_json *x, *y;
	size_t i, k;

	if (!ex_str_eq(p->name, q->name) || !ex_str_eq(p->type, q->type) ||
	    p->nparam != q->nparam)
		return false;
	for (i = 0; i < p->nparam; i++) {
		if (!ex_str_eq(p->param[i].name, q->param[i].name) ||
		    p->param[i].nvalue != q->param[i].nvalue)
			return false;
		for (k = 0; k < p->param[i].nvalue; k++)
			if (!ex_str_eq(p->param[i].value[k],
			    q->param[i].value[k]))
				return false;
	}
	for (x = p->value, y = q->value; x != NULL && y != NULL;
	    x = x->next, y = y->next)
		if (!same(x, y))
			return false;
	return x == y;
}

typedef bool skip_prop(const struct ex_comp *c, const struct ex_prop *p);

static bool
same_props(const struct ex_comp *c, const struct ex_comp *d, skip_prop *omit)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < c->nprop && omit(c, c->prop[i]))
			i++;
		while (k < d->nprop && omit(d, d->prop[k]))
			k++;
		if (i == c->nprop || k == d->nprop)
			return i == c->nprop && k == d->nprop;
		if (!same_prop(c->prop[i], d->prop[k]))
			return false;
		i++;
		k++;
	}
}

static bool
same_comp(const struct ex_comp *c, const struct ex_comp *d, skip_prop *omit)
{
	size_t i;

	if (!ex_str_eq(c->name, d->name) || c->ncomp != d->ncomp ||
	    !same_props(c, d, omit))
		return false;
	for (i = 0; i < c->ncomp; i++)
		if (!same_comp(c->comp[i], d->comp[i], omit))
			return false;
	return true;
}

/* What writing adds, and never writes (formats.md 4). */
static bool
ours(const struct ex_comp *c, const struct ex_prop *p)
{
	const struct ex_json *j, *k;
	struct ex_str s = ex_prop_text(p);

	for (j = p->value; j != NULL; j = j->next) {
		if (j->type != EX_JSON_STRING && j->type != EX_JSON_ARRAY)
			break;
		if (j->text.n > 0)
			break;
		for (k = j->child; k != NULL && k->text.n == 0; )
			k = k->next;
		if (k != NULL)
			break;
	}
	if (j == NULL || ex_str_is(p->name, "prodid") ||
	    ex_str_is(p->name, "version") || ex_str_is(p->name, "dtstamp"))
		return true;
	if (ex_str_is(p->name, "uid"))
		return ex_str_starts(s, "ex-");
	return ex_str_is(c->name, "vevent") &&
	    ex_str_is(p->name, "duration") && ex_str_is(s, "PT0S");
}

static struct ex_canon *canon;

static bool
same_hash(const struct ex_item *x, const struct ex_item *y)
{
	char hx[EX_HASH_HEX], hy[EX_HASH_HEX];

	ex_canon_hash(canon, x, EX_CANON_HASH, hx);
	ex_canon_hash(canon, y, EX_CANON_HASH, hy);
	return strcmp(hx, hy) == 0;
}

static void
again(struct ex_str text, struct ex_item *item, void *arg)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_item back = { 0 };
	struct ex_err err = { 0 };
	const char *p, *nl;

	(void)text;
	if (ex_ical_encode(item, &arena, &b, &err) == -1)
		fail_msg("%s: %s", (char *)arg, err.msg);
	ex_buf_putc(&b, '\0');
	for (p = b.p; (nl = strstr(p, "\r\n")) != NULL; p = nl + 2)
		assert_true(nl - p <= 75);
	assert_int_equal(*p, '\0');
	assert_null(strstr(b.p, "\nMETHOD"));
	b.n--;
	if (ex_ical_decode(ex_buf_get(&b), 1, &arena, &back, &err) == -1)
		fail_msg("%s: written: %s", (char *)arg, err.msg);
	if (!same_comp(item->root, back.root, ours))
		fail_msg("%s: differs: %s", (char *)arg, b.p);
	if (!same_hash(item, &back))
		fail_msg("%s: another hash: %s", (char *)arg, b.p);
	assert_int_equal(back.kind, item->kind);
	if (item->uid.p != NULL)
		assert_true(ex_str_eq(back.uid, item->uid));
	ex_buf_fini(&b);
}

/* decode(encode(x)) is x, but for what is added; its hash is the same. */
static void
round_trip(void **state)
{
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; there() && i < nnames; i++) {
		read_file(names[i], &s, again, (void *)(uintptr_t)names[i].p);
		ex_arena_reset(&arena);
	}
}

/* The scan finds what the decoder finds. */
static void
scan_agrees(struct ex_str text, struct ex_item *item, void *arg)
{
	struct ex_buf head = EX_BUF_INIT;
	struct part *v;
	size_t n = parts_of(text, &head, &v), i;

	for (i = 0; i < n; i++)
		if (v[i].scan.kind != EX_KIND_NONE &&
		    !ex_str_eq(v[i].scan.uid, item->uid))
			fail_msg("%s: scan finds %.*s", (char *)arg,
			    EX_STR_ARG(v[i].scan.uid));
	ex_buf_fini(&head);
}

static void
scans(void **state)
{
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; there() && i < nnames; i++) {
		read_file(names[i], &s, scan_agrees,
		    (void *)(uintptr_t)names[i].p);
		ex_arena_reset(&arena);
	}
}

static bool
nothing(const struct ex_comp *c, const struct ex_prop *p)
{
	(void)c;
	(void)p;
	return false;
}

/* As our normal form has it: no METHOD, no plain zones. */
static void
strip(struct ex_comp *root)
{
	size_t i, n = 0;

	for (i = 0; i < root->nprop; i++)
		if (!ex_str_is(root->prop[i]->name, "method"))
			root->prop[n++] = root->prop[i];
	root->nprop = n;
	for (i = n = 0; i < root->ncomp; i++)
		if (!ex_str_is(root->comp[i]->name, "vtimezone") ||
		    ex_zone_iana(ex_prop_text(ex_comp_prop(root->comp[i],
		    "tzid"))).p == NULL)
			root->comp[n++] = root->comp[i];
	root->ncomp = n;
}

struct pair {
	struct ex_comp *want;
	bool found;
};

static void
compare(struct ex_str text, struct ex_item *item, void *arg)
{
	struct pair *p = arg;

	(void)text;
	p->found |= same_comp(item->root, p->want, nothing);
}

static bool
pair(struct ex_str in, struct ex_str out)
{
	struct ex_str text = slurp(ex_arena_fmt(&arena, CORPUS "%.*s",
	    EX_STR_ARG(out)).p, &arena);
	struct ex_item want = { 0 };
	struct ex_err err = { 0 };
	struct pair p;
	struct seen s;

	if (ex_item_parse(text, &arena, &want, &err) == -1)
		return false;
	strip(want.root);
	p.want = want.root;
	p.found = false;
	read_file(ex_arena_fmt(&arena, CORPUS "%.*s", EX_STR_ARG(in)), &s,
	    compare, &p);
	return p.found;
}

static void
pairs(void **state)
{
	struct ex_str list = slurp("tests/jcal-differs.tsv", &files), row;
	struct ex_str all = slurp(CORPUS "PAIRS.tsv", &files), in, out, kind;
	size_t pos = 0, n = 0, wrong = 0;
	bool ok;

	(void)state;
	while (there() && pos < all.n) {
		pos = ex_line_physical(all, pos, &row);
		in.p = row.p;
		in.n = strcspn(row.p, "\t");
		out.p = in.p + in.n + 1;
		out.n = strcspn(out.p, "\t");
		kind.p = out.p + out.n + 1;
		kind.n = strcspn(kind.p, "\t");
		if (!ex_str_is(kind, "jcal"))
			continue;
		ok = pair(in, out);
		n++;
		if (ok == listed(list, out)) {
			print_message("# %.*s: %s\n", EX_STR_ARG(out), ok ?
			    "listed, but equal" : "differs");
			wrong++;
		}
		ex_arena_reset(&arena);
	}
	assert_int_equal(n, nnames > 0 ? 201 : 0);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wellformed),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(scans),
		cmocka_unit_test(pairs),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	canon = ex_canon_new();
	find(CORPUS, 0);
	if (nnames > 1)
		qsort(names, nnames, sizeof(*names), by_name);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ex_canon_free(canon);
	ex_arena_free(&arena);
	ex_arena_free(&files);
	return failed;
}
