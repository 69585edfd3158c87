#!/usr/bin/python3
"""A front of an EWS test server that signs in by Negotiate (RFC 4559).

usage: negotiate.py DIRECTORY PORT

Listens on a free loopback port, written to DIRECTORY/negotiate.port, and
passes requests whose ticket is good on to 127.0.0.1:PORT, as alice.  The
service's key is where KRB5_KTNAME says.  DIRECTORY/negotiate.log has a line
for each request: its status, and who it was.  Needs python3-gssapi.
"""
import base64
import http.client
import http.server
import os
import socketserver
import sys

import gssapi

ALICE = 'Basic ' + base64.b64encode(b'alice@example.test:s3cret').decode()


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass			# a client that goes away


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    who = None
    wbufsize = 1 << 16

    def log_message(self, *words):
        pass

    def say(self, status):
        with open(os.path.join(where, 'negotiate.log'), 'a') as f:
            f.write('%d %s\n' % (status, self.who))

    def reply(self, status, head, data):
        self.say(status)
        self.send_response(status)
        for name, value in head:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def ticket(self):
        """Who it is of; None: there is none, or it is not good."""
        how, _, text = self.headers.get('Authorization', '').partition(' ')
        if how.lower() != 'negotiate':
            return None
        try:
            context = gssapi.SecurityContext(usage='accept')
            context.step(base64.b64decode(text))
            return str(context.initiator_name)
        except (gssapi.exceptions.GSSError, ValueError):
            return None

    def do_POST(self):
        data = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        self.who = self.ticket() or self.who
        if self.who is None:
            return self.reply(401, [('WWW-Authenticate', 'Negotiate')], b'')
        c = http.client.HTTPConnection('127.0.0.1', behind)
        c.request('POST', self.path, data, {
            'Authorization': ALICE, 'Content-Type': 'text/xml'})
        answer = c.getresponse()
        body = answer.read()
        c.close()
        return self.reply(answer.status, [('Content-Type', answer.getheader(
            'Content-Type', 'text/xml'))], body)


where, behind = sys.argv[1], int(sys.argv[2])
server = Server(('127.0.0.1', 0), Handler)
path = os.path.join(where, 'negotiate.port')
with open(path + '.new', 'w') as f:
    f.write('%d\n' % server.server_address[1])
os.rename(path + '.new', path)
server.serve_forever()
