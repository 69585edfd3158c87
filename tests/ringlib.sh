# ringlib.sh: rings of vdirs for the shell tests; read after lib.sh
# shellcheck shell=sh disable=SC2034,SC2317 # used by the tests
#
#	conf [line ...]			ring.conf begins
#	folder NAME [line ...]		and has a folder more, a vdir
#	card FILE UID NAME [line ...]	a card; UID may be empty
#	event FILE UID SUMMARY [line ...]
#	edit FILE SCRIPT		by sed, and it must change something
#	file FOLDER UID			the path of that item
#	run [option of exdiff ...]	the whole pipe; prints what was written,
#					sorted; its status is the worst
#	settled				waits until files are not racy any more

conf()
{
	printf '%s\n' '[ring]' "kind = ${kind:-contacts}" \
	    'snapshot = ring.snap' "$@" >ring.conf
}

folder()
{
	mkdir -p "$1"
	printf '[folder %s]\nstore = vdir:%s\n' "$1" "$1" >>ring.conf
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" >>ring.conf
}

# afresh: nothing is there.
afresh()
{
	cd "$t_dir" && rm -rf ring && mkdir ring && cd ring || exit
}

card()
{
	at=$1
	{
		printf '%s\r\n' BEGIN:VCARD VERSION:3.0
		[ -z "$2" ] || printf 'UID:%s\r\n' "$2"
		printf '%s\r\n' "FN:$3" "N:$3;;;;"
		shift 3
		[ $# -eq 0 ] || printf '%s\r\n' "$@"
		printf 'END:VCARD\r\n'
	} >"$at"
}

event()
{
	at=$1
	{
		printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:x \
		    BEGIN:VEVENT "UID:$2" DTSTAMP:20260101T000000Z \
		    DTSTART:20260301T100000Z "SUMMARY:$3"
		shift 3
		[ $# -eq 0 ] || printf '%s\r\n' "$@"
		printf '%s\r\n' END:VEVENT END:VCALENDAR
	} >"$at"
}

edit()
{
	sed "$2" "$1" >edited && ! cmp -s edited "$1" && cat edited >"$1" &&
	    rm edited && return
	echo "the edit of $1 changed nothing" >&2
	exit 99
}

file()
{
	grep -l "^UID:$2.\$" "$1"/*
}

run()
{
	{ exfetch -r ring.conf -s ring.snap; echo $? >st.1; } |
	    { exdiff "$@" -s ring.snap; echo $? >st.2; } |
	    { exmerge -q; echo $? >st.3; } |
	    { expush -q -r ring.conf -s ring.snap; echo $? >st.4; } >results
	sed -n 's/^{"rec":"\(done\|failed\)","op":"\([a-z]*\)","folder":"\([^"]*\)","uid":"\([^"]*\)".*/\1 \2 \4 in \3/; T
	    s/^done //; s/^failed/no/; p' results | sort
	worst_status
	return "$worst"
}

# plan: the lines of the plan that do something, or leave an item; a line
# that brings only a file's new version mark does not count.
plan()
{
	exfetch -r ring.conf -s ring.snap | exdiff -s ring.snap | exmerge -q |
	    grep '^{"rec":"plan"' | grep -v '"ops":\[\],"conflicts":\[\]}$' |
	    grep .
}

# has FOLDER UID LINE: the item's file there has the line.
has()
{
	at=$(file "$1" "$2") && grep -q "^$3.\$" "$at"
}

settled()
{
	sleep 2.1
}
