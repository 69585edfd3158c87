/*
 * check.c: what must hold at the end
 *
 * Two runs in which nothing goes wrong, and then: P1 all folders are equal
 * and a third run writes nothing; P2 no value that nobody did away with is
 * lost; P3 no item has come back; P4 none is there twice; P5 there is
 * nothing to plan.
 *
 * Not held against a ring: items left for a person; items of which a user
 * has made a second copy under the same UID (they are left alone in that
 * folder); a write that was refused for good; what a target's users did; what
 * is missing beside something that cannot be read and bears no UID, which may
 * be it.
 * ring.md, P7, and exring(7), What is promised: where the answer to a write
 * was lost and the user edited that very copy before the next run, a deletion
 * may be undone; so it may where the store had rewritten what was written,
 * for that looks the same (lost.c); and what was deleted there and comes back
 * may be deleted again (restore.c).  An edit between a write and its reading
 * back does not come up here.
 */
#include <string.h>

#include <ex/canon.h>
#include <ex/diag.h>
#include <ex/file.h>
#include <ex/snapshot.h>

#include <fcntl.h>

#include "soak.h"

struct check {
	struct world *w;
	struct ex_arena a;
	struct ex_canon *canon;
	struct ex_snap *snap;
	struct ex_mem *m[FOLDERS];
	struct ex_snap_folder *folder;
	size_t nfolder;
	unsigned number[FOLDERS];	/* of the snapshot's folder: ours */
	struct ex_snap_conflict *open, *all;
	size_t nopen, nall;
	struct ex_snap_note *note;
	size_t nnote;
};

static bool
is_left(const struct check *c, struct ex_str uid)
{
	size_t i;

	for (i = 0; i < c->nopen; i++)
		if (ex_str_eq(c->open[i].uid, uid) && c->open[i].left)
			return true;
	return false;
}

static bool
is_refused(const struct ex_snap_entry *e, size_t folder)
{
	size_t i;

	for (i = 0; i < e->nrefused; i++)
		if (e->refused[i].folder == folder &&
		    ex_str_eq(e->refused[i].hash, e->master))
			return true;
	return false;
}

/*
 * Has the folder two copies of a thing that a user made two of, or two that
 * bear one open mark: is the entry unknown there, if they differ?
 */
static bool
is_twin(const struct check *c, unsigned f, unsigned thing)
{
	const struct thing *t = &c->w->thing[thing];

	return (t->twin[f] > 0 && soak_copies(c->m[f], thing) > 1) ||
	    (t->marked >> f & 1) != 0;
}

/* Is that entry such a thing's?  By its UID, its master or its item there. */
static bool
has_twin(const struct check *c, const struct ex_snap_entry *e, unsigned f,
    struct ex_str master)
{
	const struct ex_mem_item *at;
	size_t i;
	unsigned t;
	char uid[24];

	for (t = 0; t < THINGS; t++) {
		if (!c->w->thing[t].created || !is_twin(c, f, t))
			continue;
		snprintf(uid, sizeof(uid), "u%u", t);
		if (ex_str_is(e->uid, uid) ||
		    soak_has(master, soak_identity(t)))
			return true;
		for (i = 0; i < e->nbinding; i++) {
			if (c->number[e->binding[i].folder] != f ||
			    e->binding[i].id.p == NULL)
				continue;
			at = ex_mem_find(c->m[f], e->binding[i].id);
			if (at != NULL && soak_has(at->data,
			    soak_identity(t)))
				return true;
		}
	}
	return false;
}

/* The same texts in the same places, whatever the hash says. */
static bool
same_places(const struct ex_item *x, const struct ex_item *y,
    const char *const name[SINGLES])
{
	const struct ex_comp *p = x->root, *q = y->root;
	size_t i = 0;
	unsigned k;

	do {
		if (x->root->ncomp > 0) {
			if (x->root->ncomp != y->root->ncomp)
				return false;
			p = x->root->comp[i];
			q = y->root->comp[i];
		}
		for (k = 0; k < SINGLES; k++)
			if (!ex_str_eq(ex_prop_text(ex_comp_prop(p, name[k])),
			    ex_prop_text(ex_comp_prop(q, name[k]))))
				return false;
	} while (++i < x->root->ncomp);
	return true;
}

