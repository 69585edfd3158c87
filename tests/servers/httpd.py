#!/usr/bin/python3
"""A server that does to its clients what servers do.

usage: httpd.py [-c cert -k key] PORTFILE LOG

Listens on a free loopback port, which it writes to PORTFILE once it does;
each request becomes a line of LOG: method, path, how it was signed in, how
many bytes of body, and whether its connection had been used before.  The
path says what comes; N is a number of requests for which it does.
"""
import base64
import email.utils
import hashlib
import os
import re
import socketserver
import ssl
import sys
import threading
import time
import zlib

USER, PASSWORD, REALM = 'sync', 's3cret', 'here'

lock = threading.Lock()
seen = {}		# path: how often it was asked
since = {}		# path: when first
nonces = set()
log = None


def count(path):
    with lock:
        seen[path] = seen.get(path, 0) + 1
        since.setdefault(path, time.monotonic())
        return seen[path], time.monotonic() - since[path]


def digest(header, method):
    """Is that answer to a challenge right?  None: its nonce is not ours."""
    v = {k: a or b for k, a, b in
         re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', header)}
    if v.get('nonce') not in nonces:
        return None
    h = lambda s: hashlib.md5(s.encode()).hexdigest()
    return v.get('username') == USER and v['response'] == h(':'.join((
        h('%s:%s:%s' % (USER, REALM, PASSWORD)), v['nonce'], v['nc'],
        v['cnonce'], v['qop'], h(method + ':' + v['uri']))))


class Handler(socketserver.StreamRequestHandler):
    used = 0

    def handle(self):
        try:
            while self.one():
                self.used += 1
        except (OSError, ValueError):
            pass

    def one(self):
        line = self.rfile.readline(65536).decode('latin-1').split()
        if len(line) != 3:
            return False
        self.method, self.path = line[0], line[1]
        # As a proxy is asked.
        self.path = re.sub('^http://[^/]*', '', self.path)
        self.head = {}
        while True:
            h = self.rfile.readline(65536).decode('latin-1').strip()
            if h == '':
                break
            k, _, v = h.partition(':')
            self.head[k.lower()] = v.strip()
        self.body = self.rfile.read(int(self.head.get('content-length', 0)))
        with lock:
            log.write('%s %s %s %d %s\n' % (self.method, self.path,
                self.head.get('authorization', '-').split()[0],
                len(self.body), 'kept' if self.used else 'new'))
            log.flush()
        self.open = True
        name, *rest = self.path[1:].split('?')[0].split('/')
        getattr(self, 'do_' + re.sub(r'\W', '_', name), self.do_missing)(*rest)
        return self.open

    def send(self, status, body=b'', **head):
        head.setdefault('Content_Length', len(body))
        text = 'HTTP/1.1 %s\r\n' % status
        for k, v in head.items():
            for one in v if isinstance(v, list) else [v]:
                text += '%s: %s\r\n' % (k.replace('_', '-'), one)
        self.wfile.write(text.encode('latin-1') + b'\r\n')
        if self.method != 'HEAD':
            self.wfile.write(body)
        self.wfile.flush()

    def close(self):
        self.open = False

    def do_missing(self, *rest):
        self.send('404 Not Found', b'<html><title>No</title>\n'
                  b'<p>There is\n no such thing.</html>')

    def do_ok(self, *rest):
        self.send('200 OK', b'ok\n')

    def do_echo(self, *rest):
        self.send('200 OK', ('%s %s type=%s\n' % (self.method,
            self.path, self.head.get('content-type', '-'))).encode() +
            self.body, X_Seen=self.head.get('x-see', 'none'))

    def do_status(self, n):
        self.send(n + ' So', b'')

    # Sign in.

    def is_basic(self):
        want = base64.b64encode(('%s:%s' % (USER, PASSWORD)).encode())
        return self.head.get('authorization') == 'Basic ' + want.decode()

    def do_basic(self, *rest):
        if self.is_basic():
            return self.do_echo()
        self.send('401 No', b'', WWW_Authenticate='Basic realm="here"')

    def do_any(self, *rest):
        """Negotiate, which nobody has a ticket for, and Basic."""
        if self.is_basic():
            return self.do_echo()
        self.send('401 No', b'', WWW_Authenticate=['Negotiate',
            'Basic realm="here"'])

    def do_digest(self, uses='0'):
        """A nonce is good for that many uses; 0: for all."""
        right = None
        auth = self.head.get('authorization', '')
        if auth.startswith('Digest '):
            right = digest(auth, self.method)
            nc = int(re.search(r'nc=(\w+)', auth).group(1), 16)
            if right and int(uses) and nc > int(uses):
                right = None
        if right:
            return self.do_echo()
        nonce = hashlib.md5(str(len(nonces)).encode()).hexdigest()
        nonces.add(nonce)
        self.send('401 No', b'', WWW_Authenticate=['Basic realm="here"',
            'Digest realm="%s", nonce="%s", qop="auth", algorithm=MD5%s' %
            (REALM, nonce, ', stale=true' if right is None else '')])

    def do_bearer(self, token):
        if self.head.get('authorization') == 'Bearer ' + token:
            return self.do_echo()
        self.send('401 No', b'', WWW_Authenticate='Bearer realm="here"')

    def do_tell(self, *rest):
        """What one should not."""
        auth = self.head.get('authorization', 'x eA==').split()[1]
        try:
            auth = base64.b64decode(auth).decode()
        except ValueError:
            pass
        self.send('403 No', ('<b>You</b> are ' + auth).encode())

    # Redirects.

    def do_redirect(self, status, *to):
        self.send(status + ' Moved', b'elsewhere',
            Location='/' + '/'.join(to))

    def do_relative(self, *to):
        self.send('301 Moved', b'', Location='../ok?x')

    def do_away(self, *rest):
        self.send('302 Moved', b'', Location='http://sync:x@127.0.0.2:1/y')

    def do_plain(self, host):
        self.send('302 Moved', b'', Location='http://%s/ok' % host)

    def do_nowhere(self, *rest):
        self.send('302 Moved', b'', Location='ftp://127.0.0.1/x')

    def do_loop(self, n='0'):
        self.send('302 Moved', b'', Location='/loop/%d' % (int(n) + 1))

    # Bodies.

    def do_gzip(self, *rest):
        c = zlib.compressobj(wbits=31)
        self.send('200 OK', c.compress(b'packed\n' * 1000) + c.flush(),
            Content_Encoding='gzip')

    def do_deflate(self, *rest):
        self.send('200 OK', zlib.compress(b'packed\n'),
            Content_Encoding='deflate')

    def do_bomb(self, *rest):
        """128 megabytes in 128 kilobytes."""
        c = zlib.compressobj(wbits=31)
        body = b''.join(c.compress(bytes(1 << 20)) for i in range(128))
        self.send('200 OK', body + c.flush(), Content_Encoding='gzip')

    def do_badgzip(self, *rest):
        self.send('200 OK', b'this is not packed', Content_Encoding='gzip')

    def do_endless(self, status='200'):
        self.wfile.write(b'HTTP/1.1 %s OK\r\n\r\n' % status.encode())
        while True:
            self.wfile.write(b'for ever and ' * 1000)

    def do_size(self, n):
        self.send('200 OK', b'x' * int(n))

    # Headers.

    def do_headers(self, *rest):
        self.wfile.write(b'HTTP/1.1 200 OK\r\n')
        while True:
            self.wfile.write(b'X-Y: ' + b'z' * 1000 + b'\r\n')

    def do_hints(self, *rest):
        while True:
            self.wfile.write(b'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n')

    def do_control(self, *rest):
        self.send('200 OK', b'ok', X_Seen='a\x1b[2Jb')

    def do_nul(self, *rest):
        self.send('200 OK', b'ok', X_Seen='a\0b')

    def do_twice(self, *rest):
        self.send('200 OK', b'ok\n', X_Seen=['one', ' \t two \t '])

    def do_reason(self, *rest):
        self.send('400 \x1b[31mRed')

    def do_garbage(self, *rest):
        self.wfile.write(b'* OK IMAP4 here\r\n')
        self.close()

    # Not now.

    def do_busy(self, n, status, after):
        """Until it was asked more than n times."""
        if count(self.path)[0] > int(n):
            return self.do_ok()
        self.send(status + ' Busy', b'', **({'Retry_After': after}
            if after != '-' else {}))

    def do_later(self, form):
        """Until a second has passed since it was asked first, or 3/4."""
        if count(self.path)[1] >= (.75 if form == 'fraction' else 1):
            return self.do_ok()
        now = int(time.time()) + 5000
        date = lambda t: email.utils.formatdate(t, usegmt=True)
        self.send('503 Later', b'', Date=date(now), Retry_After={
            'int': '1', 'fraction': '0.75', 'date': date(now + 2)}[form])

    # Connections.

    def do_lost(self, n):
        if count(self.path)[0] > int(n):
            return self.do_ok()
        self.close()

    def do_kept(self, *rest):
        """On a connection that was used before, nothing."""
        if self.used:
            self.close()
        else:
            self.do_ok()

    def do_half(self, n):
        if count(self.path)[0] > int(n):
            return self.do_ok()
        self.send('200 OK', b'half of it\n', Content_Length=1000)
        self.close()

    def do_slow(self, *rest):
        """Five seconds, of which none is silent."""
        self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n')
        for i in range(20):
            time.sleep(.25)
            self.wfile.write(b'x' * 30)

    def do_stall(self, *rest):
        self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')
        self.wfile.flush()
        time.sleep(60)
        self.close()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64
    context = None

    def finish_request(self, request, address):
        if self.context is not None:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except (OSError, ssl.SSLError):
                return
        super().finish_request(request, address)

    def handle_error(self, request, address):
        pass


def main(argv):
    global log
    server = Server(('127.0.0.1', 0), Handler)
    if argv[0] == '-c':
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(argv[1], argv[3])
        argv = argv[4:]
    log = open(argv[1], 'a', encoding='utf-8')
    with open(argv[0] + '.new', 'w', encoding='ascii') as f:
        f.write('%d\n' % server.server_address[1])
    os.rename(argv[0] + '.new', argv[0])
    server.serve_forever()


main(sys.argv[1:])
