"""A small client of graph.py, for its checks."""
import base64
import json
import urllib.error
import urllib.parse
import urllib.request

from graphsign import CLIENT, SECRET

IDS = 'IdType="ImmutableId"'
UTC = 'outlook.timezone="UTC", outlook.body-content-type="text"'
ALICE = '/users/alice@one.example.test'
CAROL = '/users/carol@two.example.test'


class Answer:
    def __init__(self, status, data, head):
        self.status, self.data, self.head = status, data, head
        try:
            self.json = json.loads(data) if data else None
        except ValueError:
            self.json = None

    def __getitem__(self, name):
        return self.json[name]

    def code(self):
        return self.json['error']['code']


class Ask:
    def __init__(self, top):
        self.top = top

    def raw(self, method, url, body=None, **head):
        head = {k.replace('_', '-'): v for k, v in head.items()}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            head.setdefault('Content-Type', 'application/json')
        url = urllib.parse.quote(url, safe="/:?&=$%@+'()!*,")
        r = urllib.request.Request(url, body, head, method=method)
        try:
            with urllib.request.urlopen(r, timeout=60) as f:
                return Answer(f.status, f.read(), f.headers)
        except urllib.error.HTTPError as e:
            return Answer(e.code, e.read(), e.headers)

    def do(self, method, path, body=None, token='token-one', prefer=None,
           **head):
        if token:
            head['Authorization'] = 'Bearer ' + token
        if prefer:
            head['Prefer'] = prefer
        url = path if path.startswith('http') else self.top + '/v1.0' + path
        return self.raw(method, url, body, **head)

    def get(self, path, **more):
        return self.do('GET', path, **more)

    def post(self, path, body, **more):
        return self.do('POST', path, body, **more)

    def patch(self, path, body, **more):
        return self.do('PATCH', path, body, **more)

    def delete(self, path, **more):
        return self.do('DELETE', path, **more)

    def batch(self, *parts, **more):
        """{id: answer} of parts (method, url[, body[, headers]])."""
        made = []
        for n, p in enumerate(parts):
            if not isinstance(p, dict):
                p = dict(zip(('method', 'url', 'body', 'headers'), p))
                if p.get('body') is not None:
                    p.setdefault('headers',
                                 {'Content-Type': 'application/json'})
            made.append(dict({'id': str(n)}, **p))
        out = self.post('/$batch', {'requests': made}, **more)
        if out.status == 200:
            out.by = {r['id']: r for r in out['responses']}
        return out

    def tell(self, **what):
        return self.raw('POST', self.top + '/control', what).json

    def counts(self):
        return self.raw('GET', self.top + '/control').json

    # Signing in.

    def form(self, end, tenant='one.example.test', **form):
        form = {k: v for k, v in form.items() if v is not None}
        return self.raw('POST', '%s/%s/oauth2/v2.0/%s' % (
            self.top, tenant, end), urllib.parse.urlencode(form).encode())

    def token(self, tenant='one.example.test', **form):
        return self.form('token', tenant, **dict({
            'client_id': CLIENT, 'client_secret': SECRET,
            'grant_type': 'client_credentials',
            'scope': 'https://graph.microsoft.com/.default'}, **form))

    # Rounds of delta.

    def round(self, path, **more):
        """(rows, how many pages, the last answer)"""
        rows, pages = [], 0
        while True:
            a = self.get(path, **more)
            assert a.status == 200, (path, a.status, a.data)
            pages += 1
            rows += a['value']
            if '@odata.deltaLink' in a.json:
                return rows, pages, a
            path = a['@odata.nextLink']


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


def same(want, got, what=''):
    assert want == got, '%s: wanted %r, got %r' % (what, want, got)


def refused(answer, status, code, text=''):
    same((status, code), (answer.status, answer.code()), answer.data)
    assert text in answer['error']['message'], answer.data
