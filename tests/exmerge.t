#!/bin/sh
# exmerge: change lines in, plan lines out; cut and wrong input; its page
. tests/lib.sh

# card FN [MORE]
card()
{
	printf '%s' '["vcard",[["version",{},"text","4.0"]'"${2-}"',["fn",{},'\
'"text","'"$1"'"],["uid",{},"text","u"]]]'
}

# change UID MASTER SIDE ...
change()
{
	printf '%s' '{"rec":"change","uid":"'"$1"'","kind":"contacts",'\
'"gone":false,"master":'"$2"',"folders":{'
	shift 2
	printf '%s' "$1"
	shift
	[ $# -eq 0 ] || printf ',%s' "$@"
	echo '}}'
}

# changes [POLICY]: the lines of stdin as a stream, sealed
changes()
{
	{
		printf '%s' '{"rec":"begin","stream":"changes","form":1,'\
'"part":1,"kind":"contacts","ring":{"id":"R","generation":3,'\
'"conflict":['"${1:-\"report\"}"'],"delete-wins":false},"folders":{'\
'"alice":{"items":4,"whole":true,"access":"read-write"},'\
'"bob":{"items":5,"whole":true,"access":"read-write"}}}'
		echo
		cat
		echo '{"rec":"end","part":1,"count":0,"sum":"","parts":1,'\
'"folders":{"alice":{"edited":1,"new":0,"gone":0,"unknown":0},'\
'"bob":{"edited":0,"new":0,"gone":0,"unknown":0}}}'
	} | exfilter -eq | jq -c 'if .rec == "begin" then
	    .folders |= map_values(del(.token)) else . end' | exfilter -eq
}

a=$(card A) b=$(card B) c=$(card C)
alice='"alice":{"is":"edited","id":"a1","rev":"r1","now":'$b'}'
bob='"bob":{"is":"same","id":"b1","rev":"r2","uid":"x"}'
note='{"rec":"note","folder":"bob","id":"n","rev":"r","why":"hidden"}'
{ change u "$a" "$alice" "$bob"; echo "$note"; } | changes >changes
exmerge changes >plan
echo "status $?" >>plan

new=$(card B)
cat >want <<EOT
{"rec":"plan","uid":"u","kind":"contacts","left":false,"master":$new,\
"seen":{"alice":{"id":"a1","rev":"r1"},"bob":{"id":"b1","rev":"r2",\
"uid":"x","base":$a,"shadow":$a}},"ops":[{"op":"update","folder":"bob",\
"id":"b1","rev":"r2","uid":"x"}],"conflicts":[]}
$note
status 0
EOT
grep -v -e '"rec":"begin"' -e '"rec":"end"' plan >got
t 'an edit becomes a plan line, a note is passed on' 0 diff -u want got

cat >out <<'EOT'
"plan" 1 {"id":"R","generation":3,"conflict":["report"],"delete-wins":false}
{"alice":{"create":0,"update":0,"delete":0},"bob":{"create":0,"update":1,"delete":0}} 1
{"items":4,"edited":1,"new":0,"gone":0,"unknown":0}
EOT
cat >filter <<'EOT'
if .rec == "begin" then "\(.stream | tojson) \(.part) \(.ring | tojson)"
elif .rec == "end" then "\(.owed | tojson) \(.parts)",
	(.folders.alice | tojson)
else empty end
EOT
exmerge changes >plan
t 'begin and end say what later stages need' 0 jq -r -f filter plan

exfilter -eq plan >again
t 'the plan is sealed as it should be' 0 cmp plan again

conflict=$(change u "$a" "$alice" \
    '"bob":{"is":"edited","id":"b1","now":'"$c"'}')
echo "$conflict" | changes >changes
exmerge changes >plan
t 'a conflict exits 1' 1 sh -c 'exmerge changes >plan'
cat >out <<EOT
{"left":true,"master":$a,"seen":{"alice":{"id":"a1","rev":"r1","now":$b},\
"bob":{"id":"b1","now":$c}},"ops":[],"conflicts":[{"what":"n",\
"base":[["fn",{},"text","A"]],"values":{"alice":[["fn",{},"text","B"]],\
"bob":[["fn",{},"text","C"]]},"why":"report"}]}
EOT
t 'and leaves the item, with what each folder holds' 0 jq -c \
    'select(.rec == "plan") | {left,master,seen,ops,conflicts}' plan

cat >err <<'EOT'
exmerge: uid u (A): left for a person: n
exmerge: 1 items: 0 to create, 0 to update, 0 to delete; 1 conflicts, 1 left
EOT
t '-v says so' 1 sh -c 'exmerge -v changes >plan'

cat >out <<EOT
{"left":false,"master":$b,"ops":[{"op":"update","folder":"bob","id":"b1"}],\
"won":"alice","why":"prefer"}
EOT
exmerge -c 'prefer alice' changes >plan
t '-c decides instead of the ring file' 0 jq -c 'select(.rec == "plan") |
    {left,master,ops,won:.conflicts[0].won,why:.conflicts[0].why}' plan

echo "$conflict" | changes '"prefer","bob"' >other
exmerge other >plan
echo '"bob"' >out
t 'the policy comes in the stream' 0 jq -c \
    'select(.rec == "plan").conflicts[0].won' plan
echo "$conflict" | changes '"command","rm -rf /"' >other
echo true >out
exmerge other >plan
t 'a command in a stream is a report' 0 jq -c \
    'select(.rec == "plan").left' plan

exmerge -c both changes >plan
cat >out <<'EOT'
"u" "C" 1
"u-" "B" 2
EOT
t 'both: the loser is an item of its own' 0 jq -r 'select(.rec == "plan") |
    "\(.uid | .[:2] | tojson) \(.master[1][] | select(.[0] == "fn")[3] |
    tojson) \(.ops | length)"' plan

