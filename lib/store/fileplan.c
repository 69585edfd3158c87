/*
 * fileplan.c: writes to a file of many items, as edits of its bytes
 *
 *	create	card	its text at the end
 *		event	its components at the end of the last VCALENDAR; in
 *			one of its own if it has properties there that
 *			the last one does not give it
 *	update		its text in the place of its first component, its
 *			other components taken out
 *	delete		its components taken out
 *
 * A zone that a calendar lacks is put before its first component; none is
 * ever taken out.  All other bytes stay as they are.
 */
#include <stdlib.h>
#include <string.h>

#include <ex/canon.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/json.h>
#include <ex/line.h>

#include "priv.h"

#define ZONES_BACK	16	/* looked back for one that was put in */

static void
answer(struct ex_file_plan *p, struct ex_file_job *j, enum ex_answer what,
    const char *why)
{
	j->edits = false;
	j->r.answer = what;
	j->r.why = ex_arena_fmt(&p->a, "%.*s: %s", EX_STR_ARG(j->id), why);
}

static void
edit(struct ex_file_plan *p, uint64_t off, uint64_t len, struct ex_str text)
{
	p->edit = ex_arena_grow(&p->a, p->edit, p->nedit, sizeof(*p->edit));
	p->edit[p->nedit] = (struct ex_file_edit){ off, len, text, p->nedit };
	p->nedit++;
}

/* What was written to b since it was cleared, with the file's line ends. */
static struct ex_str
taken(struct ex_file_plan *p, struct ex_buf *b)
{
	char *text = ex_arena_bytes(&p->a, b->n + 1);
	size_t i, n = 0;

	for (i = 0; i < b->n; i++)
		if (!p->lf || b->p[i] != '\r' || i + 1 == b->n ||
		    b->p[i + 1] != '\n')
			text[n++] = b->p[i];
	text[n] = '\0';
	ex_buf_clear(b);
	return (struct ex_str){ text, n };
}

static bool
is_form(const struct ex_file_plan *p, const struct ex_item *item)
{
	switch (p->f->form) {
	case EX_FILE_VCF:
		return item->kind == EX_KIND_CONTACTS;
	case EX_FILE_ICS:
		return item->kind != EX_KIND_CONTACTS;
	case EX_FILE_JSONL:
	case EX_FILE_LOOK:
		break;
	}
	return true;
}

/* The zones of it that the calendar lacks. */
static int
add_zones(struct ex_file_plan *p, const struct ex_item *item,
    struct ex_file_into *into, struct ex_err *err)
{
	struct ex_ical_scan scan;
	struct ex_str one;
	unsigned number = 1, first;
	size_t pos = 0, i;

	ex_buf_clear(&p->text);
	if (ex_ical_encode_zones(item, &p->scratch, &p->text, err) == -1)
		return -1;
	while (ex_lines_comp(ex_buf_get(&p->text), &pos, &number, &one,
	    &first, err) == 1) {
		ex_ical_scan(one, &p->scratch, &scan);
		if (scan.ntzid == 0 || (into->cal != NULL &&
		    ex_fileical_zone(into->cal, scan.tzid[0]) != NULL))
			continue;
		for (i = into->nput; i > 0 && into->nput - i < ZONES_BACK;
		    i--)
			if (ex_str_eq(into->put[i - 1], scan.tzid[0]))
				break;
		if (i > 0 && into->nput - i < ZONES_BACK)
			continue;
		into->put = ex_arena_grow(&p->a, into->put, into->nput,
		    sizeof(*into->put));
		into->put[into->nput++] = ex_arena_str(&p->a, scan.tzid[0]);
		ex_buf_str(&into->zones, one);
	}
	return 0;
}

static struct ex_file_into *
into_cal(struct ex_file_plan *p, uint32_t cal)
{
	if (p->into == NULL)
		p->into = ex_arena_array(&p->a, p->f->ncal + 1,
		    sizeof(*p->into));
	if (cal == EX_FILE_NONE)
		return &p->into[p->f->ncal];
	p->into[cal].cal = &p->f->cal[cal];
	return &p->into[cal];
}

/* A calendar's own property that is more than a matter of form. */
static bool
extra(const struct ex_prop *prop)
{
	return !ex_canon_volatile(prop->name);
}

static bool
has_prop(const struct ex_comp *root, const struct ex_prop *prop)
{
	size_t i;

	for (i = 0; i < root->nprop; i++)
		if (ex_str_eq(root->prop[i]->name, prop->name) &&
		    ex_json_eq(root->prop[i]->value, prop->value))
			return true;
	return false;
}

/* Did we open the calendar, for an item of ours? */
static bool
ours(const struct ex_file_cal *cal)
{
	struct ex_str text;
	size_t i;

	for (i = 0; i < cal->nown; i++) {
		text = cal->own[i].text;
		for (; text.n > 0; text.p++, text.n--)
			if (*text.p == 'P' && ex_str_starts(text,
			    "PRODID:" EX_CODEC_PRODID))
				return true;
	}
	return false;
}

