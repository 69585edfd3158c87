/*
 * pushtake.c: what a plan tells the snapshot, in one transaction before
 * the first write
 *
 * Where a binding's base or shadow is not there it is the master's, so
 * before the master changes, bindings that the line does not speak of get
 * the old one's hash.  Of a left line only identity and `now` are taken.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/diag.h>
#include <ex/rule.h>

#include "pushpriv.h"

/* The line at hand. */
struct take {
	struct push *p;
	const struct ex_plan_line *line;
	struct ex_snap_entry e;
	bool known;		/* the snapshot had the entry */
	struct ex_str master;	/* hash; absent: none */
};

/* Hash an item and store its body; "" for an empty one. */
static int
put_item(struct take *t, const struct ex_json *j, struct ex_str *hash,
    struct ex_err *err)
{
	struct push *p = t->p;
	struct ex_item item;
	char hex[EX_HASH_HEX];

	*hash = EX_STR("");
	if (j->child == NULL)
		return 0;
	if (ex_item_of_json(j, &p->line, &item, err) == -1)
		return -1;
	ex_canon_hash(p->canon, &item, EX_CANON_HASH, hex);
	*hash = ex_arena_str(&p->line, ex_str_of(hex));
	ex_buf_clear(&p->buf);
	ex_item_write(&p->buf, &item);
	return ex_snap_put_body(p->snap, t->line->uid, *hash,
	    ex_buf_get(&p->buf), err);
}

static const struct ex_snap_binding *
binding(const struct take *t, size_t folder)
{
	size_t i;

	for (i = 0; i < t->e.nbinding; i++)
		if (t->e.binding[i].folder == folder)
			return &t->e.binding[i];
	return NULL;
}

/* What a content is called in a binding: the master's goes without saying. */
static int
content(struct take *t, const struct ex_json *j, struct ex_str *hash,
    struct ex_err *err)
{
	*hash = EX_STR_NONE;
	if (j == NULL) {
		if (t->line->master == NULL)
			*hash = EX_STR("");
		return 0;
	}
	if (put_item(t, j, hash, err) == -1)
		return -1;
	if (ex_str_eq(*hash, t->master))
		*hash = EX_STR_NONE;
	return 0;
}

static int
take_seen(struct take *t, const struct ex_plan_seen *seen,
    struct ex_err *err)
{
	size_t folder = push_folder(t->p, seen->folder)->snap;
	const struct ex_snap_binding *old = binding(t, folder);
	struct ex_snap_binding b = { .folder = folder, .id = seen->id,
	    .rev = seen->rev, .uid = seen->uid, .as = seen->as };

	if (t->known && ex_snap_close_intents(t->p->snap, t->line->uid,
	    folder, err) == -1)
		return -1;
	if (seen->gone)
		return old == NULL ? 0 : ex_snap_drop_binding(t->p->snap,
		    t->line->uid, folder, err);
	if (b.as.p == NULL && old != NULL)
		b.as = old->as;
	if (content(t, seen->base, &b.base, err) == -1 ||
	    content(t, seen->shadow, &b.shadow, err) == -1)
		return ex_err_at(err, "folder %.*s", EX_STR_ARG(seen->folder));
	return ex_snap_put_binding(t->p->snap, t->line->uid, &b, err);
}

static int
take_left(struct take *t, const struct ex_plan_seen *seen,
    struct ex_err *err)
{
	size_t folder = push_folder(t->p, seen->folder)->snap;
	const struct ex_snap_binding *old = binding(t, folder);
	struct ex_snap_binding b = { .folder = folder, .base = EX_STR(""),
	    .shadow = EX_STR("") };

	if (old != NULL)
		b = *old;
	if (seen->now == NULL || seen->now->type == EX_JSON_NULL) {
		if (old == NULL)
			return 0;
		/* Without one it holds its shadow, or does so again. */
		b.now = seen->now != NULL ? EX_SNAP_NOW_GONE :
		    EX_SNAP_NOW_NONE;
		b.now_hash = EX_STR_NONE;
	} else {
		b.now = EX_SNAP_NOW_ITEM;
		if (put_item(t, seen->now, &b.now_hash, err) == -1)
			return ex_err_at(err, "folder %.*s",
			    EX_STR_ARG(seen->folder));
	}
	if (seen->id.p != NULL) {
		b.id = seen->id;
		b.rev = seen->rev;
		b.uid = seen->uid;
		if (seen->as.p != NULL)
			b.as = seen->as;
	}
	return ex_snap_put_binding(t->p->snap, t->line->uid, &b, err);
}

/* The same content, called by its hash while the master was `old`. */
static struct ex_str
named(struct ex_str hash, struct ex_str old, struct ex_str master)
{
	if (hash.p == NULL)
		hash = old.p != NULL ? old : EX_STR("");
	return ex_str_eq(hash, master) ? EX_STR_NONE : hash;
}

