/*
 * graph.c: folders on Exchange Online by Microsoft Graph: what an operand
 * says, opening
 *
 *	graph:
 *	graph:https://graph.microsoft.us
 *	graph:?mailbox=M&folder=F&tenant=T&client-id=C
 *
 * Options may stand behind a '?' too, where there is no ring file; they are
 * ours and are not sent.
 *
 *	cloud =		Graph				sign-in
 *	--------------	------------------------------	------------------------
 *	global		graph.microsoft.com		login.microsoftonline.com
 *	us		graph.microsoft.us		login.microsoftonline.us
 *	dod		dod-graph.microsoft.us		login.microsoftonline.us
 *	china		microsoftgraph.			login.partner.
 *			  chinacloudapi.cn		  microsoftonline.cn
 *
 * Source: "National cloud deployments" of Microsoft Graph.
 *
 * Sign-in: graphsign.c, graphcache.c; requests: graphqueue.c, graphhttp.c,
 * graphbatch.c, graphgate.c, graphanswer.c; folders: graphfolder.c; listing:
 * graphlist.c, graphwindow.c; reading: graphread.c, graphget.c; writing:
 * graphwrite.c, graphstep.c, graphput.c; what an item's fields mean:
 * graphmap.c.
 *
 * _XOPEN_SOURCE is for realpath(3) alone.
 */
#define _XOPEN_SOURCE 700

#include <stdlib.h>
#include <string.h>

#include <ex/auth.h>
#include <ex/cap.h>
#include <ex/diag.h>

#include "davpriv.h"
#include "graphpriv.h"

static const char *const graph_options[] = { "mailbox", "folder", "tenant",
	"client-id", "certificate", "cloud", "login", "window",
	EX_STORE_NET_OPTIONS, NULL };

static const struct {
	const char *name, *graph, *login;
} clouds[] = {
	{ "global", "https://graph.microsoft.com",
	    "https://login.microsoftonline.com" },
	{ "us", "https://graph.microsoft.us",
	    "https://login.microsoftonline.us" },
	{ "dod", "https://dod-graph.microsoft.us",
	    "https://login.microsoftonline.us" },
	{ "china", "https://microsoftgraph.chinacloudapi.cn",
	    "https://login.partner.microsoftonline.cn" }
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* What options say, before it is known what is lacking. */
struct told {
	struct ex_str cloud, login, auth, certificate, token_command, window;
};

static void
put_query(struct ex_graph *g, const char *key, struct ex_str value)
{
	ex_buf_fmt(&g->query, "%s=", key);
	ex_graph_encode(&g->query, value);
	ex_buf_putc(&g->query, '&');
}

static void
option(struct ex_graph *g, struct told *t, const struct ex_store_conf *conf,
    const struct ex_store_opt *o)
{
	const struct {
		const char *key;
		struct ex_str *to;
		bool query;	/* of the URL of each folder that is there */
	} keys[] = {
		{ "folder", &g->folder, false },
		{ "mailbox", &g->mailbox, true },
		{ "tenant", &g->sign.tenant, true },
		{ "client-id", &g->sign.client, true },
		{ "certificate", &t->certificate, false },
		{ "cloud", &t->cloud, true }, { "login", &t->login, true },
		{ "auth", &t->auth, true },
		{ "token-command", &t->token_command, false },
		{ "window", &t->window, false }
	};
	size_t i;

	for (i = 0; i < COUNT(keys); i++)
		if (ex_str_is(o->key, keys[i].key)) {
			*keys[i].to = ex_arena_str(&g->a, o->value);
			if (keys[i].query)
				put_query(g, keys[i].key, o->value);
			return;
		}
	ex_server_option(&g->server, conf, o, &g->a);
}

/* Behind the '?' of the operand, which is cut off. */
static int
query(struct ex_graph *g, struct told *t, const struct ex_store_conf *conf,
    struct ex_str *where, struct ex_err *err)
{
	static const char *const may[] = { "mailbox", "folder", "tenant",
	    "client-id", "certificate", "cloud", "login", "auth" };
	const char *q = memchr(where->p, '?', where->n), *end, *eq;
	struct ex_store_opt o = { .line = 0 };
	size_t i, n;

	if (q == NULL)
		return 0;
	end = where->p + where->n;
	where->n = (size_t)(q - where->p);
	while (q < end && ++q < end) {
		n = (size_t)(end - q);
		if (memchr(q, '&', n) != NULL)
			n = (size_t)((const char *)memchr(q, '&', n) - q);
		eq = memchr(q, '=', n);
		o.key = (struct ex_str){ q, eq != NULL ? (size_t)(eq - q) :
		    n };
		for (i = 0; i < COUNT(may); i++)
			if (ex_str_is(o.key, may[i]))
				break;
		if (i == COUNT(may) || eq == NULL)
			return ex_err_set(err, EX_ERR_INPUT, "%s: %.*s: "
			    "behind '?' only mailbox=, folder=, tenant=, "
			    "client-id=, certificate=, cloud=, login= and "
			    "auth= may stand", g->place.p, (int)n, q);
		o.value = ex_http_decode((struct ex_str){ eq + 1,
		    n - o.key.n - 1 }, &g->a);
		option(g, t, conf, &o);
		q += n;
	}
	return 0;
}

static int
origin_of(struct ex_graph *g, struct ex_str url, struct ex_str *origin,
    struct ex_err *err)
{
	struct ex_dav_uri u;
	const char *why = "it has a path";

	if (ex_dav_uri_parse(url, &g->a, &u, &why) == -1 ||
	    (u.path.n > 0 && !ex_str_is(u.path, "/")))
		return ex_err_set(err, EX_ERR_INPUT, "%s: %.*s: %s",
		    g->place.p, EX_STR_ARG(url), why);
	*origin = u.origin;
	return 0;
}

/* Whom we talk to. */
static int
hosts(struct ex_graph *g, const struct told *t, struct ex_str where,
    struct ex_err *err)
{
	struct ex_str cloud = t->cloud.p != NULL ? t->cloud :
	    EX_STR("global");
	size_t i;

	for (i = 0; i < COUNT(clouds); i++)
		if (ex_str_is(cloud, clouds[i].name))
			break;
	if (i == COUNT(clouds))
		return ex_err_set(err, EX_ERR_INPUT, "%s: cloud: global, "
		    "us, dod or china is wanted", g->place.p);
	/* One that is named may be any: the secret is not for another. */
	if (where.n > 0 && t->login.p == NULL && t->token_command.p == NULL) {
		for (i = 0; i < COUNT(clouds); i++)
			if (ex_str_is(where, clouds[i].graph))
				break;
		if (i == COUNT(clouds))
			return ex_err_set(err, EX_ERR_INPUT, "%s: %.*s: who "
			    "signs in there? give login", g->place.p,
			    EX_STR_ARG(where));
	}
	if (origin_of(g, where.n > 0 ? where : ex_str_of(clouds[i].graph),
	    &g->origin, err) == -1)
		return -1;
	g->sign.graph = g->origin;
	return origin_of(g, t->login.p != NULL ? t->login :
	    ex_str_of(clouds[i].login), &g->sign.login, err);
}

static int
lacks(const struct ex_graph *g, const char *what, const char *why,
    struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_INPUT, "%s: there is no %s: %s",
	    g->place.p, what, why);
}

