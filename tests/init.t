#!/bin/sh
# The first run of folders that have grown apart: what is shown, what becomes
# one, and that nothing identical is ever made twice.
. tests/lib.sh
. "$TOP/tests/ring.sh"

# grown: what is in the folders.
#	ann	other UIDs, other contents, one name
#	bob	other UIDs, the same content
#	cyd	one UID
#	dan	two in f1, one in f2, one name: not to be told
#	eve	only in f3
grown()
{
	fresh ring 3
	card f1/ann.vcf ann1 'Ann Example' TEL:1
	card f2/a.vcf ann2 'Ann Example' EMAIL:ann@example.org
	card f1/bob.vcf bob1 'Bob Example' TEL:2
	card f2/b.vcf bob2 'Bob Example' TEL:2
	card f3/b.vcf bob3 'Bob Example' TEL:2
	card f1/cyd.vcf cyd 'Cyd Example' TEL:3
	card f3/cyd.vcf cyd 'Cyd Example' TEL:3
	card f1/dan1.vcf dan1 'Dan Example' TEL:4
	card f1/dan2.vcf dan2 'Dan Example' TEL:5
	card f2/dan.vcf dan3 'Dan Example' TEL:6
	card f3/eve.vcf eve 'Eve Example'
}

grown
state >before
cat >out <<'.'
name: matched (Ann Example): f1:ann.vcf f2:a.vcf
name: not matched, ambiguous (Dan Example): f1:dan1.vcf f1:dan2.vcf f2:dan.vcf
7 items, of which 3 are in several folders already
folder f1: 2 to create, 1 to update, 0 to delete
folder f2: 4 to create, 1 to update, 0 to delete
folder f3: 4 to create, 0 to update, 0 to delete
nothing was written: -y writes it
.
t 'what a first run would do' 0 exring init -m name ring.conf
state >after
t 'nothing was written' 0 cmp before after
t 'no snapshot either' 1 test -e ring.snap

no_terminal()
{
	grown
	echo yes | exring init ring.conf >said 2>&1
	[ ! -e ring.snap ] || broken 'a yes that is none from a terminal'
}
t 'a yes counts on a terminal only' 0 no_terminal

terminal()
{
	grown
	command -v script >/dev/null || return 0
	printf 'n\n' | script -qec 'exring init ring.conf' /dev/null >said
	[ ! -e ring.snap ] || broken 'a no wrote it'
	grep -q 'write this?' said || broken 'it did not ask'
	printf 'y\n' | script -qec 'exring init ring.conf' /dev/null >said
	[ -e ring.snap ] || broken 'a yes did not write it'
	agree 8
}
if command -v script >/dev/null; then
	t 'a yes on the terminal writes it' 0 terminal
else
	skip 'a yes on the terminal writes it' 'no script(1) here'
fi

matched()
{
	grown
	exring init -ym name ring.conf >said 2>&1 || broken "ended with $?"
	agree 7
	for f in f1 f2 f3; do
		[ "$(grep -l '^FN:Ann Example' $f/* | wc -l)" -eq 1 ] ||
			broken "Ann is not once in $f"
		[ "$(grep -l '^FN:Dan Example' $f/* | wc -l)" -eq 3 ] ||
			broken "Dan is not three in $f"
		[ "$(grep -l '^FN:Bob Example' $f/* | wc -l)" -eq 1 ] ||
			broken "Bob is not once in $f"
	done
	grep -q '^EMAIL:ann@example.org' f1/ann.vcf || broken 'Ann has no address'
	grep -q '^UID:ann1.$' f1/ann.vcf || broken 'Ann has lost her UID'
	quiet
	exring init ring.conf >said 2>&1
	[ $? -eq 2 ] || broken 'a second first run'
}
t '-y writes it; each keeps its UID' 0 matched

