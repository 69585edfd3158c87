/*
 * unsure.c: creates that may be there, though we were not told so
 *
 * What came of a create that failed, for a server that knows no condition:
 *
 *	made	failed		then it counts as	and is
 *	----	--------------	----------------------	----------------------
 *	no	busy		busy			looked for by its stamp
 *	no	another		that			forgotten
 *	yes	not allowed	not allowed		looked for
 *	yes	another		busy			looked for
 *
 * made: the item is there, and not as it should be: that is put right when it
 * is tried again.
 */
#include "priv.h"

bool
ex_unsure_is(const struct ex_unsure *u, struct ex_str stamp)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		if (ex_str_eq(u->v[i], stamp))
			return true;
	return false;
}

enum ex_answer
ex_unsure_failed(struct ex_unsure *u, struct ex_str stamp, bool made,
    enum ex_answer what)
{
	if (stamp.p != NULL && (made || what == EX_ANSWER_BUSY)) {
		u->v = ex_arena_grow(&u->a, u->v, u->n, sizeof(*u->v));
		u->v[u->n++] = ex_arena_str(&u->a, stamp);
	}
	return made && what != EX_ANSWER_DENIED ? EX_ANSWER_BUSY : what;
}
