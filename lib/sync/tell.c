/*
 * tell.c: what a snapshot holds, for people
 */
#include <string.h>
#include <sys/stat.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/file.h>
#include <ex/json.h>
#include <ex/show.h>
#include <ex/snapshot.h>
#include <ex/tell.h>
#include <ex/text.h>

#define MOST	400		/* bytes of a value */

struct tell {
	struct ex_snap *s;
	FILE *out;
	enum ex_kind kind;
	struct ex_canon *canon;
	struct ex_arena all, a;	/* to the end; of one item */
	struct ex_snap_folder *folder;
	size_t nfolder;
	struct ex_buf b;
	struct ex_snap_conflict *conflict;
	size_t nconflict, next;
	struct ex_arena taken;	/* of the item at hand in a run */
	struct ex_str was, master;	/* its hashes */
};

static int
begin(struct tell *t, struct ex_snap *s, FILE *out, struct ex_err *err)
{
	struct ex_snap_ring ring;

	memset(t, 0, sizeof(*t));
	t->s = s;
	t->out = out;
	if (ex_snap_ring(s, &t->all, &ring, err) == -1)
		return -1;
	t->kind = ring.kind;
	t->canon = ex_canon_new();
	return 0;
}

static int
end(struct tell *t, int got)
{
	ex_canon_free(t->canon);
	ex_buf_fini(&t->b);
	ex_arena_free(&t->a);
	ex_arena_free(&t->taken);
	ex_arena_free(&t->all);
	return got;
}

static void
flush(struct tell *t)
{
	fwrite(t->b.p, 1, t->b.n, t->out);
	ex_buf_clear(&t->b);
}

static void
put_text(struct tell *t, struct ex_str s)
{
	ex_buf_str(&t->b, ex_text_print(s, MOST, &t->a));
}

/* An item by its hash; *item NULL: there is none. */
static int
body(struct tell *t, struct ex_str uid, struct ex_str hash,
    struct ex_item **item, struct ex_err *err)
{
	struct ex_str data;

	*item = NULL;
	if (hash.n == 0)
		return 0;
	if (ex_snap_body(t->s, uid, hash, &t->a, &data, err) == -1)
		return -1;
	*item = ex_arena_alloc(&t->a, sizeof(**item));
	return ex_item_parse(data, &t->a, *item, err);
}

/* What a folder holds of an entry; absent: nothing. */
static struct ex_str
holds(const struct ex_snap_entry *e, const struct ex_snap_binding *b)
{
	switch (b->now) {
	case EX_SNAP_NOW_ITEM:
		return b->now_hash;
	case EX_SNAP_NOW_GONE:
		return EX_STR_NONE;
	case EX_SNAP_NOW_NONE:
		break;
	}
	if (b->id.p == NULL)
		return EX_STR_NONE;
	return b->shadow.p != NULL ? b->shadow : e->master;
}

/* Any version of an entry, to say who it is. */
static int
anyone(struct tell *t, const struct ex_snap_entry *e, struct ex_item **item,
    struct ex_err *err)
{
	size_t i;

	if (body(t, e->uid, e->master, item, err) == -1)
		return -1;
	for (i = 0; *item == NULL && i < e->nbinding; i++)
		if (body(t, e->uid, holds(e, &e->binding[i]), item,
		    err) == -1)
			return -1;
	return 0;
}

/*
 * Properties and components, as a conflict names them, as an item: the
 * component that they are in is its root, or the first in that.
 */
