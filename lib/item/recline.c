/*
 * recline.c: one line of a stream by its members
 *
 * Two ways with one answer.  Lines as our programs write them are read by
 * their first members: strings are slices of the line, an item's `data` is
 * only looked over for its end.  Everything else (blanks, `data` that is not
 * the last member, a member that is missed) is parsed whole.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/rec.h>
#include <ex/scan.h>

static const char *const names[] = {
	[EX_REC_BEGIN] = "begin",
	[EX_REC_END] = "end",
	[EX_REC_ITEM] = "item",
	[EX_REC_KEPT] = "kept",
	[EX_REC_GONE] = "gone",
	[EX_REC_HIDDEN] = "hidden",
	[EX_REC_BAD] = "bad",
	[EX_REC_CHANGE] = "change",
	[EX_REC_NOTE] = "note",
	[EX_REC_PLAN] = "plan",
	[EX_REC_TAKEN] = "taken",
	[EX_REC_DONE] = "done",
	[EX_REC_FAILED] = "failed",
	[EX_REC_CONFLICT] = "conflict",
};
#define NNAMES	(sizeof(names) / sizeof(names[0]))

const char *
ex_rec_name_of(enum ex_rec_type type)
{
	return names[type];
}

static bool
find_type(struct ex_str s, enum ex_rec_type *type)
{
	static const enum ex_rec_type often = EX_REC_ITEM;
	size_t i;

	if (ex_str_is(s, names[often])) {
		*type = often;
		return true;
	}
	for (i = 0; i < NNAMES; i++)
		if (ex_str_is(s, names[i])) {
			*type = (enum ex_rec_type)i;
			return true;
		}
	return false;
}

/* Where the member of that name goes; NULL: it is none of ours. */
static struct ex_str *
slot(struct ex_rec *rec, struct ex_str key)
{
	switch (key.n) {
	case 2:
		return memcmp(key.p, "id", 2) == 0 ? &rec->id :
		    memcmp(key.p, "as", 2) == 0 ? &rec->as : NULL;
	case 3:
		return memcmp(key.p, "rev", 3) == 0 ? &rec->rev :
		    memcmp(key.p, "uid", 3) == 0 ? &rec->uid :
		    memcmp(key.p, "why", 3) == 0 ? &rec->why : NULL;
	case 4:
		return memcmp(key.p, "hash", 4) == 0 ? &rec->hash :
		    memcmp(key.p, "kind", 4) == 0 ? &rec->kind :
		    memcmp(key.p, "mark", 4) == 0 ? &rec->mark : NULL;
	case 5:
		return memcmp(key.p, "entry", 5) == 0 ? &rec->entry : NULL;
	case 6:
		return memcmp(key.p, "folder", 6) == 0 ? &rec->folder : NULL;
	}
	return NULL;
}

/* A line on the short way. */
struct cursor {
	const char *p, *end;	/* *end is the brace that closes the line */
	struct ex_arena *a;
};

/* Behind the string that opens at p; NULL: it does not end. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end; p += 2) {
		p += ex_json_plain(p, (size_t)(end - p));
		if (p < end && *p == '"')
			return p + 1;
		if (p >= end || *p != '\\')
			return NULL;
	}
	return NULL;
}

/* Behind the value at p, whatever it is; NULL: it does not end. */
static const char *
skip_value(const char *p, const char *end)
{
	size_t depth = 0;

	while (p < end) {
		switch (*p) {
		case '"':
			if ((p = skip_string(p, end)) == NULL)
				return NULL;
			break;
		case '[':
		case '{':
			depth++;
			p++;
			break;
		case ']':
		case '}':
			if (depth == 0)
				return NULL;
			depth--;
			p++;
			break;
		default:
			if ((unsigned char)*p <= ' ')
				return NULL;
			p++;
		}
		if (depth == 0 && (p == end || *p == ','))
			return p;
	}
	return NULL;
}

