#!/bin/sh
# Items that other people's libraries read and write keep their hash.
#
# The bars are the shares that formats.md measured on the servers built on
# these libraries: Radicale (vobject), Xandikos (icalendar).  What is left
# is loss by the library.  vobject speaks vCard 3.0 and takes the bare
# parameters of 2.1 away; such cards are counted apart, without a bar.
. tests/lib.sh

rewrite=$TOP/tests/rewriters/rewrite.py
same=$EX_BUILD/helpers/samehash

# Debian's modules are for Debian's python, whatever comes first in PATH.
/usr/bin/python3 -c 'import vobject, icalendar' 2>/dev/null ||
    skip_all 'needs python3-vobject and python3-icalendar'

# bar LABEL PER-MILLE: is the share of LABEL in `figures` at least that?
bar()
{
	awk -v label="$1" -v bar="$2" '
	$1 == label { ok = $5 > 0 && $3 * 1000 >= bar * $5 }
	END { exit !ok }' figures
}

/usr/bin/python3 "$rewrite" "$TOP/tests/rewriters/items" >pairs
cat >out <<'END'
vobject-vcard same 2 of 2
icalendar-ical same 4 of 4
vobject-ical same 4 of 4
END
sort -o out out
"$same" <pairs | sed 's/ (.*//' | sort >figures
t 'our own examples keep their hash' 0 cat figures

if [ -z "$MATERIAL" ]; then
	skip 'real items' 'needs ../shared/material, which is not here'
	finish
fi

/usr/bin/python3 "$rewrite" "$MATERIAL/corpus" >pairs 2>refused
"$same" <pairs >figures
sed 's/^/# /' figures refused
t 'vobject, calendars: 90.9 %' 0 bar vobject-ical 909
t 'vobject, cards: 88.9 %' 0 bar vobject-vcard 889
t 'icalendar, calendars: 95.2 %' 0 bar icalendar-ical 952
finish
