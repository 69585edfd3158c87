/*
 * ews*.c: every answer that was recorded or documented reads as it stands in
 * tests/ews-answers.tsv, which another program wrote (ews-answers.py); and
 * whatever a server may do to its form, it reads as the same
 *
 * The answers lie in ../shared/material/ews/responses; without them this
 * says so and passes.  EX_SEED: other mutations.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <ex/json.h>

#include "../../lib/store/ewspriv.h"
#include "slurp.h"

#define TABLE	"tests/ews-answers.tsv"

static struct ex_arena table, a;
static const char *material;
static uint64_t seed = 20250131;

static unsigned
chance(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 11) % n);
}

/* What was heard, as the table has it but for the file's name. */
struct facts {
	struct ex_buf text;
	struct ex_buf codes, items;
	size_t messages, ids;
	uint64_t sum;		/* of the ids' hashes: in any order */
};

#define FNV	14695981039346656037U

static uint64_t
fnv(uint64_t h, struct ex_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211U;
	return h * 1099511628211U;
}

static void
put_clean(struct ex_buf *b, struct ex_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		ex_buf_putc(b, (unsigned char)s.p[i] <= ' ' ? ' ' : s.p[i]);
}

/* A value's texts, with ';' between. */
static void
put_value(struct ex_buf *b, const struct ex_json *j, int depth)
{
	const struct ex_json *c;

	put_clean(b, j->text);
	for (c = j->child; c != NULL && depth > 0; c = c->next) {
		if (c->key.n > 0)
			ex_buf_fmt(b, "%.*s:", EX_STR_ARG(c->key));
		put_value(b, c, depth - 1);
		if (c->next != NULL)
			ex_buf_putc(b, ';');
	}
}

static void
put_props(struct facts *f, const struct ex_comp *c,
    const char *const *name)
{
	const struct ex_json *v;
	const struct ex_param *zone;
	size_t i;

	for (; *name != NULL; name++)
		for (i = 0; i < c->nprop; i++) {
			if (!ex_str_is(c->prop[i]->name, *name))
				continue;
			ex_buf_fmt(&f->items, "\t%s=", *name);
			for (v = c->prop[i]->value; v != NULL; v = v->next) {
				put_value(&f->items, v, 3);
				if (v->next != NULL)
					ex_buf_putc(&f->items, ';');
			}
			zone = ex_prop_param(c->prop[i], "tzid");
			if (zone != NULL)
				ex_buf_fmt(&f->items, " %.*s",
				    EX_STR_ARG(zone->value[0]));
		}
}

static void
hear_item(struct facts *f, const struct ex_xml_node *n, enum ex_kind kind)
{
	static const char *const names[][8] = {
		[EX_KIND_CONTACTS] = { "fn", "n", "title", "org", "email",
		    "tel", NULL },
		[EX_KIND_EVENTS] = { "summary", "location", "dtstart",
		    "dtend", "uid", "class", NULL },
		[EX_KIND_TASKS] = { "summary", "due", "status",
		    "percent-complete", NULL }
	};
	const struct ex_ews_got got = { .item = n };
	struct ex_item item;
	struct ex_str stamp;
	struct ex_err why;
	const struct ex_comp *c;
	size_t i;

	ex_buf_fmt(&f->items, "%.*s", EX_STR_ARG(n->name.local));
	if (ex_ewsmap_read(&got, kind, &a, &item, &stamp, &why) == -1) {
		ex_buf_fmt(&f->items, "\tbad: %s\n", why.msg);
		return;
	}
	c = item.root;
	for (i = 0; kind != EX_KIND_CONTACTS && i < item.root->ncomp; i++)
		if (!ex_str_is(item.root->comp[i]->name, "vtimezone"))
			c = item.root->comp[i];
	put_props(f, c, names[kind]);
	ex_buf_putc(&f->items, '\n');
}

