/*
 * exmapname.c: names of folders in a path
 *
 * %2F stands for '/' in one, and %25 for '%' where that would be read so.
 */
#include <string.h>
#include <strings.h>

#include <ex/arena.h>
#include <ex/buf.h>

#include "exmap.h"

/* Is it one of those that stand for a letter?  %2F, %25. */
static bool
is_escape(struct ex_str s)
{
	return s.n > 2 && (strncasecmp(s.p, "%2F", 3) == 0 ||
	    memcmp(s.p, "%25", 3) == 0);
}

static struct ex_str
from(struct ex_str s, size_t i)
{
	return (struct ex_str){ s.p + i, s.n - i };
}

static void
put_name(struct ex_buf *b, struct ex_str name)
{
	size_t i;

	for (i = 0; i < name.n; i++)
		if (name.p[i] == '/')
			ex_buf_puts(b, "%2F");
		else if (is_escape(from(name, i)))
			ex_buf_puts(b, "%25");
		else
			ex_buf_putc(b, name.p[i]);
}

struct ex_str
ex_exmap_below(struct ex_str path, struct ex_str name, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	ex_buf_str(&b, path);
	if (path.n > 0)
		ex_buf_putc(&b, '/');
	put_name(&b, name);
	s = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

struct ex_str
ex_exmap_next_name(struct ex_str *path, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;
	size_t i;

	for (i = 0; i < path->n && path->p[i] != '/'; i++)
		if (is_escape(from(*path, i))) {
			ex_buf_putc(&b, path->p[i + 2] == '5' ? '%' : '/');
			i += 2;
		} else {
			ex_buf_putc(&b, path->p[i]);
		}
	if (i < path->n)
		i++;
	path->p += i;
	path->n -= i;
	s = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}
