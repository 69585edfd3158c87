"""A small client of ews.py, for its tests: text in, elements out."""
import base64
import json
import urllib.error
import urllib.request

from lxml import etree

NS = {'t': 'http://schemas.microsoft.com/exchange/services/2006/types',
      'm': 'http://schemas.microsoft.com/exchange/services/2006/messages',
      's': 'http://schemas.xmlsoap.org/soap/envelope/',
      'e': 'http://schemas.microsoft.com/exchange/services/2006/errors'}
ENVELOPE = ('<?xml version="1.0" encoding="utf-8"?>\n<s:Envelope xmlns:s="%s" '
            'xmlns:t="%s" xmlns:m="%s"><s:Header><t:RequestServerVersion '
            'Version="%%s"/>%%s</s:Header><s:Body>%%s</s:Body></s:Envelope>' %
            (NS['s'], NS['t'], NS['m']))


class Answer:
    def __init__(self, status, data, headers):
        self.status, self.data, self.headers = status, data, headers
        self.root = etree.fromstring(data) if data[:1] == b'<' else None

    def all(self, path):
        return self.root.findall('.//' + path, NS)

    def text(self, path):
        return self.root.findtext('.//' + path, None, NS)

    def texts(self, path):
        return [e.text for e in self.all(path)]

    def codes(self):
        """The code of each message, or of the fault."""
        return self.texts('m:ResponseCode') or self.texts('e:ResponseCode')

    def id(self, n=0):
        return self.all('t:ItemId')[n].get('Id')

    def key(self, n=0):
        return self.all('t:ItemId')[n].get('ChangeKey')


class Ask:
    def __init__(self, top):
        self.top = top

    def send(self, data, path='/EWS/Exchange.asmx', user='alice',
             password='s3cret', **head):
        head = {k.replace('_', '-'): v for k, v in head.items()}
        head.setdefault('Content-Type', 'text/xml; charset=utf-8')
        if user:
            head.setdefault('Authorization', 'Basic ' + base64.b64encode(
                ('%s:%s' % (user, password)).encode()).decode())
        r = urllib.request.Request(self.top + path, data, head)
        try:
            with urllib.request.urlopen(r, timeout=60) as f:
                return Answer(f.status, f.read(), f.headers)
        except urllib.error.HTTPError as e:
            return Answer(e.code, e.read(), e.headers)

    def __call__(self, body, header='', version='Exchange2013_SP1', **how):
        return self.send((ENVELOPE % (version, header, body)).encode(),
                         **how)

    def tell(self, **what):
        with urllib.request.urlopen(urllib.request.Request(
                self.top + '/control', json.dumps(what).encode())) as f:
            return json.loads(f.read())

    def count(self, name):
        with urllib.request.urlopen(self.top + '/control') as f:
            return json.loads(f.read()).get(name, 0)

    # Requests that many checks make.

    def create(self, xml, folder='', **how):
        if folder:
            folder = '<m:SavedItemFolderId>%s</m:SavedItemFolderId>' % \
                known(folder)
        return self('<m:CreateItem SendMeetingInvitations="SendToNone">%s'
                    '<m:Items>%s</m:Items></m:CreateItem>' % (folder, xml),
                    **how)

    def get(self, ids, names=(), base='IdOnly', more='', **how):
        ids = [ids] if isinstance(ids, str) else ids
        return self('<m:GetItem><m:ItemShape><t:BaseShape>%s</t:BaseShape>%s'
                    '%s</m:ItemShape><m:ItemIds>%s</m:ItemIds></m:GetItem>' %
                    (base, more, properties(names), ''.join(
                        map(item_id, ids))), **how)

    def update(self, ident, key, changes, how='NeverOverwrite',
               send=' SendMeetingInvitationsOrCancellations="SendToNone"',
               **more):
        return self('<m:UpdateItem ConflictResolution="%s"%s><m:ItemChanges>'
                    '<t:ItemChange>%s<t:Updates>%s</t:Updates></t:ItemChange>'
                    '</m:ItemChanges></m:UpdateItem>' % (
                        how, send, item_id(ident, key), changes), **more)

    def delete(self, ids, how='MoveToDeletedItems',
               more=' SendMeetingCancellations="SendToNone" '
                    'AffectedTaskOccurrences="AllOccurrences"', **rest):
        ids = [ids] if isinstance(ids, str) else ids
        return self('<m:DeleteItem DeleteType="%s"%s><m:ItemIds>%s'
                    '</m:ItemIds></m:DeleteItem>' % (how, more, ''.join(
                        map(item_id, ids))), **rest)

    def sync(self, folder, state=None, most=512, ignore='', **how):
        return self('<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly'
                    '</t:BaseShape></m:ItemShape><m:SyncFolderId>%s'
                    '</m:SyncFolderId>%s%s<m:MaxChangesReturned>%d'
                    '</m:MaxChangesReturned></m:SyncFolderItems>' % (
                        known(folder), '' if state is None else
                        '<m:SyncState>%s</m:SyncState>' % state, ignore,
                        most), **how)

    def find(self, folder, view='', restriction='', names=(), base='IdOnly',
             **how):
        if restriction:
            restriction = '<m:Restriction>%s</m:Restriction>' % restriction
        return self('<m:FindItem Traversal="Shallow"><m:ItemShape>'
                    '<t:BaseShape>%s</t:BaseShape>%s</m:ItemShape>%s%s'
                    '<m:ParentFolderIds>%s</m:ParentFolderIds></m:FindItem>' %
                    (base, properties(names), view, restriction,
                     known(folder)), **how)

    def get_folder(self, folder, names=(), base='Default', **how):
        return self('<m:GetFolder><m:FolderShape><t:BaseShape>%s'
                    '</t:BaseShape>%s</m:FolderShape><m:FolderIds>%s'
                    '</m:FolderIds></m:GetFolder>' % (
                        base, properties(names), known(folder)), **how)

    def below(self, folder, how='Shallow', names=('folder:DisplayName',),
              view='', **more):
        return self('<m:FindFolder Traversal="%s"><m:FolderShape>'
                    '<t:BaseShape>IdOnly</t:BaseShape>%s</m:FolderShape>%s'
                    '<m:ParentFolderIds>%s</m:ParentFolderIds></m:FindFolder>'
                    % (how, properties(names), view, known(folder)), **more)


