"""Items as a server has them, for ews.py: defaults, what is computed, how
they look in an answer.

Each default and each computed property says where it is seen.  `R:` is a
file of ../shared/material/ews/responses/recorded, `D:` a page of
office-developer-exchange-docs.
"""
import base64
import datetime
import hashlib
import re

from ewsprops import (OTHER_NAMES, TAG, WRITABLE, copy, delete, entry,
                      find_part, named, set_from, show_extended)
from ewsrecur import UTC, Recurrence, Series, read_time, show_time
from ewssoap import Refused, Unknown, boolean, is_true, local, t
from ewsstate import Item
from ewsvalues import ABSENT, ALL, NOT_FOUND, OCCURRENCES, Values

# Defaults of a new appointment and of what else is never absent.
# R: CalendarTest.testGetCalendarItem.04.GetItemResponse
DEFAULT = {
    'CalendarItem': dict(ReminderIsSet='true', Sensitivity='Normal',
                         ReminderMinutesBeforeStart='15',
                         Importance='Normal', LegacyFreeBusyStatus='Busy',
                         IsAllDayEvent='false', IsResponseRequested='true'),
    'Contact': dict(Sensitivity='Normal', Importance='Normal', FileAs='',
                    FileAsMapping='None'),
    'Task': dict(Sensitivity='Normal', Importance='Normal',
                 PercentComplete='0', Status='NotStarted'),
    'DistributionList': dict(Sensitivity='Normal', Importance='Normal'),
}
# The same for all of them, R: the same.
FIXED = dict(IsSubmitted='false', IsFromMe='false', IsResend='false',
             IsUnmodified='false', IsAssociated='false', DisplayCc='',
             DisplayTo='', Culture='en-US')
MEETING = dict(IsCancelled='false', MyResponseType='Organizer',
               AppointmentSequenceNumber='0', AppointmentState='0',
               IsOnlineMeeting='false')
LONGEST_EVENT = datetime.timedelta(days=5 * 366)
UID_FORM = bytes.fromhex('040000008200E00074C5B7101A82E008')


class Shape:
    """An ItemShape, read."""

    def __init__(self, base='IdOnly', paths=(), body='Best', mime=False):
        self.base, self.paths, self.body = base, list(paths), body
        self.mime = mime


