/*
 * pushplan.c: a plan read whole: an index of its lines, what it says of
 * its folders, and whether its lines bear that out
 *
 * Kept of a line are its place and its uid.  Lines are carried out in order
 * of their uids, whatever order the parts came in.
 */
#include <stdlib.h>

#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/rule.h>

#include "pushpriv.h"

struct push_folder *
push_folder(struct push *p, struct ex_str name)
{
	size_t i;

	for (i = 0; i < p->nfolder; i++)
		if (ex_str_eq(p->folder[i].ring->store.name, name))
			return &p->folder[i];
	return NULL;
}

int
push_line(struct push *p, uint64_t offset, struct ex_arena *a,
    struct ex_plan_line *line, struct ex_err *err)
{
	struct ex_rec rec;
	struct ex_json *j;

	if (ex_rec_at(p->in, offset, a, &rec, err) == -1 ||
	    ex_rec_json(p->in, &rec, a, &j, err) == -1)
		return -1;
	if (ex_plan_read(j, a, line, err) == -1)
		return ex_err_at(err, "%.*s",
		    EX_STR_ARG(ex_rec_place(p->in, &rec, a)));
	return 0;
}

static int
no_folder(struct ex_str name, struct ex_err *err)
{
	return ex_err_set(err, EX_ERR_INPUT,
	    "folder %.*s: not in the ring file", EX_STR_ARG(name));
}

static int
begin_folder(struct push *p, const struct ex_json *j, struct ex_err *err)
{
	struct push_folder *f = push_folder(p, j->key);

	if (f == NULL)
		return no_folder(j->key, err);
	f->planned = true;
	f->identity = ex_arena_str(&p->a, ex_json_get_str(j, "identity"));
	f->scope = ex_arena_str(&p->a, ex_json_get_str(j, "scope"));
	f->token = ex_arena_str(&p->a, ex_json_get_str(j, "token"));
	f->first = ex_json_get_true(j, "first");
	f->items = ex_json_get_int(j, "items", 0);
	if (f->identity.p == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "folder %.*s: no identity", EX_STR_ARG(j->key));
	return 0;
}

/* Is it of this ring, and does the ring file still say what it said? */
static int
begin_ring(struct push *p, const struct ex_json *ring, struct ex_str place,
    struct ex_err *err)
{
	struct ex_str id = ex_json_get_str(ring, "id");
	struct ex_str config = ex_json_get_str(ring, "config");
	long long generation = ex_json_get_int(ring, "generation", -1);

	if (id.p == NULL || generation < 0)
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: begin: the plan"
		    " does not say which ring it is of", EX_STR_ARG(place));
	if (p->id.p != NULL && (!ex_str_eq(id, p->id) ||
	    generation != p->generation))
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: begin: the plan's"
		    " parts are of different rings or generations",
		    EX_STR_ARG(place));
	if (!ex_str_is(config, p->u->ring->digest) && EX_RULE("ring-file"))
		return ex_err_set(err, EX_ERR_AGAIN, "%.*s: changed since the"
		    " plan was made: fetch again",
		    EX_STR_ARG(p->u->ring->path));
	if (p->id.p != NULL)
		return 0;
	p->id = ex_arena_str(&p->a, id);
	p->generation = generation;
	ex_buf_clear(&p->buf);
	ex_json_write(&p->buf, ring);
	p->begin = ex_arena_str(&p->a, ex_buf_get(&p->buf));
	return 0;
}

static int
read_begin(struct push *p, const struct ex_rec *rec, struct ex_err *err)
{
	const struct ex_json *j, *folders = ex_json_get(rec->json, "folders");
	struct ex_str place = ex_rec_place(p->in, rec, &p->a);
	bool again = p->id.p != NULL;

	if (begin_ring(p, ex_json_get(rec->json, "ring"), place, err) == -1)
		return -1;
	if (folders == NULL || folders->type != EX_JSON_OBJECT)
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: begin: no folders",
		    EX_STR_ARG(place));
	for (j = again ? NULL : folders->child; j != NULL; j = j->next)
		if (begin_folder(p, j, err) == -1)
			return -1;
	return 0;
}

