#!/bin/sh
# A ring of vdirs, end to end through the real pipe: the table of cases, at
# 2, 3 and 7 folders, and what can go wrong around it.
# shellcheck disable=SC2086,SC2015 # folders' names have no blanks
. tests/lib.sh
. "$TOP/tests/ring.sh"
. "$TOP/tests/ringcases.sh"

cases '' 2 3 7
# What can go wrong.  Each begins with a ring of three folders, an edit, a
# creation and a deletion that the next run is to carry over.
busy()
{
	start 3
	add f1 ada TITLE:edited
	card f2/dan.vcf dan 'Dan Example'
	rm "$(file f3 bea)"
}

# done_well: the next run gets it right.
done_well()
{
	pipe 0
	agree 3
	everywhere ada TITLE:edited
	quiet
}

# streams: the three of them, saved.
streams()
{
	exfetch -r ring.conf -s ring.snap >items &&
	    exdiff -s ring.snap items >changes &&
	    exmerge changes >plan || broken 'no streams'
}

# next STREAM FILE: the program behind that arrow; its answer to `next.out`.
next()
{
	case $1 in
	items)		exdiff -s ring.snap "$2" ;;
	changes)	exmerge "$2" ;;
	plan)		expush -r ring.conf -s ring.snap "$2" ;;
	esac >next.out 2>next.err
}

# refused STREAM FILE WHAT: the program does not take it.
refused()
{
	next "$1" "$2"
	got=$?
	[ $got -eq 2 ] || broken "$3: ended with $got"
	[ "$(wc -l <next.err)" -eq 1 ] || broken "$3: says $(cat next.err)"
	! tail -n 1 next.out | grep -q '"rec":"end"' || broken "$3: goes on"
}

# cut STREAM: at many places, between any two lines too.
cut_stream()
{
	busy
	streams
	state >before
	size=$(wc -c <"$1")
	for at in 0 1 $((size / 4)) $((size / 2)) $((size * 3 / 4)) \
	    $((size - 60)) $((size - 2)); do
		head -c "$at" "$1" >part
		refused "$1" part "cut at byte $at of $size"
	done
	lines=$(wc -l <"$1")
	at=0
	while [ $((at += 1)) -lt "$lines" ]; do
		head -n "$at" "$1" >part
		if [ "$1" = items ] && tail -n 1 part | grep -q '"rec":"end"'
		then
			# Whole, for the folders that are in it.
			next items part || broken "$(cat next.err)"
			! sed -n 's/.*"folders"//p' next.out |
			    grep -q '"is":"gone"' || broken 'gone'
			continue
		fi
		refused "$1" part "cut after line $at of $lines"
	done
	state | cmp -s - before || broken 'a file was touched'
	done_well
}

# wrong STREAM: short, doubled, and changed by hand.
wrong_stream()
{
	busy
	streams
	state >before
	grep -v '"uid":"ada"' "$1" >short
	refused "$1" short 'a line is missing'
	sed 's/Ada Example/Eva Example/' "$1" >changed
	refused "$1" changed 'a line was changed'
	cat "$1" "$1" >twice
	next "$1" twice
	[ $? -eq 2 ] || broken 'it came twice'
	sed 's/"form":1/"form":2/' "$1" >form
	refused "$1" form 'another form'
	grep -v '"rec":"begin"' "$1" >none
	refused "$1" none 'no begin'
	state | cmp -s - before || broken 'a file was touched'
	done_well
}

shuffled()
{
	busy
	streams
	next items items
	mv next.out wanted
	# The lines between begin and end, all folders mixed, backwards.
	{
		grep '"rec":"begin"' items
		grep -v '"rec":"begin"\|"rec":"end"' items | sort -r
		grep '"rec":"end"' items | sort -r
	} >mixed
	next items mixed || broken "$(cat next.err)"
	cmp -s next.out wanted || broken 'not the same bytes'
}

edited_plan()
{
	busy
	streams
	grep -v '"uid":"bea"' plan >edited
	refused plan edited 'a line was taken out'
	exfilter -e edited >sealed 2>said || broken 'not sealed'
	expush -r ring.conf -s ring.snap sealed >results 2>said ||
		broken 'not carried out'
	everywhere ada TITLE:edited
	[ -n "$(file f1 bea)" ] && [ -n "$(file f2 bea)" ] ||
		broken 'the deletion was carried out'
	done_well
}

