/*
 * ewsanswer.c: what a ResponseCode means
 *
 * The codes are those of ResponseCodeType in messages.xsd; what they mean is
 * from the page "ResponseCode" of Microsoft's EWS reference and from "EWS
 * throttling in Exchange".  Seen in recordings: NoError, ErrorItemNotFound,
 * ErrorFolderNotFound, ErrorInvalidIdMalformed, ErrorSchemaValidation,
 * ErrorMoveCopyFailed.
 *
 *	class		create		change, delete	reading
 *	--------------	--------------	--------------	--------------------
 *	GOOD		stored		stored		-
 *	CONFLICT	refused		stale		again
 *	ITEM_GONE	refused		gone		gone
 *	FOLDER_GONE	denied (a)	denied (a)	gone
 *	DENIED		denied		denied		denied
 *	BUSY, LATER	busy		busy		again
 *	another (b)	refused		refused		remote
 *
 * No code says that an item with a UID is there already; a restriction has to
 * ask (ewsput.c).
 *
 * (a) No folder is no answer about the item: nothing more is tried there.
 * (b) Also what no version of the schema has: a code of tomorrow must not
 *     stop the other items.
 * (c) BUSY is worth another try in a moment, LATER is for the next run.
 */
#include "ewspriv.h"

enum class {
	REFUSED,
	GOOD,
	CONFLICT,
	ITEM_GONE,
	FOLDER_GONE,
	DENIED,
	BUSY,
	LATER
};

static const struct {
	const char *code;
	enum class class;
} codes[] = {
	{ "NoError", GOOD },

	{ "ErrorIrresolvableConflict", CONFLICT },
	{ "ErrorStaleObject", CONFLICT },
	{ "ErrorChangeKeyRequiredForWriteOperations", CONFLICT },
	{ "ErrorInvalidChangeKey", CONFLICT },
	{ "ErrorObjectTypeChanged", CONFLICT },

	{ "ErrorItemNotFound", ITEM_GONE },
	{ "ErrorCalendarOccurrenceIsDeletedFromRecurrence", ITEM_GONE },

	{ "ErrorFolderNotFound", FOLDER_GONE },
	{ "ErrorSyncFolderNotFound", FOLDER_GONE },
	{ "ErrorParentFolderNotFound", FOLDER_GONE },
	{ "ErrorNonExistentMailbox", FOLDER_GONE },
	{ "ErrorNoPublicFolderReplicaAvailable", FOLDER_GONE },
	{ "ErrorSavedItemFolderNotFound", FOLDER_GONE },
	{ "ErrorToFolderNotFound", FOLDER_GONE },
	{ "ErrorCannotAccessDeletedPublicFolder", FOLDER_GONE },

	{ "ErrorAccessDenied", DENIED },
	{ "ErrorCreateItemAccessDenied", DENIED },
	{ "ErrorAccountDisabled", DENIED },
	{ "ErrorImpersonateUserDenied", DENIED },
	{ "ErrorImpersonationDenied", DENIED },
	{ "ErrorImpersonationFailed", DENIED },
	{ "ErrorDelegateNoUser", DENIED },
	{ "ErrorNonPrimarySmtpAddress", DENIED },
	{ "ErrorPasswordExpired", DENIED },
	{ "ErrorPasswordChangeRequired", DENIED },
	{ "ErrorUserNotAllowedByPolicy", DENIED },
	{ "ErrorMissingEmailAddress", DENIED },
	{ "ErrorMissingEmailAddressForManagedFolder", DENIED },

	{ "ErrorServerBusy", BUSY },
	{ "ErrorServiceUnavailable", BUSY },
	{ "ErrorClientDisconnected", BUSY },
	{ "ErrorTimeoutExpired", BUSY },
	{ "ErrorBatchProcessingStopped", BUSY },
	{ "ErrorExceededConnectionCount", BUSY },
	{ "ErrorExceededFindCountLimit", BUSY },
	{ "ErrorInternalServerTransientError", BUSY },
	{ "ErrorConnectionFailed", BUSY },
	{ "ErrorMailboxMoveInProgress", BUSY },
	{ "ErrorMailboxStoreUnavailable", BUSY },
	{ "ErrorMailboxFailover", BUSY },
	{ "ErrorADUnavailable", BUSY },
	{ "ErrorADOperation", BUSY },
	{ "ErrorInsufficientResources", BUSY },
	{ "ErrorNotEnoughMemory", BUSY },
	{ "ErrorTooManyObjectsOpened", BUSY },
	{ "ErrorProxyCallFailed", BUSY },
	{ "ErrorProxyRequestProcessingFailed", BUSY },

	{ "ErrorInternalServerError", LATER },
	{ "ErrorQuotaExceeded", LATER },
	{ "ErrorMailboxConfiguration", LATER },
	{ "ErrorProxyServiceDiscoveryFailed", LATER },
	{ "ErrorProxyTokenExpired", LATER },
	{ "ErrorPublicFolderMailboxDiscoveryFailed", LATER },
	{ "ErrorPublicFolderRequestProcessingFailed", LATER },
	{ "ErrorPublicFolderServerNotFound", LATER },
	{ "ErrorMailboxLogonFailed", LATER }
};

static enum class
class_of(struct ex_str code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (ex_str_is(code, codes[i].code))
			return codes[i].class;
	return REFUSED;
}

enum ex_answer
ex_ews_answer(enum ex_write_op op, struct ex_str code)
{
	bool create = op == EX_WRITE_CREATE;

	switch (class_of(code)) {
	case GOOD:
		return EX_ANSWER_STORED;
	case CONFLICT:
		return create ? EX_ANSWER_REFUSED : EX_ANSWER_STALE;
	case ITEM_GONE:
		return create ? EX_ANSWER_REFUSED : EX_ANSWER_GONE;
	case FOLDER_GONE:
	case DENIED:
		return EX_ANSWER_DENIED;
	case BUSY:
	case LATER:
		return EX_ANSWER_BUSY;
	case REFUSED:
		break;
	}
	return EX_ANSWER_REFUSED;
}

enum ex_errcode
ex_ews_errcode(struct ex_str code)
{
	switch (class_of(code)) {
	case ITEM_GONE:
	case FOLDER_GONE:
		return EX_ERR_GONE;
	case DENIED:
		return EX_ERR_DENIED;
	case CONFLICT:
	case BUSY:
	case LATER:
		return EX_ERR_AGAIN;
	case GOOD:
	case REFUSED:
		break;
	}
	return EX_ERR_REMOTE;
}

bool
ex_ews_is_transient(struct ex_str code)
{
	return class_of(code) == BUSY;
}