static int
fragment(struct tell *t, const struct ex_json *values,
    const struct ex_comp **comp, struct ex_err *err)
{
	bool card = t->kind == EX_KIND_CONTACTS;
	const struct ex_json *j;
	struct ex_item item;
	struct ex_buf b = EX_BUF_INIT;
	int comps, n, got;

	ex_buf_puts(&b, card ? "[\"vcard\",[" :
	    "[\"vcalendar\",[],[[\"vevent\",[");
	for (comps = 0; comps < 2; comps++) {
		n = 0;
		for (j = values->child; j != NULL; j = j->next) {
			if ((j->child != NULL && j->child->next != NULL &&
			    j->child->next->type == EX_JSON_ARRAY) !=
			    (comps == 1))
				continue;
			ex_buf_puts(&b, n++ > 0 ? "," : "");
			ex_json_write(&b, j);
		}
		ex_buf_puts(&b, comps == 0 ? "],[" : card ? "]]" : "]]]]");
	}
	got = ex_item_parse(ex_arena_str(&t->a, ex_buf_get(&b)), &t->a, &item,
	    err);
	ex_buf_fini(&b);
	if (got == 0)
		*comp = card ? item.root : item.root->comp[0];
	return got;
}

static void
put_comp(struct tell *t, const struct ex_comp *c, struct ex_str what)
{
	size_t i;

	for (i = 0; i < c->nprop; i++) {
		if (i > 0)
			ex_buf_puts(&t->b, "; ");
		if (!ex_str_eq(c->prop[i]->name, what)) {
			put_text(t, c->prop[i]->name);
			ex_buf_puts(&t->b, ": ");
		}
		put_text(t, ex_show_value(c->prop[i], NULL, &t->a));
	}
}

/* "    alice: +1 555 0100" */
static int
put_value(struct tell *t, struct ex_str who, struct ex_str what,
    const struct ex_json *v, struct ex_err *err)
{
	const struct ex_comp *c = NULL;
	struct ex_item item;
	size_t i;

	ex_buf_puts(&t->b, "        ");
	put_text(t, who);
	ex_buf_puts(&t->b, ": ");
	if (v == NULL || v->type != EX_JSON_ARRAY) {
		ex_buf_puts(&t->b, ex_str_is(what, "item") ? "deleted" :
		    "none");
	} else if (ex_str_is(what, "item")) {
		if (ex_item_of_json(v, &t->a, &item, err) == -1)
			return -1;
		ex_show_line(&t->b, &item);
	} else {
		if (fragment(t, v, &c, err) == -1)
			return -1;
		put_comp(t, c, what);
		for (i = 0; i < c->ncomp; i++) {
			ex_buf_puts(&t->b, c->nprop + i > 0 ? "; " : "");
			put_text(t, c->comp[i]->name);
			ex_buf_puts(&t->b, ": ");
			put_comp(t, c->comp[i], EX_STR_NONE);
		}
	}
	ex_buf_putc(&t->b, '\n');
	return 0;
}

/* One property that folders disagree about. */
static int
put_conflict(struct tell *t, const struct ex_json *j, struct ex_err *err)
{
	struct ex_str what = ex_json_get_str(j, "what");
	struct ex_str at = ex_json_get_str(j, "instance");
	struct ex_str won = ex_json_get_str(j, "won");
	struct ex_str problem = ex_json_get_str(j, "problem");
	const struct ex_json *v = ex_json_get(j, "values");

	ex_buf_puts(&t->b, "    ");
	put_text(t, ex_str_is(what, "item") ? EX_STR("the whole item") :
	    what);
	if (at.p != NULL) {
		ex_buf_puts(&t->b, " at ");
		put_text(t, at);
	}
	if (won.p != NULL) {
		ex_buf_puts(&t->b, ", won by ");
		put_text(t, won);
	}
	if (problem.p != NULL) {
		ex_buf_puts(&t->b, ": ");
		put_text(t, problem);
	}
	ex_buf_putc(&t->b, '\n');
	if (ex_json_get(j, "base") != NULL &&
	    ex_json_get(j, "base")->type == EX_JSON_ARRAY &&
	    put_value(t, EX_STR("before"), what, ex_json_get(j, "base"),
	    err) == -1)
		return -1;
	for (v = v != NULL ? v->child : NULL; v != NULL; v = v->next)
		if (put_value(t, v->key, what, v, err) == -1)
			return -1;
	return 0;
}

