#!/bin/sh
# synced: what is on the disk before what, and system calls that fail
#
# strace shows the order of calls, and makes one of them fail: neither can be
# seen from outside without pulling a plug.
. tests/lib.sh

# The sanitizer of leaks cannot run under it.
ASAN_OPTIONS=detect_leaks=0
export ASAN_OPTIONS
strace -f -o trace -e trace=syncfs -e inject=syncfs:error=EIO true 2>said ||
    skip_all 'strace is not here, or may not trace'

card()
{
	printf '%s\r\n' BEGIN:VCARD VERSION:3.0 "UID:$2" "FN:$3" "N:$3;;;;" \
	    END:VCARD >"$1"
}

# afresh: a ring in which b and c.vcf are owed Ann's new name, and Bob; and
# from b Cy is to be deleted.
afresh()
{
	rm -rf ring
	mkdir -p ring/a ring/b
	cd ring || exit
	cat >ring.conf <<-'.'
	[ring]
	kind = contacts
	snapshot = r.snap
	[folder a]
	store = vdir:a
	[folder b]
	store = vdir:b
	[folder c]
	store = file:c.vcf
	.
	card a/ann.vcf ann Ann
	card a/cy.vcf cy Cy
	: >c.vcf
	exring sync -qi ring.conf
	card a/ann.vcf ann Anna
	card a/bob.vcf bob Bob
	rm a/cy.vcf
	exfetch -r ring.conf -s r.snap | exdiff -s r.snap | exmerge -q >plan
}

