/*
 * recover.c: what an open write made of an item  (ring.md 2, Recovery)
 *
 *	open	base				shadow
 *	create	sent less what now lacks	the same
 *	update	takes the values that are ours	likewise
 */
#include <ex/canon.h>
#include <ex/delta.h>
#include <ex/err.h>
#include <ex/rule.h>

#include "priv.h"

int
ex_diff_body(const struct diff_entry *x, struct ex_str hash,
    struct ex_str *json)
{
	return ex_snap_body(x->d->snap, x->e->uid, hash, &x->d->line, json,
	    x->err);
}

/* A version as an item; empty: NULL. */
static int
load(const struct diff_entry *x, const struct diff_version *v,
    const struct ex_item **out)
{
	struct ex_item *item = ex_arena_alloc(&x->d->line, sizeof(*item));
	struct ex_str json = v->json, hash;

	*out = NULL;
	if (json.p == NULL) {
		hash = v->given ? v->hash : x->e->master;
		if (hash.n == 0)
			return 0;
		if (ex_diff_body(x, hash, &json) == -1)
			return -1;
	}
	*out = item;
	return ex_item_parse(json, &x->d->line, item, x->err);
}

static void
made(const struct diff_entry *x, const struct ex_item *item,
    struct diff_version *v)
{
	struct ex_buf b = EX_BUF_INIT;

	v->given = true;
	v->hash = EX_STR("");
	v->json = EX_STR_NONE;
	if (item != NULL) {
		char hex[EX_HASH_HEX];

		ex_canon_hash(x->d->canon, item, EX_CANON_HASH, hex);
		v->hash = ex_arena_str(&x->d->line, ex_str_of(hex));
		ex_item_write(&b, item);
		v->json = ex_arena_str(&x->d->line, ex_buf_get(&b));
		ex_buf_fini(&b);
	}
	if (ex_str_eq(v->hash, x->e->master))
		*v = (struct diff_version){ false, EX_STR_NONE, EX_STR_NONE };
}

/* What an open intent's write made of base and shadow (ring.md, Recovery). */
int
ex_diff_recover(const struct diff_entry *x, const struct ex_snap_intent *in,
    struct diff_side *s)
{
	struct diff_version sent = { true, in->sent, EX_STR_NONE };
	struct diff_version now = { true, EX_STR_NONE, s->now };
	const struct ex_item *si, *ni, *base, *shadow, *b2, *s2;
	struct ex_diff *d = x->d;

	if (load(x, &sent, &si) == -1 || load(x, &now, &ni) == -1 ||
	    load(x, &s->base, &base) == -1 ||
	    load(x, &s->shadow, &shadow) == -1)
		return -1;
	if (in->op == EX_SNAP_CREATE_OP) {
		b2 = s2 = ex_delta_less(d->canon, &d->line, si, ni);
		if (!EX_RULE("no-removals"))
			b2 = s2 = si;
	} else if (!EX_RULE("property-by-property")) {
		b2 = s2 = si;
	} else {
		b2 = ex_delta_ours(d->canon, &d->line, base, shadow, si, ni);
		s2 = ex_delta_ours(d->canon, &d->line, shadow, shadow, si,
		    ni);
	}
	made(x, b2, &s->base);
	made(x, s2, &s->shadow);
	return 0;
}
