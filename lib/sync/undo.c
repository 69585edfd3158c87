/*
 * undo.c: the plan that takes a run back
 *
 * A line `taken` of the run, and its entry in the snapshot as it is now:
 *
 *	master now		open write, left	then
 *	----------		----------------	---------------------
 *	not what it made	any			said, not taken back
 *	what it made		yes			said, not taken back
 *	what it made		no			master := was
 *
 *	and where a person has settled what had no master before there is
 *	nothing to go back to: said, not taken back
 *
 * (1) A folder gets an op only where its base is not `was`.
 * (2) `seen` is empty: every folder keeps what it has seen, so an edit that
 *     no run knows of yet is merged with what the undo makes.
 * (3) Run 1 made the ring: before it there is nothing to go back to.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/hash.h>
#include <ex/json.h>
#include <ex/plan.h>
#include <ex/push.h>
#include <ex/rec.h>
#include <ex/ring.h>
#include <ex/snapshot.h>
#include <ex/text.h>
#include <ex/undo.h>
#include <ex/version.h>

struct folder {
	const struct ex_snap_folder *snap;
	long long items;
	bool in_ring, writes;
	size_t op[3];		/* of this part */
};

struct undo {
	struct ex_undo *u;
	struct ex_snap *snap;
	struct ex_snap_ring state;
	struct folder *folder;
	size_t nfolder;
	struct ex_rec_in *in;
	struct ex_rec_out out;
	struct ex_buf begin;
	struct ex_canon *canon;
	struct ex_hash *hash;
	struct ex_arena a, line;
};

/* The line at hand. */
struct taken {
	struct ex_str uid, kind;
	const struct ex_json *was, *master;	/* NULL: none */
	struct ex_str was_hash, master_hash;	/* absent: none */
	struct ex_item item;			/* was, else master */
	struct ex_snap_entry e;
	bool known;
	bool settled;		/* by a person */
};

static const struct ex_json *
item_member(const struct ex_json *j, const char *name)
{
	const struct ex_json *v = ex_json_get(j, name);

	return v == NULL || v->type == EX_JSON_NULL ? NULL : v;
}

static int
hash_member(struct undo *g, const struct ex_json *j, struct ex_item *item,
    struct ex_str *hash, struct ex_err *err)
{
	char hex[EX_HASH_HEX];

	*hash = EX_STR_NONE;
	if (j == NULL)
		return 0;
	if (ex_item_of_json(j, &g->line, item, err) == -1)
		return -1;
	ex_canon_hash(g->canon, item, EX_CANON_HASH, hex);
	*hash = ex_arena_str(&g->line, ex_str_of(hex));
	return 0;
}

static int
read_taken(struct undo *g, const struct ex_rec *rec, struct taken *t,
    struct ex_err *err)
{
	struct ex_json *j;
	struct ex_str place;
	int got;

	memset(t, 0, sizeof(*t));
	if (ex_rec_json(g->in, rec, &g->line, &j, err) == -1)
		return -1;
	t->uid = ex_json_get_str(j, "uid");
	t->kind = ex_json_get_str(j, "kind");
	t->was = item_member(j, "was");
	t->master = item_member(j, "master");
	t->settled = ex_json_get_true(j, "settled");
	got = hash_member(g, t->master, &t->item, &t->master_hash, err);
	if (got == 0)
		got = hash_member(g, t->was, &t->item, &t->was_hash, err);
	if (got == 0 && (t->uid.n == 0 || t->uid.n > EX_CAP_ID ||
	    ex_kind_of(t->kind) != g->state.kind))
		got = ex_err_set(err, EX_ERR_INPUT, "no uid, or of another"
		    " kind than the ring");
	if (got == -1) {
		place = ex_rec_place(g->in, rec, &g->line);
		return ex_err_at(err, "%.*s", EX_STR_ARG(place));
	}
	if ((got = ex_snap_entry(g->snap, t->uid, &g->line, &t->e,
	    err)) == -1)
		return -1;
	t->known = got == 1;
	return 0;
}

