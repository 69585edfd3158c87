"""What an item's properties look like in an answer, for ews.py.

value_NAME(item, request, shape, find) is an element, a text of one, or
None; a property that is stored as it is shown has none.  `R:` is a file of
../shared/material/ews/responses/recorded, `D:` a page of
office-developer-exchange-docs.
"""
import base64
import hashlib
import html
import re

from ewsprops import copy
from ewsrecur import read_time, show_duration, show_time
from ewssoap import Unknown, boolean, t

CLASS = {'Contact': 'IPM.Contact', 'CalendarItem': 'IPM.Appointment',
         'Task': 'IPM.Task', 'DistributionList': 'IPM.DistList'}

# AllProperties holds these and no other: what the recordings show.
# R: ContactsAPITest.testUpdateContact.04.GetItemResponse,
# R: CalendarTest.testRecurringEventSupport.04.GetItemResponse,
# D: getitem-operation-task.
ALL_ITEM = ('ItemId ParentFolderId ItemClass Subject Sensitivity Body '
            'DateTimeReceived Size Importance IsSubmitted IsDraft IsFromMe '
            'IsResend IsUnmodified DateTimeSent DateTimeCreated '
            'HasAttachments Culture').split()
ALL_MORE = ('DisplayCc DisplayTo EffectiveRights LastModifiedName '
            'LastModifiedTime IsAssociated').split()
ALL = {
    'Contact': ALL_ITEM + ALL_MORE + (
        'FileAs FileAsMapping DisplayName GivenName CompleteName CompanyName '
        'EmailAddresses PhysicalAddresses PhoneNumbers Department JobTitle '
        'Surname').split(),
    'CalendarItem': ALL_ITEM + ALL_MORE + (
        'ResponseObjects ReminderDueBy ReminderIsSet '
        'ReminderMinutesBeforeStart UID RecurrenceId DateTimeStamp Start End '
        'IsAllDayEvent LegacyFreeBusyStatus Location IsMeeting IsCancelled '
        'IsRecurring MeetingRequestWasSent IsResponseRequested '
        'CalendarItemType MyResponseType Organizer Duration TimeZone '
        'AppointmentSequenceNumber AppointmentState Recurrence '
        'FirstOccurrence LastOccurrence ModifiedOccurrences '
        'DeletedOccurrences AllowNewTimeProposal IsOnlineMeeting').split(),
    'Task': ALL_ITEM + (
        'ChangeCount IsComplete IsRecurring PercentComplete Status '
        'StatusDescription CompleteDate DueDate StartDate').split(),
    'DistributionList': ALL_ITEM + ['DisplayName', 'FileAs'],
}

# D: finditem-operation: "It does not return any message body formats or
# recipient lists"; R: CalendarTest.testRecurringEventSupport.05 has no
# recurrence, and no ResponseObjects.
NOT_FOUND = {'Body', 'MimeContent', 'Attachments', 'RequiredAttendees',
             'OptionalAttendees', 'Resources', 'Recurrence',
             'FirstOccurrence', 'LastOccurrence', 'ModifiedOccurrences',
             'DeletedOccurrences', 'ResponseObjects', 'Members',
             'TextBody'}

OCCURRENCES = ('FirstOccurrence', 'LastOccurrence', 'ModifiedOccurrences',
               'DeletedOccurrences')
# Properties that items of these recordings do not have; exchangelib asks for
# all that it knows.
ABSENT = {
    'InReplyTo', 'InternetMessageHeaders', 'WebClientReadFormQueryString',
    'WebClientEditFormQueryString', 'ConversationId', 'UniqueBody',
    'DisplayBcc', 'Flag', 'StoreEntryId', 'InstanceKey', 'NormalizedBody',
    'EntityExtractionResult', 'PolicyTag', 'ArchiveTag', 'RetentionDate',
    'Preview', 'RightsManagementLicenseData', 'ReminderNextTime',
    'Alias', 'Notes', 'Photo', 'PhoneticFullName', 'PhoneticFirstName',
    'PhoneticLastName', 'DirectoryId', 'ManagerMailbox', 'DirectReports',
    'ContactSource', 'AbchEmailAddresses',
    'When', 'ConflictingMeetingCount', 'AdjacentMeetingCount',
    'ConflictingMeetings', 'AdjacentMeetings', 'AppointmentReplyTime',
    'EnhancedLocation', 'StartWallClock', 'EndWallClock',
    'StartTimeZoneId', 'EndTimeZoneId', 'IntendedFreeBusyStatus',
    'JoinOnlineMeetingUrl', 'OnlineMeetingSettings', 'InboxReminders',
    'AssignedTime', 'DelegationState', 'Delegator', 'IsAssignmentEditable',
    'IsTeamTask', 'Owner'}
