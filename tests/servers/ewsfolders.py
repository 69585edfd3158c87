"""The operations on folders, for ews.py, and who may see what.

`R:` is a file of ../shared/material/ews/responses/recorded, `D:` a page of
office-developer-exchange-docs.
"""
import base64

from lxml import etree

from ewsprops import OTHER_NAMES, copy, extended_key, read_extended, \
    show_extended
from ewssoap import NS, XSI, Refused, Unknown, local, m, message, t
from ewsvalues import rights

# R: ContactsAPITest.testCreateContact.00 (Default) and .01 (AllProperties).
DEFAULT = ('FolderId', 'DisplayName', 'TotalCount', 'ChildFolderCount')
ALL = ('FolderId', 'ParentFolderId', 'FolderClass', 'DisplayName',
       'TotalCount', 'ChildFolderCount', 'EffectiveRights')
ABSENT = {'ManagedFolderInformation', 'PolicyTag', 'ArchiveTag',
          'PermissionSet', 'SharingEffectiveRights', 'SearchParameters'}
HIERARCHY = {'FindFolder', 'CreateFolder', 'UpdateFolder', 'DeleteFolder'}


class Folders:
    """Of Operations, which has state, schema and model."""

    # Finding them.

    def folder(self, e, request, code='ErrorFolderNotFound'):
        """The folder that a FolderId or DistinguishedFolderId names."""
        if local(e) == 'FolderId':
            found = self.known_folder(e.get('Id'), code)
        else:
            found = self.distinguished(e, request, code)
        self.may(found, request, 'read', code)
        self.route(found, request)
        return found

    def known_folder(self, ident, code):
        kind, numbers = self.state.unseal(ident)
        if kind in 'IO':
            raise Refused('ErrorCannotUseItemIdForFolderId')
        if kind != 'F' or numbers[0] not in self.state.folders:
            raise Refused(code)
        return self.state.folders[numbers[0]]

    def distinguished(self, e, request, code):
        name = e.get('Id')
        if name == 'publicfoldersroot':
            return self.state.public_root
        box = request.user
        address = e.findtext('t:Mailbox/t:EmailAddress', None, NS)
        if address is not None:
            box = self.mailbox(address)
        if name not in box.folders:
            if name not in ('archivemsgfolderroot', 'archiveroot'):
                raise Refused(code)
            raise Refused('ErrorArchiveMailboxNotEnabled')
        return box.folders[name]

    def mailbox(self, address):
        box = self.state.mailbox_of(address)
        if box is None:
            raise Refused('ErrorNonExistentMailbox',
                          'The SMTP address has no mailbox associated with '
                          'it.')
        if address.lower() in box.other_addresses:
            # responsecode.md: "The response includes the correct address";
            # exchangelib and DavMail do not read it, so its name is ours.
            raise Refused('ErrorNonPrimarySmtpAddress',
                          values={'Primary': box.address})
        return box

    def may(self, folder, request, what, code):
        """responsecode.md: ErrorFolderNotFound and ErrorItemNotFound are
        also said to whom may not see it."""
        if what not in self.model.rights_of(folder, request.user):
            raise Refused(code)

    def route(self, folder, request):
        """A request for a public folder reached its mailbox.

        D: how-to-route-public-folder-hierarchy-requests and
        how-to-route-public-folder-content-requests: X-AnchorMailbox is an
        address of the public mailbox, X-PublicFolderMailbox is of the same
        one.  Without them a request reaches the mailbox with the hierarchy.
        """
        if not folder.mailbox.public:
            return
        hierarchy = self.state.public_root.replica
        reached = []
        for name in ('x-anchormailbox', 'x-publicfoldermailbox'):
            value = request.headers.get(name)
            if value is None:
                continue
            box = self.state.mailbox_of(value)
            # An anchor of the user's own is what every request may carry.
            if box is request.user and name == 'x-anchormailbox':
                continue
            reached.append(box)
        wanted = hierarchy if request.operation in HIERARCHY else \
            folder.replica
        if 'x-publicfoldermailbox' not in request.headers:
            self.counts['unrouted'] += 1
        if any(b is not wanted for b in reached or [hierarchy]):
            self.counts['misrouted'] += 1
            raise Refused('ErrorPublicFolderOperationFailed',
                          'The request did not reach the mailbox of this '
                          'public folder.')

    # Showing them.

    def folder_paths(self, shape):
        out = []
        for e in shape.iterfind('t:AdditionalProperties/*', NS):
            if local(e) == 'ExtendedFieldURI':
                out.append(('x',) + extended_key(e))
                continue
            prefix, _, name = e.get('FieldURI').partition(':')
            if prefix != 'folder' or local(e) != 'FieldURI':
                raise Refused('ErrorInvalidPropertyRequest', path=copy(e))
            out.append(('f', name))
        return out

    def show_folder(self, folder, base, paths, request):
        names = {'IdOnly': ('FolderId',), 'Default': DEFAULT,
                 'AllProperties': ALL}.get(base)
        if names is None:
            raise Unknown('the folder shape ' + base)
        elements = {}
        extended = []
        for path in [('f', n) for n in names] + paths:
            if path[0] == 'x':
                e = self.folder_extended(folder, path)
                if e is not None:
                    extended.append(e)
            else:
                e = self.folder_value(folder, path[1], request)
                if e is not None:
                    elements[path[1]] = e
        return t(folder.element, None, *self.schema.in_order(
            folder.element, list(elements.values()) + extended))

    def folder_id(self, folder):
        return t('FolderId', Id=self.state.folder_id(folder),
                 ChangeKey=self.state.change_key(
                     folder.element, self.state.keys[folder.number]))

    def folder_value(self, folder, name, request):
        if name == 'FolderId':
            return self.folder_id(folder)
        if name == 'ParentFolderId':
            return None if folder.parent is None else t(
                name, Id=self.state.folder_id(folder.parent),
                ChangeKey='AQAAAA==')
        if name == 'EffectiveRights':
            return rights(self.model.rights_of(folder, request.user), True)
        if name == 'ReplicaList':
            return None if folder.replica is None else t(
                name, None, t('String', folder.replica.guid))
        text = {'FolderClass': folder.kind, 'DisplayName': folder.name,
                'TotalCount': str(len(folder.items)),
                'ChildFolderCount': str(len(folder.children)),
                'DistinguishedFolderId': folder.distinguished}
        if name in text:
            return None if text[name] is None else t(name, text[name])
        if name == 'UnreadCount':
            # Only a folder of mail has it (types.xsd).
            return t(name, '0') if name in self.schema.order[
                folder.element] else None
        if name in ABSENT:
            return None
        raise Unknown('folder:' + name)

    def folder_extended(self, folder, path):
        _, key, kind = path
        if key == ('tag', 0x6698) and kind == 'Binary':
            # D: how-to-route-public-folder-content-requests: a GUID as text.
            return None if folder.replica is None else show_extended(
                key, kind, [base64.b64encode(folder.replica.guid.encode() +
                                             b'\0').decode()])
        plain = {('tag', 0x3001): ('String', folder.name),
                 ('tag', 0x3613): ('String', folder.kind),
                 ('tag', 0x3603): ('Integer', '0'),
                 ('tag', 0x3602): ('Integer', str(len(folder.items))),
                 ('tag', 0x360a): ('Boolean', 'true' if folder.children
                                   else 'false'),
                 ('tag', 0x10f4): ('Boolean', 'false')}
        if key in plain and plain[key][0] == kind:
            return None if plain[key][1] is None else show_extended(
                key, kind, [plain[key][1]])
        stored, values = folder.ext.get(key, (None, None))
        return show_extended(key, kind, values) if stored == kind else None

    # Operations.

    def each_folder(self, request, ids, do):
        return self.each(request, [(lambda e=e: do(e)) for e in ids])

    def op_getfolder(self, op, request):
        shape = op.find('m:FolderShape', NS)
        base = shape.findtext('t:BaseShape', None, NS)

        def do(e):
            out = message('GetFolder')
            out.append(m('Folders', None, self.show_folder(
                self.folder(e, request), base, self.folder_paths(shape),
                request)))
            return out
        return self.each_folder(request, op.find('m:FolderIds', NS), do)

    def op_findfolder(self, op, request):
        shape = op.find('m:FolderShape', NS)
        base = shape.findtext('t:BaseShape', None, NS)
        paths = self.folder_paths(shape)
        restriction = op.find('m:Restriction', NS)
        view = op.find('m:IndexedPageFolderView', NS)
        if op.find('m:FractionalPageFolderView', NS) is not None:
            raise Unknown('FractionalPageFolderView')

        def do(e):
            folder = self.folder(e, request)
            found = self.below(folder, op.get('Traversal'), request)
            if restriction is not None:
                found = [f for f in found if self.matches(
                    restriction[0], lambda p: self.folder_text(
                        f, p, request))]
            part, attributes = self.page(found, view)
            out = message('FindFolder')
            out.append(m('RootFolder', None, t('Folders', None, *[
                self.show_folder(f, base, paths, request) for f in part]),
                **attributes))
            return out
        return self.each_folder(request, op.find('m:ParentFolderIds', NS),
                                do)

    def below(self, folder, traversal, request):
        if traversal == 'Shallow':
            return list(folder.children)
        if folder.mailbox.public:
            # responsecode.md, ErrorInvalidOperation, the first example.
            raise Refused('ErrorInvalidOperation')
        if traversal != 'Deep':
            raise Unknown('the traversal ' + traversal)
        out, left = [], list(folder.children)
        while left:
            f = left.pop(0)
            out.append(f)
            left = list(f.children) + left
        return out

    def folder_text(self, folder, e, request):
        if local(e) == 'ExtendedFieldURI':
            found = self.folder_extended(folder, ('x',) + extended_key(e))
            return None if found is None else found[1].text
        found = self.folder_value(folder, e.get('FieldURI').partition(
            ':')[2], request)
        return None if found is None else found.text or ''

    def page(self, found, view, limit=None):
        """An IndexedPage...View of a list, and what RootFolder says."""
        total = len(found)
        offset, most = 0, total
        if view is not None:
            offset = int(view.get('Offset', '0'))
            most = int(view.get('MaxEntriesReturned', total or 1))
            if view.get('BasePoint') == 'End':
                raise Unknown('a view from the end')
            if offset < 0:
                raise Refused('ErrorInvalidIndexedPagingParameters')
            if most <= 0:
                raise Refused('ErrorInvalidPagingMaxRows')
        if limit is not None:
            most = min(most, limit)
        part = found[offset:offset + most]
        attributes = dict(
            TotalItemsInView=str(total), IncludesLastItemInRange='true' if
            offset + len(part) >= total else 'false')
        if view is not None:
            attributes['IndexedPagingOffset'] = str(offset + len(part))
        return part, attributes

    def op_createfolder(self, op, request):
        parent = op.find('m:ParentFolderId', NS)[0]

        def do(e):
            into = self.folder(parent, request, 'ErrorParentFolderNotFound')
            self.may(into, request, 'write', 'ErrorCreateSubfolderAccess'
                     'Denied')
            name = e.findtext('t:DisplayName', None, NS)
            if any(c.name == name for c in into.children):
                raise Refused('ErrorFolderExists')
            kind = e.findtext('t:FolderClass', None, NS)
            typed = {'CalendarFolder': 'IPF.Appointment',
                     'ContactsFolder': 'IPF.Contact',
                     'TasksFolder': 'IPF.Task'}.get(local(e))
            if typed and kind:
                raise Refused('ErrorNoFolderClassOverride')
            made = self.state.add_folder(into.mailbox, into, name,
                                         kind or typed or 'IPF.Note')
            made.replica = into.replica
            for x in e.iterfind('t:ExtendedProperty', NS):
                key, type_, values = read_extended(x)
                if key in OTHER_NAMES:
                    raise Unknown('how a folder has ' + str(key))
                made.ext[key] = (type_, values)
            out = message('CreateFolder')
            out.append(m('Folders', None, t(made.element, None,
                                            self.folder_id(made))))
            return out
        return self.each_folder(request, op.find('m:Folders', NS), do)

    def op_deletefolder(self, op, request):
        def do(e):
            folder = self.folder(e, request)
            if folder.distinguished:
                # R: traces-evolution-onprem
                raise Refused('ErrorDeleteDistinguishedFolder')
            self.may(folder, request, 'delete', 'ErrorAccessDenied')
            if op.get('DeleteType') == 'MoveToDeletedItems':
                folder.parent.children.remove(folder)
                folder.parent = folder.mailbox.folders['deleteditems']
                folder.parent.children.append(folder)
            else:
                self.state.remove_folder(folder)
            return message('DeleteFolder')
        return self.each_folder(request, op.find('m:FolderIds', NS), do)

    def op_updatefolder(self, op, request):
        def do(change):
            folder = self.folder(change[0], request)
            self.may(folder, request, 'write', 'ErrorAccessDenied')
            for u in change.find('t:Updates', NS):
                if local(u) != 'SetFolderField' or \
                        u[0].get('FieldURI') != 'folder:DisplayName':
                    raise Unknown('this change of a folder')
                folder.name = u[1].findtext('t:DisplayName', None, NS)
            self.state.keys[folder.number] = self.state.next_change()
            out = message('UpdateFolder')
            out.append(m('Folders', None, t(folder.element, None,
                                            self.folder_id(folder))))
            return out
        return self.each_folder(request, op.find('m:FolderChanges', NS), do)

    def op_convertid(self, op, request):
        """D: convertid-operation; DavMail learns the mailbox of a folder
        so, whatever mailbox it names."""
        def do(e):
            if op.get('DestinationFormat') != 'EwsId' or \
                    e.get('Format') != 'EwsId':
                raise Unknown('ids that are not EwsId')
            kind, numbers = self.state.unseal(e.get('Id'))
            known = self.state.folders if kind == 'F' else self.state.items
            if numbers[0] not in known:
                raise Refused('ErrorItemNotFound')
            found = known[numbers[0]]
            box = (found if kind == 'F' else found.folder).mailbox
            out = message('ConvertId')
            made = m('AlternateId', Format='EwsId', Id=e.get('Id'),
                     Mailbox=box.address)
            made.set(XSI + 'type', 't:AlternateIdType')
            out.append(made)
            return out
        return self.each_folder(request, op.find('m:SourceIds', NS), do)

    def op_getuserconfiguration(self, op, request):
        """No mailbox has one; DavMail asks for OWA's, which is made when
        somebody first uses that."""
        def do(e):
            self.folder(e[0], request)
            raise Refused('ErrorItemNotFound')
        return self.each_folder(request, op.findall(
            'm:UserConfigurationName', NS), do)

    def op_getservertimezones(self, op, request):
        """R: APITest.testGetServerTimezones; what of it is valid."""
        wanted = [e.text for e in op.iterfind('m:Ids/t:Id', NS)]
        full = op.get('ReturnFullTimeZoneData', 'true') in ('true', '1')
        out = message('GetServerTimeZones')
        zones = m('TimeZoneDefinitions')
        for name, e in self.model.zones.definitions.items():
            if wanted and name not in wanted:
                continue
            e = etree.fromstring(etree.tostring(e))
            if not full or not len(e.find('t:Periods', NS)):
                e[:] = []
            zones.append(e)
        out.append(zones)
        return [out]
