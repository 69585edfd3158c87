/*
 * vcardtype.c: the table of vCard's properties and their value types
 */
#include <string.h>

#include <ex/vcard.h>

#define N(s)	{ s, sizeof(s) - 1 }
#define ONE(n, t)	{ N(n), N(t), EX_VCARD_ONE }
#define OTHER(n, shape)	{ N(n), N("text"), EX_VCARD_##shape }

/* One table for each length of a name. */
static const struct ex_vcard_prop len1[] = { OTHER("n", PARTS) };
static const struct ex_vcard_prop len2[] = {
	ONE("fn", "text"), ONE("tz", "text")
};
static const struct ex_vcard_prop len3[] = {
	ONE("tel", "text"), OTHER("adr", PARTS), OTHER("org", FIELDS),
	ONE("url", "uri"), ONE("uid", "uri"), ONE("rev", "timestamp"),
	ONE("geo", "uri"), ONE("key", "uri"), ONE("xml", "text")
};
static const struct ex_vcard_prop len4[] = {
	ONE("note", "text"), ONE("bday", "date-and-or-time"),
	ONE("role", "text"), ONE("impp", "uri"), ONE("kind", "text"),
	ONE("lang", "language-tag"), ONE("logo", "uri"), ONE("name", "text")
};
static const struct ex_vcard_prop len5[] = {
	ONE("email", "text"), ONE("photo", "uri"), ONE("title", "text"),
	ONE("label", "text"), ONE("sound", "uri"), ONE("class", "text"),
	ONE("agent", "text"), ONE("fburl", "uri"), ONE("hobby", "text")
};
static const struct ex_vcard_prop len6[] = {
	ONE("prodid", "text"), OTHER("gender", FIELDS), ONE("source", "uri"),
	ONE("member", "uri"), ONE("mailer", "text"), ONE("caluri", "uri"),
	ONE("jsprop", "text")
};
static const struct ex_vcard_prop len7[] = {
	ONE("related", "uri"), ONE("created", "timestamp"),
	ONE("profile", "text")
};
static const struct ex_vcard_prop len8[] = {
	OTHER("nickname", LIST), ONE("interest", "text"),
	ONE("pronouns", "text"), ONE("language", "language-tag")
};
static const struct ex_vcard_prop len9[] = {
	ONE("caladruri", "uri"), ONE("expertise", "text"),
	ONE("deathdate", "date-and-or-time")
};
static const struct ex_vcard_prop len10[] = {
	OTHER("categories", LIST), ONE("birthplace", "text"),
	ONE("deathplace", "text"), ONE("gramgender", "text")
};
static const struct ex_vcard_prop len11[] = {
	ONE("anniversary", "date-and-or-time"), ONE("sort-string", "text"),
	ONE("contact-uri", "uri")
};
static const struct ex_vcard_prop len12[] = {
	OTHER("clientpidmap", FIELDS)
};
static const struct ex_vcard_prop len13[] = {
	ONE("org-directory", "uri"), ONE("socialprofile", "uri")
};

#define TABLE(v)	{ v, sizeof(v) / sizeof((v)[0]) }

static const struct {
	const struct ex_vcard_prop *v;
	size_t n;
} tables[] = {
	{ NULL, 0 }, TABLE(len1), TABLE(len2), TABLE(len3), TABLE(len4),
	TABLE(len5), TABLE(len6), TABLE(len7), TABLE(len8), TABLE(len9),
	TABLE(len10), TABLE(len11), TABLE(len12), TABLE(len13)
};

const struct ex_vcard_prop *
ex_vcard_prop(struct ex_str name)
{
	const struct ex_vcard_prop *v;
	size_t i;

	if (name.n == 0 || name.n >= sizeof(tables) / sizeof(tables[0]))
		return NULL;
	v = tables[name.n].v;
	for (i = 0; i < tables[name.n].n; i++)
		if (v[i].name.p[0] == name.p[0] &&
		    memcmp(v[i].name.p, name.p, name.n) == 0)
			return &v[i];
	return NULL;
}

bool
ex_vcard_is_media(const struct ex_vcard_prop *p)
{
	static const char *const names[] = { "photo", "logo", "sound", "key" };
	size_t i;

	for (i = 0; p != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (ex_str_is(p->name, names[i]))
			return true;
	return false;
}

bool
ex_vcard_has_scheme(struct ex_str s)
{
	size_t i;
	char c;

	for (i = 0; i < s.n && s.p[i] != ':'; i++) {
		c = s.p[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			continue;
		if (i == 0 || (!(c >= '0' && c <= '9') && c != '+' &&
		    c != '-' && c != '.'))
			return false;
	}
	return i > 0 && i < s.n;
}

bool
ex_vcard_is_date(struct ex_str type)
{
	static const char *const types[] = {
		"date-and-or-time", "timestamp", "date", "date-time", "time",
		"utc-offset"
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (ex_str_is(type, types[i]))
			return true;
	return false;
}

struct ex_str
ex_vcard_infer(const struct ex_vcard_prop *p, struct ex_str raw,
    struct ex_arena *a)
{
	struct ex_str out;

	if (p == NULL)
		return EX_STR("unknown");
	if (ex_str_is(p->name, "tz"))
		return ex_vcard_date(EX_STR("utc-offset"), raw, a, &out) ?
		    EX_STR("utc-offset") : EX_STR("text");
	if (ex_vcard_is_date(p->type)) {
		if (ex_vcard_date(p->type, raw, a, &out))
			return p->type;
		if (ex_str_is(p->type, "timestamp") &&
		    ex_vcard_date(EX_STR("date"), raw, a, &out))
			return EX_STR("date");
		return EX_STR("unknown");
	}
	if (!ex_str_is(p->type, "uri"))
		return p->type;
	if (ex_str_is(p->name, "uid") || ex_str_is(p->name, "related"))
		return ex_vcard_has_scheme(raw) ? p->type : EX_STR("text");
	if (ex_vcard_is_media(p) || ex_str_is(p->name, "geo"))
		return ex_vcard_has_scheme(raw) ? p->type : EX_STR("unknown");
	return p->type;
}
