/*
 * mergein.c: begin and change lines read, versions only as far as needed
 */
#include <stdlib.h>
#include <string.h>

#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/json.h>

#include "mergepriv.h"

static int
by_name(const void *a, const void *b)
{
	return ex_str_cmp(((const struct merge_folder *)a)->name,
	    ((const struct merge_folder *)b)->name);
}

struct merge_folder *
merge_folder(const struct merge *m, struct ex_str name)
{
	struct merge_folder key = { .name = name };

	return m->nfolder == 0 ? NULL : bsearch(&key, m->folder, m->nfolder,
	    sizeof(key), by_name);
}

/* ["prefer","alice"] as the ring file would have it. */
static int
read_policy(struct merge *m, const struct ex_json *ring, struct ex_err *err)
{
	const struct ex_json *j = ex_json_get(ring, "conflict");
	struct ex_str command, text = m->opt->policy;
	struct ex_buf b = EX_BUF_INIT;

	m->policy = EX_POLICY_REPORT;
	m->prefer = NULL;
	m->nprefer = 0;
	if (text.p == NULL) {
		if (j == NULL)
			return 0;
		if (j->type != EX_JSON_ARRAY || j->child == NULL)
			return ex_err_set(err, EX_ERR_INPUT,
			    "ring: conflict is no array");
		/* never a command out of a stream */
		if (ex_str_is(j->child->text, "command"))
			return 0;
		for (j = j->child; j != NULL; j = j->next) {
			if (b.n > 0)
				ex_buf_putc(&b, ' ');
			ex_buf_str(&b, j->text);
		}
		text = ex_arena_str(&m->ring_a, ex_buf_get(&b));
		ex_buf_fini(&b);
	}
	return ex_ring_policy(text, &m->ring_a, &m->policy, &m->prefer,
	    &m->nprefer, &command, err);
}

static int
read_folders(struct merge *m, const struct ex_json *j, struct ex_err *err)
{
	struct merge_folder *f;
	struct ex_str access;
	size_t i, n = 0;

	if (j == NULL || j->type != EX_JSON_OBJECT)
		return ex_err_set(err, EX_ERR_INPUT, "begin has no folders");
	for (j = j->child; j != NULL; j = j->next) {
		if (n == EX_CAP_FOLDERS)
			return ex_err_set(err, EX_ERR_INPUT,
			    "more than %d folders", EX_CAP_FOLDERS);
		m->folder = ex_arena_grow(&m->ring_a, m->folder, n,
		    sizeof(*m->folder));
		f = &m->folder[n++];
		memset(f, 0, sizeof(*f));
		f->name = ex_arena_str(&m->ring_a, j->key);
		access = ex_json_get_str(j, "access");
		f->reads = !ex_str_is(access, "write-only");
		f->writes = !ex_str_is(access, "read-only");
		f->repair = ex_json_get_true(j, "repair");
		f->items = ex_json_get_int(j, "items", 0);
		f->prefer = (size_t)-1;
		for (i = m->nprefer; i > 0; i--)
			if (ex_str_eq(m->prefer[i - 1], f->name))
				f->prefer = i - 1;
	}
	m->nfolder = n;
	if (n > 1)
		qsort(m->folder, n, sizeof(*m->folder), by_name);
	return 0;
}

int
merge_begin(struct merge *m, const struct ex_rec *rec, struct ex_err *err)
{
	const struct ex_json *ring = ex_json_get(rec->json, "ring");
	struct ex_str id = ex_json_get_str(ring, "id");

	ex_arena_reset(&m->ring_a);
	m->folder = NULL;
	m->nfolder = 0;
	m->part = (unsigned)ex_json_get_int(rec->json, "part", 1);
	if (id.p == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "begin has no ring: not the changes of one");
	m->ring_id = ex_arena_str(&m->ring_a, id);
	m->generation = ex_json_get_int(ring, "generation", 0);
	m->delete_wins = ex_json_get_true(ring, "delete-wins");
	if (read_policy(m, ring, err) == -1)
		return -1;
	return read_folders(m, ex_json_get(rec->json, "folders"), err);
}

