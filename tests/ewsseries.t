#!/bin/sh
# What an item on Exchange has in other requests than its own: the exceptions
# of a series, dates that are taken out, photos and attachments; in a ring of
# a vdir and two folders.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/ewsring.sh"
ews_begin

# A meeting of each Wednesday, at ten in Berlin: one taken out, one moved to
# the day after, and given another title.
series()
{
	printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:x BEGIN:VEVENT \
	    UID:weekly DTSTAMP:20250601T000000Z SUMMARY:Weekly \
	    'DTSTART;TZID=Europe/Berlin:20250702T100000' \
	    'DTEND;TZID=Europe/Berlin:20250702T110000' \
	    'RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=WE' \
	    'EXDATE;TZID=Europe/Berlin:20250709T100000' END:VEVENT \
	    BEGIN:VEVENT UID:weekly DTSTAMP:20250601T000000Z \
	    'RECURRENCE-ID;TZID=Europe/Berlin:20250716T100000' \
	    'DTSTART;TZID=Europe/Berlin:20250717T120000' \
	    'DTEND;TZID=Europe/Berlin:20250717T130000' \
	    'SUMMARY:Moved' END:VEVENT END:VCALENDAR >v1/weekly.ics
}

# The starts, in UTC, of what has a title there: in a month, as Outlook
# would show it.
shown()
{
	ews_f=$1
	curl -sS -u $box:s3cret -H 'Content-Type: text/xml' -d "<s:Envelope
	    xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'
	    xmlns:t='http://schemas.microsoft.com/exchange/services/2006/types'
	    xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages'
	    ><s:Header><t:RequestServerVersion Version='Exchange2013_SP1'/>
	    </s:Header><s:Body><m:FindItem Traversal='Shallow'><m:ItemShape>
	    <t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>
	    <t:FieldURI FieldURI='item:Subject'/>
	    <t:FieldURI FieldURI='calendar:Start'/></t:AdditionalProperties>
	    </m:ItemShape><m:CalendarView StartDate='2025-07-01T00:00:00Z'
	    EndDate='2025-09-30T00:00:00Z'/><m:ParentFolderIds>
	    <t:FolderId Id='$(folder_id "$ews_f")'/></m:ParentFolderIds>
	    </m:FindItem></s:Body></s:Envelope>" "$ews_url" |
	    grep -o '<t:Subject>[^<]*\|<t:Start>[^<]*' | sed 's/.*>//' |
	    paste - - | sort -k 2
}

folder_id()
{
	exfetch -r ring.conf "$1" 2>/dev/null |
	    sed -n 's/.*"rec":"begin".*"identity":"\([^"]*\)".*/\1/p'
}

weeks='Weekly	2025-07-02T08:00:00Z
Moved	2025-07-17T10:00:00Z
Weekly	2025-07-23T08:00:00Z
Weekly	2025-07-30T08:00:00Z
Weekly	2025-08-06T08:00:00Z'
ews_ring "$t_dir/series" events v1 e2=$box/calendar e3=$box/calendar/Second
first()
{
	series
	sync 0 -i
	shown e2
	shown e3 | diff "$t_got.weeks" -
}
echo "$weeks" | tee "$t_got.weeks" >out
t 'a series with an exception and a date taken out' 0 first
t 'the next run is quiet' 0 quiet

# Another event begins when the exception did: it is not taken for it.
beside()
{
	ews_ring "$t_dir/beside" events v1 e2=$box/calendar/Second/Third
	series
	ews_uid=another ews_title=Another
	ews_calendar VEVENT 'DTSTART;TZID=Europe/Berlin:20250716T100000' \
	    'DTEND;TZID=Europe/Berlin:20250716T110000' >v1/another.ics
	sync 0 -i
	shown e2
}
{
	head -n 1 "$t_got.weeks"
	echo 'Another	2025-07-16T08:00:00Z'
	sed 1d "$t_got.weeks"
} >out
t 'another event at the same time is not taken for an occurrence' 0 beside

