/*
 * memstate.c: the file of a mem: store
 *
 * Lines of JSON, in any order; a line is what its members say:
 *
 *	{"quirks":[...],"faults":[...],"short":n,"forget":true,
 *	 "serial":n,"kind":"contacts"}	the store itself, at most one line
 *	{"id":"1","rev":n,"mark":"...","bad":n,"data":[...]}	an item; bad 1:
 *					it cannot be read; 2: nor its UID
 *	{"gone":"1","at":n}		an item that was deleted
 *	{"did":"create","id":"1","answer":"stored"}	a request, in order
 *
 * All members but id, gone, did and data may be left out.  mem.c says what
 * quirks and faults there are.  No file is an empty store.  The file is
 * replaced by rename(2) at each request, so that a kill leaves the store
 * as before it or as after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ex/cap.h>
#include <ex/file.h>
#include <ex/json.h>

#include "priv.h"

static void
strings(const struct ex_json *list, struct ex_arena *a, struct ex_str **v,
    size_t *n)
{
	const struct ex_json *j = list == NULL ? NULL : list->child;

	for (; j != NULL; j = j->next) {
		*v = ex_arena_grow(a, *v, *n, sizeof(**v));
		(*v)[(*n)++] = ex_arena_str(a, j->text);
	}
}

static void
take_state(struct ex_mem *m, const struct ex_json *j)
{
	strings(ex_json_get(j, "quirks"), &m->a, &m->quirk, &m->nquirk);
	strings(ex_json_get(j, "faults"), &m->a, &m->fault, &m->nfault);
	m->shorten = ex_json_get_int(j, "short", 0);
	m->serial = ex_json_get_int(j, "serial", m->serial);
	m->forget = ex_json_get_true(j, "forget");
	m->kind = ex_kind_of(ex_json_get_str(j, "kind"));
}

/* Where it stands, or would stand. */
static size_t
place(const struct ex_mem *m, struct ex_str id, bool *there)
{
	size_t lo = 0, hi = m->n, mid;
	int got;

	*there = false;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		got = ex_str_cmp(m->item[mid].id, id);
		if (got == 0)
			*there = true;
		if (got < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct ex_mem_item *
ex_mem_find(struct ex_mem *m, struct ex_str id)
{
	bool there;
	size_t at = place(m, id, &there);

	return there ? &m->item[at] : NULL;
}

struct ex_mem_item *
ex_mem_put(struct ex_mem *m, const struct ex_mem_item *item)
{
	bool there;
	size_t at = place(m, item->id, &there);

	if (!there) {
		m->item = ex_arena_grow(&m->a, m->item, m->n,
		    sizeof(*m->item));
		memmove(&m->item[at + 1], &m->item[at],
		    (m->n++ - at) * sizeof(*m->item));
	}
	m->item[at] = *item;
	if (item->rev > m->serial)
		m->serial = item->rev;
	return &m->item[at];
}

void
ex_mem_remove(struct ex_mem *m, struct ex_str id)
{
	bool there;
	size_t at = place(m, id, &there);

	if (!there)
		return;
	ex_mem_bury(m, m->item[at].id, ++m->serial, m->item[at].born);
	memmove(&m->item[at], &m->item[at + 1],
	    (--m->n - at) * sizeof(*m->item));
}

void
ex_mem_bury(struct ex_mem *m, struct ex_str id, long long at, long long born)
{
	m->grave = ex_arena_grow(&m->a, m->grave, m->ngrave,
	    sizeof(*m->grave));
	m->grave[m->ngrave++] = (struct ex_mem_grave){ id, at, born };
	if (at > m->serial)
		m->serial = at;
}

static int
take_item(struct ex_mem *m, const struct ex_json *j, struct ex_err *err)
{
	const struct ex_json *data = ex_json_get(j, "data");
	struct ex_buf b = EX_BUF_INIT;
	struct ex_mem_item item = { .rev = ex_json_get_int(j, "rev", 1),
	    .born = ex_json_get_int(j, "born", 0),
	    .bad = ex_json_get_int(j, "bad", 0) };
	struct ex_item as;

	if (data == NULL)
		return ex_err_set(err, EX_ERR_INPUT, "no data");
	if (ex_item_of_json(data, &m->a, &as, err) == -1)
		return -1;
	ex_json_write(&b, data);
	item.data = ex_arena_str(&m->a, ex_buf_get(&b));
	ex_buf_fini(&b);
	item.id = ex_arena_str(&m->a, ex_json_get_str(j, "id"));
	item.mark = ex_arena_str(&m->a, ex_json_get_str(j, "mark"));
	item.uid = ex_arena_str(&m->a, as.uid);
	item.kind = as.kind;
	ex_mem_put(m, &item);
	return 0;
}

static int
take_line(struct ex_mem *m, struct ex_str line, struct ex_err *err)
{
	struct ex_json *j;
	struct ex_str gone;

	if (ex_json_parse(line, &m->a, &j, err) == -1)
		return -1;
	if (ex_json_get_str(j, "id").p != NULL &&
	    ex_json_get(j, "did") == NULL)
		return take_item(m, j, err);
	if ((gone = ex_json_get_str(j, "gone")).p != NULL)
		ex_mem_bury(m, ex_arena_str(&m->a, gone),
		    ex_json_get_int(j, "at", 1),
		    ex_json_get_int(j, "born", 0));
	else if (ex_json_get(j, "did") != NULL) {
		ex_buf_str(&m->journal, line);
		ex_buf_putc(&m->journal, '\n');
	} else
		take_state(m, j);
	return 0;
}

static void
forget_all(struct ex_mem *m)
{
	ex_arena_reset(&m->a);
	ex_buf_clear(&m->journal);
	m->item = NULL;
	m->grave = NULL;
	m->quirk = m->fault = NULL;
	m->n = m->ngrave = m->nquirk = m->nfault = 0;
	m->serial = m->shorten = 0;
	m->forget = false;
	m->kind = EX_KIND_NONE;
}

int
ex_mem_load(struct ex_mem *m, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	struct ex_str text, line;
	size_t pos, number = 0;
	int got = 0;

	if (m->path == NULL)
		return 0;
	forget_all(m);
	if (ex_file_read(AT_FDCWD, m->path, EX_CAP_RECORD, &a, &text,
	    err) == -1) {
		ex_arena_free(&a);
		return err->code == EX_ERR_GONE ? 0 :
		    ex_err_at(err, "%s", m->place.p);
	}
	for (pos = 0; pos < text.n && got == 0; pos += line.n + 1) {
		line = (struct ex_str){ text.p + pos, text.n - pos };
		if (memchr(line.p, '\n', line.n) != NULL)
			line.n = (size_t)((const char *)memchr(line.p, '\n',
			    line.n) - line.p);
		number++;
		if (line.n > 0 && (got = take_line(m, line, err)) == -1)
			ex_err_at(err, "%s: line %zu", m->place.p, number);
	}
	ex_arena_free(&a);
	return got;
}

static void
write_strings(struct ex_buf *b, const char *name, const struct ex_str *v,
    size_t n)
{
	size_t i;

	ex_buf_fmt(b, ",\"%s\":[", name);
	for (i = 0; i < n; i++) {
		if (i > 0)
			ex_buf_putc(b, ',');
		ex_json_string(b, v[i]);
	}
	ex_buf_putc(b, ']');
}

static void
write_state(const struct ex_mem *m, struct ex_buf *b)
{
	ex_buf_fmt(b, "{\"serial\":%lld", m->serial);
	if (m->kind != EX_KIND_NONE)
		ex_buf_fmt(b, ",\"kind\":\"%s\"", ex_kind_name(m->kind));
	write_strings(b, "quirks", m->quirk, m->nquirk);
	write_strings(b, "faults", m->fault, m->nfault);
	ex_buf_fmt(b, ",\"short\":%lld,\"forget\":%s}\n", m->shorten,
	    m->forget ? "true" : "false");
}

static void
write_item(const struct ex_mem_item *item, struct ex_buf *b)
{
	ex_buf_puts(b, "{\"id\":");
	ex_json_string(b, item->id);
	ex_buf_fmt(b, ",\"rev\":%lld", item->rev);
	if (item->born > 0)
		ex_buf_fmt(b, ",\"born\":%lld", item->born);
	if (item->bad > 0)
		ex_buf_fmt(b, ",\"bad\":%lld", item->bad);
	if (item->mark.p != NULL) {
		ex_buf_puts(b, ",\"mark\":");
		ex_json_string(b, item->mark);
	}
	ex_buf_puts(b, ",\"data\":");
	ex_buf_str(b, item->data);
	ex_buf_puts(b, "}\n");
}

static int
put_file(const struct ex_mem *m, struct ex_str text, struct ex_err *err)
{
	struct ex_arena a = EX_ARENA_INIT;
	const char *temp = ex_arena_fmt(&a, "%s.%ld.tmp", m->path,
	    (long)getpid()).p;
	int fd, got = -1;

	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:", m->place.p, temp);
	else {
		got = ex_file_write(fd, text.p, text.n, temp, err);
		close(fd);
	}
	if (got == 0 && rename(temp, m->path) == -1)
		got = ex_err_set(err, EX_ERR_SYSTEM, "%s: %s:", m->place.p,
		    m->path);
	ex_arena_free(&a);
	return got;
}

int
ex_mem_save(struct ex_mem *m, struct ex_err *err)
{
	struct ex_buf b = EX_BUF_INIT;
	size_t i;
	int got;

	if (m->path == NULL)
		return 0;
	write_state(m, &b);
	for (i = 0; i < m->n; i++)
		write_item(&m->item[i], &b);
	for (i = 0; i < m->ngrave; i++) {
		ex_buf_puts(&b, "{\"gone\":");
		ex_json_string(&b, m->grave[i].id);
		ex_buf_fmt(&b, ",\"at\":%lld,\"born\":%lld}\n",
		    m->grave[i].at, m->grave[i].born);
	}
	ex_buf_str(&b, ex_buf_get(&m->journal));
	got = put_file(m, ex_buf_get(&b), err);
	ex_buf_fini(&b);
	return got;
}

void
ex_mem_did(struct ex_mem *m, const char *what, struct ex_str id,
    const char *answer)
{
	if (m->path == NULL)
		return;
	ex_buf_fmt(&m->journal, "{\"did\":\"%s\"", what);
	if (id.p != NULL) {
		ex_buf_puts(&m->journal, ",\"id\":");
		ex_json_string(&m->journal, id);
	}
	if (answer != NULL)
		ex_buf_fmt(&m->journal, ",\"answer\":\"%s\"", answer);
	ex_buf_puts(&m->journal, "}\n");
}

/* The quirk's value ("" if it has none), or absent. */
struct ex_str
ex_mem_quirk(const struct ex_mem *m, const char *name, size_t *from)
{
	size_t n = strlen(name);
	struct ex_str q;

	for (; *from < m->nquirk; ++*from) {
		q = m->quirk[*from];
		if (!ex_str_starts(q, name))
			continue;
		if (q.n == n || q.p[n] == '=') {
			++*from;
			n += q.n > n;
			return (struct ex_str){ q.p + n, q.n - n };
		}
	}
	return EX_STR_NONE;
}

bool
ex_mem_is(const struct ex_mem *m, const char *name)
{
	size_t from = 0;

	return ex_mem_quirk(m, name, &from).p != NULL;
}
