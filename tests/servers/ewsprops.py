"""The properties of items, for ews.py: how they are named, read, written.

A path is what a FieldURI, an IndexedFieldURI or an ExtendedFieldURI names:

	('f', name)		a property that is an element of its item
	('d', name, key)	an entry of EmailAddresses, PhoneNumbers ...
	('a', part, key)	a part of an entry of PhysicalAddresses
	('x', key, type)	an extended property; key is ('tag', number) or
				(GUID, number or name)
	('-',)			one of items that are not here

(1) One property has one value, whichever way it is named: extended
    properties that are the other name of an element are in OTHER_NAMES.
(2) What only the server sets is refused to a client.
"""
import base64
import re
from copy import deepcopy

from ewssoap import NS, T, Refused, Unknown, local, t

TAG = '{%s}' % T

DICTIONARIES = {'contacts:EmailAddress': 'EmailAddresses',
                'contacts:PhoneNumber': 'PhoneNumbers',
                'contacts:ImAddress': 'ImAddresses'}
PARTS = ('Street', 'City', 'State', 'CountryOrRegion', 'PostalCode')

# MS-OXPROPS 1.3.2 and extendedfielduri.
SETS = {'Meeting': '6ed8da90-450b-101b-98da-00aa003f1305',
        'Appointment': '00062002-0000-0000-c000-000000000046',
        'Common': '00062008-0000-0000-c000-000000000046',
        'PublicStrings': '00020329-0000-0000-c000-000000000046',
        'Address': '00062004-0000-0000-c000-000000000046',
        'InternetHeaders': '00020386-0000-0000-c000-000000000046',
        'CalendarAssistant': '11000e07-b51b-40d6-af21-caa85edab1d0',
        'UnifiedMessaging': '4442858e-a9e3-4e80-b900-317a210cc15b',
        'Task': '00062003-0000-0000-c000-000000000046',
        'Sharing': '00062040-0000-0000-c000-000000000046'}

# A property set that only the server writes.  The documentation of each
# element says so ("read-only"), or it is made of others.
READ_ONLY = {
    'ItemId', 'ParentFolderId', 'DateTimeReceived', 'Size', 'IsSubmitted',
    'IsDraft', 'IsFromMe', 'IsResend', 'IsUnmodified', 'DateTimeSent',
    'DateTimeCreated', 'ResponseObjects', 'DisplayCc', 'DisplayTo',
    'DisplayBcc', 'HasAttachments', 'EffectiveRights', 'LastModifiedName',
    'LastModifiedTime', 'IsAssociated', 'WebClientReadFormQueryString',
    'WebClientEditFormQueryString', 'ConversationId', 'UniqueBody',
    'NormalizedBody', 'TextBody', 'Preview', 'InstanceKey', 'StoreEntryId',
    'Attachments',
    'CompleteName', 'HasPicture', 'Notes', 'Photo', 'Alias', 'DirectoryId',
    'PhoneticFullName', 'PhoneticFirstName', 'PhoneticLastName',
    'ContactSource', 'ManagerMailbox', 'DirectReports', 'AccountName',
    'RecurrenceId', 'OriginalStart', 'IsMeeting', 'IsCancelled',
    'IsRecurring', 'MeetingRequestWasSent', 'CalendarItemType',
    'MyResponseType', 'Organizer', 'ConflictingMeetingCount',
    'AdjacentMeetingCount', 'ConflictingMeetings', 'AdjacentMeetings',
    'Duration', 'TimeZone', 'When', 'AppointmentReplyTime',
    'AppointmentSequenceNumber', 'AppointmentState', 'FirstOccurrence',
    'LastOccurrence', 'ModifiedOccurrences', 'DeletedOccurrences',
    'IsOnlineMeeting', 'IsOrganizer', 'DateTimeStamp', 'StartWallClock',
    'EndWallClock', 'StartTimeZoneId', 'EndTimeZoneId',
    'AssignedTime', 'ChangeCount', 'DelegationState', 'Delegator',
    'IsAssignmentEditable', 'IsComplete', 'IsTeamTask', 'Owner',
    'StatusDescription'}

