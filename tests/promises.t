#!/bin/sh
# Faults that can be shown in other synchronizers, shown to be absent: each
# test says which.  And each is shown to see its fault: it is run once more
# on a synchronizer that has it.
. tests/lib.sh
. "$TOP/tests/ring.sh"

# sees FAULT CHECK WHAT: with exring replaced by the function FAULT, which
# gets its operands, CHECK ends with what it finds broken, WHAT.
sees()
{
	(
		eval "exring() { $1 \"\$@\"; }"
		kind=contacts
		"$2"
	) >"../$1.out" 2>"../$1.err"
	status=$?
	if [ $status -ne 99 ] || ! head -n 1 "../$1.err" | grep -q "^$3"; then
		echo "$2 ends with $status: $(cat "../$1.err")"
		return 1
	fi
}

# An edit overwritten after a touch of the other copy: who goes by the
# newest file takes the copy that was only touched for the newer one.
touched()
{
	fresh touched 3
	three_cards f1
	sync 0 -i
	add f1 ada TITLE:edited
	sleep 0.01
	touch "$(file f2 ada)"
	touch -d '2037-01-01' "$(file f3 ada)"
	sync 0
	everywhere ada TITLE:edited
	agree 3
	quiet
	touch -d '1990-01-01' "$(file f1 ada)"
	touch "$(file f2 bea)"
	add f3 bea TITLE:too
	sync 0
	everywhere ada TITLE:edited
	everywhere bea TITLE:too
	quiet
}
t 'an edit is not overwritten after a touch of the other copy' 0 touched

# newest sync [option ...] RING: of the copies of each item the file that
# was written last wins.
newest()
{
	for name in f?/*.vcf; do
		name=${name#*/}
		# shellcheck disable=SC2012 # by time
		last=$(ls -t f?/"$name" | head -n 1)
		for f in f1 f2 f3; do
			cmp -s "$last" $f/"$name" || cp -p "$last" $f/"$name"
		done
	done
}
t 'this test sees that fault' 0 sees newest touched \
    'no TITLE:edited in f1'

# 19 of 20 items deleted without protest: who guards only against an empty
# folder carries that out.
nineteen()
{
	fresh nineteen 3
	i=0
	while [ $((i += 1)) -le 20 ]; do
		card f1/$i.vcf uid$i "Name $i"
	done
	sync 0 -i
	agree 20
	find f2 -name '*.vcf' | sort | tail -n +2 | xargs rm
	sync 2
	grep -q '^expush: folder f2: deleted there were 19 of 20 items' said ||
		broken 'it does not say so'
	[ "$(find f1 f3 -name '*.vcf' | wc -l)" -eq 40 ] ||
		broken 'something was deleted'
	sync 2
	[ "$(find f1 f3 -name '*.vcf' | wc -l)" -eq 40 ] ||
		broken 'something was deleted by the second run'
	sync 0 -d all
	agree 1
	quiet
}
t '19 of 20 items are not deleted without protest' 0 nineteen

unguarded()
{
	word=$1
	shift
	command exring "$word" -d all "$@"
}
t 'this test sees that fault' 0 sees unguarded nineteen \
    'exring sync  ended with 0, not 2'

# A kill in the middle of a first run, and a deletion after it that comes
# back: who writes his memory at the end takes the copies that he has made
# for new items.  Killed at every step; deleted where the item came from.
killed()
{
	k=0
	while :; do
		k=$((k + 1))
		fresh killed 3
		three_cards f1
		card f2/dan.vcf dan 'Dan Example'
		EX_STOP_AFTER=$k exring sync -qi ring.conf >said 2>&1
		killed=$?
		[ -e ring.snap ] || broken "no snapshot after step $k"
		rm f1/ada.vcf f2/dan.vcf
		sync 0
		nowhere ada
		nowhere dan
		agree 2
		quiet
		cd ..
		[ $killed -ne 0 ] || break
	done
	[ $k -gt 8 ] || broken "there were only $k steps"
}
t 'a deletion after a first run that was killed does not come back' 0 killed

# late WORD [option ...] RING: what it knows is written when all is done; a
# run that was killed leaves its copies, and no memory of them.
late()
{
	word=$1
	shift
	rm -f ring.snap*
	if [ -e memory ]; then
		cp memory ring.snap
	else
		set -- -i "$@"
	fi
	command exring "$word" "$@" || return
	cp ring.snap memory
}
# Of the two that were deleted either may be back first: folders are written
# side by side.
t 'this test sees that fault' 0 sees late killed '\(ada\|dan\) is in f1'

# Deleted in the folder that had just been written to, where the write was
# acknowledged before the kill: at the last step of all.
copies()
{
	fresh killed_copy 2
	three_cards f1
	exring sync -qi ring.conf
	card f1/dan.vcf dan 'Dan Example'
	card f2/eve.vcf eve 'Eve Example'
	rm "$(file f1 bea)"
	EX_STOP_AFTER=$1 exring sync -q ring.conf >said 2>&1
}
killed_copy()
{
	k=0
	until copies $((k += 1)); do
		[ $k -lt 30 ] || broken 'it never ends'
		cd ..
	done
	cd ..
	! copies $((k - 1)) || broken 'it was not killed'
	rm "$(file f2 dan)" "$(file f1 eve)"
	sync 0
	nowhere dan
	nowhere eve
	nowhere bea
	agree 2
	quiet
}
t 'nor where the deleted copy was one that had been written' 0 killed_copy
t 'this test sees that fault' 0 sees late killed_copy 'dan is in f1'

# Swapped values in a recurring event and its override that go unseen: who
# hashes sorted lines sees no change.
event()
{
	printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//test//EN \
	    BEGIN:VEVENT UID:weekly DTSTAMP:20260101T000000Z \
	    DTSTART:20260105T100000Z DTEND:20260105T110000Z \
	    RRULE:FREQ=WEEKLY "SUMMARY:$1" "LOCATION:$2" END:VEVENT \
	    BEGIN:VEVENT UID:weekly DTSTAMP:20260101T000000Z \
	    RECURRENCE-ID:20260112T100000Z DTSTART:20260112T100000Z \
	    DTEND:20260112T110000Z "SUMMARY:$2" "LOCATION:$1" END:VEVENT \
	    END:VCALENDAR
}
swapped()
{
	kind=events
	fresh swapped 3
	event here there >f1/weekly.ics
	sync 0 -i
	agree 1
	tr -d '\r' <f1/weekly.ics | sort >was
	event there here >f1/weekly.ics
	tr -d '\r' <f1/weekly.ics | sort | cmp -s - was ||
		broken 'the lines are not the same'
	sync 0
	agree 1
	for f in $folders; do
		tr -d '\r' <"$(file "$f" weekly)" | awk '
		/^BEGIN:VEVENT/ { over = 0; summary = "" }
		/^RECURRENCE-ID/ { over = 1 }
		/^SUMMARY:/ { summary = $0 }
		/^END:VEVENT/ { print over, summary }' | sort >got
		printf '0 SUMMARY:there\n1 SUMMARY:here\n' | cmp -s - got ||
			broken "$f has $(cat got)"
	done
	quiet
}
t 'swapped values in an event and its override do not go unseen' 0 swapped

# sorted sync [option ...] RING: an item whose lines, sorted, are those of
# its last run has not changed.
sorted()
{
	tr -d '\r' <f1/weekly.ics | sort >lines
	cmp -s lines lines.was || command exring "$@" || return
	mv lines lines.was
}
t 'this test sees that fault' 0 sees sorted swapped 'f. differs from f1'
finish
