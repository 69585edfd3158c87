/*
 * vdirwrite.c: a folder with one item a file: writing
 *
 * In batches, so that a thousand writes cost two syncs and not a thousand:
 *
 *	1. each text goes to a temporary file, .exring-PID-N.tmp
 *	2. the file system is synced
 *	3. each is put in its place, or the file removed, if still may be
 *	4. the folder is synced
 *	5. each is told of
 *
 * (1) A create takes its place with link(2), which fails if anything is
 *     there; an update and a delete look at the version mark right before,
 *     and at what they took away right behind (place.c).
 * (2) Killed anywhere, each name holds the old item or the new one, whole,
 *     and temporary files are left, which the next write removes.
 * (3) Whatever a name is, a link too, it is the name that is replaced or
 *     removed: nothing outside the folder is written to.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/diag.h>
#include <ex/file.h>

#include "priv.h"

#define BATCH		1024
#define BATCH_BYTES	(4UL << 20)

struct job {
	const struct ex_write *w;
	const char *name;
	const char *temp;	/* NULL: none, or it has been moved away */
	bool pending;		/* to be placed */
	struct ex_wrote r;
	struct ex_item item;	/* what the text reads as */
};

struct batch {
	struct ex_vdir *v;
	struct job job[BATCH];
	size_t n, bytes;
	unsigned long serial;	/* of temporary files */
	struct ex_arena a, scratch;
	struct ex_buf text;
};

static void
answer(struct batch *b, struct job *j, enum ex_answer what, const char *why)
{
	j->pending = false;
	j->r.answer = what;
	j->r.why = ex_arena_fmt(&b->a, "%s: %s",
	    j->name != NULL ? j->name : "item", why);
}

static void
answer_errno(struct batch *b, struct job *j)
{
	answer(b, j, ex_answer_of(errno), strerror(errno));
}

/* old NULL: it replaces nothing. */
static void
temp_write(struct batch *b, struct job *j, struct ex_str text,
    const struct stat *old)
{
	struct ex_err err;
	int fd, error = 0;

	if ((fd = ex_temp_open(b->v->fd, &b->serial, &b->a,
	    &j->temp)) == -1) {
		answer_errno(b, j);
		return;
	}
	errno = 0;
	if ((old != NULL && ex_temp_mode(fd, old) == -1) ||
	    ex_file_write(fd, text.p, text.n, j->name, &err) == -1)
		error = errno;
	if (close(fd) == -1 && error == 0)
		error = errno;
	if (error == 0) {
		j->pending = true;
		return;
	}
	unlinkat(b->v->fd, j->temp, 0);
	j->temp = NULL;
	errno = error;
	answer_errno(b, j);
}

/* The text to write, which must read as an item again; in b->a. */
static bool
encode(struct batch *b, struct job *j, struct ex_str *text)
{
	const struct ex_item *item = j->w->item;
	struct ex_err err;

	if (b->v->s.kind != EX_KIND_NONE && item->kind != b->v->s.kind) {
		answer(b, j, EX_ANSWER_REFUSED, "is of another kind");
		return false;
	}
	j->r.as = ex_codec_form(j->w->as, item->kind);
	ex_buf_clear(&b->text);
	b->text.over = false;
	ex_arena_reset(&b->scratch);
	if (ex_codec_encode(item, j->r.as, &b->scratch, &b->text,
	    &err) == -1) {
		answer(b, j, EX_ANSWER_REFUSED, err.msg);
		return false;
	}
	if (b->text.over) {
		answer(b, j, EX_ANSWER_REFUSED, "is too large");
		return false;
	}
	*text = ex_arena_str(&b->a, ex_buf_get(&b->text));
	b->bytes += text->n;
	if (ex_codec_decode(*text, 1, &b->a, &j->item, &err) == -1) {
		answer(b, j, EX_ANSWER_REFUSED, err.msg);
		return false;
	}
	j->r.after = &j->item;
	return true;
}

