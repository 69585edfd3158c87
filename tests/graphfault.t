#!/bin/sh
# Rings of a vdir and two folders on Microsoft Graph when the server throttles,
# its answers are lost or cut, tokens of every sort expire, ids change, a
# folder is gone, or we are killed: nothing is lost, nothing is deleted that
# nobody deleted, nothing is there twice, no mail is sent, never more than
# four requests are in flight, and the next run puts it right.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
# With sanitizers: what leaks here leaks in the short tests of this store too,
# and looking for it takes half of each program's time.
export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
. "$TOP/tests/servers/graphring.sh"
graph_begin
one=alice@one.example.test

# Edits that are owed to both folders: new, changed, deleted.  $k counts.
busy()
{
	k=$(($(cat k) + 1))
	echo $k >k
	gtell '{"do":"clear"}'
	item v1 "New $k" "$p1:new $k"
	change v1 kept "s/^$p1:.*\\r/$p1:edit $k\\r/"
	change v1 also "s/^$p1:.*\\r/$p1:edit $k\\r/"
	take v1 "New $((k - 1))"
}

usual()
{
	gtell '{"do":"clear"}'
	gtell '{"do":"set","page":0,"ifmatch":true,"slow":0,"anywhere":false}'
}

right()
{
	usual
	exring sync -q ring.conf >said 2>&1 || sync 0
	count 4
	all "$p1" kept "edit $k"
	all "$p1" also "edit $k"
	all "$p1" "New $k" "new $k"
	nowhere "New $((k - 1))"
	quiet
}

# faults STATUSES JSON ...: a run that meets these, and the next one.
faults()
{
	statuses=$1
	shift
	busy
	for j do
		gtell "{$j}"
	done
	exring sync ring.conf >said 2>&1
	got=$?
	case " $statuses " in
	*" $got "*)	;;
	*)	broken "it ended with $got, not $statuses" ;;
	esac
	for f in $folders; do
		[ "$(number $f)" -ge 3 ] || broken "$f lost something"
	done
	right
}

set_up()
{
	echo 0 >k
	item v1 'New 0'
	item v1 kept "$p1:edit 0"
	item v1 also "$p1:edit 0"
	item v1 own "$p1:own"
	sync 0 -i
	count 4
	quiet
}

graph_ring "$t_dir/contacts" contacts v1 g2=$one/contacts \
    g3=$one/contacts/Second
t 'contacts: a first run' 0 set_up
while IFS='|' read -r what statuses rules; do
	rules=$(echo "$rules" | sed 's/FAULT /"do":"fault","kind":/g')
	IFS=';'
	# shellcheck disable=SC2086 # a rule each
	set -- $rules
	unset IFS
	t "contacts: $what" 0 faults "$statuses" "$@"