static bool
is_seen(const struct take *t, size_t folder)
{
	size_t i;

	for (i = 0; i < t->line->nseen; i++)
		if (push_folder(t->p, t->line->seen[i].folder)->snap == folder)
			return true;
	return false;
}

static int
keep_bases(struct take *t, struct ex_err *err)
{
	struct ex_snap_binding b;
	size_t i;

	if (ex_str_eq(t->e.master, t->master) &&
	    t->e.gone == (t->line->master == NULL))
		return 0;
	for (i = 0; i < t->e.nbinding; i++) {
		b = t->e.binding[i];
		if (is_seen(t, b.folder))
			continue;
		b.base = named(b.base, t->e.master, t->master);
		b.shadow = named(b.shadow, t->e.master, t->master);
		if (ex_snap_put_binding(t->p->snap, t->line->uid, &b,
		    err) == -1)
			return -1;
	}
	return 0;
}

static int
take_ops(struct take *t, struct ex_err *err)
{
	const struct ex_plan_op *op;
	struct ex_snap_intent in;
	size_t i;

	for (i = 0; i < t->line->nop && EX_RULE("intents"); i++) {
		op = &t->line->op[i];
		in = (struct ex_snap_intent){
		    .folder = push_folder(t->p, op->folder)->snap,
		    .op = (enum ex_snap_op)op->op, .name = op->name,
		    .id = op->id, .sent = t->master };
		if (ex_snap_put_intent(t->p->snap, t->line->uid, &in,
		    err) == -1)
			return -1;
	}
	return 0;
}

/* Each folder that has a say in it, once. */
static void
count_conflict(struct take *t)
{
	const struct ex_json *c, *v;
	struct push_folder *f;
	size_t i;
	bool in;

	for (i = 0; i < t->p->nfolder; i++) {
		f = &t->p->folder[i];
		in = false;
		c = t->line->conflicts != NULL ? t->line->conflicts->child :
		    NULL;
		for (; c != NULL && !in; c = c->next) {
			v = ex_json_get(c, "values");
			for (v = v != NULL ? v->child : NULL; v != NULL && !in;
			    v = v->next)
				in = ex_str_eq(v->key, f->ring->store.name);
		}
		f->count.conflicts += in;
	}
}

static int
by_uid(const void *a, const void *b)
{
	const struct ex_snap_conflict *x = a, *y = b;

	return ex_str_cmp(x->uid, y->uid);
}

/* Was the item left already, about the same?  Its conflicts go to p->buf. */
static bool
is_left_still(struct push *p, const struct ex_plan_line *line)
{
	const struct ex_snap_conflict key = { .uid = line->uid }, *c = NULL;

	ex_buf_clear(&p->buf);
	if (line->conflicts != NULL)
		ex_json_write(&p->buf, line->conflicts);
	else
		ex_buf_puts(&p->buf, "[]");
	if (p->nopen > 0)
		c = bsearch(&key, p->open, p->nopen, sizeof(key), by_uid);
	return line->left && c != NULL && c->left &&
	    ex_str_eq(c->data, ex_buf_get(&p->buf));
}

/*
 * The run of this plan, which begins with the first line that has something
 * to say.  Not one that only says again what is left, and not one that only
 * brings what a folder calls a version: such runs would push all others out
 * of the log.
 */
static int
run_of(struct push *p, struct ex_err *err)
{
	if (p->run != 0)
		return 0;
	p->run = p->generation + 1;
	return ex_snap_run_begin(p->snap, err);
}

/* A conflict stays that of the run that met it first. */
static int
take_conflicts(struct take *t, struct ex_err *err)
{
	struct push *p = t->p;

	if (t->line->conflicts == NULL && !t->line->left)
		return p->nopen > 0 ? ex_snap_close_conflict(p->snap,
		    t->line->uid, err) : 0;
	p->u->count.conflicts++;
	p->u->count.left += t->line->left;
	count_conflict(t);
	if (is_left_still(p, t->line))
		return 0;
	if (run_of(p, err) == -1)
		return -1;
	return ex_snap_put_conflict(p->snap, t->line->uid, t->line->left,
	    ex_buf_get(&p->buf), err);
}

