/*
 * ewspart.c: items that wait for their attachments and changed occurrences
 *
 * GetItem names them, and other requests bring them (ewsread.c).
 */
#include <stdlib.h>
#include <string.h>

#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/line.h>

#include "ewspriv.h"

/* Depth is that of XML, which is capped. */
struct ex_xml_node *
ex_ews_copy(const struct ex_xml_node *n, struct ex_arena *a)
{
	struct ex_xml_node *to = ex_arena_alloc(a, sizeof(*to)), **end;
	struct ex_xml_attr *attr = ex_arena_array(a, n->nattr,
	    sizeof(*attr));
	const struct ex_xml_node *c;
	size_t i;

	for (i = 0; i < n->nattr; i++)
		attr[i] = (struct ex_xml_attr){ { ex_arena_str(a,
		    n->attr[i].name.ns), ex_arena_str(a,
		    n->attr[i].name.local) }, ex_arena_str(a,
		    n->attr[i].value) };
	to->name.ns = ex_arena_str(a, n->name.ns);
	to->name.local = ex_arena_str(a, n->name.local);
	to->attr = attr;
	to->nattr = n->nattr;
	to->text = ex_arena_str(a, n->text);
	end = &to->child;
	for (c = n->child; c != NULL; c = c->next) {
		*end = ex_ews_copy(c, a);
		(*end)->parent = to;
		end = &(*end)->next;
	}
	return to;
}

static size_t
count(const struct ex_xml_node *list, const char *local)
{
	const struct ex_xml_node *c = list != NULL ? list->child : NULL;
	size_t n = 0;

	for (; c != NULL; c = c->next)
		n += ex_str_is(c->name.local, local);
	return n;
}

static void
want_part(struct ex_ews_held *h, struct ex_ews_part **list, bool file,
    size_t at, struct ex_str id, long long size)
{
	struct ex_ews_part *p = ex_arena_alloc(&h->a, sizeof(*p));

	p->next = *list;
	p->held = h;
	p->at = at;
	p->id = id;
	p->size = size;
	p->file = file;
	*list = p;
	h->lacks++;
}

static void
want_files(struct ex_ews_parts *parts, struct ex_ews_held *h,
    const struct ex_xml_node *list)
{
	const struct ex_xml_node *c = list != NULL ? list->child : NULL;
	struct ex_exmap_file *f;

	h->file = ex_arena_array(&h->a, count(list, "FileAttachment"),
	    sizeof(*h->file));
	h->got.file = h->file;
	for (; c != NULL; c = c->next) {
		if (!ex_str_is(c->name.local, "FileAttachment"))
			continue;
		f = &h->file[h->got.nfile++];
		f->id = ex_xml_attr_of(ex_xml_child(c, "AttachmentId"), "Id");
		f->name = ex_xml_child_text(c, "Name");
		f->type = ex_xml_child_text(c, "ContentType");
		f->photo = ex_str_is(ex_xml_child_text(c, "IsContactPhoto"),
		    "true");
		want_part(h, &parts->file, true, h->got.nfile - 1, f->id,
		    ex_str_number(ex_xml_child_text(c, "Size")));
	}
}

static void
want_changed(struct ex_ews_parts *parts, struct ex_ews_held *h,
    const struct ex_xml_node *list)
{
	const struct ex_xml_node *c = list != NULL ? list->child : NULL;

	h->changed = ex_arena_array(&h->a, count(list, "Occurrence"),
	    sizeof(struct ex_xml_node *));
	h->got.changed = h->changed;
	for (; c != NULL; c = c->next)
		if (ex_str_is(c->name.local, "Occurrence"))
			want_part(h, &parts->changed, false,
			    h->got.nchanged++, ex_xml_attr_of(ex_xml_child(c, "ItemId"), "Id"),
			    0);
}

int
ex_ews_hold(struct ex_ews_parts *parts, const struct ex_want *want,
    const struct ex_xml_node *item, struct ex_str rev, struct ex_err *why)
{
	size_t files = count(ex_xml_child(item, "Attachments"),
	    "FileAttachment");
	size_t changed = count(ex_xml_child(item, "ModifiedOccurrences"),
	    "Occurrence");
	struct ex_ews_held *h;

	if (files == 0 && changed == 0)
		return 0;
	if (files > EX_CAP_EWS_FILES || changed > EX_CAP_EWS_CHANGED)
		return ex_err_set(why, EX_ERR_INPUT, "%zu attachments and "
		    "%zu exceptions are more than we take", files, changed);
	if ((h = calloc(1, sizeof(*h))) == NULL)
		ex_diag_oom();
	ex_link_add(&parts->held, &h->link);
	h->want = ex_want_keep(want, &h->a);
	h->rev = ex_arena_str(&h->a, rev);
	h->got.item = ex_ews_copy(item, &h->a);
	want_files(parts, h, ex_xml_child(h->got.item, "Attachments"));
	want_changed(parts, h, ex_xml_child(h->got.item,
	    "ModifiedOccurrences"));
	return 1;
}

void
ex_ews_held_free(struct ex_ews_parts *parts, struct ex_ews_held *h)
{
	ex_link_remove(&parts->held, &h->link);
	ex_arena_free(&h->a);
	free(h);
}

static int
take_file(struct ex_ews_part *p, const struct ex_xml_node *list,
    struct ex_err *why)
{
	const struct ex_xml_node *f = ex_xml_child(list, "FileAttachment");
	struct ex_exmap_file *to = &p->held->file[p->at];
	struct ex_str text = ex_xml_child_text(f, "Content");

	if (f == NULL || ex_line_base64_decode(text.p != NULL ? text :
	    EX_STR(""), &p->held->a, &to->content) == -1)
		return ex_err_set(why, EX_ERR_INPUT, "attachment %.*s: it "
		    "has no content", EX_STR_ARG(to->name));
	if (to->type.p == NULL)
		to->type = ex_arena_str(&p->held->a, ex_xml_child_text(f,
		    "ContentType"));
	return 0;
}

int
ex_ews_part_take(struct ex_ews_part *p, const struct ex_xml_node *list,
    struct ex_err *why)
{
	if (p->file)
		return take_file(p, list, why);
	if (list == NULL || list->child == NULL)
		return ex_err_set(why, EX_ERR_INPUT, "an exception has "
		    "nothing in it");
	p->held->changed[p->at] = ex_ews_copy(list->child, &p->held->a);
	return 0;
}

bool
ex_ews_part_done(struct ex_ews_part *p, const struct ex_err *why)
{
	struct ex_ews_held *h = p->held;

	if (why != NULL && !h->failed) {
		h->failed = true;
		h->why = *why;
	}
	return --h->lacks == 0;
}
