"""Checks of graph.py: calendars and events."""
import datetime

from dateutil import rrule
from graphask import ALICE, IDS, UTC, refused, same
from graphcheckitems import recorded, when

EVENTS = ALICE + '/events'
DAYS = ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday',
        'sunday')


def event(ask, **more):
    path = more.pop('path', EVENTS)
    body = dict({'subject': 'x', 'start': when('2026-03-02T09:00:00'),
                 'end': when('2026-03-02T10:00:00')}, **more)
    return ask.post(path, body, prefer=IDS + ', ' + UTC)


def series(ask, count=5, **pattern):
    return event(ask, recurrence={
        'pattern': dict({'type': 'daily', 'interval': 1}, **pattern),
        'range': {'type': 'numbered', 'startDate': '2026-03-02',
                  'numberOfOccurrences': count}})


def instances(ask, id, until='2026-12-31'):
    return ask.get(EVENTS + '/%s/instances?startDateTime=2026-01-01T00:00:00'
                   'Z&endDateTime=%sT00:00:00Z&$top=1000' % (id, until),
                   prefer=IDS + ', ' + UTC)['value']


def whole(ask, id):
    return ask.get(EVENTS + '/%s?$select=id,changeKey,type,cancelledOccurren'
                   'ces,exceptionOccurrences&$expand=exceptionOccurrences' % id,
                   prefer=IDS + ', ' + UTC).json


def check_event_recorded(ask, material):
    """n8n's event: what the server said of its own."""
    r = next(v for k, v in recorded(material).items()
             if k.startswith('event POST'))
    given = {k: v for k, v in r['request'].items() if k != 'isOnlineMeeting'}
    given['start'] = dict(given['start'], dateTime='2023-09-05T07:26:47.000')
    given['end'] = dict(given['end'], dateTime='2023-09-06T07:56:47.000')
    a = ask.post(EVENTS, given, prefer='outlook.timezone="UTC"')
    same(r['status'], a.status, a.data)
    want = dict(r['response_subset'])
    for name in ('@odata.etag', 'changeKey', 'iCalUId'):
        same(len(want.pop(name)), len(a[name]), name)
    for name in ('createdDateTime', 'lastModifiedDateTime'):
        same(want.pop(name)[10], a[name][10], name)
    same(want, {k: a.json.get(k) for k in want})
    same('W/"%s"' % a['changeKey'], a['@odata.etag'])
    same({'contentType': 'html', 'content': 'event description'}, a['body'])


def check_event_body(ask, material):
    a = event(ask, body={'contentType': 'text', 'content': 'a\nb <c>'})
    same({'contentType': 'text', 'content': 'a\r\nb <c>'}, a['body'])
    b = ask.get(EVENTS + '/' + a['id'], prefer=IDS)
    same('html', b['body']['contentType'])
    assert 'a<br>\r\nb &lt;c&gt;' in b['body']['content'], b['body']
    c = ask.patch(EVENTS + '/' + a['id'], {'body': {
        'contentType': 'html', 'content': '<p>x &amp; y</p>'}},
        prefer=IDS + ', ' + UTC)
    same('x & y', c['body']['content'])


def check_event_times(ask, material):
    a = event(ask, start=when('2026-07-01T09:00:00',
                              'W. Europe Standard Time'),
              end=when('2026-07-01T10:00:00', 'Europe/London'))
    same((when('2026-07-01T07:00:00.0000000'),
          when('2026-07-01T09:00:00.0000000')), (a['start'], a['end']))
    same(('W. Europe Standard Time', 'Europe/London'),
         (a['originalStartTimeZone'], a['originalEndTimeZone']))
    b = ask.get(EVENTS + '/' + a['id'], prefer=IDS)
    same(when('2026-07-01T00:00:00.0000000', 'Pacific Standard Time'),
         b['start'], 'nobody asked for UTC')
    refused(event(ask, start=when('2026-07-01T09:00:00', 'Nowhere')), 400,
            'TimeZoneNotSupportedException')
    refused(event(ask, start=when('2026-07-01T09:00:00')), 400,
            'ErrorPropertyValidationFailure')
    refused(event(ask, start=when('soon')), 400,
            'ErrorPropertyValidationFailure')


def check_event_days(ask, material):
    a = event(ask, isAllDay=True, start=when('2026-03-02T00:00:00'),
              end=when('2026-03-04T00:00:00'))
    same((when('2026-03-02T00:00:00.0000000'),
          when('2026-03-04T00:00:00.0000000')), (a['start'], a['end']))
    b = ask.get(EVENTS + '/' + a['id'], prefer=IDS)
    same('2026-03-02T00:00:00.0000000', b['start']['dateTime'])
    for start, end in ((when('2026-03-02T01:00:00'),
                        when('2026-03-03T00:00:00')),
                       (when('2026-03-02T00:00:00'),
                        when('2026-03-03T00:00:00', 'Tokyo Standard Time')),
                       (when('2026-03-02T00:00:00'),
                        when('2026-03-02T00:00:00'))):
        refused(event(ask, isAllDay=True, start=start, end=end), 400,
                'ErrorPropertyValidationFailure')


