/*
 * vcardvalue.c: the values of a vCard's properties, to jCard's
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/err.h>
#include <ex/item.h>
#include <ex/json.h>
#include <ex/line.h>
#include <ex/text.h>
#include <ex/vcard.h>

/* How the text of one line is to be read. */
struct reading {
	struct ex_vcard_in *in;
	const struct ex_line *line;
	struct ex_str charset;
	bool qp;
	struct ex_err *err;
};

bool
ex_vcard_same_word(struct ex_str a, struct ex_str b)
{
	size_t i;
	char x, y;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++) {
		x = a.p[i];
		y = b.p[i];
		if (x >= 'A' && x <= 'Z')
			x = (char)(x | 0x20);
		if (y >= 'A' && y <= 'Z')
			y = (char)(y | 0x20);
		if (x != y)
			return false;
	}
	return true;
}

/* Line ends of quoted-printable text: one LF each. */
static struct ex_str
only_lf(struct ex_str s, struct ex_arena *a)
{
	size_t i, n = 0;
	char *p;

	if (s.n == 0 || memchr(s.p, '\r', s.n) == NULL)
		return s;
	p = ex_arena_bytes(a, s.n);
	for (i = 0; i < s.n; i++) {
		if (s.p[i] != '\r')
			p[n++] = s.p[i];
		else if (i + 1 == s.n || s.p[i + 1] != '\n')
			p[n++] = '\n';
	}
	return (struct ex_str){ p, n };
}

/* QUOTED-PRINTABLE and CHARSET undone. */
static int
decode(const struct reading *r, struct ex_str raw, struct ex_str *out)
{
	struct ex_err why;

	*out = raw;
	if (!r->qp && r->charset.p == NULL)
		return 0;
	if (r->qp)
		ex_line_qp_decode(raw, r->in->a, out);
	if (r->charset.p != NULL && ex_text_utf8(*out, r->charset, r->in->a,
	    out, &why) == -1)
		return ex_vcard_bad(r->line, r->err, why.msg);
	if (!ex_json_utf8(*out))
		return ex_vcard_bad(r->line, r->err, "not UTF-8");
	if (r->qp)
		*out = only_lf(*out, r->in->a);
	return 0;
}

/* 2.1 escapes ';' only, and has its line ends in quoted-printable. */
static struct ex_str
unescape_qp(struct ex_str raw, struct ex_arena *a)
{
	size_t i, n = 0;
	char *p;

	if (raw.n == 0 || memchr(raw.p, '\\', raw.n) == NULL)
		return raw;
	p = ex_arena_bytes(a, raw.n);
	for (i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\\' && i + 1 < raw.n &&
		    (raw.p[i + 1] == ';' || raw.p[i + 1] == ','))
			i++;
		p[n++] = raw.p[i];
	}
	return (struct ex_str){ p, n };
}

/* One text, which has no separators any more. */
static struct ex_json *
text(const struct reading *r, struct ex_str raw)
{
	struct ex_arena *a = r->in->a;
	struct ex_str s;

	if (r->in->agent)
		return ex_json_text(a, raw);
	if (r->qp) {
		if (decode(r, unescape_qp(raw, a), &s) == -1)
			return NULL;
		return ex_json_text(a, s);
	}
	if (decode(r, raw, &s) == -1)
		return NULL;
	return ex_json_text(a, ex_line_unescape(s, a));
}

/* Texts between sep, chained. */
static struct ex_json *
texts(const struct reading *r, struct ex_str raw, char sep)
{
	struct ex_json *first = NULL, **tail = &first;
	struct ex_str *part;
	size_t i, n;

	if (raw.n == 0 || memchr(raw.p, sep, raw.n) == NULL)
		return text(r, raw);
	n = ex_line_split(raw, sep, r->in->a, &part);
	for (i = 0; i < n; i++) {
		if ((*tail = text(r, part[i])) == NULL)
			return NULL;
		tail = &(*tail)->next;
	}
	return first;
}

/* A chain of more than one in an array of its own. */
static struct ex_json *
boxed(const struct reading *r, struct ex_json *chain)
{
	struct ex_json *box;

	if (chain == NULL || chain->next == NULL)
		return chain;
	box = ex_json_new(r->in->a, EX_JSON_ARRAY);
	box->child = chain;
	return box;
}

/* N and ADR: parts, with lists in them but for 2.1 (RFC 7095, 3.3.1.3). */
static struct ex_json *
parts(const struct reading *r, struct ex_str raw)
{
	struct ex_json *box = ex_json_new(r->in->a, EX_JSON_ARRAY);
	struct ex_json **tail = &box->child;
	struct ex_str *part;
	size_t i, n = ex_line_split(raw, ';', r->in->a, &part);

	for (i = 0; i < n; i++) {
		*tail = r->in->form == EX_VCARD_21 ? text(r, part[i]) :
		    boxed(r, texts(r, part[i], ','));
		if (*tail == NULL)
			return NULL;
		tail = &(*tail)->next;
	}
	return box;
}

