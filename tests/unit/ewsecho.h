/*
 * ewsecho.h: a server's part for the tests of ewsmap*.c
 *
 * It is played by an echo: what is to be made is read as if a server gave it
 * back, with what recordings show that it adds.  Every request is checked
 * against Microsoft's schema; it lies beside the checkout, and without it
 * this says so and passes.
 */
#ifndef EWSECHO_H
#define EWSECHO_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <ex/canon.h>
#include <ex/codec.h>
#include <ex/json.h>
#include <ex/line.h>

#include "../../lib/store/ewsmappriv.h"

#define EWS	"../shared/material/ews/"

static struct ex_arena a;
static xmlSchemaPtr schema;
static xmlSchemaValidCtxtPtr valid;

static int
reset(void **state)
{
	(void)state;
	ex_arena_reset(&a);
	return 0;
}

static void
quiet(void *arg, const char *fmt, ...)
{
	(void)arg;
	(void)fmt;
}

static int
load_schema(void **state)
{
	xmlSchemaParserCtxtPtr p;
	FILE *f = fopen(EWS "soap-envelope.xsd", "r");

	(void)state;
	if (f == NULL) {
		print_message("# no " EWS ": requests are not checked\n");
		return 0;
	}
	fclose(f);
	p = xmlSchemaNewParserCtxt(EWS "soap-envelope.xsd");
	schema = xmlSchemaParse(p);
	xmlSchemaFreeParserCtxt(p);
	assert_non_null(schema);
	valid = xmlSchemaNewValidCtxt(schema);
	return 0;
}

static int
free_schema(void **state)
{
	(void)state;
	xmlSchemaFreeValidCtxt(valid);
	xmlSchemaFree(schema);
	xmlCleanupParser();
	ex_arena_free(&a);
	return 0;
}

#define HEAD \
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" " \
	"xmlns:t=\"" EX_EWS_TYPES "\" xmlns:m=\"" EX_EWS_MESSAGES "\">" \
	"<s:Body>"
#define TAIL	"</s:Body></s:Envelope>"

static void
check_request(const char *before, struct ex_str inside, const char *behind)
{
	struct ex_str text = ex_arena_fmt(&a, HEAD "%s%.*s%s" TAIL, before,
	    EX_STR_ARG(inside), behind);
	xmlDocPtr doc;

	if (valid == NULL)
		return;
	doc = xmlReadMemory(text.p, (int)text.n, "request", NULL,
	    XML_PARSE_NONET | XML_PARSE_HUGE);
	assert_non_null(doc);
	xmlSchemaSetValidErrors(valid, NULL, quiet, NULL);
	if (xmlSchemaValidateDoc(valid, doc) != 0)
		fail_msg("not valid: %.2000s", text.p);
	xmlFreeDoc(doc);
}

static void
check_send(const struct ex_exmap_send *send)
{
	size_t i;

	if (send->create.n > 0)
		check_request("<m:CreateItem SendMeetingInvitations="
		    "\"SendToNone\"><m:Items>", send->create,
		    "</m:Items></m:CreateItem>");
#define UPDATE	"<m:UpdateItem ConflictResolution=\"NeverOverwrite\" " \
	"SendMeetingInvitationsOrCancellations=\"SendToNone\">" \
	"<m:ItemChanges><t:ItemChange><t:ItemId Id=\"A\" ChangeKey=\"B\"/>" \
	"<t:Updates>"
	if (send->update.n > 0)
		check_request(UPDATE, send->update, "</t:Updates>"
		    "</t:ItemChange></m:ItemChanges></m:UpdateItem>");
	for (i = 0; i < send->noccurrence; i++)
		if (!send->occurrence[i].cancel)
			check_request(UPDATE, send->occurrence[i].update,
			    "</t:Updates></t:ItemChange></m:ItemChanges>"
			    "</m:UpdateItem>");
}

