/*
 * canontable.c: what the names in a view mean
 *
 * formats.md 3, rules 2, 6, 8 to 16.  A name that is not here is kept, and
 * read as its type says.
 */
#include <string.h>

#include "priv.h"

#define LIST	EX_CANON_LIST
#define URI	EX_CANON_URI_DEFAULT
#define NAME(s)	{ (s), sizeof(s) - 1 }

static const struct ex_canon_name names[] = {
	/* Rule 12: whoever rewrites an item rewrites these. */
	{ NAME("prodid"), EX_CANON_DROP, 0, NULL },
	{ NAME("version"), EX_CANON_DROP, 0, NULL },
	{ NAME("calscale"), EX_CANON_DROP, 0, NULL },
	{ NAME("method"), EX_CANON_DROP, 0, NULL },
	{ NAME("dtstamp"), EX_CANON_DROP, 0, NULL },
	{ NAME("created"), EX_CANON_DROP, 0, NULL },
	{ NAME("last-modified"), EX_CANON_DROP, 0, NULL },
	{ NAME("rev"), EX_CANON_DROP, 0, NULL },
	{ NAME("sequence"), EX_CANON_DROP, 0, NULL },
	{ NAME("request-status"), EX_CANON_DROP, 0, NULL },
	{ NAME("x-lic-error"), EX_CANON_DROP, 0, NULL },
	{ NAME("x-lic-location"), EX_CANON_DROP, 0, NULL },
	{ NAME("x-moz-generation"), EX_CANON_DROP, 0, NULL },
	{ NAME("x-moz-lastack"), EX_CANON_DROP, 0, NULL },
	{ NAME("x-radicale-name"), EX_CANON_DROP, 0, NULL },
	{ NAME("x-published-ttl"), EX_CANON_DROP, 0, NULL },

	{ NAME("uid"), EX_CANON_UID, 0, NULL },

	{ NAME("n"), EX_CANON_PARTS, 0, NULL },
	{ NAME("adr"), EX_CANON_PARTS, 0, NULL },
	{ NAME("org"), EX_CANON_PARTS, 0, NULL },
	{ NAME("gender"), EX_CANON_JOINED, 0, NULL },
	{ NAME("clientpidmap"), EX_CANON_JOINED, 0, NULL },

	{ NAME("action"), EX_CANON_FOLD, 0, NULL },
	{ NAME("busytype"), EX_CANON_FOLD, 0, NULL },
	{ NAME("class"), EX_CANON_FOLD, 0, "\"public\"" },
	{ NAME("kind"), EX_CANON_FOLD, 0, "\"individual\"" },
	{ NAME("proximity"), EX_CANON_FOLD, 0, NULL },
	{ NAME("status"), EX_CANON_FOLD, 0, NULL },
	{ NAME("transp"), EX_CANON_FOLD, 0, "\"opaque\"" },

	{ NAME("priority"), EX_CANON_INT, 0, "\"0\"" },
	{ NAME("percent-complete"), EX_CANON_INT, 0, "\"0\"" },
	{ NAME("repeat"), EX_CANON_INT, 0, NULL },

	{ NAME("categories"), EX_CANON_AUTO, LIST, NULL },
	{ NAME("resources"), EX_CANON_AUTO, LIST, NULL },
	{ NAME("nickname"), EX_CANON_AUTO, LIST, NULL },
	{ NAME("exdate"), EX_CANON_TIME, LIST, NULL },
	{ NAME("rdate"), EX_CANON_TIME, LIST, NULL },
	{ NAME("freebusy"), EX_CANON_TIME, LIST, NULL },

	{ NAME("acknowledged"), EX_CANON_TIME, 0, NULL },
	{ NAME("completed"), EX_CANON_TIME, 0, NULL },
	{ NAME("dtend"), EX_CANON_TIME, 0, NULL },
	{ NAME("dtstart"), EX_CANON_TIME, 0, NULL },
	{ NAME("due"), EX_CANON_TIME, 0, NULL },
	{ NAME("duration"), EX_CANON_TIME, 0, NULL },
	{ NAME("recurrence-id"), EX_CANON_TIME, 0, NULL },
	{ NAME("trigger"), EX_CANON_TIME, 0, NULL },
	{ NAME("refresh-interval"), EX_CANON_TIME, 0, NULL },
	{ NAME("anniversary"), EX_CANON_DAY, 0, NULL },
	{ NAME("bday"), EX_CANON_DAY, 0, NULL },
	{ NAME("deathdate"), EX_CANON_DAY, 0, NULL },

	{ NAME("exrule"), EX_CANON_RRULE, 0, NULL },
	{ NAME("rrule"), EX_CANON_RRULE, 0, NULL },

	{ NAME("geo"), EX_CANON_GEO, URI, NULL },
	{ NAME("tel"), EX_CANON_TEL, URI, NULL },
	{ NAME("tz"), EX_CANON_OFFSET, URI, NULL },
	{ NAME("tzoffsetfrom"), EX_CANON_OFFSET, 0, NULL },
	{ NAME("tzoffsetto"), EX_CANON_OFFSET, 0, NULL },

	{ NAME("attach"), EX_CANON_AUTO, URI, NULL },
	{ NAME("attendee"), EX_CANON_URI, URI, NULL },
	{ NAME("caladruri"), EX_CANON_AUTO, URI, NULL },
	{ NAME("caluri"), EX_CANON_AUTO, URI, NULL },
	{ NAME("conference"), EX_CANON_AUTO, URI, NULL },
	{ NAME("fburl"), EX_CANON_AUTO, URI, NULL },
	{ NAME("image"), EX_CANON_AUTO, URI, NULL },
	{ NAME("impp"), EX_CANON_AUTO, URI, NULL },
	{ NAME("key"), EX_CANON_AUTO, URI, NULL },
	{ NAME("logo"), EX_CANON_AUTO, URI, NULL },
	{ NAME("member"), EX_CANON_AUTO, URI, NULL },
	{ NAME("organizer"), EX_CANON_URI, URI, NULL },
	{ NAME("photo"), EX_CANON_AUTO, URI, NULL },
	{ NAME("related"), EX_CANON_AUTO, URI, NULL },
	{ NAME("sound"), EX_CANON_AUTO, URI, NULL },
	{ NAME("source"), EX_CANON_AUTO, URI, NULL },
	{ NAME("tzurl"), EX_CANON_AUTO, URI, NULL },
	{ NAME("url"), EX_CANON_AUTO, URI, NULL }
};
#define NNAMES	(sizeof(names) / sizeof(names[0]))

