#!/bin/sh
# exsnap: what it shows, and what a person's decisions make of a snapshot
. tests/lib.sh

card()
{
	printf '%s' '["vcard",[["version",{},"text","4.0"],["fn",{},"text","'\
"$2"'"],["uid",{},"text","'"$1"'"]]]'
}

cat >ring.conf <<RING
[ring]
kind = contacts
snapshot = ring.snap
[folder alice]
store = vdir:alice
[folder bob]
store = vdir:bob
RING
config=$(sha256sum <ring.conf | cut -c1-32)
id=$(printf 'contacts\nalice vdir:alice\nbob vdir:bob' | sha256sum |
    cut -c1-32)

# push GENERATION: the plan lines of stdin, carried out
push()
{
	{
		echo '{"rec":"begin","stream":"plan","form":1,"part":1,'\
'"ring":{"id":"'"$id"'","generation":'"$1"',"config":"'"$config"\
'"},"folders":{"alice":{"items":1,"identity":"'"$PWD/alice"'","scope":"s",'\
'"token":"t"},"bob":{"items":1,"identity":"'"$PWD/bob"'","scope":"s"}}}'
		cat
		echo '{"rec":"end","part":1,"count":0,"sum":"","owed":{},'\
'"parts":1,"folders":{}}'
	} | exfilter -eq | expush -q -r ring.conf -s ring.snap >result
}

# left UID ALICE BOB: what they hold, as JSON
left()
{
	echo '{"rec":"plan","uid":"'"$1"'","kind":"contacts","left":true,'\
'"master":null,"seen":{"alice":{"id":"'"$1"'a","rev":"1","now":'"$2"\
'},"bob":{"id":"'"$1"'b","rev":"2","now":'"$3"'}},"ops":[],'\
'"conflicts":[{"what":"fn"}]}'
}

# both UID: in both folders, the same
both()
{
	echo '{"rec":"plan","uid":"'"$1"'","kind":"contacts","left":false,'\
'"master":'"$(card "$1" X)"',"seen":{"alice":{"id":"'"$1"'a","rev":"1"},'\
'"bob":{"id":"'"$1"'b","rev":"2"}},"ops":[],"conflicts":[]}'
}

snap()
{
	exsnap -s ring.snap "$@"
}

cat >out <<OUT
usage: exsnap [-pqv] -s snapshot folders | owed | conflicts | log [run]
       exsnap [-qv] -s snapshot versions uid directory
       exsnap [-qv] -s snapshot settle uid folder | file
       exsnap [-qv] -s snapshot delete uid
       exsnap [-qv] -s snapshot leave folder
       exsnap [-qv] -s snapshot rename folder name
       exsnap [-qv] -s snapshot relink folder [identity]
       exsnap [-qv] -s snapshot rehash
OUT
cp out usage
t '-h' 0 exsnap -h
cp usage err
t 'no word' 2 snap
cp usage err
t 'no such word' 2 snap shrink
cp usage err
t 'an operand too many' 2 snap leave a b
cp usage err
t 'no snapshot' 2 exsnap folders
echo 'exsnap: ring.snap: no such snapshot' >err
t 'none there' 2 snap folders
t 'and none made' 1 test -e ring.snap
echo 'not a snapshot, but long enough to be taken for one, if nobody looks' \
    >ring.snap
echo 'exsnap: ring.snap: not a snapshot' >err
t 'something else' 2 snap folders
echo 'exsnap: ring.snap: not a snapshot' >err
t 'nor is it written to' 2 snap rehash
echo ring.snap >out
t 'or anything made beside it' 0 sh -c 'ls ring.snap*'
rm ring.snap

mkdir alice bob
{
	both ann
	left eve "$(card eve Eva)" "$(card eve Eve)"
	left fay "$(card fay Fay)" "$(card fay Faye)"
} | push 0
left ann null "$(card ann Y)" | push 1
cat >out <<OUT
{"folder":"alice","items":3,"identity":"$PWD/alice","scope":"s"}
{"folder":"bob","items":3,"identity":"$PWD/bob","scope":"s"}
OUT
t 'folders' 0 snap folders
t 'nothing is owed' 0 snap owed
cat >out <<OUT
{"uid":"ann","run":2,"left":true,"open":true,"gone":["alice"],"conflicts":[{"what":"fn"}]}
{"uid":"eve","run":1,"left":true,"open":true,"conflicts":[{"what":"fn"}]}
{"uid":"fay","run":1,"left":true,"open":true,"conflicts":[{"what":"fn"}]}
OUT
t 'conflicts' 0 snap conflicts
printf '{"run":1}\n{"run":2}\n' >out
t 'runs' 0 snap log
snap log 2 >got
sed 's/,"config":"[0-9a-f]*"//' result >want
sed 's/"sum":"[0-9a-f]*"/"sum"/; s/"generation":[0-9]*/"generation"/' want >out
t 'the log of a run is its results' 0 sed \
    's/"sum":"[0-9a-f]*"/"sum"/; s/"generation":[0-9]*/"generation"/' got
