/*
 * exmapitem.c: a whole item, read and written
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/zone.h>

#include "exmap.h"

/* Where bits of the vcalendar itself are. */
#define ROOT	EX_STR("/")

static const char *
comp_name(enum ex_kind kind)
{
	return kind == EX_KIND_CONTACTS ? "vcard" :
	    kind == EX_KIND_EVENTS ? "vevent" : "vtodo";
}

static void
take(enum ex_kind kind, const struct ex_exmap_values *v,
    const struct ex_exmap_zones *z, struct ex_exmap_bits *b)
{
	if (kind == EX_KIND_CONTACTS)
		ex_exmap_contact_take(v, b);
	else if (kind == EX_KIND_EVENTS)
		ex_exmap_event_take(v, z, b);
	else
		ex_exmap_task_take(v, b);
}

/* A component that is put together. */
struct place {
	struct ex_comp *comp;	/* NULL: nothing went there yet */
	bool cancelled;
	bool changed;		/* a field or exover has its RECURRENCE-ID */
	bool status;		/* a field has its STATUS */
};

struct places {
	struct ex_exmap_index index;
	struct place *v;
	size_t n;
};

static struct place *
place(struct places *p, struct ex_str at)
{
	struct ex_arena *a = p->index.a;
	size_t *i = ex_exmap_index_at(&p->index, at, EX_STR_NONE);

	if (*i == 0) {
		p->v = ex_arena_grow(a, p->v, p->n, sizeof(*p->v));
		p->v[p->n] = (struct place){ .comp = NULL };
		*i = ++p->n;
	}
	return &p->v[*i - 1];
}

static void
load_places(struct places *p, const struct ex_exmap_bits *b,
    const struct ex_exmap_values *v)
{
	struct ex_str deleted = v->v[EX_FLD_DELETED];
	const struct ex_exmap_bit *bit;
	size_t i;

	while (deleted.n > 0)
		place(p, ex_exmap_line(&deleted))->cancelled = true;
	for (i = 0; i < b->n; i++) {
		bit = &b->v[i];
		if (bit->prop == NULL)
			continue;
		if (ex_str_is(bit->prop->name, "recurrence-id"))
			place(p, bit->at)->changed = true;
		if (ex_str_is(bit->prop->name, "status") &&
		    bit->slot.p != NULL)
			place(p, bit->at)->status = true;
	}
}

/*
 * NULL: it is not to be there.  An override that is there but for what the
 * fields never held is none; a STATUS that was kept gives way to one that a
 * field has now.
 */
static struct ex_comp *
part(struct places *p, const struct ex_exmap_bit *bit, enum ex_kind kind,
    struct ex_comp *root)
{
	bool top = bit->at.n == 0 || ex_str_eq(bit->at, ROOT);
	struct place *at = place(p, bit->at);

	if ((!top && (at->cancelled || !at->changed)) ||
	    (at->status && bit->slot.p == NULL && bit->prop != NULL &&
	    ex_str_is(bit->prop->name, "status")))
		return NULL;
	if (kind == EX_KIND_CONTACTS || ex_str_eq(bit->at, ROOT))
		return root;
	if (at->comp == NULL) {
		at->comp = ex_comp_new(p->index.a,
		    ex_str_of(comp_name(kind)));
		ex_comp_add_comp(p->index.a, root, at->comp);
	}
	return at->comp;
}

static void
assemble(struct ex_exmap_bits *b, enum ex_kind kind,
    const struct ex_exmap_values *v, struct ex_item *item)
{
	const struct ex_exmap_bit own = { .at = EX_STR("") };
	struct places p = { .index = { .a = b->a } };
	struct ex_comp *c;
	size_t i;

	load_places(&p, b, v);
	/* it is there, even if it has nothing */
	part(&p, &own, kind, item->root);
	for (i = 0; i < b->n; i++) {
		c = part(&p, &b->v[i], kind, item->root);
		if (c == NULL)
			continue;
		if (b->v[i].prop != NULL)
			ex_comp_add_prop(b->a, c, b->v[i].prop);
		else if (b->v[i].comp != NULL)
			ex_comp_add_comp(b->a, c, b->v[i].comp);
	}
}

static void
put(struct ex_exmap_bits *b, const char *name, const char *type,
    struct ex_str value)
{
	ex_exmap_bit_prop(b, EX_STR("-"), ex_prop_new(b->a, ex_str_of(name),
	    ex_str_of(type), ex_json_text(b->a, value)));
}

