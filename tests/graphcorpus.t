#!/bin/sh
# Every real item of the corpus, in rings of a vdir, Microsoft Graph and a
# vdir: nothing is lost in the third folder, what Graph gives back differs
# from what it was sent by what is listed below and by nothing else, and the
# next run is quiet.  EX_ALL=1: all events, else some of them.
. tests/lib.sh
. "$TOP/tests/servers/graphring.sh"
graph_begin
one=alice@one.example.test

/usr/bin/python3 -I "$TOP/tests/servers/split.py" items "$MATERIAL/corpus" >list
[ -n "${EX_ALL-}" ] || find items/events -type f | sort |
    awk 'NR % 4 != 1' | xargs rm

# Refusals are in order.
first()
{
	cp "$t_dir/items/$kind"/* v1
	sync 1 -i
	for f in $folders; do
		exfetch -q -r ring.conf "$f" >"$f.all" 2>"$f.bad"
		[ -s "$f.all" ] || broken "$f cannot be read: $(cat "$f.bad")"
	done
	[ ! -s g2.bad ] || broken "g2: $(cat g2.bad)"
}

# Whose each item of g2 is, which has a UID of its own there: the run that
# made it knows.
named()
{
	exsnap -s ring.snap log "$(exsnap -s ring.snap log | jq .run)" |
	    jq -c 'select(.rec == "done" and .folder == "g2" and
		.op == "create") | { key: .id, value: .uid }' |
	    jq -s from_entries >ids
	jq -c --slurpfile of ids 'if .rec == "item" then
	    $of[0][.id] as $uid | .uid = $uid |
	    (.data[2][]?[1][] | select(.[0] == "uid") | .[3]) = $uid
	    else . end' g2.all | exfilter -eq >g2.named
}

third()
{
	exdiff -p v1.all v3.all >differs
	! grep '^[-+~]' differs || broken 'v3 is not as v1'
}

# Each line: KIND: PROPERTY and what becomes of it; and what was not written
# is what was refused.
lost()
{
	named
	exdiff -p v1.all g2.named >differs 2>&1
	! grep '^+' differs || broken 'g2 has what v1 has not'
	awk '/^[-~+?]/ { changed = /^~/; next }
	    changed && /^ *[-+] / {
		sub(/:$/, "", $2)
		print toupper($2), $1 == "-" ? "is lost" : "is added"
	    }' differs | sort -u
	sed -n 's/^expush: folder g2: uid .*: item: //p' said.first >why
	[ "$(wc -l <why)" -eq "$(grep -c '^-' differs)" ] ||
		broken "what is missing is not what was refused: $(cat differs)"
}

second()
{
	cp said said.first
	# Twenty series a request.
	most=9 && quiet 1
}

# What is lost: people, who are never written, and what is too large for a
# property of ours.
loss()
{
	case $1 in
	contacts)	return ;;
	tasks)		set -- ATTENDEE ORGANIZER ;;
	events)		set -- ATTENDEE ORGANIZER X-ALT-DESC ;;
	esac
	printf '%s is lost\n' "$@"
}

for kind in contacts tasks events; do
	graph_ring "$t_dir/$kind" $kind v1 g2=$one/$kind v3
	[ $kind = contacts ] ||
		sed -i 's/^\[folder v.*/&\nmeetings = keep/
		    s/^\[folder g.*/&\nmeetings = strip/' ring.conf
	t "$kind: a first run" 0 first
	t "$kind: the second run is quiet" 0 second
	t "$kind: the third folder has everything" 0 third
	loss $kind >out
	t "$kind: what does not come back" 0 lost
	# Who was stripped is told of nowhere: the ring file says it.
	t "$kind: each other loss was said" 0 told_lost g2 'ATTENDEE|ORGANIZER'
done
t 'no mail was sent, nothing was asked that has no source' 0 graph_clean
finish
