# ringcases.sh: the table of cases of a ring, end to end through the real pipe
# shellcheck shell=sh disable=SC2086,SC2015 # folders' names have no blanks
#
# Sourced behind lib.sh and ring.sh.  tests/ring.t runs each case; torture.t
# kills each run of each case at every step; servers/davcases.sh runs them on
# servers, for all kinds.
#
#	cases COMMAND N ...	for each number N of folders and each case:
#				"t NAME 0 COMMAND CASE N"; $row is CASE then
#	each_case ROWS COMMAND N ...
#				the same for the lines "CASE:NAME" of ROWS

# run_pipe STATUS [-i]: the pipe; STATUS is its worst.
run_pipe()
{
	want=$1
	shift
	{ exfetch -r ring.conf -s ring.snap; echo $? >st.1; } 2>said |
	    { exdiff "$@" -s ring.snap; echo $? >st.2; } 2>>said |
	    { exmerge; echo $? >st.3; } 2>>said |
	    { expush -r ring.conf -s ring.snap; echo $? >st.4; } \
	    >results 2>>said
	worst_status
	[ "$worst" = "$want" ] || broken "the run ended with" \
	    "$(cat st.* | tr '\n' ' ')and not with $want"
	look
}

# pipe STATUS [-i]: the same, for a run that the case is about; torture.t has
# another one.
pipe()
{
	run_pipe "$@"
}

# wrote: how many ops the last run carried out.
wrote()
{
	grep -c '^{"rec":"done"' results
}

# quiet [STATUS]: another run writes nothing.
quiet()
{
	state >before
	pipe "${1:-0}"
	[ "$(wrote)" -eq 0 ] || broken "the next run wrote $(wrote) items"
	state | cmp -s - before || broken 'the next run touched a file'
}

# start N [line ...]: a ring of N folders with three items that agree.
start()
{
	fresh "$row.$1" "$@"
	three_items f1
	run_pipe 0 -i
	agree 3
}

first_run()
{
	fresh "$row.$1" "$1"
	three_items f1
	pipe 0 -i
	agree 3
	[ "$(wrote)" -eq $((3 * ($1 - 1))) ] || broken "it wrote $(wrote)"
	everywhere ada 'X-KEPT:as it is'
	quiet
}

different_properties()
{
	start "$1"
	for i in $folders; do
		case $i in
		f1)	add f1 ada $p1:t ;;
		f2)	edit f2 ada "s/^$p3:.*\r/$p3:second\r/" ;;
		f3)	add f3 ada $p2:r ;;
		f4)	add f4 ada $p4 ;;
		f5)	add f5 ada $p5 ;;
		f6)	add f6 ada X-NEW:x ;;
		f7)	edit f7 ada '/^X-KEPT/d' ;;
		esac
	done
	pipe 0
	agree 3
	everywhere ada $p1:t
	everywhere ada $p3:second
	[ "$1" -lt 3 ] || everywhere ada $p2:r
	[ "$1" -lt 5 ] || {
		everywhere ada $p4
		everywhere ada $p5
	}
	[ "$1" -lt 7 ] || {
		everywhere ada X-NEW:x
		! grep -q X-KEPT f*/*.??? || broken 'X-KEPT came back'
	}
	quiet
}

same_set()
{
	start "$1"
	for i in $folders; do
		add $i ada "$set:in $i"
	done
	edit f2 ada "/^$set:zero/d; s/^$set:zero,/$set:/"
	pipe 0
	agree 3
	for i in $folders; do
		members ada "in $i"
	done
	! grep -q "^$set.*zero" f*/*.??? || broken 'what f2 removed came back'
	quiet
}

equal_values()
{
	start "$1"
	for i in $folders; do
		add $i ada $p1:same
	done
	pipe 0
	[ "$(wrote)" -eq 0 ] || broken "it wrote $(wrote) items"
	agree 3
	quiet
}

different_values()
{
	start "$1"
	add f1 ada $p1:one
	edit f1 ada "s/^$p3:.*\r/$p3:not merged\r/"
	add f2 ada $p1:two
	edit f1 bea "s/^$p2:.*\r/$p2:b\r/"
	look
	cp "$(file f1 ada)" was1
	cp "$(file f2 ada)" was2
	pipe 1
	grep -q '^{"rec":"conflict","uid":"ada"' results || broken 'untold'
	everywhere bea $p2:b
	cmp -s was1 "$(file f1 ada)" || broken "f1's was touched"
	cmp -s was2 "$(file f2 ada)" || broken "f2's was touched"
	quiet 1
	edit f1 ada "s/^$p1:.*\r/$p1:two\r/"
	pipe 0
	agree 3
	everywhere ada $p1:two
	everywhere ada "$p3:not merged"
	quiet
}

edit_delete()
{
	start "$1"
	add f1 ada $p1:edited
	remove f2 ada
	pipe 1		# it is told of
	agree 3
	everywhere ada $p1:edited
	quiet
}

delete_wins()
{
	start "$1" 'delete-wins = yes'
	add f1 ada $p1:edited
	remove f2 ada
	pipe 1
	agree 2
	nowhere ada
	quiet
}

delete_delete()
{
	start "$1"
	remove f1 ada
	remove f2 ada
	pipe 0
	agree 2
	nowhere ada
	quiet
}

delete_one()
{
	start "$1"
	remove f2 ada
	pipe 0
	[ "$(wrote)" -eq $(($1 - 1)) ] || broken "it wrote $(wrote)"
	agree 2
	nowhere ada
	quiet
}

create_equal()
{
	start "$1"
	for i in $folders; do
		item $i new new 'New Example' $p1:n
	done
	pipe 0
	[ "$(wrote)" -eq 0 ] || broken "it wrote $(wrote) items"
	agree 4
	quiet
}