/* What every component has of the server's own. */
static void
take_server(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	struct ex_str stamp = v->v[EX_FLD_DTSTAMP];

	if (v->v[EX_FLD_UID].p != NULL)
		put(b, "uid", "text", v->v[EX_FLD_UID]);
	if (stamp.p == NULL)
		stamp = v->v[EX_FLD_MODIFIED];
	if (stamp.p != NULL)
		put(b, "dtstamp", "date-time", stamp);
	if (v->v[EX_FLD_MODIFIED].p != NULL)
		put(b, "last-modified", "date-time", v->v[EX_FLD_MODIFIED]);
	if (v->v[EX_FLD_CREATED].p != NULL)
		put(b, "created", "date-time", v->v[EX_FLD_CREATED]);
}

/* UID and the like to each component that there is. */
static void
take_servers(const struct ex_exmap_values *v, struct ex_exmap_bits *b)
{
	size_t i, n = b->n;

	b->at = EX_STR("");
	take_server(v, b);
	for (i = 0; i < n; i++)
		if (b->v[i].at.n > 1 && b->v[i].prop != NULL &&
		    ex_str_is(b->v[i].prop->name, "recurrence-id")) {
			b->at = b->v[i].at;
			take_server(v, b);
		}
	b->at = EX_STR("");
}

static struct ex_comp *
new_root(enum ex_kind kind, struct ex_exmap_bits *b)
{
	bool card = kind == EX_KIND_CONTACTS;

	b->at = card ? EX_STR("") : ROOT;
	put(b, "version", "text", card ? EX_STR("4.0") : EX_STR("2.0"));
	if (!card)
		put(b, "prodid", "text", EX_STR(EX_CODEC_PRODID));
	b->at = EX_STR("");
	return ex_comp_new(b->a, card ? EX_STR("vcard") :
	    EX_STR("vcalendar"));
}

int
ex_exmap_read(const struct ex_exmap_held *held, enum ex_kind kind,
    struct ex_arena *a, struct ex_item *item, struct ex_err *err)
{
	struct ex_exmap_bits b = { .a = a, .at = EX_STR("") };
	const struct ex_exmap_values *v = &held->v;
	struct ex_exmap_zones zones;
	struct ex_json *over;

	memset(item, 0, sizeof(*item));
	if (kind == EX_KIND_EVENTS && v->v[EX_FLD_START].p == NULL)
		return ex_err_set(err, EX_ERR_INPUT,
		    "Start: no such day or time");
	over = ex_exmap_over_parse(v->v[EX_FLD_OVER], a);
	ex_exmap_over_zones(over, &zones);
	take(kind, v, &zones, &b);
	ex_exmap_files_take(held->file, held->nfile, kind, &b);
	if (kind == EX_KIND_EVENTS && ex_exmap_series_take(held, &zones, &b,
	    err) == -1)
		return -1;
	ex_exmap_over_apply(over, &b);
	if (kind != EX_KIND_CONTACTS)
		take_servers(v, &b);
	item->kind = kind;
	item->root = new_root(kind, &b);
	assemble(&b, kind, v, item);
	ex_item_sort(item, a);
	item->uid = v->v[EX_FLD_UID];
	return 0;
}

/* Writing. */

/* The component that has no RECURRENCE-ID, else the only one there is. */
static const struct ex_comp *
find_master(const struct ex_item *item, struct ex_err *err)
{
	const struct ex_comp *c, *any = NULL;
	size_t i, n = 0;

	if (item->kind == EX_KIND_CONTACTS)
		return item->root;
	for (i = 0; i < item->root->ncomp; i++) {
		c = item->root->comp[i];
		if (!ex_str_is(c->name, comp_name(item->kind)))
			continue;
		if (ex_comp_prop(c, "recurrence-id") == NULL)
			return c;
		any = c;
		n++;
	}
	if (n == 1)
		return any;
	ex_err_set(err, EX_ERR_INPUT, n == 0 ?
	    "VCALENDAR: has no component of the folder's kind" :
	    "RECURRENCE-ID: there is no series that has such occurrences");
	return NULL;
}

/* A TZID that is not what we would call its zone. */
static struct ex_str
zone_name(const struct ex_comp *c, const char *name)
{
	const struct ex_prop *p = ex_comp_prop(c, name);
	const struct ex_param *tz = p == NULL ? NULL :
	    ex_prop_param(p, "tzid");
	struct ex_str windows;

	if (tz == NULL)
		return EX_STR_NONE;
	windows = ex_zone_windows(tz->value[0]);
	return windows.p == NULL || ex_str_eq(ex_zone_iana(windows),
	    tz->value[0]) ? EX_STR_NONE : tz->value[0];
}

