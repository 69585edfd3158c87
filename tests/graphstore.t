#!/bin/sh
# The store of Microsoft Graph (tests/servers/graph.py): how many requests it
# takes, that it does not matter by which it reads, windows, meetings, the
# folders that it lists.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/graph.sh"
graph_begin
one=alice@one.example.test

tell()
{
	graph_tell "$1" >told
	! grep -q '^{"error"' told || echo "$1: $(cat told)"
}

# server FOLDER: its lines in a ring file.
server()
{
	printf 'store = graph:%s\nlogin = %s\n' "$graph_url" "$graph_url"
	printf 'tenant = one.example.test\npassword-file = secret\n'
	printf 'client-id = 11111111-2222-3333-4444-555555555555\n'
	printf 'mailbox = %s\n%s' "$one" "${1:+folder = $1
}"
}

# ring KIND LINE ...: a folder g, with these lines, and a vdir.
ring()
{
	rm -rf v g.* && mkdir v
	printf '[ring]\nkind = %s\nsnapshot = g.snap\n' "$1" >g.conf
	printf '[folder g]\n' >>g.conf
	server '' >>g.conf
	shift
	printf '%s\n' "$@" '[folder v]' 'store = vdir:v' 'meetings = keep' \
	    >>g.conf
}

# asked LABEL NUMBER: so many since `reset`.
asked()
{
	asked_n=$(graph_count "op:$1")
	[ "$asked_n" -eq "$2" ] || echo "$1: $asked_n times"
}

card()
{
	printf 'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:%s\r\nFN:%s\r\nN:%s;;;;\r\n' \
	    "$1" "$2" "$2" >"v/$1.vcf"
	printf 'END:VCARD\r\n' >>"v/$1.vcf"
}

event()
{
	printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t\r\n'
	printf 'BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20260101T000000Z\r\n' "$1"
	printf 'DTSTART:20260310T090000Z\r\nDTEND:20260310T100000Z\r\n'
	printf 'SUMMARY:%s\r\n' "$2"
	[ -z "${3:-}" ] ||
		printf 'ORGANIZER:mailto:a@x.example\r\nATTENDEE:mailto:%s\r\n' \
		    "$3"
	printf 'END:VEVENT\r\nEND:VCALENDAR\r\n'
}

printf '%s' 's3cret~+/&=%' >secret && chmod 600 secret

# Reading.

ring contacts
i=0
while [ $((i += 1)) -le 45 ]; do
	card "u$i" "Person $i"
