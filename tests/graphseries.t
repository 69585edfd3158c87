#!/bin/sh
# What an item on Microsoft Graph has in other requests than its own, and what
# Graph cannot have: exceptions of a series, dates taken out, photos,
# attachments; meetings, whose people Graph would mail; recurring tasks.  In
# rings of a vdir and folders in two tenants.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/graphring.sh"
graph_begin
one=alice@one.example.test two=carol@two.example.test

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

# A ring on a server that is as new, if the last one was clean.
begin()
{
	graph_clean >>"$t_got.unclean"
	gtell '{"do":"fresh"}'
	graph_ring "$@"
}

# ask FOLDER PATH: as another client would; of the folder's calendar.
ask()
{
	ask_box=$(graph_place "$1") ask_token=token-one
	ask_box=${ask_box%%/*}
	[ "$ask_box" = $one ] || ask_token=token-two
	curl -sS -H "Authorization: Bearer $ask_token" \
	    -H 'Prefer: outlook.timezone="UTC"' \
	    "$graph_url/v1.0/users/$ask_box/$2"
}

# unkept TITLE: what was said not to be kept of it, in both folders alike.
unkept()
{
	for f in g2 g3; do
		sed -n "s/^expush: folder $f: uid uid-$1: not kept there: //p" said
	done | uniq
	rm said
}

# refusing OP CODE: the server does not want that, for good.
refusing()
{
	gtell "{\"do\":\"fault\",\"kind\":\"status\",\"op\":\"$1\",\"status\":400,\"code\":\"$2\",\"times\":0}"
}

# The starts, in UTC, of what has a title there, as Outlook would show it.
shown()
{
	ask_id=$(ask "$1" calendars | jq -r --arg name "$2" \
	    '.value[] | select(.name == $name) | .id')
	ask "$1" "calendars/$ask_id/calendarView?startDateTime=2025-07-01T00:00:00Z&endDateTime=2025-09-30T00:00:00Z&\$top=100" |
	    jq -r '.value[] | "\(.subject)\t\(.start.dateTime)"' |
	    sed 's/\.0*$/Z/' | sort -k 2
}

both_show()
{
	shown g2 Calendar
	shown g3 Second | diff "$t_got.weeks" -
}

begin "$t_dir/series" events v1 g2=$one/events g3=$two/events/Second
first()
{
	series
	sync 0 -i
	both_show
}
echo 'Weekly	2025-07-02T08:00:00Z
Moved	2025-07-17T10:00:00Z
Weekly	2025-07-23T08:00:00Z
Weekly	2025-07-30T08:00:00Z
Weekly	2025-08-06T08:00:00Z' | tee "$t_got.weeks" >out
t 'a series with an exception and a date taken out' 0 first
# The listing, and a batch for the series.
most=2
t 'the next run is quiet' 0 quiet

# What was changed in it is not to be had: it was not deleted.
unseen()
{
	gtell '{"do":"fault","kind":"status","op":"GET *events/{id}","status":400,"code":"ErrorInvalidRequest","times":0}'
	exring sync -q ring.conf >said 2>&1
	got=$?
	gtell '{"do":"clear"}'
	grep -c ': 400 ErrorInvalidRequest' said
	count 1
	return $got
}
echo 2 >out
t 'a series that cannot be read is no deletion' 2 unseen

# In Outlook the fourth gets a place, the fifth is taken out, and the mark of
# the master stays what it was; in the vdir the exception gets another title.
both()
{
	gtell "{\"do\":\"edit\",$(gwhich g2 Weekly),\"date\":\"2025-07-23\",\"field\":\"location\",\"value\":{\"displayName\":\"Room 4\"}}"
	gtell "{\"do\":\"cancel\",$(gwhich g3 Weekly),\"date\":\"2025-07-30\"}"
	sed 's/^SUMMARY:Moved/SUMMARY:Elsewhere/' v1/weekly.ics >edited &&
	    cat edited >v1/weekly.ics
	sync 0
	both_show
	gtell "{\"do\":\"dump\",$(gwhich g3 Weekly)}"
	jq -r '.exceptions."2025-07-23".location.displayName' told
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

# The other answer to what is not known: they change their master's mark.
touching()
{
	gtell '{"do":"set","touch":true}'
	gtell "{\"do\":\"edit\",$(gwhich g2 Weekly),\"date\":\"2025-08-06\",\"field\":\"subject\",\"value\":\"Last\"}"
	sync 0
	shown g3 Second | sed -n '$p'
	quiet
	gtell '{"do":"set","touch":false}'
}
echo 'Last	2025-08-06T08:00:00Z' >out
t 'where an exception changes the mark of its series' 0 touching

# A write to an exception gets no answer.
unanswered()
{
	sed 's/^SUMMARY:Elsewhere/SUMMARY:Again/' v1/weekly.ics >edited &&
	    cat edited >v1/weekly.ics
	gtell '{"do":"fault","kind":"drop","op":"PATCH *events/{id}","times":2}'
	exring sync -q ring.conf >said 2>&1
	gtell '{"do":"clear"}'
	sync 0
	shown g3 Second | sed -n 2p
	quiet
}
echo 'Again	2025-07-17T10:00:00Z' >out
t 'the answer to the write of an exception is lost' 0 unanswered

# entitle FOLDER DATE TITLE: what makes the server give that occurrence a title.
entitle()
{
	printf '{"do":"edit",%s,"date":"%s","field":"subject","value":"%s"}' \
	    "$(gwhich "$1" Weekly)" "$2" "$3"
}

# beaten DATE: a run, and just before its write the occurrence in g2 is edited.
beaten()
{
	gtell "{\"do\":\"fault\",\"kind\":\"do\",\"op\":\"PATCH calendar/events/{id}\",\"what\":$(entitle g2 "$1" Theirs)}"
	exring sync -q ring.conf >said 2>&1
	gtell '{"do":"clear"}'
	shown g2 Calendar
}

# An occurrence is edited between the last look and the write.
edited_late()
{
	awk '/^END:VCALENDAR/ { while ((getline line <"one") > 0) print line }
	    { print }' v1/weekly.ics >edited && cat edited >v1/weekly.ics
	beaten 2025-07-02 | sed -n 1p
	gtell "$(entitle g3 2025-07-02 Theirs)"
	sed 's/^SUMMARY:Ours/SUMMARY:Theirs/' v1/weekly.ics >edited &&
	    cat edited >v1/weekly.ics
	sync 0
	shown g3 Second | sed -n 1p
	quiet
}
printf '%s\r\n' BEGIN:VEVENT UID:weekly DTSTAMP:20250601T000000Z \
    'RECURRENCE-ID;TZID=Europe/Berlin:20250702T100000' \
    'DTSTART;TZID=Europe/Berlin:20250702T100000' \
    'DTEND;TZID=Europe/Berlin:20250702T110000' 'SUMMARY:Ours' END:VEVENT >one
printf '%s\n' 'Theirs	2025-07-02T08:00:00Z' 'Theirs	2025-07-02T08:00:00Z' \
    >out
t 'an occurrence that is edited just before the write' 0 edited_late

# So is one that was another than its series before.
known_late()
{
	sed 's/^SUMMARY:Again/SUMMARY:Ours/' v1/weekly.ics >edited &&
	    cat edited >v1/weekly.ics
	beaten 2025-07-16 | sed -n 2p
	for f in g2 g3; do
		gtell "$(entitle $f 2025-07-16 Again)"
	done
	sed 's/^SUMMARY:Ours/SUMMARY:Again/' v1/weekly.ics >edited &&
	    cat edited >v1/weekly.ics
	sync 0
	quiet
}
echo 'Theirs	2025-07-17T10:00:00Z' >out
t 'one that was changed before, likewise' 0 known_late

# One is refused there: said, and it stays where it is.
untouched()
{
	sed 's/^SUMMARY:Again/SUMMARY:No/' v1/weekly.ics >edited &&
	    cat edited >v1/weekly.ics
	refusing 'PATCH *events/{id}' ErrorInvalidRequest
	sync 1
	sed -n 's/^expush: folder g[23]: uid weekly: //p' said | uniq
	gtell '{"do":"clear"}'
	shown g3 Second | sed -n 2p
	grep -c '^SUMMARY:No' v1/weekly.ics
	quiet
	sed 's/^SUMMARY:No/SUMMARY:Again/' v1/weekly.ics >edited &&
	    cat edited >v1/weekly.ics
	sync 0
}
{
	echo 'not kept there: RECURRENCE-ID of 2025-07-16T08:00:00Z (ErrorInvalidRequest)'
	printf '%s\n' 'Again	2025-07-17T10:00:00Z' 1
} >out
t 'an exception that is refused: said, and quiet' 0 untouched

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
	[ "$(number g2)" -eq 1 ] || broken 'it was approximated'
	quiet 0
	rm v1/odd.ics
	sync 0
}
t 'a rule that Exchange does not have: refused, kept' 0 refused

# A whole series becomes another one: deleted, and made anew.
anew()
{
	sed 's/BYDAY=WE/BYDAY=TH/; s/20250702T/20250703T/; /^EXDATE/d
	    /^RECURRENCE-ID/,/^END:VEVENT/{/^END:VEVENT/b
	    d
	    }' v1/weekly.ics | awk '/^BEGIN:VEVENT/ { n++ } n < 2 || /^END:VCALENDAR/' \
	    >edited && cat edited >v1/weekly.ics
	sync 0
	shown g3 Second | wc -l
	shown g2 Calendar | sed -n 1p
	count 1
	quiet
}
printf '%s\n' 6 'Weekly	2025-07-03T08:00:00Z' >out
t 'a series that becomes another one' 0 anew

# meetings WORD: what becomes of them in the folders on Graph; the vdir has
# them.
meetings()
{
	sed "/^store = graph/a meetings = $1
	    /^store = vdir/a meetings = keep" ring.conf >edited &&
	    cat edited >ring.conf
}

# Meetings: who is invited would be mailed.
meeting()
{
	item v1 Meeting ORGANIZER:mailto:a@x.test ATTENDEE:mailto:b@x.test
	item v1 Plain
	"$@"
}

skipped()
{
	sync 0 -i
	count_of Plain
	lacks g2 Meeting
	quiet
}

count_of()
{
	for f in g2 g3; do
		gtell "{\"do\":\"list\",\"folder\":\"$(graph_place $f)\"}"
		jq -r '.items[].subject' told | grep -cx "$1"
	done
}

stripped()
{
	sync 0 -i
	count_of Meeting
	gtell "{\"do\":\"dump\",$(gwhich g2 Meeting)}"
	jq -r '.props.attendees // [] | length' told
	grep -c '^ATTENDEE' v1/uid-Meeting.ics
	quiet
}

kept()
{
	exring sync -i ring.conf >said 2>&1
	got=$?
	grep -o 'keep: this store mails' said | sort -u
	return $got
}
begin "$t_dir/skip" events v1 g2=$one/events g3=$two/events
printf '1\n1\n' >out
t 'meetings: they are not written' 0 meeting skipped
begin "$t_dir/strip" events v1 g2=$one/events/Second g3=$two/events
meetings strip
printf '1\n1\n0\n1\n' >out
t 'meetings = strip: nobody is invited, and stays in the vdir' 0 \
    meeting stripped
# A meeting that stands there is not touched.
invited()
{
	gtell "{\"do\":\"add\",\"folder\":\"$one/events/Second\",\"props\":{\"subject\":\"Theirs\",\"start\":{\"dateTime\":\"2026-04-01T08:00:00\",\"timeZone\":\"UTC\"},\"end\":{\"dateTime\":\"2026-04-01T09:00:00\",\"timeZone\":\"UTC\"},\"attendees\":[{\"type\":\"required\",\"emailAddress\":{\"address\":\"b@x.test\"}}]}}"
	sync 0
	grep -c '^ATTENDEE' "$(titled v1 Theirs)"
	quiet
	# A write would be mailed to them, and so would a deletion.
	more v1 Theirs LOCATION:here
	sync 1
	grep -q 'it has attendees there' said || broken 'it does not say why'
	take v1 Theirs
	exring sync -q ring.conf >said 2>&1
	count_of Theirs
	graph_count mails
}
printf '0\n1\n0\n0\n' >out
t 'a meeting on the server: taken over without its people, never written' 0 \
    invited

# So is a series of which one occurrence has some.
invited_once()
{
	series
	sync 0 -i
	gtell "{\"do\":\"edit\",$(gwhich g2 Weekly),\"date\":\"2025-07-23\",\"field\":\"attendees\",\"value\":[{\"type\":\"required\",\"emailAddress\":{\"address\":\"b@x.test\"}}]}"
	sync 0
	sed 's/^SUMMARY:Weekly/&ly/' v1/weekly.ics >edited &&
	    cat edited >v1/weekly.ics
	sync 1
	grep -o 'it has attendees there' said
	count_of Weekly
	true
}
begin "$t_dir/once" events v1 g2=$one/events g3=$two/events
meetings strip
printf '%s\n' 'it has attendees there' 1 0 >out
t 'one occurrence has people: the series is not written' 0 invited_once

begin "$t_dir/keep" events v1 g2=$one/events
meetings keep
echo 'keep: this store mails' >out
t 'meetings = keep is refused, with the reason' 2 meeting kept

# A photo, and a picture in its place.  There is no way to take it out.
photo()
{
	printf 'one %s' "$1" | base64
}

sizes()
{
	for f in g2 g3; do
		gtell "{\"do\":\"dump\",$(gwhich $f "$1")}"
		jq -r '.photo // "" | @base64d | length' told
	done
}

pictured()
{
	item v1 Eve "PHOTO;ENCODING=b;TYPE=JPEG:$(photo 1)"
	sync 0 -i
	sizes Eve
	quiet
	change v1 Eve "s/^PHOTO.*\\r/PHOTO;ENCODING=b;TYPE=JPEG:$(photo another)\\r/"
	sync 0
	sizes Eve
	exfetch -r ring.conf g2 2>/dev/null | grep -c "$(photo another)"
	quiet
}
begin "$t_dir/photo" contacts v1 g2=$one/contacts g3=$two/contacts/Second
most=1
printf '%s\n' 5 5 11 11 1 >out
t 'a photo: there, replaced' 0 pictured
unpictured()
{
	change v1 Eve '/^PHOTO/d'
	sync 1
	unkept Eve
	sizes Eve
	quiet
}
printf '%s\n' 'the removal of a photo (Graph has no way to)' 11 11 >out
t 'a photo that is taken out: it stays there, which is said once' 0 unpictured

# A create whose photo was not stored: it is found by its mark, and gets it.
unstored()
{
	item v1 Ida "PHOTO;ENCODING=b;TYPE=JPEG:$(photo 2)"
	gtell '{"do":"fault","kind":"drop","op":"PUT *photo/$value"}'
	gtell '{"do":"fault","kind":"status","status":429,"op":"PUT *photo/$value"}'
	exring sync -q ring.conf >said 2>&1
	gtell '{"do":"clear"}'
	sync 0
	sizes Ida
	count 2
	quiet
}
printf '%s\n' 5 5 >out
t 'the answer to a photo is lost: it is there, once' 0 unstored

attached()
{
	item v1 Files "ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=text/plain;FILENAME=a.txt:$(photo file)"
	sync 0 -i
	for f in g2 g3; do
		gtell "{\"do\":\"dump\",$(gwhich $f Files)}"
		jq -r '.attachments[] | "\(.name) \(.contentType) \(.size)"' told
	done
	quiet
	change v1 Files '/^ATTACH/d'
	sync 0
	for f in g2 g3; do
		gtell "{\"do\":\"dump\",$(gwhich $f Files)}"
		jq -r '.attachments | length' told
	done
	quiet
}
begin "$t_dir/files" events v1 g2=$one/events g3=$two/events/Second
printf '%s\n' 'a.txt text/plain 108' 'a.txt text/plain 108' 0 0 >out
t 'an attachment: there, taken out' 0 attached

# Attachments come by pages.
paged()
{
	item v1 Paged "ATTACH;ENCODING=BASE64;VALUE=BINARY:$(photo paged)"
	sync 0
	gtell "{\"do\":\"dump\",$(gwhich g2 Paged)}"
	at=$graph_url/v1.0/users/$one/calendar/events/$(jq -r .id told)
	gtell "$(jq -n --arg at "$at/attachments" '{do: "fault",
	    kind: "status", op: "GET *attachments", status: 200,
	    body: ({value: [], "@odata.nextLink": $at} | tojson)}')"
	exfetch -r ring.conf g2 >all || return
	gtell '{"do":"clear"}'
	grep -c "$(photo paged)" all
	take v1 Paged
	sync 0
}
echo 1 >out
t 'attachments of two pages' 0 paged

# Or go on elsewhere, where our token has no business.
astray()
{
	item v1 Astray "ATTACH;ENCODING=BASE64;VALUE=BINARY:$(photo astray)"
	sync 0
	gtell '{"do":"fault","kind":"status","op":"GET *attachments","status":200,"body":"{\"value\":[],\"@odata.nextLink\":\"http://127.0.0.2:1/x\"}"}'
	exfetch -r ring.conf g2 2>said | grep -c '"rec":"end"'
	gtell '{"do":"clear"}'
	grep -c '127.0.0.2:1/x: of another server' said
	take v1 Astray
	sync 0
}
printf '0\n1\n' >out
t 'attachments that go on at another host: not followed' 0 astray

# Its attachments are not to be had: neither it nor they were deleted.
unhad()
{
	item v1 Unhad "ATTACH;ENCODING=BASE64;VALUE=BINARY:$(photo unhad)"
	sync 0
	outlook g2 Unhad location there
	gtell '{"do":"fault","kind":"status","op":"GET *attachments","status":404,"code":"ErrorItemNotFound","times":0}'
	exring sync -q ring.conf >said 2>&1
	gtell '{"do":"clear"}'
	grep -c "$(photo unhad)" v1/uid-Unhad.ics
	sync 0
	holds v1 Unhad LOCATION there
	grep -c "$(photo unhad)" v1/uid-Unhad.ics
	take v1 Unhad
	sync 0
}
printf '1\n1\n' >out
t 'attachments that are not to be had: nothing is deleted' 0 unhad

# What is refused of an item is said, and the rest is there.
untaken()
{
	refusing 'POST *attachments' ErrorAttachmentSizeLimitExceeded
	more v1 Files "ATTACH;ENCODING=BASE64;VALUE=BINARY:$(photo more)"
	more v1 Files LOCATION:here
	sync 1
	unkept Files
	gtell '{"do":"clear"}'
	quiet
	for f in g2 g3; do
		holds $f Files LOCATION here
	done
	grep -c "$(photo more)" v1/uid-Files.ics
}
printf '%s\n' 'an attachment (ErrorAttachmentSizeLimitExceeded)' 1 >out
t 'an attachment that is refused: said, the item is there' 0 untaken
# bytes N: in base64
bytes()
{
	head -c "$1" /dev/zero | base64 -w 0
}

large()
{
	item v1 Most "ATTACH;ENCODING=BASE64;VALUE=BINARY:$(bytes 3145728)"
	item v1 More "ATTACH;ENCODING=BASE64;VALUE=BINARY:$(bytes 3145729)" \
	    "ATTACH;ENCODING=BASE64;VALUE=BINARY:$(photo small)"
	gtell '{"do":"reset"}'
	sync 1
	graph_count 'status:413'
	cp said all
	unkept Most
	cp all said
	unkept More
	gtell "{\"do\":\"dump\",$(gwhich g3 More)}"
	jq -r '.attachments | length' told
	quiet
	take v1 Most
	take v1 More
	sync 0
}
printf '%s\n' 0 'an attachment (larger than 3 MB)' 1 >out
t 'one of more than 3 MB: said, and the smaller ones are there' 0 large
unremoved()
{
	item v1 Old "ATTACH;ENCODING=BASE64;VALUE=BINARY:$(photo old)"
	sync 0
	refusing 'DELETE *attachments/{id}' ErrorInvalidRequest
	change v1 Old '/^ATTACH/d'
	sync 1
	unkept Old
	gtell '{"do":"clear"}'
	quiet
	! grep ATTACH v1/uid-Old.ics
}
echo 'the removal of an attachment (ErrorInvalidRequest)' >out
t 'nor can one be taken out: said, and it does not come back' 0 unremoved

# To Do takes no recurrence.
recurring()
{
	item v1 Daily 'DTSTART;VALUE=DATE:20260301' RRULE:FREQ=DAILY
	item v1 Once
	exring sync -i ring.conf >said 2>&1
	ended=$?
	grep -q "Graph does not let a task's recurrence be written" said || broken 'it does not say why'
	count_of Once
	[ -n "$(titled v1 Daily)" ] || broken 'it is gone'
	lacks g2 Daily
	quiet
	return $ended
}
begin "$t_dir/recurring" tasks v1 g2=$one/tasks g3=$two/tasks/Second
printf '1\n1\n' >out
t 'a recurring task is refused, with the reason, and kept' 1 recurring

clean()
{
	cat "$t_got.unclean"
	graph_clean
}
t 'no mail was sent, nothing was asked that has no source' 0 clean
finish
