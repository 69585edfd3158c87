#!/bin/sh
# Every real item of the corpus, in rings of a vdir, Microsoft Graph and a
# vdir: nothing is lost in the third folder, what Graph gives back differs
# from what it was sent by what is listed below and by nothing else, and the
# next run is quiet.  EX_ALL=1: all events, else some of them.
. tests/lib.sh
. "$TOP/tests/servers/graphring.sh"
. "$TOP/tests/servers/corpus.sh"
graph_begin
one=alice@one.example.test
far=g2
corpus_items

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

# Those of them that exquirks(7) does not name for Graph.
unnamed()
{
	sed -n '/^\.Ss Microsoft Graph/,/^\.Sh/p' "$TOP/tools/exquirks.7" >page
	loss $kind | while read -r name _; do
		sed -n '/lost in Graph$/{n;p;}' page | tr ' ' '\n' |
		    grep -qx "$name" || grep -qx "\.It $name" page ||
			echo "$name"
	done
}

for kind in contacts tasks events; do
	graph_ring "$t_dir/$kind" $kind v1 g2=$one/$kind v3
	[ $kind = contacts ] ||
		sed -i 's/^\[folder v.*/&\nmeetings = keep/
		    s/^\[folder g.*/&\nmeetings = strip/' ring.conf
	t "$kind: a first run" 0 first
	# Twenty series a request.
	series=$(grep '"rrule"' g2.all | wc -l)
	t "$kind: the second run is quiet" 0 second $((3 + series / 20))
	t "$kind: the third folder has everything" 0 third
	loss $kind >out
	t "$kind: what does not come back" 0 lost
	t "$kind: exquirks(7) names it" 0 unnamed
	# Who was stripped is told of nowhere: the ring file says it.
	t "$kind: each other loss was said" 0 told_lost g2 'ATTENDEE|ORGANIZER'
done
t 'no mail was sent, nothing was asked that has no source' 0 graph_clean
finish
