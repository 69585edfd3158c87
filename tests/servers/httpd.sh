# httpd.sh: httpget against httpd.py, for the tests of lib/net
# shellcheck shell=sh
#
# Sourced behind lib.sh; it starts the server, whose URL is $u.
#
#	serve PORTFILE LOG [-c cert -k key]	another one
#	asks NAME STATUS OPTION ...	httpget's, with the server as $u in
#					arguments and as @ in `out` and `err`;
#					what it wrote to the server's log is
#					in `log` then
#	logged NAME LINE ...		what the server saw
#	fails PATH WHY			what is said of it, into `err`
#	certificate NAME [,DNS:HOST]	NAME.pem and NAME.key, for 127.0.0.1

get=$EX_BUILD/helpers/httpget
[ -x "$get" ] || skip_all 'needs build/helpers/httpget'
/usr/bin/python3 -c 'import ssl' 2>/dev/null || skip_all 'needs python3'

unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY \
	no_proxy NO_PROXY NETRC
pids=
trap '[ -z "$pids" ] || kill $pids' EXIT
trap 'exit 1' HUP INT TERM

serve()
{
	portfile=$1 log=$2
	shift 2
	/usr/bin/python3 "$TOP/tests/servers/httpd.py" "$@" "$portfile" "$log" \
		2>server.err &
	pids="$pids $!"
	tries=0
	until [ -s "$portfile" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || { cat server.err; exit 1; }
		sleep 0.1
	done
}

serve port log
u=http://127.0.0.1:$(cat port)

asks()
{
	asks_name=$1 asks_status=$2
	shift 2
	: >log
	for asks_f in out err; do
		[ ! -f "$asks_f" ] || sed "s|@|$u|g" "$asks_f" >"$asks_f.x"
		[ ! -f "$asks_f" ] || mv "$asks_f.x" "$asks_f"
	done
	t "$asks_name" "$asks_status" "$get" -p 1 "$@"
}

logged()
{
	logged_name=$1
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" >out
	t "$logged_name" 0 cat log
}

fails()
{
	echo "httpget: folder x: $u$1: $2" >err
}

certificate()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-nodes -days 2 -subj "/CN=$1" -keyout "$1.key" \
		-out "$1.pem" -addext "subjectAltName=IP:127.0.0.1${2-}" \
		2>/dev/null
}
