/*
 * listing.h: item streams, indexed: what is in the folders now
 *
 * The streams are spooled and stay outside memory; the index costs about 100
 * bytes a record.  Complete and checked when ex_listing_open() returns: from
 * then on absence means what the section's mode says.
 */
#ifndef EX_LISTING_H
#define EX_LISTING_H

#include <stdint.h>

#include <ex/hash.h>
#include <ex/item.h>
#include <ex/rec.h>

#define EX_LISTING_NONE	UINT32_MAX	/* no record; no entry */

struct ex_listed {
	struct ex_sum id, uid;	/* digests; uid 0: none, or not known */
	struct ex_sum rev;	/* 0: none */
	unsigned char hash[16];	/* of an item */
	uint64_t offset;	/* for ex_rec_at() */
	uint16_t folder;	/* index into folder[] */
	uint8_t type;		/* enum ex_rec_type */
	uint8_t flags;		/* the caller's */
	uint32_t entry;		/* the caller's; at first EX_LISTING_NONE */
};

struct ex_listing_folder {
	struct ex_str name, identity, scope, since, token, access, own;
	struct ex_str ring;	/* id; absent: fetched without -s */
	const struct ex_json *ring_json;
	long long generation;
	enum ex_kind kind;
	bool delta, repair;
	uint32_t first, n;	/* its records, by their place in rec[] */
	size_t items;		/* item and kept lines */
};

struct ex_listing {
	struct ex_rec_in *in;
	struct ex_arena *arena;		/* borrowed: holds the folders */
	struct ex_listing_folder *folder;	/* by name */
	size_t nfolder;
	struct ex_listed *rec;		/* by folder, then as they came */
	uint32_t nrec;
	uint32_t *by_id, *by_uid;	/* open addressing */
	uint32_t *next;		/* the next record of the same UID */
	uint32_t mask;
	size_t size, last;
};

/*
 * Read and check all of the streams.  An id twice in one folder is an
 * error.  n 0: standard input.
 */
int	 ex_listing_open(struct ex_listing *l, const char *const *path,
	    size_t n, struct ex_arena *a, struct ex_err *err);
void	 ex_listing_close(struct ex_listing *l);

/* Digests as the index has them; absent is 0. */
struct ex_sum	 ex_listing_digest(struct ex_str s);

/* The record of an id in a folder, or EX_LISTING_NONE. */
uint32_t	 ex_listing_by_id(const struct ex_listing *l, size_t folder,
		    struct ex_sum id);

/*
 * The first record with a UID, whatever the folder, or EX_LISTING_NONE;
 * next[] leads to the others, in the order of rec[].
 */
uint32_t	 ex_listing_by_uid(const struct ex_listing *l,
		    struct ex_sum uid);

/* The record's line again. */
int	 ex_listing_get(struct ex_listing *l, uint32_t rec,
	    struct ex_arena *a, struct ex_rec *out, struct ex_err *err);

/* The folder of that name, or NULL. */
struct ex_listing_folder	*ex_listing_folder(const struct ex_listing *l,
				    struct ex_str name);

bool	 ex_sum_eq(struct ex_sum a, struct ex_sum b);
bool	 ex_sum_none(struct ex_sum a);

#endif
