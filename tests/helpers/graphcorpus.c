/*
 * graphcorpus - what items come to in Microsoft Graph's JSON, and back
 *
 * Reads item records, writes each as a create and reads that back.  People
 * are taken out first, for items with some are refused.  One line each:
 *
 *	lost NAME	of a property that is told of as lost, and is
 *	refused WHY	an item that cannot be written
 *	differs ID	one that comes back otherwise, with nothing said
 *	KIND N		how many items came back, at the end
 *
 * $EX_GRAPH_BODIES takes what would be sent, "TYPE TAB JSON" a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ex/canon.h>
#include <ex/diag.h>
#include <ex/rec.h>
#include <ex/text.h>

#include "../unit/graphecho.h"

static struct ex_arena arena = EX_ARENA_INIT;
static struct ex_canon *canon;
static FILE *bodies;
static size_t good[EX_KIND_JOURNALS + 1];

typedef bool	 picked(struct ex_str name, const void *arg);

static bool
is_person(struct ex_str name, const void *arg)
{
	(void)arg;
	return ex_str_is(name, "attendee");
}

static bool
is_lost(struct ex_str name, const void *arg)
{
	const struct ex_exmap_send *send = arg;
	size_t i;

	name = ex_text_upper(name, &arena);
	for (i = 0; i < send->nlost; i++)
		if (ex_str_eq(send->lost[i], name))
			return true;
	return false;
}

/* Take out properties and components, however deep they are. */
static void
without(struct ex_comp *c, picked *out, const void *arg)
{
	size_t i, n = 0;

	for (i = 0; i < c->nprop; i++)
		if (!out(c->prop[i]->name, arg))
			c->prop[n++] = c->prop[i];
	c->nprop = n;
	for (i = n = 0; i < c->ncomp; i++) {
		if (out(c->comp[i]->name, arg))
			continue;
		without(c->comp[i], out, arg);
		c->comp[n++] = c->comp[i];
	}
	c->ncomp = n;
}

static bool
same(const struct ex_item *x, const struct ex_item *y)
{
	char a[EX_HASH_HEX], b[EX_HASH_HEX];

	ex_canon_hash(canon, x, EX_CANON_HASH, a);
	ex_canon_hash(canon, y, EX_CANON_HASH, b);
	return memcmp(a, b, sizeof(a)) == 0;
}

static void
keep(const char *type, struct ex_str body)
{
	if (bodies != NULL)
		fprintf(bodies, "%s\t%.*s\n", type, EX_STR_ARG(body));
}

static void
keep_all(const struct ex_exmap_send *send, enum ex_kind kind)
{
	size_t i;

	keep(kind == EX_KIND_CONTACTS ? "contact" : kind == EX_KIND_EVENTS ?
	    "event" : "todoTask", send->create);
	for (i = 0; i < send->noccurrence; i++)
		if (!send->occurrence[i].cancel)
			keep("event", send->occurrence[i].update);
}

static void
one(struct ex_item *item, const struct ex_rec *rec)
{
	struct ex_exmap_send send;
	struct ex_graph_got got;
	struct ex_item back;
	struct ex_err err = { 0 };
	struct ex_str stamp;
	size_t i;

	without(item->root, is_person, NULL);
	if (ex_graphmap_write(item, NULL, EX_STR("stamp"), &arena, &send,
	    &err) == -1) {
		printf("refused %s\n", err.msg);
		return;
	}
	keep_all(&send, item->kind);
	got = echo(&send, NULL, &arena);
	if (ex_graphmap_read(&got, item->kind, &arena, &back, &stamp,
	    &err) == -1)
		ex_die("%.*s: cannot be read: %s", EX_STR_ARG(rec->id),
		    err.msg);
	for (i = 0; i < send.nlost; i++)
		printf("lost %.*s\n", EX_STR_ARG(send.lost[i]));
	without(item->root, is_lost, &send);
	without(back.root, is_lost, &send);
	if (same(item, &back))
		good[item->kind]++;
	else
		printf("differs %.*s %.*s\n", EX_STR_ARG(rec->folder),
		    EX_STR_ARG(rec->id));
}

int
main(void)
{
	const char *path = getenv("EX_GRAPH_BODIES");
	struct ex_rec rec;
	struct ex_item item;
	struct ex_err err;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int k;

	ex_diag_init("graphcorpus");
	if (path != NULL && (bodies = fopen(path, "w")) == NULL)
		ex_die("%s: cannot be written", path);
	canon = ex_canon_new();
	while ((n = getline(&line, &size, stdin)) > 0) {
		n -= line[n - 1] == '\n';
		if (ex_rec_parse((struct ex_str){ line, (size_t)n }, &arena,
		    &rec, &err) == -1 || ex_item_parse(rec.data, &arena,
		    &item, &err) == -1)
			ex_die("%s", err.msg);
		if (item.kind != EX_KIND_JOURNALS)
			one(&item, &rec);
		ex_arena_reset(&arena);
	}
	for (k = EX_KIND_CONTACTS; k < EX_KIND_JOURNALS; k++)
		printf("%s %zu\n", ex_kind_name((enum ex_kind)k), good[k]);
	ex_canon_free(canon);
	ex_arena_free(&arena);
	free(line);
	return bodies != NULL && fclose(bodies) != 0 ? 2 : ex_finish(0);
}
