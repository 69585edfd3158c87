#!/bin/sh
# Rings over folders on Microsoft Graph (tests/servers/graph.py): in two
# tenants, beside Exchange (hybrid: tests/servers/ews.py), beside Radicale;
# always with a vdir.  The table of cases of a ring, of contacts, events and
# tasks.  What a person does in Outlook is done on the server, by a way that
# is not ours.  No mail may be sent, and all that passes is by Microsoft's
# types: the server looks.  EX_ALL=1: all three, of all kinds.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/graphring.sh"
graph_begin
ews_start
ews_radicale
trap 'server_stop; dav_stop' EXIT

# As somebody made it there: made FOLDER TITLE
made()
{
	case $1:$kind in
	g*:contacts)	gtell "{\"do\":\"add\",\"folder\":\"$(graph_place "$1")\",\"props\":{\"displayName\":\"$2\",\"givenName\":\"$2\"}}" ;;
	g*:events)	gtell "{\"do\":\"add\",\"folder\":\"$(graph_place "$1")\",\"props\":{\"subject\":\"$2\",\"start\":{\"dateTime\":\"2026-04-01T08:00:00\",\"timeZone\":\"UTC\"},\"end\":{\"dateTime\":\"2026-04-01T09:00:00\",\"timeZone\":\"UTC\"}}}" ;;
	g*:tasks)	gtell "{\"do\":\"add\",\"folder\":\"$(graph_place "$1")\",\"props\":{\"title\":\"$2\"}}" ;;
	e*:contacts)	ews_new="<t:Contact><t:DisplayName>$2</t:DisplayName><t:GivenName>$2</t:GivenName></t:Contact>" ;;
	e*:events)	ews_new="<t:CalendarItem><t:Subject>$2</t:Subject><t:Start>2026-04-01T08:00:00Z</t:Start><t:End>2026-04-01T09:00:00Z</t:End></t:CalendarItem>" ;;
	e*:tasks)	ews_new="<t:Task><t:Subject>$2</t:Subject></t:Task>" ;;
	esac
	case $1 in
	e*)	tell "{\"do\":\"add\",\"folder\":\"$(ews_place "$1")\",\"xml\":\"$ews_new\"}" ;;
	esac
}

first_run()
{
	for i in props set equal left edgone gone2 gone1; do
		item v1 $i "$p1:first" "$set:one"
	done
	item v1 kept "X-KEPT:as it is"
	sync 0 -i
	count 8
	all "$title" kept kept
	all "$p1" props first
	holds v1 kept X-KEPT 'as it is'
}

# The set, replaced by one member.
only()
{
	case $1 in
	g*)	outlook "$1" "$2" "$set" "$3" ;;
	e*)	outlook "$1" "$2" "$fset" "<t:Categories><t:String>$3</t:String></t:Categories>" ;;
	*)	sets "$1" "$2" "$set" "$3" ;;
	esac
}

edits()
{
	change v1 props "s/^$p1:first/$p1:here/"
	sets $second props "$p2" "$(value $second there)"
	more v1 set "$set:two"
	only $second set three
	change v1 equal "s/^$p1:first/$p1:same/"
	sets $second equal "$p1" same
	sets $third equal "$p1" same
	change v1 left "s/^$p1:first/$p1:vdir/"
	sets $second left "$p1" second
	sets $third edgone "$p1" edited
	take v1 edgone
	take v1 gone2
	take $second gone2
	take $third gone1
	item v1 new "$p1:made here"
	made $third made
	sync 1
}

case_props()
{
	all "$p1" props here
	for f in $folders; do
		holds $f props "$p2" "$(value $f there)"
	done
}

case_set()
{
	for f in $folders; do
		[ "$(set_of $f set)" = 'three two' ] ||
			broken "the set in $f: $(set_of $f set)"
	done
}

case_equal()
{
	all "$p1" equal same
}

case_left()
{
	holds v1 left "$p1" vdir
	holds $second left "$p1" second
	holds $third left "$p1" first
}

case_edgone()
{
	all "$p1" edgone edited
}

case_gone()
{
	nowhere gone1
	nowhere gone2
}

case_new()
{
	all "$p1" new 'made here'
	all "$title" made made
}

# Deletes go to Deleted Items.
case_bin()
{
	for f in $second $third; do
		case $f in
		g*)	gtell "{\"do\":\"list\",\"folder\":\"$(graph_place $f | cut -d/ -f1)/bin\"}" ;;
		*)	continue ;;
		esac
		jq -r '.items[].subject' told | grep -qx gone1 ||
			broken "gone1 is not in Deleted Items: $(cat told)"
	done
}

settled()
{
	sets $second left "$p1" vdir
	sync 0
	all "$p1" left vdir
	count 8
	quiet
}

clean()
{
	graph_clean
	ews_silent
}

# ring_of NAME KIND SECOND THIRD
ring_of()
{
	second=${3%%=*} third=${4%%=*}
	what="$1, $2"
	graph_ring "$t_dir/$1-$2" "$2" v1 "$3" "$4"
	t "$what: first run" 0 first_run
	t "$what: the next one is quiet" 0 quiet
	t "$what: edits on every side" 0 edits
	for row in \
	    props:'edit/edit, different properties: merged' \
	    set:'edit/edit, same set: adds and removes of both' \
	    equal:'edit/edit, same single value, equal: no conflict' \
	    left:'edit/edit, same single value, different: left' \
	    edgone:'edit/delete: the edit wins, created again' \
	    gone:'delete, and delete/delete: gone' \
	    bin:'what is deleted is in Deleted Items' \
	    new:'create on either side: there'
	do
		t "$what: ${row#*:}" 0 "case_${row%%:*}"
	done
	t "$what: and quiet" 0 quiet 1
	t "$what: what was left is settled" 0 settled
	t "$what: no mail was sent" 0 clean
}

one=alice@one.example.test two=carol@two.example.test
for kind in contacts events tasks; do
	case $kind in
	events)	here=calendar ;;
	*)	here=$kind ;;
	esac
	ring_of 'two tenants' $kind g2=$one/$kind g3=$two/$kind/Second
	[ $kind = contacts ] || [ -n "${EX_ALL-}" ] || continue
	ring_of hybrid $kind g2=$one/$kind/Second e3=$box/$here
	ring_of radicale $kind r2=radicale g3=$two/$kind
done

# What both tenants have on a first run is one item.
twins()
{
	for i in twin single; do
		made g2 $i
	done
	made g3 twin
	sync 0 -i
	count 2
	all "$title" twin twin
	all "$title" single single
	quiet
}

# From a folder that is only read edits flow out, and none in.
read_only()
{
	sed 's/^\[folder g3.*/&\naccess = read-only/' ring.conf >edited &&
	    cat edited >ring.conf
	outlook g3 twin "$p1" theirs
	change v1 single "s/^$title:single/$title:ours/"
	item v1 owed
	sync 0
	all "$p1" twin theirs
	holds g2 ours "$title" ours
	holds g3 single "$title" single
	lacks g3 owed
	quiet
	sed '/^access/d' ring.conf >edited && cat edited >ring.conf
	sync 0
	all "$title" ours ours
	all "$title" owed owed
	quiet
}
for kind in contacts events tasks; do
	gtell '{"do":"fresh"}'
	graph_ring "$t_dir/twins-$kind" $kind v1 g2=$one/$kind \
	    g3=$two/$kind/Second
	t "$kind: equal items of a first run are one" 0 twins
	t "$kind: a folder that is only read: owed, not reverted" 0 read_only
	t "$kind: no mail was sent" 0 clean
done
finish
