#!/bin/sh
# DavMail, which knows nothing of it, on the test server of Exchange: through
# its CardDAV and CalDAV a client creates, lists, changes and deletes a
# contact, events and a task.  Every request of DavMail's is by the schema;
# what the test server does not know of them is named below.
#
# DavMail 6.0.1, as Debian has it, is not asked to change a series that has
# exceptions: it deletes the old event and then looks for the occurrences of
# just that, for ever.  A task is deleted by the name that it has on Exchange,
# NAME.EML: DavMail says 200 to NAME.ics and does nothing.
. tests/lib.sh
. "$TOP/tests/servers/ews.sh"
jar=/usr/share/davmail/davmail.jar
command -v java >/dev/null && [ -f $jar ] ||
	skip_all 'needs davmail-server and java'
ews_begin
box=alice@example.test

davmail_start()
{
	port=$(/usr/bin/python3 -I -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	cat >davmail.properties <<-END
	davmail.server=true
	davmail.mode=EWS
	davmail.url=$ews_url
	davmail.caldavPort=$port
	davmail.imapPort=
	davmail.ldapPort=
	davmail.popPort=
	davmail.smtpPort=
	davmail.bindAddress=127.0.0.1
	davmail.disableUpdateCheck=true
	davmail.caldavAutoSchedule=false
	davmail.caldavPastDelay=0
	davmail.timezoneId=W. Europe Standard Time
	davmail.logFilePath=$PWD/davmail.log
	log4j.rootLogger=WARN
	log4j.logger.davmail=WARN
	END
	setpriv --pdeathsig KILL java -Duser.home="$HOME" -jar $jar -server \
	    davmail.properties >davmail.out 2>&1 &
	davmail=$!
	trap 'kill $davmail; wait $davmail; ews_stop' EXIT
	tries=0
	until curl -s -o /dev/null "http://127.0.0.1:$port/"; do
		if [ $((tries += 1)) -gt 600 ]; then
			echo 'Bail out! DavMail does not start'
			sed 's/^/# /' davmail.out davmail.log
			exit 1
		fi
		sleep 0.1
	done
	top=http://127.0.0.1:$port/users/$box
}

# dav METHOD PATH [curl's option ...]: the status is the last line.
dav()
{
	method=$1 path=$2
	shift 2
	curl -sS -m 300 -u $box:s3cret -w '%{http_code}\n' -X "$method" "$@" \
	    "$top/$path"
}

put()
{
	put_to=$1 put_from=$2
	shift 2
	dav PUT "$put_to" -H "Content-Type: text/${put_from##*.}" \
	    --data-binary "@$put_from" "$@"
}

# How many items does it list?
listed()
{
	dav PROPFIND "$1/" -H 'Depth: 1' -H 'Content-Type: text/xml' \
	    -d '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>' |
	    grep -o '<D:getetag>[^<]' | wc -l
}

# What Exchange has there: stored FOLDER SUBJECT FIELD ...
stored()
{
	ews_tell "{\"do\":\"dump\",\"folder\":\"$box/$1\",\"subject\":\"$2\"}" \
	    >told
	shift 2
	for f in "$@"; do
		jq -r --arg f "$f" '"\($f) \(.text[$f])"' told
	done
}

subjects()
{
	ews_tell "{\"do\":\"list\",\"folder\":\"$box/$1\"}" |
	    jq -c '[.items[].subject] | sort'
}

# lines PATH PATTERN: of what DavMail gives.
lines()
{
	dav GET "$1" | tr -d '\r' | grep "^\\($2\\)"
}

calendar()
{
	printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:x "$@" END:VCALENDAR
}

contact()
{
	for title in Clerk Boss; do
		printf '%s\r\n' BEGIN:VCARD VERSION:3.0 UID:dm1 'FN:Dave Mail' \
		    'N:Mail;Dave;;;' 'ORG:ACME;Sales' "TITLE:$title" \
		    'EMAIL;TYPE=work:dave@x.org' 'TEL;TYPE=cell:+1 555 1' \
		    BDAY:1980-02-29 'ADR;TYPE=home:;;1 Road;Paris;;75001;France' \
		    NOTE:note END:VCARD >$title.vcard
	done
	put contacts/dm1.vcf Clerk.vcard -H 'If-None-Match: *'
	listed contacts
	lines contacts/dm1.vcf 'FN\|N:\|TITLE\|EMAIL\|TEL\|BDAY\|ADR\|NOTE' |
	    sort
	put contacts/dm1.vcf Boss.vcard -H 'If-Match: another'
	stored contacts 'Dave Mail' JobTitle
	put contacts/dm1.vcf Boss.vcard
	stored contacts 'Dave Mail' JobTitle Surname Department Birthday
	dav DELETE contacts/dm1.vcf
	listed contacts
}

event()
{
	calendar BEGIN:VEVENT UID:ev1 DTSTAMP:20260101T000000Z \
	    DTSTART:20260401T100000Z DTEND:20260401T110000Z SUMMARY:One \
	    END:VEVENT >one.calendar
	put calendar/ev1.ics one.calendar -H 'If-None-Match: *'
	listed calendar
	stored calendar One UID Start End
	sed 's/:One/:Two/; s/T110000Z/T120000Z/' one.calendar >two.calendar
	put calendar/ev1.ics two.calendar
	lines calendar/ev1.ics 'UID\|SUMMARY\|DTSTART;\|DTEND'
	listed calendar
	dav DELETE calendar/ev1.ics
	listed calendar
}

# As DavMail stores it, by MimeContent and by occurrences.
series()
{
	calendar BEGIN:VEVENT UID:ev2 DTSTAMP:20260101T000000Z \
	    'DTSTART;TZID=Europe/Berlin:20260323T100000' \
	    'DTEND;TZID=Europe/Berlin:20260323T110000' SUMMARY:Weekly \
	    'RRULE:FREQ=WEEKLY;COUNT=4' \
	    'EXDATE;TZID=Europe/Berlin:20260406T100000' END:VEVENT \
	    BEGIN:VEVENT UID:ev2 DTSTAMP:20260101T000000Z \
	    'RECURRENCE-ID;TZID=Europe/Berlin:20260330T100000' \
	    'DTSTART;TZID=Europe/Berlin:20260330T140000' \
	    'DTEND;TZID=Europe/Berlin:20260330T150000' SUMMARY:Moved \
	    END:VEVENT >series.calendar
	put calendar/ev2.ics series.calendar
	lines calendar/ev2.ics 'SUMMARY\|DTSTART;\|EXDATE\|RECURRENCE-ID'
	stored calendar Weekly CalendarItemType
	dav DELETE calendar/ev2.ics
	listed calendar
}

task()
{
	calendar BEGIN:VTODO UID:t1 DTSTAMP:20260101T000000Z \
	    'DUE;VALUE=DATE:20260501' SUMMARY:Todo PRIORITY:1 END:VTODO \
	    >task.calendar
	put calendar/t1.ics task.calendar
	listed calendar
	stored tasks Todo DueDate Importance Status
	sed 's/^PRIORITY:1/STATUS:COMPLETED\r\nPERCENT-COMPLETE:100/' \
	    task.calendar >done.calendar
	put calendar/t1.ics done.calendar
	stored tasks Todo Status PercentComplete
	lines calendar/t1.ics 'SUMMARY\|STATUS\|DUE'
	dav DELETE tasks/t1.EML
	listed calendar
}

# Nothing was mailed, and what DavMail sent was by the schema.
checked()
{
	subjects contacts
	subjects calendar
	subjects tasks
	for n in mails refused invalid crashed; do
		echo "$n $(ews_count $n)"
	done
	sed -n 's/^unknown //p' "$ews_dir/ews.log" | sort -u
}

# Tasks have no MimeContent, calendars no task's fields.
ews_tell '{"do":"set","foreign":"skip"}' >/dev/null
davmail_start
cat >out <<'END'
201
1
ADR;TYPE=home:;;1 Road;Paris;;75001;France
BDAY:1980-02-29
EMAIL;TYPE=work:dave@x.org
FN:Dave Mail
N:Mail;Dave;;;
NOTE:note
TEL;TYPE=cell:+1 555 1
TITLE:Clerk
412
JobTitle Clerk
201
JobTitle Boss
Surname Mail
Department Sales
Birthday 1980-02-29T11:59:00Z
200
0
END
t 'a contact: created, listed, changed, deleted' 0 contact
cat >out <<'END'
201
1
UID ev1
Start 2026-04-01T10:00:00Z
End 2026-04-01T11:00:00Z
200
UID:ev1
SUMMARY:Two
DTSTART;TZID="Europe/Berlin":20260401T120000
DTEND;TZID="Europe/Berlin":20260401T140000
1
200
0
END
t 'an event' 0 event
cat >out <<'END'
201
SUMMARY:Weekly
DTSTART;TZID="Europe/Berlin":20260323T100000
EXDATE;TZID="Europe/Berlin":20260406T100000
SUMMARY:Moved
DTSTART;TZID="Europe/Berlin":20260330T140000
RECURRENCE-ID:20260330T080000Z
CalendarItemType RecurringMaster
200
0
END
t 'a series with an exception and a date taken out' 0 series
cat >out <<'END'
201
1
DueDate 2026-05-01T00:00:00Z
Importance High
Status NotStarted
200
Status Completed
PercentComplete 100
SUMMARY:Todo
STATUS:COMPLETED
DUE;VALUE=DATE:20260501
200
0
END
t 'a task' 0 task
cat >out <<'END'
[]
[]
[]
mails 0
refused 0
invalid 0
crashed 0
GetUserPhoto the test server does not know the operation GetUserPhoto
END
t 'nothing was mailed, every request was by the schema' 0 checked
finish
