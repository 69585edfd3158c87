# ring.sh: rings of vdirs, for tests that run exring on them
# shellcheck shell=sh
#
# Sourced behind lib.sh, by ". "$TOP/tests/ring.sh"".  $folders names the
# folders of the ring at hand; a function that finds something wrong says
# what and ends with 99, so call them under t.  tests/servers/davring.sh
# puts servers behind some of the folders.

# fresh DIR N [line for the ring file ...]: a ring of N folders f1 ... fN in
# a new directory, which is the current one then.  $kind: contacts.
fresh()
{
	rm -rf "$1" && mkdir "$1" && cd "$1" || exit
	n=$2
	shift 2
	folders=
	i=0
	printf '[ring]\nkind = %s\nsnapshot = ring.snap\n' "${kind:-contacts}" \
	    >ring.conf
	[ $# -eq 0 ] || printf '%s\n' "$@" >>ring.conf
	while [ $((i += 1)) -le "$n" ]; do
		mkdir "f$i"
		folders="$folders f$i"
		printf '\n[folder f%s]\nstore = vdir:f%s\n' $i $i >>ring.conf
	done
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

# edit FOLDER UID SCRIPT
edit()
{
	at=$(file "$1" "$2") && sed "$3" "$at" >edited &&
	    ! cmp -s edited "$at" && cat edited >"$at" ||
		broken "the edit of $2 in $1 changed nothing"
	put "$at"
}

# add FOLDER UID LINE; $component: VCARD.
add()
{
	edit "$1" "$2" "s/^END:${component:-VCARD}/$3\\r\\n&/"
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

# agree NUMBER: all folders hold the same, and so many items.
agree()
{
	hashes f1 >one
	[ "$(wc -l <one)" -eq "$1" ] ||
		broken "f1 has $(wc -l <one) items and not $1"
	for f in $folders; do
		hashes "$f" | cmp -s - one || broken "$f differs from f1"
	done
}

state()
{
	# shellcheck disable=SC2086
	find $folders -type f -exec stat -c '%n %i %s %y %z' {} + | sort
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
	for f in $folders; do
		grep -q "^$2.\$" "$(file "$f" "$1")" ||
			broken "$1 has no $2 in $f"
	done
}

# nowhere UID
nowhere()
{
	for f in $folders; do
		[ -z "$(file "$f" "$1")" ] || broken "$1 is in $f"
	done
}

# with FOLDER LINE: one more line for that folder in the ring file.
with()
{
	sed "/^store = vdir:$1\$/s/\$/\\n$2/" ring.conf >edited &&
	    cat edited >ring.conf
}