/*
 * Does the calendar give the item all that its own had?  What is in a
 * calendar of the user's all its items have; what is in one of ours came
 * with one item, and is not to become another's.
 */
static bool
gives(struct ex_file_plan *p, const struct ex_file_cal *cal,
    const struct ex_item *item)
{
	const struct ex_comp *root = item->root;
	struct ex_buf b = { .cap = EX_CAP_ITEM };
	struct ex_item there;
	struct ex_err ignored;
	size_t i, n = 0;
	bool got;

	for (i = 0; i < root->nprop; i++)
		n += extra(root->prop[i]);
	if (n == 0 && (cal == NULL || !ours(cal)))
		return true;
	if (cal == NULL || n > ZONES_BACK)
		return false;
	ex_buf_puts(&b, "BEGIN:VCALENDAR\r\n");
	for (i = 0; i < cal->nown; i++)
		ex_buf_str(&b, cal->own[i].text);
	ex_buf_puts(&b, "BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n"
	    "END:VCALENDAR\r\n");
	got = !b.over && ex_codec_decode(ex_buf_get(&b), 1, &p->scratch,
	    &there, &ignored) == 0;
	for (i = 0; i < root->nprop && got; i++)
		got = !extra(root->prop[i]) ||
		    has_prop(there.root, root->prop[i]);
	for (i = 0; got && ours(cal) && i < there.root->nprop; i++)
		got = !extra(there.root->prop[i]) ||
		    has_prop(root, there.root->prop[i]);
	ex_buf_fini(&b);
	return got;
}

/* What could not be read again is not written. */
static int
readable(const struct ex_file_plan *p, struct ex_err *err)
{
	if (p->f->form == EX_FILE_JSONL || p->text.n <= EX_CAP_ITEM)
		return 0;
	return ex_err_set(err, EX_ERR_INPUT, "over %lu MiB when it is"
	    " written", EX_CAP_ITEM >> 20);
}

static int
create_ical(struct ex_file_plan *p, const struct ex_item *item,
    struct ex_err *err)
{
	struct ex_filestore *f = p->f;
	struct ex_file_cal *last = f->ncal > 0 ? &f->cal[f->ncal - 1] : NULL;
	struct ex_file_into *into;

	if (last != NULL && !gives(p, last, item))
		last = NULL;
	if (last == NULL && !gives(p, NULL, item)) {
		ex_buf_clear(&p->text);
		if (ex_codec_encode(item, EX_STR("icalendar 2.0"),
		    &p->scratch, &p->text, err) == -1 ||
		    readable(p, err) == -1)
			return -1;
		ex_buf_str(&p->end, ex_buf_get(&p->text));
		return 0;
	}
	into = into_cal(p, last == NULL ? EX_FILE_NONE :
	    (uint32_t)f->ncal - 1);
	if (add_zones(p, item, into, err) == -1)
		return -1;
	ex_buf_clear(&p->text);
	if (ex_ical_encode_comps(item, &p->scratch, &p->text, err) == -1 ||
	    readable(p, err) == -1)
		return -1;
	ex_buf_str(&into->comps, ex_buf_get(&p->text));
	return 0;
}

/* The text of a card or of a line. */
static int
encode(struct ex_file_plan *p, const struct ex_write *w, struct ex_err *err)
{
	ex_buf_clear(&p->text);
	if (p->f->form != EX_FILE_JSONL)
		return ex_codec_encode(w->item, ex_codec_form(w->as,
		    w->item->kind), &p->scratch, &p->text, err) == -1 ? -1 :
		    readable(p, err);
	ex_item_write(&p->text, w->item);
	ex_buf_putc(&p->text, '\n');
	return 0;
}

static int
create(struct ex_file_plan *p, const struct ex_write *w, struct ex_err *err)
{
	if (p->f->form == EX_FILE_ICS)
		return create_ical(p, w->item, err);
	if (encode(p, w, err) == -1)
		return -1;
	ex_buf_str(&p->end, ex_buf_get(&p->text));
	return 0;
}

static int
update(struct ex_file_plan *p, const struct ex_write *w, uint32_t at,
    struct ex_err *err)
{
	const struct ex_file_ent *e = &p->f->ent[at];
	struct ex_str text;

	if (e->cal == EX_FILE_NONE) {
		if (encode(p, w, err) == -1)
			return -1;
		if (p->f->form == EX_FILE_JSONL)
			p->text.n--;	/* the line's end is not its own */
		text = taken(p, &p->text);
	} else {
		if (add_zones(p, w->item, into_cal(p, e->cal), err) == -1)
			return -1;
		ex_buf_clear(&p->text);
		if (ex_ical_encode_comps(w->item, &p->scratch, &p->text,
		    err) == -1 || readable(p, err) == -1)
			return -1;
		text = taken(p, &p->text);
	}
	edit(p, e->off, e->len, text);
	for (at = e->next; at != EX_FILE_NONE; at = p->f->ent[at].next)
		edit(p, p->f->ent[at].off, p->f->ent[at].len, EX_STR(""));
	return 0;
}

