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
ews_begin

/usr/bin/python3 -I "$TOP/tests/servers/split.py" items "$MATERIAL/corpus" >list
[ -n "${EX_ALL-}" ] || find items/events -type f | sort |
    awk 'NR % 4 != 1' | xargs rm

# Refusals are in order.
first()
{
	cp "$t_dir/items/$kind"/* v1
	sync 1 -i
	for f in $folders; do
		exfetch -q -r ring.conf "$f" >"$f.all" 2>"$f.bad"
		[ -s "$f.all" ] || broken "$f cannot be read: $(cat "$f.bad")"
	done
	[ ! -s e2.bad ] || broken "e2: $(cat e2.bad)"
}

# Whose each item of e2 is: the run that made it knows.
named()
{
	exsnap -s ring.snap log "$(exsnap -s ring.snap log | jq .run)" |
	    jq -c 'select(.rec == "done" and .folder == "e2" and
		.op == "create") | { key: .id, value: .uid }' |
	    jq -s from_entries >ids
	jq -c --slurpfile of ids 'if .rec == "item" then
	    .uid = $of[0][.id] else . end' e2.all | exfilter -eq >e2.named
}

third()
{
	exdiff -p v1.all v3.all >differs
	! grep '^[-+~]' differs || broken 'v3 is not as v1'
}

# Each line of the list: KIND: PROPERTY and what becomes of it, or the reason
# why an item is not there.
lost()
{
	named
	exdiff -p v1.all e2.named >differs 2>&1
	! grep '^+' differs || broken 'e2 has what v1 has not'
	awk '/^[-~+?]/ { changed = /^~/; next }
	    changed && /^ *[-+] / {
		sub(/:$/, "", $2)
		print toupper($2), $1 == "-" ? "is lost" : "is added"
	    }' differs >changed
	sed -n 's/^expush: folder e2: uid .*: item: //p' said.first >why
	[ "$(wc -l <why)" -eq "$(grep -c '^-' differs)" ] ||
		broken "what is missing is not what was refused: $(cat differs)"
	# In the words of the page: what Exchange does not know has a name.
	sed 's/zone like .*/zone like that/; s/FREQ=.*/such a FREQ/
	    s/\(Error[A-Za-z]*\): .*/\1/' why |
	    cat - changed | sort -u | sed "s/^/$kind: /" >>"$t_dir/losses"
}

second()
{
	cp said said.first
	quiet 1
}

for of in contacts:contacts tasks:tasks events:calendar; do
	what=${of%:*}
	ews_ring "$t_dir/$what" "$what" v1 e2="$box/${of#*:}" v3
	[ "$what" = contacts ] ||
		sed -i 's/^\[folder .*/&\nmeetings = keep/' ring.conf
	t "$what: a first run" 0 first
	t "$what: the second run is quiet" 0 second
	t "$what: the third folder has everything" 0 third
	t "$what: what does not come back" 0 lost
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
