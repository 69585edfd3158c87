#!/bin/sh
# exfetch: operands and names, kinds, export forms, listings, exit statuses
# shellcheck disable=SC2317 # t calls the functions
. tests/lib.sh

usage='usage: exfetch [-alqv] [-j jobs] [-k kind] [-o records|vcf|ics|json]
               [-s snapshot] (-r ring [folder ...] | [name=]store ...)'

# card FILE UID NAME
card()
{
	printf '%s\r\n' BEGIN:VCARD VERSION:3.0 "UID:$2" "FN:$3" "N:$3;;;;" \
	    END:VCARD >"$1"
}

# what ARGUMENT ...: each section and its items, in few words
what()
{
	exfetch "$@" >got
	got=$?
	jq -r 'if .rec == "begin" then "\(.folder): \(.mode) \(.kind)" elif
	    .rec == "end" then "\(.count)" else "\(.rec) \(.kind) \(.id)"
	    end' got
	return "$got"
}

mkdir -p a b/a
card a/x.vcf u1 Ann
card a/y.vcf u2 Bea
card b/a/z.vcf u3 Cyd
# component NAME UID [LINE]
component()
{
	printf '%s\r\n' "BEGIN:$1" "UID:$2" DTSTAMP:20260101T000000Z \
	    "SUMMARY:$2" ${3:+"$3"} "END:$1"
}
{ printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:x
component VEVENT e1 DTSTART:20260301T100000Z
component VTODO t1
component VJOURNAL j1
component VTODO t2
echo END:VCALENDAR; } >mix.ics
cat >ring.conf <<'EOF'
[ring]
kind = contacts
snapshot = ring.snap
[folder one]
store = vdir:a
[folder two]
store = vdir:b/a
EOF

# Operands and names.
cat >out <<'EOF'
a: full null
item contacts x.vcf
item contacts y.vcf
2
a-2: full null
item contacts z.vcf
1
EOF
t 'two folders of one name' 0 what vdir:a vdir:b/a
printf '%s\n' 'n: full null' 'item contacts z.vcf' 1 >out
t 'a name given' 0 what n=vdir:b/a
printf '%s\n' 'two: full contacts' 'item contacts z.vcf' 1 'one: full contacts' \
    'item contacts x.vcf' 'item contacts y.vcf' 2 >out
