#!/bin/sh
# lib/net against a server that does what servers do (tests/servers/httpd.py)
. tests/lib.sh

. "$TOP/tests/servers/httpd.sh"

# Requests.

cat >out <<-'X'
	200 @/echo 200 OK
	X-Seen: here
	GET /echo type=-
	1 requests
X
asks 'a request' 0 -i -h 'X-See: here' "$u/echo"
cat >out <<-'X'
	200 @/echo/a%20b?c=d 200 OK
	PUT /echo/a%20b?c=d type=text/vcard
	body
X
asks 'method, type and body' 0 -m PUT -h 'Content-Type: text/vcard' \
	-d 'body
' "$u/echo/a b?c=d#e"
cat >out <<-'X'
	200 @/echo 200 OK
	PROPFIND /echo type=-
X
asks 'no type that nobody gave' 0 -m PROPFIND -d '' "$u/echo"
cat >out <<-'X'
	200 @/ok 200 OK
	ok
	200 @/ok/2 200 OK
	ok
	200 @/ok/3 200 OK
	ok
X
asks 'one after the other, on one connection' 0 -f 1 "$u/ok" /ok/2 /ok/3
logged 'which is kept' 'GET /ok - 0 new' 'GET /ok/2 - 0 kept' \
	'GET /ok/3 - 0 kept'
echo 'httpget: folder x: http://127.0.0.2:1/ok: of another server than the' \
	"folder's URL" >err
asks 'another server is not asked' 2 "$u/ok" http://127.0.0.2:1/ok
echo 'httpget: folder x: //127.0.0.2:1/ok: of another server than the' \
	"folder's URL" >err
asks 'nor one that comes without a scheme' 2 "$u/ok" //127.0.0.2:1/ok
cat >out <<-'X'
	200 @/ok 200 OK
	ok
	200 @/ok/2 200 OK
	ok
X
asks 'dots are worked out' 0 -f 1 "$u/ok" /x/.././ok/2
echo "httpget: folder x: $u/ok: a control byte in a header for it" >err
asks 'no header within a header' 2 -h "If-Match: \"a
X-Evil: b\"" "$u/ok"
echo 'httpget: folder x: no URL of http or https' >err
asks 'no other scheme' 2 file:///etc/passwd

# What is wrong, in words.

echo '404 @/none 404 Not Found: No There is no such thing.' >out
fails /none '404 Not Found: No There is no such thing.'
asks 'a page in a message is its words' 2 "$u/none"
echo '0 again http://127.0.0.1:1/x connection refused' >out
echo 'httpget: folder x: http://127.0.0.1:1/x: connection refused' >err
asks 'nobody listens' 3 -a http://127.0.0.1:1/x
for n in 401 403 404 410 412 400 501 507; do
	echo "$n @/status/$n $n So$(
	    [ $n != 401 ] || echo ': no user and password are given')" >out
	fails "/status/$n" "$n So$(
	    [ $n != 401 ] || echo ': no user and password are given')"
	asks "status $n" 2 -a "$u/status/$n"
	logged 'asked once' "GET /status/$n - 0 new"
done
for n in 408 425 500; do
	echo "$n @/status/$n $n So" >out
	fails "/status/$n" "$n So"
	asks "status $n: a later run may fare better" 3 -a "$u/status/$n"
	logged 'asked once' "GET /status/$n - 0 new"
done

# Sign in.

echo 's3cret' >pw
chmod 600 pw
for kind in basic digest; do
	printf '200 @/%s 200 OK\nPUT /%s type=-\nbody' $kind $kind >out
	asks "$kind" 0 -o auth=$kind -o user=sync -o password-file=pw \
		-m PUT -d body "$u/$kind"
	echo "401 @/$kind 401 No: refused" >out
	fails "/$kind" '401 No: refused'
	asks "$kind, wrong password" 2 -o auth=$kind -o user=sync \
		-o 'password-command=echo wrong' "$u/$kind"
	echo "401 @/$kind 401 No: no user and password are given" >out
	fails "/$kind" '401 No: no user and password are given'
	asks "$kind, nobody" 2 "$u/$kind"
done
printf '200 @/digest 200 OK\nGET /digest type=-\n' >out
printf '200 @/digest/0 200 OK\nGET /digest/0 type=-\n' >>out
asks 'a challenge serves for more than one request' 0 -f 1 -o auth=digest \
	-o user=sync -o password-file=pw "$u/digest" /digest/0