static int
same_content(struct check *c, const struct ex_snap_entry *e, unsigned f,
    const struct ex_mem_item *at, struct ex_str master)
{
	struct ex_item want, made, is;
	char x[EX_HASH_HEX], y[EX_HASH_HEX];
	struct ex_err err;

	if (ex_item_parse(master, &c->a, &want, &err) == -1 ||
	    ex_item_parse(at->data, &c->a, &is, &err) == -1)
		return soak_fail(c->w, "P1: %.*s: %s", EX_STR_ARG(e->uid),
		    err.msg);
	ex_mem_make(c->m[f], &want, &c->a, &made);
	ex_canon_hash(c->canon, &made, EX_CANON_HASH, x);
	ex_canon_hash(c->canon, &is, EX_CANON_HASH, y);
	if (strcmp(x, y) != 0 ||
	    !same_places(&made, &is, soak_single[c->w->s->kind]))
		return soak_fail(c->w, "P1: %.*s in f%u is not the master:\n"
		    "#   %.*s\n#   %.*s", EX_STR_ARG(e->uid), f,
		    EX_STR_ARG(at->data), EX_STR_ARG(master));
	return 0;
}

/* Does one that takes no part stand for the entry, by whatever id? */
static bool
is_hidden_here(const struct check *c, const struct ex_snap_entry *e,
    unsigned f, struct ex_str master)
{
	const struct ex_mem_item *at;
	unsigned t;
	size_t i;

	for (i = 0; i < c->m[f]->n; i++) {
		at = &c->m[f]->item[i];
		if (!soak_hidden(c->w, f, at))
			continue;
		if (ex_str_eq(at->uid, e->uid))
			return true;
		for (t = 0; t < THINGS; t++)
			if (soak_has(at->data, soak_identity(t)) &&
			    soak_has(master, soak_identity(t)))
				return true;
	}
	return false;
}

/* Is there what may be any item that was not found there again? */
static bool
is_unread(const struct check *c, unsigned f)
{
	size_t i;

	for (i = 0; i < c->m[f]->n; i++)
		if (c->m[f]->item[i].bad == 2 && c->w->s->moved[f] > 0)
			return true;
	return false;
}

static int
bound(struct check *c, const struct ex_snap_entry *e,
    const struct ex_snap_binding *b, unsigned f, struct ex_str master)
{
	const struct setting *s = c->w->s;
	struct ex_mem_item *at;

	if (b->id.p == NULL)
		return s->access[f] == WO || is_hidden_here(c, e, f, master) ||
		    is_unread(c, f) ||
		    is_refused(e, b->folder) ? 0 : soak_fail(c->w,
		    "P1: %.*s has no id in f%u", EX_STR_ARG(e->uid), f);
	if ((at = ex_mem_find(c->m[f], b->id)) == NULL)
		return is_hidden_here(c, e, f, master) ? 0 : soak_fail(c->w,
		    "P1: %.*s is not in f%u", EX_STR_ARG(e->uid), f);
	if (soak_hidden(c->w, f, at))
		return 0;
	if (b->base.p != NULL && !is_refused(e, b->folder))
		return soak_fail(c->w, "P1: %.*s in f%u is behind",
		    EX_STR_ARG(e->uid), f);
	if (b->base.p != NULL || (s->access[f] == WO && !s->repair[f]))
		return 0;
	return same_content(c, e, f, at, master);
}

/* Is it there, and takes no part? */
static bool
is_aside(const struct check *c, const struct ex_snap_binding *b)
{
	unsigned f = c->number[b->folder];
	const struct ex_mem_item *at = b->id.p == NULL ? NULL :
	    ex_mem_find(c->m[f], b->id);

	return at != NULL && soak_hidden(c->w, f, at);
}

/* A tombstone: bound only where it could not be deleted. */
static int
check_gone(struct check *c, const struct ex_snap_entry *e)
{
	unsigned f;
	size_t i;

	for (i = 0; i < e->nbinding; i++) {
		f = c->number[e->binding[i].folder];
		if (c->w->s->access[f] != RO && !is_aside(c, &e->binding[i]) &&
		    !is_hidden_here(c, e, f, EX_STR_NONE) &&
		    !(e->binding[i].id.p == NULL && is_unread(c, f)) &&
		    !has_twin(c, e, f, EX_STR_NONE))
			return soak_fail(c->w, "P1: %.*s is deleted, but "
			    "bound in f%u", EX_STR_ARG(e->uid), f);
	}
	return 0;
}

