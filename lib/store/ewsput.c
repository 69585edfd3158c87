/*
 * ewsput.c: what is sent so that items become what they are to be
 *
 * No request here makes a server mail: each says SendToNone, of whatever
 * kind the item is.
 *
 *	deleted in		by
 *	----------------------	----------------------------------------------
 *	the own mailbox		DeleteItem, MoveToDeletedItems
 *	another's		MoveItem to its Deleted Items: DeleteItem
 *				answers ErrorCannotDeleteObject there ("DeleteItem
 *				operation")
 *	public folders		DeleteItem, SoftDelete: they have no Deleted
 *				Items
 */
#include <string.h>

#include <ex/line.h>

#include "ewspriv.h"
#include "exchange.h"

#define OCCURRENCE	"<t:BaseShape>IdOnly</t:BaseShape>" \
	"<t:AdditionalProperties><t:FieldURI FieldURI=\"calendar:Start\"/>" \
	"<t:FieldURI FieldURI=\"calendar:UID\"/></t:AdditionalProperties>"

static void
put_folder(const struct ex_ews *e, struct ex_buf *b, const char *element)
{
	ex_buf_fmt(b, "<m:%s>", element);
	ex_ews_put_folder(e, b);
	ex_buf_fmt(b, "</m:%s>", element);
}

static void
put_find(const struct ex_ews *e, const struct ex_ews_job *j,
    struct ex_ews_call *c)
{
	ex_ews_call_begin(c, "FindItem", "Traversal=\"Shallow\"");
	ex_buf_puts(&c->body, "<m:ItemShape><t:BaseShape>IdOnly"
	    "</t:BaseShape></m:ItemShape><m:IndexedPageItemView "
	    "MaxEntriesReturned=\"10\" Offset=\"0\" BasePoint=\"Beginning\"/>"
	    "<m:Restriction>");
	ex_ewsmap_find_stamp(&c->body, j->stamp);
	ex_buf_puts(&c->body, "</m:Restriction>");
	put_folder(e, &c->body, "ParentFolderIds");
	ex_buf_puts(&c->body, "</m:FindItem>");
}

static void
put_delete(const struct ex_ews *e, struct ex_ews_job *const *job, size_t n,
    struct ex_ews_call *c)
{
	size_t i;

	ex_ews_call_begin(c, "DeleteItem", e->public ?
	    "DeleteType=\"SoftDelete\" SendMeetingCancellations=\"SendToNone\""
	    " AffectedTaskOccurrences=\"AllOccurrences\"" :
	    "DeleteType=\"MoveToDeletedItems\" "
	    "SendMeetingCancellations=\"SendToNone\" "
	    "AffectedTaskOccurrences=\"AllOccurrences\"");
	ex_buf_puts(&c->body, "<m:ItemIds>");
	for (i = 0; i < n; i++)
		ex_ews_put_id(&c->body, "ItemId", job[i]->id, job[i]->key);
	ex_buf_puts(&c->body, "</m:ItemIds></m:DeleteItem>");
}

static void
put_move(const struct ex_ews *e, struct ex_ews_job *const *job, size_t n,
    struct ex_ews_call *c)
{
	static const struct ex_ews_place bin = { "deleteditems",
	    { NULL, 0 } };
	size_t i;

	ex_ews_call_begin(c, "MoveItem", "");
	ex_buf_puts(&c->body, "<m:ToFolderId>");
	ex_ews_put_place(e, &bin, &c->body);
	ex_buf_puts(&c->body, "</m:ToFolderId><m:ItemIds>");
	for (i = 0; i < n; i++)
		ex_ews_put_id(&c->body, "ItemId", job[i]->id, job[i]->key);
	ex_buf_puts(&c->body, "</m:ItemIds></m:MoveItem>");
}

static void
put_create(const struct ex_ews *e, struct ex_ews_job *const *job, size_t n,
    struct ex_ews_call *c)
{
	size_t i;

