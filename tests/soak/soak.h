/*
 * soak.h: the state machine: rings of mem: folders, their users, what goes
 * wrong, and what must hold at the end (ring.md, P1 to P7)
 *
 *	plan.c	a seed to a setting and a list of steps, and to text
 *	world.c	the folders' files, the ring file
 *	users.c	what users do, and what they had seen when they did it
 *	event.c	what they do with events only
 *	restore.c	what was deleted comes back
 *	edit.c	a copy of an item while it is edited
 *	pipe.c	fetch, diff, merge and push, killed or not
 *	lost.c	writes that were done, and whose answer was lost
 *	hidden.c	what takes no part, and must stay as it is
 *	empty.c	a folder is emptied, and a guard must stop that
 *	turn.c	the ring itself changes between runs
 *	stage.c	a fetch, diff or merge is killed while it writes
 *	cut.c	streams that end too early
 *	check.c	what must hold at the end
 *	soak.c	histories one after the other; shrinks one that fails
 */
#ifndef SOAK_H
#define SOAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../../lib/store/priv.h"

struct ex_snap;

#define FOLDERS	7
#define THINGS	24
#define WHY	1600
#define STEPS	80
#define TIMES	STEPS
#define TOKENS	(THINGS + STEPS * 8)

enum op {
	OP_CREATE,	/* an item, or one with the UID of another folder's */
	OP_EQUAL,	/* equal items with UIDs of their own, in two folders */
	OP_EDIT,	/* a property gets another value */
	OP_CLEAR,	/* a property goes */
	OP_ADD,		/* to a set */
	OP_REMOVE,	/* from a set */
	OP_REPLACE,	/* a value of a set by another */
	OP_DELETE,
	OP_RENAME,	/* the item has another id */
	OP_SWAP,	/* two items have each other's ids */
	OP_COPY,	/* another item, made from this one, stamp and all */
	OP_TWIN,	/* a second copy with the same UID */
	OP_TOUCH,	/* a new version mark, nothing else */
	OP_OVERRIDE,	/* a day of a recurring event has its own values */
	OP_SINGLE_OUT,	/* an override is taken away */
	OP_EXCHANGE,	/* a master's value and its override's change places */
	OP_TIME,	/* begin or end move */
	OP_MEETING,	/* attendees come, or go */
	OP_PRIVATE,	/* CLASS:PRIVATE comes, or goes */
	OP_BAD,		/* it cannot be read any more, or can again */
	OP_RESTORE,	/* a deleted item comes back */
	OP_FAULT,	/* the next writes in the folder are answered so */
	OP_SHORT,	/* the next listing is cut */
	OP_FORGET,	/* the next token is refused */
	OP_FETCH,	/* fetch, diff and merge */
	OP_PUSH,	/* the last plan */
	OP_RUN,		/* both */
	OP_KILL,	/* both, killed after so many steps */
	OP_SOME,	/* both, some folders only */
	OP_SETTLE,	/* a person decides about a left item */
	OP_EMPTY,	/* all of a folder is deleted: a guard must stop that */
	OP_SCOPE,	/* other items take part in a folder */
	OP_JOIN,	/* a folder comes */
	OP_LEAVE,	/* a folder goes */
	OP_NAME,	/* a folder has another name */
	OP_MOVE,	/* a folder is another store */
	OP_STAGE,	/* both, fetch, diff or merge killed while it writes */
	OP_LAST
};

struct step {
	enum op op;
	unsigned number;	/* in the whole history */
	unsigned folder, thing, other, arg;
};

enum quirk {
	Q_DROP = 1, Q_UPPER = 2, Q_ADD = 4, Q_NOUID = 8, Q_NOREV = 16,
	Q_NEWREV = 32, Q_RENAME = 64, Q_TOKEN = 128, Q_REFUSE = 256
};

#define QUIRKS 9

enum access { RW, RO, WO };

enum scope { KEEP_MEETINGS = 1, SKIP_PRIVATE = 2 };

enum kind { CONTACTS, TASKS, EVENTS };