static int
check_entry(struct check *c, const struct ex_snap_entry *e)
{
	const struct ex_snap_binding *b;
	struct ex_str master;
	struct ex_err err;
	size_t i, k;
	unsigned f;

	if (is_left(c, e->uid))
		return 0;
	if (e->master.p == NULL)
		return check_gone(c, e);
	if (ex_snap_body(c->snap, e->uid, e->master, &c->a, &master,
	    &err) == -1)
		return soak_fail(c->w, "P1: %s", err.msg);
	for (i = 0; i < c->nfolder; i++) {
		f = c->number[i];
		for (b = NULL, k = 0; k < e->nbinding; k++)
			if (e->binding[k].folder == i)
				b = &e->binding[k];
		if (c->w->s->access[f] == RO || has_twin(c, e, f, master))
			continue;
		if (b == NULL && is_hidden_here(c, e, f, master))
			continue;
		if (b == NULL && !is_refused(e, i))
			return soak_fail(c->w, "P1: %.*s is not bound in f%u",
			    EX_STR_ARG(e->uid), f);
		if (b != NULL && bound(c, e, b, f, master) == -1)
			return -1;
	}
	return 0;
}

static int
check_entries(struct check *c)
{
	struct ex_snap_scan *scan;
	struct ex_snap_entry e;
	struct ex_err err;
	int got;

	if (ex_snap_scan_open(c->snap, &scan, &err) == -1)
		ex_die_err(&err);
	while ((got = ex_snap_scan_next(scan, &c->a, &e, &err)) == 1)
		if (check_entry(c, &e) == -1)
			break;
	ex_snap_scan_close(scan);
	return got == 0 ? 0 : soak_fail(c->w, "%s", err.msg);
}

static bool
is_anywhere(const struct check *c, unsigned token)
{
	unsigned f;
	size_t i;

	for (f = 0; f < c->w->s->nfolder; f++)
		for (i = 0; i < c->m[f]->n; i++)
			if (soak_has(c->m[f]->item[i].data, token))
				return true;
	for (i = 0; i < c->nall; i++)
		if (soak_has(c->all[i].data, token))
			return true;
	return false;
}

static int
check_values(struct check *c)
{
	const struct token *k;
	unsigned t;

	for (t = 0; t < TOKENS; t++) {
		k = &c->w->token[t];
		if (!k->made || k->dead || is_anywhere(c, t))
			continue;
		if (t < THINGS)
			return soak_fail(c->w, "P3: item u%u is lost",
			    k->thing);
		return soak_fail(c->w, "P2: k%uz of u%u (step %u) is lost",
		    t, k->thing, (t - THINGS) / 8);
	}
	return 0;
}

static bool
thing_is_left(const struct check *c, unsigned thing)
{
	struct ex_str uid;
	char name[24];
	size_t i;
	unsigned f;
	const struct ex_mem_item *at;

	snprintf(name, sizeof(name), "u%u", thing);
	for (i = 0; i < c->nopen; i++) {
		uid = c->open[i].uid;
		if (!c->open[i].left)
			continue;
		if (ex_str_is(uid, name) ||
		    soak_has(c->open[i].data, soak_identity(thing)))
			return true;
		for (f = 0; f < c->w->s->nfolder; f++) {
			at = soak_copy(c->m[f], thing);
			if (at != NULL && ex_str_eq(at->uid, uid))
				return true;
		}
	}
	return false;
}

/* Each is still what it was, by its UID, where there are such. */
static bool
is_itself(const struct check *c, unsigned f, unsigned thing)
{
	const struct ex_mem_item *at = soak_copy(c->m[f], thing);
	char uid[24], other[24];

	snprintf(uid, sizeof(uid), "u%u", thing);
	snprintf(other, sizeof(other), "u%u-b", thing);
	return at == NULL || at->uid.p == NULL || ex_str_is(at->uid, uid) ||
	    ex_str_is(at->uid, other) || c->w->thing[thing].nouid ||
	    c->w->s->policy == 3;
}

/* One value by which another is replaced stays one, whoever does it. */
static int
check_replaced(struct check *c, unsigned f, unsigned thing)
{
	const struct ex_mem_item *at = soak_copy(c->m[f], thing);
	unsigned t, n[2] = { 0, 0 };

	if (at == NULL || c->w->thing[thing].split || thing_is_left(c, thing))
		return 0;
	for (t = THINGS; t < TOKENS; t++)
		if (c->w->token[t].made && c->w->token[t].thing == thing &&
		    c->w->token[t].prop >= SINGLES &&
		    c->w->token[t].prop < NOPROP && soak_has(at->data, t))
			n[c->w->token[t].prop - SINGLES]++;
	for (t = 0; t < 2; t++)
		if (n[t] > 1 && !c->w->thing[thing].mixed[t])
			return soak_fail(c->w, "P2: u%u in f%u has two that "
			    "replace one", thing, f);
	return 0;
}