/* Depth is that of XML, which is capped. */
static void
hear_node(struct facts *f, const struct ex_xml_node *n)
{
	static const char *const element[] = { "Contact", "CalendarItem",
		"Task" };
	struct ex_str id;
	size_t i;

	for (; n != NULL; n = n->next) {
		id = ex_xml_attr_of(n, "Id");
		if (id.p != NULL && ex_str_ends(n->name.local, "Id")) {
			f->ids++;
			f->sum += fnv(fnv(fnv(FNV, n->name.local), id),
			    ex_xml_attr_of(n, "ChangeKey"));
		}
		for (i = 0; i < 3; i++)
			if (ex_str_is(n->name.local, element[i]) &&
			    (ex_str_is(n->parent->name.local, "Items") ||
			    ex_str_is(n->parent->name.local, "Create") ||
			    ex_str_is(n->parent->name.local, "Update")))
				hear_item(f, n, (enum ex_kind)
				    (EX_KIND_CONTACTS + (int)i));
		hear_node(f, n->child);
	}
}

static int
hear(void *arg, const struct ex_ews_message *m, struct ex_err *err)
{
	struct facts *f = arg;

	(void)err;
	assert_int_equal(m->i, f->messages);
	f->messages++;
	ex_buf_fmt(&f->codes, "\t%s%.*s %.*s", m->good ? "" : "not ",
	    EX_STR_ARG(m->said.code), EX_STR_ARG(m->node->name.local));
	hear_node(f, m->node->child);
	return 0;
}

/* In parts of that many bytes; absent: err says why. */
static struct ex_str
listen(struct ex_str text, size_t part, struct ex_err *err)
{
	struct facts f = { .messages = 0 };
	struct ex_ews_xml *x = ex_ews_xml_new(hear, &f);
	struct ex_ews_said said;
	struct ex_str s = EX_STR_NONE;
	size_t i;
	int got = 0;

	for (i = 0; i < text.n && got == 0; i += part)
		got = ex_ews_xml_feed(x, (struct ex_str){ text.p + i,
		    text.n - i < part ? text.n - i : part }, err);
	if (got == 0)
		got = ex_ews_xml_finish(x, &said, err);
	if (got == 0) {
		ex_buf_fmt(&f.text, "messages\t%zu%.*s\n", f.messages,
		    EX_STR_ARG(ex_buf_get(&f.codes)));
		if (said.code.p != NULL)
			ex_buf_fmt(&f.text, "fault\t%.*s\t%ld\n",
			    EX_STR_ARG(said.code), said.wait);
		ex_buf_fmt(&f.text, "ids\t%zu\t%016llx\n", f.ids,
		    (unsigned long long)f.sum);
		ex_buf_str(&f.text, ex_buf_get(&f.items));
		s = ex_arena_str(&a, ex_buf_get(&f.text));
	}
	ex_ews_xml_free(x);
	ex_buf_fini(&f.text);
	ex_buf_fini(&f.codes);
	ex_buf_fini(&f.items);
	return s;
}

/* The table: of each answer the lines that it has to read as. */
static struct want {
	struct ex_str name, facts;
	bool seen;
} *want;
static size_t nwant;

static void
read_table(void)
{
	struct ex_str text = slurp(TABLE, &table), line, name;
	struct ex_buf b = EX_BUF_INIT;
	const char *end, *tab;
	bool more = text.n > 0;

	while (more) {
		end = memchr(text.p, '\n', text.n);
		assert_non_null(end);
		line = (struct ex_str){ text.p, (size_t)(end + 1 - text.p) };
		text.p += line.n;
		text.n -= line.n;
		more = text.n > 0;
		tab = memchr(line.p, '\t', line.n);
		assert_non_null(tab);
		name = (struct ex_str){ line.p, (size_t)(tab - line.p) };
		if (nwant == 0 || !ex_str_eq(want[nwant - 1].name, name)) {
			if (nwant > 0)
				want[nwant - 1].facts = ex_arena_str(&table,
				    ex_buf_get(&b));
			ex_buf_clear(&b);
			want = ex_arena_grow(&table, want, nwant,
			    sizeof(*want));
			want[nwant++] = (struct want){ .name = name };
		}
		ex_buf_str(&b, (struct ex_str){ tab + 1, (size_t)(end - tab)
		    });
	}
	assert_true(nwant > 0);
	want[nwant - 1].facts = ex_arena_str(&table, ex_buf_get(&b));
	ex_buf_fini(&b);
}

