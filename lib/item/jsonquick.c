/*
 * jsonquick.c: JSON as our programs write it to a tree, in one pass
 *
 * The text is copied into the arena once, and strings are slices of the
 * copy, decoded where they stand: no string is longer decoded.  What is not
 * plain (a blank, \u, an error of any kind) is left to json.c, so that
 * there is one opinion on what JSON is; what both take is the same tree.
 * cJSON allocates each node and each string, and takes ten times as long.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/cap.h>

#include "jsonpriv.h"

struct quick {
	struct ex_arena *a;
	char *p;
	const char *end;	/* where a NUL stands */
	unsigned depth;
	size_t nodes;		/* as json.c counts them */
};

static struct ex_json	*value(struct quick *q);

/* What a backslash and c stand for; NUL: something for json.c. */
static char
unescape(char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
		return c;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	}
	return '\0';
}

/* From the opening quote to behind the closing one. */
static bool
string(struct quick *q, struct ex_str *out)
{
	char *p = q->p + 1, *start = p, *to = p, c;
	size_t n = ex_json_plain(p, (size_t)(q->end - p));

	p += n;
	to += n;
	while (*p == '\\') {
		if ((c = unescape(p[1])) == '\0')
			return false;
		*to++ = c;
		p += 2;
		n = ex_json_plain(p, (size_t)(q->end - p));
		memmove(to, p, n);
		p += n;
		to += n;
	}
	if (*p != '"')
		return false;
	*to = '\0';
	*out = (struct ex_str){ start, (size_t)(to - start) };
	q->p = p + 1;
	return true;
}

/* A member's key and its colon. */
static bool
key(struct quick *q, struct ex_str *out)
{
	return *q->p == '"' && string(q, out) && *q->p++ == ':';
}

/* From the opening bracket to behind the closing one. */
static bool
children(struct quick *q, struct ex_json *j)
{
	const char close = j->type == EX_JSON_OBJECT ? '}' : ']';
	struct ex_json **tail = &j->child;
	struct ex_str name = EX_STR_NONE;
	size_t n = 0;

	if (++q->depth > EX_CAP_JSON_DEPTH)
		return false;
	q->nodes++;
	if (*++q->p != close)
		do {
			if ((j->type == EX_JSON_OBJECT && !key(q, &name)) ||
			    (*tail = value(q)) == NULL)
				return false;
			(*tail)->key = name;
			tail = &(*tail)->next;
			/* one too many must not cost what all would */
			q->nodes += n++ > 0;
			if (q->nodes > EX_CAP_JSON_NODES)
				return false;
		} while (*q->p++ == ',');
	else
		q->p++;
	q->depth--;
	return q->p[-1] == close && (j->type == EX_JSON_ARRAY ||
	    json_doubled_key(j, n, q->a).p == NULL);
}

static bool
word(struct quick *q, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(q->end - q->p) < n || memcmp(q->p, s, n) != 0)
		return false;
	q->p += n;
	return true;
}

static bool
number(struct quick *q, struct ex_str *out)
{
	size_t n = json_number_length(q->p, q->end);

	*out = ex_arena_str(q->a, (struct ex_str){ q->p, n });
	q->p += n;
	return n > 0;
}

static struct ex_json *
value(struct quick *q)
{
	struct ex_json *j = ex_arena_alloc(q->a, sizeof(*j));
	bool good;

	switch (*q->p) {
	case '"':
		j->type = EX_JSON_STRING;
		good = string(q, &j->text);
		break;
	case '[':
		j->type = EX_JSON_ARRAY;
		good = children(q, j);
		break;
	case '{':
		j->type = EX_JSON_OBJECT;
		good = children(q, j);
		break;
	case 't':
		j->type = EX_JSON_TRUE;
		good = word(q, "true");
		break;
	case 'f':
		j->type = EX_JSON_FALSE;
		good = word(q, "false");
		break;
	case 'n':
		good = word(q, "null");
		break;
	default:
		j->type = EX_JSON_NUMBER;
		good = number(q, &j->text);
	}
	return good ? j : NULL;
}

struct ex_json *
json_quick(struct ex_str text, struct ex_arena *a)
{
	struct quick q = { a, ex_arena_bytes(a, text.n + 1), NULL, 0, 0 };
	struct ex_json *j;

	if (!ex_json_utf8(text))
		return NULL;
	memcpy(q.p, text.p, text.n);
	q.p[text.n] = '\0';
	q.end = q.p + text.n;
	j = value(&q);
	return q.p == q.end && q.nodes <= EX_CAP_JSON_NODES ? j : NULL;
}
