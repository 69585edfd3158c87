#!/bin/sh
# What a run says of each folder, for people and as JSON; how things stood
# after it; what a timer or cron needs to know.
. tests/lib.sh
. "$TOP/tests/ringlib.sh"

afresh
conf
folder a
folder b
folder c
for i in 1 2 3 4; do
	card a/$i.vcf u$i "Example $i" NOTE:old
done

# timeless: without what takes another time in each run.
timeless()
{
	sed 's/ [0-9]*\.[0-9][0-9][0-9] / TIME /; s/"seconds":[0-9.]*/"seconds":TIME/
	    s/20[0-9][0-9]-.*Z/WHEN/'
}

report()
{
	exring "$@" >said
	status=$?
	timeless <said
	return $status
}

cat >out <<'.'
folder                              read created updated deleted   owed conflicts seconds requests
a                                      4       0       0       0      0         0   TIME        5
b                                      0       4       0       0      0         0   TIME        5
c                                      0       4       0       0      0         0   TIME        5
.
t 'a first run' 0 report sync -i ring.conf
edit a/1.vcf 's/old/one/'
edit "$(file b u1)" 's/old/two/'
edit "$(file c u2)" 's/old/new/'
rm a/3.vcf
cat >out <<'.'
folder                              read created updated deleted   owed conflicts seconds requests
a                                      3       0       1       0      0         1   TIME        N
b                                      4       0       1       1      0         1   TIME        N
c                                      4       0       0       1      0         0   TIME        N
uid u1 (Example 1): left for a person: note
1 is left as it is in every folder, until the folders agree or exring resolve settles it
.
# Whether a file is read again depends on how old it is.
numberless()
{
	report "$@" >got
	status=$?
	sed 's/TIME *[0-9]*$/TIME        N/' got
	return $status
}
t 'edits, a conflict, a deletion' 1 numberless sync ring.conf
touch a b c
exring sync -J ring.conf >json
jq -c '[.folder, .read, .created, .updated, .deleted, .owed, .conflicts]' \
    json >got
printf '%s\n' '["a",3,0,0,0,0,1]' '["b",3,0,0,0,0,1]' '["c",3,0,0,0,0,0]' >out
t 'as JSON' 0 cat got
echo true >out
t 'with times and requests' 0 \
    jq -s 'all(.[]; (.seconds | type) == "number" and .requests > 0)' json
cat >out <<'.'
folder                              items   owed  refused last complete listing
a                                       3      0        0 WHEN
b                                       3      0        0 WHEN
c                                       3      0        0 WHEN
left for a person: 1
.
t 'status' 1 report status ring.conf

# A listing that fails is no complete one.
cp ring.snap.listed listed
edit ring.conf 's/vdir:c/vdir:gone/'
t 'a folder that cannot be listed' 2 sh -c 'exring sync -q ring.conf 2>/dev/null'
grep '^c' listed >out
t 'its last complete listing stays' 0 grep '^c' ring.snap.listed
edit ring.conf 's/vdir:gone/vdir:c/'

# What is owed.
edit ring.conf 's/vdir:b/mem:b.mem/'
exring relink -q ring.conf b
printf '{"faults":["busy"%s],"quirks":[]}\n' \
    "$(printf ',"busy"%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14)" >b.mem
exring sync ring.conf 2>/dev/null >got
status=$?
awk '$1 == "b" { print $1, $6 }' got >owed
t 'owed: the same command may work later' 0 test $status -eq 3
echo 'b 3' >out
t 'owed, in the report' 0 cat owed
exring status ring.conf | awk '$1 == "b" { print $1, $2, $3 }' >got
echo 'b 0 3' >out
t 'owed, in status' 0 cat got
exring sync -q ring.conf 2>/dev/null
exring status ring.conf | awk '$1 == "b" { print $1, $2, $3 }' >got
echo 'b 3 0' >out
t 'then not any more' 0 cat got

# A folder that is in no ring file.
edit ring.conf '/folder c/,$d'
exring status ring.conf | grep '^c is' >got
echo 'c is not in the ring file any more: exring leave, or rename' >out
t 'a folder that is not in the ring file' 0 cat got

# Mail or no mail: nothing is said where all is well, and the status tells.
afresh
conf
folder a
folder b
card a/1.vcf u1 'Example 1' NOTE:old
t 'nothing to say' 0 exring sync -qi ring.conf
t 'nor when there was nothing to do' 0 exring sync -q ring.conf
edit a/1.vcf 's/old/one/'
edit "$(file b u1)" 's/old/two/'
t 'something for a person' 1 exring sync -q ring.conf
(
	flock 9
	echo "exring 1 on here since then" >ring.conf.lock
	exring sync -q ring.conf 9>&- 2>held
	echo $? >status
) 9>>ring.conf.lock
printf '%s\n' 'exring: ring.conf: locked by exring 1 on here since then' 3 >out
t 'another run is at it: later' 0 cat held status
finish