# In Outlook the fourth gets a place, the fifth is taken out; in the vdir the
# exception gets another title.
both()
{
	tell "{\"do\":\"edit\",$(which e2 Weekly),\"index\":4,\"field\":\"calendar:Location\",\"value\":\"Room 4\"}"
	tell "{\"do\":\"delete\",$(which e3 Weekly),\"index\":5,\"how\":\"MoveToDeletedItems\"}"
	sed 's/^SUMMARY:Moved/SUMMARY:Elsewhere/' v1/weekly.ics >edited &&
	    cat edited >v1/weekly.ics
	sync 0
	shown e2
	shown e3 | diff "$t_got.weeks" -
	tell "{\"do\":\"dump\",$(which e3 Weekly),\"index\":4}"
	jq -r .text.Location told
	grep -B1 '^RECURRENCE-ID.*20250723' v1/weekly.ics |
	    grep -c '^LOCATION:Room 4'
	sed -n 's/^EXDATE.*://p' v1/weekly.ics | tr -d '\r' | tr , '\n' | sort
}
echo 'Weekly	2025-07-02T08:00:00Z
Elsewhere	2025-07-17T10:00:00Z
Weekly	2025-07-23T08:00:00Z
Weekly	2025-08-06T08:00:00Z' >"$t_got.weeks"
{
	cat "$t_got.weeks"
	printf '%s\n' 'Room 4' 1 20250709T100000 20250730T100000
} >out
t 'exceptions of three folders go together' 0 both
t '... and quiet' 0 quiet

# An exception that is as its series again: Exchange cannot undo one, so the
# series is made anew; also if it is stopped between the two.
undone()
{
	awk '/^BEGIN:VEVENT/ { one = ""; inside = 1 }
	    inside { one = one $0 "\n" }
	    !inside { print }
	    /^END:VEVENT/ {
		inside = 0
		if (one !~ /RECURRENCE-ID[^\n]*20250716/)
			printf "%s", one
	    }' v1/weekly.ics >edited
	[ "$(grep -c '^BEGIN:VEVENT' edited)" -eq 2 ] ||
		broken "the edit: $(cat edited)"
	cat edited >v1/weekly.ics
	tell '{"do":"reset"}'
	# In one folder what is made anew does not arrive, in the other the
	# deletion has no answer.
	tell '{"do":"fault","kind":"deaf","op":"CreateItem"}'
	tell '{"do":"fault","kind":"drop","op":"DeleteItem"}'
	exring sync -q ring.conf >said 2>&1
	[ $? -eq 3 ] || broken 'nothing was owed'
	[ -s v1/weekly.ics ] || broken 'it is gone'
	# Where it is gone it is as if a person had deleted it, whom the edit
	# meets: that is recorded once.
	sync 1
	shown e2
	shown e3 | diff "$t_got.weeks" -
}
again()
{
	for f in e2 e3; do
		echo "$(number $f) there"
	done
}
sed 's/^Elsewhere.*/Weekly	2025-07-16T08:00:00Z/' "$t_got.weeks" >edited &&
    cat edited >"$t_got.weeks"
cp "$t_got.weeks" out
t 'an exception is undone: the series is made anew' 0 undone
printf '%s\n' '1 there' '1 there' >out
t '... once in each folder' 0 again
t '... and quiet' 0 quiet

# Sixty days of eighty are taken out, of which one was moved in Outlook.
many()
{
	tell "{\"do\":\"folder\",\"folder\":\"$box/calendar/$1\",\"kind\":\"IPF.Appointment\"}"
	ews_ring "$t_dir/$1" events v1 "e2=$box/calendar/$1"
	ews_uid=daily ews_title=Daily
	ews_calendar VEVENT DTSTART:20250701T080000Z DTEND:20250701T090000Z \
	    'RRULE:FREQ=DAILY;COUNT=80' >v1/daily.ics
	exring sync -q -i ring.conf
	tell "{\"do\":\"edit\",$(which e2 Daily),\"index\":31,\"field\":\"calendar:Location\",\"value\":\"Room\"}"
	tell "{\"do\":\"delete\",$(which e2 Daily),\"index\":3,\"how\":\"MoveToDeletedItems\"}"
	sync 0
	{
		awk '/^END:VEVENT/ { exit } { print }' v1/daily.ics
		i=0
		while [ $((i += 1)) -le 60 ]; do
			[ $i -eq 3 ] || date -u -d "2025-06-30 $i days" \
			    +EXDATE:%Y%m%dT080000Z
		done
		printf '%s\n' END:VEVENT END:VCALENDAR
	} >edited && cat edited >v1/daily.ics
	tell '{"do":"reset"}'
}

# gone: what is left is what was not taken out, and nothing is to do.
gone()
{
	shown e2 >left
	wc -l <left
	sort -u left | sed -n '1p; $p'
	# what was written is read once
	most=4
	quiet
	most=
}

# asked OPERATION ...: how often
asked()
{
	for i do
		echo "$i $(ews_count "op:$i")"
	done
}