# Without -m equal content is bound and nothing else.
unmatched()
{
	grown
	exring init -qy ring.conf >said 2>&1 || broken "ended with $?"
	agree 8
	for f in f1 f2 f3; do
		[ "$(grep -l '^FN:Bob Example' $f/* | wc -l)" -eq 1 ] ||
			broken "Bob is not once in $f"
		[ "$(grep -l '^FN:Ann Example' $f/* | wc -l)" -eq 2 ] ||
			broken "Ann is not twice in $f"
	done
	quiet
}
t 'without -m nothing is matched that differs' 0 unmatched

# Identical items, 0 to 3 of them in each folder, under other UIDs: each
# folder then has as many as the most had, never one more.
identical()
{
	for n1 in 0 1 2 3; do for n2 in 0 2 3; do for n3 in 0 1; do
		fresh ring 3
		most=0
		i=0
		for n in $n1 $n2 $n3; do
			i=$((i + 1))
			[ $n -le $most ] || most=$n
			while [ $n -gt 0 ]; do
				card f$i/x$n.vcf u$i-$n 'Same Person' TEL:1
				n=$((n - 1))
			done
		done
		exring init -qy ring.conf >said 2>&1 ||
			broken "$n1 $n2 $n3: ended with $?"
		for f in f1 f2 f3; do
			got=$(find $f -name '*.vcf' | wc -l)
			[ "$got" -eq $most ] ||
				broken "$n1 $n2 $n3: $f has $got, not $most"
		done
		cd ..
	done; done; done
}
t 'no duplicate of an identical item is ever made' 0 identical

# What is shown is what is written, or nothing.
meanwhile()
{
	grown
	mkdir bin
	cat >bin/expush <<-!
	#!/bin/sh
	# What somebody does between the look and the write.
	case " \$* " in
	*' -n '*)	;;
	*)		rm -f f3/eve.vcf
			sed -i 's/TEL:3/TEL:33/' f1/cyd.vcf ;;
	esac
	exec $EX_BUILD/expush "\$@"
	!
	chmod +x bin/expush
	PATH=$PWD/bin:$PATH exring init -qy ring.conf >said 2>&1
	[ $? -ne 2 ] || broken 'it failed'
	grep -q TEL:33 f1/cyd.vcf || broken 'the edit is lost'
	sync 0
	everywhere cyd TEL:33
	nowhere eve
	quiet
}
t 'edits and deletions meanwhile are not lost' 0 meanwhile

# Conflicts are shown before anything is written.
conflict()
{
	fresh ring 2
	card f1/x.vcf x X TITLE:one
	card f2/x.vcf x X TITLE:two
	exring init ring.conf >said 2>&1
	[ $? -eq 1 ] || broken "ended with $?"
	grep -q '^uid x (X): left for a person: title$' said ||
		broken 'it does not say so'
	exring init -y ring.conf >said 2>&1
	[ $? -eq 1 ] || broken "ended with $?"
	grep -q TITLE:one f1/x.vcf && grep -q TITLE:two f2/x.vcf ||
		broken 'one was written over'
}
t 'conflicts are shown, and left' 0 conflict

# Duplicates.
duplicates()
{
	grown
	exring duplicates ring.conf >got 2>said
	[ $? -eq 1 ] || broken "ended with $?"
	grep -q '^Ann Example, 1$\|^and Ann Example, 1$' got ||
		broken 'Ann, between folders, is not found'
	[ "$(grep -c 'Dan Example' got)" -eq 3 ] ||
		broken 'Dan, in one folder, is not found'
	! grep -q Cyd got || broken 'one UID is one item'
	exring init -qy -m name ring.conf || broken 'no first run'
	exring duplicates ring.conf >got 2>said
	[ $? -eq 1 ] || broken "ended with $?"
	! grep -qi 'ann\|bob' got || broken 'what is bound is one item'
	[ "$(grep -c 'Dan Example' got)" -eq 3 ] || broken 'not three'
	exring duplicates -m phone ring.conf >got 2>said || broken "$?: $(cat got)"
	[ ! -s got ] || broken 'none has the phone of another'
	state >before
	exring duplicates -m name ring.conf >got
	state | cmp -s - before || broken 'something was written'
}
t 'duplicates in a folder and between folders' 0 duplicates

