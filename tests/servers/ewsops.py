"""The operations on items, for ews.py.

(1) Each thing of a batch has an answer of its own, in the same order; an
    error of those in STOPPING stops those that follow.
(2) Nothing is changed by what is refused.
(3) A mail is counted wherever Exchange would send one; none is sent.

`R:` is a file of ../shared/material/ews/responses/recorded, `D:` a page of
office-developer-exchange-docs.
"""
import base64
import collections

from ewsfind import Find
from ewsfolders import Folders
from ewsitems import Shape
from ewsprops import fill, path_of
from ewssoap import (NS, STOPPING, Fault, Refused, Unknown, local, m, message,
                     refusal, t)
from ewsstate import Attachment, Item
from ewsvalues import ATTENDEES

HOME = {'Contact': 'contacts', 'DistributionList': 'contacts',
        'CalendarItem': 'calendar', 'Task': 'tasks'}
# responsecode.md
WRONG_FOLDER = {
    'Contact': ('IPF.Contact', 'ErrorCannotCreateContactInNonContactFolder'),
    'DistributionList': ('IPF.Contact',
                         'ErrorCannotCreateContactInNonContactFolder'),
    'CalendarItem': ('IPF.Appointment',
                     'ErrorCannotCreateCalendarItemInNonCalendarFolder'),
    'Task': ('IPF.Task', 'ErrorCannotCreateTaskInNonTaskFolder')}
MERGED = {'Sensitivity'}


class Request:
    """One request: who asks, as whom, in which version and zone."""

    def __init__(self, operation, headers, caller):
        self.operation, self.headers = operation, headers
        self.caller = self.user = caller
        self.version, self.zone = 'Exchange2007', None

    def rules(self, zones):
        return zones.rules(self.zone or 'UTC')


