#!/bin/sh
# Scope: meetings and private items take no part unless they are told to;
# they are never written to and never read as deleted.
. tests/lib.sh
. "$TOP/tests/ringlib.sh"
kind=events
who='ATTENDEE:mailto:zoe@example.com'

# two [line for a ...]: a ring of a and b
two()
{
	afresh
	conf
	folder a "$@"
	folder b
	event a/plain.ics plain 'Plain'
}

# A first run, and one that knows what that has written.
known()
{
	run -i >/dev/null
	settled
	run >/dev/null
}

# same FILE: it is as it was kept by keep().
keep()
{
	cp -p "$1" kept
}

same()
{
	cmp kept "$1"
}

add_who()
{
	edit "$1" "s/^END:VEVENT/$who\\r\\n&/"
}

# A meeting is hidden.
two
event a/meeting.ics meeting 'Meeting' "$who"
keep a/meeting.ics
echo 'create plain in b' >out
t 'a meeting takes no part' 0 run -i
settled
t 'nor in the next run' 0 run
t 'nor when it is known' 0 run
for more in '' 'kept kept '; do
	exfetch -qr ring.conf -s ring.snap a | jq -r .rec >got
	printf '%s\n' begin ${more}end >out
	t 'it is known' 0 cat got
	touch a/color	# so that all of it is looked at
done
event b/meeting.ics meeting 'Not any more'
t 'one of its UID elsewhere is not made here' 0 run
t 'and not in the next run' 0 run
t 'it is as it was' 0 same a/meeting.ics
echo a/meeting.ics >out
t 'there is one' 0 file a meeting

# An item that becomes a meeting.
two
known
add_who a/plain.ics
keep a/plain.ics
t 'an item becomes a meeting' 0 run
edit "$(file b plain)" 's/^SUMMARY.*\r/SUMMARY:Other\r/'
t 'an edit elsewhere is not written to it' 0 run
settled
t 'nor in the next run' 0 run
t 'nor when it is known' 0 run
t 'it is as it was' 0 same a/plain.ics
t 'the plan is empty' 1 plan
edit "$(file b plain)" 's/^SUMMARY.*\r/SUMMARY:Again\r/'
t 'another edit' 0 run
t 'it still is' 0 same a/plain.ics
edit a/plain.ics '/^ATTENDEE/d'
t 'it stops being one' 0 sh -c 'exit 0'
echo 'update plain in a' >out
t 'then it is owed what it missed' 0 run
t 'it has it' 0 has a plain SUMMARY:Again
t 'then nothing' 0 run

# A meeting that is deleted elsewhere stays; one that goes is deleted.
two
event a/second.ics second 'Second'
known
add_who a/plain.ics
run >/dev/null
settled
run >/dev/null
rm "$(file b plain)"
t 'deleted elsewhere' 0 run
t 'the meeting stays' 0 test -e a/plain.ics
t 'also in the next run' 0 run
t 'it stays' 0 test -e a/plain.ics
edit a/plain.ics '/^ATTENDEE/d'
echo 'delete plain in a' >out
t 'until it is none any more: it was deleted' 0 run
t 'then nothing' 0 run

two
run -i >/dev/null
add_who a/plain.ics
run >/dev/null
rm a/plain.ics
echo 'delete plain in b' >out
t 'a person deletes the meeting: that counts' 0 run

# Organizers and owners.
two 'owner = ann@example.com'
event a/mine.ics mine 'Mine' 'ORGANIZER:mailto:Ann@example.com'
event a/theirs.ics theirs 'Theirs' 'ORGANIZER:mailto:zoe@example.com'
printf 'create %s in b\n' mine plain >out
t "another's meeting takes no part, one's own does" 0 run -i

