/*
 * davitem.c: the text of a member as an item, and an item as the text that a
 * collection takes
 *
 * What is written has to keep a server from mailing: attendees carry
 * SCHEDULE-AGENT=CLIENT (RFC 6638, 7.1), unless they say NONE.
 */
#include <string.h>

#include <ex/cap.h>
#include <ex/codec.h>

#include "davpriv.h"

enum ex_dav_got
ex_dav_decode(const struct ex_dav *d, struct ex_str text, struct ex_arena *a,
    const struct ex_item **out, struct ex_err *why)
{
	enum ex_kind kind = ex_peek_kind(text);
	struct ex_item *item;

	*out = NULL;
	if (d->s.kind != EX_KIND_NONE && kind != EX_KIND_NONE &&
	    kind != d->s.kind)
		return EX_DAV_OTHER;
	if (text.n == 0) {
		ex_err_set(why, EX_ERR_INPUT, "empty");
		return EX_DAV_BAD;
	}
	item = ex_arena_alloc(a, sizeof(*item));
	if (ex_codec_decode(text, 1, a, item, why) == -1)
		return EX_DAV_BAD;
	*out = item;
	return EX_DAV_ITEM;
}

struct ex_str
ex_dav_sum(struct ex_str text, struct ex_arena *a)
{
	char *plain = ex_arena_alloc(a, text.n + 1), digits[EX_SUM_HEX];
	struct ex_sum sum;
	size_t i, n = 0;

	for (i = 0; i < text.n; i++)
		if (text.p[i] != '\r')
			plain[n++] = text.p[i];
	sum = ex_sum_of(plain, n);
	ex_sum_hex(&sum, digits);
	return ex_arena_fmt(a, EX_DAV_SUM "%s", digits);
}

/* RFC 6352, 6.2.2: 3.0 is what every server takes. */
static struct ex_str
form(const struct ex_dav *d, struct ex_str as, enum ex_kind kind)
{
	if (kind != EX_KIND_CONTACTS)
		return ex_codec_form(as, kind);
	if (d->props.v4 && (!d->props.v3 || ex_str_is(as, "vcard 4.0")))
		return EX_STR("vcard 4.0");
	return EX_STR("vcard 3.0");
}

static bool
is_party(const struct ex_prop *p)
{
	return ex_str_is(p->name, "attendee") ||
	    ex_str_is(p->name, "organizer");
}

static struct ex_prop *
quiet_prop(const struct ex_prop *p, struct ex_arena *a)
{
	static const struct ex_str client = { "CLIENT", 6 };
	const struct ex_param *agent = ex_prop_param(p, "schedule-agent");
	struct ex_prop *q = ex_arena_alloc(a, sizeof(*q));
	size_t i;

	*q = *p;
	q->ready = NULL;
	if (agent != NULL && agent->nvalue > 0 &&
	    ex_str_is_nocase(agent->value[0], "none"))
		return q;
	q->param = NULL;
	q->nparam = 0;
	for (i = 0; i < p->nparam; i++)
		if (&p->param[i] != agent && !ex_str_is(p->param[i].name,
		    "schedule-force-send"))
			ex_prop_add_param(a, q, p->param[i].name,
			    p->param[i].value, p->param[i].nvalue);
	ex_prop_add_param(a, q, EX_STR("schedule-agent"), &client, 1);
	return q;
}

static struct ex_comp *
quiet_comp(const struct ex_comp *c, struct ex_arena *a)
{
	struct ex_comp *to = ex_arena_alloc(a, sizeof(*to));
	size_t i;

	*to = *c;
	to->prop = ex_arena_array(a, c->nprop, sizeof(struct ex_prop *));
	for (i = 0; i < c->nprop; i++)
		to->prop[i] = is_party(c->prop[i]) ?
		    quiet_prop(c->prop[i], a) : c->prop[i];
	return to;
}

/* Alarms have attendees too, whom only a client mails (RFC 6638, 3.2.1). */
static struct ex_item
quiet(const struct ex_item *item, struct ex_arena *a)
{
	struct ex_item to = *item;
	struct ex_comp *root = ex_arena_alloc(a, sizeof(*root));
	size_t i;

	*root = *item->root;
	root->comp = ex_arena_array(a, root->ncomp,
	    sizeof(struct ex_comp *));
	for (i = 0; i < root->ncomp; i++)
		root->comp[i] = quiet_comp(item->root->comp[i], a);
	to.root = root;
	ex_item_sort(&to, a);
	return to;
}

int
ex_dav_encode(const struct ex_dav *d, const struct ex_write *w,
    struct ex_arena *a, struct ex_buf *out, struct ex_str *as,
    struct ex_err *why)
{
	struct ex_item item = *w->item;
	long long most = d->props.max_size;

	if (d->s.kind != EX_KIND_NONE ? item.kind != d->s.kind :
	    !ex_dav_may_hold(d, &d->props, item.kind))
		return ex_err_set(why, EX_ERR_INPUT, "is of another kind");
	if (item.kind != EX_KIND_CONTACTS)
		item = quiet(&item, a);
	*as = form(d, w->as, item.kind);
	out->cap = EX_CAP_ITEM;
	if (ex_codec_encode(&item, *as, a, out, why) == -1)
		return -1;
	if (out->over)
		return ex_err_set(why, EX_ERR_INPUT, "is too large");
	if (most >= 0 && out->n > (unsigned long long)most)
		return ex_err_set(why, EX_ERR_INPUT, "is of %zu bytes, and "
		    "the collection takes %lld", out->n, most);
	return 0;
}
