/*
 * side.c: what became of one entry in each folder  (ring.md 2)
 *
 *	listed		and the binding	is
 *	no		none		absent	(unknown, if not whole)
 *	no		has an id	gone	(same in a delta; likewise;
 *					unknown beside a stray)
 *	hidden, bad	any		unknown
 *	item, kept	none		new
 *	as its shadow	base = master	same
 *	as its shadow	base # master	behind
 *	otherwise	any		edited
 *	two that differ	any		unknown, and said
 *
 * (1) A left item's `now` stands until the folder is seen otherwise.
 * (2) An open intent is judged before this table: base and shadow become
 *     what the write made of them (recovery).
 * (3) An entry has a line only if some folder differs from the snapshot,
 *     is owed a write, has an open intent, or is left for a person.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/diag.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/rule.h>

#include "priv.h"

static const struct ex_snap_binding *
binding_of(const struct diff_entry *x, size_t f)
{
	size_t i;

	for (i = 0; i < x->e->nbinding; i++)
		if (ex_diff_folder_of(x->d, &x->e->binding[i]) == f)
			return &x->e->binding[i];
	return NULL;
}

/* The last open intent there. */
static const struct ex_snap_intent *
intent_of(const struct diff_entry *x, size_t f)
{
	const struct ex_snap_intent *last = NULL;
	size_t i;

	for (i = 0; i < x->e->nintent; i++)
		if (x->d->seen[x->e->intent[i].folder] == f &&
		    (last == NULL || x->e->intent[i].run > last->run))
			last = &x->e->intent[i];
	return last;
}

struct ex_str
ex_diff_held(const struct diff_entry *x, const struct ex_snap_binding *b)
{
	return b->now == EX_SNAP_NOW_ITEM ? b->now_hash :
	    b->shadow.p != NULL ? b->shadow : x->e->master;
}

/* In a listing of what changed: the bound id is not in it, so it is there. */
static bool
stays(const struct diff_entry *x, size_t f, const struct ex_snap_binding *b)
{
	return b != NULL && b->id.p != NULL && x->d->l.folder[f].delta &&
	    ex_listing_by_id(&x->d->l, f, ex_listing_digest(b->id)) ==
	    EX_LISTING_NONE;
}

/* Is the content of that record this one? */
static bool
is_content(const struct diff_entry *x, uint32_t rec,
    const struct ex_snap_binding *b, const unsigned char hash[16])
{
	const struct ex_listed *r = &x->d->l.rec[rec];

	return r->type == EX_REC_ITEM ? memcmp(r->hash, hash, 16) == 0 :
	    b != NULL && ex_hash_is(hash, ex_diff_held(x, b));
}

/* The smallest id in bytes. */
static int
smallest(const struct diff_entry *x, const uint32_t *rec, size_t n, size_t *out)
{
	struct ex_str best = EX_STR_NONE;
	struct ex_rec r;
	size_t i;

	for (i = 0; i < n; i++) {
		if (ex_listing_get(&x->d->l, rec[i], &x->d->line, &r,
		    x->err) == -1)
			return -1;
		if (best.p == NULL || ex_str_cmp(r.id, best) < 0) {
			best = ex_arena_str(&x->d->line, r.id);
			*out = i;
		}
	}
	return 0;
}

/* The records of the entry in folder f: the one bound there first. */
static uint32_t *
candidates(const struct diff_entry *x, size_t f,
    const struct ex_snap_binding *b, uint32_t *bound, size_t *n)
{
	struct ex_listing *l = &x->d->l;
	uint32_t *rec;
	size_t i;

	*bound = EX_LISTING_NONE;
	*n = 0;
	if (b != NULL && b->id.p != NULL)
		*bound = ex_listing_by_id(l, f, ex_listing_digest(b->id));
	if (*bound != EX_LISTING_NONE &&
	    (l->rec[*bound].type == EX_REC_GONE ||
	    l->rec[*bound].entry != x->number))
		*bound = EX_LISTING_NONE;
	rec = ex_arena_array(&x->d->line, x->nextra + 1, sizeof(*rec));
	if (*bound != EX_LISTING_NONE)
		rec[(*n)++] = *bound;
	for (i = 0; i < x->nextra; i++)
		if (l->rec[x->extra[i].rec].folder == f &&
		    x->extra[i].rec != *bound)
			rec[(*n)++] = x->extra[i].rec;
	return rec;
}

