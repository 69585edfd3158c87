#!/usr/bin/python3
"""What ews.py must do, one check a name: ewscheck.py TOP MATERIAL NAME

Is silent if the check holds, else it says what was wanted and what came, and
exits 1.  `ewscheck.py` alone lists the names.
"""
import glob
import http.client
import os
import re
import sys
import threading
import urllib.error

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lxml import etree	# noqa: E402

from ewsask import (NS, Ask, drop, item_id, known, occurrence, put,	# noqa
                    uri)

JANE = ('<t:Contact><t:DisplayName>Jane Doe</t:DisplayName><t:GivenName>Jane'
        '</t:GivenName><t:EmailAddresses><t:Entry Key="EmailAddress1">'
        'jane@example.test</t:Entry></t:EmailAddresses><t:Surname>Doe'
        '</t:Surname></t:Contact>')
OURS = ('<t:ExtendedFieldURI PropertySetId="c11ff724-aa03-4555-9952-'
        '8fa248a11c3e" PropertyName="exuid" PropertyType="String"/>')


def same(got, want, what=''):
    if got != want:
        raise AssertionError('%s\nwanted %r\ngot    %r' % (what, want, got))


def contact(name, more=''):
    return '<t:Contact>%s<t:GivenName>%s</t:GivenName></t:Contact>' % (
        more, name)


def event(subject, start, end, more='', zone='UTC', first=''):
    return ('<t:CalendarItem><t:Subject>%s</t:Subject>%s<t:Start>%s</t:Start>'
            '<t:End>%s</t:End>%s<t:StartTimeZone Id="%s"/></t:CalendarItem>' %
            (subject, first, start, end, more, zone))


def weekly(count, day='Monday', date='2026-03-23'):
    return ('<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval>'
            '<t:DaysOfWeek>%s</t:DaysOfWeek></t:WeeklyRecurrence>'
            '<t:NumberedRecurrence><t:StartDate>%s</t:StartDate>'
            '<t:NumberOfOccurrences>%d</t:NumberOfOccurrences>'
            '</t:NumberedRecurrence></t:Recurrence>' % (day, date, count))


def series(ask, count=4):
    a = ask.create(event('Weekly', '2026-03-23T09:00:00',
                         '2026-03-23T10:00:00', weekly(count),
                         'W. Europe Standard Time'))
    same(a.codes(), ['NoError'])
    return a.id(), a.key()


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


def gone(ask):
    ident = ask.create(JANE).id()
    same(ask.delete(ident, 'HardDelete').codes(), ['NoError'])
    return ident


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
    same(ask.sync(ids['Suppliers']).codes(),
         ['ErrorPublicFolderOperationFailed'])
    head = dict(X_AnchorMailbox='pf2@example.test',
                X_PublicFolderMailbox=where['Suppliers'] + '@example.test')
    same(ask.sync(ids['Suppliers'], **head).codes(), ['NoError'])
    a = ask.create(JANE, ids['Suppliers'], **head)
    same(a.codes(), ['NoError'])
    same(ask.get(a.id()).codes(), ['ErrorPublicFolderOperationFailed'])
    same(ask.get(a.id(), **head).codes(), ['NoError'])
    same(ask.sync(ids['Customers'], **head).codes(),
         ['ErrorPublicFolderOperationFailed'])
    same(ask.sync(ids['Customers']).codes(), ['NoError'])
    same(ask.below(office, **head).codes(),
         ['ErrorPublicFolderOperationFailed'])
    same(ask.delete(a.id(), 'SoftDelete', **head).codes(), ['NoError'])
    assert 'does not know' in ask(
        '<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>IdOnly'
        '</t:BaseShape></m:FolderShape></m:SyncFolderHierarchy>').text(
            'faultstring')


# Items.

def check_contacts(ask, material):
    a = ask.create(
        '<t:Contact><t:Body BodyType="Text">one\ntwo &amp; three</t:Body>'
        '<t:Categories><t:String>A</t:String></t:Categories>'
        '<t:ExtendedProperty>%s<t:Value>urn:x:1</t:Value></t:Extended'
        'Property><t:FileAsMapping>LastCommaFirst</t:FileAsMapping><t:Given'
        'Name>Jo</t:GivenName><t:PhysicalAddresses><t:Entry Key="Home">'
        '<t:Street>S</t:Street><t:City>C</t:City></t:Entry></t:Physical'
        'Addresses><t:Birthday>1980-02-29T23:00:00-05:00</t:Birthday>'
        '<t:Surname>Bar</t:Surname></t:Contact>' % OURS)
    same(a.codes(), ['NoError'])
    ident, key = a.id(), a.key()
    names = ('item:Body', 'contacts:FileAs', 'contacts:Birthday', OURS,
             'contacts:PhysicalAddress:City/Home', 'item:Categories')
    a = ask.get(ident, names)
    same(a.text('t:FileAs'), 'Bar, Jo')
    # 04:00 of the next day in UTC; birthdays are at 11:59.
    same(a.text('t:Birthday'), '1980-03-01T11:59:00Z')
    same(a.text('t:Body'), 'one\r\ntwo & three')
    same(a.text('t:Value'), 'urn:x:1')
    same([etree.QName(e).localname for e in a.all('t:Entry')[0]], ['City'])
    same([etree.QName(e).localname for e in a.all('t:Contact')[0]],
         ['ItemId', 'Body', 'Categories', 'ExtendedProperty', 'FileAs',
          'PhysicalAddresses', 'Birthday'])
    a = ask.get(ident, ('item:Body',), more='<t:BodyType>HTML</t:BodyType>')
    same(a.all('t:Body')[0].get('BodyType'), 'HTML')
    assert '<html>' in a.text('t:Body')
    a = ask.update(ident, key, drop('contacts:PhysicalAddress:City/Home') +
                   drop('item:Categories') + put(
        'Contact', 'contacts:PhoneNumber/HomePhone', '<t:PhoneNumbers>'
        '<t:Entry Key="HomePhone">1</t:Entry></t:PhoneNumbers>'))
    same(a.codes(), ['NoError'])
    a = ask.get(ident, ('contacts:PhysicalAddresses', 'item:Categories',
                        'contacts:PhoneNumbers'))
    same(a.texts('t:Street'), ['S'])
    same((a.texts('t:City'), a.texts('t:Categories')), ([], []))
    # One property by its other name (MS-OXPROPS).
    title = '<t:ExtendedFieldURI PropertyTag="0x3a06" PropertyType="String"/>'
    same(ask.get(ident, (title,)).text('t:Value'), 'Jo')
    a = ask.get([ident, gone(ask), ident])
    same(a.codes(), ['NoError', 'ErrorItemNotFound', 'NoError'])


