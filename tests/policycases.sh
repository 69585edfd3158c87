# policycases.sh: what the ring file can ask for, end to end
# shellcheck shell=sh disable=SC2086,SC2015 # folders' names have no blanks
#
# Sourced behind ringcases.sh: a row for each conflict policy, and for each
# word of a one-way ring.
#
#	policies COMMAND N ...		as cases; N is 3 at least

# clash N [line for the ring file]: two values of ada's $p1 in f1 and f2, f2's
# newer; one of $p3 that is not disputed.
clash()
{
	fresh "$row.$1" "$@"
	three_items f1
	add f1 ada $p1:clerk
	run_pipe 0 -i
	agree 3
	edit f1 ada "s/^$p1:.*\\r/$p1:boss\\r/"
	add f1 ada $stamp:20260101T000000Z
	edit f1 ada "s/^$p3:.*\\r/$p3:second\\r/"
	edit f2 ada "s/^$p1:.*\\r/$p1:chief\\r/"
	add f2 ada $stamp:20260202T000000Z
	look
}

# last: the number of the last run that wrote or left anything.
last()
{
	exring log ring.conf | awk '$2 > 0 || $7 > 0 { run = $1 }
	    END { print run }'
}

# logged TEXT ...: the log of the last run has it.
logged()
{
	exring log ring.conf "$(last)" >got
	for i do
		grep -q "$i" got || broken "no $i in the log: $(cat got)"
	done
}

# sync_now STATUS [option ...]: through exring, as people do.
sync_now()
{
	sync "$@"
	look
}

# What it is called in what people are shown.
shown_as()
{
	echo "$p1" | tr '[:upper:]' '[:lower:]'
}

report()
{
	clash "$1"
	cp "$(file f1 ada)" was1
	cp "$(file f2 ada)" was2
	sync_now 1
	grep -q "^uid ada (Ada Example): left for a person: $(shown_as)\$" \
	    said || broken 'it does not say so'
	cmp -s was1 "$(file f1 ada)" && cmp -s was2 "$(file f2 ada)" ||
		broken 'it was written to'
	everywhere cyd "$name:Cyd Example"
	quiet 1
	add f3 bea $p1:flows
	sync_now 1
	grep -q '^uid ada ' said || broken 'the next run does not say so'
	everywhere bea $p1:flows
	exring resolve -q ring.conf ada f2 || broken 'not settled'
	sync_now 0
	agree 3
	everywhere ada $p1:chief
	quiet
}

newest()
{
	clash "$1" 'conflict = newest'
	sync_now 1
	agree 3
	everywhere ada $p1:chief
	everywhere ada $p3:second
	quiet
	logged "$(shown_as), won by f2" 'f1: boss'
}

prefer()
{
	clash "$1" 'conflict = prefer f3 f1'
	sync_now 1
	agree 3
	everywhere ada $p1:boss
	everywhere ada $p3:second
	quiet
	logged 'f2: chief'
}

both()
{
	clash "$1" 'conflict = both'
	sync_now 1
	agree 4
	for f in $folders; do
		for i in boss chief; do
			[ "$(grep -l "^$p1:$i.\$" $f/*.??? | wc -l)" -eq 1 ] ||
				broken "$f has not one $i"
		done
	done
	quiet
}

# by_command N COMMAND: a ring whose conflicts that settles.
by_command()
{
	cat >"$row.$1.sh" <<-'.'
	#!/bin/sh
	# Who is chief wins.
	echo "$EX_UID: $# versions"
	grep -q :clerk "$BASE" || exit 1
	grep -l :chief "$@" >"$RESULT.from" || exit 1
	cp "$(cat "$RESULT.from")" "$RESULT"
	.
	chmod +x "$row.$1.sh"
	clash "$1" "conflict = command ../$row.$1.sh"
	sync_now 0
	grep -q "^ada: $1 versions\$" said || broken 'the command was not run'
	agree 3
	everywhere ada $p1:chief
	quiet
}

