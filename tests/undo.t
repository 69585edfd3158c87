#!/bin/sh
# Undo: a run taken back, shown, pushed as any plan, and itself taken back.
. tests/lib.sh
. "$TOP/tests/ring.sh"

# ran: a ring of three folders, and a run with an edit, a creation and a
# deletion.  What was before it lies in `was`.
ran()
{
	fresh ring 3
	three_cards f1
	sync 0 -i
	hashes f1 >was
	add f1 ada TITLE:edited
	card f3/dan.vcf dan 'Dan Example'
	rm "$(file f2 bea)"
	sync 0
	hashes f1 >became
}

# undo STATUS [operand ...]
undo()
{
	want=$1
	shift
	exring undo "$@" >said 2>&1
	got=$?
	[ $got -eq "$want" ] || broken "exring undo $* ended with $got"
}

# all FILE: every folder holds what that says.
all()
{
	for f in $folders; do
		hashes "$f" | cmp -s - "$1" || broken "$f is not as in $1"
	done
}

last()
{
	exsnap -s ring.snap log | tail -n 1 | tr -dc 0-9
}

whole()
{
	ran
	undo 0 ring.conf
	for line in 'update ada in f1' 'create bea in f2' 'delete dan in f3'
	do
		grep -qx "$line" said || broken "it does not show: $line"
	done
	all was
	quiet
	undo 0 ring.conf
	all became
	quiet
}
t 'the last run is taken back, and that too' 0 whole

shown()
{
	ran
	state >before
	undo 0 -n ring.conf
	grep -qx 'update ada in f1' said || broken 'it is not shown'
	state | cmp -s - before || broken 'it was done'
	all became
	quiet
}
t '-n only shows it' 0 shown