static int
end_owed(struct push *p, const struct ex_json *j, struct ex_err *err)
{
	struct push_folder *f = push_folder(p, j->key);
	int i;

	if (f == NULL)
		return no_folder(j->key, err);
	for (i = 0; i < PUSH_OPS; i++)
		f->said[i] += ex_json_get_int(j,
		    ex_plan_op_name((enum ex_write_op)i), 0);
	return 0;
}

static int
end_folder(struct push *p, const struct ex_json *j, struct ex_err *err)
{
	struct push_folder *f = push_folder(p, j->key);

	if (f == NULL)
		return no_folder(j->key, err);
	f->items = ex_json_get_int(j, "items", f->items);
	f->edited = ex_json_get_int(j, "edited", -1);
	f->gone = ex_json_get_int(j, "gone", -1);
	if (f->items < 0 || f->edited < 0 || f->gone < 0)
		return ex_err_set(err, EX_ERR_INPUT, "folder %.*s: the plan's"
		    " end lacks its totals", EX_STR_ARG(j->key));
	return 0;
}

static int
read_end(struct push *p, const struct ex_rec *rec, struct ex_err *err)
{
	const struct ex_json *j, *o;

	o = ex_json_get(rec->json, "owed");
	for (j = o != NULL ? o->child : NULL; j != NULL; j = j->next)
		if (end_owed(p, j, err) == -1)
			return -1;
	o = ex_json_get(rec->json, "folders");
	for (j = o != NULL ? o->child : NULL; j != NULL; j = j->next)
		if (end_folder(p, j, err) == -1)
			return -1;
	return 0;
}

static int
count_op(struct push *p, const struct ex_plan_op *op, struct push_line *at,
    struct ex_err *err)
{
	struct push_folder *f = push_folder(p, op->folder);

	if (f == NULL)
		return no_folder(op->folder, err);
	if (f->ring->access == EX_ACCESS_READ)
		return ex_err_set(err, EX_ERR_INPUT,
		    "folder %.*s: a read-only folder is not written to",
		    EX_STR_ARG(op->folder));
	f->counted[op->op]++;
	p->ops++;
	if (op->op == EX_WRITE_DELETE)
		at->deletes = true;
	else
		at->writes = true;
	return 0;
}

static int
check_line(struct push *p, const struct ex_plan_line *line,
    struct push_line *at, struct ex_err *err)
{
	struct push_folder *f;
	size_t i;

	if (line->kind != p->u->ring->kind)
		return ex_err_set(err, EX_ERR_INPUT, "not %s",
		    ex_kind_name(p->u->ring->kind));
	for (i = 0; i < line->nseen; i++) {
		f = push_folder(p, line->seen[i].folder);
		if (f == NULL || !f->planned)
			return ex_err_set(err, EX_ERR_INPUT, "folder %.*s: not"
			    " one that the plan saw",
			    EX_STR_ARG(line->seen[i].folder));
	}
	for (i = 0; i < line->nop; i++)
		if (count_op(p, &line->op[i], at, err) == -1)
			return -1;
	return 0;
}

static int
read_plan(struct push *p, const struct ex_rec *rec, struct ex_err *err)
{
	struct ex_plan_line line;
	struct push_line *at;
	struct ex_json *j;

	if (ex_rec_json(p->in, rec, &p->line, &j, err) == -1)
		return -1;
	p->line_at = ex_arena_grow(&p->a, p->line_at, p->nline,
	    sizeof(*p->line_at));
	at = &p->line_at[p->nline];
	if (ex_plan_read(j, &p->line, &line, err) == -1 ||
	    check_line(p, &line, at, err) == -1)
		return ex_err_at(err, "%.*s",
		    EX_STR_ARG(ex_rec_place(p->in, rec, &p->line)));
	at->offset = rec->offset;
	at->uid = ex_arena_str(&p->a, line.uid);
	at->left = line.left;
	at->unseen = line.nseen == 0;
	p->nline++;
	return 0;
}