static struct ex_xml_node *
tree(struct ex_str xml)
{
	struct ex_err err = { 0 };
	struct ex_buf b = EX_BUF_INIT;
	struct ex_xml_node *n;

	ex_buf_puts(&b, "<x xmlns:t=\"" EX_EWS_TYPES "\">");
	ex_buf_str(&b, xml);
	ex_buf_puts(&b, "</x>");
	n = ex_xml_tree_parse(ex_buf_get(&b), true, &a, &err);
	if (n == NULL)
		fail_msg("%s: %.500s", err.msg, b.p);
	ex_buf_fini(&b);
	return n->child;
}

static struct ex_xml_node *
copy_node(const struct ex_xml_node *n)
{
	struct ex_xml_node *c = ex_arena_alloc(&a, sizeof(*c));

	*c = *n;
	c->next = NULL;
	return c;
}

/* Take out what stands at a path, and put with what is in `new` there. */
static void
set(struct ex_xml_node *item, const struct ex_xml_node *path,
    const struct ex_xml_node *new)
{
	struct ex_xml_node **at, *n, *keep = NULL, **tail = &keep;
	struct ex_str uri = ex_xml_attr_of(path, "FieldURI");
	struct ex_str index = ex_xml_attr_of(path, "FieldIndex");
	const char *colon = uri.p == NULL ? NULL : strrchr(uri.p, ':');
	bool hit;

	(void)at;
	for (n = item->child; n != NULL; n = n->next) {
		hit = false;
		if (index.p == NULL && colon != NULL)
			hit = ex_str_is(n->name.local, colon + 1);
		else if (index.p == NULL && ex_str_is(n->name.local,
		    "ExtendedProperty"))
			hit = ex_str_eq(ex_xml_attr_of(n->child,
			    "PropertyName"), ex_xml_attr_of(path,
			    "PropertyName")) && ex_str_eq(ex_xml_attr_of(
			    n->child, "PropertyTag"), ex_xml_attr_of(path,
			    "PropertyTag")) && ex_str_eq(ex_xml_attr_of(
			    n->child, "PropertyId"), ex_xml_attr_of(path,
			    "PropertyId"));
		if (hit)
			continue;
		*tail = copy_node(n);
		tail = &(*tail)->next;
	}
	if (new != NULL)
		*tail = copy_node(new);
	item->child = keep;
}

/* As a server carries out updates of what is no dictionary. */
static struct ex_xml_node *
updated(const struct ex_xml_node *item, struct ex_str updates)
{
	struct ex_xml_node *copy = copy_node(item), *n;

	for (n = tree(updates); n != NULL; n = n->next) {
		assert_null(ex_xml_attr_of(n->child, "FieldIndex").p);
		set(copy, n->child, ex_str_is(n->name.local, "SetItemField") ?
		    n->child->next->child : NULL);
	}
	return copy;
}