at_once()
{
	many once
	sync 0
	asked GetItem FindItem DeleteItem
	gone
}
rest='20
Daily	2025-08-30T08:00:00Z
Daily	2025-09-18T08:00:00Z'
printf '%s\n' 'GetItem 6' 'FindItem 0' 'DeleteItem 3' "$rest" >out
t 'many dates that are taken out go at once' 0 at_once

# What the server says of one is looked at: busy, the rest goes on next time;
# of another day than we thought, or not to be had by its number: each alone.
one_busy()
{
	many busy
	tell '{"do":"fault","kind":"item","code":"ErrorServerBusy","at":[3],"op":"DeleteItem"}'
	sync 3
	tell '{"do":"reset"}'
	sync 0
	asked DeleteItem
	gone
}
printf '%s\n' 'DeleteItem 2' "$rest" >out
t '... one is busy: the rest goes in the next run' 0 one_busy
lost()
{
	many lost
	tell '{"do":"fault","kind":"drop","op":"DeleteItem","skip":1}'
	sync 3
	sync 0
	gone
}
echo "$rest" >out
t '... the answer is lost' 0 lost
refused_one()
{
	many refused
	tell '{"do":"fault","kind":"item","code":"ErrorItemSave","at":[3],"op":"DeleteItem"}'
	sync 1
	sed -n 's/.*: uid daily: //p' said
	asked DeleteItem
}
printf '%s\n' 'not kept there: EXDATE of 2025-07-05T08:00:00Z (ErrorItemSave)' \
    'DeleteItem 3' >out
t '... one is refused: said, the others go' 0 refused_one
no_number()
{
	many number
	tell '{"do":"fault","kind":"item","code":"ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange","at":[5,6],"op":"GetItem","skip":2}'
	sync 0
	asked FindItem DeleteItem
	gone
}
printf '%s\n' 'FindItem 2' 'DeleteItem 5' "$rest" >out
t '... two are not to be had by their number: alone' 0 no_number
faulted()
{
	many fault
	tell '{"do":"fault","kind":"fault","code":"ErrorInvalidRequest","op":"DeleteItem"}'
	sync 0
	asked FindItem DeleteItem
	gone
}
printf '%s\n' 'FindItem 25' 'DeleteItem 28' "$rest" >out
t '... a request is not understood: alone' 0 faulted
moved_up()
{
	many left
	tell '{"do":"set","numbers":"left"}'
	sync 0
	gone
	tell '{"do":"set","numbers":"kept"}'
}
echo "$rest" >out
t '... deleted ones lose their number: no other day goes' 0 moved_up

# One that Exchange cannot express is refused, with the reason, and stays
# where it is.
refused()
{
	sed 's/UID:weekly/UID:odd/; s/:Weekly/:Odd/
	    s/^RRULE.*/RRULE:FREQ=YEARLY;BYWEEKNO=20\r/; /^EXDATE/d
	    /^RECURRENCE-ID/,/^END:VEVENT/{/^END:VEVENT/b
	    d
	    }' v1/weekly.ics | awk '/^BEGIN:VEVENT/ { n++ } n < 2 || /^END:VCALENDAR/' \
	    >v1/odd.ics
	sync 1
	grep -q 'Exchange' said || broken 'it does not say why'
	[ -s v1/odd.ics ] || broken 'it is gone'
	[ "$(number e2)" -eq 1 ] || broken 'it was approximated'
	quiet 0
	rm v1/odd.ics
	sync 0
}
t 'a rule that Exchange does not have: refused, kept' 0 refused

# A photo, and a picture in its place.
photo()
{
	printf 'one %s' "$1" | base64
}

pictured()
{
	item v1 Eve "PHOTO;ENCODING=b;TYPE=JPEG:$(photo 1)"
	sync 0 -i
	for f in e2 e3; do
		tell "{\"do\":\"dump\",$(which $f Eve)}"
		jq -c '[.attachments[] | .size]' told
	done
	quiet
	change v1 Eve "s/^PHOTO.*\\r/PHOTO;ENCODING=b;TYPE=JPEG:$(photo another)\\r/"
	sync 0
	for f in e2 e3; do
		tell "{\"do\":\"dump\",$(which $f Eve)}"
		jq -c '[.attachments[] | .size]' told
	done
	exfetch -r ring.conf e2 2>/dev/null | grep -c "$(photo another)"
	quiet
	change v1 Eve '/^PHOTO/d'
	sync 0
	for f in e2 e3; do
		tell "{\"do\":\"dump\",$(which $f Eve)}"
		jq -c '[.attachments[] | .size]' told
	done
	quiet
}
ews_ring "$t_dir/photo" contacts v1 e2=$box/contacts e3=$box/contacts/Second
printf '%s\n' '[5]' '[5]' '[11]' '[11]' 1 '[]' '[]' >out
t 'a photo: there, replaced, taken out' 0 pictured