old_plan()
{
	busy
	streams
	done_well
	next plan plan
	[ $? -eq 3 ] || broken "an old plan: $(cat next.err)"
	[ "$(wc -l <next.err)" -eq 1 ] || broken 'says more'
}

closed_pipe()
{
	busy
	streams
	{ expush -r ring.conf -s ring.snap plan 2>said; echo $? >st.4; } |
	    :
	case $(cat st.4) in
	[02])	;;
	*)	broken "ended with $(cat st.4)" ;;
	esac
	agree 3
	everywhere ada TITLE:edited
	quiet
}

full_output()
{
	busy
	streams
	for program in 'exfetch -r ring.conf -s ring.snap' \
	    'exdiff -s ring.snap items' 'exmerge changes' \
	    'expush -r ring.conf -s ring.snap plan'; do
		$program >/dev/full 2>said
		got=$?
		[ $got -eq 2 ] || broken "$program: ended with $got"
		grep -qi 'no space\|write error' said || broken "$program: says $(cat said)"
	done
	agree 3
	quiet
}

# full_disk KBYTE: no file may become larger.
full_disk()
{
	busy
	i=0
	while [ $((i += 1)) -lt 40 ]; do
		echo "NOTE:$i $i $i $i $i $i $i $i $i $i $i $i $i $i $i"
	done | sed 's/$/\r/' >notes
	sed '/^END/e cat notes' "$(file f1 ada)" >x && cat x >"$(file f1 ada)"
	streams
	(
		trap '' XFSZ
		ulimit -f 2
		expush -r ring.conf -s ring.snap plan >/dev/null 2>said
	)
	got=$?
	[ $got -eq 2 ] || [ $got -eq 3 ] || broken "ended with $got"
	[ -s said ] || broken 'said nothing'
	[ -n "$(file f1 ada)" ] && [ -n "$(file f2 ada)" ] &&
	    [ -n "$(file f3 ada)" ] || broken 'ada is lost'
	done_well
}

vanished()
{
	busy
	streams
	rm "$(file f2 ada)" "$(file f2 bea)"
	expush -r ring.conf -s ring.snap plan >results 2>said
	got=$?
	[ $got -ne 2 ] || broken "ended with $got"
	pipe 1		# an edit against a deletion
	agree 3
	everywhere ada TITLE:edited
	quiet
}

changed_meanwhile()
{
	busy
	streams
	add f2 ada NOTE:meanwhile
	expush -r ring.conf -s ring.snap plan >results 2>said
	got=$?
	[ $got -ne 2 ] || broken "ended with $got"
	grep -q NOTE:meanwhile "$(file f2 ada)" || broken 'the edit is lost'
	pipe 0
	agree 3
	everywhere ada TITLE:edited
	quiet
}

