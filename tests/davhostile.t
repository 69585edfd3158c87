#!/bin/sh
# Servers that mean harm: each is refused with a message, or what is wrong
# with it is left out; memory is bounded, nothing that is secret goes to
# another host, and no message drives a terminal.
. tests/lib.sh
. "$TOP/tests/servers/dav.sh"
dav_hostile

# Data of its own (KiB): a card of EX_CAP_ITEM needs most.
least=32000 usual=48000 most=120000

# fetch CASE [BOUND]: status and messages of a listing, and what it found.
# With sanitizers there is no bound.
fetch()
{
	rm -f items said
	: >"$dav_dir/other.log"
	: >"$dav_dir/hostile.log"
	bound="ulimit -d ${2:-$usual};"
	[ "$EX_BUILD" = "${EX_BUILD%/san}" ] || bound=
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

# good CASE [BOUND]: the three cards are found, and nothing else.
good()
{
	fetch "$@"
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
# What each is refused for, so that no other mishap passes for it.  Of several
# pieces of gzip libcurl reads one, and says different things of the others.
while IFS='|' read -r case what why; do
	t "$what: refused" 0 refused "$case" "127.0.0.1:$hostile/$case/.*: $why"
done <<'END'
blanks|a gigabyte of blanks|its answer is too long$
long-text|a gigabyte of one text|a value is too long$
hrefs|a gigabyte of hrefs of one response|a response is too long$
etags|a gigabyte of ETags of one|a response is too long$
tokens|a gigabyte of tokens|a response is too long$
homes-many|a gigabyte of homes|a response is too long$
long-error|a gigabyte of an error|its answer is too long$
gzip|a gigabyte, in a few kilobytes|
gzip-one|the same in one piece|its answer is too long$
headers|headers without end|its headers are too long$
header|one header without end|a line of its headers is too long$
deep|a million elements in each other|elements too deep in each other$
attributes|300,000 attributes|a tag or comment is too long$
name|a name without end|a tag or comment is too long$
bomb|an entity bomb|a document type, which is not read$
nul|NUL bytes|a NUL byte$
pages|pages without end|the pages of its listing do not end$
books|5,000 address books|more than 4096 collections$
part|a part of what there is|the server lists only a part of it$
control|bytes that drive a terminal|a header with control bytes$
END

circle()
{
	refused circle '307 Temporary Redirect, after 5 others$' &&
	    [ "$(wc -l <"$dav_dir/hostile.log")" -eq 6 ]
}
t 'a redirect in a circle: followed five times' 0 circle

# It need not ask a thousand times to see that.
soon()
{
	refused "$1" 'do not end' &&
	    [ "$(grep -c sync-collection "$dav_dir/hostile.log")" -le 3 ]
}
t 'the same page again and again: refused at once' 0 soon same-page
t 'pages with nothing in them: refused at once' 0 soon empty-page

elsewhere()
{
	refused "$1" "$2" && alone
}
t 'an external entity: refused, not fetched' 0 \
    elsewhere external 'a document type, which is not read'
# What is refused of many at once is asked for one by one.
a_file()
{
	good file && ! grep 'root:' items said && alone
}
t 'a file as an entity: not read' 0 a_file

late()
{
	good redirect-late && alone
}
t 'a later redirect there: not followed' 0 late

# An answer to what was asked for may not lead there, either.
t 'another host in what was asked for: refused' 0 \
    elsewhere body 'an href leads to another host'

# Such a card costs itself only.
long_card()
{
	fetch long-card $most
	[ $got -eq 1 ] && one_line && grep -q 'a.vcf: ' said &&
	    [ "$(grep -c '"rec":"item"' items)" -eq 2 ] &&
	    grep -q '"rec":"bad"' items && grep -q '"rec":"end"' items || {
		echo "ended with $got: $(cat said)"
		return 1
	}
}
t 'a gigabyte of one card: it is bad, the others are items' 0 long_card
for status in redirect redirect-see; do
	t "$status to another host: refused, and it is named" 0 elsewhere \
	    $status "which is not followed: http://127.0.0.1:$other/stolen/\$"
done

# Refused, or left out: nothing is asked for elsewhere.
href()
{
	fetch "href-$1"
	case $1:$got in
	# Whoever names members of another place may not have named ours.
	[0-4678]:[23])
		one_line && grep -q 'an href' said &&
		    ! grep '"rec":"end"' items ;;
	[0-4678]:*)
		echo "ended with $got" && false ;;
	*:[23])	one_line && ! grep '"rec":"end"' items ;;
	*)	[ "$(grep -c '"rec":"item"' items)" -ge 3 ] ;;
	esac || return
	alone && ! LC_ALL=C grep -n '[^ -~]' said || return
	# Only what is below the collection is asked for.
	! grep -v "^[A-Z]* /href-$1/\([^/.][^/]*\)\? [a-z-]*\$" \
	    "$dav_dir/hostile.log"
}
i=-1
for what in 'dot segments' 'escaped dot segments' 'an escaped slash' \
    'another host' 'another host, no scheme' 'dots, relative' \
    'another collection' 'out of it and further' 'a file' 'CR and LF' NUL \
    nothing 'no URL' 'a broken escape' '100,000 bytes'
