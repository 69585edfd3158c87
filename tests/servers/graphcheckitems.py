"""Checks of graph.py: contacts and To Do."""
import json
import os

from graphask import ALICE, IDS, refused, same

CONTACTS = ALICE + '/contacts'
SET = '{829e20bb-bb19-4d5e-a020-a0abf4654eb0}'
UID = 'String %s Name exuid' % SET


def recorded(material):
    with open(os.path.join(material, 'graph', 'recorded',
                           'observed-behaviour.json')) as f:
        return json.load(f)


def check_contact_recorded(ask, material):
    """n8n's contact, byte by byte but for ids, marks and days."""
    r = recorded(material)['contact POST: birthday time forced to 11:59Z, '
                           'fileAs empty']
    a = ask.post(CONTACTS, r['request'])
    same(r['status'], a.status)
    want = dict(r['response'])
    for name in ('@odata.context', '@odata.etag', 'id', 'createdDateTime',
                 'lastModifiedDateTime', 'changeKey', 'parentFolderId'):
        want.pop(name)
        if name != '@odata.context':
            assert isinstance(a.json.pop(name), str), name
    same(want, a.json)
    same(list(want), list(a.json), 'the order')


def check_contact_list_recorded(ask, material):
    """What recorded contacts have, ours have."""
    ask.post(CONTACTS, {'givenName': 'Alex', 'surname': 'Wilber',
                        'emailAddresses': [{'address': 'a@x.test'}]})
    with open(os.path.join(material, 'graph', 'recorded',
                           'contacts.json')) as f:
        want = json.load(f)['value'][0]
    got = ask.get(CONTACTS)['value'][0]
    same(list(want), list(got))
    same({k: type(v) for k, v in want.items()},
         {k: type(v) for k, v in got.items()})
    same([{'name': 'a@x.test', 'address': 'a@x.test'}],
         got['emailAddresses'])


def check_marks(ask, material):
    a = ask.post(CONTACTS, {'displayName': 'x'})
    same('W/"%s"' % a['changeKey'], a['@odata.etag'])
    same(a['@odata.etag'], a.head['ETag'])
    url = CONTACTS + '/' + a['id']
    b = ask.patch(url, {'jobTitle': 'y'})
    assert b['changeKey'] != a['changeKey'], 'the same mark'
    same(b['changeKey'], ask.get(url)['changeKey'])
    text = 'the change key passed in the request does not match'
    for do in (lambda: ask.patch(url, {'jobTitle': 'z'},
                                 If_Match=a['@odata.etag']),
               lambda: ask.delete(url, If_Match=a['@odata.etag'])):
        refused(do(), 412, 'ErrorIrresolvableConflict', text)
    same(200, ask.patch(url, {'jobTitle': 'z'},
                        If_Match=b['@odata.etag']).status)
    ask.tell(do='set', ifmatch=False)
    same(204, ask.delete(url, If_Match=a['@odata.etag']).status)


def check_contact_limits(ask, material):
    r = recorded(material)['400 contact multi-value limits (messages only)']
    for given, text in (
            ({'businessPhones': ['1', '2', '3']}, r['messages'][0]),
            ({'emailAddresses': [{'address': '%d@x.test' % i}
                                 for i in range(4)]}, r['messages'][1])):
        a = ask.post(CONTACTS, given)
        same((r['status'], text), (a.status, a['error']['message']))
    same([], ask.get(CONTACTS)['value'])


def check_contact_names(ask, material):
    a = ask.post(CONTACTS, {'givenName': 'Ada', 'surname': 'Byron'})
    url = CONTACTS + '/' + a['id']
    same('Ada Byron', a['displayName'])
    same('x', ask.patch(url, {'displayName': 'x'})['displayName'])
    same('x', ask.patch(url, {'jobTitle': 'y'})['displayName'])
    same('Ada King', ask.patch(url, {'surname': 'King'})['displayName'])
    same('x', ask.patch(url, {'surname': 'Lace', 'displayName': 'x'})
         ['displayName'])