static int
put_conflicts(struct tell *t, const struct ex_snap_conflict *c,
    struct ex_err *err)
{
	struct ex_json *j;

	if (ex_json_parse(c->data, &t->a, &j, err) == -1)
		return -1;
	for (j = j->child; j != NULL; j = j->next)
		if (put_conflict(t, j, err) == -1)
			return -1;
	return 0;
}

/* Folders that have deleted what is left: that is no value of a property. */
static void
put_gone(struct tell *t, const struct ex_snap_entry *e)
{
	size_t i;

	for (i = 0; i < e->nbinding; i++) {
		if (e->binding[i].now != EX_SNAP_NOW_GONE)
			continue;
		ex_buf_puts(&t->b, "    deleted in ");
		put_text(t, t->folder[e->binding[i].folder].name);
		ex_buf_putc(&t->b, '\n');
	}
}

/* "Eve Example, 1 555 0100 (uid eve), left since run 3" */
static int
put_who(struct tell *t, const struct ex_snap_conflict *c, struct ex_err *err)
{
	struct ex_snap_entry e;
	struct ex_item *item = NULL;
	int got = ex_snap_entry(t->s, c->uid, &t->a, &e, err);

	if (got == -1 || (got == 1 && anyone(t, &e, &item, err) == -1))
		return -1;
	if (item != NULL)
		ex_show_line(&t->b, item);
	else
		ex_buf_puts(&t->b, "(deleted)");
	ex_buf_puts(&t->b, " (uid ");
	put_text(t, c->uid);
	ex_buf_fmt(&t->b, "), %s run %lld\n", c->left && c->open ?
	    "left since" : c->left ? "settled, was left in" : "in", c->run);
	if (put_conflicts(t, c, err) == -1)
		return -1;
	if (got == 1 && c->left && c->open)
		put_gone(t, &e);
	return 0;
}

int
ex_tell_conflicts(struct ex_snap *s, bool all, FILE *out, struct ex_err *err)
{
	struct tell t;
	size_t i;
	int got = begin(&t, s, out, err);

	if (got == 0 && (ex_snap_folders(s, &t.all, &t.folder, &t.nfolder,
	    err) == -1 || ex_snap_conflicts(s, all, &t.all, &t.conflict,
	    &t.nconflict, err) == -1))
		got = -1;
	for (i = 0; got == 0 && i < t.nconflict; i++) {
		got = put_who(&t, &t.conflict[i], err);
		flush(&t);
		ex_arena_reset(&t.a);
	}
	return end(&t, got);
}

static int
count_run(struct tell *t, long long run, struct ex_err *err)
{
	static const char *const op[] = { "create", "update", "delete" };
	struct ex_snap_runlog *log;
	struct ex_snap_log row;
	size_t n[3] = { 0 }, items = 0, failed = 0, conflicts = 0, i;
	int got;

	if (ex_snap_log_open(t->s, run, &log, err) == -1)
		return -1;
	while ((got = ex_snap_log_next(log, &t->a, &row, err)) == 1) {
		items += row.folder.p == NULL;
		failed += row.outcome.p != NULL;
		for (i = 0; i < 3; i++)
			n[i] += row.outcome.p == NULL &&
			    ex_str_is(row.op, op[i]);
		ex_arena_reset(&t->a);
	}
	ex_snap_log_close(log);
	for (i = 0; i < t->nconflict; i++)
		conflicts += t->conflict[i].run == run;
	fprintf(t->out, "%8lld %8zu %8zu %8zu %8zu %8zu %9zu\n", run, items,
	    n[0], n[1], n[2], failed, conflicts);
	return got;
}

