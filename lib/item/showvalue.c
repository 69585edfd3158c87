/*
 * showvalue.c: the value of a property, for people
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/json.h>
#include <ex/show.h>
#include <ex/text.h>

/* More than anybody reads; what is cut here differs nowhere visible. */
#define SHOWN	((size_t)64 << 10)

static void
show_text(struct ex_buf *b, struct ex_str s)
{
	size_t i, n = s.n < SHOWN ? s.n : SHOWN, from = 0;

	for (i = 0; i < n; i++)
		if (s.p[i] == '\n') {
			ex_buf_add(b, s.p + from, i - from);
			ex_buf_puts(b, "\\n");
			from = i + 1;
		}
	ex_buf_add(b, s.p + from, n - from);
}

/* "2026-01-02T10:00:00Z" as "2026-01-02 10:00Z". */
static void
show_time(struct ex_buf *b, struct ex_str s)
{
	size_t n;

	if (s.n < 19 || s.p[10] != 'T' || s.p[13] != ':') {
		show_text(b, s);
		return;
	}
	ex_buf_add(b, s.p, 10);
	ex_buf_putc(b, ' ');
	n = memcmp(s.p + 16, ":00", 3) == 0 ? 5 : 8;
	ex_buf_add(b, s.p + 11, n);
	show_text(b, (struct ex_str){ s.p + 19, s.n - 19 });
}

static size_t
base64_bytes(struct ex_str s)
{
	size_t i, n = 0;

	for (i = 0; i < s.n; i++)
		n += (unsigned char)s.p[i] > ' ' && s.p[i] != '=';
	return n / 4 * 3 + n % 4 * 3 / 4;
}

/* RFC 2397: data:[TYPE][;parameters][;base64],BYTES */
static void
show_data(struct ex_buf *b, struct ex_str s)
{
	static const struct ex_str none = { "binary", 6 };
	const char *comma = memchr(s.p, ',', s.n);
	struct ex_str head = { s.p + 5, s.n - 5 }, bytes = { NULL, 0 }, type;
	const char *end;

	if (comma != NULL) {
		head.n = (size_t)(comma - head.p);
		bytes.p = comma + 1;
		bytes.n = s.n - (size_t)(bytes.p - s.p);
	}
	type = head;
	if ((end = memchr(head.p, ';', head.n)) != NULL)
		type.n = (size_t)(end - head.p);
	if (type.n == 0)
		type = none;
	ex_buf_putc(b, '(');
	show_text(b, type);
	ex_buf_fmt(b, ", %zu bytes)", ex_str_ends(head, ";base64") ?
	    base64_bytes(bytes) : bytes.n);
}

static bool
is_data_uri(struct ex_str s)
{
	return s.n >= 5 && ex_str_is_nocase((struct ex_str){ s.p, 5 },
	    "data:");
}

static void
show_string(struct ex_buf *b, const struct ex_prop *p, struct ex_str s)
{
	const struct ex_param *type;

	if (is_data_uri(s)) {
		show_data(b, s);
	} else if (ex_str_is(p->type, "binary")) {
		type = ex_prop_param(p, "fmttype");
		ex_buf_putc(b, '(');
		show_text(b, type != NULL ? type->value[0] :
		    EX_STR("binary"));
		ex_buf_fmt(b, ", %zu bytes)", base64_bytes(s));
	} else if (ex_str_is(p->type, "date-time") ||
	    ex_str_is(p->type, "date-and-or-time") ||
	    ex_str_is(p->type, "timestamp")) {
		show_time(b, s);
	} else {
		show_text(b, s);
	}
}

static void
show_upper(struct ex_buf *b, struct ex_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		ex_buf_putc(b, (char)(s.p[i] >= 'a' && s.p[i] <= 'z' ?
		    s.p[i] - 'a' + 'A' : s.p[i]));
}

/*
 * Parts of a structured value with ';', values in a part with ','; a rule
 * as RRULE has it.  No deeper than JSON may be.
 */
static void
show_json(struct ex_buf *b, const struct ex_prop *p, const struct ex_json *j,
    char between)
{
	const struct ex_json *m;

	switch (j->type) {
	case EX_JSON_NULL:
		break;
	case EX_JSON_FALSE:
		ex_buf_puts(b, "false");
		break;
	case EX_JSON_TRUE:
		ex_buf_puts(b, "true");
		break;
	case EX_JSON_NUMBER:
		ex_buf_str(b, j->text);
		break;
	case EX_JSON_STRING:
		show_string(b, p, j->text);
		break;
	case EX_JSON_ARRAY:
	case EX_JSON_OBJECT:
		for (m = j->child; m != NULL; m = m->next) {
			if (m != j->child)
				ex_buf_putc(b, between);
			if (j->type == EX_JSON_OBJECT) {
				show_upper(b, m->key);
				ex_buf_putc(b, '=');
			}
			show_json(b, p, m, ',');
		}
		break;
	}
}

/* "[home, voice, pref=1] "; groups are numbers that mean nothing. */
static void
show_params(struct ex_buf *b, const struct ex_prop *p)
{
	const struct ex_param *param;
	size_t i, k, n = 0;

	for (i = 0; i < p->nparam; i++) {
		param = &p->param[i];
		if (ex_str_is(param->name, "group"))
			continue;
		for (k = 0; k < param->nvalue; k++) {
			ex_buf_puts(b, n++ == 0 ? "[" : ", ");
			if (!ex_str_is(param->name, "type")) {
				ex_buf_str(b, param->name);
				ex_buf_putc(b, '=');
			}
			if (is_data_uri(param->value[k]))
				show_data(b, param->value[k]);
			else
				show_text(b, param->value[k]);
		}
	}
	if (n > 0)
		ex_buf_puts(b, "] ");
}

struct ex_str
ex_show_value(const struct ex_prop *p, const struct ex_json *value,
    struct ex_arena *a)
{
	struct ex_buf b = EX_BUF_INIT;
	const struct ex_json *j;
	struct ex_str s;

	b.cap = 2 * SHOWN;
	show_params(&b, p);
	if (value != NULL)
		show_json(&b, p, value, ';');
	else
		for (j = p->value; j != NULL; j = j->next) {
			if (j != p->value)
				ex_buf_puts(&b, ", ");
			show_json(&b, p, j, ';');
		}
	s = ex_text_print(ex_buf_get(&b), 2 * SHOWN, a);
	ex_buf_fini(&b);
	return s;
}
