"""Checks of graph.py: signing in, ids, batches, delta, faults."""
import datetime
import http.client
import json
import threading
import time
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from graphask import ALICE, CAROL, IDS, b64, refused, same
from graphsign import ASSERTION, CLIENT, DEVICE

ADA = {'givenName': 'Ada', 'surname': 'Byron'}


def make(ask, n, path=ALICE + '/contacts', **more):
    return [ask.post(path, {'displayName': 'C%d' % i}, **more)['id']
            for i in range(n)]


# Signing in.

def check_bearer(ask, material):
    a = ask.get(ALICE + '/contacts', token=None)
    refused(a, 401, 'InvalidAuthenticationToken')
    same('Bearer', a.head['WWW-Authenticate'])
    refused(ask.get(ALICE + '/contacts', token='other'), 401,
            'InvalidAuthenticationToken')
    same(200, ask.get(ALICE + '/contacts').status)


def check_secret(ask, material):
    a = ask.token()
    same((200, 'Bearer', 3599), (a.status, a['token_type'], a['expires_in']))
    assert 'refresh_token' not in a.json, a.json
    same(200, ask.get(ALICE + '/contacts', token=a['access_token']).status)
    ask.tell(do='expire_tokens')
    refused(ask.get(ALICE + '/contacts', token=a['access_token']), 401,
            'InvalidAuthenticationToken')
    for more, status, error, number in (
            ({'client_secret': 'other'}, 401, 'invalid_client', 7000215),
            ({'client_secret': None}, 401, 'invalid_client', 7000215),
            ({'client_id': 'x'}, 400, 'unauthorized_client', 700016),
            ({'tenant': 'x'}, 400, 'invalid_request', 90002),
            ({'scope': 'Contacts.ReadWrite'}, 400, 'invalid_scope', 70011),
            ({'grant_type': 'password'}, 400, 'unsupported_grant_type',
             70003)):
        a = ask.token(**more)
        same((status, error, [number]), (a.status, a['error'],
                                         a['error_codes']), more)


def certificate():
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'x')])
    now = datetime.datetime.utcnow()
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name) \
        .public_key(key.public_key()).serial_number(1) \
        .not_valid_before(now).not_valid_after(
            now + datetime.timedelta(1)).sign(key, hashes.SHA256())
    return key, made


def assertion(key, made, url, head=None, **claims):
    der = made.public_bytes(serialization.Encoding.DER)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    now = int(time.time())
    h = dict({'alg': 'RS256', 'typ': 'JWT',
              'x5t#S256': b64(digest.finalize())}, **head or {})
    c = dict({'aud': url, 'iss': CLIENT, 'sub': CLIENT, 'nbf': now,
              'exp': now + 600, 'jti': str(uuid.uuid4())}, **claims)
    text = b64(json.dumps(h).encode()) + '.' + b64(json.dumps(c).encode())
    sign = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return text + '.' + b64(sign)


def check_certificate(ask, material):
    key, made = certificate()
    url = ask.top + '/one.example.test/oauth2/v2.0/token'

    def status(text):
        a = ask.token(client_secret=None, client_assertion=text,
                      client_assertion_type=ASSERTION)
        return a.status, a.json.get('error_codes', [0])[0]
    same((401, 700027), status(assertion(key, made, url)), 'not known')
    ask.tell(do='certificate', pem=made.public_bytes(
        serialization.Encoding.PEM).decode())
    same((200, 0), status(assertion(key, made, url)))
    other = certificate()[0]
    same((401, 700027), status(assertion(other, made, url)), 'signature')
    same((401, 700027), status(assertion(key, made, url + 'x')), 'aud')
    same((401, 700027), status(assertion(key, made, url, sub='x')), 'sub')
    same((401, 700024), status(assertion(key, made, url, exp=1)), 'exp')
    same((401, 700024), status(assertion(key, made, url, jti='')), 'jti')
    same((401, 700027), status(assertion(key, made, url, {'alg': 'none'})),
         'alg')
    same((401, 700027), status('a.b'), 'malformed')


