/*
 * canonzone.c: which zone a TZID is
 *
 * Rule 4 of formats.md 3.  A name that IANA's names have is that zone,
 * whatever VTIMEZONE stands beside it.  Else the item's VTIMEZONE counts by
 * what it says, not by what it is called; without one the name is all there
 * is.
 */
#include <string.h>

#include <ex/item.h>
#include <ex/text.h>
#include <ex/zone.h>

#include "priv.h"

/*
 * An item has one or two zones of its own.  Past these limits a zone is its
 * name: it must not cost what it would to look at all for each property.
 */
#define MOST_ZONES	256
#define MOST_PROPS	1000

#define LONG_NAME	128

static const struct ex_canon_zone *
remembered(const struct ex_canon_zone *z, struct ex_str tzid)
{
	size_t i;

	for (i = 0; i < EX_CANON_ZONES; i++)
		if (z[i].n == tzid.n && memcmp(z[i].tzid, tzid.p, tzid.n) == 0)
			return &z[i];
	return NULL;
}

static void
remember(struct ex_canon_zone *z, unsigned *next, struct ex_str tzid,
    struct ex_str name)
{
	if (tzid.n > sizeof(z->tzid))
		return;
	z += (*next)++ % EX_CANON_ZONES;
	memcpy(z->tzid, tzid.p, tzid.n);
	z->n = tzid.n;
	z->name = name;
}

/* Of an observance counts when it begins and what the clocks do then. */
static bool
counts(struct ex_str name)
{
	return ex_str_is(name, "dtstart") || ex_str_is(name, "rrule") ||
	    ex_str_is(name, "rdate") || ex_str_is(name, "tzoffsetfrom") ||
	    ex_str_is(name, "tzoffsetto");
}

static struct ex_str
observance(struct ex_canon *c, const struct ex_comp *comp)
{
	size_t mark = c->text.n, from, i, at;
	struct ex_str s;

	from = ex_canon_collect(c, comp);
	at = c->text.n;
	ex_buf_str(&c->text, comp->name);
	for (i = from; i < c->nmember; i++)
		if (counts(c->member[i].prop->name) &&
		    ex_buf_room(&c->text, c->member[i].view.n) != NULL)
			ex_buf_add(&c->text, c->text.p + c->member[i].at,
			    c->member[i].view.n);
	s = ex_arena_str(&c->scratch,
	    (struct ex_str){ c->text.p + at, c->text.n - at });
	c->nmember = from;
	c->text.n = mark;
	return s;
}

static struct ex_str
fingerprint(struct ex_canon *c, const struct ex_comp *zone)
{
	char hex[EX_HASH_HEX];
	struct ex_str *v = NULL;
	size_t i, n = 0, props = zone->nprop, mark = c->text.n;

	for (i = 0; i < zone->ncomp && props <= MOST_PROPS; i++)
		props += zone->comp[i]->nprop + 1;
	if (props > MOST_PROPS)
		return EX_STR_NONE;
	v = ex_arena_array(&c->scratch, zone->ncomp + 1, sizeof(*v));
	for (i = 0; i < zone->ncomp; i++)
		if (ex_str_is(zone->comp[i]->name, "standard") ||
		    ex_str_is(zone->comp[i]->name, "daylight"))
			v[n++] = observance(c, zone->comp[i]);
	if ((n = ex_canon_sort(v, n)) == 0)
		return EX_STR_NONE;
	for (i = 0; i < n; i++) {
		ex_buf_str(&c->text, v[i]);
		ex_buf_putc(&c->text, '\n');
	}
	ex_hash_hex(c->hash, c->text.p + mark, c->text.n - mark, hex);
	c->text.n = mark;
	return ex_arena_fmt(&c->scratch, "#%s", hex);
}

/* The item's own VTIMEZONE of that name; absent: it has none. */
static struct ex_str
own_zone(struct ex_canon *c, struct ex_str tzid)
{
	const struct ex_comp *root = c->item->root, *k;
	const struct ex_prop *p;
	size_t i, zones = 0;

	for (i = 0; i < root->ncomp && zones < MOST_ZONES; i++) {
		k = root->comp[i];
		if (!ex_str_is(k->name, "vtimezone"))
			continue;
		zones++;
		if (k->nprop <= MOST_PROPS &&
		    (p = ex_comp_prop(k, "tzid")) != NULL && ex_str_eq(
		    ex_str_trim(ex_prop_text(p)), tzid))
			return fingerprint(c, k);
	}
	return EX_STR_NONE;
}

struct ex_str
ex_canon_tzid(struct ex_canon *c, struct ex_str tzid)
{
	const struct ex_canon_zone *z;
	struct ex_str name;
	char hex[EX_HASH_HEX];

	tzid = ex_str_trim(tzid);
	if (tzid.n == 0)
		return EX_STR_NONE;
	if ((z = remembered(c->iana, tzid)) != NULL ||
	    (z = remembered(c->own, tzid)) != NULL)
		return z->name;
	if ((name = ex_zone_iana(tzid)).p != NULL) {
		if (ex_str_is(name, "UTC"))
			name = EX_STR("Z");
		remember(c->iana, &c->iana_next, tzid, name);
		return name;
	}
	/* A zone's own times name no zone. */
	if (!c->in_zone) {
		c->in_zone = true;
		name = own_zone(c, tzid);
		c->in_zone = false;
	}
	if (name.p == NULL) {
		name = ex_text_nfc(tzid, &c->scratch);
		if (name.n > LONG_NAME) {
			ex_hash_hex(c->hash, name.p, name.n, hex);
			name = ex_arena_fmt(&c->scratch, "#%s", hex);
		} else
			name = ex_arena_str(&c->scratch, name);
	}
	remember(c->own, &c->own_next, tzid, name);
	return name;
}
