/*
 * hidden.c: what takes no part, and must stay as it is
 *
 * An event with attendees where meetings are skipped, a private one where
 * those are, and what cannot be read: whatever a run does, it is neither
 * written nor deleted there.
 */
#include <string.h>

#include <ex/diag.h>

#include "soak.h"

bool
soak_hidden(const struct world *w, unsigned folder,
    const struct ex_mem_item *at)
{
	unsigned scope = w->s->scope[folder];

	if (at->bad > 0)
		return true;
	if ((scope & KEEP_MEETINGS) == 0 &&
	    strstr(at->data.p, "[\"attendee\"") != NULL)
		return true;
	return (scope & SKIP_PRIVATE) != 0 &&
	    strstr(at->data.p, "\"PRIVATE\"") != NULL;
}

struct ex_buf
soak_aside(const struct world *w)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_mem *m;
	unsigned f;
	size_t i;

	for (f = 0; f < w->s->nfolder; f++) {
		m = soak_open(f);
		for (i = 0; i < m->n; i++) {
			if (!soak_hidden(w, f, &m->item[i]))
				continue;
			ex_buf_fmt(&b, "f%u %lld ", f, m->item[i].bad);
			ex_buf_str(&b, m->item[i].id);
			ex_buf_putc(&b, ' ');
			ex_buf_str(&b, m->item[i].data);
			ex_buf_putc(&b, '\n');
		}
		soak_close(m, false);
	}
	ex_buf_putc(&b, '\0');
	return b;
}