static struct ex_json *
shaped(const struct reading *r, const struct ex_vcard_prop *known,
    struct ex_str raw)
{
	switch (known != NULL ? known->shape : EX_VCARD_ONE) {
	case EX_VCARD_ONE:
		return text(r, raw);
	case EX_VCARD_LIST:
		return texts(r, raw, ',');
	case EX_VCARD_PARTS:
		return parts(r, raw);
	case EX_VCARD_FIELDS:
		return boxed(r, texts(r, raw, ';'));
	}
	return NULL;
}

/* RFC 7095, 3.5.8: a number that JSON has in the same digits. */
static bool
is_number(struct ex_str s, bool point)
{
	size_t i = s.n > 0 && s.p[0] == '-', first = i, dot = 0;

	for (; i < s.n; i++)
		if (s.p[i] == '.' && point && dot == 0 && i > first)
			dot = i;
		else if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	if (i == first || i - first > 15 || (dot > 0 && dot + 1 == s.n) ||
	    (dot > 0 && s.p[s.n - 1] == '0'))
		return false;
	return s.p[first] != '0' || (i - first == 1 && first == 0) ||
	    dot == first + 1;
}

/* 3.0's latitude;longitude: a geo: URI (RFC 5870). */
static struct ex_str
geo(struct ex_str raw, struct ex_arena *a)
{
	struct ex_str part[2];
	const char *semi;
	size_t i, k;

	raw = ex_line_trim(raw);
	if (raw.n == 0 || (semi = memchr(raw.p, ';', raw.n)) == NULL)
		return EX_STR_NONE;
	part[0] = (struct ex_str){ raw.p, (size_t)(semi - raw.p) };
	part[1] = (struct ex_str){ semi + 1, raw.n - part[0].n - 1 };
	for (k = 0; k < 2; k++) {
		i = part[k].n > 0 && part[k].p[0] == '-';
		if (i == part[k].n)
			return EX_STR_NONE;
		for (; i < part[k].n; i++)
			if ((part[k].p[i] < '0' || part[k].p[i] > '9') &&
			    part[k].p[i] != '.')
				return EX_STR_NONE;
	}
	return ex_arena_fmt(a, "geo:%.*s,%.*s", EX_STR_ARG(part[0]),
	    EX_STR_ARG(part[1]));
}

/* A data: URI that was escaped as text is freed of that. */
static struct ex_str
uri(struct ex_str s, struct ex_arena *a)
{
	size_t i, n = 0;
	char *p;

	s = ex_line_trim(s);
	if (!ex_line_starts(s, "data:") || memchr(s.p, '\\', s.n) == NULL)
		return s;
	p = ex_arena_bytes(a, s.n);
	for (i = 0; i < s.n; i++)
		if (s.p[i] != '\\')
			p[n++] = s.p[i];
	return (struct ex_str){ p, n };
}

/*
 * A value of a type that is no text, decoded.  false: it does not parse.
 */
static bool
typed(const struct reading *r, struct ex_prop *p, struct ex_str type,
    struct ex_str s)
{
	struct ex_arena *a = r->in->a;
	struct ex_str out = s;

	p->type = type;
	if (ex_vcard_is_date(type)) {
		if (!ex_vcard_date(type, s, a, &out))
			return false;
	} else if (ex_str_is(type, "boolean")) {
		bool yes = ex_str_is_nocase(s, "true");

		if (!yes && !ex_str_is_nocase(s, "false"))
			return false;
		p->value = ex_json_new(a, yes ? EX_JSON_TRUE : EX_JSON_FALSE);
		return true;
	} else if (ex_str_is(type, "integer") || ex_str_is(type, "float")) {
		if (!is_number(s, type.n == 5))
			return false;
		p->value = ex_json_new(a, EX_JSON_NUMBER);
		p->value->text = s;
		return true;
	} else if (ex_str_is(type, "uri"))
		out = uri(s, a);
	p->value = ex_json_text(a, out);
	return true;
}

static void
unknown(const struct reading *r, struct ex_prop *p, struct ex_str s)
{
	/* What has line ends inside can only be written as text. */
	p->type = s.n > 0 && memchr(s.p, '\n', s.n) != NULL ?
	    EX_STR("text") : EX_STR("unknown");
	p->value = ex_json_text(r->in->a, s);
}

