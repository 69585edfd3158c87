"""Times, zones and recurrences, for ews.py.

(1) Times are kept in UTC, to the second; a zone is a Windows zone id, whose
    rules are those of the IANA zone that CLDR names for it.
(2) The occurrences of a recurrence are numbered from 1 in the order of
    their dates; one that was deleted keeps its number (DavMail and
    exchangelib count so, see ../shared/reference/protocols.md 3.3).
(3) A recurrence is in the local dates of its item's StartTimeZone; a time
    of day stays what it is there when the clock is changed.
"""
import bisect
import datetime
import json
import os
import re
import zoneinfo

from lxml import etree

from ewssoap import NS, Refused, Unknown, local, t

UTC = datetime.timezone.utc
DAYS = ('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday',
        'Sunday')
SETS = dict({d: {i} for i, d in enumerate(DAYS)},
            Day=set(range(7)), Weekday=set(range(5)), WeekendDay={5, 6})
MONTHS = ('January', 'February', 'March', 'April', 'May', 'June', 'July',
          'August', 'September', 'October', 'November', 'December')
INDEX = {'First': 0, 'Second': 1, 'Third': 2, 'Fourth': 3, 'Last': -1}
DAY = datetime.timedelta(days=1)
LONGEST = 100000		# days that are looked through for the next


class Zones:
    """The zones that a live server offered, and their rules."""

    def __init__(self, material):
        with open(os.path.join(material, 'tz',
                               'windowsZones-cldr48.json')) as f:
            zones = json.load(f)['supplemental']['windowsZones']
        self.iana = {z['mapZone']['_other']: z['mapZone']['_type']
                     for z in zones['mapTimezones']
                     if z['mapZone']['_territory'] == '001'}
        self.answer = os.path.join(
            material, 'ews', 'responses', 'recorded',
            'APITest.testGetServerTimezones.00.GetServerTimeZonesResponse'
            '.xml')
        self.definitions = {
            z.get('Id'): z for z in etree.parse(self.answer).iter(
                '{%s}TimeZoneDefinition' % NS['t'])}

    def check(self, name):
        """GetServerTimeZones offers it, and its rules are known."""
        if name not in self.definitions or name not in self.iana:
            raise Refused('ErrorTimeZone', 'The time zone %s is not known.' %
                          name)
        return name

    def rules(self, name):
        return zoneinfo.ZoneInfo(self.iana[name].split(' ')[0])

    def shown(self, name):
        """TimeZone, a text to look at: recorded is `UTC` for UTC."""
        return name if name == 'UTC' else self.definitions[name].get('Name')

    def definition(self, element, name):
        return t(element, Id=name, Name=self.definitions[name].get('Name'))


TIME = re.compile(r'(-?\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?'
                  r'(Z|[+-]\d\d:\d\d)?$')


def read_time(text, rules=UTC):
    """An xs:dateTime in UTC; without a zone it is in those rules."""
    found = TIME.match(text.strip())
    if not found:
        raise Unknown('the time ' + text)
    y, mo, d, h, mi, s = (int(x) for x in found.groups()[:6])
    at = datetime.datetime(y, mo, d, h, mi, s)
    zone = found.group(8)
    if zone is None:
        return at.replace(tzinfo=rules).astimezone(UTC)
    if zone == 'Z':
        return at.replace(tzinfo=UTC)
    away = datetime.timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
    return (at - (away if zone[0] == '+' else -away)).replace(tzinfo=UTC)


def show_time(at):
    return at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')


