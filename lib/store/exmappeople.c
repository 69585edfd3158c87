/*
 * exmappeople.c: who takes part in an event, both ways
 *
 * Whether meetings are written at all is decided before (scope.c); no mail
 * is sent about them.  Exchange's organizer is the mailbox's owner, and is
 * read only where the item is a meeting: every appointment has one.
 */
#include <string.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/json.h>
#include <ex/text.h>

#include "exmap.h"

static const struct {
	const char *response, *partstat;
} answers[] = {
	{ "Accept", "ACCEPTED" }, { "Decline", "DECLINED" },
	{ "Tentative", "TENTATIVE" }, { "Organizer", "ACCEPTED" },
};

static bool
param_is(const struct ex_prop *p, const char *name, const char *value)
{
	const struct ex_param *param = ex_prop_param(p, name);

	return param != NULL && ex_str_is_nocase(param->value[0], value);
}

static int
field_of(const struct ex_prop *p)
{
	if (param_is(p, "cutype", "resource") || param_is(p, "cutype", "room"))
		return EX_FLD_RESOURCES;
	return param_is(p, "role", "opt-participant") ||
	    param_is(p, "role", "non-participant") ? EX_FLD_OPTIONAL :
	    EX_FLD_REQUIRED;
}

static struct ex_str
slot_of(struct ex_str address, struct ex_arena *a)
{
	return ex_arena_fmt(a, "attendee:%.*s",
	    EX_STR_ARG(ex_text_lower(address, a)));
}

/* Without tabs and line ends, which part what stands in a value. */
static struct ex_str
word(struct ex_str s, struct ex_arena *a)
{
	char *p;
	size_t i;

	s = ex_exmap_clean(s, false, a);
	if (s.p == NULL || memchr(s.p, '\t', s.n) == NULL)
		return s;
	p = ex_arena_bytes(a, s.n);
	for (i = 0; i < s.n; i++)
		p[i] = s.p[i] == '\t' ? ' ' : s.p[i];
	return (struct ex_str){ p, s.n };
}

/* A line of the field that it belongs to, if it has an address. */
static void
add_person(struct ex_exmap_bit *bit, struct ex_buf *to, struct ex_arena *a)
{
	const struct ex_param *cn = ex_prop_param(bit->prop, "cn");
	struct ex_str s = ex_prop_text(bit->prop);

	if (s.p == NULL || s.n < 8 || !ex_str_is_nocase(
	    (struct ex_str){ s.p, 7 }, "mailto:"))
		return;
	s = word((struct ex_str){ s.p + 7, s.n - 7 }, a);
	if (s.p == NULL)
		return;
	if (to->n > 0)
		ex_buf_putc(to, '\n');
	ex_buf_str(to, s);
	ex_buf_puts(to, "\t\t");
	if (cn != NULL)
		ex_buf_str(to, word(cn->value[0], a));
	bit->slot = slot_of(s, a);
}

void
ex_exmap_people_fill(struct ex_exmap_bits *b, struct ex_exmap_values *v)
{
	static const int fields[] = {
		EX_FLD_REQUIRED, EX_FLD_OPTIONAL, EX_FLD_RESOURCES
	};
	struct ex_buf to[3] = { EX_BUF_INIT, EX_BUF_INIT, EX_BUF_INIT };
	struct ex_exmap_bit *bit;
	size_t i = b->from, k;

	while ((bit = ex_exmap_free_next(b, "attendee", &i)) != NULL) {
		for (k = 0; fields[k] != field_of(bit->prop); k++)
			;
		add_person(bit, &to[k], b->a);
	}
	for (k = 0; k < 3; k++)
		v->v[fields[k]] = ex_exmap_lines_of(&to[k], b->a);
}

static void
add_param(struct ex_prop *p, const char *name, struct ex_str value,
    struct ex_arena *a)
{
	ex_prop_add_param(a, p, ex_str_of(name), &value, 1);
}

static void
take_person(struct ex_str line, int field, struct ex_exmap_bits *b)
{
	struct ex_str address = ex_exmap_cut(&line, '\t'), response, slot;
	struct ex_prop *p;
	size_t i;

	response = ex_exmap_cut(&line, '\t');
	p = ex_prop_new(b->a, EX_STR("attendee"), EX_STR("cal-address"),
	    ex_json_text(b->a, ex_arena_fmt(b->a, "mailto:%.*s",
	    EX_STR_ARG(address))));
	slot = slot_of(address, b->a);
	if (field == EX_FLD_ORGANIZER) {
		p->name = EX_STR("organizer");
		slot = EX_STR("organizer");
	}
	if (line.n > 0)
		add_param(p, "cn", line, b->a);
	if (field == EX_FLD_OPTIONAL)
		add_param(p, "role", EX_STR("OPT-PARTICIPANT"), b->a);
	if (field == EX_FLD_RESOURCES)
		add_param(p, "cutype", EX_STR("RESOURCE"), b->a);
	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		if (ex_str_is(response, answers[i].response))
			add_param(p, "partstat", ex_str_of(
			    answers[i].partstat), b->a);
	ex_exmap_bit_prop(b, slot, p);
}

void
ex_exmap_people_take(const struct ex_exmap_values *v,
    struct ex_exmap_bits *b)
{
	static const int fields[] = {
		EX_FLD_REQUIRED, EX_FLD_OPTIONAL, EX_FLD_RESOURCES,
		EX_FLD_ORGANIZER
	};
	bool meeting = ex_str_is(v->v[EX_FLD_MEETING], "true");
	struct ex_str s;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		s = v->v[fields[i]];
		meeting |= s.n > 0 && fields[i] != EX_FLD_ORGANIZER;
		if (fields[i] == EX_FLD_ORGANIZER && !meeting)
			continue;
		while (s.n > 0)
			take_person(ex_exmap_line(&s), fields[i], b);
	}
}