older()
{
	ran
	first=$(last)
	sleep 0.01
	add f2 cyd TITLE:later
	sync 0
	undo 0 ring.conf "$first"
	everywhere cyd TITLE:later
	grep -q TITLE:edited f?/* && broken 'the edit is still there'
	[ -n "$(file f3 bea)" ] || broken 'bea is not there'
	nowhere dan
	agree 3
	quiet
}
t 'an older run, what came later stays' 0 older

stream()
{
	fresh ring 3
	three_cards f1
	sync 0 -i
	hashes f1 >was
	add f1 ada TITLE:edited
	exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap | exmerge |
	    expush -r ring.conf -s ring.snap >results || broken 'no run'
	exmerge -R -r ring.conf -s ring.snap results >plan || broken 'no plan'
	exmerge -R -s ring.snap - <results >again || broken 'no plan'
	grep '"rec":"plan"' plan >x
	grep '"rec":"plan"' again | cmp -s - x || broken 'another plan'
	exmerge -R -s ring.snap "$(last)" | grep '"rec":"plan"' |
	    cmp -s - x || broken 'another plan of the log'
	expush -qr ring.conf -s ring.snap plan >/dev/null || broken 'no push'
	all was
	quiet
	head -n 2 results | exmerge -R -s ring.snap - >plan 2>said
	[ $? -eq 2 ] || broken 'a cut stream was taken'
	grep -q '"rec":"end"' plan && broken 'and the plan is whole'
	return 0
}
t 'from a stream of results' 0 stream

changed()
{
	ran
	first=$(last)
	edit f2 ada 's/^TITLE:.*\r/TITLE:again\r/'
	sync 0
	undo 1 ring.conf "$first"
	grep -q '^exmerge: uid ada (Ada Example): not taken back: changed since$' \
	    said || broken 'it does not say so'
	everywhere ada TITLE:again
	[ -n "$(file f1 bea)" ] || broken 'bea is not there'
	nowhere dan
	agree 3
	quiet
}
t 'what was changed by a later run is named, and stays' 0 changed

# Edited in f2 since, which no run knows of: f2's copy is not written over.
meanwhile()
{
	ran
	add f2 ada TEL:+1777
	undo 3 ring.conf
	grep -q '+1777' "$(file f2 ada)" || broken 'the edit is lost'
	sync 0
	everywhere ada 'TEL:+1777'
	grep -q TITLE:edited f?/*.vcf && broken 'the run was not taken back'
	agree 3
	quiet
}
t 'an edit that no run knows of yet is merged, not overwritten' 0 meanwhile

# Deleted: undo would take away what somebody has edited since.
kept()
{
	ran
	add f2 dan TITLE:mine
	undo 3 ring.conf
	grep -q TITLE:mine "$(file f2 dan)" || broken 'the edit is lost'
	sync 1
	everywhere dan TITLE:mine
	agree 4
	quiet
}
t 'nor is an item deleted that has been edited since' 0 kept

left()
{
	ran
	edit f1 cyd 's/^FN:.*\r/FN:One\r/'
	edit f2 cyd 's/^FN:.*\r/FN:Two\r/'
	first=$(last)
	sync 1
	undo 0 ring.conf "$first"
	all_but_cyd=$(grep -c . was)
	[ "$all_but_cyd" -eq 3 ] || broken 'three were there'
	grep -q FN:One f1/* && grep -q FN:Two f2/* || broken 'cyd was written'
	nowhere dan
	quiet 1
}
t 'an item left for a person meanwhile does not hinder the others' 0 left

source()
{
	fresh ring 3
	three_cards f1
	with f1 'access = read-only'
	sync 0 -i
	add f1 ada TITLE:edited
	sync 0
	undo 0 ring.conf
	grep -q TITLE:edited f1/* || broken 'the source was written to'
	grep -q TITLE:edited f2/* f3/* && broken 'the others have it'
	quiet
}
t 'a read-only folder is not written to' 0 source

many()
{
	fresh ring 2
	card f1/ada.vcf ada Ada
	sync 0 -i
	i=0
	while [ $((i += 1)) -le 20 ]; do
		card f2/$i.vcf u$i "Name $i"
	done
	sync 0
	undo 2 ring.conf
	grep -q 'to be deleted there are 20 of 21 items' said ||
		broken 'the guard did not stop it'
	agree 21
	undo 0 -d all ring.conf
	agree 1
	quiet
}
t 'an undo is guarded as any plan' 0 many

none()
{
	fresh ring 2
	three_cards f1
	sync 0 -i
	undo 2 ring.conf
	grep -q '^exmerge: run 1 made the ring' said || broken "it says $(cat said)"
	agree 3
	undo 2 ring.conf 77
	grep -q '^exmerge: run 77: not in the log$' said || broken 'run 77'
	sed 's/f2$/f3/' ring.conf >other.conf
	exfetch vdir:f1 >items
	exmerge -R -s ring.snap items >plan 2>said
	[ $? -eq 2 ] || broken 'an item stream was taken'
}
t 'what cannot be taken back' 0 none

# Deleted in f2, but the run dies before it can say so, and somebody puts the
# file back: that looks as if nothing had been done (exring(7)).
back()
{
	k=1
	while :; do
		fresh back 2
		three_cards f1
		sync 0 -i
		rm "$(file f1 bea)"
		mkdir trash
		cp -p f2/* trash
		[ $((k += 1)) -lt 30 ] || broken 'it is never killed there'
		{ EX_STOP_AFTER=$k exring sync -q ring.conf; } >said 2>&1
		[ "$(find f2 -name '*.vcf' | wc -l)" -eq 3 ] || break
		cd ..
	done
	cp -p "$(file trash bea)" f2
	sync 0
	agree 2
	undo 0 ring.conf
	agree 3
	everywhere bea NICKNAME:Bee
	quiet
}
t 'what came back behind a deletion that was killed is not lost' 0 back

shown_log()
{
	ran
	cat >want <<-'.'
	~ Ada Example (ada)
	    + title: edited
	    updated in f2
	    updated in f3
	- Bea Example (bea)
	    - fn: Bea Example
	    - n: Bea Example;;;;
	    - nickname: Bee
	    deleted in f1
	    deleted in f3
	+ Dan Example (dan)
	    + fn: Dan Example
	    + n: Dan Example;;;;
	    created in f1
	    created in f2
	.
	exring log ring.conf "$(last)" | diff want - || broken 'the log'
	exring log ring.conf | awk 'NR == 3 { print $2, $3, $4, $5, $6, $7 }' \
	    >got
	[ "$(cat got)" = '3 2 2 2 0 0' ] || broken "the runs: $(cat got)"
}
t 'exring log' 0 shown_log
finish
