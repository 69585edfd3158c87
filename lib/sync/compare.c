/*
 * compare.c: two item streams against each other: the audit
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

#define LOOK 64			/* of one UID, looked at for the best match */

enum { OLD, NEW };

/* A pair that differs; one of them may be missing. */
struct pair {
	struct ex_str folder, key;	/* what it is sorted by */
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

/* Not yet paired, in that folder, and something that is there. */
static bool
is_free(const struct ex_listing *l, uint32_t i, size_t folder)
{
	return l->rec[i].folder == folder && l->rec[i].type != EX_REC_GONE &&
	    l->rec[i].entry == EX_LISTING_NONE;
}

static uint32_t
match(const struct compare *c, const struct ex_listed *x, size_t folder)
{
	const struct ex_listing *l = &c->l[NEW];
	uint32_t i, best = EX_LISTING_NONE;
	int tried = 0;

	if (folder == SIZE_MAX)
		return EX_LISTING_NONE;
	for (i = ex_listing_by_uid(l, x->uid); i != EX_LISTING_NONE &&
	    tried < LOOK; i = l->next[i]) {
		if (!is_free(l, i, folder))
			continue;
		if (ex_sum_eq(l->rec[i].id, x->id))
			return i;
		if (best == EX_LISTING_NONE ||
		    memcmp(l->rec[i].hash, x->hash, 16) == 0)
			best = i;
		tried++;
	}
	if (best == EX_LISTING_NONE) {
		i = ex_listing_by_id(l, folder, x->id);
		if (i != EX_LISTING_NONE && is_free(l, i, folder) &&
		    (ex_sum_none(x->uid) || ex_sum_none(l->rec[i].uid)))
			best = i;
	}
	return best;
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
	int got;

	for (i = 0; i < old->nrec; i++) {
		if (old->rec[i].type == EX_REC_GONE)
			continue;
		j = match(c, &old->rec[i], partner(c, OLD,
		    old->rec[i].folder));
		if (j != EX_LISTING_NONE)
			new->rec[j].entry = i;
		if ((got = differ(c, i, j, err)) == -1 ||
		    (got == 1 && add(c, i, j, err) == -1))
			return -1;
	}
	for (j = 0; j < new->nrec; j++)
		if (new->rec[j].entry == EX_LISTING_NONE &&
		    new->rec[j].type != EX_REC_GONE &&
		    add(c, EX_LISTING_NONE, j, err) == -1)
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
	if (order == 0 && x->rec[NEW] != y->rec[NEW])
		order = x->rec[NEW] < y->rec[NEW] ? -1 : 1;
	return order != 0 ? order : x->rec[OLD] < y->rec[OLD] ? -1 : 1;
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
