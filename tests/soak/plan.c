/*
 * plan.c: a seed to a setting and a list of steps, and to text
 */
#include <stdio.h>
#include <string.h>

#include "soak.h"

const char *const soak_single[3][SINGLES] = {
	{ "note", "title", "role" },
	{ "summary", "description", "location" },
	{ "summary", "description", "location" }
};
const char *const soak_set[3][2] = {
	{ "categories", "email" },
	{ "categories", "comment" },
	{ "categories", "comment" }
};
const char *const soak_kind[3] = { "contacts", "tasks", "events" };

static const char *const op_name[OP_LAST] = {
	"create", "create equal", "edit", "clear", "add to set",
	"remove from set", "replace in set", "delete", "rename id", "swap ids", "copy",
	"twin", "touch", "override", "no override", "exchange", "time",
	"meeting", "private", "bad", "restore", "fault", "short", "forget", "FETCH", "PUSH", "RUN",
	"KILL", "SOME", "settle", "EMPTY", "SCOPE", "JOIN", "LEAVE", "NAME",
	"MOVE", "STAGE"
};

/* How often each of them comes. */
static const unsigned weight[OP_LAST] = {
	10, 2, 22, 4, 10, 6, 0, 9, 3, 2, 2, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 6, 7, 18, 8, 2,
	3, 0, 0, 0, 0, 0, 0, 0
};

static const char *const policy_name[5] = { "report", "newest", "prefer",
	"both", "command" };
const char *const soak_fault[12] = { "stale", "exists", "gone", "denied",
	"refused", "busy", "lost", "kill", "lost", "kill", "busy", "none" };
static const char *const quirk_name[QUIRKS] = { "drop", "upper", "add", "nouid",
	"norev", "newrev", "rename", "token", "refuse" };
static const char *const access_name[3] = { "", " read-only", " write-only" };

