/*
 * icaloften.c: lines that calendars say again and again, decoded once
 *
 * Half the lines of a real calendar are few: VERSION, PRODID, STATUS, the
 * same people and places.  A line that comes for the fourth time is kept
 * with its property, and with what is written of that: JSON and view.
 *
 * (1) A line is kept only if its property hangs on nothing but the line;
 *     its view only if that hangs on nothing but the property.
 * (2) What is kept is never changed nor given up, so any thread may hold
 *     it; MOST lines at most are kept, of 128 bytes at most.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/canon.h>
#include <ex/err.h>
#include <ex/ical.h>
#include <ex/json.h>
#include <ex/line.h>

#define MOST	1024		/* a power of two */
#define PROBES	4		/* places that a line may have */
#define OFTEN	4		/* times */

struct kept {
	struct ex_prop *prop;	/* NULL: not to be kept, do not try again */
	struct ex_str line;
	struct ex_ready ready;
};

static _Atomic(struct kept *) slot[MOST];
static _Atomic uint32_t seen[MOST];	/* 24 bits of a hash, how often */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ex_arena forever = EX_ARENA_INIT;

static uint64_t
hash_of(struct ex_str s)
{
	const uint64_t k = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h = s.n * k, x;
	size_t i;

	for (i = 0; s.n - i >= 8; i += 8) {
		memcpy(&x, s.p + i, 8);
		h = (h ^ x) * k;
		h ^= h >> 29;
	}
	if (s.n >= 8) {
		memcpy(&x, s.p + s.n - 8, 8);
	} else {
		x = 0;
		for (i = 0; i < s.n; i++)
			x = x << 8 | (unsigned char)s.p[i];
	}
	h = (h ^ x) * k;
	return h ^ h >> 32;
}

/*
 * Whose meaning hangs on what stands around them (BEGIN, END, VERSION,
 * lines that base64 may follow), or that say who an item is.
 */
static bool
stands_alone(const struct ex_line *line)
{
	static const char *const never[] = {
		"begin", "end", "version", "uid", "method"
	};
	size_t i;

	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (ex_str_is(line->name, never[i]))
			return false;
	for (i = 0; i < line->nparam; i++)
		if (line->param[i].name.p == NULL ||
		    ex_str_is(line->param[i].name, "encoding") ||
		    ex_str_is(line->param[i].name, "charset"))
			return false;
	return line->group.p == NULL;
}

/* The one member that it has in the view of any component. */
static void
ready_view(struct kept *k)
{
	struct ex_comp comp = { .name = EX_STR("x"), .prop = &k->prop,
	    .nprop = 1 };
	struct ex_item item = { .root = &comp };
	struct ex_canon *c;
	struct ex_view *v;
	size_t n;

	if (ex_prop_param(k->prop, "tzid") != NULL ||
	    ex_prop_param(k->prop, "group") != NULL)
		return;
	c = ex_canon_new();
	n = ex_canon_members(c, &item, &comp, &forever, &v);
	if (n == 0)
		k->ready.view = EX_STR("");
	else if (n == 1 && v[0].value == NULL)
		k->ready.view = v[0].view;
	ex_canon_free(c);
}

static struct kept *
make(struct ex_str text)
{
	struct ex_err err;
	struct ex_ical_in in = { .a = &forever, .err = &err };
	struct kept *k = ex_arena_alloc(&forever, sizeof(*k));
	struct ex_buf b = EX_BUF_INIT;
	struct ex_lines lines;
	struct ex_line line;
	struct ex_item item = { .kind = EX_KIND_NONE };
	struct ex_comp root = { .prop = &k->prop, .nprop = 1 };

	k->line = ex_arena_str(&forever, text);
	ex_lines_init(&lines, k->line, 0);
	if (ex_lines_next(&lines, &forever, &line, &err) != 1 ||
	    !stands_alone(&line) ||
	    (k->prop = ex_ical_prop(&in, &line)) == NULL ||
	    ex_str_is(k->prop->type, "unknown")) {
		k->prop = NULL;
		return k;
	}
	item.root = &root;
	ex_item_sort(&item, &forever);
	ready_view(k);
	ex_prop_write(&b, k->prop);
	k->ready.json = ex_arena_str(&forever, ex_buf_get(&b));
	ex_buf_fini(&b);
	k->prop->line = 0;
	k->prop->ready = &k->ready;
	return k;
}

/* Is it to be kept now?  Counts it. */
static bool
enough(uint64_t h)
{
	_Atomic uint32_t *at = &seen[h % MOST];
	uint32_t tag = (uint32_t)(h >> 40) << 8, was;

	was = atomic_load_explicit(at, memory_order_relaxed);
	was = (was & ~UINT32_C(0xff)) == tag ? was + 1 : tag + 1;
	atomic_store_explicit(at, was, memory_order_relaxed);
	return (was & 0xff) >= OFTEN;
}

struct ex_prop *
ex_ical_often(struct ex_str line)
{
	uint64_t h = hash_of(line);
	struct kept *k;
	size_t i, at;

	for (i = 0; i < PROBES; i++) {
		at = (h / MOST + i) % MOST;
		k = atomic_load_explicit(&slot[at], memory_order_acquire);
		if (k == NULL)
			break;
		if (ex_str_eq(k->line, line))
			return k->prop;
	}
	if (i == PROBES || !enough(h))
		return NULL;
	pthread_mutex_lock(&lock);
	k = atomic_load_explicit(&slot[at], memory_order_relaxed);
	if (k == NULL) {
		k = make(line);
		atomic_store_explicit(&slot[at], k, memory_order_release);
	}
	pthread_mutex_unlock(&lock);
	return ex_str_eq(k->line, line) ? k->prop : NULL;
}
