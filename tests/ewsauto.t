#!/bin/sh
# A server of Exchange that only a mail address leads to (Autodiscover), in
# either form, by redirects and by DNS; and where no password goes.
# shellcheck disable=SC2154 # set by what is sourced
. tests/lib.sh
. "$TOP/tests/servers/ews.sh"

missing=$(ews_missing | tr '\n' ' ')
[ -z "$missing" ] || skip_all "needs $missing"

# One certificate for all the names, which a proxy leads to one server.
k=$TMPDIR/found
auto=autodiscover.example.test
mkdir "$k"
openssl req -x509 -newkey ec \
    -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test \
    -addext "subjectAltName=DNS:$auto,DNS:example.test,DNS:old.test,\
DNS:autodiscover.old.test,DNS:mail.example.test,DNS:mail.other.test,\
DNS:outlook.office365.com,IP:127.0.0.1" -keyout "$k/key.pem" -out "$k/cert.pem" 2>/dev/null ||
	skip_all 'needs openssl'
echo "cacert = $k/cert.pem" >"$k/.curlrc"
CURL_HOME=$k PASSWORD=s3cret WRONG=x
export CURL_HOME PASSWORD WRONG

start()
{
	ews_start -c "$k/cert.pem" -k "$k/key.pem"
	ews_top=https${ews_top#http}
}

# hosts HOST ...: these are there, and no others.
proxy=
hosts()
{
	[ -z "$proxy" ] || kill "$proxy" 2>/dev/null
	rm -f "$k/connect.port" "$k/connect.log"
	setpriv --pdeathsig KILL /usr/bin/python3 -I \
	    "$TOP/tests/servers/connect.py" "$k" "${ews_top##*:}" "$@" &
	proxy=$!
	until [ -s "$k/connect.port" ]; do sleep 0.05; done
	https_proxy=http://127.0.0.1:$(cat "$k/connect.port")
	no_proxy=127.0.0.1
	export https_proxy no_proxy
}

ring()
{
	printf '[ring]\nkind = contacts\nsnapshot = x\n[folder v]\n'
	printf 'store = vdir:v\n[folder e]\nstore = ews:%s\n' "$1"
	printf 'ca-file = %s\nauth = basic\npassword-env = %s\n' \
	    "$k/cert.pem" "${2-PASSWORD}"
}

# found ADDRESS [WHICH]: what exfetch says, which hosts were asked for (each
# may be so in two forms, or some times in vain), and in which form the server
# answered.
found()
{
	ring "$@" | sed "$user" >found.conf
	rm -f "$k/connect.log"
	ews_tell '{"do":"reset"}' >/dev/null
	exfetch -r found.conf e >got
	status=$?
	grep -c '"rec":"end"' got
	sed 's/^CONNECT //; s/:443$//' "$k/connect.log" | uniq
	for form in svc xml; do
		[ "$(ews_count "auto.$form")" = 0 ] ||
			echo "$form $(ews_count "auto.$form")"
	done
	[ "$(ews_count 401)" = 0 ] || echo "401 $(ews_count 401)"
	return $status
}

user=
leads()
{
	ews_tell "{\"do\":\"set\",\"autodiscover\":{$1}}"
	shift
	found "$@"
}

no()
{
	echo "exfetch: folder e: $*"
}

start
hosts $auto
printf '%s\n' 1 $auto 'svc 1' >out
t 'a mail address leads to its server: SOAP' 0 found alice@example.test

no_soap()
{
	ews_tell '{"do":"fault","kind":"status","status":404,"op":"Autodiscover"}'
	found alice@example.test
}
printf '%s\n' '{}1' $auto 'xml 1' >out
t 'a server without SOAP (Exchange 2007): the plain form' 0 no_soap

# Its server for those outside is the one, if it has one.
inside()
{
	ews_tell '{"do":"set","inside":true}'
	found alice@example.test
	no_soap
	ews_tell '{"do":"set","inside":false}' >told
}
printf '%s\n' '{}1' $auto 'svc 1' '{}1' $auto 'xml 1' >out
t 'a server for those inside alone' 0 inside

html()
{
	ews_tell '{"do":"fault","kind":"status","status":200,"op":"Autodiscover","times":2,"body":"<html><body>Hello</body></html>"}'
	found alice@example.test
}
hosts $auto example.test
printf '%s\n' '{}1' $auto example.test 'svc 1' >out
t 'a web site is no Autodiscover: the next host' 0 html

hosts example.test
printf '%s\n' 1 $auto example.test 'svc 1' >out
t 'only DOMAIN has it' 0 found alice@example.test

hosts $auto example.test
printf '%s\n' 0 $auto example.test '401 2' >out
no "alice@example.test: no Autodiscover: give the server's URL: folder e:" \
    "https://$auto/autodiscover/autodiscover.svc: 401 Unauthorized: refused" >err
t 'a wrong password is not tried in both forms' 2 found alice@example.test WRONG

hosts autodiscover.old.test $auto
to_new='"alice@old.test":["Address","alice@example.test"]'
printf '%s\n' '{}1' autodiscover.old.test $auto 'svc 2' >out
t 'to another address: all begins again' 0 leads "$to_new" alice@old.test

# The mailbox has the new address: a write to it is none to another's.
named()
{
	ews_tell "{\"do\":\"set\",\"autodiscover\":{$to_new}}" >told
	ring alice@old.test >found.conf
	sed -i '/^store = ews/a folder = contacts/Second' found.conf
	exfetch -r found.conf -l e | cut -f 1,4 | sort
}
printf '%s\t%s\n' Calendar read-write Calendar/Second read-write \
    Calendar/Second/Third read-write Contacts read-write \
    Contacts/Second read-write Contacts/Second/Third read-write \
    Tasks read-write Tasks/Second read-write Tasks/Second/Third read-write \
    >out
t '... which is the mailbox then' 0 named

hosts $auto autodiscover.old.test
printf '%s\n' '{}0' autodiscover.old.test 'svc 1' >out
no 'Autodiscover leads to alice@old.test, which is no other mailbox' >err
t 'to the same address' 2 leads \
    '"alice@old.test":["Address","alice@old.test"]' alice@old.test

printf '%s\n' '{}0' autodiscover.old.test $auto autodiscover.old.test $auto \
    autodiscover.old.test 'svc 5' >out
no 'Autodiscover leads to alice@example.test, on and on' >err
t 'to each other' 2 leads "$to_new,\
\"alice@example.test\":[\"Address\",\"alice@old.test\"]" alice@old.test

hosts $auto mail.other.test
moved()
{
	ews_tell '{"do":"set","autodiscover":{}}'
	ews_tell "{\"do\":\"fault\",\"kind\":\"status\",\"op\":\"Autodiscover\",\"status\":302,\"head\":{\"Location\":\"$1\"}}"
	found alice@example.test
}
printf '%s\n' '{}{}1' $auto mail.other.test 'svc 1' >out
t 'to another https server, by HTTP' 0 moved \
    https://mail.other.test/autodiscover/autodiscover.svc

printf '%s\n' '{}{}0' $auto >out
no 'Autodiscover leads to http://mail.other.test/, which is not https' >err
t 'to http, by HTTP' 2 moved http://mail.other.test/

unknown="exfetch: folder e: x@example.test: no Autodiscover: give the \
server's URL: https://$auto/autodiscover/autodiscover.svc: it says InvalidUser"
nobody()
{
	ring x@example.test | sed 's/^auth/user = alice@example.test\n&/' \
	    >found.conf
	exfetch -r found.conf e
}
hosts $auto example.test
echo "$unknown" >err
t 'an address that nobody has' 2 nobody

hosts autodiscover.old.test
printf '%s\n' '{}0' autodiscover.old.test 'svc 1' >out
no 'Autodiscover leads to http://mail.other.test/x.svc, which is not https' >err
t 'to http, by its own words' 2 leads \
    '"alice@old.test":["Url","http://mail.other.test/x.svc"]' alice@old.test

# Exchange Online takes no EWS any more; elsewhere a 403 says no such thing.
online()
{
	ews_tell '{"do":"fault","kind":"status","status":403}' >told
	user='s/^auth/user = alice@example.test\n&/'
	found "https://$1/EWS/Exchange.asmx?mailbox=alice@example.test"
}
hosts outlook.office365.com mail.other.test
for host in outlook.office365.com mail.other.test; do
	more=
	[ $host = mail.other.test ] ||
		more=': Exchange Online takes no EWS any more: use graph:'
	printf '%s\n' 0 $host >out
	no "https://$host/EWS/Exchange.asmx: 403 Forbidden$more" >err
	t "403 from $host" 2 online $host
done

# The SRV record, with a name server of our own.
srv()
{
	echo nameserver 127.0.0.1 >"$k/resolv.conf"
	mount --bind "$k/resolv.conf" /etc/resolv.conf || return
	setpriv --pdeathsig KILL /usr/bin/python3 -I \
	    "$TOP/tests/servers/dns.py" "$k" "_autodiscover._tcp.$1" &
	names=$!
	until [ -s "$k/dns.port" ]; do sleep 0.05; done
	start
	hosts mail.example.test mail.other.test
	found alice@example.test
	status=$?
	cat "$k/dns.log"
	kill "$names" "$proxy"
	ews_stop
	return $status
}
t 'no mail was sent' 0 ews_silent
ews_stop

# apart FUNCTION ...: where the network and the name server are ours.
apart()
{
	rm -f "$k"/dns.*
	{
		sed -n '1,/^start$/p' "$TOP/tests/ewsauto.t" |
		    sed '/^\. /d; /^start$/d; /^mkdir/d; /^openssl/,/skip_all/d'
		sed -n '/^srv()$/,/^}$/p' "$TOP/tests/ewsauto.t"
	} >apart.sh
	unshare -rmn sh -c '. "$TOP/tests/servers/ews.sh"
	    skip_all() { exit 2; }
	    . ./apart.sh
	    "$@"' sh "$@"
}

first="exfetch: folder e: alice@example.test: no Autodiscover: give the \
server's URL: "
lost="folder e: https://$auto/autodiscover/autodiscover.svc: the proxy's \
answer is 502"
if unshare -rmn mount --bind /dev/null /etc/resolv.conf 2>/dev/null; then
	printf '%s\n' 1 $auto example.test \
	    mail.example.test 'svc 1' _autodiscover._tcp.example.test >out
	t 'the SRV record' 0 apart srv \
	    example.test=0,0,443,mail.example.test
	printf '%s\n' 0 $auto example.test \
	    _autodiscover._tcp.example.test >out
	echo "${first}DNS alone names mail.other.test, which gets no password unasked; if that is right, give ews:https://mail.other.test: $lost" >err
	t 'an SRV record that leads elsewhere' 3 apart srv \
	    example.test=0,0,443,mail.other.test
	printf '%s\n' 0 $auto example.test \
	    _autodiscover._tcp.example.test >out
	echo "$first$lost" >err
	t 'an SRV record of another port' 3 apart srv \
	    example.test=0,0,80,mail.example.test
else
	skip 'the SRV record' 'needs unshare -rmn'
fi
finish