t "a ring's folders, in the order asked for" 0 what -r ring.conf two one
cp mix.ics 'a very long name = of a file, and more.ics'
echo "a_very_long_name___of_a_file__an: full null" >out
t 'a name of what stands in the path' 0 sh -c 'exfetch \
    "file:a very long name = of a file, and more.ics" | jq -r "
    select(.rec == \"begin\") | \"\\(.folder): \\(.mode) \\(.kind)\""'

no()
{
	echo "exfetch: $2" >err
	shift 2
	t "$no" 2 exfetch "$@"
}

no='two of one name'; no - 'two folders are called n' n=vdir:a n=vdir:b/a
no='no name'
no - "=vdir:a: a folder's name is 1 to 32 of A-Z a-z 0-9 _ . -" =vdir:a
no='a blank in a name'
no - "a b=vdir:a: a folder's name is 1 to 32 of A-Z a-z 0-9 _ . -" 'a b=vdir:a'
no='no store'
no - 'dir:a: no store of ours: one begins with vdir:, file:, snap: ... (exring(7))' dir:a
no='a folder that the ring lacks'
no - 'ring.conf: no folder six in it' -r ring.conf six
no='a folder twice'; no - 'folder one is there twice' -r ring.conf one two one
no='a kind for a ring'
no - '-k is for stores; a ring file says its kind' -k tasks -r ring.conf
no='a form that is none'
no - '-o xml: records, vcf, ics or json is wanted' -o xml vdir:a
no='a kind that is none'
no - '-k people: contacts, events, tasks or journals is wanted' -k people vdir:a
for j in 0 -1 x 99999999999999999999; do
	no="-j $j"; no - "-j $j: a number from 1 is wanted" -j $j vdir:a
done
no='a file that is not there'
no - "folder none.vcf: $t_dir/none.vcf: no such file" file:none.vcf
no='a file of an ending that is none'
no - 'folder ring.conf: ring.conf: ends neither with .vcf nor .ics nor .jsonl' \
    file:ring.conf
echo "$usage" >err
t 'no operand' 2 exfetch
echo "$usage" >err
t 'a snapshot without a ring' 2 exfetch -s ring.snap vdir:a
echo "$usage" >out
t 'help' 0 exfetch -h

# A folder that fails has no section end, and the others are there.
printf '%s\n' 'a: full null' 'item contacts x.vcf' 'item contacts y.vcf' 2 >out
echo 'exfetch: folder none: none: No such file or directory' >err
t 'one folder of two fails' 2 what vdir:none vdir:a

# Kinds.
cat >out <<'EOF'
mix.ics: full null
item events e1
item tasks t1
item journals j1
item tasks t2
4
EOF
t 'a file of three kinds' 0 what file:mix.ics
printf '%s\n' 'mix.ics: full tasks' 'item tasks t1' 'item tasks t2' 2 >out
t 'one of them' 0 what -k tasks file:mix.ics
echo 'exfetch: folder mix.ics: holds no contacts, but 4 items of another kind' >err
t 'another one' 2 exfetch -k contacts file:mix.ics
sed 's/^mix.ics:/stdin:/' >out <<'EOF'
mix.ics: full null
item events e1
item tasks t1
item journals j1
item tasks t2
4
EOF
cat >from_stdin <<'EOF'
exfetch file:- <mix.ics | jq -r 'if .rec == "begin" then
    "\(.folder): \(.mode) \(.kind)" elif .rec == "end" then "\(.count)" else
    "\(.rec) \(.kind) \(.id)" end'
EOF
t 'from standard input' 0 sh from_stdin

# Export.
printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//exring//EN\r\nFN:%s\r\nN:%s;;;;\r\nUID:%s\r\nEND:VCARD\r\n' \
    Ann Ann u1 Bea Bea u2 Cyd Cyd u3 >want.vcf
cp want.vcf out
t '-o vcf, of two folders' 0 exfetch -o vcf vdir:a vdir:b/a
cp want.vcf out
t 'one after the other: the same' 0 exfetch -j 1 -o vcf vdir:a vdir:b/a
exfetch -o ics file:mix.ics >all.ics
printf '%s\n' 1 4 >out
t '-o ics: one calendar' 0 sh -c \
    'grep -c "^BEGIN:VCALENDAR" all.ics; grep -c "^UID:" all.ics'
exfetch file:mix.ics >old
exfetch file:all.ics >new
t 'and again the same items' 0 exdiff -p old new
echo '["vcard",[["version",{},"text","4.0"],["fn",{},"text","Cyd"],["n",{},"text",["Cyd","","","",""]],["uid",{},"text","u3"]]]' >out
t '-o json: a jCard a line' 0 exfetch -o json vdir:b/a
{ echo 'exfetch: folder a: x.vcf: contacts do not go into a file of this form'
echo 'exfetch: folder a: y.vcf: contacts do not go into a file of this form'; } >err
t 'cards do not go into .ics' 1 exfetch -o ics vdir:a
exring sync -qi ring.conf >said
sleep 2.1
exring sync -q ring.conf >said
echo '{"rec":"end",' >out
t 'with -s nothing has moved' 0 sh -c \
    'exfetch -r ring.conf -s ring.snap one | cut -c 1-13 | sed -n 2p'
echo 'exfetch: folder one: since the last run: 0 items, 0 kept, 0 gone, 0 hidden, 0 bad' >err
t 'and -v says so' 0 sh -c 'exfetch -vr ring.conf -s ring.snap one >/dev/null'
echo x >a/color
echo '{"rec":"kept"' >out
t 'but where the folder was written to, what is known is kept' 0 sh -c \
    'exfetch -r ring.conf -s ring.snap one | cut -c 1-13 | sed -n 2p'
echo '{"rec":"item"' >out
t 'not with -a' 0 sh -c \
    'exfetch -a -r ring.conf -s ring.snap one | cut -c 1-13 | sed -n 2p'
echo 3 >out
t 'an export has all, whatever is known' 0 sh -c \
    'exfetch -o vcf -r ring.conf -s ring.snap one | grep -c ^BEGIN:VCARD'

# -l, -v, bad items.
printf '%s\n' "a	contacts	3	read-write	vdir:$t_dir/a" \
    "mix.ics	?	4	read-write	file:$t_dir/mix.ics" >out
t 'folders behind stores' 0 exfetch -l vdir:a file:mix.ics
mkdir c
card c/x.vcf u1 Ann
echo nonsense >c/y.vcf
bad='exfetch: folder c: y.vcf: line 1: neither BEGIN:VCARD nor BEGIN:VCALENDAR'
{ echo "$bad"; echo 'exfetch: folder c: 1 items, 0 kept, 0 gone, 0 hidden, 1 bad'; } >err
printf '%s\n' 'c: full null' 'item contacts x.vcf' 'bad null y.vcf' 2 >out
t 'what cannot be read is said, and is a record' 1 what -v vdir:c
# What we created after the token, and somebody deleted since: a server need
# not name it, so it is asked for (RFC 6578, 3.5.2).
mkdir brief && cd brief || exit
mkdir a
printf '[ring]\nkind = contacts\nsnapshot = r.snap\n[folder a]\n' >ring.conf
printf 'store = vdir:a\n[folder m]\nstore = mem:m.mem\n' >>ring.conf
echo '{"serial":5,"kind":"contacts","quirks":["token"]}' >m.mem
card a/ann.vcf ann Ann
t 'a first run' 0 exring sync -iq ring.conf
card a/bob.vcf bob Bob
t 'creates one more' 0 exring sync -q ring.conf
jq -c 'if .did then . elif .serial then .serial = 99
    elif .id and (.id | startswith("bob")) then {gone: .id, at: 99, born}
    else . end' m.mem >new && mv new m.mem
gone()
{
	exfetch -r ring.conf -s r.snap m | jq -r 'select(.rec == "gone").id'
}
jq -r 'select(.gone).gone' m.mem >out
t 'gone before the next run: it says so' 0 gone
t 'and it goes everywhere' 0 exring sync -q ring.conf
echo ann.vcf >out
t 'from the first folder, too' 0 ls a
cd ..
# A large file is listed in one thread and hashed in another, and lines that
# come often are decoded once: what comes out is what its pieces give.  One
# item is bad, one too large to be handed over; in some the zone that a line
# names is another one.
many()
{
	awk -v from="$1" -v to="$2" 'BEGIN {
		for (i = from; i < to; i++) {
			print "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r"
			if (i % 7 == 3)
				printf "BEGIN:VTIMEZONE\r\nTZID:Mine\r\n" \
				    "BEGIN:STANDARD\r\n" \
				    "DTSTART:19700101T000000\r\n" \
				    "TZOFFSETFROM:+0%d00\r\n" \
				    "TZOFFSETTO:+0%d00\r\nEND:STANDARD\r\n" \
				    "END:VTIMEZONE\r\n", i % 5, i % 5
			print "BEGIN:VEVENT\r\nUID:u" i "\r"
			print "DTSTAMP:20260101T000000Z\r"
			print "DTSTART;TZID=Mine:20260301T10" \
			    (i == 777 ? "99" : "00") "00\r"
			print "STATUS:CONFIRMED\r\nCATEGORIES:a,b,a\r"
			print "ATTENDEE;ROLE=REQ-PARTICIPANT;CN=\"A, B\":" \
			    "mailto:A@example.com\r"
			print "DURATION:PT0S\r\nX-ODD;ENCODING=BASE64:QUJD\r"
			if (i == 999) {
				printf "DESCRIPTION:"
				for (k = 0; k < 300000; k++)
					printf "x\\n"
				print "\r"
			}
			print "SUMMARY:Number " i % 3 "\r"
			print "END:VEVENT\r\nEND:VCALENDAR\r"
		}
	}'
}
many 0 2000 >many.ics
for i in 0 1 2 3 4 5 6 7 8 9; do
	many $((i * 200)) $((i * 200 + 200)) >"piece$i.ics"
	exfetch "a=file:piece$i.ics" 2>/dev/null
done | jq -c 'select(.rec == "item") | [.id, .rev, .hash, .data]' >out
all()
{
	exfetch a=file:many.ics 2>err.got | jq -c 'select(.rec == "item") |
	    [.id, .rev, .hash, .data]'
}
t 'a large file is the same as its pieces' 0 all
full()
{
	exfetch file:many.ics >/dev/full
}
echo 'exfetch: output: No space left on device' >err
t 'and its error comes from the other thread' 2 full

# A store without a path, and options behind it, give a name to read.
called()
{
	for store do
		exfetch "$store" 2>&1 >/dev/null | sed 's/^\(.*folder [^:]*\):.*/\1/'
	done
}
printf 'exfetch: folder %s\n' graph graph graph.microsoft.us Second >out
t 'what a folder is called' 0 called graph: \
    'graph:?tenant=example.com&client-id=x' \
    'graph:https://graph.microsoft.us?tenant=example.com' \
    'ews:https://127.0.0.1:9/EWS?folder=contacts/Second'
finish
