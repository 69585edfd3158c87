/*
 * line.h: content lines, shared by vCard 2.1, 3.0, 4.0, iCalendar, vCalendar
 *
 * The only code that touches foreign bytes.  Reading: line ends CRLF, LF or
 * CR, a BOM, folding (RFC 6350 3.2; in 2.1 also quoted-printable's soft
 * breaks and base64 without a blank), groups, quoted parameters, RFC 6868,
 * bare parameters of 2.1.  Nothing is decoded that the codec above must
 * decide on: the value is raw bytes, unfolded.
 */
#ifndef EX_LINE_H
#define EX_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <ex/scan.h>
#include <ex/str.h>

struct ex_arena;
struct ex_buf;
struct ex_err;

struct ex_line_param {
	struct ex_str name;	/* lower case; a bare one of 2.1: absent */
	struct ex_str *value;	/* unquoted, RFC 6868 decoded */
	size_t nvalue;
};

struct ex_line {
	unsigned number;	/* of its first physical line, from 1 */
	struct ex_str group;	/* as written; absent: none */
	struct ex_str name;	/* lower case */
	struct ex_line_param *param;
	size_t nparam;
	struct ex_str value;	/* raw, unfolded */
};

/* A place in a text, between two lines. */
struct ex_lines {
	struct ex_str text;
	size_t pos;
	unsigned number;	/* of the line at pos */
};

/* number: what the first line of text is called. */
void	 ex_lines_init(struct ex_lines *in, struct ex_str text,
	    unsigned number);

/*
 * The next line, in the arena where it had to be put together, else in
 * text itself.  Empty lines are passed over.  1; 0 at the end; -1: no
 * content line, or over a cap: "line 7: problem".
 */
int	 ex_lines_next(struct ex_lines *in, struct ex_arena *a,
	    struct ex_line *line, struct ex_err *err);

/*
 * The next top-level component (BEGIN:X to its END:X, whatever is nested)
 * of text at *pos, found without reading the lines between: for files of
 * many items.  Blank lines and a BOM before it are passed over.  *number
 * is the line at *pos, kept up, *first that of the component found.  1; 0
 * at the end; -1: junk before it, or it has no end; then *one is what was
 * passed over, up to the next line that begins a component at that level
 * again, and the next call goes on there.
 */
int	 ex_lines_comp(struct ex_str text, size_t *pos, unsigned *number,
	    struct ex_str *one, unsigned *first, struct ex_err *err);

/* The line at pos, without its end; returns where the next one begins. */
static inline size_t
ex_line_physical(struct ex_str text, size_t pos, struct ex_str *line)
{
	line->p = text.p + pos;
	line->n = ex_scan(line->p, text.n - pos, EX_SCAN_EOL);
	pos += line->n;
	if (pos < text.n)
		pos += text.p[pos] == '\r' && pos + 1 < text.n &&
		    text.p[pos + 1] == '\n' ? 2 : 1;
	return pos;
}

/*
 * Is the next line all in one piece, as most are, and neither empty nor over
 * 128 bytes?  Then *line is it, and *next where the one behind it begins.
 */
static inline bool
ex_lines_whole(const struct ex_lines *in, struct ex_str *line, size_t *next)
{
	char c;

	if (in->pos >= in->text.n)
		return false;
	*next = ex_line_physical(in->text, in->pos, line);
	if (line->n == 0 || line->n > 128 || line->p[line->n - 1] == '=' ||
	    line->p[0] == ' ' || line->p[0] == '\t')
		return false;
	c = *next < in->text.n ? in->text.p[*next] : 'x';
	return c != ' ' && c != '\t' && c != '\r' && c != '\n';
}

/* ex_lines_next() for what ex_lines_whole() has found. */
int	 ex_lines_take(struct ex_lines *in, struct ex_str whole, size_t next,
	    struct ex_arena *a, struct ex_line *line, struct ex_err *err);

/*
 * Can it be a name in jCard or jCal (itemjson.c looks again), of a property,
 * a parameter or a type, and be written?
 */
bool	 ex_line_is_name(struct ex_str s);

/* Without blanks and tabs at both ends. */
struct ex_str	 ex_line_trim(struct ex_str s);
/*
 * Does s begin with lit, which is lower case, whatever the case of s?  Here,
 * so that the compiler knows lit; most lines differ in their first byte.
 */
static inline bool
ex_line_starts(struct ex_str s, const char *lit)
{
	size_t i, n = strlen(lit);

	if (s.n < n)
		return false;
	for (i = 0; i < n; i++)
		if ((lit[i] >= 'a' && lit[i] <= 'z' ? s.p[i] | 0x20 :
		    s.p[i]) != lit[i])
			return false;
	return true;
}

/*
 * Writing: put GROUP.NAME;PARAM=value... and a raw value into b as content
 * lines of at most 75 octets, CRLF, never folded inside a UTF-8 sequence.
 * Between start and end the caller appends to b what the line holds;
 * ex_line_end() folds it in place.
 */
size_t	 ex_line_start(struct ex_buf *b);
void	 ex_line_end(struct ex_buf *b, size_t start);

/* ;NAME=value[,value] with quotes and RFC 6868 where needed. */
void	 ex_line_param_write(struct ex_buf *b, struct ex_str name,
	    const struct ex_str *value, size_t nvalue);

/*
 * The raw text from here to the END:name that closes what a BEGIN:name has
 * opened before it (2.1's AGENT), that line too, line ends made LF, and go
 * on behind it.  -1: there is none, nothing is read.
 */
int	 ex_lines_raw(struct ex_lines *in, const char *name,
	    struct ex_arena *a, struct ex_str *out);

/* \n \, \; \\ undone (RFC 5545 3.3.11); other backslashes stay. */
struct ex_str	 ex_line_unescape(struct ex_str raw, struct ex_arena *a);
void	 ex_line_escape(struct ex_buf *b, struct ex_str text);

/*
 * Split at unescaped sep into parts, in place, still escaped.  Returns how
 * many; parts is in the arena.
 */
size_t	 ex_line_split(struct ex_str raw, char sep, struct ex_arena *a,
	    struct ex_str **parts);

/*
 * RFC 2045 6.7 and 6.8.  Base64: blanks and line ends are passed over, -1
 * if something else is in the way.  Quoted-printable: what is no escape
 * stays as it is, so nothing can fail.
 */
void	 ex_line_qp_decode(struct ex_str raw, struct ex_arena *a,
	    struct ex_str *out);
int	 ex_line_base64_decode(struct ex_str raw, struct ex_arena *a,
	    struct ex_str *out);
void	 ex_line_base64_encode(struct ex_buf *b, struct ex_str bytes);

#endif
