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
	store = vdir:bob
	RING
	config=$(sha256sum <ring.conf | cut -c1-32)
}

# The ring's id: kind, then name and store of each folder.
id=$(printf 'contacts\nalice vdir:alice\nbob vdir:bob' | sha256sum |
    cut -c1-32)

# plan GENERATION [TOTALS]: the lines of stdin as a plan
plan()
{
	printf '%s' '{"rec":"begin","stream":"plan","form":1,"part":1,'\
'"ring":{"id":"'"$id"'","generation":'"$1"',"config":"'"$config"\
'"},"folders":{'
	for f in alice bob; do
		printf '%s' '"'$f'":{"items":1,"whole":true,"first":false,'\
'"identity":"'"$(pwd -P)/$f"'","scope":"s"}'
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

push create.plan >result 2>err.got
echo 0 >out
t 'a create is carried out' 0 echo $?
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
finish
