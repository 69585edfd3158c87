# ringcases.sh: the table of cases of a ring, end to end through the real pipe
# shellcheck shell=sh disable=SC2086,SC2015 # folders' names have no blanks
#
# Sourced behind lib.sh and ring.sh.  tests/ring.t runs each case; torture.t
# kills each run of each case at every step.
#
#	cases COMMAND N ...	for each number N of folders and each case:
#				"t NAME 0 COMMAND CASE N"; $row is CASE then

# run_pipe STATUS [-i]: the pipe; STATUS is its worst.
run_pipe()
{
	want=$1
	shift
	rm -f st.*
	{ exfetch -r ring.conf -s ring.snap; echo $? >st.1; } 2>said |
	    { exdiff "$@" -s ring.snap; echo $? >st.2; } 2>>said |
	    { exmerge; echo $? >st.3; } 2>>said |
	    { expush -r ring.conf -s ring.snap; echo $? >st.4; } \
	    >results 2>>said
	worst=$(cat st.* | sort -n | tail -n 1)
	[ "$worst" = "$want" ] || broken "the run ended with" \
	    "$(cat st.* | tr '\n' ' ')and not with $want"
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
	three_cards f1
	run_pipe 0 -i
	agree 3
}

first_run()
{
	fresh "$row.$1" "$1"
	three_cards f1
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
		f1)	add f1 ada TITLE:t ;;
		f2)	edit f2 ada 's/^NOTE:.*\r/NOTE:second\r/' ;;
		f3)	add f3 ada ORG:o ;;
		f4)	add f4 ada BDAY:1990-01-02 ;;
		f5)	add f5 ada ROLE:r ;;
		f6)	add f6 ada 'X-NEW:x' ;;
		f7)	edit f7 ada '/^X-KEPT/d' ;;
		esac
	done
	pipe 0
	agree 3
	everywhere ada TITLE:t
	everywhere ada NOTE:second
	[ "$1" -lt 3 ] || everywhere ada 'ORG:o'
	[ "$1" -lt 7 ] || {
		everywhere ada 'BDAY:1990-01-02'
		everywhere ada ROLE:r
		everywhere ada X-NEW:x
		! grep -q X-KEPT f*/*.vcf || broken 'X-KEPT came back'
	}
	quiet
}

same_set()
{
	start "$1"
	for i in $folders; do
		add $i ada "TEL:+1 555 02${i#f}"
	done
	edit f2 ada '/^TEL:+1 555 0100/d'
	pipe 0
	agree 3
	for i in $folders; do
		everywhere ada "TEL:+1 555 02${i#f}"
	done
	! grep -q '555 0100' f*/*.vcf || broken 'what f2 removed came back'
	quiet
}

equal_values()
{
	start "$1"
	for i in $folders; do
		add $i ada TITLE:same
	done
	pipe 0
	[ "$(wrote)" -eq 0 ] || broken "it wrote $(wrote) items"
	agree 3
	quiet
}

different_values()
{
	start "$1"
	add f1 ada TITLE:one
	edit f1 ada 's/^NOTE:.*\r/NOTE:not merged\r/'
	add f2 ada TITLE:two
	edit f1 bea 's/^NICKNAME:.*\r/NICKNAME:B\r/'
	grep -v xx "$(file f2 ada)" >kept
	pipe 1
	grep -q '^{"rec":"conflict","uid":"ada"' results || broken 'untold'
	everywhere bea NICKNAME:B
	cmp -s kept "$(file f2 ada)" || broken "f2's was touched"
	grep -q '^TITLE:one' "$(file f1 ada)" || broken "f1's was touched"
	quiet 1
	edit f1 ada 's/^TITLE:.*\r/TITLE:two\r/'
	pipe 0
	agree 3
	everywhere ada TITLE:two
	everywhere ada 'NOTE:not merged'
	quiet
}

edit_delete()
{
	start "$1"
	add f1 ada TITLE:edited
	rm "$(file f2 ada)"
	pipe 1		# it is told of
	agree 3
	everywhere ada TITLE:edited
	quiet
}

delete_wins()
{
	start "$1" 'delete-wins = yes'
	add f1 ada TITLE:edited
	rm "$(file f2 ada)"
	pipe 1
	agree 2
	quiet
}

delete_delete()
{
	start "$1"
	rm "$(file f1 ada)" "$(file f2 ada)"
	pipe 0
	agree 2
	quiet
}

delete_one()
{
	start "$1"
	rm "$(file f2 ada)"
	pipe 0
	[ "$(wrote)" -eq $(($1 - 1)) ] || broken "it wrote $(wrote)"
	agree 2
	quiet
}

create_equal()
{
	start "$1"
	for i in $folders; do
		card $i/new.vcf new 'New Example' TITLE:n
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
		card $i/new.vcf new 'New Example' "TEL:+1 555 03${i#f}"
	done
	add f2 new TITLE:only
	pipe 0
	agree 4
	for i in $folders; do
		everywhere new "TEL:+1 555 03${i#f}"
	done
	everywhere new TITLE:only
	quiet
}

create_conflict()
{
	start "$1"
	card f1/new.vcf new 'New Example' TITLE:one
	card f2/new.vcf new 'New Example' TITLE:two
	pipe 1
	grep -q TITLE:one f1/new.vcf || broken "f1's was touched"
	grep -q TITLE:two f2/new.vcf || broken "f2's was touched"
	[ "$1" -lt 3 ] || [ -z "$(file f3 new)" ] || broken 'f3 got one'
	quiet 1
}

