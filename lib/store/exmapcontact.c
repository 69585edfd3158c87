/*
 * exmapcontact.c: names, dates, company data of a contact, both ways
 *
 * E-mail and other addresses, numbers and pages are in exmapways.c.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/vcard.h>

#include "exmap.h"

/* The fields of N in the order of its parts (RFC 6350, 6.2.2). */
static const int parts_of_n[] = {
	EX_FLD_SURNAME, EX_FLD_GIVEN, EX_FLD_MIDDLE, EX_FLD_EXTENDED,
	EX_FLD_GENERATION
};

/* Single texts, the property that they read as, and others' names for it. */
static const struct plain {
	int field;
	const char *name, *alias[3];
} plain[] = {
	{ EX_FLD_TITLE, "title", { NULL } },
	{ EX_FLD_ROLE, "role", { NULL } },
	{ EX_FLD_EXTENDED + 6, "hobby", { NULL } },
	{ EX_FLD_ASSISTANT, "x-ms-assistant",
	    { "x-evolution-assistant", "x-assistant", NULL } },
	{ EX_FLD_MANAGER, "x-ms-manager",
	    { "x-evolution-manager", "x-manager", NULL } },
	{ EX_FLD_OFFICE, "x-evolution-office", { "x-office", NULL } },
	{ EX_FLD_EXTENDED + 7, "x-phonetic-first-name", { NULL } },
	{ EX_FLD_EXTENDED + 8, "x-phonetic-last-name", { NULL } },
	{ EX_FLD_EXTENDED + 9, "x-phonetic-org", { NULL } },
};

#define N(list)	(sizeof(list) / sizeof(*(list)))

enum { LONGEST_MADE = 1024 };	/* bytes of a FileAs that may be made */

/* The n-th part of a structured value, its own parts put together. */
struct ex_str
ex_exmap_part(const struct ex_prop *p, size_t n, const char *sep,
    struct ex_arena *a)
{
	const struct ex_json *j = p->value, *c;
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s = EX_STR_NONE;

	if (j->type == EX_JSON_ARRAY)
		for (j = j->child; j != NULL && n > 0; n--)
			j = j->next;
	else if (n > 0)
		return EX_STR_NONE;
	if (j == NULL || j->type != EX_JSON_ARRAY)
		return j != NULL && j->type == EX_JSON_STRING ? j->text : s;
	for (c = j->child; c != NULL; c = c->next)
		if (c->type == EX_JSON_STRING && c->text.n > 0) {
			ex_buf_puts(&b, b.n > 0 ? sep : "");
			ex_buf_str(&b, c->text);
		}
	if (b.n > 0)
		s = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

struct ex_str
ex_exmap_part_clean(const struct ex_prop *p, size_t n, const char *sep,
    bool lines, struct ex_arena *a)
{
	struct ex_str s = ex_exmap_part(p, n, sep, a);

	return s.p == NULL ? s : ex_exmap_clean(s, lines, a);
}

static void
fill_n(struct ex_exmap_bits *b, struct ex_exmap_values *v)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, "n");
	size_t i;

	if (bit == NULL)
		return;
	bit->slot = EX_STR("n");
	for (i = 0; i < N(parts_of_n); i++)
		v->v[parts_of_n[i]] = ex_exmap_part_clean(bit->prop, i, " ",
		    false, b->a);
}

/* An array of texts, absent ones empty. */
static struct ex_json *
structured(const struct ex_str *s, size_t n, struct ex_arena *a)
{
	struct ex_json *array = ex_json_new(a, EX_JSON_ARRAY);
	struct ex_json **tail = &array->child;
	size_t i;

	for (i = 0; i < n; i++) {
		*tail = ex_json_text(a, s[i].p != NULL ? s[i] : EX_STR(""));
		tail = &(*tail)->next;
	}
	return array;
}

static void
take_n(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	struct ex_str s[N(parts_of_n)];
	bool any = false;
	size_t i;

	for (i = 0; i < N(parts_of_n); i++) {
		s[i] = v->v[parts_of_n[i]];
		any |= s[i].p != NULL;
	}
	if (any)
		ex_exmap_bit_prop(b, EX_STR("n"), ex_prop_new(b->a,
		    EX_STR("n"), EX_STR("text"),
		    structured(s, N(parts_of_n), b->a)));
}

