/*
 * vcardwrite.c: the normal form to vCard 3.0 and 4.0
 *
 * (1) What is written reads back as the payload it came from, but for what
 *     is added (PRODID, FN, N) and for empty properties.
 * (2) No value makes a line of its own: what can hold a line end escapes
 *     it, the rest is refused.
 * (3) To 3.0: bytes in base64, LABEL, TYPE=pref, dates with '-' and ':'.
 *     What 3.0 has no word for stands as 4.0 has it.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/codec.h>
#include <ex/err.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/vcard.h>

struct out {
	struct ex_buf *b;
	struct ex_buf raw;	/* the value of the property at hand */
	struct ex_arena *a;
	const struct ex_comp *card;
	size_t at;		/* which of its properties */
	bool v3;
	struct ex_err *err;
};

static int
refuse(const struct out *o, const struct ex_prop *p, const char *what)
{
	return ex_err_set(o->err, EX_ERR_INPUT, "%.*s: %s",
	    (int)(p->name.n < 40 ? p->name.n : 40), p->name.p, what);
}

/* Bytes that a name may have so that it is read as it was written. */
static bool
name_is_good(struct ex_str s, bool property)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < ' ' || c == 0x7f || c == ':' || c == ';' || c == '=')
			return false;
		if (property && (c == '"' || c == ',' || (c == ' ' &&
		    !ex_line_starts(s, "x-"))))
			return false;
	}
	return s.n > 0 && s.p[0] != ' ' && s.p[s.n - 1] != ' ';
}

static void
upper(struct ex_buf *b, struct ex_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		ex_buf_putc(b, s.p[i] >= 'a' && s.p[i] <= 'z' ?
		    (char)(s.p[i] & ~0x20) : s.p[i]);
}

static struct ex_str
scalar(const struct ex_json *j)
{
	switch (j->type) {
	case EX_JSON_TRUE:
		return EX_STR("TRUE");
	case EX_JSON_FALSE:
		return EX_STR("FALSE");
	case EX_JSON_NUMBER:
	case EX_JSON_STRING:
		return j->text;
	case EX_JSON_NULL:
	case EX_JSON_ARRAY:
	case EX_JSON_OBJECT:
		break;
	}
	return EX_STR_NONE;
}

/* Has a value nothing in it, at any place of a structured one? */
static bool
is_empty(const struct ex_json *j, unsigned depth)
{
	for (; j != NULL; j = j->next) {
		if (j->type == EX_JSON_ARRAY && depth < 2) {
			if (!is_empty(j->child, depth + 1))
				return false;
		} else if (scalar(j).n > 0)
			return false;
	}
	return true;
}

/* geo:LAT,LON without parameters as 3.0 has it. */
static struct ex_str
geo3(struct ex_str s, struct ex_arena *a)
{
	struct ex_str rest;
	const char *comma;
	size_t i;

	if (!ex_str_starts(s, "geo:"))
		return s;
	rest = (struct ex_str){ s.p + 4, s.n - 4 };
	for (i = 0; i < rest.n; i++)
		if ((rest.p[i] < '0' || rest.p[i] > '9') &&
		    rest.p[i] != '.' && rest.p[i] != ',' &&
		    (rest.p[i] != '-' || (i > 0 && rest.p[i - 1] != ',') ||
		    i + 1 == rest.n || rest.p[i + 1] == ','))
			return s;
	comma = rest.n > 0 ? memchr(rest.p, ',', rest.n) : NULL;
	if (comma == NULL || comma == rest.p ||
	    comma + 1 == rest.p + rest.n ||
	    memchr(comma + 1, ',', (size_t)(rest.p + rest.n - comma - 1)))
		return s;
	return ex_arena_fmt(a, "%.*s;%.*s", (int)(comma - rest.p), rest.p,
	    (int)(rest.p + rest.n - comma - 1), comma + 1);
}

/* One value that is no array. */
static int
one_value(struct out *o, const struct ex_prop *p, const struct ex_json *j)
{
	struct ex_str s = scalar(j);

	if (ex_str_is(p->type, "text")) {
		ex_line_escape(&o->raw, s);
		return 0;
	}
	if (s.n > 0 && (memchr(s.p, '\n', s.n) != NULL ||
	    memchr(s.p, '\r', s.n) != NULL))
		return refuse(o, p, "a line end in a value that is no text");
	if (ex_vcard_is_date(p->type) && !o->v3)
		s = ex_vcard_date_basic(p->type, s, o->a);
	else if (o->v3 && ex_str_is(p->name, "geo"))
		s = geo3(s, o->a);
	ex_buf_str(&o->raw, s);
	return 0;
}

