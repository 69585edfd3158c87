"""What ews.py must do: items of each kind, made, changed and deleted."""
from lxml import etree

from ewsask import NS, drop, occurrence, put
from ewsmake import (JANE, OURS, same, contact, event, gone, series,
                     weekly)


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
