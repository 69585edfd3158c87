/*
 * fileitem.c: one entry of a file of many items, decoded
 */
#include <string.h>

#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/json.h>
#include <ex/line.h>

#include "priv.h"

static void
make_bad(struct ex_found *found, struct ex_str raw, const struct ex_err *why,
    struct ex_arena *a)
{
	found->what = EX_FOUND_BAD;
	found->item = NULL;
	found->why = ex_arena_str(a, ex_str_of(why->msg));
	if (raw.n <= EX_STORE_RAW)
		found->raw = raw;
}

/* Say again what ex_lines_comp() said of it. */
static void
junk(const struct ex_filestore *f, const struct ex_file_ent *e,
    struct ex_err *why)
{
	size_t pos = (size_t)e->off;
	unsigned number = e->line, first;
	struct ex_str one;

	if (ex_lines_comp(f->spool.map, &pos, &number, &one, &first,
	    why) != -1)
		ex_err_set(why, EX_ERR_INPUT, "line %u: no item", e->line);
}

static int
from_json(struct ex_str line, const struct ex_file_ent *e,
    struct ex_arena *a, struct ex_item *item, struct ex_err *why)
{
	const struct ex_json *data;
	struct ex_json *j;
	struct ex_str as;

	if (ex_json_parse(line, a, &j, why) == -1)
		return ex_err_at(why, "line %u", e->line);
	if (j->type == EX_JSON_OBJECT &&
	    ex_str_is(ex_json_get_str(j, "rec"), "bad"))
		return ex_err_set(why, EX_ERR_INPUT, "%.*s",
		    EX_STR_ARG(ex_json_get_str(j, "why")));
	data = j->type == EX_JSON_OBJECT ? ex_json_get(j, "data") : j;
	if (data == NULL)
		return ex_err_set(why, EX_ERR_INPUT, "line %u: no data",
		    e->line);
	if (ex_item_of_json(data, a, item, why) == -1)
		return ex_err_at(why, "line %u", e->line);
	as = ex_json_get_str(j, "as");
	if (as.p != NULL)
		item->as = as;
	return 0;
}

static int
decode(const struct ex_filestore *f, uint32_t at, struct ex_str raw,
    struct ex_arena *a, struct ex_item *item, struct ex_err *why)
{
	const struct ex_file_ent *e = &f->ent[at];
	struct ex_str text;

	if (raw.n > EX_CAP_ITEM && f->form != EX_FILE_JSONL)
		return ex_err_set(why, EX_ERR_INPUT, "line %u: over %lu MiB",
		    e->line, EX_CAP_ITEM >> 20);
	if ((e->flags & EX_FILE_JUNK) != 0) {
		junk(f, e, why);
		return -1;
	}
	if (f->form == EX_FILE_JSONL)
		return from_json(raw, e, a, item, why);
	if (e->cal == EX_FILE_NONE)
		return ex_codec_decode(raw, e->line, a, item, why);
	if (ex_fileical_text(f, at, a, &text, why) == -1)
		return -1;
	if (ex_codec_decode(text, 1, a, item, why) == -1) {
		ex_fileical_place(f, at, a, why);
		return -1;
	}
	return 0;
}

void
ex_fileitem_get(struct ex_filestore *f, uint32_t at, struct ex_arena *a,
    struct ex_found *found)
{
	struct ex_str raw = ex_fileindex_text(f, &f->ent[at]);
	struct ex_item *item = ex_arena_alloc(a, sizeof(*item));
	struct ex_err why;

	*found = (struct ex_found){ .what = EX_FOUND_ITEM, .item = item };
	if (decode(f, at, raw, a, item, &why) == -1)
		make_bad(found, raw, &why, a);
	else
		found->uid = item->uid;
}
