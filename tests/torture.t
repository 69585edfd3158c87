#!/bin/sh
# Every case of the ring: each run of it, the first ones too, is run; run
# again, which writes nothing; then killed after every transaction and every
# write, resumed, and the end is the same.
#
# The cases are those of ring.t, over three folders (EX_ALL: and over two and
# seven), and after them what that table has not.
# shellcheck disable=SC2086,SC2034 # options; what ringcases.sh reads
. tests/lib.sh
. "$TOP/tests/ring.sh"
. "$TOP/tests/ringcases.sh"

# any_run [option of exdiff]: its result in `results`, quiet.
any_run()
{
	exfetch -q -r ring.conf -s ring.snap 2>said |
	    exdiff -q "$@" -s ring.snap 2>>said | exmerge -q 2>>said |
	    expush -q -r ring.conf -s ring.snap >results 2>>said
}

# What each folder holds (its files may have other names, and so come in
# another order), and what is left for a person or owed.
end()
{
	exfetch -q -r ring.conf | sed -n 's/^{"rec":"item","folder":\("[^"]*"\).*,\("uid":"[^"]*"\),.*\("hash":"[^"]*"\).*/\1 \2 \3/p' |
	    sort
	exsnap -s ring.snap conflicts | sed 's/"run":[0-9]*/"run"/'
	exsnap -s ring.snap owed | sed 's/"run":[0-9]*/"run"/'
}

# wrote_any: did the last run write anything?
wrote_any()
{
	grep -q '^{"rec":"done"' results
}

# ended: is the end that in ../want?
ended()
{
	end | cmp -s - ../want
}

# quiet_run WHAT: the last run wrote nothing, and that is the end.
quiet_run()
{
	! wrote_any || broken "$1: it wrote again"
	ended || broken "$1: another end: $(end | diff - ../want)"
}

