#!/bin/sh
# The ring file, exring(5): every key, and every mistake with its line.
. tests/lib.sh

mkdir a b
conf=ring.conf

# refused NAME MESSAGE: the ring file on standard input is.
refused()
{
	cat >ring.conf
	echo "exfetch: $2" >err
	t "$1" 2 exfetch -r "$conf" -s none.snap
}

# taken NAME: it is one, and says so to the pipe.
taken()
{
	cat >ring.conf
	cp want out
	t "$1" 0 sh -c 'exfetch -r ring.conf -s none.snap >got && jq -cr "
	    select(.rec == \"begin\") | [.folder, .kind, .access, .own,
	    .repair, .ring.conflict, .ring[\"delete-wins\"],
	    .ring[\"max-delete\"], .ring[\"max-update\"]] |
	    map(tostring) | join(\" \")" got'
}

two='[folder a]
store = vdir:a
[folder b]
store = vdir:b'

cat >want <<'EOF'
a contacts read-write leave true ["report"] false [10,20] [10,50]
b contacts read-write leave true ["report"] false [10,20] [10,50]
EOF
taken 'the least that a ring is' <<EOF
[ring]
kind = contacts
$two
EOF

cat >want <<'EOF'
a contacts read-only leave true ["prefer","b","a"] true [3,4] [5,100]
b contacts write-only remove false ["prefer","b","a"] true [3,4] [5,100]
EOF
taken 'every key' <<'EOF'
# a comment
; another
[ring]
kind: contacts
snapshot = some where.snap
conflict = prefer b  a
delete-wins = yes
max-delete = 3 4%
max-update = 5   100%
keep-runs = 0

[folder a]
store = vdir:a
access = read-only
meetings = keep
owner = ann@example.org mailto:ann@example.com
private = skip
[folder b]
	store	=	vdir:b
access = write-only
own = remove
repair = no
EOF

for policy in newest both report; do
	sed "s/report/$policy/" >want <<'EOF'
a contacts read-write leave true ["report"] false [10,20] [10,50]
b contacts read-write leave true ["report"] false [10,20] [10,50]
EOF
	taken "conflict = $policy" <<EOF
[ring]
kind = contacts
conflict = $policy
$two
EOF
done
cat >want <<'EOF'
a contacts read-write leave true ["report"] false [10,20] [10,50]
b contacts read-write leave true ["report"] false [10,20] [10,50]
EOF
taken 'a command never gets into a stream' <<EOF
[ring]
kind = contacts
conflict = command  vimdiff "\$@"
$two
EOF
t 'not a word of it' 1 grep vimdiff got
printf '\357\273\277[ring]\r\nkind = contacts\r\n%s\r\n' "$two" >dos
taken 'a byte order mark and CRLF, as an editor may write' <dos

refused 'an unknown key' 'ring.conf:3: unknown key in [ring]: colour' <<EOF
[ring]
kind = contacts
colour = blue
$two
EOF
refused 'an unknown key of a folder' \
    'ring.conf:5: unknown key in a folder: colour' <<'EOF'
[ring]
kind = contacts
[folder a]
store = vdir:a
colour = blue
EOF
refused 'a key twice' 'ring.conf:4: this key is there twice: kind' <<'EOF'
[ring]
kind = contacts

kind = events
EOF
refused 'a folder twice' 'ring.conf:7: this folder is there twice: a' <<EOF
[ring]
kind = contacts
$two
[folder a]
store = vdir:b
EOF
refused '[ring] twice' 'ring.conf:3: [ring] is there twice' <<'EOF'
[ring]
kind = contacts
[ring]
snapshot = x
EOF
refused 'another section' 'ring.conf:1: a section is [ring] or [folder NAME], not: rings' <<'EOF'
[rings]
kind = contacts
EOF
refused 'a section without a key' 'ring.conf:3: a section without a key' <<EOF
[ring]
kind = contacts
[folder c]
$two
EOF
refused 'the last one without a key' 'ring.conf:7: a section without a key' <<EOF
[ring]
kind = contacts
$two
[folder c]
EOF
refused 'a key before the first section' \
    'ring.conf:1: a key before the first section: kind' <<'EOF'
kind = contacts
[ring]
EOF
refused 'no key = value' 'ring.conf:3: neither a section nor a key = value' <<'EOF'
[ring]
kind = contacts
snapshot
EOF
refused 'a section that does not end' \
    'ring.conf:1: neither a section nor a key = value' <<'EOF'
[ring
kind = contacts
EOF
long=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
refused 'the name of a folder' "ring.conf:3: a folder's name is 1 to 32 of \
A-Z a-z 0-9 _ . -, not: $long" <<EOF
[ring]
kind = contacts
[folder $long]
store = vdir:a
EOF
refused 'a blank in it' "ring.conf:3: a folder's name is 1 to 32 of \
A-Z a-z 0-9 _ . -, not: a b" <<'EOF'
[ring]
kind = contacts
[folder a b]
store = vdir:a
EOF
refused 'a section too long' "ring.conf:3: the section's name is too long" <<EOF
[ring]
kind = contacts
[folder $long$long]
store = vdir:a
EOF

# value KEY VALUE MESSAGE: in [ring], on line 3.
value()
{
	refused "$1 = $2" "ring.conf:3: $3" <<EOF
[ring]
kind = contacts
$1 = $2
$two
EOF
}

refused 'kind' 'ring.conf:2: kind is contacts, events, tasks or journals, not: people' <<'EOF'
[ring]
kind = people
EOF
value snapshot '' 'a path is wanted'
value conflict maybe 'conflict is report, newest, prefer NAME ..., both or command CMD, not "maybe"'
value conflict prefer 'conflict is report, newest, prefer NAME ..., both or command CMD, not "prefer"'
value conflict command 'conflict is report, newest, prefer NAME ..., both or command CMD, not "command"'
value conflict 'prefer a zoe' 'conflict = prefer names zoe, which is no folder'
value delete-wins maybe 'yes or no is wanted, not: maybe'
limit='a number and a percentage are wanted, as in "10 20%", not: '
value max-delete 10 "${limit}10"
value max-delete '10 20' "${limit}10 20"
value max-delete '10 120%' "${limit}10 120%"
value max-update '-1 20%' "$limit-1 20%"
value max-update 'x 20%' "${limit}x 20%"
value keep-runs many 'a number is wanted, not: many'
value keep-runs -1 'a number is wanted, not: -1'

# of_folder KEY VALUE MESSAGE: of the first folder, on line 5.
of_folder()
{
	refused "$1 = $2" "ring.conf:5: $3" <<EOF
[ring]
kind = contacts
[folder b]
store = vdir:b
$1 = $2
[folder a]
store = vdir:a
EOF
}

of_folder access read 'access is read-write, read-only or write-only, not: read'
of_folder own keep 'own is leave or remove, not: keep'
of_folder repair often 'yes or no is wanted, not: often'
of_folder private no 'private is keep or skip, not: no'
of_folder store vdir:c 'this key is there twice: store'
# It would be the directory of the ring file.
for s in vdir file snap carddav caldav ews; do
	refused "$s: is nowhere" "ring.conf:4: this store is nowhere: $s:" <<EOF
[ring]
kind = contacts
[folder a]
store = $s:
EOF
done
cat >ring.conf <<'EOF'
[ring]
kind = contacts
[folder a]
store = graph:
[folder b]
store = mem:
EOF
echo "exfetch: folder a: there is no tenant: the directory's id, or a domain \
of it" >err
t 'graph: and mem: are somewhere' 2 sh -c 'exfetch -r ring.conf \
    -s none.snap >/dev/null'
refused 'a store that is none' 'ring.conf:4: no store of ours: dir:a' <<'EOF'
[ring]
kind = contacts
[folder a]
store = dir:a
EOF
refused 'no store' 'ring.conf:3: folder a has no store' <<'EOF'
[ring]
kind = contacts
[folder a]
access = read-only
[folder b]
store = vdir:b
EOF
refused 'no kind' 'ring.conf:1: [ring] has no kind' <<EOF
[ring]
snapshot = x
$two
EOF
refused 'no [ring]' 'ring.conf: there is no [ring] section' <<EOF
$two
EOF
flow='ring.conf: no item can flow in this ring: it needs a folder to read from and another to write to'
refused 'one folder' "$flow" <<'EOF'
[ring]
kind = contacts
[folder a]
store = vdir:a
EOF
refused 'sources alone' "$flow" <<'EOF'
[ring]
kind = contacts
[folder a]
store = vdir:a
access = read-only
[folder b]
store = vdir:b
access = read-only
EOF
refused 'targets alone' "$flow" <<'EOF'
[ring]
kind = contacts
[folder a]
store = vdir:a
access = write-only
[folder b]
store = vdir:b
access = write-only
EOF
refused 'nothing' 'ring.conf: there is no [ring] section' </dev/null
printf '[ring]\nkind = contacts\nsnap\0shot = x\n' >nul
refused 'a NUL byte' 'ring.conf:3: a NUL byte' <nul
{ printf '[ring]\nkind = contacts\nsnapshot = '
head -c 70000 /dev/zero | tr '\0' x; echo; } >wide
refused 'a line too long' 'ring.conf:3: the line is too long' <wide
conf=none.conf
refused 'no such file' 'none.conf: No such file or directory' </dev/null

# One place under two names, however it is written.
ln -s a link
printf '[ring]\nkind = contacts\nsnapshot = ring.snap\n
[folder a]\nstore = vdir:a\n[folder b]\nstore = vdir:link\n' >ring.conf
exfetch -r ring.conf -s ring.snap >items
echo "exdiff: folder b: is the same place as folder a, $PWD/a: take one out of" \
    'the ring' >err
t 'two folders in one place' 2 exdiff -i -s ring.snap items
t 'so nothing is written' 2 sh -c 'exring sync -qi ring.conf 2>/dev/null'
t 'and nothing is made' 1 test -e ring.snap

# Paths are relative to the ring file.
mkdir -p deep/a deep/b
printf '[ring]\nkind = contacts\nsnapshot = ring.snap\n%s\n' "$two" \
    >deep/ring.conf
t 'exring finds its snapshot beside it' 0 \
    sh -c 'exring sync -q -i deep/ring.conf && test -f deep/ring.snap'
t 'and its folders' 0 sh -c 'exfetch -r deep/ring.conf |
    grep -q "\"identity\":\"[^\"]*/deep/a\""'
finish
