/*
 * graphmap.h: between items and the JSON of Microsoft Graph
 *
 * graphmap.c knows what an item's fields are called and what they mean, and
 * sends nothing; graph.c and its like send and read, and know no field.
 */
#ifndef EX_GRAPHMAP_H
#define EX_GRAPHMAP_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/item.h>
#include <ex/str.h>

#include "exmap.h"

struct ex_arena;
struct ex_buf;
struct ex_err;
struct ex_json;

/* What a server holds of one item. */
struct ex_graph_got {
	const struct ex_json *item;	/* a contact, an event, a todoTask */
	/* Of a series: its exceptionOccurrences, events each. */
	const struct ex_json *const *changed;
	size_t nchanged;
	/* Its attachments, or a contact's photo. */
	const struct ex_exmap_file *file;
	size_t nfile;
};

/* One occurrence of a series that is to be changed or taken out. */
struct ex_graph_occurrence {
	struct ex_str start;	/* its originalStart: "2025-07-02T08:00:00Z" */
	bool cancel;		/* DELETE it */
	struct ex_str update;	/* else the JSON object to PATCH it with */
};

/*
 * What has to be sent so that a server holds an item.  In this order: the
 * item, its files, its occurrences.
 */
struct ex_graph_send {
	struct ex_str create;	/* a new one: the JSON object to POST */
	/* One that is there: the object to PATCH it with; "": nothing. */
	struct ex_str update;
	struct ex_exmap_file *add;
	size_t nadd;
	const struct ex_exmap_file *const *drop;	/* of what was got */
	size_t ndrop;
	struct ex_graph_occurrence *occurrence;
	size_t noccurrence;
	bool anew;		/* only a new series can become it: delete, create */
	/* Names of properties that Graph will not give back, once each. */
	struct ex_str *lost;
	size_t nlost;
};

/*
 * What a GET of items has to ask for, to be put behind "?" or "&":
 * "$select=...&$expand=...", encoded.  changed: exceptionOccurrences and
 * cancelledOccurrences too, which only a GET of one event gives.
 */
void	 ex_graphmap_query(struct ex_buf *b, enum ex_kind kind, bool changed);

/*
 * To an item in its normal form.  stamp: the name of the create that made
 * it; absent: none, or one that belongs to another item (a copy).  err:
 * "start: no such day", EX_ERR_INPUT.
 */
int	 ex_graphmap_read(const struct ex_graph_got *got, enum ex_kind kind,
	    struct ex_arena *a, struct ex_item *item, struct ex_str *stamp,
	    struct ex_err *err);

/*
 * From an item, which has no attendees (scope.h sees to that; one that has is
 * refused).  was: what the server holds; NULL: nothing, then stamp is written
 * too.  err: "RRULE: Graph has no BYWEEKNO", EX_ERR_INPUT: it is refused.
 */
int	 ex_graphmap_write(const struct ex_item *item,
	    const struct ex_graph_got *was, struct ex_str stamp,
	    struct ex_arena *a, struct ex_graph_send *send,
	    struct ex_err *err);

/* The $filter, encoded, that finds what has that stamp. */
void	 ex_graphmap_find_stamp(struct ex_buf *b, enum ex_kind kind,
	    struct ex_str stamp);

#endif