static int
read_is(struct ex_str s, enum merge_is *is)
{
	static const char *const name[] = { "same", "edited", "new", "gone",
	    "absent", "behind", "unknown" };
	int i;

	for (i = 0; i < 7; i++)
		if (ex_str_is(s, name[i])) {
			*is = (enum merge_is)i;
			return 0;
		}
	return -1;
}

static struct merge_ver *
version(struct merge *m, const struct ex_json *j)
{
	struct merge_ver *v;

	if (j == NULL || j->type == EX_JSON_NULL)
		return NULL;
	v = ex_arena_alloc(&m->a, sizeof(*v));
	v->json = j;
	return v;
}

struct merge_ver *
merge_made(struct merge *m, const struct ex_item *item)
{
	struct merge_ver *v;

	if (item == NULL)
		return NULL;
	v = ex_arena_alloc(&m->a, sizeof(*v));
	v->item = item;
	return v;
}

/* A version that is the master's where it is left out. */
static struct merge_ver *
or_master(struct merge *m, struct merge_line *l, const struct ex_json *side,
    const char *name)
{
	const struct ex_json *j = ex_json_get(side, name);

	return j == NULL ? l->master : version(m, j);
}

static int
read_side(struct merge *m, struct merge_line *l, const struct ex_json *j,
    struct merge_side *s, struct ex_err *err)
{
	s->name = j->key;
	s->f = merge_folder(m, j->key);
	if (read_is(ex_json_get_str(j, "is"), &s->is) == -1)
		return ex_err_set(err, EX_ERR_INPUT, "no such \"is\"");
	if (s->f == NULL && s->is != MERGE_UNKNOWN)
		return ex_err_set(err, EX_ERR_INPUT,
		    "not a folder of the stream's begin");
	s->id = ex_json_get_str(j, "id");
	s->rev = ex_json_get_str(j, "rev");
	s->uid = ex_json_get_str(j, "uid");
	s->as = ex_json_get_str(j, "as");
	s->refused = ex_json_get_str(j, "refused");
	if (s->id.n > EX_CAP_ID || s->rev.n > EX_CAP_ID)
		return ex_err_set(err, EX_ERR_INPUT, "id or rev too long");
	if (s->is != MERGE_NEW && s->is != MERGE_ABSENT) {
		s->base = or_master(m, l, j, "base");
		s->shadow = or_master(m, l, j, "shadow");
	}
	if (s->is == MERGE_EDITED || s->is == MERGE_NEW) {
		if ((s->now = version(m, ex_json_get(j, "now"))) == NULL)
			return ex_err_set(err, EX_ERR_INPUT, "no now");
		if (s->id.p == NULL)
			return ex_err_set(err, EX_ERR_INPUT, "no id");
	}
	/* Recovered: what it holds is its shadow, but not the snapshot's. */
	if ((s->is == MERGE_SAME || s->is == MERGE_BEHIND) && s->id.p != NULL)
		s->now = version(m, ex_json_get(j, "now"));
	s->after = s->base;
	return 0;
}

static int
side_by_name(const void *a, const void *b)
{
	return ex_str_cmp(((const struct merge_side *)a)->name,
	    ((const struct merge_side *)b)->name);
}

static int
read_sides(struct merge *m, struct merge_line *l, const struct ex_json *j,
    struct ex_err *err)
{
	const struct ex_json *k;
	size_t n = 0;

	if (j == NULL || j->type != EX_JSON_OBJECT)
		return ex_err_set(err, EX_ERR_INPUT, "no folders");
	for (k = j->child; k != NULL; k = k->next)
		n++;
	if (n > EX_CAP_FOLDERS)
		return ex_err_set(err, EX_ERR_INPUT, "too many folders");
	l->side = ex_arena_array(&m->a, n, sizeof(*l->side));
	for (k = j->child; k != NULL; k = k->next)
		if (read_side(m, l, k, &l->side[l->nside++], err) == -1)
			return ex_err_at(err, "folder %.*s",
			    EX_STR_ARG(k->key));
	if (n > 1)
		qsort(l->side, n, sizeof(*l->side), side_by_name);
	return 0;
}

