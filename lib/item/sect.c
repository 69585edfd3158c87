/*
 * sect.c: the sections of a stream: every one counted, summed and closed
 *
 * What is refused, always: a section without its end, with another count
 * or sum, or that comes twice; parts of two streams; a line outside of the
 * sections.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/rec.h>
#include <ex/rule.h>
#include <ex/sect.h>

#define PARTS_MAX	(1U << 20)

struct section {
	struct ex_str folder;	/* absent: a part */
	unsigned part;
	bool open;
	size_t count;
	struct ex_sum sum;
};

struct ex_sect {
	const char *stream;	/* the only one allowed; NULL: any */
	unsigned flags;
	struct section **folder; /* by name */
	size_t nfolder, nopen;
	struct section *last;	/* the folder that was looked up last */
	struct section *part;	/* the open one */
	unsigned char *seen;	/* parts, by number */
	unsigned nseen, highest, parts;
	struct ex_sum begin;	/* of a begin line but for its part */
	struct ex_str parted;	/* name of the stream that has parts */
	struct ex_arena arena;	/* of all this */
};

/* Where the folder is in the table, or belongs. */
static size_t
folder_index(const struct ex_sect *in, struct ex_str name)
{
	size_t lo = 0, hi = in->nfolder, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (ex_str_cmp(in->folder[mid]->folder, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Put "folder alice: " in front. */
static int
name_section(const struct section *s, struct ex_err *err)
{
	if (s->folder.p != NULL)
		return ex_err_at(err, "folder %.*s", EX_STR_ARG(s->folder));
	return ex_err_at(err, "part %u", s->part);
}

static struct section *
find_folder(struct ex_sect *in, struct ex_str name)
{
	size_t i;

	if (in->last != NULL && ex_str_eq(in->last->folder, name))
		return in->last;
	i = folder_index(in, name);
	if (i == in->nfolder || !ex_str_eq(in->folder[i]->folder, name))
		return NULL;
	return in->last = in->folder[i];
}

static bool
folder_name(struct ex_str s)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || strchr(chars, s.p[i]) == NULL)
			return false;
	return s.n > 0 && s.n <= EX_CAP_FOLDER_NAME;
}

static int
begin_folder(struct ex_sect *in, const struct ex_rec *rec,
    struct section **out, struct ex_err *err)
{
	struct section *s;
	size_t i;

	if (!folder_name(rec->folder))
		return ex_err_set(err, EX_ERR_INPUT,
		    "begin: no proper folder name");
	if (find_folder(in, rec->folder) != NULL)
		return ex_err_set(err, EX_ERR_INPUT, "folder %.*s: "
		    "its section comes twice", EX_STR_ARG(rec->folder));
	if (in->nfolder == EX_CAP_FOLDERS)
		return ex_err_set(err, EX_ERR_INPUT, "more than %d folders",
		    EX_CAP_FOLDERS);
	i = folder_index(in, rec->folder);
	in->folder = ex_arena_grow(&in->arena, in->folder, in->nfolder,
	    sizeof(struct section *));
	memmove(in->folder + i + 1, in->folder + i,
	    (in->nfolder++ - i) * sizeof(struct section *));
	s = in->folder[i] = ex_arena_alloc(&in->arena, sizeof(*s));
	s->folder = ex_arena_str(&in->arena, rec->folder);
	*out = in->last = s;
	return 0;
}

/* A begin line's members but for `part`, which tells parts apart. */
static struct ex_sum
sum_begin(const struct ex_json *begin)
{
	struct ex_buf b = EX_BUF_INIT;
	const struct ex_json *m;
	struct ex_sum sum;

	for (m = begin->child; m != NULL; m = m->next) {
		if (ex_str_is(m->key, "part"))
			continue;
		ex_json_string(&b, m->key);
		ex_json_write(&b, m);
	}
	sum = ex_sum_of(b.p, b.n);
	ex_buf_fini(&b);
	return sum;
}

/* One stream of parts is all that may come, each part once. */
static int
check_part(struct ex_sect *in, const struct ex_rec *rec, long long k,
    struct ex_err *err)
{
	struct ex_sum sum = sum_begin(rec->json);
	struct ex_str stream = ex_json_get_str(rec->json, "stream");

	if (k < 1 || k > PARTS_MAX)
		return ex_err_set(err, EX_ERR_INPUT, "begin: no part number");
	if (in->part != NULL)
		return ex_err_set(err, EX_ERR_INPUT, "part %lld begins "
		    "before the end of part %u: the stream was cut", k,
		    in->part->part);
	if (in->parted.p == NULL) {
		in->parted = ex_arena_str(&in->arena, stream);
		in->begin = sum;
		/* Mostly untouched, so no memory is spent on it. */
		if ((in->seen = calloc(1, PARTS_MAX / 8 + 1)) == NULL)
			ex_diag_oom();
	}
	if (in->begin.lo != sum.lo || in->begin.hi != sum.hi)
		return ex_err_set(err, EX_ERR_INPUT,
		    "part %lld is not of the stream before it", k);
	if (in->seen[k / 8] >> (k % 8) & 1)
		return ex_err_set(err, EX_ERR_INPUT, "part %lld comes twice",
		    k);
	return 0;
}

static int
begin_part(struct ex_sect *in, const struct ex_rec *rec,
    struct section **out, struct ex_err *err)
{
	long long k = ex_json_get_int(rec->json, "part", 0);

	if (check_part(in, rec, k, err) == -1)
		return -1;
	in->seen[k / 8] = (unsigned char)(in->seen[k / 8] | 1 << (k % 8));
	in->nseen++;
	if ((unsigned)k > in->highest)
		in->highest = (unsigned)k;
	in->part = ex_arena_alloc(&in->arena, sizeof(*in->part));
	in->part->part = (unsigned)k;
	*out = in->part;
	return 0;
}

static int
begin_section(struct ex_sect *in, const struct ex_rec *rec,
    struct ex_err *err)
{
	static const char *const streams[] = { "items", "changes", "plan",
	    "results" };
	struct ex_str stream = ex_json_get_str(rec->json, "stream");
	struct section *s;
	size_t i;

	for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		if (ex_str_is(stream, streams[i]))
			break;
	if (i == sizeof(streams) / sizeof(streams[0]))
		return ex_err_set(err, EX_ERR_INPUT,
		    "begin: no stream that is known");
	if (in->stream != NULL && !ex_str_is(stream, in->stream))
		return ex_err_set(err, EX_ERR_INPUT,
		    "a stream of %s, not of %s", streams[i], in->stream);
	if (ex_json_get_int(rec->json, "form", 0) != 1)
		return ex_err_set(err, EX_ERR_INPUT,
		    "begin: not in form 1, which is all that this program "
		    "reads");
	if ((i == 0 ? begin_folder : begin_part)(in, rec, &s, err) == -1)
		return -1;
	s->open = true;
	in->nopen++;
	ex_sum_line(&s->sum, rec->line.p, rec->line.n);
	return 0;
}

/* Does a line of that type stand in a part of this stream? */
static bool
in_parts(enum ex_rec_type type, struct ex_str stream)
{
	switch (type) {
	case EX_REC_CHANGE:
		return ex_str_is(stream, "changes");
	case EX_REC_NOTE:
		return ex_str_is(stream, "changes") ||
		    ex_str_is(stream, "plan");
	case EX_REC_PLAN:
		return ex_str_is(stream, "plan");
	case EX_REC_TAKEN:
	case EX_REC_DONE:
	case EX_REC_FAILED:
	case EX_REC_CONFLICT:
		return ex_str_is(stream, "results");
	case EX_REC_BEGIN:
	case EX_REC_END:
	case EX_REC_ITEM:
	case EX_REC_KEPT:
	case EX_REC_GONE:
	case EX_REC_HIDDEN:
	case EX_REC_BAD:
		break;
	}
	return false;
}

/* The open section that a line or an end belongs to. */
static int
section_of(struct ex_sect *in, const struct ex_rec *rec,
    struct section **out, struct ex_err *err)
{
	const char *name = ex_rec_name_of(rec->type);
	bool part = rec->type == EX_REC_END ? rec->folder.p == NULL :
	    rec->type > EX_REC_BAD;

	*out = part ? in->part : find_folder(in, rec->folder);
	if (*out == NULL && part)
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s: no part is open here", name);
	if (*out == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "folder %.*s: %s: "
		    "no section of this folder", rec->folder.n > 64 ? 64 :
		    (int)rec->folder.n, rec->folder.p, name);
	if (!(*out)->open)
		return ex_err_set(err, EX_ERR_INPUT, "folder %.*s: %s: "
		    "behind the end of its section",
		    EX_STR_ARG(rec->folder), name);
	if (part && rec->type != EX_REC_END &&
	    !in_parts(rec->type, in->parted))
		return ex_err_set(err, EX_ERR_INPUT,
		    "%s: not in a stream of %.*s", name,
		    EX_STR_ARG(in->parted));
	return 0;
}

void
ex_rec_sum_end(struct ex_sum *sum, const struct ex_json *end)
{
	static const char *const apart[] = { "rec", "part", "folder", "count",
	    "sum" };
	struct ex_buf b = EX_BUF_INIT;
	const struct ex_json *j;
	size_t i;

	for (j = end->child; j != NULL; j = j->next) {
		for (i = 0; i < 5 && !ex_str_is(j->key, apart[i]); i++)
			;
		if (i < 5)
			continue;
		ex_buf_putc(&b, ',');
		ex_json_string(&b, j->key);
		ex_buf_putc(&b, ':');
		ex_json_write(&b, j);
	}
	if (b.n > 0)
		ex_sum_line(sum, b.p, b.n);
	ex_buf_fini(&b);
}

static int
check_sum(const struct section *s, const struct ex_rec *rec,
    struct ex_err *err)
{
	long long count = ex_json_get_int(rec->json, "count", -1);
	struct ex_sum sum = s->sum;
	char hex[EX_SUM_HEX];

	if (count < 0)
		return ex_err_set(err, EX_ERR_INPUT, "end: no count");
	if (s->count < (size_t)count)
		return ex_err_set(err, EX_ERR_INPUT,
		    "the stream was cut: %zu lines of %lld", s->count, count);
	if (s->count > (size_t)count)
		return ex_err_set(err, EX_ERR_INPUT,
		    "the stream was changed: %zu lines, its end says %lld",
		    s->count, count);
	ex_rec_sum_end(&sum, rec->json);
	ex_sum_hex(&sum, hex);
	if (!ex_str_is(ex_json_get_str(rec->json, "sum"), hex))
		return ex_err_set(err, EX_ERR_INPUT, "the stream was "
		    "changed: its lines are not those that end sums");
	return 0;
}

static int
end_part(struct ex_sect *in, const struct ex_rec *rec, struct section *s,
    struct ex_err *err)
{
	long long parts = ex_json_get_int(rec->json, "parts", 0);

	if (ex_json_get_int(rec->json, "part", s->part) != s->part)
		return ex_err_set(err, EX_ERR_INPUT, "the end of another "
		    "part: the stream was cut");
	in->part = NULL;
	if (ex_json_get(rec->json, "parts") == NULL)
		return 0;
	if (parts < 1 || parts > PARTS_MAX || in->parts != 0)
		return ex_err_set(err, EX_ERR_INPUT,
		    "end: a second or no proper number of parts");
	in->parts = (unsigned)parts;
	return 0;
}

static int
end_section(struct ex_sect *in, const struct ex_rec *rec,
    struct section *s, struct ex_err *err)
{
	s->open = false;
	in->nopen--;
	if (s->folder.p == NULL && end_part(in, rec, s, err) == -1)
		return -1;
	return in->flags & EX_REC_LOOSE ? 0 : check_sum(s, rec, err);
}

int
ex_sect_at(const struct ex_sect *in, struct ex_err *err)
{
	if (in->part != NULL)
		return ex_err_at(err, "part %u", in->part->part);
	if (in->nopen == 1 && in->last != NULL && in->last->open)
		return ex_err_at(err, "folder %.*s",
		    EX_STR_ARG(in->last->folder));
	return -1;
}

int
ex_sect_line(struct ex_sect *in, const struct ex_rec *rec, struct ex_err *err)
{
	struct section *s = NULL;

	if (rec->type == EX_REC_BEGIN)
		return begin_section(in, rec, err);
	if (section_of(in, rec, &s, err) == -1)
		return -1;
	if (rec->type == EX_REC_END)
		return end_section(in, rec, s, err) == -1 ?
		    name_section(s, err) : 0;
	s->count++;
	ex_sum_line(&s->sum, rec->line.p, rec->line.n);
	return 0;
}

/* No section may be open. */
static int
check_closed(const struct ex_sect *in, struct ex_err *err)
{
	const struct section *s = in->part;
	size_t i;

	for (i = 0; s == NULL && i < in->nfolder; i++)
		if (in->folder[i]->open)
			s = in->folder[i];
	if (s == NULL || !EX_RULE("end"))
		return 0;
	ex_err_set(err, EX_ERR_INPUT, "the stream was cut: no end record");
	return name_section(s, err);
}

/* Has every part come? */
static int
check_parts(const struct ex_sect *in, struct ex_err *err)
{
	unsigned k = 1;

	if (in->parts != 0 && in->highest > in->parts)
		return ex_err_set(err, EX_ERR_INPUT, "part %u, and an end "
		    "says that there are %u", in->highest, in->parts);
	if (!(in->flags & EX_REC_WHOLE))
		return 0;
	if (in->parts == 0)
		return ex_err_set(err, EX_ERR_INPUT,
		    "the stream was cut: its last part is missing");
	if (in->nseen == in->parts)
		return 0;
	while (in->seen[k / 8] >> (k % 8) & 1)
		k++;
	return ex_err_set(err, EX_ERR_INPUT,
	    "the stream was cut: part %u of %u is missing", k, in->parts);
}

int
ex_sect_end(const struct ex_sect *in, bool all, struct ex_err *err)
{
	if (check_closed(in, err) == -1)
		return -1;
	if (!all)
		return 0;
	if (in->folder == NULL && in->parted.p == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "the stream was cut: no begin record");
	return in->parted.p == NULL ? 0 : check_parts(in, err);
}

struct ex_sect *
ex_sect_new(const char *stream, unsigned flags)
{
	struct ex_sect *in = calloc(1, sizeof(*in));

	if (in == NULL)
		ex_diag_oom();
	in->stream = stream;
	in->flags = flags;
	return in;
}

void
ex_sect_free(struct ex_sect *in)
{
	if (in == NULL)
		return;
	ex_arena_free(&in->arena);
	free(in->seen);
	free(in);
}