/* The values, and what is in them, with sep between. */
static int
values(struct out *o, const struct ex_prop *p, const struct ex_json *j,
    char sep, unsigned depth)
{
	const struct ex_json *first = j;

	for (; j != NULL; j = j->next) {
		if (j != first)
			ex_buf_putc(&o->raw, sep);
		if (j->type == EX_JSON_OBJECT || depth > 2)
			return refuse(o, p, "a value that no vCard can hold");
		if (j->type == EX_JSON_ARRAY) {
			if (values(o, p, j->child, depth == 0 ? ';' : ',',
			    depth + 1) == -1)
				return -1;
		} else if (one_value(o, p, j) == -1)
			return -1;
	}
	return 0;
}

/*
 * Is it "data:MEDIA;base64,BYTES" and nothing else, of a property whose
 * bytes 3.0 has in base64?
 */
static bool
as_bytes(const struct out *o, const struct ex_prop *p,
    const struct ex_vcard_prop *known, struct ex_str *media,
    struct ex_str *b64)
{
	struct ex_str s = ex_prop_text(p);
	const char *comma;
	size_t i, head;

	if (!o->v3 || (known != NULL && !ex_vcard_is_media(known)) ||
	    !ex_str_is(p->type, "uri") || p->value->next != NULL ||
	    !ex_str_starts(s, "data:") ||
	    (comma = memchr(s.p, ',', s.n)) == NULL)
		return false;
	head = (size_t)(comma - s.p);
	if (head < 5 + 7 || memcmp(comma - 7, ";base64", 7) != 0)
		return false;
	*media = (struct ex_str){ s.p + 5, head - 5 - 7 };
	*b64 = (struct ex_str){ comma + 1, s.n - head - 1 };
	for (i = 0; i < media->n; i++)
		if (media->p[i] <= ' ' || memchr(";,:\"%", media->p[i], 5))
			return false;
	for (i = 0; i < b64->n; i++)
		if (!(b64->p[i] >= 'A' && b64->p[i] <= 'Z') &&
		    !(b64->p[i] >= 'a' && b64->p[i] <= 'z') &&
		    !(b64->p[i] >= '0' && b64->p[i] <= '9') &&
		    b64->p[i] != '+' && b64->p[i] != '/' &&
		    !(b64->p[i] == '=' && i + 2 >= b64->n))
			return false;
	return media->n > 0 && b64->n > 0 && b64->n % 4 == 0 &&
	    memchr(media->p, '/', media->n) != NULL;
}

/*
 * The TYPE of bytes that a reader makes this media type of: its second
 * half, else the whole; absent where it finds it without.
 */
static struct ex_str
format_of(const struct out *o, const struct ex_vcard_prop *known,
    const struct ex_param *type, struct ex_str media, struct ex_str b64)
{
	const char *slash = memchr(media.p, '/', media.n);
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str half, none = EX_STR_NONE;
	size_t i;

	if (type == NULL &&
	    ex_str_is(media, "application/octet-stream") &&
	    ex_str_eq(ex_vcard_media_type(known, none, b64, o->a), media))
		return none;
	half.p = slash + 1;
	half.n = media.n - (size_t)(half.p - media.p);
	if (ex_str_is(media, "application/pgp-keys"))
		half = EX_STR("PGP");
	else if (ex_str_is(media, "application/pkix-cert"))
		half = EX_STR("X509");
	for (i = 0; i < half.n; i++)
		if (memchr("+./-", half.p[i], 4) != NULL)
			return media;
	upper(&b, half);
	half = ex_arena_str(o->a, ex_buf_get(&b));
	ex_buf_fini(&b);
	return half.n > 0 && ex_str_eq(ex_vcard_media_type(known, half, b64,
	    o->a), media) ? half : media;
}

