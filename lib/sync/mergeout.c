/*
 * mergeout.c: plan lines written
 */
#include <string.h>

#include <ex/canon.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/plan.h>
#include <ex/rule.h>
#include <ex/text.h>

#include "mergepriv.h"

static void
put_ver(struct merge *m, struct ex_buf *b, const char *name,
    struct merge_ver *v)
{
	if (b->n > 0 && b->p[b->n - 1] != '{')
		ex_buf_putc(b, ',');
	ex_buf_fmt(b, "\"%s\":", name);
	ex_buf_str(b, v != NULL ? merge_text(m, v) : EX_STR("null"));
}

/* Base or shadow: left out where it is what the line's master is. */
static int
put_seen_ver(struct merge *m, struct merge_line *l, struct ex_buf *b,
    const char *name, struct merge_ver *v, struct ex_err *err)
{
	bool equal;

	if (v == NULL)
		return 0;
	if (merge_equal(m, l, v, l->result, &equal, err) == -1)
		return -1;
	if (!equal)
		put_ver(m, b, name, v);
	return 0;
}

static void
put_identity(const struct merge_side *s, struct ex_buf *b)
{
	ex_json_member(b, "id", s->id);
	ex_json_member(b, "rev", s->rev);
	ex_json_member(b, "uid", s->uid);
	ex_json_member(b, "as", s->as);
}

static int
put_left(struct merge *m, struct merge_side *s, struct ex_buf *b)
{
	ex_buf_putc(b, '{');
	put_identity(s, b);
	if (s->now != NULL || s->is == MERGE_GONE)
		put_ver(m, b, "now", s->now);
	ex_buf_putc(b, '}');
	return 0;
}

static int
put_side(struct merge *m, struct merge_line *l, struct merge_side *s,
    struct ex_err *err)
{
	struct ex_buf *b = &m->out.line;

	if (l->left)
		return put_left(m, s, b);
	if (l->result == NULL ? s->id.p == NULL || s->is == MERGE_GONE :
	    s->is == MERGE_GONE && !s->left_out) {
		ex_buf_puts(b, "null");
		return 0;
	}
	ex_buf_putc(b, '{');
	if (!s->left_out)
		put_identity(s, b);
	if (put_seen_ver(m, l, b, "base", s->after, err) == -1 ||
	    put_seen_ver(m, l, b, "shadow", s->now != NULL ? s->now :
	    s->shadow, err) == -1)
		return -1;
	ex_buf_putc(b, '}');
	return 0;
}

/* Folders of which this run says something. */
static bool
is_seen(const struct merge_side *s)
{
	return s->is != MERGE_UNKNOWN && s->is != MERGE_ABSENT;
}

static int
put_seen(struct merge *m, struct merge_line *l, struct ex_err *err)
{
	struct ex_buf *b = &m->out.line;
	bool first = true;
	size_t i;

	ex_rec_name(&m->out, "seen");
	ex_buf_putc(b, '{');
	for (i = 0; i < l->nside; i++) {
		if (!is_seen(&l->side[i]))
			continue;
		if (!first)
			ex_buf_putc(b, ',');
		first = false;
		ex_json_string(b, l->side[i].name);
		ex_buf_putc(b, ':');
		if (put_side(m, l, &l->side[i], err) == -1)
			return -1;
	}
	ex_buf_putc(b, '}');
	return 0;
}

static void
put_ops(struct merge *m, const struct merge_line *l)
{
	struct ex_buf *b = &m->out.line;
	const struct merge_op *o;
	size_t i;

	ex_rec_name(&m->out, "ops");
	ex_buf_putc(b, '[');
	for (i = 0; i < l->nop; i++) {
		o = &l->op[i];
		ex_buf_puts(b, i > 0 ? ",{" : "{");
		ex_json_member(b, "op", ex_str_of(ex_plan_op_name(o->op)));
		ex_json_member(b, "folder", o->side->name);
		if (o->op == EX_WRITE_CREATE) {
			ex_json_member(b, "name", o->name);
		} else {
			ex_json_member(b, "id", o->side->id);
			ex_json_member(b, "rev", o->side->rev);
			ex_json_member(b, "uid", o->side->uid);
		}
		ex_buf_putc(b, '}');
	}
	ex_buf_putc(b, ']');
}

