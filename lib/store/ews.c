/*
 * ews.c: folders on Exchange by EWS: what an operand says, opening
 *
 *	ews:https://mail.example.com/EWS/Exchange.asmx
 *	ews:mail.example.com
 *	ews:alice@example.com
 *	ews:https://mail.example.com/EWS/Exchange.asmx?mailbox=M&folder=F
 *
 * The third is a mailbox, whose server Autodiscover names (ewsdiscover.c).
 * mailbox and folder are options, which may stand in the URL too, where there
 * is no ring file; they are ours and are not sent.
 *
 * Requests: ewssoap.c, answers: ewsxml.c and ewsanswer.c, folders:
 * ewsfolder.c, listing: ewslist.c, reading: ewsread.c and ewsget.c, writing:
 * ewswrite.c; what an item's fields mean: ewsmap.c.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/auth.h>
#include <ex/diag.h>
#include <ex/http.h>

#include "davpriv.h"
#include "ewspriv.h"

#define BATCH	50	/* items that are asked for at once, to begin with */

/* Those that auth.c reads are its own business. */
static const char *const ews_options[] = { "mailbox", "folder", "impersonate",
	EX_STORE_NET_OPTIONS, NULL };

/* Behind the URL's '?', which is cut off. */
static int
query(struct ex_ews *e, struct ex_str *url, struct ex_err *err)
{
	const char *q = memchr(url->p, '?', url->n), *amp;
	struct ex_str rest, one;

	if (q == NULL)
		return 0;
	rest = (struct ex_str){ q + 1, url->n - (size_t)(q + 1 - url->p) };
	url->n = (size_t)(q - url->p);
	while (rest.n > 0) {
		amp = memchr(rest.p, '&', rest.n);
		one = rest;
		one.n = amp != NULL ? (size_t)(amp - rest.p) : rest.n;
		rest.p += one.n;
		rest.n -= one.n;
		if (rest.n > 0) {
			rest.p++;
			rest.n--;
		}
		if (ex_str_starts(one, "mailbox="))
			e->mailbox = ex_http_decode((struct ex_str){ one.p + 8,
			    one.n - 8 }, &e->a);
		else if (ex_str_starts(one, "folder="))
			e->folder = ex_http_decode((struct ex_str){ one.p + 7,
			    one.n - 7 }, &e->a);
		else
			return ex_err_set(err, EX_ERR_INPUT, "%s: %.*s: "
			    "behind the URL only mailbox= and folder= may "
			    "stand", e->place.p, EX_STR_ARG(one));
	}
	return 0;
}

static int
options(struct ex_ews *e, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	const struct ex_store_opt *o;
	size_t i;

	for (i = 0; i < conf->nopt; i++) {
		o = &conf->opt[i];
		if (ex_str_is(o->key, "folder")) {
			e->folder = ex_arena_str(&e->a, o->value);
		} else if (ex_str_is(o->key, "mailbox")) {
			e->mailbox = ex_arena_str(&e->a, o->value);
		} else if (ex_str_is(o->key, "impersonate")) {
			e->impersonate = ex_str_is(o->value, "yes");
			if (!e->impersonate && !ex_str_is(o->value, "no"))
				return ex_err_set(err, EX_ERR_INPUT,
				    "%s: line %u: impersonate: yes or no is "
				    "wanted", e->place.p, o->line);
		} else {
			ex_server_option(&e->server, conf, o, &e->a);
		}
	}
	if (e->impersonate && e->mailbox.n == 0)
		return ex_err_set(err, EX_ERR_INPUT, "%s: impersonate: whom? "
		    "give mailbox", e->place.p);
	return 0;
}

static bool
has(struct ex_str s, char c)
{
	return s.n > 0 && memchr(s.p, c, s.n) != NULL;
}

static bool
has_scheme(struct ex_str s)
{
	return ex_str_starts(s, "https://") || ex_str_starts(s, "http://");
}