def check_device(ask, material):
    a = ask.form('devicecode', client_id=CLIENT,
                 scope='Contacts.ReadWrite offline_access')
    same(200, a.status)
    assert a['user_code'] in a['message'], a.json
    poll = lambda: ask.form('token', client_id=CLIENT, grant_type=DEVICE,
                            device_code=a['device_code'])
    same((400, 'authorization_pending'), (poll().status, poll()['error']))
    ask.tell(do='consent', who='alice@one.example.test',
             code=a['user_code'])
    b = poll()
    same(200, b.status)
    same(200, ask.get('/me/contacts', token=b['access_token']).status)
    same(400, poll().status, 'a code twice')
    again = lambda **more: ask.form(
        'token', client_id=CLIENT, grant_type='refresh_token',
        refresh_token=b['refresh_token'], **more)
    c = again(scope='Contacts.ReadWrite')
    same(200, ask.get('/me/contacts', token=c['access_token']).status)
    refused(ask.get('/me/todo/lists', token=c['access_token']), 403,
            'ErrorAccessDenied')
    assert 'refresh_token' not in c.json, c.json
    same('invalid_request', again()['error'])
    same('invalid_grant', again(scope='Tasks.ReadWrite')['error'])
    same('invalid_scope', again(scope='other')['error'])
    a = ask.form('devicecode', client_id=CLIENT, scope='Tasks.ReadWrite')
    ask.tell(do='consent', who='declined', code=a['user_code'])
    same('authorization_declined', ask.form(
        'token', client_id=CLIENT, grant_type=DEVICE,
        device_code=a['device_code'])['error'])


def check_reach(ask, material):
    """Tenants, /me, what is shared, roles."""
    refused(ask.get('/me/contacts'), 400, 'BadRequest')
    refused(ask.get(CAROL + '/contacts'), 404, 'ErrorInvalidUser')
    same(200, ask.get(CAROL + '/contacts', token='token-two').status)
    person = lambda name: ask.get('/users/%s@one.example.test/contacts' %
                                  name, token='token-alice')
    same(200, person('alice').status)
    same(200, person('team').status)
    refused(person('bob'), 403, 'ErrorAccessDenied')
    refused(ask.get('/users/team@one.example.test/todo/lists',
                    token='token-alice'), 400, 'invalidRequest')
    ask.tell(do='rights', rights=['Contacts.Read', 'Calendars.ReadWrite'])
    same(200, ask.get(ALICE + '/contacts').status)
    refused(ask.post(ALICE + '/contacts', ADA), 403, 'ErrorAccessDenied')
    refused(ask.get(ALICE + '/todo/lists'), 403, 'ErrorAccessDenied')


# Ids.

def check_ids(ask, material):
    one = make(ask, 1)[0]
    two = ask.get(ALICE + '/contacts', prefer=IDS)['value'][0]['id']
    assert one != two, 'one id for both'
    a = ask.get(ALICE + '/contacts/' + two, prefer=IDS)
    same((200, two), (a.status, a['id']))
    same(IDS, a.head['Preference-Applied'])
    same(200, ask.get(ALICE + '/contacts/' + one).status)
    same((0, 2), (ask.counts()['mixed'], ask.counts()['mutable']))
    ask.get(ALICE + '/contacts/' + two)
    same(1, ask.counts()['mixed'])
    t = ask.post(ALICE + '/translateExchangeIds', {
        'inputIds': [one], 'sourceIdType': 'restId',
        'targetIdType': 'restImmutableEntryId'})
    same([{'sourceId': one, 'targetId': two}], t['value'])
    ask.tell(do='move', id=two, to='alice@one.example.test/contacts/Second')
    refused(ask.get(ALICE + '/contacts/' + one), 404, 'ErrorItemNotFound')
    second = ask.get(ALICE + '/contactFolders')['value'][0]['id']
    a = ask.get(ALICE + '/contactFolders/%s/contacts' % second, prefer=IDS)
    same(two, a['value'][0]['id'], 'moved')
    ask.tell(do='set', anywhere=True)
    a = ask.get(ALICE + '/contacts/' + two, prefer=IDS)
    same((200, second), (a.status, a['parentFolderId']))
    refused(ask.get(ALICE + '/contacts/' + one), 404, 'ErrorItemNotFound')
    refused(ask.get(ALICE + '/contacts/x'), 400, 'ErrorInvalidIdMalformed')
    refused(ask.get(ALICE + '/contacts/' + 'x' * 60), 404,
            'ErrorItemNotFound')
    refused(ask.get(ALICE + '/contacts/' + two.swapcase(), prefer=IDS), 404,
            'ErrorItemNotFound')