uint64_t
soak_random(uint64_t *rng)
{
	uint64_t z = *rng += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

unsigned
soak_below(uint64_t *rng, unsigned n)
{
	return (unsigned)(soak_random(rng) >> 33) % n;
}

static bool
one_in(uint64_t *rng, unsigned n)
{
	return soak_below(rng, n) == 0;
}

static void
folders(struct setting *s, uint64_t *rng)
{
	bool one_way = one_in(rng, 5);
	unsigned i, k, q;

	s->nfolder = 2 + soak_below(rng, 2 + soak_below(rng, FOLDERS - 2));
	for (i = 0; i < s->nfolder; i++) {
		for (q = 0; q < 8 && soak_below(rng, 3) > 0; q++)
			if (one_in(rng, 3))
				s->quirk[i] |= 1u << soak_below(rng, QUIRKS);
		s->drop[i] = soak_below(rng, SINGLES + 2);
		if (one_way && one_in(rng, 2))
			s->access[i] = one_in(rng, 2) ? RO : WO;
		s->remove[i] = one_in(rng, 3);
		s->repair[i] = !one_in(rng, 3);
		k = soak_below(rng, i + 1);
		s->order[i] = s->order[k];
		s->order[k] = i;
	}
	/* One that reads and another that writes, at least. */
	s->access[0] = one_way && one_in(rng, 2) ? RO : RW;
	s->access[1] = one_way && one_in(rng, 2) ? WO : RW;
}

static enum op
draw(uint64_t *rng)
{
	unsigned sum = 0, i, n;

	for (i = 0; i < OP_LAST; i++)
		sum += weight[i];
	n = soak_below(rng, sum);
	for (i = 0; n >= weight[i]; i++)
		n -= weight[i];
	return (enum op)i;
}

/*
 * Some of the steps are others in one history of four.  A history that is
 * not of those stays what it was.
 */
static enum op
more_of(const struct step *p)
{
	switch (p->op) {
	case OP_ADD:
	case OP_REMOVE:
		return (p->arg >> 8 & 7) != 0 ? OP_REPLACE : p->op;
	case OP_SOME:
		return (p->arg >> 8 & 1) != 0 ? OP_EMPTY : p->op;
	default:
		return p->op;
	}
}

/* Steps that only some histories have, in place of others. */
static enum op
other_op(const struct setting *s, enum op op, uint64_t *rng)
{
	static const enum op events[] = { OP_OVERRIDE, OP_OVERRIDE,
		OP_OVERRIDE, OP_SINGLE_OUT, OP_EXCHANGE, OP_EXCHANGE, OP_TIME,
		OP_TIME, OP_MEETING, OP_MEETING, OP_PRIVATE };

	if (op >= OP_FAULT || op == OP_CREATE || op == OP_COPY)
		return op;
	if (s->wide && one_in(rng, 6))
		return OP_BAD;
	if (s->kind == EVENTS && one_in(rng, 2))
		return events[soak_below(rng, sizeof(events) /
		    sizeof(events[0]))];
	return op;
}

/* Of those that write nothing some are changes of the ring itself. */
static enum op
turn_op(const struct setting *s, enum op op, uint64_t *rng)
{
	static const enum op turns[] = { OP_SCOPE, OP_JOIN, OP_LEAVE, OP_NAME,
		OP_MOVE, OP_MOVE };

	if (op == OP_KILL)
		return one_in(rng, 2) ? OP_STAGE : op;
	if (op >= OP_FAULT || op == OP_CREATE || !one_in(rng, 7))
		return op;
	op = turns[soak_below(rng, sizeof(turns) / sizeof(turns[0]))];
	return op == OP_SCOPE && s->kind != EVENTS ? OP_MOVE : op;
}

/* More is deleted than elsewhere, and comes back. */
static enum op
back_op(enum op op, uint64_t *rng)
{
	unsigned n = soak_below(rng, 8);

	if (op >= OP_FAULT || op == OP_CREATE || op == OP_COPY || n > 2)
		return op;
	return n == 0 ? OP_DELETE : OP_RESTORE;
}

/* Two folders one after the other replace the same value, often. */
static void
replace(struct step *p, bool second)
{
	if (second && (p->op == OP_EDIT || p->op == OP_RUN ||
	    p->op == OP_TOUCH || p->op == OP_REPLACE)) {
		p->op = OP_REPLACE;
		p->thing = p[-1].thing;
	}
	if (p->op == OP_REPLACE)
		p->arg &= ~1u;
}

static struct step *
add(struct setting *s, enum op op, uint64_t *rng, unsigned *things)
{
	struct step *p = &s->step[s->nstep];

	p->op = op;
	p->number = s->nstep++;
	p->folder = soak_below(rng, s->nfolder);
	p->other = (unsigned)soak_random(rng) & 0xffff;
	p->arg = (unsigned)soak_random(rng) & 0xffff;
	p->thing = *things > 0 ? soak_below(rng, *things) : 0;
	/* A new thing, or one that is elsewhere, or was. */
	if ((op == OP_CREATE && (*things == 0 || !one_in(rng, 3))) ||
	    op == OP_EQUAL)
		p->thing = (*things)++;
	if (op == OP_COPY) {
		p->other = (*things)++;
	}
	if (s->more) {
		p->op = more_of(p);
		replace(p, p->number > 0 && p[-1].op == OP_REPLACE &&
		    (p[-1].arg >> 11 & 1) != 0);
	}
	if (*things >= THINGS)
		*things = THINGS - 1;
	return p;
}

/*
 * What histories of every kind have not: drawn by itself, so that the
 * others stay what they were.
 */
static void
others(struct setting *s)
{
	uint64_t rng = s->seed * 0x9e3779b97f4a7c15u + 13;
	unsigned i;

	for (i = 0; i < s->nfolder; i++) {
		s->scope[i] = s->kind == EVENTS && one_in(&rng, 3) ?
		    soak_below(&rng, 4) : 0;
	}
	for (i = 2; i < s->nstep; i++)
		s->step[i].op = other_op(s, s->step[i].op, &rng);
	for (i = 5; s->turns && i < s->nstep; i++)
		s->step[i].op = turn_op(s, s->step[i].op, &rng);
	for (i = 3; s->back && i < s->nstep; i++)
		s->step[i].op = back_op(s->step[i].op, &rng);
	if (s->turns && s->policy == 0 && one_in(&rng, 2))
		s->policy = 4;
	s->match = s->turns && s->kind != CONTACTS && one_in(&rng, 2);
}

void
soak_plan(struct setting *s, uint64_t seed)
{
	uint64_t rng = seed * 0x2545f4914f6cdd1du + 7;
	unsigned things = 0, i, n;

	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->more = seed % 4 == 3;
	s->turns = seed % 8 >= 6;
	s->wide = seed % 4 == 1 || seed % 64 == 22 || seed % 64 == 39;
	s->back = seed % 11 == 4;
	folders(s, &rng);
	s->policy = soak_below(&rng, 4);
	s->delete_wins = one_in(&rng, 5);
	s->kind = one_in(&rng, 3) ? TASKS : CONTACTS;
	if (seed % 3 == 2)
		s->kind = EVENTS;
	s->rev = one_in(&rng, 2);
	for (i = 1 + soak_below(&rng, 4); i > 0; i--)
		add(s, one_in(&rng, 5) ? OP_EQUAL : OP_CREATE, &rng, &things);
	add(s, one_in(&rng, 4) ? OP_KILL : OP_RUN, &rng, &things);
	n = s->nstep + 6 + soak_below(&rng, 30);
	while (s->nstep < n)
		add(s, draw(&rng), &rng, &things);
	for (i = 0; i < FOLDERS; i++)
		s->letter[i] = 'f';
	if (s->wide || s->turns || s->back || s->kind == EVENTS)
		others(s);
}

void
soak_print(FILE *to, const struct setting *s)
{
	static const char *const how[] = { "as it is", "with new ids",
		"and nobody says so" };
	static const char *const guard[] = { "emptied", "deleted", "owed",
		"edited" };
	static const char *const stage[] = { "fetch", "diff", "merge" };
	const struct step *p;
	unsigned i, q;

	fprintf(to, "# seed %llu: %s, conflict = %s%s%s%s\n",
	    (unsigned long long)s->seed, soak_kind[s->kind],
	    policy_name[s->policy], s->delete_wins ? ", delete-wins" : "",
	    s->rev ? ", with REV" : "", s->match ? ", -m summary" : "");
	for (i = 0; i < s->nfolder; i++) {
		fprintf(to, "# folder f%u (place %u):%s", i, s->order[i],
		    access_name[s->access[i]]);
		if (s->access[i] == WO)
			fprintf(to, "%s%s", s->remove[i] ? " remove" : "",
			    s->repair[i] ? " repair" : "");
		if (s->scope[i] != 0)
			fprintf(to, "%s%s", (s->scope[i] & KEEP_MEETINGS) !=
			    0 ? " with meetings" : "", (s->scope[i] &
			    SKIP_PRIVATE) != 0 ? " without private" : "");
		for (q = 0; q < QUIRKS; q++)
			if ((s->quirk[i] >> q & 1) != 0)
				fprintf(to, " %s", quirk_name[q]);
		if ((s->quirk[i] & Q_DROP) != 0)
			fprintf(to, "=%s", s->drop[i] < SINGLES ?
			    soak_single[s->kind][s->drop[i]] :
			    soak_set[s->kind][s->drop[i] - SINGLES]);
		fputc('\n', to);
	}
	for (i = 0; i < s->nstep; i++) {
		p = &s->step[i];
		fprintf(to, "# %2u %-15s", p->number, op_name[p->op]);
		if (p->op < OP_FAULT)
			fprintf(to, " f%u u%u", p->folder, p->thing);
		else if (p->op < OP_FETCH)
			fprintf(to, " f%u", p->folder);
		if (p->op == OP_FAULT)
			fprintf(to, " %s x%u", soak_fault[p->arg % 12],
			    p->other % 7 == 0 ? 6 : 1);
		if (p->op == OP_EDIT || p->op == OP_CLEAR)
			fprintf(to, " %s", soak_single[s->kind][p->arg %
			    SINGLES]);
		if (p->op >= OP_ADD && p->op <= OP_REPLACE)
			fprintf(to, " %s", soak_set[s->kind][p->arg % 2]);
		if (p->op == OP_COPY)
			fprintf(to, " to u%u", p->other);
		if (p->op == OP_SETTLE)
			fprintf(to, " as f%u has it", p->folder);
		if (p->op == OP_SWAP)
			fprintf(to, " with u%u", p->other % THINGS);
		if (p->op == OP_KILL)
			fprintf(to, " after %u", 1 + p->arg % 12);
		if (p->op == OP_EMPTY || (p->op >= OP_SCOPE && p->op <=
		    OP_MOVE))
			fprintf(to, " f%u", p->folder);
		if (p->op == OP_EMPTY)
			fprintf(to, " %s", guard[p->arg >> 2 & 3]);
		if (p->op == OP_MOVE)
			fprintf(to, " %s", how[p->arg % 3]);
		if (p->op == OP_STAGE)
			fprintf(to, " %s after %u bytes", stage[p->arg % 3],
			    p->other);
		if (p->op == OP_SOME)
			fprintf(to, " mask %x", p->arg &
			    ((1u << s->nfolder) - 1));
		fputc('\n', to);
	}
}
