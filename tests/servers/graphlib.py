"""What the parts of graph.py share: requests, answers, errors, the schema.

An answer that has a source names it where it is made; what has none raises
Unknown, which is answered by 501 and a line on stderr.
"""
import json
import os
import re
import urllib.parse

import jsonschema

ROOT = '/v1.0'
JSON = 'application/json'


class Refused(Exception):
    """As Graph says no: {"error": {"code", "message"}}."""

    def __init__(self, status, code, text='', head=None, inner=None):
        super().__init__(code)
        self.status, self.code, self.text = status, code, text
        self.head, self.inner = head or {}, inner


class Unknown(Exception):
    """No source says what Graph does then."""


def gone():
    # Seen for ids that are not there: protocols.md 2.4.
    return Refused(404, 'ErrorItemNotFound',
                   'The specified object was not found in the store.')


def malformed():
    return Refused(400, 'ErrorInvalidIdMalformed', 'Id is malformed.')


def key(method, target, data):
    """The same for what is asked for once more, alone or in a batch."""
    try:
        data = json.dumps(json.loads(data), sort_keys=True)
    except ValueError:
        pass
    return method, target, data


class Request:
    def __init__(self, method, target, headers, body, base, caller=None):
        path, _, query = target.partition('?')
        self.method, self.target, self.base = method, target, base
        self.path = path
        self.parts = [urllib.parse.unquote(p)
                      for p in path.strip('/').split('/')]
        self.query = dict(urllib.parse.parse_qsl(query, True))
        if len(self.query) != len(urllib.parse.parse_qsl(query, True)):
            raise Unknown('a query option twice: ' + query)
        self.headers = {k.lower(): v for k, v in headers.items()}
        self.raw, self.caller = body, caller
        self.applied = []		# Preference-Applied
        self.used = set()		# query options that somebody has read

    def body(self):
        if self.headers.get('content-type', '').split(';')[0] != JSON:
            # json-batching.md, errors of OData: a body needs its type.
            raise Refused(415, 'RequestBodyRead',
                          'A Content-Type is needed with a body.')
        try:
            out = json.loads(self.raw)
        except ValueError:
            out = None
        if not isinstance(out, dict):
            raise Refused(400, 'UnableToDeserializePostBody',
                          'were unable to deserialize ')
        return out

    def prefer(self, name):
        """The value of one preference (RFC 7240), None without."""
        for part in split_outside(self.headers.get('prefer', ''), ','):
            key, _, value = part.strip().partition('=')
            if key.strip().lower() == name.lower():
                if part.strip() not in self.applied:
                    self.applied.append(part.strip())
                return value.strip().strip('"')
        return None

    def immutable(self):
        # outlook-immutable-id.md: on every request.
        return self.prefer('IdType') == 'ImmutableId'

    def option(self, name):
        self.used.add(name)
        return self.query.get(name)

    def done(self):
        """All of the query was understood."""
        for name in self.query:
            if name not in self.used:
                raise Unknown('the query option %s of %s %s' % (
                    name, self.method, self.path))


class Answer:
    def __init__(self, status, body=None, kind=None, head=None):
        self.status, self.body = status, body
        self.kind = kind	# of the schema, for each thing in it
        self.head = dict(head or {})

    def bytes(self):
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b''
        return json.dumps(self.body).encode()


def error(status, code, text, head=None, inner=None):
    """protocols.md 2.4: the shape of an error."""
    return Answer(status, {'error': {
        'code': code, 'message': text, 'innerError': {
            **({'code': inner} if inner else {}),
            'date': '2026-03-01T00:00:00',
            'request-id': '31c91f39-f97b-4f8b-8f6f-c4c00c1a8fe9',
            'client-request-id': '31c91f39-f97b-4f8b-8f6f-c4c00c1a8fe9'}}},
        None, head)


def split_outside(text, at):
    """Split where no quote and no parenthesis is open."""
    out, depth, quote = [''], 0, None
    for c in text:
        if quote:
            quote = None if c == quote else quote
        elif c in '"\'':
            quote = c
        elif c == '(':
            depth += 1
        elif c == ')':
            depth -= 1
        if c == at and not depth and not quote:
            out.append('')
        else:
            out[-1] += c
    return [x for x in (o.strip() for o in out) if x]


