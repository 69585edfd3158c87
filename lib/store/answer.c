/*
 * answer.c: what errno means for one write
 */
#include <errno.h>

#include "priv.h"

enum ex_answer
ex_answer_of(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
	case EROFS:
		return EX_ANSWER_DENIED;
	case EEXIST:
		return EX_ANSWER_EXISTS;
	case ENOENT:
		return EX_ANSWER_GONE;
	case ENAMETOOLONG:
	case EILSEQ:	/* a name that this file system cannot hold */
	case EINVAL:
		return EX_ANSWER_REFUSED;
	default:
		/* ENOSPC, EDQUOT, EFBIG, EIO: there may be room later. */
		return EX_ANSWER_BUSY;
	}
}
