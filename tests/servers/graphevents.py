"""Calendars and events in graph.py.

(1) Whoever has attendees gets mail when an event is made, changed or deleted
    (user-post-events.md, event-update.md, event-delete.md): `mails` counts.
(2) A new event reminds 15 minutes before unless it says otherwise, and its
    body comes as HTML unless text is preferred (recorded by n8n; 2.5).
(3) Times are told in the zone of Prefer: outlook.timezone; without one in
    the setting `zone`, so that a client that forgets it is found (2.5).
(4) A day is of no zone: its midnights are told in any, as the pair that a
    client has to write (event.md: "midnight and ... the same time zone").
(5) A POST with a transactionId that was used is answered as the first one
    was, nothing is made (blog.rykoma.net/2020/10/05/1559); with another
    content it is refused (alcionai/corso 2490).
(6) A series with another pattern or time has no exceptions any more (as
    forget_exceptions of ewsitems.py).
"""
import datetime
import json
import struct
import uuid

from ewsvalues import to_html, to_text
from graphlib import Answer, Refused, Shape, Unknown, gone, shape_of
from graphlist import delta, page, removals, removed
from graphprops import Props, selected
from graphstate import Folder, Item
from graphtime import DAY, UTC, Pattern, Walk, clock, invalid, shown
from graphattach import Attachments

DEFAULTS = {'categories': [], 'reminderMinutesBeforeStart': 15,
            'isReminderOn': True, 'subject': '', 'importance': 'normal',
            'sensitivity': 'normal', 'isAllDay': False,
            'responseRequested': True, 'showAs': 'busy',
            'allowNewTimeProposals': True, 'hideAttendees': False,
            'attendees': []}
FIXED = {'isCancelled': False, 'isDraft': False, 'isOrganizer': True,
         'onlineMeetingUrl': None, 'isOnlineMeeting': False,
         'onlineMeetingProvider': 'unknown', 'onlineMeeting': None,
         'responseStatus': {'response': 'organizer',
                            'time': '0001-01-01T00:00:00Z'}}