static struct want *
find_want(struct ex_str name)
{
	size_t i;

	for (i = 0; i < nwant; i++)
		if (ex_str_eq(want[i].name, name))
			return &want[i];
	fail_msg("%s: %.*s is not there", TABLE, EX_STR_ARG(name));
	return NULL;
}

/*
 * The next answer in one of Evolution's traces, where "< " stands in front of
 * each line of it; absent: there is no more.
 */
static struct ex_str
next_answer(struct ex_str text, size_t *at)
{
	static const char mark[] = "\n< <?xml";
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;
	size_t i = *at;

	while (i + sizeof(mark) < text.n &&
	    memcmp(text.p + i, mark, sizeof(mark) - 1) != 0)
		i++;
	while (i + 3 < text.n && memcmp(text.p + i, "\n< ", 3) == 0)
		for (i += 3; i < text.n && (text.p[i] != '\n' ||
		    (ex_buf_putc(&b, '\n'), false)); i++)
			ex_buf_putc(&b, text.p[i]);
	*at = i;
	s = ex_arena_str(&a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s.n > 0 ? s : EX_STR_NONE;
}

typedef void	 try_answer(struct want *w, struct ex_str text);

static void
try_file(const char *path, struct ex_str name, bool trace, try_answer *try)
{
	struct ex_str text = slurp(path, &a), one;
	size_t at = 0, n = 0;

	if (!trace) {
		try(find_want(name), text);
		return;
	}
	while ((one = next_answer(text, &at)).p != NULL)
		try(find_want(ex_arena_fmt(&a, "%.*s#%zu", EX_STR_ARG(name),
		    n++)), one);
}

/* name: of the directory, below responses/. */
static void
walk(struct ex_str name, bool trace, try_answer *try)
{
	const char *path = ex_arena_fmt(&table, "%s/ews/responses/%.*s",
	    material, EX_STR_ARG(name)).p;
	DIR *d = opendir(path);
	struct dirent *ent;
	struct ex_str of;
	struct stat st;

	if (d == NULL)
		fail_msg("%s cannot be opened", path);
	while ((ent = readdir(d)) != NULL) {
		if (ent->d_name[0] == '.')
			continue;
		of = ex_arena_fmt(&table, "%.*s/%s", EX_STR_ARG(name),
		    ent->d_name);
		path = ex_arena_fmt(&table, "%s/ews/responses/%.*s",
		    material, EX_STR_ARG(of)).p;
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			walk(of, trace, try);
		else if (trace || (ex_str_ends(of, ".xml") &&
		    strstr(path, "Autodiscover") == NULL))
			try_file(path, of, trace, try);
		ex_arena_reset(&a);
	}
	closedir(d);
}

static bool
walk_all(try_answer *try)
{
	static const char *const dir[] = { "recorded", "docs", "synthetic",
		"viewpoint", "traces-evolution-onprem" };
	struct stat st;
	size_t i;

	if (stat(material, &st) == -1) {
		print_message("# skip: no %s\n", material);
		return false;	/* cmocka's skip() is "not ok" */
	}
	for (i = 0; i < sizeof(dir) / sizeof(dir[0]); i++)
		walk(ex_str_of(dir[i]), i == 4, try);
	return true;
}

static unsigned wrong;

/* U+FFFD is what a character that XML does not have becomes. */
static struct ex_str
without_marks(struct ex_str s)
{
	static const char mark[] = "\xef\xbf\xbd";
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.n - i >= 3 && memcmp(s.p + i, mark, 3) == 0)
			i += 2;
		else
			ex_buf_putc(&b, s.p[i]);
	s = ex_arena_str(&a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

static void
is_same(const struct want *w, struct ex_str text, size_t part,
    const char *how)
{
	struct ex_err err = { .msg = "" };
	struct ex_str got = listen(text, part, &err);

	if (got.p != NULL && ex_str_eq(without_marks(got), w->facts))
		return;
	wrong++;
	print_message("# %.*s, %s: %s\n# wanted\n%.*s# got\n%.*s",
	    EX_STR_ARG(w->name), how, err.msg, EX_STR_ARG(w->facts),
	    EX_STR_ARG(got));
}

static void
as_it_is(struct want *w, struct ex_str text)
{
	assert_false(w->seen);
	w->seen = true;
	is_same(w, text, text.n, "whole");
	is_same(w, text, 7, "in parts");
}

static void
test_values(void **state)
{
	size_t i;

	(void)state;
	if (!walk_all(as_it_is))
		return;
	for (i = 0; i < nwant; i++)
		if (!want[i].seen)
			fail_msg("%.*s was not there",
			    EX_STR_ARG(want[i].name));
	print_message("# %zu answers\n", nwant);
	assert_int_equal(wrong, 0);
}

/*
 * Cut at each byte of a short one, at some of a long one: an error, unless
 * nothing but white space is missing.
 */
static void
cut(struct want *w, struct ex_str text)
{
	size_t n, end = text.n, step = text.n < 1500 ? 1 : text.n / 60;
	struct ex_err err;

	while (end > 0 && text.p[end - 1] != '>')
		end--;
	for (n = 0; n < end; n += step == 1 ? 1 : 1 + chance(
	    (unsigned)(2 * step)))
		if (listen((struct ex_str){ text.p, n }, 4096, &err).p !=
		    NULL)
			fail_msg("%.*s: cut at %zu it is whole",
			    EX_STR_ARG(w->name), n);
		else
			assert_int_equal(err.code, EX_ERR_INPUT);
}

static void
test_cut(void **state)
{
	(void)state;
	walk_all(cut);
}

/* What stands in these is counted by its place. */
static bool
is_list(const xmlNode *n)
{
	static const char *const list[] = { "Envelope", "Items", "Create",
		"Update", "ResponseMessages", "Attachments" };
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (strcmp((const char *)n->name, list[i]) == 0)
			return true;
	return false;
}

/* Elements in another order; those of one name keep theirs. */
static void
shuffle(xmlNode *n)
{
	xmlNode *c, *other, *next;

	for (c = xmlFirstElementChild(n); c != NULL; c = next) {
		next = xmlNextElementSibling(c);
		if (is_list(n) || chance(2) != 0)
			continue;
		/* To the front, but behind those of its own name. */
		for (other = xmlPreviousElementSibling(c); other != NULL &&
		    xmlStrcmp(other->name, c->name) != 0;
		    other = xmlPreviousElementSibling(other))
			if (chance(3) == 0)
				break;
		if (other != NULL)
			xmlAddNextSibling(other, c);
	}
}

/* Elements and attributes that nobody knows, at any place. */
static void
strangers(xmlNode *n)
{
	xmlNode *c = xmlFirstElementChild(n), *new;

	if (c == NULL || is_list(n) || chance(2) != 0)
		return;
	new = xmlNewNode(NULL, BAD_CAST "Unheard");
	xmlNewProp(new, BAD_CAST "Of", BAD_CAST "x");
	xmlNewTextChild(new, NULL, BAD_CAST "ResponseCode",
	    BAD_CAST "ErrorUnheardOf");
	if (chance(2) != 0)
		xmlAddPrevSibling(c, new);
	else
		xmlAddNextSibling(c, new);
	if (chance(2) != 0)
		xmlNewProp(n, BAD_CAST "Unheard", BAD_CAST "of");
}

/* Other prefixes for the same namespaces. */
static void
prefixes(xmlNode *n)
{
	xmlNs *ns;

	for (ns = n->nsDef; ns != NULL; ns = ns->next) {
		if (ns->prefix == NULL)
			continue;
		xmlFree((xmlChar *)(uintptr_t)ns->prefix);
		ns->prefix = xmlStrdup(BAD_CAST ex_arena_fmt(&a, "n%u",
		    chance(1000000)).p);
	}
}

static void
each_element(xmlNode *n, void (*change)(xmlNode *))
{
	xmlNode *c, *next;

	for (c = xmlFirstElementChild(n); c != NULL; c = next) {
		next = xmlNextElementSibling(c);
		each_element(c, change);
	}
	change(n);
}

static void
changed(const struct want *w, struct ex_str text, void (*change)(xmlNode *),
    const char *how)
{
	xmlDoc *doc = xmlReadMemory(text.p, (int)text.n, "answer", NULL,
	    XML_PARSE_NONET | XML_PARSE_RECOVER | XML_PARSE_NOERROR |
	    XML_PARSE_NOWARNING);
	xmlChar *out;
	int n;

	assert_non_null(doc);
	each_element(xmlDocGetRootElement(doc), change);
	xmlDocDumpMemoryEnc(doc, &out, &n, "utf-8");
	is_same(w, (struct ex_str){ (char *)out, (size_t)n }, 4096, how);
	xmlFree(out);
	xmlFreeDoc(doc);
}

/* Characters that XML does not have, as Exchange sends them. */
static void
dodgy(const struct want *w, struct ex_str text)
{
	static const char mark[] = "</t:Subject>";
	struct ex_buf b = EX_BUF_INIT;
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.n - i > sizeof(mark) && memcmp(text.p + i, mark,
		    sizeof(mark) - 1) == 0)
			ex_buf_puts(&b, "&#x1;&#x8;");
		ex_buf_putc(&b, text.p[i]);
	}
	is_same(w, ex_buf_get(&b), 4096, "with &#x1;");
	ex_buf_fini(&b);
}