done
tell '{"do":"reset"}'
t 'forty-five contacts' 0 exring sync -iq g.conf
# Three batches make them, three read them back; one request more is for what
# was there.
printf '%s\n' '7 requests' '6 batches' '90 parts' '20 widest' >out
counted()
{
	for n in requests batches parts widest; do
		echo "$(graph_count $n) $n"
	done
	[ "$(graph_count busiest)" -le 4 ] || graph_count busiest
}
t 'a first push: in batches of twenty' 0 counted
# One with a photo, which no page brings.
tell "{\"do\":\"photo\",\"folder\":\"$one/contacts\",\"subject\":\"Person 7\",\"data\":\"iVBORw0KGgo=\"}"
items()
{
	exfetch -r g.conf g >stream || return
	grep '"rec":"item"' stream | sort
}
pages()
{
	tell '{"do":"reset"}'
	items >by.pages
	wc -l <by.pages
	asked 'GET contacts/{id}' 1
	asked 'GET contacts/{id}/photo/$value' 1
	asked 'GET contacts' 1
	# One without rows, and one with all of them, for 500 fit.
	asked 'GET contacts/delta' 2
}
echo 45 >out
t 'all of them are wanted: by pages' 0 pages
# A row that comes twice is one item.
repeated()
{
	curl -sS -H 'Authorization: Bearer token-one' -H \
	    'Prefer: IdType="ImmutableId", outlook.body-content-type="text"' \
	    "$graph_url$(grep -o '/v1.0/[^ ]*top=200' "$graph_dir/graph.log" |
	    tail -n 1)" >page
	tell "$(jq '{do: "fault", kind: "status", status: 200,
	    op: "GET contacts", body: ({value: (.value + .value[:1])} |
	    tojson)}' page)"
	items | cmp by.pages - && wc -l <by.pages
}
echo 45 >out
t 'a row comes twice: it is one item' 0 repeated
one_by_one()
{
	tell '{"do":"fault","kind":"status","op":"GET contacts","status":400,"code":"ErrorInvalidRequest"}'
	tell '{"do":"reset"}'
	items >by.id
	asked 'GET contacts/{id}' 45
	cmp by.pages by.id
}
t 'a server that gives no pages: one by one, the same' 0 one_by_one
# each STATUS CODE: to a request for each item; how often it is told of, and
# whether the listing came to its end.
each_item()
{
	tell '{"do":"fault","kind":"status","op":"GET contacts","status":400,"code":"ErrorInvalidRequest"}'
	tell "{\"do\":\"fault\",\"kind\":\"status\",\"op\":\"GET contacts/{id}\",\"times\":0,\"status\":$1,\"code\":\"$2\",\"head\":{\"Retry-After\":\"0\"}}"
	exfetch -r g.conf g >stream 2>said
	got=$?
	tell '{"do":"clear"}'
	grep -c " $1 $2" said
	grep -c '"rec":"end"' stream
	return $got
}
printf '12\n0\n' >out
t 'twelve items are busy: the folder is' 3 each_item 503 ServerBusy
printf '1\n0\n' >out
t 'one is denied: the folder is' 2 each_item 403 ErrorAccessDenied

# A listing that finds no folder: that is said, and its stream has no end.
without_folder()
{
	exfetch -r g.conf g >stream 2>said
	got=$?
	grep -c 'the folder is not there (exfetch -l lists what there is)' said
	grep -c '"rec":"end"' stream
	return $got
}

