/*
 * settle.c: what a person decides about a snapshot
 *
 * To settle an item is to say that every folder has seen what the others
 * hold: base and shadow of each become what it holds, and the master what
 * was chosen; so the next run owes it to all that hold something else.
 * That is a run of the log, with the conflict and what each folder held.
 */
#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/ring.h>
#include <ex/settle.h>

struct settle {
	struct ex_snap *s;
	struct ex_arena a;
	struct ex_snap_entry e;
	struct ex_str master;	/* hash; absent: deleted */
};

static int
begin(struct ex_snap *s, int got, struct ex_err *err)
{
	return got == -1 ? -1 : ex_snap_begin(s, err);
}

/* Commit, or nothing. */
static int
end(struct ex_snap *s, int got, struct ex_err *err)
{
	if (got == 0 && ex_snap_commit(s, err) == 0)
		return 0;
	ex_snap_rollback(s);
	return -1;
}

/* What the folder holds. */
static int
choose_folder(struct settle *t, struct ex_str folder, struct ex_err *err)
{
	const struct ex_snap_binding *b;
	size_t i, index;

	if (ex_snap_folder_index(t->s, folder, &index, err) == -1)
		return -1;
	for (i = 0; i < t->e.nbinding; i++) {
		b = &t->e.binding[i];
		if (b->folder != index)
			continue;
		if (b->now == EX_SNAP_NOW_GONE || b->id.p == NULL)
			t->master = EX_STR_NONE;
		else if (b->now == EX_SNAP_NOW_ITEM)
			t->master = b->now_hash;
		else
			t->master = b->shadow.p != NULL ? b->shadow :
			    t->e.master;
		if (t->master.n == 0)
			t->master = EX_STR_NONE;
		return 0;
	}
	return ex_err_set(err, EX_ERR_GONE, "uid %.*s: not in folder %.*s",
	    EX_STR_ARG(t->e.uid), EX_STR_ARG(folder));
}

static int
choose_item(struct settle *t, const struct ex_item *item, struct ex_err *err)
{
	struct ex_canon *canon = ex_canon_new();
	struct ex_item own = ex_item_with_uid(item, t->e.uid, &t->a);
	struct ex_buf b = EX_BUF_INIT;
	char hex[EX_HASH_HEX];
	int got;

	ex_canon_hash(canon, &own, EX_CANON_HASH, hex);
	ex_canon_free(canon);
	t->master = ex_arena_str(&t->a, ex_str_of(hex));
	ex_item_write(&b, &own);
	got = ex_snap_put_body(t->s, t->e.uid, t->master, ex_buf_get(&b), err);
	ex_buf_fini(&b);
	return got;
}

static int
seen_all(struct settle *t, struct ex_snap_binding *b, struct ex_err *err)
{
	struct ex_str holds = b->shadow.p != NULL ? b->shadow : t->e.master;

	if (ex_snap_close_intents(t->s, t->e.uid, b->folder, err) == -1)
		return -1;
	if (b->now == EX_SNAP_NOW_GONE)
		return ex_snap_drop_binding(t->s, t->e.uid, b->folder, err);
	if (b->now == EX_SNAP_NOW_ITEM)
		holds = b->now_hash;
	if (holds.p == NULL)
		holds = EX_STR("");
	b->shadow = b->base = ex_str_eq(holds, t->master) ? EX_STR_NONE :
	    holds;
	b->now = EX_SNAP_NOW_NONE;
	return ex_snap_put_binding(t->s, t->e.uid, b, err);
}

/* The conflict once more, with who has won it (absent: no folder). */
static int
log_conflict(struct settle *t, const struct ex_snap_conflict *c,
    struct ex_str won, struct ex_err *err)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_json *all, *j;
	int got;

	if (ex_json_parse(c->data, &t->a, &all, err) == -1)
		return ex_err_at(err, "conflict of uid %.*s",
		    EX_STR_ARG(c->uid));
	for (j = all->child; won.p != NULL && j != NULL; j = j->next)
		if (j->type == EX_JSON_OBJECT)
			ex_json_put(j, "won", ex_json_text(&t->a, won));
	ex_json_write(&b, all);
	got = ex_snap_put_conflict(t->s, c->uid, false, ex_buf_get(&b), err);
	ex_buf_fini(&b);
	return got;
}

