/*
 * seal.c: a stream that a person edited, made whole again
 *
 * Every line is parsed, and written from its tree: in the stream's form,
 * all members kept.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/rec.h>
#include <ex/seal.h>

enum { CREATE, UPDATE, DELETE, OPS };
static const char *const op_names[OPS] = { "create", "update", "delete" };

/* What a plan's part owes to one folder. */
struct owed {
	struct ex_str folder;
	long long n[OPS];
};

struct section {
	struct ex_str name;	/* "folder alice", "part 3" */
	bool full, plan, items;
	size_t count, hashes;	/* lines; hashes made anew */
	struct ex_sum in, out;
};

struct ex_seal {
	FILE *fp;
	struct ex_buf line;
	struct ex_canon *canon;
	struct section **folder; /* by name */
	size_t nfolder;
	struct section *part;
	struct owed *owed;	/* of the open part, by folder */
	size_t nowed;
	struct ex_arena arena;
};

struct ex_seal *
ex_seal_new(FILE *out)
{
	struct ex_seal *s = calloc(1, sizeof(*s));

	if (s == NULL)
		ex_diag_oom();
	s->fp = out;
	s->canon = ex_canon_new();
	return s;
}

void
ex_seal_free(struct ex_seal *s)
{
	if (s == NULL)
		return;
	ex_canon_free(s->canon);
	ex_buf_fini(&s->line);
	ex_arena_free(&s->arena);
	free(s);
}

