/*
 * vdirtest.h: a new directory that is a vdir, of contacts
 */
#ifndef VDIRTEST_H
#define VDIRTEST_H

#include <dirent.h>
#include <sys/stat.h>

#include "storetest.h"

static struct ex_store *store;

static inline int
in_new_vdir(void **state)
{
	if (in_new_dir(state) == -1 || mkdir("d", 0755) == -1 ||
	    chdir("d") == -1)
		return -1;
	store = opened_as("alice", "vdir:.", EX_KIND_CONTACTS);
	return store == NULL ? -1 : 0;
}

static inline int
out_of_vdir(void **state)
{
	ex_store_close(store);
	store = NULL;
	return out_of_it(state);
}

/* How many files are in it, hidden ones too. */
static inline unsigned
files(void)
{
	DIR *d = opendir(".");
	struct dirent *e;
	unsigned n = 0;

	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

#endif
