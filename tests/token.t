#!/bin/sh
# Rings of folders in which nothing moves: they say that and no more, and
# what comes of it is what comes of listing all that is in them.
. tests/lib.sh
. "$TOP/tests/ringlib.sh"

# sections: folder, mode and number of lines of each.
sections()
{
	exfetch -q -r ring.conf -s ring.snap | sed -n '
	    s/.*"rec":"begin".*"folder":"\([^"]*\)".*"mode":"\([^"]*\)".*/\1 \2/p
	    s/.*"rec":"end","folder":"[^"]*","count":\([0-9]*\).*/\1/p' |
	    paste -d ' ' - - | sort
}

# lines [-a]: what exdiff and exmerge make of it, their ends' sums aside.
lines()
{
	{
		exfetch -q "$@" -r ring.conf -s ring.snap |
		    exdiff -q -s ring.snap | exmerge -q
	} 2>/dev/null | sed '/^{"rec":"\(begin\|end\)"/d'
}

# same NAME: with tokens, and in full.
same()
{
	lines -a >full
	cp full out
	t "$1: as if all were listed" 0 lines
}

# still NAME FOLDER ...: those say nothing, by a delta.
still()
{
	name=$1
	shift
	for f; do
		echo "$f delta 0"
	done | sort >out
	t "$name: nothing is listed" 0 sections
}

# Of each state that an entry can be in, one at least.
afresh
conf
folder one
folder two
folder source 'access = read-only'
folder target 'access = write-only'
printf '[folder book]\nstore = file:book.vcf\n' >>ring.conf
for n in 1 2 3 4 5 6 7 8 9; do
	card one/$n.vcf u$n "Item $n" NOTE:first
done
card source/s.vcf s 'Source'
card target/own.vcf own 'Own of the target'
: >book.vcf
run -i >first
settled
run >second
t 'all know all' 0 sh -c 'test -s first && ! test -s second'
still 'a quiet ring' book one source target two
same 'a quiet ring'
t 'a quiet ring: nothing to do' 0 run
t 'a quiet ring: and the plan is empty' 1 plan
generation()
{
	exfetch -r ring.conf -s ring.snap |
	    sed -n '1s/.*"generation":\([0-9]*\).*/\1/p'
}
generation >out
run
t 'the snapshot is not written to' 0 generation

# Things that stay: a conflict, an unreadable file, a second copy, an edit of
# what is only written.
edit "$(file one u1)" 's/first/by one/'
edit "$(file two u1)" 's/first/by two/'
echo junk >"$(file two u2)"
cp "$(file one u3)" one/third.vcf
edit source/s.vcf 's/^END:/NOTE:more\r\n&/'
edit "$(file target u5)" 's/first/of the target/'
run >/dev/null 2>&1
settled
run >/dev/null 2>&1
still 'what stays' book one source target two
same 'what stays'
t 'a conflict stays one' 0 sh -c 'exfetch -q -r ring.conf -s ring.snap |
    exdiff -q -s ring.snap | exmerge -q | grep -q "\"uid\":\"u1\".*\"left\":true"'

# Each of them moves, and the other folders say nothing.
rm "$(file one u6)"
edit "$(file one u7)" 's/first/of one/'
cat >out <<'EOF'
book delta 0
one full 10
source delta 0
target delta 0
two delta 0
EOF
t 'one folder moves' 0 sections
same 'one folder moves'
cat >out <<'EOF'
delete u6 in book
delete u6 in target
delete u6 in two
update u7 in book
update u7 in target
update u7 in two
EOF
run >moved 2>/dev/null
t 'and all follow' 0 cat moved
edit "$(file two u1)" 's/by two/by one/'
rm one/third.vcf
cat >out <<'EOF'
update u1 in book
update u1 in target
EOF
run >moved 2>/dev/null
t 'a conflict ends, and a second copy' 0 cat moved
settled
run >/dev/null 2>&1
still 'after all' book one source target two
same 'after all'

# Two that differ are looked at in every run.
sed 's/^NOTE:.*/NOTE:other\r/' "$(file two u4)" >two/fourth.vcf
run >/dev/null 2>&1
settled
run >/dev/null 2>&1
cat >out <<'EOF'
book delta 0
one delta 0
source delta 0
target delta 0
two full 10
EOF
t 'two that differ' 0 sections
same 'two that differ'
rm two/fourth.vcf
settled
run >/dev/null 2>&1
still 'two that differed' book one source target two

# Another scope, and another place: all is listed.
afresh
kind=events
conf
folder one
folder two
event one/a.ics a Mine
event one/m.ics m Meeting ORGANIZER:mailto:a@example.com \
    ATTENDEE:mailto:b@example.com
run -i >/dev/null
settled
run >/dev/null
still 'meetings aside' one two
same 'meetings aside'
echo 'meetings = keep' >>ring.conf
cat >out <<'EOF'
one delta 0
two full 1
EOF
t 'another scope' 0 sections
cp -Rp two three
sed 's/vdir:one/vdir:three/; /meetings/d' ring.conf >ring.new
mv ring.new ring.conf
cat >out <<'EOF'
one full 1
two delta 0
EOF
t 'another place' 0 sections
finish
