"""Events as iCalendar, for ews.py's MimeContent.

Exchange gives iCalendar for an event, without attendees and attachments,
and takes a simple one (office-developer-exchange-docs, how-to-export-items
and how-to-import-items); EXDATE and exceptions too, says [MS-OXCICAL]
2.1.3.1.1.20.  VTIMEZONEs are not written out: times are in UTC,
or of a TZID that is a Windows zone id.
"""
import datetime
import re

from ewsrecur import (DAYS, MONTHS, SETS, UTC, Recurrence, read_date,
                      read_time, show_time)
from ewssoap import Refused, Unknown, is_true, t

SHORT = ('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')
BUSY = {'Free': 'FREE', 'Tentative': 'TENTATIVE', 'Busy': 'BUSY',
        'OOF': 'OOF', 'WorkingElsewhere': 'WORKINGELSEWHERE',
        'NoData': 'BUSY'}
CLASSES = {'Normal': 'PUBLIC', 'Personal': 'PERSONAL', 'Private': 'PRIVATE',
           'Confidential': 'CONFIDENTIAL'}
PRIORITY = {'High': '1', 'Normal': '5', 'Low': '9'}
INDEXES = ('First', 'Second', 'Third', 'Fourth')


def write(model, item):
    lines = ['BEGIN:VCALENDAR', 'METHOD:PUBLISH',
             'PRODID:Microsoft Exchange Server 2010', 'VERSION:2.0']
    lines += zone(model, item)
    lines += event(model, item)
    if model.is_master(item):
        for index in sorted(item.exceptions):
            lines += event(model, model.occurrence(item, index))
    lines.append('END:VCALENDAR')
    return ''.join(fold(line) + '\r\n' for line in lines).encode()


def fold(line):
    data, out = line.encode(), []
    while len(data) > 75:
        n = 75
        while data[n] & 0xc0 == 0x80:
            n -= 1
        out.append(data[:n].decode())
        data = b' ' + data[n:]
    return '\r\n'.join(out + [data.decode()])


def quoted(text):
    return re.sub(r'([\\;,])', r'\\\1', text).replace('\r\n', '\n').replace(
        '\n', '\\n')


def zone(model, item):
    """The zone of an item, with the offsets of the year that it begins in."""
    name = item.props['StartTimeZone'].get('Id')
    rules = model.rules(item)
    year = read_time(item.text('Start')).year
    out = ['BEGIN:VTIMEZONE', 'TZID:' + name]
    first = datetime.datetime(year, 1, 1, tzinfo=UTC)
    at, before = first, first.astimezone(rules).utcoffset()
    changes = []
    for hour in range(1, 366 * 24):
        at = first + datetime.timedelta(hours=hour)
        now = at.astimezone(rules)
        if now.utcoffset() != before:
            changes.append((at + before, before, now.utcoffset(),
                            bool(now.dst())))
            before = now.utcoffset()
    if not changes:
        changes = [(datetime.datetime(1601, 1, 1), before, before, False)]
    for local, old, new, dst in changes:
        kind = 'DAYLIGHT' if dst else 'STANDARD'
        out += ['BEGIN:' + kind, local.strftime('DTSTART:%Y%m%dT%H%M%S')]
        if len(changes) > 1:
            week = (local.day - 1) // 7 + 1
            nth = -1 if local.day > 24 else week
            out.append('RRULE:FREQ=YEARLY;BYDAY=%d%s;BYMONTH=%d' % (
                nth, SHORT[local.weekday()], local.month))
        out += ['TZOFFSETFROM:' + offset(old), 'TZOFFSETTO:' + offset(new),
                'END:' + kind]
    return out + ['END:VTIMEZONE']


def offset(delta):
    minutes = int(delta.total_seconds()) // 60
    return '%s%02d%02d' % ('-' if minutes < 0 else '+', abs(minutes) // 60,
                           abs(minutes) % 60)