/* The revs that a later undo must find. */
static int
log_taken(struct take *t, struct ex_err *err)
{
	struct ex_snap_log row = { .uid = t->line->uid, .op = EX_STR("taken"),
	    .was = t->e.master, .master = t->master };
	struct ex_buf *b = &t->p->buf;
	const struct ex_plan_seen *s;
	size_t i, n = 0;

	ex_buf_clear(b);
	for (i = 0; i < t->line->nseen; i++) {
		s = &t->line->seen[i];
		if (s->id.p == NULL)
			continue;
		ex_buf_putc(b, n++ == 0 ? '{' : ',');
		ex_json_string(b, s->folder);
		ex_buf_puts(b, ":{\"id\":");
		ex_json_string(b, s->id);
		if (s->rev.p != NULL) {
			ex_buf_puts(b, ",\"rev\":");
			ex_json_string(b, s->rev);
		}
		ex_buf_putc(b, '}');
	}
	if (n > 0) {
		ex_buf_putc(b, '}');
		row.folders = ex_buf_get(b);
	}
	t->p->u->count.taken++;
	return ex_snap_put_log(t->p->snap, &row, err);
}

/* Has the line changed anything, or will it? */
static bool
is_change(const struct take *t)
{
	return t->line->nop > 0 || t->line->conflicts != NULL ||
	    !ex_str_eq(t->e.master, t->master);
}

static int
take_decided(struct take *t, struct ex_err *err)
{
	const struct ex_plan_line *line = t->line;
	struct push *p = t->p;
	bool change;
	size_t i;

	if (line->master != NULL &&
	    put_item(t, line->master, &t->master, err) == -1)
		return ex_err_at(err, "master");
	if ((change = is_change(t)) && run_of(p, err) == -1)
		return -1;
	if (t->known && keep_bases(t, err) == -1)
		return -1;
	if (ex_snap_put_entry(p->snap, line->uid, t->master,
	    line->master == NULL, err) == -1)
		return -1;
	for (i = 0; i < line->nseen; i++)
		if (take_seen(t, &line->seen[i], err) == -1)
			return -1;
	if (take_ops(t, err) == -1)
		return -1;
	return change ? log_taken(t, err) : 0;
}

static int
take_line(struct push *p, const struct ex_plan_line *line, struct ex_err *err)
{
	struct take t = { .p = p, .line = line, .master = EX_STR_NONE };
	int got = 0;
	size_t i;

	if (!p->fresh && (got = ex_snap_entry(p->snap, line->uid, &p->line,
	    &t.e, err)) == -1)
		return -1;
	t.known = got == 1;
	if (line->left && !t.known && ex_snap_put_entry(p->snap, line->uid,
	    EX_STR_NONE, false, err) == -1)
		return -1;
	for (i = 0; line->left && i < line->nseen; i++)
		if (take_left(&t, &line->seen[i], err) == -1)
			return -1;
	if (!line->left && take_decided(&t, err) == -1)
		return -1;
	if (take_conflicts(&t, err) == -1)
		return -1;
	if (t.known || line->left || line->master == NULL)
		return ex_snap_tidy(p->snap, line->uid, err);
	return 0;
}

/*
 * What takes no part in its folder is the entry's.  If that was not bound
 * there, nothing of it has been seen; and by no rev is it known what is there.
 */
static int
take_aside(struct take *t, const struct ex_snap_note *note,
    struct ex_err *err)
{
	struct ex_snap_binding b = { .folder = note->folder,
	    .base = EX_STR(""), .shadow = EX_STR("") };
	const struct ex_snap_binding *old;
	int got;

	got = ex_snap_entry(t->p->snap, t->line->uid, &t->p->line, &t->e, err);
	if (got != 1)
		return got;
	if ((old = binding(t, note->folder)) != NULL)
		b = *old;
	/* Where the ids are new nothing is missing: it was not found. */
	b.id = old == NULL && note->uid.p == NULL ? EX_STR_NONE : note->id;
	b.rev = EX_STR_NONE;
	if (note->uid.p != NULL)
		b.uid = ex_str_eq(note->uid, t->line->uid) ? EX_STR_NONE :
		    note->uid;
	return ex_snap_put_binding(t->p->snap, t->line->uid, &b, err);
}

/* As the note says, or, when all lines have been taken, what it binds. */
static int
take_note(struct push *p, const struct ex_snap_note *note,
    struct ex_str entry, bool binds, struct ex_err *err)
{
	const struct ex_plan_line line = { .uid = entry };
	struct take t = { .p = p, .line = &line };

	if (binds)
		return entry.p == NULL ? 0 : take_aside(&t, note, err);
	return note->why.p == NULL ?
	    ex_snap_drop_note(p->snap, note->folder, note->id, err) :
	    ex_snap_put_note(p->snap, note, err);
}

