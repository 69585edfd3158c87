/* fetch_priv.h: between fetchall.c (all folders) and fetch.c (one) */
#ifndef EX_FETCH_PRIV_H
#define EX_FETCH_PRIV_H

#include <ex/fetch.h>

/* One folder to out; its err says what failed. */
int	 ex_fetch_folder(const struct ex_fetch *f,
	    struct ex_fetch_folder *folder, FILE *out);

#endif