# Properties of a client's that the server has: others fail closed.
WRITABLE = {
    '*': {'ItemClass', 'Subject', 'Sensitivity', 'Body', 'Categories',
          'Importance', 'ReminderDueBy', 'ReminderIsSet',
          'ReminderMinutesBeforeStart', 'Culture', 'MimeContent'},
    'Contact': {'FileAs', 'FileAsMapping', 'DisplayName', 'GivenName',
                'Initials', 'MiddleName', 'Nickname', 'CompanyName',
                'EmailAddresses', 'PhysicalAddresses', 'PhoneNumbers',
                'AssistantName', 'Birthday', 'BusinessHomePage', 'Children',
                'Companies', 'Department', 'Generation', 'ImAddresses',
                'JobTitle', 'Manager', 'Mileage', 'OfficeLocation',
                'PostalAddressIndex', 'Profession', 'SpouseName', 'Surname',
                'WeddingAnniversary', 'UserSMIMECertificate',
                'MSExchangeCertificate'},
    'CalendarItem': {'UID', 'Start', 'End', 'IsAllDayEvent',
                     'LegacyFreeBusyStatus', 'Location',
                     'IsResponseRequested', 'RequiredAttendees',
                     'OptionalAttendees', 'Resources', 'Recurrence',
                     'StartTimeZone', 'EndTimeZone', 'MeetingTimeZone',
                     'ConferenceType', 'AllowNewTimeProposal',
                     'MeetingWorkspaceUrl', 'NetShowUrl'},
    'Task': {'ActualWork', 'BillingInformation', 'Companies',
             'CompleteDate', 'Contacts', 'DueDate', 'Mileage',
             'PercentComplete', 'Recurrence', 'StartDate', 'Status',
             'TotalWork'},
    'DistributionList': {'DisplayName', 'FileAs', 'Members'},
}

# Which items have the properties of a prefix.  A list of contacts has
# properties of contacts too: exchangelib asks for them in every folder of
# contacts, and gets what there is.
PREFIX = {'item': {'Contact', 'CalendarItem', 'Task', 'DistributionList'},
          'contacts': {'Contact', 'DistributionList'},
          'distributionlist': {'Contact', 'DistributionList'},
          'calendar': {'CalendarItem'}, 'task': {'Task'},
          # Of items that are not here.
          'message': set(), 'meeting': set(), 'meetingRequest': set(),
          'postitem': set()}


def named(space, number):
    return (SETS[space], number)


