"""Signing in to graph.py: the token endpoint of a tenant.

(1) POST /TENANT/oauth2/v2.0/token with grant_type client_credentials and a
    client_secret or a client_assertion (auth-v2-service.md,
    certificate-credentials.md: RS256 or PS256, thumbprint x5t or x5t#S256,
    aud the endpoint itself, iss and sub the client, exp, nbf, jti).
(2) POST /TENANT/oauth2/v2.0/devicecode, then the grant
    urn:ietf:params:oauth:grant-type:device_code, which is
    authorization_pending until somebody consents (v2-oauth2-device-code.md);
    refresh_token renews it, for what was consented to.  That it has to say a
    scope is known by golang/oauth2 540; a refresh token comes to who asks for
    offline_access.
(3) A token is good for one tenant, and for those roles; it does not outlive
    its time, 3599 seconds as documented, or the command `expire_tokens`.
"""
import base64
import hashlib
import json
import time
import urllib.parse
import uuid

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

CLIENT = '11111111-2222-3333-4444-555555555555'
SECRET = "s3cret~+/&=%"
ROLES = ('Contacts.ReadWrite', 'Calendars.ReadWrite', 'Tasks.ReadWrite.All')
SCOPES = ('Contacts.ReadWrite', 'Contacts.ReadWrite.Shared',
          'Calendars.ReadWrite', 'Calendars.ReadWrite.Shared',
          'Tasks.ReadWrite')
GRAPH = 'https://graph.microsoft.com/'
ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
LIFE = 3599


class Caller:
    def __init__(self, tenant, client, user=None, rights=ROLES):
        self.tenant, self.client, self.user = tenant, client, user
        self.rights, self.until = set(rights), time.time() + LIFE


class No(Exception):
    """RFC 6749 5.2, with Microsoft's numbers: reference-error-codes.md."""

    def __init__(self, error, number, text, status=400):
        super().__init__(error)
        self.error, self.number, self.text = error, number, text
        self.status = status


