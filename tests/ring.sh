# ring.sh: rings of vdirs, for tests that run exring on them
# shellcheck shell=sh disable=SC2034 # used by the tests
#
# Sourced behind lib.sh, by ". "$TOP/tests/ring.sh"".  $folders names the
# folders of the ring at hand; a function that finds something wrong says
# what and ends with 99, so call them under t.  tests/servers/davring.sh
# puts servers behind some of the folders.

# ring_kind KIND: what the items are from here on; contacts, if nothing is
# said.  By it: $component and $ending; $name, the property with the title;
# $p1 ... $p5, lines that may stand once, of which $p1 $p2 $p3 are names of
# properties with a text; $set, a property that may stand several times;
# $stamp, that says when it was changed.
ring_kind()
{
	kind=$1
	case $kind in
	contacts)	component=VCARD ending=.vcf name=FN stamp=REV
			p1=TITLE p2=ROLE p3=NOTE set=TEL
			p4='ORG:o' p5='BDAY:1990-01-02' ;;
	events)		component=VEVENT ;;
	tasks)		component=VTODO ;;
	journals)	component=VJOURNAL ;;
	esac
	[ "$kind" != contacts ] || return 0
	ending=.ics name=SUMMARY stamp=LAST-MODIFIED
	p1=LOCATION p2=URL p3=DESCRIPTION set=CATEGORIES
	p4='PRIORITY:3' p5='CLASS:CONFIDENTIAL'
}
ring_kind contacts

