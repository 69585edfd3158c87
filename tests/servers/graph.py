#!/usr/bin/python3
"""A server of Microsoft Graph with real state, for tests.

usage: graph.py [-m MATERIAL] [-s] DIRECTORY

Listens on a free loopback port, which it writes to DIRECTORY/graph.port once
it does; graph.log there has a line for each request.  With -s all that it
keeps is in DIRECTORY/graph.state after each request, and is read from there
at the start.  MATERIAL is ../shared/material beside the checkout.  Run it as
`/usr/bin/python3 -I tests/servers/graph.py`; needs python3-jsonschema,
python3-cryptography and python3-lxml.

http://127.0.0.1:PORT/v1.0 is Graph, http://127.0.0.1:PORT/TENANT/oauth2/v2.0
where one signs in (graphsign.py).  Tenants are one.example.test with the
mailboxes alice, bob and team (shared with alice), and two.example.test with
carol; all have the default folders and Second beside, contacts Second/Third.
/control is for tests, see graphcontrol.py.

(1) The body of each request is validated by Microsoft's types, and refused;
    each answer is validated too, and one that is not is counted, logged and
    sent as an error that says so.
(2) A behaviour has a source, named where it is.  What has none is answered
    by 501 and a line on stderr.
(3) Who may do what: application permissions reach every mailbox of their
    tenant and never /me (protocols.md 2.3); a person her own mailbox, and
    those shared with her.
(4) Who is told to wait waits so long, in parts of a second too, before the
    same is asked for once more: `early` counts (throttling.md; protocols.md
    2.3, which has one of 2.128).
"""
import argparse
import collections
import json
import os
import sys
import threading
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import graphbatch	# noqa: E402
import graphcontrol	# noqa: E402
import graphlib	# noqa: E402
import graphstate	# noqa: E402
import serve	# noqa: E402
from graphcontacts import Contacts	# noqa: E402
from graphevents import Events	# noqa: E402
from graphlib import JSON, ROOT, Answer, Refused, Request, Unknown	# noqa: E402
from graphsign import Sign	# noqa: E402
from graphtasks import Tasks	# noqa: E402
from graphtime import Times	# noqa: E402

TENANTS = ('one.example.test', 'two.example.test')
RIGHT = {'contacts': 'Contacts', 'contactFolders': 'Contacts',
         'events': 'Calendars', 'calendar': 'Calendars',
         'calendars': 'Calendars', 'calendarView': 'Calendars',
         'todo': 'Tasks'}

# What a test may set.
SETTINGS = {
    'ifmatch': True,		# is If-Match looked at?
    'limit': 4,			# in flight of an app and tenant: 2.3
    'empty': True,		# a first round begins with an empty page
    'repeat': True,		# a page begins with the last one's last row
    'expired': [410, 'SyncStateNotFound'],
    'anywhere': False,		# does an id find what was moved, or deleted?
    'zone': 'Pacific Standard Time',	# of times, unless one is asked for
    'outside': True,		# does a view's delta tell what is not in it?
    'touch': False,		# does an occurrence change its master's etag?
    'todo_recurrence': False,	# does To Do take recurrences?
    'page': 0,			# most of a page, however many are wanted
    'slow': 0,			# seconds that a request is in flight
    'gather': 0,		# seconds that a batch waits, at most, until as
				# many as may be are in flight
    'login': ''}		# under what URL one signs in; here, if empty