static const char *
path_of(struct ex_graph *g, const struct ex_store_conf *conf,
    struct ex_str value)
{
	struct ex_store_conf as = *conf;

	as.operand = ex_arena_fmt(&g->a, "file:%.*s", EX_STR_ARG(value));
	return ex_store_path(&as, &g->a);
}

/* In the URL of a folder it leads there from anywhere. */
static void
certificate(struct ex_graph *g, const struct ex_store_conf *conf,
    struct ex_str value)
{
	const char *path = path_of(g, conf, value);
	char *real = realpath(path, NULL);

	g->sign.certificate = ex_str_of(path);
	put_query(g, "certificate", ex_str_of(real != NULL ? real : path));
	free(real);
}

/* The client's secret comes from where passwords come from. */
static int
secret(struct ex_graph *g, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	struct ex_store_conf as = *conf;
	struct ex_store_opt *o = ex_arena_array(&g->a, conf->nopt + 2,
	    sizeof(*o));
	size_t i;

	as.opt = o;
	as.nopt = 0;
	for (i = 0; i < conf->nopt; i++)
		if (ex_str_starts(conf->opt[i].key, "password-"))
			o[as.nopt++] = conf->opt[i];
	o[as.nopt++] = (struct ex_store_opt){ EX_STR("user"),
	    g->sign.client, 0 };
	o[as.nopt++] = (struct ex_store_opt){ EX_STR("auth"),
	    EX_STR("basic"), 0 };
	return ex_auth_new(&as, g->sign.login, &g->sign.secret, err);
}

/* A token from a command: as for any other server. */
static int
by_command(struct ex_graph *g, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	return ex_auth_new(conf, g->origin, &g->server.conf.auth, err);
}

