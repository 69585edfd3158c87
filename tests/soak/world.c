/*
 * world.c: the folders' files, the ring file
 *
 * All of it lies in the current directory: ring.conf, ring.snap, and m0, m1
 * and so on for the folders f0, f1.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <ex/diag.h>
#include <ex/file.h>

#include <fcntl.h>

#include "soak.h"

int
soak_fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->fail[0] != '\0')
		return -1;
	va_start(ap, fmt);
	vsnprintf(w->fail, sizeof(w->fail), fmt, ap);
	va_end(ap);
	return -1;
}

struct ex_mem *
soak_open(unsigned folder)
{
	struct ex_mem *m = calloc(1, sizeof(*m));
	struct ex_err err;

	if (m == NULL)
		ex_diag_oom();
	m->path = ex_arena_fmt(&m->own, "m%u", folder).p;
	m->place = ex_str_of(m->path);
	if (ex_mem_load(m, &err) == -1)
		ex_die_err(&err);
	return m;
}

void
soak_close(struct ex_mem *m, bool save)
{
	struct ex_err err;

	if (save && ex_mem_save(m, &err) == -1)
		ex_die_err(&err);
	ex_buf_fini(&m->journal);
	ex_arena_free(&m->a);
	ex_arena_free(&m->own);
	free(m);
}

bool
soak_is_out(const struct setting *s, unsigned folder)
{
	return (s->out >> folder & 1) != 0;
}

struct ex_str
soak_name(const struct setting *s, unsigned folder)
{
	static const char *const name[2][FOLDERS] = {
		{ "f0", "f1", "f2", "f3", "f4", "f5", "f6" },
		{ "g0", "g1", "g2", "g3", "g4", "g5", "g6" }
	};

	return ex_str_of(name[s->letter[folder] == 'g'][folder]);
}

/* Another one each time that it moves, and always the same file. */
struct ex_str
soak_operand(const struct setting *s, unsigned folder, struct ex_arena *a)
{
	static const char dots[] = "./././././././././././././././././././";
	size_t n = s->moved[folder] % (sizeof(dots) / 2);

	return ex_arena_fmt(a, "mem:%.*sm%u", (int)(2 * n), dots, folder);
}

void
soak_store(const struct setting *s, unsigned f)
{
	static const char *const name[QUIRKS] = { "drop", "upper",
		"add=X-STORE:1", "nouid", "norev", "newrev", "rename",
		"token", "refuse" };
	struct ex_mem *m = soak_open(f);
	struct ex_str q;
	unsigned i;

	for (i = 0; i < QUIRKS; i++) {
		if ((s->quirk[f] >> i & 1) == 0)
			continue;
		q = ex_str_of(name[i]);
		if (1u << i == Q_DROP)
			q = ex_arena_fmt(&m->a, "drop=%s", s->drop[f] <
			    SINGLES ? soak_single[s->kind][s->drop[f]] :
			    soak_set[s->kind][s->drop[f] - SINGLES]);
		if (1u << i == Q_REFUSE)
			q = ex_arena_fmt(&m->a, "refuse=%s",
			    soak_single[s->kind][2]);
		if (1u << i == Q_UPPER)
			q = ex_arena_fmt(&m->a, "upper=%s",
			    soak_single[s->kind][0]);
		m->quirk = ex_arena_grow(&m->a, m->quirk, m->nquirk,
		    sizeof(*m->quirk));
		m->quirk[m->nquirk++] = q;
	}
	soak_close(m, true);
}

static void
folder(FILE *fp, const struct setting *s, unsigned f)
{
	static const char *const access[] = { "read-write", "read-only",
		"write-only" };
	struct ex_arena a = EX_ARENA_INIT;

	fprintf(fp, "[folder %s]\nstore = %s\naccess = %s\n",
	    soak_name(s, f).p, soak_operand(s, f, &a).p,
	    access[s->access[f]]);
	ex_arena_free(&a);
	if ((s->scope[f] & KEEP_MEETINGS) != 0)
		fputs("meetings = keep\n", fp);
	if ((s->scope[f] & SKIP_PRIVATE) != 0)
		fputs("private = skip\n", fp);
	if (s->access[f] == WO)
		fprintf(fp, "own = %s\nrepair = %s\n",
		    s->remove[f] ? "remove" : "leave",
		    s->repair[f] ? "yes" : "no");
}

