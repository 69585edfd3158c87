/*
 * davanswer.c: what a server's answer to a write means
 *
 *	status			create		update		delete
 *	----------------------	--------------	--------------	-----------
 *	200 201 204		stored		stored		stored
 *	4xx, about the data	refused		refused		refused (b)
 *	401 405			denied		denied		denied
 *	403, about quota	busy		busy		busy
 *	403			denied		denied		denied
 *	404 410			denied (a)	gone		gone
 *	409			exists		stale		stale
 *	412			exists		stale		stale
 *	423 425 429 408 5xx	busy		busy		busy
 *	501 505, other 4xx	refused		refused		refused
 *	any, no-uid-conflict	exists		refused		refused
 *
 * (a) RFC 4918, 9.7.1: the collection itself is not there.
 * (b) Xandikos says valid-calendar-data with 412, in a 207.
 */
#include "davpriv.h"

/* Preconditions that speak of room, RFC 4331, 6. */
static bool
is_quota(const struct ex_dav_error *e)
{
	return e->dav && (ex_str_is(e->what, "quota-not-exceeded") ||
	    ex_str_is(e->what, "sufficient-disk-space"));
}

/*
 * Those of RFC 4791, 5.3.2.1, RFC 6352, 6.3.2.1 and RFC 6638, 3.2.4 speak of
 * the data; but for the place, and for all that is WebDAV's own.
 */
static bool
is_data(const struct ex_dav_error *e)
{
	return e->what.p != NULL && !e->dav &&
	    !ex_str_is(e->what, "calendar-collection-location-ok") &&
	    !ex_str_is(e->what, "addressbook-collection-location-ok");
}

static enum ex_answer
forbidden(const struct ex_dav_error *e)
{
	return is_quota(e) ? EX_ANSWER_BUSY : EX_ANSWER_DENIED;
}

enum ex_answer
ex_dav_answer(enum ex_write_op op, int status, const struct ex_dav_error *e)
{
	bool create = op == EX_WRITE_CREATE;

	if (status / 100 == 2)
		return EX_ANSWER_STORED;
	if (ex_str_is(e->what, "no-uid-conflict"))
		return create ? EX_ANSWER_EXISTS : EX_ANSWER_REFUSED;
	if (status / 100 == 4 && is_data(e))
		return EX_ANSWER_REFUSED;
	switch (status) {
	case 401:
	case 405:
		return EX_ANSWER_DENIED;
	case 403:
		return forbidden(e);
	case 404:
	case 410:
		return create ? EX_ANSWER_DENIED : EX_ANSWER_GONE;
	case 409:
	case 412:
		return create ? EX_ANSWER_EXISTS : EX_ANSWER_STALE;
	case 0:
	case 408:
	case 423:
	case 425:
	case 429:
		return EX_ANSWER_BUSY;
	case 501:
	case 505:
		return EX_ANSWER_REFUSED;
	}
	return status >= 500 ? EX_ANSWER_BUSY : EX_ANSWER_REFUSED;
}
