/*
 * xml.c: XML as a stream of events: names, caps, and what is refused
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ex/arena.h>
#include <ex/buf.h>
#include <ex/cap.h>
#include <ex/err.h>
#include <ex/xmltree.h>

/* What was told, as text: "<{ns}name {ns}attr=value>" and so on. */
struct told {
	struct ex_buf b;
	size_t text;
	const char *stop;	/* at an element of that name */
};

static void
put_name(struct ex_buf *b, struct ex_xml_name name)
{
	if (name.ns.p != NULL)
		ex_buf_fmt(b, "{%.*s}", EX_STR_ARG(name.ns));
	ex_buf_str(b, name.local);
}

static int
start(void *arg, struct ex_xml_name name, const struct ex_xml_attr *attr,
    size_t n, struct ex_err *err)
{
	struct told *t = arg;
	size_t i;

	if (t->stop != NULL && ex_str_is(name.local, t->stop))
		return ex_err_set(err, EX_ERR_STALE, "stopped");
	ex_buf_putc(&t->b, '<');
	put_name(&t->b, name);
	for (i = 0; i < n; i++) {
		ex_buf_putc(&t->b, ' ');
		put_name(&t->b, attr[i].name);
		ex_buf_putc(&t->b, '=');
		ex_buf_str(&t->b, attr[i].value);
	}
	ex_buf_putc(&t->b, '>');
	return 0;
}

static int
text(void *arg, struct ex_str part, struct ex_err *err)
{
	struct told *t = arg;

	(void)err;
	t->text += part.n;
	if (t->text < 65536)
		ex_buf_str(&t->b, part);
	return 0;
}

static int
end(void *arg, struct ex_xml_name name, struct ex_err *err)
{
	struct told *t = arg;

	(void)err;
	ex_buf_puts(&t->b, "</");
	put_name(&t->b, name);
	ex_buf_putc(&t->b, '>');
	return 0;
}

static const struct ex_xml_ops ops = { start, text, end };

/* Read in parts of `first`, then `step` bytes (0: all that is left). */
static int
parts(struct ex_str doc, bool lenient, size_t first, size_t step,
    struct told *t, struct ex_err *err)
{
	struct ex_xml *x = ex_xml_new(&ops, t, lenient);
	size_t n = first;
	int got = 0;

	memset(err, 0, sizeof(*err));
	while (got == 0 && doc.n > 0) {
		if (n > doc.n || n == 0)
			n = doc.n;
		got = ex_xml_feed(x, (struct ex_str){ doc.p, n }, err);
		doc.p += n;
		doc.n -= n;
		n = step;
	}
	if (got == 0)
		got = ex_xml_finish(x, err);
	ex_xml_free(x);
	return got;
}

static void
reset(struct told *t)
{
	ex_buf_clear(&t->b);
	t->text = 0;
}

/* The same events, wherever the document is cut in two, and bit by bit. */
static void
good(const char *doc, bool lenient, const char *want)
{
	struct told t = { .b = EX_BUF_INIT };
	struct ex_str s = ex_str_of(doc);
	struct ex_err err;
	size_t i;

	for (i = 0; i <= s.n; i++) {
		reset(&t);
		if (parts(s, lenient, i, i == 0 ? 1 : 0, &t, &err) == -1)
			fail_msg("cut at %zu: %s", i, err.msg);
		ex_buf_putc(&t.b, '\0');
		assert_string_equal(t.b.p, want);
	}
	for (i = 1; i < 9; i++) {
		reset(&t);
		assert_int_equal(parts(s, lenient, i, i, &t, &err), 0);
		ex_buf_putc(&t.b, '\0');
		assert_string_equal(t.b.p, want);
	}
	ex_buf_fini(&t.b);
}

