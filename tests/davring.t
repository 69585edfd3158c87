#!/bin/sh
# Rings of a vdir, Radicale and Xandikos, with a second client on all sides:
# the table of cases, on three and five folders of contacts, events and
# tasks; then runs that are killed at every step.  EX_ALL=1, as `make
# check-servers` has it: all kinds and steps; else some.
# shellcheck disable=SC2086 # options
. tests/lib.sh
. "$TOP/tests/servers/davring.sh"
dav_start

first_run()
{
	for uid in props set equal left edgone gone2 gone1 moved swap1 swap2
	do
		item f1 $uid $uid "Name of $uid" "$set:one" "$p3:$uid"
	done
	item f2 second second 'From a server'
	item f3 third third 'From the other' 'X-KEPT:as it is'
	sync 0 -i
	same 12
	everywhere third 'X-KEPT:as it is'
	everywhere second "$name:From a server"
}

# The cases of the table, each on items of its own, at once.
edits()
{
	look
	add f1 props "$p1:t"
	add f2 props "$p2:r"
	edit f3 props "/^$p3/d"
	add f1 set "$set:two"
	edit f2 set "s/^$set:one/$set:three/"
	for f in $folders; do
		add $f equal "$p1:same"
		item $f new new 'In all of them'
		item $f union union 'United' "$set:$f"
	done
	add f1 left "$p1:one"
	add f2 left "$p1:two"
	add f1 edgone "$p1:edited"
	remove f2 edgone
	remove f1 gone2
	remove f3 gone2
	remove f2 gone1
	move f2 moved elsewhere
	swap f3 swap1 swap2
	item f1 dispute dispute Disputed "$p1:one"
	item f2 dispute dispute Disputed "$p1:two"
	item f3 one one 'Only here'
	# A run that was told of conflicts.
	sync 1
	look
}

