#!/usr/bin/python3 -I
"""An address book of three cards whose server means harm.

usage: hostile.py DIRECTORY

Listens on two loopback ports, which stand in DIRECTORY/hostile.port and
DIRECTORY/other.port.  On the first, each path /CASE/ is an address book that
is as it should be but for that one thing, see the functions at_CASE; on the
second is a host that has no business with the first one's visitors, and
DIRECTORY/other.log gets each request's line and headers.
"""
import gzip
import os
import re
import sys
import threading
import time
import zlib

sys.dont_write_bytecode = True	# nothing into the tree
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import serve  # noqa: E402

XML = ('Content-Type', 'application/xml; charset=utf-8')
MIB = b' ' * (1 << 20)
ESC = '\x1b[31mred'
NAMES = ('a.vcf', 'b.vcf', 'c.vcf')
HEAD = ('<?xml version="1.0" encoding="utf-8"?>\n'
        '<multistatus xmlns="DAV:" '
        'xmlns:B="urn:ietf:params:xml:ns:carddav">')
BOMB = ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">' +
        ''.join('<!ENTITY a%d "%s">' % (i, '&a%d;' % (i - 1) * 10)
                for i in range(1, 12)) + ']>')


def card(name, more=''):
    return ('BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:Name of %s\r\n'
            'N:%s;;;;\r\n%sEND:VCARD\r\n' % (name, name, name, more))


def response(href, props, status='200 OK'):
    return ('<response><href>%s</href><propstat><prop>%s</prop><status>'
            'HTTP/1.1 %s</status></propstat></response>' % (
                href, props, status))


def text_of(body, local):
    found = re.search(r'<(?:\w+:)?%s[^<>]*>([^<]*)<' % local, body)
    return found.group(1).strip() if found else ''


class Other(serve.Handler):
    """Notes what it is sent."""

    def serve(self):
        with open(self.server.base + '.log', 'a', encoding='latin-1') as f:
            f.write('%s %s\n%s' % (self.command, self.path, self.headers))
        self.reply(404)


