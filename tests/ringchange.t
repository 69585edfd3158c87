#!/bin/sh
# A ring that changes: folders that come, go, get other names and places; a
# snapshot that is lost, or was made by other rules.
. tests/lib.sh
. "$TOP/tests/ringlib.sh"

# agree N FOLDER ...: all hold the same N items.
agree()
{
	n=$1
	shift
	for f in "$@"; do
		exfetch "vdir:$f" | jq -r 'select(.hash).hash' | sort >$f.has
		[ "$(wc -l <$f.has)" -eq "$n" ] && cmp $f.has "$1.has" ||
		    return
	done
	rm -f ./*.has
}

two()
{
	afresh
	conf
	folder a
	folder b
	card a/x.vcf x 'X Example' NOTE:x
	card a/y.vcf y 'Y Example' NOTE:y
	card a/none.vcf '' 'None Example' NOTE:none
	run -i >/dev/null
}

# quiet NAME: the next run writes nothing, and has nothing to say.
quiet()
{
	t "$1: then nothing" 0 run
	t "$1: and the plan is empty" 1 plan
}

# A folder comes: it is filled from the others.
two
folder c
card c/y2.vcf other 'Y Example' NOTE:y
card c/z.vcf z 'Z Example'
run >got
sed 's/ex-[0-9a-f]*/NONE/' got >got2
printf '%s\n' 'create NONE in c' 'create x in c' 'create z in a' \
    'create z in b' >out
t 'a folder comes' 0 cat got2
t 'they agree' 0 agree 4 a b c
quiet 'a folder comes'

# A folder goes: its items stay.
t 'a folder goes' 0 exring leave -q ring.conf c
edit ring.conf '/folder c/,$d'
quiet 'a folder goes'
t 'its items stay' 0 agree 4 a b c
rm a/x.vcf
echo 'delete x in b' >out
t 'what happens elsewhere' 0 run
file c x >got
t 'does not happen there' 0 test -s got
echo 'exsnap: ring.snap: no folder c' >err
t 'it cannot go twice' 2 exring leave ring.conf c
two
echo 'take [folder b] out of ring.conf now, or the next run takes it in' \
    'again' >out
t 'it is still in the ring file' 0 exring leave ring.conf b
t 'then it comes in again, and nothing is written' 0 run
quiet 'it comes in again'

# A folder gets another name.
two
t 'another name' 0 exring rename -q ring.conf b bob
edit ring.conf 's/folder b/folder bob/'
quiet 'another name'
edit a/x.vcf 's/NOTE:x/NOTE:new/'
echo 'update x in bob' >out
t 'and it goes on' 0 run
quiet 'it goes on'
echo 'exsnap: ring.snap: there is a folder a' >err
t 'a name that is taken' 2 exring rename ring.conf bob a
echo 'exsnap: b/b: no name for a folder' >err
t 'no name at all' 2 exring rename ring.conf bob b/b
two
edit ring.conf 's/folder b/folder bob/'
t 'another name, and nobody said so: nothing is written' 0 run
t 'they agree' 0 agree 3 a b
t 'the old one is let go' 0 exring leave -q ring.conf b
quiet 'nobody said so'

# The same items in another place, under other ids.
# moved: b is in c now; its files have other names.
moved()
{
	mkdir c
	n=0
	for f in b/*; do
		n=$((n + 1))
		cat "$f" >c/file$n.vcf
	done
	rm -r b
	edit ring.conf 's/vdir:b/vdir:c/'
}

two
moved
t 'moved' 0 exring relink ring.conf b
quiet 'moved'
t 'nothing is there twice' 0 agree 3 a c
edit "$(file c x)" 's/NOTE:x/NOTE:new/'
rm "$(file c y)"
printf '%s\n' 'delete y in a' 'update x in a' >out
t 'and it goes on' 0 run
quiet 'it goes on'

two
edit a/x.vcf 's/NOTE:x/NOTE:fromA/'
edit "$(file b y)" 's/^END/TITLE:fromB\r\n&/'
rm a/none.vcf
moved
rm "$(file c x)"
t 'moved, with edits since' 0 exring relink ring.conf b
sed 's/ex-[0-9a-f]*/NONE/' >want <<-'.'
	create x in b
	delete NONE in b
	update y in a
.
run >got
status=$?
sed 's/ex-[0-9a-f]*/NONE/' got >got2
cp want out
t 'edits and deletions count, what is missing there is made' 0 cat got2
t 'all is well' 0 test $status -le 1
t 'they agree' 0 agree 2 a c
quiet 'moved, with edits since'

# By content alone: no UID is in its file.
afresh
conf
folder a
folder b
card b/plain.vcf '' 'Plain Example' NOTE:p
run -i >/dev/null
moved
t 'an item without UID is moved' 0 exring relink ring.conf b
quiet 'it is found by its content'
t 'and is there once' 0 test "$(find a c -type f | wc -l)" -eq 2

two
moved
t 'moved, and nobody said so: bound by UID and content' 0 run
t 'nothing is there twice' 0 agree 3 a c
quiet 'nobody said so'

# Each has a UID of its own, and one is edited in the place that is new.
afresh
conf
folder a
folder b
card a/x.vcf other 'X Example' NOTE:x
card b/x.vcf x 'X Example' NOTE:x
run -i >/dev/null
moved
edit c/file1.vcf 's/^FN:X Example.*/&\nTEL:1/'
echo 'update other in a' >out
t 'moved, edited, and nobody said so: found by its UID there' 0 run
t 'it is nowhere twice' 0 agree 1 a c
quiet 'it is found by its UID there'
echo 'exring: ring.conf: no folder zoe' >err
t 'no such folder' 2 exring relink ring.conf zoe

# As that, in a folder that comes, where it takes no part.
afresh
kind=events conf
folder a
folder b
event a/x.ics other 'X Example'
event b/x.ics x 'X Example'
run -i >/dev/null
folder c 'private = skip'
event c/new.ics x 'X Example' CLASS:PRIVATE
settled
t 'hidden in a folder that comes: not made once more' 0 run
t 'nor when it is known' 0 run
exring leave -q ring.conf b
edit ring.conf '/folder b/,/vdir:b/d; s/vdir:c/vdir:d/'
mv c d
t 'moved, hidden, and nobody said so: nor then' 0 run
t 'nor by the next run' 0 run
edit a/x.ics 's/^END:VEVENT/LOCATION:here\r\n&/'
t 'what happens elsewhere waits' 0 run
edit d/new.ics '/^CLASS/d'
echo 'update other in c' >out
t 'until it takes part' 0 run
t 'it is nowhere twice' 0 agree 1 a d

# One that cannot be read, and its name is new: nobody knows which it is.
damaged()
{
	edit "$(file b x)" 's/^END/TITLE:t\r\n&/'
	run >/dev/null
	cp "$(file b x)" kept
	printf 'BEGIN:VCARD\r\n' >"$(file b x)"
	rm "$(file b y)"
	moved
	bad=$(grep -L ^UID c/* | xargs grep -L ^FN)
	said="exfetch: folder b: ${bad#c/}: line 2: no END:VCARD"
	waits="exdiff: folder b: 2 not found there, but ${bad#c/} cannot be"
	waits="$waits read: not made there until it can, or is gone"
}

# later NAME
later()
{
	settled
	run >/dev/null 2>&1
	t "$1: nor by a later run" 0 run
}

two
damaged
t 'moved, with one that cannot be read' 0 exring relink ring.conf b
printf '%s\n' "$said" "$waits" >err
t 'what is not found is not made' 1 run
later 'relinked'
edit a/x.vcf 's/NOTE:x/NOTE:new/'
t 'nor with an edit' 0 run
sed 's/TITLE:t/TITLE:mended/' kept >"$bad"
printf '%s\n' 'create y in b' 'update x in a' 'update x in b' >out
t 'until it can be read' 0 run
t 'they agree' 0 agree 3 a c
quiet 'relinked'
two
damaged
printf '%s\n' "$said" "$waits" >err
t 'nor if nobody said so' 1 run
later 'nobody said so'
cp kept "$bad"
echo 'create y in b' >out
t 'until it can be read' 0 run
t 'they agree' 0 agree 3 a c
quiet 'nobody said so'

# Two of one UID that differ, where only what was bound there had it.
afresh
conf
folder a
folder b
card a/x.vcf x 'X Example' NOTE:x
card b/x.vcf y 'X Example' NOTE:x
run -i >/dev/null
card b/twin.vcf y 'X Example' NOTE:edited
moved
said()
{
	echo "exdiff: folder $1: uid x is there more than once, and they" \
	    "differ; left alone there: X Example ($2), X Example ($3)"
}
said b file1.vcf file2.vcf >err
said b file2.vcf file1.vcf >twice
t 'two that differ, moved, and nobody said so: left alone' 0 run
cp twice err
t 'nor is it made there by the next run' 0 run
settled
cp twice err
t 'nor when they are known' 0 run
edit a/x.vcf 's/^END/TITLE:t\r\n&/'
cp twice err
t 'what happens elsewhere waits' 0 run
rm "$(grep -l NOTE:edited c/*)"
echo 'update x in b' >out
t 'until one of them goes' 0 run
t 'it is nowhere twice' 0 agree 1 a c
quiet 'one of them is gone'

# As that in a folder that comes; by its content one of them is an item.
afresh
conf
folder a
card a/x.vcf x 'X Example' NOTE:x
folder b
run -i >/dev/null
folder c
card c/1.vcf y 'X Example' NOTE:other
card c/2.vcf y 'X Example' NOTE:x
said c 1.vcf 2.vcf >err
said c 2.vcf 1.vcf >twice
t 'two that differ, and one of them is an item: it is not made' 0 run
cp twice err
t 'nor by the next run' 0 run
rm c/1.vcf
t 'the other goes: bound' 0 run
t 'it is nowhere twice' 0 agree 1 a b c
quiet 'bound to the one that stayed'

# Whichever is listed first.
for n in 1 3; do
	afresh
	conf
	folder a
	folder b
	card a/x.vcf x 'X Example' NOTE:x
	card b/$n.vcf y 'X Example' NOTE:x
	card b/2.vcf y 'X Example' NOTE:other
	run -i >got 2>&1
	t "two that differ, on a first run, the equal one is $n" 0 \
	    test "$(find b -type f | wc -l)" -eq 2
	run >got 2>&1
	t 'and the next' 0 test "$(find a b -type f | wc -l)" -eq 3
done

# And one that is hidden beside one that is not.
afresh
kind=events conf
folder a
folder b 'private = skip'
event a/x.ics x 'X Example'
event b/x.ics y 'X Example'
run -i >/dev/null
event b/twin.ics y 'X Example' CLASS:PRIVATE
edit ring.conf 's/vdir:b/vdir:c/'
mv b c
t 'hidden, and one that is not, moved: left alone' 0 run
t 'nor made by the next run' 0 run
settled
t 'nor when they are known' 0 run
rm "$(grep -l CLASS c/*)"
t 'until the hidden one goes' 0 run
t 'it is nowhere twice' 0 agree 1 a c

# To a store of another sort.
two
exfetch -o vcf vdir:b >b.vcf
edit ring.conf 's/vdir:b/file:b.vcf/'
rm -r b
t 'moved into a file' 0 exring relink ring.conf b
quiet 'moved into a file'
edit a/x.vcf 's/NOTE:x/NOTE:new/'
echo 'update x in b' >out
t 'and it goes on there' 0 run
quiet 'it goes on there'

# The snapshot is lost.
two
rm ring.snap*
t 'a lost snapshot: what is equal is bound' 0 exring init -qy ring.conf
t 'nothing is there twice' 0 agree 3 a b
quiet 'a lost snapshot'
rm ring.snap*
edit a/x.vcf 's/NOTE:x/NOTE:one/'
edit "$(file b y)" 's/^END/TITLE:t\r\n&/'
rm "$(file b x)"
card b/x.vcf x 'X Example' NOTE:two
card b/new.vcf new 'New Example'
exring init -y ring.conf >got
t 'a lost snapshot: the rest is merged or left' 0 test $? -eq 1
echo 'uid x (X Example): left for a person: note' >out
t 'and told of' 0 sh -c 'grep ^uid got | sort -u'
t 'nothing was deleted' 0 test "$(find a b -type f | wc -l)" -eq 8
rm ring.snap*
echo 'exring: ring.snap: there is no snapshot yet; exring init ring.conf' \
    'shows what a first run would do' >err
t 'it must be asked for' 2 exring sync ring.conf

# Another version of the rules for equality.
two
edit a/x.vcf 's/NOTE:x/NOTE:one/'
edit "$(file b x)" 's/NOTE:x/NOTE:two/'
t 'a conflict, for later' 1 run
settled
t 'and a quiet run' 1 run
exsnap -s ring.snap log >log
oldhashes=$EX_BUILD/helpers/oldhashes
t 'a snapshot of other rules' 0 "$oldhashes" ring.snap
echo 'exfetch: ring.snap: its hashes are of version 2 of the normal form,' \
    'this program has 3: exsnap -s ring.snap rehash' >err
t 'is refused' 2 exfetch -r ring.conf -s ring.snap a
t 'it is hashed anew' 0 exsnap -s ring.snap rehash
cp log out
t 'its log is there' 0 exsnap -s ring.snap log
t 'and all that it names' 0 sh -c \
    'exsnap -s ring.snap log "$(exsnap -s ring.snap log | jq -s ".[0].run")" >/dev/null'
t 'no mass change: only what is left' 1 run
t 'both are as they were' 0 sh -c 'grep -q NOTE:one a/x.vcf && grep -q NOTE:two b/x-*'
edit a/y.vcf 's/NOTE:y/NOTE:new/'
echo 'update y in b' >out
t 'and it goes on' 1 run
"$oldhashes" ring.snap
edit "$(file b x)" 's/NOTE:two/NOTE:one/'
t 'exring does it by itself' 0 exring sync -q ring.conf
t 'they agree' 0 agree 3 a b
quiet 'by itself'
# A snapshot of the first version of the tables, in which all of them have
# rows: of a conflict, a card that is bad, a write that is owed, a refused
# one, and what a run that was killed left open.
# (A mem: store is there that refuses what has a title.)
oldtables=$EX_BUILD/helpers/oldtables
rows()
{
	"$oldtables" "$1" | sort
}

two
printf '\n[folder m]\nstore = mem:m.mem\n' >>ring.conf
printf '{"faults":[],"quirks":["refuse=title","token"]}\n' >m.mem
run >/dev/null
edit a/x.vcf 's/NOTE:x/NOTE:one/'
edit "$(file b x)" 's/NOTE:x/NOTE:two/'
edit a/y.vcf 's/^END/TITLE:t\r\n&/'
printf 'BEGIN:VCARD\r\n' >b/bad.vcf
settled
run >/dev/null 2>&1
card a/z.vcf z Z
card a/w.vcf w W
{ EX_STOP_AFTER=2 exring sync -q ring.conf; } >/dev/null 2>&1
rows ring.snap >before
for table in ring folder entry binding body body_key note intent refused \
    conflict run log; do
	grep -q "^${table}[ !]" before || echo $table
done >got
t 'every table has rows' 0 cat got
exsnap -s ring.snap conflicts >conflicts
exsnap -s ring.snap owed >owed
mkdir old
t 'a snapshot of the first version' 0 "$oldtables" ring.snap old/ring.snap
rows old/ring.snap >got
t 'with the same rows' 0 cmp before got
rm ring.snap ring.snap-*
mv old/ring.snap .
cp ring.snap was
cp conflicts out
t 'it is read: conflicts' 0 exsnap -s ring.snap conflicts
cp owed out
t 'and what is owed' 0 exsnap -s ring.snap owed
exring status ring.conf >got
t 'and by status' 0 grep -q '^left for a person: 1$' got
settled
exfetch -q -r ring.conf -s ring.snap 2>/dev/null >items
exdiff -q -s ring.snap items >changes
t 'who reads it leaves it as it is' 0 cmp was ring.snap
t 'who writes it makes it one of ours' 0 exsnap -s ring.snap rehash
rows ring.snap >got
t 'and rewrites nothing in it' 0 cmp before got
cp ring.snap other.snap
"$oldhashes" other.snap
rows other.snap | grep -v '^ring' >got
grep -v '^ring' before >all
t 'other rules have other hashes' 1 cmp -s all got
exsnap -s other.snap rehash
rows other.snap | grep -v '^ring' >got
t 'they are made anew wherever there is one' 0 cmp all got
"$oldhashes" other.snap newer
echo 'exsnap: other.snap: its hashes are of version 5 of the normal form:' \
    'made by a newer exring' >err
t 'those of a newer version are refused' 2 exsnap -s other.snap rehash
exfetch -q -r ring.conf -s ring.snap 2>/dev/null | cmp - items
t 'its streams are the same' 0 test $? -eq 0
exdiff -q -s ring.snap items >got
t 'and what follows of them' 0 cmp got changes
edit ring.conf '/folder m/,$d'
exring leave -q ring.conf m
rm b/bad.vcf
edit "$(file b x)" 's/NOTE:two/NOTE:one/'
t 'it goes on from there' 0 exring sync -q ring.conf
t 'they agree' 0 agree 5 a b
quiet 'it goes on from there'
finish
