#!/usr/bin/python3
"""What stands in the answers of ../shared/material/ews/responses.

usage: ews-answers.py [MATERIAL] >tests/ews-answers.tsv

Written by looking at the XML with lxml, and at what the schema and the
documentation say of a field; it knows nothing of our code, which
tests/unit/ewsanswers.c holds against its table.  A line is "FILE WHAT ...",
with tabs:

	messages N [not] CODE ELEMENT ...	of m:ResponseMessages
	fault CODE MILLISECONDS			-1: no BackOffMilliseconds
	ids N SUM				all elements ...Id with an Id;
						the sum of their FNV-1a
	Contact, CalendarItem, Task ...		some fields, as properties
"""
import datetime
import os
import re
import sys

from lxml import etree

HERE = os.path.dirname(os.path.abspath(__file__))
MATERIAL = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    HERE, '../../shared/material')
RESPONSES = os.path.join(MATERIAL, 'ews', 'responses')
PARSER = etree.XMLParser(recover=True, huge_tree=True)
PHONES = ('BusinessPhone BusinessPhone2 HomePhone HomePhone2 MobilePhone '
          'BusinessMobile Pager BusinessFax HomeFax OtherFax OtherTelephone '
          'CarPhone CompanyMainPhone TtyTddPhone Isdn Callback '
          'AssistantPhone RadioPhone Telex PrimaryPhone IPPhone Mms '
          'Msn').split()


def local(e):
    return etree.QName(e).localname if isinstance(e.tag, str) else ''


def child(e, *path):
    for name in path:
        e = next((c for c in e if local(c) == name), None) \
            if e is not None else None
    return e


def text(e, *path):
    e = child(e, *path)
    return None if e is None else e.text or ''


def fnv(*texts):
    h = 14695981039346656037
    for t in texts:
        for byte in (t or '').encode() + b'\0':
            h = (h ^ byte) * 1099511628211 % 2 ** 64
    return h


def entries(e, name):
    d = child(e, name)
    return {} if d is None else {
        c.get('Key'): c.text for c in d if c.text}


def contact(e):
    n = [text(e, x) or '' for x in ('Surname', 'GivenName', 'MiddleName')] + [
        '', text(e, 'Generation') or '']
    org = [text(e, x) or '' for x in ('CompanyName', 'Department')]
    while org and not org[-1]:
        org.pop()
    yield 'fn', text(e, 'DisplayName')
    yield 'n', ';'.join(n) if any(n) else None
    yield 'title', text(e, 'JobTitle')
    yield 'org', ';'.join(org)
    mails = entries(e, 'EmailAddresses')
    for k in sorted(mails):
        yield 'email', mails[k]
    phones = entries(e, 'PhoneNumbers')
    for k in PHONES:
        yield 'tel', phones.get(k)


def moment(t):
    """A dateTime of the schema."""
    m = re.fullmatch(r'(\d+)-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)'
                     r'(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?', t.strip())
    d = datetime.datetime(*(int(x or 0) for x in m.groups()[:6]))
    if m[7] and m[7] != 'Z':
        sign = -1 if m[7][0] == '-' else 1
        d -= sign * datetime.timedelta(hours=int(m[7][1:3]),
                                       minutes=int(m[7][4:]))
    return d


def when(e, name, days):
    t = text(e, name)
    if not t:
        return None
    d = moment(t)
    if days:
        return d.strftime('%Y-%m-%d')
    return d.strftime('%Y-%m-%dT%H:%M:%SZ')


def event(e):
    yield 'summary', text(e, 'Subject')
    yield 'location', text(e, 'Location')
    days = text(e, 'IsAllDayEvent') == 'true'
    yield 'dtstart', when(e, 'Start', days)
    yield 'dtend', when(e, 'End', days)
    yield 'uid', text(e, 'UID')
    yield 'class', {'Private': 'PRIVATE', 'Confidential': 'CONFIDENTIAL'
                    }.get(text(e, 'Sensitivity'))


def task(e):
    yield 'summary', text(e, 'Subject')
    yield 'due', when(e, 'DueDate', True)
    yield 'status', {'NotStarted': 'NEEDS-ACTION', 'InProgress': 'IN-PROCESS',
                     'Completed': 'COMPLETED'}.get(text(e, 'Status'))
    # None is what a task begins with.
    yield 'percent-complete', (text(e, 'PercentComplete') or '').lstrip('0')


def item(e):
    if local(e) == 'CalendarItem' and not text(e, 'Start'):
        return 'CalendarItem\tbad: Start: no such day or time'
    of = {'Contact': contact, 'CalendarItem': event, 'Task': task}[local(e)]
    return '\t'.join([local(e)] + ['%s=%s' % (k, re.sub(r'[\0-\x20]', ' ', v))
                                   for k, v in of(e) if v])


def facts(data):
    root = etree.fromstring(data, PARSER)
    body = child(root, 'Body')
    fault = child(body, 'Fault')
    messages = next((c for c in body.iter() if local(c) ==
                     'ResponseMessages'), ())
    said = ['messages', str(len(messages))]
    for m in messages:
        good = m.get('ResponseClass') != 'Error'
        said.append(('' if good else 'not ') + text(m, 'ResponseCode').strip()
                    + ' ' + local(m))
    yield '\t'.join(said)
    if fault is not None:
        code = text(fault, 'detail', 'ResponseCode') or \
            text(fault, 'faultcode').split(':')[-1]
        wait = [v.text for v in fault.iter()
                if v.get('Name') == 'BackOffMilliseconds'] + ['-1']
        yield 'fault\t%s\t%s' % (code, wait[0])
    ids = [fnv(local(e), e.get('Id'), e.get('ChangeKey'))
           for m in messages for e in m.iter()
           if local(e).endswith('Id') and e.get('Id') is not None]
    yield 'ids\t%d\t%016x' % (len(ids), sum(ids) % 2 ** 64)
    for m in messages:
        for e in m.iter():
            if local(e) in ('Contact', 'CalendarItem', 'Task') and \
                    local(e.getparent()) in ('Items', 'Create', 'Update'):
                yield item(e)


def answers():
    for top in ('recorded', 'docs', 'synthetic', 'viewpoint'):
        for name in sorted(os.listdir(os.path.join(RESPONSES, top))):
            if name.endswith('.xml') and 'Autodiscover' not in name:
                with open(os.path.join(RESPONSES, top, name), 'rb') as f:
                    yield top + '/' + name, f.read()
    top = 'traces-evolution-onprem'
    for where, _, names in sorted(os.walk(os.path.join(RESPONSES, top))):
        for name in sorted(names):
            path = os.path.join(where, name)
            with open(path, 'rb') as f:
                parts = re.findall(rb'^< <\?xml(?:.*\n(?:< )?)*?(?=^[^<]|\Z)',
                                   f.read(), re.M)
            for k, part in enumerate(parts):
                yield '%s#%d' % (os.path.relpath(path, RESPONSES), k), \
                    re.sub(rb'^< ', b'', part, flags=re.M)


for name, data in answers():
    for line in facts(data):
        print(name, line, sep='\t')