static void
in_other_forms(struct want *w, struct ex_str text)
{
	int i;

	for (i = 0; i < 3; i++) {
		changed(w, text, shuffle, "shuffled");
		changed(w, text, strangers, "with unknown elements");
	}
	changed(w, text, prefixes, "with other prefixes");
	dodgy(w, text);
}

static void
test_forms(void **state)
{
	(void)state;
	print_message("# EX_SEED=%llu\n", (unsigned long long)seed);
	wrong = 0;
	walk_all(in_other_forms);
	assert_int_equal(wrong, 0);
}

/* Bytes at random: an error or not, but no crash. */
static void
spoil(struct want *w, struct ex_str text)
{
	static const char odd[] = "<>&\"'/= \0\x80\xff]![";
	char *p = ex_arena_bytes(&a, text.n);
	struct ex_err err;
	int i, k;

	(void)w;
	for (i = 0; i < 4; i++) {
		memcpy(p, text.p, text.n);
		for (k = 0; k < 3; k++)
			p[chance((unsigned)text.n)] =
			    odd[chance(sizeof(odd) - 1)];
		listen((struct ex_str){ p, text.n }, 4096, &err);
	}
}

static void
test_spoilt(void **state)
{
	(void)state;
	walk_all(spoil);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_spoilt)
	};
	const char *s = getenv("EX_SEED");
	int got;

	material = getenv("EX_MATERIAL");
	if (material == NULL)
		material = "../shared/material";
	if (s != NULL && strtoull(s, NULL, 10) != 0)
		seed = strtoull(s, NULL, 10);
	read_table();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	got = cmocka_run_group_tests_name("ewsanswers", tests, NULL, NULL);
	ex_arena_free(&a);
	ex_arena_free(&table);
	xmlCleanupParser();
	return got;
}
