/*
 * exchangesystem.c: a zone of the system, as if it were an item's own
 *
 * Under its name the codec would leave it out, for everybody has it; so it
 * is read under another.
 */
#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/zone.h>

#include "exmap.h"

const struct ex_comp *
ex_exchange_zone_system(struct ex_str tzid, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_item item;
	struct ex_str zone, line;
	struct ex_err err;
	size_t i;

	if (!ex_zone_write(&b, tzid, a))
		return NULL;
	zone = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_clear(&b);
	ex_buf_puts(&b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
	while (zone.n > 0) {
		line = ex_exmap_line(&zone);
		if (!ex_str_starts(line, "TZID:")) {
			ex_buf_str(&b, line);
			ex_buf_putc(&b, '\n');
			continue;
		}
		while (zone.n > 0 && zone.p[0] == ' ')
			ex_exmap_line(&zone);
		ex_buf_puts(&b, "TZID:-\r\n");
	}
	ex_buf_puts(&b, "BEGIN:VEVENT\r\nUID:z\r\n"
	    "DTSTART;TZID=-:20000101T000000\r\n"
	    "END:VEVENT\r\nEND:VCALENDAR\r\n");
	zone = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	if (ex_ical_decode(zone, 1, a, &item, &err) == -1)
		return NULL;
	for (i = 0; i < item.root->ncomp; i++)
		if (ex_str_is(item.root->comp[i]->name, "vtimezone"))
			return item.root->comp[i];
	return NULL;
}