# back DIRECTORY: the ring as it lies there.
back()
{
	rm -rf ./* && cp -a "$1"/. . || exit
}

# torture [-i]: from the ring as it lies in ../before, which after one run is
# as in ../want.
torture()
{
	any_run
	quiet_run 'run again'
	k=0
	while :; do
		k=$((k + 1))
		back ../before
		EX_STOP_AFTER=$k
		export EX_STOP_AFTER
		{ any_run "$@"; } 2>/dev/null
		killed=$?
		unset EX_STOP_AFTER
		# Stop where it went through.
		[ $killed -eq 137 ] || break
		if [ -e ring.snap ]; then
			any_run
		else
			any_run "$@"
		fi
		# It may take two, where one is not the end, but no more.
		cp -a . ../resumed.$k
		any_run
		! wrote_any || {
			! (cd ../resumed.$k && ended) ||
				broken "killed at step $k: it wrote again"
			any_run
		}
		quiet_run "killed at step $k"
		[ $k -lt 100 ] || broken 'it never ends'
	done
	rm -rf ../resumed.*
	[ $k -gt 1 ] || broken 'there was no step to kill it at'
	echo "$row $k" >>../steps
}

# tortured [-i]: a run, from the ring as it lies here.
tortured()
{
	rm -rf ../before && cp -a . ../before
	any_run "$@"
	end >../want
	torture "$@"
}

# What ringcases.sh asks for.  A row may look at what its run has left, and
# go on from there.
pipe()
{
	rm -rf ../before && cp -a . ../before
	run_pipe "$@"
	end >../want
	rm -rf ../after && cp -a . ../after
	shift
	torture "$@"
	back ../after
}
# Each run was followed by another.
quiet()
{
	:
}
if [ -n "${EX_ALL-}" ]; then
	cases '' 2 3 7
else
	cases '' 3
fi

# case_of NAME [line of the ring file ...]: set_up_NAME makes the folders, then
# there is a first run, then NAME edits, and that is tortured.
case_of()
{
	name=$1
	shift
	fresh ring 3 "$@"
	set_up_$name
	any_run -i
	$name
	tortured
}

# first_of NAME: the first run itself.
first_of()
{
	fresh ring 3
	$1
	tortured -i
}

# The cases of the table, each on items of its own, at once.
set_up_table()
{
	for uid in props set equal left edgone gone2 gone1 moved swap1 swap2
	do
		card f1/$uid.vcf $uid "Name of $uid" TEL:1 "NOTE:$uid"
	done
}
table()
{
	add f1 props TITLE:t
	add f2 props ROLE:r
	edit f3 props '/^NOTE/d'
	add f1 set TEL:2
	edit f2 set 's/^TEL:1/TEL:3/'
	for f in f1 f2 f3; do
		add $f equal TITLE:same
		card $f/new.vcf new 'In all of them'
		card $f/union.vcf union 'United' "TEL:$f"
	done
	add f1 left TITLE:one
	add f2 left TITLE:two
	add f1 edgone TITLE:edited
	rm "$(file f2 edgone)"
	rm "$(file f1 gone2)" "$(file f3 gone2)" "$(file f2 gone1)"
	mv "$(file f2 moved)" f2/elsewhere.vcf
	a=$(file f3 swap1) b=$(file f3 swap2)
	mv "$a" x && mv "$b" "$a" && mv x "$b"
	card f1/dispute.vcf dispute Disputed TITLE:one
	card f2/dispute.vcf dispute Disputed TITLE:two
	card f3/one.vcf one 'Only here'
}
t 'the table of cases' 0 case_of table

set_up_meet()
{
	card f1/x.vcf x X TEL:1
	card f1/y.vcf y Y TEL:1
}
meet()
{
	add f1 x TITLE:one
	add f1 x REV:20260101T000000Z
	add f2 x TITLE:two
	add f2 x REV:20260202T000000Z
	add f1 y TITLE:edited
	rm "$(file f3 y)"
}
for policy in report newest 'prefer f3 f1' both; do
	t "an edit meets another: conflict = $policy" 0 \
	    case_of meet "conflict = $policy"
done
t 'an edit meets a deletion: delete-wins' 0 case_of meet 'delete-wins = yes'

first()
{
	for f in f1 f2 f3; do
		card $f/x.vcf uid-of-$f 'Same Person' TEL:1
		card $f/y.vcf same 'Same UID' TEL:1
		card $f/$f.vcf own-of-$f "Only in $f"
	done
	card f1/z.vcf z 'Not quite' TEL:1
	card f2/z.vcf z 'Not quite' TEL:2
	card f1/dispute.vcf dispute Disputed TITLE:one
	card f2/dispute.vcf dispute Disputed TITLE:two
}
t 'a first run' 0 first_of first

set_up_one_way()
{
	with f1 'access = read-only'
	with f3 'access = write-only'
	for uid in a b c d; do
		card f1/$uid.vcf $uid "Name of $uid" TEL:1
	done
	card f3/own.vcf own 'Stays here'
}
one_way()
{
	add f1 a TITLE:flows
	add f2 b TITLE:stays
	add f3 c TITLE:undone
	rm "$(file f3 d)" "$(file f1 c)"
	card f2/new.vcf new 'To f3 only'
}
t 'a source, a member and a target' 0 case_of one_way

# A store with ids of its own and no UIDs: only the mark of a create says
# whose it is.
set_up_marks()
{
	printf '{"quirks":["nouid","rename"]}\n' >f2.mem
	sed 's/^store = vdir:f2$/store = mem:f2.mem/' ring.conf >edited &&
	    cat edited >ring.conf
	three_cards f1
}
marks()
{
	card f1/dan.vcf dan Dan
	card f3/eve.vcf eve Eve
	add f1 ada TITLE:t
	rm "$(file f3 bea)"
}
t 'ids and no UIDs in one folder' 0 case_of marks
t 'and a first run' 0 first_of set_up_marks

# Undo is a plan as any.
set_up_undone()
{
	three_cards f1
}
undone()
{
	add f1 ada TITLE:undone
	rm "$(file f2 bea)"
	card f3/dan.vcf dan Dan
	any_run
	exmerge -qR -r ring.conf -s ring.snap >plan || broken 'no plan'
	any_run()
	{
		if [ -s plan ]; then
			expush -q -r ring.conf -s ring.snap plan >results \
			    2>said
			killed=$?
			rm -f plan
			return $killed
		fi
		exfetch -q -r ring.conf -s ring.snap 2>said |
		    exdiff -q -s ring.snap 2>>said | exmerge -q 2>>said |
		    expush -q -r ring.conf -s ring.snap >results 2>>said
	}
}
t 'an undo' 0 case_of undone
finish
