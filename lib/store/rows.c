/*
 * rows.c: what a listing says, by id, each id once
 *
 * A server may name a member twice, on two pages of one listing: the last
 * word counts.  Rows are sorted in runs that go to an unlinked file once
 * they fill their room, and merged when they are read, so that memory does
 * not grow with their number.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/array.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/file.h>

#include "priv.h"

#define WINDOW		((size_t)64 << 10)	/* of a run, while merged */

struct row {
	struct ex_row row;
	uint64_t seq;
};

/* In front of each row of a run; id and rev follow. */
struct stored {
	uint64_t seq;
	uint32_t id, rev;	/* lengths */
	uint8_t what, has_rev;
};

struct run {
	off_t at, end;		/* what is not yet in buf */
	char *buf;
	size_t pos, n;
	struct row row;		/* the one in front */
	bool over;
};

struct ex_rows {
	size_t room, bytes;
	struct ex_arena a;
	struct row *v;
	size_t n, size, next;
	uint64_t seq;
	int fd;
	off_t end;
	struct run *run;
	size_t nrun;
	bool sealed;
	struct ex_arena last;	/* the row that next() gave */

	/* Of a full listing that may miss something: */
	bool may_miss;
	bool held, over;	/* front is a row; there are no more */
	struct ex_row front;
	struct ex_str known;	/* the next id of the snapshot; or absent */
};

struct ex_rows *
ex_rows_new(size_t room)
{
	struct ex_rows *r = calloc(1, sizeof(*r));

	if (r == NULL)
		ex_diag_oom();
	r->room = room;
	r->fd = -1;
	return r;
}

void
ex_rows_may_miss(struct ex_rows *r)
{
	r->may_miss = true;
}

void
ex_rows_free(struct ex_rows *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->nrun; i++)
		free(r->run[i].buf);
	free(r->run);
	free(r->v);
	if (r->fd != -1)
		close(r->fd);
	ex_arena_free(&r->a);
	ex_arena_free(&r->last);
	free(r);
}

