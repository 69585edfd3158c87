#!/bin/sh
# Servers that mean harm: each is refused with a message, or what is wrong
# with it is left out; memory is bounded, nothing that is secret goes to
# another host, and no message drives a terminal.
. tests/lib.sh
. "$TOP/tests/servers/dav.sh"

missing=$(dav_missing)
[ -z "$missing" ] || skip_all "needs $missing"
dav_hostile

# Data of its own (KiB); with sanitizers there is no such bound.
case $EX_BUILD in
*/san) bound='' ;;
*) bound='ulimit -d 200000;' ;;
esac

# fetch CASE: status and messages of a listing, and what it found.
fetch()
{
	rm -f items said
	: >"$dav_dir/other.log"
	timeout 100 sh -c "$bound exec exfetch \"\$@\"" sh \
	    "x=carddav:http://user@127.0.0.1:$hostile/$1/" >items 2>said
	got=$?
}

# one_line: what is said is one line of plain characters.
one_line()
{
	[ "$(wc -l <said)" -eq 1 ] || {
		echo "it says: $(cat said)"
		return 1
	}
	! LC_ALL=C grep -n '[^ -~]' said
}

# refused CASE WHY: it fails, in one line with WHY, and nothing ends well.
refused()
{
	fetch "$1"
	[ $got -eq 2 ] || [ $got -eq 3 ] || {
		echo "ended with $got"
		cat said
		return 1
	}
	one_line || return
	grep -q "$2" said || {
		echo "it says: $(cat said)"
		return 1
	}
	! grep '"rec":"end"' items
}

# good CASE: the three cards are found, and nothing else.
good()
{
	fetch "$1"
	[ $got -le 1 ] || {
		echo "ended with $got"
		cat said
		return 1
	}
	[ "$(grep -c '"rec":"item"' items)" -eq 3 ] &&
	    grep -q '"rec":"end"' items || {
		cut -c1-200 items
		return 1
	}
}

# alone: the other host was not asked for anything.
alone()
{
	[ ! -s "$dav_dir/other.log" ] || {
		cat "$dav_dir/other.log"
		return 1
	}
}

t 'as it should be' 0 good good
for case in \
    blanks:'a gigabyte of blanks' \
    long-text:'a gigabyte of one text' \
    long-card:'a gigabyte of one card' \
    long-error:'a gigabyte of an error' \
    gzip:'a gigabyte, in a few kilobytes' \
    gzip-one:'the same in one piece' \
    headers:'headers without end' \
    header:'one header without end' \
    deep:'a million elements in each other' \
    attributes:'300,000 attributes' \
    name:'a name without end' \
    bomb:'an entity bomb' \
    nul:'NUL bytes' \
    pages:'pages without end' \
    same-page:'the same page again and again' \
    circle:'a redirect in a circle' \
    control:'bytes that drive a terminal'
do
	t "${case#*:}: refused" 0 refused "${case%%:*}" "127.0.0.1:$hostile"
done

elsewhere()
{
	refused "$1" "$2" && alone
}
t 'an external entity: refused, not fetched' 0 elsewhere external ''
t 'a file as an entity' 0 elsewhere file ''
for status in redirect redirect-late redirect-see; do
	t "$status to another host: refused, and it is named" 0 \
	    elsewhere $status "127.0.0.1:$other"
done

hrefs()
{
	good hrefs && alone && ! LC_ALL=C grep -n '[^ -~]' said
}
t 'hrefs out of the collection and to others are no items' 0 hrefs
etags()
{
	good control-etag && ! LC_ALL=C grep -n '[^ -~]' said
}
t 'ETags with control characters' 0 etags
t 'slow, but not wrong' 0 good drip
t 'a million members that are no cards' 0 good million
finish
