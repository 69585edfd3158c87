# ewsring.sh: rings of vdirs and folders on Exchange
# shellcheck shell=sh disable=SC2034 # used by the tests
#
# Sourced behind lib.sh; ews_begin starts the server, ews_radicale Radicale.
# A folder eN is on Exchange, rN on Radicale, the others are vdirs.  What a
# person does in Outlook is done by the server's /control, which is no client
# of ours; rN has a directory of that name beside, which shows what curl saw
# there last; gN is on Microsoft Graph, see graphring.sh.  Items are told apart
# by their title, which is unique.
#
#	ews_ring DIR KIND FOLDER[=PLACE] ... [-- line for the ring file ...]
#		PLACE: alice@example.test/contacts/Second; $folders, $kind and,
#		by kind: $title (property), $p1 $p2, properties with a text and
#		$f1 $f2, the fields of Exchange, $set and $fset
#	item FOLDER TITLE [line ...]	in a vdir
#	outlook FOLDER TITLE FIELD VALUE	an edit; VALUE null: cleared
#	sets FOLDER TITLE PROPERTY VALUE	likewise, on any side
#	take FOLDER TITLE		deleted, on either side
#	holds FOLDER TITLE PROPERTY VALUE	in a vdir: the line; on
#		Exchange: the field that belongs to it
#	all PROPERTY TITLE VALUE	in every folder
#	count N				items in every folder
#	told_lost FOLDER [PROPERTY]	whose items lack something there (but
#		what matches that), by ./differs (exdiff -p), are those that
#		./said.first tells of
#	quiet [STATUS]			another run writes nothing, and asks each
#		server for three things at most

. "$TOP/tests/ring.sh"
. "$TOP/tests/servers/ews.sh"
box=alice@example.test
ews_cr=$(printf '\r')

ews_radicale()
{
	. "$TOP/tests/servers/dav.sh"
	dav_start
	trap 'server_stop; dav_stop' EXIT
}

ews_kind()
{
	set=CATEGORIES fset=item:Categories
	case $1 in
	contacts)	component=VCARD title=FN
			p1=TITLE f1=contacts:JobTitle
			p2=ROLE f2=contacts:Profession ;;
	events)		component=VEVENT title=SUMMARY
			p1=LOCATION f1=calendar:Location
			p2=DESCRIPTION f2=item:Body ;;
	tasks)		component=VTODO title=SUMMARY
			p1=DESCRIPTION f1=item:Body
			p2=CLASS f2=item:Sensitivity ;;
	esac
}

# The field of a property: ews_field PROPERTY
ews_field()
{
	case $1 in
	"$title")	[ "$kind" = contacts ] && echo DisplayName ||
				echo Subject ;;
	"$p1")		echo "${f1#*:}" ;;
	"$p2")		echo "${f2#*:}" ;;
	"$set")		echo Categories ;;
	*)		echo "$1" ;;
	esac
}

# The fields of $p1, $p2 and the set, by their URIs.
ews_uri()
{
	case $1 in
	"$p1")	echo "$f1" ;;
	"$p2")	echo "$f2" ;;
	"$set")	echo "$fset" ;;
	esac
}

# A collection on Radicale: its lines for the ring file.
ews_collection()
{
	ews_scheme=caldav
	[ "$kind" != contacts ] || ews_scheme=carddav
	dav_url radicale "${PWD##*/}-$1" "$kind"
	dav_make "$kind" "$1" "$dav_url" >&2 || exit
	mkdir "$1" && echo "$dav_url" >"$1/.url"
	printf 'store = %s:%s\n' "$ews_scheme" "$dav_url"
	cat "$dav_auth"
}

