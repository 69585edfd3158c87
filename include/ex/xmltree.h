/*
 * xmltree.h: an XML element with all that is in it, in an arena
 *
 * For the parts of a stream that are small and wanted whole, as one item of
 * an answer is.  The caller's ex_xml callbacks hand on what they get between
 * the element's start and its end; names, attributes and text are copied.
 */
#ifndef EX_XMLTREE_H
#define EX_XMLTREE_H

#include <ex/xml.h>

struct ex_arena;

struct ex_xml_node {
	struct ex_xml_name name;
	const struct ex_xml_attr *attr;
	size_t nattr;
	struct ex_str text;		/* its own, all parts together; never
					   absent */
	struct ex_xml_node *child;	/* the first element in it */
	struct ex_xml_node *next;	/* the next beside it */
	struct ex_xml_node *parent;	/* NULL: the tree's root */
};

/* Set to zero but for the arena, which outlives the tree. */
struct ex_xml_tree {
	struct ex_arena *arena;
	struct ex_xml_node *root;	/* NULL before the first start */
	/* Where the next event belongs. */
	struct ex_xml_node *at, *last;	/* last: of at's children */
};

void	 ex_xml_tree_start(struct ex_xml_tree *t, struct ex_xml_name name,
	    const struct ex_xml_attr *attr, size_t nattr);
void	 ex_xml_tree_text(struct ex_xml_tree *t, struct ex_str part);
/* true: that was the end of the root. */
bool	 ex_xml_tree_end(struct ex_xml_tree *t);

/* The whole of a text; NULL with err as ex_xml_feed(). */
struct ex_xml_node *ex_xml_tree_parse(struct ex_str text, bool lenient,
		    struct ex_arena *a, struct ex_err *err);

/* The first child of that local name, in whatever namespace, or NULL. */
struct ex_xml_node *ex_xml_child(const struct ex_xml_node *n,
		    const char *local);
/* Its text; absent: there is no such child. */
struct ex_str	 ex_xml_child_text(const struct ex_xml_node *n,
		    const char *local);
/* The attribute of that local name; absent: none. */
struct ex_str	 ex_xml_attr_of(const struct ex_xml_node *n,
		    const char *local);

#endif