other_uids()
{
	fresh "$row.$1" "$1"
	for i in $folders; do
		card $i/x.vcf "uid-of-$i" 'Same Person' 'TEL:+1 555 0400'
		card $i/y.vcf both 'Another'
	done
	pipe 0 -i
	[ "$(wrote)" -eq 0 ] || broken "it wrote $(wrote) items"
	agree 2
	for i in $folders; do
		grep -q "^UID:uid-of-$i.\$" $i/x.vcf || broken "$i lost its UID"
	done
	edit f2 uid-of-f2 's/0400/0401/'
	pipe 0
	agree 2
	for i in $folders; do
		grep -q "^UID:uid-of-$i.\$" $i/x.vcf || broken "$i lost its UID"
		grep -q '^TEL:+1 555 0401' $i/x.vcf || broken "$i lacks it"
	done
	quiet
}

rename()
{
	start "$1"
	mv "$(file f2 ada)" f2/another-name.vcf
	pipe 0
	[ "$(wrote)" -eq 0 ] || broken "it wrote $(wrote) items"
	agree 3
	add f1 ada TITLE:after
	pipe 0
	grep -q TITLE:after f2/another-name.vcf || broken 'f2 was not found'
	agree 3
	quiet
}

swap()
{
	start "$1"
	a=$(file f2 ada) b=$(file f2 bea)
	mv "$a" f2/x && mv "$b" "$a" && mv f2/x "$b"
	pipe 0
	[ "$(wrote)" -eq 0 ] || broken "it wrote $(wrote) items"
	agree 3
	quiet
}

reuse()
{
	start "$1"
	at=$(file f2 ada)
	mv "$at" f2/elsewhere.vcf
	card "$at" new 'New Example'
	pipe 0
	[ "$(wrote)" -eq $(($1 - 1)) ] || broken "it wrote $(wrote) items"
	agree 4
	add f1 ada TITLE:after
	pipe 0
	grep -q TITLE:after f2/elsewhere.vcf || broken 'f2 was not found'
	agree 4
	quiet
}

# A store that cannot hold a note, nor brings one of its own.
drops()
{
	fresh "$row.$1" "$1"
	three_cards f1
	printf '{"quirks":["drop=note"]}\n' >f2.mem
	sed 's/^store = vdir:f2$/store = mem:f2.mem/' ring.conf >edited &&
	    cat edited >ring.conf
	pipe 0 -i
	[ "$(exfetch mem:f2.mem | grep -c '^{"rec":"item"')" -eq 3 ] ||
		broken 'f2 has not got three'
	! grep -q '"note"' f2.mem || broken 'f2 holds a note'
	add f1 ada TITLE:t
	pipe 0
	grep -q '"title",{},"text","t"' f2.mem || broken 'f2 has no title'
	for i in $folders; do
		[ $i = f2 ] || grep -q '^NOTE:first' "$(file $i ada)" ||
			broken "$i lost its note"
		[ $i = f2 ] || grep -q '^TITLE:t' "$(file $i ada)" ||
			broken "$i has no title"
	done
	edit f1 ada 's/^NOTE:first/NOTE:second/'
	pipe 0
	for i in $folders; do
		[ $i = f2 ] || grep -q '^NOTE:second' "$(file $i ada)" ||
			broken "$i has the old note"
	done
	quiet
}

# access FOLDER WORD: its access in the ring file.
access()
{
	sed "/^store = vdir:$1\$/s/\$/\\naccess = $2/" ring.conf >edited &&
	    cat edited >ring.conf
}

read_only()
{
	fresh "$row.$1" "$1"
	three_cards f1
	cp f1/* f2
	access f2 read-only
	pipe 0 -i
	agree 3
	add f1 ada TITLE:owed
	pipe 0
	! grep -q TITLE f2/* || broken 'f2 was written to'
	grep -q TITLE:owed "$(file f1 ada)" || broken 'the edit was reverted'
	add f2 bea TITLE:flows
	pipe 0
	for i in $folders; do
		grep -q TITLE:flows "$(file $i bea)" || broken "not to $i"
		[ $i = f2 ] || grep -q TITLE:owed "$(file $i ada)" ||
			broken "$i lost TITLE:owed"
	done
	quiet
}

write_only()
{
	fresh "$row.$1" "$1"
	three_cards f1
	card f2/own.vcf own 'Own Example'
	access f2 write-only
	pipe 0 -i
	[ -f f2/own.vcf ] && [ -z "$(file f1 own)" ] || broken 'own = leave'
	add f2 ada TITLE:undone
	rm "$(file f2 bea)"
	pipe 0
	! grep -q TITLE f?/* || broken 'the edit was not undone'
	[ -n "$(file f2 bea)" ] || broken 'the deletion was not undone'
	quiet
}

# cases COMMAND N ...
cases()
{
	as=$1
	shift
	for n in "$@"; do
		while IFS=: read -r row name <&3; do
			t "$n folders: $name" 0 $as $row $n
		done 3<<'.'
first_run:first run
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
rename:rename of the id: nothing written
swap:names of two items swapped: nothing written
reuse:name taken by a new item, the old one renamed
drops:folder cannot store a property: it stays elsewhere
read_only:read-only folder: owed, not reverted
write_only:write-only folder: repaired, own items left
.
	done
}
