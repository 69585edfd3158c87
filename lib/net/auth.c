/*
 * auth.c: who we are to a server, and how we prove it
 *
 *	secret from, the first that there is
 *	----------------------------------------------------------------
 *	token-command, password-command, password-file, password-env: at
 *	  most one of them
 *	EX_PASSWORD_COMMAND, without a ring file
 *	$NETRC or ~/.netrc, by host and user
 *
 * Without `auth`, a token-command makes it bearer, a password or a user
 * leaves it to the server, and nothing is nobody.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/auth.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/http.h>
#include <ex/storeconf.h>

#include "priv.h"

enum source {
	FROM_NOTHING,
	FROM_TOKEN_COMMAND,
	FROM_COMMAND,
	FROM_FILE,
	FROM_ENV,
	FROM_NETRC,
	FROM_CALLER
};

struct ex_auth {
	struct ex_arena a;
	struct ex_str place;
	enum ex_auth_kind kind;
	enum source from;
	const char *what;	/* the option, for messages */
	const char *arg;	/* command, path, name */
	struct ex_str user;
	struct secret secret;
	ex_auth_get *get;	/* the caller's */
	void *get_arg;
	bool renewed;		/* and not known to work yet */
};

static const struct {
	const char *key;
	enum source from;
} sources[] = {
	{ "token-command", FROM_TOKEN_COMMAND },
	{ "password-command", FROM_COMMAND },
	{ "password-file", FROM_FILE },
	{ "password-env", FROM_ENV }
};

static const struct {
	const char *name;
	enum ex_auth_kind kind;
} kinds[] = {
	{ "negotiate", EX_AUTH_NEGOTIATE }, { "ntlm", EX_AUTH_NTLM },
	{ "digest", EX_AUTH_DIGEST }, { "basic", EX_AUTH_BASIC },
	{ "bearer", EX_AUTH_BEARER }
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct ex_store_opt *
option(const struct ex_store_conf *conf, const char *key)
{
	size_t i;

	for (i = 0; i < conf->nopt; i++)
		if (ex_str_is(conf->opt[i].key, key))
			return &conf->opt[i];
	return NULL;
}

/* The user (absent: none) and the host of a URL. */
static int
split(struct ex_auth *auth, struct ex_str url, struct ex_str *user,
    struct ex_str *host, struct ex_err *err)
{
	const char *at = NULL, *p = url.p, *end = url.p + url.n, *q;

	*user = EX_STR_NONE;
	for (q = p; end - q > 3 && memcmp(q, "://", 3) != 0; q++)
		;
	if (end - q > 3)
		p = q + 3;
	for (q = p; q < end && strchr("/?#", *q) == NULL; q++)
		if (*q == '@')
			at = q;
	end = q;
	if (at != NULL) {
		if (memchr(p, ':', (size_t)(at - p)) != NULL)
			return ex_err_set(err, EX_ERR_INPUT, "%s%sa password "
			    "in a URL is there for others to see: use "
			    "password-command, password-file or ~/.netrc",
			    auth->place.n > 0 ? auth->place.p : "",
			    auth->place.n > 0 ? ": " : "");
		*user = ex_http_decode((struct ex_str){ p, (size_t)(at - p) },
		    &auth->a);
		p = at + 1;
	}
	for (q = p; q < end && (*q != ':' || (p[0] == '[' &&
	    memchr(q, ']', (size_t)(end - q)) != NULL)); q++)
		;
	*host = ex_arena_str(&auth->a, (struct ex_str){ p, (size_t)(q - p) });
	return 0;
}

static int
bad_option(const struct ex_auth *auth, const struct ex_store_opt *o,
    const char *why, struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_INPUT, "%s: line %u: %.*s: %s",
	    auth->place.p, o->line, EX_STR_ARG(o->key), why);
}

static int
read_kind(struct ex_auth *auth, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	const struct ex_store_opt *o = option(conf, "auth");
	size_t i;

	auth->kind = EX_AUTH_ANY;
	if (o == NULL)
		return 0;
	for (i = 0; i < COUNT(kinds); i++)
		if (ex_str_is(o->value, kinds[i].name)) {
			auth->kind = kinds[i].kind;
			return 0;
		}
	return bad_option(auth, o, "negotiate, ntlm, digest, basic or bearer "
	    "is wanted", err);
}

/* Paths are relative to the ring file. */
static const char *
argument(struct ex_auth *auth, const struct ex_store_conf *conf,
    struct ex_str value)
{
	if (auth->from != FROM_FILE || conf->base.n == 0 ||
	    ex_str_starts(value, "/"))
		return ex_arena_str(&auth->a, value).p;
	return ex_arena_fmt(&auth->a, "%.*s/%.*s", EX_STR_ARG(conf->base),
	    EX_STR_ARG(value)).p;
}