# A change of scope is no deletion.
two 'meetings = keep'
edit ring.conf 's/^store = vdir:b/&\nmeetings = keep/'
event a/meeting.ics meeting 'Meeting' "$who"
event a/secret.ics secret 'Secret' CLASS:PRIVATE
printf 'create %s in b\n' meeting plain secret >out
t 'meetings = keep' 0 run -i
t 'with attendees' 0 has b meeting "$who"
edit ring.conf '/^meetings/d'
t 'keep becomes skip: nothing is deleted' 0 run
t 'nor later' 0 run
settled
t 'nor when they are known' 0 run
t 'nor then' 0 run
edit ring.conf 's/^store = vdir:a/&\nprivate = skip/'
t 'private = skip: nothing is deleted' 0 run
t 'nor later' 0 run
t 'they are there' 0 test "$(find a b -type f | wc -l)" -eq 6
edit a/secret.ics 's/^SUMMARY.*\r/SUMMARY:Hidden\r/'
t 'what is out of scope does not flow' 0 run
edit "$(file b secret)" 's/^DTSTART.*\r/DTSTART:20260401T100000Z\r/'
t 'neither way' 0 run
edit ring.conf 's/skip/keep/'
printf 'update secret in %s\n' a b >out
t 'in scope again: both edits are merged' 0 run
t 'as they were' 0 has b secret SUMMARY:Hidden
t 'and were' 0 has a secret DTSTART:20260401T100000Z
edit ring.conf 's/^store = vdir:[ab]/&\nmeetings = keep/'
t 'meetings = keep again: nothing to do' 0 run
t 'and nothing then' 0 run

# What is missing in the run that sees a new scope is not deleted in it.
edit ring.conf '/^meetings/d'
rm a/secret.ics
t 'missing under a new scope' 0 run
t 'is not deleted' 0 has b secret SUMMARY:Hidden
echo 'delete secret in b' >out
t 'but when the scope has been seen' 0 run

# Hidden, and under another name: that is no deletion, in no later run.
two
run -i >/dev/null
add_who a/plain.ics
mv a/plain.ics a/other.ics
t 'a meeting under another name' 0 run
t 'is not deleted in the next run' 0 run
settled
t 'nor when it is known' 0 run
t 'nor then' 0 run
t 'it is still there' 0 has b plain SUMMARY:Plain

# Hidden, and a new item has its name.
two
run -i >/dev/null
add_who a/plain.ics
keep a/plain.ics
event a/new.ics aaa 'New'
mv a/plain.ics x && mv a/new.ics a/plain.ics && mv x a/new.ics
echo 'create aaa in b' >out
t 'a meeting whose name a new item has' 0 run
settled
t 'neither is deleted in the next run' 0 run
t 'nor when both are known' 0 run
t 'nor then' 0 run
t 'the new one is there' 0 has b aaa SUMMARY:New
t 'and the other' 0 has b plain SUMMARY:Plain
t 'and the meeting' 0 same a/new.ics
rm a/new.ics
echo 'delete plain in b' >out
t 'until a person deletes it' 0 run

# What is out of a folder's scope is not written there either.
two 'meetings = keep'
run -i >/dev/null
event a/meeting.ics meeting 'Meeting' "$who"
echo 'no create meeting in b' >out
echo "expush: folder b: uid meeting: it is out of the folder's scope:" \
    'meeting' >err
t 'a meeting is not written where meetings are skipped' 1 run
add_who a/plain.ics
echo 'no update plain in b' >out
echo "expush: folder b: uid plain: it is out of the folder's scope:" \
    'meeting' >err
t 'nor what becomes one' 1 run
t 'nor tried again' 0 run
t 'it is not there' 1 grep -q meeting b -r
t 'nor is what became one' 1 has b plain "$who"
edit ring.conf 's/^store = vdir:b/&\nmeetings = keep/'
echo 'update plain in b' >out
t 'meetings = keep there too: what is there becomes one' 0 run
t 'as it is in the other' 0 has b plain "$who"
echo 'create meeting in b' >out
t 'and what is not there is created when that scope has been seen' 0 run

# Hidden in two folders, which the ring file has in no order of names.
afresh
conf
folder b
folder a
event a/one.ics one 'One'
event b/two.ics two 'Two'
run -i >/dev/null
add_who a/one.ics
add_who b/two.ics
run >/dev/null
settled
run >/dev/null
keep b/two.ics
rm "$(file a two)"
t 'hidden in two folders: the one is not deleted' 0 run
t 'and stays as it is' 0 same b/two.ics

