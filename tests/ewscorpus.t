#!/bin/sh
# Every real item of the corpus, in rings of a vdir, Exchange and a vdir.
#
# What Exchange gives back differs from what it was sent by what exquirks(7)
# lists, and by nothing else; what is lost is said, and is in the third
# folder all the same.  EX_ALL=1, as `make check-servers` has it, takes all
# events and holds that list against what came of them in both directions;
# else some of them, and nothing that it does not list.  What should stand
# there is then in build/t/ewscorpus/losses:
#
#	EX_ALL=1 prove tests/ewscorpus.t; cat build/t/ewscorpus/losses
. tests/lib.sh
. "$TOP/tests/servers/ewsring.sh"
. "$TOP/tests/servers/corpus.sh"
ews_begin
far=e2
corpus_items

# Each line of the list: KIND: PROPERTY and what becomes of it, or the reason
# why an item is not there.
listed_as_lost()
{
	lost >changed
	# In the words of the page: what Exchange does not know has a name.
	sed 's/zone like .*/zone like that/; s/FREQ=.*/such a FREQ/
	    s/\(Error[A-Za-z]*\): .*/\1/' why |
	    cat - changed | sort -u | sed "s/^/$kind: /" >>"$t_dir/losses"
}

for of in contacts:contacts tasks:tasks events:calendar; do
	what=${of%:*}
	ews_ring "$t_dir/$what" "$what" v1 e2="$box/${of#*:}" v3
	[ "$what" = contacts ] ||
		sed -i 's/^\[folder .*/&\nmeetings = keep/' ring.conf
	t "$what: a first run" 0 first
	t "$what: the second run is quiet" 0 second
	t "$what: the third folder has everything" 0 third
	t "$what: what does not come back" 0 listed_as_lost
	t "$what: each loss was said" 0 told_lost e2
done
cd "$t_dir" || exit

listed()
{
	sed -n '/^\.Ss What Exchange does not keep/,/^\.Ss Names/s/^\.It //p' \
	    "$TOP/tools/exquirks.7" | sort >page
	sort -u losses >found
	if [ -n "${EX_ALL-}" ]; then
		diff page found
	else
		comm -13 page found
	fi
}
t 'what exquirks(7) lists, and nothing else' 0 listed
t 'no mail was sent' 0 ews_silent
finish
