#!/bin/sh
# expush: a plan carried out, refused, stopped and resumed; items copied
. tests/lib.sh

# card UID NAME [EXTRA]: the normal form of a card
card()
{
	printf '%s' '["vcard",[["version",{},"text","4.0"],["fn",{},"text","'\
"$2"'"],["n",{},"text",["","","","",""]]'"${3-}"',["uid",{},"text","'"$1"\
'"]]]'
}

vcf()
{
	printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:%s\r\nN:;;;;\r\nUID:%s\r\n' \
	    "$2" "$1"
	printf 'END:VCARD\r\n'
}

ring()
{
	cat >ring.conf <<-RING
	[ring]
	kind = contacts
	snapshot = r.snap
	[folder alice]
	store = vdir:alice
	[folder bob]
	store = $bob
	RING
	config=$(sha256sum <ring.conf | cut -c1-32)
	# The ring's id: kind, then name and store of each folder.
	id=$(printf 'contacts\nalice vdir:alice\nbob %s' "$bob" | sha256sum |
	    cut -c1-32)
}

# Bob's store, and its identity.
bob=vdir:bob
bob_id=$PWD/bob

# plan GENERATION [TOTALS]: the lines of stdin as a plan
plan()
{
	printf '%s' '{"rec":"begin","stream":"plan","form":1,"part":1,'\
'"ring":{"id":"'"$id"'","generation":'"$1"',"config":"'"$config"\
'"},"folders":{'
	for f in alice bob; do
		i=$PWD/$f
		[ $f = alice ] || i=$bob_id
		printf '%s' '"'$f'":{"items":1,"whole":true,"first":false,'\
'"identity":"'"$i"'","scope":"s"}'
		[ $f = bob ] || printf ,
	done
	echo '}}'
	cat
	echo '{"rec":"end","part":1,"count":0,"sum":"","owed":{},"parts":1,'\
'"folders":{'"${2-}"'}}'
}

sealed()
{
	plan "$@" | exfilter -eq
}

# Ann is in alice, and to be made in bob.
create()
{
	echo '{"rec":"plan","uid":"ann","kind":"contacts","left":false,'\
'"master":'"$(card ann Ann)"',"seen":{"alice":{"id":"ann.vcf","rev":"1",'\
'"as":"vcard 3.0"}},"ops":[{"op":"create","folder":"bob",'\
'"name":"ann-0123456789abcdef"}],"conflicts":[]}'
}

# update [WHERE]: Ann is Anna now; WHERE (a rev, a form) is part of the op
# shellcheck disable=SC2120 # it may be left out
update()
{
	echo '{"rec":"plan","uid":"ann","kind":"contacts","left":false,'\
'"master":'"$(card ann Anna)"',"seen":{"alice":{"id":"ann.vcf","rev":"2",'\
'"as":"vcard 3.0"}},"ops":[{"op":"update","folder":"bob",'\
'"id":"ann-0123456789abcdef.vcf"'"${1-}"'}],"conflicts":[]}'
}

delete()
{
	echo '{"rec":"plan","uid":"ann","kind":"contacts","left":false,'\
'"master":null,"seen":{"alice":null},"ops":[{"op":"delete","folder":"bob",'\
'"id":"ann-0123456789abcdef.vcf"}],"conflicts":[]}'
}

afresh()
{
	rm -rf alice bob r.snap r.snap-* r.snap.*
	mkdir alice bob
	vcf ann Ann >alice/ann.vcf
	ring
}

names()
{
	jq -r '[.rec, .op // "", .folder // "", .uid // ""] | join(" ")'
}

push()
{
	expush -r ring.conf -s r.snap "$@"
}

# What is owed, and what is there.
# shellcheck disable=SC2317 # t calls it
state()
{
	exsnap -s r.snap owed
	ls bob
}

cat >out <<-OUT
	usage: expush [-nqv] [-d limit] [-j jobs] -r ring -s snapshot [plan]
	       expush [-nqv] store [stream]
OUT
t '-h' 0 expush -h
cp "$t_got.out" err
t 'no operand' 2 expush
sed -n '/^\.Nd/,/^\.Sh DESC/p' "$TOP/tools/expush.1" >synopsis
cp "$t_got.err" usage
echo 'expush: -d some: all, updates, or a limit as in "10 20%" is wanted' >err
t 'a limit that is none' 2 expush -d some vdir:none
echo 'expush: -j 0: a number from 1 to 1024 is wanted' >err
t 'no jobs' 2 expush -j 0 vdir:none
for word in -r -s -d -j nqv ring snapshot plan store stream limit jobs; do
	grep -q -e "${word#-}" synopsis || echo "$word"