/* Why it cannot be taken back; NULL: it can. */
static const char *
obstacle(const struct taken *t)
{
	size_t i;

	if (!ex_str_eq(t->known && !t->e.gone ? t->e.master : EX_STR_NONE,
	    t->master_hash))
		return "changed since";
	if (t->settled && t->was == NULL)
		return "the folders had not agreed on it before";
	if (!t->known)
		return NULL;
	for (i = 0; i < t->e.nbinding; i++)
		if (t->e.binding[i].now != EX_SNAP_NOW_NONE)
			return "left for a person";
	return t->e.nintent > 0 ? "a write is still open, which the next run"
	    " looks into" : NULL;
}

static void
warn(struct undo *g, const struct taken *t, const char *why)
{
	struct ex_str title = ex_text_print(ex_item_title(&t->item), 60,
	    &g->line);
	struct ex_buf b = EX_BUF_INIT;

	g->u->skipped++;
	ex_buf_fmt(&b, "uid %.*s (%.*s): not taken back: %s",
	    EX_STR_ARG(t->uid), EX_STR_ARG(title), why);
	ex_buf_putc(&b, '\0');
	if (g->u->warn != NULL)
		g->u->warn(b.p);
	ex_buf_fini(&b);
}

static const struct ex_snap_binding *
binding(const struct taken *t, size_t folder)
{
	size_t i;

	for (i = 0; i < t->e.nbinding; i++)
		if (t->e.binding[i].folder == folder)
			return &t->e.binding[i];
	return NULL;
}

static bool
is_refused(const struct taken *t, size_t folder)
{
	size_t i;

	for (i = 0; i < t->e.nrefused; i++)
		if (t->e.refused[i].folder == folder &&
		    ex_str_eq(t->e.refused[i].hash, t->was_hash))
			return true;
	return false;
}

/* Is anything owed to that folder, and what? */
static bool
is_owed(const struct undo *g, const struct taken *t, size_t folder,
    enum ex_write_op *op)
{
	const struct ex_snap_binding *b = binding(t, folder);
	struct ex_str base;

	if (!g->folder[folder].in_ring || !g->folder[folder].writes)
		return false;
	*op = t->was == NULL ? EX_WRITE_DELETE : b == NULL ?
	    EX_WRITE_CREATE : EX_WRITE_UPDATE;
	if (b == NULL)
		return t->was != NULL && !is_refused(t, folder);
	/* Left out (ring.md 3, write-only). */
	if (b->id.p == NULL)
		return false;
	base = b->base.p != NULL ? b->base : t->e.master;
	return t->was == NULL || (!ex_str_eq(base, t->was_hash) &&
	    !is_refused(t, folder));
}

static void
put_op(struct undo *g, const struct taken *t, size_t folder,
    enum ex_write_op op)
{
	const struct ex_snap_binding *s = binding(t, folder);
	struct ex_str name = g->folder[folder].snap->name;
	struct ex_buf *b = &g->out.line;

	ex_buf_putc(b, '{');
	ex_json_member(b, "op", ex_str_of(ex_plan_op_name(op)));
	ex_json_member(b, "folder", name);
	if (op == EX_WRITE_CREATE) {
		ex_json_member(b, "name", ex_plan_name(g->hash, &g->line,
		    g->state.id, g->state.generation, name, t->uid));
	} else {
		ex_json_member(b, "id", s->id);
		ex_json_member(b, "rev", s->rev);
		ex_json_member(b, "uid", s->uid);
	}
	ex_buf_putc(b, '}');
	g->folder[folder].op[op]++;
}

static void
put_ops(struct undo *g, const struct taken *t)
{
	struct ex_buf *b = &g->out.line;
	enum ex_write_op op;
	bool first = true;
	size_t i;

	ex_rec_name(&g->out, "ops");
	ex_buf_putc(b, '[');
	for (i = 0; i < g->nfolder; i++) {
		if (!is_owed(g, t, i, &op))
			continue;
		if (!first)
			ex_buf_putc(b, ',');
		first = false;
		put_op(g, t, i, op);
	}
	ex_buf_putc(b, ']');
}