/*
 * The copies in the folder that are the thing itself, and not a version
 * that lost under the policy both, which bears another UID.
 */
static size_t
copies(const struct check *c, unsigned f, unsigned thing, const char *end)
{
	const struct ex_mem *m = c->m[f];
	char uid[24];
	size_t i, n = 0;

	snprintf(uid, sizeof(uid), "u%u%s", thing, end);
	for (i = 0; i < m->n; i++)
		if (soak_has(m->item[i].data, soak_identity(thing)))
			n += c->w->thing[thing].nouid ? c->w->s->policy != 3 :
			    m->item[i].uid.p == NULL ? c->w->s->policy != 3 &&
			    end[0] == '\0' : ex_str_is(m->item[i].uid, uid);
	return n;
}

/* Is it noted as what a target had by itself, or as a second copy? */
static bool
is_noted(const struct check *c, unsigned f, struct ex_str id)
{
	size_t i;

	for (i = 0; i < c->nnote; i++)
		if (c->number[c->note[i].folder] == f &&
		    ex_str_eq(c->note[i].id, id))
			return true;
	return false;
}

/*
 * Is it missing in a folder beside another that cannot be read, and has no
 * UID and no binding: does its deletion wait until that can be read?
 */
static bool
waits(struct check *c, unsigned thing)
{
	const struct ex_mem_item *at;
	struct ex_snap_entry e;
	struct ex_err err;
	char uid[24];
	size_t i;
	unsigned f;

	snprintf(uid, sizeof(uid), "u%u", thing);
	if (ex_snap_entry(c->snap, ex_str_of(uid), &c->a, &e, &err) != 1)
		return false;
	for (i = 0; i < e.nbinding; i++) {
		f = c->number[e.binding[i].folder];
		at = e.binding[i].id.p == NULL ? NULL :
		    ex_mem_find(c->m[f], e.binding[i].id);
		if (at != NULL && at->bad == 2 &&
		    !soak_has(at->data, soak_identity(thing)))
			return true;
	}
	return false;
}

static int
check_copies(struct check *c, unsigned f, unsigned thing)
{
	const struct thing *t = &c->w->thing[thing];
	const struct ex_mem_item *at = soak_copy(c->m[f], thing);
	size_t n = copies(c, f, thing, "");

	if (n > 1 + t->twin[f] + t->split || (t->equal && !t->nouid &&
	    copies(c, f, thing, "-b") + (t->split ? 0 : n) > 1 + t->twin[f]))
		return soak_fail(c->w, "P4: u%u is in f%u twice", thing, f);
	if (n > 0 && t->must_go && !t->excused && !is_twin(c, f, thing) &&
	    c->w->s->access[f] != RO && !soak_hidden(c->w, f, at) &&
	    !(c->w->s->access[f] == WO && is_noted(c, f, at->id)) &&
	    !thing_is_left(c, thing) && !waits(c, thing))
		return soak_fail(c->w, "P3: u%u was deleted, and is in f%u",
		    thing, f);
	return 0;
}

static int
check_things(struct check *c)
{
	unsigned i, f;

	for (f = 0; f < c->w->s->nfolder; f++)
		if (soak_check_times(c->w, c->m[f], f) == -1)
			return -1;
	for (i = 0; i < THINGS; i++)
		for (f = 0; c->w->thing[i].created && f < c->w->s->nfolder;
		    f++) {
			if (soak_is_out(c->w->s, f))
				continue;
			if (!is_itself(c, f, i))
				return soak_fail(c->w, "P2: u%u in f%u is "
				    "another item now", i, f);
			if (check_replaced(c, f, i) == -1 ||
			    check_copies(c, f, i) == -1)
				return -1;
		}
	return 0;
}

static bool
is_of_twin(const struct check *c, unsigned f, struct ex_str data)
{
	unsigned t;

	for (t = 0; t < THINGS; t++)
		if (soak_has(data, soak_identity(t)) && is_twin(c, f, t))
			return true;
	return false;
}