done <<'END'
every third request is one too many|0|FAULT "status","status":429,"every":3,"times":0
every other part of a batch is|0|FAULT "status","status":429,"op":"*contacts/{id}","every":2,"times":0
one part of a batch has to wait for longer|0|FAULT "status","status":429,"head":{"Retry-After":"1.256"},"op":"PATCH *contacts/{id}"
one part of a batch is refused for now|0|FAULT "status","status":503,"op":"PATCH *contacts/{id}"
one part of a batch has no good token|0|FAULT "status","status":401,"code":"InvalidAuthenticationToken","op":"PATCH *contacts/{id}"
a whole batch has|0|FAULT "status","status":429,"head":{"Retry-After":"1.256"},"op":"POST $batch"
whole batches are|0|FAULT "status","status":429,"op":"POST $batch","times":3
it does not say how long|0|FAULT "status","status":429,"head":{"X":"y"},"times":2
503, and 504|0|FAULT "status","status":503,"times":2;FAULT "status","status":504,"op":"POST $batch"
the mailbox is too busy for the tenant|0|FAULT "status","status":429,"code":"ApplicationThrottled","op":"* *contacts*","times":4
the delta token has expired|0|"do":"expire"
it expires in the middle of a round|0|"do":"expire";"do":"set","page":2;FAULT "do","op":"GET *delta","skip":3,"what":{"do":"expire"}
another answer says so: resyncRequired|0|FAULT "status","status":410,"code":"resyncRequired","op":"GET *delta","times":2
and 400 syncStateInvalid|0|"do":"set","expired":[400,"syncStateInvalid"];"do":"expire"
the access token has expired|0|"do":"expire_tokens"
it expires in the middle|0|FAULT "do","skip":3,"what":{"do":"expire_tokens"}
401 twice, with a token that is new|0 2 3|FAULT "status","status":401,"code":"InvalidAuthenticationToken","op":"* *contacts*","times":2
the answer to a create is lost|0 3|FAULT "drop","op":"POST *contacts"
the answers to all creates are lost|0 3|FAULT "drop","op":"POST *contacts","times":0
the answer to a create is cut|0 3|FAULT "cut","op":"POST *contacts"
the answer to an update is lost|0 3|FAULT "drop","op":"PATCH *contacts/{id}"
the answers to all updates are lost|0 3|FAULT "drop","op":"PATCH *contacts/{id}","times":0
the answer to a deletion is lost|0 3|FAULT "drop","op":"DELETE *contacts/{id}"
the answer that reads back is lost|0 3|FAULT "drop","op":"GET *contacts/{id}","skip":2,"times":2
requests do not arrive|0 3|FAULT "deaf","op":"POST *","times":2
a conflict, and nothing has changed: once more|0|FAULT "status","status":412,"code":"ErrorIrresolvableConflict","op":"PATCH *contacts/{id}"
the same as a 409|0|FAULT "status","status":409,"code":"ErrorIrresolvableConflict","op":"PATCH *contacts/{id}"
If-Match is not looked at|0|"do":"set","ifmatch":false
small pages|0|"do":"set","page":1;"do":"expire"
END

# Nothing may read as a deletion.
no_right()
{
	busy
	take v1 own
	gtell "{\"do\":\"fault\",$1,\"times\":0}"
	exring sync ring.conf >said 2>&1
	got=$?
	[ $got -eq "$2" ] || broken "it ended with $got"
	grep -q "$3" said || broken "it does not say $3"
	usual
	[ -n "$(titled v1 kept)" ] || broken 'kept is gone from v1'
	for f in g2 g3; do
		[ "$(number $f)" -eq 4 ] || broken "$f lost something"
	done
	item v1 own "$p1:own"
	right
}
t 'contacts: 403 is no empty folder' 0 no_right \
    '"kind":"status","status":403,"code":"ErrorAccessDenied","op":"* *contacts*"' \
    2 '403 ErrorAccessDenied'
t 'contacts: nor is 404' 0 no_right \
    '"kind":"status","status":404,"code":"ErrorItemNotFound","op":"GET *delta"' \
    2 '404 ErrorItemNotFound'
t 'contacts: nor a page that is no answer' 0 no_right \
    '"kind":"status","status":200,"body":"<html>Log in</html>","op":"GET *delta"' \
    3 'no JSON'
t 'contacts: nor a listing that is cut' 0 no_right \
    '"kind":"cut","op":"GET *delta"' 3 'lost\|cut\|transfer'

# Nor may one item that cannot be read.  Its edit is seen as soon as it can, or,
# where that was said for good, with the next one.
unread()
{
	usual
	outlook g2 kept "$p2" "seen $1"
	gtell "{\"do\":\"fault\",\"kind\":\"status\",\"op\":\"GET contacts/{id}\",\"times\":0,\"status\":$1,\"code\":\"$2\",\"head\":{\"Retry-After\":\"0\"}}"
	exring sync -q ring.conf >said 2>&1
	got=$?
	[ $got -eq 1 ] || broken "it ended with $got"
	usual
	count 4
	[ "$1" -ge 500 ] || outlook g2 kept "$p2" "seen $1"
	sync 0
	all "$p2" kept "seen $1"
	outlook g2 kept "$p2" null
	sync 0
}
t 'contacts: an item that is busy is not deleted' 0 unread 503 ServerBusy
t 'contacts: nor is one that cannot be read' 0 unread 400 ErrorInvalidRequest