def check_contact_values(ask, material):
    """Merged, cleared, dropped."""
    a = ask.post(CONTACTS, {
        'displayName': 'x', 'homeAddress': {'city': 'Rome', 'state': 'RM'},
        'emailAddresses': [{'address': 'none'}, {'address': 'a@x.test'}]})
    same(['a@x.test'], [e['address'] for e in a['emailAddresses']])
    url = CONTACTS + '/' + a['id']
    b = ask.patch(url, {'homeAddress': {'city': 'Pisa'}})
    same({'city': 'Pisa', 'state': 'RM'}, b['homeAddress'])
    b = ask.patch(url, {'homeAddress': {'state': None},
                        'displayName': None})
    same(({'city': 'Pisa'}, None), (b['homeAddress'], b['displayName']))


def check_schema(ask, material):
    """Closed types; enums of one case; what only the server says."""
    for body, status in (({'nothing': 1}, 400), ({'givenName': 5}, 400),
                         ({'id': 'x'}, 501), ({'changeKey': 'x'}, 501),
                         ({'birthday': '1974-07-22'}, 400)):
        same(status, ask.post(CONTACTS, body).status, body)
    same(415, ask.do('POST', CONTACTS, b'{}').status)
    refused(ask.do('POST', CONTACTS, b'{', Content_Type='application/json'),
            400, 'UnableToDeserializePostBody')
    zero = {'dateTime': '2026-03-02T09:00:00', 'timeZone': 'UTC'}
    for name, value in (('importance', 'High'), ('body', {
            'contentType': 'HTML', 'content': ''})):
        same(400, ask.post(ALICE + '/events', {
            'start': zero, 'end': zero, name: value}).status, name)
    same(3 + 2, ask.counts()['refused'])


def check_extended(ask, material):
    """Properties of MAPI: by $expand, by $filter."""
    filter = "$expand=singleValueExtendedProperties($filter=id eq '%s')"
    a = ask.post(CONTACTS, {'displayName': 'x', 'singleValueExtendedProperties':
                            [{'id': UID, 'value': "o'clock"},
                             {'id': 'String 0x3A45', 'value': 'Dr.'}]})
    assert 'singleValueExtendedProperties' not in a.json, 'unasked'
    url = CONTACTS + '/' + a['id']
    got = ask.get(url + '?' + filter % UID.upper().replace(
        'STRING', 'String').replace('NAME EXUID', 'Name exuid'))
    same(["o'clock"], [p['value'] for p in
                       got['singleValueExtendedProperties']])
    got = ask.get(url + '?' + (filter % UID).replace(
        ')', " or id eq 'String 0x3a45')"))
    same(2, len(got['singleValueExtendedProperties']))
    ask.post(CONTACTS, {'displayName': 'y'})
    find = CONTACTS + "?$filter=singleValueExtendedProperties/Any(ep: " \
        "ep/id eq '%s' and ep/value eq '%s')" % (UID, '%s')
    same(['x'], [c['displayName'] for c in
                 ask.get(find % "o''clock")['value']])
    same([], ask.get(find % 'other')['value'])
    ask.patch(url, {'singleValueExtendedProperties': [
        {'id': UID, 'value': None}]})
    assert 'singleValueExtendedProperties' not in \
        ask.get(url + '?' + filter % UID).json, 'cleared'
    for id, value in (('nothing', 'x'), ('String {x} Name y', 'x'),
                      ('Integer 0x36', 'x'), ('SystemTime 0x3a41', '1')):
        refused(ask.patch(url, {'singleValueExtendedProperties': [
            {'id': id, 'value': value}]}), 400, 'ErrorInvalidRequest')
    refused(ask.get(url + '?$expand=singleValueExtendedProperties'), 400,
            'ErrorInvalidRequest')