do
	t "an href with $what: refused, or no item" 0 href $((i += 1))
done
etags()
{
	good control-etag && ! LC_ALL=C grep -n '[^ -~]' said
}
t 'ETags with control characters' 0 etags
short()
{
	good "$1" && ! grep -E 'e{4500}|1{4500}' items
}
t 'ETags of 5,000 bytes: by what is in them' 0 short long-etag
t 'a token of 5,000 bytes: listed without' 0 short long-token
t 'slow, but not wrong' 0 good drip
t 'pages, as a propstat says' 0 good page-propstat
t 'a collection by the name of a card' 0 good child
t 'a host whose well-known URL is itself an address book' 0 good ''
t 'two homes that are one' 0 good homes

by_get()
{
	good replaced && [ "$(grep -c 'by GET' items)" -eq 3 ]
}
t 'what XML cannot hold: by GET' 0 by_get

# A server that breaks down at each of many is not asked for all of them.  A
# few may be told of by their names before it is left alone.
ill()
{
	fetch ill
	[ $got -eq 3 ] && ! grep '"rec":"end"' items || return
	tail -n 1 said | grep -q 'ill/.*: 500 ' && [ "$(wc -l <said)" -le 12 ] &&
	    [ "$(grep -c 'multiget\|^GET' "$dav_dir/hostile.log")" -le 20 ]
}
t 'a server that breaks down at all of many: left alone' 0 ill

# asked WHAT: how many requests there were that are so.
asked()
{
	grep -c "$1" "$dav_dir/hostile.log"
}

# thousand CASE GETS MULTIGETS: all of them, by so many, and at most so many.
thousand()
{
	fetch "$1"
	[ $got -eq 0 ] && [ "$(grep -c '"rec":"item"' items)" -eq 1000 ] || {
		echo "ended with $got: $(cat said)"
		return 1
	}
	[ "$(asked ^GET)" -eq "$2" ] && [ "$(asked multiget)" -le "$3" ] || {
		echo "$(asked ^GET) by GET, $(asked multiget) multigets"
		return 1
	}
}

# It gives ten at once: it is not asked for a hundred again and again (that
# were 310 requests; four under way that are a bit too large at once make up
# to 260), nor for each one alone.
for status in 413 500; do
	t "at most ten at once, else $status: smaller batches" 0 \
	    thousand balks-$status 0 300
done

t 'several batches are under way at once' 0 thousand pairs 0 10

# That it has no multiget is seen once: by those that are under way then.
t 'no multiget: it is not asked for again' 0 thousand unable 1000 5
t 'a million that are no cards, in the room of a thousand' 0 \
    good many-1000000 $least
finish
