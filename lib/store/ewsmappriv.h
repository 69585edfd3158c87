/*
 * ewsmappriv.h: values of exmap.h in the XML of EWS
 *
 * ewsmap.c has the table of fields; ewsmapxml.c values in XML.
 */
#ifndef EX_EWSMAPPRIV_H
#define EX_EWSMAPPRIV_H

#include "ewspriv.h"
#include "exmap.h"

enum ex_ewsmap_form {
	EX_EXF_TEXT,		/* one line */
	EX_EXF_BODY,		/* lines; BodyType Text */
	EX_EXF_WORD,		/* true, Busy, 15, the Id of a zone */
	EX_EXF_TIME,		/* "2025-07-02T08:00:00Z" */
	EX_EXF_DAY,		/* "2025-07-02", sent as midnight UTC */
	EX_EXF_NOON,		/* likewise, as 11:59 UTC */
	EX_EXF_STRINGS,	/* one a line */
	EX_EXF_ZONE,		/* in the attribute Id */
	EX_EXF_RULE,		/* a Recurrence */
	EX_EXF_PEOPLE,		/* "address TAB response TAB name" a line */
	EX_EXF_STARTS,		/* of DeletedOccurrences: a time a line */
	EX_EXF_EXTENDED,	/* a MAPI property */
	EX_EXF_ENTRY,		/* of a dictionary */
	EX_EXF_ADDRESS		/* a part of an entry */
};

struct ex_ewsmap_field {
	const char *uri;	/* FieldURI; extended: its attributes */
	const char *key;	/* of an entry; extended: its type */
	const char *elem;	/* element; of an entry: the dictionary's */
	enum ex_ewsmap_form form;
	unsigned flags;
	const char *prop;	/* property, for people and for the code */
	const char *arg;	/* TYPE, place in N, ADR, ORG */
};

extern const struct ex_ewsmap_field ex_ewsmap_table[EX_FLD_N];

/* The element of a kind: "t:Contact". */
const char	*ex_ewsmap_elem(enum ex_kind kind);

/* ewsmapxml.c */
/* a: of what is made of the text, which the values point into. */
void	 ex_ewsmap_values(const struct ex_xml_node *item, enum ex_kind kind,
	    struct ex_arena *a, struct ex_exmap_values *v);
void	 ex_ewsmap_create(struct ex_buf *b, enum ex_kind kind,
	    const struct ex_exmap_values *v);
/* The inside of t:Updates that makes was to v. */
void	 ex_ewsmap_updates(struct ex_buf *b, enum ex_kind kind,
	    const struct ex_exmap_values *was,
	    const struct ex_exmap_values *v, bool occurrence);
/* t:FieldURI and its like, for a field. */
void	 ex_ewsmap_path(struct ex_buf *b, const struct ex_ewsmap_field *f);

/* ewsmaprule.c: the inside of a t:Recurrence. */
void	 ex_ewsmap_rule_put(struct ex_buf *b,
	    const struct ex_exchange_rule *r);
bool	 ex_ewsmap_rule_read(const struct ex_xml_node *n,
	    struct ex_exchange_rule *r);

#endif
