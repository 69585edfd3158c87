/*
 * export.c: items as a file that other programs read
 *
 * A calendar is put together from the text of its items: what stands
 * before an item's first component is the calendar's own (its head), then
 * come zones, each once, then the rest.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/codec.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/export.h>
#include <ex/line.h>
#include <ex/sum.h>

/* What was seen, by digest: open addressing, at most half full. */
struct set {
	struct ex_sum *slot;	/* lo and hi 0: free */
	size_t n, size;
};

struct ex_export {
	FILE *fp;
	enum ex_export_form form;
	struct ex_arena scratch;
	struct ex_buf text;	/* of one item */
	struct ex_buf head;	/* of the open calendar; empty: none */
	struct set uid, tzid, zone;
};

int
ex_export_form_of(const char *name)
{
	static const char *const form[] = { "records", "vcf", "ics", "json" };
	int i;

	for (i = 0; i < 4; i++)
		if (strcmp(name, form[i]) == 0)
			return i;
	return -1;
}

struct ex_export *
ex_export_new(FILE *fp, enum ex_export_form form)
{
	struct ex_export *x = calloc(1, sizeof(*x));

	if (x == NULL)
		ex_diag_oom();
	x->fp = fp;
	x->form = form;
	return x;
}

static struct ex_sum *
set_find(const struct set *s, struct ex_sum key)
{
	size_t i = (size_t)key.lo & (s->size - 1);

	while ((s->slot[i].lo | s->slot[i].hi) != 0 &&
	    (s->slot[i].lo != key.lo || s->slot[i].hi != key.hi))
		i = (i + 1) & (s->size - 1);
	return &s->slot[i];
}

static bool
set_has(const struct set *s, struct ex_str str)
{
	return s->size > 0 && set_find(s, ex_sum_of(str.p, str.n))->lo != 0;
}

static void
set_add(struct set *s, struct ex_str str)
{
	struct set old = *s;
	struct ex_sum *free_slot, key = ex_sum_of(str.p, str.n);
	size_t i;

	if (s->n * 2 >= s->size) {
		s->size = old.size == 0 ? 64 : old.size * 2;
		s->slot = calloc(s->size, sizeof(*s->slot));
		if (s->slot == NULL)
			ex_diag_oom();
		for (i = 0; i < old.size; i++)
			if (old.slot[i].lo != 0)
				*set_find(s, old.slot[i]) = old.slot[i];
		free(old.slot);
	}
	free_slot = set_find(s, key);
	if (free_slot->lo == 0)
		s->n++;
	*free_slot = key;
}

static void
set_clear(struct set *s)
{
	free(s->slot);
	*s = (struct set){ NULL, 0, 0 };
}

/* The text of a VCALENDAR, cut where its first component begins. */
static struct ex_str
head_of(struct ex_str text)
{
	size_t at = 0;
	const char *lf;

	while (at < text.n) {
		lf = memchr(text.p + at, '\n', text.n - at);
		if (lf == NULL)
			break;
		if (at > 0 && text.n - at > 6 &&
		    memcmp(text.p + at, "BEGIN:", 6) == 0)
			break;
		at = (size_t)(lf - text.p) + 1;
	}
	return (struct ex_str){ text.p, at };
}

/* The value of a zone's TZID line, folds and all: enough to compare. */
static struct ex_str
tzid_of(struct ex_str zone)
{
	const char *from = strstr(zone.p, "\nTZID"), *to;

	if (from == NULL || from >= zone.p + zone.n)
		return zone;
	to = strstr(from + 1, "\r\n");
	return to == NULL ? zone :
	    (struct ex_str){ from, (size_t)(to - from) };
}

/*
 * Each component behind the head: zones or the others.  fn returns false
 * to stop, and that is returned.
 */
static bool
each(struct ex_export *x, struct ex_str text, size_t at, bool zones,
    bool (*fn)(struct ex_export *x, struct ex_str comp))
{
	struct ex_str comp;
	struct ex_err err;
	unsigned number = 1, first;

	while (ex_lines_comp(text, &at, &number, &comp, &first, &err) == 1)
		if (ex_str_starts(comp, "BEGIN:VTIMEZONE") == zones &&
		    !fn(x, comp))
			return false;
	return true;
}

/* Is this zone new here, or the same as the one of that name? */
static bool
zone_fits(struct ex_export *x, struct ex_str zone)
{
	return !set_has(&x->tzid, tzid_of(zone)) || set_has(&x->zone, zone);
}

static bool
zone_put(struct ex_export *x, struct ex_str zone)
{
	if (set_has(&x->zone, zone))
		return true;
	set_add(&x->zone, zone);
	set_add(&x->tzid, tzid_of(zone));
	fwrite(zone.p, 1, zone.n, x->fp);
	return true;
}

static bool
comp_put(struct ex_export *x, struct ex_str comp)
{
	fwrite(comp.p, 1, comp.n, x->fp);
	return true;
}

static void
close_calendar(struct ex_export *x)
{
	if (x->head.n > 0)
		fputs("END:VCALENDAR\r\n", x->fp);
	ex_buf_clear(&x->head);
	set_clear(&x->uid);
	set_clear(&x->tzid);
	set_clear(&x->zone);
}

static void
put_calendar(struct ex_export *x, struct ex_str uid)
{
	struct ex_str text = ex_buf_get(&x->text), head = head_of(text);

	/* Without the END:VCALENDAR, which is no component. */
	text.n -= strlen("END:VCALENDAR\r\n");
	/* Equal ones without a UID are written under the same one. */
	if (uid.p == NULL)
		uid = (struct ex_str){ text.p + head.n, text.n - head.n };
	if (x->head.n == 0 || !ex_str_eq(head, ex_buf_get(&x->head)) ||
	    set_has(&x->uid, uid) ||
	    !each(x, text, head.n, true, zone_fits)) {
		close_calendar(x);
		ex_buf_str(&x->head, head);
		fwrite(head.p, 1, head.n, x->fp);
	}
	set_add(&x->uid, uid);
	each(x, text, head.n, true, zone_put);
	each(x, text, head.n, false, comp_put);
}

int
ex_export_item(struct ex_export *x, const struct ex_item *item,
    struct ex_err *err)
{
	int got = 0;

	ex_buf_clear(&x->text);
	if (x->form == EX_EXPORT_JSON) {
		ex_item_write(&x->text, item);
		ex_buf_putc(&x->text, '\n');
	} else if ((item->kind == EX_KIND_CONTACTS) !=
	    (x->form == EX_EXPORT_VCF)) {
		return ex_err_set(err, EX_ERR_INPUT, "%s do not go into a "
		    "file of this form", ex_kind_name(item->kind));
	} else {
		got = ex_codec_encode(item, item->as, &x->scratch, &x->text,
		    err);
		ex_arena_reset(&x->scratch);
	}
	if (got == -1)
		return -1;
	if (x->text.over)
		return ex_err_set(err, EX_ERR_INPUT, "the item is too large");
	if (x->form == EX_EXPORT_ICS) {
		ex_buf_putc(&x->text, '\0');	/* for strstr */
		x->text.n--;
		put_calendar(x, item->uid);
	} else {
		fwrite(x->text.p, 1, x->text.n, x->fp);
	}
	return 0;
}

void
ex_export_end(struct ex_export *x)
{
	close_calendar(x);
	ex_buf_fini(&x->text);
	ex_buf_fini(&x->head);
	ex_arena_free(&x->scratch);
	free(x);
}