def _other_names():
    """(1), from MS-OXPROPS: extended property: (path, its type)."""
    out = {}
    tags = dict(
        GivenName=0x3a06, Surname=0x3a11, MiddleName=0x3a44,
        Generation=0x3a05, Initials=0x3a0a, Nickname=0x3a4f,
        CompanyName=0x3a16, Department=0x3a18, JobTitle=0x3a17,
        Profession=0x3a46, OfficeLocation=0x3a19, Manager=0x3a4e,
        AssistantName=0x3a30, SpouseName=0x3a48, BusinessHomePage=0x3a51,
        DisplayName=0x3001, Subject=0x37, ItemClass=0x1a, Body=0x1000)
    for name, tag in tags.items():
        out['tag', tag] = (('f', name), 'String')
    for name, tag in (('Birthday', 0x3a42), ('WeddingAnniversary', 0x3a41),
                      ('LastModifiedTime', 0x3008),
                      ('DateTimeCreated', 0x3007)):
        out['tag', tag] = (('f', name), 'SystemTime')
    for name, tag in (('Sensitivity', 0x36), ('Importance', 0x17),
                      ('Size', 0xe08)):
        out['tag', tag] = (('f', name), 'Integer')
    for name, tag in dict(
            BusinessPhone=0x3a08, BusinessPhone2=0x3a1b, HomePhone=0x3a09,
            HomePhone2=0x3a2f, MobilePhone=0x3a1c, CarPhone=0x3a1e,
            OtherTelephone=0x3a1f, Pager=0x3a21, BusinessFax=0x3a24,
            HomeFax=0x3a25, OtherFax=0x3a23, Isdn=0x3a2d, RadioPhone=0x3a1d,
            Telex=0x3a2c, TtyTddPhone=0x3a4b, PrimaryPhone=0x3a1a,
            Callback=0x3a02, AssistantPhone=0x3a2e,
            CompanyMainPhone=0x3a57).items():
        out['tag', tag] = (('d', 'PhoneNumbers', name), 'String')
    for key, first in (('Home', (0x3a5d, 0x3a59, 0x3a5c, 0x3a5a, 0x3a5b)),
                       ('Other', (0x3a63, 0x3a5f, 0x3a62, 0x3a60, 0x3a61))):
        for part, tag in zip(PARTS, first):
            out['tag', tag] = (('a', part, key), 'String')
    for part, lid in zip(PARTS, (0x8045, 0x8046, 0x8047, 0x8049, 0x8048)):
        out[named('Address', lid)] = (('a', part, 'Business'), 'String')
    for i, lid in ((1, 0x8083), (2, 0x8093), (3, 0x80a3)):
        entry = ('d', 'EmailAddresses', 'EmailAddress%d' % i)
        out[named('Address', lid)] = (entry, 'String')
    out[named('Address', 0x8062)] = (('d', 'ImAddresses', 'ImAddress1'),
                                     'String')
    out[named('Address', 0x8005)] = (('f', 'FileAs'), 'String')
    out[named('PublicStrings', 'Keywords')] = (('f', 'Categories'),
                                               'StringArray')
    out[named('PublicStrings', 'urn:schemas:contacts:fileas')] = (
        ('f', 'FileAs'), 'String')
    for name, lid, kind in (('Location', 0x8208, 'String'),
                            ('Start', 0x820d, 'SystemTime'),
                            ('End', 0x820e, 'SystemTime'),
                            ('IsAllDayEvent', 0x8215, 'Boolean')):
        out[named('Appointment', lid)] = (('f', name), kind)
    out[named('Task', 0x810f)] = (('f', 'CompleteDate'), 'SystemTime')
    out[named('Task', 0x8104)] = (('f', 'StartDate'), 'SystemTime')
    out[named('Task', 0x8105)] = (('f', 'DueDate'), 'SystemTime')
    out[named('Task', 0x811c)] = (('f', 'IsComplete'), 'Boolean')
    for lid, name in ((3, 'GlobalObjectId'), (0x23, 'CleanGlobalObjectId')):
        out[named('Meeting', lid)] = (('f', name), 'Binary')
    return out


OTHER_NAMES = _other_names()

# What a number stands for: MS-OXCMSG 2.2.1.13 and 2.2.1.11.
NUMBERS = {'Sensitivity': ('Normal', 'Personal', 'Private', 'Confidential'),
           'Importance': ('Low', 'Normal', 'High')}


def extended_key(e):
    """The key of an ExtendedFieldURI, and its type.

    Which attributes go together: extendedfielduri, and the comment in
    types.xsd at PathToExtendedFieldType.
    """
    kind = e.get('PropertyType')
    if kind in ('Error', 'Null', 'Object', 'ObjectArray'):
        raise Refused('ErrorUnsupportedMapiPropertyType')
    tag = e.get('PropertyTag')
    space, guid = e.get('DistinguishedPropertySetId'), e.get('PropertySetId')
    name, number = e.get('PropertyName'), e.get('PropertyId')
    if tag is not None:
        if space or guid or name or number:
            raise Refused('ErrorInvalidExtendedProperty')
        n = int(tag, 16) if tag.lower().startswith('0x') else int(tag)
        if n >= 0x8000:
            raise Refused('ErrorNoPropertyTagForCustomProperties')
        return ('tag', n), kind
    if (space is None) == (guid is None) or (name is None) == (
            number is None):
        raise Refused('ErrorInvalidExtendedProperty')
    return (SETS[space] if space else guid.lower(),
            name if name is not None else int(number)), kind


def path_of(e, elements=None):
    """The path that an element names; for items of those elements."""
    what = local(e)
    if what == 'ExtendedFieldURI':
        return ('x',) + extended_key(e)
    uri = e.get('FieldURI')
    prefix, _, name = uri.partition(':')
    if prefix not in PREFIX:
        raise Unknown('properties of ' + uri)
    if elements is not None and not PREFIX[prefix] & elements:
        # responsecode.md, ErrorInvalidPropertyRequest
        raise Refused('ErrorInvalidPropertyRequest', path=copy(e))
    if not PREFIX[prefix]:
        return ('-',)
    if what == 'FieldURI':
        return ('f', name)
    if uri in DICTIONARIES:
        return ('d', DICTIONARIES[uri], e.get('FieldIndex'))
    if uri.startswith('contacts:PhysicalAddress:'):
        return ('a', uri.rsplit(':', 1)[1], e.get('FieldIndex'))
    raise Unknown('the index of ' + uri)