class Operations(Folders, Find):
    def __init__(self, state, schema, model):
        self.state, self.schema, self.model = state, schema, model
        self.counts = collections.Counter()
        # Whether a stale ChangeKey is a conflict of the item, or only of
        # the properties that changed since ([?] in protocols.md 8).
        self.settings = dict(conflict='item', stale='ErrorIrresolvable'
                             'Conflict', find_limit=1000, batch_limit=0,
                             find_newest=False, numbers='kept',
                             batch_as='items', foreign='refuse')
        self.item_faults = []

    def perform(self, op, request):
        """The ResponseMessages of an operation."""
        do = getattr(self, 'op_' + request.operation.lower(), None)
        if do is None:
            raise Unknown('the operation ' + request.operation)
        return do(op, request)

    def each(self, request, jobs):
        """(1)"""
        out, stopped, done = [], False, 0
        limit = self.settings['batch_limit']
        if limit and len(jobs) > limit and \
                self.settings['batch_as'] == 'fault':
            raise Fault('ErrorTimeoutExpired', 'The request timed out.')
        for i, job in enumerate(jobs):
            try:
                if stopped:
                    raise Refused('ErrorBatchProcessingStopped')
                for f in self.item_faults:
                    if i in f['at']:
                        raise Refused(f['code'], values=f.get('values'))
                if limit and done >= limit:
                    # The budget is looked at behind each item (protocols.md
                    # 5.1).
                    raise Refused('ErrorTimeoutExpired')
                out.append(job())
                done += 1
            except Refused as r:
                stopped = stopped or r.code in STOPPING
                out.append(refusal(request.operation, r))
        return out

    # Which item.

    def item(self, e, request):
        """The item of an ItemId, OccurrenceItemId or
        RecurringMasterItemId."""
        what = local(e)
        if what in ('ItemId', 'ParentItemId'):
            found = self.known_item(e.get('Id'))
        elif what == 'OccurrenceItemId':
            master = self.known_item(e.get('RecurringMasterId'))
            found = self.model.occurrence(master, self.number(
                master, int(e.get('InstanceIndex'))))
        elif what == 'RecurringMasterItemId':
            found = self.known_item(e.get('OccurrenceId'))
            if not hasattr(found, 'occurrence'):
                raise Refused('ErrorCalendarCannotUseIdForOccurrenceId')
            found = found.occurrence[0]
        else:
            raise Unknown(what)
        self.may(found.folder, request, 'read', 'ErrorItemNotFound')
        self.route(found.folder, request)
        return found

    def number(self, master, index):
        # responsecode.md has ErrorCalendarOccurrenceIsDeletedFromRecurrence,
        # so that a deleted one keeps its number; no page says that the
        # others keep theirs.
        if self.settings['numbers'] == 'kept':
            return index
        for gone in sorted(master.deleted):
            index += gone <= index
        return index

    def known_item(self, ident):
        if not ident:
            raise Refused('ErrorInvalidIdEmpty')
        kind, numbers = self.state.unseal(ident)
        if kind == 'F':
            raise Refused('ErrorCannotUseFolderIdForItemId')
        if kind not in 'IO' or numbers[0] not in self.state.items:
            raise Refused('ErrorItemNotFound')
        item = self.state.items[numbers[0]]
        if kind == 'O':
            if not self.model.is_master(item):
                raise Refused('ErrorItemNotFound')
            return self.model.occurrence(item, numbers[1])
        return item

    @staticmethod
    def master_of(item):
        return item.occurrence[0] if hasattr(item, 'occurrence') else item

    def shape(self, e, elements=None):
        """An ItemShape, for an item of those elements.

        A property that such an item cannot have is an error of GetItem, says
        responsecode.md (ErrorInvalidPropertyRequest); exchangelib asks for
        those of events when it reads a contact, so servers leave them out.
        """
        base = e.findtext('t:BaseShape', None, NS)
        paths = []
        for p in e.iterfind('t:AdditionalProperties/*', NS):
            try:
                paths.append(path_of(p, elements))
            except Refused as r:
                if self.settings['foreign'] != 'skip' or \
                        r.code != 'ErrorInvalidPropertyRequest':
                    raise
        return Shape(base, paths, e.findtext('t:BodyType', 'Best', NS),
                     e.findtext('t:IncludeMimeContent', 'false', NS) in
                     ('true', '1'))

    def answer(self, request, item):
        """What CreateItem, UpdateItem and MoveItem give back."""
        return m('Items', None, t(item.element, None, self.model.value(
            item, 'ItemId', request)))

    def count_mail(self, item, how, to=ATTENDEES):
        """(3)"""
        people = sum(len(item.props[n]) for n in to if n in item.props)
        if how != 'SendToNone':
            self.counts['loud'] += 1
        if how != 'SendToNone' and people:
            self.counts['mails'] += people
            item.sent = True

    # Operations.

    def op_getitem(self, op, request):
        shape = op.find('m:ItemShape', NS)

        def do(e):
            item = self.item(e, request)
            out = message('GetItem')
            out.append(m('Items', None, self.model.show(
                item, self.shape(shape, {item.element}), request)))
            return out
        return self.each(request, [(lambda e=e: do(e)) for e in op.find(
            'm:ItemIds', NS)])

    def op_createitem(self, op, request):
        where = op.find('m:SavedItemFolderId', NS)

        def do(e):
            kind = local(e)
            if kind not in HOME:
                raise Unknown('how a %s is created' % kind)
            folder = request.user.folders[HOME[kind]] if where is None else \
                self.folder(where[0], request, 'ErrorSavedItemFolder'
                            'NotFound')
            self.may(folder, request, 'write', 'ErrorCreateItemAccessDenied')
            wanted, code = WRONG_FOLDER[kind]
            if not (folder.kind or '').startswith(wanted):
                raise Refused(code)
            if kind == 'CalendarItem' and op.get(
                    'SendMeetingInvitations') is None:
                raise Refused('ErrorSendMeetingInvitationsRequired')
            item = Item(kind)
            item.folder = folder
            given, without, others = list(e), [], []
            if e.find('t:MimeContent', NS) is not None:
                given, without, others = self.import_mime(item, e)
            fill(item, given)
            self.model.settle(item, request, [('f', n) for n in item.props])
            self.state.add(folder, item, request.caller.name)
            self.import_occurrences(item, request, without, others)
            if kind == 'CalendarItem':
                self.count_mail(item, op.get('SendMeetingInvitations'))
            out = message('CreateItem')
            out.append(self.answer(request, item))
            return out
        return self.each(request, [(lambda e=e: do(e)) for e in op.find(
            'm:Items', NS)])

    def import_mime(self, item, e):
        """D: how-to-import-items: iCalendar, one event, no attendees."""
        if item.element != 'CalendarItem':
            # responsecode.md; of contacts: "You cannot import vCard files"
            raise Refused('ErrorUnsupportedMimeConversion')
        try:
            text = base64.b64decode(e.findtext('t:MimeContent', '', NS),
                                    validate=True)
        except ValueError:
            raise Refused('ErrorMimeContentInvalidBase64String')
        own = [c for c in e if local(c) != 'MimeContent']
        names = {local(c) for c in own}
        made, without, others = self.model.mime.read(self.model, text)
        return [c for c in made if local(c) not in names] + own, without, \
            others

    def import_occurrences(self, item, request, without, others):
        """What came with the event of its occurrences."""
        if not without and not others:
            return
        series = self.model.series(item)
        numbers = {}
        for index in range(1, 1000):
            times = series.at(index)
            if times is None:
                break
            numbers[times[0]] = index
        for at in without:
            if at in numbers:
                item.deleted.add(numbers[at])
        for at, given in others:
            if at not in numbers or numbers[at] in item.deleted:
                continue
            one = self.model.occurrence(item, numbers[at])
            before = self.model.occurrence(item, numbers[at])
            fill(one, [e for e in given if local(e) not in (
                'UID', 'StartTimeZone')])
            self.model.settle(one, request, [('f', 'Start'), ('f', 'End')])
            self.model.keep_occurrence(one, before)

    def op_updateitem(self, op, request):
        how = op.get('ConflictResolution')
        send = op.get('SendMeetingInvitationsOrCancellations')

        def do(change):
            item = self.item(change[0], request)
            self.may(item.folder, request, 'write', 'ErrorAccessDenied')
            if item.element == 'CalendarItem' and send is None:
                raise Refused('ErrorSendMeetingInvitationsOrCancellations'
                              'Required')
            updates = [(local(u), path_of(u[0], {item.element}), u[0],
                        u[1] if len(u) > 1 else None)
                       for u in change.find('t:Updates', NS)]
            updates, conflicts = self.conflicts(
                item, change[0].get('ChangeKey'), how, updates)
            self.update(item, request, updates)
            self.count_mail(item, send or 'SendToNone')
            out = message('UpdateItem')
            out.append(self.answer(request, item))
            # R: CalendarTest.testUpdateCalendarItem.04.UpdateItemResponse
            out.append(m('ConflictResults', None, t('Count', str(
                conflicts))))
            return out
        return self.each(request, [(lambda e=e: do(e)) for e in op.find(
            'm:ItemChanges', NS)])

    def conflicts(self, item, key, how, updates):
        """The updates that are made, and how many met with a conflict.

        [MS-OXWSCORE] 3.1.4.9.4.1: NeverOverwrite fails; AutoResolve mostly
        overwrites, but keeps a Sensitivity; responsecode.md: a key is
        needed in any case.
        """
        if key is None:
            raise Refused('ErrorChangeKeyRequiredForWriteOperations')
        known = self.state.change_of(key)
        if known == item.last:
            return updates, 0
        since = {n for n, change in item.changed.items() if change > known}
        met = [u for u in updates if self.changed_name(u[1]) in since]
        if how == 'NeverOverwrite':
            if self.settings['conflict'] == 'item' or met:
                raise Refused(self.settings['stale'])
        if how == 'AutoResolve':
            updates = [u for u in updates if u not in met or
                       u[1][1] not in MERGED]
        return updates, len(met)

    @staticmethod
    def changed_name(path):
        return '/'.join(str(p) for p in path[:3])

    def update(self, item, request, updates):
        """(2): the change is made to a copy first."""
        trial = Item(item.element)
        trial.__dict__.update(item.__dict__)
        trial.props, trial.ext = dict(item.props), dict(item.ext)
        self.model.change(trial, request, updates)
        kept = self.master_of(item)
        if hasattr(item, 'occurrence'):
            self.model.keep_occurrence(trial, item)
        else:
            item.__dict__.update(trial.__dict__)
        self.state.touch(kept, request.caller.name, names=[
            self.changed_name(u[1]) for u in updates])
        item.last, item.modified = kept.last, kept.modified

    def op_deleteitem(self, op, request):
        def do(e):
            item = self.item(e, request)
            if item.element == 'Task' and op.get(
                    'AffectedTaskOccurrences') is None:
                raise Refused('ErrorAffectedTaskOccurrencesRequired')
            if item.element == 'Task' and 'Recurrence' in item.props and \
                    op.get('AffectedTaskOccurrences') != 'AllOccurrences':
                raise Unknown('how one occurrence of a task is deleted')
            cancel = op.get('SendMeetingCancellations')
            if item.element == 'CalendarItem' and cancel is None:
                raise Refused('ErrorSendMeetingCancellationsRequired')
            self.delete(item, request, op.get('DeleteType'))
            self.count_mail(item, cancel or 'SendToNone')
            return message('DeleteItem')
        return self.each(request, [(lambda e=e: do(e)) for e in op.find(
            'm:ItemIds', NS)])

    def delete(self, item, request, how):
        box = item.folder.mailbox
        if how == 'MoveToDeletedItems' and not box.public and \
                box is not request.user:
            # D: deleteitem-operation: a delegate uses MoveItem instead.
            raise Refused('ErrorCannotDeleteObject')
        if not self.model.rights_of(item.folder, request.user) & {
                'write', 'delete'}:
            raise Refused('ErrorAccessDenied')
        if hasattr(item, 'occurrence'):
            self.delete_occurrence(item, request)
        elif how == 'MoveToDeletedItems':
            if box.public:
                raise Unknown('where MoveToDeletedItems puts an item of a '
                              'public folder')
            if item.folder is box.folders['deleteditems']:
                raise Unknown('MoveToDeletedItems of what is there')
            self.state.move(item, box.folders['deleteditems'],
                            request.caller.name)
        elif how == 'SoftDelete' and not box.public:
            self.state.move(item, box.folders['recoverableitemsdeletions'],
                            request.caller.name)
        else:
            self.state.remove(item)

    def delete_occurrence(self, item, request):
        master, index, _ = item.occurrence
        series = self.model.cached_series(master)
        last = series.last()
        if last is not None and len(master.deleted) + 1 >= last:
            raise Unknown('a series without any occurrence')
        master.deleted.add(index)
        master.exceptions.pop(index, None)
        self.state.touch(master, request.caller.name)

    def op_moveitem(self, op, request):
        def do(e):
            item = self.item(e, request)
            to = self.folder(op.find('m:ToFolderId', NS)[0], request,
                             'ErrorToFolderNotFound')
            if hasattr(item, 'occurrence'):
                raise Refused('ErrorCalendarCannotMoveOrCopyOccurrence')
            if to.mailbox is not item.folder.mailbox:
                raise Refused('ErrorCrossMailboxMoveCopy')
            for folder in (item.folder, to):
                self.may(folder, request, 'write', 'ErrorMoveCopyFailed')
            self.state.move(item, to, request.caller.name)
            out = message('MoveItem')
            out.append(self.answer(request, item))
            return out
        return self.each(request, [(lambda e=e: do(e)) for e in op.find(
            'm:ItemIds', NS)])

    def op_syncfolderitems(self, op, request):
        shape = self.shape(op.find('m:ItemShape', NS))
        ignore = set()
        for e in op.iterfind('m:Ignore/t:ItemId', NS):
            ignore.add(self.state.unseal(e.get('Id'))[1][0])
        if op.findtext('m:SyncScope', 'NormalItems', NS) != 'NormalItems':
            raise Unknown('associated items')

        def do():
            # responsecode.md has a code for this operation alone.
            folder = self.folder(op.find('m:SyncFolderId', NS)[0], request,
                                 'ErrorSyncFolderNotFound')
            if folder.mailbox.public:
                # D: syncfolderitems-operation: not supported; what Exchange
                # answers is not said.
                raise Unknown('SyncFolderItems in a public folder')
            changes, state, last = self.state.changes(
                folder, op.findtext('m:SyncState', None, NS),
                int(op.findtext('m:MaxChangesReturned', None, NS)), ignore)
            out = message('SyncFolderItems')
            out.append(m('SyncState', state))
            out.append(m('IncludesLastItemInRange', 'true' if last else
                         'false'))
            list_ = m('Changes')
            for what, item in changes:
                if what == 'Delete':
                    list_.append(t(what, None, t(
                        'ItemId', Id=item[0], ChangeKey=self.state.change_key(
                            item[1], 0))))
                else:
                    list_.append(t(what, None, self.model.show(
                        item, shape, request, find=True)))
            out.append(list_)
            return out
        return self.each(request, [do])

    # Attachments.

    def op_createattachment(self, op, request):
        def do(e):
            item = self.item(op.find('m:ParentItemId', NS), request)
            self.may(item.folder, request, 'write', 'ErrorAccessDenied')
            if local(e) != 'FileAttachment':
                raise Unknown('an ' + local(e))
            fields = {local(c): c.text for c in e}
            if not fields.get('Name'):
                # D: createattachment-operation, the last example
                raise Refused('ErrorRequiredPropertyMissing', path=t(
                    'ExceptionFieldURI', FieldURI='attachment:Name'))
            a = Attachment(self.state.next_number(), fields.pop('Name'),
                           base64.b64decode(fields.pop('Content', '') or ''),
                           fields)
            a.modified = self.state.now()
            self.attach(item, request, item.attachments + [a])
            out = message('CreateAttachment')
            out.append(m('Attachments', None, t('FileAttachment', None, t(
                'AttachmentId', Id=self.state.seal('A', item.number,
                                                   a.number),
                **self.root(item)))))
            return out
        return self.each(request, [(lambda e=e: do(e)) for e in op.find(
            'm:Attachments', NS)])

    def attach(self, item, request, attachments):
        kept = self.master_of(item)
        if hasattr(item, 'occurrence'):
            changed = self.model.occurrence(*item.occurrence[:2])
            changed.attachments = attachments
            self.model.keep_occurrence(changed, item)
        else:
            item.attachments = attachments
        # The parent has another key then (D: createattachment-operation).
        self.state.touch(kept, request.caller.name)
        item.last = kept.last

    def root(self, item):
        kept = self.master_of(item)
        return dict(RootItemId=self.state.item_id(kept),
                    RootItemChangeKey=self.state.change_key(kept.element,
                                                            kept.last))

    def attachment_of(self, e, request):
        try:
            kind, numbers = self.state.unseal(e.get('Id'))
        except Refused:
            raise Refused('ErrorInvalidAttachmentId')
        item = self.state.items.get(numbers[0]) if kind == 'A' else None
        if item is None:
            raise Refused('ErrorInvalidAttachmentId')
        self.may(item.folder, request, 'read', 'ErrorItemNotFound')
        self.route(item.folder, request)
        owners = [item] + [self.model.occurrence(item, i)
                           for i in sorted(item.exceptions)]
        for owner in owners:
            for a in owner.attachments:
                if a.number == numbers[1]:
                    return owner, a
        raise Refused('ErrorInvalidAttachmentId')

    def op_getattachment(self, op, request):
        def do(e):
            item, a = self.attachment_of(e, request)
            out = message('GetAttachment')
            out.append(m('Attachments', None, self.model.attachment(
                item, a, content=True)))
            return out
        return self.each(request, [(lambda e=e: do(e)) for e in op.find(
            'm:AttachmentIds', NS)])

    def op_deleteattachment(self, op, request):
        def do(e):
            item, a = self.attachment_of(e, request)
            self.may(item.folder, request, 'write', 'ErrorAccessDenied')
            self.attach(item, request, [b for b in item.attachments
                                        if b is not a])
            out = message('DeleteAttachment')
            out.append(m('RootItemId', **self.root(item)))
            return out
        return self.each(request, [(lambda e=e: do(e)) for e in op.find(
            'm:AttachmentIds', NS)])
