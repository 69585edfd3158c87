/*
 * graphcache.c: a token in a file of its own, for the next run
 *
 *	$XDG_CACHE_HOME/exring/graph-SUM.json, else ~/.cache/exring/...
 *
 * SUM is of who signs in where for what, which also stands in the file and is
 * compared.  The directory is 0700 and the file 0600; one that others may
 * read is not read, and is replaced.  Without a home, or where it cannot be
 * written, each run signs in anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ex/cap.h>
#include <ex/file.h>
#include <ex/sum.h>
#include <ex/trace.h>

#include "graphpriv.h"

static struct ex_str
key_of(const struct ex_graph_sign *s, struct ex_arena *a)
{
	return ex_arena_fmt(a, "%.*s %.*s %.*s %.*s%s%s", EX_STR_ARG(s->graph),
	    EX_STR_ARG(s->login), EX_STR_ARG(s->tenant),
	    EX_STR_ARG(s->client), s->device ? " device" : "",
	    s->shared ? " shared" : "");
}

/* NULL: there is no place for it. */
static const char *
directory(struct ex_arena *a)
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	/* "All paths must be absolute": XDG Base Directory Specification. */
	if (base != NULL && base[0] == '/')
		return ex_arena_fmt(a, "%s/exring", base).p;
	if (home == NULL || home[0] != '/')
		return NULL;
	return ex_arena_fmt(a, "%s/.cache/exring", home).p;
}

static const char *
path_of(const struct ex_graph_sign *s, struct ex_arena *a)
{
	const char *dir = directory(a);
	struct ex_str key = key_of(s, a);
	struct ex_sum sum = ex_sum_of(key.p, key.n);
	char hex[EX_SUM_HEX];

	if (dir == NULL)
		return NULL;
	ex_sum_hex(&sum, hex);
	return ex_arena_fmt(a, "%s/graph-%s.json", dir, hex).p;
}

/* Ours, and for nobody else to read? */
static bool
is_private(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

void
ex_graph_cache_get(const struct ex_graph_sign *s, struct ex_arena *a,
    struct ex_graph_cached *c)
{
	const char *path = path_of(s, a);
	struct ex_str text;
	struct ex_json *j;
	struct ex_err err;

	*c = (struct ex_graph_cached){ .until = 0 };
	if (path == NULL || !is_private(path) ||
	    ex_file_read(AT_FDCWD, path, 4 * EX_CAP_SECRET, a, &text,
	    &err) == -1 ||
	    ex_json_parse(text, a, &j, &err) == -1 ||
	    !ex_str_eq(ex_json_get_str(j, "for"), key_of(s, a)))
		return;
	c->token = ex_json_get_str(j, "token");
	c->refresh = ex_json_get_str(j, "refresh");
	c->until = ex_json_get_int(j, "until", 0);
}

/* It, and what it is in but for /, as far as they are not there. */
static int
make_directories(const char *dir, struct ex_arena *a)
{
	char *p = (char *)(uintptr_t)ex_arena_str(a, ex_str_of(dir)).p, *s;

	for (s = strchr(p + 1, '/'); s != NULL; s = strchr(s + 1, '/')) {
		*s = '\0';
		if (mkdir(p, 0700) == -1 && errno != EEXIST)
			return -1;
		*s = '/';
	}
	return mkdir(p, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

void
ex_graph_cache_put(const struct ex_graph_sign *s,
    const struct ex_graph_cached *c)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_buf b = EX_BUF_INIT;
	const char *path = path_of(s, &a);
	struct ex_err err;

	if (path != NULL && make_directories(directory(&a), &a) == 0) {
		if (!is_private(path))
			unlink(path);
		ex_buf_putc(&b, '{');
		ex_json_member(&b, "for", key_of(s, &a));
		ex_buf_fmt(&b, ",\"until\":%lld", c->until);
		ex_json_member(&b, "token", c->token);
		ex_json_member(&b, "refresh", c->refresh);
		ex_buf_puts(&b, "}\n");
		if (ex_file_replace(path, ex_buf_get(&b), 0600, &err) == -1)
			ex_trace("%s: the token is not kept: %s",
			    s->place.p, err.msg);
	}
	ex_buf_fini(&b);
	ex_arena_free(&a);
}