echo 'exsnap: run 7: not in the log' >err
t 'a run that never was' 2 snap log 7
echo 'exsnap: run x: not in the log' >err
t 'no run at all' 2 snap log x

# The page's examples, on a copy.
mkdir page
cp ring.snap page
sed -n 's/^\.Dl \$ //p' "$TOP/tools/exsnap.1" >examples
while read -r line; do
	(cd page && sh -c "$line" >/dev/null 2>&1) || echo "$line"
done <examples >got
t 'the examples of the page work' 0 cat got
echo 12 >out
t 'all of them' 0 sh -c 'wc -l <examples'

# Where nothing may be written; root may, so it is someone else who asks.
mkdir locked
cp ring.snap locked
chmod 644 locked/ring.snap
chmod 555 locked
nobody=
[ "$(id -u)" != 0 ] ||
    nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
if $nobody sh -c 'exec "$EX_BUILD/exsnap" -V' >/dev/null 2>&1; then
	snap folders >out
	# shellcheck disable=SC2086 # words
	t 'a directory that may only be read' 0 \
	    $nobody "$EX_BUILD/exsnap" -s locked/ring.snap folders
	echo ring.snap >out
	t 'and nothing is made there' 0 ls locked
else
	skip 'a directory that may only be read' 'nobody cannot run it'
	skip 'and nothing is made there' 'nobody cannot run it'
fi
chmod 755 locked

t 'the folder that has it decides' 0 snap settle eve bob
echo '{"uid":"eve","folder":"alice","op":"update"}' >out
t 'and the other is owed it' 0 snap owed
t 'the folder that deleted it decides' 0 snap settle ann alice
cat >out <<OUT
{"uid":"ann","folder":"bob","op":"delete"}
{"uid":"eve","folder":"alice","op":"update"}
OUT
t 'and it is to be deleted' 0 snap owed
printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Fee\r\nUID:x\r\nEND:VCARD\r\n' >fee.vcf
t 'a file decides' 0 snap settle fay fee.vcf
cat >out <<OUT
{"uid":"ann","folder":"bob","op":"delete"}
{"uid":"eve","folder":"alice","op":"update"}
{"uid":"fay","folder":"alice","op":"update"}
{"uid":"fay","folder":"bob","op":"update"}
OUT
t 'and both are owed it' 0 snap owed
t 'no conflicts are left' 0 snap conflicts
echo 'exsnap: uid fay: nothing to settle' >err
t 'what is settled is settled' 2 snap settle fay bob
echo 'exsnap: uid zoe: nothing to settle' >err
t 'what is not there is not' 2 snap settle zoe bob
echo 'exsnap: carol: neither a folder of the ring nor a file' >err
t 'no such folder or file' 2 snap settle fay carol
echo 'exsnap: uid fay: nothing to settle' >err
t 'nor is it deleted' 2 snap delete fay

t 'relink' 0 snap relink alice /elsewhere
cat >out <<OUT
{"folder":"alice","items":2,"identity":"/elsewhere","scope":"s"}
{"folder":"bob","items":3,"identity":"$PWD/bob","scope":"s"}
OUT
t 'keeps the bindings' 0 snap folders
echo 'exsnap: ring.snap: no folder carol' >err
t 'no such folder' 2 snap relink carol /elsewhere
t 'leave' 0 snap leave bob
echo "{\"folder\":\"alice\",\"items\":2,\"identity\":\"/elsewhere\",\
\"scope\":\"s\"}" >out
t 'takes the folder out' 0 snap folders
cat >out <<OUT
{"uid":"eve","folder":"alice","op":"update"}
{"uid":"fay","folder":"alice","op":"update"}
OUT
t 'and what was owed to it' 0 snap owed
finish
