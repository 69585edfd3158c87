/*
 * empty.c: what a guard must stop (ring.md 4)
 *
 *	emptied		all of a folder is deleted
 *	deleted		one item is left; with limits that nothing is below
 *	owed		what was deleted has been seen, and is owed elsewhere
 *	edited		one item is edited
 *
 * Without -d all nothing is written, nor taken over; with it the run goes
 * on as any other.
 */
#include <string.h>

#include <ex/diag.h>
#include <ex/file.h>

#include <fcntl.h>

#include "soak.h"

enum guard { EMPTIED, DELETED, OWED, EDITED };

static size_t
items(unsigned folder)
{
	struct ex_mem *m = soak_open(folder);
	size_t n = m->n;

	soak_close(m, false);
	return n;
}

/* A thing may be there more than once: a second copy, a version that lost. */
static void
delete_all(struct world *w, const struct step *step, size_t rest)
{
	struct step one = *step;

	one.op = OP_DELETE;
	while (items(step->folder) > rest)
		for (one.thing = 0; one.thing < THINGS &&
		    items(step->folder) > rest; one.thing++)
			soak_user(w, &one);
}

/* The other folders are busy, so that their deletions stay owed. */
static int
owe(struct world *w, const struct step *step)
{
	struct step busy = { .op = OP_FAULT, .arg = 5, .other = 7 };
	unsigned f, i;

	for (f = 0; f < w->s->nfolder; f++)
		for (i = 0; f != step->folder && i < 40; i++) {
			busy.folder = f;
			soak_user(w, &busy);
		}
	if (soak_run(w, ~0u, 0) == -1)
		return -1;
	soak_calm(w);
	return 0;
}

static void
edit_one(struct world *w, const struct step *step)
{
	struct step one = *step;

	one.op = OP_EDIT;
	one.arg = 1;
	for (one.thing = 0; one.thing < THINGS; one.thing++)
		soak_user(w, &one);
}

static void
tight(struct world *w, bool on)
{
	w->s->tight = on;
	soak_conf(w->s);
}

/* Does the plan's end tell of what is guarded, in that folder or in any? */
static bool
asks(const struct world *w, enum guard g, unsigned folder)
{
	static const char *const sign[] = { "\"gone\":", "\"gone\":",
		"\"delete\":", "\"edited\":" };
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str text;
	struct ex_err err;
	const char *p;
	bool any = false;

	if (ex_file_read(AT_FDCWD, "plan", (size_t)64 << 20, &a, &text,
	    &err) == -1)
		ex_die_err(&err);
	p = strstr(ex_arena_str(&a, text).p, "\n{\"rec\":\"end\"");
	if (p != NULL && g != OWED) {
		p = strstr(p, "\"folders\":{");
		p = p == NULL ? p : strstr(p, ex_arena_fmt(&a, "\"%s\":{",
		    soak_name(w->s, folder).p).p);
		p = p == NULL ? p : strstr(p, sign[g]);
		any = p != NULL && p[strlen(sign[g])] != '0';
	}
	while (p != NULL && g == OWED && (p = strstr(p, sign[g])) != NULL)
		any |= *(p += strlen(sign[g])) != '0';
	ex_arena_free(&a);
	return any;
}

/* A plan that must be stopped: is it, if it asks for what is guarded? */
static int
guarded(struct world *w, enum guard g, unsigned folder)
{
	static const char *const name[] = { "emptied", "deleted", "owed",
		"edited" };
	size_t before = soak_writes(w);
	struct ex_err err;
	int got;

	if (soak_fetch(w, ~0u) == -1)
		return -1;
	if (g != EMPTIED && !asks(w, g, folder))
		return 0;
	got = soak_push_guarded(&err);
	if (got != 2 || soak_generation() != w->generation ||
	    soak_writes(w) != before)
		return soak_fail(w, "guard: f%u, %s: status %d", folder,
		    name[g], got);
	/* The cause, and not what would come of it. */
	if (g == DELETED && strstr(err.msg, "to be deleted") != NULL)
		return soak_fail(w, "guard: f%u, deleted: %s", folder,
		    err.msg);
	return 0;
}

int
soak_empty(struct world *w, const struct step *step)
{
	enum guard g = (enum guard)(step->arg >> 2 & 3);

	if (w->s->access[step->folder] != RW || w->programs != NULL ||
	    soak_is_out(w->s, step->folder))
		return 0;
	soak_calm(w);
	w->kill_pending = false;
	if (soak_run(w, ~0u, 0) == -1)
		return -1;
	if (soak_bound(step->folder) < 2)
		return 0;
	if (g == EDITED)
		edit_one(w, step);
	else
		delete_all(w, step, g == EMPTIED ? 0 : 1);
	if (g == OWED && owe(w, step) == -1)
		return -1;
	tight(w, g != EMPTIED);
	if (guarded(w, g, step->folder) == -1)
		return -1;
	tight(w, false);
	return soak_run(w, ~0u, 0);
}
