/*
 * store.c: "scheme:where" to a backend
 */
#include <errno.h>
#include <string.h>

#include <ex/cap.h>
#include <ex/trace.h>

#include "priv.h"

static const struct ex_store_ops *const stores[] = {
	&ex_vdir_ops, &ex_filestore_ops, &ex_snapstore_ops, &ex_mem_ops,
	&ex_carddav_ops, &ex_caldav_ops, &ex_ews_ops, &ex_graph_ops
};

/*
 * Options of a folder that are its store's business, overview.md: all that
 * any store has.
 */
static const char *const known[] = {
	"mailbox", "folder", "impersonate", "tenant", "client-id",
	"certificate", "cloud", "login", EX_STORE_NET_OPTIONS
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static struct ex_str
scheme(struct ex_str operand)
{
	const char *colon = operand.p == NULL ? NULL :
	    memchr(operand.p, ':', operand.n);

	if (colon == NULL)
		return EX_STR_NONE;
	return (struct ex_str){ operand.p, (size_t)(colon - operand.p) };
}

static const struct ex_store_ops *
find(struct ex_str name)
{
	size_t i;

	for (i = 0; i < COUNT(stores); i++)
		if (ex_str_is(name, stores[i]->scheme))
			return stores[i];
	return NULL;
}

/* NULL: no scheme that we know. */
static const struct ex_store_ops *
ops_of(struct ex_str operand)
{
	struct ex_str name = scheme(operand);

	return name.p == NULL ? NULL : find(name);
}

bool
ex_store_is(struct ex_str operand)
{
	return ops_of(operand) != NULL;
}

bool
ex_store_is_nowhere(struct ex_str operand)
{
	const struct ex_store_ops *ops = ops_of(operand);

	return ops != NULL && !ops->bare &&
	    operand.n == strlen(ops->scheme) + 1;
}

bool
ex_store_is_whole(struct ex_str operand)
{
	const struct ex_store_ops *ops = ops_of(operand);

	return ops != NULL && ops->whole;
}

bool
ex_store_mails(struct ex_str operand)
{
	const struct ex_store_ops *ops = ops_of(operand);

	return ops != NULL && ops->mails;
}

bool
ex_store_option(struct ex_str key)
{
	size_t i;

	for (i = 0; i < COUNT(known); i++)
		if (ex_str_is(key, known[i]))
			return true;
	return false;
}

struct ex_str
ex_store_place(const struct ex_store_conf *conf, struct ex_arena *a)
{
	if (conf->name.p != NULL && conf->name.n > 0)
		return ex_arena_fmt(a, "folder %.*s", EX_STR_ARG(conf->name));
	return ex_arena_str(a, conf->operand);
}

struct ex_str
ex_store_where(const struct ex_store_conf *conf)
{
	size_t n = scheme(conf->operand).n + 1;

	return (struct ex_str){ conf->operand.p + n, conf->operand.n - n };
}

const char *
ex_store_path(const struct ex_store_conf *conf, struct ex_arena *a)
{
	struct ex_str where = ex_store_where(conf);

	if (where.n > 0 && where.p[0] == '/')
		return ex_arena_str(a, where).p;
	if (conf->base.p == NULL || conf->base.n == 0)
		return ex_arena_str(a, where).p;
	return ex_arena_fmt(a, "%.*s/%.*s", EX_STR_ARG(conf->base),
	    EX_STR_ARG(where)).p;
}

static bool
has_option(const struct ex_store_ops *ops, struct ex_str key)
{
	size_t i;

	for (i = 0; ops->options != NULL && ops->options[i] != NULL; i++)
		if (ex_str_is(key, ops->options[i]))
			return true;
	return false;
}

unsigned
ex_store_seconds(struct ex_str value)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < value.n && i < 6; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return 0;
		n = n * 10 + (unsigned)(value.p[i] - '0');
	}
	return i == value.n && n <= 86400 ? n : 0;
}

/* What is wrong with the value; NULL: nothing. */
static const char *
wrong_value(const struct ex_store_opt *o)
{
	if (ex_str_is(o->key, "insecure") && !ex_str_is(o->value, "yes") &&
	    !ex_str_is(o->value, "no"))
		return "yes or no is wanted";
	if (ex_str_is(o->key, "silence") && ex_store_seconds(o->value) == 0)
		return "seconds are wanted, up to 86400";
	return NULL;
}

/* A server that is not checked is said on every run. */
static int
check_options(const struct ex_store_conf *conf, struct ex_str place,
    const struct ex_store_ops *ops, struct ex_err *err)
{
	const struct ex_store_opt *o;
	const char *why;

	for (o = conf->opt; o < conf->opt + conf->nopt; o++) {
		if (!has_option(ops, o->key))
			return ex_err_set(err, EX_ERR_INPUT,
			    "%s: line %u: %.*s: means nothing to a %s store",
			    place.p, o->line, EX_STR_ARG(o->key),
			    ops->scheme);
		if ((why = wrong_value(o)) != NULL)
			return ex_err_set(err, EX_ERR_INPUT,
			    "%s: line %u: %.*s: %s", place.p, o->line,
			    EX_STR_ARG(o->key), why);
		if (ex_str_is(o->key, "insecure") &&
		    ex_str_is(o->value, "yes"))
			ex_trace_caution("%s: insecure: it may be anybody's "
			    "server that we talk to", place.p);
	}
	return 0;
}

static int
check(const struct ex_store_conf *conf, struct ex_arena *a,
    const struct ex_store_ops **ops, struct ex_err *err)
{
	struct ex_str name = scheme(conf->operand);
	struct ex_str place = ex_store_place(conf, a);

	if (name.p == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s: no store, which is SCHEME:WHERE", place.p);
	if ((*ops = find(name)) == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s: %.*s: no store that we know", place.p,
		    EX_STR_ARG(name));
	if (conf->operand.n > EX_CAP_ID ||
	    memchr(conf->operand.p, '\0', conf->operand.n) != NULL)
		return ex_err_set(err, EX_ERR_INPUT, "%s: no path", place.p);
	return check_options(conf, place, *ops, err);
}

int
ex_store_open(const struct ex_store_conf *conf, struct ex_store **s,
    struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	const struct ex_store_ops *ops = NULL;
	int got;

	*s = NULL;
	got = check(conf, &a, &ops, err);
	ex_arena_free(&a);
	return got == -1 ? -1 : ops->open(conf, s, err);
}

void
ex_store_close(struct ex_store *s)
{
	if (s != NULL)
		s->ops->close(s);
}