/* All of them but rec[but], and but the bound one where they differ. */
static void
note_copies(const struct diff_entry *x, const uint32_t *rec, size_t n,
    bool equal, size_t but, uint32_t bound)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (equal && i != but)
			ex_diff_note(x->d, rec[i], EX_SNAP_COPY);
		else if (!equal && rec[i] != bound &&
		    (x->d->l.rec[rec[i]].flags & REC_NOTED) == 0)
			ex_diff_note(x->d, rec[i], EX_SNAP_DIFFERS);
}

/*
 * Which record stands for the entry in folder f: EX_LISTING_NONE is none;
 * *unknown: hidden, bad, or several that differ.
 */
static int
holder(const struct diff_entry *x, size_t f, const struct ex_snap_binding *b,
    uint32_t *out, bool *unknown)
{
	struct ex_listing *l = &x->d->l;
	uint32_t *rec, bound;
	size_t n, i, first = 0, aside = 0;
	bool equal = true, there = stays(x, f, b);

	rec = candidates(x, f, b, &bound, &n);
	there = there && (n == 0 || !ex_diff_was_stray(x->d, f, b));
	*out = EX_LISTING_NONE;
	for (i = 0; i < n; i++)
		aside += l->rec[rec[i]].type == EX_REC_HIDDEN ||
		    l->rec[rec[i]].type == EX_REC_BAD;
	*unknown = aside > 0;
	for (i = !there; i < n && !*unknown; i++)
		equal = equal && (there ?
		    ex_hash_is(l->rec[rec[i]].hash, ex_diff_held(x, b)) :
		    is_content(x, rec[0], b, l->rec[rec[i]].hash));
	equal = equal || !EX_RULE("copies");
	if (bound == EX_LISTING_NONE && !there && (aside == n ||
	    (b == NULL && (*unknown || !equal))))
		ex_diff_bind_aside(x, b, rec, n);
	if (n == 0 || *unknown)
		return 0;
	if (!equal) {
		*unknown = true;
		ex_diff_say_copies(x, f, b, there, rec, n);
	} else if (there) {
		first = n;	/* none of them */
	} else if (bound == EX_LISTING_NONE && n > 1 &&
	    smallest(x, rec, n, &first) == -1) {
		return -1;
	}
	note_copies(x, rec, n, equal, first, bound);
	if (equal && first < n)
		*out = rec[first];
	return 0;
}

/* A noted second copy takes the place of one that is gone: a rename. */
static const struct ex_snap_note *
successor(const struct diff_entry *x, size_t f,
    const struct ex_snap_binding *b)
{
	struct ex_diff *d = x->d;
	struct ex_str uid = b->uid.p != NULL ? b->uid : x->e->uid;
	const struct ex_snap_note *note;
	uint32_t rec;
	size_t i;

	for (i = ex_diff_first_note(d, uid); i < d->nby_uid &&
	    ex_str_eq(d->by_uid[i]->uid, uid); i++) {
		note = d->by_uid[i];
		if (!ex_str_is(note->why, EX_SNAP_COPY) ||
		    !ex_diff_in_force(d, note, f))
			continue;
		rec = ex_listing_by_id(&d->l, f, ex_listing_digest(note->id));
		if (rec != EX_LISTING_NONE)
			d->l.rec[rec].flags |= REC_TAKEN;
		else
			d->woken[note - d->note] = true;
		return note;
	}
	return NULL;
}

static bool
version_is(const struct diff_entry *x, const struct diff_version *v,
    const unsigned char hash[16])
{
	return ex_hash_is(hash, v->given ? v->hash : x->e->master);
}

/* Same or behind: is the master what this folder has seen? */
static enum diff_is
level(const struct diff_entry *x, const struct diff_side *s)
{
	return s->base.given || x->e->gone ? BEHIND : SAME;
}

/*
 * (1) What was decided on last time is still there.  A write that was open
 * then still is.
 */
static int
still_held(const struct diff_entry *x, size_t f,
    const struct ex_snap_binding *b, struct diff_side *s)
{
	const struct ex_snap_intent *in = intent_of(x, f);

	s->now_hash = b->now_hash;
	s->is = b->base.p != NULL && b->base.n == 0 ? NEW : EDITED;
	if (in == NULL || in->op == EX_SNAP_DELETE_OP)
		return 0;
	if (ex_diff_body(x, b->now_hash, &s->now) == -1 ||
	    ex_diff_recover(x, in, s) == -1)
		return -1;
	s->recovered = true;
	s->is = ex_str_eq(s->shadow.given ? s->shadow.hash : x->e->master,
	    b->now_hash) ? level(x, s) : EDITED;
	return 0;
}

