/*
 * ewsxml.c: a SOAP answer of Exchange
 *
 *	Envelope / Body / Fault
 *	Envelope / Body / m:XResponse / m:ResponseMessages / a message
 *
 * A message is kept as a tree until it has been told of, so memory grows with
 * the largest one.  Names are taken without their namespaces: what Microsoft's
 * own examples have in them differs (http:// and https://).
 */
#include <stdlib.h>
#include <string.h>

#include <ex/cap.h>
#include <ex/diag.h>

#include "ewspriv.h"

/* Elements above a fault and above a message. */
#define IN_BODY		2
#define IN_MESSAGES	4

struct ex_ews_xml {
	struct ex_xml *xml;
	ex_ews_told *told;
	void *arg;
	size_t depth;		/* elements that are open */
	size_t n;		/* messages so far */
	bool soap;		/* Envelope and Body were seen */
	bool body, messages;	/* we are inside */
	bool fault;		/* the tree is one */
	size_t bytes;		/* of the text in the tree */
	struct ex_xml_tree tree;
	struct ex_arena a;	/* the tree */
	struct ex_arena kept;	/* said */
	struct ex_ews_said said;	/* by a fault */
};

static struct ex_xml_node *
descend(const struct ex_xml_node *n, const char *const *path)
{
	struct ex_xml_node *at = NULL;

	for (; *path != NULL; path++) {
		if ((at = ex_xml_child(n, *path)) == NULL)
			return NULL;
		n = at;
	}
	return at;
}

/* Of a fault's detail and of a message alike: MessageXml and its values. */
static void
read_values(const struct ex_xml_node *in, struct ex_ews_said *said)
{
	static const char *const path[] = { "MessageXml", NULL };
	const struct ex_xml_node *v = descend(in, path);
	struct ex_str name;
	long long n;

	for (v = v != NULL ? v->child : NULL; v != NULL; v = v->next) {
		name = ex_xml_attr_of(v, "Name");
		if (ex_str_is(name, "BackOffMilliseconds") &&
		    (n = ex_str_number(v->text)) >= 0)
			said->wait = n > 3600000 ? 3600000 : (long)n;
		/* Some wrap it: ErrorInternalServerError around a busy one. */
		else if (ex_str_is(name, "InnerErrorResponseCode") &&
		    ex_ews_is_transient(v->text))
			said->code = v->text;
		else if (ex_str_is(name, "PrimarySmtpAddress") ||
		    ex_str_is(name, "SmtpAddress"))
			said->smtp = v->text;
	}
}

static void
read_message(const struct ex_xml_node *n, struct ex_ews_message *m)
{
	struct ex_str class = ex_xml_attr_of(n, "ResponseClass");

	m->said.code = ex_str_trim(ex_xml_child_text(n, "ResponseCode"));
	m->said.text = ex_xml_child_text(n, "MessageText");
	m->said.wait = -1;
	m->node = n;
	m->good = ex_str_is(class, "Success") || (ex_str_is(class,
	    "Warning") && !ex_str_is(m->said.code,
	    "ErrorBatchProcessingStopped"));
	read_values(n, &m->said);
	if (m->said.code.p == NULL || m->said.code.n == 0)
		m->said.code = m->good ? EX_STR("NoError") :
		    EX_STR("ErrorInternalServerError");
}

/* What stands behind the prefix: "a:ErrorServerBusy". */
static struct ex_str
local_part(struct ex_str s)
{
	const char *colon;

	s = ex_str_trim(s);
	colon = s.p != NULL ? memchr(s.p, ':', s.n) : NULL;
	if (colon != NULL) {
		s.n -= (size_t)(colon + 1 - s.p);
		s.p = colon + 1;
	}
	return s;
}

/* SOAP 1.1, 4.4; the detail is Exchange's own. */
static void
read_fault(struct ex_ews_xml *x, const struct ex_xml_node *n)
{
	const struct ex_xml_node *detail = ex_xml_child(n, "detail");
	struct ex_ews_said *said = &x->said;

	said->code = ex_str_trim(ex_xml_child_text(detail, "ResponseCode"));
	if (said->code.p == NULL || said->code.n == 0)
		said->code = local_part(ex_xml_child_text(n, "faultcode"));
	if (said->code.p == NULL || said->code.n == 0)
		said->code = EX_STR("Fault");
	said->text = ex_xml_child_text(n, "faultstring");
	read_values(detail, said);
	said->code = ex_arena_str(&x->kept, said->code);
	said->text = ex_arena_str(&x->kept, said->text);
	said->smtp = ex_arena_str(&x->kept, said->smtp);
}