events()
{
	kind=events
	fresh ring 2
	for i in 1 2; do
		printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//test//EN \
		    BEGIN:VEVENT UID:e$i DTSTAMP:20260101T000000Z \
		    DTSTART:2026010${i}T100000Z 'SUMMARY:Lunch' END:VEVENT \
		    BEGIN:VEVENT UID:x$i DTSTAMP:20260101T000000Z \
		    DTSTART:20260105T100000Z 'SUMMARY:Dinner' \
		    LOCATION:$i END:VEVENT END:VCALENDAR >x
		awk -v f=f$i '/^BEGIN:VEVENT/ { n++; out = f "/" n ".ics"
			printf "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n" >out }
			n && !/VCALENDAR/ { print >out }
			/^END:VEVENT/ { print "END:VCALENDAR\r" >out }' x
	done
	exring duplicates ring.conf >got 2>said
	[ $? -eq 1 ] || broken "ended with $?"
	grep -q Dinner got && ! grep -q Lunch got || broken "$(cat got)"
	exring init -qm summary+start -y ring.conf >said 2>&1
	[ "$(grep -l Lunch f1/* | wc -l)" -eq 2 ] || broken 'Lunch is not two'
	[ "$(grep -l Dinner f1/* | wc -l)" -eq 1 ] || broken 'Dinner is not one'
}
t 'events by summary and start' 0 events

# Two items that differ otherwise are one by that key, or two.
keys()
{
	while IFS='|' read -r of key want title line title2 line2; do
		ring_kind "$of"
		fresh keys 2
		item f1 a a1 "$title" "$line"
		item f2 b b1 "$title2" "$line2"
		exring init -qy -m "$key" ring.conf >said 2>&1
		[ $? -le 1 ] || broken "$key: ended with $?"
		for f in f1 f2; do
			got=$(cat $f/* | grep -c ^UID:)
			[ "$got" -eq "$want" ] ||
				broken "$key: $got in $f, not $want"
		done
		cd ..
	done <<-'END'
	contacts|name|1|Ann|NOTE:a|ANN|NOTE:b
	contacts|email|1|One|EMAIL:x@example.org|Two|EMAIL:X@Example.org
	contacts|phone|1|One|TEL:+49 30 123456789|Two|TEL:030/123456789
	contacts|phone|2|One|TEL:030 123456788|Two|TEL:030/123456789
	contacts|org|1|One|ORG:Acme;Sales|Two|ORG:ACME
	contacts|birthday|1|One|BDAY:1990-01-02|Two|BDAY:1990-01-02
	contacts|name+email|1|Ann|EMAIL:a@example.org|Ann|EMAIL:a@example.org
	contacts|name+email|2|Ann|EMAIL:a@example.org|Ann|EMAIL:b@example.org
	contacts|email|2|Ann|NOTE:a|Ann|NOTE:b
	tasks|summary|1|Wash|LOCATION:a|Wash|LOCATION:b
	tasks|due|1|One|LOCATION:a|Two|LOCATION:b
	tasks|location|1|One|LOCATION:Here|Two|LOCATION:here
	events|start+end|1|One|LOCATION:a|Two|LOCATION:b
	events|summary+start|2|One|LOCATION:a|Two|LOCATION:a
	END
}
t 'what each key is, and what has none is not matched' 0 keys

echo 'exdiff: -m: keys are name, email, phone, org, birthday, summary, start, end, due and location, not "nose"' >want
bad_key()
{
	kind=contacts
	grown
	exring init -m nose ring.conf 2>&1 | grep -qxFf ../want ||
		broken 'a key that is none'
}
cp want ..
t 'a key that is none' 0 bad_key
finish
