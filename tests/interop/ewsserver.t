#!/bin/sh
# The test server of Exchange Web Services: by its own checks, against what
# real servers were recorded to answer, and by exchangelib, which knows
# nothing of it.  No mail is sent, and every answer is by the schema.
. tests/lib.sh
. "$TOP/tests/servers/ews.sh"

missing=$(ews_missing)
[ -z "$missing" ] || skip_all "needs $(echo $missing)"

check()
{
	/usr/bin/python3 -I "$TOP/tests/servers/ewscheck.py" "$@"
}

# A server of its own for each.  The documentation's examples would send
# mails, and the check of the counter does.
one()
{
	ews_again -a basic,bearer
	check "$ews_top" "$MATERIAL" "$1" 2>&1 || return
	case $1 in
	mails|examples)	ews_clean | sed '/^mails/d' ;;
	*)		ews_clean ;;
	esac
}

ews_start
for name in $(check | grep -v -e '^before$' -e '^after$'); do
	t "the server: $name" 0 one "$name"
done

kept()
{
	rm -f "$ews_dir/ews.state"
	ews_again -s
	said=$(check "$ews_top" "$MATERIAL" before) || return
	ews_again -s
	# shellcheck disable=SC2086 # three words
	check "$ews_top" "$MATERIAL" after $said && ews_clean
}
t 'what it keeps outlives it' 0 kept

ntlm()
{
	curl -s -o said -w '%{http_code} ' --ntlm -u "EXAMPLE\\alice:$1" \
	    -d "@$MATERIAL/ews/requests/samples/SyncFolderItems.xml" "$ews_url"
}
if command -v ntlm_auth >/dev/null; then
	ews_again -a ntlm
	printf '200 ' >out
	t 'NTLM, the right password' 0 ntlm s3cret
	printf '401 ' >out
	t 'NTLM, a wrong one' 0 ntlm wrong
else
	skip 'NTLM' 'needs winbind'
fi

library()
{
	ews_again
	ews_tell '{"do": "set", "foreign": "skip"}' >/dev/null
	/usr/bin/python3 -I "$TOP/tests/servers/ewslib.py" "$ews_url" "$1" &&
	    ews_clean
}
if /usr/bin/python3 -I -c 'import exchangelib' 2>/dev/null; then
	cat >out <<'END'
made InProgress 50 2026-04-01 None High
changed Completed 100 True True
left 0
END
	t 'exchangelib: tasks' 0 library tasks
	cat >out <<'END'
listed Ex Lib 1980-02-29 Clerk note ['a', 'b'] ex@lib.test 1 Street 1 Ex Lib
changed Boss None [('HomePhone', '2')]
attached ContactPicture.jpg b'jpeg'
found ['Ex Lib'] 0
synced ['create']
left 0
many 250 250
END
	t 'exchangelib: contacts' 0 library contacts
	cat >out <<'END'
made RecurringMaster 2026-03-23 09:00:00+01:00 Pattern: Occurs on weekdays Monday of every 1 week(s) where the first day of the week is Monday, Boundary: Starts on 2026-03-23 and occurs 4 time(s)
last 2026-04-13 09:00:00+02:00
modified [EWSDateTime(2026, 3, 30, 11, 0, tzinfo=EWSTimeZone(key='Europe/Berlin'))]
deleted [EWSDateTime(2026, 4, 6, 9, 0, tzinfo=EWSTimeZone(key='Europe/Berlin'))]
seen Occurrence Series 2026-03-23 09:00:00+01:00
seen Exception Moved 2026-03-30 11:00:00+02:00
seen Occurrence Series 2026-04-13 09:00:00+02:00
all day 2026-06-30 22:00:00+00:00 2026-07-02 22:00:00+00:00
left 0 2
END
	t 'exchangelib: events' 0 library events
else
	skip 'exchangelib' 'needs python3-exchangelib'
fi
finish
