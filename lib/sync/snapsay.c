/*
 * snapsay.c: what a snapshot holds, as lines of JSON
 */
#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/json.h>
#include <ex/snapsay.h>
#include <ex/snapshot.h>

struct saying {
	struct ex_snap *s;
	FILE *out;
	bool all;
	struct ex_arena a;
	struct ex_buf line;
};

/* A member of the line; an absent string is left out. */
static void
put(struct saying *g, const char *name, struct ex_str s)
{
	if (s.p == NULL)
		return;
	ex_buf_fmt(&g->line, "%c\"%s\":", g->line.n == 0 ? '{' : ',', name);
	ex_json_string(&g->line, s);
}

static void
put_number(struct saying *g, const char *name, long long n)
{
	ex_buf_fmt(&g->line, "%c\"%s\":%lld", g->line.n == 0 ? '{' : ',',
	    name, n);
}

static void
stop(struct saying *g)
{
	ex_buf_puts(&g->line, "}\n");
	fwrite(g->line.p, 1, g->line.n, g->out);
	ex_buf_clear(&g->line);
}

static int
say_folders(struct saying *g, struct ex_err *err)
{
	struct ex_snap_folder *f;
	long long items;
	size_t i, n;

	if (ex_snap_folders(g->s, &g->a, &f, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (ex_snap_items(g->s, i, &items, err) == -1)
			return -1;
		put(g, "folder", f[i].name);
		put_number(g, "items", items);
		put(g, "identity", f[i].identity);
		put(g, "scope", f[i].scope);
		put(g, "token", f[i].token);
		stop(g);
	}
	return 0;
}

static void
owed_line(struct saying *g, const struct ex_snap_entry *e,
    const struct ex_snap_folder *f, size_t folder, const char *op)
{
	size_t i;

	put(g, "uid", e->uid);
	put(g, "folder", f[folder].name);
	put(g, "op", ex_str_of(op));
	for (i = 0; i < e->nintent; i++)
		if (e->intent[i].folder == folder)
			put_number(g, "intent", e->intent[i].run);
	for (i = 0; i < e->nrefused; i++)
		if (e->refused[i].folder == folder &&
		    ex_str_eq(e->refused[i].hash, e->master))
			put(g, "refused", e->refused[i].why);
	stop(g);
}

/* One that is bound to no id is owed a create where one was begun. */
static bool
has_intent(const struct ex_snap_entry *e, size_t folder)
{
	size_t i;

	for (i = 0; i < e->nintent; i++)
		if (e->intent[i].folder == folder)
			return true;
	return false;
}

static void
owed_entry(struct saying *g, const struct ex_snap_entry *e,
    const struct ex_snap_folder *f, size_t n)
{
	const struct ex_snap_binding *b;
	size_t i, at = 0;

	for (i = 0; i < n; i++) {
		b = NULL;
		if (at < e->nbinding && e->binding[at].folder == i)
			b = &e->binding[at++];
		if (e->gone && b != NULL && b->id.p != NULL)
			owed_line(g, e, f, i, "delete");
		else if (e->master.p != NULL && (b == NULL ||
		    (b->id.p == NULL && has_intent(e, i))))
			owed_line(g, e, f, i, "create");
		else if (e->master.p != NULL && b != NULL &&
		    b->id.p != NULL && b->base.p != NULL)
			owed_line(g, e, f, i, "update");
	}
}

static int
say_owed(struct saying *g, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_folder *f;
	struct ex_snap_entry e;
	struct ex_snap_scan *scan;
	size_t n;
	int got;

	if (ex_snap_folders(g->s, &g->a, &f, &n, err) == -1 ||
	    ex_snap_scan_open(g->s, &scan, err) == -1)
		return -1;
	while ((got = ex_snap_scan_next(scan, &a, &e, err)) == 1) {
		owed_entry(g, &e, f, n);
		ex_arena_reset(&a);
	}
	ex_snap_scan_close(scan);
	ex_arena_free(&a);
	return got;
}

/* Folders that have deleted an item which is left. */
static void
put_gone(struct saying *g, const struct ex_snap_entry *e,
    const struct ex_snap_folder *f)
{
	bool any = false;
	size_t i;

	for (i = 0; i < e->nbinding; i++) {
		if (e->binding[i].now != EX_SNAP_NOW_GONE)
			continue;
		ex_buf_puts(&g->line, any ? "," : ",\"gone\":[");
		ex_json_string(&g->line, f[e->binding[i].folder].name);
		any = true;
	}
	if (any)
		ex_buf_putc(&g->line, ']');
}

static int
say_conflicts(struct saying *g, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_conflict *c;
	struct ex_snap_folder *f;
	struct ex_snap_entry e;
	size_t i, n, nf;
	int got = 0;

	if (ex_snap_folders(g->s, &g->a, &f, &nf, err) == -1 ||
	    ex_snap_conflicts(g->s, g->all, &g->a, &c, &n, err) == -1)
		return -1;
	for (i = 0; got != -1 && i < n; i++) {
		got = c[i].left && c[i].open ? ex_snap_entry(g->s, c[i].uid,
		    &a, &e, err) : 0;
		if (got == -1)
			break;
		put(g, "uid", c[i].uid);
		put_number(g, "run", c[i].run);
		ex_buf_fmt(&g->line, ",\"left\":%s,\"open\":%s",
		    c[i].left ? "true" : "false", c[i].open ? "true" :
		    "false");
		if (got == 1)
			put_gone(g, &e, f);
		ex_buf_puts(&g->line, ",\"conflicts\":");
		ex_buf_str(&g->line, c[i].data);
		stop(g);
		ex_arena_reset(&a);
	}
	ex_arena_free(&a);
	return got == -1 ? -1 : 0;
}

static int
say(struct saying *g, int (*what)(struct saying *g, struct ex_err *err),
    struct ex_err *err)
{
	int got = what(g, err);

	ex_buf_fini(&g->line);
	ex_arena_free(&g->a);
	return got;
}

int
ex_snapsay_folders(struct ex_snap *s, FILE *out, struct ex_err *err)
{
	return say(&(struct saying){ .s = s, .out = out }, say_folders, err);
}

int
ex_snapsay_owed(struct ex_snap *s, FILE *out, struct ex_err *err)
{
	return say(&(struct saying){ .s = s, .out = out }, say_owed, err);
}

int
ex_snapsay_conflicts(struct ex_snap *s, bool all, FILE *out,
    struct ex_err *err)
{
	return say(&(struct saying){ .s = s, .out = out, .all = all },
	    say_conflicts, err);
}