names()
{
	for f in a b; do
		cat $f/* | tr -d '\r' | sed -n "s/^FN:/$f /p" | sort
	done
	tr -d '\r' <c.vcf | sed -n 's/^FN:/c /p' | sort
}

calls=fsync,fdatasync,syncfs,link,linkat,rename,renameat,renameat2,unlink
calls=$calls,unlinkat,pwrite64

# Each call as "sync WHERE" or "place WHERE", snapshot and folders by name.
order()
{
	afresh
	strace -f -y -s 200 -o ../trace -e trace=$calls \
	    expush -q -j 1 -r ring.conf -s r.snap plan >/dev/null || return
	sed -n "s|$PWD|.|g
	s/^[0-9]* *//
	/tmp\", *0)/d
	/^\(fsync\|fdatasync\)(.*r\.snap-wal>/s/.*/sync snapshot/p
	/^pwrite64(.*r\.snap-wal>/s/.*/write snapshot/p
	/^syncfs(.*<\.\/b>/s/.*/sync b's files/p
	/^fsync(.*<\.\/b>/s/.*/sync b/p
	/^renameat2(.*<\.\/b>.*NOREPLACE/s/.*/remove in b/p
	/^\(link\|rename\)at2*(.*<\.\/b>/s/.*/place in b/p
	/^fsync(.*exring-.*tmp>/s/.*/sync c.vcf's text/p
	/^\(link\|rename\)at2*(.*\"c\.vcf\"/s/.*/place c.vcf/p
	/^fsync(.*<\.>/s/.*/sync c.vcf's folder/p" ../trace | uniq
}
# Acknowledgements may come in several batches, so each place has its turn.
(order) >calls
cat >out <<'.'
sync snapshot
sync b's files
place in b
sync b
.
t 'intents are on the disk first, then texts, then names' 0 sh -c \
    "sed '/^sync b\$/q; /^write/d; /c.vcf/d' calls | uniq"
cat >out <<'.'
sync b's files
place in b
sync b
remove in b
sync b
.
t 'creates and updates before deletes' 0 grep ' b' calls
cat >out <<'.'
sync c.vcf's text
place c.vcf
sync c.vcf's folder
.
t 'a file of items likewise' 0 sh -c "grep c.vcf calls | head -n 3"
# acknowledged: is anything written to the snapshot between the change of a
# name in b and its sync, or not after the last one?
acknowledged()
{
	awk '/^(place|remove) in b/ { open = 1 }
	/^sync b$/ { open = 0 }
	/^write snapshot/ && open { print "a name is acknowledged too early" }
	{ last[2] = last[1]; last[1] = $0 }
	END { print last[2] "\n" last[1] }' calls
}
printf '%s\n' 'write snapshot' 'sync snapshot' >out
t 'acknowledgements come last' 0 acknowledged

# failing CALL [PATH]: expush with that call failing (on that path).  Its
# status, what it says, whether an item is half there; then, after one more
# run, who is where.
failing()
{
	afresh
	strace -f -o ../trace ${2:+-P "$PWD/$2"} -e trace="$1" \
	    -e inject="$1:error=EIO" expush -q -j 1 -r ring.conf -s r.snap \
	    plan 2>../said >/dev/null
	echo "status $?"
	grep -q INJECTED ../trace || echo "$1 was not called"
	sed "s|$PWD|.|g" ../said | sort -u
	names >../held
	grep -vx '[abc] \(Anna*\|Bob\|Cy\)' ../held
	sort ../held | uniq -d
	exring sync -qa ring.conf || exring sync -q ring.conf
	names
	find . -name '.exring*' | sed 's/-.*/-N.tmp/' | sort -u
}
now()
{
	for f in a b c; do
		printf "$f %s\n" Anna Bob
	done
}
{ cat <<'.'; now; } >out
status 3
expush: folder b: ./b: Input/output error
.
t 'texts that do not get to the disk' 0 failing syncfs
{ cat <<'.'; now; } >out
status 3
expush: folder b: ./b: Input/output error
.
t 'names that do not' 0 failing fsync b
{ cat <<'.'; now; } >out
status 3
expush: folder b: uid bob: bob-955706bd5e533e3f.vcf: Input/output error
.
t 'a name that is not placed' 0 failing linkat
{ cat <<'.'; now; } >out
status 3
expush: folder b: cy-f4af642580f10dc6.vcf: Input/output error
expush: folder b: uid ann: ann-13f3db50f7830bc6.vcf: Input/output error
expush: folder c: ./c.vcf: Input/output error
.
t 'one that is not replaced or taken away' 0 failing renameat2
# The old c.vcf, which could not be unlinked, stays until that is written again.
{ cat <<'.'; now; echo ./.exring-N.tmp; } >out
status 3
expush: folder b: uid cy: cy-f4af642580f10dc6.vcf: Input/output error
.
t 'an item that is not removed' 0 failing unlinkat
{ cat <<'.'; now; } >out
status 2
expush: r.snap: disk I/O error
.
t 'a snapshot that does not get to the disk' 0 failing fdatasync
cat >out <<'.'
a Anna
a Bob
b Ann
b Cy
c Ann
c Cy
.
t 'nothing is written before that has' 0 cat held

# listing STRACE-OPTION ...: what a listing of two cards tells, one of which
# cannot be looked at as it should.
listing()
{
	cd "$t_dir" && rm -rf vdir && mkdir vdir || exit
	card vdir/ann.vcf ann Ann
	card vdir/bob.vcf bob Bob
	strace -f -o trace "$@" exfetch vdir:vdir >got 2>said
	echo "status $?"
	cat said
	grep -q INJECTED trace || echo 'no call has failed'
	jq -r '[.rec, .id, .why] | map(select(.)) | join(" ")' got
}
look=newfstatat,fstatat64,statx
{ strace -e trace=$look true || look=newfstatat; } 2>said
cat >out <<'.'
status 0
begin
item ann.vcf
end
.
t 'a file that vanishes between listing and reading is not there' 0 listing \
    -P bob.vcf -e trace=openat,$look -e inject=openat:error=ENOENT \
    -e inject=$look:error=ENOENT:when=2+
cat >out <<'.'
status 1
exfetch: folder vdir: bob.vcf: Input/output error
begin
item ann.vcf
bad bob.vcf Input/output error
end
.
t 'one that cannot be read is bad, not gone' 0 listing \
    -P "$t_dir/vdir/bob.vcf" -e trace=read -e inject=read:error=EIO
cat >out <<'.'
status 1
exfetch: folder vdir: bob.vcf: changes while it is read
begin
item ann.vcf
bad bob.vcf changes while it is read
end
.
t 'nor one that is there, and does not open' 0 listing \
    -P bob.vcf -e trace=openat -e inject=openat:error=ENOENT
cat >out <<.
status 2
exfetch: folder vdir: $t_dir/vdir: Input/output error
.
t 'a folder that cannot be read is not empty' 0 listing \
    -P "$t_dir/vdir" -e trace=getdents64 -e inject=getdents64:error=EIO
finish
