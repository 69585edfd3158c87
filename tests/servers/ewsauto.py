"""Autodiscover, for ews.py: the old one (POX) and GetUserSettings (SOAP).

The shapes are those of ../shared/material/ews/responses/recorded/
Autodiscover-pox-response.xml and of how-to-get-user-settings-from-exchange-
by-using-autodiscover, how-to-route-public-folder-hierarchy-requests,
autodiscover-for-exchange and, for what leads elsewhere,
handling-autodiscover-error-messages (office-developer-exchange-docs).
"""
from xml.sax.saxutils import escape

from ewssoap import Fault, local, parse

POX = '/autodiscover/autodiscover.xml'
SVC = '/autodiscover/autodiscover.svc'
OUT = ('http://schemas.microsoft.com/exchange/autodiscover/outlook/'
       'responseschema/2006a')
TOP = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'
A = 'http://schemas.microsoft.com/exchange/2010/Autodiscover'


def answer(server, path, data):
    """(status, the bytes of the answer)"""
    try:
        document = parse(data)
    except Fault:
        return 400, b''
    texts = {}
    for e in document.iter():
        texts.setdefault(local(e), []).append((e.text or '').strip())
    server.counts['auto' + path[-4:]] += 1
    made = pox(server, texts) if path == POX else svc(server, texts)
    return 200, ('<?xml version="1.0" encoding="utf-8"?>\n' + made).encode()


def settings_of(server, box):
    """What both tell of a mailbox."""
    hierarchy = server.state.public_root.replica
    inside = server.settings['inside']
    urls = {'InternalEwsUrl': server.url()} if inside else {
        'InternalEwsUrl': 'https://inside.invalid/EWS/Exchange.asmx',
        'ExternalEwsUrl': server.url()}
    return {**urls, 'UserDisplayName': box.name,
            'AutoDiscoverSMTPAddress': box.address,
            # The user part is the mailbox's GUID.
            'Server': '%s@%s' % (box.guid, box.address.split('@')[1]),
            'InternalRpcClientServer': '%s@%s' % (
                box.guid, box.address.split('@')[1]),
            'EwsSupportedSchemas': 'Exchange2007, Exchange2007_SP1, '
                                   'Exchange2010, Exchange2010_SP1, '
                                   'Exchange2010_SP2, Exchange2013, '
                                   'Exchange2013_SP1, Exchange2016',
            'PublicFolderInformation': hierarchy.address}


def elsewhere(server, address):
    """("Address" or "Url", where) that a test has told of; or None."""
    return server.settings['autodiscover'].get(address)


def pox(server, texts):
    address = texts.get('EMailAddress', [''])[0]
    to = elsewhere(server, address)
    if to is not None:
        what = 'Addr' if to[0] == 'Address' else to[0]
        return ('<Autodiscover xmlns="%s"><Response xmlns="%s"><Account>'
                '<Action>redirect%s</Action><Redirect%s>%s</Redirect%s>'
                '</Account></Response></Autodiscover>' % (
                    TOP, OUT, what, what, escape(to[1]), what))
    if texts.get('AcceptableResponseSchema', [OUT])[0] != OUT:
        return pox_error(601, 'Provider is not available')
    box = server.state.mailbox_of(address)
    if box is None:
        return pox_error(500, 'The email address cannot be found')
    s = {k: escape(v) for k, v in settings_of(server, box).items()}
    protocol = ('<Protocol><Type>%s</Type><Server>%s</Server><ASUrl>%s'
                '</ASUrl><EwsUrl>%s</EwsUrl><OOFUrl>%s</OOFUrl></Protocol>')
    return ('<Autodiscover xmlns="%s"><Response xmlns="%s"><User>'
            '<DisplayName>%s</DisplayName><AutoDiscoverSMTPAddress>%s'
            '</AutoDiscoverSMTPAddress></User><Account><AccountType>email'
            '</AccountType><Action>settings</Action>%s%s'
            '<PublicFolderInformation><SmtpAddress>%s</SmtpAddress>'
            '</PublicFolderInformation></Account></Response></Autodiscover>'
            % (TOP, OUT, s['UserDisplayName'], s['AutoDiscoverSMTPAddress'],
               protocol % (('EXCH', s['Server']) +
                           (s['InternalEwsUrl'],) * 3),
               protocol % (('EXPR', '127.0.0.1') +
                           (s['ExternalEwsUrl'],) * 3)
               if 'ExternalEwsUrl' in s else '',
               s['PublicFolderInformation']))


def pox_error(code, text):
    return ('<Autodiscover xmlns="%s"><Response><Error Time="00:00:00.0" '
            'Id="1"><ErrorCode>%d</ErrorCode><Message>%s</Message>'
            '<DebugData/></Error></Response></Autodiscover>' % (TOP, code,
                                                                text))


def svc(server, texts):
    users = ''
    for address in texts.get('Mailbox', []):
        users += user_response(server, address, texts.get('Setting', []))
    return ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
            '<s:Body><GetUserSettingsResponseMessage xmlns="%s"><Response '
            'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><ErrorCode>'
            'NoError</ErrorCode><ErrorMessage/><UserResponses>%s'
            '</UserResponses></Response></GetUserSettingsResponseMessage>'
            '</s:Body></s:Envelope>' % (A, users))


def user_response(server, address, wanted):
    to = elsewhere(server, address)
    if to is not None:
        return ('<UserResponse><ErrorCode>Redirect%s</ErrorCode>'
                '<ErrorMessage>Redirection.</ErrorMessage><RedirectTarget>%s'
                '</RedirectTarget><UserSettingErrors/><UserSettings/>'
                '</UserResponse>' % (to[0], escape(to[1])))
    box = server.state.mailbox_of(address)
    if box is None:
        return ('<UserResponse><ErrorCode>InvalidUser</ErrorCode>'
                '<ErrorMessage>Invalid user.</ErrorMessage>'
                '<UserSettingErrors/><UserSettings/></UserResponse>')
    have = settings_of(server, box)
    errors = ''.join(
        '<UserSettingError><ErrorCode>SettingIsNotAvailable</ErrorCode>'
        '<ErrorMessage>Setting is not available</ErrorMessage><SettingName>'
        '%s</SettingName></UserSettingError>' % escape(n)
        for n in wanted if n not in have)
    settings = ''.join(
        '<UserSetting i:type="StringSetting"><Name>%s</Name><Value>%s'
        '</Value></UserSetting>' % (escape(n), escape(have[n]))
        for n in wanted if n in have)
    return ('<UserResponse><ErrorCode>NoError</ErrorCode><ErrorMessage/>'
            '<RedirectTarget/><UserSettingErrors>%s</UserSettingErrors>'
            '<UserSettings>%s</UserSettings></UserResponse>' % (errors,
                                                                settings))