class Events(Props):
    kind, thing = 'events', 'event'
    own = ('id', 'changeKey', 'createdDateTime', 'lastModifiedDateTime',
           'bodyPreview', 'cancelledOccurrences', 'hasAttachments', 'iCalUId',
           'isCancelled', 'isDraft', 'isOnlineMeeting', 'isOrganizer',
           'locations', 'onlineMeeting', 'onlineMeetingProvider',
           'onlineMeetingUrl', 'organizer', 'originalEndTimeZone',
           'originalStart', 'originalStartTimeZone', 'responseStatus',
           'seriesMasterId', 'type', 'webLink', 'attachments', 'calendar',
           'exceptionOccurrences', 'instances',
           'multiValueExtendedProperties')

    def __init__(self, server):
        super().__init__(server)
        self.times = server.times
        self.attachments = Attachments(server)
        self.transactions = {
            (i.folder.box.address, i.transaction): i
            for i in self.state.items.values() if i.transaction}

    def match(self, item, id, value):
        return global_id(item, None) == value if id == 'iCalUId' else \
            super().match(item, id, value)

    # Series.

    def local_start(self, item):
        return self.times.read(item.props['start'])[0]

    def walk(self, item):
        p = item.props
        return Walk(Pattern(p['recurrence']), self.times.utc(p['start']),
                    self.times.utc(p['end']),
                    self.times.rules(p['start']['timeZone']))

    def view(self, master, date, times=None):
        """An occurrence as an item."""
        times = times or self.walk(master).on(date)
        if times is None or date in master.cancelled:
            raise gone()
        other = master.exceptions.get(date)
        item = Item('events')
        zone = master.props['start']['timeZone']
        here = lambda at: clock(at.astimezone(self.times.rules(zone)), zone)
        item.props = dict(master.props, start=here(times[0]),
                          end=here(times[1]), recurrence=None)
        item.ext = dict(master.ext)
        for name in ('number', 'place', 'made', 'last', 'created',
                     'modified', 'folder', 'attachments', 'extensions'):
            setattr(item, name, getattr(other or master, name))
        item.number, item.place = master.number, master.place
        item.folder = master.folder
        if other is not None:
            item.props.update(other.props)
            item.ext.update(other.ext)
        item.occurrence = (master, date, times[0])
        return item

    def make_exception(self, master, date):
        if self.walk(master).on(date) is None or date in master.cancelled:
            raise gone()
        if date not in master.exceptions:
            made = Item('events')
            made.attachments = list(master.attachments)
            made.created = master.created
            master.exceptions[date] = made
        return master.exceptions[date]

    def touch_exception(self, master, date):
        other = master.exceptions[date]
        other.folder = master.folder
        self.state.touch(other)
        self.touch_master(master)

    def touch_master(self, master):
        # Not known: both ways may be set.
        if self.server.settings['touch']:
            self.state.touch(master)

    def cancel(self, master, date):
        self.view(master, date)
        left = 0
        walk = self.walk(master)
        for index in range(1, len(master.cancelled) + 3):
            left += walk.at(index) is not None
        if left <= len(master.cancelled) + 1:
            raise Unknown('a series without any occurrence')
        master.cancelled.add(date)
        master.exceptions.pop(date, None)
        master.moved = self.state.next_change()
        self.touch_master(master)

    def between(self, master, start, end):
        """The occurrences that touch a span: event-list-instances.md."""
        out = []
        walk = self.walk(master)
        for index, times in walk.between(start - 62 * DAY, end):
            date = walk.known[index - 1]
            if date not in master.cancelled:
                item = self.view(master, date, times)
                if self.times.utc(item.props['start']) < end and \
                        self.times.utc(item.props['end']) >= start:
                    out.append(item)
        return out

    # Answers.

    def base(self, item, request):
        if not hasattr(item, 'occurrence'):
            return super().base(item, request)
        master, date, _ = item.occurrence
        return {'@odata.etag': self.state.etag(item),
                'id': self.state.occurrence_id(master, date,
                                               request.immutable())}

    def show(self, item, request, shape):
        p, out = item.props, self.base(item, request)
        series = getattr(item, 'occurrence', None)
        master, date, first = series or (item, None, None)
        out.update(createdDateTime=item.created,
                   lastModifiedDateTime=item.modified,
                   changeKey=self.state.change_key(item),
                   transactionId=master.transaction,
                   iCalUId=global_id(master, date),
                   originalStartTimeZone=master.props['start']['timeZone'],
                   originalEndTimeZone=master.props['end']['timeZone'],
                   hasAttachments=bool(item.attachments),
                   seriesMasterId=None, recurrence=None)
        for name, none in DEFAULTS.items():
            out[name] = none if p.get(name) is None else p[name]
        out.update(FIXED)
        if series:
            out['seriesMasterId'] = self.state.item_id(master,
                                                       request.immutable())
            out['originalStart'] = first.strftime('%Y-%m-%dT%H:%M:%SZ')
            out['type'] = 'exception' if date in master.exceptions else \
                'occurrence'
        elif p.get('recurrence'):
            out['type'] = 'seriesMaster'
            out['recurrence'] = shown(p['recurrence'],
                                      p['start']['timeZone'])
        else:
            out['type'] = 'singleInstance'
        self.show_body(p, request, out)
        self.show_times(p, request, out)
        self.show_place(item, p, out)
        unasked = ['cancelledOccurrences']
        if out['type'] == 'seriesMaster' and getattr(request, 'one', False):
            # DavMail reads the date behind the last dot.
            out['cancelledOccurrences'] = [
                'OID.%s.%s' % (out['id'], d) for d in sorted(item.cancelled)]
        elif 'cancelledOccurrences' in (shape.select or ()) and \
                getattr(request, 'one', False):
            out['cancelledOccurrences'] = []
        return self.expanded(item, request, shape,
                             selected(out, shape, unasked,
                                      () if series else ('originalStart',)))

    def show_body(self, p, request, out):
        body = p.get('body') or {'contentType': 'text', 'content': ''}
        content, is_html = body.get('content') or '', \
            body.get('contentType') == 'html'
        text = to_text(content) if is_html else content
        out['bodyPreview'] = text[:255]
        if request.prefer('outlook.body-content-type') == 'text':
            out['body'] = {'contentType': 'text', 'content':
                           lines(text)}
        else:
            out['body'] = {'contentType': 'html', 'content': lines(
                content if is_html else to_html(text))}

    def show_times(self, p, request, out):
        """(3) (4)"""
        zone = request.prefer('outlook.timezone') or \
            self.server.settings['zone']
        self.times.rules(zone)
        for name in ('start', 'end'):
            if p.get('isAllDay'):
                out[name] = clock(self.times.read(p[name])[0], zone)
            else:
                out[name] = self.times.show(self.times.utc(p[name]), zone)

    def show_place(self, item, p, out):
        name = (p.get('location') or {}).get('displayName') or ''
        out['location'] = {'displayName': name, 'locationType': 'default'}
        out['locations'] = []
        if name:
            out['location'].update(uniqueId=name, uniqueIdType='private')
            out['locations'] = [{'displayName': name, 'locationType':
                                 'default', 'uniqueIdType': 'unknown'}]
        box = item.folder.box
        out['organizer'] = {'emailAddress': {'name': box.name,
                                             'address': box.address}}
        out['webLink'] = 'https://outlook.office365.com/owa/?itemid=x'

    def expand(self, item, request, name, inner, out):
        if name == 'attachments':
            out[name] = [self.attachments.show(a, True)
                         for a in item.attachments]
            return
        if name != 'exceptionOccurrences' or \
                not getattr(request, 'one', False):
            raise Unknown('$expand=%s of an event' % name)
        if item.props.get('recurrence'):
            out[name] = [self.show(self.view(item, d), request, inner)
                         for d in sorted(item.exceptions)]

    # Writing.

    def outlook(self, item, props):
        item.props.update(props)
        self.settle(item, {})

    def fill(self, item, request, new):
        given = self.given(request)
        ext = given.pop('singleValueExtendedProperties', [])
        self.put_ext(Item('events'), ext)
        if given.pop('extensions', None):
            raise Unknown('an event with extensions')
        if given.pop('transactionId', None) is not None and not new:
            raise Unknown('another transactionId')
        before = dict(item.props)
        self.server.counts['mails'] += len(
            given.get('attendees') or before.get('attendees') or [])
        if given.get('location') and set(given['location']) - {'displayName'}:
            raise Unknown('a location that is more than a name')
        for name in ('start', 'end'):
            if name in given:
                at, zone = self.times.read(given[name] or {})
                given[name] = clock(at, zone)
        props = dict(item.props)
        names = self.put(item, given)
        try:
            self.settle(item, before)
        except (Refused, Unknown):
            item.props = props
            raise
        self.put_ext(item, ext)
        return names

    def settle(self, item, before):
        p = item.props
        if p.get('start') is None or p.get('end') is None:
            raise invalid('start, end')
        start, end = (self.times.utc(p[n]) for n in ('start', 'end'))
        if end < start:
            raise invalid('The end is before the start.')
        if p.get('isAllDay'):
            # event.md
            if p['start']['timeZone'] != p['end']['timeZone'] or any(
                    'T00:00:00' not in p[n]['dateTime']
                    for n in ('start', 'end')) or start == end:
                raise invalid('An event of whole days begins and ends at '
                              'midnight in one zone.')
        if p.get('recurrence') is None:
            item.exceptions, item.cancelled = {}, set()
            return
        if hasattr(item, 'occurrence'):
            raise invalid('recurrence of an occurrence')
        pattern = Pattern(p['recurrence'])
        if pattern.start != self.local_start(item).date():
            raise Unknown('a range that does not begin with the event')
        if not pattern.falls_on(pattern.start):
            raise Unknown('an event that is not on its own pattern')
        if any(before.get(n) != p.get(n)
               for n in ('start', 'end', 'isAllDay')) or not before.get(
                   'recurrence') or shown(before['recurrence'], '') != \
                shown(p['recurrence'], ''):
            item.exceptions, item.cancelled = {}, set()

    def change_occurrence(self, master, date, request):
        """PATCH of an instance: an exception."""
        item = self.view(master, date)
        before = dict(item.props)
        ext = dict(item.ext)
        item.props.pop('recurrence')
        self.fill(item, request, False)
        self.check_neighbours(master, date, item)
        other = self.make_exception(master, date)
        for name, value in item.props.items():
            if value != before.get(name):
                other.props[name] = value
        for key, value in item.ext.items():
            if ext.get(key) != value:
                other.ext[key] = value
        self.touch_exception(master, date)

    def check_neighbours(self, master, date, item):
        """protocols.md 3.2, 2.4: ErrorOccurrenceCrossingBoundary."""
        start, end = (self.times.utc(item.props[n])
                      for n in ('start', 'end'))
        rules = self.times.rules(master.props['start']['timeZone'])
        day = lambda at: at.astimezone(rules).date()
        far = 400 * DAY
        for near in self.between(master, min(start, item.occurrence[2]) - far,
                                 max(end, item.occurrence[2]) + far):
            d = near.occurrence[1]
            if d == date:
                continue
            s, e = (self.times.utc(near.props[n]) for n in ('start', 'end'))
            if (d < date and start < s) or (d > date and start >= s) or \
                    day(start) == day(s) or (start < e and s < end):
                raise Refused(400, 'ErrorOccurrenceCrossingBoundary',
                              'Modified occurrence is crossing or '
                              'overlapping adjacent occurrence.')

    # Requests.

    def route(self, box, request, rest):
        first, *rest = rest
        default = box.default['events']
        if first == 'calendar' and not rest:
            return self.calendar(default, request)
        if first == 'calendars':
            if not rest:
                return self.calendars(default, request)
            found = self.state.find(rest[0])
            if found is None or not isinstance(found[0], Folder) or \
                    found[0].box is not box or found[0].kind != 'events':
                raise gone()
            default = found[0]
            if not rest[1:]:
                return self.calendar(default, request)
            first, *rest = rest[1:]
        elif first == 'calendar':
            first, *rest = rest
        if first == 'events':
            return self.collection(box, default, request, rest)
        if first == 'calendarView' and request.method == 'GET':
            if not rest:
                return self.calendar_view(default, request)
            if rest == ['delta']:
                return self.view_delta(default, request)
        raise Unknown(request.path)

    def calendars(self, default, request):
        if request.method == 'POST':
            made = self.state.add_folder(default.box, 'events',
                                         request.body()['name'], default)
            return Answer(201, self.show_calendar(made), 'calendar')
        if request.method != 'GET':
            raise Unknown(request.method + ' of calendars')
        return page(self.server, request, [default] + default.children,
                    'calendar',
                    lambda f, s: selected(self.show_calendar(f), s))

    def calendar(self, folder, request):
        if request.method != 'GET':
            raise Unknown(request.method + ' of a calendar')
        shape = shape_of(request)
        request.done()
        return Answer(200, selected(self.show_calendar(folder), shape),
                      'calendar')

    def show_calendar(self, folder):
        """calendar-get.md"""
        box = folder.box
        return {'id': self.state.folder_id(folder), 'name': folder.name,
                'color': 'auto', 'hexColor': '', 'isDefaultCalendar':
                folder.parent is None, 'changeKey': 'AAAA',
                'canShare': True, 'canViewPrivateItems': True,
                'canEdit': True, 'allowedOnlineMeetingProviders':
                ['teamsForBusiness'], 'defaultOnlineMeetingProvider':
                'teamsForBusiness', 'isTallyingResponses': True,
                'isRemovable': folder.parent is not None,
                'owner': {'name': box.name, 'address': box.address}}

    def span(self, request):
        def read(name):
            text = request.option(name)
            if text is None:
                raise Refused(400, 'ErrorInvalidParameter', name)
            at = datetime.datetime.fromisoformat(text.replace('Z', '+00:00'))
            return at if at.tzinfo else at.replace(tzinfo=UTC)
        return read('startDateTime'), read('endDateTime')

    def view_span(self, request):
        start, end = self.span(request)
        if (end - start).days > 1825:	# microsoft-graph-docs 6284
            raise Refused(400, 'ErrorInvalidRequest', "Your request can't be "
                          'completed. The range between the start and end '
                          'dates is greater than the allowed range. Maximum '
                          'number of days: 1825')
        return start, end

    def in_view(self, item, start, end):
        """What a view shows of it."""
        if item.props.get('recurrence'):
            return self.between(item, start, end)
        return [item] if self.times.utc(item.props['start']) < end and \
            self.times.utc(item.props['end']) >= start else []

    def view_delta(self, folder, request):
        """event-delta.md, delta-query-events.md: no $select; what moved
        outside of the view may come as removed, by the setting `outside`;
        that not only the own calendar has it: the latter."""
        if request.option('$select') is not None:
            raise Unknown('$select with calendarView/delta')

        def begin():
            return {'span': [t.isoformat() for t in self.view_span(request)]}

        def rows(state, folder, round, show):
            since, upto = round['since'], round['upto']
            start, end = map(datetime.datetime.fromisoformat, round['span'])
            out = removals(folder, since, upto)
            for i in folder.items.values():
                last = max([i.last, i.moved] + [
                    e.last for e in i.exceptions.values()])
                if not since < last <= upto:
                    continue
                seen = self.in_view(i, start, end)
                # Each has a number of its own, for the pages.
                out += [(last + n / 4096, lambda request, o=o: self.show(
                    o, request, Shape())) for n, o in enumerate(seen)]
                if not seen and since and self.server.settings['outside']:
                    out.append((last, lambda request, i=i: removed(
                        request, self.state.item_id(i, True),
                        self.state.item_id(i, False))))
            return sorted(out, key=lambda r: r[0])
        return delta(self.server, request, folder, 'event', None, begin,
                     rows)

    def calendar_view(self, folder, request):
        start, end = self.view_span(request)
        found = []
        for i in folder.items.values():
            found += self.in_view(i, start, end)
        return page(self.server, request, found, 'event',
                    lambda i, s: self.show(i, request, s))

    def collection(self, box, folder, request, rest):
        method = request.method
        if not rest and method == 'POST':
            return self.create(folder, request)
        if not rest and method == 'GET':
            return page(self.server, request,
                        list(folder.items.values()), 'event',
                        lambda i, s: self.show(i, request, s), self.match)
        if not rest:
            raise Unknown(method + ' of events')
        # Without a calendar before it any of them is meant.
        found = self.find(box, rest[0], request, folder
                          if folder.parent else None)
        return self.one(found, request, rest[1:])

    def create(self, folder, request):
        """(5)"""
        body = request.body()
        transaction = body.get('transactionId')
        if transaction:
            item = self.transactions.get((folder.box.address, transaction))
            if item is not None and item.number in self.state.items:
                return self.again(item, body, request)
        item = Item('events')
        self.fill(item, request, True)
        item.transaction = transaction
        item.said = json.dumps(body, sort_keys=True)
        self.state.add(folder, item)
        if transaction:
            self.transactions[folder.box.address, transaction] = item
        return self.answer(item, request, shape_of(request), 201)

    def again(self, item, body, request):
        if item.folder is item.folder.box.bin:
            raise Unknown('the transactionId of what was deleted')
        if getattr(item, 'said', '') != json.dumps(body, sort_keys=True):
            raise Refused(409, 'ErrorDuplicateTransactionId', "Your request "
                          "can't be completed. The TransactionId specified "
                          'in the request has already been used to create a '
                          'different event.')
        return self.answer(item, request, shape_of(request), 201)

    def one(self, found, request, rest):
        method = request.method
        master, date = found if isinstance(found, tuple) else (found, None)
        item = master if date is None else self.view(master, date)
        if rest == ['instances'] and method == 'GET' and date is None:
            if not item.props.get('recurrence'):
                raise Unknown('instances of what is no series')
            start, end = self.span(request)
            return page(self.server, request, self.between(item, start, end),
                        'event',
                        lambda i, s: self.show(i, request, s))
        if rest[:1] == ['attachments']:
            return self.attached(master, date, item, request, rest[1:])
        if rest:
            raise Unknown('/'.join(rest) + ' of an event')
        shape = shape_of(request)
        request.done()
        request.one = True
        if method == 'GET':
            return self.answer(item, request, shape)
        self.check_match(item, request)
        if method == 'PATCH':
            if date is None:
                self.state.touch(item, self.fill(item, request, False))
            else:
                self.change_occurrence(master, date, request)
                item = self.view(master, date)
            return self.answer(item, request, shape)
        if method == 'DELETE':
            self.server.counts['mails'] += len(
                item.props.get('attendees') or [])
            if date is None:
                self.state.delete(item)
            else:
                self.cancel(master, date)
            return Answer(204)
        raise Unknown(method + ' of an event')

    def attached(self, master, date, item, request, rest):
        of = item if date is None else (
            self.make_exception(master, date) if request.method != 'GET'
            else item)
        out, changed = self.attachments.perform(of, request, rest)
        if changed and date is not None:
            self.touch_exception(master, date)
        elif changed:
            # It changes the event: protocols.md 3.1 of photos.
            self.state.touch(item)
            self.server.counts['mails'] += len(
                item.props.get('attendees') or [])
        return out


def lines(text):
    return text.replace('\r\n', '\n').replace('\n', '\r\n')


def global_id(item, date):
    """[MS-OXOCAL] 2.2.1.27, as recorded: PidLidGlobalObjectId in hex."""
    made = struct.pack('>Q', 0x01D9DF185A54DD62 + item.number)[::-1]
    when = b'\0\0\0\0' if date is None else struct.pack(
        '>HBB', date.year, date.month, date.day)
    data = uuid.uuid5(uuid.NAMESPACE_OID, str(item.number)).bytes
    return ('040000008200E00074C5B7101A82E008' + (
        when + made + b'\0' * 8 + struct.pack('<I', 16) + data).hex()
    ).upper()