class Server(serve.Server):
    def __init__(self, where, material, keep):
        self.lock = threading.RLock()
        self.counts = collections.Counter()
        self.flying = collections.Counter()
        self.pauses = {}		# what was put off, until when
        self.kept = os.path.join(where, 'graph.state') if keep else None
        self.log = open(os.path.join(where, 'graph.log'), 'a')
        self.schema = graphlib.Schema(material)
        self.times = Times(material)
        if self.kept and os.path.exists(self.kept):
            self.begin(graphstate.load(self.kept))
        else:
            self.begin(graphstate.State())
            graphstate.populate(self.state)
        super().__init__(where, 'graph', Handler)

    def begin(self, state):
        self.state = state
        self.settings = dict(SETTINGS)
        self.faults = graphcontrol.Faults()
        self.sign = Sign(TENANTS)
        self.contacts, self.events = Contacts(self), Events(self)
        self.tasks = Tasks(self)

    def asked(self, key):
        """(4)"""
        if time.monotonic() < self.pauses.pop(key, 0) - 0.01:
            self.counts['early'] += 1
            self.say('early', *key[:2])

    def put_off(self, key, answer):
        if answer.status == 429 and 'Retry-After' in answer.head:
            self.pauses[key] = time.monotonic() + float(
                answer.head['Retry-After'])
        elif isinstance(answer.body, bytes) and b'slow_down' in answer.body:
            # RFC 8628, 3.5: the interval (of 1) and 5 seconds more.
            self.pauses[key] = time.monotonic() + 6
        return answer

    def model(self, kind):
        return getattr(self, kind)

    def say(self, *words):
        self.log.write(' '.join(str(w) for w in words) + '\n')
        self.log.flush()

    def refuse(self, request, why):
        """(1); odata-json: a property that the type does not have."""
        self.counts['refused'] += 1
        self.say('refused', request.method, request.path, why)
        raise Refused(400, 'RequestBodyRead', why)

    def refusal(self, r):
        return graphlib.error(r.status, r.code, r.text, r.head, r.inner)

    # One request or part.

    def answer(self, request):
        """Of one that is signed in and meets no fault."""
        name = graphcontrol.label(request.method, request.path)
        try:
            out = self.checked(request, self.route(request))
        except Refused as r:
            out = self.refusal(r)
        except Unknown as u:
            self.counts['unknown'] += 1
            self.say('unknown', name, u)
            print('graph.py: the test server does not know', u,
                  '(%s)' % name, file=sys.stderr, flush=True)
            out = graphlib.error(501, 'NotImplemented', 'the test server '
                                 'does not know %s' % u)
        except Exception:
            self.counts['crashed'] += 1
            self.say('crash', traceback.format_exc())
            out = graphlib.error(500, 'InternalServerError', 'the test '
                                 'server failed, see graph.log')
        if request.applied:
            out.head['Preference-Applied'] = ', '.join(request.applied)
        self.counts['op:' + name] += 1
        self.counts['status:%d' % out.status] += 1
        self.say(name, out.status, request.target,
                 out.body['error']['code'] + ' ' +
                 out.body['error']['message']
                 if out.status >= 400 else '')
        return out

    def checked(self, request, answer):
        """(1)"""
        if answer.kind is None or not isinstance(answer.body, dict):
            return answer
        things = answer.body['value'] if isinstance(
            answer.body.get('value'), list) else [answer.body]
        for thing in things:
            wrong = self.schema.why_not(answer.kind, {
                k: v for k, v in thing.items() if k != '@removed'})
            if wrong is not None:
                self.counts['invalid'] += 1
                self.say('invalid answer', request.target, wrong,
                         json.dumps(thing))
                return graphlib.error(500, 'InternalServerError', 'the test '
                                      'server answered against the schema: '
                                      + wrong)
        return answer

    def route(self, request):
        box, rest = self.mailbox(request)
        if not rest:
            raise Unknown('a user')
        first = rest.pop(0)
        self.allowed(request, box, first)
        if first == 'contacts':
            return self.contacts.collection(
                box, box.default['contacts'], request, rest)
        if first == 'contactFolders':
            return self.contacts.folders(box, request, rest)
        if first in ('events', 'calendar', 'calendars', 'calendarView'):
            return self.events.route(box, request, [first] + rest)
        if first == 'todo':
            return self.tasks.route(box, request, rest)
        if first == 'translateExchangeIds' and request.method == 'POST':
            return self.translate(request)
        raise Unknown(request.path)

    def mailbox(self, request):
        """(3)"""
        parts, caller = request.parts[1:], request.caller
        if parts[:1] == ['me']:
            if caller.user is None:
                # Seen in questions about it; protocols.md 2.3.
                raise Refused(400, 'BadRequest', '/me request is only valid '
                              'with delegated authentication flow.')
            return self.state.boxes[caller.user], parts[1:]
        if parts[:1] != ['users'] or len(parts) < 2:
            raise Unknown(request.path)
        box = next((b for b in self.state.boxes.values()
                    if parts[1].lower() in (b.address, b.guid)), None)
        if box is None or box.tenant != caller.tenant:
            raise Refused(404, 'ErrorInvalidUser', "The requested user '%s' "
                          'is invalid.' % parts[1])
        return box, parts[2:]

    def allowed(self, request, box, first):
        caller = request.caller
        no = Refused(403, 'ErrorAccessDenied',
                     'Access is denied. Check credentials and try again.')
        if caller.user not in (None, box.address) and \
                caller.user not in box.shared:
            raise no
        right = RIGHT.get(first)
        if right is None:
            return
        may = [r for r in caller.rights if r.startswith(right + (
            '.Read' if request.method == 'GET' else '.ReadWrite'))]
        if caller.user not in (None, box.address):
            if first == 'todo':
                # microsoft-graph-toolkit issue 1620, which tells no status:
                # that of To Do's invalidRequest that was recorded.
                raise Refused(400, 'invalidRequest', 'Invalid request',
                              inner='ErrorIncorrectRoutingHint')
            # outlook-get-shared-contacts-folders.md,
            # outlook-get-shared-events-calendars.md
            may = [r for r in may if r.endswith('.Shared')]
        if not may:
            raise no

    def translate(self, request):
        """user-translateexchangeids.md"""
        given = request.body()
        if given.get('sourceIdType') != 'restId' or \
                given.get('targetIdType') != 'restImmutableEntryId':
            raise Unknown('that translation of ids')
        out = []
        for id in given['inputIds']:
            found = self.state.find(id)
            if found is None or isinstance(found[0], graphstate.Folder):
                raise Unknown('an id that cannot be translated')
            out.append({'sourceId': id, 'targetId': self.state.item_id(
                found[0], True)})
        return Answer(200, {'value': out}, 'convertIdResult')