# Its folder goes between the delta and the pages.
printf '1\n0\n' >out
no_folder()
{
	tell '{"do":"fault","kind":"status","op":"GET contacts","status":404,"code":"ErrorItemNotFound"}'
	without_folder
}
t 'a folder that goes before its pages are read' 2 no_folder
nothing()
{
	tell '{"do":"reset"}'
	exring sync -q g.conf || return
	asked 'GET contacts/delta' 1
	echo "$(graph_count requests) request"
}
exring sync -q g.conf
echo '1 request' >out
t 'nothing has changed: one request' 0 nothing
run_out()
{
	for f in "$HOME"/.cache/exring/*; do
		jq -c '.until = 0' "$f" >cached && cat cached >"$f"
	done
	nothing
	echo "$(graph_count tokens) for a token"
}
printf '%s\n' '1 request' '1 for a token' >out
t 'one more when the token has run out' 0 run_out

# A change there: what moved, whether it is in the folder still, and what it
# is; no other item is asked for.
changed()
{
	tell "{\"do\":\"edit\",\"folder\":\"$one/contacts\",\"subject\":\"Person 9\",\"field\":\"jobTitle\",\"value\":\"$1\"}"
	tell '{"do":"reset"}'
	exring sync -q g.conf || return
	grep -l "^TITLE:$1" v/* | wc -l
	asked 'GET contacts/delta' 1
	asked 'GET contacts/{id}' 1
	echo "$(graph_count requests) requests"
}
printf '1\n3 requests\n' >out
t 'one has changed: it is asked for, and no other' 0 changed Boss

# A link of another server is none, whoever wrote it there.
elsewhere()
{
	sqlite3 g.snap "update folder set token = replace(token,
	    '$graph_url', 'http://127.0.0.2:1') where name = 'g'"
	tell '{"do":"reset"}'
	exring sync -q g.conf || return
	asked 'GET contacts/delta' 2
	find v -type f | wc -l
}
echo 45 >out
t 'a deltaLink to another host is not followed: all is listed' 0 elsewhere

# Folders.

EX_PASSWORD_COMMAND='cat secret'
export EX_PASSWORD_COMMAND
all="graph:$graph_url?login=$graph_url&tenant=one.example.test"
all="$all&client-id=11111111-2222-3333-4444-555555555555&mailbox=$one"
folders()
{
	exfetch -l "$all" | cut -f 1-4
}
printf '%s\t%s\t?\tread-write\n' contacts contacts contacts/Second contacts \
    contacts/Second/Third contacts Calendar events Second events Tasks tasks \
    Second tasks >out
t 'the folders of a mailbox' 0 folders
# rows OP JSON ...: a listing of these.
rows()
{
	op=$1
	shift
	tell "$(printf '%s\n' "$@" | jq -cs --arg op "$op" '{do: "fault",
	    kind: "status", status: 200, op: $op, body: ({value: .} | tojson)}')"
}
fixed()
{
	rows 'GET calendars' '{"id":"a","name":"Shared","canEdit":false}' \
	    '{"id":"b","name":"Team","canEdit":true}'
	rows 'GET todo/lists' \
	    '{"id":"c","displayName":"Mail","wellknownListName":"flaggedEmails"}' \
	    '{"id":"d","displayName":"Tasks","wellknownListName":"defaultList"}'
	folders | grep -v contacts
}
printf '%s\t%s\t?\t%s\n' Shared events read-only Team events read-write \
    Mail tasks read-only Tasks tasks read-write >out
t 'a calendar that others write, a list of mails: read-only' 0 fixed
each()
{
	exfetch -l -k "$1" "$all" | cut -f 5 | while read -r operand; do
		exfetch -k "$1" "$operand" | sed '/"rec":"item"/!d' | wc -l
	done
}
printf '45\n0\n0\n' >out
t 'their operands lead to them' 0 each contacts
printf '0\n0\n' >out
t 'those of calendars too' 0 each events
# What a run asks for where nothing has changed: a request, and one for each
# name, for a name may be another folder's today.
cost()
{
	while read -r kind folder; do
		ring "$kind" "${folder:+folder = $folder}"
		exring sync -iq g.conf || return
		exring sync -q g.conf || return
		tell '{"do":"reset"}'
		exring sync -q g.conf || return
		echo "$kind $(echo "$folder" | sed 's/^AA.*/ID/'):" \
		    "$(graph_count requests)"
	done
}
id=$(exfetch -l -k contacts "$all" |
    sed -n 's/.*[?&]folder=\([^&]*\).*/\1/p' | sed -n 2p | sed 's/%3D/=/g')
printf '%s: %s\n' 'contacts ' 1 'contacts Second' 2 \
    'contacts Second/Third' 3 'contacts ID' 1 'tasks ' 1 \
    'tasks Second' 2 'events Second' 2 >out
t 'nothing has changed: a request, and one for each name of a path' 0 cost \
    <<END
contacts
contacts Second
contacts Second/Third
contacts $id
tasks
tasks Second
events Second
END

by_name()
{
	exfetch -q -k contacts "$all&folder=$1" >/dev/null
}
t 'a path of names' 0 by_name Contacts/second/Third
echo 'exfetch: folder Nobody: folder Second/Nobody: there is no "Nobody"' \
    '(exfetch -l lists what there is)' >err
t 'a name that is not there' 2 by_name Second/Nobody

