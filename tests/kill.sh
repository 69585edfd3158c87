#!/bin/sh
#
# kill.sh - a ring of vdirs under edits, its runs killed at random moments
#
# usage: tests/kill.sh [runs [seed]]
#
# From the top of the tree, with the programs in PATH.  Each run of the whole
# pipe is ended by a real SIGKILL of all its programs, at a moment drawn by the
# seed; between the runs people edit, create and delete.  Every now and
# then a run goes through, and then no item is lost, none is there twice,
# nothing has come back, and the last edit of each is everywhere.
set -u
runs=${1:-1000}
seed=${2:-$(date +%s)}
LC_ALL=C
export LC_ALL
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' HUP INT TERM
cd "$dir" || exit 2
echo "# seed $seed, $runs runs"

state=$seed
# draw N: a number below N, in $drawn.
draw()
{
	state=$(((state * 1103515245 + 12345) % 2147483648))
	drawn=$((state / 65536 % $1))
}

fail()
{
	echo "not ok: $*"
	echo "# again with: tests/kill.sh $runs $seed"
	exec 2>&1
	cat said 2>/dev/null
	trap - EXIT
	echo "# the folders are in $dir"
	exit 1
}

printf '[ring]\nkind = contacts\nsnapshot = ring.snap\n
max-delete = 1000 100%%\nmax-update = 1000 100%%\n' >ring.conf
for f in f1 f2 f3; do
	mkdir $f
	printf '\n[folder %s]\nstore = vdir:%s\n' $f $f >>ring.conf
done
mkdir alive

# A person writes a file anew beside it and renames it.
# card FOLDER UID NUMBER
card()
{
	at=$(grep -l "^UID:$2.\$" "$1"/*.vcf 2>/dev/null)
	[ -n "$at" ] || at=$1/$2.vcf
	printf '%s\r\n' BEGIN:VCARD VERSION:3.0 "UID:$2" "FN:Name $2" \
	    "N:$2;;;;" "NOTE:$3" END:VCARD >new && mv new "$at"
}

# An item is edited in one folder only, another one after each check, so that
# its last edit is no matter of opinion.  alive/UID: its folder and its last
# number.
next=0
create()
{
	next=$((next + 1))
	draw 3
	f=f$((drawn + 1))
	card $f u$next 0
	echo "$f 0" >alive/u$next
}

# one: an item that is alive, in $uid, with its folder and number.
one()
{
	set -- alive/*
	[ -e "$1" ] || return 1
	draw $#
	shift "$drawn"
	uid=${1#alive/}
	read -r f number <"alive/$uid"
}

edits()
{
	draw 4
	many=$drawn
	while [ "$many" -gt 0 ]; do
		many=$((many - 1))
		draw 5
		case $drawn in
		0|1)	create ;;
		2|3)	one || continue
			number=$((number + 1))
			card "$f" "$uid" $number
			echo "$f $number" >"alive/$uid" ;;
		4)	set -- alive/*
			[ $# -gt 5 ] && one || continue
			rm -f "$(grep -l "^UID:$uid.\$" "$f"/*.vcf)" \
			    "alive/$uid" ;;
		esac
	done
}

first()
{
	[ -e ring.snap ] || echo -i
}

# A run, and a SIGKILL for the whole group of it.
killed_run()
{
	# shellcheck disable=SC2046
	setsid exring sync -q $(first) ring.conf >said 2>&1 &
	group=$!
	draw "$longest"
	sleep "0.$(printf %03d "$drawn")"
	kill -s KILL -- "-$group" || kill -s KILL "$group"
	wait "$group"
	[ $? -ne 137 ] || kills=$((kills + 1))
}

check()
{
	try=0 locked=0
	# The run that looks into what was killed may owe something.
	# shellcheck disable=SC2046
	until exring sync -q $(first) ring.conf >said 2>&1; do
		# Others of a killed one may still be in a write, with its lock.
		grep -q ': locked by ' said && [ $((locked += 1)) -lt 100 ] &&
			sleep 0.1 && continue
		[ $((try += 1)) -lt 3 ] || fail "a run after kills: $(cat said)"
	done
	for at in alive/*; do
		uid=${at#alive/}
		read -r f number <"$at"
		echo "$uid $number"
	done | sort >want
	for f in f1 f2 f3; do
		cat $f/*.vcf 2>/dev/null | tr -d '\r' | awk -F: '
		$1 == "UID" { uid = $2 }
		$1 == "NOTE" { note = $2 }
		$1 == "END" { print uid, note }' | sort >got
		cmp -s want got || fail "$f: $(diff want got)"
	done
	checks=$((checks + 1))
	for at in alive/*; do
		read -r f number <"$at"
		draw 3
		echo "f$((drawn + 1)) $number" >"$at"
	done
}

now()
{
	date +%s%3N
}

kills=0 checks=0 run=0
while [ $next -lt 6 ]; do
	create
done
# How long does a run take here?
longest=$(now)
check
longest=$(($(now) - longest))
[ $longest -lt 900 ] || longest=900
while [ $((run += 1)) -le "$runs" ]; do
	edits
	{ killed_run; } 2>/dev/null
	draw 8
	[ "$drawn" -gt 0 ] || check
done
# The next write to a folder sweeps up what a killed one left there, unless
# its number still counts: until somebody has reaped it, and when another
# process has it by now.
waited=0
while kill -s 0 -- "-$group" 2>/dev/null && [ $((waited += 1)) -lt 300 ]; do
	sleep 0.1
done
for f in f1 f2 f3; do
	next=$((next + 1))
	card $f u$next 0
	echo "$f 0" >alive/u$next
done
check
find f1 f2 f3 ! -name '*.vcf' -type f >left
while IFS= read -r at; do
	pid=${at#*/.exring-}
	kill -0 "${pid%%-*}" 2>/dev/null || fail "$at was left"
done <left
echo "ok: $runs runs, $kills killed, $checks times all was as it should be"