/* Where the folder's section is, or belongs. */
static size_t
folder_index(const struct ex_seal *s, struct ex_str name)
{
	size_t lo = 0, hi = s->nfolder, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (ex_str_cmp(s->folder[mid]->name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct section *
add_folder(struct ex_seal *s, struct ex_str name)
{
	size_t i = folder_index(s, name);
	struct section *sec = ex_arena_alloc(&s->arena, sizeof(*sec));

	s->folder = ex_arena_grow(&s->arena, s->folder, s->nfolder,
	    sizeof(struct section *));
	memmove(s->folder + i + 1, s->folder + i,
	    (s->nfolder++ - i) * sizeof(struct section *));
	sec->name = ex_arena_str(&s->arena, name);
	return s->folder[i] = sec;
}

/* The reader has seen to it that the section is there. */
static struct section *
section_of(struct ex_seal *s, const struct ex_rec *rec)
{
	if (rec->type > EX_REC_BAD || rec->folder.p == NULL)
		return s->part;
	return s->folder[folder_index(s, rec->folder)];
}

static void
drop_member(struct ex_json *object, const char *key)
{
	struct ex_json **m = &object->child;

	while (*m != NULL)
		if (ex_str_is((*m)->key, key))
			*m = (*m)->next;
		else
			m = &(*m)->next;
}

/* Put a member in the place of the old one, or at the end. */
static void
set_member(struct ex_json *object, const char *key, struct ex_json *value)
{
	struct ex_json **m = &object->child;

	while (*m != NULL && !ex_str_is((*m)->key, key))
		m = &(*m)->next;
	value->key = ex_str_of(key);
	value->next = *m == NULL ? NULL : (*m)->next;
	*m = value;
}

static struct ex_json *
member(const struct ex_json *object, const char *key)
{
	return (struct ex_json *)ex_json_get(object, key);
}

/* The tree as a line, in the sum unless it is an end. */
static void
put(struct ex_seal *s, struct section *sec, const struct ex_json *j)
{
	ex_buf_clear(&s->line);
	ex_json_write(&s->line, j);
	if (sec != NULL)
		ex_sum_line(&sec->out, s->line.p, s->line.n);
	ex_buf_putc(&s->line, '\n');
	fwrite(s->line.p, 1, s->line.n, s->fp);
}

static void
seal_begin(struct ex_seal *s, const struct ex_rec *rec, struct ex_json *j)
{
	struct ex_str stream = ex_json_get_str(j, "stream");
	struct ex_json *f, *folders = member(j, "folders");
	bool plan = ex_str_is(stream, "plan");
	struct section *sec;

	if (ex_str_is(stream, "items")) {
		sec = add_folder(s, rec->folder);
		sec->items = true;
		sec->full = ex_str_is(ex_json_get_str(j, "mode"), "full");
	} else {
		sec = s->part = ex_arena_alloc(&s->arena, sizeof(*sec));
		sec->name = ex_arena_fmt(&s->arena, "part %lld",
		    ex_json_get_int(j, "part", 0));
		sec->plan = plan;
		s->nowed = 0;
		s->owed = NULL;
	}
	if (folders != NULL && (plan || ex_str_is(stream, "changes")))
		for (f = folders->child; f != NULL; f = f->next)
			if (f->type == EX_JSON_OBJECT)
				drop_member(f, "token");
	ex_sum_line(&sec->in, rec->line.p, rec->line.n);
	put(s, sec, j);
}

/* An item whose data was edited has another hash. */
static int
seal_hash(struct ex_seal *s, struct section *sec, struct ex_json *j,
    struct ex_arena *a, struct ex_err *err)
{
	char hex[EX_HASH_HEX];
	struct ex_item item;
	struct ex_json *hash;

	if (ex_item_of_json(ex_json_get(j, "data"), a, &item, err) == -1)
		return -1;
	ex_canon_hash(s->canon, &item, EX_CANON_HASH, hex);
	if (ex_str_is(ex_json_get_str(j, "hash"), hex))
		return 0;
	hash = ex_json_text(a, ex_arena_str(a, ex_str_of(hex)));
	set_member(j, "hash", hash);
	sec->hashes++;
	return 0;
}

static struct owed *
owed_to(struct ex_seal *s, struct ex_str folder)
{
	size_t lo = 0, hi = s->nowed, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (ex_str_cmp(s->owed[mid].folder, folder) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < s->nowed && ex_str_eq(s->owed[lo].folder, folder))
		return &s->owed[lo];
	s->owed = ex_arena_grow(&s->arena, s->owed, s->nowed,
	    sizeof(*s->owed));
	memmove(s->owed + lo + 1, s->owed + lo,
	    (s->nowed++ - lo) * sizeof(*s->owed));
	memset(&s->owed[lo], 0, sizeof(*s->owed));
	s->owed[lo].folder = ex_arena_str(&s->arena, folder);
	return &s->owed[lo];
}

static int
count_ops(struct ex_seal *s, const struct ex_json *j, struct ex_err *err)
{
	const struct ex_json *ops = ex_json_get(j, "ops"), *op;
	struct ex_str name, folder;
	int i;

	if (ops == NULL || ops->type != EX_JSON_ARRAY)
		return ex_err_set(err, EX_ERR_INPUT, "no ops");
	for (op = ops->child; op != NULL; op = op->next) {
		name = ex_json_get_str(op, "op");
		folder = ex_json_get_str(op, "folder");
		for (i = 0; i < OPS; i++)
			if (ex_str_is(name, op_names[i]))
				break;
		if (i == OPS || folder.n == 0)
			return ex_err_set(err, EX_ERR_INPUT,
			    "an op without its name or folder");
		owed_to(s, folder)->n[i]++;
	}
	return 0;
}

/* Folders that the end named keep their place, with zeros if need be. */
static void
seal_owed(struct ex_seal *s, struct ex_json *j, struct ex_arena *a)
{
	struct ex_json *was = member(j, "owed"), *all, *one, *m;
	size_t i;
	int k;

	if (was == NULL && s->nowed == 0)
		return;
	for (m = was == NULL ? NULL : was->child; m != NULL; m = m->next)
		owed_to(s, m->key);
	all = ex_json_new(a, EX_JSON_OBJECT);
	for (i = 0; i < s->nowed; i++) {
		one = ex_json_new(a, EX_JSON_OBJECT);
		for (k = 0; k < OPS; k++)
			ex_json_put(one, op_names[k],
			    ex_json_int(a, s->owed[i].n[k]));
		one->key = s->owed[i].folder;
		ex_json_add(all, one);
	}
	set_member(j, "owed", all);
}

/* "folder alice: 18 lines, 20 before" */
static struct ex_str
verdict(const struct section *sec, long long was, bool edited,
    struct ex_arena *a)
{
	const char *folder = sec->items ? "folder " : "", *more = "";
	struct ex_str hashes = EX_STR("");

	if (sec->hashes > 0)
		hashes = ex_arena_fmt(a, ", %zu with another hash",
		    sec->hashes);
	if (!edited)
		return ex_arena_fmt(a, "%s%.*s: %zu lines, as before%.*s",
		    folder, EX_STR_ARG(sec->name), sec->count,
		    EX_STR_ARG(hashes));
	if (was == (long long)sec->count)
		return ex_arena_fmt(a, "%s%.*s: %zu lines, edited%.*s",
		    folder, EX_STR_ARG(sec->name), sec->count,
		    EX_STR_ARG(hashes));
	if (sec->full && was > (long long)sec->count)
		more = ": what is not listed reads as deleted";
	if (was < 0)
		return ex_arena_fmt(a, "%s%.*s: %zu lines", folder,
		    EX_STR_ARG(sec->name), sec->count);
	return ex_arena_fmt(a, "%s%.*s: %zu lines, %lld before%.*s%s",
	    folder, EX_STR_ARG(sec->name), sec->count, was,
	    EX_STR_ARG(hashes), more);
}

static bool
seal_end(struct ex_seal *s, struct section *sec, struct ex_json *j,
    struct ex_arena *a, struct ex_str *say)
{
	long long was = ex_json_get_int(j, "count", -1);
	char in[EX_SUM_HEX], out[EX_SUM_HEX];
	bool edited;

	ex_rec_sum_end(&sec->in, j);
	ex_sum_hex(&sec->in, in);
	edited = was != (long long)sec->count || sec->hashes > 0 ||
	    !ex_str_is(ex_json_get_str(j, "sum"), in);
	set_member(j, "count", ex_json_int(a, (long long)sec->count));
	if (sec->items && edited)
		drop_member(j, "token");
	if (sec->plan)
		seal_owed(s, j, a);
	ex_rec_sum_end(&sec->out, j);
	ex_sum_hex(&sec->out, out);
	set_member(j, "sum", ex_json_text(a, ex_str_of(out)));
	put(s, NULL, j);
	*say = verdict(sec, was, edited, a);
	return edited;
}

int
ex_seal_line(struct ex_seal *s, const struct ex_rec_in *in,
    const struct ex_rec *rec, struct ex_arena *a, struct ex_str *say,
    bool *edited, struct ex_err *err)
{
	struct section *sec;
	struct ex_json *j;
	struct ex_str place;
	int got = 0;

	*say = EX_STR_NONE;
	*edited = false;
	if (ex_rec_json(in, rec, a, &j, err) == -1)
		return -1;
	if (rec->type == EX_REC_BEGIN) {
		seal_begin(s, rec, j);
		return 0;
	}
	sec = section_of(s, rec);
	if (rec->type == EX_REC_END) {
		*edited = seal_end(s, sec, j, a, say);
		return 0;
	}
	if (rec->type == EX_REC_ITEM)
		got = seal_hash(s, sec, j, a, err);
	else if (rec->type == EX_REC_PLAN)
		got = count_ops(s, j, err);
	if (got == -1) {
		place = ex_rec_place(in, rec, a);
		ex_err_at(err, "%s%.*s", sec->items ? "folder " : "",
		    EX_STR_ARG(sec->name));
		return ex_err_at(err, "%.*s", EX_STR_ARG(place));
	}
	sec->count++;
	ex_sum_line(&sec->in, rec->line.p, rec->line.n);
	put(s, sec, j);
	return 0;
}
