# davring.sh: rings of a vdir and of folders on Radicale and Xandikos
# shellcheck shell=sh disable=SC2034 # used by the tests
#
# Sourced behind lib.sh; it brings ring.sh and dav.sh, whose dav_start is
# called next.  f1 is a vdir; f2, f4 ... are on Radicale, f3, f5 ... on
# Xandikos.  Each of these has a directory of its name beside, which shows what
# a second client saw there last (look), and which it edits from: so what
# ring.sh has works on all.
#
#	dav_ring DIR N KIND [line for the ring file ...]
#		$kind, $folders, and by kind $p1 $p2 $p3, properties with a
#		text, $set, one that may stand several times, and $name
#	look			in all folders
#	item FOLDER NAME UID TITLE [line ...]	a new one; NAME without .ics
#	remove FOLDER UID
#	move FOLDER UID NAME	gone, and there again under that name
#	quiet [STATUS]		another run changes nothing, and asks little
#	same NUMBER		ring.sh's agree, of what is there now

. "$TOP/tests/ring.sh"
. "$TOP/tests/servers/dav.sh"

dav_ring()
{
	dav_n=$2
	kind=$3
	rm -rf "$1" && mkdir "$1" && cd "$1" || exit
	case $kind in
	contacts)	component=VCARD ending=.vcf scheme=carddav name=FN
			p1=TITLE p2=ROLE p3=NOTE set=TEL ;;
	events)		component=VEVENT ending=.ics scheme=caldav
			name=SUMMARY p1=LOCATION p2=URL p3=DESCRIPTION
			set=CATEGORIES ;;
	tasks)		component=VTODO ending=.ics scheme=caldav
			name=SUMMARY p1=LOCATION p2=URL p3=DESCRIPTION
			set=CATEGORIES ;;
	esac
	dav_ring_name=${1##*/}
	shift 3
	printf '[ring]\nkind = %s\nsnapshot = ring.snap\n' "$kind" >ring.conf
	[ $# -eq 0 ] || printf '%s\n' "$@" >>ring.conf
	folders=
	i=0
	while [ $((i += 1)) -le "$dav_n" ]; do
		mkdir "f$i"
		folders="$folders f$i"
		case $i in
		1)	printf '\n[folder f1]\nstore = vdir:f1\n'
			continue ;;
		*[02468])	dav_server=radicale ;;
		*)		dav_server=xandikos ;;
		esac
		dav_make "$dav_server" "$dav_ring_name-$i" "$kind" >&2 || exit
		echo "$dav_url" >f$i/.url
		: >f$i/.names
		printf '\n[folder f%s]\nstore = %s:%s\n' $i "$scheme" "$dav_url"
		cat "$dav_auth"
	done >>ring.conf
}

# with FOLDER LINE: one more line for that folder in the ring file.
with()
{
	sed "/^\[folder $1\]\$/s/\$/\\n$2/" ring.conf >edited &&
	    cat edited >ring.conf
}

look()
{
	for f in $folders; do
		[ ! -e "$f/.url" ] || dav_look "$(cat "$f/.url")" "$f" ||
			broken "$f cannot be read"
	done
}

# What is written to a server replaces what was seen there, and that only.
put()
{
	dav_where=${1%/*} dav_name=${1##*/}
	[ -e "$dav_where/.url" ] || return 0
	dav_etag=$(sed -n "s/^$dav_name //p" "$dav_where/.names")
	if [ -n "$dav_etag" ]; then
		set -- "$1" -H "If-Match: $dav_etag"
	else
		set -- "$1" -H 'If-None-Match: *'
	fi
	dav_at=$1
	shift
	dav_put "$(cat "$dav_where/.url")$dav_name" "$dav_at" "$@" ||
		broken "the server did not take $dav_at"
}

item()
{
	dav_at=$1/$2$ending dav_uid=$3 dav_title=$4
	shift 4
	case $kind in
	contacts)
		card "$dav_at" "$dav_uid" "$dav_title" "$@" ;;
	events)
		dav_calendar VEVENT DTSTART:20260301T100000Z \
		    DTEND:20260301T110000Z "$@" ;;
	tasks)
		dav_calendar VTODO DUE:20260301T100000Z "$@" ;;
	esac >"$dav_at.new"
	[ "$kind" = contacts ] || cat "$dav_at.new" >"$dav_at"
	rm "$dav_at.new"
	put "$dav_at"
}

dav_calendar()
{
	dav_what=$1
	shift
	printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:x \
	    "BEGIN:$dav_what" "UID:$dav_uid" DTSTAMP:20260101T000000Z \
	    "SUMMARY:$dav_title" "$@" "END:$dav_what" END:VCALENDAR
}

remove()
{
	dav_at=$(file "$1" "$2") || broken "$2 is not in $1"
	rm "$dav_at"
	[ -e "$1/.url" ] || return 0
	dav_delete "$(cat "$1/.url")${dav_at##*/}" ||
		broken "the server did not delete $dav_at"
	sed -i "/^${dav_at##*/} /d" "$1/.names"
}

move()
{
	dav_at=$(file "$1" "$2") || broken "$2 is not in $1"
	cp "$dav_at" moving
	remove "$1" "$2"
	mv moving "$1/$3$ending"
	put "$1/$3$ending"
}

swap()
{
	dav_a=$(file "$1" "$2") dav_b=$(file "$1" "$3")
	cp "$dav_a" a && cp "$dav_b" b
	remove "$1" "$2"
	remove "$1" "$3"
	mv b "$dav_a"
	mv a "$dav_b"
	put "$dav_a"
	put "$dav_b"
}

# The state of all folders: a vdir's files, a server's version marks.
state()
{
	look
	for f in $folders; do
		if [ -e "$f/.url" ]; then
			sed "s|^|$f |" "$f/.names"
		else
			find "$f" -type f -exec stat -c '%n %i %s %y %z' {} +
		fi
	done | sort
}

# Two requests a folder, see ring.conf.
quiet()
{
	state >before
	dav_forget
	sync "${1:-0}"
	cat "$dav_dir"/*.log >requests
	state | cmp -s - before || broken 'the next run changed something'
	[ "$(wc -l <requests)" -le $((2 * (dav_n - 1))) ] ||
		broken "it asked too often: $(cat requests)"
}

same()
{
	look
	agree "$1"
}