# Delta.

def check_delta(ask, material):
    make(ask, 5)
    path = ALICE + '/contacts/delta'
    first = ask.get(path, prefer='odata.maxpagesize=2')
    same([], first['value'], 'the first page')
    assert first['@odata.nextLink'].startswith(ask.top + '/v1.0'), \
        first['@odata.nextLink']
    rows, pages, last = ask.round(path, prefer='odata.maxpagesize=2')
    same(4, pages)
    same(['C0', 'C1', 'C1', 'C2', 'C3', 'C3', 'C4'],
         [r['displayName'] for r in rows], 'rows that repeat')
    link = last['@odata.deltaLink']
    rows, pages, last = ask.round(link)
    same(([], 1), (rows, pages), 'nothing has changed')
    ids = {r['displayName']: r['id']
           for r in ask.get(ALICE + '/contacts')['value']}
    ask.patch(ALICE + '/contacts/' + ids['C1'], {'jobTitle': 'x'})
    ask.delete(ALICE + '/contacts/' + ids['C2'])
    ask.delete(ALICE + '/contacts/' + make(ask, 1)[0])
    rows, pages, last = ask.round(link)
    same(2, len(rows), rows)
    same({'@odata.etag', 'id', 'jobTitle', 'changeKey',
          'lastModifiedDateTime'}, set(rows[0]), 'a row of a change')
    same({'id': ids['C2'], '@removed': {'reason': 'deleted'}}, rows[1])
    refused(ask.get(ALICE + '/contacts/' + ids['C2']), 404,
            'ErrorItemNotFound')
    same('C2', ask.tell(do='list', folder='alice@one.example.test/bin')
         ['items'][0]['subject'])


def check_delta_moves(ask, material):
    """Out of a folder, and in."""
    id = make(ask, 1, prefer=IDS)[0]
    f = ask.get(ALICE + '/contactFolders')['value'][0]['id']
    here = ask.round(ALICE + '/contacts/delta', prefer=IDS)[2]
    there = ask.round(ALICE + '/contactFolders/%s/contacts/delta' % f,
                      prefer=IDS)[2]
    ask.tell(do='move', id=id, to='alice@one.example.test/contacts/Second')
    rows = ask.round(here['@odata.deltaLink'], prefer=IDS)[0]
    same([(id, True)], [(r['id'], '@removed' in r) for r in rows])
    rows = ask.round(there['@odata.deltaLink'], prefer=IDS)[0]
    same([(id, 'C0')], [(r['id'], r['displayName']) for r in rows])
    assert 'homePhones' in rows[0], 'a row of what came is not whole'


def check_delta_expires(ask, material):
    make(ask, 3)
    last = ask.round(ALICE + '/contacts/delta')[2]
    next = ask.get(ALICE + '/contacts/delta')['@odata.nextLink']
    ask.tell(do='expire')
    for link in (last['@odata.deltaLink'], next):
        refused(ask.get(link), 410, 'SyncStateNotFound',
                'The sync state generation is not found')
    same(3, len(ask.round(ALICE + '/contacts/delta')[0]))
    ask.tell(do='set', expired=[400, 'syncStateInvalid'])
    ask.tell(do='expire')
    refused(ask.get(last['@odata.deltaLink']), 400, 'syncStateInvalid')


