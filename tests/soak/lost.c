/*
 * lost.c: writes that were done, and whose answer was lost
 *
 * Such a write is an open intent, and what the store made of what was sent
 * is there.  ring.md, P7: if a user edits that copy before the next run the
 * safe side wins.  And what a store has rewritten looks like an edit: as it
 * is there it was not sent; so it is taken for one, and whoever deletes the
 * item before it has come to them has not seen that.
 */
#include <string.h>

#include <ex/canon.h>
#include <ex/diag.h>
#include <ex/snapshot.h>

#include "soak.h"

struct lost {
	struct world *w;
	struct ex_arena a;
	struct ex_canon *canon;
	struct ex_snap *snap;
	struct ex_mem *m[FOLDERS];
	unsigned open[THINGS];
};

/* Of what was sent: is it what is there, as it is or as it was made? */
static void
compare(struct lost *l, unsigned f, unsigned thing, struct ex_str sent)
{
	const struct ex_mem_item *at = soak_copy(l->m[f], thing);
	struct thing *t = &l->w->thing[thing];
	char s[EX_HASH_HEX], m[EX_HASH_HEX], n[EX_HASH_HEX];
	struct ex_item item, made, now;
	struct ex_err err;

	l->open[thing] |= 1u << f;
	if (at == NULL || ex_item_parse(sent, &l->a, &item, &err) == -1 ||
	    ex_item_parse(at->data, &l->a, &now, &err) == -1)
		return;
	ex_mem_make(l->m[f], &item, &l->a, &made);
	ex_canon_hash(l->canon, &item, EX_CANON_HASH, s);
	ex_canon_hash(l->canon, &made, EX_CANON_HASH, m);
	ex_canon_hash(l->canon, &now, EX_CANON_HASH, n);
	if (strcmp(m, n) != 0)
		return;
	t->lost |= 1u << f;
	if ((l->w->s->quirk[f] & (Q_UPPER | Q_ADD)) != 0 &&
	    strcmp(s, n) != 0) {
		t->rewritten |= 1u << f;
		t->blind = true;
		t->excused |= t->must_go;
	}
}

static void
entry(struct lost *l, const struct ex_snap_folder *folder,
    const struct ex_snap_entry *e)
{
	struct ex_str sent;
	struct ex_err err;
	unsigned f, t;
	size_t i;

	for (i = 0; i < e->nintent; i++) {
		if (e->intent[i].op == EX_SNAP_DELETE_OP)
			continue;
		f = (unsigned)(folder[e->intent[i].folder].name.p[1] - '0');
		if (ex_snap_body(l->snap, e->uid, e->intent[i].sent, &l->a,
		    &sent, &err) == -1)
			ex_die_err(&err);
		for (t = 0; t < THINGS; t++)
			if (soak_has(sent, soak_identity(t)))
				compare(l, f, t, sent);
	}
}

static void
scan(struct lost *l)
{
	struct ex_snap_folder *folder;
	struct ex_snap_scan *scan;
	struct ex_snap_entry e;
	struct ex_err err;
	size_t n;

	if (ex_snap_folders(l->snap, &l->a, &folder, &n, &err) == -1 ||
	    ex_snap_scan_open(l->snap, &scan, &err) == -1)
		ex_die_err(&err);
	while (ex_snap_scan_next(scan, &l->a, &e, &err) == 1)
		entry(l, folder, &e);
	ex_snap_scan_close(scan);
}

void
soak_lost(struct world *w)
{
	struct lost l = { .w = w };
	struct ex_err err;
	unsigned i;

	if (ex_snap_open(&l.snap, "ring.snap", EX_SNAP_READ, &err) == -1)
		return;
	l.canon = ex_canon_new();
	for (i = 0; i < w->s->nfolder; i++)
		l.m[i] = soak_open(i);
	scan(&l);
	for (i = 0; i < w->s->nfolder; i++)
		soak_close(l.m[i], false);
	for (i = 0; i < THINGS; i++) {
		w->thing[i].lost &= l.open[i];
		w->thing[i].rewritten &= l.open[i];
	}
	ex_snap_close(l.snap);
	ex_canon_free(l.canon);
	ex_arena_free(&l.a);
}

bool
soak_open_mark(unsigned folder, struct ex_str mark)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_scan *scan;
	struct ex_snap_entry e;
	struct ex_snap *s;
	struct ex_err err;
	bool open = false;
	size_t f, i;

	if (mark.n == 0 || ex_snap_open(&s, "ring.snap", EX_SNAP_READ,
	    &err) == -1)
		return false;
	f = soak_folder_index(s, folder, &a);
	if (ex_snap_scan_open(s, &scan, &err) == -1)
		ex_die_err(&err);
	while (ex_snap_scan_next(scan, &a, &e, &err) == 1)
		for (i = 0; i < e.nintent; i++)
			open |= e.intent[i].folder == f &&
			    e.intent[i].op == EX_SNAP_CREATE_OP &&
			    ex_str_eq(e.intent[i].name, mark);
	ex_snap_scan_close(scan);
	ex_snap_close(s);
	ex_arena_free(&a);
	return open;
}

static bool
copy_alike(struct lost *l, const struct ex_item *here, unsigned f,
    unsigned thing)
{
	const struct ex_mem_item *at = soak_copy(l->m[f], thing);
	unsigned quirk = l->w->s->quirk[f];
	char x[EX_HASH_HEX], y[EX_HASH_HEX];
	struct ex_item there, made = *here;
	struct ex_err err;

	if (at == NULL || ex_item_parse(at->data, &l->a, &there, &err) == -1)
		return false;
	if ((quirk & Q_DROP) != 0 && (quirk & (Q_UPPER | Q_ADD)) == 0)
		ex_mem_make(l->m[f], here, &l->a, &made);
	ex_canon_hash(l->canon, &made, EX_CANON_HASH, x);
	ex_canon_hash(l->canon, &there, EX_CANON_HASH, y);
	return strcmp(x, y) == 0;
}

bool
soak_alike(struct world *w, unsigned folder, unsigned thing)
{
	struct lost l = { .w = w };
	const struct ex_mem_item *at;
	struct ex_item item;
	struct ex_err err;
	bool alike;
	unsigned f;

	l.canon = ex_canon_new();
	for (f = 0; f < w->s->nfolder; f++)
		l.m[f] = soak_open(f);
	at = soak_copy(l.m[folder], thing);
	alike = at != NULL && ex_item_parse(at->data, &l.a, &item,
	    &err) == 0;
	for (f = 0; f < w->s->nfolder; f++) {
		alike = alike && (soak_is_out(w->s, f) || f == folder ||
		    (copy_alike(&l, &item, f, thing) &&
		    !soak_is_pending(f, thing)));
		soak_close(l.m[f], false);
	}
	ex_canon_free(l.canon);
	ex_arena_free(&l.a);
	return alike;
}