static void
prepare_create(struct batch *b, struct job *j)
{
	struct ex_str text;
	struct stat st;

	if (!encode(b, j, &text))
		return;
	j->name = ex_vdir_new_name(j->w, text, &b->a);
	if (j->name == NULL) {
		answer(b, j, EX_ANSWER_REFUSED,
		    "its name cannot be a file's");
		return;
	}
	if (fstatat(b->v->fd, j->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		answer(b, j, EX_ANSWER_EXISTS, strerror(EEXIST));
		return;
	}
	temp_write(b, j, text, NULL);
}

/* Is the item still what the writer thinks?  If not, it is answered. */
static bool
still(struct batch *b, struct job *j, struct stat *st)
{
	char rev[EX_VDIR_REV];

	if (fstatat(b->v->fd, j->name, st, 0) == -1) {
		if (errno == ENOENT && fstatat(b->v->fd, j->name, st,
		    AT_SYMLINK_NOFOLLOW) == 0)
			answer(b, j, EX_ANSWER_STALE, "has changed");
		else
			answer_errno(b, j);
		return false;
	}
	ex_vdir_rev(st, rev);
	if (!S_ISREG(st->st_mode) || !ex_str_is(j->w->rev, rev)) {
		answer(b, j, EX_ANSWER_STALE, "has changed");
		return false;
	}
	return true;
}

static void
prepare_change(struct batch *b, struct job *j)
{
	struct ex_str text;
	struct stat st;

	if ((j->name = ex_vdir_name(j->w->id, &b->a)) == NULL) {
		answer(b, j, EX_ANSWER_REFUSED, "no id of this folder");
		return;
	}
	if (!still(b, j, &st))
		return;
	if (j->w->op == EX_WRITE_DELETE)
		j->pending = true;
	else if (encode(b, j, &text))
		temp_write(b, j, text, &st);
}

static void
place(struct batch *b, struct job *j)
{
	const char *temp = j->temp;
	struct stat st;
	int got = -1;

	if (j->w->op != EX_WRITE_CREATE && !still(b, j, &st))
		return;
	j->temp = NULL;
	switch (j->w->op) {
	case EX_WRITE_CREATE:
		if ((got = ex_place_new(b->v->fd, temp, j->name)) == 0)
			answer(b, j, EX_ANSWER_EXISTS, strerror(EEXIST));
		break;
	case EX_WRITE_UPDATE:
		if ((got = ex_place_swap(b->v->fd, temp, j->name, &st)) == 0)
			answer(b, j, EX_ANSWER_STALE, "has changed");
		break;
	case EX_WRITE_DELETE:
		if ((got = ex_place_remove(b->v->fd, j->name, &st,
		    &b->serial, &b->a)) == 0)
			answer(b, j, EX_ANSWER_STALE, "has changed");
		break;
	}
	if (got == 0)
		return;
	if (got == -1) {
		/* A temporary file that is gone is no item that is gone. */
		if (errno == ENOENT && j->w->op != EX_WRITE_DELETE)
			answer(b, j, EX_ANSWER_BUSY, strerror(errno));
		else
			answer_errno(b, j);
		return;
	}
	j->r.answer = EX_ANSWER_STORED;
	j->r.id = ex_vdir_id(ex_str_of(j->name), &b->a);
	/* No rev: a file written this moment is a racy one (records.md). */
}

static void
prepare(struct batch *b, const struct ex_write *w)
{
	struct job *j = &b->job[b->n++];

	*j = (struct job){ .w = w };
	b->v->s.requests++;
	if (w->op == EX_WRITE_CREATE)
		prepare_create(b, j);
	else
		prepare_change(b, j);
}

static int
sync_folder(struct ex_vdir *v, struct ex_err *err)
{
	/* EINVAL: this file system does not sync directories. */
	if (fsync(v->fd) == -1 && errno != EINVAL)
		return ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:", v->place.p,
		    v->path);
	return 0;
}

/* Steps 2 to 4. */
static int
carry_out(struct batch *b, struct ex_err *err)
{
	bool temps = false, pending = false;
	size_t i;
	int got = 0;

	for (i = 0; i < b->n; i++) {
		temps = temps || b->job[i].temp != NULL;
		pending = pending || b->job[i].pending;
	}
	if (temps && ex_file_sync(b->v->fd, b->v->path, err) == -1)
		got = ex_err_at(err, "%s", b->v->place.p);
	for (i = 0; i < b->n; i++) {
		if (got == 0 && b->job[i].pending)
			place(b, &b->job[i]);
		if (b->job[i].temp != NULL)
			unlinkat(b->v->fd, b->job[i].temp, 0);
	}
	if (got == 0 && pending)
		got = sync_folder(b->v, err);
	return got;
}

static int
tell(struct batch *b, size_t first, ex_write_done *done, void *arg,
    struct ex_err *err)
{
	struct job *j;
	size_t i;

	for (i = 0; i < b->n; i++) {
		j = &b->job[i];
		if (j->r.answer != EX_ANSWER_STORED ||
		    j->w->op == EX_WRITE_DELETE) {
			j->r.after = NULL;
			j->r.as = EX_STR_NONE;
		}
		if (done(arg, first + i, &j->r, err) == -1)
			return -1;
	}
	return 0;
}

int
ex_vdir_write(struct ex_store *s, const struct ex_write *w, size_t n,
    ex_write_done *done, void *arg, struct ex_err *err)
{
	struct batch *b = calloc(1, sizeof(*b));
	size_t i = 0;
	int got = 0;

	if (b == NULL)
		ex_diag_oom();
	b->v = (struct ex_vdir *)s;
	b->text.cap = EX_CAP_ITEM;
	if (!b->v->swept)
		ex_temp_sweep(b->v->fd);
	b->v->swept = true;
	while (i < n && got == 0) {
		b->n = b->bytes = 0;
		while (i < n && b->n < BATCH && b->bytes < BATCH_BYTES)
			prepare(b, &w[i++]);
		got = carry_out(b, err);
		if (got == 0)
			got = tell(b, i - b->n, done, arg, err);
		ex_arena_reset(&b->a);
	}
	ex_buf_fini(&b->text);
	ex_arena_free(&b->a);
	ex_arena_free(&b->scratch);
	free(b);
	return got;
}
