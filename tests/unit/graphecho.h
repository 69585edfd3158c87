/*
 * graphecho.h: what a server of Microsoft Graph has after it was sent that
 *
 * A server's part is played by an echo: what is to be made is read as if it
 * were given back as a server is asked to (times in UTC).  What a server does
 * of its own is not done here; the test server does that.
 */
#ifndef GRAPHECHO_H
#define GRAPHECHO_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/zone.h>

#include "../../lib/store/graphmappriv.h"

static inline struct ex_json *
parsed(struct ex_str text, struct ex_arena *a)
{
	struct ex_json *j;
	struct ex_err err;

	if (ex_json_parse(text, a, &j, &err) == -1) {
		fprintf(stderr, "%s: %.*s\n", err.msg, EX_STR_ARG(text));
		abort();
	}
	return j;
}

/* The object with another value of a member; NULL: without it. */
static inline void
member(struct ex_json *object, const char *name, const struct ex_json *value,
    struct ex_arena *a)
{
	struct ex_json **at = &object->child, *copy;

	while (*at != NULL)
		if (ex_str_is((*at)->key, name))
			*at = (*at)->next;
		else
			at = &(*at)->next;
	if (value == NULL)
		return;
	copy = ex_arena_alloc(a, sizeof(*copy));
	*copy = *value;
	copy->next = NULL;
	ex_json_put(object, name, copy);
}

static inline struct ex_json *
copy_of(const struct ex_json *j, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_json *copy;

	ex_json_write(&b, j);
	copy = parsed(ex_arena_str(a, ex_buf_get(&b)), a);
	ex_buf_fini(&b);
	return copy;
}

/* {dateTime, timeZone} in UTC, and the zone that it was in. */
static inline void
in_utc(struct ex_json *item, const char *name, const char *zone,
    struct ex_arena *a)
{
	const struct ex_json *j = ex_json_get(item, name);
	struct ex_exchange_when w = { .tzid = ex_json_get_str(j, "timeZone") };
	struct ex_exchange_time t;

	if (j == NULL || j->type != EX_JSON_OBJECT)
		return;
	if (!ex_exchange_time(ex_json_get_str(j, "dateTime"), &t))
		abort();
	member(item, zone, ex_json_text(a, w.tzid), a);
	member(item, name, parsed(ex_arena_fmt(a, "{\"dateTime\":"
	    "\"%.*s.0000000\",\"timeZone\":\"UTC\"}", EX_STR_ARG(
	    ex_exchange_local(a, ex_exchange_to_utc(&w, t.sec)))), a), a);
}

static inline void
settle_times(struct ex_json *item, struct ex_arena *a)
{
	in_utc(item, "start", "originalStartTimeZone", a);
	in_utc(item, "end", "originalEndTimeZone", a);
}

/* Extended properties one by one, in small letters, and without the null. */
static inline void
patch_extended(struct ex_json *item, const struct ex_json *new,
    struct ex_arena *a)
{
	static const char name[] = "singleValueExtendedProperties";
	const struct ex_json *old = ex_json_get(item, name), *x, *y;
	struct ex_json *all = ex_json_new(a, EX_JSON_ARRAY);

	for (x = old == NULL ? NULL : old->child; x != NULL; x = x->next) {
		for (y = new->child; y != NULL; y = y->next)
			if (ex_str_is_nocase(ex_json_get_str(x, "id"),
			    ex_arena_str(a, ex_json_get_str(y, "id")).p))
				break;
		if (y == NULL)
			ex_json_add(all, copy_of(x, a));
	}
	for (y = new->child; y != NULL; y = y->next)
		if (ex_json_get_str(y, "value").p != NULL)
			ex_json_add(all, copy_of(y, a));
	member(item, name, all, a);
}

/* A PATCH, or a POST to an empty object. */
static inline struct ex_json *
patched(const struct ex_json *was, struct ex_str patch, struct ex_arena *a)
{
	struct ex_json *item = copy_of(was, a), *p = parsed(patch, a), *m;

	for (m = p->child; m != NULL; m = m->next)
		if (ex_str_is(m->key, "singleValueExtendedProperties"))
			patch_extended(item, m, a);
		else
			member(item, ex_arena_str(a, m->key).p, m, a);
	if (ex_json_get(p, "start") != NULL || ex_json_get(p, "end") != NULL)
		settle_times(item, a);
	return item;
}

static inline struct ex_json *
occurrence_of(const struct ex_json *master, struct ex_str at,
    struct ex_str patch, struct ex_arena *a)
{
	struct ex_json *one = copy_of(master, a);
	struct ex_exchange_time s, e, t;

	ex_exchange_time(ex_json_get_str(ex_json_get(master, "start"),
	    "dateTime"), &s);
	ex_exchange_time(ex_json_get_str(ex_json_get(master, "end"),
	    "dateTime"), &e);
	ex_exchange_time(at, &t);
	member(one, "originalStart", ex_json_text(a, at), a);
	member(one, "start", parsed(ex_arena_fmt(a, "{\"dateTime\":"
	    "\"%.*s\",\"timeZone\":\"UTC\"}", EX_STR_ARG(ex_exchange_local(a,
	    t.sec))), a), a);
	member(one, "end", parsed(ex_arena_fmt(a, "{\"dateTime\":"
	    "\"%.*s\",\"timeZone\":\"UTC\"}", EX_STR_ARG(ex_exchange_local(a,
	    t.sec + e.sec - s.sec))), a), a);
	return patched(one, patch, a);
}

/* The day that an occurrence begins on by the clock of its series. */
static inline struct ex_str
day_of(const struct ex_json *master, struct ex_str at, struct ex_arena *a)
{
	struct ex_exchange_when w = { .tzid = ex_json_get_str(master,
	    "originalStartTimeZone") };
	struct ex_exchange_time t;

	ex_exchange_time(at, &t);
	return ex_exchange_date(a, ex_exchange_day_of(
	    ex_exchange_to_local(&w, t.sec)));
}

/* was: what it had before; NULL: nothing. */
static inline struct ex_graph_got
echo(const struct ex_exmap_send *send, const struct ex_graph_got *was,
    struct ex_arena *a)
{
	const struct ex_json **changed = ex_arena_array(a,
	    send->noccurrence + 1, sizeof(*changed));
	struct ex_json *gone = ex_json_new(a, EX_JSON_ARRAY), *item, *list;
	bool new = was == NULL || send->create.n > 0;
	struct ex_graph_got got = { .changed = changed, .file = send->add,
	    .nfile = send->nadd };
	const struct ex_exmap_occurrence *o;
	size_t i;

	item = new ? patched(ex_json_new(a, EX_JSON_OBJECT), send->create,
	    a) : patched(was->item, send->update.n > 0 ? send->update :
	    EX_STR("{}"), a);
	if (send->extension.n > 0) {
		list = ex_json_new(a, EX_JSON_ARRAY);
		ex_json_add(list, parsed(send->extension, a));
		member(item, "extensions", list, a);
	}
	for (i = 0; i < send->noccurrence; i++) {
		o = &send->occurrence[i];
		if (o->cancel)
			ex_json_add(gone, ex_json_text(a, ex_arena_fmt(a,
			    "OID.AAMk=.%.*s", EX_STR_ARG(day_of(item,
			    o->start, a)))));
		else
			changed[got.nchanged++] = occurrence_of(item,
			    o->start, o->update, a);
	}
	if (gone->child != NULL)
		member(item, "cancelledOccurrences", gone, a);
	got.item = item;
	return got;
}

#endif
