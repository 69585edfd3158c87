#!/bin/sh
# The test server of Microsoft Graph, used by Microsoft's own client for
# JavaScript, from npm (tests/interop/run gets it): it creates, reads, changes,
# lists by pages and by delta, sends batches, deletes.  What it asks for is by
# Microsoft's types, and nothing of it without a source.
. tests/lib.sh
. "$TOP/tests/servers/graph.sh"
modules=$EX_BUILD/interop

missing=$(graph_missing)
[ -z "$missing" ] || skip_all "needs $(echo "$missing" | tr '\n' ' ')"
[ -d "$modules/node_modules/@microsoft/microsoft-graph-client" ] ||
	skip_all 'needs what tests/interop/run gets'
cp "$TOP/tests/interop/graphclient.mjs" "$modules/graphclient.mjs" || exit
graph_start

client()
{
	graph_tell '{"do":"fresh"}' >/dev/null
	node "$modules/graphclient.mjs" "$graph_url" "$1" && graph_clean
}
cat >out <<END
made Made true
changed Changed true
stale 412 ErrorIrresolvableConflict
delta 1 true Changed
no such member 400 RequestBodyRead
gone deleted 404 ErrorItemNotFound
batch 18 listed 18 true
deleted 18 left 0
END
t "Microsoft's client: contacts" 0 client contacts
cat >out <<END
made Made true
changed Changed true
delta 1 true
gone 404 ErrorItemNotFound
series seriesMaster Series 02, Other 03, Series 05
batch 18 listed 18 true
deleted 18 left 0
END
t "Microsoft's client: events" 0 client events
cat >out <<END
made Made true
changed Changed true
extension kept
delta 1 true Changed
status completed
gone true 404 ErrorItemNotFound
batch 18 listed 18 true
deleted 18 left 0
END
t "Microsoft's client: tasks" 0 client tasks

# It is told to wait, and does; graph_clean would tell of too short a pause.
throttled()
{
	graph_tell '{"do":"fresh"}' >/dev/null
	graph_tell '{"do":"fault","kind":"status","status":429,"code":"TooManyRequests","op":"GET contacts*","every":3,"times":0,"head":{"Retry-After":"1"}}' >/dev/null
	node "$modules/graphclient.mjs" "$graph_url" contacts | tail -n 2
	[ "$(graph_count status:429)" -gt 2 ] || graph_count status:429
	graph_clean
}
printf '%s\n' 'batch 18 listed 18 true' 'deleted 18 left 0' >out
t 'throttled, it waits as it is told' 0 throttled

# A ring's folder, in which it edits what we wrote.
ring()
{
	graph_tell '{"do":"fresh"}' >/dev/null
	mkdir v && printf '%s\r\n' BEGIN:VCARD VERSION:4.0 UID:u1 FN:Ada \
	    'N:;Ada;;;' X-KEPT:kept END:VCARD >v/1.vcf
	cat >ring.conf <<END
[ring]
kind = contacts
snapshot = ring.snap
[folder v]
store = vdir:v
[folder g]
store = graph:$graph_url
login = $graph_url
token-command = echo token-one
mailbox = alice@one.example.test
END
	exring sync -iq ring.conf || return
	node "$modules/graphclient.mjs" "$graph_url" rename Ada Eve || return
	exring sync -q ring.conf || return
	grep -a -e ^FN -e ^X-KEPT v/1.vcf | tr -d '\r'
	graph_clean
}
printf 'FN:Eve\nX-KEPT:kept\n' >out
t 'it edits what a ring wrote: the ring has it, and loses nothing' 0 ring
finish
