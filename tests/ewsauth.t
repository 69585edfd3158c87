#!/bin/sh
# Signing in to Exchange: NTLM against winbind's ntlm_auth, Negotiate against
# a Kerberos realm on loopback, Basic, Bearer, and what a refusal says.
. tests/lib.sh
. "$TOP/tests/servers/ews.sh"

missing=$(ews_missing)
[ -z "$missing" ] || skip_all "needs $(echo "$missing" | tr '\n' ' ')"

# ring AUTH [line ...]: of one folder, in ring.conf.
ring()
{
	{
		printf '[ring]\nkind = contacts\nsnapshot = x.snap\n'
		printf '[folder v]\nstore = vdir:v\n[folder e]\n'
	} >ring.conf
	printf 'store = ews:%s\nauth = %s\n' "$url" "$1" >>ring.conf
	shift
	printf '%s\n' "$@" >>ring.conf
}

fetch()
{
	exfetch -r ring.conf e >got || return
	grep -c '"rec":"end"' got
}

# "401 Unauthorized", with the words behind it.
refused()
{
	echo "exfetch: folder e: $url: 401 Unauthorized: $*"
}

good()
{
	echo 1 >out
	t "$1" 0 fetch
}

protected='refused, or the server wants Extended Protection: libcurl can do '\
'that since 8.10, and never with NTLM: auth = basic over https works too'

PASSWORD=s3cret WRONG=other
export PASSWORD WRONG

ews_start -a basic,bearer
url=$ews_url
ring basic 'user = alice@example.test' 'password-env = PASSWORD'
good 'basic'
ring basic 'user = alice@example.test' 'password-env = WRONG'
refused refused >err
t 'basic, a wrong password' 2 fetch
url=$ews_top/elsewhere
ring basic 'user = alice@example.test' 'password-env = PASSWORD'
echo "exfetch: folder e: $url: 404 Not Found: is there an Exchange at that" \
    "address?" >err
t 'a server that is no Exchange' 2 fetch
url=$ews_url

ring bearer 'token-command = echo token-alice'
good 'bearer'
t 'no mail was sent' 0 ews_silent
ews_stop

if command -v ntlm_auth >/dev/null; then
	ews_start -a ntlm
	url=$ews_url
	# More than one request has room for, which would go out at once.
	for i in $(seq 120); do
		ews_tell "{\"do\":\"add\",\"folder\":\"alice@example.test/contacts\",\"xml\":\"<t:Contact><t:DisplayName>$i</t:DisplayName></t:Contact>\"}"
	done >/dev/null
	ring ntlm 'user = EXAMPLE\alice' 'password-env = PASSWORD'
	good 'ntlm'
	# A connection is signed in once: of three messages the second is a 401.
	echo 1 >out
	t 'ntlm: several requests, one connection' 0 ews_count 401
	ring ntlm 'user = EXAMPLE\alice' 'password-env = WRONG'
	refused "$protected" >err
	t 'ntlm, a wrong password' 2 fetch
	t 'no mail was sent by ntlm' 0 ews_silent
	ews_stop
else
	skip 'ntlm' 'no ntlm_auth (winbind)'
fi

realm()
{
	PATH=$PATH:/usr/sbin
	k=$TMPDIR/krb
	mkdir -p "$k"
	port=$(/usr/bin/python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	cat >"$k/krb5.conf" <<-END
	[libdefaults]
	default_realm = EXAMPLE.TEST
	dns_lookup_kdc = false
	rdns = false
	dns_canonicalize_hostname = false
	default_ccache_name = FILE:$k/ccache
	[realms]
	EXAMPLE.TEST = {
		kdc = 127.0.0.1:$port
	}
	END
	cat >"$k/kdc.conf" <<-END
	[kdcdefaults]
	kdc_listen = 127.0.0.1:$port
	kdc_tcp_listen = ""
	[realms]
	EXAMPLE.TEST = {
		database_name = $k/principal
		key_stash_file = $k/stash
		supported_enctypes = aes256-cts:normal
	}
	END
	export KRB5_CONFIG="$k/krb5.conf" KRB5_KDC_PROFILE="$k/kdc.conf"
	export KRB5_KTNAME="FILE:$k/keytab" KRB5CCNAME="FILE:$k/ccache"
	{
		kdb5_util create -s -r EXAMPLE.TEST -P master &&
		    kadmin.local addprinc -pw s3cret alice &&
		    kadmin.local addprinc -randkey HTTP/localhost &&
		    kadmin.local ktadd -k "$k/keytab" HTTP/localhost
	} >"$k/log" 2>&1 || return
	setpriv --pdeathsig KILL krb5kdc -n >>"$k/log" 2>&1 &
	kdc=$!
	setpriv --pdeathsig KILL /usr/bin/python3 -I \
	    "$TOP/tests/servers/negotiate.py" "$k" "${ews_top##*:}" \
	    >>"$k/log" 2>&1 &
	front=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ ! -s "$k/negotiate.port" ] ||
			! echo s3cret | kinit alice >>"$k/log" 2>&1 ||
			return 0
		sleep 0.3
	done
	return 1
}

PATH=$PATH:/usr/sbin
if command -v krb5kdc kinit kadmin.local >/dev/null &&
    /usr/bin/python3 -I -c 'import gssapi' 2>/dev/null; then
	ews_start
	if realm; then
		url=http://localhost:$(cat "$k/negotiate.port")/EWS/Exchange.asmx
		ring negotiate
		good 'negotiate, with a ticket'
		grep -c '^200 alice@EXAMPLE.TEST$' "$k/negotiate.log" >served
		echo 2 >out
		t 'negotiate: it was alice' 0 cat served
		kdestroy -q
		refused "$protected" >err
		t 'negotiate, without a ticket' 2 fetch
		t 'no mail was sent by negotiate' 0 ews_silent
		kill "$kdc" "$front"
	else
		sed 's/^/# /' "$k/log"
		t 'a Kerberos realm' 0 false
	fi
else
	skip 'negotiate' 'no krb5-kdc, krb5-user, python3-gssapi'
fi
finish