/* TYPE: what the bytes are first, then the card's own, then pref. */
static void
type_param(struct out *o, const struct ex_prop *p, struct ex_str format,
    bool pref)
{
	const struct ex_param *type = ex_prop_param(p, "type");
	size_t n = 0, own = type != NULL ? type->nvalue : 0;
	struct ex_str *v = ex_arena_array(o->a, own + 2, sizeof(*v));

	if (format.p != NULL)
		v[n++] = format;
	if (own > 0) {
		memcpy(v + n, type->value, own * sizeof(*v));
		n += own;
	}
	if (pref)
		v[n++] = EX_STR("pref");
	if (n > 0)
		ex_line_param_write(o->b, EX_STR("type"), v, n);
}

/* May this ADR's label be a LABEL, so that a reader gives it back here? */
static bool
label_apart(const struct out *o, const struct ex_prop *p)
{
	const struct ex_param *label = ex_prop_param(p, "label");
	struct ex_prop bare = *p, other;
	struct ex_param *v;
	size_t i, n = 0;

	if (!o->v3 || label == NULL || label->nvalue != 1 ||
	    label->value[0].n == 0 || !ex_str_is(p->name, "adr"))
		return false;
	v = ex_arena_array(o->a, p->nparam, sizeof(*v));
	for (i = 0; i < p->nparam; i++)
		if (ex_str_is(p->param[i].name, "type") ||
		    ex_str_is(p->param[i].name, "group"))
			v[n++] = p->param[i];
	bare.param = v;
	bare.nparam = n;
	/* An earlier one without a label would take it. */
	for (i = o->at; i > 0 && o->at - i < 100; i--) {
		other = *o->card->prop[i - 1];
		if (!ex_str_is(other.name, "adr"))
			break;
		if (ex_vcard_label_of(&other, &bare))
			return false;
	}
	bare.name = EX_STR("adr");
	return o->at - i < 100 && ex_vcard_label_of(&bare, &bare);
}

/* LABEL, in which a reader undoes backslashes. */
static void
label_param(struct out *o, const struct ex_param *param)
{
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str *v = ex_arena_array(o->a, param->nvalue, sizeof(*v));
	size_t i, k;

	for (i = 0; i < param->nvalue; i++) {
		v[i] = param->value[i];
		if (v[i].n == 0 || memchr(v[i].p, '\\', v[i].n) == NULL)
			continue;
		ex_buf_clear(&b);
		for (k = 0; k < v[i].n; k++) {
			if (v[i].p[k] == '\\')
				ex_buf_putc(&b, '\\');
			ex_buf_putc(&b, v[i].p[k]);
		}
		v[i] = ex_arena_str(o->a, ex_buf_get(&b));
	}
	ex_buf_fini(&b);
	ex_line_param_write(o->b, param->name, v, param->nvalue);
}

/* The parameters but for VALUE. */
static int
params(struct out *o, const struct ex_prop *p, struct ex_str format,
    bool apart)
{
	const struct ex_param *param, *pref = ex_prop_param(p, "pref");
	bool as_type = o->v3 && pref != NULL && pref->nvalue == 1 &&
	    ex_str_is(pref->value[0], "1");
	size_t i;

	type_param(o, p, format, as_type);
	for (i = 0; i < p->nparam; i++) {
		param = &p->param[i];
		if (ex_str_is(param->name, "group") ||
		    ex_str_is(param->name, "type") ||
		    ex_str_is(param->name, "value") ||
		    ex_str_is(param->name, "charset") ||
		    (as_type && param == pref) ||
		    (apart && ex_str_is(param->name, "label")))
			continue;
		if (!name_is_good(param->name, false))
			return refuse(o, p, "a parameter without a name");
		if (ex_str_is(param->name, "label"))
			label_param(o, param);
		else
			ex_line_param_write(o->b, param->name, param->value,
			    param->nvalue);
	}
	return 0;
}

/*
 * VALUE: where a reader would not find the type by itself, or where the
 * RFC's default is another.
 */
static bool
needs_value(const struct out *o, const struct ex_prop *p,
    const struct ex_vcard_prop *known)
{
	struct ex_str type = p->type, raw = ex_buf_get(&o->raw), found;

	if (ex_str_is(type, "unknown") || type.n == 0)
		return false;
	found = ex_vcard_infer(known, raw, o->a);
	if (o->v3 && ex_str_is(p->name, "geo") &&
	    memchr(raw.p, ';', raw.n) != NULL)
		return false;
	if (!ex_str_eq(found, type))
		return true;
	if (ex_str_is(p->name, "uid") || known == NULL)
		return false;
	if (ex_str_is(p->name, "tz"))
		return o->v3 == ex_str_is(type, "text");
	if (o->v3 && ex_vcard_is_media(known))
		return true;
	return !ex_str_eq(type, known->type);
}

