/*
 * storetest.h: what the tests of the stores share
 *
 * A listing and the answers to writes are told as lines of text, which the
 * tests hold against what they expect, whole.
 */
#ifndef STORETEST_H
#define STORETEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/store.h>

static struct ex_arena arena = EX_ARENA_INIT;
static struct ex_buf told = EX_BUF_INIT;
static struct ex_err err;

/* What the last listing said of revs, as the snapshot would keep it. */
static struct {
	struct ex_str id, rev;
} kept[20000];
static size_t nkept;

/* A test in an empty directory of its own, and its end. */
static char new_dir[64];

static inline int
in_new_dir(void **state)
{
	(void)state;
	snprintf(new_dir, sizeof(new_dir), "/tmp/exring-test-XXXXXX");
	return mkdtemp(new_dir) == NULL || chdir(new_dir) == -1 ? -1 : 0;
}

static inline int
out_of_it(void **state)
{
	char command[128];

	(void)state;
	ex_arena_free(&arena);
	snprintf(command, sizeof(command), "rm -rf %s", new_dir);
	return chdir("/") == -1 || system(command) != 0 ? -1 : 0;
}

static inline const char *
text_of(struct ex_buf *b)
{
	ex_buf_putc(b, '\0');
	b->n--;
	return b->p;
}

static inline int
tell_found(void *arg, const struct ex_found *f, struct ex_err *e)
{
	static const char *const what[] = { "item", "kept", "gone", "hidden",
	    "bad" };

	(void)e;
	ex_buf_fmt(&told, "%s %.*s", what[f->what], EX_STR_ARG(f->id));
	if (f->uid.p != NULL)
		ex_buf_fmt(&told, " uid=%.*s", EX_STR_ARG(f->uid));
	if (f->mark.p != NULL)
		ex_buf_fmt(&told, " mark=%.*s", EX_STR_ARG(f->mark));
	if (f->item != NULL) {
		struct ex_str title = ex_item_title(f->item);

		ex_buf_fmt(&told, " (%.*s)", EX_STR_ARG(title));
	}
	if (f->why.p != NULL)
		ex_buf_fmt(&told, " why: %.*s", EX_STR_ARG(f->why));
	if (f->raw.p != NULL)
		ex_buf_fmt(&told, " raw=%zu", f->raw.n);
	ex_buf_puts(&told, f->rev.p == NULL ? " norev\n" : "\n");
	if (arg != NULL && nkept < sizeof(kept) / sizeof(kept[0])) {
		kept[nkept].id = ex_arena_str(&arena, f->id);
		kept[nkept++].rev = ex_arena_str(&arena, f->rev);
	}
	return 0;
}

static inline bool
is_known(void *arg, struct ex_str id, struct ex_str rev)
{
	size_t i;

	(void)arg;
	for (i = 0; i < nkept; i++)
		if (ex_str_eq(kept[i].id, id))
			return ex_str_eq(kept[i].rev, rev);
	return false;
}

static inline struct ex_store *
opened_as(const char *name, const char *operand, enum ex_kind kind)
{
	struct ex_store_conf conf = { .name = ex_str_of(name),
	    .operand = ex_str_of(operand), .kind = kind };
	struct ex_store *s;

	if (ex_store_open(&conf, &s, &err) == -1)
		return NULL;
	return s;
}

/* The listing; known: asks what the last one said.  Or "ERROR ...". */
static inline const char *
listed(struct ex_store *s, bool known)
{
	struct ex_store_list want = { .found = tell_found };

	ex_buf_clear(&told);
	if (known)
		want.known = is_known;
	else
		nkept = 0;
	want.arg = known ? NULL : &nkept;
	if (s->ops->list(s, &want, &err) == -1)
		ex_buf_fmt(&told, "ERROR %s\n", err.msg);
	return text_of(&told);
}

