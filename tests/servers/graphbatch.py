"""POST /$batch of graph.py (json-batching.md).

(1) At most twenty parts, each with an id of its own; a part with a body says
    its Content-Type among its headers.  The headers of the whole are not
    those of its parts.
(2) Answers come in any order: here the other way round, from the last.
(3) A part that depends on one that failed is answered by 424.
(4) Bodies that are no JSON are base64, both ways.
"""
import base64
import json

from graphlib import JSON, ROOT, Answer, Refused, Request, Unknown

MOST = 20


def size(request):
    """Of what was sent, be it right or not."""
    try:
        return len(json.loads(request.raw)['requests'])
    except (ValueError, KeyError, TypeError):
        return 0


def read(request):
    """The parts, checked."""
    parts = request.body().get('requests')
    if not isinstance(parts, list) or not parts:
        raise Refused(400, 'BadRequest', 'Invalid batch payload format.')
    if len(parts) > MOST:
        raise Refused(400, 'BadRequest', 'Number of batch request steps '
                      'exceeds the max value of %d.' % MOST)
    seen = set()
    for p in parts:
        known = {'id', 'method', 'url', 'headers', 'body', 'dependsOn'}
        if not isinstance(p, dict) or set(p) - known or \
                not all(isinstance(p.get(k), str)
                        for k in ('id', 'method', 'url')) or \
                p['id'] in seen or \
                set(p.get('dependsOn', [])) - seen:
            raise Refused(400, 'BadRequest', 'Invalid batch payload format.')
        if not p['url'].startswith('/'):
            raise Unknown('the url of a part: ' + p['url'])
        seen.add(p['id'])
    return parts


def width(parts):
    """How many of them run at one time at most."""
    level, at = {}, {}
    for p in parts:
        n = 1 + max((level[d] for d in p.get('dependsOn', [])), default=0)
        level[p['id']] = n
        at[n] = at.get(n, 0) + 1
    return max(at.values())


def part(p, request):
    """The request that a part is."""
    headers = p.get('headers') or {}
    body = p.get('body')
    kind = next((v for k, v in headers.items()
                 if k.lower() == 'content-type'), None)
    if body is None:
        raw = b''
    elif kind is None:
        raise Refused(400, 'BadRequest', 'Write request id : %s does not '
                      'contain Content-Type header or body.' % p['id'])
    elif kind.split(';')[0] == JSON:
        raw = json.dumps(body).encode()
    else:
        raw = base64.b64decode(body)
    return Request(p['method'], ROOT + p['url'], headers, raw, request.base,
                   request.caller)


def said(p, answer):
    """The answer of a part."""
    out = {'id': p['id'], 'status': answer.status,
           'headers': dict(answer.head)}
    if isinstance(answer.body, bytes):
        out['body'] = base64.b64encode(answer.body).decode()
    elif answer.body is not None:
        out['headers'].setdefault('Content-Type', JSON)
        out['body'] = answer.body
    else:
        out['body'] = None
    return out


def perform(server, request, one):
    """one(request, n): the Answer of the n-th part."""
    parts = read(request)
    status, out = {}, []
    for n, p in enumerate(parts):
        failed = [d for d in p.get('dependsOn', []) if status[d] >= 400]
        if failed:
            answer = Answer(424, {'error': {
                'code': 'FailedDependency', 'message': 'Failed Dependency'}})
        else:
            try:
                answer = one(part(p, request), n)
            except Refused as r:
                answer = server.refusal(r)
        status[p['id']] = answer.status
        out.append(said(p, answer))
    return Answer(200, {'responses': out[::-1]})