# One of two that are read in a batch is put off: it is read in the same run.
put_off()
{
	usual
	outlook g2 kept "$p2" "then $1"
	outlook g2 also "$p2" "then $1"
	gtell "{\"do\":\"fault\",\"kind\":\"status\",\"op\":\"GET contacts/{id}\",\"status\":$1,\"head\":{\"Retry-After\":\"0.1\"}}"
	sync 0
	all "$p2" kept "then $1"
	all "$p2" also "then $1"
	outlook g2 kept "$p2" null
	outlook g2 also "$p2" null
	sync 0
}
t 'contacts: a part of a batch that reads is refused for now' 0 put_off 503
t 'contacts: or throttled' 0 put_off 429

# Between the fetch and the push a person edits the same item.
edited_between()
{
	busy
	gtell "{\"do\":\"set\",\"ifmatch\":$1}"
	exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap |
	    exmerge >plan || broken 'no plan'
	outlook g2 kept "$p2" between
	outlook g3 also "$p1" between
	expush -r ring.conf -s ring.snap <plan >said 2>&1
	got=$?
	[ $got -eq 3 ] || broken "expush ended with $got"
	holds g3 also "$p1" between
	holds g2 kept "$p2" between
	sync 1
	all "$p1" kept "edit $k"
	all "$p2" kept between
	holds g3 also "$p1" between
	holds v1 also "$p1" "edit $k"
	outlook g3 also "$p1" "edit $k"
	sync 0
	outlook g3 kept "$p2" null
	sync 0
	usual
	quiet
}
t 'contacts: an edit between fetch and push is not overwritten' 0 \
    edited_between true
t 'contacts: nor where If-Match is not looked at' 0 edited_between false

# Or deletes it, and its id still finds it, in Deleted Items.
deleted_between()
{
	busy
	gtell "{\"do\":\"set\",\"anywhere\":$1}"
	exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap |
	    exmerge >plan || broken 'no plan'
	take g2 kept
	expush -r ring.conf -s ring.snap <plan >said 2>&1
	gtell "{\"do\":\"dump\",\"folder\":\"$one/bin\",\"subject\":\"kept\"}"
	[ "$(jq -r .props.jobTitle told)" = "edit $((k - 1))" ] ||
		broken 'what was deleted was written to'
	gtell "{\"do\":\"delete\",\"folder\":\"$one/bin\",\"subject\":\"kept\"}"
	sync 1
	right
}
t 'contacts: an item deleted between fetch and push is made again' 0 \
    deleted_between false
t 'contacts: nor written to in Deleted Items' 0 deleted_between true

# Between the last look and the PATCH.
edited_late()
{
	change v1 kept "s/^$p1:.*\\r/$p1:ours\\r/"
	gtell "{\"do\":\"fault\",\"kind\":\"do\",\"op\":\"PATCH *contacts/{id}\",\"what\":{\"do\":\"edit\",$(gwhich g2 kept),\"field\":\"$g1\",\"value\":\"theirs\"}}"
	exring sync -q ring.conf >said 2>&1
	usual
	holds g2 kept "$p1" theirs
	exring sync -q ring.conf >said 2>&1
	holds g2 kept "$p1" theirs
	change v1 kept "s/^$p1:.*\\r/$p1:theirs\\r/"
	outlook g3 kept "$p1" theirs
	sync 0
	all "$p1" kept theirs
	quiet
}
t 'contacts: nor is one between the last look and the write' 0 edited_late

