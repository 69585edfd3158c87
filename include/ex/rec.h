/*
 * rec.h: streams of records: lines of JSON in sections that count them
 *
 * exrecord(5) is the grammar.  The reader checks every section (count,
 * sum, its end, that none comes twice) and hands out lines by their first
 * members, without parsing the rest; a line in another form is parsed
 * whole.  Nothing may be concluded from what is *not* there before
 * ex_rec_next() has returned 0.
 */
#ifndef EX_REC_H
#define EX_REC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <ex/buf.h>
#include <ex/str.h>
#include <ex/sum.h>

struct ex_arena;
struct ex_err;
struct ex_json;

enum ex_rec_type {
	EX_REC_BEGIN,
	EX_REC_END,
	EX_REC_ITEM,
	EX_REC_KEPT,
	EX_REC_GONE,
	EX_REC_HIDDEN,
	EX_REC_BAD,
	EX_REC_CHANGE,
	EX_REC_NOTE,
	EX_REC_PLAN,
	EX_REC_TAKEN,
	EX_REC_DONE,
	EX_REC_FAILED,
	EX_REC_CONFLICT
};

/*
 * Absent members, and those that are null, are absent (p NULL).  Lives in
 * the arena or the input.
 */
struct ex_rec {
	enum ex_rec_type type;
	struct ex_str line;	/* all of it, without LF */
	struct ex_str folder, id, rev, uid, mark, entry, hash, kind, as, why;
	/*
	 * JSON text of `data`, not parsed: in a stream from elsewhere it
	 * may be no JSON at all.
	 */
	struct ex_str data;
	const struct ex_json *json;	/* begin and end: parsed */
	size_t lineno;		/* in its file, from 1 */
	size_t offset;		/* of the line, for ex_rec_at() */
};

enum ex_rec_flags {
	EX_REC_WHOLE = 1,	/* of a stream in parts all must be there */
	EX_REC_SPOOL = 2,	/* ex_rec_at() will be called */
	/*
	 * For what a person edited (exfilter -e): count and sum are not
	 * looked at, an item needs no hash, empty lines, blanks at the end
	 * of a line and a last line without LF are no error.
	 */
	EX_REC_LOOSE = 4
};

struct ex_rec_in;

/*
 * One line by its members; where it comes from is not set.  An item may
 * lack its hash.  err: the problem alone.
 */
int	 ex_rec_parse(struct ex_str line, struct ex_arena *a,
	    struct ex_rec *rec, struct ex_err *err);

/* The `rec` of a type. */
const char	*ex_rec_name_of(enum ex_rec_type type);

/*
 * Read the streams of n paths, one after the other ("-": standard input;
 * n 0: that alone).  stream: "items", "changes", "plan" or "results"; a
 * section of another stream is an error, NULL takes any.  Paths are
 * borrowed.
 */
int	 ex_rec_open(struct ex_rec_in **in, const char *const *path, size_t n,
	    const char *stream, unsigned flags, struct ex_err *err);

/*
 * 1, 0 when all sections are complete, -1: "stdin:42: folder alice:
 * problem".  Strings may lie in the arena, or in the line, which stays only
 * until the next call.
 */
int	 ex_rec_next(struct ex_rec_in *in, struct ex_arena *a,
	    struct ex_rec *rec, struct ex_err *err);

/* A line again, by its offset; only with EX_REC_SPOOL. */
int	 ex_rec_at(struct ex_rec_in *in, size_t offset, struct ex_arena *a,
	    struct ex_rec *rec, struct ex_err *err);

/* "stdin:42", for messages of the caller about the last record. */
struct ex_str	 ex_rec_place(const struct ex_rec_in *in,
		    const struct ex_rec *rec, struct ex_arena *a);

/* The whole line parsed (change, plan, done, ...). */
int	 ex_rec_json(const struct ex_rec_in *in, const struct ex_rec *rec,
	    struct ex_arena *a, struct ex_json **out, struct ex_err *err);

/*
 * What the sum covers of an end line: its members but rec, part, folder,
 * count and sum, as one run, if there are any.
 */
void	 ex_rec_sum_end(struct ex_sum *sum, const struct ex_json *end);

/* How many bytes were read, of how many (0: not known), for progress. */
void	 ex_rec_progress(const struct ex_rec_in *in, size_t *done,
	    size_t *all);

void	 ex_rec_close(struct ex_rec_in *in);

/*
 * The writer.  One section is open at a time; lines get to the FILE in
 * large pieces, all of them with ex_rec_end() or ex_rec_out_fini().
 * Errors of the FILE show in ex_finish() (stdout) or ferror().
 */
struct ex_rec_out {
	FILE *fp;
	struct ex_buf line;	/* lines on their way, the last being built */
	size_t start;		/* where in it that one starts */
	bool lost;		/* one was over EX_CAP_RECORD: no end comes */
	struct ex_sum sum;
	size_t count;
	unsigned part;		/* 0: not in parts */
	struct ex_str folder;	/* of an item section, borrowed */
};

void	 ex_rec_out_init(struct ex_rec_out *o, FILE *fp);
void	 ex_rec_out_fini(struct ex_rec_out *o);

/*
 * {"rec":"begin","stream":...,"form":1[,"part":k][,"folder":...]REST}
 * REST is empty or ",\"name\":value...": members with their comma in front.
 * part 0: no part; folder absent: none.  folder is borrowed till the end.
 */
void	 ex_rec_begin(struct ex_rec_out *o, const char *stream, unsigned part,
	    struct ex_str folder, struct ex_str rest);
/*
 * {"rec":"end"[,"part":k][,"folder":...],"count":n,"sum":"..."REST}
 * REST as in begin, compact; the sum covers it too.
 */
void	 ex_rec_end(struct ex_rec_out *o, struct ex_str rest);

/* A line as it is (without LF), counted. */
void	 ex_rec_line(struct ex_rec_out *o, struct ex_str line);

/*
 * A line from its members:
 *	ex_rec_start(o, "item"); ex_rec_str(o, "folder", f); ...
 *	ex_rec_raw(o, "data", json); ex_rec_stop(o);
 * An absent string is left out.
 */
void	 ex_rec_start(struct ex_rec_out *o, const char *rec);
void	 ex_rec_str(struct ex_rec_out *o, const char *name, struct ex_str s);
void	 ex_rec_raw(struct ex_rec_out *o, const char *name,
	    struct ex_str json);
void	 ex_rec_stop(struct ex_rec_out *o);
/* The value of a member that the caller then appends to o->line himself. */
void	 ex_rec_name(struct ex_rec_out *o, const char *name);

#endif
