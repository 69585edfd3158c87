#!/usr/bin/python3 -I
"""Cut files into single items, each with a UID of its own.

usage: split.py DIRECTORY FILE|DIRECTORY ...

DIRECTORY/KIND/NAME.ics or .vcf is one item, cut as tests/rewriters/rewrite.py
cuts them; KIND is contacts, events, tasks or journals.  A UID that an earlier
item has, or none, becomes NAME: it is no part of what is compared.  Standard
output gets "KIND NAME LABEL" for each, where LABEL is vcard, vcard21 or ical.
"""
import os
import re
import sys

sys.dont_write_bytecode = True	# nothing into the tree
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'rewriters'))
import rewrite  # noqa: E402

KINDS = {b'VEVENT': 'events', b'VTODO': 'tasks', b'VJOURNAL': 'journals',
         b'VCARD': 'contacts'}


def kind_of(text):
    for name in re.findall(rb'(?im)^BEGIN:[ \t]*(\w+)', text):
        if name.upper() in KINDS:
            return KINDS[name.upper()], name.upper()
    return None, None


def with_uid(text, component, uid):
    """The same with another UID in each such component."""
    out, depth, skip = [], [], False
    for line in text.split(b'\r\n'):
        upper = line.strip().upper()
        if skip and line[:1] in (b' ', b'\t'):
            continue
        skip = False
        if upper.startswith(b'BEGIN:'):
            depth.append(upper[6:].strip())
        elif upper.startswith(b'END:') and depth:
            depth.pop()
        elif (depth and depth[-1] == component and
              upper.startswith((b'UID:', b'UID;'))):
            skip = True
            continue
        out.append(line)
        if upper.startswith(b'BEGIN:') and depth[-1] == component:
            # VERSION is the first line of a card.
            out.append(b'UID:' + uid.encode())
    return b'\r\n'.join(out)


def main(where, *paths):
    seen, uids, n = set(), set(), 0
    for path in rewrite.files(paths):
        taken = 0
        for label, text in rewrite.split(path):
            kind, component = kind_of(text)
            if (text in seen or len(text) > 1 << 20 or kind is None or
                    taken == rewrite.MOST):
                continue
            seen.add(text)
            taken += 1
            n += 1
            name = 'item%04d' % n
            lines = list(rewrite.blocks(text.split(b'\r\n')))[0]
            if component == b'VCARD':
                uid = rewrite.uid_of(lines)
            else:
                uid = rewrite.uid_of(next(
                    c for c in rewrite.blocks(lines[1:-1])
                    if c[0].strip().upper() == b'BEGIN:' + component))
            if not uid or uid.lower() in uids:
                text = with_uid(text, component, name)
                uid = name.encode()
            uids.add(uid.lower())
            folder = os.path.join(where, kind)
            os.makedirs(folder, exist_ok=True)
            end = '.vcf' if kind == 'contacts' else '.ics'
            with open(os.path.join(folder, name + end), 'wb') as f:
                f.write(text)
            print(kind, name, label)


main(*sys.argv[1:])