done >got
t 'the page knows all that usage says' 0 cat got

afresh
create | sealed 0 >create.plan

cat >out <<-OUT
	create ann in bob
	folder alice: 0 to create, 0 to update, 0 to delete
	folder bob: 1 to create, 0 to update, 0 to delete
	left for a person: 0
OUT
t '-n says what it would do' 0 push -nv create.plan
t 'and does nothing' 1 test -e r.snap
t 'to no folder' 0 rmdir bob
mkdir bob

t 'a create is carried out' 0 sh -c \
    'expush -r ring.conf -s r.snap create.plan >result'
names <result >got
cat >out <<-OUT
	begin   
	taken   ann
	done create bob ann
	end   
OUT
t 'and told of' 0 cat got
vcf ann Ann | grep -v PRODID >want
grep -v PRODID bob/ann-0123456789abcdef.vcf >got
cp want out
t 'as a card' 0 cat got
echo 600 >out
t 'the snapshot is for us alone' 0 stat -c %a r.snap
echo 'expush: r.snap: is of generation 2, the plan of 0: fetch again' >err
t 'once only' 3 push create.plan

# shellcheck disable=SC2119
update | sealed 2 >update.plan
t 'an update without a rev reads first' 0 sh -c \
    'expush -r ring.conf -s r.snap update.plan >result'
echo 'FN:Anna' >out
t 'and writes' 0 sh -c 'tr -d "\r" <bob/ann-0123456789abcdef.vcf | grep FN'
delete | sealed 4 >delete.plan
t 'a delete without a rev reads first' 0 sh -c \
    'expush -r ring.conf -s r.snap delete.plan >result'
t 'and deletes' 0 rmdir bob
jq -c 'select(.rec == "done") | [.op, .folder, .uid, .id, .before[1][1][3]]' \
    <result >got
echo '["delete","bob","ann","ann-0123456789abcdef.vcf","Anna"]' >out
t 'and says what there was' 0 cat got

# Plans that are not to be carried out.
afresh
sed '$d' create.plan >cut.plan
echo 'expush: cut.plan: part 1: the stream was cut: no end record' >err
t 'a cut plan' 2 push cut.plan
sed 's/"Ann"/"Bob"/' create.plan >edited.plan
push edited.plan 2>&1 | grep -c 'sum' >got
echo 1 >out
t 'an edited plan' 0 cat got
sed 's/"create":1/"create":2/' create.plan >lies.plan
echo 'expush: lies.plan:3: part 1: the stream was changed: its lines are not those that end sums' >err
t 'an end changed by hand' 2 push lies.plan
"$EX_BUILD/helpers/reseal" <lies.plan >lied.plan
echo "expush: folder bob: the plan's end says 2 to create, its lines 1" >err
t 'a plan whose end lies' 2 push lied.plan
{ create; create; } | sealed 0 >twice.plan
echo 'expush: uid ann: two lines of the plan' >err
t 'a plan with two lines for one entry' 2 push twice.plan
create | sed 's/"bob"/"zoe"/' | sealed 0 >zoe.plan
echo 'expush: zoe.plan:2: folder zoe: not in the ring file' >err
t 'a plan for a folder that the ring has not' 2 push zoe.plan
create | sealed 4 >later.plan
echo 'expush: r.snap: no such snapshot' >err
t 'a plan that expects a snapshot' 2 push later.plan
(
	id=00000000000000000000000000000000
	create | sealed 0
) >other.plan
echo 'expush: ring.conf: not the ring that the plan is of' >err
t 'a plan of another ring' 2 push other.plan
echo >>ring.conf
echo 'expush: ring.conf: changed since the plan was made: fetch again' >err
t 'a plan made under another ring file' 3 push create.plan
ring
t 'nothing was written' 0 rmdir bob
t 'nowhere' 1 test -e r.snap
mkdir bob
create | sed 's/"vcard",/1,/' | sealed 0 >shape.plan
echo 'expush: uid ann: master: a component has no proper name' >err
t 'a plan with what is no item' 2 push shape.plan
t 'writes nothing' 0 rmdir bob
t 'neither to the snapshot' 0 exsnap -s r.snap folders