class Hostile(serve.Handler):
    def serve(self):
        self.text = self.body().decode('utf-8', 'replace')
        self.case = self.path.split('/')[1]
        self.top = '/%s/' % self.case if self.case else '/'
        root = re.search(r'<(?:\w+:)?([\w-]+)[\s>]', re.sub(
            r'<\?.*?\?>', '', self.text))
        self.root = root.group(1) if root else ''
        with open(self.server.base + '.log', 'a', encoding='utf-8') as f:
            f.write('%s %s %s\n' % (self.command, self.path, self.root))
        name = re.sub('-[0-9]+$', '', self.case).replace('-', '_')
        getattr(self, 'at_' + name, self.good)()

    # What every one of them does well.

    def plain(self, body, status=207, headers=()):
        self.reply(status, [*headers, XML],
                   body.encode() if isinstance(body, str) else body)

    def endless(self, parts, headers=(), status=207):
        self.chunks(status, [*headers, XML], parts)

    def is_listing(self):
        return self.root == 'sync-collection' or (
            self.root == 'propfind' and self.headers.get('Depth') == '1')

    def member(self, name):
        return response(self.top + name, '<getetag>"1-%s"</getetag>'
                        '<getcontenttype>text/vcard</getcontenttype>'
                        '<resourcetype/>' % name)

    def itself(self):
        return response(self.top, '''<resourcetype><collection/>
            <B:addressbook/></resourcetype><displayname>Book</displayname>
            <sync-token>urn:t:1</sync-token><current-user-privilege-set>
            <privilege><all/></privilege></current-user-privilege-set>
            <supported-report-set><supported-report><report><sync-collection/>
            </report></supported-report><supported-report><report>
            <B:addressbook-multiget/></report></supported-report>
            </supported-report-set>''')

    def listing(self, members=None, more='', token='urn:t:1'):
        members = members or ''.join(map(self.member, NAMES))
        if self.root == 'sync-collection':
            return '%s%s%s<sync-token>%s</sync-token></multistatus>' % (
                HEAD, members, more, token)
        return HEAD + self.itself() + members + '</multistatus>'

    def bodies(self, more=''):
        hrefs = re.findall(r'<(?:\w+:)?href>([^<]*)<', self.text)
        return HEAD + ''.join(response(
            h, '<getetag>"1-%s"</getetag><B:address-data>%s'
            '</B:address-data>' % (h.split('/')[-1],
                                   card(h.split('/')[-1], more)))
            for h in hrefs) + '</multistatus>'

    def good(self):
        if self.root.endswith('-multiget'):
            self.plain(self.bodies())
        elif self.is_listing():
            self.plain(self.listing())
        elif self.root == 'propfind':
            self.plain(HEAD + self.itself() + '</multistatus>')
        elif self.command == 'GET':
            self.plain(card(self.path.split('/')[-1]), 200,
                       [('ETag', '"1-%s"' % self.path.split('/')[-1])])
        elif self.command == 'OPTIONS':
            self.plain('', 200, [('DAV', '1, 3, addressbook')])
        else:
            self.plain('', 405)

    # A gigabyte, in all the places where it might be read.

    def at_blanks(self):
        if not self.is_listing():
            return self.good()
        self.endless([HEAD.encode()] + [MIB] * 1024)

    def at_long_text(self):
        if not self.is_listing():
            return self.good()
        self.endless([HEAD.encode(), b'<response><href>/long-text/'] +
                     [b'x' * (1 << 20)] * 1024)

    def at_long_card(self):
        if self.path.endswith('/a.vcf'):
            return self.endless([b'BEGIN:VCARD\r\n'] + [
                b'NOTE:' + b'x' * 50000 + b'\r\n'] * 21000, status=200)
        if not self.root.endswith('-multiget'):
            return self.good()
        start = HEAD + ('<response><href>/long-card/a.vcf</href><propstat>'
                        '<prop><B:address-data>BEGIN:VCARD\r\n')
        self.endless([start.encode()] + [b'NOTE:' + b'x' * 50000 +
                                         b'\r\n'] * 21000)

    def again(self, start, part):
        """The same part of a listing, for a gigabyte."""
        if not self.is_listing():
            return self.good()
        part *= (1 << 20) // len(part) + 1
        self.endless([(HEAD + start).encode()] + [part.encode()] * 1024)

    def at_hrefs(self):
        self.again('<response>', '<href>/hrefs/a.vcf</href>')

    def at_etags(self):
        self.again('<response><href>/etags/a.vcf</href><propstat><prop>',
                   '<getetag>"%s"</getetag>' % ('e' * 60000))

    def at_tokens(self):
        self.again('', '<sync-token>urn:t:%s</sync-token>' % ('t' * 60000))

    def at_homes_many(self):
        self.top = '/homes-many/'
        if self.path != self.top:
            return self.good()
        self.endless([(HEAD + '<response><href>/homes-many/</href><propstat>'
                       '<prop><B:addressbook-home-set>').encode()] +
                     [b'<href>/homes-many/x/</href>' * 40000] * 1024)

    def at_long_error(self):
        if not self.is_listing():
            return self.good()
        self.endless([b'no ' * 350000] * 1024, status=400)

    def at_gzip(self):
        if not self.is_listing():
            return self.good()
        squeezed = gzip.compress(MIB * 64, 6)
        # Members of gzip follow each other, each 64 MiB of blanks.
        self.endless([gzip.compress(HEAD.encode())] + [squeezed] * 16,
                     [('Content-Encoding', 'gzip')])

    def at_gzip_one(self):
        if not self.is_listing():
            return self.good()
        # A block that refers to none before it can be sent again and again.
        pack = zlib.compressobj(9, zlib.DEFLATED, 31)
        start = pack.compress(HEAD.encode()) + pack.flush(zlib.Z_FULL_FLUSH)
        block = pack.compress(MIB) + pack.flush(zlib.Z_FULL_FLUSH)
        self.plain(start + block * 1024, 207, [('Content-Encoding', 'gzip')])

    def at_headers(self):
        if not self.is_listing():
            return self.good()
        self.wfile.write(b'HTTP/1.1 207 OK\r\n')
        for i in range(20000):
            self.wfile.write(b'X-Header-%d: %s\r\n' % (i, b'x' * 10000))

    def at_header(self):
        if not self.is_listing():
            return self.good()
        self.wfile.write(b'HTTP/1.1 207 OK\r\nX-Long: ')
        for _ in range(512):
            self.wfile.write(b'x' * (1 << 20))

    def at_deep(self):
        if not self.is_listing():
            return self.good()
        self.endless([HEAD.encode(), b'<a>' * 1000000, b'</a>' * 1000000])

    def at_attributes(self):
        if not self.is_listing():
            return self.good()
        self.endless([HEAD.encode(), b'<a' + b''.join(
            b' a%d="1"' % i for i in range(300000)), b'/>'])

    def at_name(self):
        if not self.is_listing():
            return self.good()
        self.endless([HEAD.encode(), b'<'] + [b'n' * (1 << 20)] * 512)

    # Entities.

    def at_bomb(self):
        if not self.is_listing():
            return self.good()
        self.plain(BOMB + self.listing(
            response(self.top + 'a.vcf', '<getetag>&a11;</getetag>'))[38:])

    def at_external(self):
        if not self.is_listing():
            return self.good()
        self.plain('<?xml version="1.0"?><!DOCTYPE x SYSTEM "%s/x.dtd" ['
                   '<!ENTITY e SYSTEM "%s/entity"><!ENTITY %% p SYSTEM '
                   '"%s/parameter"> %%p;]>' % ((self.server.other,) * 3) +
                   self.listing(response(self.top + 'a.vcf',
                                         '<getetag>&e;</getetag>'))[38:])

    def at_file(self):
        if not self.root.endswith('-multiget'):
            return self.good()
        self.plain('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM '
                   '"file:///etc/passwd">]>' +
                   self.bodies('NOTE:&e;\r\n')[38:])

    # Elsewhere.

    def away(self, status):
        self.plain('', status, [('Location', self.server.other +
                                 '/stolen/')])

    def at_redirect(self):
        self.away(307)

    def at_redirect_late(self):
        if not self.root.endswith('-multiget'):
            return self.good()
        self.away(308)

    def at_redirect_see(self):
        self.away(302)

    def at_circle(self):
        self.plain('', 307, [('Location', '/circle/?%d' % time.time_ns())])

    def at_href(self):
        """/href-N/: the Nth of them."""
        if not self.is_listing():
            return self.good()
        hrefs = [self.top + '../../etc/passwd', self.top + '%2e%2e/x.vcf',
                 self.top + '%2e%2e%2fx.vcf', self.server.other + '/x.vcf',
                 '//%s/x.vcf' % self.server.other[7:], '../x.vcf',
                 '/elsewhere/x.vcf', self.top + 'sub/../../x.vcf',
                 'file:///x.vcf', self.top + 'x%0d%0aX-Evil:%201.vcf',
                 self.top + 'nul%00.vcf', '', 'http://[',
                 self.top + '%zz.vcf', self.top + 'l' * 100000]
        href = hrefs[int(self.case.split('-')[1])]
        self.plain(self.listing(''.join(map(self.member, NAMES)) + response(
            href, '<getetag>"1"</getetag><getcontenttype>text/vcard'
            '</getcontenttype><resourcetype/>')))

    def at_body(self):
        if not self.root.endswith('-multiget'):
            return self.good()
        self.text += '<href>%s/body/a.vcf</href>' % self.server.other
        self.good()

    # Bytes that would drive a terminal.

    def at_control(self):
        self.wfile.write(('HTTP/1.1 403 %s\x07\r\nX-A: %s\r\nServer: %s\r\n'
                          'Content-Length: 11\r\n\r\nno %s' %
                          (ESC, ESC, ESC, ESC)).encode()[:-1] + b'\x07')

    def at_control_etag(self):
        if not self.is_listing():
            return self.good()
        self.plain(self.listing(''.join(response(
            self.top + n, '<getetag>"&#133;&#9;&#127;"</getetag>'
            '<getcontenttype>text/vcard</getcontenttype><resourcetype/>')
            for n in NAMES)))

    # Versions and tokens that are longer than any of ours.

    def at_long_etag(self):
        if self.root.endswith('-multiget'):
            text = self.bodies()
        elif self.is_listing():
            text = self.listing()
        else:
            return self.good()
        self.plain(text.replace('"1-', '"1-' + 'e' * 5000))

    def at_long_token(self):
        if self.root != 'sync-collection':
            return self.good()
        self.plain(self.listing(token='urn:t:' + '1' * 5000))

    def at_nul(self):
        if not self.is_listing():
            return self.good()
        self.plain(self.listing().encode() + b'\0\0\0<a/>')

    # No end of pages.

    def at_pages(self):
        if self.root != 'sync-collection':
            return self.good()
        n = int(text_of(self.text, 'sync-token')[6:] or 0)
        self.plain(self.listing(
            self.member('p%d.vcf' % (n % 3)), response_507(self.top),
            'urn:t:%d' % (n + 1)))

    def at_same_page(self):
        if self.root != 'sync-collection':
            return self.good()
        self.plain(self.listing(None, response_507(self.top), 'urn:t:7'))

    def at_empty_page(self):
        if self.root != 'sync-collection':
            return self.good()
        self.plain('%s%s<sync-token>urn:t:%d</sync-token></multistatus>' % (
            HEAD, response_507(self.top), time.time_ns()))

    # A part of it, which a propstat says, or a listing that has no pages.

    def at_page_propstat(self):
        if self.root != 'sync-collection':
            return self.good()
        n = int(text_of(self.text, 'sync-token')[6:] or 0)
        self.plain(self.listing(
            self.member(NAMES[n]), '' if n == 2 else response(
                self.top, '', '507 Insufficient Storage'),
            'urn:t:%d' % (n + 1)))

    def at_part(self):
        if self.root == 'sync-collection':
            return self.plain('', 403)
        if not self.is_listing():
            return self.good()
        self.plain(self.listing(self.member('a.vcf') +
                                response_507(self.top)))

    # A collection in it that looks like a card, but for its type.

    def at_child(self):
        if not self.is_listing():
            return self.good()
        self.plain(self.listing(''.join(map(self.member, NAMES)) + response(
            self.top + 'd.vcf', '<getetag>"1"</getetag><getcontenttype>'
            'text/vcard</getcontenttype><resourcetype><collection/>'
            '</resourcetype>')))

    # Two homes that are one.

    def at_homes(self):
        self.top = '/homes/book/'
        if self.path != '/homes/':
            return self.good()
        self.plain(HEAD + (self.itself() if self.is_listing() else response(
            self.path, '<resourcetype><collection/></resourcetype>'
            '<B:addressbook-home-set><href>/homes/</href><href>/homes</href>'
            '</B:addressbook-home-set>')) + '</multistatus>')

    # A home with more address books than anybody looks through.

    def at_books(self):
        if self.path != '/books/':
            return self.good()
        if not self.is_listing():
            return self.plain(HEAD + response(
                self.path, '<resourcetype><collection/></resourcetype>') +
                '</multistatus>')
        self.plain(HEAD + ''.join(response(
            '/books/%d/' % i, '<resourcetype><collection/><B:addressbook/>'
            '</resourcetype>') for i in range(5000)) + '</multistatus>')

    # Bytes that XML cannot hold: only a GET has them.

    def at_replaced(self):
        if self.root.endswith('-multiget'):
            return self.plain(self.bodies('NOTE:a\ufffdb\r\n'))
        if self.command != 'GET':
            return self.good()
        self.plain(card(self.path.split('/')[-1], 'NOTE:by GET\r\n'), 200)

    # Many, none of which is to be had.

    def at_ill(self):
        if self.is_listing():
            return self.plain(self.listing(''.join(
                self.member('%d.vcf' % i) for i in range(200))))
        if self.root == 'propfind':
            return self.good()
        self.plain('', 500)

    # A thousand, of which it gives but a few at once, or none.

    def thousand(self):
        return self.listing(''.join(
            self.member('%d.vcf' % i) for i in range(1000)))

    def at_balks(self):
        """/balks-STATUS/: what it answers when it is asked for over ten."""
        if self.is_listing():
            return self.plain(self.thousand())
        if self.text.count('href>') > 2 * 10:
            return self.plain('', int(self.case.split('-')[1]))
        self.good()

    # Bodies only for two who ask at once.

    pair = threading.Barrier(2, timeout=60)

    def at_pairs(self):
        if self.is_listing():
            return self.plain(self.thousand())
        if self.root.endswith('-multiget'):
            try:
                self.pair.wait()
            except threading.BrokenBarrierError:
                return self.plain('', 501)
        self.good()

    def at_unable(self):
        if self.is_listing():
            return self.plain(self.thousand())
        if self.root.endswith('-multiget'):
            return self.plain('', 501)
        self.good()

    # Slow, and not wrong.

    def at_drip(self):
        if not self.is_listing():
            return self.good()
        data = self.listing().encode()
        self.endless(self.slowly(data))

    def slowly(self, data):
        for i in range(0, len(data), 16):
            time.sleep(0.02)
            yield data[i:i + 16]

    # Many, and not wrong: /many-N/ has N members that are no cards, half of
    # them collections.

    def at_many(self):
        if not self.is_listing():
            return self.good()
        n = int(self.case.split('-')[1])
        rest = (response(self.top + '%d.png', '<getetag>"1"</getetag>'
                         '<getcontenttype>image/png</getcontenttype>') +
                response(self.top + '%d/', '<getetag>"1"</getetag>'
                         '<resourcetype><collection/></resourcetype>')).encode()
        end = self.listing().encode().split(b'?>', 1)[1]
        end = end[end.index(b'<response>'):]
        self.endless([HEAD.encode()] + [
            b''.join(rest % (i, i) for i in range(k, k + 500))
            for k in range(0, n // 2, 500)] + [end])


def response_507(href):
    return ('<response><href>%s</href><status>HTTP/1.1 507 Insufficient '
            'Storage</status></response>' % href)


def main(where):
    other = serve.Server(where, 'other', Other)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    server = serve.Server(where, 'hostile', Hostile)
    server.other = 'http://127.0.0.1:%d' % other.server_address[1]
    server.serve_forever()


if __name__ == '__main__':
    main(sys.argv[1])