static void
take_out(struct ex_file_plan *p, uint32_t at)
{
	const struct ex_str map = p->f->spool.map;
	uint64_t end;

	for (; at != EX_FILE_NONE; at = p->f->ent[at].next) {
		end = p->f->ent[at].off + p->f->ent[at].len;
		/* A line's end goes with it; a component's is in it. */
		if (p->f->form == EX_FILE_JSONL && end < map.n)
			end++;
		edit(p, p->f->ent[at].off, end - p->f->ent[at].off,
		    EX_STR(""));
	}
}

/* May it be carried out on what the file holds?  at: the item it is for. */
static bool
allowed(struct ex_file_plan *p, struct ex_file_job *j, uint32_t *at)
{
	const struct ex_write *w = j->w;
	const struct ex_file_ent *e;
	struct ex_str rev;

	*at = ex_fileindex_find(p->f, j->id);
	if (w->op == EX_WRITE_CREATE) {
		if (*at != EX_FILE_NONE || j->again)
			answer(p, j, EX_ANSWER_EXISTS, "is there already");
		return *at == EX_FILE_NONE && !j->again;
	}
	if (*at == EX_FILE_NONE) {
		answer(p, j, EX_ANSWER_GONE, "is not there");
		return false;
	}
	e = &p->f->ent[*at];
	rev = ex_fileindex_rev(e, &p->scratch);
	if (j->again || !ex_str_eq(rev, w->rev)) {
		answer(p, j, EX_ANSWER_STALE, "has changed");
		return false;
	}
	return true;
}

static bool
fit(struct ex_file_plan *p, struct ex_file_job *j)
{
	const struct ex_item *item = j->w->item;

	if (j->w->op == EX_WRITE_DELETE)
		return true;
	if (!is_form(p, item) || (p->f->s.kind != EX_KIND_NONE &&
	    item->kind != p->f->s.kind)) {
		answer(p, j, EX_ANSWER_REFUSED, "is of another kind");
		return false;
	}
	if (j->id.n > EX_CAP_ID - 16) {
		answer(p, j, EX_ANSWER_REFUSED, "its UID is too long");
		return false;
	}
	return true;
}

static void
plan_one(struct ex_file_plan *p, struct ex_file_job *j)
{
	struct ex_err why;
	uint32_t at;
	int got = 0;

	ex_arena_reset(&p->scratch);
	if (!fit(p, j) || !allowed(p, j, &at))
		return;
	j->edits = true;
	switch (j->w->op) {
	case EX_WRITE_CREATE:
		got = create(p, j->w, &why);
		break;
	case EX_WRITE_UPDATE:
		got = update(p, j->w, at, &why);
		break;
	case EX_WRITE_DELETE:
		take_out(p, at);
		break;
	}
	if (got == -1)
		answer(p, j, EX_ANSWER_REFUSED, why.msg);
	else
		p->edits = true;
}

/* What a new calendar begins with. */
static void
put_calendar(struct ex_file_plan *p, struct ex_file_into *into)
{
	struct ex_buf *b = &p->text;

	ex_buf_clear(b);
	ex_buf_puts(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"
	    EX_CODEC_PRODID "\r\n");
	ex_buf_str(b, ex_buf_get(&into->zones));
	ex_buf_str(b, ex_buf_get(&into->comps));
	ex_buf_puts(b, "END:VCALENDAR\r\n");
	edit(p, p->f->spool.map.n, 0, taken(p, b));
}

static void
put_into(struct ex_file_plan *p)
{
	struct ex_file_into *into;
	size_t i;

	for (i = 0; p->into != NULL && i <= p->f->ncal; i++) {
		into = &p->into[i];
		if (i == p->f->ncal && into->comps.n > 0)
			put_calendar(p, into);
		else if (into->zones.n > 0 || into->comps.n > 0) {
			edit(p, into->cal->comps, 0, taken(p, &into->zones));
			edit(p, into->cal->end, 0, taken(p, &into->comps));
		}
		ex_buf_fini(&into->zones);
		ex_buf_fini(&into->comps);
	}
}

static int
by_offset(const void *a, const void *b)
{
	const struct ex_file_edit *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	/* What is put before something comes before what replaces it. */
	if ((x->len == 0) != (y->len == 0))
		return x->len == 0 ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void
ex_fileplan_make(struct ex_file_plan *p, struct ex_file_job *job, size_t n)
{
	struct ex_str map = p->f->spool.map;
	const char *lf = map.n == 0 ? NULL : memchr(map.p, '\n', map.n);
	size_t i;

	p->lf = lf != NULL && (lf == map.p || lf[-1] != '\r');
	if (map.n > 0 && map.p[map.n - 1] != '\n' &&
	    map.p[map.n - 1] != '\r')
		edit(p, map.n, 0, p->lf ? EX_STR("\n") : EX_STR("\r\n"));
	p->edits = false;
	for (i = 0; i < n; i++)
		plan_one(p, &job[i]);
	put_into(p);
	if (p->end.n > 0)
		edit(p, map.n, 0, taken(p, &p->end));
	if (p->nedit > 0)
		qsort(p->edit, p->nedit, sizeof(*p->edit), by_offset);
}
