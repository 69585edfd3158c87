# graph.sh: the test server of Microsoft Graph, for the tests that want it
# shellcheck shell=sh
#
# Sourced behind lib.sh (". "$TOP/tests/servers/graph.sh"").  What the server
# does and who is on it is told by graph.py; what it can be told to do and
# what it counts by graphcontrol.py.
#
#	graph_missing
#		what it lacks to run, one a line
#	graph_begin
#		passes over the whole test if it lacks something, else starts it
#	graph_start [OPTION ...]
#		starts it; $graph_url is http://127.0.0.1:PORT.  It ends with
#		the test.
#	graph_again [OPTION ...]
#		ends it and starts another; with -s on both it knows what the
#		first one knew
#	graph_tell JSON
#		a command to /control; its answer is on stdout, and it fails
#		where that says so
#	graph_count NAME
#		one of its counters, 0 if there is none
#	graph_clean
#		is silent if no mail was sent, all that it answered was by the
#		schema, nothing was asked that it does not know, and nothing
#		again before it was to be; every test that uses it calls this
#		at its end

. "$TOP/tests/servers/server.sh"
graph_dir=$TMPDIR/graph

graph_missing()
{
	server_missing jsonschema cryptography lxml
}

graph_begin()
{
	# shellcheck disable=SC2046 # a word each
	server_begin graph $(graph_missing)
	graph_at
}

graph_start()
{
	server_start graph "$@"
	graph_at
}

# graph_at: where it is.
graph_at()
{
	server_url graph
	graph_url=$server_url
}

graph_stop()
{
	server_stop graph
}

graph_again()
{
	graph_stop
	graph_start "$@"
}

graph_tell()
{
	server_tell "$graph_url" "$1"
}

graph_count()
{
	graph_tell "{\"do\":\"counter\",\"name\":\"$1\"}"
}

graph_clean()
{
	curl -sS "$graph_url/control" |
	    jq -r 'to_entries[] | select(.value != 0) | select(.key |
	    IN("mails", "invalid", "crashed", "unknown", "early")) | "\(.key) \(.value)"'
	grep -A20 -e '^crash' -e '^invalid answer' "$graph_dir/graph.log"
	cat "$graph_dir/graph.out"
	return 0
}