static int
read_rec(struct push *p, const struct ex_rec *rec, struct ex_err *err)
{
	p->all = ex_arena_grow(&p->a, p->all, p->nall, sizeof(*p->all));
	p->all[p->nall++] = rec->offset;
	if (rec->type == EX_REC_BEGIN)
		return read_begin(p, rec, err);
	if (rec->type == EX_REC_END)
		return read_end(p, rec, err);
	if (rec->type == EX_REC_PLAN)
		return read_plan(p, rec, err);
	if (rec->type != EX_REC_NOTE)
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: not a line of a"
		    " plan", EX_STR_ARG(ex_rec_place(p->in, rec, &p->line)));
	p->note = ex_arena_grow(&p->a, p->note, p->nnote, sizeof(*p->note));
	p->note[p->nnote++] = rec->offset;
	return 0;
}

/* The guards speak of what the ends say: it must be so. */
static int
check_owed(struct push *p, struct ex_err *err)
{
	const struct push_folder *f;
	size_t i;
	int op;

	for (i = 0; i < p->nfolder; i++)
		for (op = 0; op < PUSH_OPS; op++) {
			f = &p->folder[i];
			if (f->counted[op] == f->said[op])
				continue;
			return ex_err_set(err, EX_ERR_INPUT, "folder %.*s: the"
			    " plan's end says %lld to %s, its lines %lld",
			    EX_STR_ARG(f->ring->store.name), f->said[op],
			    ex_plan_op_name((enum ex_write_op)op),
			    f->counted[op]);
		}
	return 0;
}

static int
by_uid(const void *a, const void *b)
{
	const struct push_line *x = a, *y = b;

	int got = ex_str_cmp(x->uid, y->uid);

	return got != 0 ? got : x->unseen - y->unseen;
}

/*
 * A version that lost under the policy "both" becomes an item whose UID says
 * of which version, so a later run may make it again.  If that item has a
 * line of its own, that one counts: what lost stands in the conflict record.
 */
static int
sort_lines(struct push *p, struct ex_err *err)
{
	struct push_line *at;
	size_t i, n = 0;

	if (p->nline > 1)
		qsort(p->line_at, p->nline, sizeof(*p->line_at), by_uid);
	for (i = 0; i < p->nline; i++) {
		at = &p->line_at[i];
		if (n == 0 || !ex_str_eq(p->line_at[n - 1].uid, at->uid))
			p->line_at[n++] = *at;
		else if (!at->unseen || p->line_at[n - 1].unseen)
			return ex_err_set(err, EX_ERR_INPUT,
			    "uid %.*s: two lines of the plan",
			    EX_STR_ARG(at->uid));
	}
	p->nline = n;
	return 0;
}

static void
make_folders(struct push *p)
{
	const struct ex_ring *ring = p->u->ring;
	size_t i;

	p->nfolder = ring->nfolder;
	p->folder = ex_arena_array(&p->a, ring->nfolder, sizeof(*p->folder));
	for (i = 0; i < ring->nfolder; i++) {
		p->folder[i].ring = &ring->folder[i];
		p->whole |= ex_store_is_whole(ring->folder[i].store.operand);
	}
}

int
push_load(struct push *p, struct ex_err *err)
{
	struct ex_rec rec;
	size_t done, all;
	int got;

	make_folders(p);
	if (ex_rec_open(&p->in, p->u->path, p->u->npath, "plan",
	    EX_REC_WHOLE | EX_REC_SPOOL, err) == -1)
		return -1;
	while ((got = ex_rec_next(p->in, &p->line, &rec, err)) == 1) {
		if (read_rec(p, &rec, err) == -1)
			return -1;
		ex_arena_reset(&p->line);
		ex_rec_progress(p->in, &done, &all);
		ex_progress("reading", done, all);
	}
	ex_progress_end();
	if (got == -1)
		return -1;
	if (p->id.p == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "there is no plan");
	if (check_owed(p, err) == -1)
		return -1;
	return sort_lines(p, err);
}