# D: getitem-operation-task shows the first; status.
STATUS = {'NotStarted': 'Not Started', 'InProgress': 'In Progress',
          'Completed': 'Completed',
          'WaitingOnOthers': 'Waiting on someone else',
          'Deferred': 'Deferred'}

ATTENDEES = ('RequiredAttendees', 'OptionalAttendees', 'Resources')
MEMBERS = ('GivenName', 'MiddleName', 'Surname', 'Generation')


class Values:
    """Of Model, which has state, schema and zones."""

    def value_itemid(self, item, request, shape, find):
        # An occurrence has its master's key: R: CalendarTest.
        # testRecurringEventSupport.04.GetItemResponse
        ident = self.state.item_id(item)
        if hasattr(item, 'occurrence'):
            ident = self.state.occurrence_id(*item.occurrence[:2])
        return t('ItemId', Id=ident, ChangeKey=self.state.change_key(
            item.element, item.last))

    def value_parentfolderid(self, item, request, shape, find):
        # R: each parent's key is this one.
        return t('ParentFolderId', Id=self.state.folder_id(item.folder),
                 ChangeKey='AQAAAA==')

    def value_itemclass(self, item, request, shape, find):
        kind = item.text('ItemClass', CLASS[item.element])
        if hasattr(item, 'occurrence'):
            # R: CalendarTest.testRecurringEventSupport.05; of an exception
            # MS-OXOCAL 2.2.10.1.2 has the other.
            master, index, _ = item.occurrence
            return kind + '.Occurrence' if index not in master.exceptions \
                else 'IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}'
        return kind

    def value_subject(self, item, request, shape, find):
        if 'Subject' in item.props or item.element != 'Contact':
            return copy(item.props['Subject']) if 'Subject' in item.props \
                else None
        # R: ContactsAPITest.testContactFieldVariations.05
        return ' - '.join(x for x in (self.display_name(item), item.text(
            'CompanyName')) if x) or None

    def value_body(self, item, request, shape, find):
        return self.body('Body', item, shape.body)

    def value_textbody(self, item, request, shape, find):
        return self.body('TextBody', item, 'Text')

    def body(self, name, item, wanted):
        """D: bodytype: Best is text if the stored body is text."""
        e = item.props.get('Body')
        kind = 'Text' if e is None else e.get('BodyType')
        text = '' if e is None else e.text or ''
        if wanted == 'HTML' and kind == 'Text' and text:
            text = to_html(text)
        if wanted == 'Text' and kind == 'HTML':
            text = to_text(text)
        out = t(name, re.sub('\r?\n', '\r\n', text) or None)
        out.set('BodyType', kind if wanted == 'Best' else wanted)
        return out

    def value_datetimereceived(self, item, request, shape, find):
        return item.created

    value_datetimesent = value_datetimecreated = value_datetimereceived

    def value_datetimestamp(self, item, request, shape, find):
        return item.modified

    value_lastmodifiedtime = value_datetimestamp

    def value_lastmodifiedname(self, item, request, shape, find):
        return item.modifier

    def value_size(self, item, request, shape, find):
        return str(1000 + sum(len(e.text or '') for p in item.props.values()
                              for e in p.iter()) +
                   sum(len(v) for _, vs in item.ext.values() for v in vs) +
                   sum(len(a.content) for a in item.attachments))

    def value_isdraft(self, item, request, shape, find):
        # R: true of contacts, false of events; D: getitem-operation-task.
        return boolean(item.element != 'CalendarItem')

    def value_hasattachments(self, item, request, shape, find):
        return boolean(item.attachments)

    def value_attachments(self, item, request, shape, find):
        if not item.attachments:
            return None
        return t('Attachments', None, *[
            self.attachment(item, a) for a in item.attachments])

    def attachment(self, item, a, content=False):
        fields = dict(a.fields)
        e = t('FileAttachment', None, t('AttachmentId', Id=self.state.seal(
            'A', item.number, a.number)), t('Name', a.name))
        for name in ('ContentType', 'ContentId', 'ContentLocation'):
            if fields.get(name):
                e.append(t(name, fields[name]))
        if not content:
            e.append(t('Size', str(len(a.content))))
            e.append(t('LastModifiedTime', a.modified))
            e.append(t('IsInline', fields.get('IsInline', 'false')))
            e.append(t('IsContactPhoto', fields.get('IsContactPhoto',
                                                    'false')))
        else:
            e.append(t('Content', base64.b64encode(a.content).decode()))
        return e

    def value_effectiverights(self, item, request, shape, find):
        return rights(self.rights_of(item.folder, request.user), False)

    def rights_of(self, folder, user):
        box = folder.mailbox
        if box.address == user.address or box.public:
            return {'read', 'write', 'delete'}
        return box.delegates.get(user.address, set())

    def value_responseobjects(self, item, request, shape, find):
        # R: CalendarTest.testGetCalendarItem.04.GetItemResponse
        return t('ResponseObjects', None, t('ForwardItem')) \
            if item.element == 'CalendarItem' else None

    def value_reminderdueby(self, item, request, shape, find):
        # R: an appointment's is its Start.
        if item.element == 'CalendarItem':
            return item.text('Start')
        return item.text('ReminderDueBy')

    def value_reminderisset(self, item, request, shape, find):
        return item.text('ReminderIsSet', boolean(
            item.element == 'CalendarItem'))

    def value_reminderminutesbeforestart(self, item, request, shape, find):
        return item.text('ReminderMinutesBeforeStart', '15' if
                         item.element == 'CalendarItem' else '0')

    # Contacts.

    def display_name(self, item):
        # R: ContactsAPITest.testUpdateContact.04: made of the name's parts
        # where no client set it.
        return item.text('DisplayName') or ' '.join(
            item.text(n) for n in MEMBERS if item.text(n))

    def value_displayname(self, item, request, shape, find):
        if item.element == 'Contact':
            return self.display_name(item) or None
        return item.text('DisplayName')

    def value_fileas(self, item, request, shape, find):
        how = item.text('FileAsMapping', 'None')
        if item.element != 'Contact' or how == 'None':
            # R: ContactsAPITest.testCreateContact.03
            return item.text('FileAs', '')
        first, last = item.text('GivenName', ''), item.text('Surname', '')
        company = item.text('CompanyName', '')
        made = {'LastCommaFirst': ', '.join(x for x in (last, first) if x),
                'FirstSpaceLast': ' '.join(x for x in (first, last) if x),
                'LastSpaceFirst': ' '.join(x for x in (last, first) if x),
                'Company': company, 'FirstName': first, 'LastName': last,
                'DisplayName': self.display_name(item), 'Empty': ''}
        if how not in made:
            raise Unknown('the FileAsMapping ' + how)
        return made[how]

    def value_completename(self, item, request, shape, find):
        if item.element != 'Contact':
            return None
        title = item.ext.get(('tag', 0x3a45), (None, [None]))[1][0]
        parts = dict(Title=title, FirstName=item.text('GivenName'),
                     MiddleName=item.text('MiddleName'),
                     LastName=item.text('Surname'),
                     Suffix=item.text('Generation'),
                     Initials=item.text('Initials'),
                     FullName=self.display_name(item),
                     Nickname=item.text('Nickname'))
        return t('CompleteName', None, *[
            t(n, parts[n]) for n in self.schema.complete_name
            if parts.get(n)])

    def value_haspicture(self, item, request, shape, find):
        return boolean(any(a.fields.get('IsContactPhoto') == 'true'
                           for a in item.attachments))

    # Events.

    def kind(self, item):
        if hasattr(item, 'occurrence'):
            master, index, _ = item.occurrence
            return 'Exception' if index in master.exceptions else \
                'Occurrence'
        return 'RecurringMaster' if self.is_master(item) else 'Single'

    def value_calendaritemtype(self, item, request, shape, find):
        return self.kind(item)

    def value_isrecurring(self, item, request, shape, find):
        if item.element == 'Task':
            return boolean('Recurrence' in item.props)
        # R: false of a master, true of its occurrences.
        return boolean(hasattr(item, 'occurrence'))

    def value_ismeeting(self, item, request, shape, find):
        return boolean(any(n in item.props for n in ATTENDEES))

    def value_meetingrequestwassent(self, item, request, shape, find):
        return boolean(getattr(item, 'sent', False))

    def value_isorganizer(self, item, request, shape, find):
        return 'true'

    def value_recurrenceid(self, item, request, shape, find):
        # R: of an occurrence, where it was at first.
        if hasattr(item, 'occurrence'):
            return show_time(item.occurrence[2][0])
        return None

    value_originalstart = value_recurrenceid

    def value_organizer(self, item, request, shape, find):
        # R: present also of a plain appointment; FindItem shows a name of
        # the directory and OneOff.
        box = item.folder.mailbox
        address, how, kind = box.address, 'SMTP', 'Mailbox'
        if find:
            address = '/O=TEST/OU=EXCHANGE ADMINISTRATIVE GROUP ' \
                '(FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=' + \
                hashlib.md5(box.address.encode()).hexdigest().upper()
            how, kind = 'EX', 'OneOff'
        return t('Organizer', None, t(
            'Mailbox', None, t('Name', box.name), t('EmailAddress', address),
            t('RoutingType', how), t('MailboxType', kind)))

    def value_duration(self, item, request, shape, find):
        return show_duration(read_time(item.text('End')) -
                             read_time(item.text('Start')))

    def value_timezone(self, item, request, shape, find):
        return self.zones.shown(item.props['StartTimeZone'].get('Id'))

    def value_starttimezone(self, item, request, shape, find):
        return self.zone('StartTimeZone', item, request)

    def value_endtimezone(self, item, request, shape, find):
        return self.zone('EndTimeZone', item, request)

    def zone(self, name, item, request):
        # D: starttimezone: with RequestServerVersion of 2010 and later.
        if request.version.startswith('Exchange2007'):
            return None
        return self.zones.definition(name, item.props[name].get('Id'))

    def value_firstoccurrence(self, item, request, shape, find):
        if not self.is_master(item):
            return None
        return self.one_occurrence('FirstOccurrence', item, 1, 1)

    def value_lastoccurrence(self, item, request, shape, find):
        if not self.is_master(item):
            return None
        last = self.cached_series(item).last()
        return None if last is None else self.one_occurrence(
            'LastOccurrence', item, last, -1)

    def one_occurrence(self, name, master, index, step):
        """The first, or the last, of those that were not deleted."""
        while index in master.deleted:
            index += step
        if index < 1 or self.cached_series(master).at(index) is None:
            return None
        return self.occurrence_info(name, self.occurrence(master, index))

    def occurrence_info(self, name, item):
        return t(name, None, t('ItemId', Id=self.state.occurrence_id(
            *item.occurrence[:2]), ChangeKey=self.state.change_key(
                'CalendarItem', item.last)),
            t('Start', item.text('Start')), t('End', item.text('End')),
            t('OriginalStart', show_time(item.occurrence[2][0])))

    def value_modifiedoccurrences(self, item, request, shape, find):
        if not self.is_master(item) or not item.exceptions:
            return None
        return t('ModifiedOccurrences', None, *[
            self.occurrence_info('Occurrence', self.occurrence(item, i))
            for i in sorted(item.exceptions)])

    def value_deletedoccurrences(self, item, request, shape, find):
        if not self.is_master(item) or not item.deleted:
            return None
        return t('DeletedOccurrences', None, *[
            t('DeletedOccurrence', None, t('Start', show_time(
                self.cached_series(item).at(i)[0])))
            for i in sorted(item.deleted)])

    def value_mimecontent(self, item, request, shape, find):
        if item.element != 'CalendarItem':
            return None
        return t('MimeContent', base64.b64encode(self.mime.write(
            self, item)).decode(), CharacterSet='UTF-8')

    # Tasks.

    def value_iscomplete(self, item, request, shape, find):
        return boolean(item.text('Status') == 'Completed')

    def value_statusdescription(self, item, request, shape, find):
        return STATUS[item.text('Status', 'NotStarted')]

    def value_changecount(self, item, request, shape, find):
        return str(1 + len(set(item.changed.values())))


def rights(have, hierarchy):
    # R: ContactsAPITest.testCreateContact.01 and .03
    return t('EffectiveRights', None,
             t('CreateAssociated', boolean(hierarchy and 'write' in have)),
             t('CreateContents', boolean(hierarchy and 'write' in have)),
             t('CreateHierarchy', boolean(hierarchy and 'write' in have)),
             t('Delete', boolean(have & {'write', 'delete'})),
             t('Modify', boolean('write' in have)),
             t('Read', boolean(have)))


def to_html(text):
    return ('<html><head><meta http-equiv="Content-Type" content="text/html; '
            'charset=utf-8"></head><body><div class="PlainText">%s</div>'
            '</body></html>' % html.escape(text, quote=False).replace(
                '\n', '<br>\n'))


def to_text(source):
    source = re.sub(r'(?is)<(head|style|script).*?</\1>', '', source)
    source = re.sub(r'\s+', ' ', source)
    source = re.sub(r'(?i)<br\s*/?>|</(p|div|tr|li|h\d)>', '\n', source)
    lines = html.unescape(re.sub(r'(?s)<[^>]*>', '', source)).split('\n')
    return '\n'.join(line.strip() for line in lines).strip('\n')