def check_transaction(ask, material):
    a = event(ask, transactionId='t1')
    b = event(ask, transactionId='t1')
    same((201, a['id']), (b.status, b['id']))
    same('t1', a['transactionId'])
    same(1, len(ask.get(EVENTS)['value']))
    refused(event(ask, transactionId='t1', subject='y'), 409,
            'ErrorDuplicateTransactionId')
    assert event(ask, transactionId='t2')['id'] != a['id'], 'the same one'
    same(501, ask.patch(EVENTS + '/' + a['id'], {'transactionId': 'x'},
                        prefer=IDS).status)


def check_by_uid(ask, material):
    a, b, c = event(ask), event(ask, subject='y'), series(ask)
    find = "?$select=id&$filter=iCalUId eq '%s'"
    second = ALICE + '/calendars/%s/events' % ask.get(
        ALICE + '/calendars')['value'][1]['id']

    def found(uid, events=EVENTS):
        got = ask.get(events + find % uid, prefer=IDS)
        same(200, got.status, got.data)
        return [e['id'] for e in got['value']]
    for e in (a, b, c):
        same([e['id']], found(e['iCalUId']))
        same([], found(e['iCalUId'], second), 'of another calendar')
        same([], found(e['iCalUId'][:-1]), 'the beginning of one')
        same([], found(e['iCalUId'] + '0'), 'more than one')
    ask.tell(do='move', folder='alice@one.example.test/events', subject='y',
             to='alice@one.example.test/events/Second')
    same([], found(b['iCalUId']))
    same([b['id']], found(b['iCalUId'], second))
    same([], found("it''s"))
    same(501, ask.get(EVENTS + find % "it's").status, 'no literal')


def check_mails(ask, material):
    people = [{'type': 'required', 'emailAddress': {'address': 'p@x.test'}},
              {'type': 'optional', 'emailAddress': {'address': 'q@x.test'}}]
    a = event(ask)
    same(0, ask.counts()['mails'])
    b = event(ask, attendees=people)
    same(2, ask.counts()['mails'])
    ask.patch(EVENTS + '/' + b['id'], {'subject': 'y'}, prefer=IDS)
    same(4, ask.counts()['mails'])
    ask.patch(EVENTS + '/' + a['id'], {'attendees': people[:1]}, prefer=IDS)
    same(5, ask.counts()['mails'])
    ask.delete(EVENTS + '/' + b['id'], prefer=IDS)
    same(7, ask.counts()['mails'])


def check_series(ask, material):
    a = series(ask)
    same(('seriesMaster', None), (a['type'], a['seriesMasterId']))
    same({'type': 'numbered', 'startDate': '2026-03-02', 'endDate':
          '0001-01-01', 'recurrenceTimeZone': 'UTC',
          'numberOfOccurrences': 5}, a['recurrence']['range'])
    got = instances(ask, a['id'])
    same(['2026-03-%02dT09:00:00Z' % d for d in range(2, 7)],
         [i['originalStart'] for i in got])
    same({('occurrence', a['id'])},
         {(i['type'], i['seriesMasterId']) for i in got})
    same(['seriesMaster'], [e['type'] for e in ask.get(EVENTS)['value']])
    key = a['changeKey']
    b = ask.patch(EVENTS + '/' + got[1]['id'], {
        'subject': 'y', 'start': when('2026-03-03T11:00:00'),
        'end': when('2026-03-03T12:00:00')}, prefer=IDS + ', ' + UTC)
    same((200, 'exception', 'y', '2026-03-03T09:00:00Z'),
         (b.status, b['type'], b['subject'], b['originalStart']))
    same(204, ask.delete(EVENTS + '/' + got[2]['id'], prefer=IDS).status)
    w = whole(ask, a['id'])
    same(['OID.%s.2026-03-04' % a['id']], w['cancelledOccurrences'])
    same([('y', when('2026-03-03T11:00:00.0000000'), got[1]['id'])],
         [(e['subject'], e['start'], e['id'])
          for e in w['exceptionOccurrences']])
    same(key, w['changeKey'], 'the mark of the master')
    same(['x', 'y', 'x', 'x'], [i['subject'] for i in
                                instances(ask, a['id'])])
    refused(ask.get(EVENTS + '/' + got[2]['id'], prefer=IDS), 404,
            'ErrorItemNotFound')
    assert 'cancelledOccurrences' not in ask.get(
        EVENTS + '/' + a['id'], prefer=IDS).json, 'unasked'
    ask.tell(do='set', touch=True)
    ask.delete(EVENTS + '/' + got[3]['id'], prefer=IDS)
    assert whole(ask, a['id'])['changeKey'] != key, 'the mark stayed'


