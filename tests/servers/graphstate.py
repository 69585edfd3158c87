"""What graph.py keeps: tenants, mailboxes, folders, items, what changed when.

(1) Every change has a number, one count for the whole server; an item's
    changeKey is made of the number of its last change, and its @odata.etag
    is W/"changeKey" (recorded, observed-behaviour.json).
(2) An item has two ids: one that stays as long as it is in its mailbox, told
    only to those who ask for it on each request, and one that another folder
    changes (outlook-immutable-id.md).  A To Do task has only the second, it
    is not among the types of that page; a folder's ids are one.
(3) What was deleted leaves a mark, for those who synchronise.
"""
import base64
import hashlib
import pickle
import struct
import time
import uuid

KINDS = ('contacts', 'events', 'tasks')


class Mailbox:
    def __init__(self, address, name, tenant):
        self.address, self.name, self.tenant = address, name, tenant
        self.guid = str(uuid.uuid5(uuid.NAMESPACE_URL, address))
        self.default = {}		# kind: Folder
        self.bin = None
        self.shared = {}		# address: who may use it too


class Folder:
    def __init__(self, box, kind, name, parent=None):
        self.box, self.kind, self.name, self.parent = box, kind, name, parent
        self.children, self.items, self.gone = [], {}, {}
        self.number = 0


class Item:
    """A contact, an event or a task; of a series: one that differs."""

    def __init__(self, kind):
        self.kind = kind
        self.props, self.changed = {}, {}	# and when each did last
        self.ext, self.extensions = {}, {}
        self.linked, self.attachments = [], []
        self.photo = None
        self.exceptions, self.cancelled = {}, set()	# by original date
        self.folder = None
        self.number = self.place = self.last = self.made = 0
        self.moved = 0			# when an occurrence was cancelled
        self.created = self.modified = ''
        self.transaction = None


class State:
    def __init__(self):
        self.seed = uuid.uuid4().hex
        self.changes = self.numbers = 0
        self.generation = 149		# of the states of synchronisation
        self.boxes, self.folders, self.items = {}, {}, {}
        self.known = {}			# id: what it is of

    def next_change(self):
        self.changes += 1
        return self.changes

    def next_number(self):
        self.numbers += 1
        return self.numbers

    # Ids.

    def make_id(self, prefix, *of):
        data = hashlib.sha512(repr((self.seed,) + of).encode()).digest()
        data = prefix + data[:38]
        return base64.urlsafe_b64encode(data).decode()

    def item_id(self, item, immutable):
        """AAkALgAA... and AQMkAG...: outlook-immutable-id.md."""
        if item.kind == 'tasks':
            immutable = False
        made = self.make_id(*(
            (b'\x00\x09\x00\x2e', 'i', item.number) if immutable else
            (b'\x01\x03\x24\x00', 'p', item.number, item.place)))
        self.known[made] = (item, immutable)
        return made

    def occurrence_id(self, item, date, immutable):
        made = self.make_id(b'\x00\x09\x00\x51' if immutable else
                            b'\x01\x03\x24\x51', 'o', immutable,
                            item.number, item.place * (not immutable),
                            date.toordinal())
        self.known[made] = ((item, date), immutable)
        return made

    def folder_id(self, folder):
        made = self.make_id(b'\x00\x03\x24\x00', 'f', folder.number)
        self.known[made] = (folder, None)
        return made

    def part_id(self, item, n):
        return self.make_id(b'\x00\x03\x24\x01', 'a', item.number, n)

    def change_key(self, item):
        """As recorded: contacts 30 bytes, events 22, by what is before."""
        guid = uuid.UUID(item.folder.box.guid).bytes
        count = struct.pack('>HI', 1, item.last + 0x1000)
        head = b'\x11\0\0\0\x16\0\0\0' if item.kind == 'contacts' else b''
        return base64.b64encode(head + guid + count).decode()

    def etag(self, item):
        return 'W/"%s"' % self.change_key(item)

    # Folders and items.

    def add_folder(self, box, kind, name, parent=None):
        f = Folder(box, kind, name, parent)
        f.number = self.next_number()
        self.folders[f.number] = f
        if parent is not None:
            parent.children.append(f)
        self.folder_id(f)
        return f

    def remove_folder(self, folder):
        for child in list(folder.children):
            self.remove_folder(child)
        if folder.parent is not None:
            folder.parent.children.remove(folder)
        for item in folder.items.values():
            del self.items[item.number]
        del self.folders[folder.number]

    def add(self, folder, item):
        item.folder = folder
        item.number = item.place = self.next_number()
        item.created = now()
        self.items[item.number] = folder.items[item.number] = item
        self.touch(item, list(item.props))
        item.made = item.last
        return item

    def touch(self, item, names=()):
        item.last = self.next_change()
        item.modified = now()
        for name in names:
            item.changed[name] = item.last

    def mark_gone(self, item):
        """Under both ids, as they were there."""
        item.folder.gone[item.number] = (
            self.item_id(item, True), self.item_id(item, False), item.made,
            self.next_change())

    def move(self, item, folder):
        self.mark_gone(item)
        del item.folder.items[item.number]
        item.folder, item.place = folder, self.next_number()
        folder.items[item.number] = item
        folder.gone.pop(item.number, None)
        self.touch(item, list(item.props))
        item.made = item.last

    def delete(self, item):
        """To Deleted Items: protocols.md 2.3."""
        if item.folder.box.bin is item.folder:
            del self.items[item.number], item.folder.items[item.number]
        else:
            self.move(item, item.folder.box.bin)

    def find(self, id):
        """What has that id, and whether it is an immutable one, or None."""
        found = self.known.get(id)
        if found is None:
            return None
        of = found[0][0] if isinstance(found[0], tuple) else found[0]
        if isinstance(of, Folder):
            return found if of.number in self.folders else None
        if self.items.get(of.number) is not of:
            return None
        # After a move the first id is no longer its.
        if not found[1] and not isinstance(found[0], tuple) and \
                self.item_id(of, False) != id:
            return None
        return found

    # All of it.

    def save(self, path):
        with open(path + '.new', 'wb') as f:
            pickle.dump(self, f)
        import os
        os.rename(path + '.new', path)


def load(path):
    with open(path, 'rb') as f:
        return pickle.load(f)


def now():
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())


def populate(state):
    """Two tenants."""
    for name, tenant in (('alice', 'one.example.test'),
                         ('bob', 'one.example.test'),
                         ('team', 'one.example.test'),
                         ('carol', 'two.example.test')):
        box = Mailbox('%s@%s' % (name, tenant), name.capitalize(), tenant)
        state.boxes[box.address] = box
        for kind, title in (('contacts', 'Contacts'), ('events', 'Calendar'),
                            ('tasks', 'Tasks')):
            box.default[kind] = state.add_folder(box, kind, title)
        box.bin = state.add_folder(box, 'bin', 'Deleted Items')
        second = state.add_folder(box, 'contacts', 'Second',
                                  box.default['contacts'])
        state.add_folder(box, 'contacts', 'Third', second)
        state.add_folder(box, 'events', 'Second', box.default['events'])
        state.add_folder(box, 'tasks', 'Second', box.default['tasks'])
    state.boxes['team@one.example.test'].shared['alice@one.example.test'] = \
        'write'
