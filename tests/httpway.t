#!/bin/sh
# The way to a server: proxies by the usual variables, and connections that
# do not come about (tests/servers/httpd.py, connect.py)
. tests/lib.sh
. "$TOP/tests/servers/httpd.sh"

echo 's3cret' >pw
chmod 600 pw

# Plain: the proxy is asked for the whole URL.

http_proxy=$u
export http_proxy
printf '200 http://dav.example/echo 200 OK\nPUT /echo type=-\nbody' >out
asks 'http_proxy' 0 -m PUT -d body http://dav.example/echo
logged 'it is asked' 'PUT /echo - 4 new'
no_proxy=dav.example
export no_proxy
echo '0 again http://dav.example/echo no such host' >out
echo 'httpget: folder x: http://dav.example/echo: no such host' >err
asks 'no_proxy' 3 http://dav.example/echo
logged 'it is not asked'
unset no_proxy
http_proxy=http://127.0.0.1:1
echo '0 again http://dav.example/echo connection refused' >out
echo 'httpget: folder x: http://dav.example/echo: connection refused' >err
asks 'a proxy that is not there' 3 http://dav.example/echo
unset http_proxy

# A server whose queue is full: nobody answers.

/usr/bin/python3 -c '
import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(0)
held = [socket.socket() for _ in range(4)]
for c in held:
    c.setblocking(False)
    c.connect_ex(s.getsockname())
print(s.getsockname()[1], flush=True)
time.sleep(600)' >full &
pids="$pids $!"
until [ -s full ]; do
	sleep 0.1
	kill -0 $! || exit 1
done
full=http://127.0.0.1:$(cat full)/ok
echo "0 again $full no connection within 1 seconds" >out
echo "httpget: folder x: $full: no connection within 1 seconds" >err
t 'no connection: not waited for any longer, nor again' 3 \
    timeout 15 "$get" -p 1 -a -c 1 "$full"

# TLS: through a tunnel.

if ! command -v openssl >/dev/null; then
	skip 'a tunnel' 'needs openssl'
	finish
fi
certificate good ,DNS:dav.example
serve tlsport log -c good.pem -k good.key
/usr/bin/python3 "$TOP/tests/servers/connect.py" . "$(cat tlsport)" \
    dav.example &
pids="$pids $!"
until [ -s connect.port ]; do
	sleep 0.1
	kill -0 $! || exit 1
done
https_proxy=http://127.0.0.1:$(cat connect.port)
export https_proxy
u=https://dav.example
printf '200 @/basic 200 OK\nX-Seen: none\nPUT /basic type=-\nbody1 requests\n' \
    >out
asks 'https_proxy' 0 -i -o ca-file=good.pem -o auth=basic -o user=sync \
    -o password-file=pw -m PUT -d body "$u/basic"
echo 'CONNECT dav.example:443' >out
t 'a tunnel is asked for' 0 cat connect.log
# A proxy that will not: said, and no more asked than is of use.
for n in 403 407; do
	echo "0 https://$n.example/x the proxy's answer is $n" >out
	echo "httpget: folder x: https://$n.example/x: the proxy's answer" \
		"is $n" >err
	: >connect.log
	asks "a proxy that answers $n" 2 -a "https://$n.example/x"
	echo 1 >out
	t 'it is asked once' 0 grep -c . connect.log
done
echo "0 again https://504.example/x the proxy's answer is 504" >out
echo "httpget: folder x: https://504.example/x: the proxy's answer is 504" \
    >err
: >connect.log
asks 'a proxy that cannot now' 3 -a https://504.example/x
echo 5 >out
t 'it is asked five times' 0 grep -c . connect.log
printf '200 @/kept 200 OK\nok\n0 sent again @/kept the connection was lost\n' \
    >out
fails /kept 'the connection was lost'
asks 'a kept connection that is closed, not safe' 3 -f 1 -w \
    -o ca-file=good.pem -m PUT -d body "$u/kept" /kept
logged 'asked once' 'PUT /kept - 4 new' 'PUT /kept - 4 kept'
echo '0 @/ok SSL certificate problem: self-signed certificate' >out
fails /ok 'SSL certificate problem: self-signed certificate'
asks 'who answers there is looked at' 2 "$u/ok"
finish