static int
take_notes(struct push *p, bool binds, struct ex_err *err)
{
	struct ex_snap_note note;
	struct push_folder *f;
	struct ex_rec rec;
	size_t i;

	for (i = 0; i < p->nnote; i++) {
		ex_arena_reset(&p->line);
		if (ex_rec_at(p->in, p->note[i], &p->line, &rec, err) == -1)
			return -1;
		f = push_folder(p, rec.folder);
		if (f == NULL || !f->planned || rec.id.p == NULL)
			return ex_err_set(err, EX_ERR_INPUT, "%.*s: a note of"
			    " no folder or no id",
			    EX_STR_ARG(ex_rec_place(p->in, &rec, &p->line)));
		note = (struct ex_snap_note){ f->snap, rec.id, rec.rev,
		    rec.uid, rec.mark, rec.why };
		if (take_note(p, &note, rec.entry, binds, err) == -1)
			return -1;
	}
	return 0;
}

/* Everything that was known under another identity is void. */
static int
void_others(struct push *p, struct ex_err *err)
{
	struct ex_snap_folder *v;
	struct push_folder *f;
	size_t i, n;

	if (ex_snap_folders(p->snap, &p->a, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		f = push_folder(p, v[i].name);
		if (f == NULL || !f->planned || v[i].identity.p == NULL ||
		    ex_str_eq(f->identity, v[i].identity))
			continue;
		if (ex_snap_forget_folder(p->snap, i, false, err) == -1)
			return -1;
	}
	return 0;
}

static int
take_folders(struct push *p, struct ex_err *err)
{
	struct ex_snap_folder sf;
	struct push_folder *f;
	size_t i;

	if (void_others(p, err) == -1)
		return -1;
	for (i = 0; i < p->nfolder; i++) {
		f = &p->folder[i];
		if (!f->planned)
			continue;
		sf = (struct ex_snap_folder){ f->ring->store.name, f->identity,
		    f->scope, f->token };
		if (ex_snap_set_folder(p->snap, &sf, err) == -1)
			return -1;
	}
	for (i = 0; i < p->nfolder; i++) {
		f = &p->folder[i];
		if ((f->planned || f->counted[0] + f->counted[1] +
		    f->counted[2] > 0) && ex_snap_folder_index(p->snap,
		    f->ring->store.name, &f->snap, err) == -1)
			return -1;
	}
	return 0;
}

/* Has the plan anything to say that the snapshot does not have? */
static int
is_news(struct push *p, bool *news, struct ex_err *err)
{
	struct ex_snap_folder *v;
	struct ex_snap_ring ring;
	struct push_folder *f;
	size_t i, n, same = 0, planned = 0;

	if (ex_snap_ring(p->snap, &p->a, &ring, err) == -1 ||
	    ex_snap_folders(p->snap, &p->a, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < p->nfolder; i++)
		planned += p->folder[i].planned;
	for (i = 0; i < n; i++) {
		f = push_folder(p, v[i].name);
		if (f != NULL && f->planned &&
		    ex_str_eq(f->identity, v[i].identity) &&
		    ex_str_eq(f->scope, v[i].scope) &&
		    ex_str_eq(f->token, v[i].token))
			same++;
	}
	*news = p->nline + p->nnote > 0 || same < planned ||
	    ring.generation == 0 || !ex_str_is(ring.config,
	    p->u->ring->digest);
	return 0;
}

static int
take_all(struct push *p, struct ex_err *err)
{
	struct ex_snap_ring ring = { p->id, 0, ex_str_of(p->u->ring->digest),
	    EX_CANON_VERSION, p->u->ring->kind };
	struct ex_plan_line line;
	size_t i;

	if (ex_snap_set_ring(p->snap, &ring, err) == -1 ||
	    take_folders(p, err) == -1 || take_notes(p, false, err) == -1)
		return -1;
	p->run = 0;
	for (i = 0; i < p->nline; i++) {
		ex_progress("taking over", i, p->nline);
		ex_arena_reset(&p->line);
		if (push_line(p, p->line_at[i].offset, &p->line, &line,
		    err) == -1)
			return -1;
		if (take_line(p, &line, err) == -1)
			return ex_err_at(err, "uid %.*s",
			    EX_STR_ARG(line.uid));
	}
	ex_progress_end();
	if (take_notes(p, true, err) == -1)
		return -1;
	return p->run == 0 ? 0 : ex_snap_run_keep(p->snap,
	    p->u->ring->keep_runs, err);
}

int
push_take(struct push *p, struct ex_err *err)
{
	bool news;

	if (is_news(p, &news, err) == -1)
		return -1;
	if (!news)
		return 0;
	if (ex_snap_conflicts(p->snap, false, &p->a, &p->open, &p->nopen,
	    err) == -1)
		return -1;
	p->fresh = p->generation == 0;
	if (ex_snap_begin(p->snap, err) == -1)
		return -1;
	if (take_all(p, err) == -1 || push_commit(p, err) == -1) {
		ex_snap_rollback(p->snap);
		return -1;
	}
	p->wrote = true;
	return 0;
}