static int
read_line(struct merge *m, const struct ex_json *j, struct merge_line *l,
    struct ex_err *err)
{
	const struct ex_json *master = ex_json_get(j, "master");

	l->kind = ex_kind_of(ex_json_get_str(j, "kind"));
	if (l->kind == EX_KIND_NONE)
		return ex_err_set(err, EX_ERR_INPUT, "no kind");
	if (master == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "no master");
	l->master = version(m, master);
	l->gone = ex_json_get_true(j, "gone");
	if (l->gone && l->master != NULL)
		return ex_err_set(err, EX_ERR_INPUT, "gone, with a master");
	return read_sides(m, l, ex_json_get(j, "folders"), err);
}

int
merge_read(struct merge *m, const struct ex_rec *rec, struct merge_line *l,
    struct ex_err *err)
{
	struct ex_json *j;

	memset(l, 0, sizeof(*l));
	if (ex_rec_json(m->in, rec, &m->a, &j, err) == -1)
		return -1;
	l->place = ex_rec_place(m->in, rec, &m->a);
	l->uid = ex_json_get_str(j, "uid");
	if (l->uid.n == 0 || l->uid.n > EX_CAP_ID)
		return ex_err_set(err, EX_ERR_INPUT, "%.*s: no uid",
		    EX_STR_ARG(l->place));
	if (read_line(m, j, l, err) == -1)
		return ex_err_at(err, "%.*s: uid %.*s",
		    EX_STR_ARG(l->place), EX_STR_ARG(l->uid));
	return 0;
}

int
merge_item(struct merge *m, const struct merge_line *l, struct merge_ver *v,
    struct ex_err *err)
{
	struct ex_item *item;

	if (v == NULL || v->item != NULL)
		return 0;
	item = ex_arena_alloc(&m->a, sizeof(*item));
	if (ex_item_of_json(v->json, &m->a, item, err) == -1)
		return ex_err_at(err, "%.*s: uid %.*s",
		    EX_STR_ARG(l->place), EX_STR_ARG(l->uid));
	v->item = item;
	return 0;
}

int
merge_flat(struct merge *m, const struct merge_line *l, struct merge_ver *v,
    struct ex_flat **out, struct ex_err *err)
{
	if (merge_item(m, l, v, err) == -1)
		return -1;
	if (v == NULL)
		*out = ex_flat_make(m->canon, &m->a, NULL);
	else if (v->flat == NULL)
		*out = v->flat = ex_flat_make(m->canon, &m->a, v->item);
	else
		*out = v->flat;
	return 0;
}

struct ex_str
merge_hash(struct merge *m, struct merge_ver *v)
{
	char hex[EX_HASH_HEX];

	if (v->hash.p == NULL) {
		ex_canon_hash(m->canon, v->item, EX_CANON_HASH, hex);
		v->hash = ex_arena_str(&m->a, ex_str_of(hex));
	}
	return v->hash;
}

int
merge_equal(struct merge *m, const struct merge_line *l,
    struct merge_ver *v, struct merge_ver *w, bool *out, struct ex_err *err)
{
	*out = v == w;
	if (v == w || v == NULL || w == NULL)
		return 0;
	if (merge_item(m, l, v, err) == -1 || merge_item(m, l, w, err) == -1)
		return -1;
	/* The bytes are mostly the same where the hash is, and cost less. */
	*out = ex_str_eq(merge_text(m, v), merge_text(m, w)) ||
	    ex_str_eq(merge_hash(m, v), merge_hash(m, w));
	return 0;
}

struct ex_str
merge_text(struct merge *m, struct merge_ver *v)
{
	if (v->text.p != NULL)
		return v->text;
	ex_buf_clear(&m->buf);
	if (v->json != NULL)
		ex_json_write(&m->buf, v->json);
	else
		ex_item_write(&m->buf, v->item);
	return v->text = ex_arena_str(&m->a, ex_buf_get(&m->buf));
}