static int
compare(const struct row *x, const struct row *y)
{
	int c = ex_str_cmp(x->row.id, y->row.id);

	return c != 0 ? c : x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int
by_id(const void *a, const void *b)
{
	return compare(a, b);
}

static void
put(struct ex_buf *b, const struct row *x)
{
	struct stored s;

	memset(&s, 0, sizeof(s));
	s.seq = x->seq;
	s.id = (uint32_t)x->row.id.n;
	s.rev = (uint32_t)x->row.rev.n;
	s.what = (uint8_t)x->row.what;
	s.has_rev = x->row.rev.p != NULL;
	ex_buf_add(b, &s, sizeof(s));
	ex_buf_str(b, x->row.id);
	ex_buf_str(b, x->row.rev);
}

static void
sort(struct ex_rows *r)
{
	if (r->n > 1)
		qsort(r->v, r->n, sizeof(*r->v), by_id);
}

static void
add_run(struct ex_rows *r, off_t end)
{
	r->run = realloc(r->run, (r->nrun + 1) * sizeof(*r->run));
	if (r->run == NULL)
		ex_diag_oom();
	r->run[r->nrun++] = (struct run){ .at = r->end, .end = end };
	r->end = end;
}

/* The rows in memory become a run in the file. */
static int
spill(struct ex_rows *r, struct ex_err *err)
{
	struct ex_buf b = EX_BUF_INIT;
	off_t end = r->end;
	size_t i;
	int got = 0;

	if (r->fd == -1 && (r->fd = ex_file_temp(err)) == -1)
		return -1;
	sort(r);
	for (i = 0; i < r->n && got == 0; i++) {
		put(&b, &r->v[i]);
		if (b.n < WINDOW && i + 1 < r->n)
			continue;
		got = ex_file_write(r->fd, b.p, b.n, "temporary file", err);
		end += (off_t)b.n;
		ex_buf_clear(&b);
	}
	ex_buf_fini(&b);
	add_run(r, end);
	r->n = r->bytes = 0;
	ex_arena_reset(&r->a);
	return got;
}

int
ex_rows_add(struct ex_rows *r, const struct ex_row *row,
    struct ex_err *err)
{
	if (r->bytes > r->room && spill(r, err) == -1)
		return -1;
	if (r->n == r->size)
		r->v = ex_array_more(r->v, &r->size, sizeof(*r->v));
	r->v[r->n++] = (struct row){ { row->what,
	    ex_arena_str(&r->a, row->id), ex_arena_str(&r->a, row->rev) },
	    r->seq++ };
	r->bytes += sizeof(struct row) + row->id.n + row->rev.n;
	return 0;
}

static int
fill(struct ex_rows *r, struct run *run, struct ex_err *err)
{
	size_t room = WINDOW - (run->n - run->pos);
	ssize_t got;

	memmove(run->buf, run->buf + run->pos, run->n - run->pos);
	run->n -= run->pos;
	run->pos = 0;
	if ((off_t)room > run->end - run->at)
		room = (size_t)(run->end - run->at);
	while (room > 0) {
		got = pread(r->fd, run->buf + run->n, room, run->at);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return ex_err_set(err, EX_ERR_SYSTEM,
			    "temporary file:");
		run->n += (size_t)got;
		run->at += got;
		room -= (size_t)got;
	}
	return 0;
}

/* The next row of a run to its front. */
static int
advance(struct ex_rows *r, struct run *run, struct ex_err *err)
{
	struct stored s;
	const char *p;
	size_t most = sizeof(s) + 4 * EX_CAP_ID;

	if (run->n - run->pos < most && run->at < run->end &&
	    fill(r, run, err) == -1)
		return -1;
	if (run->pos == run->n) {
		run->over = true;
		return 0;
	}
	p = run->buf + run->pos;
	memcpy(&s, p, sizeof(s));
	p += sizeof(s);
	run->row.seq = s.seq;
	run->row.row.what = (enum ex_row_what)s.what;
	run->row.row.id = (struct ex_str){ p, s.id };
	run->row.row.rev = s.has_rev ? (struct ex_str){ p + s.id, s.rev } :
	    EX_STR_NONE;
	run->pos += sizeof(s) + s.id + s.rev;
	return 0;
}

static int
seal(struct ex_rows *r, struct ex_err *err)
{
	size_t i;

	r->sealed = true;
	if (r->nrun == 0) {
		sort(r);
		return 0;
	}
	if (r->n > 0 && spill(r, err) == -1)
		return -1;
	for (i = 0; i < r->nrun; i++) {
		if ((r->run[i].buf = malloc(WINDOW)) == NULL)
			ex_diag_oom();
		if (advance(r, &r->run[i], err) == -1)
			return -1;
	}
	return 0;
}

/* The run with the smallest row in front; NULL: there are no more. */
static struct run *
smallest(struct ex_rows *r)
{
	struct run *best = NULL;
	size_t i;

	for (i = 0; i < r->nrun; i++)
		if (!r->run[i].over && (best == NULL ||
		    compare(&r->run[i].row, &best->row) < 0))
			best = &r->run[i];
	return best;
}

static int
next_merged(struct ex_rows *r, struct ex_row *row,
    struct ex_err *err)
{
	struct run *run = smallest(r);

	if (run == NULL)
		return 0;
	do {
		ex_arena_reset(&r->last);
		row->what = run->row.row.what;
		row->id = ex_arena_str(&r->last, run->row.row.id);
		row->rev = ex_arena_str(&r->last, run->row.row.rev);
		if (advance(r, run, err) == -1)
			return -1;
		run = smallest(r);
	} while (run != NULL && ex_str_eq(run->row.row.id, row->id));
	return 1;
}

int
ex_rows_next(struct ex_rows *r, struct ex_row *row,
    struct ex_err *err)
{
	if (!r->sealed && seal(r, err) == -1)
		return -1;
	if (r->nrun > 0)
		return next_merged(r, row, err);
	if (r->next == r->n)
		return 0;
	while (r->next + 1 < r->n && ex_str_eq(r->v[r->next].row.id,
	    r->v[r->next + 1].row.id))
		r->next++;
	*row = r->v[r->next++].row;
	return 1;
}

int
ex_list_gone(struct ex_store_list *list, struct ex_str id, struct ex_err *err)
{
	struct ex_found f = { .what = EX_FOUND_GONE, .id = id };

	return list->delta ? list->found(list->arg, &f, err) : 0;
}

struct ex_want
ex_want_keep(const struct ex_want *w, struct ex_arena *a)
{
	struct ex_want kept = *w;

	kept.id = ex_arena_str(a, w->id);
	kept.rev = ex_arena_str(a, w->rev);
	return kept;
}

/* The row in front, which stays there: 1, 0, -1. */
static int
front(struct ex_rows *r, struct ex_err *err)
{
	int got;

	if (r->held || r->over)
		return r->held;
	got = ex_rows_next(r, &r->front, err);
	r->held = got == 1;
	r->over = got == 0;
	return got;
}

/*
 * Is there an id that is known and that no row names, before the one in
 * front?  1, 0, -1.
 */
static int
missed(struct ex_rows *r, struct ex_store_list *list, struct ex_str *id,
    struct ex_err *err)
{
	int got, order;

	while (r->may_miss) {
		if (r->known.p == NULL && (got = list->next(list->arg,
		    &r->known, err)) != 1) {
			r->may_miss = false;
			return got;
		}
		order = r->held ? ex_str_cmp(r->known, r->front.id) : -1;
		if (order > 0)
			break;
		*id = r->known;
		r->known = EX_STR_NONE;
		if (order < 0)
			return 1;
	}
	return 0;
}

int
ex_rows_wanted(struct ex_rows *r, struct ex_store_list *list,
    struct ex_arena *a, struct ex_want *w, struct ex_err *err)
{
	struct ex_found f = { .what = EX_FOUND_KEPT };
	struct ex_row *row = &r->front;
	struct ex_str id;
	int got, lost;

	r->may_miss &= list->next != NULL && !list->delta;
	for (;;) {
		if ((got = front(r, err)) == -1 ||
		    (lost = missed(r, list, &id, err)) == -1)
			return -1;
		if (lost == 1) {
			*w = (struct ex_want){ .id = ex_arena_str(a, id),
			    .missed = true };
			return 1;
		}
		if (got == 0)
			return 0;
		r->held = false;
		if (row->what == EX_ROW_GONE) {
			if (ex_list_gone(list, row->id, err) == -1)
				return -1;
			continue;
		}
		f.id = row->id;
		f.rev = row->rev;
		if (row->rev.p == NULL || list->known == NULL ||
		    !list->known(list->arg, row->id, row->rev))
			break;
		if (list->found(list->arg, &f, err) == -1)
			return -1;
	}
	*w = (struct ex_want){ .id = ex_arena_str(a, row->id),
	    .rev = ex_arena_str(a, row->rev) };
	return 1;
}