deleted_late()
{
	usual
	take v1 own
	gtell "{\"do\":\"fault\",\"kind\":\"do\",\"op\":\"DELETE contacts/{id}\",\"what\":{\"do\":\"edit\",$(gwhich g2 own),\"field\":\"$g1\",\"value\":\"theirs\"}}"
	exring sync -q ring.conf >said 2>&1
	usual
	holds g2 own "$p1" theirs
	exring sync -q ring.conf >said 2>&1
	sync 0
	all "$p1" own theirs
	quiet
}
t 'contacts: nor deleted, if it was edited so late' 0 deleted_late

# Killed after every transaction and every write.
killed_at()
{
	item v1 "Here $1"
	change v1 kept "s/^$p1:.*\\r/$p1:edit $1\\r/"
	outlook g3 also "$p1" "edit $1"
	take g2 "Here $before"
	"$how" "$1"
	sync 0
	all "$title" "Here $1" "Here $1"
	nowhere "Here $before"
	all "$p1" kept "edit $1"
	all "$p1" also "edit $1"
	count 5
	before=$1
	quiet
}

# Whoever was killed is gone, which may take until the disk is done, and lets
# go of the ring's lock then; what it had sent has been carried out when its
# connections are closed, and all but that of who asks are.
settled()
{
	flock ring.conf.lock true
	until [ "$(graph_count connections)" -eq 1 ]; do
		sleep 0.05
	done
}

by_step()
{
	{ EX_STOP_AFTER=$1 exring sync -q ring.conf >said 2>&1; } 2>/dev/null
	killed=$?
	settled
}

# All programs of the run, after so many hundredths of a second.
by_time()
{
	gtell '{"do":"set","slow":0.1}'
	setsid exring sync -q ring.conf >said 2>&1 &
	killed=$!
	sleep "$(printf '%d.%02d' $(($1 / 100)) $(($1 % 100)))"
	kill -KILL -"$killed" 2>/dev/null
	wait "$killed" 2>/dev/null
	[ $? -ne 137 ] || slain=$((slain + 1))
	settled
	gtell '{"do":"set","slow":0}'
}

