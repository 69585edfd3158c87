"""What the test servers share: HTTP/1.1 on a loopback port of their own.

A Server listens, and tells its port in DIRECTORY/NAME.port once it does; a
Handler takes requests of any method to serve(), which answers by reply() or
in pieces by chunks().  Neither says anything but what serve() says: no Date,
no Server, no log.  HEAD and answers that have no body get none.
"""
import http.client
import http.server
import json
import os
import threading


class Counting(http.server.ThreadingHTTPServer):
    """Counts its open connections, each before the next is taken."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, handler):
        self.open, self.door = 0, threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request, address):
        with self.door:
            self.open += 1
        super().process_request(request, address)

    def shutdown_request(self, request):
        super().shutdown_request(request)
        with self.door:
            self.open -= 1

    def handle_error(self, request, client_address):
        pass			# a client that goes away


class Server(Counting):
    def __init__(self, where, name, handler):
        self.base = os.path.join(where, name)
        super().__init__(('127.0.0.1', 0), handler)
        with open(self.base + '.new', 'w', encoding='ascii') as f:
            f.write('%d\n' % self.server_address[1])
        os.rename(self.base + '.new', self.base + '.port')


def plain(counters, listing):
    """Commands of /control that answer in plain text, as a shell wants it."""
    def column(*names):
        return lambda server, folder: '\n'.join(
            ' '.join(str(i[n]) for n in names)
            for i in listing(server, folder)['items'])
    return {'counter': lambda server, name: str(counters(server).get(name, 0)),
            'count': lambda server, folder: str(
                len(listing(server, folder)['items'])),
            'subjects': column('subject'), 'marks': column('id', 'key')}


def told(done):
    """The answer to a command."""
    return (done if isinstance(done, str)
            else json.dumps(done, sort_keys=True)).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def __getattr__(self, name):
        if name.startswith('do_'):
            return self.serve
        raise AttributeError(name)

    def log_message(self, *args):
        pass

    def body(self):
        """What the request brings."""
        if 'chunked' not in self.headers.get('Transfer-Encoding', ''):
            return self.rfile.read(int(self.headers.get('Content-Length', 0)))
        data = b''
        while size := int(self.rfile.readline().split(b';')[0], 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return data

    def head(self, status, headers=(), reason=''):
        """The answer up to its body, as bytes."""
        lines = ['HTTP/1.1 %d %s' % (
            status, reason or http.client.responses.get(status, 'Answer'))]
        lines += ['%s: %s' % header for header in headers]
        return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1')

    def reply(self, status, headers=(), body=b'', cut=None, reason=''):
        """All of it; cut: only so many bytes of the body, then no more."""
        headers = list(headers)
        if status >= 200 and status not in (204, 304):
            headers.append(('Content-Length', len(body)))
        if self.command == 'HEAD':
            body = b''
        if cut is not None and cut < len(body):
            body = body[:cut]
            self.close_connection = True
        self.wfile.write(self.head(status, headers, reason) + body)

    def chunks(self, status, headers, parts):
        """The body in parts, and nobody knows how many."""
        self.wfile.write(self.head(
            status, [*headers, ('Transfer-Encoding', 'chunked')]))
        for part in parts:
            self.wfile.write(b'%x\r\n%s\r\n' % (len(part), part))
        self.wfile.write(b'0\r\n\r\n')
