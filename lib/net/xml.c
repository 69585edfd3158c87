/*
 * xml.c: XML read as a stream, and written
 *
 * libxml2's push parser reads what xmlfeed.c lets through: UTF-8 without
 * NUL.  It is stopped by the first error, a document type, or a cap:
 *
 * (1) Without a document type there are no entities but XML's five, so
 *     that nothing is expanded and nothing is fetched.
 * (2) What the parser holds back until it is whole (a tag, a comment) is
 *     at most EX_CAP_XML_TAG and one slice; so are the steps that it takes
 *     to compare a tag's attributes with each other.
 * (3) After an error no callback is called.
 */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/diag.h>
#include <ex/err.h>
#include <ex/lazy.h>
#include <ex/xml.h>

#include "priv.h"

#define SONAME	"libxml2.so.2"
#define PACKAGE	"libxml2"
#define SLICE	16384		/* bytes given to the parser at once */

struct ex_xml {
	struct ex_xml_ops ops;
	void *arg;
	xmlParserCtxtPtr parser;
	struct xml_feed feed;
	struct ex_buf buf;	/* what feed made of a slice */
	unsigned depth;
	bool any;		/* there was a first byte */
	bool failed;
	struct ex_err err;
};

static struct {
	void (*init)(void);
	xmlParserCtxtPtr (*new)(xmlSAXHandlerPtr sax, void *arg,
	    const char *part, int n, const char *name);
	int (*options)(xmlParserCtxtPtr parser, int options);
	size_t (*limit)(xmlDictPtr dict, size_t limit);
	int (*parse)(xmlParserCtxtPtr parser, const char *part, int n,
	    int last);
	void (*stop)(xmlParserCtxtPtr parser);
	void (*free)(xmlParserCtxtPtr parser);
} xml;

static const struct ex_lazy want[] = {
	EX_LAZY(xml.init, xmlInitParser),
	EX_LAZY(xml.new, xmlCreatePushParserCtxt),
	EX_LAZY(xml.options, xmlCtxtUseOptions),
	EX_LAZY(xml.limit, xmlDictSetLimit),
	EX_LAZY(xml.parse, xmlParseChunk),
	EX_LAZY(xml.stop, xmlStopParser),
	EX_LAZY(xml.free, xmlFreeParserCtxt)
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
load(void)
{
	ex_lazy_need(SONAME, PACKAGE, want, sizeof(want) / sizeof(want[0]));
	xml.init();
}

static struct ex_str
run(const xmlChar *p)
{
	return ex_str_of((const char *)p);
}

static int
line(const struct ex_xml *x)
{
	return x->parser->input != NULL ? x->parser->input->line : 0;
}

/* The first one counts. */
static void
fail(struct ex_xml *x, int at, const char *why)
{
	struct ex_str s = ex_str_of(why);

	if (x->failed)
		return;
	x->failed = true;
	while (s.n > 0 && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == ' '))
		s.n--;
	ex_err_set(&x->err, EX_ERR_INPUT, "line %d: %.*s", at,
	    (int)(s.n < 200 ? s.n : 200), s.p);
	xml.stop(x->parser);
}

/* A callback's answer. */
static void
answered(struct ex_xml *x, int got)
{
	if (got != -1 || x->failed)
		return;
	x->failed = true;
	xml.stop(x->parser);
}

static bool
name_of(struct ex_xml *x, const xmlChar *local, const xmlChar *ns,
    struct ex_xml_name *name)
{
	name->local = run(local);
	name->ns = run(ns);
	if (name->local.n <= EX_CAP_XML_NAME && name->ns.n <= EX_CAP_XML_NAME)
		return true;
	fail(x, line(x), "a name is too long");
	return false;
}

/* libxml2 gives five pointers for each: local, prefix, URI, value, end. */
static bool
attributes(struct ex_xml *x, const xmlChar **v, int n,
    struct ex_xml_attr *attr)
{
	int i;

	for (i = 0; i < n; i++, v += 5) {
		if (!name_of(x, v[0], v[2], &attr[i].name))
			return false;
		attr[i].value = (struct ex_str){ (const char *)v[3],
		    (size_t)(v[4] - v[3]) };
	}
	return true;
}

static void
start(void *ctx, const xmlChar *local, const xmlChar *prefix,
    const xmlChar *ns, int nns, const xmlChar **nss, int nattr,
    int ndefault, const xmlChar **attr)
{
	struct ex_xml_attr a[EX_CAP_XML_ATTRS];
	struct ex_xml_name name;
	struct ex_xml *x = ctx;

	(void)prefix;
	(void)nss;
	(void)ndefault;
	if (x->failed)
		return;
	if (++x->depth > EX_CAP_XML_DEPTH)
		fail(x, line(x), "elements too deep in each other");
	else if (nattr + nns > EX_CAP_XML_ATTRS)
		fail(x, line(x), "too many attributes");
	else if (name_of(x, local, ns, &name) &&
	    attributes(x, attr, nattr, a))
		answered(x, x->ops.start(x->arg, name, a, (size_t)nattr,
		    &x->err));
}

