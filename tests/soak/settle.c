/*
 * settle.c: what the snapshot knows of an item, and a person who decides
 */
#include <string.h>

#include <ex/canon.h>
#include <ex/diag.h>
#include <ex/settle.h>
#include <ex/snapshot.h>

#include "soak.h"

/* The entry of the thing: by the folder's id of it. */
static bool
find_entry(struct ex_snap *s, size_t folder, struct ex_str id,
    struct ex_arena *a, struct ex_snap_entry *e)
{
	struct ex_snap_scan *scan;
	struct ex_err err;
	bool found = false;
	size_t i;

	if (ex_snap_scan_open(s, &scan, &err) == -1)
		ex_die_err(&err);
	while (!found && ex_snap_scan_next(scan, a, e, &err) == 1)
		for (i = 0; i < e->nbinding; i++)
			found |= e->binding[i].folder == folder &&
			    ex_str_eq(e->binding[i].id, id);
	ex_snap_scan_close(scan);
	return found;
}

size_t
soak_folder_index(struct ex_snap *s, unsigned folder, struct ex_arena *a)
{
	struct ex_snap_folder *v;
	struct ex_err err;
	size_t i, n;

	if (ex_snap_folders(s, a, &v, &n, &err) == -1)
		ex_die_err(&err);
	for (i = 0; i < n; i++)
		if (v[i].name.p[1] == (char)('0' + folder))
			return i;
	return SIZE_MAX;
}

size_t
soak_bound(unsigned folder)
{
	struct ex_arena a = EX_ARENA_INIT;
	long long n = 0;
	struct ex_snap *s;
	struct ex_err err;
	size_t f;

	if (ex_snap_open(&s, "ring.snap", EX_SNAP_READ, &err) == -1)
		return 0;
	f = soak_folder_index(s, folder, &a);
	if (f != SIZE_MAX && ex_snap_items(s, f, &n, &err) == -1)
		ex_die_err(&err);
	ex_snap_close(s);
	ex_arena_free(&a);
	return (size_t)n;
}

bool
soak_is_bound(unsigned folder, struct ex_str id)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_entry e;
	struct ex_snap *s;
	struct ex_err err;
	bool bound;

	if (ex_snap_open(&s, "ring.snap", EX_SNAP_READ, &err) == -1)
		return false;
	bound = find_entry(s, soak_folder_index(s, folder, &a), id, &a, &e);
	ex_snap_close(s);
	ex_arena_free(&a);
	return bound;
}

bool
soak_is_pending(unsigned folder, unsigned thing)
{
	struct ex_mem *m = soak_open(folder);
	const struct ex_mem_item *at = soak_copy(m, thing);
	struct ex_canon *canon = ex_canon_new();
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_entry e;
	struct ex_item item;
	struct ex_snap *s;
	struct ex_err err;
	char hex[EX_HASH_HEX];
	bool pending = true;
	size_t f, i;

	if (at != NULL && ex_item_parse(at->data, &a, &item, &err) == 0 &&
	    ex_snap_open(&s, "ring.snap", EX_SNAP_READ, &err) == 0) {
		ex_canon_hash(canon, &item, EX_CANON_HASH, hex);
		f = soak_folder_index(s, folder, &a);
		if (find_entry(s, f, at->id, &a, &e))
			for (i = 0; i < e.nbinding; i++)
				if (e.binding[i].folder == f)
					pending = !ex_str_is(
					    e.binding[i].shadow.p != NULL ?
					    e.binding[i].shadow : e.master,
					    hex);
		ex_snap_close(s);
	}
	soak_close(m, false);
	ex_canon_free(canon);
	ex_arena_free(&a);
	return pending;
}

bool
soak_is_fresh(const struct world *w)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_folder *v;
	struct ex_snap *s;
	struct ex_err err;
	bool fresh = false;
	unsigned f;
	size_t i, n;

	if (ex_snap_open(&s, "ring.snap", EX_SNAP_READ, &err) == -1)
		return true;
	if (ex_snap_folders(s, &a, &v, &n, &err) == -1)
		ex_die_err(&err);
	for (f = 0; f < w->s->nfolder; f++) {
		i = soak_folder_index(s, f, &a);
		fresh |= !soak_is_out(w->s, f) && (i == SIZE_MAX ||
		    (v[i].identity.p != NULL && !ex_str_eq(v[i].identity,
		    soak_operand(w->s, f, &a))));
	}
	ex_snap_close(s);
	ex_arena_free(&a);
	return fresh;
}

/* What a person chose is what all have seen: the rest is dead. */
static void
settled(struct world *w, unsigned folder, struct ex_str chosen)
{
	struct ex_mem *m = soak_open(folder);
	struct ex_mem_item *at;
	unsigned t, i;

	for (t = 0; t < THINGS; t++) {
		at = soak_copy(m, t);
		if (at == NULL || !ex_str_eq(at->id, chosen))
			continue;
		w->thing[t].must_go = false;
		for (i = 0; i < TOKENS; i++)
			if (w->token[i].thing == t && !soak_has(at->data,
			    i)) {
				w->token[i].dead = true;
				w->token[i].deleted = false;
			}
	}
	soak_close(m, false);
}

/* The entry is to be what that folder has: 1; 0: it has nothing. */
static int
choose(struct world *w, struct ex_snap *s, const struct ex_snap_entry *e,
    unsigned folder, struct ex_arena *a)
{
	size_t f = soak_folder_index(s, folder, a), n;
	struct ex_err err;

	for (n = 0; n < e->nbinding; n++)
		if (e->binding[n].folder == f && e->binding[n].id.p != NULL &&
		    e->binding[n].now != EX_SNAP_NOW_GONE)
			break;
	if (n == e->nbinding)
		return 0;
	if (ex_settle(s, e->uid, soak_name(w->s, folder), NULL, &err) == -1)
		return soak_fail(w, "settle: %s", err.msg);
	settled(w, folder, e->binding[n].id);
	return 1;
}

/* The left items, the first or all, are to be what that folder has, or any. */
static int
settle(struct world *w, unsigned folder, bool all)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_snap_conflict *c;
	struct ex_snap_entry e;
	struct ex_snap *s;
	struct ex_err err;
	size_t n, i;
	unsigned f;
	int got = 0;

	if (ex_snap_open(&s, "ring.snap", EX_SNAP_WRITE, &err) == -1 ||
	    ex_snap_conflicts(s, false, &a, &c, &n, &err) == -1)
		return soak_fail(w, "settle: %s", err.msg);
	for (i = 0; i < n && got != -1 && (all || got == 0); i++) {
		if (!c[i].left || ex_snap_entry(s, c[i].uid, &a, &e,
		    &err) != 1)
			continue;
		got = choose(w, s, &e, folder, &a);
		for (f = 0; all && got == 0 && f < w->s->nfolder; f++)
			got = choose(w, s, &e, f, &a);
		if (!all)
			break;
	}
	ex_snap_close(s);
	ex_arena_free(&a);
	return got == -1 ? -1 : 0;
}

int
soak_settle(struct world *w, const struct step *step)
{
	/* So that what the snapshot knows is what there is. */
	soak_calm(w);
	w->kill_pending = false;
	if (soak_run(w, ~0u, 0) == -1)
		return -1;
	if (w->s->access[step->folder] != RW || soak_generation() == 0 ||
	    soak_is_out(w->s, step->folder))
		return 0;
	return settle(w, step->folder, false);
}

int
soak_command(struct world *w)
{
	if (w->s->policy != 4 || soak_generation() == 0 ||
	    soak_generation() == w->generation)
		return 0;
	return settle(w, 0, true);
}
