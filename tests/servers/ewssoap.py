"""What ews.py says on the wire: names, the schema, faults, errors.

The schema is Microsoft's own (build 15.2.2562.17) behind a SOAP 1.1
envelope, ../shared/material/ews/soap-envelope.xsd.  Which elements an item
or a folder has, and in which order, is read from types.xsd: nothing of it
is written down here a second time.
"""
import os

from lxml import etree

SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
T = 'http://schemas.microsoft.com/exchange/services/2006/types'
M = 'http://schemas.microsoft.com/exchange/services/2006/messages'
E = 'http://schemas.microsoft.com/exchange/services/2006/errors'
XSD = '{http://www.w3.org/2001/XMLSchema}'
XSI = '{http://www.w3.org/2001/XMLSchema-instance}'
XML = '{http://www.w3.org/XML/1998/namespace}'
NS = {'t': T, 'm': M, 's': SOAP}

# The version that the on-premises recordings of 2025 show
# (CalendarTest.testRecurringEventSupport.04.GetItemResponse.xml).
VERSION = dict(MajorVersion='15', MinorVersion='2', MajorBuildNumber='1748',
               MinorBuildNumber='10', Version='V2017_07_11')

ITEMS = {'Item': 'ItemType', 'Contact': 'ContactItemType',
         'CalendarItem': 'CalendarItemType', 'Task': 'TaskType',
         'DistributionList': 'DistributionListType', 'Message': 'MessageType'}
FOLDERS = {'Folder': 'FolderType', 'CalendarFolder': 'CalendarFolderType',
           'ContactsFolder': 'ContactsFolderType',
           'TasksFolder': 'TasksFolderType'}


def local(element):
    return etree.QName(element).localname


def t(name, text=None, *children, **attributes):
    return _make(T, name, text, children, attributes)


def m(name, text=None, *children, **attributes):
    return _make(M, name, text, children, attributes)


def _make(space, name, text, children, attributes):
    e = etree.Element('{%s}%s' % (space, name), attributes,
                      nsmap={'t': T, 'm': M})
    e.text = text
    e.extend(children)
    return e


def boolean(value):
    return 'true' if value else 'false'


def is_true(text):
    return text is not None and text.strip() in ('true', '1')


class Fault(Exception):
    """The whole request fails: HTTP 500 and a SOAP fault."""

    def __init__(self, code, text, values=None, status=500, violation=None):
        super().__init__(text)
        self.code, self.text, self.status = code, text, status
        self.values, self.violation = values or {}, violation


class Unknown(Fault):
    """What no source tells of is refused, and loudly."""

    def __init__(self, what):
        super().__init__('ErrorInvalidOperation',
                         'the test server does not know ' + what)


class Refused(Exception):
    """One item or folder of a request fails; the others go on."""

    def __init__(self, code, text=None, path=None, values=None):
        super().__init__(code)
        self.code, self.text = code, text or TEXT.get(code, code)
        self.path, self.values = path, values or {}


# Texts that recordings and documentation examples show; a client must not
# care for any of them.
TEXT = {
    # APITest.testDeleteItemsFail.02.DeleteItemResponse.xml
    'ErrorItemNotFound': 'The specified object was not found in the store., '
                         'The process failed to get the correct properties.',
    # traces-evolution-onprem
    'ErrorInvalidIdMalformed': 'Id is malformed.',
    # syncfolderitems-operation
    'ErrorInvalidSyncStateData': 'Synchronization state data is corrupt or '
                                 'otherwise invalid.',
    # reported by a client of Exchange Online, protocols.md 2.3
    'ErrorIrresolvableConflict':
        'The send or update operation could not be performed because the '
        'change key passed in the request does not match the current change '
        'key for the item.',
    # createattachment-operation
    'ErrorRequiredPropertyMissing': 'Required property is missing.',
    'ErrorAccessDenied': 'Access is denied. Check credentials and try again.',
    'ErrorFolderNotFound': 'The specified folder could not be found in the '
                           'store.',
    'ErrorServerBusy': 'The server cannot service this request right now. '
                       'Try again later.',
    'ErrorBatchProcessingStopped': 'Further items were not processed because '
                                   'of the error before.',
}

# responsecode.md, ErrorBatchProcessingStopped: these stop those that follow.
STOPPING = {
    'ErrorAccessDenied', 'ErrorAccountDisabled', 'ErrorADUnavailable',
    'ErrorADOperation', 'ErrorConnectionFailed',
    'ErrorMailboxStoreUnavailable', 'ErrorMailboxMoveInProgress',
    'ErrorPasswordChangeRequired', 'ErrorPasswordExpired',
    'ErrorQuotaExceeded', 'ErrorInsufficientResources'}


