/*
 * json.h: JSON as a tree in an arena, and text back
 *
 * Read by cJSON where it is not as our programs write it.  cJSON keeps
 * numbers as doubles, cuts strings at \u0000 and takes doubled keys: here a
 * number keeps the digits it was written with, and \u0000, a doubled key,
 * text that is not UTF-8, nesting over EX_CAP_JSON_DEPTH and anything
 * behind the value are errors.
 * RFC 8259.
 */
#ifndef EX_JSON_H
#define EX_JSON_H

#include <stdbool.h>

#include <ex/str.h>

struct ex_arena;
struct ex_buf;
struct ex_err;

enum ex_json_type {
	EX_JSON_NULL,
	EX_JSON_FALSE,
	EX_JSON_TRUE,
	EX_JSON_NUMBER,
	EX_JSON_STRING,
	EX_JSON_ARRAY,
	EX_JSON_OBJECT
};

struct ex_json {
	enum ex_json_type type;
	struct ex_str key;	/* member of an object: its name, decoded */
	struct ex_str text;	/* string: decoded; number: its token */
	struct ex_json *child;	/* first of an array or object */
	struct ex_json *next;	/* next of the array or object it is in */
};

/*
 * err: "column N: problem", the key that stands twice by name; the caller
 * puts the place in front.
 */
int	 ex_json_parse(struct ex_str text, struct ex_arena *a,
	    struct ex_json **out, struct ex_err *err);

/* Compact, members in their order, only '"', '\' and controls escaped. */
void	 ex_json_write(struct ex_buf *b, const struct ex_json *j);
/* A string with its quotes; absent as an empty one. */
void	 ex_json_string(struct ex_buf *b, struct ex_str s);

/*
 * "name":"s" with a comma in front, but right behind a '{'; nothing if s
 * is absent.
 */
void	 ex_json_member(struct ex_buf *b, const char *name, struct ex_str s);

struct ex_json	*ex_json_new(struct ex_arena *a, enum ex_json_type type);
/* A string node; the bytes are borrowed, not copied. */
struct ex_json	*ex_json_text(struct ex_arena *a, struct ex_str s);
/* A number node of an integer. */
struct ex_json	*ex_json_int(struct ex_arena *a, long long n);
/*
 * Append child to an array or object (with key).  Walks the list: for long
 * ones keep a tail of your own.
 */
void	 ex_json_add(struct ex_json *parent, struct ex_json *child);
void	 ex_json_put(struct ex_json *object, const char *key,
	    struct ex_json *child);

/* The member of an object; NULL: there is none, or j is no object. */
const struct ex_json	*ex_json_get(const struct ex_json *j,
			    const char *key);
/* Its text, if it is a string; else absent. */
struct ex_str	 ex_json_get_str(const struct ex_json *j, const char *key);
/* Its value, if it is an integer; else otherwise. */
long long	 ex_json_get_int(const struct ex_json *j, const char *key,
		    long long otherwise);
/* Is it there and true? */
bool	 ex_json_get_true(const struct ex_json *j, const char *key);

/* The same type, text and children in the same order; keys too. */
bool	 ex_json_eq(const struct ex_json *a, const struct ex_json *b);

/* Is s UTF-8 (RFC 3629) without NUL? */
bool	 ex_json_utf8(struct ex_str s);

/* How many of n bytes at p stand for themselves in a JSON string. */
size_t	 ex_json_plain(const char *p, size_t n);

#endif
