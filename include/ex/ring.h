/*
 * ring.h: the ring file, exring(5)
 *
 * Read with inih, whole, checked: an unknown or doubled key, a bad value,
 * a ring in which no item can flow are errors that name file and line.
 */
#ifndef EX_RING_H
#define EX_RING_H

#include <ex/hash.h>
#include <ex/scope.h>
#include <ex/store.h>

struct ex_buf;

enum ex_policy {
	EX_POLICY_REPORT,
	EX_POLICY_NEWEST,
	EX_POLICY_PREFER,	/* with names */
	EX_POLICY_BOTH,
	EX_POLICY_COMMAND	/* for a stream it is report */
};

enum ex_access {
	EX_ACCESS_BOTH,		/* read-write */
	EX_ACCESS_READ,		/* read-only: a source */
	EX_ACCESS_WRITE		/* write-only: a target */
};

/* Stop above both: n and percent ("10 20%"). */
struct ex_limit {
	long long n;
	int percent;
};

struct ex_ring_folder {
	struct ex_store_conf store;	/* operand as written */
	enum ex_access access;
	bool own_remove;		/* own = remove */
	bool repair;
	struct ex_scope scope;
	char scope_digest[EX_HASH_HEX];
	struct ex_str window;		/* as written; absent: none */
	unsigned line;			/* of its [folder NAME] */
	unsigned meetings_line;		/* of its meetings; 0: not given */
};

struct ex_ring {
	struct ex_str path;		/* of the ring file */
	struct ex_str dir;		/* that paths in it are relative to */
	enum ex_kind kind;
	struct ex_str snapshot;		/* relative to the current directory */
	enum ex_policy policy;
	struct ex_str *prefer;		/* names, first first */
	size_t nprefer;
	struct ex_str command;		/* conflict = command CMD */
	bool delete_wins;
	struct ex_limit max_delete, max_update;
	long long keep_runs;
	char digest[EX_HASH_HEX];	/* of the file's bytes */
	char id[EX_HASH_HEX];		/* what a first run would call it */
	struct ex_ring_folder *folder;	/* in the file's order */
	size_t nfolder;
};

/* All of it lives in the arena.  err: "team.conf:7: problem". */
int	 ex_ring_read(const char *path, struct ex_arena *a,
	    struct ex_ring *ring, struct ex_err *err);

const struct ex_ring_folder	*ex_ring_folder(const struct ex_ring *ring,
				    struct ex_str name);

/* "report", "prefer alice bob" and so on, to a policy: ring file and -c. */
int	 ex_ring_policy(struct ex_str text, struct ex_arena *a,
	    enum ex_policy *policy, struct ex_str **prefer, size_t *nprefer,
	    struct ex_str *command, struct ex_err *err);

/*
 * The `ring` member of a stream's begin: {"id":...,"generation":n,
 * "conflict":[...],"delete-wins":b,"max-delete":[n,p],"max-update":[n,p],
 * "config":digest}.  id and generation are the snapshot's.
 */
void	 ex_ring_write(struct ex_buf *b, const struct ex_ring *ring,
	    struct ex_str id, long long generation);

/* May a folder be called so? */
bool	 ex_ring_folder_name(struct ex_str name);

const char	*ex_access_name(enum ex_access access);

#endif
