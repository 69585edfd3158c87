/*
 * filepeek.c: the UID of a card, without decoding it
 *
 * The first property UID of the card itself, its group aside.  What counts
 * is that it is always the same for the same bytes: the id is made of it.
 */
#include <string.h>

#include <ex/line.h>

#include "priv.h"

/* Is the line's name UID, in any group? */
static bool
is_uid(struct ex_str line)
{
	size_t i, name = 0;

	for (i = 0; i < line.n; i++) {
		if (line.p[i] == ':' || line.p[i] == ';')
			break;
		if (line.p[i] == '.')
			name = i + 1;
	}
	line.p += name;
	line.n -= name;
	return i - name == 3 && ex_line_starts(line, "uid");
}

static struct ex_str
value(struct ex_str text, struct ex_arena *a)
{
	struct ex_lines in;
	struct ex_line line;
	struct ex_err ignored;

	ex_lines_init(&in, text, 1);
	if (ex_lines_next(&in, a, &line, &ignored) != 1)
		return EX_STR_NONE;
	line.value = ex_line_trim(line.value);
	return line.value.n == 0 ? EX_STR_NONE :
	    ex_line_unescape(line.value, a);
}

struct ex_str
ex_filepeek_card(struct ex_str text, struct ex_arena *a)
{
	size_t pos = 0, next, depth = 0;
	struct ex_str line, uid;

	for (; pos < text.n; pos = next) {
		next = ex_line_physical(text, pos, &line);
		if (line.n < 4 || line.p[0] == ' ' || line.p[0] == '\t')
			continue;
		if (ex_line_starts(line, "begin:"))
			depth++;
		else if (ex_line_starts(line, "end:"))
			depth -= depth > 0;
		else if (depth <= 1 && is_uid(line)) {
			uid = value((struct ex_str){ text.p + pos,
			    text.n - pos }, a);
			if (uid.p != NULL)
				return uid;
		}
	}
	return EX_STR_NONE;
}
