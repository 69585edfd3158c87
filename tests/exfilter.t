#!/bin/sh
# exfilter: edited streams are sealed, cut ones are not
. tests/lib.sh

usage='usage: exfilter -e [-qv] [stream]'
expressions='exfilter: expressions come with a later version: so far there is only -e'

# card UID NAME HASH: an item line
card()
{
	echo '{"rec":"item","folder":"alice","id":"'"$1"'.vcf","uid":"'"$1"\
'","hash":"'"$3"'","kind":"contacts","data":["vcard",[["version",{},"text",'\
'"4.0"],["fn",{},"text","'"$2"'"],["uid",{},"text","'"$1"'"]]]}'
}

items()
{
	echo '{"rec":"begin","stream":"items","form":1,"folder":"alice",'\
'"kind":"contacts","mode":"'"$1"'"}'
	card ann Alise x
	card bea Bea x
	echo '{"rec":"end","folder":"alice","count":0,"sum":"","token":"t"}'
}

# plan K: part K of two
plan()
{
	echo '{"rec":"begin","stream":"plan","form":1,"part":'"$1"\
',"ring":{"id":"r","generation":1},"folders":{"alice":{"items":2,'\
'"token":"ta"},"bob":{"items":2,"token":"tb"}}}'
	echo '{"rec":"plan","uid":"ann","ops":[{"op":"update","folder":'\
'"bob"},{"op":"create","folder":"alice"}]}'
	echo '{"rec":"plan","uid":"bea","ops":[{"op":"delete","folder":'\
'"bob"},{"op":"delete","folder":"zoe"}]}'
	[ "$1" = 2 ] && parts=',"parts":2,"folders":{"alice":{"items":2}}'
	echo '{"rec":"end","part":'"$1"',"count":9,"sum":"","owed":'\
'{"bob":{"create":7,"update":7,"delete":7},"carol":{"create":1,"update":0,'\
'"delete":0}}'"${parts-}"'}'
}

# What an end line has behind its count and sum (LINE of FILE, "$" the last).
# shellcheck disable=SC2317 # t calls it
end_of()
{
	sed -n "$1"'s/"sum":"[0-9a-f]\{32\}"/"sum"/p' "$2"
}

# A sealed section that gets a token, which its sum covers.
token()
{
	sed '/"rec":"end"/s/}$/,"token":"t"}/' | "$EX_BUILD/helpers/reseal"
}

# Streams as our programs write them: sealed, then with a token.
items full | exfilter -eq | token >items.jsonl
items delta | exfilter -eq | token >delta.jsonl
{ plan 1; plan 2; } | exfilter -eq >plan.jsonl

cp items.jsonl out
echo 'exfilter: folder alice: 2 lines, as before' >err
t 'what was sealed stays as it is' 0 exfilter -ev items.jsonl

cp items.jsonl out
t 'and is not mentioned; standard input' 0 exfilter -e - <items.jsonl

echo '{"rec":"end","folder":"alice","count":2,"sum","token":"t"}' >out
t 'the form of an end' 0 end_of 4 items.jsonl

# An item stream.
grep -v '"uid":"ann"' items.jsonl >less.jsonl
sed '/"uid":"ann"/d; /"rec":"end"/d' items.jsonl >out
echo '{"rec":"end","folder":"alice","count":1,"sum"}' >>out
echo 'exfilter: folder alice: 1 lines, 2 before: what is not listed reads as deleted' >err
t 'an item left out' 0 sh -c 'exfilter -e less.jsonl |
	sed "s/\"sum\":\"[0-9a-f]*\"/\"sum\"/"'

echo 'exfilter: folder alice: 1 lines, 2 before' >err
exfilter -eq less.jsonl >less.sealed
sed 's/"full"/"delta"/' less.jsonl >less.delta
t 'of a delta: no deletion, its token is gone' 0 sh -c \
	'! exfilter -e less.delta | grep -q token'
cp less.sealed out
t 'what comes out is whole' 0 exfilter -e less.sealed

sed 's/Alise/Alice/' items.jsonl >name.jsonl
echo 'exfilter: folder alice: 2 lines, edited, 1 with another hash' >err
echo 2 >out
t 'an item with other data gets another hash' 0 sh -c \
	'exfilter -e name.jsonl | sed "s/.*\"hash\":\"\([^\"]*\).*/\1/; /{/d" |
	sort -u | grep -c .'
exfilter -eq name.jsonl | sed -n 's/.*"hash":"\([^"]*\).*/\1/p' | sort >new
sed -n 's/.*"hash":"\([^"]*\).*/\1/p' items.jsonl | sort >old
echo 1 >out
t 'the other one keeps its own' 0 sh -c 'comm -12 old new | grep -c .'

