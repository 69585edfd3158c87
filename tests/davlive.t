#!/bin/sh
# What servers may say besides: listings in pages, UIDs that are taken, forms
# and sizes that they take, and new names for what is created.
. tests/lib.sh
. "$TOP/tests/servers/davring.sh"
dav_start

on_both()
{
	dav_rules radicale "$@"
	dav_rules xandikos "$@"
}

# reports SERVER: how often it was asked for what moved.
reports()
{
	dav_count "$1" '^REPORT'
}

# RFC 6578, 3.6: the pages of a listing are followed to the last one; its token
# is the one that is kept.
paged()
{
	for i in 1 2 3 4 5 6 7; do
		item f2 r$i r$i "On Radicale $i"
		item f3 x$i x$i "On Xandikos $i"
	done
	on_both 'REPORT:sync-collection * page 2'
	dav_forget
	sync 0 -i
	for s in radicale xandikos; do
		[ "$(reports $s)" -ge 4 ] || broken "$s: not in pages"
	done
	same 14
	on_both
	quiet
}

# Changes and deletions, too.
paged_changes()
{
	for i in 1 2 3; do
		add f2 r$i "$p1:edited $i"
		add f3 x$i "$p1:edited $i"
		item f2 new-r$i new-r$i "New on Radicale $i"
		item f3 new-x$i new-x$i "New on Xandikos $i"
	done
	remove f2 x7
	remove f3 r7
	on_both 'REPORT:sync-collection * page 2'
	dav_forget
	sync 0
	for s in radicale xandikos; do
		[ "$(reports $s)" -ge 4 ] || broken "$s: not in pages"
	done
	same 18
	for i in 1 2 3; do
		everywhere r$i "$p1:edited $i"
		everywhere x$i "$p1:edited $i"
		everywhere new-r$i "$name:New on Radicale $i"
	done
	nowhere r7
	nowhere x7
	on_both
	quiet
}

# The same as in one piece.
paged_whole()
{
	on_both
	exfetch -qa -r ring.conf -s ring.snap f2 f3 >whole ||
		broken "ended with $?"
	on_both 'REPORT:sync-collection * page 1'
	exfetch -qa -r ring.conf -s ring.snap f2 f3 >pages ||
		broken "ended with $?"
	cmp -s whole pages || broken 'it is not the same'
}

# One page that does not come: nothing of the listing counts.
paged_short()
{
	for at in 2 3 last; do
		[ $at != last ] || at=9
		for how in 'short 100' 'status 503' 'cut 10'; do
			on_both 'REPORT:sync-collection * page 2' \
			    "REPORT:sync-collection $at- $how"
			exfetch -qa -r ring.conf -s ring.snap f2 >items 2>said
			got=$?
			[ $got -eq 3 ] || broken "$at, $how: ended with $got"
			! grep -q '"rec":"end"' items ||
				broken "$at, $how: it ends well"
			exdiff -q -s ring.snap items >changes 2>/dev/null
			! grep '"is":"gone"' changes >gone ||
				broken "$at, $how: $(cat gone)"
		done
	done
	on_both
	sync 0
	quiet
}
dav_ring "$t_dir/pages" 3 contacts
t 'a listing in pages' 0 paged
t 'changes in pages' 0 paged_changes
t 'the pages are the whole' 0 paged_whole
t 'a page that is missing: no listing' 0 paged_short

# planned: an item is new in f1, and there is a plan for the others.
planned()
{
	item f1 kept kept Kept
	sync 0 -i
	item f1 new new 'New for all' "$set:ours"
	exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap |
	    exmerge >plan || broken 'no plan'
	look
}

# pushed STATUS: the plan, as it ends.
pushed()
{
	dav_forget
	expush -r ring.conf -s ring.snap plan >results 2>said
	got=$?
	[ $got -eq "$1" ] || broken "it ended with $got"
}

# taken VALUE STATUS: another client puts an item with that UID under another
# name, between our listing and our write.
taken()
{
	planned
	for f in f2 f3; do
		item $f theirs new 'New for all' "$set:$1"
	done
	pushed "$2"
	[ "$(dav_count radicale '^PUT.* 409$')" -gt 0 ] ||
		broken 'Radicale does not mind'
	[ "$(dav_count xandikos '^PUT.* 207$')" -gt 0 ] ||
		broken 'Xandikos does not mind'
	sync 0
	same 2
	members new ours "$1"
	quiet
}
for of in events tasks; do
	dav_ring "$t_dir/taken-equal" 3 $of
	t "$of: the UID is taken, by the same: bound" 0 taken ours 0
	dav_ring "$t_dir/taken-other" 3 $of
	t "$of: by another item: the next run merges" 0 taken theirs 3
