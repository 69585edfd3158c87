#!/usr/bin/python3
"""A server of Exchange Web Services with real state, for tests.

usage: ews.py [-a METHODS] [-c CERT -k KEY] [-m MATERIAL] [-s] DIRECTORY

Listens on a free loopback port, which it writes to DIRECTORY/ews.port once
it does; ews.log there has a line for each request.  Its URL is
http://127.0.0.1:PORT/EWS/Exchange.asmx.  METHODS are those of signing in,
`basic` if none are named, of: basic ntlm bearer none, with commas.  With -s
all that it keeps is in DIRECTORY/ews.state after each request, and is read
from there at the start.  MATERIAL is ../shared/material beside the checkout.
Run it as `/usr/bin/python3 -I tests/servers/ews.py`; needs python3-lxml.

Mailboxes are alice, bob, team (shared: alice reads and writes, bob reads)
and service (may impersonate) @example.test; every password is `s3cret`, a
bearer token is `token-NAME`.  Alice has contacts/Second/Third, and so in
calendar and tasks; the public folders are Office/{Customers, Suppliers,
Holidays, Chores}, the content of Suppliers and Holidays in another mailbox
than the hierarchy.  Autodiscover is at /autodiscover/autodiscover.xml (POX)
and autodiscover.svc (GetUserSettings).

GET /control tells the counters as JSON, POST /control does what a test
wants, see ewscontrol.py.  `mails` is how many Exchange would have sent,
`invalid` how many answers were not by the schema: both must be 0.

(1) Each request is validated by Microsoft's schema, and refused as Exchange
    refuses it; each answer is validated too, and one that is invalid is
    counted, logged and sent as a fault that says so.
(2) A behaviour has a source, named where it is: a recording, a page of the
    documentation, the schema.  What has none is refused with a fault that
    says "the test server does not know ...".
"""
import argparse
import base64
import gzip
import http.server
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lxml import etree	# noqa: E402

import ewsauto	# noqa: E402
import ewscontrol	# noqa: E402
import ewsmime	# noqa: E402
import ewssoap	# noqa: E402
import ewsstate	# noqa: E402
import serve	# noqa: E402
from ewsitems import Model	# noqa: E402
from ewsops import Operations, Request	# noqa: E402
from ewsrecur import Zones	# noqa: E402
from ewssoap import NS, Fault, Refused, local	# noqa: E402

PASSWORD = 's3cret'
PATH = '/ews/exchange.asmx'
OPERATION = re.compile(rb'Body[^>]*>\s*<(?:\w+:)?(\w+)')
MAXIMUM = 64 << 20		# of a request
HELPER = ['ntlm_auth', '--helper-protocol=squid-2.5-ntlmssp',
          '--username=alice', '--domain=EXAMPLE', '--password=' + PASSWORD]


