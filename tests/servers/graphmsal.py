#!/usr/bin/python3
"""Microsoft's own library signs in to graph.py: graphmsal.py TOP WHAT

WHAT is secret, wrong, certificate or device.  msal knows nothing of
graph.py; it only speaks https, so its requests to https://login.test are
carried to TOP, and what it asks before the first token (where the endpoints
are) is answered here.
"""
import json
import os
import sys
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import msal	# noqa: E402
from cryptography.hazmat.primitives import hashes, serialization	# noqa: E402

from graphask import ALICE, Ask	# noqa: E402
from graphcheckways import certificate	# noqa: E402
from graphsign import CLIENT, SECRET	# noqa: E402

LOGIN = 'https://login.test'
TENANT = 'one.example.test'
SCOPE = ['https://graph.microsoft.com/.default']


class Carrier:
    """An http_client of msal."""

    def __init__(self, ask):
        self.ask = ask

    def done(self, status, text):
        out = type('Answer', (), {})()
        out.status_code, out.text, out.headers = status, text, {}
        return out

    def get(self, url, params=None, headers=None, **more):
        end = '%s/%s/oauth2/v2.0/' % (LOGIN, TENANT)
        return self.done(200, json.dumps({
            'token_endpoint': end + 'token', 'issuer': LOGIN,
            'authorization_endpoint': end + 'authorize',
            'device_authorization_endpoint': end + 'devicecode'}))

    def post(self, url, params=None, data=None, headers=None, **more):
        if not isinstance(data, (str, bytes)):
            data = urllib.parse.urlencode(data or {})
        if isinstance(data, str):
            data = data.encode()
        a = self.ask.raw('POST', url.replace(LOGIN, self.ask.top), data)
        return self.done(a.status, a.data.decode())

    def close(self):
        pass


def app(ask, secret=None):
    kind = msal.PublicClientApplication if secret is None else \
        msal.ConfidentialClientApplication
    return kind(CLIENT, client_credential=secret,
                authority='%s/%s' % (LOGIN, TENANT), instance_discovery=False,
                validate_authority=False, http_client=Carrier(ask))


def main(top, what):
    ask = Ask(top)
    ask.tell(do='set', login=LOGIN)
    if what in ('secret', 'wrong'):
        got = app(ask, SECRET if what == 'secret' else 'x') \
            .acquire_token_for_client(SCOPE)
    elif what == 'certificate':
        key, made = certificate()
        pem = made.public_bytes(serialization.Encoding.PEM).decode()
        ask.tell(do='certificate', pem=pem)
        got = app(ask, {
            'private_key': key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()).decode(),
            'thumbprint': made.fingerprint(hashes.SHA1()).hex()}
        ).acquire_token_for_client(SCOPE)
    else:
        a = app(ask)
        flow = a.initiate_device_flow(['Contacts.ReadWrite'])
        ask.tell(do='consent', who='alice@one.example.test',
                 code=flow['user_code'])
        got = a.acquire_token_by_device_flow(flow)
        print('again', 'refresh_token' in got)
    if 'error' in got:
        print(got['error'], got['error_codes'])
        return 0
    print(ask.get(ALICE + '/contacts', token=got['access_token']).status,
          ask.counts()['tokens'])
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