def event(model, item):
    own = item.text
    rules = model.rules(item)
    name = item.props['StartTimeZone'].get('Id')
    all_day = is_true(own('IsAllDayEvent'))

    def when(prop, at):
        here = at.astimezone(rules)
        if all_day:
            return '%s;VALUE=DATE:%s' % (prop, here.strftime('%Y%m%d'))
        if name == 'UTC':
            return '%s:%s' % (prop, at.strftime('%Y%m%dT%H%M%SZ'))
        return '%s;TZID=%s:%s' % (prop, name, here.strftime('%Y%m%dT%H%M%S'))
    body = item.props.get('Body')
    out = ['BEGIN:VEVENT', 'CLASS:' + CLASSES[own('Sensitivity', 'Normal')],
           'UID:' + own('UID'), 'SUMMARY:' + quoted(own('Subject', '')),
           when('DTSTART', read_time(own('Start'))),
           when('DTEND', read_time(own('End')))]
    if body is not None and body.text:
        from ewsvalues import to_text
        text = body.text if body.get('BodyType') == 'Text' else to_text(
            body.text)
        out.insert(1, 'DESCRIPTION:' + quoted(text))
    if hasattr(item, 'occurrence'):
        out.append(when('RECURRENCE-ID', item.occurrence[2][0]))
    if model.is_master(item):
        out.append('RRULE:' + rule(item.props['Recurrence'], rules,
                                   all_day))
        for index in sorted(item.deleted):
            out.append(when('EXDATE', model.cached_series(item).at(
                index)[0]))
    if own('Location'):
        out.append('LOCATION:' + quoted(own('Location')))
    if 'Categories' in item.props:
        out.append('CATEGORIES:' + ','.join(
            quoted(c.text) for c in item.props['Categories']))
    stamp = re.sub('[-:]', '', item.modified)
    busy = BUSY[own('LegacyFreeBusyStatus', 'Busy')]
    out += ['PRIORITY:' + PRIORITY[own('Importance', 'Normal')],
            'DTSTAMP:' + stamp, 'LAST-MODIFIED:' + stamp,
            'TRANSP:' + ('TRANSPARENT' if busy == 'FREE' else 'OPAQUE'),
            'STATUS:CONFIRMED', 'SEQUENCE:0',
            'X-MICROSOFT-CDO-BUSYSTATUS:' + busy,
            'X-MICROSOFT-CDO-ALLDAYEVENT:' + str(all_day).upper()]
    if own('ReminderIsSet', 'true') == 'true':
        out += ['BEGIN:VALARM', 'DESCRIPTION:REMINDER',
                'TRIGGER;RELATED=START:-PT%sM' % own(
                    'ReminderMinutesBeforeStart', '15'), 'ACTION:DISPLAY',
                'END:VALARM']
    return out + ['END:VEVENT']


def rule(e, rules, all_day):
    r = Recurrence(e)
    out = [{'D': 'FREQ=DAILY', 'W': 'FREQ=WEEKLY'}.get(
        r.kind[0], 'FREQ=MONTHLY' if 'Monthly' in r.kind else 'FREQ=YEARLY')]
    if r.count is not None:
        out.append('COUNT=%d' % r.count)
    if r.end is not None:
        last = datetime.datetime.combine(r.end, datetime.time(
            23, 59, 59), tzinfo=rules).astimezone(UTC)
        out.append('UNTIL=' + (r.end.strftime('%Y%m%d') if all_day else
                               last.strftime('%Y%m%dT%H%M%SZ')))
    out.append('INTERVAL=%d' % r.interval)
    if r.month:
        out.append('BYMONTH=%d' % r.month)
    if r.kind.startswith('Absolute'):
        out.append('BYMONTHDAY=%d' % r.day)
    elif r.days:
        names = [SHORT[d] for d in sorted(r.days)]
        if r.kind.startswith('Relative') and len(names) == 1:
            names = ['%d%s' % (r.index + 1 if r.index >= 0 else -1,
                               names[0])]
        elif r.kind.startswith('Relative'):
            out.append('BYSETPOS=%d' % (r.index + 1 if r.index >= 0
                                        else -1))
        out.append('BYDAY=' + ','.join(names))
    if r.kind == 'WeeklyRecurrence':
        out.append('WKST=' + SHORT[r.first_day])
    return ';'.join(out)


# Reading.