/* Outlook shows DisplayName, so a card without FN gets one made there. */
static void
fill_fn(const struct ex_comp *card, struct ex_exmap_bits *b,
    struct ex_exmap_values *v)
{
	struct ex_buf made = EX_BUF_INIT;

	ex_exmap_fill_text(b, EX_FLD_FN, "fn", v);
	if (v->v[EX_FLD_FN].p != NULL)
		return;
	ex_vcard_made_fn(card, &made);
	v->v[EX_FLD_FN] = ex_exmap_clean(ex_buf_get(&made), false, b->a);
	ex_buf_fini(&made);
}

static bool
has_word(struct ex_str in, struct ex_str word)
{
	size_t i;

	for (i = 0; in.p != NULL && i + word.n <= in.n; i++)
		if (memcmp(in.p + i, word.p, word.n) == 0)
			return true;
	return false;
}

/*
 * Exchange and Outlook make FileAs of the names and the company, in one of
 * 17 ways (FileAsMapping) and anew when these change.  One made of nothing
 * else is no user's.
 */
static bool
is_made(const struct ex_exmap_values *v)
{
	static const int from[] = {
		EX_FLD_FN, EX_FLD_SURNAME, EX_FLD_GIVEN, EX_FLD_MIDDLE,
		EX_FLD_GENERATION, EX_FLD_EXTENDED, EX_FLD_COMPANY
	};
	struct ex_str s = v->v[EX_FLD_FILEAS], word;
	size_t i;

	/* each word is looked for in all of the others */
	if (s.n > LONGEST_MADE)
		return false;
	while (s.n > 0) {
		word = s;
		for (word.n = 0; word.n < s.n &&
		    strchr(" ,()", s.p[word.n]) == NULL; word.n++)
			;
		s.p += word.n + (word.n < s.n);
		s.n -= word.n + (word.n < s.n);
		for (i = 0; i < N(from) && word.n > 0; i++)
			if (has_word(v->v[from[i]], word))
				break;
		if (i == N(from))
			return false;
	}
	return true;
}

/* Without FileAs Outlook's list has the contact under nothing. */
static void
fill_file_as(struct ex_exmap_bits *b, const struct ex_exmap_values *was,
    struct ex_exmap_values *v)
{
	struct ex_str family = v->v[EX_FLD_SURNAME];
	struct ex_str given = v->v[EX_FLD_GIVEN], made;

	ex_exmap_fill_text(b, EX_FLD_FILEAS, "x-evolution-file-as", v);
	if (v->v[EX_FLD_FILEAS].p != NULL)
		return;
	made = family.p != NULL && given.p != NULL ? ex_arena_fmt(b->a,
	    "%.*s, %.*s", EX_STR_ARG(family), EX_STR_ARG(given)) :
	    v->v[EX_FLD_FN];
	if (was != NULL && was->v[EX_FLD_FILEAS].p != NULL) {
		v->v[EX_FLD_FILEAS] = was->v[EX_FLD_FILEAS];
		if (is_made(v))
			return;
	}
	v->v[EX_FLD_FILEAS] = made;
}

static void
fill_org(struct ex_exmap_bits *b, struct ex_exmap_values *v)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, "org");

	if (bit == NULL)
		return;
	bit->slot = EX_STR("org");
	v->v[EX_FLD_COMPANY] = ex_exmap_part_clean(bit->prop, 0, ", ", false,
	    b->a);
	v->v[EX_FLD_DEPARTMENT] = ex_exmap_part_clean(bit->prop, 1, ", ",
	    false, b->a);
}

static void
take_org(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	const struct ex_str s[] = { v->v[EX_FLD_COMPANY],
	    v->v[EX_FLD_DEPARTMENT] };

	if (s[0].p == NULL && s[1].p == NULL)
		return;
	ex_exmap_bit_prop(b, EX_STR("org"), ex_prop_new(b->a, EX_STR("org"),
	    EX_STR("text"), s[1].p == NULL ? ex_json_text(b->a, s[0]) :
	    structured(s, 2, b->a)));
}

