/*
 * mergerun.c: a change stream in, a plan stream out, part by part
 */
#include <string.h>

#include <ex/canon.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/text.h>

#include "mergepriv.h"

static void
put_raw(struct ex_buf *b, const struct ex_json *from, const char *name)
{
	const struct ex_json *j = ex_json_get(from, name);

	if (j == NULL)
		return;
	ex_buf_fmt(b, ",\"%s\":", name);
	ex_json_write(b, j);
}

static int
begin(struct merge *m, const struct ex_rec *rec, struct ex_err *err)
{
	struct ex_str s;

	if (merge_begin(m, rec, err) == -1) {
		s = ex_rec_place(m->in, rec, &m->a);
		return ex_err_at(err, "%.*s", EX_STR_ARG(s));
	}
	ex_buf_clear(&m->buf);
	put_raw(&m->buf, rec->json, "kind");
	put_raw(&m->buf, rec->json, "ring");
	put_raw(&m->buf, rec->json, "folders");
	put_raw(&m->buf, rec->json, "by");
	ex_rec_begin(&m->out, "plan", m->part, EX_STR_NONE,
	    ex_buf_get(&m->buf));
	return 0;
}

static void
put_owed(struct merge *m, struct ex_buf *b)
{
	const struct merge_folder *f;
	size_t i;
	bool first = true;

	ex_buf_puts(b, ",\"owed\":{");
	for (i = 0; i < m->nfolder; i++) {
		f = &m->folder[i];
		m->count->create += f->op[EX_WRITE_CREATE];
		m->count->update += f->op[EX_WRITE_UPDATE];
		m->count->delete += f->op[EX_WRITE_DELETE];
		if (!f->writes)
			continue;
		if (!first)
			ex_buf_putc(b, ',');
		first = false;
		ex_json_string(b, f->name);
		ex_buf_fmt(b, ":{\"create\":%zu,\"update\":%zu,"
		    "\"delete\":%zu}", f->op[EX_WRITE_CREATE],
		    f->op[EX_WRITE_UPDATE], f->op[EX_WRITE_DELETE]);
	}
	ex_buf_putc(b, '}');
}

/*
 * The totals of the change stream, with how many items there are.  They are
 * no part of its sum, and the guards count on them: none of them may be
 * lost.
 */
static int
put_totals(const struct merge *m, struct ex_buf *b, const struct ex_json *j,
    struct ex_err *err)
{
	static const char *const name[] = { "edited", "new", "gone",
	    "unknown" };
	const struct ex_json *folders = ex_json_get(j, "folders"), *t;
	long long n;
	size_t i, k;

	ex_buf_fmt(b, ",\"parts\":%lld,\"folders\":{",
	    ex_json_get_int(j, "parts", 1));
	for (i = 0; i < m->nfolder; i++) {
		for (t = folders != NULL ? folders->child : NULL; t != NULL &&
		    !ex_str_eq(t->key, m->folder[i].name); t = t->next)
			;
		ex_buf_puts(b, i > 0 ? "," : "");
		ex_json_string(b, m->folder[i].name);
		ex_buf_fmt(b, ":{\"items\":%lld", m->folder[i].items);
		for (k = 0; k < 4; k++) {
			n = t != NULL ? ex_json_get_int(t, name[k], -1) : -1;
			if (n < 0)
				return ex_err_set(err, EX_ERR_INPUT,
				    "folder %.*s: the end does not say how"
				    " many are %s",
				    EX_STR_ARG(m->folder[i].name), name[k]);
			ex_buf_fmt(b, ",\"%s\":%lld", name[k], n);
		}
		ex_buf_putc(b, '}');
	}
	ex_buf_putc(b, '}');
	return 0;
}

static int
end(struct merge *m, const struct ex_rec *rec, struct ex_err *err)
{
	ex_buf_clear(&m->buf);
	put_owed(m, &m->buf);
	if (ex_json_get(rec->json, "parts") != NULL &&
	    put_totals(m, &m->buf, rec->json, err) == -1)
		return -1;
	ex_rec_end(&m->out, ex_buf_get(&m->buf));
	return 0;
}

static bool
lost(const struct merge_line *l, const struct merge_side *s)
{
	return s->d != NULL && s->editor < l->r.neditor &&
	    l->r.editor[s->editor].lost;
}

