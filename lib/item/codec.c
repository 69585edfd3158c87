/*
 * codec.c: which codec a text or an item is for
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/line.h>

/* The first line that is not blank, and its number. */
static struct ex_str
first_line(struct ex_str text, unsigned *number)
{
	struct ex_str line = EX_STR_NONE;
	size_t pos = 0;

	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		pos = 3;
	while (pos < text.n) {
		pos = ex_line_physical(text, pos, &line);
		line = ex_line_trim(line);
		if (line.n > 0)
			break;
		++*number;
	}
	return line;
}

int
ex_codec_decode(struct ex_str text, unsigned number, struct ex_arena *a,
    struct ex_item *item, struct ex_err *err)
{
	unsigned at = number;
	struct ex_str line = first_line(text, &at);

	if (line.n == 0)
		return ex_err_set(err, EX_ERR_INPUT, "line %u: empty", number);
	if (ex_line_starts(line, "begin:vcard"))
		return ex_vcard_decode(text, number, a, item, err);
	if (ex_line_starts(line, "begin:"))
		return ex_ical_decode(text, number, a, item, err);
	return ex_err_set(err, EX_ERR_INPUT,
	    "line %u: neither BEGIN:VCARD nor BEGIN:VCALENDAR", at);
}

struct ex_str
ex_codec_form(struct ex_str as, enum ex_kind kind)
{
	if (kind != EX_KIND_CONTACTS)
		return EX_STR("icalendar 2.0");
	return ex_str_is(as, "vcard 4.0") ? EX_STR("vcard 4.0") :
	    EX_STR("vcard 3.0");
}

int
ex_codec_encode(const struct ex_item *item, struct ex_str as,
    struct ex_arena *scratch, struct ex_buf *out, struct ex_err *err)
{
	if (item->kind == EX_KIND_CONTACTS)
		return ex_vcard_encode(item, as, scratch, out, err);
	return ex_ical_encode(item, scratch, out, err);
}

int
ex_codec_check(const struct ex_item *item, struct ex_arena *scratch,
    struct ex_err *err)
{
	const struct ex_prop *p;
	size_t i;

	if (item->kind != EX_KIND_CONTACTS)
		return ex_ical_check(item, scratch, err);
	if (item->root == NULL || !ex_str_is(item->root->name, "vcard"))
		return ex_err_set(err, EX_ERR_INPUT, "no vCard");
	/* FN and N are made where they are not; what else must a card say? */
	for (i = 0; i < item->root->nprop; i++) {
		p = item->root->prop[i];
		if (p->name.n == 0 || p->value == NULL)
			return ex_err_set(err, EX_ERR_INPUT,
			    "%.*s: no value",
			    (int)(p->name.n < 40 ? p->name.n : 40),
			    p->name.p);
	}
	return 0;
}