ews_ring()
{
	rm -rf "$1" && mkdir "$1" && cd "$1" || exit
	kind=$2
	ews_kind "$kind"
	shift 2
	folders=
	echo s3cret >password && chmod 600 password
	printf '[ring]\nkind = %s\nsnapshot = ring.snap\n' "$kind" >ring.conf
	: >places
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		ews_f=${1%%=*}
		folders="$folders $ews_f"
		printf '\n[folder %s]\n' "$ews_f" >>folders.conf
		case $1 in
		r*)	ews_collection "$ews_f" ;;
		g*)	graph_folder "$ews_f" "${1#*=}" ;;
		*=*)	echo "$ews_f ${1#*=}" >>places
			ews_box=${1#*=} ews_path=${1#*/}
			ews_box=${ews_box%%/*}
			[ "$ews_box" != public ] ||
				ews_path=publicfoldersroot/$ews_path
			printf 'store = ews:%s\nauth = basic\n' "$ews_url"
			printf 'user = alice@example.test\n'
			[ "$ews_box" = public ] ||
				[ "$ews_box" = alice@example.test ] ||
				printf 'mailbox = %s\n' "$ews_box"
			printf 'password-file = password\nfolder = %s\n' \
			    "$ews_path" ;;
		*)	mkdir "$ews_f"
			printf 'store = vdir:%s\n' "$ews_f" ;;
		esac >>folders.conf
		shift
	done
	[ $# -eq 0 ] || shift
	[ $# -eq 0 ] || printf '%s\n' "$@" >>ring.conf
	cat folders.conf >>ring.conf
}

ews_place()
{
	ews_of "$1" places
}

# ews_of FOLDER FILE: what FILE has of it.
ews_of()
{
	while read -r ews_f ews_at; do
		[ "$ews_f" != "$1" ] || echo "$ews_at"
	done <"$2"
}

# What is on Radicale now.
look()
{
	[ ! -e "$1/.url" ] || dav_look "$(cat "$1/.url")" "$1" ||
		broken "$1 cannot be read"
}

# What was written beside, to Radicale.
put()
{
	ews_at=${1%/*} ews_name=${1##*/}
	[ -e "$ews_at/.url" ] || return 0
	dav_put "$(cat "$ews_at/.url")$ews_name" "$1" -H "If-Match: $(
	    sed -n "s/^$ews_name //p" "$ews_at/.names")" ||
		broken "Radicale did not take $1"
}

# A vdir's file of that title.
titled()
{
	look "$1"
	grep -l "^$title:$2.\$" "$1"/*.* 2>/dev/null
}

item()
{
	ews_at=$1 ews_title=$2
	shift 2
	ews_uid=uid-$ews_title
	while [ "${ews_uid#* }" != "$ews_uid" ]; do
		ews_uid=${ews_uid%% *}_${ews_uid#* }
	done
	case $kind in
	contacts)
		card "$ews_at/$ews_uid.vcf" "$ews_uid" "$ews_title" "$@" ;;
	events)
		ews_calendar VEVENT DTSTART:20260301T100000Z \
		    DTEND:20260301T110000Z "$@" >"$ews_at/$ews_uid.ics" ;;
	tasks)
		ews_calendar VTODO 'DUE;VALUE=DATE:20260301' "$@" \
		    >"$ews_at/$ews_uid.ics" ;;
	esac
}

ews_calendar()
{
	ews_what=$1
	shift
	printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:x \
	    "BEGIN:$ews_what" "UID:$ews_uid" DTSTAMP:20260101T000000Z \
	    "SUMMARY:$ews_title" "$@" "END:$ews_what" END:VCALENDAR
}

# change FOLDER TITLE SCRIPT: an edit of a vdir's file.
change()
{
	at=$(titled "$1" "$2") && sed "$3" "$at" >edited &&
	    ! cmp -s edited "$at" && cat edited >"$at" ||
		broken "the edit of $2 in $1 changed nothing"
	put "$at"
}

# more FOLDER TITLE LINE
more()
{
	change "$1" "$2" "s/^END:$component/$3\\r\\n&/"
}

told_lost()
{
	awk -v but="^(${2:-$})" '/^[-~+?]/ { who = /^~/ ? $0 : "" }
	    who != "" && /^ *- / && toupper($2) !~ but { print who }' \
	    differs | sed 's/.*(\(.*\))$/\1/' | sort -u >who
	sed -n "s/^expush: folder $1: uid \(.*\): not kept there: .*/\1/p" \
	    said.first | sort -u | diff who -
}

tell()
{
	ews_tell "$1" >told || broken "$1: $(cat told)"
}

