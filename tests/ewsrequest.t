#!/bin/sh
# All that is sent to Exchange in rings of all kinds, as -vv shows it, is by
# Microsoft's schema: xmllint says so, not our test server.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/ewsring.sh"
command -v xmllint >/dev/null || skip_all 'needs xmllint'
ews_begin

# A run, with what it sends in the file `trace`.
traced()
{
	exfetch -vv -r ring.conf -s ring.snap 2>>trace |
	    exdiff -q "$@" -s ring.snap | exmerge -q |
	    expush -vv -r ring.conf -s ring.snap >results 2>>trace
}

# bodies FILE DIRECTORY: of requests, a file each, and their operations.
bodies()
{
	rm -rf "$2" && mkdir "$2"
	awk -v to="$2" '
	match($0, /^[a-z]+: [^>]*#[0-9]+ >> /) {
		key = substr($0, 1, RLENGTH)
		text = substr($0, RLENGTH + 1)
		if (text ~ /^<\?xml/) {
			if (key in name)
				close(name[key])
			name[key] = sprintf("%s/%05d.xml", to, ++n)
		}
		if (key in name)
			printf "%s", text >name[key]
	}' "$1"
	# Those of Autodiscover are of another schema.
	grep -L /services/2006/messages "$2"/*.xml | xargs -r rm
}

# checked OPERATION ...: each was sent, and all that was sent is valid.
checked()
{
	bodies trace sent
	xmllint --noout --schema "$MATERIAL/ews/soap-envelope.xsd" \
	    sent/*.xml 2>&1 | grep -v ' validates$'
	sed -n 's/.*<s:Body><m:\([A-Za-z]*\).*/\1/p' sent/*.xml | sort -u >ops
	for op do
		grep -qx "$op" ops || echo "no $op was sent"
	done
	for no in 'SendTo[A-Z][a-z]*Copy' AutoResolve AlwaysOverwrite; do
		! grep -l "$no" sent/*.xml
	done
}

picture()
{
	printf 'PHOTO;ENCODING=b;TYPE=JPEG:%s' "$(printf 'one %s' "$1" |
	    base64)"
}

# Made, found by its mark, changed, taken out.
contacts()
{
	for i in one two gone; do
		item v1 $i "$(picture $i)" 'N:Doe;J & <J>;Q.;Dr.;Jr.' \
		    'EMAIL:a@b.test' 'EMAIL:c@d.test' 'TEL;TYPE=CELL:1' \
		    'TEL;TYPE=HOME:2' 'BDAY:1970-01-02' 'X-ODD;A=b:c' \
		    'ADR;TYPE=HOME:box;;1 Road;Paris;IDF;75001;France' \
		    'IMPP:sip:a@b.test' 'NOTE:a\nb "c"' 'CATEGORIES:x,y'
	done
	tell '{"do":"fault","kind":"drop","op":"CreateItem"}'
	traced -i
	traced
	count 3
	change v1 one '/^PHOTO/d; /^EMAIL:c/d; /^ADR/d; /^BDAY/d; s/:2\r/:3\r/'
	change v1 two "s|^PHOTO.*|$(picture other)\\r|; /^CATEG/d"
	take v1 gone
	traced
	traced
	count 2
}

ews_ring "$t_dir/contacts" contacts v1 e2=$box/contacts
t 'contacts: a ring' 0 contacts
t '... is by the schema' 0 checked GetFolder SyncFolderItems GetItem \
    CreateItem FindItem UpdateItem DeleteItem CreateAttachment \
    GetAttachment DeleteAttachment FindItem

series()
{
	ews_calendar VEVENT "$@" | sed '$d'
	printf '%s\r\n' BEGIN:VEVENT "UID:$ews_uid" DTSTAMP:20250601T000000Z \
	    'RECURRENCE-ID;TZID=Europe/Berlin:20250716T100000' \
	    'DTSTART;TZID=Europe/Berlin:20250717T120000' \
	    'DTEND;TZID=Europe/Berlin:20250717T130000' SUMMARY:Moved \
	    END:VEVENT END:VCALENDAR
}

events()
{
	ews_uid=weekly ews_title=weekly
	series 'DTSTART;TZID=Europe/Berlin:20250702T100000' \
	    'DTEND;TZID=Europe/Berlin:20250702T110000' 'LOCATION:x & <y>' \
	    'RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=WE' 'CLASS:PRIVATE' \
	    'EXDATE;TZID=Europe/Berlin:20250709T100000' \
	    'ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=text/plain:aGk=' \
	    BEGIN:VALARM ACTION:DISPLAY TRIGGER:-PT5M DESCRIPTION:x \
	    END:VALARM >v1/weekly.ics
	item v1 day 'CATEGORIES:a,b' 'PRIORITY:1'
	traced -i
	count 2
	change v1 weekly 's/^SUMMARY:Moved/SUMMARY:Elsewhere/
	    s/^EXDATE.*\r/EXDATE;TZID=Europe\/Berlin:20250709T100000,20250730T100000\r/
	    /^ATTACH/d; /^CLASS/d'
	change v1 day 's/^CATEG.*\r/CATEGORIES:c\r/; /^PRIO/d'
	traced
	take v1 day
	traced
	count 1
	# The exception is as its series again: all is made anew.
	ews_uid=weekly ews_title=weekly
	ews_calendar VEVENT 'DTSTART;TZID=Europe/Berlin:20250702T100000' \
	    'DTEND;TZID=Europe/Berlin:20250702T110000' \
	    'RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=WE' >v1/weekly.ics
	traced
	grep -q '"op":"update"' results || broken "no update: $(cat results)"
	count 1
}

ews_ring "$t_dir/events" events v1 e2=$box/calendar
t 'events: a ring' 0 events
t '... is by the schema' 0 checked GetFolder SyncFolderItems GetItem \
    CreateItem FindItem UpdateItem DeleteItem CreateAttachment \
    GetAttachment DeleteAttachment

# Each attachment changes the ChangeKey of the item, which the next one bears.
chained()
{
	item v1 files \
	    'ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=a:aGk=' \
	    'ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=b:aGkh'
	: >trace
	traced -i
	bodies trace sent
	grep -h '<m:CreateAttachment' sent/*.xml |
	    sed 's/.*<m:ParentItemId [^>]*ChangeKey="\([^"]*\)".*/\1/' >keys
	grep -o ' << .*RootItemChangeKey="[^"]*' trace | sed 's/.*"//' >given
	wc -l <keys
	[ "$(sed -n 2p keys)" = "$(sed -n 1p given)" ] ||
		broken "$(cat keys given)"
}
ews_ring "$t_dir/chained" events v1 e2=$box/calendar/Second
echo 2 >out
t 'an attachment bears the ChangeKey that the one before gave' 0 chained

