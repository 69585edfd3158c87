/*
 * vf.c: fields of N, ADR and ORG, read by libvformat behind its envelope
 *
 * Bare input crashes the library (formats.md 5).  So a fresh parser gets
 * one card that we wrote, with one line NAME:value:
 *
 * (1) NAME is of letters, digits and '-', and says neither BEGIN nor END
 *     nor one of the encodings, which it looks for anywhere;
 * (2) no parameters and no group;
 * (3) in the value no CR, LF or NUL, ';' only between fields (else 0x1F),
 *     and at most EX_CAP_FIELD bytes;
 * (4) what comes back must be that card with that one property, or its
 *     answer counts for nothing.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/item.h>
#include <ex/json.h>
#include <ex/show.h>

/* Last, for it redefines NULL; it has integer types of its own without: */
#define HAVE_INTTYPES_H 1
#include <vf_iface.h>

#define UNIT 0x1f	/* stands for a ';' inside a field */

/* (1), and made upper case. */
static bool
name_of(const char *name, char upper[65])
{
	static const char *const never[] = {
		"BEGIN", "END", "BASE64", "QUOTED-PRINTABLE", "8BIT"
	};
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		char c = name[i];

		if (i == 64)
			return false;
		if (c >= 'a' && c <= 'z')
			c = (char)(c & ~0x20);
		else if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-'))
			return false;
		upper[i] = c;
	}
	upper[i] = '\0';
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strstr(upper, never[i]) != 0)
			return false;
	return upper[0] != '\0';
}

/* (3) for one text. */
static void
put_text(struct ex_buf *b, struct ex_str s)
{
	size_t i;
	char c;

	for (i = 0; i < s.n; i++) {
		c = s.p[i];
		if (c == '\r' || c == '\n' || c == '\0')
			c = ' ';
		ex_buf_putc(b, (char)(c == ';' ? UNIT : c));
	}
}

/* A field, which may be a list. */
static void
put_field(struct ex_buf *b, const struct ex_json *j)
{
	const struct ex_json *one;

	if (j->type != EX_JSON_ARRAY) {
		put_text(b, j->text);
		return;
	}
	for (one = j->child; one != 0; one = one->next) {
		if (one != j->child)
			ex_buf_putc(b, ',');
		put_text(b, one->text);
	}
}

static void
put_value(struct ex_buf *b, const struct ex_json *j)
{
	const struct ex_json *field;

	if (j->type != EX_JSON_ARRAY) {
		put_text(b, j->text);
		return;
	}
	for (field = j->child; field != 0; field = field->next) {
		if (field != j->child)
			ex_buf_putc(b, ';');
		put_field(b, field);
	}
}

/* The parser's object, or 0. */
static VF_OBJECT_T *
parse(struct ex_buf *b)
{
	VF_PARSER_T *parser = 0;
	VF_OBJECT_T *object = 0;
	bool_t good;

	if (!vf_parse_init(&parser, &object))
		return 0;
	good = vf_parse_text(parser, b->p, (int)b->n);
	if (!vf_parse_end(parser))
		good = FALSE;
	if (!good && object != 0) {
		vf_delete_object(object, TRUE);
		object = 0;
	}
	return object;
}

/* (4): VERSION and name, in that order, and nothing else. */
static VF_PROP_T *
only_property(VF_OBJECT_T *object, const char *name)
{
	static const char version[] = "VERSION";
	VF_PROP_T *prop = 0, *want;
	const char *s;

	if ((s = vf_get_object_type(object)) == 0 || strcmp(s, "VCARD") != 0)
		return 0;
	if (!vf_get_property(&prop, object, VFGP_FIND, 0, VFP_ANY, (char *)0))
		return 0;
	if ((s = vf_get_prop_name_string(prop, 0)) == 0 ||
	    strcmp(s, version) != 0 || !vf_get_next_property(&prop))
		return 0;
	want = prop;
	if ((s = vf_get_prop_name_string(want, 0)) == 0 ||
	    strcmp(s, name) != 0 || vf_get_next_property(&prop))
		return 0;
	return want;
}

static struct ex_str
answer(VF_PROP_T *prop, unsigned field, struct ex_arena *a)
{
	const char *s = vf_get_prop_value_string(prop, field);
	struct ex_str none = { 0, 0 };
	size_t i, n;
	char *p;

	if (s == 0)
		return none;
	n = strlen(s);
	p = ex_arena_bytes(a, n + 1);
	for (i = 0; i <= n; i++)
		p[i] = (char)(s[i] == UNIT ? ';' : s[i]);
	return (struct ex_str){ p, n };
}

struct ex_str
ex_vf_field(const struct ex_item *item, const char *name, unsigned field,
    struct ex_arena *a)
{
	const struct ex_prop *p = ex_comp_prop(item->root, name);
	struct ex_str out = { 0, 0 };
	struct ex_buf b = EX_BUF_INIT;
	VF_OBJECT_T *object;
	VF_PROP_T *prop;
	char upper[65];
	size_t start;

	if (p == 0 || p->value == 0 || !name_of(name, upper))
		return out;
	ex_buf_puts(&b, "BEGIN:VCARD\r\nVERSION:3.0\r\n");
	ex_buf_puts(&b, upper);
	ex_buf_putc(&b, ':');
	start = b.n;
	put_value(&b, p->value);
	if (b.n - start <= EX_CAP_FIELD) {
		ex_buf_puts(&b, "\r\nEND:VCARD\r\n");
		object = parse(&b);
		if (object != 0) {
			prop = only_property(object, upper);
			if (prop != 0)
				out = answer(prop, field, a);
			vf_delete_object(object, TRUE);
		}
	}
	ex_buf_fini(&b);
	return out;
}