/*
 * A date with a year from 1601 on, where Windows' time begins; one without
 * is of 1604, as Outlook has it.
 */
static void
fill_date(struct ex_exmap_bits *b, int field, const char *name,
    struct ex_exmap_values *v)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, name);
	struct ex_str s = bit == NULL ? EX_STR_NONE :
	    ex_prop_text(bit->prop);
	struct ex_exchange_time t;

	if (s.n == 7 && ex_str_starts(s, "--"))
		s = ex_arena_fmt(b->a, "1604-%.*s", 5, s.p + 2);
	if (s.p == NULL || !ex_exchange_time(s, &t) ||
	    t.sec < ex_exchange_day(1601, 1, 2) * EX_EXCHANGE_DAY)
		return;
	/* the day that it is there, wherever that is */
	if (!t.date)
		ex_exchange_time((struct ex_str){ s.p, 10 }, &t);
	bit->slot = ex_str_of(name);
	v->v[field] = ex_exchange_date(b->a, ex_exchange_day_of(t.sec));
}

static void
take_date(const struct ex_exmap_values *v, int field, const char *name,
    struct ex_exmap_bits *b)
{
	struct ex_str s = v->v[field];

	if (s.p == NULL)
		return;
	if (ex_str_starts(s, "1604-"))
		s = ex_arena_fmt(b->a, "--%.*s", 5, s.p + 5);
	ex_exmap_put(b, name, name, "date-and-or-time", s);
}

static void
fill_gender(struct ex_exmap_bits *b, struct ex_exmap_values *v)
{
	struct ex_exmap_bit *bit = ex_exmap_free(b, "gender");
	struct ex_str s = bit == NULL ? EX_STR_NONE :
	    ex_exmap_part(bit->prop, 0, "", b->a);

	/* "PidTagGender Canonical Property" */
	if (s.p != NULL && ex_str_is_nocase(s, "f"))
		v->v[EX_FLD_EXTENDED + 5] = EX_STR("1");
	else if (s.p != NULL && ex_str_is_nocase(s, "m"))
		v->v[EX_FLD_EXTENDED + 5] = EX_STR("2");
	else
		return;
	bit->slot = EX_STR("gender");
}

static void
take_gender(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	struct ex_str s = v->v[EX_FLD_EXTENDED + 5];

	if (ex_str_is(s, "1") || ex_str_is(s, "2"))
		ex_exmap_put(b, "gender", "gender", "text",
		    ex_str_is(s, "1") ? EX_STR("F") : EX_STR("M"));
}

static struct ex_str
clean_text(const struct ex_prop *p, struct ex_arena *a)
{
	struct ex_str s = ex_exmap_text(p, a);

	return s.p == NULL ? s : ex_exmap_clean(s, false, a);
}

/* The next of that name, if RELATED: one in words of that type. */
static struct ex_exmap_bit *
relative(struct ex_exmap_bits *b, const char *name, const char *type,
    size_t *i)
{
	struct ex_exmap_bit *bit;

	while ((bit = ex_exmap_free_next(b, name, i)) != NULL)
		if (!ex_str_is(bit->prop->name, "related") ||
		    (ex_str_is(bit->prop->type, "text") &&
		    ex_exmap_has_type(bit->prop, type)))
			break;
	return bit;
}

/* RELATED, then what older cards have for it. */
static void
fill_relatives(struct ex_exmap_bits *b, struct ex_exmap_values *v)
{
	static const char *const spouse[] = { "related", "x-ms-spouse",
	    "x-evolution-spouse", "x-spouse" };
	static const char *const child[] = { "related", "x-ms-child" };
	struct ex_buf all = EX_BUF_INIT;
	struct ex_exmap_bit *bit = NULL;
	struct ex_str s;
	size_t i, k;

	for (k = 0; k < N(spouse) && bit == NULL; k++) {
		i = b->from;
		if ((bit = relative(b, spouse[k], "spouse", &i)) == NULL)
			continue;
		bit->slot = EX_STR("spouse");
		v->v[EX_FLD_SPOUSE] = clean_text(bit->prop, b->a);
	}
	for (k = 0; k < N(child); k++)
		for (i = b->from; (bit = relative(b, child[k], "child",
		    &i)) != NULL; ) {
			bit->slot = EX_STR("children");
			if ((s = clean_text(bit->prop, b->a)).p == NULL)
				continue;
			if (all.n > 0)
				ex_buf_putc(&all, '\n');
			ex_buf_str(&all, s);
		}
	v->v[EX_FLD_CHILDREN] = ex_exmap_lines_of(&all, b->a);
}

