#!/bin/sh
# Listings of Radicale and Xandikos that break off, or stop: not whole, and
# never a deletion.  EX_ALL=1: at every place.
. tests/lib.sh
. "$TOP/tests/servers/davfault.sh"
fault_ring ring

# A listing that breaks off is never a deletion.  $1: what it is of.
broken_off()
{
	dav_rules radicale
	dav_rules xandikos
	for at in $3; do
		dav_rules "$1" "$2 * $4 $at"
		exfetch -a -r ring.conf -s ring.snap >items 2>said
		got=$?
		# Where nothing moved, one answer of 600 bytes or more is all.
		case $at:$got in
		*:3|[6-9]??:0|????:0)	;;
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

# Servers that keep us waiting.  f2 gives them five seconds.
fault_ring silent 'silence = 5'
t 'silence: in the middle of a listing' 0 broken_off radicale REPORT \
    "200 ${EX_ALL:+0 1 300 600}" stall
bodies()
{
	dav_rules radicale 'REPORT:addressbook-multiget * stall 200' \
	    'GET * stall 200'
	exfetch -r ring.conf f2 >items 2>said
	[ $? -eq 3 ] || broken "ended with $?"
	! grep '"rec":"end"' items || broken 'it ends well'
	dav_rules radicale
}
more 'silence: in the middle of the bodies' 0 bodies
# Of many alone: each is to be had by itself.
many()
{
	dav_rules radicale 'REPORT:addressbook-multiget * stall 200'
	exfetch -q -r ring.conf f2 >items 2>said || broken "ended with $?"
	[ "$(grep -c '"rec":"item"' items)" -eq 6 ] || broken 'some are missing'
	dav_rules radicale
}
more 'silence: in the middle of many bodies, not of one' 0 many
finish