/* The item is listed as rec. */
static int
listed(const struct diff_entry *x, size_t f, const struct ex_snap_binding *b,
    uint32_t rec, struct diff_side *s)
{
	struct ex_listed *r = &x->d->l.rec[rec];
	const struct ex_snap_intent *in = intent_of(x, f);
	struct ex_rec line;

	r->flags |= REC_TAKEN;
	if (ex_listing_get(&x->d->l, rec, &x->d->line, &line, x->err) == -1)
		return -1;
	s->differs = b == NULL || !ex_str_eq(s->id, line.id) ||
	    !ex_str_eq(s->rev, line.rev) || b->now != EX_SNAP_NOW_NONE;
	s->id = line.id;
	s->rev = line.rev;
	if (r->type == EX_REC_KEPT) {
		if (b->now == EX_SNAP_NOW_ITEM && EX_RULE("left-now"))
			return still_held(x, f, b, s);
		s->is = level(x, s);
		return 0;
	}
	if (line.uid.p != NULL) {
		s->differs = s->differs || !ex_str_eq(line.uid,
		    s->uid.p != NULL ? s->uid : x->e->uid);
		s->uid = line.uid;
	}
	s->as = line.as;
	s->now = line.data;
	if (in != NULL && in->op != EX_SNAP_DELETE_OP && EX_RULE("recovery") &&
	    (b != NULL || (r->flags & REC_NAMED) != 0)) {
		if (ex_diff_recover(x, in, s) == -1)
			return -1;
		s->recovered = true;
	} else if (b == NULL || (b->base.p != NULL && b->base.n == 0)) {
		s->is = NEW;
		return 0;
	}
	s->is = version_is(x, &s->shadow, r->hash) ? level(x, s) : EDITED;
	return 0;
}

/*
 * Bound, but to no id, and not listed: left out (ring.md 3), if the folder
 * is a target that leaves out; else it is to be created, as after a relink.
 */
static void
without_id(const struct diff_entry *x, size_t f, struct diff_side *s)
{
	if (!x->d->folder[f].whole || ((!x->d->folder[f].leaves_out ||
	    (s->base.given && s->base.hash.n == 0)) && ex_diff_waits(x, f)))
		s->is = UNKNOWN;
	else if (x->e->gone)
		s->is = GONE;
	else
		s->is = x->d->folder[f].leaves_out ? level(x, s) : ABSENT;
	s->differs = s->is == GONE;
}

/*
 * Gone, if nothing stands in its place that may be it: at its id something
 * that cannot be read, or a stray.  Not what was gone before.
 */
static enum diff_is
missing(const struct diff_entry *x, size_t f, const struct ex_snap_binding *b,
    uint32_t rec)
{
	const struct ex_listed *r = rec == EX_LISTING_NONE ? NULL :
	    &x->d->l.rec[rec];

	if (b->now == EX_SNAP_NOW_GONE)
		return GONE;
	if (r != NULL && r->type == EX_REC_BAD && ex_sum_none(r->uid))
		return UNKNOWN;
	return ex_diff_is_stray(x, f, b) ? UNKNOWN : GONE;
}

/* Not bound there, and not listed; or bound under another identity. */
static enum diff_is
unbound(const struct diff_entry *x, size_t f)
{
	const struct diff_folder *df = &x->d->folder[f];
	size_t i;

	for (i = 0; df->first && i < x->e->nbinding; i++)
		if (x->d->seen[x->e->binding[i].folder] == f)
			return ex_diff_is_stray(x, f, NULL) ? UNKNOWN : ABSENT;
	return df->whole || df->first ? ABSENT : UNKNOWN;
}

/* Nothing is listed for the entry. */
static int
unlisted(const struct diff_entry *x, size_t f, const struct ex_snap_binding *b,
    struct diff_side *s)
{
	struct ex_diff *d = x->d;
	const struct ex_snap_note *next;
	bool there;
	uint32_t rec;

