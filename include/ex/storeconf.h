/*
 * storeconf.h: what a ring file or a command line says of one folder
 *
 * Its own header, so that what lies below the stores (sign-in) can read it.
 */
#ifndef EX_STORECONF_H
#define EX_STORECONF_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/item.h>

struct ex_store_opt {
	struct ex_str key, value;
	unsigned line;
};

struct ex_store_conf {
	struct ex_str name;	/* of the folder, for messages and records */
	struct ex_str operand;	/* "vdir:DIR" */
	struct ex_str base;	/* directory that paths are relative to;
				   absent: the current one */
	enum ex_kind kind;	/* _NONE: find out */
	const struct ex_store_opt *opt;	/* mailbox, folder, user, auth ... */
	size_t nopt;
	bool strip;		/* meetings come and go without attendees */
	bool browse;		/* only to be asked for the folders behind it */
};

#endif
