# corpus.sh: every real item of the corpus, in a ring of v1, a server, and v3
# shellcheck shell=sh
#
# Sourced behind ewsring.sh or graphring.sh, whose rings these are; $far is
# the folder on the server, the other two are vdirs.
#
#	corpus_items		items/KIND, all of them with EX_ALL=1, else a
#				quarter of the events
#	first			all are put into v1, and a first run: refusals
#				are in order
#	second [MOST]		the second run is quiet, see the ring's quiet; it
#				does not tell again of what was refused
#	third			v3 is as v1
#	lost			prints, one a line, each property that is not
#				in $far as in v1, and what became of it;
#				`why` has what was refused there and so is not
#				there, and nothing else is missing

far=

corpus_items()
{
	/usr/bin/python3 -I "$TOP/tests/servers/split.py" items \
	    "$MATERIAL/corpus" >list
	[ -n "${EX_ALL-}" ] || find items/events -type f | sort |
	    awk 'NR % 4 != 1' | xargs rm
}

first()
{
	cp "$t_dir/items/$kind"/* v1
	# Till they are so old that what was read need not be read again.
	sleep 3
	sync 1 -i
	for f in $folders; do
		exfetch -q -r ring.conf "$f" >"$f.all" 2>"$f.bad"
		[ -s "$f.all" ] || broken "$f cannot be read: $(cat "$f.bad")"
	done
	[ ! -s $far.bad ] || broken "$far: $(cat $far.bad)"
}

second()
{
	cp said said.first
	most=${1-} && quiet
}

third()
{
	exdiff -p v1.all v3.all >differs
	! grep '^[-+~]' differs || broken 'v3 is not as v1'
}

# Whose each item of $far is, which may have a UID of its own there: the run
# that made it knows.
named()
{
	exsnap -s ring.snap log "$(exsnap -s ring.snap log | jq .run)" |
	    jq -c --arg far $far 'select(.rec == "done" and .folder == $far and
		.op == "create") | { key: .id, value: .uid }' |
	    jq -s from_entries >ids
	jq -c --slurpfile of ids 'if .rec == "item" then
	    $of[0][.id] as $uid | .uid = $uid |
	    (.data[2][]?[1][] | select(.[0] == "uid") | .[3]) = $uid
	    else . end' $far.all | exfilter -eq >named
}

lost()
{
	named
	exdiff -p v1.all named >differs 2>&1
	! grep '^+' differs || broken "$far has what v1 has not"
	awk '/^[-~+?]/ { changed = /^~/; next }
	    changed && /^ *[-+] / {
		sub(/:$/, "", $2)
		print toupper($2), $1 == "-" ? "is lost" : "is added"
	    }' differs | sort -u
	sed -n "s/^expush: folder $far: uid .*: item: //p" said.first >why
	[ "$(wc -l <why)" -eq "$(grep -c '^-' differs)" ] ||
		broken "what is missing is not what was refused: $(cat differs)"
}