static int
read_source(struct ex_auth *auth, const struct ex_store_conf *conf,
    struct ex_err *err)
{
	const struct ex_store_opt *o;
	const char *env = getenv("EX_PASSWORD_COMMAND");
	size_t i;

	for (i = 0; i < COUNT(sources); i++) {
		if ((o = option(conf, sources[i].key)) == NULL)
			continue;
		if (auth->from != FROM_NOTHING)
			return bad_option(auth, o, "one source of a secret "
			    "is enough", err);
		if (o->value.n == 0)
			return bad_option(auth, o, "it is empty", err);
		auth->from = sources[i].from;
		auth->what = sources[i].key;
		auth->arg = argument(auth, conf, o->value);
	}
	if (auth->from == FROM_NOTHING && conf->base.p == NULL &&
	    env != NULL && env[0] != '\0') {
		auth->from = FROM_COMMAND;
		auth->what = "EX_PASSWORD_COMMAND";
		auth->arg = ex_arena_str(&auth->a, ex_str_of(env)).p;
	}
	return 0;
}

static int
ask_netrc(struct ex_auth *auth, struct ex_str host, struct ex_err *err)
{
	struct secret login = { NULL, 0 };
	int got = netrc_find(host, auth->user, &login, &auth->secret, err);

	if (got == -1)
		return ex_err_at(err, "%s", auth->place.p);
	if (got == 1) {
		auth->from = FROM_NETRC;
		if (auth->user.p == NULL)
			auth->user = ex_arena_str(&auth->a,
			    (struct ex_str){ login.p, login.n });
	}
	secret_free(&login);
	return 0;
}

/* Is all there that the kind needs? */
static int
settle(struct ex_auth *auth, bool told, struct ex_str host,
    struct ex_err *err)
{
	bool env = auth->from == FROM_COMMAND &&
	    strcmp(auth->what, "EX_PASSWORD_COMMAND") == 0;

	if (!told && auth->from == FROM_TOKEN_COMMAND)
		auth->kind = EX_AUTH_BEARER;
	if (!told && auth->user.p == NULL &&
	    (auth->from == FROM_NOTHING || env)) {
		auth->kind = EX_AUTH_NONE;
		return 0;
	}
	if (auth->kind == EX_AUTH_NEGOTIATE)
		return 0;
	if (auth->kind == EX_AUTH_BEARER && auth->from == FROM_NOTHING)
		return ex_err_set(err, EX_ERR_INPUT, "%s: bearer: there is "
		    "no token: give token-command", auth->place.p);
	if (auth->kind != EX_AUTH_BEARER && auth->from == FROM_TOKEN_COMMAND)
		return ex_err_set(err, EX_ERR_INPUT, "%s: token-command is "
		    "for auth = bearer", auth->place.p);
	if (auth->kind == EX_AUTH_BEARER)
		return 0;
	if (auth->user.p == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "%s: there is no user "
		    "for %s: give user, or a line in ~/.netrc",
		    auth->place.p, host.p);
	if (auth->from == FROM_NOTHING)
		return ex_err_set(err, EX_ERR_INPUT, "%s: there is no "
		    "password for %s at %s: give password-command, "
		    "password-file, password-env or a line in ~/.netrc",
		    auth->place.p, auth->user.p, host.p);
	return 0;
}

static int
read_all(struct ex_auth *auth, const struct ex_store_conf *conf,
    struct ex_str url, struct ex_err *err)
{
	const struct ex_store_opt *user = option(conf, "user");
	struct ex_str host;

	if (conf->name.n > 0)
		auth->place = ex_arena_fmt(&auth->a, "folder %.*s",
		    EX_STR_ARG(conf->name));
	if (split(auth, url, &auth->user, &host, err) == -1)
		return -1;
	if (auth->place.p == NULL)
		auth->place = host;
	if (user != NULL && user->value.n == 0)
		return bad_option(auth, user, "it is empty", err);
	if (user != NULL)
		auth->user = ex_arena_str(&auth->a, user->value);
	if (read_kind(auth, conf, err) == -1 ||
	    read_source(auth, conf, err) == -1)
		return -1;
	if (auth->from == FROM_NOTHING && auth->kind != EX_AUTH_BEARER &&
	    auth->kind != EX_AUTH_NEGOTIATE &&
	    ask_netrc(auth, host, err) == -1)
		return -1;
	return settle(auth, option(conf, "auth") != NULL, host, err);
}

