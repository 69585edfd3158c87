"""To Do in graph.py: lists, tasks, what is linked to them.

(1) The time of day of dueDateTime, startDateTime and completedDateTime is
    cut: midnight of its zone, told in UTC (recorded, microsoft-graph-docs
    16991; todotask-update.md).
(2) A recurrence is refused with the recorded error (microsoft-graph-docs
    10503), unless the setting `todo_recurrence` says otherwise.
(3) There are no extended properties (CSDL), but open extensions, made with
    the task or by requests of their own (opentypeextension-post-*.md).
"""
import datetime

from graphlib import Answer, Refused, Unknown, gone, shape_of
from graphlist import delta, page
from graphprops import Props, selected
from graphstate import Folder, Item
from graphtime import UTC, clock

DATES = ('dueDateTime', 'startDateTime', 'completedDateTime')


class Tasks(Props):
    kind, thing = 'tasks', 'todoTask'
    own = ('id', 'bodyLastModifiedDateTime', 'createdDateTime',
           'lastModifiedDateTime', 'hasAttachments', 'attachments',
           'attachmentSessions')

    def show(self, item, request, shape):
        p = item.props
        out = self.base(item, request)
        out.update(importance=p.get('importance') or 'normal',
                   isReminderOn=bool(p.get('isReminderOn')),
                   status=p.get('status') or 'notStarted',
                   title=p.get('title') or '',
                   createdDateTime=item.created,
                   lastModifiedDateTime=item.modified,
                   hasAttachments=bool(item.attachments),
                   categories=p.get('categories') or [],
                   body=p.get('body') or {'content': '',
                                          'contentType': 'text'})
        # What it has not is not there: todotask-get.md.
        for name in DATES + ('reminderDateTime', 'recurrence'):
            if p.get(name) is not None:
                out[name] = p[name]
        if shape.select is not None:
            for name in DATES + ('reminderDateTime', 'recurrence'):
                if name in shape.select:
                    out.setdefault(name, None)
        return self.expanded(item, request, shape, selected(out, shape))

    def expand(self, item, request, name, inner, out):
        if name != 'linkedResources':
            raise Unknown('$expand=%s of a task' % name)
        if item.linked:
            out[name] = item.linked

    def outlook(self, item, props):
        item.props.update(props)

    def fill(self, item, request, new):
        given = self.given(request)
        extensions = given.pop('extensions', [])
        linked = given.pop('linkedResources', [])
        if (extensions or linked) and not new:
            raise Unknown('PATCH of a task with extensions or '
                          'linkedResources')
        if given.pop('checklistItems', None):
            raise Unknown('a task with checklistItems')
        if given.get('recurrence') and \
                not self.server.settings['todo_recurrence']:
            start = (given['recurrence'].get('range') or {}).get('startDate')
            raise Refused(400, 'invalidRequest', 'Invalid JSON, Error '
                          'converting value "%s" to type \'Microsoft.OData.'
                          "Edm.Date'. Path 'recurrence.range.startDate', "
                          'line 1, position 610.' % start)
        for name in DATES + ('reminderDateTime',):
            if given.get(name) is not None:
                given[name] = self.cut(given[name], name != 'reminderDateTime')
        body = given.get('body')
        if body is not None and body.get('contentType') != 'text':
            raise Unknown('the body of a task that is no text')
        if 'completedDateTime' not in given and given.get('status'):
            # protocols.md 3.4: it is set by the status.
            done = given['status'] == 'completed'
            if done != (item.props.get('status') == 'completed'):
                given['completedDateTime'] = clock(
                    datetime.datetime.combine(datetime.date.today(),
                                              datetime.time()),
                    'UTC') if done else None
        names = self.put(item, given)
        for e in extensions:
            self.put_extension(item, e, True)
        for r in linked:
            self.link(item, r)
        return names

    def cut(self, value, day):
        """(1)"""
        at, zone = self.server.times.read(value)
        if day:
            at = at.replace(hour=0, minute=0, second=0)
        rules = self.server.times.rules(zone)
        return clock(at.replace(tzinfo=rules).astimezone(UTC), 'UTC')

    # Requests.

    def route(self, box, request, rest):
        """todo/lists[/...]"""
        if rest[:1] != ['lists']:
            raise Unknown('todo/' + '/'.join(rest))
        default, rest = box.default['tasks'], rest[1:]
        if not rest:
            return self.lists(default, request)
        found = self.state.find(rest[0])
        if found is None or not isinstance(found[0], Folder) or \
                found[0].box is not box or found[0].kind != 'tasks':
            raise gone()
        folder, rest = found[0], rest[1:]
        if not rest and request.method == 'GET':
            shape_of(request)
            request.done()
            return Answer(200, self.show_list(folder), 'todoTaskList')
        if rest[:1] == ['tasks']:
            return self.collection(box, folder, request, rest[1:])
        raise Unknown('%s of a list' % request.method)

    def lists(self, default, request):
        if request.method == 'POST':
            made = self.state.add_folder(default.box, 'tasks', request.body()
                                         ['displayName'], default)
            return Answer(201, self.show_list(made), 'todoTaskList')
        if request.method != 'GET':
            raise Unknown(request.method + ' of lists')
        return page(self.server, request, [default] + default.children,
                    'todoTaskList',
                    lambda f, s: self.show_list(f))

    def show_list(self, folder):
        """todo-list-lists.md"""
        return {'id': self.state.folder_id(folder),
                'displayName': folder.name, 'isOwner': True,
                'isShared': False, 'wellknownListName':
                'none' if folder.parent else 'defaultList'}

    def collection(self, box, folder, request, rest):
        method = request.method
        if not rest and method == 'POST':
            item = Item('tasks')
            self.fill(item, request, True)
            self.state.add(folder, item)
            out = self.answer(item, request, shape_of(request), 201)
            if item.linked:		# todotasklist-post-tasks.md
                out.body['linkedResources'] = item.linked
            return out
        if not rest and method == 'GET':
            return page(self.server, request,
                        list(folder.items.values()), 'todoTask',
                        lambda i, s: self.show(i, request, s))
        if rest == ['delta'] and method == 'GET':
            return delta(self.server, request, folder, 'todoTask',
                         lambda i, r, select: self.show(
                             i, r, type(shape_of(r))(select)))
        if not rest:
            raise Unknown(method + ' of tasks')
        item = self.find(box, rest[0], request, folder)
        if rest[1:2] == ['extensions']:
            return self.extensions(item, request, rest[2:])
        if rest[1:2] == ['linkedResources']:
            return self.linked(item, request, rest[2:])
        if rest[1:]:
            raise Unknown('/'.join(rest[1:]) + ' of a task')
        return self.one(item, request)

    def one(self, item, request):
        method, shape = request.method, shape_of(request)
        request.done()
        if method == 'GET':
            return self.answer(item, request, shape)
        # No page and no recording says that To Do looks at If-Match.
        if method == 'PATCH':
            self.state.touch(item, self.fill(item, request, False))
            return self.answer(item, request, shape)
        if method == 'DELETE':
            self.state.delete(item)
            return Answer(204)
        raise Unknown(method + ' of a task')

    # linkedResources: linkedresource-*.md, todotask-*-linkedresources.md

    def link(self, item, given):
        wrong = self.server.schema.why_not('linkedResource', given)
        if wrong is not None or 'id' in given:
            raise Refused(400, 'RequestBodyRead', wrong or 'id')
        made = dict({k: v for k, v in given.items() if '@' not in k},
                    id=self.state.part_id(item, self.state.next_number()))
        item.linked.append(made)
        return made

    def linked(self, item, request, rest):
        method = request.method
        if not rest and method == 'POST':
            made = self.link(item, request.body())
            self.state.touch(item)
            return Answer(201, made, 'linkedResource')
        if not rest and method == 'GET':
            return Answer(200, {'value': item.linked}, 'linkedResource')
        found = next((r for r in item.linked if r['id'] == rest[0]), None)
        if found is None:
            raise gone()
        if method == 'PATCH':
            found.update({k: v for k, v in request.body().items()
                          if '@' not in k})
        elif method == 'DELETE':
            item.linked.remove(found)
        elif method != 'GET':
            raise Unknown(method + ' of a linkedResource')
        if method != 'GET':
            self.state.touch(item)
        return Answer(204) if method == 'DELETE' else \
            Answer(200, found, 'linkedResource')
