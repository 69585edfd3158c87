/*
 * icalscan.c: whose a component is, without decoding it
 *
 * For files of many items, which are split before they are decoded.  Only
 * lines that begin with UID or TZID, or have parameters, are looked at.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/line.h>
#include <ex/text.h>

/*
 * Behind the last continuation of the line at pos; *folded: it has one.
 * Empty lines, which may stand before a continuation, are passed over.
 */
static size_t
logical(struct ex_str text, size_t pos, bool *folded)
{
	const char *end = text.p + text.n, *p = text.p + pos;

	*folded = false;
	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		while (p < end && (*p == '\n' || *p == '\r'))
			p++;
		if (p == end || (*p != ' ' && *p != '\t'))
			return (size_t)(p - text.p);
		*folded = true;
	}
	return text.n;
}

static bool
has_tzid(struct ex_str line)
{
	const char *p = line.p, *end = p + line.n;

	while ((p = memchr(p, ';', (size_t)(end - p))) != NULL) {
		p++;
		if (ex_line_starts((struct ex_str){ p, (size_t)(end - p) },
		    "tzid"))
			return true;
	}
	return false;
}

/* Does it end in '=', which may go on in the next (quoted-printable)? */
static bool
soft_break(struct ex_str line)
{
	while (line.n > 0 && (line.p[line.n - 1] == '\n' ||
	    line.p[line.n - 1] == '\r'))
		line.n--;
	return line.n > 0 && line.p[line.n - 1] == '=';
}

/* Could the line at pos hold what we look for?  In doubt it could. */
static bool
candidate(struct ex_str line, bool folded)
{
	size_t i;

	for (i = 0; i < line.n; i++)
		switch (line.p[i]) {
		case ':':
			return ex_line_starts(line, "uid") ||
			    ex_line_starts(line, "tzid") ||
			    ex_line_starts(line, "begin") ||
			    ex_line_starts(line, "end");
		case ';':
			return folded || has_tzid(line) ||
			    ex_line_starts(line, "uid") ||
			    ex_line_starts(line, "tzid");
		case '\n':
			return folded;
		}
	return true;
}

static void
add_tzid(struct ex_ical_scan *out, struct ex_str tzid, struct ex_arena *a)
{
	size_t i;

	/* A few zones at most in what people write; more may stand twice. */
	for (i = out->ntzid > 8 ? out->ntzid - 8 : 0; i < out->ntzid; i++)
		if (ex_str_eq(out->tzid[i], tzid))
			return;
	out->tzid = ex_arena_grow(a, out->tzid, out->ntzid, sizeof(tzid));
	out->tzid[out->ntzid++] = tzid;
}

static void
take(struct ex_ical_scan *out, const struct ex_line *line, size_t depth,
    struct ex_arena *a)
{
	size_t i, k;

	if (depth == 1 && out->uid.p == NULL && ex_str_is(line->name, "uid") &&
	    line->group.p == NULL)
		out->uid = ex_line_unescape(line->value, a);
	if (depth == 1 && ex_str_is(out->name, "vtimezone") &&
	    ex_str_is(line->name, "tzid") && out->ntzid == 0)
		add_tzid(out, ex_line_unescape(line->value, a), a);
	if (ex_str_is(out->name, "vtimezone"))
		return;
	for (i = 0; i < line->nparam; i++)
		if (line->param[i].name.p != NULL &&
		    ex_str_is(line->param[i].name, "tzid"))
			for (k = 0; k < line->param[i].nvalue; k++)
				add_tzid(out, line->param[i].value[k], a);
}

/* The line at pos, whole; returns what is behind it. */
static size_t
scan_line(struct ex_ical_scan *out, struct ex_str comp, size_t pos,
    size_t *depth, struct ex_arena *a)
{
	struct ex_lines in;
	struct ex_line line;
	struct ex_err ignored;

	ex_lines_init(&in, (struct ex_str){ comp.p + pos, comp.n - pos }, 1);
	if (ex_lines_next(&in, a, &line, &ignored) != 1)
		return in.pos > 0 ? pos + in.pos : comp.n;
	if (ex_str_is(line.name, "begin")) {
		if (++*depth == 1)
			out->name = ex_text_lower(ex_line_trim(line.value),
			    a);
	} else if (ex_str_is(line.name, "end"))
		--*depth;
	else
		take(out, &line, *depth, a);
	return pos + in.pos;
}

/* Are its lines ended by CR alone? */
static bool
cr_only(struct ex_str comp)
{
	const char *cr = memchr(comp.p, '\r', comp.n);

	return cr != NULL && (cr + 1 == comp.p + comp.n || cr[1] != '\n');
}

/* Is all known that ex_ical_peek() is asked for? */
static bool
enough(const struct ex_ical_scan *out)
{
	return out->uid.p != NULL || (out->ntzid > 0 &&
	    ex_str_is(out->name, "vtimezone"));
}

static void
scan(struct ex_str comp, bool peek, struct ex_arena *a,
    struct ex_ical_scan *out)
{
	size_t pos, next, depth = 0;
	struct ex_str line;
	bool folded, every = comp.n > 0 && cr_only(comp);

	memset(out, 0, sizeof(*out));
	for (pos = 0; pos < comp.n; pos = next) {
		next = logical(comp, pos, &folded);
		line.p = comp.p + pos;
		line.n = next - pos;
		if (every || soft_break(line) || candidate(line, folded))
			next = scan_line(out, comp, pos, &depth, a);
		if (peek && enough(out))
			break;
	}
	if (out->uid.p != NULL && out->uid.n == 0)
		out->uid = EX_STR_NONE;
	out->kind = ex_kind_of_comp(out->name);
}

void
ex_ical_scan(struct ex_str comp, struct ex_arena *a,
    struct ex_ical_scan *out)
{
	scan(comp, false, a, out);
}

void
ex_ical_peek(struct ex_str comp, struct ex_arena *a,
    struct ex_ical_scan *out)
{
	scan(comp, true, a, out);
}