# fresh DIR N [line for the ring file ...]: a ring of N folders f1 ... fN in
# a new directory, which is the current one then.
fresh()
{
	rm -rf "$1" && mkdir "$1" && cd "$1" || exit
	n=$2
	shift 2
	folders=
	i=0
	printf '[ring]\nkind = %s\nsnapshot = ring.snap\n' "$kind" >ring.conf
	[ $# -eq 0 ] || printf '%s\n' "$@" >>ring.conf
	while [ $((i += 1)) -le "$n" ]; do
		folders="$folders f$i"
		printf '\n[folder f%s]\nstore = vdir:f%s\n' $i $i
	done >>ring.conf
	# shellcheck disable=SC2086 # a name each
	mkdir $folders
}

# card FILE UID NAME [line ...]
card()
{
	at=$1
	{
		printf '%s\r\n' BEGIN:VCARD VERSION:3.0 "UID:$2" "FN:$3" \
		    "N:$3;;;;"
		shift 3
		[ $# -eq 0 ] || printf '%s\r\n' "$@"
		printf 'END:VCARD\r\n'
	} >"$at"
}

# three_cards FOLDER
three_cards()
{
	card "$1/ada.vcf" ada 'Ada Example' 'TEL:+1 555 0100' \
	    'EMAIL:ada@one.example' 'NOTE:first' 'X-KEPT:as it is'
	card "$1/bea.vcf" bea 'Bea Example' 'NICKNAME:Bee'
	card "$1/cyd.vcf" cyd 'Cyd Example'
}

# calendar FILE UID TITLE [line ...]: an event or a task.
calendar()
{
	at=$1 uid=$2 title=$3
	shift 3
	if [ $component = VEVENT ]; then
		set -- DTSTART:20260301T100000Z DTEND:20260301T110000Z "$@"
	else
		set -- DUE:20260301T100000Z "$@"
	fi
	printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:x \
	    "BEGIN:$component" "UID:$uid" DTSTAMP:20260101T000000Z \
	    "SUMMARY:$title" "$@" "END:$component" END:VCALENDAR >"$at"
}

# item FOLDER NAME UID TITLE [line ...]: a new one; NAME without .ics.
item()
{
	at=$1/$2$ending uid=$3 title=$4
	shift 4
	if [ $kind = contacts ]; then
		card "$at" "$uid" "$title" "$@"
	else
		calendar "$at" "$uid" "$title" "$@"
	fi
	put "$at"
}

# three_items FOLDER
three_items()
{
	item "$1" ada ada 'Ada Example' "$set:zero" "$p3:first" \
	    'X-KEPT:as it is'
	item "$1" bea bea 'Bea Example' "$p2:bee"
	item "$1" cyd cyd 'Cyd Example'
}

# file FOLDER UID: the file of that item.
file()
{
	grep -l "^UID:$2.\$" "$1"/*.*
}

# put FILE: what is to be done when a file was written.
put()
{
	:
}

# look: what is in the folders now, as files.
look()
{
	:
}

# edit FOLDER UID SCRIPT
edit()
{
	at=$(file "$1" "$2") && sed "$3" "$at" >edited &&
	    ! cmp -s edited "$at" && cat edited >"$at" ||
		broken "the edit of $2 in $1 changed nothing"
	put "$at"
}

# add FOLDER UID LINE
add()
{
	edit "$1" "$2" "s/^END:$component/$3\\r\\n&/"
}

remove()
{
	rm "$(file "$1" "$2")"
}

# move FOLDER UID NAME: it gets that name.
move()
{
	mv "$(file "$1" "$2")" "$1/$3$ending"
}

# swap FOLDER UID UID: their names.
swap()
{
	a=$(file "$1" "$2") b=$(file "$1" "$3")
	mv "$a" moving && mv "$b" "$a" && mv moving "$b"
}

broken()
{
	echo "$*" >&2
	[ ! -s said ] || sed 's/^/  /' said >&2
	exit 99
}

# sync STATUS [option ...]: exring sync, what it says in `said`.
sync()
{
	want=$1
	shift
	exring sync "$@" ring.conf >said 2>&1
	got=$?
	[ $got -eq "$want" ] || broken "exring sync $* ended with $got, not $want"
}

# hashes FOLDER: what its items are, but for their UIDs.
hashes()
{
	exfetch "vdir:$1" | sed -n 's/^{"rec":"item".*,"hash":"\([^"]*\)".*/\1/p' |
	    sort
}

# agree NUMBER: all folders hold the same, but for UIDs, and so many items.
# It is asked so often that one program has to do for all of them.
agree()
{
	for f in $folders; do
		set -- "$@" "$f=vdir:$f"
	done
	agree_n=$1
	shift
	differs=$(exfetch "$@" | awk -F '"' -v want="$agree_n" \
	    -v folders="$folders" '
	$4 == "item" && match($0, /"hash":"[^"]*"/) {
		hash = substr($0, RSTART, RLENGTH)
		all[$8]++
		has[$8, hash]++
		hashes[hash]
	}
	END {
		if (all["f1"] != want)
			print "f1 has " all["f1"] + 0 " items and not " want
		n = split(folders, name, " ")
		for (i = 1; i <= n; i++)
			for (h in hashes)
				if (has[name[i], h] != has["f1", h])
					differs[name[i]]
		for (f in differs)
			print f " differs from f1"
	}')
	[ -z "$differs" ] || broken "$differs"
}

# marks FOLDER ...: the files there, and what a touch would change
marks()
{
	find "$@" -type f -printf '%p %i %s %T@ %C@\n'
}

state()
{
	# shellcheck disable=SC2086
	marks $folders | sort
}

# quiet [STATUS]: another run touches no file.
quiet()
{
	state >before
	sync "${1:-0}"
	state | cmp -s - before || broken 'the next run touched a file'
}

# everywhere UID LINE: the item has this line in every folder.
everywhere()
{
	holders "$1"
	[ "$holds" = "$folders" ] || broken "$1 is in$holds"
	# shellcheck disable=SC2086 # a name each
	lacks=$(grep -L "^$2.\$" $held)
	[ -z "$lacks" ] || broken "no $2 in $lacks"
}

# holders UID: into $held and $holds, its files and the folders that have it.
# No file of an item that is asked for has a blank in its name.
holders()
{
	# shellcheck disable=SC2046,SC2086 # a name each
	held=$(grep -l "^UID:$1.\$" $(printf '%s/*.* ' $folders))
	holds=
	for holder in $held; do
		holds="$holds ${holder%/*}"
	done
}

# has FOLDER UID LINE
has()
{
	at=$(file "$1" "$2") && grep -q "^$3.\$" "$at"
}

# members UID VALUE ...: the set has them everywhere, in one line or several.
members()
{
	uid=$1
	shift
	for i do
		everywhere "$uid" "$set:\(.*,\)*$i\(,.*\)*"
	done
}

# nowhere UID
nowhere()
{
	holders "$1"
	[ -z "$holds" ] || broken "$1 is in$holds"
}

# with FOLDER LINE: one more line for that folder in the ring file.
with()
{
	sed "/^store = vdir:$1\$/s/\$/\\n$2/" ring.conf >edited &&
	    cat edited >ring.conf
}

# forgetful FOLDER PROPERTY: a store that cannot hold it.
forgetful()
{
	printf '{"quirks":["drop=%s"]}\n' \
	    "$(echo "$2" | tr '[:upper:]' '[:lower:]')" >"$1.mem"
	sed "s/^store = vdir:$1\$/store = mem:$1.mem/" ring.conf >edited &&
	    cat edited >ring.conf
}

# within FOLDER NUMBER TEXT: so many of its items have that.
within()
{
	from=vdir:$1
	[ ! -e "$1.mem" ] || from=mem:$1.mem
	[ "$(exfetch "$from" | grep '^{"rec":"item"' | grep -c "$3")" -eq "$2" ] ||
		broken "$1 has not $2 of $3: $(exfetch "$from")"
}
