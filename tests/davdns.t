#!/bin/sh
# From a domain to its server, by the system's resolver (RFC 6764): SRV and TXT
# records that a real DNS server on loopback has, TLS behind them.  For
# /etc/resolv.conf and port 53 the test has namespaces of its own.
if [ -z "${EX_NAMESPACE-}" ] && unshare -rmn true 2>/dev/null; then
	EX_NAMESPACE=1 exec unshare -rmn sh "$0"
fi
. tests/lib.sh
[ -n "${EX_NAMESPACE-}" ] ||
	skip_all 'needs namespaces of its own: unshare -rmn is not permitted'
. "$TOP/tests/servers/dav.sh"
PATH=$PATH:/usr/sbin:/sbin
for x in dnsmasq ip openssl mount; do
	command -v $x >/dev/null || skip_all "needs $x"
done
ip link set lo up || skip_all 'needs a loopback of its own'

mkdir -p "$dav_dir"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout key.pem -out ca.pem -days 2 -subj /CN=dav.example.test -addext \
    'subjectAltName=DNS:dav.example.test,DNS:example.test,IP:127.0.0.1' \
    2>/dev/null || skip_all 'openssl makes no certificate'
cat key.pem ca.pem >"$dav_dir/radicale.pem"
CURL_CA_BUNDLE=$PWD/ca.pem
export CURL_CA_BUNDLE
dav_start
for k in contacts events; do
	dav_url radicale $k $k
	dav_make $k "Name of $k" "$dav_url"
done
port=${radicale##*:}

printf 'nameserver 127.0.0.1\noptions timeout:5 attempts:2\n' >resolv.conf
mount --bind resolv.conf /etc/resolv.conf ||
	skip_all 'needs /etc/resolv.conf to be its own'

broken()
{
	echo "$*" >&2
	[ ! -s said ] || sed 's/^/  /' said >&2
	exit 99
}

# dns OPTION ...: from here on the name server has that.
dns()
{
	[ -z "${dns_pid-}" ] || { kill $dns_pid; wait $dns_pid; } 2>/dev/null
	# Here, not in the background: the last one's has "started", too.
	: >dns.log
	setpriv --pdeathsig KILL dnsmasq --no-daemon --conf-file=/dev/null \
	    --no-resolv --no-hosts --no-poll --log-queries \
	    --listen-address=127.0.0.1 --bind-interfaces \
	    --address=/test/127.0.0.1 "$@" >dns.log 2>&1 &
	dns_pid=$!
	dav_wait 'the name server' grep -q started dns.log
}

# at URL: the store that a domain leads to is that of this identity.
at()
{
	printf '[ring]\nkind = %s\nsnapshot = ring.snap\n' $1 >ring.conf
	{
		printf '[folder x]\nstore = %s\nca-file = ca.pem\n' "$2"
		cat "$dav_auth"
		printf '[folder y]\nstore = vdir:y\n'
	} >>ring.conf
	mkdir -p y
	exfetch -q -r ring.conf -s ring.snap x >items 2>said
	got=$?
}

found()
{
	at "$1" "$2"
	[ $got -eq 0 ] || broken "ended with $got"
	grep -qF "\"identity\":\"$3\"" items ||
		broken "it is not $3: $(head -n 3 items)"
}

# not STATUS KIND STORE TEXT: nothing is found, and that is said.
not()
{
	dav_forget
	at "$2" "$3"
	[ $got -eq "$1" ] || broken "ended with $got"
	grep -q "$4" said && [ "$(wc -l <said)" -eq 1 ] || broken "no $4"
	[ "$(dav_count radicale)" -eq 0 ] || broken 'the server was asked'
}

srv=--srv-host=_carddavs._tcp.example.test
cal=--srv-host=_caldavs._tcp.example.test
txt=--txt-record=_carddavs._tcp.example.test
here=https://dav.example.test:$port
dns $srv,dav.example.test,$port,0,1 $cal,dav.example.test,$port
t 'a domain: its host, port and well-known URL' 0 \
    found contacts carddav:example.test "$here/user/contacts/"
t 'its calendars by a record of their own' 0 \
    found events caldav:example.test "$here/user/events/"
t 'the domain of an address' 0 \
    found contacts carddav:user@example.test "$here/user/contacts/"
t 'in capitals' 0 \
    found contacts carddav:EXAMPLE.test "$here/user/contacts/"

# The first path that is asked for.
paths()
{
	dav_forget
	found contacts carddav:example.test "$here/user/contacts/"
	[ "$(head -n 1 "$dav_dir/radicale.log" | cut -d ' ' -f 2)" = "$1" ] ||
		broken "asked: $(cat "$dav_dir/radicale.log")"
}
t 'without a TXT record: the well-known URL first' 0 \
    paths /.well-known/carddav
dns $srv,dav.example.test,$port $txt,x=y,path=/user/
t 'the path of its TXT record' 0 paths /user/

# Which of several: the lowest priority, then the highest weight.
dns $srv,none.example.test,9,5,9 $srv,dav.example.test,$port,1,1 \
    $srv,none.example.test,9,2,9
t 'of several the one of the lowest priority number' 0 \
    found contacts carddav:example.test "$here/user/contacts/"
dns $srv,none.example.test,9,1,1 $srv,dav.example.test,$port,1,7 \
    $srv,none.example.test,9,1,3
t 'and then of the greatest weight' 0 \
    found contacts carddav:example.test "$here/user/contacts/"

# More than goes into one datagram: the resolver asks again by TCP.
long=
for i in 1 2 3 4 5 6 7 8 9; do
	long="$long $srv,a-host-with-a-name-that-is-rather-long-$i.example.test,9,5,9"
done
big()
{
	found contacts carddav:example.test "$here/user/contacts/"
	[ "$(grep -c 'query\[SRV\]' dns.log)" -ge 2 ] ||
		broken 'it was not asked again'
}
# shellcheck disable=SC2086 # an option each
dns $long $srv,dav.example.test,$port,1,1 --edns-packet-max=512
t 'an answer that is too long for a datagram' 0 big

# Where it is not to go.
dns $srv,dav.elsewhere.test,$port
t 'to a host of another domain: said, not visited' 0 not 2 contacts \
    carddav:example.test "the store is carddav:https://dav.elsewhere.test:$port/"
dns $srv,notexample.test,$port
t 'nor to one whose name only ends so' 0 not 2 contacts \
    carddav:example.test 'the store is carddav:https://notexample.test'
dns $srv
t 'a domain that says it has none' 0 not 2 contacts carddav:example.test \
    'no such service'
dns --srv-host=_carddav._tcp.example.test,dav.example.test,$port
t 'a service without TLS is not looked for' 0 not 3 contacts \
    carddav:example.test 'example.test'
dns $srv,other.example.test,$port
t 'a certificate of another name' 0 not 2 contacts carddav:example.test \
    certificate
{ kill $dns_pid; wait $dns_pid; } 2>/dev/null
dns_pid=
t 'no name server: exit 3' 0 not 3 contacts carddav:example.test example.test
finish