static void
part_begin(struct undo *g)
{
	ex_rec_begin(&g->out, "plan", g->out.part + 1, EX_STR_NONE,
	    ex_buf_get(&g->begin));
}

static void
put_totals(struct undo *g, struct ex_buf *b)
{
	bool first = true;
	size_t i;

	ex_buf_fmt(b, ",\"parts\":%u,\"folders\":{", g->out.part);
	for (i = 0; i < g->nfolder; i++) {
		if (!g->folder[i].in_ring)
			continue;
		if (!first)
			ex_buf_putc(b, ',');
		first = false;
		ex_json_string(b, g->folder[i].snap->name);
		ex_buf_fmt(b, ":{\"items\":%lld,\"edited\":0,\"new\":0,"
		    "\"gone\":0,\"unknown\":0}", g->folder[i].items);
	}
	ex_buf_putc(b, '}');
}

static void
part_end(struct undo *g, bool last)
{
	struct ex_buf b = EX_BUF_INIT;
	struct folder *f;
	bool first = true;
	size_t i;

	ex_buf_puts(&b, ",\"owed\":{");
	for (i = 0; i < g->nfolder; i++) {
		f = &g->folder[i];
		g->u->create += f->op[EX_WRITE_CREATE];
		g->u->update += f->op[EX_WRITE_UPDATE];
		g->u->delete += f->op[EX_WRITE_DELETE];
		if (!f->in_ring || !f->writes)
			continue;
		if (!first)
			ex_buf_putc(&b, ',');
		first = false;
		ex_json_string(&b, f->snap->name);
		ex_buf_fmt(&b, ":{\"create\":%zu,\"update\":%zu,"
		    "\"delete\":%zu}", f->op[EX_WRITE_CREATE],
		    f->op[EX_WRITE_UPDATE], f->op[EX_WRITE_DELETE]);
		memset(f->op, 0, sizeof(f->op));
	}
	ex_buf_putc(&b, '}');
	if (last)
		put_totals(g, &b);
	ex_rec_end(&g->out, ex_buf_get(&b));
	ex_buf_fini(&b);
}

static void
put_line(struct undo *g, const struct taken *t)
{
	if (g->out.count >= EX_CAP_PART) {
		part_end(g, false);
		part_begin(g);
	}
	ex_rec_start(&g->out, "plan");
	ex_rec_str(&g->out, "uid", t->uid);
	ex_rec_str(&g->out, "kind", t->kind);
	ex_rec_raw(&g->out, "left", EX_STR("false"));
	ex_rec_name(&g->out, "master");
	if (t->was != NULL)
		ex_json_write(&g->out.line, t->was);
	else
		ex_buf_puts(&g->out.line, "null");
	ex_rec_raw(&g->out, "seen", EX_STR("{}"));
	put_ops(g, t);
	ex_rec_raw(&g->out, "conflicts", EX_STR("[]"));
	ex_rec_stop(&g->out);
	g->u->items++;
}

static int
results_begin(struct undo *g, const struct ex_rec *rec, struct ex_err *err)
{
	const struct ex_json *ring = ex_json_get(rec->json, "ring");
	long long generation = ex_json_get_int(ring, "generation", -1);

	if (!ex_str_eq(ex_json_get_str(ring, "id"), g->state.id))
		return ex_err_set(err, EX_ERR_INPUT, "results of another ring"
		    " than %s's", g->u->snapshot);
	if (generation == 0)
		return ex_err_set(err, EX_ERR_INPUT, "run 1 made the ring:"
		    " before it there is nothing to go back to");
	if (generation < 0)
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: no generation of"
		    " a ring", EX_STR_ARG(ex_rec_place(g->in, rec, &g->line)));
	return 0;
}

