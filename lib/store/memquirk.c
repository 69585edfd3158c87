/*
 * memquirk.c: what a mem: store makes of an item that it is given
 *
 *	drop=NAME	properties of that name are lost
 *	upper=NAME	their text comes back in capitals
 *	add=NAME:VALUE	each item is given that property, once
 *	nouid		UIDs are lost
 */
#include <string.h>

#include <ex/cap.h>
#include <ex/json.h>
#include <ex/text.h>

#include "priv.h"

/* The property of the quirk's name. */
static bool
named(const struct ex_prop *p, struct ex_str name)
{
	size_t i;

	if (p->name.n != name.n)
		return false;
	for (i = 0; i < name.n; i++)
		if ((p->name.p[i] | 0x20) != (name.p[i] | 0x20))
			return false;
	return true;
}

static bool
dropped(const struct ex_mem *m, const struct ex_prop *p)
{
	struct ex_str name;
	size_t from = 0;

	while ((name = ex_mem_quirk(m, "drop", &from)).p != NULL)
		if (named(p, name))
			return true;
	return false;
}

static void
upper(struct ex_json *v, struct ex_arena *a)
{
	char *text;
	size_t i;

	/* A structured value is one array deep. */
	for (; v != NULL; v = v->next) {
		if (v->type == EX_JSON_ARRAY && v->child != NULL &&
		    v->child->type == EX_JSON_STRING)
			upper(v->child, a);
		if (v->type != EX_JSON_STRING)
			continue;
		text = ex_arena_bytes(a, v->text.n + 1);
		for (i = 0; i < v->text.n; i++)
			text[i] = v->text.p[i] >= 'a' && v->text.p[i] <= 'z' ?
			    (char)(v->text.p[i] - 0x20) : v->text.p[i];
		v->text.p = text;
	}
}

static void
add(struct ex_comp *c, struct ex_str rule, struct ex_arena *a)
{
	const char *colon = memchr(rule.p, ':', rule.n);
	struct ex_str name, value = EX_STR("");
	size_t i;

	if (colon == NULL)
		colon = rule.p + rule.n;
	else
		value = (struct ex_str){ colon + 1,
		    (size_t)(rule.p + rule.n - colon) - 1 };
	name = ex_text_lower((struct ex_str){ rule.p,
	    (size_t)(colon - rule.p) }, a);
	for (i = 0; i < c->nprop; i++)
		if (ex_str_eq(c->prop[i]->name, name) &&
		    ex_str_eq(ex_prop_text(c->prop[i]), value))
			return;
	ex_comp_add_prop(a, c, ex_prop_new(a, name, EX_STR("text"),
	    ex_json_text(a, value)));
}

static void
change(const struct ex_mem *m, struct ex_comp *c, struct ex_arena *a,
    int depth)
{
	struct ex_str rule;
	size_t i, n = 0, from;

	for (i = 0; i < c->nprop; i++) {
		if (dropped(m, c->prop[i]))
			continue;
		from = 0;
		while ((rule = ex_mem_quirk(m, "upper", &from)).p != NULL)
			if (named(c->prop[i], rule))
				upper(c->prop[i]->value, a);
		c->prop[n++] = c->prop[i];
	}
	c->nprop = n;
	from = 0;
	while (ex_kind_of_comp(c->name) != EX_KIND_NONE &&
	    (rule = ex_mem_quirk(m, "add", &from)).p != NULL)
		add(c, rule, a);
	for (i = 0; i < c->ncomp && depth < EX_CAP_NESTING; i++)
		change(m, c->comp[i], a, depth + 1);
}

static bool
has_prop(const struct ex_comp *c, struct ex_str name, int depth)
{
	size_t i;

	for (i = 0; i < c->nprop; i++)
		if (named(c->prop[i], name))
			return true;
	for (i = 0; i < c->ncomp && depth < EX_CAP_NESTING; i++)
		if (has_prop(c->comp[i], name, depth + 1))
			return true;
	return false;
}

bool
ex_mem_refuses(const struct ex_mem *m, const struct ex_item *item)
{
	struct ex_str name;
	size_t from = 0;

	while ((name = ex_mem_quirk(m, "refuse", &from)).p != NULL)
		if (has_prop(item->root, name, 0))
			return true;
	return false;
}

struct ex_str
ex_mem_make(const struct ex_mem *m, const struct ex_item *item,
    struct ex_arena *a, struct ex_item *made)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_err ignored;
	struct ex_str data;

	/* A copy of its own, to be changed in place. */
	ex_item_write(&b, item);
	data = ex_arena_str(a, ex_buf_get(&b));
	if (ex_item_parse(data, a, made, &ignored) == 0) {
		change(m, made->root, a, 0);
		if (ex_mem_is(m, "nouid"))
			*made = ex_item_with_uid(made, EX_STR_NONE, a);
		ex_item_sort(made, a);
		ex_buf_clear(&b);
		ex_item_write(&b, made);
		data = ex_arena_str(a, ex_buf_get(&b));
	}
	ex_buf_fini(&b);
	return data;
}