sed 's/,"hash":"[^"]*"//; s/,"/ , "/g; s/$/ /' items.jsonl |
	tr ' ' '\t' | sed 's/$/\r/' >loose
printf '\n\n' >>loose
sed 's/\(.*\),"hash":\("[^"]*"\)\(.*\)}$/\1\3,"hash":\2}/; /"rec":"end"/d' \
	items.jsonl >out
echo 'exfilter: folder alice: 2 lines, edited, 2 with another hash' >err
t 'blanks, line ends, no hash: in form again' 0 sh -c 'exfilter -e loose |
	grep -v "\"end\""'

sed '$!d' items.jsonl | tr -d '\n' >end
{ sed '$d' items.jsonl; cat end; } >nolf
cp items.jsonl out
t 'a last line without line feed' 0 exfilter -e nolf

# A plan.
cp plan.jsonl out
t 'a plan stays as it is' 0 exfilter -e plan.jsonl
t 'its tokens are gone' 1 grep -n token plan.jsonl
echo '{"rec":"end","part":1,"count":2,"sum","owed":{"alice":{"create":1,'\
'"update":0,"delete":0},"bob":{"create":0,"update":1,"delete":1},"carol":'\
'{"create":0,"update":0,"delete":0},"zoe":{"create":0,"update":0,'\
'"delete":1}}}' >out
t 'what is owed is counted' 0 end_of 4 plan.jsonl
echo '{"rec":"end","part":2,"count":1,"sum","owed":{"alice":{"create":1,'\
'"update":0,"delete":0},"bob":{"create":0,"update":1,"delete":0},"carol":'\
'{"create":0,"update":0,"delete":0},"zoe":{"create":0,"update":0,'\
'"delete":0}},"parts":2,"folders":{"alice":{"items":2}}}' >out
sed '7d' plan.jsonl >short
exfilter -eq short >sealed
t 'and again where operations were left out' 0 end_of '$' sealed
sed -n 1,5p plan.jsonl >out
echo 'exfilter: part 2: 1 lines, 2 before' >err
t 'the part nobody touched is as before' 0 sh -c \
	'exfilter -e short | sed -n 1,5p'

sed 's/"op":"delete"/"op":"drop"/' plan.jsonl >bad
sed -n 1,2p plan.jsonl >out
echo 'exfilter: bad:3: part 1: an op without its name or folder' >err
t 'an op that is none' 2 exfilter -e bad

# Cut.
for n in 1 2 3; do
	sed -n "1,${n}p" items.jsonl >torn
	cp torn out
	echo 'exfilter: torn: folder alice: the stream was cut: no end record' >err
	t "no end after line $n" 2 exfilter -e torn
done
sed 1d items.jsonl >torn
echo 'exfilter: torn:1: folder alice: item: no section of this folder' >err
t 'no begin' 2 exfilter -e torn
echo 'exfilter: stdin: the stream was cut: no begin record' >err
t 'nothing' 2 exfilter -e
sed 's/"text","Bea"/"text",null/' items.jsonl >torn
sed -n 1,2p items.jsonl >out
echo 'exfilter: torn:3: folder alice: FN: null is no value' >err
t 'an item that is none' 2 exfilter -e torn
sed 's/"hash":"[0-9a-f]*"/&,"id":"x"/' items.jsonl >torn
sed -n 1p items.jsonl >out
echo 'exfilter: torn:2: folder alice: the key "id" stands twice in one object' \
	>err
t 'a doubled member' 2 exfilter -e torn
cat items.jsonl items.jsonl >torn
cp items.jsonl out
echo 'exfilter: torn:5: folder alice: its section comes twice' >err
t 'twice' 2 exfilter -e torn
echo 'exfilter: none: No such file or directory' >err
t 'no such file' 2 exfilter -e none

# Options.
printf '%s\n' "$expressions" "$usage" >err
t 'no expressions yet' 2 exfilter .
echo "$usage" >err
t 'one stream only' 2 exfilter -e items.jsonl plan.jsonl
echo "$usage" >out
t 'help' 0 exfilter -h
t 'a full disk' 2 sh -c 'exfilter -e items.jsonl 2>/dev/null >/dev/full'

# The page.
echo "exfilter -e [-qv] [stream]" >out
t 'SYNOPSIS is what usage says' 0 sh -c "MANWIDTH=200 mandoc -T ascii -O \
width=200 '$TOP/tools/exfilter.1' | sed 's|.\x08||g' | sed -n '/^SYNOPSIS/{n;s/^ *//p;}'"
sed -n 's/^\.Dl \$ //p' "$TOP/tools/exfilter.1" >examples
while read -r example; do
	echo "$example" >example.sh
	t "example: $example" 0 sh -c '. ./example.sh 2>/dev/null'
done <examples
echo 3 >out
t 'all of them' 0 sh -c 'grep -c . examples'

finish
