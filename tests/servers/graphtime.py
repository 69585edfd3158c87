"""Times, zones and recurrences of graph.py, on those of ews.py.

(1) A dateTimeTimeZone is read in the zone it names: a name of Windows or one
    of those that Graph takes beside (material/tz, 2021).
(2) A recurrence is walked as EWS' are (ewsrecur.py); here years have an
    interval too, and several days stand for the first that fits
    (recurrencepattern.md).
"""
import datetime
import os
import re
import zoneinfo

from ewsrecur import DAY, DAYS, INDEX, UTC, Recurrence, Series, Zones
from graphlib import Refused, Unknown

TIME = re.compile(r'(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(\.\d+)?(Z)?$')
KIND = {'daily': 'DailyRecurrence', 'weekly': 'WeeklyRecurrence',
        'absoluteMonthly': 'AbsoluteMonthlyRecurrence',
        'relativeMonthly': 'RelativeMonthlyRecurrence',
        'absoluteYearly': 'AbsoluteYearlyRecurrence',
        'relativeYearly': 'RelativeYearlyRecurrence'}
NEEDS = {'weekly': ('daysOfWeek', 'firstDayOfWeek'),
         'absoluteMonthly': ('dayOfMonth',),
         'relativeMonthly': ('daysOfWeek',),
         'absoluteYearly': ('dayOfMonth', 'month'),
         'relativeYearly': ('daysOfWeek', 'month')}
MOST = 999		# of the count and the interval: recurrencerange.md


def invalid(text):
    return Refused(400, 'ErrorPropertyValidationFailure',
                   'At least one property failed validation. ' + text)


class Times:
    def __init__(self, material):
        self.zones = Zones(material)
        with open(os.path.join(material, 'tz',
                               'graph-additional-timezones.txt')) as f:
            self.more = set(f.read().split()) | {'UTC', 'GMT'}

    def rules(self, name):
        if name in self.more:
            return zoneinfo.ZoneInfo(name)
        if name not in self.zones.iana:
            # Seen in questions about it.
            raise Refused(400, 'TimeZoneNotSupportedException', 'A valid '
                          'TimeZone value must be specified. The following '
                          "TimeZone value is not supported: '%s'." % name)
        return self.zones.rules(name)

    def read(self, value):
        """(the time of its clock, its zone)"""
        found = TIME.match(value.get('dateTime') or '')
        zone = value.get('timeZone')
        if not found or zone is None:
            raise invalid('dateTime, timeZone')
        if found.group(4) and zone not in ('UTC', 'GMT'):
            raise Unknown('a time with Z in a zone')
        try:
            at = datetime.datetime.fromisoformat(
                found.group(1) + (found.group(2) or ':00'))
        except ValueError:
            raise invalid('dateTime') from None
        self.rules(zone)
        return at, zone

    def utc(self, value):
        at, zone = self.read(value)
        return at.replace(tzinfo=self.rules(zone)).astimezone(UTC)

    def show(self, at, zone):
        return clock(at.astimezone(self.rules(zone)), zone)


def clock(at, zone):
    """Seven digits of a second: recorded."""
    return {'dateTime': at.strftime('%Y-%m-%dT%H:%M:%S.0000000'),
            'timeZone': zone}


class Pattern(Recurrence):
    """(2); a patternedRecurrence."""

    def __init__(self, given):
        p, r = given.get('pattern') or {}, given.get('range') or {}
        kind = p.get('type')
        if kind not in KIND or r.get('type') is None or \
                not r.get('startDate'):
            raise invalid('recurrence')
        for name in NEEDS.get(kind, ()):
            if not p.get(name):
                raise invalid('recurrence.pattern.' + name)
        self.kind = KIND[kind]
        self.interval = p.get('interval', 0)
        days = [d.capitalize() for d in p.get('daysOfWeek', [])]
        self.days = {DAYS.index(d) for d in days}
        self.first_day = DAYS.index(
            (p.get('firstDayOfWeek') or 'sunday').capitalize())
        self.index = INDEX[(p.get('index') or 'first').capitalize()]
        # As the walk has it: a day of the month or one by its weekday.
        self.day = p.get('dayOfMonth', 0)
        self.month = p.get('month', 0)
        self.start = datetime.date.fromisoformat(r['startDate'])
        self.end = self.count = None
        if r['type'] == 'endDate':
            if not r.get('endDate'):
                raise invalid('recurrence.range.endDate')
            self.end = datetime.date.fromisoformat(r['endDate'])
        elif r['type'] == 'numbered':
            self.count = r.get('numberOfOccurrences', 0)
        self.regenerates = False
        if not 1 <= self.interval <= MOST or \
                not 1 <= (1 if self.count is None else self.count) <= MOST \
                or not 0 <= self.day <= 31 or not 0 <= self.month <= 12 or \
                (self.end is not None and self.end < self.start):
            raise invalid('recurrence')

    def falls_on(self, date):
        if 'Yearly' in self.kind and \
                (date.year - self.start.year) % self.interval:
            return False
        return super().falls_on(date)


def shown(given, zone):
    """As outlook-schedule-recurring-events.md and event.md show it."""
    p, r = given['pattern'], given['range']
    pattern = {'type': p['type'], 'interval': p['interval'],
               'month': p.get('month', 0),
               'dayOfMonth': p.get('dayOfMonth', 0),
               'firstDayOfWeek': p.get('firstDayOfWeek') or 'sunday',
               'index': p.get('index') or 'first'}
    if p.get('daysOfWeek'):
        pattern['daysOfWeek'] = p['daysOfWeek']
    return {'pattern': pattern, 'range': {
        'type': r['type'], 'startDate': r['startDate'],
        'endDate': r.get('endDate') or '0001-01-01'
        if r['type'] == 'endDate' else '0001-01-01',
        'recurrenceTimeZone': r.get('recurrenceTimeZone') or zone,
        'numberOfOccurrences': r.get('numberOfOccurrences', 0)
        if r['type'] == 'numbered' else 0}}


class Walk(Series):
    """The occurrences of a series, by their dates."""

    def on(self, date):
        """(start, end) of that date's; None: there is none."""
        index = len(self.known)
        if index and date <= self.known[-1]:
            return self.at(self.known.index(date) + 1) \
                if date in self.known else None
        while True:
            index += 1
            times = self.at(index)
            if times is None or self.known[index - 1] > date:
                return None
            if self.known[index - 1] == date:
                return times


__all__ = ['DAY', 'UTC', 'Pattern', 'Times', 'Walk', 'clock', 'invalid',
           'shown']