def check_series_marks(ask, material):
    """Of an exception: its own; If-Match is looked at."""
    a = series(ask)
    one = instances(ask, a['id'])[0]
    b = ask.patch(EVENTS + '/' + one['id'], {'subject': 'y'}, prefer=IDS)
    assert b['changeKey'] != one['changeKey'], 'the same mark'
    refused(ask.patch(EVENTS + '/' + one['id'], {'subject': 'z'}, prefer=IDS,
                      If_Match=one['@odata.etag']), 412,
            'ErrorIrresolvableConflict')


def check_series_neighbours(ask, material):
    a = series(ask)
    got = instances(ask, a['id'])
    move = lambda day, hour: ask.patch(EVENTS + '/' + got[1]['id'], {
        'start': when('2026-03-%02dT%02d:00:00' % (day, hour)),
        'end': when('2026-03-%02dT%02d:30:00' % (day, hour))}, prefer=IDS)
    for day in (1, 2, 4, 5):
        refused(move(day, 7), 400, 'ErrorOccurrenceCrossingBoundary')
    same(200, move(3, 22).status)


def check_series_changed(ask, material):
    """Another pattern or time: no exceptions; else they stay."""
    a = series(ask)
    url = EVENTS + '/' + a['id']
    ask.patch(EVENTS + '/' + instances(ask, a['id'])[0]['id'],
              {'subject': 'y'}, prefer=IDS)
    ask.patch(url, {'location': {'displayName': 'here'}}, prefer=IDS)
    same(['y'], [e['subject'] for e in whole(ask, a['id'])
                 ['exceptionOccurrences']])
    ask.patch(url, {'start': when('2026-03-02T08:00:00')}, prefer=IDS)
    same([], whole(ask, a['id'])['exceptionOccurrences'])
    same(501, ask.patch(url, {'start': when('2026-03-03T08:00:00'), 'end':
                              when('2026-03-03T09:00:00')},
                        prefer=IDS).status)
    b = ask.patch(url, {'recurrence': None}, prefer=IDS)
    same('singleInstance', b['type'])


def check_series_zone(ask, material):
    """The clock stays what it is when the time is changed."""
    zone = 'W. Europe Standard Time'
    a = event(ask, start=when('2026-03-23T09:00:00', zone),
              end=when('2026-03-23T10:00:00', zone), recurrence={
                  'pattern': {'type': 'weekly', 'interval': 1, 'daysOfWeek':
                              ['monday'], 'firstDayOfWeek': 'monday'},
                  'range': {'type': 'endDate', 'startDate': '2026-03-23',
                            'endDate': '2026-04-06'}})
    same(['2026-03-23T08:00:00Z', '2026-03-30T07:00:00Z',
          '2026-04-06T07:00:00Z'],
         [i['originalStart'] for i in instances(ask, a['id'])])


def days_of(rule):
    return ['%sT09:00:00Z' % d.date() for d in rule]


def check_patterns(ask, material):
    """Against dateutil's, which know nothing of these."""
    start = datetime.datetime(2026, 3, 2)
    rule = lambda freq, **more: days_of(rrule.rrule(
        freq, dtstart=start, count=5, **more))
    for want, pattern in (
            (rule(rrule.DAILY, interval=3), {'interval': 3}),
            (rule(rrule.WEEKLY, interval=2, byweekday=(0, 4), wkst=6),
             {'type': 'weekly', 'interval': 2, 'daysOfWeek':
              ['monday', 'friday'], 'firstDayOfWeek': 'sunday'}),
            (rule(rrule.MONTHLY, bymonthday=2),
             {'type': 'absoluteMonthly', 'dayOfMonth': 2}),
            (rule(rrule.MONTHLY, byweekday=rrule.MO(1)),
             {'type': 'relativeMonthly', 'daysOfWeek': ['monday'],
              'index': 'first'}),
            (rule(rrule.MONTHLY, byweekday=(0, 1, 2, 3, 4), bysetpos=1),
             {'type': 'relativeMonthly', 'daysOfWeek': list(DAYS[:5]),
              'index': 'first'}),
            (rule(rrule.YEARLY, interval=3),
             {'type': 'absoluteYearly', 'interval': 3, 'dayOfMonth': 2,
              'month': 3}),
            (rule(rrule.YEARLY, interval=2, bymonth=3,
                  byweekday=rrule.MO(1)),
             {'type': 'relativeYearly', 'interval': 2, 'month': 3,
              'daysOfWeek': ['monday'], 'index': 'first'})):
        a = series(ask, **pattern)
        same(201, a.status, a.data)
        same(want, [i['originalStart'] for i in
                    instances(ask, a['id'], '2045-01-01')], pattern)
    for pattern in ({'type': 'weekly'}, {'interval': 0},
                    {'type': 'weekly', 'daysOfWeek': ['monday']},
                    {'type': 'absoluteYearly', 'dayOfMonth': 2}):
        refused(series(ask, **pattern), 400,
                'ErrorPropertyValidationFailure')
    same(501, series(ask, type='weekly', daysOfWeek=['friday'],
                     firstDayOfWeek='sunday').status)