static void
take_relatives(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	struct ex_json *j = ex_exmap_lines(v->v[EX_FLD_CHILDREN], b->a);
	struct ex_prop *p;

	if (v->v[EX_FLD_SPOUSE].p != NULL) {
		p = ex_exmap_put(b, "spouse", "related", "text",
		    v->v[EX_FLD_SPOUSE]);
		ex_exmap_set_types(p, "spouse", b->a);
	}
	for (; j != NULL; j = j->next) {
		p = ex_exmap_put(b, "children", "related", "text", j->text);
		ex_exmap_set_types(p, "child", b->a);
	}
}

static void
fill_plain(struct ex_exmap_bits *b, const struct plain *p,
    struct ex_exmap_values *v)
{
	const char *const *alias;
	struct ex_exmap_bit *bit;

	ex_exmap_fill_text(b, p->field, p->name, v);
	for (alias = p->alias; *alias != NULL &&
	    v->v[p->field].p == NULL; alias++) {
		if ((bit = ex_exmap_free(b, *alias)) == NULL)
			continue;
		bit->slot = ex_str_of(p->name);
		v->v[p->field] = clean_text(bit->prop, b->a);
	}
}

int
ex_exmap_contact_fill(const struct ex_comp *card, struct ex_exmap_bits *b,
    const struct ex_exmap_values *was, struct ex_exmap_values *v,
    struct ex_err *err)
{
	struct ex_str kind = ex_prop_text(ex_comp_prop(card, "kind"));
	size_t i;

	if (kind.p != NULL && ex_str_is_nocase(kind, "group"))
		return ex_err_set(err, EX_ERR_INPUT,
		    "KIND: a group is no contact in Exchange");
	ex_exmap_common_fill(b, EX_KIND_CONTACTS, was, v);
	fill_n(b, v);
	fill_org(b, v);
	fill_fn(card, b, v);
	fill_file_as(b, was, v);
	ex_exmap_fill_text(b, EX_FLD_NICKNAME, "nickname", v);
	for (i = 0; i < N(plain); i++)
		fill_plain(b, &plain[i], v);
	fill_date(b, EX_FLD_BDAY, "bday", v);
	fill_date(b, EX_FLD_WEDDING, "anniversary", v);
	fill_gender(b, v);
	fill_relatives(b, v);
	ex_exmap_ways_fill(b, was, v);
	return 0;
}

void
ex_exmap_contact_take(const struct ex_exmap_values *v,
    struct ex_exmap_bits *b)
{
	size_t i;

	ex_exmap_common_take(v, EX_KIND_CONTACTS, b);
	take_n(v, b);
	take_org(v, b);
	ex_exmap_take_text(v, EX_FLD_FN, "fn", b);
	if (!is_made(v))
		ex_exmap_take_text(v, EX_FLD_FILEAS, "x-evolution-file-as",
		    b);
	ex_exmap_take_text(v, EX_FLD_NICKNAME, "nickname", b);
	for (i = 0; i < N(plain); i++)
		ex_exmap_take_text(v, plain[i].field, plain[i].name, b);
	take_date(v, EX_FLD_BDAY, "bday", b);
	take_date(v, EX_FLD_WEDDING, "anniversary", b);
	take_gender(v, b);
	take_relatives(v, b);
	ex_exmap_ways_take(v, b);
	if (v->v[EX_FLD_MODIFIED].p != NULL)
		ex_exmap_put(b, "rev", "rev", "timestamp",
		    v->v[EX_FLD_MODIFIED]);
}