class Handler(serve.Handler):
    def serve(self):
        data = self.body()
        path = self.path.split('?')[0]
        server = self.server
        if path == '/control':
            return self.control(data)
        name = graphcontrol.label(self.command, path)
        key = graphlib.key(self.command, self.path, data)
        with server.lock:
            server.asked(key)
            planned = server.faults.of(name)
            token = not path.startswith(ROOT + '/')
            server.counts['tokens' if token else 'requests'] += 1
        if self.met(planned, key):
            return None
        if token:
            return self.token(path, data, name, planned)
        return self.graph(data, planned, key)

    def base(self):
        return 'http://' + self.headers.get('Host', '')

    def control(self, data):
        server = self.server
        with server.lock:
            try:
                done = graphcontrol.counters(server) \
                    if self.command == 'GET' else \
                    graphcontrol.do(server, json.loads(data or b'{}'))
                status = 200
            except Exception as e:
                done = {'error': '%s: %s' % (type(e).__name__, e)}
                server.say('control', traceback.format_exc())
                status = 400
            self.keep()
        self.reply(status, [('Content-Type', JSON)], serve.told(done))

    def keep(self):
        if self.server.kept:
            self.server.state.save(self.server.kept)

    def token(self, path, data, name, planned):
        server = self.server
        with server.lock:
            server.counts['op:' + name] += 1
            status, body = server.sign.answer(
                self.command, path, data,
                server.settings['login'] or self.base())
            server.say(name, status, path, body.get('error', ''))
        self.send(Answer(status, body), planned)

    def graph(self, data, planned, key):
        server = self.server
        with server.lock:
            for f in planned:
                if f['kind'] == 'do':
                    graphcontrol.do(server, f['what'])
            caller = server.sign.caller(self.headers.get('Authorization'))
        if caller is None:
            with server.lock:
                server.counts['401'] += 1
            # protocols.md 2.4
            return self.send(graphlib.error(
                401, 'InvalidAuthenticationToken', 'Access token has expired '
                'or is not yet valid.', {'WWW-Authenticate': 'Bearer'}), [])
        request = Request(self.command, self.path, dict(self.headers), data,
                          self.base(), caller)
        if request.path == ROOT + '/$batch':
            out = self.batch(request, planned)
        else:
            out = self.flown(request, 1, lambda over: server.put_off(
                key, self.over()) if over else server.answer(request))
        self.send(out, planned)

    def gather(self):
        settings = self.server.settings
        end = time.monotonic() + settings['gather']
        while time.monotonic() < end and \
                self.server.counts['busiest'] < settings['limit']:
            time.sleep(0.01)

    def flown(self, request, width, act, batch=False):
        """While it is in flight; act(how many are too many)."""
        server, who = self.server, (request.caller.client,
                                    request.caller.tenant)
        with server.lock:
            server.flying[who] += width
            most = server.flying[who]
            server.counts['busiest'] = max(server.counts['busiest'], most)
            over = max(0, most - server.settings['limit'])
        try:
            if batch:
                self.gather()
            if server.settings['slow']:
                time.sleep(server.settings['slow'])
            with server.lock:
                out = act(min(over, width))
                self.keep()
                return out
        finally:
            with server.lock:
                server.flying[who] -= width

    def over(self):
        """calcom/cal.diy 343; protocols.md 2.3: 4 at one time."""
        self.server.counts['over'] += 1
        return graphlib.error(429, 'ApplicationThrottled', 'Application is '
                              'over its MailboxConcurrency limit.',
                              {'Retry-After': '0.1'})

    def batch(self, request, planned):
        server = self.server
        with server.lock:
            server.counts['widest'] = max(server.counts['widest'],
                                          graphbatch.size(request))
        try:
            parts = graphbatch.read(request)
        except Refused as r:
            return server.refusal(r)
        except Unknown as u:
            print('graph.py: the test server does not know', u,
                  file=sys.stderr, flush=True)
            server.counts['unknown'] += 1
            return graphlib.error(501, 'NotImplemented', str(u))
        with server.lock:
            server.counts['batches'] += 1
            server.counts['parts'] += len(parts)
            server.counts['op:POST $batch'] += 1
        return self.flown(request, graphbatch.width(parts), lambda over:
                          graphbatch.perform(
                              server, request, lambda r, n: self.part(
                                  r, planned, n >= len(parts) - over)),
                          batch=True)

    def part(self, request, planned, over):
        """Faults of a part: an answer, or of the whole that comes."""
        key = graphlib.key(request.method, request.target, request.raw)
        self.server.asked(key)
        if over:
            return self.server.put_off(key, self.over())
        for f in self.server.faults.of(graphcontrol.label(
                request.method, request.path)):
            if f['kind'] == 'status':
                return self.server.put_off(key, self.refused(f))
            if f['kind'] == 'do':
                graphcontrol.do(self.server, f['what'])
            else:
                planned.append(f)
        return self.server.answer(request)

    def refused(self, f):
        """protocols.md 2.4; a 429 as recorded, with a part of a second."""
        head = dict(f.get('head') or (
            {'Retry-After': '0.128'} if f['status'] == 429 else {}))
        self.server.counts['status:%d' % f['status']] += 1
        if 'body' in f:
            return Answer(f['status'], f['body'].encode(), None,
                          dict(head, **{'Content-Type': 'text/html'}))
        if f['status'] == 429:
            return graphlib.error(429, f.get('code', 'TooManyRequests'),
                                  'Please retry again later.', head)
        return graphlib.error(f['status'], f.get('code', ''),
                              f.get('text', ''), head)

    def met(self, planned, key):
        """Before anything is done."""
        for f in planned:
            if f['kind'] == 'status':
                with self.server.lock:
                    out = self.server.put_off(key, self.refused(f))
                self.send(out, [])
                return True
            if f['kind'] == 'delay':
                time.sleep(f['seconds'])
            if f['kind'] == 'deaf':
                self.close_connection = True
                return True
        return False

    def send(self, answer, planned):
        data = answer.bytes()
        for f in planned:
            if f['kind'] in ('drop', 'deaf'):
                self.close_connection = True
                return
        cut = next((int(len(data) * f.get('part', 0.5)) for f in planned
                    if f['kind'] == 'cut'), None)
        head = list(answer.head.items())
        if data and 'Content-Type' not in answer.head:
            head.append(('Content-Type', JSON))
        self.reply(answer.status, head, data, cut)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(prog='graph.py')
    p.add_argument('-m', default=os.path.join(here, '../../../shared/'
                                              'material'))
    p.add_argument('-s', action='store_true')
    p.add_argument('directory')
    o = p.parse_args()
    Server(o.directory, o.m, o.s).serve_forever()


if __name__ == '__main__':
    main()