int
ex_tell_runs(struct ex_snap *s, FILE *out, struct ex_err *err)
{
	struct tell t;
	long long *run;
	size_t i, n = 0;
	int got = begin(&t, s, out, err);

	if (got == 0 && (ex_snap_conflicts(s, true, &t.all, &t.conflict,
	    &t.nconflict, err) == -1 ||
	    ex_snap_runs(s, &t.all, &run, &n, err) == -1))
		got = -1;
	if (got == 0)
		fprintf(out, "%8s %8s %8s %8s %8s %8s %9s\n", "run", "items",
		    "created", "updated", "deleted", "failed", "conflicts");
	for (i = 0; got == 0 && i < n; i++)
		got = count_run(&t, run[i], err);
	return end(&t, got);
}

/* Conflicts of that run that stand before uid (absent: all others). */
static int
run_conflicts(struct tell *t, long long run, struct ex_str uid, bool with,
    struct ex_err *err)
{
	const struct ex_snap_conflict *c;
	int order;

	for (; t->next < t->nconflict; t->next++) {
		c = &t->conflict[t->next];
		order = uid.p != NULL ? ex_str_cmp(c->uid, uid) : -1;
		if (order > 0 || (order == 0 && !with))
			return 0;
		if (c->run != run)
			continue;
		if ((order == 0 ? put_conflicts(t, c, err) :
		    put_who(t, c, err)) == -1)
			return -1;
	}
	return 0;
}

static int
put_taken(struct tell *t, const struct ex_snap_log *row, struct ex_err *err)
{
	struct ex_item *was, *master;
	size_t n = t->b.n;

	ex_arena_reset(&t->taken);
	t->was = ex_arena_str(&t->taken, row->was);
	t->master = ex_arena_str(&t->taken, row->master);
	if (body(t, row->uid, row->was, &was, err) == -1 ||
	    body(t, row->uid, row->master, &master, err) == -1)
		return -1;
	ex_show_diff(&t->b, t->canon, was, master, 0);
	if (t->b.n == n) {
		ex_buf_puts(&t->b, "= ");
		put_text(t, master != NULL ? ex_item_title(master) :
		    EX_STR("(deleted)"));
		ex_buf_puts(&t->b, " (");
		put_text(t, row->uid);
		ex_buf_puts(&t->b, ")\n");
	}
	if (ex_str_is(row->op, "settled"))
		ex_buf_puts(&t->b, "    settled\n");
	return 0;
}

/*
 * What an op replaced where the master stayed as it was: a value that has
 * lost stands nowhere else any more.
 */
static int
put_before(struct tell *t, const struct ex_snap_log *row, struct ex_err *err)
{
	struct ex_item *before, *after;
	struct ex_buf diff = EX_BUF_INIT;
	size_t i;

	if (row->before.n == 0 || ex_str_eq(row->before, t->master) ||
	    !ex_str_eq(t->was, t->master))
		return 0;
	if (body(t, row->uid, row->before, &before, err) == -1 ||
	    body(t, row->uid, ex_str_is(row->op, "delete") ? EX_STR_NONE :
	    row->after.p != NULL ? row->after : t->master, &after, err) == -1)
		return -1;
	ex_show_diff(&diff, t->canon, before, after, 0);
	/* Its first line says who it is. */
	for (i = 0; i < diff.n && diff.p[i] != '\n'; i++)
		;
	for (i++; i < diff.n; i++) {
		if (diff.p[i - 1] == '\n')
			ex_buf_puts(&t->b, "    ");
		ex_buf_putc(&t->b, diff.p[i]);
	}
	ex_buf_fini(&diff);
	return 0;
}

static int
put_op(struct tell *t, const struct ex_snap_log *row, struct ex_err *err)
{
	ex_buf_puts(&t->b, "    ");
	put_text(t, row->op);
	ex_buf_puts(&t->b, row->outcome.p == NULL ? "d in " : " in ");
	put_text(t, row->folder);
	if (row->outcome.p != NULL) {
		ex_buf_puts(&t->b, " failed: ");
		put_text(t, row->outcome);
	}
	ex_buf_putc(&t->b, '\n');
	return row->outcome.p == NULL ? put_before(t, row, err) : 0;
}