logged 'it was asked for once' 'GET /digest - 0 new' \
	'GET /digest Digest 0 kept' 'GET /digest/0 Digest 0 kept'
printf '200 @/digest/1 200 OK\nGET /digest/1 type=-\n' >out
cat out out out >out2 && mv out2 out
asks 'and is renewed when it is stale' 0 -f 1 -o auth=digest -o user=sync \
	-o password-file=pw "$u/digest/1" /digest/1 /digest/1
printf '200 @/basic 200 OK\nPUT /basic type=-\nbody' >out
printf '200 @/basic 200 OK\nPUT /basic type=-\nbody' >>out
asks 'what the server offers: Basic' 0 -f 1 -o user=sync \
	-o password-file=pw -m PUT -d body "$u/basic" /basic
logged 'learned once' 'PUT /basic - 4 new' 'PUT /basic Basic 4 kept' \
	'PUT /basic Basic 4 kept'
printf '200 @/basic 200 OK\nPUT /basic type=-\nbody' >out
cat out out out >out2 && mv out2 out
asks 'the same with several under way' 0 -w -f 2 -o user=sync \
	-o password-file=pw -m PUT -d body "$u/basic" /basic /basic
echo 1 >out
t 'one was refused' 0 grep -c ' - 4 ' log
printf '200 @/digest 200 OK\nGET /digest type=-\n' >out
asks 'what the server offers: Digest before Basic' 0 -o user=sync \
	-o password-file=pw "$u/digest"
logged 'no password went out' 'GET /digest - 0 new' \
	'GET /digest Digest 0 kept'
printf '200 @/any 200 OK\nGET /any type=-\n' >out
asks 'Negotiate without a ticket: the next best' 0 -o user=sync \
	-o password-file=pw "$u/any"
echo '401 @/any 401 No: refused' >out
fails /any '401 No: refused'
asks 'a wrong password is not tried for ever' 2 -o user=sync \
	-o 'password-command=echo wrong' "$u/any"
printf 'machine 127.0.0.1 login sync password s3cret\n' >"$HOME/.netrc"
chmod 600 "$HOME/.netrc"
printf '200 @/basic 200 OK\nGET /basic type=-\n' >out
asks 'a netrc file' 0 "$u/basic"
rm "$HOME/.netrc"
echo 'httpget: folder x: password-command: exit status 3' >err
asks 'no password to be had' 3 -o user=sync -o 'password-command=exit 3' \
	"$u/basic"
logged 'nothing was asked'

cat >token <<-'X'
	echo x >>tokens
	echo t$(($(wc -l <tokens)))
X
printf '200 @/bearer/t1 200 OK\nGET /bearer/t1 type=-\n' >out
asks 'a token' 0 -o 'token-command=sh token' "$u/bearer/t1"
rm tokens
printf '200 @/bearer/t2 200 OK\nGET /bearer/t2 type=-\n' >out
asks 'a new token when it is refused' 0 -o 'token-command=sh token' \
	"$u/bearer/t2"
rm tokens
echo '401 @/bearer/t3 401 No: refused' >out
fails /bearer/t3 '401 No: refused'
asks 'once' 2 -o 'token-command=sh token' "$u/bearer/t3"
logged 'two tokens were shown' 'GET /bearer/t3 Bearer 0 new' \
	'GET /bearer/t3 Bearer 0 kept'
# Then none is to be had: what is asked later fares as what met it first.
cat >token <<-'X'
	echo x >>tokens
	[ $(wc -l <tokens) -gt 1 ] || echo t1
	exit $((${1-0} * ($(wc -l <tokens) > 1)))
X
rm tokens
why='token-command: its first line is empty'
printf '401 @/bearer/t3 %s\n401 @/ok %s\n' "$why" "$why" >out
fails /ok "$why"
asks 'no new token: denied, and so is what is asked later' 2 -w -f 1 \
	-o 'token-command=sh token' "$u/bearer/t3" /ok
logged 'nothing is asked without one' 'GET /bearer/t3 Bearer 0 new'
rm tokens
why='token-command: exit status 3'
printf '0 again @/bearer/t3 %s\n0 again @/ok %s\n' "$why" "$why" >out
fails /ok "$why"
asks 'none now: perhaps later, both' 3 -w -f 1 \
	-o 'token-command=sh token 3' "$u/bearer/t3" /ok
