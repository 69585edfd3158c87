"""What contacts, events and tasks of graph.py share: properties, parts.

(1) What a request may say is by the schema; what the server alone says is
    refused in a request, as no source tells what it does then.
(2) PATCH leaves alone what it does not name, in a complex value too (OData
    4.0 part 1, 11.4.3); null is to have none.
(3) A write with If-Match is refused if the item has changed (recorded 412),
    unless the setting `ifmatch` is false: no page says that it is honoured.
"""
import re

from graphlib import Answer, Refused, Unknown, gone, malformed
from graphstate import Item

# Of extended properties: singlevaluelegacyextendedproperty.md.
TYPES = ('String', 'Binary', 'Boolean', 'Integer', 'Long', 'Double', 'Float',
         'Short', 'SystemTime', 'CLSID', 'Currency', 'ApplicationTime')
TAG = re.compile(r'(%s) 0x([0-9a-f]{1,4})$' % '|'.join(TYPES), re.I)
NAMED = re.compile(r'(%s) \{([0-9a-f-]{36})\} (Id 0x([0-9a-f]+)|Name (.+))$' %
                   '|'.join(TYPES), re.I)
VALUES = {'Integer': r'-?\d+$', 'Short': r'-?\d+$', 'Long': r'-?\d+$',
          'Boolean': r'(?i:true|false)$',
          'SystemTime': r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$'}


def ext_id(text):
    """One form of an id: tags and sets are no text."""
    kind = lambda s: next(t for t in TYPES if t.lower() == s.lower())
    found = TAG.match(text)
    if found:
        return '%s 0x%x' % (kind(found.group(1)), int(found.group(2), 16))
    found = NAMED.match(text)
    if not found:
        raise Refused(400, 'ErrorInvalidRequest',
                      'The property id %s is not valid.' % text)
    return '%s {%s} %s' % (
        kind(found.group(1)), found.group(2).lower(),
        'Id 0x%x' % int(found.group(4), 16) if found.group(4) else
        'Name ' + found.group(5))


class Props:
    kind = thing = None		# contacts, contact
    own = ()			# what only the server says
    defaults = {}

    def __init__(self, server):
        self.server, self.state = server, server.state

    # Reading a request.

    def given(self, request):
        """The body of a request, by the schema."""
        body = request.body()
        wrong = self.server.schema.why_not(self.thing, body)
        if wrong is not None:
            self.server.refuse(request, wrong)
        for name in body:
            if name in self.own:
                raise Unknown('writing %s of a %s' % (name, self.thing))
        return {k: v for k, v in body.items() if '@' not in k}

    def put(self, item, values):
        """Sets them; the names of what it was."""
        for name, value in values.items():
            was = item.props.get(name)
            if isinstance(value, dict) and isinstance(was, dict):
                value = dict(was, **value)
            item.props[name] = value
        return list(values)

    def put_ext(self, item, given):
        for p in given:
            key = ext_id(p['id'])
            value = p.get('value')
            form = VALUES.get(key.split(' ')[0])
            if value is not None and form and not re.match(form, value):
                raise Refused(400, 'ErrorInvalidRequest',
                              'The value of %s is not valid.' % key)
            if value is None:
                item.ext.pop(key, None)
            else:
                item.ext[key] = value

    def check_match(self, item, request):
        """(3)"""
        match = request.headers.get('if-match')
        if match is None or match == '*' or \
                not self.server.settings['ifmatch']:
            return
        if match != self.state.etag(item):
            raise conflict()

    # Items of a path.

    def find(self, box, id, request, folder=None):
        found = self.state.find(id)
        if found is None:
            if not re.match(r'[A-Za-z0-9_=-]{40,}$', id):
                raise malformed()
            raise gone()
        item = found[0]
        of = item[0] if isinstance(item, tuple) else item
        if not isinstance(of, Item) or of.kind != self.kind or \
                of.folder.box is not box:
            raise gone()
        # An immutable id stays, in Deleted Items too; whether the path of a
        # folder finds what is in another one is not known: both may be set.
        if not (self.server.settings['anywhere'] and found[1]) and (
                of.folder is box.bin or
                (folder is not None and of.folder is not folder)):
            raise gone()
        if found[1] and not request.immutable():
            # outlook-immutable-id.md has both forms taken; one who mixes
            # them up has forgotten the header somewhere.
            self.server.counts['mixed'] += 1
        return item

    # Answers.

    def show(self, item, request, shape):
        raise NotImplementedError

    def base(self, item, request):
        if not request.immutable() and self.kind != 'tasks':
            self.server.counts['mutable'] += 1
        return {'@odata.etag': self.state.etag(item),
                'id': self.state.item_id(item, request.immutable())}

    def expanded(self, item, request, shape, out):
        for name, inner in shape.expand.items():
            if name == 'singleValueExtendedProperties' and \
                    self.kind != 'tasks':
                if inner.ids is None:
                    # "the only way": with $filter on the id.
                    raise Refused(400, 'ErrorInvalidRequest', 'A $filter is '
                                  'needed to expand extended properties.')
                found = [{'id': i, 'value': item.ext[ext_id(i)]}
                         for i in inner.ids if ext_id(i) in item.ext]
                if found:
                    out[name] = found
            elif name == 'extensions':
                self.expand_extensions(item, inner, out)
            else:
                self.expand(item, request, name, inner, out)
        return out

    def expand(self, item, request, name, inner, out):
        raise Unknown('$expand=%s of a %s' % (name, self.thing))

    def match(self, item, id, value):
        return item.ext.get(ext_id(id)) == value

    def answer(self, item, request, shape, status=200):
        body = self.show(item, request, shape)
        etag = {'ETag': body['@odata.etag']} if '@odata.etag' in body else {}
        return Answer(status, body, self.thing, etag)

    # Open extensions: opentypeextension-*.md.

    def expand_extensions(self, item, inner, out):
        names = None if inner.ids is None else [
            extension_name(i) for i in inner.ids]
        found = [self.extension(item, n) for n in sorted(item.extensions)
                 if names is None or n in names]
        if found:
            out['extensions'] = found

    def extension(self, item, name):
        return dict({'@odata.type': '#microsoft.graph.openTypeExtension',
                     'id': 'microsoft.graph.openTypeExtension.' + name,
                     'extensionName': name}, **item.extensions[name])

    def put_extension(self, item, given, new):
        values = {k: v for k, v in given.items()
                  if '@' not in k and k not in ('id', 'extensionName')}
        for v in values.values():
            flat = v if isinstance(v, list) else [v]
            if any(isinstance(x, (dict, list)) for x in flat):
                raise Refused(400, 'ErrorInvalidRequest', 'The data in an '
                              'extension is primitive.')
        name = given.get('extensionName')
        if not name or name.lower().startswith('com.microsoft'):
            raise Refused(400, 'ErrorInvalidRequest', 'extensionName')
        if new and name in item.extensions:
            raise Refused(409, 'NameAlreadyExists', 'An extension already '
                          'exists with given id.')
        if not new and name not in item.extensions:
            raise gone()
        # opentypeextension-update.md: matched ones are updated, others
        # added.
        item.extensions.setdefault(name, {}).update(values)
        return name

    def extensions(self, item, request, rest):
        """.../extensions[/{name}]"""
        method = request.method
        if not rest and method == 'POST':
            name = self.put_extension(item, request.body(), True)
            self.state.touch(item)
            return Answer(201, self.extension(item, name),
                          'openTypeExtension')
        if not rest and method == 'GET':
            request.done()
            return Answer(200, {'value': [
                self.extension(item, n) for n in sorted(item.extensions)]},
                'openTypeExtension')
        name = extension_name(rest[0])
        if name not in item.extensions:
            raise gone()
        if method == 'GET':
            return Answer(200, self.extension(item, name),
                          'openTypeExtension')
        if method == 'PATCH':
            self.put_extension(item, dict(request.body(),
                                          extensionName=name), False)
            self.state.touch(item)
            return Answer(200, self.extension(item, name),
                          'openTypeExtension')
        if method == 'DELETE':
            del item.extensions[name]
            self.state.touch(item)
            return Answer(204)
        raise Unknown('%s of an extension' % method)


def extension_name(id):
    for prefix in ('Microsoft.OutlookServices.OpenTypeExtension.',
                   'microsoft.graph.openTypeExtension.'):
        if id.lower().startswith(prefix.lower()):
            return id[len(prefix):]
    return id


def conflict():
    # Recorded, msgraph-sdk-dotnet 1201.
    return Refused(412, 'ErrorIrresolvableConflict', 'The send or update '
                   'operation could not be performed because the change key '
                   'passed in the request does not match the current change '
                   'key for the item.')


def selected(out, shape, unasked=(), lacks=()):
    """$select of what was made; `unasked` comes only if it is named, and
    `lacks` is what only others have."""
    if shape.select is None:
        return {k: v for k, v in out.items() if k not in unasked}
    names = set()
    for name in shape.select:
        if name in shape.expand or name in lacks:
            continue		# what is named in $expand comes by that
        if name not in out:
            raise Unknown('$select=' + name)
        names.add(name)
    return {k: v for k, v in out.items()
            if k in names or k in ('id', '@odata.etag')}