def read(model, data):
    """An event that came as iCalendar: (its elements, the times of those
    occurrences that are not, [(time of an occurrence, its elements)])."""
    text = re.sub('\r?\n[ \t]', '', data.decode('utf-8', 'replace'))
    inside, events = [], []
    for line in text.replace('\r\n', '\n').split('\n'):
        name, params, value = split(line)
        if name == 'BEGIN':
            inside.append(value.upper())
            if inside[-1] == 'VEVENT':
                events.append({'EXDATE': [], 'VALARM': {}})
        elif name == 'END':
            inside.pop()
        elif inside[-1:] == ['VEVENT']:
            if name in ('RDATE', 'ATTENDEE'):
                raise Unknown('%s in MimeContent' % name)
            if name == 'EXDATE':
                events[-1]['EXDATE'] += [(params, v)
                                         for v in value.split(',')]
            events[-1].setdefault(name, (params, value))
        elif inside[-2:] == ['VEVENT', 'VALARM']:
            events[-1]['VALARM'].setdefault(name, value)
    whole = [e for e in events if 'RECURRENCE-ID' not in e]
    if len(whole) != 1:
        if not events:
            raise Refused('ErrorMimeContentConversionFailed')
        raise Unknown('MimeContent with %d events' % len(whole))
    return (elements(model, whole[0], whole[0]['VALARM']),
            [moment(model, *d)[1] for d in whole[0]['EXDATE']],
            [(moment(model, *e['RECURRENCE-ID'])[1],
              elements(model, e, e['VALARM']))
             for e in events if 'RECURRENCE-ID' in e])


def split(line):
    head, _, value = line.partition(':')
    while head.count('"') % 2:
        more, _, value = value.partition(':')
        head += ':' + more
    name, *params = head.split(';')
    return name.upper(), dict(p.partition('=')[::2] for p in params), value


def plain(text):
    return re.sub(r'\\(.)', lambda f: '\n' if f.group(1) in 'nN' else
                  f.group(1), text)


def elements(model, ev, alarm):
    out = []

    def put(name, text, **attributes):
        if text is not None:
            out.append(t(name, text, **attributes))

    def own(name):
        return plain(ev[name][1]) if name in ev else None
    if 'DTSTART' not in ev:
        raise Refused('ErrorMimeContentConversionFailed')
    all_day = ev['DTSTART'][0].get('VALUE') == 'DATE'
    name, start = moment(model, *ev['DTSTART'])
    end = start + datetime.timedelta(days=1 if all_day else 0)
    if 'DTEND' in ev:
        _, end = moment(model, *ev['DTEND'])
    elif 'DURATION' in ev:
        raise Unknown('DURATION in MimeContent')
    put('Subject', own('SUMMARY'))
    put('Body', own('DESCRIPTION'), BodyType='Text')
    put('Sensitivity', {v: k for k, v in CLASSES.items()}.get(own('CLASS')))
    put('UID', own('UID'))
    put('Start', show_time(start))
    put('End', show_time(end))
    put('IsAllDayEvent', 'true' if all_day else 'false')
    put('Location', own('LOCATION'))
    busy = own('X-MICROSOFT-CDO-BUSYSTATUS') or (
        'FREE' if own('TRANSP') == 'TRANSPARENT' else 'BUSY')
    put('LegacyFreeBusyStatus', {v: k for k, v in BUSY.items()
                                 if k != 'NoData'}.get(busy, 'Busy'))
    if 'CATEGORIES' in ev:
        out.append(t('Categories', None, *[
            t('String', plain(c)) for c in re.split(
                r'(?<!\\),', ev['CATEGORIES'][1])]))
    trigger = re.fullmatch(r'-PT?(\d+)([MHD])', alarm.get('TRIGGER', ''))
    put('ReminderIsSet', 'true' if trigger else 'false')
    if trigger:
        put('ReminderMinutesBeforeStart', str(int(trigger.group(1)) * {
            'M': 1, 'H': 60, 'D': 1440}[trigger.group(2)]))
    out.append(t('StartTimeZone', Id=name))
    if 'RRULE' in ev:
        out.append(recurrence(ev['RRULE'][1], start.astimezone(
            model.zones.rules(name)), model.zones.rules(name)))
    return out


