#!/bin/sh
# A ring of a vdir, Radicale and Xandikos, when what the servers answer is
# late, wrong or missing: nothing is lost, nothing is deleted that nobody
# deleted, nothing is there twice, and the next run puts it right.  EX_ALL=1,
# as `make check-servers` has it: every fault on both servers.
. tests/lib.sh
. "$TOP/tests/servers/davfault.sh"
fault_ring ring

# What a server answers, or does not, and what its run may end with.
servers='radicale xandikos'
fault_rows <<'END'
503 once, with Retry-After|0|PUT 1 status 503 Retry-After:1
503 for a listing, once|0|REPORT 1 status 503 Retry-After:1
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
# It is said what the server said, so it was not taken for an empty one that
# the guards then saw to.
not_there()
{
	fault radicale '2 3' "* * status $1"
	grep -q "folder f2: .*$1" said || broken "it does not say $1"
	right
}
for status in 404 ${EX_ALL:+401 403 410}; do
	t "the collection answers $status: not done, nothing is deleted" 0 \
	    not_there $status
done
t 'nobody listens: exit 3' 0 faults radicale 3 '* * drop'
finish