static int
one(struct undo *g, const struct ex_rec *rec, struct ex_err *err)
{
	struct taken t;
	const char *why;

	if (rec->type == EX_REC_BEGIN)
		return results_begin(g, rec, err);
	if (rec->type != EX_REC_TAKEN)
		return 0;
	if (read_taken(g, rec, &t, err) == -1)
		return -1;
	if (ex_str_eq(t.was_hash, t.master_hash))
		return 0;
	if ((why = obstacle(&t)) != NULL)
		warn(g, &t, why);
	else
		put_line(g, &t);
	return 0;
}

/* Which folders there are, and which of them may be written to. */
static int
folders(struct undo *g, const struct ex_ring *ring, struct ex_err *err)
{
	const struct ex_ring_folder *rf;
	struct ex_snap_folder *v;
	size_t i;

	if (ex_snap_folders(g->snap, &g->a, &v, &g->nfolder, err) == -1)
		return -1;
	g->folder = ex_arena_array(&g->a, g->nfolder, sizeof(*g->folder));
	for (i = 0; i < g->nfolder; i++) {
		rf = ring != NULL ? ex_ring_folder(ring, v[i].name) : NULL;
		g->folder[i].snap = &v[i];
		if (ex_snap_items(g->snap, i, &g->folder[i].items, err) == -1)
			return -1;
		g->folder[i].in_ring = ring == NULL || rf != NULL;
		g->folder[i].writes = rf == NULL ||
		    rf->access != EX_ACCESS_READ;
	}
	return 0;
}

static void
put_begin(struct undo *g, const struct ex_ring *ring)
{
	struct ex_buf *b = &g->begin;
	const struct ex_snap_folder *f;
	bool first = true;
	size_t i;

	ex_buf_fmt(b, ",\"kind\":\"%s\",\"ring\":",
	    ex_kind_name(g->state.kind));
	if (ring != NULL) {
		ex_ring_write(b, ring, g->state.id, g->state.generation);
	} else {
		ex_buf_putc(b, '{');
		ex_json_member(b, "id", g->state.id);
		ex_buf_fmt(b, ",\"generation\":%lld", g->state.generation);
		ex_json_member(b, "config", g->state.config);
		ex_buf_putc(b, '}');
	}
	ex_buf_puts(b, ",\"folders\":{");
	for (i = 0; i < g->nfolder; i++) {
		if (!g->folder[i].in_ring)
			continue;
		f = g->folder[i].snap;
		if (!first)
			ex_buf_putc(b, ',');
		first = false;
		ex_json_string(b, f->name);
		ex_buf_fmt(b, ":{\"items\":%lld,\"whole\":true,"
		    "\"first\":false", g->folder[i].items);
		ex_json_member(b, "identity", f->identity);
		ex_json_member(b, "scope", f->scope);
		ex_json_member(b, "token", f->token);
		ex_buf_putc(b, '}');
	}
	ex_buf_puts(b, "},\"by\":\"exmerge " EX_VERSION "\"");
}

/* Did any master change in that run?  Others have only looked. */
static int
is_change(struct undo *g, long long run, bool *yes, struct ex_err *err)
{
	struct ex_snap_runlog *log;
	struct ex_snap_log row;
	int got = 0;

	*yes = false;
	if (ex_snap_log_open(g->snap, run, &log, err) == -1)
		return -1;
	while (!*yes && (got = ex_snap_log_next(log, &g->line, &row,
	    err)) == 1) {
		*yes = row.folder.p == NULL && !ex_str_eq(row.was, row.master);
		ex_arena_reset(&g->line);
	}
	ex_snap_log_close(log);
	return *yes || got == 0 ? 0 : -1;
}

