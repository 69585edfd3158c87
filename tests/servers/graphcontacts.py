"""Contacts and their folders in graph.py.

(1) At most three e-mail addresses, two phones of business and of home, with
    the recorded message (microsoft-graph-docs 15276).
(2) A birthday is at 11:59 UTC of its day (recorded by n8n).
(3) displayName is made anew when a name changes and it does not come along
    (protocols.md 2.5).
(4) An address that is none is left out without a word (protocols.md 3.1).
(5) The default folder is not among contactFolders (protocols.md 2.3).
"""
from graphlib import Answer, Refused, Unknown, gone, shape_of
from graphlist import delta, page
from graphprops import Props, selected
from graphstate import Folder, Item

# In the order of the recorded answers, and what an empty one has.
ALL = {'categories': [], 'birthday': None, 'fileAs': '', 'displayName': None,
       'givenName': None, 'initials': None, 'middleName': None,
       'nickName': None, 'surname': None, 'title': None,
       'yomiGivenName': None, 'yomiSurname': None, 'yomiCompanyName': None,
       'generation': None, 'imAddresses': [], 'jobTitle': None,
       'companyName': None, 'department': None, 'officeLocation': None,
       'profession': None, 'businessHomePage': None, 'assistantName': None,
       'manager': None, 'homePhones': [], 'mobilePhone': None,
       'businessPhones': [], 'spouseName': None, 'personalNotes': '',
       'children': [], 'emailAddresses': [], 'homeAddress': {},
       'businessAddress': {}, 'otherAddress': {}}
MOST = {'emailAddresses': 3, 'businessPhones': 2, 'homePhones': 2}
NAMES = ('title', 'givenName', 'middleName', 'surname', 'generation')
PHOTO = 4 << 20		# profilephoto-update.md
# PidLidHasPicture, [MS-OXOCNTC] 2.2.1.8.1
HAS_PICTURE = 'Boolean {00062004-0000-0000-c000-000000000046} Id 0x8015'


