/*
 * peek.c: the kind of an item, without decoding it
 *
 * In a folder of events and tasks each is read for the other's ring at
 * every run, for it has no record there that could say "kept": so this
 * must cost no more than reading the file does.
 */
#include <string.h>
#include <strings.h>

#include "priv.h"

static const struct {
	const char *begin;
	size_t n;
	enum ex_kind kind;
} begins[] = {
	{ "BEGIN:VEVENT", 12, EX_KIND_EVENTS },
	{ "BEGIN:VTODO", 11, EX_KIND_TASKS },
	{ "BEGIN:VJOURNAL", 14, EX_KIND_JOURNALS },
	{ "BEGIN:VCARD", 11, EX_KIND_CONTACTS }
};

/* p is the start of a line. */
static enum ex_kind
kind_at(const char *p, size_t n)
{
	size_t i;

	if (n == 0 || (*p != 'B' && *p != 'b'))
		return EX_KIND_NONE;
	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (n >= begins[i].n &&
		    strncasecmp(p, begins[i].begin, begins[i].n) == 0 &&
		    (n == begins[i].n || strchr(" \t\r\n",
		    p[begins[i].n]) != NULL))
			return begins[i].kind;
	return EX_KIND_NONE;
}

enum ex_kind
ex_peek_kind(struct ex_str text)
{
	const char *p = text.p, *end = text.p + text.n, *next, *cr;
	enum ex_kind kind;

	if (text.n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
		p += 3;
	while (p < end) {
		if ((kind = kind_at(p, (size_t)(end - p))) != EX_KIND_NONE)
			return kind;
		next = memchr(p, '\n', (size_t)(end - p));
		next = next == NULL ? end : next + 1;
		/* A CR alone ends a line too (line.h). */
		cr = memchr(p, '\r', (size_t)(next - p));
		p = cr != NULL ? cr + 1 : next;
		if (p < end && *p == '\n')
			p++;
	}
	return EX_KIND_NONE;
}