int
ex_auth_new(const struct ex_store_conf *conf, struct ex_str url,
    struct ex_auth **out, struct ex_err *err)
{
	struct ex_auth *auth = calloc(1, sizeof(*auth));

	if (auth == NULL)
		ex_diag_oom();
	*out = NULL;
	if (read_all(auth, conf, url, err) == -1) {
		ex_auth_free(auth);
		return -1;
	}
	*out = auth;
	return 0;
}

struct ex_auth *
ex_auth_new_token(struct ex_str place, ex_auth_get *get, void *arg)
{
	struct ex_auth *auth = calloc(1, sizeof(*auth));

	if (auth == NULL)
		ex_diag_oom();
	auth->place = ex_arena_str(&auth->a, place);
	auth->kind = EX_AUTH_BEARER;
	auth->from = FROM_CALLER;
	auth->what = "the token that came";
	auth->get = get;
	auth->get_arg = arg;
	return auth;
}

void
ex_auth_free(struct ex_auth *auth)
{
	if (auth == NULL)
		return;
	secret_free(&auth->secret);
	ex_arena_free(&auth->a);
	free(auth);
}

enum ex_auth_kind
ex_auth_kind(const struct ex_auth *auth)
{
	return auth->kind;
}

struct ex_str
ex_auth_user(const struct ex_auth *auth)
{
	return auth->user;
}

/* It becomes a header as it is: RFC 6750, 2.1. */
static int
check_token(struct ex_auth *auth, struct ex_err *err)
{
	size_t i;

	for (i = 0; i < auth->secret.n; i++)
		if ((unsigned char)auth->secret.p[i] <= ' ' ||
		    (unsigned char)auth->secret.p[i] >= 0x7f) {
			secret_free(&auth->secret);
			return ex_err_set(err, EX_ERR_INPUT,
			    "%s: its first line is no token", auth->what);
		}
	return 0;
}

static int
ask_caller(struct ex_auth *auth, struct ex_err *err)
{
	struct ex_buf b = EX_BUF_INIT;
	int got;

	b.cap = EX_CAP_SECRET;
	/* Grown, it would leave copies behind. */
	ex_buf_room(&b, EX_CAP_SECRET);
	got = auth->get(auth->get_arg, auth->renewed, &b, err);
	if (got == 0 && (b.over || b.n == 0))
		got = ex_err_set(err, EX_ERR_REMOTE, "a token of %s",
		    b.over ? "too many bytes" : "no bytes");
	if (got == 0)
		secret_set(&auth->secret, b.p, b.n);
	if (b.p != NULL)
		secret_wipe(b.p, b.size);
	ex_buf_fini(&b);
	return got;
}

static int
obtain(struct ex_auth *auth, struct ex_err *err)
{
	int got = -1;

	switch (auth->from) {
	case FROM_TOKEN_COMMAND:
	case FROM_COMMAND:
		got = secret_command(&auth->secret, auth->what, auth->arg,
		    err);
		break;
	case FROM_FILE:
		got = secret_file(&auth->secret, auth->arg, err);
		break;
	case FROM_ENV:
		got = secret_env(&auth->secret, auth->arg, err);
		break;
	case FROM_CALLER:
		got = ask_caller(auth, err);
		break;
	case FROM_NETRC:
	case FROM_NOTHING:
		return 0;
	}
	if (got == 0 && auth->kind == EX_AUTH_BEARER)
		got = check_token(auth, err);
	return got == -1 ? ex_err_at(err, "%s", auth->place.p) : 0;
}

int
ex_auth_secret(struct ex_auth *auth, struct ex_str *secret,
    struct ex_err *err)
{
	if (auth->secret.p == NULL && obtain(auth, err) == -1)
		return -1;
	*secret = (struct ex_str){ auth->secret.p, auth->secret.n };
	return 0;
}

int
ex_auth_renew(struct ex_auth *auth, struct ex_err *err)
{
	if ((auth->from != FROM_TOKEN_COMMAND &&
	    auth->from != FROM_CALLER) || auth->renewed)
		return 0;
	auth->renewed = true;
	secret_free(&auth->secret);
	return obtain(auth, err) == -1 ? -1 : 1;
}

void
ex_auth_works(struct ex_auth *auth)
{
	auth->renewed = false;
}

int
ex_auth_file(const char *path, struct ex_arena *a, struct ex_str *out,
    struct ex_err *err)
{
	int fd = secret_open(path, err);

	if (fd == -1)
		return -1;
	close(fd);
	return ex_file_read(AT_FDCWD, path, EX_CAP_SECRET, a, out, err);
}