/*
 * P1: whatever is in a folder is bound there, so that it is everywhere: no
 * item is forgotten beside the ring.
 */
static int
check_items(struct check *c)
{
	const struct ex_mem_item *at;
	unsigned f;
	size_t i;

	for (f = 0; f < c->w->s->nfolder; f++)
		for (i = 0; i < c->m[f]->n; i++) {
			at = &c->m[f]->item[i];
			if (soak_is_out(c->w->s, f) ||
			    soak_hidden(c->w, f, at) ||
			    soak_is_bound(f, at->id) ||
			    is_of_twin(c, f, at->data) ||
			    (c->w->s->access[f] == WO &&
			    !c->w->s->remove[f] && is_noted(c, f, at->id)))
				continue;
			return soak_fail(c->w, "P1: %.*s in f%u is bound to "
			    "nothing", EX_STR_ARG(at->id), f);
		}
	return 0;
}

static void
check_open(struct check *c, struct world *w)
{
	struct ex_err err;
	unsigned f;
	size_t i;

	memset(c, 0, sizeof(*c));
	c->w = w;
	c->canon = ex_canon_new();
	for (f = 0; f < w->s->nfolder; f++)
		c->m[f] = soak_open(f);
	if (ex_snap_open(&c->snap, "ring.snap", EX_SNAP_READ, &err) == -1 ||
	    ex_snap_folders(c->snap, &c->a, &c->folder, &c->nfolder,
	    &err) == -1 || ex_snap_conflicts(c->snap, false, &c->a, &c->open,
	    &c->nopen, &err) == -1 || ex_snap_conflicts(c->snap, true, &c->a,
	    &c->all, &c->nall, &err) == -1 || ex_snap_notes(c->snap, &c->a,
	    &c->note, &c->nnote, &err) == -1)
		ex_die_err(&err);
	for (i = 0; i < c->nfolder; i++)
		c->number[i] = (unsigned)(c->folder[i].name.p[1] - '0');
}

static void
check_close(struct check *c)
{
	unsigned f;

	for (f = 0; f < c->w->s->nfolder; f++)
		soak_close(c->m[f], false);
	ex_snap_close(c->snap);
	ex_canon_free(c->canon);
	ex_arena_free(&c->a);
}

/* P5: only what is left for a person, and new version marks. */
static int
check_plan(struct world *w)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str text, line;
	struct ex_err err;
	const char *p, *end;
	bool marks = false;
	unsigned f;

	for (f = 0; f < w->s->nfolder; f++)
		marks |= (w->s->quirk[f] & Q_NEWREV) != 0;
	if (ex_file_read(AT_FDCWD, "plan", (size_t)64 << 20, &a, &text,
	    &err) == -1)
		ex_die_err(&err);
	for (p = text.p; p < text.p + text.n; p = end + 1) {
		end = memchr(p, '\n', (size_t)(text.p + text.n - p));
		if (end == NULL)
			break;
		line = ex_arena_str(&a, (struct ex_str){ p,
		    (size_t)(end - p) });
		if (ex_str_starts(line, "{\"rec\":\"plan\"") &&
		    strstr(line.p, "\"left\":true") == NULL &&
		    !(marks && strstr(line.p, "\"ops\":[]") != NULL))
			soak_fail(w, "P5: planned after a quiet run: %s",
			    line.p);
	}
	ex_arena_free(&a);
	return w->fail[0] == '\0' ? 0 : -1;
}

int
soak_check(struct world *w)
{
	struct check c;
	size_t first, before;

	soak_calm(w);
	w->kill_pending = false;
	if (soak_run(w, ~0u, 0) == -1)
		return -1;
	first = soak_writes(w);
	if (soak_run(w, ~0u, 0) == -1)
		return -1;
	before = soak_writes(w);
	check_open(&c, w);
	if (check_values(&c) == 0 && check_entries(&c) == 0 &&
	    check_items(&c) == 0)
		check_things(&c);
	check_close(&c);
	/* The second was no quiet run, so there must be one now. */
	if (w->fail[0] == '\0' && before != first)
		soak_run(w, ~0u, 0);
	if (w->fail[0] != '\0' || soak_fetch(w, ~0u) == -1 ||
	    check_plan(w) == -1 || soak_push(w, 0) == -1)
		return -1;
	return soak_writes(w) == before ? 0 : soak_fail(w,
	    "P1: the run after writes again");
}
