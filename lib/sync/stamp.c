/*
 * stamp.c: the volatile properties of a merged item
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/codec.h>
#include <ex/json.h>
#include <ex/stamp.h>

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
static long long
days(long long y, long long m, long long d)
{
	long long era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* Two digits at i of the digits v, 0 behind their end. */
static long long
two(const char *v, size_t n, size_t i)
{
	return i + 1 < n ? (v[i] - '0') * 10 + (v[i + 1] - '0') : 0;
}

/* The offset at the end, "+01:00" or "-0130", in seconds. */
static long long
offset(struct ex_str s)
{
	char v[4];
	size_t i, n = 0;
	long long sec;

	for (i = 1; i < s.n && n < sizeof(v); i++)
		if (s.p[i] >= '0' && s.p[i] <= '9')
			v[n++] = s.p[i];
	sec = two(v, n, 0) * 3600 + two(v, n, 2) * 60;
	return s.p[0] == '-' ? -sec : sec;
}

long long
ex_stamp_seconds(struct ex_str s)
{
	char v[14];
	size_t i, n = 0;
	long long sec = 0;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9' && n < sizeof(v))
			v[n++] = s.p[i];
		else if (n >= 8 && (s.p[i] == '+' || s.p[i] == '-')) {
			sec = -offset((struct ex_str){ s.p + i, s.n - i });
			break;
		} else if (s.p[i] == '.') {
			break;
		}
	}
	if (n < 8)
		return EX_STAMP_NONE;
	return sec + days(two(v, n, 0) * 100 + two(v, n, 2), two(v, n, 4),
	    two(v, n, 6)) * 86400 + two(v, n, 8) * 3600 +
	    two(v, n, 10) * 60 + two(v, n, 12);
}

static long long
prop_seconds(const struct ex_prop *p)
{
	return p == NULL ? EX_STAMP_NONE : ex_stamp_seconds(ex_prop_text(p));
}

long long
ex_stamp_of(const struct ex_item *item)
{
	long long t, latest = EX_STAMP_NONE;
	size_t i;

	if (item == NULL)
		return latest;
	latest = prop_seconds(ex_comp_prop(item->root, "rev"));
	for (i = 0; i < item->root->ncomp; i++) {
		t = prop_seconds(ex_comp_prop(item->root->comp[i],
		    "last-modified"));
		if (t > latest)
			latest = t;
	}
	return latest;
}

struct stamper {
	struct ex_arena *a;
	struct ex_flat *const *version;
	size_t n;
	struct ex_str key;	/* of the component at hand */
	struct ex_comp *to;
};

static const struct ex_comp *
comp_in(const struct stamper *s, size_t i)
{
	const struct ex_flat_comp *c = ex_flat_comp(s->version[i], s->key);

	return c != NULL ? c->comp : NULL;
}

/* The latest (or earliest) property of that name; the first of equal ones. */
static struct ex_prop *
pick(const struct stamper *s, const char *name, bool latest)
{
	struct ex_prop *best = NULL, *p;
	const struct ex_comp *c;
	long long t, most = 0;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if ((c = comp_in(s, i)) == NULL ||
		    (p = ex_comp_prop(c, name)) == NULL)
			continue;
		t = prop_seconds(p);
		/* what is no date counts only where there is none */
		if (best == NULL || (t != EX_STAMP_NONE &&
		    (most == EX_STAMP_NONE ||
		    (latest ? t > most : t < most)))) {
			best = p;
			most = t;
		}
	}
	return best;
}

/* Put p in place of what has its name. */
static void
put(struct stamper *s, struct ex_prop *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < s->to->nprop; i++)
		if (ex_str_eq(s->to->prop[i]->name, p->name)) {
			s->to->prop[i] = p;
			return;
		}
	ex_comp_add_prop(s->a, s->to, p);
}