	if (b == NULL) {
		s->is = unbound(x, f);
		return 0;
	}
	if (b->id.p == NULL) {
		without_id(x, f, s);
		return 0;
	}
	rec = ex_listing_by_id(&d->l, f, ex_listing_digest(b->id));
	there = d->l.folder[f].delta && EX_RULE("delta") && (rec == EX_LISTING_NONE ||
	    (d->l.rec[rec].type != EX_REC_GONE &&
	    d->l.rec[rec].entry == x->number));
	if (!there && d->folder[f].whole && EX_RULE("successor") &&
	    (next = successor(x, f, b)) != NULL) {
		s->is = level(x, s);
		s->id = next->id;
		s->rev = next->rev;
		s->differs = true;
		return 0;
	}
	s->is = !d->folder[f].whole ? UNKNOWN : !there ||
	    b->now == EX_SNAP_NOW_GONE ? missing(x, f, b, rec) : level(x, s);
	if (s->is == GONE)
		s->rev = EX_STR_NONE;
	s->differs = s->is == GONE || b->now != EX_SNAP_NOW_NONE;
	/* In a delta, what was listed last time still is. */
	if (s->is != GONE && s->is != UNKNOWN && b->now == EX_SNAP_NOW_ITEM)
		return still_held(x, f, b, s);
	return 0;
}

/* Is a write owed to this folder that may be tried? */
static bool
owed(const struct diff_entry *x, size_t f, const struct diff_side *s)
{
	if (!x->d->folder[f].writes ||
	    (x->e->master.p == NULL && !x->e->gone))
		return false;
	if (s->is == ABSENT)
		return !x->e->gone && s->refused.p == NULL;
	return s->is == BEHIND && s->refused.p == NULL;
}

/* Has an open create made what is hidden, or cannot be read? */
static bool
is_made_aside(const struct diff_entry *x, size_t f)
{
	const struct ex_snap_intent *in = intent_of(x, f);

	return in != NULL && in->op == EX_SNAP_CREATE_OP &&
	    ex_diff_is_noted_name(x->d, f, in->name);
}

static int
one_side(const struct diff_entry *x, size_t f, struct diff_side *s)
{
	const struct ex_snap_binding *b = binding_of(x, f);
	bool unknown = false;
	uint32_t rec;
	size_t i;

	memset(s, 0, sizeof(*s));
	if (b != NULL) {
		s->id = b->id;
		s->rev = b->rev;
		s->uid = b->uid;
		s->as = b->as;
		s->base = (struct diff_version){ b->base.p != NULL, b->base,
		    EX_STR_NONE };
		s->shadow = (struct diff_version){ b->shadow.p != NULL, b->shadow,
		    EX_STR_NONE };
		if (!EX_RULE("base"))
			s->base.given = false;
		if (!EX_RULE("shadow"))
			s->shadow = s->base;
	}
	for (i = 0; i < x->e->nrefused; i++)
		if (x->d->seen[x->e->refused[i].folder] == f &&
		    x->d->folder[f].scope && EX_RULE("refused") &&
		    ex_str_eq(x->e->refused[i].hash, x->e->master))
			s->refused = x->e->refused[i].hash;
	if (holder(x, f, b, &rec, &unknown) == -1)
		return -1;
	unknown = unknown || ((rec == EX_LISTING_NONE ||
	    x->d->l.rec[rec].type == EX_REC_KEPT) && ex_diff_is_noted(x->d, f,
	    s->id, s->uid.p != NULL ? s->uid : x->e->uid)) ||
	    (rec == EX_LISTING_NONE && b == NULL && is_made_aside(x, f));
	if (unknown)
		s->is = UNKNOWN;
	else if ((rec == EX_LISTING_NONE ? unlisted(x, f, b, s) :
	    listed(x, f, b, rec, s)) == -1)
		return -1;
	/* An open intent is closed by what is seen, where something is. */
	s->differs = s->differs || s->is == EDITED || s->is == NEW ||
	    owed(x, f, s) || (s->is != ABSENT && s->is != UNKNOWN &&
	    intent_of(x, f) != NULL);
	return 0;
}

static int
put_version(const struct diff_entry *x, struct ex_buf *out, const char *name,
    const struct diff_version *v)
{
	struct ex_str json = v->json;

	if (!v->given)
		return 0;
	ex_buf_fmt(out, ",\"%s\":", name);
	if (json.p == NULL && v->hash.n > 0 && ex_diff_body(x, v->hash, &json) == -1)
		return -1;
	ex_buf_str(out, json.p != NULL ? json : EX_STR("null"));
	return 0;
}

