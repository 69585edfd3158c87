/*
 * xmltree.c: an XML element with all that is in it, in an arena
 */
#include <stdint.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/xmltree.h>

static struct ex_xml_name
copy_name(struct ex_arena *a, struct ex_xml_name name)
{
	return (struct ex_xml_name){ ex_arena_str(a, name.ns),
	    ex_arena_str(a, name.local) };
}

void
ex_xml_tree_start(struct ex_xml_tree *t, struct ex_xml_name name,
    const struct ex_xml_attr *attr, size_t nattr)
{
	struct ex_xml_node *n = ex_arena_alloc(t->arena, sizeof(*n));
	struct ex_xml_attr *to = ex_arena_array(t->arena, nattr, sizeof(*to));

	for (size_t i = 0; i < nattr; i++) {
		to[i].name = copy_name(t->arena, attr[i].name);
		to[i].value = ex_arena_str(t->arena, attr[i].value);
	}
	n->name = copy_name(t->arena, name);
	n->attr = to;
	n->nattr = nattr;
	n->text = EX_STR("");
	n->parent = t->at;
	if (t->root == NULL)
		t->root = n;
	else if (t->last != NULL)
		t->last->next = n;
	else if (t->at != NULL)
		t->at->child = n;
	t->at = n;
	t->last = NULL;
}

/* The room that n bytes of text lie in. */
static size_t
room_of(size_t n)
{
	size_t room = n > 0 ? 16 : 0;

	while (room < n)
		room *= 2;
	return room;
}

/* A part goes behind the last one while there is room, which doubles. */
void
ex_xml_tree_text(struct ex_xml_tree *t, struct ex_str part)
{
	struct ex_xml_node *n = t->at;
	size_t room;
	char *p;

	if (n == NULL || part.n == 0)
		return;
	room = room_of(n->text.n + part.n);
	if (room == room_of(n->text.n)) {
		p = (char *)(uintptr_t)n->text.p;
	} else {
		p = ex_arena_bytes(t->arena, room);
		memcpy(p, n->text.p, n->text.n);
	}
	memcpy(p + n->text.n, part.p, part.n);
	n->text = (struct ex_str){ p, n->text.n + part.n };
}

bool
ex_xml_tree_end(struct ex_xml_tree *t)
{
	t->last = t->at;
	t->at = t->at != NULL ? t->at->parent : NULL;
	return t->at == NULL;
}

static int
on_start(void *arg, struct ex_xml_name name, const struct ex_xml_attr *attr,
    size_t nattr, struct ex_err *err)
{
	(void)err;
	ex_xml_tree_start(arg, name, attr, nattr);
	return 0;
}

static int
on_text(void *arg, struct ex_str part, struct ex_err *err)
{
	(void)err;
	ex_xml_tree_text(arg, part);
	return 0;
}

static int
on_end(void *arg, struct ex_xml_name name, struct ex_err *err)
{
	(void)name;
	(void)err;
	ex_xml_tree_end(arg);
	return 0;
}

struct ex_xml_node *
ex_xml_tree_parse(struct ex_str text, bool lenient, struct ex_arena *a,
    struct ex_err *err)
{
	static const struct ex_xml_ops ops = { on_start, on_text, on_end };
	struct ex_xml_tree t = { .arena = a };
	struct ex_xml *x = ex_xml_new(&ops, &t, lenient);
	int got = ex_xml_feed(x, text, err);

	if (got == 0)
		got = ex_xml_finish(x, err);
	ex_xml_free(x);
	return got == 0 ? t.root : NULL;
}

struct ex_xml_node *
ex_xml_child(const struct ex_xml_node *n, const char *local)
{
	struct ex_xml_node *c = n != NULL ? n->child : NULL;

	while (c != NULL && !ex_str_is(c->name.local, local))
		c = c->next;
	return c;
}

struct ex_str
ex_xml_child_text(const struct ex_xml_node *n, const char *local)
{
	const struct ex_xml_node *c = ex_xml_child(n, local);

	return c != NULL ? c->text : EX_STR_NONE;
}

struct ex_str
ex_xml_attr_of(const struct ex_xml_node *n, const char *local)
{
	for (size_t i = 0; n != NULL && i < n->nattr; i++)
		if (ex_str_is(n->attr[i].name.local, local))
			return n->attr[i].value;
	return EX_STR_NONE;
}
