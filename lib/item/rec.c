/*
 * rec.c: streams read: inputs to lines, lines to records
 *
 * An input is read into a buffer that grows with its longest line: once
 * through a mapped file would cost a page fault for every few pages.  Only
 * what is read again, by offset (EX_REC_SPOOL), is looked at in a map.  A
 * line that does not end is refused; sect.c says what is complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/rec.h>
#include <ex/sect.h>
#include <ex/spool.h>

#define READ_SIZE	((size_t)256 << 10)

/* One input. */
struct source {
	const char *name;	/* for messages */
	struct ex_spool spool;	/* fd -1: not used */
	size_t base;		/* offset of its first byte */
	size_t pos;		/* of the next line, from base */
	size_t lineno;		/* of the last line */
};

struct ex_rec_in {
	const char *const *path;
	size_t npath, next;	/* the one to be opened next */
	unsigned flags;
	size_t all;		/* bytes, 0: not known */

	struct source *source;
	size_t nsource;		/* opened; the last is read from */

	int fd;			/* of what is not spooled, or -1 */
	struct ex_buf buf;	/* from pos on */
	size_t used;		/* bytes of it that were handed out */
	bool end;		/* nothing more comes from it */

	struct ex_sect *sect;
	struct ex_arena arena;	/* of all this */
};

static const char *const dash[] = { "-" };

/* Put "stdin:42: " in front; lineno may be 0. */
static int
at(const struct ex_rec_in *in, size_t lineno, struct ex_err *err)
{
	const char *name = in->source[in->nsource - 1].name;

	if (lineno == 0)
		return ex_err_at(err, "%s", name);
	return ex_err_at(err, "%s:%zu", name, lineno);
}

static int
open_path(const char *path, struct ex_err *err)
{
	int fd = STDIN_FILENO;

	if (strcmp(path, "-") != 0 &&
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		ex_err_set(err, errno == ENOENT ? EX_ERR_GONE :
		    EX_ERR_SYSTEM, "%s:", path);
	return fd;
}

static void
close_input(struct ex_rec_in *in)
{
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	in->fd = -1;
}

static int
open_source(struct ex_rec_in *in, struct ex_err *err)
{
	const char *path = in->path[in->next];
	struct source *s, *before;

	in->source = ex_arena_grow(&in->arena, in->source, in->nsource,
	    sizeof(*in->source));
	s = &in->source[in->nsource];
	s->name = strcmp(path, "-") == 0 ? "stdin" : path;
	s->spool.fd = -1;
	before = in->nsource > 0 ? s - 1 : NULL;
	s->base = before == NULL ? 0 : before->base + before->pos;
	in->next++;
	in->nsource++;
	in->end = false;
	in->used = 0;
	ex_buf_clear(&in->buf);
	if (in->flags & EX_REC_SPOOL)
		return ex_spool_open(&s->spool, path, err);
	in->fd = open_path(path, err);
	return in->fd == -1 ? -1 : 0;
}

/* From behind what is in the buffer on. */
static ssize_t
read_on(const struct ex_rec_in *in, char *room, size_t want)
{
	const struct source *s = &in->source[in->nsource - 1];

	if (in->fd != -1)
		return read(in->fd, room, want);
	return pread(s->spool.fd, room, want, (off_t)(s->pos + in->buf.n));
}

/* More bytes behind those that are there. */
static int
fill(struct ex_rec_in *in, struct ex_err *err)
{
	size_t left = in->buf.n - in->used, want;
	ssize_t n;
	char *room;

	if (in->used > 0) {
		memmove(in->buf.p, in->buf.p + in->used, left);
		in->buf.n = left;
		in->used = 0;
	}
	want = left < READ_SIZE ? READ_SIZE : left;
	if (want > EX_CAP_RECORD - left)
		want = EX_CAP_RECORD - left;
	if (want == 0 || (room = ex_buf_room(&in->buf, want)) == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "a line of over %lu bytes", EX_CAP_RECORD);
	while ((n = read_on(in, room, want)) == -1 && errno == EINTR)
		;
	if (n == -1)
		return ex_err_set(err, EX_ERR_SYSTEM, "read:");
	in->end = n == 0;
	in->buf.n += (size_t)n;
	return 0;
}

/* The next line; what was looked at once is not again. */
static int
read_line(struct ex_rec_in *in, struct ex_str *line, bool *whole,
    struct ex_err *err)
{
	const char *lf = NULL;
	size_t looked = 0, n;

	for (;;) {
		n = in->buf.n - in->used;
		line->p = in->buf.p + in->used;
		if (n > looked)
			lf = memchr(line->p + looked, '\n', n - looked);
		if (lf != NULL || in->end)
			break;
		looked = n;
		if (fill(in, err) == -1)
			return -1;
	}
	*whole = lf != NULL;
	line->n = lf != NULL ? (size_t)(lf - line->p) : n;
	in->used += line->n + (lf != NULL);
	return n > 0;
}

static void
trim(struct ex_str *line)
{
	while (line->n > 0 && strchr(" \t\r", line->p[line->n - 1]) != NULL &&
	    line->p[line->n - 1] != '\0')
		line->n--;
}

/* The next line of the input: 1; 0 at its end. */
static int
next_line(struct ex_rec_in *in, struct ex_str *line, size_t *offset,
    struct ex_err *err)
{
	struct source *s = &in->source[in->nsource - 1];
	bool whole = true;
	int got;

	if ((got = read_line(in, line, &whole, err)) == 0)
		return 0;
	s->lineno++;
	if (got == 1 && !whole && !(in->flags & EX_REC_LOOSE))
		got = ex_err_set(err, EX_ERR_INPUT,
		    "the stream was cut: the line has no end");
	if (got == -1) {
		ex_sect_at(in->sect, err);
		return at(in, s->lineno, err);
	}
	*offset = s->base + s->pos;
	s->pos += line->n + whole;
	if (in->flags & EX_REC_LOOSE)
		trim(line);
	return 1;
}

/* The input is at its end: 1 if there is another; 0, all have been read. */
static int
next_input(struct ex_rec_in *in, struct ex_err *err)
{
	bool all = in->next == in->npath;

	close_input(in);
	if (ex_sect_end(in->sect, all, err) == -1)
		return at(in, 0, err);
	if (all)
		return 0;
	return open_source(in, err) == -1 ? -1 : 1;
}

static size_t
total(const char *const *path, size_t n)
{
	struct stat st;
	size_t all = 0, i;

	for (i = 0; i < n; i++) {
		if ((strcmp(path[i], "-") == 0 ? fstat(STDIN_FILENO, &st) :
		    stat(path[i], &st)) == -1 || !S_ISREG(st.st_mode))
			return 0;
		all += (size_t)st.st_size;
	}
	return all;
}

int
ex_rec_open(struct ex_rec_in **out, const char *const *path, size_t n,
    const char *stream, unsigned flags, struct ex_err *err)
{
	struct ex_rec_in *in;

	*out = NULL;
	if ((in = calloc(1, sizeof(*in))) == NULL)
		ex_diag_oom();
	in->path = n > 0 ? path : dash;
	in->npath = n > 0 ? n : 1;
	in->flags = flags;
	in->fd = -1;
	in->all = total(in->path, in->npath);
	in->sect = ex_sect_new(stream, flags);
	if (open_source(in, err) == -1) {
		ex_rec_close(in);
		return -1;
	}
	*out = in;
	return 0;
}

/* As ex_rec_parse(); exfilter -e makes hashes itself. */
static int
parse(const struct ex_rec_in *in, struct ex_str line, struct ex_arena *a,
    struct ex_rec *rec, struct ex_err *err)
{
	if (ex_rec_parse(line, a, rec, err) == -1)
		return -1;
	if (rec->type == EX_REC_ITEM && rec->hash.p == NULL &&
	    !(in->flags & EX_REC_LOOSE))
		return ex_err_set(err, EX_ERR_INPUT, "no hash");
	return 0;
}

int
ex_rec_next(struct ex_rec_in *in, struct ex_arena *a, struct ex_rec *rec,
    struct ex_err *err)
{
	struct ex_str line = EX_STR_NONE;
	size_t offset = 0, lineno;
	int got;

	for (;;) {
		if ((got = next_line(in, &line, &offset, err)) == -1)
			return -1;
		if (got == 1 && (line.n > 0 || !(in->flags & EX_REC_LOOSE)))
			break;
		if (got == 0 && (got = next_input(in, err)) != 1)
			return got;
	}
	lineno = in->source[in->nsource - 1].lineno;
	if (parse(in, line, a, rec, err) == -1) {
		ex_sect_at(in->sect, err);
		return at(in, lineno, err);
	}
	rec->offset = offset;
	rec->lineno = lineno;
	if (ex_sect_line(in->sect, rec, err) == -1)
		return at(in, lineno, err);
	return 1;
}

static const struct source *
source_at(const struct ex_rec_in *in, size_t offset)
{
	size_t i = in->nsource;

	while (i-- > 1)
		if (in->source[i].base <= offset)
			break;
	return &in->source[i];
}

/* Its number is counted only now: it is for messages. */
static size_t
lineno_of(const struct source *s, const struct ex_rec *rec)
{
	const char *p = s->spool.map.p, *end;
	size_t n = 1;

	if (rec->lineno != 0 || p == NULL)
		return rec->lineno;
	end = p + (rec->offset - s->base);
	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		n++;
	}
	return n;
}

