# ews.sh: the test server of Exchange Web Services, for the tests that want it
# shellcheck shell=sh
#
# Sourced behind lib.sh (". "$TOP/tests/servers/ews.sh"").  What the server
# does, who is on it and what it counts is told by ews.py; what it can be told
# to do by ewscontrol.py.
#
#	ews_missing
#		what it lacks to run, one a line
#	ews_begin
#		passes over the whole test if it lacks something, else starts it
#	ews_start [OPTION ...]
#		starts it; $ews_url is http://127.0.0.1:PORT/EWS/Exchange.asmx,
#		$ews_top the part before /EWS.  It ends with the test.
#	ews_again [OPTION ...]
#		ends it and starts another; with -s on both it knows what the
#		first one knew
#	ews_tell JSON
#		a command to /control; its answer is on stdout
#	ews_count NAME
#		one of its counters, 0 if there is none
#	ews_silent
#		ews_clean, and no request would have let Exchange mail anybody,
#		had somebody been invited; for tests of our own requests
#	ews_clean
#		is silent if no mail was sent and all that it answered was by
#		the schema; every test that uses it calls this at its end

ews_dir=$TMPDIR/ews
ews_pid=

ews_missing()
{
	for ews_x in curl /usr/bin/python3 jq setpriv; do
		command -v "$ews_x" >/dev/null || echo "$ews_x"
	done
	/usr/bin/python3 -I -c 'import lxml' 2>/dev/null ||
		echo python3-lxml
	[ -n "$MATERIAL" ] || echo ../shared/material
}

ews_begin()
{
	ews_lacks=$(ews_missing | tr '\n' ' ')
	[ -z "$ews_lacks" ] || skip_all "needs $ews_lacks"
	ews_start
}

ews_stop()
{
	[ -z "$ews_pid" ] || kill "$ews_pid" 2>/dev/null
	[ -z "$ews_pid" ] || wait "$ews_pid" 2>/dev/null
	ews_pid=
}

ews_start()
{
	mkdir -p "$ews_dir" && rm -f "$ews_dir/ews.port" || exit
	trap ews_stop EXIT
	trap 'exit 1' HUP INT TERM
	setpriv --pdeathsig KILL /usr/bin/python3 -I \
	    "$TOP/tests/servers/ews.py" -m "$MATERIAL" "$@" "$ews_dir" \
	    >>"$ews_dir/ews.out" 2>&1 &
	ews_pid=$!
	ews_tries=0
	until [ -s "$ews_dir/ews.port" ]; do
		if [ $((ews_tries += 1)) -gt 1200 ]; then
			echo "Bail out! the EWS server does not start"
			sed 's/^/# /' "$ews_dir/ews.out"
			exit 1
		fi
		sleep 0.05
	done
	ews_top=http://127.0.0.1:$(cat "$ews_dir/ews.port")
	# shellcheck disable=SC2034 # for those who source this
	ews_url=$ews_top/EWS/Exchange.asmx
}

ews_again()
{
	ews_stop
	ews_start "$@"
}

ews_tell()
{
	curl -sS -d "$1" "$ews_top/control"
}

ews_count()
{
	curl -sS "$ews_top/control" | jq --arg n "$1" '.[$n] // 0'
}

ews_silent()
{
	[ "$(ews_count loud)" = 0 ] || echo "loud $(ews_count loud)"
	ews_clean
}

ews_clean()
{
	curl -sS "$ews_top/control" |
	    jq -r 'to_entries[] | select(.value != 0) | select(.key |
	    IN("mails", "invalid", "crashed")) | "\(.key) \(.value)"'
	grep -A20 -e '^crash' -e '^invalid answer' "$ews_dir/ews.log"
	return 0
}
