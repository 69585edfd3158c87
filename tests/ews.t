#!/bin/sh
# Rings of a vdir, a folder on Exchange (tests/servers/ews.py) and another
# there or on Radicale: the table of cases of a ring, of contacts, events and
# tasks.  What a person does in Outlook is done on the server, by a way that is
# not ours.  No mail may be sent, and all that passes is by Microsoft's schema:
# the server looks.  EX_ALL=1: both, of all kinds.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/ewsring.sh"
ews_begin
ews_radicale

# What stands for private in $p2 of that folder.
private()
{
	if [ "$kind" = tasks ] && [ -d "$1" ]; then
		echo PRIVATE
	else
		echo Private
	fi
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

edits()
{
	in_bin >binned
	change v1 props "s/^$p1:first/$p1:here/"
	sets $second props $p2 "$(private $second)"
	more v1 set "$set:two"
	if [ $second = e2 ]; then
		outlook e2 set $fset '<t:Categories><t:String>three</t:String></t:Categories>'
	else
		sets $second set $set three
	fi
	change v1 equal "s/^$p1:first/$p1:same/"
	sets $second equal $p1 same
	outlook e3 equal $f1 same
	change v1 left "s/^$p1:first/$p1:vdir/"
	sets $second left $p1 second
	outlook e3 edgone $f1 edited
	take v1 edgone
	take v1 gone2
	take $second gone2
	take $second gone1
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
		holds $f props "$p2" "$(private $f)"
	done
}

case_set()
{
	for f in $folders; do
		if [ -d $f ]; then
			tr -d '\r' <"$(titled $f set)" |
			    sed -n 's/^CATEGORIES://p' | tr , '\n' | sort |
			    tr '\n' ' ' | grep -qx 'three two ' ||
				broken "the set: $(cat "$(titled $f set)")"
			continue
		fi
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
	holds $second left "$p1" second
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
	sets $second left $p1 vdir
	sync 0
	all "$p1" left vdir
	count 8
	quiet
}

# Deletes go to Deleted Items.
in_bin()
{
	tell '{"do":"list","folder":"alice@example.test/deleteditems"}'
	jq -r '.items[].subject' told | grep -cx gone1
}

case_bin()
{
	[ "$(in_bin)" -gt "$(cat binned)" ] ||
		broken "gone1 is not in Deleted Items: $(cat told)"
}

# ring_of KIND SECOND CLASS
ring_of()
{
	case $1 in
	events)	place=$box/calendar ;;
	*)	place=$box/$1 ;;
	esac
	second=${2%%=*}
	what="$1, $second"
	tell "{\"do\":\"folder\",\"folder\":\"$place/For $second\",\"kind\":\"$3\"}"
	ews_ring "$t_dir/$1-$second" "$1" v1 "$2" e3="$place/For $second"
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
}

ring_of contacts e2=$box/contacts IPF.Contact
ring_of events e2=$box/calendar IPF.Appointment
ring_of tasks e2=$box/tasks IPF.Task
ring_of contacts r2=radicale IPF.Contact
if [ -n "${EX_ALL-}" ]; then
	ring_of events r2=radicale IPF.Appointment
	ring_of tasks r2=radicale IPF.Task
fi

# An address is edited as Outlook does it, which names it, too, while
# somebody edits a number in the vdir: both arrive, and what Exchange has no
# field for stays (the TYPE of an address, a fourth address, a label).
# eve FOLDER
eve()
{
	tr -d '\r' <"$(titled $1 Eve)" | grep '^EMAIL\|TEL\|^item1\.X'
}

address()
{
	item v1 Eve 'EMAIL;TYPE=WORK:eve@old.example' \
	    'EMAIL;TYPE=HOME:eve@home.example' EMAIL:eve@third.example \
	    EMAIL:eve@fourth.example 'TEL;TYPE=CELL:+1 555 0100' \
	    'item1.TEL;TYPE=WORK:+1 555 0200' item1.X-ABLabel:desk
	sync 0 -i
	outlook e3 Eve contacts:EmailAddress/EmailAddress1 "<t:EmailAddresses>\
<t:Entry Key='EmailAddress1' Name='Eve (eve@new.example)' RoutingType='SMTP'\
>eve@new.example</t:Entry></t:EmailAddresses>"
	change v1 Eve 's/0100/0101/'
	sync 0
	eve v1
	eve r2 | sort >r2.has
	eve v1 | sort | diff - r2.has
	tell "{\"do\":\"dump\",$(which e3 Eve)}"
	jq -r '.xml | .EmailAddresses, .PhoneNumbers' told |
	    grep -o '>[^<>]\+</' | tr -d '></' | sort
	quiet
}
ews_ring "$t_dir/address" contacts v1 r2=radicale e3=$box/contacts/Second
cat >out <<'END'
EMAIL;TYPE=WORK:eve@new.example
EMAIL;TYPE=HOME:eve@home.example
EMAIL:eve@third.example
EMAIL:eve@fourth.example
TEL;TYPE=CELL:+1 555 0101
item1.TEL;TYPE=WORK:+1 555 0200
item1.X-ABLABEL:desk
+1 555 0101
+1 555 0200
eve@home.example
eve@new.example
eve@third.example
END
t "an address edited in Outlook, a number in the vdir: both" 0 address
t 'no mail was sent' 0 ews_silent
finish