/* Refused with that message, wherever it is cut. */
static void
refused_n(struct ex_str s, bool lenient, const char *why)
{
	struct told t = { .b = EX_BUF_INIT };
	struct ex_err err;
	size_t i, step = s.n > 4096 ? s.n / 64 : 1;

	for (i = 0; i <= s.n; i += step) {
		reset(&t);
		if (parts(s, lenient, i, 0, &t, &err) != -1)
			fail_msg("cut at %zu: it was read", i);
		assert_int_equal(err.code, EX_ERR_INPUT);
		if (strstr(err.msg, why) == NULL)
			fail_msg("cut at %zu: %s", i, err.msg);
		assert_memory_equal(err.msg, "line ", 5);
	}
	ex_buf_fini(&t.b);
}

static void
refused(const char *doc, const char *why)
{
	refused_n(ex_str_of(doc), false, why);
	refused_n(ex_str_of(doc), true, why);
}

static void
names(void **state)
{
	(void)state;
	good("<a/>", false, "<a></a>");
	good("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<D:multistatus xmlns:D=\"DAV:\" xmlns=\"urn:x\"><b c='d' D:e='f'/>"
	    "<D:g xmlns:D='urn:y'/></D:multistatus>\n", false,
	    "<{DAV:}multistatus><{urn:x}b c=d {DAV:}e=f></{urn:x}b>"
	    "<{urn:y}g></{urn:y}g></{DAV:}multistatus>");
	good("<a xml:lang='de'><b xmlns='u'><c xmlns=''/></b></a>", false,
	    "<a {http://www.w3.org/XML/1998/namespace}lang=de>"
	    "<{u}b><c></c></{u}b></a>");
	/* Names that are no good as URIs are names all the same. */
	good("<a xmlns='x y'/>", false, "<{x y}a></{x y}a>");
}

static void
texts(void **state)
{
	(void)state;
	good("<a>x &lt;&gt;&amp;&quot;&apos; &#228;&#x1F600; <b>\xc3\xa4</b>"
	    "<![CDATA[<&amp;]]]]><!-- no --><?no no?>y</a>", false,
	    "<a>x <>&\"' \xc3\xa4\xf0\x9f\x98\x80 <b>\xc3\xa4</b><&amp;]]y"
	    "</a>");
	good("<a b='&amp;&lt;&#65;&quot;'/>", false, "<a b=&<A\"></a>");
	/* RFC 4918's servers end lines in any way; XML makes them LF. */
	good("<a>1\r\n2\r3\n4&#13;</a>", false, "<a>1\n2\n3\n4\r</a>");
	good("<a>\n <b/>\n</a>", false, "<a>\n <b></b>\n</a>");
}

static void
broken(void **state)
{
	(void)state;
	refused("", "it is empty");
	refused(" ", "");
	refused("<a/><!-", "it is cut");
	refused("<a><![CDATA[b", "it is cut");
	refused("<a><![CDATX[b]]></a>", "");
	refused("<a><!-b--></a>", "");
	refused("<a>b]]>c</a>", "");
	refused("hello", "");
	refused("<a>", "");
	refused("<a></b>", "");
	refused("<a/><b/>", "");
	refused("<a b=1/>", "");
	refused("<a b='1' b='2'/>", "");
	refused("<a x:b='1'/>", "");
	refused("<x:a/>", "");
	refused("<a>&", "");
	refused("<a>&lt</a>", "");
	refused("<a>\xc3", "");
}

static void
entities(void **state)
{
	(void)state;
	refused("<!DOCTYPE a><a/>", "document type");
	refused("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
	    "document type");
	refused("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type");
	refused("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
	    "<a>&b;</a>", "document type");
	refused("<!DOCTYPE a [<!ENTITY % b SYSTEM 'http://127.0.0.1:9/'>%b;]>"
	    "<a/>", "document type");
	refused("<!DOCTYPE a [<!ENTITY b 'cccccccccc'><!ENTITY d '&b;&b;&b;'>"
	    "<!ENTITY e '&d;&d;&d;'>]><a>&e;&e;</a>", "document type");
	refused("<a>&b;</a>", "ntity 'b' not defined");
	refused("<a b='&c;'/>", "ntity 'c' not defined");
	refused("<a/><!DOCTYPE a>", "");
}

