"""What ews.py keeps: mailboxes, folders, items, and what changed when.

(1) Every change has a number, one count for the whole server; an item's
    ChangeKey is made of the number of its last change, so that it never
    comes back.
(2) An id says nothing to a client, is long, and is case-sensitive
    (office-developer-exchange-docs, "EWS identifiers in Exchange").
(3) An item that moves gets another id and is gone under the first one.
(4) What was deleted leaves a mark, for those who synchronise.
"""
import base64
import gzip
import hashlib
import json
import os
import pickle
import struct
import time
import uuid

from lxml import etree

from ewssoap import Refused

# Distinguished folders of a mailbox: name, displayed, class, element, parent.
LAYOUT = (
    ('root', '', None, 'Folder', None),
    ('msgfolderroot', 'Top of Information Store', None, 'Folder', 'root'),
    ('inbox', 'Inbox', 'IPF.Note', 'Folder', 'msgfolderroot'),
    ('drafts', 'Drafts', 'IPF.Note', 'Folder', 'msgfolderroot'),
    ('sentitems', 'Sent Items', 'IPF.Note', 'Folder', 'msgfolderroot'),
    ('outbox', 'Outbox', 'IPF.Note', 'Folder', 'msgfolderroot'),
    ('junkemail', 'Junk Email', 'IPF.Note', 'Folder', 'msgfolderroot'),
    ('deleteditems', 'Deleted Items', 'IPF.Note', 'Folder', 'msgfolderroot'),
    ('calendar', 'Calendar', 'IPF.Appointment', 'CalendarFolder',
     'msgfolderroot'),
    ('contacts', 'Contacts', 'IPF.Contact', 'ContactsFolder',
     'msgfolderroot'),
    ('tasks', 'Tasks', 'IPF.Task', 'TasksFolder', 'msgfolderroot'),
    ('notes', 'Notes', 'IPF.StickyNote', 'Folder', 'msgfolderroot'),
    ('journal', 'Journal', 'IPF.Journal', 'Folder', 'msgfolderroot'),
    ('recoverableitemsdeletions', 'Deletions', None, 'Folder', 'root'),
)

ELEMENT = {'IPF.Appointment': 'CalendarFolder',
           'IPF.Contact': 'ContactsFolder', 'IPF.Task': 'TasksFolder'}

# PidTagChangeKey's first byte in the recordings, by what it is of.
KEY_OF = {'Contact': 0x11, 'CalendarItem': 0x0f, 'Task': 0x13,
          'DistributionList': 0x12, 'Folder': 0x01, 'CalendarFolder': 0x02,
          'ContactsFolder': 0x03, 'TasksFolder': 0x04}


class Kept:
    """Elements do not pickle: they are kept as their text."""

    def __getstate__(self):
        return {k: freeze(v) for k, v in self.__dict__.items()}

    def __setstate__(self, state):
        self.__dict__.update({k: thaw(v) for k, v in state.items()})


def freeze(value):
    if isinstance(value, etree._Element):
        return ('<>', etree.tostring(value))
    if isinstance(value, dict):
        return {k: freeze(v) for k, v in value.items()}
    return value


def thaw(value):
    if isinstance(value, tuple) and len(value) == 2 and value[0] == '<>':
        return etree.fromstring(value[1])
    if isinstance(value, dict):
        return {k: thaw(v) for k, v in value.items()}
    return value


class Mailbox(Kept):
    def __init__(self, address, name, guid=None, public=False):
        self.address, self.name = address, name
        self.guid = guid or str(uuid.uuid5(uuid.NAMESPACE_URL, address))
        self.public = public		# holds public folders
        self.other_addresses = []
        self.folders = {}		# distinguished name: Folder
        # Who may what: an address: {'read', 'write', 'delete'}.
        self.delegates = {}


class Folder(Kept):
    def __init__(self, mailbox, parent, name, kind, element):
        self.mailbox, self.parent = mailbox, parent
        self.name, self.kind, self.element = name, kind, element
        self.distinguished = None
        self.items = {}			# number: Item
        self.gone = {}			# number: (id, element, made, ended)
        self.children = []
        self.replica = None		# the public mailbox with its content
        self.ext = {}


class Item(Kept):
    """An item, or of a recurring one an occurrence that differs."""

    def __init__(self, element):
        self.element = element
        self.props, self.ext = {}, {}
        self.attachments = []
        self.changed = {}		# property: number of its last change
        self.deleted = set()		# indexes of occurrences
        self.exceptions = {}		# index: Item
        self.folder = None
        self.made = self.number = self.last = 0
        self.created = self.modified = ''
        self.modifier = ''

    def text(self, name, default=None):
        e = self.props.get(name)
        return default if e is None or e.text is None else e.text