/* Policy "both": each version that lost becomes an item, once. */
static void
losers(struct merge *m, const struct merge_line *l)
{
	const struct merge_side *s;
	size_t i, k;

	if (m->policy != EX_POLICY_BOTH || l->left)
		return;
	for (i = 0; i < l->nside; i++) {
		s = &l->side[i];
		if (!lost(l, s) || s->after == NULL ||
		    s->after->item == NULL)
			continue;
		for (k = 0; k < i; k++)
			if (lost(l, &l->side[k]) && ex_str_eq(merge_hash(m,
			    l->side[k].after), merge_hash(m, s->after)))
				break;
		if (k == i)
			merge_write_loser(m, l, s);
	}
}

static void
say(struct merge *m, const struct merge_line *l)
{
	struct ex_buf *b = &m->buf;
	const struct merge_ver *v = l->result != NULL ? l->result : l->master;
	struct ex_str title = EX_STR("");
	size_t i;

	for (i = 0; (v == NULL || v->item == NULL) && i < l->nside; i++)
		v = l->side[i].now;
	if (v != NULL && v->item != NULL)
		title = ex_text_print(ex_item_title(v->item), 60, &m->a);
	ex_buf_clear(b);
	ex_buf_fmt(b, "uid %.*s", EX_STR_ARG(l->uid));
	if (title.n > 0)
		ex_buf_fmt(b, " (%.*s)", EX_STR_ARG(title));
	ex_buf_puts(b, l->left ? ": left for a person" : ": conflict");
	for (i = 0; i < l->r.nconflict; i++) {
		ex_buf_puts(b, i > 0 ? ", " : ": ");
		ex_buf_str(b, l->r.conflict[i].what);
	}
	if (l->item_why.p != NULL)
		ex_buf_fmt(b, ": %s", l->item_why.p);
	ex_buf_putc(b, '\0');
	m->opt->say(b->p);
}

static int
change(struct merge *m, const struct ex_rec *rec, struct ex_err *err)
{
	struct merge_line l;
	bool conflict;

	if (merge_read(m, rec, &l, err) == -1 ||
	    merge_decide(m, &l, err) == -1 || merge_write(m, &l, err) == -1)
		return -1;
	losers(m, &l);
	conflict = l.r.nconflict > 0 || l.item_why.p != NULL;
	m->count->items++;
	m->count->conflicts += conflict;
	m->count->left += l.left;
	if (m->opt->say != NULL && (conflict || l.left))
		say(m, &l);
	return 0;
}

static int
one(struct merge *m, const struct ex_rec *rec, struct ex_err *err)
{
	struct ex_str s;

	switch (rec->type) {
	case EX_REC_BEGIN:
		return begin(m, rec, err);
	case EX_REC_END:
		return end(m, rec, err);
	case EX_REC_CHANGE:
		return change(m, rec, err);
	case EX_REC_NOTE:
		ex_rec_line(&m->out, rec->line);
		return 0;
	case EX_REC_ITEM:
	case EX_REC_KEPT:
	case EX_REC_GONE:
	case EX_REC_HIDDEN:
	case EX_REC_BAD:
	case EX_REC_PLAN:
	case EX_REC_TAKEN:
	case EX_REC_DONE:
	case EX_REC_FAILED:
	case EX_REC_CONFLICT:
		break;
	}
	s = ex_rec_place(m->in, rec, &m->a);
	return ex_err_set(err, EX_ERR_INPUT,
	    "%.*s: not a line of a change stream", EX_STR_ARG(s));
}

static int
run(struct merge *m, struct ex_err *err)
{
	struct ex_rec rec;
	int got;

	while ((got = ex_rec_next(m->in, &m->a, &rec, err)) == 1) {
		if (one(m, &rec, err) == -1)
			return -1;
		ex_arena_reset(&m->a);
		if (m->count->items % 64 == 0)
			ex_progress("merging", m->count->items, 0);
	}
	return got;
}

int
ex_merge_run(const struct ex_merge_options *opt, const char *const *path,
    size_t n, FILE *out, struct ex_merge_count *count, struct ex_err *err)
{
	struct merge m = { .opt = opt, .count = count };
	int got;

	memset(count, 0, sizeof(*count));
	if (ex_rec_open(&m.in, path, n, "changes", 0, err) == -1)
		return -1;
	ex_rec_out_init(&m.out, out);
	m.canon = ex_canon_new();
	m.hash = ex_hash_new();
	got = run(&m, err);
	ex_progress_end();
	ex_rec_out_fini(&m.out);
	ex_rec_close(m.in);
	ex_canon_free(m.canon);
	ex_hash_free(m.hash);
	ex_arena_free(&m.ring_a);
	ex_arena_free(&m.a);
	ex_buf_fini(&m.buf);
	return got;
}
