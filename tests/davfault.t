#!/bin/sh
# A ring of a vdir, Radicale and Xandikos, when what the servers answer is
# cut, late, wrong or missing: nothing is lost, nothing is deleted that
# nobody deleted, nothing is there twice, and the next run puts it right.
# EX_ALL=1, as `make check-servers` has it: every fault on both servers.
. tests/lib.sh
. "$TOP/tests/servers/davring.sh"
dav_start
EX_ALL=${EX_ALL-}

# Edits in f1 that are owed to both servers: a new item, a change of two, and
# a deletion.  $k counts them.
busy()
{
	k=$(cat k)
	k=$((k + 1))
	echo $k >k
	dav_rules radicale
	dav_rules xandikos
	look
	item f1 new$k new$k "New $k" "$p3:new $k"
	edit f1 kept "s/^$p3:.*\\r/$p3:edit $k\\r/"
	edit f1 also "s/^$p3:.*\\r/$p3:edit $k\\r/"
	remove f1 new$((k - 1))
}

# safe FOLDER: what others have put there is there, old or new.
safe()
{
	for uid in kept also own1 own2 own3; do
		[ -n "$(file "$1" $uid)" ] || broken "$uid is gone from $1"
	done
}

# right: one more run at most two, and all is as it should be.
right()
{
	dav_rules radicale
	dav_rules xandikos
	exring sync -q ring.conf >said 2>&1 || sync 0
	same 6
	everywhere kept "$p3:edit $k"
	everywhere also "$p3:edit $k"
	everywhere new$k "$name:New $k"
	nowhere new$((k - 1))
	for f in $folders; do
		[ "$(cat $f/*.??? | grep -c '^UID:')" -eq 6 ] ||
			broken "$f holds something twice"
	done
	quiet
}

# fault SERVER STATUSES RULE ...: a run with these on that server's answers
# ends with one of the statuses.
fault()
{
	server=$1 statuses=$2
	shift 2
	busy
	dav_rules "$server" "$@"
	dav_forget
	exring sync ring.conf >said 2>&1
	got=$?
	grep -v ' 401$' "$dav_dir/$server.log" >asked
	dav_rules "$server"
	case " $statuses " in
	*" $got "*)	;;
	*)	cat asked
		broken "it ended with $got, not $statuses" ;;
	esac
	look
	for f in $folders; do
		safe $f
	done
	[ -n "$(file f1 new$k)" ] || broken "new$k is lost"
}

# faults SERVER STATUSES RULE ...: and the next run puts it right.
faults()
{
	fault "$@"
	right
}

set_up()
{
	echo 0 >k
	item f1 new0 new0 'New 0'
	item f1 kept kept 'Kept' "$p3:edit 0"
	item f1 also also 'Also kept' "$p3:edit 0"
	for f in 1 2 3; do
		item f$f own$f own$f "Made in f$f"
	done
	sync 0 -i
	same 6
	quiet
}
dav_ring "$t_dir/ring" 3 contacts
t 'a first run' 0 set_up

# What a server answers, or does not, and what its run may end with.  In
# `make check` each is on one of the servers, and those with a + on none.
i=0
while IFS='|' read -r what statuses rules; do
	case $((i += 1))$EX_ALL in
	*[02468])	servers=xandikos ;;
	*[13579])	servers=radicale ;;
	*)		servers='radicale xandikos' ;;
	esac
	case $what in
	+*)	[ "$EX_ALL" ] || continue ;;
	esac
	IFS=';'
	# shellcheck disable=SC2086 # a rule each
	set -- $rules
	unset IFS
	for s in $servers; do
		t "$s: ${what#+}" 0 faults "$s" "$statuses" "$@"
	done
done <<'END'
503 once, with Retry-After|0|PUT 1 status 503 Retry-After:1
429 once, without|0|* 2 status 429
500 for a write, once|0 3|PUT 1 status 500
500 for a deletion, once|0 3|DELETE 1 status 500
+500 for all writes|3|PUT * status 500;DELETE * status 500
412 once, and nothing has changed|0 1 3|PUT 1 status 412
+412 for a deletion|0 1 3|DELETE 1 status 412
412 for all|0 1 3|PUT * status 412
the answer to a write is lost|0 3|PUT 1 lose
+to another one|0 3|PUT 2 lose
+to a deletion|0 3|DELETE 1 lose
the answers to all writes are lost|0 3|PUT * lose;DELETE * lose
a write does not arrive|0 3|PUT 1 drop
+late answers|0|* * delay 0.1
no ETag after a write|0|PUT * noetag
another ETag than the listing's|0|PUT * etag "bogus"
new items get another name, Location|0|PUT * rename location
new items get another name, and it is not told|0|PUT * rename
+conditions are not looked at|0|PUT * blind;DELETE * blind
tokens are not known any more|0|REPORT * badtoken
END

