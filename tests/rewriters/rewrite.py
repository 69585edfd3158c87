#!/usr/bin/python3
"""Read items, let vobject and icalendar write them again.

usage: rewrite.py FILE|DIRECTORY ...

Every .ics, .ical, .vcs and .vcf is cut into single items (a calendar by UID,
with the time zones beside each).  For each item and each library that can
read and write it, standard output gets a line

	LIBRARY-KIND NAME BYTES-BEFORE BYTES-AFTER

and then the two texts.  What a library refuses is counted, not written.
"""
import logging
import os
import sys
import warnings

import icalendar
import vobject

# Items taken of one file and kind: a calendar of 1,300 like events must not
# decide the figures.
MOST = int(os.environ.get("MOST", "5"))
ENDINGS = (".ics", ".ical", ".vcs", ".vcf")


def blocks(lines):
    """The top-level components of a file, as lists of physical lines."""
    depth, block = 0, []
    for line in lines:
        name = line.strip().upper()
        if name.startswith(b"BEGIN:"):
            depth += 1
        if depth > 0:
            block.append(line)
        if name.startswith(b"END:") and depth > 0:
            depth -= 1
            if depth == 0:
                yield block
                block = []


def uid_of(block):
    """The UID of a component, unfolded; not that of one inside it."""
    text = b"\n".join(block).replace(b"\n ", b"").replace(b"\n\t", b"")
    depth = 0
    for line in text.split(b"\n"):
        upper = line.upper()
        if upper.startswith(b"BEGIN:"):
            depth += 1
        elif upper.startswith(b"END:"):
            depth -= 1
        elif depth == 1 and upper.startswith((b"UID:", b"UID;")):
            return line.split(b":", 1)[-1].strip()
    return None


def calendar_items(block):
    """One calendar's lines as one calendar for each UID."""
    inner = block[1:-1]
    comps = list(blocks(inner))
    inside = {id(line) for comp in comps for line in comp}
    own = [line for line in inner if id(line) not in inside]
    zones, items = [], {}
    for n, comp in enumerate(comps):
        kind = comp[0].strip().upper()
        if kind == b"BEGIN:VTIMEZONE":
            zones.append(comp)
        elif kind in (b"BEGIN:VEVENT", b"BEGIN:VTODO", b"BEGIN:VJOURNAL"):
            items.setdefault(uid_of(comp) or n, []).append(comp)
    for comps in items.values():
        text = b"\n".join(line for comp in comps for line in comp)
        used = [z for z in zones
                if len(items) == 1 or (uid_tz(z) or b"\0") in text]
        yield (block[:1] + own + [line for z in used for line in z] +
               [line for comp in comps for line in comp] + block[-1:])


def uid_tz(zone):
    """The TZID of a VTIMEZONE."""
    for line in zone:
        if line.upper().startswith(b"TZID:"):
            return line[5:].strip()
    return None


def split(path):
    """The single items of a file: kind and text."""
    with open(path, "rb") as f:
        data = f.read()
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    # Lines are objects of their own, so that id() tells them apart.
    lines = [bytes(bytearray(line)) for line in
             data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")]
    for block in blocks(lines):
        kind = block[0].strip().upper()
        if kind == b"BEGIN:VCARD":
            old = any(line.upper().startswith(b"VERSION:2.1")
                      for line in block)
            yield "vcard21" if old else "vcard", b"\r\n".join(block) + b"\r\n"
        elif kind == b"BEGIN:VCALENDAR":
            for item in calendar_items(block):
                yield "ical", b"\r\n".join(item) + b"\r\n"


def by_vobject(text):
    """As Radicale reads and writes (radicale/item)."""
    items = list(vobject.readComponents(text.decode("utf-8")))
    return items[0].serialize().encode("utf-8")


def by_icalendar(text):
    """As Xandikos reads and writes (xandikos/icalendar.py)."""
    return icalendar.Calendar.from_ical(text).to_ical()


def files(paths):
    for path in paths:
        if os.path.isdir(path):
            for top, dirs, names in os.walk(path):
                dirs.sort()
                for name in sorted(names):
                    if name.lower().endswith(ENDINGS):
                        yield os.path.join(top, name)
        else:
            yield path


def main(paths):
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    out, seen, refused = sys.stdout.buffer, set(), {}
    for path in files(paths):
        taken = 0
        for n, (kind, text) in enumerate(split(path)):
            if text in seen or len(text) > 1 << 20 or taken == MOST:
                continue
            taken += 1
            seen.add(text)
            for name, rewrite in (("vobject", by_vobject),
                                  ("icalendar", by_icalendar)):
                label = name + "-" + kind
                if name == "icalendar" and kind != "ical":
                    continue
                try:
                    after = rewrite(text)
                except Exception:  # whatever a library throws
                    refused[label] = refused.get(label, 0) + 1
                    continue
                head = "%s %s#%d %d %d\n" % (
                    label, path.replace(" ", "_"), n, len(text), len(after))
                out.write(head.encode("utf-8", "surrogateescape"))
                out.write(text)
                out.write(after)
    for label in sorted(refused):
        sys.stderr.write("%s: %d refused\n" % (label, refused[label]))


if __name__ == "__main__":
    main(sys.argv[1:])
