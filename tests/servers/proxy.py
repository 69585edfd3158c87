#!/usr/bin/python3 -I
"""Stand before real servers: sign people in, count, and do damage.

usage: proxy.py DIRECTORY NAME=TARGET ...

TARGET is HOST:PORT or unix:PATH, with a '+' in front where this proxy is to
ask for one of the user:password lines of DIRECTORY/users (Basic).  Each NAME
listens on a loopback port of its own, which stands in DIRECTORY/NAME.port.
It speaks TLS if there is a DIRECTORY/NAME.pem, its certificate and key.
DIRECTORY/NAME.log gets "METHOD PATH STATUS" for each request, with "-" where
no answer was given.  DIRECTORY/NAME.replies gets "METHOD PATH VALUE" for each
that has a Schedule-Reply header.

DIRECTORY/NAME.rules says what goes wrong, a line for each: METHOD WHICH WHAT
[ARGUMENT ...].  METHOD may be '*', and may go on with the local name of what
the XML body is and what the path begins with: REPORT:sync-collection@/user/.
WHICH counts such requests since the file was written: '*', '3', '2-', '2-4'.

	status CODE [HEADER:VALUE ...]	answers itself; _ is a blank
	delay SECONDS			before the server gets it
	late SECONDS			when the server has had it
	drop				the server does not get it; no answer
	lose				the server gets it; no answer
	cut N				the answer breaks off at byte N
	stall N				it stops there, and nothing comes
	short N				the answer's body ends at byte N
	edit OLD NEW			in the answer's body; _ is a blank
	hide NAME			the XML elements of that name
	noetag				no ETag in the answer
	etag VALUE			another ETag in the answer
	rename [location]		a new item gets another name
	blind				no If-Match, no If-None-Match
	strip PROPERTY			what is PUT is stored without it, so no
					ETag comes (RFC 4791, 5.3.4; RFC 6352,
					6.3.2.3)
	page N				a sync-collection in pages of N (RFC
					6578, 3.6), each with a token
	badtoken			no sync token is known
"""
import base64
import http.client
import os
import re
import socket
import ssl
import sys
import threading
import time
import uuid
import xml.etree.ElementTree as ET

sys.dont_write_bytecode = True	# nothing into the tree
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import serve  # noqa: E402

BADTOKEN = (b'<?xml version="1.0"?><D:error xmlns:D="DAV:">'
            b'<D:valid-sync-token/></D:error>')
ET.register_namespace('D', 'DAV:')
HOP = ('connection', 'keep-alive', 'transfer-encoding', 'content-length',
       'date', 'server')


class Server(http.client.HTTPConnection):
    """A connection to the server itself."""

    def __init__(self, target):
        self.path = target[5:] if target.startswith('unix:') else None
        super().__init__('localhost' if self.path else target, timeout=300)

    def connect(self):
        if self.path is None:
            super().connect()
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(300)
        self.sock.connect(self.path)


class Rule:
    def __init__(self, line):
        method, which, self.what, *self.args = line.split()
        method, _, self.path = method.partition('@')
        self.method, _, self.root = method.partition(':')
        first, dash, last = which.partition('-')
        self.first = 1 if which == '*' else int(first)
        self.last = (sys.maxsize if which == '*' or (dash and not last) else
                     int(last or first))
        self.seen = 0

    def takes(self, method, path, body):
        """Is it for this request?  Counts it."""
        if self.method not in ('*', method) or not path.startswith(self.path):
            return False
        if self.root:
            found = re.search(rb'<(?:[\w.-]+:)?([\w-]+)[\s/>]', body)
            if not found or found.group(1).decode() != self.root:
                return False
        self.seen += 1
        return self.first <= self.seen <= self.last


class Front(serve.Server):
    def __init__(self, where, name, target):
        self.auth, self.target = target[0] == '+', target.lstrip('+')
        self.rules, self.mark = [], None
        self.pages = {}		# token: (responses to come, the last token)
        self.lock = threading.Lock()
        with open(os.path.join(where, 'users'), encoding='ascii') as f:
            self.users = {b'Basic ' + base64.b64encode(line.strip().encode())
                          for line in f}
        super().__init__(where, name, Handler)
        if os.path.exists(self.base + '.pem'):
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(self.base + '.pem')
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.log = open(self.base + '.log', 'ab', buffering=0)

    def rules_for(self, method, path, body):
        with self.lock:
            try:
                st = os.stat(self.base + '.rules')
                mark = (st.st_ino, st.st_mtime_ns, st.st_size)
            except FileNotFoundError:
                mark = None
            if mark != self.mark:
                self.mark, self.rules = mark, []
                if mark:
                    with open(self.base + '.rules', encoding='utf-8') as f:
                        self.rules = [Rule(line) for line in f
                                      if line.strip()]
            return [r for r in self.rules if r.takes(method, path, body)]