# Two of one name in one place, capitals or not: neither is taken; by the id
# that -l gives each is.
# doubled KIND PLACE NAME FOLDER
doubled()
{
	tell "{\"do\":\"folder\",\"folder\":\"$one/$2/new\"}"
	tell "{\"do\":\"rename\",\"folder\":\"$one/$2/new\",\"name\":\"$3\"}"
	exfetch -l -k "$1" "$all" | grep -i "$3	" | cut -f 5 |
	    while read -r operand; do
		exfetch -q -k "$1" "$operand" | grep -c '"rec":"end"'
	done
	exfetch -q -k "$1" "g=$all&folder=$4"
	got=$?
	tell "{\"do\":\"unfolder\",\"folder\":\"$one/$2/$3\"}"
	return $got
}
while read -r kind place name path; do
	printf '1\n1\n' >out
	echo "exfetch: folder g: folder $path: there are 2 called" \
	    "\"$name\": give the id of one (exfetch -l lists them)" >err
	t "$kind: two called $name, asked for as $path" 2 \
	    doubled "$kind" "$place" "$name" "$path"
done <<END
contacts contacts/Second THIRD Second/THIRD
contacts contacts SECOND SECOND
events events SECOND SECOND
tasks tasks SECOND SECOND
END
echo 'exfetch: folder g: folder SECOND/Third: there are 2 called' \
    '"SECOND": give the id of one (exfetch -l lists them)' >err
printf '1\n1\n' >out
t 'contacts: two on the way' 2 doubled contacts contacts SECOND SECOND/Third

# Another folder by that name: what is not in it was not deleted.
replaced()
{
	ring contacts 'folder = Second'
	card one One
	card two Two
	card three Three
	exring sync -iq g.conf || return
	tell "{\"do\":\"unfolder\",\"folder\":\"$one/contacts/Second\"}"
	tell "{\"do\":\"folder\",\"folder\":\"$one/contacts/Second\"}"
	exring sync -q g.conf
	find v -type f | wc -l
	tell "{\"do\":\"list\",\"folder\":\"$one/contacts/Second\"}"
	jq '.items | length' told
}
printf '3\n3\n' >out
t 'another folder has its name: nothing is deleted' 0 replaced

# Two folders side by side, one by one: six batches, if nobody waits.
apart()
{
	tell '{"do":"fault","kind":"status","op":"GET contacts","times":0,"status":400,"code":"ErrorInvalidRequest"}'
	tell '{"do":"set","slow":0.2}'
	tell '{"do":"reset"}'
	exfetch -j 2 -k contacts "a=$all" "b=$all" >/dev/null || return
	tell '{"do":"set","slow":0}'
	tell '{"do":"clear"}'
	[ "$(graph_count busiest)" -le 4 ] || graph_count busiest
	echo "$(graph_count over) refused"
}
echo '0 refused' >out
t 'two folders side by side: never more than four requests at once' 0 apart
unset EX_PASSWORD_COMMAND

# added SUBJECT DAY HH:MM: an event, to the end of the hour.
added()
{
	tell "{\"do\":\"add\",\"folder\":\"$one/events\",\"props\":{\"subject\":\"$1\",\"start\":{\"dateTime\":\"$2T$3:00\",\"timeZone\":\"UTC\"},\"end\":{\"dateTime\":\"$2T${3%:*}:59:00\",\"timeZone\":\"UTC\"}}}"
}