class Attachment(Kept):
    def __init__(self, number, name, content, fields):
        self.number, self.name, self.content = number, name, content
        self.fields = fields		# ContentType, ContentId ...
        self.modified = ''


class State:
    def __init__(self, clock=None):
        self.secret = os.urandom(16)
        self.count = 0			# of changes
        self.numbers = 0		# of items, folders and attachments
        self.generation = 1		# of SyncStates
        self.mailboxes = {}
        self.folders = {}		# number: Folder
        self.items = {}			# number: Item
        self.public_root = None
        self.keys = {}			# number of a folder: its last change

    def now(self):
        return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())

    def save(self, path):
        with open(path + '.new', 'wb') as f:
            pickle.dump(self, f)
        os.rename(path + '.new', path)

    def next_change(self):
        self.count += 1
        return self.count

    def next_number(self):
        self.numbers += 1
        return self.numbers

    # Ids.

    def seal(self, kind, *numbers):
        """An id: a kind of one letter, numbers, and what makes it opaque."""
        body = kind.encode() + struct.pack('>%dI' % len(numbers), *numbers)
        tag = hashlib.sha256(self.secret + body).digest()
        # Recorded ids begin with AAMk, and are long.
        return base64.b64encode(b'\0\x03\x24' + tag + tag[:24] +
                                body).decode()

    def unseal(self, text):
        try:
            data = base64.b64decode(text, validate=True)
        except ValueError:
            raise Refused('ErrorInvalidIdMalformed')
        body = data[59:]
        tag = hashlib.sha256(self.secret + body).digest()
        if data[:3] != b'\0\x03\x24' or data[3:59] != tag + tag[:24]:
            raise Refused('ErrorInvalidIdMalformed')
        return body[:1].decode(), struct.unpack('>%dI' % (len(body) // 4),
                                                body[1:])

    def item_id(self, item):
        return self.seal('I', item.number)

    def occurrence_id(self, master, index):
        return self.seal('O', master.number, index)

    def folder_id(self, folder):
        return self.seal('F', folder.number)

    def change_key(self, element, change):
        # As recorded: EQAAABYAAADwSoBO...: a kind, a length, 22 bytes.
        return base64.b64encode(
            struct.pack('<II', KEY_OF.get(element, 0x10), 0x16) +
            self.secret[:14] + struct.pack('>Q', change)).decode()

    def change_of(self, key):
        try:
            data = base64.b64decode(key, validate=True)
            if len(data) != 30 or not key:
                raise ValueError
        except ValueError:
            raise Refused('ErrorInvalidChangeKey',
                          'The change key is invalid.')
        return struct.unpack('>Q', data[22:])[0]

    # Folders.

    def add_mailbox(self, address, name, **how):
        box = Mailbox(address, name, **how)
        self.mailboxes[address.lower()] = box
        if box.public:
            return box
        for known, shown, kind, element, parent in LAYOUT:
            folder = self.add_folder(box, box.folders.get(parent), shown,
                                     kind, element)
            folder.distinguished = known
            box.folders[known] = folder
        return box

    def add_folder(self, mailbox, parent, name, kind, element=None):
        folder = Folder(mailbox, parent, name, kind, element or ELEMENT.get(
            '.'.join((kind or '').split('.')[:2]), 'Folder'))
        folder.number = self.next_number()
        self.folders[folder.number] = folder
        self.keys[folder.number] = self.next_change()
        if parent is not None:
            parent.children.append(folder)
        return folder

    def remove_folder(self, folder):
        for child in list(folder.children):
            self.remove_folder(child)
        for item in list(folder.items.values()):
            self.remove(item)
        if folder.parent is not None:
            folder.parent.children.remove(folder)
        del self.folders[folder.number]

    def mailbox_of(self, address):
        """Also by an address that is not its first, and by its GUID."""
        a = address.lower()
        if a in self.mailboxes:
            return self.mailboxes[a]
        for box in self.mailboxes.values():
            if a in box.other_addresses or a.split('@')[0] == box.guid:
                return box
        return None

    # Items.

    def add(self, folder, item, by):
        item.folder = folder
        item.number = self.next_number()
        item.created = item.created or self.now()
        item.made = self.next_change()
        self.items[item.number] = item
        folder.items[item.number] = item
        self.touch(item, by, item.made)

    def touch(self, item, by, change=None, names=()):
        item.last = change or self.next_change()
        item.modified, item.modifier = self.now(), by
        for name in names:
            item.changed[name] = item.last
        self.keys[item.folder.number] = item.last

    def remove(self, item):
        change = self.next_change()
        folder = item.folder
        del folder.items[item.number]
        del self.items[item.number]
        folder.gone[item.number] = (self.item_id(item), item.element,
                                    item.made, change)
        self.keys[folder.number] = change

    def move(self, item, folder, by):
        """(3)"""
        created = item.created
        self.remove(item)
        self.add(folder, item, by)
        item.created = created

    # Synchronisation.

    def pack_state(self, **what):
        # Opaque, and begins with H4sI, as the recorded ones do.
        return base64.b64encode(gzip.compress(json.dumps(
            what, sort_keys=True).encode(), mtime=0)).decode()

    def unpack_state(self, text, folder):
        try:
            s = json.loads(gzip.decompress(base64.b64decode(
                text, validate=True)))
            if s['generation'] != self.generation or \
                    s['folder'] != folder.number or \
                    s['secret'] != self.secret.hex()[:8]:
                raise ValueError
        except (ValueError, OSError, EOFError, KeyError, TypeError):
            raise Refused('ErrorInvalidSyncStateData')
        return s

    def changes(self, folder, text, limit, ignore):
        """A page of SyncFolderItems: (list of (what, item), state, last).

        A state stands for changes after `since` up to `until`, of which
        those from `below` on were told: newest first, as since Exchange
        2010 SP2 (office-developer-exchange-docs, "Mailbox synchronization
        and EWS in Exchange").  An item that changes again while it waits to
        be told comes with the changes that follow, as an update.
        """
        s = dict(since=0, until=self.count, below=self.count + 1)
        if text:
            s = self.unpack_state(text, folder)
        out = []
        while True:
            if s['below'] <= s['since'] + 1:
                s.update(since=s['until'], until=self.count,
                         below=self.count + 1)
                if s['until'] == s['since']:
                    break
            left = self.between(folder, s['since'],
                                min(s['until'], s['below'] - 1))
            if len(left) > limit - len(out):
                left = left[:limit - len(out)]
                s['below'] = left[-1][0] if left else s['below']
            else:
                s['below'] = s['since'] + 1
            out += [(what, item) for _, what, item, number in left
                    if number not in ignore]
            if s['below'] > s['since'] + 1:
                break
        last = s['below'] <= s['since'] + 1
        s.update(generation=self.generation, folder=folder.number,
                 secret=self.secret.hex()[:8])
        return out, self.pack_state(**s), last

    @staticmethod
    def between(folder, since, until):
        found = [(i.last, 'Update' if i.made <= since else 'Create', i, n)
                 for n, i in folder.items.items() if since < i.last <= until]
        found += [(ended, 'Delete', (ident, element), n)
                  for n, (ident, element, made, ended) in folder.gone.items()
                  if since < ended <= until and made <= since]
        return sorted(found, key=lambda f: -f[0])


def load(path):
    with open(path, 'rb') as f:
        return pickle.load(f)


def populate(state, domain='example.test'):
    """The mailboxes that every test finds, and the public folders."""
    alice = state.add_mailbox('alice@' + domain, 'Alice Adams')
    alice.other_addresses = ['a.adams@' + domain]
    bob = state.add_mailbox('bob@' + domain, 'Bob Brown')
    bob.delegates = {}
    team = state.add_mailbox('team@' + domain, 'Team')
    team.delegates = {'alice@' + domain: {'read', 'write'},
                      'bob@' + domain: {'read'}}
    state.add_mailbox('service@' + domain, 'Service')
    kinds = {'contacts': 'IPF.Contact', 'calendar': 'IPF.Appointment',
             'tasks': 'IPF.Task'}
    for name, kind in kinds.items():
        folder = state.add_folder(alice, alice.folders[name], 'Second', kind)
        state.add_folder(alice, folder, 'Third', kind)
    # Public folders: the hierarchy in one mailbox, content in two.
    one = state.add_mailbox('pf1@' + domain, 'Public 1', public=True,
                            guid='1ec2a236-ed93-4f88-b9c6-33e63fa4aa44')
    two = state.add_mailbox('pf2@' + domain, 'Public 2', public=True,
                            guid='2fd3b347-fea4-4099-8ad7-44f740b5bb55')
    root = state.add_folder(one, None, '', None, 'Folder')
    root.distinguished = 'publicfoldersroot'
    root.replica = one
    state.public_root = root
    office = state.add_folder(one, root, 'Office', None, 'Folder')
    office.replica = one
    for name, kind, where in (('Customers', 'IPF.Contact', one),
                              ('Suppliers', 'IPF.Contact', two),
                              ('Holidays', 'IPF.Appointment', two),
                              ('Chores', 'IPF.Task', one)):
        state.add_folder(one, office, name, kind).replica = where
