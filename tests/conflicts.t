#!/bin/sh
# Conflicts: what each policy makes of one, what a person sees, and how it is
# settled.
. tests/lib.sh
. "$TOP/tests/ring.sh"
. "$TOP/tests/ringcases.sh"
. "$TOP/tests/policycases.sh"

policies '' 3 7

# clash [line for the ring file]: two titles for ada in f1 and f2, f2's newer;
# a note that is not disputed.
clash()
{
	fresh ring 3 "$@"
	three_cards f1
	add f1 ada TITLE:clerk
	sync 0 -i
	edit f1 ada 's/^TITLE:.*\r/TITLE:boss\r/'
	add f1 ada REV:20260101T000000Z
	edit f1 ada 's/^NOTE:.*\r/NOTE:second\r/'
	edit f2 ada 's/^TITLE:.*\r/TITLE:chief\r/'
	add f2 ada REV:20260202T000000Z
}

# piped [FOLDER ...]: a run of those alone; the results.
piped()
{
	exfetch -q -r ring.conf -s ring.snap "$@" | exdiff -q -s ring.snap |
	    exmerge -q | expush -q -r ring.conf -s ring.snap
}

# runs [N]: the numbers of the runs in the log, or that of the N-th.
runs()
{
	exsnap -s ring.snap log | tr -dc '0-9\n' | sed -n "${1:-}p"
}

report()
{
	clash
	cp "$(file f1 ada)" was1
	cp "$(file f2 ada)" was2
	sync 1
	grep -q '^uid ada (Ada Example): left for a person: title$' said ||
		broken 'it does not say so'
	cmp -s was1 "$(file f1 ada)" && cmp -s was2 "$(file f2 ada)" ||
		broken 'it was written to'
	everywhere cyd 'FN:Cyd Example'
	quiet 1
	# What is left does not push other runs out of the log.
	runs=$(runs | wc -l)
	sync 1
	add f3 bea TITLE:flows
	sync 1
	sync 1
	[ "$(runs | wc -l)" -eq $((runs + 1)) ] || broken 'more than one run'
	everywhere bea TITLE:flows
	# And is told all the same, in every run.
	grep -q '^uid ada ' said || broken 'the last run does not say so'
	piped | grep -q '^{"rec":"conflict","uid":"ada"' || broken 'no record'
}
t 'report: left as it is' 0 report