# Killed at every step: commit, write, commit.
# shellcheck disable=SC2317 # t calls it
state()
{
	exsnap -s r.snap owed
	ls bob
}

echo '{"uid":"ann","folder":"bob","op":"create","intent":1}' >owed
echo ann-0123456789abcdef.vcf >there
for i in 1 2 3; do
	afresh
	t "killed after step $i" 137 env EX_STOP_AFTER=$i \
	    expush -r ring.conf -s r.snap create.plan
	case $i in
	1) cat owed ;;
	2) cat owed there ;;
	3) cat there ;;
	esac >out
	t "what is known then, $i" 0 state
done
afresh
t 'there are no more steps' 0 env EX_STOP_AFTER=4 sh -c \
    'expush -r ring.conf -s r.snap create.plan >result'

afresh
{ push create.plan 2>got; echo $? >status; } | true
echo 2 >out
t 'a closed pipe is trouble' 0 cat status
cp there out
t 'and the push is carried out' 0 state

# Guards.  30 items in both folders; then some are gone.
many()
{
	i=100
	while [ $i -lt 130 ]; do
		echo '{"rec":"plan","uid":"u'$i'","kind":"contacts",'\
'"left":false,"master":'"$(card u$i N$i)"',"seen":{"alice":{"id":"'$i\
'.vcf"},"bob":{"id":"'$i'.vcf"}},"ops":[],"conflicts":[]}'
		i=$((i + 1))
	done
}

# totals FOLDER ITEMS EDITED GONE
totals()
{
	printf '%s' '"'"$1"'":{"items":'"$2"',"edited":'"$3"',"new":0,"gone":'\
"$4"',"unknown":0}'
}

quiet()
{
	push "$@" >result
}

afresh
many | sealed 0 >many.plan
t 'thirty items' 0 quiet many.plan
sealed 1 "$(totals alice 15 0 15)" </dev/null >gone.plan
echo 'expush: folder alice: deleted there were 15 of 30 items, too many: nothing is written;'\
    '-d all goes on (the plan is in r.snap.plan)' >err
t 'many deletions stop it' 2 push gone.plan
t 'and the plan is saved' 0 cmp gone.plan r.snap.plan
echo 600 >out
t 'for us alone' 0 stat -c %a r.snap.plan
t 'a higher limit lets it go on' 0 quiet -n -d '20 20%' gone.plan
t 'and so does -d all' 0 quiet -n -d all gone.plan
echo 'expush: folder alice: deleted there were 15 of 30 items, too many: nothing is written;'\
    '-d all goes on' >err
t '-d updates does not' 2 push -n -d updates gone.plan
sealed 1 "$(totals alice 20 0 10)" </dev/null >ten.plan
t 'ten deletions are no disaster' 0 quiet -n ten.plan
sealed 1 "$(totals alice 0 0 30)" </dev/null >empty.plan
echo 'expush: folder alice: emptied: all of its 30 items are gone: nothing is written;'\
    '-d all goes on' >err
t 'an emptied folder' 2 push -n -d '100 100%' empty.plan
sealed 1 "$(totals bob 30 16 0)" </dev/null >edits.plan
echo 'expush: folder bob: edited there were 16 of 30 items, too many: nothing is written;'\
    '-d updates goes on' >err
t 'many edits' 2 push -n edits.plan
t '-d updates goes on' 0 quiet -n -d updates edits.plan
i=100
while [ $i -lt 111 ]; do
	echo '{"rec":"plan","uid":"u'$i'","kind":"contacts","left":false,'\
'"master":null,"seen":{"alice":null},"ops":[{"op":"delete","folder":"bob",'\
'"id":"'$i'.vcf"}],"conflicts":[]}'
	i=$((i + 1))
done | sealed 1 >owed.plan
echo 'expush: folder bob: to be deleted there are 11 of 30 items, too many: nothing is written;'\
    '-d all goes on' >err
t 'deletions owed count, too' 2 push -n owed.plan

# What a line does not speak of stays owed.
afresh
many | sealed 0 >many.plan
t 'thirty items again' 0 quiet many.plan
for i in 100 101; do
	master=$(card u$i New) seen='{"id":"'$i'.vcf"}'
	[ $i = 100 ] || master=null seen=null
	echo '{"rec":"plan","uid":"u'$i'","kind":"contacts","left":false,'\
