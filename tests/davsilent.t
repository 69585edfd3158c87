#!/bin/sh
# Writes to a server that keeps us waiting: told, and put right by the next
# run.  f2 gives it five seconds.  EX_ALL=1: in more ways.
. tests/lib.sh
. "$TOP/tests/servers/davfault.sh"
fault_ring silent 'silence = 5'

servers=radicale
fault_rows <<'END'
at a write, which arrives|3|PUT 1 late 12
+at a write, which arrives later|3|PUT 1 delay 12
+at a deletion, which arrives|0 3|DELETE 1 late 12
+at all writes|3|PUT * stall 0;DELETE * stall 0
+at the first request|3|* * stall 0
+in the middle of what is read back|0 3|REPORT:addressbook-multiget * stall 200
END
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
t 'silence: the server is left alone after a few' 0 patience
finish
