/*
 * xml.h: XML read as a stream, and written
 *
 * Elements come as they are read, with the names of their namespaces; no
 * tree is built.  No document type, no entity but XML's own five, no
 * network.  Caps: EX_CAP_XML_DEPTH, EX_CAP_XML_ATTRS, EX_CAP_XML_NAME.
 */
#ifndef EX_XML_H
#define EX_XML_H

#include <stdbool.h>
#include <stddef.h>

#include <ex/str.h>

struct ex_buf;
struct ex_err;
struct ex_xml;

struct ex_xml_name {
	struct ex_str ns;	/* "DAV:"; absent: none */
	struct ex_str local;
};

struct ex_xml_attr {
	struct ex_xml_name name;
	struct ex_str value;
};

/* Runs live until the callback returns; -1 ends the reading. */
struct ex_xml_ops {
	int (*start)(void *arg, struct ex_xml_name name,
	    const struct ex_xml_attr *attr, size_t nattr, struct ex_err *err);
	/* Any number of parts between two others. */
	int (*text)(void *arg, struct ex_str part, struct ex_err *err);
	int (*end)(void *arg, struct ex_xml_name name, struct ex_err *err);
};

/* lenient: illegal character references become U+FFFD (Exchange sends them). */
struct ex_xml *ex_xml_new(const struct ex_xml_ops *ops, void *arg,
		    bool lenient);
void	 ex_xml_free(struct ex_xml *x);
/* The next bytes.  Errors: "line 3: problem", EX_ERR_INPUT. */
int	 ex_xml_feed(struct ex_xml *x, struct ex_str part, struct ex_err *err);
/* There are no more: is it whole? */
int	 ex_xml_finish(struct ex_xml *x, struct ex_err *err);

bool	 ex_xml_is(struct ex_xml_name name, const char *ns, const char *local);

/* Text with & < > " and CR escaped; what XML cannot hold becomes U+FFFD. */
void	 ex_xml_escape(struct ex_buf *b, struct ex_str text);

#endif
