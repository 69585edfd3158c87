"""What a test tells ews.py to do, and asks it: /control.

GET is the counters:

	requests, received, sent	requests of SOAP, bytes each way
	op:NAME, items:NAME, code:CODE	requests, answers in them, errors
	mails, invalid			both must be 0
	loud				requests about an item that leave it to
					Exchange to mail; 0 for ours
	unknown, crashed, refused	what it does not know; a failure of its
					own; requests against the schema
	401, misrouted, no-anchor	signing in; requests that did not reach
					a public mailbox; impersonation
					without X-AnchorMailbox
	unrouted			about public folders, without
					X-PublicFolderMailbox
	busiest				most requests at one time
	held				by the fault of that name
	open				connections now, that of the one who
					asks too
	auto.svc, auto.xml		answers of Autodiscover, by form

POST takes a JSON object; `do` says what, and the answer is JSON, with
`error` and status 400 where that failed:

	reset				the counters, but mails, loud, invalid,
					crashed and refused, to nothing
	set NAME: VALUE ...		settings, see below
	fault KIND ...			what goes wrong, see Faults
	clear				nothing goes wrong any more
	list folder			its items: id, key, subject, element
	count folder			how many items it has, as plain text,
					as are the answers of these:
	subjects folder			theirs, one a line
	marks folder			their ids and keys
	value (which) field		of a property: its text
	counter name			one of the counters, 0 if it is none
	dump (which)			an item: its properties as text and
					as XML, its extended properties
	edit (which) field value	one property, as Outlook would; field
					is a FieldURI ("contacts:GivenName",
					"contacts:PhoneNumber/HomePhone"),
					value a text, XML, or null to delete
	delete (which) how		HardDelete, SoftDelete,
					MoveToDeletedItems
	move (which) to			to another folder
	add folder xml			an item, of its XML (t: is declared)
	expire				no SyncState is good any more
	renumber mailbox		as a move of the mailbox: all ids new
	folder folder kind		makes one (kind: IPF.Contact ...), with
					`name` of that one, whatever is in it
	unfolder folder			deletes one, with what is in it
	delegate mailbox to rights	rights: of read, write, delete

A folder is "alice@example.test/contacts/Second" or "public/Office/...";
(which) is `id`, or `folder` and `subject`, with `index` of an occurrence.

Settings: conflict (item, property: what makes NeverOverwrite fail), stale
(the code then), find_limit (most of a page of FindItem), batch_limit (most
things of a batch before ErrorTimeoutExpired), find_newest (FindItem lists what
was changed last first, where no order is asked for: none is promised), numbers
(kept; left: those behind a deleted occurrence move up), batch_as (items: those
behind it; fault: the whole), connections (most at one time), impersonators
(addresses), gzip, recompute (DisplayName is made anew), foreign (refuse,
skip: properties that an item of its kind cannot have, in GetItem),
autodiscover (address: ["Address" or "Url", where it leads to]), inside
(Autodiscover names no server for those outside).
"""
from lxml import etree

import serve
from ewsops import Request
from ewsprops import fill, path_of
from ewssoap import T, local, t
from ewsstate import Item


class Faults:
    """What goes wrong: each says of which requests (`op`, default all), how
    many pass before (`skip`, 0) and how often (`times`, 1; 0: for ever).

	fault code values status	a SOAP fault: ErrorServerBusy with values
					{"BackOffMilliseconds": 1500} ...
	item code at values		the things of a batch at these places
	status status head body		an HTTP status, as IIS gives it
	delay seconds			the answer comes late
	deaf				the connection is closed at once
	drop				it is done, and no answer comes
	hold				the same, until the client goes away
	cut part			it is done, a part of the answer comes
	do what				a command, done before the request is
	dodgy				characters that XML does not have
    """

    KINDS = ('fault', 'item', 'status', 'delay', 'deaf', 'drop', 'hold',
             'cut', 'do', 'dodgy')

    def __init__(self):
        self.all = []

    def add(self, what):
        if what['kind'] not in self.KINDS:
            raise ValueError('no such fault: %s' % what['kind'])
        self.all.append(dict({'op': '*', 'skip': 0, 'times': 1}, **what))

    def of(self, operation):
        """Those that a request of this operation meets."""
        out = []
        for f in list(self.all):
            if f['op'] not in ('*', operation):
                continue
            if f['skip']:
                f['skip'] -= 1
                continue
            out.append(f)
            if f['times'] == 1:
                self.all.remove(f)
            elif f['times'] > 1:
                f['times'] -= 1
        return out


def counters(server):
    return dict({'requests': 0, 'mails': 0, 'invalid': 0, 'unknown': 0,
                 'crashed': 0, 'refused': 0, 'misrouted': 0, 'no-anchor': 0,
                 '401': 0}, **server.counts, open=server.open)


def do(server, what):
    what = dict(what)
    return COMMANDS[what.pop('do')](server, **what)


# Which.

def folder_of(server, name):
    first, *rest = name.split('/')
    if first == 'public':
        at = server.state.public_root
    else:
        box = server.state.mailboxes[first]
        at = box.folders[rest.pop(0)]
    for part in rest:
        at = next(c for c in at.children if c.name == part)
    return at


def item_of(server, id=None, folder=None, subject=None, index=None):
    if id is not None:
        item = server.operations.known_item(id)
    else:
        request = owner(server, folder_of(server, folder))
        item = next(i for i in folder_of(server, folder).items.values()
                    if subject_of(server, i, request) == subject)
    return item if index is None else server.model.occurrence(item, index)


def owner(server, folder):
    """A request of whom a folder belongs to: of Outlook's, say."""
    box = folder.mailbox
    if box.public:
        box = server.state.mailboxes['alice@example.test']
    request = Request('UpdateItem', {}, box)
    request.version = 'Exchange2013_SP1'
    return request