/* What a server has after it was sent that. */
static struct ex_ews_got
echo(const struct ex_exmap_send *send, const struct ex_xml_node *was)
{
	struct ex_ews_got got = { 0 };
	const struct ex_xml_node **changed;
	struct ex_buf b = EX_BUF_INIT, xml = EX_BUF_INIT;
	const struct ex_exmap_occurrence *o;
	struct ex_xml_node *n, *last;
	struct ex_exchange_time s, e, at;
	size_t i;

	got.item = was != NULL && send->create.n == 0 ?
	    updated(was, send->update) : tree(send->create);
	got.file = send->add;
	got.nfile = send->nadd;
	changed = ex_arena_array(&a, send->noccurrence + 1,
	    sizeof(*changed));
	got.changed = changed;
	for (i = 0; i < send->noccurrence; i++) {
		o = &send->occurrence[i];
		if (o->cancel) {
			ex_buf_fmt(&b, "<t:DeletedOccurrence><t:Start>%.*s"
			    "</t:Start></t:DeletedOccurrence>",
			    EX_STR_ARG(o->start));
			continue;
		}
		assert_true(ex_exchange_time(ex_xml_child_text(got.item,
		    "Start"), &s) && ex_exchange_time(ex_xml_child_text(
		    got.item, "End"), &e) && ex_exchange_time(o->start,
		    &at));
		n = copy_node(got.item);
		ex_buf_clear(&xml);
		ex_buf_fmt(&xml, "<t:SetItemField><t:FieldURI FieldURI="
		    "\"calendar:Start\"/><t:I><t:Start>%.*s</t:Start></t:I>"
		    "</t:SetItemField><t:SetItemField><t:FieldURI FieldURI="
		    "\"calendar:End\"/><t:I><t:End>%.*s</t:End></t:I>"
		    "</t:SetItemField><t:SetItemField><t:FieldURI FieldURI="
		    "\"calendar:OriginalStart\"/><t:I><t:OriginalStart>%.*s"
		    "</t:OriginalStart></t:I></t:SetItemField>",
		    EX_STR_ARG(o->start), EX_STR_ARG(ex_exchange_utc(&a,
		    at.sec + e.sec - s.sec)), EX_STR_ARG(o->start));
		n = updated(n, ex_arena_str(&a, ex_buf_get(&xml)));
		changed[got.nchanged++] = updated(n, o->update);
	}
	if (b.n > 0) {
		for (last = got.item->child; last->next != NULL; )
			last = last->next;
		last->next = tree(ex_arena_fmt(&a, "<t:DeletedOccurrences>"
		    "%.*s</t:DeletedOccurrences>",
		    EX_STR_ARG(ex_buf_get(&b))));
	}
	ex_buf_fini(&b);
	ex_buf_fini(&xml);
	return got;
}

static struct ex_item
decode(const char *text)
{
	struct ex_item item;
	struct ex_err err = { 0 };

	if (ex_codec_decode(ex_str_of(text), 1, &a, &item, &err) == -1)
		fail_msg("%s", err.msg);
	return item;
}

static struct ex_str
view(const struct ex_item *item)
{
	struct ex_canon *c = ex_canon_new();
	struct ex_buf b = EX_BUF_INIT;
	struct ex_str s;

	ex_canon_view(c, item, EX_CANON_HASH, &b);
	s = ex_arena_str(&a, ex_buf_get(&b));
	ex_buf_fini(&b);
	ex_canon_free(c);
	return s;
}

static struct ex_exmap_send
written(const struct ex_item *item, const struct ex_ews_got *was)
{
	struct ex_exmap_send send;
	struct ex_err err = { 0 };

	if (ex_ewsmap_write(item, was, EX_STR("stamp"), &a, &send, &err) ==
	    -1)
		fail_msg("%s", err.msg);
	check_send(&send);
	return send;
}

static struct ex_item
read_back(const struct ex_ews_got *got, enum ex_kind kind)
{
	struct ex_item item;
	struct ex_str stamp;
	struct ex_err err = { 0 };

	if (ex_ewsmap_read(got, kind, &a, &item, &stamp, &err) == -1)
		fail_msg("%s", err.msg);
	return item;
}

/* There and back: the same, and nothing to be sent again. */
static struct ex_ews_got
whole(const char *text)
{
	struct ex_item item = decode(text), back;
	struct ex_exmap_send send = written(&item, NULL), again;
	struct ex_ews_got got = echo(&send, NULL);

	assert_int_equal(send.nlost, 0);
	back = read_back(&got, item.kind);
	assert_string_equal(view(&back).p, view(&item).p);
	again = written(&back, &got);
	assert_string_equal(ex_arena_str(&a, again.update).p, "");
	assert_false(again.anew);
	assert_int_equal(again.nadd + again.ndrop + again.noccurrence, 0);
	return got;
}

#define CARD(lines) \
	"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u1\r\n" lines "END:VCARD\r\n"

#define EVENT(lines) \
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n" \
	"UID:e1\r\nDTSTAMP:20200101T000000Z\r\n" lines \
	"END:VEVENT\r\nEND:VCALENDAR\r\n"

#endif