tasks()
{
	item v1 one 'STATUS:IN-PROCESS' 'PERCENT-COMPLETE:30' 'PRIORITY:9' \
	    'DTSTART;VALUE=DATE:20260201' 'RRULE:FREQ=WEEKLY;COUNT=3' \
	    'RELATED-TO:x'
	item v1 two 'DESCRIPTION:b' BEGIN:VALARM ACTION:DISPLAY \
	    'TRIGGER;VALUE=DATE-TIME:20260201T100000Z' DESCRIPTION:x \
	    END:VALARM
	item v1 gone
	traced -i
	count 3
	change v1 one 's/^STATUS.*\r/STATUS:COMPLETED\r/; s/30\r/100\r/; /^PRIO/d'
	change v1 two '/^DESC/d'
	take v1 gone
	traced
	traced
	count 2
}

ews_ring "$t_dir/tasks" tasks v1 e2=$box/tasks/Second
t 'tasks: a ring' 0 tasks
t '... is by the schema' 0 checked FindFolder GetFolder SyncFolderItems \
    GetItem CreateItem UpdateItem DeleteItem

# Sixty of each: 25 are written in a request, 50 read, 100 looked at before
# they are deleted.
batches()
{
	for i in $(seq 60); do
		item v1 "Name $i"
	done
	for do in made changed deleted; do
		tell '{"do":"reset"}'
		case $do in
		made)		may=-i ;;
		changed)	may='-d updates'
				sed -i "s/^UID/$p1:x\r\n&/" v1/*.vcf ;;
		deleted)	may='-d all'
				rm v1/*.vcf ;;
		esac
		# shellcheck disable=SC2086 # words
		sync 0 $may
		echo "$do $(for op in CreateItem UpdateItem DeleteItem GetItem
		do
			echo "$op" "$(ews_count "op:$op")"
		done | grep -v ' 0$' | tr '\n' ' ')"
	done
	count 0
}
ews_ring "$t_dir/batches" contacts v1 e2=$box/contacts/Second/Third
cat >out <<'END'
made CreateItem 3 GetItem 2 
changed UpdateItem 3 GetItem 4 
deleted DeleteItem 3 GetItem 1 
END
t 'items go in batches' 0 batches

elsewhere()
{
	item v1 one
	item v1 two
	traced -i
	count 2
	take v1 one
	change v1 two "s/^UID/$p1:x\\r\\n&/"
	traced
	count 1
}

ews_ring "$t_dir/team" contacts v1 e2=team@example.test/contacts
t 'a shared mailbox: a ring' 0 elsewhere
t '... is by the schema' 0 checked MoveItem UpdateItem
ews_ring "$t_dir/public" contacts v1 e2=public/Office/Suppliers
t 'a public folder: a ring' 0 elsewhere
t '... is by the schema' 0 checked FindFolder GetFolder FindItem DeleteItem
ews_ring "$t_dir/impersonate" contacts v1 e2=$box/contacts/Second
sed -i 's/^user = .*/user = service@example.test/; /^folder = /i \
mailbox = alice@example.test\
impersonate = yes' ring.conf
t 'impersonation: a ring' 0 elsewhere
named()
{
	checked CreateItem
	grep -L '<t:PrimarySmtpAddress>alice@example.test<' sent/*.xml
}
t '... is by the schema' 0 named

# xmllint does refuse something.
spoilt()
{
	sed 's/SaveOnly/SaveAll/' sent/*.xml | grep -m 1 '<m:CreateItem' >bad.xml
	xmllint --noout --schema "$MATERIAL/ews/soap-envelope.xsd" bad.xml 2>&1 |
	    grep -c "attribute 'MessageDisposition'"
}
echo 1 >out
t 'what is not by the schema is seen' 0 spoilt
t 'no mail was sent' 0 ews_silent
finish
