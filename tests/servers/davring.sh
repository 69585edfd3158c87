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
#		ring.sh's ring_kind and fresh at once
#	look			in all folders
#	quiet [STATUS]		another run changes nothing, and asks little
#	same NUMBER		ring.sh's agree, of what is there now

. "$TOP/tests/ring.sh"
. "$TOP/tests/servers/dav.sh"

dav_ring()
{
	ring_kind "$3"
	dav_dir_name=$1 dav_n=$2
	shift 3
	fresh "$dav_dir_name" "$dav_n" "$@"
}

# A collection for each folder but the first, of the ring's name and kind.
fresh()
{
	dav_n=$2
	rm -rf "$1" && mkdir "$1" && cd "$1" || exit
	dav_ring_name=${1##*/}
	shift 2
	dav_rules radicale
	dav_rules xandikos
	case $kind in
	contacts)	scheme=carddav ;;
	*)		scheme=caldav ;;
	esac
	printf '[ring]\nkind = %s\nsnapshot = ring.snap\n' "$kind" >ring.conf
	[ $# -eq 0 ] || printf '%s\n' "$@" >>ring.conf
	folders=
	dav_urls=
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
		dav_url "$dav_server" "$kind-$dav_ring_name-$i" "$kind"
		dav_urls="$dav_urls $dav_url"
		echo "$dav_url" >f$i/.url
		printf '\n[folder f%s]\nstore = %s:%s\n' $i "$scheme" "$dav_url"
		cat "$dav_auth"
	done >>ring.conf
	# shellcheck disable=SC2086 # a URL each
	dav_make "$kind" "$dav_ring_name" $dav_urls >&2 || exit
}

# with FOLDER LINE: one more line for that folder in the ring file.
with()
{
	sed "/^\[folder $1\]\$/s/\$/\\n$2/" ring.conf >edited &&
	    cat edited >ring.conf
}

look()
{
	set --
	for f in $folders; do
		[ -e "$f/.url" ] || continue
		read -r dav_url <"$f/.url"
		set -- "$@" "$dav_url" "$f"
	done
	dav_look "$@" || broken 'a server cannot be read'
}

# What is written to a server replaces what was seen there, and that only.
put()
{
	dav_where=${1%/*} dav_name=${1##*/}
	[ -e "$dav_where/.url" ] || return 0
	[ -e "$dav_where/.names" ] || : >"$dav_where/.names"
	dav_etag=$(sed -n "s/^$dav_name //p" "$dav_where/.names")
	if [ "$dav_etag" = '?' ]; then
		# Twice since we looked.
		cp "$1" twice
		dav_look "$(cat "$dav_where/.url")" "$dav_where"
		mv twice "$1"
		dav_etag=$(sed -n "s/^$dav_name //p" "$dav_where/.names")
	fi
	if [ -n "$dav_etag" ]; then
		set -- "$1" -H "If-Match: $dav_etag"
	else
		set -- "$1" -H 'If-None-Match: *'
	fi
	dav_at=$1
	shift
	dav_put "$(cat "$dav_where/.url")$dav_name" "$dav_at" "$@" ||
		broken "the server did not take $dav_at"
	sed "/^$dav_name /d" "$dav_where/.names" >names
	echo "$dav_name ?" >>names
	mv names "$dav_where/.names"
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
			marks "$f"
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

# forgetful FOLDER PROPERTY: its server does not keep it, what proxy.py does.
forgetful()
{
	dav_path=$(cat "$1/.url")
	case $dav_path in
	"$radicale"/*)	dav_rules radicale \
			    "PUT@${dav_path#"$radicale"} * strip $2" ;;
	*)		dav_rules xandikos \
			    "PUT@${dav_path#"$xandikos"} * strip $2" ;;
	esac
}

# The items of a folder are what was seen there.
within()
{
	[ "$(exfetch "vdir:$1" | grep '^{"rec":"item"' | grep -c "$3")" -eq \
	    "$2" ] || broken "$1 has not $2 of $3: $(exfetch "vdir:$1")"
}
