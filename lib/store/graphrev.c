/*
 * graphrev.c: which version of an item it is
 *
 *	contact, single event	its changeKey
 *	todoTask		its etag: W/"REV"
 *	series			its changeKey, a '.', and a sum of the ids
 *				and changeKeys of the occurrences that were
 *				changed, and of the ids of those cancelled
 *
 * Every time an event is changed, its changeKey is ("event resource type");
 * that a series' changes with an occurrence of it is said nowhere, so they
 * are looked at, too.
 */
#include <string.h>

#include <ex/sum.h>

#include "graphpriv.h"

/* As deep as JSON may be, which is capped. */
struct ex_json *
ex_graph_copy(const struct ex_json *j, struct ex_arena *a)
{
	struct ex_json *to = ex_json_new(a, j->type), **end = &to->child;
	const struct ex_json *c;

	to->key = ex_arena_str(a, j->key);
	to->text = ex_arena_str(a, j->text);
	for (c = j->child; c != NULL; c = c->next) {
		*end = ex_graph_copy(c, a);
		end = &(*end)->next;
	}
	return to;
}

bool
ex_graph_is_series(const struct ex_json *item)
{
	return ex_str_is(ex_json_get_str(item, "type"), "seriesMaster");
}

/* Base64 has no '.'. */
bool
ex_graph_rev_is_series(struct ex_str rev)
{
	return rev.n > 0 && memchr(rev.p, '.', rev.n) != NULL;
}

static struct ex_str
key_of(const struct ex_json *item)
{
	struct ex_str key = ex_json_get_str(item, "changeKey");
	struct ex_str etag = ex_json_get_str(item, "@odata.etag");

	if (key.n > 0)
		return key;
	if (ex_str_starts(etag, "W/")) {
		etag.p += 2;
		etag.n -= 2;
	}
	if (etag.n > 2 && etag.p[0] == '"' && etag.p[etag.n - 1] == '"')
		return (struct ex_str){ etag.p + 1, etag.n - 2 };
	return etag.n > 0 ? etag : EX_STR_NONE;
}

static void
add(struct ex_sum *sum, struct ex_str id, struct ex_str key)
{
	struct ex_buf b = EX_BUF_INIT;

	ex_buf_str(&b, id);
	ex_buf_putc(&b, ' ');
	ex_buf_str(&b, key);
	ex_sum_line(sum, b.p, b.n);
	ex_buf_fini(&b);
}

struct ex_str
ex_graph_rev(const struct ex_json *item, struct ex_arena *a)
{
	const struct ex_json *changed = ex_json_get(item,
	    "exceptionOccurrences"), *gone = ex_json_get(item,
	    "cancelledOccurrences"), *c;
	struct ex_sum sum = EX_SUM_INIT;
	struct ex_str key = key_of(item);
	char hex[EX_SUM_HEX];

	if (key.p == NULL || !ex_graph_is_series(item))
		return ex_arena_str(a, key);
	for (c = changed != NULL ? changed->child : NULL; c != NULL;
	    c = c->next)
		add(&sum, ex_json_get_str(c, "id"), key_of(c));
	for (c = gone != NULL ? gone->child : NULL; c != NULL; c = c->next)
		add(&sum, c->text, EX_STR(""));
	ex_sum_hex(&sum, hex);
	return ex_arena_fmt(a, "%.*s.%.16s", EX_STR_ARG(key), hex);
}