# which FOLDER TITLE: as members of a command.
which()
{
	printf '"folder":"%s","subject":"%s"' "$(ews_place "$1")" "$2"
}

outlook()
{
	case $1 in
	g*)	graph_outlook "$@"
		return ;;
	esac
	ews_value="\"$4\""
	[ "$4" != null ] || ews_value=null
	tell "{\"do\":\"edit\",$(which "$1" "$2"),\"field\":\"$3\",\"value\":$ews_value}"
}

sets()
{
	if [ ! -d "$1" ]; then
		ews_to=$3
		[ "${1#g}" != "$1" ] || ews_to=$(ews_uri "$3")
		outlook "$1" "$2" "$ews_to" "$4"
	elif grep -q "^$3:" "$(titled "$1" "$2")"; then
		change "$1" "$2" "s/^$3:.*/$3:$4\\r/"
	else
		more "$1" "$2" "$3:$4"
	fi
}

take()
{
	case $1 in
	g*)	graph_take "$@"
		return ;;
	esac
	if [ -e "$1/.url" ]; then
		ews_at=$(titled "$1" "$2")
		dav_delete "$(cat "$1/.url")${ews_at##*/}" ||
			broken "Radicale did not delete $2"
	elif [ -d "$1" ]; then
		rm "$(titled "$1" "$2")"
	else
		tell "{\"do\":\"delete\",$(which "$1" "$2"),\"how\":\"MoveToDeletedItems\"}"
	fi
}

holds()
{
	case $1 in
	g*)	graph_holds "$@"
		return ;;
	esac
	if [ -d "$1" ]; then
		ews_at=$(titled "$1" "$2")
		[ -n "$ews_at" ] || broken "$2 is not in $1"
		grep -qx "$3:$4$ews_cr\{0,1\}" "$ews_at" ||
			broken "$2 has no $3:$4 in $1: $(cat "$ews_at")"
		return
	fi
	tell "{\"do\":\"value\",$(which "$1" "$2"),\"field\":\"$(ews_field "$3")\"}"
	ews_is=$(cat told)
	[ "$ews_is" = "$4" ] || broken "$2 has $3:$ews_is in $1, not $4"
}

all()
{
	for f in $folders; do
		holds "$f" "$2" "$1" "$3"
	done
}

# lacks FOLDER TITLE
lacks()
{
	case $1 in
	g*)	graph_lacks "$@"
		return ;;
	esac
	if [ -d "$1" ]; then
		[ -z "$(titled "$1" "$2")" ] || broken "$2 is in $1"
	else
		tell "{\"do\":\"subjects\",\"folder\":\"$(ews_place "$1")\"}"
		! grep -qx "$2" told ||
			broken "$2 is in $1"
	fi
}

nowhere()
{
	for f in $folders; do
		lacks "$f" "$1"
	done
}

number()
{
	case $1 in
	g*)	graph_number "$@"
		return ;;
	esac
	if [ -d "$1" ]; then
		look "$1"
		find "$1" -type f ! -name '.*' | wc -l
	else
		tell "{\"do\":\"count\",\"folder\":\"$(ews_place "$1")\"}"
		cat told
	fi
}

count()
{
	for f in $folders; do
		ews_n=$(number "$f")
		[ "$ews_n" -eq "$1" ] ||
			broken "$f has $ews_n items, not $1: $(cat told)"
	done
}

# What a folder holds and its version marks.
state()
{
	for f in $folders; do
		if [ -e "$f/.url" ]; then
			look "$f"
			sed "s/^/$f /" "$f/.names"
		elif [ -d "$f" ]; then
			marks "$f"
		elif [ "${f#g}" != "$f" ]; then
			graph_state "$f"
		else
			tell "{\"do\":\"marks\",\"folder\":\"$(ews_place "$f")\"}"
			sed "s/^/$f /" told
		fi
	done | sort
}

quiet()
{
	state >before
	tell '{"do":"reset"}'
	sync "${1:-0}"
	ews_asked=$(ews_count requests)
	state | cmp -s - before || broken 'the next run changed something'
	[ "$ews_asked" -le $((${most:-3} * $(wc -l <places))) ] ||
		broken "it asked too often: $ews_asked times"
}
