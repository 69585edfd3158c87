/*
 * graphanswer.c: what Graph says when it does not do what was asked
 *
 * Error bodies: "Microsoft Graph error responses and resource types"; codes
 * seen in answers: ErrorItemNotFound, ErrorInvalidIdMalformed,
 * ErrorAccessDenied, Authorization_RequestDenied, TooManyRequests,
 * ApplicationThrottled, SyncStateNotFound, ErrorIrresolvableConflict.
 *
 *	status			create		change, delete	reading
 *	----------------------	--------------	--------------	--------------
 *	2xx			stored		stored		-
 *	412, 409 with that	refused		stale		again
 *	  code
 *	409, duplicate		exists (a)	stale		remote
 *	404, 410		denied (b)	gone		gone
 *	401, 403		denied		denied		denied
 *	408, 425, 429, 5xx	busy		busy		again
 *	  but 501 and 505
 *	another			refused		refused		remote
 *
 * (a) Of the transactionId: another create of ours made it.
 * (b) No folder is no answer about the item: nothing more is tried there.
 */
#include <stdio.h>
#include <string.h>

#include "graphpriv.h"

/* Of tasks, to a person: microsoft-graph-toolkit issue 1620. */
#define ROUTING		"ErrorIncorrectRoutingHint"

static bool
is_conflict(int status, struct ex_str code)
{
	return status == 412 || (status == 409 &&
	    ex_str_is(code, "ErrorIrresolvableConflict"));
}

static bool
is_busy(int status)
{
	return status == 408 || status == 425 || status == 429 ||
	    (status >= 500 && status != 501 && status != 505);
}

enum ex_answer
ex_graph_answer_of(enum ex_write_op op, int status, struct ex_str code)
{
	bool create = op == EX_WRITE_CREATE;

	if (status / 100 == 2)
		return EX_ANSWER_STORED;
	if (is_conflict(status, code))
		return create ? EX_ANSWER_REFUSED : EX_ANSWER_STALE;
	if (status == 409)
		return create ? EX_ANSWER_EXISTS : EX_ANSWER_STALE;
	if (status == 404 || status == 410)
		return create ? EX_ANSWER_DENIED : EX_ANSWER_GONE;
	if (status == 401 || status == 403)
		return EX_ANSWER_DENIED;
	return status == 0 || is_busy(status) ? EX_ANSWER_BUSY :
	    EX_ANSWER_REFUSED;
}

enum ex_errcode
ex_graph_errcode(int status, struct ex_str code)
{
	if (status == 404 || status == 410)
		return EX_ERR_GONE;
	if (status == 401 || status == 403)
		return EX_ERR_DENIED;
	return status == 0 || is_busy(status) || is_conflict(status, code) ?
	    EX_ERR_AGAIN : EX_ERR_REMOTE;
}

bool
ex_graph_lost_state(int status, struct ex_str code)
{
	static const char *const codes[] = { "SyncStateNotFound",
	    "SyncStateInvalid", "resyncRequired" };
	size_t i;

	if (status == 410)
		return true;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (status / 100 == 4 && ex_str_is_nocase(code, codes[i]))
			return true;
	return false;
}

/* The first of these members that is a string; absent: none. */
static struct ex_str
either(const struct ex_json *j, const char *a, const char *b)
{
	struct ex_str s = ex_json_get_str(j, a);

	return s.p != NULL ? s : ex_json_get_str(j, b);
}

/* What a person may do about it; "": nothing that we know. */
static const char *
advice(int status, struct ex_str code)
{
	if (ex_str_is(code, "MailboxNotEnabledForRESTAPI"))
		return ": the user has no mailbox in Exchange Online: it needs "
		    "a licence, or is on premises";
	if (ex_str_is(code, "ErrorInvalidUser"))
		return ": the tenant has no such mailbox: check mailbox and "
		    "tenant";
	if (ex_str_is(code, ROUTING))
		return ": a person has no tasks of another's mailbox: lists "
		    "shared with them are among their own";
	switch (status) {
	case 401:
		return ": the token is not one for this: check tenant and "
		    "cloud, or what token-command prints";
	case 403:
		return ": the app lacks a permission, or its scope leaves "
		    "this mailbox out: see exring(5)";
	case 429:
		return ": the server wants a pause: run again later";
	}
	return "";
}

/* How much of it a message has room for. */
static int
part(struct ex_str s, size_t most)
{
	return (int)(s.p == NULL ? 0 : s.n < most ? s.n : most);
}

/* "403 CODE: TEXT (request-id ID)ADVICE": the text is what is cut. */
static void
put_why(struct ex_graph_answer *a, size_t at)
{
	const char *what = advice(a->status, a->code);
	int code = part(a->code, 60), id = part(a->request, 64);
	size_t room = sizeof(a->why.msg) - at, rest = strlen(what) + 30 +
	    (size_t)code + (size_t)id;
	int text = part(a->text, room > rest + 160 ? 160 : room > rest ?
	    room - rest : 0);

	snprintf(a->why.msg + at, room, "%d%s%.*s%s%.*s%s%.*s%s%s",
	    a->status, code > 0 ? " " : "", code, a->code.p,
	    text > 0 ? ": " : "", text, a->text.p,
	    id > 0 ? " (request-id " : "", id, a->request.p,
	    id > 0 ? ")" : "", what);
	a->say = ex_str_of(a->why.msg + at);
}

int
ex_graph_shown(struct ex_str url)
{
	int i;

	for (i = 0; i < 160 && (size_t)i < url.n && url.p[i] != '?'; i++)
		;
	return i;
}

void
ex_graph_explain(const struct ex_graph *g, const char *method,
    struct ex_str url, const struct ex_json *body, struct ex_str request,
    struct ex_graph_answer *a)
{
	const struct ex_json *e = ex_json_get(body, "error"), *inner;

	inner = ex_json_get(e, "innerError");
	if (inner == NULL)
		inner = ex_json_get(e, "innererror");
	a->code = ex_json_get_str(e, "code");
	/* "invalidRequest" alone does not say of what. */
	if (ex_str_is(ex_json_get_str(inner, "code"), ROUTING))
		a->code = EX_STR(ROUTING);
	a->text = ex_json_get_str(e, "message");
	a->request = either(inner, "request-id", "requestId");
	if (a->request.p == NULL)
		a->request = request;
	ex_err_set(&a->why, ex_graph_errcode(a->status, a->code), "%s: %s "
	    "%.*s: ", g->place.p, method, ex_graph_shown(url), url.p);
	put_why(a, strlen(a->why.msg));
}