killed()
{
	item v1 'Here 0'
	sync 0
	i=0 before=0 killed=1 how=by_step
	until [ $killed -eq 0 ]; do
		killed_at $((i += $1))
		[ $i -lt 60 ] || broken 'it never ends'
	done
	[ $i -gt 8 ] || broken "there were only $i steps"
	how=by_time slain=0
	shift
	for i do
		killed_at $i
	done
	[ $# -eq 0 ] || [ $slain -gt 0 ] || broken 'each run ended by itself'
	take v1 "Here $before"
	sync 0
}
# shellcheck disable=SC2086 # words
t 'contacts: killed at its steps, and, with EX_ALL, at any time' 0 \
    killed "${EX_ALL:-3}" ${EX_ALL:+110 125 140 155 170 190 220 260}

# A copy that a person makes in Outlook bears our stamp, and is a new item.
copied()
{
	gtell "{\"do\":\"dump\",$(gwhich g2 own)}"
	ext=$(jq -c .ext told)
	gtell "{\"do\":\"add\",\"folder\":\"$(graph_place g2)\",\"props\":{\"displayName\":\"own\",\"jobTitle\":\"own\"},\"ext\":$ext}"
	sync 0
	count 5
	quiet
}
t 'contacts: a copy made by a person is a new item' 0 copied

# Of what we made last, and no delta speaks of, each is asked for alone: one
# that a person has edited and one that is gone.
unsaid()
{
	item v1 edited "$p1:made"
	item v1 gone
	sync 0
	outlook g2 edited "$p1" theirs
	take g2 gone
	link=$(exfetch -r ring.conf -s ring.snap g2 | jq -r 'select(.rec == "end") | .token')
	body=$(jq -n --arg l "$link" '{value: [], "@odata.deltaLink": $l} | tojson')
	gtell "{\"do\":\"fault\",\"kind\":\"status\",\"status\":200,\"op\":\"GET contacts/delta\",\"body\":$body}"
	sync 0
	all "$p1" edited theirs
	nowhere gone
	take v1 edited
	sync 0
	quiet
}
t 'contacts: what we made and no delta speaks of is asked for' 0 unsaid

# No delta tells of it: the full listing does.
forgotten()
{
	item v1 lost
	sync 0
	# A second time, or it is asked for alone: see above.
	sync 0
	take g2 lost
	gtell '{"do":"expire"}'
	sync 0
	nowhere lost
	quiet
}
t 'contacts: what is deleted while the delta token expires is gone' 0 forgotten

# The mailbox is moved: all ids are others.
moved()
{
	gtell "{\"do\":\"renumber\",\"mailbox\":\"$one\"}"
	exring relink ring.conf g2 >said 2>&1 || broken 'relink g2'
	exring relink ring.conf g3 >>said 2>&1 || broken 'relink g3'
	most=9
	quiet
	most=
	count "$1"
	change v1 kept "s/^$p1:.*\\r/$p1:moved\\r/"
	sync 0
	all "$p1" kept moved
	quiet
}
t 'contacts: all ids are others: relink, and nothing is written' 0 moved 5

# Of a task no If-Match is ever looked at; of an event it may not be.
edited_before()
{
	busy
	gtell '{"do":"set","ifmatch":false}'
	exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap |
	    exmerge >plan || broken 'no plan'
	outlook g3 also "$p1" between
	expush -r ring.conf -s ring.snap <plan >said 2>&1
	got=$?
	[ $got -eq 3 ] || broken "expush ended with $got"
	holds g3 also "$p1" between
	sync 1
	holds g3 also "$p1" between
	holds v1 also "$p1" "edit $k"
	outlook g3 also "$p1" "edit $k"
	sync 0
	right
}

for kind in events tasks; do
	case $kind in
	events)	items='*events' ;;
	tasks)	items='*tasks' ;;
	esac
	graph_ring "$t_dir/$kind" $kind v1 g2=$one/$kind g3=$one/$kind/Second
	t "$kind: a first run" 0 set_up
	while IFS='|' read -r what statuses rules; do
		# Of tasks without EX_ALL: that a lost create is found.
		case ${EX_ALL-}$kind:$what in
		tasks:*create*)	;;
		tasks:*)	continue ;;
		esac
		rules=$(echo "$rules" |
		    sed "s/FAULT /\"do\":\"fault\",\"kind\":/g; s/@/$items/g")
		IFS=';'
		# shellcheck disable=SC2086 # a rule each
		set -- $rules
		unset IFS
		t "$kind: $what" 0 faults "$statuses" "$@"
	done <<-'END'
	every third request is one too many|0|FAULT "status","status":429,"every":3,"times":0
	the answer to a create is lost|0 3|FAULT "drop","op":"POST @"
	the answers to all creates are lost|0 3|FAULT "drop","op":"POST @","times":0
	the answer to an update is lost|0 3|FAULT "drop","op":"PATCH @/{id}"
	the answer to a deletion is lost|0 3|FAULT "drop","op":"DELETE @/{id}"
	the answer that reads back is lost|0 3|FAULT "drop","op":"GET @/{id}","skip":2,"times":2
	If-Match is not looked at|0|"do":"set","ifmatch":false
	small pages|0|"do":"set","page":1;"do":"expire"
	the access token expires in the middle|0|FAULT "do","skip":3,"what":{"do":"expire_tokens"}
	END
	t "$kind: an edit between fetch and push is not overwritten" 0 \
	    edited_before
	[ $kind = events ] || [ -n "${EX_ALL-}" ] || continue
	[ $kind = events ] ||
		t "$kind: the delta token expires in the middle of a round" \
		    0 faults 0 '"do":"expire"' '"do":"set","page":2' \
		    '"do":"fault","kind":"do","op":"GET *delta","skip":3,"what":{"do":"expire"}'
	t "$kind: all ids are others: relink, and nothing is written" 0 \
	    moved 4
	[ -z "${EX_ALL-}" ] ||
		t "$kind: killed at its steps, and at any time" 0 killed 3 \
		    110 170
