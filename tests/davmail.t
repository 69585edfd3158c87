#!/bin/sh
# No server is made to send mail by what a ring writes or deletes: attendees
# go with SCHEDULE-AGENT=CLIENT (RFC 6638, 7.1), a deletion with
# Schedule-Reply: F (8.1); and by default meetings take no part at all.
. tests/lib.sh
. "$TOP/tests/servers/davring.sh"
dav_start

meeting()
{
	printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//x//y \
	    BEGIN:VEVENT UID:meet DTSTAMP:20250101T000000Z \
	    DTSTART:20250301T100000Z DTEND:20250301T110000Z "SUMMARY:$1" \
	    'ORGANIZER;CN=Ann:mailto:ann@example.com' \
	    'ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com' \
	    'ATTENDEE;SCHEDULE-AGENT=SERVER;RSVP=TRUE:mailto:cy@example.com' \
	    'ATTENDEE;SCHEDULE-AGENT=NONE:mailto:dee@example.com' \
	    END:VEVENT END:VCALENDAR >f1/meet.ics
}

# stored FOLDER: the parties in what the server holds, unfolded.
stored()
{
	dav_look "$(cat $1/.url)" $1
	cat $1/*.ics | tr -d '\r' | sed -e ':a' -e 'N' -e '$!ba' \
	    -e 's/\n[ \t]//g' | grep -E '^(ATTENDEE|ORGANIZER)' |
	    sed 's/^\([A-Z]*\).*SCHEDULE-AGENT=\([A-Z]*\).*mailto:\(.*\)/\1 \2 \3/' |
	    sort
}

# Who is whose to invite, as it has to be there.
parties()
{
	cat <<-'END'
	ATTENDEE CLIENT bob@example.com
	ATTENDEE CLIENT cy@example.com
	ATTENDEE NONE dee@example.com
	ORGANIZER CLIENT ann@example.com
	END
}

dav_ring "$t_dir/keep" 3 events
for f in f1 f2 f3; do
	with $f 'meetings = keep'
done
meeting Lunch
t 'a meeting goes to both servers' 0 exring sync -iq ring.conf
for f in f2 f3; do
	parties >out
	t "none of $f's parties is the server's to invite" 0 stored $f
done
: >out
t 'in the vdir they are as they were' 0 sh -c \
    'grep -c "SCHEDULE-AGENT=CLIENT" f1/meet.ics >n; [ "$(cat n)" = 0 ]'
cp f1/meet.ics was
t 'another run' 0 exring sync -q ring.conf
t 'changes nothing' 0 cmp was f1/meet.ics
meeting Dinner
t 'an edit goes too' 0 exring sync -q ring.conf
for f in f2 f3; do
	parties >out
	t "and again nobody is $f's to invite" 0 stored $f
done
rm f1/meet.ics
t 'it is deleted everywhere' 0 exring sync -q -d all ring.conf
printf 'DELETE F\nDELETE F\n' >out
t 'and nobody is answered' 0 sh -c \
    'sed "s/ .* / /" "$1"/radicale.replies "$1"/xandikos.replies' sh "$dav_dir"

dav_ring "$t_dir/skip" 2 events
meeting Lunch
dav_forget
t 'by default' 0 exring sync -iq ring.conf
t 'a meeting is written nowhere' 1 grep PUT "$dav_dir/radicale.log"
finish
