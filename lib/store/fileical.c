/*
 * fileical.c: a VCALENDAR of many items: apart, and each put together again
 *
 * All components of one kind and UID are an item; a component without UID
 * is one of its own.  What is read of an item is a VCALENDAR with the
 * calendar's own properties, the zones that the item names, and its
 * components: as if it had been a file of its own.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ex/array.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/line.h>
#include <ex/zone.h>

#include "priv.h"

#define OWN_BYTES	65536	/* of a calendar's own, copied to each item */

/* Chained: order counts, as it does not in ex_sum_line(). */
static void
mix(struct ex_sum *s, struct ex_sum more)
{
	struct ex_sum both[2] = { *s, more };

	*s = ex_sum_of(both, sizeof(both));
}

/* The item of that UID and kind in that calendar, or _NONE. */
static uint32_t
group(const struct ex_filestore *f, struct ex_str uid, uint32_t cal,
    uint8_t kind, struct ex_arena *a)
{
	uint32_t at = ex_fileindex_find(f, uid);
	const struct ex_file_ent *e;
	struct ex_str id;

	if (at == EX_FILE_NONE)
		return at;
	e = &f->ent[at];
	if (e->cal == cal && e->kind == kind)
		return at;
	if (e->last < 2)
		return EX_FILE_NONE;
	id = ex_arena_fmt(a, "%.*s-%u", EX_STR_ARG(uid), e->last);
	at = ex_fileindex_find(f, id);
	e = &f->ent[at == EX_FILE_NONE ? 0 : at];
	return at != EX_FILE_NONE && e->cal == cal && e->kind == kind ? at :
	    EX_FILE_NONE;
}

static void
append(struct ex_filestore *f, uint32_t head, uint32_t at)
{
	struct ex_file_ent *h = &f->ent[head];

	f->ent[at].flags |= EX_FILE_PART;
	f->ent[h->tail == EX_FILE_NONE ? head : h->tail].next = at;
	h->tail = at;
	mix(&h->rev, f->ent[at].rev);
}

static void
add_zone(struct ex_filestore *f, struct ex_file_cal *cal, struct ex_str text,
    const struct ex_ical_scan *scan)
{
	struct ex_file_zone zone = { .text = text };

	if (scan->ntzid == 0)
		return;
	zone.tzid = ex_arena_str(&f->index, scan->tzid[0]);
	zone.sum = ex_sum_of(text.p, text.n);
	cal->zone = ex_arena_grow(&f->index, cal->zone, cal->nzone,
	    sizeof(zone));
	cal->zone[cal->nzone++] = zone;
}

/* A component of a VCALENDAR. */
static void
add_comp(struct ex_filestore *f, uint32_t cal, struct ex_str text,
    uint32_t line)
{
	struct ex_file_ent e = { .cal = cal, .line = line, .len = text.n,
	    .off = (uint64_t)(text.p - f->spool.map.p) };
	struct ex_ical_scan scan;
	uint32_t head, at;

	ex_arena_reset(&f->scratch);
	ex_ical_peek(text, &f->scratch, &scan);
	if (ex_str_is(scan.name, "vtimezone"))
		add_zone(f, &f->cal[cal], text, &scan);
	if (scan.kind == EX_KIND_NONE)
		return;
	e.kind = (uint8_t)scan.kind;
	e.rev = ex_sum_of(text.p, text.n);
	at = ex_fileindex_add(f, &e);
	head = scan.uid.p == NULL ? EX_FILE_NONE :
	    group(f, scan.uid, cal, e.kind, &f->scratch);
	if (head != EX_FILE_NONE)
		append(f, head, at);
	else if (scan.uid.p != NULL)
		ex_fileindex_put(f, at, scan.uid);
	/* Its hash needs the zones: after the calendar's end. */
}

static struct ex_str
name_behind(struct ex_str line, size_t n)
{
	return ex_line_trim((struct ex_str){ line.p + n, line.n - n });
}