static void
put_dtstamp(struct stamper *s)
{
	struct ex_prop *p = pick(s, "dtstamp", true), *from = NULL;
	struct ex_str text = EX_STR("1970-01-01T00:00:00Z");

	if (p == NULL) {
		from = pick(s, "last-modified", true);
		if (prop_seconds(from) == EX_STAMP_NONE)
			from = pick(s, "created", false);
		if (prop_seconds(from) != EX_STAMP_NONE)
			text = ex_prop_text(from);
		p = ex_prop_new(s->a, EX_STR("dtstamp"),
		    EX_STR("date-time"), ex_json_text(s->a, text));
	}
	put(s, p);
}

static long long
sequence(const struct ex_comp *c)
{
	const struct ex_prop *p = c != NULL ? ex_comp_prop(c, "sequence") :
	    NULL;
	long long n = -1;

	if (p != NULL && p->value != NULL &&
	    (p->value->type == EX_JSON_NUMBER ||
	    p->value->type == EX_JSON_STRING))
		n = ex_str_number(p->value->text);
	return n;
}

static int
by_place(const void *a, const void *b)
{
	const struct ex_edit *x = a, *y = b;
	int d = ex_str_cmp(x->comp, y->comp);

	return d != 0 ? d : ex_str_cmp(x->name, y->name);
}

static bool
moved(const struct stamper *s, const struct ex_mix *mix)
{
	struct ex_edit key = { s->key, EX_STR("dtstart"), NULL, 0 }, *e;
	struct ex_range r = ex_flat_field(s->version[0], s->key, key.name);

	e = mix->nedit == 0 ? NULL : bsearch(&key, mix->edit, mix->nedit,
	    sizeof(key), by_place);
	return e != NULL && (e->n != r.n || (r.n > 0 &&
	    !ex_str_eq(e->m[0]->rest, r.m[0].rest)));
}

/* RFC 5545, 3.8.7.4; where nobody has one it is not made up. */
static void
put_sequence(struct stamper *s, const struct ex_mix *mix)
{
	long long n, most = -1, start = sequence(comp_in(s, 0));
	struct ex_prop *p = NULL, *q;
	size_t i;

	for (i = 0; i < s->n; i++) {
		n = sequence(comp_in(s, i));
		if (n > most) {
			most = n;
			p = ex_comp_prop(comp_in(s, i), "sequence");
		}
	}
	if (p == NULL)
		return;
	if (start == most && comp_in(s, 0) != NULL && moved(s, mix)) {
		q = ex_prop_new(s->a, p->name, p->type,
		    ex_json_int(s->a, most + 1));
		q->param = p->param;
		q->nparam = p->nparam;
		p = q;
	}
	put(s, p);
}

static void
put_prodid(struct stamper *s)
{
	struct ex_str ours = EX_STR(EX_CODEC_PRODID);
	struct ex_prop *p = ex_comp_prop(s->to, "prodid");

	if (ex_str_is(s->to->name, "vcalendar") || p != NULL)
		put(s, ex_prop_new(s->a, EX_STR("prodid"), EX_STR("text"),
		    ex_json_text(s->a, ours)));
}

void
ex_stamp_mix(struct ex_arena *a, struct ex_item *item,
    const struct ex_mix *mix, struct ex_flat *const *version, size_t n)
{
	struct stamper s = { a, version, n, EX_STR_NONE, NULL };
	size_t i;

	for (i = 0; i < mix->ncomp; i++) {
		s.key = mix->comp[i]->key;
		s.to = mix->made[i];
		if (s.to == item->root)
			put_prodid(&s);
		if (ex_str_is(s.to->name, "vcard"))
			put(&s, pick(&s, "rev", true));
		if (s.to == item->root)
			continue;
		put(&s, pick(&s, "last-modified", true));
		put(&s, pick(&s, "created", false));
		put_dtstamp(&s);
		put_sequence(&s, mix);
	}
	ex_item_sort(item, a);
}
