#!/bin/sh
# The guards: a run that would delete or overwrite a lot stops before it
# writes anything, says so, and can be gone on with; what check says.
. tests/lib.sh
. "$TOP/tests/ringlib.sh"

saved='(the plan is in ring.snap.plan)'

# thirty [line for the ring file ...]: thirty items that agree in a and b
thirty()
{
	afresh
	conf "$@"
	folder a
	folder b
	i=100
	while [ $((i += 1)) -le 130 ]; do
		card a/$i.vcf u$i "Example $i"
	done
	run -i >/dev/null
	find a b -type f | sort >before
}

# untouched: nothing was written.
untouched()
{
	find a b -type f | sort >now
	diff gone now
}

# gone PATTERN: those of a go.
gone()
{
	rm a/$1.vcf
	find a b -type f | sort >gone
}

# An emptied folder, as an unmounted disk is.
thirty
gone '*'
echo "expush: folder a: emptied: all of its 30 items are gone: nothing is written; -d all goes" \
    "on $saved" >err
t 'an emptied folder' 2 run
t 'nothing was written' 0 untouched
echo 'expush: folder a: emptied: all of its 30 items are gone: nothing is written; -d all goes on' \
    >err
echo 'exring: ring.conf: expush failed' >>err
t 'check says so, too' 2 exring check ring.conf
for d in 'updates' '100 100%'; do
	printf '%s\n' "expush: folder a: emptied: all of its 30 items are gone: nothing is written; -d all goes on $saved" \
	    'exring: ring.conf: expush failed, so this run is not complete' >err
	t "-d $d does not go on" 2 exring sync -d "$d" ring.conf
done
t '-d all goes on' 0 exring sync -q -d all ring.conf
t 'all are gone' 0 find b -type f
t 'then nothing' 0 run

# No items anywhere, and one item, are no disaster.
t 'no items anywhere is fine' 0 exring sync -q ring.conf
card a/one.vcf one One
run >/dev/null
rm a/one.vcf
echo 'delete one in b' >out
t 'the only item' 0 run

# Many deletions in one folder.
thirty
gone '10[1-9]'
gone '110'
run >got
echo 10 >out
t 'ten are no disaster' 0 grep -c '^delete' got
gone '11[1-9]'
exring check -q ring.conf >got
t 'nine of twenty neither: not above 10' 0 grep -q 'b: 0 to create, 0 to update, 9 to delete' got
gone '12[0-1]'
echo "expush: folder a: deleted there were 11 of 20 items, too many: nothing is written; -d all" \
    "goes on $saved" >err
t 'eleven of twenty are' 2 run
t 'nothing was written, then' 0 untouched
echo 600 >out
t 'the plan is for us alone' 0 stat -c %a ring.snap.plan
t '-d N P%: a higher limit' 0 exring sync -qd '11 20%' ring.conf

# The saved plan, looked at and carried out later.
thirty
gone '1[01]*'
run >/dev/null 2>&1
jq -r 'select(.rec == "plan").ops[].op' ring.snap.plan | sort | uniq -c >got
echo '     19 delete' >out
t 'the saved plan says what it would do' 0 cat got
push()
{
	expush -q -r ring.conf -s ring.snap "$@" >results
}
echo "expush: folder a: deleted there were 19 of 30 items, too many: nothing is written; -d all" \
    'goes on' >err
t 'it is stopped again' 2 push -n ring.snap.plan
t 'and carried out with -d all' 0 push -d all ring.snap.plan
t 'then nothing' 0 run
t 'they agree' 0 test "$(find b -type f | wc -l)" -eq 11
# Acknowledgements that take over a second are in several transactions.
echo 'expush: ring.snap: is of generation N, the plan of 2: fetch again' >out
t 'once' 3 sh -c 'expush -q -r ring.conf -s ring.snap -d all \
    ring.snap.plan 2>said; s=$?; sed "s/generation [0-9]*,/generation N,/" said
    exit $s'

# Deletions owed: seen in two folders, each below the limit.
afresh
conf
for f in a b c; do
	folder $f
done
i=100
while [ $((i += 1)) -le 130 ]; do
	card a/$i.vcf u$i "Example $i"
