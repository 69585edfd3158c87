/*
 * filejson.c: a .jsonl file: an item stream, or a jCard or jCal a line
 *
 * Which of them its first line says.  A stream that is cut is refused as
 * everywhere, so it can only be read; lines of plain items are written too.
 */
#include <stdio.h>
#include <string.h>

#include <ex/cap.h>
#include <ex/json.h>
#include <ex/rec.h>

#include "priv.h"

static void
add(struct ex_filestore *f, struct ex_str line, size_t number,
    enum ex_kind kind, struct ex_str uid, unsigned flags)
{
	struct ex_file_ent e = { .cal = EX_FILE_NONE,
	    .line = (uint32_t)number, .len = line.n,
	    .off = (uint64_t)(line.p - f->spool.map.p),
	    .kind = (uint8_t)kind, .flags = (uint8_t)flags };

	e.rev = ex_sum_of(line.p, line.n);
	ex_fileindex_put(f, ex_fileindex_add(f, &e), uid);
}

/* The message names the descriptor: put our own name in its place. */
static int
placed(const struct ex_filestore *f, const char *path, struct ex_arena *a,
    struct ex_err *err)
{
	size_t n = strlen(path);
	struct ex_str rest;

	if (strncmp(err->msg, path, n) != 0 || err->msg[n] != ':')
		return ex_err_at(err, "%s", f->place.p);
	rest = ex_arena_str(a, ex_str_of(err->msg + n));
	return ex_err_set(err, err->code, "%s%s", f->place.p, rest.p);
}

static int
one_rec(struct ex_filestore *f, const struct ex_rec *rec, struct ex_err *err)
{
	struct ex_str line = { f->spool.map.p + rec->offset, rec->line.n };

	switch (rec->type) {
	case EX_REC_ITEM:
		add(f, line, rec->lineno, ex_kind_of(rec->kind), rec->uid,
		    0);
		return 0;
	case EX_REC_BAD:
		add(f, line, rec->lineno, EX_KIND_NONE, rec->uid, 0);
		return 0;
	case EX_REC_KEPT:
	case EX_REC_GONE:
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s:%zu: not a listing in full", f->place.p,
		    rec->lineno);
	case EX_REC_BEGIN:
	case EX_REC_END:
	case EX_REC_HIDDEN:
	case EX_REC_CHANGE:
	case EX_REC_NOTE:
	case EX_REC_PLAN:
	case EX_REC_TAKEN:
	case EX_REC_DONE:
	case EX_REC_FAILED:
	case EX_REC_CONFLICT:
		return 0;
	}
	return 0;
}

static int
index_stream(struct ex_filestore *f, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_rec_in *in;
	struct ex_rec rec;
	const char *list[1];
	char path[32];
	int got;

	snprintf(path, sizeof(path), "/dev/fd/%d", f->spool.fd);
	list[0] = path;
	if (ex_rec_open(&in, list, 1, "items", EX_REC_SPOOL, err) == -1)
		return placed(f, path, &f->scratch, err);
	while ((got = ex_rec_next(in, &a, &rec, err)) == 1) {
		if (rec.offset + rec.line.n > f->spool.map.n ||
		    one_rec(f, &rec, err) == -1) {
			got = -2;
			break;
		}
		ex_arena_reset(&a);
		ex_arena_reset(&f->scratch);
	}
	if (got == -1)
		placed(f, path, &f->scratch, err);
	ex_rec_close(in);
	ex_arena_free(&a);
	return got < 0 ? -1 : 0;
}

static void
plain_line(struct ex_filestore *f, struct ex_str line, size_t number)
{
	struct ex_item item;
	struct ex_err ignored;

	ex_arena_reset(&f->scratch);
	if (line.n > EX_CAP_RECORD ||
	    ex_item_parse(line, &f->scratch, &item, &ignored) == -1)
		add(f, line, number, EX_KIND_NONE, EX_STR_NONE, 0);
	else
		add(f, line, number, item.kind, item.uid, 0);
}

int
ex_filejson_index(struct ex_filestore *f, struct ex_err *err)
{
	struct ex_str text = f->spool.map, line;
	size_t pos, number = 0;
	const char *end;

	for (pos = 0; pos < text.n; pos += line.n + 1) {
		line = (struct ex_str){ text.p + pos, text.n - pos };
		if ((end = memchr(line.p, '\n', line.n)) != NULL)
			line.n = (size_t)(end - line.p);
		number++;
		if (line.n == 0 || (line.n == 1 && line.p[0] == '\r'))
			continue;
		if (f->nent == 0 && line.p[0] == '{') {
			f->stream = true;
			return index_stream(f, err);
		}
		plain_line(f, line, number);
	}
	return 0;
}
