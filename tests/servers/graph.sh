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
#		a command to /control; its answer is on stdout
#	graph_count NAME
#		one of its counters, 0 if there is none
#	graph_clean
#		is silent if no mail was sent, all that it answered was by the
#		schema, and nothing was asked that it does not know; every test
#		that uses it calls this at its end

graph_dir=$TMPDIR/graph
graph_pid=

graph_missing()
{
	for graph_x in curl /usr/bin/python3 jq setpriv; do
		command -v "$graph_x" >/dev/null || echo "$graph_x"
	done
	for graph_x in jsonschema cryptography lxml; do
		/usr/bin/python3 -I -W ignore -c "import $graph_x" 2>/dev/null ||
			echo "python3-$graph_x"
	done
	[ -n "$MATERIAL" ] || echo ../shared/material
}

graph_begin()
{
	graph_lacks=$(graph_missing | tr '\n' ' ')
	[ -z "$graph_lacks" ] || skip_all "needs $graph_lacks"
	graph_start
}

graph_stop()
{
	[ -z "$graph_pid" ] || kill "$graph_pid" 2>/dev/null
	[ -z "$graph_pid" ] || wait "$graph_pid" 2>/dev/null
	graph_pid=
}

graph_start()
{
	mkdir -p "$graph_dir" && rm -f "$graph_dir/graph.port" || exit
	trap graph_stop EXIT
	trap 'exit 1' HUP INT TERM
	setpriv --pdeathsig KILL /usr/bin/python3 -I \
	    "$TOP/tests/servers/graph.py" -m "$MATERIAL" "$@" "$graph_dir" \
	    >>"$graph_dir/graph.out" 2>&1 &
	graph_pid=$!
	graph_tries=0
	until [ -s "$graph_dir/graph.port" ]; do
		if [ $((graph_tries += 1)) -gt 1200 ]; then
			echo "Bail out! the Graph server does not start"
			sed 's/^/# /' "$graph_dir/graph.out"
			exit 1
		fi
		sleep 0.05
	done
	graph_url=http://127.0.0.1:$(cat "$graph_dir/graph.port")
}

graph_again()
{
	graph_stop
	graph_start "$@"
}

graph_tell()
{
	curl -sS -d "$1" "$graph_url/control"
}

graph_count()
{
	curl -sS "$graph_url/control" | jq --arg n "$1" '.[$n] // 0'
}

graph_clean()
{
	curl -sS "$graph_url/control" |
	    jq -r 'to_entries[] | select(.value != 0) | select(.key |
	    IN("mails", "invalid", "crashed", "unknown")) | "\(.key) \(.value)"'
	grep -A20 -e '^crash' -e '^invalid answer' "$graph_dir/graph.log"
	cat "$graph_dir/graph.out"
	return 0
}