/* The URL that the operand means, with its user. */
static int
locate(struct ex_ews *e, const struct ex_store_conf *conf,
    struct ex_str *url, struct ex_err *err)
{
	struct ex_str where = ex_store_where(conf);
	struct ex_dav_uri u;
	const char *why;

	if (query(e, &where, err) == -1)
		return -1;
	*url = where;
	if (!has_scheme(where) && has(where, '@') && !has(where, '/')) {
		if (ex_ews_discover(e, conf, &where, err) == -1)
			return -1;
		if (e->mailbox.n == 0)
			e->mailbox = ex_arena_str(&e->a, where);
		return 0;
	}
	if (!has_scheme(where))
		*url = ex_arena_fmt(&e->a, "https://%.*s",
		    EX_STR_ARG(where));
	if (ex_dav_uri_parse(*url, &e->a, &u, &why) == -1)
		return ex_err_set(err, EX_ERR_INPUT, "%s: %.*s: %s",
		    e->place.p, EX_STR_ARG(where), why);
	e->url = ex_arena_fmt(&e->a, "%s%s", u.origin.p, u.path.n > 1 ?
	    u.path.p : "/EWS/Exchange.asmx");
	return 0;
}

void
ex_ews_abandon(struct ex_ews *e)
{
	ex_server_abandon(&e->server);
	e->first = NULL;
	e->inside = 0;
}

static void
ews_close(struct ex_store *s)
{
	struct ex_ews *e = (struct ex_ews *)s;

	ex_server_close(&e->server);
	ex_arena_free(&e->unsure.a);
	ex_arena_free(&e->a);
	free(e);
}

static int
open_it(struct ex_ews *e, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	struct ex_str url = EX_STR_NONE;

	e->place = ex_store_place(conf, &e->a);
	e->server.conf.place = e->place;
	e->browse = conf->browse;
	e->batch = BATCH;
	e->s.name = ex_arena_str(&e->a, conf->name);
	if (conf->kind == EX_KIND_JOURNALS)
		return ex_err_set(err, EX_ERR_INPUT, "%s: Exchange has no "
		    "journals that we could keep the same: a ring of journals "
		    "cannot have an ews: folder", e->place.p);
	if (options(e, conf, err) == -1 || locate(e, conf, &url, err) == -1)
		return -1;
	if (e->server.conf.auth == NULL &&
	    ex_auth_new(conf, url, &e->server.conf.auth, err) == -1)
		return -1;
	e->server.conf.url = e->url;
	/* NTLM signs connections in; one is enough for all. */
	e->server.conf.flight =
	    ex_auth_kind(e->server.conf.auth) == EX_AUTH_NTLM ? 1 : 4;
	if (ex_server_connect(&e->server, err) == -1)
		return -1;
	if (e->mailbox.n > 0)
		e->anchor = ex_arena_fmt(&e->a, "X-AnchorMailbox: %.*s",
		    EX_STR_ARG(e->mailbox));
	if (e->browse) {
		e->s.kind = conf->kind;
		return 0;
	}
	if (ex_ews_find_folder(e, conf->kind, err) == -1)
		return -1;
	e->s.identity = e->id;
	return 0;
}

static int
ews_open(const struct ex_store_conf *conf, struct ex_store **s,
    struct ex_err *err)
{
	struct ex_ews *e = calloc(1, sizeof(*e));

	if (e == NULL)
		ex_diag_oom();
	e->s.ops = &ex_ews_ops;
	if (open_it(e, conf, err) == -1) {
		ews_close(&e->s);
		return -1;
	}
	*s = &e->s;
	return 0;
}

const struct ex_store_ops ex_ews_ops = {
	.scheme = "ews",
	.by = "ews",
	.options = ews_options,
	.open = ews_open,
	.list = ex_ews_list,
	.read = ex_get_one,
	.read_many = ex_ews_read_many,
	.write = ex_ews_write,
	.folders = ex_ews_folders,
	.close = ews_close
};