def check_pages(ask, material):
    make(ask, 25)
    a = ask.get(ALICE + '/contacts')
    same(10, len(a['value']), 'the page that nobody chose')
    same(ask.top + '/v1.0' + ALICE + '/contacts?$skip=10',
         a['@odata.nextLink'])
    a = ask.get(ALICE + '/contacts?$top=20&$select=displayName')
    same(20, len(a['value']))
    a = ask.get(a['@odata.nextLink'])
    same(['C20', 5, {'id', '@odata.etag', 'displayName'}],
         [a['value'][0]['displayName'], len(a['value']),
          set(a['value'][0])])
    assert '@odata.nextLink' not in a.json, a.json
    refused(ask.get(ALICE + '/contacts?$top=1001'), 400,
            'ErrorInvalidRequest')
    a = ask.get(ALICE + '/contacts?$top=2&$count=true')
    same(25, a['@odata.count'])
    same(25, ask.get(a['@odata.nextLink'])['@odata.count'])
    ask.tell(do='set', page=3)
    same(3, len(ask.get(ALICE + '/contacts?$top=20')['value']))


# Batches.

def check_batch(ask, material):
    url = ALICE + '/contacts'
    refused(ask.batch(*[('GET', url)] * 21), 400, 'BadRequest')
    a = ask.batch(('POST', url, ADA), ('GET', url), ('GET', CAROL))
    same(['2', '1', '0'], [r['id'] for r in a['responses']])
    same([201, 200, 404], [a.by[i]['status'] for i in '012'])
    same('Ada Byron', a.by['0']['body']['displayName'])
    refused(ask.batch({'method': 'GET', 'url': url, 'id': '1'},
                      {'method': 'GET', 'url': url, 'id': '1'}), 400,
            'BadRequest')
    refused(ask.batch({'method': 'GET', 'url': url, 'dependsOn': ['9']}),
            400, 'BadRequest')
    a = ask.batch({'method': 'POST', 'url': url, 'body': ADA})
    same(400, a.by['0']['status'], 'no Content-Type')
    a = ask.batch(('GET', url + '/x'),
                  {'method': 'POST', 'url': url, 'body': ADA, 'headers':
                   {'Content-Type': 'application/json'},
                   'dependsOn': ['0']})
    same((400, 424), tuple(a.by[i]['status'] for i in '01'))
    same(1, len(ask.get(url)['value']))


def check_batch_headers(ask, material):
    """Those of the whole are not its parts'."""
    make(ask, 1)
    url = ALICE + '/contacts'
    plain = ask.get(url)['value'][0]['id']
    a = ask.batch(('GET', url), {'method': 'GET', 'url': url, 'headers':
                                 {'Prefer': IDS}}, prefer=IDS)
    same(plain, a.by['0']['body']['value'][0]['id'])
    assert plain != a.by['1']['body']['value'][0]['id'], 'not asked for'


def check_batch_bytes(ask, material):
    url = ALICE + '/contacts/%s/photo/$value' % make(ask, 1)[0]
    a = ask.batch({'method': 'PUT', 'url': url, 'body': '/9j/4A==',
                   'headers': {'Content-Type': 'image/jpeg'}},
                  {'method': 'GET', 'url': url, 'dependsOn': ['0']})
    same((200, 200, '/9j/4A=='), (a.by['0']['status'], a.by['1']['status'],
                                  a.by['1']['body']))
    same(b'\xff\xd8\xff\xe0', ask.get(url).data)


def check_limit(ask, material):
    """Four in flight of an app and tenant."""
    url = ALICE + '/contacts'
    a = ask.batch(*[('GET', url)] * 6)
    same([200] * 4 + [429] * 2,
         [a.by[str(i)]['status'] for i in range(6)])
    same('ApplicationThrottled', a.by['5']['body']['error']['code'])
    assert float(a.by['5']['headers']['Retry-After']) < 1, a.by['5']
    chain = [{'method': 'GET', 'url': url,
              'dependsOn': [str(i - 1)] if i else []} for i in range(20)]
    a = ask.batch(*chain)
    same([200] * 20, [a.by[str(i)]['status'] for i in range(20)])
    same(6, ask.counts()['busiest'])
    ask.tell(do='reset')
    ask.tell(do='set', slow=0.3)
    got = []
    jobs = [threading.Thread(target=lambda: got.append(
        ask.get(url).status)) for _ in range(6)]
    for j in jobs:
        j.start()
    for j in jobs:
        j.join()
    same(6, ask.counts()['busiest'])
    same([200, 200, 200, 200, 429, 429], sorted(got))


# Faults.