static const struct ex_canon_param params[] = {
	{ NAME("charset"), EX_CANON_PDROP, NULL },
	{ NAME("encoding"), EX_CANON_PENCODING, NULL },
	{ NAME("group"), EX_CANON_PGROUP, NULL },
	{ NAME("schedule-agent"), EX_CANON_PDROP, NULL },
	{ NAME("schedule-force-send"), EX_CANON_PDROP, NULL },
	{ NAME("schedule-status"), EX_CANON_PDROP, NULL },
	{ NAME("x-evolution-enddate"), EX_CANON_PDROP, NULL },
	{ NAME("x-evolution-ui-slot"), EX_CANON_PDROP, NULL },
	{ NAME("x-num-guests"), EX_CANON_PDROP, NULL },

	{ NAME("calscale"), EX_CANON_PFOLD, "gregorian" },
	{ NAME("cutype"), EX_CANON_PFOLD, "individual" },
	{ NAME("display"), EX_CANON_PSET, NULL },
	{ NAME("fbtype"), EX_CANON_PFOLD, "busy" },
	{ NAME("feature"), EX_CANON_PSET, NULL },
	{ NAME("fmttype"), EX_CANON_PFOLD, NULL },
	{ NAME("index"), EX_CANON_PFOLD, NULL },
	{ NAME("language"), EX_CANON_PFOLD, NULL },
	{ NAME("level"), EX_CANON_PFOLD, NULL },
	{ NAME("mediatype"), EX_CANON_PFOLD, NULL },
	{ NAME("partstat"), EX_CANON_PFOLD, "needs-action" },
	{ NAME("pid"), EX_CANON_PSET, NULL },
	{ NAME("range"), EX_CANON_PFOLD, NULL },
	{ NAME("related"), EX_CANON_PFOLD, "start" },
	{ NAME("reltype"), EX_CANON_PFOLD, "parent" },
	{ NAME("role"), EX_CANON_PFOLD, "req-participant" },
	{ NAME("rsvp"), EX_CANON_PFOLD, "false" },

	{ NAME("altrep"), EX_CANON_PURI, NULL },
	{ NAME("delegated-from"), EX_CANON_PURISET, NULL },
	{ NAME("delegated-to"), EX_CANON_PURISET, NULL },
	{ NAME("dir"), EX_CANON_PURI, NULL },
	{ NAME("member"), EX_CANON_PURISET, NULL },
	{ NAME("sent-by"), EX_CANON_PURI, NULL },

	{ NAME("pref"), EX_CANON_PPREF, NULL },
	{ NAME("type"), EX_CANON_PTYPE, NULL },
	{ NAME("tzid"), EX_CANON_PTZID, NULL },
	{ NAME("value"), EX_CANON_PDROP, NULL }
};
#define NPARAMS	(sizeof(params) / sizeof(params[0]))

_Static_assert(NNAMES < EX_CANON_SLOTS / 2 && NPARAMS < EX_CANON_SLOTS / 2,
    "a slot is a byte, and half of them stay empty");