static void
value_param(struct out *o, const struct ex_prop *p,
    const struct ex_vcard_prop *known)
{
	struct ex_str type = p->type;

	if (o->v3 && known != NULL &&
	    ex_str_is(known->type, "date-and-or-time") &&
	    ex_str_eq(type, known->type) &&
	    memchr(o->raw.p, 'T', o->raw.n) != NULL)
		type = EX_STR("date-time");
	else if (!needs_value(o, p, known))
		return;
	ex_line_param_write(o->b, EX_STR("value"), &type, 1);
}

/* Does a reader find this group and name in GROUP.NAME (line.c)? */
static bool
splits_so(const struct ex_param *group, struct ex_str name)
{
	struct ex_str g = group != NULL ? group->value[0] : EX_STR_NONE;
	const char *dot;

	if (group != NULL)
		return g.n > 0 && name.n > 0 && (g.n == 1 ||
		    memchr(g.p + 1, '.', g.n - 1) == NULL);
	dot = name.n > 1 ? memchr(name.p + 1, '.', name.n - 1) : NULL;
	return dot == NULL || dot + 1 == name.p + name.n;
}

static int
head(struct out *o, const struct ex_prop *p, const char *name)
{
	const struct ex_param *group = ex_prop_param(p, "group");

	if (!name_is_good(p->name, true) || !name_is_good(p->type, true))
		return refuse(o, p, "no name for a property or its type");
	if (!splits_so(group, p->name))
		return refuse(o, p, "a '.' that would make another group");
	if (group != NULL) {
		if (!name_is_good(group->value[0], true))
			return refuse(o, p, "no name for a group");
		ex_buf_str(o->b, group->value[0]);
		ex_buf_putc(o->b, '.');
	}
	if (name != NULL)
		ex_buf_puts(o->b, name);
	else
		upper(o->b, p->name);
	return 0;
}

/* 3.0's LABEL beside its ADR. */
static int
label(struct out *o, const struct ex_prop *adr)
{
	const struct ex_param *text = ex_prop_param(adr, "label");
	size_t start = ex_line_start(o->b);

	if (head(o, adr, "LABEL") == -1)
		return -1;
	type_param(o, adr, EX_STR_NONE, false);
	ex_buf_putc(o->b, ':');
	ex_line_escape(o->b, text->value[0]);
	ex_line_end(o->b, start);
	return 0;
}

static int
property(struct out *o, const struct ex_prop *p)
{
	const struct ex_vcard_prop *known = ex_vcard_prop(p->name);
	struct ex_str media = EX_STR_NONE, b64 = EX_STR_NONE;
	struct ex_str format = EX_STR_NONE, coding = EX_STR("b");
	bool bytes = as_bytes(o, p, known, &media, &b64);
	bool apart = label_apart(o, p);
	size_t start = ex_line_start(o->b);

	ex_buf_clear(&o->raw);
	if (!bytes && values(o, p, p->value, ',', 0) == -1)
		return -1;
	if (head(o, p, NULL) == -1)
		return -1;
	if (bytes) {
		format = format_of(o, known, ex_prop_param(p, "type"), media,
		    b64);
		ex_line_param_write(o->b, EX_STR("encoding"), &coding, 1);
	} else
		value_param(o, p, known);
	if (params(o, p, format, apart) == -1)
		return -1;
	ex_buf_putc(o->b, ':');
	ex_buf_str(o->b, bytes ? b64 : ex_buf_get(&o->raw));
	ex_line_end(o->b, start);
	return apart ? label(o, p) : 0;
}

