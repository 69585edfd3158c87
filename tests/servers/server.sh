# server.sh: a test server of ours, NAME.py, that has /control (serve.py)
# shellcheck shell=sh
#
# What ews.sh and graph.sh share.
#
#	server_missing MODULE ...
#		what a server that wants these modules of Python lacks to run,
#		one a line
#	server_begin NAME [LACKING ...]
#		passes over the whole test if anything is lacking, else starts
#		it
#	server_start NAME [OPTION ...]
#		starts it; its directory is $TMPDIR/NAME.  It ends with the
#		test, however that ends.
#	server_url NAME
#		into $server_url: http://127.0.0.1:PORT
#	server_stop [NAME]
#		ends it; without a name all of them
#	server_tell URL JSON
#		a command to /control; its answer is on stdout, and it fails
#		where that says so

server_missing()
{
	for server_x in curl /usr/bin/python3 jq setpriv; do
		command -v "$server_x" >/dev/null || echo "$server_x"
	done
	# To find them is enough: they take long to load.
	/usr/bin/python3 -I -c 'import importlib.util, sys
for m in sys.argv[1:]:
    importlib.util.find_spec(m) or print("python3-" + m)' "$@" 2>/dev/null
	[ -n "$MATERIAL" ] || echo ../shared/material
}

server_begin()
{
	[ $# -eq 1 ] || {
		shift
		skip_all "needs $*"
	}
	server_start "$1"
}

server_stop()
{
	for server_x in ${1:-ews graph}; do
		[ -s "$TMPDIR/$server_x/pid" ] || continue
		read -r server_pid <"$TMPDIR/$server_x/pid"
		rm "$TMPDIR/$server_x/pid"
		kill "$server_pid" 2>/dev/null
		wait "$server_pid" 2>/dev/null
	done
}

server_start()
{
	server_name=$1 server_dir=$TMPDIR/$1
	shift
	mkdir -p "$server_dir" && rm -f "$server_dir/$server_name.port" || exit
	trap server_stop EXIT
	trap 'exit 1' HUP INT TERM
	setpriv --pdeathsig KILL /usr/bin/python3 -I \
	    "$TOP/tests/servers/$server_name.py" -m "$MATERIAL" "$@" \
	    "$server_dir" >>"$server_dir/$server_name.out" 2>&1 &
	echo $! >"$server_dir/pid"
	server_tries=0
	until [ -s "$server_dir/$server_name.port" ]; do
		if [ $((server_tries += 1)) -gt 1200 ]; then
			echo "Bail out! $server_name.py does not start"
			sed 's/^/# /' "$server_dir/$server_name.out"
			exit 1
		fi
		sleep 0.05
	done
}

server_url()
{
	read -r server_url <"$TMPDIR/$1/$1.port"
	server_url=http://127.0.0.1:$server_url
}

# Thousands of times, and curl takes long to start.
server_tell()
{
	case $1 in
	https:*)	curl -sS -d "$2" "$1/control" ;;
	*)		"$EX_BUILD/helpers/control" "$1" "$2" ;;
	esac
}
