/*
 * graphpage.c: the rows of all pages of an answer
 *
 * "Paging Microsoft Graph data in your app": @odata.nextLink is followed as
 * it is until a page has none.  Links lead to the server that we asked, or
 * the listing fails (http.h): they would take the token elsewhere.  A page
 * may be empty and have a next one.
 */
#include <ex/cap.h>

#include "graphpriv.h"

static int
rows_of(struct ex_graph *g, struct ex_graph_pages *p, struct ex_err *err)
{
	const struct ex_json *c = ex_json_get(p->answer.json, "value");

	if (c == NULL || c->type != EX_JSON_ARRAY)
		return ex_err_set(err, EX_ERR_REMOTE, "%s: a page of a "
		    "listing has no value", g->place.p);
	for (c = c->child; c != NULL; c = c->next) {
		p->rows++;
		if (p->row(p->arg, c, err) == -1)
			return -1;
	}
	return 0;
}

bool
ex_graph_is_link(const struct ex_graph *g, struct ex_str url)
{
	return url.n > g->origin.n && url.p[g->origin.n] == '/' &&
	    memcmp(url.p, g->origin.p, g->origin.n) == 0;
}

int
ex_graph_pages(struct ex_graph *g, struct ex_graph_pages *p,
    struct ex_str url, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str link = ex_arena_str(&p->a, url), next;
	size_t pages = 0;
	int got = 0;

	p->delta = EX_STR_NONE;
	p->rows = 0;
	while (got == 0 && link.p != NULL) {
		ex_arena_reset(&a);
		if ((got = ex_graph_get(g, link, p->page, &a, &p->answer,
		    err)) == 0)
			got = rows_of(g, p, err);
		if (got == -1)
			break;
		p->delta = ex_arena_str(&p->a, ex_json_get_str(p->answer.json,
		    "@odata.deltaLink"));
		next = ex_json_get_str(p->answer.json, "@odata.nextLink");
		if (++pages == EX_CAP_GRAPH_PAGES || ex_str_eq(next, link))
			got = ex_err_set(err, EX_ERR_REMOTE, "%s: the pages "
			    "of a listing do not end", g->place.p);
		if (next.n > EX_CAP_URL || (next.p != NULL &&
		    !ex_str_starts(next, "http")))
			got = ex_err_set(err, EX_ERR_REMOTE, "%s: a listing "
			    "goes on at no URL", g->place.p);
		link = ex_arena_str(&p->a, next);
	}
	p->answer.json = NULL;
	p->answer.code = ex_arena_str(&p->a, p->answer.code);
	p->answer.text = p->answer.request = EX_STR_NONE;
	ex_arena_free(&a);
	return got;
}
