#!/bin/sh
# streams: a stream that is not whole is refused, and never deletes
#
# Each stream of a small ring (two folders of cards; one edited, one deleted,
# one new) is cut at every line's end and at 200 other places, each line is
# left out, doubled, swapped with the next, and some bytes are changed.  The
# program that reads it says in one line where it is wrong and exits 2; or
# its output is that of the whole stream; and it never hangs: a minute is
# far more than any of them takes on a busy machine.
. tests/lib.sh

vcf()
{
	printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:%s\r\nN:%s;;;;\r\n' \
	    "$1" "$2" "$2"
	printf 'END:VCARD\r\n'
}

cat >ring.conf <<'EOR'
[ring]
kind = contacts
snapshot = r.snap
[folder a]
store = vdir:a
[folder b]
store = vdir:b
EOR
mkdir a b m
for n in Ann Bob Cy Dee; do
	vcf $n $n >a/$n.vcf
	vcf $n $n >b/$n.vcf
done
touch -d '2026-01-01 00:00:00' a/* b/*
exfetch -r ring.conf -s r.snap | exdiff -i -s r.snap | exmerge |
    expush -r ring.conf -s r.snap >results
vcf Ann Anna >a/Ann.vcf
rm b/Bob.vcf
vcf Eve Eve >b/Eve.vcf
exfetch -r ring.conf -s r.snap >items
exdiff -s r.snap items >changes
exmerge changes >plan

state()
{
	find a b -type f -exec sha256sum {} + | sort
	exsnap -s r.snap log
	exsnap -s r.snap owed
}
state >before

# The programs, with a stream in place of the operand.
# shellcheck disable=SC2317 # run calls them
run_items()
{
	timeout 60 exdiff -s r.snap "$1"
}

# shellcheck disable=SC2317
run_changes()
{
	timeout 60 exmerge "$1"
}

# A cut one for real; others only where they are refused: what would be done
# is said by -n.
# shellcheck disable=SC2317
run_plan()
{
	[ -z "$cutting" ] || {
		timeout 60 expush -q -r ring.conf -s r.snap "$1"
		return
	}
	timeout 60 expush -nv -r ring.conf -s r.snap "$1"
	s=$?
	[ $s -ne 2 ] || timeout 60 expush -q -r ring.conf -s r.snap "$1" 2>/dev/null
	s2=$?
	[ $s -ne 2 ] || [ $s2 -eq 2 ] || echo "without -n the status is $s2"
	return $s
}

# shellcheck disable=SC2317
run_results()
{
	timeout 60 exmerge -R -s undo/r.snap "$1"
}

# try STREAM WHAT: says what is wrong with the answer to the file broken.  No
# program is started here but the one that is tried, for speed.
try()
{
	"run_$1" broken >got 2>msg
	s=$?
	said=
	while IFS= read -r line; do
		# Before its end exmerge says what it cannot take back.
		[ -z "$said" ] || [ -z "${said##*not taken back*}" ] ||
		    echo "$2: more than one line: $said"
		said=$line
	done <msg
	case $s,$said in
	2,*': folder '* | 2,*': part '* | 2,*'no begin record' | \
	2,*': the stream was cut: '* | 2,*broken:[0-9]*': '* | \
	2,'expush: uid '* | \
	2,'exmerge: results of another ring than '* | \
	3,'expush: '*' fetch again')
		refused=$((refused + 1))
		;;
	[01],*)
		cmp -s got "want.$1" || alike "$1" ||
		    echo "$2: status $s, and other output"
		;;
	124,*) echo "$2: it hangs" ;;
	*) echo "$2: status $s: $said" ;;
	esac
}

# Changes in another order are a plan in that order.  A section that is not
# there at all is a folder that was not seen: nothing in it is gone.
alike()
{
	case $1 in
	changes)
		sort got >got.s
		sort want.changes | cmp -s - got.s
		;;
	items)
		[ "$(grep -c '"rec":"begin"' broken)" -eq 1 ] &&
		    ! grep -q '"b":{"is":"gone"' got
		;;
	*) return 1 ;;
	esac
}

# With sanitizers a program takes longer to start.
case $EX_BUILD in
*/san) draws=30 ;;
*) draws=200 ;;
esac

# rand MAX: the next number below it, in r
seed=20261122
rand()
{
	seed=$(((seed * 1103515245 + 12345) & 2147483647))
	r=$(((seed / 65536 * 32768 + seed % 32768) % $1))
}

cuts()
{
	n=$(wc -l <"$1")
	i=0
	while [ $i -lt "$n" ]; do
		head -n $i "$1" >broken
		try "$1" "cut after line $i"
		i=$((i + 1))
	done
	i=0
	size=$(($(wc -c <"$1") - 1))
	while [ $i -lt $draws ]; do
		rand $size
		head -c "$r" "$1" >broken
		try "$1" "cut after $r bytes"
		i=$((i + 1))
	done
}

lines()
{
	n=$(wc -l <"$1")
	i=1
	while [ $i -le "$n" ]; do
		sed "${i}d" "$1" >broken
		try "$1" "without line $i"
		sed "${i}p" "$1" >broken
		try "$1" "line $i doubled"
		[ $i -eq "$n" ] || {
			sed "$i{h;d};$((i + 1))G" "$1" >broken
			try "$1" "line $i swapped with the next"
		}
		i=$((i + 1))
	done
}

edits()
{
	i=0
	size=$(wc -c <"$1")
	while [ $i -lt $((draws / 3)) ]; do
		rand "$size"
		{ head -c "$r" "$1"; printf Q; tail -c +$((r + 2)) "$1"; } \
		    >broken
		try "$1" "byte $r changed"
		i=$((i + 1))
	done
}

# A copy of the snapshot in which the plan was carried out is what results
# are turned round against.
mkdir undo
cp -Rp a b r.snap undo
(cd undo && sed "s|vdir:|vdir:|" ../ring.conf >ring.conf &&
    exfetch -r ring.conf -s r.snap | exdiff -s r.snap | exmerge |
    expush -q -r ring.conf -s r.snap >../results 2>/dev/null)

cutting=
for stream in items changes plan results; do
	"run_$stream" $stream >want.$stream 2>msg
	echo $? >status
	refused=0
	cutting=1
	cuts $stream >wrong
	cutting=
	t "$stream: cut" 0 cat wrong
	lines $stream >wrong
	t "$stream: a line lost, doubled, swapped" 0 cat wrong
	edits $stream >wrong
	t "$stream: a byte changed" 0 cat wrong
	t "$stream: most of them are refused" 0 test $refused -gt $draws
done

cp before out
t 'and nothing was written anywhere' 0 state
t 'the whole plan is carried out' 0 sh -c \
    'expush -q -r ring.conf -s r.snap plan >done'
printf 'Anna\nCy\nDee\nEve\n' >out
t 'with its one deletion, of Bob' 0 sh -c \
    "cat b/* | tr -d '\r' | sed -n 's/^FN://p' | sort"
finish