# Times are asked for in UTC: a clock that is put back shows an hour twice.
twice()
{
	added Before 2026-11-01 08:30
	added After 2026-11-01 09:30
	exring sync -iq g.conf || return
	sed -n 's/^DTSTART[^:]*://p' v/* | tr -d '\r' | sort
	rm v/*
	exring sync -q -d all g.conf
}
ring events
printf '%s\n' 20261101T083000Z 20261101T093000Z >out
t 'half past one in Los Angeles, before and after the hour is taken back' 0 \
    twice

# A window: of the days around today it is asked first whether anything moved.

# moved SUBJECT [PLACE]: a person edits it.
moved()
{
	tell "{\"do\":\"edit\",\"folder\":\"$one/events\",\"subject\":\"$1\",\"field\":\"location\",\"value\":{\"displayName\":\"$2\"}}"
}

# run: and what was asked for.
run()
{
	tell '{"do":"reset"}'
	exring sync -q g.conf || return
	echo "$(graph_count 'op:GET calendarView/delta') delta," \
	    "$(graph_count 'op:GET calendar/events') listing"
}

places()
{
	sed -n 's/^LOCATION://p' v/* | tr -d '\r' | sort
}

windowed()
{
	added Inside "$day" 08:00
	added Outside 2001-02-03 08:00
	exring sync -iq g.conf || return
	run
	graph_count requests
}

seen()
{
	moved Inside here
	run
	run
	places
}

out_of_sight()
{
	tell '{"do":"set","outside":false}'
	moved Outside there
	run
	places
	# Today is another day.
	token "$day " '2001-02-03 '
	run
	places
	run
}

told_of()
{
	tell '{"do":"set","outside":true}'
	moved Outside elsewhere
	run
	places
}

deleted()
{
	tell "{\"do\":\"delete\",\"folder\":\"$one/events\",\"subject\":\"Inside\"}"
	run
	places
}

forgotten()
{
	tell '{"do":"expire"}'
	run
	tell '{"do":"fault","kind":"status","op":"GET calendarView/delta","status":400,"code":"ErrorInvalidRequest"}'
	run
	places
}

# Another window, a link that leads elsewhere: a new round.
another()
{
	run
	sed 's/^window = .*/window = 31 365/' g.conf >edited &&
	    cat edited >g.conf
	run
	# Absence said nothing yet: no token was taken then.
	run
	run
	token "$graph_url" http://127.0.0.2:1
	run
	tail -n 2 "$graph_dir/graph.log" |
	    sed -n 's/.*startDateTime=\(.*\)T00.*=\(.*\)T00.*/\1 \2/p'
}

# A calendar beside the own one.
beside()
{
	ring events 'window = 30 365' 'folder = Second'
	exring sync -iq g.conf || return
	tell '{"do":"reset"}'
	exring sync -q g.conf || return
	echo "$(graph_count 'op:GET calendars/{id}/calendarView/delta') delta"
}

# token FROM TO: in what is kept of the folder
token()
{
	sqlite3 g.snap "update folder set token = replace(token, '$1', '$2')
	    where name = 'g'"
}

# All of it in one day of UTC, or once more: what each of these said.
in_a_day()
{
	graph_clean >>unclean
	tell '{"do":"fresh"}'
	ring events 'window = 30 365'
	for w in windowed seen out_of_sight told_of deleted forgotten another \
	    beside; do
		"$w" >"got.$w" 2>&1 || echo "it failed: $?" >>"got.$w"
	done
}
day=
until [ "$day" = "$(date -u +%F)" ]; do
	day=$(date -u +%F)
	in_a_day
done

# days N: what day is so many after that
days()
{
	jq -nr --arg d "$day" \
	    "(\$d + \"T00:00:00Z\" | fromdate) + $1 * 86400 | todate[:10]"
}

printf '%s\n' '1 delta, 0 listing' 1 >out
t 'a window where nothing has moved: one request' 0 cat got.windowed
printf '%s\n' '1 delta, 1 listing' '1 delta, 0 listing' here >out
t 'something has: all is listed' 0 cat got.seen
printf '%s\n' '1 delta, 0 listing' here '2 delta, 1 listing' here there \
    '1 delta, 0 listing' >out
t 'what moved outside is seen on another day, and nothing is lost' 0 \
    cat got.out_of_sight
printf '%s\n' '1 delta, 1 listing' elsewhere here >out
t 'or at once, where the server tells of it' 0 cat got.told_of
# And whether it is the calendar that is gone.
printf '%s\n' '1 delta, 2 listing' elsewhere >out
t 'a deletion inside' 0 cat got.deleted
printf '%s\n' '2 delta, 1 listing' '0 delta, 1 listing' elsewhere >out
t 'a token that is lost, and a refusal: all is listed' 0 cat got.forgotten
printf '%s\n' '1 delta, 1 listing' '1 delta, 1 listing' '1 delta, 1 listing' \
    '1 delta, 0 listing' '1 delta, 1 listing' "$(days -31) $(days 365)" >out