/* A string at the cursor: a slice, or decoded in the arena. */
static bool
take_string(struct cursor *c, struct ex_str *out)
{
	const char *p = c->p + 1, *end;
	struct ex_json *j;
	struct ex_err err;
	size_t left = (size_t)(c->end - p), n = ex_scan(p, left, EX_SCAN_ODD);
	bool ascii = n < left && p[n] == '"';

	if (!ascii)
		n += ex_json_plain(p + n, left - n);
	if (n < left && p[n] == '"') {
		*out = (struct ex_str){ p, n };
		c->p = p + n + 1;
		return ascii || ex_json_utf8(*out);
	}
	if ((end = skip_string(c->p, c->end)) == NULL ||
	    ex_json_parse((struct ex_str){ c->p, (size_t)(end - c->p) },
	    c->a, &j, &err) == -1)
		return false;
	*out = j->text;
	c->p = end;
	return true;
}

static bool
take_key(struct cursor *c, struct ex_str *key)
{
	const char *p = c->p;

	if (p >= c->end || *p++ != '"')
		return false;
	key->p = p;
	while (p < c->end && *p >= ' ' && *p < 0x7f && *p != '"' &&
	    *p != '\\')
		p++;
	key->n = (size_t)(p - key->p);
	if (c->end - p < 2 || p[0] != '"' || p[1] != ':')
		return false;
	c->p = p + 2;
	return true;
}

/*
 * Does another member follow "]]" at p, as it does where `data` is not the
 * last?  In a jCard or jCal a string stands there only in a value of many
 * structured ones, which then takes the long way.
 */
static bool
follows(const char *p, const char *end)
{
	p += 2;
	if (p < end && *p == ',')
		p++;
	return p < end && (*p == '"' || (unsigned char)*p <= ' ');
}

/* Is `data`, which reaches to end, all that is there? */
static bool
alone(const char *p, const char *end)
{
	while ((p += ex_scan_twice(p, (size_t)(end - p), ']')) < end) {
		if (follows(p, end))
			return false;
		p++;
	}
	return true;
}

/*
 * An item's `data` at the cursor, with all else read.  A jCard or jCal ends
 * in "]]"; so does the line, if nothing follows.
 */
static bool
take_data(struct cursor *c, struct ex_rec *rec)
{
	if (*c->p != '[' || c->end - c->p < 4 ||
	    memcmp(c->end - 2, "]]", 2) != 0 || rec->folder.p == NULL ||
	    rec->id.p == NULL || rec->hash.p == NULL ||
	    rec->kind.p == NULL || !alone(c->p, c->end))
		return false;
	rec->data = (struct ex_str){ c->p, (size_t)(c->end - c->p) };
	c->p = c->end;
	return true;
}

static bool
take_member(struct cursor *c, struct ex_rec *rec)
{
	struct ex_str key, *to;

	if (!take_key(c, &key) || c->p >= c->end)
		return false;
	if (ex_str_is(key, "data"))
		return rec->type == EX_REC_ITEM && take_data(c, rec);
	to = slot(rec, key);
	if (to != NULL && to->p != NULL)
		return false;
	if (to != NULL && *c->p == '"')
		return take_string(c, to);
	if (ex_str_is(key, "rec") || (to != NULL && (c->end - c->p < 4 ||
	    memcmp(c->p, "null", 4) != 0)))
		return false;
	return (c->p = skip_value(c->p, c->end)) != NULL;
}

static bool
parse_prefix(struct ex_str line, struct ex_arena *a, struct ex_rec *rec)
{
	static const char head[] = "{\"rec\":";
	struct cursor c = { line.p + sizeof(head) - 1,
	    line.p + line.n - 1, a };
	struct ex_str type;

	if (line.n < sizeof(head) + 2 || *c.end != '}' ||
	    memcmp(line.p, head, sizeof(head) - 1) != 0 || *c.p != '"' ||
	    !take_string(&c, &type) || !find_type(type, &rec->type) ||
	    rec->type == EX_REC_BEGIN || rec->type == EX_REC_END)
		return false;
	while (c.p < c.end) {
		if (*c.p++ != ',' || !take_member(&c, rec))
			return false;
	}
	return rec->type != EX_REC_ITEM || rec->data.p != NULL;
}

