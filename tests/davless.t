#!/bin/sh
# Radicale, when it can do less than it does, balks, or has an item that it
# cannot bear: the ring goes on, and nothing is overwritten that another client
# wrote meanwhile.  EX_ALL=1: in more ways.
. tests/lib.sh
. "$TOP/tests/servers/davfault.sh"
fault_ring ring

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
by_ctag()
{
	less "$@"
	dav_rules radicale "$@"
	sync 0
	dav_forget
	sync 0
	[ "$(dav_count radicale '^PROPFIND')" -le 2 ] ||
		broken 'it was listed, and nothing had changed'
}
t 'no sync-collection: by ctag' 0 \
    by_ctag 'PROPFIND * hide sync-collection' \
    'PROPFIND * hide sync-token' 'REPORT:sync-collection * status 501'
t 'neither' 0 less 'PROPFIND * hide sync-collection' \
    'PROPFIND * hide sync-token' 'PROPFIND * hide getctag' \
    'REPORT:sync-collection * status 501'
# The server has forgotten the token: all is listed, and nothing is written for
# that.
forgotten()
{
	busy
	item f2 own2 own2 "Edited in f2 $k"
	remove f2 new$((k - 1))
	dav_rules radicale 'REPORT:sync-collection * badtoken'
	dav_forget
	sync 0
	[ "$(dav_count radicale '^REPORT.* 403$')" -ge 1 ] ||
		broken 'its token was not refused'
	look
	everywhere kept "$p3:edit $k"
	everywhere own2 "$name:Edited in f2 $k"
	nowhere new$((k - 1))
	right
}
t 'a token that is not known any more: in full' 0 forgotten
t 'no multiget: single GETs' 0 \
    less 'REPORT:addressbook-multiget * status 501'
halves()
{
	busy
	dav_rules radicale "REPORT:addressbook-multiget 1 $1"
	dav_forget
	sync 0
	[ "$(dav_count radicale '^REPORT')" -ge 2 ] ||
		broken 'multiget did not fail'
	[ "$(dav_count radicale '^GET')" -eq 0 ] ||
		broken 'it was read one by one'
	right
}
t 'multiget fails once: in halves' 0 halves 'status 500'
t 'its answer ends too early, and well: the same' 0 halves 'short 200'
more 'weak ETags' 0 less '* * edit getetag>" getetag>W/"' 'PUT * noetag'
t 'weak ETags, and none in the answer to a GET' 0 \
    less '* * edit getetag>" getetag>W/"' 'PUT * noetag' 'GET * noetag'

# A sum of the text is the version then, by which what did not change is known.
by_sum()
{
	set -- '* * hide getetag' 'PUT * noetag' 'GET * noetag'
	less "$@"
	dav_rules radicale "$@" 'PROPFIND * hide sync-collection' \
	    'PROPFIND * hide sync-token' 'PROPFIND * hide getctag' \
	    'REPORT:sync-collection * status 501'
	sync 0
	exfetch -r ring.conf -s ring.snap |
	    sed -n '/"rec":"begin".*"f2"/,/"rec":"end"/p' >items
	grep -q '"rec":"kept"' items || broken 'nothing is known'
	! grep '"rec":"item"' items || broken 'not all is known'
}
more 'no ETags at all' 0 by_sum

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
t 'an edit between listing and write' 0 meanwhile
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
	# What was seen of it had that rule.
	rm f2/own2.vcf
	look
	edit f2 own2 "s/^$name:.*\\r/$name:Easy to read\\r/"
	right
	everywhere own2 "$name:Easy to read"
}
t 'an item that cannot be read: the others go on' 0 one_bad

# What is not to be had now is had later, though it does not move again.
later()
{
	busy
	edit f2 own2 "s/^$name:.*\\r/$name:Had later\\r/"
	dav_rules radicale 'REPORT:addressbook-multiget * status 500' \
	    'GET * status 500'
	exfetch -r ring.conf -s ring.snap >items 2>said
	got=$?
	[ $got -eq 1 ] || broken "ended with $got"
	grep -q '"rec":"end"' items || broken 'it is not whole'
	dav_rules radicale
	exdiff -s ring.snap items 2>/dev/null | exmerge 2>/dev/null |
	    expush -r ring.conf -s ring.snap >results 2>said
	[ $? -le 1 ] || broken 'it was not pushed'
	sync 0
	look
	everywhere own2 "$name:Had later"
	right
}
t 'an item that is not to be had now: the next run has it' 0 later
finish