# What only brings a file's new version mark is no run for the log: thirty
# of those would push all others out.
learns()
{
	fresh ring 2
	three_cards f1
	sync 0 -i
	# A file that has just changed has no mark yet.
	sleep 2.1
	sync 0
	add f1 cyd TITLE:new
	sync 0
	sleep 2.1
	sync 0
	exring log ring.conf | awk 'NR > 1 { print $2, $3, $4 }' >got
	printf '3 3 0\n1 0 1\n' | cmp -s - got ||
		broken "the log: $(exring log ring.conf)"
	exring undo ring.conf >said 2>&1 || broken 'the edit is not taken back'
	! grep -q TITLE:new f?/* || broken 'the edit is still there'
	quiet
}
t 'what changes nothing is not in the log' 0 learns

# What a person sees.
clash >/dev/null
sync 1
cat >out <<'.'
Ada Example, ada@one.example (uid ada), left since run N
    title
        before: clerk
        f1: boss
        f2: chief
.
sed -i "s/run N/run $(runs 2)/" out
t 'exring conflicts' 1 exring conflicts ring.conf
mkdir away
mv f3/ada* away
sync 1
cat >out <<'.'
    deleted in f3
.
t 'and the folder that has deleted the item' 0 sh -c \
    'exring conflicts ring.conf | tail -n 1'
echo '["f3"]' >out
t 'for programs, too' 0 sh -c \
    'exsnap -s ring.snap conflicts | jq -c .gone'
mv away/* f3
sync 1
echo 'exsnap: uid bea: nothing to settle' >err
t 'what is not left is not settled' 2 exring resolve ring.conf bea f1
echo 'exsnap: nobody: neither a folder of the ring nor a file' >err
t 'no such folder or file' 2 exring resolve ring.conf ada nobody
mkdir v
t 'the versions as files' 0 exsnap -s ring.snap versions ada v
printf '%s\n' base.vcf f1.vcf f2.vcf f3.vcf >out
t 'all of them' 0 sh -c 'cd v && ls -d base.vcf && cd in && ls'
printf '%s\r\n' TITLE:boss >out
t 'as they are' 0 grep TITLE v/in/f1.vcf
printf '%s\r\n' TITLE:clerk >out
t 'and as they were' 0 grep TITLE v/base.vcf
echo 'exsnap: uid bea: nothing to settle' >err
t 'not of what is not left' 2 exsnap -s ring.snap versions bea v
echo 'settled: the next run carries it out' >out
t 'exring resolve' 0 exring resolve ring.conf ada f2
t 'then there are no conflicts' 0 exring conflicts ring.conf
exring conflicts -v ring.conf >got
t 'but the log knows of it' 0 grep -q 'settled, was left in run' got
cat >out <<'.'
~ Ada Example (ada)
    - title: clerk
    + title: chief
    settled
    title, won by f2
        before: clerk
        f1: boss
        f2: chief
.
t 'and it is a run of its own there' 0 exring log ring.conf "$(runs 3)"
settled()
{
	sync 0
	everywhere ada TITLE:chief
	agree 3
	quiet
	# What f1 had is not lost.
	exsnap -s ring.snap log "$(runs 4)" | grep -q '"before":.*"boss"' ||
		broken 'the loser is not in the log'
	[ "$(runs | wc -l)" -eq 4 ] || broken 'there are other runs'
}
t 'carried out' 0 settled
cat >out <<'.'
= Ada Example (ada)
    updated in f1
        - note: second
        + note: first
        - title: boss
        + title: chief
    updated in f3
        - title: clerk
        + title: chief
.
t 'the run that did it shows what it replaced' 0 exring log ring.conf \
    "$(runs 4)"

# One run after the other, each with a conflict that is settled.
together()
{
	fresh ring 2
	three_cards f1
	sync 0 -i
	for uid in ada bea cyd; do
		add f1 $uid TITLE:one
		add f2 $uid TITLE:two
	done
	sync 1
	exring resolve -q ring.conf ada f1 || broken 'ada not settled'
	exring resolve -q ring.conf bea f2 || broken 'bea not settled'
	[ "$(runs | wc -l)" -eq 3 ] || broken 'each is a run'
	exring log ring.conf | awk 'NR == 4 { print $2, $3, $4, $5, $6, $7 }' \
	    >got
	[ "$(cat got)" = '2 0 0 0 0 2' ] || broken "the run: $(cat got)"
	sync 1
	exring resolve -q ring.conf cyd f2 || broken 'cyd not settled'
	[ "$(runs | wc -l)" -eq 5 ] || broken 'one settled later is no run of its own'
	sync 0
	agree 3
	quiet
}
t 'settled together: one run of the log' 0 together

# A settled item is taken back to what the folders last agreed on.
take_back()
{
	clash
	sync 1
	exring resolve -q ring.conf ada f2 || broken 'not settled'
	sync 0
	exring undo ring.conf >said 2>&1 || broken 'not taken back'
	everywhere ada TITLE:clerk
	agree 3
	exring undo ring.conf >said 2>&1 || broken 'nor that'
	everywhere ada TITLE:chief
	quiet
	fresh ring 3
	card f1/x.vcf x X TITLE:one
	card f2/x.vcf x X TITLE:two
	card f1/y.vcf y Y
	sync 1 -i
	exring resolve -q ring.conf x f2 || broken 'x not settled'
	sync 0
	exring undo ring.conf >said 2>&1 && broken 'x is taken back'
	grep -q 'not taken back: the folders had not agreed on it before$' \
	    said || broken "it says $(cat said)"
	agree 2
}
t 'undo of what was settled' 0 take_back

# Gone in one folder, and two others disagree.
gone()
{
	clash
	rm "$(file f3 ada)"
	sync 1
	grep -q '^uid ada (Ada Example): left for a person: title$' said ||
		broken 'it is not left'
	exring resolve -q ring.conf ada f3 || broken 'not settled'
	exring log ring.conf "$(runs 3)" >got
	grep -q '^- Ada Example (ada)$' got && grep -q 'f1: boss' got ||
		broken "the log says $(cat got)"
	sync 0
	nowhere ada
	agree 2
	quiet
	exring undo ring.conf >said 2>&1 || broken 'not taken back'
	everywhere ada TITLE:clerk
}
t 'settled as gone: it is deleted everywhere' 0 gone

by_file()
{
	clash
	sync 1
	card mine ada 'Ada Example' TITLE:both
	exring resolve -q ring.conf ada mine || broken 'not settled'
	sync 0
	everywhere ada TITLE:both
	agree 3
	quiet
}
t 'settled by a file' 0 by_file

deleted()
{
	fresh ring 3
	card f1/x.vcf x X TITLE:one
	card f2/x.vcf x X TITLE:two
	card f1/y.vcf y Y
	sync 1 -i
	[ ! -e f3/x.vcf ] || broken 'f3 got one'
	exring conflicts ring.conf >got
	grep -q '^X (uid x), left since run 1$' got &&
	    grep -q 'f2: two' got && ! grep -q before got ||
		broken "it shows $(cat got)"
	exring resolve -q ring.conf x f2 || broken 'not settled'
	sync 0
	agree 2
	everywhere x TITLE:two
	quiet
}
t 'left on its first sight, settled' 0 deleted

edited_since()
{
	clash
	sync 1
	exring resolve -q ring.conf ada f2 || broken 'not settled'
	add f1 ada TEL:+1555
	edit f3 ada 's/^EMAIL.*\r/EMAIL:new@example.org\r/'
	sync 0
	everywhere ada TITLE:chief
	everywhere ada TEL:+1555
	everywhere ada EMAIL:new@example.org
	agree 3
	quiet
}
t 'edits after it was settled are merged' 0 edited_since

command()
{
	clash 'conflict = command sed s/boss/chef/ "$1" >"$RESULT"'
	(cd .. && exring sync ./ring/ring.conf >ring/said 2>&1) ||
		broken "ended with $?"
	everywhere ada TITLE:chef
	agree 3
	quiet
}
t 'a command with words of its own, of a ring file elsewhere' 0 command

# It decides that the item is to be deleted.
command_deletes()
{
	clash 'conflict = command rm "$RESULT"; :'
	sync 0
	nowhere ada
	agree 2
	exring log ring.conf "$(runs 3)" | grep -q '^- Ada Example (ada)$' ||
		broken 'the log does not say so'
	quiet
}
t 'a command that removes the result deletes the item' 0 command_deletes

no_command()
{
	for cmd in false true ': >"$RESULT"; :' 'rm "$RESULT"; exit 1; :' \
	    'no-such-command' 'exit 3; :' \
	    'echo nothing >"$RESULT"; :' 'kill -9 $$'; do
		clash "conflict = command $cmd"
		sync 1
		grep -q '^exring: uid ada: the command did not settle it' said ||
		    grep -q '^exsnap: ' said || broken "$cmd: it says nothing"
		grep -q TITLE:boss "$(file f1 ada)" || broken "$cmd: f1"
		grep -q TITLE:chief "$(file f2 ada)" || broken "$cmd: f2"
		quiet 1
		cd ..
	done
}
t 'a command that does not' 0 no_command

# f2 replaces a value by another before the one that has come in its place
# in the meantime has reached it: whichever loses stands in the record.
owed_value()
{
	fresh ring 3 'conflict = newest'
	card f1/ada.vcf ada Ada EMAIL:one@a.example REV:20260101T000000Z
	sync 0 -i
	edit f1 ada 's/^EMAIL:.*\r/EMAIL:two@a.example\r/'
	piped f1 f3 >said || broken 'a run without f2'
	edit f2 ada 's/^EMAIL:.*\r/EMAIL:three@a.example\r/'
	edit f2 ada 's/^REV:.*\r/REV:20260202T000000Z\r/'
	piped >said
	everywhere ada EMAIL:three@a.example
	! grep -q two@ f?/*.vcf || broken 'it is a new member'
	grep '^{"rec":"conflict"' said | grep -q two@a.example ||
		broken 'it is in no record'
	quiet
}
t 'a value of a set that loses to a later one is in the record' 0 owed_value

# f1 and f2 replace one value, and one wins; before that has come to f2 or f3
# all three replace what they have: of three that differ one stays, and each
# of the others becomes an item of its own.
owed_twice()
{
	fresh ring 3 'conflict = both'
	card f1/ada.vcf ada Ada EMAIL:one@a.example
	sync 0 -i
	edit f1 ada 's/^EMAIL:.*\r/EMAIL:six@a.example\r/'
	edit f2 ada 's/^EMAIL:.*\r/EMAIL:old@a.example\r/'
	exfetch -q -r ring.conf -s ring.snap | exdiff -q -s ring.snap |
	    exmerge -q >plan
	edit f1 ada 's/^EMAIL:.*\r/EMAIL:a@a.example\r/'
	edit f2 ada 's/^EMAIL:.*\r/EMAIL:b@a.example\r/'
	edit f3 ada 's/^EMAIL:.*\r/EMAIL:c@a.example\r/'
	expush -q -r ring.conf -s ring.snap plan >said 2>&1
	piped >said
	for m in old a b c; do
		[ "$(grep -l "^EMAIL:$m@" f?/*.vcf | wc -l)" -eq 3 ] ||
			broken "$m@ is not an item in each folder"
	done
	for f in f?/*.vcf; do
		[ "$(grep -c '^EMAIL:' "$f")" -eq 1 ] ||
			broken "$f has two that replace one"
	done
	quiet
}
t 'three that replace what one has won' 0 owed_twice

# f2 replaces a value, and f3 removes the one that has come in its place and
# that f2 has not seen: f2's stays, and is not held against what nobody keeps.
owed_removed()
{
	fresh ring 3
	card f1/ada.vcf ada Ada EMAIL:one@a.example
	sync 0 -i
	edit f1 ada 's/^EMAIL:.*\r/EMAIL:two@a.example\r/'
	piped f1 f3 >said || broken 'a run without f2'
	edit f2 ada 's/^EMAIL:.*\r/EMAIL:three@a.example\r/'
	edit f3 ada '/^EMAIL:/d'
	sync 0
	everywhere ada EMAIL:three@a.example
	! grep -q two@ f?/*.vcf || broken 'what f3 removed is there'
	quiet
}
t 'what is removed by who has seen it is no side of a conflict' 0 owed_removed

# Nor is a value removed for which somebody has new parameters meanwhile.
owed_parameter()
{
	fresh ring 3
	card f1/ada.vcf ada Ada TEL:1 TEL:2
	sync 0 -i
	edit f1 ada 's/^TEL:1/TEL;TYPE=work:1/'
	piped f1 f3 >said || broken 'a run without f2'
	edit f2 ada '/^TEL:[12]/d'
	sync 0
	for f in f?/*.vcf; do
		grep -qi '^TEL;TYPE=work:1' "$f" || broken "$f has lost it"
	done
	! grep -q '^TEL.*:2' f?/*.vcf || broken 'what f2 removed is there'
	quiet
}
t 'nor one gone whose new parameters who removes it has not seen' 0 \
    owed_parameter
finish
