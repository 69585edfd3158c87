/*
 * show.h: an item, or what changed in it, for people
 */
#ifndef EX_SHOW_H
#define EX_SHOW_H

#include <ex/item.h>

struct ex_arena;
struct ex_buf;

/* One line: title, and when or which address.  Safe on a terminal. */
void	 ex_show_line(struct ex_buf *out, const struct ex_item *item);

/*
 * A block: "~ TITLE (uid)" and a line for each property that differs, with
 * - and +, values readable, long ones cut.  old or new NULL: all of the
 * other ("+ TITLE", "- TITLE").  Nothing if they are equal at that level.
 */
struct ex_canon;
void	 ex_show_diff(struct ex_buf *out, struct ex_canon *c,
	    const struct ex_item *old, const struct ex_item *new, int strict);

/*
 * A property as "[parameters] value", one value of it or all (NULL), safe
 * on a terminal, in one line, not cut.
 */
struct ex_str	 ex_show_value(const struct ex_prop *p,
		    const struct ex_json *value, struct ex_arena *a);

/*
 * N, ADR, ORG by position and name, as libvformat reads them (behind the
 * envelope of formats.md 5): keys to match items by, summaries, and a
 * second opinion on our splitter.  field as in N's and ADR's order.
 * Absent: not there, over EX_CAP_FIELD, or libvformat says no.
 */
struct ex_str	 ex_vf_field(const struct ex_item *item, const char *name,
		    unsigned field, struct ex_arena *a);

#endif
