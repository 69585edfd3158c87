#!/bin/sh
# faults: what breaks on the way costs a message, never an item
#
# A ring of three folders of cards: full disks, folders that may not be
# written or read, closed pipes, files that come and go, two runs at once,
# and SIGKILL after every step of a first run.
. tests/lib.sh

vcf()
{
	printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:%s\r\nN:%s;;;;\r\n' \
	    "$1" "$2" "$2"
	printf 'END:VCARD\r\n'
}

# Three folders: each has a card of its own, two share one.
afresh()
{
	chmod -R u+rwX . && rm -rf a b c r.snap* stream plan
	mkdir a b c
	vcf ann Ann >a/ann.vcf
	vcf bob Bob >b/bob.vcf
	vcf cy Cy >c/cy.vcf
	vcf dee Dee >a/dee.vcf
	vcf dee Dee >b/other.vcf
	# A file that has just changed has no rev.
	touch -d '2026-01-01 00:00:00' a/* b/* c/*
}

cat >ring.conf <<'EOR'
[ring]
kind = contacts
snapshot = r.snap
[folder a]
store = vdir:a
[folder b]
store = vdir:b
[folder c]
store = vdir:c
EOR

fetch()
{
	exfetch -r ring.conf -s r.snap
}

# plan [-i]
plan()
{
	fetch | exdiff "$@" -s r.snap | exmerge
}

push()
{
	expush -r ring.conf -s r.snap "$@"
}

first()
{
	[ -e r.snap ] || echo -i
}

# The whole pipe, the push killed after step $1
killed()
{
	# shellcheck disable=SC2046
	plan $(first) >plan || return
	EX_STOP_AFTER=$1 push plan >result
}

# Once through, quietly; 1 from exmerge says that there are conflicts
# shellcheck disable=SC2317 # t calls it
run()
{
	# shellcheck disable=SC2046
	plan $(first) >plan
	[ $? -le 1 ] && push plan >result
}

# Who is where: FN and UID by folder
contents()
{
	for f in a b c; do
		cat $f/*.vcf | tr -d '\r' | grep '^FN' | sort | sed "s/^/$f /"
	done
}

# shellcheck disable=SC2317 # t calls it
files()
{
	find a b c -exec ls -ld --full-time {} +
}

# Each UID is in each folder once.
for f in a b c; do
	printf "$f FN:%s\n" Ann Bob Cy Dee
done >all

# Killed after every step.
n=1
while :; do
	afresh
	killed $n 2>/dev/null
	status=$?
	[ $status -eq 137 ] || break
	: >out
	t "killed after step $n: the next run goes on" 0 run
	cp all out
	t 'and all is everywhere, once' 0 contents
	printf '4\n4\n4\n' >out
	# A kill between the link and the removal of its temporary name
	# leaves that one until something is written there again.
	t 'and nothing else' 0 sh -c 'for f in a b c; do ls -A $f |
	    grep -vc "^\.exring-[0-9]*-[0-9]*\.tmp$"; done'
	files >before
	t 'the one after that' 0 run
	cp before out
	t 'writes nothing' 0 files
	# It may learn what files younger than two seconds do not say.
	t 'its plan has nothing to do' 1 grep '"op":' plan
	n=$((n + 1))
done
t 'a run has more than a few steps' 0 test "$n" -gt 6
t "not killed: $((n - 1)) steps were all" 0 test "$status" -eq 0
cp all out
t 'the same as one never killed' 0 contents

# Nothing is lost in a, b, c: what contents said before is still there.
# shellcheck disable=SC2317 # t calls it
kept()
{
	contents >now
	comm -23 was now
}

# Output that cannot be written.
afresh
contents >was
fetch >stream
exdiff -i -s r.snap stream >changes
exmerge changes >plan
for p in 'exfetch -r ring.conf -s r.snap' 'exdiff -i -s r.snap stream' \
    'exmerge changes'; do
	echo "${p%% *}: standard output: No space left on device" >err
	t "a full disk under ${p%% *}" 2 sh -c "$p >/dev/full"
done
echo 'expush: standard output: No space left on device' >err
t 'and under expush' 2 sh -c 'expush -r ring.conf -s r.snap plan >/dev/full'
cp all out
t 'which pushes all the same' 0 contents
afresh
plan -i >plan
t 'nobody reads what expush says' 0 sh -c \
    'expush -q -r ring.conf -s r.snap plan 2>/dev/null | head -c 0'
cp all out
t 'it pushes all the same' 0 contents
# For sure: the reader is gone before anything is written.
afresh
plan -i >plan
rm -f closed status
{
	until [ -e closed ]; do
		sleep 0.05
	done
	expush -v -r ring.conf -s r.snap plan 2>said
	echo $? >status
} | {
	exec 0<&-
	: >closed
	until [ -s status ]; do
		sleep 0.05
	done
}
echo 2 >out
t 'that is trouble' 0 cat status
echo 'expush: standard output: Broken pipe' >out
t 'and said' 0 grep standard said
cp all out
t 'after all is pushed' 0 contents

# Files that may not grow: a card of 60,000 bytes does not fit.
big=$(head -c 60000 /dev/zero | tr '\0' x)
vcf big "$big" >a/big.vcf
exfetch vdir:a >stream
mkdir new
echo 'expush: folder a: uid big: big.vcf: File too large' >err
t 'one item does not fit' 1 sh -c 'trap "" XFSZ; ulimit -f 40
    expush vdir:new stream >result'
printf 'ann.vcf\nbob.vcf\ncy.vcf\ndee.vcf\n' >out
t 'the others do, and no part of it' 0 ls -A new
t 'when there is room it goes on' 0 sh -c 'expush vdir:new stream >result'
t 'and all is there' 0 sh -c 'exfetch vdir:new | exdiff -q stream -'
cp new/ann.vcf one.vcf
sum=$(sha256sum one.vcf)
t 'a file of items that does not fit' 1 sh -c 'trap "" XFSZ; ulimit -f 40
    expush -q file:one.vcf stream 2>&1 >result | sed "s/.*one.vcf: //" |
    sort -u >said; s=$?; expush -q file:one.vcf stream 2>/dev/null >result'
echo 'File too large' >out
t 'says so' 0 cat said
echo "$sum" >out
t 'and stays as it was' 0 sha256sum one.vcf
rm -rf new one.vcf

# Disks that are full, if we may mount small ones.
if unshare -m mount -t tmpfs -o size=16k tmpfs c 2>/dev/null; then
	afresh
	contents >was
	plan -i >plan
	t "a folder's disk is full" 3 unshare -m sh -c '
		cp c/* .; mount -t tmpfs -o size=16k tmpfs c; cp -p cy.vcf c
		rm cy.vcf; cat /dev/zero >c/zero 2>/dev/null
		expush -r ring.conf -s r.snap plan >result 2>said'
	echo 'No space left on device' >out
	t 'says so once' 0 sh -c "sed -n 's/^expush: folder c: .*vcf: //p' said"
	t 'nothing is lost' 0 kept
	t 'the next run' 0 run
	cp all out
	t 'makes it good' 0 contents
	afresh
	contents >was
	mkdir disk
	sed 's|r.snap|disk/r.snap|' ring.conf >disk.conf
	t 'the disk of the snapshot is full' 2 unshare -m sh -c '
		mount -t tmpfs -o size=40k tmpfs disk
		exfetch -r disk.conf -s disk/r.snap |
		exdiff -i -s disk/r.snap | exmerge >plan
		expush -r disk.conf -s disk/r.snap plan >result 2>said'
	echo 'expush: disk/r.snap: database or disk is full' >out
	t 'it says so' 0 cat said
	cp was out
	t 'and nothing is written anywhere' 0 contents
	rm -r disk
else
	skip 'full disks' 'may not mount any'
fi

# What may not be read or written.  To root that says nothing.
afresh
user=
if [ "$(id -u)" -eq 0 ]; then
	user='setpriv --reuid=65534 --regid=65534 --clear-groups'
	$user true 2>/dev/null || user=no
fi
if [ "$user" != no ] && chmod 755 . && { [ -z "$user" ] ||
    chown -R 65534 . "$TMPDIR" "$HOME"; } && $user sh -c "exfetch -V" >said 2>&1; then
	cat >run.sh <<-'EOS'
	exfetch -q -r ring.conf -s r.snap >stream
	exdiff ${1-} -s r.snap stream | exmerge >plan
	expush -r ring.conf -s r.snap plan >result
	EOS
	chmod 555 c
	echo 'expush: folder c: read-only' >err
	# shellcheck disable=SC2086 # words
	t 'a folder that is read-only' 1 $user sh run.sh -i
	sed '/^c/d' all >out
	echo 'c FN:Cy' >>out
	t 'gets nothing, the others do' 0 contents
	rm b/other.vcf
	echo 'expush: folder c: read-only' >err
	# shellcheck disable=SC2086
	t 'and still' 1 $user sh run.sh
	chmod 755 c
	# shellcheck disable=SC2086
	t 'writable again' 0 $user sh run.sh
	grep -v Dee all >out
	t 'it gets what was owed' 0 contents
	contents >was

	touch c/cy.vcf
	chmod 0 c/cy.vcf
	echo 'exfetch: folder c: cy.vcf: Permission denied' >err
	# shellcheck disable=SC2086
	t 'a file that may not be read' 0 $user sh run.sh
	t 'is not gone' 0 kept
	chmod 644 c/cy.vcf
	chmod 0 c
	echo 'exfetch: folder c: ./c: Permission denied' >err
	# shellcheck disable=SC2086
	t 'a folder that may not be read' 0 $user sh run.sh
	chmod 755 c
	t 'is not empty' 0 kept
	mv c elsewhere
	echo 'exfetch: folder c: ./c: No such file or directory' >err
	# shellcheck disable=SC2086
	t 'a folder that is not there' 0 $user sh run.sh
	mv elsewhere c
	t 'is not empty either' 0 kept
	mkdir ro
	vcf eve Eve >a/eve.vcf
	chmod 555 .
	mv r.snap* ro && chmod 555 ro ro/*
	sed 's|r.snap|ro/r.snap|' ring.conf >ro.conf
	sed 's|ring.conf|ro.conf|; s|r.snap|ro/r.snap|g' run.sh >ro.sh
	# shellcheck disable=SC2086
	t 'a snapshot that may not be written' 2 $user sh -c \
	    'cd . && TMPDIR=$TMPDIR; sh ro.sh 2>/dev/null'
	chmod 755 . ro
	t 'nothing is written then' 0 kept
	rm -rf ro
else
	skip 'what may not be read or written' 'root may, and cannot be another'
fi

# An item that changes between its listing and the push.
afresh
run
f=$(cd b && grep -l Dee -- *)
vcf dee Dee | sed 's/^FN/ORG:One\r\nFN/' >a/dee.vcf
plan >plan
vcf dee Dee | sed 's/^FN/NOTE:Two\r\nFN/' >"b/$f"
push plan >result 2>said
t 'changed after it was listed: not overwritten' 0 grep -q NOTE:Two "b/$f"
run
run
echo 3 >out
t 'both edits are everywhere after the next run' 0 sh -c \
    "cat a/* b/* c/* | tr -d '\r' | grep -c '^ORG:One'"
echo 3 >out
t 'the other one, too' 0 sh -c \
    "cat a/* b/* c/* | tr -d '\r' | grep -c '^NOTE:Two'"
rm a/dee.vcf
plan >plan
vcf dee Dee | sed 's/^FN/NOTE:Three\r\nFN/' >"b/$f"
push plan >result 2>said
t 'changed after it was to be deleted: it is not' 0 \
    grep -q NOTE:Three "b/$f"
run
run
echo 3 >out
t 'and comes back' 0 sh -c "cat a/* b/* c/* | grep -c NOTE:Three"

# Files come and go while a folder is listed.
rm -rf busy
mkdir busy
i=0
while [ $i -lt 50 ]; do
	vcf stable$i "Stable $i" >busy/stable$i.vcf
	i=$((i + 1))
done
exfetch busy=vdir:busy | grep -c '"rec":"item"' >said
: >going
(
	i=0
	while [ -e going ]; do
		i=$((i + 1))
		vcf gone "Gone $i" >busy/tmp$i
		mv busy/tmp$i busy/gone.vcf
		vcf half "Half $i" >busy/half$i.vcf
		rm -f busy/half$((i - 1)).vcf
		[ $((i % 3)) -ne 0 ] || rm -f busy/gone.vcf
	done
) &
i=0
while [ $i -lt 30 ]; do
	exfetch busy=vdir:busy >listed 2>>faults
	s=$?
	[ $s -le 1 ] || echo "status $s"
	n=$(grep -c '"rec":"item".*"uid":"stable' listed)
	[ "$n" -eq 50 ] || echo "$n items"
	exfilter -e listed >sealed 2>said || echo 'not whole'
	i=$((i + 1))
done >wrong
rm going
wait
t 'files that come and go hide no other' 0 cat wrong

# A file of many items that somebody cuts or writes to while it is read.
i=0
while [ $i -lt 2000 ]; do
	i=$((i + 1))
	printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u%s\r\nFN:Name %s\r\n' $i $i
	printf 'N:x;;;;\r\nNOTE:%0200d\r\nEND:VCARD\r\n' $i
done >many
mkfifo slow

# meanwhile FILE WHAT ...: its first line is read, WHAT is done, and then the
# rest is; no pipe holds all of that.  The status is said.
meanwhile()
{
	file=$1
	shift
	cp many many.vcf
	touch -d '2026-01-01 00:00:00' many.vcf
	[ "$file" = many.vcf ] || exfetch file:many.vcf >"$file"
	case $file in
	many.vcf)	exfetch file:many.vcf >slow 2>said & ;;
	*)		exfilter -e "$file" >slow 2>said & ;;
	esac
	exec 3<slow
	IFS= read -r _ <&3
	"$@"
	cat <&3 >rest
	exec 3<&-
	wait $!
	echo $?
}
echo 3 >out
t 'a file that is cut while it is read' 0 meanwhile many.vcf \
    truncate -s 1000 many.vcf
echo 'exfetch: a file was cut short while it was read, or its disk has failed' \
    >out
t 'is said' 0 cat said
t 'and its stream has no end' 1 grep '"rec":"end"' rest
echo 2 >out
t 'a stream that is cut while it is read' 0 meanwhile many.exi \
    truncate -s 1000 many.exi
# In a string or between two, as long as the path in the first line makes it.
t 'is said with its place' 0 grep -q \
    '^exfilter: many.exi:[0-9]*: folder many.vcf: column [0-9]*: ' said
t 'and has no end either' 1 grep '"rec":"end"' rest
echo 3 >out
t 'a file that is written to while it is read' 0 meanwhile many.vcf \
    sh -c 'printf b | dd of=many.vcf conv=notrunc 2>/dev/null'
echo "exfetch: folder many.vcf: $PWD/many.vcf: changed while it was read" >out
t 'is said as well' 0 cat said
printf 0 >zero
echo 0 >out
t 'one that is replaced is read as it was' 0 meanwhile many.vcf \
    mv zero many.vcf
rm -f many* slow rest

# Two at once: the first one waits for who reads its results.
afresh
vcf fat "$(head -c 200000 /dev/zero | tr '\0' x)" >a/fat.vcf
plan -i >plan
mkfifo fifo
expush -r ring.conf -s r.snap plan >fifo &
first=$!
exec 3<fifo
until [ -s r.snap.lock ]; do
	sleep 0.1
done
push plan >result 2>said
echo $? >status
echo 3 >out
t 'the second of two runs at once' 0 cat status
echo "expush: r.snap.lock: locked by expush $first" >out
t 'says who is first' 0 sed 's/ on .* since .*//' said
cat <&3 >result
exec 3<&-
wait $first
echo $? >status
echo 0 >out
t 'the first goes on' 0 cat status
cp all out
t 'and is done' 0 sh -c 'for f in a b c; do cat $f/*.vcf | tr -d "\r" |
    grep "^FN" | grep -v xxx | sort | sed "s/^/$f /"; done'

finish
