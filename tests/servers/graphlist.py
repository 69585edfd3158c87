"""Listings of graph.py: pages, and what changed since a token.

(1) Links are absolute, whole, and of the host that was asked.
(2) A round of delta ends with a deltaLink; before it a page may be empty and
    a thing may come twice (delta-query-overview.md; recorded for calendars,
    observed-behaviour.json).
(3) Of what was changed only the properties that were are certain to come
    (contact-delta.md: "only changed properties"); of what is new, all.
(4) A token of another generation is answered by 410 (recorded).
"""
import base64
import json
import urllib.parse

from graphlib import ROOT, Answer, Refused, Unknown, filter_of, shape_of, \
    top_of


def link(request, **options):
    return '%s%s?%s' % (request.base, request.path, urllib.parse.urlencode(
        {'$' + k: v for k, v in options.items()}, safe='$'))


def context(request, of):
    return {'@odata.context': '%s%s/$metadata#%s' % (request.base, ROOT, of)}


def page(server, request, items, kind, show, match=None, extra=()):
    """A page of a listing; recorded: .../me/contacts?$skip=10."""
    shape, top = shape_of(request), \
        top_of(request, server.settings['page'])
    wanted = filter_of(request)
    if wanted is not None:
        if match is None:
            raise Unknown('a filter of ' + kind)
        items = [i for i in items if match(i, *wanted)]
    skip = int(request.option('$skip') or 0)
    counted = request.option('$count') == 'true'	# query-parameters.md
    for name in extra:
        request.option(name)
    request.done()
    body = context(request, kind + 's')
    if counted:
        body['@odata.count'] = len(items)
    body['value'] = [show(i, shape) for i in items[skip:skip + top]]
    if skip + top < len(items):
        options = {k.lstrip('$'): v for k, v in request.query.items()
                   if k.startswith('$')}
        options['skip'] = skip + top
        # Not all begin with a $ (startDateTime).
        rest = {k: v for k, v in request.query.items()
                if not k.startswith('$')}
        body['@odata.nextLink'] = link(request, **options) + (
            '&' + urllib.parse.urlencode(rest) if rest else '')
    return Answer(200, body, kind)


def token(**values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def read_token(text):
    try:
        out = json.loads(base64.urlsafe_b64decode(text))
        return out if isinstance(out, dict) else None
    except ValueError:
        return None


def delta(server, request, folder, kind, show, begin=dict, rows_of=None):
    """begin(): what else a round's tokens hold; rows_of: as changes()."""
    state, settings = server.state, server.settings
    given = request.option('$skiptoken') or request.option('$deltatoken')
    if given is None:
        shape = shape_of(request)
        if shape.expand:
            raise Unknown('$expand with delta')
        round = {'f': folder.number, 'since': 0, 'upto': state.changes,
                 'at': 0, 'g': state.generation, 'select': shape.select,
                 'size': top_of(request, settings['page']),
                 'fresh': settings['empty'], **begin()}
    else:
        round = read_token(given)
        if round is None or round['f'] != folder.number:
            raise Unknown('a token that is none of this folder')
        if '$deltatoken' in request.query:
            round.update(at=round['since'], upto=state.changes)
            # "odata.maxpagesize" counts on every request.
            round['size'] = top_of(request, settings['page'],
                                   round['size'])
    request.done()		# query options: only with the first one
    request.prefer('odata.maxpagesize')
    if round['g'] != state.generation:
        status, code = settings['expired']
        raise Refused(status, code, 'The sync state generation is not found; '
                      'generation=%d;[highest=%d][%d].' % (
                          round['g'], state.generation, state.generation))
    request.applied.append('odata.track-changes')	# recorded
    rows = (rows_of or changes)(state, folder, round, show)
    body = context(request, 'Collection(%s)' % kind)
    if rows and round['since'] == 0 and round.pop('fresh', False):
        body['value'] = []
        body['@odata.nextLink'] = link(request, skiptoken=token(**round))
        return Answer(200, body, kind)
    left = [r for r in rows if r[0] > round['at']]
    now, rest = left[:round['size']], left[round['size']:]
    again = [r for r in rows if r[0] == round['at']] if settings['repeat'] \
        else []
    body['value'] = [r[1](request) for r in again + now]
    if rest:
        body['@odata.nextLink'] = link(request, skiptoken=token(
            **dict(round, at=now[-1][0])))
    else:
        body['@odata.deltaLink'] = link(request, deltatoken=token(
            **dict(round, since=round['upto'], at=0, fresh=False)))
    return Answer(200, body, kind)


def changes(state, folder, round, show):
    """[(number, function of a request)], in order."""
    since, upto = round['since'], round['upto']
    rows = [(i.last, lambda request, i=i: row(state, i, since,
                                             round['select'], show, request))
            for i in folder.items.values() if since < i.last <= upto]
    return sorted(rows + removals(folder, since, upto), key=lambda r: r[0])


def removals(folder, since, upto):
    return [(ended, lambda request, ids=(a, b): removed(request, *ids))
            for a, b, made, ended in folder.gone.values()
            if made <= since < ended <= upto]


def removed(request, immutable, other):
    """delta-query-events.md"""
    return {'id': immutable if request.immutable() else other,
            '@removed': {'reason': 'deleted'}}


def row(state, item, since, select, show, request):
    out = show(item, request, select)
    if item.made <= since:
        out = {k: v for k, v in out.items() if k == 'id' or '@' in k or
               item.changed.get(k, item.last if k in (
                   'changeKey', 'lastModifiedDateTime') else 0) > since}
    return out