/* The number of a run that the log has; 0: the operand is none. */
static int
find_run(struct undo *g, long long *run, struct ex_err *err)
{
	long long *all, want = 0;
	const char *what = g->u->what;
	size_t i, n;
	bool yes = false;

	*run = 0;
	if (what != NULL && (want = ex_str_number(ex_str_of(what))) <= 0)
		return 0;
	if (ex_snap_runs(g->snap, &g->a, &all, &n, err) == -1)
		return -1;
	if (n == 0)
		return ex_err_set(err, EX_ERR_GONE, "%s: no run in its log",
		    g->u->snapshot);
	for (i = n; what == NULL && i > 0 && !yes; i--) {
		want = all[i - 1];
		if (is_change(g, want, &yes, err) == -1)
			return -1;
	}
	for (i = 0; i < n; i++)
		if (all[i] == want)
			*run = want;
	if (*run == 0 && access(what, F_OK) == -1)
		return ex_err_set(err, EX_ERR_GONE, "run %s: not in the log",
		    what);
	return 0;
}

/* A run of the log, written to a file that has no name. */
static int
from_log(struct undo *g, long long run, FILE **spool, char path[32],
    struct ex_err *err)
{
	struct ex_buf b = EX_BUF_INIT;
	int fd = ex_file_temp(err), got = -1;

	if (fd == -1)
		return -1;
	if ((*spool = fdopen(fd, "w+")) == NULL) {
		close(fd);
		return ex_err_set(err, EX_ERR_SYSTEM, "a temporary file:");
	}
	snprintf(path, 32, "/dev/fd/%d", fd);
	ex_buf_putc(&b, '{');
	ex_json_member(&b, "id", g->state.id);
	ex_buf_fmt(&b, ",\"generation\":%lld}", run - 1);
	got = ex_push_log(g->snap, run, NULL, 0, ex_buf_get(&b), *spool,
	    err);
	if (got == 0 && (fflush(*spool) == EOF || ferror(*spool)))
		got = ex_err_set(err, EX_ERR_SYSTEM, "a temporary file:");
	rewind(*spool);
	ex_buf_fini(&b);
	return got;
}

static int
plan(struct undo *g, const char *path, struct ex_err *err)
{
	struct ex_rec rec;
	int got;

	if (ex_rec_open(&g->in, &path, 1, "results", EX_REC_WHOLE, err) == -1)
		return -1;
	part_begin(g);
	while ((got = ex_rec_next(g->in, &g->line, &rec, err)) == 1) {
		if (one(g, &rec, err) == -1)
			return -1;
		ex_arena_reset(&g->line);
	}
	if (got == 0)
		part_end(g, true);
	return got;
}

static int
run(struct undo *g, FILE **spool, struct ex_err *err)
{
	struct ex_undo *u = g->u;
	struct ex_ring ring, *r = NULL;
	char path[32];
	long long number;

	if (ex_snap_open(&g->snap, u->snapshot, EX_SNAP_READ, err) == -1) {
		g->snap = NULL;
		return -1;
	}
	if (u->ring != NULL) {
		r = &ring;
		if (ex_ring_read(u->ring, &g->a, r, err) == -1)
			return -1;
	}
	if (ex_snap_ring(g->snap, &g->a, &g->state, err) == -1 ||
	    folders(g, r, err) == -1 || find_run(g, &number, err) == -1)
		return -1;
	put_begin(g, r);
	if (number == 0)
		return plan(g, u->what, err);
	if (from_log(g, number, spool, path, err) == -1)
		return -1;
	return plan(g, path, err);
}

int
ex_undo_run(struct ex_undo *u, FILE *out, struct ex_err *err)
{
	struct undo g = { .u = u, .canon = ex_canon_new(),
	    .hash = ex_hash_new() };
	FILE *spool = NULL;
	int got;

	u->items = u->skipped = u->create = u->update = u->delete = 0;
	ex_rec_out_init(&g.out, out);
	got = run(&g, &spool, err);
	ex_rec_out_fini(&g.out);
	ex_rec_close(g.in);
	if (spool != NULL)
		fclose(spool);
	ex_snap_close(g.snap);
	ex_canon_free(g.canon);
	ex_hash_free(g.hash);
	ex_buf_fini(&g.begin);
	ex_arena_free(&g.line);
	ex_arena_free(&g.a);
	return got;
}
