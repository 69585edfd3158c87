/*
 * exmapread.c: our property exover, read (exmapover.c says what is in it)
 *
 * It is not trusted: what an entry holds is checked as any item of others.
 */
#include <ex/arena.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/line.h>

#include "exmap.h"

static struct ex_json *
array_of(struct ex_arena *a, const struct ex_json *j)
{
	struct ex_json *array = ex_json_new(a, EX_JSON_ARRAY);

	if (j != NULL && j->type == EX_JSON_ARRAY)
		array->child = j->child;
	return array;
}

/* What an entry holds, checked as any item of others is. */
static struct ex_comp *
held(const struct ex_json *e, struct ex_arena *a)
{
	struct ex_json *root = ex_json_new(a, EX_JSON_ARRAY);
	struct ex_item item;
	struct ex_err err;

	ex_json_add(root, ex_json_text(a, EX_STR("vcalendar")));
	ex_json_add(root, array_of(a, ex_json_get(e, "p")));
	ex_json_add(root, array_of(a, ex_json_get(e, "c")));
	return ex_item_of_json(root, a, &item, &err) == -1 ? NULL :
	    item.root;
}

/* Its only property is written without a value. */
static bool
is_bare(const struct ex_json *e)
{
	const struct ex_json *p = ex_json_get(e, "p"), *c;

	if (p == NULL || p->child == NULL || p->child->next != NULL)
		return false;
	for (c = p->child->child; c != NULL && c->next != NULL; c = c->next)
		;
	c = p->child->child;
	return c != NULL && c->next != NULL && c->next->next != NULL &&
	    c->next->next->next == NULL;
}

static void
add_held(struct ex_exmap_bits *b, struct ex_str at, struct ex_str slot,
    const struct ex_comp *c)
{
	struct ex_str here = b->at;
	size_t i;

	b->at = at;
	for (i = 0; i < c->nprop + c->ncomp; i++) {
		if (i < c->nprop)
			ex_exmap_bit_prop(b, slot, c->prop[i]);
		else
			ex_exmap_bit_comp(b, slot, c->comp[i - c->nprop]);
		if (slot.p != NULL)
			ex_exmap_slot_add(b);
	}
	b->at = here;
}

/*
 * The value of the field with the parameters that were kept: not those that
 * say again what the address is.
 */
static void
keep_params(struct ex_prop *p, const struct ex_prop *kept,
    struct ex_arena *a)
{
	static const char *const names[] = { "email", "tel", "impp", "url",
	    "adr" };
	struct ex_prop old = *p;
	struct ex_str name;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (ex_str_is(p->name, names[i]))
			break;
	if (i == sizeof(names) / sizeof(*names) ||
	    !ex_str_eq(p->name, kept->name))
		return;
	p->param = NULL;
	p->nparam = 0;
	for (i = 0; i < kept->nparam; i++) {
		name = kept->param[i].name;
		if (!ex_str_is(name, "label") && !ex_str_is(name, "geo"))
			ex_prop_add_param(a, p, name, kept->param[i].value,
			    kept->param[i].nvalue);
	}
	for (i = 0; i < old.nparam; i++)
		if (!ex_str_is(old.param[i].name, "type"))
			if (ex_prop_param(p, "pref") == NULL)
				ex_prop_add_param(a, p, old.param[i].name,
				    old.param[i].value, old.param[i].nvalue);
}

static void
apply_entry(const struct ex_json *e, struct ex_exmap_bits *b)
{
	struct ex_str at = ex_json_get_str(e, "at");
	struct ex_str slot = ex_json_get_str(e, "s");
	struct ex_comp *c = held(e, b->a);
	struct ex_exmap_bit *plain;
	struct ex_str text;

	if (c == NULL)
		return;
	if (at.p == NULL)
		at = EX_STR("");
	if (slot.p == NULL) {
		/* the mailbox's owner is not who the item says */
		if (ex_comp_prop(c, "organizer") != NULL)
			ex_exmap_slot_clear(b, at, EX_STR("organizer"));
		add_held(b, at, slot, c);
		return;
	}
	plain = ex_exmap_only_in(b, at, slot);
	text = ex_exmap_slot_text(b, at, slot, b->a);
	if (!ex_str_eq(ex_json_get_str(e, "w"), ex_exmap_digest(text,
	    b->a))) {
		if (plain != NULL && c->nprop == 1)
			keep_params(plain->prop, c->prop[0], b->a);
		return;
	}
	if (is_bare(e) && plain != NULL)
		c->prop[0]->value = plain->prop->value;
	/* in its place: the order of e-mail addresses is one that people see */
	if (plain != NULL && c->nprop == 1 && c->ncomp == 0 &&
	    !ex_str_is(slot, "state")) {
		plain->prop = c->prop[0];
		return;
	}
	ex_exmap_slot_clear(b, at, slot);
	if (ex_str_is(slot, "state"))
		ex_exmap_slot_clear(b, at, EX_STR("completed"));
	add_held(b, at, slot, c);
}

struct ex_json *
ex_exmap_over_parse(struct ex_str over, struct ex_arena *a)
{
	struct ex_json *j;
	struct ex_str text;
	struct ex_err err;

	if (over.n == 0 || over.n > 2UL * EX_CAP_EX_OVER ||
	    ex_line_base64_decode(over, a, &text) == -1 ||
	    ex_json_parse(text, a, &j, &err) == -1 ||
	    j->type != EX_JSON_ARRAY)
		return NULL;
	return j;
}

void
ex_exmap_over_zones(const struct ex_json *over, struct ex_exmap_zones *z)
{
	const struct ex_json *e = over == NULL ? NULL : over->child;

	z->start = e == NULL ? EX_STR_NONE : ex_json_get_str(e, "start");
	z->end = e == NULL ? EX_STR_NONE : ex_json_get_str(e, "end");
}

void
ex_exmap_over_apply(const struct ex_json *over,
    struct ex_exmap_bits *plain)
{
	const struct ex_json *e = over == NULL ? NULL : over->child;

	ex_exmap_slots(plain);
	for (; e != NULL; e = e->next)
		if (ex_json_get(e, "p") != NULL || ex_json_get(e, "c") != NULL)
			apply_entry(e, plain);
}