def unpad(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


class Sign:
    def __init__(self, tenants):
        self.tenants, self.secret = tenants, SECRET
        self.certificates, self.tokens = [], {}
        self.devices, self.refresh = {}, {}
        self.rights = set(ROLES)
        self.stays = {}		# for a token-command: those that last
        for name, tenant, user in (
                ('token-one', tenants[0], None),
                ('token-two', tenants[1], None),
                ('token-alice', tenants[0], 'alice@' + tenants[0])):
            self.stays[name] = Caller(tenant, CLIENT, user,
                                      SCOPES if user else ROLES)

    # Of requests to Graph.

    def caller(self, header):
        """None: 401."""
        how, _, text = (header or '').partition(' ')
        if how.lower() != 'bearer':
            return None
        found = self.tokens.get(text.strip()) or \
            self.stays.get(text.strip())
        if found is None or found.until <= time.time():
            return None
        if found.user is None:
            found.rights = self.rights
        return found

    def expire(self):
        for found in self.tokens.values():
            found.until = 0

    # The endpoints.

    def answer(self, method, path, data, base):
        """(status, JSON)"""
        tenant, *rest = path.strip('/').split('/')
        form = dict(urllib.parse.parse_qsl(data.decode('ascii', 'replace')))
        try:
            if method != 'POST' or rest[:2] != ['oauth2', 'v2.0']:
                raise No('invalid_request', 900144, 'No such endpoint.', 404)
            if tenant not in self.tenants:
                raise No('invalid_request', 90002, "Tenant '%s' not found." %
                         tenant)
            if form.get('client_id', CLIENT) != CLIENT:
                raise No('unauthorized_client', 700016, 'Application with '
                         "identifier '%s' was not found in the directory." %
                         form['client_id'])
            if 'client_id' not in form:
                raise No('invalid_request', 900144, "The request body must "
                         "contain the following parameter: 'client_id'.")
            if rest[2:] == ['devicecode']:
                return 200, self.device(tenant, form, base)
            return 200, self.token(tenant, form, base + path)
        except No as no:
            return no.status, {
                'error': no.error, 'error_description':
                'AADSTS%d: %s Trace ID: 0 Correlation ID: 0' % (
                    no.number, no.text),
                'error_codes': [no.number], 'timestamp':
                '2026-03-01 00:00:00Z', 'trace_id': str(uuid.uuid4()),
                'correlation_id': str(uuid.uuid4())}

    def token(self, tenant, form, url):
        grant = form.get('grant_type')
        if grant == 'client_credentials':
            self.check_scope(form, url, '.default')
            if 'client_assertion' in form:
                self.check_assertion(form, url)
            elif form.get('client_secret') != self.secret:
                raise No('invalid_client', 7000215, 'Invalid client secret '
                         'provided. Ensure the secret being sent in the '
                         'request is the client secret value, not the '
                         'client secret ID.', 401)
            return self.made(Caller(tenant, CLIENT))
        if grant == DEVICE:
            return self.device_token(form)
        if grant == 'refresh_token':
            *who, rights = self.refresh.get(form.get('refresh_token'),
                                            (None, None))
            if rights is None:
                raise No('invalid_grant', 700082, 'The refresh token has '
                         'expired due to inactivity.')
            asked, lasting = self.scopes(form)
            if not asked <= rights:
                raise No('invalid_grant', 65001, 'The user or administrator '
                         'has not consented to use the application.')
            return self.made(Caller(*who, rights), lasting)
        raise No('unsupported_grant_type', 70003, 'The app requested an '
                 'unsupported grant type.')

    def scopes(self, form):
        """(2): those of a person, and whether she stays signed in."""
        if 'scope' not in form:
            raise No('invalid_request', 900144, "The request body must "
                     "contain the following parameter: 'scope'.")
        names = {n.replace(GRAPH, '') for n in form['scope'].split()}
        out = names - {'offline_access', 'openid', 'profile'}
        if not out <= set(SCOPES):
            raise No('invalid_scope', 70011, 'The provided value for the '
                     "input parameter 'scope' is not valid.")
        return out, 'offline_access' in names

    def check_scope(self, form, url, name):
        """https://graph.microsoft.com/.default, or of this server."""
        here = '/'.join(url.split('/')[:3]) + '/'
        if form.get('scope') not in (GRAPH + name, here + name):
            raise No('invalid_scope', 70011, 'The provided value for the '
                     "input parameter 'scope' is not valid.")

    def made(self, caller, again=False):
        text = 'eyJ0eXAiOiJKV1QifQ.' + uuid.uuid4().hex + uuid.uuid4().hex
        self.tokens[text] = caller
        out = {'token_type': 'Bearer', 'expires_in': LIFE,
               'ext_expires_in': LIFE, 'access_token': text}
        if again:
            key = '0.' + uuid.uuid4().hex
            self.refresh[key] = (caller.tenant, caller.client, caller.user,
                                 caller.rights)
            out.update(refresh_token=key, scope=' '.join(caller.rights))
        return out

    # (1)

    def check_assertion(self, form, url):
        bad = lambda why: No('invalid_client', 700027, 'The certificate with '
                             'identifier used to sign the client assertion '
                             'is not registered on application. [%s]' % why,
                             401)
        if form.get('client_assertion_type') != ASSERTION:
            raise bad('client_assertion_type')
        try:
            head, body, sign = form['client_assertion'].split('.')
            h, b = json.loads(unpad(head)), json.loads(unpad(body))
            mark = unpad(sign)
        except ValueError:
            raise bad('malformed') from None
        found = next((c for c in self.certificates if thumb(h, c)), None)
        if found is None:
            raise bad('no such thumbprint')
        how = {'RS256': padding.PKCS1v15(), 'PS256': padding.PSS(
            padding.MGF1(hashes.SHA256()), 32)}.get(h.get('alg'))
        if how is None or h.get('typ') != 'JWT':
            raise bad('alg or typ')
        try:
            found.public_key().verify(mark, (head + '.' + body).encode(),
                                      how, hashes.SHA256())
        except InvalidSignature:
            raise bad('signature') from None
        now = time.time()
        if b.get('aud') != url:
            raise bad('aud')
        if b.get('iss') != CLIENT or b.get('sub') != CLIENT:
            raise bad('iss or sub')
        # Microsoft's library sends no nbf.
        if not b.get('jti') or not b.get('nbf', now) <= now + 300 or \
                not now - 300 < b.get('exp', 0):
            raise No('invalid_client', 700024, 'Client assertion is not '
                     'within its valid time range.', 401)

    def certify(self, pem):
        self.certificates.append(x509.load_pem_x509_certificate(
            pem.encode()))

    # (2)

    def device(self, tenant, form, base):
        asked = self.scopes(form)
        code = uuid.uuid4().hex
        user = code[:9].upper()
        self.devices[code] = {'tenant': tenant, 'user_code': user,
                              'who': None, 'asked': asked}
        url = base + '/devicelogin'
        return {'device_code': code, 'user_code': user, 'expires_in': 900,
                'verification_uri': url, 'interval': 1, 'message':
                'To sign in, use a web browser to open the page %s and enter '
                'the code %s to authenticate.' % (url, user)}

    def consent(self, who, user_code=None):
        for d in self.devices.values():
            if user_code in (None, d['user_code']) and d['who'] is None:
                d['who'] = who
                return {}
        raise ValueError('no such code')

    def device_token(self, form):
        d = self.devices.get(form.get('device_code'))
        if d is None:
            raise No('bad_verification_code', 70019, 'Verification code.')
        if d['who'] is None:
            raise No('authorization_pending', 70016, 'OAuth 2.0 device flow '
                     'error. Authorization is pending. Continue polling.')
        if d['who'] == 'declined':
            raise No('authorization_declined', 65004, 'User declined.')
        if d['who'] == 'expired':
            raise No('expired_token', 70020, 'The code has expired.')
        del self.devices[form['device_code']]
        asked, lasting = d['asked']
        return self.made(Caller(d['tenant'], CLIENT, d['who'], asked),
                         lasting)


def thumb(head, certificate):
    # Microsoft's library pads it.
    der = certificate.public_bytes(serialization.Encoding.DER)
    return any(head.get(name, '').rstrip('=') == plain(how(der))
               for name, how in (('x5t#S256', hashlib.sha256),
                                 ('x5t', hashlib.sha1)))


def plain(digest):
    return base64.urlsafe_b64encode(digest.digest()).decode().rstrip('=')