static const struct ex_canon_name volatile_name =
    { { NULL, 0 }, EX_CANON_DROP, 0, NULL };
static const struct ex_canon_param volatile_param =
    { { NULL, 0 }, EX_CANON_PDROP, NULL };

static unsigned
slot_of(struct ex_str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned h = (unsigned)s.n;

	h = h * 31 + p[0];
	h = h * 31 + p[s.n / 2];
	h = h * 31 + p[s.n - 1];
	return (h ^ h >> 8) % EX_CANON_SLOTS;
}

/* Open addressing; 0 is an empty slot, so indexes are counted from 1. */
static void
enter(unsigned char *slot, struct ex_str name, size_t index)
{
	unsigned at = slot_of(name);

	while (slot[at] != 0)
		at = (at + 1) % EX_CANON_SLOTS;
	slot[at] = (unsigned char)(index + 1);
}

void
ex_canon_slots(struct ex_canon *c)
{
	size_t i;

	for (i = 0; i < NNAMES; i++)
		enter(c->name_slot, names[i].name, i);
	for (i = 0; i < NPARAMS; i++)
		enter(c->param_slot, params[i].name, i);
}

static bool
same(struct ex_str a, struct ex_str b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static bool
volatile_by_prefix(struct ex_str s)
{
	return s.n > 2 && s.p[0] == 'x' && (ex_str_starts(s, "x-wr-") ||
	    ex_str_starts(s, "x-evolution-webdav-") ||
	    ex_str_starts(s, "x-sogo-"));
}

const struct ex_canon_name *
ex_canon_name(const struct ex_canon *c, struct ex_str s)
{
	unsigned at;

	if (s.n == 0)
		return NULL;
	for (at = slot_of(s); c->name_slot[at] != 0;
	    at = (at + 1) % EX_CANON_SLOTS)
		if (same(names[c->name_slot[at] - 1].name, s))
			return &names[c->name_slot[at] - 1];
	return volatile_by_prefix(s) ? &volatile_name : NULL;
}

const struct ex_canon_param *
ex_canon_param(const struct ex_canon *c, struct ex_str s)
{
	unsigned at;

	if (s.n == 0)
		return NULL;
	for (at = slot_of(s); c->param_slot[at] != 0;
	    at = (at + 1) % EX_CANON_SLOTS)
		if (same(params[c->param_slot[at] - 1].name, s))
			return &params[c->param_slot[at] - 1];
	return ex_str_starts(s, "x-vobj-") ? &volatile_param : NULL;
}

/* The rows of rule 12 are the first of the table. */
bool
ex_canon_volatile(struct ex_str s)
{
	size_t i;

	for (i = 0; names[i].class == EX_CANON_DROP; i++)
		if (same(names[i].name, s))
			return true;
	return volatile_by_prefix(s);
}

enum ex_canon_class
ex_canon_type(struct ex_str type, bool *said)
{
	static const struct {
		struct ex_str name;
		enum ex_canon_class class;
	} types[] = {
		{ NAME("text"), EX_CANON_TEXT },
		{ NAME("unknown"), EX_CANON_RAW },
		{ NAME("date-time"), EX_CANON_TIME },
		{ NAME("uri"), EX_CANON_URI },
		{ NAME("date"), EX_CANON_TIME },
		{ NAME("date-and-or-time"), EX_CANON_TIME },
		{ NAME("cal-address"), EX_CANON_URI },
		{ NAME("duration"), EX_CANON_TIME },
		{ NAME("period"), EX_CANON_TIME },
		{ NAME("timestamp"), EX_CANON_TIME },
		{ NAME("time"), EX_CANON_TIME },
		{ NAME("recur"), EX_CANON_RRULE },
		{ NAME("binary"), EX_CANON_BINARY },
		{ NAME("integer"), EX_CANON_INT },
		{ NAME("boolean"), EX_CANON_FOLD },
		{ NAME("language-tag"), EX_CANON_FOLD },
		{ NAME("utc-offset"), EX_CANON_OFFSET },
		{ NAME("float"), EX_CANON_TEXT }
	};
	size_t i;

	*said = false;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (same(types[i].name, type)) {
			*said = types[i].class == EX_CANON_URI;
			return types[i].class;
		}
	*said = type.n > 0;
	return EX_CANON_TEXT;
}

bool
ex_canon_idle_type(struct ex_str prop, struct ex_str type)
{
	if (ex_str_is(prop, "tel"))
		return ex_str_is(type, "voice");
	if (ex_str_is(prop, "email"))
		return ex_str_is(type, "internet");
	if (ex_str_is(prop, "adr") || ex_str_is(prop, "label"))
		return ex_str_is(type, "postal") ||
		    ex_str_is(type, "parcel") || ex_str_is(type, "intl") ||
		    ex_str_is(type, "dom");
	return false;
}
