/*
 * cap.h: every limit on what comes from outside
 *
 * Past a cap the answer is an error, or a `bad` record where only one item
 * is concerned; never a truncation.
 */
#ifndef EX_CAP_H
#define EX_CAP_H

#define EX_CAP_ITEM	(64UL << 20)	/* bytes of one item's text */
#define EX_CAP_LINE	(16UL << 20)	/* bytes of one content line, unfolded */
#define EX_CAP_NESTING	32		/* components in components */
#define EX_CAP_PARAMS	100		/* parameters of one property */
#define EX_CAP_PROPS	65536		/* properties of one item */
#define EX_CAP_RECORD	(512UL << 20)	/* bytes of one line of a stream */
#define EX_CAP_JSON_DEPTH 200		/* arrays and objects in each other */
#define EX_CAP_JSON_NODES (8UL << 20)	/* values of one JSON text */
#define EX_CAP_PART	16384		/* lines of one part of a stream */
#define EX_CAP_FOLDERS	1024		/* folders of one ring */
#define EX_CAP_FOLDER_NAME 32		/* bytes of a folder's name */
#define EX_CAP_RING	(1UL << 20)	/* bytes of a ring file */
#define EX_CAP_RING_LINE (64 * 1024)	/* bytes of one of its lines */
#define EX_CAP_ID	4096		/* bytes of an id, a rev, a uid */
#define EX_CAP_ZONE	(64 * 1024)	/* bytes of a VTIMEZONE for libical */
#define EX_CAP_FIELD	4096		/* bytes of a value for libvformat */
#define EX_CAP_ANSWER	(512UL << 20)	/* bytes of one answer of a server, unpacked */
#define EX_CAP_HEADERS	(256UL << 10)	/* bytes of its headers */
#define EX_CAP_XML_DEPTH 64		/* elements in each other */
#define EX_CAP_XML_ATTRS 64		/* attributes of one element */
#define EX_CAP_XML_NAME	1024		/* bytes of a name */
#define EX_CAP_XML_TAG	(64UL << 10)	/* bytes of a tag, a comment */
#define EX_CAP_XML_DICT	(8UL << 20)	/* bytes of all names that differ */
#define EX_CAP_ERROR	(1UL << 20)	/* bytes of an answer that is no 2xx */
#define EX_CAP_URL	16384		/* bytes of a URL */
#define EX_CAP_SECRET	(64UL << 10)	/* bytes of a password or token */
#define EX_CAP_NETRC	(1UL << 20)	/* bytes of ~/.netrc */
#define EX_CAP_EX_BITS	10000		/* properties, EXDATEs and occurrences of an
					   item for Exchange: each of the last
					   two is a write of its own there */
#define EX_CAP_EX_DELETED 10000		/* dates that a server has taken out of one
					   series: more could not be written */
#define EX_CAP_EX_OVER	30000		/* bytes of our own property there: our
					   choice, no page has a limit */
#define EX_CAP_DAV_TEXT	(64UL << 10)	/* bytes of a property that is no item */
#define EX_CAP_DAV_PAGES 10000		/* pages of one listing */
#define EX_CAP_DAV_RESPONSE (16UL << 20) /* bytes kept of one, without its item */
#define EX_CAP_DAV_FOLDERS 4096		/* collections behind one URL */
#define EX_CAP_EWS_MESSAGE (96UL << 20)	/* bytes of text of one item, encoded */
#define EX_CAP_EWS_STATE (1UL << 20)	/* bytes of a SyncState */
#define EX_CAP_EWS_PAGES 100000		/* pages of one listing */
#define EX_CAP_EWS_FOLDERS 4096		/* folders behind one mailbox */
#define EX_CAP_EWS_FILES 256		/* attachments of one item */
#define EX_CAP_EWS_CHANGED 4096		/* occurrences of one series that were changed */
#define EX_CAP_GRAPH_PAGES 100000	/* pages of one listing */

#endif
