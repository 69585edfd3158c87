"""Items that the checks of ews.py make, and what holds two things equal."""
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


def gone(ask):
    ident = ask.create(JANE).id()
    same(ask.delete(ident, 'HardDelete').codes(), ['NoError'])
    return ident