	ex_ews_call_begin(c, "CreateItem", "MessageDisposition=\"SaveOnly\" "
	    "SendMeetingInvitations=\"SendToNone\"");
	put_folder(e, &c->body, "SavedItemFolderId");
	ex_buf_puts(&c->body, "<m:Items>");
	for (i = 0; i < n; i++)
		ex_buf_str(&c->body, job[i]->send.create);
	ex_buf_puts(&c->body, "</m:Items></m:CreateItem>");
}

static void
begin_update(struct ex_ews_call *c)
{
	ex_ews_call_begin(c, "UpdateItem", "ConflictResolution=\""
	    "NeverOverwrite\" MessageDisposition=\"SaveOnly\" "
	    "SendMeetingInvitationsOrCancellations=\"SendToNone\"");
	ex_buf_puts(&c->body, "<m:ItemChanges>");
}

static void
put_change(struct ex_ews_call *c, struct ex_str id, struct ex_str key,
    struct ex_str updates)
{
	ex_buf_puts(&c->body, "<t:ItemChange>");
	ex_ews_put_id(&c->body, "ItemId", id, key);
	ex_buf_puts(&c->body, "<t:Updates>");
	ex_buf_str(&c->body, updates);
	ex_buf_puts(&c->body, "</t:Updates></t:ItemChange>");
}

static void
put_update(struct ex_ews_job *const *job, size_t n, struct ex_ews_call *c)
{
	size_t i;

	begin_update(c);
	for (i = 0; i < n; i++)
		put_change(c, job[i]->id, job[i]->key, job[i]->send.update);
	ex_buf_puts(&c->body, "</m:ItemChanges></m:UpdateItem>");
}

static void
put_drop(const struct ex_ews_job *j, struct ex_ews_call *c)
{
	size_t i;

	ex_ews_call_begin(c, "DeleteAttachment", "");
	ex_buf_puts(&c->body, "<m:AttachmentIds>");
	for (i = 0; i < j->send.ndrop; i++)
		ex_ews_put_id(&c->body, "AttachmentId", j->drop[i],
		    EX_STR_NONE);
	ex_buf_puts(&c->body, "</m:AttachmentIds></m:DeleteAttachment>");
}

static void
put_add(const struct ex_ews_job *j, struct ex_ews_call *c)
{
	const struct ex_exmap_file *f = &j->send.add[j->at];
	struct ex_buf *b = &c->body;

	ex_ews_call_begin(c, "CreateAttachment", "");
	ex_buf_puts(b, "<m:ParentItemId Id=\"");
	ex_xml_escape(b, j->id);
	if (j->key.p != NULL) {
		ex_buf_puts(b, "\" ChangeKey=\"");
		ex_xml_escape(b, j->key);
	}
	ex_buf_puts(b, "\"/><m:Attachments><t:FileAttachment><t:Name>");
	ex_xml_escape(b, f->name);
	ex_buf_puts(b, "</t:Name>");
	if (f->type.n > 0) {
		ex_buf_puts(b, "<t:ContentType>");
		ex_xml_escape(b, f->type);
		ex_buf_puts(b, "</t:ContentType>");
	}
	ex_buf_fmt(b, "<t:IsContactPhoto>%s</t:IsContactPhoto><t:Content>",
	    f->photo ? "true" : "false");
	ex_line_base64_encode(b, f->content);
	ex_buf_puts(b, "</t:Content></t:FileAttachment></m:Attachments>"
	    "</m:CreateAttachment>");
}

/* What may be those that are to go: sought() in ewsstep.c looks. */
static void
put_seek_many(const struct ex_ews_job *j, struct ex_ews_call *c)
{
	const struct ex_exmap_occurrence *o = &j->send.occurrence[j->at];
	const struct ex_exmap_occ *known;
	size_t i;

	ex_ews_call_begin(c, "GetItem", "");
	ex_buf_puts(&c->body, "<m:ItemShape>" OCCURRENCE "</m:ItemShape>"
	    "<m:ItemIds>");
	for (i = 0; i < j->many; i++) {
		known = ex_exmap_known_find(&j->known, o[i].start);
		if (known != NULL) {
			ex_ews_put_id(&c->body, "ItemId", known->id,
			    EX_STR_NONE);
			continue;
		}
		ex_buf_puts(&c->body, "<t:OccurrenceItemId "
		    "RecurringMasterId=\"");
		ex_xml_escape(&c->body, j->id);
		ex_buf_fmt(&c->body, "\" InstanceIndex=\"%ld\"/>", o[i].nth);
	}
	ex_buf_puts(&c->body, "</m:ItemIds></m:GetItem>");
}