static void
root_bits(const struct ex_item *item, struct ex_exmap_bits *b)
{
	const struct ex_comp *root = item->root, *c;
	size_t i;

	b->at = ROOT;
	for (i = 0; i < root->nprop; i++)
		ex_exmap_bit_prop(b, EX_STR_NONE, root->prop[i]);
	for (i = 0; i < root->ncomp; i++) {
		c = root->comp[i];
		if (!ex_str_is(c->name, comp_name(item->kind)))
			ex_exmap_bit_comp(b, EX_STR_NONE,
			    (struct ex_comp *)c);
	}
	b->at = EX_STR("");
}

void
ex_exmap_only(const struct ex_exmap_job *j, struct ex_exmap_values *v)
{
	unsigned flag = ex_exmap_flag(j->kind);
	int i;

	for (i = 0; i < EX_FLD_N; i++)
		if ((j->server->flags(i) & flag) == 0)
			v->v[i] = EX_STR_NONE;
}

static int
fill(struct ex_exmap_job *j, const struct ex_comp *master,
    struct ex_err *err)
{
	const struct ex_exmap_values *was = j->was == NULL ? NULL :
	    &j->was->v;

	if (j->kind == EX_KIND_CONTACTS)
		return ex_exmap_contact_fill(master, &j->have, was, &j->v,
		    err);
	if (j->kind == EX_KIND_EVENTS)
		return ex_exmap_event_fill(&j->have, was, &j->v, err);
	return ex_exmap_task_fill(&j->have, was, &j->v, err);
}

static struct ex_str
text_of(struct ex_buf *b, struct ex_arena *a)
{
	struct ex_str s = ex_arena_str(a, ex_buf_get(b));

	ex_buf_fini(b);
	return s;
}

static void
send_item(struct ex_exmap_job *j, struct ex_str uid, struct ex_str stamp)
{
	struct ex_exmap_send *send = j->send;
	struct ex_buf b = EX_BUF_INIT;

	j->v.v[EX_FLD_UID_OWN] = uid.n > 0 ? uid : EX_STR_NONE;
	j->v.v[EX_FLD_STAMP] = stamp.n > 0 ? stamp : EX_STR_NONE;
	if (j->kind == EX_KIND_EVENTS)
		j->v.v[EX_FLD_UID] = j->v.v[EX_FLD_UID_OWN];
	if (j->was == NULL || send->anew) {
		j->server->create(&b, j->kind, &j->v);
		send->create = text_of(&b, j->a);
	} else {
		j->server->update(&b, j->kind, &j->was->v, &j->v, false);
		send->update = text_of(&b, j->a);
	}
}

/* The bits of an item that is to be written. */
static int
load(struct ex_exmap_job *j, const struct ex_item *item,
    const struct ex_comp *master, struct ex_err *err)
{
	j->kind = item->kind;
	j->have = j->plain = (struct ex_exmap_bits){ .a = j->a,
	    .at = EX_STR(""), .server = j->server };
	*j->send = (struct ex_exmap_send){ .create = EX_STR(""),
	    .update = EX_STR(""), .extension = EX_STR("") };
	if (item->kind != EX_KIND_CONTACTS) {
		root_bits(item, &j->have);
		j->have.from = j->have.n;
		ex_exchange_zones_of(item->root, j->a, &j->have.zones);
		j->zones.start = zone_name(master, "dtstart");
		j->zones.end = zone_name(master, "dtend");
	}
	if (item->kind == EX_KIND_EVENTS)
		j->send->zones = ex_exchange_zones_say(&j->have.zones, j->a);
	return ex_exmap_series_bits(j, item->root, master, err);
}

int
ex_exmap_write(struct ex_exmap_job *j, const struct ex_item *item,
    struct ex_str stamp, struct ex_err *err)
{
	const struct ex_comp *master = find_master(item, err);
	struct ex_exmap_files files = { 0 };

	if (master == NULL || load(j, item, master, err) == -1)
		return -1;
	if (j->have.n > EX_CAP_EX_BITS)
		return ex_err_set(err, EX_ERR_INPUT, "has over %d properties, "
		    "EXDATEs and occurrences", EX_CAP_EX_BITS);
	if (fill(j, master, err) == -1)
		return -1;
	ex_exmap_only(j, &j->v);
	if (j->server->check != NULL && j->server->check(j, err) == -1)
		return -1;
	ex_exmap_files_fill(&j->have, item->kind, &files);
	take(item->kind, &j->v, &j->zones, &j->plain);
	ex_exmap_files_take(files.v, files.n, item->kind, &j->plain);
	if (ex_exmap_series_fill(j, err) == -1)
		return -1;
	j->v.v[EX_FLD_OVER] = ex_exmap_over_make(&j->have, &j->plain,
	    &j->zones, j->a, j->send);
	send_item(j, item->uid, stamp);
	ex_exmap_files_send(&files, j->send->anew ? NULL : j->was, item->kind,
	    j->a, j->send);
	return 0;
}
