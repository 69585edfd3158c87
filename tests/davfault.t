#!/bin/sh
# A ring of a vdir, Radicale and Xandikos, when what the servers answer is
# cut, late, wrong or missing: nothing is lost, nothing is deleted that
# nobody deleted, nothing is there twice, and the next run puts it right.
# EX_ALL=1, as `make check-servers` has it: every fault on both servers.
. tests/lib.sh
. "$TOP/tests/servers/davring.sh"
dav_start
EX_ALL=${EX_ALL-}

# more NAME STATUS COMMAND: a test of EX_ALL.
more()
{
	[ -z "$EX_ALL" ] || t "$@"
}

# Edits in f1 that are owed to both servers: a new item, a change of two, and
# a deletion.  $k counts them.
busy()
{
	dav_rules radicale
	dav_rules xandikos
	edits
}

edits()
{
	k=$(cat k)
	k=$((k + 1))
	echo $k >k
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
	+*)	more='more' ;;
	*)	more=t ;;
	esac
	IFS=';'
	# shellcheck disable=SC2086 # a rule each
	set -- $rules
	unset IFS
	for s in $servers; do
		$more "$s: ${what#+}" 0 faults "$s" "$statuses" "$@"
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
+conditions are not looked at, and an answer is lost|0|PUT * blind;PUT 1 lose;DELETE * blind
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

# At whatever byte the listing ends, it is not whole.  (Each of them:
# tests/unit/dav.c; here on what the servers say, on all its length.)
any_byte()
{
	at=0
	while
		dav_rules $1 "REPORT:sync-collection * short $at"
		exfetch -qa -r ring.conf -s ring.snap $2 >items 2>said
		got=$?
		[ $got -ne 0 ]
	do
		[ $got -eq 3 ] || broken "at byte $at it ended with $got"
		! grep -q '"rec":"end"' items ||
			broken "at byte $at it ends well"
		at=$((at + 13))
	done
	[ $at -gt 1000 ] || broken "it has only $at bytes"
	dav_rules $1
}
more 'radicale: a listing that ends at any byte' 0 any_byte radicale f2
more 'xandikos: a listing that ends at any byte' 0 any_byte xandikos f3

# Servers that can do less, or balk; the second time they are known for it.
less()
{
	busy
	dav_rules radicale "$@"
	sync 0
	# A second client, to which the server is as always.
	busy
	item f2 own2 own2 "Edited in f2 $k"
	dav_rules radicale "$@"
	sync 0
	look
	everywhere kept "$p3:edit $k"
	everywhere new$k "$name:New $k"
	everywhere own2 "$name:Edited in f2 $k"
	nowhere new$((k - 1))
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
more 'weak ETags' 0 less '* * edit getetag>" getetag>W/"' 'PUT * noetag'
t 'weak ETags, and none in the answer to a GET' 0 \
    less '* * edit getetag>" getetag>W/"' 'PUT * noetag' 'GET * noetag'
more 'no ETags at all' 0 less '* * hide getetag' 'PUT * noetag' 'GET * noetag'

# What another client writes between our listing and our write is not
# overwritten, whatever the server has for a version mark.
meanwhile()
{
	busy
	sync 0
	dav_rules radicale "$@"
	# The first run under these rules makes them known.
	edits
	sync 0
	edits
	exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap |
	    exmerge >plan || broken 'no plan'
	dav_rules radicale
	look
	edit f2 kept "s/^$name:.*\\r/$name:Edited meanwhile $k\\r/"
	remove f2 also
	dav_rules radicale "$@"
	expush -r ring.conf -s ring.snap plan >results 2>said
	[ $? -eq 3 ] || broken 'it did not see it'
	look
	grep -q "^$name:Edited meanwhile $k" "$(file f2 kept)" ||
		broken 'it was overwritten'
	# It was deleted there and edited here: told, and the edit wins.
	sync 1
	look
	everywhere kept "$name:Edited meanwhile $k"
	right
}
more 'an edit between listing and write' 0 meanwhile
t 'the same, with weak ETags that a GET does not bring' 0 meanwhile \
    '* * edit getetag>" getetag>W/"' 'PUT * noetag' 'GET * noetag'
more 'the same, without ETags' 0 \
    meanwhile '* * hide getetag' 'PUT * noetag' 'GET * noetag'

# One item at which the server breaks down, each time: owed, while it may be
# the server; refused, when it took another in two runs on end.
breaks()
{
	busy
	dav_rules radicale "PUT@/user/contacts-ring-2/new$k- * status 500"
	sync 3
	dav_forget
	sync 3
	[ "$(dav_count radicale '^PUT.* 500')" -eq 5 ] ||
		broken 'it was not tried again'
	edit f1 kept "s/^$p3:.*\\r/$p3:once more\\r/"
	sync 1
	grep -q "folder f2: uid new$k: .*500" said || broken 'says nothing'
	dav_forget
	sync 0
	[ "$(dav_count radicale '^PUT')" -eq 0 ] ||
		broken 'what was refused was tried again'
	dav_rules radicale
	edit f1 kept "s/^$p3:.*\\r/$p3:edit $k\\r/"
	sync 0
	[ -z "$(look; file f2 new$k)" ] || broken 'it was tried again'
	edit f1 new$k "s/^$p3:.*\\r/$p3:another\\r/"
	right
}
t 'a server that breaks down at one item: owed, then refused' 0 breaks

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

# Servers that keep us waiting.  f2 gives them five seconds.
dav_ring "$t_dir/silent" 3 contacts
with f2 'silence = 5'
t 'a first run, with little patience' 0 set_up
while IFS='|' read -r what statuses rules; do
	case $what in
	+*)	more='more' ;;
	*)	more=t ;;
	esac
	IFS=';'
	# shellcheck disable=SC2086 # a rule each
	set -- $rules
	unset IFS
	$more "silence: ${what#+}" 0 faults radicale "$statuses" "$@"
done <<'END'
at a write, which arrives|3|PUT 1 late 12
+at a write, which arrives later|3|PUT 1 delay 12
+at a deletion, which arrives|0 3|DELETE 1 late 12
+at all writes|3|PUT * stall 0;DELETE * stall 0
+at the first request|3|* * stall 0
+in the middle of what is read back|0 3|REPORT:addressbook-multiget * stall 200
END
t 'silence: in the middle of a listing' 0 broken_off radicale REPORT \
    "200 ${EX_ALL:+0 1 300 600}" stall
bodies()
{
	dav_rules radicale 'REPORT:addressbook-multiget * stall 200'
	exfetch -r ring.conf f2 >items 2>said
	[ $? -eq 3 ] || broken "ended with $?"
	! grep '"rec":"end"' items || broken 'it ends well'
	dav_rules radicale
}
more 'silence: in the middle of the bodies' 0 bodies
# Nobody waits for each of many.
patience()
{
	busy
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		item f1 more$i more$i "More $i"
	done
	dav_rules radicale 'PUT * stall 0'
	dav_forget
	sync 3
	[ "$(dav_count radicale '^PUT')" -le 8 ] ||
		broken "it went on and on: $(dav_count radicale '^PUT')"
	dav_rules radicale
	sync 0
	same 18
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		remove f1 more$i
	done
	sync 0 -d all
	right
}
more 'silence: the server is left alone after a few' 0 patience
finish