static void
bytes(void **state)
{
	(void)state;
	refused_n((struct ex_str){ "<a>\0</a>", 8 }, false, "NUL");
	refused_n((struct ex_str){ "<a>\0</a>", 8 }, true, "NUL");
	refused("<a>\xff</a>", "UTF-8");
	refused("<a>\xc0\x80</a>", "UTF-8");
	refused("<a>\xc1\x81</a>", "UTF-8");
	refused("<a>\xe0\x80\x80</a>", "UTF-8");
	refused("<a>\xed\xa0\x80</a>", "UTF-8");
	refused("<a>\xf4\x90\x80\x80</a>", "UTF-8");
	refused("<a>\xc3</a>", "UTF-8");
	refused("<?xml version='1.0' encoding='iso-8859-1'?><a>\xe4</a>",
	    "UTF-8");
	refused_n((struct ex_str){ "\xff\xfe<\0a\0/\0>\0", 10 }, false, "");
	refused_n(EX_STR("<a>\x01</a>"), false, "");
	refused_n(EX_STR("<a>&#x1F;</a>"), false, "");
	refused_n(EX_STR("<a>&#0;</a>"), false, "");
	refused_n(EX_STR("<a>&#xD800;</a>"), false, "");
	refused_n(EX_STR("<a>&#x110000;</a>"), false, "");
}

#define FFFD	"\xef\xbf\xbd"

static void
lenient(void **state)
{
	(void)state;
	good("<a>1&#x1F;2&#1;3&#xD800;4&#x110000;5&#xFFFFFFFFFFFFFFFFFF;6&#0;"
	    "7&#xffff;</a>", true, "<a>1" FFFD "2" FFFD "3" FFFD "4" FFFD
	    "5" FFFD "6" FFFD "7" FFFD "</a>");
	good("<a>&#x10000000000000041;&#18446744073709551681;</a>", true,
	    "<a>" FFFD FFFD "</a>");
	good("<a>\x01\x0b|\x7f</a>", true, "<a>" FFFD FFFD "|\x7f</a>");
	/* What is legal stays what it is. */
	good("<a b='&#9;&#x000041;'>&#10;&#x1f600;&amp;#1;&lt;</a>", true,
	    "<a b=\tA>\n\xf0\x9f\x98\x80&#1;<</a>");
}

static void
cdata(void **state)
{
	(void)state;
	good("<a><![CDATA[&#x1F;]] ]>]]>&#x1F;<b/></a>", true,
	    "<a>&#x1F;]] ]>" FFFD "<b></b></a>");
	good("<a><![CDATA[]]>&#x1F;<![CDATA[&#x1F;]]]]><![CDATA[>]]></a>",
	    true, "<a>" FFFD "&#x1F;]]></a>");
	good("<a><![CDATA[<b>&amp;]]]>|<![CDATA[]]]]]]>|<![CDATA[x]y]]z>]]>"
	    "</a>", false, "<a><b>&amp;]|]]]]|x]y]]z></a>");
	/* In a comment it is no section. */
	good("<a><!--<![CDATA[--><b/><!----><c/><!-->]]> --><d/></a>", true,
	    "<a><b></b><c></c><d></d></a>");
	refused_n(EX_STR("<a>&#;</a>"), true, "");
	refused_n(EX_STR("<a>&#x;</a>"), true, "");
	refused_n(EX_STR("<a>&#12a;</a>"), true, "");
	refused_n(EX_STR("<a>&#12"), true, "");
	refused_n(EX_STR("<a b='&#12 '/>"), true, "");
}

/* n times s, between head and tail. */
static struct ex_str
many(struct ex_buf *b, const char *head, const char *s, size_t n,
    const char *tail)
{
	ex_buf_clear(b);
	ex_buf_puts(b, head);
	while (n-- > 0)
		ex_buf_puts(b, s);
	ex_buf_puts(b, tail);
	return ex_buf_get(b);
}