/* The ChangeKey of one that is known, or who begins in that minute. */
static void
put_seek(const struct ex_ews *e, const struct ex_ews_job *j,
    struct ex_ews_call *c)
{
	struct ex_str start = j->send.occurrence[j->at].start;
	struct ex_buf *b = &c->body;
	const struct ex_exmap_occ *known = ex_exmap_known_find(&j->known,
	    start);

	if (j->many > 0) {
		put_seek_many(j, c);
		return;
	}
	if (known != NULL) {
		ex_ews_call_begin(c, "GetItem", "");
		ex_buf_puts(b, "<m:ItemShape><t:BaseShape>IdOnly"
		    "</t:BaseShape></m:ItemShape><m:ItemIds>");
		ex_ews_put_id(b, "ItemId", known->id, EX_STR_NONE);
		ex_buf_puts(b, "</m:ItemIds></m:GetItem>");
		return;
	}
	ex_ews_call_begin(c, "FindItem", "Traversal=\"Shallow\"");
	ex_buf_puts(b, "<m:ItemShape>" OCCURRENCE "</m:ItemShape>"
	    "<m:CalendarView StartDate=\"");
	ex_xml_escape(b, start);
	ex_buf_fmt(b, "\" EndDate=\"%.17s59Z\"/>", start.p);
	put_folder(e, b, "ParentFolderIds");
	ex_buf_puts(b, "</m:FindItem>");
}

static void
put_occurrence(const struct ex_ews_job *j, struct ex_ews_call *c)
{
	const struct ex_exmap_occurrence *o = &j->send.occurrence[j->at];
	size_t i;

	if (!o->cancel) {
		begin_update(c);
		put_change(c, j->occ_id, j->occ_key, o->update);
		ex_buf_puts(&c->body, "</m:ItemChanges></m:UpdateItem>");
		return;
	}
	/* The series stays, so nothing is lost to a person. */
	ex_ews_call_begin(c, "DeleteItem", "DeleteType=\"SoftDelete\" "
	    "SendMeetingCancellations=\"SendToNone\"");
	ex_buf_puts(&c->body, "<m:ItemIds>");
	/* Without a ChangeKey: each that goes gives the others a new one. */
	for (i = 0; i < j->many; i++)
		ex_ews_put_id(&c->body, "ItemId", j->one[i].id, EX_STR_NONE);
	if (j->many == 0)
		ex_ews_put_id(&c->body, "ItemId", j->occ_id, j->occ_key);
	ex_buf_puts(&c->body, "</m:ItemIds></m:DeleteItem>");
}

void
ex_ews_put(const struct ex_ews *e, enum ex_ews_step step,
    struct ex_ews_job *const *job, size_t n, struct ex_ews_call *c)
{
	switch (step) {
	case EX_EWS_FIND:
		put_find(e, job[0], c);
		break;
	case EX_EWS_DELETE:
		put_delete(e, job, n, c);
		break;
	case EX_EWS_MOVE:
		put_move(e, job, n, c);
		break;
	case EX_EWS_CREATE:
		put_create(e, job, n, c);
		break;
	case EX_EWS_UPDATE:
		put_update(job, n, c);
		break;
	case EX_EWS_DROP:
		put_drop(job[0], c);
		break;
	case EX_EWS_ADD:
		put_add(job[0], c);
		break;
	case EX_EWS_SEEK:
		put_seek(e, job[0], c);
		break;
	case EX_EWS_CHANGE:
		put_occurrence(job[0], c);
		break;
	case EX_EWS_READ:
	case EX_EWS_LOOK:
	case EX_EWS_DONE:
		break;
	}
}