class Handler(serve.Handler):
    server_up = None

    def finish(self):
        super().finish()
        if self.server_up:
            self.server_up.close()

    def said(self, status):
        """One line of the log."""
        self.server.log.write(b'%s %s %s\n' % (
            self.command.encode(), self.path.encode(), str(status).encode()))
        if 'Schedule-Reply' in self.headers:
            with open(self.server.base + '.replies', 'a',
                      encoding='utf-8') as f:
                f.write('%s %s %s\n' % (self.command, self.path,
                                        self.headers['Schedule-Reply']))

    def answer(self, status, headers, body, cut=None, reason=''):
        self.said(status)
        self.reply(status, headers, body, cut, reason)

    def stalled(self, status, headers, body, n):
        """So many bytes of it, until the client goes away."""
        self.said(status)
        self.close_connection = True
        self.wfile.write(self.head(
            status, [*headers, ('Content-Length', len(body) + 1)]) + body[:n])
        self.rfile.read(1)

    def gone(self):
        """No answer at all."""
        self.said('-')
        self.close_connection = True

    def upstream(self, path, headers, body):
        """The server's answer: status, reason, headers, body."""
        for last in (False, True):
            if self.server_up is None:
                self.server_up = Server(self.server.target)
            try:
                self.server_up.request(self.command, path, body, headers)
                got = self.server_up.getresponse()
                break
            except http.client.RemoteDisconnected:
                # An idle connection that the server had closed.
                self.server_up = None
                if last:
                    raise
        data = got.read()
        if got.will_close:
            self.server_up = None
        return (got.status, got.reason,
                [h for h in got.getheaders() if h[0].lower() not in HOP],
                data)

    def page(self, n, path, headers, body):
        """One page of a sync-collection, as upstream()."""
        asked = ET.fromstring(body).findtext('{DAV:}sync-token')
        if asked in self.server.pages:
            head, left, last = self.server.pages.pop(asked)
        else:
            head = self.upstream(path, headers, body)
            if head[0] != 207:
                return head
            got = ET.fromstring(head[3])
            left = got.findall('{DAV:}response')
            last = got.findtext('{DAV:}sync-token')
        whole = ET.Element('{DAV:}multistatus')
        whole.extend(left[:n])
        token = ET.Element('{DAV:}sync-token')
        token.text = last
        if left[n:]:
            token.text = 'urn:uuid:%s' % uuid.uuid4()
            self.server.pages[token.text] = head, left[n:], last
            here = ET.SubElement(whole, '{DAV:}response')
            ET.SubElement(here, '{DAV:}href').text = path
            ET.SubElement(here, '{DAV:}status').text = (
                'HTTP/1.1 507 Insufficient Storage')
            ET.SubElement(ET.SubElement(here, '{DAV:}error'),
                          '{DAV:}number-of-matches-within-limits')
        whole.append(token)
        return *head[:3], ET.tostring(whole, 'utf-8')

    def serve(self):
        body = self.body()
        if self.server.auth and self.headers.get(
                'Authorization', '').encode() not in self.server.users:
            self.answer(401, [('WWW-Authenticate', 'Basic realm="test"')],
                        b'')
            return
        rules = self.server.rules_for(self.command, self.path, body)
        headers = {k: v for k, v in self.headers.items()
                   if k.lower() not in HOP and k.lower() != 'expect'}
        path, renamed, page = self.path, False, 0
        for r in rules:
            if r.what == 'delay':
                time.sleep(float(r.args[0]))
            elif r.what == 'status':
                self.answer(int(r.args[0]), [
                    tuple(a.replace('_', ' ').split(':', 1))
                    for a in r.args[1:]], b'')
                return
            elif r.what == 'drop':
                self.gone()
                return
            elif r.what == 'badtoken':
                if re.search(rb'sync-token[^<>]*>\s*[^\s<]', body):
                    self.answer(403, [('Content-Type', 'text/xml')],
                                BADTOKEN)
                    return
            elif r.what == 'blind':
                headers = {k: v for k, v in headers.items()
                           if k.lower() not in ('if-match', 'if-none-match')}
            elif r.what == 'strip':
                body = re.sub(rb'(?mi)^%s[;:].*\n(?:[ \t].*\n)*' %
                              re.escape(r.args[0].encode()), b'', body)
            elif r.what in ('edit', 'hide', 'short', 'page'):
                # Of packed answers there is nothing to see.
                headers.pop('Accept-Encoding', None)
                if r.what == 'page':
                    page = int(r.args[0])
            elif r.what == 'rename' and 'If-None-Match' in self.headers:
                head, _, name = path.rpartition('/')
                path = '%s/%s%s' % (head, uuid.uuid4(),
                                    os.path.splitext(name)[1])
                renamed = True
        try:
            status, reason, back, data = (
                self.page(page, path, headers, body) if page else
                self.upstream(path, headers, body))
        except OSError:
            self.answer(502, [], b'')
            return
        self.damage(rules, status, reason, back, data,
                    path if renamed else None)

    def damage(self, rules, status, reason, back, data, renamed):
        """What becomes of the answer."""
        cut = None
        if renamed:
            back = [h for h in back if h[0].lower() not in ('etag',
                                                            'location')]
        for r in rules:
            if r.what == 'late':
                time.sleep(float(r.args[0]))
            if r.what == 'lose':
                self.gone()
                return
            if r.what == 'stall':
                self.stalled(status, back, data, int(r.args[0]))
                return
            if r.what == 'cut':
                cut = int(r.args[0])
            elif r.what == 'short':
                data = data[:int(r.args[0])]
            elif r.what == 'edit':
                data = data.replace(*(a.replace('_', ' ').encode()
                                      for a in r.args))
            elif r.what == 'hide':
                data = re.sub(rb'(</?(?:[\w.-]+:)?)%s\b' % r.args[0].encode(),
                              rb'\1x-%s' % r.args[0].encode(), data)
            elif r.what in ('noetag', 'etag', 'strip'):
                back = [h for h in back if h[0].lower() != 'etag']
                if r.what == 'etag':
                    back.append(('ETag', r.args[0]))
            elif r.what == 'rename' and renamed and r.args:
                back.append(('Location', renamed))
        self.answer(status, back, data, cut, reason)


def main(where, *fronts):
    servers = [Front(where, *front.split('=', 1)) for front in fronts]
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == '__main__':
    main(*sys.argv[1:])
