/*
 * jsontree.c: JSON trees made by hand, and asked
 */
#include <stdbool.h>
#include <stddef.h>

#include <ex/arena.h>
#include <ex/json.h>

struct ex_json *
ex_json_new(struct ex_arena *a, enum ex_json_type type)
{
	struct ex_json *j = ex_arena_alloc(a, sizeof(*j));

	j->type = type;
	return j;
}

struct ex_json *
ex_json_text(struct ex_arena *a, struct ex_str s)
{
	struct ex_json *j = ex_json_new(a, EX_JSON_STRING);

	j->text = s;
	return j;
}

struct ex_json *
ex_json_int(struct ex_arena *a, long long n)
{
	struct ex_json *j = ex_json_new(a, EX_JSON_NUMBER);

	j->text = ex_arena_fmt(a, "%lld", n);
	return j;
}

void
ex_json_add(struct ex_json *parent, struct ex_json *child)
{
	struct ex_json **tail = &parent->child;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = child;
}

void
ex_json_put(struct ex_json *object, const char *key, struct ex_json *child)
{
	child->key = ex_str_of(key);
	ex_json_add(object, child);
}

const struct ex_json *
ex_json_get(const struct ex_json *j, const char *key)
{
	const struct ex_json *m;

	if (j == NULL || j->type != EX_JSON_OBJECT)
		return NULL;
	for (m = j->child; m != NULL; m = m->next)
		if (ex_str_is(m->key, key))
			return m;
	return NULL;
}

struct ex_str
ex_json_get_str(const struct ex_json *j, const char *key)
{
	const struct ex_json *m = ex_json_get(j, key);

	return m != NULL && m->type == EX_JSON_STRING ? m->text :
	    EX_STR_NONE;
}

long long
ex_json_get_int(const struct ex_json *j, const char *key, long long otherwise)
{
	const struct ex_json *m = ex_json_get(j, key);
	struct ex_str s;
	bool negative;
	long long n;

	if (m == NULL || m->type != EX_JSON_NUMBER || m->text.n == 0)
		return otherwise;
	s = m->text;
	negative = s.p[0] == '-';
	s.p += negative;
	s.n -= negative;
	if ((n = ex_str_number(s)) == -1)
		return otherwise;
	return negative ? -n : n;
}

bool
ex_json_get_true(const struct ex_json *j, const char *key)
{
	const struct ex_json *m = ex_json_get(j, key);

	return m != NULL && m->type == EX_JSON_TRUE;
}

bool
ex_json_eq(const struct ex_json *a, const struct ex_json *b)
{
	const struct ex_json *x, *y;

	if (a == NULL || b == NULL)
		return a == b;
	if (a->type != b->type)
		return false;
	if ((a->type == EX_JSON_STRING || a->type == EX_JSON_NUMBER) &&
	    !ex_str_eq(a->text, b->text))
		return false;
	for (x = a->child, y = b->child; x != NULL && y != NULL;
	    x = x->next, y = y->next)
		if ((a->type == EX_JSON_OBJECT &&
		    !ex_str_eq(x->key, y->key)) || !ex_json_eq(x, y))
			return false;
	return x == NULL && y == NULL;
}