# Not allowed, refused for good, not there.
denied()
{
	fault radicale 1 'PUT * status 403' 'DELETE * status 403'
	[ "$(grep -c 'folder f2' said)" -ge 1 ] || broken 'says nothing'
	right
}
t 'writing is not allowed: said, owed, later done' 0 denied
refused()
{
	fault radicale 1 'PUT * status 422'
	dav_rules radicale 'PUT * status 422'
	dav_forget
	exring sync -q ring.conf >said 2>&1
	[ "$(dav_count radicale '^PUT')" -eq 0 ] ||
		broken 'what was refused was tried again'
	dav_rules radicale
	look
	edit f1 kept "s/^$p3:.*\\r/$p3:once more\\r/"
	edit f1 also "s/^$p3:.*\\r/$p3:once more\\r/"
	edit f1 new$k "s/^$p3:.*\\r/$p3:once more\\r/"
	sync 0
	same 6
	for uid in kept also new$k; do
		everywhere $uid "$p3:once more"
	done
	quiet
}
t 'refused for good: not tried again until it changes' 0 refused
for status in 404 ${EX_ALL:+401 403 410}; do
	t "the collection answers $status: not done, nothing is deleted" 0 \
	    faults radicale '1 2 3' "* * status $status"
done
t 'nobody listens: exit 3' 0 faults radicale 3 '* * drop'

# A listing that breaks off is never a deletion.  $1: what it is of.
broken_off()
{
	dav_rules radicale
	dav_rules xandikos
	for at in $3; do
		dav_rules "$1" "$2 * $4 $at"
		exfetch -a -r ring.conf -s ring.snap >items 2>said
		got=$?
		# Far enough, and no answer is as long.
		case $at:$got in
		*:3|????:0)	;;
		*)	broken "$4 at byte $at: exfetch ended with $got" ;;
		esac
		exdiff -q -s ring.snap items >changes 2>/dev/null
		! grep '"is":"gone"' changes >gone ||
			broken "$4 at byte $at: $(cat gone)"
	done
	dav_rules "$1"
	sync 0
	same 6
}
for s in radicale xandikos; do
	for how in cut short; do
		t "$s: listings, $how" 0 broken_off $s '*' \
		    "40 300 1000 ${EX_ALL:+1 2 $(seq 20 67 1200)}" $how
	done
done

# Servers that can do less, or balk.
less()
{
	busy
	dav_rules radicale "$@"
	sync 0
	look
	everywhere kept "$p3:edit $k"
	dav_forget
	sync 0
	[ "$(dav_count radicale '^PUT\|^DELETE')" -eq 0 ] ||
		broken 'the next run writes'
	right
}
t 'no sync-collection: by ctag' 0 less 'PROPFIND * hide sync-collection' \
    'PROPFIND * hide sync-token' 'REPORT:sync-collection * status 501'
t 'neither' 0 less 'PROPFIND * hide sync-collection' \
    'PROPFIND * hide sync-token' 'PROPFIND * hide getctag' \
    'REPORT:sync-collection * status 501'
t 'no multiget: single GETs' 0 \
    less 'REPORT:addressbook-multiget * status 501'
t 'multiget fails once: in halves' 0 \
    less 'REPORT:addressbook-multiget 1 status 500'

# One item that cannot be read costs that item only.
one_bad()
{
	busy
	edit f2 own2 "s/^$name:.*\\r/$name:Hard to read\\r/"
	dav_rules radicale '* * edit FN:Hard FNHard'
	sync 1
	grep -q 'folder f2: own2' said || broken "it is not said"
	look
	[ -n "$(file f1 own2)" ] && [ -n "$(file f3 own2)" ] ||
		broken 'it was deleted'
	everywhere kept "$p3:edit $k"
	dav_rules radicale
	look
	edit f2 own2 "s/^$name:.*\\r/$name:Easy to read\\r/"
	right
	everywhere own2 "$name:Easy to read"
}
t 'an item that cannot be read: the others go on' 0 one_bad
finish