# Files of an event: two, of which one is replaced and then both go.
files()
{
	tell "{\"do\":\"dump\",$(which "$1" Files)}"
	jq -c '[.attachments[] | [.name, .size]] | sort' told
}
attached()
{
	printf 'ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;FILENAME=%s:%s' \
	    "$1" "$(printf %s "$2" | base64)"
}
with_files()
{
	item v1 Files "$(attached a.txt one)" "$(attached b.txt three)"
	sync 0 -i
	files e2
	files e3
	quiet
	change v1 Files "s|^ATTACH.*FILENAME=a.txt.*\r|$(attached a.txt seventh)\r|"
	sync 0
	files e2
	files e3
	exfetch -r ring.conf e3 2>/dev/null | grep -c "$(printf seventh | base64)"
	quiet
	change v1 Files '/^ATTACH/d'
	sync 0
	files e2
	files e3
	quiet
}
ews_ring "$t_dir/files" events v1 e2=$box/calendar e3=$box/calendar/Second
for want in '[["a.txt",3],["b.txt",5]]' '[["a.txt",7],["b.txt",5]]'; do
	printf '%s\n' "$want" "$want"
done >out
printf '%s\n' 1 '[]' '[]' >>out
t 'files of an event: there, replaced, taken out' 0 with_files

# One is not to be had: the event is not to be had, and nothing is taken out.
unread()
{
	item v1 Kept "$(attached a.txt one)"
	sync 0
	tell '{"do":"expire"}'
	outlook e2 Kept calendar:Location there
	tell '{"do":"fault","kind":"item","code":"ErrorCannotOpenFileAttachment","at":[0],"op":"GetAttachment","times":0}'
	exring sync -q ring.conf >said 2>&1
	echo $?
	tell '{"do":"clear"}'
	grep -c '^ATTACH' "$(titled v1 Kept)"
	files() { tell "{\"do\":\"dump\",$(which "$1" Kept)}"
		jq '.attachments | length' told; }
	files e2
	files e3
	sync 0
	all LOCATION Kept there
	grep -c '^ATTACH' "$(titled v1 Kept)"
	quiet
}
printf '%s\n' 1 1 1 1 1 >out
t '... one that is not to be had' 0 unread

# A create whose attachment was not stored: it is found by its mark, and gets
# the rest.
unstored()
{
	item v1 Ida "PHOTO;ENCODING=b;TYPE=JPEG:$(photo 2)"
	tell '{"do":"fault","kind":"drop","op":"CreateAttachment"}'
	tell '{"do":"fault","kind":"item","code":"ErrorServerBusy","at":[0],"op":"CreateAttachment"}'
	sync 0
	for f in e2 e3; do
		tell "{\"do\":\"dump\",$(which $f Ida)}"
		jq -c '[.attachments[] | .size]' told
		[ "$(number $f)" -eq 2 ] || broken "twice in $f"
	done
	quiet
}
ews_ring "$t_dir/again" contacts v1 e2=$box/contacts e3=$box/contacts/Second
exring sync -q -i ring.conf 2>/dev/null
printf '%s\n' '[5]' '[5]' >out
t 'the answer to an attachment is lost: it is there, once' 0 unstored

# One that a server will not have: said, and the rest is there.
too_large()
{
	item v1 Jim "PHOTO;ENCODING=b;TYPE=JPEG:$(photo 3)"
	tell '{"do":"fault","kind":"item","code":"ErrorAttachmentSizeLimitExceeded","at":[0],"op":"CreateAttachment"}'
	sync 1
	sed -n 's/^expush: folder e[23]: uid uid-Jim: //p' said
	for f in v1 e2 e3; do
		holds $f Jim FN Jim 2>&1
	done
	grep -c "$(photo 3)" "$(titled v1 Jim)"
	quiet
}
printf '%s\n' \
    'not kept there: a photo (ErrorAttachmentSizeLimitExceeded)' 1 >out
t 'a photo that is refused: said, the item is there' 0 too_large
t 'no mail was sent' 0 ews_silent
finish
