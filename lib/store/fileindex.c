/*
 * fileindex.c: what is where in a file of many items
 *
 * An item is a VCARD, or all components of one kind and UID in one
 * VCALENDAR, or a line.  Its id is its UID, without one a hash of its
 * content; ids that come again get -2, -3 and so on behind them, as they
 * come.  Its rev is a sum of its bytes, those of the time zones that it
 * names included, so it says whether it changed and not whether it may
 * have.
 *
 * (1) The same bytes give the same ids and revs.
 * (2) What is no item and holds no UID can hide none; what may hide some
 *     (a component without END) is said in `cut`, and fails a listing.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/array.h>
#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/diag.h>
#include <ex/line.h>

#include "priv.h"

static bool
same(struct ex_sum a, struct ex_sum b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

struct ex_str
ex_fileindex_text(const struct ex_filestore *f, const struct ex_file_ent *e)
{
	return (struct ex_str){ f->spool.map.p + e->off, (size_t)e->len };
}

uint32_t
ex_fileindex_add(struct ex_filestore *f, const struct ex_file_ent *ent)
{
	if (f->nent == f->room)
		f->ent = ex_array_more(f->ent, &f->room, sizeof(*f->ent));
	if (f->nent == EX_FILE_NONE)
		ex_diag_oom();
	f->ent[f->nent] = *ent;
	f->ent[f->nent].next = EX_FILE_NONE;
	f->ent[f->nent].tail = EX_FILE_NONE;
	return (uint32_t)f->nent++;
}

static void
slots_set(struct ex_filestore *f, uint32_t at)
{
	size_t i = (size_t)f->ent[at].id.lo & (f->nslot - 1);

	while (f->slot[i] != EX_FILE_NONE)
		i = (i + 1) & (f->nslot - 1);
	f->slot[i] = at;
}

static void
slots_grow(struct ex_filestore *f)
{
	size_t i, old = f->nslot;

	if (old > 0 && f->nhead * 3 < old * 2)
		return;
	f->nslot = old == 0 ? 64 : old * 2;
	free(f->slot);
	f->slot = ex_array_new(f->nslot, sizeof(*f->slot));
	for (i = 0; i < f->nslot; i++)
		f->slot[i] = EX_FILE_NONE;
	for (i = 0; i < f->nent; i++)
		if ((f->ent[i].flags & EX_FILE_HEAD) != 0)
			slots_set(f, (uint32_t)i);
}

static uint32_t
find_sum(const struct ex_filestore *f, struct ex_sum id)
{
	size_t i;

	if (f->nslot == 0)
		return EX_FILE_NONE;
	for (i = (size_t)id.lo & (f->nslot - 1); f->slot[i] != EX_FILE_NONE;
	    i = (i + 1) & (f->nslot - 1))
		if (same(f->ent[f->slot[i]].id, id))
			break;
	return f->slot[i];
}

uint32_t
ex_fileindex_find(const struct ex_filestore *f, struct ex_str id)
{
	return find_sum(f, ex_sum_of(id.p, id.n));
}

static struct ex_str
numbered(struct ex_str base, uint32_t n, struct ex_arena *a)
{
	return ex_arena_fmt(a, "%.*s-%u", EX_STR_ARG(base), n);
}

/*
 * Of an item without a UID: the hash of its content; of one that does not
 * decode, or whose UID is over the cap, a sum of its bytes.
 */
static struct ex_str
nameless(struct ex_filestore *f, uint32_t at, struct ex_arena *a)
{
	struct ex_file_ent *e = &f->ent[at];
	struct ex_found found;
	char hex[EX_HASH_HEX];
	struct ex_sum sum;
	struct ex_str text;

	ex_fileitem_get(f, at, a, &found);
	if (found.what == EX_FOUND_ITEM) {
		if (f->canon == NULL)
			f->canon = ex_canon_new();
		ex_canon_hash(f->canon, found.item, EX_CANON_HASH, hex);
		return ex_arena_str(a, ex_str_of(hex));
	}
	text = ex_fileindex_text(f, e);
	sum = ex_sum_of(text.p, text.n);
	ex_sum_hex(&sum, hex);
	return ex_arena_fmt(a, "bad-%s", hex);
}

/* A head, under base or the next free number behind it. */
static void
settle(struct ex_filestore *f, uint32_t at, struct ex_str base)
{
	struct ex_file_ent *e = &f->ent[at], *first;
	uint32_t was;
	struct ex_str id;

	e->dup = 0;
	e->id = ex_sum_of(base.p, base.n);
	e->last = 1;
	if ((was = find_sum(f, e->id)) != EX_FILE_NONE) {
		first = &f->ent[was];
		/* first is base itself, or another's base-n: both count on. */
		do {
			id = numbered(base, ++first->last, &f->scratch);
			e->dup = first->last;
			e->id = ex_sum_of(id.p, id.n);
		} while (find_sum(f, e->id) != EX_FILE_NONE);
	}
	slots_grow(f);
	e->flags |= EX_FILE_HEAD;
	f->nhead++;
	slots_set(f, at);
}