logged 'nothing is asked without one' 'GET /bearer/t3 Bearer 0 new'
for s in "auth=basic -o user=sync -o password-file=pw" \
	"token-command=sh" ; do
	echo 'httpget: folder x: over plain http everybody could read the' \
		"$(case $s in a*) echo password ;; *) echo token ;; esac):" \
		'use https' >err
	# shellcheck disable=SC2086 # several words
	asks "no secret in the clear: ${s%%=*}" 2 -o $s http://dav.example/x
done
for host in 127.example 127.0.0.1.example localhost.example 128.0.0.1; do
	echo 'httpget: folder x: over plain http everybody could read the' \
		'password: use https' >err
	asks "$host is not ourselves" 2 -o auth=basic -o user=sync \
		-o password-file=pw "http://$host/x"
done
echo '401 http://dav.example/basic 401 No: the server wants Basic,' \
	'which goes over https only' >out
echo 'httpget: folder x: http://dav.example/basic: 401 No: the server' \
	'wants Basic, which goes over https only' >err
http_proxy=$u
export http_proxy
asks 'a server in the clear that wants one' 2 -o user=sync \
	-o password-file=pw http://dav.example/basic
logged 'gets none' 'GET /basic - 0 new'
printf '200 @/ok 200 OK\nok\n' >out
http_proxy=http://127.0.0.1:1
asks 'no proxy on the way to ourselves' 0 "$u/ok"
unset http_proxy
echo '403 @/tell 403 No' >out
fails /tell '403 No'
asks 'a secret that the server sends back' 2 -o auth=basic -o user=sync \
	-o password-file=pw "$u/tell"

# Redirects.

for n in 301 302 307 308; do
	printf '200 @/echo/x 200 OK\nPUT /echo/x type=-\nbody' >out
	asks "$n keeps method and body" 0 -m PUT -d body \
		"$u/redirect/$n/echo/x"
done
printf '200 @/echo/x 200 OK\nPROPFIND /echo/x type=-\nbody' >out
asks '303 of what only reads' 0 -m PROPFIND -d body "$u/redirect/303/echo/x"
echo '303 @/redirect/303/echo/x 303 Moved: elsewhere' >out
fails /redirect/303/echo/x '303 Moved: elsewhere'
asks '303 of a write is its answer' 2 -m PUT -d body \
	"$u/redirect/303/echo/x"
printf '200 @/ok?x 200 OK\nok\n' >out
asks 'a relative one' 0 "$u/relative/a/b"
printf '200 @/basic 200 OK\nGET /basic type=-\n' >out
asks 'signed in on the way' 0 -o auth=basic -o user=sync \
	-o password-file=pw "$u/redirect/301/basic"
# Another port is another server.
why='302 Moved, to another server, which is not followed: http://127.0.0.1:1/ok'
echo "302 @/plain/127.0.0.1:1 $why" >out
fails /plain/127.0.0.1:1 "$why"
asks 'none to another port' 2 -o auth=basic -o user=sync \
	-o password-file=pw "$u/plain/127.0.0.1:1"
why='302 Moved, to another server, which is not followed: http://127.0.0.2:1/y'
echo "302 @/away $why" >out
fails /away "$why"
asks 'none to another server' 2 -o auth=basic -o user=sync \
	-o password-file=pw "$u/away"
echo '302 @/nowhere 302 Moved, to no URL' >out
fails /nowhere '302 Moved, to no URL'
asks 'none to another scheme' 2 "$u/nowhere"
echo '302 @/loop/5 302 Moved, after 5 others' >out
fails /loop/5 '302 Moved, after 5 others'
asks 'not for ever' 2 "$u/loop"

# Bodies.

printf '200 @/gzip 200 OK\n7000 bytes\n' >out
asks 'gzip' 0 -n "$u/gzip"
printf '200 @/deflate 200 OK\npacked\n' >out
asks 'deflate' 0 "$u/deflate"
for s in '' -s; do
	printf '200 @/size/1000 200 OK\n1000 bytes\n' >out
	# shellcheck disable=SC2086 # one word or none
	asks "as long as may be $s" 0 $s -n -x 1000 "$u/size/1000"
	for path in size/1001 gzip bomb endless; do
		echo "0 sent @/$path its answer is too long" >out
		fails "/$path" 'its answer is too long'
		# shellcheck disable=SC2086
		asks "too long: $path $s" 2 -a $s -n -x 1000 "$u/$path"
	done