def check_photo(ask, material):
    a = ask.post(CONTACTS, {'displayName': 'x'})
    url = CONTACTS + '/' + a['id']
    refused(ask.get(url + '/photo/$value'), 404, 'ErrorItemNotFound')
    same(200, ask.do('PUT', url + '/photo/$value', b'\xff\xd8',
                     Content_Type='image/jpeg').status)
    assert ask.get(url)['changeKey'] != a['changeKey'], 'the same mark'
    got = ask.get(url + "?$expand=singleValueExtendedProperties($filter=id eq "
                  "'Boolean {00062004-0000-0000-C000-000000000046} Id 0x8015'"
                  ')')
    same('true', got['singleValueExtendedProperties'][0]['value'])
    got = ask.get(url + '/photo/$value')
    same((b'\xff\xd8', 'image/jpeg'), (got.data, got.head['Content-Type']))
    same('image/jpeg', ask.get(url + '/photo')['@odata.mediaContentType'])
    same(501, ask.delete(url + '/photo/$value').status)
    refused(ask.do('PUT', url + '/photo/$value', b'x',
                   Content_Type='text/plain'), 400, 'ErrorInvalidRequest')


def check_contact_folders(ask, material):
    a = ask.get(ALICE + '/contactFolders')
    same(['Second'], [f['displayName'] for f in a['value']])
    second = a['value'][0]
    a = ask.get(ALICE + '/contactFolders/%s/childFolders' % second['id'])
    same(['Third'], [f['displayName'] for f in a['value']])
    same(second['id'], a['value'][0]['parentFolderId'])
    there = ALICE + '/contactFolders/%s/contacts' % second['id']
    made = ask.post(there, {'displayName': 'x'})
    same(second['id'], made['parentFolderId'])
    same([], ask.get(CONTACTS)['value'])
    refused(ask.get(CONTACTS + '/' + made['id']), 404, 'ErrorItemNotFound')
    same(200, ask.get(there + '/' + made['id']).status)
    made = ask.post(CONTACTS, {'displayName': 'y'})
    same(second['parentFolderId'], made['parentFolderId'])
    ask.tell(do='unfolder', folder='alice@one.example.test/contacts/Second')
    refused(ask.get(there), 404, 'ErrorItemNotFound')


# To Do.

def lists(ask):
    return {f['displayName']: ALICE + '/todo/lists/%s/tasks' % f['id']
            for f in ask.get(ALICE + '/todo/lists')['value']}


def when(text, zone='UTC'):
    return {'dateTime': text, 'timeZone': zone}


def check_task_lists(ask, material):
    a = ask.get(ALICE + '/todo/lists')
    same([('Tasks', 'defaultList'), ('Second', 'none')],
         [(f['displayName'], f['wellknownListName']) for f in a['value']])


def check_task_times(ask, material):
    """The time of day is cut, in the zone that was given."""
    tasks = lists(ask)['Tasks']
    r = recorded(material)['todoTask dueDateTime loses its time']
    a = ask.post(tasks, {'title': 'x', 'dueDateTime': when(
        '2020-07-25T04:10:00', r['request']['dueDateTime']['timeZone'])})
    same(r['response']['dueDateTime'], a['dueDateTime'])
    url = tasks + '/' + a['id']
    # todotask-update.md, but for its month.
    b = ask.patch(url, {'dueDateTime': when('2020-07-25T16:00:00',
                                            'Eastern Standard Time')})
    same(when('2020-07-25T04:00:00.0000000'), b['dueDateTime'])
    b = ask.patch(url, {'reminderDateTime': when('2026-03-02T09:30:00'),
                        'startDateTime': when('2026-03-02T09:30:00')})
    same((when('2026-03-02T09:30:00.0000000'),
          when('2026-03-02T00:00:00.0000000')),
         (b['reminderDateTime'], b['startDateTime']))
    b = ask.patch(url, {'status': 'completed'})
    same(True, b['completedDateTime']['dateTime'].endswith(
        'T00:00:00.0000000'))
    b = ask.patch(url, {'status': 'notStarted', 'dueDateTime': None})
    assert 'completedDateTime' not in b.json and \
        'dueDateTime' not in b.json, b.json


def check_task_recurrence(ask, material):
    r = recorded(material)['400 To Do recurrence startDate']
    rule = {'pattern': {'type': 'daily', 'interval': 1},
            'range': {'type': 'noEnd', 'startDate': '2020-11-02'}}
    a = ask.post(lists(ask)['Tasks'], {'title': 'x', 'recurrence': rule})
    same((r['status'], r['body']['error']['code'],
          r['body']['error']['message']),
         (a.status, a.code(), a['error']['message']))
    ask.tell(do='set', todo_recurrence=True)
    same(201, ask.post(lists(ask)['Tasks'], {
        'title': 'x', 'recurrence': rule}).status)


