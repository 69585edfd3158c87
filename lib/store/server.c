/*
 * server.c: a store's connection to its server
 */
#include <ex/auth.h>
#include <ex/clock.h>
#include <ex/diag.h>
#include <ex/trace.h>

#include "priv.h"

#define PAUSE	250		/* milliseconds, doubled each time */

bool
ex_server_option(struct ex_server *v, const struct ex_store_conf *conf,
    const struct ex_store_opt *o, struct ex_arena *a)
{
	struct ex_store_conf as = *conf;

	if (ex_str_is(o->key, "ca-file")) {
		as.operand = ex_arena_fmt(a, "file:%.*s",
		    EX_STR_ARG(o->value));
		v->conf.ca_file = ex_str_of(ex_store_path(&as, a));
	} else if (ex_str_is(o->key, "insecure")) {
		v->conf.insecure = ex_str_is(o->value, "yes");
	} else if (ex_str_is(o->key, "silence")) {
		v->conf.silence = ex_store_seconds(o->value);
	} else {
		return false;
	}
	return true;
}

int
ex_server_connect(struct ex_server *v, struct ex_err *err)
{
	return ex_http_open(&v->conf, &v->http, err);
}

unsigned long
ex_server_requests(const struct ex_server *v)
{
	return v->before + (v->http != NULL ? ex_http_requests(v->http) : 0);
}

void
ex_server_abandon(struct ex_server *v)
{
	struct ex_err err;

	v->before = ex_server_requests(v);
	ex_http_close(v->http);
	v->http = NULL;
	if (ex_server_connect(v, &err) == -1)
		ex_diag_oom();
}

void
ex_server_close(struct ex_server *v)
{
	if (v->http != NULL)
		ex_http_close(v->http);
	if (v->conf.auth != NULL)
		ex_auth_free(v->conf.auth);
}

long long
ex_server_pause(const struct ex_server *v, long wait, unsigned tries)
{
	if (wait >= 1000)
		ex_trace("%.*s: the server wants a pause of %ld s",
		    EX_STR_ARG(v->conf.place), wait / 1000);
	if (wait > EX_SERVER_PATIENCE)
		wait = EX_SERVER_PATIENCE;
	return ex_clock_ms() + (wait >= 0 ? wait : (long)PAUSE << tries);
}