/* The type that VALUE means; absent: it says nothing. */
static struct ex_str
value_type(const struct ex_vcard_prop *known, struct ex_str type)
{
	static const struct {
		const char *from, *to;
	} old[] = {		/* 2.1's and 3.0's words for what 4.0 has */
		{ "url", "uri" }, { "phone-number", "text" },
		{ "vcard", "text" }, { "inline", NULL }, { "binary", NULL },
		{ "", NULL }, { "unknown", NULL }
	};
	size_t i;

	if (type.p == NULL)
		return type;
	for (i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		if (ex_str_is(type, old[i].from))
			return ex_str_of(old[i].to);
	/* 3.0 says date or date-time where 4.0 has a type for both. */
	if (known != NULL && ex_str_starts(type, "date") &&
	    ex_str_is(known->type, "date-and-or-time"))
		return known->type;
	if (known != NULL && ex_str_starts(type, "date") &&
	    ex_str_is(known->type, "timestamp"))
		return EX_STR_NONE;
	return type;
}

static int
plain(const struct reading *r, const struct ex_vcard_prop *known,
    struct ex_prop *p, struct ex_str type)
{
	struct ex_str raw = r->line->value, s;
	bool said = type.p != NULL;

	if (type.p == NULL && known != NULL && ex_str_is(known->type, "text")
	    && !ex_str_is(known->name, "tz"))
		type = known->type;
	if (type.p != NULL && ex_str_is(type, "text")) {
		p->type = EX_STR("text");
		p->value = shaped(r, known, raw);
		return p->value == NULL ? -1 : 0;
	}
	if (decode(r, raw, &s) == -1)
		return -1;
	if (known != NULL && ex_str_is(known->name, "geo") &&
	    (type.p == NULL || ex_str_is(type, "float"))) {
		struct ex_str g = geo(s, r->in->a);

		if (g.p != NULL) {
			s = g;
			type = EX_STR("uri");
		}
	}
	if (type.p == NULL)
		type = ex_vcard_infer(known, s, r->in->a);
	if (ex_str_is(type, "text")) {	/* UID, RELATED, TZ */
		p->type = type;
		p->value = text(r, raw);
		return p->value == NULL ? -1 : 0;
	}
	if (!ex_str_is(type, "unknown") && memchr(s.p, '\n', s.n) == NULL &&
	    typed(r, p, type, s))
		return 0;
	if (known != NULL && said)	/* VALUE said what it is not */
		return plain(r, known, p, EX_STR_NONE);
	unknown(r, p, s);
	return 0;
}

/* Is it a TYPE that says what the bytes are, and not whose? */
static bool
says_format(struct ex_str type)
{
	static const char *const whose[] = {
		"home", "work", "internet", "cell", "voice", "fax", "other",
		"dom", "intl", "parcel", "postal"
	};
	size_t i;

	for (i = 0; i < sizeof(whose) / sizeof(whose[0]); i++)
		if (ex_str_is_nocase(type, whose[i]))
			return false;
	return !ex_line_starts(type, "x-");
}

/* Take the TYPE that says what the bytes are out of p; absent: none. */
static struct ex_str
take_format(struct ex_prop *p)
{
	struct ex_param *t = NULL;
	struct ex_str got;
	size_t i, k;

	for (k = 0; k < p->nparam; k++)
		if (ex_str_is(p->param[k].name, "type"))
			t = &p->param[k];
	if (t == NULL)
		return EX_STR_NONE;
	for (i = 0; i < t->nvalue && !says_format(t->value[i]); i++)
		;
	if (i == t->nvalue)
		return EX_STR_NONE;
	got = t->value[i];
	memmove(t->value + i, t->value + i + 1,
	    (t->nvalue - i - 1) * sizeof(got));
	if (--t->nvalue == 0) {
		k = (size_t)(t - p->param);
		memmove(t, t + 1, (p->nparam - k - 1) * sizeof(*t));
		p->nparam--;
	}
	return got;
}

/* What bytes are that do not say it. */
static struct ex_str
sniff(struct ex_str base64)
{
	static const char *const magic[][2] = {
		{ "/9j/", "image/jpeg" }, { "iVBORw0KGgo", "image/png" },
		{ "R0lGOD", "image/gif" }
	};
	size_t i;

	for (i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
		if (ex_str_starts(base64, magic[i][0]))
			return ex_str_of(magic[i][1]);
	return EX_STR("application/octet-stream");
}

struct ex_str
ex_vcard_media_type(const struct ex_vcard_prop *known, struct ex_str format,
    struct ex_str base64, struct ex_arena *a)
{
	struct ex_str s;
	const char *class = "image";
	size_t i;
	char *p;

	if (format.p == NULL)
		return sniff(base64);
	if (memchr(format.p, '/', format.n) != NULL)
		return format;
	if (known != NULL && ex_str_is(known->name, "key")) {
		if (ex_str_is_nocase(format, "pgp"))
			return EX_STR("application/pgp-keys");
		if (ex_str_is_nocase(format, "x509"))
			return EX_STR("application/pkix-cert");
		class = "application";
	} else if (known != NULL && ex_str_is(known->name, "sound"))
		class = "audio";
	if (ex_str_is_nocase(format, "jpg"))
		format = EX_STR("jpeg");
	s = ex_arena_fmt(a, "%s/%.*s", class, EX_STR_ARG(format));
	p = ex_arena_bytes(a, s.n);
	for (i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ?
		    (char)(s.p[i] | 0x20) : s.p[i];
	return (struct ex_str){ p, s.n };
}

/* base64 without blanks, padded; absent: it is none. */
static struct ex_str
tidy_base64(struct ex_str raw, struct ex_arena *a)
{
	static const char pad[] = "==";
	size_t i, n = 0, digits;
	char *p = ex_arena_bytes(a, raw.n + 2);
	bool padded = false;
	char c;

	for (i = 0; i < raw.n; i++) {
		c = raw.p[i];
		if (c == ' ' || c == '\t' || c == '=') {
			padded |= c == '=';
			continue;
		}
		if (padded || !((c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '+' || c == '/'))
			return EX_STR_NONE;
		p[n++] = c;
	}
	digits = n % 4;
	if (digits == 1)
		return EX_STR_NONE;
	if (digits > 1) {
		memcpy(p + n, pad, 4 - digits);
		n += 4 - digits;
	}
	return (struct ex_str){ p, n };
}

/* Bytes: a data: URI (RFC 2397), or text where text is what there is. */
static int
binary(struct reading *r, const struct ex_vcard_prop *known,
    struct ex_prop *p, struct ex_str encoding)
{
	struct ex_str raw = r->line->value, b64, media, bytes;
	struct ex_arena *a = r->in->a;
	size_t n;
	char *to;

	b64 = tidy_base64(raw, a);
	if (b64.p == NULL || b64.n == 0)
		goto raw;
	if (known != NULL && ex_str_is(known->type, "text")) {
		if (ex_line_base64_decode(b64, a, &bytes) == -1 ||
		    (r->charset.p != NULL && ex_text_utf8(bytes, r->charset,
		    a, &bytes, r->err) == -1) || !ex_json_utf8(bytes))
			goto raw;
		p->type = EX_STR("text");
		p->value = ex_json_text(a, only_lf(bytes, a));
		return 0;
	}
	media = ex_vcard_media_type(known, take_format(p), b64, a);
	n = sizeof("data:") - 1 + media.n + sizeof(";base64,") - 1;
	to = ex_arena_bytes(a, n + b64.n);
	memcpy(to, "data:", 5);
	memcpy(to + 5, media.p, media.n);
	memcpy(to + 5 + media.n, ";base64,", 8);
	memcpy(to + n, b64.p, b64.n);
	p->type = EX_STR("uri");
	p->value = ex_json_text(a, (struct ex_str){ to, n + b64.n });
	return 0;
raw:
	if (raw.n > 0)
		ex_prop_add_param(a, p, EX_STR("encoding"), &encoding, 1);
	if (!ex_json_utf8(raw))
		return ex_vcard_bad(r->line, r->err, "not UTF-8");
	p->type = EX_STR("unknown");
	p->value = ex_json_text(a, raw);
	return 0;
}

int
ex_vcard_value(struct ex_vcard_in *in, const struct ex_vcard_prop *known,
    struct ex_prop *p, const struct ex_vcard_coding *how,
    const struct ex_line *line, struct ex_err *err)
{
	struct reading r = { in, line, how->charset, false, err };
	struct ex_str type = value_type(known, how->type);
	struct ex_line whole = *line;

	if (how->encoding.p == NULL && how->charset.p == NULL)
		return plain(&r, known, p, type);
	if (ex_str_is_nocase(how->encoding, "b") ||
	    ex_str_is_nocase(how->encoding, "base64"))
		return binary(&r, known, p, how->encoding);
	r.qp = ex_str_is_nocase(how->encoding, "quoted-printable");
	if (!r.qp && r.charset.p != NULL) {
		/* As a whole: its bytes may look like ';' or '\\'. */
		if (decode(&r, line->value, &whole.value) == -1)
			return -1;
		r.line = &whole;
		r.charset = EX_STR_NONE;
	}
	if (!r.qp && how->encoding.p != NULL &&
	    !ex_str_is_nocase(how->encoding, "8bit") &&
	    !ex_str_is_nocase(how->encoding, "7bit")) {
		ex_prop_add_param(in->a, p, EX_STR("encoding"),
		    &how->encoding, 1);
		type = EX_STR_NONE;
		known = NULL;
	}
	return plain(&r, known, p, type);
}