class Contacts(Props):
    kind, thing = 'contacts', 'contact'
    own = ('id', 'changeKey', 'createdDateTime', 'lastModifiedDateTime',
           'parentFolderId', 'photo', 'primaryEmailAddress',
           'secondaryEmailAddress', 'tertiaryEmailAddress',
           'multiValueExtendedProperties')

    def show(self, item, request, shape):
        out = self.base(item, request)
        out.update(createdDateTime=item.created,
                   lastModifiedDateTime=item.modified,
                   changeKey=self.state.change_key(item), categories=[],
                   parentFolderId=self.state.folder_id(item.folder))
        for name, none in ALL.items():
            value = item.props.get(name)
            if isinstance(value, dict):
                value = {k: v for k, v in value.items() if v is not None}
            out[name] = none if value is None else value
        return self.expanded(item, request, shape, selected(out, shape))

    def fill(self, item, request, new):
        given = self.given(request)
        ext = given.pop('singleValueExtendedProperties', [])
        extensions = given.pop('extensions', [])
        if extensions and not new:
            raise Unknown('PATCH of a contact with extensions')
        for name, most in MOST.items():
            if len(given.get(name) or []) > most:
                self.server.counts['refused'] += 1
                raise Refused(400, 'ErrorInvalidRequest', 'The multi value '
                              'property %s has %d entries, that exceeds the '
                              'max allowed value of %d' % (
                                  name[0].upper() + name[1:],
                                  len(given[name]), most))
        if len(given.get('imAddresses') or []) > 3:
            raise Unknown('more than three imAddresses')
        if given.get('birthday'):
            given['birthday'] = given['birthday'][:10] + 'T11:59:00Z'
        if given.get('emailAddresses'):
            given['emailAddresses'] = [
                {'name': e.get('name') or e['address'],
                 'address': e['address']}
                for e in given['emailAddresses']
                if '@' in (e.get('address') or '')]
        self.put_ext(Item('contacts'), ext)	# or nothing is done
        names = self.put(item, given)
        self.put_ext(item, ext)
        for e in extensions:
            self.put_extension(item, e, True)
        if 'displayName' not in given and (new or set(NAMES) & set(given)):
            made = ' '.join(item.props[n] for n in NAMES
                            if item.props.get(n))
            item.props['displayName'] = made or item.props.get('companyName')
            names.append('displayName')
        return names

    def outlook(self, item, props):
        item.props.update(props)

    # Requests.

    def collection(self, box, folder, request, rest):
        """[contactFolders/{id}/]contacts[/...]"""
        method = request.method
        if not rest:
            if method == 'POST':
                item = Item('contacts')
                self.fill(item, request, True)
                self.state.add(folder, item)
                return self.answer(item, request, shape_of(request), 201)
            if method == 'GET':
                return page(self.server, request,
                        list(folder.items.values()), 'contact',
                            lambda i, s: self.show(i, request, s),
                            self.match)
            raise Unknown(method + ' of contacts')
        if rest[0] == 'delta' and method == 'GET' and len(rest) == 1:
            return delta(self.server, request, folder, 'contact',
                         lambda i, r, select: self.show(
                             i, r, type(shape_of(r))(select)))
        item = self.find(box, rest[0], request, folder)
        return self.one(item, request, rest[1:])

    def one(self, item, request, rest):
        method = request.method
        if rest and rest[0] == 'photo':
            return self.photo(item, request, rest[1:])
        if rest and rest[0] == 'extensions':
            return self.extensions(item, request, rest[1:])
        if rest:
            raise Unknown('/'.join(rest) + ' of a contact')
        shape = shape_of(request)
        request.done()
        if method == 'GET':
            return self.answer(item, request, shape)
        self.check_match(item, request)
        if method == 'PATCH':
            self.state.touch(item, self.fill(item, request, False))
            return self.answer(item, request, shape)
        if method == 'DELETE':
            self.state.delete(item)
            return Answer(204)
        raise Unknown(method + ' of a contact')

    def photo(self, item, request, rest):
        """profilephoto-get.md, profilephoto-update.md.  There is no DELETE
        of a contact's (profilephoto-delete.md)."""
        method = request.method
        if rest == ['$value'] and method == 'PUT':
            kind = request.headers.get('content-type', '')
            if not kind.startswith('image/'):
                raise Refused(400, 'ErrorInvalidRequest', 'A photo is of '
                              'the type image/jpeg.')
            if len(request.raw) > PHOTO:
                raise Refused(413, 'RequestEntityTooLarge', 'The photo is '
                              'too large.')
            self.check_match(item, request)
            self.put_photo(item, kind, request.raw)
            self.state.touch(item)
            return Answer(200)
        if method != 'GET':
            raise Unknown(method + ' of the photo of a contact')
        if item.photo is None:
            raise gone()
        if rest == ['$value']:
            return Answer(200, item.photo[1], None,
                          {'Content-Type': item.photo[0]})
        if rest:
            raise Unknown('/'.join(rest) + ' of a photo')
        return Answer(200, {'@odata.mediaContentType': item.photo[0],
                            'id': '48X48', 'width': 48, 'height': 48},
                      'profilePhoto')

    @staticmethod
    def put_photo(item, kind, data):
        item.photo = (kind, data)
        item.ext[HAS_PICTURE] = 'true'

    # Folders.

    def show_folder(self, folder):
        top = folder.parent or folder
        return {'id': self.state.folder_id(folder),
                'parentFolderId': self.state.folder_id(top),
                'displayName': folder.name}

    def folders(self, box, request, rest):
        """contactFolders[/...]"""
        default = box.default['contacts']
        if not rest:
            return self.list_folders(default, request)
        found = self.state.find(rest[0])
        if found is None or not isinstance(found[0], Folder) or \
                found[0].box is not box or found[0].kind != 'contacts':
            raise gone()
        folder = found[0]
        if len(rest) > 1 and rest[1] == 'childFolders' and len(rest) == 2:
            return self.list_folders(folder, request)
        if len(rest) > 1 and rest[1] == 'contacts':
            return self.collection(box, folder, request, rest[2:])
        if len(rest) == 1 and request.method == 'GET':
            shape_of(request)
            request.done()
            return Answer(200, self.show_folder(folder), 'contactFolder')
        raise Unknown('%s of %s' % (request.method, '/'.join(rest[1:])))

    def list_folders(self, folder, request):
        if request.method == 'POST':
            name = request.body().get('displayName')
            made = self.state.add_folder(folder.box, 'contacts', name, folder)
            return Answer(201, self.show_folder(made), 'contactFolder')
        if request.method != 'GET':
            raise Unknown(request.method + ' of folders')
        return page(self.server, request, folder.children, 'contactFolder',
                    lambda f, s: self.show_folder(f))
