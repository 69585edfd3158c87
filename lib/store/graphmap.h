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

/* The name of our open extension of a task (exmap.h, ex_exmap_send). */
#define EX_GRAPHMAP_EXTENSION	"exring"
/* Says of a contact that it has a photo ([MS-OXOCNTC] PidLidHasPicture). */
#define EX_GRAPHMAP_PICTURE	\
	"Boolean {00062004-0000-0000-C000-000000000046} Id 0x8015"

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

/*
 * What a GET of items has to ask for, to be put behind "?" or "&":
 * "$select=...&$expand=...", encoded.  changed: exceptionOccurrences and
 * cancelledOccurrences too, which only a GET of one event gives.
 */
void	 ex_graphmap_query(struct ex_buf *b, enum ex_kind kind, bool changed);

/*
 * To an item in its normal form.  An event's UID is its iCalUId, which the
 * server gives it; contacts and tasks have none.  stamp: the name of the
 * create that made it, or what it is a copy of (ring.md 2); absent: none.
 * err: "start: no such day", EX_ERR_INPUT.
 */
int	 ex_graphmap_read(const struct ex_graph_got *got, enum ex_kind kind,
	    struct ex_arena *a, struct ex_item *item, struct ex_str *stamp,
	    struct ex_err *err);

/*
 * From an item, which has no attendees (scope.h sees to that; one that has is
 * refused, and so is what would change a meeting there: Graph would mail
 * them).  was: what the server holds; NULL: nothing, then stamp is written
 * too.  err: "RRULE: Exchange has no BYWEEKNO", EX_ERR_INPUT: it is refused.
 */
int	 ex_graphmap_write(const struct ex_item *item,
	    const struct ex_graph_got *was, struct ex_str stamp,
	    struct ex_arena *a, struct ex_exmap_send *send,
	    struct ex_err *err);

/* A literal of a filter: in single quotes, those in it doubled. */
void	 ex_graphmap_quote(struct ex_buf *b, struct ex_str s);
/*
 * "$filter=...", encoded, that finds what has that stamp.  Nothing for tasks,
 * whose extensions cannot be asked for: they have to be read.
 */
void	 ex_graphmap_find_stamp(struct ex_buf *b, enum ex_kind kind,
	    struct ex_str stamp);

#endif