deletion_wins()
{
	delete_wins "$1"
	logged 'the whole item' 'f2: deleted'
}

edit_wins()
{
	edit_delete "$1"
	logged 'the whole item'
}

# A target whose owner may edit it: what people do there is left, until the
# item changes in the ring.
unrepaired()
{
	fresh "$row.$1" "$1"
	three_items f1
	with f2 'access = write-only\nrepair = no'
	pipe 0 -i
	agree 3
	add f2 ada $p1:mine
	remove f2 bea
	pipe 0
	has f2 ada $p1:mine || broken 'the edit was undone'
	[ -z "$(file f2 bea)" ] || broken 'the deletion was undone'
	for i in $folders; do
		[ $i = f2 ] || ! has $i ada $p1:mine || broken "it flows to $i"
		[ $i = f2 ] || [ -n "$(file $i bea)" ] || broken "gone from $i"
	done
	quiet
	edit f1 ada "s/^$p3:.*\\r/$p3:second\\r/"
	edit f1 bea "s/^$p2:.*\\r/$p2:b\\r/"
	pipe 0
	everywhere ada $p3:second
	everywhere bea $p2:b
	quiet
}

# A mirror has nothing of its own.
mirror()
{
	fresh "$row.$1" "$1"
	three_items f1
	item f2 own own 'Own Example'
	with f2 'access = write-only\nown = remove'
	pipe 0 -i
	agree 3
	nowhere own
	item f2 later later 'Later Example'
	pipe 0
	agree 3
	nowhere later
	quiet
}

# A source and targets: what is done in the source flows, what is done in a
# target is put back.
from_one()
{
	fresh "$row.$1" "$1"
	three_items f2
	with f2 'access = read-only'
	for i in $folders; do
		[ $i = f2 ] || with $i 'access = write-only'
	done
	pipe 0 -i
	agree 3
	add f2 ada $p1:flows
	item f2 dan dan 'Dan Example'
	remove f2 cyd
	add f1 bea $p1:undone
	remove f3 bea
	pipe 0
	agree 3
	everywhere ada $p1:flows
	everywhere dan "$name:Dan Example"
	nowhere cyd
	everywhere bea $p2:bee
	! grep -q "^$p1:undone" f?/*.??? || broken 'the edit was not undone'
	quiet
}

# Sources and a target: all that they have.
to_one()
{
	fresh "$row.$1" "$1"
	for i in $folders; do
		[ $i = f3 ] || item $i own-$i own-$i "Own of $i"
		[ $i = f3 ] || item $i same same 'Same Example' "$set:in $i"
		[ $i = f3 ] || with $i 'access = read-only'
	done
	with f3 'access = write-only'
	pipe 0 -i
	for i in $folders; do
		[ $i = f3 ] || has f3 own-$i "$name:Own of $i" ||
			broken "not from $i"
		[ $i = f3 ] || has f3 same "$set:\\(.*,\\)*in $i\\(,.*\\)*" ||
			broken "not all of the set, from $i"
		[ $i = f3 ] || [ "$(ls $i | wc -l)" -eq 2 ] ||
			broken "$i was written to"
	done
	remove f2 own-f2
	add f2 same $p1:t
	pipe 0
	[ -z "$(file f3 own-f2)" ] || broken 'the deletion does not flow'
	has f3 same $p1:t || broken 'the edit does not flow'
	quiet
}

policies()
{
	each_case 'report:conflict = report: left until it is settled
newest:conflict = newest: the later one wins, the other is in the log
prefer:conflict = prefer: the folder named first wins
both:conflict = both: the loser becomes an item
by_command:conflict = command: it settles it
deletion_wins:delete-wins: gone everywhere, and in the log
edit_wins:without it the edit wins, and the log says it
unrepaired:access = write-only, repair = no: left, until it changes
mirror:access = write-only, own = remove: a mirror
from_one:access = read-only, and targets: flows and is put back
to_one:sources, and access = write-only: all that they have' "$@"
}