done
run -i >/dev/null
for i in 1 2 3 4 5 6 7; do
	rm a/10$i.vcf "$(file b u11$i)"
done
find a b c -type f | sort >gone
echo "expush: folder c: to be deleted there are 14 of 30 items, too many: nothing is written;" \
    "-d all goes on $saved" >err
t 'deletions owed' 2 run
t '-d all goes on with them' 0 exring sync -qd all ring.conf

# The limits of the ring file.
thirty 'max-delete = 2 5%'
gone '10[1-3]'
echo "expush: folder a: deleted there were 3 of 30 items, too many: nothing is written; -d all" \
    "goes on $saved" >err
t 'max-delete of the ring file' 2 run

# Many edits.
thirty
for f in a/1[01]*.vcf; do
	edit "$f" 's/^END/NOTE:x\r\n&/'
done
find a b -type f | sort >gone
echo "expush: folder a: edited there were 19 of 30 items, too many: nothing is written; -d" \
    "updates goes on $saved" >err
t 'many edits' 2 run
t 'nothing was written to b' 1 grep -q NOTE -r b
printf '%s\n' "expush: folder a: edited there were 19 of 30 items, too many: nothing is written; -d updates goes on $saved" \
    'exring: ring.conf: expush failed, so this run is not complete' >err
t '-d all does not go on' 2 exring sync -d all ring.conf
t '-d updates does' 0 exring sync -qd updates ring.conf
echo 19 >out
t 'they are there' 0 sh -c 'grep -l NOTE b/* | wc -l'
thirty 'max-update = 0 0%'
edit a/101.vcf 's/^END/NOTE:x\r\n&/'
echo "expush: folder a: edited there were 1 of 30 items, too many: nothing is written; -d" \
    "updates goes on $saved" >err
t 'max-update of the ring file' 2 run

# Not on a first run.
afresh
conf 'max-update = 0 0%'
folder a
folder b
for i in 1 2 3; do
	card a/$i.vcf u$i "Example $i"
	card b/$i.vcf u$i "Example $i" "NOTE:$i"
done
t 'a first run has no edits' 0 exring sync -qi ring.conf

# What check says of it all.
thirty
rm a/101.vcf
edit a/102.vcf 's/^END/TITLE:one\r\n&/'
edit "$(file b u102)" 's/^END/TITLE:two\r\n&/'
edit a/103.vcf 's/^END/NOTE:x\r\n&/'
card b/new.vcf new New
cat >out <<'.'
uid u102 (Example 102): left for a person: title
1 is left as it is in every folder, until the folders agree or exring resolve settles it
folder a: 1 to create, 0 to update, 0 to delete
folder b: 0 to create, 1 to update, 1 to delete
left for a person: 1
nothing was changed
.
t 'check' 1 exring check ring.conf

# A store that is missing is no folder without items: not in the first run,
# for its name may be mistyped, and not later, for its disk may be away.
afresh
conf
folder a
folder b
printf '[folder c]\nstore = file:c.vcf\n' >>ring.conf
card a/ann.vcf ann Ann
card a/bob.vcf bob Bob
rmdir b
cat >err <<.
exfetch: folder b: ./b: No such file or directory
exfetch: folder c: $PWD/c.vcf: no such file
.
t 'a first run without a folder and a file' 2 exring sync -qi ring.conf
t 'makes neither' 1 sh -c 'test -e b || test -e c.vcf'
mkdir b
: >c.vcf
t 'empty ones will do; it was the first run of the others' 0 \
    exring sync -q ring.conf
echo 4 >out
t 'and are filled' 0 sh -c 'cat b/* c.vcf | grep -c "^FN:"'
rm c.vcf
echo "exfetch: folder c: $PWD/c.vcf: no such file" >err
t 'later it is missing' 2 exring sync -q ring.conf
t 'and nothing is deleted' 0 sh -c 'ls a b | grep -c vcf >got; grep -qx 4 got'
: >c.vcf
printf '%s\n' "expush: folder c: emptied: all of its 2 items are gone: nothing is written; -d all goes on $saved" \
    'exring: ring.conf: expush failed, so this run is not complete' >err
t 'nor when it is empty' 2 exring sync -q ring.conf
finish