done

# While the pages are read, the first event is deleted: the one that moves up
# to a page which has been read must not be missed, though no page has it.
# page N JSON: before the N-th page of g2 is read.
page()
{
	gtell "{\"do\":\"fault\",\"kind\":\"do\",\"op\":\"GET calendar/events\",\"skip\":$(($1 - 1)),\"what\":{$2}}"
}

# hidden TITLE ...: a run, in which those are gone and no other is; then they
# come again.
hidden()
{
	gtell '{"do":"set","page":1}'
	exring sync ring.conf >said 2>&1
	usual
	for i in kept also own "New $k"; do
		case " $* " in
		*" $i "*)	continue ;;
		esac
		all "$title" "$i" "$i"
	done
	exring sync -q ring.conf >said 2>&1 || sync 0
	for i do
		nowhere "$i"
		cp "was/$i" "v1/$i.ics"
	done
}

# What is there, in the order of g2, into $1 ...
order()
{
	busy
	sync 0
	gtell "{\"do\":\"subjects\",\"folder\":\"$one/events\"}"
	mkdir -p was
	for i in kept also own; do
		cp "$(titled v1 "$i")" "was/$i"
	done
	first=$(sed -n 1p told) second=$(sed -n 2p told)
}

once()
{
	order
	page 2 "\"do\":\"delete\",$(gwhich g2 "$first")"
	hidden "$first"
	right
}

# Another is made before page N, so that the number is right, on all pages or
# in the end.
made()
{
	order
	page 2 "\"do\":\"delete\",$(gwhich g2 "$first")"
	page "$1" "\"do\":\"add\",\"folder\":\"$one/events\",\"props\":{\"subject\":\"Made\",\"start\":{\"dateTime\":\"2026-04-01T08:00:00\",\"timeZone\":\"UTC\"},\"end\":{\"dateTime\":\"2026-04-01T09:00:00\",\"timeZone\":\"UTC\"}}"
	hidden "$first"
	take v1 Made
	right
}

# What is hidden has been edited.
edited_there()
{
	order
	outlook g2 "$second" "$p2" hidden
	page 2 "\"do\":\"delete\",$(gwhich g2 "$first")"
	hidden "$first"
	all "$p2" "$second" hidden
	outlook g2 "$second" "$p2" null
	sync 0
	right
}