# What cannot be read may have another name, or one that another had.
two
event a/other.ics other 'Other'
known
keep a/plain.ics
printf 'BEGIN:VCALENDAR\r\n' >a/plain.ics
mv a/plain.ics x && mv a/other.ics a/plain.ics && mv x a/other.ics
held='not there any more, but other.ics is new there and cannot be read'
cat >err <<END
exfetch: folder a: other.ics: line 1: VCALENDAR: BEGIN without END
exdiff: folder a: 1 $held: not taken as deleted until it can, or is gone, too
END
t 'it changes names with another: not deleted elsewhere' 1 run
settled
run >/dev/null 2>&1
t 'nor in the next run' 0 run
edit "$(file b plain)" 's/^SUMMARY.*\r/SUMMARY:Again\r/'
t 'nor with an edit' 0 run
mv a/other.ics a/third.ics
run >said 2>&1
t 'nor under a third name' 0 has b plain SUMMARY:Again
cp kept a/third.ics
echo 'update plain in a' >out
t 'it can be read again: it is what it was' 0 run
t 'and has the edit' 0 has a plain SUMMARY:Again
t 'and so has the other what it had' 0 has a other SUMMARY:Other
t 'then nothing' 0 run
echo 4 >out
t 'there are two in each' 0 sh -c 'cat a/*.ics b/*.ics | grep -c ^UID'

# Two of them: each may be the other.
two
event a/other.ics other 'Other'
run -i >/dev/null
cp a/plain.ics kept
printf 'BEGIN:VCALENDAR\r\n' >a/1.ics
cp a/1.ics a/2.ics
rm a/plain.ics a/other.ics
run >/dev/null 2>&1
settled
run >/dev/null 2>&1
held='1 not there any more, but 2.ics is there and cannot be read'
held="exdiff: folder a: $held: not taken as deleted until it can, or is gone,"
cp kept a/1.ics
echo "$held too" >err
t 'the first can be read again: the second is not deleted' 0 run
t 'nor by the next run' 0 run
t 'both are there' 0 test "$(find b -type f | wc -l)" -eq 2
rm a/2.ics
echo 'delete other in b' >out
t 'until it goes, too' 0 run

# Two have changed names, then one of them is damaged and the other deleted:
# what is missing is not what was deleted, and its damaged text is there.
two
event a/other.ics other 'Other'
known
keep a/other.ics
mv a/plain.ics x && mv a/other.ics a/plain.ics && rm x
printf 'BEGIN:VCALENDAR\r\n' >a/plain.ics
cat >err <<END
exfetch: folder a: plain.ics: line 1: VCALENDAR: BEGIN without END
exdiff: folder a: 1 not there any more, but plain.ics cannot be read any more: not \
taken as deleted until it can, or is gone, too
END
t 'one damaged under the name of another that is deleted: nothing is' 1 run
settled
run >/dev/null 2>&1
t 'nor in the next run' 0 run
cp kept a/plain.ics
echo 'delete plain in b' >out
t 'it can be read: it is the one, and the other was deleted' 0 run
t 'which is there no more' 1 grep -rq UID:plain a b
t 'and nothing else' 0 has b other SUMMARY:Other

# It may be what it was, too.
two
event a/other.ics other 'Other'
run -i >/dev/null
keep a/plain.ics
printf 'BEGIN:VCALENDAR\r\n' >a/plain.ics
rm a/other.ics
run >/dev/null 2>&1
cp kept a/plain.ics
echo 'delete other in b' >out
t 'damaged where it was, and another deleted: that goes when it is read' 0 run
t 'the damaged one is there' 0 has b plain SUMMARY:Plain

# What was gone before it came is not it.
two
folder c
event a/plain.ics plain 'Plain'
run -i >/dev/null
edit "$(file b plain)" 's/^SUMMARY.*\r/SUMMARY:One\r/'
edit "$(file c plain)" 's/^SUMMARY.*\r/SUMMARY:Two\r/'
rm a/plain.ics
t 'deleted, and two edits that do not agree: left' 1 run
printf 'BEGIN:VCALENDAR\r\n' >a/junk.ics
edit "$(file c plain)" 's/^SUMMARY:Two/SUMMARY:One/'
echo 'create plain in a' >out
echo 'exfetch: folder a: junk.ics: line 1: VCALENDAR: BEGIN without END' >err
t 'they agree, and something unreadable came: it is made again' 1 run

two 'meetings = strip'
echo 'exfetch: ring.conf:6: meetings = strip is for stores that mail attendees,' \
    'which this one does not: use skip, or keep' >err
t 'meetings = strip' 2 exfetch -r ring.conf -s ring.snap
finish