def check_text(ask, material):
    """HTML to text and back; what Outlook writes."""
    a = ask.create(contact('H', '<t:Body BodyType="HTML">&lt;p&gt;a &amp;amp;'
                           ' b&lt;/p&gt;&lt;p&gt;c&lt;/p&gt;</t:Body>'))
    text = '<t:BodyType>Text</t:BodyType>'
    same(ask.get(a.id(), ('item:Body',), more=text).text('t:Body'),
         'a & b\r\nc')
    same(ask.get(a.id(), ('item:Body',)).all('t:Body')[0].get('BodyType'),
         'HTML')


def check_updates(ask, material):
    def change(*changes, how='NeverOverwrite', key=None, **more):
        a = ask.update(ident, key or keys[-1], ''.join(changes), how, **more)
        if a.codes() == ['NoError']:
            keys.append(a.key())
        return a

    def given(name):
        return put('Contact', 'contacts:GivenName',
                   '<t:GivenName>%s</t:GivenName>' % name)
    a = ask.create(JANE)
    ident, keys = a.id(), [a.key()]
    same(change(given('A')).codes(), ['NoError'])
    same(change(given('B'), key=keys[0]).codes(),
         ['ErrorIrresolvableConflict'])
    same(ask.get(ident, ('contacts:GivenName',)).text('t:GivenName'), 'A')
    a = change(given('C'), key=keys[0], how='AlwaysOverwrite')
    same((a.codes(), a.text('t:Count')), (['NoError'], '1'))
    a = change(drop('contacts:JobTitle'), key=keys[0], how='AutoResolve')
    same((a.codes(), a.text('t:Count')), (['NoError'], '0'))
    same(ask.update(ident, None, given('D'), 'AlwaysOverwrite').codes(),
         ['ErrorChangeKeyRequiredForWriteOperations'])
    same(ask.update(ident, 'x', given('D')).codes(),
         ['ErrorInvalidChangeKey'])
    two = put('Contact', 'contacts:GivenName', '<t:GivenName>1</t:GivenName>'
              '<t:Surname>2</t:Surname>')
    same(change(two).codes(), ['ErrorIncorrectUpdatePropertyCount'])
    same(change(put('Contact', 'contacts:GivenName', '')).codes(),
         ['ErrorIncorrectUpdatePropertyCount'])
    same(change(put('Contact', 'contacts:GivenName', '<t:Surname>2'
                    '</t:Surname>')).codes(), ['ErrorUpdatePropertyMismatch'])
    same(change(put('Contact', 'contacts:PhoneNumber/HomePhone',
                    '<t:PhoneNumbers><t:Entry Key="Pager">1</t:Entry>'
                    '</t:PhoneNumbers>')).codes(),
         ['ErrorUpdatePropertyMismatch'])
    same(change(put('Contact', 'item:Size', '<t:Size>1</t:Size>')).codes(),
         ['ErrorInvalidPropertySet'])
    same(change(drop('item:DateTimeCreated')).codes(),
         ['ErrorInvalidPropertyDelete'])
    same(change(drop('calendar:Location')).codes(),
         ['ErrorInvalidPropertyRequest'])
    # Nothing of a change that is refused in part was made.
    same(change(given('Z'), drop('item:Size')).codes(),
         ['ErrorInvalidPropertyDelete'])
    same(ask.get(ident, ('contacts:GivenName',)).text('t:GivenName'), 'C')
    # A conflict of properties, where a test wants it so.
    ask.tell(do='set', conflict='property')
    same(change(put('Contact', 'contacts:Surname', '<t:Surname>S</t:Surname>'
                    ), key=keys[0]).codes(), ['NoError'])
    same(change(given('E'), key=keys[0]).codes(),
         ['ErrorIrresolvableConflict'])
    ask.tell(do='set', conflict='item', stale='ErrorStaleObject')
    same(change(given('E'), key=keys[0]).codes(), ['ErrorStaleObject'])
    ask.tell(do='set', stale='ErrorIrresolvableConflict')
    # [MS-OXWSCORE]: AutoResolve keeps a Sensitivity.
    private = put('Contact', 'item:Sensitivity',
                  '<t:Sensitivity>%s</t:Sensitivity>')
    change(private % 'Private')
    a = change(private % 'Normal', key=keys[0], how='AutoResolve')
    same((a.codes(), a.text('t:Count')), (['NoError'], '1'))
    same(ask.get(ident, ('item:Sensitivity',)).text('t:Sensitivity'),
         'Private')


