/*
 * exmaprule.c: a recurrence as a value: numbers in one line
 *
 * Only what its pattern needs, so that two texts are equal if the rules are.
 */
#include <ex/arena.h>

#include "exmap.h"

enum { NUMBERS = 12 };

static void
numbers(const struct ex_exchange_rule *r, long n[NUMBERS])
{
	bool nth = r->pattern == EX_EXCHANGE_NTH ||
	    r->pattern == EX_EXCHANGE_YEARLY_NTH;
	bool week = r->pattern == EX_EXCHANGE_WEEKLY && !r->regenerates;
	bool mday = !r->regenerates && (r->pattern == EX_EXCHANGE_MONTHLY ||
	    r->pattern == EX_EXCHANGE_YEARLY);
	bool month = !r->regenerates && (r->pattern == EX_EXCHANGE_YEARLY ||
	    r->pattern == EX_EXCHANGE_YEARLY_NTH);

	n[0] = (long)r->pattern;
	n[1] = r->interval;
	n[2] = nth || week ? (long)r->days : 0;
	n[3] = week ? r->first : 0;
	n[4] = nth ? r->index : 0;
	n[5] = mday ? r->mday : 0;
	n[6] = month ? r->month : 0;
	n[7] = r->regenerates;
	n[8] = r->start;
	n[9] = r->count;
	n[10] = r->ends && r->count == 0;
	n[11] = n[10] ? r->end : 0;
}

struct ex_str
ex_exmap_rule_text(const struct ex_exchange_rule *r, struct ex_arena *a)
{
	struct ex_str s = EX_STR("");
	long n[NUMBERS];
	int i;

	numbers(r, n);
	for (i = 0; i < NUMBERS; i++)
		s = ex_arena_fmt(a, "%.*s%s%ld", EX_STR_ARG(s),
		    i > 0 ? " " : "", n[i]);
	return s;
}

bool
ex_exmap_rule_parse(struct ex_str text, struct ex_exchange_rule *r)
{
	long n[NUMBERS] = { 0 };
	bool minus = false;
	size_t i;
	int at = 0;

	for (i = 0; i < text.n && at < NUMBERS; i++)
		if (text.p[i] == '-')
			minus = true;
		else if (text.p[i] != ' ')
			n[at] = n[at] * 10 + (minus ? '0' - text.p[i] :
			    text.p[i] - '0');
		else
			minus = false, at++;
	*r = (struct ex_exchange_rule){
		.pattern = (enum ex_exchange_pattern)n[0], .interval = n[1],
		.days = (unsigned)n[2], .first = (int)n[3],
		.index = (int)n[4], .mday = (int)n[5], .month = (int)n[6],
		.regenerates = n[7] != 0, .start = n[8], .count = n[9],
		.ends = n[10] != 0, .end = n[11]
	};
	return at == NUMBERS - 1;
}