struct setting {
	uint64_t seed;
	unsigned nfolder;
	unsigned quirk[FOLDERS];
	unsigned drop[FOLDERS];		/* which property */
	enum access access[FOLDERS];
	bool remove[FOLDERS], repair[FOLDERS];
	unsigned order[FOLDERS];	/* in the ring file */
	unsigned policy;		/* report newest prefer both command */
	bool delete_wins;
	enum kind kind;
	bool rev;			/* users' items say when */
	bool more;			/* with the steps of more_of() */
	bool wide;			/* and with those of other_op() */
	bool turns;			/* and of turn.c and stage.c */
	bool back;			/* and of restore.c */
	bool tight;			/* limits that nothing is below */
	bool match;			/* a first run with -m summary */
	unsigned out;			/* folders that have left */
	char letter[FOLDERS];		/* of the name, f or g */
	unsigned moved[FOLDERS];	/* how often */
	unsigned scope[FOLDERS];
	bool real;			/* through the programs */
	struct step step[STEPS];
	unsigned nstep;
};

/* A value that some user wrote: a text that is nowhere else. */
struct token {
	unsigned thing;
	unsigned prop;	/* singles, then sets; NOPROP: its identity */
	bool made;
	bool dead;	/* one who had seen it replaced or removed it */
	bool deleted;	/* with its item, and nobody had before */
	bool spared;	/* a copy with it went, where another has it, too */
};

/* An item as users think of it; its identity is token 0 of it. */
struct thing {
	unsigned born;		/* folder */
	bool created;
	bool nouid;		/* made where there are no UIDs */
	bool equal;		/* bound by content on the first run */
	unsigned twin[FOLDERS];	/* second copies that users made there */
	bool split;		/* equal ones, edited before the first run */
	unsigned marked;	/* folders: another bears its open mark */
	unsigned lost, rewritten;	/* folders: lost.c */
	bool excused;		/* ring.md, P7's exceptions */
	bool target;		/* made in a write-only folder */
	bool copied;		/* others were made from it */
	bool mixed[2];		/* that set had more than replacements */
	bool must_go;		/* deleted by one who had seen it all */
	bool deleted;		/* by a user, at some time */
	bool blind;		/* changed, and no value shows that */
};

/* What can be put back in a folder: as it was when it was deleted. */
struct trash {
	struct ex_str id, mark, data;
};

struct world {
	struct setting *s;
	const char *programs;	/* NULL: in this process */
	char fail[WHY];
	struct thing thing[THINGS];
	struct token token[TOKENS];
	struct step last;
	bool planned;		/* there is a plan to push */
	bool turned;		/* and the ring file is another since */
	long long generation;	/* it was made at */
	bool kill_pending;
	bool first_done;
	bool cut_done;
	size_t runs, kills, pushes;
	char time[TIMES][12];	/* of an event, as users have set it */
	unsigned time_of[TIMES];	/* which thing's */
	unsigned ntime;
	uint64_t rng;
	struct trash trash[THINGS][FOLDERS];
	struct ex_arena attic;	/* where that lies */
};

#define SINGLES 3
#define NOPROP 9
extern const char *const soak_single[3][SINGLES];
extern const char *const soak_set[3][2];
extern const char *const soak_kind[3];

/* plan.c */
extern const char *const soak_fault[12];
uint64_t soak_random(uint64_t *rng);
unsigned soak_below(uint64_t *rng, unsigned n);
void	 soak_plan(struct setting *s, uint64_t seed);
void	 soak_print(FILE *to, const struct setting *s);

/* world.c */
struct ex_mem	*soak_open(unsigned folder);
void	 soak_close(struct ex_mem *m, bool save);
void	 soak_begin(const struct world *w);
/* The folder's file, and the ring file, as the setting wants them. */
void	 soak_store(const struct setting *s, unsigned folder);
/* Is it another one than it was? */
bool	 soak_conf(const struct setting *s);
struct ex_str	 soak_name(const struct setting *s, unsigned folder);
struct ex_str	 soak_operand(const struct setting *s, unsigned folder,
		    struct ex_arena *a);
