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
#		a command to /control; its answer is on stdout, and it fails
#		where that says so
#	ews_count NAME
#		one of its counters, 0 if there is none
#	ews_silent
#		ews_clean, all that was asked was by the schema, and nothing of it
#		would have let Exchange mail anybody, had somebody been invited;
#		for tests of our own requests
#	ews_clean
#		is silent if no mail was sent and all that it answered was by
#		the schema; every test that uses it calls this at its end

. "$TOP/tests/servers/server.sh"
ews_dir=$TMPDIR/ews

ews_missing()
{
	server_missing lxml
}

ews_begin()
{
	# shellcheck disable=SC2046 # a word each
	server_begin ews $(ews_missing)
	ews_at
}

ews_start()
{
	server_start ews "$@"
	ews_at
}

# ews_at: where it is.
ews_at()
{
	server_url ews
	ews_top=$server_url
	# shellcheck disable=SC2034 # for those who source this
	ews_url=$ews_top/EWS/Exchange.asmx
}

ews_stop()
{
	server_stop ews
}

ews_again()
{
	ews_stop
	ews_start "$@"
}

ews_tell()
{
	server_tell "$ews_top" "$1"
}

ews_count()
{
	ews_tell "{\"do\":\"counter\",\"name\":\"$1\"}"
}

ews_silent()
{
	for ews_x in loud refused; do
		[ "$(ews_count $ews_x)" = 0 ] ||
			echo "$ews_x $(ews_count $ews_x)"
	done
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