# It is a series, the last of all, and an occurrence of it was edited.
series_there()
{
	order
	item v1 Series "$p1:here" "RRULE:FREQ=DAILY;COUNT=4"
	sync 0
	gtell "{\"do\":\"edit\",$(gwhich g2 Series),\"field\":\"subject\",\"value\":\"Other\",\"date\":\"2026-03-03\"}"
	page 5 "\"do\":\"delete\",$(gwhich g2 "$first")"
	hidden "$first"
	grep -c SUMMARY:Other v1/*Series.ics
	take v1 Series
	sync 0
	right
}

# All is wanted, known or not.
all_of_it()
{
	order
	gtell '{"do":"set","page":1}'
	page 2 "\"do\":\"delete\",$(gwhich g2 "$first")"
	exfetch -a -r ring.conf -s ring.snap g2 >got 2>said || cat said
	usual
	jq -r 'select(.rec == "item") | .data[2][0][1][] |
	    select(.[0] == "summary") | .[3]' got | sort >listed
	printf '%s\n' kept also own "New $k" | grep -vx "$first" | sort |
	    diff - listed
	sync 0
	nowhere "$first"
	cp "was/$first" "v1/$first.ics"
	right
}

# What is deleted may still be found by its id, in Deleted Items or in another
# calendar, and so may what its iCalUId finds there.  $1: is it?
elsewhere()
{
	order
	gtell "{\"do\":\"set\",\"anywhere\":$1}"
	outlook g2 "$first" "$p2" gone
	gtell "{\"do\":\"delete\",$(gwhich g2 "$first")}"
	gtell "{\"do\":\"move\",$(gwhich g2 "$second"),\"to\":\"$one/events/Third\"}"
	gtell '{"do":"reset"}'
	sync 0
	echo "$(graph_count 'op:GET calendar/events') listings"
	nowhere "$first"
	nowhere "$second"
	cp "was/$first" "v1/$first.ics"
	cp "was/$second" "v1/$second.ics"
	right
}

# What has its iCalUId there is another.
another()
{
	order
	gtell '{"do":"set","anywhere":true}'
	gtell "{\"do\":\"delete\",$(gwhich g2 "$first")}"
	gtell '{"do":"fault","kind":"status","status":200,"op":"GET calendar/events","skip":1,"body":"{\"value\":[{\"id\":\"another\"}]}"}'
	sync 0
	nowhere "$first"
	cp "was/$first" "v1/$first.ics"
	right
}

# It cannot be found out whether it is there: it is not deleted, and said.
# unsure STATUS RULE WORDS
unsure()
{
	order
	gtell '{"do":"set","anywhere":true,"page":1}'
	page 2 "\"do\":\"delete\",$(gwhich g2 "$first"),\"hard\":true"
	gtell "{\"do\":\"fault\",\"kind\":\"status\",$2,\"times\":0}"
	exring sync -q ring.conf >said 2>&1
	got=$?
	usual
	[ $got -eq "$1" ] || broken "it ended with $got"
	grep -o "$3" said | sort -u
	all "$title" "$second" "$second"
	sync 0
	nowhere "$first"
	cp "was/$first" "v1/$first.ics"
	right
}
cd "$t_dir/events" && kind=events && ews_kind $kind && graph_kind
folders='v1 g2 g3'
gtell "{\"do\":\"folder\",\"folder\":\"$one/events/Third\"}"
# What changed the ids of the tasks has changed those of the whole mailbox.
[ -z "${EX_ALL-}" ] || t 'events: all ids are others once more' 0 moved 4
t 'events: one is deleted while the pages are read' 0 once
t 'events: and another is made, at the same moment' 0 made 2
t 'events: or later' 0 made 3
t 'events: the one that is hidden was edited' 0 edited_there
echo 1 >out
t 'events: or is a series' 0 series_there
t 'events: it is in a listing of all, too' 0 all_of_it
echo '3 listings' >out
t 'events: what is not there by its id is deleted' 0 elsewhere false
echo '4 listings' >out
t 'events: nor is what has left, but has an id elsewhere' 0 elsewhere true
t 'events: another that has its iCalUId is not it' 0 another
while IFS='|' read -r what rule says; do
	echo "$says" >out
	t "events: $what: not deleted" 0 unsure 1 "$rule" "$says"
done <<'END'
busy when it is asked for by id|"status":503,"op":"GET calendar/events/{id}"|503
its id is refused|"status":400,"code":"ErrorInvalidRequest","op":"GET calendar/events/{id}"|400 ErrorInvalidRequest
busy when its calendar is asked for it|"status":503,"op":"GET calendar/events","skip":3|503
no answer of its calendar has it|"status":200,"body":"{}","op":"GET calendar/events","skip":3|has no value
no answer has its iCalUId|"status":200,"body":"{}","op":"GET calendar/events/{id}"|not said whether it is in this calendar
END

echo 'the folder is not there' >out
t 'events: its calendar has gone then: not deleted' 0 unsure 2 \
    '"status":404,"code":"ErrorItemNotFound","op":"GET calendar/events","skip":3' \
    'the folder is not there'

# The transactionId is taken, and no item has the stamp: said, not tried on.
taken()
{
	usual
	item v1 Taken "$p1:taken"
	gtell '{"do":"reset"}'
	gtell '{"do":"fault","kind":"status","status":409,"code":"ErrorDuplicateTransactionId","op":"POST *events","times":0}'
	sync 1
	grep -c 'another item has its transactionId' said
	graph_count status:409
	usual
	change v1 Taken "s/^$p1:.*\\r/$p1:other\\r/"
	sync 0
	all "$p1" Taken other
	take v1 Taken
	sync 0
	quiet
}
printf '2\n2\n' >out
t 'events: a transactionId that is taken' 0 taken

# A server that is as new.
anew()
{
	graph_clean >>"$t_dir/uncleaned"
	gtell '{"do":"fresh"}'
}

# The owner gives the folder of g3 another name, or deletes it.  missing WORDS:
# the run says so, says what to do, and takes nothing for deleted.
missing()
{
	exring sync -q ring.conf >said 2>&1
	got=$?
	[ $got -eq 2 ] || broken "it ended with $got"
	grep -c "folder g3: .*$1.*exfetch -l lists what there is" said
	[ "$(number v1)" -eq 2 ] || broken 'v1 lost something'
	[ "$(number g2)" -eq 2 ] || broken 'g2 lost something'
}

# called NAME: the ring file calls it that now.
called()
{
	sed "/^folder = /s/=.*/= $1/" ring.conf >edited &&
	    cat edited >ring.conf
}

