"""What a test tells graph.py to do, and asks it: /control.

GET is the counters:

	requests		of HTTP to Graph, without those for tokens
	tokens, 401		requests for tokens; not signed in
	batches, parts, widest	of $batch; most parts in one
	op:METHOD PATH		requests and parts, by label (see label())
	status:N		answers and parts
	busiest, over		most in flight of an app and tenant; refused
				for that
	connections		open now, that of the one who asks too
	mails, invalid, crashed	must be 0: mails that Exchange would have
				sent, answers against the schema, failures
	unknown			what has no source; also on stderr
	early			asked again before the pause was over: 0, too
	refused			requests against the schema
	mutable			contacts and events told with an id that another
				folder changes: to one who asks for no other
	mixed			an immutable id by one who does not ask for
				such: the header was forgotten somewhere

POST takes a JSON object; `do` says what, and the answer is JSON, with
`error` and status 400 where that failed:

	reset			the counters, but those that must be 0
	fresh			all is as at the start, and all counters 0
	set NAME: VALUE ...	settings, see graph.py
	fault KIND ...		what goes wrong, see Faults
	clear			nothing goes wrong any more
	list folder		its items: id, key, subject
	count folder		how many items it has, as plain text,
				as are the answers of these:
	subjects folder		theirs, one a line
	marks folder		their ids and keys
	value (which) field	of a property: its text; an array sorted
	counter name		one of the counters, 0 if it is none
	dump (which)		an item: props, ext, extensions, ...
	edit (which) field value	one property, as Outlook would; null: none.
				`date` (2026-03-04): of that occurrence
	cancel (which) date	takes an occurrence out
	delete (which)		to Deleted Items; `hard`: for ever
	move (which) to		to another folder
	add folder props ext	an item
	photo (which) base64
	expire			no delta token is good any more
	expire_tokens		no access token is
	renumber mailbox	all ids of a mailbox are new
	folder folder		makes one
	unfolder folder		deletes one, with what is in it
	rename folder name	another name for one; its id is in the answer
	address mailbox to	another address for one
	rights rights		the roles of the application
	secret secret		of the application
	certificate pem		one more of the application
	consent who code	to a device code: alice@..., declined, expired

A folder is "alice@one.example.test/contacts/Second", also /events, /tasks
and /bin; (which) is `folder` and `subject`, or `id`.  What a person does here
goes past the requests, their checks and their defaults.
"""
import base64
import datetime
import fnmatch
import json

import graphstate
import serve
from graphstate import Item

TITLE = {'contacts': 'displayName', 'events': 'subject', 'tasks': 'title'}
WORDS = {'contacts', 'contactFolders', 'childFolders', 'delta', 'photo',
         '$value', 'extensions', 'calendar', 'calendars', 'events',
         'calendarView', 'instances', 'attachments', 'todo', 'lists', 'tasks',
         'linkedResources', 'checklistItems', '$batch', 'outlook', 'token',
         'devicecode', 'translateExchangeIds', 'supportedTimeZones',
         'calendarGroups'}


def label(method, path):
    """"PATCH contacts/{id}", "POST $batch", "POST token"."""
    parts = [p for p in path.split('?')[0].strip('/').split('/')
             if p not in ('v1.0', 'oauth2', 'v2.0')]
    if parts and parts[0] == 'users':
        parts = parts[2:]
    elif parts and (parts[0] == 'me' or parts[-1] in ('token',
                                                      'devicecode')):
        parts = parts[1:]
    return method + ' ' + '/'.join(
        p if p in WORDS else '{id}' for p in parts)


class Faults:
    """What goes wrong: each says of which requests or parts of a batch (`op`,
    a pattern over their labels), how many pass before (`skip`, 0), how often
    (`times`, 1; 0: for ever), and `every`: only each so many-th.

	status status code text head	an answer that refuses; with body, a
					text, it is no JSON
	delay seconds			it comes late
	deaf				the connection is closed at once
	drop				it is done, and no answer comes
	cut part			it is done, a part of the answer comes
	do what				a command, done before the request is
    """

    KINDS = ('status', 'delay', 'deaf', 'drop', 'cut', 'do')

    def __init__(self):
        self.all = []

    def add(self, what):
        if what['kind'] not in self.KINDS:
            raise ValueError('no such fault: %s' % what['kind'])
        self.all.append(dict({'op': '*', 'skip': 0, 'times': 1, 'every': 1,
                              'met': 0}, **what))

    def of(self, name):
        out = []
        for f in list(self.all):
            if not fnmatch.fnmatchcase(name, f['op']):
                continue
            f['met'] += 1
            if f['met'] <= f['skip'] or \
                    (f['met'] - f['skip']) % f['every'] != 0:
                continue
            out.append(f)
            if f['times'] == 1:
                self.all.remove(f)
            elif f['times'] > 1:
                f['times'] -= 1
        return out


def counters(server):
    return dict({'requests': 0, 'mails': 0, 'invalid': 0, 'unknown': 0,
                 'crashed': 0, 'refused': 0, '401': 0, 'mixed': 0},
                **server.counts, connections=server.open)


def do(server, what):
    what = dict(what)
    return COMMANDS[what.pop('do')](server, **what)


# Which.

def folder_of(server, name):
    address, kind, *rest = name.split('/')
    box = server.state.boxes[address]
    at = box.bin if kind == 'bin' else box.default[kind]
    for part in rest:
        at = next(c for c in at.children if c.name == part)
    return at


def item_of(server, id=None, folder=None, subject=None):
    if id is not None:
        return server.state.find(id)[0]
    return next(i for i in folder_of(server, folder).items.values()
                if i.props.get(TITLE[i.kind]) == subject)


