/*
 * pushresult.c: a run's log as a result stream
 *
 * Written from the log, in order of uids, so it does not depend on which
 * answer came first.
 */
#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/push.h>
#include <ex/rec.h>
#include <ex/snapshot.h>
#include <ex/version.h>

struct result {
	struct ex_snap *snap;
	long long run;
	const struct ex_str *left;	/* sorted; the next at hand */
	size_t nleft;
	struct ex_str kind;
	struct ex_rec_out o;
	struct ex_arena a;	/* of one row */
	struct ex_buf rest;	/* what a part's begin says */
	unsigned part;
	struct ex_snap_conflict *conflict;
	size_t nconflict, next;
	/* The entry at hand. */
	struct ex_arena entry;
	struct ex_str uid, hash, data;	/* its master */
};

static void
line_begin(struct result *r, const char *rec)
{
	if (r->o.count == EX_CAP_PART) {
		ex_rec_end(&r->o, EX_STR(""));
		ex_rec_begin(&r->o, "results", ++r->part, EX_STR_NONE,
		    ex_buf_get(&r->rest));
	}
	ex_rec_start(&r->o, rec);
}

/* One member that is an item, by its hash; null where there is none. */
static int
put_data(struct result *r, const char *name, struct ex_str hash,
    struct ex_err *err)
{
	struct ex_str data = EX_STR("null");

	if (hash.n > 0 && ex_str_eq(hash, r->hash))
		data = r->data;
	else if (hash.n > 0 && ex_snap_body(r->snap, r->uid, hash, &r->a,
	    &data, err) == -1)
		return -1;
	ex_rec_raw(&r->o, name, data);
	return 0;
}

static int
put_taken(struct result *r, const struct ex_snap_log *row,
    struct ex_err *err)
{
	ex_arena_reset(&r->entry);
	r->uid = ex_arena_str(&r->entry, row->uid);
	r->hash = ex_arena_str(&r->entry, row->master);
	if (r->hash.n > 0 && ex_snap_body(r->snap, r->uid, r->hash,
	    &r->entry, &r->data, err) == -1)
		return -1;
	line_begin(r, "taken");
	ex_rec_str(&r->o, "uid", row->uid);
	ex_rec_str(&r->o, "kind", r->kind);
	if (put_data(r, "was", row->was, err) == -1 ||
	    put_data(r, "master", row->master, err) == -1)
		return -1;
	ex_rec_raw(&r->o, "folders", row->folders.p != NULL ? row->folders :
	    EX_STR("{}"));
	if (ex_str_is(row->op, "settled"))
		ex_rec_raw(&r->o, "settled", EX_STR("true"));
	ex_rec_stop(&r->o);
	return 0;
}

static int
put_op(struct result *r, const struct ex_snap_log *row, struct ex_err *err)
{
	bool done = row->outcome.p == NULL;
	struct ex_str after = row->after;

	line_begin(r, done ? "done" : "failed");
	ex_rec_str(&r->o, "op", row->op);
	ex_rec_str(&r->o, "folder", row->folder);
	ex_rec_str(&r->o, "uid", row->uid);
	if (!done) {
		ex_rec_str(&r->o, "why", row->outcome);
		ex_rec_raw(&r->o, "again", row->again ? EX_STR("true") :
		    EX_STR("false"));
		ex_rec_stop(&r->o);
		return 0;
	}
	ex_rec_str(&r->o, "id", row->id);
	ex_rec_str(&r->o, "rev", row->rev);
	if (!ex_str_is(row->op, "create") &&
	    put_data(r, "before", row->before, err) == -1)
		return -1;
	if (after.p == NULL)
		after = r->hash;
	if (!ex_str_is(row->op, "delete") &&
	    put_data(r, "after", after, err) == -1)
		return -1;
	ex_rec_stop(&r->o);
	return 0;
}

static bool
is_left(struct result *r, struct ex_str uid)
{
	while (r->nleft > 0 && ex_str_cmp(*r->left, uid) < 0) {
		r->left++;
		r->nleft--;
	}
	return r->nleft > 0 && ex_str_eq(*r->left, uid);
}

/* Conflicts of this run that stand before uid (absent: all others). */
static void
put_conflicts(struct result *r, struct ex_str uid)
{
	const struct ex_snap_conflict *c;

	for (; r->next < r->nconflict; r->next++) {
		c = &r->conflict[r->next];
		if (uid.p != NULL && ex_str_cmp(c->uid, uid) >= 0)
			return;
		if (c->run != r->run && !(c->open && is_left(r, c->uid)))
			continue;
		line_begin(r, "conflict");
		ex_rec_str(&r->o, "uid", c->uid);
		ex_rec_str(&r->o, "kind", r->kind);
		ex_rec_raw(&r->o, "left", c->left ? EX_STR("true") :
		    EX_STR("false"));
		ex_rec_raw(&r->o, "conflicts", c->data);
		ex_rec_stop(&r->o);
	}
}

static int
put_rows(struct result *r, struct ex_err *err)
{
	struct ex_snap_runlog *log;
	struct ex_snap_log row;
	int got;

	if (r->run == 0) {
		put_conflicts(r, EX_STR_NONE);
		return 0;
	}
	if (ex_snap_log_open(r->snap, r->run, &log, err) == -1)
		return -1;
	while ((got = ex_snap_log_next(log, &r->a, &row, err)) == 1) {
		put_conflicts(r, row.uid);
		got = row.folder.p == NULL ? put_taken(r, &row, err) :
		    put_op(r, &row, err);
		if (got == -1)
			break;
		ex_arena_reset(&r->a);
	}
	ex_snap_log_close(log);
	put_conflicts(r, EX_STR_NONE);
	return got;
}

int
ex_push_log(struct ex_snap *snap, long long run, const struct ex_str *left,
    size_t nleft, struct ex_str ring, FILE *out, struct ex_err *err)
{
	struct result r = { .snap = snap, .run = run, .left = left,
	    .nleft = nleft, .part = 1 };
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_ring state;
	int got = ex_snap_ring(snap, &a, &state, err);

	ex_buf_puts(&r.rest, ",\"ring\":");
	ex_buf_str(&r.rest, ring);
	ex_buf_puts(&r.rest, ",\"by\":\"expush " EX_VERSION "\"");
	if (got == 0)
		got = ex_snap_conflicts(snap, true, &a, &r.conflict,
		    &r.nconflict, err);
	ex_rec_out_init(&r.o, out);
	ex_rec_begin(&r.o, "results", 1, EX_STR_NONE, ex_buf_get(&r.rest));
	if (got == 0) {
		r.kind = ex_str_of(ex_kind_name(state.kind));
		got = put_rows(&r, err);
	}
	ex_buf_clear(&r.rest);
	ex_buf_fmt(&r.rest, ",\"parts\":%u", r.part);
	if (got == 0)
		ex_rec_end(&r.o, ex_buf_get(&r.rest));
	ex_rec_out_fini(&r.o);
	ex_arena_free(&r.a);
	ex_arena_free(&r.entry);
	ex_arena_free(&a);
	ex_buf_fini(&r.rest);
	return got;
}