'"master":'"$master"',"seen":{"alice":'"$seen"'},"ops":[],"conflicts":[]}'
done | sealed 1 >one.plan
t 'a change seen in one folder' 0 quiet one.plan
cat >out <<-OUT
	{"uid":"u100","folder":"bob","op":"update"}
	{"uid":"u101","folder":"bob","op":"delete"}
OUT
t 'is owed to the other' 0 exsnap -s r.snap owed
echo '{"rec":"plan","uid":"u101","kind":"contacts","left":false,'\
'"master":null,"seen":{"bob":null},"ops":[],"conflicts":[]}' |
    sealed 2 >last.plan
t 'until it is gone there, too' 0 quiet last.plan
echo '{"uid":"u100","folder":"bob","op":"update"}' >out
t 'then nothing is' 0 exsnap -s r.snap owed

# A folder under another identity: all that was known of it is void.
sealed 3 </dev/null | sed 's|/bob"|/bob2"|' | exfilter -eq >moved.plan
t 'a folder under another identity' 0 quiet moved.plan
cat >out <<-OUT
	{"folder":"alice","items":29,"identity":"$PWD/alice","scope":"s"}
	{"folder":"bob","items":0,"identity":"$PWD/bob2","scope":"s"}
OUT
t 'is new' 0 exsnap -s r.snap folders

# An item left for a person.
left()
{
	echo '{"rec":"plan","uid":"eve","kind":"contacts","left":true,'\
'"master":null,"seen":{"alice":{"id":"e.vcf","rev":"1","now":'\
"$(card eve Eva)"'},"bob":{"id":"f.vcf","rev":"2","now":'\
"$(card eve Eve)"'}},"ops":[],"conflicts":[{"what":"fn"}]}'
}

afresh
left | sealed 0 >left.plan
t 'a left item exits 1' 1 quiet -q left.plan
grep -v '"rec":"begin"\|"rec":"end"' result >got
echo '{"rec":"conflict","uid":"eve","kind":"contacts","left":true,'\
'"conflicts":[{"what":"fn"}]}' >out
t 'and is told of' 0 cat got
echo '{"uid":"eve","run":1,"left":true,"open":true,'\
'"conflicts":[{"what":"fn"}]}' >out
t 'and again' 0 exsnap -s r.snap conflicts
t 'it is settled' 0 exsnap -s r.snap settle eve bob
echo '{"uid":"eve","folder":"alice","op":"update"}' >out
t 'then it is owed' 0 exsnap -s r.snap owed
t 'and no conflict' 0 exsnap -s r.snap conflicts
echo 'exsnap: uid eve: nothing to settle' >err
t 'once' 2 exsnap -s r.snap settle eve bob

# What a store may answer (ring.md 5, the table), told by mem:.
bob=mem:bob.mem bob_id=$bob

# faults [FAULT ...]: bob's store will answer so
faults()
{
	afresh
	rm -f bob.mem
	printf '{"faults":[' >bob.mem
	for f in "$@"; do
		printf '%s"%s"' "${sep-}" "$f"
		sep=,
	done >>bob.mem
	unset sep
	printf '],"quirks":[%s]}\n' "${quirks-}" >>bob.mem
	create | sealed 0 >create.plan
}

# shellcheck disable=SC2317 # t calls it
answered()
{
	push create.plan >result
	status=$?
	jq -c 'select(.op) | [.rec, .again]' <result
	exsnap -s r.snap owed
	return "$status"
}

faults
echo '["done",null]' >out
t 'stored, and read back' 0 answered

faults denied
printf '["failed",true]\n{"uid":"ann","folder":"bob","op":"create"}\n' >out
echo 'expush: folder bob: denied' >err
t 'not allowed' 1 answered

faults refused
printf '["failed",false]\n{"uid":"ann","folder":"bob","op":"create",%s}\n' \
    '"refused":"refused"' >out
echo 'expush: folder bob: uid ann: refused' >err
t 'refused' 1 answered

faults busy busy busy busy
echo '["done",null]' >out
t 'busy four times' 0 answered

faults busy busy busy busy busy
printf '["failed",true]\n' >out
cat owed >>out
echo 'expush: folder bob: busy' >err
t 'busy five times' 3 answered

