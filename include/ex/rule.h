/*
 * rule.h: a rule of ring.md, by name, that a test build can leave out
 *
 * Built with EX_TEETH the rule that EX_RULE_OFF in the environment names
 * does not hold, and tests/teeth.sh shows that the state machine then finds
 * a ring that breaks its promises; there stands which sentence each is.
 * Else every rule holds, and costs nothing.
 */
#ifndef EX_RULE_H
#define EX_RULE_H

#ifdef EX_TEETH
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool
ex_rule_holds(const char *name)
{
	const char *off = getenv("EX_RULE_OFF");

	return off == NULL || strcmp(off, name) != 0;
}
#define EX_RULE(name)	ex_rule_holds(name)
#else
#define EX_RULE(name)	1
#endif

#endif