done
echo '0 sent @/endless/500 its answer is too long' >out
fails /endless/500 'its answer is too long'
asks 'too long: an error' 2 "$u/endless/500"
echo '0 sent @/badgzip its answer cannot be unpacked' >out
fails /badgzip 'its answer cannot be unpacked'
asks 'what is packed is not' 2 "$u/badgzip"

# Headers.

for path in headers hints; do
	echo "0 sent @/$path its headers are too long" >out
	fails "/$path" 'its headers are too long'
	asks "too long: $path" 2 "$u/$path"
done
for path in control reason; do
	echo "0 sent @/$path a header with control bytes" >out
	fails "/$path" 'a header with control bytes'
	asks "control bytes: $path" 2 "$u/$path"
done
echo '0 sent @/nul this is no HTTP' >out
fails /nul 'this is no HTTP'
asks 'a NUL byte' 2 "$u/nul"
echo '0 sent @/garbage this is no HTTP' >out
fails /garbage 'this is no HTTP'
asks 'another protocol' 2 "$u/garbage"
printf '200 @/twice 200 OK\nX-Seen: two\nok\n1 requests\n' >out
asks 'the last of two, trimmed' 0 -i "$u/twice"

# Again, and not.

for n in 429 503; do
	printf '200 @/busy/4/%s/0 200 OK\nok\n' $n >out
	asks "$n: five times, whatever it is" 0 -m PUT -d body \
		"$u/busy/4/$n/0"
	echo "$n @/busy/5/$n/- $n Busy" >out
	fails "/busy/5/$n/-" "$n Busy"
	asks 'and no more' 3 "$u/busy/5/$n/-"
	logged 'asked five times' "GET /busy/5/$n/- - 0 new" \
		"GET /busy/5/$n/- - 0 kept" "GET /busy/5/$n/- - 0 kept" \
		"GET /busy/5/$n/- - 0 kept" "GET /busy/5/$n/- - 0 kept"
done
for n in 502 504; do
	printf '200 @/busy/4/%s/x 200 OK\nok\n' $n >out
	asks "$n, safe to repeat" 0 -a "$u/busy/4/$n/x"
	echo "$n @/busy/4/$n/- $n Busy" >out
	fails "/busy/4/$n/-" "$n Busy"
	asks "$n, not safe" 3 "$u/busy/4/$n/-"
	logged 'asked once' "GET /busy/4/$n/- - 0 new"
done
echo "503 $u/busy/1/503/121 503 Busy" >out
fails /busy/1/503/121 '503 Busy'
t 'a pause that is too long is none' 3 timeout 60 "$get" -p 1 -a \
	"$u/busy/1/503/121"
t 'two minutes are waited for' 124 timeout 2 "$get" -p 1 -a \
	"$u/busy/1/503/120"
for s in int fraction date; do
	printf '200 @/ok 200 OK\nok\n200 @/later/%s 200 OK\nok\n' $s >out
	asks "Retry-After, $s; others go on" 0 -f 1 "$u/later/$s" /ok
	logged 'asked when it said so' "GET /later/$s - 0 new" \
		'GET /ok - 0 kept' "GET /later/$s - 0 kept"
done

for s in '' -s; do
	printf '200 @/lost/4?a%s 200 OK\nok\n' $s >out
	# shellcheck disable=SC2086
	asks "lost, safe to repeat $s" 0 $s -a "$u/lost/4?a$s"
	echo "0 sent again @/lost/1?x$s the connection was lost" >out
	fails "/lost/1?x$s" 'the connection was lost'
	# shellcheck disable=SC2086
	asks "lost, not safe $s" 3 $s -m PUT -d body "$u/lost/1?x$s"
	logged 'asked once' "PUT /lost/1?x$s - 4 new"
done
printf '200 @/half/2 200 OK\nok\n' >out
asks 'cut, safe to repeat' 0 -a "$u/half/2"
echo '0 sent again @/half/2?s the connection was lost' >out
fails '/half/2?s' 'the connection was lost'
asks 'cut, and a part was given out' 3 -a -s "$u/half/2?s"
logged 'asked once' 'GET /half/2?s - 0 new'
printf '200 @/kept 200 OK\nok\n200 @/kept 200 OK\nok\n' >out
asks 'a kept connection that is closed, safe' 0 -a -f 1 "$u/kept" /kept
printf '200 @/kept 200 OK\nok\n0 sent again @/kept the connection was lost\n' \
	>out