faults exists
printf '["failed",true]\n' >out
cat owed >>out
echo 'expush: folder bob: uid ann: exists' >err
t 'something is there' 3 answered

faults lost
echo '["done",null]' >out
t 'the answer was lost' 0 answered
echo 1 >out
t 'and it is there once' 0 grep -c '"data"' bob.mem

faults kill
t 'killed, but written' 137 expush -r ring.conf -s r.snap create.plan
cat owed >out
t 'is to be found by the next run' 0 exsnap -s r.snap owed

quirks='"upper=FN"'
faults
echo '["done",null]' >out
t 'what the store makes of it' 0 answered
echo '"ANN"' >out
t 'is told' 0 jq 'select(.after).after[1][1][3]' result
unset quirks

# Copying.  items NAME: Ann and Bob, NAME in front of theirs; then stdin
items()
{
	echo '{"rec":"begin","stream":"items","form":1,"folder":"x",'\
'"kind":"contacts","mode":"full"}'
	for n in Ann Bob; do
		echo '{"rec":"item","folder":"x","id":"'$n'","uid":"'$n\
'","hash":"00","kind":"contacts","as":"vcard 3.0","data":'\
"$(card $n "$1$n")"'}'
	done
	cat
	echo '{"rec":"end","folder":"x","count":0,"sum":""}'
}

# shellcheck disable=SC2317 # t calls it
copy()
{
	expush -q vdir:new "$@" >result
}

mkdir new
items '' </dev/null | exfilter -eq >items.jsonl
echo '2 to create, 0 are there, 0 differ' >out
t 'copying, -n' 0 expush -nq vdir:new items.jsonl
t 'nothing was made' 0 ls new
t 'copying' 0 copy items.jsonl
printf 'Ann.vcf\nBob.vcf\n' >out
t 'makes the items' 0 ls new
t 'copied again' 0 copy <items.jsonl
printf 'Ann.vcf\nBob.vcf\n' >out
t 'makes nothing' 0 ls new
items Other </dev/null | exfilter -eq >others
cat >err <<-OUT
	expush: folder x: uid Ann: another item with that UID is there
	expush: folder x: uid Bob: another item with that UID is there
OUT
t 'other items are not overwritten' 1 copy others
names <result >got
cat >out <<-OUT
	begin   
	failed create x Ann
	failed create x Bob
	end   
OUT
t 'but told of' 0 cat got
rm -r new
mkdir new
sed '$d' items.jsonl >cut.jsonl
echo 'expush: cut.jsonl: folder x: the stream was cut: no end record' >err
t 'a cut stream' 2 copy cut.jsonl
t 'copies nothing' 0 rmdir new
mkdir new
echo '{"rec":"bad","folder":"x","id":"b","why":"line 1: no card"}' |
    items '' | exfilter -eq >bad
echo 'expush: folder x: uid b: line 1: no card' >err
t 'what is bad is told of' 1 copy bad
echo '{"rec":"kept","folder":"x","id":"b","rev":"1"}' |
    items '' | exfilter -eq >kept
echo 'expush: kept:4: not a full listing: fetch without -s' >err
t 'a listing that is not full' 2 copy kept

# The page's examples: example N runs the Nth.
example()
{
	sed -n 's/^\.Dl \$ //p' "$TOP/tools/expush.1" | sed -n "$1p" >example
	t "$(cat example)" 0 sh example
}

mkdir page
cd page || exit 1
mkdir alice bob
vcf ann Ann >alice/ann.vcf
vcf bea Bea >alice/bea.vcf
bob=vdir:bob
ring
example 1
example 2
printf 'create %s in bob\n' ann bea >out
printf 'folder %s\n' 'alice: 0 to create, 0 to update, 0 to delete' \
    'bob: 2 to create, 0 to update, 0 to delete' >>out
echo 'left for a person: 0' >>out
example 3
example 4
rm alice/*
exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap | exmerge >plan
echo 'expush: folder alice: emptied: all of its 2 items are gone: nothing is written;'\
    '-d all goes on (the plan is in ring.snap.plan)' >err
t 'an emptied folder stops it' 2 expush -r ring.conf -s ring.snap plan
example 5
t 'and it is empty everywhere' 0 rmdir bob
vcf ann Ann >alice/ann.vcf
mkdir copy
example 6
echo ann.vcf >out
t 'copied' 0 ls copy
finish
