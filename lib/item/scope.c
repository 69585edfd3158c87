/*
 * scope.c: which items take part, and the digest of that choice
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/diag.h>
#include <ex/scope.h>

/* mailto:A@B and a@b are one address. */
static struct ex_str
address(struct ex_str s)
{
	static const char scheme[] = "mailto:";
	const size_t n = sizeof(scheme) - 1;

	if (s.n >= n && ex_str_is_nocase((struct ex_str){ s.p, n }, scheme)) {
		s.p += n;
		s.n -= n;
	}
	return s;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int
address_cmp(struct ex_str a, struct ex_str b)
{
	size_t i;

	a = address(a);
	b = address(b);
	for (i = 0; i < a.n && i < b.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return (unsigned char)lower(a.p[i]) <
			    (unsigned char)lower(b.p[i]) ? -1 : 1;
	return (a.n > b.n) - (a.n < b.n);
}

static bool
is_owner(const struct ex_scope *s, struct ex_str who)
{
	size_t i;

	for (i = 0; i < s->nowner; i++)
		if (address_cmp(s->owner[i], who) == 0)
			return true;
	return false;
}

/* Has a server reason to mail somebody about this component? */
static bool
is_meeting(const struct ex_scope *s, const struct ex_comp *c)
{
	const struct ex_prop *p;
	size_t i;

	for (i = 0; i < c->nprop; i++) {
		p = c->prop[i];
		if (ex_str_is(p->name, "attendee"))
			return true;
		if (ex_str_is(p->name, "organizer") && s->nowner > 0 &&
		    !is_owner(s, ex_prop_text(p)))
			return true;
	}
	return false;
}

/* RFC 5545, 3.8.1.3: a class that is not known is PRIVATE. */
static bool
is_private(const struct ex_comp *c)
{
	struct ex_str class = ex_prop_text(ex_comp_prop(c, "class"));

	return class.n > 0 && !ex_str_is_nocase(class, "public");
}

const char *
ex_scope_why(const struct ex_scope *s, const struct ex_item *item)
{
	const struct ex_comp *root = item->root, *c;
	bool meeting = false, private = is_private(root);
	size_t i;

	for (i = 0; i < root->ncomp; i++) {
		c = root->comp[i];
		if (ex_kind_of_comp(c->name) == EX_KIND_NONE)
			continue;
		meeting |= is_meeting(s, c);
		private |= is_private(c);
	}
	if (meeting && s->meetings == EX_MEETINGS_SKIP)
		return "meeting";
	return private && s->skip_private ? "private" : NULL;
}

static struct ex_comp *
strip(const struct ex_comp *c, struct ex_arena *a)
{
	struct ex_comp *to = ex_arena_alloc(a, sizeof(*to));
	size_t i;

	*to = *c;
	to->prop = ex_arena_array(a, c->nprop, sizeof(*to->prop));
	to->nprop = 0;
	for (i = 0; i < c->nprop; i++)
		if (!ex_str_is(c->prop[i]->name, "attendee") &&
		    !ex_str_is(c->prop[i]->name, "organizer"))
			to->prop[to->nprop++] = c->prop[i];
	return to;
}

struct ex_item
ex_scope_strip(const struct ex_item *item, struct ex_arena *a)
{
	struct ex_item to = *item;
	const struct ex_comp *root = item->root;
	size_t i;

	to.root = ex_arena_alloc(a, sizeof(*to.root));
	*to.root = *root;
	to.root->comp = ex_arena_array(a, root->ncomp,
	    sizeof(*to.root->comp));
	for (i = 0; i < root->ncomp; i++)
		to.root->comp[i] = ex_kind_of_comp(root->comp[i]->name) ==
		    EX_KIND_NONE ? root->comp[i] : strip(root->comp[i], a);
	return to;
}

static int
by_address(const void *a, const void *b)
{
	return address_cmp(*(const struct ex_str *)a,
	    *(const struct ex_str *)b);
}

/* The owners, whatever their order, case and number of mentions. */
static void
add_owners(struct ex_buf *b, const struct ex_scope *s)
{
	struct ex_str *v, a;
	size_t i, k;

	if (s->nowner == 0)
		return;
	if ((v = calloc(s->nowner, sizeof(*v))) == NULL)
		ex_diag_oom();
	memcpy(v, s->owner, s->nowner * sizeof(*v));
	qsort(v, s->nowner, sizeof(*v), by_address);
	for (i = 0; i < s->nowner; i++) {
		if (i > 0 && address_cmp(v[i - 1], v[i]) == 0)
			continue;
		ex_buf_puts(b, "owner ");
		a = address(v[i]);
		for (k = 0; k < a.n; k++)
			ex_buf_putc(b, lower(a.p[k]));
		ex_buf_putc(b, '\n');
	}
	free(v);
}

void
ex_scope_digest(const struct ex_scope *s, struct ex_str window,
    char hex[EX_HASH_HEX])
{
	static const char *const meetings[] = {
		[EX_MEETINGS_SKIP] = "skip",
		[EX_MEETINGS_STRIP] = "strip",
		[EX_MEETINGS_KEEP] = "keep",
	};
	struct ex_buf b = EX_BUF_INIT;
	struct ex_hash *h = ex_hash_new();

	ex_buf_fmt(&b, "meetings %s\n", meetings[s->meetings]);
	if (s->skip_private)
		ex_buf_puts(&b, "private skip\n");
	add_owners(&b, s);
	if (window.p != NULL) {
		ex_buf_puts(&b, "window ");
		ex_buf_str(&b, window);
		ex_buf_putc(&b, '\n');
	}
	ex_hash_hex(h, b.p, b.n, hex);
	ex_hash_free(h);
	ex_buf_fini(&b);
}
