/*
 * linecomp.c: where a component ends, without reading the lines between
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/err.h>
#include <ex/line.h>

static char
fold_case(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool
eq_nocase(struct ex_str a, struct ex_str b)
{
	size_t i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		if (fold_case(a.p[i]) != fold_case(b.p[i]))
			return false;
	return true;
}

static bool
has_bom(struct ex_str text, size_t pos)
{
	return text.n - pos >= 3 &&
	    memcmp(text.p + pos, "\xef\xbb\xbf", 3) == 0;
}

/* BEGIN:name or END:name, lit "begin:" or "end:". */
static bool
marks(struct ex_str line, const char *lit, struct ex_str *name)
{
	if (!ex_line_starts(line, lit))
		return false;
	name->p = line.p + strlen(lit);
	name->n = line.n - strlen(lit);
	*name = ex_line_trim(*name);
	return true;
}

int
ex_lines_raw(struct ex_lines *in, const char *name, struct ex_arena *a,
    struct ex_str *out)
{
	struct ex_str want = ex_str_of(name), line, got;
	size_t pos = in->pos, n = 0, depth = 1;
	unsigned number = in->number;
	char *p;

	while (pos < in->text.n && depth > 0) {
		pos = ex_line_physical(in->text, pos, &line);
		number++;
		if (marks(line, "end:", &got) && eq_nocase(got, want))
			depth--;
		else if (marks(line, "begin:", &got) && eq_nocase(got, want))
			depth++;
	}
	if (depth > 0)
		return -1;
	p = ex_arena_bytes(a, pos - in->pos + 1);
	while (in->pos < pos) {
		in->pos = ex_line_physical(in->text, in->pos, &line);
		memcpy(p + n, line.p, line.n);
		n += line.n;
		p[n++] = '\n';
	}
	in->number = number;
	*out = (struct ex_str){ p, n };
	return 0;
}

/* Blank lines, BOMs and the DOS end of file from *pos on. */
static void
pass_blank(struct ex_str text, size_t *pos, unsigned *number)
{
	struct ex_str line;
	size_t next;

	while (*pos < text.n) {
		if (has_bom(text, *pos)) {
			*pos += 3;
			continue;
		}
		next = ex_line_physical(text, *pos, &line);
		line = ex_line_trim(line);
		if (line.n > 1 || (line.n == 1 && line.p[0] != 0x1a))
			return;
		*pos = next;
		++*number;
	}
}

/* From a line that begins nothing up to one that does. */
static int
junk(struct ex_str text, size_t *pos, unsigned *number, struct ex_str *one,
    struct ex_err *err)
{
	struct ex_str line, name;
	size_t from = *pos, next;
	unsigned first = *number;

	while (*pos < text.n) {
		next = ex_line_physical(text, *pos, &line);
		if (marks(line, "begin:", &name))
			break;
		*pos = next;
		++*number;
	}
	*one = (struct ex_str){ text.p + from, *pos - from };
	return ex_err_set(err, EX_ERR_INPUT, "line %u: no BEGIN", first);
}

/*
 * An AGENT of vCard 2.1 that holds a card: nothing behind the ':', or its
 * BEGIN there and no fold in the next line (a fold: the card is text).
 */
enum agent { NO_AGENT, AGENT_NEXT, AGENT_HERE };

static enum agent
agent(struct ex_str line, struct ex_str top, struct ex_str text, size_t next)
{
	size_t want = sizeof("begin:") - 1 + top.n;

	line = ex_line_trim(line);
	if (!ex_line_starts(line, "agent") || line.n < 6 ||
	    (line.p[5] != ':' && line.p[5] != ';'))
		return NO_AGENT;
	if (line.p[line.n - 1] == ':')
		return AGENT_NEXT;
	if (line.n <= want || line.p[line.n - want - 1] != ':' ||
	    (next < text.n && (text.p[next] == ' ' || text.p[next] == '\t')))
		return NO_AGENT;
	line.p += line.n - want;
	line.n = want;
	return ex_line_starts(line, "begin:") && eq_nocase(top,
	    (struct ex_str){ line.p + 6, top.n }) ? AGENT_HERE : NO_AGENT;
}

/*
 * The END of top from *pos on.  Only a component of the same name counts,
 * and only AGENT may hold one: another BEGIN of that name says that an END
 * is lost, and the cards behind it must not be lost with it.
 */
static bool
find_end(struct ex_str text, size_t *pos, unsigned *number,
    struct ex_str top)
{
	enum agent prev = NO_AGENT, here;
	struct ex_str line, name;
	size_t next, depth = 1;

	while (*pos < text.n) {
		next = ex_line_physical(text, *pos, &line);
		here = NO_AGENT;
		switch (line.n > 4 ? line.p[0] | 0x20 : 0) {
		case 'a':
			here = agent(line, top, text, next);
			depth += here == AGENT_HERE;
			break;
		case 'b':
			if (!marks(line, "begin:", &name) ||
			    !eq_nocase(name, top))
				break;
			if (prev != AGENT_NEXT)
				return false;
			depth++;
			break;
		case 'e':
			if (marks(line, "end:", &name) &&
			    eq_nocase(name, top))
				depth--;
			break;
		}
		if (line.n > 0)
			prev = here;
		*pos = next;
		++*number;
		if (depth == 0)
			return true;
	}
	return false;
}

int
ex_lines_comp(struct ex_str text, size_t *pos, unsigned *number,
    struct ex_str *one, unsigned *first, struct ex_err *err)
{
	struct ex_str line, top;
	size_t from = *pos;

	pass_blank(text, pos, number);
	/* In front of the very first line a blank is no fold. */
	while (from == 0 && *pos < text.n && (text.p[*pos] == ' ' ||
	    text.p[*pos] == '\t'))
		++*pos;
	if (*pos >= text.n)
		return 0;
	from = *pos;
	*first = *number;
	*pos = ex_line_physical(text, from, &line);
	if (!marks(line, "begin:", &top)) {
		*pos = from;
		return junk(text, pos, number, one, err);
	}
	++*number;
	if (find_end(text, pos, number, top)) {
		*one = (struct ex_str){ text.p + from, *pos - from };
		return 1;
	}
	*one = (struct ex_str){ text.p + from, *pos - from };
	return ex_err_set(err, EX_ERR_INPUT, "line %u: BEGIN:%.*s has no END",
	    *first, (int)(top.n < 40 ? top.n : 40), top.p);
}