void
ex_fileindex_put(struct ex_filestore *f, uint32_t at, struct ex_str base)
{
	if (base.p == NULL || base.n > EX_CAP_ID - 16) {
		f->ent[at].flags |= EX_FILE_NOUID;
		base = nameless(f, at, &f->scratch);
	}
	settle(f, at, base);
}

/* The UID that an entry has, whatever form it is in. */
static struct ex_str
base_of(struct ex_filestore *f, uint32_t at, struct ex_arena *a)
{
	struct ex_file_ent *e = &f->ent[at];
	struct ex_str text = ex_fileindex_text(f, e);
	struct ex_ical_scan scan;
	struct ex_found found;

	if ((e->flags & EX_FILE_NOUID) != 0)
		return nameless(f, at, a);
	if (f->form == EX_FILE_JSONL) {
		ex_fileitem_get(f, at, a, &found);
		return found.uid;
	}
	if (e->cal == EX_FILE_NONE)
		return ex_filepeek_card(text, a);
	ex_ical_peek(text, a, &scan);
	return scan.uid;
}

bool
ex_fileindex_is(const struct ex_file_ent *e, struct ex_str id)
{
	return id.p != NULL && same(e->id, ex_sum_of(id.p, id.n));
}

struct ex_str
ex_fileindex_id(struct ex_filestore *f, uint32_t at, struct ex_arena *a)
{
	struct ex_str base = base_of(f, at, a);

	return f->ent[at].dup == 0 ? base :
	    numbered(base, f->ent[at].dup, a);
}

struct ex_str
ex_fileindex_rev(const struct ex_file_ent *e, struct ex_arena *a)
{
	char hex[EX_SUM_HEX];

	ex_sum_hex(&e->rev, hex);
	return ex_arena_str(a, ex_str_of(hex));
}

/* What is no component: the UIDs in it are unknown, not gone. */
static void
add_junk(struct ex_filestore *f, struct ex_str text, uint32_t line)
{
	struct ex_file_ent e = { .cal = EX_FILE_NONE, .line = line,
	    .len = text.n, .off = (uint64_t)(text.p - f->spool.map.p),
	    .flags = EX_FILE_JUNK };

	e.rev = ex_sum_of(text.p, text.n);
	ex_fileindex_put(f, ex_fileindex_add(f, &e),
	    ex_filepeek_card(text, &f->scratch));
}

/* A VCARD; another that stands alone is bad, and decoding says why. */
static void
add_card(struct ex_filestore *f, struct ex_str text, uint32_t line)
{
	struct ex_file_ent e = { .cal = EX_FILE_NONE, .line = line,
	    .len = text.n, .off = (uint64_t)(text.p - f->spool.map.p),
	    .kind = EX_KIND_CONTACTS };

	if (!ex_line_starts(text, "begin:vcard"))
		e.kind = (uint8_t)ex_peek_kind(text);
	e.rev = ex_sum_of(text.p, text.n);
	ex_fileindex_put(f, ex_fileindex_add(f, &e),
	    ex_filepeek_card(text, &f->scratch));
}

static void
index_text(struct ex_filestore *f)
{
	struct ex_str text = f->spool.map, one = EX_STR("");
	unsigned number = 1, first = 1;
	struct ex_err why;
	size_t pos = 0;
	int got;

	while ((got = ex_lines_comp(text, &pos, &number, &one, &first,
	    &why)) != 0) {
		ex_arena_reset(&f->scratch);
		if (got == -1) {
			/* A damaged file may have lost more than this. */
			if (f->cut.p == NULL && ex_line_starts(one, "begin:"))
				f->cut = ex_arena_str(&f->index,
				    ex_str_of(why.msg));
			add_junk(f, one, first);
		} else if (ex_line_starts(one, "begin:vcalendar"))
			ex_fileical_add(f, one, first);
		else
			add_card(f, one, first);
	}
}

/* "-": as its first byte that is none of a BOM or blank says. */
static enum ex_file_form
look(struct ex_str text)
{
	size_t i = ex_str_starts(text, "\xEF\xBB\xBF") ? 3 : 0;
	struct ex_str rest;

	while (i < text.n && memchr(" \t\r\n", text.p[i], 4) != NULL)
		i++;
	rest = (struct ex_str){ text.p + i, text.n - i };
	if (rest.n > 0 && (*rest.p == '{' || *rest.p == '['))
		return EX_FILE_JSONL;
	return ex_line_starts(rest, "begin:vcard") ? EX_FILE_VCF :
	    EX_FILE_ICS;
}

int
ex_fileindex_make(struct ex_filestore *f, struct ex_err *err)
{
	f->form = f->as == EX_FILE_LOOK ? look(f->spool.map) : f->as;
	if (f->form == EX_FILE_JSONL)
		return ex_filejson_index(f, err);
	index_text(f);
	return 0;
}

void
ex_fileindex_free(struct ex_filestore *f)
{
	free(f->ent);
	free(f->slot);
	free(f->cal);
	f->ent = NULL;
	f->slot = NULL;
	f->cal = NULL;
	f->nent = f->room = f->nslot = f->nhead = 0;
	f->ncal = f->calroom = 0;
	f->cut = EX_STR_NONE;
	ex_arena_free(&f->index);
	ex_arena_free(&f->scratch);
}