# $select, $expand, $filter

EP = re.compile(r"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*\1/id "
                r"eq '((?:[^']|'')*)' and \1/value eq '((?:[^']|'')*)'\s*\)$",
                re.I)
UID = re.compile(r"iCalUId eq '((?:[^']|'')*)'$")
ONE = re.compile(r"id eq '((?:[^']|'')*)'$")
LIMIT = 1000		# of $top: query-parameters.md


class Shape:
    """What of a thing is asked for: $select and $expand."""

    def __init__(self, select=None, expand=None, filters=None):
        self.select = select	# None: all that comes unasked
        self.expand = expand or {}	# name: Shape
        self.ids = filters	# of $filter=id eq 'a' or id eq 'b'

    @classmethod
    def of(cls, select, expand, filters=None):
        names = [s.strip() for s in select.split(',')] if select else None
        out = {}
        for part in split_outside(expand or '', ','):
            name, _, inner = part.partition('(')
            if inner and not inner.endswith(')'):
                raise Refused(400, 'BadRequest', 'Parsing OData Select and '
                              'Expand failed.')
            options = {}
            for o in split_outside(inner[:-1], ';'):
                key, _, value = o.partition('=')
                options[key] = value
            given = options.pop('$filter', None)
            out[name] = cls.of(options.pop('$select', None),
                               options.pop('$expand', None),
                               cls.ids_of(given))
            if options:
                raise Unknown('$expand with ' + ', '.join(options))
        return cls(names, out, filters)

    @staticmethod
    def ids_of(text):
        """singlevaluelegacyextendedproperty-get.md, with `or` between."""
        if text is None:
            return None
        out = []
        for part in re.split(r' or ', text):
            found = ONE.match(part.strip())
            if not found:
                raise Unknown('the filter ' + text)
            out.append(found.group(1).replace("''", "'"))
        return out

    def wants(self, name):
        return self.select is None or name in self.select


def shape_of(request):
    return Shape.of(request.option('$select'), request.option('$expand'))


def filter_of(request):
    """(id, value) of an extended property, or of an event's iCalUId
    (odoo's microsoft_calendar.py filters by that); None: all are wanted."""
    text = request.option('$filter')
    if text is None:
        return None
    found = UID.match(text.strip())
    if found:
        return 'iCalUId', found.group(1).replace("''", "'")
    found = EP.match(text.strip())
    if not found:
        raise Unknown('the filter ' + text)
    return tuple(x.replace("''", "'") for x in found.groups()[1:])


def top_of(request, most, default=10):
    # Pages of Outlook's collections are of 10: recorded contacts.json.
    text = request.option('$top')
    page = request.prefer('odata.maxpagesize')
    try:
        n = int(text or page or default)
    except ValueError:
        n = 0
    if not 0 < n <= LIMIT:
        raise Refused(400, 'ErrorInvalidRequest',
                      'The value of $top is not valid.')
    return min(n, most or n)


# The schema.

class Schema:
    """jsonschema-v1.0.json: closed, and its enums are case-sensitive."""

    def __init__(self, material):
        with open(os.path.join(material, 'graph',
                               'jsonschema-v1.0.json')) as f:
            self.all = json.load(f)
        self.of = {}
        self.resolver = jsonschema.RefResolver.from_schema(self.all)
        self.fine = {}			# what was seen to be so

    def why_not(self, kind, thing):
        """None, or where and what is wrong."""
        key = (kind, json.dumps(thing, sort_keys=True))
        if key in self.fine:
            return None
        if kind not in self.of:
            self.of[kind] = jsonschema.Draft202012Validator(
                self.all['$defs'][kind], resolver=self.resolver)
        wrong = next(self.of[kind].iter_errors(thing), None)
        if wrong is not None:
            return '/'.join(str(p) for p in wrong.absolute_path) + ': ' + \
                wrong.message[:300]
        if len(self.fine) < 100000:
            self.fine[key] = True
        return None

    def names(self, kind):
        return self.all['$defs'][kind]['properties']
