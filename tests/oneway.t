#!/bin/sh
# One-way rings: sources and targets, what a target has of its own, what is
# put back in it; a ring turned round.
. tests/lib.sh
. "$TOP/tests/ringlib.sh"

# quiet NAME: the next run writes nothing, and has nothing to say.
quiet()
{
	t "$1: then nothing" 0 run
	t "$1: and the plan is empty" 1 plan
}

# one_to_one [line for the target ...]
one_to_one()
{
	afresh
	conf
	folder from 'access = read-only'
	folder to 'access = write-only' "$@"
	card from/a.vcf ann 'Ann Example' NOTE:first
	card from/b.vcf bob 'Bob Example'
}

# No item can flow.
for access in 'read-only read-only' 'write-only write-only'; do
	afresh
	conf
	for a in $access; do
		folder "f$((n = ${n:-0} + 1))" "access = $a"
	done
	echo 'exfetch: ring.conf: no item can flow in this ring: it needs a' \
	    'folder to read from and another to write to' >err
	t "$access: no item can flow" 2 exfetch -r ring.conf -s ring.snap
done
afresh
conf
folder only
echo 'exfetch: ring.conf: no item can flow in this ring: it needs a' \
    'folder to read from and another to write to' >err
t 'one folder: no item can flow' 2 exfetch -r ring.conf -s ring.snap

# 1:1.
one_to_one
card to/own.vcf own 'Own Example'
printf 'create ann in to\ncreate bob in to\n' >out
t '1:1' 0 run -i
t '1:1: what is its own stays' 0 test -e to/own.vcf
t '1:1: and goes nowhere' 1 file from own
quiet 1:1
edit from/a.vcf 's/first/second/'
echo 'update ann in to' >out
t 'an edit of the source' 0 run
t 'it is there' 0 has to ann NOTE:second
rm from/b.vcf
echo 'delete bob in to' >out
t 'a deletion in the source' 0 run
quiet 'a deletion in the source'

# What people do in a target is put back.
edit "$(file to ann)" 's/second/mine/'
echo 'update ann in to' >out
t 'an edit of the target' 0 run
t 'it is put back' 0 has to ann NOTE:second
t 'and goes nowhere' 0 has from ann NOTE:second
rm "$(file to ann)"
echo 'create ann in to' >out
t 'a deletion in the target is put back' 0 run
quiet 'put back'
edit from/a.vcf 's/second/third/'
edit "$(file to ann)" 's/second/mine/'
echo 'update ann in to' >out
t 'edits of both: no conflict' 0 run
t 'the source wins' 0 has to ann NOTE:third

# repair = no.
one_to_one 'repair = no'
run -i >/dev/null
edit "$(file to ann)" 's/first/mine/'
rm "$(file to bob)"
t 'what people do in the target is left' 0 run
t 'the edit is' 0 has to ann NOTE:mine
t 'the deletion is' 1 file to bob
quiet 'what is left out'
edit from/a.vcf 's/first/second/'
edit from/b.vcf 's/^END/NOTE:new\r\n&/'
printf 'create bob in to\nupdate ann in to\n' >out
t 'until it changes in the ring' 0 run
t 'it is edited' 0 has to ann NOTE:second
t 'and there' 0 has to bob NOTE:new
quiet 'it changed'
rm "$(file to bob)"
t 'left out again' 0 run
rm from/b.vcf
t 'and deleted in the source: nothing to do' 0 run
t 'nothing stands in the snapshot' 0 exsnap -s ring.snap owed
exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap | grep '"bob"' >got
t 'nor in the next stream' 0 cat got
quiet 'nothing to do'
rm "$(file to ann)"
t 'left out' 0 run
printf 'BEGIN:VCARD\r\n' >to/junk.vcf
settled
run >/dev/null 2>&1
edit from/a.vcf 's/NOTE:second/NOTE:fourth/'
echo 'create ann in to' >out
t 'until it changes, whatever cannot be read there' 0 run
rm to/junk.vcf "$(file to ann)"
t 'left out once more' 0 run
sed -i '/^repair/d' ring.conf
echo 'create ann in to' >out
t 'repair = yes puts back what was left out' 0 run
quiet 'repair = yes'

# A target that had the item before.
for repair in yes no; do
	one_to_one "repair = $repair"
	card to/x.vcf ann 'Ann Example' NOTE:mine
	card to/y.vcf other 'Bob Example'
	[ $repair = no ] || echo 'update ann in to' >out
	t "repair = $repair: by UID and by content" 0 run -i
	[ $repair = yes ] && note=first || note=mine
	t "repair = $repair: it has $note" 0 has to ann "NOTE:$note"
	t "repair = $repair: and nothing twice" 0 test ! -e to/z.vcf \
	    -a "$(find to -type f | wc -l)" -eq 2
	quiet "repair = $repair"
done