def subject_of(server, item, request):
    e = server.model.value(item, 'Subject', request)
    return None if e is None else e.text


# Commands.

def reset(server):
    """All but what must be 0 from beginning to end."""
    for name in list(server.counts):
        if name not in ('mails', 'loud', 'invalid', 'crashed', 'refused'):
            del server.counts[name]
    return {}


def settings(server, **names):
    for name, value in names.items():
        if name == 'recompute':
            server.model.recompute = value
        elif name in server.settings:
            server.settings[name] = value
        else:
            raise ValueError('no such setting: ' + name)
    return {}


def fault(server, **what):
    server.faults.add(what)
    return {}


def clear(server):
    server.faults.all.clear()
    return {}


def listing(server, folder):
    at = folder_of(server, folder)
    request = owner(server, at)
    return {'items': [{
        'id': server.state.item_id(i), 'element': i.element,
        'key': server.state.change_key(i.element, i.last),
        'subject': subject_of(server, i, request)}
        for i in at.items.values()]}


def dump(server, **which):
    item = item_of(server, **which)
    request = owner(server, item.folder)
    names = set(item.props)
    if item.element == 'CalendarItem':
        names |= {'ModifiedOccurrences', 'DeletedOccurrences',
                  'CalendarItemType', 'ReminderIsSet',
                  'ReminderMinutesBeforeStart'}
    out = {'element': item.element, 'text': {}, 'xml': {}, 'ext': {},
           'id': server.state.item_id(item), 'attachments': [
               {'name': a.name, 'size': len(a.content), 'fields': a.fields}
               for a in item.attachments],
           'key': server.state.change_key(item.element, item.last),
           'deleted': sorted(item.deleted),
           'exceptions': sorted(item.exceptions)}
    for name in sorted(names):
        e = server.model.value(item, name, request)
        if e is not None:
            out['text'][name] = e.text
            out['xml'][name] = etree.tostring(e, encoding='unicode')
    for key, (kind, values) in item.ext.items():
        out['ext']['/'.join(str(k) for k in key)] = [kind] + values
    return out


def value(server, field, **which):
    return dump(server, **which)['text'].get(field) or ''


def edit(server, field, value, **which):
    item = item_of(server, **which)
    request = owner(server, item.folder)
    uri, slash, index = field.partition('/')
    e = t('IndexedFieldURI' if slash else 'FieldURI', FieldURI=uri)
    if slash:
        e.set('FieldIndex', index)
    path = path_of(e)
    given = None
    if value is not None:
        given = t(item.element)
        given.append(element_of(path, value))
    server.operations.update(item, request, [(
        'SetItemField' if given is not None else 'DeleteItemField', path, e,
        given)])
    return {'key': server.state.change_key(item.element, item.last)}


def element_of(path, value):
    if value.startswith('<') and path != ('f', 'Body'):
        return parse(value)
    if path[0] == 'f':
        e = t(path[1], value)
        if path[1] == 'Body':
            e.set('BodyType', 'HTML' if '</' in value else 'Text')
        return e
    entry = t('Entry', value if path[0] == 'd' else None, Key=path[2])
    if path[0] == 'a':
        entry.append(t(path[1], value))
    return t(path[1] if path[0] == 'd' else 'PhysicalAddresses', None, entry)


def parse(text):
    return etree.fromstring('<x xmlns:t="%s" xmlns="%s">%s</x>' % (
        T, T, text))[0]


def delete(server, how='HardDelete', **which):
    item = item_of(server, **which)
    server.operations.delete(item, owner(server, item.folder), how)
    return {}


def move(server, to, **which):
    item = item_of(server, **which)
    to = folder_of(server, to)
    server.state.move(item, to, owner(server, to).user.name)
    return {'id': server.state.item_id(item)}


def add(server, folder, xml):
    at = folder_of(server, folder)
    request = owner(server, at)
    given = parse(xml)
    item = Item(local(given))
    item.folder = at
    fill(item, given)
    server.model.settle(item, request, [('f', n) for n in item.props])
    server.state.add(at, item, request.user.name)
    return {'id': server.state.item_id(item)}


def expire(server):
    server.state.generation += 1
    return {}


def renumber(server, mailbox):
    """All items and folders of a mailbox are others to a client."""
    box = server.state.mailboxes[mailbox]
    state = server.state
    for folder in [f for f in state.folders.values() if f.mailbox is box]:
        key = state.keys.pop(folder.number)
        del state.folders[folder.number]
        folder.number = state.next_number()
        state.folders[folder.number], state.keys[folder.number] = folder, key
        folder.gone = {}
        items = list(folder.items.values())
        folder.items = {}
        for item in items:
            del state.items[item.number]
            item.number = state.next_number()
            state.items[item.number] = folder.items[item.number] = item
    return {}


def make_folder(server, folder, kind, name=None):
    parent, last = folder.rsplit('/', 1)
    at = folder_of(server, parent)
    made = server.state.add_folder(at.mailbox, at, name or last, kind)
    made.replica = at.replica
    return {'id': server.state.folder_id(made)}


def remove_folder(server, folder):
    server.state.remove_folder(folder_of(server, folder))
    return {}


def delegate(server, mailbox, to, rights):
    server.state.mailboxes[mailbox].delegates[to] = set(rights)
    return {}


COMMANDS = {'reset': reset, 'set': settings, 'fault': fault, 'clear': clear,
            'list': listing, 'dump': dump, 'edit': edit, 'delete': delete,
            'move': move, 'add': add, 'expire': expire,
            'renumber': renumber, 'folder': make_folder,
            'unfolder': remove_folder, 'delegate': delegate,
            'value': value, **serve.plain(counters, listing)}