case_props()
{
	everywhere props "$p1:t"
	everywhere props "$p2:r"
	! grep -q "^$p3:props" f?/*.??? || broken "$p3 came back"
}

case_set()
{
	members set two three
	for f in $folders; do
		! grep -q "^$set:.*one" "$(file $f set)" ||
			broken 'what f2 removed came back'
	done
}

case_equal()
{
	everywhere equal "$p1:same"
}

case_left()
{
	grep -q "^$p1:one" "$(file f1 left)" || broken "f1's was touched"
	grep -q "^$p1:two" "$(file f2 left)" || broken "f2's was touched"
	! grep -q "^$p1" "$(file f3 left)" || broken "f3's was touched"
}

case_edgone()
{
	everywhere edgone "$p1:edited"
}

case_gone()
{
	nowhere gone1
	nowhere gone2
}

case_new()
{
	everywhere new "$name:In all of them"
	everywhere one "$name:Only here"
}

case_union()
{
	members union $folders
}

case_dispute()
{
	grep -q "^$p1:one" "$(file f1 dispute)" || broken "f1's was touched"
	grep -q "^$p1:two" "$(file f2 dispute)" || broken "f2's was touched"
	nowhere_but 'f1 f2' dispute
}

# nowhere_but FOLDERS UID
nowhere_but()
{
	for f in $folders; do
		case " $1 " in
		*" $f "*)	;;
		*)	[ -z "$(file $f $2)" ] || broken "$2 is in $f" ;;
		esac
	done
}

case_moved()
{
	[ -f f2/elsewhere$ending ] || broken 'the name was changed'
	everywhere moved "$name:Name of moved"
	everywhere swap1 "$name:Name of swap1"
	everywhere swap2 "$name:Name of swap2"
}

# Nothing is there twice.
case_twice()
{
	for f in $folders; do
		grep -h '^UID:' $f/*.??? | sort | uniq -d >twice
		[ ! -s twice ] || broken "twice in $f: $(cat twice)"
	done
}

settled()
{
	edit f1 left "s/^$p1:.*\r/$p1:two\r/"
	edit f2 dispute "s/^$p1:.*\r/$p1:one\r/"
	sync 0
	same 14
	everywhere left "$p1:two"
	everywhere dispute "$p1:one"
	quiet
}

n_kind()
{
	what="$2, $1 folders"
	dav_ring "$t_dir/$2-$1" $1 $2
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
	    new:'create, and create/create with one UID: there' \
	    union:'create/create, same UID, different: union' \
	    dispute:'create/create, same UID, single values: left' \
	    moved:'renamed, and names swapped: bound' \
	    twice:'nothing is there twice'
	do
		t "$what: ${row#*:}" 0 case_${row%%:*}
	done
	t "$what: and quiet" 0 quiet 1
	t "$what: what was left is settled" 0 settled
}

EX_ALL=${EX_ALL-}
for of in 3:contacts 5:events 3:tasks ${EX_ALL:+5:contacts 3:events 5:tasks}
do
	n_kind ${of%:*} ${of#*:}
done

# The ring's runs are killed after every transaction and every write; the
# next one goes on, and nothing is lost or there twice.
# killed_at K: between two runs people create, edit and delete.  $before is
# the K before.
killed_at()
{
	look
	item f1 vdir$1 vdir$1 'Made in a vdir'
	item f2 radicale$1 radicale$1 'Made on Radicale'
	item f3 xandikos$1 xandikos$1 'Made on Xandikos'
	edit f$(($1 % 3 + 1)) kept "s/^$p3:.*\r/$p3:edit $1\r/"
	remove f$((($1 + 1) % 3 + 1)) vdir$before
	{ EX_STOP_AFTER=$1 exring sync -q ring.conf >said 2>&1; } 2>/dev/null
	killed=$?
	sync 0
	look
	for uid in vdir$1 radicale$1 xandikos$1; do
		everywhere $uid "$name:Made .*"
	done
	nowhere vdir$before
	everywhere kept "$p3:edit $1"
	case_twice
	before=$1
	turns=$((turns + 1))
	agree $((2 + 2 * turns))
	quiet
}

killed()
{
	item f1 kept kept 'Edited each time' "$p3:edit 0"
	item f1 vdir0 vdir0 'The first to go'
	sync 0 -i
	k=0 before=0 turns=0
	killed=1
	until [ $killed -eq 0 ]; do
		killed_at $((k += ${EX_ALL:-3}))
		[ $k -lt 60 ] || broken 'it never ends'
	done
	[ $k -gt 8 ] || broken "there were only $k steps"
	echo "# $k steps, killed $((turns - 1)) times" >&3
}
exec 3>&1
dav_ring "$t_dir/killed" 3 contacts
t 'contacts, killed at its steps and gone on' 0 killed

# Programs that people use on a vdir.
khard()
{
	command khard -c "$HOME/khard.conf" "$@" >>khard.out 2>&1
}

khard_conf()
{
	cat >"$HOME/khard.conf" <<-END
	[addressbooks]
	[[f1]]
	path = $PWD/f1
	[general]
	editor = false
	merge_editor = false
	END
}

# yaml NAME LINE ...
yaml()
{
	echo "First name : $1"
	echo 'Last name : Example'
	shift
	printf '%s\n' "$@"
}

# on_servers COUNT LINE
on_servers()
{
	look
	for f in f2 f3; do
		[ "$(cat $f/*.??? | grep -c "^$2.\$")" -eq "$1" ] ||
			broken "$f: not $1 of $2"
	done
}

by_khard()
{
	khard_conf
	yaml Eve 'Phone :' '    home : 123' >new.yaml
	khard new --vcard-version 3.0 -a f1 -i new.yaml || broken 'khard new'
	sync 0 -i
	on_servers 1 'FN:Eve Example'
	uid=$(sed -n 's/^UID:\(.*\).$/\1/p' f1/*.vcf)
	add f2 "$uid" NICKNAME:Evie
	item f3 dan dan 'Dan Example'
	sync 0
	khard details Eve && khard details Dan || broken 'khard details'
	grep -q Evie khard.out || broken 'the nickname did not come'
	yaml Eve 'Role : Chief' 'Nickname : Evie' 'Phone :' \
	    '    home : 123' >new.yaml
	echo y | khard modify -i new.yaml Eve || broken 'khard modify'
	khard remove --force Dan || broken 'khard remove'
	sync 0
	on_servers 1 'ROLE:Chief'
	on_servers 1 'NICKNAME:Evie'
	on_servers 0 'FN:Dan Example'
	quiet
}

khal()
{
	command khal -c "$HOME/khal.conf" "$@" >>khal.out 2>&1
}

by_khal()
{
	cat >"$HOME/khal.conf" <<-END
	[calendars]
	[[f1]]
	path = $PWD/f1
	[locale]
	default_timezone = Europe/Berlin
	local_timezone = Europe/Berlin
	dateformat = %Y-%m-%d
	longdateformat = %Y-%m-%d
	timeformat = %H:%M
	datetimeformat = %Y-%m-%d %H:%M
	longdatetimeformat = %Y-%m-%d %H:%M
	[sqlite]
	path = $PWD/khal.db
	END
	khal new -a f1 -r weekly '2026-03-01 10:00' '2026-03-01 11:00' Meet ||
		broken 'khal new'
	sync 0 -i
	on_servers 1 SUMMARY:Meet
	uid=$(sed -n 's/^UID:\(.*\).$/\1/p' f1/*.ics)
	add f3 "$uid" 'LOCATION:Room, the large'
	sync 0
	on_servers 1 'LOCATION:Room.*large'
	khal list -f '{title} in {location}' 2026-03-08 2d || broken 'khal list'
	grep -q 'Meet in Room, the large' khal.out ||
		broken "khal sees: $(cat khal.out)"
	on_servers 1 'DTSTART;TZID=Europe/Berlin:20260301T100000'
	quiet
}

for k in khard:contacts khal:events; do
	if command -v ${k%:*} >/dev/null; then
		dav_ring "$t_dir/${k%:*}" 3 ${k#*:}
		t "${k%:*} on the vdir" 0 by_${k%:*}
	else
		skip "${k%:*} on the vdir" "${k%:*} is not here"
	fi
done

# A server need not name an item that it got after our token and lost before
# the next run (RFC 6578, 3.5.2); Xandikos does not.
fleeting()
{
	item f1 ann ann 'Ann Example'
	item f1 bob bob 'Bob Example'
	sync 0 -i
	item f1 cy cy 'Cy Example'
	sync 0
	look
	remove "$1" cy
	sync 0
	same 2
	[ ! -e f1/cy$ending ] || broken 'it is still there'
	quiet
}
for f in f2 f3; do
	dav_ring "$t_dir/fleeting-$f" 3 contacts
	t "$f: created by one run, deleted before the next: deleted" 0 \
	    fleeting $f
done
finish
