/*
 * compare.c: two item streams against each other: the audit
 *
 * Paired are, in this order: the same id and UID; the same UID and content;
 * the same UID; the same id, where one of the two has no UID.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/compare.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/listing.h>
#include <ex/show.h>

enum { OLD, NEW };

/* A pair that differs; one of them may be missing. */
struct pair {
	struct ex_str folder, key;	/* what it is sorted by; then id */
	struct ex_sum id;
	uint32_t rec[2];
};

struct compare {
	struct ex_compare_options opt;
	struct ex_arena arena, line;
	struct ex_listing l[2];
	struct ex_canon *canon;
	struct pair *pair;
	size_t n;
	struct ex_rec_out out;
	struct ex_buf buf;
};

/* The other stream's folder that goes with this one, or SIZE_MAX. */
static size_t
partner(const struct compare *c, int side, size_t folder)
{
	const struct ex_listing *mine = &c->l[side], *other = &c->l[!side];
	const struct ex_listing_folder *f;

	f = ex_listing_folder(other, mine->folder[folder].name);
	if (f != NULL)
		return (size_t)(f - other->folder);
	return mine->nfolder == 1 && other->nfolder == 1 ? 0 : SIZE_MAX;
}

/* There, and not yet paired. */
static bool
is_free(const struct ex_listing *l, uint32_t i)
{
	return l->rec[i].type != EX_REC_GONE &&
	    l->rec[i].entry == EX_LISTING_NONE;
}

static void
pair(struct compare *c, uint32_t old, uint32_t new)
{
	c->l[OLD].rec[old].entry = new;
	c->l[NEW].rec[new].entry = old;
}

/* Items that kept their id; and their UID, or that any: one may have none. */
static void
pair_ids(struct compare *c, bool any)
{
	struct ex_listing *old = &c->l[OLD], *new = &c->l[NEW];
	const struct ex_listed *x, *y;
	uint32_t i, j;
	size_t f;

	for (i = 0; i < old->nrec; i++) {
		x = &old->rec[i];
		if (!is_free(old, i) ||
		    (f = partner(c, OLD, x->folder)) == SIZE_MAX)
			continue;
		j = ex_listing_by_id(new, f, x->id);
		if (j == EX_LISTING_NONE || !is_free(new, j))
			continue;
		y = &new->rec[j];
		if (ex_sum_eq(x->uid, y->uid) || (any &&
		    (ex_sum_none(x->uid) || ex_sum_none(y->uid))))
			pair(c, i, j);
	}
}

static int
sum_cmp(struct ex_sum a, struct ex_sum b)
{
	return a.hi != b.hi ? (a.hi < b.hi ? -1 : 1) :
	    a.lo != b.lo ? (a.lo < b.lo ? -1 : 1) : 0;
}

static int
same_uid(const struct ex_listed *x, const struct ex_listed *y)
{
	return sum_cmp(x->uid, y->uid);
}

static int
same_content(const struct ex_listed *x, const struct ex_listed *y)
{
	int order = same_uid(x, y);

	return order != 0 ? order : memcmp(x->hash, y->hash, 16);
}

/* What a pass takes for equal; then by id, so that all lines have a place. */
static int
by_uid(const void *a, const void *b)
{
	const struct ex_listed *x = *(const struct ex_listed *const *)a;
	const struct ex_listed *y = *(const struct ex_listed *const *)b;
	int order = same_uid(x, y);

	return order != 0 ? order : sum_cmp(x->id, y->id);
}

static int
by_content(const void *a, const void *b)
{
	const struct ex_listed *x = *(const struct ex_listed *const *)a;
	const struct ex_listed *y = *(const struct ex_listed *const *)b;
	int order = same_content(x, y);

	return order != 0 ? order : sum_cmp(x->id, y->id);
}