/* The first two are in every ring. */
static void
policy(FILE *fp, const struct setting *s)
{
	static const char *const name[] = { "report", "newest", "prefer",
		"both", "command true" };

	fprintf(fp, "conflict = %s", name[s->policy]);
	if (s->policy == 2)
		fprintf(fp, " %s %s", soak_name(s, 1).p, soak_name(s, 0).p);
	putc('\n', fp);
}

/* Are they the same bytes? */
static bool
same_file(const char *x, const char *y)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str s, t;
	struct ex_err err;
	bool same;

	same = ex_file_read(AT_FDCWD, x, (size_t)1 << 20, &a, &s,
	    &err) == 0 && ex_file_read(AT_FDCWD, y, (size_t)1 << 20, &a, &t,
	    &err) == 0 && ex_str_eq(s, t);
	ex_arena_free(&a);
	return same;
}

bool
soak_conf(const struct setting *s)
{
	const char *limit = s->tight ? "0 0" : "100000 100";
	FILE *fp = fopen("ring.new", "w");
	unsigned i, f;
	bool other;

	if (fp == NULL)
		ex_die("ring.conf: cannot be written");
	fprintf(fp, "[ring]\nkind = %s\nsnapshot = ring.snap\n"
	    "delete-wins = %s\nmax-delete = %s%%\n"
	    "max-update = %s%%\nkeep-runs = 1000\n",
	    soak_kind[s->kind], s->delete_wins ? "yes" : "no", limit, limit);
	policy(fp, s);
	for (i = 0; i < FOLDERS; i++)
		for (f = 0; f < s->nfolder; f++)
			if (s->order[f] == i && !soak_is_out(s, f))
				folder(fp, s, f);
	fclose(fp);
	other = !same_file("ring.new", "ring.conf");
	if (rename("ring.new", "ring.conf") == -1)
		ex_die("ring.conf: cannot be written");
	return other;
}

void
soak_begin(const struct world *w)
{
	unsigned f;

	for (f = 0; f < w->s->nfolder; f++)
		soak_store(w->s, f);
	soak_conf(w->s);
}

/* Writes that any folder was asked for, whatever it answered. */
size_t
soak_writes(const struct world *w)
{
	static const char *const what[] = { "{\"did\":\"create\"",
		"{\"did\":\"update\"", "{\"did\":\"delete\"" };
	struct ex_mem *m;
	const char *p;
	unsigned f, i;
	size_t n = 0;

	for (f = 0; f < w->s->nfolder; f++) {
		m = soak_open(f);
		ex_buf_putc(&m->journal, '\0');
		for (i = 0; i < 3; i++)
			for (p = m->journal.p; (p = strstr(p, what[i])) !=
			    NULL; p++)
				n++;
		soak_close(m, false);
	}
	return n;
}

/* Nothing goes wrong any more. */
void
soak_calm(const struct world *w)
{
	struct ex_mem *m;
	unsigned f;

	for (f = 0; f < w->s->nfolder; f++) {
		m = soak_open(f);
		m->nfault = 0;
		m->shorten = 0;
		m->forget = false;
		soak_close(m, true);
	}
}

bool
soak_has(struct ex_str text, unsigned token)
{
	char want[16];
	size_t i, k, n;

	n = (size_t)snprintf(want, sizeof(want), "k%uz", token);
	for (i = 0; i + n <= text.n; i++) {
		for (k = 0; k < n; k++)
			if (tolower((unsigned char)text.p[i + k]) != want[k])
				break;
		if (k == n)
			return true;
	}
	return false;
}

size_t
soak_copies(const struct ex_mem *m, unsigned thing)
{
	size_t i, n = 0;

	for (i = 0; i < m->n; i++)
		n += soak_has(m->item[i].data, soak_identity(thing));
	return n;
}

struct ex_mem_item *
soak_copy(struct ex_mem *m, unsigned thing)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (soak_has(m->item[i].data, soak_identity(thing)))
			return &m->item[i];
	return NULL;
}
