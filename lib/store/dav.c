/*
 * dav.c: CardDAV and CalDAV collections: what an operand says, opening
 *
 *	carddav:https://dav.example.com/team/contacts/
 *	carddav:https://dav.example.com
 *	carddav:dav.example.com, carddav:alice@example.com
 *
 * The last two are domains, whose service SRV records name (davsrv.c).
 * Listing: davlist.c, reading: davread.c and davget.c, writing: davwrite.c.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/auth.h>
#include <ex/diag.h>
#include <ex/http.h>

#include "davpriv.h"

/* Those that auth.c reads are its own business. */
static const char *const dav_options[] = { "folder", EX_STORE_NET_OPTIONS,
	NULL };

static void
options(struct ex_dav *d, const struct ex_store_conf *conf)
{
	const struct ex_store_opt *o;
	size_t i;

	for (i = 0; i < conf->nopt; i++) {
		o = &conf->opt[i];
		if (ex_str_is(o->key, "folder")) {
			d->folder = ex_arena_str(&d->a, o->value);
		} else {
			ex_server_option(&d->server, conf, o, &d->a);
		}
	}
}

static bool
has(struct ex_str s, const char *part)
{
	size_t n = strlen(part), i;

	for (i = 0; i + n <= s.n; i++)
		if (memcmp(s.p + i, part, n) == 0)
			return true;
	return false;
}

/* "user@domain" as it stands in a URL, where '@' ends the user. */
static struct ex_str
with_user(struct ex_str url, struct ex_str who, struct ex_arena *a)
{
	size_t at = 0;

	while (at < who.n && who.p[at] != '@')
		at++;
	if (at == who.n)
		return url;
	return ex_arena_fmt(a, "https://%.*s%%40%.*s@%.*s", (int)at, who.p,
	    (int)(who.n - at - 1), who.p + at + 1, (int)(url.n - 8),
	    url.p + 8);
}

/* The URL that the operand means, with its user. */
static int
locate(struct ex_dav *d, const struct ex_store_conf *conf,
    struct ex_str *url, struct ex_err *err)
{
	struct ex_str where = ex_store_where(conf), domain = where;
	const char *why = "is no URL";
	size_t i;

	*url = where;
	if (!has(where, "://")) {
		for (i = where.n; i > 0 && where.p[i - 1] != '@'; i--)
			;
		domain.p += i;
		domain.n -= i;
		if (domain.n == 0 || has(domain, "/"))
			return ex_err_set(err, EX_ERR_INPUT, "%s: %.*s: "
			    "%s, which begins with https://, and no domain",
			    d->place.p, EX_STR_ARG(where), why);
		*url = EX_STR_NONE;
		if (!has(domain, ":") && ex_dav_lookup(domain, d->cal, &d->a,
		    url, err) == -1)
			return ex_err_at(err, "%s", d->place.p);
		if (url->p == NULL)
			*url = ex_arena_fmt(&d->a, "https://%.*s/",
			    EX_STR_ARG(domain));
		*url = with_user(*url, where, &d->a);
	}
	if (ex_dav_uri_parse(*url, &d->a, &d->uri, &why) == -1)
		return ex_err_set(err, EX_ERR_INPUT, "%s: %.*s: %s",
		    d->place.p, EX_STR_ARG(where), why);
	return 0;
}

static void
dav_close(struct ex_store *s)
{
	struct ex_dav *d = (struct ex_dav *)s;

	ex_server_close(&d->server);
	ex_arena_free(&d->made_arena);
	ex_arena_free(&d->a);
	free(d);
}

static int
open_it(struct ex_dav *d, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	struct ex_str url;

	d->place = ex_store_place(conf, &d->a);
	d->browse = conf->browse;
	d->s.name = ex_arena_str(&d->a, conf->name);
	options(d, conf);
	if (locate(d, conf, &url, err) == -1 ||
	    ex_auth_new(conf, url, &d->server.conf.auth, err) == -1)
		return -1;
	d->server.conf.place = d->place;
	d->server.conf.url = ex_arena_fmt(&d->a, "%.*s/",
	    EX_STR_ARG(d->uri.origin));
	if (ex_server_connect(&d->server, err) == -1)
		return -1;
	if (ex_dav_find(d, conf->kind, err) == -1)
		return -1;
	d->opened = d->props.token;
	d->s.kind = conf->kind != EX_KIND_NONE ? conf->kind :
	    ex_dav_kind(d, &d->props);
	d->s.identity = ex_arena_fmt(&d->a, "%.*s%.*s",
	    EX_STR_ARG(d->uri.origin), EX_STR_ARG(d->uri.path));
	d->s.writable = !d->props.rights || d->props.write;
	return 0;
}

static int
open_as(const struct ex_store_ops *ops, bool cal,
    const struct ex_store_conf *conf, struct ex_store **s,
    struct ex_err *err)
{
	struct ex_dav *d = calloc(1, sizeof(*d));

	if (d == NULL)
		ex_diag_oom();
	d->s.ops = ops;
	d->cal = cal;
	if (open_it(d, conf, err) == -1) {
		dav_close(&d->s);
		return -1;
	}
	*s = &d->s;
	return 0;
}

static int
open_card(const struct ex_store_conf *conf, struct ex_store **s,
    struct ex_err *err)
{
	return open_as(&ex_carddav_ops, false, conf, s, err);
}

static int
open_cal(const struct ex_store_conf *conf, struct ex_store **s,
    struct ex_err *err)
{
	return open_as(&ex_caldav_ops, true, conf, s, err);
}

const struct ex_store_ops ex_carddav_ops = {
	.scheme = "carddav",
	.by = "carddav",
	.options = dav_options,
	.open = open_card,
	.list = ex_dav_list,
	.read = ex_get_one,
	.read_many = ex_dav_read_many,
	.write = ex_dav_write,
	.folders = ex_dav_folders,
	.close = dav_close
};

const struct ex_store_ops ex_caldav_ops = {
	.scheme = "caldav",
	.by = "caldav",
	.options = dav_options,
	.open = open_cal,
	.list = ex_dav_list,
	.read = ex_get_one,
	.read_many = ex_dav_read_many,
	.write = ex_dav_write,
	.folders = ex_dav_folders,
	.close = dav_close
};