int
ex_rec_at(struct ex_rec_in *in, size_t offset, struct ex_arena *a,
    struct ex_rec *rec, struct ex_err *err)
{
	const struct source *s = source_at(in, offset);
	struct ex_str line = { s->spool.map.p + (offset - s->base), 0 };
	size_t left = s->spool.map.n - (offset - s->base);
	const char *lf = memchr(line.p, '\n', left);

	line.n = lf != NULL ? (size_t)(lf - line.p) : left;
	if (in->flags & EX_REC_LOOSE)
		trim(&line);
	if (parse(in, line, a, rec, err) == -1)
		return ex_err_at(err, "%s", s->name);
	rec->offset = offset;
	return 0;
}

struct ex_str
ex_rec_place(const struct ex_rec_in *in, const struct ex_rec *rec,
    struct ex_arena *a)
{
	const struct source *s = source_at(in, rec->offset);

	return ex_arena_fmt(a, "%s:%zu", s->name, lineno_of(s, rec));
}

int
ex_rec_json(const struct ex_rec_in *in, const struct ex_rec *rec,
    struct ex_arena *a, struct ex_json **out, struct ex_err *err)
{
	const struct source *s = source_at(in, rec->offset);

	if (ex_json_parse(rec->line, a, out, err) == 0)
		return 0;
	return ex_err_at(err, "%s:%zu", s->name, lineno_of(s, rec));
}

void
ex_rec_progress(const struct ex_rec_in *in, size_t *done, size_t *all)
{
	const struct source *s = &in->source[in->nsource - 1];

	*done = s->base + s->pos;
	*all = in->all;
}

void
ex_rec_close(struct ex_rec_in *in)
{
	size_t i;

	if (in == NULL)
		return;
	for (i = 0; i < in->nsource; i++)
		ex_spool_close(&in->source[i].spool);
	close_input(in);
	ex_buf_fini(&in->buf);
	ex_sect_free(in->sect);
	ex_arena_free(&in->arena);
	free(in);
}