create_union()
{
	start "$1"
	for i in $folders; do
		item $i new new 'New Example' "$set:in $i"
	done
	add f2 new $p1:only
	pipe 0
	agree 4
	for i in $folders; do
		members new "in $i"
	done
	everywhere new $p1:only
	quiet
}

create_conflict()
{
	start "$1"
	item f1 new new 'New Example' $p1:one
	item f2 new new 'New Example' $p1:two
	pipe 1
	has f1 new $p1:one || broken "f1's was touched"
	has f2 new $p1:two || broken "f2's was touched"
	[ "$1" -lt 3 ] || [ -z "$(file f3 new)" ] || broken 'f3 got one'
	quiet 1
}

other_uids()
{
	fresh "$row.$1" "$1"
	for i in $folders; do
		item $i x "uid-of-$i" 'Same Person' $set:once
		item $i y both 'Another'
	done
	pipe 0 -i
	[ "$(wrote)" -eq 0 ] || broken "it wrote $(wrote) items"
	agree 2
	for i in $folders; do
		grep -q "^UID:uid-of-$i.\$" $i/x$ending ||
			broken "$i lost its UID"
	done
	edit f2 uid-of-f2 "s/^$set:once/$set:twice/"
	pipe 0
	agree 2
	for i in $folders; do
		grep -q "^UID:uid-of-$i.\$" $i/x$ending ||
			broken "$i lost its UID"
		grep -q "^$set:twice" $i/x$ending || broken "$i lacks it"
	done
	quiet
}

rename_id()
{
	start "$1"
	move f2 ada another-name
	pipe 0
	[ "$(wrote)" -eq 0 ] || broken "it wrote $(wrote) items"
	agree 3
	add f1 ada $p1:after
	pipe 0
	grep -q $p1:after f2/another-name$ending || broken 'f2 was not found'
	agree 3
	quiet
}

swap_ids()
{
	start "$1"
	swap f2 ada bea
	pipe 0
	[ "$(wrote)" -eq 0 ] || broken "it wrote $(wrote) items"
	agree 3
	quiet
}

reuse_id()
{
	start "$1"
	was=$(file f2 ada)
	was=${was##*/}
	move f2 ada elsewhere
	item f2 ${was%$ending} new 'New Example'
	pipe 0
	[ "$(wrote)" -eq $(($1 - 1)) ] || broken "it wrote $(wrote) items"
	agree 4
	add f1 ada $p1:after
	pipe 0
	grep -q $p1:after f2/elsewhere$ending || broken 'f2 was not found'
	agree 4
	quiet
}

# A store that cannot hold a property, nor brings one of its own.
drops()
{
	fresh "$row.$1" "$1"
	three_items f1
	forgetful f2 $p3
	pipe 0 -i
	within f2 3 '"rec":"item"'
	within f2 0 "first"
	add f1 ada $p1:t
	pipe 0
	within f2 1 '"text","t"'
	for i in $folders; do
		[ $i = f2 ] || has $i ada $p3:first ||
			broken "$i lost its $p3"
		[ $i = f2 ] || has $i ada $p1:t || broken "$i has no $p1"
	done
	edit f1 ada "s/^$p3:first/$p3:second/"
	pipe 0
	for i in $folders; do
		[ $i = f2 ] || has $i ada $p3:second ||
			broken "$i has the old $p3"
	done
	within f2 0 second
	quiet
}

read_only()
{
	fresh "$row.$1" "$1"
	three_items f1
	three_items f2
	with f2 'access = read-only'
	pipe 0 -i
	agree 3
	add f1 ada $p1:owed
	pipe 0
	! grep -q ^$p1 f2/*.??? || broken 'f2 was written to'
	has f1 ada $p1:owed || broken 'the edit was reverted'
	add f2 bea $p1:flows
	pipe 0
	for i in $folders; do
		has $i bea $p1:flows || broken "not to $i"
		[ $i = f2 ] || has $i ada $p1:owed ||
			broken "$i lost $p1:owed"
	done
	quiet
}

write_only()
{
	fresh "$row.$1" "$1"
	three_items f1
	item f2 own own 'Own Example'
	with f2 'access = write-only'
	pipe 0 -i
	[ -n "$(file f2 own)" ] && [ -z "$(file f1 own)" ] ||
		broken 'own = leave'
	add f2 ada $p1:undone
	remove f2 bea
	pipe 0
	! grep -q ^$p1 f?/*.??? || broken 'the edit was not undone'
	[ -n "$(file f2 bea)" ] || broken 'the deletion was not undone'
	quiet
}

each_case()
{
	rows=$1 as=$2
	shift 2
	for n in "$@"; do
		while IFS=: read -r row title <&3; do
			t "$n folders: $title" 0 $as $row $n
		done 3<<.
$rows
.
	done
}

cases()
{
	each_case 'first_run:first run
different_properties:edit/edit, different properties: merged
same_set:edit/edit, same set: adds and removes of both
equal_values:edit/edit, same single value, equal: no conflict
different_values:edit/edit, same single value, different: left
edit_delete:edit/delete: the edit wins, created again
delete_wins:edit/delete, with delete-wins: gone
delete_one:delete: gone everywhere
delete_delete:delete/delete: gone
create_equal:create/create, same UID, equal: bound
create_union:create/create, same UID, different: union
create_conflict:create/create, same UID, single values: left
other_uids:create/create, other UIDs, equal, first run: bound
rename_id:rename of the id: nothing written
swap_ids:names of two items swapped: nothing written
reuse_id:name taken by a new item, the old one renamed
drops:folder cannot store a property: it stays elsewhere
read_only:read-only folder: owed, not reverted
write_only:write-only folder: repaired, own items left' "$@"
}