bool	 soak_is_out(const struct setting *s, unsigned folder);
size_t	 soak_writes(const struct world *w);
void	 soak_calm(const struct world *w);
/* Has this text the token in it, in any case of letters? */
bool	 soak_has(struct ex_str text, unsigned token);
/* The folder's copy of the thing; NULL: none. */
struct ex_mem_item	*soak_copy(struct ex_mem *m, unsigned thing);
size_t	 soak_copies(const struct ex_mem *m, unsigned thing);
int	 soak_fail(struct world *w, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* edit.c, users.c */
unsigned soak_identity(unsigned thing);
void	 soak_user(struct world *w, const struct step *step);

/* restore.c */
/* All that folders have of the thing goes to their trashes. */
void	 soak_trash(struct world *w, unsigned thing);
void	 soak_restore(struct world *w, const struct step *step);

/* event.c */
bool	 soak_recurs(const struct world *w, unsigned thing);
/* When it begins and ends, as in "10:00-11:00"; "": neither. */
void	 soak_time(const struct ex_comp *c, char text[12]);
/* Begin and end of each part are as a user has set them, both. */
int	 soak_check_times(struct world *w, struct ex_mem *m, unsigned folder);

/* pipe.c: -1: what must not be was seen. */
int	 soak_fetch(struct world *w, unsigned folders);
/* The stages, from and to the files items, changes and plan. */
int	 soak_fetch_to(unsigned folders, FILE *to, struct ex_err *err);
int	 soak_diff_to(const struct world *w, const char *from, FILE *to,
	    struct ex_err *err);
int	 soak_merge_to(const char *from, FILE *to, struct ex_err *err);
/* A stream in which each section that begins has its end. */
bool	 soak_is_whole(const char *path);
int	 soak_push(struct world *w, unsigned long stop);
int	 soak_run(struct world *w, unsigned folders, unsigned long stop);
long long soak_generation(void);
/* settle.c */
/* Is it there, and not as the snapshot knows it: edited since? */
bool	 soak_is_pending(unsigned folder, unsigned thing);
/* Is a folder on its first run, so that what it holds counts as new? */
bool	 soak_is_fresh(const struct world *w);
int	 soak_settle(struct world *w, const struct step *step);
/* The policy `command`, behind a run: it takes what the first folder has. */
int	 soak_command(struct world *w);
bool	 soak_is_bound(unsigned folder, struct ex_str id);
size_t	 soak_folder_index(struct ex_snap *s, unsigned folder,
	    struct ex_arena *a);
/* Items that the snapshot has bound in the folder. */
size_t	 soak_bound(unsigned folder);
/* Push without -d all, and without -d updates: the status. */
int	 soak_push_guarded(struct ex_err *err);

/* lost.c: behind every push: look for them. */
void	 soak_lost(struct world *w);
/*
 * Is the folder's copy as all the others are, but for what stores drop, and
 * is none of those edited since the last run?
 */
bool	 soak_alike(struct world *w, unsigned folder, unsigned thing);
/* Is a create with that mark open in the folder? */
bool	 soak_open_mark(unsigned folder, struct ex_str mark);

/* turn.c */
void	 soak_turn(struct world *w, const struct step *step);

/* stage.c: one stage's output, cut where it was killed: 1, 0 whole, -1. */
enum stage { STAGE_FETCH, STAGE_DIFF, STAGE_MERGE };
int	 soak_stage(struct world *w, const struct step *step);

/* hidden.c */
/* Takes it no part: out of the folder's scope, or not to be read? */
bool	 soak_hidden(const struct world *w, unsigned folder,
	    const struct ex_mem_item *at);
/* What of all folders takes no part, to be compared. */
struct ex_buf	 soak_aside(const struct world *w);

/* empty.c */
int	 soak_empty(struct world *w, const struct step *step);

/* cut.c */
int	 soak_cut(struct world *w, const char *path, const char *stream);

/* check.c */
int	 soak_check(struct world *w);

#endif
