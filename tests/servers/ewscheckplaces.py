"""What ews.py must do: requests by the schema, answers as recorded, folders."""
import glob
import re

from lxml import etree

from ewsask import NS, item_id, known, put
from ewsmake import JANE, contact, event, gone, same, weekly


# The schema.

def check_schema(ask, material):
    """A fault as findconversation-operation documents it."""
    a = ask.sync('contacts', most=513)
    same((a.status, a.codes()), (500, ['ErrorSchemaValidation']))
    same(a.text('faultcode'), 'a:ErrorSchemaValidation')
    same(a.text('t:LineNumber'), '2')
    assert 'MaxChangesReturned' in a.text('t:Violation'), a.data
    for body in (
            '<m:UpdateItem><m:ItemChanges/></m:UpdateItem>',
            '<m:CreateItem><m:Items><t:Contact><t:Surname>a</t:Surname>'
            '<t:GivenName>b</t:GivenName></t:Contact></m:Items>'
            '</m:CreateItem>',
            '<m:GetItem/>', '<x/>'):
        same(ask(body).codes(), ['ErrorSchemaValidation'], body)
    same(ask.send(b'no XML').codes(), ['ErrorSchemaValidation'])
    same(ask.send(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>').codes(),
         ['ErrorSchemaValidation'])
    same(ask.get_folder('inbox', version='Exchange2019').codes(),
         ['ErrorInvalidServerVersion'])
    same(ask.find('contacts', '<m:IndexedPageItemView Offset="0" '
                  'BasePoint="Beginning"/>',
                  '<t:Exists><t:FieldURI FieldURI="item:Sub"/></t:Exists>')
         .codes(), ['ErrorSchemaValidation'])


def check_examples(ask, material):
    """Each documented request gets an answer, and no failure."""
    files = glob.glob(material + '/ews/requests/*/*.xml')
    assert len(files) > 140, files
    for f in sorted(files):
        with open(f, 'rb') as data:
            a = ask.send(data.read())
        assert a.codes(), (f, a.data)
        assert 'ErrorSchemaValidation' not in a.codes(), (f, a.data)
    for f in glob.glob(material + '/ews/docs-invalid/*'):
        with open(f, 'rb') as data:
            a = ask.send(data.read())
        assert a.codes()[0] in ('ErrorSchemaValidation',
                                'ErrorInvalidServerVersion'), (f, a.data)


# As recorded.

def shape_of(item, skip=()):
    """The elements of an item with their texts, but for what differs."""
    differs = {'DateTimeReceived', 'Size', 'DateTimeSent', 'DateTimeCreated',
               'LastModifiedName', 'LastModifiedTime', 'DateTimeStamp',
               'UID', 'Name', 'EmailAddress'}
    missing = {'WebClientReadFormQueryString', 'ConversationId',
               'AccountName', 'ObjectId', 'SourceId'} | set(skip)
    out = []
    for e in item.iter():
        name = etree.QName(e).localname
        if name in missing:
            continue
        out.append((name, '*' if name in differs else (e.text or '').strip(),
                    sorted((k, v) for k, v in e.attrib.items()
                           if k not in ('Id', 'ChangeKey', 'Name'))))
    return out


def recorded(material, name, kind, n=0):
    f, = glob.glob('%s/ews/responses/recorded/%s*' % (material, name))
    return etree.parse(f).findall('.//t:' + kind, NS)[n]


def check_recorded_contact(ask, material):
    for name, xml in (
            ('ContactsAPITest.testContactFieldVariations.03', '<t:Contact>'
             '<t:GivenName>Min</t:GivenName><t:Surname>Test</t:Surname>'
             '</t:Contact>'),
            ('ContactsAPITest.testContactFieldVariations.05', '<t:Contact>'
             '<t:GivenName>Complete</t:GivenName><t:CompanyName>Test Company '
             'Inc.</t:CompanyName><t:EmailAddresses><t:Entry Key="Email'
             'Address1">complete@test.com</t:Entry></t:EmailAddresses>'
             '<t:PhoneNumbers><t:Entry Key="HomePhone">+1-555-0123</t:Entry>'
             '</t:PhoneNumbers><t:Department>Quality Assurance</t:Department>'
             '<t:JobTitle>Senior Test Engineer</t:JobTitle><t:Surname>Test'
             '</t:Surname></t:Contact>')):
        a = ask.get(ask.create(xml).id(), base='AllProperties')
        same(shape_of(a.all('t:Contact')[0]), shape_of(recorded(
            material, name, 'Contact')), name)


def check_recorded_event(ask, material):
    a = ask.get(ask.create(event(
        'Test Get Item 2', '2015-07-01T08:00:00Z',
        '2015-07-01T09:00:00Z')).id(), base='AllProperties')
    same(shape_of(a.all('t:CalendarItem')[0]), shape_of(recorded(
        material, 'CalendarTest.testGetCalendarItem.04', 'CalendarItem')))
    assert re.fullmatch('040000008200E00074C5B7101A82E00800000000[0-9A-F]{16}'
                        '0000000000000000''10000000[0-9A-F]{32}',
                        a.text('t:UID')), a.text('t:UID')
    a = ask.sync('calendar')
    all_properties = ask(
        '<m:SyncFolderItems><m:ItemShape><t:BaseShape>AllProperties'
        '</t:BaseShape></m:ItemShape><m:SyncFolderId>%s</m:SyncFolderId>'
        '<m:MaxChangesReturned>9</m:MaxChangesReturned></m:SyncFolderItems>' %
        known('calendar'))
    want = recorded(material, 'APITest.testListItemChanges.02',
                    'CalendarItem')
    same([x[0] for x in shape_of(all_properties.all('t:CalendarItem')[0])],
         [x[0] for x in shape_of(want)])
    # APITest.testDeleteItemsFail.02.DeleteItemResponse.xml
    a = ask.delete(gone(ask))
    same(a.codes(), ['ErrorItemNotFound'])
    same(a.text('m:DescriptiveLinkKey'), '0')


def check_recorded_series(ask, material):
    """In the zone of the recording; occurrences by CalendarView."""
    rule = weekly(4, 'Wednesday', '2025-07-02')
    ident = ask.create(event(
        'Weekly Team Meeting', '2025-07-02T10:00:00Z',
        '2025-07-02T11:00:00Z', '<t:Location>Conference Room A</t:Location>' +
        rule, 'Greenwich Standard Time')).id()
    a = ask.get(ident, base='AllProperties')
    # ReminderDueBy of a series is the next one's, of the day it is read.
    skip = ['ReminderDueBy']
    got = shape_of(a.all('t:CalendarItem')[0], skip)
    want = shape_of(recorded(material, 'CalendarTest.testRecurringEvent'
                             'Support.04', 'CalendarItem'), skip)
    same(got, want)
    a = ask.find('calendar', '<m:CalendarView '
                 'StartDate="2025-07-01T00:00:00Z" '
                 'EndDate="2025-08-01T00:00:00Z"/>', base='AllProperties')
    name = 'CalendarTest.testRecurringEventSupport.05'
    for got, n in ((0, 1), (1, 3), (3, 5)):
        same(shape_of(a.all('t:CalendarItem')[got], skip),
             shape_of(recorded(material, name, 'CalendarItem', n), skip))
    same(a.key(0), ask.get(ident).key())


def check_recorded_update(ask, material):
    a = ask.create(JANE)
    a = ask.update(a.id(), a.key(), put('Contact', 'contacts:GivenName',
                                        '<t:GivenName>X</t:GivenName>'))
    f, = glob.glob(material + '/ews/responses/recorded/ContactsAPITest.'
                   'testUpdateContact.03*')
    want = etree.parse(f).find('.//m:UpdateItemResponseMessage', NS)
    same(shape_of(a.all('m:UpdateItemResponseMessage')[0]), shape_of(want))


# Folders.

def check_folders(ask, material):
    a = ask.get_folder('contacts')
    same(a.text('t:DisplayName'), 'Contacts')
    ident = a.all('t:FolderId')[0].get('Id')
    same(ask.get_folder(ident).text('t:DisplayName'), 'Contacts')
    a = ask.below('contacts')
    same(a.texts('t:DisplayName'), ['Second'])
    second = a.all('t:FolderId')[0].get('Id')
    same(ask.below(second).texts('t:DisplayName'), ['Third'])
    same(ask.below('contacts', 'Deep').texts('t:DisplayName'),
         ['Second', 'Third'])
    view = '<m:IndexedPageFolderView MaxEntriesReturned="5" Offset="%d" ' \
        'BasePoint="Beginning"/>'
    names, offset = [], 0
    while True:
        a = ask.below('msgfolderroot', view=view % offset)
        names += a.texts('t:DisplayName')
        root = a.all('m:RootFolder')[0]
        offset = int(root.get('IndexedPagingOffset'))
        if root.get('IncludesLastItemInRange') == 'true':
            break
    same(len(names), 11)
    same(ask.get_folder('contacts', ('calendar:Start',)).codes(),
         ['ErrorInvalidPropertyRequest'])
    same(ask.get_folder(ident[:-8] + 'AAAAAAA=').codes(),
         ['ErrorInvalidIdMalformed'])
    same(ask.get_folder(ident.swapcase().replace('aamK', 'AAMk')).codes(),
         ['ErrorInvalidIdMalformed'])
    item = ask.create(JANE).id()
    same(ask.get_folder(item).codes(), ['ErrorCannotUseItemIdForFolderId'])
    same(ask.get(ident).codes(), ['ErrorCannotUseFolderIdForItemId'])


def check_made_folders(ask, material):
    def make(name, element='ContactsFolder'):
        return ask('<m:CreateFolder><m:ParentFolderId>%s</m:ParentFolderId>'
                   '<m:Folders><t:%s><t:DisplayName>%s</t:DisplayName></t:%s>'
                   '</m:Folders></m:CreateFolder>' % (
                       known('contacts'), element, name, element))
    a = make('New')
    same(a.codes(), ['NoError'])
    same(make('New').codes(), ['ErrorFolderExists'])
    ident = a.all('t:FolderId')[0].get('Id')
    state = ask.sync(ident).text('m:SyncState')
    delete = '<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>%s' \
        '</m:FolderIds></m:DeleteFolder>'
    same(ask(delete % known(ident)).codes(), ['NoError'])
    same(ask.sync(ident, state).codes(), ['ErrorSyncFolderNotFound'])
    same(ask.get_folder(ident).codes(), ['ErrorFolderNotFound'])
    same(ask(delete % known('contacts')).codes(),
         ['ErrorDeleteDistinguishedFolder'])
    same(ask.create(JANE, 'calendar').codes(),
         ['ErrorCannotCreateContactInNonContactFolder'])


def check_delegates(ask, material):
    """alice reads and writes team's, bob reads it, service sees nothing."""
    a = ask.create(JANE, 'team@example.test/contacts')
    same(a.codes(), ['NoError'])
    ident, key = a.id(), a.key()
    same(ask.get(ident, ('contacts:GivenName',), user='bob').text(
        't:GivenName'), 'Jane')
    same(ask.get(ident, user='service').codes(), ['ErrorItemNotFound'])
    same(ask.sync('team@example.test/contacts', user='service').codes(),
         ['ErrorSyncFolderNotFound'])
    same(ask.create(JANE, 'team@example.test/contacts', user='bob').codes(),
         ['ErrorCreateItemAccessDenied'])
    change = put('Contact', 'contacts:GivenName',
                 '<t:GivenName>J</t:GivenName>')
    same(ask.update(ident, key, change, user='bob').codes(),
         ['ErrorAccessDenied'])
    same(ask.delete(ident, user='bob', how='HardDelete').codes(),
         ['ErrorAccessDenied'])
    # deleteitem-operation: a delegate has to move it.
    same(ask.delete(ident).codes(), ['ErrorCannotDeleteObject'])
    a = ask('<m:MoveItem><m:ToFolderId>%s</m:ToFolderId><m:ItemIds>%s'
            '</m:ItemIds></m:MoveItem>' % (
                known('team@example.test/deleteditems'), item_id(ident)))
    same(a.codes(), ['NoError'])
    assert a.id() != ident
    same(ask.get(ident).codes(), ['ErrorItemNotFound'])
    same(ask.get_folder('nobody@example.test/contacts').codes(),
         ['ErrorNonExistentMailbox'])
    a = ask.get_folder('a.adams@example.test/contacts')
    same(a.codes(), ['ErrorNonPrimarySmtpAddress'])
    same(a.text('t:Value'), 'alice@example.test')
    # Access that is denied stops what follows.
    two = [ask.create(contact(n), 'team@example.test/contacts').id()
           for n in 'ab']
    same(ask.delete(two, 'HardDelete', user='bob').codes(),
         ['ErrorAccessDenied', 'ErrorBatchProcessingStopped'])


def check_impersonation(ask, material):
    head = ('<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>'
            '%s</t:PrimarySmtpAddress></t:ConnectingSID>'
            '</t:ExchangeImpersonation>')
    who = head % 'bob@example.test'
    a = ask.create(JANE, header=who, user='service',
                   X_AnchorMailbox='bob@example.test')
    same(a.codes(), ['NoError'])
    same(ask.count('no-anchor'), 0)
    same(ask.get(a.id(), user='bob').codes(), ['NoError'])
    # The mailbox is his own then.
    same(ask.delete(a.id(), header=who, user='service').codes(), ['NoError'])
    same(ask.count('no-anchor'), 1)
    a = ask.create(JANE, header=who)
    same((a.status, a.codes()), (500, ['ErrorImpersonateUserDenied']))
    same(ask.create(JANE, header=head % 'x@example.test',
                    user='service').codes(), ['ErrorNonExistentMailbox'])


def check_public(ask, material):
    """Level by level, and to the mailbox that has the content."""
    replica = '<t:ExtendedFieldURI PropertyTag="26264" PropertyType="Binary"/>'
    top = ask.below('publicfoldersroot')
    same(top.texts('t:DisplayName'), ['Office'])
    office = top.all('t:FolderId')[0].get('Id')
    a = ask.below(office, names=('folder:DisplayName', replica))
    names = a.texts('t:DisplayName')
    same(names, ['Customers', 'Suppliers', 'Holidays', 'Chores'])
    ids = dict(zip(names, [e.get('Id') for e in a.all('t:FolderId')]))
    import base64
    where = dict(zip(names, [base64.b64decode(v).decode().rstrip('\0')
                             for v in a.texts('t:Value')]))
    same(where['Customers'], '1ec2a236-ed93-4f88-b9c6-33e63fa4aa44')
    assert where['Suppliers'] != where['Customers']
    same(ask.below('publicfoldersroot', 'Deep').codes(),
         ['ErrorInvalidOperation'])
    same(ask.find(ids['Suppliers']).codes(),
         ['ErrorPublicFolderOperationFailed'])
    head = dict(X_AnchorMailbox='pf2@example.test',
                X_PublicFolderMailbox=where['Suppliers'] + '@example.test')
    same(ask.find(ids['Suppliers'], **head).codes(), ['NoError'])
    a = ask.create(JANE, ids['Suppliers'], **head)
    same(a.codes(), ['NoError'])
    same(ask.get(a.id()).codes(), ['ErrorPublicFolderOperationFailed'])
    same(ask.get(a.id(), **head).codes(), ['NoError'])
    same(ask.find(ids['Customers'], **head).codes(),
         ['ErrorPublicFolderOperationFailed'])
    same(ask.find(ids['Customers']).codes(), ['NoError'])
    same(ask.below(office, **head).codes(),
         ['ErrorPublicFolderOperationFailed'])
    same(ask.delete(a.id(), 'SoftDelete', **head).codes(), ['NoError'])
    assert 'does not know' in ask.sync(ids['Customers']).text('faultstring')
    assert 'does not know' in ask(
        '<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>IdOnly'
        '</t:BaseShape></m:FolderShape></m:SyncFolderHierarchy>').text(
            'faultstring')