# The same, whatever the order of the folders.
change u "$a" '"bob":{"is":"edited","id":"b1","now":'"$c"'}' "$alice" |
    changes >turned
exmerge changes >plan
exmerge turned >again
t 'folders in another order: the same bytes' 0 cmp plan again

# Cut at every line and in the middle of one: no end, exit 2.
head -n 2 changes >cut
exmerge cut >plan 2>err
echo 2 $? >status
echo 2 2 >out
rm err
t 'a cut stream is trouble' 0 cat status
grep '"rec":"end"' plan >got
t 'and the plan has no end' 1 test -s got
head -c 500 changes >cut
t 'cut inside of a line' 0 sh -c 'exmerge cut >plan 2>/dev/null; [ $? -eq 2 ]'
cat changes changes >double
t 'a part twice' 0 sh -c 'exmerge double >plan 2>/dev/null; [ $? -eq 2 ]'

# Lines that are wrong: the place, the uid, exit 2.
bad()
{
	changes <line >bad
	echo "exmerge: $2" >err
	t "$1" 2 sh -c 'exmerge <bad | grep -v -e begin -e end; exmerge bad 2>/dev/null >x; exit $?'
}
change u "$a" '"alice":{"is":"edited","id":"a","base":["x"],"now":'"$b"'}' >line
bad 'a base that does not parse' \
    'stdin:2: uid u: x: not an array of properties and one of components'
change u "$a" '"alice":{"is":"odd","id":"a"}' >line
bad 'an unknown state' 'stdin:2: uid u: folder alice: no such "is"'
change u "$a" '"carl":{"is":"same","id":"a"}' >line
bad 'an unknown folder' \
    'stdin:2: uid u: folder carl: not a folder of the stream'\''s begin'
change u "$a" '"alice":{"is":"edited","id":"a"}' >line
bad 'an edit without content' 'stdin:2: uid u: folder alice: no now'
change '' "$a" "$alice" >line
bad 'no uid' 'stdin:2: no uid'

echo 'exmerge: conflict: no such policy: maybe' >err
exmerge -c maybe changes >/dev/null 2>got
rm err
t 'a policy that there is none of' 1 test ! -s got
t 'a wrong policy exits 2' 2 sh -c 'exmerge -c maybe changes 2>/dev/null >x'