static struct ex_str
rewritten(const struct ex_json *j, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	ex_json_write(&b, j);
	s = b.over ? EX_STR_NONE : ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

static int
parse_whole(struct ex_str line, struct ex_arena *a, struct ex_rec *rec,
    struct ex_err *err)
{
	const struct ex_json *m;
	struct ex_json *j;
	struct ex_str *to, type;

	if (ex_json_parse(line, a, &j, err) == -1)
		return -1;
	type = ex_json_get_str(j, "rec");
	if (type.p == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "no record");
	if (!find_type(type, &rec->type))
		return ex_err_set(err, EX_ERR_INPUT,
		    "no record is called \"%.*s\"",
		    (int)(type.n > 32 ? 32 : type.n), type.p);
	for (m = j->child; m != NULL; m = m->next) {
		if ((to = slot(rec, m->key)) != NULL &&
		    m->type != EX_JSON_NULL) {
			if (m->type != EX_JSON_STRING)
				return ex_err_set(err, EX_ERR_INPUT,
				    "%.*s: no string", EX_STR_ARG(m->key));
			*to = m->text;
		}
		if (rec->type == EX_REC_ITEM && ex_str_is(m->key, "data"))
			rec->data = rewritten(m, a);
	}
	if (rec->type == EX_REC_BEGIN || rec->type == EX_REC_END)
		rec->json = j;
	return 0;
}

static int
miss(struct ex_str s, const char *name, struct ex_err *err)
{
	if (s.p == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "no %s", name);
	return 0;
}

/* What each type cannot be without. */
static int
check(const struct ex_rec *rec, struct ex_err *err)
{
	if (rec->id.n > EX_CAP_ID || rec->rev.n > EX_CAP_ID ||
	    rec->uid.n > EX_CAP_ID || rec->mark.n > EX_CAP_ID ||
	    rec->entry.n > EX_CAP_ID)
		return ex_err_set(err, EX_ERR_INPUT, "id, rev, uid, mark or "
		    "entry is over %d bytes", EX_CAP_ID);
	switch (rec->type) {
	case EX_REC_BEGIN:
	case EX_REC_END:
		return 0;
	case EX_REC_ITEM:
		if (miss(rec->kind, "kind", err) == -1 ||
		    miss(rec->data, "data", err) == -1)
			return -1;
		/* FALLTHROUGH */
	case EX_REC_KEPT:
	case EX_REC_GONE:
	case EX_REC_HIDDEN:
	case EX_REC_BAD:
	case EX_REC_NOTE:
		if (miss(rec->id, "id", err) == -1)
			return -1;
		return miss(rec->folder, "folder", err);
	case EX_REC_DONE:
	case EX_REC_FAILED:
		if (miss(rec->folder, "folder", err) == -1)
			return -1;
		/* FALLTHROUGH */
	case EX_REC_CHANGE:
	case EX_REC_PLAN:
	case EX_REC_TAKEN:
	case EX_REC_CONFLICT:
		return miss(rec->uid, "uid", err);
	}
	return 0;
}

int
ex_rec_parse(struct ex_str line, struct ex_arena *a, struct ex_rec *rec,
    struct ex_err *err)
{
	static const struct ex_rec none = { .type = EX_REC_BEGIN };

	*rec = none;
	rec->line = line;
	if (!parse_prefix(line, a, rec)) {
		*rec = none;
		rec->line = line;
		if (parse_whole(line, a, rec, err) == -1)
			return -1;
	}
	return check(rec, err);
}