static int
log_settled(struct settle *t, struct ex_str won, struct ex_err *err)
{
	struct ex_snap_log row = { .uid = t->e.uid, .op = EX_STR("settled"),
	    .was = t->e.master, .master = t->master };
	struct ex_snap_conflict c;
	int got;

	if (ex_snap_run_settle(t->s, err) == -1 ||
	    ex_snap_put_log(t->s, &row, err) == -1)
		return -1;
	got = ex_snap_conflict(t->s, t->e.uid, &t->a, &c, err);
	return got == 1 ? log_conflict(t, &c, won, err) : got;
}

static int
settle(struct settle *t, struct ex_str folder, const struct ex_item *item,
    struct ex_err *err)
{
	size_t i;

	if (item != NULL && choose_item(t, item, err) == -1)
		return -1;
	if (item == NULL && folder.p != NULL &&
	    choose_folder(t, folder, err) == -1)
		return -1;
	if (ex_snap_put_entry(t->s, t->e.uid, t->master, t->master.p == NULL,
	    err) == -1)
		return -1;
	for (i = 0; i < t->e.nbinding; i++)
		if (seen_all(t, &t->e.binding[i], err) == -1)
			return -1;
	if (log_settled(t, item != NULL ? EX_STR_NONE : folder, err) == -1)
		return -1;
	return ex_snap_tidy(t->s, t->e.uid, err);
}

static bool
is_left(const struct ex_snap_entry *e)
{
	size_t i;

	for (i = 0; i < e->nbinding; i++)
		if (e->binding[i].now != EX_SNAP_NOW_NONE)
			return true;
	return false;
}

int
ex_settle(struct ex_snap *s, struct ex_str uid, struct ex_str folder,
    const struct ex_item *item, struct ex_err *err)
{
	struct settle t = { .s = s };
	int got = ex_snap_entry(s, uid, &t.a, &t.e, err);

	if (got == 0 || (got == 1 && !is_left(&t.e)))
		got = ex_err_set(err, EX_ERR_GONE, "uid %.*s: nothing to"
		    " settle", EX_STR_ARG(uid));
	got = begin(s, got, err);
	if (got == 0)
		got = end(s, settle(&t, folder, item, err), err);
	ex_arena_free(&t.a);
	return got;
}

int
ex_settle_leave(struct ex_snap *s, struct ex_str folder, struct ex_err *err)
{
	size_t index;
	int got = ex_snap_folder_index(s, folder, &index, err);

	if (begin(s, got, err) == -1)
		return -1;
	return end(s, ex_snap_forget_folder(s, index, true, err), err);
}

int
ex_settle_rename(struct ex_snap *s, struct ex_str folder,
    struct ex_str name, struct ex_err *err)
{
	size_t index;
	int got = ex_snap_folder_index(s, folder, &index, err);

	if (got == 0 && !ex_ring_folder_name(name))
		got = ex_err_set(err, EX_ERR_INPUT, "%.*s: no name for a"
		    " folder", EX_STR_ARG(name));
	if (begin(s, got, err) == -1)
		return -1;
	return end(s, ex_snap_rename_folder(s, index, name, err), err);
}

int
ex_settle_relink(struct ex_snap *s, struct ex_str folder,
    struct ex_str identity, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_folder *v;
	size_t index, n;
	int got;

	if ((got = ex_snap_folder_index(s, folder, &index, err)) == 0)
		got = ex_snap_folders(s, &a, &v, &n, err);
	if ((got = begin(s, got, err)) == 0 && identity.p == NULL) {
		got = end(s, ex_snap_unlink_folder(s, index, err), err);
	} else if (got == 0) {
		v[index].identity = identity;
		v[index].token = EX_STR_NONE;
		got = end(s, ex_snap_set_folder(s, &v[index], err), err);
	}
	ex_arena_free(&a);
	return got;
}