class Model(Values):
    def __init__(self, state, schema, zones, mime):
        self.state, self.schema, self.zones = state, schema, zones
        self.mime = mime		# (model, item) to iCalendar and back
        # Whether DisplayName is made anew when a part of the name changes
        # although a client once set it (no source: off).
        self.recompute = False
        self.series_of = {}

    # Making and changing.

    def settle(self, item, request, paths, before=()):
        """What the server makes of values that were just written, in this
        order; before: the properties as they were."""
        names = dict.fromkeys('PhysicalAddresses' if p[0] == 'a' else p[1]
                              for p in paths if p[0] != 'x').keys()
        if item.element == 'Task':
            self.replay(item, names, dict(before))
        getattr(self, 'settle_' + item.element.lower())(item, request, names)

    def settle_distributionlist(self, item, request, names):
        pass

    def settle_contact(self, item, request, names):
        for name in {'Birthday', 'WeddingAnniversary'} & names:
            if name in item.props:
                # A date, at 11:59 UTC: protocols.md 3.1; exchangelib writes
                # and reads it so (fields.py, DateTimeBackedDateField).
                at = read_time(item.props[name].text)
                item.props[name].text = at.strftime('%Y-%m-%dT11:59:00Z')
        if self.recompute and names & {'GivenName', 'MiddleName', 'Surname',
                                       'Generation'} and \
                'DisplayName' not in names:
            item.props.pop('DisplayName', None)
        if 'PhysicalAddresses' in item.props:
            for e in item.props['PhysicalAddresses']:
                for part in [p for p in e if not p.text]:
                    e.remove(part)

    def settle_task(self, item, request, names):
        for name in {'StartDate', 'DueDate', 'CompleteDate'} & names:
            if name in item.props:
                # D: startdate, duedate: dates; protocols.md 3.4.
                at = read_time(item.props[name].text, request.rules(
                    self.zones))
                item.props[name].text = at.astimezone(request.rules(
                    self.zones)).strftime('%Y-%m-%dT00:00:00Z')
        if 'CompleteDate' in names and 'CompleteDate' in item.props and \
                item.text('CompleteDate') > self.state.now():
            raise Refused('ErrorInvalidCompleteDate')
        if not 0 <= float(item.text('PercentComplete', '0')) <= 100:
            raise Refused('ErrorInvalidPercentCompleteValue')
        if {'Recurrence'} & names and 'Recurrence' in item.props:
            Recurrence(item.props['Recurrence'])

    def replay(self, item, names, before):
        """D: status: each of the three sets the others, and the last that
        is processed wins."""
        three = ('CompleteDate', 'PercentComplete', 'Status')
        given = {n: item.props.get(n) for n in three}
        for name in three:
            self.put_or_not(item, name, before.get(name))
        for name in names:
            if name in three:
                self.put_or_not(item, name, given[name])
                self.complete(item, name)

    @staticmethod
    def put_or_not(item, name, value):
        if value is None:
            item.props.pop(name, None)
        else:
            item.props[name] = value

    def complete(self, item, name):
        percent = float(item.text('PercentComplete', '0'))
        status = item.text('Status', 'NotStarted')
        if name == 'CompleteDate':
            done = 'CompleteDate' in item.props
        elif name == 'PercentComplete':
            done = percent == 100
        else:
            done = status == 'Completed'
        if done:
            item.props['PercentComplete'] = t('PercentComplete', '100')
            item.props['Status'] = t('Status', 'Completed')
            if name != 'CompleteDate' and 'CompleteDate' not in item.props:
                item.props['CompleteDate'] = t(
                    'CompleteDate', self.state.now()[:10] + 'T00:00:00Z')
            return
        item.props.pop('CompleteDate', None)
        if name == 'Status' and status == 'NotStarted' or \
                name != 'PercentComplete' and percent == 100:
            item.props['PercentComplete'] = t('PercentComplete', '0')
        if name != 'Status' and status == 'Completed':
            item.props['Status'] = t(
                'Status', 'InProgress' if percent and percent < 100
                else 'NotStarted')

    def settle_calendaritem(self, item, request, names):
        for name in ('StartTimeZone', 'EndTimeZone'):
            if name in names and name in item.props:
                ident = item.props[name].get('Id')
                if ident is None:
                    raise Unknown('a time zone that has no Id')
                item.props[name] = t(name, Id=self.zones.check(ident))
        if 'MeetingTimeZone' in names and 'MeetingTimeZone' in item.props:
            # Of 2007; TimeZoneName is a zone's name (D: meetingtimezone).
            ident = item.props.pop('MeetingTimeZone').get('TimeZoneName')
            item.props['StartTimeZone'] = t('StartTimeZone', Id=self.
                                            zones.check(ident or ''))
            names = names | {'StartTimeZone'}
        if 'StartTimeZone' not in item.props:
            item.props['StartTimeZone'] = t('StartTimeZone',
                                            Id=request.zone or 'UTC')
        if 'EndTimeZone' not in item.props:
            item.props['EndTimeZone'] = t('EndTimeZone', Id=item.props[
                'StartTimeZone'].get('Id'))
        self.settle_times(item, request, names)
        if 'UID' not in item.props:
            self.make_uid(item)
        if 'Recurrence' in names and 'Recurrence' in item.props:
            self.settle_recurrence(item)

    def settle_times(self, item, request, names):
        if not {'Start', 'End', 'IsAllDayEvent', 'StartTimeZone',
                'EndTimeZone'} & names:
            return
        times = {}
        for name, zone in (('Start', 'StartTimeZone'),
                           ('End', 'EndTimeZone')):
            if name not in item.props:
                raise Unknown('what an event without %s is' % name)
            # Without a zone: in StartTimeZone, else TimeZoneContext, else
            # UTC (D: how-to-create-appointments-in-a-specific-time-zone).
            rules = self.zones.rules(item.props[zone].get('Id'))
            times[name] = read_time(item.text(name), rules)
        if is_true(item.text('IsAllDayEvent')):
            # To midnight of the item's zone, the end too (D:
            # how-to-create-all-day-events-by-using-ews-in-exchange).
            rules = self.rules(item)
            for name in times:
                here = times[name].astimezone(rules)
                day = here.date()
                if name == 'End' and (here.time() > datetime.time(0) or
                                      day == times['Start'].astimezone(
                                          rules).date()):
                    day += datetime.timedelta(days=1)
                times[name] = datetime.datetime.combine(
                    day, datetime.time(0), tzinfo=rules).astimezone(UTC)
        if times['End'] < times['Start']:
            raise Refused('ErrorCalendarEndDateIsEarlierThanStartDate')
        if times['End'] - times['Start'] > LONGEST_EVENT:
            raise Refused('ErrorCalendarDurationIsTooLong')
        for name in times:
            item.props[name] = t(name, show_time(times[name]))

    def settle_recurrence(self, item):
        """Dates get their zone, the first occurrence is on the pattern."""
        r = Recurrence(item.props['Recurrence'])
        if r.regenerates:
            raise Refused('ErrorCalendarInvalidRecurrence')
        item.props['Recurrence'] = r.element(item.props['Recurrence'],
                                             self.rules(item))
        series = self.series(item)
        first = series.at(1)
        if first is None:
            raise Refused('ErrorRecurrenceHasNoOccurrence')
        second = series.at(2)
        if second and second[0] < first[1]:
            # responsecode.md; one overlaps the next.
            raise Refused('ErrorOccurrenceTimeSpanTooBig')
        item.props['Start'] = t('Start', show_time(first[0]))
        item.props['End'] = t('End', show_time(first[1]))

    def make_uid(self, item):
        """A GlobalObjectId in hexadecimal, as recorded."""
        made = int(datetime.datetime.now(UTC).timestamp() * 10000000) + \
            116444736000000000
        item.props['UID'] = t('UID', (UID_FORM + b'\0\0\0\0' + made.to_bytes(
            8, 'little') + bytes(8) + (16).to_bytes(4, 'little') +
            hashlib.md5(self.state.secret + str(self.state.numbers).encode()
                        ).digest()).hex().upper())

    # Occurrences.

    def rules(self, item):
        return self.zones.rules(item.props['StartTimeZone'].get('Id'))

    def is_master(self, item):
        return item.element == 'CalendarItem' and \
            'Recurrence' in item.props and not hasattr(item, 'occurrence')

    def series(self, master):
        r = Recurrence(master.props['Recurrence'])
        return Series(r, read_time(master.text('Start')),
                      read_time(master.text('End')), self.rules(master))

    def cached_series(self, master):
        known = self.series_of.get(master.number)
        if known is None or known[0] != master.last:
            known = (master.last, self.series(master))
            self.series_of[master.number] = known
        return known[1]

    def occurrence(self, master, index):
        """An occurrence, as an item of its own; not to be kept."""
        if not self.is_master(master):
            raise Refused('ErrorCalendarCannotUseIdForRecurringMasterId')
        times = self.cached_series(master).at(index)
        if times is None:
            raise Refused(
                'ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange')
        if index in master.deleted:
            raise Refused('ErrorCalendarOccurrenceIsDeletedFromRecurrence')
        item = Item('CalendarItem')
        item.props, item.ext = dict(master.props), dict(master.ext)
        item.props['Start'] = t('Start', show_time(times[0]))
        item.props['End'] = t('End', show_time(times[1]))
        item.props.pop('Recurrence')
        item.occurrence = (master, index, times)
        other = master.exceptions.get(index)
        item.attachments = list((other or master).attachments)
        if other is not None:
            for name in other.gone:
                item.props.pop(name, None)
            item.props.update(other.props)
            item.ext.update(other.ext)
        for name in ('number', 'made', 'last', 'created', 'modified',
                     'modifier', 'folder'):
            setattr(item, name, getattr(master, name))
        return item

    def keep_occurrence(self, item, before):
        """An occurrence that was changed becomes an exception."""
        master, index, _ = item.occurrence
        self.check_neighbours(item)
        other = master.exceptions.get(index)
        if other is None:
            other = Item('CalendarItem')
            other.gone = set()
        for name in set(before.props) | set(item.props):
            if name not in item.props:
                other.gone.add(name)
                other.props.pop(name, None)
            elif item.props[name] is not before.props.get(name):
                other.props[name] = item.props[name]
                other.gone.discard(name)
        for name in ('Start', 'End'):
            other.props.setdefault(name, item.props[name])
        for key in item.ext:
            if before.ext.get(key) != item.ext[key]:
                other.ext[key] = item.ext[key]
        other.attachments = item.attachments
        master.exceptions[index] = other

    def check_neighbours(self, item):
        """responsecode.md, ErrorOccurrenceCrossingBoundary; two must not
        start on one day nor overlap (PidLidAppointmentRecur)."""
        master, index, _ = item.occurrence
        start, end = (read_time(item.text(n)) for n in ('Start', 'End'))
        day = lambda at: at.astimezone(self.rules(master)).date()
        for step in (-1, 1):
            other = index + step
            while other in master.deleted:
                other += step
            if other < 1 or self.cached_series(master).at(other) is None:
                continue
            near = self.occurrence(master, other)
            s, e = (read_time(near.text(n)) for n in ('Start', 'End'))
            if (step < 0 and start < s) or (step > 0 and start >= s) or \
                    day(start) == day(s):
                raise Refused('ErrorOccurrenceCrossingBoundary')
            if start < e and s < end:
                raise Refused('ErrorOccurrenceTimeSpanTooBig')

    def forget_exceptions(self, item, before):
        """A new pattern, or a new time of day, has no exceptions.

        Outlook warns of it ("Any exceptions associated with this recurring
        appointment will be lost"); no page says it of EWS.  A change of the
        end alone keeps those that are still in the series.
        """
        if not item.exceptions and not item.deleted:
            return
        old = before.get('Recurrence')
        new = item.props.get('Recurrence')
        same = old is not None and new is not None and \
            text_of(old[0]) == text_of(new[0]) and \
            find_part(old[1], 'StartDate') == find_part(new[1],
                                                        'StartDate')
        if not same or any(before[n].text != item.text(n)
                           for n in ('Start', 'End')):
            item.exceptions, item.deleted = {}, set()
            return
        series = self.series(item)
        item.exceptions = {i: e for i, e in item.exceptions.items()
                           if series.at(i)}
        item.deleted = {i for i in item.deleted if series.at(i)}

    # Changing by one path.

    def change(self, item, request, updates):
        """The updates of an ItemChange: (what, path element, item)."""
        before = dict(item.props)
        paths = []
        for what, path, e, given in updates:
            if what == 'DeleteItemField':
                if path[:2] == ('f', 'Recurrence') and hasattr(
                        item, 'occurrence'):
                    raise Refused('ErrorInvalidPropertyDelete')
                paths.append(delete(item, path, e))
            elif what == 'SetItemField':
                empty_set(path, given)
                paths.append(set_from(item, path, given, e))
            else:
                raise Unknown('AppendToItemField')
        if hasattr(item, 'occurrence') and any(
                p[1] in ('Recurrence', 'UID') for p in paths):
            raise Refused('ErrorInvalidPropertySet')
        self.settle(item, request, paths, before)
        if item.element == 'CalendarItem' and not hasattr(
                item, 'occurrence') and 'Recurrence' in before:
            self.forget_exceptions(item, before)
            if 'Recurrence' in item.props and any(
                    p[1] in ('Start', 'StartTimeZone', 'IsAllDayEvent')
                    for p in paths):
                self.settle_recurrence(item)
        return paths

    # Reading.

    def show(self, item, shape, request, find=False):
        """An item of an answer."""
        out = t(item.element)
        elements = {'ItemId': self.value(item, 'ItemId', request)}
        extended = []
        names = []
        if shape.base == 'AllProperties':
            names = [n for n in ALL[item.element]
                     if not (find and n in NOT_FOUND)]
        elif shape.base != 'IdOnly':
            raise Unknown('the properties of the shape ' + shape.base)
        if shape.mime:
            if item.element != 'CalendarItem':
                raise Refused('ErrorUnsupportedMimeConversion')
            names = names + ['MimeContent']
        for name in names:
            self.put(elements, self.value(item, name, request, shape, find))
        for path in shape.paths:
            if path[0] == '-':
                continue
            if path[0] == 'x':
                e = self.extended(item, path, request)
                if e is not None:
                    extended.append(e)
            elif path[0] == 'f':
                if find and path[1] in NOT_FOUND:
                    raise Unknown('%s of FindItem' % path[1])
                self.put(elements, self.value(item, path[1], request, shape,
                                              find))
            else:
                self.put_entry(elements, item, path)
        for e in self.schema.in_order(item.element, list(
                elements.values()) + extended):
            out.append(e)
        if find:
            # D: finditem-operation: the first 255 characters of a text.
            for e in out.iter():
                if e.text and len(e.text) > 255 and local(e) not in (
                        'ItemId', 'ParentFolderId'):
                    e.text = e.text[:255]
        return out

    @staticmethod
    def put(elements, e):
        if e is not None:
            elements[local(e)] = e

    def put_entry(self, elements, item, path):
        name = path[1] if path[0] == 'd' else 'PhysicalAddresses'
        found = entry(item, name, path[2])
        if found is None or name in elements and any(
                c.get('Key') == path[2] and (path[0] == 'd' or
                c.find(TAG + path[1]) is not None)
                for c in elements[name]):
            return
        whole = elements.setdefault(name, t(name))
        if path[0] == 'd':
            whole.append(self.shown_entry(name, found))
            return
        part = found.find(TAG + path[1])
        if part is None:
            return
        mine = [c for c in whole if c.get('Key') == path[2]]
        if not mine:
            mine = [t('Entry', Key=path[2])]
            whole.append(mine[0])
        mine[0].append(copy(part))
        order = [local(c) for c in found]
        mine[0][:] = sorted(mine[0], key=lambda c: order.index(local(c)))

    @staticmethod
    def shown_entry(name, found):
        e = copy(found)
        if name == 'EmailAddresses':
            # R: ContactsAPITest.testCreateContact.03.GetItemResponse
            e.attrib.update({k: v for k, v in (
                ('Name', e.text or ''), ('RoutingType', 'SMTP'),
                ('MailboxType', 'Contact')) if k not in e.attrib})
        return e

    def extended(self, item, path, request):
        _, key, kind = path
        if (key, kind) == (('tag', 0xe23), 'Integer'):
            # PidTagInternetArticleNumber, MS-OXPROPS; DavMail's pages are
            # by it.
            value = [str(item.number)]
        elif (key, kind) == (named('Appointment', 0x8223), 'Boolean'):
            # PidLidRecurring; DavMail lists a calendar by it.
            value = [boolean(self.is_master(item))] \
                if item.element == 'CalendarItem' else None
        elif key in OTHER_NAMES:
            value = self.other(item, key, kind, request)
        else:
            stored, value = item.ext.get(key, (None, None))
            if stored != kind:
                value = None
        return None if value is None else show_extended(key, kind, value)

    def other(self, item, key, kind, request):
        path, type_ = OTHER_NAMES[key]
        if type_ != kind:
            return None
        if path[1].endswith('GlobalObjectId'):
            return self.global_id(item)
        if path[0] == 'a':
            text = find_part(entry(item, 'PhysicalAddresses', path[2]),
                             path[1])
        elif path[0] == 'd':
            e = entry(item, path[1], path[2])
            text = None if e is None else e.text
        elif path[1] == 'Categories':
            e = item.props.get('Categories')
            return None if e is None else [c.text for c in e]
        else:
            e = self.value(item, path[1], request)
            text = None if e is None else e.text or ''
            if path[1] == 'Sensitivity':
                text = str(('Normal', 'Personal', 'Private',
                            'Confidential').index(text))
            elif path[1] == 'Importance':
                text = str(('Low', 'Normal', 'High').index(text))
        return None if text is None else [text]

    def global_id(self, item):
        """MS-OXOCAL 2.2.1.27: of a foreign UID, `vCal-Uid` and the UID."""
        if item.element != 'CalendarItem':
            return None
        uid = item.text('UID', '')
        if re.fullmatch('(?i)%s[0-9a-f]{48,}' % UID_FORM.hex(), uid):
            data = bytes.fromhex(uid)
        else:
            own = b'vCal-Uid\1\0\0\0' + uid.encode() + b'\0'
            data = UID_FORM + bytes(20) + len(own).to_bytes(4, 'little') + own
        return [base64.b64encode(data).decode()]

    def value(self, item, name, request, shape=None, find=False):
        """A property as an answer shows it: an element, or None."""
        made = getattr(self, 'value_' + name.lower(), None)
        if made is not None:
            e = made(item, request, shape or Shape(), find)
            return t(name, e) if isinstance(e, str) else e
        if name in item.props:
            e = item.props[name]
            if name in ('EmailAddresses', 'PhysicalAddresses',
                        'PhoneNumbers', 'ImAddresses'):
                return t(name, None, *[self.shown_entry(name, c) for c in e])
            return copy(e)
        fixed = dict(FIXED, **DEFAULT[item.element])
        if item.element == 'CalendarItem':
            fixed.update(MEETING)
        if name in fixed:
            return t(name, fixed[name])
        if name in OCCURRENCES or self.known(item.element, name):
            return None
        raise Unknown('%s of a %s' % (name, item.element))

    @staticmethod
    def known(element, name):
        """Is it a property that an item may be without?"""
        return any(name in WRITABLE[k] for k in WRITABLE) or \
            name in ALL[element] or name in ABSENT


def text_of(e):
    return [(local(c), c.text) for c in e.iter()]


def empty_set(path, given):
    """To clear is DeleteItemField: what an empty value does, no source
    tells but of texts that clients are seen to empty."""
    if path[0] != 'x' and len(given) == 1 and not len(given[0]) and \
            not given[0].text and not given[0].attrib and \
            path[1] not in ('Subject', 'Location', 'Body', 'FileAs'):
        raise Unknown('what an empty %s does; DeleteItemField clears' %
                      path[1])
