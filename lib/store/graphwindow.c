/*
 * graphwindow.c: has anything moved in a calendar?  A hint
 *
 * Of the days around today that the option window names, calendarView/delta
 * says what moved since a token; ours has the day and the window before it.
 *
 *	the token is of		it says			then
 *	----------------------	----------------------	----------------------
 *	today, this window	nothing moved		nothing is listed
 *	today, this window	something did		all is listed
 *	today, this window	410 and its like	a new round, and all
 *							is listed
 *	another day or window,	-			likewise
 *	  or there is none
 *	any			another error		all is listed, and
 *							there is no token
 *
 * (1) The view has occurrences and no series, and of what lies outside it
 *     says at most that it was "removed" ("event: delta"): so nothing but
 *     that something moved is ever taken from it.
 * (2) The first run of a day, of UTC, lists all: a window that moves needs a
 *     new round anyway, and what changed outside is seen then.
 * (3) A round begins before the listing: what moves meanwhile is told of by
 *     the next one.
 * (4) It takes no $select: a new round brings whole events.
 */
#include <string.h>
#include <time.h>

#include <ex/cap.h>
#include <ex/trace.h>

#include "exchange.h"
#include "graphpriv.h"

#define PAGE	100	/* whole events */
#define MOST	1825	/* days, says an error: microsoft-graph-docs 6284 */

/* A number of days, which *rest is moved behind; false: there is none. */
static bool
days(struct ex_str *rest, long *n)
{
	long long value;
	size_t i = 0;

	while (i < rest->n && rest->p[i] >= '0' && rest->p[i] <= '9')
		i++;
	value = ex_str_number((struct ex_str){ rest->p, i });
	while (i < rest->n && rest->p[i] == ' ')
		i++;
	rest->p += i;
	rest->n -= i;
	*n = (long)value;
	return i > 0 && value >= 0 && value <= MOST;
}

bool
ex_graph_window_set(struct ex_graph *g, struct ex_str text)
{
	if (!days(&text, &g->before) || !days(&text, &g->after) ||
	    text.n > 0 || g->before + g->after < 1 ||
	    g->before + g->after > MOST)
		return false;
	g->window = true;
	return true;
}

/* "/me/calendarView/delta?startDateTime=...": a round begins there. */
static struct ex_str
start(struct ex_graph *g, long today)
{
	struct ex_str own = ex_arena_fmt(&g->a, "%.*s/calendar/events",
	    EX_STR_ARG(g->who));
	struct ex_str at = g->items;

	/* That of the own calendar has a page, those of others an article. */
	at.n -= strlen(ex_str_eq(at, own) ? "/calendar/events" : "/events");
	return ex_arena_fmt(&g->a, "%.*s/calendarView/delta?startDateTime="
	    "%sT00:00:00Z&endDateTime=%sT00:00:00Z", EX_STR_ARG(at),
	    ex_exchange_date(&g->a, today - g->before).p,
	    ex_exchange_date(&g->a, today + g->after).p);
}

static int
row(void *arg, const struct ex_json *json, struct ex_err *err)
{
	(void)arg;
	(void)json;
	(void)err;
	return 0;
}

/* How many rows came; -1: none is known of.  lost: nor is the state. */
static long
ask(struct ex_graph *g, struct ex_str url, const char *key,
    struct ex_str *token, bool *lost)
{
	struct ex_graph_pages p = { .row = row, .page = PAGE };
	struct ex_err err;
	bool good = ex_graph_pages(g, &p, url, &err) == 0;
	long n = good ? (long)p.rows : -1;

	*lost = !good && ex_graph_lost_state(p.answer.status,
	    p.answer.code);
	if (!good)
		ex_trace("%s: what moved is not to be had: %s", g->place.p,
		    err.msg);
	if (good && p.delta.n > 0 && p.delta.n <= EX_CAP_URL)
		*token = ex_arena_fmt(&g->a, "%s%.*s", key,
		    EX_STR_ARG(p.delta));
	ex_arena_free(&p.a);
	return n;
}

bool
ex_graph_window_still(struct ex_graph *g, struct ex_str since,
    struct ex_str *token)
{
	long today = ex_exchange_day_of((long long)time(NULL)), n = -1;
	struct ex_str key = ex_arena_fmt(&g->a, "%s %ld %ld ",
	    ex_exchange_date(&g->a, today).p, g->before, g->after);
	bool lost = true;

	*token = EX_STR_NONE;
	if (ex_str_starts(since, key.p)) {
		since.p += key.n;
		since.n -= key.n;
		if (ex_graph_is_link(g, since))
			n = ask(g, since, key.p, token, &lost);
	}
	if (n == -1 && lost)
		ask(g, start(g, today), key.p, token, &lost);
	return n == 0 && token->n > 0;
}