t 'another window, a link that leads elsewhere: likewise' 0 cat got.another
echo '1 delta' >out
t 'a calendar beside the own one' 0 cat got.beside
for bad in '30' '30 365 1' 'x 1' '0 0' '1000 1000'; do
	ring events "window = $bad"
	echo 'exfetch: folder g: window: days before today and days after' \
	    'it are wanted, 1825 in all at most: 30 365' >err
	t "window = $bad" 2 exfetch -r g.conf g
done
ring contacts 'window = 30 365'
echo 'exfetch: folder g: window: only a calendar has one' >err
t 'a window of contacts' 2 exfetch -r g.conf g
tell '{"do":"delete","folder":"'$one'/events","subject":"Outside"}'

# Meetings: who has attendees there is not touched, for it would be mailed.

keep='keep: this store mails the attendees of what is written: use skip, or'
ring events 'meetings = keep'
echo "exfetch: g.conf:11: meetings = $keep strip" >err
t 'meetings = keep' 2 exfetch -r g.conf g

ring events
event m1 Meeting b@x.example >v/m1.ics
event s1 Single >v/s1.ics
exring sync -iq g.conf 2>/dev/null
there()
{
	tell "{\"do\":\"list\",\"folder\":\"$one/events\"}"
	jq -r '.items[].subject' told | sort
}
echo Single >out
t 'skip: a meeting does not go there' 0 there
tell "{\"do\":\"delete\",\"folder\":\"$one/events\",\"subject\":\"Single\"}"

ring events 'meetings = strip'
event m1 Meeting b@x.example >v/m1.ics
exring sync -iq g.conf
attendees()
{
	tell "{\"do\":\"dump\",\"folder\":\"$one/events\",\"subject\":\"$1\"}"
	jq -c '.props.attendees // [] | length' told
	grep -c ATTENDEE "$2"
}
printf '0\n1\n' >out
t 'strip: it goes there without attendees, and keeps them here' 0 \
    attendees Meeting v/m1.ics
t 'and the next run is quiet' 0 exring sync -q g.conf

props='"start":{"dateTime":"2026-04-01T08:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-04-01T09:00:00","timeZone":"UTC"},"attendees":[{"type":"required","emailAddress":{"address":"c@x.example","name":"c"},"status":{"response":"none","time":"0001-01-01T00:00:00Z"}}]'
tell "{\"do\":\"add\",\"folder\":\"$one/events\",\"props\":{\"subject\":\"Theirs\",$props}}"
exring sync -q g.conf
theirs()
{
	grep -l SUMMARY:Theirs v/*
}
mine=$(theirs)
printf '1\n0\n' >out
t 'strip: theirs comes without attendees' 1 attendees Theirs "$mine"
sed -i 's/^SUMMARY:Theirs/SUMMARY:Ours/' "$mine"
refused()
{
	exring sync -q g.conf >said 2>&1
	echo $?
	sed -n 's/.*: \([^:]*\): Graph would .*/\1/p' said | sort -u
}
printf '1\nit has attendees there\n' >out
t 'an edit of it is refused, and why' 0 refused
echo Theirs >out
still()
{
	tell "{\"do\":\"list\",\"folder\":\"$one/events\"}"
	jq -r '.items[].subject' told | grep -v Meeting
}
t 'and does not arrive' 0 still
rm "$mine"
printf '1\nit has attendees there\n' >out
t 'its deletion too' 0 refused
echo Theirs >out
t 'it stays' 0 still

# Twelve series and as many other events, on pages of five: no batch is sent
# before it is full, so that there is one, however they lie on the pages.
series()
{
	ring events ''
	for i in $(seq 24); do
		[ $((i % 2)) -eq 0 ] && rule='RRULE:FREQ=DAILY;COUNT=3\r\n' || rule=
		printf "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:$i\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Event $i\r\nDTSTART:20260301T100000Z\r\nDTEND:20260301T110000Z\r\n${rule}END:VEVENT\r\nEND:VCALENDAR\r\n" >"v/$i.ics"
	done
	exring sync -iq g.conf
	tell '{"do":"set","page":5}'
	tell '{"do":"reset"}'
	exring sync -q g.conf
	graph_count 'op:GET calendar/events'
	graph_count batches
	tell '{"do":"set","page":0}'
}
printf '6\n1\n' >out
t 'series on many pages: one batch for twenty' 0 series