/* A folder's items that have a UID and are still on their own, sorted. */
static const struct ex_listed **
lone_of(const struct ex_listing *l, size_t folder, bool content, size_t *n)
{
	const struct ex_listing_folder *f = &l->folder[folder];
	const struct ex_listed **v = malloc(((size_t)f->n + 1) * sizeof(*v));
	uint32_t i;

	if (v == NULL)
		ex_diag_oom();
	*n = 0;
	for (i = f->first; i < f->first + f->n; i++)
		if (is_free(l, i) && !ex_sum_none(l->rec[i].uid))
			v[(*n)++] = &l->rec[i];
	if (*n > 0)
		qsort(v, *n, sizeof(*v), content ? by_content : by_uid);
	return v;
}

/* Items of one UID, of one content too or of any: in the order of their ids. */
static void
pair_uids(struct compare *c, size_t folder, bool content)
{
	size_t other = partner(c, OLD, folder), n[2], i = 0, j = 0;
	const struct ex_listed **x, **y;
	int order;

	if (other == SIZE_MAX)
		return;
	x = lone_of(&c->l[OLD], folder, content, &n[OLD]);
	y = lone_of(&c->l[NEW], other, content, &n[NEW]);
	while (i < n[OLD] && j < n[NEW]) {
		order = content ? same_content(x[i], y[j]) :
		    same_uid(x[i], y[j]);
		if (order == 0)
			pair(c, (uint32_t)(x[i] - c->l[OLD].rec),
			    (uint32_t)(y[j] - c->l[NEW].rec));
		i += order <= 0;
		j += order >= 0;
	}
	free(x);
	free(y);
}

static int
item_of(struct compare *c, int side, uint32_t rec, struct ex_rec *r,
    struct ex_item *item, struct ex_err *err)
{
	struct ex_str place;

	if (ex_listing_get(&c->l[side], rec, &c->line, r, err) == -1)
		return -1;
	if (item != NULL && ex_item_parse(r->data, &c->line, item,
	    err) == -1) {
		place = ex_rec_place(c->l[side].in, r, &c->line);
		return ex_err_at(err, "%.*s", EX_STR_ARG(place));
	}
	return 0;
}

/* Both are items, and their hashes are equal: are they to the byte? */
static int
strictly(struct compare *c, uint32_t old, uint32_t new, struct ex_err *err)
{
	char hex[2][EX_HASH_HEX];
	struct ex_item item[2];
	struct ex_rec r[2];

	if (item_of(c, OLD, old, &r[OLD], NULL, err) == -1 ||
	    item_of(c, NEW, new, &r[NEW], NULL, err) == -1)
		return -1;
	if (ex_str_eq(r[OLD].data, r[NEW].data))
		return 0;
	if (item_of(c, OLD, old, &r[OLD], &item[OLD], err) == -1 ||
	    item_of(c, NEW, new, &r[NEW], &item[NEW], err) == -1)
		return -1;
	ex_canon_hash(c->canon, &item[OLD], EX_CANON_STRICT, hex[OLD]);
	ex_canon_hash(c->canon, &item[NEW], EX_CANON_STRICT, hex[NEW]);
	return strcmp(hex[OLD], hex[NEW]) != 0;
}

static int
differ(struct compare *c, uint32_t old, uint32_t new, struct ex_err *err)
{
	const struct ex_listed *x = &c->l[OLD].rec[old];
	const struct ex_listed *y;
	int got;

	if (new == EX_LISTING_NONE)
		return 1;
	y = &c->l[NEW].rec[new];
	if (x->type != EX_REC_ITEM || y->type != EX_REC_ITEM)
		return x->type != y->type;
	if (memcmp(x->hash, y->hash, 16) != 0)
		return 1;
	if (!c->opt.strict)
		return 0;
	got = strictly(c, old, new, err);
	ex_arena_reset(&c->line);
	return got;
}

static int
add(struct compare *c, uint32_t old, uint32_t new, struct ex_err *err)
{
	int side = new == EX_LISTING_NONE ? OLD : NEW;
	uint32_t rec = side == OLD ? old : new;
	struct ex_listing *l = &c->l[side];
	size_t f = l->rec[rec].folder, other;
	struct pair *p;
	struct ex_rec r;

	c->pair = ex_arena_grow(&c->arena, c->pair, c->n, sizeof(*p));
	p = &c->pair[c->n++];
	p->folder = l->folder[f].name;
	/* Where folders of two names are compared, the new one's stands. */
	if (side == OLD && (other = partner(c, OLD, f)) != SIZE_MAX)
		p->folder = c->l[NEW].folder[other].name;
	p->rec[OLD] = old;
	p->rec[NEW] = new;
	if (ex_listing_get(l, rec, &c->arena, &r, err) == -1)
		return -1;
	p->key = r.uid.p != NULL ? r.uid : r.id;
	p->id = l->rec[rec].id;
	return 0;
}