done

# A card's UID Xandikos does not look at (0.2.8): then there are two, of which
# nothing is lost.
taken_twice()
{
	planned
	item f2 theirs new 'New for all' "$set:theirs"
	item f3 theirs new 'New for all' "$set:theirs"
	pushed 3
	[ "$(dav_count radicale '^PUT.* 409$')" -gt 0 ] ||
		broken 'Radicale does not mind'
	sync 0
	look
	grep -q 'folder f3: uid new is there more than once' said ||
		broken 'it is not said'
	for value in ours theirs; do
		grep -q "^$set:$value" f3/*.vcf || broken "$value is lost"
	done
	# A person takes one of them away.
	remove_file f3 theirs.vcf
	sync 0
	same 2
	members new ours theirs
	quiet
}
remove_file()
{
	rm "$1/$2"
	dav_delete "$(cat "$1/.url")$2"
	sed -i "/^$2 /d" "$1/.names"
}
dav_ring "$t_dir/taken-twice" 3 contacts
t 'contacts: the UID is taken' 0 taken_twice

# Another client has put one at the very name: nothing is written over it.
name_taken()
{
	planned
	for f in f2 f3; do
		item $f "$(jq -r --arg f $f '.ops[]? | select(.folder == $f) |
		    .name' plan)" new 'New for all' "$set:theirs"
	done
	pushed 3
	for s in radicale xandikos; do
		[ "$(dav_count $s '^PUT.* 412$')" -gt 0 ] ||
			broken "$s does not mind"
	done
	look
	for f in f2 f3; do
		grep -q "^$set:theirs" "$(file $f new)" ||
			broken "$f: it was written over"
	done
	sync 0
	same 2
	members new ours theirs
	quiet
}
dav_ring "$t_dir/taken-name" 3 contacts
t 'contacts: the name is taken' 0 name_taken

# tells SERVER XML: its collections have that property, too; _ is a blank.
tells()
{
	dav_rules "$1" "PROPFIND * edit </displayname> </displayname>$2"
}
card=xmlns=\"urn:ietf:params:xml:ns:carddav\"

# versions F2 F3: of what is stored there.
versions()
{
	for f in f2:$1 f3:$2; do
		for i in three four; do
			has ${f%:*} $i "VERSION:${f#*:}" ||
				broken "$i in $f: $(cat "$(file ${f%:*} $i)")"
		done
	done
}
card_forms()
{
	item f1 three three 'Three Example' "$p1:t"
	item f1 four four 'Four Example' KIND:individual
	edit f1 four 's/^VERSION:3.0/VERSION:4.0/'
	# Xandikos says 3.0, Radicale nothing.
	sync 0 -i
	same 2
	versions 3.0 3.0
	quiet
	dav_rules xandikos 'PROPFIND * edit version="3.0" version="4.0"'
	tells radicale "<supported-address-data_$card><address-data-type_content-type=\"text/vcard\"_version=\"4.0\"/></supported-address-data>"
	add f1 three $p2:r
	add f1 four $p2:r
	sync 0
	same 2
	versions 4.0 4.0
	quiet
	# Both: what is there stays what it is, new ones are 3.0.
	tells radicale "<supported-address-data_$card><address-data-type_content-type=\"text/vcard\"_version=\"4.0\"/><address-data-type_content-type=\"text/vcard\"_version=\"3.0\"/></supported-address-data>"
	dav_rules xandikos
	add f1 four $p3:n
	item f1 other other 'Other Example'
	sync 0
	same 3
	has f2 other VERSION:3.0 && has f2 four VERSION:4.0 &&
	    has f3 four VERSION:3.0 || broken "it is $(cat f[23]/*.vcf)"
	quiet
}
dav_ring "$t_dir/forms" 3 contacts
t 'cards in the version that a collection takes' 0 card_forms

# What is larger than it takes is not sent; the rest is.
too_large()
{
	tells radicale "<max-resource-size_$card>400</max-resource-size>"
	item f1 small small 'Small Example'
	item f1 large large 'Large Example' "$p3:$(printf '%0600d' 7)"
	dav_forget
	sync 1 -i
	[ "$(dav_count radicale '^PUT')" -eq 1 ] || broken 'it was sent'
	grep -q 'folder f2: uid large: .*the collection takes 400' said ||
		broken 'it does not say why'
	look
	everywhere small "$name:Small Example"
	has f3 large "$name:Large Example" || broken 'f3 has not got it'
	[ -z "$(file f2 large)" ] || broken 'it is there'
	# It is told once, and sent when it fits.
	sync 0
	edit f1 large "s/^$p3:.*\\r/$p3:less\\r/"
	sync 0
	same 2
	everywhere large "$p3:less"
	quiet
}
dav_ring "$t_dir/sizes" 3 contacts
t 'an item that is larger than the collection takes' 0 too_large

# A series is one item there, with its zone; whole days stay days.
calendar()
{
	printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//x//y "$@" \
	    END:VCALENDAR
}
count()
{
	[ "$(grep -c "^$3" "$(file "$1" "$2")")" -eq "$4" ] ||
		broken "$1: not $4 times $3: $(cat "$(file "$1" "$2")")"
}
series()
{
	calendar BEGIN:VEVENT UID:series DTSTAMP:20250101T000000Z \
	    'DTSTART;TZID=Europe/Berlin:20250301T100000' \
	    'RRULE:FREQ=DAILY;COUNT=9' SUMMARY:Series \
	    'EXDATE;TZID=Europe/Berlin:20250304T100000' END:VEVENT \
	    BEGIN:VEVENT UID:series DTSTAMP:20250101T000000Z \
	    'RECURRENCE-ID;TZID=Europe/Berlin:20250302T100000' \
	    'DTSTART;TZID=Europe/Berlin:20250302T120000' SUMMARY:Later \
	    END:VEVENT >f1/series.ics
	calendar BEGIN:VEVENT UID:day DTSTAMP:20250101T000000Z \
	    'DTSTART;VALUE=DATE:20250301' 'DTEND;VALUE=DATE:20250303' \
	    SUMMARY:Days END:VEVENT >f1/day.ics
	sync 0 -i
	same 2
	for f in f2 f3; do
		count $f series BEGIN:VEVENT 2
		count $f series BEGIN:VTIMEZONE 1
		count $f series TZID:Europe/Berlin 1
		count $f series 'EXDATE.*:20250304T100000' 1
		count $f series 'RECURRENCE-ID.*:20250302T100000' 1
		count $f day 'DTSTART;VALUE=DATE:20250301' 1
		count $f day 'DTEND;VALUE=DATE:20250303' 1
		count $f day BEGIN:VTIMEZONE 0
	done
	quiet
	# What a zone of that name is everybody knows: it is not compared.
	cp f1/series.ics was
	edit f2 series '/^BEGIN:VTIMEZONE/,/^END:VTIMEZONE/d'
	dav_forget
	sync 0
	cmp -s was f1/series.ics || broken 'a zone that is not there counts'
	[ "$(dav_count xandikos ^PUT)" -eq 0 ] || broken 'it is sent on'
	quiet
}
dav_ring "$t_dir/series" 3 events
t 'a series is one item, with its zone; days are days' 0 series

# A server that renames what is created, and does not find it by its UID, is
# asked for what is new, not for all that is there.
renamed()
{
	for i in 1 2 3 4 5 6 7 8 9; do
		item f3 old$i old$i "Old $i"
	done
	sync 0 -i
	item f1 new new 'New Example'
	item f1 next next 'Next Example'
	dav_rules xandikos "$1"
	exfetch -q -r ring.conf -s ring.snap | exdiff -q -s ring.snap |
	    exmerge -q >plan || broken 'no plan'
	expush -vv -r ring.conf -s ring.snap plan >results 2>trace
	got=$?
	cp trace said
	[ $got -eq 0 ] || broken "it ended with $got"
	! grep 'href>[^<]*/old' trace >asked || broken "it asked for $(cat asked)"
	case $1 in
	*location)
		! grep '>>.*addressbook-query' trace ||
			broken 'it asked where, and had been told' ;;
	esac
	on_both
	look
	! ls f3/ne* 2>/dev/null || broken 'nothing was renamed'
	sync 0
	same 11
	quiet
}
dav_ring "$t_dir/renamed" 3 contacts
t 'new names for what is created' 0 renamed 'PUT * rename'
dav_ring "$t_dir/renamed-told" 3 contacts
t 'the same, and they are told' 0 renamed 'PUT * rename location'
finish