renamed()
{
	item v1 kept
	item v1 also
	sync 0 -i
	gtell "{\"do\":\"rename\",\"folder\":\"$one/$kind/Second\",\"name\":\"Team\"}"
	jq -r .id told >id
	missing 'there is no "Second"'
	sed 's/Second/Team/' graph.places >edited && cat edited >graph.places
	count 2
	called Team
	quiet
}

by_id()
{
	called "$(cat id)"
	quiet
	gtell "{\"do\":\"rename\",\"folder\":\"$one/$kind/Team\",\"name\":\"Crew\"}"
	sed 's/Team/Crew/' graph.places >edited && cat edited >graph.places
	take v1 also
	sync 0
	count 1
	item v1 also
	sync 0
	count 2
}

# After its listing, and before what it told of is read.
vanished()
{
	outlook g3 kept "$p1" edited
	gtell "{\"do\":\"fault\",\"kind\":\"do\",\"op\":\"GET *s/{id}\",\"what\":{\"do\":\"unfolder\",\"folder\":\"$one/$kind/Crew\"}}"
	missing 'the folder is not there'
}

deleted()
{
	missing 'the folder is not there'
	called Crew
	missing 'there is no "Crew"'
}
for kind in contacts events tasks; do
	anew
	graph_ring "$t_dir/folder-$kind" $kind v1 g2=$one/$kind \
	    g3=$one/$kind/Second
	echo 1 >out
	t "$kind: a folder that is renamed is an error, and no deletions" 0 \
	    renamed
	t "$kind: by its id it is the same" 0 by_id
	echo 1 >out
	t "$kind: one that is deleted while it is read is no empty folder" 0 \
	    vanished
	printf '1\n1\n' >out
	t "$kind: nor is one that is deleted" 0 deleted
done

# Folders of two mailboxes in one tenant, sixty new items each, and requests
# that take a while: four are in flight, no more, and what a batch holds
# counts; twenty are in one.
wide()
{
	for i in $(seq 60); do
		item v1 "Item $i" "$p1:text"
	done
	gtell '{"do":"reset"}'
	gtell '{"do":"set","slow":0.2,"gather":60}'
	sync 0 -i
	gtell '{"do":"set","slow":0,"gather":0}'
	graph_count busiest
	graph_count over
	graph_count widest
	graph_count mutable
	graph_count batches >batches
	[ "$(cat batches)" -gt 5 ] || broken 'it wrote one by one'
	count 60
	quiet
}
anew
graph_ring "$t_dir/wide" contacts v1 g2=$one/contacts \
    g3=bob@one.example.test/contacts/Second
printf '4\n0\n20\n0\n' >out
t 'contacts: four requests in flight, in both mailboxes together' 0 wide

clean()
{
	cat "$t_dir/uncleaned"
	graph_clean
}
t 'no mail was sent, nothing was asked that has no source' 0 clean
finish
