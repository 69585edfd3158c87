#!/usr/bin/python3
"""An HTTP proxy for tests that takes every host for this machine.

usage: connect.py DIRECTORY PORT HOST ...

Listens on a free loopback port, written to DIRECTORY/connect.port.  CONNECT
to one of the HOSTs is a connection to 127.0.0.1:PORT; another host is not
there (502), and one called NUMBER.example gets that status: 407 is a proxy
that wants a password (RFC 9110, 15.5.8).  DIRECTORY/connect.log has what was
asked for.
"""
import os
import re
import socket
import socketserver
import sys
import threading


def pour(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    for s in a, b:
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        what = self.rfile.readline().decode('latin-1').split()
        while self.rfile.readline().strip():
            pass
        with open(os.path.join(where, 'connect.log'), 'a') as f:
            f.write(' '.join(what[:2]) + '\n')
        if what[0] != 'CONNECT' or what[1].split(':')[0] not in hosts:
            m = re.match(r'(\d{3})\.example:', what[1])
            self.wfile.write(b'HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n'
                             % (int(m[1]) if m else 502))
            return
        to = socket.create_connection(('127.0.0.1', port))
        self.wfile.write(b'HTTP/1.1 200 OK\r\n\r\n')
        t = threading.Thread(target=pour, args=(to, self.connection))
        t.start()
        pour(self.connection, to)
        t.join()


where, port, hosts = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
socketserver.ThreadingTCPServer.daemon_threads = True
server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), Handler)
path = os.path.join(where, 'connect.port')
with open(path + '.new', 'w') as f:
    f.write('%d\n' % server.server_address[1])
os.rename(path + '.new', path)
server.serve_forever()