def known(folder):
    """contacts; team@example.test/contacts; an id; or XML."""
    if folder.startswith('<'):
        return folder
    if folder.startswith('AAMk'):
        return '<t:FolderId Id="%s"/>' % folder
    box, _, name = folder.rpartition('/')
    return '<t:DistinguishedFolderId Id="%s">%s</t:DistinguishedFolderId>' % (
        name, '<t:Mailbox><t:EmailAddress>%s</t:EmailAddress></t:Mailbox>' %
        box if box else '')


def item_id(ident, key=None):
    if ident.startswith('<'):
        return ident
    return '<t:ItemId Id="%s"%s/>' % (ident, ' ChangeKey="%s"' % key
                                      if key else '')


def occurrence(master, index, key=None):
    return '<t:OccurrenceItemId RecurringMasterId="%s" InstanceIndex="%d"' \
        '%s/>' % (master, index, ' ChangeKey="%s"' % key if key else '')


def uri(name):
    if name.startswith('<'):
        return name
    field, _, index = name.partition('/')
    if index:
        return '<t:IndexedFieldURI FieldURI="%s" FieldIndex="%s"/>' % (
            field, index)
    return '<t:FieldURI FieldURI="%s"/>' % field


def properties(names):
    return '<t:AdditionalProperties>%s</t:AdditionalProperties>' % ''.join(
        map(uri, names)) if names else ''


def put(kind, name, xml):
    """SetItemField of a property; xml is the element that it becomes."""
    return '<t:SetItemField>%s<t:%s>%s</t:%s></t:SetItemField>' % (
        uri(name), kind, xml, kind)


def drop(name):
    return '<t:DeleteItemField>%s</t:DeleteItemField>' % uri(name)