/* The parts of N in the order that people say them. */
static void
name_of_n(struct ex_buf *b, const struct ex_prop *n)
{
	static const unsigned char order[] = { 3, 1, 2, 0, 4 };
	const struct ex_json *j, *word;
	size_t i, k;

	if (n == NULL || n->value == NULL)
		return;
	for (i = 0; i < sizeof(order); i++) {
		j = n->value->type == EX_JSON_ARRAY ? n->value->child :
		    n->value;
		for (k = 0; k < order[i] && j != NULL; k++)
			j = n->value->type == EX_JSON_ARRAY ? j->next : NULL;
		if (j == NULL)
			continue;
		word = j->type == EX_JSON_ARRAY ? j->child : j;
		do {
			if (word == NULL || scalar(word).n == 0)
				continue;
			if (b->n > 0)
				ex_buf_putc(b, ' ');
			ex_buf_str(b, scalar(word));
		} while (j->type == EX_JSON_ARRAY && word != NULL &&
		    (word = word->next) != NULL);
	}
}

/* Of the properties of that name: empty ones are not written. */
static struct ex_str
first_text(const struct ex_comp *card, const char *name)
{
	const struct ex_json *j;
	size_t i;

	for (i = 0; i < card->nprop; i++) {
		j = card->prop[i]->value;
		if (j == NULL || !ex_str_is(card->prop[i]->name, name))
			continue;
		if (j->type == EX_JSON_ARRAY)
			j = j->child;
		if (j != NULL && scalar(j).n > 0)
			return scalar(j);
	}
	return EX_STR("");
}

void
ex_vcard_made_fn(const struct ex_comp *card, struct ex_buf *out)
{
	static const char *const other[] = {
		"org", "nickname", "email", "tel"
	};
	size_t i;

	ex_buf_clear(out);
	name_of_n(out, ex_comp_prop(card, "n"));
	for (i = 0; out->n == 0 && i < 4; i++)
		ex_buf_str(out, first_text(card, other[i]));
	if (out->n == 0)
		ex_buf_puts(out, "(no name)");
}

/* Marked, so that a reader of ours knows that nobody wrote it. */
static void
made_fn(struct out *o)
{
	size_t start = ex_line_start(o->b);

	ex_vcard_made_fn(o->card, &o->raw);
	ex_buf_puts(o->b, "FN;X-EXRING-MADE=1:");
	ex_line_escape(o->b, ex_buf_get(&o->raw));
	ex_line_end(o->b, start);
}

/* Is it left out, because it says nothing, or because we say it? */
static bool
left_out(const struct ex_prop *p)
{
	if (ex_str_is(p->name, "version") || ex_str_is(p->name, "prodid"))
		return true;
	return is_empty(p->value, 0) && !ex_str_is(p->name, "n") &&
	    ex_prop_param(p, "label") == NULL;
}

static int
write_card(struct out *o)
{
	const struct ex_prop *p;
	bool fn = false, n = false;
	size_t i;

	for (i = 0; i < o->card->nprop; i++) {
		p = o->card->prop[i];
		fn |= ex_str_is(p->name, "fn") && !left_out(p);
		n |= ex_str_is(p->name, "n");
	}
	ex_buf_puts(o->b, "BEGIN:VCARD\r\nVERSION:");
	ex_buf_puts(o->b, o->v3 ? "3.0\r\n" : "4.0\r\n");
	ex_buf_puts(o->b, "PRODID:" EX_CODEC_PRODID "\r\n");
	if (!fn)
		made_fn(o);
	if (!n)
		ex_buf_puts(o->b, "N:;;;;\r\n");
	for (o->at = 0; o->at < o->card->nprop; o->at++)
		if (!left_out(o->card->prop[o->at]) &&
		    property(o, o->card->prop[o->at]) == -1)
			return -1;
	ex_buf_puts(o->b, "END:VCARD\r\n");
	return 0;
}

int
ex_vcard_encode(const struct ex_item *item, struct ex_str as,
    struct ex_arena *scratch, struct ex_buf *out, struct ex_err *err)
{
	struct out o = { .b = out, .raw = EX_BUF_INIT, .a = scratch,
	    .card = item->root, .err = err };
	size_t start = out->n;
	int got;

	o.v3 = !ex_str_is(as, "vcard 4.0");
	got = write_card(&o);
	if (got == 0 && (out->over || o.raw.over))
		got = ex_err_set(err, EX_ERR_INPUT,
		    "more than a card may hold");
	if (got == -1 && !out->over)
		out->n = start;
	ex_buf_fini(&o.raw);
	return got;
}