# A calendar of a series alone, which goes while the series is looked at.
gone()
{
	ring events 'folder = Second'
	printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:alone\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Series\r\nDTSTART:20260301T100000Z\r\nDTEND:20260301T110000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n' >v/1.ics
	exring sync -iq g.conf || return
	tell "{\"do\":\"fault\",\"kind\":\"do\",\"op\":\"GET calendars/{id}/events/{id}\",\"what\":{\"do\":\"unfolder\",\"folder\":\"$one/events/Second\"}}"
	without_folder
}
printf '1\n0\n' >out
t 'a calendar of a series goes while it is listed' 2 gone

# Names with what means something in a URL, in a ring file and in an operand:
# what -l says leads to the folder, as it stands, as folder = and as operand.
odd="R&D? #1 +50%/x;y=z '%41' \"%2f\" %25 Größe"
box="o'hara+?#&%@one.example.test"
export EX_PASSWORD_COMMAND='cat secret'

# listed KIND: the last folder of that kind
listed()
{
	exfetch -l -k "$1" "${all%mailbox=*}mailbox=$(jq -nr \
	    --arg m "$box" '$m | @uri')" | tail -n 1
}

# leads KIND UID: through its name an item goes there; what its operand has.
leads()
{
	listed "$1" >last
	cut -f 1 last
	ring "$1"
	jq -Rr --arg to "$box" --arg folder "$(cut -f 1 last)" '
	    if startswith("mailbox") then "mailbox = \($to)\nfolder = \($folder)"
	    else . end' g.conf >edited
	cat edited >g.conf
	case $1 in
	contacts)	card "$2" Odd ;;
	*)		event "$2" Odd >v/odd.ics ;;
	esac
	[ "$1" != tasks ] || sed -i 's/VEVENT/VTODO/; /^DT[SE][TN][AD]/d' v/odd.ics
	exring sync -iq g.conf || return
	exfetch -k "$1" "$(cut -f 5 last)" | grep -c '"text","Odd"'
}
tell "$(jq -nc --arg m "$one" --arg to "$box" \
    '{do: "address", mailbox: $m, to: $to}')"
tell "{\"do\":\"folder\",\"folder\":\"$box/events/Second\"}"
for place in contacts/Second/Third events/Second tasks/Second; do
	tell "$(jq -nc --arg n "$odd" --arg f "$box/$place" \
	    '{do: "rename", folder: $f, name: $n}')"
	told=$(echo "$odd" | sed 's,/,%2F,; s,%2f,%252f,; s,%25 ,%2525 ,')
	case $place in
	contacts/*)	told=contacts/Second/$told ;;
	esac
	printf '%s\n1\n' "$told" >out
	t "${place%%/*}: a name and a mailbox with odd characters" 0 \
	    leads "${place%%/*}" one
done
# One that is called as the own one is in folder =.
tell "{\"do\":\"folder\",\"folder\":\"$box/contacts/contacts\"}"
while IFS='|' read -r place name; do
	tell "{\"do\":\"folder\",\"folder\":\"$box/$place\"}"
	printf '%s\n1\n' "$name" >out
	t "${place%%/*}: a folder $name" 0 leads "${place%%/*}" two
done <<END
contacts/contacts/x|contacts/contacts/x
events/calendar|calendar/calendar
tasks/TASKS|tasks/TASKS
END
unset EX_PASSWORD_COMMAND

clean()
{
	cat unclean
	graph_clean
}
t 'no mail, and nothing that the server does not know' 0 clean
finish