def copy(e):
    """An element by itself: not with what was declared around it."""
    out = deepcopy(e)
    out.tail = None
    return out


def entry(item, name, key):
    e = item.props.get(name)
    if e is not None:
        for child in e:
            if child.get('Key') == key:
                return child
    return None


def set_entry(item, name, key, make):
    """An entry of a dictionary, new, or changed by make(entry)."""
    whole = item.props.get(name)
    whole = t(name) if whole is None else copy(whole)
    found = [c for c in whole if c.get('Key') == key]
    if not found:
        found = [t('Entry', Key=key)]
        whole.append(found[0])
    make(found[0])
    item.props[name] = whole


def remove_entry(item, name, key):
    whole = item.props.get(name)
    if whole is None:
        return
    whole = copy(whole)
    for c in [c for c in whole if c.get('Key') == key]:
        whole.remove(c)
    if len(whole):
        item.props[name] = whole
    else:
        item.props.pop(name)


def set_part(e, part, text):
    found = e.find(TAG + part)
    if found is None:
        found = t(part)
        e.append(found)
        e[:] = sorted(e, key=lambda c: PARTS.index(local(c)))
    found.text = text


def set_text(item, path, text):
    """A value that came as text: by an extended property's other name."""
    if path[0] == 'f':
        name = path[1]
        if name in NUMBERS:
            text = NUMBERS[name][int(text)]
        item.props[name] = t(name, text)
        if name == 'Body':
            item.props[name].set('BodyType', 'Text')
    elif path[0] == 'd':
        set_entry(item, path[1], path[2],
                  lambda e: setattr(e, 'text', text))
    else:
        set_entry(item, 'PhysicalAddresses', path[2],
                  lambda e: set_part(e, path[1], text))


CHECKS = {'Integer': r'[+-]?\d+', 'Short': r'[+-]?\d+', 'Long': r'[+-]?\d+',
          'Boolean': r'true|false|0|1',
          'Double': r'[+-]?\d+(\.\d+)?([eE][+-]?\d+)?',
          'Float': r'[+-]?\d+(\.\d+)?([eE][+-]?\d+)?',
          'Currency': r'[+-]?\d+',
          'SystemTime': r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?'
                        r'(Z|[+-]\d\d:\d\d)?'}


def read_extended(e):
    """(key, type, values) of an ExtendedProperty."""
    key, kind = extended_key(e[0])
    many = local(e[1]) == 'Values'
    values = [v.text or '' for v in e[1]] if many else [e[1].text or '']
    if many != kind.endswith('Array'):
        raise Refused('ErrorInvalidExtendedPropertyValue', path=copy(e[0]))
    base = kind[:-5] if many else kind
    for v in values:
        try:
            if base == 'Binary':
                base64.b64decode(v, validate=True)
            if base in CHECKS and not re.fullmatch(CHECKS[base], v):
                raise ValueError
        except ValueError:
            raise Refused('ErrorInvalidExtendedPropertyValue',
                          path=copy(e[0]))
    return key, kind, values


def set_extended(item, e):
    key, kind, values = read_extended(e)
    other = OTHER_NAMES.get(key)
    if other is None:
        item.ext[key] = (kind, values)
        return ('x', key, kind)
    path, _ = other
    if path[1] in READ_ONLY or path[1].endswith('GlobalObjectId'):
        raise Refused('ErrorInvalidPropertySet', path=copy(e[0]))
    if path == ('f', 'Categories'):
        item.props['Categories'] = t('Categories', None, *[
            t('String', v) for v in values])
    else:
        set_text(item, path, values[0])
    return path