def check_task_extension(ask, material):
    name = 'com.example.exring'
    tasks = lists(ask)['Tasks']
    ours = {'@odata.type': 'microsoft.graph.openTypeExtension',
            'extensionName': name, 'stamp': 's1', 'uid': 'u1'}
    a = ask.post(tasks, {'title': 'x', 'extensions': [ours]})
    same(201, a.status, a.data)
    assert 'extensions' not in a.json, 'unasked'
    url = tasks + '/' + a['id']
    for option in ('', "($filter=id eq '%s')" % name):
        got = ask.get(url + '?$expand=extensions' + option)['extensions']
        same([(name, 's1', 'u1', 'microsoft.graph.openTypeExtension.' +
               name)], [(e['extensionName'], e['stamp'], e['uid'], e['id'])
                        for e in got], option)
    same(1, len(ask.get(tasks + '?$expand=extensions')['value'][0]
                ['extensions']))
    same(200, ask.patch(url + '/extensions/' + name, {'uid': 'u2'}).status)
    got = ask.get(url + '/extensions/' + name)
    same(('s1', 'u2'), (got['stamp'], got['uid']))
    assert ask.get(url)['@odata.etag'] != a['@odata.etag'], 'the same mark'
    same(409, ask.post(url + '/extensions', ours).status)
    same(400, ask.patch(url + '/extensions/' + name, {'uid': {}}).status)
    same(204, ask.delete(url + '/extensions/' + name).status)
    same(404, ask.get(url + '/extensions/' + name).status)
    same(201, ask.post(url + '/extensions', ours).status)
    same(501, ask.patch(url, {'extensions': [ours]}).status)
    same(400, ask.post(tasks, {'singleValueExtendedProperties': []}).status)


def check_task_links(ask, material):
    tasks = lists(ask)['Tasks']
    a = ask.post(tasks, {'title': 'x', 'linkedResources': [
        {'webUrl': 'http://microsoft.com', 'applicationName': 'Microsoft',
         'displayName': 'Microsoft'}]})
    same(1, len(a['linkedResources']))
    url = tasks + '/' + a['id']
    assert 'linkedResources' not in ask.get(url).json, 'unasked'
    b = ask.post(url + '/linkedResources', {'applicationName': 'x',
                                            'externalId': 'u'})
    same(201, b.status)
    got = ask.get(url + '?$expand=linkedResources')['linkedResources']
    same([None, 'u'], [r.get('externalId') for r in got])
    same(204, ask.delete(url + '/linkedResources/' + b['id']).status)
    same(1, len(ask.get(url + '/linkedResources')['value']))


def check_task_ids(ask, material):
    """One id, and another in another list."""
    folders = lists(ask)
    a = ask.post(folders['Tasks'], {'title': 'x'}, prefer=IDS)
    same(a['id'], ask.get(folders['Tasks'])['value'][0]['id'])
    ask.tell(do='move', id=a['id'], to='alice@one.example.test/tasks/Second')
    moved = ask.get(folders['Second'], prefer=IDS)['value'][0]['id']
    assert moved != a['id'], 'the same id'
    refused(ask.get(folders['Tasks'] + '/' + a['id']), 404,
            'ErrorItemNotFound')


def check_task_delta(ask, material):
    tasks = lists(ask)['Second']
    ids = [ask.post(tasks, {'title': 't%d' % i})['id'] for i in range(3)]
    rows, pages, last = ask.round(tasks + '/delta',
                                  prefer='odata.maxpagesize=2')
    same(3, len({r['id'] for r in rows}))
    ask.delete(tasks + '/' + ids[1])
    ask.patch(tasks + '/' + ids[0], {'title': 'other'})
    rows = ask.round(last['@odata.deltaLink'])[0]
    same([(ids[1], None), (ids[0], 'other')],
         [(r['id'], r.get('title')) for r in rows])
    # No page says that it is looked at.
    same(204, ask.delete(tasks + '/' + ids[0], If_Match='W/"x"').status)