emptied()
{
	start 3
	rm f2/*
	pipe 2
	grep -q '^expush: folder f2: .*-d all' said ||
		broken 'says something else'
	[ -s ring.snap.plan ] || broken 'the plan was not saved'
	[ "$(find f1 f3 -name '*.vcf' | wc -l)" -eq 6 ] || broken 'something was deleted'
	expush -d all -r ring.conf -s ring.snap ring.snap.plan >results \
	    2>said || broken '-d all'
	agree 0
	quiet
}

unmounted()
{
	busy
	mv f2 elsewhere
	pipe 2
	grep -q '^exfetch: folder f2: ' said || broken 'not told of'
	[ -n "$(file f1 cyd)" ] && [ -n "$(file f3 cyd)" ] ||
		broken 'cyd was deleted'
	mkdir f2
	pipe 2
	grep -q '^expush: folder f2: emptied' said || broken 'no guard'
	[ -n "$(file f1 cyd)" ] && [ -n "$(file f3 cyd)" ] ||
		broken 'cyd was deleted'
	rmdir f2
	mv elsewhere f2
	done_well
}

unreadable()
{
	busy
	at=$(file f2 cyd)
	mv "$at" away
	ln -s nowhere "$at"
	printf 'BEGIN:VCARD\r\n' >f2/broken.vcf
	pipe 1
	[ -n "$(file f1 cyd)" ] && [ -n "$(file f3 cyd)" ] ||
		broken 'cyd was deleted'
	grep -q 'folder f2: broken.vcf: ' said || broken 'not told of'
	rm f2/broken.vcf
	mv away "$at"
	done_well
}

# A folder has an item twice, and it is deleted elsewhere: the second one is
# the same item, and does not bring it back; but with an edit of its own.
copied()
{
	start 3
	cp "$(file f1 ada)" f1/second.vcf
	run_pipe 0
	rm "$(file f2 ada)"
	run_pipe 0
	run_pipe 0
	nowhere ada
	agree 2
	touch f1/*
	quiet
	cp "$(file f1 bea)" f1/second.vcf
	run_pipe 0
	rm "$(file f2 bea)"
	run_pipe 0
	add f1 bea TITLE:kept
	run_pipe 1
	everywhere bea TITLE:kept
	agree 2
	quiet
}

locked()
{
	busy
	flock ring.conf.lock exring sync ring.conf >said 2>&1
	[ $? -eq 3 ] || broken "ended with $?"
	done_well
}

names()
{
	start 3 'max-update = 1000 100%'
	esc=$(printf '\033')
	i=0
	for uid in ../../../evil a/b .hidden . .. '-rf' 'a b' \
	    "${esc}[31mred" 'line\nbreak' 'x%2e' "$(printf '%0300d' 7)"; do
		card "f1/n$((i += 1)).vcf" "$uid" "Name ${esc}[2J $i"
	done
	pipe 0
	agree $((3 + i))
	[ "$(find . -name '*.vcf' | grep -vc '^./f[123]/[^/.][^/]*$')" -eq 0 ] ||
		broken 'a file is where none should be'
	[ "$(find .. -maxdepth 1 -newer ring.conf -name '*evil*')" = '' ] ||
		broken 'something was written outside'
	sed -i "s/^FN:.*/FN:Other\\r/" f1/n*.vcf
	sed -i "s/^FN:.*/FN:And other\\r/" f2/*evil*.vcf f2/*red*.vcf
	exring sync ring.conf >said 2>&1
	[ $? -eq 1 ] || broken "exring: $(cat said)"
	! LC_ALL=C grep -q "[^ -~]" said || broken 'control bytes'
	grep -q 'left for a person' said || broken 'no conflicts'
}

# Root may write anywhere, so it gives that up.
as_anyone='setpriv --bounding-set=-dac_override,-dac_read_search,-fowner'
read_only_disk()
{
	busy
	streams
	chmod 555 f2
	$as_anyone expush -r ring.conf -s ring.snap plan >results 2>said
	got=$?
	chmod 755 f2
	[ $got -eq 1 ] || [ $got -eq 3 ] || broken "ended with $got"
	grep -q '^expush: folder f2: ' said || broken 'says nothing'
	done_well
}

for row in \
    cut_stream:items:'a cut item stream' \
    cut_stream:changes:'a cut change stream' \
    cut_stream:plan:'a cut plan' \
    wrong_stream:items:'a wrong item stream' \
    wrong_stream:changes:'a wrong change stream' \
    wrong_stream:plan:'a wrong plan' \
    shuffled::'lines in another order: the same bytes' \
    edited_plan::'a plan edited by hand: exfilter -e seals it' \
    old_plan::'a plan of another generation' \
    closed_pipe::'a closed output pipe' \
    full_output::'a full disk behind the output' \
    full_disk::'a full disk behind the folders' \
    vanished::'items that vanish before the push' \
    changed_meanwhile::'an item edited before the push' \
    emptied::'an emptied folder stops the run' \
    unmounted::'a folder that is not there' \
    unreadable::'items that cannot be read' \
    copied::'an item that is there twice, deleted elsewhere' \
    locked::'two runs at once' \
    names::'names and UIDs that lead astray'
do
	name=${row##*:}
	stream=${row#*:}
	stream=${stream%%:*}
	row=${row%%:*}
	t "$name" 0 "$row" $stream
	row=$row$stream
done
row=read_only_disk
mkdir probe && chmod 555 probe
if $as_anyone sh -c ': >probe/x' 2>/dev/null ||
    ! $as_anyone true 2>/dev/null; then
	skip 'a folder on a read-only disk' 'root cannot give up its rights'
else
	t 'a folder on a read-only disk' 0 read_only_disk
fi
chmod 755 probe
finish