class Server(serve.Counting):
    def __init__(self, where, material, methods, keep):
        super().__init__(('127.0.0.1', 0), Handler)
        self.where, self.methods = where, methods
        self.lock = threading.RLock()
        self.busy = 0			# requests that are being answered
        self.kept = os.path.join(where, 'ews.state') if keep else None
        self.log = open(os.path.join(where, 'ews.log'), 'a')
        if self.kept and os.path.exists(self.kept):
            self.state = ewsstate.load(self.kept)
        else:
            self.state = ewsstate.State()
            ewsstate.populate(self.state)
        self.schema = ewssoap.Schema(material)
        self.model = Model(self.state, self.schema, Zones(material), ewsmime)
        self.operations = Operations(self.state, self.schema, self.model)
        self.counts = self.operations.counts
        self.settings = self.operations.settings
        self.settings.update(impersonators=['service@example.test'],
                             connections=0, gzip=False, autodiscover={},
                             inside=False)
        self.faults = ewscontrol.Faults()
        self.not_before = 0		# the pause that was asked for

    def say(self, *words):
        self.log.write(' '.join(str(w) for w in words) + '\n')
        self.log.flush()

    def url(self):
        return '%s://127.0.0.1:%d/EWS/Exchange.asmx' % (
            'https' if isinstance(self.socket, ssl.SSLSocket) else 'http',
            self.server_address[1])

    # A request of SOAP.

    def answer(self, data, headers, caller, planned):
        """(status, the bytes of the answer)"""
        request = Request('-', headers, caller)
        try:
            document = self.checked(data)
            op = document.find('s:Body', NS)[0]
            request.operation = local(op)
            self.read_header(document, request)
            self.operations.item_faults = [f for f in planned
                                           if f['kind'] == 'item']
            self.counts['op:' + request.operation] += 1
            self.raise_planned(planned)
            messages = self.operations.perform(op, request)
            self.count_items(request.operation, messages)
            body = ewssoap.responses(request.operation, messages)
            out, status = ewssoap.envelope(body), 200
        except Refused as r:
            # One that is of no item is of the whole request.
            out, status = ewssoap.fault(Fault(r.code, r.text,
                                              r.values)), 500
        except Fault as f:
            if 'the test server does not know' in f.text:
                self.counts['unknown'] += 1
                self.say('unknown', request.operation, f.text)
            out, status = ewssoap.fault(f), f.status
        except Exception:
            self.counts['crashed'] += 1
            self.say('crash', traceback.format_exc())
            out = ewssoap.fault(Fault('ErrorInternalServerError',
                                      'the test server failed, see ews.log'))
            status = 500
        request.status = status
        return request, status, self.validated(request, out)

    def checked(self, data):
        """(1)"""
        document = ewssoap.parse(data)
        wrong = self.schema.why_not(document)
        if wrong is None and local(document) != 'Envelope':
            wrong = 1, 'there is no envelope'
        if wrong is not None:
            self.counts['refused'] += 1
            self.say('invalid request', *wrong)
            if "'t:RequestServerVersion', attribute 'Version'" in wrong[1]:
                # responsecode.md; exchangelib tries an older one then.
                raise Fault('ErrorInvalidServerVersion',
                            'The requested server version is invalid.')
            raise ewssoap.invalid(*wrong)
        return document

    def validated(self, request, out):
        wrong = self.schema.why_not(out)
        if wrong is not None:
            self.counts['invalid'] += 1
            self.say('invalid answer', request.operation, *wrong)
            self.say(etree.tostring(out, encoding='unicode'))
            out = ewssoap.fault(Fault('ErrorInternalServerError', 'the test '
                                      'server answered against the schema: '
                                      + wrong[1]))
        return etree.tostring(out, xml_declaration=True, encoding='utf-8')

    def count_items(self, operation, messages):
        for e in messages:
            self.counts['items:' + operation] += 1
            code = e.findtext('m:ResponseCode', None, NS)
            if code != 'NoError':
                self.counts['code:' + code] += 1
                self.say('error', operation, code, ' '.join(
                    x.get('FieldURI') or etree.tostring(x).decode()
                    for x in e.iterfind('m:MessageXml/*', NS)))

    def raise_planned(self, planned):
        for f in planned:
            if f['kind'] == 'fault':
                raise Fault(f['code'], ewssoap.TEXT.get(f['code'], f['code']),
                            f.get('values'), f.get('status', 500))

    def read_header(self, document, request):
        head = document.find('s:Header', NS)
        if head is None:
            return
        version = head.find('t:RequestServerVersion', NS)
        if version is not None:
            request.version = version.get('Version')
        zone = head.find('t:TimeZoneContext/t:TimeZoneDefinition', NS)
        if zone is not None:
            request.zone = self.model.zones.check(zone.get('Id') or '')
        who = head.find('t:ExchangeImpersonation/t:ConnectingSID', NS)
        if who is not None:
            request.user = self.impersonated(who[0], request)
        known = {'RequestServerVersion', 'TimeZoneContext',
                 'ExchangeImpersonation', 'MailboxCulture',
                 'DateTimePrecision'}
        for e in head:
            if local(e) not in known:
                raise ewssoap.Unknown('the header ' + local(e))

    def impersonated(self, e, request):
        if local(e) not in ('PrimarySmtpAddress', 'SmtpAddress',
                            'PrincipalName'):
            raise ewssoap.Unknown('impersonation by ' + local(e))
        # responsecode.md: ErrorInvalidExchangeImpersonationHeaderData,
        # ErrorNonExistentMailbox, ErrorImpersonateUserDenied.
        if not e.text:
            raise Refused('ErrorInvalidExchangeImpersonationHeaderData')
        box = self.operations.mailbox(e.text)
        if request.caller.address not in self.settings['impersonators'] and \
                request.caller is not box:
            raise Refused('ErrorImpersonateUserDenied',
                          'The account does not have permission to '
                          'impersonate the requested user.')
        # D: impersonation-and-ews: X-AnchorMailbox goes with it.
        anchor = request.headers.get('x-anchormailbox', '')
        if self.state.mailbox_of(anchor) is None:
            self.counts['no-anchor'] += 1
        return box


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    helper = caller = None

    def log_message(self, *words):
        pass

    def finish(self):
        if self.helper is not None:
            self.helper.stdin.close()
            self.helper.stdout.close()
            self.helper.wait()
        super().finish()

    def reply(self, status, data, kind='text/xml; charset=utf-8', head=()):
        if self.server.settings['gzip'] and 'gzip' in self.headers.get(
                'Accept-Encoding', '') and len(data) > 200:
            data = gzip.compress(data)
            head = list(head) + [('Content-Encoding', 'gzip')]
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        for name, value in head:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        self.server.counts['sent'] += len(data)

    def body(self):
        if 'chunked' in self.headers.get('Transfer-Encoding', ''):
            out = b''
            while True:
                n = int(self.rfile.readline().split(b';')[0], 16)
                out += self.rfile.read(n)
                self.rfile.readline()
                if n == 0:
                    return out
        n = int(self.headers.get('Content-Length') or 0)
        if n > MAXIMUM:
            raise ValueError('a request of %d bytes' % n)
        return self.rfile.read(n)

    def do_GET(self):
        path = self.path.split('?')[0].lower()
        if path == '/control':
            with self.server.lock:
                data = ewscontrol.counters(self.server)
            self.reply(200, json.dumps(data, sort_keys=True).encode(),
                       'application/json')
        elif path == PATH and self.signed_in(b''):
            # DavMail asks for this first; Exchange shows its WSDL then.
            self.reply(200, b'<html>Service</html>', 'text/html')
        elif path != PATH:
            self.reply(404, b'', 'text/html')

    def do_POST(self):
        data = self.body()
        path = self.path.split('?')[0].lower()
        if path == '/control':
            return self.control(data)
        self.server.counts['requests'] += 1
        self.server.counts['received'] += len(data)
        if path not in (PATH, ewsauto.POX, ewsauto.SVC):
            return self.reply(404, b'', 'text/html')
        found = OPERATION.search(data) if path == PATH else None
        with self.server.lock:
            self.server.counts['early'] += \
                time.monotonic() < self.server.not_before
            planned = self.server.faults.of(
                found.group(1).decode() if found else
                'Autodiscover' if path != PATH else '-')
        if self.http_fault(planned):
            return None
        if not self.signed_in(data):
            return None
        if path != PATH:
            with self.server.lock:
                status, out = ewsauto.answer(self.server, path, data)
            return self.reply(status, out)
        return self.soap(data, planned)

    def control(self, data):
        with self.server.lock:
            try:
                done = ewscontrol.do(self.server, json.loads(data or b'{}'))
                status = 200
            except Exception as e:
                done = {'error': '%s: %s' % (type(e).__name__, e)}
                self.server.say('control', traceback.format_exc())
                status = 400
            self.keep()
        self.reply(status, serve.told(done), 'application/json')

    def keep(self):
        if self.server.kept:
            self.server.state.save(self.server.kept)

    def soap(self, data, planned):
        headers = {k.lower(): v for k, v in self.headers.items()}
        server = self.server
        with server.lock:
            server.busy += 1
            most = server.settings['connections']
            crowd = most and server.busy > most
            server.counts['busiest'] = max(server.counts['busiest'],
                                           server.busy)
        try:
            if most:
                time.sleep(0.1)		# or none would be at the same time
            if crowd:
                planned = planned + [dict(
                    kind='fault', code='ErrorExceededConnectionCount')]
            with server.lock:
                for f in planned:
                    if f['kind'] == 'do':
                        ewscontrol.do(server, f['what'])
                request, status, out = server.answer(
                    data, headers, self.caller, planned)
                for f in planned:
                    server.not_before = max(
                        server.not_before, time.monotonic() + f.get(
                            'values', {}).get('BackOffMilliseconds', 0) / 1e3)
                self.keep()
        finally:
            with server.lock:
                server.busy -= 1
        server.say(request.operation, status, len(data), len(out),
                   self.caller.address)
        if not self.spoiled(planned, status, out):
            self.reply(status, out)

    def http_fault(self, planned):
        """An answer of IIS, before Exchange saw anything."""
        for f in planned:
            if f['kind'] == 'status':
                self.reply(f['status'], f.get('body', '').encode(),
                           f.get('type', 'text/html'),
                           list(f.get('head', {}).items()))
                return True
            if f['kind'] == 'delay':
                time.sleep(f['seconds'])
            if f['kind'] == 'deaf':
                self.close_connection = True
                return True
        return False

    def spoiled(self, planned, status, out):
        """What was done is done; its answer does not arrive whole."""
        for f in planned:
            if f['kind'] == 'drop':
                self.close_connection = True
                return True
            if f['kind'] == 'hold':
                with self.server.lock:
                    self.server.counts['held'] += 1
                self.rfile.read(1)
                self.close_connection = True
                return True
            if f['kind'] == 'cut':
                self.send_response(status)
                self.send_header('Content-Type', 'text/xml; charset=utf-8')
                self.send_header('Content-Length', str(len(out)))
                self.end_headers()
                self.wfile.write(out[:int(len(out) * f.get('part', 0.5))])
                self.close_connection = True
                return True
            if f['kind'] == 'dodgy':
                # Exchange sends characters that XML does not have:
                # responses/viewpoint/dodgy_ews_response.xml
                self.reply(status, out.replace(b'</t:Subject>',
                                               b'&#x1;&#x8;</t:Subject>'))
                return True
        return False

    # Signing in.

    def signed_in(self, data):
        methods = self.server.methods
        if self.caller is not None and 'ntlm' in methods and \
                'Authorization' not in self.headers:
            return True		# NTLM is of a connection
        if 'none' in methods:
            self.caller = self.user('alice')
            return True
        given = self.headers.get('Authorization', ' ').split(' ', 1)
        how = given[0].lower()
        if how in methods and len(given) == 2:
            if how == 'ntlm':
                return self.ntlm(given[1].strip())
            self.caller = getattr(self, how)(given[1].strip())
            if self.caller is not None:
                return True
        self.server.counts['401'] += 1
        self.reply(401, b'', 'text/html', [
            ('WWW-Authenticate', {'basic': 'Basic realm="127.0.0.1"',
                                  'ntlm': 'NTLM', 'bearer': 'Bearer'}[m])
            for m in methods])
        return False

    def user(self, name):
        """alice, alice@example.test or EXAMPLE\\alice"""
        name = name.rsplit('\\', 1)[-1].split('@')[0].lower()
        return self.server.state.mailboxes.get(name + '@example.test')

    def basic(self, text):
        try:
            name, _, password = base64.b64decode(text).decode().partition(
                ':')
        except ValueError:
            return None
        return self.user(name) if password == PASSWORD else None

    def bearer(self, text):
        return self.user(text[6:]) if text.startswith('token-') else None

    def ntlm(self, text):
        """winbind's helper says what the three messages of NTLM say."""
        if self.helper is None:
            self.helper = subprocess.Popen(HELPER, stdin=subprocess.PIPE,
                                           stdout=subprocess.PIPE,
                                           stderr=subprocess.DEVNULL)
        first = base64.b64decode(text)[8:9] == b'\1'
        self.helper.stdin.write(b'%s %s\n' % (b'YR' if first else b'KK',
                                              text.encode()))
        self.helper.stdin.flush()
        code, _, rest = self.helper.stdout.readline().decode().strip() \
            .partition(' ')
        if code == 'AF':
            self.caller = self.user('alice')
            return True
        self.caller = None
        self.server.counts['401'] += 1
        self.reply(401, b'', 'text/html', [(
            'WWW-Authenticate', 'NTLM ' + rest if code == 'TT' else 'NTLM')])
        return False


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(prog='ews.py')
    p.add_argument('-a', default='basic')
    p.add_argument('-c')
    p.add_argument('-k')
    p.add_argument('-m', default=os.path.join(here, '../../../shared/'
                                              'material'))
    p.add_argument('-s', action='store_true')
    p.add_argument('directory')
    o = p.parse_args()
    server = Server(o.directory, o.m, o.a.split(','), o.s)
    if o.c:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(o.c, o.k)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    port = os.path.join(o.directory, 'ews.port')
    with open(port + '.new', 'w') as f:
        f.write('%d\n' % server.server_address[1])
    os.rename(port + '.new', port)
    server.serve_forever()


if __name__ == '__main__':
    main()