# Commands.

KEEP = ('mails', 'invalid', 'crashed', 'unknown', 'early')


def reset(server):
    for name in list(server.counts):
        if name not in KEEP:
            del server.counts[name]
    return {}


def fresh(server):
    server.begin(graphstate.State())
    graphstate.populate(server.state)
    server.counts.clear()
    return {}


def settings(server, **names):
    for name, value in names.items():
        if name not in server.settings:
            raise ValueError('no such setting: ' + name)
        server.settings[name] = value
    return {}


def fault(server, **what):
    server.faults.add(what)
    return {}


def clear(server):
    server.faults.all.clear()
    server.pauses.clear()
    return {}


def listing(server, folder):
    at = folder_of(server, folder)
    return {'items': [{
        'id': server.state.item_id(i, True),
        'key': server.state.change_key(i) + ''.join(
            '+%d' % e.last for _, e in sorted(i.exceptions.items())),
        'subject': i.props.get(TITLE[i.kind])} for i in at.items.values()]}


def dump(server, **which):
    item = item_of(server, **which)
    plain = lambda i: {k: str(v) if isinstance(
        v, (datetime.date, datetime.datetime)) else v
        for k, v in i.props.items()}
    return {'id': server.state.item_id(item, True), 'props': plain(item),
            'key': server.state.change_key(item), 'ext': item.ext,
            'extensions': item.extensions, 'linked': item.linked,
            'attachments': [{k: v for k, v in a.items() if k != 'bytes'}
                            for a in item.attachments],
            'photo': item.photo and base64.b64encode(item.photo[1]).decode(),
            'cancelled': sorted(str(d) for d in item.cancelled),
            'exceptions': {str(d): plain(e)
                           for d, e in item.exceptions.items()}}


def value(server, field, **which):
    it = dump(server, **which)['props'].get(field)
    if isinstance(it, dict):
        it = it.get('displayName') or it.get('content')
    elif isinstance(it, list):
        it = ' '.join(sorted(it))
    return it if isinstance(it, str) else json.dumps(it) if it else ''


def edit(server, field, value, date=None, **which):
    item = item_of(server, **which)
    if date is not None:
        server.events.make_exception(
            item, datetime.date.fromisoformat(date)).props[field] = value
        server.events.touch_exception(
            item, datetime.date.fromisoformat(date))
    elif '/' in field:			# homeAddress/city
        field, part = field.split('/')
        item.props[field] = dict(item.props.get(field) or {},
                                 **{part: value})
        server.state.touch(item, [field])
    else:
        item.props[field] = value
        server.state.touch(item, [field])
    return {'key': server.state.change_key(item)}


def cancel(server, date, **which):
    item = item_of(server, **which)
    server.events.cancel(item, datetime.date.fromisoformat(date))
    return {}


def delete(server, hard=False, **which):
    item = item_of(server, **which)
    server.state.delete(item)
    if hard:
        server.state.delete(item)
    return {}


def move(server, to, **which):
    item = item_of(server, **which)
    server.state.move(item, folder_of(server, to))
    return {'id': server.state.item_id(item, True)}


def add(server, folder, props, ext=None):
    at = folder_of(server, folder)
    item = Item(at.kind)
    item.ext.update(ext or {})
    server.model(at.kind).outlook(item, props)
    server.state.add(at, item)
    return {'id': server.state.item_id(item, True)}


def photo(server, data, **which):
    item = item_of(server, **which)
    server.contacts.put_photo(item, 'image/jpeg', base64.b64decode(data))
    server.state.touch(item)
    return {}


def expire(server):
    server.state.generation += 1
    return {}


def expire_tokens(server):
    server.sign.expire()
    return {}


def renumber(server, mailbox):
    """As if each were taken out of an archive: outlook-immutable-id.md."""
    state = server.state
    state.generation += 1
    for folder in [f for f in state.folders.values()
                   if f.box.address == mailbox]:
        items = list(folder.items.values())
        folder.items, folder.gone = {}, {}
        for item in items:
            del state.items[item.number]
            item.number = item.place = state.next_number()
            state.items[item.number] = folder.items[item.number] = item
    return {}


def make_folder(server, folder):
    parent, name = folder.rsplit('/', 1)
    at = folder_of(server, parent)
    return {'id': server.state.folder_id(
        server.state.add_folder(at.box, at.kind, name, at))}


def remove_folder(server, folder):
    server.state.remove_folder(folder_of(server, folder))
    return {}


def rename(server, folder, name):
    at = folder_of(server, folder)
    at.name = name
    return {'id': server.state.folder_id(at)}


def address(server, mailbox, to):
    box = server.state.boxes.pop(mailbox)
    box.address = to
    server.state.boxes[to] = box
    return {}


def rights(server, rights):
    server.sign.rights = set(rights)
    return {}


def secret(server, secret):
    server.sign.secret = secret
    return {}


def certificate(server, pem):
    server.sign.certify(pem)
    return {}


def consent(server, who, code=None):
    return server.sign.consent(who, code)


COMMANDS = {'reset': reset, 'fresh': fresh, 'set': settings,
            'fault': fault, 'clear': clear, 'list': listing, 'dump': dump,
            'value': value, 'edit': edit, 'cancel': cancel,
            'delete': delete, 'move': move, 'add': add, 'photo': photo,
            'expire': expire, 'expire_tokens': expire_tokens,
            'renumber': renumber, 'folder': make_folder,
            'unfolder': remove_folder, 'rename': rename, 'rights': rights,
            'address': address,
            'secret': secret, 'certificate': certificate, 'consent': consent,
            **serve.plain(counters, listing)}
