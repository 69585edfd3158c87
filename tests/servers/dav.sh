# dav.sh: Radicale and Xandikos on loopback, for the tests that want servers
# shellcheck shell=sh
#
# Sourced behind lib.sh (". "$TOP/tests/servers/dav.sh""), where HOME and
# TMPDIR are the test's own.
#
#	dav_start
#		starts both and a proxy before each (proxy.py), which asks
#		for a password where the server does not, and speaks TLS
#		where $dav_dir/radicale.pem is.  They end with the test,
#		however it ends.  Where they are not installed the test is
#		skipped.
#	dav_hostile
#		starts hostile.py instead; $hostile and $other are its ports
#	dav_url SERVER NAME KIND
#		into $dav_url: that of a collection on `radicale` or `xandikos`
#	dav_make KIND TITLE URL ...
#		collections that are there then
#	dav_rules SERVER [LINE ...]
#		what goes wrong from here on, see proxy.py
#	dav_count SERVER [PATTERN]
#		how many requests the proxy has seen since dav_forget; the
#		pattern is grep's, over "METHOD PATH STATUS"
#	dav_forget
#	dav_look [URL DIRECTORY] ...
#		what a second client (curl) sees there: the items as files, of
#		which those are fetched whose ETag is not in DIRECTORY/.names,
#		lines "NAME ETAG"
#	dav_put URL FILE [curl's option ...]
#	dav_delete URL
#
# $radicale and $xandikos are the proxies' addresses (http://127.0.0.1:N);
# the user is `user`, and $dav_auth names the file with lines for a folder.

dav_dir=$TMPDIR/dav
dav_auth=$dav_dir/auth
dav_pids=

# A server dies with this shell, also where that is killed.
dav_run()
{
	setpriv --pdeathsig KILL "$@" >>"$dav_dir/servers.out" 2>&1 &
	dav_pids="$dav_pids $!"
}

dav_stop()
{
	# shellcheck disable=SC2086 # numbers
	[ -z "$dav_pids" ] || kill $dav_pids 2>/dev/null
	for dav_x in $dav_pids; do
		wait "$dav_x" 2>/dev/null
	done
	dav_pids=
}

# dav_wait WHAT COMMAND ...: until it succeeds, for a minute.
dav_wait()
{
	dav_what=$1
	dav_tries=0
	shift
	until "$@" >/dev/null 2>&1; do
		if [ $((dav_tries += 1)) -gt 1200 ]; then
			echo "Bail out! $dav_what does not start"
			sed 's/^/# /' "$dav_dir"/*.out
			exit 1
		fi
		sleep 0.05
	done
}

dav_radicale_conf()
{
	mkdir -p "$dav_dir/radicale"
	cat >"$dav_dir/radicale.conf" <<END
[server]
hosts = 127.0.0.1:0
max_connections = 32
[auth]
type = htpasswd
htpasswd_filename = $dav_dir/users
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = $dav_dir/rights
[storage]
filesystem_folder = $dav_dir/radicale
[web]
type = none
[logging]
level = info
END
	# What is named "shown" is for reading only.
	cat >"$dav_dir/rights" <<'END'
[root]
user: .+
collection:
permissions: R
[principal]
user: .+
collection: {user}
permissions: RW
[shown]
user: user
collection: user/shown
permissions: r
[collections]
user: .+
collection: {user}/[^/]+
permissions: rw
END
}

# dav_config: what curl and our programs have to know.
dav_config()
{
	printf '%s\n' user:secret other:hidden owner:secret >"$dav_dir/users"
	printf '%s\n' 'user = user' 'password-command = echo secret' \
	    'auth = basic' >"$dav_auth"
	printf '%s\n' silent show-error 'user = "user:secret"' >"$HOME/.curlrc"
	printf 'machine 127.0.0.1\nlogin user\npassword secret\n' >"$HOME/.netrc"
	chmod 600 "$HOME/.netrc"
}

dav_port()
{
	sed -n "s/.*Listening on '\[127.0.0.1\]:\([0-9]*\)'.*/\1/p" \
	    "$dav_dir/radicale.out"
}

# dav_begin: what is there before any server.
dav_begin()
{
	dav_missing=$(for dav_x in radicale xandikos curl /usr/bin/python3 \
	    setpriv; do
		command -v "$dav_x" >/dev/null || printf ' %s' "$dav_x"
	done)
	[ -z "$dav_missing" ] || skip_all "needs$dav_missing"
	trap dav_stop EXIT
	trap 'exit 1' HUP INT TERM
	mkdir -p "$dav_dir/xandikos" || exit
	: >"$dav_dir/servers.out"
	dav_config
}

dav_hostile()
{
	dav_begin
	dav_run /usr/bin/python3 -I "$TOP/tests/servers/hostile.py" "$dav_dir"
	dav_wait 'the server' test -s "$dav_dir/hostile.port"
	hostile=$(cat "$dav_dir/hostile.port")
	other=$(cat "$dav_dir/other.port")
}

# dav_front NAME: into $dav_url, where its proxy is.
dav_front()
{
	dav_x=http
	[ ! -e "$1.pem" ] || dav_x=https
	dav_url=$dav_x://127.0.0.1:$(cat "$1.port")
}

dav_start()
{
	dav_begin
	dav_here=$PWD
	# The path of a socket is short.
	cd "$dav_dir" || exit
	dav_radicale_conf
	setpriv --pdeathsig KILL radicale -C radicale.conf >radicale.out 2>&1 &
	dav_pids="$dav_pids $!"
	dav_run xandikos -d xandikos --autocreate -l ./socket
	dav_wait Radicale grep -q 'server ready' radicale.out
	dav_run /usr/bin/python3 -I "$TOP/tests/servers/proxy.py" . \
	    "radicale=127.0.0.1:$(dav_port)" "xandikos=+unix:socket"
	dav_wait 'the proxy' test -s xandikos.port -a -s radicale.port
	dav_wait Xandikos curl --fail --unix-socket socket http://x/health
	dav_front radicale
	radicale=$dav_url
	dav_front xandikos
	xandikos=$dav_url
	cd "$dav_here" || exit
}