def moment(model, params, value):
    """(zone, time) of a DTSTART: UTC where it has no zone that is known."""
    name = params.get('TZID', 'UTC').strip('"')
    if name not in model.zones.definitions or name not in model.zones.iana:
        known = {v: k for k, v in model.zones.iana.items()}
        if name not in known:
            raise Unknown('the TZID %s in MimeContent' % name)
        name = known[name]
    at = datetime.datetime.strptime(value[:8] + (value[9:15] or '000000'),
                                    '%Y%m%d%H%M%S')
    if value.endswith('Z'):
        return name, at.replace(tzinfo=UTC)
    return name, at.replace(tzinfo=model.zones.rules(name)).astimezone(UTC)


def recurrence(text, start, rules):
    """RRULE to Recurrence: protocols.md 3.3."""
    r = dict(p.split('=') for p in text.upper().split(';') if p)
    interval = t('Interval', r.get('INTERVAL', '1'))
    days = r.get('BYDAY', '').split(',') if r.get('BYDAY') else []
    freq = r['FREQ']
    allowed = {'FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'BYMONTH',
               'BYSETPOS', 'COUNT', 'UNTIL', 'WKST'}
    if set(r) - allowed or freq == 'DAILY' and days:
        raise Refused('ErrorCalendarInvalidRecurrence')
    month = t('Month', MONTHS[int(r.get('BYMONTH', start.month)) - 1])
    day = t('DayOfMonth', r.get('BYMONTHDAY', str(start.day)))
    if freq == 'DAILY':
        pattern = t('DailyRecurrence', None, interval)
    elif freq == 'WEEKLY':
        names = [DAYS[SHORT.index(d)] for d in days] or [
            DAYS[start.weekday()]]
        pattern = t('WeeklyRecurrence', None, interval,
                    t('DaysOfWeek', ' '.join(names)))
        if 'WKST' in r:
            pattern.append(t('FirstDayOfWeek', DAYS[SHORT.index(
                r['WKST'])]))
    elif days:
        nth, which = relative(days, r.get('BYSETPOS'))
        kind = 'RelativeMonthlyRecurrence' if freq == 'MONTHLY' else \
            'RelativeYearlyRecurrence'
        pattern = t(kind, None, *(
            [interval] if freq == 'MONTHLY' else []),
            t('DaysOfWeek', which), t('DayOfWeekIndex', nth))
        if freq == 'YEARLY':
            pattern.append(month)
    elif freq == 'MONTHLY':
        pattern = t('AbsoluteMonthlyRecurrence', None, interval, day)
    elif freq == 'YEARLY' and interval.text == '1':
        pattern = t('AbsoluteYearlyRecurrence', None, day, month)
    else:
        raise Refused('ErrorCalendarInvalidRecurrence')
    first = t('StartDate', start.date().isoformat())
    if 'COUNT' in r:
        span = t('NumberedRecurrence', None, first,
                 t('NumberOfOccurrences', r['COUNT']))
    elif 'UNTIL' in r:
        span = t('EndDateRecurrence', None, first, t('EndDate', until(
            r['UNTIL'], rules)))
    else:
        span = t('NoEndRecurrence', None, first)
    return t('Recurrence', None, pattern, span)


def until(text, rules):
    if not text.endswith('Z'):
        return read_date('%s-%s-%s' % (text[:4], text[4:6],
                                       text[6:8])).isoformat()
    at = datetime.datetime.strptime(text, '%Y%m%dT%H%M%SZ').replace(
        tzinfo=UTC)
    return at.astimezone(rules).date().isoformat()


def relative(days, place):
    """(DayOfWeekIndex, DaysOfWeek) of BYDAY=2TU, or TU with BYSETPOS=2."""
    if len(days) == 1 and re.match(r'[+-]?\d', days[0]):
        place, days = days[0][:-2], [days[0][-2:]]
    numbers = {SHORT.index(d) for d in days}
    which = next((n for n, s in SETS.items() if s == numbers), None)
    n = int(place) if place else 0
    if which is None or n not in (1, 2, 3, 4, -1):
        raise Refused('ErrorCalendarInvalidRecurrence')
    return ('Last' if n < 0 else INDEXES[n - 1]), which


