/*
 * exmapfile.c: what stands in an item's files: a photo, attachments
 *
 * A picture is an attachment of a contact that says that it is one, of the
 * name that Outlook looks for.  Addresses of pictures and files elsewhere
 * are no bytes, and stand in exover; so do files of tasks, whose
 * attachments nobody reads.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/sum.h>

#include "exmap.h"

/* "data:image/jpeg;base64,/9j/": false: it is none with bytes in base64. */
static bool
data_uri(struct ex_str s, struct ex_arena *a, struct ex_exmap_file *f)
{
	static const char mark[] = ";base64";
	const char *comma;
	size_t head;

	if (s.p == NULL || s.n < 5 || !ex_str_is_nocase(
	    (struct ex_str){ s.p, 5 }, "data:") ||
	    (comma = memchr(s.p, ',', s.n)) == NULL)
		return false;
	head = (size_t)(comma - s.p);
	if (head < 5 + sizeof(mark) - 1 || memcmp(comma - sizeof(mark) + 1,
	    mark, sizeof(mark) - 1) != 0)
		return false;
	f->type = (struct ex_str){ s.p + 5, head - 5 - sizeof(mark) + 1 };
	s.p = comma + 1;
	s.n -= head + 1;
	return ex_line_base64_decode(s, a, &f->content) == 0 &&
	    f->content.n > 0;
}

static void
add(struct ex_exmap_files *f, struct ex_exmap_file file, struct ex_arena *a)
{
	f->v = ex_arena_grow(a, f->v, f->n, sizeof(*f->v));
	f->v[f->n++] = file;
}

static struct ex_str
slot_of(const struct ex_exmap_file *f, struct ex_arena *a)
{
	struct ex_sum sum;

	if (f->photo)
		return EX_STR("photo");
	sum = ex_sum_of(f->content.p, f->content.n);
	return ex_arena_fmt(a, "file%016llx", (unsigned long long)sum.lo);
}

static bool
is_image(struct ex_str type)
{
	return type.n > 6 && ex_str_is_nocase((struct ex_str){ type.p, 6 },
	    "image/");
}

static void
fill_photo(struct ex_exmap_bits *b, struct ex_exmap_files *files)
{
	struct ex_exmap_file f = { .photo = true,
	    .name = EX_STR("ContactPicture.jpg") };
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (b->v[i].slot.p != NULL || b->v[i].prop == NULL ||
		    !ex_str_is(b->v[i].prop->name, "photo") ||
		    !data_uri(ex_prop_text(b->v[i].prop), b->a, &f) ||
		    (b->server->strict && !is_image(f.type)))
			continue;
		b->v[i].slot = EX_STR("photo");
		add(files, f, b->a);
		return;
	}
}

static struct ex_str
param(const struct ex_prop *p, const char *name)
{
	const struct ex_param *q = ex_prop_param(p, name);

	return q == NULL ? EX_STR_NONE : q->value[0];
}

static void
fill_attach(struct ex_exmap_bits *b, struct ex_exmap_files *files)
{
	struct ex_exmap_index seen = { .a = b->a };
	struct ex_exmap_file f;
	struct ex_prop *p;
	size_t i;

	for (i = 0; i < b->n; i++) {
		p = b->v[i].prop;
		f = (struct ex_exmap_file){ .photo = false };
		if (b->v[i].slot.p != NULL || p == NULL ||
		    b->v[i].at.n > 0 || !ex_str_is(p->name, "attach") ||
		    !ex_str_is(p->type, "binary") ||
		    ex_prop_text(p).p == NULL || ex_line_base64_decode(
		    ex_prop_text(p), b->a, &f.content) == -1 ||
		    f.content.n == 0)
			continue;
		if ((*ex_exmap_index_at(&seen, f.content,
		    EX_STR_NONE))++ > 0)
			continue;
		f.type = param(p, "fmttype");
		f.name = param(p, "filename");
		if (f.name.p == NULL)
			f.name = param(p, "x-filename");
		f.name = f.name.p == NULL ? f.name :
		    ex_exmap_clean(f.name, false, b->a);
		if (f.name.p == NULL)
			f.name = ex_arena_fmt(b->a, "attachment-%zu",
			    files->n + 1);
		b->v[i].slot = slot_of(&f, b->a);
		add(files, f, b->a);
	}
}

void
ex_exmap_files_fill(struct ex_exmap_bits *b, enum ex_kind kind,
    struct ex_exmap_files *f)
{
	if (kind == EX_KIND_CONTACTS)
		fill_photo(b, f);
	else if (kind == EX_KIND_EVENTS)
		fill_attach(b, f);
}

static struct ex_str
base64(struct ex_str bytes, struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	ex_line_base64_encode(&b, bytes);
	s = ex_arena_str(a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return s;
}

void
ex_exmap_files_take(const struct ex_exmap_file *file, size_t n,
    enum ex_kind kind, struct ex_exmap_bits *b)
{
	struct ex_prop *p;
	struct ex_str s, type;
	size_t i;

	for (i = 0; i < n; i++) {
		if (file[i].photo != (kind == EX_KIND_CONTACTS))
			continue;
		s = base64(file[i].content, b->a);
		type = file[i].type;
		if (file[i].photo) {
			if (type.n == 0)
				type = EX_STR("image/jpeg");
			p = ex_prop_new(b->a, EX_STR("photo"), EX_STR("uri"),
			    ex_json_text(b->a, ex_arena_fmt(b->a,
			    "data:%.*s;base64,%.*s", EX_STR_ARG(type),
			    EX_STR_ARG(s))));
		} else {
			p = ex_prop_new(b->a, EX_STR("attach"),
			    EX_STR("binary"), ex_json_text(b->a, s));
			if (file[i].name.n > 0)
				ex_prop_add_param(b->a, p,
				    EX_STR("filename"), &file[i].name, 1);
			if (type.n > 0)
				ex_prop_add_param(b->a, p,
				    EX_STR("fmttype"), &type, 1);
		}
		ex_exmap_bit_prop(b, slot_of(&file[i], b->a), p);
	}
}

static size_t *
like(struct ex_exmap_index *x, const struct ex_exmap_file *f)
{
	/* one without bytes may have none at all */
	return ex_exmap_index_at(x, f->content.n > 0 ? f->content :
	    EX_STR(""), f->photo ? EX_STR("photo") : EX_STR_NONE);
}

void
ex_exmap_files_send(const struct ex_exmap_files *want,
    const struct ex_exmap_held *was, enum ex_kind kind, struct ex_arena *a,
    struct ex_exmap_send *send)
{
	struct ex_exmap_index there = { .a = a }, wanted = { .a = a };
	const struct ex_exmap_file **drop;
	size_t i;

	for (i = 0; was != NULL && i < was->nfile; i++)
		*like(&there, &was->file[i]) = 1;
	for (i = 0; i < want->n; i++) {
		*like(&wanted, &want->v[i]) = 1;
		if (*like(&there, &want->v[i]) > 0)
			continue;
		send->add = ex_arena_grow(a, send->add, send->nadd,
		    sizeof(*send->add));
		send->add[send->nadd++] = want->v[i];
	}
	if (was == NULL)
		return;
	drop = ex_arena_array(a, was->nfile, sizeof(*drop));
	send->drop = drop;
	for (i = 0; i < was->nfile; i++) {
		/* what is not read as a property is nobody's to take away */
		if (was->file[i].photo == (kind == EX_KIND_CONTACTS) &&
		    *like(&wanted, &was->file[i]) == 0)
			drop[send->ndrop++] = &was->file[i];
	}
}
