/*
 * gen.h: items made by chance, from few values, so that two of them often
 * share one
 */
#ifndef EX_TEST_GEN_H
#define EX_TEST_GEN_H

#include <stdint.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/item.h>

struct gen {
	uint64_t seed;
	struct ex_buf b;
	const char *comma;
};

static unsigned
chance(struct gen *g, unsigned n)
{
	g->seed ^= g->seed << 13;
	g->seed ^= g->seed >> 7;
	g->seed ^= g->seed << 17;
	return (unsigned)((g->seed >> 11) % n);
}

static void
gen_prop(struct gen *g, const char *fmt, unsigned n)
{
	ex_buf_puts(&g->b, g->comma);
	g->comma = ",";
	for (; *fmt != '\0'; fmt++)
		if (*fmt == '#')
			ex_buf_fmt(&g->b, "%u", n);
		else if (*fmt == '\'')
			ex_buf_putc(&g->b, '"');
		else
			ex_buf_putc(&g->b, *fmt);
}

/* One of v[] in odds out of ten, with one of three values in it. */
static void
gen_some(struct gen *g, const char *const *v, size_t n, unsigned odds)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (chance(g, 10) < odds)
			gen_prop(g, v[i], chance(g, 3));
}

static const char *const card_props[] = {
	"['fn',{},'text','Name #']",
	"['n',{},'text',['Fam #','Giv','','','']]",
	"['note',{},'text','note #']",
	"['note',{},'text','more #']",
	"['org',{},'text',['Org #']]",
	"['bday',{},'date','198#-01-02']",
	"['email',{'type':'home'},'text','a#@example.org']",
	"['email',{'type':'work'},'text','a#@example.org']",
	"['email',{'type':['home','work']},'text','b@example.org']",
	"['email',{'group':'item1'},'text','c#@example.org']",
	"['x-ablabel',{'group':'item1'},'text','label #']",
	"['tel',{'type':'cell'},'text','+49 1 #']",
	"['tel',{'group':'item2'},'text','+49 2 #']",
	"['adr',{'group':'item2'},'text',['','','Street #','','','','']]",
	"['x-ablabel',{'group':'item2'},'text','two #']",
	"['adr',{'type':'home'},'text',['','','Way #','','','','']]",
	"['categories',{},'text','k0','k1','k#']",
	"['categories',{},'text','m#']",
	"['nickname',{},'text','nick #','other #']",
	"['x-foo',{},'unknown','foo #']",
	"['class',{},'text','PUBLIC']",
	"['rev',{},'timestamp','2020-01-0#T00:00:00Z']",
};

static const char *const event_props[] = {
	"['dtend',{},'date-time','2020-01-0#T12:00:00Z']",
	"['rrule',{},'recur',{'freq':'DAILY','count':1#}]",
	"['summary',{},'text','sum #']",
	"['location',{},'text','here #']",
	"['description',{},'text','long #']",
	"['status',{},'text','CONFIRMED']",
	"['categories',{},'text','k0','k#']",
	"['exdate',{},'date-time','2020-01-1#T10:00:00Z']",
	"['exdate',{},'date-time','2020-01-2#T10:00:00Z']",
	"['attendee',{'cn':'A #'},'cal-address','mailto:a@example.org']",
	"['attendee',{},'cal-address','mailto:b#@example.org']",
	"['comment',{},'text','c #']",
	"['comment',{},'text','d #']",
	"['transp',{},'text','OPAQUE']",
	"['sequence',{},'integer',#]",
	"['x-z',{},'unknown','z #']",
};

static const char *const alarms[] = {
	"['valarm',[['action',{},'text','DISPLAY'],['description',{},'text',"
	    "'x #'],['trigger',{},'duration','-PT15M']],[]]",
	"['valarm',[['action',{},'text','AUDIO'],"
	    "['trigger',{},'duration','-PT#H']],[]]",
	"['valarm',[['action',{},'text','AUDIO'],['uid',{},'text','u'],"
	    "['trigger',{},'duration','-PT#M']],[]]",
	"['x-part',[['x-a',{},'text','p #']],[]]",
};

#define GEN_N(v)	(sizeof(v) / sizeof((v)[0]))

static void
gen_card(struct gen *g)
{
	g->comma = "";
	ex_buf_puts(&g->b, "[\"vcard\",[");
	gen_prop(g, "['version',{},'text','4.0']", 0);
	gen_prop(g, "['uid',{},'text','U']", 0);
	gen_some(g, card_props, GEN_N(card_props), 6);
	ex_buf_puts(&g->b, "]]");
}

static void
gen_event(struct gen *g, int instance)
{
	gen_prop(g, "['vevent',[['uid',{},'text','U']", 0);
	gen_prop(g, "['dtstamp',{},'date-time','2020-01-0#T00:00:00Z']",
	    1 + chance(g, 3));
	if (instance >= 0)
		gen_prop(g, "['recurrence-id',{},'date-time',"
		    "'2020-01-0#T10:00:00Z']", (unsigned)instance);
	if (chance(g, 4) > 0)
		gen_prop(g, "['dtstart',{},'date-time',"
		    "'2020-01-0#T10:00:00Z']", 1 + chance(g, 2));
	else
		gen_prop(g, "['dtstart',{'tzid':'Own'},'date-time',"
		    "'2020-01-0#T10:00:00']", 1 + chance(g, 2));
	gen_some(g, event_props, GEN_N(event_props), 5);
	g->comma = "";
	ex_buf_puts(&g->b, "],[");
	gen_some(g, alarms, GEN_N(alarms), 4);
	ex_buf_puts(&g->b, "]]");
	g->comma = ",";
}

static void
gen_calendar(struct gen *g)
{
	int i;

	g->comma = "";
	ex_buf_puts(&g->b, "[\"vcalendar\",[");
	gen_prop(g, "['version',{},'text','2.0']", 0);
	gen_prop(g, "['prodid',{},'text','-//x//#']", chance(g, 3));
	ex_buf_puts(&g->b, "],[");
	g->comma = "";
	gen_prop(g, "['vtimezone',[['tzid',{},'text','Own']],[['standard',"
	    "[['dtstart',{},'date-time','1970-01-01T00:00:00'],"
	    "['tzoffsetfrom',{},'utc-offset','+01:00'],"
	    "['tzoffsetto',{},'utc-offset','+0#:07']],[]]]]",
	    1 + chance(g, 2));
	gen_event(g, -1);
	for (i = 1; i < 4; i++)
		if (chance(g, 2))
			gen_event(g, i);
	ex_buf_puts(&g->b, "]]");
}

/* A card or a calendar, as JSON. */
static struct ex_str
gen_text(struct gen *g, bool card, struct ex_arena *a)
{
	ex_buf_clear(&g->b);
	if (card)
		gen_card(g);
	else
		gen_calendar(g);
	return ex_arena_str(a, ex_buf_get(&g->b));
}

#endif