static int
sign(struct ex_graph *g, const struct told *t,
    const struct ex_store_conf *conf, struct ex_err *err)
{
	struct ex_graph_sign *s = &g->sign;

	if (t->token_command.p != NULL)
		return by_command(g, conf, err);
	s->device = ex_str_is(t->auth, "device");
	s->shared = s->device && g->mailbox.n > 0;
	if (t->auth.p != NULL && !s->device)
		return ex_err_set(err, EX_ERR_INPUT, "%s: auth: device is "
		    "wanted, or nothing: a certificate, a password or a "
		    "token-command says it all", g->place.p);
	if (s->tenant.n == 0)
		return lacks(g, "tenant", "the directory's id, or a domain "
		    "of it", err);
	if (s->client.n == 0)
		return lacks(g, "client-id", "that of the app registration",
		    err);
	if (t->certificate.p != NULL)
		certificate(g, conf, t->certificate);
	else if (!s->device && secret(g, conf, err) == -1)
		return -1;
	s->place = g->place;
	s->server = &g->server;
	s->asked = conf->browse;
	g->server.conf.auth = ex_auth_new_token(g->place, ex_graph_token, s);
	return 0;
}

static int
whose(struct ex_graph *g, struct ex_err *err)
{
	struct ex_buf b = EX_BUF_INIT;

	if (g->mailbox.n == 0 && g->sign.server != NULL && !g->sign.device)
		return lacks(g, "mailbox", "an app has none of its own", err);
	if (g->mailbox.n == 0) {
		g->who = EX_STR("/me");
		return 0;
	}
	ex_buf_puts(&b, "/users/");
	ex_graph_encode(&b, g->mailbox);
	g->who = ex_arena_str(&g->a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return 0;
}

/* Which days are looked at first. */
static int
window(struct ex_graph *g, const struct told *t, enum ex_kind kind,
    struct ex_err *err)
{
	if (t->window.p == NULL)
		return 0;
	if (kind != EX_KIND_EVENTS)
		return ex_err_set(err, EX_ERR_INPUT, "%s: window: only a "
		    "calendar has one", g->place.p);
	return ex_graph_window_set(g, t->window) ? 0 : ex_err_set(err,
	    EX_ERR_INPUT, "%s: window: days before today and days after it "
	    "are wanted, 1825 in all at most: 30 365", g->place.p);
}

static void
graph_close(struct ex_store *s)
{
	struct ex_graph *g = (struct ex_graph *)s;

	if (g->live != NULL)
		ex_graph_abandon(g);
	ex_server_close(&g->server);
	if (g->sign.secret != NULL)
		ex_auth_free(g->sign.secret);
	ex_graph_gate_close(g->gate);
	ex_buf_fini(&g->query);
	ex_arena_free(&g->unsure.a);
	ex_arena_free(&g->a);
	free(g);
}

static int
open_it(struct ex_graph *g, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	struct ex_str where = ex_store_where(conf);
	struct told t = { .cloud = EX_STR_NONE };
	size_t i;

	g->place = ex_store_place(conf, &g->a);
	g->server.conf.place = g->place;
	g->s.name = ex_arena_str(&g->a, conf->name);
	g->s.writable = true;
	g->strip = conf->strip;
	if (conf->kind == EX_KIND_JOURNALS)
		return ex_err_set(err, EX_ERR_INPUT, "%s: Exchange has no "
		    "journals that we could keep the same: a ring of journals "
		    "cannot have a graph: folder", g->place.p);
	if (query(g, &t, conf, &where, err) == -1)
		return -1;
	for (i = 0; i < conf->nopt; i++)
		option(g, &t, conf, &conf->opt[i]);
	if (hosts(g, &t, where, err) == -1 || sign(g, &t, conf, err) == -1 ||
	    whose(g, err) == -1 || window(g, &t, conf->kind, err) == -1)
		return -1;
	g->gate = ex_graph_gate_open(ex_arena_fmt(&g->a, "%.*s %.*s %.*s "
	    "%.*s", EX_STR_ARG(g->origin), EX_STR_ARG(g->sign.tenant),
	    EX_STR_ARG(g->sign.client), EX_STR_ARG(t.token_command)));
	g->server.conf.url = g->origin;
	if (ex_server_connect(&g->server, err) == -1)
		return -1;
	g->last = &g->first;
	g->s.kind = conf->kind;
	return conf->browse ? 0 : ex_graph_find_folder(g, conf->kind, err);
}

static int
graph_open(const struct ex_store_conf *conf, struct ex_store **s,
    struct ex_err *err)
{
	struct ex_graph *g = calloc(1, sizeof(*g));

	if (g == NULL)
		ex_diag_oom();
	g->s.ops = &ex_graph_ops;
	if (open_it(g, conf, err) == -1) {
		graph_close(&g->s);
		return -1;
	}
	*s = &g->s;
	return 0;
}

const struct ex_store_ops ex_graph_ops = {
	.scheme = "graph",
	.by = "graph",
	.options = graph_options,
	.mails = true,
	.bare = true,
	.open = graph_open,
	.list = ex_graph_list,
	.read = ex_get_one,
	.read_many = ex_graph_read_many,
	.write = ex_graph_write,
	.folders = ex_graph_folders,
	.close = graph_close
};