static void
caps(void **state)
{
	struct told t = { .b = EX_BUF_INIT };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;
	struct ex_err err;
	size_t i;

	(void)state;
	refused_n(many(&b, "", "<a>", EX_CAP_XML_DEPTH + 1, ""), false,
	    "too deep");
	s = many(&b, "<a", " xmlns:b='c'", 0, "");
	for (i = 0; i <= EX_CAP_XML_ATTRS; i++)
		ex_buf_fmt(&b, " a%zu='x'", i);
	ex_buf_puts(&b, "/>");
	refused_n(ex_buf_get(&b), false, "too many attributes");
	refused_n(many(&b, "<a", "a", EX_CAP_XML_NAME, "/>"), false,
	    "a name is too long");
	refused_n(many(&b, "<a xmlns='", "a", EX_CAP_XML_NAME + 1, "'/>"),
	    false, "a name is too long");
	refused_n(many(&b, "<a b='", "aaaaaaaaaaaaaaaa", 16384, "'/>"), false,
	    "too long");
	refused_n(many(&b, "<a><!--", "aaaaaaaaaaaaaaaa", 16384, "--></a>"),
	    false, "too long");
	refused_n(many(&b, "<a><?b ", "aaaaaaaaaaaaaaaa", 16384, "?></a>"),
	    false, "too long");
	refused_n(many(&b, "<!DOCTYPE ", "aaaaaaaaaaaaaaaa", 16384, "><a/>"),
	    false, "too long");
	/* Nothing that is not closed is waited for without an end. */
	refused_n(many(&b, "<a><b ", "aaaaaaaaaaaaaaaa", 16384, ""), false,
	    "too long");
	refused_n(many(&b, "<a>&", "aaaaaaaaaaaaaaaa", 16384, ""), false, "");
	/* Text is. */
	s = many(&b, "<a>", "0123456789abcdef", 1UL << 20, "</a>");
	assert_int_equal(parts(s, true, 0, 0, &t, &err), 0);
	assert_int_equal(t.text, 16UL << 20);
	reset(&t);
	s = many(&b, "<a><![CDATA[", "0123456789abcdef", 1UL << 20,
	    "]]></a>");
	assert_int_equal(parts(s, true, 0, 0, &t, &err), 0);
	assert_int_equal(t.text, 16UL << 20);
	ex_buf_fini(&t.b);
	ex_buf_fini(&b);
}

/* Names that all differ fill a table; it has an end. */
static void
dictionary(void **state)
{
	struct ex_buf b = EX_BUF_INIT;
	struct told t = { .b = EX_BUF_INIT };
	struct ex_err err;
	size_t i;

	(void)state;
	ex_buf_puts(&b, "<a>");
	for (i = 0; b.n < 64UL << 20; i++)
		ex_buf_fmt(&b, "<a%01000zu/>", i);
	ex_buf_puts(&b, "</a>");
	t.b.cap = 128UL << 20;
	assert_int_equal(parts(ex_buf_get(&b), false, 0, 0, &t, &err), -1);
	ex_buf_fini(&t.b);
	ex_buf_fini(&b);
}

static void
callbacks(void **state)
{
	struct told t = { .b = EX_BUF_INIT, .stop = "b" };
	struct ex_str doc = EX_STR("<a>1<b>2</b>3</a>");
	struct ex_err err;
	struct ex_xml *x;
	size_t i;

	(void)state;
	for (i = 0; i <= doc.n; i++) {
		reset(&t);
		assert_int_equal(parts(doc, false, i, 1, &t, &err), -1);
		assert_int_equal(err.code, EX_ERR_STALE);
		assert_string_equal(err.msg, "stopped");
		assert_int_equal(t.b.n, 4);
	}
	/* After an error there is nothing but that error. */
	x = ex_xml_new(&ops, &t, false);
	assert_int_equal(ex_xml_feed(x, EX_STR("<c></d>"), &err), -1);
	i = t.b.n;
	assert_int_equal(ex_xml_feed(x, EX_STR("<e/>"), &err), -1);
	assert_int_equal(ex_xml_finish(x, &err), -1);
	assert_int_equal(t.b.n, i);
	ex_xml_free(x);
	ex_xml_free(NULL);
	ex_buf_fini(&t.b);
}