/* kept says nothing of what is in an item. */
static int
check(const struct compare *c, int side, struct ex_err *err)
{
	const struct ex_listing *l = &c->l[side];
	uint32_t i;

	for (i = 0; i < l->nrec; i++)
		if (l->rec[i].type == EX_REC_KEPT)
			return ex_err_set(err, EX_ERR_INPUT, "folder %.*s: "
			    "it has kept lines, which leave out what is in "
			    "an item: fetch without -s, or with -a",
			    EX_STR_ARG(l->folder[l->rec[i].folder].name));
	return 0;
}

static int
pair_up(struct compare *c, struct ex_err *err)
{
	struct ex_listing *old = &c->l[OLD], *new = &c->l[NEW];
	uint32_t i, j;
	size_t f;
	int got;

	pair_ids(c, false);
	for (f = 0; f < old->nfolder; f++) {
		pair_uids(c, f, true);
		pair_uids(c, f, false);
	}
	pair_ids(c, true);
	for (i = 0; i < old->nrec; i++) {
		if (old->rec[i].type == EX_REC_GONE)
			continue;
		j = old->rec[i].entry;
		if ((got = differ(c, i, j, err)) == -1 ||
		    (got == 1 && add(c, i, j, err) == -1))
			return -1;
	}
	for (j = 0; j < new->nrec; j++)
		if (is_free(new, j) && add(c, EX_LISTING_NONE, j, err) == -1)
			return -1;
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = ex_str_cmp(x->folder, y->folder);

	if (order == 0)
		order = ex_str_cmp(x->key, y->key);
	if (order == 0)
		order = sum_cmp(x->id, y->id);
	/* One id, gone and come with another UID: both are there. */
	return order != 0 ? order : x->rec[NEW] == EX_LISTING_NONE ? -1 : 1;
}

static int
print_pair(struct compare *c, const struct pair *p, struct ex_err *err)
{
	struct ex_item item[2], *shown[2] = { NULL, NULL };
	struct ex_rec r;
	int side;

	for (side = OLD; side <= NEW; side++) {
		if (p->rec[side] == EX_LISTING_NONE)
			continue;
		if (c->l[side].rec[p->rec[side]].type != EX_REC_ITEM) {
			if (item_of(c, side, p->rec[side], &r, NULL,
			    err) == -1)
				return -1;
			fprintf(c->out.fp, "? %.*s: %s in the %s stream\n",
			    EX_STR_ARG(p->key), r.type == EX_REC_HIDDEN ?
			    "hidden" : "unreadable",
			    side == OLD ? "old" : "new");
			return 0;
		}
		if (item_of(c, side, p->rec[side], &r, &item[side],
		    err) == -1)
			return -1;
		shown[side] = &item[side];
	}
	ex_buf_clear(&c->buf);
	ex_show_diff(&c->buf, c->canon, shown[OLD], shown[NEW],
	    c->opt.strict);
	fwrite(c->buf.p, 1, c->buf.n, c->out.fp);
	return 0;
}

static void
begin(struct compare *c)
{
	struct ex_listing *l = &c->l[NEW];
	size_t i;

	ex_buf_clear(&c->buf);
	ex_buf_puts(&c->buf, ",\"folders\":{");
	for (i = 0; i < l->nfolder; i++) {
		ex_buf_puts(&c->buf, i > 0 ? "," : "");
		ex_json_string(&c->buf, l->folder[i].name);
		ex_buf_fmt(&c->buf, ":{\"items\":%zu}", l->folder[i].items);
	}
	ex_buf_putc(&c->buf, '}');
	ex_rec_begin(&c->out, "changes", c->out.part + 1, EX_STR_NONE,
	    ex_buf_get(&c->buf));
}