fails /kept 'the connection was lost'
asks 'not safe' 3 -f 1 -m PUT -d body "$u/kept" /kept
logged 'asked once' 'PUT /kept - 4 new' 'PUT /kept - 4 kept'
echo '0 sent again @/stall nothing came for 1 seconds' >out
fails /stall 'nothing came for 1 seconds'
asks 'silence' 3 -a -q 1 "$u/stall"
printf '200 @/slow 200 OK\n600 bytes\n' >out
# libcurl looks each second at what came until the one before.
asks 'not so what is slow, however long' 0 -n -q 3 -c 1 "$u/slow"

# The trace.

cat >err <<-X
	httpget: folder x: #1 > PUT $u/echo?a=b&token=...&C-Key=...
	httpget: folder x: #1 < 200 OK, 51 bytes, N ms
X
trace()
{
	"$get" "$@" 2>err.got >/dev/null
	sed 's/[0-9]* ms$/N ms/' err.got >&2
}
t 'requests' 0 trace -v -o auth=basic -o user=sync -o password-file=pw \
	-m PUT -d body "$u/echo?a=b&token=s3cret&C-Key=s3cret"
cat >err <<-X
	httpget: folder x: #1 > PUT $u/basic
	httpget: folder x: #1 >> one
	httpget: folder x: #1 >> two
	httpget: folder x: #1 << PUT /basic type=-
	httpget: folder x: #1 << one
	httpget: folder x: #1 << two
	httpget: folder x: #1 < 200 OK, 25 bytes, N ms
X
t 'bodies' 0 trace -vv -o auth=basic -o user=sync -o password-file=pw \
	-m PUT -d 'one
two' "$u/basic"
cat >err <<-X
	httpget: folder x: #1 > PUT $u/echo
	httpget: folder x: #1 < 200 OK, 23 bytes, N ms
X
t 'bodies that hold secrets' 0 trace -vvj -m PUT -d 's3cret' "$u/echo"

# TLS.

if ! command -v openssl >/dev/null; then
	skip 'TLS' 'needs openssl'
	finish
fi
certificate good
certificate other
serve tlsport log -c good.pem -k good.key
u=https://127.0.0.1:$(cat tlsport)
printf '200 @/basic 200 OK\nGET /basic type=-\n' >out
asks 'TLS, ca-file' 0 -o ca-file=good.pem -o auth=basic -o user=sync \
	-o password-file=pw "$u/basic"
plain=127.0.0.1:$(cat port)
why="302 Moved, to another server, which is not followed: http://$plain/ok"
echo "302 @/plain/$plain $why" >out
fails "/plain/$plain" "$why"
asks 'none from TLS to the clear' 2 -o ca-file=good.pem -o auth=basic \
	-o user=sync -o password-file=pw "$u/plain/$plain"
for s in '' '-o ca-file=other.pem'; do
	why='SSL certificate problem: self-signed certificate'
	echo "0 @/ok $why" >out
	fails /ok "$why"
	# shellcheck disable=SC2086 # two words or none
	asks "not known to us $s" 2 -a $s "$u/ok"
	logged 'nothing was asked'
done
u=https://localhost:$(cat tlsport)
why="SSL: no alternative certificate subject name matches target host name \
'localhost'"
echo "0 @/ok $why" >out
fails /ok "$why"
asks 'of another name' 2 -o ca-file=good.pem "$u/ok"
printf '200 @/ok 200 OK\nok\n' >out
asks 'insecure' 0 -o insecure=yes "$u/ok"
echo '0 @/ok the ca-file cannot be read' >out
fails /ok 'the ca-file cannot be read'
asks 'no ca-file' 2 -o ca-file=none.pem "$u/ok"

# HTTP/2.

if ! command -v nghttpd >/dev/null; then
	skip 'HTTP/2' 'needs nghttpd'
	finish
fi
mkdir doc
echo two >doc/f
# It wants a port: one that is free now.
port=$(/usr/bin/python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
nghttpd -a 127.0.0.1 -v -d doc "$port" good.key good.pem >h2log 2>&1 &
pids="$pids $!"
until grep -q listen h2log; do
	sleep 0.1
	kill -0 $! || exit 1
done
u=https://127.0.0.1:$port
printf '200 @/f 200 OK\ntwo\n' >out
cat out out out >out2 && mv out2 out
asks 'HTTP/2' 0 -f 3 -o ca-file=good.pem "$u/f" /f /f
echo 3 >out
t 'three streams' 0 grep -c 'recv (stream_id=.*:method: GET' h2log
echo 1 >out
t 'of one connection' 0 grep -c 'handshake completed' h2log
finish
