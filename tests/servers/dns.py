#!/usr/bin/python3
"""A name server for tests that knows SRV records, and no other.

usage: dns.py DIRECTORY NAME=PRIORITY,WEIGHT,PORT,TARGET ...

Listens on UDP port 53 of loopback, which it brings up: so run it where that
is nobody else's, by unshare -rn.  DIRECTORY/dns.port is there when it does,
DIRECTORY/dns.log has the names that were asked for.  RFC 1035, 4; RFC 2782.
"""
import fcntl
import os
import socket
import struct
import sys

SRV, IN, UP = 33, 1, 1


def wire(name):
    return b''.join(bytes([len(p)]) + p.encode()
                    for p in name.split('.') if p) + b'\0'


def question(data):
    """(name, type, where it ends)"""
    at, parts = 12, []
    while data[at]:
        parts.append(data[at + 1:at + 1 + data[at]].decode('latin-1'))
        at += 1 + data[at]
    return '.'.join(parts), struct.unpack('>H', data[at + 1:at + 3])[0], \
        at + 5


def answer(data, records):
    name, kind, end = question(data)
    found = records.get(name.lower(), []) if kind == SRV else []
    out = b''
    for priority, weight, port, target in found:
        body = struct.pack('>HHH', priority, weight, port) + wire(target)
        out += b'\xc0\x0c' + struct.pack('>HHIH', SRV, IN, 60,
                                         len(body)) + body
    # It is an answer, with recursion; NXDOMAIN where there is nothing.
    flags = 0x8180 if found else 0x8183
    return name, data[:2] + struct.pack('>HHHHH', flags, 1, len(found), 0,
                                        0) + data[12:end] + out


def main(where, *given):
    records = {}
    for g in given:
        name, _, value = g.partition('=')
        p, w, port, target = value.split(',')
        records.setdefault(name, []).append((int(p), int(w), int(port),
                                             target))
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # SIOCSIFFLAGS
    fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', UP))
    s.bind(('127.0.0.1', 53))
    with open(os.path.join(where, 'dns.port'), 'w') as f:
        f.write('53\n')
    while True:
        data, who = s.recvfrom(4096)
        name, out = answer(data, records)
        with open(os.path.join(where, 'dns.log'), 'a') as f:
            f.write(name + '\n')
        s.sendto(out, who)


main(*sys.argv[1:])