def check_attachments(ask, material):
    a = event(ask)
    url = EVENTS + '/%s/attachments' % a['id']
    b = ask.post(url, {'@odata.type': '#microsoft.graph.fileAttachment',
                       'name': 'menu.txt', 'contentType': 'text/plain',
                       'contentBytes': 'bWFj'}, prefer=IDS)
    same((201, 'bWFj'), (b.status, b['contentBytes']), b.data)
    c = ask.get(EVENTS + '/' + a['id'], prefer=IDS)
    same(True, c['hasAttachments'])
    assert c['changeKey'] != a['changeKey'], 'the same mark'
    same([b['id']], [x['id'] for x in ask.get(url, prefer=IDS)['value']])
    same(b'mac', ask.get(url + '/%s/$value' % b['id'], prefer=IDS).data)
    same(204, ask.delete(url + '/' + b['id'], prefer=IDS).status)
    same([], ask.get(url, prefer=IDS)['value'])


def check_calendars(ask, material):
    a = ask.get(ALICE + '/calendars')
    same([('Calendar', True), ('Second', False)],
         [(c['name'], c['isDefaultCalendar']) for c in a['value']])
    second = ALICE + '/calendars/%s/events' % a['value'][1]['id']
    made = event(ask, path=second)
    same(201, made.status)
    same([], ask.get(ALICE + '/calendar/events')['value'])
    same(200, ask.get(second + '/' + made['id'], prefer=IDS).status)
    same(a['value'][0]['id'], ask.get(ALICE + '/calendar')['id'])
    here = event(ask, path=ALICE + '/calendar/events')
    refused(ask.get(second + '/' + here['id'], prefer=IDS), 404,
            'ErrorItemNotFound')


def check_calendar_view(ask, material):
    series(ask)
    event(ask, subject='single')
    event(ask, subject='earlier', start=when('2026-02-02T09:00:00'),
          end=when('2026-02-02T10:00:00'))
    event(ask, subject='later', start=when('2026-04-02T09:00:00'),
          end=when('2026-04-02T10:00:00'))
    a = ask.get(ALICE + '/calendarView?startDateTime=2026-03-01T00:00:00Z&'
                'endDateTime=2026-03-04T00:00:00Z', prefer=UTC)
    same(['occurrence', 'occurrence', 'singleInstance'],
         [e['type'] for e in a['value']])


def check_calendar_view_delta(ask, material):
    a = series(ask)
    event(ask, subject='single')
    later = event(ask, subject='later', start=when('2026-04-02T09:00:00'),
                  end=when('2026-04-02T10:00:00'))
    span = '/calendarView/delta?startDateTime=2026-03-01T00:00:00Z&' \
        'endDateTime=2026-03-04T00:00:00Z'
    rows, pages, last = ask.round(ALICE + span, prefer=IDS +
                                  ', odata.maxpagesize=2')
    same({'occurrence', 'singleInstance'}, {e['type'] for e in rows})
    assert pages > 2, pages
    rows, _, last = ask.round(last['@odata.deltaLink'], prefer=IDS)
    same([], rows)
    # One of what is not in view may be told as removed.
    for outside in (True, False):
        ask.tell(do='set', outside=outside)
        ask.tell(do='edit', id=later['id'], field='subject', value='more')
        rows, _, last = ask.round(last['@odata.deltaLink'], prefer=IDS)
        same([{'id': later['id'], '@removed': {'reason': 'deleted'}}]
             if outside else [], rows)
    # That an occurrence changed is told, whatever its master's etag says.
    ask.tell(do='cancel', id=a['id'], date='2026-03-03')
    rows, _, last = ask.round(last['@odata.deltaLink'], prefer=IDS)
    assert rows, last
    ask.tell(do='expire')
    refused(ask.get(last['@odata.deltaLink'], prefer=IDS), 410,
            'SyncStateNotFound')
    refused(ask.get(ALICE + '/calendarView?startDateTime=2021-03-01T00:00:00Z'
                    '&endDateTime=2026-03-04T00:00:00Z'), 400,
            'ErrorInvalidRequest', '1825')