def show_duration(span):
    """As recorded: PT1H, P1D, PT44M49S."""
    seconds = int(span.total_seconds())
    days, seconds = divmod(seconds, 86400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    clock = ''.join('%d%s' % (n, u) for n, u in (
        (hours, 'H'), (minutes, 'M'), (seconds, 'S')) if n)
    out = 'P' + ('%dD' % days if days else '') + ('T' + clock if clock
                                                  else '')
    return out if out != 'P' else 'PT0S'


def read_date(text):
    y, m, d = (int(x) for x in text.strip()[:10].split('-'))
    return datetime.date(y, m, d)


def show_date(date, rules):
    """A date with its zone: 2025-07-02Z, 2014-03-08-08:00 (recorded)."""
    away = datetime.datetime(date.year, date.month, date.day,
                             tzinfo=rules).utcoffset()
    minutes = int(away.total_seconds()) // 60
    if minutes == 0:
        return date.isoformat() + 'Z'
    return '%s%s%02d:%02d' % (date.isoformat(), '+' if minutes > 0 else '-',
                              abs(minutes) // 60, abs(minutes) % 60)


class Recurrence:
    """An element Recurrence, read."""

    def __init__(self, element):
        pattern, span = element[0], element[1]
        get = lambda e, name, other=None: e.findtext('t:' + name, other, NS)
        self.kind = local(pattern)
        self.interval = int(get(pattern, 'Interval', '1'))
        days = (get(pattern, 'DaysOfWeek') or '').split()
        self.days = set().union(*(SETS[d] for d in days)) if days else set()
        if self.kind == 'WeeklyRecurrence' and set(days) & {
                'Day', 'Weekday', 'WeekendDay'}:
            raise Refused('ErrorCalendarInvalidDayForWeeklyRecurrence')
        self.first_day = DAYS.index(get(pattern, 'FirstDayOfWeek', 'Sunday'))
        self.index = INDEX.get(get(pattern, 'DayOfWeekIndex'))
        self.day = int(get(pattern, 'DayOfMonth', '0'))
        month = get(pattern, 'Month')
        self.month = MONTHS.index(month) + 1 if month else 0
        self.start = read_date(get(span, 'StartDate'))
        end, count = get(span, 'EndDate'), get(span, 'NumberOfOccurrences')
        self.end = read_date(end) if end else None
        self.count = int(count) if count else None
        self.regenerates = self.kind.endswith('Regeneration')
        if self.interval < 1 or (self.count is not None and self.count < 1) \
                or self.day > 31 or (self.kind.startswith('Absolute') and
                                     self.day < 1):
            raise Refused('ErrorCalendarOutOfRange')
        if self.end and self.end.year >= 4500:
            raise Refused('ErrorRecurrenceEndDateTooBig')

    def falls_on(self, date):
        months = (date.year - self.start.year) * 12 + \
            date.month - self.start.month
        if self.kind == 'DailyRecurrence':
            return (date - self.start).days % self.interval == 0
        if self.kind == 'WeeklyRecurrence':
            first = self.start - DAY * ((self.start.weekday() -
                                         self.first_day) % 7)
            return date.weekday() in self.days and \
                (date - first).days // 7 % self.interval == 0
        if 'Monthly' in self.kind:
            if months % self.interval:
                return False
        elif date.month != self.month:
            return False
        return date == self.in_month(date.year, date.month)

    def in_month(self, year, month):
        """The day of a month on which a monthly or yearly one falls."""
        first = datetime.date(year, month, 1)
        last = (first + 31 * DAY).replace(day=1) - DAY
        if self.kind.startswith('Absolute'):
            # DayOfMonth: "if the day is not in the month, its last day"
            # (dayofmonth, office-developer-exchange-docs).
            return min(last, first + (self.day - 1) * DAY) if self.day else \
                None
        fit = [first + i * DAY for i in range(last.day)
               if (first + i * DAY).weekday() in self.days]
        return fit[self.index] if self.index < len(fit) else None

    def dates(self):
        """The local dates, in order, for as long as somebody asks."""
        date, found, idle = self.start, 0, 0
        while (self.end is None or date <= self.end) and idle < LONGEST:
            if self.count is not None and found >= self.count:
                return
            idle += 1
            if self.falls_on(date):
                found, idle = found + 1, 0
                yield date
            try:
                date = self.next(date)
            except OverflowError:
                return

    def next(self, date):
        if 'ly' not in self.kind or self.kind in ('DailyRecurrence',
                                                  'WeeklyRecurrence'):
            return date + DAY
        # Whole months are stepped over once this one's day is past.
        if date < (self.in_month(date.year, date.month) or
                   datetime.date(date.year, date.month, 28)):
            return date + DAY
        after = (date.replace(day=1) + 31 * DAY).replace(day=1)
        if 'Yearly' in self.kind and after.month != self.month:
            after = after.replace(
                year=after.year + (after.month > self.month),
                month=self.month)
        return after

    def element(self, pattern, rules):
        """As a server gives it back: with zones behind the dates."""
        out = t('Recurrence')
        copy = etree.fromstring(etree.tostring(pattern))
        for e in copy.iter('{%s}StartDate' % NS['t'],
                           '{%s}EndDate' % NS['t']):
            e.text = show_date(read_date(e.text), rules)
        out.extend(list(copy))
        return out


class Series:
    """The occurrences of a recurring master."""

    def __init__(self, recurrence, start, end, rules):
        self.recurrence, self.rules = recurrence, rules
        here = start.astimezone(rules)
        self.clock = here.time()
        # Days and seconds apart: a day may have 23 or 25 hours.
        there = end.astimezone(rules)
        self.days = (there.date() - here.date()).days
        self.until = there.time()
        self.known, self.left = [], recurrence.dates()

    def at(self, index):
        """(start, end) of occurrence `index`, None where there is none."""
        if index < 1:
            return None
        while len(self.known) < index:
            date = next(self.left, None)
            if date is None:
                return None
            self.known.append(date)
        date = self.known[index - 1]
        make = lambda d, c: datetime.datetime.combine(
            d, c, tzinfo=self.rules).astimezone(UTC)
        return make(date, self.clock), make(date + self.days * DAY,
                                            self.until)

    def last(self):
        """The number of the last one, None if there is no end."""
        r = self.recurrence
        if r.count is None and r.end is None:
            return None
        index = len(self.known)
        while self.at(index + 1):
            index += 1
        return index

    def between(self, start, end):
        """The numbers of those that touch a span of time."""
        # Two days more on either side, for zones and for the clock.
        low = max(start.toordinal() - self.days - 2, 1)
        high = min(end.toordinal() + 2, datetime.date.max.toordinal())
        while not self.known or self.known[-1].toordinal() < high:
            if self.at(len(self.known) + 1) is None:
                break
        index = bisect.bisect_left(self.known,
                                   datetime.date.fromordinal(low))
        while True:
            index += 1
            times = self.at(index)
            if times is None or times[0] >= end:
                return
            if times[1] > start or times[0] >= start:
                yield index, times
