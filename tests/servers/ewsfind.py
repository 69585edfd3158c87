"""FindItem, for ews.py: pages, restrictions, views of a calendar.

`D:` is a page of office-developer-exchange-docs.
"""
import datetime
import re

from ewsitems import Shape
from ewsprops import PREFIX, path_of
from ewsrecur import read_time, show_time
from ewssoap import NS, Refused, Unknown, local, m, message, t

VIEW_LIMIT = datetime.timedelta(days=2 * 366)
COMPARE = {'IsEqualTo': lambda a, b: a == b,
           'IsNotEqualTo': lambda a, b: a != b,
           'IsGreaterThan': lambda a, b: a > b,
           'IsGreaterThanOrEqualTo': lambda a, b: a >= b,
           'IsLessThan': lambda a, b: a < b,
           'IsLessThanOrEqualTo': lambda a, b: a <= b}


def comparable(mine, theirs):
    """Times and numbers as such, texts letter by letter."""
    if re.match(r'\d{4}-\d\d-\d\dT', mine) and re.match(
            r'\d{4}-\d\d-\d\dT', theirs):
        return show_time(read_time(mine)), show_time(read_time(theirs))
    if re.fullmatch(r'-?\d+(\.\d+)?', mine) and re.fullmatch(
            r'-?\d+(\.\d+)?', theirs):
        return float(mine), float(theirs)
    return mine, theirs


class Find:
    """Of Operations, which has state, model and settings."""

    def op_finditem(self, op, request):
        shape = self.shape(op.find('m:ItemShape', NS))
        for name in ('GroupBy', 'DistinguishedGroupBy', 'QueryString',
                     'FractionalPageItemView', 'ContactsView',
                     'SeekToConditionPageItemView'):
            if op.find('m:' + name, NS) is not None:
                raise Unknown(name)
        if op.get('Traversal') != 'Shallow':
            raise Unknown('the traversal ' + op.get('Traversal'))

        def do(e):
            folder = self.folder(e, request)
            view = op.find('m:CalendarView', NS)
            if view is not None:
                part, attributes = self.calendar_view(folder, view, op)
            else:
                part, attributes = self.page(
                    self.found(folder, op, request),
                    op.find('m:IndexedPageItemView', NS),
                    self.settings['find_limit'])
            out = message('FindItem')
            out.append(m('RootFolder', None, t('Items', None, *[
                self.model.show(i, shape, request, find=True)
                for i in part]), **attributes))
            return out
        return self.each(request, [(lambda e=e: do(e)) for e in op.find(
            'm:ParentFolderIds', NS)])

    def found(self, folder, op, request):
        """Single items and masters (D: finditem-operation)."""
        items = list(folder.items.values())
        if self.settings['find_newest']:
            items.sort(key=lambda i: i.last, reverse=True)
        restriction = op.find('m:Restriction', NS)
        if restriction is not None:
            items = [i for i in items if self.matches(
                restriction[0], lambda p: self.item_text(i, p, request))]
        order = op.find('m:SortOrder', NS)
        for f in reversed(order if order is not None else []):
            items.sort(key=lambda i: self.item_text(i, f[0], request) or '',
                       reverse=f.get('Order') == 'Descending')
        return items

    def item_text(self, item, e, request):
        """What a restriction sees of a property; None: there is none."""
        path = path_of(e)
        prefix = 'item' if path[0] == 'x' else e.get(
            'FieldURI').partition(':')[0]
        if item.element not in PREFIX[prefix] or path[0] == '-':
            return None
        shown = self.model.show(item, Shape('IdOnly', [path]), request)
        shown = [c for c in shown if local(c) != 'ItemId'] if path != (
            'f', 'ItemId') else list(shown)
        if not shown:
            return None
        texts = [c.text for c in shown[0].iter() if local(c) in (
            'Value', 'String', 'Entry') or c is shown[0]]
        return '\n'.join(x for x in texts if x and x.strip())

    def matches(self, e, read):
        what = local(e)
        if what in ('And', 'Or'):
            return (all if what == 'And' else any)(
                self.matches(c, read) for c in e)
        if what == 'Not':
            return not self.matches(e[0], read)
        mine = read(e[0])
        if what == 'Exists':
            return mine is not None
        if what == 'Contains':
            return self.contains(e, mine)
        if what not in COMPARE or local(e[1][0]) != 'Constant':
            raise Unknown('the restriction ' + what)
        return mine is not None and COMPARE[what](*comparable(
            mine, e[1][0].get('Value')))

    @staticmethod
    def contains(e, mine):
        constant = e[1].get('Value')
        if mine is None:
            return False
        if e.get('ContainmentComparison', 'Exact') != 'Exact':
            mine, constant = mine.casefold(), constant.casefold()
        how = e.get('ContainmentMode', 'FullString')
        if how == 'FullString':
            return constant in mine.split('\n')
        if how == 'Substring':
            return constant in mine
        if how == 'Prefixed':
            return mine.startswith(constant)
        raise Unknown('the ContainmentMode ' + how)

    def calendar_view(self, folder, view, op):
        """D: calendarview: occurrences too, by their start."""
        if folder.element != 'CalendarFolder':
            raise Refused('ErrorCalendarFolderIsInvalidForCalendarView')
        if op.find('m:Restriction', NS) is not None or \
                op.find('m:SortOrder', NS) is not None:
            raise Unknown('a CalendarView with a restriction or an order')
        start, end = (read_time(view.get(n)) for n in ('StartDate',
                                                       'EndDate'))
        if end < start:
            raise Refused('ErrorCalendarEndDateIsEarlierThanStartDate')
        if end - start > VIEW_LIMIT:
            raise Refused('ErrorCalendarViewRangeTooBig')
        found = []
        for item in folder.items.values():
            found += self.seen(item, show_time(start), show_time(end))
        found.sort(key=lambda i: (i.text('Start'), i.number))
        most = int(view.get('MaxEntriesReturned', len(found)))
        return found[:most], dict(
            TotalItemsInView=str(min(most, len(found))),
            IncludesLastItemInRange='true' if len(found) <= most
            else 'false')

    def seen(self, item, start, end):
        inside = lambda i: i.text('Start') < end and (
            i.text('End') > start or i.text('Start') >= start)
        if not self.model.is_master(item):
            return [item] if inside(item) else []
        series = self.model.cached_series(item)
        out = []
        numbers = {i for i, _ in series.between(read_time(start),
                                                read_time(end))}
        for index in sorted(numbers | set(item.exceptions)):
            if index not in item.deleted:
                one = self.model.occurrence(item, index)
                out += [one] if inside(one) else []
        return out
