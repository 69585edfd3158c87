"""What ews.py must do: lists, faults, sign-in, and what a restart leaves."""
import http.client
import threading
import urllib.error

from lxml import etree

from ewsask import NS, item_id, occurrence, put, uri
from ewsmake import JANE, OURS, same, contact, series


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
