/*
 * plan.h: lines of the plan stream (records.md)
 */
#ifndef EX_PLAN_H
#define EX_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/item.h>
#include <ex/store.h>
#include <ex/str.h>

struct ex_arena;
struct ex_err;
struct ex_hash;
struct ex_json;

/*
 * The name of a create: the UID made safe for a file name (at most 100
 * bytes of it), '-', and 16 hex digits of SHA-256 over ring id, generation,
 * folder and UID.  Nobody makes it by accident.
 */
struct ex_str	 ex_plan_name(struct ex_hash *h, struct ex_arena *a,
		    struct ex_str ring, long long generation,
		    struct ex_str folder, struct ex_str uid);

/* What the snapshot takes over from one folder. */
struct ex_plan_seen {
	struct ex_str folder;
	bool gone;		/* null: the binding is dropped */
	struct ex_str id;	/* absent: left out (ring.md 3, write-only) */
	struct ex_str rev, uid, as;
	/* NULL: as the line's master. */
	const struct ex_json *base, *shadow;
	/* Left lines only: JSON null: gone; NULL: the line says nothing. */
	const struct ex_json *now;
};

struct ex_plan_op {
	enum ex_write_op op;
	struct ex_str folder;
	struct ex_str id, rev;	/* update, delete */
	struct ex_str uid;	/* absent: the entry's */
	struct ex_str name;	/* create */
	struct ex_str as;	/* absent: the binding's */
};

struct ex_plan_line {
	struct ex_str uid;
	enum ex_kind kind;
	bool left;
	const struct ex_json *master;	/* NULL: delete */
	struct ex_plan_seen *seen;
	size_t nseen;
	struct ex_plan_op *op;
	size_t nop;
	const struct ex_json *conflicts;	/* array; NULL: none */
};

/*
 * A line, checked: every member is of its type, ops have what they need and
 * no folder has two.  Strings and JSON are borrowed from j.  err: "uid U:
 * problem".
 */
int	 ex_plan_read(const struct ex_json *j, struct ex_arena *a,
	    struct ex_plan_line *line, struct ex_err *err);

/* "create", "update", "delete". */
const char	*ex_plan_op_name(enum ex_write_op op);

#endif