static void
lines(void **state)
{
	struct told t = { .b = EX_BUF_INIT };
	struct ex_err err;

	(void)state;
	assert_int_equal(parts(EX_STR("<a>\n\n</b>"), false, 0, 0, &t, &err),
	    -1);
	assert_memory_equal(err.msg, "line 3: ", 8);
	assert_null(strchr(err.msg, '\n'));
	ex_buf_fini(&t.b);
}

static void
escape(void **state)
{
	struct ex_buf b = EX_BUF_INIT;

	(void)state;
	ex_xml_escape(&b, EX_STR("a<b>&\"\r\n\t\x01\xc3\xa4\xc3|\xff"
	    "\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf\xed\xa0\x80\0\xc3"));
	ex_buf_putc(&b, '\0');
	assert_string_equal(b.p, "a&lt;b&gt;&amp;&quot;&#13;\n\t" FFFD
	    "\xc3\xa4" FFFD "|" FFFD "\xe2\x82\xac\xf0\x9f\x98\x80"
	    FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD);
	ex_buf_clear(&b);
	ex_xml_escape(&b, EX_STR("\xe0\x9f\xbf\xf0\x8f\xbf\xbf\xf4\x90\x80"
	    "\x80"));
	ex_buf_putc(&b, '\0');
	assert_string_equal(b.p, FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD
	    FFFD FFFD);
	ex_buf_fini(&b);
}

static void
is(void **state)
{
	struct ex_xml_name dav = { EX_STR("DAV:"), EX_STR("href") };
	struct ex_xml_name none = { EX_STR_NONE, EX_STR("href") };

	(void)state;
	assert_true(ex_xml_is(dav, "DAV:", "href"));
	assert_false(ex_xml_is(dav, NULL, "href"));
	assert_false(ex_xml_is(dav, "DAV:", "hre"));
	assert_true(ex_xml_is(none, NULL, "href"));
	assert_false(ex_xml_is(none, "DAV:", "href"));
}

static void
tree(void **state)
{
	struct ex_arena a = { 0 };
	struct ex_err err = { 0 };
	struct ex_xml_node *n = ex_xml_tree_parse(EX_STR("<t:a xmlns:t='u'>one"
	    "<t:b k='v'>sixteen and more &amp; more</t:b> two<c/>"
	    "<t:b>second</t:b></t:a>"), false, &a, &err);

	(void)state;
	assert_non_null(n);
	assert_true(ex_xml_is(n->name, "u", "a"));
	assert_true(ex_str_is(n->text, "one two"));
	assert_true(ex_str_is(ex_xml_child_text(n, "b"),
	    "sixteen and more & more"));
	assert_true(ex_str_is(ex_xml_attr_of(n->child, "k"), "v"));
	assert_null(ex_xml_attr_of(n, "k").p);
	assert_true(ex_str_is(n->child->next->next->text, "second"));
	assert_ptr_equal(n->child->next->parent, n);
	assert_true(ex_str_is(ex_xml_child_text(n, "c"), ""));
	assert_null(ex_xml_child_text(n, "d").p);
	assert_null(ex_xml_tree_parse(EX_STR("<a><b></a>"), false, &a, &err));
	assert_int_equal(err.code, EX_ERR_INPUT);
	ex_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(texts),
		cmocka_unit_test(broken), cmocka_unit_test(entities),
		cmocka_unit_test(bytes), cmocka_unit_test(lenient),
		cmocka_unit_test(cdata), cmocka_unit_test(caps),
		cmocka_unit_test(dictionary), cmocka_unit_test(callbacks),
		cmocka_unit_test(lines), cmocka_unit_test(escape),
		cmocka_unit_test(is), cmocka_unit_test(tree)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