def check_required(ask, material):
    """Attributes without which Exchange refuses."""
    made = event('E', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z')
    same(ask('<m:CreateItem><m:Items>%s%s</m:Items></m:CreateItem>' % (
        made, JANE)).codes(), ['ErrorSendMeetingInvitationsRequired',
                               'NoError'])
    a = ask.create(made)
    same(ask.update(a.id(), a.key(), put(
        'CalendarItem', 'item:Subject', '<t:Subject>F</t:Subject>'),
        send='').codes(), ['ErrorSendMeetingInvitationsOrCancellations'
                           'Required'])
    same(ask.delete(a.id(), more='').codes(),
         ['ErrorSendMeetingCancellationsRequired'])
    a = ask.create('<t:Task><t:Subject>T</t:Subject></t:Task>')
    same(ask.delete(a.id(), more='').codes(),
         ['ErrorAffectedTaskOccurrencesRequired'])
    same(ask.delete(a.id()).codes(), ['NoError'])


def check_mails(ask, material):
    """The counter counts; nothing else here may move it."""
    who = ('<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>'
           'bob@example.test</t:EmailAddress></t:Mailbox></t:Attendee>'
           '</t:RequiredAttendees>')
    made = event('M', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z', who)
    a = ask.create(made)
    same((a.codes(), ask.count('mails')), (['NoError'], 0))
    same(ask.get(a.id(), ('calendar:IsMeeting',)).text('t:IsMeeting'),
         'true')
    b = ask('<m:CreateItem SendMeetingInvitations="SendOnlyToAll"><m:Items>%s'
            '</m:Items></m:CreateItem>' % made)
    same((b.codes(), ask.count('mails')), (['NoError'], 1))
    ask.update(a.id(), a.key(), put('CalendarItem', 'item:Subject',
                                    '<t:Subject>N</t:Subject>'), send=' '
               'SendMeetingInvitationsOrCancellations="SendToAllAndSaveCopy"')
    same(ask.count('mails'), 2)
    ask.delete(a.id(), more=' SendMeetingCancellations="SendOnlyToAll"')
    same(ask.count('mails'), 3)
    plain = ask.create(event('P', '2026-01-01T00:00:00Z',
                             '2026-01-01T01:00:00Z'))
    ask.delete(plain.id(), more=' SendMeetingCancellations="SendOnlyToAll"')
    same(ask.count('mails'), 3)


def check_tasks(ask, material):
    def task(more=''):
        return '<t:Task><t:Subject>T</t:Subject>%s</t:Task>' % more
    names = ('task:Status', 'task:PercentComplete', 'task:CompleteDate',
             'task:IsComplete', 'task:DueDate')

    def state(ident):
        a = ask.get(ident, names)
        return (a.text('t:Status'), a.text('t:PercentComplete'),
                a.text('t:CompleteDate') is not None,
                a.text('t:IsComplete'))
    a = ask.create(task('<t:DueDate>2026-04-01T18:30:00Z</t:DueDate>'))
    same(state(a.id()), ('NotStarted', '0', False, 'false'))
    same(ask.get(a.id(), names).text('t:DueDate'), '2026-04-01T00:00:00Z')
    a = ask.update(a.id(), a.key(), put('Task', 'task:PercentComplete',
                   '<t:PercentComplete>100</t:PercentComplete>'))
    same(state(a.id()), ('Completed', '100', True, 'true'))
    a = ask.update(a.id(), a.key(), put('Task', 'task:Status',
                                        '<t:Status>NotStarted</t:Status>'))
    same(state(a.id()), ('NotStarted', '0', False, 'false'))
    a = ask.update(a.id(), a.key(), put('Task', 'task:Status',
                                        '<t:Status>Completed</t:Status>'))
    same(state(a.id()), ('Completed', '100', True, 'true'))
    # status: the last that is processed wins.
    a = ask.create(task('<t:PercentComplete>100</t:PercentComplete><t:Status>'
                        'NotStarted</t:Status>'))
    same(state(a.id()), ('NotStarted', '0', False, 'false'))
    a = ask.create(task('<t:PercentComplete>50</t:PercentComplete><t:Status>'
                        'InProgress</t:Status>'))
    same(state(a.id()), ('InProgress', '50', False, 'false'))
    same(ask.create(task('<t:CompleteDate>2999-01-01T00:00:00Z'
                         '</t:CompleteDate>')).codes(),
         ['ErrorInvalidCompleteDate'])
    same(ask.create(task('<t:PercentComplete>101</t:PercentComplete>'))
         .codes(), ['ErrorInvalidPercentCompleteValue'])
    a = ask.create(task(
        '<t:Recurrence><t:DailyRegeneration><t:Interval>3</t:Interval>'
        '</t:DailyRegeneration><t:NoEndRecurrence><t:StartDate>2026-01-01'
        '</t:StartDate></t:NoEndRecurrence></t:Recurrence>'))
    same(a.codes(), ['NoError'])
    same(ask.get(a.id(), ('task:IsRecurring',)).text('t:IsRecurring'),
         'true')


def check_events(ask, material):
    names = ('calendar:Start', 'calendar:End', 'calendar:StartTimeZone',
             'calendar:UID', 'calendar:Duration')
    # Without a zone: in StartTimeZone.
    a = ask.create(event('Z', '2026-07-01T09:00:00', '2026-07-01T10:30:00',
                         '', 'W. Europe Standard Time'))
    b = ask.get(a.id(), names)
    same((b.text('t:Start'), b.text('t:End'), b.text('t:Duration')),
         ('2026-07-01T07:00:00Z', '2026-07-01T08:30:00Z', 'PT1H30M'))
    same(b.all('t:StartTimeZone')[0].get('Id'), 'W. Europe Standard Time')
    same(ask.get(a.id(), names, version='Exchange2007_SP1').all(
        't:StartTimeZone'), [])
    # Else in TimeZoneContext.
    a = ask.create('<t:CalendarItem><t:UID>u-1</t:UID><t:Start>'
                   '2026-07-01T09:00:00</t:Start><t:End>2026-07-01T10:00:00'
                   '</t:End></t:CalendarItem>', header='<t:TimeZoneContext>'
                   '<t:TimeZoneDefinition Id="Tokyo Standard Time"/>'
                   '</t:TimeZoneContext>')
    b = ask.get(a.id(), names)
    same((b.text('t:Start'), b.text('t:UID')), ('2026-07-01T00:00:00Z',
                                                'u-1'))
    key = '<t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" ' \
        'PropertyId="35" PropertyType="Binary"/>'
    import base64
    data = base64.b64decode(ask.get(a.id(), (key,)).text('t:Value'))
    same(data[40:], b'vCal-Uid\1\0\0\0u-1\0')
    same(ask.find('calendar', restriction='<t:IsEqualTo>%s<t:FieldURIOr'
                  'Constant><t:Constant Value="%s"/></t:FieldURIOrConstant>'
                  '</t:IsEqualTo>' % (key, base64.b64encode(data).decode())
                  ).id(), a.id())
    # All day: midnight of its zone, and the end is not in it.
    a = ask.create(event('D', '2026-07-01T10:00:00', '2026-07-02T01:00:00',
                         '<t:IsAllDayEvent>true</t:IsAllDayEvent>',
                         'W. Europe Standard Time'))
    b = ask.get(a.id(), names)
    same((b.text('t:Start'), b.text('t:End')),
         ('2026-06-30T22:00:00Z', '2026-07-02T22:00:00Z'))
    for bad, code in (
            (event('X', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z'),
             'ErrorCalendarEndDateIsEarlierThanStartDate'),
            (event('X', '2020-01-01T00:00:00Z', '2026-01-03T00:00:00Z'),
             'ErrorCalendarDurationIsTooLong'),
            (event('X', '2020-01-01T00:00:00Z', '2020-01-02T00:00:00Z', '',
                   'Europe/Berlin'), 'ErrorTimeZone')):
        same(ask.create(bad).codes(), [code])


def check_patterns(ask, material):
    """Each pattern's first dates, and that a series begins on it."""
    def dates(pattern, start='2026-01-31', clock='09:00:00', zone='UTC'):
        rule = ('<t:Recurrence>%s<t:NumberedRecurrence><t:StartDate>%s'
                '</t:StartDate><t:NumberOfOccurrences>4</t:NumberOf'
                'Occurrences></t:NumberedRecurrence></t:Recurrence>' % (
                    pattern, start))
        a = ask.create(event('P', '%sT%s' % (start, clock), '%sT%s' % (
            start, clock.replace('00:00', '30:00')), rule, zone))
        same(a.codes(), ['NoError'], pattern)
        a = ask.get([occurrence(a.id(), i) for i in (1, 2, 3, 4)],
                    ('calendar:Start',))
        return [x[:16] for x in a.texts('t:Start')]

    def days(*wanted):
        return [d + 'T09:00' for d in wanted]
    one = '<t:Interval>%d</t:Interval>'
    same(dates('<t:DailyRecurrence>%s</t:DailyRecurrence>' % (one % 2)),
         days('2026-01-31', '2026-02-02', '2026-02-04', '2026-02-06'))
    # Every second week from Saturday on: the first Monday is a week later.
    same(dates('<t:WeeklyRecurrence>%s<t:DaysOfWeek>Monday Saturday'
               '</t:DaysOfWeek><t:FirstDayOfWeek>Monday</t:FirstDayOfWeek>'
               '</t:WeeklyRecurrence>' % (one % 2)),
         days('2026-01-31', '2026-02-09', '2026-02-14', '2026-02-23'))
    # dayofmonth: the last day where the month is shorter.
    same(dates('<t:AbsoluteMonthlyRecurrence>%s<t:DayOfMonth>31'
               '</t:DayOfMonth></t:AbsoluteMonthlyRecurrence>' % (one % 1)),
         days('2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30'))
    same(dates('<t:RelativeMonthlyRecurrence>%s<t:DaysOfWeek>Weekday'
               '</t:DaysOfWeek><t:DayOfWeekIndex>Last</t:DayOfWeekIndex>'
               '</t:RelativeMonthlyRecurrence>' % (one % 1)),
         days('2026-02-27', '2026-03-31', '2026-04-30', '2026-05-29'))
    same(dates('<t:AbsoluteYearlyRecurrence><t:DayOfMonth>29</t:DayOfMonth>'
               '<t:Month>February</t:Month></t:AbsoluteYearlyRecurrence>'),
         days('2026-02-28', '2027-02-28', '2028-02-29', '2029-02-28'))
    same(dates('<t:RelativeYearlyRecurrence><t:DaysOfWeek>Tuesday'
               '</t:DaysOfWeek><t:DayOfWeekIndex>Second</t:DayOfWeekIndex>'
               '<t:Month>March</t:Month></t:RelativeYearlyRecurrence>'),
         days('2026-03-10', '2027-03-09', '2028-03-14', '2029-03-13'))
    # The clock of the zone stays.
    same(dates('<t:WeeklyRecurrence>%s<t:DaysOfWeek>Monday</t:DaysOfWeek>'
               '</t:WeeklyRecurrence>' % (one % 1), '2026-03-16',
               zone='W. Europe Standard Time'),
         ['2026-03-16T08:00', '2026-03-23T08:00', '2026-03-30T07:00',
          '2026-04-06T07:00'])
    for bad, code in (
            ('<t:WeeklyRecurrence>%s<t:DaysOfWeek>Day</t:DaysOfWeek>'
             '</t:WeeklyRecurrence>' % (one % 1),
             'ErrorCalendarInvalidDayForWeeklyRecurrence'),
            ('<t:AbsoluteMonthlyRecurrence>%s<t:DayOfMonth>32</t:DayOfMonth>'
             '</t:AbsoluteMonthlyRecurrence>' % (one % 1),
             'ErrorCalendarOutOfRange')):
        rule = ('<t:Recurrence>%s<t:NoEndRecurrence><t:StartDate>2026-01-01'
                '</t:StartDate></t:NoEndRecurrence></t:Recurrence>' % bad)
        same(ask.create(event('B', '2026-01-01T09:00:00Z',
                              '2026-01-01T10:00:00Z', rule)).codes(), [code])


def check_occurrences(ask, material):
    ident, key = series(ask)

    def field(name, value):
        prefix = 'item' if name == 'Subject' else 'calendar'
        return put('CalendarItem', '%s:%s' % (prefix, name),
                   '<t:%s>%s</t:%s>' % (name, value, name))

    def move(index, start, end):
        return ask.update(occurrence(ident, index, ask.get(ident).key()),
                          None, field('Start', start) + field('End', end))
    same(move(2, '2026-03-31T10:00:00Z', '2026-03-31T11:00:00Z').codes(),
         ['NoError'])
    same(move(2, '2026-04-06T18:00:00Z', '2026-04-06T19:00:00Z').codes(),
         ['ErrorOccurrenceCrossingBoundary'])
    same(move(2, '2026-03-22T18:00:00Z', '2026-03-22T19:00:00Z').codes(),
         ['ErrorOccurrenceCrossingBoundary'])
    same(move(2, '2026-04-05T18:00:00Z', '2026-04-06T19:00:00Z').codes(),
         ['ErrorOccurrenceTimeSpanTooBig'])
    names = ('calendar:ModifiedOccurrences', 'calendar:DeletedOccurrences',
             'calendar:FirstOccurrence', 'calendar:LastOccurrence')
    a = ask.get(ident, names)
    new = a.key()
    assert new != key, 'the master has another key'
    one, = a.all('t:Occurrence')
    same([e.text for e in one[1:]], ['2026-03-31T10:00:00Z',
                                     '2026-03-31T11:00:00Z',
                                     '2026-03-30T07:00:00Z'])
    exception = one[0].get('Id')
    b = ask.get(exception, ('calendar:CalendarItemType', 'item:Subject',
                            'calendar:OriginalStart', 'item:ItemClass'))
    same((b.text('t:CalendarItemType'), b.text('t:Subject'), b.key(),
          b.text('t:OriginalStart')),
         ('Exception', 'Weekly', new, '2026-03-30T07:00:00Z'))
    same(ask.get('<t:RecurringMasterItemId OccurrenceId="%s"/>' % exception)
         .id(), ident)
    same(ask.get('<t:RecurringMasterItemId OccurrenceId="%s"/>' % ident)
         .codes(), ['ErrorCalendarCannotUseIdForOccurrenceId'])
    same(ask.get(occurrence(ask.create(JANE).id(), 1)).codes(),
         ['ErrorCalendarCannotUseIdForRecurringMasterId'])
    # Through the id of the occurrence, and with a key that is old.
    same(ask.update(exception, key, field('Subject', 'S')).codes(),
         ['ErrorIrresolvableConflict'])
    same(ask.update(exception, new, field('Subject', 'S')).codes(),
         ['NoError'])
    same(ask.delete(occurrence(ident, 3)).codes(), ['NoError'])
    same(ask.delete(occurrence(ident, 3)).codes(),
         ['ErrorCalendarOccurrenceIsDeletedFromRecurrence'])
    same(ask.get(occurrence(ident, 5)).codes(),
         ['ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange'])
    same(ask.get(occurrence(ident, 4)).codes(), ['NoError'])
    a = ask.get(ident, names)
    same([e[0].text for e in a.all('t:DeletedOccurrence')],
         ['2026-04-06T07:00:00Z'])
    view = '<m:CalendarView StartDate="2026-03-01T00:00:00Z" ' \
        'EndDate="2026-05-01T00:00:00Z"/>'
    a = ask.find('calendar', view, names=('item:Subject', 'calendar:Start'))
    same(list(zip(a.texts('t:Subject'), a.texts('t:Start'))),
         [('Weekly', '2026-03-23T08:00:00Z'), ('S', '2026-03-31T10:00:00Z'),
          ('Weekly', '2026-04-13T07:00:00Z')])
    same(len(ask.find('calendar').all('t:CalendarItem')), 1)
    # Synchronisation tells of the master alone.
    same([e.get('Id') for e in ask.sync('calendar').all('t:ItemId')],
         [ident])
    # A subject keeps exceptions, a pattern does not.
    ask.update(ident, ask.get(ident).key(), field('Subject', 'All'))
    a = ask.find('calendar', view, names=('item:Subject',))
    same(a.texts('t:Subject'), ['All', 'S', 'All'])
    ask.update(ident, ask.get(ident).key(), put(
        'CalendarItem', 'calendar:Recurrence', weekly(4, 'Tuesday',
                                                      '2026-03-24')))
    a = ask.get(ident, names + ('calendar:Start',))
    same((a.all('t:Occurrence'), a.all('t:DeletedOccurrence')), ([], []))
    # With both zones' clocks: 09:00 in Berlin.
    same(a.all('t:CalendarItem')[0].findtext('t:Start', None, NS),
         '2026-03-24T08:00:00Z')


def check_attachments(ask, material):
    ident, key = (lambda a: (a.id(), a.key()))(ask.create(JANE))
    make = ('<m:CreateAttachment><m:ParentItemId Id="%s"/><m:Attachments>'
            '<t:FileAttachment>%s<t:IsContactPhoto>true</t:IsContactPhoto>'
            '<t:Content>/9j/</t:Content></t:FileAttachment></m:Attachments>'
            '</m:CreateAttachment>')
    a = ask(make % (ident, ''))
    same(a.codes(), ['ErrorRequiredPropertyMissing'])
    same(a.all('t:ExceptionFieldURI')[0].get('FieldURI'), 'attachment:Name')
    a = ask(make % (ident, '<t:Name>ContactPicture.jpg</t:Name>'))
    same(a.codes(), ['NoError'])
    e = a.all('t:AttachmentId')[0]
    same(e.get('RootItemId'), ident)
    assert e.get('RootItemChangeKey') != key
    b = ask.get(ident, ('item:Attachments', 'item:HasAttachments',
                        'contacts:HasPicture'))
    same((b.key(), b.text('t:Name'), b.text('t:HasPicture'),
          b.text('t:IsContactPhoto')),
         (e.get('RootItemChangeKey'), 'ContactPicture.jpg', 'true', 'true'))
    one = '<m:AttachmentIds><t:AttachmentId Id="%s"/></m:AttachmentIds>' % \
        e.get('Id')
    same(ask('<m:GetAttachment>%s</m:GetAttachment>' % one).text(
        't:Content'), '/9j/')
    a = ask('<m:DeleteAttachment>%s</m:DeleteAttachment>' % one)
    same(a.codes(), ['NoError'])
    same(a.all('m:RootItemId')[0].get('RootItemChangeKey'),
         ask.get(ident).key())
    same(ask('<m:GetAttachment>%s</m:GetAttachment>' % one).codes(),
         ['ErrorInvalidAttachmentId'])
    # Of an occurrence: it becomes an exception.
    ident, key = series(ask)
    a = ask('<m:CreateAttachment><m:ParentItemId Id="%s"/><m:Attachments>'
            '<t:FileAttachment><t:Name>a</t:Name><t:Content>YQ==</t:Content>'
            '</t:FileAttachment></m:Attachments></m:CreateAttachment>' %
            ask.get(occurrence(ident, 2)).id())
    same(a.codes(), ['NoError'])
    same([ask.get(occurrence(ident, i), ('item:Attachments',)).texts('t:Name')
          for i in (1, 2)], [[], ['a']])


# Lists.

def check_sync(ask, material):
    made = [ask.create(''.join(contact('c%d' % (i + k)) for i in range(50)))
            for k in range(0, 550, 50)]
    ids = [e.get('Id') for a in made for e in a.all('t:ItemId')]
    seen, state, pages = [], None, 0
    while True:
        a = ask.sync('contacts', state)
        state, pages = a.text('m:SyncState'), pages + 1
        assert state.startswith('H4sI'), state
        seen += [e.get('Id') for e in a.all('t:Create/t:Contact/t:ItemId')]
        if a.text('m:IncludesLastItemInRange') == 'true':
            break
        same(len(a.all('t:ItemId')), 512)
    same((pages, seen), (2, ids[::-1]), 'newest first')
    a = ask.sync('contacts', state)
    same((len(a.all('t:ItemId')), a.text('m:IncludesLastItemInRange')),
         (0, 'true'))
    old = state
    ask.update(ids[3], ask.get(ids[3]).key(), put(
        'Contact', 'contacts:Surname', '<t:Surname>S</t:Surname>'))
    ask.delete(ids[5], 'HardDelete')
    new = ask.create(contact('new')).id()
    brief = ask.create(contact('brief')).id()
    ask.delete(brief, 'HardDelete')
    kinds = lambda a: [(etree.QName(c).localname, c.find(
        './/t:ItemId', NS).get('Id')) for c in a.all('m:Changes')[0]]
    want = [('Create', new), ('Delete', ids[5]), ('Update', ids[3])]
    a = ask.sync('contacts', old)
    same(kinds(a), want)
    # The same in pages of one.
    state, got = old, []
    while True:
        b = ask.sync('contacts', state, 1)
        state = b.text('m:SyncState')
        got += kinds(b)
        if b.text('m:IncludesLastItemInRange') == 'true':
            break
    same(got, want)
    same(kinds(ask.sync('contacts', state)), [])
    b = ask.sync('contacts', old, ignore='<m:Ignore>%s</m:Ignore>' %
                 item_id(new))
    same(kinds(b), want[1:])
    # What changes while the pages are read is told, and nothing is lost.
    a = ask.sync('contacts', most=512)
    ask.update(ids[0], ask.get(ids[0]).key(), put(
        'Contact', 'contacts:Surname', '<t:Surname>T</t:Surname>'))
    ask.delete(ids[1], 'HardDelete')
    seen = {i for _, i in kinds(a)}
    while a.text('m:IncludesLastItemInRange') != 'true':
        a = ask.sync('contacts', a.text('m:SyncState'))
        seen |= {i for k, i in kinds(a) if k != 'Delete'}
    assert ids[0] in seen and ids[2] in seen and len(seen) == 549, len(seen)
    # Moved away and back: another id, the first one is gone.
    a = ask.sync('contacts', state)
    state = a.text('m:SyncState')
    moved = ask.tell(do='move', id=ids[10], to='alice@example.test/contacts/'
                     'Second')['id']
    back = ask.tell(do='move', id=moved, to='alice@example.test/contacts')[
        'id']
    same(kinds(ask.sync('contacts', state)), [('Create', back),
                                              ('Delete', ids[10])])
    for bad in ('', 'H4sI', state[:-8], 'x y'):
        a = ask.sync('contacts', bad or 'AAAA')
        same((a.status, a.codes()), (200, ['ErrorInvalidSyncStateData']))
    same(ask.sync('calendar', state).codes(), ['ErrorInvalidSyncStateData'])
    ask.tell(do='expire')
    same(ask.sync('contacts', state).codes(), ['ErrorInvalidSyncStateData'])
    same(ask.sync('contacts').codes(), ['NoError'])


def check_find(ask, material):
    long = 'x' * 300
    value = '<t:ExtendedProperty>%s<t:Value>%%s</t:Value></t:Extended' \
        'Property>' % OURS
    made = ask.create(''.join(contact('f%d' % i, value % ('id-%d' % i))
                              for i in range(7)) + contact(long))
    ids = [e.get('Id') for e in made.all('t:ItemId')]
    view = '<m:IndexedPageItemView MaxEntriesReturned="3" Offset="%d" ' \
        'BasePoint="Beginning"/>'
    got, offset, pages = [], 0, 0
    while True:
        a = ask.find('contacts', view % offset)
        root = a.all('m:RootFolder')[0]
        got += [e.get('Id') for e in a.all('t:ItemId')]
        offset, pages = int(root.get('IndexedPagingOffset')), pages + 1
        if root.get('IncludesLastItemInRange') == 'true':
            break
    same((got, pages, root.get('TotalItemsInView')), (ids, 3, '8'))
    ask.tell(do='set', find_limit=5)
    a = ask.find('contacts')
    same((len(a.all('t:ItemId')), a.all('m:RootFolder')[0].get(
        'IncludesLastItemInRange')), (5, 'false'))
    ask.tell(do='set', find_limit=1000)

    def having(what, path, constant):
        a = ask.find('contacts', restriction='<t:%s>%s<t:FieldURIOrConstant>'
                     '<t:Constant Value="%s"/></t:FieldURIOrConstant></t:%s>'
                     % (what, uri(path), constant, what))
        return [ids.index(e.get('Id')) for e in a.all('t:ItemId')]
    same(having('IsEqualTo', OURS, 'id-4'), [4])
    same(having('IsEqualTo', OURS, 'ID-4'), [])
    same(having('IsEqualTo', 'contacts:GivenName', 'f2'), [2])
    same(having('IsGreaterThanOrEqualTo', OURS, 'id-5'), [5, 6])
    same(len(ask.find('contacts', restriction='<t:Exists>%s</t:Exists>' %
                      OURS).all('t:ItemId')), 7)
    # finditem-operation: the first 255 characters.
    same(len(ask.find('contacts', names=('contacts:GivenName',)).texts(
        't:GivenName')[-1]), 255)
    same(ask.get(ids[-1], ('contacts:GivenName',)).text('t:GivenName'), long)
    assert 'does not know' in ask.find('contacts', names=('item:Body',)
                                       ).text('faultstring')


def check_deleted(ask, material):
    ident = ask.create(JANE).id()
    same(ask.delete(ident).codes(), ['NoError'])
    same(ask.get(ident).codes(), ['ErrorItemNotFound'])
    a = ask.find('deleteditems')
    same(len(a.all('t:Contact')), 1)
    assert a.id() != ident


# What goes wrong.

def check_faults(ask, material):
    ident = ask.create(JANE).id()
    ask.tell(do='fault', kind='fault', code='ErrorServerBusy', op='GetItem',
             values={'BackOffMilliseconds': 1500}, skip=1, times=2)
    same(ask.get(ident).status, 200)
    a = ask.get(ident)
    same((a.status, a.codes(), a.all('t:Value')[0].get('Name'),
          a.text('t:Value')), (500, ['ErrorServerBusy'],
                               'BackOffMilliseconds', '1500'))
    same(ask.sync('contacts').status, 200)
    same(ask.get(ident).status, 500)
    same(ask.get(ident).status, 200)
    ask.tell(do='fault', kind='fault', code='ErrorServerBusy', status=200)
    a = ask.get(ident)
    same((a.status, a.codes()), (200, ['ErrorServerBusy']))
    ask.tell(do='fault', kind='item', code='ErrorServerBusy', at=[1],
             values={'BackOffMilliseconds': 10})
    a = ask.get([ident] * 3)
    same(a.codes(), ['NoError', 'ErrorServerBusy', 'NoError'])
    same(a.text('t:Value'), '10')
    ask.tell(do='fault', kind='item', code='ErrorMailboxMoveInProgress',
             at=[1])
    same(ask.get([ident] * 4).codes(),
         ['NoError', 'ErrorMailboxMoveInProgress'] +
         ['ErrorBatchProcessingStopped'] * 2)
    ask.tell(do='set', batch_limit=2)
    same(ask.get([ident] * 3).codes(), ['NoError', 'NoError',
                                        'ErrorTimeoutExpired'])
    ask.tell(do='set', batch_as='fault')
    a = ask.get([ident] * 3)
    same((a.status, a.codes()), (500, ['ErrorTimeoutExpired']))
    ask.tell(do='set', batch_limit=0, batch_as='items')
    ask.tell(do='fault', kind='status', status=403, body='Forbidden',
             head={'X-Diagnostic': 'EWS is blocked'})
    a = ask.get(ident)
    same((a.status, a.data, a.headers['X-Diagnostic']),
         (403, b'Forbidden', 'EWS is blocked'))
    ask.tell(do='fault', kind='status', status=401,
             head={'WWW-Authenticate': 'Negotiate'})
    same(ask.get(ident).status, 401)
    ask.tell(do='fault', kind='dodgy')
    try:
        ask.get(ident, ('item:Subject',))
    except etree.XMLSyntaxError:
        pass
    else:
        raise AssertionError('&#x1; was read')
    ask.tell(do='fault', kind='status', status=503, times=0)
    same([ask.get(ident).status for i in range(3)], [503] * 3)
    ask.tell(do='clear')
    same(ask.get(ident).status, 200)
    a = ask('<m:ExpandDL><m:Mailbox/></m:ExpandDL>')
    assert 'the test server does not know' in a.text('faultstring'), a.data
    same(ask.count('unknown'), 1)


def check_lost(ask, material):
    """It was done, and its answer does not come, or not whole."""
    for kind in ('drop', 'cut'):
        ask.tell(do='fault', kind=kind, op='CreateItem')
        try:
            a = ask.create(contact(kind))
        except (http.client.HTTPException, urllib.error.URLError,
                ConnectionError):
            pass
        else:
            raise AssertionError(a.data)
    ask.tell(do='fault', kind='deaf', op='CreateItem')
    try:
        ask.create(contact('deaf'))
    except (http.client.HTTPException, urllib.error.URLError,
            ConnectionError):
        pass
    else:
        raise AssertionError('there was an answer')
    names = ask.find('contacts', names=('contacts:GivenName',)).texts(
        't:GivenName')
    same(names, ['drop', 'cut'])


def check_crowd(ask, material):
    """ErrorExceededConnectionCount, where too many come at once."""
    ask.tell(do='set', connections=2)
    codes = []

    def one():
        codes.extend(ask.get_folder('contacts').codes())
    threads = [threading.Thread(target=one) for i in range(8)]
    for x in threads:
        x.start()
    for x in threads:
        x.join()
    ask.tell(do='set', connections=0)
    assert 'ErrorExceededConnectionCount' in codes, codes
    assert 'NoError' in codes and len(codes) == 8, codes
    same(ask.get_folder('contacts').codes(), ['NoError'])


def check_renumbered(ask, material):
    ident = ask.create(JANE).id()
    folder = ask.get_folder('contacts').all('t:FolderId')[0].get('Id')
    state = ask.sync('contacts').text('m:SyncState')
    ask.tell(do='renumber', mailbox='alice@example.test')
    same(ask.get(ident).codes(), ['ErrorItemNotFound'])
    same(ask.get_folder(folder).codes(), ['ErrorFolderNotFound'])
    same(ask.sync('contacts', state).codes(), ['ErrorInvalidSyncStateData'])
    a = ask.sync('contacts')
    same(len(a.all('t:Contact')), 1)
    assert a.id() != ident


def check_outlook(ask, material):
    """What a test does behind a client's back."""
    where = 'alice@example.test/contacts'
    ident = ask.create(JANE).id()
    key = ask.get(ident).key()
    for field, value in (('contacts:EmailAddress/EmailAddress2', 'j@b.test'),
                         ('contacts:JobTitle', 'Boss'),
                         ('contacts:PhysicalAddress:City/Home', 'Rome'),
                         ('item:Categories', '<Categories><String>R</String>'
                          '</Categories>'), ('item:Body', '<p>b</p>')):
        ask.tell(do='edit', folder=where, subject='Jane Doe', field=field,
                 value=value)
    got = ask.tell(do='dump', id=ident)
    assert got['key'] != key
    same(got['text']['JobTitle'], 'Boss')
    assert 'j@b.test' in got['xml']['EmailAddresses'], got
    assert 'jane@example.test' in got['xml']['EmailAddresses'], got
    ask.tell(do='edit', id=ident, field='contacts:JobTitle', value=None)
    assert 'JobTitle' not in ask.tell(do='dump', id=ident)['text']
    same([i['subject'] for i in ask.tell(do='list', folder=where)['items']],
         ['Jane Doe'])
    new = ask.tell(do='add', folder=where + '/Second', xml=contact('Ad'))
    ask.tell(do='delete', folder=where, subject='Jane Doe')
    same(ask.get([ident, new['id']]).codes(), ['ErrorItemNotFound',
                                               'NoError'])
    try:
        ask.tell(do='delete', folder=where, subject='Nobody')
    except urllib.error.HTTPError as e:
        same(e.code, 400)
    else:
        raise AssertionError('nobody was deleted')


def check_autodiscover(ask, material):
    out = ('http://schemas.microsoft.com/exchange/autodiscover/outlook/'
           'responseschema/2006a')

    def pox(address):
        a = ask.send(('<Autodiscover xmlns="http://schemas.microsoft.com/'
                      'exchange/autodiscover/outlook/requestschema/2006">'
                      '<Request><EMailAddress>%s</EMailAddress>'
                      '<AcceptableResponseSchema>%s</AcceptableResponse'
                      'Schema></Request></Autodiscover>' % (address, out)
                      ).encode(), '/autodiscover/autodiscover.xml')
        return {etree.QName(e).localname: e.text for e in a.root.iter()}
    got = pox('alice@example.test')
    same(got['EwsUrl'], ask.top + '/EWS/Exchange.asmx')
    same(got['SmtpAddress'], 'pf1@example.test')
    got = pox('2fd3b347-fea4-4099-8ad7-44f740b5bb55@example.test')
    same(got['AutoDiscoverSMTPAddress'], 'pf2@example.test')
    same(pox('x@example.test')['ErrorCode'], '500')
    a = ask.send(b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/'
                 b'envelope/" xmlns:a="http://schemas.microsoft.com/exchange/'
                 b'2010/Autodiscover"><s:Body><a:GetUserSettingsRequest'
                 b'Message><a:Request><a:Users><a:User><a:Mailbox>'
                 b'alice@example.test</a:Mailbox></a:User></a:Users>'
                 b'<a:RequestedSettings><a:Setting>PublicFolderInformation'
                 b'</a:Setting><a:Setting>ExternalEwsUrl</a:Setting>'
                 b'</a:RequestedSettings></a:Request></a:GetUserSettings'
                 b'RequestMessage></s:Body></s:Envelope>',
                 '/autodiscover/autodiscover.svc')
    same([e.text for e in a.root.iter('{*}Value')],
         ['pf1@example.test', ask.top + '/EWS/Exchange.asmx'])


def check_zones(ask, material):
    a = ask('<m:GetServerTimeZones><m:Ids><t:Id>UTC</t:Id><t:Id>W. Europe '
            'Standard Time</t:Id></m:Ids></m:GetServerTimeZones>')
    same([e.get('Id') for e in a.all('t:TimeZoneDefinition')],
         ['UTC', 'W. Europe Standard Time'])
    a = ask('<m:GetServerTimeZones/>')
    same(len(a.all('t:TimeZoneDefinition')), 140)


def check_signing_in(ask, material):
    for user in ('alice', 'alice@example.test', 'EXAMPLE\\alice'):
        same(ask.get_folder('contacts', user=user).status, 200)
    for user, password in (('alice', 'x'), ('nobody', 's3cret')):
        a = ask.get_folder('contacts', user=user, password=password)
        same((a.status, a.headers.get_all('WWW-Authenticate')),
             (401, ['Basic realm="127.0.0.1"', 'Bearer']))
    same(ask.get_folder('contacts', user=None).status, 401)
    same(ask.get_folder('contacts', user=None, Authorization='Bearer '
                        'token-bob').status, 200)
    same(ask.get_folder('contacts', user=None,
                        Authorization='Bearer x').status, 401)


def check_before(ask, material):
    """Before a restart: see check_after."""
    ask.create(contact('kept', '<t:Body BodyType="Text">b</t:Body>'))
    ident, key = series(ask)
    ask.delete(occurrence(ident, 2))
    ask.update(occurrence(ident, 3, ask.get(ident).key()), None, put(
        'CalendarItem', 'item:Subject', '<t:Subject>O</t:Subject>'))
    print(ask.sync('contacts').text('m:SyncState'), ident,
          ask.get(ident).key())


def check_after(ask, material, state, ident, key):
    same(ask.sync('contacts', state).all('t:ItemId'), [])
    a = ask.get(ident, ('calendar:ModifiedOccurrences',
                        'calendar:DeletedOccurrences'))
    same((a.key(), len(a.all('t:Occurrence')),
          len(a.all('t:DeletedOccurrence'))), (key, 1, 1))
    same(ask.find('contacts', names=('contacts:GivenName',)).texts(
        't:GivenName'), ['kept'])
    same(ask.sync('contacts', state).codes(), ['NoError'])


def main(top=None, material=None, name=None, *rest):
    checks = {n[6:]: f for n, f in globals().items()
              if n.startswith('check_')}
    if top is None:
        print('\n'.join(checks))
        return 0
    try:
        checks[name](Ask(top), material, *rest)
    except AssertionError as e:
        print(e)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