/*
 * From BEGIN:X at pos to its END.  Where ENDs are lost, the UIDs of items
 * may be hidden inside others.
 */
static size_t
comp_end(struct ex_filestore *f, struct ex_str text, size_t pos,
    uint32_t *number)
{
	struct ex_str line, name = EX_STR_NONE, end;
	uint32_t first = *number;
	size_t depth = 0;

	while (pos < text.n) {
		pos = ex_line_physical(text, pos, &line);
		++*number;
		if (ex_line_starts(line, "begin:")) {
			if (depth++ == 0)
				name = name_behind(line, 6);
		} else if (ex_line_starts(line, "end:") && --depth == 0) {
			end = name_behind(line, 4);
			if (end.n == name.n &&
			    strncasecmp(end.p, name.p, end.n) == 0)
				return pos;
			break;
		}
	}
	if (f->cut.p == NULL)
		f->cut = ex_arena_fmt(&f->index,
		    "line %u: BEGIN:%.*s has no END", first,
		    (int)(name.n < 40 ? name.n : 40), name.p);
	return pos;
}

static void
add_own(struct ex_filestore *f, struct ex_file_cal *cal, struct ex_str text,
    uint32_t line)
{
	struct ex_file_span *last;

	if (cal->nown > 0) {
		last = &cal->own[cal->nown - 1];
		if (last->text.p + last->text.n == text.p) {
			last->text.n += text.n;
			return;
		}
	}
	cal->own = ex_arena_grow(&f->index, cal->own, cal->nown,
	    sizeof(*cal->own));
	cal->own[cal->nown++] = (struct ex_file_span){ text, line };
}

/* Everything between BEGIN:VCALENDAR and its END. */
static void
walk(struct ex_filestore *f, uint32_t at, struct ex_str text, uint32_t line)
{
	struct ex_file_cal *cal = &f->cal[at];
	uint64_t base = (uint64_t)(text.p - f->spool.map.p);
	size_t pos, from;
	uint32_t first;
	struct ex_str one;

	cal->end = base + text.n;
	pos = ex_line_physical(text, 0, &one);
	for (line++; pos < text.n;) {
		from = pos;
		first = line++;
		pos = ex_line_physical(text, pos, &one);
		if (ex_line_starts(one, "end:vcalendar")) {
			cal->end = base + from;
			break;
		}
		if (!ex_line_starts(one, "begin:")) {
			one.n = pos - from;
			add_own(f, cal, one, first);
			continue;
		}
		if (cal->comps == 0)
			cal->comps = base + from;
		line = first;
		pos = comp_end(f, text, from, &line);
		add_comp(f, at, (struct ex_str){ text.p + from, pos - from },
		    first);
	}
	if (cal->comps == 0)
		cal->comps = cal->end;
}

/* The zones that an item names are part of its rev. */
static void
mix_zones(struct ex_filestore *f, uint32_t at)
{
	struct ex_file_ent *e = &f->ent[at], *c = e;
	struct ex_file_cal *cal = &f->cal[e->cal];
	struct ex_ical_scan scan;
	const struct ex_file_zone *zone;
	size_t i;

	for (;;) {
		ex_arena_reset(&f->scratch);
		ex_ical_scan(ex_fileindex_text(f, c), &f->scratch, &scan);
		for (i = 0; i < scan.ntzid; i++)
			if ((zone = ex_fileical_zone(cal,
			    scan.tzid[i])) != NULL)
				mix(&e->rev, zone->sum);
		if (c->next == EX_FILE_NONE)
			return;
		c = &f->ent[c->next];
	}
}

static int
by_tzid(const void *a, const void *b)
{
	const struct ex_file_zone *x = a, *y = b;
	int got = ex_str_cmp(x->tzid, y->tzid);

	/* Of two with one name the first counts. */
	return got != 0 ? got : (x->text.p > y->text.p) -
	    (x->text.p < y->text.p);
}

