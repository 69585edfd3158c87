#!/usr/bin/python3 -I
"""A second client that edits many items of a collection.

usage: edit.py URL K N LINE

Every item whose UID has a CRC of K modulo N gets LINE at the end of each of
its components, and is put back under its ETag.  Prints how many the server
took, and the names of those that it refused.  The user is user:secret.
"""
import base64
import http.client
import re
import sys
import urllib.parse
import zlib

BODY = b'<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
SIGN = {'Authorization': 'Basic ' + base64.b64encode(b'user:secret').decode()}


def ask(server, method, path, body=None, **headers):
    headers = {k.replace('_', '-'): v for k, v in headers.items()}
    server.request(method, path, body, dict(SIGN, **headers))
    answer = server.getresponse()
    return answer, answer.read()


def main(url, k, n, line):
    url = urllib.parse.urlsplit(url)
    server = http.client.HTTPConnection(url.netloc, timeout=60)
    _, data = ask(server, 'PROPFIND', url.path, BODY, Depth='1',
                  Content_Type='text/xml')
    taken = 0
    for href in re.findall(r'href>([^<]*\.[iv]c[sf])<', data.decode()):
        answer, text = ask(server, 'GET', href)
        uid = re.search(rb'(?m)^UID[^:\r\n]*:(.*(?:\r?\n .*)*)', text)
        if zlib.crc32(re.sub(rb'\r?\n ?', b'', uid.group(1)).strip()) % n != k:
            continue
        after = re.sub(rb'(?m)^END:V(EVENT|TODO|JOURNAL|CARD)',
                       line.encode() + rb'\r\n\g<0>', text)
        kind = 'vcard' if href.endswith('.vcf') else 'calendar'
        answer, _ = ask(server, 'PUT', href, after,
                        Content_Type='text/%s; charset=utf-8' % kind,
                        If_Match=answer.getheader('ETag'))
        if answer.status < 300:
            taken += 1
        else:
            print('refused', answer.status, href)
    print('edited', taken)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