# own = remove makes a mirror.
one_to_one 'own = remove'
card to/own.vcf own 'Own Example'
printf '%s\n' 'create ann in to' 'create bob in to' 'delete own in to' >out
t 'own = remove' 0 run -i
t 'its own is gone' 1 test -e to/own.vcf
quiet 'own = remove'
card to/new.vcf new 'New Example'
card to/none.vcf '' 'None Example'
run >got
echo 2 >out
t 'also what comes later' 0 grep -c '^delete .* in to' got
quiet 'also what comes later'
i=0
while [ $((i += 1)) -le 12 ]; do
	card to/m$i.vcf m$i "Many $i"
done
echo 'expush: folder to: to be deleted there are 12 of 2 items, too many: nothing is written;' \
    '-d all goes on (the plan is in ring.snap.plan)' >err
t 'the guards count it' 2 run

# left alone first, then not any more.
one_to_one
card to/own.vcf own 'Own Example'
run -i >/dev/null
settled
t 'left alone' 0 run
sed -i '/write-only/s/$/\nown = remove/' ring.conf
echo 'delete own in to' >out
t 'leave becomes remove' 0 run
quiet 'leave becomes remove'

# The source gets what the target had left alone.
one_to_one
card to/own.vcf own 'Own Example' NOTE:old
run -i >/dev/null
settled
t 'left alone, and known' 0 run
card from/own.vcf own 'Own Example' NOTE:new
t 'the ring has one of that UID: looked at' 0 run
echo 'update own in to' >out
t 'and bound, no second one made' 0 run
echo to/own.vcf >out
t 'there is one' 0 file to own
quiet 'bound'

# Turned round; then two-way.
one_to_one
card to/own.vcf own 'Own Example'
run -i >/dev/null
settled
t 'before it is turned' 0 run
edit ring.conf 's/read-only/X/; s/write-only/read-only/; s/X/write-only/'
echo 'create own in from' >out
t 'turned round' 0 run
edit "$(file to ann)" 's/first/turned/'
echo 'update ann in from' >out
t 'it flows the other way' 0 run
rm "$(file to bob)"
echo 'delete bob in from' >out
t 'deletions, too' 0 run
quiet 'turned round'
edit ring.conf '/^access/d'
t 'a two-way ring: nothing to do' 0 run
edit from/a.vcf 's/turned/back/'
edit to/own.vcf 's/^END/NOTE:both\r\n&/'
printf '%s\n' 'update ann in to' 'update own in from' >out
t 'a two-way ring' 0 run
quiet 'a two-way ring'

# A target that left out becomes a folder as any other.
one_to_one 'repair = no'
run -i >/dev/null
rm "$(file to bob)"
run >/dev/null
edit ring.conf '/^access/d'
echo 'create bob in to' >out
t 'what was left out is not deleted' 0 run
quiet 'what was left out'

# What a source was not told is told when it becomes a folder as any other.
afresh
conf
folder a 'access = read-only'
folder b
card a/x.vcf x 'X Example' NOTE:first
run -i >/dev/null
edit "$(file b x)" 's/first/second/'
card b/y.vcf y 'Y Example'
t 'nothing is written to a source' 0 run
quiet 'nothing is owed to it'
edit ring.conf '/^access/d'
printf '%s\n' 'create y in a' 'update x in a' >out
t 'but when it is none any more' 0 run
quiet 'none any more'

# 1:N and N:1.
afresh
conf
folder a 'access = read-only'
for f in b c d; do
	folder $f 'access = write-only'
done
card a/x.vcf x 'X Example' NOTE:first
printf 'create x in %s\n' b c d >out
t '1:N' 0 run -i
edit a/x.vcf 's/first/second/'
edit "$(file c x)" 's/first/mine/'
rm "$(file d x)"
printf '%s\n' 'create x in d' 'update x in b' 'update x in c' >out
t '1:N: an edit' 0 run
quiet 1:N

afresh
conf
for f in a b c; do
	folder $f 'access = read-only'
done
folder all 'access = write-only'
for f in a b c; do
	card $f/own.vcf $f "$f Example"
	card $f/same.vcf same 'Same Example' "TEL:+1 555 010$f"
done
printf 'create %s in all\n' a b c same >out
t 'N:1' 0 run -i
t 'N:1: sets are put together' 0 has all same 'TEL:+1 555 010b'
quiet N:1
edit b/same.vcf 's/^END/NOTE:b\r\n&/'
rm c/own.vcf
printf '%s\n' 'delete c in all' 'update same in all' >out
t 'N:1: edits of sources' 0 run
edit a/same.vcf 's/^END/TITLE:a\r\n&/'
echo 'update same in all' >out
t 'N:1: and of another one' 0 run
t 'N:1: with both' 0 has all same TITLE:a
t 'N:1: nothing is written to a source' 1 grep -q TITLE b/same.vcf
quiet 'N:1, later'
finish