/* The properties of a claim: an array of jCard's or jCal's; null: none. */
static void
put_members(struct ex_buf *b, const struct ex_member *const *v, size_t n)
{
	size_t i, k;
	bool first = true;

	if (n == 0) {
		ex_buf_puts(b, "null");
		return;
	}
	ex_buf_putc(b, '[');
	for (i = 0; i < n; i++) {
		if (v[i]->whole != NULL) {
			ex_buf_puts(b, first ? "" : ",");
			ex_comp_write(b, v[i]->whole);
			first = false;
		}
		for (k = 0; k < v[i]->npart; k++) {
			ex_buf_puts(b, first ? "" : ",");
			ex_prop_write(b, v[i]->part[k].prop);
			first = false;
		}
	}
	ex_buf_putc(b, ']');
}

static const char *
policy_name(enum ex_policy p)
{
	switch (p) {
	case EX_POLICY_REPORT:
	case EX_POLICY_COMMAND:
		return "report";
	case EX_POLICY_NEWEST:
		return "newest";
	case EX_POLICY_PREFER:
		return "prefer";
	case EX_POLICY_BOTH:
		return "both";
	}
	return "";
}

static int
claim_order(const struct ex_resolve *r, const struct ex_claim *x,
    const struct ex_claim *y)
{
	return ex_str_cmp(r->editor[x->who].name, r->editor[y->who].name);
}

/* The folders by name, whatever their rank. */
static void
sort_claims(const struct ex_resolve *r, struct ex_conflict *c)
{
	struct ex_claim one;
	size_t i, k;

	for (i = 1; i < c->nclaim; i++) {
		one = c->claim[i];
		for (k = i; k > 0 && claim_order(r, &c->claim[k - 1],
		    &one) > 0; k--)
			c->claim[k] = c->claim[k - 1];
		c->claim[k] = one;
	}
}

/* Of those that have the winning value the first by name. */
static struct ex_str
winner(const struct merge_line *l, const struct ex_conflict *c)
{
	const struct ex_claim *won = NULL;
	size_t i;

	for (i = 0; i < c->nclaim; i++)
		if (c->claim[i].who == c->won)
			won = &c->claim[i];
	for (i = 0; won != NULL && i < c->nclaim; i++)
		if (ex_str_eq(c->claim[i].view, won->view))
			return l->r.editor[c->claim[i].who].name;
	return EX_STR_NONE;
}

static void
put_won(struct ex_buf *b, const struct merge_line *l, struct ex_str won,
    const char *why)
{
	if (!l->left) {
		if (won.p != NULL)
			ex_json_member(b, "won", won);
		else
			ex_buf_puts(b, ",\"won\":null");
	}
	ex_json_member(b, "why", ex_str_of(why));
	ex_buf_putc(b, '}');
}

/* The RECURRENCE-ID of an override; absent: it is none. */
static struct ex_str
instance(const struct merge_line *l, struct ex_str key)
{
	const struct ex_flat_comp *const *v = l->r.mix.comp;
	size_t i;

	for (i = 0; key.n > 0 && i < l->r.mix.ncomp; i++)
		if (ex_str_eq(v[i]->key, key))
			return ex_prop_text(ex_comp_prop(v[i]->comp,
			    "recurrence-id"));
	return EX_STR_NONE;
}

static void
put_conflict(struct merge *m, struct merge_line *l, struct ex_conflict *c,
    struct ex_str inst)
{
	struct ex_buf *b = &m->out.line;
	struct ex_str what = c->what;
	size_t i;

	if (what.n > 0 && what.p[0] == '/')
		what = (struct ex_str){ what.p + 1, what.n - 1 };
	ex_buf_putc(b, '{');
	ex_json_member(b, "what", what);
	ex_json_member(b, "instance", inst);
	ex_buf_puts(b, ",\"base\":");
	put_members(b, c->base, c->nbase);
	ex_buf_puts(b, ",\"values\":{");
	sort_claims(&l->r, c);
	for (i = 0; i < c->nclaim; i++) {
		if (i > 0)
			ex_buf_putc(b, ',');
		ex_json_string(b, l->r.editor[c->claim[i].who].name);
		ex_buf_putc(b, ':');
		put_members(b, c->claim[i].m, c->claim[i].n);
	}
	ex_buf_putc(b, '}');
	put_won(b, l, winner(l, c), policy_name(m->policy));
}

