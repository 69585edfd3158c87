/*
 * key.c: what items of a first run may be matched by
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/key.h>
#include <ex/show.h>
#include <ex/text.h>

/* Letters and digits, lower case, words parted by one blank. */
static void
words(struct ex_buf *b, struct ex_str s)
{
	size_t i, start = b->n;
	unsigned char c;

	for (i = 0; i < s.n; i++) {
		c = (unsigned char)s.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		if (c >= 0x80 || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9'))
			ex_buf_putc(b, (char)c);
		else if (b->n > start && b->p[b->n - 1] != ' ')
			ex_buf_putc(b, ' ');
	}
	while (b->n > start && b->p[b->n - 1] == ' ')
		b->n--;
}

/* Digits, with a plus in front or not: the last nine tell phones apart. */
static void
phone(struct ex_buf *b, struct ex_str s)
{
	char digit[9];
	size_t i, n = 0;

	for (i = s.n; i > 0 && n < sizeof(digit); i--)
		if (s.p[i - 1] >= '0' && s.p[i - 1] <= '9')
			digit[n++] = s.p[i - 1];
	while (n > 0)
		ex_buf_putc(b, digit[--n]);
}

/* The first property of that name in a master component. */
static struct ex_str
value(const struct ex_item *item, const char *name)
{
	const struct ex_comp *c = item->root;
	const struct ex_prop *p;
	size_t i;

	if (item->kind != EX_KIND_CONTACTS) {
		c = NULL;
		for (i = 0; i < item->root->ncomp && c == NULL; i++)
			if (ex_kind_of_comp(item->root->comp[i]->name) ==
			    item->kind)
				c = item->root->comp[i];
	}
	if (c == NULL || (p = ex_comp_prop(c, name)) == NULL)
		return EX_STR_NONE;
	return ex_prop_text(p);
}

/* Family and given name, as libvformat sees them; else FN. */
static void
name_key(struct ex_buf *b, const struct ex_item *item, struct ex_arena *a)
{
	struct ex_str family = ex_vf_field(item, "n", 0, a);
	struct ex_str given = ex_vf_field(item, "n", 1, a);

	if (family.n + given.n == 0) {
		words(b, value(item, "fn"));
		return;
	}
	words(b, given);
	ex_buf_putc(b, ' ');
	words(b, family);
}

static const struct {
	const char *key, *prop;
} props[] = {
	{ "email", "email" }, { "org", "org" }, { "birthday", "bday" },
	{ "summary", "summary" }, { "start", "dtstart" }, { "end", "dtend" },
	{ "due", "due" }, { "location", "location" }
};

#define NPROPS (sizeof(props) / sizeof(props[0]))

static void
one(struct ex_buf *b, const struct ex_item *item, struct ex_str key,
    struct ex_arena *a)
{
	size_t i;

	if (ex_str_is(key, "name"))
		name_key(b, item, a);
	else if (ex_str_is(key, "phone"))
		phone(b, value(item, "tel"));
	else if (ex_str_is(key, "org"))
		words(b, ex_vf_field(item, "org", 0, a));
	else
		for (i = 0; i < NPROPS; i++)
			if (ex_str_is(key, props[i].key))
				words(b, value(item, props[i].prop));
}

static bool
next_key(struct ex_str *keys, struct ex_str *key)
{
	const char *plus;

	if (keys->p == NULL)
		return false;
	plus = memchr(keys->p, '+', keys->n);
	*key = *keys;
	if (plus == NULL) {
		*keys = EX_STR_NONE;
	} else {
		key->n = (size_t)(plus - keys->p);
		keys->p = plus + 1;
		keys->n -= key->n + 1;
	}
	return true;
}

int
ex_key_check(struct ex_str keys, struct ex_err *err)
{
	struct ex_str key;
	size_t i;

	while (next_key(&keys, &key)) {
		for (i = 0; i < NPROPS; i++)
			if (ex_str_is(key, props[i].key))
				break;
		if (i == NPROPS && !ex_str_is(key, "name") &&
		    !ex_str_is(key, "phone"))
			return ex_err_set(err, EX_ERR_INPUT, "-m: keys are "
			    "name, email, phone, org, birthday, summary, "
			    "start, end, due and location, not \"%.*s\"",
			    EX_STR_ARG(key));
	}
	return 0;
}

struct ex_str
ex_key_of(const struct ex_item *item, struct ex_str keys, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str key, out = EX_STR_NONE;
	size_t before;
	bool whole = true;

	while (next_key(&keys, &key)) {
		before = b.n;
		one(&b, item, key, a);
		whole = whole && b.n > before;
		ex_buf_putc(&b, '\n');
	}
	if (whole)
		out = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return out;
}