static void
end(struct compare *c, bool last)
{
	ex_buf_clear(&c->buf);
	if (last)
		ex_buf_fmt(&c->buf, ",\"parts\":%u", c->out.part);
	ex_rec_end(&c->out, ex_buf_get(&c->buf));
}

/* A change line as exdiff -s would write it, with old as the master. */
static int
put_pair(struct compare *c, const struct pair *p, struct ex_err *err)
{
	struct ex_rec r[2] = { { .id = EX_STR_NONE }, { .id = EX_STR_NONE } };
	struct ex_buf *b = &c->out.line;
	const struct ex_rec *any;
	const char *is;
	int side;

	for (side = OLD; side <= NEW; side++)
		if (p->rec[side] != EX_LISTING_NONE && item_of(c, side,
		    p->rec[side], &r[side], NULL, err) == -1)
			return -1;
	any = &r[p->rec[NEW] != EX_LISTING_NONE ? NEW : OLD];
	is = p->rec[NEW] == EX_LISTING_NONE ? "gone" :
	    any->type != EX_REC_ITEM ? "unknown" :
	    r[OLD].data.p == NULL ? "new" : "edited";
	if (c->out.count >= EX_CAP_PART) {
		end(c, false);
		begin(c);
	}
	ex_rec_start(&c->out, "change");
	ex_rec_str(&c->out, "uid", p->key);
	ex_rec_str(&c->out, "kind", any->kind);
	ex_rec_raw(&c->out, "gone", EX_STR("false"));
	ex_rec_raw(&c->out, "master", r[OLD].data.p != NULL ? r[OLD].data :
	    EX_STR("null"));
	ex_rec_name(&c->out, "folders");
	ex_buf_putc(b, '{');
	ex_json_string(b, p->folder);
	ex_buf_fmt(b, ":{\"is\":\"%s\",\"id\":", is);
	ex_json_string(b, any->id);
	if (any->rev.p != NULL) {
		ex_buf_puts(b, ",\"rev\":");
		ex_json_string(b, any->rev);
	}
	if (any == &r[NEW] && any->data.p != NULL) {
		ex_buf_puts(b, ",\"now\":");
		ex_buf_str(b, any->data);
	}
	ex_buf_puts(b, "}}");
	ex_rec_stop(&c->out);
	return 0;
}

static int
put_all(struct compare *c, struct ex_err *err)
{
	size_t i;
	int got = 0;

	if (c->n > 0)
		qsort(c->pair, c->n, sizeof(*c->pair), by_key);
	if (!c->opt.print)
		begin(c);
	for (i = 0; i < c->n && got == 0; i++) {
		got = c->opt.print ? print_pair(c, &c->pair[i], err) :
		    put_pair(c, &c->pair[i], err);
		ex_arena_reset(&c->line);
	}
	if (got == 0 && !c->opt.print)
		end(c, true);
	return got;
}

int
ex_compare_run(const struct ex_compare_options *opt, const char *old,
    const char *new, FILE *out, struct ex_err *err)
{
	struct compare c = { .opt = *opt };
	int got;

	c.canon = ex_canon_new();
	ex_rec_out_init(&c.out, out);
	got = ex_listing_open(&c.l[OLD], &old, 1, &c.arena, err);
	if (got == 0)
		got = ex_listing_open(&c.l[NEW], &new, 1, &c.arena, err);
	if (got == 0 && (check(&c, OLD, err) == -1 ||
	    check(&c, NEW, err) == -1 || pair_up(&c, err) == -1))
		got = -1;
	if (got == 0 && !opt->quiet)
		got = put_all(&c, err);
	if (got == 0)
		got = c.n > 0;
	ex_listing_close(&c.l[OLD]);
	ex_listing_close(&c.l[NEW]);
	ex_rec_out_fini(&c.out);
	ex_buf_fini(&c.buf);
	ex_canon_free(c.canon);
	ex_arena_free(&c.line);
	ex_arena_free(&c.arena);
	return got;
}