static int
tree_done(struct ex_ews_xml *x, struct ex_err *err)
{
	struct ex_ews_message m = { .i = x->n };
	const struct ex_xml_node *root = x->tree.root;
	int got = 0;

	if (x->fault) {
		read_fault(x, root);
	} else {
		read_message(root, &m);
		x->n++;
		got = x->told(x->arg, &m, err);
	}
	x->tree = (struct ex_xml_tree){ .arena = &x->a };
	x->bytes = 0;
	ex_arena_reset(&x->a);
	return got;
}

static int
on_start(void *arg, struct ex_xml_name name, const struct ex_xml_attr *attr,
    size_t nattr, struct ex_err *err)
{
	struct ex_ews_xml *x = arg;

	switch (x->depth++) {
	case 0:
		if (!ex_str_is(name.local, "Envelope"))
			return ex_err_set(err, EX_ERR_INPUT, "<%.*s> is no "
			    "answer of Exchange", EX_STR_ARG(name.local));
		return 0;
	case 1:
		x->body = ex_str_is(name.local, "Body");
		x->soap |= x->body;
		return 0;
	case IN_BODY:
		x->fault = x->body && ex_str_is(name.local, "Fault");
		break;
	case IN_BODY + 1:
		x->messages = x->body && !x->fault &&
		    ex_str_is(name.local, "ResponseMessages");
		break;
	}
	if (x->fault || (x->messages && x->depth > IN_MESSAGES))
		ex_xml_tree_start(&x->tree, name, attr, nattr);
	return 0;
}

static int
on_text(void *arg, struct ex_str part, struct ex_err *err)
{
	struct ex_ews_xml *x = arg;

	if (x->tree.at == NULL)
		return 0;
	x->bytes += part.n;
	if (x->bytes > EX_CAP_EWS_MESSAGE)
		return ex_err_set(err, EX_ERR_INPUT, "more than %lu bytes of "
		    "one item", EX_CAP_EWS_MESSAGE);
	ex_xml_tree_text(&x->tree, part);
	return 0;
}

static int
on_end(void *arg, struct ex_xml_name name, struct ex_err *err)
{
	struct ex_ews_xml *x = arg;

	(void)name;
	x->depth--;
	if (x->tree.at != NULL)
		return ex_xml_tree_end(&x->tree) ? tree_done(x, err) : 0;
	if (x->depth == 1)
		x->body = false;
	if (x->depth <= IN_BODY + 1)
		x->messages = false;
	return 0;
}

struct ex_ews_xml *
ex_ews_xml_new(ex_ews_told *told, void *arg)
{
	static const struct ex_xml_ops ops = { on_start, on_text, on_end };
	struct ex_ews_xml *x = calloc(1, sizeof(*x));

	if (x == NULL)
		ex_diag_oom();
	x->told = told;
	x->arg = arg;
	x->tree.arena = &x->a;
	x->said.wait = -1;
	x->xml = ex_xml_new(&ops, x, true);
	return x;
}

void
ex_ews_xml_free(struct ex_ews_xml *x)
{
	if (x == NULL)
		return;
	ex_xml_free(x->xml);
	ex_arena_free(&x->a);
	ex_arena_free(&x->kept);
	free(x);
}

int
ex_ews_xml_feed(struct ex_ews_xml *x, struct ex_str part, struct ex_err *err)
{
	return ex_xml_feed(x->xml, part, err);
}

int
ex_ews_xml_finish(struct ex_ews_xml *x, struct ex_ews_said *fault,
    struct ex_err *err)
{
	*fault = x->said;
	if (ex_xml_finish(x->xml, err) == -1)
		return -1;
	if (!x->soap)
		return ex_err_set(err, EX_ERR_INPUT, "there is no Body in "
		    "the answer");
	return 0;
}