/* The item as a whole: edited here and deleted there, or merged badly. */
static void
put_item_conflict(struct merge *m, struct merge_line *l)
{
	struct ex_buf *b = &m->out.line;
	bool first = true;
	size_t i;

	ex_buf_putc(b, '{');
	ex_json_member(b, "what", EX_STR("item"));
	put_ver(m, b, "base", l->item_base);
	ex_buf_puts(b, ",\"values\":{");
	for (i = 0; i < l->nside; i++) {
		struct merge_side *s = &l->side[i];

		if (s->d == NULL && s->is != MERGE_GONE)
			continue;
		if (!first)
			ex_buf_putc(b, ',');
		first = false;
		ex_json_string(b, s->name);
		ex_buf_putc(b, ':');
		ex_buf_str(b, s->d != NULL ? merge_text(m, s->now) :
		    EX_STR("null"));
	}
	ex_buf_putc(b, '}');
	if (l->problem.p != NULL)
		ex_json_member(b, "problem", l->problem);
	put_won(b, l, l->item_won, l->item_why.p);
}

static void
put_conflicts(struct merge *m, struct merge_line *l)
{
	struct ex_buf *b = &m->out.line;
	struct ex_str comp = EX_STR_NONE, inst = EX_STR_NONE;
	size_t i;

	ex_rec_name(&m->out, "conflicts");
	ex_buf_putc(b, '[');
	for (i = 0; i < l->r.nconflict && EX_RULE("loser"); i++) {
		if (i > 0)
			ex_buf_putc(b, ',');
		/* they come component by component */
		if (!ex_str_eq(comp, l->r.conflict[i].comp)) {
			comp = l->r.conflict[i].comp;
			inst = instance(l, comp);
		}
		put_conflict(m, l, &l->r.conflict[i], inst);
	}
	if (l->item_why.p != NULL) {
		if (i > 0)
			ex_buf_putc(b, ',');
		put_item_conflict(m, l);
	}
	ex_buf_putc(b, ']');
}

static void
start(struct merge *m, struct ex_str uid, enum ex_kind kind, bool left)
{
	ex_rec_start(&m->out, "plan");
	ex_rec_str(&m->out, "uid", uid);
	ex_rec_str(&m->out, "kind", ex_str_of(ex_kind_name(kind)));
	ex_rec_raw(&m->out, "left", left ? EX_STR("true") : EX_STR("false"));
}

int
merge_write(struct merge *m, struct merge_line *l, struct ex_err *err)
{
	struct merge_ver *v = l->left ? l->master : l->result;

	start(m, l->uid, l->kind, l->left);
	ex_rec_raw(&m->out, "master", v != NULL ? merge_text(m, v) :
	    EX_STR("null"));
	if (put_seen(m, l, err) == -1)
		return -1;
	put_ops(m, l);
	put_conflicts(m, l);
	ex_rec_stop(&m->out);
	return 0;
}

static void
create_everywhere(struct merge *m, const struct merge_line *l,
    struct ex_str uid)
{
	struct ex_buf *b = &m->out.line;
	struct merge_side *s;
	size_t i;
	bool first = true;

	for (i = 0; i < l->nside; i++) {
		s = &l->side[i];
		if (s->is == MERGE_UNKNOWN || !s->f->writes)
			continue;
		ex_buf_puts(b, first ? "{" : ",{");
		first = false;
		ex_json_member(b, "op", EX_STR("create"));
		ex_json_member(b, "folder", s->name);
		ex_json_member(b, "name", ex_plan_name(m->hash, &m->a,
		    m->ring_id, m->generation, s->name, uid));
		ex_buf_putc(b, '}');
		s->f->op[EX_WRITE_CREATE]++;
	}
}

void
merge_write_loser(struct merge *m, const struct merge_line *l,
    const struct merge_side *side)
{
	struct ex_str uid = ex_arena_fmt(&m->a, "%.*s-%.*s",
	    EX_STR_ARG(l->uid), 16, merge_hash(m, side->after).p);
	struct ex_item item;
	struct merge_ver *v;

	item = ex_item_with_uid(side->after->item, uid, &m->a);
	v = merge_made(m, &item);
	start(m, uid, l->kind, false);
	ex_rec_raw(&m->out, "master", merge_text(m, v));
	ex_rec_raw(&m->out, "seen", EX_STR("{}"));
	ex_rec_name(&m->out, "ops");
	ex_buf_putc(&m->out.line, '[');
	create_everywhere(m, l, uid);
	ex_buf_putc(&m->out.line, ']');
	ex_rec_raw(&m->out, "conflicts", EX_STR("[]"));
	ex_rec_stop(&m->out);
}
