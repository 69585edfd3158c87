#!/bin/sh
# Rings of a vdir and two folders on Exchange (tests/servers/ews.py): the
# table of cases of a ring, of contacts, events and tasks.  What a person does
# in Outlook is done on the server, by a way that is not ours.  No mail may be
# sent, and all that passes is by Microsoft's schema: the server looks.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/ewsring.sh"
ews_begin

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

edits()
{
	change v1 props "s/^$p1:first/$p1:here/"
	outlook e2 props $f2 Private
	more v1 set "$set:two"
	outlook e2 set $fset '<t:Categories><t:String>three</t:String></t:Categories>'
	change v1 equal "s/^$p1:first/$p1:same/"
	outlook e2 equal $f1 same
	outlook e3 equal $f1 same
	change v1 left "s/^$p1:first/$p1:vdir/"
	outlook e2 left $f1 exchange
	outlook e3 edgone $f1 edited
	take v1 edgone
	take v1 gone2
	take e2 gone2
	take e2 gone1
	item v1 new "$p1:made here"
	case $kind in
	contacts)	ews_new='<t:Contact><t:DisplayName>made</t:DisplayName><t:GivenName>made</t:GivenName><t:JobTitle>there</t:JobTitle></t:Contact>' ;;
	events)		ews_new='<t:CalendarItem><t:Subject>made</t:Subject><t:Start>2026-04-01T08:00:00Z</t:Start><t:End>2026-04-01T09:00:00Z</t:End><t:Location>there</t:Location></t:CalendarItem>' ;;
	tasks)		ews_new='<t:Task><t:Subject>made</t:Subject></t:Task>' ;;
	esac
	tell "{\"do\":\"add\",\"folder\":\"$(ews_place e3)\",\"xml\":\"$ews_new\"}"
	sync 1
}

case_props()
{
	all "$p1" props here
	for f in $folders; do
		case $f:$kind in
		v*:events)	holds $f props DESCRIPTION Private ;;
		v*:contacts)	holds $f props ROLE Private ;;
		v*:tasks)	holds $f props CLASS PRIVATE ;;
		*)		holds $f props "$p2" Private ;;
		esac
	done
}

case_set()
{
	tr -d '\r' <"$(titled v1 set)" | sed -n 's/^CATEGORIES://p' |
	    tr , '\n' | sort | tr '\n' ' ' | grep -qx 'three two ' ||
		broken "the set in v1: $(cat "$(titled v1 set)")"
	for f in e2 e3; do
		tell "{\"do\":\"dump\",$(which $f set)}"
		jq -r '.xml.Categories' told | grep -o '>[^<>]\+<' | sort |
		    tr -d '\n' | grep -qx '>three<>two<' ||
			broken "the set in $f: $(cat told)"
	done
}

case_equal()
{
	all "$p1" equal same
}

case_left()
{
	holds v1 left "$p1" vdir
	holds e2 left "$p1" exchange
	holds e3 left "$p1" first
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

settled()
{
	outlook e2 left $f1 vdir
	sync 0
	all "$p1" left vdir
	count 8
	quiet
}

# Deletes go to Deleted Items: from e2 a person's, from e3 ours.
case_bin()
{
	tell '{"do":"list","folder":"alice@example.test/deleteditems"}'
	case $kind in
	contacts)	element=Contact ;;
	events)		element=CalendarItem ;;
	tasks)		element=Task ;;
	esac
	for i in gone1 gone2; do
		[ "$(jq -r --arg e $element '.items[] |
		    select(.element == $e) | .subject' told |
		    grep -cx $i)" -eq 2 ] ||
			broken "$i is not twice in Deleted Items: $(cat told)"
	done
}

for of in contacts:contacts events:calendar tasks:tasks; do
	what=${of%:*}
	ews_ring "$t_dir/$what" "$what" v1 \
	    e2="alice@example.test/${of#*:}" \
	    e3="alice@example.test/${of#*:}/Second"
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
	t "$what: no mail was sent" 0 ews_silent
done
finish
