/*
 * graphmappriv.h: values of exmap.h in the JSON of Microsoft Graph
 *
 * graphmap.c has the table of fields; graphmapjson.c values from JSON,
 * graphmapput.c values to it; graphmaprule.c recurrences both ways.
 */
#ifndef EX_GRAPHMAPPRIV_H
#define EX_GRAPHMAPPRIV_H

#include "graphmap.h"

enum ex_graphmap_form {
	EX_GRF_TEXT,		/* one line */
	EX_GRF_LINES,		/* lines */
	EX_GRF_BODY,		/* an itemBody of contentType text */
	EX_GRF_WORD,		/* of an enum: "Busy" is busy there */
	EX_GRF_FLAG,		/* true, false */
	EX_GRF_NUMBER,
	EX_GRF_TIME,		/* "2025-07-02T08:00:00Z" */
	EX_GRF_NOON,		/* "2025-07-02", sent as 11:59 UTC */
	EX_GRF_WHEN,		/* a dateTimeTimeZone in the field's zone */
	EX_GRF_INSTANT,		/* a dateTimeTimeZone of UTC */
	EX_GRF_DAY,		/* a day, sent as its midnight of UTC */
	EX_GRF_ZONE,		/* read here, sent with EX_GRF_WHEN */
	EX_GRF_STRINGS,		/* one a line */
	EX_GRF_ENTRY,		/* the at-th of a list of strings */
	EX_GRF_EMAIL,		/* the address of the at-th of a list */
	EX_GRF_PART,		/* the part of an object */
	EX_GRF_RULE,		/* a patternedRecurrence */
	EX_GRF_PEOPLE,		/* as exmap.h's; part: the attendees' type */
	EX_GRF_MEETING,		/* true: there are some */
	EX_GRF_CANCELLED,	/* occurrences: a time a line */
	/* singleValueExtendedProperties, the name being the id: */
	EX_GRF_EXT,		/* text */
	EX_GRF_EXT_NUMBER,	/* 0 is none */
	EX_GRF_EXT_NOON,	/* as EX_GRF_NOON */
	EX_GRF_EXT_CODE,	/* a number, that counts the words in part */
	EX_GRF_OPEN		/* a member of our open extension */
};

struct ex_graphmap_field {
	const char *name;	/* member, or id of an extended property */
	const char *part;
	int at;
	enum ex_graphmap_form form;
	unsigned flags;		/* enum ex_exmap_flag */
	const char *prop;	/* property, for people */
};

/* How a kind has a field; NULL: it has it not. */
const struct ex_graphmap_field	*ex_graphmap_row(enum ex_kind kind,
				    int field);
bool	 ex_graphmap_is_extended(const struct ex_graphmap_field *f);

/* The n-th word of words, that are parted by blanks; absent: none. */
struct ex_str	 ex_graphmap_word(const char *words, long long n);

/* graphmapjson.c; what the values point into is item's, or in a. */
void	 ex_graphmap_values(const struct ex_json *item, enum ex_kind kind,
	    struct ex_arena *a, struct ex_exmap_values *v);
/* Our open extension; NULL: there is none. */
const struct ex_json	*ex_graphmap_extension(const struct ex_json *item);

/* graphmapput.c */
void	 ex_graphmap_create(struct ex_buf *b, enum ex_kind kind,
	    const struct ex_exmap_values *v);
void	 ex_graphmap_update(struct ex_buf *b, enum ex_kind kind,
	    const struct ex_exmap_values *was,
	    const struct ex_exmap_values *v, bool occurrence);
/* Our open extension, whole. */
void	 ex_graphmap_put_extension(struct ex_buf *b,
	    const struct ex_exmap_values *v);

/* graphmaptext.c: HTML as text: tags dropped, some of them line ends. */
struct ex_str	 ex_graphmap_text(struct ex_str html, struct ex_arena *a);

/* graphmaprule.c: a patternedRecurrence; false: it is none we know. */
bool	 ex_graphmap_rule_read(const struct ex_json *j,
	    struct ex_exchange_rule *r);
void	 ex_graphmap_rule_put(struct ex_buf *b,
	    const struct ex_exchange_rule *r);

#endif