dav_curl()
{
	curl --fail-with-body --fail-early -o "$dav_dir/said" "$@" && return
	dav_status=$?
	cat "$dav_dir/said" >&2
	return $dav_status
}

dav_url()
{
	case $1:$3 in
	radicale:*)		dav_url=$radicale/user/$2/ ;;
	xandikos:contacts)	dav_url=$xandikos/user/contacts/$2/ ;;
	xandikos:*)		dav_url=$xandikos/user/calendars/$2/ ;;
	esac
}

dav_make()
{
	case $1 in
	contacts)	dav_set='<B:addressbook/>' dav_comp= ;;
	events)		dav_set='<C:calendar/>' dav_comp=VEVENT ;;
	tasks)		dav_set='<C:calendar/>' dav_comp=VTODO ;;
	journals)	dav_set='<C:calendar/>' dav_comp=VJOURNAL ;;
	esac
	[ -z "$dav_comp" ] ||
		dav_comp="<C:supported-calendar-component-set><C:comp
		    name=\"$dav_comp\"/></C:supported-calendar-component-set>"
	dav_title=$2
	shift 2
	for dav_x do
		printf 'url = "%s"\noutput = "%s/said"\n' "$dav_x" "$dav_dir"
	done >"$dav_dir/make"
	dav_curl -K "$dav_dir/make" -X MKCOL -H 'Content-Type: text/xml' \
	    --data-binary '<?xml version="1.0"?>
	<D:mkcol xmlns:D="DAV:" xmlns:B="urn:ietf:params:xml:ns:carddav"
	xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
	<D:resourcetype><D:collection/>'"$dav_set</D:resourcetype>$dav_comp
	<D:displayname>$dav_title</D:displayname></D:prop></D:set></D:mkcol>"
}

dav_rules()
{
	dav_file=$dav_dir/$1.rules
	shift
	[ ! -e "$dav_file" ] || rm "$dav_file"
	[ $# -gt 0 ] || return 0
	printf '%s\n' "$@" >"$dav_file.new" && mv "$dav_file.new" "$dav_file"
}

dav_count()
{
	grep -c -- "${2-.}" "$dav_dir/$1.log"
}

dav_forget()
{
	: >"$dav_dir/radicale.log"
	: >"$dav_dir/xandikos.log"
}

# dav_names [URL DIRECTORY] ...: from what curl put into DIRECTORY/.multi into
# DIRECTORY/.names; prints what to fetch, for curl -K, and lists what is gone.
dav_names()
{
	: >"$dav_dir/gone"
	dav_x=$#
	while [ $((dav_x -= 2)) -ge 0 ]; do
		[ -e "$2/.names" ] || : >"$2/.names"
		set -- "$@" "dir=$2" "url=$1" 'RS=\n' "$2/.names" 'RS=>' \
		    "$2/.multi"
		shift 2
	done
	awk -v gone="$dav_dir/gone" '
	RS == "\n" {
		was[dir, $1] = $2
		next
	}
	FNR == 1 {
		printf "" >(dir "/.names")
	}
	{
		i = index($0, "<")
		text = substr($0, 1, i - 1)
		tag = substr($0, i + 1)
	}
	tag ~ /^\/([^:]*:)?href/ && href == "" {
		href = text
		sub(/.*\//, "", href)
	}
	tag ~ /^\/([^:]*:)?getetag/ {
		etag = text
		gsub(/&quot;/, "\"", etag)
	}
	tag ~ /^\/([^:]*:)?response/ {
		at = dir "/" href
		if (href ~ /\.(ics|vcf)$/) {
			print href, etag >(dir "/.names")
			if (etag == "" || was[dir, href] != etag ||
			    (getline x <at) < 0)
				printf "url = \"%s%s\"\noutput = \"%s\"\n",
				    url, href, at
			close(at)
			delete was[dir, href]
		}
		href = etag = ""
	}
	END {
		for (i in was) {
			split(i, k, SUBSEP)
			printf "%s/%s\n", k[1], k[2] >gone
		}
	}' "$@"
}

dav_look()
{
	[ $# -gt 0 ] || return 0
	for dav_x do
		case $dav_x in
		http*)	printf 'url = "%s"\n' "$dav_x" ;;
		*)	printf 'output = "%s/.multi"\n' "$dav_x"
			[ -d "$dav_x" ] || mkdir -p "$dav_x" ;;
		esac
	done >"$dav_dir/look"
	curl --fail --fail-early -K "$dav_dir/look" -X PROPFIND \
	    -H 'Depth: 1' -H 'Content-Type: text/xml' --data-binary \
	    '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>' &&
	    dav_names "$@" >"$dav_dir/get" || return
	[ ! -s "$dav_dir/gone" ] || xargs -d '\n' rm -f <"$dav_dir/gone"
	[ ! -s "$dav_dir/get" ] ||
		curl --fail --fail-early -K "$dav_dir/get"
}

dav_put()
{
	dav_to=$1 dav_from=$2
	shift 2
	case $dav_from in
	*.vcf)	dav_type=text/vcard ;;
	*)	dav_type=text/calendar ;;
	esac
	dav_curl -T "$dav_from" -H "Content-Type: $dav_type" "$@" "$dav_to"
}

dav_delete()
{
	dav_curl -X DELETE "$1"
}