# A run turned back: edits in three folders and a deletion.
mkdir alice bob carl
vcf()
{
	printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:%s\r\n' "$1" "$2"
	printf 'N:;;;;\r\nNOTE:%s\r\nEND:VCARD\r\n' "$3"
}
vcf 1 Ann one >alice/1.vcf
vcf 2 Bob two >bob/2.vcf
cat >r.conf <<'EOT'
[ring]
kind = contacts
snapshot = r.snap
max-delete = 10 100%
[folder alice]
store = vdir:alice
[folder bob]
store = vdir:bob
[folder carl]
store = vdir:carl
access = read-only
EOT
sync()
{
	exfetch -r r.conf -s r.snap | exdiff "$@" -s r.snap | exmerge |
	    expush -r r.conf -s r.snap >results
}
old()
{
	find alice bob carl -type f -exec touch -d '1 hour ago' {} +
}
vcf 3 Cid three >carl/3.vcf
old
sync -i
old
sync
cp -R alice alice.was
sed 's/Ann/Anna/' alice/1.vcf >x && cp x alice/1.vcf
sed 's/two/TWO/' bob/2.vcf >x && cp x bob/2.vcf
rm "$(echo bob/3*)"
old
sync
cp results run
grep -h -e FN -e NOTE alice/* bob/* | tr -d '\r' >got
cat >out <<'EOT'
FN:Anna
NOTE:one
FN:Bob
NOTE:TWO
FN:Anna
NOTE:one
FN:Bob
NOTE:TWO
EOT
t 'a run, with a read-only folder' 0 cat got
echo 'exmerge: 3 items: 2 to create, 4 to update, 0 to delete; 0 not taken back' >err
t '-R makes a plan of its results' 0 sh -c \
    'exmerge -Rv -r r.conf -s r.snap run >undo'
t 'which asks nothing of the read-only folder' 1 grep -q \
    '"folder":"carl"' undo
t 'and is carried out' 0 sh -c 'expush -r r.conf -s r.snap undo >results'
grep -h -e FN -e NOTE alice/* bob/* | tr -d '\r' >got
cat >out <<'EOT'
FN:Ann
NOTE:one
FN:Bob
NOTE:two
FN:Cid
NOTE:three
FN:Ann
NOTE:one
FN:Bob
NOTE:two
FN:Cid
NOTE:three
EOT
t 'everything is as it was' 0 cat got
cat >err <<'EOT'
exmerge: uid 1 (Ann): not taken back: changed since
exmerge: uid 2 (Bob): not taken back: changed since
exmerge: uid 3 (Cid): not taken back: changed since
EOT
t 'once only' 1 sh -c 'exmerge -R -r r.conf -s r.snap run >undo'
t 'the last run of the log is that undoing' 0 sh -c \
    'exmerge -R -r r.conf -s r.snap >undo'
echo 3 >out
t 'and could be undone, too' 0 grep -c '"rec":"plan"' undo
echo 'exmerge: run 9999: not in the log' >err
t 'a run that there is none of' 2 exmerge -R -r r.conf -s r.snap 9999
sed 's/"id":"[0-9a-f]*","gen/"id":"00","gen/' run | exfilter -eq >other
echo "exmerge: results of another ring than r.snap's" >err
t 'results of another ring' 2 sh -c \
    'exmerge -R -r r.conf -s r.snap other >x'

# The page.
mandoc -Tascii "$TOP/tools/exmerge.1" |
    sed "s/.$(printf '\b')//g" >page
t 'the page is clean' 0 mandoc -Tlint -W warning "$TOP/tools/exmerge.1"
exmerge -h | sed 's/^usage: //; s/^ *//' >usage
sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' page | sed '1d;$d' |
    sed 's/^ *//; /^$/d' >synopsis
t 'its SYNOPSIS is the usage' 0 diff usage synopsis
sed -n '/^EXAMPLES/,/^SEE/s/^ *\$ \(exmerge.*\)/\1/p' page >examples
cat >out <<'EOT'
exmerge -c 'prefer public' changes >plan
exmerge changes | jq -r 'select(.left).uid'
exmerge -Rv -s ring.snap >undo.plan
EOT
t 'its EXAMPLES' 0 cat examples
t 'run: a policy' 1 sh -c "$(sed -n 1p examples)"
echo u >out
t 'run: what is left' 0 sh -c "$(sed -n 2p examples)"
echo 'exmerge 0.1' >out
t '-V' 0 exmerge -V
cat >err <<'EOT'
usage: exmerge [-qv] [-c policy] [stream ...]
       exmerge -R [-qv] [-r ring] -s snapshot [run | stream]
EOT
t '-R wants -s' 2 exmerge -R
finish