/* Decoded, in the arena. */
static inline const struct ex_item *
item_of(const char *text)
{
	struct ex_item *item = ex_arena_alloc(&arena, sizeof(*item));

	if (ex_codec_decode(ex_arena_str(&arena, ex_str_of(text)), 1, &arena,
	    item, &err) == -1)
		fail_msg("%s", err.msg);
	return item;
}

static inline const char *
card(const char *uid, const char *fn)
{
	return ex_arena_fmt(&arena, "BEGIN:VCARD\r\nVERSION:3.0\r\n"
	    "UID:%s\r\nFN:%s\r\nN:%s;;;;\r\nEND:VCARD\r\n", uid, fn, fn).p;
}

static inline const char *
comp(const char *name, const char *uid, const char *summary)
{
	return ex_arena_fmt(&arena, "BEGIN:%s\r\nUID:%s\r\n"
	    "DTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\n"
	    "SUMMARY:%s\r\nEND:%s\r\n", name, uid, summary, name).p;
}

static inline const char *
cal(const char *comps)
{
	return ex_arena_fmt(&arena, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
	    "PRODID:-//test//EN\r\n%sEND:VCALENDAR\r\n", comps).p;
}

/* The rev that read() gives now. */
static inline struct ex_str
rev_of(struct ex_store *s, const char *id)
{
	struct ex_found f;

	if (s->ops->read(s, ex_str_of(id), &arena, &f, &err) == -1)
		return EX_STR("none");
	return f.rev;
}

static inline int
tell_wrote(void *arg, size_t i, const struct ex_wrote *r, struct ex_err *e)
{
	static const char *const what[] = { "stored", "stale", "exists",
	    "gone", "denied", "refused", "busy" };

	(void)arg;
	(void)e;
	ex_buf_fmt(&told, "%zu %s", i, what[r->answer]);
	if (r->id.p != NULL)
		ex_buf_fmt(&told, " %.*s", EX_STR_ARG(r->id));
	if (r->as.p != NULL)
		ex_buf_fmt(&told, " as %.*s", EX_STR_ARG(r->as));
	if (r->after != NULL) {
		struct ex_str title = ex_item_title(r->after);

		ex_buf_fmt(&told, " (%.*s)", EX_STR_ARG(title));
	}
	if (r->why.p != NULL)
		ex_buf_fmt(&told, " why: %.*s", EX_STR_ARG(r->why));
	ex_buf_putc(&told, '\n');
	return 0;
}

static inline const char *
wrote(struct ex_store *s, const struct ex_write *w, size_t n)
{
	ex_buf_clear(&told);
	if (s->ops->write(s, w, n, tell_wrote, NULL, &err) == -1)
		ex_buf_fmt(&told, "ERROR %s\n", err.msg);
	return text_of(&told);
}

static inline struct ex_write
create(const char *name, const char *text)
{
	return (struct ex_write){ .op = EX_WRITE_CREATE,
	    .name = ex_str_of(name), .item = item_of(text) };
}

static inline struct ex_write
update(const char *id, struct ex_str rev, const char *text)
{
	return (struct ex_write){ .op = EX_WRITE_UPDATE, .id = ex_str_of(id),
	    .rev = rev, .item = item_of(text) };
}

static inline struct ex_write
removal(const char *id, struct ex_str rev)
{
	return (struct ex_write){ .op = EX_WRITE_DELETE, .id = ex_str_of(id),
	    .rev = rev };
}

static inline void
put(const char *path, const char *text)
{
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	assert_int_equal(fputs(text, fp) >= 0, 1);
	assert_int_equal(fclose(fp), 0);
}

static inline const char *
got_file(const char *path)
{
	FILE *fp = fopen(path, "r");
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;
	int c;

	if (fp == NULL)
		return "(none)";
	while ((c = getc(fp)) != EOF)
		ex_buf_putc(&b, (char)c);
	fclose(fp);
	s = ex_arena_str(&arena, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s.p;
}

#endif