static void
end(void *ctx, const xmlChar *local, const xmlChar *prefix,
    const xmlChar *ns)
{
	struct ex_xml *x = ctx;

	(void)prefix;
	x->depth--;
	if (!x->failed && x->ops.end != NULL)
		answered(x, x->ops.end(x->arg,
		    (struct ex_xml_name){ run(ns), run(local) }, &x->err));
}

static void
text(void *ctx, const xmlChar *p, int n)
{
	struct ex_xml *x = ctx;

	if (!x->failed && n > 0 && x->ops.text != NULL)
		answered(x, x->ops.text(x->arg,
		    (struct ex_str){ (const char *)p, (size_t)n }, &x->err));
}

static void
doctype(void *ctx, const xmlChar *name, const xmlChar *external,
    const xmlChar *system)
{
	struct ex_xml *x = ctx;

	(void)name;
	(void)external;
	(void)system;
	fail(x, line(x), "a document type, which is not read");
}

/* "DAV:" as a namespace is relative to it: that is no error. */
static void
error(void *ctx, xmlErrorPtr e)
{
	struct ex_xml *x = ctx;
	char why[256];
	size_t n;

	if (e->level < XML_ERR_ERROR || e->code == XML_WAR_NS_URI ||
	    e->code == XML_WAR_NS_URI_RELATIVE)
		return;
	n = e->message != NULL ? strlen(e->message) : 0;
	if (n >= sizeof(why))
		n = sizeof(why) - 1;
	memcpy(why, n > 0 ? e->message : "", n);
	why[n] = '\0';
	if (n > 1 && why[0] >= 'A' && why[0] <= 'Z' &&
	    why[1] >= 'a' && why[1] <= 'z')
		why[0] = (char)(why[0] | 0x20);
	fail(x, e->line, n > 0 ? why : "no XML");
}

static const xmlSAXHandler handler = {
	.initialized = XML_SAX2_MAGIC,
	.internalSubset = doctype,
	.externalSubset = doctype,
	.startElementNs = start,
	.endElementNs = end,
	.characters = text,
	.cdataBlock = text,	/* by xmlfeed.c there is none */
	.ignorableWhitespace = text,
	.serror = error
};

struct ex_xml *
ex_xml_new(const struct ex_xml_ops *ops, void *arg, bool lenient)
{
	struct ex_xml *x = calloc(1, sizeof(*x));
	xmlSAXHandler sax = handler;

	pthread_once(&once, load);
	if (x == NULL)
		ex_diag_oom();
	x->parser = xml.new(&sax, x, NULL, 0, NULL);
	if (x->parser == NULL)
		ex_diag_oom();
	/*
	 * _HUGE: texts of over 10 MB; the limits that go with it are ours.
	 * _NOENT: or &amp; in an attribute is left as &#38;.
	 */
	xml.options(x->parser, XML_PARSE_HUGE | XML_PARSE_NONET |
	    XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC | XML_PARSE_COMPACT);
	xml.limit(x->parser->dict, EX_CAP_XML_DICT);
	x->ops = *ops;
	x->arg = arg;
	x->feed.lenient = lenient;
	return x;
}

void
ex_xml_free(struct ex_xml *x)
{
	if (x == NULL)
		return;
	xml.free(x->parser);
	ex_buf_fini(&x->buf);
	free(x);
}

static int
failed(const struct ex_xml *x, struct ex_err *err)
{
	*err = x->err;
	return -1;
}

/* What the parser has taken and not yet told of. */
static size_t
held(const struct ex_xml *x)
{
	xmlParserInputPtr in = x->parser->input;

	return in == NULL ? 0 : (size_t)(in->end - in->cur);
}

static void
feed(struct ex_xml *x, struct ex_str part)
{
	const char *why = NULL;

	x->any = true;
	ex_buf_clear(&x->buf);
	part = xml_feed(&x->feed, part, &x->buf, &why);
	if (part.n > 0)
		xml.parse(x->parser, part.p, (int)part.n, 0);
	if (why != NULL)
		fail(x, line(x), why);
	else if (!x->failed && x->parser->disableSAX)
		fail(x, line(x), "no XML");
	else if (held(x) > EX_CAP_XML_TAG)
		fail(x, line(x), "a tag or comment is too long");
}

int
ex_xml_feed(struct ex_xml *x, struct ex_str part, struct ex_err *err)
{
	size_t n;

	for (; part.n > 0 && !x->failed; part.p += n, part.n -= n) {
		n = part.n < SLICE ? part.n : SLICE;
		feed(x, (struct ex_str){ part.p, n });
	}
	return x->failed ? failed(x, err) : 0;
}

int
ex_xml_finish(struct ex_xml *x, struct ex_err *err)
{
	if (x->failed)
		return failed(x, err);
	if (!xml_feed_done(&x->feed))
		fail(x, line(x), "it is cut");
	else if (!x->any)
		fail(x, 1, "it is empty");
	else
		xml.parse(x->parser, NULL, 0, 1);
	if (!x->failed && !x->parser->wellFormed)
		fail(x, line(x), "no XML");
	return x->failed ? failed(x, err) : 0;
}

bool
ex_xml_is(struct ex_xml_name name, const char *ns, const char *local)
{
	return ex_str_is(name.local, local) &&
	    (ns == NULL ? name.ns.p == NULL : ex_str_is(name.ns, ns));
}
