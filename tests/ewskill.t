#!/bin/sh
# A ring of a vdir and two folders on Exchange whose runs are killed: after
# each step, and while the answer to a request is on its way that the server
# has carried out.  The next run goes on: nothing is lost, nothing is there
# twice, no mail is sent.  EX_ALL=1, as `make check-servers` has it: at every
# step, every request, of all kinds; else at some.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/ewsring.sh"
ews_begin

# new TITLE: an item that takes more than one request to make; of a series one
# is taken out, one moved.
new()
{
	file=$(printf 'file of %s' "$1" | base64)
	case $kind in
	contacts)
		item v1 "$1" "PHOTO;ENCODING=b;TYPE=JPEG:$file" ;;
	events)
		item v1 "$1" 'RRULE:FREQ=WEEKLY;COUNT=4' \
		    EXDATE:20260308T100000Z \
		    "ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=a:$file" \
		    END:VEVENT BEGIN:VEVENT "UID:uid-Here_${1#* }" \
		    DTSTAMP:20260101T000000Z RECURRENCE-ID:20260315T100000Z \
		    DTSTART:20260316T120000Z DTEND:20260316T130000Z \
		    SUMMARY:moved LOCATION:there ;;
	tasks)
		item v1 "$1" 'RRULE:FREQ=WEEKLY;COUNT=4' ;;
	esac
}

# Whoever was killed is gone, which may take until the disk is done, and lets
# go of the ring's lock then; what it had sent has been carried out when its
# connections are closed, and all but that of who asks are.
settled()
{
	flock ring.conf.lock true
	until [ "$(ews_count open)" -eq 1 ]; do
		sleep 0.05
	done
}

by_step()
{
	{ EX_STOP_AFTER=$1 exring sync -q ring.conf >said 2>&1; } 2>/dev/null
	killed=$?
	settled
}

# All programs of the run, when its $1th request has been carried out.
by_request()
{
	rm -f ended
	tell '{"do":"reset"}'
	tell "{\"do\":\"fault\",\"kind\":\"hold\",\"skip\":$1,\"times\":0}"
	setsid sh -c 'exring sync -q ring.conf >said 2>&1; echo $? >ended' &
	group=$!
	until [ -s ended ] || [ "$(ews_count held)" -gt 0 ]; do
		sleep 0.02
	done
	kill -KILL -"$group" 2>/dev/null
	wait "$group" 2>/dev/null
	killed=$(ews_count held)
	tell '{"do":"clear"}'
	settled
}

# All folders hold the same items, files and occurrences too.
whole()
{
	for f in $folders; do
		exfetch -q -r ring.conf "$f" >all || broken "$f cannot be read"
		jq -r 'select(.rec == "item").hash' all | sort >"$f.has"
		[ "$(wc -l <"$f.has")" -eq 3 ] || broken "$f has not three"
		cmp -s v1.has "$f.has" || broken "$f holds something else"
	done
}

# killed_at HOW N: between two runs people create, edit and delete.
killed_at()
{
	n=$((n + 1))
	new "Here $n"
	change v1 kept "s/^$p1:.*\\r/$p1:edit $n\\r/"
	outlook e3 also "$f1" "edit $n"
	take e2 "Here $((n - 1))"
	"$1" "$2"
	sync 0
	count 3
	nowhere "Here $((n - 1))"
	all "$p1" kept "edit $n"
	all "$p1" also "edit $n"
	whole
	quiet
}

# killed HOW FROM STEP LEAST: at FROM, FROM + STEP ... until it is not killed.
killed()
{
	killed=1 turn=$2
	while
		killed_at "$1" $turn
		[ "$killed" -ne 0 ]
	do
		turn=$((turn + $3))
		[ $turn -lt 80 ] || broken 'it never ends'
	done
	[ $turn -gt "$4" ] || broken "there were only $turn"
	echo "# $kind, $1: $turn" >&3
}

set_up()
{
	item v1 kept "$p1:edit 0"
	item v1 also "$p1:edit 0"
	new 'Here 0'
	sync 0 -i
	n=0
	count 3
	whole
	quiet
}

exec 3>&1
EX_ALL=${EX_ALL-}
for of in contacts:contacts events:calendar ${EX_ALL:+tasks:tasks}; do
	kind=${of%:*}
	ews_ring "$t_dir/$kind" "$kind" v1 e2=$box/${of#*:} \
	    e3=$box/${of#*:}/Second
	t "$kind: a first run" 0 set_up
	n=0
	t "$kind: killed at its steps, and gone on" 0 \
	    killed by_step 1 "${EX_ALL:-4}" 8
	n=$(ls v1 | sed -n 's/^uid-Here_\([0-9]*\).*/\1/p')
	t "$kind: killed at its requests, and gone on" 0 \
	    killed by_request 0 "${EX_ALL:-5}" 8
done
t 'no mail was sent' 0 ews_silent
finish