static int
put_side(const struct diff_entry *x, struct ex_buf *out, struct diff_side *s)
{
	static const char *const is[] = { "same", "edited", "new", "gone",
	    "absent", "behind", "unknown" };

	ex_buf_fmt(out, "{\"is\":\"%s\"", is[s->is]);
	ex_json_member(out, "id", s->id);
	ex_json_member(out, "rev", s->rev);
	if (!ex_str_eq(s->uid, x->e->uid))
		ex_json_member(out, "uid", s->uid);
	ex_json_member(out, "as", s->as);
	ex_json_member(out, "refused", s->refused);
	if (s->is != NEW && s->is != ABSENT &&
	    (put_version(x, out, "base", &s->base) == -1 ||
	    put_version(x, out, "shadow", &s->shadow) == -1))
		return -1;
	if (s->now_hash.p != NULL && ex_diff_body(x, s->now_hash, &s->now) == -1)
		return -1;
	/* Recovered: a left line must say what is there, for the snapshot. */
	if (s->is == EDITED || s->is == NEW || s->recovered) {
		ex_buf_puts(out, ",\"now\":");
		ex_buf_str(out, s->now);
	}
	ex_buf_putc(out, '}');
	return 0;
}

static void
count(struct diff_folder *f, const struct diff_side *s)
{
	f->edited += s->is == EDITED;
	f->new += s->is == NEW;
	f->gone += s->is == GONE;
	f->unknown += s->is == UNKNOWN;
}

/* A new item that only targets have, which leave what is not the ring's. */
static bool
left_alone(const struct diff_entry *x, const struct diff_side *s)
{
	struct ex_diff *d = x->d;
	struct ex_listed *r;
	size_t f, i;
	bool any = false;

	if (x->number < d->nentry)
		return false;
	for (f = 0; f < d->l.nfolder; f++) {
		if (s[f].is != NEW)
			continue;
		if (d->folder[f].reads ||
		    ex_str_is(d->l.folder[f].own, "remove"))
			return false;
		any = true;
	}
	for (i = 0; any && i < x->nextra; i++) {
		r = &d->l.rec[x->extra[i].rec];
		if ((r->flags & REC_TAKEN) != 0)
			ex_diff_note(d, x->extra[i].rec, EX_SNAP_ALONE);
		r->flags &= (uint8_t)~REC_TAKEN;
	}
	return any;
}

/* Folders that were not fetched: nothing is known of them. */
static void
put_unseen(const struct diff_entry *x, struct ex_buf *out)
{
	size_t i, f;

	for (i = 0; i < x->e->nbinding; i++) {
		f = x->e->binding[i].folder;
		if (x->d->seen[f] != DIFF_NONE)
			continue;
		ex_buf_putc(out, ',');
		ex_json_string(out, x->d->sf[f].name);
		ex_buf_puts(out, ":{\"is\":\"unknown\"");
		ex_json_member(out, "id", x->e->binding[i].id);
		ex_buf_putc(out, '}');
	}
}

int
ex_diff_line(struct ex_diff *d, const struct ex_snap_entry *e, uint32_t number,
    const struct diff_extra *extra, size_t nextra, struct ex_buf *out,
    struct ex_err *err)
{
	struct diff_entry x = { d, e, number, extra, nextra, err };
	struct diff_side *s;
	struct ex_str master = EX_STR("null");
	bool any = false, item = number < d->nentry, moves = false;
	size_t f, noted = d->nnoted;

	s = ex_arena_array(&d->line, d->l.nfolder + 1, sizeof(*s));
	for (f = 0; f < d->l.nfolder; f++) {
		if (one_side(&x, f, &s[f]) == -1)
			return -1;
		any = any || s[f].differs;
		item = item || s[f].is == NEW;
		moves = moves || ex_diff_is_mover(&s[f]);
	}
	if (!any || !item || left_alone(&x, s))
		return 0;
	if (moves) {
		ex_diff_stale_copies(d, e);
		ex_diff_doubt_copies(&x, s, noted);
	}
	if (e->master.p != NULL && ex_diff_body(&x, e->master, &master) == -1)
		return -1;
	ex_buf_puts(out, "{\"rec\":\"change\",\"uid\":");
	ex_json_string(out, e->uid);
	ex_buf_fmt(out, ",\"kind\":\"%s\",\"gone\":%s,\"master\":",
	    ex_kind_name(e->kind), e->gone ? "true" : "false");
	ex_buf_str(out, master);
	ex_buf_puts(out, ",\"folders\":{");
	for (f = 0; f < d->l.nfolder; f++) {
		if (f > 0)
			ex_buf_putc(out, ',');
		ex_json_string(out, d->l.folder[f].name);
		ex_buf_putc(out, ':');
		if (put_side(&x, out, &s[f]) == -1)
			return -1;
		count(&d->folder[f], &s[f]);
	}
	put_unseen(&x, out);
	ex_buf_puts(out, "}}");
	return 1;
}