static void
sort_zones(struct ex_file_cal *cal)
{
	size_t i, n = 0;

	if (cal->nzone == 0)
		return;
	qsort(cal->zone, cal->nzone, sizeof(*cal->zone), by_tzid);
	for (i = 1; i < cal->nzone; i++)
		if (!ex_str_eq(cal->zone[n].tzid, cal->zone[i].tzid))
			cal->zone[++n] = cal->zone[i];
	cal->nzone = n + 1;
}

const struct ex_file_zone *
ex_fileical_zone(const struct ex_file_cal *cal, struct ex_str tzid)
{
	size_t lo = 0, hi = cal->nzone, mid;
	int got;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		got = ex_str_cmp(cal->zone[mid].tzid, tzid);
		if (got == 0)
			return &cal->zone[mid];
		if (got < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static uint32_t
new_cal(struct ex_filestore *f, struct ex_str text, uint32_t line)
{
	if (f->ncal == f->calroom)
		f->cal = ex_array_more(f->cal, &f->calroom, sizeof(*f->cal));
	f->cal[f->ncal] = (struct ex_file_cal){ .text = text, .line = line };
	return (uint32_t)f->ncal++;
}

void
ex_fileical_add(struct ex_filestore *f, struct ex_str text, uint32_t line)
{
	size_t i, from = f->nent;
	uint32_t at = new_cal(f, text, line);

	walk(f, at, text, line);
	sort_zones(&f->cal[at]);
	for (i = from; i < f->nent; i++) {
		if ((f->ent[i].flags & EX_FILE_PART) != 0)
			continue;
		f->cal[at].items++;
		if (f->cal[at].nzone > 0)
			mix_zones(f, (uint32_t)i);
	}
	for (i = from; i < f->nent; i++)
		if ((f->ent[i].flags & (EX_FILE_PART | EX_FILE_HEAD)) == 0) {
			ex_arena_reset(&f->scratch);
			ex_fileindex_put(f, (uint32_t)i, EX_STR_NONE);
		}
}

/* What goes into the item's own VCALENDAR, in order; b NULL: only counted. */
struct build {
	const struct ex_filestore *f;
	struct ex_buf *b;	/* NULL: only lines are counted */
	uint32_t line;		/* of the text, the next one */
	uint32_t want, found;	/* a line of the text, and of the file */
};

static uint32_t
lines(struct ex_str text)
{
	struct ex_str line;
	size_t pos = 0;
	uint32_t n = 0;

	while (pos < text.n) {
		pos = ex_line_physical(text, pos, &line);
		n++;
	}
	return n;
}

static void
put(struct build *to, struct ex_str text, uint32_t line)
{
	uint32_t n;

	if (to->b != NULL) {
		ex_buf_str(to->b, text);
		if (text.n > 0 && text.p[text.n - 1] != '\n' &&
		    text.p[text.n - 1] != '\r')
			ex_buf_puts(to->b, "\r\n");
		return;
	}
	n = lines(text);
	if (to->want >= to->line && to->want - to->line < n)
		to->found = line + (to->want - to->line);
	to->line += n;
}

static uint32_t
line_of(const struct ex_file_cal *cal, struct ex_str part)
{
	struct ex_str before = cal->text;

	before.n = (size_t)(part.p - before.p);
	return cal->line + lines(before);
}

static int
by_text(const void *a, const void *b)
{
	const struct ex_file_zone *const *x = a, *const *y = b;

	return ((*x)->text.p > (*y)->text.p) - ((*x)->text.p < (*y)->text.p);
}

/*
 * The zones that it names and that a reader could not know, each once.  One
 * over the cap means nothing to libical, and a copy for each item would
 * cost more than the file has bytes.
 */
static void
put_zones(struct build *to, uint32_t at, struct ex_arena *a)
{
	const struct ex_file_cal *cal = &to->f->cal[to->f->ent[at].cal];
	const struct ex_file_zone **zone = NULL, *z;
	struct ex_ical_scan scan;
	size_t i, n = 0;

	if (cal->nzone == 0)
		return;
	for (; at != EX_FILE_NONE; at = to->f->ent[at].next) {
		ex_ical_scan(ex_fileindex_text(to->f, &to->f->ent[at]), a,
		    &scan);
		for (i = 0; i < scan.ntzid; i++) {
			z = ex_fileical_zone(cal, scan.tzid[i]);
			if (z == NULL || z->text.n > EX_CAP_ZONE ||
			    ex_zone_iana(z->tzid).p != NULL)
				continue;
			zone = ex_arena_grow(a, zone, n, sizeof(*zone));
			zone[n++] = z;
		}
	}
	if (n > 1)
		qsort(zone, n, sizeof(*zone), by_text);
	for (i = 0; i < n; i++)
		if (i == 0 || zone[i] != zone[i - 1])
			put(to, zone[i]->text, to->b != NULL ? 0 :
			    line_of(cal, zone[i]->text));
}

static void
build(struct build *to, uint32_t at, struct ex_arena *a)
{
	const struct ex_filestore *f = to->f;
	const struct ex_file_cal *cal = &f->cal[f->ent[at].cal];
	size_t i, own = 0;

	put(to, EX_STR("BEGIN:VCALENDAR\r\n"), cal->line);
	for (i = 0; i < cal->nown; i++)
		own += cal->own[i].text.n;
	for (i = 0; i < cal->nown && (own <= OWN_BYTES || cal->items == 1);
	    i++)
		put(to, cal->own[i].text, cal->own[i].line);
	put_zones(to, at, a);
	for (; at != EX_FILE_NONE; at = f->ent[at].next)
		put(to, ex_fileindex_text(f, &f->ent[at]), f->ent[at].line);
	put(to, EX_STR("END:VCALENDAR\r\n"), cal->line);
}

/* Is its calendar, to the byte, what build() would make of it? */
static bool
alone(const struct ex_filestore *f, uint32_t at)
{
	static const char begin[] = "BEGIN:VCALENDAR\r\n";
	static const char end[] = "END:VCALENDAR\r\n";
	const struct ex_file_ent *e = &f->ent[at];
	const struct ex_file_cal *cal = &f->cal[e->cal];
	const char *last = f->spool.map.p + cal->end;

	return cal->items == 1 && cal->nzone == 0 && e->off == cal->comps &&
	    e->off + e->len == cal->end && ex_str_starts(cal->text, begin) &&
	    cal->text.p + cal->text.n - last == sizeof(end) - 1 &&
	    memcmp(last, end, sizeof(end) - 1) == 0;
}

int
ex_fileical_text(const struct ex_filestore *f, uint32_t at,
    struct ex_arena *a, struct ex_str *text, struct ex_err *err)
{
	struct ex_buf b = { .cap = EX_CAP_ITEM };
	struct build to = { .f = f, .b = &b };
	int got = 0;

	if (alone(f, at)) {
		*text = f->cal[f->ent[at].cal].text;
		return 0;
	}
	build(&to, at, a);
	if (b.over)
		got = ex_err_set(err, EX_ERR_INPUT, "line %u: over %lu MiB",
		    f->ent[at].line, EX_CAP_ITEM >> 20);
	else
		*text = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return got;
}

void
ex_fileical_place(const struct ex_filestore *f, uint32_t at,
    struct ex_arena *a, struct ex_err *err)
{
	struct build to = { .f = f, .line = 1 };
	struct ex_str rest;
	char *end;

	if (strncmp(err->msg, "line ", 5) != 0)
		return;
	to.want = (uint32_t)strtoul(err->msg + 5, &end, 10);
	build(&to, at, a);
	if (to.found == 0)
		return;
	rest = ex_arena_str(a, ex_str_of(end));
	ex_err_set(err, err->code, "line %u%s", to.found, rest.p);
}