static int
put_row(struct tell *t, long long run, const struct ex_snap_log *row,
    struct ex_err *err)
{
	if (row->folder.p != NULL)
		return put_op(t, row, err);
	if (run_conflicts(t, run, row->uid, false, err) == -1 ||
	    put_taken(t, row, err) == -1)
		return -1;
	return run_conflicts(t, run, row->uid, true, err);
}

int
ex_tell_run(struct ex_snap *s, long long run, FILE *out, struct ex_err *err)
{
	struct ex_snap_runlog *log = NULL;
	struct ex_snap_log row;
	struct tell t;
	int got = begin(&t, s, out, err);

	if (got == 0 && (ex_snap_conflicts(s, true, &t.all, &t.conflict,
	    &t.nconflict, err) == -1 ||
	    ex_snap_log_open(s, run, &log, err) == -1))
		got = -1;
	while (got == 0 && (got = ex_snap_log_next(log, &t.a, &row,
	    err)) == 1) {
		got = put_row(&t, run, &row, err);
		flush(&t);
		ex_arena_reset(&t.a);
		if (got == -1)
			break;
	}
	ex_snap_log_close(log);
	if (got == 0)
		got = run_conflicts(&t, run, EX_STR_NONE, false, err);
	flush(&t);
	return end(&t, got);
}

static int
put_file(struct tell *t, const struct ex_item *item, struct ex_str as,
    const char *directory, struct ex_str name, struct ex_err *err)
{
	struct ex_str path = ex_arena_fmt(&t->a, "%s/%.*s.%s", directory,
	    EX_STR_ARG(name), t->kind == EX_KIND_CONTACTS ? "vcf" : "ics");

	ex_buf_clear(&t->b);
	if (ex_codec_encode(item, as, &t->a, &t->b, err) == -1)
		return ex_err_at(err, "%.*s", EX_STR_ARG(path));
	return ex_file_replace(path.p, ex_buf_get(&t->b), 0600, err);
}

static int
put_versions(struct tell *t, const struct ex_snap_entry *e,
    const char *directory, struct ex_err *err)
{
	const char *in = ex_arena_fmt(&t->a, "%s/in", directory).p;
	const struct ex_snap_binding *b;
	struct ex_snap_folder *v;
	struct ex_item *item;
	size_t i, n;

	if (ex_snap_folders(t->s, &t->a, &v, &n, err) == -1)
		return -1;
	if (mkdir(in, 0700) == -1)
		return ex_err_set(err, EX_ERR_SYSTEM, "%s:", in);
	if (body(t, e->uid, e->master, &item, err) == -1 || (item != NULL &&
	    put_file(t, item, EX_STR_NONE, directory, EX_STR("base"),
	    err) == -1))
		return -1;
	for (i = 0; i < e->nbinding; i++) {
		b = &e->binding[i];
		if (body(t, e->uid, holds(e, b), &item, err) == -1)
			return -1;
		if (item != NULL && put_file(t, item, b->as, in,
		    v[b->folder].name, err) == -1)
			return -1;
	}
	return 0;
}

int
ex_tell_versions(struct ex_snap *s, struct ex_str uid, const char *directory,
    struct ex_err *err)
{
	struct ex_snap_entry e;
	struct tell t;
	size_t i;
	int got = begin(&t, s, NULL, err);

	if (got == 0)
		got = ex_snap_entry(s, uid, &t.all, &e, err);
	if (got == -1)
		return end(&t, got);
	for (i = 0; got == 1 && i < e.nbinding &&
	    e.binding[i].now == EX_SNAP_NOW_NONE; i++)
		;
	if (got == 0 || i == e.nbinding)
		got = ex_err_set(err, EX_ERR_GONE, "uid %.*s: nothing to"
		    " settle", EX_STR_ARG(uid));
	else
		got = put_versions(&t, &e, directory, err);
	return end(&t, got);
}