def check_throttled(ask, material):
    url = ALICE + '/contacts'
    ask.tell(do='fault', kind='status', status=429, every=3, times=0)
    got = [ask.get(url) for _ in range(6)]
    same([200, 200, 429] * 2, [a.status for a in got])
    same('0.128', got[2].head['Retry-After'])
    same('TooManyRequests', got[2].code())
    ask.tell(do='clear')
    ask.tell(do='fault', kind='status', status=429, op='POST contacts',
             skip=1)
    a = ask.batch(*[('POST', url, ADA)] * 3)
    same([201, 429, 201], [a.by[i]['status'] for i in '012'])
    same('0.128', a.by['1']['headers']['Retry-After'])
    same(2, len(ask.get(url)['value']))


def check_early(ask, material):
    """Who does not wait is counted, alone and in a batch."""
    url = ALICE + '/contacts'
    wait = {'Retry-After': '0.75'}
    ask.tell(do='fault', kind='status', status=429, head=wait)
    same(429, ask.post(url, ADA).status)
    same(201, ask.post(url, ADA).status)
    same(1, ask.counts()['early'])
    ask.tell(do='fault', kind='status', status=429, head=wait,
             op='POST contacts')
    a = ask.batch(('POST', url, ADA), ('GET', url))
    same([429, 200], [a.by[i]['status'] for i in '01'])
    same(201, ask.post(url, ADA).status)
    same(2, ask.counts()['early'])
    ask.tell(do='fault', kind='status', status=429, head=wait)
    same(429, ask.post(url, ADA).status)
    time.sleep(0.75)
    same(201, ask.post(url, ADA).status)
    same(2, ask.counts()['early'])


def check_lost(ask, material):
    """What was done is done; the answer does not come."""
    for kind, want in (('drop', 1), ('deaf', 1), ('cut', 2)):
        ask.tell(do='fault', kind=kind, op='POST contacts')
        try:
            a = ask.post(ALICE + '/contacts', ADA)
            raise AssertionError('%s: %r' % (kind, a.data))
        except (OSError, http.client.HTTPException):
            pass
        same(want, len(ask.get(ALICE + '/contacts')['value']), kind)
    ask.tell(do='fault', kind='drop', op='PATCH contacts/{id}')
    id = ask.get(ALICE + '/contacts')['value'][0]['id']
    try:
        ask.batch(('PATCH', ALICE + '/contacts/' + id, {'jobTitle': 'x'}))
        raise AssertionError('an answer came')
    except (OSError, http.client.HTTPException):
        pass
    same('x', ask.get(ALICE + '/contacts/' + id)['jobTitle'])


def check_between(ask, material):
    """A command just before a request."""
    make(ask, 1)
    ask.tell(do='fault', kind='do', op='GET contacts', what={
        'do': 'edit', 'folder': 'alice@one.example.test/contacts',
        'subject': 'C0', 'field': 'jobTitle', 'value': 'late'})
    same('late', ask.get(ALICE + '/contacts')['value'][0]['jobTitle'])


def check_closed(ask, material):
    """What has no source is told apart."""
    for path in ('/contacts?$orderby=displayName', '/contacts?$search=x',
                 '/contacts?$filter=displayName%20eq%20%27x%27',
                 '/messages', '/events?$expand=instances',
                 '/contacts?$select=nothing'):
        make(ask, 1)
        ask.post(ALICE + '/events', {'start': {
            'dateTime': '2026-03-02T09:00:00', 'timeZone': 'UTC'}, 'end': {
            'dateTime': '2026-03-02T09:00:00', 'timeZone': 'UTC'}})
        a = ask.get(ALICE + path)
        same(501, a.status, path)
    same(6, ask.counts()['unknown'])


def check_before(ask, material):
    """Says what `after` is to find."""
    print(make(ask, 1, prefer=IDS)[0],
          ask.round(ALICE + '/contacts/delta')[2]['@odata.deltaLink']
          .partition('deltatoken=')[2])


def check_after(ask, material, id, token):
    same('C0', ask.get(ALICE + '/contacts/' + id, prefer=IDS)
         ['displayName'])
    same([], ask.get(ALICE + '/contacts/delta?$deltatoken=' + token)
         ['value'])