def may_write(item, name, path_element, code):
    """(2)"""
    allowed = WRITABLE['*'] | WRITABLE[item.element]
    if name in allowed:
        return
    if name in READ_ONLY or name == 'IsRecurring':
        raise Refused(code, 'Property %s is read-only.' % name,
                      path=path_element)
    raise Unknown('how %s of a %s is written' % (name, item.element))


def set_from(item, path, given, e):
    """SetItemField: the property of `path` as the item `given` has it."""
    if len(given) != 1:
        raise Refused('ErrorIncorrectUpdatePropertyCount',
                      'An object within a change description must contain '
                      'one and only one property to modify.')
    one = given[0]
    mismatch = Refused('ErrorUpdatePropertyMismatch', path=copy(e))
    if path[0] == 'x':
        if local(one) != 'ExtendedProperty' or \
                extended_key(one[0]) != path[1:]:
            raise mismatch
        return set_extended(item, one)
    name = 'PhysicalAddresses' if path[0] == 'a' else path[1]
    if local(one) != name:
        raise mismatch
    may_write(item, name, copy(e), 'ErrorInvalidPropertySet')
    if path[0] == 'f':
        item.props[name] = copy(one)
        return path
    entries = [c for c in one if c.get('Key') == path[2]]
    if len(one) != 1 or len(entries) != 1:
        raise mismatch
    if path[0] == 'd':
        def make(x):
            x.text = entries[0].text
            x.attrib.clear()
            x.attrib.update(entries[0].attrib)
        set_entry(item, name, path[2], make)
        return path
    parts = list(entries[0])
    if len(parts) != 1 or local(parts[0]) != path[1]:
        raise mismatch
    set_entry(item, name, path[2],
              lambda x: set_part(x, path[1], parts[0].text))
    return path


def delete(item, path, e):
    """DeleteItemField."""
    if path[0] == 'x':
        other = OTHER_NAMES.get(path[1])
        if other is None:
            item.ext.pop(path[1], None)
            return path
        path = other[0]
    name = 'PhysicalAddresses' if path[0] == 'a' else path[1]
    may_write(item, name, copy(e), 'ErrorInvalidPropertyDelete')
    if name in ('Start', 'End', 'UID', 'ItemClass'):
        raise Unknown('how %s is deleted' % name)
    if path[0] == 'f':
        item.props.pop(name, None)
    elif path[0] == 'd':
        remove_entry(item, name, path[2])
    else:
        found = entry(item, name, path[2])
        if found is not None and found.find(TAG + path[1]) is not None:
            def make(x):
                x.remove(x.find(TAG + path[1]))
            set_entry(item, name, path[2], make)
            if not len(entry(item, name, path[2])):
                remove_entry(item, name, path[2])
    return path


def fill(item, given):
    """CreateItem: the properties of an item that a client made."""
    for e in given:
        name = local(e)
        if name == 'ExtendedProperty':
            set_extended(item, e)
            continue
        may_write(item, name, t('FieldURI', FieldURI='%s:%s' % (
            prefix_of(item.element, name), name)), 'ErrorInvalidPropertySet')
        item.props[name] = copy(e)


def prefix_of(element, name):
    own = {'Contact': 'contacts', 'CalendarItem': 'calendar',
           'Task': 'task', 'DistributionList': 'distributionlist'}
    return 'item' if name in WRITABLE['*'] else own[element]


def show_extended(key, kind, values):
    """An ExtendedProperty, as recordings have it (0x6698, hexadecimal)."""
    uri = t('ExtendedFieldURI')
    if key[0] == 'tag':
        uri.set('PropertyTag', '0x%x' % key[1])
    else:
        known = [s for s, g in SETS.items() if g == key[0]]
        if known:
            uri.set('DistinguishedPropertySetId', known[0])
        else:
            uri.set('PropertySetId', key[0])
        if isinstance(key[1], int):
            uri.set('PropertyId', str(key[1]))
        else:
            uri.set('PropertyName', key[1])
    uri.set('PropertyType', kind)
    if kind.endswith('Array'):
        value = t('Values', None, *[t('Value', v) for v in values])
    else:
        value = t('Value', values[0])
    return t('ExtendedProperty', None, uri, value)


def find_part(e, *names):
    for name in names:
        e = None if e is None else e.find('t:' + name, NS)
    return None if e is None else e.text