class Schema:
    def __init__(self, material):
        where = os.path.join(material, 'ews')
        self.schema = etree.XMLSchema(etree.parse(
            os.path.join(where, 'soap-envelope.xsd')))
        root = etree.parse(os.path.join(where, 'types.xsd')).getroot()
        self.types = {c.get('name'): c for c in root.iter(
            XSD + 'complexType') if c.get('name')}
        self.order = {}
        for name, kind in list(ITEMS.items()) + list(FOLDERS.items()):
            fields = self.fields(kind)
            self.order[name] = {f: i for i, (f, _) in enumerate(fields)}
        self.type_of = {name: dict(self.fields(kind))
                        for name, kind in ITEMS.items()}
        # In the order in which a contact's name has its parts.
        self.complete_name = [f for f, _ in self.fields('CompleteNameType')]

    def fields(self, kind):
        """The elements of a type and of those that it extends, in order."""
        c = self.types[kind]
        base = c.find('.//' + XSD + 'extension')
        out = []
        if base is not None and base.get('base')[2:] in self.types:
            out = self.fields(base.get('base')[2:])
        return out + [(e.get('name'), e.get('type'))
                      for e in c.iter(XSD + 'element') if e.get('name')]

    def why_not(self, document):
        """None if a document is valid, else (line, violation)."""
        if self.schema.validate(document):
            return None
        first = self.schema.error_log[0]
        return first.line, first.message.replace('{%s}' % T, 't:').replace(
            '{%s}' % M, 'm:')

    def in_order(self, name, elements):
        order = self.order[name]
        return sorted(elements, key=lambda e: order[local(e)])


def parse(data):
    """The document of a request, and its operation (an element)."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True,
                             remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as e:
        raise invalid(e.lineno or 1, str(e.msg))
    return root


def invalid(line, text):
    # findconversation-operation and addimgroup-operation show this fault.
    return Fault('ErrorSchemaValidation',
                 'The request failed schema validation: ' + text,
                 violation=(line, text))


def envelope(body, header=True):
    root = etree.Element('{%s}Envelope' % SOAP, nsmap={'s': SOAP})
    if header:
        h = etree.SubElement(root, '{%s}Header' % SOAP)
        etree.SubElement(h, '{%s}ServerVersionInfo' % T, VERSION,
                         nsmap={'h': T})
    b = etree.SubElement(root, '{%s}Body' % SOAP)
    b.append(body)
    return root


def fault(f):
    body = etree.Element('{%s}Fault' % SOAP)
    code = etree.SubElement(body, 'faultcode', nsmap={'a': T})
    code.text = 'a:' + f.code
    text = etree.SubElement(body, 'faultstring')
    text.set(XML + 'lang', 'en-US')
    text.text = f.text
    detail = etree.SubElement(body, 'detail')
    for name, value in (('ResponseCode', f.code), ('Message', f.text)):
        e = etree.SubElement(detail, '{%s}%s' % (E, name), nsmap={'e': E})
        e.text = value
    if f.violation or f.values:
        x = etree.SubElement(detail, '{%s}MessageXml' % T, nsmap={'t': T})
        if f.violation:
            x.append(t('LineNumber', str(f.violation[0])))
            x.append(t('LinePosition', '0'))
            x.append(t('Violation', f.violation[1]))
        for name, value in f.values.items():
            x.append(t('Value', str(value), Name=name))
    # The recorded faults have no header: responses/docs/Fault--*.xml.
    return envelope(body, header=False)


def message(operation, name=None):
    """A ResponseMessage that tells of success."""
    return m((name or operation) + 'ResponseMessage', None,
             m('ResponseCode', 'NoError'), ResponseClass='Success')


# What an error's message still has behind its code: recordings of failed
# operations carry these elements empty.
EMPTY = {'CreateItem': 'Items', 'GetItem': 'Items', 'UpdateItem': 'Items',
         'MoveItem': 'Items', 'CopyItem': 'Items', 'GetFolder': 'Folders',
         'CreateFolder': 'Folders', 'UpdateFolder': 'Folders',
         'MoveFolder': 'Folders', 'CreateAttachment': 'Attachments',
         'GetAttachment': 'Attachments'}


def refusal(operation, r):
    out = m(operation + 'ResponseMessage', None, m('MessageText', r.text),
            m('ResponseCode', r.code), m('DescriptiveLinkKey', '0'),
            ResponseClass='Warning' if r.code == 'ErrorBatchProcessingStopped'
            else 'Error')
    if r.path is not None or r.values:
        x = m('MessageXml')
        if r.path is not None:
            x.append(r.path)
        for name, value in r.values.items():
            x.append(t('Value', str(value), Name=name))
        out.append(x)
    if operation in EMPTY:
        out.append(m(EMPTY[operation]))
    if operation == 'SyncFolderItems':
        # syncfolderitems-operation, the second answer
        out.append(m('SyncState'))
        out.append(m('IncludesLastItemInRange', 'true'))
    if operation == 'SyncFolderHierarchy':
        out.append(m('SyncState'))
        out.append(m('IncludesLastFolderInRange', 'true'))
    return out


def responses(operation, messages):
    return m(operation + 'Response', None, m('ResponseMessages', None,
                                             *messages))
